# Formatted string literals and format specifications.
def attempt(f, *args):
    try:
        return f(*args)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


name, n, x = "World", 42, 3.14159
print(f"Hello {name}", f"{n}", f"{x}", f"{n + 1} {n * 2}", f"{{}}", f"{{{n}}}", F"{n}", f'{"quoted"}', f"{name!r} {name!s} {'é'!a}", f"" == "")
print(f"{n:5}|{n:<5}|{n:>5}|{n:^5}|{n:05}|{n:+}|{n: }|{n:*^9}|{n:-<6}|{n:=+6}|{n:0=6}|{-n:06}|{-n:=6}")
print(f"{n:d} {n:x} {n:X} {n:o} {n:b} {n:#x} {n:#b} {n:#o} {n:08b} {n:#06x} {n:c} {n:e} {n:f} {n:.2f} {n:g} {n:%} {n:n}")
print(f"{1234567:,} {1234567:_} {1234567.891:,.2f} {2**70:,} {-1234:,} {0xFFFFF:_x} {0b11111111:_b} {123:,} {1234567:15,}|{1234567:<15,}|{1234567:015,}")
print(f"{name:10}|{name:>10}|{name:^10}|{name:.3}|{name:10.2}|{name:*<8}|{name:s}|{'':5}|{'é':>3}|{'日本':5}|")
print(f"{True} {True:d} {True:5} {None} {[1, 2]} {(1,)} { {'a': 1} } {n if n > 5 else 0} {[i for i in range(3)]} {(lambda v: v + 1)(1)}")
width, places = 10, 3
print(f"{x:{width}.{places}f}|{x:{width}}|{n:{'>'}{width}}|{name:{'*'}^{width}}|{x:.{places}}|{n:{5 + 3}}|{f'{n}':>6}|{f'{name:>8}':*^12}|")
print(f"{n=} {x=:.2f} {n + 1=} {name=} {name=!s} { n = }")
print(f"{'a' if n else 'b'} {name[0]} {name[1:3]} {name.upper()} {len(name)} {dict(a=1)['a']} {n!r:>5} {'x' 'y'}")
print(f"a" "b" f"{n}" "{n}", "%s" % f"{n}", f"{n}" + f"{x:.1f}", f"line\n{n}\ttab \x41 \u00e9 {{x}} \\", rf"raw\n{n}", fr"\{n}")
print(f"""three
{n}
lines {
n
}""")
print(f"{3 != 4} {3 == 4} {n >= 42} {'a:b'} {x:.1f}:{n} {n:>{width}}", f"{n!s:>5}", f"{'%d' % n}", f"{{n}} {{{{", f"{'{'}{'}'}")
for value, spec in [(1, "q"), ("a", "d"), (1.5, "d"), (1, "s"), ([], "5"), (None, ">5"), ("a", "+"), ("a", "="), (1, ".2"), (1.5, "x"), ("a", ","), (1, "10.3d"), (True, "s")]:
    print(repr(value), spec, attempt(format, value, spec))
print(format(5), format(5, "03"), format("a", ">3"), format(2.5, ".2f"), format([1]), format(None), format(2**64, "x"), format(-5, "b"), format(255, "#X"))
for v in [0, 1, -1, 12, -12, 123456789, 2**65]:
    print([f"{v:{s}}" for s in ["", "d", "5", "<12", "^12", ">+12", "012", "x", "#o", ",", "+,", "e", ".1f", "12.3e"]])
for v in [0.0, 1.5, -1.5, 1e16, 123456.789, 1e-7, 2 / 3]:
    print([f"{v:{s}}" for s in ["", "5", "<12", "^12", ">+12.3", "012.2f", ".3", ".10g", "e", ",", "+.1f", "%", ".0%", ".0f", "12.3e", ".17g", "#.0f", "G"]])


class Money:
    def __init__(self, amount):
        self.amount = amount

    def __format__(self, spec):
        return f"<{self.amount}:{spec}>"

    def __str__(self):
        return "money"

    def __repr__(self):
        return "Money()"


m = Money(5)
print(f"{m} {m:abc} {m!s} {m!r:>10} {m:{n}}", format(m, "z"), "{:y}|{}".format(m, m))


class Plain:
    def __str__(self):
        return "plain"


print(f"{Plain()} {Plain()!s:>7}", attempt(lambda: f"{Plain():5}"))
def inner():
    local = 7
    return f"{local} {n} {(lambda: local)()} {[local for _ in range(2)]}"
print(inner(), attempt(lambda: f"{undefined_name}"), attempt(lambda: f"{1 / 0}"))
