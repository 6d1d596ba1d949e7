"""Macros of the benchmarks: C++17 with the project's warnings."""

load("//:weft.bzl", "WARNINGS")

CXX = ["-std=c++17"] + WARNINGS

def bench_library(name, linkopts = [], **kwargs):
    native.cc_library(
        name = name,
        copts = CXX,
        linkopts = ["-pthread"] + linkopts,
        **kwargs
    )
