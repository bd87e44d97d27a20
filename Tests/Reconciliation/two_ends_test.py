# SPDX-License-Identifier: Apache-2.0
import hashlib
import json
import os
import socket
import stat
import subprocess
import sys
import threading
import unittest

import numpy as np

from support import EXAMPLE, folder, run_pair, small_code, small_link, sources
import codec
import manifest
import own
import report
import synthetic
import verification
from blocks import ALICE, BOB, NEITHER, SIGNAL, TRAINING
from channel import MessageChannel
from party import Party, Settings
from sources import Consumer


def start(end, at, *more):
    return subprocess.Popen(
        [sys.executable, EXAMPLE / "reconcile.py", end, "--channel", at / "channel", "--source", f"directory:{at / end}",
         "--json", at / f"{end}.json", "--out", at / f"{end}.bits", "--timeout", "60", "--workers", "1", *more],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


class LibraryTests(unittest.TestCase):
    """Two processes and the real library."""

    def reconcile(self, link):
        with folder() as at:
            synthetic.write(link, at)
            programs = {end: start(end, at) for end in ("bob", "alice")}
            said = {end: program.communicate(timeout=120) for end, program in programs.items()}
            for end, program in programs.items():
                self.assertEqual(program.returncode, 0, said[end][1])
                self.assertIn("no security claimed", said[end][0])
                self.assertRegex(said[end][1], r"frames: \d of \d")
            shown = {end: json.loads((at / f"{end}.json").read_text()) for end in programs}
            bits = {end: (at / f"{end}.bits").read_bytes() for end in programs}
            self.assertEqual(stat.S_IMODE(os.stat(at / "alice.bits").st_mode), 0o600)
            self.assertFalse((at / "channel").exists())
        self.assertEqual(bits["alice"], bits["bob"])
        alice, bob = shown["alice"], shown["bob"]
        for name in ("end", "loneCells"):
            alice.pop(name), bob.pop(name)
        self.assertEqual(alice, bob)
        self.assertEqual(alice["bitsDigest"], hashlib.sha256(bits["bob"]).hexdigest())
        kept = alice["frames"] - alice["framesFailed"]
        self.assertGreaterEqual(kept, 1)
        self.assertEqual(alice["reconciledBits"], 8 * len(bits["bob"]))
        self.assertEqual(alice["reconciledBits"], kept * alice["frameSymbols"])
        # Bits, and not a constant: five sigma.
        ones = np.unpackbits(np.frombuffer(bits["bob"], np.uint8)).mean()
        self.assertLess(abs(ones - 0.5), 2.5 / np.sqrt(alice["reconciledBits"]))
        for name, truth in (("transmittance", link.transmittance), ("excessNoise", link.excess_noise)):
            self.assertLess(abs(alice[name]["value"] - truth), 5 * alice[name]["sigma"])
        capacity = 0.5 * np.log2(1 + alice["signalToNoise"]["value"])
        self.assertAlmostEqual(alice["reconciliationEfficiency"], 20_000 / alice["frameSymbols"] / capacity)
        disclosed = alice["disclosed"]
        self.assertEqual(disclosed["syndromeBits"], alice["frames"] * (alice["frameSymbols"] - 20_000))
        self.assertEqual(disclosed["norms"], alice["frames"] * alice["frameSymbols"] // 8)
        self.assertEqual(disclosed["checkBits"], alice["frames"] * 61)
        return alice

    def test_homodyne_ends_with_gaps_at_both_have_the_same_bits(self):
        link = synthetic.Link(cells=6, cells_per_window=3, alice_lacks=(1,), bob_lacks=(4,), basis_bit_set=1)
        shown = self.reconcile(link)
        self.assertEqual(shown["cells"], 4)
        self.assertGreater(shown["disclosed"]["bases"], 0)

    def test_heterodyne_ends_with_mirrored_p_have_the_same_bits(self):
        link = synthetic.Link(detection="heterodyne", transmittance=10**-0.6, p_sign=-1, cells=2, cells_per_window=2)
        shown = self.reconcile(link)
        self.assertEqual(shown["disclosed"]["bases"], 0)

    def test_the_library_takes_the_frames_that_are_planned(self):
        import information_reconciliation as library

        decoder = library.Decoder()
        for symbols in [100_000, 100_008, 112_512, 131_072, 400_000, 1_333_336, 1_999_992, 2_000_000]:
            code = codec.Code(symbols)
            decoder.set_rate(code.library_rate)
            self.assertEqual((decoder.get_N(), decoder.get_M()), (symbols, code.checks))


class CodeTests(unittest.TestCase):
    def test_rates_follow_the_careful_ratio_and_stay_within_the_library(self):
        for ratio in np.geomspace(0.02, 3, 200):
            code = codec.choose_code(ratio, 0.0, 0.88)
            self.assertEqual(code.symbols % 8, 0)
            self.assertTrue(0.01 <= code.rate <= 0.2)
            self.assertLessEqual(code.rate, max(0.01, 0.88 * codec.capacity(ratio)))
        self.assertLess(codec.choose_code(0.3, 0.01, 0.88).rate, codec.choose_code(0.3, 0.001, 0.88).rate)

    def test_what_is_too_noisy_is_inconclusive(self):
        for ratio, sigma in ((0.01, 0.0), (0.1, 0.04), (-0.1, 0.01)):
            with self.assertRaisesRegex(Exception, "too low") as caught:
                codec.choose_code(ratio, sigma, 0.88)
            self.assertEqual(caught.exception.kind, "inconclusive")

    def test_the_hash_tells_any_two_frames_apart(self):
        random = np.random.default_rng(3)
        bits = random.integers(0, 2, 1_000).astype(np.uint8)
        key = verification.fresh_key()
        self.assertEqual(verification.tag(bits, key), verification.tag(bits.copy(), key))
        for place in range(0, 1_000, 7):
            other = bits.copy()
            other[place] ^= 1
            self.assertNotEqual(verification.tag(bits, key), verification.tag(other, key))
        self.assertNotEqual(verification.tag(bits, key), verification.tag(bits, key % (verification.PRIME - 1) + 1))
        self.assertNotEqual(verification.tag(np.zeros(60, np.uint8), key), verification.tag(np.zeros(61, np.uint8), key))
        # By hand: pieces 1 and 2 at the key 10, of a length of 120.
        pieces = np.zeros(120, np.uint8)
        pieces[0], pieces[61] = 1, 1
        self.assertEqual(verification.tag(pieces, 10), (120 * 100 + 1 * 10 + 2) * 10)


class FrameTests(unittest.TestCase):
    def test_frames_that_fail_are_dropped_at_both_ends(self):
        link = small_link(cells=8)
        alice, bob = run_pair(*sources(link), spoil={0: "undecoded", 2: "wrong"}, batch=2)
        self.assertEqual((alice.failed, bob.failed), (2, 2))
        self.assertGreaterEqual(len(bob.kept), 2)
        self.assertEqual(report.packed(alice), report.packed(bob))
        # The one that did not decode has no tag.
        frames = len(bob.kept) + 2
        self.assertEqual(bob.ledger.checkBits, 61 * (frames - 1))
        self.assertEqual(alice.ledger, bob.ledger)

    def test_a_limit_of_frames_is_kept_in_batches_of_any_size(self):
        both = sources(small_link(cells=8))
        for batch in (1, 2, 3, 10):
            with self.subTest(batch):
                alice, bob = run_pair(*both, batch=batch, most_frames=3)
                self.assertEqual((len(alice.kept), len(bob.kept)), (3, 3))
                self.assertEqual(report.packed(alice), report.packed(bob))

    def test_what_is_not_signal_at_both_ends_is_never_used(self):
        link = small_link()
        random = np.random.default_rng(link.seed)
        cells = [synthetic.make_cell(link, number, random) for number in range(link.cells)]
        # Alice calls more of it training than Bob does, and Bob has a guard of which Alice knows nothing.
        cells[1].alice_kinds[:256] = TRAINING
        cells[2].bob_kinds[:256] = NEITHER
        held = [own.gather(source, end) for source, end in zip(sources(link, cells), (ALICE, BOB))]
        agreements = [None, None]

        def agree(place, connection):
            messages = MessageChannel(connection, ("alice", "bob")[place], b"", 20)
            agreements[place] = manifest.compare(Party(held[place], messages, Settings()))

        ends = socket.socketpair()
        threads = [threading.Thread(target=agree, args=pair) for pair in enumerate(ends)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for end in ends:
            end.close()
        for cell in cells:
            for agreement in agreements:
                np.testing.assert_array_equal(
                    agreement.usable[cell.number], (cell.alice_kinds == SIGNAL) & (cell.bob_kinds == SIGNAL))
        alice, bob = run_pair(*sources(link, cells))
        self.assertEqual(report.packed(alice), report.packed(bob))

    def test_what_no_frame_takes_is_not_told(self):
        alice, bob = run_pair(*sources(small_link()), most_frames=1)
        self.assertEqual((alice.ledger.bases, bob.ledger.bases), (20_800, 20_800))
        for detection in ("homodyne", "heterodyne"):
            link = small_link(detection=detection, transmittance=10**-0.6)
            alice, bob = run_pair(*sources(link), code=lambda: small_code(20_808))
            self.assertEqual(report.packed(alice), report.packed(bob))

    def test_the_draw_is_new_each_time(self):
        both = sources(small_link())
        first, second = (run_pair(*both)[0] for _ in range(2))
        self.assertNotEqual(first.estimates, second.estimates)
        self.assertNotEqual(report.packed(first), report.packed(second))

    def test_a_consumer_of_events_is_a_source(self):
        class Event:
            def __init__(self, **fields):
                vars(self).update(fields)

        both = sources(small_link())
        record = synthetic.messages()[1].WindowRecord.FromString
        made = [Consumer([Event(state="running"), *(Event(record=record(data)) for data in source.windows()),
                          Event(header_bytes=b"", digest=bytes(32), ciphertext=b""),
                          *(Event(header_bytes=block.header, contents=block.contents, digest=bytes(32))
                            for block in source.blocks())])
                for source in both]
        alice, bob = run_pair(*made)
        self.assertEqual(report.packed(alice), report.packed(bob))
