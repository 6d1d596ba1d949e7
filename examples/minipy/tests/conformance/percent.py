# Formatting with %.
def attempt(f, *args):
    try:
        return f(*args)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


print("%d %i %u" % (1, -2, 3), "%s" % "x", "%r" % "x", "%a" % "é", "%%" % (), "%c%c" % ("a", 98), "%x %X %o" % (255, 255, 8))
print("%5d|%-5d|%05d|%+d|% d|%+5d|%-+5d|" % (42, 42, 42, 42, 42, 42, 42), "%5s|%-5s|%.2s|%5.1s|" % ("abc", "abc", "abc", "abc"))
print("%#x %#o %#X %08x %-8x|" % (255, 8, 255, 255, 255), "%.3d %5.3d" % (5, 5), "%*d|%-*d|%.*f" % (5, 1, 5, 2, 2, 3.14159))
print("%(a)s %(b)d %(a)r" % {"a": "x", "b": 2}, "%(a)05.1f" % {"a": 2.25}, "%(a)s%%" % {"a": 1, "c": 2})
print("%d" % 3.99, "%d" % True, "%s" % None, "%s %s" % ([1], (2,)), "%s" % (("t",),), "%d" % 10**30, "%x" % 2**70, "%x" % -255, "%o" % -8)
print("%f %e %g" % (1, 2, 3), "%.2f" % 2**70, "%s" % 1.0, "%r" % 0.1, "%5.1f%%" % 99.5, "%g" % 1e-5, "%g" % 123456789, "%#g" % 1.0, "%.0e" % 12345)
print("%s and %s" % ("a", "b"), "no args" % (), "%s" % {"a": 1}, "%s" % [1, 2], "plain" % {})
print(attempt(lambda: "%d" % "a"), attempt(lambda: "%s %s" % "a"), attempt(lambda: "%s" % ("a", "b")), attempt(lambda: "%f" % "x"))
print(attempt(lambda: "%y" % 1), attempt(lambda: "%" % 1), attempt(lambda: "%(a)s" % 1), attempt(lambda: "%(a)s" % {}), attempt(lambda: "%c" % "ab"), attempt(lambda: "%x" % 1.5), attempt(lambda: "x" % 1), attempt(lambda: "%c" % -1))


class Thing:
    def __str__(self):
        return "str of thing"

    def __repr__(self):
        return "repr of thing"


print("%s %r %10.3s|" % (Thing(), Thing(), Thing()), "%s" % Thing)
template = "%-10s|%6.2f|%4d"
for row in [("apple", 1.5, 3), ("banana", 22.333, 12), ("kiwi", 0.1, 1000)]:
    print(template % row)
text = "%s"
text %= "in place"
print(text)
#%%
# Every kind with every flag, on all sorts of values.
def attempt(text, value):
    try:
        return text % value
    except Exception as e:
        return f"{type(e).__name__}: {e}"


class Indexed:
    def __index__(self):
        return 65


class Floating:
    def __float__(self):
        return 2.5


VALUES = [0, -1, 255, -2**70, 1.5, -0.0, float("inf"), float("nan"), True, "a", "abc", None, [1], (1,), (1, 2), (), {"k": 3}]
for kind in "diuxXoeEfFgGsrac%y":
    for flags in ("", "-", "+", " ", "0", "#", "-0", "+0", "#0", " +"):
        for width in ("", "6", "12"):
            for precision in ("", ".", ".0", ".3"):
                text = "<%" + flags + width + precision + kind + ">"
                print(text, *[attempt(text, value) for value in VALUES], sep="|")
for text, value in [("%*d", (5, 3)), ("%-*d|", (5, 3)), ("%*d|", (-5, 3)), ("%.*f", (2, 3.14159)), ("%.*f", (-1, 3.14159)),
                    ("%*d", ("a", 3)), ("%5", ()), ("x", [1]), ("x", "s"), ("%%", 1), ("%ld", 3), ("é%sé%y", 1),
                    ("%f", Floating()), ("%c", Indexed()), ("%.1f", Indexed())]:
    print(text, attempt(text, value))
