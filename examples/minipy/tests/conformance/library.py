# The modules that are written in Python: random, collections, itertools, functools.
import functools
import itertools
import random
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from functools import cmp_to_key, lru_cache, partial, reduce, total_ordering, wraps
from itertools import accumulate, chain, count, cycle, groupby, islice, product


def attempt(f, *args):
    try:
        return f(*args)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


for seed in [0, 1, -7, 42, 2**32, 10**30, 1.5]:
    random.seed(seed)
    print([random.random() for _ in range(5)], random.getrandbits(64), random.randrange(10), random.randint(1, 6), random.randrange(0, 100, 7))
    items = list(range(12))
    random.shuffle(items)
    print(items, random.choice("abc"), random.sample(range(1000), 5), random.sample(items, 3), random.uniform(1, 2), random.gauss(0, 1), random.gauss(5, 2), random.choices("ab", k=4))
random.seed(1)
print(sum([random.random() for _ in range(2000)]))
own = random.Random(3)
print(own.random(), random.Random(3).random(), attempt(random.choice, []), attempt(random.randrange, 0), attempt(random.randint, 3, 1), attempt(random.sample, [1], 5))

d = deque([1, 2, 3])
d.append(4)
d.appendleft(0)
print(d, d.pop(), d.popleft(), len(d), d[0], d[-1], list(d), 2 in d, bool(d), d == deque([1, 2, 3]), attempt(lambda: d[9]), attempt(deque().pop))
d.extend([5, 6])
d.extendleft([7, 8])
d.rotate(2)
print(d, list(reversed(d)), d.count(5), d.index(3))
d.rotate(-1)
d.reverse()
d.remove(5)
del d[0]
d[0] = "x"
d.insert(1, "y")
print(d, deque("abcde", maxlen=3), deque(maxlen=2), d.copy() is d, d + deque([1]))
limited = deque(maxlen=2)
for i in range(5):
    limited.append(i)
print(limited, limited.maxlen)
queue = deque()
total = 0
for i in range(3000):
    queue.append(i)
    if i % 3 == 0:
        total += queue.popleft()
print(total, len(queue))

c = Counter("mississippi")
print(c, c["s"], c["z"], "z" in c, len(c), c.most_common(2), sorted(c.elements()), c.total(), isinstance(c, dict), sorted(c.items()))
c.update("mm")
c.subtract({"i": 3})
c["new"] += 1
del c["nothing"]
print(c, c + Counter(a=1), c - Counter(s=1), c & Counter(s=2), c | Counter(s=9), +c, c == Counter(c), dict(c), Counter(), Counter(a=2, b=1), Counter(["x", "x"]))

g = defaultdict(list)
g["a"].append(1)
g["a"].append(2)
g["b"]
n = defaultdict(int)
for ch in "hello":
    n[ch] += 1
print(g, dict(g), n, n["zz"], len(n), "q" in n, n.get("q"), attempt(lambda: defaultdict(None)["k"]), defaultdict(lambda: 5)["k"], sorted(n), list(g.items()), g == {"a": [1, 2], "b": []})

o = OrderedDict([("x", 1), ("y", 2)])
o["z"] = 3
o.move_to_end("x")
print(o, list(o), o.popitem(), o.popitem(last=False), o == OrderedDict(z=3), len(o))

Point = namedtuple("Point", "x y")
p = Point(1, y=2)
print(p, p.x, p[1], p == (1, 2), p._replace(x=5), p._asdict(), Point._fields, Point._make([3, 4]), len(p), [a for a in p], attempt(Point, 1), attempt(Point, 1, 2, 3), isinstance(p, tuple), hash(p) == hash((1, 2)), {p: 1}[Point(1, 2)])
x, y = p
print(x, y, max([Point(1, 5), Point(2, 0)]), sorted([Point(2, 1), Point(1, 9)]), namedtuple("Q", ["a", "b"], defaults=[7])(1))

print(list(chain([1], "ab", (2,))), list(chain.from_iterable(["ab", "c"])), list(islice(count(5), 3)), list(islice(cycle("ab"), 5)), list(itertools.repeat(1, 3)), list(accumulate([1, 2, 3, 4])), list(accumulate([3, 1, 5], max)), list(accumulate([1, 2], initial=10)))
print(list(product("ab", [1, 2])), list(product([0, 1], repeat=2)), list(itertools.permutations([1, 2, 3])), list(itertools.permutations("abc", 2)), list(itertools.combinations("abcd", 2)), list(itertools.combinations_with_replacement("ab", 2)))
print([(k, list(v)) for k, v in groupby("aabbbc")], [(k, len(list(v))) for k, v in groupby(range(10), lambda v: v // 4)], list(itertools.zip_longest("ab", [1], fillvalue="-")), list(itertools.starmap(pow, [(2, 3), (3, 2)])), list(itertools.takewhile(lambda v: v < 3, range(9))), list(itertools.dropwhile(lambda v: v < 7, range(9))), list(itertools.filterfalse(lambda v: v % 2, range(6))), list(itertools.compress("abc", [1, 0, 1])), list(itertools.pairwise("abc")))
a, b = itertools.tee(iter(range(4)))
print(next(a), next(a), list(b), list(a), list(islice(range(20), 2, 15, 4)), attempt(islice, [1], -1))

print(reduce(lambda s, v: s + v, [1, 2, 3]), reduce(max, [], 5), attempt(reduce, max, []), partial(pow, 2)(5), partial(int, base=2)("101"), sorted([3, 1, 2], key=cmp_to_key(lambda p, q: q - p)))


@lru_cache(maxsize=None)
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


@functools.lru_cache(maxsize=2)
def small(n):
    print("computing", n)
    return n * n


print(fibonacci(80), fibonacci.cache_info(), [small(n) for n in [1, 2, 1, 3, 2]], small.cache_info())


@total_ordering
class Version:
    def __init__(self, n):
        self.n = n

    def __eq__(self, other):
        return self.n == other.n

    def __lt__(self, other):
        return self.n < other.n


print(Version(1) < Version(2), Version(1) >= Version(2), Version(2) > Version(1), Version(1) <= Version(1))


def outer(f):
    @wraps(f)
    def inner(*args):
        """Inner."""
        return f(*args) + 1

    return inner


@outer
def documented(x):
    """Outer."""
    return x


print(documented(1), documented.__name__, documented.__doc__, documented.__wrapped__(1))
