#!/usr/bin/env python3
"""Judges windows of raw key again, from their records alone: docs/evidence.md, written from that page and proto/.

    evidence_verify.py [--node-key KEY.pem]... RECORD...

Exit code 0 if everything follows from the records, 14 if not. Needs protobuf, grpcio-tools and cryptography of PyPI.
"""
import argparse, hashlib, importlib, math, pathlib, sys, tempfile
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from grpc_tools import protoc

PROTO = pathlib.Path(__file__).resolve().parent.parent / "proto"
ALICE, BOB, RELEASED, REVOKED, VACUUM = 1, 2, 1, 2, 3
CAUSES = {1: ("Lost", "lost_share"), 2: ("Undeclared", "undeclared_share"), 3: ("NoRoom", "no_room_share"),
          4: ("Ended", "ended_share"), 5: ("OtherEnd", "other_end_share")}


def messages():
    folder = tempfile.mkdtemp()
    names = [str(PROTO / f"cvqkd/rawkey/v1/{name}.proto") for name in ("block", "evidence")]
    if protoc.main(["protoc", f"-I{PROTO}", f"--python_out={folder}", *names]):
        sys.exit("the .proto files do not compile")
    sys.path.insert(0, folder)
    return importlib.import_module("cvqkd.rawkey.v1.evidence_pb2")


def divide(a, b):
    try:
        return a / b
    except ZeroDivisionError:
        return math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a)


def root(x):
    return math.sqrt(x) if x >= 0 else math.nan


class Sums:
    """Exact sums in whole numbers, and what they say about their samples."""

    def __init__(self, *messages, runs=0):
        add = lambda field: sum(getattr(m, field) for m in messages)
        number = lambda field, signed: sum(int.from_bytes(getattr(m, field), "little", signed=signed) for m in messages)
        self.n, self.s1, self.s2, self.lag, self.clipped = map(add, ("samples", "first", "second", "lag_product", "clipped"))
        self.s3, self.s4 = number("third", True), number("fourth", False)
        n, self.runs = self.n, runs
        centred = n * self.s2 - self.s1 ** 2
        self.mean, self.variance = divide(self.s1, n), divide(centred, n * (n - 1)) if n > 1 else math.nan
        # n^4 times the fourth central moment, and n^4 times the square of the second.
        fourth = n**3 * self.s4 - 4 * n**2 * self.s1 * self.s3 + 6 * n * self.s1**2 * self.s2 - 3 * self.s1**4
        self.kurtosis = divide(fourth, centred**2)
        products = n - runs
        population = divide(centred, n * n)
        self.rho = divide(divide(self.lag, products) - self.mean**2, population) if products > 0 else 0.0
        self.factor = 1 + 2 * self.rho**2

    def key(self):
        return self.n, self.s1, self.s2, self.s3, self.s4, self.lag, self.clipped


def common(judged, s, policy):
    counts = {cause: sum(g.cells for g in s.gaps if g.cause == cause) for cause in CAUSES}
    cells = len(s.held) + sum(counts.values())
    for cause, (name, limit) in CAUSES.items():
        judged["gapShare" + name] = counts[cause] / max(1, cells), 0, getattr(policy, limit)
    judged["alarms"] = len(s.alarms), 0, 0
    judged["heldCells"] = len(s.held), 2, math.inf


