"""The optical power meter of scpi_power_meter.py as a real USB instrument: USBTMC, by FunctionFS, on a USB device controller
of this machine (`dummy_hcd` in vm/run). For tests of the kernel's own usbtmc driver; independent of Sources.

    usbtmc_power_meter.py [--power WATTS] [--defect NAME] [--usb-defect NAME]

Needs root, libcomposite and usb_f_fs. Prints "ready" when it is plugged in; SIGTERM unplugs it and removes what was made.
Written from the USB Test and Measurement Class specification 1.0 (USB-IF): chapter numbers are its.
"""

import argparse
import os
import signal
import struct
import subprocess
import sys
import threading
import time

from scpi_power_meter import DEFECTS, Meter

USB_DEFECTS = {
    "unplugs": "is unplugged while it is asked for the third reading",
    "stalls": "halts its endpoint when it is asked for the third reading",
    "late": "holds the third reading back for half a minute, unless it is cleared",
    "split": "sends each answer in two transfers, as it may (3.3.1.1: EOM)",
    "no-newline": "ends its answers by the message only",
    "wrong-tag": "answers the third reading with another request's tag",
    "short-header": "answers the third reading with five bytes",
    "left-over": "has an answer ready that somebody else asked for",
}
NAME = "tmc-SN42"
GADGET = f"/sys/kernel/config/usb_gadget/{NAME}"
MOUNT = f"/run/{NAME}"


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def descriptors():
    """One interface of class 0xFE, subclass 3, protocol 1 (USB488), a bulk endpoint each way, at three speeds."""
    blocks = []
    for packet in (64, 512, 1024):
        block = struct.pack("<9B", 9, 4, 0, 0, 2, 0xFE, 3, 1, 1)
        for address in (0x01, 0x82):
            block += struct.pack("<BBBBHB", 7, 5, address, 2, packet, 0)
            if packet == 1024:
                block += struct.pack("<BBBBH", 6, 0x30, 0, 0, 0)
        blocks.append(block)
    body = struct.pack("<3I", 3, 3, 5) + b"".join(blocks)
    return struct.pack("<3I", 3, 12 + len(body), 7) + body


def strings():
    text = b"Test and measurement\0"
    return struct.pack("<4IH", 2, 18 + len(text), 1, 1, 0x409) + text


