# SPDX-License-Identifier: Apache-2.0
import contextlib
import itertools
import json
import socket
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path
from unittest import mock

import numpy as np

from support import EXAMPLE, KEY, Memory, folder, run_pair, small_code, small_link, sources
import channel
import codec
import evidence
import own
import report
import synthetic
from alice import Alice
from blocks import ALICE, BOB, parse
from bob import Bob
from channel import MessageChannel
from failures import Damaged, Disagreement, Failure, TimedOut
from sources import BlockBytes

BOTH = sources(small_link())


def kinds(outcomes):
    return [outcome.kind if isinstance(outcome, Failure) else "done" for outcome in outcomes]


class BlockTests(unittest.TestCase):
    def refused(self, kind, change, source=BOTH[1], end=BOB):
        with self.assertRaises(Failure) as caught:
            own.gather(source.with_header(change, only=1), end)
        self.assertEqual(caught.exception.kind, kind, caught.exception)
        return str(caught.exception)

    def test_headers_that_must_not_be_used_are_refused(self):
        def setting(path, value):
            def change(header):
                *groups, name = path.split(".")
                for group in groups:
                    header = getattr(header, group)
                setattr(header, name, value)
            return change

        for path, value, kind in (
                ("version", 2, "incompatible"), ("version", 0, "incompatible"), ("identity.purpose", "calibration", "incompatible"),
                ("identity.end", ALICE, "incompatible"), ("identity.end", 0, "damaged"), ("identity.end", 9, "damaged"),
                ("identity.session", 8, "incompatible"), ("identity.link", "other", "incompatible"),
                ("identity.binding", b"other", "incompatible"), ("identity.cell", 0, "damaged"),
                ("identity.symbols_per_cell", 0, "damaged"), ("identity.symbols_per_cell", 1 << 40, "damaged"),
                ("identity.first_symbol", 5, "damaged"), ("layout.format", 0, "incompatible"), ("layout.format", 77, "incompatible"),
                ("layout.p_sign", 0, "damaged"), ("layout.basis_bit_set", 0, "damaged"), ("layout.basis_bit_set", 1, "damaged"),
                ("layout.means_removed", True, "incompatible"), ("layout.constellation", "qam64", "incompatible"),
                ("layout.phase.value", float("nan"), "damaged"), ("content_bytes", 7, "damaged")):
            with self.subTest(path=path, value=value):
                self.refused(kind, setting(path, value))

    def test_a_table_that_does_not_cover_the_cell_is_refused(self):
        self.refused("damaged", lambda header: header.kinds.pop())
        self.refused("damaged", lambda header: header.kinds.add(kind=1, symbols=1))
        self.refused("damaged", lambda header: setattr(header.kinds[0], "kind", 9))
        # A table as long as memory is refused before it is unrolled.
        self.refused("damaged", lambda header: header.kinds.extend(
            [type(header.kinds[0])(kind=1, symbols=0xFFFFFFFF)] * 100))

    def test_contents_of_another_length_are_refused(self):
        block = BOTH[1].block_list[0]
        for contents in (b"", block.contents[:-1], block.contents + b"\0"):
            with self.assertRaises(Damaged):
                parse(block.header, contents)

    def test_a_block_twice_and_none_at_all_are_refused(self):
        alice = BOTH[0]
        self.assertEqual(kinds(run_pair(Memory(alice.block_list + alice.block_list[:1], alice.window_list), BOTH[1])),
                         ["damaged", "peerFailed"])
        with self.assertRaises(Failure) as caught:
            own.gather(Memory([], alice.window_list), ALICE)
        self.assertEqual(caught.exception.kind, "inconclusive")

    def test_a_block_that_is_not_the_stated_one_is_refused(self):
        # The synthetic statements have zeros for digests.
        block = BOTH[1].block_list[0]
        with self.assertRaisesRegex(Damaged, "not the one that was stated"):
            own.gather(Memory([BlockBytes(block.header, block.contents, b"another")], BOTH[1].window_list), BOB)

    def test_mutated_headers_and_records_end_in_failures_only(self):
        random = np.random.default_rng(11)
        for _ in range(400):
            source, end = ((BOTH[0], ALICE), (BOTH[1], BOB))[random.integers(2)]
            blocks, windows = list(source.block_list), list(source.window_list)
            place = random.integers(len(blocks) + len(windows))
            data = bytearray(blocks[place].header if place < len(blocks) else windows[place - len(blocks)])
            for _ in range(random.integers(1, 4)):
                data[random.integers(len(data))] = random.integers(256)
            data = bytes(data[:len(data) if random.integers(4) else random.integers(len(data))])
            if place < len(blocks):
                blocks[place] = BlockBytes(data, blocks[place].contents, None)
            else:
                windows[place - len(blocks)] = data
            try:
                held = own.gather(Memory(blocks, windows), end)
                evidence.receiver_channels(held.windows, ("x",))
            except Failure:
                pass


