# SPDX-License-Identifier: Apache-2.0
"""One end's part: what it has, what both agree on, and what each says in turn.

In order: hello, manifest, subset (Bob's random draw, after both have said what they hold), disclosure, estimates, plan,
batches of frames, ledger. Reconciliation is reverse: Bob draws the bits, Alice finds them.
"""
import hashlib
import secrets
from dataclasses import dataclass, field

import numpy as np

import codec
import estimation
import evidence
import verification
from blocks import ALICE, BOB, NAMES, X16, X16_BASIS, XP16, mask_of, parse, runs_of
from failures import Damaged, Disagreement, Incompatible, Inconclusive, OutsideLimits
from ledger import Ledger

PROTOCOL = 1


@dataclass
class Settings:
    fraction: float = 0.2  # of the signal symbols, disclosed for the estimate
    efficiency: float = 0.88  # rate against capacity; above 0.92 frames begin to fail
    iterations: int = 200
    most_frames: int | None = None
    most_rejected: float = 0.25  # share of windows that were not released
    progress: object = lambda sentence: None
    decoders: object = None  # function of (code, iterations): how Alice decodes
    encoder: object = codec.Library  # how Bob encodes


@dataclass
class End:
    """What one end has of one session."""

    end: int
    blocks: dict
    windows: list
    unreleased: int  # blocks left out because their window was not released here

    @property
    def header(self):
        return self.blocks[min(self.blocks)].header


def gather(source, end):
    """Reads a source, checks that it is one session of this end, and leaves out what was not released."""
    blocks, digests = {}, {}
    for header, contents, tag in source.blocks():
        block = parse(header, contents)
        if block.header.identity.end != end:
            raise Incompatible(f"block {block.cell} is {NAMES[block.header.identity.end]}'s: this end is {NAMES[end]}'s")
        if block.cell in blocks:
            raise Damaged(f"there are two blocks of cell {block.cell}")
        blocks[block.cell] = block
        if tag is not None:
            digests[block.cell] = hashlib.sha256(header + tag).digest()
    if not blocks:
        raise Inconclusive("the source has no block")
    first = blocks[min(blocks)].header
    for block in blocks.values():
        for name in ("link", "session", "binding", "symbols_per_cell", "symbol_rate"):
            if getattr(block.header.identity, name) != getattr(first.identity, name):
                raise Incompatible(f"blocks {first.identity.cell} and {block.cell} are of different sessions: their "
                                   f"{name.replace('_', ' ')} differs")
        for name in ("format", "basis_bit_set", "delay", "p_sign", "filter", "is_rotated"):
            if getattr(block.header.layout, name) != getattr(first.layout, name):
                raise Damaged(f"the {name.replace('_', ' ')} of blocks {first.identity.cell} and {block.cell} differs "
                              "within a session")
        if block.header.calibration.sample_scale != first.calibration.sample_scale:
            raise Damaged(f"the scale of blocks {first.identity.cell} and {block.cell} differs within a session")
    windows = evidence.read_windows(source.windows(), first.identity.binding, first.identity.link)
    evidence.check_held(windows, digests, end)
    evidence.check_disclosed_runs(windows, {cell: block.training_runs for cell, block in blocks.items()}, end)
    released = evidence.released_cells(windows)
    kept = {cell: block for cell, block in blocks.items() if cell in released}
    if not kept:
        raise Inconclusive("no block lies in a window that was released")
    return End(end, kept, windows, len(blocks) - len(kept))


@dataclass
class Result:
    estimates: estimation.Estimates
    code: codec.Code
    ledger: Ledger
    cells: int
    lone_cells: int  # held by this end only
    unreleased: int
    windows: int
    released_windows: int
    kept: list = field(default_factory=list)  # bits of each frame that both ends have
    failed: int = 0
    iterations: list = field(default_factory=list)  # of frames that decoded


@dataclass
class Agreement:
    """What both ends know after the manifests."""

    cells: list
    usable: dict  # {cell: bool per symbol}: signal at both ends
    receiver: estimation.Receiver
    sample_scale: float
    modulation_sigma: float  # relative
    windows: list
    block_bits: int
    alice_p_sign: int
    bob_layout: dict


