"""Functions that take or give functions."""

_MISSING = object()
_CACHE_SIZE = 128

WRAPPER_ASSIGNMENTS = ("__module__", "__name__", "__qualname__", "__doc__")


def reduce(function, iterable, initial=_MISSING, /):
    items = iter(iterable)
    if initial is _MISSING:
        try:
            initial = next(items)
        except StopIteration:
            raise TypeError("reduce() of empty iterable with no initial value") from None
    for item in items:
        initial = function(initial, item)
    return initial


class partial:
    def __init__(self, func, /, *args, **keywords):
        if not callable(func):
            raise TypeError("the first argument must be callable")
        if isinstance(func, partial):
            args = func.args + args
            keywords = {**func.keywords, **keywords}
            func = func.func
        self.func = func
        self.args = args
        self.keywords = keywords

    def __call__(self, /, *args, **keywords):
        if self.keywords:
            keywords = {**self.keywords, **keywords}
        return self.func(*self.args, *args, **keywords)

    def __repr__(self):
        parts = [repr(self.func)]
        parts.extend([repr(arg) for arg in self.args])
        parts.extend([f"{name}={value!r}" for name, value in self.keywords.items()])
        return "functools.partial(" + ", ".join(parts) + ")"


def update_wrapper(wrapper, wrapped, assigned=WRAPPER_ASSIGNMENTS):
    for name in assigned:
        value = getattr(wrapped, name, _MISSING)
        if value is not _MISSING:
            setattr(wrapper, name, value)
    wrapper.__dict__.update(getattr(wrapped, "__dict__", {}))
    wrapper.__wrapped__ = wrapped
    return wrapper


def wraps(wrapped, assigned=WRAPPER_ASSIGNMENTS):
    return lambda wrapper: update_wrapper(wrapper, wrapped, assigned)


class CacheInfo:
    def __init__(self, hits, misses, maxsize, currsize):
        self.hits = hits
        self.misses = misses
        self.maxsize = maxsize
        self.currsize = currsize

    def __iter__(self):
        return iter((self.hits, self.misses, self.maxsize, self.currsize))

    def __eq__(self, other):
        return tuple(self) == tuple(other)

    def __repr__(self):
        return f"CacheInfo(hits={self.hits}, misses={self.misses}, maxsize={self.maxsize}, currsize={self.currsize})"


def _key_of(args, keywords, typed):
    """Equal for calls that are; the flat tuple holds marks, so that no positional arguments can look like named ones."""
    if not keywords and not typed and len(args) == 1 and type(args[0]) in (int, str):
        return args[0]
    key = args
    if keywords:
        key += (_MISSING,)
        for item in keywords.items():
            key += item
    if typed:
        key += (_MISSING,) + tuple([type(value) for value in args])
        key += tuple([type(value) for value in keywords.values()])
    return key


def _cached(function, maxsize, typed):
    cache = {}  # the one used last stands at the end
    hits = misses = 0

    def wrapper(*args, **keywords):
        nonlocal hits, misses
        key = _key_of(args, keywords, typed)
        value = cache.get(key, _MISSING)
        if value is not _MISSING:
            hits += 1
            if maxsize is not None:
                del cache[key]
                cache[key] = value
            return value
        misses += 1
        value = function(*args, **keywords)
        if maxsize is None:
            cache[key] = value
        elif maxsize > 0:
            if key not in cache and len(cache) >= maxsize:
                del cache[next(iter(cache))]
            cache[key] = value
        return value

    def cache_info():
        return CacheInfo(hits, misses, maxsize, len(cache))

    def cache_clear():
        nonlocal hits, misses
        cache.clear()
        hits = misses = 0

    wrapper.cache_info = cache_info
    wrapper.cache_clear = cache_clear
    wrapper.cache_parameters = lambda: {"maxsize": maxsize, "typed": typed}
    return update_wrapper(wrapper, function)


def lru_cache(maxsize=_CACHE_SIZE, typed=False):
    if callable(maxsize):
        return _cached(maxsize, _CACHE_SIZE, typed)
    if isinstance(maxsize, int):
        maxsize = max(maxsize, 0)
    elif maxsize is not None:
        raise TypeError("Expected first argument to be an integer, a callable, or None")
    return lambda function: _cached(function, maxsize, typed)


def cache(function):
    return _cached(function, None, False)


class cached_property:
    def __init__(self, func):
        self.func = func
        self.__doc__ = func.__doc__

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        values = instance.__dict__
        if self.name not in values:
            values[self.name] = self.func(instance)
        return values[self.name]


def cmp_to_key(mycmp):
    class KeyWrapper:
        def __init__(self, obj):
            self.obj = obj

        def __lt__(self, other):
            return mycmp(self.obj, other.obj) < 0

        def __gt__(self, other):
            return mycmp(self.obj, other.obj) > 0

        def __eq__(self, other):
            return mycmp(self.obj, other.obj) == 0

        def __le__(self, other):
            return mycmp(self.obj, other.obj) <= 0

        def __ge__(self, other):
            return mycmp(self.obj, other.obj) >= 0

        __hash__ = None

    return KeyWrapper


# The comparisons that follow from one: each is given that one's result, and what was compared.
_DERIVED = {
    "__lt__": {
        "__gt__": lambda less, a, b: not less and a != b,
        "__le__": lambda less, a, b: less or a == b,
        "__ge__": lambda less, a, b: not less,
    },
    "__le__": {
        "__ge__": lambda at_most, a, b: not at_most or a == b,
        "__lt__": lambda at_most, a, b: at_most and a != b,
        "__gt__": lambda at_most, a, b: not at_most,
    },
    "__gt__": {
        "__lt__": lambda more, a, b: not more and a != b,
        "__ge__": lambda more, a, b: more or a == b,
        "__le__": lambda more, a, b: not more,
    },
    "__ge__": {
        "__le__": lambda at_least, a, b: not at_least or a == b,
        "__gt__": lambda at_least, a, b: at_least and a != b,
        "__lt__": lambda at_least, a, b: not at_least,
    },
}


def _comparison(root, rule):
    def compare(self, other):
        result = getattr(type(self), root)(self, other)
        return result if result is NotImplemented else rule(result, self, other)

    return compare


def total_ordering(cls):
    own = [c for c in cls.__mro__ if c is not object]
    defined = [root for root in _DERIVED if any([root in c.__dict__ for c in own])]
    if not defined:
        raise ValueError("must define at least one ordering operation: < > <= >=")
    root = defined[0]
    for name, rule in _DERIVED[root].items():
        if name not in defined:
            setattr(cls, name, _comparison(root, rule))
    return cls


def singledispatch(func):
    registry = {object: func}

    def dispatch(cls):
        for c in cls.__mro__:
            if c in registry:
                return registry[c]

    def register(cls, func=None):
        if func is None:
            if isinstance(cls, type):
                return lambda f: register(cls, f)
            func = cls
            cls = [kind for name, kind in func.__annotations__.items() if name != "return"][0]
        registry[cls] = func
        return func

    @wraps(func)
    def wrapper(*args, **kwargs):
        if not args:
            raise TypeError(f"{func.__name__} requires at least 1 positional argument")
        return dispatch(args[0].__class__)(*args, **kwargs)

    wrapper.dispatch = dispatch
    wrapper.register = register
    wrapper.registry = registry
    return wrapper
