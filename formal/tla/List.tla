--------------------------------- MODULE List ---------------------------------
(* The list (lib/list/weft_list.c), SHARED: writers under the list's lock,   *)
(* readers that take none.                                                   *)
(*                                                                           *)
(* An array carries its own bounds, one word: begin, size, and a version     *)
(* that rises with each change of the word. append, pop and set change one   *)
(* slot and work in place; whatever changes several slots (insert, reverse,  *)
(* sort, growth) builds a new array privately and publishes it by one store, *)
(* and the old one is retired and not written again. A grace period is:      *)
(* nobody holds the array's pointer.                                         *)
(*                                                                           *)
(* There are two kinds of arrays. Of a direct one begin is 0, and a reader   *)
(* loads nothing but the slot: what is not null there is in the list. pop(0) *)
(* makes it one that moves (a tag of the list's pointer): begin rises, and   *)
(* readers load the bounds, the slot, and the bounds again. As direct        *)
(* readers may still be there, nothing is put into that array any more: it   *)
(* is fenced, and what comes next copies it to one that moves from the       *)
(* start.                                                                    *)
EXTENDS Integers, Sequences, FiniteSets

CONSTANTS
  Threads,     \* all read
  Writers,     \* those that also write
  Initial,     \* the items at the start
  Room,        \* slots of the first array,
  Capacity,    \* of the others, and the most items
  Changes,     \* how many changes are made in all
  Asks,        \* what each thread asks: indices, AskLast (-2), AskLen (-3)
  Operations,  \* what writers do
  Twin

TwoItems == <<Changes + 1, Changes + 2>>
Arrays == 1..(Changes + 1)
Slots == 0..(Capacity - 1)
Values == 1..(Changes + 2)              \* the n-th change stores n; two more for the first items

VARIABLES
  array,       \* array[a]: [slot, room, begin, size, version, moves, fenced]
  memory,      \* memory[a]: "unused", "live", "retired", "freed"
  current,     \* the list's word `array`: the pointer
  direct,      \* its second word: the array that who borrows reads directly, or 0
  lock, work,  \* the writer inside or "none"; what it does and where it is
  changes,     \* changes begun so far
  pc, at, bounds, item,   \* of each reader: where, its array, the bounds it read, the item it read
  call, seen, got, did    \* the history AbstractSequence speaks of

vars == <<array, memory, current, direct, lock, work, changes, pc, at, bounds, item, call, seen, got, did>>
reader == <<pc, at, bounds, item, call, got>>

Missing == 0           \* the answer to an index out of range
Null == -1             \* a cleared slot
NoCall == -1           \* questions: an index from the front, or
AskLast == -2          \* the last item, or
AskLen == -3           \* the length
\* Who asks what. Readers do not meet: the small configurations have one.
AllAsks == [t \in Threads |-> IF t \in Writers THEN {} ELSE {0, 1, 2, AskLast, AskLen}]
FewAsks == [t \in Threads |-> IF t \in Writers THEN {} ELSE {0, 1, AskLast, AskLen}]
\* What never waits: not the last item, just while it is appended or popped.
WaitAsks == [t \in Threads |-> IF t \in Writers THEN {} ELSE {0, AskLen}]
LastAsks == [t \in Threads |-> IF t \in Writers THEN {} ELSE {AskLast}]

Build(s, m) == [slot |-> [i \in Slots |-> IF i < Len(s) THEN s[i + 1] ELSE Null],
                room |-> Capacity, begin |-> 0, size |-> Len(s), version |-> 0, moves |-> m, fenced |-> FALSE]
Items(a) == [i \in 1..array[a].size |-> array[a].slot[array[a].begin + i - 1]]
\* While the last item is appended or popped its slot is null and the bounds count it: then it is there.
ListNow == IF work.step \in {"slot", "size"} THEN [Items(current) EXCEPT ![array[current].size] = work.item] ELSE Items(current)
Idle == [op |-> "none", index |-> 0, step |-> "none", item |-> Missing]
NoBounds == [begin |-> 0, size |-> 0, version |-> 0]

Init ==
  /\ \E m \in BOOLEAN : array = [a \in Arrays |-> IF a = 1 THEN [Build(Initial, m) EXCEPT !.room = Room] ELSE Build(<<>>, FALSE)]
  /\ memory = [a \in Arrays |-> IF a = 1 THEN "live" ELSE "unused"]
  /\ current = 1 /\ direct = (IF array[1].moves THEN 0 ELSE 1) /\ lock = "none" /\ work = Idle /\ changes = 0
  /\ pc = [t \in Threads |-> "out"] /\ at = [t \in Threads |-> 0]
  /\ bounds = [t \in Threads |-> NoBounds] /\ item = [t \in Threads |-> Missing]
  /\ call = [t \in Threads |-> NoCall] /\ seen = [t \in Threads |-> {}] /\ got = [t \in Threads |-> Missing]
  /\ did = <<"none", Missing>>

Answer(s, q) ==
  IF q = AskLen THEN Len(s)
  ELSE IF q = AskLast THEN (IF s = <<>> THEN Missing ELSE s[Len(s)])
  ELSE IF q < Len(s) THEN s[q + 1] ELSE Missing

\* After a writer's step every read under way has also seen the new state.
Notice == seen' = [t \in Threads |-> IF call[t] = NoCall THEN seen[t] ELSE seen[t] \cup {Answer(ListNow', call[t])}]

A == array[current]
Last == A.begin + A.size - 1
Step(s) == work' = [work EXCEPT !.step = s]
Leave == lock' = "none" /\ work' = Idle
Did(v) == did' = <<work.op, v>>

-----------------------------------------------------------------------------
(* Every writer takes the list's lock first.                                 *)
WriteBegin(t) ==
  /\ t \in Writers /\ pc[t] = "out" /\ lock = "none" /\ changes < Changes
  /\ \E op \in Operations, i \in 0..(IF A.size = 0 THEN 0 ELSE A.size - 1) :
       /\ op # "set" => i = 0
       /\ op \in {"append", "insert"} => A.size < Capacity
       /\ op \in {"pop", "pop_first", "set"} => A.size > 0
       /\ op = "reverse" => A.size > 1
       /\ work' = [op |-> op, index |-> i, step |-> "begin", item |-> Missing]
  /\ lock' = t /\ changes' = changes + 1
  /\ UNCHANGED <<array, memory, current, direct, did, reader>>
  /\ Notice

Averted == direct = 0 \/ Twin = "avert_missing"
InPlace == ~A.fenced \/ Twin = "fence_missing"

(* weft_list_append with room: the bounds first (release): the append        *)
(* happens here. Who asks for the item until it is there starts again ...    *)
AppendSize(t) ==
  /\ lock = t /\ work.op = "append" /\ work.step = "begin" /\ A.begin + A.size < A.room /\ InPlace
  /\ array' = IF Twin = "slot_first" THEN [array EXCEPT ![current].slot[A.begin + A.size] = changes]
                                     ELSE [array EXCEPT ![current].size = @ + 1, ![current].version = @ + 1]
  /\ work' = [work EXCEPT !.step = IF Twin = "slot_first" THEN "bounds" ELSE "slot", !.item = changes]
  /\ IF Twin = "slot_first" THEN UNCHANGED did ELSE Did(changes)
  /\ UNCHANGED <<memory, current, direct, lock, changes, reader>>
  /\ Notice

(* ... then the slot (release): a direct reader who finds it knows that the  *)
(* bounds count it.                                                          *)
AppendSlot(t) ==
  /\ lock = t /\ work.op = "append" /\ work.step \in {"slot", "bounds"}
  /\ array' = IF Twin = "slot_first" THEN [array EXCEPT ![current].size = @ + 1, ![current].version = @ + 1]
                                     ELSE [array EXCEPT ![current].slot[Last] = changes]
  /\ Leave
  /\ IF Twin = "slot_first" THEN Did(changes) ELSE UNCHANGED did
  /\ UNCHANGED <<memory, current, direct, changes, reader>>
  /\ Notice

(* weft_list_pop of the last item, which may be the first, too: the slot is  *)
(* cleared, so that no direct reader finds what the bounds do not count; who *)
(* finds null starts again ...                                               *)
PopsFirst == work.op = "pop_first" /\ A.size > 1
PopSlot(t) ==
  /\ lock = t /\ work.op \in {"pop", "pop_first"} /\ ~PopsFirst /\ work.step = "begin"
  /\ array' = IF Twin = "pop_size_first" THEN [array EXCEPT ![current].size = @ - 1, ![current].version = @ + 1]
                                         ELSE [array EXCEPT ![current].slot[Last] = Null]
  /\ work' = [work EXCEPT !.step = IF Twin = "pop_size_first" THEN "clear" ELSE "size", !.item = A.slot[Last]]
  /\ IF Twin = "pop_size_first" THEN Did(A.slot[Last]) ELSE UNCHANGED did
  /\ UNCHANGED <<memory, current, direct, lock, changes, reader>>
  /\ Notice

(* ... and the bounds shrink by one store of the word: that is the pop.      *)
PopSize(t) ==
  /\ lock = t /\ work.step \in {"size", "clear"}
  /\ array' = IF Twin = "pop_size_first" THEN [array EXCEPT ![current].slot[A.begin + A.size] = Null]
                                         ELSE [array EXCEPT ![current].size = @ - 1, ![current].version = @ + 1]
  /\ Leave
  /\ IF Twin = "pop_size_first" THEN UNCHANGED did ELSE Did(work.item)
  /\ UNCHANGED <<memory, current, direct, changes, reader>>
  /\ Notice

(* weft_list_pop at 0 of several, in a direct array: readers that come look  *)
(* twice, and nothing is put into this array any more ...                    *)
PopMoves(t) ==
  /\ lock = t /\ PopsFirst /\ ~A.moves /\ Averted
  /\ array' = [array EXCEPT ![current].moves = TRUE, ![current].fenced = TRUE]
  /\ Step("moves")
  /\ UNCHANGED <<memory, current, direct, lock, changes, did, reader>>
  /\ Notice

(* ... begin and size change in one store of the word. The slot is left as   *)
(* it is, for the array is not used again before it.                         *)
PopFirst(t) ==
  /\ lock = t /\ PopsFirst /\ (A.moves \/ Twin = "moves_untold")
  /\ array' = [array EXCEPT ![current].begin = IF Twin = "pops_last" THEN @ ELSE @ + 1, ![current].size = @ - 1, ![current].version = @ + 1]
  /\ Leave
  /\ Did(A.slot[A.begin])
  /\ UNCHANGED <<memory, current, direct, changes, reader>>
  /\ Notice

(* weft_list_set: one store to the slot.                                     *)
Set(t) ==
  /\ lock = t /\ work.op = "set" /\ InPlace
  /\ array' = [array EXCEPT ![current].slot[A.begin + work.index] = changes]
  /\ Leave
  /\ Did(changes)
  /\ UNCHANGED <<memory, current, direct, changes, reader>>
  /\ Notice

(* weft_list_insert, reverse, sort, growth: copy, then publish once          *)
(* (release). The old array is retired. What replaces the array of a queue,   *)
(* whose first items go, moves from the start; what is reversed is direct.    *)
Wanted ==
  CASE work.op = "insert"  -> <<changes>> \o ListNow
    [] work.op = "append"  -> Append(ListNow, changes)
    [] work.op = "set"     -> [ListNow EXCEPT ![work.index + 1] = changes]
    [] work.op = "reverse" -> [i \in 1..Len(ListNow) |-> ListNow[Len(ListNow) + 1 - i]]
Publishes ==
  /\ work.step = "begin"
  /\ \/ work.op \in {"insert", "reverse"}
     \/ work.op = "append" /\ (A.begin + A.size = A.room \/ ~InPlace)
     \/ work.op = "set" /\ ~InPlace
  /\ ~(Twin = "memmove_in_place" /\ work.op = "insert" /\ A.begin + A.size < A.room)
  /\ ~(Twin = "reverse_empties" /\ work.op = "reverse")
Publish(t) ==
  /\ lock = t /\ Publishes /\ Averted
  /\ LET moves == A.begin # 0 /\ work.op # "reverse"
     IN /\ array' = [array EXCEPT ![current + 1] = Build(Wanted, moves)]
        /\ IF moves THEN Leave ELSE Step("aim") /\ UNCHANGED lock
  /\ current' = current + 1
  /\ memory' = [memory EXCEPT ![current + 1] = "live", ![current] = IF Twin = "growth_frees" THEN "freed" ELSE "retired"]
  /\ Did(IF work.op = "reverse" THEN Missing ELSE changes)
  /\ UNCHANGED <<direct, changes, reader>>
  /\ Notice

(* Who borrows goes by a word of its own, which has the slots of a direct    *)
(* array, or none: then by the pointer, as who gets. It is withdrawn before  *)
(* the pointer changes (weft_list_avert) ...                                 *)
Avert(t) ==
  /\ lock = t /\ direct # 0 /\ ~Averted
  /\ Publishes \/ (PopsFirst /\ work.step = "begin")
  /\ direct' = 0
  /\ UNCHANGED <<array, memory, current, lock, work, changes, did, reader>>
  /\ Notice

(* ... and set behind it (release), if the new array is direct.              *)
Aim(t) ==
  /\ lock = t /\ work.step = "aim"
  /\ direct' = current
  /\ Leave
  /\ UNCHANGED <<array, memory, current, changes, did, reader>>
  /\ Notice

(* Twins. One shifts the slots in place for an insert at 0, one slot at a    *)
(* time from the end; one empties the list while it reverses it.             *)
ShiftInPlace(t) ==
  /\ Twin = "memmove_in_place" /\ lock = t /\ work.op = "insert" /\ A.begin + A.size < A.room
  /\ IF work.index < A.size
       THEN /\ array' = [array EXCEPT ![current].slot[Last + 1 - work.index] = A.slot[Last - work.index]]
            /\ work' = [work EXCEPT !.index = @ + 1, !.step = "shift"] /\ UNCHANGED lock
       ELSE /\ array' = [array EXCEPT ![current].slot[A.begin] = changes, ![current].size = @ + 1, ![current].version = @ + 1]
            /\ Leave
  /\ IF work.index < A.size THEN UNCHANGED did ELSE Did(changes)
  /\ UNCHANGED <<memory, current, direct, changes, reader>>
  /\ Notice

(* The other twin: size 0 is stored first, then the items in reverse order   *)
(* and their size. A len between the two sees an empty list, which it never  *)
(* was.                                                                      *)
EmptyInPlace(t) ==
  /\ Twin = "reverse_empties" /\ lock = t /\ work.op = "reverse"
  /\ IF work.step = "begin"
       THEN array' = [array EXCEPT ![current].size = 0] /\ work' = [work EXCEPT !.index = A.size, !.step = "fill"] /\ UNCHANGED lock
       ELSE /\ array' = [array EXCEPT ![current].size = work.index,
                           ![current].slot = [i \in Slots |-> IF i \in A.begin..(A.begin + work.index - 1)
                                                              THEN A.slot[2 * A.begin + work.index - 1 - i] ELSE A.slot[i]]]
            /\ Leave
  /\ IF work.step = "begin" THEN UNCHANGED did ELSE Did(Missing)
  /\ UNCHANGED <<memory, current, direct, changes, reader>>
  /\ Notice

-----------------------------------------------------------------------------
(* weft_list_get, weft_list_len: the array pointer (acquire); weft_list_borrow: *)
(* the word of its own, if it has slots (acquire). The call begins            *)
(* with it, for beginning earlier would only add to what it may return ...   *)
Get(t) ==
  /\ pc[t] = "out" /\ lock # t
  /\ \E q \in Asks[t] :
       call' = [call EXCEPT ![t] = q] /\ seen' = [seen EXCEPT ![t] = {Answer(ListNow, q)}]
  /\ IF Twin = "get_takes_lock"
       THEN pc' = [pc EXCEPT ![t] = "array"] /\ UNCHANGED at
       ELSE \E borrows \in IF direct = 0 \/ call'[t] \in {AskLast, AskLen} THEN {FALSE} ELSE BOOLEAN :
              /\ at' = [at EXCEPT ![t] = IF borrows THEN direct ELSE current]
              /\ pc' = [pc EXCEPT ![t] = IF ~borrows /\ (A.moves \/ call'[t] \in {AskLast, AskLen}) THEN "bounds" ELSE "direct"]
  /\ UNCHANGED <<array, memory, current, direct, lock, work, changes, did, bounds, item, got>>

