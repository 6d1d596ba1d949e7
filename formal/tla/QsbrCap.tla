-------------------------------- MODULE QsbrCap --------------------------------
(* The hard cap of lib/qsbr/weft_qsbr.c: retired memory is bounded, and the     *)
(* debt is paid at safepoints, never inside retire. Sequences and batches are   *)
(* in Qsbr; here a retired node is just the set of threads that may still have  *)
(* a pointer to it: those that were attached and have not been quiescent since. *)
EXTENDS Naturals, FiniteSets

CONSTANTS
  Threads,
  Cap,         \* the hard cap, in nodes
  Between,     \* how many nodes a thread retires between two safepoints
  Twin

VARIABLES
  pc,          \* "run" (attached), "out" (detached), "waiting" (detached, for the cap)
  nodes,       \* nodes[S]: how many retired nodes wait for exactly the threads in S
  since        \* since[t]: nodes t has retired since its last safepoint

vars == <<pc, nodes, since>>

Init == pc = [t \in Threads |-> "run"] /\ nodes = [S \in SUBSET Threads |-> 0] /\ since = [t \in Threads |-> 0]

RECURSIVE Sum(_)
Sum(D) == IF D = {} THEN 0 ELSE LET S == CHOOSE S \in D : TRUE IN nodes[S] + Sum(D \ {S})
Retired == Sum(SUBSET Threads)
Attached == {t \in Threads : pc[t] = "run"} \cup (IF Twin = "waits_attached" THEN {t \in Threads : pc[t] = "waiting"} ELSE {})

\* t is quiescent: it has no pointer to any retired node any more.
WithoutThread(t) == [S \in SUBSET Threads |-> IF t \in S THEN 0 ELSE nodes[S] + nodes[S \cup {t}]]

-----------------------------------------------------------------------------
(* weft_qsbr_retire: neither blocks nor frees; over the budget it sets          *)
(* THROTTLE in the thread's own break word, for the next safepoint.             *)
Retire(t) ==
  /\ pc[t] = "run" /\ since[t] < Between
  /\ nodes' = [nodes EXCEPT ![Attached] = @ + 1]
  /\ since' = [since EXCEPT ![t] = @ + 1]
  /\ UNCHANGED pc

(* weft_qsbr_quiescent at a safepoint. At the hard cap the thread waits, and    *)
(* it waits detached: otherwise it would itself keep the grace period open.     *)
Safepoint(t) ==
  /\ pc[t] = "run"
  /\ pc' = [pc EXCEPT ![t] = IF Retired >= Cap /\ Twin # "no_cap" THEN "waiting" ELSE "run"]
  /\ nodes' = IF Retired >= Cap /\ Twin = "waits_attached" THEN nodes ELSE WithoutThread(t)
  /\ since' = [since EXCEPT ![t] = 0]

(* weft_qsbr_throttle: below the cap again.                                     *)
Resume(t) ==
  /\ pc[t] = "waiting" /\ Retired < Cap
  /\ pc' = [pc EXCEPT ![t] = "run"]
  /\ UNCHANGED <<nodes, since>>

Detach(t) ==
  /\ pc[t] = "run"
  /\ pc' = [pc EXCEPT ![t] = "out"]
  /\ nodes' = WithoutThread(t)
  /\ since' = [since EXCEPT ![t] = 0]

Attach(t) ==
  /\ pc[t] = "out"
  /\ pc' = [pc EXCEPT ![t] = "run"]
  /\ UNCHANGED <<nodes, since>>

(* weft_qsbr_poll, by a waiting thread or by any other: the grace period of a   *)
(* node has ended.                                                              *)
Poll ==
  /\ nodes[{}] > 0
  /\ nodes' = [nodes EXCEPT ![{}] = 0]
  /\ UNCHANGED <<pc, since>>

-----------------------------------------------------------------------------
Next == Poll \/ \E t \in Threads : Retire(t) \/ Safepoint(t) \/ Resume(t) \/ Detach(t) \/ Attach(t)

(* Fairness: attached threads reach safepoints, polls run, a thread that may    *)
(* resume at times does.                                                        *)
Spec == Init /\ [][Next]_vars /\ WF_vars(Poll)
        /\ \A t \in Threads : WF_vars(Safepoint(t)) /\ SF_vars(Resume(t))

-----------------------------------------------------------------------------
\* Never more than the cap plus what each thread retires between two safepoints.
Bounded == Retired <= Cap + Cardinality(Threads) * Between

\* Nobody waits for the cap for ever.
\* All threads are alike, so it is enough to watch one of them.
Watched == CHOOSE t \in Threads : TRUE

WaitersResume == pc[Watched] = "waiting" ~> pc[Watched] = "run"
================================================================================
