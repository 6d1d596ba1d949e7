#!/usr/bin/env python3
"""What minipy does not have is an error that names it, and exit code 1: unsupported.py INTERPRETER."""

import os
import subprocess
import sys
import tempfile

PROGRAMS = {
    "class S(str): pass": "NotImplementedError: minipy: a subclass of 'str'",
    "class I(int): pass": "NotImplementedError: minipy: a subclass of 'int'",
    "class F(float): pass": "NotImplementedError: minipy: a subclass of 'float'",
    "class F(frozenset): pass": "NotImplementedError: minipy: a subclass of 'frozenset'",
    "class M(type): pass": "NotImplementedError: minipy: a subclass of 'type'",
    "type('S', (str,), {})": "NotImplementedError: minipy: a subclass of 'str'",
    "class A(metaclass=int): pass": "NotImplementedError: minipy: metaclasses",
    "x = b'abc'": "SyntaxError: minipy: bytes are not supported",
    "x = 1j": "SyntaxError: minipy: complex numbers are not supported",
    "match 1:\n    case 1: pass": "SyntaxError: minipy: match statements are not supported",
    "try:\n    pass\nexcept* ValueError: pass": "SyntaxError: minipy: except* is not supported",
    "from . import x": "SyntaxError: minipy: relative imports are not supported",
    "from .x import y": "SyntaxError: minipy: relative imports are not supported",
    "print('\\N{BULLET}')": "SyntaxError: minipy: \\N{...} in strings is not supported",
    "open('x', 'rb')": "NotImplementedError: minipy: files are text, opened by mode r, w or a",
    "'a'.encode()": "AttributeError: 'str' object has no attribute 'encode'",
    "bytes(3)": "NameError: name 'bytes' is not defined",
    "complex(1)": "NameError: name 'complex' is not defined",
    "exec('x = 1')": "NameError: name 'exec' is not defined",
    "import re": "ModuleNotFoundError: No module named 're'",
}


def last_error(interpreter, text, path):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text + "\n")
    done = subprocess.run([interpreter, path], capture_output=True, check=False)
    lines = done.stderr.decode("utf-8", "backslashreplace").splitlines()
    return done.returncode, lines[-1] if lines else ""


def main(interpreter):
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for text, wanted in PROGRAMS.items():
            got = last_error(os.path.abspath(interpreter), text, os.path.join(folder, "program.py"))
            if got != (1, wanted):
                failed += 1
                print(f"{text!r}: {got} instead of {wanted!r}")
    print(f"{len(PROGRAMS) - failed} of {len(PROGRAMS)} are named")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
