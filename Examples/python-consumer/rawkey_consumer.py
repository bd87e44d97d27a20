"""A consumer of raw key, written from docs/raw-key.md and proto/ alone. Apache-2.0.

    from rawkey_consumer import Consumer, SecretKey
    with Consumer("/run/cvqkd/rawkey.sock", "north", "engine", SecretKey.read("engine.key"), folder="blocks") as consumer:
        for event in consumer.events():
            if isinstance(event, Block):
                use(event.header, event.samples())
                consumer.taken(event)

It checks what it is told: the chain of digests, the authentication of header and contents, that a key belongs to a known
block and to a window that was released, and the signatures of that window's statements. `released` means that the evidence
rule passed; it does not mean "secure".

Needs grpcio, grpcio-tools, cryptography (48 or later) and numpy. Plaintext and keys are in ordinary memory of Python: this
is an example.
"""
import dataclasses
import hashlib
import importlib
import os
import pathlib
import queue
import stat
import struct
import sys
import tempfile

import grpc
import numpy
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import ed25519, mlkem, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PROTO = pathlib.Path(__file__).resolve().parents[2] / "proto"
FILES = [f"cvqkd/rawkey/v1/{name}.proto" for name in ("block", "evidence", "delivery")]


def _stubs():
    """Python of the .proto files: made once per version of theirs, in the virtual environment, or in a temporary folder."""
    digest = hashlib.sha256(b"".join((PROTO / file).read_bytes() for file in FILES)).hexdigest()[:16]
    parent = pathlib.Path(sys.prefix) if sys.prefix != sys.base_prefix else pathlib.Path(tempfile.gettempdir())
    # Nobody else may have put something into a folder that Python takes code from.
    folder = parent / f"rawkey-stubs-{os.getuid()}-{digest}"
    if not (folder.is_dir() and folder.stat().st_uid == os.getuid() and not folder.is_symlink()
            and stat.S_IMODE(folder.stat().st_mode) & 0o022 == 0):
        from grpc_tools import protoc

        made = pathlib.Path(tempfile.mkdtemp(dir=parent if os.access(parent, os.W_OK) else None))
        status = protoc.main(
            ["protoc", f"--proto_path={PROTO}", f"--python_out={made}", f"--grpc_python_out={made}", *FILES])
        if status != 0:
            raise RuntimeError(f"protoc ended with {status}")
        try:
            made.rename(folder)
        except OSError:  # Another process was first, or the place is somebody else's.
            folder = made
    sys.path.insert(0, str(folder))
    try:
        names = [f"cvqkd.rawkey.v1.{name}" for name in ("block_pb2", "evidence_pb2", "delivery_pb2", "delivery_pb2_grpc")]
        return [importlib.import_module(name) for name in names]
    finally:
        sys.path.remove(str(folder))


block_pb2, evidence_pb2, delivery_pb2, delivery_pb2_grpc = _stubs()
SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


class Refused(Exception):
    """What came does not hold together: nothing of it may become key."""


# --- keys -----------------------------------------------------------------------------------------------------------


