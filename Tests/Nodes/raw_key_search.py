#!/usr/bin/env python3
"""Looks for raw key where it must not be, while two agents make key on an emulated pair.

    run.py BINARIES

What the consumers of both ends were given is cut into markers of 16 bytes, and these are looked for in everything that a
thief could get: what a core file of an agent would hold (each mapping without MADV_DONTDUMP, read while symbols come), its
state, logs and temporary files, and all bytes that crossed between the nodes. None may be there. The search itself is proven
by a place where raw key has to be: the memory of the emulated units.

Closes with "N passed, M failed". Uses the calibrations that the demo has left, or makes them.
"""

import signal
import shutil
import sys
import time
from pathlib import Path

import pair
from pair import ROOT, demo_key

if __name__ == "__main__":
    pair.in_test_python(__file__)

import numpy  # noqa: E402

sys.path.insert(0, str(ROOT / "Examples" / "python-consumer"))
import rawkey_consumer as rawkey  # noqa: E402

OUT = ROOT / ".build" / "secrets"
STRIDE = 256  # bytes of raw key from marker to marker: any kilobyte of it that stands somewhere is found
DUMPS = 2


def core(pid, file):
    """What a core file of a process would hold of its own memory: private, readable mappings that are not left out."""
    ranges, current = [], None
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        head = line.split(" ", 2)
        if "-" in head[0] and len(head) > 1 and not head[0].endswith(":"):
            current = [int(part, 16) for part in head[0].split("-")] + [head[1]]
        elif line.startswith("VmFlags:") and current:
            flags = line.split()[1:]
            if current[2].startswith("r") and "dd" not in flags and "io" not in flags and "[v" not in line:
                ranges.append(current[:2])
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory, open(file, "wb") as out:
        for begin, end in ranges:
            for start in range(begin, end, 1 << 22):
                try:
                    memory.seek(start)
                    out.write(memory.read(min(1 << 22, end - start)))
                except (OSError, ValueError, OverflowError):
                    pass  # Such as [vvar].
    return file


class Markers:
    """Pieces of raw key, and the search for them."""

    def __init__(self):
        self.words, self.table = numpy.zeros(0, "<u8"), None
        self.pieces = {}

    def add(self, file):
        """Of a block as the consumer writes it. Training is disclosed, and no secret: it waits in memory to be compared."""
        header = rawkey.block_pb2.BlockHeader.FromString(file.with_suffix(".header").read_bytes())
        contents, kinds = file.read_bytes(), rawkey.block_pb2
        size = 4 if header.layout.format == kinds.SAMPLE_FORMAT_XP16 else 2
        first = 0
        for run in header.kinds:
            if run.kind not in (kinds.SYMBOL_KIND_SIGNAL, kinds.SYMBOL_KIND_TRAINING):
                continue
            end = first + size * run.symbols
            if run.kind == kinds.SYMBOL_KIND_SIGNAL:
                self.cut(contents, first, end)
            first = end

    def cut(self, contents, first, end):
        for start in range(first, end - 16, STRIDE):
            piece = contents[start:start + 16]
            # Samples that hardly differ are not telling: a run of zeros stands in every program.
            if len(set(piece)) >= 8:
                self.pieces[int.from_bytes(piece[:8], "little")] = piece[8:]

    @staticmethod
    def hashed(words):
        return (words * numpy.uint64(0x9E3779B97F4A7C15)) >> numpy.uint64(40)

    def ready(self):
        self.words = numpy.sort(numpy.fromiter(self.pieces, "<u8", len(self.pieces)))
        self.table = numpy.zeros(1 << 24, bool)
        with numpy.errstate(over="ignore"):
            self.table[self.hashed(self.words)] = True

    def hits(self, data):
        """How many places of some bytes hold a marker."""
        found = set()
        with numpy.errstate(over="ignore"):
            for offset in range(8):
                words = numpy.frombuffer(data, "<u8", offset=offset, count=(len(data) - offset) // 8)
                places = numpy.flatnonzero(self.table[self.hashed(words)])
                close = numpy.searchsorted(self.words, words[places])
                close[close == len(self.words)] = 0
                for place in places[self.words[close] == words[places]]:
                    begin = offset + 8 * int(place)
                    word = int.from_bytes(data[begin:begin + 8], "little")
                    if data[begin + 8:begin + 16] == self.pieces[word]:
                        found.add(begin)
        return len(found)

    def hits_in_file(self, file):
        found, size = 0, file.stat().st_size
        with open(file, "rb") as source:
            for start in range(0, size, 1 << 25):
                source.seek(start)
                data = source.read((1 << 25) + 15)
                found += self.hits(data) if len(data) >= 16 else 0
        return found


def make_key(emulator, nodes):
    """Two agents whose memory is read while symbols come."""
    for node in nodes:
        node.start()
    for node in nodes:
        node.consume(0)
    demo_key.told(nodes, lambda links: all(link["state"] == "running" for link in links), 60)
    dumps, units = [], []
    for number in range(DUMPS):
        demo_key.told(nodes, lambda links: all(link["spool"]["blocks"] or link["startWindows"]["passed"]
                                               for link in links), 60)
        dumps += [core(node.process.pid, OUT / f"{node.end}-{number}.core") for node in nodes]
        units.append(core(emulator.pid, OUT / f"units-{number}.core"))
        time.sleep(0.4)
    demo_key.told(nodes, lambda links: all(link["startWindows"]["passed"] >= 1 for link in links), 90)
    wait_for_blocks(nodes)
    for node in nodes:
        node.stop_agent()
        node.consumer.send_signal(signal.SIGINT)
        node.consumer.wait(timeout=20)
    return dumps, units


def wait_for_blocks(nodes):
    end = time.monotonic() + 30
    while not all(any((node.folder / "blocks").glob("*.contents")) for node in nodes):
        if time.monotonic() > end:
            raise demo_key.KeyFailed("no raw key came")
        time.sleep(0.2)


def main():
    site = pair.Pair(sys.argv[1], OUT)
    nodes = site.nodes
    try:
        dumps, units = make_key(site.emulator, nodes)
    finally:
        site.close()
    markers = Markers()
    blocks = [file for node in nodes for file in (node.folder / "blocks").glob("*.contents")]
    for file in blocks:
        markers.add(file)
    markers.ready()
    print(f"{len(markers.words)} markers of {len(blocks)} released blocks")
    passed = failed = 0

    def check(what, files, is_secret):
        nonlocal passed, failed
        files = [file for file in files if file.is_file()]
        found = sum(markers.hits_in_file(file) for file in files)
        size = sum(file.stat().st_size for file in files)
        holds = size > 0 and (found == 0 if is_secret else found > 0)
        print(f"  {'ok  ' if holds else 'FAIL'}  {found} in {what}: {len(files)} files, {size} bytes")
        passed, failed = passed + holds, failed + (not holds)

    check("the memory of the emulated units (control: it has to be there)", units, False)
    for end in demo_key.ENDS:
        check(f"what a core file of {end}'s agent would hold", [dump for dump in dumps if dump.name.startswith(end)], True)
    check("what crossed between the nodes", [OUT / "wire.bin"], True)
    for node in nodes:
        places = [node.folder / "state", node.folder / "tmp", node.folder / "run", node.folder / "records"]
        check(f"{node.end}'s state, temporary files and logs",
              [file for place in places for file in place.rglob("*")] + [node.folder / "agent.log"], True)
    for file in OUT.glob("*.core"):
        file.unlink()
    shutil.rmtree(OUT / "nodes")
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
