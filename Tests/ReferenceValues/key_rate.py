#!/usr/bin/env python3
"""Mutual information and Holevo bound from the formulas as they stand in the literature, at 120 digits.

The program rearranges these formulas so that nothing cancels; this file does not, and brute force makes up for it.
Writes key-rate.csv, which the tests compare with:

    python3 -m venv venv && venv/bin/pip install mpmath && venv/bin/python key_rate.py > key-rate.csv
    venv/bin/python key_rate.py high-loss > key-rate-high-loss.csv

The inputs are doubles, written so that reading them gives the same double.
"""
import itertools
import random
import sys

from mpmath import log, mp, mpf, nstr, sqrt

mp.dps = 120
NOTHING = mpf(10) ** -50  # An eigenvalue is 1 within that: the root of 120 digits is exact to 60.


def entropy(x):
    return (x + 1) * log(x + 1, 2) - x * log(x, 2) if x > 0 else mpf(0)


def noise_of_receiver(detection, efficiency, electronic):
    if detection == "homodyne":
        return (1 - efficiency + electronic) / efficiency
    return (1 + (1 - efficiency) + 2 * electronic) / efficiency


def mutual_information(detection, v, t, xi, efficiency, electronic):
    total = 1 / t - 1 + xi + noise_of_receiver(detection, efficiency, electronic) / t
    ratio = log((v + total) / (1 + total), 2)
    return ratio / 2 if detection == "homodyne" else ratio


def eigenvalues(first, second):
    root = sqrt(first**2 - 4 * second)
    return sqrt((first + root) / 2), sqrt((first - root) / 2)


def holevo_bound(detection, receiver, v, t, xi, efficiency, electronic):
    if receiver == "untrusted":
        xi = xi + (1 if detection == "homodyne" else 2) * electronic / (efficiency * t)
        t, efficiency, electronic = efficiency * t, mpf(1), mpf(0)
    line = 1 / t - 1 + xi
    h = noise_of_receiver(detection, efficiency, electronic)
    total = line + h / t
    a = v**2 * (1 - 2 * t) + 2 * t + t**2 * (v + line) ** 2
    b = t**2 * (v * line + 1) ** 2
    if detection == "homodyne":
        c = (v * sqrt(b) + t * (v + line) + a * h) / (t * (v + total))
        d = sqrt(b) * (v + sqrt(b) * h) / (t * (v + total))
    else:
        c = (a * h**2 + b + 1 + 2 * h * (v * sqrt(b) + t * (v + line)) + 2 * t * (v**2 - 1)) / (t * (v + total)) ** 2
        d = ((v + sqrt(b) * h) / (t * (v + total))) ** 2
    result = mpf(0)
    for sign, values in ((1, eigenvalues(a, b)), (-1, eigenvalues(c, d))):
        for value in values:
            value = mp.re(value)  # A root of what should be 0 may be imaginary, and as small as rounding.
            if value - 1 > NOTHING:
                result += sign * entropy((value - 1) / 2)
    return result


def all_losses():
    modulations = [1e-3, 0.1, 1.0, 5.0, 40.0, 1e3, 1e4]
    channels = [1e-6, 1e-3, 10**-1.5, 0.316, 0.7, 0.99, 1 - 1e-6, 1 - 1e-12, 1 - 2.0**-52, 1.0]
    noises = [0.0, 1e-15, 1e-8, 1e-4, 0.01, 0.1, 1.0]
    receivers = [(1.0, 0.0), (0.6, 0.1), (0.606, 0.041), (1.0, 1e-9), (1 - 1e-9, 0.0), (0.2, 3.0)]
    rows = list(
        itertools.product(
            ["homodyne", "heterodyne"], ["trusted", "untrusted"], modulations, channels, noises, receivers))
    random.Random(2026).shuffle(rows)
    return rows[:1500]


def high_loss():
    """30 to 200 dB, where the rate is what is left of entropies of up to 30 bits."""
    modulations = [1e-6, 0.1, 5.0, 40.0, 1e4, 1e6, 1e9]
    channels = [0.4, 1e-3, 1e-6, 1e-9, 1e-13, 1e-16, 1e-20]
    noises = [0.0, 1e-12, 1e-4, 0.01, 1.0]
    receivers = [(1.0, 0.0), (0.606, 0.041), (1e-3, 0.1)]
    rows = list(
        itertools.product(
            ["homodyne", "heterodyne"], ["trusted", "untrusted"], modulations, channels, noises, receivers))
    random.Random(2027).shuffle(rows)
    return rows[:1000]


def main():
    print("# detection,receiver,modulationVariance,transmittance,excessNoise,efficiency,electronicNoise,"
          "mutualInformation,holevoBound")
    rows = high_loss() if sys.argv[1:] == ["high-loss"] else all_losses()
    for detection, receiver, modulation, t, xi, (efficiency, electronic) in rows:
        exact = [mpf(number) for number in (t, xi, efficiency, electronic)]
        v = mpf(modulation) + 1
        information = mutual_information(detection, v, *exact)
        bound = holevo_bound(detection, receiver, v, *exact)
        print(f"{detection},{receiver},{modulation!r},{t!r},{xi!r},{efficiency!r},{electronic!r},"
              f"{nstr(information, 18)},{nstr(bound, 18)}")


if __name__ == "__main__":
    sys.exit(main())
