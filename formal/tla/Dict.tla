--------------------------------- MODULE Dict --------------------------------
(* The ordered dict (lib/dict/weft_dict.c): writers under the dict's lock,  *)
(* readers that take none.                                                  *)
(*                                                                          *)
(* A table holds an index (key -> entry) and entries in insertion order.    *)
(* Its cells are write-once: an index slot goes empty -> entry -> dummy, an *)
(* entry's key never changes and an entry is never used again; only values  *)
(* change. begun rises before an index slot is published, count after it.   *)
(* A full table, or one a snapshot shares, is replaced by a new one: built  *)
(* privately, published by one store, the old one retired. Table numbers    *)
(* here are the never-reused ids. Probing is reduced to one slot per key;   *)
(* a grace period is: nobody holds the table's pointer.                     *)
EXTENDS Integers, Sequences, FiniteSets

CONSTANTS
  Threads,     \* all read
  Writers,     \* those that also write
  Snappers,    \* those that take snapshots
  Keys,
  Looks,       \* the keys each thread looks up
  Initial,     \* the pairs at the start
  Capacity,    \* entries of a table
  Writes,      \* how many changes are made in all
  Unlocked,    \* writers look up outside of the lock first
  Twin

\* Readers do not meet, so the small configurations have one, or one that looks up everything.
AllLooks == [t \in Threads |-> Keys]
NoLooks == [t \in Threads |-> {}]
FewLooks == [t \in Threads |-> IF t = "r1" THEN Keys ELSE IF t = "r2" THEN {CHOOSE k \in Keys : TRUE} ELSE {}]
OneLooks == [t \in Threads |-> IF t = "r1" THEN {CHOOSE k \in Keys : TRUE} ELSE {}]

OneItem == <<<<CHOOSE k \in Keys : TRUE, Writes + 1>>>>

Tables == 1..(Writes + 1)
Values == 1..(Writes + 1)                 \* the n-th change stores n; one more for the first item
Missing == 0                              \* what a get returns for a key that is not there
Null == -1                                \* the value of a deleted entry
NoEntry == [key |-> "junk", value |-> -2] \* uninitialised memory
Unused == 0                               \* index slots: never used, or used and deleted,
Dummy == -1                               \* or the number of an entry

VARIABLES
  table,       \* table[i]: [index, entry, begun, count]
  memory,      \* memory[i]: "unused", "live", "retired", "freed"
  frozen,      \* tables that a snapshot shares, or has shared
  current,     \* the dict's table pointer
  lock,        \* the writer inside, or "none"
  work,        \* what it does: [op, key], and where it is
  found,       \* found[t]: what a writer has looked up: [op, key, id, begun, slot]
  writes,      \* changes begun so far
  pc, at, slot, begun,   \* of each reader: where it is, its table, index slot and guard
  cache,       \* cache[t]: an inline cache of a miss: [key, id, begun]
  snap, content,         \* snap[t]: the table t has a snapshot of, or 0; and what it held then
  call, seen, got, did   \* the history AbstractMap speaks of

vars == <<table, memory, frozen, current, lock, work, found, writes, pc, at, slot, begun, cache, snap, content,
          call, seen, got, did>>
reader == <<pc, at, slot, begun, cache, call, got>>
snaps == <<snap, content, found>>

NoCache == [key |-> "none", id |-> 0, begun |-> 0]
Idle == [op |-> "none", key |-> "none", step |-> "none"]
Nothing == [op |-> "none", key |-> "none", id |-> 0, begun |-> 0, slot |-> Unused]
Empty == [index |-> [k \in Keys |-> Unused], entry |-> [e \in 1..Capacity |-> NoEntry], begun |-> 0, count |-> 0]
\* A table of these items, without gaps.
Build(m) == [index |-> [k \in Keys |-> LET S == {i \in 1..Len(m) : m[i][1] = k} IN
                          IF S = {} THEN Unused ELSE CHOOSE i \in S : TRUE],
             entry |-> [e \in 1..Capacity |-> IF e <= Len(m) THEN [key |-> m[e][1], value |-> m[e][2]] ELSE NoEntry],
             begun |-> Len(m), count |-> Len(m)]

Init ==
  /\ table = [i \in Tables |-> IF i = 1 THEN Build(Initial) ELSE Empty]
  /\ memory = [i \in Tables |-> IF i = 1 THEN "live" ELSE "unused"]
  /\ frozen = {} /\ current = 1
  /\ lock = "none" /\ work = Idle /\ writes = 0
  /\ found = [t \in Threads |-> Nothing]
  /\ pc = [t \in Threads |-> "out"] /\ at = [t \in Threads |-> 0]
  /\ slot = [t \in Threads |-> Unused] /\ begun = [t \in Threads |-> 0]
  /\ cache = [t \in Threads |-> NoCache]
  /\ snap = [t \in Threads |-> 0] /\ content = [t \in Threads |-> <<>>]
  /\ call = [t \in Threads |-> "none"] /\ seen = [t \in Threads |-> {}]
  /\ got = [t \in Threads |-> Missing] /\ did = <<"none", "none", Missing>>

\* What a table means: its published entries that have a value, in order.
Live(T, e) == LET c == T.entry[e] IN c.key \in Keys /\ T.index[c.key] = e /\ c.value # Null
RECURSIVE Items(_, _)
Items(T, e) == IF e > Capacity THEN <<>>
               ELSE (IF Live(T, e) THEN <<<<T.entry[e].key, T.entry[e].value>>>> ELSE <<>>) \o Items(T, e + 1)
Map == Items(table[current], 1)
Value(m, k) == LET S == {i \in 1..Len(m) : m[i][1] = k} IN IF S = {} THEN Missing ELSE m[CHOOSE i \in S : TRUE][2]

\* After a writer's step every get under way has also seen the new state.
Notice == seen' = [t \in Threads |-> IF call[t] = "none" THEN seen[t] ELSE seen[t] \cup {Value(Map', call[t])}]

