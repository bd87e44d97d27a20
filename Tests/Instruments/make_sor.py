"""Writes OTDR files (.sor) from the published layout, for tests: independent of the reader in Sources.

    make_sor.py OUTPUT [--version 1|2] [--defect NAME]

The fibre is 20.5 km of G.652: a connector at 5 km, a splice at 12 km, an end at 20.5 km. What the reader must find is
printed as JSON. Integers are little-endian; texts end with a zero byte; times are in 100 ps one way.
"""

import argparse
import json
import struct

LIGHT = 299_792_458.0
INDEX = 1.46800
WAVELENGTH_NM = 1550.0

# position in m, slope before it in dB/km, loss in dB, reflectance in dB, code, comment
EVENTS = [
    (0.0, 0.0, 0.0, -45.5, b"1F9999LS", b"patch panel A"),
    (5000.0, 0.191, 0.312, -48.2, b"1F9999LS", b"connector"),
    (12000.0, 0.189, 0.048, 0.0, b"0F9999LS", b""),
    (20500.0, 0.190, 14.2, -14.7, b"1E9999LS", b"far end"),
]


def steps(metres):
    return round(metres * INDEX / LIGHT / 1e-10)


def text(value):
    return value + b"\0"


def general(version):
    body = b"EN" + text(b"ring north") + text(b"17")
    if version == 2:
        body += struct.pack("<H", 652)
    body += struct.pack("<H", round(WAVELENGTH_NM)) + text(b"node 3") + text("Sp\u00edtal".encode()) + text(b"")
    body += b"CC" + struct.pack("<i", 0)
    if version == 2:
        body += struct.pack("<i", 0)
    return body + text(b"kim") + text(b"before installation")


def supplier():
    return b"".join(map(text, [b"Fabrikam", b"TD-9", b"S100", b"M1550", b"MS7", b"3.1", b"none"]))


def fixed(version, points, spacing_metres, defect):
    body = struct.pack("<I2sH i", 1_790_000_000, b"mt", round(WAVELENGTH_NM * 10), 0)
    if version == 2:
        body += struct.pack("<i", 0)
    spacing = round(spacing_metres * INDEX / LIGHT / 1e-14)
    if defect == "two-pulses":
        body += struct.pack("<H HH II II", 2, 100, 30, spacing, spacing, points, points)
    else:
        body += struct.pack("<H H I I", 1, 100, spacing, points)
    body += struct.pack("<I H I", round(INDEX * 1e5), 815, 30_000)
    if version == 2:
        body += struct.pack("<H", 600)
    body += struct.pack("<I", round(25.0 / 2e-5))
    if version == 2:
        body += struct.pack("<i", 0)
    body += struct.pack("<i H h H H H H", 0, 52_000, 1000, 0, 20, 40_000, 3000)
    if version == 2:
        body += b"ST" + struct.pack("<4i", 0, 0, 0, 0)
    return body


def losses():
    total, before = 0.0, 0.0
    for index, (position, slope, loss, *_rest) in enumerate(EVENTS):
        total += slope * (position - before) / 1e3
        before = position
        if 0 < index < len(EVENTS) - 1:
            total += loss
    return total


def key_events(version, orl):
    body = struct.pack("<H", len(EVENTS))
    for number, (position, slope, loss, reflectance, code, comment) in enumerate(EVENTS, 1):
        body += struct.pack("<H I h h i 8s", number, steps(position), round(slope * 1e3), round(loss * 1e3),
                            round(reflectance * 1e3), code)
        if version == 2:
            at = steps(position)
            body += struct.pack("<5i", max(0, at - 100), at, at + 50, at + 100, at + 5)
        body += text(comment)
    end = steps(EVENTS[-1][0])
    return body + struct.pack("<i i i H i i", round(losses() * 1e3), 0, end, round(orl * 1e3), 0, end)


def trace(points, spacing_metres):
    levels = []
    for index in range(points):
        position = index * spacing_metres
        level = 5.0
        before = 0.0
        for event, slope, loss, *_rest in EVENTS:
            level += slope * (min(position, event) - before) / 1e3 if position > before else 0
            if position >= event:
                level += loss
            before = event
        levels.append(min(65_535, round(level * 1e3)))
    return struct.pack("<I h I H", points, 1, points, 1000) + struct.pack(f"<{points}H", *levels)


def crc16(data, crc):
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def build(version, defect):
    points, spacing, orl = 2500, 10.0, 31.4
    blocks = [
        ("GenParams", general(version)), ("SupParams", supplier()),
        ("FxdParams", fixed(version, points, spacing, defect)),
        ("KeyEvents", key_events(version, 0.0 if defect == "no-orl" else orl)), ("DataPts", trace(points, spacing)),
        ("MakersOwn", b"\x01\x02\x03"), ("Cksum", b"\0\0"),
    ]
    if defect == "no-language":
        blocks[0] = ("GenParams", blocks[0][1][2:])
    if defect == "no-events":
        blocks = [block for block in blocks if block[0] != "KeyEvents"]
    if defect == "no-fixed":
        blocks = [block for block in blocks if block[0] != "FxdParams"]
    if defect == "no-checksum":
        blocks = blocks[:-1]
    number = 200 if version == 2 else 100
    heading = (lambda name: text(name.encode())) if version == 2 else (lambda name: b"")
    bodies = [heading(name) + body for name, body in blocks]
    entries = b"".join(
        text(name.encode()) + struct.pack("<H I", number, len(body)) for (name, _), body in zip(blocks, bodies))
    size = len(heading("Map")) + 8 + len(entries)
    data = heading("Map") + struct.pack("<H I H", number, size, len(blocks) + 1) + entries + b"".join(bodies)
    if defect != "no-checksum":
        data = data[:-2] + struct.pack("<H", crc16(data[:-2], 0 if defect == "checksum-from-0" else 0xFFFF))
    if defect == "changed":
        at = data.index(b"connector")
        data = data[:at] + b"splice   " + data[at + 9:]
    if defect == "cut":
        data = data[:len(data) // 2]
    return data, {
        "length": EVENTS[-1][0], "totalLoss": losses(), "returnLoss": orl, "points": points,
        "events": [{"position": position, "loss": loss} for position, _slope, loss, *_rest in EVENTS],
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("output")
    parser.add_argument("--version", type=int, choices=[1, 2], default=2)
    parser.add_argument("--defect", choices=["changed", "cut", "no-language", "no-events", "no-fixed", "no-orl",
                                             "no-checksum", "two-pulses", "checksum-from-0"])
    arguments = parser.parse_args()
    data, truth = build(arguments.version, arguments.defect)
    with open(arguments.output, "wb") as file:
        file.write(data)
    print(json.dumps(truth))


if __name__ == "__main__":
    main()
