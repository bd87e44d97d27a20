#!/usr/bin/env python3
"""Takes raw key from an agent on this node, checks it, and writes it for whoever reconciles it.

    consumer.py keygen --key FILE --public FILE
    consumer.py --socket PATH --link L --consumer NAME --key FILE [--out DIR] [--blocks N] [--json FILE] [--patience SECONDS]

With --out: SESSION-CELL.header (BlockHeader), SESSION-CELL.contents (samples, RAW KEY IN THE CLEAR: a demonstration) and
windows/SESSION-ORDINAL.record (WindowRecord). Ends after N blocks, or when the agent ends and does not come back within the
patience. Exit codes: 0; 1 the agent ended or refused; 2 something did not hold together; 64 usage.
"""
import argparse
import json
import pathlib
import signal
import socket
import sys
import threading
import time

import grpc

import rawkey_consumer as rawkey


class Account:
    """What came, for people and for --json."""

    def __init__(self):
        self.counts = dict.fromkeys(
            ["sealed", "blocks", "bytes", "windowsReleased", "windowsRevoked", "revokedBlocks", "gapCells", "orphanedCells",
             "suspects"], 0)
        self.link = {}
        self.emulated = False
        self.health = None
        self.sessions = set()
        self.states = []

    def document(self, outcome):
        # Numbers of 64 bits are strings.
        return {**self.counts, **self.link, "isEmulated": self.emulated,
                "linkHealthNotSecurity": self.health, "states": self.states[-100:],
                "sessions": [str(session) for session in sorted(self.sessions)], "outcome": outcome}

    def take(self, event):
        """Counts an event and says it in a line."""
        counts = self.counts
        match event:
            case rawkey.Opened(message):
                self.link = {"link": message.link, "end": rawkey.block_pb2.End.Name(message.end)[4:].lower(),
                             "isTest": message.is_test, "keyID": message.key_id}
                note = "  TEST LINK: nothing of it is secret" if message.is_test else ""
                return f"open: link {message.link}, end {self.link['end']}, key {message.key_id}{note}"
            case rawkey.Sealed():
                counts["sealed"] += 1
                return None
            case rawkey.Block():
                counts["blocks"] += 1
                counts["bytes"] += len(event.contents)
                self.sessions.add(event.session)
                self.emulated |= event.header.identity.is_emulated
                if event.header.HasField("health"):
                    health = event.header.health
                    self.health = {"transmittance": health.transmittance.value, "sigma": health.transmittance.sigma,
                                   "alarms": list(health.alarms)}
                note = "  EMULATED: not a secret" if event.header.identity.is_emulated else ""
                return f"block {event.cell} of session {event.session}: {len(event.contents)} bytes{note}"
            case rawkey.Window():
                counts["windowsReleased" if event.is_released else "windowsRevoked"] += 1
                if event.is_released:
                    return f"window {event.ordinal}: evidence rule passed, {len(event.cells)} blocks released"
                return f"window {event.ordinal}: revoked"
            case rawkey.Revoked():
                counts["revokedBlocks"] += len(event.cells)
                return f"revoked: {len(event.cells)} blocks ({event.reason})"
            case rawkey.Gap():
                counts["gapCells"] += event.cells
                return f"gap: {event.cells} cells from {event.first_cell} on ({event.cause})"
            case rawkey.Orphaned():
                counts["orphanedCells"] += len(event.cells)
                return f"orphaned: {len(event.cells)} blocks were released at this end only"
            case rawkey.Suspect():
                counts["suspects"] += 1
                return f"SUSPECT: {event.cells} cells from {event.first_cell} on: {event.cause}"
            case rawkey.State():
                self.states.append({"state": event.state, "reason": event.reason, "session": str(event.session)})
                return f"link is {event.state}: {event.reason}"


