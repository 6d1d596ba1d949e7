"""Globals that all threads read all the time: a number, a function, an object and its attribute.

    hot_global.py [ROUNDS [THREADS]]
"""
# compare with: 2000 8

import sys
import threading


class Settings:
    def __init__(self):
        self.step = 3

    def scaled(self, number):
        return number * self.step


FACTOR = 7
settings = Settings()
results = {}


def twice(number):
    return number + number


def work(rounds, me):
    total = 0
    for i in range(rounds):
        total += FACTOR + settings.step
        total = (total + twice(i) + settings.scaled(FACTOR)) % 1000003
    results[me] = total


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 500000
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    threads = [threading.Thread(target=work, args=(rounds, me)) for me in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print([results[me] for me in range(count)])


main()
