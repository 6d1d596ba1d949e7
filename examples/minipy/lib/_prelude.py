"""What minipy defines in Python: builtins where speed does not matter."""
import sys as _sys


class _Attributes(dict):
    """An object's __dict__: reads its names anew each time, and writes through."""

    def __init__(self, owner):
        object.__setattr__(self, "_owner", owner)

    def _read(self):
        _attributes(self._owner, self)
        return self

    def __setitem__(self, key, value):
        object.__setattr__(self._owner, key, value)

    def __delitem__(self, key):
        if key not in self:
            raise KeyError(key)
        object.__delattr__(self._owner, key)

    def update(self, *others, **names):
        for key, value in dict(*others, **names).items():
            self[key] = value

    def setdefault(self, key, default=None):
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key, *default):
        value = dict.pop(self._read(), key, *default)
        if key in self:
            del self[key]
        return value

    def popitem(self):
        key, value = dict.popitem(self._read())
        del self[key]
        return key, value

    def clear(self):
        for key in list(self):
            del self[key]

    def __iter__(self):
        return iter(dict.keys(self._read()))

    def __eq__(self, other):
        return dict(self) == (dict(other) if isinstance(other, _Attributes) else other)

    def __repr__(self):
        return repr(dict(self))

    def __or__(self, other):
        return dict(self) | other

    def __ror__(self, other):
        return other | dict(self)

    __hash__ = None


def _reading(method):
    return lambda self, *args: method(self._read(), *args)


for _name in ("__getitem__", "__len__", "__contains__", "get", "keys", "values", "items", "copy"):
    setattr(_Attributes, _name, _reading(getattr(dict, _name)))
_prelude = _Attributes


