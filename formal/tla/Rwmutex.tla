-------------------------------- MODULE Rwmutex --------------------------------
(* The one-word reader-writer mutex (lib/mutex/weft_rwmutex.c): WRITER, the    *)
(* number of readers, and a bit for each kind that may be parked. The lock     *)
(* goes in phases: a writer that unlocks wakes all readers that sleep, the     *)
(* last reader wakes the first writer. Who is woken competes and answers for   *)
(* writers that stay queued, whose bit would keep woken readers out; who has   *)
(* waited too long is handed the lock.                                         *)
(*                                                                             *)
(* A step is one access to the word, or one critical section of the bucket     *)
(* lock, whose only access to the word is one compare-exchange. Left out are   *)
(* deadlines and downgrade.                                                    *)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS
  Threads, Readers, Writers,
  Refusing,    \* the threads whose world may be stopping when they are woken
  Twin

ASSUME Readers \cup Writers = Threads       \* a thread may be both
ASSUME Refusing \subseteq Threads

VARIABLES
  word,        \* [w, r, wp, rp]: WRITER, readers, WRITERS_PARKED, READERS_PARKED
  queue,       \* <<thread, mode>>
  pc, mode,    \* where t is; "read" or "write"
  answers,     \* answers[t]: the bits of those t answers for, [wp, rp]; rp only in a twin
  front,       \* front[t]: t was woken and lost: it queues before the others
  old,         \* old[t]: t has waited longer than the fairness time
  token, woken,\* what the waker left for t, [handed, wp, rp]; its wait word
  kind,        \* kind[t]: whom t is going to wake
  waking,
  stops        \* stops[t]: t was woken while its world stops, and is giving back what it got

vars == <<word, queue, pc, mode, answers, front, old, token, woken, kind, waking, stops>>

NoBits == [wp |-> FALSE, rp |-> FALSE]
NoToken == [handed |-> FALSE, wp |-> FALSE, rp |-> FALSE]

Init ==
  /\ word = [w |-> FALSE, r |-> 0, wp |-> FALSE, rp |-> FALSE]
  /\ queue = <<>>
  /\ pc = [t \in Threads |-> "out"] /\ mode = [t \in Threads |-> "none"]
  /\ answers = [t \in Threads |-> NoBits]
  /\ front = [t \in Threads |-> FALSE] /\ old = [t \in Threads |-> FALSE]
  /\ token = [t \in Threads |-> NoToken] /\ woken = [t \in Threads |-> FALSE]
  /\ kind = [t \in Threads |-> "none"] /\ waking = [t \in Threads |-> {}]
  /\ stops = [t \in Threads |-> FALSE]

Go(t, where) == pc' = [pc EXCEPT ![t] = where]
Queued(m) == {i \in 1..Len(queue) : queue[i][2] = m}

-----------------------------------------------------------------------------
(* A thread asks for the lock, to read or to write: weft_rwmutex_read_lock and *)
(* weft_rwmutex_write_lock, whose fast path is Acquire. What it wants stands   *)
(* in mode until it has unlocked again.                                        *)
Ask(t) ==
  /\ pc[t] = "out"
  /\ \E m \in {"read", "write"} :
       /\ m = "read" => t \in Readers
       /\ m = "write" => t \in Writers
       /\ mode' = [mode EXCEPT ![t] = m]
  /\ Go(t, "compete")
  /\ UNCHANGED <<word, queue, answers, front, old, token, woken, kind, waking, stops>>

(* acquire: a reader is kept out by a writer, and by writers that are parked   *)
(* unless it answers for them; a writer by any owner. The bits of those t      *)
(* answers for are set again.                                                  *)
MayAcquire(t) ==
  IF mode[t] = "read" THEN ~word.w /\ (~word.wp \/ answers[t].wp \/ Twin = "readers_overtake")
                      ELSE ~word.w /\ (word.r = 0 \/ Twin = "writer_ignores_readers")
