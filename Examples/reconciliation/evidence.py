# SPDX-License-Identifier: Apache-2.0
"""The vacuum of a session: V_on from the sums of *all* its windows.

Windows that failed count too. Whoever keeps only those that passed selects by the quantity that he estimates, and his
V_on is biased. Signatures are not verified here: that is done where windows come in.
"""
import hashlib
import math
from dataclasses import dataclass

import numpy as np

from blocks import ALICE, BOB, kinds_of
from failures import Damaged, Disagreement, Incompatible, OutsideLimits
from messages import decode, messages

RELEASED = 1
STATEMENT_RULE = 1


@dataclass(frozen=True)
class Vacuum:
    """Moments of one channel without signal, LSB."""

    samples: int
    effective_samples: float  # correlated samples count as fewer
    mean: float
    variance: float

    @property
    def sigma(self):
        """Of the variance, for Gaussian noise."""
        return self.variance * math.sqrt(2 / self.effective_samples)


@dataclass(frozen=True)
class Channel:
    """One channel of the receiver: V_on, V_off and what follows from them, LSB squared."""

    on: Vacuum
    off: float
    off_sigma: float

    @property
    def shot_noise(self):
        return self.on.variance - self.off


@dataclass
class Window:
    """One window: Bob's and Alice's statements as bytes (None if one never came) and read, and how it ended here."""

    ordinal: int
    is_released: bool
    receiver_bytes: bytes | None
    transmitter_bytes: bytes | None
    receiver: object = None
    transmitter: object = None

    def __post_init__(self):
        _, evidence = messages()
        for name, end in (("receiver", BOB), ("transmitter", ALICE)):
            data = getattr(self, name + "_bytes")
            if data is None:
                continue
            statement = decode(evidence.WindowStatement(), data, f"a statement about window {self.ordinal}")
            if statement.end != end or statement.ordinal != self.ordinal:
                raise Damaged(f"a statement in the record of window {self.ordinal} is of another window or end")
            if statement.rule != STATEMENT_RULE:
                raise Incompatible(f"window {self.ordinal} was judged by rule {statement.rule}, not known here")
            setattr(self, name, statement)

    @property
    def cells(self):
        """The cells that the window covers."""
        statement = self.receiver or self.transmitter
        return range(statement.first_cell, statement.first_cell + statement.cells)


def read_windows(records, binding, link):
    """The windows of the session with this binding, in order."""
    _, evidence = messages()
    windows = {}
    for data in records:
        record = decode(evidence.WindowRecord(), data, "a window's record")
        statements = [getattr(record, side).statement if record.HasField(side) else None
                      for side in ("receiver", "transmitter")]
        first = next((decode(evidence.WindowStatement(), data, "a statement") for data in statements if data), None)
        if first is None:
            raise Damaged("a window's record has no statement")
        if first.binding != binding:
            continue  # another session's
        window = Window(first.ordinal, record.outcome == RELEASED, *statements)
        if any(one is not None and (one.binding != binding or one.link != link)
               for one in (window.receiver, window.transmitter)):
            raise Damaged(f"the statements about window {window.ordinal} are of different sessions or links")
        if window.ordinal in windows:
            raise Damaged(f"there are two records of window {window.ordinal}")
        windows[window.ordinal] = window
    ordered = [windows[ordinal] for ordinal in sorted(windows)]
    if not ordered:
        raise OutsideLimits("there is no record of a window of this session: without vacuum nothing can be estimated")
    return ordered


def _check_order(windows):
    """V_on rests on all windows: a missing one could have been left out because of its value."""
    for expected, window in enumerate(windows):
        if window.ordinal != expected:
            raise OutsideLimits(f"window {expected} of the session is missing: V_on has to come from all of them")
    for before, after in zip(windows, windows[1:]):
        for name in ("receiver", "transmitter"):
            statement, previous = getattr(after, name), getattr(before, name + "_bytes")
            if statement and previous is not None and statement.previous != hashlib.sha256(previous).digest():
                raise Damaged(f"window {after.ordinal} does not continue window {before.ordinal}: its chain is broken")


