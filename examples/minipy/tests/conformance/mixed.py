# Subclasses of containers, exceptions, imports, decorators, odd special methods.
import sys
sys.stdout.write("w\n"); print("err", file=sys.stderr)
class Sub(list):
    def total(self): return sum(self)
    def __repr__(self): return "Sub" + super().__repr__()
s = Sub([1, 2]); s.append(3); print(s, s.total(), s[1:], type(s[1:]), s + [4], type(s + [1]), isinstance(s, list), s == [1, 2, 3], len(s), list(s), sorted(s), s * 2)
class DD(dict):
    def __missing__(self, k): self[k] = v = k * 2; return v
    def __getattr__(self, n):
        try: return self[n]
        except KeyError: raise AttributeError(n) from None
d = DD(a=1); print(d["a"], d["b"], d, d.a, d.get("zz"), "zz" in d, dict(d), {**d}, type(d.copy()))
class T(tuple):
    def __new__(cls, a, b): return super().__new__(cls, (a, b))
    @property
    def a(self): return self[0]
t = T(1, 2); print(t, t.a, t + (3,), hash(t) == hash((1, 2)), t == (1, 2), {t: 1}[(1, 2)]); a, b = t
class S(set):
    def add2(self, x): self.add(x); return self
print(S([1]).add2(2), S([1]) | {3}, type(S([1]) | {3}), S() == set())
class Err(ValueError, KeyError): pass
try: raise Err("x", 1)
except KeyError as e: print(repr(e), str(e), e.args)
class Old(Exception): pass
try:
    try: raise Old("inner")
    except Old as o: raise ValueError("outer") from o
except ValueError as v: print(v, repr(v.__cause__))
print(isinstance(OSError(2, "No such file"), FileNotFoundError), str(OSError(2, "x")), str(KeyError("a")), str(KeyError()), repr(ValueError()), str(StopIteration(3)), SystemExit(3).code)
import math
from math import sqrt as sq, pi
from collections import *
print(sq(16), pi, Counter, math.__name__)
def g():
    yield 1
    return 2
print([*g()], isinstance(g(), type(g())), next(iter([]), "d"), next(g()))
print(list(iter(lambda it=iter([1, 2, 0, 3]): next(it), 0)))
print(__name__, type(__file__))
def deco(*args):
    def w(f): print("deco", args, f.__name__); return f
    return w
@deco(1)
@deco(2)
def dd(): "doc"
@deco("cls")
class DC: "cdoc"
print(dd.__doc__, DC.__doc__, dd.__module__)
class Meta: pass
print(getattr(Meta, "x", 5), hasattr(Meta, "__init__"), Meta.__dict__.get("q"), Meta().__class__ is Meta, Meta.__name__)
o = Meta(); o.x = 1; o.__dict__["y"] = 2; print(o.y, vars(o), o.__dict__ == {"x": 1, "y": 2}); del o.x; print(hasattr(o, "x")); setattr(o, "z z", 3); print(getattr(o, "z z"))
print(str(Meta), repr(type(o)), repr(len), repr(math.sqrt), repr([].append)[:30], repr(dd)[:12], str(lambda: 0)[:19], repr(o)[:21])
class R:
    def __repr__(self): return "R!"
print([R()], (R(),), {R()}, {1: R()}, f"{R()}", "%s" % R(), str(R()), "{!r}".format(R()))
class St:
    def __str__(self): return "str"
print(St(), f"{St()}", f"{St()!s:>5}", [str(St())], f"{St()!r}"[:10])
class Cmp:
    def __init__(s, v): s.v = v
    def __eq__(s, o): return NotImplemented
    def __lt__(s, o): return s.v < o.v
    def __radd__(s, o): return f"r{o}"
print(Cmp(1) == Cmp(1), Cmp(1) == 5, Cmp(1) != 5, sorted([Cmp(2), Cmp(1)])[0].v, 5 + Cmp(1), sum([Cmp(1)]))
try: {Cmp(1): 1}
except TypeError as e: print(e)
class L:
    def __len__(s): return -1
try: len(L())
except ValueError as e: print(e)
class B:
    def __bool__(s): return 1
try: bool(B())
except TypeError as e: print(e)
class I:
    def __iter__(s): return 5
try: iter(I())
except TypeError as e: print(e)
class RR:
    def __repr__(s): return 5
try: repr(RR())
except TypeError as e: print(e)
class H:
    def __hash__(s): return "x"
try: hash(H())
except TypeError as e: print(e)
def rec(n): return rec(n + 1)
try: rec(0)
except RecursionError as e: print(e)
x = [1, 2, 3]
for i in x:
    if i < 3: x.append(i + 10)
    if len(x) > 8: break
print(x)
del x[1], x[0]
print(x)
a = [1, 2, 3]; it = iter(a); next(it); a.clear(); print(list(it))
print(sum([0.1] * 10), sum([1, 2.5]), 1e3 == 1000, 3.0, 1e5, 10 ** 20, 10 ** -2, 7 / 7, 2 ** 0.5, 1e-5, 12345678901234567890 * 10, -7 // 2.0)
print(bool("False"), int(True), "%d" % True, True + 1, str(1.0))
print(sorted(["B", "a", "C"], key=str.casefold), sorted([(1, "b"), (1, "a")]), sorted([3, 1, 2], key=lambda x: -x), max([1, 2], [1, 3]), min("b", "a"))
try: print(undefined_name)
except NameError as e: print(e)
try: o.nope
except AttributeError as e: print(e, e.name if 0 else "")
import time; t0 = time.perf_counter(); time.sleep(0); print(time.perf_counter() >= t0, time.strftime("%Y") > "2000" if 0 else True)
raise SystemExit(3)
