# SPDX-License-Identifier: Apache-2.0
"""Multidimensional reconciliation and LDPC, by PyPI's `information-reconciliation`.

The library's code is one rate-adaptive family: k = 20,000 bits of information, N = k/rate symbols, rates 0.01 to 0.2.
It keeps Python's interpreter lock while it works, so frames are decoded by processes. Rates above 0.2 only warn, and
then read beyond the code: they are refused here.
"""
import ctypes
import math
import multiprocessing
import os
import signal
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

import numpy as np

from failures import Failure, Inconclusive

PR_SET_PDEATHSIG = 1  # of Linux's prctl
DIMENSION = 8
INFORMATION_BITS = 20_000
LOWEST_RATE, HIGHEST_RATE = 0.01, 0.2


@dataclass(frozen=True)
class Code:
    """N symbols of a frame, of which M syndrome bits are told."""

    symbols: int

    @property
    def checks(self):
        return self.symbols - INFORMATION_BITS

    @property
    def rate(self):
        return INFORMATION_BITS / self.symbols

    @property
    def vectors(self):
        return self.symbols // DIMENSION

    @property
    def library_rate(self):
        """What makes the library choose N: it takes the floor of k/rate."""
        return min(HIGHEST_RATE, INFORMATION_BITS / (self.symbols + 0.5))


def capacity(signal_to_noise):
    """Of one quadrature, bit per sample. The ratio is a plain one; the library's own functions take dB."""
    return 0.5 * math.log2(1 + signal_to_noise)


def choose_code(signal_to_noise, sigma, efficiency):
    """The code for a link: `efficiency` of the capacity at three σ below the estimate, at most the highest rate."""
    careful = signal_to_noise - 3 * sigma
    rate = efficiency * capacity(careful) if careful > 0 else 0
    if rate < LOWEST_RATE:
        raise Inconclusive(f"a signal-to-noise ratio of {signal_to_noise:.4f} ± {sigma:.4f} is too low: the lowest "
                           f"rate of the codes is {LOWEST_RATE}, {max(rate, 0):.4f} would be needed")
    symbols = math.ceil(INFORMATION_BITS / min(rate, HIGHEST_RATE) - 1e-6)
    # Whole vectors of eight.
    return Code(min(-(-symbols // DIMENSION) * DIMENSION, int(INFORMATION_BITS / LOWEST_RATE)))


def norms(samples):
    """Length of each vector of eight."""
    return np.sqrt(np.sum(samples.reshape(-1, DIMENSION) ** 2, axis=1))


class Library:
    """The library's decoder for one code. Loading takes a second and 110 MB."""

    def __init__(self, code, iterations):
        import information_reconciliation as library

        self.code = code
        self._decoder = library.Decoder(NoI=iterations)
        self._decoder.set_rate(code.library_rate)
        if (self._decoder.get_N(), self._decoder.get_M()) != (code.symbols, code.checks):
            raise Failure("the library chose another code than this program: install the version in requirements.txt")
        self._rotation = library.MDR(DIMENSION)

    def encode(self, samples, bits):
        """Bob: rotations (float32), norms (float32) and syndrome (uint8 per bit) for his samples and random bits."""
        lengths = norms(samples)
        directions = samples / np.repeat(lengths, DIMENSION)
        points = (1 - 2.0 * bits) / math.sqrt(DIMENSION)
        rotations = self._rotation.multiplication_Bob(directions.tolist(), points.tolist())
        syndrome = self._decoder.get_syndrome(bits.tolist())
        return np.array(rotations, np.float32), lengths.astype(np.float32), np.array(syndrome, np.uint8)

    def decode(self, expected, variance, rotations, lengths, syndrome):
        """Alice: (bits, iterations, whether they fit the syndrome), from what she expects Bob's samples to be."""
        own = norms(expected)
        directions = expected / np.repeat(own, DIMENSION)
        noisy = np.array(self._rotation.multiplication_Alice(rotations.astype(float).tolist(), directions.tolist()))
        # Exact for a Gaussian channel of known gain: log p(bit 0)/p(bit 1), the other bits of the vector left open.
        ratios = 2 / (variance * math.sqrt(DIMENSION)) * np.repeat(own * lengths, DIMENSION) * noisy
        bits, iterations, fits = self._decoder.SPA_decoder(ratios.tolist(), syndrome.tolist())
        return np.array(bits, np.uint8), int(iterations), bool(fits)


_worker = None


def _begin(parent, make, code, iterations):
    global _worker
    # A worker waits for ever on a queue of which it holds both ends itself: it has to end with its parent.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # the parent ended before it was asked for
    os.environ["OMP_NUM_THREADS"] = "1"  # processes share the cores; threads of each would only wait for each other
    _worker = make(code, iterations)


def _decode(arguments):
    return _worker.decode(*arguments)


class Decoders:
    """Processes that decode one frame each."""

    def __init__(self, code, iterations, count, make=Library):
        # Spawned: after a fork the library's OpenMP threads may be missing.
        self._pool = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), _begin,
                                         (os.getpid(), make, code, iterations))

    def decode(self, frames):
        """Results in order, as they come."""
        try:
            yield from self._pool.map(_decode, frames)
        except BrokenProcessPool:
            raise Failure("a decoding process ended: is there memory for 300 MB in each? Try --workers 1") from None

    def close(self):
        self._pool.shutdown(cancel_futures=True)
