"""What threads needed goes back: objects, strings, and the memory they lay in. Counted by minipy's own sys.memory(); python3 has none."""
import gc
import sys
import threading

THREADS = 8
SIZES = range(2, 26, 3)  # of tuples: sizes of objects


def look():
    for _ in range(4):
        gc.collect()
    return sys.memory() if hasattr(sys, "memory") else dict.fromkeys(("objects", "heap", "waiting", "tables", "symbols", "blocks"), 0)


def hold_one_each(barrier, me):
    held = []
    for size in SIZES:
        held.append((me,) * size)
        barrier.wait()  # all have one: none finds one that another has given back


def make_names(me, number):
    names = {f"name {number} {me} {i}": [i] for i in range(300)}
    assert names[f"name {number} {me} 7"] == [7]


def run(count, function, *args):
    threads = [threading.Thread(target=function, args=(*args, me)) for me in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def check(what, figure, limit):
    print(what, "bounded" if figure <= limit else f"{figure} instead of {limit}")


run(THREADS, hold_one_each, threading.Barrier(THREADS))
before = look()
for _ in range(12):
    run(THREADS, hold_one_each, threading.Barrier(THREADS))
    run(2, make_names, _)
after = look()
check("objects", after["objects"], before["objects"] + 200)
check("symbols", after["symbols"], before["symbols"] + 200)
check("heap after threads", after["heap"], 5 << 20)
check("tables", after["tables"], before["tables"] + (1 << 20))
check("blocks of entries", after["blocks"], before["blocks"] + 40)

many = [(i, (i,) * 5) for i in range(60000)]
peak = look()
many = None
after = look()
check("heap after a peak", after["heap"], max(peak["heap"] // 2, 3 << 20))
check("objects after it", after["objects"], before["objects"] + 200)
