--------------------------------- MODULE Once ---------------------------------
(* The one-byte once (lib/mutex/weft_once.c): RUNNING, HAS_PARKED, DONE. A    *)
(* run may fail; then one waiter is woken to try again. If its world is       *)
(* stopping just then, it passes that on before it stops. A step is one       *)
(* access to the byte, or one critical section of the bucket lock.            *)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS
  Threads,
  Failures,    \* how many runs may fail
  Refusing,    \* the threads whose world may be stopping when they are woken, and may stay so
  Twin

ASSUME Refusing \subseteq Threads /\ Refusing # Threads

VARIABLES
  byte,        \* [running, parked, done]
  queue,       \* waiters, under the bucket lock
  pc, woken,
  told,        \* told[t]: t was woken to try (MAY_TRY)
  waking,      \* waking[t]: whom t is about to wake
  failures, successes

vars == <<byte, queue, pc, woken, told, waking, failures, successes>>

Init ==
  /\ byte = [running |-> FALSE, parked |-> FALSE, done |-> FALSE]
  /\ queue = <<>>
  /\ pc = [t \in Threads |-> "out"] /\ woken = [t \in Threads |-> FALSE] /\ told = [t \in Threads |-> FALSE]
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
  /\ UNCHANGED <<queue, woken, told, waking, failures, successes>>

(* weft_park re-checks the byte under the bucket lock. Who was woken to try   *)
(* and has lost the race queues before the others.                            *)
Park(t) ==
  /\ pc[t] = "park"
  /\ IF (byte.running /\ byte.parked) \/ Twin = "no_recheck"
       THEN /\ queue' = (IF told[t] THEN <<t>> \o queue ELSE Append(queue, t))
            /\ Go(t, "parked") /\ woken' = [woken EXCEPT ![t] = FALSE]
       ELSE Go(t, "begin") /\ UNCHANGED <<queue, woken>>
  /\ told' = [told EXCEPT ![t] = FALSE]
  /\ UNCHANGED <<byte, waking, failures, successes>>

(* Woken: look at the byte again.                                             *)
ParkReturn(t) ==
  /\ pc[t] = "parked" /\ woken[t]
  /\ Go(t, IF Twin = "woken_means_done" THEN "returned" ELSE "begin")
  /\ UNCHANGED <<byte, queue, woken, told, waking, failures, successes>>

