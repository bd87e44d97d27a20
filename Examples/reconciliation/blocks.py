# SPDX-License-Identifier: Apache-2.0
"""A block as numbers: its header, and its contents as arrays, as proto/cvqkd/rawkey/v1/block.proto lays them out."""
import hashlib
import math
from dataclasses import dataclass

import numpy as np

from failures import Damaged, Incompatible
from messages import decode, messages

HEADER_VERSION = 1
MOST_SYMBOLS = 1 << 20  # design: a cell has at most so many
SIGNAL, TRAINING, VACUUM, DARK = 1, 2, 3, 4
NEITHER = 0  # for example guard symbols: there are no samples of them
ALICE, BOB = 1, 2
X16, X16_BASIS, XP16 = 1, 2, 3
NAMES = {ALICE: "alice", BOB: "bob"}


@dataclass(frozen=True)
class Block:
    """One cell at one end. `kinds` has an entry per symbol; there are samples of signal and training only."""

    header: object  # BlockHeader
    digest: bytes  # SHA-256 of the header's bytes
    kinds: np.ndarray  # uint8 per symbol of the cell
    x: np.ndarray  # int16 per kept symbol: x, or the one quadrature that was measured
    p: np.ndarray | None  # int16 per kept symbol, if both quadratures are there
    is_p: np.ndarray | None  # bool per kept symbol, if one quadrature is there: whether it is p

    @property
    def cell(self):
        return self.header.identity.cell

    @property
    def kept(self):
        """Indices within the cell of the symbols that have samples."""
        return np.flatnonzero(_has_samples(self.kinds))

    @property
    def is_signal(self):
        return self.kinds == SIGNAL


def _has_samples(kinds):
    return (kinds == SIGNAL) | (kinds == TRAINING)


def table_of(kinds):
    """(kind, symbols) of each run, uint64; neighbours differ in kind."""
    starts = np.flatnonzero(np.diff(kinds.astype(np.int16), prepend=-1))
    return np.stack([kinds[starts], np.diff(starts, append=len(kinds))], axis=1).astype(np.uint64)


def kinds_of(table, symbols, where):
    """The inverse of `table_of`: a kind per symbol, of a cell that has so many."""
    kinds, counts = [int(kind) for kind, _ in table], [int(count) for _, count in table]
    if sum(counts) != symbols:
        raise Damaged(f"{where}: its table of kinds has {sum(counts)} symbols of {symbols}")
    if not set(kinds) <= {NEITHER, SIGNAL, TRAINING, VACUUM, DARK}:
        raise Damaged(f"{where}: a run of its table is of a kind that is not known")
    return np.repeat(np.array(kinds, np.uint8), counts)


def parse_header(data):
    """The header, with everything checked that arithmetic rests on."""
    block_messages, _ = messages()
    header = decode(block_messages.BlockHeader(), data, "a block's header")
    if header.version != HEADER_VERSION:
        raise Incompatible(f"a block's header has version {header.version}; this program reads {HEADER_VERSION}")
    identity, layout = header.identity, header.layout
    where = f"block {identity.session}/{identity.cell}"
    if identity.end not in NAMES:
        raise Damaged(f"{where}: it is of neither end")
    if not 0 < identity.symbols_per_cell <= MOST_SYMBOLS:
        raise Damaged(f"{where}: a cell of {identity.symbols_per_cell} symbols")
    if identity.purpose != "key":
        raise Incompatible(f"{where}: its purpose is {identity.purpose[:20]!r}; only `key` may become key")
    if identity.first_symbol != identity.cell * identity.symbols_per_cell + layout.delay:
        raise Damaged(f"{where}: it begins at symbol {identity.first_symbol}, not where cell and delay put it")
    if layout.format not in (X16, X16_BASIS, XP16):
        raise Incompatible(f"{where}: sample format {layout.format} is not known")
    if identity.end == ALICE and layout.format != XP16:
        raise Incompatible(f"{where}: Alice's words come as pairs (XP16)")
    if layout.format != XP16 and layout.basis_bit_set not in (1, 2):
        raise Damaged(f"{where}: it does not say which quadrature a set basis bit means")
    if layout.p_sign not in (1, -1):
        raise Damaged(f"{where}: the sign of p is {layout.p_sign}")
    if layout.means_removed:
        raise Incompatible(f"{where}: means were subtracted; sums of vacuum would not match the samples")
    if layout.constellation not in ("", "gaussian"):
        raise Incompatible(f"{where}: the constellation is not Gaussian: these codes are for Gaussian modulation")
    if not math.isfinite(layout.phase.value):
        raise Damaged(f"{where}: the phase is not a number")
    return header


def parse(header_bytes, contents):
    """A block from the bytes of its header and its decrypted contents."""
    header = parse_header(header_bytes)
    identity, layout = header.identity, header.layout
    where = f"block {identity.session}/{identity.cell}"
    kinds = kinds_of([(run.kind, run.symbols) for run in header.kinds], identity.symbols_per_cell, where)
    kept = int(np.count_nonzero(_has_samples(kinds)))
    size = {X16: 2 * kept, X16_BASIS: 2 * kept + (kept + 7) // 8, XP16: 4 * kept}[layout.format]
    if not len(contents) == header.content_bytes == size:
        raise Damaged(
            f"{where}: {len(contents)} bytes of contents; the header says {header.content_bytes}, its table {size}")
    samples = np.frombuffer(contents, "<i2", 2 * kept if layout.format == XP16 else kept)
    x, p, is_p = samples, None, None
    if layout.format == XP16:
        x, p = samples[0::2], samples[1::2]
    elif layout.format == X16:
        is_p = np.full(kept, layout.basis_bit_set == 2)
    else:
        bits = np.unpackbits(np.frombuffer(contents, np.uint8, offset=2 * kept), count=kept, bitorder="little")
        # A set bit means `basis_bit_set`; a clear one the other quadrature.
        is_p = bits.astype(bool) == (layout.basis_bit_set == 2)
    return Block(header, hashlib.sha256(header_bytes).digest(), kinds, x, p, is_p)
