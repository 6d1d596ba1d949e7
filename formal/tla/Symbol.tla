--------------------------------- MODULE Symbol --------------------------------
(* The symbol table (lib/dict/weft_symbol.c): look-up without a lock,          *)
(* insertion by compare-exchange, growth that interners help with, and weak    *)
(* symbols. One string, so one cell in the table and one in the table it grows *)
(* into. Symbols are numbered in the order they are made.                      *)
EXTENDS Naturals, FiniteSets

CONSTANTS Threads, MaxSymbols, Grows, Twin

Symbols == 1..MaxSymbols
Nil == 0

VARIABLES
  cell,        \* cell[i]: the symbol in table i, or Nil
  moved,       \* the first table's cell is frozen: look in the second
  growing,     \* the second table exists
  count,       \* count[s]: references
  memory,      \* memory[s]: "unused", "allocated", "dead" (finalizing), "retired", "freed"
  pc, at,      \* where t is; the table it is in
  has, new,    \* the symbol t has loaded; the one it made itself
  holds        \* holds[t]: the symbol intern returned to t, or Nil

vars == <<cell, moved, growing, count, memory, pc, at, has, new, holds>>

Init ==
  /\ cell = [i \in 1..2 |-> Nil] /\ moved = FALSE /\ growing = FALSE
  /\ count = [s \in Symbols |-> 0] /\ memory = [s \in Symbols |-> "unused"]
  /\ pc = [t \in Threads |-> "out"] /\ at = [t \in Threads |-> 1]
  /\ has = [t \in Threads |-> Nil] /\ new = [t \in Threads |-> Nil] /\ holds = [t \in Threads |-> Nil]

Go(t, where) == pc' = [pc EXCEPT ![t] = where]

-----------------------------------------------------------------------------
(* weft_symbol_intern: load the cell (acquire). A frozen cell sends on to the  *)
(* second table, if it is empty; or the thread helps to copy it first. A       *)
(* symbol in it is tried, as in any cell: look-ups do not wait for the copy.   *)
Load(t) ==
  /\ pc[t] \in {"out", "load"} /\ holds[t] = Nil
  /\ IF at[t] = 1 /\ moved
       THEN /\ has' = [has EXCEPT ![t] = cell[1]]
            /\ \/ Go(t, "help") /\ UNCHANGED at
               \/ cell[1] # Nil /\ Go(t, "try_frozen") /\ UNCHANGED at
               \/ cell[1] = Nil /\ Go(t, "load") /\ at' = [at EXCEPT ![t] = 2]
       ELSE /\ has' = [has EXCEPT ![t] = cell[at[t]]]
            /\ Go(t, IF cell[at[t]] = Nil THEN "make" ELSE "try")
            /\ UNCHANGED at
  /\ UNCHANGED <<cell, moved, growing, count, memory, new, holds>>

(* Copy the frozen cell. The helper takes a reference first, so that the       *)
(* symbol cannot die, and its finalizer pass the second table, before the copy *)
(* is there; a dead symbol is not copied. Who helps may have come for another  *)
(* string, and then goes its way ...                                           *)
Helped(t) == \/ Go(t, "load") /\ at' = [at EXCEPT ![t] = 2]
             \/ new[t] = Nil /\ Go(t, "spend") /\ UNCHANGED at
Help(t) ==
  /\ pc[t] = "help"
  /\ IF has[t] # Nil /\ (count[has[t]] > 0 \/ Twin = "help_without_reference")
       THEN Go(t, "copy") /\ UNCHANGED at
            /\ count' = IF Twin = "help_without_reference" THEN count ELSE [count EXCEPT ![has[t]] = @ + 1]
       ELSE Helped(t) /\ UNCHANGED count
  /\ UNCHANGED <<cell, moved, growing, memory, has, new, holds>>

(* ... the compare-exchange replaces only an empty cell ...                    *)
HelpCopy(t) ==
  /\ pc[t] = "copy"
  /\ cell' = [cell EXCEPT ![2] = IF @ = Nil THEN has[t] ELSE @]
  /\ IF Twin = "help_without_reference" THEN Helped(t) ELSE Go(t, "help_drop") /\ UNCHANGED at
  /\ UNCHANGED <<moved, growing, count, memory, has, new, holds>>

