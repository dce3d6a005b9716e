#!/usr/bin/env python3
"""pawl's driver beside the Python original's work at 10 files in flight and no delay, each in a process of its own.

    python3 original.py --driver PATH/TO/batch_benchmark [--rounds 5]

Prints a line `name value goal PASS|FAIL` for each figure: a ratio of committed transitions a second, the median of rounds
in which the three take turns.
"""
import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile

ORIGINAL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers", "original_baseline.py")
GOALS = {"per-file": 40, "shared": 4}


def original(mode, folder):
    result = os.path.join(folder, "original.json")
    run([sys.executable, ORIGINAL, "--rounds", "1", "--conc", "10", "--mode", mode, "--fsm", "transitions", "--json", result])
    with open(result) as file:
        return json.load(file)[0]["committed_transitions_per_second"]


def grouped(driver, folder):
    options = ["--profile", "zero", "--concurrency", "10", "--mode", "grouped", "--json", "--progress", "none"]
    answer = json.loads(run([driver, *options, "--out", folder]))
    return answer["configurations"][0]["committed_transitions_per_second"]


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"original.py: {' '.join(command)} failed:\n{done.stderr}")
    return done.stdout


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--driver", required=True)
    args.add_argument("--rounds", type=int, default=5)
    options = args.parse_args()
    rates = {"pawl": [], "per-file": [], "shared": []}
    with tempfile.TemporaryDirectory(prefix="pawl_original_") as folder:
        for _ in range(options.rounds):
            for name in random.sample(list(rates), len(rates)):
                rates[name].append(grouped(options.driver, folder) if name == "pawl" else original(name, folder))
    for mode, goal in GOALS.items():
        ratio = statistics.median(pawl / theirs for pawl, theirs in zip(rates["pawl"], rates[mode]))
        name = f"original.{mode.replace('-', '_')}.c10.grouped_vs"
        print(f"{name} {ratio:.3g} >={goal} {'PASS' if ratio >= goal else 'FAIL'}")
    for name, all_rounds in rates.items():
        print(f"original.{name.replace('-', '_')}.c10.per_second {statistics.median(all_rounds):.0f} - -")


if __name__ == "__main__":
    main()