class WindowTests(unittest.TestCase):
    def changed(self, change, place=0, source=BOTH[1]):
        messages = synthetic.messages()[1]
        windows = list(source.window_list)
        record = messages.WindowRecord.FromString(windows[place])
        bob = messages.WindowStatement.FromString(record.receiver.statement)
        change(record, bob)
        record.receiver.statement = bob.SerializeToString()
        windows[place] = record.SerializeToString()
        return Memory(source.block_list, windows)

    def test_all_windows_of_the_session_are_needed(self):
        with self.assertRaises(Failure) as caught:
            own.gather(Memory(BOTH[1].block_list, []), BOB)
        self.assertEqual(caught.exception.kind, "outsideLimits")
        # Of neither end: the first.
        both = [Memory(source.block_list, source.window_list[1:]) for source in BOTH]
        self.assertEqual(set(kinds(run_pair(*both))), {"outsideLimits"})

    def test_an_end_that_stopped_listening_a_window_earlier_learns_its_vacuum_from_the_other(self):
        # How many samples are disclosed is drawn: a window has plenty for a frame.
        sources_of_both = sources(small_link(cells=6, cells_per_window=3))
        every = run_pair(*sources_of_both)[0]
        for place in (0, 1):
            both = list(sources_of_both)
            both[place] = Memory(sources_of_both[place].block_list, sources_of_both[place].window_list[:1])
            alice, bob = run_pair(*both)
            self.assertEqual(report.packed(alice), report.packed(bob))
            self.assertEqual(alice.estimates.vacuum_samples, every.estimates.vacuum_samples)
            # What was not released at one end is not used.
            self.assertEqual((alice.windows, alice.cells), (2, 3))

    def test_records_that_do_not_hold_are_refused(self):
        for change, kind in ((lambda record, bob: setattr(bob, "rule", 2), "incompatible"),
                             (lambda record, bob: setattr(bob, "ordinal", 1), "damaged"),
                             (lambda record, bob: setattr(bob, "end", ALICE), "damaged"),
                             (lambda record, bob: setattr(bob, "link", "other"), "damaged")):
            with self.assertRaises(Failure) as caught:
                own.gather(self.changed(change), BOB)
            self.assertEqual(caught.exception.kind, kind, caught.exception)
        # Both ends have the same, but it is not the one that the next continues.
        both = [self.changed(lambda record, bob: setattr(bob, "ended", 5), source=source) for source in BOTH]
        self.assertEqual(set(kinds(run_pair(*both))), {"damaged"})

        # Of the last window, where no chain tells: other kinds than those of the block.
        def retrain(record, bob):
            bob.held[0].kinds[0].kind = 5 - bob.held[0].kinds[0].kind

        with self.assertRaisesRegex(Disagreement, "table of kinds"):
            own.gather(self.changed(retrain, place=1), BOB)

    def test_a_table_that_is_not_the_stated_one_is_refused_at_either_end(self):
        def swap(header):
            # Signal that is called training has the same number of samples.
            run = next(run for run in header.kinds if run.kind == 1)
            run.kind = 2

        with self.assertRaisesRegex(Disagreement, "table of kinds"):
            own.gather(BOTH[1].with_header(swap, only=1), BOB)

        # A Bob who tells Alice another table than he signed.
        class Liar(Bob):
            def run(self):
                self.own.blocks[1].kinds[np.flatnonzero(self.own.blocks[1].kinds == 1)[:256]] = 0
                return super().run()

        self.assertEqual(kinds(run_pair(*BOTH, bob=Liar))[0], "disagreement")

    def test_vacuum_that_makes_no_sense_is_refused(self):
        def few(record, bob):
            bob.receiver.vacuum_x.samples = 1

        def loud(record, bob):
            bob.receiver.electronic_variance_x.value = 1e9

        def constant(record, bob):
            bob.receiver.vacuum_x.second = 0

        for change in (few, loud, constant):
            both = []
            for source in BOTH:
                last = Memory(source.block_list[:2], source.window_list[:1])
                both.append(self.changed(change, source=last))
            self.assertTrue(set(kinds(run_pair(*both))) <= {"damaged", "outsideLimits"})

    def test_statements_that_differ_between_the_ends_are_refused(self):
        def louder(record, bob):
            bob.receiver.vacuum_x.second += 1_000_000

        # In the last window, where no chain tells.
        self.assertEqual(kinds(run_pair(BOTH[0], self.changed(louder, place=1))), ["disagreement", "disagreement"])

    def test_a_statement_that_only_one_end_has_is_enough(self):
        messages = synthetic.messages()[1]
        record = messages.WindowRecord.FromString(BOTH[0].window_list[1])
        record.ClearField("receiver")
        alice = Memory(BOTH[0].block_list, [BOTH[0].window_list[0], record.SerializeToString()])
        first, second = run_pair(alice, BOTH[1])
        self.assertEqual(report.packed(first), report.packed(second))
        # Of neither end, it is missing.
        self.assertEqual(set(kinds(run_pair(alice, Memory(BOTH[1].block_list, alice.window_list)))), {"outsideLimits"})

    def test_too_many_windows_that_were_not_released_are_refused(self):
        self.assertEqual(set(kinds(run_pair(*sources(small_link(cells=6, revoked_windows=(1,)))))), {"outsideLimits"})


