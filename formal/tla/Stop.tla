--------------------------------- MODULE Stop ---------------------------------
(* How threads sleep and are woken around a stopped world                     *)
(* (lib/thread/weft_world.c, weft_thread.c). World has the protocol, with     *)
(* waits that end by themselves; here a thread that waits sleeps on a word,   *)
(* and goes on only if somebody wakes it.                                     *)
(*                                                                            *)
(* There are two kinds of words. A thread that may not attach sleeps on the   *)
(* word of its slot: attached / detached / suspended, STOP, CLAIMED,          *)
(* WANTS_ATTACH. The stopper sleeps on `running`: threads that were attached  *)
(* when their STOP was set and have not left yet. A sleep begins only if the  *)
(* word still has the value that was read (weft_wait_word: the operating      *)
(* system compares and sleeps in one step), and a wake ends all sleeps on the *)
(* word. A change of a word and the wake behind it are two steps.             *)
EXTENDS Integers, FiniteSets

CONSTANTS
  Threads,
  Stoppers,     \* those that may stop the world
  Claimers,     \* those that may claim a detached slot
  Stops,        \* how many stops there are in all: then everybody has to get on
  Twin

VARIABLES
  state, stop, claimed, wants,   \* of each slot word: the state, and the bits STOP, CLAIMED (by whom), WANTS_ATTACH
  running,     \* threads to wait for; below zero while some have arrived before the stopper has added them
  asleep,      \* asleep[t]: the word t sleeps on: a slot's (its thread), "running", or "none"
  pc,
  seen,        \* seen[t]: the value of the word that t has read before it sleeps
  stopper,     \* who holds the list's lock, or "none"
  todo,        \* slots whose STOP bit it has still to set, or to clear
  counted,     \* threads it has found attached
  stops,       \* stops begun so far
  rouse        \* rouse[t]: the slot whose thread t has to wake, or "none"

vars == <<state, stop, claimed, wants, running, asleep, pc, seen, stopper, todo, counted, stops, rouse>>
stopping == <<stopper, todo, counted, stops>>
words == <<state, stop, claimed, wants>>

Init ==
  /\ state = [t \in Threads |-> "attached"] /\ stop = [t \in Threads |-> FALSE]
  /\ claimed = [t \in Threads |-> "none"] /\ wants = [t \in Threads |-> FALSE]
  /\ running = 0 /\ asleep = [t \in Threads |-> "none"] /\ pc = [t \in Threads |-> "run"]
  /\ seen = [t \in Threads |-> <<>>]
  /\ stopper = "none" /\ todo = {} /\ counted = 0 /\ stops = 0 /\ rouse = [t \in Threads |-> "none"]

Go(t, where) == pc' = [pc EXCEPT ![t] = where]
Word(t) == <<state[t], stop[t], claimed[t], wants[t]>>
Blocked(t) == stop[t] \/ claimed[t] # "none"
\* weft_wake_word: whoever sleeps on that word goes on.
Wake(word) == asleep' = [u \in Threads |-> IF asleep[u] = word THEN "none" ELSE asleep[u]]
Claiming(t) == \E u \in Threads : claimed[u] = t

-----------------------------------------------------------------------------
(* leave: ATTACHED to DETACHED, into a blocking call, or to SUSPENDED, at a   *)
(* safepoint, by one RMW. If STOP is in its result the stopper has counted    *)
(* this thread, or will, and the thread arrives; the claims it holds are      *)
(* released before it leaves.                                                 *)
LeaveAttached(t) ==
  /\ pc[t] = "run" /\ ~Claiming(t) /\ rouse[t] = "none"
  /\ state' = [state EXCEPT ![t] = IF stop[t] THEN "suspended" ELSE "detached"]
  /\ Go(t, IF stop[t] THEN "arrive" ELSE "out")
  /\ UNCHANGED <<stop, claimed, wants, running, asleep, seen, stopping, rouse>>

