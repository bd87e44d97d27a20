#!/usr/bin/env python3
"""Looks for raw key where it must not be, while two agents make key on an emulated pair.

    run.py BINARIES

What the consumers of both ends were given is cut into markers of 16 bytes, and these are looked for in everything that a
thief could get: what a core file of an agent would hold (each mapping without MADV_DONTDUMP, read while symbols come), its
state, logs and temporary files, and all bytes that crossed between the nodes. None may be there. The search itself is proven
by a place where raw key has to be: the memory of the emulated units.

Closes with "N passed, M failed". Uses the calibrations that the demo has left, or makes them.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PYTHON = ROOT / ".build" / "test-python" / "bin" / "python"
if __name__ == "__main__" and Path(sys.executable) != PYTHON:
    subprocess.run([ROOT / "Scripts" / "test-python"], check=True, stdout=subprocess.DEVNULL)
    os.execv(PYTHON, [PYTHON, __file__, *sys.argv[1:]])

import numpy  # noqa: E402

sys.path[:0] = [str(ROOT / "Scripts"), str(ROOT / "Examples" / "python-consumer")]
import rawkey_consumer as rawkey  # noqa: E402
import demo  # noqa: E402
import demo_key  # noqa: E402

OUT = ROOT / ".build" / "secrets"
STRIDE = 256  # bytes of raw key from marker to marker: any kilobyte of it that stands somewhere is found
DUMPS = 2


class Wire:
    """Passes on what two nodes say to each other, and keeps it."""

    def __init__(self, path, target, file):
        self.target, self.file, self.lock = str(target), open(file, "wb"), threading.Lock()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        os.chmod(path, 0o600)
        self.listener.listen(8)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            near, _ = self.listener.accept()
            far = socket.socket(socket.AF_UNIX)
            try:
                far.connect(self.target)
            except OSError:
                near.close()
                continue
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pass, args=(source, sink), daemon=True).start()

    def _pass(self, source, sink):
        try:
            while data := source.recv(1 << 16):
                with self.lock:
                    self.file.write(data)
                    self.file.flush()
                sink.sendall(data)
        except OSError:
            pass
        for side in (source, sink):
            try:
                side.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


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


def make_pair():
    """The emulated pair of the demo, with calibrations."""
    demo.BIN, demo.UNITS, demo.SOCKET = Path(sys.argv[1]).resolve(), OUT / "units", OUT / "control.sock"
    station = ROOT / ".build" / "demo" / "station"
    emulator = demo.start_emulator()
    try:
        alice, bob = demo.discover()
        if not any(station.rglob("*.json")):
            demo.STATE = OUT / "station"
            demo.calibrate(alice, bob)
            station = demo.STATE
        return emulator, station
    except BaseException:
        emulator.kill()
        raise


def make_key(emulator, station):
    """Two agents with their wire recorded, and their memory read while symbols come."""
    environment = os.environ | {"CVQKD_UNIT_DIRECTORY": str(demo.UNITS)}
    folder = OUT / "nodes"
    folder.mkdir(mode=0o700)
    nodes = [demo_key.Node(end, folder / end, demo.BIN, environment | {"TMPDIR": str(folder / end / "tmp")})
             for end in demo_key.ENDS]
    paths = {"alice": OUT / "a.sock", "bob": OUT / "wire" / "b.sock"}
    paths["bob"].parent.mkdir(mode=0o700)
    OUT.chmod(0o700)
    Wire(paths["bob"], paths["alice"], OUT / "wire.bin")
    for node, other in zip(nodes, reversed(nodes)):
        (node.folder / "tmp").mkdir(mode=0o700)
        shutil.copytree(station, node.folder / "records")
        node.configure(f"serial:{demo.UNITS / (node.end + '-0')}", other, paths[node.end])
    try:
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
        return nodes, dumps, units
    finally:
        for node in nodes:
            node.stop()


def wait_for_blocks(nodes):
    end = time.monotonic() + 30
    while not all(any((node.folder / "blocks").glob("*.contents")) for node in nodes):
        if time.monotonic() > end:
            raise demo_key.KeyFailed("no raw key came")
        time.sleep(0.2)


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    emulator, station = make_pair()
    try:
        nodes, dumps, units = make_key(emulator, station)
    finally:
        emulator.terminate()
        emulator.wait(timeout=10)
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