Acquire(t) ==
  /\ pc[t] = "compete" /\ MayAcquire(t)
  /\ word' = [w |-> mode[t] = "write", r |-> IF mode[t] = "read" THEN word.r + 1 ELSE word.r,
              wp |-> word.wp \/ answers[t].wp, rp |-> word.rp \/ answers[t].rp]
  /\ Go(t, IF mode[t] = "read" /\ answers[t].wp /\ ~word.wp THEN "forget" ELSE "own")
  /\ answers' = [answers EXCEPT ![t] = NoBits]
  /\ front' = [front EXCEPT ![t] = FALSE] /\ old' = [old EXCEPT ![t] = FALSE]
  /\ UNCHANGED <<queue, mode, token, woken, kind, waking, stops>>

(* forget_gone_writers: a writer that t answered for may have been woken by    *)
(* another meanwhile. Under the bucket lock: nobody queued, clear the bit ...  *)
Forget(t) ==
  /\ pc[t] = "forget"
  /\ word' = [word EXCEPT !.wp = @ /\ Queued("write") # {}]
  /\ Go(t, IF Queued("write") = {} THEN "settle" ELSE "own")
  /\ UNCHANGED <<queue, mode, answers, front, old, token, woken, kind, waking, stops>>

(* ... and settle, if it was cleared. A look at the word: readers that sleep   *)
(* with no writer in the lock or before it have nobody left to wait for ...    *)
Settle(t) ==
  /\ pc[t] = "settle"
  /\ Go(t, IF ~word.w /\ ~word.wp /\ word.rp THEN "settle_wake" ELSE "own")
  /\ UNCHANGED <<word, queue, mode, answers, front, old, token, woken, kind, waking, stops>>

(* ... and the section that wakes them, whatever the word is by now: they are  *)
(* handed the lock if one of them has waited too long and no writer has it, or *)
(* one could be woken here for ever and never get it. Else they compete: a     *)
(* writer that has queued meanwhile loses its bit, and they answer for it.     *)
(* None of them queued: clear their bit, and look again.                       *)
SettleWake(t) ==
  /\ pc[t] = "settle_wake"
  /\ LET who == {queue[i][1] : i \in Queued("read")}
         stay == Queued("write") # {}
         hand == ~word.w /\ (\E u \in who : old[u]) /\ Twin # "settles_without_handoff"
     IN /\ queue' = SelectSeq(queue, LAMBDA q : q[1] \notin who)
        /\ waking' = [waking EXCEPT ![t] = who]
        /\ token' = [u \in Threads |-> IF u \in who THEN [handed |-> hand, wp |-> ~hand /\ stay, rp |-> FALSE] ELSE token[u]]
        /\ word' = IF hand THEN [word EXCEPT !.r = @ + Cardinality(who), !.rp = FALSE, !.wp = stay]
                           ELSE [word EXCEPT !.rp = FALSE, !.wp = @ /\ who = {}]
        /\ Go(t, IF who = {} THEN "settle" ELSE "wake_own")
  /\ UNCHANGED <<mode, answers, front, old, woken, kind, stops>>

(* compete: kept out: set the bit of the own kind, and those answered for.     *)
Announce(t) ==
  /\ pc[t] = "compete" /\ ~MayAcquire(t)
  /\ word' = [word EXCEPT !.wp = @ \/ answers[t].wp \/ mode[t] = "write", !.rp = @ \/ answers[t].rp \/ mode[t] = "read"]
  /\ answers' = [answers EXCEPT ![t] = NoBits]
  /\ Go(t, "park")
  /\ UNCHANGED <<queue, mode, front, old, token, woken, kind, waking, stops>>

(* weft_park: the bit of its kind is still set. Whoever has excluded it, or    *)
(* owns the lock after that, has yet to look for sleepers, or to clear it.     *)
StillSo(t) == IF mode[t] = "read" THEN word.rp ELSE word.wp
ParkMismatch(t) ==
  /\ pc[t] = "park" /\ ~StillSo(t) /\ Twin # "no_recheck"
  /\ front' = [front EXCEPT ![t] = FALSE]
  /\ Go(t, "compete")
  /\ UNCHANGED <<word, queue, mode, answers, old, token, woken, kind, waking, stops>>

