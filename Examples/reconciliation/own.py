# SPDX-License-Identifier: Apache-2.0
"""What one end has of one session, before it speaks to the other."""
from dataclasses import dataclass

import evidence
from blocks import NAMES, parse
from failures import Damaged, Incompatible, Inconclusive


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
    for header, contents, digest in source.blocks():
        block = parse(header, contents)
        if block.header.identity.end != end:
            raise Incompatible(f"block {block.cell} is {NAMES[block.header.identity.end]}'s; this end is {NAMES[end]}")
        if block.cell in blocks:
            raise Damaged(f"there are two blocks of cell {block.cell}")
        blocks[block.cell] = block
        if digest is not None:
            digests[block.cell] = digest
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
    evidence.check_tables(windows, {cell: block.kinds for cell, block in blocks.items()}, end)
    released = evidence.released_cells(windows)
    kept = {cell: block for cell, block in blocks.items() if cell in released}
    if not kept:
        raise Inconclusive("no block lies in a window that was released")
    return End(end, kept, windows, len(blocks) - len(kept))
