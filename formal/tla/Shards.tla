-------------------------------- MODULE Shards --------------------------------
(* Sharded counts (lib/ref/weft_ref.c, "sharded counts"): a merged object whose *)
(* references threads count in cells of their own, so that nobody writes to its *)
(* header. Who has something in the own cell adds and subtracts there; all else *)
(* goes to `shared` in the header, by an RMW. The cells are never below zero,   *)
(* and while the object is sharded the count in the header is never below one:  *)
(* so it is alive, and nobody has to add up. The drop that would take the last  *)
(* one there leaves sharding instead: it clears SHARDED and adds a bias that no *)
(* drop can use up, in one RMW. After a grace period nobody counts in a cell of *)
(* the object any more; what the cells hold goes into the header, the bias and  *)
(* the reference of that drop go out of it, and zero is zero again.             *)
(*                                                                              *)
(* A step is one access to the header's word, or to the own cell. A thread that *)
(* has seen SHARDED and not touched its cell yet passes no quiescent state in   *)
(* between. `local` (merged by now, and a hint while the object is sharded) is  *)
(* left out, as are saturation, the switch by contention, and a thread's exit:  *)
(* its cells stay with its slot, and are collected like the others.             *)
EXTENDS Integers, FiniteSets

CONSTANTS
  Threads,
  Celled,      \* those that have a cell for the object; the others count in the header
  MaxRefs,     \* references that exist at a time
  MaxShards,   \* how often the object becomes sharded
  Twin

ASSUME Celled \subseteq Threads

VARIABLES
  sharded,     \* SHARDED in the header's word,
  count,       \* its count, without the bias,
  bias,        \* and whether that is in it
  cell,        \* cell[t]: what t has counted in its own cell
  refs,        \* refs[t]: references t holds
  pc, seen,    \* where t is; the word as it loaded it
  leaving,     \* of who leaves sharding: "no", "retire", "grace", "collect", "finish", "reload"
  waits,       \* whose quiescent state the grace period still waits for
  todo, sum,   \* cells that have still to be collected; what is collected
  freed,       \* how often the object was freed
  shards       \* how often it became sharded

vars == <<sharded, count, bias, cell, refs, pc, seen, leaving, waits, todo, sum, freed, shards>>
word == <<sharded, count, bias>>
collector == <<leaving, waits, todo, sum>>

Word == [sharded |-> sharded, count |-> count, bias |-> bias]
NoWord == [sharded |-> FALSE, count |-> 0, bias |-> FALSE]

Init ==
  /\ sharded = FALSE /\ count = 1 /\ bias = FALSE
  /\ cell = [t \in Threads |-> 0]
  /\ refs = [t \in Threads |-> IF t = CHOOSE u \in Threads : TRUE THEN 1 ELSE 0]
  /\ pc = [t \in Threads |-> "run"] /\ seen = [t \in Threads |-> NoWord]
  /\ leaving = "no" /\ waits = {} /\ todo = {} /\ sum = 0
  /\ freed = 0 /\ shards = 0

RECURSIVE Sum(_, _)
Sum(f, S) == IF S = {} THEN 0 ELSE LET x == CHOOSE x \in S : TRUE IN f[x] + Sum(f, S \ {x})
Total == Sum(refs, Threads)
Go(t, where) == pc' = [pc EXCEPT ![t] = where]
\* References that are being counted at this moment exist, too.
Underway == Cardinality({t \in Threads : pc[t] = "incref_cell"})

-----------------------------------------------------------------------------
(* weft_ref_shard: SHARDED is set by a compare-exchange of the holder of a      *)
(* reference. While the object is leaving (the bias is in its count) it is      *)
(* refused: the cells are about to be collected.                                *)
Shard(t) ==
  /\ pc[t] = "run" /\ refs[t] > 0 /\ ~sharded /\ shards < MaxShards
  /\ leaving = "no" \/ Twin = "shards_while_leaving"
  /\ sharded' = TRUE /\ shards' = shards + 1
  /\ UNCHANGED <<count, bias, cell, refs, pc, seen, collector, freed>>

(* A reference changes hands, through any container: no count changes. So a     *)
(* thread may have to drop what another has counted in its cell.                *)
Give(t, u) ==
  /\ t # u /\ pc[t] = "run" /\ refs[t] > 0 /\ pc[u] = "run"
  /\ refs' = [refs EXCEPT ![t] = @ - 1, ![u] = @ + 1]
  /\ UNCHANGED <<word, cell, pc, seen, collector, freed, shards>>

(* weft_ref_incref, weft_ref_incref_sharded: a load of the word. Sharded, and   *)
(* there is a cell: count there, next. Else one RMW on the header, which is     *)
(* right whatever has become of SHARDED.                                        *)
Incref(t) ==
  /\ pc[t] = "run" /\ refs[t] > 0 /\ Total + Underway < MaxRefs
  /\ IF sharded /\ t \in Celled
       THEN Go(t, "incref_cell") /\ UNCHANGED <<count, refs>>
       ELSE count' = count + 1 /\ refs' = [refs EXCEPT ![t] = @ + 1] /\ UNCHANGED pc
  /\ UNCHANGED <<sharded, bias, cell, seen, collector, freed, shards>>

(* weft_ref_count_in_cell: a plain load and store of the own cell. SHARDED may  *)
(* have been cleared meanwhile; the grace period waits for this thread.         *)
IncrefCell(t) ==
  /\ pc[t] = "incref_cell"
  /\ cell' = [cell EXCEPT ![t] = @ + 1]
  /\ refs' = [refs EXCEPT ![t] = @ + 1]
  /\ Go(t, "run")
  /\ UNCHANGED <<word, seen, collector, freed, shards>>

(* weft_ref_decref: a load of the word. Sharded, with something in the own      *)
(* cell: subtract there. Else the header; the last reference that is counted    *)
(* there (drop_sharded) is not subtracted, the thread leaves sharding with it.  *)
Decref(t) ==
  /\ pc[t] = "run" /\ refs[t] > 0
  /\ seen' = [seen EXCEPT ![t] = Word]
  /\ Go(t, IF sharded /\ t \in Celled /\ (cell[t] > 0 \/ (Twin = "cells_below_zero" /\ cell[t] = 0)) THEN "decref_cell"
           ELSE IF sharded /\ count = 1 /\ Twin # "last_one_subtracts" THEN "leave" ELSE "decref_word")
  /\ UNCHANGED <<word, cell, refs, collector, freed, shards>>

(* decref_cell: the own cell again, one less.                                   *)
DecrefCell(t) ==
  /\ pc[t] = "decref_cell"
  /\ cell' = [cell EXCEPT ![t] = @ - 1]
  /\ refs' = [refs EXCEPT ![t] = @ - 1]
  /\ seen' = [seen EXCEPT ![t] = NoWord]
  /\ Go(t, "run")
  /\ UNCHANGED <<word, collector, freed, shards>>

(* A compare-exchange on the word, against what was loaded; if it has changed   *)
(* the drop begins again. Dead is a count of zero, not sharded and without the  *)
(* bias: then all there is stood in the header.                                 *)
DecrefWord(t) ==
  /\ pc[t] = "decref_word"
  /\ IF Word = seen[t]
       THEN /\ count' = count - 1
            /\ refs' = [refs EXCEPT ![t] = @ - 1]
            /\ freed' = IF count = 1 /\ ~bias /\ (~sharded \/ Twin = "last_one_subtracts") THEN freed + 1 ELSE freed
       ELSE UNCHANGED <<count, refs, freed>>
  /\ seen' = [seen EXCEPT ![t] = NoWord]
  /\ Go(t, "run")
  /\ UNCHANGED <<sharded, bias, cell, collector, shards>>

(* leave_sharded: one compare-exchange clears SHARDED and adds the bias. The    *)
(* reference of the drop stays in the count until the end. Increments that saw  *)
(* SHARDED before still go into cells, all others into the header from now on.  *)
LeaveSharding(t) ==
  /\ pc[t] = "leave"
  /\ IF Word = seen[t]
       THEN /\ sharded' = FALSE /\ bias' = (Twin # "no_bias")
            /\ refs' = [refs EXCEPT ![t] = @ - 1]
            /\ leaving' = "retire"
       ELSE UNCHANGED <<sharded, bias, refs, leaving>>
  /\ seen' = [seen EXCEPT ![t] = NoWord]
  /\ Go(t, "run")
  /\ UNCHANGED <<count, cell, waits, todo, sum, freed, shards>>

(* weft_ref_unshard: the same at the host's wish, with a reference of its own   *)
(* (one RMW); if the word changes in between, that is dropped again some time.  *)
Unshard(t) ==
  /\ pc[t] = "run" /\ refs[t] > 0 /\ sharded /\ Total + Underway < MaxRefs
  /\ count' = count + 1 /\ refs' = [refs EXCEPT ![t] = @ + 1]
  /\ seen' = [seen EXCEPT ![t] = [sharded |-> TRUE, count |-> count + 1, bias |-> bias]]
  /\ Go(t, "leave")
  /\ UNCHANGED <<sharded, bias, cell, collector, freed, shards>>

(* weft_qsbr_retire of the object's entry: the grace period begins behind the   *)
(* compare-exchange, and waits for all threads that may have seen SHARDED.      *)
Retire ==
  /\ leaving = "retire"
  /\ waits' = IF Twin = "no_grace_period" THEN {} ELSE Threads
  /\ leaving' = "grace"
  /\ UNCHANGED <<word, cell, refs, pc, seen, todo, sum, freed, shards>>

(* A thread passes a quiescent state: never between its look at the word and    *)
(* what it does with its cell.                                                  *)
Quiescent(t) ==
  /\ pc[t] = "run" /\ t \in waits
  /\ waits' = waits \ {t}
  /\ UNCHANGED <<word, cell, refs, pc, seen, leaving, todo, sum, freed, shards>>

(* leave_after_grace_period: nobody counts in the object's cells any more.      *)
Collect ==
  /\ leaving = "grace" /\ waits = {}
  /\ leaving' = "collect" /\ todo' = Celled /\ sum' = 0
  /\ UNCHANGED <<word, cell, refs, pc, seen, waits, freed, shards>>

(* collect_cells: one cell after the other is added up and emptied.             *)
CollectCell ==
  /\ leaving = "collect"
  /\ IF todo = {}
       THEN leaving' = "finish" /\ UNCHANGED <<cell, todo, sum>>
       ELSE \E t \in todo :
              /\ sum' = sum + cell[t]
              /\ cell' = [cell EXCEPT ![t] = IF Twin = "cells_not_emptied" THEN @ ELSE 0]
              /\ todo' = todo \ {t}
              /\ UNCHANGED leaving
  /\ UNCHANGED <<word, refs, pc, seen, waits, freed, shards>>

(* finish_leaving: one RMW adds the sum and takes out the bias and the one      *)
(* reference. Its result decides: if that is zero nobody has a reference.       *)
Finish ==
  /\ leaving = "finish"
  /\ count' = count + sum - (IF Twin = "keeps_reference" THEN 0 ELSE 1)
  /\ bias' = FALSE /\ sum' = 0
  /\ freed' = IF count' = 0 /\ Twin # "zero_from_reload" THEN freed + 1 ELSE freed
  /\ leaving' = IF Twin = "zero_from_reload" THEN "reload" ELSE "no"
  /\ UNCHANGED <<sharded, cell, refs, pc, seen, waits, todo, shards>>

(* The twin that decides by a second load instead of the RMW's result.          *)
FinishReload ==
  /\ leaving = "reload"
  /\ freed' = IF count = 0 THEN freed + 1 ELSE freed
  /\ leaving' = "no"
  /\ UNCHANGED <<word, cell, refs, pc, seen, waits, todo, sum, shards>>

-----------------------------------------------------------------------------
Steps(t) == IncrefCell(t) \/ DecrefCell(t) \/ DecrefWord(t) \/ LeaveSharding(t) \/ Quiescent(t)
Collecting == Retire \/ Collect \/ CollectCell \/ Finish \/ FinishReload
Next ==
  \/ \E t \in Threads :
       \/ Shard(t) \/ Incref(t) \/ Decref(t) \/ Unshard(t) \/ Steps(t)
       \/ \E u \in Threads : Give(t, u)
  \/ Collecting

(* Fairness: a step that was begun is finished, quiescent states come, and who  *)
(* runs callbacks of grace periods does so. Nobody has to drop anything.        *)
Spec == Init /\ [][Next]_vars /\ WF_vars(Collecting) /\ \A t \in Threads : WF_vars(Steps(t)) /\ SF_vars(Quiescent(t))

-----------------------------------------------------------------------------
ExactlyOneFree == freed <= 1

\* Whoever holds a reference, is counting, or collects, finds the object allocated.
NoUseAfterFree == freed > 0 => Total = 0 /\ (\A t \in Threads : pc[t] = "run") /\ leaving \in {"no", "reload"}

\* While it is sharded the header alone shows that it is alive: a reader may take a reference without a second look.
ShardedIsAlive == sharded => count >= 1 /\ freed = 0

\* A cell has one writer: its thread, or, after the grace period, who collects.
OneWriterOfCell == leaving \in {"collect", "finish"} => \A t \in Threads : pc[t] \notin {"incref_cell", "decref_cell"}

\* What a collector computes in a stopped world is exact.
Exact == count + Sum(cell, Threads) + sum = Total + IF leaving \in {"no", "reload"} THEN 0 ELSE 1

\* An object without references is freed: no reference is forgotten in a cell.
NoLeak == Total = 0 ~> freed > 0
===============================================================================