(* The bit is still set: join the queue, release the bucket lock, sleep.       *)
(* Behind those who are queued already; but who was woken and lost against     *)
(* others is put before them, or it could lose for ever.                       *)
ParkEnqueue(t) ==
  /\ pc[t] = "park" /\ (StillSo(t) \/ Twin = "no_recheck")
  /\ queue' = IF front[t] THEN <<<<t, mode[t]>>>> \o queue ELSE Append(queue, <<t, mode[t]>>)
  /\ front' = [front EXCEPT ![t] = FALSE]
  /\ Go(t, "parked")
  /\ UNCHANGED <<word, mode, answers, old, token, woken, kind, waking, stops>>

(* The wait word was set. Either the lock was handed over: then t owns it, and *)
(* the word has counted it already. Or t was woken to compete: then the word   *)
(* has lost the bit of writers who stay queued, t was told so (its token),     *)
(* and it answers for them until it sets them again, with its own acquisition  *)
(* or its next announcement.                                                   *)
ParkReturn(t) ==
  /\ pc[t] = "parked" /\ woken[t]
  /\ Go(t, IF token[t].handed THEN "own" ELSE "compete")
  /\ answers' = [answers EXCEPT ![t] = IF token[t].handed THEN NoBits ELSE [wp |-> token[t].wp, rp |-> token[t].rp]]
  /\ front' = [front EXCEPT ![t] = ~token[t].handed]
  /\ old' = [old EXCEPT ![t] = @ /\ ~token[t].handed]
  /\ token' = [token EXCEPT ![t] = NoToken] /\ woken' = [woken EXCEPT ![t] = FALSE]
  /\ UNCHANGED <<word, queue, mode, kind, waking, stops>>

-----------------------------------------------------------------------------
(* give_back: the same, but the world of t is stopping. Others must not wait   *)
(* until it goes on. What t was handed it releases as an owner does, but hands *)
(* nothing over: who gets it may be stopping as well.                          *)
RefuseHanded(t) ==
  /\ pc[t] = "parked" /\ woken[t] /\ t \in Refusing /\ token[t].handed
  /\ Go(t, "own")
  /\ stops' = [stops EXCEPT ![t] = TRUE]
  /\ token' = [token EXCEPT ![t] = NoToken] /\ woken' = [woken EXCEPT ![t] = FALSE]
  /\ UNCHANGED <<word, queue, mode, answers, front, old, kind, waking>>

(* What t was only woken for it passes on. First the bit of the writers whom   *)
(* it was to answer for is set again ...                                       *)
RefuseWoken(t) ==
  /\ pc[t] = "parked" /\ woken[t] /\ t \in Refusing /\ ~token[t].handed
  /\ word' = [word EXCEPT !.wp = @ \/ (token[t].wp /\ Twin # "refuse_keeps_writers_bit")]
  /\ Go(t, IF Twin = "refuse_forgets" THEN "stopped" ELSE "settle_stopped")
  /\ stops' = [stops EXCEPT ![t] = Twin # "refuse_forgets"]
  /\ token' = [token EXCEPT ![t] = NoToken] /\ woken' = [woken EXCEPT ![t] = FALSE]
  /\ UNCHANGED <<queue, mode, answers, front, old, kind, waking>>

(* ... then settle: a look at the word. Nobody owns the lock, or readers do    *)
(* and no writer is before the readers that sleep: those have nobody left who  *)
(* would wake them, and LeaveToWoken does, for a thread that owns nothing.     *)
SettleStopped(t) ==
  /\ pc[t] = "settle_stopped"
  /\ LET k == IF word.wp THEN "write" ELSE IF word.rp THEN "read" ELSE "none"
         stuck == ~word.w /\ (word.r = 0 \/ k = "read")
     IN IF stuck /\ k # "none"
          THEN kind' = [kind EXCEPT ![t] = k] /\ Go(t, "settle_next") /\ UNCHANGED stops
          ELSE Go(t, "stopped") /\ stops' = [stops EXCEPT ![t] = FALSE] /\ UNCHANGED kind
  /\ UNCHANGED <<word, queue, mode, answers, front, old, token, woken, waking>>

(* The world goes on, if it ever does: compete again, with nothing to answer   *)
(* for, and no place before the others.                                        *)
Restart(t) ==
  /\ pc[t] = "stopped"
  /\ Go(t, "compete")
  /\ UNCHANGED <<word, queue, mode, answers, front, old, token, woken, kind, waking, stops>>