class SecretKey:
    """An X-Wing secret key: a seed of 32 bytes."""

    def __init__(self, seed):
        if len(seed) != 32:
            raise ValueError(f"a seed has 32 bytes, this one has {len(seed)}")
        self.seed = bytes(seed)
        # draft-connolly-cfrg-xwing-kem, expandDecapsulationKey.
        expanded = hashlib.shake_256(self.seed).digest(96)
        kem = mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
        curve = x25519.X25519PrivateKey.from_private_bytes(expanded[64:])
        self.private = hpke.MLKEM768X25519PrivateKey(kem, curve)
        self.public = kem.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
        self.key_id = hashlib.sha256(self.public).hexdigest()[:16]

    @classmethod
    def random(cls):
        return cls(os.urandom(32))

    @classmethod
    def read(cls, path):
        """From a file that nobody else may read."""
        with open(path, "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ValueError(f"{path} is not a file")
            if status.st_mode & 0o077 or status.st_uid not in (0, os.getuid()):
                raise ValueError(f"{path} may be read by others: chmod 600, and make it yours")
            return cls(file.read(33))

    def write(self, path, public_path):
        _write(pathlib.Path(path), self.seed, exclusive=True)
        _write(pathlib.Path(public_path), self.public, mode=0o644, exclusive=True)


def release_info(consumer, key_id, binding, session, cell, block_digest, window_digest):
    """HPKE's info: each field with its length before it."""
    fields = [b"cvqkd.rawkey.v1 release", consumer.encode(), key_id.encode(), binding, struct.pack("<Q", session),
              struct.pack("<Q", cell), block_digest, window_digest]
    return b"".join(struct.pack("<I", len(field)) + field for field in fields)


# --- events ---------------------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Opened:
    """The stream is open; `message` is the agent's."""
    message: object


@dataclasses.dataclass
class Sealed:
    """A block has come, encrypted. Without `ciphertext` it is a header only: it was received before, or revoked."""
    position: int
    header: object
    header_bytes: bytes
    tag: bytes
    ciphertext: object

    @property
    def name(self):
        return self.header.identity.session, self.header.identity.cell

    @property
    def digest(self):
        return hashlib.sha256(self.header_bytes + self.tag).digest()


@dataclasses.dataclass
class Block:
    """A block whose key was released, decrypted: raw key."""
    position: int
    header: object
    header_bytes: bytes
    contents: bytes
    digest: bytes
    window_digest: bytes

    @property
    def session(self):
        return self.header.identity.session

    @property
    def cell(self):
        return self.header.identity.cell

    def symbols(self):
        """Of each sample, in order: its symbol counted from the block's first, and its kind."""
        kinds = numpy.repeat([run.kind for run in self.header.kinds], [run.symbols for run in self.header.kinds])
        lit = numpy.isin(kinds, [block_pb2.SYMBOL_KIND_SIGNAL, block_pb2.SYMBOL_KIND_TRAINING])
        return numpy.flatnonzero(lit), kinds[lit]

    def samples(self):
        """int16 as measured or modulated: one row per symbol of `symbols()`, one column per quadrature."""
        count = len(self.symbols()[0])
        columns = 2 if self.header.layout.format == block_pb2.SAMPLE_FORMAT_XP16 else 1
        return numpy.frombuffer(self.contents, dtype="<i2", count=count * columns).reshape(count, columns)

    def basis(self):
        """The quadrature of each row of `samples()`: an array of block_pb2.Quadrature; None if both were measured."""
        layout, count = self.header.layout, len(self.symbols()[0])
        if layout.format == block_pb2.SAMPLE_FORMAT_XP16:
            return None
        if layout.format == block_pb2.SAMPLE_FORMAT_X16:
            return numpy.full(count, layout.basis_bit_set)
        packed = numpy.frombuffer(self.contents, dtype=numpy.uint8, offset=2 * count)
        bits = numpy.unpackbits(packed, bitorder="little")[:count]
        other = block_pb2.QUADRATURE_X + block_pb2.QUADRATURE_P - layout.basis_bit_set
        return numpy.where(bits == 1, layout.basis_bit_set, other)


@dataclasses.dataclass
class Window:
    """A window ended. `cells` are those whose keys are released, or destroyed."""
    position: int
    session: int
    ordinal: int
    record: object
    cells: list

    @property
    def is_released(self):
        return self.record.outcome == evidence_pb2.WINDOW_OUTCOME_RELEASED


@dataclasses.dataclass
class Gap:
    position: int
    session: int
    first_cell: int
    cells: int
    cause: str


@dataclasses.dataclass
class Revoked:
    """Sealed blocks that will never have a key."""
    position: int
    session: int
    cells: list
    reason: str


@dataclasses.dataclass
class Orphaned:
    """Cells that were released at this end only: what was made of them has no counterpart."""
    position: int
    session: int
    ordinal: int
    cells: list


@dataclasses.dataclass
class Suspect:
    """Something turned up about an interval after its release."""
    position: int
    session: int
    first_cell: int
    cells: int
    cause: str


@dataclasses.dataclass
class State:
    position: int
    state: str
    reason: str
    session: int


# --- the consumer ---------------------------------------------------------------------------------------------------


class Consumer:
    """One stream. With a folder, sealed blocks are stored there as they come, and the agent forgets its ciphertext; without
    one the agent keeps it until the key was taken."""

    def __init__(self, socket, link, consumer, key, folder=None, after=0, credit=32 << 20, metadata_only=False,
                 options=()):
        self.link, self.consumer, self.key, self.credit = link, consumer, key, credit
        self.metadata_only = metadata_only
        self.folder = pathlib.Path(folder) if folder else None
        self.position = after
        self.opened = None
        self._sealed, self._windows, self._chain, self._waiting, self._taken = {}, {}, {}, {}, {}
        self._refused = set()
        if self.folder:
            _make_folder(self.folder / "sealed")
            _make_folder(self.folder / "windows")
            self._load()
        self._out, self._call = queue.SimpleQueue(), None
        # `unix:` takes a path as it is; an address like unix:///path works as well.
        self._channel = grpc.insecure_channel(
            f"unix:{os.path.abspath(socket)}",
            options=[("grpc.max_receive_message_length", 8 << 20), ("grpc.http2.max_frame_size", 1 << 20),
                     ("grpc.http2.lookahead_bytes", 16 << 20), *options])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._out.put(None)
        self.cancel()
        self._channel.close()

    def cancel(self):
        """Ends the stream from another thread: `events` raises grpc.RpcError with CANCELLED."""
        if self._call:
            self._call.cancel()

    def finish(self):
        """Nothing more is wanted: the stream ends when the agent has heard what was said so far."""
        self._out.put(None)

    def rest(self):
        """What still comes after `finish`, unread: ends when the stream does."""
        return self._call

    @property
    def resume_point(self):
        """`after` for the next stream: everything up to here needs nothing more."""
        return min(self._waiting.values(), default=self.position + 1) - 1

    # What goes to the agent.

    def _send(self, **message):
        self._out.put(delivery_pb2.ConsumerMessage(**message))

    def taken(self, block):
        """The block was used, or its key is stored: the agent destroys the key."""
        name = block.session, block.cell
        self._taken[name] = block.digest
        if self.folder:
            # Before the agent hears of it: if the connection ends now, the key comes again.
            _append(self.folder / "taken", "{} {} {}\n".format(*name, block.digest.hex()))
        self._send(taken=delivery_pb2.Taken(session=name[0], cell=name[1], digest=block.digest))
        self._waiting.pop(("release", *name), None)
        self._waiting.pop(("block", *name), None)
        self._forget(name)

    def _received(self, sealed):
        session, cell = sealed.name
        self._send(received=delivery_pb2.Received(session=session, cell=cell, digest=sealed.digest))
        self._waiting.pop(("block", session, cell), None)

    def _nack(self, name, reason):
        """Asks for something once more; what does not hold twice is refused for good."""
        if name in self._refused:
            raise Refused(f"block {name[1]} of session {name[0]} twice: {reason}")
        self._refused.add(name)
        self._send(nack=delivery_pb2.Nack(session=name[0], cell=name[1], reason=reason))

    # What comes from it.

    def events(self):
        """Opens the stream and yields what comes, in order. Raises grpc.RpcError when the stream ends, and Refused if
        something does not hold together. Called again, it opens again where the last stream was not acknowledged."""
        self.position = self.resume_point
        self._out, self._refused = queue.SimpleQueue(), set()
        self._send(open=delivery_pb2.Open(version=1, link=self.link, consumer=self.consumer, after=self.position,
                                          metadata_only=self.metadata_only))
        if not self.metadata_only:
            self._send(credit=delivery_pb2.Credit(bytes=self.credit))
        self._call = delivery_pb2_grpc.RawKeyStub(self._channel).Deliver(iter(self._out.get, None))
        partial, consumed = None, 0
        for message in self._call:
            kind = message.WhichOneof("message")
            if kind == "chunk":
                chunk = message.chunk
                if partial is None or (chunk.session, chunk.cell) != partial[0] or chunk.offset != len(partial[3]):
                    raise Refused(f"a chunk of block {chunk.cell} that does not follow what was before it")
                partial[3] += chunk.data
                if len(partial[3]) > partial[2].bytes:
                    raise Refused(f"block {chunk.cell} has more bytes than it says")
                consumed += len(chunk.data)
                if 2 * consumed >= self.credit:
                    self._send(credit=delivery_pb2.Credit(bytes=consumed))
                    consumed = 0
                if len(partial[3]) == partial[2].bytes:
                    yield from self._block(partial[1], partial[2], bytes(partial[3]))
                    partial = None
                continue
            if partial is not None:  # It was revoked while it came.
                yield from self._block(partial[1], partial[2], None)
                partial = None
            if kind == "block":
                block = message.block
                if block.bytes > 5 << 20:
                    raise Refused(f"block {block.cell} says that it has {block.bytes} bytes")
                if block.contents_gone or block.bytes == 0:
                    yield from self._block(message.position, block, None if block.contents_gone else b"")
                else:
                    partial = [(block.session, block.cell), message.position, block, bytearray()]
            else:
                yield from getattr(self, f"_on_{kind}", self._on_unknown)(message.position, message)
                self.position = max(self.position, message.position)

    def _on_unknown(self, position, message):
        return ()  # Of a later version: what this one knows is whole without it.

    def _on_opened(self, position, message):
        self.opened = message.opened
        if self.opened.version != 1:
            raise Refused(f"the agent speaks version {self.opened.version}")
        if not self.metadata_only and self.opened.key_id != self.key.key_id:
            raise Refused(f"the agent's key for {self.consumer} is {self.opened.key_id}, this one is {self.key.key_id}")
        if self.folder:
            self._load_windows()
        yield Opened(self.opened)

    def _block(self, position, block, ciphertext):
        header = block_pb2.BlockHeader()
        try:
            header.ParseFromString(block.header)
        except Exception as error:
            raise Refused(f"the header of block {block.cell} cannot be read: {error}") from None
        sealed = Sealed(position, header, block.header, block.tag, ciphertext)
        if header.version != 1:
            raise Refused(f"the header of block {block.cell} is of version {header.version}")
        if sealed.name != (block.session, block.cell) or header.content_bytes != block.bytes or len(block.tag) != 16:
            raise Refused(f"block {block.cell} and its header differ")
        if header.identity.link != self.link or header.identity.end != self.opened.end:
            raise Refused(f"block {block.cell} is of another link or end")
        if header.identity.is_emulated and not self.opened.is_test:
            raise Refused(f"block {block.cell} is from an emulated unit, and the link is not a test link")
        if header.identity.purpose != "key":
            raise Refused(f"block {block.cell} is of a session for {header.identity.purpose}")
        self._check_chain(sealed)
        self.position = max(self.position, position)
        if sealed.name in self._taken:
            sealed.ciphertext = None
        elif ciphertext is not None and not self.metadata_only:
            self._waiting[("block", *sealed.name)] = position
            self._sealed[sealed.name] = sealed
            if self.folder:
                self._store(sealed)
                self._received(sealed)
        yield sealed

    def _check_chain(self, sealed):
        """Each header names the digest of the block before it in its session."""
        session, cell = sealed.name
        last = self._chain.get(session)
        if last and cell <= last[0]:
            if cell == last[0] and sealed.digest != last[1]:
                raise Refused(f"block {cell} of session {session} has come before, and was another one")
            return  # It comes again.
        if last and sealed.header.previous != last[1]:
            raise Refused(f"block {cell} of session {session} does not follow the block before it")
        self._chain[session] = cell, sealed.digest

    def _on_release(self, position, message):
        release = message.release
        name = release.session, release.cell
        if name in self._taken:  # The agent did not hear it.
            self._send(taken=delivery_pb2.Taken(session=name[0], cell=name[1], digest=self._taken[name]))
            return ()
        sealed = self._sealed.get(name)
        if sealed is None:
            raise Refused(f"a key came for block {release.cell} of session {release.session}, which never came")
        window = self._windows.get((release.session, bytes(release.window_digest)))
        if window is None or name[1] not in window or window[name[1]] != sealed.digest:
            raise Refused(f"a key came for block {release.cell}, and no released window has this block")
        self._waiting[("release", *name)] = position
        info = release_info(self.consumer, release.key_id, sealed.header.identity.binding, *name, sealed.digest,
                            release.window_digest)
        try:
            key = SUITE.decrypt(release.encapsulation + release.wrapped_key, self.key.private, info)
            contents = AESGCM(key).decrypt(bytes(12), sealed.ciphertext + sealed.tag, sealed.header_bytes)
        except Exception as error:  # InvalidTag, or a key that is no key.
            if not isinstance(error, (InvalidTag, ValueError)):
                raise
            return self._nack(name, "the key does not open the block") or ()
        return [Block(position, sealed.header, sealed.header_bytes, contents, sealed.digest,
                      bytes(release.window_digest))]

    def _on_window(self, position, message):
        window, record = message.window, message.window.record
        self._check_window(window)
        if self.folder:
            _write(self.folder / "windows" / f"{window.session}-{window.ordinal}.record", record.SerializeToString())
        yield Window(position, window.session, window.ordinal, record, list(window.cells))
        if record.outcome == evidence_pb2.WINDOW_OUTCOME_REVOKED:
            statement = self._own_statement(record)
            dead = [name for name in self._sealed if name[0] == window.session and (
                name[1] in window.cells
                or statement and statement.first_cell <= name[1] < statement.first_cell + statement.cells)]
            for name in dead:
                self._waiting.pop(("block", *name), None)
                self._waiting.pop(("release", *name), None)
                self._forget(name)
            yield Revoked(position, window.session, sorted(cell for _, cell in dead),
                          evidence_pb2.RevocationReason.Name(record.reason))

    def _own_statement(self, record):
        signed = record.receiver if self.opened.end == block_pb2.END_BOB else record.transmitter
        return evidence_pb2.WindowStatement.FromString(signed.statement) if signed.statement else None

    def _check_window(self, window):
        """Signatures, and for a released window its digest and the cells that both ends hold."""
        record, statements = window.record, []
        bob_is_here = self.opened.end == block_pb2.END_BOB
        for signed, pinned in ((record.receiver, self.opened.node_key if bob_is_here else self.opened.peer_key),
                               (record.transmitter, self.opened.peer_key if bob_is_here else self.opened.node_key)):
            if not signed.statement:
                continue
            if signed.public_key != pinned:
                raise Refused(f"window {window.ordinal} has a statement that is signed by a stranger")
            try:
                ed25519.Ed25519PublicKey.from_public_bytes(signed.public_key).verify(
                    signed.signature, b"cvqkd.rawkey.v1 window\n" + signed.statement)
            except (InvalidSignature, ValueError):
                raise Refused(f"window {window.ordinal} has a signature that does not hold") from None
            statement = evidence_pb2.WindowStatement.FromString(signed.statement)
            if (statement.link, statement.ordinal) != (self.link, window.ordinal):
                raise Refused(f"window {window.ordinal} has a statement about something else")
            statements.append(statement)
        if record.outcome != evidence_pb2.WINDOW_OUTCOME_RELEASED:
            return
        if len(statements) != 2 or not all(statement.passes for statement in statements):
            raise Refused(f"window {window.ordinal} was released without two statements that it passed")
        if hashlib.sha256(record.receiver.statement + record.transmitter.statement).digest() != record.digest:
            raise Refused(f"the digest of window {window.ordinal} is not that of its statements")
        if any(getattr(statements[0], name) != getattr(statements[1], name)
               for name in ("binding", "first_cell", "cells", "policy")):
            raise Refused(f"the statements about window {window.ordinal} contradict each other")
        held = [{cell.cell: cell.digest for cell in statement.held} for statement in statements]
        both = set(held[0]) & set(held[1])
        if not set(window.cells) <= both:
            raise Refused(f"window {window.ordinal} releases cells that one end does not hold")
        own = held[0] if bob_is_here else held[1]
        self._windows[window.session, bytes(record.digest)] = {cell: own[cell] for cell in both}

    def _on_gap(self, position, message):
        gap = message.gap
        cause = evidence_pb2.GapCause.Name(gap.cells.cause)
        yield Gap(position, gap.session, gap.cells.first_cell, gap.cells.cells, cause)

    def _on_orphaned(self, position, message):
        orphaned = message.orphaned
        yield Orphaned(position, orphaned.session, orphaned.ordinal, list(orphaned.cells))

    def _on_suspect(self, position, message):
        suspect = message.suspect
        yield Suspect(position, suspect.session, suspect.first_cell, suspect.cells, suspect.cause)

    def _on_state(self, position, message):
        state = message.state
        yield State(position, state.state, state.reason, state.session)

    # Sealed blocks and windows in files: what was acknowledged has to survive this process.

    def _store(self, sealed):
        path = self.folder / "sealed" / "{}-{}".format(*sealed.name)
        _write(path.with_suffix(".header"), sealed.header_bytes)
        _write(path.with_suffix(".sealed"), sealed.tag + sealed.ciphertext)
        _sync_folder(path.parent)

    def _forget(self, name):
        self._sealed.pop(name, None)
        if self.folder:
            for suffix in (".sealed", ".header"):
                (self.folder / "sealed" / "{}-{}{}".format(*name, suffix)).unlink(missing_ok=True)

    def _load(self):
        if (self.folder / "taken").exists():
            for line in (self.folder / "taken").read_text().splitlines():
                words = line.split()
                if len(words) == 3 and len(words[2]) == 64:  # Else the process ended while it wrote.
                    self._taken[int(words[0]), int(words[1])] = bytes.fromhex(words[2])
        for path in sorted((self.folder / "sealed").glob("*.sealed")):
            header_bytes, rest = path.with_suffix(".header").read_bytes(), path.read_bytes()
            header = block_pb2.BlockHeader.FromString(header_bytes)
            if header.content_bytes != len(rest) - 16:
                continue  # It was not whole when the process ended, and not acknowledged: it comes again.
            sealed = Sealed(0, header, header_bytes, rest[:16], rest[16:])
            self._sealed[sealed.name] = sealed

    def _load_windows(self):
        """Windows of an earlier process: keys of their blocks may still come."""
        for path in (self.folder / "windows").glob("*.record"):
            session, ordinal = path.stem.split("-")
            record = evidence_pb2.WindowRecord.FromString(path.read_bytes())
            self._check_window(delivery_pb2.Window(session=int(session), ordinal=int(ordinal), record=record))


def _make_folder(path):
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    for folder in (path, path.parent):
        folder.chmod(0o700)


def _write(path, data, mode=0o600, exclusive=False):
    """Whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if exclusive:
            os.link(beside, path)
        else:
            os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _append(path, line):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
