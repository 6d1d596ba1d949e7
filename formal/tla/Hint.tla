--------------------------------- MODULE Hint ---------------------------------
(* The mutex whose unlock is a plain store while nobody waits: the life of   *)
(* the hint (lib/park, lib/mutex). The store is followed by a compiler        *)
(* barrier and a load of the hint; the processor may do the load first, so    *)
(* the store is what may become visible late, and this module gives each      *)
(* thread a store buffer, as on TSO: stores wait in buf[t] until Flush, an    *)
(* RMW or a fence needs an empty buffer, and the heavy fence of a waiter      *)
(* (membarrier) empties the buffer of every thread.                           *)
(* Changes of all hints at once (Changes, at most `Most` of them) are seen     *)
(* from one hint and its bucket: every bucket's lock is held for them, so that *)
(* the others' hints change no differently. A rest from too many fences, the   *)
(* host's switch off and on, and a heavy fence that fails, after which stores  *)
(* arrive with time only: the drain.                                           *)
(* Handing over, deadlines and stopping worlds are as in Mutex.               *)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS
  Threads,
  Changes,     \* of all hints: a subset of {"rest", "off", "on", "fail"}
  Most,        \* how many of them
  Overdue,     \* the threads that may wait for longer than the fairness time
  Timed,       \* those that lock with a deadline, or can be interrupted
  Refusing,    \* those whose world may be stopping when they are woken, and may stay so
  Twin

VARIABLES
  byte,        \* [locked, parked], as memory has it
  hint,        \* the hint byte of this address's hash is not clear, as memory has it
  buf,         \* buf[t]: t's stores that are not yet visible: "free" the byte, "set" or "clear" the hint
  bucket,      \* holder of the bucket lock, or "none"
  queue,       \* waiters; under the bucket lock
  pc,
  woken,       \* woken[t]: t's wait word is set
  old,         \* old[t]: t has waited for longer than the fairness time
  token,       \* token[t]: what the waker told t: "none"; "woken", to compete; "handed": the mutex is t's
  saw,         \* saw[t]: the hint as t read it, in a twin
  symmetric,   \* hints do not become clear any more; under the bucket lock
  drain,       \* threads whose stores time has to bring before anybody sleeps; under the bucket lock
  left         \* changes of all hints that may still happen

told == <<old, token>>
all == <<symmetric, drain, left>>
vars == <<byte, hint, buf, bucket, queue, pc, woken, told, saw, symmetric, drain, left>>

Init ==
  /\ byte = [locked |-> FALSE, parked |-> FALSE] /\ hint = FALSE
  /\ buf = [t \in Threads |-> <<>>]
  /\ bucket = "none" /\ queue = <<>>
  /\ pc = [t \in Threads |-> "out"]
  /\ woken = [t \in Threads |-> FALSE] /\ saw = [t \in Threads |-> FALSE]
  /\ old = [t \in Threads |-> FALSE] /\ token = [t \in Threads |-> "none"]
  /\ symmetric = FALSE /\ drain = {} /\ left = Most

Go(t, where) == pc' = [pc EXCEPT ![t] = where]
Drained(t) == buf[t] = <<>>
HasOthers == Len(queue) > 1

\* The oldest store of t reaches memory. The plain store of 0 covers both bits.
Flush(t) ==
  /\ buf[t] # <<>>
  /\ IF Head(buf[t]) = "free" THEN byte' = [locked |-> FALSE, parked |-> FALSE] /\ UNCHANGED hint
                              ELSE hint' = (Head(buf[t]) = "set") /\ UNCHANGED byte
  /\ buf' = [buf EXCEPT ![t] = Tail(@)]
  /\ drain' = IF Len(buf[t]) = 1 THEN drain \ {t} ELSE drain
  /\ UNCHANGED <<bucket, queue, pc, woken, told, saw, symmetric, left>>

-----------------------------------------------------------------------------
(* One compare-exchange sets LOCKED, or the slow path.                        *)
Lock(t) ==
  /\ pc[t] \in {"out", "lock_slow"} /\ Drained(t)
  /\ IF byte.locked /\ Twin # "blind_lock" THEN Go(t, "announce") /\ UNCHANGED byte
             ELSE byte' = [byte EXCEPT !.locked = TRUE] /\ Go(t, "own")
  /\ old' = [old EXCEPT ![t] = @ /\ pc'[t] # "own"]
  /\ UNCHANGED <<hint, buf, bucket, queue, woken, token, saw, all>>

(* Another sets HAS_PARKED, which the owner's plain store may cover at once.  *)
Announce(t) ==
  /\ pc[t] = "announce" /\ Drained(t)
  /\ IF byte.locked THEN byte' = [byte EXCEPT !.parked = TRUE] /\ Go(t, "park")
                    ELSE Go(t, "lock_slow") /\ UNCHANGED byte
  /\ UNCHANGED <<hint, buf, bucket, queue, woken, told, saw, all>>

(* A waiter takes the bucket lock, an RMW; then it looks at the hint.         *)
Park(t) ==
  /\ pc[t] = "park" /\ bucket = "none" /\ Drained(t)
  /\ IF Twin = "hint_before_lock"
       THEN saw' = [saw EXCEPT ![t] = hint] /\ UNCHANGED bucket /\ Go(t, "park_late")
       ELSE bucket' = t /\ UNCHANGED saw /\ Go(t, "read_hint")
  /\ woken' = [woken EXCEPT ![t] = FALSE]
  /\ UNCHANGED <<byte, hint, buf, queue, told, all>>

(* The twin read the hint first, without the bucket lock.                     *)
ParkLate(t) ==
  /\ pc[t] = "park_late" /\ bucket = "none"
  /\ bucket' = t
  /\ Go(t, IF saw[t] THEN "recheck" ELSE "set_hint")
  /\ UNCHANGED <<byte, hint, buf, queue, woken, told, saw, all>>

(* Not clear: the heavy fence behind that is over, for it was run under this  *)
(* bucket lock.                                                               *)
ReadHint(t) ==
  /\ pc[t] = "read_hint" /\ drain = {}
  /\ Go(t, IF hint THEN "recheck" ELSE IF Twin = "fence_before_hint" THEN "heavy_fence" ELSE "set_hint")
  /\ UNCHANGED <<byte, hint, buf, bucket, queue, woken, told, saw, all>>

(* Clear: set it, then the heavy fence, in every thread: an unlock whose load *)
(* missed the hint has its store visible now.                                 *)
SetHint(t) ==
  /\ pc[t] = "set_hint"
  /\ buf' = [buf EXCEPT ![t] = Append(@, "set")]
  /\ Go(t, IF Twin \in {"no_heavy_fence", "fence_before_hint"} THEN "recheck" ELSE "heavy_fence")
  /\ UNCHANGED <<byte, hint, bucket, queue, woken, told, saw, all>>

(* Each thread passes the heavy fence once its buffer is empty.               *)
HeavyFence(t) ==
  /\ pc[t] = "heavy_fence" /\ \A u \in Threads : Drained(u)
  /\ Go(t, IF Twin = "fence_before_hint" THEN "set_hint" ELSE "recheck")
  /\ UNCHANGED <<byte, hint, buf, bucket, queue, woken, told, saw, all>>

(* Compare the byte. As announced: queue and sleep; whoever owns it will see  *)
(* HAS_PARKED, or cover it and see the hint. Else compete. Letting go of the  *)
(* bucket lock is an RMW.                                                     *)
Recheck(t) ==
  /\ pc[t] = "recheck" /\ Drained(t)
  /\ IF (byte.locked /\ byte.parked) \/ Twin = "no_recheck"
       THEN Go(t, "parked") /\ queue' = Append(queue, t)
       ELSE Go(t, "lock_slow") /\ UNCHANGED queue
  /\ bucket' = "none"
  /\ UNCHANGED <<byte, hint, buf, woken, told, saw, all>>

(* Woken: the mutex is this thread's if it was handed over, else it competes. *)
Woken(t) ==
  /\ pc[t] = "parked" /\ woken[t]
  /\ Go(t, IF token[t] = "handed" THEN "own" ELSE "lock_slow")
  /\ old' = [old EXCEPT ![t] = @ /\ token[t] # "handed"]
  /\ token' = [token EXCEPT ![t] = "none"]
  /\ UNCHANGED <<byte, hint, buf, bucket, queue, woken, saw, all>>

(* A queued thread becomes overdue.                                           *)
FairnessTime(t) ==
  /\ pc[t] = "parked" /\ ~woken[t] /\ ~old[t] /\ t \in Overdue
  /\ old' = [old EXCEPT ![t] = TRUE]
  /\ UNCHANGED <<byte, hint, buf, bucket, queue, pc, woken, token, saw, all>>

(* The deadline passes while t is queued: it leaves under the bucket lock,    *)
(* and the last waiter clears HAS_PARKED ...                                  *)
ParkTimeout(t) ==
  /\ pc[t] = "parked" /\ ~woken[t] /\ t \in Timed /\ bucket = "none" /\ Drained(t)
  /\ LET rest == SelectSeq(queue, LAMBDA u : u # t)
     IN queue' = rest /\ byte' = [byte EXCEPT !.parked = @ /\ rest # <<>>]
  /\ Go(t, "last_try")
  /\ UNCHANGED <<hint, buf, bucket, woken, told, saw, all>>

(* ... and it looks at the byte once more.                                    *)
LastTry(t) ==
  /\ pc[t] = "last_try" /\ Drained(t)
  /\ IF byte.locked THEN Go(t, "out") /\ UNCHANGED byte
                    ELSE byte' = [byte EXCEPT !.locked = TRUE] /\ Go(t, "own")
  /\ old' = [old EXCEPT ![t] = FALSE]
  /\ UNCHANGED <<hint, buf, bucket, queue, woken, token, saw, all>>

\* Under the bucket lock: the first in the queue is taken out, and told what it is told.
TellFirst(what) ==
  IF queue = <<>> THEN UNCHANGED <<queue, woken>> /\ token' = token
  ELSE /\ woken' = [woken EXCEPT ![Head(queue)] = TRUE] /\ queue' = Tail(queue)
       /\ token' = [token EXCEPT ![Head(queue)] = what]

(* The woken thread's world is stopping (give_back). A mutex that was handed  *)
(* over is released, and the next in the queue woken to compete.              *)
RefuseHanded(t) ==
  /\ pc[t] = "parked" /\ woken[t] /\ token[t] = "handed" /\ t \in Refusing /\ bucket = "none" /\ Drained(t)
  /\ byte' = [locked |-> FALSE, parked |-> HasOthers]
  /\ IF queue = <<>> THEN token' = [token EXCEPT ![t] = "none"] /\ UNCHANGED <<queue, woken>>
     ELSE /\ woken' = [woken EXCEPT ![Head(queue)] = TRUE] /\ queue' = Tail(queue)
          /\ token' = [token EXCEPT ![t] = "none", ![Head(queue)] = "woken"]
  /\ Go(t, "stopped")
  /\ UNCHANGED <<hint, buf, bucket, old, saw, all>>

(* A thread that was to compete passes that on, if the mutex is free and      *)
(* somebody announced. If somebody owns it, that one's unlock finds           *)
(* HAS_PARKED, or has covered it by the plain store and looks for the next    *)
(* ...                                                                        *)
RefuseWoken(t) ==
  /\ pc[t] = "parked" /\ woken[t] /\ token[t] = "woken" /\ t \in Refusing
  /\ token' = [token EXCEPT ![t] = "none"]
  /\ Go(t, IF byte.locked \/ ~byte.parked \/ Twin = "refuse_forgets" THEN "stopped" ELSE "refuse_wake")
  /\ UNCHANGED <<byte, hint, buf, bucket, queue, woken, old, saw, all>>

(* ... to the first in the queue, under the bucket lock (wake_to_compete).    *)
RefuseWake(t) ==
  /\ pc[t] = "refuse_wake" /\ bucket = "none" /\ Drained(t)
  /\ TellFirst("woken")
  /\ byte' = [byte EXCEPT !.parked = @ /\ HasOthers]
  /\ Go(t, "stopped")
  /\ UNCHANGED <<hint, buf, bucket, old, saw, all>>

(* The world goes on, if it ever does: compete again.                         *)
Restart(t) ==
  /\ pc[t] = "stopped"
  /\ Go(t, "lock_slow")
  /\ UNCHANGED <<byte, hint, buf, bucket, queue, woken, told, saw, all>>

-----------------------------------------------------------------------------
(* Unlock looks at the hint and the byte, and may be out of date at once.     *)
Unlock(t) ==
  /\ pc[t] = "own"
  /\ Go(t, IF ~hint /\ byte.locked /\ ~byte.parked THEN "store" ELSE "release")
  /\ UNCHANGED <<byte, hint, buf, bucket, queue, woken, told, saw, all>>

(* Clear and nobody announced: the store of 0 ...                             *)
Store(t) ==
  /\ pc[t] = "store"
  /\ buf' = [buf EXCEPT ![t] = Append(@, "free")]
  /\ Go(t, "load_hint")
  /\ UNCHANGED <<byte, hint, bucket, queue, woken, told, saw, all>>

(* ... and a load of the hint, which may overtake it.                         *)
LoadHint(t) ==
  /\ pc[t] = "load_hint"
  /\ Go(t, IF hint /\ Twin # "no_second_look" THEN "wake_late" ELSE "out")
  /\ UNCHANGED <<byte, hint, buf, bucket, queue, woken, told, saw, all>>

(* weft_unpark_hinted, under the bucket lock, by a thread that does not own   *)
(* the mutex any more, so that there is nothing to hand over: wakes one to    *)
(* compete, and puts HAS_PARKED right for the others.                         *)
WakeLate(t) ==
  /\ pc[t] = "wake_late" /\ bucket = "none" /\ Drained(t)
  /\ byte' = [byte EXCEPT !.parked = @ \/ (HasOthers /\ Twin # "late_forgets_others")]
  /\ TellFirst(IF Twin = "late_hands_over" /\ queue # <<>> /\ old[Head(queue)] THEN "handed" ELSE "woken")
  /\ Go(t, "out")
  /\ UNCHANGED <<hint, buf, bucket, old, saw, all>>

(* Else by compare-exchange, which finds HAS_PARKED if it is there.           *)
Release(t) ==
  /\ pc[t] = "release" /\ Drained(t)
  /\ IF byte.parked THEN Go(t, "unpark") /\ UNCHANGED byte
                    ELSE byte' = [byte EXCEPT !.locked = FALSE] /\ Go(t, "quiet")
  /\ UNCHANGED <<hint, buf, bucket, queue, woken, told, saw, all>>

(* weft_unpark_one, under the bucket lock, by the owner: to a thread that is  *)
(* overdue the mutex is handed over, LOCKED as it is.                         *)
Unpark(t) ==
  /\ pc[t] = "unpark" /\ bucket = "none" /\ Drained(t)
  /\ LET hand == queue # <<>> /\ old[Head(queue)]
     IN byte' = [locked |-> hand, parked |-> HasOthers] /\ TellFirst(IF hand THEN "handed" ELSE "woken")
  /\ Go(t, "out")
  /\ UNCHANGED <<hint, buf, bucket, old, saw, all>>

(* Nobody waits, and nobody has for a while: clear the hint, or leave it      *)
(* (sticky). Only under the bucket lock, only if nobody is queued there.      *)
Quiet(t) ==
  /\ pc[t] = "quiet"
  /\ \/ Go(t, "out") /\ UNCHANGED hint
     \/ /\ bucket = "none" /\ Drained(t)
        /\ IF Twin = "clear_outside_lock"
             THEN queue = <<>> /\ Go(t, "clear_late") /\ UNCHANGED hint
             ELSE /\ hint' = IF ~symmetric /\ (queue = <<>> \/ Twin = "clear_with_waiters") THEN FALSE ELSE hint
                  /\ Go(t, "out")
  /\ UNCHANGED <<byte, buf, bucket, queue, woken, told, saw, all>>

(* The twin found the queue empty and clears the hint without the bucket      *)
(* lock: somebody may have queued in between.                                 *)
ClearLate(t) ==
  /\ pc[t] = "clear_late"
  /\ hint' = FALSE
  /\ Go(t, "out")
  /\ UNCHANGED <<byte, buf, bucket, queue, woken, told, saw, all>>

-----------------------------------------------------------------------------
(* A heavy fence has failed: until the stores that were on their way then     *)
(* have arrived a waiter naps instead of sleeping, and looks again.           *)
Nap(t) ==
  /\ pc[t] = "read_hint" /\ drain # {}
  /\ bucket' = "none"
  /\ Go(t, "lock_slow")
  /\ UNCHANGED <<byte, hint, buf, queue, woken, told, saw, all>>

(* The hint is clear, and there have been too many heavy fences: a rest. It   *)
(* needs the locks of all buckets, so this one is let go of first.            *)
TooMany(t) ==
  /\ pc[t] = "read_hint" /\ drain = {} /\ ~hint /\ "rest" \in Changes /\ left > 0
  /\ bucket' = "none" /\ left' = left - 1
  /\ Go(t, "rest")
  /\ UNCHANGED <<byte, hint, buf, queue, woken, told, saw, symmetric, drain>>

(* The heavy fence behind the hint fails: it is cleared again, and the        *)
(* process turns symmetric.                                                   *)
FenceFails(t) ==
  /\ pc[t] = "heavy_fence" /\ "fail" \in Changes /\ left > 0
  /\ buf' = [buf EXCEPT ![t] = Append(@, "clear")] /\ left' = left - 1
  /\ Go(t, "fail_over")
  /\ UNCHANGED <<byte, hint, bucket, queue, woken, told, saw, symmetric, drain>>

(* Letting go of the bucket lock is an RMW.                                   *)
FailOver(t) ==
  /\ pc[t] = "fail_over" /\ Drained(t)
  /\ bucket' = "none"
  /\ Go(t, "failed")
  /\ UNCHANGED <<byte, hint, buf, queue, woken, told, saw, all>>

(* The host switches plain stores off.                                        *)
Off(t) ==
  /\ pc[t] = "out" /\ "off" \in Changes /\ left > 0
  /\ left' = left - 1
  /\ Go(t, "off")
  /\ UNCHANGED <<byte, hint, buf, bucket, queue, woken, told, saw, symmetric, drain>>

(* The host switches them on: clears the hint, but where somebody waits.      *)
On(t) ==
  /\ pc[t] = "out" /\ "on" \in Changes /\ left > 0 /\ bucket = "none" /\ Drained(t)
  /\ hint' = IF queue = <<>> \/ Twin = "on_with_waiters" THEN FALSE ELSE hint
  /\ symmetric' = FALSE /\ left' = left - 1
  /\ UNCHANGED <<byte, buf, bucket, queue, pc, woken, told, saw, drain>>

(* With the locks of all buckets: sets all hints, unless another has done     *)
(* that meanwhile.                                                            *)
SetAll(t) ==
  /\ pc[t] \in {"rest", "failed", "off"} /\ bucket = "none" /\ Drained(t)
  /\ IF symmetric \/ (hint /\ pc[t] = "rest")
       THEN Go(t, IF pc[t] = "off" THEN "out" ELSE "park") /\ UNCHANGED <<buf, bucket, symmetric>>
       ELSE /\ IF Twin = "rest_unlocked" THEN UNCHANGED bucket ELSE bucket' = t
            /\ symmetric' = (pc[t] # "rest")
            /\ buf' = [buf EXCEPT ![t] = Append(@, "set")]
            /\ Go(t, IF pc[t] = "off" THEN (IF Twin = "all_no_fence" THEN "off_over" ELSE "off_fence")
                     ELSE IF Twin = "all_no_fence" THEN "rest_over" ELSE "rest_fence")
  /\ UNCHANGED <<byte, hint, queue, woken, told, saw, drain, left>>

(* One heavy fence for all of them: as HeavyFence.                            *)
FenceAll(t) ==
  /\ pc[t] \in {"off_fence", "rest_fence"} /\ \A u \in Threads : Drained(u)
  /\ Go(t, IF pc[t] = "off_fence" THEN "off_over" ELSE "rest_over")
  /\ UNCHANGED <<byte, hint, buf, bucket, queue, woken, told, saw, all>>

(* Or that fence fails, and orders nothing: only time will do.                *)
FenceAllFails(t) ==
  /\ pc[t] \in {"off_fence", "rest_fence"} /\ "fail" \in Changes
  /\ Go(t, IF pc[t] = "off_fence" THEN "off_drain" ELSE "rest_drain")
  /\ UNCHANGED <<byte, hint, buf, bucket, queue, woken, told, saw, all>>

(* Letting go of the locks is an RMW: the hints are visible now, and what was *)
(* on its way before that arrives in the time of the drain.                   *)
AllOver(t) ==
  /\ pc[t] \in {"off_over", "rest_over", "off_drain", "rest_drain"} /\ Drained(t)
  /\ drain' = IF pc[t] \in {"off_drain", "rest_drain"} /\ Twin # "no_drain"
                 THEN {u \in Threads : ~Drained(u)} ELSE drain
  /\ bucket' = IF bucket = t THEN "none" ELSE bucket
  /\ Go(t, IF pc[t] \in {"off_over", "off_drain"} THEN "out" ELSE "park")
  /\ UNCHANGED <<byte, hint, buf, queue, woken, told, saw, symmetric, left>>

-----------------------------------------------------------------------------
Progress(t) ==
  \/ (pc[t] = "lock_slow" /\ Lock(t)) \/ Announce(t) \/ Park(t) \/ ParkLate(t) \/ ReadHint(t) \/ SetHint(t)
  \/ HeavyFence(t) \/ Recheck(t) \/ Woken(t) \/ LastTry(t) \/ RefuseWake(t) \/ Unlock(t) \/ Store(t) \/ LoadHint(t) \/ WakeLate(t)
  \/ Release(t) \/ Unpark(t) \/ Quiet(t) \/ ClearLate(t)
  \/ Nap(t) \/ TooMany(t) \/ FenceFails(t) \/ FailOver(t) \/ SetAll(t) \/ FenceAll(t) \/ FenceAllFails(t) \/ AllOver(t)

Next == \E t \in Threads :
  \/ Lock(t) \/ Flush(t) \/ Progress(t) \/ Off(t) \/ On(t)
  \/ FairnessTime(t) \/ ParkTimeout(t) \/ RefuseHanded(t) \/ RefuseWoken(t) \/ Restart(t)

(* Fairness: threads run, owners unlock, stores become visible. The bucket    *)
(* lock is not for ever taken by others: from either place that needs it a    *)
(* thread goes on by that step alone, so one condition says it for both.      *)
(* Nobody has to lock again, nor switch, and a world need not go on.          *)
Spec == Init /\ [][Next]_vars
        /\ \A t \in Threads : WF_vars(Flush(t)) /\ WF_vars(Progress(t)) /\ SF_vars(Unpark(t) \/ WakeLate(t))

-----------------------------------------------------------------------------
\* The lock is released when the store of 0 is visible.
Owns(t) ==
  \/ pc[t] \in {"own", "store", "release", "unpark"} \/ (pc[t] = "parked" /\ token[t] = "handed")
  \/ \E i \in 1..Len(buf[t]) : buf[t][i] = "free"

MutualExclusion == \A t, u \in Threads : Owns(t) /\ Owns(u) => t = u

\* A sleeper that nobody is about to wake finds the hint set: the next unlock cannot miss it.
SleepersHinted == (\E t \in Threads : pc[t] = "parked" /\ ~woken[t]) => hint

\* HAS_PARKED says that somebody is queued, or somebody who has covered it is about to look.
SleepersAnnounced ==
  (\E t \in Threads : pc[t] = "parked" /\ ~woken[t]) =>
    byte.parked \/ \E u \in Threads : pc[u] \in {"load_hint", "wake_late"}

\* Nobody is left asleep while all others have gone their ways: they need not come back. Nor do worlds need to go on.
Idle(t) == pc[t] \in {"out", "stopped"} /\ Drained(t)
Asleep(t) == pc[t] = "parked" /\ ~woken[t]
NobodyForgotten == (\E t \in Threads : Asleep(t)) => \E u \in Threads : ~Idle(u) /\ ~Asleep(u)

\* All threads are alike, so it is enough to watch one of them.
Watched == CHOOSE t \in Threads : TRUE

\* Nobody sleeps for ever.
NoLostWakeup == pc[Watched] = "parked" ~> pc[Watched] # "parked"

AbstractState ==
  [t \in Threads |-> IF Owns(t) THEN "own"
                     ELSE IF pc[t] \in {"out", "load_hint", "wake_late", "quiet", "clear_late",
                                        "off", "off_fence", "off_over", "off_drain"} THEN "out"
                     ELSE "want"]
Abstract == INSTANCE AbstractLock WITH st <- AbstractState
RefinesLock == Abstract!Spec
===============================================================================
