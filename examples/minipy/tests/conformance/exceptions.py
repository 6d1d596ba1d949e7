# Exceptions: raising, catching, finally in every way out, with, chaining.
def attempt(f, *args):
    try:
        return f(*args)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def flow(kind):
    log = []
    try:
        log.append("try")
        if kind == "value":
            raise ValueError("v")
        if kind == "key":
            raise KeyError("k")
        if kind == "type":
            raise TypeError
        if kind == "other":
            raise OSError("o")
        if kind == "return":
            return log
    except ValueError as error:
        log.append(f"value {error}")
    except (KeyError, TypeError) as error:
        log.append(f"two {error!r}")
    else:
        log.append("else")
    finally:
        log.append("finally")
    log.append("after")
    return log


for kind in ["none", "value", "key", "type", "other", "return"]:
    print(kind, attempt(flow, kind))


def finally_overrides():
    try:
        return "try"
    finally:
        return "finally"


def finally_swallows():
    try:
        raise ValueError
    finally:
        return "swallowed"


def finally_in_loop():
    out = []
    for i in range(5):
        try:
            if i == 1:
                continue
            if i == 3:
                break
            out.append(i)
        finally:
            out.append(f"f{i}")
    else:
        out.append("else")
    return out


def nested():
    out = []
    try:
        try:
            raise ValueError("inner")
        finally:
            out.append("inner finally")
    except ValueError as e:
        out.append(str(e))
        try:
            raise KeyError("second") from e
        except KeyError as k:
            out.append((repr(k.__cause__), repr(k.__context__), k.__suppress_context__))
    return out


def reraise():
    try:
        try:
            raise ValueError("once")
        except ValueError:
            raise
    except ValueError as e:
        return "again " + str(e), e.__context__


def context():
    try:
        try:
            1 / 0
        except ZeroDivisionError:
            [][1]
    except IndexError as e:
        return repr(e), repr(e.__context__), repr(e.__cause__)


def name_is_deleted():
    try:
        raise ValueError
    except ValueError as e:
        pass
    return e


def from_none():
    try:
        try:
            raise ValueError("hidden")
        except ValueError:
            raise KeyError("shown") from None
    except KeyError as e:
        return e.__cause__, repr(e.__context__), e.__suppress_context__


for f in [finally_overrides, finally_swallows, finally_in_loop, nested, reraise, context, name_is_deleted, from_none]:
    print(f.__name__, attempt(f))


class AppError(Exception):
    pass


class Coded(AppError):
    def __init__(self, code, *args):
        super().__init__(code, *args)
        self.code = code

    def __str__(self):
        return f"code {self.code}"


for make in [lambda: AppError(), lambda: AppError("one"), lambda: AppError("one", 2), lambda: Coded(5), lambda: Coded(5, "x"), lambda: KeyError("k"), lambda: KeyError(), lambda: KeyError(1, 2), lambda: OSError(2, "No such file"), lambda: StopIteration(5), lambda: ValueError(None), lambda: Exception([1]), lambda: UnicodeError("u"), lambda: SystemExit(3)]:
    e = make()
    print(repr(e), str(e), e.args, type(e).__name__, isinstance(e, Exception), isinstance(e, LookupError))
print(attempt(lambda: (_ for _ in ()).throw(Coded(7))), [c.__name__ for c in Coded.__mro__], issubclass(KeyError, LookupError), issubclass(ZeroDivisionError, ArithmeticError), issubclass(IndexError, LookupError), issubclass(KeyboardInterrupt, Exception), issubclass(SystemExit, BaseException), issubclass(NotImplementedError, RuntimeError), issubclass(RecursionError, RuntimeError), issubclass(ModuleNotFoundError, ImportError), issubclass(FileNotFoundError, OSError), issubclass(UnboundLocalError, NameError))


def raises(what, cause="none"):
    if cause == "none":
        raise what
    raise what from cause


print(attempt(raises, ValueError), attempt(raises, ValueError("x")), attempt(raises, 5), attempt(raises, "text"), attempt(raises, int), attempt(raises, ValueError, KeyError("c")), attempt(raises, ValueError, 5), attempt(raises, None))


def bare():
    raise


print(attempt(bare))


def bad_handler():
    try:
        raise ValueError("v")
    except 5:
        pass


print(attempt(bad_handler))


class Manager:
    def __init__(self, name, swallow=False, enter_fails=False):
        self.name, self.swallow, self.enter_fails = name, swallow, enter_fails

    def __enter__(self):
        print("enter", self.name)
        if self.enter_fails:
            raise RuntimeError("in enter")
        return self

    def __exit__(self, kind, value, trace):
        print("exit", self.name, kind.__name__ if kind else None, value, trace is not None)
        return self.swallow


with Manager("a") as a, Manager("b"):
    print("body", a.name)
