"""Runs the steps of the tests and closes with a table of them and one line, "N passed, N failed". Exit 0 only if nothing failed.

    python3 Scripts/run-tests.py                what runs at every push: `make test`
    python3 Scripts/run-tests.py --nightly      what takes longer: `make endurance`
    python3 Scripts/run-tests.py tier           the steps of both whose names contain a word

Each step is a command whose passed and failed tests are read from its closing line; a step that has none counts as one
test. A step that cannot run is a failure, never a skip.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / ".build"

COMPILE_C = "cc -std=c11 -Wall -Wextra -Werror -pedantic -O1 -I firmware-schemas -I Tests/GoldenVectors"

# Everything that owns threads, descriptors or the kernel's buffers, as far as it needs no virtual machine. The address
# sanitizer looks for leaks too.
OWNERS = ("UnitTransportTests SerialTransportTests USBTransportTests UnitControlTests TransportConformanceTests "
          "LinkControlTests")


# Suites that live in virtual time always (`.alwaysVirtualTime`): one thread, in which no sanitizer of threads finds a race.
ONE_THREAD = ["MonitoredSessionTests", "SlipTests", "HostileNumberTests", "ShutterSessionTests", "UncomparedTests",
              "LinkControlTests.LinkSessionTests", "ForgottenEndTests", "HostPauseTests"]


# It takes all address space away, and a sanitizer needs some for its own notes.
NO_SHADOW = ["IOThreadTests"]


def sanitized(kind, options="", without=()):
    """Builds the owners' suites and what they rest on with a sanitizer, in a folder of its own, and runs them."""
    folder = f".build/sanitize-{kind}"
    # Two at once: a sanitizer takes the processor longer, and units go dark if their host is starved.
    return (f"export CVQKD_ONLY='{OWNERS}' {options}; "
            f"swift build --build-tests --sanitize={kind} --scratch-path {folder} 2>&1 | grep -v 'Cannot export local symbol' && "
            f"python3 Scripts/suites.py all --jobs 2 {' '.join(f'--without {name}' for name in without)} --program {folder}/debug/cvqkdPackageTests.xctest")


PUSH, NIGHTLY = "push", "nightly"
BOTH = (PUSH, NIGHTLY)

