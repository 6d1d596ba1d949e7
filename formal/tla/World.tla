-------------------------------- MODULE World --------------------------------
(* Stop-the-world (lib/thread/weft_world.c) together with a lock whose      *)
(* waiters are detached (lib/park) and may be handed the lock while the     *)
(* world stops, and with claims of detached slots (lib/ref).                *)
(*                                                                          *)
(* Each slot has one word: ATTACHED, DETACHED or SUSPENDED, and the bits    *)
(* STOP, CLAIMED and WANTS_ATTACH; every transition is one RMW, which       *)
(* leaves the other bits as they are. The stopper sets STOP in each slot;   *)
(* the results of its RMWs tell how many threads were attached, and it      *)
(* sleeps until that many have left: no polling.                            *)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS
  Threads,
  Stoppers,     \* those that may stop the world
  Claimers,     \* those that may claim a detached slot
  Twin

VARIABLES
  state,        \* state[t] of the slot word
  stop,         \* stop[t]: the STOP bit
  claimed,      \* claimed[t]: who holds CLAIMED in t's slot, or "none"
  wants,        \* wants[t]: the WANTS_ATTACH bit
  saved,        \* the twin's memory of STOP at the claim
  pc,
  stopper,      \* the thread that stops the world, or "none"
  todo,         \* slots whose STOP bit it has still to set, or to clear
  remaining,    \* attached threads that have not left yet
  owner,        \* of the lock (an object's mutex, held in critical sections), or "none"
  queue,        \* its waiters
  token         \* token[t]: "none", "woken" or "handed"

vars == <<state, stop, claimed, wants, saved, pc, stopper, todo, remaining, owner, queue, token>>
lock == <<owner, queue, token>>
claims == <<claimed, wants, saved>>

Init ==
  /\ state = [t \in Threads |-> "detached"]
  /\ stop = [t \in Threads |-> FALSE]
  /\ claimed = [t \in Threads |-> "none"]
  /\ wants = [t \in Threads |-> FALSE] /\ saved = [t \in Threads |-> FALSE]
  /\ pc = [t \in Threads |-> "out"]
  /\ stopper = "none" /\ todo = {} /\ remaining = 0
  /\ owner = "none" /\ queue = <<>>
  /\ token = [t \in Threads |-> "none"]

Go(t, where) == pc' = [pc EXCEPT ![t] = where]

\* A claimant that has not released yet. It drains counts only: it takes no lock, and reaches no safepoint.
Draining(t) == \E u \in Threads : claimed[u] = t

\* A counted thread leaves ATTACHED (the STOP bit in the RMW's result tells it so); the last one wakes the stopper.
Left(t) == remaining' = IF stop[t] /\ Twin # "detach_not_counted" THEN remaining - 1 ELSE remaining

-----------------------------------------------------------------------------
(* weft_thread_attach: one RMW, refused while STOP is set (and while the    *)
(* slot is claimed).                                                        *)
Attach(t) ==
  /\ pc[t] \in {"out", "attach"} /\ state[t] = "detached" /\ token[t] # "handed"
  /\ claimed[t] = "none" /\ (~stop[t] \/ Twin = "attach_ignores_stop")
  /\ state' = [state EXCEPT ![t] = "attached"]
  /\ wants' = [wants EXCEPT ![t] = FALSE]
  /\ Go(t, IF pc[t] = "out" THEN "run" ELSE "lock")
  /\ UNCHANGED <<stop, claimed, saved, stopper, todo, remaining, lock>>

(* Refused: set WANTS_ATTACH, and sleep until STOP and CLAIMED are clear.   *)
(* No new claim is made from now on, so those who claim one after the other *)
(* cannot keep the thread out.                                              *)
WantAttach(t) ==
  /\ state[t] = "detached" /\ ~wants[t]
  /\ IF token[t] = "handed" THEN claimed[t] # "none" /\ ~stop[t]
                            ELSE pc[t] \in {"out", "attach"} /\ (claimed[t] # "none" \/ stop[t])
  /\ wants' = [wants EXCEPT ![t] = TRUE]
  /\ UNCHANGED <<state, stop, claimed, saved, pc, stopper, todo, remaining, lock>>

(* weft_thread_detach: the thread goes into a blocking call.                *)
Detach(t) ==
  /\ pc[t] = "run" /\ state[t] = "attached" /\ stopper # t /\ ~Draining(t)
  /\ state' = [state EXCEPT ![t] = "detached"]
  /\ Left(t)
  /\ Go(t, "out")
  /\ UNCHANGED <<stop, claims, stopper, todo, lock>>

\* The lock is released: a waiter that has waited too long is handed it, another is only woken.
Release(t, hand) ==
  IF queue = <<>>
    THEN owner' = "none" /\ UNCHANGED <<queue, token>>
    ELSE /\ owner' = IF hand THEN Head(queue) ELSE "none"
         /\ token' = [token EXCEPT ![Head(queue)] = IF hand THEN "handed" ELSE "woken"]
         /\ queue' = Tail(queue)

(* weft_thread_safepoint with STOP in the own word: SUSPENDED. A critical   *)
(* section is released meanwhile, and entered again afterwards.             *)
Safepoint(t) ==
  /\ pc[t] \in {"run", "own", "lock"} /\ state[t] = "attached" /\ stop[t]
  /\ ~Draining(t)
  /\ state' = [state EXCEPT ![t] = "suspended"]
  /\ remaining' = remaining - 1
  /\ IF pc[t] = "own" /\ Twin # "suspend_keeps_lock"
       THEN Release(t, FALSE) /\ Go(t, "lock")
       ELSE UNCHANGED <<lock, pc>>
  /\ UNCHANGED <<stop, claims, stopper, todo>>

(* The stopper has cleared STOP in this slot: one RMW from SUSPENDED to     *)
(* ATTACHED. A critical section that was released at the safepoint is       *)
(* entered again from the beginning: the thread may have to wait for its    *)
(* lock.                                                                    *)
Resume(t) ==
  /\ state[t] = "suspended" /\ ~stop[t]
  /\ state' = [state EXCEPT ![t] = "attached"]
  /\ UNCHANGED <<stop, claims, pc, stopper, todo, remaining, lock>>

-----------------------------------------------------------------------------
(* weft_critical_begin: take the object's lock, or block for it.            *)
Lock(t) ==
  /\ pc[t] \in {"run", "lock"} /\ state[t] = "attached" /\ stopper # t
  /\ ~Draining(t) \/ Twin = "claimant_locks"
  /\ IF owner = "none" \/ Twin = "blind_lock" THEN owner' = t /\ Go(t, "own") ELSE Go(t, "block") /\ UNCHANGED owner
  /\ UNCHANGED <<state, stop, claims, stopper, todo, remaining, queue, token>>

(* weft_park detaches first, one RMW: whoever stops the world from now on   *)
(* need not wait for this thread, and if one counted it already, this is    *)
(* its arrival ...                                                          *)
ParkDetach(t) ==
  /\ pc[t] = "block"
  /\ state' = [state EXCEPT ![t] = "detached"]
  /\ Left(t)
  /\ Go(t, "park")
  /\ UNCHANGED <<stop, claims, stopper, todo, lock>>

(* ... then queues, if the lock is still held.                              *)
Park(t) ==
  /\ pc[t] = "park"
  /\ IF owner = "none" THEN Go(t, "attach") /\ UNCHANGED queue
                       ELSE queue' = Append(queue, t) /\ Go(t, "parked")
  /\ UNCHANGED <<state, stop, claims, stopper, todo, remaining, owner, token>>

(* Woken without the lock: attach, then compete for it again.               *)
Woken(t) ==
  /\ pc[t] = "parked" /\ token[t] = "woken"
  /\ token' = [token EXCEPT ![t] = "none"]
  /\ Go(t, "attach")
  /\ UNCHANGED <<state, stop, claims, stopper, todo, remaining, owner, queue>>

(* Handed the lock: it becomes ours only with the attach.                   *)
HandedAttach(t) ==
  /\ pc[t] = "parked" /\ token[t] = "handed"
  /\ claimed[t] = "none" /\ (~stop[t] \/ Twin = "attach_ignores_stop")
  /\ state' = [state EXCEPT ![t] = "attached"]
  /\ wants' = [wants EXCEPT ![t] = FALSE]
  /\ token' = [token EXCEPT ![t] = "none"]
  /\ Go(t, "own")
  /\ UNCHANGED <<stop, claimed, saved, stopper, todo, remaining, owner, queue>>

(* Handed the lock, but the world is stopping: give it back, whoever stops  *)
(* the world may need it, and compete again.                                *)
HandedGiveBack(t) ==
  /\ pc[t] = "parked" /\ token[t] = "handed" /\ stop[t]
  /\ Twin # "handoff_to_stopped"
  /\ owner' = "none"
  /\ IF queue = <<>>
       THEN queue' = queue /\ token' = [token EXCEPT ![t] = "none"]
       ELSE queue' = Tail(queue) /\ token' = [token EXCEPT ![t] = "none", ![Head(queue)] = "woken"]
  /\ Go(t, "attach")
  /\ UNCHANGED <<state, stop, claims, stopper, todo, remaining>>

(* weft_critical_end: unlock, with or without handoff.                      *)
Unlock(t) ==
  /\ pc[t] = "own" /\ state[t] = "attached"
  /\ \E hand \in BOOLEAN : Release(t, hand)
  /\ Go(t, "run")
  /\ UNCHANGED <<state, stop, claims, stopper, todo, remaining>>

-----------------------------------------------------------------------------
(* A thread claims a detached slot that is not claimed, drains its counts   *)
(* and releases it: each one RMW that changes only CLAIMED. The twin's      *)
(* release stores the word it saw at the claim.                             *)
Claim(t, u) ==
  /\ t \in Claimers /\ t # u /\ pc[t] = "run" /\ state[t] = "attached" /\ stopper # t
  /\ ~Draining(t)
  /\ state[u] = "detached" /\ claimed[u] = "none" /\ (~wants[u] \/ Twin = "claims_past_wants_attach")
  /\ claimed' = [claimed EXCEPT ![u] = t]
  /\ saved' = [saved EXCEPT ![u] = Twin = "claim_release_stores" /\ stop[u]]
  /\ UNCHANGED <<state, stop, wants, pc, stopper, todo, remaining, lock>>

(* The counts are drained: CLAIMED is cleared, and nothing else of the      *)
(* word. If the stopper has set STOP meanwhile it must still be set         *)
(* afterwards, or the thread could attach in the stopped world.             *)
ClaimRelease(t, u) ==
  /\ claimed[u] = t /\ pc[t] = "run"
  /\ claimed' = [claimed EXCEPT ![u] = "none"]
  /\ stop' = [stop EXCEPT ![u] = IF Twin = "claim_release_stores" THEN saved[u] ELSE @]
  /\ saved' = [saved EXCEPT ![u] = FALSE]
  /\ UNCHANGED <<state, wants, pc, stopper, todo, remaining, lock>>

-----------------------------------------------------------------------------
(* weft_world_stop: one stopper at a time (others reach their safepoints    *)
(* like anybody). STOP is set in each slot by an RMW whose result says      *)
(* whether that thread is attached and must be waited for.                  *)
StopBegin(t) ==
  /\ t \in Stoppers /\ pc[t] = "run" /\ state[t] = "attached" /\ stopper = "none"
  /\ ~Draining(t)
  /\ stopper' = t
  /\ todo' = Threads \ {t}
  /\ Go(t, "stopping")
  /\ UNCHANGED <<state, stop, claims, remaining, lock>>

(* One slot: set STOP by an RMW. If the result says ATTACHED the thread is  *)
(* counted, and its way out of ATTACHED (Safepoint, Detach, ParkDetach:     *)
(* they see STOP in their own RMW's result) counts it back.                 *)
StopSlot(t) ==
  /\ pc[t] = "stopping"
  /\ \E u \in todo :
       /\ stop' = [stop EXCEPT ![u] = TRUE]
       /\ todo' = todo \ {u}
       /\ remaining' = IF state[u] = "attached" /\ Twin # "stop_waits_for_nobody" THEN remaining + 1 ELSE remaining
  /\ UNCHANGED <<state, claims, pc, stopper, lock>>

(* All slots have STOP, and all who were counted have left: the world is    *)
(* stopped. The last of them woke the stopper.                              *)
StopDone(t) ==
  /\ pc[t] = "stopping" /\ todo = {} /\ (remaining = 0 \/ Twin = "stop_waits_for_nobody")
  /\ Go(t, "stopped")
  /\ UNCHANGED <<state, stop, claims, stopper, todo, remaining, lock>>

(* In the stopped world the stopper takes the object's lock for its work.   *)
StoppedLock(t) ==
  /\ pc[t] = "stopped" /\ owner = "none"
  /\ owner' = t
  /\ Go(t, "stopped_own")
  /\ UNCHANGED <<state, stop, claims, stopper, todo, remaining, queue, token>>

(* weft_world_resume: unlock, clear STOP everywhere, wake who waits for it. *)
StartBegin(t) ==
  /\ pc[t] = "stopped_own"
  /\ Release(t, FALSE)
  /\ todo' = Threads \ {t}
  /\ Go(t, "starting")
  /\ UNCHANGED <<state, stop, claims, stopper, remaining>>

(* STOP is cleared in one slot after the other, each time by an RMW that    *)
(* wakes who sleeps on that word; after the last one the stopper is a       *)
(* thread like the others.                                                  *)
StartSlot(t) ==
  /\ pc[t] = "starting"
  /\ IF todo = {}
       THEN stopper' = "none" /\ Go(t, "run") /\ remaining' = 0 /\ UNCHANGED <<stop, todo>>
       ELSE \E u \in todo :
              /\ stop' = [stop EXCEPT ![u] = FALSE]
              /\ todo' = todo \ {u}
              /\ UNCHANGED <<stopper, pc, remaining>>
  /\ UNCHANGED <<state, claims, lock>>

-----------------------------------------------------------------------------
Progress(t) ==      \* what a thread does without being asked
  \/ Safepoint(t) \/ Resume(t) \/ ParkDetach(t) \/ Park(t) \/ Woken(t)
  \/ HandedAttach(t) \/ HandedGiveBack(t) \/ StopSlot(t) \/ StopDone(t)
  \/ StoppedLock(t) \/ StartBegin(t) \/ StartSlot(t)
  \/ (pc[t] = "lock" /\ Lock(t)) \/ ((pc[t] = "attach" \/ wants[t]) /\ Attach(t))
  \/ \E u \in Threads : ClaimRelease(t, u)

Next == \E t \in Threads :
  \/ Progress(t) \/ Attach(t) \/ WantAttach(t) \/ Detach(t) \/ Lock(t) \/ Unlock(t) \/ StopBegin(t)
  \/ \E u \in Threads : Claim(t, u)

(* Fairness: threads go on, end critical sections, and reach a safepoint    *)
(* now and then whatever they do (strong fairness).                         *)
Spec == Init /\ [][Next]_vars
        /\ \A t \in Threads : WF_vars(Progress(t)) /\ WF_vars(WantAttach(t)) /\ WF_vars(Unlock(t)) /\ SF_vars(Safepoint(t))

-----------------------------------------------------------------------------
Stopped(t) == pc[t] \in {"stopped", "stopped_own"}

\* While the world is stopped no other thread is attached.
WorldIsStopped == \A t, u \in Threads : Stopped(t) /\ u # t => state[u] # "attached"

\* A suspended thread holds no lock.
SuspendedHoldsNothing == \A t \in Threads : state[t] = "suspended" => owner # t

\* A handed-over lock is not owned by a thread that cannot run: its next step is to attach or to give back.
MutualExclusion == \A t \in Threads : pc[t] \in {"own", "stopped_own"} => owner = t

\* A stop that was asked for completes ...
StopCompletes == \A t \in Stoppers : pc[t] = "stopping" ~> Stopped(t)

\* ... gets the locks it needs, and ends.
StopperProceeds == \A t \in Stoppers : pc[t] = "stopped" ~> pc[t] = "run"

\* A thread that waits for claims of its slot to end attaches (in a world that nobody stops for ever).
Watched == CHOOSE t \in Threads \ Claimers : TRUE
AttachCompletes == wants[Watched] ~> ~wants[Watched]
=============================================================================
