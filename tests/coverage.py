"""Adds up what gcov says of include/: python3 coverage.py BUILD INCLUDE [--missing]

Prints lines reached, lines, branches taken, branches; with --missing also what was not. Left out are branches that
exceptions alone take, those of what cleans up after one, and lines that hold nothing but the end of something, where
compilers put what cleans up. Handlers of exceptions count. gcovr 5 cannot tell the former in an instance of a template
that never ran, and counts them: the graphs that the compiler has noted for gcov do. The instances of a template are one,
and so are those of what is written in it.
"""
import collections
import concurrent.futures
import json
import os
import re
import subprocess
import sys


def files_of(data_file):
    """What gcov knows of each source that one object file was made of, and what the compiler has noted of its branches."""
    command = ["gcov", "--json-format", "--stdout", "--branch-probabilities", os.path.basename(data_file)]
    text = subprocess.run(command, cwd=os.path.dirname(data_file), check=True, capture_output=True).stdout
    found = []
    for document in text.decode().splitlines():
        if document.strip():
            read = json.loads(document)
            for file in read["files"]:
                found.append((os.path.normpath(os.path.join(read["current_working_directory"], file["file"])), file))
    return found, branches_noted(data_file)


def lines_with_code(include):
    """Of all headers: those that hold more than the end of something."""
    found = set()
    for folder, _, names in os.walk(include):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, encoding="utf-8") as text:
                found |= {(path[len(include):], number) for number, line in enumerate(text, 1) if line.strip(" \n{})(;,")}
    return found


def branches_noted(data_file):
    """Of each function, by name, and each file and line: for each branch whether it is one of those to be left out.

    In the order in which gcov tells them: that of the blocks which end there, and of the blocks to which they lead.
    """
    command = ["gcov-dump", "-l", os.path.basename(data_file)[:-len("da")] + "no"]
    text = subprocess.run(command, cwd=os.path.dirname(data_file), check=True, capture_output=True).stdout.decode()
    functions = collections.defaultdict(list)
    head, *parts = text.split(":FUNCTION ")
    working_folder = re.search(r":cwd: (.*)", head)[1]
    for part in parts:
        name = re.search(r"`(.*?)' ", part)[1]
        arcs, places = collections.defaultdict(list), collections.defaultdict(list)
        for block, what in re.findall(r" block (\d+):(.*)", part):
            if what.startswith("`"):
                for file, lines in re.findall(r"`(.*?)':([\d, ]*\d)", what):
                    file = os.path.normpath(os.path.join(working_folder, file))
                    places[int(block)] += [(file, number) for number in sorted(map(int, lines.split(",")))]
            else:
                arcs[int(block)] += [(int(to), int(flags, 16)) for to, flags in re.findall(r"(\d+):([0-9a-f]{4})", what)]
        functions[name].append(lines_of(arcs, places))
    return functions


def lines_of(arcs, places):
    """The same of one function, from where its blocks lead and the lines on which they are.

    What only exceptions lead to cleans up after them if ordinary work is done on its line, and else handles them.
    """
    fake, falls_through = 2, 4
    branches = {}  # of each block: where each leads, and whether it is an exception
    for block, leads in arcs.items():
        is_call = block != 0 and any(flags & fake for _, flags in leads)
        branches[block] = [(to, is_call and not flags & falls_through) for to, flags in sorted(leads) if not flags & fake]
    ordinary, to_visit = set(), [0]
    while to_visit:
        block = to_visit.pop()
        if block not in ordinary:
            ordinary.add(block)
            to_visit += [to for to, throws in branches.get(block, []) if not throws]
    lines, worked_on = collections.defaultdict(list), {place for block in ordinary for place in places.get(block, [])}
    for block in sorted(branches):
        if block in places and len(branches[block]) > 1:
            at = places[block][-1]
            cleans_up = block not in ordinary and at in worked_on
            lines[at] += [throws or cleans_up for _, throws in branches[block]]
    return lines


def branches_of(path, file, line, functions):
    """The counts of the branches of each instance, without those of exceptions."""
    at = (path, line["line_number"])
    if "function_name" in line:
        instances = [lines[at] for lines in functions[line["function_name"]] if at in lines]
    else:
        alone = {other["function_name"] for other in file["lines"]
                 if other["line_number"] == at[1] and "function_name" in other}
        instances = [lines[at] for name, all_of in functions.items() if name not in alone
                     for lines in all_of if at in lines]
    counts = [b["count"] for b in line["branches"]]
    if sum(map(len, instances)) != len(counts):  # gcov has put a block on another line: all of them for one
        instances = [[b["throw"] for b in line["branches"]]]
    found, begin = [], 0
    for instance in instances:
        found.append([count for count, out in zip(counts[begin:], instance) if not out])
        begin += len(instance)
    return found


def main(build, include, *options):
    data_files = [os.path.join(folder, name)
                  for folder, _, names in os.walk(build) for name in names if name.endswith(".gcda")]
    lines = collections.defaultdict(int)
    branches = collections.defaultdict(int)  # by file, line, how many branches the instance has there, and which
    include = os.path.abspath(include) + os.sep
    written_out = lines_with_code(include)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for found, functions in pool.map(files_of, data_files):
            for path, file in found:
                if not path.startswith(include):
                    continue
                for line in file["lines"]:
                    at = (path[len(include):], line["line_number"])
                    if at not in written_out:
                        continue
                    lines[at] += line["count"]
                    for kept in branches_of(path, file, line, functions) if line["branches"] else []:
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
