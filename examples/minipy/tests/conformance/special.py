# Special methods.
def attempt(f, *args):
    try:
        return f(*args)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


class Vector:
    def __init__(self, *xs):
        self.xs = xs

    def __repr__(self):
        return "Vector(" + ", ".join(map(repr, self.xs)) + ")"

    def __str__(self):
        return "<" + " ".join(map(str, self.xs)) + ">"

    def __len__(self):
        return len(self.xs)

    def __getitem__(self, i):
        if isinstance(i, slice):
            return Vector(*self.xs[i])
        return self.xs[i]

    def __add__(self, other):
        if not isinstance(other, Vector):
            return NotImplemented
        return Vector(*[a + b for a, b in zip(self.xs, other.xs)])

    def __mul__(self, k):
        return Vector(*[a * k for a in self.xs])

    __rmul__ = __mul__

    def __matmul__(self, other):
        return sum(a * b for a, b in zip(self.xs, other.xs))

    def __neg__(self):
        return Vector(*[-a for a in self.xs])

    def __pos__(self):
        return self

    def __abs__(self):
        return sum(a * a for a in self.xs) ** 0.5

    def __invert__(self):
        return Vector(*reversed(self.xs))

    def __bool__(self):
        return any(self.xs)

    def __eq__(self, other):
        return isinstance(other, Vector) and self.xs == other.xs

    def __hash__(self):
        return hash(self.xs)

    def __lt__(self, other):
        return abs(self) < abs(other)

    def __contains__(self, x):
        return x in self.xs

    def __iter__(self):
        return iter(self.xs)

    def __call__(self, x):
        return sum(c * x**i for i, c in enumerate(self.xs))

    def __reversed__(self):
        return "reversed vector"


v, w = Vector(3, 4), Vector(1, 2)
print(v, repr(v), [v], len(v), v[0], v[-1], v[0:1], v + w, v * 2, 2 * v, v @ w, -v, +v, abs(v), ~v, bool(v), bool(Vector(0, 0)), v == w, v == Vector(3, 4), v != w, v < w, v > w, sorted([v, w]), 3 in v, 9 in v, list(v), v(10), {v: 1}[Vector(3, 4)], reversed(v), sum([v, w], Vector(0, 0)), max(v, w), not v)
print(attempt(lambda: v + 1), attempt(lambda: 1 + v), attempt(lambda: v - w), attempt(lambda: v <= w), attempt(lambda: v[5]), attempt(lambda: v["a"]), attempt(lambda: v @ 1))
a, *b = v
print(a, b, f"{v} {v!r:>15}", "%s %r" % (v, v), str(v), tuple(v), [*v, *w])


class Table:
    def __init__(self):
        self.data = {}

    def __getitem__(self, key):
        print("get", key)
        return self.data[key]

    def __setitem__(self, key, value):
        print("set", key, value)
        self.data[key] = value

    def __delitem__(self, key):
        print("del", key)
        del self.data[key]


t = Table()
t["a"] = 1
t["a"] += 5
t[1, 2] = 3
print(t["a"], t[1, 2], t.data.__len__())
del t["a"]
print(attempt(lambda: t["a"]), t.data.get((1, 2)))


class Sequence:
    def __getitem__(self, i):
        if i > 3:
            raise IndexError("past")
        return i * 10


print(list(Sequence()), 20 in Sequence(), 5 in Sequence(), [x for x in Sequence()], tuple(Sequence()), max(Sequence()))


class Iterator:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        return self.n


print(list(Iterator(3)), next(Iterator(5)), sum(Iterator(4)), dict(zip("abc", Iterator(3))), attempt(next, Iterator(0)), next(Iterator(0), "d"))


class Number:
    def __init__(self, n):
        self.n = n

    def __repr__(self):
        return f"N{self.n}"


def binary(name):
    def method(self, other):
        return f"{self}.{name}({other})"

    return method


for name in ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor", "lshift", "rshift", "matmul", "divmod"]:
    for prefix in ["", "r"]:
        full = f"__{prefix}{name}__"
        setattr(Number, full, binary(full))
