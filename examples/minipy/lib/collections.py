"""Containers besides the built-in ones."""

_MISSING = object()


class deque:
    """A list with free room before its items: both ends grow and shrink in amortised constant time."""

    def __init__(self, iterable=(), maxlen=None):
        if maxlen is not None and (not isinstance(maxlen, int) or maxlen < 0):
            raise ValueError("maxlen must be non-negative")
        self.maxlen = maxlen
        self._items = []
        self._start = 0  # everything before it is None
        self._changes = 0
        self.extend(iterable)

    def __len__(self):
        return len(self._items) - self._start

    def append(self, x):
        self._items.append(x)
        self._changes += 1
        if self.maxlen is not None and len(self) > self.maxlen:
            self.popleft()

    def appendleft(self, x):
        if self._start == 0:
            room = len(self._items) + 8
            self._items[:0] = [None] * room
            self._start = room
        self._start -= 1
        self._items[self._start] = x
        self._changes += 1
        if self.maxlen is not None and len(self) > self.maxlen:
            self.pop()

    def pop(self):
        if len(self._items) == self._start:
            raise IndexError("pop from an empty deque")
        self._changes += 1
        return self._items.pop()

    def popleft(self):
        start = self._start
        items = self._items
        if len(items) == start:
            raise IndexError("pop from an empty deque")
        x = items[start]
        items[start] = None
        start += 1
        if start > 16 and start * 2 > len(items):
            del items[:start]
            start = 0
        self._start = start
        self._changes += 1
        return x

    def extend(self, iterable):
        for x in list(iterable) if iterable is self else iterable:
            self.append(x)

    def extendleft(self, iterable):
        for x in list(iterable) if iterable is self else iterable:
            self.appendleft(x)

    def clear(self):
        self._items = []
        self._start = 0
        self._changes += 1

    def rotate(self, n=1):
        items = self._items[self._start :]
        if items:
            n %= len(items)
            self._replace(items[len(items) - n :] + items[: len(items) - n])

    def _replace(self, items):
        self._items = items
        self._start = 0
        self._changes += 1

    def reverse(self):
        self._replace(self._items[: self._start - 1 if self._start else None : -1])

    def copy(self):
        return deque(self, self.maxlen)

    def count(self, x):
        return self._items[self._start :].count(x)

    def index(self, x, *bounds):
        try:
            return self._items[self._start :].index(x, *bounds)
        except ValueError:
            raise ValueError(f"{x!r} is not in deque") from None

    def insert(self, i, x):
        if self.maxlen is not None and len(self) >= self.maxlen:
            raise IndexError("deque already at its maximum size")
        items = self._items[self._start :]
        items.insert(i, x)
        self._replace(items)

    def remove(self, x):
        items = self._items[self._start :]
        try:
            items.remove(x)
        except ValueError:
            raise ValueError(f"{x!r} is not in deque") from None
        self._replace(items)

    def _place(self, i):
        length = len(self)
        if i < 0:
            i += length
        if not 0 <= i < length:
            raise IndexError("deque index out of range")
        return self._start + i

    def __getitem__(self, i):
        return self._items[self._place(i)]

    def __setitem__(self, i, x):
        self._items[self._place(i)] = x

    def __delitem__(self, i):
        del self._items[self._place(i)]
        self._changes += 1

    def __iter__(self):
        changes = self._changes
        for i in range(len(self)):
            if self._changes != changes:
                raise RuntimeError("deque mutated during iteration")
            yield self._items[self._start + i]

    def __reversed__(self):
        return reversed(self._items[self._start :])

    def __contains__(self, x):
        return x in self._items[self._start :]

    def __repr__(self):
        end = ")" if self.maxlen is None else f", maxlen={self.maxlen})"
        return type(self).__name__ + "(" + repr(self._items[self._start :]) + end

    def __eq__(self, other):
        return list(self) == list(other) if isinstance(other, deque) else NotImplemented

    def __lt__(self, other):
        return list(self) < list(other) if isinstance(other, deque) else NotImplemented

    def __le__(self, other):
        return list(self) <= list(other) if isinstance(other, deque) else NotImplemented

    def __gt__(self, other):
        return list(self) > list(other) if isinstance(other, deque) else NotImplemented

    def __ge__(self, other):
        return list(self) >= list(other) if isinstance(other, deque) else NotImplemented

    __hash__ = None

    def __add__(self, other):
        if not isinstance(other, deque):
            raise TypeError(f'can only concatenate deque (not "{type(other).__name__}") to deque')
        result = self.copy()
        result.extend(other)
        return result

    def __iadd__(self, iterable):
        self.extend(iterable)
        return self

    def __mul__(self, n):
        return deque(list(self) * n, self.maxlen)

    __rmul__ = __mul__


