#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Both ends' blocks of an imaginary link whose T and ξ are known: to try this example, and for its tests.

    synthetic.py FOLDER [--detection heterodyne] [--cells 4] …     writes FOLDER/alice and FOLDER/bob
"""
import argparse
import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from blocks import ALICE, BOB, DARK, SIGNAL, TRAINING, VACUUM, X16_BASIS, XP16, table_of
from messages import messages

REVOKED, RELEASED = 2, 1


@dataclass
class Link:
    """Truth. Shot-noise units and plain ratios."""

    detection: str = "homodyne"
    transmittance: float = 10**-0.9
    excess_noise: float = 0.01
    modulation_variance: float = 5.0
    efficiency: float = 0.6
    electronic_noise: float = 0.1
    shot_noise: float = 10_000.0  # LSB²
    phase: float = 0.3
    is_rotated: bool = False
    p_sign: int = 1
    basis_bit_set: int = 2
    delay: int = 3
    offset: float = 2.0  # of Bob's converter, LSB
    symbols_per_cell: int = 65_536
    cells: int = 8
    cells_per_window: int = 4
    slot: int = 1_024
    vacuum_share: float = 0.15
    training_share: float = 0.05
    alice_lacks: tuple = ()
    bob_lacks: tuple = ()
    revoked_windows: tuple = ()
    session: int = 7
    name: str = "lab"
    seed: int = 1

    @property
    def share(self):
        return 0.5 if self.detection == "heterodyne" else 1.0

    @property
    def sample_scale(self):
        return math.sqrt(self.modulation_variance) / 4096

    @property
    def signal_to_noise(self):
        power = self.share * self.efficiency * self.transmittance
        return power * self.modulation_variance / (1 + self.electronic_noise + power * self.excess_noise)

    @property
    def binding(self):
        return hashlib.sha256(f"{self.name} {self.session}".encode()).digest()


@dataclass
class Cell:
    """What both ends have of a cell."""

    number: int
    alice_kinds: np.ndarray
    bob_kinds: np.ndarray
    words: np.ndarray  # (2, symbols) int16
    samples: np.ndarray  # (1 or 2, symbols) int16
    bits: np.ndarray | None  # basis

    def kinds(self, end):
        return self.alice_kinds if end == ALICE else self.bob_kinds


def make_cell(link, number, random):
    n, slots = link.symbols_per_cell, link.symbols_per_cell // link.slot
    draw = random.random(slots)
    training = draw < link.training_share
    vacuum = ~training & (draw < link.training_share + link.vacuum_share)
    kinds = np.where(training, TRAINING, SIGNAL).astype(np.uint8)
    # Alice does not know which of her symbols met a closed shutter.
    alice_kinds = np.repeat(kinds, link.slot)
    bob_kinds = np.repeat(np.where(vacuum, VACUUM, kinds), link.slot).astype(np.uint8)
    dark = np.flatnonzero(vacuum)
    if number == 0 and len(dark) > 1:
        bob_kinds[dark[0] * link.slot:dark[0] * link.slot + link.slot // 2] = DARK
    words = np.rint(random.normal(0, 4096, (2, n))).clip(-32_768, 32_767).astype(np.int16)
    light = np.exp(1j * link.phase) * (words[0] + 1j * words[1]) * link.sample_scale
    light[bob_kinds > TRAINING] = 0
    power = link.share * link.efficiency * link.transmittance
    noise = np.where(bob_kinds > TRAINING, 1 + link.electronic_noise,
                     1 + link.electronic_noise + power * link.excess_noise)
    noise = np.where(bob_kinds == DARK, link.electronic_noise, noise)
    seen = np.stack([light.real, link.p_sign * light.imag]) * math.sqrt(power)
    bits = None
    if link.detection == "homodyne":
        bits = random.integers(0, 2, n).astype(bool)
        is_p = bits == (link.basis_bit_set == 2)
        seen = np.where(is_p, seen[1], seen[0])[np.newaxis]
    seen = (seen + np.sqrt(noise) * random.normal(size=seen.shape)) * math.sqrt(link.shot_noise) + link.offset
    return Cell(number, alice_kinds, bob_kinds, words, np.rint(seen).clip(-32_768, 32_767).astype(np.int16), bits)


def power_sums(block_messages, samples):
    values = samples.astype(object)
    big = samples.astype(np.int64)
    return block_messages.PowerSums(
        samples=len(samples), first=int(big.sum()), second=int((big * big).sum()),
        third=int((values**3).sum()).to_bytes(16, "little", signed=True),
        fourth=int((values**4).sum()).to_bytes(16, "little"), lag_product=int((big[:-1] * big[1:]).sum()))


def header(link, cell, end):
    block, _ = messages()
    kinds = cell.kinds(end)
    is_pair = end == ALICE or link.detection == "heterodyne"
    delay = 0 if end == ALICE else link.delay
    made = block.BlockHeader(version=1)
    made.identity.MergeFrom(block.Identity(
        link=link.name, end=end, unit_serial=f"SYNTHETIC-{end}", is_emulated=True, session=link.session,
        binding=link.binding, cell=cell.number, symbols_per_cell=link.symbols_per_cell,
        first_symbol=cell.number * link.symbols_per_cell + delay, symbol_rate=10e6, purpose="key"))
    made.layout.MergeFrom(block.Layout(
        format=XP16 if is_pair else X16_BASIS, basis_bit_set=0 if is_pair else link.basis_bit_set, delay=delay,
        p_sign=1 if end == ALICE else link.p_sign, constellation="gaussian", is_rotated=link.is_rotated))
    made.layout.phase.value = 0 if end == ALICE else link.phase
    calibration = made.calibration
    if end == ALICE:
        calibration.sample_scale = link.sample_scale
        calibration.modulation_variance.MergeFrom(block.Estimate(value=link.modulation_variance, sigma=0.01))
    else:
        calibration.detector_efficiency.MergeFrom(block.Estimate(value=link.efficiency, sigma=0.003))
        calibration.electronic_samples = 1_000_000
    first = 0
    for kind, symbols in table_of(kinds).tolist():
        made.kinds.add(kind=kind, symbols=symbols)
        after = first + symbols
        if kind > TRAINING:
            run = made.unlit.add(first=first, symbols=symbols, is_dark=kind == DARK)
            run.x.CopyFrom(power_sums(block, cell.samples[0][first:after]))
            if len(cell.samples) == 2:
                run.p.CopyFrom(power_sums(block, cell.samples[1][first:after]))
        first = after
    kept = np.count_nonzero((kinds == SIGNAL) | (kinds == TRAINING))
    made.content_bytes = int(4 * kept if is_pair else 2 * kept + (kept + 7) // 8)
    return made


def contents(link, cell, end):
    kinds, planes = cell.kinds(end), cell.words if end == ALICE else cell.samples
    kept = (kinds == SIGNAL) | (kinds == TRAINING)
    data = np.ascontiguousarray(planes[:, kept].T).astype("<i2").tobytes()
    return data if len(planes) == 2 else data + np.packbits(cell.bits[kept], bitorder="little").tobytes()


def statements(link, cells, previous):
    """(Bob's, Alice's) statement about a window of these cells, as bytes."""
    block, evidence = messages()
    made = []
    for end, lacks, before in ((BOB, link.bob_lacks, previous[0]), (ALICE, link.alice_lacks, previous[1])):
        held = [cell for cell in cells if cell.number not in lacks]
        statement = evidence.WindowStatement(
            rule=1, link=link.name, binding=link.binding, end=end, ordinal=cells[0].number // link.cells_per_window,
            previous=b"" if before is None else hashlib.sha256(before).digest(), first_cell=cells[0].number,
            cells=len(cells), passes=True, is_emulated=True)
        for cell in held:
            one = statement.held.add(cell=cell.number, digest=bytes(32))
            for kind, symbols in table_of(cell.kinds(end)) if hasattr(one, "kinds") else ():
                one.kinds.add(kind=int(kind), symbols=int(symbols))
        if end == BOB:
            vacuum = [np.concatenate([plane[cell.bob_kinds == VACUUM] for cell in held for plane in [cell.samples[k]]])
                      for k in range(len(cells[0].samples))]
            for name, samples in zip("xp", vacuum):
                getattr(statement.receiver, "vacuum_" + name).CopyFrom(power_sums(block, samples))
                getattr(statement.receiver, "electronic_variance_" + name).CopyFrom(block.Estimate(
                    value=link.electronic_noise * link.shot_noise,
                    sigma=link.electronic_noise * link.shot_noise * math.sqrt(2 / 1_000_000)))
        made.append(statement.SerializeToString())
    return tuple(made)


def records(link, cells):
    """WindowRecords, serialised, as both ends have them."""
    _, evidence = messages()
    made, previous = [], (None, None)
    for start in range(0, len(cells), link.cells_per_window):
        previous = statements(link, cells[start:start + link.cells_per_window], previous)
        ordinal = start // link.cells_per_window
        made.append(evidence.WindowRecord(
            receiver=evidence.SignedStatement(statement=previous[0]),
            transmitter=evidence.SignedStatement(statement=previous[1]),
            outcome=REVOKED if ordinal in link.revoked_windows else RELEASED).SerializeToString())
    return made


def write(link, folder):
    """The folders `alice` and `bob` of a source."""
    random = np.random.default_rng(link.seed)
    cells = [make_cell(link, number, random) for number in range(link.cells)]
    windows = records(link, cells)
    for end, name, lacks in ((ALICE, "alice", link.alice_lacks), (BOB, "bob", link.bob_lacks)):
        own = Path(folder) / name
        (own / "windows").mkdir(parents=True, exist_ok=True)
        for cell in cells:
            if cell.number in lacks or cell.number // link.cells_per_window in link.revoked_windows:
                continue
            stem = own / f"{link.session}-{cell.number}"
            stem.with_suffix(".header").write_bytes(header(link, cell, end).SerializeToString())
            stem.with_suffix(".contents").write_bytes(contents(link, cell, end))
        for ordinal, record in enumerate(windows):
            (own / "windows" / f"{ordinal}.record").write_bytes(record)


def main():
    parser = argparse.ArgumentParser(description="Writes both ends' blocks of an imaginary link.")
    parser.add_argument("folder")
    parser.add_argument("--detection", choices=("homodyne", "heterodyne"), default="homodyne")
    parser.add_argument("--loss", type=float, default=9.0, help="dB (%(default)s)")
    parser.add_argument("--excess-noise", type=float, default=0.01, help="at the channel's input, SNU (%(default)s)")
    parser.add_argument("--cells", type=int, default=8, help="(%(default)s)")
    parser.add_argument("--symbols-per-cell", type=int, default=65_536, help="a multiple of 1024 (%(default)s)")
    parser.add_argument("--p-sign", type=int, choices=(1, -1), default=1)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    link = Link(detection=options.detection, transmittance=10 ** (-options.loss / 10), p_sign=options.p_sign,
                excess_noise=options.excess_noise, cells=options.cells, symbols_per_cell=options.symbols_per_cell,
                seed=options.seed)
    write(link, options.folder)
    print(f"T = {link.transmittance:.5f}, ξ = {link.excess_noise}, signal-to-noise {link.signal_to_noise:.4f}")


if __name__ == "__main__":
    main()