(* ... or again, when it has to start anew.                                  *)
GetArray(t) ==
  /\ pc[t] = "array"
  /\ Twin # "get_takes_lock" \/ lock = "none"
  /\ at' = [at EXCEPT ![t] = current]
  /\ pc' = [pc EXCEPT ![t] = "bounds"]
  /\ UNCHANGED <<array, memory, current, direct, lock, work, changes, did, bounds, item, call, seen, got>>

Return(t, v) ==
  /\ got' = [got EXCEPT ![t] = v]
  /\ call' = [call EXCEPT ![t] = NoCall] /\ seen' = [seen EXCEPT ![t] = {}]
  /\ pc' = [pc EXCEPT ![t] = "out"] /\ at' = [at EXCEPT ![t] = 0]
  /\ bounds' = [bounds EXCEPT ![t] = NoBounds] /\ item' = [item EXCEPT ![t] = Missing]

(* ... in a direct array the slot (acquire). Null: not there, or about to    *)
(* change; it starts anew, and looks at the bounds ...                       *)
GetDirect(t) ==
  /\ pc[t] = "direct"
  /\ LET found == array[at[t]].slot[call[t]]
     IN IF found # Null THEN Return(t, found)
        ELSE pc' = [pc EXCEPT ![t] = "array"] /\ at' = [at EXCEPT ![t] = 0] /\ UNCHANGED <<bounds, item, call, seen, got>>
  /\ UNCHANGED <<array, memory, current, direct, lock, work, changes, did>>

