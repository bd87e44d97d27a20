"""An optical power meter on a pseudo-terminal that does one thing as some makers do it, and others do not: for tests.

    scpi_oddities.py ODDITY

Prints the path of its terminal, then answers until its standard input closes.
"""

import os
import pty
import select
import sys
import time
import tty

ANSWERS = {
    "*IDN?": {"idn3": "MAKER,PM-1,1.0", "idn5": "MAKER, Inc.,PM-1,123,1.0", "idnplain": "PM-1 v1.4 built Jun 14",
              "idnempty": ",,,"},
    "SENS:CORR:WAV?": {"wavm": "1.55000000E-06", "wavunit": "1550.0 nm", "wavcomma": "1550,0"},
    "SENS:POW:UNIT?": {"unit0": "0", "unit1": "+1", "unitquoted": '"W"', "unitsingle": "'W'", "unitreal": "0.0", "watt": "WATT",
                       "unitnone": ""},
    "SYST:ERR?": {"err3": '-113,"Undefined header"', "noerr": "No error", "noerrquoted": '"No error"', "errplus": '+0,"No error"'},
    "MEAS:POW?": {"over": "9.9E37", "minusover": "-9.91E37", "nan": "NAN", "inf": "+INF", "commadec": "1,234E-03",
                  "unitsuffix": "1.234E-03 W", "milli": "1.234 mW", "negative": "-1.2E-09", "many": "1.2E-03,1.3E-03",
                  "junk": "1.23\xb5W", "dbm": "-29.1", "dbmplus": "3.2", "dbmsuffix": "-29.1 dBm"},
}


def main():
    odd = sys.argv[1]
    master, slave = pty.openpty()
    tty.setraw(slave)
    tty.setraw(master)
    print(os.ttyname(slave), flush=True)
    end = b"\n\r" if odd == "nlcr" else b"\r\n"
    wavelength, count = 1550.0, 0

    def say(text):
        os.write(master, text.encode("latin1") + end)

    buffer = b""
    while True:
        ready, _, _ = select.select([master, sys.stdin], [], [])
        if sys.stdin in ready and not os.read(sys.stdin.fileno(), 100):
            return
        if master not in ready:
            continue
        buffer += os.read(master, 1024)
        while b"\n" in buffer:
            line, buffer = buffer.split(b"\n", 1)
            query = line.decode("latin1").strip().upper()
            if odd in ("echo", "echolower"):
                say(query if odd == "echo" else query.lower())
            os.write(master, {"prompt": b"> ", "promptroot": b"# ", "promptname": b"PM: "}.get(odd, b""))
            if query.startswith("SENS:CORR:WAV "):
                wavelength = float(query.split()[1])
            if not query.endswith("?"):
                if odd == "ack":
                    say("OK")
                continue
            usual = {"*IDN?": "MAKER,PM-1,123,1.0", "SENS:CORR:WAV?": f"{wavelength:.2f}", "SENS:POW:UNIT?": "W",
                     "SYST:ERR?": '0,"No error"'}.get(query)
            if query == "MEAS:POW?":
                count += 1
                usual = f"{1.234e-3 * (1 + count * 1e-4):.6E}"
                if odd == "half" and count == 2:
                    os.write(master, usual[:4].encode())
                    time.sleep(0.5)
                    usual = usual[4:]
                if odd == "slow" and count == 3:
                    continue
            say(ANSWERS[query].get(odd, usual))
            if query == "MEAS:POW?" and odd == "unsolicited" and count % 4 == 0:
                say("*** overtemp warning ***")


if __name__ == "__main__":
    main()
