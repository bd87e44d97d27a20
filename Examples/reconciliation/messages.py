# SPDX-License-Identifier: Apache-2.0
"""The project's protobuf messages, made from `proto/` each time into a temporary folder: nothing generated is kept."""
import importlib
import sys
import tempfile
from pathlib import Path

from failures import Damaged, NotFound

PROTO = Path(__file__).resolve().parents[2] / "proto"
FILES = ("cvqkd/rawkey/v1/block.proto", "cvqkd/rawkey/v1/evidence.proto")
_made = []


def messages():
    """Modules (block, evidence) with the messages of the two files."""
    if not _made:
        _made.extend(_make(PROTO))
    return _made


def _make(proto):
    from grpc_tools import protoc

    for name in FILES:
        if not (proto / name).is_file():
            raise NotFound(f"{proto / name} is not there: this example is run where it lies, beside `proto`")
    with tempfile.TemporaryDirectory(prefix="reconciliation-") as folder:
        if protoc.main(["protoc", f"-I{proto}", f"--python_out={folder}", *FILES]) != 0:
            raise Damaged(f"the .proto files in {proto} do not compile")
        sys.path.insert(0, folder)
        keeps = sys.dont_write_bytecode
        sys.dont_write_bytecode = True
        try:
            return tuple(importlib.import_module("cvqkd.rawkey.v1." + name) for name in ("block_pb2", "evidence_pb2"))
        finally:
            sys.dont_write_bytecode = keeps
            sys.path.remove(folder)


def decode(message, data, what):
    """Fills `message` from bytes that somebody else wrote."""
    from google.protobuf.message import DecodeError

    try:
        message.ParseFromString(bytes(data))
    except DecodeError:
        raise Damaged(f"{what} is not a {message.DESCRIPTOR.name}") from None
    return message