class ChannelTests(unittest.TestCase):
    def test_ends_of_different_sessions_and_links_part(self):
        for changes in ({"session": 8}, {"name": "other"}, {"symbols_per_cell": 8_192}):
            self.assertEqual(kinds(run_pair(BOTH[0], sources(small_link(**changes))[1])), ["incompatible", "incompatible"])

    def test_ends_with_different_keys_do_not_understand_each_other(self):
        outcomes = kinds(run_pair(*BOTH, keys=(KEY, b"another")))
        self.assertIn("damaged", outcomes)
        self.assertTrue(set(outcomes) <= {"damaged", "gone"})

    def test_two_bobs_part(self):
        one, other = socket.socketpair()
        found = []

        def perform(connection, name):
            try:
                messages = MessageChannel(connection, name, KEY, 10)
                Bob(own.gather(BOTH[1], BOB), messages, None).meet()
            except Failure as failure:
                found.append(failure)

        threads = [threading.Thread(target=perform, args=pair) for pair in ((one, "alice"), (other, "bob"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([failure.kind for failure in found], ["incompatible"] * 2)
        one.close(), other.close()

    def test_a_disclosed_subset_that_was_changed_on_its_way_is_noticed(self):
        # Messages of Alice: hello, manifest, words; of Bob: hello, manifest, subset, samples, …
        for of_alice, number in ((True, 2), (False, 2), (False, 3), (False, 5), (True, 1)):
            def change(is_from_alice, at, body):
                if (is_from_alice, at) != (of_alice, number):
                    return body
                return body[:-20] + bytes([body[-20] ^ 1]) + body[-19:]

            with self.subTest(alice=of_alice, number=number):
                outcomes = run_pair(*BOTH, between=change)
                self.assertIn("damaged", kinds(outcomes))
                self.assertNotIn("done", kinds(outcomes))

    def test_messages_that_were_left_out_or_repeated_are_noticed(self):
        kept = {}

        def repeat(is_from_alice, at, body):
            kept.setdefault((is_from_alice, at), body)
            return kept[is_from_alice, at - 1] if is_from_alice and at == 2 else body

        self.assertIn("damaged", kinds(run_pair(*BOTH, between=repeat)))

    def test_an_end_that_discloses_other_symbols_than_it_has_gets_no_bits(self):
        class Liar(Alice):
            def pick(self, indices):
                x, p, is_p = super().pick(indices)
                return [np.roll(x, 1), np.roll(p, 1), is_p]

        # Uncorrelated with what Bob has: nothing can be estimated.
        self.assertEqual(set(kinds(run_pair(*BOTH, alice=Liar))), {"inconclusive"})

    def test_an_end_that_computes_other_estimates_is_noticed(self):
        class Liar(Alice):
            def words(self, agreement, x, p):
                return tuple(1.01 * plane for plane in super().words(agreement, x, p))

        self.assertEqual(kinds(run_pair(*BOTH, alice=Liar)), ["disagreement"] * 2)

    def test_ledgers_that_differ_fail_both_ends(self):
        class Forgetful(Bob):
            def count_frame(self, code):
                super().count_frame(code)
                self.ledger.syndromeBits -= 1

        self.assertEqual(kinds(run_pair(*BOTH, bob=Forgetful)), ["disagreement"] * 2)

    def test_an_end_that_leaves_at_any_step_fails_the_other_by_name(self):
        # The last message, `done`, is the eighth or so of Alice; whoever got it has finished.
        for of_alice in (True, False):
            for number in range(6):
                def change(is_from_alice, at, body):
                    return None if (is_from_alice, at) == (of_alice, number) else body

                with self.subTest(alice=of_alice, number=number):
                    self.assertEqual(kinds(run_pair(*BOTH, between=change)), ["gone", "gone"])

    def test_ends_with_different_efficiency_choose_no_code(self):
        sizes = itertools.count(20_800, 8)

        @contextlib.contextmanager
        def code():
            with mock.patch.object(codec, "choose_code", lambda *_: codec.Code(next(sizes))):
                yield

        self.assertIn("disagreement", kinds(run_pair(*BOTH, code=code)))

    def test_too_few_symbols_for_a_frame_are_inconclusive_at_both_ends(self):
        self.assertEqual(set(kinds(run_pair(*BOTH, code=lambda: small_code(1_000_000)))) - {"peerFailed"}, {"inconclusive"})

    def test_garbage_on_the_channel_ends_in_failures_only(self):
        random = np.random.default_rng(5)
        for number in range(60):
            one, other = socket.socketpair()
            body = random.bytes(random.integers(0, 80))
            if number % 2:
                text = [b"[]", b"{}", b'{"kind":1,"fields":{},"blobs":[]}', b'{"kind":"hello","fields":{},"blobs":[-1]}',
                        b'{"kind":"hello","fields":[],"blobs":[]}', b"\xff", b"[" * 5_000, b'{"kind":"hello","fields":{}, "blobs":7}',
                        b'{"kind":"hello","fields":{"version":true},"blobs":[]}', b'{"kind":"failure","fields":{},"blobs":[]}',
                        ][number // 2 % 10]
                body = len(text).to_bytes(4, "big") + text
            sender = MessageChannel(other, "alice", KEY, 1)
            other.sendall(len(body).to_bytes(4, "big") + body + sender._tag(0, body))
            other.close()
            try:
                MessageChannel(one, "bob", KEY, 1).receive("hello").integer("version")
            except Failure:
                pass
            one.close()

    def test_numbers_that_no_float_holds_are_refused(self):
        for text in ("1" + "0" * 400, "NaN", "Infinity", '"1"', "true", "null"):
            with self.assertRaises(Damaged):
                channel.Fields("estimates", json.loads('{"transmittance": ' + text + "}"), []).number("transmittance")

        class Liar(Alice):
            def reconcile(self, decoders, *rest):
                decoders.decode = lambda frames: ((frame[2].astype(np.uint8), 10**400, True) for frame in frames)
                super().reconcile(decoders, *rest)

        self.assertEqual(kinds(run_pair(*BOTH, alice=Liar)), ["peerFailed", "damaged"])

    def test_a_message_longer_than_any_is_refused_before_it_is_read(self):
        one, other = socket.socketpair()
        other.sendall(b"\xff\xff\xff\xff")
        with self.assertRaises(Damaged):
            MessageChannel(one, "bob", KEY, 1).receive("hello")
        one.close(), other.close()

    def test_a_silent_end_is_given_up(self):
        one, other = socket.socketpair()
        with self.assertRaises(TimedOut):
            MessageChannel(one, "bob", KEY, 0.05).receive("hello")
        one.close(), other.close()

    def test_a_stale_socket_is_replaced_and_a_used_one_is_not(self):
        with folder() as at:
            path = str(at / "channel")
            left = socket.socket(socket.AF_UNIX)
            left.bind(path)
            left.close()
            accepted = []
            waiting = threading.Thread(target=lambda: accepted.append(channel.listen(path, 20)))
            waiting.start()
            client = channel.call(path, 20)
            waiting.join()
            client.close(), accepted[0].close()
            busy = socket.socket(socket.AF_UNIX)
            busy.bind(path)
            busy.listen()
            with self.assertRaises(Failure):
                channel.listen(path, 1)
            self.assertTrue((at / "channel").exists())
            busy.close()
            with self.assertRaises(TimedOut):
                channel.call(str(at / "nobody"), 0.01)
            (at / "file").write_text("a file of somebody's")
            with self.assertRaises(Failure):
                channel.listen(str(at / "file"), 0.1)
            self.assertTrue((at / "file").exists())


class ProgramTests(unittest.TestCase):
    def run_program(self, *words):
        return subprocess.run([sys.executable, EXAMPLE / "reconcile.py", *map(str, words)], capture_output=True, text=True,
                              timeout=60)

    def test_what_it_cannot_use_has_an_exit_code_and_no_traceback(self):
        with folder() as at:
            (at / "none").mkdir()
            (at / "bad" / "windows").mkdir(parents=True)
            (at / "bad" / "1-0.header").write_bytes(b"\xff\xff garbage")
            (at / "bad" / "1-0.contents").write_bytes(b"")
            (at / "two").mkdir()
            for name in ("1-0.header", "2-0.header"):
                (at / "two" / name).write_bytes(b"")
            for code, words in ((64, ["carol"]), (64, ["alice"]), (64, ["alice", "--frames", "0"]),
                                (3, ["alice", "--channel", at / "c", "--source", "ftp:x"]),
                                (3, ["alice", "--channel", at / "c", "--source", f"directory:{at / 'gone'}"]),
                                (3, ["alice", "--channel", at / "c", "--source", f"directory:{at / 'none'}"]),
                                (3, ["alice", "--channel", at / "c", "--source", f"directory:{at / 'two'}"]),
                                (14, ["alice", "--channel", at / "c", "--source", f"directory:{at / 'bad'}"])):
                with self.subTest(words):
                    done = self.run_program(*words)
                    self.assertEqual(done.returncode, code, done.stderr)
                    self.assertNotIn("Traceback", done.stderr)
                    self.assertTrue(done.stderr.strip())

    def test_help_claims_no_security(self):
        self.assertIn("no security", self.run_program("--help").stdout)

    def test_an_end_that_is_killed_leaves_no_decoder_behind_and_the_other_says_so(self):
        with folder() as at:
            synthetic.write(synthetic.Link(cells=4), at)
            bob, alice = (subprocess.Popen(
                [sys.executable, EXAMPLE / "reconcile.py", end, "--channel", at / "c", "--source", f"directory:{at / end}",
                 "--efficiency", "0.8", "--workers", "1"], stderr=subprocess.PIPE, text=True, stdout=subprocess.DEVNULL)
                for end in ("bob", "alice"))
            try:
                workers = _wait(lambda: _children(alice.pid))
                alice.kill()
                alice.communicate(timeout=60)
                said = bob.communicate(timeout=60)[1]
                self.assertEqual(bob.returncode, 7, said)
                self.assertIn("hung up", said)
                _wait(lambda: not any(_is_running(worker) for worker in workers))
            finally:
                for program in (alice, bob):
                    program.kill()


def _wait(condition, limit=60):
    deadline = time.monotonic() + limit
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError("it did not happen in time")
        time.sleep(0.01)
    return found


def _children(process):
    """Python processes of a process that were spawned to decode."""
    try:
        found = [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
        return [child for child in found if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]
    except OSError:
        return []


def _is_running(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
