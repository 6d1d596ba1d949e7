----------------------------- MODULE AbstractMap -----------------------------
(* An atomic map in insertion order. Writers change it in one step. A get   *)
(* returns a value that the key had (or Missing) at some instant between    *)
(* its call and its return; as a get changes nothing, placing it at that    *)
(* instant is a linearization, so this is exactly the promise of            *)
(* linearizable reads. Dict refines this module.                            *)
EXTENDS Integers, Sequences

CONSTANTS Threads, Keys, Values

Missing == 0          \* values are positive

VARIABLES
  map,      \* sequence of <<key, value>>, oldest insertion first
  call,     \* call[t]: the key t is looking up, or "none"
  seen,     \* seen[t]: what that key has been since the call
  got,      \* got[t]: what t's last get returned
  did       \* the last change: what was done, and to which pair

vars == <<map, call, seen, got, did>>

At(m, k) == {i \in 1..Len(m) : m[i][1] = k}
Lookup(m, k) == IF At(m, k) = {} THEN Missing ELSE m[CHOOSE i \in At(m, k) : TRUE][2]
Noticed(m) == [t \in Threads |-> IF call[t] = "none" THEN seen[t] ELSE seen[t] \cup {Lookup(m, call[t])}]

Init ==
  /\ did = <<"none", "none", Missing>>       \* the map may start with some items
  /\ call = [t \in Threads |-> "none"] /\ seen = [t \in Threads |-> {}]
  /\ got = [t \in Threads |-> Missing]

(* A read begins: a key, and what the answer is at this moment.             *)
Call(t, k) ==
  /\ call[t] = "none"
  /\ call' = [call EXCEPT ![t] = k] /\ seen' = [seen EXCEPT ![t] = {Lookup(map, k)}]
  /\ UNCHANGED <<map, got, did>>

(* It ends, with any of the answers there have been since it began.         *)
Return(t) ==
  /\ call[t] # "none"
  /\ \E v \in seen[t] : got' = [got EXCEPT ![t] = v]
  /\ call' = [call EXCEPT ![t] = "none"] /\ seen' = [seen EXCEPT ![t] = {}]
  /\ UNCHANGED <<map, did>>

(* Every change is one step; reads that are under way notice the new        *)
(* answer. A key that is set keeps its place, a new one goes to the end,    *)
(* also if it was there before and was deleted; popitem takes the last      *)
(* pair.                                                                    *)
Change(m, what, k, v) == map' = m /\ seen' = Noticed(m) /\ did' = <<what, k, v>> /\ UNCHANGED <<call, got>>
Set(k, v) ==
  Change(IF At(map, k) = {} THEN Append(map, <<k, v>>)
         ELSE [i \in 1..Len(map) |-> IF map[i][1] = k THEN <<k, v>> ELSE map[i]], "set", k, v)
Delete(k) ==
  At(map, k) # {} /\ Change(SelectSeq(map, LAMBDA p : p[1] # k), "delete", k, Lookup(map, k))
Popitem ==
  map # <<>> /\ Change(SubSeq(map, 1, Len(map) - 1), "popitem", map[Len(map)][1], map[Len(map)][2])

Next ==
  \/ \E t \in Threads : Return(t) \/ \E k \in Keys : Call(t, k)
  \/ \E k \in Keys : Delete(k) \/ \E v \in Values : Set(k, v)
  \/ Popitem

Spec == Init /\ [][Next]_vars
==============================================================================
