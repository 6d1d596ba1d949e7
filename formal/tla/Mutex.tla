------------------------------- MODULE Mutex -------------------------------
(* The one-byte mutex (lib/mutex/weft_mutex.c) on the parking lot          *)
(* (lib/park/weft_park.c), with barging, direct handoff and timeouts.      *)
(*                                                                         *)
(* The byte has two bits. LOCKED: some thread owns the mutex. HAS_PARKED:  *)
(* there may be a waiter in the queue of this address, so unlock must take *)
(* the slow path. HAS_PARKED is set by a locker before it parks, and       *)
(* cleared only under the bucket lock. A step below is one access to the   *)
(* byte or one critical section of the bucket lock: the queue is touched   *)
(* only there, and a byte with both bits set is changed only there, so the *)
(* section happens as if at its one access to the byte. Failed             *)
(* compare-exchanges that only go round their loop are left out.           *)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS
  Threads,     \* at least 3: a dropped "more waiters" needs a third thread to show
  Timed,       \* the threads that lock with a deadline (or can be interrupted)
  Twin         \* "none", or which piece is broken

ASSUME Timed \subseteq Threads

VARIABLES
  byte,        \* [locked, parked]: the two bits
  queue,       \* waiters of this address, first in first out; under the bucket lock
  pc,          \* where each thread is
  old,         \* old[t]: t has waited longer than the fairness time
  token,       \* token[t]: what the waker left in t's wait record: "none", "woken", "handed"
  woken,       \* woken[t]: the word t sleeps on has been set
  waking       \* waking[t]: whom t is about to wake, or "none"

vars == <<byte, queue, pc, old, token, woken, waking>>

Init ==
  /\ byte = [locked |-> FALSE, parked |-> FALSE]
  /\ queue = <<>>
  /\ pc = [t \in Threads |-> "out"]
  /\ old = [t \in Threads |-> FALSE]
  /\ token = [t \in Threads |-> "none"]
  /\ woken = [t \in Threads |-> FALSE]
  /\ waking = [t \in Threads |-> "none"]

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
  /\ UNCHANGED <<queue, old, token, woken, waking>>

(* weft_mutex_lock_slow, unlocked byte: take it, even past waiters         *)
(* (barging). HAS_PARKED stays: they are still there.                      *)
LockBarge(t) ==
  /\ pc[t] = "lock_slow" /\ (~byte.locked \/ Twin = "no_reload")
  /\ byte' = [byte EXCEPT !.locked = TRUE]
  /\ old' = [old EXCEPT ![t] = FALSE]
  /\ Go(t, "own")
  /\ UNCHANGED <<queue, token, woken, waking>>

(* weft_mutex_lock_slow, locked byte: announce a waiter, then park.        *)
LockAnnounce(t) ==
  /\ pc[t] = "lock_slow" /\ byte.locked
  /\ byte' = [byte EXCEPT !.parked = TRUE]
  /\ Go(t, "park")
  /\ UNCHANGED <<queue, old, token, woken, waking>>

(* weft_park takes the bucket lock and re-checks the byte under it. If it  *)
(* is no longer LOCKED with HAS_PARKED set, an unlock came between: do not *)
(* sleep, try again.                                                       *)
ParkMismatch(t) ==
  /\ pc[t] = "park" /\ ~(byte.locked /\ byte.parked) /\ Twin # "no_recheck"
  /\ Go(t, "lock_slow")
  /\ UNCHANGED <<byte, queue, old, token, woken, waking>>

(* The byte is as expected: join the queue, release the bucket, sleep.     *)
ParkEnqueue(t) ==
  /\ pc[t] = "park" /\ ((byte.locked /\ byte.parked) \/ Twin = "no_recheck")
  /\ queue' = Append(queue, t)
  /\ token' = [token EXCEPT ![t] = "none"]
  /\ woken' = [woken EXCEPT ![t] = FALSE]
  /\ Go(t, "parked")
  /\ UNCHANGED <<byte, old, waking>>

(* The wait word was set: a handed-over mutex is already ours, otherwise   *)
(* compete again, for the last time if the deadline has passed.            *)
ParkReturn(t) ==
  /\ pc[t] \in {"parked", "dequeued"} /\ woken[t]
  /\ IF token[t] = "handed"
       THEN Go(t, "own") /\ old' = [old EXCEPT ![t] = FALSE]
       ELSE Go(t, IF pc[t] = "parked" THEN "lock_slow" ELSE "last_try") /\ UNCHANGED old
  /\ UNCHANGED <<byte, queue, token, woken, waking>>

(* The deadline passes while t sleeps. Under the bucket lock: if t is      *)
(* still queued it leaves, and the last waiter to leave clears HAS_PARKED. *)
(* If a waker has already dequeued it, the wake is on its way and may      *)
(* carry the mutex: wait for it.                                           *)
ParkTimeout(t) ==
  /\ pc[t] = "parked" /\ t \in Timed
  /\ IF Queued(t) \/ Twin = "timeout_ignores_wake"
       THEN /\ queue' = Without(t)
            /\ byte' = [byte EXCEPT !.parked = IF Without(t) = <<>> THEN FALSE ELSE @]
            /\ old' = [old EXCEPT ![t] = FALSE]
            /\ Go(t, "out")
       ELSE Go(t, "dequeued") /\ UNCHANGED <<byte, queue, old>>
  /\ UNCHANGED <<token, woken, waking>>

