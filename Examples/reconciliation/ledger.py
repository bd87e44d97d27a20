# SPDX-License-Identifier: Apache-2.0
"""What the two ends told each other in the open. Both keep it; at the end they compare."""
from dataclasses import asdict, dataclass


@dataclass
class Ledger:
    symbols: int = 0  # signal symbols disclosed for the estimate; they are not used for bits
    bases: int = 0  # basis bits of the symbols that bits are made of (homodyne): which quadrature, not its value
    norms: int = 0  # lengths of Bob's vectors of eight samples
    rotations: int = 0  # vectors that take Bob's directions to his random bits
    syndromeBits: int = 0  # of all frames, those that failed included
    checkBits: int = 0  # tags of the universal hash, of all frames that decoded
    blockBits: int = 0  # what the blocks' headers say was published before (`disclosed_bits`)

    def document(self):
        return asdict(self)
