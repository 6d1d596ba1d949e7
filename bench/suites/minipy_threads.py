"""Work for threads: KIND THREADS TURNS. Each thread does all of it; with 0 threads the main one does, and none is started."""
import sys
import threading


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def plus(self, other):
        return Point(self.x + other.x, self.y + other.y)


NAMES = ["name" + str(i) for i in range(500)]
TABLE = {name: (name, i) for i, name in enumerate(NAMES)}
ITEMS = [(name, i) for i, name in enumerate(NAMES)]
STEP = Point(1, 2)
WORDS = ("one", "two", "three")


# ---- what each has for itself


def numbers(turns):
    total = 0
    x = 0.25
    for i in range(turns * 150):
        total += i * i % 7
        x = 3.5 * x * (1.0 - x)
    return total, x


def objects(turns):
    point = Point(0, 0)
    kept = []
    for i in range(turns * 24):
        point = point.plus(Point(i, 1))
        kept.append((i, point))
        if len(kept) == 100:
            kept = [pair for pair in kept if pair[0] % 2 == 0][:10]
    return point.x, len(kept)


# ---- what all of them read


def shared_dict(turns):
    total = 0
    for _ in range(turns // 5):
        for name in NAMES:
            total += TABLE[name][1]
            if name not in TABLE:
                total += 1
    return total


def shared_list(turns):
    total = 0
    for _ in range(turns // 5):
        for i in range(len(ITEMS)):
            total += ITEMS[i][1]
            total += len(ITEMS)
    return total


def hot_global(turns):
    total = 0
    for i in range(turns * 100):
        step = STEP
        words = WORDS
        total += step.x
        if words is None:
            total += 1
    return total


def main(kind, threads, turns):
    work = {"numbers": numbers, "objects": objects, "dict": shared_dict, "list": shared_list, "global": hot_global}[kind]
    results = []
    started = [threading.Thread(target=lambda: results.append(work(turns))) for _ in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    wanted = work(turns) if not started else results[0]
    print(kind, len(results), all(result == wanted for result in results))


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
