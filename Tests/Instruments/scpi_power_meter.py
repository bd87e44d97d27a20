"""An optical power meter behind a pseudo-terminal, by the conventions of SCPI: for tests, independent of Sources.

    scpi_power_meter.py [--power WATTS] [--scatter RELATIVE] [--defect NAME]

Prints the path of its terminal, then answers until its standard input closes. Headers have a short and a long form
(`SENS`, `SENSE`), queries end with `?`, errors go to a queue that SYST:ERR? takes from.
"""

import argparse
import os
import random
import select
import sys
import time
import tty

DEFECTS = ["silent", "garbage", "binary", "over-range", "decibels", "stuck-unit", "stuck-wavelength", "no-wavelength",
           "endless-wavelength", "metres", "old-errors", "error-per-reading", "endless-errors", "late", "hangs-up",
           "endless-line", "no-identity"]

LONG = {"SENSE": "SENS", "CORRECTION": "CORR", "WAVELENGTH": "WAV", "POWER": "POW", "MEASURE": "MEAS",
        "SYSTEM": "SYST", "ERROR": "ERR"}


class Meter:
    def __init__(self, power, scatter, defect):
        self.power, self.scatter, self.defect = power, scatter, defect
        self.wavelength = 1310.0
        self.unit = "DBM" if defect in ("decibels", "stuck-unit") else "W"
        self.errors = []
        self.readings = 0
        self.random = random.Random(7)

    def answer(self, line):
        """The reply to one line, or None."""
        header, _, argument = line.strip().partition(" ")
        query = header.endswith("?")
        words = [LONG.get(word, word) for word in header.upper().rstrip("?").split(":") if word]
        name = ":".join(words)
        if name == "*IDN" and query:
            return "hello" if self.defect == "no-identity" else "Fabrikam,PM-1,SN42,1.07"
        if name == "*CLS":
            self.errors = []
            if self.defect == "old-errors":
                self.errors = ['-350,"Queue overflow"']
            return None
        if name == "SYST:ERR" and query:
            if self.defect == "endless-errors":
                return '-310,"System error"'
            return self.errors.pop(0) if self.errors else '+0,"No error"'
        if name == "SENS:CORR:WAV":
            if query:
                if self.defect in ("no-wavelength", "endless-wavelength"):
                    return "9.91E37" if self.defect == "no-wavelength" else "INF"
                return f"{self.wavelength * 1e-9:.6E}" if self.defect == "metres" else f"{self.wavelength:.3f}"
            value = float(argument)
            if not 800 <= value <= 1700:
                self.errors.append('-222,"Data out of range"')
            elif self.defect != "stuck-wavelength":
                self.wavelength = value
            return None
        if name == "SENS:POW:UNIT":
            if query:
                return self.unit
            if self.defect != "stuck-unit":
                self.unit = argument.strip().upper()
            return None
        if name == "MEAS:POW" and query:
            return self.measure()
        self.errors.append('-113,"Undefined header"')
        return None

    def measure(self):
        self.readings += 1
        if self.defect == "garbage" and self.readings == 3:
            return "OVER TEMP"
        if self.defect == "over-range":
            return "9.9E+37"
        if self.defect == "error-per-reading":
            self.errors.append('-230,"Data corrupt or stale"')
        value = self.power * self.random.gauss(1, self.scatter)
        return f"{value:.6E}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--power", type=float, default=1.25e-5)
    parser.add_argument("--scatter", type=float, default=0.002)
    parser.add_argument("--defect", choices=DEFECTS)
    options = parser.parse_args()
    meter = Meter(options.power, options.scatter, options.defect)
    master, slave = os.openpty()
    tty.setraw(slave)
    print(os.ttyname(slave), flush=True)
    buffer = b""
    while True:
        ready, _, _ = select.select([master, sys.stdin], [], [])
        if sys.stdin in ready and not os.read(sys.stdin.fileno(), 100):
            return
        if master not in ready:
            continue
        buffer += os.read(master, 1000)
        while b"\n" in buffer:
            line, buffer = buffer.split(b"\n", 1)
            reply = meter.answer(line.decode("ascii", "replace"))
            if reply is None or options.defect == "silent":
                continue
            if options.defect == "hangs-up" and meter.readings == 2:
                os.close(slave)
                os.close(master)
                return
            if options.defect == "late" and meter.readings == 2:
                time.sleep(1.2)
                meter.readings += 1
            if options.defect == "binary" and meter.readings:
                os.write(master, bytes([0xFF, 0x00, 0x81, 0x0A]))
            elif options.defect == "endless-line" and meter.readings:
                os.write(master, b"1" * 3000)
                os.write(master, b"1" * 3000)
            else:
                os.write(master, reply.encode() + b"\r\n")


if __name__ == "__main__":
    main()
