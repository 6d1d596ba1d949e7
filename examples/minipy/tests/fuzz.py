#!/usr/bin/env python3
"""Makes programs from a grammar, runs each under python3 and under another interpreter, and compares.

    fuzz.py INTERPRETER [--seeds N] [--first SEED] [--show]

A program is made from its seed alone. When its two runs differ, the seed is printed and the program, shrunk: statements
are left out, expressions replaced by parts of them, as long as there is a difference. Exit code 1 if any differed.

Expressions have types, so that most of them mean something; now and then one of another type is put in, so that errors
are compared, too. What python3 does not promise is not asked for: the order of a set, addresses, hashes of strings.
"""

import argparse
import os
import random
import re
import sys
import tempfile
import warnings

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import compare  # noqa: E402

# ---- trees ---------------------------------------------------------------------------------------------


class Expr:
    def __init__(self, kind, *parts):
        self.kind = kind
        self.parts = list(parts)  # of str and Expr

    def text(self):
        return "".join([part if isinstance(part, str) else part.text() for part in self.parts])


class Stmt:
    """Lines and the blocks below them: a line is a list of str and Expr, a block a list of Stmt."""

    def __init__(self, *lines):
        self.lines = list(lines)

    def write(self, out, indent):
        for line in self.lines:
            if isinstance(line, Block):
                line.write(out, indent + 1)
            else:
                out.append("    " * indent + "".join([p if isinstance(p, str) else p.text() for p in line]))


class Block:
    def __init__(self, statements):
        self.statements = statements

    def write(self, out, indent):
        for statement in self.statements:
            statement.write(out, indent)
        if not self.statements:
            out.append("    " * indent + "pass")


def source_of(program):
    out = [
        "def stable(v):",
        "    if isinstance(v, (set, frozenset)):",
        "        return sorted([stable(x) for x in v], key=repr)",
        "    if type(v) is dict:",
        "        return {k: stable(x) for k, x in v.items()}",
        "    return type(v)([stable(x) for x in v]) if type(v) in (list, tuple) else v",
        "",
        "def show(*values):",
        "    print(*[repr(stable(v)) for v in values])",
        "",
    ]
    program.write(out, 0)
    return "\n".join(out) + "\n"


# ---- the grammar ---------------------------------------------------------------------------------------

INTS = ["0", "1", "-1", "2", "3", "-3", "7", "10", "-17", "255", "1000", "2**30", "-2**31", "2**62", "2**62 - 1", "-2**62", "2**63", "2**64 + 1", "10**25", "-10**20", "True", "False"]
SMALL = ["0", "1", "2", "3", "-1", "-2", "4", "5"]
FLOATS = ["0.0", "-0.0", "1.0", "-1.5", "0.1", "2.5", "1e16", "1e-7", "123.456", "1e300", "-3.25", "1e22", "float('inf')", "float('nan')"]
STRS = ["''", "'a'", "'abc'", "'Hello World'", "' pad '", "'é'", "'日本'", "'a,b,,c'", "'x\\ny'", "\"it's\"", "'AbC'", "'12'", "'-3.5'", "'\\x00\\t'", "'zz' 'y'", "'%d'"]
KINDS = ["int", "float", "str", "list", "dict", "tuple", "set", "bool", "none"]
NAMES = {"int": "i", "float": "f", "str": "s", "list": "l", "dict": "d", "tuple": "t", "set": "e", "any": "a"}
SIMPLEST = {"int": "0", "small": "0", "float": "0.0", "str": "''", "list": "[]", "dict": "{}", "tuple": "()", "set": "set()", "bool": "True", "none": "None", "any": "0", "iter": "[]"}

