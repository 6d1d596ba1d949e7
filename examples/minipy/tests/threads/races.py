"""Races that a program may contain. What comes out of them is anybody's guess, what has to hold afterwards is not: it is all that
is printed. Beside them, a thread collects cycles, and toggles the lock where the interpreter has one."""
import gc
import sys
import threading

THREADS = 8
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 8
failures = []
over = threading.Event()


def disturb():
    on = False
    while not over.is_set():
        gc.collect()
        if hasattr(sys, "setgil"):
            sys.setgil(on)
            on = not on
        over.wait(0.001)


def run(name, target, *args):
    def guarded(me):
        try:
            barrier.wait()
            target(me, *args)
        except BaseException as error:
            failures.append((name, me, repr(error)))

    barrier = threading.Barrier(THREADS)
    threads = [threading.Thread(target=guarded, args=(me,)) for me in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


disturber = threading.Thread(target=disturb)
disturber.start()

# ---- lists
shared = []


def appends(me):
    for i in range(ROUNDS * 10):
        shared.append((me, i))


run("append", appends)
print(len(shared), sorted(shared) == [(me, i) for me in range(THREADS) for i in range(ROUNDS * 10)])
for me in range(THREADS):
    assert [i for who, i in shared if who == me] == list(range(ROUNDS * 10))

popped = [[] for _ in range(THREADS)]


def pops(me):
    while True:
        try:
            popped[me].append(shared.pop())
        except IndexError:
            break


run("pop", pops)
print(sum(map(len, popped)), len(set(item for part in popped for item in part)), shared)

numbers = [0] * 16


def mixed(me):
    global numbers
    for i in range(ROUNDS):
        numbers[i % 16] = i
        numbers[-1 - i % 16] += 1
        copy = numbers[:]
        numbers.extend([me, i])
        numbers += [me]
        numbers.insert(i % 8, -i)
        assert all(isinstance(each, int) for each in copy)
        del numbers[16:]
        sum(numbers)
        sorted(numbers)
        numbers.reverse()
        for each in numbers:
            pass
        try:
            numbers.sort()
        except ValueError:
            pass
        numbers[2:5] = [1, 2, 3]
        [x for x in numbers if x in numbers]
        str(numbers), numbers == copy, len(numbers), numbers * 2, numbers + copy


run("mixed", mixed)
print(len(numbers) >= 8, all(type(each) is int for each in numbers))

# ---- numbers that are written in place must not appear elsewhere
cell = [1000.0]
wrong = []


def writes(me):
    for i in range(ROUNDS * 20):
        if me == 0:
            cell[0] = 1000.0 + i
        else:
            copy = cell[:]
            before = copy[0]
            if copy[0] != before or copy[0] < 1000.0:
                wrong.append(copy)


run("in place", writes)
print(wrong)

# ---- dicts and sets
table = {}


def fills(me):
    for i in range(ROUNDS * 5):
        table[i] = me
        table[f"k{i}"] = i
        table[(i,)] = i
        table.setdefault(("once", i), object())


run("fill", fills)
print(len(table), all(table[f"k{i}"] == i == table[(i,)] for i in range(ROUNDS * 5)))
winners = [[] for _ in range(THREADS)]


def setdefaults(me):
    for i in range(ROUNDS * 5):
        winners[me].append(table.setdefault(("new", i), [me]))


run("setdefault", setdefaults)
print(all(len({id(part[i]) for part in winners}) == 1 for i in range(ROUNDS * 5)))


def changes(me):
    for i in range(ROUNDS * 2):
        table.pop(i, None)
        table[i % 7] = i
        table.get(("once", i)), len(table), i in table
        table.update({i: me, "x": 1})
        try:
            for key in table:
                pass
            list(table.items())
        except RuntimeError:
            pass
        dict(table)
        if i % 20 == 0:
            table.clear()


run("change", changes)
print(isinstance(table, dict), len(table) == len(list(table)))

bag = set()


def bags(me):
    for i in range(ROUNDS * 3):
        bag.add(i)
        bag.discard(i - 1)
        bag.update([me, i])
        i in bag, len(bag)
        try:
            bag & {1, 2, 3}, bag | {me}
            bag.pop()
        except (RuntimeError, KeyError):
            pass
        bag.symmetric_difference_update({i, me})


run("set", bags)
print(isinstance(bag, set), len(bag) == len(list(bag)))


class Key:
    """Its methods run while the dict is looked at."""

    def __init__(self, number):
        self.number = number

    def __hash__(self):
        return self.number % 3

    def __eq__(self, other):
        return isinstance(other, Key) and self.number == other.number


keyed = {}


def custom(me):
    for i in range(ROUNDS // 2):
        keyed[Key(i % 20)] = i
        keyed.get(Key(i % 10))
        keyed.pop(Key(i % 5), None)


run("custom keys", custom)
print(len(keyed) <= 20, len({key.number for key in keyed}) == len(keyed))

# ---- what looks like one step is one: python3's lock is not let go of in these
whole = list(range(100))
parts = {i: i for i in range(50)}
elements = set(range(50))
odd = []


def steps(me):
    for i in range(ROUNDS * 3):
        if me == 0:
            whole.extend((1001, 1002, 1003))
            for each in (1001, 1002, 1003):
                whole.remove(each)
            parts[1000 + i] = 0
            del parts[1000 + i]
        elif me == 1:
            whole.append(1007)
            whole.remove(1007)
            elements.add(1000 + i)
            elements.discard(1000 + i)
        elif me == 2:
            whole[0:2] = [0, 1]
            elements.intersection_update(range(5000))
            parts.update(parts)
        else:
            odd.extend(sized for sized in (len(list(parts)), len(list(parts.items())), len(dict(parts))) if not 50 <= sized <= 51)
            odd.extend(sized for sized in (len(sorted(elements)), len(elements | set()), len(elements - {-1})) if sized < 50)
            odd.extend(sized for sized in (len(tuple(whole)), len(whole * 2) // 2, len(whole[:])) if sized < 100)
            str(parts), str(elements), parts == dict(parts), elements <= set(range(5000)), ",".join(map(str, whole))
            first, *rest = whole


run("steps", steps)
print(odd, len(parts), len(elements), len(whole))

# ---- objects and classes
class Thing:
    kind = 0

    def __init__(self):
        self.number = 0
        self.text = "a"

    def method(self):
        return 1

    @property
    def double(self):
        return self.number * 2


class Other:
    def method(self):
        return 3


thing = Thing()


def attributes(me):
    for i in range(ROUNDS * 3):
        thing.number = i
        thing.number += 1
        thing.text = str(i)
        setattr(thing, f"own{i % 13}", i)
        assert isinstance(thing.double, int) and isinstance(thing.text, str)
        try:
            delattr(thing, f"own{(i + me) % 13}")
        except AttributeError:
            pass
        len(vars(thing)), thing.__dict__.get("number")


run("attributes", attributes)
print(type(thing.number), type(thing.text))


def classes(me):
    for i in range(ROUNDS):
        Thing.kind = i
        if i % 5 == 0:
            Thing.method = lambda self: 2
        assert thing.method() in (1, 2, 3) and isinstance(Thing.kind, int)
        setattr(Thing, f"extra{i % 7}", lambda self: i)
        getattr(thing, f"extra{i % 7}", None)
        if i % 10 == me:
            thing.__class__ = Other
            thing.__class__ = Thing
        local = type("Local", (Thing,), {"x": me, "method": lambda self: me})
        assert local().method() == me and local.x == me
        try:
            delattr(Thing, f"extra{i % 7}")
        except AttributeError:
            pass


run("classes", classes)
print(thing.method() in (1, 2, 3), Thing.__name__)


class Items(list):
    def method(self):
        return 1


items = [Items() for _ in range(ROUNDS * 4)]


def first_attributes(me):
    for each in items:
        if me == 0:
            each.own = me
        elif me == 1:
            Items.method = lambda self: 2
        assert each.method() in (1, 2) and getattr(each, "own", 0) == 0


run("first attributes", first_attributes)
print(all(each.own == 0 for each in items))


# ---- what a function closes over, and functions themselves
def closure():
    held = [0]
    text = "start"

    def change(me):
        nonlocal held, text
        for i in range(ROUNDS * 10):
            held = [i]
            assert len(held) == 1
            text = text[:5] + str(me)
            change.__name__ = "f" + str(i)
            change.mark = i
            assert change.__name__[0] == "f" and change.mark >= 0

    run("closure", change)
    return held, text[:5]


held, text = closure()
print(len(held), text)

# ---- one exception raised by all; one generator, one iterator for all
mistake = ValueError("shared")


def raises(me):
    for _ in range(ROUNDS * 2):
        try:
            try:
                raise mistake
            except ValueError as error:
                raise KeyError(me) from error
        except KeyError as error:
            assert error.__cause__ is mistake
            mistake.__context__, mistake.args, mistake.__traceback__
        mistake.__traceback__ = None


run("raise", raises)
print(mistake.args)


def source():
    try:
        for i in range(ROUNDS * 20):
            yield i
    finally:
        failures.extend([])


streams = [source(), zip(range(ROUNDS * 20), iter([1] * ROUNDS * 20)), enumerate(list(range(ROUNDS * 20))), map(abs, range(ROUNDS * 20)),
           filter(None, range(1, ROUNDS * 20)), iter(dict.fromkeys(range(ROUNDS * 20))), reversed(list(range(ROUNDS * 20))), iter("x" * ROUNDS)]
taken = []


def takes(me, stream):
    for _ in range(ROUNDS * 20):
        try:
            next(stream)
            taken.append(me)
        except StopIteration:
            break
        except ValueError as error:
            assert str(error) == "generator already executing"


for stream in streams:
    run("stream", takes, stream)
print(len(taken) > 0)

# ---- garbage: cycles on all threads, objects that die elsewhere, __del__
dead = []
count_lock = threading.Lock()


class Mortal:
    def __init__(self):
        self.me = self

    def __del__(self):
        dead.append(1)


mortals = ROUNDS // 4


def litter(me):
    for _ in range(mortals):
        Mortal()
        ring = []
        ring.append(ring)
        held.append({"ring": ring, "held": [me]})


run("garbage", litter)
del held[:]
for _ in range(3):
    gc.collect()
over.set()
disturber.join()
gc.collect()
gc.collect()
print(len(dead) == THREADS * mortals)
print(failures)
