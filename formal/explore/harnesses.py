#!/usr/bin/env python3
"""Explores the harnesses of harness/harnesses.bzl against the sources in lib/.

    harnesses.py [--seconds N] [--explorer FILE] [--rows] [--objects DIRECTORY] [--programs DIRECTORY [--build-only]] [NAME...]

Without names: all of them. Prints a line each. Exit code 0 if every harness is safe: exhausted, or, for
one marked bounded, searched up to the bound its options name (not to the end of its time) without a violation; a run without a single complete
execution is a failure.
"""
import argparse
import csv
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent

SAFE, VIOLATION, UNDECIDED = 0, 1, 2


def read_table():
    """The table is in the subset of Python that Bazel's language is."""
    names = {}
    exec((HERE / "harness" / "harnesses.bzl").read_text(), {"dict": dict}, names)  # our own file, literals only
    for row in names["HARNESSES"]:
        row.setdefault("flags", [])
        row.setdefault("options", [])
        row.setdefault("bounded", False)
        row["flags"] = names["NO_SPIN"] + row["flags"]
    return names["HARNESSES"]


def undecided(row):
    """How the verdict may begin when the search of a bounded row ends as its options say. Time is no such end."""
    if "--mode=random" in row["options"]:
        return ("undecided: a random sample found nothing",)
    bounds = {"--executions": "executions", "--events": "events per thread", "--clock-jumps": "timeouts per execution"}
    return tuple(f"undecided: bound hit: {bound}" for name, bound in bounds.items() if any(o.startswith(name + "=") for o in row["options"]))


class Outcome:
    """What the explorer said of one harness."""

    def __init__(self, status, output, processor):
        self.status, self.output = status, output
        self.processor = processor  # seconds, of the compilers too: what the machine does besides does not count
        found = re.search(r"^result: (.*?) \((\d+) complete executions, (\d+) blocked.*; ([\d.]+) s", output, re.M)
        self.verdict, self.complete, self.blocked, self.seconds = found.groups() if found else ("no result", "0", "0", "0")

    def good(self, row):
        as_said = self.status == UNDECIDED and row["bounded"] and self.verdict.startswith(undecided(row))
        return (self.status == SAFE or as_said) and int(self.complete) > 0


def outcome_of(command):
    child = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    output = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return Outcome(child.returncode, output, usage.ru_utime + usage.ru_stime)


def explore(row, tree, seconds, extra=()):
    """Runs one harness on the library's sources in tree/lib. extra: more options of run."""
    sources = [HERE / "harness" / row["program"]]
    folders = {"lib/base"}
    for source in row["sources"]:
        ours = source.startswith("lib/")
        sources.append(tree / source if ours else HERE / source)
        if ours:
            folders.add(os.path.dirname(source))
    command = [HERE / "run", "--quiet", f"--time={seconds}", *extra, *row["options"], *sources, "--"]
    command += [f"-I{tree / f}" for f in sorted(folders)] + [f"-I{HERE}", f"-I{HERE / 'harness'}", *row["flags"]]
    return outcome_of(command)


def build(row, program, extra):
    """Links one harness to the file program, and explores nothing."""
    with tempfile.TemporaryDirectory(prefix="harness.") as folder:
        outcome = explore(row, ROOT, 0, [*extra, "--build-only", f"--keep={folder}"])
        if outcome.status != SAFE:
            sys.exit(f"{row['name']}: {outcome.output}")
        shutil.copyfile(f"{folder}/program.so", program)


def compiler():
    """The compiler that run takes, as the report names it."""
    name = os.environ.get("EXPLORE_CC", "gcc")
    version = subprocess.run([name, "-dumpfullversion", "-dumpversion"], stdout=subprocess.PIPE, text=True)
    return f"{name} {version.stdout.strip()}"


def report_row(row, outcome, good):
    """In the columns of report.csv, see formal/report/report."""
    flags = [flag.replace('"', "") for flag in row["flags"] if "SPIN" not in flag]  # the report's rows have no quotes
    bounds = " ".join(row["options"] + flags) or "none but the program's"
    if outcome.status == SAFE:
        bounds += "; " + outcome.verdict.replace("safe within ", "").replace(", ", " + ")
    exhausted = "yes" if outcome.status == SAFE else "bounded"
    verdict = "pass" if good else outcome.verdict.replace(",", ";")
    return [pathlib.Path(row["program"]).stem.split("_")[0], "explorer", row["name"], row["program"], "RC11", bounds, exhausted, "", "",
            outcome.complete, outcome.blocked, outcome.seconds, "explore", compiler(), "", "", verdict]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=120, help="of processor time, at most, for each (120)")
    parser.add_argument("--explorer", help="the explorer's binary, instead of building it")
    parser.add_argument("--rows", action="store_true", help="print the report's row of each, too: row,...")
    parser.add_argument("--objects", help="where objects are kept, and taken from where they are there already")
    parser.add_argument("--programs", help="explore the linked programs there, instead of the sources")
    parser.add_argument("--build-only", action="store_true", help="link the programs there and explore nothing")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    if arguments.build_only and not arguments.programs or arguments.programs and not arguments.explorer:
        parser.error("--build-only needs --programs, and that needs --explorer")
    if arguments.explorer:
        os.environ["EXPLORE_BIN"] = os.path.abspath(arguments.explorer)
    table = read_table()
    unknown = set(arguments.names) - {row["name"] for row in table}
    if unknown:
        sys.exit(f"no such harness: {', '.join(sorted(unknown))}")

    extra = [f"--objects={os.path.abspath(arguments.objects)}"] if arguments.objects else []
    failures = 0
    explored = 0
    for row in table:
        if arguments.names and row["name"] not in arguments.names:
            continue
        explored += 1
        program = os.path.join(arguments.programs, row["name"] + ".so") if arguments.programs else ""
        if arguments.build_only:
            build(row, program, extra)
            continue
        if program:
            outcome = outcome_of([os.environ["EXPLORE_BIN"], "--quiet", f"--time={arguments.seconds}", *row["options"], program])
        else:
            outcome = explore(row, ROOT, arguments.seconds, extra)
        good = outcome.good(row)
        failures += not good
        if not good:
            print(outcome.output)
        print(f"{'ok  ' if good else 'FAIL'} {row['name']}: {outcome.verdict}; {outcome.complete} complete executions, "
              f"{outcome.blocked} blocked, {outcome.seconds} s", flush=True)
        if arguments.rows:
            csv.writer(sys.stdout, lineterminator="\n").writerow(["row"] + report_row(row, outcome, good))
    if not explored:
        sys.exit("no harness was explored")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
