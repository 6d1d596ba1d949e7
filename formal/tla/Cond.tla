--------------------------------- MODULE Cond ---------------------------------
(* The one-byte condition variable (lib/mutex/weft_cond.c) with a mutex,      *)
(* which is abstract here (see Mutex). Consumers wait while there is nothing, *)
(* producers add an item under the mutex and notify one consumer after it, or *)
(* one for each consumer, and notify all.                                     *)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS
  Consumers, Producers,
  Broadcasters, \* producers who bring enough for all, and notify all
  Timed,        \* consumers that wait with a deadline, or can be interrupted (and then wait again)
  Refusing,     \* consumers whose world may be stopping when they are notified, and may stay so
  Twin

VARIABLES
  parked,       \* the byte: HAS_PARKED
  queue,        \* waiters, under the bucket lock
  mutex,        \* owner, or "none"
  items, pc,
  woken,        \* woken[t]: "no", "one" (t alone was), or "all"
  waking        \* waking[t]: whom t is about to wake, in this order

vars == <<parked, queue, mutex, items, pc, woken, waking>>
Threads == Consumers \cup Producers

Init ==
  /\ parked = FALSE /\ queue = <<>> /\ mutex = "none" /\ items = 0
  /\ pc = [t \in Threads |-> "out"] /\ woken = [t \in Threads |-> "no"]
  /\ waking = [t \in Threads |-> <<>>]

Go(t, where) == pc' = [pc EXCEPT ![t] = where]

