# functools, itertools, collections, math and random.
import functools, itertools, collections, math, random, time, sys
@functools.lru_cache(maxsize=None)
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(80), fib.cache_info(), fib.__name__, fib.__wrapped__(1)); fib.cache_clear(); print(fib.cache_info())
@functools.lru_cache(2)
def sq(x): return x * x
for i in (1, 2, 1, 3, 2): sq(i)
print(sq.cache_info())
@functools.cache
def c(a, b=2): return a + b
print(c(1), c(1, b=2), c.cache_info())
def deco(f):
    @functools.wraps(f)
    def w(*a, **k):
        "wdoc"
        return f(*a, **k)
    return w
@deco
def named():
    "ndoc"
print(named.__name__, named.__doc__, functools.reduce(lambda a, b: a * b, range(1, 6)), functools.reduce(lambda a, b: a + b, [], 0), functools.partial(int, base=2)("101"))
p = functools.partial(max, 3); print(p(1, 2), p.func, p.args, p.keywords)
print(sorted([3, 1, 2], key=functools.cmp_to_key(lambda a, b: b - a)))
@functools.total_ordering
class V:
    def __init__(s, v): s.v = v
    def __eq__(s, o): return s.v == o.v
    def __lt__(s, o): return s.v < o.v
print(V(1) < V(2), V(1) >= V(2), V(1) != V(1), V(2) > V(1), V(1) <= V(1))
class CP:
    n = 0
    @functools.cached_property
    def x(self): CP.n += 1; return 42
cp = CP(); print(cp.x, cp.x, CP.n)
@functools.singledispatch
def sd(x): return "obj"
@sd.register(int)
def _(x): return "int"
print(sd(1), sd("a"), sd(True))
it = itertools
print(list(it.chain([1], "ab")), list(it.chain.from_iterable([[1], [2]])), list(it.islice(it.count(5, 2), 3)), list(it.islice("abcdef", 1, 5, 2)), list(it.repeat(1, 3)), list(it.islice(it.cycle("ab"), 5)))
print(list(it.accumulate([1, 2, 3])), list(it.accumulate([3, 1, 2], max)), list(it.accumulate([1, 2], initial=10)), list(it.product("ab", [1, 2])), list(it.product([0, 1], repeat=2)), list(it.permutations([1, 2, 3], 2)), list(it.combinations("abc", 2)), list(it.combinations_with_replacement("ab", 2)))
print([(k, list(g)) for k, g in it.groupby("aabbca")], [(k, len(list(g))) for k, g in it.groupby(range(6), key=lambda x: x // 2)], list(it.zip_longest([1], [2, 3], fillvalue=0)), list(it.starmap(pow, [(2, 3), (3, 2)])), list(it.takewhile(lambda x: x < 2, [1, 2, 1])), list(it.dropwhile(lambda x: x < 2, [1, 2, 1])), list(it.compress("abc", [1, 0, 1])), list(it.filterfalse(None, [0, 1])), list(it.pairwise([1, 2, 3])))
a, b = it.tee(iter([1, 2, 3])); print(list(a), list(b))
C = collections.Counter("abracadabra"); print(C, C.most_common(2), C["z"], C["a"], sum(C.values()), C + collections.Counter("a"), C - collections.Counter("aaaaaaa"), list(C.elements())[:3], C & collections.Counter("ab"), C.total())
C.update("zz"); C.subtract("a"); print(C["z"], C["a"], dict(C))
dd = collections.defaultdict(list); dd["a"].append(1); print(dd, dd["b"], len(dd), dd.get("c"), "c" in dd); di = collections.defaultdict(int); di["x"] += 1; print(di, dict(di))
dq = collections.deque([1, 2, 3], maxlen=3); dq.append(4); dq.appendleft(0); print(dq, dq.popleft(), dq.pop(), dq, len(dq), dq[0], list(reversed(dq))); dq.extend([7, 8]); dq.rotate(1); print(dq, dq.maxlen, 7 in dq, dq.index(8)); dq.extendleft([5]); dq.clear(); print(dq)
try: dq.pop()
except IndexError as e: print(e)
P = collections.namedtuple("P", "x y"); p = P(1, y=2); print(p, p.x, p[1], p._replace(x=5), p._asdict(), P._fields, p == (1, 2), *p, P._make([3, 4])); x, y = p
try: P(1)
except TypeError as e: print(e)
try: 1/0
except ZeroDivisionError as e: print(e)
od = collections.OrderedDict(a=1, b=2); od.move_to_end("a"); print(od, od.popitem(last=False), list(od));
print(math.pi, math.sqrt(2), math.floor(-1.5), math.ceil(1.2), math.gcd(12, 18), math.factorial(20), math.isclose(0.1 + 0.2, 0.3), math.log(8, 2), math.log2(8), math.log10(1000), math.hypot(3, 4), math.inf, math.isnan(math.nan), math.trunc(-2.7), math.comb(5, 2), math.prod([1, 2, 3]), math.fsum([0.1] * 10), math.copysign(1, -0.0), math.modf(1.5), math.frexp(8.0), math.isqrt(17), math.lcm(4, 6), math.degrees(math.pi), math.exp(1), math.atan2(1, 1), math.e, math.tau, math.fmod(-5, 3), math.sinh(1))
random.seed(42); print(random.random(), random.randint(1, 100), random.choice("abc"), random.sample(range(100), 5), random.uniform(1, 2), random.gauss(0, 1), random.shuffle([1]), random.choices([1, 2, 3], k=5), random.randrange(0, 100, 7), random.getrandbits(70)); l = list(range(10)); random.shuffle(l); print(l)
try: math.sqrt(-1)
except ValueError as e: print(e)
try: math.factorial(-1)
except ValueError as e: print(e)
try: math.log(0)
except ValueError as e: print(e)
print(sys.argv[1:], sys.maxsize, sys.version_info >= (3, 8), sys.getrecursionlimit(), type(time.time()), sys.byteorder, sys.platform)
