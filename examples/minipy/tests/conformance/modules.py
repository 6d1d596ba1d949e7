# math, time, sys, os and how modules are imported.
import math
import os
import sys
import time
import math as m
from math import pi, sqrt as root
from math import (floor, ceil,)


def attempt(f, *args):
    try:
        return f(*args)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


print(math.pi, math.e, math.tau, math.inf, -math.inf, math.nan, pi == m.pi, root(16), floor(2.7), ceil(2.1), m is math)
for x in [0, 0.5, 1, -1, 2, -2.5, 10, 100.25, 1e-5, 1e10, 2**70]:
    print(x, *[attempt(f, x) for f in [math.sqrt, math.sin, math.cos, math.tan, math.exp, math.log, math.log2, math.log10, math.floor, math.ceil, math.trunc, math.fabs, math.atan, math.asin, math.acos, math.sinh, math.tanh, math.degrees, math.radians, math.isnan, math.isinf, math.isfinite, math.expm1, math.log1p]])
print(math.pow(2, 0.5), math.hypot(3, 4), math.atan2(1, -1), math.fmod(7.5, 2), math.fmod(-7.5, 2), math.copysign(1, -0.0), math.gcd(12, 18), math.gcd(0, 5), math.gcd(2**70, 6), math.factorial(20), math.factorial(30), math.isqrt(17), math.isqrt(2**101), math.log(8, 2), math.log(2**1000), math.log2(2**1000), math.log10(10**300), math.modf(2.75), math.frexp(10.5), math.ldexp(0.5, 5), math.fsum([0.1] * 10), math.prod([1, 2, 3]), math.comb(10, 3), math.perm(5, 2), math.isclose(0.1 + 0.2, 0.3), math.lcm(4, 6), math.dist((0, 0), (3, 4)))
print(attempt(math.sqrt, -1), attempt(math.log, 0), attempt(math.log, -1), attempt(math.factorial, -1), attempt(math.factorial, 1.5), attempt(math.sqrt, "a"), attempt(math.exp, 1000), attempt(math.isqrt, -1), attempt(math.floor, math.nan), attempt(math.ceil, math.inf), attempt(math.acos, 2), attempt(math.pow, 0, -1), attempt(math.gcd, 1.5), attempt(math.fmod, 1, 0), attempt(math.sqrt), attempt(math.sqrt, 1, 2))
before = time.perf_counter()
total = sum(range(1000))
after = time.perf_counter()
print(after >= before, time.time() > 1e9, time.monotonic() > 0, isinstance(time.perf_counter_ns(), int), isinstance(time.time(), float), isinstance(time.time_ns(), int), time.process_time() >= 0, time.sleep(0))
print(os.cpu_count() >= 1, isinstance(os.cpu_count(), int))
print(len(sys.argv), isinstance(sys.argv[0], str), sys.maxsize, sys.byteorder, sys.version_info[0], sys.version_info >= (3, 8), isinstance(sys.version, str), sys.getrecursionlimit() >= 1000, sys.platform)
print(attempt(lambda: math.nothing), attempt(lambda: __import__("no_such")), type(math).__name__, math.__name__, sys.__name__, hasattr(math, "pi"), getattr(math, "e") == math.e, repr(math)[:14], "math" in sys.modules)


def local_import():
    import math as local
    from math import cos
    return local.sin(0), cos(0)


print(local_import())
try:
    import no_such_module
except ImportError as error:
    print(type(error).__name__, error)
try:
    from math import no_such_name
except ImportError as error:
    print(type(error).__name__, str(error)[:45])
math.added = 5
print(m.added, math.floor(-0.5), math.ceil(-0.5), math.floor(1e20), math.trunc(-2.7), math.floor(5), math.ceil(True))
