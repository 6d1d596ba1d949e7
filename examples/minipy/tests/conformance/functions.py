# Functions: all kinds of parameters and arguments, and what is said when they do not fit.
def attempt(f, *args, **kwargs):
    try:
        return f(*args, **kwargs)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def none():
    pass


def one(a):
    return a


def two(a, b):
    return a, b


def three(a, b, c):
    return a, b, c


def defaults(a, b=2, c=3):
    return a, b, c


def star(a, *args):
    return a, args


def stars(*args, **kwargs):
    return args, sorted(kwargs.items())


def keyword_only(a, *, b, c=3):
    return a, b, c


def two_keyword_only(*, b, c):
    return b, c


def everything(a, b=2, *args, c, d=4, **kwargs):
    return a, b, args, c, d, sorted(kwargs.items())


def positional_only(a, b=2, /, c=3, *, d=4):
    return a, b, c, d


for f in [none, one, two, three, defaults, star, stars, keyword_only, two_keyword_only, everything, positional_only]:
    for args in [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4, 5)]:
        for kwargs in [{}, {"a": 9}, {"b": 8}, {"c": 7}, {"b": 8, "c": 7}, {"zz": 6}, {"d": 5, "c": 4}]:
            print(f.__name__, args, kwargs, attempt(f, *args, **kwargs))

print(two(*[1, 2]), two(*"xy"), two(1, *[2]), two(*[1], *[2]), two(**{"a": 1, "b": 2}), two(1, **{"b": 2}), three(*[1], b=2, **{"c": 3}), stars(*range(3), **{"x": 1}, y=2), stars(0, *"ab", 5))
print(attempt(lambda: two(1, **{"a": 2})), attempt(lambda: stars(x=1, **{"x": 2})), attempt(lambda: two(*5)), attempt(lambda: two(**5)), attempt(lambda: stars(**{1: 2})), attempt(lambda: one(b=1, a=2)))


def accumulates(item, into=[]):
    into.append(item)
    return into


print(accumulates(1), accumulates(2), accumulates(3, []), accumulates(4))
base = 10


def at_definition(x=base):
    return x


base = 20
print(at_definition(), base)


def order(name, value):
    print("evaluates", name)
    return value


print(two(order("first", 1), b=order("second", 2)), stars(order("a", 1), *order("b", [2]), k=order("c", 3)))
print(none(), none.__name__, (lambda: 0).__name__, type(none).__name__, callable(none), callable(5), callable(len), callable(int), none == none, none != one, {none: 1}[none])
print((lambda a, b=2, *c, d=4, **e: (a, b, c, d, e))(1, 2, 3, d=5, f=6), (lambda *a: a)(), (lambda **k: k)(z=1), (lambda: (yield))().__class__.__name__)
print(attempt(lambda: 5()), attempt(lambda: "a"()), attempt(lambda: None()), attempt(lambda: [](1)), attempt(lambda: (1)(2)))


def documented(a, b):
    """What it does."""
    return a


print(documented.__doc__, none.__doc__, (lambda: 0).__doc__)
documented.attribute = 5
print(documented.attribute, hasattr(documented, "other"), attempt(lambda: documented.other))


def returns_many():
    return 1, 2, *[3, 4]


def returns_nothing():
    return


a, b, *c = returns_many()
print(a, b, c, returns_nothing(), returns_many()[::-1])


def recursion(n):
    return recursion(n + 1)


print(attempt(recursion, 0)[:60])


def deep(n):
    return 0 if n == 0 else 1 + deep(n - 1)


print(deep(500))


def annotated(a: int, b: "text" = 2, *args: float, c: list = None, **kwargs: dict) -> str:
    x: int = 5
    return a, b, x


print(annotated(1))
module_level: int = 7
print(module_level)


def swap(pair):
    first, second = pair
    return second, first


print(swap((1, 2)), swap("ab"), list(map(swap, [(1, 2), (3, 4)])), list(map(two, [1, 2], [3, 4])), list(filter(None, [0, 1, "", "a"])), list(filter(lambda v: v > 1, [1, 2, 3])), list(map(lambda a, b: a * b, [1, 2, 3], [4, 5])))


def compose(*functions):
    def composed(value):
        for f in functions:
            value = f(value)
        return value

    return composed


print(compose(str, len, lambda n: n * 2)(12345), compose()(1), [f(2) for f in (lambda x: x, lambda x: x * x)], (lambda x: lambda y: x + y)(1)(2))


class Callable:
    def __call__(self, *args, **kwargs):
        return args, kwargs


print(Callable()(1, a=2), callable(Callable()), callable(Callable), attempt(Callable, 1))
print(attempt(len), attempt(len, 1, 2), attempt(print, sep=5), attempt(ord), attempt(isinstance, 1), attempt(int, 1, 2, 3), attempt(max), attempt(abs, "a"), attempt(sorted), attempt(lambda: sorted([1], key=5)), attempt(iter, 5), attempt(next, 5), attempt(min, []), attempt(sum, "ab"), attempt(sum, ["a"]))