T == table[current]
Step(s) == work' = [work EXCEPT !.step = s]
Leave == lock' = "none" /\ work' = Idle

\* A table's id. One that was copied takes a new one: its counters start anew, so an old guard could fit it again.
Id(i) == IF Twin = "copy_keeps_id" THEN 1 ELSE i

-----------------------------------------------------------------------------
(* A writer that may need the host's equality looks the key up first,       *)
(* without the lock, for no lock is held while host code runs. It keeps     *)
(* what it has found: the table's id, begun and the key's index slot. (The  *)
(* code keeps less: answers about two objects, which stay right.)           *)
WriteLook(t) ==
  /\ Unlocked /\ t \in Writers /\ pc[t] = "out" /\ lock # t /\ found[t] = Nothing /\ writes < Writes
  /\ \E op \in {"set", "delete"}, k \in Keys :
       found' = [found EXCEPT ![t] = [op |-> op, key |-> k, id |-> current, begun |-> T.begun, slot |-> T.index[k]]]
  /\ UNCHANGED <<table, memory, frozen, current, lock, work, writes, did, reader, seen, snap, content>>

(* weft_dict_set, weft_dict_delete, weft_dict_popitem: under the dict's     *)
(* lock. What was found outside must still be so: the same table, no        *)
(* insertion begun since, the same slot; otherwise look again. A table that *)
(* a snapshot shares is never written again.                                *)
Still(f) == f.id = current /\ f.begun = T.begun /\ f.slot = T.index[f.key]
WriteBegin(t) ==
  /\ t \in Writers /\ pc[t] = "out" /\ lock = "none" /\ writes < Writes
  /\ \E op \in {"set", "delete", "popitem"}, k \in Keys :
       /\ op = "popitem" => k = CHOOSE x \in Keys : TRUE
       /\ Unlocked /\ op # "popitem" => found[t].op = op /\ found[t].key = k
       /\ IF Unlocked /\ op # "popitem" /\ ~Still(found[t]) /\ Twin # "not_revalidated"
            THEN UNCHANGED <<work, lock, writes>>
            ELSE /\ work' = [op |-> op, key |-> k, step |-> IF current \in frozen THEN "copy" ELSE "find"]
                 /\ lock' = t /\ writes' = writes + 1
  /\ found' = [found EXCEPT ![t] = IF lock' = t /\ Twin = "not_revalidated" THEN @ ELSE Nothing]
  /\ UNCHANGED <<table, memory, frozen, current, did, reader, snap, content>>
  /\ Notice

(* rebuild and thaw, for a full table or a shared one: build the new table  *)
(* from the live entries, publish it once, retire the old one.              *)
Resize(t) ==
  /\ lock = t /\ work.step = "copy"
  /\ table' = [table EXCEPT ![current + 1] = Build(Map)]
  /\ current' = current + 1
  /\ memory' = [memory EXCEPT ![current + 1] = "live",
                              ![current] = IF Twin = "resize_frees" THEN "freed" ELSE "retired"]
  /\ Step("find")
  /\ UNCHANGED <<frozen, lock, writes, did, reader, snaps>>
  /\ Notice

