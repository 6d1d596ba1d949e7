--------------------------------- MODULE Hint ---------------------------------
(* The mutex without a read-modify-write in unlock: the life of the hint      *)
(* (lib/park, lib/mutex). Unlock is a release store of 0 to the byte, a       *)
(* compiler barrier and a load of the hint; the processor may do the load     *)
(* first, so the store is what may become visible late, and this module       *)
(* gives each thread a store buffer, as on TSO: stores wait in buf[t] until   *)
(* Flush, an RMW or a fence needs an empty buffer, and the heavy fence of a   *)
(* waiter (membarrier) empties the buffer of every thread.                    *)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS
  Threads,
  Twin

VARIABLES
  byte,        \* LOCKED, as memory has it
  hint,        \* the hint byte of this address's hash, as memory has it
  buf,         \* buf[t]: t's stores that are not yet visible: <<"byte", v>>, <<"hint", v>>
  bucket,      \* holder of the bucket lock, or "none"
  queue,       \* waiters; changed under the bucket lock, its length is read without
  pc,
  woken,       \* woken[t]: t's wait word is set
  saw          \* saw[t]: the hint as t read it; for an unlocker the length it read was not 0

vars == <<byte, hint, buf, bucket, queue, pc, woken, saw>>

Init ==
  /\ byte = FALSE /\ hint = FALSE
  /\ buf = [t \in Threads |-> <<>>]
  /\ bucket = "none" /\ queue = <<>>
  /\ pc = [t \in Threads |-> "out"]
  /\ woken = [t \in Threads |-> FALSE] /\ saw = [t \in Threads |-> FALSE]

