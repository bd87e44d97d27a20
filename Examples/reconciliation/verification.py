# SPDX-License-Identifier: Apache-2.0
"""A keyed universal hash: whether two frames are the same, at the price of 61 bits.

The frame is the polynomial of its length and its pieces of 60 bits, taken at the key in the field of 2^61 − 1 elements.
The key is drawn after decoding, so errors cannot depend on it: two different frames of n bits have the same tag with a
probability of at most (n/60 + 2)/2^61, 1e-15 for 100,000 bits.
"""
import secrets

import numpy as np

PRIME = (1 << 61) - 1
TAG_BITS = 61
PIECE = 60


def fresh_key():
    return 1 + secrets.randbelow(PRIME - 1)


def tag(bits, key):
    """The tag of an array of zeros and ones."""
    padded = np.zeros(-(-len(bits) // PIECE) * 64, np.uint8).reshape(-1, 64)
    flat = np.zeros(padded.shape[0] * PIECE, np.uint8)
    flat[:len(bits)] = bits
    padded[:, :PIECE] = flat.reshape(-1, PIECE)
    value = len(bits)
    for piece in np.packbits(padded, axis=1, bitorder="little").view("<u8").ravel().tolist():
        value = (value * key + piece) % PRIME
    return value * key % PRIME
