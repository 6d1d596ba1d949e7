------------------------------- MODULE Deferred -------------------------------
(* The deferred discipline: a container drops each reference that it gives up *)
(* by weft_ref_retire_decref, after a grace period. So whatever a reader      *)
(* finds has a reference for as long as the reader's borrow lasts, until its  *)
(* thread's next quiescent state: it counts nothing, looks once, and may keep *)
(* the value by weft_ref_incref, without a condition (weft_list_borrow,       *)
(* weft_dict_borrow). Prompt is the other discipline.                         *)
(*                                                                            *)
(* The container has one cell. A change is made in place, or in a new array   *)
(* that takes the old one's place; the old one stays as it is, and what it    *)
(* holds is dropped when it goes. A reader loads the array first and its cell *)
(* then, so it may find a value long after that was taken out.                *)
(*                                                                            *)
(* Growth puts what is there into a new array: the reference moves. A second  *)
(* container may have the same array (a snapshot). Such an array is never     *)
(* written again, a copy of it takes references of its own, and the last who  *)
(* has it gives it up. Tables of several items are DictBorrow's.              *)
EXTENDS Naturals, FiniteSets, TLC

CONSTANTS
  Threads, Values,
  Retired,     \* how many drops may wait at once
  Shares,      \* whether there is a second container
  Twin

None == "none"
Arrays == {1, 2}
Nothing == [value |-> None, array |-> 0, waits |-> {}]

VARIABLES
  array,       \* the container's array
  other,       \* the second container's, or 0
  cell,        \* cell[a]: what it holds, or None
  holders,     \* holders[a]: how many containers have it
  frozen,      \* frozen[a]: two have had it
  lock,        \* the container's lock
  given_up,    \* what the holder of the lock took out and has not retired yet: [value, array], or Nothing
  retired,     \* retired[r]: a reference that waits, with the array it is in, if that is gone too, and the readers it waits for
  count,       \* count[v]: references
  life,        \* life[v]: "unused", "alive", "dead"
  pc,
  at,          \* at[t]: the array t has loaded since its last quiescent state, or 0: the grace periods that begin now wait for t
  has,         \* has[t]: the value t borrows, or None
  owns         \* owns[t]: values t has a counted reference to

vars == <<array, other, cell, holders, frozen, lock, given_up, retired, count, life, pc, at, has, owns>>
shares == <<other, holders, frozen>>
container == <<array, cell, lock, given_up, shares>>
reader == <<at, has>>

Init ==
  /\ array = 1 /\ cell = [a \in Arrays |-> None] /\ lock = None /\ given_up = Nothing
  /\ other = 0 /\ holders = [a \in Arrays |-> IF a = 1 THEN 1 ELSE 0] /\ frozen = [a \in Arrays |-> FALSE]
  /\ retired = [r \in 1..Retired |-> Nothing]
  /\ count = [v \in Values |-> 0] /\ life = [v \in Values |-> "unused"]
  /\ pc = [t \in Threads |-> "out"]
  /\ at = [t \in Threads |-> 0] /\ has = [t \in Threads |-> None] /\ owns = [t \in Threads |-> {}]

Go(t, where) == pc' = [pc EXCEPT ![t] = where]
Own(t, v) == owns' = [owns EXCEPT ![t] = @ \cup {v}]
Free == {r \in 1..Retired : retired[r] = Nothing}
\* Places are alike: the first will do. There is one for what a change gives up, and none is needed meanwhile.
Place == CHOOSE r \in Free : \A q \in Free : r <= q
Readers == {t \in Threads : at[t] # 0}
\* A thread changes containers without borrows: to lock may detach.
MayChange(t) == pc[t] = "out" /\ at[t] = 0 /\ lock = None /\ Free # {}
\* Where a new array may be.
Unclaimed == {a \in Arrays : holders[a] = 0 /\ \A r \in 1..Retired : retired[r].array # a}

\* Values are alike: the next one made is the one that TLC chooses.
Unused == {v \in Values : life[v] = "unused"}

\* One reference less; with the last one v dies. What becomes of its memory is in Prompt.
Less(v) == count' = [count EXCEPT ![v] = @ - 1] /\ life' = [life EXCEPT ![v] = IF count[v] = 1 THEN "dead" ELSE @]

-----------------------------------------------------------------------------
(* A new value, known to its maker only.                                      *)
New(t) ==
  /\ pc[t] = "out" /\ owns[t] = {} /\ Unused # {}
  /\ LET v == CHOOSE v \in Unused : TRUE
     IN life' = [life EXCEPT ![v] = "alive"] /\ count' = [count EXCEPT ![v] = 1] /\ Own(t, v)
  /\ UNCHANGED <<container, retired, pc, reader>>

(* weft_list_set: under the lock the container takes a reference of its own,  *)
(* and one store puts the value into the cell. What was there is given up.    *)
Set(t) ==
  /\ MayChange(t) /\ ~frozen[array]
  /\ \E v \in owns[t] :
       /\ count' = [count EXCEPT ![v] = @ + 1]
       /\ cell' = [cell EXCEPT ![array] = v]
  /\ IF cell[array] = None
       THEN UNCHANGED <<lock, given_up, pc>>
       ELSE lock' = t /\ given_up' = [Nothing EXCEPT !.value = cell[array]] /\ Go(t, "retire")
  /\ UNCHANGED <<array, shares, retired, life, reader, owns>>

(* The same by copying (of an array that is frozen or FENCED; what slices and *)
(* sorting do to many items): a new array is filled and published, the old    *)
(* one given up with what it held. Readers that have it still find that in    *)
(* it.                                                                        *)
Copy(t) ==
  /\ MayChange(t)
  /\ \E v \in owns[t], a \in Unclaimed :
       /\ count' = [count EXCEPT ![v] = @ + 1]
       /\ cell' = [cell EXCEPT ![a] = v]
       /\ array' = a /\ holders' = [holders EXCEPT ![a] = 1]
  /\ lock' = t
  /\ given_up' = [Nothing EXCEPT !.value = cell[array], !.array = array]
  /\ Go(t, "retire")
  /\ UNCHANGED <<other, frozen, retired, life, reader, owns>>

(* Growth: the new array holds what the old one does. The reference moves, so *)
(* the old array is given up without it; but a frozen one keeps its own, and  *)
(* the new array takes another.                                               *)
Grow(t) ==
  /\ MayChange(t) /\ cell[array] # None
  /\ \E a \in Unclaimed :
       /\ cell' = [cell EXCEPT ![a] = cell[array]]
       /\ array' = a /\ holders' = [holders EXCEPT ![a] = 1]
  /\ count' = [count EXCEPT ![cell[array]] = IF frozen[array] /\ Twin # "shared_moves" THEN @ + 1 ELSE @]
  /\ lock' = t
  /\ given_up' = [Nothing EXCEPT !.value = IF frozen[array] \/ Twin = "moved_dropped" THEN cell[array] ELSE None, !.array = array]
  /\ Go(t, "retire")
  /\ UNCHANGED <<other, frozen, retired, life, reader, owns>>

(* weft_list_pop: under the lock the cell is emptied. The caller gets a new   *)
(* reference, while the container's own keeps the value alive ...             *)
Pop(t) ==
  /\ MayChange(t) /\ ~frozen[array] /\ cell[array] # None /\ cell[array] \notin owns[t]
  /\ LET v == cell[array] IN
       /\ count' = [count EXCEPT ![v] = IF Twin \in {"pop_not_counted", "pop_hands_over"} THEN @ ELSE @ + 1]
       /\ Own(t, v)
       /\ IF Twin = "pop_hands_over" THEN UNCHANGED <<lock, given_up, pc>>    \* as in Prompt: the container's reference is the caller's
          ELSE IF Twin = "retired_first"
            \* The twin that retires first, and empties the cell then.
            THEN /\ lock' = t /\ Go(t, "unlink") /\ UNCHANGED given_up
            ELSE /\ lock' = t /\ Go(t, "retire") /\ given_up' = [Nothing EXCEPT !.value = v]
  /\ IF Twin = "retired_first"
       THEN /\ retired' = [retired EXCEPT ![Place] = [Nothing EXCEPT !.value = cell[array], !.waits = Readers]]
            /\ UNCHANGED cell
       ELSE cell' = [cell EXCEPT ![array] = None] /\ UNCHANGED retired
  /\ UNCHANGED <<array, shares, life, reader>>

(* The twin empties the cell only now.                                        *)
UnlinkLate(t) ==
  /\ pc[t] = "unlink"
  /\ cell' = [cell EXCEPT ![array] = None]
  /\ lock' = None
  /\ Go(t, "out")
  /\ UNCHANGED <<array, shares, given_up, retired, count, life, reader, owns>>

\* One container has the array no more: was it the last? (One RMW.)
WasLast(a) == holders[a] = 1 \/ Twin = "each_gives_up"
LetGo(a) == holders' = [b \in Arrays |-> IF b = a THEN holders[b] - 1 ELSE holders[b]]

(* ... which is retired then, as is what set and a copy have given up: the    *)
(* drop waits for all who have looked at a container since their last         *)
(* quiescent state. An array takes the references in it along, when the last  *)
(* container that has it gives it up.                                         *)
Retire(t) ==
  /\ pc[t] = "retire"
  /\ LET a == given_up.array IN
       /\ IF Twin = "dropped_at_once" /\ a = 0 THEN Less(given_up.value) /\ UNCHANGED retired
          ELSE /\ retired' = IF a # 0 /\ ~WasLast(a) THEN retired
                             ELSE [retired EXCEPT ![Place] = [given_up EXCEPT !.waits = Readers]]
               /\ UNCHANGED <<count, life>>
       /\ LetGo(a)
  /\ given_up' = Nothing /\ lock' = None
  /\ Go(t, "out")
  /\ UNCHANGED <<array, other, cell, frozen, reader, owns>>

(* weft_list_snapshot: the second container gets the array, under the locks   *)
(* of both. Nothing is counted but that it has it.                            *)
Snapshot(t) ==
  /\ Shares /\ MayChange(t) /\ other = 0 /\ cell[array] # None
  /\ other' = array
  /\ holders' = [holders EXCEPT ![array] = @ + 1]
  /\ frozen' = [frozen EXCEPT ![array] = TRUE]
  /\ UNCHANGED <<array, cell, lock, given_up, retired, count, life, pc, reader, owns>>

(* It gives the array up, under its own lock: at any time of the first one's  *)
(* changes. (The store and the RMW are one step here, and two in DictBorrow.) *)
SnapshotDrop(t) ==
  /\ pc[t] = "out" /\ at[t] = 0 /\ other # 0
  /\ Cardinality(Free) > IF lock = None THEN 0 ELSE 1
  /\ retired' = IF WasLast(other) THEN [retired EXCEPT ![Place] = [value |-> cell[other], array |-> other, waits |-> Readers]]
                ELSE retired
  /\ LetGo(other)
  /\ other' = 0
  /\ UNCHANGED <<array, cell, frozen, lock, given_up, count, life, pc, reader, owns>>

(* The grace period is over: the callback drops the reference, and the array  *)
(* that held it is gone.                                                      *)
DropDeferred(r) ==
  /\ retired[r] # Nothing
  /\ IF Twin = "waits_for_newcomers" THEN Readers = {} ELSE retired[r].waits = {}
  /\ IF retired[r].value = None THEN UNCHANGED <<count, life>> ELSE Less(retired[r].value)
  /\ cell' = [a \in Arrays |-> IF a = retired[r].array THEN None ELSE cell[a]]
  /\ frozen' = [a \in Arrays |-> frozen[a] /\ a # retired[r].array]
  /\ retired' = [retired EXCEPT ![r] = Nothing]
  /\ UNCHANGED <<array, other, holders, lock, given_up, pc, reader, owns>>

(* A thread drops a reference it owns.                                        *)
Drop(t) ==
  /\ pc[t] = "out"
  /\ \E v \in owns[t] : Less(v) /\ owns' = [owns EXCEPT ![t] = @ \ {v}]
  /\ UNCHANGED <<container, retired, pc, reader>>

-----------------------------------------------------------------------------
(* A read begins: load the array (acquire), of either container ...           *)
Look(t) ==
  /\ pc[t] = "out" /\ at[t] = 0
  /\ \E a \in {array, other} \ {0} : at' = [at EXCEPT ![t] = a]
  /\ UNCHANGED <<container, retired, count, life, pc, has, owns>>

(* ... then its cell (acquire): what is found there is borrowed. No count, no *)
(* second look, whatever the container has by now.                            *)
Borrow(t) ==
  /\ at[t] # 0 /\ has[t] = None /\ cell[at[t]] # None
  /\ has' = [has EXCEPT ![t] = cell[at[t]]]
  /\ UNCHANGED <<container, retired, count, life, pc, at, owns>>

(* Promote: weft_ref_incref of what is borrowed, without a condition (and     *)
(* weft_list_get, weft_dict_get).                                             *)
Promote(t) ==
  /\ has[t] # None /\ owns[t] = {}
  /\ IF Twin = "promoted_uncounted" THEN UNCHANGED count ELSE count' = [count EXCEPT ![has[t]] = @ + 1]
  /\ Own(t, has[t])
  /\ UNCHANGED <<container, retired, life, pc, reader>>

(* A quiescent state, or a detach: the borrow is over, and no drop waits for  *)
(* this thread any more.                                                      *)
Quiescent(t) ==
  /\ at[t] # 0
  /\ at' = [at EXCEPT ![t] = 0]
  /\ has' = [has EXCEPT ![t] = IF Twin = "borrow_past_quiescent" THEN @ ELSE None]
  /\ retired' = [r \in 1..Retired |-> [retired[r] EXCEPT !.waits = @ \ {t}]]
  /\ UNCHANGED <<container, count, life, pc, owns>>

-----------------------------------------------------------------------------
(* weft_ref_unique: whoever has the only reference changes the value in place *)
(* (no borrower is to see that). A drop that waits is a reference still, so   *)
(* nothing it holds is unique.                                                *)
Unique(t) ==
  /\ pc[t] = "out"
  /\ \E v \in owns[t] :
       /\ 1 = IF Twin = "unique_but_deferred" THEN count[v] - Cardinality({r \in 1..Retired : retired[r].value = v}) ELSE count[v]
       /\ Go(t, v)
  /\ UNCHANGED <<container, retired, count, life, reader, owns>>

(* ... and has changed it: a step of its own, so that others may come between. *)
Changed(t) ==
  /\ pc[t] \in Values
  /\ Go(t, "out")
  /\ UNCHANGED <<container, retired, count, life, reader, owns>>

-----------------------------------------------------------------------------
AllDead == \A v \in Values : life[v] = "dead"
Next ==
  \/ \E t \in Threads :
       \/ New(t) \/ Set(t) \/ Copy(t) \/ Grow(t) \/ Snapshot(t) \/ SnapshotDrop(t) \/ Pop(t) \/ UnlinkLate(t) \/ Retire(t) \/ Drop(t)
       \/ Look(t) \/ Borrow(t) \/ Promote(t) \/ Quiescent(t) \/ Unique(t) \/ Changed(t)
  \/ \E r \in 1..Retired : DropDeferred(r)
  \/ AllDead /\ UNCHANGED vars

(* Fairness: a change that was begun is finished, a thread that has looked at *)
(* a container passes a quiescent state, and a drop that waits for nobody   *)
(* any more is made. Nobody has to drop, to pop or to come back.              *)
Spec == Init /\ [][Next]_vars
        /\ \A t \in Threads : WF_vars(Retire(t)) /\ WF_vars(Quiescent(t)) /\ WF_vars(Changed(t))
        /\ \A r \in 1..Retired : WF_vars(DropDeferred(r))

Alike == Permutations(Threads)

-----------------------------------------------------------------------------
\* Whatever a thread borrows is alive until its next quiescent state: it may use it, and keep it.
BorrowedIsAlive == \A t \in Threads : has[t] # None => life[has[t]] = "alive"

\* So is what it has a reference to.
OwnedIsAlive == \A t \in Threads : \A v \in owns[t] : life[v] = "alive"

\* Whoever found a value unique and changes it is alone with it: nobody borrows it, or has a reference.
ChangedIsAlone == \A t, u \in Threads : t # u /\ pc[t] \in Values => pc[t] # has[u] /\ pc[t] \notin owns[u]

\* A drop that waits is made at last, however many readers come meanwhile.
Drains == retired[1] # Nothing ~> retired[1] = Nothing
===============================================================================
