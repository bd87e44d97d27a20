"""Runs the benchmarks in release, prints each figure as a ratio to a named limit of the same run, and writes
.build/bench.json. These machines are noisy: a ratio means more than a rate, and neither is a test.

    python3 Benchmarks/run.py                 everything
    python3 Benchmarks/run.py recordings      one part: stream, blocks or recordings
"""

import json
import subprocess
import sys
import time
import venv
from pathlib import Path

import recordings

ROOT = Path(__file__).resolve().parent.parent
SCRATCH = ROOT / ".build" / "benchmarks"
MEBIBYTES = "128"

NUMPY = r"""
import json, sys, time
import crc32c, numpy as np
data = np.fromfile(sys.argv[1], dtype=np.uint8)
stride = 16384

def receive():
    # The same work: header and message of each frame, CRC-32C, account, and sums, sums of squares and clips.
    following, accounted, sums = 0, 0, np.zeros(6, dtype=np.int64)
    for offset in range(0, data.size, stride):
        frame = data[offset:offset + stride]
        magic, length = frame[:2].view('<u2')[0], int(frame[4:8].view('<u4')[0])
        stated = frame[28:32].view('<u4')[0]
        crc = crc32c.crc32c(frame[32:length].tobytes(), crc32c.crc32c(frame[:28].tobytes()))
        assert magic == 0x5143 and crc == stated
        first, count = int(frame[40:48].view('<u8')[0]), int(frame[72:76].view('<u4')[0])
        assert first >= following
        accounted += count
        following = first + count
        samples = frame[96:96 + 4 * count].view('<i2')
        for i, quadrature in enumerate((samples[0::2], samples[1::2])):
            wide = quadrature.astype(np.int64)
            sums[3 * i] += wide.sum()
            sums[3 * i + 1] += (wide * wide).sum()
            sums[3 * i + 2] += ((quadrature <= -8191) | (quadrature >= 8191)).sum()
    assert accounted == following
    return int(sums[1] + sums[4])

best = 1e9
for _ in range(3):
    start = time.perf_counter()
    check = receive()
    best = min(best, time.perf_counter() - start)
print(json.dumps({"gigabytesPerSecond": data.size / best / 1e9, "sumOfSquares": check}))
"""


def output(*command):
    done = subprocess.run([str(word) for word in command], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def program(name):
    return SCRATCH / "release" / name


def python_with_numpy():
    folder = ROOT / ".build" / "bench-venv"
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    output(python, "-m", "pip", "install", "--quiet", "numpy", "scipy", "crc32c")
    return python


def row(name, value, ratio, aim, rival):
    judged = "" if aim is None else f" (aim ≥ {aim:g}: {'reached' if ratio >= aim else 'NOT reached'})"
    print(f"{name:<44} {value:>22}   {ratio:6.2f} × {rival}{judged}")


def stream():
    for name in ("receive-path", "pty-stream", "emulator-speed"):
        output("swift", "build", "-c", "release", "--package-path", "Benchmarks", "--scratch-path", SCRATCH, "--product", name)
    frames = ROOT / ".build" / "bench-frames.bin"
    receive = json.loads(output(program("receive-path"), MEBIBYTES, frames))
    rival = json.loads(output(python_with_numpy(), "-c", NUMPY, frames))
    frames.unlink()
    if rival["sumOfSquares"] != receive["sumOfSquares"]:
        sys.exit("numpy and cvqkd disagree about the sums")
    terminal = json.loads(output(program("pty-stream"), MEBIBYTES))
    emulator = json.loads(output(program("emulator-speed")))
    rate = receive["receiveGigabytesPerSecond"]
    against_numpy = rate / rival["gigabytesPerSecond"]
    print(f"frames in memory: header, CRC-32C, account, Σ, Σ², clips; {MEBIBYTES} MiB, one core")
    row("receive path", f"{rate:.2f} GB/s", rate, 2.5, "1 GB/s")
    row("  against memcpy", f"{receive['memcpyGigabytesPerSecond']:.2f} GB/s", receive["ratioToMemcpy"], 0.3, "memcpy")
    row("  against numpy", f"{rival['gigabytesPerSecond']:.3f} GB/s", against_numpy, 10, "numpy")
    print(f"stream over a pseudo-terminal, {MEBIBYTES} MiB of frames")
    row("  against a bare reader", f"{terminal['transportMegabytesPerSecond']:.0f} MB/s", terminal["ratioToBareReader"], 0.8, "read()")
    print("emulator: both ends, physics, framing and CRC, heterodyne, one core")
    row("  symbols", f"{emulator['symbolsPerSecond'] / 1e6:.1f} MSymbol/s", emulator["symbolsPerSecond"] / 1e7, 1, "10 MSymbol/s")
    return {
        "receivePath": receive | {"numpyGigabytesPerSecond": rival["gigabytesPerSecond"], "ratioToNumpy": against_numpy},
        "ptyStream": terminal, "emulator": emulator,
    }


def blocks():
    output("swift", "build", "-c", "release", "--package-path", "Benchmarks", "--scratch-path", SCRATCH, "--product", "block-sealing")
    sealing = json.loads(output(program("block-sealing"), MEBIBYTES))
    print(f"raw-key blocks of 4 MiB, {MEBIBYTES} MiB of frames in memory, one core")
    rate = f"{sealing['assembleAndSealGigabytesPerSecond']:.2f} GB/s"
    row("assemble and seal", rate, sealing["ratioToBareCipher"], 0.7, "AES-256-GCM alone")
    rate = f"{sealing['receiveAssembleAndSealGigabytesPerSecond']:.2f} GB/s"
    row("  with header, CRC-32C and account", rate, sealing["ratioWithReceiving"], None, "AES-256-GCM alone")
    return {"blocks": sealing}


def of_recordings():
    output("make", "release")
    found = recordings.measure(ROOT / ".build" / "release" / "cvqkd", python_with_numpy(), ROOT / ".build")
    recordings.report(found, row)
    return {"recordings": found}


PARTS = {"stream": stream, "blocks": blocks, "recordings": of_recordings}


def main():
    wanted = sys.argv[1:] or list(PARTS)
    if unknown := set(wanted) - set(PARTS):
        sys.exit(f"no such part: {', '.join(unknown)}; there are: {', '.join(PARTS)}")
    path = ROOT / ".build" / "bench.json"
    # Parts that are not measured now keep what an earlier run has found.
    results = json.loads(path.read_text()) if path.exists() and sys.argv[1:] else {}
    results["partsMeasuredAt"] = results.get("partsMeasuredAt", {}) if sys.argv[1:] else {}
    for part in wanted:
        results |= PARTS[part]()
        results["partsMeasuredAt"][part] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    path.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
