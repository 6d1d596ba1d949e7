------------------------------- MODULE Mutex -------------------------------
(* The one-byte mutex (lib/mutex/weft_mutex.c) on the parking lot          *)
(* (lib/park/weft_park.c), with barging, direct handoff and timeouts.      *)
(*                                                                         *)
(* The byte has two bits. LOCKED: some thread owns the mutex. HAS_PARKED:  *)
(* unlock must look for a waiter. A locker sets it before it parks; who    *)
(* takes the last waiter out of the queue clears it.                       *)
(*                                                                         *)
(* A step below is one access to the byte or one critical section of the   *)
(* bucket lock: the queue is touched only there, and a byte with both bits *)
(* set is changed only there, so the section happens as if at its one      *)
(* access to the byte. That is so of the symmetric unlock, by              *)
(* compare-exchange; the unlock that stores over both bits is in Hint.     *)
(* Failed compare-exchanges that only go round their loop are left out,    *)
(* and so are the host bits of the byte.                                   *)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS
  Threads,     \* at least 3: a dropped "more waiters" needs a third thread to show
  Timed,       \* the threads that lock with a deadline (or can be interrupted)
  Refusing,    \* the threads whose world may be stopping when they are woken
  Twin         \* "none", or which piece is broken

ASSUME Timed \subseteq Threads /\ Refusing \subseteq Threads

VARIABLES
  byte,        \* [locked, parked]: the two bits
  queue,       \* waiters of this address; under the bucket lock
  pc,          \* where each thread is
  front,       \* front[t]: t was woken and lost: it queues before the others
  old,         \* old[t]: t has waited longer than the fairness time
  token,       \* token[t]: what the waker left in t's wait record: "none"; "woken", to
               \* compete; "handed": the mutex is t's
  woken,       \* woken[t]: the word t sleeps on has been set
  waking       \* waking[t]: whom t is about to wake, or "none"

vars == <<byte, queue, pc, front, old, token, woken, waking>>

Init ==
  /\ byte = [locked |-> FALSE, parked |-> FALSE]
  /\ queue = <<>>
  /\ pc = [t \in Threads |-> "out"]
  /\ front = [t \in Threads |-> FALSE]
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
  /\ UNCHANGED <<queue, front, old, token, woken, waking>>

(* weft_mutex_lock_slow, unlocked byte: take it, even past waiters         *)
(* (barging).                                                              *)
Take(t) == byte' = [byte EXCEPT !.locked = TRUE] /\ Go(t, "own")
LockBarge(t) ==
  /\ pc[t] = "lock_slow" /\ (~byte.locked \/ Twin = "no_reload")
  /\ Take(t)
  /\ front' = [front EXCEPT ![t] = FALSE] /\ old' = [old EXCEPT ![t] = FALSE]
  /\ UNCHANGED <<queue, token, woken, waking>>

(* weft_mutex_lock_slow, locked byte: announce a waiter, then park.        *)
LockAnnounce(t) ==
  /\ pc[t] = "lock_slow" /\ byte.locked
  /\ byte' = [byte EXCEPT !.parked = TRUE]
  /\ Go(t, "park")
  /\ UNCHANGED <<queue, front, old, token, woken, waking>>

(* weft_park takes the bucket lock and re-checks the byte under it. If it  *)
(* is no longer LOCKED with HAS_PARKED set, an unlock came between: do not *)
(* sleep, try again.                                                       *)
ParkMismatch(t) ==
  /\ pc[t] = "park" /\ ~(byte.locked /\ byte.parked) /\ Twin # "no_recheck"
  /\ Go(t, "lock_slow")
  /\ UNCHANGED <<byte, queue, front, old, token, woken, waking>>

(* The byte is as expected: join the queue, release the bucket, sleep. A   *)
(* thread that was woken before and lost goes in front.                    *)
ParkEnqueue(t) ==
  /\ pc[t] = "park" /\ ((byte.locked /\ byte.parked) \/ Twin = "no_recheck")
  /\ queue' = IF front[t] /\ Twin # "loser_to_the_end" THEN <<t>> \o queue ELSE Append(queue, t)
  /\ token' = [token EXCEPT ![t] = "none"]
  /\ woken' = [woken EXCEPT ![t] = FALSE]
  /\ Go(t, "parked")
  /\ UNCHANGED <<byte, front, old, waking>>

