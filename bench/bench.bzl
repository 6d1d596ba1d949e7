"""Macros of the benchmarks: C++17 and C11 with the project's warnings."""

load("//:weft.bzl", "WARNINGS", "weft_cc_library")

# Where the linker happens to put a loop of a dozen instructions decides up to 1.4x of its time (a list's borrow on an AMD
# EPYC whose other hardware thread is busy), and any change elsewhere moves it: all loops begin a line of the cache.
LOOPS = ["-falign-loops=64"]

CXX = ["-std=c++17"] + LOOPS + WARNINGS + ["-Werror"]

def bench_library(name, linkopts = [], **kwargs):
    native.cc_library(
        name = name,
        copts = CXX,
        linkopts = ["-pthread"] + linkopts,
        **kwargs
    )

def bench_c_library(name, **kwargs):
    weft_cc_library(name = name, copts = LOOPS, **kwargs)
