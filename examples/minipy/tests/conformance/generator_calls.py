# Generators: send, throw, close, what they return, and in which order things end.
def g():
    got = []
    try:
        while True:
            try:
                x = yield len(got)
                got.append(x)
            except ValueError as e:
                got.append("V:" + str(e))
                yield "caught"
    except GeneratorExit:
        print("exit", got)
        raise
    finally:
        print("finally", got)
a = g()
print(next(a), a.send(1), a.send(2), a.throw(ValueError("x")), next(a), a.send(None))
a.close(); a.close()
try: next(a)
except StopIteration as e: print("stop", e.value)
def r():
    x = yield 1
    return x * 2
def d():
    v = yield from r()
    print("got", v)
    w = yield from [7, 8]
    print("w", w)
    return "end"
b = d()
print(next(b), b.send(21), next(b))
try: next(b)
except StopIteration as e: print(e.value, e.args)
def bad():
    try: yield 1
    except GeneratorExit: yield 2
c = bad(); next(c)
try: c.close()
except RuntimeError as e: print(e)
def st():
    raise StopIteration(5)
    yield
try: list(st())
except RuntimeError as e: print(e, type(e.__cause__), e.__cause__.value)
e = g()
try: e.throw(KeyError, "k")
except KeyError as x: print("KE", x, x.args)
try: next(e)
except StopIteration: print("over")
f = g()
try: f.send(3)
except TypeError as x: print(x)
next(f)
try: f.throw(ZeroDivisionError)
except ZeroDivisionError as x: print(repr(x))
print(g.__name__, f.__name__, g().__qualname__)
def inner():
    try: yield 1
    finally: print("inner fin")
def outer():
    try: yield from inner()
    finally: print("outer fin")
o = outer(); next(o); o.close()
o = outer(); next(o)
try: o.throw(IndexError("i"))
except IndexError as x: print("IE", x)
def fib():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b
import itertools
print(list(itertools.takewhile(lambda n: n < 100, fib())))
print(sum(x * x for x in range(10) if x % 2), max((len(w), w) for w in "a bb cc".split()))
gen = (i for i in [1, 2, 3]); print(2 in gen, list(gen))
