#!/usr/bin/env python3
"""minipy's modules that are written in Python, run by python3 beside its own modules of the same names."""

import collections
import functools
import heapq
import importlib.util
import itertools
import os
import random
import sys

LIBRARY = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lib")
failures = 0


def load(name):
    spec = importlib.util.spec_from_file_location("own_" + name, os.path.join(LIBRARY, name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def outcome(question, module):
    try:
        return question(module)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def same(what, theirs, ours, question):
    """Asks both; what comes back is compared as it is, or as text."""
    global failures
    expected, got = outcome(question, theirs), outcome(question, ours)
    if isinstance(expected, list) and isinstance(got, list):
        differing = [pair for pair in zip(expected, got) if repr(pair[0]) != repr(pair[1])]
        if differing:
            expected, got = differing[0]
    if repr(expected) != repr(got):
        failures += 1
        if failures < 40:
            print(f"{what}: expected {expected!r:.300}\n    got {got!r:.300}")


# ---- random --------------------------------------------------------------------------------------------


def draws(seed):
    def question(r):
        r.seed(seed)
        out = [r.random() for _ in range(700)]
        out += [r.getrandbits(k) for k in (1, 7, 31, 32, 33, 64, 100, 0)]
        out += [r.randrange(n) for n in (1, 2, 3, 10, 1000, 2**32, 2**40, 10**30)]
        out += [r.randrange(5, 20), r.randrange(-5, 5), r.randrange(0, 100, 7), r.randrange(10, 0, -3), r.randint(1, 6), r.randint(-3, -3)]
        out += [r.choice("abcdef"), r.choice([1, 2]), r.choice(range(10))]
        items = list(range(40))
        r.shuffle(items)
        out += items
        out += [r.sample(range(n), k) for n, k in ((10, 3), (10, 10), (1000, 5), (1000, 30), (100000, 100), (5, 0), (25, 5), (22, 6))]
        out += [r.uniform(-1, 5), r.uniform(5, 1), r.gauss(0, 1), r.gauss(10, 3), r.gauss(), r.expovariate(0.5)]
        out += [r.choices("abc", k=5), r.choices([1, 2, 3], weights=[5, 1, 1], k=9), r.choices("xy", cum_weights=[1, 5], k=4)]
        return out

    return question


def test_random():
    ours = load("random")
    for seed in [0, 1, -1, 42, 2**31, 2**32 - 1, 2**32, 2**40 + 17, 10**50, -(10**20), 0.5, 1.0, -2.75, 1e300, True, *range(100, 160)]:
        same(f"random, seed {seed}", random, ours, draws(seed))
    questions = {
        "instances": lambda r: [r.Random(5).random(), r.Random(5).randint(0, 99), (lambda a, b: a.random() == b.random())(r.Random(1), r.Random(1))],
        "state": lambda r: (r.seed(3), r.gauss(), r.getstate() == (r.getstate()), (lambda s: ([r.random() for _ in range(5)], r.setstate(s), [r.random() for _ in range(5)]))(r.getstate()))[3][0::2],
        "state's form": lambda r: (r.seed(9), r.random(), r.getstate())[2],
        "choice of nothing": lambda r: r.choice([]),
        "randrange 0": lambda r: r.randrange(0),
        "randrange empty": lambda r: r.randrange(5, 5),
        "randint empty": lambda r: r.randint(5, 3),
        "randrange step 0": lambda r: r.randrange(1, 5, 0),
        "sample too large": lambda r: r.sample([1], 2),
        "sample of a set": lambda r: r.sample({1, 2}, 1),
        "negative bits": lambda r: r.getrandbits(-1),
        "seed of a list": lambda r: r.seed([]),
        "choices, both weights": lambda r: r.choices([1], weights=[1], cum_weights=[1]),
        "choices, too few": lambda r: r.choices([1, 2], weights=[1]),
        "choices, none": lambda r: r.choices([1, 2], weights=[0, 0]),
    }
    for what, question in questions.items():
        same("random: " + what, random, ours, question)


# ---- itertools -----------------------------------------------------------------------------------------


def consumed(make):
    """What an iterator gives, and what it leaves of its source."""

    def question(module):
        source = iter(range(12))
        given = []
        for item in make(module, source):
            given.append(item)
            if len(given) == 30:
                break
        return given, list(source)

    return question


def test_itertools():
    ours = load("itertools")
    finite = {
        "chain": lambda m, s: m.chain(s, "ab", [], [1]),
        "chain of nothing": lambda m, s: m.chain(),
        "chain.from_iterable": lambda m, s: m.chain.from_iterable([s, "xy"]),
        "count": lambda m, s: zip(m.count(), s),
        "count from": lambda m, s: zip(m.count(5, -2), s),
        "count floats": lambda m, s: zip(m.count(0.5, 0.25), s),
        "cycle": lambda m, s: m.cycle(s),
        "cycle of nothing": lambda m, s: m.cycle([]),
        "repeat": lambda m, s: m.repeat("x", 3),
        "repeat for ever": lambda m, s: m.repeat(1),
        "accumulate": lambda m, s: m.accumulate(s),
        "accumulate max": lambda m, s: m.accumulate([3, 1, 4, 1, 5], max),
        "accumulate initial": lambda m, s: m.accumulate(s, lambda a, b: a * 2 + b, initial=10),
        "accumulate of nothing": lambda m, s: m.accumulate([]),
        "accumulate of nothing, initial": lambda m, s: m.accumulate([], initial=5),
        "takewhile": lambda m, s: m.takewhile(lambda x: x < 4, s),
        "dropwhile": lambda m, s: m.dropwhile(lambda x: x < 4, s),
        "filterfalse": lambda m, s: m.filterfalse(lambda x: x % 3, s),
        "filterfalse None": lambda m, s: m.filterfalse(None, s),
        "compress": lambda m, s: m.compress(s, [1, 0, 1, 1, 0]),
        "starmap": lambda m, s: m.starmap(pow, [(2, 3), (5, 2)]),
        "pairwise": lambda m, s: m.pairwise(s),
        "pairwise of one": lambda m, s: m.pairwise([1]),
        "zip_longest": lambda m, s: m.zip_longest(s, "abc", [1]),
        "zip_longest filled": lambda m, s: m.zip_longest("ab", s, fillvalue="-"),
        "zip_longest of nothing": lambda m, s: m.zip_longest(),
        "zip_longest of empty": lambda m, s: m.zip_longest([], []),
        "tee": lambda m, s: zip(*m.tee(s, 3)),
        "tee apart": lambda m, s: (lambda a, b: [list(a), list(b)])(*m.tee(s)),
        "tee of none": lambda m, s: m.tee(s, 0),
        "tee negative": lambda m, s: m.tee(s, -1),
        "groupby": lambda m, s: [(k, list(g)) for k, g in m.groupby("aabbbaac")],
        "groupby key": lambda m, s: [(k, list(g)) for k, g in m.groupby(s, lambda x: x // 5)],
        "groupby skipping": lambda m, s: [k for k, g in m.groupby("aabbbaac")],
        "groupby partly": lambda m, s: [(k, next(g)) for k, g in m.groupby("aabbbaac")],
        "groupby late": lambda m, s: [list(g) for g in [g for k, g in m.groupby("aab")]],
        "groupby of nothing": lambda m, s: m.groupby([]),
        "islice negative": lambda m, s: m.islice(s, -1),
        "islice step 0": lambda m, s: m.islice(s, 0, 5, 0),
        "permutations negative": lambda m, s: m.permutations("ab", -1),
        "combinations negative": lambda m, s: m.combinations("ab", -1),
        "product repeated": lambda m, s: m.product([0, 1], repeat=3),
        "product of nothing": lambda m, s: m.product(),
        "product with empty": lambda m, s: m.product([1], []),
        "product": lambda m, s: m.product("ab", [1, 2, 3], "x"),
    }
    for what, make in finite.items():
        same("itertools: " + what, itertools, ours, consumed(make))
    for start in (None, 0, 1, 5, 12, 20):
        for stop in (None, 0, 1, 3, 5, 11, 12, 13, 30):
            same(f"islice {stop}", itertools, ours, consumed(lambda m, s: m.islice(s, stop)))
            for step in (None, 1, 2, 3, 5, 20):
                same(f"islice {start} {stop} {step}", itertools, ours, consumed(lambda m, s: m.islice(s, start, stop, step)))
    for n in range(6):
        for r in range(7):
            for name in ("permutations", "combinations", "combinations_with_replacement"):
                same(f"{name} {n} {r}", itertools, ours, lambda m: list(getattr(m, name)("abcde"[:n], r)))
        same(f"permutations {n}", itertools, ours, lambda m: list(m.permutations(range(n))))


# ---- functools -----------------------------------------------------------------------------------------


def cache_story(seed, maxsize, typed):
    def question(f):
        numbers = random.Random(seed)
        calls = []

        @f.lru_cache(maxsize, typed)
        def function(*args, **kwargs):
            """Text."""
            calls.append((args, kwargs))
            return len(calls)

        out = []
        for _ in range(150):
            key = numbers.choice([1, 1.0, 2, "a", (1, 2), True, 3, 4, 5])
            out.append(function(key, b=key) if numbers.random() < 0.3 else function(key))
        out.append(repr(function.cache_info()))
        function.cache_clear()
        out += [repr(function.cache_info()), calls, function.__name__, function.__doc__, function.__wrapped__(1), function.cache_parameters()]
        return out

    return question


def ordering(root):
    def question(f):
        class C:
            def __init__(self, v):
                self.v = v

            def __eq__(self, other):
                return self.v == other.v

        rules = {"__lt__": lambda a, b: a.v < b.v, "__le__": lambda a, b: a.v <= b.v, "__gt__": lambda a, b: a.v > b.v, "__ge__": lambda a, b: a.v >= b.v}
        setattr(C, root, rules[root])
        C = f.total_ordering(C)
        pairs = [(C(a), C(b)) for a in range(3) for b in range(3)]
        return [(a < b, a <= b, a > b, a >= b) for a, b in pairs]

    return question


def test_functools():
    ours = load("functools")

    def two(a, b=2, *c, **d):
        """Documented."""
        return a, b, c, sorted(d.items())

    two.attribute = 5

    class Thing:
        def __init__(self):
            self.count = 0

    def cached_thing(f):
        class Lazy(Thing):
            @f.cached_property
            def value(self):
                self.count += 1
                return 42

        Lazy.value.__set_name__(Lazy, "value")
        t = Lazy()
        return t.value, t.value, t.count, "value" in t.__dict__

    questions = {
        "reduce": lambda f: [f.reduce(lambda a, b: a - b, [10, 2, 3]), f.reduce(max, (), 5), f.reduce(lambda a, b: a + b, "abc", "z"), f.reduce(max, [7])],
        "reduce of nothing": lambda f: f.reduce(max, []),
        "partial": lambda f: [f.partial(two, 1)(), f.partial(two, 1, 2, 3, x=4)(5, y=6, x=7), f.partial(f.partial(two, 1), b=3)(), f.partial(int, base=2)("101")],
        "partial's parts": lambda f: [f.partial(two, 1, k=2).args, f.partial(two, 1, k=2).keywords, f.partial(f.partial(two, 1), 5).func is two, repr(f.partial(len, 1, a="b"))],
        "partial of nothing": lambda f: f.partial(5),
        "wraps": lambda f: (lambda w: [w.__name__, w.__doc__, w.attribute, w.__wrapped__ is two, w(5)])(f.wraps(two)(lambda *a: a)),
        "cmp_to_key": lambda f: sorted([5, 2, 9, 1, 7], key=f.cmp_to_key(lambda a, b: b - a)),
        "cmp_to_key compares": lambda f: (lambda k: [k(1) < k(2), k(1) == k(1), k(2) > k(1), k(1) <= k(1), k(1) >= k(2)])(f.cmp_to_key(lambda a, b: a - b)),
        "cache": lambda f: (lambda g: [g(1), g(1), g(2), repr(g.cache_info())])(f.cache(lambda x: [x])),
        "lru_cache, bare": lambda f: (lambda g: [g(1), g(1), repr(g.cache_info())])(f.lru_cache(lambda x: [x])),
        "lru_cache of unhashable": lambda f: f.lru_cache(lambda x: x)([]),
        "lru_cache of text": lambda f: f.lru_cache("x"),
        "cached_property": cached_thing,
        "no order": lambda f: f.total_ordering(Thing),
    }
    for what, question in questions.items():
        same("functools: " + what, functools, ours, question)
    for root in ("__lt__", "__le__", "__gt__", "__ge__"):
        same("total_ordering " + root, functools, ours, ordering(root))
    for seed in range(10):
        for maxsize in (None, 0, 1, 3, 128, -5):
            for typed in (False, True):
                same(f"lru_cache {seed} {maxsize} {typed}", functools, ours, cache_story(seed, maxsize, typed))


# ---- collections ---------------------------------------------------------------------------------------

DEQUE_STEPS = {
    "append": lambda d, r: d.append(r.randrange(9)),
    "appendleft": lambda d, r: d.appendleft(r.randrange(9)),
    "pop": lambda d, r: d.pop(),
    "popleft": lambda d, r: d.popleft(),
    "extend": lambda d, r: d.extend(range(r.randrange(6))),
    "extendleft": lambda d, r: d.extendleft(range(r.randrange(6))),
    "extend self": lambda d, r: d.extend(d) if len(d) < 20 else None,
    "extendleft self": lambda d, r: d.extendleft(d) if len(d) < 20 else None,
    "rotate": lambda d, r: d.rotate(r.randrange(-7, 8)),
    "reverse": lambda d, r: d.reverse(),
    "get": lambda d, r: d[r.randrange(-6, 6)],
    "set": lambda d, r: d.__setitem__(r.randrange(-6, 6), 77),
    "delete": lambda d, r: d.__delitem__(r.randrange(-6, 6)),
    "insert": lambda d, r: d.insert(r.randrange(-6, 6), 55),
    # What is said of one that is not there changes with python3's version.
    "remove": lambda d, r: d.remove(d[r.randrange(9)]),
    "index": lambda d, r: d.index(r.randrange(9)),
    "count": lambda d, r: d.count(r.randrange(9)),
    "contains": lambda d, r: r.randrange(9) in d,
    "ends": lambda d, r: (list(d)[:3], list(reversed(d))[:3], len(d), bool(d)),
    "copy": lambda d, r: (d.copy() == d, d.copy() is d, d.copy().maxlen, d < d.copy(), d <= d.copy(), d + d == d * 2),
    "clear": lambda d, r: d.clear() if r.random() < 0.1 else None,
}


def deque_story(seed, maxlen):
    def question(c):
        r = random.Random(seed)
        d = c.deque(range(5), maxlen)
        out = []
        for _ in range(120):
            name = r.choice(sorted(DEQUE_STEPS))
            out.append((name, outcome(lambda _: DEQUE_STEPS[name](d, r), None), repr(d)))
        return out

    return question


COUNTER_STEPS = {
    "update": lambda a, b, r: a.update("abc"[: r.randrange(4)]),
    "update dict": lambda a, b, r: a.update({"x": r.randrange(5), "a": 1}),
    "update named": lambda a, b, r: a.update(p=2),
    "subtract": lambda a, b, r: a.subtract("aabd"),
    "subtract dict": lambda a, b, r: b.subtract({"a": r.randrange(4)}),
    "set": lambda a, b, r: b.__setitem__(r.choice("abcx"), r.randrange(-3, 5)),
    "delete": lambda a, b, r: a.__delitem__(r.choice("abcxyz")),
    "sum": lambda a, b, r: a + b,
    "difference": lambda a, b, r: a - b,
    "or": lambda a, b, r: a | b,
    "and": lambda a, b, r: a & b,
    "signs": lambda a, b, r: (+a, -b),
    "compare": lambda a, b, r: (a == b, a != b, a < b, a <= b, a > b, a >= b, a == dict(a)),
    "read": lambda a, b, r: (a["nothing"], a.get("nothing"), "nothing" in a, len(a), a.total(), sorted(a), a.copy() == a),
    "common": lambda a, b, r: (a.most_common(), a.most_common(2), a.most_common(0), list(a.elements())),
}


def counter_story(seed):
    def question(c):
        r = random.Random(seed)
        a, b = c.Counter("mississippi"), c.Counter(a=2, b=-1)
        out = []
        for _ in range(60):
            name = r.choice(sorted(COUNTER_STEPS))
            out.append((name, outcome(lambda _: COUNTER_STEPS[name](a, b, r), None), repr(a), repr(b), list(a)))
            if r.random() < 0.1:
                a += b
            if r.random() < 0.1:
                b -= a
            if r.random() < 0.05:
                a |= b
            if r.random() < 0.05:
                a &= b
        return out

    return question


def mutated(c):
    d = c.deque([1, 2, 3])
    for x in d:
        d.append(x)


def moved(c):
    o = c.OrderedDict([("a", 1), ("b", 2), ("c", 3)])
    o.move_to_end("a")
    first = repr(o)
    o.move_to_end("c", last=False)
    return first, o, o.popitem(), o.popitem(last=False), o, o == {"b": 2}, c.OrderedDict(a=1, b=2) == c.OrderedDict(b=2, a=1), c.OrderedDict(a=1) != {"a": 1}, list(reversed(c.OrderedDict(x=1, y=2))), c.OrderedDict()


def points(c):
    P = c.namedtuple("P", "x y z", defaults=[7])
    p = P(1, z=3, y=2)
    return p, p.x, p.z, P(1, 2), p[1], p[1:], list(p), len(p), p == (1, 2, 3), hash(p) == hash((1, 2, 3)), p._replace(x=9), p._asdict(), P._make([4, 5, 6]), P._fields, P._field_defaults, isinstance(p, tuple), (lambda a, b, c: (c, b, a))(*p), p + (1,), P.__name__


def test_collections():
    ours = load("collections")
    for seed in range(60):
        for maxlen in (None, None, 0, 1, 7):
            same(f"deque {seed} {maxlen}", collections, ours, deque_story(seed, maxlen))
        same(f"Counter {seed}", collections, ours, counter_story(seed))

    def queue(c):
        d = c.deque()
        out = []
        for i in range(3000):
            d.append(i)
            if i % 3:
                out.append(d.popleft())
            if i % 7 == 0:
                d.appendleft(-i)
        return out, list(d)

    def point(*args, **kwargs):
        return lambda c: c.namedtuple("P", "x y")(*args, **kwargs)

    questions = {
        "queue": queue,
        "mutated": mutated,
        "negative maxlen": lambda c: c.deque([], -1),
        "empty pop": lambda c: c.deque().pop(),
        "deque of text": lambda c: [c.deque("abc", maxlen=2), c.deque([1], 5), c.deque([c.deque()])],
        "deque + list": lambda c: c.deque() + [1],
        "deque == list": lambda c: [c.deque([1]) == [1], c.deque([1]) == c.deque([1]), c.deque([1]) < c.deque([2])],
        "defaultdict": lambda c: (lambda d: [d["a"].append(1), d["a"].append(2), d["b"], d, len(d), "z" in d, d.get("z"), d.copy(), d == {"a": [1, 2], "b": []}])(c.defaultdict(list)),
        "defaultdict filled": lambda c: [c.defaultdict(int, {"a": 1}, b=2), c.defaultdict(None, a=1), c.defaultdict(int, [("k", 5)])["k"], c.defaultdict(lambda: 7)["x"], c.defaultdict(int, a=1) | {"b": 2}],
        "defaultdict without": lambda c: c.defaultdict()["missing"],
        "defaultdict of 5": lambda c: c.defaultdict(5),
        "Counter": lambda c: [c.Counter(), c.Counter("hello"), c.Counter({"a": 3}), c.Counter(x=1), c.Counter("a", a=5), c.Counter([1, 1, 2]).most_common(1), isinstance(c.Counter(), dict)],
        "Counter + dict": lambda c: c.Counter() + {},
        "Counter of 5": lambda c: c.Counter(5),
        "OrderedDict": moved,
        "OrderedDict empty": lambda c: c.OrderedDict().popitem(),
        "OrderedDict missing": lambda c: c.OrderedDict().move_to_end("x"),
        "namedtuple": points,
        "namedtuple, few": point(1),
        "namedtuple, none": point(),
        "namedtuple, many": point(1, 2, 3),
        "namedtuple, unknown": point(1, 2, z=3),
        "namedtuple, twice": point(1, 2, x=3),
        "namedtuple, replaced": lambda c: c.namedtuple("P", ["x"])(1)._replace(q=1),
        "namedtuple, made": lambda c: c.namedtuple("P", ["x"])._make([1, 2]),
        "namedtuple, fields": lambda c: [c.namedtuple("P", "a, b")._fields, c.namedtuple("P", "a a 1x _z", rename=True)._fields],
        "namedtuple, bad": lambda c: c.namedtuple("P", "a 1x"),
        "namedtuple, double": lambda c: c.namedtuple("P", "a a"),
        "namedtuple, underscore": lambda c: c.namedtuple("P", "_a"),
        "namedtuple, defaults": lambda c: c.namedtuple("P", "a", defaults=[1, 2]),
    }
    for what, question in questions.items():
        same("collections: " + what, collections, ours, question)


def test_heapq():
    def pops(h):
        numbers = [(i * 7919) % 101 for i in range(60)]
        heap = []
        for number in numbers:
            h.heappush(heap, number)
        out = [heap[0], h.heappushpop(heap, 50), h.heappushpop(heap, -1), h.heapreplace(heap, 200)]
        out += [h.heappop(heap) for _ in range(60)]
        heap = list(numbers)
        h.heapify(heap)
        out += [h.heappop(heap) for _ in range(60)]
        return out + [h.nlargest(3, numbers), h.nsmallest(4, numbers, key=lambda x: -x), h.heappushpop([], 1)]

    same("heapq", heapq, load("heapq"), pops)


test_heapq()
test_random()
test_itertools()
test_functools()
test_collections()
print("all as expected" if failures == 0 else f"{failures} wrong")
sys.exit(failures > 0)
