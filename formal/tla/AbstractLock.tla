---------------------------- MODULE AbstractLock ----------------------------
(* What a lock is, with nothing of how: a thread is out, wants the lock or *)
(* owns it, and at most one owns it. Mutex and Hint refine this module.    *)
CONSTANT Threads
VARIABLE st          \* st[t]: "out", "want" or "own"

Init == st = [t \in Threads |-> "out"]

NobodyOwns == \A t \in Threads : st[t] # "own"

\* A thread asks for the lock, or gets it at once.
Request(t) == st[t] = "out"  /\ st' = [st EXCEPT ![t] = "want"]
Take(t)    == st[t] \in {"out", "want"} /\ NobodyOwns /\ st' = [st EXCEPT ![t] = "own"]

\* It stops asking: a timeout or an interruption.
GiveUp(t)  == st[t] = "want" /\ st' = [st EXCEPT ![t] = "out"]

\* The owner lets the lock go; who wants it may take it.
Release(t) == st[t] = "own"  /\ st' = [st EXCEPT ![t] = "out"]

\* An owner that cannot go on gives the lock back and asks again.
GiveBack(t) == st[t] = "own" /\ st' = [st EXCEPT ![t] = "want"]

\* Direct handoff: release and the waiter's acquisition are one step.
Pass(t, u) == st[t] = "own" /\ st[u] = "want" /\ st' = [st EXCEPT ![t] = "out", ![u] = "own"]

Next == \E t \in Threads :
          \/ Request(t) \/ Take(t) \/ GiveUp(t) \/ Release(t) \/ GiveBack(t)
          \/ \E u \in Threads : Pass(t, u)

Spec == Init /\ [][Next]_st
=============================================================================
