#!/bin/sh
# fence_mutants_test.sh EXPLORER: without any one fence of the asymmetric unlock, or without either drain behind a fence that
# fails, a harness of the hints has to fail.
EXPLORE_BIN=$(realpath "$1") && export EXPLORE_BIN
set -- --file weft_mutex.h --file weft_park.c --harness hint_ --jobs 2 --seconds 60
python3 -B formal/explore/mutants "$@" --what "fence dropped" && python3 -B formal/explore/mutants "$@" --what "drain dropped"
