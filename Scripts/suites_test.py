"""Tests of the runner's own counting: a process that runs no test, or fewer than it was given, must not pass.

    python3 Scripts/suites_test.py
"""

import contextlib
import io
import importlib.util
import os
import re
import stat
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import suites  # noqa: E402

# Its name is a command's and not a module's.
described = importlib.util.spec_from_file_location("run_tests", Path(__file__).resolve().parent / "run-tests.py")
run_tests = importlib.util.module_from_spec(described)
described.loader.exec_module(run_tests)

LISTING = """[0/1] Planning build
A.One/`first of two`()
A.One/`second, with a / in it`(_:)
A.Two/third()
B.Three/`a.b/c`()
"""


def closing(tests, word="passed"):
    return f"✔ Test run with {tests} tests in 1 suite {word} after 0.1 seconds.\n"


class Listing(unittest.TestCase):
    def test_tests_are_counted_by_suite(self):
        self.assertEqual(suites.tests_by_suite(LISTING), {"A.One": 2, "A.Two": 1, "B.Three": 1})

    def test_an_empty_list_is_an_error(self):
        with self.assertRaises(suites.Unusable):
            suites.tests_by_suite("[0/1] Planning build\n")

    def test_a_test_outside_a_suite_is_an_error_because_it_would_run_nowhere(self):
        for line in ("A.`free`()", "A.free()"):
            with self.assertRaises(suites.Unusable):
                suites.tests_by_suite(LISTING + line + "\n")


class Division(unittest.TestCase):
    listed = suites.tests_by_suite(LISTING)

    def test_the_halves_are_everything_and_share_nothing(self):
        for values in ([], ["A"], ["A.One"], ["A.Two", "B"], ["A", "B"]):
            together, apart = suites.divided(self.listed, values)
            self.assertEqual(sorted(together + apart), sorted(self.listed), values)

    def test_a_target_is_all_of_its_suites_and_a_suite_itself(self):
        self.assertEqual(suites.divided(self.listed, ["A"]), (["A.One", "A.Two"], ["B.Three"]))
        self.assertEqual(suites.divided(self.listed, ["A.Two"]), (["A.Two"], ["A.One", "B.Three"]))

    def test_a_name_that_is_not_there_any_more_is_an_error(self):
        for name in ("C", "A.Four", "One"):
            with self.assertRaises(suites.Unusable):
                suites.divided(self.listed, [name])

    def test_the_plans_run_each_listed_test_once(self):
        planned = suites.plan("values", self.listed, "p", ["A.One"]) + suites.plan("threads", self.listed, "p", ["A.One"], {})
        self.assertEqual(sum(work.given for work in planned), 4)
        self.assertEqual(sum(work.given for work in suites.plan("all", self.listed, "p")), 4)


class Targets(unittest.TestCase):
    """Each target of tests is built, has tests, and is in one of the steps."""

    manifest = '.target(name: "T"), .testTarget(name: "A", dependencies: []),\n.testTarget(\n    name: "B", dependencies: []),'
    listed = suites.tests_by_suite(LISTING)

    def test_targets_are_read_from_the_manifest(self):
        self.assertEqual(suites.expected_targets(self.manifest), ["A", "B"])
        self.assertEqual(suites.expected_targets(self.manifest, "T B"), ["B"])
        with self.assertRaises(suites.Unusable):
            suites.expected_targets("")

    def test_a_target_without_tests_or_one_that_is_not_there_any_more_is_an_error(self):
        suites.demand(["A", "B"], self.listed)
        for targets in (["A", "B", "C"], ["A"]):
            with self.assertRaises(suites.Unusable):
                suites.demand(targets, self.listed)

    def test_the_sanitizers_owners_are_targets_of_tests(self):
        manifest = (suites.ROOT / "Package.swift").read_text()
        owners = run_tests.OWNERS.split()
        self.assertEqual(sorted(suites.expected_targets(manifest, run_tests.OWNERS)), sorted(owners))

    def test_every_step_has_a_name_and_a_command_of_its_own(self):
        for column in (0, 2):
            values = [step[column] for step in run_tests.STEPS]
            self.assertEqual(sorted(set(values)), sorted(values))

    def test_every_program_of_the_tests_is_run_by_a_step_or_by_a_target_of_tests(self):
        manifest = (suites.ROOT / "Package.swift").read_text()
        rigs = re.search(r'"Rigs", (\[[^\]]*\])', manifest)[1]
        programs = [name for name in re.findall(r'"([^"]+)"', rigs) if f'.executableTarget(\n            name: "{name}"' in manifest]
        self.assertGreater(len(programs), 2)
        commands = "\n".join(step[2] for step in run_tests.STEPS)
        for script in re.findall(r"Scripts/[\w.-]+", commands):
            commands += (suites.ROOT / script).read_text()
        users = "\n".join(re.findall(r"\.testTarget\(.*?swiftSettings", manifest, re.S))
        for program in programs:
            self.assertTrue(program in commands or f'"{program}"' in users, f"{program} is run by nobody")


