#!/usr/bin/env python3
"""Runs programs in several interpreters of one process.

    interpreters.py INTERPRETER FILE...

Each of them has to print what python3 prints, in whole lines, and leave nothing: among the lines of all there is each line of
python3's once for each. Then programs of our own: what one of them does to its modules, its lock or its exit code is not the others'.
"""

import os
import sys
import tempfile

from compare import PYTHON, run

COUNT = 4

OWN = """
import math, sys, threading, time
me = sys.interpreter_id
assert not hasattr(math, "mine") and sys._is_gil_enabled()
math.mine = me
if me == 1:
    sys.setgil(False)
time.sleep(0.05)
assert math.mine == me and sys._is_gil_enabled() == (me != 1)
def parts():
    for i in range(50):
        print(me, end=" ")
        print("part", end="\\n")
thread = threading.Thread(target=parts)
thread.start()
thread.join()
sys.stdout.write(f"{me} end")
if me == 2:
    threading.Thread(target=time.sleep, args=(100,), daemon=True).start()
if me == 3:
    sys.exit(7)
"""


def lines(text):
    return sorted(text.splitlines())


def main(interpreter, *files):
    command = [os.path.abspath(interpreter), "--interpreters", str(COUNT)]
    failed = 0
    for path in files:
        wanted = run(PYTHON, os.path.abspath(path)).parts
        got = run(command, os.path.abspath(path)).parts
        if (lines(got["standard output"]) != sorted(lines(wanted["standard output"]) * COUNT)
                or got["exit code"] != wanted["exit code"]):
            failed += 1
            print(f"{path}: not as python3 does it\n", got)
    with tempfile.TemporaryDirectory() as folder:
        own = os.path.join(folder, "own.py")
        with open(own, "w", encoding="utf-8") as file:
            file.write(OWN)
        got = run(command, own).parts
    wanted = sorted(line for me in range(COUNT) for line in [f"{me} part"] * 50 + [f"{me} end"])
    if lines(got["standard output"]) != wanted or got["standard error"] or got["exit code"] != "7":
        failed += 1
        print("programs of our own:\n", got)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
