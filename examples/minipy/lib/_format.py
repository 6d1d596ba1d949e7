"""Text from a template: str.format, and the operator %. Parts of the interpreter, loaded when they are first used."""


def _get_field(field, args, kwargs, auto):
    end = 0
    while end < len(field) and field[end] not in ".[":
        end += 1
    name = field[:end]
    if name == "":
        if auto[0] is None:
            raise ValueError("cannot switch from manual field specification to automatic field numbering")
        value = args[auto[0]]
        auto[0] += 1
    elif name.isdigit():
        if auto[0]:
            raise ValueError("cannot switch from automatic field numbering to manual field specification")
        auto[0] = None
        value = args[int(name)]
    else:
        value = kwargs[name]
    while end < len(field):
        if field[end] == ".":
            start = end + 1
            end = start
            while end < len(field) and field[end] not in ".[":
                end += 1
            value = getattr(value, field[start:end])
        else:
            start = end + 1
            end = field.index("]", start)
            key = field[start:end]
            value = value[int(key) if key.isdigit() else key]
            end += 1
    return value


def format_text(text, args, kwargs, auto):
    parts = []
    at = 0
    size = len(text)
    while at < size:
        c = text[at]
        if c == "{" or c == "}":
            if at + 1 < size and text[at + 1] == c:
                parts.append(c)
                at += 2
                continue
            if c == "}":
                raise ValueError("Single '}' encountered in format string")
            depth = 1
            end = at + 1
            while end < size and depth > 0:
                depth += (text[end] == "{") - (text[end] == "}")
                end += 1
            if depth > 0:
                raise ValueError("Single '{' encountered in format string" if at + 1 == size
                                 else "expected '}' before end of string")
            field = text[at + 1:end - 1]
            at = end
            spec = ""
            conversion = ""
            stop = 0
            inside = False
            while stop < len(field) and (inside or field[stop] not in "!:"):
                inside = field[stop] == "[" or (inside and field[stop] != "]")
                stop += 1
            name = field[:stop]
            if stop < len(field) and field[stop] == "!":
                conversion = field[stop + 1:stop + 2]
                stop += 2
            if stop < len(field) and field[stop] == ":":
                spec = field[stop + 1:]
            try:
                value = _get_field(name, args, kwargs, auto)
            except IndexError:
                raise IndexError("Replacement index " + str(auto[0] if name == "" else int(name)) +
                                 " out of range for positional args tuple") from None
            if "{" in spec:
                spec = format_text(spec, args, kwargs, auto)
            if conversion == "r":
                value = repr(value)
            elif conversion == "s":
                value = str(value)
            elif conversion == "a":
                value = ascii(value)
            elif conversion:
                raise ValueError(f"Unknown conversion specifier {conversion}")
            parts.append(format(value, spec))
        else:
            start = at
            while at < size and text[at] != "{" and text[at] != "}":
                at += 1
            parts.append(text[start:at])
    return "".join(parts)


class _Arguments:
    """What stands behind a %: a tuple, a mapping, or one value."""

    def __init__(self, args):
        self.args = args if isinstance(args, tuple) else (args,)
        self.mapping = not isinstance(args, (tuple, str)) and hasattr(type(args), "__getitem__")
        self.used = 0

    def next(self):
        if self.used >= len(self.args):
            raise TypeError("not enough arguments for format string")
        self.used += 1
        return self.args[self.used - 1]

    def named(self, key):
        if not self.mapping:
            raise TypeError("format requires a mapping")
        return self.args[0][key]


def _number(text, at, arguments):
    """Digits, or `*`: an argument."""
    if text[at:at + 1] == "*":
        number = arguments.next()
        if not isinstance(number, int):
            raise TypeError("* wants int")
        return number, at + 1
    start = at
    while "0" <= text[at:at + 1] <= "9":
        at += 1
    return int(text[start:at] or "0"), at


def _character(value):
    if isinstance(value, str) and len(value) == 1:
        return value
    if not isinstance(value, int) and not hasattr(value, "__index__"):
        raise TypeError("%c requires int or char")
    try:
        return chr(value)
    except (ValueError, OverflowError):
        raise OverflowError("%c arg not in range(0x110000)") from None


def _sign(flags):
    return "+" if "+" in flags else " " if " " in flags else ""


def _integer(value, kind, flags, precision, align, width):
    if not isinstance(value, (int, float)) or (isinstance(value, float) and kind in "xXo"):
        wanted = "an integer" if kind in "xXo" else "a real number"
        raise TypeError(f"%{kind} format: {wanted} is required, not {type(value).__name__}")
    value = int(value)
    sign, alternate = _sign(flags), "#" if "#" in flags and kind in "xXo" else ""
    kind = "d" if kind in "iu" else kind
    if precision is None:
        return format(value, f"{align}{sign}{alternate}{width}{kind}")
    digits = precision + (value < 0 or sign != "") + 2 * len(alternate)
    if align == "0=":
        digits = max(digits, width or 0)
    return format(format(value, f"0={sign}{alternate}{digits}{kind}"), f"{'<' if align == '<' else '>'}{width}")


def _convert(value, kind, flags, width, precision, index):
    left = "-" in flags
    align = "<" if left else "0=" if "0" in flags else ">"
    width = width or ""
    if kind in "diuxXo":
        return _integer(value, kind, flags, precision, align, width)
    if kind in "eEfFgG":
        if not isinstance(value, (int, float)) and not hasattr(value, "__float__") and not hasattr(value, "__index__"):
            raise TypeError(f"must be real number, not {type(value).__name__}")
        alternate = "#" if "#" in flags else ""
        precision = 6 if precision is None else precision
        return format(float(value), f"{align}{_sign(flags)}{alternate}{width}.{precision}{kind}")
    if kind not in "srac":
        raise ValueError(f"unsupported format character '{kind}' (0x{ord(kind):x}) at index {index}")
    if kind == "c":
        shown = _character(value)
    else:
        shown = (str(value) if kind == "s" else repr(value) if kind == "r" else ascii(value))[:precision]
    return format(shown, f"{'<' if left else '>'}{width}")


def _field(text, at, arguments):
    """What stands behind a %, as text; and where it ends."""
    if text[at:at + 1] == "%":
        return "%", at + 1
    keyed = text[at:at + 1] == "("
    if keyed:
        end = text.find(")", at)
        if end < 0:
            raise ValueError("incomplete format key")
        value = arguments.named(text[at + 1:end])
        at = end + 1
    start = at
    while at < len(text) and text[at] in "-+ #0":
        at += 1
    flags = text[start:at]
    width, at = _number(text, at, arguments)
    if width < 0:
        flags += "-"
    precision = None
    if text[at:at + 1] == ".":
        precision, at = _number(text, at + 1, arguments)
        precision = max(precision, 0)
    at += text[at:at + 1] in ("h", "l", "L")  # as in C, without a meaning
    if at >= len(text):
        raise ValueError("incomplete format")
    if not keyed:
        value = arguments.next()
    return _convert(value, text[at], flags, abs(width), precision, at), at + 1


def percent(text, args):
    arguments = _Arguments(args)
    parts = []
    at = 0
    sign = text.find("%")
    while sign >= 0:
        parts.append(text[at:sign])
        part, at = _field(text, sign + 1, arguments)
        parts.append(part)
        sign = text.find("%", at)
    if arguments.used < len(arguments.args) and not arguments.mapping:
        raise TypeError("not all arguments converted during string formatting")
    return "".join(parts) + text[at:]