-----------------------------------------------------------------------------
(* Time passes. It matters only while t is queued: whoever unlocks asks then.  *)
FairnessTime(t) ==
  /\ ~old[t] /\ \E i \in 1..Len(queue) : queue[i][1] = t
  /\ old' = [old EXCEPT ![t] = TRUE]
  /\ UNCHANGED <<word, queue, pc, mode, answers, front, token, woken, kind, waking, stops>>

(* release: others own the lock still, or nobody is parked: leave by a         *)
(* compare-exchange; otherwise choose the next phase.                          *)
Left(t) == IF mode[t] = "write" THEN [word EXCEPT !.w = FALSE] ELSE [word EXCEPT !.r = @ - 1]
NextPhase(t) ==
  IF mode[t] = "write" THEN (IF word.rp THEN "read" ELSE IF word.wp THEN "write" ELSE "none")
                       ELSE (IF word.wp THEN "write" ELSE IF word.rp THEN "read" ELSE "none")
\* t does not own the lock any more; whoever gives it back wants it still.
Over(t) == mode' = [mode EXCEPT ![t] = IF stops[t] THEN @ ELSE "none"]
Release(t) ==
  /\ pc[t] = "own"
  /\ IF Left(t).r = 0 /\ ~Left(t).w /\ NextPhase(t) # "none"
       THEN kind' = [kind EXCEPT ![t] = NextPhase(t)] /\ Go(t, "wake_next") /\ UNCHANGED <<word, mode>>
       ELSE word' = Left(t) /\ Over(t) /\ Go(t, IF stops[t] THEN "stopped" ELSE "out") /\ UNCHANGED kind
  /\ stops' = [stops EXCEPT ![t] = @ /\ pc'[t] # "stopped"]
  /\ UNCHANGED <<queue, answers, front, old, token, woken, waking>>

(* leave_to_woken, under the bucket lock. Nobody of the kind sleeps: clear its *)
(* bit, and look again. Otherwise leave, in the same compare-exchange that     *)
(* hands the lock over or clears the bits; those woken to compete are told     *)
(* that writers stay queued. The bit of readers keeps nobody out, and stays if *)
(* they do: if a writer answered for them, others could overtake it for ever,  *)
(* and nobody would look at a reader whose time is up. It is handed over if    *)
(* any of the woken has waited too long: the first in the queue need not have  *)
(* waited longest. Whoever gives back hands nothing over.                      *)
LeaveToWoken(t) ==
  /\ pc[t] \in {"wake_next", "settle_next"}
  /\ LET of   == Queued(kind[t])
         lead == CHOOSE i \in of : \A j \in of : i <= j
         who  == IF kind[t] = "read" THEN {queue[i][1] : i \in of} ELSE {queue[lead][1]}
         rest == SelectSeq(queue, LAMBDA q : q[1] \notin who)
         wstay == (\E i \in 1..Len(rest) : rest[i][2] = "write") /\ Twin # "forgets_writers"
         rstay == kind[t] = "write" /\ rest # <<>> /\ word.rp /\ Twin # "forgets_readers"
         left == IF pc[t] = "settle_next" THEN word ELSE Left(t)
         free == left.r = 0 /\ ~left.w
         late == IF Twin = "first_decides" THEN old[queue[lead][1]] ELSE \E u \in who : old[u]
         hand == late /\ Twin # "no_handoff" /\ ~stops[t] /\ (IF kind[t] = "write" THEN free ELSE ~left.w)
     IN IF of = {}
          THEN /\ word' = IF kind[t] = "read" THEN [word EXCEPT !.rp = FALSE] ELSE [word EXCEPT !.wp = FALSE]
               /\ Go(t, IF pc[t] = "settle_next" THEN "settle_stopped" ELSE "own")
               /\ UNCHANGED <<queue, mode, token, waking>>
          ELSE /\ queue' = rest
               /\ waking' = [waking EXCEPT ![t] = who]
               /\ word' = IF hand
                            THEN [w |-> kind[t] = "write",
                                  r |-> IF kind[t] = "read" THEN left.r + (IF Twin = "wrong_count" THEN 1 ELSE Cardinality(who)) ELSE 0,
                                  wp |-> wstay, rp |-> rstay]
                            ELSE [left EXCEPT !.wp = FALSE, !.rp = rstay /\ Twin # "answered_readers"]
               /\ token' = [u \in Threads |-> IF u \in who
                              THEN [handed |-> hand, wp |-> ~hand /\ wstay,
                                    rp |-> ~hand /\ rstay /\ Twin = "answered_readers"] ELSE token[u]]
               /\ Over(t)
               /\ Go(t, "wake")
  /\ kind' = [kind EXCEPT ![t] = "none"]
  /\ UNCHANGED <<answers, front, old, woken, stops>>

