"""Key between two nodes, for the demo: two agents with their own folders, keys, records and consumers, a peer channel between
them, and two independent consumers in Python that reconcile what they were given."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".build" / "test-python" / "bin" / "python"
PYTHON_PACKAGES = ROOT / "Scripts" / "test-python"
CONSUMER = ROOT / "Examples" / "python-consumer" / "consumer.py"
RECONCILE = ROOT / "Examples" / "reconciliation" / "reconcile.py"
EVIDENCE = ROOT / "Examples" / "evidence_verify.py"

LINK = "demo"
SYMBOL_RATE = 8e6  # Hz: more than the emulator makes; it is not paced
VACUUM = 0.3
# The demo's own bound: an installation wants a fifth of the null-key noise at 6.5 sigma, which takes six times the samples.
SIGMAS, SHARE = 6.5, 0.5
WINDOWS = 3
ENDS = ("alice", "bob")


class KeyFailed(Exception):
    pass


class Node:
    """An agent with all that belongs to its node."""

    def __init__(self, end, folder, binaries, environment):
        self.end, self.folder, self.binaries, self.environment = end, folder, binaries, environment
        self.process = self.consumer = None
        for name in ("", "state", "run", "blocks"):
            path = folder / name
            path.mkdir(exist_ok=True)
            path.chmod(0o700)
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", folder / "node.pem"], check=True)
        (folder / "node.pem").chmod(0o600)
        shown = subprocess.run(["openssl", "pkey", "-in", folder / "node.pem", "-pubout"], check=True, text=True,
                               stdout=subprocess.PIPE).stdout
        self.public_key = shown.splitlines()[1]
        subprocess.run([PYTHON, CONSUMER, "keygen", "--key", folder / "consumer.key", "--public", folder / "consumer.pub"],
                       check=True, stdout=subprocess.DEVNULL)

    @property
    def control(self):
        return self.folder / "run" / "control.sock"

    def configure(self, selector, other, peer):
        side = "listen" if self.end == "alice" else "connect"
        (self.folder / "agent.yaml").write_text(f"""\
node: {self.end}-node
state: {self.folder}/state
runtime: {self.folder}/run
signingKey: {self.folder}/node.pem
records:
  store: {self.folder}/records
units:
  - name: unit
    selector: {selector}
spool:
  policy: memory
  bytes: 640 MiB
links:
  - id: {LINK}
    end: {self.end}
    unit: unit
    test: true
    purpose: key
    symbolRate: {SYMBOL_RATE}
    vacuumFraction: {VACUUM}
    peer:
      {side}: unix:{peer}
      nodeKeys: ["{other.public_key}"]
    evidence:
      boundSigmas: {SIGMAS}
      shareOfNullKey: {SHARE}
      deadline: 10
consumers:
  - name: demo
    link: {LINK}
    publicKey: {self.folder}/consumer.pub
    users: [{os.geteuid()}]
    takesCiphertextEarly: true
