------------------------------- MODULE Mutex -------------------------------
(* The one-byte mutex (lib/mutex/weft_mutex.c) on the parking lot          *)
(* (lib/park/weft_park.c), with barging, direct handoff and timeouts.      *)
(*                                                                         *)
(* The byte has two bits. LOCKED: some thread owns the mutex. HAS_PARKED:  *)
(* unlock must look for a waiter. A locker sets it before it parks. An     *)
(* unlock that wakes a thread clears it: until that thread has won or is   *)
(* queued again no unlock needs to wake another one. Others may be queued, *)
(* then; the woken thread is told so and answers for them: when it wins it *)
(* sets HAS_PARKED again.                                                  *)
(*                                                                         *)
(* A step below is one access to the byte or one critical section of the   *)
(* bucket lock: the queue is touched only there, and a byte with both bits *)
(* set is changed only there, so the section happens as if at its one      *)
(* access to the byte. Failed compare-exchanges that only go round their   *)
(* loop are left out, and so are the host bits of the byte.                *)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS
  Threads,     \* at least 3: a dropped "more waiters" needs a third thread to show
  Timed,       \* the threads that lock with a deadline (or can be interrupted)
  Refusing,    \* the threads whose world may be stopping when they are woken
  Twin         \* "none", or which piece is broken

ASSUME Timed \subseteq Threads /\ Refusing \subseteq Threads

VARIABLES
  byte,        \* [locked, parked]: the two bits
  queue,       \* waiters of this address, first in first out; under the bucket lock
  pc,          \* where each thread is
  old,         \* old[t]: t has waited longer than the fairness time
  token,       \* token[t]: what the waker left in t's wait record: "none"; "last" or
               \* "first" of the queue when it was woken; "handed": the mutex is t's
  answers,     \* answers[t]: t was woken as the first of others, and answers for them
  woken,       \* woken[t]: the word t sleeps on has been set
  waking       \* waking[t]: whom t is about to wake, or "none"

vars == <<byte, queue, pc, old, token, woken, waking, answers>>

Init ==
  /\ byte = [locked |-> FALSE, parked |-> FALSE]
  /\ queue = <<>>
  /\ pc = [t \in Threads |-> "out"]
  /\ old = [t \in Threads |-> FALSE]
  /\ token = [t \in Threads |-> "none"]
  /\ woken = [t \in Threads |-> FALSE]
  /\ waking = [t \in Threads |-> "none"]
  /\ answers = [t \in Threads |-> FALSE]

