#!/usr/bin/env python3
"""compare.py sees every kind of difference, and none where there is none."""

import os
import subprocess
import sys
import tempfile

COMPARE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "compare.py")
FAITHFUL = "exec {python} -W ignore \"$@\""
PROGRAM = "print('a')\n#%%\nimport sys\nprint('b')\nsys.exit(3)\n#%%\ndef f():\n    return 1 / 0\nf()\n#%%\nx = (\n#%%\n# compare with: 7\nimport sys\nprint(sys.argv[1:])\n#%%\n# compare without errors\nimport sys\nprint('x', file=sys.stderr)\n"
INTERPRETERS = [  # what it is, the shell script, how many of the six programs it runs rightly
    ("faithful", FAITHFUL, 6),
    ("another exit code", "{python} -W ignore \"$@\"; exit 3", 1),
    ("lost output", "{python} -W ignore \"$@\" >/dev/null", 3),
    ("more output", "echo more; " + FAITHFUL, 0),
    ("other errors", "{python} -W ignore \"$@\" 2>/dev/null", 4),
    ("a different traceback", "{python} -W ignore \"$@\" 2> >(sed 's/line 3/line 5/' >&2)", 5),
    ("no marks in tracebacks", "{python} -W ignore \"$@\" 2> >(sed '/^    ~[~^]*$/d' >&2)", 6),
    ("no mark at a syntax error", "{python} -W ignore \"$@\" 2> >(sed '/^ *^$/d' >&2)", 5),
    ("no arguments", "exec {python} -W ignore \"$1\"", 5),
]

failures = 0
with tempfile.TemporaryDirectory() as folder:
    program = os.path.join(folder, "program.py")
    with open(program, "w") as file:
        file.write(PROGRAM)
    for name, script, expected in INTERPRETERS:
        interpreter = os.path.join(folder, "interpreter")
        with open(interpreter, "w") as file:
            # The last command waits for the filter, so that its output is not lost.
            file.write("#!/bin/bash\n" + script.format(python=sys.executable) + "\ncode=$?; wait; exit $code\n")
        os.chmod(interpreter, 0o755)
        done = subprocess.run([sys.executable, COMPARE, interpreter, program], stdout=subprocess.PIPE, text=True)
        said = done.stdout.splitlines()[-1]
        if said != f"{expected} of 6 programs as python3 runs them" or (done.returncode == 0) != (expected == 6):
            failures += 1
            print(f"{name}: expected {expected} of 6, got exit code {done.returncode} and\n{done.stdout}")
print("all as expected" if failures == 0 else f"{failures} wrong")
sys.exit(failures > 0)
