------------------------------ MODULE QsbrBarrier ------------------------------
(* Who answers a barrier (lib/qsbr/weft_qsbr.c: flush_all). It raises a        *)
(* request, looks at every thread, and sleeps until something is announced, as *)
(* often as somebody has not answered. An answer hands over what the thread    *)
(* has retired. Who is away holds nothing, and counts as answered; but it may  *)
(* come back while another has yet to answer, and then it does not.            *)
(*                                                                             *)
(* How sleepers are woken is in QsbrWait: here an announcement is one step.    *)
(* One request; what came before it does not matter.                           *)
EXTENDS FiniteSets

CONSTANTS
  Quiet,       \* threads that pass quiescent states only
  Safe,        \* threads that pass safepoints only
  Twin

VARIABLES
  raised,      \* the request
  away,        \* away[t]: detached, or about to be
  flushed,     \* flushed[t]: t has answered
  busy,        \* busy[t]: t's next quiescent state takes the slow path, which answers
  asked,       \* asked[t]: THROTTLE in t's break word: t's next safepoint answers
  pc,          \* the barrier's: "begins", "looks", "sleeps", "done"
  todo,        \* the threads it has not looked at in this walk
  all,         \* those it has looked at in this walk have answered
  walks,       \* "first": in its first walk; "later"
  event        \* something was announced since the walk began

vars == <<raised, away, flushed, busy, asked, pc, todo, all, walks, event>>
Threads == Quiet \cup Safe

Init ==
  /\ raised = FALSE /\ away \in [Threads -> BOOLEAN]
  /\ flushed = [t \in Threads |-> FALSE] /\ busy = [t \in Threads |-> FALSE] /\ asked = [t \in Threads |-> FALSE]
  /\ pc = "begins" /\ todo = {} /\ all = TRUE /\ walks = "first" /\ event = FALSE

Owes(t) == raised /\ ~flushed[t]

-----------------------------------------------------------------------------
(* flush_all: the request, and behind it an advance of the write sequence,     *)
(* which every thread online has not observed yet.                             *)
Raise ==
  /\ pc = "begins"
  /\ raised' = TRUE
  /\ busy' = [t \in Threads |-> busy[t] \/ ~away[t]]
  /\ pc' = "looks" /\ todo' = Threads /\ all' = TRUE /\ event' = FALSE
  /\ UNCHANGED <<away, flushed, asked, walks>>

(* have_all_answered, one thread, in the list's order: who has not answered is *)
(* asked for a safepoint, at each look.                                        *)
LookAt(t) ==
  /\ pc = "looks" /\ todo # {} /\ t = CHOOSE u \in todo : TRUE
  /\ todo' = todo \ {t}
  /\ all' = (all /\ (flushed[t] \/ away[t]))
  /\ asked' = [asked EXCEPT ![t] = @ \/ (~flushed[t] /\ ~away[t] /\ (walks = "first" \/ Twin # "asks_once"))]
  /\ UNCHANGED <<raised, away, flushed, busy, pc, walks, event>>

(* After the walk: over, or to sleep.                                          *)
EndLook ==
  /\ pc = "looks" /\ todo = {}
  /\ pc' = IF all THEN "done" ELSE "sleeps"
  /\ UNCHANGED <<raised, away, flushed, busy, asked, todo, all, walks, event>>

(* sleep_until_event: goes on, or does not sleep, if something was announced   *)
(* since the walk began.                                                       *)
Woken ==
  /\ pc = "sleeps" /\ event
  /\ pc' = "looks" /\ todo' = Threads /\ all' = TRUE /\ walks' = "later" /\ event' = FALSE
  /\ UNCHANGED <<raised, away, flushed, busy, asked>>

-----------------------------------------------------------------------------
(* go_online: the thread is not away any more, and has observed the sequence.  *)
(* It stays busy if it has not answered (set_idle): the advance is nothing new *)
(* to it, so no other thing would tell it.                                     *)
Attach(t) ==
  /\ away[t] /\ raised /\ pc # "done"
  /\ away' = [away EXCEPT ![t] = FALSE]
  /\ busy' = [busy EXCEPT ![t] = Owes(t) /\ Twin # "idle_unanswered"]
  /\ UNCHANGED <<raised, flushed, asked, pc, todo, all, walks, event>>

(* go_offline hands all over, answers, and announces.                          *)
Detach(t) ==
  /\ ~away[t] /\ raised /\ pc # "done"
  /\ away' = [away EXCEPT ![t] = TRUE]
  /\ flushed' = [flushed EXCEPT ![t] = raised]
  /\ busy' = [busy EXCEPT ![t] = FALSE]
  /\ event' = (event \/ Twin # "detach_unannounced")
  /\ UNCHANGED <<raised, asked, pc, todo, all, walks>>

(* A quiescent state: with nothing new to the thread it looks at nothing.      *)
(* Else it answers (answer_flush).                                             *)
Quiescent(t) ==
  /\ t \in Quiet /\ ~away[t] /\ busy[t]
  /\ flushed' = [flushed EXCEPT ![t] = raised]
  /\ busy' = [busy EXCEPT ![t] = FALSE]
  /\ event' = TRUE
  /\ UNCHANGED <<raised, away, asked, pc, todo, all, walks>>

(* A safepoint: on_safepoint runs only if THROTTLE is set.                     *)
Safepoint(t) ==
  /\ t \in Safe /\ ~away[t] /\ asked[t]
  /\ flushed' = [flushed EXCEPT ![t] = raised]
  /\ asked' = [asked EXCEPT ![t] = FALSE]
  /\ event' = TRUE
  /\ UNCHANGED <<raised, away, busy, pc, todo, all, walks>>

-----------------------------------------------------------------------------
Look == EndLook \/ \E t \in Threads : LookAt(t)
Next == Raise \/ Look \/ Woken \/ \E t \in Threads : Attach(t) \/ Detach(t) \/ Quiescent(t) \/ Safepoint(t)

(* Fairness: the barrier goes on, and attached threads pass what they pass.    *)
(* Nobody has to detach.                                                       *)
Spec == Init /\ [][Next]_vars /\ WF_vars(Look) /\ WF_vars(Woken)
        /\ \A t \in Threads : WF_vars(Quiescent(t) \/ Safepoint(t))

-----------------------------------------------------------------------------
\* Whoever sleeps has somebody who will answer.
NobodyForgotten ==
  pc = "sleeps" /\ ~event => \E t \in Threads : Owes(t) /\ ~away[t] /\ IF t \in Quiet THEN busy[t] ELSE asked[t]

\* A barrier ends.
BarrierEnds == raised ~> pc = "done"
================================================================================
