#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A whole CV-QKD unit in one file: an emulated Alice or Bob on a pseudo-terminal.

    python3 unit.py --role bob --serial PY-BOB-1 [--link PATH] [--detection homodyne|heterodyne] [--schema FILE]
    python3 unit.py --self-test [--schema FILE]

It was written from the protocol's documents alone (README.md, unit-protocol.xml, fingerprint.md) and shares no code with
another implementation. It needs Python 3.11 and nothing else. Section numbers in the comments are those of README.md.

The file is in six parts: bytes (CRC, COBS, frames), schema (layouts and fingerprints, read from unit-protocol.xml), port
(the pseudo-terminal), light (random samples), unit (states and requests), session (the stream); then the self-test.

What it lacks: the channel to the other unit. So a Bob whose session is not Standalone stays armed for ever, he has not the
capability Disclosure, and an Alice in a pair session streams but discloses nothing.
"""
import argparse
import array
import itertools
import json
import math
import os
import pty
import random
import re
import select
import signal
import struct
import sys
import termios
import time
import tty
import xml.etree.ElementTree
from collections import deque
from enum import IntEnum, IntFlag

# ---------------------------------------------------------------------------------------------------------------- bytes

MAGIC, FRAME_VERSION = 0x5143, 1
HEADER = struct.Struct("<HBBIIIQII")  # section 1: magic, version, channel, length, number, 0, session, 0, CRC
MESSAGE_HEADER = struct.Struct("<HHHH")  # block length, template id, schema id, version
DIMENSION = struct.Struct("<HHHH")  # of a group: block length of an entry, number of entries, 0, 0
BODY = HEADER.size + MESSAGE_HEADER.size  # a frame's bytes before the block
SMALLEST_FRAME, LARGEST_FRAME = 40, 65_536
LARGEST_ENCODED = LARGEST_FRAME + 259
REQUEST, REPLY, EVENT, STREAM = 1, 2, 3, 4


def crc_tables():
    """The table of one byte, and one of two bytes: pure Python halves its time by taking two bytes at a step."""
    one = []
    for state in range(256):
        for _ in range(8):
            state = (state >> 1) ^ (0x82F63B78 if state & 1 else 0)
        one.append(state)
    two = []
    for state in range(65_536):
        state = one[state & 0xFF] ^ (state >> 8)
        two.append(one[state & 0xFF] ^ (state >> 8))
    return one, two


CRC_OF_ONE, CRC_OF_TWO = crc_tables()


def crc32c(data):
    state, table = 0xFFFFFFFF, CRC_OF_TWO
    for pair in struct.unpack_from(f"<{len(data) // 2}H", data):
        state = table[(state ^ pair) & 0xFFFF] ^ (state >> 16)
    if len(data) % 2:
        state = CRC_OF_ONE[(state ^ data[-1]) & 0xFF] ^ (state >> 8)
    return state ^ 0xFFFFFFFF


def cobs_encode(data):
    """COBS without the final zero. `split` finds the zeros at the speed of C; what remains is to cut long blocks."""
    blocks, pieces = [], data.split(b"\0")
    for piece in pieces:
        while len(piece) > 253:  # a full block stands for no zero, so the piece's own block still has to follow
            blocks.append(b"\xff" + piece[:254])
            piece = piece[254:]
        blocks.append(bytes((len(piece) + 1,)) + piece)
    if len(pieces[-1]) and len(pieces[-1]) % 254 == 0:
        blocks.pop()  # nothing follows a full last block
    return b"".join(blocks)


def cobs_decode(data):
    """The bytes, or None if the blocks don't add up."""
    pieces, position = [], 0
    while position < len(data):
        code = data[position]
        piece = data[position + 1:position + code]
        if code == 0 or len(piece) != code - 1:
            return None
        position += code
        pieces.append(piece if code == 0xFF or position == len(data) else piece + b"\0")
    return b"".join(pieces)


def make_frame(channel, number, message, session=0):
    length = HEADER.size + len(message)
    header = HEADER.pack(MAGIC, FRAME_VERSION, channel, length, number, 0, session, 0, 0)
    return header[:28] + struct.pack("<I", crc32c(header[:28] + message)) + message


def open_frame(frame):
    """(channel, number, session, message) of a good frame, else None: section 1 has such a frame dropped silently."""
    if not SMALLEST_FRAME <= len(frame) <= LARGEST_FRAME:
        return None
    magic, version, channel, length, number, _, session, _, crc = HEADER.unpack_from(frame)
    if magic != MAGIC or version != FRAME_VERSION or length != len(frame) or crc != crc32c(frame[:28] + frame[32:]):
        return None
    return channel, number, session, frame[HEADER.size:]


# --------------------------------------------------------------------------------------------------------------- schema

CODES = {"char": "c", "int8": "b", "uint8": "B", "int16": "h", "uint16": "H", "int32": "i", "uint32": "I", "int64": "q",
         "uint64": "Q", "float": "f", "double": "d"}


def local_name(element):
    return element.tag.rpartition("}")[2]


class Malformed(Exception):
    """Bytes that contradict their own lengths."""


class Field:
    """One field of a block: where it lies, how it is packed, and which values it may have."""

    def __init__(self, element, types):
        self.name, self.id, self.offset = element.get("name"), int(element.get("id")), int(element.get("offset"))
        type_name = element.get("type")
        kind = types.get(type_name)
        if kind is None:  # a bare primitive such as uint16
            kind = xml.etree.ElementTree.Element("type", primitiveType=type_name)
        self.kind = local_name(kind)
        primitive = kind.get("primitiveType") or kind.get("encodingType")
        length = int(kind.get("length", "1"))
        self.encoding = primitive
        if self.kind == "type":
            self.encoding += f"[{length}]" if kind.get("length") else ""
        else:
            self.encoding = f"{self.kind}:{primitive}"
        unit = element.get("semanticType") or kind.get("semanticType")
        self.line = f"field {self.id} {self.name} {self.offset} {self.encoding}" + (f" unit:{unit}" if unit else "")
        # Padding and reserved fields are sent as 0 and not looked at: `x` in a struct does just that.
        self.padding = self.name.startswith("padding") or self.name == "reserved"
        self.text = primitive == "char"
        size = struct.calcsize("<" + CODES[primitive]) * length
        if self.padding:
            self.code = f"{size}x"
        else:
            self.code = f"{length}s" if length > 1 else CODES[primitive]
        self.empty = b"" if length > 1 else 0
        self.struct = struct.Struct("<" + self.code)
        self.minimum = float(kind.get("minValue", "-inf"))
        self.maximum = float(kind.get("maxValue", "inf"))
        self.values = {int(value.text) for value in kind} if self.kind == "enum" else None
        self.mask = sum(1 << int(choice.text) for choice in kind) if self.kind == "set" else None

    def problem(self, value):
        """What is wrong with the value, or None."""
        if self.values is not None:
            return None if value in self.values else f"{value} is none of {sorted(self.values)}"
        if self.mask is not None:
            return f"unknown bits in {value:#x}" if value & ~self.mask else None
        if isinstance(value, (int, float)) and not self.minimum <= value <= self.maximum:  # NaN is in no range
            return f"{value} is not in {self.minimum:g} … {self.maximum:g}"
        return None


class Block:
    """The fields of a message or of a group's entry."""

    def __init__(self, element, types):
        self.length = int(element.get("blockLength"))
        self.fields = [Field(child, types) for child in element if local_name(child) == "field"]
        self.shown = [field for field in self.fields if not field.padding]
        # The schema leaves no holes (padding is explicit), so that one struct packs the whole block.
        self.struct = struct.Struct("<" + "".join(field.code for field in self.fields))
        if self.struct.size != self.length:
            raise ValueError(f"{element.get('name')}: {self.struct.size} bytes of fields, {self.length} of block")

    def pack(self, values):
        row = []
        for field in self.shown:
            value = values.get(field.name, field.empty)
            row.append(value.encode() if isinstance(value, str) else value)
        return self.struct.pack(*row)

    def unpack(self, data, start, length):
        """Section 1, "the received block length decides": a field outside the received block is absent (None)."""
        values = {}
        for field in self.shown:
            if field.offset + field.struct.size > length:
                values[field.name] = None
                continue
            value, = field.struct.unpack_from(data, start + field.offset)
            values[field.name] = value.rstrip(b"\0").decode(errors="replace") if field.text else value
        return values


