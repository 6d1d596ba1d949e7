"""The looks at shared words that a condition of lib/ depends on, for mutants: where each is, and what to put there so that
it finds that nothing has changed.

A look is a load, or a call of a function of lib/ that does nothing but return what one load says: the latter where it is
compared with something seen before, not with a constant. The rules, for the text of a source file:

  operand   A look that is an operand (between && and ||) of the condition of an if, or of one with several operands that is
            returned or assigned: `== x` becomes true, `!= x` becomes false; a load that is not compared becomes false, its
            negation true.
  loop      A while loop whose condition has such an operand, exchanges, or compares and exchanges: its body runs once at most.
  retry     A do loop of that kind: its body runs once.
  again     An assignment of a look to a variable, where the same look stands above in the same function: removed.

Not an if that only reports misuse (weft_fatal), not < and >, which compare counts and clocks, not a look among the arguments
of another function.
"""
import re

LOAD = r"weft_load_(?:relaxed|acquire|seq_cst)_(?:u8|u16|u32|u64|uptr|ptr)"
CHANGE = r"weft_(?:exchange|cas|cas_weak)_\w+"
READER = re.compile(r"\b(\w+)\([^()]*\) \{\s*return ([^;]*);\s*\}")
WRAPPED = re.compile(r"(!?)\s*(?:WEFT_LIKELY|WEFT_UNLIKELY)?\(")
COMPARISON = re.compile(r"[=!<>]=|(?<![-<>])[<>](?![<>])")
MISUSE = re.compile(r"\s*\{?\s*\w*(?:fatal|not_owned|misused)\w*\(")
HEAD = re.compile(r"\b(if|while) (?=\()|\b(return)\b|(?<![=!<>])=(?!=)")


def blanked(text):
    """The text without comments, strings and macros; places stay."""
    hidden = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|^ *#(?:\\\n|[^\n])*', re.S | re.M)
    return hidden.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def readers(sources):
    """The names of the functions that only return what one load says."""
    code = "\n".join(blanked(source) for source in sources)
    return {m.group(1) for m in READER.finditer(code) if len(re.findall(LOAD, m.group(2))) == 1}


def closing(code, opened):
    """The place of the parenthesis that closes the one at code[opened]."""
    depth = 0
    for i in range(opened, len(code)):
        depth += (code[i] == "(") - (code[i] == ")")
        if depth == 0:
            return i
    raise ValueError("a parenthesis is never closed")


def outside(code, start, end, pattern):
    """The matches of a pattern in code[start:end] that are in no parentheses."""
    depth = 0
    for m in re.compile(rf"[()]|{pattern.pattern}").finditer(code, start, end):
        if m.group() in "()":
            depth += 1 if m.group() == "(" else -1
            if depth < 0:
                return
        elif depth == 0:
            yield m


def operands(code, start, end):
    """The places of the operands of the condition code[start:end]."""
    while code[start].isspace():
        start += 1
    while code[end - 1].isspace():
        end -= 1
    wrapped = WRAPPED.match(code, start, end)
    if wrapped and closing(code, wrapped.end() - 1) == end - 1:
        inner = list(operands(code, wrapped.end(), end - 1))
        return inner if len(inner) > 1 or not wrapped.group(1) else [(start, end)]
    cuts = list(outside(code, start, end, re.compile(r"&&|\|\|")))
    if not cuts:
        return [(start, end)]
    edges = [start] + [place for cut in cuts for place in cut.span()] + [end]
    return [leaf for i in range(0, len(edges), 2) for leaf in operands(code, edges[i], edges[i + 1])]


class Rechecks:
    def __init__(self, names):
        self.look = re.compile(rf"\b(?:{'|'.join([LOAD, *sorted(names)])})\(")

    def unchanged(self, code, start, end):
        """What the operand is while nothing changes; None if it is none that looks."""
        if not self.look.search(code, start, end) or "?" in code[start:end]:
            return None
        compared = list(outside(code, start, end, COMPARISON))
        if compared:
            other = code[start:compared[0].start()], code[compared[0].end():end]
            constant = any(re.fullmatch(r"[\s(]*[A-Z0-9_]+[\s)]*", side) for side in other)
            return None if constant and not re.search(LOAD, code[start:end]) else {"==": "true", "!=": "false"}.get(compared[0].group())
        bare = re.compile(rf"(!?)[\s(]*{LOAD}\(").match(code, start, end)
        return ("true" if bare.group(1) else "false") if bare else None

    def conditions(self, code):
        """The places of the operands of conditions that decide something."""
        for m in HEAD.finditer(code):
            if m.group(1) == "if":
                end = closing(code, m.end())
                if not MISUSE.match(code, end + 1):
                    yield from operands(code, m.end() + 1, end)
            elif m.group(1) is None:
                end = next((e.start() for e in outside(code, m.end(), len(code), re.compile(r"[;,?{}]"))), m.end())
                parts = operands(code, m.end(), end) if code[m.end():end].strip() else []
                yield from parts if len(parts) > 1 else []

    def replacements(self, text):
        """(start, end, new text, what it is called) of each re-check in the text of a source file."""
        code = blanked(text)
        for start, end in self.conditions(code):
            value = self.unchanged(code, start, end)
            if value:
                yield start, end, value, f"{' '.join(code[start:end].split()).replace(',', ';')} -> {value}"  # formal/report splits at commas
        for m in re.finditer(r"^ *(\} )?while (?=\()", code, re.M):
            end = closing(code, m.end())
            leaves = operands(code, m.end() + 1, end)
            if re.compile(CHANGE).search(code, m.end(), end) or any(self.unchanged(code, *leaf) for leaf in leaves):
                if m.group(1):
                    yield m.end() + 1, end, "false", "retry dropped"
                else:
                    once = f"for (bool once = true; once && ({text[m.end() + 1:end]}); once = false)"
                    yield m.end() - len("while "), end + 1, once, "loop -> once"
        yield from self.taken_again(code)

    def taken_again(self, code):
        above, again = set(), 0
        assigned = re.compile(rf"^\}}|= ({self.look.pattern}[^;]*);", re.M)
        for m in assigned.finditer(code):
            if m.group() == "}":
                above, again = set(), 0  # the function's end
                continue
            look = " ".join(m.group(1).split())
            line = code[code.rfind("\n", 0, m.start()) + 1:m.start()]
            if look in above and re.fullmatch(r" *[\w>.-]+ ", line):
                again += 1
                yield m.start() - len(line.strip()) - 1, m.end(), "(void)0;", f"look taken again ({again}) dropped"
            above.add(look)
