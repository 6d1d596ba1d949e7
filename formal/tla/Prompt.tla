-------------------------------- MODULE Prompt --------------------------------
(* The prompt discipline: a reader loads a container's slot, tries to take a  *)
(* reference, and re-checks the slot (weft_ref_try_incref, weft_list_get,     *)
(* weft_dict_get). A removed value's reference is dropped at once; when the   *)
(* count reaches zero the value is dead, and its memory is freed at once if   *)
(* it was never reachable by others, or after a grace period if it carries    *)
(* MAYBE_SHARED. So the flag has to be there before the value is reachable.   *)
EXTENDS Naturals, FiniteSets

CONSTANTS Threads, Values, Twin

None == "none"

VARIABLES
  slot,        \* the container's cell: a value, or None
  lock,        \* the container's lock
  count,       \* count[v]: references
  flagged,     \* flagged[v]: MAYBE_SHARED
  memory,      \* memory[v]: "unused", "allocated", "retired", "freed"
  pc,
  has,         \* has[t]: the value whose pointer t works with
  owns         \* owns[t]: values t has a counted reference to

vars == <<slot, lock, count, flagged, memory, pc, has, owns>>

Init ==
  /\ slot = None /\ lock = None
  /\ count = [v \in Values |-> 0] /\ flagged = [v \in Values |-> FALSE]
  /\ memory = [v \in Values |-> "unused"]
  /\ pc = [t \in Threads |-> "out"] /\ has = [t \in Threads |-> None]
  /\ owns = [t \in Threads |-> {}]

Go(t, where) == pc' = [pc EXCEPT ![t] = where]
Clear(t) == has' = [has EXCEPT ![t] = None]

\* What becomes of v's memory when its last reference goes.
Released(v) == IF flagged[v] /\ Twin # "freed_at_once" THEN "retired" ELSE "freed"

-----------------------------------------------------------------------------
(* A new value, known to its maker only.                                      *)
New(t) ==
  /\ pc[t] = "out" /\ owns[t] = {}
  /\ \E v \in Values :
       /\ memory[v] = "unused"
       /\ memory' = [memory EXCEPT ![v] = "allocated"]
       /\ count' = [count EXCEPT ![v] = 1]
       /\ owns' = [owns EXCEPT ![t] = {v}]
  /\ UNCHANGED <<slot, lock, flagged, pc, has>>

(* weft_list_set with an empty cell: under the lock, flag the value ...       *)
SetFlag(t) ==
  /\ pc[t] = "out" /\ lock = None /\ slot = None /\ owns[t] # {}
  /\ \E v \in owns[t] :
       /\ has' = [has EXCEPT ![t] = v]
       /\ flagged' = [flagged EXCEPT ![v] = Twin # "flagged_late" \/ @]
  /\ lock' = t
  /\ Go(t, "publish")
  /\ UNCHANGED <<slot, count, memory, owns>>

(* ... then publish it: the container takes over the reference.               *)
SetPublish(t) ==
  /\ pc[t] = "publish"
  /\ slot' = has[t]
  /\ owns' = [owns EXCEPT ![t] = @ \ {has[t]}]
  /\ lock' = None
  /\ Go(t, IF Twin = "flagged_late" THEN "flag" ELSE "out")
  /\ IF Twin = "flagged_late" THEN UNCHANGED has ELSE Clear(t)
  /\ UNCHANGED <<count, flagged, memory>>

(* The twin that publishes first flags the value now, when a reader may have  *)
(* found it and its memory may be gone.                                       *)
SetFlagLate(t) ==
  /\ pc[t] = "flag"
  /\ flagged' = [flagged EXCEPT ![has[t]] = TRUE]
  /\ Clear(t)
  /\ Go(t, "out")
  /\ UNCHANGED <<slot, lock, count, memory, owns>>

(* Remove: under the lock empty the cell, unlock, drop the reference.         *)
Remove(t) ==
  /\ pc[t] = "out" /\ lock = None /\ slot # None
  /\ has' = [has EXCEPT ![t] = slot]
  /\ slot' = None
  /\ Go(t, "drop")
  /\ UNCHANGED <<lock, count, flagged, memory, owns>>

(* ... and this is the drop. The reader that loaded the slot before may be    *)
(* about to take a reference: if this drop was the last, it finds the count   *)
(* at zero, and the memory must still be there to read that from.             *)
DropRemoved(t) ==
  /\ pc[t] = "drop"
  /\ count' = [count EXCEPT ![has[t]] = @ - 1]
  /\ memory' = [memory EXCEPT ![has[t]] = IF count[has[t]] = 1 THEN Released(has[t]) ELSE @]
  /\ Clear(t)
  /\ Go(t, "out")
  /\ UNCHANGED <<slot, lock, flagged, owns>>

(* A thread drops a reference it owns.                                        *)
Drop(t) ==
  /\ pc[t] = "out"
  /\ \E v \in owns[t] :
       /\ count' = [count EXCEPT ![v] = @ - 1]
       /\ memory' = [memory EXCEPT ![v] = IF count[v] = 1 THEN Released(v) ELSE @]
       /\ owns' = [owns EXCEPT ![t] = @ \ {v}]
  /\ UNCHANGED <<slot, lock, flagged, pc, has>>

-----------------------------------------------------------------------------
(* A lock-free get: load the slot (acquire) ...                               *)
Get(t) ==
  /\ pc[t] = "out" /\ owns[t] = {} /\ slot # None
  /\ has' = [has EXCEPT ![t] = slot]
  /\ Go(t, "try")
  /\ UNCHANGED <<slot, lock, count, flagged, memory, owns>>

(* ... take a reference unless the count is zero already ...                  *)
TryIncref(t) ==
  /\ pc[t] = "try"
  /\ IF count[has[t]] = 0 /\ Twin # "incref_from_zero"
       THEN Go(t, "out") /\ Clear(t) /\ UNCHANGED <<count, owns>>
       ELSE /\ count' = [count EXCEPT ![has[t]] = @ + 1]
            /\ owns' = [owns EXCEPT ![t] = @ \cup {has[t]}]
            /\ Go(t, "check") /\ UNCHANGED has
  /\ UNCHANGED <<slot, lock, flagged, memory>>

(* ... and re-check the slot: if it has changed, drop the reference (and try  *)
(* again).                                                                    *)
Recheck(t) ==
  /\ pc[t] = "check"
  /\ IF slot = has[t]
       THEN UNCHANGED <<count, owns, memory>>
       ELSE /\ count' = [count EXCEPT ![has[t]] = @ - 1]
            /\ memory' = [memory EXCEPT ![has[t]] = IF count[has[t]] = 1 THEN Released(has[t]) ELSE @]
            /\ owns' = [owns EXCEPT ![t] = @ \ {has[t]}]
  /\ Clear(t)
  /\ Go(t, "out")
  /\ UNCHANGED <<slot, lock, flagged>>

(* weft_qsbr: retired memory is freed once no reader is between its load and  *)
(* its re-check with this pointer.                                            *)
Free(v) ==
  /\ memory[v] = "retired" /\ Twin # "no_poll" /\ \A t \in Threads : ~(has[t] = v /\ pc[t] \in {"try", "check"})
  /\ memory' = [memory EXCEPT ![v] = "freed"]
  /\ UNCHANGED <<slot, lock, count, flagged, pc, has, owns>>

-----------------------------------------------------------------------------
AllSpent == \A v \in Values : memory[v] = "freed"
Next ==
  \/ \E t \in Threads :
       \/ New(t) \/ SetFlag(t) \/ SetPublish(t) \/ SetFlagLate(t) \/ Remove(t) \/ DropRemoved(t) \/ Drop(t)
       \/ Get(t) \/ TryIncref(t) \/ Recheck(t)
  \/ \E v \in Values : Free(v)
  \/ AllSpent /\ UNCHANGED vars
Spec == Init /\ [][Next]_vars /\ \A v \in Values : WF_vars(Free(v))
        /\ \A t \in Threads : WF_vars(SetPublish(t) \/ SetFlagLate(t) \/ DropRemoved(t) \/ TryIncref(t) \/ Recheck(t))

-----------------------------------------------------------------------------
\* Readers touch a value's header only while it is allocated or in its grace period.
NoUseAfterFree == \A t \in Threads : pc[t] \in {"try", "check"} => memory[has[t]] # "freed"

\* A counted reference keeps the value alive: nobody revives the dead.
OwnedIsAllocated == \A t \in Threads : \A v \in owns[t] : memory[v] = "allocated"

\* Whatever is reachable through the container carries the flag.
ReachableIsFlagged == slot # None => flagged[slot]

\* Dead values do not keep their memory.
Drains == LET v == CHOOSE v \in Values : TRUE       \* values are alike: one will do
          IN memory[v] = "retired" ~> memory[v] = "freed"
===============================================================================
