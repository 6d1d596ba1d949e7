"""threading.local: its values go with it, and with their threads, whichever goes first."""
import gc
import threading


class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("gone:", self.name, flush=True)


def settle():
    for _ in range(3):
        gc.collect()


def short():
    mine = threading.local()
    mine.value = Noisy("of a short local")


short()
settle()

# Other threads have values in one that goes.
shared = threading.local()
shared.value = Noisy("shared")
ready, go = threading.Barrier(4), threading.Event()


def uses():
    shared.value = Noisy("shared")
    ready.wait()
    go.wait()


threads = [threading.Thread(target=uses) for _ in range(3)]
for thread in threads:
    thread.start()
ready.wait()
print("four values")
del shared
settle()
print("the local is gone")
go.set()
for thread in threads:
    thread.join()

# A thread that goes takes its value along, the others stay.
stays = threading.local()
stays.value = Noisy("kept until the end")


def passes():
    stays.value = Noisy("gone with its thread")


thread = threading.Thread(target=passes)
thread.start()
thread.join()
settle()
print(stays.value.name)

# In a cycle.
ring = threading.local()
ring.me = ring
ring.value = Noisy("of a ring")
del ring
settle()
print("the ring is gone")


# The parameters of a subclass's.
class Counts(threading.local):
    made = 0

    def __init__(self, start):
        Counts.made += 1
        self.count = start


counts = Counts(5)
counts.count += 1
seen = []
thread = threading.Thread(target=lambda: seen.append(counts.count))
thread.start()
thread.join()
print(counts.count, seen, Counts.made)

# Many that come and go, on many threads at once.
kept = [threading.local() for _ in range(10)]


def churns(me):
    for i in range(50):
        new = threading.local()
        new.value = me
        kept[i % 10].value = i
        kept[(i + me) % 10] = new
        assert new.value == me and not hasattr(threading.local(), "value")


threads = [threading.Thread(target=churns, args=(me,)) for me in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(kept))
del stays.value
settle()
print("over")