class Message:
    def __init__(self, element, types):
        self.name, self.id = element.get("name"), int(element.get("id"))
        self.block = Block(element, types)
        parts = [(local_name(child), child) for child in element]
        self.groups = {child.get("name"): Block(child, types) for kind, child in parts if kind == "group"}
        self.data = [child.get("name") for kind, child in parts if kind == "data"]
        self.chain = fingerprints(self.lines(element, types))

    def lines(self, element, types):
        """The canonical text of fingerprint.md. All is of schema version 0 here; a later version needs its sorting."""
        if any(child.get("sinceVersion", "0") != "0" for child in element.iter()):
            raise ValueError(f"{self.name}: this program knows only schema version 0")
        yield f"message {self.id} {self.name}"
        yield from (field.line for field in self.block.fields)
        for child in element:
            if local_name(child) == "group":
                yield f"group {child.get('id')} {child.get('name')} {child.get('dimensionType')}"
                yield from ("| " + field.line for field in self.groups[child.get("name")].fields)
        for child in element:
            if local_name(child) == "data":
                members = ",".join(f"{member.get('name')}:{member.get('primitiveType')}"
                                   + (f"[{member.get('length')}]" if member.get("length") else "")
                                   for member in types[child.get("type")])
                yield f"data {child.get('id')} {child.get('name')} composite{{{members}}}"


def fingerprints(lines):
    state, states = 0xCBF29CE484222325, []
    for line in lines:
        for byte in (line + "\n").encode():
            state = (state ^ byte) * 0x100000001B3 % 2**64
        states.append(state)
    return states


class Schema:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.text = file.read()  # GetSchema serves these bytes as they are
        root = xml.etree.ElementTree.fromstring(self.text)
        self.id, self.version = int(root.get("id")), int(root.get("version"))
        self.types = {kind.get("name"): kind for part in root if local_name(part) == "types" for kind in part}
        self.messages = {}
        for element in root:
            if local_name(element) == "message":
                message = Message(element, self.types)
                self.messages[message.name] = self.messages[message.id] = message

    def encode(self, name, values, groups=None, data=None):
        message = self.messages[name]
        parts = [MESSAGE_HEADER.pack(message.block.length, message.id, self.id, self.version), message.block.pack(values)]
        for group, block in message.groups.items():
            rows = (groups or {}).get(group, [])
            parts.append(DIMENSION.pack(block.length, len(rows), 0, 0))
            parts += [block.pack(row) for row in rows]
        for field in message.data:
            part = (data or {}).get(field, b"")
            parts += [struct.pack("<I", len(part)), part]
        return b"".join(parts)

    def decode(self, data):
        """(name, values, groups, data). What lies behind the known parts is skipped: a later version may append."""
        length, template, _, _ = MESSAGE_HEADER.unpack_from(data)
        message, position = self.messages[template], MESSAGE_HEADER.size
        if position + length > len(data):
            raise Malformed(f"the block of {length} bytes is longer than the frame")
        values, groups, parts = message.block.unpack(data, position, length), {}, {}
        position += length
        try:
            for group, block in message.groups.items():
                length, count, _, _ = DIMENSION.unpack_from(data, position)
                position += DIMENSION.size
                if position + length * count > len(data):
                    raise Malformed(f"the group {group} is longer than the frame")
                groups[group] = [block.unpack(data, position + length * i, length) for i in range(count)]
                position += length * count
            for field in message.data:
                length, = struct.unpack_from("<I", data, position)
                parts[field] = data[position + 4:position + 4 + length]
                position += 4 + length
                if position > len(data):
                    raise Malformed(f"the data {field} are longer than the frame")
        except struct.error:
            raise Malformed("the frame ends too early") from None
        return message.name, values, groups, parts


# The enumerations that the program uses by name. `check_enumerations` compares them with the schema at every start.
UnitRole = IntEnum("UnitRole", {"Alice": 1, "Bob": 2})
Access = IntEnum("Access", {"Control": 1, "Observe": 2})
UnitState = IntEnum("UnitState", "Starting Dark WarmingUp Ready Streaming Fault Zeroised Bootloader")
StateCause = IntEnum("StateCause", "Command WarmUpDone HeartbeatLost HardwareFault PeerStopped Restarted SymbolLimit "
                     "PortClosed")
Activity = IntEnum("Activity", "Idle Capturing MeasuringMoments SelfTesting")
SessionPurpose = IntEnum("SessionPurpose", "Key Calibration Test")
SymbolKind = IntEnum("SymbolKind", "None Signal Vacuum Dark Training Guard Unlocked", start=0)
SampleFormat = IntEnum("SampleFormat", "None X16 XP16 X16Basis", start=0)
Detection = IntEnum("Detection", "NotApplicable Homodyne Heterodyne", start=0)
ModulationFormat = IntEnum("ModulationFormat", "Off Gaussian", start=0)
ShutterPosition = IntEnum("ShutterPosition", "Open Closed Moving")
RangeStatus = IntEnum("RangeStatus", "Normal OutOfOperating OutOfAbsolute Unavailable", start=0)
ResetKind = IntEnum("ResetKind", "Warm Cold Bootloader")
ResetCause = IntEnum("ResetCause", "PowerOn Command Watchdog BrownOut Unknown")
TestOutcome = IntEnum("TestOutcome", "Passed Failed NotRun")
ErrorCode = IntEnum("ErrorCode", "UnknownMessage Malformed OutOfRange WrongState Busy NotSupported PurposeForbids "
                    "SessionUnknown SessionReused ConditionNotMet Interlock HardwareFault NoControl TooLarge InProgress "
                    "Zeroised NotConfirmed")
CapabilitySet = IntFlag("CapabilitySet", "SignalLaser LocalOscillator Shutter VariableAttenuator ModulatorBiasLock "
                        "Modulation Capture Moments Disclosure SelfTest Zeroise Authentication Standalone")
StreamOptions = IntFlag("StreamOptions", "Standalone DeliverDisclosed")
StreamFlags = IntFlag("StreamFlags", "Gap Overflow ClockUnlocked LocalOscillatorFault EndOfSession Clipped")
LightSet = IntFlag("LightSet", "SignalLaser LocalOscillator ShutterOpen")
NOTHING = SymbolKind["None"], SampleFormat["None"]  # of an end frame; `None` is a keyword, hence the brackets
MEASURED = 1  # StreamContent.Measured


def check_enumerations(schema):
    for ours in (UnitRole, Access, UnitState, StateCause, Activity, SessionPurpose, SymbolKind, SampleFormat, Detection,
                 ModulationFormat, ShutterPosition, RangeStatus, ResetKind, ResetCause, TestOutcome, ErrorCode,
                 CapabilitySet, StreamOptions, StreamFlags, LightSet):
        flags = issubclass(ours, IntFlag)
        theirs = {value.get("name"): 1 << int(value.text) if flags else int(value.text)
                  for value in schema.types[ours.__name__]}
        if {name: int(value) for name, value in ours.__members__.items()} != theirs:
            raise ValueError(f"{ours.__name__} differs from the schema's: {theirs}")


# ----------------------------------------------------------------------------------------------------------------- port

class Port:
    """The pseudo-terminal: the serial form of section 3, one frame at a time, replies and events before the stream."""

    def __init__(self):
        self.master, slave = pty.openpty()
        tty.setraw(slave)
        self.path = os.ttyname(slave)
        os.set_blocking(self.master, False)
        # With its own slave side open, the unit would never see that the host's side closed. The raw mode stays.
        os.close(slave)
        self.poll = select.poll()
        self.poll.register(self.master, select.POLLIN)
        self.is_open = False
        self.forget()

    def forget(self):
        """Nothing read or to be written is for the next host."""
        self.received, self.skipping = bytearray(), False
        self.control = deque()  # encoded replies and events: (is it a reply, bytes)
        self.writing = memoryview(b"")  # the frame that is on its way
        self.progress = time.monotonic()  # when the host last took something, or nothing waited

    def check_open(self):
        """True once when the host's side has been closed."""
        now_open = not any(events & (select.POLLHUP | select.POLLERR) for _, events in self.poll.poll(0))
        was_open, self.is_open = self.is_open, now_open
        if not was_open or now_open:
            return False
        self.forget()
        slave = os.open(self.path, os.O_RDWR | os.O_NOCTTY)  # what the kernel still holds would reach the next host
        termios.tcflush(slave, termios.TCIFLUSH)
        os.close(slave)
        return True

    def wait(self, seconds):
        if self.is_open:
            self.poll.modify(self.master, select.POLLIN | (select.POLLOUT if self.writing else 0))
            self.poll.poll(max(1, int(seconds * 1000)))
            self.poll.modify(self.master, select.POLLIN)
        else:
            time.sleep(seconds)  # poll would return at once with POLLHUP

    def frames(self):
        """Whole frames, decoded; what cannot be decoded is dropped up to the next 0x00."""
        try:
            while chunk := os.read(self.master, 65_536):
                self.received += chunk
        except OSError:  # EAGAIN: no more now; EIO: closed
            pass
        *ended, rest = self.received.split(b"\0")
        self.received = rest
        for encoded in ended:
            frame = None if self.skipping or len(encoded) > LARGEST_ENCODED else cobs_decode(bytes(encoded))
            self.skipping = False
            if frame:
                yield frame
        if len(self.received) > LARGEST_ENCODED:
            self.received, self.skipping = bytearray(), True

    def send(self, frame, is_reply):
        if not self.is_open:
            return
        events = [entry for entry in self.control if not entry[0]]
        if not is_reply and len(events) >= 256:  # section 2: drop events, oldest first, never a reply
            self.control.remove(events[0])
        self.control.append((is_reply, cobs_encode(frame) + b"\0"))

    def write(self, next_stream_frame):
        """Writes until the host's side is full."""
        for _ in range(200):  # then others get their turn
            if not self.writing:
                if self.control:
                    encoded = self.control.popleft()[1]
                elif frame := next_stream_frame():
                    encoded = cobs_encode(frame) + b"\0"
                else:
                    self.progress = time.monotonic()
                    return
                self.writing = memoryview(encoded)
            try:
                count = os.write(self.master, self.writing)
            except BlockingIOError:
                return
            except OSError:
                return  # closed; check_open will tell
            self.writing = self.writing[count:]
            self.progress = time.monotonic()

    def close(self):
        os.close(self.master)


