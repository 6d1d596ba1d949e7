-------------------------------- MODULE Prompt --------------------------------
(* The prompt discipline: a reader loads a container's array and its cell,    *)
(* tries to take a reference to what it finds there, and looks again at both  *)
(* (weft_ref_try_incref, weft_list_get, weft_dict_get). A removed value's     *)
(* reference goes to who removed it, or is dropped behind the unlock; when    *)
(* the count reaches zero the value is dead, and its memory is freed at once  *)
(* if it was never reachable by others, or after a grace period if it carries *)
(* MAYBE_SHARED. So the flag has to be there before the value is reachable.   *)
(* Whoever finds that its reference is the only one changes the value in      *)
(* place, and if nobody can reach it may even use its memory again: the       *)
(* second look is for that.                                                   *)
(*                                                                            *)
(* The container has one cell. A change is made in place, or in a new array   *)
(* that takes the old one's place: the old one stays as it is, so a value     *)
(* that was taken out so is still found in it.                                *)
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
Arrays == {1, 2}

VARIABLES
  array,       \* the container's array
  cell,        \* cell[a]: what it holds: a value, or None
  shared,      \* PRIVATE is cleared; under the lock
  lock,        \* the container's lock
  count,       \* count[v]: references
  flagged,     \* flagged[v]: MAYBE_SHARED
  memory,      \* memory[v]: "unused", "allocated", "retired", "freed"
  pc,
  at,          \* at[t]: the array that the reader t has loaded, or 0
  has,         \* has[t]: the value whose pointer t works with
  owns         \* owns[t]: values t has a counted reference to

vars == <<array, cell, shared, lock, count, flagged, memory, pc, at, has, owns>>
container == <<array, cell, shared>>
reader == <<at, has>>

Init ==
  /\ array = 1 /\ cell = [a \in Arrays |-> None] /\ shared = FALSE /\ lock = None
  /\ count = [v \in Values |-> 0] /\ flagged = [v \in Values |-> FALSE]
  /\ memory = [v \in Values |-> "unused"]
  /\ pc = [t \in Threads |-> "out"] /\ at = [t \in Threads |-> 0] /\ has = [t \in Threads |-> None]
  /\ owns = [t \in Threads |-> {}]

Go(t, where) == pc' = [pc EXCEPT ![t] = where]
Clear(t) == has' = [has EXCEPT ![t] = None]

\* Whom a container that is private lets in: readers look at the word, writers under the lock.
MayUse(t) == shared \/ t = Owner

\* What the container holds.
Held == cell[array]

\* Where a new array may be: it is not the container's, and the grace period of the one that was there is over.
Unclaimed(a) == a # array /\ \A t \in Threads : at[t] # a

\* What becomes of v's memory when its last reference goes.
Released(v) == IF flagged[v] /\ Twin # "freed_at_once" THEN "retired" ELSE "freed"

\* One reference less. With the last one v is dead.
Less(v) == count' = [count EXCEPT ![v] = @ - 1] /\ memory' = [memory EXCEPT ![v] = IF count[v] = 1 THEN Released(v) ELSE @]

-----------------------------------------------------------------------------
(* A new value, known to its maker only.                                      *)
New(t) ==
  /\ pc[t] = "out" /\ owns[t] = {}
  /\ \E v \in Values :
       /\ memory[v] = "unused"
       /\ memory' = [memory EXCEPT ![v] = "allocated"]
       /\ count' = [count EXCEPT ![v] = 1]
       /\ owns' = [owns EXCEPT ![t] = {v}]
  /\ UNCHANGED <<container, lock, flagged, pc, reader>>

(* weft_list_share, by another thread that has taken the lock for whatever it *)
(* came for, or by the owner (weft_list_set_shared): flag what is in the      *)
(* container ...                                                              *)
ShareFlag(t) ==
  /\ pc[t] = "out" /\ lock = None /\ ~shared
  /\ flagged' = [v \in Values |-> flagged[v] \/ (v = Held /\ Twin # "shared_unflagged")]
  /\ lock' = t
  /\ Go(t, "share")
  /\ UNCHANGED <<container, count, memory, reader, owns>>

(* ... then clear PRIVATE: all threads may read it now.                       *)
SharePublish(t) ==
  /\ pc[t] = "share"
  /\ shared' = TRUE
  /\ lock' = None
  /\ Go(t, "out")
  /\ UNCHANGED <<array, cell, count, flagged, memory, reader, owns>>

(* weft_list_set, and append where there is nothing: under the lock, flag the *)
(* value if the container is shared ...                                       *)
SetFlag(t) ==
  /\ pc[t] = "out" /\ lock = None /\ MayUse(t) /\ Held \notin owns[t]
  /\ Twin = "flagged_late" => Held = None
  /\ \E v \in owns[t] :
       /\ has' = [has EXCEPT ![t] = v]
       /\ flagged' = [flagged EXCEPT ![v] = (shared /\ Twin # "flagged_late") \/ @]
  /\ lock' = t
  /\ Go(t, "publish")
  /\ UNCHANGED <<container, count, memory, at, owns>>

\* t hands its reference to w over to the container, and unlocks that. What was there it drops then.
Replaced(t, w) ==
  /\ owns' = [owns EXCEPT ![t] = (@ \ {w}) \cup ({Held} \ {None})]
  /\ lock' = None
  /\ IF Held # None THEN Go(t, "settle") /\ has' = [has EXCEPT ![t] = Held]
     ELSE IF Twin = "flagged_late" /\ shared THEN Go(t, "flag") /\ UNCHANGED has
     ELSE Go(t, "out") /\ Clear(t)

(* ... then publish it, by one store, in place or in a new array (of one that *)
(* is frozen or FENCED): the container takes over the reference. What was in  *)
(* the cell stays alive until the lock is released.                           *)
SetPublish(t) ==
  /\ pc[t] = "publish"
  /\ \E a \in Arrays :
       /\ a = array \/ Unclaimed(a)
       /\ array' = a
       /\ cell' = [cell EXCEPT ![a] = has[t]]
  /\ Replaced(t, has[t])
  /\ UNCHANGED <<shared, count, flagged, memory, at>>

(* The twin that publishes first flags the value now, when a reader may have  *)
(* found it and its memory may be gone.                                       *)
SetFlagLate(t) ==
  /\ pc[t] = "flag"
  /\ flagged' = [flagged EXCEPT ![has[t]] = TRUE]
  /\ Clear(t)
  /\ Go(t, "out")
  /\ UNCHANGED <<container, lock, count, memory, at, owns>>

(* The drop of what set has replaced (work->dropped): behind the unlock, for  *)
(* it may be the last, and run host code.                                     *)
Settle(t) ==
  /\ pc[t] = "settle"
  /\ Less(has[t])
  /\ owns' = [owns EXCEPT ![t] = @ \ {has[t]}]
  /\ Clear(t)
  /\ Go(t, "out")
  /\ UNCHANGED <<container, lock, flagged, at>>

(* Remove in place (weft_list_pop): under the lock empty the cell. The        *)
(* container's reference is the caller's now, who may drop it at once, or put *)
(* the value back.                                                            *)
Remove(t) ==
  /\ pc[t] = "out" /\ lock = None /\ MayUse(t) /\ Held # None /\ Held \notin owns[t]
  /\ owns' = [owns EXCEPT ![t] = @ \cup {Held}]
  /\ cell' = [cell EXCEPT ![array] = None]
  /\ UNCHANGED <<array, shared, lock, count, flagged, memory, pc, reader>>

(* Remove by copying (splice): a new array without the value is published.    *)
(* The caller gets the reference again, and the old array's cell never        *)
(* changes: who has loaded that still finds the value in it.                  *)
RemoveCopy(t) ==
  /\ pc[t] = "out" /\ lock = None /\ MayUse(t) /\ Held # None /\ Held \notin owns[t]
  /\ owns' = [owns EXCEPT ![t] = @ \cup {Held}]
  /\ \E a \in Arrays :
       /\ Unclaimed(a)
       /\ array' = a
       /\ cell' = [cell EXCEPT ![a] = None]
  /\ UNCHANGED <<shared, lock, count, flagged, memory, pc, reader>>

(* Growth: the new array has the value too, and with it the reference.        *)
Grow(t) ==
  /\ pc[t] = "out" /\ lock = None /\ MayUse(t) /\ Held # None
  /\ \E a \in Arrays :
       /\ Unclaimed(a)
       /\ array' = a
       /\ cell' = [cell EXCEPT ![a] = Held]
  /\ UNCHANGED <<shared, lock, count, flagged, memory, pc, reader, owns>>

(* A thread drops a reference it owns, maybe the removed one. The reader that *)
(* loaded the cell before may be about to take a reference: if this drop was  *)
(* the last, it finds the count at zero, and the memory must still be there   *)
(* to read that from.                                                         *)
Drop(t) ==
  /\ pc[t] = "out"
  /\ \E v \in owns[t] : Less(v) /\ owns' = [owns EXCEPT ![t] = @ \ {v}]
  /\ UNCHANGED <<container, lock, flagged, pc, reader>>

-----------------------------------------------------------------------------
(* weft_ref_unique: a thread whose reference is the only one changes the      *)
(* value. A reader that has loaded the cell before may take a reference       *)
(* meanwhile, to look at the cell again; it does not look at the value.       *)
Unique(t) ==
  /\ pc[t] = "out"
  /\ \E v \in owns[t] : count[v] = 1 /\ has' = [has EXCEPT ![t] = v]
  /\ Go(t, "change")
  /\ UNCHANGED <<container, lock, count, flagged, memory, at, owns>>

(* ... and has changed it, in place (UNIQUE_BODY) ...                         *)
Changed(t) ==
  /\ pc[t] = "change"
  /\ Clear(t)
  /\ Go(t, "out")
  /\ UNCHANGED <<container, lock, count, flagged, memory, at, owns>>

(* ... or has used its memory for something else: only if it is not flagged,  *)
(* for then nobody can have found it (UNIQUE).                                *)
Reuse(t) ==
  /\ pc[t] = "change" /\ (~flagged[has[t]] \/ Twin = "reuses_flagged")
  /\ memory' = [memory EXCEPT ![has[t]] = "freed"]
  /\ count' = [count EXCEPT ![has[t]] = 0]
  /\ owns' = [owns EXCEPT ![t] = @ \ {has[t]}]
  /\ Clear(t)
  /\ Go(t, "out")
  /\ UNCHANGED <<container, lock, flagged, at>>

-----------------------------------------------------------------------------
\* A read is over: t has no array and no pointer any more.
Leave(t) == Go(t, "out") /\ Clear(t) /\ at' = [at EXCEPT ![t] = 0]

(* A lock-free get: load the array (acquire), of a container that is shared   *)
(* or this thread's (of an empty one there is nothing to say) ...             *)
Get(t) ==
  /\ pc[t] = "out" /\ owns[t] = {} /\ Held # None
  /\ MayUse(t) \/ Twin = "private_read_unlocked"
  /\ at' = [at EXCEPT ![t] = array]
  /\ Go(t, "load")
  /\ UNCHANGED <<container, lock, count, flagged, memory, has, owns>>

(* ... then its cell (acquire), whatever the container has by now ...         *)
GetCell(t) ==
  /\ pc[t] = "load"
  /\ IF cell[at[t]] = None THEN Leave(t)
     ELSE has' = [has EXCEPT ![t] = cell[at[t]]] /\ Go(t, "try") /\ UNCHANGED at
  /\ UNCHANGED <<container, lock, count, flagged, memory, owns>>

(* ... take a reference unless the count is zero already ...                  *)
TryIncref(t) ==
  /\ pc[t] = "try"
  /\ IF count[has[t]] = 0 /\ Twin # "incref_from_zero"
       THEN Leave(t) /\ UNCHANGED <<count, owns>>
       ELSE /\ count' = [count EXCEPT ![has[t]] = @ + 1]
            /\ owns' = [owns EXCEPT ![t] = @ \cup {has[t]}]
            /\ Go(t, "check") /\ UNCHANGED reader
  /\ UNCHANGED <<container, lock, flagged, memory>>

\* Nothing has changed for t: the cell holds what it held, and the array is the container's.
StillThere(t) ==
  /\ cell[at[t]] = has[t] \/ Twin = "cell_not_checked"
  /\ array = at[t] \/ Twin = "array_not_checked"

(* ... and look again at the cell and at the container's word: if either has  *)
(* changed, drop the reference (and try again). Somebody may have taken the   *)
(* value out and found it unique before that reference was taken: in place,   *)
(* then the cell says so; or by a new array, then the word does, alone. These *)
(* are two loads. A list looks at the cell first: if both pass, both held at  *)
(* its load, for an array that was replaced does not come back while a reader *)
(* has it. A dict looks at the word first: the cell held the value then, or   *)
(* it was put back later, into the table that was the dict's still.           *)
Recheck(t) ==
  /\ pc[t] = "check"
  /\ IF StillThere(t) \/ Twin = "no_second_look"
       THEN UNCHANGED <<count, memory, owns>>
       ELSE Less(has[t]) /\ owns' = [owns EXCEPT ![t] = @ \ {has[t]}]
  /\ Leave(t)
  /\ UNCHANGED <<container, lock, flagged>>

\* t has a pointer to v that is not counted, or finds one in an array that it has loaded.
MayTry(t, v) == (pc[t] \in {"try", "check"} /\ has[t] = v) \/ (pc[t] = "load" /\ cell[at[t]] = v)

(* weft_qsbr: retired memory is freed once no reader is between its load and  *)
(* its second look with this pointer.                                         *)
Free(v) ==
  /\ memory[v] = "retired" /\ Twin # "no_poll" /\ \A t \in Threads : ~MayTry(t, v)
  /\ memory' = [memory EXCEPT ![v] = "freed"]
  /\ UNCHANGED <<container, lock, count, flagged, pc, reader, owns>>

-----------------------------------------------------------------------------
AllSpent == \A v \in Values : memory[v] = "freed"
Next ==
  \/ \E t \in Threads :
       \/ New(t) \/ ShareFlag(t) \/ SharePublish(t) \/ SetFlag(t) \/ SetPublish(t) \/ SetFlagLate(t) \/ Settle(t)
       \/ Remove(t) \/ RemoveCopy(t) \/ Grow(t) \/ Drop(t)
       \/ Unique(t) \/ Changed(t) \/ Reuse(t) \/ Get(t) \/ GetCell(t) \/ TryIncref(t) \/ Recheck(t)
  \/ \E v \in Values : Free(v)
  \/ AllSpent /\ UNCHANGED vars
Spec == Init /\ [][Next]_vars /\ \A v \in Values : WF_vars(Free(v))
        /\ \A t \in Threads :
             WF_vars(\/ SharePublish(t) \/ SetPublish(t) \/ SetFlagLate(t) \/ Settle(t) \/ Changed(t)
                     \/ GetCell(t) \/ TryIncref(t) \/ Recheck(t))

\* What tells states apart: not which of the arrays is the container's, nor what is in one that nobody has any more.
Seen ==
  LET Which(t) == IF at[t] = 0 THEN "none" ELSE IF at[t] = array THEN "new" ELSE "old"
      Old == {cell[at[t]] : t \in {u \in Threads : Which(u) = "old"}}
  IN <<Held, Old, [t \in Threads |-> Which(t)], shared, lock, count, flagged, memory, pc, has, owns>>

-----------------------------------------------------------------------------
\* Readers touch a value's header only while it is allocated or in its grace period.
NoUseAfterFree == \A t \in Threads : pc[t] \in {"try", "check"} => memory[has[t]] # "freed"

\* A counted reference keeps the value alive: nobody revives the dead.
OwnedIsAllocated == \A t \in Threads : \A v \in owns[t] : memory[v] = "allocated"

\* Whoever found a value unique and changes it is alone with it: others have at most the reference of a second look.
ChangedIsAlone ==
  \A t, u \in Threads : t # u /\ pc[t] = "change" /\ has[t] \in owns[u] => pc[u] = "check" /\ has[u] = has[t]

\* Whatever all threads can reach through the container carries the flag.
ReachableIsFlagged == shared /\ Held # None => flagged[Held]

\* Dead values do not keep their memory.
Drains == LET v == CHOOSE v \in Values : TRUE       \* values are alike: one will do
          IN memory[v] = "retired" ~> memory[v] = "freed"
===============================================================================