""")

    def start(self):
        self.log = open(self.folder / "agent.log", "a")
        self.process = subprocess.Popen(
            [self.binaries / "cvqkd-agent", "--config", self.folder / "agent.yaml"], env=self.environment,
            stdout=self.log, stderr=subprocess.STDOUT)

    def stop_agent(self):
        """As systemd does it: SIGTERM, and it ends in order."""
        self.process.terminate()
        if self.process.wait(timeout=30) != 0:
            raise KeyFailed(f"the agent of {self.end} ended with {self.process.returncode}")

    def consume(self, blocks):
        """An independent consumer that ends after so many blocks."""
        self.consumer_log = open(self.folder / "consumer.log", "w")
        self.consumer = subprocess.Popen(
            [PYTHON, CONSUMER, "--socket", self.folder / "run" / f"{LINK}.sock", "--link", LINK, "--consumer", "demo", "--key",
             self.folder / "consumer.key", "--out", self.folder / "blocks", "--blocks", str(blocks), "--patience", "60",
             "--json", self.folder / "consumer.json"], stdout=self.consumer_log, stderr=subprocess.STDOUT)

    def ask(self, *words):
        done = subprocess.run([self.binaries / "cvqkd", *words, "--agent", self.control], text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, env=self.environment)
        return done.stdout if done.returncode == 0 else None

    def link(self):
        """The link as the agent tells it; None while it does not answer."""
        said = self.ask("agent", "status", "--json")
        return None if said is None else next(link for link in json.loads(said)["links"] if link["id"] == LINK)

    def items(self):
        said = self.ask("blocks", "list", LINK, "--json")
        return [] if said is None else json.loads(said)["items"]

    def stop(self):
        for process in (self.process, self.consumer):
            if process and process.poll() is None:
                process.terminate()
        for process in (self.process, self.consumer):
            if process:
                try:
                    process.wait(timeout=15)
                except subprocess.TimeoutExpired:
                    process.kill()


def told(nodes, what, seconds, every=0.5):
    """Waits until `what` says something of the nodes' links; says once in a while how they stand."""
    end = time.monotonic() + seconds
    shown = None
    while time.monotonic() < end:
        for node in nodes:
            if node.process.poll() is not None:
                raise KeyFailed(f"the agent of {node.end} ended: " + (node.folder / "agent.log").read_text()[-500:])
        links = [node.link() for node in nodes]
        if all(links):
            now = [(link["state"], link["startWindows"]["passed"]) for link in links]
            if now != shown:
                print("  " + "   ".join(f"{node.end}: {link['state']}, {link['startWindows']['passed']} windows released"
                                        for node, link in zip(nodes, links)), flush=True)
                shown = now
            found = what(links)
            if found:
                return found
        time.sleep(every)
    raise KeyFailed(f"it did not come to that within {seconds:.0f} s: {shown}; {links and [link and link['reason'] for link in links]}")


def released_windows(node):
    """Blocks of each released window of a node, by session and ordinal."""
    return {(item["session"], int(item["window"])): int(item["cells"]) for item in node.items()
            if item["kind"] == "window" and item["outcome"] == "released"}


def counts(link):
    return {name: link["startWindows"][name] for name in ("attempted", "passed", "revoked", "interrupted", "insufficient")}


def reconcile(nodes, folder, frames):
    """Two processes that share nothing with the agents; returns what each says."""
    channel = folder / "reconciliation.sock"
    running = []
    for node in reversed(nodes):
        words = [PYTHON, RECONCILE, node.end, "--channel", channel, "--source", f"directory:{node.folder / 'blocks'}",
                 "--frames", str(frames), "--json", node.folder / "reconciled.json", "--most-rejected", "0.5"]
        log = open(node.folder / "reconciliation.log", "w")
        running.append((node, subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT)))
        time.sleep(0.5)
    start = time.monotonic()
    while any(process.poll() is None for _, process in running):
        if time.monotonic() - start > 150:
            for _, process in running:
                process.kill()
            raise KeyFailed("the reconciliation did not end")
        time.sleep(1)
        print(f"\r  reconciling, {time.monotonic() - start:.0f} s", end="", flush=True) if sys.stdout.isatty() else None
    print()
    for node, process in running:
        if process.returncode != 0:
            raise KeyFailed(f"the reconciliation of {node.end} ended with {process.returncode}: "
                            + (node.folder / "reconciliation.log").read_text()[-600:])
    return {node.end: json.loads((node.folder / "reconciled.json").read_text()) for node in nodes}


def attack(nodes, inject):
    """An attack on the running links: why they stand still then, and how many blocks of later windows were released."""
    inject()
    before = [released_windows(node) for node in nodes]
    links = told(nodes, lambda links: links if all(link["state"] == "latched" for link in links) else None, 60)
    later = {node.end: sum(blocks for window, blocks in released_windows(node).items() if window not in known)
             for node, known in zip(nodes, before)}
    return links, later


