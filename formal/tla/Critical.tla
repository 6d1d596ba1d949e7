------------------------------- MODULE Critical -------------------------------
(* Critical sections (lib/thread/weft_critical.c) over any number of objects. *)
(* A section locks its objects in the order of their addresses. Blocking      *)
(* releases all objects the thread holds, those of outer sections too; after  *)
(* it only the top section's objects are locked again, and an outer section's *)
(* when it is the top again. So nobody ever waits for an object with another  *)
(* one held, and there is no deadlock, however sections nest.                 *)
EXTENDS Naturals, Sequences, FiniteSets, TLC

CONSTANTS
  Threads,
  Objects,     \* their addresses
  Sizes,       \* of how many objects a section can be
  Depth,       \* how deep sections nest,
  Nesters,     \* and whose
  Twin

VARIABLES
  owner,       \* owner[o]: who holds o's mutex, or "none"
  stack,       \* stack[t]: the sections t is in, innermost last; each a set of objects
  pc           \* "in" (runs in the top section, or in none), "locking", "blocked"

vars == <<owner, stack, pc>>

Init == owner = [o \in Objects |-> "none"] /\ stack = [t \in Threads |-> <<>>] /\ pc = [t \in Threads |-> "in"]

Go(t, where) == pc' = [pc EXCEPT ![t] = where]
Top(t) == IF stack[t] = <<>> THEN {} ELSE stack[t][Len(stack[t])]
Held(t) == {o \in Objects : owner[o] = t}
Missing(t) == Top(t) \ Held(t)
Lowest(S) == CHOOSE o \in S : \A p \in S : o <= p
\* Where t goes on, by what it holds from now on.
Proceed(t) == Go(t, IF \A o \in IF stack'[t] = <<>> THEN {} ELSE stack'[t][Len(stack'[t])] : owner'[o] = t THEN "in" ELSE "locking")
NextObject(t) == IF Missing(t) = {} THEN {} ELSE {Lowest(Missing(t))}
Sections == {S \in SUBSET Objects : Cardinality(S) \in Sizes}

-----------------------------------------------------------------------------
(* weft_critical_begin: a new top section. Objects held already, by an outer  *)
(* section, are not locked twice.                                             *)
Begin(t) ==
  /\ pc[t] = "in" /\ Len(stack[t]) < (IF t \in Nesters THEN Depth ELSE 1)
  /\ \E S \in Sections : stack' = [stack EXCEPT ![t] = Append(@, S)]
  /\ UNCHANGED owner
  /\ Proceed(t)

(* The next object, lowest address first; with the last one the section runs. *)
LockObject(t) ==
  /\ pc[t] = "locking"
  /\ \E o \in NextObject(t) : owner[o] = "none" /\ owner' = [owner EXCEPT ![o] = t]
  /\ UNCHANGED stack
  /\ Proceed(t)

(* It is held by another: release everything, then wait.                      *)
Block(t) ==
  /\ pc[t] = "locking"
  /\ \E o \in NextObject(t) : owner[o] \notin {"none", t}
  /\ owner' = IF Twin = "blocking_keeps_held" THEN owner
              ELSE [o \in Objects |-> IF owner[o] = t THEN "none" ELSE owner[o]]
  /\ Go(t, "blocked")
  /\ UNCHANGED stack

(* The object is free again: lock the top section anew, from its lowest.      *)
Unblock(t) ==
  /\ pc[t] = "blocked"
  /\ \E o \in NextObject(t) : owner[o] = "none"
  /\ Go(t, "locking")
  /\ UNCHANGED <<owner, stack>>

(* weft_critical_end: release what no outer section needs, and if the section *)
(* that is the top now has lost its objects meanwhile, lock them again.       *)
End(t) ==
  /\ pc[t] = "in" /\ stack[t] # <<>>
  /\ LET rest == SubSeq(stack[t], 1, Len(stack[t]) - 1)
         keep == UNION {rest[i] : i \in 1..Len(rest)}
     IN /\ stack' = [stack EXCEPT ![t] = rest]
        /\ owner' = [o \in Objects |-> IF owner[o] = t /\ (o \notin keep \/ Twin = "end_releases_all") THEN "none" ELSE owner[o]]
        /\ IF Twin \in {"no_restore", "end_releases_all"} THEN Go(t, "in") ELSE Proceed(t)

(* weft_thread_safepoint, or any detach inside a section: the objects are     *)
(* released, and the top section's locked again.                              *)
Suspend(t) ==
  /\ pc[t] = "in" /\ stack[t] # <<>>
  /\ owner' = [o \in Objects |-> IF owner[o] = t THEN "none" ELSE owner[o]]
  /\ Go(t, "locking")
  /\ UNCHANGED stack

(* weft_critical_unwind: a longjmp or an exception leaves all sections.       *)
Unwind(t) ==
  /\ pc[t] = "in" /\ Len(stack[t]) > 1
  /\ stack' = [stack EXCEPT ![t] = <<>>]
  /\ owner' = IF Twin = "unwind_forgets" THEN owner ELSE [o \in Objects |-> IF owner[o] = t THEN "none" ELSE owner[o]]
  /\ UNCHANGED pc

-----------------------------------------------------------------------------
Steps(t) == LockObject(t) \/ Block(t) \/ Unblock(t)
Next == \E t \in Threads : Begin(t) \/ Steps(t) \/ End(t) \/ Suspend(t) \/ Unwind(t)

\* Threads that nest are alike, so for invariants their names do not matter.
Alike == Permutations(Nesters)

\* All threads are alike, so it is enough to watch one of them.
Watched == CHOOSE t \in Threads : TRUE

(* Fairness: threads run; a section need not end.                             *)
Spec == Init /\ [][Next]_vars /\ \A t \in Threads : WF_vars(Steps(t))

(* More of it: sections end, the outermost ones too, and the objects' mutexes *)
(* are fair to the thread that is watched.                                    *)
EndOutermost(t) == Len(stack[t]) = 1 /\ End(t)
FairSpec == Spec /\ (\A t \in Threads \ {Watched} : WF_vars(End(t)) /\ SF_vars(EndOutermost(t)))
                 /\ SF_vars(Unblock(Watched)) /\ SF_vars(LockObject(Watched))

-----------------------------------------------------------------------------
\* Code in a section runs with all its objects held; so no two threads run with one object.
TopIsHeld == \A t \in Threads : pc[t] = "in" => Top(t) \subseteq Held(t)

\* A thread in no section holds nothing.
NothingLeftHeld == \A t \in Threads : stack[t] = <<>> => Held(t) = {}

\* Nobody waits with an object held: no circle of waiting threads can come about.
NoHoldAndWait == \A t \in Threads : pc[t] = "blocked" => Held(t) = {}

\* Of sections over two objects one may find either taken again and again. But those that wait never keep each other
\* out: a section runs, or one of them gets in.
SomebodyRuns == (\E t \in Threads : pc[t] # "in") ~> (\E t \in Threads : pc[t] = "in" /\ stack[t] # <<>>)

\* A section over one object is entered, or resumed, in the end, however it nests (FairSpec).
SectionsRun == pc[Watched] # "in" ~> pc[Watched] = "in"
===============================================================================