(* ... its bounds (acquire): they belong to this array, whatever the list    *)
(* has by now. An index outside is answered here.                            *)
GetBounds(t) ==
  /\ pc[t] = "bounds"
  /\ LET a == array[at[t]]
     IN IF call[t] = AskLen THEN Return(t, a.size)
        ELSE IF a.size = 0 \/ (call[t] # AskLast /\ call[t] >= a.size) THEN Return(t, Missing)
        ELSE /\ bounds' = [bounds EXCEPT ![t] = [begin |-> a.begin, size |-> a.size, version |-> a.version]]
             /\ pc' = [pc EXCEPT ![t] = "slot"]
             /\ UNCHANGED <<at, item, call, seen, got>>
  /\ UNCHANGED <<array, memory, current, direct, lock, work, changes, did>>

(* ... the slot (acquire), at the place that these bounds give. By now it    *)
(* may hold another item, or none ...                                        *)
GetSlot(t) ==
  /\ pc[t] = "slot"
  /\ LET i == IF call[t] = AskLast THEN bounds[t].size - 1 ELSE call[t]
     IN item' = [item EXCEPT ![t] = array[at[t]].slot[bounds[t].begin + i]]
  /\ pc' = [pc EXCEPT ![t] = "check"]
  /\ UNCHANGED <<array, memory, current, direct, lock, work, changes, did, at, bounds, call, seen, got>>

(* ... and the bounds again. An index from the front needs the same begin.   *)
(* One from the end needs the same version: the same size is not enough, it  *)
(* may have grown, been set, and shrunk between.                             *)
GetCheck(t) ==
  /\ pc[t] = "check"
  /\ LET a == array[at[t]]
         good == CASE call[t] # AskLast -> a.begin = bounds[t].begin \/ Twin = "begin_not_checked"
                   [] call[t] = AskLast -> \/ a.version = bounds[t].version
                                          \/ Twin = "negative_not_checked"
                                          \/ (Twin = "negative_checks_size" /\ a.size = bounds[t].size /\ a.begin = bounds[t].begin)
     IN IF good /\ item[t] # Null THEN Return(t, item[t])
        ELSE /\ pc' = [pc EXCEPT ![t] = "array"] /\ at' = [at EXCEPT ![t] = 0]
             /\ bounds' = [bounds EXCEPT ![t] = NoBounds] /\ item' = [item EXCEPT ![t] = Missing]
             /\ UNCHANGED <<call, seen, got>>
  /\ UNCHANGED <<array, memory, current, direct, lock, work, changes, did>>

(* weft_qsbr: a retired array is freed once nobody holds its pointer.        *)
Free(a) ==
  /\ memory[a] = "retired" /\ \A t \in Threads : ~(at[t] = a /\ pc[t] # "array")
  /\ memory' = [memory EXCEPT ![a] = "freed"]
  /\ UNCHANGED <<array, current, direct, lock, work, changes, did, reader>>
  /\ Notice

-----------------------------------------------------------------------------
Write(t) ==
  \/ WriteBegin(t) \/ AppendSize(t) \/ AppendSlot(t) \/ PopSlot(t) \/ PopSize(t) \/ PopMoves(t) \/ PopFirst(t) \/ Set(t)
  \/ Avert(t) \/ Publish(t) \/ Aim(t) \/ ShiftInPlace(t) \/ EmptyInPlace(t)
Read(t) == GetArray(t) \/ GetDirect(t) \/ GetBounds(t) \/ GetSlot(t) \/ GetCheck(t)

Next ==
  \/ \E t \in Threads : Write(t) \/ Get(t) \/ Read(t)
  \/ \E a \in Arrays : Free(a)

(* Fairness: only readers keep running; a writer may stop for ever, with the *)
(* lock held.                                                                *)
Spec == Init /\ [][Next]_vars /\ \A t \in Threads : WF_vars(Read(t))

-----------------------------------------------------------------------------
\* What a state is told apart by: nothing depends on the last answer or change, nor on which of the writers, who are alike, has the lock.
Relevant == <<array, memory, current, direct, lock = "none", work, changes, pc, at, bounds, item, call, seen>>

Abstract == INSTANCE AbstractSequence WITH seq <- ListNow, Indices <- 0..(Capacity - 1)
RefinesSequence == Abstract!Spec

NoUseAfterFree == \A t \in Threads : at[t] # 0 /\ pc[t] # "array" => memory[at[t]] # "freed"

\* Reads never wait for a writer (but see WaitAsks).
\* All readers are alike, so it is enough to watch one of them.
Watched == CHOOSE t \in Threads \ Writers : TRUE

ReadsComplete == pc[Watched] # "out" ~> pc[Watched] = "out"
===============================================================================
