# Generators: laziness, send, throw, close, yield from, what is left at the end.
def attempt(f, *args):
    try:
        return f(*args)
    except BaseException as error:
        return f"{type(error).__name__}: {error}"


def count(n):
    print("start")
    for i in range(n):
        yield i
    print("end")
    return "result"


g = count(2)
print(type(g).__name__, iter(g) is g, next(g), next(g), attempt(next, g), attempt(next, g), next(g, "default"))
print(list(count(3)), sum(count(3)), [*count(1)], dict(enumerate(count(2))), attempt(lambda: count(1)[0]), attempt(len, count(1)))


def echo():
    received = []
    while True:
        value = yield received[:]
        if value is None:
            return received
        received.append(value)


e = echo()
print(attempt(e.send, 1), next(e), e.send("a"), e.send("b"))
try:
    e.send(None)
except StopIteration as stop:
    print("stopped with", stop.value)


def guarded():
    try:
        yield 1
        yield 2
    except ValueError as error:
        print("caught", error)
        yield "recovered"
    finally:
        print("finally")
    yield "after"


g = guarded()
print(next(g), g.throw(ValueError("thrown")), next(g), attempt(next, g))
g = guarded()
print(next(g), attempt(g.throw, KeyError("other")), attempt(next, g))
g = guarded()
print(next(g), g.close(), attempt(next, g), g.close())
g = guarded()
print(g.close(), attempt(next, g))
g = guarded()
print(attempt(g.throw, ValueError("before start")), attempt(next, g))
g = guarded()
next(g)
del g
print("dropped")


def stubborn():
    try:
        yield 1
    except GeneratorExit:
        yield 2


g = stubborn()
next(g)
print(attempt(g.close))


def inner():
    try:
        got = yield "i1"
        print("inner got", got)
        got = yield "i2"
        print("inner got", got)
        return "inner result"
    except KeyError as error:
        print("inner caught", repr(error))
        return "after error"
    finally:
        print("inner finally")


def outer():
    result = yield from inner()
    print("outer has", result)
    yield "o1"
    result = yield from [10, 20]
    print("outer has", result)
    yield from (x for x in "ab")
    return "outer result"


o = outer()
print(next(o), o.send("first"), o.send("second"), list(o))
o = outer()
print(next(o), o.throw(KeyError("k")), next(o), attempt(o.throw, ValueError("list has no throw")), attempt(next, o))
o = outer()
print(next(o), o.close(), attempt(next, o))


def tree(depth):
    if depth:
        yield from tree(depth - 1)
        yield depth
        yield from tree(depth - 1)


print(list(tree(4)), sum(1 for _ in tree(8)))


def fibonacci():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b


def take(n, iterable):
    for _, item in zip(range(n), iterable):
        yield item


print(list(take(15, fibonacci())), [next(g) for g in [fibonacci()] for _ in range(3)])


def primes():
    found = []
    n = 2
    while True:
        if all(n % p for p in found if p * p <= n):
            found.append(n)
            yield n
        n += 1


print(list(take(12, primes())))


def raises():
    yield 1
    raise RuntimeError("inside")


g = raises()
print(next(g), attempt(next, g), attempt(next, g))


def stops():
    yield 1
    raise StopIteration("leaks")


g = stops()
print(next(g), attempt(next, g))


def reenter():
    yield next(me)


me = reenter()
print(attempt(next, me))


def in_finally():
    try:
        return "from try"
    finally:
        yield "in finally"


g = in_finally()
print(next(g), attempt(next, g))


def empty():
    return
    yield


print(list(empty()), next(empty(), None), max(empty(), default="nothing"))


def values():
    x = yield
    y = yield x
    z = (yield y) or "none"
    yield z, (yield)


v = values()
print(next(v), v.send(1), v.send(2), v.send(0), v.send("last"), attempt(next, v))


def with_arguments(a, b=2, *c, d=4, **e):
    yield a, b, c, d, e


print(list(with_arguments(1)), list(with_arguments(1, 3, 5, d=6, z=7)), attempt(with_arguments))


class Bag:
    def __init__(self, *items):
        self.items = items

    def __iter__(self):
        for item in self.items:
            yield item

    def pairs(self):
        for a in self:
            for b in self:
                if a < b:
                    yield a, b


bag = Bag(3, 1, 2)
print(list(bag), sorted(bag.pairs()), 2 in bag, 9 in bag, max(bag), [*bag, *bag], tuple(bag))
first, *others = bag
print(first, others)


def consumer():
    total = 0
    try:
        while True:
            total += yield total
    except GeneratorExit:
        print("closing with", total)
        raise


c = consumer()
next(c)
print([c.send(i) for i in (1, 2, 3)])
c.close()


def nested_try():
    for i in range(3):
        try:
            yield i
        finally:
            print("leaving", i)


for i in nested_try():
    if i == 1:
        break
print("out")
g = (i * i for i in range(4))
print(next(g), list(g), list(g), (i for i in []).__class__.__name__)


def chain_of(n):
    source = iter(range(50))
    for k in range(n):
        source = (i + 1 for i in source if i % (k + 2))
    return source


print(list(chain_of(4)))


def exception_context():
    try:
        raise ValueError("outer error")
    except ValueError:
        yield "while handling"
        try:
            raise
        except ValueError as again:
            yield str(again)


print(list(exception_context()))
try:
    raise KeyError("mine")
except KeyError:
    g = exception_context()
    next(g)
    try:
        raise
    except KeyError as error:
        print("still mine:", error)
    print(next(g))
    g.close()