# ---------------------------------------------------------------------------------------------------------------- light

POOL, LONGEST = 1 << 17, 1 << 16  # numbers in the pool; the longest slice that is taken


class Noise:
    """One set of Gaussian numbers of exactly mean 0 and variance 1, made once: random.gauss is too slow for a stream."""

    def __init__(self):
        numbers = [random.gauss(0, 1) for _ in range(POOL)]
        mean = math.fsum(numbers) / POOL
        scale = math.sqrt(POOL / math.fsum((number - mean) ** 2 for number in numbers))
        self.numbers = [(number - mean) * scale for number in numbers]
        self.pools = {}

    def pool(self, sigma, low, high):
        key = sigma, low, high
        if key not in self.pools:
            if len(self.pools) > 16:
                self.pools.clear()
            self.pools[key] = Pool(self.numbers, *key)
        return self.pools[key]


class Pool:
    """Converter steps of a standard deviation, limited to the converter's range."""

    def __init__(self, numbers, sigma, low, high):
        steps = array.array("h", [max(low, min(high, round(number * sigma))) for number in numbers])
        steps += steps[:LONGEST]  # so that a slice may begin anywhere, and each number is as likely as any other
        self.steps, self.low, self.high = steps, low, high
        self.clips = min(steps) <= low or max(steps) >= high
        self.sums = None

    def take(self, count):
        """(bytes, clipped samples)"""
        start = random.randrange(POOL)
        part = self.steps[start:start + count]
        clipped = sum(step <= self.low or step >= self.high for step in part) if self.clips else 0
        if sys.byteorder == "big":
            part.byteswap()
        return part.tobytes(), clipped

    def moments(self, count):
        """(Σ x, Σ x², clipped) of `count` samples, by sums up to each position: the sum of a slice is a difference."""
        if self.sums is None:
            clipped = (step <= self.low or step >= self.high for step in self.steps)
            self.sums = [list(itertools.accumulate(series, initial=0)) for series in
                         (self.steps, (step * step for step in self.steps), clipped)]
        total = [0, 0, 0]
        while count:
            start, part = random.randrange(POOL), min(count, LONGEST)
            count -= part
            total = [so_far + sums[start + part] - sums[start] for so_far, sums in zip(total, self.sums)]
        return total


# ----------------------------------------------------------------------------------------------------------------- unit

START_TIME, WARM_UP_TIME, SELF_TEST_TIME = 0.3, 1.5, 0.5  # s
HEARTBEAT_INTERVAL, HEARTBEAT_TIMEOUT = 500, 2_000  # ms
MAXIMUM_CONTROL_FRAME, LARGEST_REPLY = 4_096, 4_096
MAXIMUM_FRAME_BYTES, STREAM_BUFFER = 65_536, 4 << 20
MINIMUM_RATE, MAXIMUM_RATE = 1e3, 500e3  # symbols/s
MAXIMUM_CAPTURE, MAXIMUM_MOMENTS = 65_536, 10_000_000
SHUTTER_TRAVEL, SHUTTER_SETTLING = 0.5e-3, 1e-3  # s, both from the command on
NOMINAL_LO, MAXIMUM_LO = 1e-3, 2e-3  # W
SHOT_NOISE = 400.0**2  # LSB² at the nominal LO power; it is proportional to the power
ELECTRONIC_NOISE = 0.04 * SHOT_NOISE  # LSB², whatever the LO does
BOB_CLIP, ALICE_CLIP = (-8_192, 8_191), (-32_768, 32_767)  # 14 bits, 16 bits
SAMPLE_SCALE = 1 / 1024  # √SNU per step at the lowest attenuation
MAXIMUM_VARIANCE = 25.0  # SNU: 5 √SNU are 5,120 steps, so that the converter's end is 6.4 standard deviations away
MAXIMUM_ATTENUATION = 30.0  # dB
REMEMBERED_SESSIONS = 64
STALL = 1.0  # s that a host may not read at the end of a session
RESET_WORD, ZEROISE_WORD = 0x54455352, 0x4553494F52455A21

ALL = frozenset(UnitState)
NOT_BOOTLOADER = ALL - {UnitState.Bootloader}
AWAKE = NOT_BOOTLOADER - {UnitState.Starting}
ADJUSTABLE = frozenset((UnitState.Dark, UnitState.WarmingUp, UnitState.Ready))
LIT = frozenset((UnitState.WarmingUp, UnitState.Ready, UnitState.Streaming))
DARK = frozenset((UnitState.Dark,))

# Section 4's table: request → states, capability that it needs, whether access Observe is enough.
REQUESTS = {
    "Hello": (ALL, 0, True),
    "GetSchema": (ALL, 0, True),
    "GetStatus": (NOT_BOOTLOADER, 0, True),
    "Heartbeat": (NOT_BOOTLOADER, 0, False),
    "GetCapabilities": (AWAKE, 0, True),
    "GetTelemetryCatalog": (AWAKE, 0, True),
    "GetTelemetry": (AWAKE, 0, True),
    "GetOpticalState": (AWAKE, 0, True),
    "GetClock": (AWAKE, 0, True),
    "SetSignalLaser": (ADJUSTABLE, CapabilitySet.SignalLaser, False),
    "SetLocalOscillator": (ADJUSTABLE, CapabilitySet.LocalOscillator, False),
    "SetShutter": (ADJUSTABLE, CapabilitySet.Shutter, False),
    "SetAttenuation": (ADJUSTABLE, CapabilitySet.VariableAttenuator, False),
    "SetModulatorBiasLock": (ADJUSTABLE, CapabilitySet.ModulatorBiasLock, False),
    "SetModulation": (ADJUSTABLE, CapabilitySet.Modulation, False),
    "StartStream": (DARK | {UnitState.Ready}, 0, False),  # Dark and the options: see `check_special`
    "StopStream": (AWAKE, 0, False),
    "Capture": (DARK | {UnitState.Ready, UnitState.Streaming}, CapabilitySet.Capture, False),
    "ReadCapture": (ADJUSTABLE | {UnitState.Streaming}, CapabilitySet.Capture, False),
    "MeasureMoments": (DARK | {UnitState.Ready}, CapabilitySet.Moments, False),
    "RunSelfTest": (DARK, CapabilitySet.SelfTest, False),
    "Reset": (ALL, 0, False),
    "Zeroise": (AWAKE, CapabilitySet.Zeroise, False),
    "GetBootloaderIdentity": (frozenset((UnitState.Bootloader,)), 0, True),
}

INFINITY = math.inf
# Section 9: id, name, unit, operating range, absolute range, maximum age in ms. What follows the light has no lower
# limit: an LO that is off is no fault.
COMMON_TELEMETRY = (
    (5, "board_temperature", "degC", 0, 60, -20, 85, 1_000),
    (24, "rail_3v3", "V", 3.15, 3.45, 3.0, 3.6, 1_000),
    (25, "rail_5v0", "V", 4.75, 5.25, 4.5, 5.5, 1_000),
    (26, "uptime", "s", -INFINITY, INFINITY, -INFINITY, INFINITY, 1_000),
    (27, "boot_count", "1", -INFINITY, INFINITY, -INFINITY, INFINITY, 1_000),
    (28, "tamper", "1", -INFINITY, 0.5, -INFINITY, 0.5, 1_000),
)
ALICE_TELEMETRY = (
    (1, "laser_temperature", "degC", 20, 30, 10, 40, 1_000),
    (2, "laser_tec_current", "A", -1, 1, -2, 2, 1_000),
    (3, "modulator_temperature", "degC", 20, 40, 0, 70, 1_000),
    (6, "laser_bias_current", "A", -INFINITY, 0.3, -INFINITY, 0.4, 1_000),
    (7, "laser_power", "W", -INFINITY, 0.03, -INFINITY, 0.05, 1_000),
    (8, "laser_frequency", "Hz", 193.3e12, 193.5e12, 191e12, 197e12, 1_000),
    (11, "modulator_bias_error", "1", -0.1, 0.1, -1, 1, 1_000),
    (13, "attenuation_set", "dB", -INFINITY, INFINITY, -INFINITY, INFINITY, 1_000),
    (14, "attenuation_read_back", "dB", -INFINITY, INFINITY, -INFINITY, INFINITY, 1_000),
    (16, "monitor_power", "W", -INFINITY, 0.02, -INFINITY, 0.04, 1_000),
    (23, "entropy_health", "1", 0.5, INFINITY, 0.5, INFINITY, 1_000),
)
BOB_TELEMETRY = (
    (4, "detector_temperature", "degC", 15, 40, 0, 60, 1_000),
    (10, "local_oscillator_power", "W", -INFINITY, 1.05 * MAXIMUM_LO, -INFINITY, 1.5 * MAXIMUM_LO, 1_000),
    (15, "shutter_read_back", "1", -INFINITY, INFINITY, -INFINITY, INFINITY, 1_000),
    (23, "entropy_health", "1", 0.5, INFINITY, 0.5, INFINITY, 1_000),
    (30, "detector_tec_current", "A", -1, 1, -2, 2, 1_000),
    (32, "detector_photocurrent", "A", -INFINITY, 5e-3, -INFINITY, 1e-2, 1_000),
)