(* With the bucket lock released, set the wait words of those who were taken   *)
(* out of the queue: one writer, or all readers. Until then they sleep, though *)
(* they may own the lock.                                                      *)
Wake(t) ==
  /\ pc[t] \in {"wake", "wake_own"}
  /\ woken' = [u \in Threads |-> woken[u] \/ u \in waking[t]]
  /\ waking' = [waking EXCEPT ![t] = {}]
  /\ Go(t, IF stops[t] THEN "stopped" ELSE IF pc[t] = "wake" THEN "out" ELSE "own")
  /\ stops' = [stops EXCEPT ![t] = FALSE]
  /\ UNCHANGED <<word, queue, mode, answers, front, old, token, kind>>

-----------------------------------------------------------------------------
Steps(t) == \/ Acquire(t) \/ Forget(t) \/ Settle(t) \/ SettleWake(t) \/ Announce(t) \/ ParkMismatch(t) \/ ParkEnqueue(t)
            \/ ParkReturn(t) \/ SettleStopped(t) \/ Release(t) \/ LeaveToWoken(t) \/ Wake(t)
Next == \E t \in Threads : Ask(t) \/ FairnessTime(t) \/ Steps(t) \/ RefuseHanded(t) \/ RefuseWoken(t) \/ Restart(t)
(* Fairness: threads run, owners unlock, time passes also for who sleeps again *)
(* and again; a locker is not for ever overtaken between its announcement and  *)
(* its re-check.                                                               *)
Spec == Init /\ [][Next]_vars
        /\ \A t \in Threads : WF_vars(Steps(t)) /\ SF_vars(FairnessTime(t)) /\ SF_vars(ParkEnqueue(t))

-----------------------------------------------------------------------------
Owns(t) == pc[t] \in {"own", "forget", "settle", "settle_wake", "wake_own", "wake_next"} \/ (pc[t] = "parked" /\ token[t].handed)

\* A writer is alone.
WriterAlone == \A t, u \in Threads : Owns(t) /\ Owns(u) /\ mode[t] = "write" => t = u

\* The word says exactly who owns the lock.
WordExact == /\ word.w <=> \E t \in Threads : Owns(t) /\ mode[t] = "write"
             /\ word.r = Cardinality({t \in Threads : Owns(t) /\ mode[t] = "read"})

\* A queued writer, or reader, is announced in the word, or a thread that answers for it is on its way.
WritersAnswered == Queued("write") # {} => word.wp \/ \E t \in Threads : answers[t].wp \/ token[t].wp
ReadersAnswered == Queued("read") # {} => word.rp

\* Nobody sleeps beside a free lock, but somebody is on the way who takes it or wakes another. Whose world is stopping is not.
OnTheWay(t) ==
  \/ pc[t] \in {"compete", "settle_stopped", "settle_next"}
  \/ pc[t] = "park" /\ ~StillSo(t)
  \/ pc[t] = "parked" /\ (woken[t] \/ \E u \in Threads : t \in waking[u])
NobodyStuck == queue # <<>> /\ ~word.w /\ word.r = 0 => \E t \in Threads : OnTheWay(t)

\* All readers are alike, and all writers: it is enough to watch one of each.
Watched == {CHOOSE t \in Readers : TRUE, CHOOSE t \in Writers : TRUE}

\* Nobody sleeps for ever; neither kind is starved by constant load of the other.
NoLostWakeup == \A t \in Watched : pc[t] = "parked" ~> pc[t] # "parked"
LockReturns == \A t \in Watched : pc[t] = "compete" ~> pc[t] = "own"
\* The same of one reader, for four threads: a reader that is queued has to be seen although writers overtake each other.
ReaderReturns == LET t == CHOOSE t \in Readers : TRUE IN pc[t] = "compete" ~> pc[t] = "own"
================================================================================
