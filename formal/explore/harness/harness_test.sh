#!/bin/sh
# harness_test.sh NAME EXPLORER PROGRAM: one row of harnesses.bzl, linked already. Its row of the report is in the log.
exec python3 -B formal/explore/harnesses.py --rows --explorer "$2" --programs "$(dirname "$3")" "$1"
