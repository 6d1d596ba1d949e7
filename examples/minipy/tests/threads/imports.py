"""Imports on threads: a lock for each module, and none for two that wait for each other. What begins with an underscore is imported here."""
import sys
import threading

east_begun, west_begun, staying = threading.Event(), threading.Event(), threading.Event()
east_done = west_done = False
failures = []

import _starts_a_thread
print(_starts_a_thread.found, _starts_a_thread.thread.is_alive())


def imports(name):
    try:
        __import__(name)
    except BaseException as error:
        failures.append((name, repr(error)))


# Each of them imports the other, when both have begun.
threads = [threading.Thread(target=imports, args=(name,)) for name in ("_east", "_west")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(failures, east_done, west_done, sys.modules["_east"].name, sys.modules["_west"].name)

# Many at once: it is run once, and all see all of it.
del sys.modules["_plain"]
seen = []


def names():
    import _plain
    seen.append((_plain.name, id(_plain)))


threads = [threading.Thread(target=names) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(seen), len(set(seen)))


# A daemon is importing a module until the program ends: others are imported meanwhile.
threading.Thread(target=imports, args=("_stays",), daemon=True).start()
print(staying.wait(60))
del sys.modules["_plain"]
import _plain
print(_plain.name, flush=True)
raise KeyError("the last")
