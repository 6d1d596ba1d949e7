------------------------------- MODULE ListModes -------------------------------
(* What List leaves out of lib/list: lists that are private to a thread, long   *)
(* ones that are changed in the middle in place (SHIFTING), and snapshots.      *)
(*                                                                              *)
(* A list begins private: its owner reads it without the lock and changes it in *)
(* place, and whoever else wants it takes the lock first and makes it shared,   *)
(* for ever. Writers always lock, and look only then which it is. In a shared   *)
(* list an insert either builds a new array, or says SHIFTING in the bounds     *)
(* while it moves the slots up: who reads then waits for the lock. So it does   *)
(* only in an array whose readers look twice (it moves, a tag of the pointer);  *)
(* in any other they load nothing but the slot. An array                        *)
(* that a snapshot has is frozen: it is never written again.                    *)
EXTENDS Integers, Sequences, FiniteSets

CONSTANTS
  Threads,     \* all may read
  Owner,       \* of the list's header
  Writers,
  Readers,
  Snappers,    \* those that take snapshots
  Capacity,    \* slots of an array
  Changes,     \* how many changes are made in all
  Twin

TwoItems == <<Changes + 1, Changes + 2>>
Arrays == 1..(Changes + 1)
Values == 1..(Changes + 2)     \* the n-th change stores n; two more for the first items
Slots == 0..(Capacity - 1)
Missing == 0                   \* the answer to an index out of range
Null == -1                     \* a cleared slot
NoCall == -1
Shifting == -1                 \* in place of a size

VARIABLES
  array,       \* array[a]: [slot, size, moves]; begin is 0 here
  memory,      \* memory[a]: "unused", "live", "retired", "freed"
  current, private,            \* the list's word: the array, and the tag PRIVATE
  frozen,      \* arrays that a snapshot has, or has had
  items,       \* what the list is
  lock, work,  \* the writer inside or "none"; what it does and where it is
  early,       \* the twin's owner: it looked before it had the lock, and the list was private
  changes,
  snap, content,               \* snap[t]: the array t has a snapshot of, or 0; what it held then
  pc, at, size, item,          \* of each reader: where, its array, the size it read, the item it read
  call, seen, got, did             \* the history AbstractSequence speaks of

vars == <<array, memory, current, private, frozen, items, lock, work, early, changes, snap, content, pc, at, size, item, call, seen, got, did>>
reader == <<pc, at, size, item, call, got>>
snaps == <<snap, content>>
Idle == [op |-> "none", step |-> "none", i |-> 0, size |-> 0, shared |-> FALSE]

Build(s, m) == [slot |-> [i \in Slots |-> IF i < Len(s) THEN s[i + 1] ELSE Null], size |-> Len(s), moves |-> m]
Content(a) == [i \in 1..array[a].size |-> array[a].slot[i - 1]]

Init ==
  /\ \E m \in BOOLEAN : array = [a \in Arrays |-> IF a = 1 THEN Build(TwoItems, m) ELSE Build(<<>>, FALSE)]
  /\ memory = [a \in Arrays |-> IF a = 1 THEN "live" ELSE "unused"]
  /\ current = 1 /\ private = TRUE /\ frozen = {} /\ items = TwoItems
  /\ lock = "none" /\ work = Idle /\ early = FALSE /\ changes = 0
  /\ snap = [t \in Threads |-> 0] /\ content = [t \in Threads |-> <<>>]
  /\ pc = [t \in Threads |-> "out"] /\ at = [t \in Threads |-> 0] /\ size = [t \in Threads |-> 0] /\ item = [t \in Threads |-> Missing]
  /\ call = [t \in Threads |-> NoCall] /\ seen = [t \in Threads |-> {}] /\ got = [t \in Threads |-> Missing]
  /\ did = <<"none", Missing>>

Answer(s, q) == IF q < Len(s) THEN s[q + 1] ELSE Missing
\* After a writer's step every read under way has also seen the new state.
Notice == seen' = [t \in Threads |-> IF call[t] = NoCall THEN seen[t] ELSE seen[t] \cup {Answer(items', call[t])}]

A == array[current]
Leave == lock' = "none" /\ work' = Idle

