"""The demo: an emulated heterodyne pair over a 5 dB link on two pseudo-terminals, driven by the real cvqkd program.

Discovers both units, shows who they are and what they measure, runs a calibration session until the link is known well
enough, and compares the estimate with the emulator's own truth over the same symbols. Exit 0 only if all of it happened
within the limits below. Everything is left in .build/demo.
"""

import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".build" / "release"
OUT = ROOT / ".build" / "demo"
UNITS = OUT / "units"
SOCKET = OUT / "control.sock"

LOSS = 5.0  # dB
SYMBOL_RATE = 2.5e6  # Hz: 10 MB/s on each line
SIGMA_EXCESS_NOISE = 0.004  # SNU, at the channel input
SIGMA_TRANSMITTANCE = 1e-3  # relative
MAXIMUM_Z = 5  # five sigma: a correct estimator fails once in 900,000 runs (two figures)


class DemoFailed(Exception):
    pass


def say(text):
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n{text}", flush=True)


def cvqkd(*words, show=True, **options):
    if show:
        print("$ cvqkd " + " ".join(words), flush=True)
    environment = os.environ | {"CVQKD_UNIT_DIRECTORY": str(UNITS)}
    done = subprocess.run([BIN / "cvqkd", *words], env=environment, text=True, **options)
    if done.returncode != 0:
        raise DemoFailed(f"cvqkd {words[0]} ended with exit code {done.returncode}")
    return done.stdout


def start_emulator():
    UNITS.mkdir(parents=True, exist_ok=True)
    emulator = subprocess.Popen(
        [BIN / "cvqkd-emulator", "run", "--directory", UNITS, "--socket", SOCKET, "--loss", str(LOSS),
         "--detection", "heterodyne", "--seed", str(int(os.environ.get("SEED", "1"))), "--warm-up", "2"],
        stdout=subprocess.PIPE, text=True)
    for line in emulator.stdout:
        print("  " + line, end="", flush=True)
        if line.strip() == "ready":
            return emulator
    raise DemoFailed("the emulator did not start")


def discover():
    found = json.loads(cvqkd("list", "--json", show=False, stdout=subprocess.PIPE))
    units = {unit["role"].lower(): unit for unit in found["units"] if unit.get("role")}
    if set(units) != {"alice", "bob"}:
        raise DemoFailed(f"expected one Alice and one Bob, found {sorted(units)}")
    return units["alice"]["selector"], units["bob"]["selector"]


def truth(link):
    answer = subprocess.run(
        [BIN / "cvqkd-emulator", "truth", "--socket", SOCKET, "--session", str(link["sessionNumber"]), "--first",
         str(link["firstSymbol"]), "--end", str(link["endSymbol"])],
        stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(answer.stdout)


def compare(link, real, elapsed):
    def figure(name):
        value = link[name]
        expected = real[name]["value"]
        return {"estimate": value["estimate"], "sigma": value["sigma"], "truth": expected}

    transmittance, excess = figure("transmittance"), figure("excessNoise") | {"plane": link["excessNoise"]["plane"]}
    summary = {
        "symbols": link["symbols"], "gapSymbols": link["gapSymbols"],
        "declaredGapSymbols": link["declaredGapSymbols"],
        "clearance": {"value": link["clearance"]["value"], "unit": link["clearance"]["unit"]},
        "transmittance": transmittance, "excessNoise": excess, "elapsedSeconds": elapsed,
    }
    (OUT / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
    z = {name: (part["estimate"] - part["truth"]) / part["sigma"]
         for name, part in (("T", transmittance), ("ξ", excess))}
    relative = transmittance["sigma"] / transmittance["estimate"]
    checks = [
        (f"|z| of T = {abs(z['T']):.2f} < {MAXIMUM_Z}", abs(z["T"]) < MAXIMUM_Z),
        (f"|z| of ξ = {abs(z['ξ']):.2f} < {MAXIMUM_Z}", abs(z["ξ"]) < MAXIMUM_Z),
        (f"σ(ξ_in) = {excess['sigma']:.5f} SNU ≤ {SIGMA_EXCESS_NOISE} SNU", excess["sigma"] <= SIGMA_EXCESS_NOISE),
        (f"σ(T)/T = {relative:.2e} ≤ {SIGMA_TRANSMITTANCE:.0e}", relative <= SIGMA_TRANSMITTANCE),
        (f"missing symbols {link['gapSymbols']} = declared {link['declaredGapSymbols']}",
         link["gapSymbols"] == link["declaredGapSymbols"]),
        (f"disclosed training equal to Alice's stream: {link['verifiedSymbols']} symbols", link["verifiedSymbols"] > 0),
        (f"{elapsed:.1f} s < 90 s", elapsed < 90),
    ]
    print(f"""
  against the emulator's own truth over symbols {link['firstSymbol']} … {link['endSymbol'] - 1}
                     estimate              truth         z   margin to {MAXIMUM_Z} σ
  T                  {transmittance['estimate']:.6f} ± {transmittance['sigma']:.6f}   {transmittance['truth']:.6f}  {z['T']:+.2f}   {MAXIMUM_Z - abs(z['T']):.2f} σ
  ξ (input), SNU     {excess['estimate']:.5f} ± {excess['sigma']:.5f}     {excess['truth']:.5f}   {z['ξ']:+.2f}   {MAXIMUM_Z - abs(z['ξ']):.2f} σ

  link health, not a security estimate
""")
    for text, holds in checks:
        print(f"  {'ok  ' if holds else 'FAIL'}  {text}")
    if not all(holds and not math.isnan(z["T"] + z["ξ"]) for _, holds in checks):
        raise DemoFailed("a figure is outside its limit")


def main():
    start = time.monotonic()
    say("An emulated pair: heterodyne, 5 dB, on two pseudo-terminals")
    emulator = start_emulator()
    try:
        say("Which units are there?")
        cvqkd("list")
        alice, bob = discover()
        say("Who are they, and how do they feel?")
        cvqkd("info", alice)
        cvqkd("info", bob)
        cvqkd("telemetry", bob)
        say("A calibration session, until σ(ξ) ≤ 0.0037 SNU and σ(T)/T ≤ 9.5e-4")
        # As a person sees it, and as a script reads it: the same run, the table on the terminal, JSON in a file.
        cvqkd("link", "start", "--alice", alice, "--bob", bob, "--purpose", "calibration", "--symbol-rate",
              str(SYMBOL_RATE), "--vacuum-fraction", "0.42", "--training-fraction", "0.7",
              "--electronic-noise-samples", "4000000", "--stop-at-sigma", "0.0037",
              "--stop-at-transmittance-sigma", "0.00095", "--report", str(OUT / "link.json"))
        link = json.loads((OUT / "link.json").read_text())
        compare(link, truth(link), time.monotonic() - start)
    finally:
        emulator.send_signal(signal.SIGTERM)
        emulator.wait(timeout=10)
    print(f"\n  summary: {(OUT / 'summary.json').relative_to(ROOT)}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except DemoFailed as failure:
        print(f"demo failed: {failure}", file=sys.stderr)
        sys.exit(1)