# Name, when, command. CONTRIBUTING.md has the table with the seconds. Nothing runs beside a build, and of what holds
# heartbeats no more than three processes at once: a unit goes dark if its host is starved of processor time for two seconds.
STEPS = [
    ("format", PUSH, "git ls-files -z '*.swift' | grep -zv Generated | xargs -0 swift format lint --strict"),
    ("build", BOTH, "swift build --build-tests"),
    ("generated code is current", PUSH, "make --no-print-directory check-generated"),
    ("schema is XML", PUSH, "xmllint --noout firmware-schemas/unit-protocol.xml"),
    ("golden vectors in C", PUSH,
     f"{COMPILE_C} Tests/GoldenVectors/golden_vectors.c -o .build/golden-vectors && .build/golden-vectors"),
    ("evolution vectors in C", PUSH,
     f"{COMPILE_C} Tests/GoldenVectors/evolution_vectors.c -o .build/evolution-vectors && .build/evolution-vectors"),
    ("frames and COBS in C, and the header in C++", PUSH,
     "c++ -std=c++11 -Wall -Wextra -Werror -pedantic -Wconversion -I firmware-schemas -fsyntax-only Tests/GoldenVectors/header.cpp && "
     f"{COMPILE_C} Tests/GoldenVectors/frame_vectors.c -o .build/frame-vectors && .build/frame-vectors"),
    ("the runner's own counting", PUSH, "python3 Scripts/suites_test.py"),
    ("tier 1: values and bytes", PUSH, "python3 Scripts/suites.py values"),
    ("tier 2: terminals and programs, commissioning among them", PUSH, "python3 Scripts/suites.py threads --jobs 3"),
    ("python unit, by itself", PUSH, "python3 Examples/python-unit/unit.py --self-test"),
    ("reconciliation of both ends' blocks, in Python", PUSH,
     "python=$(Scripts/test-python) && $python Tests/Reconciliation/run.py"),
    ("demo, by the debug build", PUSH, "python3 Scripts/demo.py --binaries .build/debug --time-limit 600"),
    ("no raw key in cores, logs, files and on the wire", PUSH, 
     "python3 Tests/Nodes/raw_key_search.py .build/debug"),
    ("agents and consumers killed, the wire cut, at 8 points", PUSH,
     "python3 Tests/Nodes/kills.py .build/debug --points 8 --seed 1"),
    ("endurance, in short", PUSH, ".build/debug/cvqkd-endurance --plugs 200 --starts 2000"),
    ("thread sanitizer", PUSH, sanitized("thread", "CVQKD_REAL_TIME=1", ONE_THREAD + NO_SHADOW)),
    ("fuzzing", PUSH, "SECONDS_EACH=5 Scripts/fuzz"),
    ("tier 3: the real kernel", PUSH, "Scripts/vm-smoke --without cdc-acm:"),
    ("tier 3: endurance on USB, in short", PUSH,
     "vm/run --udev --timeout 300 -- .build/debug/cvqkd-endurance --transport usb --plugs 20 --starts 100"),
    ("tier 3: the fault matrix, in short", PUSH, "Scripts/fault-matrix --short"),

    ("agents and consumers killed, the wire cut, at 200 points", NIGHTLY,
     "python3 Tests/Nodes/kills.py .build/debug --points 200"),
    ("statistics with 400 fresh seeds", NIGHTLY,
     "CVQKD_SEEDS=400 CVQKD_FIRST_SEED=fresh swift test --skip-build --filter '^OpticsTests'"),
    ("address sanitizer", NIGHTLY, sanitized("address", "LSAN_OPTIONS=suppressions=$PWD/Tests/leak-suppressions.txt", NO_SHADOW)),
    ("demo, static release build", NIGHTLY, "make --no-print-directory demo DEMO='--time-limit 600'"),
    ("tier 3: conformance of cdc-acm", NIGHTLY, "Scripts/vm-smoke cdc-acm:"),
    ("tier 3: the whole fault matrix", NIGHTLY, "Scripts/fault-matrix"),
    ("endurance", NIGHTLY, ".build/debug/cvqkd-endurance --plugs 10000 --starts 100000"),
    ("tier 3: endurance on USB", NIGHTLY,
     "vm/run --udev --timeout 3600 -- .build/debug/cvqkd-endurance --transport usb --plugs 500 --starts 5000"),
    ("fuzzing, 10 minutes a target", NIGHTLY, "SECONDS_EACH=600 Scripts/fuzz"),
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
    """Where the time of a step goes."""
    found = [(float(match["seconds"]), match["name"]) for match in map(PASSED.match, lines) if match]
    return [f"{seconds:.0f} s {name}" for seconds, name in sorted(found, reverse=True)[:limit] if seconds >= 5]


def count(output, code):
    """Passed and failed tests of a step."""
    counted = None
    for match in CLOSINGS[0].finditer(output):
        counted = int(match["passed"]), int(match["failed"])
    # What a step says itself counts, and not what it shows of a process that failed.
    for match in CLOSINGS[1].finditer(output) if counted is None else ():
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
    seconds = time.monotonic() - start
    print(f"--- {name}: {passed} passed, {failed} failed, {seconds:.0f} s", flush=True)
    return passed, failed, seconds, causes(lines) if failed else []


def chosen(words, nightly):
    """The steps of a run; by words from both."""
    if words:
        return [step for step in STEPS if any(word in step[0] for word in words)]
    when = NIGHTLY if nightly else PUSH
    return [step for step in STEPS if step[1] == when or step[1] == BOTH]


def table(rows):
    """Where the time went."""
    lines = [f"{'seconds':>8} {'passed':>7} {'failed':>7}  step"]
    lines += [f"{seconds:8.0f} {passed:7d} {failed:7d}  {name}" for name, passed, failed, seconds in rows]
    total = sum(row[3] for row in rows)
    lines.append(f"{total:8.0f} {sum(row[1] for row in rows):7d} {sum(row[2] for row in rows):7d}  total, {total / 60:.1f} minutes")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("words", nargs="*", help="only steps whose names contain one of these")
    parser.add_argument("--nightly", action="store_true", help="the steps of the night instead of those of a push")
    options = parser.parse_args()
    BUILD.mkdir(exist_ok=True)
    os.environ.setdefault("SWIFT_BACKTRACE", "enable=no")
    rows, broken = [], []
    for name, _, command in chosen(options.words, options.nightly):
        passed, failed, seconds, why = run(name, command)
        rows.append((name, passed, failed, seconds))
        if failed:
            broken.append((name, why))
        if failed and name == "build":
            break
    for name, why in broken:
        print(f"\nfailed: {name}")
        for line in why:
            print(f"    {line.rstrip()[:300]}")
    print("\n" + table(rows))
    passed, failed = sum(row[1] for row in rows), sum(row[2] for row in rows)
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
