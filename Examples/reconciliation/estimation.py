# SPDX-License-Identifier: Apache-2.0
"""T and ξ of the channel from symbols that both ends disclosed after reception.

Model, per measured quadrature, in shot-noise units: y = √(μ′ηT)·x + z, var z = 1 + v_el + μ′ηTξ, with μ′ = 1 for
homodyne and ½ for heterodyne detection, ξ at the channel's input. S² is the variance of y about its regression on x,
with an intercept, and ξ = (S² − V_on)/t²: V_off only scales. Estimates are values ± σ, never clamped; no bound is claimed.
"""
import math
from dataclasses import asdict, dataclass

import numpy as np

from failures import Inconclusive, Incompatible

LEAST_SAMPLES = 1_000
LEAST_SIGNIFICANCE = 8.0  # |ĝ| must stand out by so many σ before anything is divided by it


@dataclass(frozen=True)
class Receiver:
    """What Bob's samples are scaled by. `channels` has x, or x and p for heterodyne detection."""

    channels: dict
    efficiency: float
    efficiency_sigma: float

    @property
    def is_heterodyne(self):
        return "p" in self.channels

    @property
    def share(self):
        """μ′."""
        return 0.5 if self.is_heterodyne else 1.0

    def channel(self, is_p):
        return self.channels["p" if is_p and self.is_heterodyne else "x"]

    def normalised(self, samples, is_p):
        """√SNU, about the mean of vacuum."""
        channel = self.channel(is_p)
        return (samples - channel.on.mean) / math.sqrt(channel.shot_noise)


@dataclass(frozen=True)
class Estimates:
    """What the disclosed symbols say; both ends compute the same."""

    gain: complex  # Bob's √SNU per Alice's √SNU; its angle is the rotation that is left
    offset_x: float  # of Bob's samples against vacuum, √SNU
    offset_p: float
    residual: float  # S², SNU
    vacuum: float  # V_on, SNU
    signal_to_noise: float
    signal_to_noise_sigma: float
    transmittance: float
    transmittance_sigma: float
    excess_noise: float
    excess_noise_sigma: float
    modulation_variance: float  # second moment of the disclosed words, SNU
    samples: int  # quadrature samples used
    vacuum_samples: int

    def document(self):
        fields = asdict(self)
        fields["gain"] = [self.gain.real, self.gain.imag]
        return fields


def estimate(words_x, words_p, y_x, of_x, y_p, of_p, receiver, modulation_sigma=0.0):
    """Estimates from Alice's words (√SNU) and Bob's normalised samples (√SNU).

    `y_x` are samples of x, and `of_x` the indices of their words; likewise p. `modulation_sigma` is V_A's, relative.
    """
    if min(len(y_x), len(y_p)) < LEAST_SAMPLES:
        raise Inconclusive(f"{len(y_x)} and {len(y_p)} disclosed samples of x and p: {LEAST_SAMPLES} of each needed")
    # Rows of y_x = Re(g)·x − Im(g)·p and of y_p = Re(g)·p + Im(g)·x: one gain for both, as the channel has one T.
    parts = [(words_x[of_x], -words_p[of_x], y_x), (words_p[of_p], words_x[of_p], y_p)]
    means = [tuple(column.mean() for column in part) for part in parts]
    parts = [tuple(column - mean for column, mean in zip(part, three)) for part, three in zip(parts, means)]
    gain, covariance, residual, freedom = _fit(parts)
    mirrored, _, of_mirrored, _ = _fit([parts[0], tuple(-column if k < 2 else column for k, column in
                                                        enumerate(parts[1]))])
    sigma = math.sqrt(np.trace(covariance) / 2)
    if of_mirrored < residual and abs(mirrored) > LEAST_SIGNIFICANCE * sigma:
        raise Incompatible("the sign of p is not as the headers say: the mirrored words fit better")
    if not abs(gain) > LEAST_SIGNIFICANCE * sigma:
        raise Inconclusive(f"the disclosed words and samples are not correlated ({abs(gain) / sigma:.1f} σ)")

    vector = np.array([gain.real, gain.imag])
    power = abs(gain) ** 2 - np.trace(covariance)  # noise of ĝ adds to |ĝ|²
    power_sigma = math.sqrt(4 * vector @ covariance @ vector + 2 * np.sum(covariance**2))
    channels = [receiver.channel(False), receiver.channel(True)]
    on = sum(channel.on.variance / channel.shot_noise for channel in channels) / 2
    # One channel serves both quadratures of a homodyne receiver; two channels are independent.
    distinct = list(receiver.channels.values())
    on_sigma = math.sqrt(sum((channel.on.sigma / channel.shot_noise) ** 2 for channel in distinct)) / len(distinct)
    shot_sigma = math.sqrt(sum((channel.on.sigma**2 + channel.off_sigma**2) / channel.shot_noise**2
                               for channel in distinct)) / len(distinct)
    residual_sigma = residual * math.sqrt(2 / freedom)
    modulation = float((np.mean(words_x**2) + np.mean(words_p**2)) / 2)
    noise = (residual - on) / power
    noise_sigma = math.sqrt((residual_sigma**2 + on_sigma**2) / power**2 + (noise * power_sigma / power) ** 2)
    transmittance = power / (receiver.share * receiver.efficiency)
    relative = math.sqrt((power_sigma / power) ** 2 + shot_sigma**2 + modulation_sigma**2
                         + (receiver.efficiency_sigma / receiver.efficiency) ** 2)
    ratio = power * modulation / residual
    ratio_sigma = ratio * math.sqrt((power_sigma / power) ** 2 + 2 / freedom)
    offset_x = means[0][2] - gain.real * means[0][0] - gain.imag * means[0][1]
    offset_p = means[1][2] - gain.real * means[1][0] - gain.imag * means[1][1]
    return Estimates(
        gain=gain, offset_x=float(offset_x), offset_p=float(offset_p), residual=residual, vacuum=on,
        signal_to_noise=ratio, signal_to_noise_sigma=ratio_sigma,
        transmittance=transmittance, transmittance_sigma=transmittance * relative,
        excess_noise=noise, excess_noise_sigma=noise_sigma, modulation_variance=modulation,
        samples=len(y_x) + len(y_p), vacuum_samples=sum(channel.on.samples for channel in distinct))


def _fit(parts):
    """Gain, its covariance, S² and degrees of freedom of one complex gain over both quadratures."""
    normal, target, power, count = np.zeros((2, 2)), np.zeros(2), 0.0, 0
    for real, imaginary, y in parts:
        columns = np.stack([real, imaginary])
        normal += columns @ columns.T
        target += columns @ y
        power += y @ y
        count += len(y)
    if not np.linalg.det(normal) > 1e-9 * normal[0, 0] * normal[1, 1]:
        raise Inconclusive("the disclosed words carry no modulation in both quadratures")
    solution = np.linalg.solve(normal, target)
    freedom = count - 4  # the gain has two parameters, and each quadrature an intercept
    residual = float((power - solution @ target) / freedom)
    return complex(*solution), residual * np.linalg.inv(normal), residual, freedom


def predicted(estimates, x, p):
    """What Alice expects Bob's (x, p) to be, √SNU about his offset."""
    gain = estimates.gain
    return gain.real * x - gain.imag * p, gain.real * p + gain.imag * x
