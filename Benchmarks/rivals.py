"""What numpy and scipy make of the same recordings, and the recordings themselves. Run by recordings.py, pinned to one
core. Times are CPU seconds (user and system) of the best round, imports and start not counted."""

import json
import resource
import sys
from pathlib import Path

import numpy as np

# The least deviation is far above the rounding to whole LSB, the greatest far below the end of an int16.
SCALE, SHOT_NOISE, ELECTRONIC, GAIN = 0.001, 40_000, 4_000, 0.5 * 0.6 * 0.316
BLOCK = 1 << 22


def main():
    command, folder, *rest = sys.argv[1:]
    print(json.dumps(globals()[command](Path(folder), *map(int, rest))))


# Recordings


def make(folder, symbols, seed):
    """Alice, Bob, electronic noise and vacuum of a heterodyne link: SigMF without anything that may be missing."""
    random = np.random.default_rng(seed)

    def noise(variance):
        return np.rint(np.sqrt(variance) * random.standard_normal(2 * symbols, dtype=np.float32) + 4)

    def write(name, kind, samples, **more):
        samples.astype(np.int16).tofile(folder / f"{name}.sigmf-data")
        meta = {"core:datatype": "ci16_le", "core:version": "1.0.0", "cvqkd:kind": kind} | more
        (folder / f"{name}.sigmf-meta").write_text(json.dumps({"global": meta}))

    alice = noise(5 / SCALE**2) - 4
    write("modulation", "modulation", alice, **{"cvqkd:scale": SCALE})
    alice *= np.sqrt(GAIN * SHOT_NOISE) * SCALE
    alice += noise(SHOT_NOISE * (1 + GAIN * 0.01) + ELECTRONIC)
    write("signal", "signal", np.rint(alice))
    del alice
    write("off", "electronic_noise", noise(ELECTRONIC))
    write("on", "vacuum", noise(SHOT_NOISE + ELECTRONIC))
    return {"seed": seed, "bytes": sum(f.stat().st_size for f in folder.iterdir())}


# Rivals


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def best(work, rounds=3):
    times = []
    for _ in range(rounds):
        start = cpu()
        result = work()
        times.append(cpu() - start)
    return {"seconds": min(times), "result": result}


def samples(folder, name):
    return np.fromfile(folder / f"{name}.sigmf-data", dtype=np.int16)


def quadratures(folder, name):
    both = samples(folder, name)
    return both[0::2], both[1::2]


def shape(quadrature, mean):
    """Skewness, kurtosis and 16 correlations, of as many samples as cvqkd takes."""
    part = quadrature[: 1 << 18] - mean
    square = part * part
    variance = square.mean()
    lags = [(part[:-lag] * part[lag:]).mean() / variance for lag in range(1, 17)]
    return [(square * part).mean() / variance**1.5, (square * square).mean() / variance**2, *lags]


def same(folder):
    found = []
    for name in ("off", "on"):
        for q in quadratures(folder, name):
            mean = q.mean()
            clipped = int(np.count_nonzero((q == -32768) | (q == 32767)))
            found.append(float(q.var(ddof=1)))
            shape(q, mean), clipped, q.min(), q.max()
    return found


def variance_only(folder):
    return [float(q.var(ddof=1)) for name in ("off", "on") for q in quadratures(folder, name)]


def variance_tuned(folder):
    """Mean and variance only, in blocks that stay in cache, by BLAS: the fastest way in numpy that we know."""
    found = []
    for name in ("off", "on"):
        both = samples(folder, name)
        for channel in (0, 1):
            count, total, squares = 0, 0.0, 0.0
            for start in range(0, both.size, 1 << 16):
                q = both[start + channel : start + (1 << 16) : 2].astype(np.float64)
                count, total, squares = count + q.size, total + q.sum(), squares + q @ q
            found.append((squares - total * total / count) / (count - 1))
    return found


def shot_noise(folder):
    return {f.__name__: best(lambda: f(folder)) for f in (same, variance_only, variance_tuned)}


def covariances(folder):
    """V_off and V_on, the clips of the signal, and the fit of Bob's x and p on Alice's x, p and 1, by np.cov in blocks
    (all at once needs 3 GB and is no faster). The delay is given to it."""
    noise = variance_only(folder)
    alice, bob = samples(folder, "modulation").reshape(-1, 2), samples(folder, "signal").reshape(-1, 2)
    clipped = int(np.count_nonzero((bob == -32768) | (bob == 32767)))
    total, sums = np.zeros(4), np.zeros((4, 4))
    for start in range(0, len(alice), 1 << 15):
        rows = np.concatenate([alice[start : start + (1 << 15)], bob[start : start + (1 << 15)]], axis=1).astype(float)
        total += rows.sum(axis=0)
        sums += rows.T @ rows
    cov = (sums - np.outer(total, total) / len(alice)) / (len(alice) - 1)
    slopes = np.linalg.solve(cov[:2, :2], cov[:2, 2:])
    residual = np.diag(cov[2:, 2:] - cov[2:, :2] @ slopes)
    return {"noise": noise, "modulation": np.diag(cov)[:2].mean() * SCALE**2, "residual": residual.mean(), "clipped": clipped}


def covariances_at_once(folder):
    noise = variance_only(folder)
    rows = np.stack([*quadratures(folder, "modulation"), *quadratures(folder, "signal")])
    return {"noise": noise, "modulation": np.diag(np.cov(rows))[:2].mean() * SCALE**2}


def estimate(folder):
    return {"blocks": best(lambda: covariances(folder)), "npCov": best(lambda: covariances_at_once(folder), rounds=1)}


def welch(folder, segment):
    from scipy import signal

    def densities(kind):
        both = [
            signal.welch(q.astype(kind), 1.0, "hann", segment, segment // 2, detrend="constant", scaling="density")[1]
            for q in quadratures(folder, "on")
        ]
        return ((both[0] + both[1]) / 2).tolist()

    # Single precision is as good as ours, double is scipy's habit: whichever is faster here.
    return {kind.__name__: best(lambda: densities(kind), rounds=2) for kind in (np.float32, np.float64)}


def bandwidth(folder):
    """What the machine does with as many bytes as shot-noise analysis reads: copying them in memory, summing them in
    memory, and reading them from the page cache into one small buffer."""
    data = np.concatenate([samples(folder, "off"), samples(folder, "on")])
    copy = np.empty_like(data)
    words = data.view(np.int64)
    buffer = memoryview(bytearray(1 << 17))

    def read():
        for name in ("off", "on"):
            with open(folder / f"{name}.sigmf-data", "rb", buffering=0) as file:
                while file.readinto(buffer):
                    pass

    times = {"memcpy": lambda: np.copyto(copy, data), "sum": lambda: int(words.sum()), "read": read}
    return {name: data.nbytes / best(work, rounds=5)["seconds"] / 1e9 for name, work in times.items()}


if __name__ == "__main__":
    main()
