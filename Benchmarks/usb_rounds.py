"""Inside the virtual machine: one source, two readers in turn, over vhci and over dummy_hcd with FunctionFS. Called by
bench_usb.py through vm/run; writes /out/rounds.json and prints a line per round."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(sys.argv[1])
ROUNDS = int(sys.argv[2])
MEBIBYTES = sys.argv[3]
PACES = sys.argv[4].split(",")
# The source has one processor and the reader the other. Left to themselves, the driver's two threads and the source
# share both, and as QEMU's processors are threads of a busy machine, guest time then passes without work being done.
SOURCE, READER = ["taskset", "-c", "1"], ["taskset", "-c", "0"]


def node(serial):
    """usbfs node of a device, when it has been enumerated."""
    for _ in range(100):
        for file in Path("/sys/bus/usb/devices").glob("*/serial"):
            if file.read_text().strip() == serial:
                device = file.parent
                number = lambda name: int((device / name).read_text())
                return f"/dev/bus/usb/{number('busnum'):03}/{number('devnum'):03}", (device / "speed").read_text().strip()
        time.sleep(0.1)
    sys.exit(f"{serial} did not appear")


def run(*words):
    done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, words))}: exit code {done.returncode}")
    return json.loads(done.stdout)


def measure(wire):
    source = subprocess.Popen([*SOURCE, FOLDER / "release" / "usb-source", wire], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if source.stdout.readline().strip() != "ready":
        sys.exit(f"no source on {wire}")
    (first, speed), (second, _) = node("BENCH-0"), node("BENCH-1")
    bare, ours = FOLDER / "bare-reader", FOLDER / "release" / "usb-reader"
    result = {"wire": wire, "speedMegabits": speed, "rounds": [], "free": [], "unchecked": [], "deaf": [], "pairs": [], "paced": []}
    for number in range(2 * ROUNDS):
        pinned = READER if number < ROUNDS else []
        # The order alternates: whoever comes second finds the machine as the other left it.
        readers = {"swift": ours, "c": bare} if number % 2 else {"c": bare, "swift": ours}
        row = {name: run(*pinned, program, first, MEBIBYTES) for name, program in readers.items()}
        if row["swift"]["sumOfSquares"] != row["c"]["sumOfSquares"]:
            sys.exit(f"the readers disagree about the sums: {row}")
        rates = {name: one["bytes"] / one["seconds"] / 1e6 for name, one in row.items()}
        print(f"{wire} round {number + 1}{'' if pinned else ', free scheduling'}: Swift {rates['swift']:.1f} MB/s, C {rates['c']:.1f} MB/s", flush=True)
        result["rounds" if pinned else "free"].append(row)
    for _ in range(3):
        result["unchecked"].append(run(*READER, bare, first, MEBIBYTES, "unchecked"))
        result["deaf"].append(run(*READER, bare, first, MEBIBYTES, "deaf"))
        result["pairs"].append(run(*READER, ours, f"{first},{second}", MEBIBYTES))
    for pace in PACES:
        result["paced"].append({"megabytesPerSecond": float(pace)} | run(ours, first, "48", pace))
    source.stdin.close()
    source.wait(timeout=20)
    return result


Path("/out/rounds.json").write_text(json.dumps([measure("vhci"), measure("gadget")]))
