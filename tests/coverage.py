"""Adds up what gcov says of include/: python3 coverage.py BUILD INCLUDE [--missing]

Prints lines reached, lines, branches taken, branches; with --missing also what was not. Left out are branches that
exceptions alone take, and lines that hold nothing but the end of something, where compilers put what cleans up. gcovr 5
cannot tell the former in an instance of a template that never ran, and counts them: gcov's JSON does. The instances of
a template are one, and so are those of a lambda in it, which gcov writes one behind the other as if they were one
function: they are told apart by the number of instances that surround them.
"""
import collections
import concurrent.futures
import json
import os
import subprocess
import sys


def files_of(data_file):
    """What gcov knows of each source that one object file was made of."""
    command = ["gcov", "--json-format", "--stdout", "--branch-probabilities", os.path.basename(data_file)]
    text = subprocess.run(command, cwd=os.path.dirname(data_file), check=True, capture_output=True).stdout
    found = []
    for document in text.decode().splitlines():
        if document.strip():
            read = json.loads(document)
            for file in read["files"]:
                found.append((os.path.normpath(os.path.join(read["current_working_directory"], file["file"])), file))
    return found


def lines_with_code(include):
    """Of all headers: those that hold more than the end of something."""
    found = set()
    for folder, _, names in os.walk(include):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, encoding="utf-8") as text:
                found |= {(path[len(include):], number) for number, line in enumerate(text, 1) if line.strip(" \n{})(;,")}
    return found


def instances_around(file, line):
    """How many instances gcov knows of the innermost function that this line is in."""
    starts = [f["start_line"] for f in file["functions"] if f["start_line"] <= line["line_number"] <= f["end_line"]]
    return starts.count(max(starts)) if starts else 1


def branches_of(file, line):
    """The counts of the branches of one instance, with those of the others added, and without those of exceptions."""
    found = [(b["throw"], b["count"]) for b in line["branches"]]
    each = len(found)
    if "function_name" not in line:
        instances = instances_around(file, line)
        if each % instances == 0:
            part = each // instances
            if all(found[i][0] == found[i % part][0] for i in range(each)):
                each = part
    return [sum(count for _, count in found[i::each]) for i in range(each) if not found[i][0]]


def main(build, include, *options):
    data_files = [os.path.join(folder, name)
                  for folder, _, names in os.walk(build) for name in names if name.endswith(".gcda")]
    lines = collections.defaultdict(int)
    branches = collections.defaultdict(int)  # by file, line, how many branches the instance has there, and which
    include = os.path.abspath(include) + os.sep
    written_out = lines_with_code(include)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(files_of, data_files):
            for path, file in found:
                if not path.startswith(include):
                    continue
                for line in file["lines"]:
                    at = (path[len(include):], line["line_number"])
                    if at not in written_out:
                        continue
                    lines[at] += line["count"]
                    kept = branches_of(file, line)
                    if len(kept) > 1:  # a single one is what goes on where a call may throw
                        for number, count in enumerate(kept):
                            branches[at + (len(kept), number)] += count
    reached = sum(1 for count in lines.values() if count)
    # Where the line itself was not reached, the line says so.
    counted = {key: count for key, count in branches.items() if lines[key[:2]]}
    taken = sum(1 for count in counted.values() if count)
    print(reached, len(lines), taken, len(counted))
    if "--missing" in options:
        for at in sorted(lines):
            missed = sum(1 for key, count in counted.items() if key[:2] == at and not count)
            if not lines[at]:
                print(f"{at[0]}:{at[1]}: not reached")
            elif missed:
                print(f"{at[0]}:{at[1]}: {missed} branches not taken")


main(*sys.argv[1:])
