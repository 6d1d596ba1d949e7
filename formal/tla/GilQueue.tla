------------------------------- MODULE GilQueue -------------------------------
(* How threads wait for the GIL (lib/thread/weft_gil.c): the word of the lock, *)
(* the queue behind it, the signal each waiter sleeps on, and who asks the     *)
(* holder to let go. Gil has the switching on and off, and waits as a guard;   *)
(* here the GIL is on, and nobody gets on who is not told and not woken.       *)
(* A world that is stopped meanwhile is here, too, with one object: a thread   *)
(* that was handed the object queues for the GIL with it in its hands, while   *)
(* the holder of the GIL has stopped the world and wants the object.           *)
(*                                                                             *)
(* A step is one access to a shared word, or one section of gil.lock: it sets  *)
(* WAITERS first, or finds it set, and from there on the word changes under    *)
(* that lock alone. The operating system's wait compares the word it sleeps on *)
(* with the value it is given.                                                 *)
EXTENDS Naturals, Sequences, FiniteSets, TLC

CONSTANTS
  Threads,
  Stoppers,    \* those that stop the world
  Stops,       \* how often in all
  Handed,      \* those that may be handed the object before they queue for the GIL
  Timed,       \* those whose timers end their sleep; none: the interval is for ever
  Detaching,   \* threads detach in the end; FALSE: never, so a holder lets go only when asked, at a safepoint
  Twin

VARIABLES
  held, waiters,  \* the two bits of the word: HELD, WAITERS
  queue,          \* first in first out; under gil.lock
  signal,         \* signal[t]: "WAITING", "NEXT", "RETRY" or "GRANTED"
  holder,         \* whom a waiter would ask: a hint, or "none"
  drop,           \* drop[t]: DROP_GIL in t's slot
  overdue,        \* overdue[t]: t has been queued for an interval
  stop,           \* the world is stopping, or stopped
  object,         \* who has the object's mutex, or "none"
  stops,
  pc, after,      \* where each thread is; and where it goes on once it has let the GIL go, or has it
  waking          \* waking[t]: whom t is about to wake, or "none"

vars == <<held, waiters, queue, signal, holder, drop, overdue, stop, object, stops, pc, after, waking>>
word == <<held, waiters>>
world == <<stop, object, stops>>

Init ==
  /\ held = FALSE /\ waiters = FALSE /\ queue = <<>> /\ holder = "none"
  /\ signal = [t \in Threads |-> "GRANTED"]
  /\ drop = [t \in Threads |-> FALSE]
  /\ overdue = [t \in Threads |-> FALSE]
  /\ stop = FALSE /\ object = "none" /\ stops = 0
  /\ pc = [t \in Threads |-> "out"] /\ after = [t \in Threads |-> "attach"]
  /\ waking = [t \in Threads |-> "none"]

Go(t, where) == pc' = [pc EXCEPT ![t] = where]
Without(t) == SelectSeq(queue, LAMBDA u : u # t)

\* held_word: WAITERS stays as long as others are queued.
Remain(q) == q # <<>> /\ Twin # "no_waiters_remain"

-----------------------------------------------------------------------------
(* enter: a thread wants to attach, and needs the GIL for it. It may have been *)
(* handed an object while it slept for it, and brings that along.              *)
Enter(t) ==
  /\ pc[t] = "out"
  /\ object' = IF object = "none" /\ t \in Handed THEN t ELSE object
  /\ Go(t, "take")
  /\ UNCHANGED <<word, queue, signal, holder, drop, overdue, stop, stops, after, waking>>

(* take_at_once: one compare-exchange 0 -> HELD. It fails as long as WAITERS   *)
(* is set: who is queued comes first. (spin tries the same again.)             *)
TakeAtOnce(t) ==
  /\ pc[t] = "take"
  /\ IF held \/ waiters
       THEN Go(t, "queue") /\ UNCHANGED <<word, holder>>
       ELSE held' = TRUE /\ holder' = t /\ Go(t, after[t]) /\ UNCHANGED waiters
  /\ UNCHANGED <<queue, signal, drop, overdue, world, after, waking>>

(* take_or_queue, under gil.lock: set WAITERS, so that whoever lets go comes   *)
(* here; then take the lock if it is free, else join the queue.                *)
TakeOrQueue(t) ==
  /\ pc[t] = "queue"
  /\ IF held
       THEN /\ waiters' = TRUE /\ UNCHANGED <<held, holder>>
            /\ queue' = Append(queue, t)
            /\ signal' = [signal EXCEPT ![t] = "WAITING"]
            /\ Go(t, "wait")
       ELSE /\ held' = TRUE /\ waiters' = Remain(queue) /\ holder' = t
            /\ Go(t, after[t])
            /\ UNCHANGED <<queue, signal>>
  /\ UNCHANGED <<drop, overdue, world, after, waking>>

(* wait_for_turn: look at the own signal. GRANTED: the lock is this thread's.  *)
Look(t) ==
  /\ pc[t] = "wait"
  /\ Go(t, CASE signal[t] = "GRANTED" -> after[t]
             [] signal[t] = "RETRY"   -> "retry"
             [] signal[t] = "NEXT"    -> "ask"
             [] signal[t] = "WAITING" -> "wait_word")
  /\ UNCHANGED <<word, queue, signal, holder, drop, overdue, world, after, waking>>

(* WAITING: sleep, if it is still so.                                          *)
Sleep(t) ==
  /\ pc[t] = "wait_word"
  /\ Go(t, IF signal[t] = "WAITING" \/ Twin = "sleeps_blindly" THEN "asleep" ELSE "wait")
  /\ UNCHANGED <<word, queue, signal, holder, drop, overdue, world, after, waking>>

(* RETRY, under gil.lock: take the lock if nobody came before. Else this       *)
(* thread waits on, in the place it had all the time.                          *)
Retry(t) ==
  /\ pc[t] = "retry"
  /\ IF signal[t] # "RETRY"
       THEN Go(t, "wait") /\ UNCHANGED <<word, queue, signal, holder>>
     ELSE IF held /\ Twin # "retry_blindly"
       THEN Go(t, "wait") /\ signal' = [signal EXCEPT ![t] = "WAITING"] /\ UNCHANGED <<word, queue, holder>>
       ELSE /\ queue' = Without(t)
            /\ held' = TRUE /\ waiters' = Remain(Without(t)) /\ holder' = t
            /\ signal' = [signal EXCEPT ![t] = "GRANTED"]      \* (nobody reads it until t queues again)
            /\ Go(t, after[t])
  /\ overdue' = [overdue EXCEPT ![t] = @ /\ pc'[t] = "wait"]
  /\ UNCHANGED <<drop, world, after, waking>>

(* The interval of a sleeping thread is over.                                  *)
Timer(t) ==
  /\ t \in Timed /\ pc[t] = "asleep"
  /\ Go(t, "clock")
  /\ UNCHANGED <<word, queue, signal, holder, drop, overdue, world, after, waking>>

(* Time passes: a thread has been queued for an interval.                      *)
Time(t) ==
  /\ Timed # {} /\ ~overdue[t] /\ \E i \in 1..Len(queue) : queue[i] = t
  /\ overdue' = [overdue EXCEPT ![t] = TRUE]
  /\ UNCHANGED <<word, queue, signal, holder, drop, world, pc, after, waking>>

(* look_at_the_clock, under gil.lock: the first in the queue is to ask the     *)
(* holder, and is woken for it if it is another. (Only if the lock was not     *)
(* handed over for an interval. A look that comes too early sets a new time    *)
(* for the next, and is left out.)                                             *)
LookAtClock(t) ==
  /\ pc[t] = "clock"
  /\ IF queue # <<>> /\ signal[Head(queue)] = "WAITING"
       THEN LET first == Head(queue)
            IN /\ signal' = [signal EXCEPT ![first] = "NEXT"]
               /\ waking' = [waking EXCEPT ![t] = IF first = t THEN "none" ELSE first]
               /\ Go(t, IF first = t THEN "wait" ELSE "wake_first")
       ELSE Go(t, "wait") /\ UNCHANGED <<signal, waking>>
  /\ UNCHANGED <<word, queue, holder, drop, overdue, world, after>>

(* NEXT, ask_holder: set DROP_GIL in the slot of who seems to have the lock.   *)
Ask(t) ==
  /\ pc[t] = "ask"
  /\ drop' = IF holder = "none" \/ Twin = "never_asks" THEN drop ELSE [drop EXCEPT ![holder] = TRUE]
  /\ Go(t, "next")
  /\ UNCHANGED <<word, queue, signal, holder, overdue, world, after, waking>>

(* ask_and_spin: the first stays awake until its signal changes, or has had    *)
(* enough of it: then WAITING again, by compare-exchange, for it may have been *)
(* granted the lock just now.                                                  *)
Spun(t) ==
  /\ pc[t] = "next"
  /\ \/ signal[t] # "NEXT" /\ Go(t, "wait") /\ UNCHANGED signal
     \/ signal[t] = "NEXT" /\ Twin # "next_stored" /\ signal' = [signal EXCEPT ![t] = "WAITING"] /\ Go(t, "wait")
     \/ signal[t] = "NEXT" /\ Twin = "next_stored" /\ Go(t, "next_late") /\ UNCHANGED signal
  /\ UNCHANGED <<word, queue, holder, drop, overdue, world, after, waking>>

(* The twin has seen NEXT, and stores.                                         *)
SpunLate(t) ==
  /\ pc[t] = "next_late"
  /\ signal' = [signal EXCEPT ![t] = "WAITING"]
  /\ Go(t, "wait")
  /\ UNCHANGED <<word, queue, holder, drop, overdue, world, after, waking>>

-----------------------------------------------------------------------------
(* try_enter: with the GIL, attach: refused while the world is stopped. Then   *)
(* the GIL goes first, for whoever stopped the world may need it ...           *)
Attach(t) ==
  /\ pc[t] = "attach"
  /\ IF stop
       THEN Go(t, IF Twin = "refused_keeps_gil" THEN "refused" ELSE "release") /\ after' = [after EXCEPT ![t] = "refused"]
       ELSE Go(t, "run") /\ UNCHANGED after
  /\ UNCHANGED <<word, queue, signal, holder, drop, overdue, world, waking>>

(* ... then the object, if it was handed one (attach_again, give_back).        *)
GiveBack(t) ==
  /\ pc[t] = "refused"
  /\ object' = IF object = t /\ Twin # "refused_keeps_object" THEN "none" ELSE object
  /\ Go(t, "blocked")
  /\ UNCHANGED <<word, queue, signal, holder, drop, overdue, stop, stops, after, waking>>

(* wait_unblocked: the world goes on, and the thread takes the GIL anew.       *)
Unblocked(t) ==
  /\ pc[t] = "blocked" /\ ~stop
  /\ Go(t, IF Twin = "refused_keeps_gil" THEN "attach" ELSE "take")
  /\ after' = [after EXCEPT ![t] = "attach"]
  /\ UNCHANGED <<word, queue, signal, holder, drop, overdue, world, waking>>

(* leave: the thread lets go of what it has locked, and clears DROP_GIL; then  *)
(* it releases the GIL. At a safepoint, where it was asked to: it queues again *)
(* behind the others ...                                                       *)
Leave(t) ==
  /\ pc[t] = "run" /\ drop' = [drop EXCEPT ![t] = FALSE]
  /\ object' = IF object = t THEN "none" ELSE object
  /\ Go(t, "release")
  /\ UNCHANGED <<word, queue, signal, holder, overdue, stop, stops, waking>>
Safepoint(t) == drop[t] /\ Leave(t) /\ after' = [after EXCEPT ![t] = "again"]

(* ... or by a detach: it does not come back by itself.                        *)
Detach(t) == Detaching /\ Leave(t) /\ after' = [after EXCEPT ![t] = "out"]

(* weft_gil_release_: one compare-exchange HELD -> 0. With WAITERS set it      *)
(* fails, and choose_next does the work.                                       *)
Leaves(t) == Go(t, IF after[t] = "again" THEN "take" ELSE after[t]) /\ after' = [after EXCEPT ![t] = "attach"]
Release(t) ==
  /\ pc[t] = "release"
  /\ holder' = "none"
  /\ IF waiters /\ Twin # "release_stores"
       THEN Go(t, "choose") /\ UNCHANGED <<word, after>>
       ELSE held' = FALSE /\ waiters' = FALSE /\ Leaves(t)
  /\ UNCHANGED <<queue, signal, drop, overdue, world, waking>>

(* choose_next, under gil.lock. Who was told to ask, or has waited for an      *)
(* interval, is handed the lock, and is not queued any more. Any other first   *)
(* is told to compete, and stays in its place. Who was not asleep when it was  *)
(* told needs no wake.                                                         *)
Choose(t) ==
  /\ pc[t] = "choose"
  /\ IF queue = <<>>
       THEN held' = FALSE /\ waiters' = FALSE /\ Leaves(t) /\ UNCHANGED <<queue, signal, holder, overdue, waking>>
       ELSE LET next == Head(queue)
                hand == signal[next] = "NEXT" \/ overdue[next]
                tell == IF hand THEN "GRANTED" ELSE IF Twin = "nobody_told" THEN signal[next] ELSE "RETRY"
                wake == signal[next] = "WAITING" /\ Twin # "no_wake"
            IN /\ queue' = IF hand THEN Tail(queue) ELSE queue
               /\ held' = (hand /\ Twin # "grant_frees") /\ waiters' = IF hand THEN Remain(Tail(queue)) ELSE TRUE
               /\ holder' = IF hand THEN next ELSE holder
               /\ signal' = [signal EXCEPT ![next] = tell]
               /\ overdue' = [overdue EXCEPT ![next] = @ /\ ~hand]
               /\ waking' = [waking EXCEPT ![t] = IF wake THEN next ELSE "none"]
               /\ IF wake THEN Go(t, "wake_next") /\ UNCHANGED after ELSE Leaves(t)
  /\ UNCHANGED <<drop, world>>

(* With gil.lock released, wake who sleeps on its signal. It may have seen the *)
(* signal by itself, and be anywhere by now: slots are never unmapped.         *)
Wake(t) ==
  /\ pc[t] \in {"wake_next", "wake_first"}
  /\ LET w == waking[t]
         rest == IF pc[w] = "asleep" THEN [pc EXCEPT ![w] = "wait"] ELSE pc
         goes == IF pc[t] = "wake_first" THEN "wait" ELSE IF after[t] = "again" THEN "take" ELSE after[t]
     IN pc' = [rest EXCEPT ![t] = goes]
  /\ after' = [after EXCEPT ![t] = IF pc[t] = "wake_first" THEN @ ELSE "attach"]
  /\ waking' = [waking EXCEPT ![t] = "none"]
  /\ UNCHANGED <<word, queue, signal, holder, drop, overdue, world>>

-----------------------------------------------------------------------------
(* weft_world_stop, by the holder: nobody else is attached, so that is one     *)
(* step here.                                                                  *)
StopWorld(t) ==
  /\ t \in Stoppers /\ pc[t] = "run" /\ ~stop /\ stops < Stops
  /\ stop' = TRUE /\ stops' = stops + 1
  /\ Go(t, "stopped")
  /\ UNCHANGED <<word, queue, signal, holder, drop, overdue, object, after, waking>>

(* lock_object: free, or the stopper's own. Else lock_object_slow: another     *)
(* has it in its hands, and cannot give it back before it has had the GIL: the *)
(* stopper lends it the GIL.                                                   *)
StoppedLock(t) ==
  /\ pc[t] = "stopped"
  /\ IF object \in {"none", t}
       THEN object' = t /\ Go(t, "resume") /\ UNCHANGED after
       ELSE /\ Go(t, IF Twin = "keeps_gil" THEN "lent" ELSE "release")
            /\ after' = [after EXCEPT ![t] = "lent"] /\ UNCHANGED object
  /\ UNCHANGED <<word, queue, signal, holder, drop, overdue, stop, stops, waking>>

(* weft_mutex_lock_slow sleeps until the object is given back; then the        *)
(* stopper takes the GIL again, like anybody.                                  *)
Lent(t) ==
  /\ pc[t] = "lent" /\ object = "none"
  /\ object' = t
  /\ Go(t, IF Twin = "keeps_gil" THEN "resume" ELSE "take")
  /\ after' = [after EXCEPT ![t] = "resume"]
  /\ UNCHANGED <<word, queue, signal, holder, drop, overdue, stop, stops, waking>>

(* weft_world_resume: the stopper has had the object, and lets the world go on *)
(* (the object stays its own until it leaves).                                 *)
ResumeWorld(t) ==
  /\ pc[t] = "resume"
  /\ stop' = FALSE
  /\ Go(t, "run")
  /\ UNCHANGED <<word, queue, signal, holder, drop, overdue, object, stops, after, waking>>

-----------------------------------------------------------------------------
Progress(t) ==
  \/ TakeAtOnce(t) \/ TakeOrQueue(t) \/ Look(t) \/ Sleep(t) \/ Retry(t) \/ LookAtClock(t) \/ Ask(t) \/ SpunLate(t)
  \/ Attach(t) \/ GiveBack(t) \/ Unblocked(t) \/ Release(t) \/ Choose(t) \/ Wake(t)
  \/ StoppedLock(t) \/ Lent(t) \/ ResumeWorld(t)

Next == \E t \in Threads :
  \/ Enter(t) \/ Progress(t) \/ Time(t) \/ Timer(t) \/ Spun(t) \/ Safepoint(t) \/ Detach(t) \/ StopWorld(t)

(* Fairness: threads go on, intervals end, a spin ends. Who holds the GIL      *)
(* reaches a safepoint, and detaches in the end if Detaching.                  *)
Spec == Init /\ [][Next]_vars
        /\ \A t \in Threads : /\ WF_vars(Progress(t)) /\ WF_vars(Safepoint(t)) /\ WF_vars(Detach(t))
                              /\ WF_vars(Time(t)) /\ WF_vars(Timer(t)) /\ WF_vars(Spun(t))

-----------------------------------------------------------------------------
\* Who has the lock, known to it or not yet.
InHands(t) == pc[t] \in {"attach", "run", "release", "choose", "stopped", "resume"}
Waits(t) == pc[t] \in {"wait", "wait_word", "asleep", "retry", "clock", "ask", "next", "next_late", "wake_first"}
Has(t) == InHands(t) \/ (Waits(t) /\ signal[t] = "GRANTED")

\* One thread has the lock, and the word says so.
OneHolder == \A t, u \in Threads : Has(t) /\ Has(u) => t = u
HeldMeansHad == held <=> \E t \in Threads : Has(t)

\* Who is queued is announced in the word, so that whoever lets go looks for them ...
WaitersAnnounced == queue # <<>> => waiters

\* ... and if the lock is free, the first of them has been told.
FirstIsTold == ~held /\ queue # <<>> => signal[Head(queue)] = "RETRY"

\* For invariants: threads that nothing tells apart.
Alike == Permutations(Threads)

\* Those who wait are alike, so it is enough to watch one of them.
Watched == CHOOSE t \in IF Timed = {} THEN Threads \ Stoppers ELSE Timed : TRUE

\* A thread that was told something is awake, or is woken.
ToldIsAwake == (pc[Watched] = "asleep" /\ signal[Watched] # "WAITING") ~> pc[Watched] # "asleep"

\* Who waits for the GIL runs in the end, although others never detach.
WaiterRuns == pc[Watched] = "queue" ~> pc[Watched] = "run"

\* Who stopped the world gets the object it wants, and the world goes on.
WorldGoesOn == stop ~> ~stop
===============================================================================
