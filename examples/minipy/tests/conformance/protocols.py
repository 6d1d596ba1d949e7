# Classes: operators, descriptors, properties, inheritance, special methods; closures and parameters.
class P:
    __slots__ = ("x", "y")
    def __init__(self, x, y): self.x, self.y = x, y
    def __repr__(self): return f"P({self.x!r}, {self.y!r})"
    def __eq__(self, o): return isinstance(o, P) and (self.x, self.y) == (o.x, o.y)
    def __hash__(self): return hash((self.x, self.y))
    def __add__(self, o): return P(self.x + o.x, self.y + o.y) if isinstance(o, P) else NotImplemented
    def __rmul__(self, k): return P(k * self.x, k * self.y)
    def __neg__(self): return P(-self.x, -self.y)
    def __iter__(self): yield self.x; yield self.y
    def __bool__(self): return bool(self.x or self.y)
    def __lt__(self, o): return self.x < o.x
p = P(1, 2); print(p, p + P(3, 4), 3 * p, -p, list(p), bool(P(0, 0)), p == P(1, 2), p != P(1, 2), {p: 1}[P(1, 2)], sorted([P(2, 1), P(1, 1)]), p > P(0, 0))
for f in (lambda: p + 1, lambda: p * 2, lambda: setattr(p, "z", 1), lambda: p < 5, lambda: p.z, lambda: p(), lambda: p[0], lambda: len(p), lambda: P(1), lambda: p >= p):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
class Desc:
    def __set_name__(self, o, n): self.n = "_" + n
    def __get__(self, o, t=None): return self if o is None else getattr(o, self.n, "unset")
    def __set__(self, o, v):
        if v < 0: raise ValueError("neg")
        setattr(o, self.n, v)
    def __delete__(self, o): delattr(o, self.n)
class D:
    v = Desc()
d = D(); print(d.v); d.v = 5; print(d.v, d.__dict__, type(D.v).__name__); del d.v; print(d.v)
try: d.v = -1
except ValueError as e: print(e)
class Temp:
    def __init__(self): self._c = 0
    @property
    def c(self): "the c"; return self._c
    @c.setter
    def c(self, v): self._c = v
    @c.deleter
    def c(self): print("del c")
    @property
    def ro(self): return 1
    @staticmethod
    def s(x): return x * 2
    @classmethod
    def k(cls, x): return cls.__name__, x
t = Temp(); t.c = 5; print(t.c, Temp.c.__doc__, Temp.s(2), t.s(3), Temp.k(1), t.k(2)); del t.c
for f in (lambda: setattr(t, "ro", 1), lambda: t.nope, lambda: Temp.nope, lambda: delattr(t, "ro"), lambda: delattr(t, "zz")):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
class A:
    def f(self): return "A"
    def __init_subclass__(cls, /, tag=None, **k): super().__init_subclass__(**k); cls.tag = tag
class B(A, tag="b"):
    def f(self): return "B" + super().f()
class C(A):
    def f(self): return "C" + super().f()
class E(B, C, tag="e"):
    def f(self): return "E" + super().f()
print(E().f(), [c.__name__ for c in E.__mro__], B.tag, C.tag, E.tag, issubclass(E, A), isinstance(E(), (int, C)), E.__bases__, E.__name__, E.__qualname__, E.__module__)
try:
    class X(A, B): pass
except TypeError as e: print(e)
class G:
    def __getattr__(self, n):
        if n.startswith("x"): return n * 2
        raise AttributeError(n)
    def __setattr__(self, n, v): object.__setattr__(self, n, ("set", v))
    def __call__(self, *a, **k): return a, k
    def __getitem__(self, i): return i
    def __contains__(self, x): return x == 1
    def __len__(self): return 3
    def __enter__(self): return "in"
    def __exit__(self, *a): return True
    def __format__(self, s): return "<" + s + ">"
    def __index__(self): return 2
    def __int__(self): return 7
    def __float__(self): return 1.5
    def __reversed__(self): return "rev"
    def __matmul__(self, o): return "mm"
    def __iadd__(self, o): return "iadd"
    def __divmod__(self, o): return "dm"
    def __round__(self, n=None): return ("r", n)
    def __missing__(self, k): return k
g = G(); g.a = 1; print(g.a, g.xa, hasattr(g, "q"), getattr(g, "q", 0), g(1, k=2), g[1:2], g[1, ...], g[::2], 1 in g, 2 in g, len(g), bool(g), f"{g:>3}", [0, 1, 2][g], int(g), float(g), reversed(g), g @ 1, divmod(g, 1), round(g), round(g, 2), hex(g), range(g), "abc"[g])
with g as x: print(x); raise ValueError
g += 1; print(g)
class It:
    def __init__(s): s.n = 0
    def __iter__(s): return s
    def __next__(s):
        s.n += 1
        if s.n > 3: raise StopIteration
        return s.n
print(list(It()), sum(It()), [*It()], tuple(It()), 2 in It(), max(It()), dict(enumerate(It())))
class Seq:
    def __getitem__(s, i):
        if i > 2: raise IndexError
        return i * 10
print(list(Seq()), 20 in Seq(), list(zip(Seq(), "ab")), list(reversed([1])))
class Sing:
    _i = None
    def __new__(cls, *a):
        if cls._i is None: cls._i = super().__new__(cls); print("new", a)
        return cls._i
    def __init__(self, *a): print("init", a)
print(Sing(1) is Sing(2))
def make(n):
    def inc(d=1):
        nonlocal n
        n += d
        return n
    def get(): return n
    return inc, get
i, gt = make(5); i(); i(3); print(gt(), i.__closure__[0].cell_contents, [f() for f in [lambda x=x: x for x in range(3)]], [f() for f in [lambda: x for x in range(3)]])
def kw(a, /, b, *c, d=4, **e): return a, b, c, d, e
print(kw(1, 2), kw(1, 2, 3, d=5, z=6), kw(1, b=2), kw(*[1, 2], **{"q": 3}), kw.__defaults__, kw.__kwdefaults__, kw.__code__.co_varnames if 0 else "")
def dm(x, l=[]): l.append(x); return l
print(dm(1), dm(2))
print(type(p), type(P), type(kw), type(lambda: 0), type(print), type(p.__init__), type(None), type(...), type(NotImplemented), type(range(1)), type(iter([])), type(iter({})), type(iter("")), type(iter(())), type(iter({1})), type(iter(range(1))), type(x for x in []), type(zip()), type({}.keys()))
print(callable(p), callable(P), vars(t), id(p) == id(p), p is p, isinstance(True, int), issubclass(bool, int), type(type), type("X", (A,), {"y": 1})().y)


class Negative:
    def __len__(self):
        return -1

    def __getitem__(self, index):
        return [7, 8][index]


for make in (list, tuple, sorted, lambda it: [*it]):
    try:
        print(make(Negative()))
    except ValueError as error:
        print(error)


class Long:
    def __init__(self, length):
        self.length = length

    def __len__(self):
        return self.length


for length in (-1, -10 ** 30, 10 ** 30, 3):
    try:
        print(len(Long(length)))
    except (ValueError, OverflowError) as error:
        print(type(error).__name__, error)
for strip in (str.strip, str.lstrip, str.rstrip):
    try:
        strip("a", True)
    except TypeError as error:
        print(error)
print(hash(()), hash((1,)), hash((1, (2.5, True), -1)), hash((10 ** 30, -10 ** 30, 0.0)))
