# How numbers and strings are formatted, converted and rounded.
for v in (0, 1, -1, 255, 3.14159, -2.5, 1e10, 1e-10, 123456789, 0.1, 1e16, 1e22, float("inf"), float("nan"), True):
    print(f"{v!r} {v:>10} {v:<10}| {v:^10}|{v:+}|{v: }|{v:,}|{v:_}|{v:010}|{v:*>12}|{v:e}|{v:.3f}|{v:g}|{v:.2%}|{v:.3g}|{v:G}")
for v in (0, 5, -5, 255, 2**70, -2**70):
    print(f"{v:x} {v:X} {v:#x} {v:o} {v:#o} {v:b} {v:#b} {v:d} {v:n} {v:08b} {v:+d} {v:#010x} {v:_b} {v:,d}", "{:c}".format(65))
for s in ("", "a", "hello", "é中"):
    print(f"{s:5}|{s:>5}|{s:^5}|{s:.2}|{s:*^9.3}|{s!r:>8}|{s!a}")
print("{} {} {0}".format if 0 else "{0} {1} {0} {name} {a[0]} {b.real}".format(1, 2, name="n", a=[9], b=3))
print("%d %5d %-5d| %05d %+d %x %X %o %e %.2f %g %s %r %c %c %% %5.1f %i" % (1, 2, 3, 4, 5, 255, 255, 8, 12345.678, 2.345, 1e-5, "s", "r", "c", 66, 3.14159, 7.9))
print("%(a)s-%(b)05.1f" % {"a": 1, "b": 2.25}, "%s" % (1,), "%s %s" % ("a", [1]), "%-10s|%10s" % ("l", "r"), "%.3s" % "abcdef", "%*d" % (5, 42))
for f, a in (("%d", "x"), ("%d %d", (1,)), ("%d", (1, 2)), ("%z", 1), ("{", ()), ("{0}{}", (1, 2)), ("{:d}", (1.5,)), ("{!x}", (1,)), ("{a}", ())):
    try: print(f % a if "%" in f else f.format(*a))
    except Exception as e: print(type(e).__name__, e)
print(repr(1e100), 1e15, 1e16, 1.0, -0.0, 5e-324, 1.7976931348623157e308, 0.1 + 0.2, 100000000000000000000.0, 123456.789e3, 2.0**0.5)
print(round(2.5), round(3.5), round(-2.5), round(2.675, 2), round(1234, -2), round(1.5e300), round(0.5), round(5, 1), round(1e16+0.5))
print(int("  12 "), int("-0x1f", 16), int("z", 36), int("0b11", 0), int(3.99), int(-3.99), float(" 1e3 "), float("-inf"), int("1_000"))
for a in ("", "1.5", "0x", "12a", "--1"):
    try: print(int(a))
    except ValueError as e: print(e)
try: float("abc")
except ValueError as e: print(e)
print(7 // 2, -7 // 2, 7 % -3, -7 % 3, 7.5 // 2, -7.5 % 2, divmod(-7, 2), divmod(7.5, -2), 2**-1, (-2)**2, -2**2, 0**0, 2**100, (-8)**(1/3) if 0 else 1)
print(1 << 70, -1 >> 3, 5 & -2, 5 | -8, 5 ^ -1, ~5, 2**64 & 2**65 - 1, -2**70 >> 3, (2**70).bit_length(), (255).bit_count(), (10).to_bytes if 0 else 1)
print(1 == 1.0, hash(1) == hash(1.0), 2**53 == 2.0**53, 2**53 + 1 == 2.0**53, 1 < 2.5 < 3, 10**400 > 1e308, True + True, True == 1)
print((0.1).as_integer_ratio(), (0.5).is_integer(), (2.0).is_integer(), (255.5).hex())
print(0.1 + 0.2 == 0.3, 1e308 * 10, -1e308 * 10, float("nan") == float("nan"), min(1, float("nan")), 1 / 3, 2 / 3, 1e-7, 123e-7, 1.5e-5)
print(f"{1234.5:,.2f} {-1234567:,} {1e6:,.0f} {0.00001:g} {1e20:g} {12:5.1f}| {'x':>{5}} {3.0!s:6}| {2**0.5:.{3}f} {5=} {1+1=:>4} {'a'!r}")
print("{:>8}|{:<8}|{:^8}|{:=+8}|{:08.2f}|{:+.1e}".format("ab", "cd", "ef", 12, 3.14159, 12345.678), format(3.0), format(10**20, ","), format("s", "5"))
