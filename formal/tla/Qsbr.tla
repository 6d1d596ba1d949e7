-------------------------------- MODULE Qsbr --------------------------------
(* Quiescent-state-based reclamation (lib/qsbr/weft_qsbr.c).               *)
(*                                                                         *)
(* A writer unlinks a node, retires it into its open batch and later       *)
(* closes the batch: one RMW on the global write sequence, which yields    *)
(* the goal. A node is freed once every attached thread has observed a     *)
(* sequence of at least the goal, because each of them has then passed a   *)
(* quiescent state after the unlink. A thread that detaches or exits       *)
(* hands its backlog to the runtime, without goals: the scan that stages   *)
(* it gets one, by an RMW of its own.                                      *)
(*                                                                         *)
(* TLA+ is sequentially consistent, but the mistake this protocol is       *)
(* famous for (a goal taken from a load) needs a store that becomes        *)
(* visible late. So each thread has a store buffer here, as on TSO: its    *)
(* plain and release stores wait in buf[t] until Flush; its loads of its   *)
(* own stores are forwarded; an RMW or a seq_cst store or fence happens    *)
(* only with an empty buffer. What is weaker than TSO is the explorer's.   *)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS
  Threads,
  Begun,        \* those that are attached at the start
  Borrowers,    \* those that read
  Writers,      \* those that replace the node in their own cell
  Exiters,      \* those that may exit for good (somebody must stay to drain)
  Detachers,    \* those that may detach and attach again
  Pollers,      \* those that scan (weft_qsbr_poll) also when nothing is due
  Updates,      \* how often each writer replaces its node
  Twin

ASSUME Begun \cup Writers \cup Borrowers \cup Exiters \cup Detachers \subseteq Threads /\ Exiters # Threads

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
  attached,     \* attached[t]: what t itself thinks: "no", "soon" (before its fence), "yes", "gone" (after its exit)
  open,         \* open[t]: nodes retired but in no closed batch
  closed,       \* closed[t]: <<node, goal>> pairs waiting for their grace period
  incoming,     \* the runtime's: nodes handed over by threads that left, without a goal
  staged,       \* those of them that a scan has taken,
  staged_goal,  \* and the goal that it got for them
  scanner,      \* the thread that has the lock of the list and scans it, or "none"
  scan_step, scan_todo, scan_min,
  other,        \* the scan has found another thread attached
  late          \* the twin's second scanner: the minimum it has still to publish, or 0

vars == <<buf, cell, node, holds, write_seq, read_seq, seq, attached, open, closed, incoming, staged, staged_goal,
          scanner, scan_step, scan_todo, scan_min, other, late>>
stage == <<staged, staged_goal>>
scan == <<scanner, scan_step, scan_todo, scan_min, other, late, stage>>
retired == <<open, closed, incoming>>

Init ==
  /\ buf = [t \in Threads |-> <<>>]
  /\ cell = [w \in Writers |-> <<w, 0>>]
  /\ node = [n \in Nodes |-> IF n[2] = 0 THEN "live" ELSE "new"]
  /\ holds = [t \in Threads |-> None]
  /\ write_seq = 1 /\ read_seq = 1
  /\ seq = [t \in Threads |-> IF t \in Begun THEN 1 ELSE 0]
  /\ attached = [t \in Threads |-> IF t \in Begun THEN "yes" ELSE "no"]
  /\ open = [t \in Threads |-> {}]
  /\ closed = [t \in Threads |-> {}]
  /\ incoming = {} /\ staged = {} /\ staged_goal = 0
  /\ scanner = "none" /\ scan_step = "out" /\ scan_todo = {} /\ scan_min = 0 /\ other = FALSE /\ late = 0

Max(a, b) == IF a > b THEN a ELSE b
Min(a, b) == IF a < b THEN a ELSE b

\* What t reads in cell w: its own youngest buffered store, or memory.
Sees(t, w) ==
  LET mine == SelectSeq(buf[t], LAMBDA s : s[1] = "cell")
  IN IF t = w /\ mine # <<>> THEN mine[Len(mine)][2] ELSE cell[w]

\* A thread that scans does nothing else meanwhile.
Runs(t) == attached[t] = "yes" /\ scanner # t

-----------------------------------------------------------------------------
(* The oldest buffered store of t becomes visible.                         *)
Flush(t) ==
  /\ buf[t] # <<>>
  /\ LET s == Head(buf[t])
     IN IF s[1] = "cell" THEN cell' = [cell EXCEPT ![t] = s[2]] /\ UNCHANGED seq
                         ELSE seq' = [seq EXCEPT ![t] = s[2]] /\ UNCHANGED cell
  /\ buf' = [buf EXCEPT ![t] = Tail(@)]
  /\ UNCHANGED <<node, holds, write_seq, read_seq, attached, retired, scan>>

(* go_online: load the write sequence, store it in the slot (plainly) ...  *)
Attach(t) ==
  /\ attached[t] = "no" /\ buf[t] = <<>>
  /\ attached' = [attached EXCEPT ![t] = "soon"]
  /\ buf' = [buf EXCEPT ![t] = <<<<"seq", write_seq>>>>]
  /\ UNCHANGED <<cell, node, holds, write_seq, read_seq, seq, retired, scan>>

(* ... and a fence: the slot is visible before the thread's first read.    *)
AttachFence(t) ==
  /\ attached[t] = "soon" /\ (buf[t] = <<>> \/ Twin = "attach_release")
  /\ attached' = [attached EXCEPT ![t] = "yes"]
  /\ UNCHANGED <<buf, cell, node, holds, write_seq, read_seq, seq, retired, scan>>

(* A read: borrow whatever a cell holds. Costs nothing but the load.       *)
Borrow(t) ==
  /\ t \in Borrowers /\ Runs(t) /\ holds[t] = None
  /\ \E w \in Writers : holds' = [holds EXCEPT ![t] = Sees(t, w)]
  /\ UNCHANGED <<buf, cell, node, write_seq, read_seq, seq, attached, retired, scan>>

(* weft_qsbr_quiescent: load the write sequence and, if it has moved,      *)
(* store it in the slot (release). All borrows of t end.                   *)
Ended(t) == IF Twin = "borrow_past_quiescent" THEN holds ELSE [holds EXCEPT ![t] = None]
Quiescent(t) ==
  /\ Runs(t)
  /\ ~\E i \in 1..Len(buf[t]) : buf[t][i][1] = "seq"
  /\ seq[t] # write_seq
  /\ buf' = [buf EXCEPT ![t] = Append(@, <<"seq", write_seq>>)]
  /\ holds' = Ended(t)
  /\ UNCHANGED <<cell, node, write_seq, read_seq, seq, attached, retired, scan>>

(* A writer unlinks the node in its cell by a release store of the next    *)
(* one, and weft_qsbr_retire puts the old one into the open batch. It      *)
(* neither blocks nor frees: the writer itself may still borrow the node.  *)
Lone(t) == \A u \in Threads \ {t} : seq[u] = 0
Retire(t) ==
  /\ t \in Writers /\ Runs(t)
  /\ LET old == Sees(t, t)
         new == <<t, old[2] + 1>>
     IN /\ old[2] < Updates
        /\ buf' = [buf EXCEPT ![t] = IF Twin = "retire_before_unlink" THEN @ ELSE Append(@, <<"cell", new>>)]
        /\ IF Twin = "retire_frees_inline" /\ Lone(t) /\ buf[t] = <<>>
             THEN node' = [node EXCEPT ![old] = "freed", ![new] = "live"] /\ UNCHANGED open
             ELSE node' = [node EXCEPT ![old] = "retired", ![new] = "live"]
                  /\ open' = [open EXCEPT ![t] = @ \cup {old}]
  /\ UNCHANGED <<cell, holds, write_seq, read_seq, seq, attached, closed, incoming, scan>>

(* close_open (a full batch, a poll): one acq_rel RMW on the write         *)
(* sequence after every unlink in the batch. Its result is the goal.       *)
(* The twin is the deferred advance others have shipped: the goal is a     *)
(* load plus one, and the RMW comes later or is another thread's. A thread *)
(* keeps two closed batches apart: a third is merged into the second, and  *)
(* both have the newest goal then.                                         *)
Goals(t) == {e[2] : e \in closed[t]}
Newest(t) == CHOOSE g \in Goals(t) : \A h \in Goals(t) : h <= g
Close(t) ==
  /\ Runs(t) /\ open[t] # {}
  /\ IF Twin = "goal_from_load"
       THEN UNCHANGED write_seq
       ELSE buf[t] = <<>> /\ write_seq' = write_seq + 1
  /\ LET merges == Cardinality(Goals(t)) = 2
         goal == IF merges /\ Twin = "merged_under_earlier" THEN Newest(t) ELSE write_seq + 1
     IN closed' = [closed EXCEPT ![t] = {<<e[1], IF merges /\ e[2] = Newest(t) THEN goal ELSE e[2]>> : e \in @}
                                        \cup {<<n, goal>> : n \in open[t]}]
  /\ open' = [open EXCEPT ![t] = {}]
  /\ UNCHANGED <<buf, cell, node, holds, read_seq, seq, attached, incoming, scan>>

(* The twin's advance, for the batches whose goal the sequence has not     *)
(* reached.                                                                *)
AdvanceLate(t) ==
  /\ Twin = "goal_from_load" /\ Runs(t) /\ buf[t] = <<>>
  /\ \E u \in Threads : \E e \in closed[u] : e[2] > write_seq
  /\ write_seq' = write_seq + 1
  /\ UNCHANGED <<buf, cell, node, holds, read_seq, seq, attached, retired, scan>>

(* hand_over, for detach, exit and a barrier's request: the whole backlog  *)
(* goes to the runtime by a compare-exchange, and loses its goals; then    *)
(* the write sequence is advanced, so that those who stay notice. (An RMW  *)
(* that yields no goal; here in the same step.)                            *)
Backlog(t) == open[t] \cup {e[1] : e \in closed[t]}
HandOver(t) ==
  /\ IF Backlog(t) = {}
       THEN UNCHANGED <<incoming, write_seq>>
       ELSE buf[t] = <<>> /\ incoming' = incoming \cup Backlog(t) /\ write_seq' = write_seq + 1
  /\ open' = [open EXCEPT ![t] = {}] /\ closed' = [closed EXCEPT ![t] = {}]

(* on_detach, go_offline: hand the backlog over, then clear the slot (a    *)
(* release store).                                                         *)
Detach(t) ==
  /\ t \in Detachers /\ Runs(t)
  /\ IF Twin = "detach_drops_backlog"
       THEN /\ open' = [open EXCEPT ![t] = {}] /\ closed' = [closed EXCEPT ![t] = {}]
            /\ UNCHANGED <<incoming, write_seq>>
       ELSE HandOver(t)
  /\ holds' = [holds EXCEPT ![t] = None]
  /\ attached' = [attached EXCEPT ![t] = "no"]
  /\ buf' = [buf EXCEPT ![t] = Append(@, <<"seq", 0>>)]
  /\ UNCHANGED <<cell, node, read_seq, seq, scan>>

(* on_exit, and then as a detach: a thread leaves for good. What it does   *)
(* not hand over nobody else will ever free.                               *)
Exit(t) ==
  /\ t \in Exiters /\ Runs(t)
  /\ IF Twin = "exit_drops_backlog"
       THEN /\ open' = [open EXCEPT ![t] = {}] /\ closed' = [closed EXCEPT ![t] = {}]
            /\ UNCHANGED <<incoming, write_seq>>
       ELSE HandOver(t)
  /\ holds' = [holds EXCEPT ![t] = None]
  /\ attached' = [attached EXCEPT ![t] = "gone"]
  /\ buf' = [buf EXCEPT ![t] = Append(@, <<"seq", 0>>)]
  /\ UNCHANGED <<cell, node, read_seq, seq, scan>>

\* The sequence in t's slot as t itself has it: the youngest buffered store, or memory.
Observed(t) ==
  LET mine == SelectSeq(buf[t], LAMBDA s : s[1] = "seq")
  IN IF mine # <<>> THEN mine[Len(mine)][2] ELSE seq[t]

-----------------------------------------------------------------------------
(* scan, by a thread in a quiescent state, under the lock of the list:     *)
(* one scanner at a time. What was handed over is staged first, one batch  *)
(* after the other.                                                        *)
Due(t) == t \in Pollers \/ incoming \cup staged \cup open[t] # {} \/ \E e \in closed[t] : e[2] > read_seq
ScanBegin(t) ==
  /\ Runs(t) /\ scanner = "none" /\ Due(t)
  /\ scanner' = t
  /\ scan_step' = IF staged # {} THEN "target"
                  ELSE IF Twin = "goal_before_taking" THEN "goal" ELSE IF incoming # {} THEN "take" ELSE "target"
  /\ holds' = Ended(t)
  /\ UNCHANGED <<buf, cell, node, write_seq, read_seq, seq, attached, retired, scan_todo, scan_min, other, stage, late>>

(* stage: all that was handed over is taken, by an exchange ...            *)
StageTake ==
  /\ scan_step = "take" /\ buf[scanner] = <<>>
  /\ staged' = incoming /\ incoming' = {}
  /\ scan_step' = IF Twin = "goal_before_taking" THEN "target" ELSE "goal"
  /\ UNCHANGED <<buf, cell, node, holds, write_seq, read_seq, seq, attached, open, closed, scanner, scan_todo, scan_min,
                 other, staged_goal, late>>

(* ... and then gets its goal, so that all its unlinks come before the RMW *)
(* that yields it.                                                         *)
StageGoal ==
  /\ scan_step = "goal" /\ buf[scanner] = <<>>
  /\ write_seq' = write_seq + 1 /\ staged_goal' = write_seq + 1
  /\ scan_step' = IF Twin = "goal_before_taking" THEN "take" ELSE "target"
  /\ UNCHANGED <<buf, cell, node, holds, read_seq, seq, attached, retired, scanner, scan_todo, scan_min, other, staged, late>>

(* The write sequence is loaded before the first slot: it bounds what a    *)
(* thread that attaches behind the scan can have missed. The scanner       *)
(* stores it in its own slot, too (observe): other scanners look at that.  *)
ScanTarget ==
  /\ scan_step = "target"
  /\ buf' = IF Observed(scanner) = write_seq \/ Twin = "scan_unobserved" THEN buf
            ELSE [buf EXCEPT ![scanner] = Append(@, <<"seq", write_seq>>)]
  /\ scan_step' = "slots"
  /\ scan_todo' = Threads \ {scanner}
  /\ scan_min' = IF Twin = "scan_loads_late" THEN 0 ELSE write_seq
  /\ other' = FALSE
  /\ UNCHANGED <<cell, node, holds, write_seq, read_seq, seq, attached, retired, scanner, stage, late>>

(* Behind a fence one slot after the other, in any order, each by one      *)
(* load. 0 is a thread that is not attached: it holds nothing, and will    *)
(* read nothing that was unlinked before the scan began, by this thread    *)
(* or in a batch with a goal. The smallest of the others is what all of    *)
(* them have observed; the scanner's own is not looked at.                 *)
ScanSlot ==
  /\ scan_step = "slots" /\ (buf[scanner] = <<>> \/ Twin = "lone_without_fence")
  /\ \E u \in scan_todo :
       /\ scan_todo' = scan_todo \ {u}
       /\ other' = (other \/ seq[u] # 0)
       /\ scan_min' = IF seq[u] = 0 THEN scan_min
                      ELSE IF scan_min = 0 THEN seq[u] ELSE Min(scan_min, seq[u])
  /\ UNCHANGED <<buf, cell, node, holds, write_seq, read_seq, seq, attached, retired, scanner, scan_step, stage, late>>

(* publish: the minimum, by a monotone maximum (a compare-exchange loop).  *)
(* Then, still under the lock, the staged nodes are taken if their grace   *)
(* period has ended, and a scanner that is alone takes its whole backlog,  *)
(* with what it has in its open batch. (They are freed behind the unlock;  *)
(* here at once, which is the harder case.)                                *)
ScanPublish ==
  /\ scan_step = "slots" /\ scan_todo = {}
  /\ read_seq' = Max(read_seq, IF scan_min = 0 THEN write_seq ELSE scan_min)
  /\ LET ready == staged_goal <= read_seq' \/ Twin = "no_grace_period"
         freed == (IF ready THEN staged ELSE {}) \cup (IF other THEN {} ELSE Backlog(scanner))
     IN /\ node' = [n \in Nodes |-> IF n \in freed THEN "freed" ELSE node[n]]
        /\ staged' = IF ready THEN {} ELSE staged
        /\ staged_goal' = IF ready THEN 0 ELSE staged_goal
  /\ IF other THEN UNCHANGED <<open, closed>>
              ELSE open' = [open EXCEPT ![scanner] = {}] /\ closed' = [closed EXCEPT ![scanner] = {}]
  /\ scanner' = "none" /\ scan_step' = "out" /\ scan_min' = 0 /\ other' = FALSE
  /\ UNCHANGED <<buf, cell, holds, write_seq, seq, attached, incoming, scan_todo, late>>

(* The twin has a second scanner beside the first, that takes its time     *)
(* between its scan and its publication, and publishes by a store.         *)
ScanLate ==
  /\ Twin = "second_scanner_stores"
  /\ IF late # 0
       THEN read_seq' = late /\ late' = 0
       ELSE /\ late' = CHOOSE m \in {seq[u] : u \in Threads} \cup {write_seq} :
                          m # 0 /\ \A u \in Threads : seq[u] = 0 \/ m <= seq[u]
            /\ UNCHANGED read_seq
  /\ UNCHANGED <<buf, cell, node, holds, write_seq, seq, attached, retired, scanner, scan_step, scan_todo, scan_min, other, stage>>

(* run_closed: a closed batch whose goal is reached is freed by its owner, *)
(* at a quiescent state.                                                   *)
Free(t) ==
  /\ Runs(t)
  /\ LET ready == {e \in closed[t] : e[2] <= read_seq \/ Twin = "no_grace_period"}
     IN /\ ready # {}
        /\ node' = [n \in Nodes |-> IF \E e \in ready : e[1] = n THEN "freed" ELSE node[n]]
        /\ closed' = [closed EXCEPT ![t] = @ \ ready]
  /\ holds' = Ended(t)
  /\ UNCHANGED <<buf, cell, write_seq, read_seq, seq, attached, open, incoming, scan>>

-----------------------------------------------------------------------------
Scan == StageTake \/ StageGoal \/ ScanTarget \/ ScanSlot \/ ScanPublish
Next == Scan \/ ScanLate \/ \E t \in Threads :
  \/ Flush(t) \/ Attach(t) \/ AttachFence(t) \/ Borrow(t) \/ Quiescent(t) \/ Retire(t) \/ Close(t) \/ AdvanceLate(t)
  \/ Detach(t) \/ Exit(t) \/ ScanBegin(t) \/ Free(t)

(* Fairness: stores become visible; safepoints come (so a thread is        *)
(* quiescent, closes what it retired and frees what is ready, between its  *)
(* scans); scans come and finish.                                          *)
Spec ==
  /\ Init /\ [][Next]_vars
  /\ WF_vars(Scan)
  /\ \A t \in Threads :
       /\ WF_vars(Flush(t)) /\ WF_vars(AttachFence(t)) /\ WF_vars(Quiescent(t)) /\ WF_vars(ScanBegin(t))
  /\ \A t \in Writers : SF_vars(Free(t)) /\ SF_vars(Close(t))

-----------------------------------------------------------------------------
\* No thread ever holds a pointer to freed memory.
NoUseAfterFree == \A t \in Threads : holds[t] # None => node[holds[t]] # "freed"

\* What is reachable is not freed.
ReachableIsLive == \A w \in Writers : buf[w] = <<>> => node[cell[w]] = "live"

\* What was published is not taken back: whoever has read that a grace period is over may rely on it.
ReadSequenceRises == [][read_seq' >= read_seq]_vars

\* Every retired node is freed at last, whoever exits or detaches meanwhile.
Drains == \A n \in Nodes : node[n] = "retired" ~> node[n] = "freed"
=============================================================================
