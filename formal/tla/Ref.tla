--------------------------------- MODULE Ref ---------------------------------
(* Biased reference counts (lib/ref/weft_ref.c): one object, the slot of    *)
(* the thread that owns its local count, and the merge queue of that slot.  *)
(*                                                                          *)
(* The object: owner (the slot's id, or merged), local (written only by the *)
(* owner, or by the claimant of its slot), and the word shared = count,     *)
(* QUEUED, MERGED, changed only by RMW. A reference is counted in local or  *)
(* in count, whoever holds it: an owner's incref may be dropped by another  *)
(* thread and the other way round, so count alone may have to go below      *)
(* zero. The first drop that would do so queues the object to the owner     *)
(* instead: the queue now holds that reference, and the merge drops it. A   *)
(* thread may also queue the object with a new reference, to have it merged.*)
(*                                                                          *)
(* The slot's word: ATTACHED / DETACHED / FREE, CLAIMED, PENDING,           *)
(* WANTS_ATTACH: bits of one word, each transition one RMW.                 *)
EXTENDS Integers, FiniteSets

CONSTANTS
  Threads,     \* 3: the owner, a foreign thread, a late thread that may inherit the id
  Owner, Late, \* which two of them
  MaxRefs,     \* references that exist at a time
  MaxLocal,    \* where the local count overflows
  Others,      \* how often other objects of the same owner are queued, in all
  Twin

ASSUME {Owner, Late} \subseteq Threads /\ Owner # Late /\ Cardinality(Threads) >= 3

VARIABLES
  owned,       \* the object's owner field: TRUE = the slot's id, FALSE = 0 (merged)
  local, count, queued, merged,
  freed,       \* how often the object was freed
  refs,        \* refs[t]: references t holds
  pc, stash,   \* where t is; the local count it is moving into shared
  user,        \* whose slot it is now, or "none"
  state,       \* of the slot: "attached", "detached", "free"
  claimed,     \* who claimed the slot, or "none"
  pending, wants_attach,
  queue,       \* entries of this object in the slot's merge queue
  others,      \* entries of other objects there
  pushes       \* how often other objects were queued

vars == <<owned, local, count, queued, merged, freed, refs, pc, stash, user, state, claimed,
          pending, wants_attach, queue, others, pushes>>
object == <<owned, local, count, queued, merged, freed>>
queues == <<queue, others, pushes>>
slot == <<user, state, claimed, pending, wants_attach, queues>>

Init ==
  /\ owned = TRUE /\ local = 1 /\ count = 0 /\ queued = FALSE /\ merged = FALSE /\ freed = 0
  /\ refs = [t \in Threads |-> IF t = Owner THEN 1 ELSE 0]
  /\ pc = [t \in Threads |-> IF t = Late THEN "unborn" ELSE "run"]
  /\ stash = [t \in Threads |-> 0]
  /\ user = Owner /\ state = "attached" /\ claimed = "none"
  /\ pending = FALSE /\ wants_attach = FALSE
  /\ queue = 0 /\ others = 0 /\ pushes = 0

RECURSIVE Sum(_, _)
Sum(f, S) == IF S = {} THEN 0 ELSE LET x == CHOOSE x \in S : TRUE IN f[x] + Sum(f, S \ {x})
Total == Sum(refs, Threads)

\* A thread counts only while attached. The slots of the others are not modelled: they are attached.
Counts(t) == pc[t] = "run" /\ (t = user => state = "attached")
IsOwner(t) == owned /\ t = user
Go(t, where) == pc' = [pc EXCEPT ![t] = where]
Drop(t) == refs' = [refs EXCEPT ![t] = @ - 1]

-----------------------------------------------------------------------------
(* weft_ref_incref by a thread that holds a reference: the owner adds to    *)
(* local with a plain store (an overflow spills into shared), anybody else  *)
(* to count with one RMW.                                                   *)
Incref(t) ==
  /\ Counts(t) /\ refs[t] > 0 /\ Total < MaxRefs
  /\ IF IsOwner(t) /\ local < MaxLocal THEN local' = local + 1 /\ UNCHANGED count
                   ELSE count' = count + 1 /\ UNCHANGED local
  /\ refs' = [refs EXCEPT ![t] = @ + 1]
  /\ UNCHANGED <<owned, queued, merged, freed, pc, stash, slot>>

(* A reference changes hands, through any container: no count changes.      *)
Give(t, u) ==
  /\ t # u /\ Counts(t) /\ refs[t] > 0 /\ pc[u] = "run"
  /\ refs' = [refs EXCEPT ![t] = @ - 1, ![u] = @ + 1]
  /\ UNCHANGED <<object, pc, stash, slot>>

(* weft_ref_decref by the owner: a plain store, until local reaches zero.   *)
DecrefOwner(t) ==
  /\ Counts(t) /\ IsOwner(t) /\ refs[t] > 0 /\ local > 1
  /\ local' = local - 1
  /\ Drop(t)
  /\ UNCHANGED <<owned, count, queued, merged, freed, pc, stash, slot>>

(* The last local reference: owner and local become 0 in one store, then    *)
(* MERGED is set by an RMW whose result says whether the object is dead.    *)
(* If it is queued it cannot be: the queue holds a reference.               *)
DecrefOwnerLast(t) ==
  /\ Counts(t) /\ IsOwner(t) /\ refs[t] > 0 /\ local = 1
  /\ local' = 0
  /\ owned' = (Twin = "owner_stays")
  /\ Drop(t)
  /\ Go(t, "merge_zero")
  /\ UNCHANGED <<count, queued, merged, freed, stash, slot>>

(* ... this is that RMW. It sets MERGED, and from now on count alone says   *)
(* how many references there are. If it was 0 in the same RMW there is      *)
(* none, and nobody can find the object: it dies here. Any other value      *)
(* means that others have references, and the last of their drops will find *)
(* MERGED set.                                                              *)
MergeZero(t) ==
  /\ pc[t] = "merge_zero"
  /\ owned' = FALSE
  /\ merged' = TRUE
  /\ freed' = IF count = 0 THEN freed + 1 ELSE freed
  /\ Go(t, "run")
  /\ UNCHANGED <<local, count, queued, refs, stash, slot>>

(* weft_ref_decref by another thread, one RMW (a compare-exchange loop) on  *)
(* shared. Merged: zero is dead. Not merged, and there is something to      *)
(* subtract from, or the object is queued already: subtract, the merge will *)
(* add it up.                                                               *)
DecrefForeign(t) ==
  /\ Counts(t) /\ ~IsOwner(t) /\ refs[t] > 0 /\ (merged \/ count > 0 \/ queued)
  /\ count' = count - 1
  /\ Drop(t)
  /\ IF Twin = "zero_from_reload" /\ merged
       THEN Go(t, "reload") /\ UNCHANGED freed
       ELSE /\ freed' = IF merged /\ count = 1 THEN freed + 1 ELSE freed
            /\ UNCHANGED pc
  /\ UNCHANGED <<owned, local, queued, merged, stash, slot>>

(* The twin that decides by a second load instead of the RMW's result.      *)
Reload(t) ==
  /\ pc[t] = "reload"
  /\ freed' = IF count = 0 THEN freed + 1 ELSE freed
  /\ Go(t, "run")
  /\ UNCHANGED <<owned, local, count, queued, merged, refs, stash, slot>>

(* A drop that would go below zero: set QUEUED, without subtracting.        *)
DecrefQueue(t) ==
  /\ Counts(t) /\ ~IsOwner(t) /\ refs[t] > 0 /\ ~merged /\ count <= 0 /\ ~queued
  /\ queued' = TRUE
  /\ count' = IF Twin = "queue_subtracts" THEN count - 1 ELSE count
  /\ Drop(t)
  /\ Go(t, "push")
  /\ UNCHANGED <<owned, local, merged, freed, stash, slot>>

(* ask_for_merge: a thread that counts often, and keeps meeting others at   *)
(* the object, wants it merged, whatever its count is. It keeps its own     *)
(* reference: QUEUED is set together with a new one, for the queue.         *)
AskForMerge(t) ==
  /\ Counts(t) /\ ~IsOwner(t) /\ refs[t] > 0 /\ ~merged /\ ~queued
  /\ queued' = TRUE
  /\ count' = IF Twin = "ask_without_reference" THEN count ELSE count + 1
  /\ Go(t, "push")
  /\ UNCHANGED <<owned, local, merged, freed, refs, stash, slot>>

(* weft_ref_queue: read the owner. If it has merged meanwhile there is      *)
(* nobody to queue to, and the queue's reference is dropped here.           *)
Push(t) ==
  /\ pc[t] = "push"
  /\ IF owned THEN /\ queue' = IF Twin = "pending_before_push" THEN queue ELSE queue + 1
                   /\ pending' = (pending \/ Twin = "pending_before_push")
                   /\ Go(t, IF Twin = "pending_before_push" THEN "push_late" ELSE "pend")
              ELSE Go(t, "late_drop") /\ UNCHANGED <<queue, pending>>
  /\ UNCHANGED <<object, refs, stash, user, state, claimed, wants_attach, others, pushes>>

(* The twin that sets PENDING first pushes the work now.                    *)
PushLate(t) ==
  /\ pc[t] = "push_late"
  /\ queue' = queue + 1
  /\ Go(t, IF state = "attached" THEN "run" ELSE "claim")
  /\ UNCHANGED <<object, refs, stash, user, state, claimed, pending, wants_attach, others, pushes>>

(* The same for another object with the same owner: its entry is all that   *)
(* is modelled of it.                                                       *)
PushOther(t) ==
  /\ pc[t] = "run" /\ t # user /\ pushes < Others
  /\ others' = others + 1 /\ pushes' = pushes + 1
  /\ Go(t, "pend")
  /\ UNCHANGED <<object, refs, stash, user, state, claimed, pending, wants_attach, queue>>

QueueDrop == IF Twin = "queue_subtracts" THEN 0 ELSE 1

(* drop_late: the object was merged between the drop and the look at its    *)
(* owner. QUEUED is still set, so nobody else frees it; one RMW clears      *)
(* QUEUED and drops the reference that was meant for the queue, and with    *)
(* MERGED set zero is dead.                                                 *)
LateDrop(t) ==
  /\ pc[t] = "late_drop"
  /\ count' = count - QueueDrop
  /\ queued' = FALSE
  /\ freed' = IF (merged \/ Twin = "late_drop_ignores_merged") /\ count = QueueDrop THEN freed + 1 ELSE freed
  /\ Go(t, "run")
  /\ UNCHANGED <<owned, local, merged, refs, stash, slot>>

(* Work is pushed first, then PENDING is set by an RMW on the slot word.    *)
(* Its result says whether the owner is attached: then a kick is enough,    *)
(* because no transition away succeeds while PENDING is set.                *)
Pend(t) ==
  /\ pc[t] = "pend"
  /\ pending' = (Twin # "claim_without_pending" \/ pending)
  /\ Go(t, IF state = "attached" \/ Twin = "waits_for_owner" THEN "run" ELSE "claim")
  /\ UNCHANGED <<object, refs, stash, user, state, claimed, wants_attach, queues>>

(* The owner is detached, or gone: claim its slot and merge for it. An      *)
(* owner that came back, wants to, or another claimant will see PENDING.    *)
Claim(t) ==
  /\ pc[t] = "claim"
  /\ IF (state # "attached" /\ claimed = "none" /\ ~wants_attach)
       THEN claimed' = t /\ Go(t, "drain")
       ELSE Go(t, "run") /\ UNCHANGED claimed
  /\ UNCHANGED <<object, refs, stash, user, state, pending, wants_attach, queues>>

(* weft_ref_drain, by the owner at a safepoint or by the claimant: clear    *)
(* PENDING, then take the queue (in this order: what is pushed behind the   *)
(* taking sets PENDING again).                                              *)
DrainBegin(t) ==
  /\ \/ pc[t] = "drain"
     \/ pc[t] = "run" /\ t = user /\ state = "attached" /\ pending
  /\ pending' = (pending /\ Twin = "cleared_behind_taking")
  /\ Go(t, "take")
  /\ UNCHANGED <<object, refs, stash, queues, user, state, claimed, wants_attach>>

(* The whole queue is taken by one exchange, and worked off outside of any  *)
(* lock. Entries of other objects stand for objects that are merged in the  *)
(* same way, so they are simply gone.                                       *)
DrainTake(t) ==
  /\ pc[t] = "take"
  /\ queue' = 0 /\ others' = 0
  /\ Go(t, IF Twin = "cleared_behind_taking" THEN (IF queue > 0 THEN "late_merge" ELSE "late_clear")
           ELSE IF queue > 0 THEN "merge" ELSE "drained")
  /\ UNCHANGED <<object, refs, stash, pushes, user, state, claimed, pending, wants_attach>>

(* The twin that takes the queue first clears PENDING now.                  *)
DrainClearLate(t) ==
  /\ pc[t] \in {"late_clear", "late_merge"}
  /\ pending' = FALSE
  /\ Go(t, IF pc[t] = "late_merge" THEN "merge" ELSE "drained")
  /\ UNCHANGED <<object, refs, stash, queues, user, state, claimed, wants_attach>>

(* weft_ref_merge: owner and local become 0 in one store ...                *)
Merge(t) ==
  /\ pc[t] = "merge"
  /\ stash' = [stash EXCEPT ![t] = local]
  /\ local' = 0
  /\ owned' = FALSE
  /\ Go(t, "merge_shared")
  /\ UNCHANGED <<count, queued, merged, freed, refs, slot>>

(* ... then one RMW adds them to count, less the queue's reference, sets    *)
(* MERGED and clears QUEUED. The owner may have merged before: then local   *)
(* is 0 already, and only the queue's reference goes.                       *)
MergeShared(t) ==
  /\ pc[t] = "merge_shared"
  /\ count' = count + stash[t] - QueueDrop
  /\ merged' = TRUE
  /\ queued' = FALSE
  /\ freed' = IF count' = 0 THEN freed + 1 ELSE freed
  /\ stash' = [stash EXCEPT ![t] = 0]
  /\ Go(t, "drained")
  /\ UNCHANGED <<owned, local, refs, slot>>

(* The end of a drain. A claimant releases the slot by an RMW that fails    *)
(* while PENDING is set; then it drains again.                              *)
DrainEnd(t) ==
  /\ pc[t] = "drained"
  /\ IF claimed = t
       THEN IF pending /\ Twin # "released_while_pending"
              THEN Go(t, "drain") /\ UNCHANGED claimed
              ELSE Go(t, "run") /\ claimed' = "none"
       ELSE Go(t, "run") /\ UNCHANGED claimed
  /\ UNCHANGED <<object, refs, stash, user, state, pending, wants_attach, queues>>

(* weft_thread_detach: refused while PENDING is set (the owner then drains  *)
(* first).                                                                  *)
Detach(t) ==
  /\ t = user /\ pc[t] = "run" /\ state = "attached"
  /\ ~pending \/ Twin = "detach_ignores_pending"
  /\ state' = "detached"
  /\ UNCHANGED <<object, refs, pc, stash, user, claimed, pending, wants_attach, queues>>

(* weft_thread_attach: WANTS_ATTACH refuses new claims; attached once no    *)
(* claim is left.                                                           *)
WantAttach(t) ==
  /\ t = user /\ state = "detached" /\ ~wants_attach
  /\ wants_attach' = TRUE
  /\ UNCHANGED <<object, refs, pc, stash, user, state, claimed, pending, queues>>

(* ... and this is the RMW that attaches. It fails while the slot is        *)
(* claimed: the claimant writes local, and there must be no second writer.  *)
(* The claimant's release wakes who has set WANTS_ATTACH.                   *)
Attach(t) ==
  /\ t = user /\ state = "detached" /\ wants_attach
  /\ claimed = "none" \/ Twin = "attach_while_claimed"
  /\ state' = "attached"
  /\ wants_attach' = FALSE
  /\ UNCHANGED <<object, refs, pc, stash, user, claimed, pending, queues>>

(* A thread without references exits: an attached one by an RMW that fails  *)
(* while PENDING is set; it drains first. The slot of one that is gone      *)
(* already (detached, and ended without a word) is freed as it is: what     *)
(* was, or will be, pushed there finds it not attached, and is merged by    *)
(* claim. The object stays biased to the id.                                *)
Exit(t) ==
  /\ t = user /\ pc[t] = "run" /\ refs[t] = 0 /\ ~wants_attach
  /\ state = "attached" => ~pending \/ Twin = "exit_ignores_pending"
  /\ state' = "free" /\ user' = "none"
  /\ Go(t, "gone")
  /\ UNCHANGED <<object, refs, stash, claimed, pending, wants_attach, queues>>

(* A new thread starts: with another id, or, once the slot is free and not  *)
(* claimed, with this one; then it inherits the object.                     *)
Start(t) ==
  /\ pc[t] = "unborn"
  /\ Go(t, "run")
  /\ \/ UNCHANGED <<user, state>>
     \/ state = "free" /\ claimed = "none" /\ user' = t /\ state' = "attached"
  /\ UNCHANGED <<object, refs, stash, claimed, pending, wants_attach, queues>>

-----------------------------------------------------------------------------
Progress(t) ==
  \/ MergeZero(t) \/ Reload(t) \/ Push(t) \/ PushLate(t) \/ LateDrop(t) \/ Pend(t) \/ Claim(t)
  \/ DrainBegin(t) \/ DrainTake(t) \/ DrainClearLate(t) \/ Merge(t) \/ MergeShared(t) \/ DrainEnd(t)

Next == \E t \in Threads :
  \/ Incref(t) \/ DecrefOwner(t) \/ DecrefOwnerLast(t) \/ DecrefForeign(t) \/ DecrefQueue(t) \/ AskForMerge(t)
  \/ \E u \in Threads : Give(t, u)
  \/ Progress(t) \/ PushOther(t) \/ Detach(t) \/ WantAttach(t) \/ Attach(t) \/ Exit(t) \/ Start(t)

(* Fairness: a step that was begun is finished; an attached owner reaches a *)
(* safepoint. Nobody has to attach, to detach or to drop anything.          *)
Spec == Init /\ [][Next]_vars /\ \A t \in Threads : WF_vars(Progress(t)) /\ WF_vars(Attach(t))

-----------------------------------------------------------------------------
ExactlyOneFree == freed <= 1

\* Whoever holds a reference or is at work on the object finds it allocated; so does the queue.
Touches(t) == refs[t] > 0 \/ pc[t] \in {"merge_zero", "push", "late_drop", "merge", "merge_shared"}
NoUseAfterFree == freed > 0 => queue = 0 /\ \A t \in Threads : ~Touches(t)

OwnerHasLocal == owned => local >= 1

\* Nobody but the owner, or the claimant of a slot that no thread is attached with, writes local.
OneWriterOfLocal == claimed # "none" => state # "attached"

\* The total a collector computes in a stopped world is exact.
Exact == local + count + Sum(stash, Threads) = Total + IF queued THEN 1 ELSE 0

\* An object without references is freed, even if its owner sleeps detached for ever, or is gone.
NoLeak == Total = 0 ~> freed > 0

\* Nothing stays in the queue, either: an object that waits there is merged.
QueueDrains == others > 0 ~> others = 0
=============================================================================
