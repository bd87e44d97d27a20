"""Commissions an emulated pair with the built programs: killed after the beginning of every step and resumed, and once
more by a person at a real terminal (pexpect).

    commission.py BINARIES      (with pexpect importable; exits 0 if all is as it should be)
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pexpect

BINARIES = Path(sys.argv[1])
STEPS = ["fibre", "warmUp", "selfTest", "receiver", "transmitter", "polarisation", "pair", "soak"]
QUICK = ["--vacuum-samples", "1e6", "--dark-samples", "1e6", "--stability-windows", "8", "--stability-samples", "1e5",
         "--interval", "1", "--accept-failures"]
failures = []


def expect(condition, what):
    print(("ok      " if condition else "FAILED  ") + what, flush=True)
    if not condition:
        failures.append(what)


def main():
    with tempfile.TemporaryDirectory(prefix="cvqkd-commission-") as folder:
        units = f"{folder}/units"
        environment = dict(os.environ, CVQKD_UNIT_DIRECTORY=units, XDG_RUNTIME_DIR=folder,
                           CVQKD_STATE_DIRECTORY=f"{folder}/state", USER="kim", SWIFT_BACKTRACE="enable=no")
        emulator = subprocess.Popen([BINARIES / "cvqkd-emulator", "run", "--directory", units, "--socket", f"{folder}/s",
                                     "--warm-up", "0.2"], stdout=subprocess.PIPE, text=True)
        for line in emulator.stdout:
            if line.startswith("ready"):
                break
        pair = ["--alice", f"serial:{units}/alice-0", "--bob", f"serial:{units}/bob-0"]

        def cvqkd(*arguments):
            return subprocess.run([BINARIES / "cvqkd", *arguments], env=environment, stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=300)

        def status():
            return json.loads(cvqkd("calibrate", "commission", *pair, "--status", "--json").stdout)

        try:
            without = cvqkd("calibrate", "commission", *pair, "--disconnected", "--fibre-loss", "4.2")
            expect(without.returncode == 3 and "station init" in without.stderr, "without a station nothing begins")
            cvqkd("station", "init", "--name", "bench")
            alone = cvqkd("calibrate", "commission", *pair, "--fibre-loss", "4.2")
            expect(alone.returncode == 64 and "--disconnected" in alone.stderr, "a script is told what it has to confirm")
            killed(cvqkd, status, pair, environment)
            interactive(pair, environment)
        finally:
            emulator.kill()
            emulator.wait()
    print(f"{'no' if not failures else len(failures)} failures")
    return 1 if failures else 0


def killed(cvqkd, status, pair, environment):
    """The power fails in every step; the next run goes on there, and does nothing twice that was done."""
    command = [BINARIES / "cvqkd", "calibrate", "commission", *pair, *QUICK, "--soak", "3", "--disconnected",
               "--fibre-loss", "4.2", "--orl", "45"]
    for step in STEPS[1:]:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        number = STEPS.index(step) + 1
        for line in process.stderr:
            if line.startswith(f"step {number} of"):
                break
        time.sleep(1.5 if step == "soak" else 0.1)
        process.send_signal(signal.SIGKILL)
        process.wait()
        # The units go dark two seconds after their last heartbeat.
        time.sleep(2.5)
        found = status()
        states = {entry["step"]: entry["state"] for entry in found["steps"]}
        expect(found["next"] == step and states[step] == "begun"
               and all(states[other] == "done" for other in STEPS[:number - 1]), f"killed in {step}: it is next")
    end = cvqkd("calibrate", "commission", *pair, *QUICK, "--soak", "3", "--resume", "--json")
    dossier = json.loads(end.stdout)
    attempts = {entry["step"]: entry["attempts"] for entry in status()["steps"]}
    # The fibre's first attempt is the one that nobody confirmed.
    expect(all(attempts[step] == 2 for step in STEPS), f"each step was begun twice, and none a third time: {attempts}")
    record = dossier["record"]
    expect(record["procedure"] == "commissioning" and len(record["references"]) == 3, "the dossier names three records")
    expect(any(phase["name"] == "soak" for phase in record["phases"]), "the soak is in it")
    verified = cvqkd("calibration", "verify")
    expect(verified.returncode == 0, f"the store verifies: {verified.stderr}")
    pair_record = record["references"][2]
    compared = cvqkd("calibration", "compare", pair_record, "--json")
    expect(compared.returncode == 0 and any(
        difference["quantity"] == "loss" for difference in json.loads(compared.stdout)["differences"]),
        f"a pair's record is compared with it: {compared.stderr}")
    cvqkd("calibration", "maintenance", pair[3], "--note", "cleaned")
    due = json.loads(cvqkd("calibration", "due", "--bob", pair[3], "--json").stdout)
    expect(any(reason["cause"] == "maintenance" for reason in due["reasons"]), "maintenance makes it due")


def interactive(pair, environment):
    """The person at a terminal: answers, a bad answer, Ctrl-C, and on."""
    arguments = ["calibrate", "commission", *pair, *QUICK, "--soak", "1", "--new"]
    terminal = pexpect.spawn(str(BINARIES / "cvqkd"), arguments, env=environment, encoding="utf-8", timeout=60)
    terminal.expect("dark .*signal laser off")
    terminal.expect("dark .*local oscillator off")
    terminal.expect("Is it uncoupled")
    terminal.sendline("perhaps")
    terminal.expect("Is it uncoupled")
    terminal.sendline("y")
    terminal.expect("Loss of the fibre")
    terminal.sendline("/no/such.sor")
    terminal.expect("cannot be read")
    terminal.expect("Loss of the fibre")
    terminal.sendline("4.2")
    terminal.expect("return loss")
    terminal.sendline("")
    terminal.expect("read back before coupling")
    terminal.expect("Is it coupled")
    terminal.sendline("y")
    terminal.expect("step 4 of 8")
    terminal.sendintr()
    terminal.expect("Ending in order")
    terminal.expect("the same command goes on")
    terminal.expect(pexpect.EOF)
    terminal.close()
    expect(terminal.exitstatus == 130, f"Ctrl-C ends it in order: {terminal.exitstatus}")
    terminal = pexpect.spawn(str(BINARIES / "cvqkd"), arguments[:-1], env=environment, encoding="utf-8", timeout=120)
    terminal.expect("step 4 of 8")
    terminal.expect("dossier +[0-9a-f]{64}")
    terminal.expect(pexpect.EOF)
    terminal.close()
    expect(True, "a person goes through to the dossier")


if __name__ == "__main__":
    sys.exit(main())
