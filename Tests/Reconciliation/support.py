# SPDX-License-Identifier: Apache-2.0
"""Two ends in one process: sources in memory, a channel that a test may disturb, and a code that costs nothing."""
import atexit
import contextlib
import os
import shutil
import socket
import struct
import sys
import tempfile
import threading
from pathlib import Path
from unittest import mock

import numpy as np

os.environ["OMP_NUM_THREADS"] = "1"
EXAMPLE = Path(__file__).resolve().parents[2] / "Examples" / "reconciliation"
sys.path.insert(0, str(EXAMPLE))
sys.dont_write_bytecode = True

import messages


def _proto_with_tables():
    """The .proto files, with the table of kinds in `HeldCell` that statements are to have, if it is not there yet."""
    folder = Path(tempfile.mkdtemp(prefix="rc-proto-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copytree(messages.PROTO, folder, dirs_exist_ok=True)
    evidence = folder / "cvqkd/rawkey/v1/evidence.proto"
    text = evidence.read_text()
    if "repeated KindRun kinds = 3;" not in text:
        evidence.write_text(text.replace("  bytes digest = 2;\n}", "  bytes digest = 2;\n  repeated KindRun kinds = 3;\n}", 1))
    return folder


messages.PROTO = _proto_with_tables()

import codec
import own
import synthetic
from alice import Alice
from blocks import ALICE, BOB
from bob import Bob
from channel import MessageChannel
from failures import Failure
from party import Settings
from sources import BlockBytes

KEY = b"a key of the two ends"


def small_link(**changes):
    """A link of 65,536 symbols: enough for an estimate, and for two or more frames of `StubCode`."""
    return synthetic.Link(**{"symbols_per_cell": 16_384, "cells": 4, "cells_per_window": 2, "slot": 256, **changes})


class Memory:
    """A source of two lists."""

    def __init__(self, blocks, windows):
        self.block_list, self.window_list = blocks, windows

    def blocks(self):
        return iter(self.block_list)

    def windows(self):
        return iter(self.window_list)

    def with_header(self, change, only=None):
        """The same blocks with headers that `change` was done to."""
        changed = []
        for place, block in enumerate(self.block_list):
            if only is None or place == only:
                message = parsed_header(block.header)
                change(message)
                block = BlockBytes(message.SerializeToString(), block.contents, block.digest)
            changed.append(block)
        return Memory(changed, self.window_list)


def parsed_header(data):
    return synthetic.messages()[0].BlockHeader.FromString(data)


def sources(link, cells=None):
    """(Alice's, Bob's) source of a link."""
    if cells is None:
        random = np.random.default_rng(link.seed)
        cells = [synthetic.make_cell(link, number, random) for number in range(link.cells)]
    windows = synthetic.records(link, cells)
    both = []
    for end, lacks in ((ALICE, link.alice_lacks), (BOB, link.bob_lacks)):
        both.append(Memory(
            [BlockBytes(synthetic.header(link, cell, end).SerializeToString(), synthetic.contents(link, cell, end), None)
             for cell in cells
             if cell.number not in lacks and cell.number // link.cells_per_window not in link.revoked_windows], windows))
    return tuple(both)


class StubCode:
    """In place of the library: rotations are the bits themselves. `spoil` says what becomes of a frame (by its number)."""

    def __init__(self, code, iterations, spoil=None):
        self.code, self.spoil, self.number = code, spoil or {}, 0

    def encode(self, samples, bits):
        return bits.astype(np.float32), codec.norms(samples).astype(np.float32), np.zeros(self.code.checks, np.uint8)

    def decode(self, frames):
        for expected, variance, rotations, lengths, syndrome in frames:
            bits, fits = rotations.astype(np.uint8), True
            match self.spoil.get(self.number):
                case "undecoded":
                    fits = False
                case "wrong":
                    bits = bits.copy()
                    bits[-1] ^= 1
            self.number += 1
            yield bits, 10, fits

    def close(self):
        pass


def small_code(symbols=20_800):
    """Frames of a fifth of the library's smallest."""
    return mock.patch.object(codec, "choose_code", lambda *_: codec.Code(symbols))


def run_pair(alice_source, bob_source, alice=Alice, bob=Bob, between=None, spoil=None, batch=2, timeout=20, keys=(KEY, KEY),
             code=small_code, **settings):
    """What (alice, bob) end with: a Result, or the Failure. `between` may change a message: (from Alice, number, body)."""
    outcomes = [None, None]
    alice_socket, bob_socket = socket.socketpair() if between is None else relayed(between)

    def perform(place, make, source, end, connection):
        messages = None
        try:
            messages = MessageChannel(connection, ("alice", "bob")[place], keys[place], timeout)
            chosen = Settings(**settings, encoder=StubCode,
                              decoders=lambda code, iterations: (StubCode(code, iterations, spoil), batch))
            outcomes[place] = make(own.gather(source, end), messages, chosen).run()
        except Failure as failure:
            if messages:
                messages.tell_failure(failure)
            outcomes[place] = failure
        finally:
            connection.close()

    with code():
        threads = [threading.Thread(target=perform, args=(place, *rest)) for place, rest in enumerate((
            (alice, alice_source, ALICE, alice_socket), (bob, bob_source, BOB, bob_socket)))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    return outcomes


def relayed(change):
    """Two sockets with somebody between them who hands each body to `change` and passes on what that returns."""
    ends, inner = zip(socket.socketpair(), socket.socketpair())

    def read(connection, count):
        data = b""
        while len(data) < count:
            piece = connection.recv(count - len(data))
            if not piece:
                raise OSError
            data += piece
        return data

    def copy(source, target, is_from_alice):
        with contextlib.suppress(OSError):
            for number in range(1_000):
                (size,) = struct.unpack(">I", read(source, 4))
                body, tag = read(source, size), read(source, 32)
                body = change(is_from_alice, number, body)
                if body is None:
                    break
                target.sendall(struct.pack(">I", len(body)) + body + tag)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        source.close()

    for source, target, is_from_alice in ((inner[0], inner[1], True), (inner[1], inner[0], False)):
        threading.Thread(target=copy, args=(source, target, is_from_alice), daemon=True).start()
    return ends


@contextlib.contextmanager
def folder():
    # Short, because a Unix socket's path is limited.
    with tempfile.TemporaryDirectory(prefix="rc-") as path:
        yield Path(path)