class Count(unittest.TestCase):
    def test_what_was_given_and_ran_has_passed(self):
        self.assertEqual(suites.count(closing(4), 0, 4), (4, 0, None))

    def test_no_test_is_a_failure(self):
        passed, failed, remark = suites.count(closing(0), 0, 4)
        self.assertEqual((passed, failed), (0, 4))
        self.assertIn("0 tests ran, 4 are listed", remark)
        self.assertEqual(suites.count(closing(0), 0, 0)[1], 1)

    def test_fewer_and_more_tests_than_listed_are_failures(self):
        self.assertEqual(suites.count(closing(3), 0, 4)[:2], (3, 1))
        self.assertEqual(suites.count(closing(5), 0, 4)[:2], (5, 1))

    def test_a_process_that_ends_without_a_word_has_passed_nothing(self):
        for code in (0, -11, "none: it was killed after 900 s"):
            passed, failed, remark = suites.count("✔ Test \"x\" passed after 0.1 seconds.\n", code, 4)
            self.assertEqual((passed, failed), (0, 4))
            self.assertIn(str(code), remark)

    def test_failed_tests_are_counted_once(self):
        output = ('✘ Test "a" recorded an issue at F.swift:1:1: …\n✘ Test "a" failed after 1 seconds with 1 issue.\n'
                  '✘ Test b(_:) with 3 test cases failed after 1 seconds with 2 issues.\n' + closing(4, "failed"))
        self.assertEqual(suites.count(output, 1, 4), (2, 2, None))

    def test_exit_code_and_tests_must_agree(self):
        self.assertEqual(suites.count(closing(4), 1, 4)[:2], (3, 1))
        output = '✘ Test "a" failed after 1 seconds with 1 issue.\n' + closing(4, "failed")
        self.assertIsNotNone(suites.count(output, 0, 4)[2])

    def test_programs_that_count_by_themselves_are_believed_if_they_ran_something(self):
        self.assertEqual(suites.own_count("3 passed, 0 failed\n", 0), (3, 0, None))
        self.assertEqual(suites.own_count("2 passed, 1 failed\n", 1), (2, 1, None))
        for output, code in (("", 0), ("0 passed, 0 failed\n", 0), ("3 passed, 0 failed\n", 1)):
            self.assertEqual(suites.own_count(output, code)[1], 1)


class Processes(unittest.TestCase):
    """With a program that behaves as a test program does."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        logs, suites.LOGS = suites.LOGS, Path(self.folder.name) / "logs"
        self.addCleanup(setattr, suites, "LOGS", logs)

    def program(self, body):
        path = Path(self.folder.name) / "program"
        path.write_text("#!/bin/bash\n" + body)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    def perform(self, body, which="all", jobs=2):
        works = suites.plan(which, suites.tests_by_suite(LISTING), self.program(body), [], {})
        with contextlib.redirect_stdout(io.StringIO()) as said:
            result = suites.perform(works, jobs)
        return result, said.getvalue()

    def test_every_suite_runs_by_its_own_filter_and_once(self):
        body = f"""echo "$@" >> {self.folder.name}/calls
case "$*" in *One*) n=2 ;; *) n=1 ;; esac
echo "✔ Test run with $n tests in 1 suite passed after 0.1 seconds."
"""
        self.assertEqual(self.perform(body)[0], (4, 0))
        calls = Path(self.folder.name, "calls").read_text().splitlines()
        self.assertEqual(len(calls), 3)
        for suite in (r"^A\.One/", r"^A\.Two/", r"^B\.Three/"):
            self.assertEqual(sum(call.endswith(f"--filter {suite}") for call in calls), 1, calls)

    def test_one_that_runs_nothing_fails_all(self):
        (passed, failed), said = self.perform('echo "✔ Test run with 0 tests in 0 suites passed after 0.1 seconds."')
        self.assertEqual((passed, failed), (0, 4))
        self.assertIn("FAIL A.One: 0 tests ran, 2 are listed", said)

    def test_each_has_folders_of_its_own_that_are_gone_afterwards(self):
        names = "XDG_RUNTIME_DIR CVQKD_RUNTIME_DIRECTORY CVQKD_STATE_DIRECTORY CVQKD_UNIT_DIRECTORY TMPDIR"
        body = f"""for name in {names}; do printf '%s\\n' "${{!name}}" >> {self.folder.name}/folders; done
[ -d "$TMPDIR" ] && [ -d "$XDG_RUNTIME_DIR" ] && echo "✔ Test run with 1 tests in 1 suite passed after 0.1 seconds."
"""
        self.perform(body)
        folders = Path(self.folder.name, "folders").read_text().splitlines()
        self.assertEqual(len(folders), 3 * len(names.split()))
        self.assertEqual(len(set(folders)), len(folders))
        self.assertFalse([folder for folder in folders if os.path.exists(folder)])

    def test_one_that_hangs_is_killed_with_what_it_started_and_fails(self):
        work = suites.Work.suites("A.Two", ["A.Two"], {"A.Two": 1}, self.program("sleep 60 & echo $!; wait"))
        result = suites.run(work, limit=0.3)
        self.assertEqual((result.passed, result.failed), (0, 1))
        self.assertIn("killed", result.remark)
        state = Path(f"/proc/{int(result.output)}/stat")
        self.assertTrue(not state.exists() or state.read_text().split()[2] in "ZX")

    def test_nothing_at_all_is_no_success(self):
        with contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(suites.perform([], 2), (0, 1))


if __name__ == "__main__":
    outcome = unittest.TextTestRunner().run(unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__]))
    failed = len(outcome.failures) + len(outcome.errors)
    print(f"{outcome.testsRun - failed} passed, {failed} failed")
    sys.exit(0 if outcome.wasSuccessful() and outcome.testsRun else 1)
