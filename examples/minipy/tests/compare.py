#!/usr/bin/env python3
"""Runs programs under python3 and under another interpreter, and compares what they print and how they end.

    compare.py INTERPRETER [--OPTION...] FILE...

A file with lines `#%%` is several programs, one after each. A line `# compare with: WORD...` says what arguments a program gets, one `# compare without errors` that its errors are its own affair. Standard output and the exit code have to be the same, and
standard error, too, but for four things that do not belong to the language or change with python3's version: the lines
of ^ and ~ under the source lines of a traceback (not those of a syntax error), entries of python3's own modules in
one, how many of a recursion's lines were left out, and python3's warnings, which are off. The output that is expected is never stored: python3 is asked.
minipy fails, too, if an object is left at its end. Options are for the interpreter.
"""

import difflib
import os
import re
import subprocess
import sys
import sysconfig
import tempfile

PYTHON = [sys.executable, "-E", "-s", "-S", "-B", "-W", "ignore"]
TIMEOUT = 120
SHOWN = 30  # lines of a difference
LIBRARY = '  File "' + sysconfig.get_path("stdlib")


class Outcome:
    def __init__(self, code, out, err):
        self.parts = {"standard output": out, "standard error": err, "exit code": code}


def as_text(data):
    return data.decode("utf-8", "backslashreplace")


def without_marks(err):
    """A traceback's source lines are indented by four; the marks below them are a line of their own."""
    kept, in_traceback, in_library = [], False, False
    for line in err.splitlines():
        in_library = line.startswith(LIBRARY) or (in_library and line.startswith("    "))
        if in_library:
            continue
        if line.startswith("Traceback (most recent call last):"):
            in_traceback = True
        elif not line.startswith(" "):
            in_traceback = False
        if in_traceback and line.strip() and not line.strip(" ^~"):
            continue
        kept.append(re.sub(r"^  \[Previous line repeated \d+ more times\]$", "  [Previous line repeated]", line))
    return "\n".join(kept)


def run(command, program, arguments=(), timeout=TIMEOUT):
    environment = dict(os.environ, PYTHONIOENCODING="utf-8", PYTHONHASHSEED="0", LC_ALL="C.UTF-8", MINIPY_LEAKS="1")
    try:
        done = subprocess.run(command + [program, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=timeout, env=environment)
    except subprocess.TimeoutExpired as late:
        return Outcome("none: not finished in time", as_text(late.stdout or b""), as_text(late.stderr or b""))
    return Outcome(str(done.returncode), as_text(done.stdout), without_marks(as_text(done.stderr)))


def differences(expected, got):
    lines = []
    for part, wanted in expected.parts.items():
        if wanted != got.parts[part]:
            diff = difflib.unified_diff(wanted.splitlines(), got.parts[part].splitlines(), "python3", "got", n=1, lineterm="")
            diff = list(diff) or ["differs in how lines end"]
            lines.append(f"  {part}:")
            lines += ["    " + line[:300] for line in diff[2:SHOWN]]
    return lines


def wishes_of(program):
    """Its arguments, and whether its errors are compared."""
    with open(program, encoding="utf-8", newline="") as file:
        text = file.read()
    found = re.search(r"^# compare with: (.*)$", text, flags=re.M)
    return found.group(1).split() if found else [], not re.search(r"^# compare without errors$", text, flags=re.M)


def without_errors(outcome):
    outcome.parts["standard error"] = ""
    return outcome


def programs_of(path, folder):
    """Pairs of what to call a program and the file to run."""
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    sections = re.split(r"^#%%\n", text, flags=re.M)
    if len(sections) == 1:
        return [(path, os.path.abspath(path))]
    programs = []
    for number, section in enumerate(sections, 1):
        name = os.path.basename(path).replace(".py", f"_{number}.py")
        with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as file:
            file.write(section)
        programs.append((f"{path}, section {number}", os.path.join(folder, name)))
    return programs


def main(arguments):
    if len(arguments) < 2:
        sys.exit(__doc__)
    interpreter, *files = arguments
    options = [file for file in files if file.startswith("--")]
    files = files[len(options):]
    failed = total = 0
    with tempfile.TemporaryDirectory() as folder:
        for path in files:
            for name, program in programs_of(path, folder):
                total += 1
                given, errors = wishes_of(program)
                ends = [run(command, program, given) for command in (PYTHON, [os.path.abspath(interpreter), *options])]
                lines = differences(*(ends if errors else map(without_errors, ends)))
                if lines:
                    failed += 1
                    print(f"{name}: not as python3 does it")
                    print("\n".join(lines))
    print(f"{total - failed} of {total} programs as python3 runs them")
    return 1 if failed or not total else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
