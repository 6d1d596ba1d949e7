---------------------------------- MODULE Gil ----------------------------------
(* The optional GIL (lib/thread/weft_gil.c) and its switching on and off while *)
(* threads run. It is switched only in a stopped world; a thread that attaches *)
(* reads the state, takes the GIL if it is on, and reads the state again if    *)
(* the world was stopped meanwhile.                                            *)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS Threads, Switchers, Toggles, Twin

VARIABLES
  on,          \* the GIL is on
  holder,      \* who has it, or "none"
  drop,        \* a waiter asks the holder to switch
  last,        \* who took it last
  attached,    \* attached[t]
  stopper,     \* who has stopped, or is stopping, the world, or "none"
  pc, thinks,  \* thinks[t]: the state as t read it
  toggles

vars == <<on, holder, drop, last, attached, stopper, pc, thinks, toggles>>

Init ==
  /\ on \in BOOLEAN /\ holder = "none" /\ drop = FALSE /\ last = "none"
  /\ attached = [t \in Threads |-> FALSE] /\ stopper = "none"
  /\ pc = [t \in Threads |-> "out"] /\ thinks = [t \in Threads |-> FALSE]
  /\ toggles = 0

Go(t, where) == pc' = [pc EXCEPT ![t] = where]

-----------------------------------------------------------------------------
(* enter, with weft_gil_take_ in it: read the state ...                        *)
Read(t) ==
  /\ pc[t] \in {"out", "again"}
  /\ thinks' = [thinks EXCEPT ![t] = on]
  /\ Go(t, IF on THEN "wait" ELSE "attach")
  /\ UNCHANGED <<on, holder, drop, last, attached, stopper, toggles>>

(* ... wait for the GIL: after the switching interval ask for it ...           *)
AskSwitch(t) ==
  /\ pc[t] = "wait" /\ holder # "none" /\ ~drop
  /\ drop' = (Twin # "never_asks")
  /\ UNCHANGED <<on, holder, last, attached, stopper, pc, thinks, toggles>>

