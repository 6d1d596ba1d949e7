--------------------------------- MODULE Once ---------------------------------
(* The one-byte once (lib/mutex/weft_once.c): RUNNING, HAS_PARKED, DONE. A    *)
(* run may fail; then one waiter is woken to try again. A step is one access  *)
(* to the byte, or one critical section of the bucket lock.                   *)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS
  Threads,
  Failures,    \* how many runs may fail
  Twin

VARIABLES
  byte,        \* [running, parked, done]
  queue,       \* waiters, under the bucket lock
  pc, woken,
  waking,      \* waking[t]: whom t is about to wake
  failures, successes

vars == <<byte, queue, pc, woken, waking, failures, successes>>

Init ==
  /\ byte = [running |-> FALSE, parked |-> FALSE, done |-> FALSE]
  /\ queue = <<>>
  /\ pc = [t \in Threads |-> "out"] /\ woken = [t \in Threads |-> FALSE]
  /\ waking = [t \in Threads |-> {}]
  /\ failures = 0 /\ successes = 0

Go(t, where) == pc' = [pc EXCEPT ![t] = where]

(* weft_once_begin_slow: done is done; nobody running: run, keeping           *)
(* HAS_PARKED; somebody running: announce a waiter and park.                  *)
Begin(t) ==
  /\ pc[t] \in {"out", "begin"}
  /\ IF byte.done THEN Go(t, "returned") /\ UNCHANGED byte
     ELSE IF ~byte.running \/ Twin = "blind_begin" THEN Go(t, "run") /\ byte' = [byte EXCEPT !.running = TRUE]
     ELSE Go(t, "park") /\ byte' = [byte EXCEPT !.parked = TRUE]
  /\ UNCHANGED <<queue, woken, waking, failures, successes>>

(* weft_park re-checks the byte under the bucket lock.                        *)
Park(t) ==
  /\ pc[t] = "park"
  /\ IF (byte.running /\ byte.parked) \/ Twin = "no_recheck"
       THEN queue' = Append(queue, t) /\ Go(t, "parked") /\ woken' = [woken EXCEPT ![t] = FALSE]
       ELSE Go(t, "begin") /\ UNCHANGED <<queue, woken>>
  /\ UNCHANGED <<byte, waking, failures, successes>>

(* Woken: look at the byte again.                                             *)
ParkReturn(t) ==
  /\ pc[t] = "parked" /\ woken[t]
  /\ Go(t, IF Twin = "woken_means_done" THEN "returned" ELSE "begin")
  /\ UNCHANGED <<byte, queue, woken, waking, failures, successes>>

(* weft_once_end, success, nobody announced: one compare-exchange to DONE.    *)
EndDone(t) ==
  /\ pc[t] = "run" /\ ~byte.parked
  /\ byte' = [running |-> FALSE, parked |-> FALSE, done |-> Twin # "end_clears"]
  /\ successes' = successes + 1
  /\ Go(t, "returned")
  /\ UNCHANGED <<queue, woken, waking, failures>>

(* Success with waiters: under the bucket lock, DONE, and all are woken.      *)
EndDoneWaking(t) ==
  /\ pc[t] = "run" /\ byte.parked
  /\ byte' = [running |-> FALSE, parked |-> FALSE, done |-> TRUE]
  /\ successes' = successes + 1
  /\ waking' = [waking EXCEPT ![t] = {queue[i] : i \in 1..(IF Twin = "wakes_one" /\ queue # <<>> THEN 1 ELSE Len(queue))}]
  /\ queue' = <<>>
  /\ Go(t, "wake")
  /\ UNCHANGED <<woken, failures>>

(* Failure with nobody announced: RUNNING is cleared by one compare-exchange, *)
(* and the next caller runs again.                                            *)
EndFailed(t) ==
  /\ pc[t] = "run" /\ ~byte.parked /\ failures < Failures
  /\ byte' = [byte EXCEPT !.running = FALSE]
  /\ failures' = failures + 1
  /\ Go(t, "failed")
  /\ UNCHANGED <<queue, woken, waking, successes>>

(* Failure with waiters: one is woken to try; HAS_PARKED stays if there are   *)
(* more.                                                                      *)
EndFailedWaking(t) ==
  /\ pc[t] = "run" /\ byte.parked /\ failures < Failures
  /\ IF queue = <<>> \/ Twin = "failure_wakes_nobody"
       THEN UNCHANGED <<queue, waking>> /\ byte' = [byte EXCEPT !.running = FALSE, !.parked = queue # <<>>]
       ELSE /\ queue' = Tail(queue) /\ waking' = [waking EXCEPT ![t] = {Head(queue)}]
            /\ byte' = [byte EXCEPT !.running = FALSE, !.parked = Tail(queue) # <<>>]
  /\ failures' = failures + 1
  /\ Go(t, "wake_failed")
  /\ UNCHANGED <<woken, successes>>

(* With the bucket lock released, set the wait words of those who were taken  *)
(* out of the queue: all of them after a success, one after a failure. Only   *)
(* then does weft_once_end return.                                            *)
Wake(t) ==
  /\ pc[t] \in {"wake", "wake_failed"}
  /\ woken' = [u \in Threads |-> woken[u] \/ u \in waking[t]]
  /\ waking' = [waking EXCEPT ![t] = {}]
  /\ Go(t, IF pc[t] = "wake" THEN "returned" ELSE "failed")
  /\ UNCHANGED <<byte, queue, failures, successes>>

Finished == \A t \in Threads : pc[t] \in {"returned", "failed"}
Steps(t) == Begin(t) \/ Park(t) \/ ParkReturn(t) \/ EndDone(t) \/ EndDoneWaking(t) \/ EndFailed(t) \/ EndFailedWaking(t) \/ Wake(t)
Next == (\E t \in Threads : Steps(t)) \/ (Finished /\ UNCHANGED vars)
Spec == Init /\ [][Next]_vars /\ \A t \in Threads : WF_vars(Steps(t))

OneRunner == Cardinality({t \in Threads : pc[t] = "run"}) <= 1
ReturnedMeansDone == (\E t \in Threads : pc[t] = "returned") => successes > 0
SucceedsOnce == successes <= 1
\* All threads are alike, so it is enough to watch one of them.
Watched == CHOOSE t \in Threads : TRUE

EveryCallReturns == pc[Watched] # "out" ~> pc[Watched] \in {"returned", "failed"}
===============================================================================
