# SPDX-License-Identifier: Apache-2.0
"""What each end tells the other of its blocks, and what both know after that."""
import math
from dataclasses import asdict, dataclass, fields

import numpy as np

import estimation
import evidence
from blocks import ALICE, BOB, SIGNAL, X16, X16_BASIS, XP16, kinds_of, table_of
from failures import Damaged, Disagreement, OutsideLimits


@dataclass(frozen=True)
class Facts:
    """What one end's headers say of the session; a number that is not known counts as 0."""

    format: int
    p_sign: int
    phase: float
    is_rotated: bool
    sample_scale: float
    modulation_variance: float
    modulation_sigma: float
    efficiency: float
    efficiency_sigma: float
    electronic_samples: int
    disclosed_bits: int
    is_emulated: bool

    @staticmethod
    def of(own):
        layout, calibration = own.header.layout, own.header.calibration
        return Facts(
            layout.format, layout.p_sign, layout.phase.value, layout.is_rotated, _known(calibration.sample_scale),
            _known(calibration.modulation_variance.value), _known(calibration.modulation_variance.sigma),
            _known(calibration.detector_efficiency.value), _known(calibration.detector_efficiency.sigma),
            calibration.electronic_samples, sum(block.header.disclosed_bits for block in own.blocks.values()),
            any(block.header.identity.is_emulated for block in own.blocks.values()))

    @staticmethod
    def read(document):
        """Of the other end, checked."""
        values = {}
        for one in fields(Facts):
            value = document.get(one.name)
            kinds = (int, float) if one.type is float else (one.type,)
            if not isinstance(value, kinds) or isinstance(value, bool) != (one.type is bool) or not abs(value) < 1e30:
                raise Damaged(f"'{one.name}' of the other end's headers is missing or of another type")
            values[one.name] = value
        facts = Facts(**values)
        if facts.format not in (X16, X16_BASIS, XP16) or facts.p_sign not in (1, -1) or min(
                facts.sample_scale, facts.modulation_variance, facts.modulation_sigma, facts.efficiency,
                facts.efficiency_sigma, facts.electronic_samples, facts.disclosed_bits) < 0:
            raise Damaged("the other end's headers say what cannot be")
        return facts


@dataclass(frozen=True)
class Agreement:
    """What both ends know after the manifests."""

    cells: list
    usable: dict  # {cell: bool per symbol}: signal at both ends, and training at neither
    alice: Facts
    bob: Facts
    receiver: estimation.Receiver
    windows: list

    @property
    def samples_per_symbol(self):
        return 2 if self.receiver.is_heterodyne else 1

    def samples(self, indices):
        """Samples of the symbols at `indices` of each cell."""
        return self.samples_per_symbol * sum(map(len, indices.values()))

    def first(self, indices, samples):
        """As many of the first symbols as have so many samples; what no frame takes is neither normalised nor told."""
        left, chosen = -(-samples // self.samples_per_symbol), {}
        for cell, wanted in indices.items():
            chosen[cell] = wanted[:left]
            left -= len(chosen[cell])
        return chosen


def compare(party):
    """Tells what this end holds, hears what the other holds, and checks that both are ends of one session."""
    own, channel = party.own, party.channel
    cells = sorted(own.blocks)
    tables = [table_of(own.blocks[cell].kinds) for cell in cells]
    statements = [(window.receiver_bytes, window.transmitter_bytes) for window in own.windows]
    facts = Facts.of(own)
    channel.send("manifest", {
        "cells": cells, "facts": asdict(facts),
        "runs": [len(table) for table in tables],
        "windows": [window.ordinal for window in own.windows],
        "statements": [[-1 if one is None else len(one) for one in pair] for pair in statements]},
        np.concatenate(tables).astype("<u8").tobytes(),
        b"".join(one for pair in statements for one in pair if one is not None))
    message = channel.receive("manifest")
    both = {own.end: facts, party.peer_end: Facts.read(message.mapping("facts"))}
    return _agree(party, message, both[ALICE], both[BOB])


def _agree(party, message, alice, bob):
    own = party.own
    peer_cells = message.list("cells", int)
    if sorted(set(peer_cells)) != peer_cells:
        raise Damaged("the other end's list of cells is out of order")
    n = own.header.identity.symbols_per_cell
    theirs = _read_kinds(message, peer_cells, n)
    windows = evidence.complete(own.windows, _read_statements(message))
    evidence.check_tables(windows, theirs, party.peer_end)
    share = evidence.rejected_share(own.windows)
    if share > party.settings.most_rejected:
        raise OutsideLimits(f"{share:.0%} of the session's windows were not released; "
                            f"{party.settings.most_rejected:.0%} are allowed")
    cells = sorted(set(own.blocks) & set(peer_cells))
    if not cells:
        raise Disagreement("there is no cell of which both ends hold a block")
    # What either end calls training was published: only what is signal in both tables may become key.
    usable = {cell: own.blocks[cell].is_signal & (theirs[cell] == SIGNAL) for cell in cells}
    if not (alice.sample_scale > 0 and alice.modulation_variance > 0):
        raise Damaged("Alice's headers have no scale of her words, or no modulation variance")
    if not 0 < bob.efficiency <= 1:
        raise Damaged("Bob's headers have no detector efficiency between 0 and 1")
    names = ("x", "p") if bob.format == XP16 else ("x",)
    receiver = estimation.Receiver(
        evidence.receiver_channels(windows, names, bob.electronic_samples), bob.efficiency, bob.efficiency_sigma)
    return Agreement(cells, usable, alice, bob, receiver, windows)


def _known(value):
    return value if math.isfinite(value) else 0.0


def _read_kinds(message, cells, symbols):
    counts = message.list("runs", int)
    if len(counts) != len(cells) or any(not 0 < count <= symbols for count in counts):
        raise Damaged("the other end's tables of kinds are not one per cell")
    rows = np.frombuffer(message.blob(0, 16 * sum(counts)), "<u8").reshape(-1, 2)
    ends = np.cumsum(counts)
    return {cell: kinds_of(rows[end - count:end], symbols, f"the other end's cell {cell}")
            for cell, count, end in zip(cells, counts, ends)}


def _read_statements(message):
    sizes, ordinals = message.list("statements", list), message.list("windows", int)
    if len(ordinals) != len(sizes) or len(set(ordinals)) != len(ordinals):
        raise Damaged("the other end's list of windows is not one")
    if any(len(pair) != 2 for pair in sizes) or any(
            not isinstance(size, int) or not -1 <= size < 1 << 26 for pair in sizes for size in pair):
        raise Damaged("'statements' of the other end's manifest are not sizes")
    data = message.blob(1, sum(max(size, 0) for pair in sizes for size in pair))
    pairs, at = [], 0
    for pair in sizes:
        both = []
        for size in pair:
            both.append(None if size < 0 else data[at:at + size])
            at += max(size, 0)
        pairs.append(tuple(both))
    return dict(zip(ordinals, pairs))