# Methods and calls by the kind of their result: templates with the kinds of their holes in braces.
CALLS = {
    "int": ["len({str})", "len({list})", "len({dict})", "abs({int})", "ord('q')", "int({float})", "int({str})", "{str}.find({str})", "{str}.count({str})", "{str}.index({str})", "{list}.count({any})", "{list}.index({any})",
            "sum({ints})", "min({int}, {int})", "max({ints})", "{int}.bit_length()", "{dict}.get({any}, {int})", "round({float})", "divmod({int}, {int})[0]", "({int} if {bool} else {int})", "(lambda x, y={int}: x - y)({int})",
            "len({set})", "(-{int})", "(~{int})", "hash({int})", "pow({int}, {small}, {int})", "{int} // {int}", "{int} % {int}", "{int} & {int}", "{int} | {int}", "{int} ^ {int}", "{int} >> abs({small})", "{int} << abs({small})", "{int} ** abs({small})",
            "sum([x for x in {ints} if x > {int}])", "next(iter({ints}), {int})", "len(f'{{{any}}}')", "int({bool})", "{tuple}.count({any})", "sum(map(lambda v: v + 1, {ints}))"],
    "float": ["float({int})", "float({str})", "abs({float})", "{float} + {float}", "{float} * {float}", "{float} - {int}", "{int} / {int}", "{float} / {float}", "{float} // {float}", "{float} % {float}", "{float} ** 2", "round({float}, {small})", "max({float}, {int})", "(-{float})", "sum([{float}, {float}], {int})", "({float} if {bool} else {float})"],
    "str": ["str({any})", "repr({any})", "{str} + {str}", "{str} * {small}", "{str}[{small}]", "{str}[{slice}]", "{str}.upper()", "{str}.lower()", "{str}.title()", "{str}.swapcase()", "{str}.capitalize()", "{str}.strip()", "{str}.strip({str})", "{str}.lstrip()", "{str}.rstrip({str})", "{str}.replace({str}, {str})", "{str}.replace({str}, {str}, {small})", "{str}.join({strs})", "{str}.zfill({small})", "{str}.center({small})", "{str}.ljust({small}, '*')", "{str}.rjust(8)", "'%s|%5s' % ({any}, {str})", "'%d %x' % ({int}, {int})", "'%.3f %g' % ({float}, {float})", "'%5d|%-5d|%05d' % ({int}, {int}, {int})", "f'{{{any}}} {{{str}!r}}'", "f'{{{int}:>8}}|{{{int}:x}}|{{{int}:,}}'", "f'{{{float}:.2f}} {{{float}:10.3e}} {{{float}:g}}'", "f'{{{str}:^9}}|{{{str}:.2}}'", "'{{}} {{}}'.format({any}, {any})", "format({int}, '08b')", "''.join(reversed({str}))", "chr(97 + abs({small}))", "hex({int})", "bin({int})", "oct({int})", "min({strs}, default='-')", "({str} if {bool} else {str})", "{str}.partition({str})[0]", "{str}.rpartition({str})[2]", "'-'.join([str(x) for x in {list}])", "{str}.expandtabs({small})", "{str}.removeprefix({str})", "ascii({any})", "str({float})"],
    "list": ["[{any}, {any}]", "[{any}, *{list}]", "{list} + {list}", "{list} * {small}", "{list}[{slice}]", "sorted({ints})", "sorted({strs}, key=len)", "sorted({ints}, reverse=True)", "list({tuple})", "list({str})", "list({dict})", "list({dict}.items())", "list({dict}.values())", "list(range({small}))", "list(range({small}, {small}, {small}))", "{str}.split()", "{str}.split({str})", "{str}.split(',', {small})", "{str}.splitlines()", "[x for x in {iter}]", "[(x, y) for x in {ints} for y in {str}[:2]]", "[x for x in {iter} if {bool}]", "list(map(str, {list}))", "list(filter(None, {list}))", "list(zip({list}, {str}))", "list(enumerate({str}))", "list(reversed({list}))", "[[y for y in range(x % 3)] for x in {ints}]", "sorted({set}, key=repr)", "{list}.copy()", "[*{str}, *{tuple}]", "list(x for x in {iter})", "({list} or {list})"],
    "dict": ["{{{key}: {any}, {key}: {any}}}", "dict({dict})", "{{**{dict}, {key}: {any}}}", "{{x: len(str(x)) for x in {strs}}}", "dict(zip({str}, {ints}))", "dict.fromkeys({str}, {int})", "dict(a={any}, b={any})", "{dict} | {dict}", "{{k: v for k, v in {dict}.items() if {bool}}}", "{dict}.copy()"],
    "tuple": ["({any}, {any})", "({any},)", "tuple({list})", "{tuple} + {tuple}", "{tuple}[{slice}]", "divmod({int}, {int})", "{str}.partition({str})", "tuple(sorted({ints}))", "(*{str}, {any})", "{tuple} * {small}"],
    "set": ["set({ints})", "{{{int}, {int}}}", "set({str})", "{set} | {set}", "{set} & {set}", "{set} - {set}", "{set} ^ {set}", "{{x % 5 for x in {ints}}}", "frozenset({ints})"],
    "bool": ["{int} < {int}", "{int} == {float}", "{float} >= {float}", "{str} < {str}", "{str} in {str}", "{any} == {any}", "{any} != {any}", "{any} in {list}", "{key} in {dict}", "not {any}", "{bool} and {bool}", "{bool} or {bool}", "{int} < {int} <= {int}", "{int} in {set}", "isinstance({any}, (int, str))", "{str}.startswith({str})", "{str}.endswith({str})", "{str}.isdigit()", "{str}.isalpha()", "{str}.isspace()", "{str}.isupper()", "{list} == {list}", "{tuple} < {tuple}", "any({list})", "all({list})", "bool({any})", "{any} is None", "{any} is not None", "{set} <= {set}", "callable({any})"],
    "key": ["{int}", "{str}", "{small}", "({small}, {str})", "{float}"],
    "ints": ["[{int}, {int}, {int}]", "range({small})", "({int}, {int})", "[x * 2 for x in range(4)]"],
    "strs": ["[{str}, {str}]", "{str}.split(',')", "({str}, {str}, {str})", "{str}"],
    "iter": ["{list}", "{tuple}", "{str}", "{dict}", "range({small})", "zip({str}, {list})", "enumerate({list})", "({dict}.items())", "(x for x in {list})", "map(repr, {list})"],
    "slice": ["{small}:", ":{small}", "{small}:{small}", "::{small}", "{small}:{small}:{small}", "::-1", ":", "::2"],
}
# The third hole of `{int}` in a template for a call of itself: what a wrong kind may be put into.
STRICT = {"small", "slice", "key", "ints", "strs", "iter", "bool"}


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.functions = 0
        self.mistakes = self.random.choice([0, 0, 0.02, 0.05])

    def chance(self, p):
        return self.random.random() < p

    def expr(self, kind, depth):
        r = self.random
        if kind not in STRICT and self.chance(self.mistakes):
            kind = r.choice(KINDS)
        if kind == "any":
            if self.chance(0.15):
                return Expr("any", r.choice(["a0", "a1"]))
            kind = r.choice(KINDS)
        if kind == "small":
            return Expr(kind, r.choice(SMALL))
        if kind in NAMES and self.chance(0.3):
            return Expr(kind, NAMES[kind] + r.choice("01"))
        leaf = self.leaf(kind)
        if kind not in CALLS or depth <= 0 or self.chance(0.25):
            return leaf
        return self.fill(kind, r.choice(CALLS[kind]), depth - 1)

    def leaf(self, kind):
        r = self.random
        if kind == "none":
            return Expr(kind, "None")
        if kind == "bool":
            return Expr(kind, r.choice(["True", "False"]))
        literals = {"int": INTS, "float": FLOATS, "str": STRS}.get(kind)
        if literals:
            text = r.choice(literals)
            return Expr(kind, f"({text})" if text[0] == "-" or " " in text and text[0] not in "'\"" or "**" in text else text)
        empty = {"list": ["[]", "[1, 2, 3]", "['a', None]"], "dict": ["{}", "{'a': 1, 2: 'b'}"], "tuple": ["()", "(1, 'x')"], "set": ["set()", "{1, 2}"],
                 "key": ["'a'", "1", "2"], "ints": ["[3, 1, 2]", "range(3)"], "strs": ["['b', 'a']", "'xyz'"], "iter": ["[1, 2]", "'ab'", "range(3)"], "slice": ["1:", ":"]}
        return Expr(kind, r.choice(empty[kind]))

    def fill(self, kind, template, depth):
        """A template's text with its holes filled. Doubled braces stand for themselves, as in str.format."""
        parts, at = [], 0
        in_quotes = "f'" in template
        while at < len(template):
            if template.startswith(("{{", "}}"), at):
                parts.append(template[at])
                at += 2
            elif template[at] == "{":
                end = template.index("}", at)
                inner = self.hole(template[at + 1 : end], depth, in_quotes)
                at = end + 1
                # A number before a dot needs parentheses, and any kind may stand there by mistake.
                parts += ["(", *inner, ")"] if template.startswith(".", at) and not in_quotes else inner
            else:
                parts.append(template[at])
                at += 1
        if kind in ("slice", "iter", "ints", "strs", "key"):
            return Expr(kind, *parts)
        return Expr(kind, "(", *parts, ")")

    def hole(self, kind, depth, in_quotes):
        if not in_quotes:
            return [self.expr(kind, depth)]
        # Inside a formatted string literal there can be neither its own quotes nor backslashes: names only.
        name = NAMES.get(kind, "a") + self.random.choice("01")
        return [Expr("name", name)]

    # ---- statements ----

    def block(self, depth, context, size=None):
        size = size or self.random.randrange(1, 4)
        return Block([self.statement(depth, context) for _ in range(size)])

    def statement(self, depth, context):
        r = self.random
        simple = [self.assign, self.assign, self.augmented, self.show, self.show, self.mutate, self.unpack]
        if "loop" in context:
            simple.append(self.jump)
        if "yield" in context:
            simple += [self.yields, self.yields]
        if "function" in context and self.chance(0.1):
            return Stmt(["return ", self.expr("any", 2)] if "yield" not in context or self.chance(0.3) else ["show('at', ", self.expr("any", 1), ")"])
        if depth <= 0 or self.chance(0.5):
            return r.choice(simple)()
        compound = [self.conditional, self.loop, self.while_loop, self.tries, self.function, self.generator, self.class_]
        return r.choice(compound)(depth - 1, context)

    def target(self):
        kind = self.random.choice(list(NAMES))
        return kind, NAMES[kind] + self.random.choice("01")

    def assign(self):
        kind, name = self.target()
        return Stmt([name, " = ", self.expr(kind, 3)], [f"show({name!r}, {name})"])

    def augmented(self):
        operator, kind, value = self.random.choice(
            [("+", "int", "int"), ("-", "int", "int"), ("*", "int", "small"), ("//", "int", "int"), ("%", "int", "int"), ("&", "int", "int"), ("|", "int", "int"), ("^", "int", "int"), (">>", "int", "small"),
             ("+", "float", "float"), ("*", "float", "float"), ("/", "float", "int"), ("+", "str", "str"), ("*", "str", "small"), ("+", "list", "list"), ("+", "list", "str"), ("+", "tuple", "tuple"), ("|", "dict", "dict"), ("|", "set", "set"), ("-", "set", "set"), ("&", "set", "set")])
        name = NAMES[kind] + self.random.choice("01")
        # What repeats itself stays small.
        limit = [f"{name} = {name}[:50]"] if kind in ("list", "str", "tuple") else [f"{name} = {name} % 10**40 if isinstance({name}, int) else 0"] if kind == "int" else ["pass"]
        return Stmt([name, f" {operator}= ", self.expr(value, 2)], limit, [f"show({name!r}, {name})"])

    def show(self):
        return Stmt(["show(", self.expr(self.random.choice(KINDS), 4), ")"])

    def mutate(self):
        templates = [("list", "{}.append(", "any"), ("list", "{}.extend(", "iter"), ("list", "{}.remove(", "any"), ("list", "{}.insert(1, ", "any"), ("list", "{}.pop(", "small"), ("dict", "{}.pop(", "key"), ("dict", "{}.update(", "dict"), ("dict", "{}.setdefault('k', ", "any"), ("set", "{}.add(", "key"), ("set", "{}.discard(", "key")]
        kind, template, argument = self.random.choice(templates)
        name = NAMES[kind] + self.random.choice("01")
        if self.chance(0.3):
            # What holds itself prints as dots; that is tested elsewhere. Here it would only grow.
            kind = self.random.choice(["list", "dict"])
            name = NAMES[kind] + self.random.choice("01")
            where = "[" + self.random.choice(["0", "-1", "1:2", "::2", "1:"]) + "]" if kind == "list" else "['k']"
            if self.chance(0.3):
                return Stmt([f"del {name}{where}"], [f"show({name})"])
            value = self.expr("list" if ":" in where else "int", 2)
            return Stmt([f"{name}{where} = ", value], [f"{name} = {name}[:30]" if kind == "list" else "pass"], [f"show({name})"])
        result = "show(" + template.format(name)
        return Stmt([result, self.expr("int" if argument == "any" else argument, 2), "))"], [f"{name} = {name}[:30]" if kind == "list" else "pass"], [f"show({name})"])

    def unpack(self):
        targets = self.random.choice(["a0, a1", "a0, *l0", "*l1, a1", "(a0, a1), i0", "a0, a1, *l0", "[i0, s0]", "a0, i1 = i1, a0 #"])
        return Stmt([targets + " = ", self.expr(self.random.choice(["list", "tuple", "str", "dict"]), 2)], ["show(a0, a1, l0, l1)"])

    def jump(self):
        return Stmt([self.random.choice(["break", "continue"])])

    def yields(self):
        return self.random.choice([
            lambda: Stmt(["yield ", self.expr("any", 2)]),
            lambda: Stmt(["a0 = yield ", self.expr("any", 1)], ["show('sent', a0)"]),
            lambda: Stmt(["yield from ", self.expr("iter", 2)]),
        ])()

    def conditional(self, depth, context):
        lines = [["if ", self.expr("bool", 2), ":"], self.block(depth, context)]
        if self.chance(0.3):
            lines += [["elif ", self.expr("any", 2), ":"], self.block(depth, context)]
        if self.chance(0.5):
            lines += [["else:"], self.block(depth, context)]
        return Stmt(*lines)

    def loop(self, depth, context):
        target = self.random.choice(["a0", "a1", "i0", "s1", "a0, a1", "a0, *l0"])
        items = ["for ", target, " in list(", self.expr("iter", 2), ")[:5]:"]
        lines = [items, self.block(depth, context | {"loop"})]
        if self.chance(0.3):
            lines += [["else:"], self.block(depth, context)]
        return Stmt(*lines)

    def while_loop(self, depth, context):
        self.functions += 1
        n = f"n{self.functions}"
        body = self.block(depth, context | {"loop"})
        lines = [[f"{n} = 4"], [f"while ({n} := {n} - 1) and ", self.expr("bool", 1), ":"], body]
        if self.chance(0.3):
            lines += [["else:"], self.block(depth, context)]
        return Stmt(*lines)

    def tries(self, depth, context):
        lines = [["try:"], self.block(depth, context)]
        if self.chance(0.3):
            lines[1].statements.append(Stmt([self.random.choice(["raise ValueError(", "raise KeyError(", "raise RuntimeError("]), self.expr("any", 1), ")"]))
        if self.chance(0.8):
            caught = self.random.choice(["Exception", "ValueError", "(TypeError, ValueError)", "LookupError", "ArithmeticError"])
            lines += [[f"except {caught} as error:"], Block([Stmt(["show(type(error).__name__, str(error))"])] + self.block(depth, context, 1).statements)]
            if self.chance(0.3):
                lines += [["else:"], self.block(depth, context)]
            if self.chance(0.3):
                lines += [["finally:"], self.block(depth, context - {"loop", "yield", "function"})]
        else:
            lines += [["finally:"], self.block(depth, context - {"loop", "yield", "function"})]
        return Stmt(*lines)

    PARAMETERS = [
        ("a0, a1", [("", 2)]), ("a0, a1=7", [("", 1), ("", 2)]), ("a0, *l0", [("", 1), ("", 3)]), ("a0, *, a1=1", [("", 1), ("a1=", 2)]), ("*l0, a0, **d0", [("a0=", 2), ("z=", 1)]), ("a0=1, /, a1=2, **d0", [("", 0), ("q=", 2)]),
    ]

    def header(self, context):
        """Variables of the outside are read through parameters with defaults, or made afresh."""
        return [
            Stmt(["a0 = a1 = None"]), Stmt(["i0, i1 = 5, ", self.leaf("int")]), Stmt(["f0, f1 = 0.5, ", self.leaf("float")]), Stmt(["s0, s1 = 'text', ", self.leaf("str")]),
            Stmt(["l0, l1 = [1, 2], ", self.leaf("list")]), Stmt(["d0, d1 = {'k': 1}, ", self.leaf("dict")]), Stmt(["t0, t1 = (1, 2), ", self.leaf("tuple")]), Stmt(["e0, e1 = {1}, ", self.leaf("set")]),
        ]

    def function(self, depth, context, method=False):
        self.functions += 1
        name = f"g{self.functions}"
        parameters, calls = self.random.choice(self.PARAMETERS)
        own = [name.split("=")[0].strip(" *") for name in parameters.split(",")]
        others = [s for s in self.header(context)]
        head = []
        for s in others:
            names = s.lines[0][0].split(" = ")[0].replace(" ", "").split(",")
            if not set(names) & set(own) and s.lines[0][0].startswith("a0") is False:
                head.append(s)
        if "a0" not in own:
            head.append(Stmt(["a0 = 1"]))
        if "a1" not in own:
            head.append(Stmt(["a1 = 1"]))
        for v in ("l0", "l1", "d0", "d1"):
            if v not in own:
                head.append(Stmt([v + " = " + ("[1, 2]" if v[0] == "l" else "{'k': 1}")]))
        body = Block(head + self.block(depth, {"function"}).statements)
        arguments = []
        for prefix, count in calls:
            if prefix:
                arguments.append([prefix, self.expr("any", 1)])
            else:
                arguments += [["", self.expr("any", 1)] for _ in range(count)]
        # Positional ones first; and sometimes one too few or too many.
        arguments.sort(key=lambda a: a[0] != "")
        if self.chance(0.15) and arguments:
            arguments.pop()
        if self.chance(0.1):
            arguments.insert(0, ["", self.expr("int", 0)])
        seen, unique = set(), []
        for a in arguments:
            if a[0] == "" or a[0] not in seen:
                unique.append(a)
            seen.add(a[0])
        call = [f"show('result', {name}("]
        for i, (prefix, value) in enumerate(unique):
            call += [", " if i else "", prefix, value]
        return Stmt([f"def {name}({parameters}):"], body, call + ["))"])

    def generator(self, depth, context):
        self.functions += 1
        name = f"g{self.functions}"
        body = Block(self.header(context) + [Stmt(["yield 'start'"])] + self.block(depth, {"function", "yield"}, 3).statements)
        use = self.random.choice([
            [[f"show(list({name}())[:20])"]],
            [[f"it = {name}()"], ["show(next(it), next(it, 'end'), it.close())"]],
            [[f"it = {name}()"], ["show(next(it))"], ["show(it.send(", self.leaf("int"), "))"], ["show(list(it)[:9])"]],
            [[f"it = {name}()"], ["show(next(it))"], ["show(it.throw(ValueError('thrown')))"]],
            [[f"for a0 in {name}():"], Block([Stmt(["show('item', a0)"]), Stmt(["if ", self.expr("bool", 1), ":"], Block([Stmt(["break"])]))])],
        ])
        return Stmt([f"def {name}():"], body, *use)

    def class_(self, depth, context):
        self.functions += 1
        name = f"C{self.functions}"
        methods = [
            Stmt(["def __init__(self, x=", self.expr("int", 1), "):"], Block([Stmt(["self.x = x"])])),
            Stmt(["def __repr__(self):"], Block([Stmt([f"return f'{name}({{self.x!r}})'"])])),
        ]
        special = [
            Stmt(["def __eq__(self, other):"], Block([Stmt(["return self.x == getattr(other, 'x', other)"])])),
            Stmt(["def __lt__(self, other):"], Block([Stmt(["return ", self.expr("bool", 1)])]),),
            Stmt(["def __add__(self, other):"], Block([Stmt(["return ", self.random.choice(["NotImplemented", f"{name}(self.x)", "self.x + 1"])])])),
            Stmt(["def __radd__(self, other):"], Block([Stmt(["return ('radd', other)"])])),
            Stmt(["def __getitem__(self, k):"], Block([Stmt(["if k == 3:"], Block([Stmt(["raise IndexError(k)"])])), Stmt(["return k"])])),
            Stmt(["def __len__(self):"], Block([Stmt(["return ", self.random.choice(["3", "0", "self.x"])])])),
            Stmt(["def __bool__(self):"], Block([Stmt(["return ", self.expr("bool", 0)])])),
            Stmt(["def __contains__(self, k):"], Block([Stmt(["return ", self.random.choice(["k == self.x", "5", "[]"])])])),
            Stmt(["def __call__(self, *args, **kw):"], Block([Stmt(["return args, kw"])])),
            Stmt(["def __iter__(self):"], Block([Stmt(["yield self.x"]), Stmt(["yield from 'ab'"])])),
            Stmt(["def __getattr__(self, n):"], Block([Stmt(["return 'missing ' + n"])])),
            Stmt(["@property"], ["def p(self):"], Block([Stmt(["return ", self.random.choice(["self.x", "self.nothing", "'property'"])])])),
            Stmt(["@staticmethod"], ["def st(*a):"], Block([Stmt(["return a"])])),
            Stmt(["@classmethod"], ["def cl(cls, *a):"], Block([Stmt(["return cls.__name__, a"])])),
            Stmt(["y = ", self.leaf("int")]),
            Stmt(["def __hash__(self):"], Block([Stmt(["return 5"])])),
            Stmt(["def __enter__(self):"], Block([Stmt(["return 'entered'"])])),
            Stmt(["def __exit__(self, kind, value, trace):"], Block([Stmt(["show('exit', kind is None, str(value))"]), Stmt(["return ", self.leaf("bool")])])),
        ]
        # Names of the outside are not used in methods that the generator filled: literals only.
        methods += self.random.sample(special, 7)
        made = [Stmt([f"class {name}:"], Block(methods)), Stmt(["a0 = ", f"{name}(", self.leaf("int"), ")"])]
        if self.chance(0.5):
            self.functions += 1
            child = f"C{self.functions}"
            over = [
                Stmt(["def __repr__(self):"], Block([Stmt(["return 'child of ' + super().__repr__()"])])), Stmt(["y = 'child'"]),
                Stmt(["def __init__(self, *a):"], Block([Stmt(["super().__init__(*a)"]), Stmt(["self.z = 1"])])),
                Stmt(["def __radd__(self, other):"], Block([Stmt(["return 'child radd'"])])), Stmt(["def __eq__(self, other):"], Block([Stmt(["return NotImplemented"])])),
            ]
            made += [Stmt([f"class {child}({name}):"], Block(self.random.sample(over, 2))), Stmt(["a1 = ", f"{child}(", self.leaf("int"), ")"])]
        uses = [use.replace("NAME", name) for use in self.random.sample(self.USES, 8)]
        made += [self.guarded(Stmt([f"show({use})"])) for use in uses]
        if self.chance(0.3):
            made.append(Stmt(["with a0 as a1:"], Block([Stmt(["show(a1)"]), Stmt(["show(", self.leaf("int"), " / 0)"]) if self.chance(0.5) else Stmt(["pass"])])))
        return Stmt(["if True:"], Block(made))

    USES = ["a0", "a0 == a1", "a0 < 5", "a0 + 1", "1 + a0", "a0 + a1", "a0[1]", "len(a0)", "bool(a0)", "5 in a0", "a0(1, k=2)", "list(a0)", "a0.foo", "a0.p", "a0.st(1)", "a0.cl(2)", "NAME.cl(3)", "a0.y", "NAME.y", "[a0]", "{a0: 1}[a0]", "str(a0)",
            "f'{a0} {a0!r:>20}'", "isinstance(a1, NAME)", "a0 != a1", "a1", "a1.z", "sorted(vars(a0).items())", "a0 > a1", "max([a0, a0])", "-a0", "hasattr(a0, 'p')", "a0 is a1", "[*a0]", "'%s' % a0", "{**a0}", "a0 @ a1", "a0.x.nothing"]

    def guarded(self, statement):
        return Stmt(["try:"], Block([statement]), ["except Exception as error:"], Block([Stmt(["show(type(error).__name__, str(error))"])]))

    def program(self, blocks):
        statements = []
        for number in range(blocks):
            body = Block(self.header(set()) + self.block(3, {"function"}, self.random.randrange(2, 6)).statements)
            statements.append(Stmt([f"def block{number}():"], body, ["try:"], Block([Stmt([f"show('block {number}', block{number}())"])]), ["except Exception as error:"], Block([Stmt(["show(type(error).__name__, str(error))"])])))
        return Block(statements)


