# SPDX-License-Identifier: Apache-2.0
"""The classical channel between the two ends: numbered messages over a Unix socket, each with a tag.

A message is a length (4 bytes, big-endian), a body and HMAC-SHA-256 over sender, number and body. The body is a length,
JSON, and raw arrays. With a key that only the two ends have (--channel-key) the tag authenticates. Without one it is
made with the session's public binding, and finds accidents only.
"""
import errno
import hashlib
import hmac
import json
import os
import socket
import stat
import struct
import time

from failures import Damaged, Failure, Gone, PeerFailed, TimedOut, Unusable

MOST_BYTES = 1 << 28
TAG = 32


def listen(path, timeout):
    """Waits for one caller. The socket is its owner's alone; one that nobody answers on is replaced."""
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    is_bound = False
    try:
        _clear(path)
        before = os.umask(0o177)
        try:
            server.bind(path)
        finally:
            os.umask(before)
        is_bound = True
        server.listen(1)
        server.settimeout(timeout)
        return server.accept()[0]
    except TimeoutError:
        raise TimedOut(f"nobody called on {path} within {timeout:g} s: start the other end") from None
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror or error}: name another --channel") from None
    finally:
        server.close()
        if is_bound:
            os.unlink(path)


def _clear(path):
    """Removes a socket that a program left behind when it ended; anything else stays."""
    try:
        is_socket = stat.S_ISSOCK(os.lstat(path).st_mode)
    except FileNotFoundError:
        return
    if not is_socket:
        raise FileExistsError(errno.EEXIST, "a file that is not a socket lies there")
    probe = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        probe.settimeout(1)
        probe.connect(path)
        raise OSError(errno.EADDRINUSE, "another program listens there")
    except ConnectionRefusedError:
        os.unlink(path)
    finally:
        probe.close()


def call(path, timeout):
    """Calls until somebody listens."""
    deadline = time.monotonic() + timeout
    while True:
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            client.connect(path)
            return client
        except OSError as error:
            client.close()
            if error.errno not in (errno.ENOENT, errno.ECONNREFUSED):
                raise Unusable(f"{path}: {error.strerror or error}: name another --channel") from None
        if time.monotonic() > deadline:
            raise TimedOut(f"nobody listens on {path} after {timeout:g} s: start the other end")
        time.sleep(0.05)


class Fields:
    """The JSON of a message that somebody else wrote: typed look-ups instead of trust."""

    def __init__(self, kind, values, blobs):
        self.kind, self._values, self.blobs = kind, values, blobs

    def _get(self, name, kinds):
        value = self._values.get(name)
        if not isinstance(value, kinds) or isinstance(value, bool) and bool not in kinds:
            raise Damaged(f"'{name}' of message '{self.kind}' is missing or of another type")
        return value

    def integer(self, name, least=0, most=1 << 62):
        value = self._get(name, (int,))
        if not least <= value <= most:
            raise Damaged(f"'{name}' of message '{self.kind}' is out of range")
        return value

    def number(self, name):
        value = self._get(name, (int, float))
        if not abs(value) < 1e300:  # an integer of JSON may be longer than any float
            raise Damaged(f"'{name}' of message '{self.kind}' is not a number")
        return float(value)

    def text(self, name):
        return self._get(name, (str,))

    def flag(self, name):
        return self._get(name, (bool,))

    def list(self, name, kind):
        values = self._get(name, (list,))
        if not all(isinstance(value, kind) and not isinstance(value, bool) for value in values):
            raise Damaged(f"'{name}' of message '{self.kind}' has an entry of another type")
        return values

    def mapping(self, name):
        return self._get(name, (dict,))

    def binary(self, name):
        try:
            return bytes.fromhex(self.text(name))
        except ValueError:
            raise Damaged(f"'{name}' of message '{self.kind}' is not hexadecimal") from None

    def blob(self, index, size):
        if len(self.blobs) <= index or len(self.blobs[index]) != size:
            raise Damaged(f"message '{self.kind}' has not the arrays that it should have")
        return self.blobs[index]


