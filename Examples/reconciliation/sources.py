# SPDX-License-Identifier: Apache-2.0
"""Where blocks come from. A source yields released blocks of one session at one end, and all the session's windows."""
import hashlib
import re
from pathlib import Path
from typing import Iterator, NamedTuple, Protocol

from failures import NotFound


class BlockBytes(NamedTuple):
    """A released block: the header as it was authenticated, its contents decrypted, and its digest if it is known."""

    header: bytes
    contents: bytes
    digest: bytes | None  # SHA-256 over header and tag


class Source(Protocol):
    def blocks(self) -> Iterator[BlockBytes]: ...

    def windows(self) -> Iterator[bytes]:
        """WindowRecords, serialised, of *all* windows of the session: of revoked ones too."""


class Directory:
    """A folder with SESSION-CELL.header, SESSION-CELL.contents, perhaps SESSION-CELL.tag, and windows/*.record."""

    NAME = re.compile(r"(\d+)-(\d+)\.header")

    def __init__(self, folder, session=None):
        self.folder = Path(folder)
        if not self.folder.is_dir():
            raise NotFound(f"{folder} is not a folder")
        found = [(*map(int, match.groups()), path) for path in self.folder.iterdir()
                 if (match := self.NAME.fullmatch(path.name))]
        sessions = sorted({entry[0] for entry in found})
        if session is None and len(sessions) > 1:
            raise NotFound(f"{folder} has blocks of {len(sessions)} sessions: choose one with --session "
                           + ", ".join(map(str, sessions[-5:])))
        self.files = [entry[2] for entry in sorted(found) if session is None or entry[0] == session]
        if not self.files:
            raise NotFound(f"{folder} has no block" + (f" of session {session}" if session is not None else ""))

    def blocks(self):
        for path in self.files:
            tag = path.with_suffix(".tag")
            header = _read(path)
            digest = hashlib.sha256(header + _read(tag)).digest() if tag.exists() else None
            yield BlockBytes(header, _read(path.with_suffix(".contents")), digest)

    def windows(self):
        for path in sorted((self.folder / "windows").glob("*.record")):
            yield _read(path)


class Consumer:
    """The events of `rawkey_consumer.Consumer` in Examples/python-consumer, or of something alike.

    An event with `contents` is a block whose key was released, with `header_bytes` and `digest`; one with `record` is a
    window. Others are passed over. They are read to their end, or to so many blocks; it is the caller who says `taken`.
    """

    def __init__(self, events, most_blocks=None):
        self._blocks, self._windows = [], []
        for event in events:
            if hasattr(event, "contents"):
                self._blocks.append(BlockBytes(event.header_bytes, event.contents, event.digest))
            elif hasattr(event, "record"):
                # A record has no signature of its own: what was signed are bytes within it.
                self._windows.append(event.record.SerializeToString())
            if most_blocks is not None and len(self._blocks) >= most_blocks:
                break

    def blocks(self):
        return iter(self._blocks)

    def windows(self):
        return iter(self._windows)


def _read(path):
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotFound(f"{path}: {error.strerror}") from None
