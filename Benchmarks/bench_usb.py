"""`make bench-usb`: the USB receive path against named limits, each as a ratio within one run. Prints a table and writes
.build/bench-usb.json. A missed aim is said in the table; it is no failure of the program."""

import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCRATCH = ROOT / ".build" / "benchmarks"
OUT = ROOT / ".build" / "bench-usb"
ROUNDS = int(os.environ.get("ROUNDS", "9"))
MEBIBYTES = os.environ.get("MEBIBYTES", "96")
PACES = os.environ.get("PACES", "10,20")
MODULES = ["dummy_hcd is_super_speed=1 num=2", "libcomposite", "usb_f_fs"]

results = []


def output(*command):
    done = subprocess.run([str(word) for word in command], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit code {done.returncode}")
    return done.stdout


def note(name, value, unit, against, ratio, aim, met, command):
    """`aim` is a sentence with a number; `met` is None for a figure without an aim."""
    results.append(dict(name=name, value=value, unit=unit, against=against, ratio=ratio, aim=aim, met=met, command=command))
    verdict = {True: "met", False: "NOT met", None: ""}[met]
    relative = "" if ratio is None else f"{ratio:.3f} × {against}"
    print(f"{name:<58} {value:>10.4g} {unit:<12} {relative:<44} {aim or '':<10} {verdict}", flush=True)


def build():
    for product in ("usb-source", "usb-reader", "channel-latency", "receive-path"):
        output("swift", "build", "-c", "release", "--package-path", "Benchmarks", "--scratch-path", SCRATCH, "--product", product)
    # The compiler that builds the driver's kernels, so that both use the same code.
    output(shutil.which("clang") or "cc", "-O2", "-Wall", "-Wextra", "-I/usr/include/libusb-1.0", "-ISources/C/CUnitIO/include",
           "-Ifirmware-schemas", "Benchmarks/bare-reader/bare_reader.c", "Sources/C/CUnitIO/crc32c.c",
           "Sources/C/CUnitIO/moments.c", "-lusb-1.0", "-o", SCRATCH / "bare-reader")


def in_memory():
    receive = json.loads(output(SCRATCH / "release" / "receive-path", "128"))
    command = "Benchmarks: receive-path 128"
    note("receive path from memory, one core", receive["receiveGigabytesPerSecond"], "GB/s", "memcpy",
         receive["ratioToMemcpy"], "≥ 0.3", receive["ratioToMemcpy"] >= 0.3, command)
    channel = json.loads(output(SCRATCH / "release" / "channel-latency", "100", "10"))
    frames = ROOT / ".build" / "bench-frames.bin"
    pairs = []
    for _ in range(ROUNDS):
        ours = json.loads(output(SCRATCH / "release" / "receive-path", "16", frames))
        bare = json.loads(output(SCRATCH / "bare-reader", "memory", frames))
        if ours["sumOfSquares"] != bare["sumOfSquares"]:
            sys.exit("the readers disagree about the sums")
        pairs.append(ours["receiveGigabytesPerSecond"] / bare["gigabytesPerSecond"])
    frames.unlink()
    note("the same against the checks in C, in memory", ours["receiveGigabytesPerSecond"], "GB/s",
         f"the C reader's checks (± {spread(pairs):.3f})", statistics.median(pairs), "≥ 0.95", statistics.median(pairs) >= 0.95,
         "Benchmarks: receive-path 16, bare-reader memory")
    command = "Benchmarks: channel-latency 100 10 (in memory, real threads)"
    transfer = 262_144 / 100e6
    for name, key in (("median", "medianSeconds"), ("p99.9", "p999Seconds")):
        note(f"completion to consumer at 100 MB/s, {name}", 1e6 * channel[key], "µs", "time of a 256 KiB transfer",
             channel[key] / transfer, None, None, command)
    note("transfers that found no spare buffer meanwhile", channel["starved"], "of " + str(channel["blocks"]), None, None, "= 0",
         channel["starved"] == 0, command)


def in_machine():
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    words = [word for module in MODULES for word in ("--module", module)]
    command = ["vm/run", "--timeout", "900", "--out", OUT, *words, "--", "python3", "Benchmarks/usb_rounds.py", SCRATCH,
               ROUNDS, MEBIBYTES, PACES]
    print(output(*command), end="", flush=True)
    return json.loads((OUT / "rounds.json").read_text())


def spread(values):
    """Half the width of the middle half, in the values' unit."""
    low, _, high = statistics.quantiles(values, n=4)
    return (high - low) / 2


def report(wire):
    name = {"vhci": "vhci", "gadget": "dummy_hcd + FunctionFS"}[wire["wire"]]
    command = f"make bench-usb: in the VM, {name}, {wire['speedMegabits']} Mbit/s, {ROUNDS} rounds of {MEBIBYTES} MiB"
    rate = lambda one: one["bytes"] / one["seconds"] / 1e6
    cost = lambda one: one["cpuSeconds"] / one["bytes"] * 1e9
    speeds = [rate(row["swift"]) / rate(row["c"]) for row in wire["rounds"]]
    costs = [cost(row["swift"]) / cost(row["c"]) for row in wire["rounds"]]
    median = statistics.median
    note(f"{name}: throughput, Swift engine", median(rate(row["swift"]) for row in wire["rounds"]), "MB/s",
         f"bare C reader (± {spread(speeds):.3f})", median(speeds), "≥ 0.95", median(speeds) >= 0.95, command)
    note(f"{name}: throughput, bare C reader", median(rate(row["c"]) for row in wire["rounds"]), "MB/s", None, None, None, None,
         command)
    note(f"{name}: CPU time, Swift engine", median(cost(row["swift"]) for row in wire["rounds"]), "ns/byte",
         f"bare C reader (± {spread(costs):.3f})", median(costs), None, None, command)
    note(f"{name}: CPU time, bare C reader", median(cost(row["c"]) for row in wire["rounds"]), "ns/byte", None, None, None, None,
         command)
    free = [rate(row["swift"]) / rate(row["c"]) for row in wire["free"]]
    note(f"{name}: throughput, processors chosen by the kernel", median(rate(row["swift"]) for row in wire["free"]), "MB/s",
         f"bare C reader (± {spread(free):.3f})", median(free), None, None, command)
    deaf = median(map(rate, wire["deaf"]))
    note(f"{name}: the bare C reader without waiting for replies", deaf, "MB/s", "bare C reader",
         deaf / median(rate(row["c"]) for row in wire["rounds"]), None, None, command)
    fastest = max(median(rate(row["c"]) for row in wire["rounds"]), median(rate(row["swift"]) for row in wire["rounds"]))
    unchecked = median(map(rate, wire["unchecked"]))
    note(f"{name}: the source, read without checks", unchecked, "MB/s", "the faster reader", unchecked / fastest, "> 1",
         unchecked > fastest, command)
    unfair = median(one["unfairness"] for one in wire["pairs"])
    note(f"{name}: two units at once, max/min - 1", 100 * unfair, "%", None, None, "≤ 5 %", unfair <= 0.05, command)
    for one in wire["paced"]:
        for label, key in (("median", "latencyMedian"), ("p99.9", "latencyP999")):
            note(f"{name}: device's end to consumer at {one['megabytesPerSecond']:g} MB/s, {label}", 1e3 * one[key], "ms", None,
                 None, None, None, command)


def main():
    build()
    in_memory()
    for wire in in_machine():
        report(wire)
    (ROOT / ".build" / "bench-usb.json").write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")
    missed = [one["name"] for one in results if one["met"] is False]
    print("all aims are met" if not missed else "NOT met: " + "; ".join(missed))


if __name__ == "__main__":
    main()
