--------------------------------- MODULE Symbol --------------------------------
(* The symbol table (lib/dict/weft_symbol.c): look-up without a lock,          *)
(* insertion by compare-exchange, growth that interners help with, and weak    *)
(* symbols. One string: the cells of the table, and of the one it grows into,  *)
(* are those that a probe for it passes, from the first on. A cell is used     *)
(* for one symbol after another only while each is replaced by the next; a     *)
(* cell that was emptied is passed over for ever (REMOVED), so there are as    *)
(* many cells as symbols can be made. These are numbered in the order they     *)
(* are made.                                                                   *)
EXTENDS Integers, FiniteSets, TLC

CONSTANTS Threads, MaxSymbols, Grows, Twin

Symbols == 1..MaxSymbols
Nil == 0

Cells == 1..MaxSymbols
Removed == -1

VARIABLES
  cell,        \* cell[i][c]: what is in cell c of table i: Nil, Removed, or a symbol
  state,       \* state[c] of the first table's cells: "open", "frozen", "copied"
  growing,     \* the second table exists
  root,        \* the table that look-ups begin with
  count,       \* count[s]: references
  memory,      \* memory[s]: "unused", "allocated", "dead" (finalizing), "retired", "freed"
  pc, at, pos, \* where t is; the table it is in, or 0; the cell it is at
  has, new,    \* the symbol t has loaded; the one it made itself
  holds        \* holds[t]: the symbol intern returned to t, or Nil

vars == <<cell, state, growing, root, count, memory, pc, at, pos, has, new, holds>>

Init ==
  /\ cell = [i \in 1..2 |-> [c \in Cells |-> Nil]] /\ state = [c \in Cells |-> "open"]
  /\ growing = FALSE /\ root = 1
  /\ count = [s \in Symbols |-> 0] /\ memory = [s \in Symbols |-> "unused"]
  /\ pc = [t \in Threads |-> "out"] /\ at = [t \in Threads |-> 0] /\ pos = [t \in Threads |-> 0]
  /\ has = [t \in Threads |-> Nil] /\ new = [t \in Threads |-> Nil] /\ holds = [t \in Threads |-> Nil]

Go(t, where) == pc' = [pc EXCEPT ![t] = where]
Place(t, i, c) == at' = [at EXCEPT ![t] = i] /\ pos' = [pos EXCEPT ![t] = c]
Again(t) == Go(t, "load") /\ Place(t, 0, 0) /\ has' = [has EXCEPT ![t] = Nil]
Out(t) == Go(t, "out") /\ Place(t, 0, 0) /\ has' = [has EXCEPT ![t] = Nil]
Insertion(t) == Go(t, IF new[t] = Nil THEN "make" ELSE "insert")
Frozen(i, c) == i = 1 /\ state[c] # "open"

