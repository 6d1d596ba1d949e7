----------------------------- MODULE QsbrForeign -----------------------------
(* A host's own reclamation domain beside the library's (lib/qsbr/          *)
(* weft_qsbr.c, "a host's own domain"): a host that has RCU of its own      *)
(* wants retired memory to wait for its readers, too. Qsbr says when the    *)
(* library's threads have read; here nobody of theirs holds anything, and   *)
(* what counts is the host's grace periods, one after the other.            *)
(*                                                                          *)
(* `wanted` is the last goal that somebody waits for, `covered` the last    *)
(* one whose grace period of the host's has ended. Who scans begins the     *)
(* next one (bring_about), under a lock that it only tries: whoever finds   *)
(* it taken leaves its wish to the holder. Unlocking is a plain store, so   *)
(* it may become visible late; the other stores here are RMWs, or stand     *)
(* before one.                                                              *)
EXTENDS Naturals, FiniteSets

CONSTANTS
  Retirers,     \* threads, each of a runtime of its own: each retires a node and waits until it may be freed
  Idle,         \* threads that have nothing to do but pass quiescent states
  Readers,      \* readers of the host's, that the library knows nothing of
  Twin

VARIABLES
  node,         \* node[t]: t's, "live", "unlinked", "freed"
  holds,        \* holds[h]: the node that a reader of the host's has, or "none"
  reading,      \* readers of the host's inside a read
  write_seq,    \* the process's write sequence
  wanted, covered, covers, under_way,
  lock,         \* foreign_lock: its holder, or "none"
  unlocks,      \* those whose unlocking store is not visible yet
  events,       \* counts announcements
  goal, event, min, pc,   \* of each retirer: its goal, the events it has read, its scan's minimum, where it is
  idle, seen, at,         \* of each idle thread: the sequence it need not look past, the one it has loaded, where it is
  gp,           \* those whom the host's grace period waits for
  host          \* the host: "rest", "waits", and the steps of weft_qsbr_foreign_ended

vars == <<node, holds, reading, write_seq, wanted, covered, covers, under_way, lock, unlocks, events,
          goal, event, min, pc, idle, seen, at, gp, host>>
retirer == <<goal, event, min, pc>>
idler == <<idle, seen, at>>
reader == <<holds, reading>>
wishes == <<wanted, covered, covers, under_way>>

Init ==
  /\ node = [t \in Retirers |-> "live"] /\ holds = [h \in Readers |-> "none"] /\ reading = {}
  /\ write_seq = 1 /\ wanted = 1 /\ covered = 1 /\ covers = 0 /\ under_way = FALSE
  /\ lock = "none" /\ unlocks = {} /\ events = 0
  /\ goal = [t \in Retirers |-> 0] /\ event = [t \in Retirers |-> 0] /\ min = [t \in Retirers |-> 0]
  /\ pc = [t \in Retirers |-> "unlink"]
  /\ idle = [r \in Idle |-> 1] /\ seen = [r \in Idle |-> 0] /\ at = [r \in Idle |-> "out"]
  /\ gp = {} /\ host = "rest"

Go(t, where) == pc' = [pc EXCEPT ![t] = where]
Max(a, b) == IF a > b THEN a ELSE b
Min(a, b) == IF a < b THEN a ELSE b

\* One is wanted, and none is under way.
OneDue == (~under_way \/ Twin = "begins_again") /\ covered < wanted

-----------------------------------------------------------------------------
(* A node is unlinked: from now on no read finds it.                        *)
Unlink(t) ==
  /\ pc[t] = "unlink"
  /\ node' = [node EXCEPT ![t] = "unlinked"]
  /\ Go(t, "goal")
  /\ UNCHANGED <<reader, write_seq, wishes, lock, unlocks, events, goal, event, min, idler, gp, host>>

(* new_goal: an RMW yields the goal ...                                     *)
NewGoal(t) ==
  /\ pc[t] = "goal"
  /\ write_seq' = write_seq + 1 /\ goal' = [goal EXCEPT ![t] = write_seq + 1]
  /\ Go(t, "want")
  /\ UNCHANGED <<node, reader, wishes, lock, unlocks, events, event, min, idler, gp, host>>

(* ... and the wish for it is left for whoever begins grace periods: a      *)
(* monotone maximum.                                                        *)
Want(t) ==
  /\ pc[t] = "want"
  /\ wanted' = Max(wanted, goal[t])
  /\ Go(t, "scan")
  /\ UNCHANGED <<node, reader, write_seq, covered, covers, under_way, lock, unlocks, events, goal, event, min, idler, gp, host>>

(* A scan by a thread that waits: it reads the events before it looks. What *)
(* the library's own threads have observed is all up to the write sequence. *)
ScanBegin(t) ==
  /\ pc[t] = "scan"
  /\ event' = [event EXCEPT ![t] = events] /\ min' = [min EXCEPT ![t] = write_seq]
  /\ Go(t, "try")
  /\ UNCHANGED <<node, reader, write_seq, wishes, lock, unlocks, events, goal, idler, gp, host>>

(* bring_about: who finds the lock taken leaves its wish to the holder.     *)
TryLock(t) ==
  /\ pc[t] = "try"
  /\ IF lock = "none" THEN lock' = t /\ Go(t, "look") ELSE Go(t, "ended") /\ UNCHANGED lock
  /\ UNCHANGED <<node, reader, write_seq, wishes, unlocks, events, goal, event, min, idler, gp, host>>

(* begin_or_poll: if one is due, what it will cover is the write sequence   *)
(* as it is before it begins: all that has a goal up to there is unlinked.  *)
Look(t) ==
  /\ pc[t] = "look"
  /\ IF OneDue THEN Go(t, IF Twin = "noticed_early" THEN "advance" ELSE "under_way") /\ covers' = write_seq
               ELSE Go(t, "unlock") /\ UNCHANGED covers
  /\ UNCHANGED <<node, reader, write_seq, wanted, covered, under_way, lock, unlocks, events, goal, event, min, idler, gp, host>>

(* It is under way, for everybody who notices what comes next ...           *)
UnderWay(t) ==
  /\ pc[t] = "under_way"
  /\ under_way' = TRUE
  /\ Go(t, "begin")
  /\ UNCHANGED <<node, reader, write_seq, wanted, covered, covers, lock, unlocks, events, goal, event, min, idler, gp, host>>

(* ... the host begins it: it waits for all who read, and for all threads   *)
(* of the library's that are online, which are readers of the host's ...    *)
HostBegin(t) ==
  /\ pc[t] = "begin"
  /\ IF host = "waits" THEN UNCHANGED <<gp, host>> ELSE gp' = reading \cup Idle /\ host' = "waits"
  /\ Go(t, IF Twin = "covers_late" THEN "covers" ELSE IF Twin \in {"nobody_notices", "noticed_early"} THEN "unlock" ELSE "advance")
  /\ UNCHANGED <<node, reader, write_seq, wishes, lock, unlocks, events, goal, event, min, idler>>

(* The twin reads the write sequence only now, behind the beginning.        *)
CoversLate(t) ==
  /\ pc[t] = "covers"
  /\ covers' = write_seq
  /\ Go(t, "advance")
  /\ UNCHANGED <<node, reader, write_seq, wanted, covered, under_way, lock, unlocks, events, goal, event, min, idler, gp, host>>

(* ... and the write sequence is advanced, so that idle threads notice.     *)
Advance(t) ==
  /\ pc[t] = "advance"
  /\ write_seq' = write_seq + 1
  /\ Go(t, IF Twin = "noticed_early" THEN "under_way" ELSE "unlock")
  /\ UNCHANGED <<node, reader, wishes, lock, unlocks, events, goal, event, min, idler, gp, host>>

(* The lock is released by a store ...                                      *)
Unlock(t) ==
  /\ pc[t] = "unlock"
  /\ unlocks' = unlocks \cup {t}
  /\ Go(t, IF Twin = "no_second_look" THEN "ended" ELSE "again")
  /\ UNCHANGED <<node, reader, write_seq, wishes, lock, events, goal, event, min, idler, gp, host>>

(* ... that becomes visible some time,                                      *)
Flush(t) ==
  /\ t \in unlocks
  /\ unlocks' = unlocks \ {t} /\ lock' = "none"
  /\ UNCHANGED <<node, reader, write_seq, wishes, events, retirer, idler, gp, host>>

(* and behind a fence the thread looks once more: somebody may have found   *)
(* the lock taken after it had looked.                                      *)
LookAgain(t) ==
  /\ pc[t] = "again" /\ (t \notin unlocks \/ Twin = "unfenced")
  /\ Go(t, IF OneDue THEN "try" ELSE "ended")
  /\ UNCHANGED <<node, reader, write_seq, wishes, lock, unlocks, events, goal, event, min, idler, gp, host>>

(* The scan publishes no more than the host's grace periods have covered.   *)
(* What has reached its goal is freed; otherwise the thread sleeps.         *)
Publish(t) ==
  /\ pc[t] = "ended" /\ (t \notin unlocks \/ Twin = "unfenced")
  /\ IF goal[t] <= IF Twin = "host_ignored" THEN min[t] ELSE Min(min[t], covered)
       THEN node' = [node EXCEPT ![t] = "freed"] /\ Go(t, "done")
       ELSE Go(t, "asleep") /\ UNCHANGED node
  /\ UNCHANGED <<reader, write_seq, wishes, lock, unlocks, events, goal, event, min, idler, gp, host>>

(* sleep_until_event: until something was announced since the thread began  *)
(* to look; then it scans again.                                            *)
Woken(t) ==
  /\ pc[t] = "asleep" /\ events # event[t]
  /\ Go(t, "scan")
  /\ UNCHANGED <<node, reader, write_seq, wishes, lock, unlocks, events, goal, event, min, idler, gp, host>>

-----------------------------------------------------------------------------
(* weft_qsbr_quiescent of a thread that has nothing to do: it looks no      *)
(* further unless the write sequence has moved ...                          *)
Quiescent(r) ==
  /\ at[r] = "out" /\ write_seq # idle[r]
  /\ seen' = [seen EXCEPT ![r] = write_seq] /\ at' = [at EXCEPT ![r] = "observe"]
  /\ UNCHANGED <<node, reader, write_seq, wishes, lock, unlocks, events, retirer, idle, gp, host>>

(* ... observe: while one is under way it is a quiescent state of the       *)
(* host's, too ...                                                          *)
Observe(r) ==
  /\ at[r] = "observe"
  /\ gp' = IF under_way THEN gp \ {r} ELSE gp
  /\ at' = [at EXCEPT ![r] = "set"]
  /\ UNCHANGED <<node, reader, write_seq, wishes, lock, unlocks, events, retirer, idle, seen, host>>

(* ... set_idle: and it is not idle until that one has ended.               *)
SetIdle(r) ==
  /\ at[r] = "set"
  /\ idle' = [idle EXCEPT ![r] = IF under_way THEN 0 ELSE seen[r]]
  /\ seen' = [seen EXCEPT ![r] = 0] /\ at' = [at EXCEPT ![r] = "out"]
  /\ UNCHANGED <<node, reader, write_seq, wishes, lock, unlocks, events, retirer, gp, host>>

(* A reader of the host's begins to read, and finds some linked node.       *)
Read(h) ==
  /\ h \notin reading
  /\ reading' = reading \cup {h}
  /\ \E t \in Retirers : holds' = [holds EXCEPT ![h] = IF node[t] = "live" THEN t ELSE "none"]
  /\ UNCHANGED <<node, write_seq, wishes, lock, unlocks, events, retirer, idler, gp, host>>

(* It has read, and has nothing any more of what it found.                  *)
HasRead(h) ==
  /\ h \in reading
  /\ reading' = reading \ {h} /\ holds' = [holds EXCEPT ![h] = "none"] /\ gp' = gp \ {h}
  /\ UNCHANGED <<node, write_seq, wishes, lock, unlocks, events, retirer, idler, host>>

(* weft_qsbr_foreign_ended, when all whom the host's grace period waits for *)
(* have read: first what it has covered ...                                 *)
Ended ==
  /\ host = "waits" /\ gp = {}
  /\ IF Twin = "cleared_first" THEN under_way' = FALSE /\ UNCHANGED covered
                               ELSE covered' = covers /\ UNCHANGED under_way
  /\ host' = "over"
  /\ UNCHANGED <<node, reader, write_seq, wanted, covers, lock, unlocks, events, retirer, idler, gp>>

(* ... then that it is over: from here on another may begin, and change     *)
(* what one covers ...                                                      *)
Over ==
  /\ host = "over"
  /\ IF Twin = "cleared_first" THEN covered' = covers /\ UNCHANGED under_way
                               ELSE under_way' = FALSE /\ UNCHANGED covered
  /\ host' = "announce"
  /\ UNCHANGED <<node, reader, write_seq, wanted, covers, lock, unlocks, events, retirer, idler, gp>>

(* ... and all who wait, of whatever runtime, are woken. (Here before the   *)
(* host begins another.)                                                    *)
Announce ==
  /\ host = "announce"
  /\ events' = IF Twin = "nobody_told" THEN events ELSE events + 1
  /\ host' = "rest"
  /\ UNCHANGED <<node, reader, write_seq, wishes, lock, unlocks, retirer, idler, gp>>

-----------------------------------------------------------------------------
Retirer(t) ==
  \/ Unlink(t) \/ NewGoal(t) \/ Want(t) \/ ScanBegin(t) \/ TryLock(t) \/ Look(t) \/ UnderWay(t) \/ HostBegin(t)
  \/ CoversLate(t) \/ Advance(t) \/ Unlock(t) \/ LookAgain(t) \/ Publish(t) \/ Woken(t)
Idler(r) == Quiescent(r) \/ Observe(r) \/ SetIdle(r)
Host == Ended \/ Over \/ Announce
Next ==
  \/ Host
  \/ \E t \in Retirers : Retirer(t) \/ Flush(t)
  \/ \E r \in Idle : Idler(r)
  \/ \E h \in Readers : Read(h) \/ HasRead(h)

(* Fairness: threads run, stores become visible, readers end their reads,   *)
(* the host ends its grace periods.                                         *)
Spec ==
  /\ Init /\ [][Next]_vars /\ WF_vars(Host)
  /\ \A t \in Retirers : WF_vars(Retirer(t)) /\ WF_vars(Flush(t))
  /\ \A r \in Idle : WF_vars(Idler(r))
  /\ \A h \in Readers : WF_vars(HasRead(h))

-----------------------------------------------------------------------------
\* No reader of the host's ever has what is freed.
NoUseAfterFree == \A h \in Readers : holds[h] # "none" => node[holds[h]] # "freed"

\* No wish is left lying: when all who wait sleep, and are told nothing more, one is under way.
NobodyForgotten ==
  (\A t \in Retirers : pc[t] = "done" \/ (pc[t] = "asleep" /\ events = event[t])) /\ unlocks = {} /\ host = "rest" =>
    \A t \in Retirers : pc[t] = "done"

\* What is retired is freed at last: no thread that is idle keeps the host waiting.
Drains == \A t \in Retirers : node[t] = "unlinked" ~> node[t] = "freed"
=============================================================================