(* The host's mutex, before the section and again after each wait. It is      *)
(* abstract here: free or owned. The wait takes it again whether it was       *)
(* notified, ran out of time or was woken for nothing.                        *)
Lock(t) ==
  /\ pc[t] \in {"out", "relock"} /\ (mutex = "none" \/ (Twin = "returns_without_mutex" /\ pc[t] = "relock"))
  /\ mutex' = t
  /\ Go(t, "in")
  /\ UNCHANGED <<parked, queue, items, woken, waking>>

(* A consumer that finds an item takes it, unlocks and is done. This is the   *)
(* host's code around the wait: a loop that looks at its condition again      *)
(* after every wait.                                                          *)
Consume(t) ==
  /\ t \in Consumers /\ pc[t] = "in" /\ items > 0
  /\ items' = items - 1 /\ mutex' = "none"
  /\ Go(t, "done")
  /\ UNCHANGED <<parked, queue, woken, waking>>

(* weft_cond_wait: announce a waiter, with the mutex held ...                 *)
Wait(t) ==
  /\ t \in Consumers /\ pc[t] = "in" /\ items = 0
  /\ parked' = (parked \/ Twin # "not_announced")
  /\ IF Twin = "unlock_before_queue"
       THEN mutex' = "none" /\ Go(t, "park_unlocked")
       ELSE UNCHANGED mutex /\ Go(t, "park")
  /\ UNCHANGED <<queue, items, woken, waking>>

(* ... join the queue, if it is still announced (a notify for others may have *)
(* cleared the byte: then this is a spurious wake-up) ...                     *)
Park(t) ==
  /\ pc[t] \in {"park", "park_unlocked"}
  /\ IF parked \/ Twin \in {"unlock_before_queue", "not_announced"}
       THEN /\ queue' = Append(queue, t) /\ woken' = [woken EXCEPT ![t] = "no"]
            /\ Go(t, IF pc[t] = "park" THEN "queued" ELSE "parked")
       ELSE UNCHANGED <<queue, woken>> /\ Go(t, IF pc[t] = "park" THEN "unlock" ELSE "relock")
  /\ UNCHANGED <<parked, mutex, items, waking>>

(* ... and only then release the mutex: no notify can miss the waiter.        *)
WaitUnlock(t) ==
  /\ pc[t] \in {"queued", "unlock"}
  /\ mutex' = "none"
  /\ Go(t, IF pc[t] = "queued" THEN "parked" ELSE "relock")
  /\ UNCHANGED <<parked, queue, items, woken, waking>>

(* Woken: lock the mutex again, whatever the result.                          *)
ParkReturn(t) ==
  /\ pc[t] = "parked" /\ woken[t] # "no"
  /\ Go(t, "relock")
  /\ UNCHANGED <<parked, queue, mutex, items, woken, waking>>

(* Notified, but its world is stopping: another waiter may be able to act on  *)
(* that, so it is passed on (notify_next) before this thread stops, and not   *)
(* when its world goes on. Unless all were woken: the others know ...         *)
Refuse(t) ==
  /\ pc[t] = "parked" /\ woken[t] # "no" /\ t \in Refusing
  /\ Go(t, IF woken[t] = "all" \/ Twin = "refuse_forgets" THEN "stopped" ELSE "pass_on")
  /\ UNCHANGED <<parked, queue, mutex, items, woken, waking>>

(* ... under the bucket lock, as a notify, but that the byte is not touched   *)
(* if nobody is queued: the condition may be gone by then.                    *)
PassOn(t) ==
  /\ pc[t] = "pass_on"
  /\ IF queue = <<>> THEN Go(t, "stopped") /\ UNCHANGED <<parked, queue, waking>>
     ELSE /\ queue' = Tail(queue) /\ parked' = (Tail(queue) # <<>>)
          /\ waking' = [waking EXCEPT ![t] = <<Head(queue)>>] /\ Go(t, "wake_stopped")
  /\ UNCHANGED <<mutex, items, woken>>

(* The world goes on, if it ever does: lock the mutex again. To the host this *)
(* is a wake-up like any other.                                               *)
Restart(t) ==
  /\ pc[t] = "stopped"
  /\ Go(t, "relock")
  /\ UNCHANGED <<parked, queue, mutex, items, woken, waking>>

(* A deadline, or an interrupt: leave the queue if still in it; the last one  *)
(* clears the byte.                                                           *)
ParkTimeout(t) ==
  /\ pc[t] = "parked" /\ t \in Timed /\ \E i \in 1..Len(queue) : queue[i] = t
  /\ LET rest == SelectSeq(queue, LAMBDA u : u # t)
     IN queue' = rest /\ parked' = (parked /\ rest # <<>>)
  /\ Go(t, "relock")
  /\ UNCHANGED <<mutex, items, woken, waking>>

(* A producer adds an item with the mutex held, unlocks, and only then        *)
(* notifies: the notification is outside of the section, so anything may      *)
(* happen in between.                                                         *)
Produce(t) ==
  /\ t \in Producers /\ pc[t] = "in"
  /\ items' = items + (IF t \in Broadcasters THEN Cardinality(Consumers) ELSE 1) /\ mutex' = "none"
  /\ Go(t, IF t \in Broadcasters THEN "notify_all" ELSE "notify")
  /\ UNCHANGED <<parked, queue, woken, waking>>

(* weft_cond_notify_one: nothing announced, nothing to do; otherwise, under   *)
(* the bucket lock, dequeue one; HAS_PARKED goes with the last.               *)
NotifyOne(t) ==
  /\ pc[t] = "notify"
  /\ IF ~parked THEN Go(t, "done") /\ UNCHANGED <<parked, queue, waking>>
     ELSE IF queue = <<>> THEN parked' = FALSE /\ Go(t, "done") /\ UNCHANGED <<queue, waking>>
     ELSE /\ queue' = Tail(queue)
          /\ parked' = (Tail(queue) # <<>> /\ Twin # "clears_always")
          /\ waking' = [waking EXCEPT ![t] = <<Head(queue)>>] /\ Go(t, "wake")
  /\ UNCHANGED <<mutex, items, woken>>

(* weft_cond_notify_all: the same, but that all are dequeued, under one hold  *)
(* of the bucket lock. Whoever queues behind that is not among them.          *)
NotifyAll(t) ==
  /\ pc[t] = "notify_all"
  /\ LET those == IF queue # <<>> /\ Twin = "all_wakes_one" THEN <<Head(queue)>> ELSE queue
         rest == SubSeq(queue, Len(those) + 1, Len(queue))
     IN IF ~parked THEN Go(t, "done") /\ UNCHANGED <<parked, queue, waking>>
        ELSE /\ queue' = rest /\ parked' = (rest # <<>>)
             /\ waking' = [waking EXCEPT ![t] = IF Twin = "all_forgets_rest" /\ those # <<>> THEN <<Head(those)>> ELSE those]
             /\ Go(t, IF those = <<>> THEN "done" ELSE "wake")
  /\ UNCHANGED <<mutex, items, woken>>

(* With the bucket lock released, set the wait word of the waiter that was    *)
(* dequeued; of several one after the other. It may have a deadline that      *)
(* passes now: it is no longer queued, so that it takes this as a wake.       *)
Wake(t) ==
  /\ pc[t] \in {"wake", "wake_stopped"}
  /\ woken' = [woken EXCEPT ![Head(waking[t])] = IF t \in Broadcasters THEN "all" ELSE "one"] /\ waking' = [waking EXCEPT ![t] = Tail(@)]
  /\ Go(t, IF Len(waking[t]) > 1 THEN pc[t] ELSE IF pc[t] = "wake" THEN "done" ELSE "stopped")
  /\ UNCHANGED <<parked, queue, mutex, items>>

\* The end: all are done, or there are fewer items than consumers.
Spent == items = 0 /\ \A t \in Producers : pc[t] = "done"
Finished == \A t \in Threads : pc[t] = "done" \/ (Spent /\ pc[t] = "parked" /\ woken[t] = "no")
Steps(t) == Consume(t) \/ Wait(t) \/ Park(t) \/ WaitUnlock(t) \/ ParkReturn(t) \/ PassOn(t) \/ Produce(t) \/ NotifyOne(t) \/ NotifyAll(t) \/ Wake(t)
Next == (\E t \in Threads : Lock(t) \/ Steps(t) \/ ParkTimeout(t) \/ Refuse(t) \/ Restart(t)) \/ (Finished /\ UNCHANGED vars)

(* Fairness: threads keep running, and get the mutex. A world need not go on. *)
Spec == Init /\ [][Next]_vars /\ \A t \in Threads : WF_vars(Steps(t)) /\ SF_vars(Lock(t))

\* Whoever is in the section owns the mutex, also after a wait.
OwnsMutex == \A t \in Threads : pc[t] \in {"in", "park", "queued", "unlock"} => mutex = t

\* A queued waiter is announced in the byte.
WaitersAnnounced == queue # <<>> => parked

\* There is an item for each consumer: each gets one, no notification is lost.
EveryoneServed == \A t \in Consumers : pc[t] = "in" ~> pc[t] = "done"

\* Nobody sleeps beside an item for ever, also if there are fewer items than consumers, and whoever was notified has stopped.
NoneSleepsBesideItem == \A t \in Consumers : pc[t] = "parked" /\ items > 0 ~> pc[t] # "parked" \/ items = 0
===============================================================================
