"""math: what is C, and what need not be."""
from _math import *


def _float(x):
    return ldexp(x, 0)


def _natural(x, what):
    number = gcd(x)  # an error if it is no int
    if x < 0:
        raise ValueError(what)
    return number


def _naturals(n, k):
    gcd(n, k)
    return _natural(n, "n must be a non-negative integer"), _natural(k, "k must be a non-negative integer")


def degrees(x, /):
    return _float(x) * (180.0 / pi)


def radians(x, /):
    return _float(x) * (pi / 180.0)


def dist(p, q, /):
    p, q = tuple(p), tuple(q)
    if len(p) != len(q):
        raise ValueError("both points must have the same number of dimensions")
    return hypot(*[_float(a) - _float(b) for a, b in zip(p, q)])


def lcm(*integers):
    total = 1
    for n in integers:
        n = gcd(n)
        total = total // gcd(total, n) * n if n else 0
    return total


def factorial(x, /):
    number = _natural(x, "factorial() not defined for negative values")
    if number >= 1 << 63:
        raise OverflowError("factorial() argument should not exceed 9223372036854775807")
    return prod(range(1, number + 1))


def perm(n, k=None, /):
    if k is None:
        return factorial(n)
    n, k = _naturals(n, k)
    return prod(range(n - k + 1, n + 1)) if k <= n else 0


def comb(n, k, /):
    n, k = _naturals(n, k)
    return perm(n, min(k, n - k)) // factorial(min(k, n - k)) if k <= n else 0


def prod(iterable, /, *, start=1):
    for item in iterable:
        start = start * item
    return start


def fsum(seq, /):
    """The exact sum, rounded once: partial sums that do not overlap (Shewchuk)."""
    partials = []
    special = 0.0
    for x in seq:
        x = _float(x)
        if not isfinite(x):
            special += x
            continue
        kept = []
        for y in partials:
            if fabs(x) < fabs(y):
                x, y = y, x
            high = x + y
            low = y - (high - x)
            if low:
                kept.append(low)
            x = high
        partials = kept + [x]
    if special != 0:
        return special
    high = low = 0.0
    while partials and low == 0:
        x = high
        y = partials.pop()
        high = x + y
        low = y - (high - x)
    if partials and low * partials[-1] > 0 and high + low * 2 - high == low * 2:
        high += low * 2
    return high


def isclose(a, b, *, rel_tol=1e-09, abs_tol=0.0):
    if rel_tol < 0 or abs_tol < 0:
        raise ValueError("tolerances must be non-negative")
    a, b = _float(a), _float(b)
    if a == b or not isfinite(a) or not isfinite(b):
        return a == b
    return fabs(a - b) <= max(rel_tol * max(fabs(a), fabs(b)), abs_tol)