(* The wait word was set: a handed-over mutex is already ours, otherwise   *)
(* compete again.                                                          *)
ParkReturn(t) ==
  /\ pc[t] = "parked" /\ woken[t]
  /\ Go(t, IF token[t] = "handed" THEN "own"
           ELSE IF Twin = "timeout_keeps_wake" /\ t \in Timed THEN "out" ELSE "lock_slow")
  /\ front' = [front EXCEPT ![t] = token[t] # "handed"]
  /\ old' = [old EXCEPT ![t] = @ /\ token[t] # "handed"]
  /\ token' = [token EXCEPT ![t] = "none"]
  /\ UNCHANGED <<byte, queue, woken, waking>>

(* The deadline passes while t sleeps. Under the bucket lock: if t is      *)
(* still queued it leaves, and the last waiter to leave clears HAS_PARKED. *)
(* If it has been dequeued a wake is on its way, which may carry the       *)
(* mutex: that is a wake, not a timeout.                                   *)
ParkTimeout(t) ==
  /\ pc[t] = "parked" /\ t \in Timed
  /\ Queued(t) \/ Twin = "timeout_ignores_wake"
  /\ queue' = Without(t)
  /\ byte' = [byte EXCEPT !.parked = @ /\ Without(t) # <<>>]
  /\ token' = [token EXCEPT ![t] = "none"]
  /\ Go(t, "last_try")
  /\ UNCHANGED <<front, old, woken, waking>>

(* After its deadline a locker looks at the byte once more.                *)
LockLastTry(t) ==
  /\ pc[t] = "last_try"
  /\ IF byte.locked THEN Go(t, "out") /\ UNCHANGED byte ELSE Take(t)
  /\ front' = [front EXCEPT ![t] = FALSE] /\ old' = [old EXCEPT ![t] = FALSE]
  /\ UNCHANGED <<queue, token, woken, waking>>