class _long_range:
    """A range whose bounds are not all small ints."""

    def __init__(self, start, stop, step):
        for name, value in (("start", start), ("stop", stop), ("step", step)):
            object.__setattr__(self, name, _index(value))
        if step == 0:
            raise ValueError("range() arg 3 must not be zero")
        distance = stop - start if step > 0 else start - stop
        object.__setattr__(self, "_size", max(0, (distance + abs(step) - 1) // abs(step)))

    def __setattr__(self, name, value):
        raise AttributeError("readonly attribute")

    def __len__(self):
        if self._size >= 1 << 63:
            raise OverflowError("Python int too large to convert to C ssize_t")
        return self._size

    def __bool__(self):
        return self._size > 0

    def __getitem__(self, index):
        if isinstance(index, slice):
            step = 1 if index.step is None else _index(index.step)
            if step == 0:
                raise ValueError("slice step cannot be zero")
            low, high = (0, self._size) if step > 0 else (-1, self._size - 1)
            ends = []
            for end, default in ((index.start, low if step > 0 else high), (index.stop, high if step > 0 else low)):
                end = default if end is None else _index(end) + (self._size if end < 0 else 0)
                ends.append(default if end is default else max(low, min(high, end)))
            start, stop = [self.start + end * self.step for end in ends]
            return range(start, stop, self.step * step)
        at = _index(index)
        at += self._size if at < 0 else 0
        if not 0 <= at < self._size:
            raise IndexError("range object index out of range")
        return self.start + at * self.step

    def __iter__(self):
        value = self.start
        for _ in iter(int, 1):
            if value >= self.stop if self.step > 0 else value <= self.stop:
                return
            yield value
            value += self.step

    def __reversed__(self):
        return iter(self[::-1])

    def __contains__(self, value):
        if not isinstance(value, int):
            return any(value == item for item in self)
        inside = self.start <= value < self.stop if self.step > 0 else self.stop < value <= self.start
        return inside and (value - self.start) % self.step == 0

    def index(self, value):
        if value not in self:
            raise ValueError(f"{value!r} is not in range")
        return (value - self.start) // self.step

    def count(self, value):
        return int(value in self)

    def _parts(self):
        return self._size, self._size and self.start, self.step if self._size > 1 else None

    def __eq__(self, other):
        return self._parts() == other._parts() if isinstance(other, _long_range) else NotImplemented

    def __hash__(self):
        return hash(self._parts())

    def __repr__(self):
        return f"range({self.start}, {self.stop}" + (")" if self.step == 1 else f", {self.step})")


def _index(value):
    if isinstance(value, int):
        return value
    if not hasattr(value, "__index__"):
        raise TypeError(f"'{type(value).__name__}' object cannot be interpreted as an integer")
    return value.__index__()


def hex(number, /):
    return format(_index(number), "#x")


def oct(number, /):
    return format(_index(number), "#o")


def bin(number, /):
    return format(_index(number), "#b")


def _dict_fromkeys(cls, iterable, value=None, /):
    made = cls()
    for key in iterable:
        made[key] = value
    return made


_extend(dict, "fromkeys", classmethod(_dict_fromkeys))
_long_range = type("range", (_long_range,), {"__module__": "builtins"})


def _str_format(self, *args, **kwargs):
    return __import__("_format").format_text(self, args, kwargs, [0])


def _str_format_map(self, mapping):
    return __import__("_format").format_text(self, (), mapping, [0])


def _str_rsplit(self, sep=None, maxsplit=-1):
    if maxsplit < 0:
        return self.split(sep)
    parts = [part[::-1] for part in self[::-1].split(None if sep is None else sep[::-1], maxsplit)]
    return parts[::-1]


def _str_partition(self, sep, /):
    at = self.find(sep)
    if sep == "":
        raise ValueError("empty separator")
    return (self[:at], sep, self[at + len(sep):]) if at >= 0 else (self, "", "")


def _str_rpartition(self, sep, /):
    at = self.rfind(sep)
    if sep == "":
        raise ValueError("empty separator")
    return (self[:at], sep, self[at + len(sep):]) if at >= 0 else ("", "", self)


def _check_str(name, value):
    if not isinstance(value, str):
        raise TypeError(f"{name}() argument must be str, not {'None' if value is None else type(value).__name__}")


def _str_removeprefix(self, prefix, /):
    _check_str("removeprefix", prefix)
    return self[len(prefix):] if self.startswith(prefix) else self


def _str_removesuffix(self, suffix, /):
    _check_str("removesuffix", suffix)
    return self[:len(self) - len(suffix)] if self.endswith(suffix) else self


def _str_zfill(self, width, /):
    sign = self[:1] if self[:1] in ("+", "-") else ""
    return sign + "0" * (_index(width) - len(self)) + self[len(sign):]


def _str_expandtabs(self, tabsize=8):
    lines = []
    for line in self.split("\n"):
        out = ""
        for c in line:
            out += " " * (tabsize - len(out) % tabsize) if c == "\t" and tabsize > 0 else \
                "" if c == "\t" else c
        lines.append(out)
    return "\n".join(lines)


def _str_maketrans(x, y=None, z=None):
    if y is None:
        return {(ord(key) if isinstance(key, str) else key): value for key, value in x.items()}
    if len(x) != len(y):
        raise ValueError("the first two maketrans arguments must have equal length")
    table = {ord(a): ord(b) for a, b in zip(x, y)}
    for c in z or "":
        table[ord(c)] = None
    return table


def _str_translate(self, table):
    out = []
    for c in self:
        try:
            to = table[ord(c)]
        except LookupError:
            to = c
        if to is not None:
            out.append(chr(to) if isinstance(to, int) else to)
    return "".join(out)


def _str_isprintable(self):
    return repr(self)[1:-1] == self.replace("\\", "\\\\") or \
        all(c in "'\\" or repr(c)[1:-1] == c for c in self)


def _float_ratio(self):
    if self != self or self in (float("inf"), -float("inf")):
        raise (ValueError("cannot convert NaN to integer ratio") if self != self
               else OverflowError("cannot convert Infinity to integer ratio"))
    denominator = 1
    while self != int(self):
        self *= 2
        denominator *= 2
    return int(self), denominator


def _float_hex(self):
    sign = "-" if repr(self)[0] == "-" else ""
    if self != self or self in (float("inf"), -float("inf")):
        return repr(self)
    numerator, denominator = _float_ratio(abs(self))
    if numerator == 0:
        return sign + "0x0.0p+0"
    exponent = max(numerator.bit_length() - denominator.bit_length(), -1022)
    shift = 52 - exponent - (denominator.bit_length() - 1)
    digits = numerator << shift if shift >= 0 else numerator >> -shift
    return f"{sign}0x{digits >> 52}.{digits & (1 << 52) - 1:013x}p{exponent:+d}"


_extend(float, "as_integer_ratio", _float_ratio)
_extend(float, "hex", _float_hex)
_extend(int, "as_integer_ratio", lambda self: (int(self), 1))
_extend(int, "numerator", property(lambda self: int(self)))
_extend(int, "denominator", property(lambda self: 1))
for _number in (int, float):
    _extend(_number, "real", property(lambda self: +self))
    _extend(_number, "imag", property(lambda self: self * 0))
    _extend(_number, "conjugate", lambda self: +self)
_extend(str, "format", _str_format)
_extend(str, "format_map", _str_format_map)
_extend(str, "rsplit", _str_rsplit)
_extend(str, "expandtabs", _str_expandtabs)
_extend(str, "partition", _str_partition)
_extend(str, "rpartition", _str_rpartition)
_extend(str, "removeprefix", _str_removeprefix)
_extend(str, "removesuffix", _str_removesuffix)
_extend(str, "zfill", _str_zfill)
_extend(str, "maketrans", staticmethod(_str_maketrans))
_extend(str, "translate", _str_translate)
_extend(str, "isprintable", _str_isprintable)


_unwritten = []  # files with text that is not in them yet


def _write_all():
    for file in list(_unwritten):
        file.flush()


class _File:
    """A text file: read as a whole; written when it is closed, when the next file is read, or at the program's end."""

    def __init__(self, name, mode):
        self.name = name
        self.mode = mode
        self.closed = False
        self._at = 0
        self._parts = []
        if mode[0] == "r":
            _write_all()
            self._text = _read_file(name).replace("\r\n", "\n")
        elif mode[0] == "w":
            _write_file(name, "", "w")

    def _check(self, mode):
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        if self.mode[0] != mode and not (mode == "w" and self.mode[0] == "a"):
            raise OSError("not readable" if mode == "r" else "not writable")

    def read(self, size=-1):
        self._check("r")
        end = len(self._text) if size is None or size < 0 else min(self._at + size, len(self._text))
        text = self._text[self._at:end]
        self._at = end
        return text

    def readline(self):
        self._check("r")
        end = self._text.find("\n", self._at)
        end = len(self._text) if end < 0 else end + 1
        text = self._text[self._at:end]
        self._at = end
        return text

    def readlines(self):
        return list(self)

    def __iter__(self):
        self._check("r")
        lines = self._text[self._at:].splitlines(True) if "\r" not in self._text else None
        self._at = len(self._text)
        if lines is None:
            lines = [line + "\n" for line in self._text.split("\n")]
        return iter(lines)

    def __next__(self):
        line = self.readline()
        if line == "":
            raise StopIteration
        return line

    def write(self, text):
        self._check("w")
        if not isinstance(text, str):
            raise TypeError("write() argument must be str, not " + type(text).__name__)
        if not self._parts:
            _unwritten.append(self)
        self._parts.append(text)
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        parts = self._parts
        if parts:
            self._parts = []
            _write_file(self.name, "".join(parts), "a")
            if self in _unwritten:
                _unwritten.remove(self)

    def close(self):
        if not self.closed:
            self.flush()
            self.closed = True

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()



def open(file, mode="r", buffering=-1, encoding=None, errors=None, newline=None):
    if "b" in mode or "+" in mode or "x" in mode:
        raise NotImplementedError("minipy: files are text, opened by mode r, w or a")
    return _File(file, mode)


class _Stream:
    def __init__(self, name, path):
        self.name = name
        self._path = path

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError("write() argument must be str, not " + type(text).__name__)
        return _write_file(self._path, text, "w")

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        _flush()

    def isatty(self):
        return False


class _Input:
    name = "<stdin>"

    def readline(self):
        try:
            return input() + "\n"
        except EOFError:
            return ""

    def __iter__(self):
        return iter(self.readline, "")

    def read(self):
        return "".join(self)

    def readlines(self):
        return list(self)


_sys.stdout = _Stream("<stdout>", "\0"[:0])
_sys.stderr = _Stream("<stderr>", "\1")
_sys.stdin = _Input()


def exit(code=None):
    raise SystemExit(code)


quit = exit