class defaultdict(dict):
    def __init__(self, default_factory=None, /, *args, **kwargs):
        if default_factory is not None and not callable(default_factory):
            raise TypeError("first argument must be callable or None")
        super().__init__(*args, **kwargs)
        self.default_factory = default_factory

    def __missing__(self, key):
        if self.default_factory is None:
            raise KeyError(key)
        value = self.default_factory()
        self[key] = value
        return value

    def copy(self):
        return type(self)(self.default_factory, self)

    def __repr__(self):
        return f"{type(self).__name__}({self.default_factory!r}, {super().__repr__()})"

    def __or__(self, other):
        if not isinstance(other, dict):
            return NotImplemented
        result = self.copy()
        result.update(other)
        return result


class Counter(dict):
    def __init__(self, iterable=None, /, **kwargs):
        super().__init__()
        self.update(iterable, **kwargs)

    def __missing__(self, key):
        return 0

    def __delitem__(self, key):
        if key in self:
            super().__delitem__(key)

    def update(self, iterable=None, /, **kwargs):
        if isinstance(iterable, dict):
            for key, count in iterable.items():
                self[key] = count + self.get(key, 0)
        elif iterable is not None:
            get = self.get
            for key in iterable:
                self[key] = get(key, 0) + 1
        if kwargs:
            self.update(kwargs)

    def subtract(self, iterable=None, /, **kwargs):
        if isinstance(iterable, dict):
            for key, count in iterable.items():
                self[key] = self.get(key, 0) - count
        elif iterable is not None:
            for key in iterable:
                self[key] = self.get(key, 0) - 1
        if kwargs:
            self.subtract(kwargs)

    def total(self):
        return sum(self.values())

    def elements(self):
        for key, count in self.items():
            for _ in range(count):
                yield key

    def most_common(self, n=None):
        ordered = sorted(self.items(), key=lambda item: item[1], reverse=True)
        return ordered if n is None else ordered[: max(n, 0)]

    def copy(self):
        return type(self)(self)

    def fromkeys(self, *args):
        raise NotImplementedError("Counter.fromkeys() is undefined.  Use Counter(iterable) instead.")

    def __repr__(self):
        if not self:
            return type(self).__name__ + "()"
        return type(self).__name__ + "({" + ", ".join([f"{key!r}: {count!r}" for key, count in self.most_common()]) + "})"

    def _combined(self, other, combine):
        """The positive ones of what `combine` makes of both counts of each key."""
        result = Counter()
        for key in self:
            count = combine(self[key], other[key])
            if count > 0:
                result[key] = count
        for key in other:
            if key not in self:
                count = combine(0, other[key])
                if count > 0:
                    result[key] = count
        return result

    def __add__(self, other):
        return self._combined(other, lambda a, b: a + b) if isinstance(other, Counter) else NotImplemented

    def __sub__(self, other):
        return self._combined(other, lambda a, b: a - b) if isinstance(other, Counter) else NotImplemented

    def __or__(self, other):
        return self._combined(other, max) if isinstance(other, Counter) else NotImplemented

    def __and__(self, other):
        return self._combined(other, min) if isinstance(other, Counter) else NotImplemented

    def __pos__(self):
        return self + Counter()

    def __neg__(self):
        return Counter() - self

    def __iadd__(self, other):
        return self._become(self + other)

    def __isub__(self, other):
        return self._become(self - other)

    def __ior__(self, other):
        return self._become(self | other)

    def __iand__(self, other):
        return self._become(self & other)

    def _become(self, other):
        """Keeps the places of the keys that stay."""
        for key in list(self):
            if key not in other:
                del self[key]
        for key, count in other.items():
            self[key] = count
        return self

    def _all(self, other, holds):
        return all([holds(self[key], other[key]) for key in {**self, **other}])

    def __eq__(self, other):
        return self._all(other, lambda a, b: a == b) if isinstance(other, Counter) else NotImplemented

    def __ne__(self, other):
        return not self == other if isinstance(other, Counter) else NotImplemented

    def __le__(self, other):
        return self._all(other, lambda a, b: a <= b) if isinstance(other, Counter) else NotImplemented

    def __lt__(self, other):
        return self <= other and self != other if isinstance(other, Counter) else NotImplemented

    def __ge__(self, other):
        return self._all(other, lambda a, b: a >= b) if isinstance(other, Counter) else NotImplemented

    def __gt__(self, other):
        return self >= other and self != other if isinstance(other, Counter) else NotImplemented

    __hash__ = None