-----------------------------------------------------------------------------
(* weft_list_begin: the lock first, then the decision. A thread that does not   *)
(* own the list makes it shared (weft_list_share), by one store of the word.    *)
WriteBegin(t) ==
  /\ t \in Writers /\ pc[t] = "out" /\ lock = "none" /\ changes < Changes
  /\ private' = (private /\ t = Owner)
  /\ \E op \in {"insert", "pop"} :
       /\ op = "pop" => items # <<>>
       /\ op = "insert" => Len(items) < Capacity
       /\ work' = [op |-> op, step |-> "begin", i |-> 0, size |-> A.size,
                   shared |-> IF Twin = "looks_before_lock" /\ t = Owner /\ early THEN FALSE ELSE ~private']
  /\ lock' = t /\ changes' = changes + 1
  /\ UNCHANGED <<array, memory, current, frozen, items, did, early, snaps, reader>>
  /\ Notice

(* The twin: the owner looks whether the list is private before it locks.       *)
LookEarly ==
  /\ Twin = "looks_before_lock" /\ private /\ ~early
  /\ early' = TRUE
  /\ UNCHANGED <<array, memory, current, private, frozen, items, did, lock, work, changes, snaps, reader, seen>>

(* weft_list_splice: a new array, published by one store. Of a shared list the  *)
(* old one is retired; of a private one it is freed at once, for nobody else    *)
(* can have it. A short list that is shared is always changed so; so is a full  *)
(* or a frozen array; and a list that has become much smaller gets another      *)
(* array with a pop (trim).                                                     *)
Wanted == IF work.op = "insert" THEN <<changes>> \o items ELSE SubSeq(items, 1, Len(items) - 1)
Did == did' = <<work.op, IF work.op = "insert" THEN changes ELSE items[Len(items)]>>
Publish(t) ==
  /\ lock = t /\ work.step = "begin"
  /\ work.op = "pop" \/ work.shared \/ A.size = Capacity
  /\ \E m \in BOOLEAN : array' = [array EXCEPT ![current + 1] = Build(Wanted, m)]
  /\ current' = current + 1 /\ items' = Wanted /\ Did
  /\ memory' = [memory EXCEPT ![current + 1] = "live", ![current] = IF work.shared THEN "retired" ELSE "freed"]
  /\ Leave
  /\ UNCHANGED <<private, frozen, early, changes, snaps, reader>>
  /\ Notice

(* An insert in place: of a private list, and of a long shared one, after       *)
(* SHIFTING was stored in the bounds ...                                        *)
InPlace == A.size # Shifting /\ A.size < Capacity /\ (current \notin frozen \/ Twin = "frozen_written")
InsertBegin(t) ==
  /\ lock = t /\ work.op = "insert" /\ work.step = "begin" /\ InPlace
  /\ ~work.shared \/ A.moves \/ Twin = "shifts_directly"
  /\ array' = IF work.shared /\ Twin # "shift_unannounced" THEN [array EXCEPT ![current].size = Shifting] ELSE array
  /\ work' = [work EXCEPT !.step = "shift", !.i = IF Twin = "shifts_from_front" THEN 1 ELSE work.size]
  /\ UNCHANGED <<memory, current, private, frozen, items, did, lock, early, changes, snaps, reader>>
  /\ Notice

(* ... one slot after the other is moved up, from the end ...                   *)
InsertShift(t) ==
  /\ lock = t /\ work.step = "shift"
  /\ IF work.i \in 1..work.size
       THEN /\ array' = [array EXCEPT ![current].slot[work.i] = A.slot[work.i - 1]]
            /\ work' = [work EXCEPT !.i = IF Twin = "shifts_from_front" THEN @ + 1 ELSE @ - 1]
       ELSE /\ array' = [array EXCEPT ![current].slot[0] = changes]
            /\ work' = [work EXCEPT !.step = "bounds"]
  /\ UNCHANGED <<memory, current, private, frozen, items, did, lock, early, changes, snaps, reader>>
  /\ Notice

(* ... and the new bounds are stored (release): here the insert happens.        *)
InsertBounds(t) ==
  /\ lock = t /\ work.step = "bounds"
  /\ array' = [array EXCEPT ![current].size = work.size + 1]
  /\ items' = Wanted /\ Did
  /\ Leave
  /\ UNCHANGED <<memory, current, private, frozen, early, changes, snaps, reader>>
  /\ Notice

