--------------------------------- MODULE Event --------------------------------
(* The one-byte event (lib/mutex/weft_event.c): SET, HAS_PARKED. Set wakes    *)
(* everybody who waits, even if a reset follows at once; a wait may time out. *)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS
  Setter,      \* the thread that sets and resets
  Waiters,
  Timed,       \* waiters with a deadline
  Sets,        \* how often it sets; a reset comes before each but the first
  Twin

VARIABLES byte, queue, pc, token, woken, waking, sets, began

vars == <<byte, queue, pc, token, woken, waking, sets, began>>
Threads == Waiters \cup {Setter}

Init ==
  /\ byte = [set |-> FALSE, parked |-> FALSE]
  /\ queue = <<>>
  /\ pc = [t \in Threads |-> "out"]
  /\ token = [t \in Waiters |-> FALSE] /\ woken = [t \in Waiters |-> FALSE]
  /\ waking = {} /\ sets = 0
  /\ began = [t \in Waiters |-> 0]      \* sets that ended before t's wait began

Go(t, where) == pc' = [pc EXCEPT ![t] = where]

(* weft_event_wait: set already, or announce a waiter.                        *)
Wait(t) ==
  /\ pc[t] \in {"out", "wait"}
  /\ began' = [began EXCEPT ![t] = IF pc[t] = "out" THEN (IF byte.set THEN sets - 1 ELSE sets) ELSE @]
  /\ IF byte.set THEN Go(t, "returned") /\ UNCHANGED byte
                 ELSE Go(t, "park") /\ byte' = [byte EXCEPT !.parked = TRUE]
  /\ UNCHANGED <<queue, token, woken, waking, sets>>

(* weft_park re-checks under the bucket lock: not set, and announced.         *)
Park(t) ==
  /\ pc[t] = "park"
  /\ IF (~byte.set /\ byte.parked) \/ Twin = "no_recheck"
       THEN queue' = Append(queue, t) /\ Go(t, "parked")
       ELSE UNCHANGED queue /\ Go(t, IF Twin = "mismatch_means_set" THEN "returned" ELSE "wait")
  /\ UNCHANGED <<byte, token, woken, waking, sets, began>>

(* Woken by a set: return, whatever the byte is by now (it may be reset).     *)
ParkReturn(t) ==
  /\ pc[t] = "parked" /\ woken[t]
  /\ Go(t, IF Twin = "woken_looks_again" THEN "wait" ELSE "returned")
  /\ woken' = [woken EXCEPT ![t] = FALSE] /\ token' = [token EXCEPT ![t] = FALSE]
  /\ UNCHANGED <<byte, queue, waking, sets, began>>

(* The deadline: under the bucket lock, leave; the last one clears            *)
(* HAS_PARKED. Then one more look at the byte.                                *)
ParkTimeout(t) ==
  /\ pc[t] = "parked" /\ t \in Timed /\ ~token[t]
  /\ LET rest == SelectSeq(queue, LAMBDA u : u # t)
     IN queue' = rest /\ byte' = [byte EXCEPT !.parked = @ /\ rest # <<>> /\ Twin # "timeout_clears"]
  /\ Go(t, IF byte.set THEN "returned" ELSE "timeout")
  /\ UNCHANGED <<token, woken, waking, sets, began>>

(* weft_event_set: nobody announced, one compare-exchange; otherwise, under   *)
(* the bucket lock, SET and everybody leaves the queue.                       *)
Set(t) ==
  /\ t = Setter /\ pc[t] = "out" /\ sets < Sets
  /\ byte' = [set |-> TRUE, parked |-> FALSE]
  /\ sets' = sets + 1
  /\ LET leave == IF ~byte.parked THEN {} ELSE IF Twin = "set_wakes_one" /\ queue # <<>> THEN {Head(queue)}
                  ELSE {queue[i] : i \in 1..Len(queue)}
     IN /\ queue' = SelectSeq(queue, LAMBDA u : u \notin leave)
        /\ token' = [u \in Waiters |-> token[u] \/ u \in leave]
        /\ waking' = leave
  /\ Go(t, "wake")
  /\ UNCHANGED <<woken, began>>

(* With the bucket lock released, set the wait words of all who were queued   *)
(* at the set. A reset may come before they run.                              *)
Wake(t) ==
  /\ t = Setter /\ pc[t] = "wake"
  /\ woken' = [u \in Waiters |-> woken[u] \/ u \in waking]
  /\ waking' = {}
  /\ Go(t, "set")
  /\ UNCHANGED <<byte, queue, token, sets, began>>

(* weft_event_reset: SET is cleared by one RMW. Who was released by the set   *)
(* before stays released; who asks from now on waits for the next one.        *)
Reset(t) ==
  /\ t = Setter /\ pc[t] = "set" /\ sets < Sets
  /\ byte' = [byte EXCEPT !.set = FALSE]
  /\ Go(t, "out")
  /\ UNCHANGED <<queue, token, woken, waking, sets, began>>

Finished == sets = Sets /\ \A t \in Waiters : pc[t] \in {"returned", "timeout"}
WaitSteps(t) == Wait(t) \/ Park(t) \/ ParkReturn(t)
SetSteps == Set(Setter) \/ Wake(Setter) \/ Reset(Setter)
Next == (\E t \in Waiters : WaitSteps(t) \/ ParkTimeout(t)) \/ SetSteps \/ (Finished /\ UNCHANGED vars)
Spec == Init /\ [][Next]_vars /\ WF_vars(Set(Setter) \/ Wake(Setter)) /\ WF_vars(SetSteps)
        /\ \A t \in Waiters : WF_vars(WaitSteps(t))

\* A wait returns only if the event was set at some time during the wait (or before, and not reset).
ReturnedMeansSet == \A t \in Waiters : pc[t] = "returned" => sets > began[t]

\* A set leaves nobody in the queue.
SetReleasesAll == byte.set => queue = <<>>

\* A queued waiter is announced.
WaitersAnnounced == queue # <<>> => byte.parked

\* Waiters with a deadline are alike, and those without: it is enough to watch one of each.
Watched == {CHOOSE t \in Timed : TRUE, CHOOSE t \in Waiters \ Timed : TRUE}

\* A thread that was waiting at a set returns, however soon the reset comes.
ReleasedReturns == \A t \in Watched : (pc[t] = "parked" /\ token[t]) ~> pc[t] = "returned"
EveryWaitEnds == \A t \in Watched : pc[t] # "out" ~> pc[t] \in {"returned", "timeout"}
===============================================================================
