# Shows pawl's values in gdb as a person would say them. In gdb, or in a line of ~/.gdbinit:
#
#   source /path/to/pawl/.packaging/debugger/pawl.py
#
#   (gdb) print machine
#   $1 = machine in uploading
#   (gdb) print answer
#   $2 = conflict: the row is in processing at version 2
#
# Reads memory only and calls nothing, so that it works on a core file too. Knows libstdc++'s std::variant and
# std::optional.
import re

import gdb
import gdb.printing


def quoted(text):
    """The content of a std::string; of a long one the beginning."""
    length = int(text["_M_string_length"])
    shown = text["_M_dataplus"]["_M_p"].string(encoding="utf-8", errors="replace", length=min(length, 200))
    return '"' + shown + ('"' if length <= 200 else '..."')


def short(enumerator):
    """An enumerator without its scopes, or the number where it is none."""
    return str(enumerator).rsplit("::", 1)[-1]


def state_of_index(machine_type, index):
    """The state that has a dense index: the enumerators are the states, sorted by value, where all are in 0..127."""
    enum = gdb.lookup_type(str(machine_type.unqualified().strip_typedefs()) + "::state_type").strip_typedefs()
    values = {field.enumval: field.name for field in reversed(enum.fields())}
    if index >= len(values) or not all(0 <= value <= 127 for value in values):
        return "the state of index %d" % index
    return short(values[sorted(values)[index]])


def alternative(variant):
    """What a std::variant holds: its place, and its value; -1 and None while it is valueless."""
    place = int(variant["_M_index"])
    kind = variant.type.strip_typedefs()
    try:
        held = kind.template_argument(place).strip_typedefs()
    except (RuntimeError, gdb.error):
        return -1, None
    union = variant["_M_u"]
    for _ in range(place):
        union = union["_M_rest"]
    return place, union["_M_first"].address.cast(held.pointer()).dereference()


def described(key, state, version):
    return "%s in %s at version %d" % (quoted(key), state, int(version))


class Machine:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        return "machine in " + state_of_index(self.value.type, int(self.value["index_"]))


class Item:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        state = self.value.type.strip_typedefs().template_argument(1)
        return "item " + described(self.value["key"], short(state), self.value["version"])


class AnyItem:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        return "item " + described(self.value["key"], short(self.value["state"]), self.value["version"])


class Stored:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        if not bool(self.value["exists_"]):
            return "no row"
        item = self.value["item"]["_M_payload"]
        if not bool(item["_M_engaged"]):
            return "a row in a state that is not known: " + quoted(self.value["unknown_state"])
        found = item["_M_payload"]["_M_value"]
        return "the row is in %s at version %d" % (short(found["state"]), int(found["version"]))


class Conflict:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        return "conflict: " + Stored(self.value["now"]).to_string()


class Trouble:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        text = "trouble: " + short(self.value["kind"])
        return text + ", " + quoted(self.value["detail"]) if int(self.value["detail"]["_M_string_length"]) else text


class Outcome:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        place, held = alternative(self.value["answer_"])
        if place == 0:
            return "outcome: " + held.format_string()
        if place == 1:
            return "outcome: " + Trouble(held).to_string()
        return "outcome without a value"


class Applied:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        if bool(self.value["moved_"]):
            return "moved: " + self.value["item_"].format_string()
        return Conflict(self.value["why_"]).to_string()


class Printers(gdb.printing.PrettyPrinter):
    kinds = {
        "machine": Machine,
        "item": Item,
        "any_item": AnyItem,
        "stored": Stored,
        "trouble": Trouble,
        "conflict": Conflict,
        "outcome": Outcome,
        "applied": Applied,
    }
    # With or without the inline namespace of the version.
    name_of = re.compile(r"^pawl::(?:v[0-9_]+::)?([a-z_]+)(?:<.*>)?$", re.DOTALL)

    def __init__(self):
        super().__init__("pawl", [gdb.printing.SubPrettyPrinter(kind) for kind in self.kinds])

    def __call__(self, value):
        name = value.type.strip_typedefs().unqualified().name
        found = self.name_of.match(name) if name else None
        kind = self.kinds.get(found.group(1)) if found else None
        return kind(value) if kind else None


gdb.printing.register_pretty_printer(gdb.current_objfile(), Printers(), replace=True)
