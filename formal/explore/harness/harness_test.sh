#!/bin/sh
# harness_test.sh NAME EXPLORER OBJECTS: one row of harnesses.bzl. Its row of the report is in the log. What OBJECTS, an archive, lacks is
# compiled here.
mkdir "$TEST_TMPDIR/objects" && tar -C "$TEST_TMPDIR/objects" -xf "$3" || exit 1
exec python3 -B formal/explore/harnesses.py --rows --explorer "$2" --objects "$TEST_TMPDIR/objects" "$1"
