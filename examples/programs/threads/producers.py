"""Threads that put numbers into a queue of bounded length, and threads that take them out.

    producers.py [ITEMS [THREADS]]
"""
# compare with: 400 8

import queue
import sys
import threading


def produces(numbers, items):
    for number in numbers:
        items.put(number)


def consumes(items, results):
    count = total = 0
    while True:
        number = items.get()
        if number is None:
            break
        count += 1
        total += number * number
    results.put((count, total))


def main():
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 40000
    threads = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    half = max(1, threads // 2)
    items, results = queue.Queue(16), queue.SimpleQueue()
    producers = [threading.Thread(target=produces, args=(range(me, number, half), items)) for me in range(half)]
    consumers = [threading.Thread(target=consumes, args=(items, results)) for _ in range(half)]
    for thread in producers + consumers:
        thread.start()
    for thread in producers:
        thread.join()
    for _ in consumers:
        items.put(None)
    for thread in consumers:
        thread.join()
    ends = [results.get() for _ in consumers]
    print(sum(count for count, _ in ends), sum(total for _, total in ends), items.empty())


main()