(* The key is there: only its value changes.                                *)
IsThere(t) == IF Twin = "not_revalidated" THEN found[t].slot \notin {Unused, Dummy} ELSE Value(Map, work.key) # Missing
Overwrite(t) ==
  /\ lock = t /\ work.step = "find" /\ work.op = "set" /\ IsThere(t)
  /\ LET e == IF Twin = "not_revalidated" THEN found[t].slot ELSE T.index[work.key]
     IN table' = [table EXCEPT ![current].entry[e].value = writes]
  /\ did' = <<"set", work.key, writes>>
  /\ Leave
  /\ UNCHANGED <<memory, frozen, current, writes, reader, snaps>>
  /\ Notice

(* A new key: the next entry, which nobody can see yet, is filled in first. *)
(* A key that was deleted gets a new entry, too.                            *)
InsertEntry(t) ==
  /\ lock = t /\ work.step = "find" /\ work.op = "set" /\ ~IsThere(t)
  /\ IF T.begun = Capacity
       THEN Step("copy") /\ UNCHANGED <<table, did>>
       ELSE IF Twin = "index_first"
         THEN table' = [table EXCEPT ![current].index[work.key] = T.begun + 1] /\ Step("late") /\ UNCHANGED did
         ELSE /\ table' = [table EXCEPT ![current].entry[T.begun + 1] = [key |-> work.key, value |-> writes]]
              /\ Step("begun") /\ UNCHANGED did
  /\ UNCHANGED <<memory, frozen, current, lock, writes, reader, snaps>>
  /\ Notice

(* The twin that publishes the index before the entry fills the entry now.  *)
InsertEntryLate(t) ==
  /\ lock = t /\ work.step = "late"
  /\ table' = [table EXCEPT ![current].entry[T.begun + 1] = [key |-> work.key, value |-> writes],
                            ![current].begun = @ + 1, ![current].count = @ + 1]
  /\ did' = <<"set", work.key, writes>>
  /\ Leave
  /\ UNCHANGED <<memory, frozen, current, writes, reader, snaps>>
  /\ Notice

(* begun first: a negative cache must not survive what is coming.           *)
InsertBegun(t) ==
  /\ lock = t /\ work.step = "begun"
  /\ table' = [table EXCEPT ![current].begun = @ + 1]
  /\ Step("index")
  /\ UNCHANGED <<memory, frozen, current, lock, writes, did, reader, snaps>>
  /\ Notice

(* The index slot, by a release store: the insertion happens here.          *)
InsertIndex(t) ==
  /\ lock = t /\ work.step = "index"
  /\ table' = [table EXCEPT ![current].index[work.key] = T.begun]
  /\ did' = <<"set", work.key, writes>>
  /\ Step("count")
  /\ UNCHANGED <<memory, frozen, current, lock, writes, reader, snaps>>
  /\ Notice