class Party:
    """What the two ends have in common."""

    def __init__(self, own, channel, settings):
        self.own, self.channel, self.settings = own, channel, settings
        self.peer_end = ALICE if own.end == BOB else BOB
        self.ledger = Ledger()

    def meet(self):
        identity = self.own.header.identity
        self.channel.send("hello", {
            "version": PROTOCOL, "end": self.own.end, "link": identity.link, "session": identity.session,
            "binding": identity.binding.hex(), "symbolsPerCell": identity.symbols_per_cell})
        hello = self.channel.receive("hello")
        if (version := hello.integer("version")) != PROTOCOL:
            raise Incompatible(f"the other end speaks version {version} of this channel; this one {PROTOCOL}")
        if hello.integer("end") != self.peer_end:
            raise Incompatible(f"both programs are {NAMES[self.own.end]}'s: start one with 'alice' and one with 'bob'")
        for name, mine, theirs in (
                ("link", identity.link, hello.text("link")),
                ("session", identity.session, hello.integer("session", most=(1 << 64) - 1)),
                ("binding", identity.binding, hello.binary("binding")),
                ("symbols per cell", identity.symbols_per_cell, hello.integer("symbolsPerCell"))):
            if mine != theirs:
                raise Incompatible(f"the two ends have blocks of different sessions: their {name} differs")

    def compare_manifests(self):
        own = self.own
        cells = sorted(own.blocks)
        unusable = [runs_of(~own.blocks[cell].is_signal) for cell in cells]
        training = [own.blocks[cell].training_runs for cell in cells]
        statements = [(window.receiver_bytes, window.transmitter_bytes) for window in own.windows]
        layout, calibration = own.header.layout, own.header.calibration
        self.channel.send("manifest", {
            "cells": cells,
            "unusableRuns": [len(runs) for runs in unusable], "trainingRuns": [len(runs) for runs in training],
            "statements": [[-1 if one is None else len(one) for one in pair] for pair in statements],
            "disclosedBits": sum(block.header.disclosed_bits for block in own.blocks.values()),
            "layout": {"format": layout.format, "pSign": layout.p_sign, "phase": layout.phase.value,
                       "isRotated": layout.is_rotated},
            "calibration": {
                "sampleScale": calibration.sample_scale,
                "modulationVariance": calibration.modulation_variance.value,
                "modulationSigma": _finite(calibration.modulation_variance.sigma),
                "efficiency": calibration.detector_efficiency.value,
                "efficiencySigma": _finite(calibration.detector_efficiency.sigma),
                "electronicSamples": calibration.electronic_samples}},
            _runs_bytes(unusable), _runs_bytes(training),
            b"".join(one for pair in statements for one in pair if one is not None))
        return self._agree(self.channel.receive("manifest"))

    def _agree(self, manifest):
        own = self.own
        n = own.header.identity.symbols_per_cell
        peer_cells = manifest.list("cells", int)
        if sorted(set(peer_cells)) != peer_cells:
            raise Damaged("the other end's list of cells is out of order")
        unusable = _read_runs(manifest, "unusableRuns", 0, peer_cells)
        training = _read_runs(manifest, "trainingRuns", 1, peer_cells)
        windows = evidence.complete(own.windows, _read_statements(manifest))
        evidence.check_disclosed_runs(windows, training, self.peer_end)
        share = evidence.rejected_share(own.windows)
        if share > self.settings.most_rejected:
            raise OutsideLimits(f"{share:.0%} of the session's windows were not released, {self.settings.most_rejected:.0%} "
                                "are allowed (--most-rejected)")
        cells = sorted(set(own.blocks) & set(peer_cells))
        if not cells:
            raise Disagreement("there is no cell of which both ends hold a block")
        usable = {}
        for cell in cells:
            # Whatever either end lists as training was published: the union must not become key.
            usable[cell] = own.blocks[cell].is_signal & ~mask_of(unusable[cell], n) & ~mask_of(training[cell], n)
        theirs = manifest.mapping("calibration"), manifest.mapping("layout")
        mine = own.header.calibration
        layout = {"format": own.header.layout.format, "pSign": own.header.layout.p_sign,
                  "phase": own.header.layout.phase.value, "isRotated": own.header.layout.is_rotated}
        if own.end == BOB:
            scale, variance, sigma = (_positive(theirs[0], name) for name in
                                      ("sampleScale", "modulationVariance", "modulationSigma"))
            efficiency, efficiency_sigma = mine.detector_efficiency.value, _finite(mine.detector_efficiency.sigma)
            electronic, bob_layout, alice_sign = mine.electronic_samples, layout, _sign(theirs[1])
        else:
            scale, variance, sigma = (mine.sample_scale, mine.modulation_variance.value,
                                      _finite(mine.modulation_variance.sigma))
            efficiency, efficiency_sigma = _positive(theirs[0], "efficiency"), _positive(theirs[0], "efficiencySigma")
            electronic, bob_layout, alice_sign = int(_positive(theirs[0], "electronicSamples")), theirs[1], layout["pSign"]
        if not (0 < scale < 1e6 and 0 < efficiency <= 1 and variance > 0):
            raise Damaged("the headers have no scale of Alice's words, no modulation variance, or no detector efficiency "
                          "between 0 and 1")
        _sign(bob_layout)
        if bob_layout.get("format") not in (X16, X16_BASIS, XP16):
            raise Damaged("the format of Bob's samples is not known")
        names = ("x", "p") if bob_layout["format"] == XP16 else ("x",)
        receiver = estimation.Receiver(evidence.receiver_channels(windows, names, electronic), efficiency,
                                       efficiency_sigma)
        bits = manifest.integer("disclosedBits") + sum(block.header.disclosed_bits for block in own.blocks.values())
        return Agreement(cells, usable, receiver, scale, sigma / variance, windows, bits, alice_sign, bob_layout)

    def draw(self, agreement, seed, fraction):
        """{cell: indices of the drawn symbols} and {cell: indices of the others}, the same at both ends."""
        drawn, rest = {}, {}
        for cell in agreement.cells:
            key = hashlib.sha256(b"subset" + seed + cell.to_bytes(8, "little")).digest()
            # A bit generator's output is fixed by numpy for all versions; distributions are not.
            numbers = np.random.Philox(key=int.from_bytes(key[:16], "little")).random_raw(len(agreement.usable[cell]))
            chosen = numbers < np.uint64(int(fraction * 2**64))
            drawn[cell] = np.flatnonzero(agreement.usable[cell] & chosen)
            rest[cell] = np.flatnonzero(agreement.usable[cell] & ~chosen)
        self.ledger.symbols = sum(map(len, drawn.values()))
        self.ledger.blockBits = agreement.block_bits
        return drawn, rest

    def pick(self, indices):
        """(x, p, is_p) of this end's samples at indices per cell, int16."""
        parts = []
        for cell, wanted in indices.items():
            block = self.own.blocks[cell]
            place = np.searchsorted(block.kept, wanted)
            parts.append([None if plane is None else plane[place] for plane in (block.x, block.p, block.is_p)])
        return [None if parts[0][k] is None else np.concatenate([part[k] for part in parts]) for k in range(3)]

    def estimates(self, agreement, words, samples):
        """From disclosed (x, p) of Alice and (x, p, is_p) of Bob."""
        words_x, words_p = self.words(agreement, *words)
        y_x, of_x, y_p, of_p = self.quadratures(agreement, *samples)
        own = estimation.estimate(words_x, words_p, y_x, of_x, y_p, of_p, agreement.receiver, agreement.modulation_sigma)
        self.channel.send("estimates", {
            "transmittance": own.transmittance, "excessNoise": own.excess_noise, "signalToNoise": own.signal_to_noise})
        theirs = self.channel.receive("estimates")
        for name, value in (("transmittance", own.transmittance), ("signalToNoise", own.signal_to_noise)):
            if abs(theirs.number(name) - value) > 1e-6 * abs(value):
                raise Disagreement(f"the ends do not compute the same {name} from what they disclosed")
        if abs(theirs.number("excessNoise") - own.excess_noise) > 1e-4 * own.excess_noise_sigma:
            raise Disagreement("the ends do not compute the same excess noise from what they disclosed")
        return own

    def words(self, agreement, x, p):
        """Alice's words, √SNU, in Bob's axes as far as the headers tell."""
        x, p = agreement.sample_scale * x, agreement.sample_scale * agreement.alice_p_sign * p
        if agreement.bob_layout["isRotated"]:
            return x, p
        # The rest of the rotation is in the estimated gain.
        cosine, sine = np.cos(agreement.bob_layout["phase"]), np.sin(agreement.bob_layout["phase"])
        return cosine * x - sine * p, sine * x + cosine * p

    def quadratures(self, agreement, x, p, is_p):
        """Bob's samples, √SNU: those of x with the indices of their symbols, and those of p."""
        receiver, sign = agreement.receiver, agreement.bob_layout["pSign"]
        if p is not None:
            every = np.arange(len(x))
            return receiver.normalised(x, False), every, sign * receiver.normalised(p, True), every
        of_x, of_p = np.flatnonzero(~is_p), np.flatnonzero(is_p)
        return receiver.normalised(x[of_x], False), of_x, sign * receiver.normalised(x[of_p], True), of_p

    def result(self, agreement, estimates, code):
        return Result(
            estimates, code, self.ledger, len(agreement.cells), len(self.own.blocks) - len(agreement.cells),
            self.own.unreleased, len(agreement.windows), sum(window.is_released for window in self.own.windows))

    def count_frame(self, code):
        self.ledger.norms += code.vectors
        self.ledger.rotations += code.vectors
        self.ledger.syndromeBits += code.checks

    def part(self, result):
        """Compares the ledgers: what one end believes to have said, the other has to have heard."""
        mine = {"ledger": self.ledger.document(), "kept": len(result.kept), "failed": result.failed}
        self.channel.send("ledger", mine)
        message = self.channel.receive("ledger")
        theirs = {"ledger": message.mapping("ledger"), "kept": message.integer("kept"), "failed": message.integer("failed")}
        if theirs != mine:
            raise Disagreement("the two ends' ledgers of what was disclosed differ")
        self.channel.send("done")
        self.channel.receive("done")

    def say_frames(self, result, total):
        done = len(result.kept) + result.failed
        self.settings.progress(f"frames: {done} of {total}, {result.failed} failed")


