--------------------------------- MODULE List ---------------------------------
(* The list (lib/list/weft_list.c), SHARED: writers under the list's lock,   *)
(* readers that take none.                                                   *)
(*                                                                           *)
(* An array carries its own bounds, one word: begin, size, and a version     *)
(* that rises with each change of the word. append, pop and set change one   *)
(* slot and work in place; pop(0) moves begin; whatever changes several      *)
(* slots (insert, reverse, sort, growth) builds a new array privately and    *)
(* publishes it by one store, and the old one is retired and not written     *)
(* again. A grace period is: nobody holds the array's pointer.               *)
EXTENDS Integers, Sequences, FiniteSets

CONSTANTS
  Threads,     \* all read
  Writers,     \* those that also write
  Initial,     \* the items at the start
  Capacity,    \* slots of an array
  Changes,     \* how many changes are made in all
  Asks,        \* what each thread asks: indices, AskLast (-2), AskLen (-3)
  Operations,  \* what writers do
  Twin

TwoItems == <<Changes + 1, Changes + 2>>
Arrays == 1..(Changes + 1)
Slots == 0..(Capacity - 1)
Values == 1..(Changes + 2)              \* the n-th change stores n; two more for the first items

VARIABLES
  array,       \* array[a]: [slot, begin, size, version]
  memory,      \* memory[a]: "unused", "live", "retired", "freed"
  current,     \* the list's arr pointer
  lock, work,  \* the writer inside or "none"; what it does and where it is
  changes,     \* changes begun so far
  pc, at, bounds, item,   \* of each reader: where, its array, the bounds it read, the item it read
  call, seen, got         \* the history AbstractSequence speaks of

vars == <<array, memory, current, lock, work, changes, pc, at, bounds, item, call, seen, got>>
reader == <<pc, at, bounds, item, call, got>>

Missing == 0           \* the answer to an index out of range
Null == -1             \* a cleared slot
Junk == -2             \* uninitialised memory
NoCall == -1           \* questions: an index from the front, or
AskLast == -2          \* the last item, or
AskLen == -3           \* the length
\* Who asks what. Readers do not meet: the small configurations have one.
AllAsks == [t \in Threads |-> IF t \in Writers THEN {} ELSE {0, 1, 2, AskLast, AskLen}]
FewAsks == [t \in Threads |-> IF t \in Writers THEN {} ELSE {0, 1, AskLast, AskLen}]
LastAsks == [t \in Threads |-> IF t \in Writers THEN {} ELSE {AskLast}]

Fresh == [slot |-> [i \in Slots |-> Junk], begin |-> 0, size |-> 0, version |-> 0]
Build(s) == [slot |-> [i \in Slots |-> IF i < Len(s) THEN s[i + 1] ELSE Junk],
             begin |-> 0, size |-> Len(s), version |-> 0]
Items(a) == [i \in 1..array[a].size |-> array[a].slot[array[a].begin + i - 1]]
ListNow == Items(current)
Idle == [op |-> "none", index |-> 0, step |-> "none"]
NoBounds == [begin |-> 0, size |-> 0, version |-> 0]

Init ==
  /\ array = [a \in Arrays |-> IF a = 1 THEN Build(Initial) ELSE Fresh]
  /\ memory = [a \in Arrays |-> IF a = 1 THEN "live" ELSE "unused"]
  /\ current = 1 /\ lock = "none" /\ work = Idle /\ changes = 0
  /\ pc = [t \in Threads |-> "out"] /\ at = [t \in Threads |-> 0]
  /\ bounds = [t \in Threads |-> NoBounds] /\ item = [t \in Threads |-> Missing]
  /\ call = [t \in Threads |-> NoCall] /\ seen = [t \in Threads |-> {}] /\ got = [t \in Threads |-> Missing]

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

-----------------------------------------------------------------------------
(* Every writer takes the list's lock first.                                 *)
WriteBegin(t) ==
  /\ t \in Writers /\ pc[t] = "out" /\ lock = "none" /\ changes < Changes
  /\ \E op \in Operations, i \in 0..(IF A.size = 0 THEN 0 ELSE A.size - 1) :
       /\ op # "set" => i = 0
       /\ op \in {"append", "insert"} => A.size < Capacity
       /\ op \in {"pop", "pop_first", "set"} => A.size > 0
       /\ op = "reverse" => A.size > 1
       /\ work' = [op |-> op, index |-> i, step |-> "begin"]
  /\ lock' = t /\ changes' = changes + 1
  /\ UNCHANGED <<array, memory, current, reader>>
  /\ Notice

(* weft_list_append with room: the slot first, which nobody reads yet ...    *)
AppendSlot(t) ==
  /\ lock = t /\ work = [op |-> "append", index |-> 0, step |-> "begin"] /\ A.begin + A.size < Capacity
  /\ array' = IF Twin = "size_first" THEN [array EXCEPT ![current].size = @ + 1, ![current].version = @ + 1]
                                     ELSE [array EXCEPT ![current].slot[A.begin + A.size] = changes]
  /\ Step("size")
  /\ UNCHANGED <<memory, current, lock, changes, reader>>
  /\ Notice

(* ... then the bounds (release): the append happens here.                   *)
AppendSize(t) ==
  /\ lock = t /\ work.op = "append" /\ work.step = "size"
  /\ array' = IF Twin = "size_first" THEN [array EXCEPT ![current].slot[Last] = changes]
                                     ELSE [array EXCEPT ![current].size = @ + 1, ![current].version = @ + 1]
  /\ Leave
  /\ UNCHANGED <<memory, current, changes, reader>>
  /\ Notice

(* weft_list_pop: the bounds shrink by one store of the word, that is the    *)
(* pop; the slot still holds the item ...                                    *)
Pop(t) ==
  /\ lock = t /\ work.op = "pop" /\ work.step = "begin"
  /\ array' = [array EXCEPT ![current].size = @ - 1, ![current].version = @ + 1]
  /\ Step("clear")
  /\ UNCHANGED <<memory, current, lock, changes, reader>>
  /\ Notice

(* ... and the slot is cleared. A reader with older bounds finds null, and   *)
(* starts again.                                                             *)
PopClear(t) ==
  /\ lock = t /\ work.op = "pop" /\ work.step = "clear"
  /\ array' = [array EXCEPT ![current].slot[A.begin + A.size] = Null]
  /\ Leave
  /\ UNCHANGED <<memory, current, changes, reader>>
  /\ Notice

(* weft_list_pop at 0: begin and size change in one store of the word. The   *)
(* slot is left as it is, for the array is not used again before it.         *)
PopFirst(t) ==
  /\ lock = t /\ work.op = "pop_first"
  /\ array' = [array EXCEPT ![current].begin = @ + 1, ![current].size = @ - 1, ![current].version = @ + 1]
  /\ Leave
  /\ UNCHANGED <<memory, current, changes, reader>>
  /\ Notice

(* weft_list_set: one store to the slot.                                     *)
Set(t) ==
  /\ lock = t /\ work.op = "set"
  /\ array' = [array EXCEPT ![current].slot[A.begin + work.index] = changes]
  /\ Leave
  /\ UNCHANGED <<memory, current, changes, reader>>
  /\ Notice

(* weft_list_insert, reverse, sort, growth: copy, then publish once          *)
(* (release). The old array is retired.                                      *)
Wanted ==
  CASE work.op = "insert"  -> <<changes>> \o ListNow
    [] work.op = "append"  -> Append(ListNow, changes)
    [] work.op = "reverse" -> [i \in 1..Len(ListNow) |-> ListNow[Len(ListNow) + 1 - i]]
Publish(t) ==
  /\ lock = t /\ work.step = "begin"
  /\ work.op \in {"insert", "reverse"} \/ (work.op = "append" /\ A.begin + A.size = Capacity)
  /\ ~(Twin = "memmove_in_place" /\ work.op = "insert" /\ A.begin + A.size < Capacity)
  /\ ~(Twin = "reverse_empties" /\ work.op = "reverse")
  /\ array' = [array EXCEPT ![current + 1] = Build(Wanted)]
  /\ current' = current + 1
  /\ memory' = [memory EXCEPT ![current + 1] = "live", ![current] = IF Twin = "growth_frees" THEN "freed" ELSE "retired"]
  /\ Leave
  /\ UNCHANGED <<changes, reader>>
  /\ Notice

(* Twins. One shifts the slots in place for an insert at 0, one slot at a    *)
(* time from the end; one empties the list while it reverses it.             *)
ShiftInPlace(t) ==
  /\ Twin = "memmove_in_place" /\ lock = t /\ work.op = "insert" /\ A.begin + A.size < Capacity
  /\ IF work.index < A.size
       THEN /\ array' = [array EXCEPT ![current].slot[Last + 1 - work.index] = A.slot[Last - work.index]]
            /\ work' = [work EXCEPT !.index = @ + 1, !.step = "shift"] /\ UNCHANGED lock
       ELSE /\ array' = [array EXCEPT ![current].slot[A.begin] = changes, ![current].size = @ + 1, ![current].version = @ + 1]
            /\ Leave
  /\ UNCHANGED <<memory, current, changes, reader>>
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
  /\ UNCHANGED <<memory, current, changes, reader>>
  /\ Notice

-----------------------------------------------------------------------------
(* weft_list_get, weft_list_len: the array pointer (acquire); the call begins *)
(* with it, for beginning earlier would only add to what it may return ...   *)
Get(t) ==
  /\ pc[t] = "out" /\ lock # t
  /\ \E q \in Asks[t] :
       call' = [call EXCEPT ![t] = q] /\ seen' = [seen EXCEPT ![t] = {Answer(ListNow, q)}]
  /\ IF Twin = "get_takes_lock"
       THEN pc' = [pc EXCEPT ![t] = "array"] /\ UNCHANGED at
       ELSE pc' = [pc EXCEPT ![t] = "bounds"] /\ at' = [at EXCEPT ![t] = current]
  /\ UNCHANGED <<array, memory, current, lock, work, changes, bounds, item, got>>

(* ... or again, when it has to start anew.                                  *)
GetArray(t) ==
  /\ pc[t] = "array"
  /\ Twin # "get_takes_lock" \/ lock = "none"
  /\ at' = [at EXCEPT ![t] = current]
  /\ pc' = [pc EXCEPT ![t] = "bounds"]
  /\ UNCHANGED <<array, memory, current, lock, work, changes, bounds, item, call, seen, got>>

Return(t, v) ==
  /\ got' = [got EXCEPT ![t] = v]
  /\ call' = [call EXCEPT ![t] = NoCall] /\ seen' = [seen EXCEPT ![t] = {}]
  /\ pc' = [pc EXCEPT ![t] = "out"] /\ at' = [at EXCEPT ![t] = 0]
  /\ bounds' = [bounds EXCEPT ![t] = NoBounds] /\ item' = [item EXCEPT ![t] = Missing]

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
  /\ UNCHANGED <<array, memory, current, lock, work, changes>>

(* ... the slot (acquire), at the place that these bounds give. By now it    *)
(* may hold another item, or none ...                                        *)
GetSlot(t) ==
  /\ pc[t] = "slot"
  /\ LET i == IF call[t] = AskLast THEN bounds[t].size - 1 ELSE call[t]
     IN item' = [item EXCEPT ![t] = array[at[t]].slot[bounds[t].begin + i]]
  /\ pc' = [pc EXCEPT ![t] = "check"]
  /\ UNCHANGED <<array, memory, current, lock, work, changes, at, bounds, call, seen, got>>

(* ... and the bounds again. An index from the front needs the same begin,   *)
(* and to be inside still: the slot may have been popped and be filled by an *)
(* append that has not happened yet.                                         *)
(* One from the end needs the same version: the same size is not enough, it  *)
(* may have grown, been set, and shrunk between.                             *)
GetCheck(t) ==
  /\ pc[t] = "check"
  /\ LET a == array[at[t]]
         good == CASE call[t] # AskLast -> /\ (a.begin = bounds[t].begin \/ Twin = "begin_not_checked")
                                          /\ (call[t] < a.size \/ Twin = "size_not_checked")
                   [] call[t] = AskLast -> \/ a.version = bounds[t].version
                                          \/ Twin = "negative_not_checked"
                                          \/ (Twin = "negative_checks_size" /\ a.size = bounds[t].size /\ a.begin = bounds[t].begin)
     IN IF good /\ item[t] # Null THEN Return(t, item[t])
        ELSE /\ pc' = [pc EXCEPT ![t] = "array"] /\ at' = [at EXCEPT ![t] = 0]
             /\ bounds' = [bounds EXCEPT ![t] = NoBounds] /\ item' = [item EXCEPT ![t] = Missing]
             /\ UNCHANGED <<call, seen, got>>
  /\ UNCHANGED <<array, memory, current, lock, work, changes>>

(* weft_qsbr: a retired array is freed once nobody holds its pointer.        *)
Free(a) ==
  /\ memory[a] = "retired" /\ \A t \in Threads : ~(at[t] = a /\ pc[t] # "array")
  /\ memory' = [memory EXCEPT ![a] = "freed"]
  /\ UNCHANGED <<array, current, lock, work, changes, reader>>
  /\ Notice

-----------------------------------------------------------------------------
Write(t) ==
  \/ WriteBegin(t) \/ AppendSlot(t) \/ AppendSize(t) \/ Pop(t) \/ PopClear(t) \/ PopFirst(t) \/ Set(t)
  \/ Publish(t) \/ ShiftInPlace(t) \/ EmptyInPlace(t)
Read(t) == GetArray(t) \/ GetBounds(t) \/ GetSlot(t) \/ GetCheck(t)

Next ==
  \/ \E t \in Threads : Write(t) \/ Get(t) \/ Read(t)
  \/ \E a \in Arrays : Free(a)

(* Fairness: only readers keep running; a writer may stop for ever, with the *)
(* lock held.                                                                *)
Spec == Init /\ [][Next]_vars /\ \A t \in Threads : WF_vars(Read(t))

-----------------------------------------------------------------------------
\* What a state is told apart by: nothing depends on the last answer.
Relevant == <<array, memory, current, lock, work, changes, pc, at, bounds, item, call, seen>>

Abstract == INSTANCE AbstractSequence WITH seq <- ListNow, Indices <- 0..(Capacity - 1)
RefinesSequence == Abstract!Spec

NoUseAfterFree == \A t \in Threads : at[t] # 0 /\ pc[t] # "array" => memory[at[t]] # "freed"

\* Reads never wait for a writer.
\* All readers are alike, so it is enough to watch one of them.
Watched == CHOOSE t \in Threads \ Writers : TRUE

ReadsComplete == pc[Watched] # "out" ~> pc[Watched] = "out"
===============================================================================
