#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two programs, one per end of a link, make the same bits of the raw key that each has.

    reconcile.py bob   --channel SOCKET --source directory:FOLDER
    reconcile.py alice --channel SOCKET --source directory:FOLDER

It shows that two ends' blocks fit together. It claims no security: nothing is amplified, and nothing is bounded. See
README.md.
"""
import argparse
import json
import os
import signal
import sys
import traceback
from functools import partial
from pathlib import Path

# Before anything loads OpenMP: frames are decoded by processes, whose threads would only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import alice
import bob
import channel
import codec
import own
import party
import report
from blocks import ALICE, BOB
from failures import Failure, NotFound, Unusable
from sources import Directory

ENDS = {"alice": (ALICE, alice.Alice), "bob": (BOB, bob.Bob)}


def arguments(words=None):
    parser = argparse.ArgumentParser(
        description="Makes identical bits of two ends' raw-key blocks. A demonstration: no security is claimed.")
    parser.error = lambda sentence: (parser.print_usage(sys.stderr), parser.exit(64, f"reconcile.py: {sentence}\n"))
    parser.add_argument("end", choices=ENDS)
    parser.add_argument("--channel", required=True, metavar="SOCKET", help="Unix socket of the two ends; Bob listens")
    parser.add_argument("--source", required=True, help="directory:FOLDER with headers, contents and windows")
    parser.add_argument("--session", type=int, help="which session, if the source has several")
    parser.add_argument("--channel-key", metavar="FILE", help="secret of the two ends, for their messages")
    parser.add_argument("--fraction", type=_between(0, 1), default=0.2,
                        help="of the signal symbols, disclosed for the estimate; Bob's counts (%(default)s)")
    parser.add_argument("--efficiency", type=_between(0, 1), default=0.88, help="rate against capacity (%(default)s)")
    parser.add_argument("--iterations", type=_count, default=200, help="of the decoder, at most (%(default)s)")
    parser.add_argument("--most-rejected", type=_between(0, 1), default=0.25,
                        help="share of windows that may not have been released (%(default)s)")
    parser.add_argument("--frames", type=_count, help="at most so many; Bob's counts")
    parser.add_argument("--workers", type=_count, default=os.cpu_count() or 1, help="Alice's decoders (%(default)s)")
    parser.add_argument("--timeout", type=_between(0, 86_400), default=120, help="for the other end, s (%(default)s)")
    parser.add_argument("--json", metavar="FILE", help="writes the result there")
    parser.add_argument("--out", metavar="FILE", help="writes the bits there, for their owner only")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    return parser.parse_args(words)


def _between(least, most):
    def number(text):
        value = float(text)
        if not least < value < most:
            raise argparse.ArgumentTypeError(f"has to be between {least} and {most}")
        return value
    return number


def _count(text):
    value = int(text)
    if not 1 <= value <= 1_000_000:
        raise argparse.ArgumentTypeError("has to be at least 1")
    return value


def open_source(text, session):
    kind, _, rest = text.partition(":")
    if kind != "directory" or not rest:
        raise NotFound(f"'{text}' is not a source: write directory:FOLDER")
    return Directory(rest, session)


def decoders(workers, code, iterations):
    # Two frames for each worker at a time, so that one slow frame does not leave the others idle for long; a batch has
    # to fit into a message.
    return codec.Decoders(code, iterations, workers), max(1, min(2 * workers, channel.MOST_BYTES // (6 * code.symbols)))


def run(options):
    def progress(sentence):
        if not options.quiet:
            print(f"{options.end}: {sentence}", file=sys.stderr, flush=True)

    end, make = ENDS[options.end]
    held = own.gather(open_source(options.source, options.session), end)
    progress(f"{len(held.blocks)} blocks of session {held.header.identity.session}, {len(held.windows)} windows")
    secret = held.header.identity.binding
    if options.channel_key:
        try:
            secret = Path(options.channel_key).read_bytes()
        except OSError as error:
            raise NotFound(f"{options.channel_key}: {error.strerror}") from None
    settings = party.Settings(
        fraction=options.fraction, efficiency=options.efficiency, iterations=options.iterations,
        most_frames=options.frames, most_rejected=options.most_rejected, progress=progress,
        decoders=partial(decoders, options.workers))
    connection = (channel.listen if end == BOB else channel.call)(options.channel, options.timeout)
    messages = channel.MessageChannel(connection, options.end, secret, options.timeout)
    try:
        result = make(held, messages, settings).run()
    except Failure as failure:
        messages.tell_failure(failure)
        raise
    finally:
        messages.close()
    bits = report.packed(result)
    if options.out:
        report.write_private(options.out, bits)
    shown = report.document(result, options.end, bits)
    if options.json:
        try:
            Path(options.json).write_text(json.dumps(shown, indent=2) + "\n")
        except OSError as error:
            raise Unusable(f"{options.json}: {error.strerror}") from None
    print(report.table(shown))


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    options = arguments()
    try:
        run(options)
        return 0
    except Failure as failure:
        print(f"{options.end}: {failure.kind}: {failure}", file=sys.stderr)
        return failure.code
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # Input that nobody thought of: its place, without the values that a traceback may show.
        place = traceback.extract_tb(error.__traceback__)[-1]
        print(f"{options.end}: a defect of this program: {type(error).__name__} in {Path(place.filename).name}, line "
              f"{place.lineno}", file=sys.stderr)
        return 70


if __name__ == "__main__":
    sys.exit(main())
