-------------------------------- MODULE QsbrCap --------------------------------
(* The hard cap of lib/qsbr/weft_qsbr.c: retired memory is bounded, and the     *)
(* debt is paid at safepoints, never inside retire. Sequences and goals are in  *)
(* Qsbr; here a node of a closed batch is just the set of threads that may      *)
(* still have a pointer to it: those that were attached when the batch was      *)
(* closed and have not been quiescent since. The cap counts nodes of closed     *)
(* batches; a safepoint looks at it only if THROTTLE is set in the thread's     *)
(* break word.                                                                  *)
EXTENDS Naturals, FiniteSets

CONSTANTS
  Threads,
  Retirers,    \* those that retire; the others only read
  Cap,         \* the hard cap, in nodes
  Batch,       \* a full batch
  Between,     \* how many nodes a thread retires from one safepoint to its next
  Twin

VARIABLES
  pc,          \* "run" (attached), "out" (detached), "waiting" (detached, for the cap)
  nodes,       \* nodes[S]: how many nodes of closed batches wait for exactly the threads in S
  pending,     \* the counter of these that the cap is compared with
  open,        \* open[t]: nodes in t's open batch
  counted,     \* counted[t]: of these, in `pending`: a full batch that was left open
  since,       \* since[t]: nodes t has retired since its last safepoint
  throttle     \* THROTTLE in t's break word

vars == <<pc, nodes, pending, open, counted, since, throttle>>

Init ==
  /\ pc = [t \in Threads |-> "run"] /\ nodes = [S \in SUBSET Threads |-> 0] /\ pending = 0
  /\ open = [t \in Threads |-> 0] /\ counted = [t \in Threads |-> 0] /\ since = [t \in Threads |-> 0] /\ throttle = [t \in Threads |-> FALSE]

\* (A function: TLC evaluates the arguments of a function once, those of a recursive operator again and again.)
Sum(f, D) == LET sum[E \in SUBSET D] == IF E = {} THEN 0 ELSE LET x == CHOOSE x \in E : TRUE IN f[x] + sum[E \ {x}]
             IN sum[D]
OverCap == pending > Cap
Attached == {t \in Threads : pc[t] = "run"} \cup (IF Twin = "waits_attached" THEN {t \in Threads : pc[t] = "waiting"} ELSE {})

\* t's batch is closed, or handed over to the runtime, and t is quiescent: it has no pointer to any retired node any more.
Leaves(t) ==
  LET others == Attached \ {t}
  IN /\ nodes' = [S \in SUBSET Threads |-> IF t \in S THEN 0 ELSE nodes[S] + nodes[S \cup {t}] + IF S = others THEN open[t] ELSE 0]
     /\ pending' = pending + open[t] - counted[t]
     /\ open' = [open EXCEPT ![t] = 0] /\ counted' = [counted EXCEPT ![t] = 0]
IsQuiescent(t) ==
  /\ nodes' = [S \in SUBSET Threads |-> IF t \in S THEN 0 ELSE nodes[S] + nodes[S \cup {t}]]
  /\ UNCHANGED <<pending, open, counted>>

-----------------------------------------------------------------------------
\* What is open begins to wait for all that are attached.
Closes(t) ==
  /\ nodes' = [nodes EXCEPT ![Attached] = @ + open[t]] /\ pending' = pending + open[t] - counted[t]
  /\ open' = [open EXCEPT ![t] = 0] /\ counted' = [counted EXCEPT ![t] = 0]

(* weft_qsbr_retire: neither blocks nor frees. A full batch is closed, or       *)
(* counted and left to the next safepoint, and THROTTLE is set in the thread's  *)
(* own break word, for that. When another is full behind one that was left      *)
(* open, both are closed.                                                       *)
Retire(t) ==
  /\ t \in Retirers /\ pc[t] = "run" /\ since[t] < Between
  /\ IF open[t] + 1 - counted[t] >= Batch
       THEN /\ throttle' = [throttle EXCEPT ![t] = TRUE]
            /\ \/ /\ nodes' = [nodes EXCEPT ![Attached] = @ + open[t] + 1] /\ pending' = pending + open[t] + 1 - counted[t]
                  /\ open' = [open EXCEPT ![t] = 0] /\ counted' = [counted EXCEPT ![t] = 0]
               \/ /\ counted[t] = 0 \/ Twin = "left_again"
                  /\ open' = [open EXCEPT ![t] = @ + 1]
                  /\ IF Twin = "left_open" THEN UNCHANGED <<pending, counted>>
                       ELSE /\ pending' = pending + open[t] + 1 - counted[t]
                            /\ counted' = [counted EXCEPT ![t] = open[t] + 1]
                  /\ UNCHANGED nodes
       ELSE open' = [open EXCEPT ![t] = @ + 1] /\ UNCHANGED <<nodes, pending, counted, throttle>>
  /\ since' = [since EXCEPT ![t] = @ + 1]
  /\ UNCHANGED pc

(* A safepoint is a quiescent state. With THROTTLE set it pays the debt: over   *)
(* the hard cap the thread waits, and it waits detached: otherwise it would     *)
(* itself keep the grace period open. Its open batch is handed over first. A    *)
(* full one that was left open is closed before the look at the cap.            *)
IsFull(t) == open[t] >= Batch /\ Twin # "left_open"
Safepoint(t) ==
  /\ pc[t] = "run"
  /\ IF throttle[t] /\ pending + (IF IsFull(t) THEN open[t] - counted[t] ELSE 0) > Cap /\ Twin # "no_cap"
       THEN /\ pc' = [pc EXCEPT ![t] = "waiting"]
            /\ IF Twin = "waits_attached"
                 THEN IF IsFull(t) THEN Closes(t) ELSE UNCHANGED <<nodes, pending, open, counted>>
                 ELSE Leaves(t)
       ELSE IF IsFull(t) THEN Leaves(t) /\ UNCHANGED pc
       ELSE IsQuiescent(t) /\ UNCHANGED pc
  /\ since' = [since EXCEPT ![t] = 0]
  /\ throttle' = [throttle EXCEPT ![t] = FALSE]

(* wait_below_cap: retired memory is below the cap again, so the thread         *)
(* attaches and goes on. Its wait was detached, so it has no pointer from       *)
(* before.                                                                      *)
Resume(t) ==
  /\ pc[t] = "waiting" /\ ~OverCap
  /\ pc' = [pc EXCEPT ![t] = "run"]
  /\ UNCHANGED <<nodes, pending, open, counted, since, throttle>>

(* A detach hands the open batch over, and never waits. It is not a safepoint:  *)
(* what may be retired until the next one does not become more.                 *)
Detach(t) ==
  /\ pc[t] = "run"
  /\ pc' = [pc EXCEPT ![t] = "out"]
  /\ Leaves(t)
  /\ UNCHANGED <<since, throttle>>

(* A thread that comes back over the cap has THROTTLE set: otherwise one that   *)
(* detaches before its batches are full would never look at the cap.            *)
Attach(t) ==
  /\ pc[t] = "out"
  /\ pc' = [pc EXCEPT ![t] = "run"]
  /\ throttle' = [throttle EXCEPT ![t] = @ \/ (OverCap /\ Twin # "attach_unthrottled")]
  /\ UNCHANGED <<nodes, pending, open, counted, since>>

(* weft_qsbr_poll, by a waiting thread or by any other: the grace period of a   *)
(* node has ended.                                                              *)
Poll ==
  /\ nodes[{}] > 0
  /\ nodes' = [nodes EXCEPT ![{}] = 0] /\ pending' = pending - nodes[{}]
  /\ UNCHANGED <<pc, open, counted, since, throttle>>

-----------------------------------------------------------------------------
Next == Poll \/ \E t \in Threads : Retire(t) \/ Safepoint(t) \/ Resume(t) \/ Detach(t) \/ Attach(t)

\* All retirers are alike, so it is enough to watch one of them.
Watched == CHOOSE t \in Retirers : TRUE

(* Fairness: attached threads reach safepoints, polls run, and if the watched   *)
(* thread may resume at times it does.                                          *)
Spec == Init /\ [][Next]_vars /\ WF_vars(Poll)
        /\ (\A t \in Threads : WF_vars(Safepoint(t))) /\ SF_vars(Resume(Watched))

-----------------------------------------------------------------------------
\* Never more than the cap, and what each thread has in its open batch and retires until its next safepoint.
Bounded == Sum(nodes, SUBSET Threads) + Sum(open, Threads) <= Cap + Cardinality(Retirers) * (Batch - 1 + Between)

\* A thread that passes no safepoint closes its batches all the same.
OpenBounded == \A t \in Threads : open[t] < 2 * Batch

\* Nobody waits for the cap for ever.
WaitersResume == pc[Watched] = "waiting" ~> pc[Watched] = "run"
================================================================================
