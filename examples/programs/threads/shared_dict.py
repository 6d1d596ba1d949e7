"""One dict that all threads read, write and fill: what is in it at the end does not depend on who came first.

    shared_dict.py [ROUNDS [THREADS]]
"""
# compare with: 40 8

import sys
import threading

KEYS = 100


def reads(table, rounds, results, me):
    total = 0
    for _ in range(rounds):
        for key in range(KEYS):
            total += table[key]
        if "none" in table:
            total += table.get("none", 0)
    results[me] = total


def writes(table, rounds, results, me):
    for i in range(rounds):
        table["own", me] = i  # one that only this thread writes
        table["all", i] = i * i  # to which all write the same
        table.setdefault(("first", i), ("made", i))
        table.get(("own", me - 1)), len(table)
    for i in range(0, rounds, 2):
        table.pop(("all", i), None)


def run(threads, work, *args):
    started = [threading.Thread(target=work, args=args + (me,)) for me in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
    threads = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    table = {key: key * 3 for key in range(KEYS)}
    results = {}
    run(threads, reads, table, rounds, results)
    print(sorted(results.items()))
    run(threads, writes, table, rounds // 4, results)
    for i in range(0, rounds // 4, 2):
        table.pop(("all", i), None)
    own = [table["own", me] for me in range(threads)]
    print(len(table), own, sum(item for key, item in table.items() if type(key) is tuple and key[0] == "all"))


main()
