#!/usr/bin/env python3
"""What `cvqkd key-rate` has to print for the command lines of JSONKeyTests: the formulas as the papers have them, in
plain double precision, with nothing of the program's. Prints one row per command line:

    python3 key_rate_command.py

[1] Lodewyck et al., PRA 76, 042305 (2007); [2] Fossier et al., J. Phys. B 42, 114014 (2009); [4] Leverrier, Grosshans,
Grangier, PRA 81, 062343 (2010).
"""
from math import log2, sqrt
from statistics import NormalDist


def entropy(x):
    return (x + 1) * log2(x + 1) - x * log2(x) if x > 0 else 0.0


def rates(detection, trusted, va, t, xi, eta, vel):
    """I_AB and χ_BE [1][2]. An untrusted receiver's loss and noise are the channel's, for Eve's part only."""
    def receiver(eta, vel):
        return (1 - eta + vel) / eta if detection == "homodyne" else (1 + (1 - eta) + 2 * vel) / eta

    v = va + 1
    total = 1 / t - 1 + xi + receiver(eta, vel) / t
    information = log2((v + total) / (1 + total)) / (2 if detection == "homodyne" else 1)
    if not trusted:
        t, xi, eta, vel = eta * t, xi + (1 if detection == "homodyne" else 2) * vel / (eta * t), 1.0, 0.0
    line, chi = 1 / t - 1 + xi, receiver(eta, vel)
    total = line + chi / t
    a = v * v * (1 - 2 * t) + 2 * t + t * t * (v + line) ** 2
    b = t * t * (v * line + 1) ** 2
    if detection == "homodyne":
        c = (v * sqrt(b) + t * (v + line) + a * chi) / (t * (v + total))
        d = sqrt(b) * (v + sqrt(b) * chi) / (t * (v + total))
    else:
        c = (a * chi**2 + b + 1 + 2 * chi * (v * sqrt(b) + t * (v + line)) + 2 * t * (v * v - 1)) / (t * (v + total)) ** 2
        d = ((v + sqrt(b) * chi) / (t * (v + total))) ** 2

    def pair(p, q):
        root = sqrt(max(p * p - 4 * q, 0))
        return sqrt((p + root) / 2), sqrt((p - root) / 2)

    eve = [entropy((nu - 1) / 2) for nu in pair(a, b)]
    left = [entropy((nu - 1) / 2) for nu in pair(c, d)]
    return information, sum(eve) - sum(left)


def row(name, detection, trusted, va, t, xi, eta, vel, beta, block=None, fraction=0.5, epsilon=1e-10, fer=0.0):
    information, holevo = rates(detection, trusted, va, t, xi, eta, vel)
    print(f"{name}: I {information:.9f} chi {holevo:.9f} K {beta * information - holevo:.9f}", end="")
    if block:
        share = 1 if detection == "homodyne" else 0.5
        m = block * fraction
        n = block - m
        w = NormalDist().inv_cdf(1 - epsilon / 2)  # √2·erf⁻¹(1 − ε)
        variance = 1 + vel + share * eta * t * xi
        slope = sqrt(share * eta * t) - w * sqrt(variance / (m * va))
        worst_t = slope**2 / (share * eta)
        worst_xi = (variance * (1 + w * sqrt(2 / m)) - 1 - vel) / (share * eta * worst_t)
        correction = 7 * sqrt(log2(2 / epsilon) / n) + 2 / n * log2(1 / epsilon)
        chi = rates(detection, trusted, va, worst_t, worst_xi, eta, vel)[1]
        finite = n / block * (beta * information - chi - correction) * (1 - fer)
        print(f" T_min {worst_t:.9f} xi_max {worst_xi:.9f} delta {correction:.9f} Kf {finite:.9f}", end="")
    print()


if __name__ == "__main__":
    row("Lodewyck", "homodyne", True, 18.5, 0.302, 0.005, 0.606, 0.041, 0.898)
    row("defaults", "heterodyne", True, 5, 0.316, 0.01, 0.6, 0.1, 0.95)
    row("untrusted", "homodyne", False, 4, 10**-0.2, 0.005, 0.8, 0.01, 0.98)
    row("block", "heterodyne", True, 5, 0.316, 0.01, 0.6, 0.1, 0.95, 1e8)
    row("output plane", "heterodyne", True, 5, 0.25, 0.004 / 0.25, 0.6, 0.1, 0.95, 2e9, 0.25, 1e-9, 0.1)
    row("detector plane", "homodyne", True, 3, 10**-0.4, 0.002 / (0.7 * 10**-0.4), 0.7, 0.05, 0.9)