Go(t, where) == pc' = [pc EXCEPT ![t] = where]
Queued(t) == \E i \in 1..Len(queue) : queue[i] = t
Without(t) == SelectSeq(queue, LAMBDA u : u # t)

-----------------------------------------------------------------------------
(* weft_mutex_lock: the fast path is one compare-exchange 0 -> LOCKED. Any *)
(* other value goes to weft_mutex_lock_slow.                               *)
Lock(t) ==
  /\ pc[t] = "out"
  /\ IF byte = [locked |-> FALSE, parked |-> FALSE]
       THEN byte' = [byte EXCEPT !.locked = TRUE] /\ Go(t, "own")
       ELSE Go(t, "lock_slow") /\ UNCHANGED byte
  /\ UNCHANGED <<queue, old, token, woken, waking, answers>>

(* weft_mutex_lock_slow, unlocked byte: take it, even past waiters         *)
(* (barging), and set HAS_PARKED if this thread answers for others.        *)
Take(t) == byte' = [locked |-> TRUE, parked |-> byte.parked \/ answers[t]] /\ Go(t, "own")
LockBarge(t) ==
  /\ pc[t] = "lock_slow" /\ (~byte.locked \/ Twin = "no_reload")
  /\ Take(t)
  /\ old' = [old EXCEPT ![t] = FALSE] /\ answers' = [answers EXCEPT ![t] = FALSE]
  /\ UNCHANGED <<queue, token, woken, waking>>

(* weft_mutex_lock_slow, locked byte: announce a waiter, then park.        *)
LockAnnounce(t) ==
  /\ pc[t] = "lock_slow" /\ byte.locked
  /\ byte' = [byte EXCEPT !.parked = TRUE]
  /\ Go(t, "park")
  /\ UNCHANGED <<queue, old, token, woken, waking, answers>>

(* weft_park takes the bucket lock and re-checks the byte under it. If it  *)
(* is no longer LOCKED with HAS_PARKED set, an unlock came between: do not *)
(* sleep, try again.                                                       *)
ParkMismatch(t) ==
  /\ pc[t] = "park" /\ ~(byte.locked /\ byte.parked) /\ Twin # "no_recheck"
  /\ Go(t, "lock_slow")
  /\ UNCHANGED <<byte, queue, old, token, woken, waking, answers>>

(* The byte is as expected: join the queue, release the bucket, sleep.     *)
ParkEnqueue(t) ==
  /\ pc[t] = "park" /\ ((byte.locked /\ byte.parked) \/ Twin = "no_recheck")
  /\ queue' = Append(queue, t)
  /\ token' = [token EXCEPT ![t] = "none"]
  /\ woken' = [woken EXCEPT ![t] = FALSE]
  /\ Go(t, "parked")
  /\ UNCHANGED <<byte, old, waking, answers>>

(* The wait word was set: a handed-over mutex is already ours, otherwise   *)
(* compete again.                                                          *)
ParkReturn(t) ==
  /\ pc[t] = "parked" /\ woken[t]
  /\ Go(t, IF token[t] = "handed" THEN "own"
           ELSE IF Twin = "timeout_keeps_wake" /\ t \in Timed THEN "out" ELSE "lock_slow")
  /\ old' = [old EXCEPT ![t] = @ /\ token[t] # "handed"]
  /\ answers' = [answers EXCEPT ![t] = token[t] = "first" /\ ~(Twin = "timeout_keeps_wake" /\ t \in Timed)]
  /\ token' = [token EXCEPT ![t] = "none"]
  /\ UNCHANGED <<byte, queue, woken, waking>>

(* The deadline passes while t sleeps. Under the bucket lock: if t is      *)
(* still queued it leaves, and the last waiter to leave clears HAS_PARKED. *)
(* If it has been dequeued a wake is on its way, which may carry the       *)
(* mutex, or the duty to answer for others: that is a wake, not a timeout. *)
ParkTimeout(t) ==
  /\ pc[t] = "parked" /\ t \in Timed
  /\ Queued(t) \/ Twin = "timeout_ignores_wake"
  /\ queue' = Without(t)
  /\ byte' = [byte EXCEPT !.parked = @ /\ Without(t) # <<>>]
  /\ token' = [token EXCEPT ![t] = "none"]
  /\ Go(t, "last_try")
  /\ UNCHANGED <<old, woken, waking, answers>>

(* After its deadline a locker looks at the byte once more.                *)
LockLastTry(t) ==
  /\ pc[t] = "last_try"
  /\ IF byte.locked THEN Go(t, "out") /\ UNCHANGED byte ELSE Take(t)
  /\ old' = [old EXCEPT ![t] = FALSE] /\ answers' = [answers EXCEPT ![t] = FALSE]
  /\ UNCHANGED <<queue, token, woken, waking>>

(* give_back: the woken thread's world is stopping, so it cannot attach.   *)
(* What it was told must not wait until the world goes on. A handed-over   *)
(* mutex is released, to the next in the queue if there is one.            *)
RefuseHanded(t) ==
  /\ pc[t] = "parked" /\ woken[t] /\ t \in Refusing /\ token[t] = "handed"
  /\ Twin # "refuse_keeps"
  /\ token' = IF queue = <<>> THEN [token EXCEPT ![t] = "none"]
              ELSE [token EXCEPT ![t] = "none", ![Head(queue)] = IF Tail(queue) = <<>> THEN "last" ELSE "first"]
  /\ byte' = [locked |-> FALSE, parked |-> FALSE]
  /\ IF queue = <<>> THEN Go(t, "stopped") /\ UNCHANGED <<queue, waking>>
     ELSE queue' = Tail(queue) /\ waking' = [waking EXCEPT ![t] = Head(queue)] /\ Go(t, "wake_next")
  /\ UNCHANGED <<old, woken, answers>>

(* The first of a queue announces the others again ...                     *)
RefuseFirst(t) ==
  /\ pc[t] = "parked" /\ woken[t] /\ t \in Refusing /\ token[t] = "first"
  /\ byte' = [byte EXCEPT !.parked = Twin # "refuse_forgets" \/ @]
  /\ token' = [token EXCEPT ![t] = "none"]
  /\ Go(t, IF byte.locked \/ Twin = "refuse_forgets" THEN "stopped" ELSE "refuse_wake")
  /\ UNCHANGED <<queue, old, woken, waking, answers>>

(* ... and if nobody owned the mutex, whose unlock would see that, it      *)
(* wakes the next of them itself.                                          *)
RefuseWake(t) ==
  /\ pc[t] = "refuse_wake"
  /\ byte' = [byte EXCEPT !.parked = FALSE]
  /\ IF queue = <<>> THEN Go(t, "stopped") /\ UNCHANGED <<queue, waking, token>>
     ELSE /\ queue' = Tail(queue) /\ waking' = [waking EXCEPT ![t] = Head(queue)]
          /\ token' = [token EXCEPT ![Head(queue)] = IF Tail(queue) = <<>> THEN "last" ELSE "first"]
          /\ Go(t, "wake_next")
  /\ UNCHANGED <<old, woken, answers>>

(* The world goes on: compete again.                                       *)
Restart(t) ==
  /\ pc[t] = "stopped"
  /\ Go(t, "lock_slow")
  /\ UNCHANGED <<byte, queue, old, token, woken, waking, answers>>

(* Time passes: t has now been in weft_mutex_lock_slow for longer than the *)
(* fairness time. Going round the loop does not start the clock again.     *)
FairnessTime(t) ==
  /\ pc[t] \in {"lock_slow", "park", "parked"} /\ ~old[t]
  /\ old' = [old EXCEPT ![t] = TRUE]
  /\ UNCHANGED <<byte, queue, pc, token, woken, waking, answers>>

(* weft_mutex_unlock: one compare-exchange LOCKED -> 0. With HAS_PARKED    *)
(* set it fails and weft_mutex_unlock_slow does the work.                  *)
Unlock(t) ==
  /\ pc[t] = "own"
  /\ IF byte.parked
       THEN Go(t, "unlock_slow") /\ UNCHANGED byte
       ELSE byte' = [byte EXCEPT !.locked = FALSE] /\ Go(t, "out")
  /\ UNCHANGED <<queue, old, token, woken, waking, answers>>

(* weft_mutex_unlock_slow calls weft_unpark_one, whose callback runs under *)
(* the bucket lock. Nobody queued: the waiter gave up, or has not parked   *)
(* yet and will see the byte change.                                       *)
UnparkNobody(t) ==
  /\ pc[t] = "unlock_slow" /\ queue = <<>>
  /\ byte' = [locked |-> FALSE, parked |-> FALSE]
  /\ Go(t, "out")
  /\ UNCHANGED <<queue, old, token, woken, waking, answers>>

(* The callback with a waiter that is overdue hands it the mutex: the byte *)
(* stays LOCKED and only its owner changes. Any other waiter is woken to   *)
(* compete, and HAS_PARKED is cleared, unless the next in the queue is     *)
(* overdue. This is the unlocker's last touch of the byte: the next owner  *)
(* may free it.                                                            *)
UnparkOne(t) ==
  /\ pc[t] = "unlock_slow" /\ queue # <<>>
  /\ LET w    == Head(queue)
         hand == old[w] /\ Twin # "no_handoff"
         more == Tail(queue) # <<>> /\ Twin # "no_waiters_remain"
         next_overdue == more /\ old[Head(Tail(queue))]
     IN /\ queue' = Tail(queue)
        /\ byte' = [locked |-> hand /\ Twin # "handoff_unlocks", parked |-> IF hand THEN more ELSE next_overdue]
        /\ token' = [token EXCEPT ![w] = IF hand THEN "handed" ELSE IF more THEN "first" ELSE "last"]
        /\ waking' = [waking EXCEPT ![t] = w]
  /\ Go(t, "wake")
  /\ UNCHANGED <<old, woken, answers>>

(* With the bucket released, set the waiter's word. Its record outlives    *)
(* the waiter (records are never unmapped), so this touch is safe.         *)
Wake(t) ==
  /\ pc[t] \in {"wake", "wake_next"}
  /\ woken' = [woken EXCEPT ![waking[t]] = Twin # "no_wake" \/ @]
  /\ waking' = [waking EXCEPT ![t] = "none"]
  /\ Go(t, IF pc[t] = "wake" THEN "out" ELSE "stopped")
  /\ UNCHANGED <<byte, queue, old, token, answers>>

-----------------------------------------------------------------------------
Progress(t) ==      \* everything but asking for the lock and running out of time
  \/ LockBarge(t) \/ LockAnnounce(t) \/ ParkMismatch(t) \/ ParkEnqueue(t)
  \/ ParkReturn(t) \/ LockLastTry(t) \/ RefuseWake(t) \/ Restart(t) \/ Unlock(t) \/ UnparkNobody(t) \/ UnparkOne(t) \/ Wake(t)

Next == \E t \in Threads : 
  \/ Lock(t) \/ Progress(t) \/ ParkTimeout(t) \/ FairnessTime(t) \/ RefuseHanded(t) \/ RefuseFirst(t)

(* Fairness: threads keep running, owners unlock, time passes. The last    *)
(* conjunct says that a locker is not for ever overtaken between its       *)
(* announcement and its re-check: no protocol that may barge can promise   *)
(* more. Nothing is assumed of barging itself.                             *)
Spec ==
  /\ Init /\ [][Next]_vars
  /\ \A t \in Threads : WF_vars(Progress(t)) /\ WF_vars(FairnessTime(t))
  /\ \A t \in Threads : SF_vars(ParkEnqueue(t))

-----------------------------------------------------------------------------
Owns(t) == pc[t] \in {"own", "unlock_slow"} \/ (pc[t] = "parked" /\ token[t] = "handed")

MutualExclusion == \A t, u \in Threads : Owns(t) /\ Owns(u) => t = u

\* LOCKED is set exactly while somebody owns the mutex: a handoff is never lost.
LockedMeansOwned == byte.locked <=> \E t \in Threads : Owns(t)

\* A queued waiter is announced in the byte, or answered for by a thread that is awake or being woken.
Answers(t) == answers[t] \/ (pc[t] = "parked" /\ token[t] \in {"first", "handed"}) \/ pc[t] = "refuse_wake"
WaitersAnswered == queue # <<>> => byte.parked \/ \E t \in Threads : Answers(t)

\* All threads are alike, so it is enough to watch one of them.
Watched == CHOOSE t \in Threads : TRUE

\* Nobody sleeps for ever.
NoLostWakeup == pc[Watched] = "parked" ~> pc[Watched] # "parked"

\* Everybody who asks gets the mutex (or runs out of time), although others barge for ever.
LockReturns == pc[Watched] = "lock_slow" ~> pc[Watched] \in {"own", "out"}

AbstractState ==
  [t \in Threads |-> IF Owns(t) THEN "own" ELSE IF pc[t] \in {"out", "wake"} THEN "out" ELSE "want"]
Abstract == INSTANCE AbstractLock WITH st <- AbstractState
RefinesLock == Abstract!Spec
=============================================================================
