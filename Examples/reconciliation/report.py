# SPDX-License-Identifier: Apache-2.0
"""What came out, as a table for people and as a document for scripts."""
import hashlib
import os

import numpy as np

import codec
from failures import Unusable
from verification import TAG_BITS

LABEL = "A DEMONSTRATION OF THE DATA: no privacy amplification, no finite-size analysis, no security claimed."
BETA = "rate of the code / (½ log2(1 + signal-to-noise)), with the estimated ratio"


def packed(result):
    """All kept frames, one behind the other, eight bits to a byte, the first in the lowest."""
    return b"".join(np.packbits(bits, bitorder="little").tobytes() for bits in result.kept)


def document(result, end, bits):
    estimates, code, frames = result.estimates, result.code, len(result.kept) + result.failed
    return {
        "label": LABEL, "end": end, "isEmulated": result.is_emulated, "bitsAreSecret": False,
        "reconciledBits": len(result.kept) * code.symbols,
        "undisclosedBits": max(0, len(result.kept) * (code.symbols - code.checks - TAG_BITS) - result.ledger.blockBits),
        "bitsDigest": hashlib.sha256(bits).hexdigest(),
        "frames": frames, "framesFailed": result.failed, "frameErrorRate": result.failed / frames,
        "frameSymbols": code.symbols, "rate": code.rate,
        "reconciliationEfficiency": code.rate / codec.capacity(estimates.signal_to_noise),
        "reconciliationEfficiencyDefinition": BETA,
        "iterations": float(np.mean(result.iterations)) if result.iterations else None,
        "mostIterations": max(result.iterations, default=None),
        "transmittance": {"value": estimates.transmittance, "sigma": estimates.transmittance_sigma},
        "excessNoise": {"value": estimates.excess_noise, "sigma": estimates.excess_noise_sigma,
                        "plane": "channel input"},
        "signalToNoise": {"value": estimates.signal_to_noise, "sigma": estimates.signal_to_noise_sigma},
        "modulationVariance": estimates.modulation_variance,
        "vacuumSamples": estimates.vacuum_samples, "windows": result.windows,
        "releasedWindows": result.released_windows,
        "cells": result.cells, "loneCells": result.lone_cells, "unreleasedBlocks": result.unreleased,
        "disclosed": result.ledger.document(),
    }


def table(shown):
    disclosed = shown["disclosed"]
    rows = [
        ("reconciled bits", f"{shown['reconciledBits']:,}, of which {shown['undisclosedBits']:,} are not disclosed"),
        ("SHA-256 of the bits", shown["bitsDigest"]),
        ("frames", f"{shown['frames']} of {shown['frameSymbols']:,} samples, {shown['framesFailed']} failed "
                   f"(frame error rate {shown['frameErrorRate']:.3f})"),
        ("rate", f"{shown['rate']:.4f}"),
        ("efficiency β", f"{shown['reconciliationEfficiency']:.3f} = {BETA}"),
        ("iterations", "–" if shown["iterations"] is None else
         f"{shown['iterations']:.1f} on average, {shown['mostIterations']} at most"),
        ("transmittance T", f"{_pm(shown['transmittance'], 5)}"),
        ("excess noise ξ", f"{_pm(shown['excessNoise'], 5)} SNU at the channel's input"),
        ("signal-to-noise", f"{_pm(shown['signalToNoise'], 5)}"),
        ("V_A of disclosed words", f"{shown['modulationVariance']:.4f} SNU"),
        ("V_on from", f"{shown['vacuumSamples']:,} samples of all {shown['windows']} windows, "
                      f"{shown['releasedWindows']} of them released"),
        ("cells", f"{shown['cells']} of both ends, {shown['loneCells']} of this end only, "
                  f"{shown['unreleasedBlocks']} not released"),
        ("disclosed", f"{disclosed['symbols']:,} symbols, {disclosed['bases']:,} bases, {disclosed['norms']:,} norms, "
                      f"{disclosed['rotations']:,} rotations,"),
        ("", f"{disclosed['syndromeBits']:,} syndrome bits, {disclosed['checkBits']:,} check bits, "
             f"{disclosed['blockBits']:,} bits before"),
    ]
    label = LABEL + (" The units were emulated." if shown["isEmulated"] else "")
    return "\n".join([label] + [f"  {name:<24}{value}" for name, value in rows])


def _pm(pair, digits):
    return f"{pair['value']:.{digits}f} ± {pair['sigma']:.{digits}f}"


def write_private(path, data):
    """A new file that only its owner may read."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}: name a new file in a folder of yours") from None
