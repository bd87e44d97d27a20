"""An emulated pair with calibrations and two nodes on it, for tests that look at real agents from outside. It uses the
calibrations that the demo has left, or makes them."""

import os
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PYTHON = ROOT / ".build" / "test-python" / "bin" / "python"
sys.path.insert(0, str(ROOT / "Scripts"))
import demo  # noqa: E402
import demo_key  # noqa: E402


def in_test_python(file):
    """Goes on in the Python that has grpcio, cryptography and numpy."""
    # Its path is a link: what it resolves to is the system's own.
    if Path(sys.executable) != PYTHON:
        subprocess.run([ROOT / "Scripts" / "test-python"], check=True, stdout=subprocess.DEVNULL)
        os.execv(PYTHON, [PYTHON, file, *sys.argv[1:]])


class Wire:
    """Passes on what two nodes say to each other, keeps it if a file is given, and can be cut."""

    def __init__(self, path, target, file=os.devnull):
        self.target, self.file, self.lock = str(target), open(file, "wb"), threading.Lock()
        self.open = []
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
            self.open += [near, far]
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
        self._end([source, sink])

    def cut(self):
        """Ends every connection; the next ones pass."""
        open_now, self.open = self.open, []
        self._end(open_now)

    @staticmethod
    def _end(sides):
        for side in sides:
            try:
                side.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Pair:
    """The emulated pair of the demo, and two nodes whose wire passes through this program."""

    def __init__(self, binaries, folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        folder.chmod(0o700)
        self.folder = folder
        demo.BIN, demo.UNITS, demo.SOCKET = Path(binaries).resolve(), folder / "units", folder / "control.sock"
        station = ROOT / ".build" / "demo" / "station"
        self.emulator = demo.start_emulator()
        try:
            alice, bob = demo.discover()
            if not any(station.rglob("*.json")):
                demo.STATE = station = folder / "station"
                demo.calibrate(alice, bob)
            self.make_nodes(station)
        except BaseException:
            self.emulator.kill()
            raise

    def make_nodes(self, station):
        folder = self.folder / "nodes"
        folder.mkdir(mode=0o700)
        environment = os.environ | {"CVQKD_UNIT_DIRECTORY": str(demo.UNITS)}
        self.nodes = [demo_key.Node(end, folder / end, demo.BIN, environment | {"TMPDIR": str(folder / end / "tmp")})
                      for end in demo_key.ENDS]
        near, far = self.folder / "alice.sock", self.folder / "wire" / "bob.sock"
        far.parent.mkdir(mode=0o700)
        self.wire = Wire(far, near, self.folder / "wire.bin")
        for node, other, path in zip(self.nodes, reversed(self.nodes), (near, far)):
            (node.folder / "tmp").mkdir(mode=0o700)
            shutil.copytree(station, node.folder / "records")
            node.configure(f"serial:{demo.UNITS / (node.end + '-0')}", other, path)

    def close(self):
        for node in self.nodes:
            node.stop()
        self.emulator.terminate()
        self.emulator.wait(timeout=10)
