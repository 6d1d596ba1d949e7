# Integers, small and large: every operator, all signs, across the borders of 30, 62, 63 and 64 bits.
def attempt(f, *args):
    try:
        return f(*args)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


EDGES = [0, 1, -1, 2, -2, 3, 7, -7, 10, 255, 2**30 - 1, 2**30, -(2**30), 2**31, 2**32 + 1, 2**61, 2**62 - 1, 2**62,
         2**62 + 1, -(2**62), -(2**62) - 1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64, -(2**64), 10**30, -(10**30) + 7]
OPERATORS = [
    ("+", lambda a, b: a + b), ("-", lambda a, b: a - b), ("*", lambda a, b: a * b), ("//", lambda a, b: a // b),
    ("%", lambda a, b: a % b), ("&", lambda a, b: a & b), ("|", lambda a, b: a | b), ("^", lambda a, b: a ^ b),
    ("/", lambda a, b: a / b), ("divmod", divmod),
]
for name, f in OPERATORS:
    for a in EDGES:
        print(name, a, [attempt(f, a, b) for b in EDGES])
for a in EDGES:
    print(a, [a < b for b in EDGES], [a == b for b in EDGES], [a >= b for b in EDGES])
    print(-a, +a, ~a, abs(a), bool(a), hash(a) == hash(a + 0), a.bit_length(), not a)
    for s in [0, 1, 5, 31, 62, 63, 64, 100]:
        print(a << s, a >> s, end=" ")
    print()
for a in [0, 1, -1, 2, -3, 10, 2**62, -(2**65)]:
    print([attempt(lambda: a**e) for e in [0, 1, 2, 3, 10, 33, -1, -2]])
print(pow(3, 200, 1000007), pow(2, -1, 7), attempt(pow, 2, -1, 4), attempt(pow, 2, 3, 0), pow(-5, 3, 7), pow(10, 50))
print(attempt(lambda: 1 << -1), attempt(lambda: 1 >> -1), attempt(lambda: 1 // 0), attempt(lambda: 1 % 0), attempt(lambda: 1 / 0),
      attempt(divmod, 1, 0), attempt(lambda: 0**-1))
print(attempt(lambda: 1 + "a"), attempt(lambda: "a" + 1), attempt(lambda: 1 < "a"), attempt(lambda: -"a"), attempt(lambda: ~1.5))
print(1_000_000, 0xFF, 0b101, 0o17, 0XfF, 0B11, 0O7, 0x_ff)
print(hex(255), hex(-255), bin(10), bin(-10), oct(8), oct(-9), hex(2**70), bin(2**65), oct(-(2**66)))
for text in ["12", " -12 ", "+7", "1_000", "0", "-0", "99999999999999999999999", "", "abc", "1.5", "0x10", "1__0", "_1", "١٢"]:
    print(repr(text), attempt(int, text))
print(int("ff", 16), int("0xff", 16), int("-101", 2), int("0b101", 0), int("z", 36), int("17", 8), attempt(int, "8", 8), attempt(int, "1", 99))
print(int(3.99), int(-3.99), int(1e20), int(True), attempt(int, float("nan")), attempt(int, float("inf")), attempt(int, None), attempt(int, []), int())
print(True + True, True * 3, True & False, True | False, True ^ True, type(True & True).__name__, type(True + 0).__name__, ~True, -True)
print(isinstance(True, int), isinstance(1, bool), int.__name__, type(1), (5).__class__ is int)
print(str(2**200), repr(-(2**200)), len(str(3**1000)), 2**200 == 4**100, 2**200 != 4**100 + 1)
x = 1
for i in range(1, 60):
    x *= i
print(x, x % 1000003, x // 10**40)
x = 2**62 - 2
for i in range(5):
    x += 1
    print(x, -x, x - 2**62)
x = 5
x += 2; x -= 1; x *= 7; x //= 4; x **= 3; x %= 101; x <<= 5; x >>= 2; x |= 3; x &= 0xF7; x ^= 0x55
print(x)
print(7 // 2, -7 // 2, 7 // -2, -7 // -2, 7 % 3, -7 % 3, 7 % -3, -7 % -3)
print(round(5), round(15, -1), round(25, -1), round(-25, -1), round(2**70, -3), round(12345, 2))
print(min(3, 2**70, -5), max([1, 2**64, 2**63]), sum([2**62, 2**62, 2**62]), sum(range(100), 2**64))
print((10**18) * (10**18) // 10**18 == 10**18, (2**100 + 1) & (2**50 - 1), -(2**100) >> 90, (-(2**100)) & 0xFFFF)
print(float(2**53 + 1), float(10**22), attempt(float, 10**400), 10**400 > 1e308, 2**53 + 1 == float(2**53), 2**53 == float(2**53))
print(2**1000 / 2**999, 10**30 / 3, (2**64 + 1) / 2**32, -(10**40) / 7)
print(hash(2**61 - 1), hash(2**61), hash(-1), hash(-2), hash(2**64) == hash(8), hash(1.0) == hash(1), hash(2.0**70) == hash(2**70))