# ---- comparing and shrinking ---------------------------------------------------------------------------


def unordered(outcome):
    """With the items of each set that was printed in one order: as text sets reach f-strings, errors, and what is made of those."""
    for part, text in outcome.parts.items():
        outcome.parts[part] = re.sub(r"\{[^{}:]*\}", lambda found: "{" + ", ".join(sorted(found[0][1:-1].split(", "))) + "}", text)
    return outcome


class Trial:
    def __init__(self, interpreter, folder):
        self.interpreter = [os.path.abspath(interpreter)]
        self.file = os.path.join(folder, "program.py")
        self.runs = 0

    def is_valid(self, source):
        try:
            compile(source, "program", "exec")
        except SyntaxError:
            return False
        return True

    def differences(self, source):
        if not self.is_valid(source):
            return []
        self.runs += 1
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(source)
        expected = compare.run(compare.PYTHON, self.file, timeout=20)
        return compare.differences(unordered(expected), unordered(compare.run(self.interpreter, self.file, timeout=60)))


def blocks_below(node):
    """All blocks of a program, the outer before the inner."""
    if isinstance(node, Block):
        yield node
        for statement in node.statements:
            for line in statement.lines:
                if isinstance(line, Block):
                    yield from blocks_below(line)


def slots_of(node):
    """Where expressions stand: pairs of a list and a place in it."""
    for block in blocks_below(node):
        for statement in block.statements:
            for line in statement.lines:
                if isinstance(line, list):
                    yield from slots_in(line)