(* weft_list_pop: the slot is cleared; who finds null starts again ...          *)
PopSlot(t) ==
  /\ lock = t /\ work.op = "pop" /\ work.step = "begin" /\ (current \notin frozen \/ Twin = "frozen_written")
  /\ array' = [array EXCEPT ![current].slot[A.size - 1] = Null]
  /\ work' = [work EXCEPT !.step = "size"]
  /\ UNCHANGED <<memory, current, private, frozen, items, did, lock, early, changes, snaps, reader>>
  /\ Notice

(* ... then the bounds, that is the pop.                                        *)
PopSize(t) ==
  /\ lock = t /\ work.step = "size"
  /\ array' = [array EXCEPT ![current].size = @ - 1]
  /\ items' = Wanted /\ Did
  /\ Leave
  /\ UNCHANGED <<memory, current, private, frozen, early, changes, snaps, reader>>
  /\ Notice

-----------------------------------------------------------------------------
(* weft_list_snapshot, under the lock: the list becomes shared, its array       *)
(* frozen, and another list has it too.                                         *)
Snapshot(t) ==
  /\ t \in Snappers /\ pc[t] = "out" /\ lock = "none" /\ snap[t] = 0
  /\ snap' = [snap EXCEPT ![t] = current] /\ content' = [content EXCEPT ![t] = items]
  /\ frozen' = frozen \cup {current} /\ private' = FALSE
  /\ UNCHANGED <<array, memory, current, items, did, lock, work, early, changes, reader, seen>>

(* The other list lets go of it. It stays frozen.                               *)
SnapshotDrop(t) ==
  /\ snap[t] # 0 /\ pc[t] = "out"
  /\ snap' = [snap EXCEPT ![t] = 0] /\ content' = [content EXCEPT ![t] = <<>>]
  /\ UNCHANGED <<array, memory, current, private, frozen, items, did, lock, work, early, changes, reader, seen>>

-----------------------------------------------------------------------------
Return(t, v) ==
  /\ got' = [got EXCEPT ![t] = v]
  /\ call' = [call EXCEPT ![t] = NoCall] /\ seen' = [seen EXCEPT ![t] = {}]
  /\ pc' = [pc EXCEPT ![t] = "out"] /\ at' = [at EXCEPT ![t] = 0]
  /\ size' = [size EXCEPT ![t] = 0] /\ item' = [item EXCEPT ![t] = Missing]

(* weft_list_get: the word (acquire). The owner reads what is private, another  *)
(* thread does not (weft_list_readable) ...                                     *)
MayRead(t) == ~private \/ t = Owner \/ Twin = "private_read_unlocked"
Get(t) ==
  /\ t \in Readers /\ pc[t] = "out" /\ lock # t
  /\ \E q \in {0, 1} : call' = [call EXCEPT ![t] = q] /\ seen' = [seen EXCEPT ![t] = {Answer(items, q)}]
  /\ pc' = [pc EXCEPT ![t] = IF ~MayRead(t) THEN "locked" ELSE IF A.moves THEN "bounds" ELSE "direct"]
  /\ at' = [at EXCEPT ![t] = IF MayRead(t) THEN current ELSE 0]
  /\ UNCHANGED <<array, memory, current, private, frozen, items, did, lock, work, early, changes, snaps, size, item, got>>

(* ... or again, when it has to start anew.                                     *)
GetArray(t) ==
  /\ pc[t] = "array"
  /\ pc' = [pc EXCEPT ![t] = "bounds"] /\ at' = [at EXCEPT ![t] = current]
  /\ UNCHANGED <<array, memory, current, private, frozen, items, did, lock, work, early, changes, snaps, size, item, call, seen, got>>

(* ... where readers do not look twice the slot (acquire). Null: not there, or  *)
(* about to change; it starts anew, and looks at the bounds ...                 *)
GetDirect(t) ==
  /\ pc[t] = "direct"
  /\ LET found == array[at[t]].slot[call[t]]
     IN IF found # Null THEN Return(t, found)
        ELSE pc' = [pc EXCEPT ![t] = "array"] /\ at' = [at EXCEPT ![t] = 0] /\ UNCHANGED <<size, item, call, seen, got>>
  /\ UNCHANGED <<array, memory, current, private, frozen, items, did, lock, work, early, changes, snaps>>

