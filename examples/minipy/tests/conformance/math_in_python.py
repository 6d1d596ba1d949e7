"""What lib/math.py defines, on all sorts of values."""
import math
def attempt(f, *a, **k):
    try: return repr(f(*a, **k))
    except Exception as e: return type(e).__name__ + ": " + str(e)
V = [0, 1, -1, 5, 10, 2.5, -0.0, 1e308, float("inf"), float("nan"), "a", None, True, 2**70, -2**70]
for n in ("degrees", "radians", "lcm", "factorial", "gcd", "sqrt", "floor"):
    for v in V:
        if n == "factorial" and isinstance(v, int) and v > 1000: continue
        print(n, v, attempt(getattr(math, n), v))
for n in ("perm", "comb", "lcm", "gcd", "isclose"):
    for a in V:
        for b in V[:13]:
            print(n, a, b, attempt(getattr(math, n), a, b))
print(attempt(math.dist, (1, 2), (4, 6)), attempt(math.dist, (1,), (1, 2)), attempt(math.dist, [1, "a"], [2, 3]), attempt(math.dist, 5, 6))
print(attempt(math.prod, [1, 2, 3.5]), attempt(math.prod, [], start=7), attempt(math.prod, ["a"], start=3), attempt(math.prod, 5))
for items in ([0.1] * 10, [1e100, 1.0, -1e100, 1e-100], [], [1, 2.5, True], [float("inf"), 1], [float("nan")], [1e308, -1e308, 3e-320], ["a"], [1e16, 1.0, 1e-16], [0.5 + i * 1e-17 for i in range(1000)], [2.0**53, 1.0, 2.0**-53]):
    print(attempt(math.fsum, items))
print(attempt(math.sqrt), attempt(math.sqrt, 1, 2), attempt(math.isclose, 1, 2, rel_tol=0.5), attempt(math.isclose, 1, 2, abs_tol=1), attempt(math.isclose, 1, 2, rel_tol=-1), math.perm(10), math.factorial(30), math.comb(100, 50))
print(math.__name__, repr(math)[:14])