def run(binaries, out, store, selectors, environment, inject, frames, say):
    """Everything; returns what goes into the summary."""
    # grpcio, cryptography, numpy and information-reconciliation, from PyPI, once.
    subprocess.run([PYTHON_PACKAGES], check=True, stdout=subprocess.DEVNULL)
    folder = out / "nodes"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    folder.chmod(0o700)
    say("Two nodes: an agent each, with its own folders, signing key, copy of the records, and consumer")
    nodes = [Node(end, folder / end, binaries, environment) for end in ENDS]
    (folder / "peer").mkdir(mode=0o700)
    for node, other in zip(nodes, reversed(nodes)):
        shutil.copytree(store, node.folder / "records")
        node.configure(selectors[node.end], other, folder / "peer" / "link.sock")
    check = subprocess.run([binaries / "cvqkd-agent", "--config", nodes[1].folder / "agent.yaml", "--check"], env=environment)
    if check.returncode != 0:
        raise KeyFailed("the configuration is refused")
    try:
        return course(nodes, folder, inject, frames, say)
    finally:
        for node in nodes:
            node.stop()


def course(nodes, folder, inject, frames, say):
    for node in nodes:
        node.start()
    for node in nodes:
        node.consume(0)
    say(f"Key sessions, until {WINDOWS} evidence windows have passed (the demo's bound: {SIGMAS} σ of V_on = {SHARE} ξ_null)")
    plan = told(nodes, lambda links: links[ENDS.index("bob")]["windowPlan"], 60)
    print(f"  a window: {plan['vacuumSamples']} vacuum samples, {plan['symbols']} symbols, {plan['blocks']} blocks at each end, "
          f"{plan['seconds']:.1f} s; V_on could hide {plan['hiddenExcessNoise']:.4f} SNU of excess noise, "
          f"ξ_null is {plan['nullKeyNoise']:.4f} SNU")
    first = told(nodes, lambda links: links if all(link["startWindows"]["passed"] >= WINDOWS for link in links) else None, 120)
    say("Both agents are restarted, as for an upgrade: the session ends in order, and another begins")
    for node in nodes:
        node.stop_agent()
    for node in nodes:
        node.start()
    told(nodes, lambda links: all(link["startWindows"]["passed"] >= 1 for link in links), 120)
    say("An eavesdropper changes the local oscillator's calibration: the true shot noise is not the calibrated one")
    links, after_attack = attack(nodes, lambda: inject("lo-calibration", "1.5"))
    for node, link in zip(nodes, links):
        print(f"  {node.end} is {link['state']}: {link['reason']}")
    revoked = [counts(link)["revoked"] for link in links]
    causes = [link["reason"] for link in links]
    say("The attack ends. An operator of each node looks for the cause, and lets the link go on")
    inject("no-attack")
    for node in nodes:
        if node.ask("link", "release", LINK, "--reason", "demo: the cause was found and removed") is None:
            raise KeyFailed(f"the link of {node.end} could not be released")
    passed = [link["startWindows"]["passed"] for link in links]
    links = told(nodes, lambda links: links if all(link["startWindows"]["passed"] > before for link, before in
                                                   zip(links, passed)) else None, 90)
    said = {}
    for node in nodes:
        node.consumer.send_signal(signal.SIGINT)
        if node.consumer.wait(timeout=20) != 0:
            raise KeyFailed(f"the consumer of {node.end}: " + (node.folder / "consumer.log").read_text()[-500:])
        said[node.end] = json.loads((node.folder / "consumer.json").read_text())
    for node in nodes:
        node.stop()
    say("Two consumers reconcile what they were given: multidimensional reconciliation and LDPC from PyPI, over a channel of their own")
    keep_first_session(nodes)
    found = reconcile(nodes, folder, frames)
    return {"consumers": said, "reconciled": found, "afterAttack": after_attack, "revokedWindows": revoked, "causes": causes,
            "windows": {node.end: {name: before[name] + after[name] for name in before} for node, before, after in
                        zip(nodes, map(counts, first), map(counts, links))}}


def keep_first_session(nodes):
    """The bits are made of the first session, which nobody attacked: in the other one V_on of all windows has the attack in it,
    which whoever estimates is to see."""
    sessions = {path.name.split("-")[0] for path in (nodes[1].folder / "blocks").glob("*.header")}
    first = min(sessions, key=lambda session: min(
        path.stat().st_mtime for path in (nodes[1].folder / "blocks").glob(f"{session}-*.header")))
    for node in nodes:
        for path in list((node.folder / "blocks").rglob("*-*.*")):
            if not path.name.startswith(first + "-"):
                path.unlink()
