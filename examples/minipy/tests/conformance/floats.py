# Floats: repr, conversion, arithmetic, comparison with integers, formats.
def attempt(f, *args):
    try:
        return f(*args)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


VALUES = [0.0, -0.0, 1.0, -1.0, 0.1, 0.2, 0.1 + 0.2, 1 / 3, 2 / 3, 1e15, 1e16, 1e17, 123456789012345678.0, 1e21, 1e22, 1e-4, 1e-5, 0.00012345,
          1e100, 1e-100, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 3.141592653589793, 100.0, 12345.678, 1e5, 123456.0,
          9007199254740993.0, 4.35, 0.5, 1.5, 2.5, -2.5, 1e300 * 1e10, -1e300 * 1e10]
for x in VALUES:
    print(x, repr(x), str(x), [x], (x,))
nan = float("nan")
print(nan, nan == nan, nan != nan, nan < 1, nan in [nan], [nan] == [nan], float("inf") == float("inf"))
for text in ["1", "1.", ".5", "1e5", "1E-5", " 2.5 ", "-3", "+4.25", "inf", "-Infinity", "nan", "1_0.5", "", "abc", "1e", "0x1", "1e400", "--1"]:
    print(repr(text), attempt(float, text))
print(.5, 5., 1e3, 1E3, 1.5e-3, 1_0.0_1, 0e0, 00.5)
for a in [7.5, -7.5, 2.0, 1e300, 0.1]:
    for b in [2.0, -2.0, 0.3, 3, -3]:
        print(a + b, a - b, a * b, a / b, a // b, a % b, divmod(a, b), a < b, a == b)
print(attempt(lambda: 1.0 / 0), attempt(lambda: 1.0 // 0), attempt(lambda: 1.0 % 0), attempt(divmod, 1.0, 0.0))
print(2.0**0.5, 2**0.5, 2.0**-1, 2**-2, (-8.0) ** 2, attempt(lambda: 0.0**-1), attempt(lambda: 1e200**2), 10.0**5, 0.0**0, 4**0.5)
print(-0.0 % 3, -1e-20 % 3, 5.0 % -3, -5.0 % 3, 0.0 == -0.0, 1 // 0.3, -1 // 0.3)
print(1 == 1.0, 2**53 == 2.0**53, 2**53 + 1 == 2.0**53, 2**53 + 1 > 2.0**53, 10**400 > 1.0, -(10**400) < 1e308, 10**400 < float("inf"))
for x in [0.5, 1.5, 2.5, -0.5, -1.5, 2.675, 1234.5678, 1e20, 0.05, 12345.0]:
    print(round(x), round(x, 1), round(x, 2), round(x, -2), round(x, 0))
print(attempt(round, nan), attempt(round, float("inf")), round(1.5, None), type(round(1.2)).__name__, type(round(1.2, 0)).__name__)
print(int(1e18), int(-1.9), int(2.0**70), (1.5).is_integer(), (2.0).is_integer(), abs(-2.5), -(-2.5), +2.5, bool(0.0), bool(0.1), not 0.0)
for x in [0.0, -0.0, 1.0, 3.14159, -2.71828, 1e10, 1.5e-7, 123456789.123, 0.5, 1e100]:
    print("%f|%.0f|%.3f|%8.2f|%-8.1f|%+.1f|%e|%.2e|%g|%.3g|%G|%010.3f" % (x, x, x, x, x, x, x, x, x, x, x, x))
    print(f"{x:f}|{x:.0f}|{x:.3f}|{x:8.2f}|{x:<8.1f}|{x:+.1f}|{x:e}|{x:.2E}|{x:g}|{x:.3g}|{x:010.3f}|{x:,.2f}|{x:%}|{x:.1%}|{x}|{x:>12}|{x: .2f}|{x:_.1f}")
for x in [float("inf"), float("-inf"), nan]:
    print("%f %g %5.1f" % (x, x, x), f"{x:f} {x:8.2f} {x:+}", str(x))
print(sum([0.1] * 10), max(1, 2.5), min(1.0, 1), min(1, 1.0), sorted([3, 1.5, -2, 2.5]), 1e3 == 1000, {1: "a"}[1.0], hash(0.5))
print(attempt(lambda: 1.5 & 1), attempt(lambda: 1.5 + "a"), attempt(lambda: [1][1.0]), attempt(lambda: "a" * 1.5), attempt(range, 1.5))
x = 1.5
x += 1; x *= 2; x -= 0.5; x /= 3; x **= 2; x //= 0.7; x %= 2
print(x, 3 - 1.5, 3 * 1.5, 3 / 1.5, 7 // 1.5, 7 % 1.5, 2**1.5, 1 - 0.9)
