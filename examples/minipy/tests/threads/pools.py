"""Queues and pools: the same result whoever does the work."""
import queue
import threading
from concurrent.futures import (ALL_COMPLETED, FIRST_COMPLETED, CancelledError, ThreadPoolExecutor, as_completed, wait)
import concurrent.futures

THREADS = 8


def squares(start, stop):
    return sum(i * i for i in range(start, stop))


N = 40000
with ThreadPoolExecutor(max_workers=4) as pool:
    parts = pool.map(squares, range(0, N, N // 8), range(N // 8, N + 1, N // 8))
    print(sum(parts) == sum(i * i for i in range(N)))
    calls = [pool.submit(pow, base, 3) for base in range(20)]
    print(sorted(call.result() for call in as_completed(calls)) == [base ** 3 for base in range(20)])
    done, rest = wait(calls, return_when=ALL_COMPLETED)
    print(len(done), len(rest), all(call.done() for call in calls))
    failing = pool.submit(int, "x")
    print(type(failing.exception()).__name__, failing.exception())
    try:
        failing.result()
    except ValueError as error:
        print("raised", error)
    said = []
    pool.submit(len, "abc").add_done_callback(lambda call: said.append(call.result()))
    pool.submit(len, "abc").result()
print(said)
try:
    pool.submit(len, "")
except RuntimeError as error:
    print(error)
print(concurrent.futures.ThreadPoolExecutor is ThreadPoolExecutor)

gate = threading.Event()
with ThreadPoolExecutor(1, thread_name_prefix="one") as pool:
    first = pool.submit(lambda: gate.wait() and threading.current_thread().name)
    second = pool.submit(len, "never")
    print(second.cancel(), second.cancelled())
    try:
        second.result()
    except CancelledError:
        print("cancelled")
    try:
        first.result(0.001)
    except concurrent.futures.TimeoutError:
        print("timeout")
    gate.set()
    print(first.result())

# Producers and consumers.
work = queue.Queue(maxsize=5)
results = queue.Queue()


def produce(me):
    for i in range(100):
        work.put((me, i))


def consume():
    while True:
        item = work.get()
        if item is None:
            break
        results.put(item[0] * 1000 + item[1])
        work.task_done()


consumers = [threading.Thread(target=consume) for _ in range(THREADS // 2)]
producers = [threading.Thread(target=produce, args=(me,)) for me in range(THREADS // 2)]
for thread in consumers + producers:
    thread.start()
for thread in producers:
    thread.join()
work.join()
for _ in consumers:
    work.put(None)
for thread in consumers:
    thread.join()
print(results.qsize(), sorted(results.get() for _ in range(results.qsize())) == [me * 1000 + i for me in range(THREADS // 2) for i in range(100)])
for kind in (queue.Queue, queue.LifoQueue, queue.PriorityQueue, queue.SimpleQueue):
    q = kind()
    for item in (3, 1, 4, 1, 5, 9, 2, 6):
        q.put(item)
    print(kind.__name__, [q.get() for _ in range(8)], q.empty())
try:
    q.get_nowait()
except queue.Empty:
    print("empty")
full = queue.Queue(1)
full.put(1)
try:
    full.put(2, timeout=0.001)
except queue.Full:
    print("full", full.full())

# A pool that nobody shuts down does not hold up the end.
left = ThreadPoolExecutor(2)
print(left.submit(sum, [1, 2, 3]).result())