(* ... and the helper drops its reference, which may be the last by now.       *)
HelpDrop(t) ==
  /\ pc[t] = "help_drop"
  /\ count' = [count EXCEPT ![has[t]] = @ - 1]
  /\ IF count[has[t]] = 1
       THEN memory' = [memory EXCEPT ![has[t]] = "dead"] /\ Go(t, "finalize") /\ UNCHANGED at
       ELSE UNCHANGED memory /\ Helped(t)
  /\ UNCHANGED <<cell, moved, growing, has, new, holds>>

(* Found: a reference, unless the count is zero, for zero ends identity. Then  *)
(* it is replaced, without waiting for its finalizer. In a frozen cell it is   *)
(* passed over: nobody copies the dead.                                        *)
TryIncref(t) ==
  /\ pc[t] \in {"try", "try_frozen"}
  /\ IF count[has[t]] > 0 \/ Twin = "resurrects"
       THEN /\ count' = [count EXCEPT ![has[t]] = @ + 1]
            /\ holds' = [holds EXCEPT ![t] = has[t]]
            /\ Go(t, "spend") /\ UNCHANGED at
       ELSE /\ IF pc[t] = "try_frozen" THEN Go(t, "load") /\ at' = [at EXCEPT ![t] = 2]
                 ELSE Go(t, IF Twin = "waits_for_finalizer" THEN "load" ELSE "make") /\ UNCHANGED at
            /\ UNCHANGED <<count, holds>>
  /\ UNCHANGED <<cell, moved, growing, memory, has, new>>

(* Not there, or dead: make a symbol ...                                       *)
Make(t) ==
  /\ pc[t] = "make"
  /\ IF new[t] # Nil THEN UNCHANGED <<new, count, memory>>
     ELSE \E s \in Symbols :
            /\ memory[s] = "unused" /\ \A r \in Symbols : r < s => memory[r] # "unused"
            /\ new' = [new EXCEPT ![t] = s]
            /\ count' = [count EXCEPT ![s] = 1]
            /\ memory' = [memory EXCEPT ![s] = "allocated"]
  /\ Go(t, "insert")
  /\ UNCHANGED <<cell, moved, growing, at, has, holds>>

(* ... and put it where the empty cell or the dead symbol was, by CAS.         *)
Insert(t) ==
  /\ pc[t] = "insert"
  /\ IF (cell[at[t]] = has[t] /\ ~(at[t] = 1 /\ moved)) \/ Twin = "insert_stores"
       THEN /\ cell' = [cell EXCEPT ![at[t]] = new[t]]
            /\ holds' = [holds EXCEPT ![t] = new[t]] /\ new' = [new EXCEPT ![t] = Nil]
            /\ Go(t, "spend")
       ELSE Go(t, "load") /\ UNCHANGED <<cell, holds, new>>
  /\ UNCHANGED <<moved, growing, count, memory, at, has>>

(* Done; a symbol made in vain was never seen by others and is freed at once.  *)
Return(t) ==
  /\ pc[t] = "spend"
  /\ memory' = [s \in Symbols |-> IF s = new[t] THEN "freed" ELSE memory[s]]
  /\ new' = [new EXCEPT ![t] = Nil] /\ has' = [has EXCEPT ![t] = Nil]
  /\ at' = [at EXCEPT ![t] = 1]
  /\ Go(t, "out")
  /\ UNCHANGED <<cell, moved, growing, count, holds>>

(* The holder drops its reference; with the last one the symbol is dead, and   *)
(* its finalizer goes on.                                                      *)
Drop(t) ==
  /\ pc[t] = "out" /\ holds[t] # Nil
  /\ count' = [count EXCEPT ![holds[t]] = @ - 1]
  /\ IF count[holds[t]] = 1
       THEN memory' = [memory EXCEPT ![holds[t]] = "dead"] /\ has' = [has EXCEPT ![t] = holds[t]] /\ Go(t, "finalize")
       ELSE UNCHANGED <<memory, has, pc>>
  /\ holds' = [holds EXCEPT ![t] = Nil]
  /\ UNCHANGED <<cell, moved, growing, at, new>>

