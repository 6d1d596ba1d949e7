#!/usr/bin/env python3
"""MODULE.bazel (and the changes' newest entry) against what it speaks of, also where no Bazel is new enough to read it: the version is the library's,
and every repository that the macros of lib/ load from is declared."""
import pathlib
import re
import sys

module, dependencies = {}, []
# A file of calls with constants: to read it takes no more than these two names.
exec(pathlib.Path("MODULE.bazel").read_text(),
     {"__builtins__": {}, "module": lambda **of: module.update(of), "bazel_dep": lambda **of: dependencies.append(of)})

header = pathlib.Path("lib/base/weft_base.h").read_text()
version = ".".join(re.findall(r"#define WEFT_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", header))
# GoogleTest is named by a macro that lib/ does not call: only what is loaded counts.
loaded = set(re.findall(r'^load\("@(\w+)//', pathlib.Path("weft.bzl").read_text(), re.M))

problems = []
if module.get("name") != "weft" or module.get("version") != version:
    problems.append(f"module is {module.get('name')} {module.get('version')}, the library weft {version}")
released = re.search(r"^## (\S+?),? ", pathlib.Path("CHANGELOG.md").read_text(), re.M)
if not released or released.group(1) != version:
    problems.append(f"the newest entry of CHANGELOG.md is not {version}")
missing = loaded - {dependency["name"] for dependency in dependencies}
if missing:
    problems.append(f"loaded and not declared: {' '.join(sorted(missing))}")
if not loaded:
    problems.append("weft.bzl loads nothing: this test no longer finds what it looks for")
print("\n".join(problems) or f"weft {version}, needs {' '.join(d['name'] for d in dependencies)}")
sys.exit(1 if problems else 0)