def complete(windows, peer_statements):
    """Adds what only the peer has, refuses what the two have differently, and what has holes.

    `peer_statements` has (receiver, transmitter) of each window by its ordinal; None for what the peer does not have. Each
    end stops listening at a moment of its own, so one may have a window more.
    """
    own = {window.ordinal: window for window in windows}
    whole = []
    for ordinal in sorted(own.keys() | peer_statements.keys()):
        window, theirs = own.get(ordinal), peer_statements.get(ordinal, (None, None))
        ours = (window.receiver_bytes, window.transmitter_bytes) if window else (None, None)
        for mine, other in zip(ours, theirs):
            if mine is not None and other is not None and mine != other:
                raise Disagreement(f"the ends have different statements about window {ordinal}")
        both = [mine if mine is not None else other for mine, other in zip(ours, theirs)]
        whole.append(Window(ordinal, window is not None and window.is_released, *both))
    for window in whole:
        if window.receiver is None:
            raise OutsideLimits(f"neither end has Bob's statement about window {window.ordinal}: its vacuum is missing")
        for statement in (window.receiver, window.transmitter):
            if statement and (statement.binding, statement.link) != (whole[0].receiver.binding, whole[0].receiver.link):
                raise Disagreement(f"a statement about window {window.ordinal} is of another session")
    _check_order(whole)
    return whole


def check_held(windows, digests, end):
    """Compares {cell: SHA-256 over header and tag} with what `end` stated that it holds."""
    for window in windows:
        statement = window.receiver if end == BOB else window.transmitter
        for held in [] if statement is None else statement.held:
            if digests.get(held.cell, held.digest) != held.digest:
                raise Damaged(f"block {held.cell} is not the one that was stated in window {window.ordinal}")


def check_tables(windows, kinds_by_cell, end):
    """Compares what the symbols of `end`'s blocks are with what that end stated of the cells that it holds."""
    for window in windows:
        statement = window.receiver if end == BOB else window.transmitter
        for held in [] if statement is None else statement.held:
            runs = getattr(held, "kinds", ())  # statements without tables cannot be compared
            if len(runs) and held.cell in kinds_by_cell:
                kinds = kinds_by_cell[held.cell]
                stated = kinds_of([(run.kind, run.symbols) for run in runs], len(kinds), f"cell {held.cell}")
                if not np.array_equal(stated, kinds):
                    raise Disagreement(f"the table of kinds of block {held.cell} is not the one that was stated in "
                                       f"window {window.ordinal}")


def released_cells(windows):
    """Cells of windows that were released at this end."""
    return {cell for window in windows if window.is_released for cell in window.cells}


def rejected_share(windows):
    return sum(not window.is_released for window in windows) / len(windows)


def vacuum(sums, windows, name):
    """Moments of the summed samples of all windows."""
    count = sum(one.samples for one in sums)
    first, second, lag = (sum(getattr(one, field) for one in sums) for field in ("first", "second", "lag_product"))
    if count < 100:
        raise OutsideLimits(f"the session's {len(windows)} windows have {count} samples of vacuum ({name}): too few")
    # Integers until the last step: a mean of some LSB does not cancel.
    variance = (second * count - first * first) / (count * (count - 1))
    if not variance > 0:
        raise Damaged(f"the sums of vacuum ({name}) give no positive variance")
    mean = first / count
    correlation = max(-1.0, min(1.0, (lag / count - mean * mean) / variance))
    # Only the lag of one symbol is published.
    return Vacuum(count, count / (1 + 2 * correlation * correlation), mean, variance)


def receiver_channels(windows, names, electronic_samples=0):
    """{name: Channel} for channels 'x' or 'x' and 'p', from all windows."""
    channels = {}
    for name in names:
        on = vacuum([getattr(window.receiver.receiver, "vacuum_" + name) for window in windows], windows, name)
        stated = getattr(windows[0].receiver.receiver, "electronic_variance_" + name)
        off, sigma = stated.value, stated.sigma
        if not math.isfinite(off) or not 0 <= off < on.variance:
            raise Damaged(f"electronic noise ({name}) is stated as {off:g} LSB², V_on is {on.variance:g}")
        if not math.isfinite(sigma):
            sigma = off * math.sqrt(2 / electronic_samples) if electronic_samples else off
        channels[name] = Channel(on, off, sigma)
    return channels
