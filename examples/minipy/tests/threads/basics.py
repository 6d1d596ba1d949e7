"""Threads: their life, names, exceptions, locks and what is made of them. The output does not depend on who comes first."""
import sys
import threading
import time


def show(*values):
    print(*values, flush=True)


# ---- life
def note(where, value):
    where.append(value)


seen = []
thread = threading.Thread(target=note, args=(seen,), kwargs={"value": 1})
show(thread.is_alive(), thread.ident is None, thread.name, thread.daemon)
thread.start()
thread.join()
show(seen, thread.is_alive(), thread.ident is None)
for wrong in (thread.start, threading.Thread().join, threading.current_thread().join):
    try:
        wrong()
    except RuntimeError as error:
        show(error)


class Own(threading.Thread):
    def run(self):
        seen.append(threading.current_thread() is self)
        seen.append(threading.get_ident() == self.ident)


own = Own(name="own")
own.start()
own.join()
show(seen, own.name, repr(own).startswith("<Own(own, stopped"))
show(threading.current_thread() is threading.main_thread(), threading.main_thread().name)

gate = threading.Event()
waits = threading.Thread(target=gate.wait, daemon=True)
waits.start()
waits.join(0.01)
show(waits.is_alive(), waits.daemon, waits in threading.enumerate(), threading.active_count())
gate.set()
waits.join(60)
show(waits.is_alive(), waits in threading.enumerate())

# ---- exceptions
def fails(depth):
    if depth:
        fails(depth - 1)
    raise ValueError("in a thread")


def leaves():
    sys.exit(3)


def chains():
    try:
        fails(0)
    except ValueError as error:
        raise KeyError("second") from error


for target, args in ((fails, (2,)), (leaves, ()), (chains, ())):
    thread = threading.Thread(target=target, args=args)
    thread.start()
    thread.join()
hooked = []
kept, threading.excepthook = threading.excepthook, lambda args: hooked.append((args.exc_type, str(args.exc_value), args.thread.name))
thread = threading.Thread(target=fails, args=(0,), name="hooked")
thread.start()
thread.join()
threading.excepthook = kept
show(hooked)

# ---- locks
lock = threading.Lock()
show(lock.acquire(), lock.locked(), lock.acquire(False), lock.acquire(True, 0.001))
releaser = threading.Thread(target=lock.release)
releaser.start()
show(lock.acquire(timeout=60))
lock.release()
for wrong in (lock.release, lambda: lock.acquire(False, 1), lambda: lock.acquire(True, -2), threading.RLock().release):
    try:
        wrong()
    except (RuntimeError, ValueError) as error:
        show(type(error).__name__, error)
rlock = threading.RLock()
with rlock:
    with rlock:
        got = []
        thread = threading.Thread(target=lambda: got.append(rlock.acquire(False)))
        thread.start()
        thread.join()
        show(got, rlock.acquire())
        rlock.release()

counter = 0


def count(times):
    global counter
    for _ in range(times):
        with lock:
            counter += 1


def run(number, target, *args):
    threads = [threading.Thread(target=target, args=args) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


run(8, count, 500)
show(counter)

# ---- condition, semaphore, barrier
condition = threading.Condition()
turn = 0
order = []


def take_turn(me, rounds):
    global turn
    for _ in range(rounds):
        with condition:
            condition.wait_for(lambda: turn % 4 == me)
            order.append(me)
            turn += 1
            condition.notify_all()


threads = [threading.Thread(target=take_turn, args=(me, 10)) for me in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
show(order == [0, 1, 2, 3] * 10)
with condition:
    show(condition.wait(0.001), condition.wait_for(lambda: False, 0.001))
for wrong in (condition.wait, condition.notify):
    try:
        wrong()
    except RuntimeError as error:
        show(error)

semaphore = threading.BoundedSemaphore(3)
inside = most = 0


def enter():
    global inside, most
    for _ in range(20):
        with semaphore:
            with lock:
                inside += 1
                most = max(most, inside)
            with lock:
                inside -= 1


run(8, enter)
show(most <= 3, inside)
try:
    semaphore.release()
except ValueError as error:
    show(error)

rounds = []
barrier = threading.Barrier(8, action=lambda: rounds.append(len(marks)))
marks = []


def meet():
    for _ in range(5):
        marks.append(1)
        barrier.wait()
        barrier.wait()


run(8, meet)
show(rounds[::2], barrier.broken, barrier.n_waiting)
broken = threading.Barrier(2)
try:
    broken.wait(0.001)
except threading.BrokenBarrierError:
    show("broken", broken.broken)
broken.reset()
show(broken.broken)

# ---- local, timer
mine = threading.local()
mine.x = "main"
others = []


def own_x(value):
    others.append(hasattr(mine, "x"))
    mine.x = value
    others.append(mine.x == value)


run(4, own_x, "other")
show(mine.x, sorted(others))


class Counting(threading.local):
    start = 5

    def __init__(self, first):
        self.value = first

    def step(self):
        self.value += 1
        return self.value


counting = Counting(10)
counting.step()
steps = []
run(3, lambda: steps.append(counting.step()))
show(counting.value, steps, counting.start)

fired = threading.Event()
timer = threading.Timer(0.001, fired.set)
timer.start()
show(fired.wait(60))
never = threading.Timer(1000, fired.clear)
never.start()
never.cancel()
never.join()
show(fired.is_set())

# ---- generators and iterators that threads share
def numbers():
    yield from range(10000)


def drain(source, into):
    while True:
        try:
            into.append(next(source))
        except StopIteration:
            return
        except ValueError as error:
            assert str(error) == "generator already executing"


collected = []
run(8, drain, numbers(), collected)
show(sorted(collected) == list(range(10000)))
collected = []
run(8, drain, iter(range(10000)), collected)
show(set(collected) <= set(range(10000)))

# ---- a thread that is not waited for ends with the program; one that is no daemon is waited for
threading.Thread(target=lambda: time.sleep(1000), daemon=True).start()


def last():
    gate.wait()
    show("last")


gate.clear()
threading.Thread(target=last).start()
show("main ends")
gate.set()
