-------------------------------- MODULE Prompt --------------------------------
(* The prompt discipline: a reader loads a container's slot, tries to take a  *)
(* reference, and re-checks the slot (weft_ref_try_incref, weft_list_get,     *)
(* weft_dict_get). A removed value's reference goes to who removed it, or is  *)
(* dropped at once; when the count reaches zero the value is dead, and its    *)
(* memory is freed at once if it was never reachable by others, or after a    *)
(* grace period if it carries MAYBE_SHARED. So the flag has to be there       *)
(* before the value is reachable. Whoever finds that its reference is the     *)
(* only one changes the value in place, and if nobody can reach it may even   *)
(* use its memory again: the second look is for that.                         *)
(*                                                                            *)
(* The container begins private to one thread, the only one that reads it     *)
(* then, and what it holds is not flagged. Any other thread takes its lock,   *)
(* flags what is in it, and makes it shared, for ever. Deferred is the other  *)
(* discipline.                                                                *)
EXTENDS Naturals, FiniteSets

CONSTANTS
  Threads,
  Owner,       \* the thread that the container is private to at first
  Values, Twin

ASSUME Owner \in Threads

None == "none"

VARIABLES
  slot,        \* the container's cell: a value, or None
  shared,      \* PRIVATE is cleared; under the lock
  lock,        \* the container's lock
  count,       \* count[v]: references
  flagged,     \* flagged[v]: MAYBE_SHARED
  memory,      \* memory[v]: "unused", "allocated", "retired", "freed"
  pc,
  has,         \* has[t]: the value whose pointer t works with
  owns         \* owns[t]: values t has a counted reference to

vars == <<slot, shared, lock, count, flagged, memory, pc, has, owns>>

Init ==
  /\ slot = None /\ shared = FALSE /\ lock = None
  /\ count = [v \in Values |-> 0] /\ flagged = [v \in Values |-> FALSE]
  /\ memory = [v \in Values |-> "unused"]
  /\ pc = [t \in Threads |-> "out"] /\ has = [t \in Threads |-> None]
  /\ owns = [t \in Threads |-> {}]

Go(t, where) == pc' = [pc EXCEPT ![t] = where]
Clear(t) == has' = [has EXCEPT ![t] = None]

\* Whom a container that is private lets in: readers look at the word, writers under the lock.
MayUse(t) == shared \/ t = Owner

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
  /\ UNCHANGED <<slot, shared, lock, flagged, pc, has>>

(* weft_list_share, by another thread that has taken the lock for whatever it *)
(* came for, or by the owner (weft_list_set_shared): flag what is in the      *)
(* container ...                                                              *)
ShareFlag(t) ==
  /\ pc[t] = "out" /\ lock = None /\ ~shared
  /\ flagged' = [v \in Values |-> flagged[v] \/ (v = slot /\ Twin # "shared_unflagged")]
  /\ lock' = t
  /\ Go(t, "share")
  /\ UNCHANGED <<slot, shared, count, memory, has, owns>>

(* ... then clear PRIVATE: all threads may read it now.                       *)
SharePublish(t) ==
  /\ pc[t] = "share"
  /\ shared' = TRUE
  /\ lock' = None
  /\ Go(t, "out")
  /\ UNCHANGED <<slot, count, flagged, memory, has, owns>>

(* weft_list_set with an empty cell: under the lock, flag the value if the    *)
(* container is shared ...                                                    *)
SetFlag(t) ==
  /\ pc[t] = "out" /\ lock = None /\ MayUse(t) /\ slot = None /\ owns[t] # {}
  /\ \E v \in owns[t] :
       /\ has' = [has EXCEPT ![t] = v]
       /\ flagged' = [flagged EXCEPT ![v] = (shared /\ Twin # "flagged_late") \/ @]
  /\ lock' = t
  /\ Go(t, "publish")
  /\ UNCHANGED <<slot, shared, count, memory, owns>>

(* ... then publish it: the container takes over the reference.               *)
SetPublish(t) ==
  /\ pc[t] = "publish"
  /\ slot' = has[t]
  /\ owns' = [owns EXCEPT ![t] = @ \ {has[t]}]
  /\ lock' = None
  /\ Go(t, IF Twin = "flagged_late" /\ shared THEN "flag" ELSE "out")
  /\ IF Twin = "flagged_late" /\ shared THEN UNCHANGED has ELSE Clear(t)
  /\ UNCHANGED <<shared, count, flagged, memory>>

(* The twin that publishes first flags the value now, when a reader may have  *)
(* found it and its memory may be gone.                                       *)
SetFlagLate(t) ==
  /\ pc[t] = "flag"
  /\ flagged' = [flagged EXCEPT ![has[t]] = TRUE]
  /\ Clear(t)
  /\ Go(t, "out")
  /\ UNCHANGED <<slot, shared, lock, count, memory, owns>>

(* Remove (weft_list_pop): under the lock empty the cell. The container's     *)
(* reference is the caller's now, who may drop it at once, or put the value   *)
(* back.                                                                      *)
Remove(t) ==
  /\ pc[t] = "out" /\ lock = None /\ MayUse(t) /\ slot # None /\ slot \notin owns[t]
  /\ owns' = [owns EXCEPT ![t] = @ \cup {slot}]
  /\ slot' = None
  /\ UNCHANGED <<shared, lock, count, flagged, memory, pc, has>>

(* A thread drops a reference it owns, maybe the removed one. The reader that *)
(* loaded the slot before may be about to take a reference: if this drop was  *)
(* the last, it finds the count at zero, and the memory must still be there   *)
(* to read that from.                                                         *)
Drop(t) ==
  /\ pc[t] = "out"
  /\ \E v \in owns[t] :
       /\ count' = [count EXCEPT ![v] = @ - 1]
       /\ memory' = [memory EXCEPT ![v] = IF count[v] = 1 THEN Released(v) ELSE @]
       /\ owns' = [owns EXCEPT ![t] = @ \ {v}]
  /\ UNCHANGED <<slot, shared, lock, flagged, pc, has>>

-----------------------------------------------------------------------------
(* weft_ref_unique: a thread whose reference is the only one changes the      *)
(* value. A reader that has loaded the slot before may take a reference       *)
(* meanwhile, to look at the slot again; it does not look at the value.       *)
Unique(t) ==
  /\ pc[t] = "out"
  /\ \E v \in owns[t] : count[v] = 1 /\ has' = [has EXCEPT ![t] = v]
  /\ Go(t, "change")
  /\ UNCHANGED <<slot, shared, lock, count, flagged, memory, owns>>

(* ... and has changed it, in place (UNIQUE_BODY) ...                         *)
Changed(t) ==
  /\ pc[t] = "change"
  /\ Clear(t)
  /\ Go(t, "out")
  /\ UNCHANGED <<slot, shared, lock, count, flagged, memory, owns>>

(* ... or has used its memory for something else: only if it is not flagged,  *)
(* for then nobody can have found it (UNIQUE).                                *)
Reuse(t) ==
  /\ pc[t] = "change" /\ (~flagged[has[t]] \/ Twin = "reuses_flagged")
  /\ memory' = [memory EXCEPT ![has[t]] = "freed"]
  /\ count' = [count EXCEPT ![has[t]] = 0]
  /\ owns' = [owns EXCEPT ![t] = @ \ {has[t]}]
  /\ Clear(t)
  /\ Go(t, "out")
  /\ UNCHANGED <<slot, shared, lock, flagged>>

-----------------------------------------------------------------------------
(* A lock-free get: load the slot (acquire), of a container that is shared or *)
(* this thread's ...                                                          *)
Get(t) ==
  /\ pc[t] = "out" /\ owns[t] = {} /\ slot # None
  /\ MayUse(t) \/ Twin = "private_read_unlocked"
  /\ has' = [has EXCEPT ![t] = slot]
  /\ Go(t, "try")
  /\ UNCHANGED <<slot, shared, lock, count, flagged, memory, owns>>

(* ... take a reference unless the count is zero already ...                  *)
TryIncref(t) ==
  /\ pc[t] = "try"
  /\ IF count[has[t]] = 0 /\ Twin # "incref_from_zero"
       THEN Go(t, "out") /\ Clear(t) /\ UNCHANGED <<count, owns>>
       ELSE /\ count' = [count EXCEPT ![has[t]] = @ + 1]
            /\ owns' = [owns EXCEPT ![t] = @ \cup {has[t]}]
            /\ Go(t, "check") /\ UNCHANGED has
  /\ UNCHANGED <<slot, shared, lock, flagged, memory>>

(* ... and re-check the slot: if it has changed, drop the reference (and try  *)
(* again). Somebody may have taken the value out and found it unique before   *)
(* that reference was taken.                                                  *)
Recheck(t) ==
  /\ pc[t] = "check"
  /\ IF slot = has[t] \/ Twin = "no_second_look"
       THEN UNCHANGED <<count, owns, memory>>
       ELSE /\ count' = [count EXCEPT ![has[t]] = @ - 1]
            /\ memory' = [memory EXCEPT ![has[t]] = IF count[has[t]] = 1 THEN Released(has[t]) ELSE @]
            /\ owns' = [owns EXCEPT ![t] = @ \ {has[t]}]
  /\ Clear(t)
  /\ Go(t, "out")
  /\ UNCHANGED <<slot, shared, lock, flagged>>

(* weft_qsbr: retired memory is freed once no reader is between its load and  *)
(* its re-check with this pointer.                                            *)
Free(v) ==
  /\ memory[v] = "retired" /\ Twin # "no_poll" /\ \A t \in Threads : ~(has[t] = v /\ pc[t] \in {"try", "check"})
  /\ memory' = [memory EXCEPT ![v] = "freed"]
  /\ UNCHANGED <<slot, shared, lock, count, flagged, pc, has, owns>>

-----------------------------------------------------------------------------
AllSpent == \A v \in Values : memory[v] = "freed"
Next ==
  \/ \E t \in Threads :
       \/ New(t) \/ ShareFlag(t) \/ SharePublish(t) \/ SetFlag(t) \/ SetPublish(t) \/ SetFlagLate(t) \/ Remove(t) \/ Drop(t)
       \/ Unique(t) \/ Changed(t) \/ Reuse(t) \/ Get(t) \/ TryIncref(t) \/ Recheck(t)
  \/ \E v \in Values : Free(v)
  \/ AllSpent /\ UNCHANGED vars
Spec == Init /\ [][Next]_vars /\ \A v \in Values : WF_vars(Free(v))
        /\ \A t \in Threads : WF_vars(SharePublish(t) \/ SetPublish(t) \/ SetFlagLate(t) \/ Changed(t) \/ TryIncref(t) \/ Recheck(t))

-----------------------------------------------------------------------------
\* Readers touch a value's header only while it is allocated or in its grace period.
NoUseAfterFree == \A t \in Threads : pc[t] \in {"try", "check"} => memory[has[t]] # "freed"

\* A counted reference keeps the value alive: nobody revives the dead.
OwnedIsAllocated == \A t \in Threads : \A v \in owns[t] : memory[v] = "allocated"

\* Whoever found a value unique and changes it is alone with it: others have at most the reference of a second look.
ChangedIsAlone ==
  \A t, u \in Threads : t # u /\ pc[t] = "change" /\ has[t] \in owns[u] => pc[u] = "check" /\ has[u] = has[t]

\* Whatever all threads can reach through the container carries the flag.
ReachableIsFlagged == shared /\ slot # None => flagged[slot]

\* Dead values do not keep their memory.
Drains == LET v == CHOOSE v \in Values : TRUE       \* values are alike: one will do
          IN memory[v] = "retired" ~> memory[v] = "freed"
===============================================================================
