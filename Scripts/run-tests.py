"""Runs every tier of the tests and closes with one line, "N passed, N failed". Exit 0 only if nothing failed.

Each step is a command whose passed and failed tests are read from its closing line; a step that has none counts as one
test. A step that cannot run is a failure, never a skip.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / ".build"

# Long computations first and alone, then the tests that hold heartbeats: a unit goes dark if its host is starved of
# processor time for two seconds, which is what a unit should do.
PURE = ("UnitSchemaTests|UnitProtocolTests|QuadratureAnalysisTests|LinkMonitorsTests|ChartsTests|CalibrationRecordsTests|"
        "SignalRecordingsTests|OpticsTests|LayeringTests|AllocationTests")

COMPILE_C = "cc -std=c11 -Wall -Wextra -Werror -pedantic -O1 -I firmware-schemas -I Tests/GoldenVectors"

# Everything that owns threads, descriptors or the kernel's buffers, as far as it needs no virtual machine. The address
# sanitizer looks for leaks too.
OWNERS = "UnitTransportTests SerialTransportTests USBTransportTests UnitControlTests TransportConformanceTests LinkControlTests"


def sanitized(kind, options=""):
    """Builds the owners' suites and what they rest on with a sanitizer, in a folder of its own, and runs them."""
    flags = f"--sanitize={kind} --scratch-path .build/sanitize-{kind}"
    return (f"export CVQKD_ONLY='{OWNERS}' {options}; swift build --build-tests {flags} 2>&1 | grep -v 'Cannot export local symbol' && "
            f"swift test --skip-build --no-parallel {flags}")


STEPS = [
    ("format", "git ls-files -z '*.swift' | grep -zv Generated | xargs -0 swift format lint --strict"),
    ("build", "swift build --build-tests"),
    ("generated code is current", "make --no-print-directory check-generated"),
    ("schema is XML", "xmllint --noout firmware-schemas/unit-protocol.xml"),
    ("golden vectors in C",
     f"{COMPILE_C} Tests/GoldenVectors/golden_vectors.c -o .build/golden-vectors && .build/golden-vectors"),
    ("evolution vectors in C",
     f"{COMPILE_C} Tests/GoldenVectors/evolution_vectors.c -o .build/evolution-vectors && .build/evolution-vectors"),
    ("tier 1: values and bytes", f"swift test --skip-build --filter '{PURE}'"),
    ("tier 2: terminals and programs", f"swift test --skip-build --no-parallel --skip '{PURE}'"),
    ("endurance, in short", ".build/debug/cvqkd-endurance --plugs 200 --starts 2000"),
    ("address sanitizer", sanitized("address", "LSAN_OPTIONS=suppressions=$PWD/Tests/leak-suppressions.txt")),
    ("thread sanitizer", sanitized("thread", "CVQKD_REAL_TIME=1")),
    ("commissioning, killed in each step, and by hand at a terminal",
     "python3 Tests/Instruments/commission.py .build/debug"),
    ("python unit, by itself", "python3 Examples/python-unit/unit.py --self-test"),
    ("fuzzing", "Scripts/fuzz"),
    ("tier 3: the real kernel", "Scripts/vm-smoke"),
    ("tier 3: endurance on USB, in short",
     "vm/run --udev --timeout 300 -- .build/debug/cvqkd-endurance --transport usb --plugs 20 --starts 100"),
    ("tier 3: the fault matrix, in short", "Scripts/fault-matrix --short"),
    ("demo", "make --no-print-directory demo DEMO='--time-limit 600'"),
]

CLOSINGS = [
    re.compile(r"^(?P<passed>\d+) passed, (?P<failed>\d+) failed", re.M),
    re.compile(r"Test run with (?P<total>\d+) tests? .*?(passed|failed) after .*?(with (?P<issues>\d+) issues?)?\.?$", re.M),
]


# What says why a step failed: a failed test's line, a sanitizer's summary, a compiler's error.
CAUSE = re.compile(r"^✘ |^SUMMARY: |error: |^(FAIL|failed)\b|Error \d+$|[Tt]imed out")


def causes(lines, limit=12):
    """The lines of a failed step that tell why, or its last ones: whoever sees only the end of a log needs them there."""
    telling = [line for line in lines if CAUSE.search(line)]
    return telling[:limit] or lines[-limit:]


PASSED = re.compile(r'^✔ Test "?(?!run with)(?P<name>.*?)"? (with \d+ test cases )?passed after (?P<seconds>[\d.]+) seconds')


def slowest(lines, limit=8):
    """Where the time of a step goes: CI has 90 minutes for all of them."""
    found = [(float(match["seconds"]), match["name"]) for match in map(PASSED.match, lines) if match]
    return [f"{seconds:.0f} s {name}" for seconds, name in sorted(found, reverse=True)[:limit] if seconds >= 5]


def count(output, code):
    """Passed and failed tests of a step."""
    counted = None
    for match in CLOSINGS[0].finditer(output):
        counted = int(match["passed"]), int(match["failed"])
    for match in CLOSINGS[1].finditer(output):
        failed = len(set(re.findall(r"^✘ Test (\".*?\"|\S+\(\)) .*failed after", output, re.M)))
        counted = int(match["total"]) - failed, failed
    if counted is None:
        return (1, 0) if code == 0 else (0, 1)
    passed, failed = counted
    if code != 0 and failed == 0:
        failed = 1
    if passed + failed == 0:
        failed = 1
    return passed, failed


def run(name, command):
    start = time.monotonic()
    print(f"\n=== {name}: {command}", flush=True)
    process = subprocess.Popen(
        ["bash", "-o", "pipefail", "-c", command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace")
    lines = []
    for line in process.stdout:
        lines.append(line)
        # A line per passed test would hide the others.
        if not line.startswith(("◇", "✔")):
            print(line, end="", flush=True)
    code = process.wait()
    for line in slowest(lines):
        print(f"    slow: {line}")
    passed, failed = count("".join(lines), code)
    print(f"--- {name}: {passed} passed, {failed} failed, {time.monotonic() - start:.0f} s", flush=True)
    return passed, failed, causes(lines) if failed else []


def main():
    BUILD.mkdir(exist_ok=True)
    os.environ.setdefault("SWIFT_BACKTRACE", "enable=no")
    wanted = sys.argv[1:]
    total = [0, 0]
    broken = []
    for name, command in STEPS:
        if wanted and not any(word in name for word in wanted):
            continue
        passed, failed, why = run(name, command)
        total[0] += passed
        total[1] += failed
        if failed:
            broken.append((name, why))
        if failed and name == "build":
            break
    if broken:
        for name, why in broken:
            print(f"\nfailed: {name}")
            for line in why:
                print(f"    {line.rstrip()[:300]}")
    print(f"{total[0]} passed, {total[1]} failed")
    return 0 if total[1] == 0 and total[0] > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