def slots_in(parts):
    for i, part in enumerate(parts):
        if isinstance(part, Expr):
            yield parts, i
            yield from slots_in(part.parts)


def shrink(program, trial, budget):
    """Changes the program in place, and each change is taken back if the difference goes away with it."""

    def differs():
        return trial.runs < budget and bool(trial.differences(source_of(program)))

    def without_statements():
        done = False
        for block in list(blocks_below(program)):
            size = len(block.statements)
            while size:
                at = 0
                while at < len(block.statements):
                    kept = block.statements
                    block.statements = kept[:at] + kept[at + size :]
                    if differs():
                        done = True
                    else:
                        block.statements = kept
                        at += size
                size //= 2
        return done

    def hoisted():
        for block in list(blocks_below(program)):
            for i, statement in enumerate(block.statements):
                for line in statement.lines:
                    if isinstance(line, Block) and line.statements:
                        kept = block.statements
                        block.statements = kept[:i] + line.statements + kept[i + 1 :]
                        if differs():
                            return True
                        block.statements = kept
        return False

    def simpler():
        done = False
        for parts, i in list(slots_of(program)):
            whole = parts[i]
            if not isinstance(whole, Expr):
                continue
            simplest = Expr(whole.kind, SIMPLEST.get(whole.kind, "0"))
            candidates = [simplest] if whole.text() != simplest.text() else []
            for candidate in candidates + [part for part in whole.parts if isinstance(part, Expr)]:
                parts[i] = candidate
                if differs():
                    done = True
                    break
                parts[i] = whole
        return done

    while trial.runs < budget and (without_statements() or hoisted() or simpler()):
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("interpreter")
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--blocks", type=int, default=12, help="functions in a program")
    parser.add_argument("--budget", type=int, default=400, help="runs for shrinking one program")
    parser.add_argument("--most", type=int, default=3, help="differences after which to stop")
    parser.add_argument("--show", action="store_true", help="print the programs and do nothing else")
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # of what the grammar makes
    found = 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(options.first, options.first + options.seeds):
            program = Maker(seed).program(options.blocks)
            if options.show:
                print(source_of(program))
                continue
            trial = Trial(options.interpreter, folder)
            if not trial.is_valid(source_of(program)):
                print(f"seed {seed}: the grammar made what python3 does not compile")
                return 1
            if not trial.differences(source_of(program)):
                continue
            found += 1
            shrink(program, trial, options.budget)
            source = source_of(program)
            print(f"seed {seed}: not as python3 does it ({trial.runs} runs to shrink it):\n")
            print("\n".join("    " + line for line in source.splitlines()))
            print("\n".join(trial.differences(source)), flush=True)
            if found >= options.most:
                break
    if not options.show:
        print(f"seeds {options.first} to {options.first + options.seeds - 1}: " + (f"{found} differ" if found else "all as python3 does it"))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
