-------------------------------- MODULE Rwmutex --------------------------------
(* The one-word reader-writer mutex (lib/mutex/weft_rwmutex.c): readers,       *)
(* WRITER and HAS_PARKED in one word. With HAS_PARKED set a new reader queues, *)
(* too, so a writer is not starved; the last owner out hands the mutex to the  *)
(* head of the queue, and with a reader to all readers that wait, so readers   *)
(* are not starved by writers. A step is one access to the word, or one        *)
(* critical section of the bucket lock.                                        *)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS Threads, Readers, Writers, Twin

ASSUME Readers \cup Writers = Threads       \* a thread may be both

VARIABLES
  word,        \* [readers, writer, parked]
  queue,       \* <<thread, "read" or "write">>, first in first out
  pc, wants,   \* where t is; the mode it wants or has
  woken,       \* woken[t]: its wait word is set; the mutex is t's, by handoff
  waking       \* waking[t]: whom t is about to wake

vars == <<word, queue, pc, wants, woken, waking>>

Init ==
  /\ word = [readers |-> 0, writer |-> FALSE, parked |-> FALSE]
  /\ queue = <<>>
  /\ pc = [t \in Threads |-> "out"] /\ wants = [t \in Threads |-> "none"]
  /\ woken = [t \in Threads |-> FALSE] /\ waking = [t \in Threads |-> {}]

Go(t, where) == pc' = [pc EXCEPT ![t] = where]
Free(mode) == IF mode = "read" THEN ~word.writer /\ (~word.parked \/ Twin = "readers_overtake")
              ELSE ~word.writer /\ ~word.parked /\ (word.readers = 0 \/ Twin = "writer_ignores_readers")
Taken(mode) == IF mode = "read" THEN [word EXCEPT !.readers = @ + 1] ELSE [word EXCEPT !.writer = TRUE]

Ask(t) ==
  /\ pc[t] = "out"
  /\ \E mode \in {"read", "write"} :
       /\ mode = "read" => t \in Readers
       /\ mode = "write" => t \in Writers
       /\ wants' = [wants EXCEPT ![t] = mode]
  /\ Go(t, "lock")
  /\ UNCHANGED <<word, queue, woken, waking>>

(* weft_rwmutex_lock_read, weft_rwmutex_lock_write: one compare-exchange, or,  *)
(* if the word does not allow it, announce a waiter and park.                  *)
Lock(t) ==
  /\ pc[t] = "lock"
  /\ IF Free(wants[t]) THEN word' = Taken(wants[t]) /\ Go(t, "own")
                       ELSE word' = [word EXCEPT !.parked = TRUE] /\ Go(t, "park")
  /\ UNCHANGED <<queue, wants, woken, waking>>

(* weft_park re-checks under the bucket lock: still announced, still taken.    *)
Park(t) ==
  /\ pc[t] = "park"
  /\ IF (word.parked /\ (word.writer \/ word.readers > 0)) \/ Twin = "no_recheck"
       THEN /\ queue' = Append(queue, <<t, wants[t]>>) /\ Go(t, "parked")
            /\ woken' = [woken EXCEPT ![t] = FALSE]
       ELSE Go(t, "lock") /\ UNCHANGED <<queue, woken>>
  /\ UNCHANGED <<word, wants, waking>>

ParkReturn(t) ==
  /\ pc[t] = "parked" /\ woken[t]
  /\ Go(t, "own")
  /\ UNCHANGED <<word, queue, wants, woken, waking>>

(* weft_rwmutex_unlock: one RMW while others still read, or nobody is parked.  *)
LastOut(t) == wants[t] = "write" \/ word.readers = 1
Unlock(t) ==
  /\ pc[t] = "own"
  /\ IF LastOut(t) /\ word.parked
       THEN Go(t, "unlock_slow") /\ UNCHANGED <<word, wants>>
       ELSE /\ word' = IF wants[t] = "write" THEN [word EXCEPT !.writer = FALSE] ELSE [word EXCEPT !.readers = @ - 1]
            /\ wants' = [wants EXCEPT ![t] = "none"] /\ Go(t, "out")
  /\ UNCHANGED <<queue, woken, waking>>

(* The last one out, under the bucket lock: hand the mutex on (choose who with *)
(* weft_unpark_select). A reader still counted can be the last only if no      *)
(* other came meanwhile, and with HAS_PARKED set none can.                     *)
WaitingReaders == {queue[i][1] : i \in {i \in 1..Len(queue) : queue[i][2] = "read"}}
UnlockHandoff(t) ==
  /\ pc[t] = "unlock_slow"
  /\ LET write == queue # <<>> /\ Head(queue)[2] = "write"
         who   == IF queue = <<>> THEN {} ELSE IF write THEN {Head(queue)[1]}
                  ELSE WaitingReaders
         rest  == SelectSeq(queue, LAMBDA q : q[1] \notin who)
     IN /\ queue' = rest
        /\ waking' = [waking EXCEPT ![t] = who]
        /\ word' = [readers |-> IF write THEN 0 ELSE IF Twin = "wrong_count" THEN 1 ELSE Cardinality(who),
                    writer |-> write,
                    parked |-> rest # <<>> /\ Twin # "no_waiters_remain"]
  /\ wants' = [wants EXCEPT ![t] = "none"]
  /\ Go(t, "wake")
  /\ UNCHANGED woken

Wake(t) ==
  /\ pc[t] = "wake"
  /\ woken' = [u \in Threads |-> woken[u] \/ u \in waking[t]]
  /\ waking' = [waking EXCEPT ![t] = {}]
  /\ Go(t, "out")
  /\ UNCHANGED <<word, queue, wants>>

Steps(t) == Lock(t) \/ Park(t) \/ ParkReturn(t) \/ Unlock(t) \/ UnlockHandoff(t) \/ Wake(t)
Next == \E t \in Threads : Ask(t) \/ Steps(t)
(* Fairness: threads run and owners unlock; a locker is not for ever overtaken *)
(* between its announcement and its re-check.                                  *)
Spec == Init /\ [][Next]_vars /\ \A t \in Threads : WF_vars(Steps(t)) /\ SF_vars(Park(t) /\ queue' # queue)

-----------------------------------------------------------------------------
Handed(t) == pc[t] = "parked" /\ ~\E i \in 1..Len(queue) : queue[i][1] = t
Owns(t) == pc[t] \in {"own", "unlock_slow"} \/ Handed(t)

\* A writer is alone.
WriterAlone == \A t, u \in Threads : Owns(t) /\ Owns(u) /\ wants[t] = "write" => t = u

\* The word says exactly who owns the mutex.
WordExact == /\ word.writer <=> \E t \in Threads : Owns(t) /\ wants[t] = "write"
             /\ word.readers = Cardinality({t \in Threads : Owns(t) /\ wants[t] = "read"})

WaitersAnnounced == queue # <<>> => word.parked

\* All readers are alike, and all writers: it is enough to watch one of each.
Watched == {CHOOSE t \in Readers : TRUE, CHOOSE t \in Writers : TRUE}

\* Neither is starved, by constant load of the other kind.
LockReturns == \A t \in Watched : pc[t] = "parked" ~> pc[t] = "own"
EveryoneGetsIt == \A t \in Watched : pc[t] = "lock" ~> pc[t] = "own"
================================================================================
