"""Threads change one list, dict, set, object, class, closure and each other's results, at random, for so long: SECONDS SEED. All the
time cycles are collected and the lock is toggled. What no order of those steps can bring about ends it; the last line says what was done.

Only one thing at a time is promised (an append is there, a pop takes what somebody put), so that is what is checked."""
import gc
import random
import sys
import threading
import time

SECONDS = float(sys.argv[1])
SEED = int(sys.argv[2])
THREADS = 8
BATCH = 40  # steps of a thread in a round, each another
COMMON = 20  # before that: of one kind, the same for all threads
WALKED = 20000


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4  # KiB


class Thing:
    kind = 0

    def __init__(self, number):
        self.number = number
        self.pair = (number, number)
        self.me = self  # a cycle

    def method(self):
        return 1

    @property
    def twice(self):
        return self.number * 2


class Other(Thing):
    def method(self):
        return 2


class Key:
    def __init__(self, number):
        self.number = number

    def __hash__(self):
        return self.number % 5

    def __eq__(self, other):
        return isinstance(other, Key) and self.number == other.number


class World:
    """What the threads of a round share."""

    def __init__(self):
        self.items = [(0, 0)] * 8
        self.table = {}
        self.bag = set()
        self.thing = Thing(1)
        self.cls = type("Shared", (Thing,), {"made": 0})
        self.numbers = [0] * 8
        self.text = ["a"]
        self.stream = (i for i in range(10 ** 9))
        self.streamed = [-1] * THREADS
        self.walk = iter([(i, i) for i in range(WALKED)])
        self.walked = [0] * THREADS
        self.pairs = []
        self.tokens = []
        self.twins = set()
        self.put = [0] * THREADS
        self.taken = [0] * THREADS
        self.queue = []
        self.event = threading.Event()
        self.lock = threading.Lock()
        self.locked = 0
        self.counter = self.closure()

    def closure(self):
        held = (0, 0)

        def change(number):
            nonlocal held
            held = (number, number)
            first, second = held
            return first == second
        return change


def check(condition, *what):
    if not condition:
        raise AssertionError(what)


# ---- steps: of a world, by a thread, with numbers of its own


def list_grows(world, me, r):
    world.items.append((me, me))
    if r.random() < 0.3:
        world.items.extend([(me, i) for i in range(3)])
        world.items.insert(r.randrange(8), (me, 0))
        world.items += ((me, 1),)


def list_shrinks(world, me, r):
    try:
        check(len(world.items.pop()) == 2)
        if len(world.items) > 100:
            del world.items[50:]
        world.items.remove((me, me))
    except (IndexError, ValueError):
        pass


def list_is_read(world, me, r):
    for each in world.items:
        check(type(each) is tuple and len(each) == 2)
    copy = world.items[:]
    check(all(type(each) is tuple for each in copy), copy)
    (me, me) in world.items, str(world.items), copy == world.items, sorted(copy), world.items * 2, len(world.items)


def list_is_ordered(world, me, r):
    try:
        world.items.sort(key=lambda pair: pair[0] * (1 if r.random() < 0.9 else -1))
    except ValueError:
        pass
    world.items.reverse()
    world.items[1:3] = [(me, 2), (me, 3)]
    if r.random() < 0.05:
        world.items.clear()


def numbers_are_written(world, me, r):
    at = r.randrange(8)
    world.numbers[at] = 1e6 * me
    world.numbers[at] += 1
    check(all(isinstance(each, (int, float)) for each in world.numbers))
    world.table["number"] = r.randrange(10 ** 6)
    try:
        world.table["number"] += 1
    except KeyError:
        pass  # another thread has cleared it


def dict_changes(world, me, r):
    i = r.randrange(40)
    world.table[i] = (me, i)
    world.table[f"k{i}"] = [me]
    world.table[(i, me)] = Thing(i)
    world.table[Key(i)] = Key(i)
    world.table.pop(r.randrange(40), None)
    world.table.setdefault(("once", i), []).append(me)
    world.table.update({i + 100: me, f"u{i}": None})
    if r.random() < 0.02:
        world.table.clear()