class Refusal(Exception):
    def __init__(self, code, text, field=None, retry=0):
        super().__init__(text)
        self.code, self.field, self.retry = code, field, retry


def seconds():
    return time.monotonic()


class Unit:
    """States (section 7), connection (5) and requests (4). `on_<Request>` carries one out and returns its reply."""

    def __init__(self, arguments, schema):
        self.schema, self.serial = schema, arguments.serial
        self.alice = arguments.role == "alice"
        self.heterodyne = arguments.detection == "heterodyne"
        self.port, self.noise = Port(), Noise()
        self.boot_count, self.zeroised = 0, False
        self.used_sessions = deque(maxlen=REMEMBERED_SESSIONS)
        self.catalogue = sorted(COMMON_TELEMETRY + (ALICE_TELEMETRY if self.alice else BOB_TELEMETRY))
        set_of = CapabilitySet
        self.capabilities = set_of.Capture | set_of.SelfTest | set_of.Zeroise | set_of.Standalone | (
            set_of.SignalLaser | set_of.VariableAttenuator | set_of.ModulatorBiasLock | set_of.Modulation if self.alice
            else set_of.LocalOscillator | set_of.Shutter | set_of.Moments)
        if self.alice or self.heterodyne:
            self.format, self.capture_format = SampleFormat.XP16, SampleFormat.XP16
        else:  # a homodyne Bob switches between the quadratures at random; his captures show one of them
            self.format, self.capture_format = SampleFormat.X16Basis, SampleFormat.X16
        self.start(ResetCause.PowerOn, UnitState.Starting)

    # -- time and states

    def start(self, cause, state):
        """As after power-on. The list of used sessions outlives it, and so does Zeroised until a cold Reset."""
        self.origin, self.reset_cause, self.state = time.monotonic_ns(), cause, state
        self.boot_count += 1
        self.access = self.controller = None  # of the connection; a restart ends it
        self.dead_man = None  # when the unit goes dark; None while nobody controls it
        self.event_number, self.events = 0, []
        self.session = self.job = self.capture = self.restart = None
        self.stops = []  # numbers of StopStream requests that wait for the FIFO
        self.capture_id = 0
        self.laser = self.oscillator = False
        self.oscillator_power, self.ready_time = NOMINAL_LO, 0.0
        self.shutter, self.shutter_time = ShutterPosition.Closed, -1.0
        self.attenuation, self.bias_lock = 0.0, True
        self.modulation, self.drive = ModulationFormat.Off, 0.0  # drive: standard deviation in steps
        self.telemetry = {}  # id → (value, status, when)
        self.telemetry_time = 0.0

    def time_of(self, instant):
        return max(0, round(instant * 1e9) - self.origin)

    def now(self):
        return time.monotonic_ns() - self.origin

    def change(self, after, cause, session=0):
        """The event waits in `events` until the reply of the request that caused it is in the queue."""
        if after != self.state:
            self.events.append(("StateChanged", {"before": self.state, "after": after, "cause": cause,
                                                 "deviceTime": self.now(), "sessionId": session}))
            self.state = after

    def go_dark(self, cause, after=UnitState.Dark):
        """Light off first, words later. Also the way to Zeroised."""
        self.laser = self.oscillator = False
        self.move_shutter(ShutterPosition.Closed, seconds())
        if self.job:
            self.finish_job(Refusal(ErrorCode.ConditionNotMet, f"the unit went dark ({cause.name})"))
        session = self.session.id if self.session and self.state == UnitState.Streaming else 0
        if session:
            self.session.end(cause)
        if self.state in LIT or after != UnitState.Dark:
            self.change(after, cause, session)

    def light(self):
        is_open = not self.alice and self.read_back() != ShutterPosition.Closed
        return (LightSet.SignalLaser * self.laser | LightSet.LocalOscillator * self.oscillator_on()
                | LightSet.ShutterOpen * is_open)

    def oscillator_on(self):
        """In a session the LO is off in dark slots."""
        streams = self.session and self.state == UnitState.Streaming
        return self.oscillator and not (streams and self.session.kind == SymbolKind.Dark)

    def measured_oscillator(self, is_on=None):
        is_on = self.oscillator_on() if is_on is None else is_on
        return self.oscillator_power * random.gauss(1, 5e-4) if is_on else 0.0

    def move_shutter(self, position, instant):
        if position != self.shutter:
            self.shutter, self.shutter_time = position, instant

    def read_back(self):
        if self.alice:  # no shutter: what a host sees is whether signal can leave
            return ShutterPosition.Open if self.laser else ShutterPosition.Closed
        return ShutterPosition.Moving if seconds() < self.shutter_time + SHUTTER_TRAVEL else self.shutter

    def scale(self):
        """√SNU per step at the output connector: the attenuator is behind the modulator (section 8)."""
        return SAMPLE_SCALE * 10 ** (-self.attenuation / 20)

    def pool(self, oscillator_on=True):
        """What the converter shows now. Nothing is connected to Bob's input: an open shutter shows vacuum as well."""
        if self.alice:
            return self.noise.pool(self.drive if self.modulation else 0.0, *ALICE_CLIP)
        shot = SHOT_NOISE * self.oscillator_power / NOMINAL_LO if oscillator_on else 0.0
        return self.noise.pool(math.sqrt(shot + ELECTRONIC_NOISE), *BOB_CLIP)

    def set_light(self, attribute, on):
        if not on:  # never refused: a unit can always go dark
            if self.state in LIT:
                self.go_dark(StateCause.Command)
            return
        self.need_idle()
        if not getattr(self, attribute):
            setattr(self, attribute, True)
            self.ready_time = seconds() + WARM_UP_TIME
            self.change(UnitState.WarmingUp, StateCause.Command)

    # -- the loop

    def serve(self, stopped):
        ready = seconds() + START_TIME
        while not stopped():
            if self.port.check_open():
                self.port_closed()
            if self.port.is_open:
                for frame in self.port.frames():
                    self.receive(frame)
                    if self.restart:  # what came behind a Reset is lost, as it is in a real restart
                        break
            if self.restart:
                kind, self.restart = self.restart, None
                self.go_dark(StateCause.Command)
                if kind == ResetKind.Cold:
                    self.zeroised = False
                self.start(ResetCause.Command, UnitState.Bootloader if kind == ResetKind.Bootloader
                           else UnitState.Starting)
                ready = seconds() + START_TIME
            now = seconds()
            if self.state == UnitState.Starting and now >= ready:
                self.change(UnitState.Zeroised if self.zeroised else UnitState.Dark, StateCause.Restarted)
            if self.dead_man is not None and now >= self.dead_man:
                self.dead_man = self.controller = None
                if self.access == Access.Control:
                    self.access = Access.Observe  # the connection still may read; to control, it says Hello again
                self.go_dark(StateCause.HeartbeatLost)
            if self.state == UnitState.WarmingUp and now >= self.ready_time:
                self.change(UnitState.Ready, StateCause.WarmUpDone)
            if self.job and now >= self.job["end"]:
                self.finish_job()
            if self.state not in (UnitState.Starting, UnitState.Bootloader) and now >= self.telemetry_time + 0.25:
                self.sample_telemetry()
            if self.session:
                self.session.run(now)
            self.flush_events()
            if self.port.is_open:
                self.port.write(self.session.next_frame if self.session else lambda: None)
            streams = self.session and not self.session.finished
            self.port.wait(0.002 if streams else 0.01)
        self.go_dark(StateCause.Command)

    def port_closed(self):
        self.access = self.controller = None
        self.stops = []
        if self.dead_man is not None:
            self.dead_man = None
            self.go_dark(StateCause.PortClosed)
        if self.job:
            self.job["number"] = None  # nobody waits for it any more
        if self.session:
            self.session.abandon()
        self.events = []

    def flush_events(self):
        """Events go to a connection only; between restart or closing and Hello there is nobody to tell."""
        for name, values in self.events:
            if self.access:
                message = self.schema.encode(name, values)
                self.port.send(make_frame(EVENT, self.event_number, message), False)
                self.event_number += 1
        self.events = []

    def reply(self, number, name, values, groups=None, data=None):
        if number is not None:
            self.port.send(make_frame(REPLY, number, self.schema.encode(name, values, groups, data)), True)

    def refuse(self, number, request, refusal):
        text = str(refusal).encode()[:200].decode(errors="ignore").encode()
        self.reply(number, "Error", {"code": refusal.code, "state": self.state, "requestId": request,
                                     "fieldId": refusal.field or 0, "retryAfter": refusal.retry}, data={"text": text})

    def receive(self, frame):
        received = self.now()
        opened = open_frame(frame)
        if opened is None or opened[0] != REQUEST:
            return
        _, number, _, data = opened
        template = struct.unpack_from("<H", data, 2)[0]
        try:
            name, values = self.understand(frame, data, number)
            self.number, self.received = number, received
            answer = getattr(self, "on_" + name)(**values)
            if answer:  # the long ones answer later
                self.reply(number, *answer)
        except Refusal as refusal:
            self.refuse(number, template, refusal)
        self.flush_events()

    # -- what is wrong, in the order of section 4

    def understand(self, frame, data, number):
        length, template, schema_id, _ = MESSAGE_HEADER.unpack_from(data)
        message = self.schema.messages.get(template)
        if schema_id != self.schema.id or message is None or message.name not in REQUESTS:
            raise Refusal(ErrorCode.UnknownMessage, f"message {template} of schema {schema_id} is no request known here")
        if len(frame) > MAXIMUM_CONTROL_FRAME:
            raise Refusal(ErrorCode.TooLarge, f"{len(frame)} bytes; requests have at most {MAXIMUM_CONTROL_FRAME}")
        if number == 0:  # 0 is not a valid number; the refusal carries it all the same
            raise Refusal(ErrorCode.Malformed, "request number 0")
        if length < message.block.length:
            raise Refusal(ErrorCode.Malformed, f"a block of {length} bytes; {message.name} has {message.block.length}")
        try:
            name, values, _, _ = self.schema.decode(data)
        except Malformed as problem:
            raise Refusal(ErrorCode.Malformed, str(problem)) from None
        states, capability, observable = REQUESTS[name]
        if name not in ("Hello", "GetSchema"):
            if self.access is None:
                raise Refusal(ErrorCode.NoControl, "say Hello first")
            if not observable and self.access != Access.Control:
                raise Refusal(ErrorCode.NoControl, "say Hello with access Control first")
        if self.state not in states or not self.fits_state(name, values):
            code = ErrorCode.Zeroised if self.state == UnitState.Zeroised else ErrorCode.WrongState
            raise Refusal(code, f"{name} is not allowed in state {self.state.name}")
        if missing := capability & ~self.capabilities:
            raise Refusal(ErrorCode.NotSupported, f"this unit lacks the capability {CapabilitySet(missing).name}")
        if name == "StartStream" and values["options"] & StreamOptions.DeliverDisclosed:
            raise Refusal(ErrorCode.NotSupported, "this unit lacks the capability Disclosure", 3)
        for field in message.block.shown:
            value = values[field.name]
            problem = field.problem(value) or self.unit_problem(name, field.name, value, values)
            if problem:
                raise Refusal(ErrorCode.OutOfRange, f"{field.name}: {problem}", field.id)
        if name in ("Capture", "ReadCapture") and self.purpose() == SessionPurpose.Key:
            raise Refusal(ErrorCode.PurposeForbids, f"{name} is not allowed in a session of purpose Key")
        return name, values

    def fits_state(self, name, values):
        """Where the table's states depend on more than the state."""
        if name == "StopStream":
            return self.session is not None
        if name == "StartStream" and self.state == UnitState.Dark:
            return not self.alice and values["options"] & StreamOptions.Standalone and values["darkFraction"] == 1
        return True

    def unit_problem(self, request, field, value, values):
        """Ranges that are the unit's and not the schema's."""
        def between(low, high):
            return None if low <= value <= high else f"{value:g} is not in {low:g} … {high:g}"

        match request, field:
            case "SetLocalOscillator", "power":
                return between(0, MAXIMUM_LO)
            case "SetShutter", "position":
                return "a shutter cannot be told to be Moving" if value == ShutterPosition.Moving else None
            case "SetAttenuation", "attenuation":
                return between(0, MAXIMUM_ATTENUATION)
            case "SetModulation", "variance":
                return between(0, MAXIMUM_VARIANCE)
            case "StartStream", "sessionId":
                return None if value else "0 is no session"
            case "StartStream", "frameBytes":
                return f"{value} is no power of two" if value & (value - 1) else between(1_024, MAXIMUM_FRAME_BYTES)
            case "StartStream", "symbolsPerFrame":
                size = BODY + self.schema.messages["StreamFrame"].block.length + self.sample_bytes(value)
                fits = size <= values["frameBytes"]
                return None if fits else f"{value} symbols make a frame of {size} bytes; it has {values['frameBytes']}"
            case "StartStream", "symbolRate":
                return between(MINIMUM_RATE, MAXIMUM_RATE)
            case "StartStream", ("vacuumFraction" | "darkFraction") if self.alice:
                return f"{value:g} at Alice, who has only training slots" if value else None
            case "StartStream", "trainingFraction" if not self.alice:
                return f"{value:g} at Bob, who learns of training by disclosure" if value else None
            case "StartStream", "darkFraction":
                total = value + values["vacuumFraction"]
                return None if total <= 1 else f"with vacuumFraction {total:g}, more than 1"
            case "Capture", "sampleCount":
                odd = value % 2 and self.capture_format == SampleFormat.XP16
                return "x and p need an even number" if odd else None if value else "0 samples"
            case "MeasureMoments", "samples":
                return None if value else "0 samples"
            case "MeasureMoments", "kind":
                return None if value in (SymbolKind.Vacuum, SymbolKind.Dark) else f"{value} is not Vacuum or Dark"
        return None

    def sample_bytes(self, count):
        return 4 * count if self.format == SampleFormat.XP16 else 2 * count + (count + 7) // 8

    def purpose(self):
        return self.session.purpose if self.session and self.state == UnitState.Streaming else 0

    def acknowledge(self, request):
        return "Acknowledge", {"requestId": self.schema.messages[request].id, "state": self.state}

    # -- connection

    def on_Hello(self, access, hostName, **_):
        # One port, so nobody else can control: a new Hello replaces the connection, whatever it was. What was meant for
        # the program before must not reach the new one: its numbers may be the same.
        self.port.control.clear()
        self.events, self.event_number, self.stops = [], 0, []
        if self.job:
            self.job["number"] = None  # nobody waits for it any more
        self.access = Access(access)
        if access == Access.Control:
            self.controller = hostName
            self.hold_up()
        else:
            self.controller = None  # the heartbeat time-out runs on: nobody holds the light up now
        known = [message for key, message in sorted((k, m) for k, m in self.schema.messages.items() if type(k) is int)]
        return "HelloReply", {
            "role": UnitRole.Alice if self.alice else UnitRole.Bob, "emulated": 1, "state": self.state, "access": access,
            "resetCause": self.reset_cause, "bootCount": self.boot_count, "serial": self.serial,
            "model": "Python example " + ("Alice" if self.alice else "Bob"), "firmware": "0.1.0",
            "capabilities": self.capabilities, "heartbeatInterval": HEARTBEAT_INTERVAL,
            "heartbeatTimeout": HEARTBEAT_TIMEOUT, "maximumControlFrame": MAXIMUM_CONTROL_FRAME,
            "maximumFrameBytes": MAXIMUM_FRAME_BYTES, "streamBufferBytes": STREAM_BUFFER,
        }, {"fingerprints": [{"templateId": message.id, "fieldCount": len(message.chain) - 1,
                              "fingerprint": message.chain[-1]} for message in known]}

    def hold_up(self):
        # In the bootloader Heartbeat is not allowed, so its absence cannot mean anything.
        is_bootloader = self.state == UnitState.Bootloader
        self.dead_man = None if is_bootloader else seconds() + HEARTBEAT_TIMEOUT / 1000

    def on_Heartbeat(self, count):
        self.hold_up()
        return "HeartbeatReply", {"count": count, "state": self.state, "light": self.light(), "deviceTime": self.received,
                                  "sessionId": self.session.id if self.purpose() else 0}

    def on_GetSchema(self, offset, maximumBytes):
        room = LARGEST_REPLY - BODY - self.schema.messages["SchemaText"].block.length - 4
        part = self.schema.text[offset:offset + min(maximumBytes, room)]
        return "SchemaText", {"totalBytes": len(self.schema.text), "offset": offset}, None, {"text": part}

    def on_GetStatus(self):
        counts = self.session.counts() if self.session else {}
        return "Status", {"state": self.state, "activity": self.job["activity"] if self.job else Activity.Idle,
                          "light": self.light(), "purpose": self.purpose(), "uptime": self.now(),
                          "controller": self.controller or ""} | counts

    def on_GetClock(self, hostTime):
        return "Clock", {"hostTime": hostTime, "receivedTime": self.received, "sentTime": self.now()}

    def on_GetCapabilities(self):
        low, high = ALICE_CLIP if self.alice else BOB_CLIP
        common = {"adcBits": 16 if self.alice else 14, "sampleFormats": 1 << (self.format - 1), "filterId": 1,
                  "maximumCaptureSamples": MAXIMUM_CAPTURE, "minimumSymbolRate": MINIMUM_RATE,
                  "maximumSymbolRate": MAXIMUM_RATE, "warmUpTime": WARM_UP_TIME, "clipLow": low, "clipHigh": high}
        if self.alice:
            return "Capabilities", common | {"maximumModulationVariance": MAXIMUM_VARIANCE, "sampleScale": SAMPLE_SCALE,
                                             "minimumAttenuation": 0.0, "maximumAttenuation": MAXIMUM_ATTENUATION}
        return "Capabilities", common | {
            "detection": Detection.Heterodyne if self.heterodyne else Detection.Homodyne, "localOscillator": 2,
            "coupling": 1, "maximumDelay": 64, "maximumMomentSamples": MAXIMUM_MOMENTS,
            "shutterSettling": SHUTTER_SETTLING, "shutterExtinction": 60.0, "detectorEfficiency": 0.6,
            "detectorEfficiencySigma": 0.01, "nominalLocalOscillatorPower": NOMINAL_LO,
            "maximumLocalOscillatorPower": MAXIMUM_LO}

    # -- telemetry

    def sample_telemetry(self):
        self.telemetry_time = now = seconds()
        slow, lit = math.sin(now / 60), self.laser
        oscillator = self.measured_oscillator()
        values = {
            1: random.gauss(25 + 0.02 * slow, 0.002), 2: random.gauss(0.35, 0.01) * lit, 3: random.gauss(30, 0.005),
            4: random.gauss(25, 0.003), 5: 36 + 2 * slow + random.gauss(0, 0.05), 6: random.gauss(0.12, 1e-4) * lit,
            7: random.gauss(0.01, 2e-6) * lit, 8: random.gauss(193.4e12, 1e6), 11: random.gauss(0, 0.005),
            13: self.attenuation, 14: random.gauss(self.attenuation, 0.01), 10: oscillator,
            15: float(self.read_back() == ShutterPosition.Closed),  # 1 closed, 0 not
            16: random.gauss(1e-3, 5e-7) * lit, 23: 1.0, 24: random.gauss(3.3, 0.002), 25: random.gauss(5.0, 0.003),
            26: self.now() / 1e9, 27: float(self.boot_count), 28: 0.0, 30: random.gauss(0.2, 0.01),
            32: oscillator * 0.9}
        for key, _, _, *limits, _ in self.catalogue:
            value, before = values[key], self.telemetry.get(key, (0, RangeStatus.Normal))[1]
            status = range_status(value, limits)
            if status < before:  # hysteresis: on its way back, a value must be inside by a part of the range
                status = min(before, range_status(value, limits, 0.02))
            if status != before:
                self.events.append(("RangeEvent", {"id": key, "before": before, "after": status, "value": value,
                                                   "deviceTime": self.time_of(now)}))
            self.telemetry[key] = value, status, now

    def on_GetTelemetryCatalog(self, firstIndex):
        block = self.schema.messages["TelemetryCatalog"]
        room = (LARGEST_REPLY - BODY - block.block.length - DIMENSION.size) // block.groups["items"].length
        names = ("id", "name", "unit", "operatingMinimum", "operatingMaximum", "absoluteMinimum", "absoluteMaximum",
                 "maximumAge")
        items = [dict(zip(names, row)) for row in self.catalogue[firstIndex:firstIndex + room]]
        return "TelemetryCatalog", {"total": len(self.catalogue), "firstIndex": firstIndex}, {"items": items}

    def on_GetTelemetry(self):
        if not self.telemetry:
            self.sample_telemetry()
        now, items = seconds(), []
        for key, *_ in self.catalogue:
            value, status, when = self.telemetry[key]
            items.append({"id": key, "status": status, "age": round((now - when) * 1000), "value": value})
        return "Telemetry", {"deviceTime": self.time_of(now)}, {"items": items}

    # -- optics

    def need_idle(self):
        if self.job:
            left = max(1, round((self.job["end"] - seconds()) * 1000))
            raise Refusal(ErrorCode.InProgress, f"{self.job['activity'].name} for another {left} ms", retry=left)

    def on_SetSignalLaser(self, on):
        self.set_light("laser", on)
        return self.acknowledge("SetSignalLaser")

    def on_SetLocalOscillator(self, on, power):
        if on:
            self.need_idle()
            self.oscillator_power = power or NOMINAL_LO
        self.set_light("oscillator", on)
        return self.acknowledge("SetLocalOscillator")

    def on_SetShutter(self, position):
        self.need_idle()
        if position == ShutterPosition.Open and self.state == UnitState.Dark:
            raise Refusal(ErrorCode.ConditionNotMet, "the shutter stays closed in state Dark: LO on first")
        self.move_shutter(ShutterPosition(position), seconds())
        return self.acknowledge("SetShutter")

    def on_SetAttenuation(self, attenuation):
        self.need_idle()
        self.attenuation = attenuation
        return self.acknowledge("SetAttenuation")

    def on_SetModulatorBiasLock(self, enabled):
        self.need_idle()
        self.bias_lock = bool(enabled)
        return self.acknowledge("SetModulatorBiasLock")

    def on_SetModulation(self, format, variance):
        self.need_idle()
        self.modulation = ModulationFormat(format)
        # V_A is asked for as it is at the lowest attenuation; what is in force follows the attenuator.
        self.drive = math.sqrt(variance) / SAMPLE_SCALE if format else 0.0
        return self.acknowledge("SetModulation")

    def on_GetOpticalState(self):
        return "OpticalState", {
            "light": self.light(), "shutterSet": self.read_back() if self.alice else self.shutter,
            "shutterReadBack": self.read_back(), "biasLocked": self.alice and self.bias_lock and self.laser,
            "modulation": self.modulation, "localOscillatorPower": self.measured_oscillator(),
            "signalPower": random.gauss(1e-3, 5e-7) * self.laser, "attenuationSet": self.attenuation,
            "attenuationReadBack": random.gauss(self.attenuation, 0.01) if self.alice else 0.0,
            "modulationVariance": (self.drive * self.scale()) ** 2}

    # -- the link session

    def on_StartStream(self, sessionId, **values):
        self.need_idle()
        if sessionId in self.used_sessions:
            raise Refusal(ErrorCode.SessionReused, f"session {sessionId} was used before")
        self.used_sessions.append(sessionId)
        if self.session:  # the unit went dark, and its host has not read the end of that session yet
            self.session.abandon()
        if values["purpose"] == SessionPurpose.Key:
            self.capture = None
        self.session = Session(self, sessionId, **values)
        self.change(UnitState.Streaming, StateCause.Command, sessionId)
        return "StreamStarted", {
            "sessionId": sessionId, "purpose": values["purpose"], "sampleFormat": self.format, "filterId": 1,
            "frameBytes": values["frameBytes"], "symbolRate": values["symbolRate"],
            "sampleScale": self.scale() if self.alice else 0.0, "deviceTime": self.time_of(self.session.start)}

    def on_StopStream(self, sessionId):
        if sessionId != self.session.id:
            raise Refusal(ErrorCode.SessionUnknown, f"session {sessionId} is not {self.session.id}, the last one")
        if self.session.finished:
            return self.session.result()
        self.session.end(StateCause.Command)
        self.stops.append(self.number)
        return None

    def session_finished(self):
        for number in self.stops:
            self.reply(number, *self.session.result())
        self.stops = []
        if self.state == UnitState.Streaming:
            self.move_shutter(self.session.shutter_before, seconds())
            self.change(self.session.state_before, self.session.cause, self.session.id)

    # -- single measurements

    def begin_job(self, activity, duration, finish):
        self.need_idle()
        self.job = {"activity": activity, "end": seconds() + duration, "finish": finish, "number": self.number}

    def finish_job(self, refusal=None):
        job, self.job = self.job, None
        if refusal:
            request = {Activity.Capturing: "Capture", Activity.MeasuringMoments: "MeasureMoments",
                       Activity.SelfTesting: "RunSelfTest"}[job["activity"]]
            self.refuse(job["number"], self.schema.messages[request].id, refusal)
        else:
            self.reply(job["number"], *job["finish"]())

    def on_Capture(self, sampleCount):
        self.need_idle()
        if sampleCount > MAXIMUM_CAPTURE:
            raise Refusal(ErrorCode.TooLarge, f"{sampleCount} samples; at most {MAXIMUM_CAPTURE}", 1)
        self.capture, begun = None, self.now()
        rate = self.session.rate if self.state == UnitState.Streaming else MAXIMUM_RATE

        def finish():
            samples, _ = self.pool(self.oscillator_on()).take(sampleCount)
            self.capture_id += 1
            self.capture = self.capture_id, samples
            return "CaptureReady", {"captureId": self.capture_id, "sampleCount": sampleCount,
                                    "format": self.capture_format, "light": self.light(),
                                    "localOscillatorPower": self.measured_oscillator(), "sampleRate": rate,
                                    "deviceTime": begun}
        self.begin_job(Activity.Capturing, sampleCount / rate, finish)

    def on_ReadCapture(self, captureId, offset, count):
        # Looked at after the purpose, unlike other ranges: a Key session erased the capture, and yet it is the purpose
        # that the host is to hear of.
        if self.capture is None or self.capture[0] != captureId:
            raise Refusal(ErrorCode.OutOfRange, f"there is no capture {captureId}", 1)
        if offset > len(self.capture[1]) // 2:
            raise Refusal(ErrorCode.OutOfRange, f"offset {offset} is behind the {len(self.capture[1]) // 2} samples", 2)
        room = (LARGEST_REPLY - BODY - self.schema.messages["CaptureData"].block.length - 4) // 2
        part = self.capture[1][2 * offset:2 * (offset + min(count, room))]
        return "CaptureData", {"captureId": captureId, "offset": offset}, None, {"samples": part}

    def on_MeasureMoments(self, samples, kind):
        self.need_idle()
        if samples > MAXIMUM_MOMENTS:
            raise Refusal(ErrorCode.TooLarge, f"{samples} samples; at most {MAXIMUM_MOMENTS}", 1)
        wants = kind == SymbolKind.Vacuum
        at_rest = self.shutter == ShutterPosition.Closed and seconds() >= self.shutter_time + SHUTTER_SETTLING
        if self.oscillator != wants or not at_rest:
            raise Refusal(ErrorCode.ConditionNotMet, "the LO must be " + ("on" if wants else "off")
                          + " and the shutter closed and at rest")
        begun, quadratures = self.now(), 2 if self.heterodyne else 1

        def finish():
            pool = self.pool(wants)
            x = pool.moments(samples)
            p = pool.moments(samples) if quadratures == 2 else (0, 0, 0)
            return "Moments", {"kind": kind, "quadratures": quadratures, "samples": samples,
                               "clippedSamples": x[2] + p[2], "sumX": x[0], "sumSquaresX": x[1], "sumP": p[0],
                               "sumSquaresP": p[1], "localOscillatorPower": self.measured_oscillator(),
                               "startTime": begun, "endTime": self.now()}
        self.begin_job(Activity.MeasuringMoments, samples / MAXIMUM_RATE, finish)

    def on_RunSelfTest(self):
        def item(name, value, low, high, unit):
            good = low <= value <= high
            return {"name": name, "outcome": TestOutcome.Passed if good else TestOutcome.Failed, "measured": value,
                    "low": low, "high": high, "unit": unit}

        def finish():
            pool = self.noise.pool(100.0, *BOB_CLIP)
            total, squares, _ = pool.moments(LONGEST)
            items = [item("rail_3v3", random.gauss(3.3, 0.002), 3.15, 3.45, "V"),
                     item("rail_5v0", random.gauss(5.0, 0.003), 4.75, 5.25, "V"),
                     item("random_mean", total / LONGEST, -3.0, 3.0, "LSB"),
                     item("random_variance", squares / LONGEST, 9_500.0, 10_500.0, "LSB^2")]
            return "SelfTestResult", {"outcome": max(row["outcome"] for row in items)}, {"items": items}
        self.begin_job(Activity.SelfTesting, SELF_TEST_TIME, finish)

    # -- maintenance

    def on_Reset(self, kind, confirmation):
        if confirmation != RESET_WORD:
            raise Refusal(ErrorCode.NotConfirmed, f"the word {confirmation:#x} is wrong", 3)
        self.restart = ResetKind(kind)
        after = UnitState.Bootloader if kind == ResetKind.Bootloader else UnitState.Starting
        return "Acknowledge", {"requestId": self.schema.messages["Reset"].id, "state": after}

    def on_Zeroise(self, confirmation):
        if confirmation != ZEROISE_WORD:
            raise Refusal(ErrorCode.NotConfirmed, f"the word {confirmation:#x} is wrong", 1)
        self.zeroised, self.capture = True, None
        self.go_dark(StateCause.Command, UnitState.Zeroised)
        return self.acknowledge("Zeroise")

    def on_GetBootloaderIdentity(self):
        return "BootloaderIdentity", {"serial": self.serial, "bootloader": "0.1.0", "hardware": "emulated",
                                      "applicationPresent": 1}