(* count last: from now on begun = count, and a miss that is probed from    *)
(* here on may be cached again.                                             *)
InsertCount(t) ==
  /\ lock = t /\ work.step = "count"
  /\ table' = [table EXCEPT ![current].count = @ + 1]
  /\ Leave
  /\ UNCHANGED <<memory, frozen, current, writes, did, reader, snaps>>
  /\ Notice

(* Delete and popitem: the value goes first, that is the deletion; then the *)
(* index slot becomes a dummy. The counters are not lowered, so the entry   *)
(* is not used again.                                                       *)
Victim == IF work.op = "delete" THEN work.key
          ELSE IF Map = <<>> THEN "none" ELSE Map[IF Twin = "popitem_first" THEN 1 ELSE Len(Map)][1]
RemoveValue(t) ==
  /\ lock = t /\ work.step = "find" /\ work.op \in {"delete", "popitem"}
  /\ IF Victim = "none" \/ Value(Map, Victim) = Missing
       THEN Leave /\ UNCHANGED <<table, did>>
       ELSE /\ table' = [table EXCEPT ![current].entry[T.index[Victim]].value = Null]
            /\ did' = <<work.op, Victim, Value(Map, Victim)>>
            /\ work' = [work EXCEPT !.step = "dummy", !.key = Victim]
            /\ UNCHANGED lock
  /\ UNCHANGED <<memory, frozen, current, writes, reader, snaps>>
  /\ Notice

(* The index slot becomes a dummy, not empty: a probe for another key must  *)
(* go on past it. Readers that loaded the slot before find the entry with   *)
(* its value gone, which is a miss as well.                                 *)
RemoveIndex(t) ==
  /\ lock = t /\ work.step = "dummy"
  /\ LET reuse == Twin = "popitem_reuse" /\ work.op = "popitem" /\ T.index[work.key] = T.begun
     IN table' = [table EXCEPT ![current].index[work.key] = Dummy,
                               ![current].begun = IF reuse THEN @ - 1 ELSE @,
                               ![current].count = IF reuse THEN @ - 1 ELSE @]
  /\ Leave
  /\ UNCHANGED <<memory, frozen, current, writes, did, reader, snaps>>
  /\ Notice

-----------------------------------------------------------------------------
(* weft_dict_get. Load the table pointer (acquire); the call begins with    *)
(* it, for beginning earlier would only add to what it may return ...       *)
Get(t) ==
  /\ pc[t] = "out" /\ lock # t
  /\ \E k \in Looks[t] : call' = [call EXCEPT ![t] = k] /\ seen' = [seen EXCEPT ![t] = {Value(Map, k)}]
  /\ IF Twin = "get_takes_lock"
       THEN pc' = [pc EXCEPT ![t] = "table"] /\ UNCHANGED at
       ELSE pc' = [pc EXCEPT ![t] = "guard"] /\ at' = [at EXCEPT ![t] = current]
  /\ UNCHANGED <<table, memory, frozen, current, lock, work, writes, slot, begun, cache, got, did, snaps>>

(* ... or again, when it has to start anew.                                 *)
GetTable(t) ==
  /\ pc[t] = "table"
  /\ Twin # "get_takes_lock" \/ lock = "none"
  /\ at' = [at EXCEPT ![t] = current]
  /\ pc' = [pc EXCEPT ![t] = "guard"]
  /\ UNCHANGED <<table, memory, frozen, current, lock, work, writes, slot, begun, cache, call, seen, got, did, snaps>>

Return(t, v, c) ==
  /\ got' = [got EXCEPT ![t] = v]
  /\ call' = [call EXCEPT ![t] = "none"] /\ seen' = [seen EXCEPT ![t] = {}]
  /\ cache' = [cache EXCEPT ![t] = c]
  /\ pc' = [pc EXCEPT ![t] = "out"] /\ at' = [at EXCEPT ![t] = 0]
  /\ slot' = [slot EXCEPT ![t] = Unused] /\ begun' = [begun EXCEPT ![t] = 0]