\* The first cell of table i, from c on, that a probe does not pass over; 0: all that may be used are behind it.
Probed(i, c) == LET left == {d \in Cells : d >= c /\ cell[i][d] # Removed}
              IN IF left = {} THEN 0 ELSE CHOOSE d \in left : \A e \in left : d <= e

-----------------------------------------------------------------------------
(* weft_symbol_intern: load the next cell (acquire), in the table that is the  *)
(* root now or in the one this look has come to. A symbol is tried, in a       *)
(* frozen cell, too: look-ups do not wait for the copy. An empty one ends the  *)
(* probe: here the symbol goes, or, if it is frozen, the second table knows.   *)
(* Behind the last cell there is nothing to find, nor a symbol left to make.   *)
Load(t) ==
  /\ pc[t] \in {"out", "load"} /\ holds[t] = Nil
  /\ ~(Twin = "waits_for_copy" /\ root = 1 /\ \E c \in Cells : state[c] = "frozen")
  /\ LET i == IF at[t] = 0 THEN root ELSE at[t]
         c == Probed(i, IF at[t] = 0 THEN 1 ELSE pos[t])
     IN IF c = 0 THEN Out(t)
        ELSE IF cell[i][c] # Nil
          THEN /\ has' = [has EXCEPT ![t] = cell[i][c]] /\ Place(t, i, c)
               /\ Go(t, IF Frozen(i, c) THEN "try_frozen" ELSE "try")
        ELSE IF Frozen(i, c) THEN Go(t, "load") /\ Place(t, 2, 1) /\ UNCHANGED has
        ELSE Insertion(t) /\ Place(t, i, c) /\ UNCHANGED has
  /\ UNCHANGED <<cell, state, growing, root, count, memory, new, holds>>

(* Before a look, copy a frozen cell. The helper takes a reference first, so   *)
(* that the symbol cannot die, and its finalizer pass the second table, before *)
(* the copy is there; a dead symbol is not copied. Who helps may have come for *)
(* another string, and then goes its way ...                                   *)
Copied(t, c) == state' = [state EXCEPT ![c] = "copied"]
Helped(t) == Again(t) \/ (new[t] = Nil /\ Out(t))
Help(t) ==
  /\ pc[t] \in {"out", "load"} /\ at[t] = 0 /\ holds[t] = Nil /\ root = 1 /\ Twin # "waits_for_copy"
  /\ \E c \in Cells :
       /\ state[c] = "frozen"
       /\ IF cell[1][c] \in Symbols
            THEN has' = [has EXCEPT ![t] = cell[1][c]] /\ Go(t, "help") /\ Place(t, 1, c) /\ UNCHANGED state
            ELSE Copied(t, c) /\ UNCHANGED <<has, pc, at, pos>>
  /\ UNCHANGED <<cell, growing, root, count, memory, new, holds>>

(* ... the reference, unless the symbol is dead by now ...                     *)
HelpTake(t) ==
  /\ pc[t] = "help"
  /\ IF count[has[t]] > 0 \/ Twin = "help_without_reference"
       THEN /\ Go(t, "copy") /\ UNCHANGED <<at, pos, state, has>>
            /\ count' = IF Twin = "help_without_reference" THEN count ELSE [count EXCEPT ![has[t]] = @ + 1]
       ELSE Copied(t, pos[t]) /\ Helped(t) /\ UNCHANGED count
  /\ UNCHANGED <<cell, growing, root, memory, new, holds>>

(* ... a compare-exchange puts it where a probe of the second table ends: into *)
(* an empty cell, or in place of a dead symbol of the string, which was copied *)
(* before it died and whose successor this is ...                              *)
HelpCopy(t) ==
  /\ pc[t] = "copy"
  /\ LET c == Probed(2, 1)
         there == cell[2][c]
     IN cell' = IF there = Nil \/ (count[there] = 0 /\ Twin # "copy_keeps_dead") THEN [cell EXCEPT ![2][c] = has[t]] ELSE cell
  /\ Copied(t, pos[t])
  /\ IF Twin = "help_without_reference" THEN Helped(t)
                                        ELSE Go(t, "help_drop") /\ UNCHANGED <<at, pos, has>>
  /\ UNCHANGED <<growing, root, count, memory, new, holds>>

(* ... and the helper drops its reference, which may be the last by now.       *)
HelpDrop(t) ==
  /\ pc[t] = "help_drop"
  /\ count' = [count EXCEPT ![has[t]] = @ - 1]
  /\ IF count[has[t]] = 1
       THEN memory' = [memory EXCEPT ![has[t]] = "dead"] /\ Go(t, "finalize") /\ Place(t, 0, 0) /\ UNCHANGED has
       ELSE Helped(t) /\ UNCHANGED memory
  /\ UNCHANGED <<cell, state, growing, root, new, holds>>

(* Found: a reference, unless the count is zero, for zero ends identity. Then  *)
(* it is replaced, without waiting for its finalizer. In a frozen cell it is   *)
(* passed over, for nobody copies the dead: the string may be interned again   *)
(* behind it, in a cell that is not frozen yet.                                *)
TryIncref(t) ==
  /\ pc[t] \in {"try", "try_frozen"}
  /\ IF count[has[t]] > 0 \/ Twin = "resurrects"
       THEN /\ count' = [count EXCEPT ![has[t]] = @ + 1]
            /\ holds' = [holds EXCEPT ![t] = has[t]]
            /\ IF new[t] = Nil THEN Out(t) ELSE Go(t, "spend") /\ UNCHANGED <<at, pos, has>>
       ELSE /\ IF pc[t] = "try_frozen" THEN Go(t, "load") /\ Place(t, 1, pos[t] + 1) /\ has' = [has EXCEPT ![t] = Nil]
               ELSE IF Twin = "waits_for_finalizer" THEN Again(t)
               ELSE Insertion(t) /\ UNCHANGED <<at, pos, has>>
            /\ UNCHANGED <<count, holds>>
  /\ UNCHANGED <<cell, state, growing, root, memory, new>>

(* Not there, or dead: make a symbol ...                                       *)
Make(t) ==
  /\ pc[t] = "make"
  /\ \E s \in Symbols :
       /\ memory[s] = "unused" /\ \A r \in Symbols : r < s => memory[r] # "unused"
       /\ new' = [new EXCEPT ![t] = s]
       /\ count' = [count EXCEPT ![s] = 1]
       /\ memory' = [memory EXCEPT ![s] = "allocated"]
  /\ Go(t, "insert")
  /\ UNCHANGED <<cell, state, growing, root, at, pos, has, holds>>

(* ... and put it where the empty cell or the dead symbol was, by CAS.         *)
Insert(t) ==
  /\ pc[t] = "insert"
  /\ IF (cell[at[t]][pos[t]] = has[t] /\ ~Frozen(at[t], pos[t])) \/ Twin = "insert_stores"
       THEN /\ cell' = [cell EXCEPT ![at[t]][pos[t]] = new[t]]
            /\ holds' = [holds EXCEPT ![t] = new[t]] /\ new' = [new EXCEPT ![t] = Nil]
            /\ Out(t)
       ELSE Again(t) /\ UNCHANGED <<cell, holds, new>>
  /\ UNCHANGED <<state, growing, root, count, memory>>

(* Found after all: the symbol made in vain was never seen by others and is     *)
(* freed at once.                                                              *)
Return(t) ==
  /\ pc[t] = "spend"
  /\ memory' = [s \in Symbols |-> IF s = new[t] THEN "freed" ELSE memory[s]]
  /\ new' = [new EXCEPT ![t] = Nil]
  /\ Out(t)
  /\ UNCHANGED <<cell, state, growing, root, count, holds>>

(* The holder drops its reference; with the last one the symbol is dead, and   *)
(* its finalizer goes on.                                                      *)
Drop(t) ==
  /\ pc[t] = "out" /\ holds[t] # Nil
  /\ count' = [count EXCEPT ![holds[t]] = @ - 1]
  /\ IF count[holds[t]] = 1
       THEN memory' = [memory EXCEPT ![holds[t]] = "dead"] /\ has' = [has EXCEPT ![t] = holds[t]] /\ Go(t, "finalize")
       ELSE UNCHANGED <<memory, has, pc>>
  /\ holds' = [holds EXCEPT ![t] = Nil]
  /\ UNCHANGED <<cell, state, growing, root, at, pos, new>>

(* weft_symbol_finalize: from the root on, take the own pointer out of each    *)
(* table, if an interner has not replaced it already (compare-exchange), also  *)
(* from a frozen cell: a helper must not find it there later.                  *)
Finalize(t) ==
  /\ pc[t] = "finalize"
  /\ LET i == IF at[t] = 0 THEN root ELSE at[t]
     IN /\ cell' = [cell EXCEPT ![i] = [c \in Cells |->
                      IF \/ @[c] = has[t] /\ ~(Twin = "frozen_keeps_dead" /\ Frozen(i, c))
                         \/ @[c] \in Symbols /\ Twin = "finalizer_removes_any" THEN Removed ELSE @[c]]]
        /\ IF i = 1 /\ growing THEN at' = [at EXCEPT ![t] = 2] /\ UNCHANGED pc
                                ELSE at' = [at EXCEPT ![t] = 0] /\ Go(t, "retire")
  /\ UNCHANGED <<state, growing, root, count, memory, pos, has, new, holds>>