def range_status(value, limits, margin=0.0):
    low, high, lowest, highest = limits
    inset = margin * (high - low) if math.isfinite(high - low) else 0.0
    if low + inset <= value <= high - inset:
        return RangeStatus.Normal
    return RangeStatus.OutOfOperating if lowest + inset <= value <= highest - inset else RangeStatus.OutOfAbsolute


# -------------------------------------------------------------------------------------------------------------- session

class Session:
    """Section 8. Slots are taken when their time has passed, wait in the FIFO, and get their number when they are sent:
    what is discarded at the end then leaves no hole in the numbers."""

    def __init__(self, unit, number, purpose, options, frameBytes, symbolsPerFrame, symbolRate, vacuumFraction,
                 trainingFraction, darkFraction, symbolLimit):
        self.unit, self.id, self.purpose, self.rate, self.slot = unit, number, purpose, symbolRate, symbolsPerFrame
        self.vacuum, self.training, self.dark, self.limit = vacuumFraction, trainingFraction, darkFraction, symbolLimit
        self.state_before, self.shutter_before = unit.state, unit.shutter
        self.armed = not unit.alice and not options & StreamOptions.Standalone  # a Bob who waits for Alice's counter
        self.start, self.kind = seconds(), SymbolKind["None"]
        self.next = self.dropped = self.frames = 0
        self.gap = StreamFlags(0)  # for the next frame
        self.fifo, self.fifo_bytes = deque(), 0
        self.cause, self.ended, self.finished = StateCause.Command, None, False
        self.block = unit.schema.messages["StreamFrame"].block.length

    def counts(self):
        # Of a host that did not read, the end frame may still wait behind the reply; it counts as sent.
        frames = self.frames + (len(self.fifo) if self.finished else 0)
        return {"sessionId": self.id, "nextSymbol": self.next, "droppedSymbols": self.dropped, "framesSent": frames}

    def result(self):
        return "StreamStopped", self.counts() | {"deliveredSymbols": self.next - self.dropped, "cause": self.cause}

    # -- taking symbols

    def run(self, now):
        if not self.armed and self.ended is None:
            self.take_due(now)
        if self.ended is not None and not self.finished:
            stalled = now - max(self.ended, self.unit.port.progress) > STALL
            if stalled:
                self.discard()
            if not self.fifo or stalled:
                self.finished = True
                self.unit.session_finished()

    def take_due(self, now):
        due = int((now - self.start) * self.rate)
        late = (due - self.next) // self.slot * self.slot
        if late > 0.3 * self.rate + self.slot:  # this program, not the FIFO, was too slow: Gap without Overflow
            late = min(late, self.limit - self.next) if self.limit else late
            self.lose(late, StreamFlags.Gap)
        until = time.monotonic() + 0.02  # requests want to be answered meanwhile
        while time.monotonic() < until:
            count = self.slot if not self.limit else min(self.slot, self.limit - self.next)
            if count <= 0:
                self.end(StateCause.SymbolLimit)
                return
            if self.next + count > due:
                return
            self.take_slot(count)

    def lose(self, count, flags):
        self.next += count
        self.dropped += count
        self.gap |= flags

    def take_slot(self, count):
        unit, first = self.unit, self.next
        self.kind = kind = self.draw()
        instant = self.start + first / self.rate
        if not unit.alice:
            blocked = kind in (SymbolKind.Vacuum, SymbolKind.Dark)
            unit.move_shutter(ShutterPosition.Closed if blocked else ShutterPosition.Open, instant)
        size = 2 * (HEADER.size + MESSAGE_HEADER.size + self.block) + unit.sample_bytes(count)
        if self.fifo_bytes + size > STREAM_BUFFER:  # a whole slot or nothing
            self.lose(count, StreamFlags.Gap | StreamFlags.Overflow)
            return
        settled = math.ceil((unit.shutter_time + SHUTTER_SETTLING - self.start) * self.rate)
        guard = 0 if unit.alice else max(0, min(count, settled - first))
        if guard:
            self.put(SymbolKind.Guard, guard)
        if count > guard:
            self.put(kind, count - guard)

    def draw(self):
        """The unit's own random numbers, afresh for each slot (section 8)."""
        number = int.from_bytes(os.urandom(7), "little") / 2**56
        if self.unit.alice:
            return SymbolKind.Training if number < self.training else SymbolKind.Signal
        if number < self.vacuum:
            return SymbolKind.Vacuum
        return SymbolKind.Dark if number < self.vacuum + self.dark else SymbolKind.Unlocked

    def put(self, kind, count):
        unit, samples, clipped, sample_format = self.unit, b"", 0, NOTHING[1]
        oscillator_on = unit.oscillator and self.kind != SymbolKind.Dark
        flags, self.gap = self.gap, StreamFlags(0)
        if kind != SymbolKind.Guard and count:
            sample_format = unit.format
            pairs = unit.format == SampleFormat.XP16
            samples, clipped = unit.pool(oscillator_on).take(2 * count if pairs else count)
            if not pairs:
                basis = bytearray(os.urandom((count + 7) // 8))
                basis[-1] &= 0xFF >> (-count % 8)
                samples += basis
        if kind == SymbolKind.Unlocked:
            flags |= StreamFlags.ClockUnlocked
        if clipped:
            flags |= StreamFlags.Clipped
        if kind == NOTHING[0]:
            flags |= StreamFlags.EndOfSession
        values = {"firstSymbol": self.next, "droppedSymbols": self.dropped,
                  "deviceTime": unit.time_of(self.start + self.next / self.rate), "count": count, "kind": kind,
                  "localOscillatorPower": 0.0 if unit.alice else unit.measured_oscillator(oscillator_on),
                  "clippedSamples": clipped, "format": sample_format, "content": MEASURED, "purpose": self.purpose,
                  "flags": flags}
        message = unit.schema.encode("StreamFrame", values) + samples
        self.fifo.append((count, message))
        self.fifo_bytes += HEADER.size + len(message)
        self.next += count

    # -- sending and ending

    def next_frame(self):
        if not self.fifo:
            return None
        _, message = self.fifo.popleft()
        self.fifo_bytes -= HEADER.size + len(message)
        self.frames += 1
        return make_frame(STREAM, self.frames - 1, message, self.id)

    def end(self, cause):
        if self.ended is None:
            self.ended, self.cause = seconds(), cause
            self.put(NOTHING[0], 0)

    def discard(self):
        """What the host did not read is lost and counted; a new end frame says so."""
        lost = sum(count for count, _ in self.fifo)
        self.fifo.clear()
        self.fifo_bytes = 0
        if lost:
            self.dropped += lost
            self.gap |= StreamFlags.Gap
        if self.ended is not None and not self.finished:
            self.put(NOTHING[0], 0)

    def abandon(self):
        """Nobody is there to read the rest, not even the end frame."""
        if not self.finished:
            self.end(StateCause.PortClosed)
            self.discard()
            self.finished = True
            self.unit.session_finished()
        self.fifo.clear()


# ------------------------------------------------------------------------------------------------------------ self-test

def self_test(schema, folder):
    """Everything that the documents give as a vector."""
    def check(what, condition):
        print(("good: " if condition else "BAD:  ") + what)
        results.append(condition)

    results = []
    check_enumerations(schema)
    check("CRC-32C of 123456789", crc32c(b"123456789") == 0xE3069283)
    long = bytes(range(1, 255))
    for plain, encoded in ((bytes.fromhex("11220033"), bytes.fromhex("0311220233")), (b"", b"\1"),
                           (b"\0", b"\1\1"), (b"\0\0", b"\1\1\1"), (b"\x11\0\0\0", b"\2\x11\1\1\1"),
                           (long, b"\xff" + long), (b"\0" + long, b"\1\xff" + long),
                           (long + b"\xff", b"\xff" + long + b"\2\xff"), (long + b"\0", b"\xff" + long + b"\1\1")):
        check(f"COBS of {len(plain)} bytes", cobs_encode(plain) == encoded and cobs_decode(encoded) == plain)
    noise = random.Random(1).randbytes(100_000).replace(b"\1", b"\0")
    check("COBS of 100,000 random bytes", cobs_decode(cobs_encode(noise)) == noise and b"\0" not in cobs_encode(noise))
    check("COBS that does not add up", cobs_decode(b"\5\1") is None)

    example = bytes.fromhex("""43 51 01 01 30 00 00 00  02 01 00 00 00 00 00 00
        00 00 00 00 00 00 00 00  00 00 00 00 2b 7a 8a a3  08 00 0a 00 51 51 00 00  07 00 00 00 00 00 00 00""")
    check("the frame of README.md, made", make_frame(REQUEST, 258, schema.encode("Heartbeat", {"count": 7})) == example)
    opened = open_frame(example)
    check("the frame of README.md, read", opened is not None and opened[:3] == (REQUEST, 258, 0)
          and schema.decode(opened[3])[:2] == ("Heartbeat", {"count": 7}))
    check("a frame with a wrong bit", open_frame(example[:40] + b"\6" + example[41:]) is None)

    with open(os.path.join(folder, "golden-vectors.json"), encoding="utf-8") as file:
        vectors = json.load(file)["vectors"]
    bad = []
    for vector in vectors:
        wire = bytes.fromhex(vector["hex"])
        wanted = {name: bytes(value) if isinstance(value, list) else value for name, value in vector["fields"].items()}
        groups = vector.get("groups", {})
        data = {name: bytes.fromhex(value) for name, value in vector.get("data", {}).items()}
        if (schema.decode(wire) != (vector["message"], wanted, groups, data)
                or schema.encode(vector["message"], wanted, groups, data) != wire
                or schema.encode(*schema.decode(wire)) != wire):
            bad.append(f"{vector['message']} {vector['name']}")
    check(f"{len(vectors)} golden vectors" + "".join(f"; not {name}" for name in bad), not bad)

    with open(os.path.join(folder, "fingerprint.md"), encoding="utf-8") as file:
        lines = re.findall(r"^ *(\d+)  ([0-9a-f]{16})  (.+)$", file.read(), re.M)
    name, texts = None, {}
    for index, state, text in lines:
        if index == "0":
            name = text.split()[2]
        texts.setdefault(name, []).append((int(state, 16), text))
    for name, rows in texts.items():
        states = [state for state, _ in rows]
        check(f"fingerprints of {name}", schema.messages[name].chain == states
              and fingerprints(text for _, text in rows) == states)

    noise_source, count, began = Noise(), 100_000, seconds()
    pool = noise_source.pool(400.0, *BOB_CLIP)
    message = schema.encode("StreamFrame", {"count": 1_000})
    for number in range(count // 1_000):
        cobs_encode(make_frame(STREAM, number, message + pool.take(2_000)[0], 1))
    rate = count / (seconds() - began)
    check(f"{rate:,.0f} symbols/s of x and p can be made and framed", rate > 100_000)
    total, squares, _ = pool.moments(1_000_000)
    check("samples have the variance that they should", abs(squares / 1e6 / 400**2 - 1) < 0.01 and abs(total / 1e6) < 3)
    return all(results)


# ----------------------------------------------------------------------------------------------------------------- main

def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description="An emulated CV-QKD unit on a pseudo-terminal")
    parser.add_argument("--role", choices=("alice", "bob"))
    parser.add_argument("--serial", help="1 to 31 characters of A-Z a-z 0-9 - _ .")
    parser.add_argument("--link", metavar="PATH", help="make a symbolic link to the pseudo-terminal here")
    parser.add_argument("--detection", choices=("homodyne", "heterodyne"), default="heterodyne", help="Bob's receiver")
    parser.add_argument("--schema", default=os.path.join(here, "..", "..", "firmware-schemas", "unit-protocol.xml"))
    parser.add_argument("--self-test", action="store_true", help="check the documents' vectors, then end")
    arguments = parser.parse_args()
    schema = Schema(arguments.schema)
    if arguments.self_test:
        return 0 if self_test(schema, os.path.dirname(os.path.abspath(arguments.schema))) else 1
    if not arguments.role or not arguments.serial:
        parser.error("--role and --serial are needed")
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,31}", arguments.serial):
        parser.error("--serial: 1 to 31 characters of A-Z a-z 0-9 - _ .")
    check_enumerations(schema)
    if arguments.role == "alice":
        arguments.detection = None
    unit, stopped = Unit(arguments, schema), []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.append(True))
    if arguments.link:
        if os.path.islink(arguments.link):  # of a program that was killed
            os.unlink(arguments.link)
        os.symlink(unit.port.path, arguments.link)
    try:
        print(unit.port.path, flush=True)
        unit.serve(lambda: stopped)
    finally:
        # Another unit may have made the link its own meanwhile.
        if arguments.link and os.path.islink(arguments.link) and os.readlink(arguments.link) == unit.port.path:
            os.unlink(arguments.link)
        unit.port.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
