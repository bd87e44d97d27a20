"""Recordings: shot-noise analysis, estimation and spectra of 1e8 samples against numpy and scipy on one core, and a
complete estimate of 1e6 symbols, start of the process included. Results must agree before times are compared."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SAMPLES, SYMBOLS, SEGMENT, ROUNDS = 100_000_000, 1_000_000, 4096, 5
RIVALS = Path(__file__).resolve().parent / "rivals.py"
CORE = max(os.sched_getaffinity(0))
# One thread: BLAS would take every core otherwise.
ENVIRONMENT = os.environ | {name: "1" for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")}


def pinned(command):
    """Standard output, CPU seconds and wall seconds of a program on one core; its start and end included."""
    start = time.perf_counter()
    with subprocess.Popen(
        [str(word) for word in command], stdout=subprocess.PIPE, env=ENVIRONMENT,
        preexec_fn=lambda: os.sched_setaffinity(0, {CORE})) as child:
        text = child.stdout.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    if child.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit {child.returncode}")
    return text, used.ru_utime + used.ru_stime, wall


def best(command):
    """The result and the CPU seconds of the best of some rounds: other programs on the machine do not count."""
    rounds = [pinned(command) for _ in range(ROUNDS)]
    return json.loads(rounds[0][0]), min(cpu for _, cpu, _ in rounds)


def agree(name, ours, theirs, relative):
    if abs(ours - theirs) > relative * abs(theirs):
        sys.exit(f"{name}: {ours} here, {theirs} there")


def measure(cvqkd, python, scratch):
    """`python` has numpy and scipy; files go to a folder in `scratch` (800 MB) that is removed."""

    def rival(*words):
        return json.loads(pinned([python, RIVALS, *words])[0])

    with tempfile.TemporaryDirectory(dir=scratch, prefix="bench-recordings-") as folder:
        big, small = Path(folder, "big"), Path(folder, "small")
        big.mkdir(), small.mkdir()
        rival("make", big, SAMPLES // 2, 1)
        rival("make", small, SYMBOLS, 2)
        limits = rival("bandwidth", big)
        noise = shot_noise(cvqkd, big, rival("shot_noise", big), limits)
        channel = estimation(cvqkd, big, rival("estimate", big))
        density = spectrum(cvqkd, big, rival("welch", big, SEGMENT))
        return {
            "core": CORE, "shotNoise": noise, "estimate": channel, "spectrum": density,
            "start": complete_estimate(cvqkd, small)}


def shot_noise(cvqkd, folder, rivals, limits):
    found, seconds = best([cvqkd, "shot-noise", "analyze", "--off", folder / "off", "--on", folder / "on", "--json"])
    theirs = rivals["same"]["result"]
    agree("V_off", found["electronicVariance"]["value"], (theirs[0] + theirs[1]) / 2, 1e-9)
    agree("V_on", found["vacuumVariance"]["value"], (theirs[2] + theirs[3]) / 2, 1e-9)
    rate = 4 * SAMPLES / seconds / 1e9
    return {
        "seconds": seconds, "gigabytesPerSecond": rate, "limits": limits,
        "ratioToNumpySame": rivals["same"]["seconds"] / seconds,
        "ratioToNumpyVarianceOnly": rivals["variance_only"]["seconds"] / seconds,
        "ratioToNumpyTuned": rivals["variance_tuned"]["seconds"] / seconds,
        "ratioToMemcpy": rate / limits["memcpy"], "ratioToSum": rate / limits["sum"], "ratioToRead": rate / limits["read"]}


def estimate_command(cvqkd, folder):
    files = [word for name in ("modulation", "signal", "off", "on") for word in (f"--{name}", folder / name)]
    return [cvqkd, "estimate", *files, "--detection", "heterodyne", "--efficiency", "0.6", "--json"]


def estimation(cvqkd, folder, rivals):
    found, seconds = best(estimate_command(cvqkd, folder))
    theirs = rivals["blocks"]["result"]
    agree("V_A", found["modulationVariance"]["value"], theirs["modulation"], 1e-7)
    agree("residual variance", found["residualVariance"]["value"], theirs["residual"], 1e-7)
    agree("V_off", found["electronicVariance"]["value"], sum(theirs["noise"][:2]) / 2, 1e-9)
    return {
        "seconds": seconds, "gigabytesPerSecond": 8 * SAMPLES / seconds / 1e9,
        "ratioToNumpyBlocks": rivals["blocks"]["seconds"] / seconds,
        "ratioToNumpyCov": rivals["npCov"]["seconds"] / seconds}


def spectrum(cvqkd, folder, rivals):
    found, seconds = best([cvqkd, "spectrum", folder / "on", "--segment", SEGMENT, "--json"])
    fastest = min(rivals.values(), key=lambda rival: rival["seconds"])
    for bin, (ours, theirs) in enumerate(zip(found["on"], rivals["float64"]["result"], strict=True)):
        # Bin 0 is what rounding leaves of the mean that was taken away.
        if bin > 0:
            agree(f"bin {bin}", ours, theirs, 1e-5)
    return {
        "seconds": seconds, "megasamplesPerSecond": SAMPLES / seconds / 1e6,
        "ratioToScipy": fastest["seconds"] / seconds}


def complete_estimate(cvqkd, folder):
    """Wall time of many runs, by turns with a start that does nothing."""
    whole, empty, cpu = [], [], []
    for _ in range(31):
        _, used, wall = pinned(estimate_command(cvqkd, folder))
        whole.append(wall), cpu.append(used)
        empty.append(pinned([cvqkd, "--version"])[2])
    return {
        "symbols": SYMBOLS, "medianSeconds": statistics.median(whole), "fastestSeconds": min(whole),
        "medianCPUSeconds": statistics.median(cpu), "emptyStartMedianSeconds": statistics.median(empty)}


def report(found, row):
    noise, channel, density, start = (found[name] for name in ("shotNoise", "estimate", "spectrum", "start"))
    print(f"recordings in the page cache, {SAMPLES:.0e} int16 each; CPU time of the whole process on one core")
    row("shot-noise analyze, two files", f"{noise['gigabytesPerSecond']:.2f} GB/s", noise["ratioToNumpySame"], 10, "numpy, the same")
    row("  variances only there", "", noise["ratioToNumpyVarianceOnly"], None, "ndarray.var")
    row("  the same, in blocks, by BLAS", "", noise["ratioToNumpyTuned"], None, "numpy, tuned")
    row("  against reading the files", f"{noise['limits']['read']:.2f} GB/s", noise["ratioToRead"], None, "read()")
    row("  against memory", f"{noise['limits']['memcpy']:.2f} GB/s", noise["ratioToMemcpy"], None, "memcpy")
    row("estimate, four files", f"{channel['gigabytesPerSecond']:.2f} GB/s", channel["ratioToNumpyBlocks"], 10, "numpy, in blocks")
    row("  all at once there", "", channel["ratioToNumpyCov"], None, "np.cov")
    row("spectrum, segments of 4096", f"{density['megasamplesPerSecond']:.0f} MS/s", density["ratioToScipy"], None, "scipy.signal.welch")
    milliseconds = 1000 * start["medianSeconds"]
    print("a complete estimate of 1e6 heterodyne symbols, start included; median of 31")
    row("  estimate", f"{milliseconds:.1f} ms", 50 / milliseconds, 1, "50 ms")
    row("  CPU time of it", f"{1000 * start['medianCPUSeconds']:.1f} ms", start["medianCPUSeconds"] / start["medianSeconds"], None, "the whole")
    row("  of which an empty start", f"{1000 * start['emptyStartMedianSeconds']:.1f} ms", start["emptyStartMedianSeconds"] / start["medianSeconds"], None, "the whole")