with Manager("s", swallow=True):
    raise ValueError("swallowed")
print("went on")


def with_flows(kind):
    for i in range(2):
        with Manager(f"{kind}{i}", swallow=True) as m:
            if kind == "return":
                return "returned " + m.name
            if kind == "break":
                break
            if kind == "continue":
                continue
            if kind == "raise":
                raise KeyError(i)
            print("end of body")
    return "fell out"


for kind in ["return", "break", "continue", "raise", "plain"]:
    print(with_flows(kind))


def outer_with():
    with Manager("outer"):
        with Manager("inner", enter_fails=True):
            print("never")


def propagates():
    with Manager("p"):
        1 / 0


print(attempt(outer_with), attempt(propagates))
with (Manager("x") as x, Manager("y") as y):
    print(x.name + y.name)


class NoExit:
    def __enter__(self):
        return self


def with_bad():
    with NoExit():
        pass


def with_five():
    with 5:
        pass


print(attempt(with_bad), attempt(with_five))
holder = [0]
with Manager("target") as holder[0]:
    print(holder[0].name)


def assertion(x):
    assert x > 0, f"x is {x}"
    assert x < 10
    return "fine"


print(attempt(assertion, 5), attempt(assertion, -1), attempt(assertion, 50))


def many():
    results = []
    for f in [lambda: [][0], lambda: {}["a"], lambda: (1, 2, 3)[9], lambda: None.x, lambda: int("z"), lambda: 1 / 0, lambda: undefined_thing, lambda: "a".b, lambda: 5(), lambda: len(3), lambda: [1, 2].index(7), lambda: next(iter([])), lambda: 2 ** "a", lambda: chr(-5), lambda: float("q"), lambda: [].pop(), lambda: {}.popitem(), lambda: "abc".index("z"), lambda: open("/no/such/file"), lambda: __import__("nonexistent_module_xyz"), lambda: "%d" % "q", lambda: "abc"[10], lambda: set().pop(), lambda: (1).missing, lambda: print.missing, lambda: max([]), lambda: [1, 2, 3][::0], lambda: range(1, 2, 0), lambda: iter(1), lambda: dict([1]), lambda: isinstance(1, 1), lambda: issubclass(1, int), lambda: int([]), lambda: float([]), lambda: "".join([1]), lambda: sum([[]]), lambda: [] < 1, lambda: {} + {}, lambda: None + 1, lambda: -None, lambda: None[0], lambda: None < None, lambda: 5[0], lambda: (1, 2) + [3], lambda: "a" + 5, lambda: 5 + "a", lambda: [1] * "a", lambda: hash({}), lambda: ord(5), lambda: abs(None), lambda: round("a"), lambda: sorted(5), lambda: list(5), lambda: tuple(5), lambda: set(5), lambda: zip(5), lambda: enumerate(5), lambda: map(5), lambda: reversed(5), lambda: all(5), lambda: getattr(5), lambda: range(), lambda: range("a"), lambda: pow(2), lambda: divmod(1), lambda: hex("a"), lambda: bin(1.5), lambda: super()]:
        results.append(attempt(f))
    return results


for line in many():
    print(line)


def unpack(value):
    a, b = value
    return a, b


def unpack_star(value):
    a, *b, c = value
    return a, b, c


for value in [(1, 2), (1,), (1, 2, 3), [], "ab", 5, None, {1: 2, 3: 4}, (i for i in range(2)), (i for i in range(9))]:
    print(attempt(unpack, value))
for value in [(1, 2), (1,), (1, 2, 3), [], "abcd", 5]:
    print(attempt(unpack_star, value))
try:
    raise ValueError("group") from KeyError("cause")
except (TypeError, ValueError) as e:
    print(repr(e), repr(e.__cause__), e.__traceback__ is not None)
e = ValueError("with note")
print(e.with_traceback(None) is e)


def swallow_all():
    try:
        raise KeyboardInterrupt("stop")
    except BaseException as e:
        return type(e).__name__


print(swallow_all())


def handler_state():
    import sys

    out = [sys.exc_info()[0]]
    try:
        raise ValueError
    except ValueError:
        out.append(sys.exc_info()[0].__name__)
        try:
            raise KeyError
        except KeyError:
            out.append(sys.exc_info()[0].__name__)
        out.append(sys.exc_info()[0].__name__)
    out.append(sys.exc_info()[0])
    return out


print(handler_state())


def while_try():
    n = 0
    while True:
        n += 1
        try:
            if n < 3:
                continue
            if n == 5:
                break
            if n == 4:
                raise ValueError
        except ValueError:
            n += 0
        finally:
            n += 0
    return n


print(while_try())


def return_in_finally_of_loop():
    for i in range(3):
        try:
            return i
        finally:
            if i < 2:
                continue
    return "end"


print(return_in_finally_of_loop())
