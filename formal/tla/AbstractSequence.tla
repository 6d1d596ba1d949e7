--------------------------- MODULE AbstractSequence ---------------------------
(* An atomic sequence. A change is one step. A read returns what the         *)
(* sequence answered at some instant between the call and the return; as a   *)
(* read changes nothing, placing it there is a linearization. List refines   *)
(* this module.                                                              *)
EXTENDS Integers, Sequences

CONSTANTS Threads, Indices, Values

Missing == 0           \* values are positive
NoCall == -1           \* questions: an index from the front, or
AskLast == -2          \* the last item, or
AskLen == -3           \* the length

VARIABLES
  seq,      \* the items
  call,     \* call[t]: what t is asking: an index, AskLast, AskLen, or NoCall
  seen,     \* seen[t]: the answers there have been since the call
  got,      \* got[t]: what t's last read returned
  did       \* the last change: what was done, and the item it put in or took out

vars == <<seq, call, seen, got, did>>

Answer(s, q) ==
  IF q = AskLen THEN Len(s)
  ELSE IF q = AskLast THEN (IF s = <<>> THEN Missing ELSE s[Len(s)])
  ELSE IF q < Len(s) THEN s[q + 1] ELSE Missing
Noticed(s) == [t \in Threads |-> IF call[t] = NoCall THEN seen[t] ELSE seen[t] \cup {Answer(s, call[t])}]

(* A read begins: a question, and what the answer is at this moment.         *)
Call(t, q) ==
  /\ call[t] = NoCall
  /\ call' = [call EXCEPT ![t] = q] /\ seen' = [seen EXCEPT ![t] = {Answer(seq, q)}]
  /\ UNCHANGED <<seq, got, did>>

(* It ends, with any of the answers there have been since it began.          *)
Return(t) ==
  /\ call[t] # NoCall
  /\ \E v \in seen[t] : got' = [got EXCEPT ![t] = v]
  /\ call' = [call EXCEPT ![t] = NoCall] /\ seen' = [seen EXCEPT ![t] = {}]
  /\ UNCHANGED <<seq, did>>

(* Every change is one step, of one item or of many; reads that are under    *)
(* way notice the new answer. A pop returns what it has taken out.           *)
Change(s, what, v) == seq' = s /\ seen' = Noticed(s) /\ did' = <<what, v>> /\ UNCHANGED <<call, got>>
Append1(v) == Change(Append(seq, v), "append", v)
Pop == seq # <<>> /\ Change(SubSeq(seq, 1, Len(seq) - 1), "pop", seq[Len(seq)])
PopFirst == seq # <<>> /\ Change(Tail(seq), "pop_first", Head(seq))
Set(i, v) == i < Len(seq) /\ Change([seq EXCEPT ![i + 1] = v], "set", v)
InsertFirst(v) == Change(<<v>> \o seq, "insert", v)
Reverse == Change([i \in 1..Len(seq) |-> seq[Len(seq) + 1 - i]], "reverse", Missing)

Next ==
  \/ \E t \in Threads : Return(t) \/ \E q \in Indices \cup {AskLast, AskLen} : Call(t, q)
  \/ \E v \in Values : Append1(v) \/ InsertFirst(v) \/ \E i \in Indices : Set(i, v)
  \/ Pop \/ PopFirst \/ Reverse

Spec == [][Next]_vars       \* from any state: List starts with some items
===============================================================================
