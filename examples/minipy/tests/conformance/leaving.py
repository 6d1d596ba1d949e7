# Ways out of try, with and loops, and what finally does to them.
def f1():
    try: return "try"
    finally: print("fin1")
def f2():
    try: return "try"
    finally: return "fin"
def f3():
    for i in range(3):
        try:
            if i == 1: continue
            if i == 2: break
            print("body", i)
        finally: print("f", i)
    else: print("else")
    return i
def f4():
    while True:
        try: 1 / 0
        except ZeroDivisionError: break
        finally: print("f4")
    return "after"
def f5():
    try:
        try: raise ValueError("a")
        finally: raise KeyError("b")
    except KeyError as e: return repr(e), repr(e.__context__)
def f6():
    for x in [1, 2]:
        try: return x
        finally: continue
    return "none"
def f7():
    try:
        raise ValueError("v")
    except ValueError as e:
        try: raise TypeError("t") from e
        except TypeError as f: return f.__cause__ is e, f.__context__ is e, f.__suppress_context__
def f8():
    x = 1
    try:
        return x
    finally:
        x = 2
def f9():
    try: pass
    except: pass
    else: return "else"
    finally: print("fin9")
def f10():
    e = "outer"
    try: raise ValueError
    except ValueError as e: pass
    try: print(e)
    except UnboundLocalError as u: print(u)
def f11():
    class M:
        def __init__(s, n, sup=False): s.n, s.sup = n, sup
        def __enter__(s): print("enter", s.n); return s
        def __exit__(s, t, v, tb): print("exit", s.n, t and t.__name__, v); return s.sup
    with M("a") as a, M("b", True) as b:
        raise ValueError("w")
    print("after")
    with M("c"):
        return a.n + b.n
def f12():
    for i in range(2):
        with open(__file__) as f:
            if i == 0: continue
            return f.readline().strip(), f.closed
for f in (f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12): print(f.__name__, f())
def nested():
    try:
        try: raise ValueError(1)
        except ValueError:
            try: raise KeyError(2)
            except KeyError: pass
            raise
    except ValueError as e: print("re", e, e.__context__)
nested()
try:
    try: raise A
    except NameError as e: raise RuntimeError("r") from None
except RuntimeError as e: print(e.__cause__, e.__context__, e.__suppress_context__)
class E(Exception):
    def __init__(self, code, msg="m"):
        super().__init__(msg); self.code = code
    def __str__(self): return f"{self.code}:{self.args[0]}"
try: raise E(3)
except (KeyError, E) as e: print(e, repr(e), e.args, isinstance(e, Exception))
try: raise E
except TypeError as e: print(e)
try: assert 1 == 2, ("a", 1)
except AssertionError as e: print(e, e.args)
try: raise "x"
except TypeError as e: print(e)
try: raise ValueError("a") from 5
except TypeError as e: print(e)
import sys
try: 1/0
except: print(sys.exc_info()[0], sys.exc_info()[1]); 
print(sys.exc_info())
