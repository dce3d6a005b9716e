#!/usr/bin/env python3
"""Reads the lines that benchmarks print, and writes them as JSON: {"machine": [...], "figures": [{"name", ...}]}."""
import json
import sys

machine, figures = [], []
for line in sys.stdin:
    words = line.split()
    if line.startswith("# "):
        if not figures:
            machine.append(line[2:].strip())
    elif len(words) == 4:
        name, value, goal, verdict = words
        figure = {"name": name, "value": float(value)}
        if goal != "-":
            figure |= {"goal": goal, "reached": verdict == "PASS"}
        figures.append(figure)
json.dump({"machine": machine, "figures": figures}, sys.stdout, indent=2)
print()
