#!/usr/bin/env python3
"""What count_tests.py makes of Bazel's events."""

import contextlib
import io
import json
import os
import sys
import tempfile
import unittest

sys.path.insert(0, "tools")
import count_tests  # noqa: E402

GTEST = """<testsuites><testsuite name="S">
<testcase name="a" status="run" result="completed"/>
<testcase name="b" status="run" result="completed"><failure message="no"/></testcase>
<testcase name="c" status="run" result="skipped"><skipped message="x"/></testcase>
<testcase name="d" status="notrun" result="suppressed"/>
</testsuite></testsuites>"""
GOOD = '<testsuites><testsuite name="S"><testcase name="a"/><testcase name="b"/></testsuite></testsuites>'
SHELL_FAILED = '<testsuites><testsuite name="t"><testcase name="t"><error message="exited with 1"/></testcase></testsuite></testsuites>'


class CountTests(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.directory = temporary.name

    def result(self, label, status="PASSED", xml=None, attempt=1):
        outputs = []
        if xml is not None:
            # A space in the path: addresses of files are quoted.
            path = os.path.join(self.directory, f"x {label.strip('/').replace(':', '_')}{attempt}.xml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(xml)
            outputs = [{"name": "test.xml", "uri": "file://" + path.replace(" ", "%20")}]
        return {"id": {"testResult": {"label": label, "run": 1, "shard": 1, "attempt": attempt}},
                "testResult": {"status": status, "testActionOutput": outputs}}

    def count(self, *events):
        count = count_tests.count_events(events)
        return count.passed, count.failed, count.skipped

    def run_main(self, events, status):
        with open(os.path.join(self.directory, "plain.json"), "w", encoding="utf-8") as file:
            file.write("".join(json.dumps(event) + "\n" for event in events))
        with open(os.path.join(self.directory, "plain.status"), "w", encoding="utf-8") as file:
            file.write(f"{status}\n")
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            code = count_tests.main(self.directory, ["plain"])
        return code, output.getvalue().splitlines()

    def test_cases_are_counted(self):
        self.assertEqual(self.count(self.result("//a:a", "FAILED", GTEST)), (1, 1, 2))
        self.assertEqual(self.count(self.result("//a:a", xml=GOOD), self.result("//b:b", xml=GOOD)), (4, 0, 0))

    def test_a_test_without_cases_is_one(self):
        self.assertEqual(self.count(self.result("//a:a")), (1, 0, 0))
        self.assertEqual(self.count(self.result("//a:a", xml="<testsuites/>")), (1, 0, 0))

    def test_a_failure_without_a_failed_case_is_one(self):
        self.assertEqual(self.count(self.result("//a:a", "TIMEOUT")), (0, 1, 0))
        self.assertEqual(self.count(self.result("//a:a", "FAILED", "<testsuites><tests")), (0, 1, 0))
        self.assertEqual(self.count(self.result("//a:a", "FAILED", GOOD)), (2, 1, 0))
        self.assertEqual(self.count(self.result("//a:a", "FAILED", SHELL_FAILED)), (0, 1, 0))

    def test_the_last_attempt_counts(self):
        self.assertEqual(self.count(self.result("//a:a", "FAILED", GTEST, 1), self.result("//a:a", "PASSED", GOOD, 2)),
                         (2, 0, 0))

    def test_what_did_not_build_failed(self):
        broken = {"id": {"targetCompleted": {"label": "//a:a"}}, "completed": {}}
        summary = {"id": {"testSummary": {"label": "//a:a"}}, "testSummary": {"overallStatus": "NO_STATUS"}}
        self.assertEqual(self.count(broken), (0, 1, 0))
        self.assertEqual(self.count(broken, summary), (0, 1, 0))
        self.assertEqual(self.count(summary), (0, 1, 0))
        self.assertEqual(
            self.count({"id": {"pattern": {"pattern": ["//..."]}}, "aborted": {"reason": "LOADING_FAILURE"}}), (0, 1, 0))

    def test_a_target_that_built_and_a_failed_test_are_counted_once(self):
        built = {"id": {"targetCompleted": {"label": "//a:a"}}, "completed": {"success": True}}
        summary = {"id": {"testSummary": {"label": "//a:a"}}, "testSummary": {"overallStatus": "FAILED"}}
        self.assertEqual(self.count(built, self.result("//a:a", "FAILED", SHELL_FAILED), summary), (0, 1, 0))

    def test_closing_line_and_exit_code(self):
        code, lines = self.run_main([self.result("//a:a", xml=GOOD)], 0)
        self.assertEqual((code, lines[-1]), (0, "2 passed, 0 failed"))
        code, lines = self.run_main([self.result("//a:a", "FAILED", GTEST)], 3)
        self.assertEqual((code, lines[-1]), (1, "1 passed, 1 failed, 2 skipped"))

    def test_nothing_run_is_a_failure(self):
        for status in (0, 4):
            code, lines = self.run_main([], status)
            self.assertEqual((code, lines[-1]), (1, "0 passed, 1 failed"))

    def test_an_error_of_bazel_is_a_failure(self):
        code, lines = self.run_main([self.result("//a:a", xml=GOOD)], 37)
        self.assertEqual((code, lines[-1]), (1, "2 passed, 1 failed"))


if __name__ == "__main__":
    unittest.main()