(* give_back: the woken thread's world is stopping, so it cannot attach.   *)
(* What it was told must not wait until the world goes on. A handed-over   *)
(* mutex is released, to the next in the queue if there is one.            *)
RefuseHanded(t) ==
  /\ pc[t] = "parked" /\ woken[t] /\ t \in Refusing /\ token[t] = "handed"
  /\ token' = IF queue = <<>> THEN [token EXCEPT ![t] = "none"]
              ELSE [token EXCEPT ![t] = "none", ![Head(queue)] = "woken"]
  /\ byte' = [locked |-> FALSE, parked |-> Len(queue) > 1]
  /\ IF queue = <<>> THEN Go(t, "stopped") /\ UNCHANGED <<queue, waking>>
     ELSE queue' = Tail(queue) /\ waking' = [waking EXCEPT ![t] = Head(queue)] /\ Go(t, "wake_next")
  /\ UNCHANGED <<front, old, woken>>

(* A thread that was to compete passes that on, if the mutex is free: the  *)
(* unlock of whoever owns it would find HAS_PARKED, but nobody may own it. *)
RefuseWoken(t) ==
  /\ pc[t] = "parked" /\ woken[t] /\ t \in Refusing /\ token[t] = "woken"
  /\ token' = [token EXCEPT ![t] = "none"]
  /\ Go(t, IF byte.locked \/ ~byte.parked \/ Twin = "refuse_forgets" THEN "stopped" ELSE "refuse_wake")
  /\ UNCHANGED <<byte, queue, front, old, woken, waking>>

(* wake_to_compete, under the bucket lock: the first in the queue is woken *)
(* to compete in this thread's place, and HAS_PARKED stays set if others   *)
(* stay queued.                                                            *)
RefuseWake(t) ==
  /\ pc[t] = "refuse_wake"
  /\ byte' = [byte EXCEPT !.parked = Len(queue) > 1]
  /\ IF queue = <<>> THEN Go(t, "stopped") /\ UNCHANGED <<queue, waking, token>>
     ELSE /\ queue' = Tail(queue) /\ waking' = [waking EXCEPT ![t] = Head(queue)]
          /\ token' = [token EXCEPT ![Head(queue)] = "woken"]
          /\ Go(t, "wake_next")
  /\ UNCHANGED <<front, old, woken>>

(* The world goes on: compete again.                                       *)
Restart(t) ==
  /\ pc[t] = "stopped"
  /\ Go(t, "lock_slow")
  /\ UNCHANGED <<byte, queue, front, old, token, woken, waking>>

(* Time passes: t has now been in weft_mutex_lock_slow for longer than the *)
(* fairness time. Going round the loop does not start the clock again.     *)
FairnessTime(t) ==
  /\ pc[t] \in {"lock_slow", "park", "parked"} /\ ~old[t]
  /\ old' = [old EXCEPT ![t] = TRUE]
  /\ UNCHANGED <<byte, queue, pc, front, token, woken, waking>>

(* weft_mutex_unlock: one compare-exchange LOCKED -> 0. With HAS_PARKED    *)
(* set it fails and weft_mutex_unlock_slow does the work.                  *)
Unlock(t) ==
  /\ pc[t] = "own"
  /\ IF byte.parked
       THEN Go(t, "unlock_slow") /\ UNCHANGED byte
       ELSE byte' = [byte EXCEPT !.locked = FALSE] /\ Go(t, "out")
  /\ UNCHANGED <<queue, front, old, token, woken, waking>>

(* weft_mutex_unlock_slow calls weft_unpark_one, whose callback runs under *)
(* the bucket lock. Nobody queued: the waiter gave up, or has not parked   *)
(* yet and will see the byte change.                                       *)
UnparkNobody(t) ==
  /\ pc[t] = "unlock_slow" /\ queue = <<>>
  /\ byte' = [locked |-> FALSE, parked |-> FALSE]
  /\ Go(t, "out")
  /\ UNCHANGED <<queue, front, old, token, woken, waking>>

(* The callback with a waiter that is overdue hands it the mutex: the byte *)
(* stays LOCKED and only its owner changes. Any other waiter is woken to   *)
(* compete. HAS_PARKED stays set if others stay queued. This is the        *)
(* unlocker's last touch of the byte: the next owner may free it.          *)
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
  /\ UNCHANGED <<front, old, woken>>

(* With the bucket released, set the waiter's word. Its record outlives    *)
(* the waiter (records are never unmapped), so this touch is safe.         *)
Wake(t) ==
  /\ pc[t] \in {"wake", "wake_next"}
  /\ woken' = [woken EXCEPT ![waking[t]] = Twin # "no_wake" \/ @]
  /\ waking' = [waking EXCEPT ![t] = "none"]
  /\ Go(t, IF pc[t] = "wake" THEN "out" ELSE "stopped")
  /\ UNCHANGED <<byte, queue, front, old, token>>

-----------------------------------------------------------------------------
Progress(t) ==      \* everything but asking for the lock and running out of time
  \/ LockBarge(t) \/ LockAnnounce(t) \/ ParkMismatch(t) \/ ParkEnqueue(t)
  \/ ParkReturn(t) \/ LockLastTry(t) \/ RefuseWake(t) \/ Restart(t) \/ Unlock(t) \/ UnparkNobody(t) \/ UnparkOne(t) \/ Wake(t)

Next == \E t \in Threads : 
  \/ Lock(t) \/ Progress(t) \/ ParkTimeout(t) \/ FairnessTime(t) \/ RefuseHanded(t) \/ RefuseWoken(t)

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

\* A queued waiter is announced in the byte ...
WaitersAnnounced == queue # <<>> => byte.parked

\* ... and somebody will look for it: an owner, or a thread that is on its way to the mutex.
OnItsWay(t) == Owns(t) \/ (pc[t] = "parked" /\ token[t] = "woken") \/ pc[t] \in {"lock_slow", "park", "last_try", "refuse_wake"}
WaitersAnswered == queue # <<>> => \E t \in Threads : OnItsWay(t)

\* Who was woken once is not passed by who came later: the fairness time, once it is up, is for it.
LosersFirst == \A i, j \in 1..Len(queue) : i < j /\ front[queue[j]] => front[queue[i]]

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
