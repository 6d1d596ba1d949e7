"""Project macros: one place for language levels and warnings.

Bazel 4 has no per-language conlyopts attribute, so C and C++ live in different targets.
"""

# Loaded, not native: Bazel 9 has no native rules for C. Where Bazel 4 would download rules_cc, tools/bazel4 stands in.
load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_library", "cc_test")

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow"]

def _warnings():
    """Warnings are errors in our own build only: a later compiler of somebody who takes the library in knows more of them."""
    return WARNINGS + (["-Werror"] if native.repository_name() == "@" else [])

def weft_cc_library(name, srcs = [], hdrs = [], copts = [], linkopts = [], **kwargs):
    """A C11 library. Sources define the feature macros they need (_GNU_SOURCE is not set for them).

    NAME_sources holds its files, for tests that compile them by other means.
    """
    native.filegroup(
        name = name + "_sources",
        srcs = srcs + hdrs,
        visibility = ["//visibility:public"],
    )
    cc_library(
        name = name,
        srcs = srcs,
        hdrs = hdrs,
        copts = ["-std=c11", "-Wconversion", "-Wstrict-prototypes"] + _warnings() + copts,
        linkopts = ["-pthread"] + linkopts,
        **kwargs
    )

# What the library can be compiled as besides its plain form. Defines reach every user of a variant,
# so a test and all it stands on agree.
VARIANTS = {
    "checked": ["WEFT_CHECKED=1"],
    "statistics": ["WEFT_STATISTICS=1"],
    "pthread": ["WEFT_WAIT_PTHREAD=1"],
    "symmetric": ["WEFT_PARK_SYMMETRIC=1"],
    "nohints": ["WEFT_WITHOUT_HINTS=1"],
}

# Of these only what a test stands on is built: nothing above park and mutex knows of it, and tests/cross runs all in it.
ON_DEMAND = ["nohints"]

def _variant_label(label, variant):
    """The label of a module's variant: //lib/park is //lib/park:park_checked."""
    if ":" not in label:
        label = label + ":" + label.split("/")[-1]
    return label + "_" + variant

def weft_module(name, deps = [], **kwargs):
    """A C11 library together with its variants, NAME_checked and so on. `deps` are modules too."""
    weft_cc_library(name = name, deps = deps, **kwargs)
    for variant, defines in VARIANTS.items():
        weft_cc_library(
            name = name + "_" + variant,
            defines = defines,
            deps = [_variant_label(label, variant) for label in deps],
            tags = ["manual"] if variant in ON_DEMAND else [],
            **kwargs
        )

# Between the layers, for tests/seam.c.
SEAMS = [
    "weft_park",
    "weft_wait_word",
    "weft_wake_word",
    "weft_unpark_all",
    "weft_at_thread_end",
    "weft_map_pages",
    "weft_register_heavy_fence",
    "weft_heavy_fence",
    "weft_yield",
    "weft_now_ns",
    "malloc",
    "calloc",
    "realloc",
    "posix_memalign",
    "syscall",
]

def weft_scenario_test(name, scenarios, test, modules, hdrs = [], variants = [], tags = ["unit"], **kwargs):
    """GoogleTest NAME_test over C11 scenarios, and NAME_VARIANT_test for each of `variants`.

    Args:
      name: of the module; the library of scenarios is NAME_scenarios.
      scenarios: the C files.
      test: the C++ file that registers them.
      modules: what they test.
      hdrs: their headers.
      variants: of VARIANTS, besides the plain form.
      tags: of the tests.
      **kwargs: of the tests (size, shard_count...).
    """
    weft_module(
        name = name + "_scenarios",
        testonly = True,
        srcs = scenarios,
        hdrs = hdrs,
        deps = ["//tests:scenario"] + modules,
    )
    for suffix in [""] + ["_" + variant for variant in variants]:
        weft_cc_test(
            name = name + suffix + "_test",
            srcs = [test],
            tags = tags,
            deps = [":" + name + "_scenarios" + suffix],
            **kwargs
        )

def weft_cc_binary(name, copts = [], linkopts = [], **kwargs):
    """A C11 program."""
    cc_binary(
        name = name,
        copts = ["-std=c11"] + _warnings() + copts,
        linkopts = ["-pthread"] + linkopts,
        **kwargs
    )

def weft_cc_test(name, copts = [], deps = [], **kwargs):
    """A GoogleTest in C++17 over the C API."""
    cc_test(
        name = name,
        copts = ["-std=c++17"] + _warnings() + copts,
        linkopts = ["-pthread"],
        deps = deps + ["@com_google_googletest//:gtest_main"],
        **kwargs
    )