n = Number(1)
print(n + 1, 1 + n, n - 1, 1 - n, n * 2, 2 * n, n / 2, 2 / n, n // 2, 2 // n, n % 2, 2 % n, n**2, 2**n, n & 1, 1 & n, n | 1, 1 | n, n ^ 1, 1 ^ n, n << 1, 1 << n, n >> 1, 1 >> n, n @ 1, 1 @ n, divmod(n, 1), divmod(1, n))
print(n + n, "s" + n, [1] + n, 1.5 * n, None + n, attempt(lambda: n + None))
m = n
m += 1
print(m)


class InPlace:
    def __init__(self):
        self.log = []

    def __iadd__(self, other):
        self.log.append(("+=", other))
        return self

    def __ior__(self, other):
        self.log.append(("|=", other))
        return self

    def __add__(self, other):
        return "not in place"


p = q = InPlace()
p += 1
p |= 2
print(p is q, p.log, p + 1)


class Ordered:
    def __init__(self, v):
        self.v = v

    def __lt__(self, o):
        print("lt", end=" ")
        return self.v < o.v

    def __le__(self, o):
        print("le", end=" ")
        return self.v <= o.v

    def __eq__(self, o):
        print("eq", end=" ")
        return self.v == o.v


x, y = Ordered(1), Ordered(2)
print(x < y, x > y, x <= y, x >= y, x == y, x != y, attempt(hash, x), x in [y, x], [x] == [x])


class Derived(Ordered):
    def __gt__(self, o):
        print("derived gt", end=" ")
        return "derived"


print(x < Derived(3), Derived(1) > x)


class Index:
    def __index__(self):
        return 2


print([10, 20, 30][Index()], "abcd"[Index():], list(range(Index())), [1] * Index(), hex(Index()), bin(Index()))


class Converts:
    def __int__(self):
        return 7

    def __float__(self):
        return 2.5

    def __bool__(self):
        return False

    def __round__(self, n=None):
        return "rounded", n

    def __hash__(self):
        return 99

    def __len__(self):
        return 5

    def __divmod__(self, o):
        return "dm", o


c = Converts()
print(int(c), float(c), bool(c), round(c), round(c, 2), hash(c), len(c), "t" if c else "f", divmod(c, 3), not c)


class LenOnly:
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n


class Bad:
    def __bool__(self):
        return 5

    def __len__(self):
        return -1

    def __repr__(self):
        return 5

    def __str__(self):
        return None

    def __hash__(self):
        return "h"

    def __iter__(self):
        return 5

    def __index__(self):
        return "i"


print(bool(LenOnly(0)), bool(LenOnly(3)), attempt(bool, Bad()), attempt(len, Bad()), attempt(repr, Bad()), attempt(str, Bad()), attempt(hash, Bad()), attempt(iter, Bad()), attempt(lambda: [1][Bad()]), attempt(len, LenOnly("a")))


class OnlyRepr:
    def __repr__(self):
        return "only repr"


class OnlyStr:
    def __str__(self):
        return "only str"


print(str(OnlyRepr()), OnlyRepr(), [OnlyRepr()], OnlyStr(), repr(OnlyStr())[:18])


class Raises:
    def __getattr__(self, name):
        raise KeyError(name)

    def __eq__(self, other):
        raise ZeroDivisionError("eq")

    def __len__(self):
        raise ValueError("len")


r = Raises()
print(attempt(lambda: r.x), attempt(lambda: r == 1), attempt(lambda: r in [1]), attempt(len, r), attempt(bool, r), attempt(hasattr, r, "x"), attempt(lambda: [1, r].index(2)))
# Looked up on the type, not on the instance.
s = LenOnly(1)
s.__len__ = lambda: 99
print(len(s), s.__len__(), LenOnly.__len__(s))


class NoneEq:
    __hash__ = None
    __iter__ = None


print(attempt(hash, NoneEq()), attempt(iter, NoneEq()))
