#!/usr/bin/env python3
"""Reads the lines that benchmarks print, and writes them as JSON: {"machine": [...], "figures": [{"name", ...}],
"remarks": [...]}. The machine is what stands before the first empty remark."""
import json
import sys

lines = [line.strip() for line in sys.stdin]
remarks = [line[1:].strip() for line in lines if line.startswith("#")]
end = remarks.index("") if "" in remarks else 0
figures = []
for line in lines:
    words = line.split()
    if line.startswith("#") or len(words) != 4:
        continue
    name, value, goal, verdict = words
    figure = {"name": name, "value": float(value)}
    if goal != "-":
        figure |= {"goal": goal, "reached": verdict == "PASS"}
    figures.append(figure)
json.dump({"machine": remarks[:end], "figures": figures, "remarks": remarks[end + 1 :]}, sys.stdout, indent=2, allow_nan=False)
print()
