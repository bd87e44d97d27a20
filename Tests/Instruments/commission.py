"""Commissions an emulated pair with the built programs: killed after the beginning of every step and resumed; with a
maker's values and a power meter; by a person at a real terminal (pexpect); and on disks that are full or read-only.

    commission.py BINARIES [SCENARIO]...    (with pexpect importable; exits 0 if all is as it should be)
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

BINARIES = Path(sys.argv[1]).resolve()
STEPS = ["fibre", "warmUp", "selfTest", "receiver", "transmitter", "polarisation", "pair", "soak"]
QUICK = ["--vacuum-samples", "1e6", "--dark-samples", "1e6", "--stability-windows", "8", "--stability-samples", "1e5",
         "--interval", "1", "--accept-failures"]
# Light at Bob's connector, W.
POWER = 1e-3
passed = []
failures = []


def expect(condition, what):
    print(("ok      " if condition else "FAILED  ") + what, flush=True)
    (passed if condition else failures).append(what)


def main():
    with tempfile.TemporaryDirectory(prefix="cvqkd-commission-") as folder:
        units = f"{folder}/units"
        environment = dict(os.environ, CVQKD_UNIT_DIRECTORY=units, XDG_RUNTIME_DIR=folder,
                           CVQKD_RUNTIME_DIRECTORY=f"{folder}/cvqkd",
                           CVQKD_STATE_DIRECTORY=f"{folder}/state", USER="kim", SWIFT_BACKTRACE="enable=no")
        emulator = subprocess.Popen([BINARIES / "cvqkd-emulator", "run", "--directory", units, "--socket", f"{folder}/s",
                                     "--warm-up", "0.2", "--reference-light", str(POWER)], stdout=subprocess.PIPE, text=True)
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
            for scenario in sys.argv[2:] or ["killed", "informed", "interactive", "without_room"]:
                if scenario == "killed":
                    killed(cvqkd, status, pair, environment)
                elif scenario == "informed":
                    informed(cvqkd, pair, folder)
                elif scenario == "interactive":
                    interactive(pair, environment)
                else:
                    without_room(pair, environment, folder)
        finally:
            emulator.kill()
            emulator.wait()
    print(f"{len(passed)} passed, {len(failures)} failed")
    return 1 if failures or not passed else 0


def wait_until_dark(environment):
    """The units go dark two seconds after their last heartbeat."""
    command = [BINARIES / "cvqkd-emulator", "state", "--socket", Path(environment["XDG_RUNTIME_DIR"]) / "s"]
    limit = time.monotonic() + 10
    while time.monotonic() < limit:
        state = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout)
        if all(unit["state"] == "dark" for unit in state["pairs"][0]["units"]):
            return
        time.sleep(0.05)
    expect(False, f"the units go dark: {state}")


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
        # In the midst of the step, wherever that is: nothing tells from outside.
        time.sleep(1.5 if step == "soak" else 0.1)
        process.send_signal(signal.SIGKILL)
        process.wait()
        wait_until_dark(environment)
        found = status()
        states = {entry["step"]: entry["state"] for entry in found["steps"]}
        expect(found["next"] == step and states[step] == "begun"
               and all(states[other] == "done" for other in STEPS[:number - 1]), f"killed in {step}: it is next")
    end = cvqkd("calibrate", "commission", *pair, *QUICK, "--soak", "3", "--resume", "--json")
    dossier = json.loads(end.stdout)
    attempts = {entry["step"]: entry["attempts"] for entry in status()["steps"]}
    # What nobody confirms is not begun: the fibre has one attempt less.
    expect(all(attempts[step] == (1 if step == "fibre" else 2) for step in STEPS),
           f"each step was begun twice, and none a third time: {attempts}")
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


def informed(cvqkd, pair, folder):
    """What the maker and a power meter say of the receiver is used, and named."""
    values = {"version": 1, "procedure": "factory", "sequence": 0, "started": "2026-10-01T08:00:00.000Z",
              "ended": "2026-10-01T09:00:00.000Z", "operatorName": "laboratory", "station": "maker", "program": "",
              "units": [{"role": "bob", "serial": "NOVA-B-0001", "model": "NOVA LQ", "firmware": "0.1.0", "emulated": False,
                         "schemaFingerprint": ""}], "instruments": [], "conditions": [], "rawSums": [], "budget": [],
              "curves": [], "remarks": [], "references": [], "outcome": "pass",
              "phases": [{"name": "factory", "started": "2026-10-01T08:00:00.000Z", "duration": 3600, "outcome": "pass",
                          "measurements": [{"name": "detectorEfficiency", "value": 0.59, "sigma": 0.008, "unit": "1",
                                            "source": "factory"}]}]}
    Path(f"{folder}/values.json").write_text(json.dumps(values))
    subprocess.run(f"cd {folder} && openssl genpkey -algorithm ed25519 -out maker.key && chmod 600 maker.key && "
                   "openssl pkey -in maker.key -pubout -out maker.pem", shell=True, check=True)
    for command in (["station", "trust", f"{folder}/maker.pem", "--name", "maker", "--as", "factory"],
                    ["calibration", "sign", f"{folder}/values.json", "--key", f"{folder}/maker.key", "--output",
                     f"{folder}/values.cal"], ["calibration", "import", f"{folder}/values.cal"]):
        done = cvqkd(*command)
        expect(done.returncode == 0, f"{' '.join(command[:2])}: {done.stderr}")
    meter = subprocess.Popen([sys.executable, Path(__file__).parent / "scpi_power_meter.py", "--power", str(POWER)],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    path = f"scpi:{meter.stdout.readline().strip()}"
    alone = cvqkd("calibrate", "bob", pair[3], "--power-meter", path, *QUICK[:8], "--sweep-samples", "1e5",
                  "--capture-samples", "50000", "--yes", "--json")
    shown, told = alone.stderr.find("local oscillator off"), alone.stderr.find("The meter's fibre is taken as moved")
    expect(alone.returncode == 0 and 0 <= shown < told, f"calibrate bob shows the light before a fibre is moved: {alone.stderr[-300:]}")
    end = cvqkd("calibrate", "commission", *pair, *QUICK, "--soak", "1", "--new", "--disconnected", "--fibre-loss", "4.2",
                "--power-meter", path, "--sigma-excess-noise", "0.01", "--loss", "10",
                "--json")
    meter.stdin.close()
    meter.wait()
    record = json.loads(end.stdout)["record"] if end.stdout else {"phases": [], "remarks": [], "budget": []}
    found = {}
    for phase in record["phases"]:
        for value in phase["measurements"]:
            found.setdefault(phase["name"], {})[value["name"]] = value
    efficiency = found.get("efficiency", {})
    known = efficiency.get("detectorEfficiency", {})
    expect(known.get("value") == 0.59 and known.get("source") == "factory", f"the receiver's step has the maker's η: {known}")
    expect(efficiency.get("opticalPower", {}).get("source") == "instrument"
           and efficiency.get("efficiencyRatio", {}).get("source") == "verifiedRatio",
           f"and the power meter's reading: {end.stderr[-400:]}")
    expect(any(remark.startswith("η is the factory's") for remark in record["remarks"])
           and "η is the factory's" in end.stderr, "which η it is, is said in the dossier and on the screen")
    expect("light, read back before coupling the light" in end.stderr
           and "light, read back before coupling the fibre" in end.stderr, "the light is shown before a fibre is moved")
    # Heterodyne at 4.2 dB: 4.2 million symbols, of which 0.54 are training and 0.4 vacuum. At 10 dB they would be 60 million.
    taken = found.get("training", {}).get("lostSymbols", {}).get("samples", 0)
    expect(4.0e6 < taken < 6e6, f"the pair's step is planned for the wanted σ(ξ) at the measured loss: {taken}")
    expect(end.stderr.count("in all") == 7, "each step's plan is shown before it starts")
    # T·η is what is measured: T by the maker's η is 0.6/0.59 of T by the unit's own.
    loss = found.get("training", {}).get("transmittance", {})
    expect(abs(loss.get("value", 0) - 0.3162 * 0.6 / 0.59) < 5 * loss.get("sigma", 0), f"the pair's T goes by it: {loss}")
    variance = found.get("training", {}).get("modulationVariance", {})
    expect(variance.get("source") == "verifiedRatio" and variance.get("sigma", 0) > 0, f"V_A has Alice's σ: {variance}")
    lines = {(line["result"], line["cause"]): line["sigma"] for line in record["budget"]}
    expect(lines.get(("transmittance", "modulation variance"), 0) > 0, f"and a line in the budget: {sorted(lines)}")


def without_room(pair, environment, folder):
    """A store on a disk of its own that gets full, and one that may only be read: a clear error, and nothing lost."""
    state = f"{folder}/small"
    os.mkdir(state)
    holder = subprocess.Popen(["unshare", "--map-root-user", "--mount", "sh", "-c",
                               f"mount -t tmpfs -o size=6m,mode=0755 none {state} && echo mounted && exec sleep 600"],
                              stdout=subprocess.PIPE, text=True)
    holder.stdout.readline()
    inside = ["nsenter", f"--target={holder.pid}", "--user", "--mount", "--preserve-credentials"]
    environment = dict(environment, CVQKD_STATE_DIRECTORY=state, TMPDIR=folder)

    def run(*command):
        return subprocess.run([*inside, *command], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=300)

    def cvqkd(*arguments):
        return run(BINARIES / "cvqkd", *arguments)

    def fill(left):
        run("sh", "-c", f"rm -f {state}/fill; cat /dev/zero > {state}/fill 2>/dev/null; truncate -s -{left} {state}/fill")

    def light():
        said = [json.loads(cvqkd("status", unit, "--json").stdout)["state"] for unit in (pair[1], pair[3])]
        return said == ["Dark", "Dark"]

    commission = ["calibrate", "commission", *pair, *QUICK, "--soak", "1", "--disconnected", "--fibre-loss", "4.2"]
    try:
        cvqkd("station", "init", "--name", "small")
        fill(64 * 1024)
        early = cvqkd(*commission)
        expect(early.returncode == 1 and "disk is full" in early.stderr and "nothing was begun" in early.stderr,
               f"a full disk is noticed before anything begins: {early.stderr[-300:]}")
        run("rm", f"{state}/fill")
        process = subprocess.Popen([*inside, BINARIES / "cvqkd", *commission], env=environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        said = ""
        for line in process.stderr:
            said += line
            if line.startswith("step 4 of"):
                fill(0)
        process.wait()
        expect(process.returncode == 1 and "disk is full" in said, f"a disk that gets full ends it: {said[-400:]}")
        expect(light(), "and both units are dark")
        spare = [name for name in os.listdir(folder) if name.startswith("cvqkd-bob-NOVA-B-0001-")]
        expect(len(spare) == 1 and "lies unsigned" in said
               and json.loads(Path(folder, spare[0]).read_text())["procedure"] == "bob", f"the record is kept: {spare}")
        run("rm", f"{state}/fill")
        states = {entry["step"]: entry["state"] for entry in
                  json.loads(cvqkd("calibrate", "commission", *pair, "--status", "--json").stdout)["steps"]}
        expect([states[step] for step in STEPS[:4]] == ["done"] * 3 + ["begun"], f"what was done is done: {states}")
        expect(cvqkd("calibration", "verify").returncode == 0, "the store is whole")
        end = cvqkd(*commission, "--resume", "--json")
        expect(end.returncode in (0, 13) and json.loads(end.stdout)["record"]["procedure"] == "commissioning",
               f"with room again it goes on to the dossier: {end.stderr[-300:]}")
        run("mount", "-o", "remount,ro", state)
        for command in (commission + ["--new"], ["calibrate", "bob", pair[3]]):
            refused = cvqkd(*command)
            expect(refused.returncode == 4 and "the disk is read-only" in " ".join(refused.stderr.split())
                   and "phase" not in refused.stderr,
                   f"{command[1]}: a store that may only be read is said before anything begins: {refused.stderr[-300:]}")
        expect(cvqkd("calibration", "verify").returncode == 0
               and "commissioning" in cvqkd("calibration", "list").stdout, "what is in it can be read")
    finally:
        holder.kill()
        holder.wait()


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
    terminal.expect("no such file")
    terminal.expect("Loss of the fibre")
    terminal.sendline("4.2")
    terminal.expect("return loss")
    terminal.sendline("")
    terminal.expect("T = 0.380")
    terminal.expect("this link's fibre")
    terminal.sendline("n")
    terminal.expect("Loss of the fibre")
    terminal.sendline("0.1")
    terminal.expect("return loss")
    terminal.sendline("")
    terminal.expect("BUT a loss of 0.1 dB is little")
    terminal.expect("this link's fibre")
    terminal.sendline("n")
    terminal.expect("Loss of the fibre")
    terminal.sendline("-4.2")
    terminal.expect("the loss is 4.2 dB")
    terminal.expect("Loss of the fibre")
    terminal.sendline("4,2 dB")
    terminal.expect("return loss")
    terminal.sendline("NaN")
    terminal.expect("not a number")
    terminal.expect("return loss")
    terminal.sendline("")
    terminal.expect("this link's fibre")
    terminal.sendline("y")
    terminal.expect("read back before coupling")
    terminal.expect("inspected and clean")
    terminal.sendline("y")
    terminal.expect("Is it coupled")
    terminal.sendline("y")
    terminal.expect("Power at Bob's end")
    terminal.sendline("-30 dBm")
    # What follows from it is shown, and can be taken back.
    terminal.expect("Is that what the meter showed")
    terminal.sendline("y")
    terminal.expect("step 4 of 8")
    terminal.sendintr()
    terminal.expect("Ending in order")
    terminal.expect("the same command goes on")
    terminal.expect(pexpect.EOF)
    terminal.close()
    expect(terminal.exitstatus == 130, f"Ctrl-C ends it in order: {terminal.exitstatus}")
    terminal = pexpect.spawn(str(BINARIES / "cvqkd"), [*arguments[:-1], "--power-reading", str(POWER)], env=environment,
                             encoding="utf-8", timeout=120)
    terminal.expect("step 4 of 8")
    for what in ("the light of known power", "the fibre"):
        terminal.expect("dark .*signal laser off")
        terminal.expect("dark .*local oscillator off")
        terminal.expect(f"Couple {what} to Bob.* Is it coupled")
        terminal.sendline("y")
    terminal.expect("dossier +[0-9a-f]{64}")
    terminal.expect(pexpect.EOF)
    terminal.close()
    expect(True, "a person goes through to the dossier")


if __name__ == "__main__":
    sys.exit(main())