(* weft_symbol_finalize: remove the own pointer from the cell, if an interner  *)
(* has not replaced it already (compare-exchange), also from a frozen one: a   *)
(* helper must not find it there later. Then from the second table.            *)
Finalize(t) ==
  /\ pc[t] = "finalize"
  /\ cell' = [cell EXCEPT ![at[t]] =
                IF (@ = has[t] \/ Twin = "finalizer_removes_any") /\ ~(Twin = "frozen_keeps_dead" /\ at[t] = 1 /\ moved)
                  THEN Nil ELSE @]
  /\ IF at[t] = 1 /\ growing THEN at' = [at EXCEPT ![t] = 2] /\ UNCHANGED pc
                             ELSE at' = [at EXCEPT ![t] = 1] /\ Go(t, "retire")
  /\ UNCHANGED <<moved, growing, count, memory, has, new, holds>>

(* No cell has the symbol any more, so its memory is retired: threads that     *)
(* loaded the pointer before, or are helping to copy it, may still look at its *)
(* count until their next quiescent state.                                     *)
Retire(t) ==
  /\ pc[t] = "retire"
  /\ memory' = [memory EXCEPT ![has[t]] = IF Twin = "no_grace_period" THEN "freed" ELSE "retired"]
  /\ has' = [has EXCEPT ![t] = Nil]
  /\ Go(t, "out")
  /\ UNCHANGED <<cell, moved, growing, count, at, new, holds>>

(* Growth: a second table is published, then each old cell is frozen by CAS:   *)
(* what it holds stays, and nothing is inserted there any more.                *)
Grow ==
  /\ Grows /\ ~growing
  /\ growing' = TRUE
  /\ UNCHANGED <<cell, moved, count, memory, pc, at, has, new, holds>>

(* Growth, cell by cell: a read-modify-write marks the cell as moved,          *)
(* with its content as it is. Interners that find the mark copy it on before   *)
(* they look into the second table.                                            *)
Freeze ==
  /\ growing /\ ~moved
  /\ moved' = TRUE
  /\ cell' = IF Twin = "freeze_drops" THEN [cell EXCEPT ![1] = Nil] ELSE cell
  /\ UNCHANGED <<growing, count, memory, pc, at, has, new, holds>>

(* weft_qsbr: freed when no thread has the pointer.                            *)
Free(s) ==
  /\ memory[s] = "retired" /\ \A t \in Threads : has[t] # s
  /\ memory' = [memory EXCEPT ![s] = "freed"]
  /\ UNCHANGED <<cell, moved, growing, count, pc, at, has, new, holds>>

-----------------------------------------------------------------------------
Steps(t) == (pc[t] = "load" /\ Load(t)) \/ Help(t) \/ HelpCopy(t) \/ HelpDrop(t) \/ TryIncref(t) \/ Make(t) \/ Insert(t) \/ Return(t) \/ Finalize(t) \/ Retire(t)
Next == (\E t \in Threads : Load(t) \/ Drop(t) \/ Steps(t)) \/ Grow \/ Freeze \/ \E s \in Symbols : Free(s)

\* All threads are alike, so it is enough to watch one of them.
Watched == CHOOSE t \in Threads : TRUE

(* Fairness: one thread runs. All others may stop at any place, for ever.      *)
Spec == Init /\ [][Next]_vars /\ WF_vars(Steps(Watched))

-----------------------------------------------------------------------------
\* One string, one symbol: whoever holds it holds the same.
Unique == \A t, u \in Threads : holds[t] # Nil /\ holds[u] # Nil => holds[t] = holds[u]

\* A held symbol is alive, a loaded pointer is not freed.
HeldIsAlive == \A t \in Threads : holds[t] # Nil => memory[holds[t]] = "allocated"
NoUseAfterFree == \A t \in Threads : pc[t] \in {"try", "try_frozen", "help", "copy", "help_drop"} /\ has[t] # Nil => memory[has[t]] # "freed"

\* Nobody waits for another: intern returns, whoever has stopped where, and so does the drop of a reference. A retry
\* has a cause, another's insertion or finalizer; symbols that are never made bound these here, so the claim ends when
\* there is none left to make.
NobodyWaits == pc[Watched] # "out" ~> pc[Watched] = "out" \/ \A s \in Symbols : memory[s] # "unused"
================================================================================