(* ... and take it once it is free, handed on by the thread that detached or   *)
(* reached a safepoint. Who had it last and was asked to switch leaves it to   *)
(* another: otherwise the thread that runs would win each time, being the one  *)
(* that is awake.                                                              *)
Take(t) ==
  /\ pc[t] = "wait" /\ holder = "none" /\ (last # t \/ ~drop)
  /\ holder' = t /\ last' = t /\ drop' = FALSE
  /\ Go(t, "attach")
  /\ UNCHANGED <<on, attached, stopper, thinks, toggles>>

(* ... and attach (an RMW on the slot word, refused in a stopped world). The   *)
(* state is read again: with the GIL on the thread has to be its holder. That  *)
(* the GIL is on as before is not enough: it may have been switched off and on *)
(* between, and belong to another now.                                         *)
Fits(t) == IF Twin = "state_only" THEN thinks[t] = on ELSE IF on THEN holder = t ELSE holder # t
Attach(t) ==
  /\ pc[t] = "attach" /\ stopper = "none" /\ (Fits(t) \/ Twin = "not_read_again")
  /\ attached' = [attached EXCEPT ![t] = TRUE]
  /\ Go(t, "run")
  /\ UNCHANGED <<on, holder, drop, last, stopper, thinks, toggles>>

(* Refused, or the state is another one by now: give the GIL back and, once    *)
(* the world goes on, read the state again.                                    *)
AttachAgain(t) ==
  /\ pc[t] \in {"attach", "wait"} /\ Twin # "not_read_again"
  /\ stopper # "none" \/ (IF pc[t] = "attach" THEN ~Fits(t) ELSE thinks[t] # on)
  /\ holder' = IF holder = t THEN "none" ELSE holder
  /\ Go(t, "refused")
  /\ UNCHANGED <<on, drop, last, attached, stopper, thinks, toggles>>

(* The world goes on: the refused thread starts from the beginning, with       *)
(* reading whether there is a GIL at all.                                      *)
Resume(t) ==
  /\ pc[t] = "refused" /\ stopper = "none"
  /\ Go(t, "again")
  /\ UNCHANGED <<on, holder, drop, last, attached, stopper, thinks, toggles>>

(* leave: detach, then give the GIL up (weft_gil_release_).                    *)
Leave(t) ==
  /\ attached' = [attached EXCEPT ![t] = FALSE]
  /\ holder' = IF holder = t /\ Twin # "detach_keeps_gil" THEN "none" ELSE holder

(* weft_thread_detach: the thread goes into a call that may block. It lets the *)
(* GIL go and does not come back by itself.                                    *)
Detach(t) ==
  /\ pc[t] = "run"
  /\ Leave(t)
  /\ Go(t, "out")
  /\ UNCHANGED <<on, drop, last, stopper, thinks, toggles>>

(* At a safepoint: a stopping world, or a request to switch. After a switch    *)
(* the thread does not take the GIL before another has had it.                 *)
Safepoint(t) ==
  /\ pc[t] = "run" /\ (stopper \notin {"none", t} \/ (drop /\ holder = t))
  /\ Leave(t)
  /\ Go(t, IF stopper # "none" THEN "refused" ELSE "again")
  /\ UNCHANGED <<on, drop, last, stopper, thinks, toggles>>

(* weft_gil_set: stop the world, switch the GIL on or off, resume.             *)
StopWorld(t) ==
  /\ t \in Switchers /\ pc[t] = "run" /\ stopper = "none" /\ toggles < Toggles
  /\ stopper' = t
  /\ Go(t, "stopping")
  /\ UNCHANGED <<on, holder, drop, last, attached, thinks, toggles>>

(* Nobody else is attached any more: switch. Switched on, the GIL belongs to   *)
(* the thread that did it, the only one that runs; switched off, it belongs to *)
(* nobody. Threads that had read the old state are on their way, and find out  *)
(* at Attach. The world goes on in the same step, as nothing of what follows   *)
(* can be told apart from it.                                                  *)
Switch(t) ==
  /\ pc[t] = "stopping"
  /\ (\A u \in Threads \ {t} : ~attached[u]) \/ Twin = "switch_without_stop"
  /\ on' = ~on
  /\ toggles' = toggles + 1
  /\ thinks' = [thinks EXCEPT ![t] = ~on]
  /\ holder' = IF ~on THEN t ELSE IF Twin = "off_keeps_holder" THEN holder ELSE "none"
  /\ last' = IF ~on THEN t ELSE "none"
  /\ drop' = FALSE
  /\ stopper' = "none"
  /\ Go(t, "run")
  /\ UNCHANGED attached

-----------------------------------------------------------------------------
Steps(t) == (pc[t] = "again" /\ Read(t)) \/ AskSwitch(t) \/ Attach(t) \/ AttachAgain(t) \/ Resume(t) \/ Switch(t)
Next == \E t \in Threads : Read(t) \/ Steps(t) \/ Take(t) \/ Detach(t) \/ Safepoint(t) \/ StopWorld(t)

(* Fairness: threads go on and reach safepoints; nobody has to attach or to    *)
(* detach; a waiter takes a GIL that is free again and again.                  *)
Spec == Init /\ [][Next]_vars
        /\ \A t \in Threads : WF_vars(Steps(t)) /\ SF_vars(Take(t)) /\ WF_vars(Safepoint(t)) /\ SF_vars(Attach(t))

-----------------------------------------------------------------------------
\* With the GIL on, one thread runs at a time, and it is the holder (but for those a stop is waiting for).
OneRunsAtATime == on => \A t \in Threads : attached[t] => holder = t

\* Nobody who does not run keeps the GIL.
HolderRuns == holder # "none" => pc[holder] \in {"attach", "run", "stopping"}

\* With the GIL off nobody who runs holds it (one who still took it on old news is about to give it back).
OffMeansFree == ~on => holder = "none" \/ ~attached[holder]

\* It is enough to watch one of the threads that do not switch.
Watched == CHOOSE t \in Threads \ Switchers : TRUE

\* Everybody who waits for the GIL runs, although others never detach.
WaiterRuns == pc[Watched] = "wait" ~> pc[Watched] = "run"
================================================================================