def dict_is_read(world, me, r):
    i = r.randrange(40)
    found = world.table.get(i)
    check(found is None or (type(found) is tuple and found[1] == i), found)
    found = world.table.get(Key(i))
    check(found is None or found.number == i)
    f"k{i}" in world.table, len(world.table), (i, me) in world.table
    try:
        for key, value in world.table.items():
            check(type(key) is not int or key > 90 or value[1] == key, key, value)
        for key in world.table:
            pass
    except RuntimeError as error:
        check("changed" in str(error), error)
    check(all(v[1] == k for k, v in dict(world.table).items() if type(k) is int and k < 90))
    list(world.table.values()), str(world.table)[:10]


def set_changes(world, me, r):
    i = r.randrange(50)
    world.bag.add(i)
    world.bag.discard(i - 1)
    world.bag.update((me, str(me)))
    world.bag ^= {i, me}
    check(i in world.bag | {i} and i not in world.bag - {i})
    try:
        world.bag.pop()
    except KeyError:
        pass


def object_changes(world, me, r):
    thing = world.thing
    thing.number = me
    thing.pair = (me, me)
    first, second = thing.pair
    check(first == second)
    check(thing.twice in range(0, 2 * THREADS, 2), thing.twice)
    setattr(thing, f"own{r.randrange(20)}", Thing(me))
    try:
        delattr(thing, f"own{r.randrange(20)}")
    except AttributeError:
        pass
    vars(thing).get("number"), len(thing.__dict__)
    if r.random() < 0.05:
        world.thing = Thing(me)


def class_changes(world, me, r):
    cls = world.cls
    thing = cls(me)
    cls.made = (me, me)
    first, second = cls.made
    check(first == second, first, second)
    check(thing.method() in (1, 2, 3))
    if r.random() < 0.2:
        cls.method = (lambda self: 2) if r.random() < 0.5 else (lambda self: 3)
        setattr(cls, f"extra{r.randrange(5)}", property(lambda self: self.number))
        check(getattr(thing, f"extra{r.randrange(5)}", me) == me)
        thing.__class__ = Other
        check(thing.method() == 2)
    if r.random() < 0.02:
        world.cls = type("Shared", (Thing,), {"made": 0, "method": lambda self: 3})


def others(world, me, r):
    for i in range(20):
        check(world.counter((me, i)))
    world.text[0] = world.text[0][:3] + str(me)
    check(world.text[0][0] == "a")
    try:
        raise KeyError(me)
    except KeyError as error:
        world.table["error"] = error
        check(error.args == (me,))


def iterators_are_shared(world, me, r):
    for _ in range(40):
        pair = next(world.walk, None)
        if pair is not None:
            check(pair[0] == pair[1])
            world.walked[me] += 1
        try:
            number = next(world.stream)
            check(number > world.streamed[me], number, world.streamed)
            world.streamed[me] = number
        except ValueError as error:
            check("already executing" in str(error), error)


def tokens_are_found(world, me, r):
    """What a thread has put into a list it finds there, and nobody else takes it: for remove() finding and taking are one. (For
    `in` they are not, as in a free-threaded python3: who looks at item after item misses one that moves down meanwhile.)"""
    mine = [(me, i) for i in range(6)]
    for token in mine:
        if r.random() < 0.5:
            world.tokens.insert(0, token)
        else:
            world.tokens.append(token)
    for token in mine:
        world.tokens.remove(token)  # or a ValueError ends this thread, and the stress


def pairs_stay_together(world, me, r):
    """Several steps for a list or a set, one for the program."""
    number = r.randrange(10)
    world.pairs.extend((number, number))
    world.twins |= {number, -1 - number}
    if r.random() < 0.5:
        del world.pairs[-2:]
        world.twins -= {number, -1 - number}
    elif r.random() < 0.2:
        world.pairs[0:2] = [number, number]
        world.pairs[:] = []
    copy = world.pairs[:]
    check(copy[::2] == copy[1::2], copy)
    copy = set(world.twins)
    check(all(-1 - each in copy for each in copy), copy)