Go(t, where) == pc' = [pc EXCEPT ![t] = where]
Without(t) == SelectSeq(queue, LAMBDA u : u # t)
Drained(t) == buf[t] = <<>>

\* The oldest store of t reaches memory.
Flush(t) ==
  /\ buf[t] # <<>>
  /\ IF Head(buf[t])[1] = "byte" THEN byte' = Head(buf[t])[2] /\ UNCHANGED hint
                                 ELSE hint' = Head(buf[t])[2] /\ UNCHANGED byte
  /\ buf' = [buf EXCEPT ![t] = Tail(@)]
  /\ UNCHANGED <<bucket, queue, pc, woken, saw>>

-----------------------------------------------------------------------------
(* weft_mutex_lock: one compare-exchange 0 -> LOCKED, or the slow path.       *)
Lock(t) ==
  /\ pc[t] \in {"out", "lock_slow"} /\ Drained(t)
  /\ IF byte /\ Twin # "blind_lock" THEN Go(t, "enqueue") /\ UNCHANGED byte
             ELSE byte' = TRUE /\ Go(t, "own")
  /\ UNCHANGED <<hint, buf, bucket, queue, woken, saw>>

(* A waiter takes the bucket lock, an RMW, and joins the queue; then it       *)
(* looks at the hint.                                                         *)
Enqueue(t) ==
  /\ pc[t] = "enqueue" /\ bucket = "none" /\ Drained(t)
  /\ IF Twin = "hint_before_enqueue"
       THEN saw' = [saw EXCEPT ![t] = hint] /\ UNCHANGED <<bucket, queue>> /\ Go(t, "enqueue_late")
       ELSE bucket' = t /\ queue' = Append(queue, t) /\ UNCHANGED saw /\ Go(t, "read_hint")
  /\ woken' = [woken EXCEPT ![t] = FALSE]
  /\ UNCHANGED <<byte, hint, buf>>

(* The twin read the hint first, without the bucket lock.                     *)
EnqueueLate(t) ==
  /\ pc[t] = "enqueue_late" /\ bucket = "none"
  /\ bucket' = t /\ queue' = Append(queue, t)
  /\ Go(t, IF saw[t] THEN "fence" ELSE "set_hint")
  /\ UNCHANGED <<byte, hint, buf, woken, saw>>

(* The hint as memory has it. Set: somebody has waited here before, and all   *)
(* unlocks since look at the queue.                                           *)
ReadHint(t) ==
  /\ pc[t] = "read_hint"
  /\ Go(t, IF hint THEN "fence" ELSE "set_hint")
  /\ UNCHANGED <<byte, hint, buf, bucket, queue, woken, saw>>

(* The hint was clear: set it, then the heavy fence, in every thread: an      *)
(* unlock whose load missed the hint has its store visible now.               *)
SetHint(t) ==
  /\ pc[t] = "set_hint"
  /\ buf' = [buf EXCEPT ![t] = Append(@, <<"hint", TRUE>>)]
  /\ Go(t, IF Twin = "no_heavy_fence" THEN "fence" ELSE "heavy_fence")
  /\ UNCHANGED <<byte, hint, bucket, queue, woken, saw>>

(* Each thread passes the heavy fence once its buffer is empty.               *)
HeavyFence(t) ==
  /\ pc[t] = "heavy_fence" /\ \A u \in Threads : Drained(u)
  /\ Go(t, "recheck")
  /\ UNCHANGED <<byte, hint, buf, bucket, queue, woken, saw>>

(* The hint was set: the unlockers use a fence, and so does the waiter.       *)
Fence(t) ==
  /\ pc[t] = "fence" /\ Drained(t)
  /\ Go(t, "recheck")
  /\ UNCHANGED <<byte, hint, buf, bucket, queue, woken, saw>>

(* Look at the byte again. Unlocked: leave the queue and compete. Locked:     *)
(* whoever holds it will see the hint and then the queue: sleep.              *)
Recheck(t) ==
  /\ pc[t] = "recheck"
  /\ IF byte \/ Twin = "no_recheck" THEN Go(t, "parked") /\ UNCHANGED queue
             ELSE Go(t, "lock_slow") /\ queue' = Without(t)
  /\ bucket' = "none"
  /\ UNCHANGED <<byte, hint, buf, woken, saw>>

(* The wait word was set: compete again, like anybody who comes.              *)
Woken(t) ==
  /\ pc[t] = "parked" /\ woken[t]
  /\ Go(t, "lock_slow")
  /\ UNCHANGED <<byte, hint, buf, bucket, queue, woken, saw>>

-----------------------------------------------------------------------------
(* weft_mutex_unlock: the store of 0, which need not be visible yet ...       *)
Unlock(t) ==
  /\ pc[t] = "own"
  /\ buf' = [buf EXCEPT ![t] = Append(@, <<"byte", FALSE>>)]
  /\ Go(t, "load_hint")
  /\ UNCHANGED <<byte, hint, bucket, queue, woken, saw>>

(* ... and a load of the hint, which may overtake it.                         *)
LoadHint(t) ==
  /\ pc[t] = "load_hint"
  /\ Go(t, IF hint THEN "unlock_slow" ELSE "out")
  /\ UNCHANGED <<byte, hint, buf, bucket, queue, woken, saw>>

(* The hint is set: a seq_cst fence between the store and reading the         *)
(* number of waiters.                                                         *)
UnlockSlow(t) ==
  /\ pc[t] = "unlock_slow" /\ (Drained(t) \/ Twin = "unlock_no_fence")
  /\ Go(t, IF queue = <<>> THEN "quiet" ELSE "unpark")
  /\ UNCHANGED <<byte, hint, buf, bucket, queue, woken, saw>>

(* weft_unpark_one, under the bucket lock: the first in the queue is dequeued *)
(* and woken.                                                                 *)
Unpark(t) ==
  /\ pc[t] = "unpark" /\ bucket = "none" /\ Drained(t)
  /\ IF queue = <<>> THEN UNCHANGED <<queue, woken>>
     ELSE woken' = [woken EXCEPT ![Head(queue)] = TRUE] /\ queue' = Tail(queue)
  /\ Go(t, "out")
  /\ UNCHANGED <<byte, hint, buf, bucket, saw>>

(* Nobody waits, and nobody has for a while: clear the hint, or leave it      *)
(* (sticky). Only under the bucket lock, only if nobody is queued there.      *)
Quiet(t) ==
  /\ pc[t] = "quiet"
  /\ \/ Go(t, "out") /\ UNCHANGED <<hint, saw>>
     \/ /\ bucket = "none" /\ Drained(t)
        /\ IF Twin = "clear_outside_lock"
             THEN queue = <<>> /\ Go(t, "clear_late") /\ UNCHANGED hint
             ELSE /\ hint' = IF queue = <<>> \/ Twin = "clear_with_waiters" THEN FALSE ELSE hint
                  /\ Go(t, "out")
        /\ UNCHANGED saw
  /\ UNCHANGED <<byte, buf, bucket, queue, woken>>

(* The twin that lets go of the bucket lock in between clears the hint now.   *)
ClearLate(t) ==
  /\ pc[t] = "clear_late"
  /\ hint' = FALSE
  /\ Go(t, "out")
  /\ UNCHANGED <<byte, buf, bucket, queue, woken, saw>>

-----------------------------------------------------------------------------
Progress(t) ==
  \/ (pc[t] = "lock_slow" /\ Lock(t)) \/ Enqueue(t) \/ EnqueueLate(t) \/ ReadHint(t) \/ SetHint(t)
  \/ HeavyFence(t) \/ Fence(t) \/ Recheck(t) \/ Woken(t) \/ Unlock(t) \/ LoadHint(t) \/ UnlockSlow(t)
  \/ Unpark(t) \/ Quiet(t) \/ ClearLate(t)

Next == \E t \in Threads : Lock(t) \/ Flush(t) \/ Progress(t)

(* Fairness: threads run, owners unlock, stores become visible. The bucket    *)
(* lock is not for ever taken by others. Nobody has to lock again.            *)
Spec == Init /\ [][Next]_vars
        /\ \A t \in Threads : WF_vars(Flush(t)) /\ WF_vars(Progress(t)) /\ SF_vars(Unpark(t))

-----------------------------------------------------------------------------
\* The lock is released when the store of 0 is visible.
Owns(t) == pc[t] = "own" \/ \E i \in 1..Len(buf[t]) : buf[t][i][1] = "byte"

MutualExclusion == \A t, u \in Threads : Owns(t) /\ Owns(u) => t = u

\* A sleeper that nobody is about to wake finds the hint set: the next unlock cannot miss it.
SleepersHinted == (\E t \in Threads : pc[t] = "parked" /\ ~woken[t]) => hint

\* Nobody is left asleep while all others have gone their ways: they need not come back.
Idle(t) == pc[t] = "out" /\ Drained(t)
Asleep(t) == pc[t] = "parked" /\ ~woken[t]
NobodyForgotten == (\E t \in Threads : Asleep(t)) => \E u \in Threads : ~Idle(u) /\ ~Asleep(u)

\* All threads are alike, so it is enough to watch one of them.
Watched == CHOOSE t \in Threads : TRUE

\* Nobody sleeps for ever.
NoLostWakeup == pc[Watched] = "parked" ~> pc[Watched] # "parked"

AbstractState ==
  [t \in Threads |-> IF Owns(t) THEN "own"
                     ELSE IF pc[t] \in {"out", "load_hint", "unlock_slow", "unpark", "quiet", "clear_late"} THEN "out"
                     ELSE "want"]
Abstract == INSTANCE AbstractLock WITH st <- AbstractState
RefinesLock == Abstract!Spec
===============================================================================