class OrderedDict(dict):
    """A dict is ordered already; this one compares its order, too, and moves keys to its ends."""

    def move_to_end(self, key, last=True):
        value = self.pop(key)
        if last:
            self[key] = value
            return
        others = list(self.items())
        self.clear()
        self[key] = value
        for other, value in others:
            self[other] = value

    def popitem(self, last=True):
        if not self:
            raise KeyError("dictionary is empty")
        key = next(reversed(self)) if last else next(iter(self))
        return key, self.pop(key)

    def copy(self):
        return type(self)(self)

    def __eq__(self, other):
        if isinstance(other, OrderedDict):
            return list(self.items()) == list(other.items())
        return dict(self) == other

    def __ne__(self, other):
        return not self == other

    __hash__ = None

    def __repr__(self):
        return type(self).__name__ + "(" + (repr(list(self.items())) if self else "") + ")"


class _NamedTuple(tuple):
    """What all named tuples share; `_fields` and `_field_defaults` are of the class that namedtuple makes."""

    def __new__(cls, *args, **kwargs):
        fields = cls._fields
        if len(args) > len(fields):
            raise TypeError(
                f"{cls.__name__}.__new__() takes {len(fields) + 1} positional arguments but {len(args) + 1} were given"
            )
        values = list(args)
        missing = []
        for field in fields[len(args) :]:
            value = kwargs.pop(field, _MISSING)
            if value is _MISSING:
                value = cls._field_defaults.get(field, _MISSING)
            if value is _MISSING:
                missing.append(repr(field))
            values.append(value)
        for name in kwargs:
            what = "multiple values for argument" if name in fields else "an unexpected keyword argument"
            raise TypeError(f"{cls.__name__}.__new__() got {what} {name!r}")
        if missing:
            count = f"{len(missing)} required positional argument" + ("s: " if len(missing) > 1 else ": ")
            raise TypeError(f"{cls.__name__}.__new__() missing " + count + _listed(missing))
        return super().__new__(cls, values)

    @classmethod
    def _make(cls, iterable):
        values = tuple(iterable)
        if len(values) != len(cls._fields):
            raise TypeError(f"Expected {len(cls._fields)} arguments, got {len(values)}")
        return cls(*values)

    def _asdict(self):
        return dict(zip(self._fields, self))

    def _replace(self, /, **kwargs):
        result = self._make([kwargs.pop(field, value) for field, value in zip(self._fields, self)])
        if kwargs:
            raise ValueError(f"Got unexpected field names: {list(kwargs)!r}")
        return result

    def __repr__(self):
        pairs = [f"{field}={value!r}" for field, value in zip(self._fields, self)]
        return type(self).__name__ + "(" + ", ".join(pairs) + ")"


def _listed(names):
    if len(names) < 3:
        return " and ".join(names)
    return ", ".join(names[:-1]) + ", and " + names[-1]


def _field(i):
    return property(lambda self: self[i])


def namedtuple(typename, field_names, *, rename=False, defaults=None):
    if isinstance(field_names, str):
        field_names = field_names.replace(",", " ").split()
    fields = [str(name) for name in field_names]
    seen = set()
    for i, name in enumerate(fields):
        if not name.isidentifier() or name.startswith("_") or name in seen:
            if not rename:
                raise ValueError(_what_is_wrong(name, seen))
            fields[i] = f"_{i}"
        seen.add(name)
    defaults = tuple(defaults or ())
    if len(defaults) > len(fields):
        raise TypeError("Got more default values than field names")
    namespace = {name: _field(i) for i, name in enumerate(fields)}
    namespace["_fields"] = tuple(fields)
    namespace["_field_defaults"] = dict(zip(fields[len(fields) - len(defaults) :], defaults))
    return type(typename, (_NamedTuple,), namespace)


def _what_is_wrong(name, seen):
    if not name.isidentifier():
        return f"Type names and field names must be valid identifiers: {name!r}"
    if name in seen:
        return f"Encountered duplicate field name: {name!r}"
    return f"Field names cannot start with an underscore: {name!r}"