(* ... its bounds (acquire). SHIFTING: the slots tell nothing now, it takes the *)
(* lock ...                                                                     *)
GetBounds(t) ==
  /\ pc[t] = "bounds"
  /\ LET s == array[at[t]].size
     IN IF s = Shifting THEN pc' = [pc EXCEPT ![t] = "locked"] /\ at' = [at EXCEPT ![t] = 0] /\ UNCHANGED <<size, item, call, seen, got>>
        ELSE IF call[t] >= s THEN Return(t, Missing)
        ELSE size' = [size EXCEPT ![t] = s] /\ pc' = [pc EXCEPT ![t] = "slot"] /\ UNCHANGED <<at, item, call, seen, got>>
  /\ UNCHANGED <<array, memory, current, private, frozen, items, did, lock, work, early, changes, snaps>>

(* ... the slot (acquire), at the place that the index gives ...                *)
GetSlot(t) ==
  /\ pc[t] = "slot"
  /\ item' = [item EXCEPT ![t] = array[at[t]].slot[call[t]]]
  /\ pc' = [pc EXCEPT ![t] = "check"]
  /\ UNCHANGED <<array, memory, current, private, frozen, items, did, lock, work, early, changes, snaps, at, size, call, seen, got>>

(* ... and the bounds again: what was read while the slots were moved counts    *)
(* only when the move is over, for then the insert has happened.                *)
GetCheck(t) ==
  /\ pc[t] = "check"
  /\ LET s == array[at[t]].size
     IN IF item[t] # Null /\ (s # Shifting \/ Twin = "bounds_read_once") THEN Return(t, item[t])
        ELSE /\ pc' = [pc EXCEPT ![t] = "array"] /\ at' = [at EXCEPT ![t] = 0]
             /\ size' = [size EXCEPT ![t] = 0] /\ item' = [item EXCEPT ![t] = Missing]
             /\ UNCHANGED <<call, seen, got>>
  /\ UNCHANGED <<array, memory, current, private, frozen, items, did, lock, work, early, changes, snaps>>

(* get_locked: under the lock, so it is one step here. A list that is another   *)
(* thread's becomes shared.                                                     *)
GetLocked(t) ==
  /\ pc[t] = "locked" /\ lock = "none"
  /\ private' = (private /\ t = Owner)
  /\ Return(t, Answer(Content(current), call[t]))
  /\ UNCHANGED <<array, memory, current, frozen, items, did, lock, work, early, changes, snaps>>

(* weft_qsbr: a retired array is freed once nobody holds its pointer, and no    *)
(* snapshot has it.                                                             *)
Free(a) ==
  /\ memory[a] = "retired" /\ \A t \in Threads : at[t] # a /\ (snap[t] # a \/ Twin = "snapshot_not_counted")
  /\ memory' = [memory EXCEPT ![a] = "freed"]
  /\ UNCHANGED <<array, current, private, frozen, items, did, lock, work, early, changes, snaps, reader, seen>>

-----------------------------------------------------------------------------
Write(t) ==
  \/ WriteBegin(t) \/ Publish(t) \/ InsertBegin(t) \/ InsertShift(t) \/ InsertBounds(t) \/ PopSlot(t) \/ PopSize(t)
Read(t) == GetArray(t) \/ GetDirect(t) \/ GetBounds(t) \/ GetSlot(t) \/ GetCheck(t) \/ GetLocked(t)

Next ==
  \/ LookEarly
  \/ \E t \in Threads : Write(t) \/ Snapshot(t) \/ SnapshotDrop(t) \/ Get(t) \/ Read(t)
  \/ \E a \in Arrays : Free(a)

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
\* What a state is told apart by: nothing depends on the last answer or change.
Relevant == <<array, memory, current, private, frozen, items, lock, work, early, changes, snap, content, pc, at, size, item, call, seen>>

Abstract == INSTANCE AbstractSequence WITH seq <- items, Indices <- 0..(Capacity - 1)
RefinesSequence == Abstract!Spec

\* At rest the array holds what the list is.
ArrayIsList == lock = "none" => Content(current) = items

NoUseAfterFree == \A t \in Threads : at[t] # 0 => memory[at[t]] # "freed"

\* A snapshot stays what it was when it was taken, and allocated.
SnapshotStable == \A t \in Threads : snap[t] # 0 => Content(snap[t]) = content[t] /\ memory[snap[t]] # "freed"
================================================================================
