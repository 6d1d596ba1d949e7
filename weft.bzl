"""Project macros: one place for language levels and warnings.

Bazel 4 has no per-language conlyopts attribute, so C and C++ live in different targets.
"""

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror"]

def weft_cc_library(name, srcs = [], hdrs = [], copts = [], linkopts = [], **kwargs):
    """A C11 library. Sources define the feature macros they need (_GNU_SOURCE is not set for them).

    NAME_sources holds its files, for tests that compile them by other means.
    """
    native.filegroup(
        name = name + "_sources",
        srcs = srcs + hdrs,
        visibility = ["//visibility:public"],
    )
    native.cc_library(
        name = name,
        srcs = srcs,
        hdrs = hdrs,
        copts = ["-std=c11", "-Wconversion", "-Wstrict-prototypes"] + WARNINGS + copts,
        linkopts = ["-pthread"] + linkopts,
        **kwargs
    )

def weft_cc_binary(name, copts = [], linkopts = [], **kwargs):
    """A C11 program."""
    native.cc_binary(
        name = name,
        copts = ["-std=c11"] + WARNINGS + copts,
        linkopts = ["-pthread"] + linkopts,
        **kwargs
    )

def weft_cc_test(name, copts = [], deps = [], **kwargs):
    """A GoogleTest in C++17 over the C API."""
    native.cc_test(
        name = name,
        copts = ["-std=c++17"] + WARNINGS + copts,
        linkopts = ["-pthread"],
        deps = deps + ["@com_google_googletest//:gtest_main"],
        **kwargs
    )