class Bob(Party):
    def run(self):
        self.meet()
        agreement = self.compare_manifests()
        # Only now, when both have said what they hold.
        seed, fraction = secrets.token_bytes(32), self.settings.fraction
        self.channel.send("subset", {"seed": seed.hex(), "fraction": fraction})
        drawn, rest = self.draw(agreement, seed, fraction)
        samples = self.pick(drawn)
        count = self.ledger.symbols
        words = np.frombuffer(self.channel.receive("words").blob(0, 4 * count), "<i2").reshape(2, count).astype(float)
        self.channel.send("samples", {}, *(_plane_bytes(plane) for plane in samples if plane is not None))
        estimates = self.estimates(agreement, words, samples)
        code = codec.choose_code(estimates.signal_to_noise, estimates.signal_to_noise_sigma, self.settings.efficiency)
        values = self.values(agreement, estimates, rest)
        frames = len(values) // code.symbols
        if self.settings.most_frames is not None:
            frames = min(frames, self.settings.most_frames)
        self.channel.send("plan", {"symbols": code.symbols, "frames": frames})
        if frames == 0:
            raise Inconclusive(f"{len(values)} samples are left, a frame takes {code.symbols}: more blocks are needed")
        batch = self.channel.receive("batch").integer("frames", 1, 1_000)
        result = self.result(agreement, estimates, code)
        self.reconcile(values, frames, batch, result)
        self.part(result)
        return result

    def values(self, agreement, estimates, rest):
        """His samples about their mean, √SNU, in the order of frames. Tells the bases."""
        x, p, is_p = self.pick(rest)
        y_x, of_x, y_p, of_p = self.quadratures(agreement, x, p, is_p)
        y_x, y_p = y_x - estimates.offset_x, y_p - estimates.offset_p
        self.channel.send("bases", {}, *([] if is_p is None else [_plane_bytes(is_p)]))
        if is_p is None:
            return np.stack([y_x, y_p], axis=1).ravel().astype(np.float32)
        self.ledger.bases = len(x)
        values = np.empty(len(x), np.float32)
        values[of_x], values[of_p] = y_x, y_p
        return values

    def reconcile(self, values, frames, batch, result):
        code = result.code
        encoder = self.settings.encoder(code, self.settings.iterations)
        begun = []
        for start in range(0, frames, batch):
            # The next batch is made while Alice decodes the one before.
            begun.append(self._send_batch(encoder, values, range(start, min(start + batch, frames)), code))
            if len(begun) == 2:
                self._settle(begun.pop(0), result)
                self.say_frames(result, frames)
        self._settle(begun.pop(0), result)
        self.say_frames(result, frames)

    def _send_batch(self, encoder, values, numbers, code):
        words, blobs = [], []
        for number in numbers:
            samples = values[number * code.symbols:(number + 1) * code.symbols].astype(float)
            if not np.all(codec.norms(samples) > 0):
                raise Damaged("eight samples in a row are exactly 0")
            bits = np.unpackbits(np.frombuffer(secrets.token_bytes(code.symbols // 8), np.uint8), bitorder="little")
            rotations, lengths, syndrome = encoder.encode(samples, bits)
            blobs += [rotations.astype("<f4").tobytes(), lengths.astype("<f4").tobytes(), np.packbits(syndrome).tobytes()]
            words.append(bits)
            self.count_frame(code)
        self.channel.send("frames", {"first": numbers.start, "count": len(numbers)}, *blobs)
        return words

    def _settle(self, words, result):
        answer = self.channel.receive("decoded")
        fits, keys, tags, iterations = (answer.list(name, int) for name in ("fits", "keys", "tags", "iterations"))
        if not len(fits) == len(keys) == len(tags) == len(iterations) == len(words):
            raise Damaged("the answer about a batch has not one entry per frame")
        equal = []
        for bits, fit, key, tag, count in zip(words, fits, keys, tags, iterations):
            if fit and not 0 < key < verification.PRIME:
                raise Damaged("the key of a check is out of range")
            self.ledger.checkBits += verification.TAG_BITS if fit else 0
            equal.append(bool(fit) and verification.tag(bits, key) == tag)
            if equal[-1]:
                result.kept.append(bits)
                result.iterations.append(count)
        result.failed += equal.count(False)
        self.channel.send("verdicts", {"equal": [int(one) for one in equal]})


class Alice(Party):
    def run(self):
        self.meet()
        agreement = self.compare_manifests()
        subset = self.channel.receive("subset")
        seed, fraction = subset.binary("seed"), subset.number("fraction")
        if len(seed) != 32 or not 0 < fraction < 1:
            raise Damaged("Bob's draw of disclosed symbols is not one")
        drawn, rest = self.draw(agreement, seed, fraction)
        words = self.pick(drawn)[:2]
        self.channel.send("words", {}, np.stack(words).astype("<i2").tobytes())
        samples = self._disclosed(agreement, self.channel.receive("samples"))
        estimates = self.estimates(agreement, [plane.astype(float) for plane in words], samples)
        code = codec.choose_code(estimates.signal_to_noise, estimates.signal_to_noise_sigma, self.settings.efficiency)
        expected = self.expected(agreement, estimates, rest)
        plan = self.channel.receive("plan")
        if plan.integer("symbols") != code.symbols:
            raise Disagreement("the ends choose different codes: give both the same --efficiency")
        frames = plan.integer("frames")
        if frames * code.symbols > len(expected):
            raise Damaged("Bob plans more frames than there are samples")
        if frames == 0:
            raise Inconclusive(f"{len(expected)} samples are left, a frame takes {code.symbols}: more blocks are needed")
        result = self.result(agreement, estimates, code)
        decoders, batch = self.settings.decoders(code, self.settings.iterations)
        try:
            self.channel.send("batch", {"frames": batch})
            self.reconcile(decoders, expected, frames, batch, result)
        finally:
            decoders.close()
        self.part(result)
        return result

    def _disclosed(self, agreement, message):
        count = self.ledger.symbols
        x = np.frombuffer(message.blob(0, 2 * count), "<i2")
        if agreement.receiver.is_heterodyne:
            return x, np.frombuffer(message.blob(1, 2 * count), "<i2"), None
        return x, None, _bits(message.blob(1, (count + 7) // 8), count)

    def expected(self, agreement, estimates, rest):
        """What she expects Bob's samples to be, in the order of frames; he tells the bases first."""
        x, p, _ = self.pick(rest)
        bases = self.channel.receive("bases")
        x, p = estimation.predicted(estimates, *self.words(agreement, x.astype(float), p.astype(float)))
        if agreement.receiver.is_heterodyne:
            return np.stack([x, p], axis=1).ravel().astype(np.float32)
        self.ledger.bases = len(x)
        return np.where(_bits(bases.blob(0, (len(x) + 7) // 8), len(x)), p, x).astype(np.float32)

    def reconcile(self, decoders, expected, frames, batch, result):
        code, noise = result.code, result.estimates.residual
        for start in range(0, frames, batch):
            count = min(batch, frames - start)
            message = self.channel.receive("frames")
            if (message.integer("first"), message.integer("count")) != (start, count):
                raise Damaged("frames come in another order than was planned")
            tasks = []
            for k in range(count):
                own = expected[(start + k) * code.symbols:(start + k + 1) * code.symbols].astype(float)
                rotations = np.frombuffer(message.blob(3 * k, 4 * code.symbols), "<f4")
                lengths = np.frombuffer(message.blob(3 * k + 1, 4 * code.vectors), "<f4")
                if not (np.all(np.isfinite(rotations)) and np.all(np.isfinite(lengths)) and np.all(lengths > 0)):
                    raise Damaged("a frame has numbers that are none")
                syndrome = _bits(message.blob(3 * k + 2, (code.checks + 7) // 8), code.checks, "big").astype(np.uint8)
                tasks.append((own, noise, rotations, lengths, syndrome))
                self.count_frame(code)
            found = list(decoders.decode(tasks))
            self._settle(found, result)
            self.say_frames(result, frames)

    def _settle(self, found, result):
        keys = [verification.fresh_key() for _ in found]
        fits = [int(one[2]) for one in found]
        self.channel.send("decoded", {
            "fits": fits, "iterations": [one[1] for one in found], "keys": keys,
            "tags": [verification.tag(one[0], key) if one[2] else 0 for one, key in zip(found, keys)]})
        self.ledger.checkBits += verification.TAG_BITS * sum(fits)
        equal = self.channel.receive("verdicts").list("equal", int)
        if len(equal) != len(found) or any(one not in (0, 1) or one > fit for one, fit in zip(equal, fits)):
            raise Damaged("the verdicts about a batch are not one per frame that decoded")
        for one, (bits, iterations, _) in zip(equal, found):
            if one:
                result.kept.append(bits)
                result.iterations.append(iterations)
        result.failed += equal.count(0)


def _finite(value):
    """A σ that is not known counts as 0 here; the report says so by its value."""
    return value if np.isfinite(value) else 0.0


def _positive(document, name):
    value = document.get(name)
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value < 1e18:
        raise Damaged(f"'{name}' of the other end's calibration is missing or not a number")
    return value


def _sign(layout):
    if layout.get("pSign") not in (1, -1) or not isinstance(layout.get("isRotated"), bool) or not (
            isinstance(layout.get("phase"), (int, float)) and abs(layout["phase"]) < 100):
        raise Damaged("the layout of the other end is not one")
    return layout["pSign"]


def _bits(data, count, order="little"):
    return np.unpackbits(np.frombuffer(data, np.uint8), count=count, bitorder=order).astype(bool)


def _plane_bytes(plane):
    return np.packbits(plane, bitorder="little").tobytes() if plane.dtype == bool else plane.astype("<i2").tobytes()


def _runs_bytes(runs):
    return np.concatenate(runs).astype("<u8").tobytes()


def _read_runs(manifest, name, blob, cells):
    counts = manifest.list(name, int)
    if len(counts) != len(cells) or any(not 0 <= count <= 1 << 20 for count in counts):
        raise Damaged(f"'{name}' of the other end's manifest has not one entry per cell")
    rows = np.frombuffer(manifest.blob(blob, 16 * sum(counts)), "<u8").reshape(-1, 2)
    ends = np.cumsum(counts)
    return {cell: rows[end - count:end] for cell, count, end in zip(cells, counts, ends)}


def _read_statements(manifest):
    sizes = manifest.list("statements", list)
    if any(len(pair) != 2 or any(not isinstance(size, int) or not -1 <= size < 1 << 26 for size in pair) for pair in sizes):
        raise Damaged("'statements' of the other end's manifest are not sizes")
    data = manifest.blob(2, sum(max(size, 0) for pair in sizes for size in pair))
    pairs, at = [], 0
    for pair in sizes:
        both = []
        for size in pair:
            both.append(None if size < 0 else data[at:at + size])
            at += max(size, 0)
        pairs.append(tuple(both))
    return pairs