def write_block(folder, block):
    name = f"{block.session}-{block.cell}"
    rawkey._write(folder / f"{name}.contents", block.contents)
    rawkey._write(folder / f"{name}.header", block.header_bytes)
    rawkey._sync_folder(folder)


class Interruption:
    """SIGINT and SIGTERM, heard by a thread that only waits for them. As an exception they could strike while a block is being
    written, or in a callback of a library, which swallows it."""

    def __init__(self):
        self.came = threading.Event()
        self._told, told = socket.socketpair()
        told.setblocking(False)
        self._kept = told
        # Python writes the signal's number there at once, whatever the main thread is doing.
        signal.set_wakeup_fd(told.fileno())
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)

    def watch(self, consumer):
        threading.Thread(target=self._wait, args=(consumer,), daemon=True).start()

    def _wait(self, consumer):
        self._told.recv(1)
        self.came.set()
        # A stream that is only just being opened is not there to be cancelled yet.
        while True:
            consumer.cancel()
            time.sleep(0.1)


def consume(options, key, account, interruption):
    """One stream after the other. Returns an exit code and how it ended."""
    folder = pathlib.Path(options.out) if options.out else None
    last = time.monotonic()
    with rawkey.Consumer(options.socket, options.link, options.consumer, key, folder) as consumer:
        interruption.watch(consumer)
        while not interruption.came.is_set():
            has_all = False
            try:
                for event in consumer.events():
                    last = time.monotonic()
                    line = account.take(event)
                    if line:
                        print(line, flush=True)
                    if isinstance(event, rawkey.Block):
                        if folder:
                            write_block(folder, event)
                        consumer.taken(event)
                        has_all = 0 < options.blocks <= account.counts["blocks"]
                    if interruption.came.is_set():
                        return 0, "interrupted"
                    if has_all:
                        # The agent ends the stream when it has heard everything.
                        consumer.finish()
                        for _ in consumer.rest():
                            pass
                        return 0, "complete"
                return 0, "ended"
            except grpc.RpcError as error:
                if interruption.came.is_set():
                    break
                text = f"{error.code().name}: {error.details()}"
                if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.ALREADY_EXISTS):
                    print(f"the agent refuses: {text}", file=sys.stderr)
                    return 1, text
                if time.monotonic() - last > options.patience:
                    print(f"the agent is not there: {text}", file=sys.stderr)
                    return (0 if not options.blocks and account.counts["blocks"] else 1), text
            except rawkey.Refused as error:
                print(f"REFUSED: {error}", file=sys.stderr)
                return 2, str(error)
            interruption.came.wait(0.2)
        return 0, "interrupted"


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.exit_on_error = False
    if arguments[:1] == ["keygen"]:
        parser.add_argument("--key", required=True, help="file of the secret key: 32 bytes, mode 0600")
        parser.add_argument("--public", required=True, help="file of the public key: 1216 bytes, for the agent")
        options = parser.parse_args(arguments[1:])
        key = rawkey.SecretKey.random()
        key.write(options.key, options.public)
        print(key.key_id)
        return 0
    for name, text in [("socket", "the agent's Unix socket"), ("link", "name of the link"),
                       ("consumer", "this consumer's name in the agent's configuration"), ("key", "file of the secret key")]:
        parser.add_argument(f"--{name}", required=True, help=text)
    parser.add_argument("--out", help="folder for blocks and windows; raw key in the clear")
    parser.add_argument("--blocks", type=int, default=0, help="end after so many blocks")
    parser.add_argument("--json", help="file for a summary")
    parser.add_argument("--patience", type=float, default=0, help="seconds to wait for an agent that is not there")
    options = parser.parse_args(arguments)
    account = Account()
    code, outcome = consume(options, rawkey.SecretKey.read(options.key), account, Interruption())
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(account.document(outcome), indent=2) + "\n")
    return code


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (OSError, ValueError, argparse.ArgumentError) as error:
        print(error, file=sys.stderr)
        sys.exit(64)
