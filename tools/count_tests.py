"""Counts test cases from Bazel's build events and prints the closing line of `make test`.

usage: count_tests.py DIRECTORY CONFIGURATION...

Reads DIRECTORY/CONFIGURATION.json (what `bazel test --build_event_json_file` wrote) and
DIRECTORY/CONFIGURATION.status (Bazel's exit code). The events, not the files under bazel-testlogs,
say which tests belong to this run: logs of targets that are gone or did not build stay around.
"""

import json
import os
import sys
import urllib.parse
import xml.etree.ElementTree


class Count:
    """What one configuration came to, and the names of what went wrong."""

    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.skipped = 0
        self.problems = []

    def fail(self, what, cases=1):
        self.failed += cases
        self.problems.append(what)


def case_outcome(case):
    """'failed', 'skipped' or 'passed' for a <testcase> element of GoogleTest's or Bazel's own."""
    children = {child.tag for child in case}
    if children & {"failure", "error"}:
        return "failed"
    if "skipped" in children or case.get("status") == "notrun" or case.get("result") in ("skipped", "suppressed"):
        return "skipped"
    return "passed"


def case_outcomes(path):
    """The outcomes of a test.xml's cases; none if there is no such file or it is not whole."""
    if path is None:
        return []
    try:
        tree = xml.etree.ElementTree.parse(path)
    except (OSError, xml.etree.ElementTree.ParseError):
        return []
    return [case_outcome(case) for case in tree.iter("testcase")]


def xml_of(result):
    """The path of the test.xml that a testResult event names, or None."""
    for output in result.get("testActionOutput", []):
        if output.get("name") == "test.xml" and output.get("uri", "").startswith("file://"):
            return urllib.parse.unquote(output["uri"][len("file://"):])
    return None


def count_events(events):
    """Counts one configuration. Of several attempts at a run, the last one counts."""
    results = {}
    summaries = {}
    broken = {}
    for event in events:
        identity = event.get("id", {})
        if "testResult" in identity and "testResult" in event:
            key = identity["testResult"]
            results.setdefault(key["label"], {})[key.get("run"), key.get("shard")] = event["testResult"]
        elif "testSummary" in identity and "testSummary" in event:
            summaries[identity["testSummary"]["label"]] = event["testSummary"].get("overallStatus")
        elif "targetCompleted" in identity:
            # Absent "success" means failure. A target that was not even analysed has "aborted" instead.
            if not event.get("completed", {}).get("success"):
                reason = event.get("aborted", {}).get("reason", "FAILED TO BUILD")
                broken[identity["targetCompleted"]["label"]] = reason
        elif "aborted" in event:
            for place in ("unconfiguredLabel", "configuredLabel", "pattern"):
                if place in identity:
                    label = identity[place].get("label") or str(identity[place].get("pattern"))
                    broken[label] = event["aborted"].get("reason", "ABORTED")

    count = Count()
    for label, runs in sorted(results.items()):
        for result in runs.values():
            outcomes = case_outcomes(xml_of(result))
            count.passed += outcomes.count("passed")
            count.skipped += outcomes.count("skipped")
            failed = outcomes.count("failed")
            status = result.get("status", "NO_STATUS")
            if failed:
                count.fail(f"{label}: {failed} of {len(outcomes)} cases failed", failed)
            elif status not in ("PASSED", "FLAKY"):
                # A crash or a timeout leaves no case behind, or only those before it.
                count.fail(f"{label}: {status}")
            elif not outcomes:
                count.passed += 1
    for label, status in sorted(summaries.items()):
        if label not in results and label not in broken:
            broken[label] = status
    for label, reason in sorted(broken.items()):
        if label not in results:
            count.fail(f"{label}: {reason}")
    return count


def read_events(path):
    try:
        with open(path, encoding="utf-8") as lines:
            return [json.loads(line) for line in lines if line.strip()]
    except OSError:
        return []


def main(directory, configurations):
    total = Count()
    ran_nothing = False
    for name in configurations:
        count = count_events(read_events(os.path.join(directory, name + ".json")))
        with open(os.path.join(directory, name + ".status"), encoding="utf-8") as file:
            status = int(file.read())
        if count.passed + count.failed + count.skipped == 0:
            ran_nothing = True
            count.fail("no test ran")
        elif status != 0 and count.failed == 0:
            count.fail(f"bazel ended with {status}")
        print(f"test: {name:6} {count.passed} of {count.passed + count.failed} passed"
              + (f" ({count.skipped} skipped)" if count.skipped else ""))
        for problem in count.problems:
            print(f"test: {name:6} FAILED {problem}")
        total.passed += count.passed
        total.failed += count.failed
        total.skipped += count.skipped
    print(f"{total.passed} passed, {total.failed} failed" + (f", {total.skipped} skipped" if total.skipped else ""))
    return 1 if total.failed or ran_nothing else 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
