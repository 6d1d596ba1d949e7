#!/bin/sh
# harness_test.sh NAME EXPLORER: one row of harnesses.bzl. Its row of the report is in the log.
exec python3 formal/explore/harnesses.py --rows --explorer "$2" "$1"
