"""TLC checks as Bazel tests.

tla_spec(name, checks, twins) declares the tests of one protocol. Every twin names what it breaks and the one
invariant or property that must fall; //formal/tla:check_twins_test fails when a configuration checks something
that no twin breaks. The table of all of them is in BUILD.
"""

def _tlc_test(name, cfg, args, **kwargs):
    native.sh_test(
        name = name,
        srcs = ["tlc"],
        timeout = "eternal",  # ends only what hangs: on a busy machine TLC takes ten times as long
        args = args + ["--name", name, "$(location %s)" % cfg],
        data = [cfg, cfg.split("_")[0].split(".")[0] + ".tla", ":abstract"],
        **kwargs
    )

def tla_check(name, cfg, unused = [], large = False, workers = 1):
    """The configuration holds, is exhausted, and takes every action but those in unused."""
    args = ["--workers", str(workers)]
    if unused:
        args += ["--unused", ",".join(unused)]
    _tlc_test(
        name,
        cfg,
        args,
        size = "enormous" if large else "medium",
        tags = ["large", "manual", "exclusive"] if large else ["tla"],
    )

def tla_twin(name, cfg, twin, violates, large = False):
    """The configuration with Twin = twin violates exactly the named invariant or property."""
    _tlc_test(
        name,
        cfg,
        ["--twin", twin, "--violates", violates],
        size = "enormous" if large else "medium",
        tags = ["large", "manual", "exclusive", "twin"] if large else ["tla", "twin"],
    )

def tla_spec(name, checks, twins, large = [], unused = {}):
    """Tests of one module.

    Args:
      name: the module, for instance "Mutex".
      checks: suffixes of the small configurations: "" is Mutex.cfg, "fair" is Mutex_fair.cfg.
      twins: tuples (twin, violated) or (twin, violated, suffix): it runs with the constants of that configuration, and
        with no others, so that it is the twin that fails and not a configuration that nobody has seen pass. Of a large
        configuration it is as large.
      large: suffixes of the configurations that only `make formal` runs.
      unused: by suffix ("*" for all), actions that a configuration does not reach on purpose.
    """
    low = name.lower()
    for c in checks + large:
        test = low + ("_" + c if c else "")
        tla_check(
            name = test,
            cfg = name + ("_" + c if c else "") + ".cfg",
            unused = unused.get("*", []) + unused.get(c, []),
            large = c in large,
            workers = 2 if c in large else 1,
        )
    for t in twins:
        suffix = t[2] if len(t) > 2 else ""
        test = "%s_twin_%s__%s" % (low, t[0], t[1])
        tla_twin(
            name = test,
            cfg = name + ("_" + suffix if suffix else "") + ".cfg",
            twin = t[0],
            violates = t[1],
            large = suffix in large,
        )
