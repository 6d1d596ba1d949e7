------------------------------- MODULE QsbrWait -------------------------------
(* How threads wait for a grace period (lib/qsbr/weft_qsbr.c: synchronize,    *)
(* barrier, the hard cap). Qsbr says when a grace period has ended; here,     *)
(* that whoever sleeps until then is woken.                                   *)
(*                                                                            *)
(* `events` counts announcements, and those who wait sleep on it. `waiters`   *)
(* is how many there are: with none, an announcement is one load. So each     *)
(* side writes one word and then reads the other's, which needs a fence in    *)
(* between: each thread has a store buffer here, as on TSO, and one that      *)
(* announces late is the mistake. The code's waits end by themselves after a  *)
(* while, to report a grace period that stalls; here they do not, for that    *)
(* hides a wake that was lost.                                                *)
EXTENDS Naturals, FiniteSets

CONSTANTS
  Readers,     \* those that are waited for: each passes one quiescent state
  Waiters,     \* those that wait until all of them have
  Twin

VARIABLES
  buffered,    \* buffered[r]: r's store of the sequence is not visible yet
  observed,    \* observed[r]: it is
  waiters, events,
  asleep,      \* those who sleep on events
  pc,
  event        \* event[w]: the events w has read before it looked

vars == <<buffered, observed, waiters, events, asleep, pc, event>>
Threads == Readers \cup Waiters

Init ==
  /\ buffered = [r \in Readers |-> FALSE] /\ observed = [r \in Readers |-> FALSE]
  /\ waiters = 0 /\ events = 0 /\ asleep = {}
  /\ pc = [t \in Threads |-> IF t \in Readers THEN "reads" ELSE "out"]
  /\ event = [w \in Waiters |-> 0]

Go(t, where) == pc' = [pc EXCEPT ![t] = where]
Reached == \A r \in Readers : observed[r]

-----------------------------------------------------------------------------
(* weft_qsbr_quiescent: a plain store into the own slot ...                   *)
Quiescent(r) ==
  /\ pc[r] = "reads"
  /\ buffered' = [buffered EXCEPT ![r] = TRUE]
  /\ Go(r, "announce")
  /\ UNCHANGED <<observed, waiters, events, asleep, event>>

(* ... which becomes visible some time.                                       *)
Flush(r) ==
  /\ buffered[r]
  /\ buffered' = [buffered EXCEPT ![r] = FALSE]
  /\ observed' = [observed EXCEPT ![r] = TRUE]
  /\ UNCHANGED <<waiters, events, asleep, pc, event>>

(* announce: after a fence, look whether anybody waits. Either the waiter's   *)
(* look comes behind the store, or the waiter is found.                       *)
Announce(r) ==
  /\ pc[r] = "announce" /\ (~buffered[r] \/ Twin = "announce_without_fence")
  /\ Go(r, IF waiters # 0 THEN "count" ELSE "done")
  /\ UNCHANGED <<buffered, observed, waiters, events, asleep, event>>

(* One event more: who has looked before it, and does not sleep yet, will not *)
(* sleep.                                                                     *)
AnnounceCount(r) ==
  /\ pc[r] = "count"
  /\ events' = IF Twin = "events_stand_still" THEN events ELSE events + 1
  /\ Go(r, "wake")
  /\ UNCHANGED <<buffered, observed, waiters, asleep, event>>

(* Then all who sleep are woken: they may wait for different things.          *)
AnnounceWake(r) ==
  /\ pc[r] = "wake"
  /\ IF Twin = "wakes_one" /\ asleep # {} THEN asleep' = asleep \ {CHOOSE w \in asleep : TRUE} ELSE asleep' = {}
  /\ Go(r, "done")
  /\ UNCHANGED <<buffered, observed, waiters, events, event>>

-----------------------------------------------------------------------------
(* begin_wait: to be counted is the first thing a waiter does (an RMW, and a  *)
(* fence). Before, it has gone offline: it keeps no grace period open.        *)
BeginWait(w) ==
  /\ pc[w] = "out"
  /\ waiters' = IF Twin = "counted_late" THEN waiters ELSE waiters + 1
  /\ Go(w, "event")
  /\ UNCHANGED <<buffered, observed, events, asleep, event>>

(* event_now: the events are read before the look, so that one which comes    *)
(* between the look and the sleep is noticed.                                 *)
EventNow(w) ==
  /\ pc[w] = "event"
  /\ event' = [event EXCEPT ![w] = events]
  /\ Go(w, "look")
  /\ UNCHANGED <<buffered, observed, waiters, events, asleep>>

(* The look: has everybody been quiescent?                                    *)
Look(w) ==
  /\ pc[w] = "look"
  /\ event' = [event EXCEPT ![w] = IF Reached THEN 0 ELSE @]
  /\ Go(w, IF Reached THEN "end" ELSE "sleep")
  /\ UNCHANGED <<buffered, observed, waiters, events, asleep>>

(* sleep_until_event: sleeps if nothing was announced since.                  *)
SleepUntilEvent(w) ==
  /\ pc[w] = "sleep"
  /\ asleep' = IF events = event[w] \/ Twin = "event_read_late" THEN asleep \cup {w} ELSE asleep
  /\ waiters' = IF Twin = "counted_late" THEN waiters + 1 ELSE waiters
  /\ Go(w, "asleep")
  /\ UNCHANGED <<buffered, observed, events, event>>

(* Woken: once more from the events on.                                       *)
Woken(w) ==
  /\ pc[w] = "asleep" /\ w \notin asleep
  /\ waiters' = IF Twin = "counted_late" THEN waiters - 1 ELSE waiters
  /\ Go(w, "event")
  /\ UNCHANGED <<buffered, observed, events, asleep, event>>

(* end_wait: no longer counted; the thread goes online again.                 *)
EndWait(w) ==
  /\ pc[w] = "end"
  /\ waiters' = IF Twin = "counted_late" THEN waiters ELSE waiters - 1
  /\ Go(w, "done")
  /\ UNCHANGED <<buffered, observed, events, asleep, event>>

-----------------------------------------------------------------------------
Reader(r) == Quiescent(r) \/ Flush(r) \/ Announce(r) \/ AnnounceCount(r) \/ AnnounceWake(r)
Waiter(w) == EventNow(w) \/ Look(w) \/ SleepUntilEvent(w) \/ Woken(w) \/ EndWait(w)

Next == (\E r \in Readers : Reader(r)) \/ (\E w \in Waiters : BeginWait(w) \/ Waiter(w))

(* Fairness: readers are quiescent some time and announce it, stores become   *)
(* visible, waiters go on when they are woken.                                *)
Spec == Init /\ [][Next]_vars /\ (\A r \in Readers : WF_vars(Reader(r))) /\ \A w \in Waiters : WF_vars(Waiter(w))

-----------------------------------------------------------------------------
\* Nobody waits for what has happened.
NobodyForgotten ==
  Reached /\ (\A r \in Readers : pc[r] = "done") => asleep = {}

\* Whoever waits for a grace period that ends goes on.
WaitsEnd == \A w \in Waiters : pc[w] = "event" ~> pc[w] = "done"
===============================================================================
