------------------------------ MODULE DictBorrow ------------------------------
(* Borrowing from a dict of the deferred discipline (weft_dict_borrow): who   *)
(* keeps alive what a reader has found and not counted. What the reader finds *)
(* is Dict's (one way to look for both: weft_dict_look); what becomes of one  *)
(* cell, of keeping what was borrowed and of pop's result is Deferred's.      *)
(*                                                                            *)
(* Here are many values in one table, and tables that several dicts have. A   *)
(* dict's reference to a value is in the table. It is given up with one cell  *)
(* (overwritten, deleted), and then dropped after a grace period; or with the *)
(* table, and then dropped when that is freed. A table that is replaced by a  *)
(* larger one gives nothing up: its references have moved. A snapshot shares  *)
(* the table: then a writer's new table has references of its own, and the    *)
(* last of those who have the old one retires it with what it holds. A reader *)
(* counts nothing, and may use what it found until its next quiescent state.  *)
(*                                                                            *)
(* Each key has one cell in a table. (In the code a key that comes back gets  *)
(* another entry, so that who found the old one finds nothing; here the new   *)
(* value, which is one more that has to live.)                                *)
EXTENDS Integers, FiniteSets, TLC

CONSTANTS
  Threads,     \* all read, and all change
  Keys, Values,
  Tables,      \* how many there may be at once
  Drops,       \* how many single references may wait at once
  Twin

None == "none"
Nothing == 0                  \* the table of empty dicts: it has no cells, and is never written
Empty == [k \in Keys |-> None]
Unused == [cell |-> Empty, holders |-> 0, frozen |-> FALSE, owns |-> FALSE, state |-> "unused", waits |-> {}]
Idle == [by |-> None, op |-> None, key |-> None, step |-> None, alone |-> FALSE, old |-> Nothing, value |-> None]
NoDrop == [value |-> None, waits |-> {}]
NoOne == [by |-> None, table |-> Nothing]

VARIABLES
  dict,        \* the dict's table
  snapshot,    \* the table of another dict, which was filled by weft_dict_snapshot; or Nothing
  table,       \* table[i]: its cells, how many dicts have it, whether more than one has had it, whether the references in its
               \* cells are its own (or have moved), "unused", "live" or "retired", and whom its grace period waits for
  drops,       \* drops[r]: a single reference that waits: its value, and the readers it waits for
  work,        \* what the writer in the dict's lock does
  leaving,     \* who has taken the table from the other dict, and which it still has to let go of
  count,       \* count[v]: references
  life,        \* life[v]: "unused", "alive", "dead"
  at,          \* at[t]: the table t has loaded since its last quiescent state: grace periods that begin now wait for t
  has          \* has[t]: the value t borrows

vars == <<dict, snapshot, table, drops, work, leaving, count, life, at, has>>
values == <<count, life>>
reader == <<at, has>>

Init ==
  /\ dict = Nothing /\ snapshot = Nothing
  /\ table = [i \in 0..Tables |-> IF i = Nothing THEN [Unused EXCEPT !.frozen = TRUE, !.state = "live"] ELSE Unused]
  /\ drops = [r \in 1..Drops |-> NoDrop] /\ work = Idle /\ leaving = NoOne
  /\ count = [v \in Values |-> 0] /\ life = [v \in Values |-> "unused"]
  /\ at = [t \in Threads |-> Nothing] /\ has = [t \in Threads |-> None]

T == table[dict]
Items(i) == {table[i].cell[k] : k \in Keys} \ {None}
Readers == {t \in Threads : at[t] # Nothing}
Least(S) == CHOOSE i \in S : \A j \in S : i <= j
FreeTables == {i \in 1..Tables : table[i].state = "unused"}
FreeDrops == {r \in 1..Drops : drops[r] = NoDrop}
NewValues == {v \in Values : life[v] = "unused"}

\* Who changes a dict has no borrows: to lock may detach.
MayChange(t) == at[t] = Nothing /\ t \notin {work.by, leaving.by}
Writes(t, step) == work.by = t /\ work.step = step
Step(s) == work' = [work EXCEPT !.step = s]

\* One reference less, or more, to each of these. With the last one a value dies.
Less(vs) == /\ count' = [v \in Values |-> IF v \in vs THEN count[v] - 1 ELSE count[v]]
            /\ life' = [v \in Values |-> IF v \in vs /\ count[v] = 1 THEN "dead" ELSE life[v]]
More(vs) == count' = [v \in Values |-> IF v \in vs THEN count[v] + 1 ELSE count[v]]

-----------------------------------------------------------------------------
(* weft_dict_set, delete, clear, reserve: take the lock, and look who has the *)
(* table. Only a snapshot makes that more, under this lock; who lets go of it *)
(* needs no lock of this dict. A frozen table is replaced first, and so is    *)
(* one that has become full ("grow" stands for that, and comes at any time).  *)
Begin(t) ==
  /\ MayChange(t) /\ work = Idle /\ FreeDrops # {}
  /\ \E op \in {"set", "delete", "clear", "grow"}, k \in Keys :
       /\ op \in {"clear", "grow"} => dict # Nothing /\ k = CHOOSE x \in Keys : TRUE
       /\ op = "set" => NewValues # {}
       /\ op = "delete" => T.cell[k] # None
       /\ work' = [Idle EXCEPT !.by = t, !.op = op, !.key = k, !.alone = T.holders = 1,
                               !.step = IF op = "clear" THEN "clear" ELSE IF op = "grow" \/ T.frozen THEN "copy" ELSE "store"]
  /\ UNCHANGED <<dict, snapshot, table, drops, leaving, values, reader>>

(* rebuild and thaw: a new table, published by one store. The references move *)
(* there if this dict alone has the old one; else the new one takes some of   *)
(* its own.                                                                   *)
Copy(t) ==
  /\ Writes(t, "copy") /\ FreeTables # {}
  /\ LET new == Least(FreeTables) IN
       /\ table' = [table EXCEPT ![new] = [Unused EXCEPT !.cell = T.cell, !.holders = 1, !.owns = TRUE, !.state = "live"],
                                 ![dict].owns = @ /\ (~work.alone \/ Twin = "moved_dropped")]
       /\ dict' = new
  /\ IF work.alone \/ Twin = "copy_uncounted" THEN UNCHANGED count ELSE More(Items(dict))
  /\ work' = [work EXCEPT !.old = dict, !.step = "let_go"]
  /\ UNCHANGED <<snapshot, drops, leaving, life, reader>>

(* weft_dict_clear: one store, and the dict has the table of empty ones.      *)
ClearAll(t) ==
  /\ Writes(t, "clear")
  /\ dict' = Nothing
  /\ work' = [work EXCEPT !.old = dict, !.step = "let_go"]
  /\ UNCHANGED <<snapshot, table, drops, leaving, values, reader>>

\* A table that one dict has no more: the last to let go of it retires it, with the references that are its own.
LetGoOf(i, moved) ==
  LET last == table[i].holders = 1 \/ Twin = "each_retires"
      now == Twin = "clear_drops_now" /\ last /\ ~moved
  IN /\ table' = IF i = Nothing THEN table
                 ELSE IF ~last THEN [table EXCEPT ![i].holders = @ - 1]
                 ELSE [table EXCEPT ![i].holders = @ - 1, ![i].state = "retired", ![i].waits = Readers,
                                    ![i].owns = @ /\ ~now /\ ~(moved /\ Twin = "last_forgets")]
     /\ IF now THEN Less(Items(i)) ELSE UNCHANGED values

(* weft_dict_replace, behind the store: this dict has the old table no more.  *)
(* If another one had it when the lock was taken, its references have not     *)
(* moved, also if this is the last one by now.                                *)
LetGo(t) ==
  /\ Writes(t, "let_go")
  /\ LetGoOf(work.old, work.op # "clear")
  /\ work' = IF work.op \in {"set", "delete"} THEN [work EXCEPT !.old = Nothing, !.step = "store"] ELSE Idle
  /\ UNCHANGED <<dict, snapshot, drops, leaving, reader>>

(* One store to the cell: a new value, of which the dict soon has the only    *)
(* reference (overwrite, weft_dict_publish_entry), or none (take_out). What   *)
(* was there is given up.                                                     *)
Store(t) ==
  /\ Writes(t, "store")
  /\ LET old == T.cell[work.key]
         new == IF work.op = "set" THEN CHOOSE v \in NewValues : TRUE ELSE None
         early == Twin = "retired_first" /\ new = None
     IN /\ table' = IF early THEN table ELSE [table EXCEPT ![dict].cell[work.key] = new]
        /\ count' = [v \in Values |-> IF v = new THEN 1 ELSE count[v]]
        /\ life' = [v \in Values |-> IF v = new THEN "alive" ELSE life[v]]
        /\ drops' = IF early THEN [drops EXCEPT ![Least(FreeDrops)] = [value |-> old, waits |-> Readers]] ELSE drops
        /\ work' = IF early THEN [work EXCEPT !.step = "unlink"] ELSE IF old = None THEN Idle
                   ELSE [work EXCEPT !.value = old, !.step = "retire"]
  /\ UNCHANGED <<dict, snapshot, leaving, reader>>

(* The twin that retires first empties the cell only now.                     *)
StoreLate(t) ==
  /\ Writes(t, "unlink")
  /\ table' = [table EXCEPT ![dict].cell[work.key] = None]
  /\ work' = Idle
  /\ UNCHANGED <<dict, snapshot, drops, leaving, values, reader>>

(* weft_dict_drop of what was overwritten or deleted: the drop waits for all  *)
(* who have looked since their last quiescent state. Then unlock.             *)
Retire(t) ==
  /\ Writes(t, "retire")
  /\ IF Twin = "dropped_at_once" THEN Less({work.value}) /\ UNCHANGED drops
     ELSE drops' = [drops EXCEPT ![Least(FreeDrops)] = [value |-> work.value, waits |-> Readers]] /\ UNCHANGED values
  /\ work' = Idle
  /\ UNCHANGED <<dict, snapshot, table, leaving, reader>>

-----------------------------------------------------------------------------
(* weft_dict_snapshot: under both locks the other dict gets the table, which  *)
(* is never written from now on. No value is counted for that.                *)
Snapshot(t) ==
  /\ MayChange(t) /\ work = Idle /\ leaving = NoOne /\ snapshot = Nothing /\ Items(dict) # {}
  /\ table' = [table EXCEPT ![dict].frozen = TRUE, ![dict].holders = @ + 1]
  /\ snapshot' = dict
  /\ UNCHANGED <<dict, drops, work, leaving, values, reader>>

(* The other dict leaves the table (it is cleared, or dies): under its own    *)
(* lock, so at any time of the first one's change: first the store ...        *)
SnapshotLeave(t) ==
  /\ MayChange(t) /\ leaving = NoOne /\ snapshot # Nothing
  /\ leaving' = [by |-> t, table |-> snapshot]
  /\ snapshot' = Nothing
  /\ UNCHANGED <<dict, table, drops, work, values, reader>>

(* ... then it lets go: one RMW says who was the last (weft_dict_unhold).     *)
SnapshotLetGo(t) ==
  /\ leaving.by = t
  /\ LetGoOf(leaving.table, FALSE)
  /\ leaving' = NoOne
  /\ UNCHANGED <<dict, snapshot, drops, work, reader>>

-----------------------------------------------------------------------------
(* The grace period of a single reference is over: it is dropped.             *)
DropDeferred(r) ==
  /\ drops[r] # NoDrop /\ drops[r].waits = {}
  /\ Less({drops[r].value})
  /\ drops' = [drops EXCEPT ![r] = NoDrop]
  /\ UNCHANGED <<dict, snapshot, table, work, leaving, reader>>

(* That of a table: what it still refers to goes with it (drop_all): neither  *)
(* what was taken out before, nor what has moved.                             *)
FreeTable(i) ==
  /\ table[i].state = "retired" /\ table[i].waits = {}
  /\ IF table[i].owns THEN Less(Items(i)) ELSE UNCHANGED values
  /\ table' = [table EXCEPT ![i] = Unused]
  /\ UNCHANGED <<dict, snapshot, drops, work, leaving, reader>>

-----------------------------------------------------------------------------
(* weft_dict_borrow: load the table (acquire), of either dict ...             *)
Look(t) ==
  /\ MayChange(t) /\ has[t] = None
  /\ \E i \in {dict, snapshot} \ {Nothing} : at' = [at EXCEPT ![t] = i]
  /\ UNCHANGED <<dict, snapshot, table, drops, work, leaving, values, has>>

(* ... and the cell of a key (acquire), whatever the dicts have by now. What  *)
(* is there is borrowed.                                                      *)
Borrow(t) ==
  /\ at[t] # Nothing /\ has[t] = None
  /\ \E v \in Items(at[t]) : has' = [has EXCEPT ![t] = v]
  /\ UNCHANGED <<dict, snapshot, table, drops, work, leaving, values, at>>

(* A quiescent state, or a detach: the borrow is over, and nothing waits for  *)
(* this thread any more.                                                      *)
Quiescent(t) ==
  /\ at[t] # Nothing
  /\ at' = [at EXCEPT ![t] = Nothing]
  /\ has' = [has EXCEPT ![t] = IF Twin = "borrow_past_quiescent" THEN @ ELSE None]
  /\ table' = [i \in 0..Tables |-> [table[i] EXCEPT !.waits = @ \ {t}]]
  /\ drops' = [r \in 1..Drops |-> [drops[r] EXCEPT !.waits = @ \ {t}]]
  /\ UNCHANGED <<dict, snapshot, work, leaving, values>>

-----------------------------------------------------------------------------
AllDead == \A v \in Values : life[v] = "dead"
Next ==
  \/ \E t \in Threads :
       \/ Begin(t) \/ Copy(t) \/ ClearAll(t) \/ LetGo(t) \/ Store(t) \/ StoreLate(t) \/ Retire(t)
       \/ Snapshot(t) \/ SnapshotLeave(t) \/ SnapshotLetGo(t)
       \/ Look(t) \/ Borrow(t) \/ Quiescent(t)
  \/ \E r \in 1..Drops : DropDeferred(r)
  \/ \E i \in 1..Tables : FreeTable(i)
  \/ AllDead /\ UNCHANGED vars
Spec == Init /\ [][Next]_vars

Alike == Permutations(Threads)

-----------------------------------------------------------------------------
\* Whatever a thread borrows is alive until its next quiescent state, whatever became of the dict.
BorrowedIsAlive == \A t \in Threads : has[t] # None => life[has[t]] = "alive"

\* Whatever a dict has is there, and holds what is alive, whenever no writer is inside.
HeldIsAlive ==
  work = Idle => \A i \in {dict, snapshot} : table[i].state # "unused" /\ \A v \in Items(i) : life[v] = "alive"

\* No reference is lost: each is in a table that owns it, waits to be dropped, or is with the writer that takes it out.
References(v) ==
  Cardinality({i \in 1..Tables : table[i].owns /\ v \in Items(i)})
  + Cardinality({r \in 1..Drops : drops[r].value = v})
  + (IF work.value = v THEN 1 ELSE 0)
NothingLeaks == \A v \in Values : count[v] <= References(v)
===============================================================================