class Instrument:
    def __init__(self, options):
        self.meter = Meter(options.power, 0.002, options.defect)
        self.defect, self.silent = options.usb_defect, options.defect == "silent"
        self.lock = threading.Lock()
        self.answers = [b"7.77E-01"] if self.defect == "left-over" else []
        self.clears, self.struck, self.cleared = 0, False, threading.Event()

    # Gadget

    def plug_in(self):
        for folder in ("", "/strings/0x409", "/configs/c.1", f"/functions/ffs.{NAME}"):
            os.mkdir(GADGET + folder)
        # A test identity of pid.codes; the driver goes by the interface's class.
        write(f"{GADGET}/idVendor", "0x1209")
        write(f"{GADGET}/idProduct", "0x000a")
        for name, text in (("manufacturer", "Fabrikam"), ("product", "PM-1"), ("serialnumber", "SN42")):
            write(f"{GADGET}/strings/0x409/{name}", text)
        os.symlink(f"{GADGET}/functions/ffs.{NAME}", f"{GADGET}/configs/c.1/ffs")
        os.makedirs(MOUNT, exist_ok=True)
        subprocess.run(["mount", "-t", "functionfs", NAME, MOUNT], check=True)
        self.control = os.open(f"{MOUNT}/ep0", os.O_RDWR)
        os.write(self.control, descriptors())
        os.write(self.control, strings())
        self.output = os.open(f"{MOUNT}/ep1", os.O_RDWR)
        self.input = os.open(f"{MOUNT}/ep2", os.O_RDWR)
        for body in (self.serve_control, self.serve_messages):
            threading.Thread(target=body, daemon=True).start()
        write(f"{GADGET}/UDC", os.listdir("/sys/class/udc")[0])
        print("ready", flush=True)

    def unplug(self):
        try:
            write(f"{GADGET}/UDC", "\n")
        except OSError:
            pass  # It was unplugged already.

    def remove(self):
        self.unplug()
        for file in (self.control, self.output, self.input):
            os.close(file)
        subprocess.run(["umount", "--lazy", MOUNT], check=True)
        os.unlink(f"{GADGET}/configs/c.1/ffs")
        for folder in ("/configs/c.1", f"/functions/ffs.{NAME}", "/strings/0x409", ""):
            os.rmdir(GADGET + folder)

    # Control endpoint (4.2.1)

    def serve_control(self):
        while True:
            try:
                event = os.read(self.control, 12)
            except OSError:
                return  # Removed.
            if len(event) < 12 or event[8] != 4:  # SETUP
                continue
            request, length = event[1], struct.unpack("<H", event[6:8])[0]
            reply = self.control_reply(request)
            try:
                # Reading where data is due is how a function refuses.
                os.write(self.control, reply[:length]) if reply else os.read(self.control, 0)
            except OSError:
                pass

    def control_reply(self, request):
        if request == 5:  # INITIATE_CLEAR: forgets what it was asked and what it had to say.
            with self.lock:
                self.clears += 1
                self.cleared.set()
                self.answers = []
            return bytes([1])
        return {
            1: bytes([0x81, 0]), 3: bytes([0x81, 0]),  # INITIATE_ABORT_*: no transfer in progress
            6: bytes([1, 0]),  # CHECK_CLEAR_STATUS: done
            7: struct.pack("<BBHBB6xHBB8x", 1, 0, 0x100, 0, 0, 0x100, 0, 0),  # GET_CAPABILITIES
        }.get(request)

    # Bulk endpoints (3.2, 3.3)

    def serve_messages(self):
        line = b""
        while True:
            try:
                message = os.read(self.output, 16384)
            except OSError:
                time.sleep(0.05)  # Not enabled yet, or unplugged.
                continue
            if len(message) < 12 or message[1] ^ message[2] != 0xFF:
                continue
            kind, tag, size, attributes = message[0], message[1], struct.unpack("<I", message[4:8])[0], message[8]
            if kind == 1:  # DEV_DEP_MSG_OUT
                line += message[12:12 + size]
                if attributes & 1:
                    self.take(line)
                    line = b""
            elif kind == 2:  # REQUEST_DEV_DEP_MSG_IN
                self.send(tag, size)

    def take(self, line):
        for command in line.decode("ascii", "replace").splitlines():
            reply = self.meter.answer(command)
            if reply is not None and not self.silent:
                text = reply.encode() + (b"" if self.defect == "no-newline" else b"\n")
                with self.lock:
                    half = len(text) // 2
                    self.answers += [text[:half], text[half:]] if self.defect == "split" else [text]

    def send(self, tag, size):
        strikes = self.meter.readings == 3 and not self.struck
        self.struck = self.struck or strikes
        if strikes and self.defect == "unplugs":
            return self.unplug()
        if strikes and self.defect == "stalls":
            try:
                os.read(self.input, 1)  # The wrong direction: halts the endpoint.
            except OSError:
                pass
            return
        clears = self.clears
        if strikes and self.defect == "late":
            self.cleared.clear()
            self.cleared.wait(30)
        with self.lock:
            if not self.answers or clears != self.clears:
                return
            data = self.answers.pop(0)[:size]
        last = not (self.defect == "split" and not data.endswith(b"\n"))
        if strikes and self.defect == "wrong-tag":
            tag = tag % 255 + 1
        message = struct.pack("<BBBxIB3x", 2, tag, ~tag & 0xFF, len(data), int(last)) + data
        message += bytes(-len(message) % 4)
        try:
            os.write(self.input, message[:5] if strikes and self.defect == "short-header" else message)
        except OSError:
            pass  # Unplugged, or nobody waits any more.


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--power", type=float, default=1.25e-5)
    parser.add_argument("--defect", choices=DEFECTS)
    parser.add_argument("--usb-defect", choices=USB_DEFECTS)
    instrument = Instrument(parser.parse_args())
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    instrument.plug_in()
    signal.sigwait([signal.SIGTERM])
    instrument.remove()
    # Its threads may wait in the kernel for a host that is gone.
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
