#!/usr/bin/env python3
"""Kills agents and consumers of two nodes, and cuts their wire, at random moments while windows end; then compares what is left.

    kills.py BINARIES [--points N] [--seed N]

Each point is a kill -9 of one of four programs, or a cut of the channel, some time after windows are released again; what was
killed is started again. At the end both agents meet once more, and the journals and what the consumers took are compared:
outcomes never change, nothing taken comes back, nothing revoked was taken, and what one consumer has and the other cannot get is
called orphaned. Closes with "N passed, M failed".
"""

import argparse
import json
import random
import signal
import sys
import time

import pair
from pair import ROOT, demo_key

if __name__ == "__main__":
    pair.in_test_python(__file__)

OUT = ROOT / ".build" / "kills"
VICTIMS = ("bob's agent", "alice's agent", "the wire", "bob's consumer", "alice's consumer")
# Windows as short as Alice's readings of her power let them be. Fewer sigmas would latch an honest link every now and then.
demo_key.SHARE = 1.0


class Journal:
    """What the journal of a node says, by cell (session, number)."""

    def __init__(self, node):
        file = node.folder / "state" / f"outcomes-{demo_key.LINK}.jsonl"
        older = file.with_name(file.name + ".1")
        self.lines = [json.loads(line) for place in (older, file) if place.exists()
                      for line in place.read_text().splitlines()]
        self.windows, self.cells = {}, {}
        for line in self.lines:
            if line["event"] in ("released", "revoked"):
                self.windows.setdefault((line["session"], line["ordinal"]), []).append(line["event"])
            for cell in line.get("cells", []):
                self.cells.setdefault(line["event"], []).append((line["session"], cell))

    def of(self, event):
        return set(self.cells.get(event, []))

    @property
    def last_session(self):
        return next(line["session"] for line in reversed(self.lines) if "session" in line)


def taken(node):
    """What a consumer has taken, in order."""
    file = node.folder / "blocks" / "taken"
    return [tuple(line.split()[:2]) for line in file.read_text().splitlines()] if file.exists() else []


def passed(links):
    return [link["startWindows"]["passed"] for link in links]


def settle(nodes, more):
    """Waits until both nodes release windows again."""
    before = passed([node.link() or {"startWindows": {"passed": 0}} for node in nodes])
    start = [0 if fresh else count for count, fresh in zip(before, more)]
    demo_key.told(nodes, lambda links: all(now > then for now, then in zip(passed(links), start)), 90, every=0.1)


def strike(site, victim, refusals):
    """Kills or cuts; what was killed is there again afterwards."""
    fresh = [False, False]
    if victim == "the wire":
        site.wire.cut()
        return fresh
    index = 0 if victim.startswith("alice") else 1
    node = site.nodes[index]
    process = node.process if victim.endswith("agent") else node.consumer
    process.kill()
    process.wait()
    if victim.endswith("agent"):
        node.start()
        fresh[index] = True
    else:
        refusals.append("REFUSED" in (node.folder / "consumer.log").read_text())
        node.consume(0)
    return fresh


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binaries")
    parser.add_argument("--points", type=int, default=8)
    parser.add_argument("--seed", type=int, default=None, help="default: a fresh one, which is printed")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    site, refusals = pair.Pair(options.binaries, OUT), []
    nodes = site.nodes
    try:
        for node in nodes:
            node.start()
        for node in nodes:
            node.consume(0)
        settle(nodes, [True, True])
        for point in range(options.points):
            victim = VICTIMS[(point + seed) % len(VICTIMS)]
            time.sleep(draw.uniform(0, 3))
            print(f"point {point}: {victim}", flush=True)
            settle(nodes, strike(site, victim, refusals))
        # What the last point left is told when the nodes meet again.
        for node in nodes:
            node.stop_agent()
        for node in nodes:
            node.start()
        settle(nodes, [True, True])
        # In the middle of everything, as a person does it.
        for node in nodes:
            node.consumer.send_signal(signal.SIGINT)
        endings = [node.consumer.wait(timeout=20) for node in nodes]
        for node in nodes:
            node.stop_agent()
    finally:
        site.close()
    return judge(nodes, refusals, endings)


def judge(nodes, refusals, endings):
    journals, took = [Journal(node) for node in nodes], [taken(node) for node in nodes]
    counts = [0, 0]

    def check(text, holds):
        print(f"  {'ok  ' if holds else 'FAIL'}  {text}")
        counts[0 if holds else 1] += 1

    check(f"both consumers ended in order when they were interrupted: {endings}", endings == [0, 0])
    last = {journal.last_session for journal in journals}
    for node, journal, own, other in zip(nodes, journals, took, reversed(took)):
        end, released = node.end, journal.of("released")
        log = (node.folder / "consumer.log").read_text()
        check(f"{end}: {len(journal.windows)} windows have one outcome each",
              all(len(outcomes) == 1 for outcomes in journal.windows.values()))
        opened = {(line["session"], line["ordinal"]) for line in journal.lines if line["event"] == "opened"}
        check(f"{end}: none of them is without", opened <= set(journal.windows))
        check(f"{end}: {len(own)} blocks were taken, each once", len(own) == len(set(own)) > 0)
        check(f"{end}: all that was taken had been released ({len(released)})", set(own) <= released)
        check(f"{end}: nothing is called taken and lost ({len(journal.of('lost'))})",
              not journal.of("taken") & journal.of("lost"))
        check(f"{end}: the consumer refused nothing", not any(refusals) and "REFUSED" not in log)
        alone = {cell for cell in set(own) - set(other) if cell[0] not in last}
        check(f"{end}: {len(alone)} blocks that only this consumer has are all called orphaned", alone <= journal.of("orphaned"))
    print(f"{counts[0]} passed, {counts[1]} failed")
    return counts[1] != 0


if __name__ == "__main__":
    sys.exit(main())
