#!/bin/sh
# fence_mutants_test.sh EXPLORER: without any one fence of the asymmetric unlock, a harness of the hints has to fail.
EXPLORE_BIN=$(realpath "$1") exec python3 -B formal/explore/mutants --file weft_mutex.h --file weft_park.c --what "fence dropped" --harness hint_2 --jobs 2 --seconds 60