(* No cell has the symbol any more, so its memory is retired: threads that     *)
(* loaded the pointer before, or are helping to copy it, may still look at its *)
(* count until their next quiescent state.                                     *)
Retire(t) ==
  /\ pc[t] = "retire"
  /\ memory' = [memory EXCEPT ![has[t]] = IF Twin = "no_grace_period" THEN "freed" ELSE "retired"]
  /\ has' = [has EXCEPT ![t] = Nil]
  /\ Go(t, "out")
  /\ UNCHANGED <<cell, state, growing, root, count, at, pos, new, holds>>

(* Growth: a second table is published ...                                     *)
Grow ==
  /\ Grows /\ ~growing
  /\ growing' = TRUE
  /\ UNCHANGED <<cell, state, root, count, memory, pc, at, pos, has, new, holds>>

(* ... then, cell by cell, a read-modify-write marks the old one as frozen,    *)
(* with its content as it is: nothing is inserted there any more. Interners    *)
(* copy it on ...                                                              *)
Freeze(c) ==
  /\ growing /\ state[c] = "open"
  /\ state' = [state EXCEPT ![c] = "frozen"]
  /\ cell' = IF Twin = "freeze_drops" THEN [cell EXCEPT ![1][c] = Nil] ELSE cell
  /\ UNCHANGED <<growing, root, count, memory, pc, at, pos, has, new, holds>>

