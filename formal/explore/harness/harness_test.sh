#!/bin/sh
# harness_test.sh NAME EXPLORER: one row of harnesses.bzl.
exec python3 formal/explore/harnesses.py --explorer "$2" "$1"
