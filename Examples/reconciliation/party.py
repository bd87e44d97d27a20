# SPDX-License-Identifier: Apache-2.0
"""What the two ends do alike.

In order: hello, manifest, subset (Bob's random draw, after both have said what they hold), disclosure, estimates, plan,
batches of frames, ledger. Reconciliation is reverse: Bob draws the bits, Alice finds them.
"""
import hashlib
from dataclasses import dataclass, field

import numpy as np

import codec
import estimation
from blocks import ALICE, BOB, NAMES
from failures import Disagreement, Incompatible
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
class Result:
    estimates: estimation.Estimates
    code: codec.Code
    ledger: Ledger
    cells: int
    lone_cells: int  # held by this end only
    unreleased: int
    windows: int
    released_windows: int
    is_emulated: bool  # at either end
    kept: list = field(default_factory=list)  # bits of each frame that both ends have
    failed: int = 0
    iterations: list = field(default_factory=list)  # of frames that decoded


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
        self.ledger.blockBits = agreement.alice.disclosed_bits + agreement.bob.disclosed_bits
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
        own = estimation.estimate(words_x, words_p, y_x, of_x, y_p, of_p, agreement.receiver,
                                  agreement.alice.modulation_sigma / agreement.alice.modulation_variance)
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
        x, p = agreement.alice.sample_scale * x, agreement.alice.sample_scale * agreement.alice.p_sign * p
        if agreement.bob.is_rotated:
            return x, p
        # The rest of the rotation is in the estimated gain.
        cosine, sine = np.cos(agreement.bob.phase), np.sin(agreement.bob.phase)
        return cosine * x - sine * p, sine * x + cosine * p

    def quadratures(self, agreement, x, p, is_p):
        """Bob's samples, √SNU: those of x with the indices of their symbols, and those of p."""
        receiver, sign = agreement.receiver, agreement.bob.p_sign
        if p is not None:
            every = np.arange(len(x))
            return receiver.normalised(x, False), every, sign * receiver.normalised(p, True), every
        of_x, of_p = np.flatnonzero(~is_p), np.flatnonzero(is_p)
        return receiver.normalised(x[of_x], False), of_x, sign * receiver.normalised(x[of_p], True), of_p

    def result(self, agreement, estimates, code):
        return Result(
            estimates, code, self.ledger, len(agreement.cells), len(self.own.blocks) - len(agreement.cells),
            self.own.unreleased, len(agreement.windows), sum(window.is_released for window in self.own.windows),
            agreement.alice.is_emulated or agreement.bob.is_emulated)

    def count_frame(self, code):
        self.ledger.norms += code.vectors
        self.ledger.rotations += code.vectors
        self.ledger.syndromeBits += code.checks

    def part(self, result):
        """Compares the ledgers: what one end believes to have said, the other has to have heard."""
        mine = {"ledger": self.ledger.document(), "kept": len(result.kept), "failed": result.failed}
        self.channel.send("ledger", mine)
        message = self.channel.receive("ledger")
        theirs = {"ledger": message.mapping("ledger"), **{name: message.integer(name) for name in ("kept", "failed")}}
        if theirs != mine:
            raise Disagreement("the two ends' ledgers of what was disclosed differ")
        self.channel.send("done")
        self.channel.receive("done")

    def say_frames(self, result, total):
        done = len(result.kept) + result.failed
        self.settings.progress(f"frames: {done} of {total}, {result.failed} failed")
