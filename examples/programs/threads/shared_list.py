"""One list that all threads read, and others that they append to and take from.

    shared_list.py [ROUNDS [THREADS]]
"""
# compare with: 40 8

import sys
import threading

SIZE = 100


def reads(numbers, rounds, results, me):
    total = 0
    for _ in range(rounds):
        for number in numbers:
            total += number
        for at in range(0, SIZE, 4):
            total += numbers[at]
    results[me] = total


def appends(items, rounds, results, me):
    for i in range(rounds):
        items.append((me, i))


def moves(items, taken, rounds, results, me):
    mine = taken[me]
    for i in range(rounds):
        mine.append(items.pop())
        if i % 3 == 0:
            items.append(mine.pop())


def run(threads, work, *args):
    started = [threading.Thread(target=work, args=args + (me,)) for me in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
    threads = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    results = {}
    run(threads, reads, [i * 3 for i in range(SIZE)], rounds, results)
    print(sorted(results.items()))
    items = []
    run(threads, appends, items, rounds, results)
    print(len(items), all(items.count((me, rounds - 1)) == 1 for me in range(threads)))
    order = {me: [i for who, i in items if who == me] for me in range(threads)}
    print(all(order[me] == list(range(rounds)) for me in range(threads)))
    taken = [[] for _ in range(threads)]
    run(threads, moves, items, taken, rounds, results)
    print(len(items), sum(map(len, taken)), len(set(items).union(*taken)))


main()