(* ... and when all are copied, look-ups begin with the second table.          *)
Advance ==
  /\ root = 1 /\ \A c \in Cells : state[c] = "copied" \/ (Twin = "advances_early" /\ state[c] = "frozen")
  /\ root' = 2
  /\ UNCHANGED <<cell, state, growing, count, memory, pc, at, pos, has, new, holds>>

(* weft_qsbr: freed when no thread has the pointer, nor is where it may still  *)
(* load it: finalizers do not come to the first table once it is not the root. *)
Free(s) ==
  /\ memory[s] = "retired" /\ \A t \in Threads : has[t] # s
  /\ \A c \in Cells : root = 2 /\ cell[1][c] = s => \A t \in Threads : at[t] # 1
  /\ memory' = [memory EXCEPT ![s] = "freed"]
  /\ UNCHANGED <<cell, state, growing, root, count, pc, at, pos, has, new, holds>>

-----------------------------------------------------------------------------
Steps(t) == (pc[t] = "load" /\ (Load(t) \/ Help(t))) \/ HelpTake(t) \/ HelpCopy(t) \/ HelpDrop(t) \/ TryIncref(t) \/ Make(t) \/ Insert(t) \/ Return(t) \/ Finalize(t) \/ Retire(t)
Next ==
  \/ \E t \in Threads : Load(t) \/ Help(t) \/ Drop(t) \/ Steps(t)
  \/ Grow \/ Advance
  \/ \E c \in Cells : Freeze(c)
  \/ \E s \in Symbols : Free(s)

\* Threads are alike.
Alike == Permutations(Threads)

\* All threads are alike, so it is enough to watch one of them.
Watched == CHOOSE t \in Threads : TRUE

(* Fairness: one thread runs. All others may stop at any place, for ever.      *)
Spec == Init /\ [][Next]_vars /\ WF_vars(Steps(Watched))

-----------------------------------------------------------------------------
\* One string, one symbol: whoever holds it holds the same.
Unique == \A t, u \in Threads : holds[t] # Nil /\ holds[u] # Nil => holds[t] = holds[u]

\* Whoever looks from now on finds it: it is in the table that look-ups begin with, or behind that.
Findable == \A t \in Threads : holds[t] # Nil => \E i \in root..2, c \in Cells : cell[i][c] = holds[t]

\* A held symbol is alive, a loaded pointer is not freed.
HeldIsAlive == \A t \in Threads : holds[t] # Nil => memory[holds[t]] = "allocated"
NoUseAfterFree == \A t \in Threads : pc[t] \in {"try", "try_frozen", "help", "copy", "help_drop"} /\ has[t] # Nil => memory[has[t]] # "freed"

\* Nobody waits for another: intern returns, whoever has stopped where, and so does the drop of a reference. A retry
\* has a cause, another's insertion or finalizer; symbols that are never made bound these here, so the claim ends when
\* there is none left to make.
NobodyWaits == pc[Watched] # "out" ~> pc[Watched] = "out" \/ \A s \in Symbols : memory[s] # "unused"
================================================================================
