# SPDX-License-Identifier: Apache-2.0
"""Arrays as they go over the channel."""
import numpy as np


def bits(data, count, order="little"):
    return np.unpackbits(np.frombuffer(data, np.uint8), count=count, bitorder=order).astype(bool)


def plane_bytes(plane):
    return np.packbits(plane, bitorder="little").tobytes() if plane.dtype == bool else plane.astype("<i2").tobytes()