(* ... then the guard of a negative cache, before the probe: table id and   *)
(* begun. If they are those of a cached miss, the key is still missing. A   *)
(* miss may be cached only if count is begun: otherwise an insertion is     *)
(* under way, whose index slot may be published behind the probe without    *)
(* begun rising again. (Both counters only rise: read one after the other   *)
(* and equal, they were equal in between.)                                  *)
GetGuard(t) ==
  /\ pc[t] = "guard"
  /\ LET b == table[at[t]].begun
     IN IF cache[t] = [key |-> call[t], id |-> Id(at[t]), begun |-> b]
          THEN Return(t, Missing, cache[t])
          ELSE /\ begun' = [begun EXCEPT ![t] = IF table[at[t]].count = b \/ Twin = "insert_under_way" THEN b ELSE -1]
               /\ pc' = [pc EXCEPT ![t] = "probe"]
               /\ UNCHANGED <<at, slot, cache, call, seen, got>>
  /\ UNCHANGED <<table, memory, frozen, current, lock, work, writes, did, snaps>>

(* The index slot (acquire). Empty or dummy is a miss, and may be cached.   *)
(* Otherwise the entry's key, which never changes: the same pointer, or     *)
(* else ask the host. Before host code runs the table pointer is given up   *)
(* (host code may detach).                                                  *)
GetProbe(t) ==
  /\ pc[t] = "probe"
  /\ LET s == table[at[t]].index[call[t]]
     IN IF s \in {Unused, Dummy}
          THEN IF Twin = "negative_cache_filled_late"
                 THEN pc' = [pc EXCEPT ![t] = "fill"] /\ UNCHANGED <<at, slot, begun, cache, call, seen, got>>
                 ELSE Return(t, Missing, IF begun[t] = -1 THEN NoCache ELSE [key |-> call[t], id |-> Id(at[t]), begun |-> begun[t]])
          ELSE /\ slot' = [slot EXCEPT ![t] = s] /\ begun' = [begun EXCEPT ![t] = 0]
               /\ pc' = [pc EXCEPT ![t] = "value"] \/ pc' = [pc EXCEPT ![t] = "equality"]
               /\ UNCHANGED <<at, cache, call, seen, got>>
  /\ UNCHANGED <<table, memory, frozen, current, lock, work, writes, did, snaps>>

(* The twin reads begun behind the probe.                                   *)
GetFillLate(t) ==
  /\ pc[t] = "fill"
  /\ Return(t, Missing, [key |-> call[t], id |-> at[t], begun |-> table[at[t]].begun])
  /\ UNCHANGED <<table, memory, frozen, current, lock, work, writes, did, snaps>>

(* After the host's equality: go on only if the dict still has the table    *)
(* with the same id, otherwise start again.                                 *)
GetEqual(t) ==
  /\ pc[t] = "equality"
  /\ IF current = at[t] \/ Twin = "table_across_equality"
       THEN pc' = [pc EXCEPT ![t] = "value"] /\ UNCHANGED <<at, slot>>
       ELSE pc' = [pc EXCEPT ![t] = "table"] /\ at' = [at EXCEPT ![t] = 0] /\ slot' = [slot EXCEPT ![t] = Unused]
  /\ UNCHANGED <<table, memory, frozen, current, lock, work, writes, begun, cache, call, seen, got, did, snaps>>

(* The value (acquire). Null is a miss. This miss is not cached: the index  *)
(* slot may still be there.                                                 *)
GetValue(t) ==
  /\ pc[t] = "value"
  /\ LET v == table[at[t]].entry[slot[t]].value
     IN Return(t, IF v = Null THEN Missing ELSE v, cache[t])
  /\ UNCHANGED <<table, memory, frozen, current, lock, work, writes, did, snaps>>

-----------------------------------------------------------------------------
(* weft_dict_snapshot: under the lock, share the table and freeze it.       *)
Snapshot(t) ==
  /\ t \in Snappers /\ pc[t] = "out" /\ lock = "none" /\ snap[t] = 0
  /\ snap' = [snap EXCEPT ![t] = current]
  /\ content' = [content EXCEPT ![t] = Map]
  /\ frozen' = frozen \cup {current}
  /\ UNCHANGED <<table, memory, current, lock, work, found, writes, did, reader>>
  /\ Notice

(* A snapshot is dropped. That does not thaw the table: another snapshot,   *)
(* or a reader of one, may still be there. Nor does it free a table that    *)
(* the dict has left meanwhile: who loaded its pointer from the dict may    *)
(* still be in it, so it waits for a grace period.                          *)
SnapshotDrop(t) ==
  /\ snap[t] # 0 /\ pc[t] = "out" /\ lock # t
  /\ snap' = [snap EXCEPT ![t] = 0] /\ content' = [content EXCEPT ![t] = <<>>]
  /\ frozen' = IF Twin = "snapshot_thaw" THEN frozen \ {snap[t]} ELSE frozen
  /\ memory' = IF Twin = "drop_frees" /\ snap[t] # current /\ \A u \in Threads \ {t} : snap[u] # snap[t]
                 THEN [memory EXCEPT ![snap[t]] = "freed"] ELSE memory
  /\ UNCHANGED <<table, current, lock, work, found, writes, did, reader>>
  /\ Notice

(* weft_qsbr: a retired table is freed once nobody holds its pointer. A     *)
(* reader inside host equality holds none.                                  *)
Holds(t, i) == (at[t] = i /\ pc[t] \notin {"table", "equality"}) \/ (snap[t] = i /\ Twin # "snapshot_not_counted")
Free(i) ==
  /\ memory[i] = "retired" /\ \A t \in Threads : ~Holds(t, i)
  /\ memory' = [memory EXCEPT ![i] = "freed"]
  /\ UNCHANGED <<table, frozen, current, lock, work, writes, did, reader, snaps>>
  /\ Notice

-----------------------------------------------------------------------------
Write(t) ==
  \/ WriteLook(t) \/ WriteBegin(t) \/ Resize(t) \/ Overwrite(t) \/ InsertEntry(t) \/ InsertEntryLate(t) \/ InsertBegun(t)
  \/ InsertIndex(t) \/ InsertCount(t) \/ RemoveValue(t) \/ RemoveIndex(t)
Read(t) ==
  \/ GetTable(t) \/ GetGuard(t) \/ GetProbe(t) \/ GetFillLate(t) \/ GetEqual(t) \/ GetValue(t)

Next ==
  \/ \E t \in Threads : Write(t) \/ Snapshot(t) \/ SnapshotDrop(t) \/ Get(t) \/ Read(t)
  \/ \E i \in Tables : Free(i)

(* Fairness: only readers keep running. A writer may stop inside the lock   *)
(* for ever.                                                                *)
Spec == Init /\ [][Next]_vars /\ \A t \in Threads : WF_vars(Read(t))

-----------------------------------------------------------------------------
\* Writers who only write, under the lock, are alike: nothing depends on which of them has it.
Alike == ~Unlocked /\ \A t \in Writers : Looks[t] = {} /\ t \notin Snappers

\* What a state is told apart by: nothing depends on the last answer or the last change.
Relevant == <<table, memory, frozen, current, IF Alike THEN lock = "none" ELSE lock, work, found, writes, pc, at, slot, begun, cache, snap, content, call, seen>>

Abstract == INSTANCE AbstractMap WITH map <- Map
RefinesMap == Abstract!Spec

NoUseAfterFree == \A t \in Threads : at[t] # 0 /\ pc[t] \in {"guard", "probe", "value"} => memory[at[t]] # "freed"
SnapshotIsAllocated == \A t \in Threads : snap[t] # 0 => memory[snap[t]] # "freed"

\* A snapshot stays what it was when it was taken.
SnapshotStable == \A t \in Threads : snap[t] # 0 => Items(table[snap[t]], 1) = content[t]

\* Lookups never wait for a writer.
\* All readers are alike, so it is enough to watch one of them.
Watched == CHOOSE t \in Threads \ Writers : TRUE

ReadsComplete == pc[Watched] # "out" ~> pc[Watched] = "out"
==============================================================================
