"""Builtins that lib/_prelude.py defines, on all sorts of values."""
def attempt(f, *a):
    try: return repr(f(*a))
    except Exception as e: return type(e).__name__ + ": " + str(e)
class I:
    def __index__(self): return 65
for v in (0, -1, 255, 2**70, -2**70, True, 1.5, "a", None, I()):
    print(attempt(hex, v), attempt(oct, v), attempt(bin, v))
for s in ("", "a", "abcabc", "+12", "-é", "--", "äöü"):
    for p in ("", "a", "bc", "é", "ü", "zz", 5, None):
        print(s, p, *[attempt(getattr(s, n), p) for n in ("partition", "rpartition", "removeprefix", "removesuffix")], sep="|")
    for w in (0, -3, 2, 7, True, "a", 1.5):
        print(s, w, attempt(s.zfill, w))
class D(dict): pass
print(dict.fromkeys("abc"), dict.fromkeys([1, 2], 0), D.fromkeys("a"), type(D.fromkeys("a")).__name__, {}.fromkeys((1,), []), attempt(dict.fromkeys, 5), attempt(dict.fromkeys, [[]]), str.partition("a.b", "."), str.zfill("7", 3), callable(hex))
