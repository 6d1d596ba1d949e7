#!/bin/sh
# mutants_sample_test.sh EXPLORER: a few mutants of the smallest module, always the same, must be caught: the harnesses can fail.
# `make mutants` tries all mutants of all modules.
EXPLORE_BIN=$(realpath "$1") exec python3 -B formal/explore/mutants --file weft_seqlock.h --sample 4 --jobs 2 --seconds 60
