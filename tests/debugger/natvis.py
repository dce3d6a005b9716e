# Runs inside gdb (check.cmake), in the frame of show(): the natvis file is well-formed, every type in it is that of a
# local variable there, and every field that it shows is a field of that type.
import os
import re
import xml.etree.ElementTree as xml

import gdb

space = "{http://schemas.microsoft.com/vstudio/debugger/natvis/2010}"
kinds = {}
for symbol in gdb.selected_frame().block():
    kind = symbol.type.strip_typedefs()
    kinds.setdefault(kind.name.split("<")[0], kind)


def fields_of(kind):
    return {field.name for field in kind.fields()}


seen = 0
for view in xml.parse(os.environ["NATVIS"]).getroot().iter(space + "Type"):
    kind = kinds.get(view.get("Name").split("<")[0])
    if kind is None:
        print("natvis: no local variable is a " + view.get("Name"))
        continue
    for part in view.iter():
        shown = re.findall(r"\{(?:\(\w+\))?([a-z]\w*)", part.text or "")
        shown += re.findall(r"[a-z]\w*", part.get("Condition") or "")[:1]
        if part.tag == space + "ExpandedItem":
            shown.append(part.text)
        for field in shown:
            seen += 1
            if field not in fields_of(kind):
                print("natvis: %s has no field %s" % (view.get("Name"), field))
print("natvis shows %d fields" % seen)