(* weft_world_arrive_: subtract one from running; who makes it zero ...       *)
Arrive(t) ==
  /\ pc[t] = "arrive"
  /\ running' = running - 1
  /\ Go(t, IF running = 1 /\ Twin # "arrive_no_wake" THEN "rouse_stopper" ELSE "enter")
  /\ UNCHANGED <<words, asleep, seen, stopping, rouse>>

(* ... wakes the stopper, if it sleeps already.                               *)
ArriveWake(t) ==
  /\ pc[t] = "rouse_stopper"
  /\ Wake("running")
  /\ Go(t, "enter")
  /\ UNCHANGED <<words, running, seen, stopping, rouse>>

(* try_enter: one RMW to ATTACHED, refused while STOP or CLAIMED is set. A    *)
(* suspended thread wants to; a detached one when its blocking call ends.     *)
Enter(t) ==
  /\ pc[t] \in {"out", "enter"}
  /\ IF Blocked(t)
       THEN Go(t, "want") /\ UNCHANGED <<state, wants>>
       ELSE /\ state' = [state EXCEPT ![t] = "attached"]
            /\ wants' = [wants EXCEPT ![t] = FALSE]
            /\ Go(t, "run")
  /\ UNCHANGED <<stop, claimed, running, asleep, seen, stopping, rouse>>

(* wait_unblocked: set WANTS_ATTACH by an RMW, and look at its result: from   *)
(* then on, who clears STOP or CLAIMED finds the bit. If they were cleared    *)
(* before, there is nothing to wait for.                                      *)
Want(t) ==
  /\ pc[t] = "want"
  /\ wants' = [wants EXCEPT ![t] = TRUE]
  /\ seen' = [seen EXCEPT ![t] = <<state[t], stop[t], claimed[t], TRUE>>]
  /\ Go(t, IF Blocked(t) \/ Twin = "wants_unread" THEN "sleep" ELSE "enter")
  /\ UNCHANGED <<state, stop, claimed, running, asleep, stopping, rouse>>

(* It sleeps if the word is still what was seen ...                           *)
Sleep(t) ==
  /\ pc[t] = "sleep"
  /\ asleep' = IF Word(t) = seen[t] \/ Twin = "sleeps_blindly" THEN [asleep EXCEPT ![t] = t] ELSE asleep
  /\ Go(t, "look")
  /\ UNCHANGED <<words, running, seen, stopping, rouse>>

(* ... and looks again when it is woken.                                      *)
Look(t) ==
  /\ pc[t] = "look" /\ asleep[t] = "none"
  /\ seen' = [seen EXCEPT ![t] = IF Blocked(t) THEN Word(t) ELSE <<>>]
  /\ Go(t, IF Blocked(t) THEN "sleep" ELSE "enter")
  /\ UNCHANGED <<words, running, asleep, stopping, rouse>>

-----------------------------------------------------------------------------
(* weft_world_stop: under the list's lock. A thread that does not get it      *)
(* waits detached, as in any blocking call.                                   *)
StopBegin(t) ==
  /\ t \in Stoppers /\ pc[t] = "run" /\ stopper = "none" /\ stops < Stops /\ ~Claiming(t) /\ rouse[t] = "none"
  /\ stopper' = t /\ todo' = Threads \ {t} /\ counted' = 0 /\ stops' = stops + 1
  /\ Go(t, "request")
  /\ UNCHANGED <<words, running, asleep, seen, rouse>>

(* request: set STOP in each slot by an RMW, and count those that its result  *)
(* shows attached. Each of them leaves that state once, and arrives.          *)
StopSlot(t) ==
  /\ pc[t] = "request"
  /\ \E u \in todo :
       /\ stop' = [stop EXCEPT ![u] = TRUE]
       /\ counted' = IF state[u] = "attached" THEN counted + 1 ELSE counted
       /\ todo' = todo \ {u}
  /\ UNCHANGED <<state, claimed, wants, running, asleep, pc, seen, stopper, stops, rouse>>

(* Their number is added once, behind the last slot: some may have arrived    *)
(* already, and running is below zero until now.                              *)
StopAdd(t) ==
  /\ pc[t] = "request" /\ todo = {}
  /\ running' = IF Twin = "running_stored" THEN counted ELSE IF Twin = "awaits_unadded" THEN running ELSE running + counted
  /\ Go(t, "await")
  /\ UNCHANGED <<words, asleep, seen, stopping, rouse>>

(* await: read running. Zero: all have arrived, the world is stopped.         *)
Await(t) ==
  /\ pc[t] = "await" /\ asleep[t] = "none"
  /\ seen' = [seen EXCEPT ![t] = IF running = 0 THEN <<>> ELSE <<running>>]
  /\ Go(t, IF running = 0 THEN "stopped" ELSE "await_sleep")
  /\ UNCHANGED <<words, running, asleep, stopping, rouse>>

(* Otherwise it sleeps, if running is still what was read.                    *)
AwaitSleep(t) ==
  /\ pc[t] = "await_sleep"
  /\ asleep' = IF <<running>> = seen[t] \/ Twin = "sleeps_blindly" THEN [asleep EXCEPT ![t] = "running"] ELSE asleep
  /\ Go(t, "await")
  /\ UNCHANGED <<words, running, seen, stopping, rouse>>

(* weft_world_resume: the work in the stopped world is done.                  *)
ResumeBegin(t) ==
  /\ pc[t] = "stopped"
  /\ todo' = Threads \ {t}
  /\ Go(t, "resume")
  /\ UNCHANGED <<words, running, asleep, seen, stopper, counted, stops, rouse>>

(* resume: clear STOP in one slot after the other, by an RMW; if its result   *)
(* has WANTS_ATTACH ...                                                       *)
ResumeSlot(t) ==
  /\ pc[t] = "resume" /\ rouse[t] = "none"
  /\ IF todo = {}
       THEN stopper' = "none" /\ Go(t, "run") /\ UNCHANGED <<stop, todo, rouse>>
       ELSE \E u \in todo :
              /\ stop' = [stop EXCEPT ![u] = FALSE]
              /\ todo' = todo \ {u}
              /\ rouse' = [rouse EXCEPT ![t] = IF wants[u] /\ Twin # "resume_no_wake" THEN u ELSE "none"]
              /\ UNCHANGED <<stopper, pc>>
  /\ UNCHANGED <<state, claimed, wants, running, asleep, seen, counted, stops>>

(* ... the thread is woken: here, and when a claim was released.              *)
Rouse(t) ==
  /\ rouse[t] # "none"
  /\ Wake(rouse[t])
  /\ rouse' = [rouse EXCEPT ![t] = "none"]
  /\ UNCHANGED <<words, running, pc, seen, stopping>>

-----------------------------------------------------------------------------
(* weft_thread_try_claim: a detached slot that is not claimed, and whose      *)
(* thread does not want to attach.                                            *)
Claim(t, u) ==
  /\ t \in Claimers /\ t # u /\ pc[t] = "run" /\ ~Claiming(t) /\ rouse[t] = "none"
  /\ state[u] = "detached" /\ claimed[u] = "none" /\ ~wants[u]
  /\ claimed' = [claimed EXCEPT ![u] = t]
  /\ UNCHANGED <<state, stop, wants, running, asleep, pc, seen, stopping, rouse>>

(* weft_thread_try_unclaim: CLAIMED is cleared by an RMW; if its result has   *)
(* WANTS_ATTACH the thread is woken.                                          *)
ClaimRelease(t, u) ==
  /\ claimed[u] = t
  /\ claimed' = [claimed EXCEPT ![u] = "none"]
  /\ rouse' = [rouse EXCEPT ![t] = IF wants[u] /\ Twin # "release_no_wake" THEN u ELSE "none"]
  /\ UNCHANGED <<state, stop, wants, running, asleep, pc, seen, stopping>>

-----------------------------------------------------------------------------
Progress(t) ==      \* what a thread does without being asked
  \/ (stop[t] /\ LeaveAttached(t)) \/ Arrive(t) \/ ArriveWake(t) \/ (pc[t] = "enter" /\ Enter(t)) \/ Want(t) \/ Sleep(t) \/ Look(t)
  \/ StopSlot(t) \/ StopAdd(t) \/ Await(t) \/ AwaitSleep(t) \/ ResumeBegin(t) \/ ResumeSlot(t) \/ Rouse(t)
  \/ \E u \in Threads : ClaimRelease(t, u)

Next == \E t \in Threads :
  \/ Progress(t) \/ LeaveAttached(t) \/ Enter(t) \/ StopBegin(t)
  \/ \E u \in Threads : Claim(t, u)

(* Fairness: threads go on, and reach a safepoint now and then whatever they  *)
(* do (strong fairness). Nobody has to block, to stop the world or to claim.  *)
Spec == Init /\ [][Next]_vars /\ \A t \in Threads : WF_vars(Progress(t)) /\ SF_vars(stop[t] /\ LeaveAttached(t))

-----------------------------------------------------------------------------
\* While the world is stopped no other thread is attached.
WorldIsStopped == \A t, u \in Threads : pc[t] = "stopped" /\ u # t => state[u] # "attached"

\* A stop that was asked for completes, and ends.
StopEnds == \A t \in Stoppers : pc[t] = "request" ~> pc[t] = "run"

\* A thread that sleeps because of a stop or a claim is attached again in the end.
SleepersEnter == \A t \in Threads : pc[t] = "want" ~> pc[t] = "run"
===============================================================================
