"""Runs the suites of the built tests: values together in one process, the others each in its own, several at once.

    python3 Scripts/suites.py values
    python3 Scripts/suites.py threads [--jobs 3] [WORD ...]
    python3 Scripts/suites.py all --program .build/sanitize-thread/debug/cvqkdPackageTests.xctest

The program of the tests says which suites and tests there are. A suite belongs to `values` if
VALUES names it or its target and to `threads` otherwise: together they are everything. A process that runs another number
of tests than it was given, none above all, counts as failed. Each has folders of its own, so that it sees neither another
process nor a colleague. Ends with "N passed, N failed".
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / ".build"
PROGRAM = BUILD / "debug" / "cvqkdPackageTests.xctest"
LOGS = BUILD / "suites"

# Values, bytes and files: no terminal, no thread, no program, and time in the tests' own hands. They may run beside each
# other. A target, or a suite of a target whose other suites need more.
VALUES = [
    "UnitSchemaTests", "UnitProtocolTests", "QuadratureAnalysisTests", "LinkMonitorsTests", "ChartsTests",
    "CalibrationRecordsTests", "OpticsTests", "LayeringTests", "AllocationTests", "NodeDoctorTests",
    "USBTransportTests", "DurableFilesTests", "ReadableTextTests", "SignalAnalysisTests", "LinkControlTests.LinkMessageTests",
    # But for LinkRunDocumentTests, which run a link in virtual time.
    "NodeReportsTests.CalibrationDocumentTests", "NodeReportsTests.InstrumentDocumentTests",
    "NodeReportsTests.KeyTests", "NodeReportsTests.LinkDocumentTests", "NodeReportsTests.MonitorDocumentTests",
    "NodeReportsTests.PlannedValueTests", "NodeReportsTests.RoundTripTests", "NodeReportsTests.StreamDocumentTests",
    "NodeReportsTests.UnitDocumentTests",
    "LinkOperationTests.KeyPermissionStateTests", "LinkOperationTests.MonitorBlindnessTests",
    "LinkOperationTests.SessionLoopTests", "LinkOperationTests.RunningSessionsTests",
    "CalibrationTests.EvaluationTests", "CalibrationTests.ExpectedKeyRateTests", "CalibrationTests.ValidityTests",
    "CommandTests.ArgumentRuleTests", "CommandTests.FormatTests", "CommandTests.PageTests", "CommissioningTests.CalibratedModulationTests",
    "CommissioningTests.CommissioningChecklistTests", "CommissioningTests.OneVerdictTests",
    "CommissioningTests.RecalibrationTests", "CommissioningTests.DossierComparisonTests",
    "CommissioningTests.ComparedQuantityTests",
    "ExternalInstrumentsTests.InstrumentSelectorTests", "ExternalInstrumentsTests.OTDRFileTests",
    "ExternalInstrumentsTests.OTDRReadersTests",
    # But for SignalRecordingTests, which look at the memory of their own process.
    "SignalRecordingsTests.RecordingAgreementTests", "SignalRecordingsTests.RecordingWriterTests",
    "SignalRecordingsTests.SymbolRunsTests",
    "UnitConformanceTests.ResultTests",
    "UnitControlTests.ConnectionStateTests", "UnitControlTests.RecoveryLadderTests",
    "UnitControlTests.StreamAccountingTests",
    "UnitEmulatorTests.ControlTests", "UnitEmulatorTests.FaultTests", "UnitEmulatorTests.GadgetTests",
    "UnitEmulatorTests.GatingTests", "UnitEmulatorTests.IdentityTests", "UnitEmulatorTests.MeasurementTests",
    "UnitEmulatorTests.RandomnessTests", "UnitEmulatorTests.RobustnessTests", "UnitEmulatorTests.StateMachineTests",
    "UnitEmulatorTests.StreamTests", "UnitEmulatorTests.TelemetryTests", "UnitEmulatorTests.WireFaultTests",
    "UnitTransportTests.UnitSelectorTests",
]

# Of the longest suites, roughly, in seconds; only their order counts. The longest begin first, or one of them would run by
# itself at the end.
LONG = {
    "InteroperabilityTests.PythonUnitTests": 172, "commissioning": 172, "UnitConformanceTests.DefectTests": 131,
    "CommandTests.ConformanceCommandTests": 49, "CommandTests.CalibrateCommandTests": 43,
    "LinkControlTests.MonitoredSessionTests": 38, "CommandTests.SessionBaselineTests": 25,
    "CommandTests.CalibrateUnitTests": 34, "LinkControlTests.SlipTests": 32, "CommandTests.UnitCommandTests": 31,
    "CommandTests.LinkCommandTests": 25,
    "CommissioningTests.WholeCommissioningTests": 24, "CommandTests.KeyGateTests": 23,
    "CommandTests.MonitorCommandTests": 24,
}

# What waits for terminals as the suites do, and says by itself how many of its tests passed.
PROGRAMS = {
    "commissioning": ["python3", "Tests/Instruments/commission.py", ".build/debug"],
}

# A process that is not at its end by then hangs. The longest takes a fifth of it on two cores.
LIMIT = 900

LISTED = re.compile(r"^(?P<suite>[A-Za-z_]\w*\.[A-Za-z_]\w*)/(?P<test>.+)$")
FREE = re.compile(r"^[A-Za-z_]\w*\.(`|[A-Za-z_]\w*\()")
CLOSING = re.compile(r"Test run with (\d+) tests? .*?(?:passed|failed) after ", re.M)
FAILED = re.compile(r"^✘ Test (\".*?\"|\S+\(.*?\)) .*?failed after ", re.M)


class Unusable(Exception):
    """The list of tests says something that this script does not understand."""


def tests_by_suite(listing):
    """How many tests each suite has, from the lines in which a program lists its tests."""
    suites = {}
    for line in listing.splitlines():
        match = LISTED.match(line)
        if match:
            suites[match["suite"]] = suites.get(match["suite"], 0) + 1
        elif FREE.match(line):
            raise Unusable(f"a test outside a suite would run nowhere: {line}")
    if not suites:
        raise Unusable("no tests are listed")
    return suites


def expected_targets(manifest, only=""):
    """The targets of tests in the text of a Package.swift; with the value of CVQKD_ONLY those that it names."""
    targets = re.findall(r'\.testTarget\(\s*name: "(\w+)"', manifest)
    if not targets:
        raise Unusable("Package.swift has no targets of tests")
    return [target for target in targets if not only or target in only.split()]


def demand(targets, suites):
    """Every target of tests must have tests that are listed: of what is not built, or is empty, nothing would be run."""
    listed = {suite.split(".")[0] for suite in suites}
    missing = [target for target in targets if target not in listed]
    if missing:
        raise Unusable(f"no test is listed of {', '.join(missing)}")
    strange = sorted(listed - set(targets))
    if strange:
        raise Unusable(f"Package.swift has no target {', '.join(strange)}")


def divided(suites, values=None):
    """The suites that are values, and all others."""
    values = VALUES if values is None else values
    for name in values:
        if not any(name in (suite, suite.split(".")[0]) for suite in suites):
            raise Unusable(f"VALUES names {name}, which is neither a target of tests nor a suite")
    together = [suite for suite in suites if suite in values or suite.split(".")[0] in values]
    return sorted(together), sorted(set(suites) - set(together))


def count(output, code, given):
    """Passed and failed tests of a process that was given so many to run, and what is wrong with their number."""
    found = CLOSING.findall(output)
    if len(found) != 1:
        return 0, given or 1, f"it ended with exit code {code} and did not say how many tests it ran"
    ran = int(found[0])
    failed = min(len(set(FAILED.findall(output))), ran)
    if ran != given or ran == 0:
        return ran - failed, max(failed, 1, abs(given - ran)), f"{ran} tests ran, {given} are listed"
    if code != 0 and failed == 0:
        return ran - 1, 1, f"exit code {code}, and no test says why"
    if code == 0 and failed:
        return ran - failed, failed, "exit code 0 in spite of failed tests"
    return ran - failed, failed, None


def own_count(output, code):
    """The same of a program that ends with "N passed, N failed"."""
    found = re.findall(r"^(\d+) passed, (\d+) failed", output, re.M)
    if not found:
        return 0, 1, f"it ended with exit code {code} and did not say how many tests it ran"
    passed, failed = map(int, found[-1])
    if passed + failed == 0:
        return 0, 1, "it ran no tests"
    if code != 0 and failed == 0:
        return passed, 1, f"exit code {code}, and no test says why"
    return passed, failed, None


def environment(folder):
    """That of this process, with folders which nobody else looks into."""
    folders = {"XDG_RUNTIME_DIR": "run", "CVQKD_RUNTIME_DIRECTORY": "run/cvqkd", "CVQKD_STATE_DIRECTORY": "state",
               "CVQKD_UNIT_DIRECTORY": "units", "TMPDIR": "tmp"}
    for name in ("run", "tmp"):
        (folder / name).mkdir(mode=0o700)
    return os.environ | {name: str(folder / path) for name, path in folders.items()}


class Work:
    """What one process does: its command, and how many tests it has to run. None: it counts them by itself."""

    def __init__(self, name, words, given=None):
        self.name = name
        self.words = words
        self.given = given

    @staticmethod
    def suites(name, suites, listed, program, options=()):
        """These suites of the test program."""
        words = [str(program), "--testing-library", "swift-testing", *options]
        for suite in suites:
            words += ["--filter", "^" + suite.replace(".", r"\.") + "/"]
        return Work(name, words, sum(listed[suite] for suite in suites))


class Result:
    """What a process left behind."""

    def __init__(self, work, output, code, seconds):
        self.name = work.name
        self.output = output
        self.seconds = seconds
        self.passed, self.failed, self.remark = (
            own_count(output, code) if work.given is None else count(output, code, work.given))


def run(work, limit=LIMIT):
    """Runs a process to its end, in folders of its own. Its output is kept in .build/suites."""
    folder = Path(tempfile.mkdtemp(prefix="cvqkd-tests-", dir="/tmp"))
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / (re.sub(r"\W+", "-", work.name) + ".log")
    start = time.monotonic()
    try:
        with open(log, "wb") as output:
            # A group of its own: what a killed suite has started ends with it.
            process = subprocess.Popen(work.words, cwd=ROOT, env=environment(folder), stdin=subprocess.DEVNULL,
                                       stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
            try:
                code = process.wait(timeout=limit)
            except subprocess.TimeoutExpired:
                code = f"none: it was killed after {limit} s"
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Result(work, log.read_text(errors="replace"), code, time.monotonic() - start)


def run_all(waiting, jobs, work, report):
    """Does work on everything that waits, in that order, in so many threads."""
    waiting = list(waiting)
    lock = threading.Lock()

    def loop():
        while True:
            with lock:
                if not waiting:
                    return
                next_one = waiting.pop(0)
            done = work(next_one)
            with lock:
                report(done)

    threads = [threading.Thread(target=loop) for _ in range(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


PASSED = re.compile(r'^✔ Test (?!run with)(?P<name>.*?) (?:with \d+ test cases )?passed after (?P<seconds>[\d.]+) seconds', re.M)


def show(result, slow=8, limit=60):
    """A line per process; its slow tests if they ran one after another; of one that failed the lines that say why."""
    print(f"    {result.seconds:6.1f} s  {result.passed:4d} passed, {result.failed} failed  {result.name}")
    for found in PASSED.finditer(result.output) if result.name != "values" else ():
        if float(found["seconds"]) >= slow:
            print(f"              {float(found['seconds']):6.1f} s  {found['name']}")
    if result.failed:
        lines = [line for line in result.output.splitlines() if not line.startswith(("◇", "✔", "↳"))]
        telling = [line for line in lines if line.startswith(("✘", "FAIL")) or re.search(r"[Ee]rror|SUMMARY|WARNING", line)]
        print("\n".join((telling or lines)[-limit:]))
        if result.remark:
            print(f"FAIL {result.name}: {result.remark}")
    sys.stdout.flush()


def perform(works, jobs):
    """Does all of it, the longest first. Returns passed and failed tests."""
    results = []
    waiting = sorted(works, key=lambda work: -LONG.get(work.name, 0))

    def report(result):
        results.append(result)
        show(result)

    run_all(waiting, jobs, run, report)
    if sorted(result.name for result in results) != sorted(work.name for work in works):
        raise Unusable("not everything has run")
    passed, failed = sum(result.passed for result in results), sum(result.failed for result in results)
    # Nothing at all is no success.
    return passed, failed if passed + failed else 1


def plan(which, listed, program, values=None, programs=None):
    """The processes of a half, or of all suites of a program."""
    if which == "all":
        together, apart = [], sorted(listed)
    else:
        together, apart = divided(listed, values)
    if which == "values":
        return [Work.suites("values", together, listed, program)]
    works = [Work.suites(suite, [suite], listed, program, ["--no-parallel"]) for suite in apart]
    if which == "threads":
        works += [Work(name, words) for name, words in (PROGRAMS if programs is None else programs).items()]
    return works


def listing(program):
    """What the program of the tests says it has. Not by `swift test list`: a suite has been missing from its lines once."""
    words = [program, "--testing-library", "swift-testing", "--list-tests"]
    return subprocess.run(words, cwd=ROOT, text=True, stdout=subprocess.PIPE, check=True).stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("which", choices=["values", "threads", "all"])
    parser.add_argument("words", nargs="*", help="only what contains one of these in its name")
    parser.add_argument("--without", action="append", default=[], metavar="WORD", help="not what contains this in its name")
    parser.add_argument("--jobs", type=int, default=3, help="processes at once (default: 3; units go dark if starved)")
    parser.add_argument("--program", default=PROGRAM, help="another build of the tests than the debug build's")
    options = parser.parse_args()
    try:
        suites = tests_by_suite(listing(options.program))
        demand(expected_targets((ROOT / "Package.swift").read_text(), os.environ.get("CVQKD_ONLY", "")), suites)
        works = plan(options.which, suites, options.program)
        for name in LONG:
            if name not in suites and name not in PROGRAMS and options.which != "all":
                raise Unusable(f"LONG names {name}, which is not there")
        if options.words:
            works = [work for work in works if any(word in work.name for word in options.words)]
        works = [work for work in works if not any(word in work.name for word in options.without)]
        passed, failed = perform(works, options.jobs)
    except (Unusable, subprocess.CalledProcessError) as problem:
        print(f"FAIL {problem}")
        passed, failed = 0, 1
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