def class_is_shaded(world, me, r):
    """A name of a class hides its base's, as long as it is there: each thread has a name of its own."""
    name = f"shade{me}"
    setattr(Thing, name, (0, me))
    thing = Other(me)
    check(getattr(thing, name) == (0, me))
    setattr(Other, name, (1, me))
    check(getattr(thing, name) == (1, me), "stale")
    delattr(Other, name)
    check(getattr(thing, name) == (0, me), "stale, too")


def queue_passes(world, me, r):
    for _ in range(3):
        world.put[me] += 1
        world.queue.append(Thing(me))
    for _ in range(r.randrange(6)):
        try:
            thing = world.queue.pop(0)
        except IndexError:
            break
        check(thing.me is thing)
        world.taken[me] += 1
    with world.lock:
        world.locked += 1
    if r.random() < 0.05:
        world.event.set() if r.random() < 0.5 else world.event.clear()
        world.event.wait(0.0001)


STEPS = [list_grows, list_shrinks, list_is_read, list_is_ordered, numbers_are_written, dict_changes, dict_is_read, set_changes,
         object_changes, class_changes, others, iterators_are_shared, tokens_are_found, pairs_stay_together, class_is_shaded, queue_passes]
failures = []
operations = [0] * THREADS


def run(world, me, seed, common):
    try:
        r = random.Random(seed)
        for _ in range(COMMON):
            common(world, me, r)
            operations[me] += 1
        for _ in range(BATCH):
            STEPS[r.randrange(len(STEPS))](world, me, r)
            operations[me] += 1
    except BaseException as error:
        failures.append((me, seed, repr(error)))
        raise


def disturb(over):
    on = False
    while not over.is_set():
        gc.collect()
        if hasattr(sys, "setgil"):
            sys.setgil(on)
            on = not on
        over.wait(0.001)


def round_of(number):
    world = World()
    calls = operations[:]
    over = threading.Event()
    threads = [threading.Thread(target=run, args=(world, me, SEED * 1000003 + number * THREADS + me, STEPS[number % len(STEPS)])) for me in range(THREADS)]
    threads.append(threading.Thread(target=disturb, args=(over,)))
    for thread in threads:
        thread.start()
    for thread in threads[:-1]:
        thread.join()
    over.set()
    threads[-1].join()
    if failures:
        sys.exit(f"seed {SEED}, round {number}: {failures}")
    check(sum(operations) - sum(calls) == THREADS * (COMMON + BATCH))
    check(sum(world.put) - sum(world.taken) == len(world.queue), "queue", world.put, world.taken, len(world.queue))
    check(sum(world.walked) + len(list(world.walk)) == WALKED, "iterator", world.walked)
    check(world.tokens == [], "tokens", world.tokens)
    check(world.locked == sum(world.put) // 3, "lock", world.locked)
    check(len(world.table) == len(list(world.table)) == len(dict(world.table)))
    check(len(world.bag) == len(list(world.bag)))


def look():
    """minipy's own sys.memory(), while one thread runs."""
    for _ in range(3):
        gc.collect()
    return sys.memory() if hasattr(sys, "memory") else {}


def check_memory(start, now):
    """Nothing is left of a round. What it lay in may stay, but for as much as a few rounds need."""
    for what, more in (("objects", 2000), ("symbols", 2000), ("heap", 16 << 20), ("tables", 16 << 20), ("blocks", 1000)):
        check(now.get(what, 0) <= start.get(what, 0) + more, what, start, now)


end = time.monotonic() + SECONDS
rounds = 0
start = None
while rounds < 2 or time.monotonic() < end:
    round_of(rounds)
    rounds += 1
    if start is None or rounds == 10:
        start = look()
        size = resident()
    if rounds % 10 == 0:
        check_memory(start, look())
last = look()
check_memory(start, last)
print(f"seed {SEED}: {rounds} rounds, {sum(operations)} operations, resident {size} KiB at the start, {resident()} KiB at the end; "
      + ", ".join(f"{what} {start[what]} and {last[what]}" for what in last))
