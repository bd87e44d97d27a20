# SPDX-License-Identifier: Apache-2.0
import math
import unittest

import numpy as np
from scipy import stats

from support import run_pair, small_link, sources
import evidence
import synthetic
from failures import Failure


def estimates(link, **settings):
    outcomes = run_pair(*sources(link), **settings)
    for outcome in outcomes:
        if isinstance(outcome, Failure):
            raise outcome
    return outcomes[0].estimates


class EstimationTests(unittest.TestCase):
    def scatter(self, **changes):
        """Pulls of T and ξ over 40 links; a correct estimator fails with a probability below 1e-4 for each detection."""
        pulls = []
        for seed in range(40):
            link = small_link(seed=100 + seed, excess_noise=0.05, **changes)
            found = estimates(link, fraction=0.5)
            pulls.append(((found.transmittance - link.transmittance) / found.transmittance_sigma,
                          (found.excess_noise - link.excess_noise) / found.excess_noise_sigma))
        for pull in np.array(pulls).T:
            self.assertLess(abs(pull.mean()) * math.sqrt(len(pull)), 4.5)
            low, high = stats.chi2.ppf([1e-5, 1 - 1e-5], len(pull))
            self.assertTrue(low < np.sum(pull**2) < high, np.sum(pull**2))

    def test_homodyne_estimates_scatter_about_the_truth_by_their_sigma(self):
        self.scatter()

    def test_heterodyne_estimates_scatter_about_the_truth_by_their_sigma(self):
        self.scatter(detection="heterodyne", transmittance=10**-0.6)

    def test_every_convention_of_the_layout_gives_the_same_truth(self):
        for changes in ({"p_sign": -1}, {"basis_bit_set": 1}, {"basis_bit_set": 1, "p_sign": -1}, {"phase": -2.5},
                        {"phase": 0.0, "is_rotated": True}, {"offset": 300.0}, {"delay": -2, "cells": 5},
                        {"detection": "heterodyne", "transmittance": 10**-0.6, "p_sign": -1, "phase": 1.2}):
            with self.subTest(changes):
                if changes.get("delay", 0) < 0:  # Bob's index of cell 0 would be negative
                    changes = {**changes, "alice_lacks": (0,), "bob_lacks": (0,)}
                link = small_link(**changes)
                found = estimates(link)
                self.assertLess(abs(found.transmittance - link.transmittance), 5 * found.transmittance_sigma)
                self.assertLess(abs(found.excess_noise - link.excess_noise), 5 * found.excess_noise_sigma)
                # What the headers say of the rotation was used: none is left.
                self.assertLess(abs(np.angle(found.gain)), 0.1)

    def test_a_phase_that_no_header_knows_is_found(self):
        link = small_link(phase=0.7)
        alice, bob = sources(link)

        def forget(header):
            header.layout.phase.value = 0

        found = run_pair(alice, bob.with_header(forget))[1].estimates
        self.assertAlmostEqual(np.angle(found.gain), 0.7, delta=0.1)
        self.assertLess(abs(found.transmittance - link.transmittance), 5 * found.transmittance_sigma)

    def test_a_wrong_sign_of_p_is_noticed(self):
        alice, bob = sources(small_link())

        def flip(header):
            header.layout.p_sign = -1

        for outcome in run_pair(alice, bob.with_header(flip)):
            self.assertEqual(outcome.kind, "incompatible")

    def test_vacuum_comes_from_revoked_windows_too(self):
        link = small_link(cells=8, revoked_windows=(1,))
        alice, bob = run_pair(*sources(link), most_rejected=0.3)
        random = np.random.default_rng(link.seed)
        cells = [synthetic.make_cell(link, number, random) for number in range(link.cells)]
        vacuum = np.concatenate([cell.samples[0][cell.bob_kinds == synthetic.VACUUM] for cell in cells])
        self.assertEqual(alice.estimates.vacuum_samples, len(vacuum))
        self.assertEqual(bob.estimates, alice.estimates)
        self.assertAlmostEqual(alice.estimates.vacuum, vacuum.var(ddof=1) / (vacuum.var(ddof=1) - 1_000), places=9)
        self.assertEqual((alice.windows, alice.released_windows, alice.cells), (4, 3, 6))

    def test_correlated_vacuum_counts_as_fewer_samples(self):
        link = small_link()
        windows = evidence.read_windows(sources(link)[1].windows(), link.binding, link.name)
        plain = evidence.receiver_channels(windows, ("x",))["x"].on
        for window in windows:
            sums = window.receiver.receiver.vacuum_x
            sums.lag_product += int(0.5 * plain.variance * sums.samples)
        correlated = evidence.receiver_channels(windows, ("x",))["x"].on
        self.assertAlmostEqual(correlated.effective_samples / plain.effective_samples, 1 / 1.5, delta=0.02)
        self.assertEqual(correlated.variance, plain.variance)