class MessageChannel:
    def __init__(self, connection, name, key, timeout):
        """`name` is "alice" or "bob": this end's."""
        self.connection, self.timeout = connection, timeout
        self._names = (name, "bob" if name == "alice" else "alice")
        self._key = hashlib.sha256(b"cvqkd reconciliation channel\n" + key).digest()
        self._numbers = [0, 0]  # sent, received
        connection.settimeout(timeout)

    def _tag(self, direction, body):
        start = self._names[direction].encode() + struct.pack(">Q", self._numbers[direction])
        self._numbers[direction] += 1
        return hmac.digest(self._key, start + body, "sha256")

    def send(self, kind, fields=None, *blobs):
        blobs = [bytes(blob) for blob in blobs]
        text = json.dumps({"kind": kind, "fields": fields or {}, "blobs": [len(blob) for blob in blobs]}).encode()
        body = struct.pack(">I", len(text)) + text + b"".join(blobs)
        if len(body) > MOST_BYTES:
            raise Failure(f"message '{kind}' would be {len(body):,} bytes: take fewer blocks, or disclose less")
        try:
            self.connection.sendall(struct.pack(">I", len(body)) + body + self._tag(0, body))
        except TimeoutError:
            raise TimedOut(f"the other end has not read for {self.timeout:g} s") from None
        except OSError:
            self._last_words()
            raise Gone("the other end hung up") from None

    def receive(self, kind):
        """The next message, which has to be of this kind."""
        (size,) = struct.unpack(">I", self._read(4))
        if not 4 <= size <= MOST_BYTES:
            raise Damaged(f"a message of {size} bytes came: what calls there is not the other end")
        body, tag = self._read(size), self._read(TAG)
        if not hmac.compare_digest(tag, self._tag(1, body)):
            raise Damaged("a message was changed on its way, or comes from another session or key")
        message = _parse(body)
        if message.kind == "failure":
            raise PeerFailed(f"the other end ended ({_printable(message.text('failure'))}): "
                             + _printable(message.text("sentence")))
        if message.kind != kind:
            raise Damaged(f"message '{_printable(message.kind)}' came where '{kind}' was due")
        return message

    def tell_failure(self, failure):
        """Best effort: the other end ends with the reason instead of a silence."""
        try:
            self.connection.settimeout(2)
            self.send("failure", {"failure": failure.kind, "sentence": str(failure)})
        except (OSError, Failure):
            pass

    def close(self):
        self.connection.close()

    def _last_words(self):
        """The other end may have said why before it hung up."""
        try:
            self.connection.settimeout(1)
            while True:
                self.receive("failure")
        except PeerFailed:
            raise
        except (Gone, TimedOut, Damaged, OSError):
            pass

    def _read(self, count):
        data = bytearray(count)
        view, have = memoryview(data), 0
        while have < count:
            try:
                got = self.connection.recv_into(view[have:])
            except TimeoutError:
                raise TimedOut(f"the other end has been silent for {self.timeout:g} s") from None
            except OSError:
                got = 0
            if got == 0:
                raise Gone("the other end hung up before the work was done")
            have += got
        return bytes(data)


def _parse(body):
    try:
        (length,) = struct.unpack_from(">I", body)
        document = json.loads(body[4:4 + length])
        kind, fields, sizes = document["kind"], document["fields"], document["blobs"]
        if not (isinstance(kind, str) and isinstance(fields, dict)
                and all(isinstance(size, int) and size >= 0 for size in sizes)
                and 4 + length + sum(sizes) == len(body)):
            raise ValueError
    except (ValueError, KeyError, TypeError, struct.error, RecursionError):
        raise Damaged("a message that is not one of this protocol came") from None
    blobs, at = [], 4 + length
    for size in sizes:
        blobs.append(body[at:at + size])
        at += size
    return Fields(kind, fields, blobs)


def _printable(text, most=300):
    return "".join(character if character.isprintable() else "?" for character in text[:most])