def judge_bob(s, p, wrong):
    e, judged = s.receiver, {}
    channels = "xp" if e.HasField("vacuum_p") else "x"
    independent = vacuum = electronic = clipped = total = 0
    for c in channels:
        get = lambda name: getattr(e, f"{name}_{c}")
        cells = [(getattr(cell, c), cell.runs) for cell in e.cells]
        whole = Sums(*[m for m, _ in cells], runs=sum(r for _, r in cells))
        first = Sums(*[m for m, _ in cells[: len(cells) // 2]])
        rest = Sums(*[m for m, _ in cells[len(cells) // 2:]])
        if whole.key() != Sums(get("vacuum")).key() or first.key() != Sums(get("first_half")).key():
            wrong.append(f"vacuum_{c}")
        for (m, _), held in zip(cells, s.held):
            if m.samples != sum(k.symbols for k in held.kinds if k.kind == VACUUM):
                wrong.append("receiver.cells")
        reference, off, k, C = get("reference_vacuum"), get("electronic_variance"), p.bound_sigmas, c.upper()
        n = min(p.planned_vacuum_samples / len(channels), whole.n)
        relative = math.hypot(k * root(divide(2, n)), divide(p.calibration_sigmas * reference.sigma, reference.value))
        around = lambda name, value, centre, tolerance: judged.__setitem__(
            name + C, (value, centre - tolerance, centre + tolerance))
        around("vacuumVariance", whole.variance, reference.value, reference.value * (p.vacuum_tolerance + relative))
        per_power = divide(divide(whole.variance - off.value, e.local_oscillator_mean),
                           divide(reference.value - off.value, e.local_oscillator_reference))
        amplified = divide(reference.value, reference.value - off.value)
        around("shotNoisePerPower", per_power, 1, p.per_power_tolerance + amplified * relative)
        inverse = divide(2, first.n) + divide(2, rest.n)
        around("drift", divide(first.variance, rest.variance) - 1, 0, p.drift_tolerance + k * root(inverse))
        greatest = 0.0
        for at in range(1, len(cells)):
            a, b = Sums(*[m for m, _ in cells[:at]]), Sums(*[m for m, _ in cells[at:]])
            if a.n >= 1000 and b.n >= 1000:
                step = abs(divide(a.variance, b.variance) - 1) - p.drift_tolerance
                z = divide(step, root(2 / a.n + 2 / b.n))
                greatest = greatest if z <= greatest else z
        judged["changePoint" + C] = greatest, 0, k
        around("mean", divide(whole.mean - get("reference_mean"), root(reference.value)), 0,
               p.mean_tolerance + k / root(n) if n else math.nan)
        around("kurtosis", whole.kurtosis, 3, p.kurtosis_tolerance + k * root(divide(24, n)))
        around("correlation", whole.rho, 0, p.correlation_tolerance + divide(k, root(n)))
        dark = Sums(get("dark"))
        if dark.n >= 2:
            allowed = math.hypot(k * root(2 / dark.n), divide(p.calibration_sigmas * off.sigma, off.value))
            around("electronicVariance", dark.variance, off.value, off.value * (p.electronic_tolerance + allowed))
        independent += whole.n / whole.factor
        vacuum, electronic = vacuum + whole.variance, electronic + off.value
        clipped, total = clipped + whole.clipped + dark.clipped, total + whole.n
        print(f"    V_on,{c} = {whole.variance:.4f} +- {whole.variance * root(divide(2 * whole.factor, whole.n)):.4f} LSB^2")
    for name in ("least", "most"):
        ratio = divide(getattr(e, "local_oscillator_" + name), e.local_oscillator_reference)
        judged["localOscillator" + name.title()] = (
            ratio, 1 - p.local_oscillator_tolerance, 1 + p.local_oscillator_tolerance)
    judged["clippedSamples"] = max(clipped, e.clipped_samples), 0, p.clipped_samples
    judged["doubtfulFrames"] = e.doubtful_frames, 0, p.doubtful_frames
    judged["vacuumSamples"] = total, p.planned_vacuum_samples, math.inf
    possible = 0 < e.detector_efficiency <= 1 and 0 < e.transmittance <= 1 and vacuum > electronic
    share = 0.5 if channels == "xp" else 1
    leverage = vacuum / (vacuum - electronic) / (share * e.detector_efficiency * e.transmittance) if possible else math.nan
    hidden = p.bound_sigmas * leverage * root(divide(2, independent))
    judged["hiddenExcessNoise"] = hidden, 0, p.null_key_share * p.null_key_noise
    if not same(hidden, e.hidden_excess_noise):
        wrong.append("hidden_excess_noise")
    return judged


def judge_alice(s, p, wrong):
    e, judged = s.transmitter, {}
    reference = e.reference_power
    allowed = divide(p.calibration_sigmas * reference.sigma, reference.value)
    lower, upper = 1 - p.weaker_tolerance - allowed, 1 + p.stronger_tolerance + allowed
    for name, power in (("", e.monitor_power.value), ("Least", e.least_power), ("Most", e.most_power)):
        judged["transmitterPower" + name] = divide(power, reference.value), lower, upper
    variance = e.reference_variance.value
    judged["modulationVariance"] = e.modulation_variance.value, variance * lower, variance * upper
    if e.reference_training_variance > 0 and e.training_samples >= 2:
        tolerance = p.training_tolerance + p.bound_sigmas * math.sqrt(2 / e.training_samples)
        judged["trainingVariance"] = e.training_variance / e.reference_training_variance, 1 - tolerance, 1 + tolerance
    judged["clippedSamples"] = e.clipped_samples, 0, p.clipped_samples
    judged["doubtfulFrames"] = e.doubtful_frames, 0, p.doubtful_frames
    judged["powerReadings"] = e.power_readings, p.power_readings, math.inf
    return judged


def same(a, b):
    return a == b or (a != a and b != b) or abs(a - b) <= 1e-9 * max(abs(a), abs(b), 1e-6)


def read(pb, signed, end, pins, wrong):
    """The statement of an end, and whether its evidence passes by its own numbers."""
    try:
        Ed25519PublicKey.from_public_bytes(signed.public_key).verify(
            signed.signature, b"cvqkd.rawkey.v1 window\n" + signed.statement)
    except (InvalidSignature, ValueError):
        wrong.append("signature")
    if pins and signed.public_key not in pins:
        wrong.append("key that is not pinned")
    s = pb.WindowStatement.FromString(signed.statement)
    p = pb.EvidencePolicy.FromString(s.policy)
    if s.end != end or s.rule != 1 or p.rule != 1:
        wrong.append("end or rule")
    print(f"  {'Bob' if end == BOB else 'Alice'}, window {s.ordinal}, cells {s.first_cell} to {s.first_cell + s.cells - 1}")
    judged = (judge_bob if end == BOB else judge_alice)(s, p, wrong)
    common(judged, s, p)
    stated = {q.name: q for q in s.judged}
    if set(stated) != set(judged) or len(stated) != len(s.judged):
        wrong.append("judged")
    for name, (value, lower, upper) in judged.items():
        q, passes = stated.get(name), lower <= value <= upper
        if q and not (same(q.value, value) and same(q.lower, lower) and same(q.upper, upper) and q.passes == passes):
            wrong.append(name)
        if not passes:
            print(f"    outside: {name} = {value:g}, from {lower:g} to {upper:g}")
    passes = all(lower <= value <= upper for value, lower, upper in judged.values())
    if s.passes != passes:
        wrong.append("passes")
    return s, passes


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--node-key", action="append", default=[])
    parser.add_argument("record", nargs="+")
    options = parser.parse_args()
    pins = [load_pem_public_key(pathlib.Path(name).read_bytes()).public_bytes(Encoding.Raw, PublicFormat.Raw)
            for name in options.node_key]
    pb, sha = messages(), lambda data: hashlib.sha256(data).digest()
    before, all_x, failed = {}, [], False
    for name in options.record:
        print(name)
        record, wrong, statements = pb.WindowRecord.FromString(pathlib.Path(name).read_bytes()), [], {}
        for end, field in ((BOB, "receiver"), (ALICE, "transmitter")):
            if record.HasField(field):
                statements[end] = read(pb, getattr(record, field), end, pins, wrong)
                s, digest = statements[end][0], sha(getattr(record, field).statement)
                if end in before and (s.previous, s.ordinal, s.binding) != before[end][:3]:
                    wrong.append("chain")
                before[end] = digest, s.ordinal + 1, s.binding
        if record.outcome == RELEASED:
            bob = sha(record.receiver.statement)
            both = sha(record.receiver.statement + record.transmitter.statement)
            if len(statements) < 2 or not all(passes for _, passes in statements.values()):
                wrong.append("released without evidence")
            elif statements[ALICE][0].answers != bob or record.digest != both:
                wrong.append("digest")
            for field in ("link", "binding", "ordinal", "first_cell", "cells", "policy"):
                if len({getattr(s, field) for s, _ in statements.values()}) > 1:
                    wrong.append(field)
        if BOB in statements:
            all_x.append(statements[BOB][0].receiver.vacuum_x)
        print("  " + ("does not follow from the record: " + ", ".join(wrong) if wrong else "follows from the record"))
        failed |= bool(wrong)
    if all_x:
        over_all = Sums(*all_x)
        print(f"V_on,x over all windows: {over_all.variance:.4f} LSB^2 of {over_all.n} samples")
    if not pins:
        print("No --node-key: signatures prove only that whoever holds these keys signed.")
    sys.exit(14 if failed else 0)


if __name__ == "__main__":
    main()
