# The built-in functions.
def attempt(f, *args, **kwargs):
    try:
        return f(*args, **kwargs)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


for r in [range(5), range(2, 8), range(0, 10, 3), range(10, 0, -4), range(0), range(5, 2), range(-3, 3), range(2**65, 2**65 + 3), range(0, 2**70, 2**69)]:
    print(r, list(r), len(r), 2 in r, 2.0 in r, "a" in r, r[0] if r else None, r[-1] if r else None, r[1:], r[::-1], list(reversed(r)), bool(r), r == range(5), r.count(2))
print(range(5).index(3), attempt(range(5).index, 9), attempt(lambda: range(3)[5]), range(3) == range(0, 3, 1), range(0) == range(5, 5), hash(range(3)) == hash(range(0, 3)), range(10).start, range(1, 10).stop, range(1, 10, 2).step, range(True), attempt(range, 1, 2, 0), attempt(range, "a"))
print(list(enumerate("abc")), list(enumerate("ab", 5)), list(enumerate("ab", start=-1)), list(zip()), list(zip([1, 2])), list(zip([1, 2, 3], "ab")), list(zip(range(3), range(5), "xyz")), attempt(lambda: list(zip([1], [1, 2], strict=True))), list(zip([1], [2], strict=True)))
print(list(map(str, [1, 2])), list(map(lambda *a: a, "ab", "cde")), list(filter(lambda v: v % 2, range(6))), list(filter(None, [0, 1, [], "a"])), list(reversed("abc")), type(map(str, [])).__name__, type(zip()).__name__, type(filter(None, [])).__name__, type(enumerate([])).__name__, type(reversed([])).__name__, type(iter([])).__name__, type(iter(range(1))).__name__)
print(min(3, 1, 2), max([3, 1, 2]), min("hello"), max("a", "b"), min([], default=5), max([1, -5], key=abs), min(["bb", "a"], key=len), max(1, 2.0), max(2, 2.0), min(2.0, 2), attempt(min, []), attempt(max, 1), attempt(max), max([[1, 2], [1, 3]]), max({"a": 1, "b": 0}), min((i for i in [3, 2])), attempt(max, 1, "a"), attempt(min, 1, 2, default=3))
print(sum([]), sum([1, 2.5]), sum([1], 10), sum([[1], [2]], []), sum((i for i in range(4))), sum([True, True]), attempt(sum, ["a"], ""), attempt(sum, [1, "a"]), sum([1, 2], start=5), sum([0.1, 0.2, 0.3]), sum([2**62, 2**62]))
print(any([]), all([]), any([0, "", 3]), all([1, "a", []]), any(i > 3 for i in range(9)), all(map(bool, [1, 1])), abs(-3), abs(3.5), abs(-(2**70)), abs(True), divmod(7, 2), divmod(-7, 2), divmod(7.5, 2), pow(2, 10), pow(2, 10, 1000), pow(2.0, 0.5), pow(2, -1), round(2.567, 2), round(-2.5), round(1234, -2))
print(ord("A"), chr(65), hex(10), oct(10), bin(10), repr("a"), ascii("é\n"), str(5), int("7"), float("2.5"), bool([]), bool([0]), list("ab"), tuple([1]), sorted({3, 1, 2}), dict(a=1), set([1]), frozenset(), type(5), type("a").__name__, id(1) == id(1), hash("a") == hash("a"), callable(len))
print(isinstance(5, int), isinstance(5, (str, int)), isinstance(True, int), isinstance([], list), isinstance(None, type(None)), isinstance(5, object), issubclass(int, object), issubclass(bool, (str, int)), type(int), type(type), type(None), type(len).__name__, type(lambda: 0).__name__, type([].append).__name__, type(range(1)), type(NotImplemented).__name__, type(print) is type(len))
print(getattr("a", "upper")(), hasattr([], "append"), hasattr(5, "nothing"), getattr(5, "nothing", "d"), attempt(getattr, 5, "nothing"), [].append.__name__, len.__name__, int.__name__, str.upper.__name__)
print(list(iter([1, 2])), next(iter("ab")), next(iter([]), "end"), attempt(next, iter([])), list(iter(iter([1]))))
stack = [3, 2, 1]
print(list(iter(stack.pop, 1)), stack)
values = iter([1, 2, 0, 3])
print(list(iter(lambda: next(values), 0)), list(values))
it = iter([1, 2, 3, 4])
print(list(zip(it, it)), [x for x in it])
it = iter(range(3))
print(2 in it, list(it), type(it).__name__)
it = iter("abc")
next(it)
print(list(it), list(it), tuple(zip("ab", [1, 2])), dict(zip("ab", [1, 2])))
l = [1, 2, 3]
it = iter(l)
next(it)
l.append(4)
print(list(it), l)
l.append(5)
print(list(it))
print(1, "a", None, [1], sep="-", end="!\n")
print()
print("", end="")
print("a", "b", sep="")
print(*[1, 2, 3], sep=", ")
print("x", end=" ", flush=True)
print("y")
print(sep="x")
print("a", sep=None, end=None)
import sys
print("to stdout", file=sys.stdout)
sys.stdout.write("written\n")
print(len("abc"), len([]), len({}), len(range(5)), len((1,)), len({1}), attempt(len, 5), attempt(len, None), attempt(len, iter([])))
print(repr(None), repr(True), str(None), None.__class__.__name__, bool(None), None == 0, None is None, not None, {None: 1}[None], [None] * 2, type(None)() is None)
print(sorted([3, 1, 2], key=lambda v: -v), sorted("banana"), sorted(["b", "A"], key=str.lower), sorted([(2, "a"), (1, "b")]), sorted([1, 2, 3], reverse=True), sorted(x for x in "cab"), sorted([True, False, 2, -1]), attempt(sorted, [1, None]), sorted(range(5), key=lambda v: v % 2), sorted([[2], [1, 5], [1]]), sorted([1.5, 1, -0.0, 0]))
print(slice(1, 2), slice(None), slice(1, 2, 3), slice(1, 2) == slice(1, 2), slice(1, 5, 2).start, slice(5).stop, slice(1, 10, 3).indices(5))
print(format(3.14159, ".2f"), format("a", ">3"), hash(1) == hash(1.0) == hash(True), hash(()) == hash(()), hash(None) == hash(None), vars().get("zzz"), "l" in dir() if False else True)
class C:
    def __init__(self):
        self.a = 1
c = C()
print(vars(c), c.__dict__, object.__repr__(c)[:12], super.__name__, object.__name__, issubclass(C, object), C.__bases__ == (object,), C.__module__, C.__qualname__, isinstance(c, C))
print(int.bit_length(5), str.lower("A"), list.append is list.append, dict.get({"a": 1}, "a"), "a".upper is "a".upper, int("5").__add__(6), (5).__class__, (3).__mul__(4), [1].__eq__([1]), "a".__eq__(1), (1).__eq__("a"), "b".__lt__("c"), (5).__repr__(), (2.5).__str__())
print(globals()["__name__"], "c" in globals(), sorted(locals()) == sorted(globals()), (lambda: sorted(locals()))(), (lambda q, w: sorted(locals().items()))(1, 2))
print(input.__name__, open.__name__, (5).real, (5).imag, (5).numerator, (2.5).real, True.real, (7).conjugate())
