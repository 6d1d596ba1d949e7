#!/usr/bin/env python3
"""Runs stress/mutate.py for STRESS_SECONDS (1.5), with STRESS_SEED if it is set; nothing may be left at its end.

    stress.py INTERPRETER [--OPTION...] FILE
"""

import os
import subprocess
import sys
import time


PATIENCE = 150  # seconds more than it was to run: somebody has not been woken


def main(interpreter, *options):
    seconds = os.environ.get("STRESS_SECONDS") or "1.5"
    seed = os.environ.get("STRESS_SEED") or str(time.time_ns() % 10**9)
    try:
        done = subprocess.run([os.path.abspath(interpreter), *options, seconds, seed], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env=dict(os.environ, MINIPY_LEAKS="1"), timeout=float(seconds) + PATIENCE)
    except subprocess.TimeoutExpired:
        print(f"STRESS_SEED={seed}: waits for ever")
        return 1
    out = done.stdout.decode("utf-8", "backslashreplace").rstrip()
    if done.returncode != 0:
        print(f"{out}\nSTRESS_SEED={seed}: ended with {done.returncode}")
        return 1
    print(f"{out}, crashes 0")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
