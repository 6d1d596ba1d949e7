# Decorators on functions, methods and classes; closures that keep state.
from functools import wraps


def trace(function):
    def traced(*args, **kwargs):
        print("->", function.__name__, args, kwargs)
        result = function(*args, **kwargs)
        print("<-", result)
        return result

    return traced


def repeat(times):
    def decorate(function):
        @wraps(function)
        def repeated(*args):
            return [function(*args) for _ in range(times)]

        return repeated

    return decorate


@trace
def add(a, b=1):
    return a + b


@repeat(3)
def hello(name):
    """Greets."""
    return "hello " + name


@trace
@repeat(2)
def both(x):
    return x * 2


print(add(1), add(1, b=5), hello("you"), hello.__name__, hello.__doc__, both(4), add.__name__)


def register(registry):
    def decorate(thing):
        registry[thing.__name__] = thing
        return thing

    return decorate


known = {}


@register(known)
class Registered:
    def __repr__(self):
        return "registered"

    @trace
    def method(self, x):
        return x + 1

    @staticmethod
    @repeat(2)
    def static(x):
        return -x

    @classmethod
    @trace
    def klass(cls, x):
        return cls.__name__, x


@register(known)
def registered():
    return 5


print(sorted(known), known["registered"](), Registered().method(1), Registered.static(2), Registered.klass(3))


class CountCalls:
    def __init__(self, function):
        self.function = function
        self.calls = 0

    def __call__(self, *args):
        self.calls += 1
        return self.function(*args)


@CountCalls
def square(x):
    return x * x


print([square(i) for i in range(4)], square.calls)


def memoize(function):
    cache = {}

    @wraps(function)
    def wrapper(n):
        if n not in cache:
            cache[n] = function(n)
        return cache[n]

    wrapper.cache = cache
    return wrapper


@memoize
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


print(fibonacci(90), len(fibonacci.cache), fibonacci.__name__, fibonacci.__wrapped__(1))


def replaced(function):
    return "a string"


@replaced
def gone():
    pass


@(lambda f: f)
def lambda_decorated():
    return "kept"


decorators = [trace]


@decorators[0]
def subscripted():
    return 1


print(gone, lambda_decorated(), subscripted())


def add_method(cls):
    def shout(self):
        return self.name.upper() + "!"

    cls.shout = shout
    cls.added = True
    return cls


@add_method
class Dog:
    def __init__(self, name):
        self.name = name


print(Dog("rex").shout(), Dog.added)


class Lazy:
    """A descriptor that replaces itself."""

    def __init__(self, function):
        self.function = function

    def __get__(self, instance, owner):
        if instance is None:
            return self
        value = self.function(instance)
        instance.__dict__[self.function.__name__] = value
        return value


class Uses:
    @Lazy
    def value(self):
        print("computed")
        return 42


u = Uses()
print(u.value, u.value)
