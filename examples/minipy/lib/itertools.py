"""Iterators made of iterators. All are lazy: they take from what they are given only when they are asked."""

_MISSING = object()


def count(start=0, step=1):
    while True:
        yield start
        start += step


def cycle(iterable):
    seen = []
    for item in iterable:
        seen.append(item)
        yield item
    while seen:
        yield from seen


def repeat(object, times=None):
    if times is None:
        while True:
            yield object
    for _ in range(times):
        yield object


class chain:
    def __init__(self, *iterables):
        self._items = _chained(iterables)

    @classmethod
    def from_iterable(cls, iterables):
        made = cls()
        made._items = _chained(iterables)
        return made

    def __iter__(self):
        return self._items

    def __next__(self):
        return next(self._items)


def _chained(iterables):
    for iterable in iterables:
        yield from iterable


def accumulate(iterable, func=None, *, initial=None):
    items = iter(iterable)
    total = initial
    if initial is None:
        try:
            total = next(items)
        except StopIteration:
            return
    yield total
    for item in items:
        total = total + item if func is None else func(total, item)
        yield total


def islice(iterable, *args):
    bounds = slice(*args)
    what = "Stop argument" if len(args) == 1 else "Indices"
    start = _bound(bounds.start, 0, what)
    stop = _bound(bounds.stop, None, what)
    step = 1 if bounds.step is None else bounds.step
    if not isinstance(step, int) or step < 1:
        raise ValueError("Step for islice() must be a positive integer or None.")
    return _sliced(iter(iterable), start, stop, step)


def _bound(value, otherwise, what):
    if value is None:
        return otherwise
    if not isinstance(value, int) or value < 0:
        raise ValueError(what + " for islice() must be None or an integer: 0 <= x <= sys.maxsize.")
    return value


def _sliced(items, start, stop, step):
    """Takes no item more than it skips or gives; it skips up to the start or the stop, whichever is later."""
    following = start
    last = None if stop is None else max(start, stop)
    at = 0
    while last is None or at < last:
        for item in items:
            break
        else:
            return
        if at == following and (stop is None or at < stop):
            yield item
            following += step
        at += 1


def takewhile(predicate, iterable):
    for item in iterable:
        if not predicate(item):
            return
        yield item


def dropwhile(predicate, iterable):
    items = iter(iterable)
    for item in items:
        if not predicate(item):
            yield item
            break
    yield from items


def filterfalse(predicate, iterable):
    for item in iterable:
        if not (item if predicate is None else predicate(item)):
            yield item


def compress(data, selectors):
    for item, selected in zip(data, selectors):
        if selected:
            yield item


def starmap(function, iterable):
    for args in iterable:
        yield function(*args)


def pairwise(iterable):
    items = iter(iterable)
    last = next(items, _MISSING)
    for item in items:
        yield last, item
        last = item


def zip_longest(*iterables, fillvalue=None):
    iterators = [iter(iterable) for iterable in iterables]
    return _zipped(iterators, fillvalue)


def _zipped(iterators, fillvalue):
    left = len(iterators)
    while left:
        row = []
        for i, items in enumerate(iterators):
            item = fillvalue if items is None else next(items, _MISSING)
            if item is _MISSING:
                left -= 1
                if not left:
                    return
                iterators[i] = None
                item = fillvalue
            row.append(item)
        yield tuple(row)


def tee(iterable, n=2):
    """The iterators share a chain of cells [item, next cell]; a cell dies when the last of them has passed it."""
    if n < 0:
        raise ValueError("n must be >= 0")
    items = iter(iterable)
    first = [None, None]
    return tuple([_tee(items, first) for _ in range(n)])


def _tee(items, cell):
    while True:
        if cell[1] is None:
            item = next(items, _MISSING)
            if item is _MISSING:
                return
            cell[1] = [item, None]
        cell = cell[1]
        yield cell[0]


class groupby:
    """Pairs of a key and an iterator over the items in a row that have it; asking for the next pair ends the last group."""

    def __init__(self, iterable, key=None):
        self._items = iter(iterable)
        self._key_of = key
        self._group = None  # whose turn it is to take items
        self._held = False  # an item was taken that belongs to the next group
        self._key = _MISSING

    def __iter__(self):
        return self

    def _take(self):
        """Whether there is an item at hand."""
        if not self._held:
            item = next(self._items, _MISSING)
            if item is _MISSING:
                return False
            self._item = item
            self._item_key = item if self._key_of is None else self._key_of(item)
            self._held = True
        return True

    def __next__(self):
        self._group = None
        while self._take():
            if self._key is _MISSING or self._item_key != self._key:
                self._key = self._item_key
                self._group = mark = object()
                return self._key, self._members(mark, self._key)
            self._held = False
        raise StopIteration

    def _members(self, mark, key):
        while self._group is mark and self._take() and self._item_key == key:
            self._held = False
            yield self._item


# ---- combinatorics: in the order of positions, so sorted if what is given is sorted ----


def product(*iterables, repeat=1):
    pools = [tuple(iterable) for iterable in iterables] * repeat
    return _product(pools)


def _product(pools):
    """Counts like an odometer."""
    if not all(pools):
        return
    at = [0] * len(pools)
    row = [pool[0] for pool in pools]
    while True:
        yield tuple(row)
        i = len(pools) - 1
        while i >= 0:
            at[i] += 1
            if at[i] < len(pools[i]):
                row[i] = pools[i][at[i]]
                break
            at[i] = 0
            row[i] = pools[i][0]
            i -= 1
        else:
            return


def permutations(iterable, r=None):
    pool = tuple(iterable)
    if r is None:
        r = len(pool)
    if r < 0:
        raise ValueError("r must be non-negative")
    return _permutations(pool, r)


def _permutations(pool, r):
    """`chosen` are positions; `free` the others, in order. The next one raises the last position that can be raised."""
    if r > len(pool):
        return
    chosen = list(range(r))
    free = list(range(r, len(pool)))
    while True:
        yield tuple([pool[i] for i in chosen])
        while chosen:
            last = chosen.pop()
            above = _first_above(free, last)
            if above < len(free):
                chosen.append(free[above])
                free[above] = last
                wanted = r - len(chosen)
                chosen.extend(free[:wanted])
                del free[:wanted]
                break
            free.append(last)
        else:
            return


def _first_above(values, bound):
    for i, value in enumerate(values):
        if value > bound:
            return i
    return len(values)


def combinations(iterable, r):
    pool = tuple(iterable)
    if r < 0:
        raise ValueError("r must be non-negative")
    return _combinations(pool, r)


def _combinations(pool, r):
    spare = len(pool) - r
    if spare < 0:
        return
    chosen = list(range(r))
    while True:
        yield tuple([pool[i] for i in chosen])
        at = r - 1
        while at >= 0 and chosen[at] == at + spare:
            at -= 1
        if at < 0:
            return
        first = chosen[at] + 1
        chosen[at:] = range(first, first + r - at)


def combinations_with_replacement(iterable, r):
    pool = tuple(iterable)
    if r < 0:
        raise ValueError("r must be non-negative")
    return _with_replacement(pool, r)


def _with_replacement(pool, r):
    if r and not pool:
        return
    last = len(pool) - 1
    chosen = [0] * r
    while True:
        yield tuple([pool[i] for i in chosen])
        at = r - 1
        while at >= 0 and chosen[at] == last:
            at -= 1
        if at < 0:
            return
        chosen[at:] = [chosen[at] + 1] * (r - at)