(* Woken to try, but its world is stopping (pass_on): what it was told must   *)
(* not wait until the world goes on. If somebody runs already, the end of     *)
(* that run wakes the next ...                                                *)
Refuse(t) ==
  /\ pc[t] = "parked" /\ woken[t] /\ told[t] /\ t \in Refusing
  /\ Go(t, IF byte = [running |-> FALSE, parked |-> TRUE, done |-> FALSE] /\ Twin # "refuse_forgets" THEN "pass_on" ELSE "stopped")
  /\ UNCHANGED <<byte, queue, woken, told, waking, failures, successes>>

(* ... else, under the bucket lock, the first in the queue is woken to try in *)
(* this thread's place (wake_to_try); HAS_PARKED goes with the last.          *)
PassOn(t) ==
  /\ pc[t] = "pass_on"
  /\ IF queue = <<>>
       THEN byte' = [byte EXCEPT !.parked = FALSE] /\ Go(t, "stopped") /\ UNCHANGED <<queue, told, waking>>
       ELSE /\ byte' = [byte EXCEPT !.parked = Tail(queue) # <<>>]
            /\ queue' = Tail(queue) /\ waking' = [waking EXCEPT ![t] = {Head(queue)}]
            /\ told' = [told EXCEPT ![Head(queue)] = TRUE]
            /\ Go(t, "wake_stopped")
  /\ UNCHANGED <<woken, failures, successes>>

(* The world goes on, if it ever does: look at the byte again.                *)
Restart(t) ==
  /\ pc[t] = "stopped"
  /\ Go(t, "begin")
  /\ UNCHANGED <<byte, queue, woken, told, waking, failures, successes>>

(* weft_once_end, success, nobody announced: one compare-exchange to DONE.    *)
EndDone(t) ==
  /\ pc[t] = "run" /\ ~byte.parked
  /\ byte' = [running |-> FALSE, parked |-> FALSE, done |-> Twin # "end_clears"]
  /\ successes' = successes + 1
  /\ Go(t, "returned")
  /\ UNCHANGED <<queue, woken, told, waking, failures>>

(* Success with waiters: under the bucket lock, DONE, and all are woken.      *)
EndDoneWaking(t) ==
  /\ pc[t] = "run" /\ byte.parked
  /\ byte' = [running |-> FALSE, parked |-> FALSE, done |-> TRUE]
  /\ successes' = successes + 1
  /\ waking' = [waking EXCEPT ![t] = {queue[i] : i \in 1..(IF Twin = "wakes_one" /\ queue # <<>> THEN 1 ELSE Len(queue))}]
  /\ queue' = <<>>
  /\ Go(t, "wake")
  /\ UNCHANGED <<woken, told, failures>>

(* Failure with nobody announced: RUNNING is cleared by one compare-exchange, *)
(* and the next caller runs again.                                            *)
EndFailed(t) ==
  /\ pc[t] = "run" /\ ~byte.parked /\ failures < Failures
  /\ byte' = [byte EXCEPT !.running = FALSE]
  /\ failures' = failures + 1
  /\ Go(t, "failed")
  /\ UNCHANGED <<queue, woken, told, waking, successes>>

(* Failure with waiters: one is woken to try; HAS_PARKED stays if there are   *)
(* more.                                                                      *)
EndFailedWaking(t) ==
  /\ pc[t] = "run" /\ byte.parked /\ failures < Failures
  /\ IF queue = <<>> \/ Twin = "failure_wakes_nobody"
       THEN UNCHANGED <<queue, told, waking>> /\ byte' = [byte EXCEPT !.running = FALSE, !.parked = queue # <<>>]
       ELSE /\ queue' = Tail(queue) /\ waking' = [waking EXCEPT ![t] = {Head(queue)}]
            /\ told' = [told EXCEPT ![Head(queue)] = TRUE]
            /\ byte' = [byte EXCEPT !.running = FALSE, !.parked = Tail(queue) # <<>>]
  /\ failures' = failures + 1
  /\ Go(t, "wake_failed")
  /\ UNCHANGED <<woken, successes>>

(* With the bucket lock released, set the wait words of those who were taken  *)
(* out of the queue: all of them after a success, one after a failure. Only   *)
(* then does weft_once_end return.                                            *)
Wake(t) ==
  /\ pc[t] \in {"wake", "wake_failed", "wake_stopped"}
  /\ woken' = [u \in Threads |-> woken[u] \/ u \in waking[t]]
  /\ waking' = [waking EXCEPT ![t] = {}]
  /\ Go(t, IF pc[t] = "wake" THEN "returned" ELSE IF pc[t] = "wake_failed" THEN "failed" ELSE "stopped")
  /\ UNCHANGED <<byte, queue, told, failures, successes>>

Finished == \A t \in Threads : pc[t] \in {"returned", "failed"}
Steps(t) ==
  \/ Begin(t) \/ Park(t) \/ ParkReturn(t) \/ PassOn(t) \/ EndDone(t) \/ EndDoneWaking(t) \/ EndFailed(t) \/ EndFailedWaking(t) \/ Wake(t)
Next == (\E t \in Threads : Steps(t) \/ Refuse(t) \/ Restart(t)) \/ (Finished /\ UNCHANGED vars)

(* Fairness: threads keep running. A world need not go on.                    *)
Spec == Init /\ [][Next]_vars /\ \A t \in Threads : WF_vars(Steps(t))

OneRunner == Cardinality({t \in Threads : pc[t] = "run"}) <= 1
ReturnedMeansDone == (\E t \in Threads : pc[t] = "returned") => successes > 0
SucceedsOnce == successes <= 1
\* All threads whose world goes on are alike, so it is enough to watch one of them.
Watched == CHOOSE t \in Threads \ Refusing : TRUE

EveryCallReturns == pc[Watched] # "out" ~> pc[Watched] \in {"returned", "failed"}
===============================================================================
