# Programs that end by an exception or by sys.exit; each section is a program of its own.
def f(x):
    return g(x) + 1


def g(x):
    return 10 / x


print("before")
f(0)
print("never")
#%%
raise ValueError("at the top")
#%%
raise KeyError
#%%
class Custom(Exception):
    pass


def go():
    raise Custom("with", 2, "arguments")


go()
#%%
try:
    {}["missing"]
except KeyError:
    raise RuntimeError("while handling")
#%%
try:
    {}["missing"]
except KeyError as error:
    raise RuntimeError("because of") from error
#%%
try:
    {}["missing"]
except KeyError:
    raise RuntimeError("hidden") from None
#%%
def chain():
    try:
        try:
            int("a")
        except ValueError:
            [][1]
    except IndexError as e:
        raise KeyError("third") from e


chain()
#%%
import sys

print("out")
sys.exit(3)
#%%
import sys

sys.exit()
#%%
import sys

sys.exit("a message")
#%%
raise SystemExit(7)
#%%
import sys

try:
    sys.exit(4)
finally:
    print("finally runs")
#%%
import sys

try:
    sys.exit(5)
except SystemExit as e:
    print("caught", e.code)
#%%
assert 1 == 2
#%%
assert 1 == 2, "arithmetic"
#%%
def recurse(n):
    return recurse(n + 1)


recurse(0)
#%%
def gen():
    yield 1
    raise ValueError("in a generator")


def use():
    for x in gen():
        print(x)


use()
#%%
print([1 / x for x in [1, 0]])
#%%
class A:
    def __init__(self):
        self.x = undefined_name


A()
#%%
class B:
    y = 1 / 0
#%%
import no_such_module
#%%
from sys import no_such_name
#%%
import math

math.nothing
#%%
x = [1,
     2,
     3][
    5]
#%%
def f(a,
      b):
    return a + b


f(1,
  "a")
#%%
class Bad:
    def __str__(self):
        raise ValueError("in str")


print(Bad())
#%%
class P:
    @property
    def value(self):
        return self.missing


P().value
#%%
def deco(f):
    def inner(*args):
        return f(*args)
    return inner


@deco
def fails(x):
    raise OSError(x)


fails("decorated")
#%%
try:
    raise ValueError("first")
finally:
    print("cleaning up")
#%%
def cleanup():
    try:
        raise ValueError("lost")
    finally:
        raise KeyError("found")


cleanup()
#%%
with open("/no/such/directory/file.txt") as f:
    pass
#%%
lambda_error = lambda: None.attribute
lambda_error()
#%%
raise Exception("line one\nline two")
#%%
class NoMessage(Exception):
    def __str__(self):
        return ""


raise NoMessage("hidden")
#%%
def outer():
    def inner():
        nonlocal_value = 1
        return nonlocal_value.nothing
    return inner()


outer()
#%%
sorted([3, "a", 2])
#%%
sum(x / 0 for x in range(3))
#%%
import sys

print("to stderr", file=sys.stderr)
sys.stderr.write("written\n")
print("no newline", end="")
raise SystemExit
#%%
if True:
	if True:
		x = 1
		y = x.z
#%%
raise ValueError(
    "over several "
    "lines"
)
#%%
class Empty(Exception): pass
raise Empty()
#%%
class Meta:
    class Nested(ValueError):
        pass
raise Meta.Nested("qualified")