(* A waiter that used up a wake-up after its deadline must not just leave: *)
(* the mutex may be free, with others asleep and nobody else awake to take *)
(* it. It takes a free mutex; if it finds an owner it may leave, because   *)
(* that owner's unlock will wake the next.                                 *)
LockLastTry(t) ==
  /\ pc[t] = "last_try"
  /\ IF byte.locked \/ Twin = "timeout_keeps_wake"
       THEN Go(t, "out") /\ UNCHANGED byte
       ELSE byte' = [byte EXCEPT !.locked = TRUE] /\ Go(t, "own")
  /\ old' = [old EXCEPT ![t] = FALSE]
  /\ UNCHANGED <<queue, token, woken, waking>>

(* Time passes: t has now been in weft_mutex_lock_slow for longer than the *)
(* fairness time. Going round the loop does not start the clock again.     *)
FairnessTime(t) ==
  /\ pc[t] \in {"lock_slow", "park", "parked"} /\ ~old[t]
  /\ old' = [old EXCEPT ![t] = TRUE]
  /\ UNCHANGED <<byte, queue, pc, token, woken, waking>>

(* weft_mutex_unlock: one compare-exchange LOCKED -> 0. With HAS_PARKED    *)
(* set it fails and weft_mutex_unlock_slow does the work.                  *)
Unlock(t) ==
  /\ pc[t] = "own"
  /\ IF byte.parked
       THEN Go(t, "unlock_slow") /\ UNCHANGED byte
       ELSE byte' = [byte EXCEPT !.locked = FALSE] /\ Go(t, "out")
  /\ UNCHANGED <<queue, old, token, woken, waking>>

(* weft_mutex_unlock_slow calls weft_unpark_one, whose callback runs under *)
(* the bucket lock. Nobody queued: the waiter gave up, or has not parked   *)
(* yet and will see the byte change.                                       *)
UnparkNobody(t) ==
  /\ pc[t] = "unlock_slow" /\ queue = <<>>
  /\ byte' = [locked |-> FALSE, parked |-> FALSE]
  /\ Go(t, "out")
  /\ UNCHANGED <<queue, old, token, woken, waking>>

(* The callback with a waiter: dequeue it; HAS_PARKED stays set exactly    *)
(* when this address has more waiters. A waiter past the fairness time is  *)
(* handed the mutex: the byte stays LOCKED and only its owner changes.     *)
(* This store is the unlocker's last touch of the byte: once it is made    *)
(* the next owner may free it.                                             *)
UnparkOne(t) ==
  /\ pc[t] = "unlock_slow" /\ queue # <<>>
  /\ LET w    == Head(queue)
         hand == old[w] /\ Twin # "no_handoff"
         more == Tail(queue) # <<>> /\ Twin # "no_waiters_remain"
     IN /\ queue' = Tail(queue)
        /\ byte' = [locked |-> hand /\ Twin # "handoff_unlocks", parked |-> more]
        /\ token' = [token EXCEPT ![w] = IF hand THEN "handed" ELSE "woken"]
        /\ waking' = [waking EXCEPT ![t] = w]
  /\ Go(t, "wake")
  /\ UNCHANGED <<old, woken>>

(* With the bucket released, set the waiter's word. Its record outlives    *)
(* the waiter (records are never unmapped), so this touch is safe.         *)
Wake(t) ==
  /\ pc[t] = "wake"
  /\ woken' = [woken EXCEPT ![waking[t]] = Twin # "no_wake" \/ @]
  /\ waking' = [waking EXCEPT ![t] = "none"]
  /\ Go(t, "out")
  /\ UNCHANGED <<byte, queue, old, token>>

-----------------------------------------------------------------------------
Progress(t) ==      \* everything but asking for the lock and running out of time
  \/ LockBarge(t) \/ LockAnnounce(t) \/ ParkMismatch(t) \/ ParkEnqueue(t)
  \/ ParkReturn(t) \/ LockLastTry(t) \/ Unlock(t) \/ UnparkNobody(t) \/ UnparkOne(t) \/ Wake(t)

Next == \E t \in Threads : Lock(t) \/ Progress(t) \/ ParkTimeout(t) \/ FairnessTime(t)

(* Fairness: threads keep running, owners unlock, time passes. The last    *)
(* conjunct says that a locker is not for ever overtaken between its       *)
(* announcement and its re-check: no protocol that may barge can promise   *)
(* more. Nothing is assumed of barging itself.                             *)
Spec ==
  /\ Init /\ [][Next]_vars
  /\ \A t \in Threads : WF_vars(Progress(t)) /\ WF_vars(FairnessTime(t))
  /\ \A t \in Threads : SF_vars(ParkEnqueue(t))

-----------------------------------------------------------------------------
Owns(t) == \/ pc[t] \in {"own", "unlock_slow"}
           \/ pc[t] \in {"parked", "dequeued"} /\ token[t] = "handed"

MutualExclusion == \A t, u \in Threads : Owns(t) /\ Owns(u) => t = u

\* LOCKED is set exactly while somebody owns the mutex: a handoff is never lost.
LockedMeansOwned == byte.locked <=> \E t \in Threads : Owns(t)

\* A queued waiter is announced in the byte: the next unlock cannot miss it.
WaitersAnnounced == queue # <<>> => byte.parked

\* Nobody sleeps for ever.
NoLostWakeup == \A t \in Threads : pc[t] = "parked" ~> pc[t] # "parked"

\* Everybody who asks gets the mutex (or runs out of time), although others barge for ever.
LockReturns == \A t \in Threads : pc[t] = "lock_slow" ~> pc[t] \in {"own", "out"}

AbstractState ==
  [t \in Threads |-> IF Owns(t) THEN "own" ELSE IF pc[t] \in {"out", "wake"} THEN "out" ELSE "want"]
Abstract == INSTANCE AbstractLock WITH st <- AbstractState
RefinesLock == Abstract!Spec
=============================================================================
