-------------------------------- MODULE Qsbr --------------------------------
(* Quiescent-state-based reclamation (lib/qsbr/weft_qsbr.c).               *)
(*                                                                         *)
(* A writer unlinks a node, retires it into its open batch and later       *)
(* closes the batch: one RMW on the global write sequence, which yields    *)
(* the goal. A node is freed once every attached thread has observed a     *)
(* sequence of at least the goal, because each of them has then passed a   *)
(* quiescent state after the unlink.                                       *)
(*                                                                         *)
(* TLA+ is sequentially consistent, but the mistake this protocol is       *)
(* famous for (a goal taken from a load) needs a store that becomes        *)
(* visible late. So each thread has a store buffer here, as on TSO: its    *)
(* plain and release stores wait in buf[t] until Flush; its loads of its   *)
(* own stores are forwarded; an RMW or a seq_cst store or fence happens    *)
(* only with an empty buffer. What is weaker than TSO is the explorer's.   *)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS
  Threads,      \* all may read
  Writers,      \* those that replace the node in their own cell
  Exiters,      \* those that may exit for good (somebody must stay to drain)
  Detachers,    \* those that may detach and attach again
  Updates,      \* how often each writer replaces its node
  Twin

ASSUME Writers \subseteq Threads /\ Exiters \subseteq Threads /\ Exiters # Threads /\ Exiters \subseteq Detachers

Nodes == Writers \X (0..Updates)          \* <<w, k>>: the k-th node in w's cell
None  == <<"none", 0>>

VARIABLES
  buf,          \* buf[t]: stores of t not yet visible, oldest first
  cell,         \* cell[w]: the node readers find, as memory has it
  node,         \* node[n]: "new", "live", "retired", "freed"
  holds,        \* holds[t]: the node t has borrowed
  write_seq,    \* the global write sequence
  read_seq,     \* what the polls have published: every attached thread has observed it
  seq,          \* seq[t]: the sequence in t's slot, as memory has it; 0 when detached
  attached,     \* attached[t]: what t itself thinks ("gone" after its exit)
  open,         \* open[t]: nodes retired but in no closed batch
  closed,       \* closed[t]: <<node, goal>> pairs waiting for their grace period
  orphans,      \* the runtime's list: backlogs of exited threads
  scanner,      \* some thread scans the slots
  scan_todo, scan_min,
  late          \* the twin's second scanner: the minimum it has still to publish, or 0

vars == <<buf, cell, node, holds, write_seq, read_seq, seq, attached, open, closed, orphans,
          scanner, scan_todo, scan_min, late>>
scan == <<scanner, scan_todo, scan_min, late>>
retired == <<open, closed, orphans>>

Init ==
  /\ buf = [t \in Threads |-> <<>>]
  /\ cell = [w \in Writers |-> <<w, 0>>]
  /\ node = [n \in Nodes |-> IF n[2] = 0 THEN "live" ELSE "new"]
  /\ holds = [t \in Threads |-> None]
  /\ write_seq = 1 /\ read_seq = 1
  /\ seq = [t \in Threads |-> 0]
  /\ attached = [t \in Threads |-> "no"]
  /\ open = [t \in Threads |-> {}]
  /\ closed = [t \in Threads |-> {}]
  /\ orphans = {}
  /\ scanner = FALSE /\ scan_todo = {} /\ scan_min = 0 /\ late = 0

Max(a, b) == IF a > b THEN a ELSE b
Min(a, b) == IF a < b THEN a ELSE b

\* What t reads in cell w: its own youngest buffered store, or memory.
Sees(t, w) ==
  LET mine == SelectSeq(buf[t], LAMBDA s : s[1] = "cell")
  IN IF t = w /\ mine # <<>> THEN mine[Len(mine)][2] ELSE cell[w]

-----------------------------------------------------------------------------
(* The oldest buffered store of t becomes visible.                         *)
Flush(t) ==
  /\ buf[t] # <<>>
  /\ LET s == Head(buf[t])
     IN IF s[1] = "cell" THEN cell' = [cell EXCEPT ![t] = s[2]] /\ UNCHANGED seq
                         ELSE seq' = [seq EXCEPT ![t] = s[2]] /\ UNCHANGED cell
  /\ buf' = [buf EXCEPT ![t] = Tail(@)]
  /\ UNCHANGED <<node, holds, write_seq, read_seq, attached, retired, scan>>

(* on_attach: store the current sequence in the slot, and a fence:         *)
(* the slot is visible before the thread's first read.                     *)
Attach(t) ==
  /\ attached[t] = "no" /\ buf[t] = <<>>
  /\ attached' = [attached EXCEPT ![t] = "yes"]
  /\ IF Twin = "attach_release"
       THEN buf' = [buf EXCEPT ![t] = <<<<"seq", write_seq>>>>] /\ UNCHANGED seq
       ELSE seq' = [seq EXCEPT ![t] = write_seq] /\ UNCHANGED buf
  /\ UNCHANGED <<cell, node, holds, write_seq, read_seq, retired, scan>>

(* A read: borrow whatever a cell holds. Costs nothing but the load.       *)
Borrow(t) ==
  /\ attached[t] = "yes" /\ holds[t] = None
  /\ \E w \in Writers : holds' = [holds EXCEPT ![t] = Sees(t, w)]
  /\ UNCHANGED <<buf, cell, node, write_seq, read_seq, seq, attached, retired, scan>>

(* weft_qsbr_quiescent: load the write sequence and, if it has moved,      *)
(* store it in the slot (release). All borrows of t end.                   *)
Quiescent(t) ==
  /\ attached[t] = "yes"
  /\ ~\E i \in 1..Len(buf[t]) : buf[t][i][1] = "seq"
  /\ seq[t] # write_seq
  /\ buf' = [buf EXCEPT ![t] = Append(@, <<"seq", write_seq>>)]
  /\ holds' = [holds EXCEPT ![t] = IF Twin = "borrow_past_quiescent" THEN @ ELSE None]
  /\ UNCHANGED <<cell, node, write_seq, read_seq, seq, attached, retired, scan>>

(* A writer unlinks the node in its cell by a release store of the next    *)
(* one, and weft_qsbr_retire puts the old one into the open batch. It      *)
(* neither blocks nor frees: the writer itself may still borrow the node.  *)
Lone(t) == \A u \in Threads \ {t} : seq[u] = 0
Retire(t) ==
  /\ t \in Writers /\ attached[t] = "yes"
  /\ LET old == Sees(t, t)
         new == <<t, old[2] + 1>>
     IN /\ old[2] < Updates
        /\ buf' = [buf EXCEPT ![t] = IF Twin = "retire_before_unlink" THEN @ ELSE Append(@, <<"cell", new>>)]
        /\ IF Twin = "retire_frees_inline" /\ Lone(t) /\ buf[t] = <<>>
             THEN node' = [node EXCEPT ![old] = "freed", ![new] = "live"] /\ UNCHANGED open
             ELSE node' = [node EXCEPT ![old] = "retired", ![new] = "live"]
                  /\ open' = [open EXCEPT ![t] = @ \cup {old}]
  /\ UNCHANGED <<cell, holds, write_seq, read_seq, seq, attached, closed, orphans, scan>>

(* close_open (batch budget, detach, exit): one acq_rel RMW on the         *)
(* write sequence after every unlink in the batch. Its result is the goal. *)
(* The twin is the deferred advance others have shipped: the goal is a     *)
(* load plus one, and the RMW comes later or is another thread's.          *)
Close(t) ==
  /\ open[t] # {}
  /\ IF Twin = "goal_from_load"
       THEN UNCHANGED write_seq
       ELSE buf[t] = <<>> /\ write_seq' = write_seq + 1
  /\ closed' = [closed EXCEPT ![t] = @ \cup {<<n, write_seq + 1>> : n \in open[t]}]
  /\ open' = [open EXCEPT ![t] = {}]
  /\ UNCHANGED <<buf, cell, node, holds, read_seq, seq, attached, orphans, scan>>

(* The twin's advance, for the batches whose goal the sequence has not     *)
(* reached.                                                                *)
AdvanceLate(t) ==
  /\ Twin = "goal_from_load" /\ attached[t] = "yes" /\ buf[t] = <<>>
  /\ \E u \in Threads : \E e \in closed[u] : e[2] > write_seq
  /\ write_seq' = write_seq + 1
  /\ UNCHANGED <<buf, cell, node, holds, read_seq, seq, attached, retired, scan>>

(* on_detach: close the batch, then clear the slot (an RMW).               *)
Detach(t) ==
  /\ t \in Detachers /\ attached[t] = "yes" /\ open[t] = {} /\ buf[t] = <<>>
  /\ holds' = [holds EXCEPT ![t] = None]
  /\ attached' = [attached EXCEPT ![t] = "no"]
  /\ seq' = [seq EXCEPT ![t] = 0]
  /\ UNCHANGED <<buf, cell, node, write_seq, read_seq, retired, scan>>

(* on_exit: a detached thread leaves for good and hands its backlog        *)
(* to the runtime.                                                         *)
Exit(t) ==
  /\ t \in Exiters /\ attached[t] = "no"
  /\ attached' = [attached EXCEPT ![t] = "gone"]
  /\ orphans' = IF Twin = "exit_drops_backlog" THEN orphans ELSE orphans \cup closed[t]
  /\ closed' = [closed EXCEPT ![t] = {}]
  /\ UNCHANGED <<buf, cell, node, holds, write_seq, read_seq, seq, open, scan>>

(* weft_qsbr_poll. One scanner at a time. The write sequence is loaded     *)
(* before the first slot: it bounds what a thread that attaches behind the *)
(* scan can have missed.                                                   *)
Backlog == orphans # {} \/ \E t \in Threads : closed[t] # {}
ScanBegin(t) ==       \* by any attached thread
  /\ attached[t] = "yes" /\ ~scanner /\ Backlog /\ read_seq < write_seq
  /\ scanner' = TRUE
  /\ scan_todo' = Threads
  /\ scan_min' = IF Twin = "scan_loads_late" THEN 0 ELSE write_seq
  /\ UNCHANGED <<buf, cell, node, holds, write_seq, read_seq, seq, attached, retired, late>>

(* One slot after the other, in any order, each by one load. 0 is a thread *)
(* that is not attached: it holds nothing, and will read nothing that was  *)
(* unlinked before the scan began. The smallest of the others is what all  *)
(* of them have observed.                                                  *)
ScanSlot ==
  /\ scanner
  /\ \E u \in scan_todo :
       /\ scan_todo' = scan_todo \ {u}
       /\ scan_min' = IF seq[u] = 0 THEN scan_min
                      ELSE IF scan_min = 0 THEN seq[u] ELSE Min(scan_min, seq[u])
  /\ UNCHANGED <<buf, cell, node, holds, write_seq, read_seq, seq, attached, retired, scanner, late>>

(* The minimum is published by a monotone maximum (a compare-exchange      *)
(* loop).                                                                  *)
ScanPublish ==
  /\ scanner /\ scan_todo = {}
  /\ read_seq' = Max(read_seq, IF scan_min = 0 THEN write_seq ELSE scan_min)
  /\ scanner' = FALSE /\ scan_min' = 0
  /\ UNCHANGED <<buf, cell, node, holds, write_seq, seq, attached, retired, scan_todo, late>>

(* The twin has a second scanner beside the first, that takes its time     *)
(* between its scan and its publication, and publishes by a store.         *)
ScanLate ==
  /\ Twin = "second_scanner_stores"
  /\ IF late # 0
       THEN read_seq' = late /\ late' = 0
       ELSE /\ late' = CHOOSE m \in {seq[u] : u \in Threads} \cup {write_seq} :
                          m # 0 /\ \A u \in Threads : seq[u] = 0 \/ m <= seq[u]
            /\ UNCHANGED read_seq
  /\ UNCHANGED <<buf, cell, node, holds, write_seq, seq, attached, retired, scanner, scan_todo, scan_min>>

(* A closed batch whose goal is reached is freed by its owner, an orphaned *)
(* one by whoever polls. Callbacks run at a safepoint, outside borrows.    *)
Free(t) ==
  /\ attached[t] = "yes"
  /\ LET ready == {e \in closed[t] \cup orphans : e[2] <= read_seq \/ Twin = "no_grace_period"}
     IN /\ ready # {}
        /\ node' = [n \in Nodes |-> IF \E e \in ready : e[1] = n THEN "freed" ELSE node[n]]
        /\ closed' = [closed EXCEPT ![t] = @ \ ready]
        /\ orphans' = orphans \ ready
  /\ UNCHANGED <<buf, cell, holds, write_seq, read_seq, seq, attached, open, scan>>

(* A lone attached thread's backlog runs at its next quiescent state:      *)
(* after a seq_cst fence behind the last unlink no other slot is attached, *)
(* and whoever attaches later sees the unlinks.                            *)
FreeLone(t) ==
  /\ attached[t] = "yes" /\ Lone(t)
  /\ buf[t] = <<>> \/ Twin = "lone_without_fence"
  /\ open[t] # {} \/ closed[t] # {}
  /\ node' = [n \in Nodes |-> IF n \in open[t] \/ \E e \in closed[t] : e[1] = n THEN "freed" ELSE node[n]]
  /\ open' = [open EXCEPT ![t] = {}]
  /\ closed' = [closed EXCEPT ![t] = {}]
  /\ holds' = [holds EXCEPT ![t] = None]
  /\ UNCHANGED <<buf, cell, write_seq, read_seq, seq, attached, orphans, scan>>

-----------------------------------------------------------------------------
Next == \E t \in Threads :
  \/ Flush(t) \/ Attach(t) \/ Borrow(t) \/ Quiescent(t) \/ Retire(t) \/ Close(t)
  \/ AdvanceLate(t) \/ Detach(t) \/ Exit(t) \/ ScanBegin(t) \/ ScanSlot \/ ScanPublish \/ ScanLate
  \/ Free(t) \/ FreeLone(t)

(* Fairness: stores become visible; safepoints come (so a thread is        *)
(* quiescent, closes what it retired and frees what is ready); polls run   *)
(* and finish; a detached thread attaches again some time, or exits (until *)
(* then its closed batches are its own to free).                           *)
Spec ==
  /\ Init /\ [][Next]_vars
  /\ WF_vars(ScanSlot \/ ScanPublish)
  /\ \A t \in Threads :
       /\ WF_vars(Flush(t)) /\ WF_vars(Quiescent(t)) /\ WF_vars(Close(t)) /\ WF_vars(Attach(t) \/ Exit(t))
       /\ WF_vars(ScanBegin(t)) /\ WF_vars(Free(t))
  /\ \A t \in Detachers : SF_vars(Quiescent(t)) /\ SF_vars(Free(t))

-----------------------------------------------------------------------------
\* No thread ever holds a pointer to freed memory.
NoUseAfterFree == \A t \in Threads : holds[t] # None => node[holds[t]] # "freed"

\* What is reachable is not freed.
ReachableIsLive == \A w \in Writers : buf[w] = <<>> => node[cell[w]] = "live"

\* What was published is not taken back: whoever has read that a grace period is over may rely on it.
ReadSequenceRises == [][read_seq' >= read_seq]_vars

\* Every retired node is freed at last, whoever exits meanwhile.
Drains == \A n \in Nodes : node[n] = "retired" ~> node[n] = "freed"
=============================================================================
