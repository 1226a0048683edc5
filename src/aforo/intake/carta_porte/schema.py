"""SAT's schemas as tables of facts, and the check of a document against them.

The tables (`schema/*.toml`, each with its source) say which elements stand where, in which order and how often, and
which attributes of which type they have. A document is valid by them exactly where it is by SAT's XSDs, but for codes
of long lists, of which the tables know the form alone. A test holds the two together.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import msgspec

from aforo.domain.codes import countries_by_alpha3
from aforo.intake.carta_porte import facets
from aforo.intake.carta_porte.facets import Check, Facets, collapsed
from aforo.intake.carta_porte.nodes import Found, Node
from aforo.intake.xml import Element, local

#: Attributes of this namespace may stand anywhere and say nothing of the document.
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_INSTANCE = f"{{{INSTANCE}}}"
UNBOUNDED = "*"
#: The elements of a document within each other at most: no schema of SAT's needs a third of it.
DEEPEST = 64


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An element as a table has it: `children` as `Name least..most`, attributes with the names of their types."""

    children: tuple[str, ...] = ()
    attributes: dict[str, str] = {}
    open: bool = False


@dataclass(frozen=True)
class Attribute:
    """An attribute of an element: whether its spaces are kept, and the check of its value."""

    keeps_spaces: bool
    check: Check


@dataclass(frozen=True)
class Kind:
    """An element of a schema. `children` are in their order: name to position, least and most (None: any number).

    Within an `open` one any other element may stand.
    """

    children: dict[str, tuple[int, int, int | None]]
    attributes: dict[str, Attribute]
    required: frozenset[str]
    within: dict[str, Kind]
    open: bool


#: SAT's list of countries is ISO 3166-1 alpha-3 and this code, for those that have none.
COUNTRIES = "catCFDI:c_Pais"
NO_COUNTRY = "ZZZ"
#: What may stand in a CFDI's `Complemento` and has a schema here, by its tag.
GUESTS = {
    "{http://www.sat.gob.mx/CartaPorte20}CartaPorte": "carta_porte_20",
    "{http://www.sat.gob.mx/CartaPorte30}CartaPorte": "carta_porte_30",
    "{http://www.sat.gob.mx/CartaPorte31}CartaPorte": "carta_porte_31",
    "{http://www.sat.gob.mx/TimbreFiscalDigital}TimbreFiscalDigital": "timbre_11",
}


@cache
def types() -> dict[str, Facets]:
    """The named simple types."""
    table = msgspec.convert(_table("types"), type=dict[str, Facets])
    listed = (*countries_by_alpha3(), NO_COUNTRY)
    return table | {COUNTRIES: msgspec.structs.replace(table[COUNTRIES], values=listed)}


@cache
def entries(name: str) -> dict[str, Entry]:
    """The elements of a schema by their paths from its root."""
    return msgspec.convert(_table(name), type=dict[str, Entry])


@cache
def schema(name: str) -> Kind:
    """The root of a schema: `carta_porte_20`, `_30`, `_31`, `cfdi_33`, `cfdi_40`, `timbre_11`."""
    table = entries(name)
    kinds: dict[str, Kind] = {}
    # Those within are later in the table than those that they are within.
    for path, entry in reversed(table.items()):
        children = {}
        for position, child in enumerate(entry.children):
            label, occurs = child.split(" ")
            least, most = occurs.split("..")
            children[label] = position, int(least), None if most == UNBOUNDED else int(most)
        attributes = {label: _attribute(kind.removesuffix("?")) for label, kind in entry.attributes.items()}
        required = frozenset(label for label, kind in entry.attributes.items() if not kind.endswith("?"))
        within = {label: kinds[f"{path}/{label}"] for label in children}
        kinds[path] = Kind(children, attributes, required, within, entry.open)
    return kinds[next(iter(table))]


@cache
def states() -> dict[str, frozenset[str]]:
    """The states of SAT's list by country, of those countries that have them."""
    text = (resources.files("aforo.intake.carta_porte") / "schema" / "states.csv").read_text(encoding="utf-8")
    rows = [line.split(",") for line in text.splitlines() if not line.startswith("#")][1:]
    return {country: frozenset(state for of, state in rows if of == country) for country, _ in rows}


def _table(name: str) -> dict[str, object]:
    file = resources.files("aforo.intake.carta_porte") / "schema" / f"{name}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


@cache
def _attribute(kind: str) -> Attribute:
    of_type = facets.named(kind, types())
    return Attribute(of_type.keeps_spaces, facets.check(of_type))


#: What is wrong with a document beyond so many faults is not looked for: it is refused whole.
MOST_FOUND = 1_000


def read(element: Element, kind: Kind | None, found: list[Found], path: str = "", depth: int = 1) -> Node:
    """The node of an element and all within it; what its schema (`kind`) does not allow goes to `found`.

    Without a `kind` nothing is checked. An element that the schema does not know is told once, for its outermost.
    """
    if len(found) >= MOST_FOUND:
        kind = None
    tag: str = element.tag
    cut = tag.rfind("}") + 1
    space, name = tag[:cut], tag[cut:]
    line: Any = element.sourceline  # the stubs of lxml have an ellipsis for it
    node = Node(name, space[1:-1], path or name, line or 0)
    _attributes(element, node, kind, found)
    inner = list(element)
    between = "".join([element.text or "", *[child.tail or "" for child in inner]])
    node.text = collapsed(between)
    # Where no element may stand within, not even white space may (XML Schema Part 1, 3.4.4, empty content).
    if kind is not None and not kind.open and (node.text or (between and not kind.children)):
        found.append(node.fault("cp_text_within"))
    if inner and depth == DEEPEST:
        found.append(node.fault("cp_too_deep"))
        return node
    labels = [local(each) for each in inner]
    several = len(set(labels)) < len(labels)
    totals = Counter(labels) if several else {}
    counts: dict[str, int] = {}
    for child, label in zip(inner, labels, strict=True):
        step = label
        if several and totals[label] > 1:
            counts[label] = counts.get(label, 0) + 1
            step = f"{label}[{counts[label]}]"
        own, known = f"{node.path}/{step}", None
        if kind is not None:
            known = kind.within.get(label) if child.tag == space + label else None
            if kind.open and child.tag in GUESTS:
                # Its places are from its own root: those of the complement are long enough.
                known, own = schema(GUESTS[child.tag]), step
        inside = read(child, known, found, own, depth + 1)
        inside.parent = node
        node.children.append(inside)
    if kind is not None and (inner or kind.children):
        _children(node, kind, found)
    return node


def _attributes(element: Element, node: Node, kind: Kind | None, found: list[Found]) -> None:
    if kind is None:
        node.attributes = {
            str(label): collapsed(str(value))
            for label, value in element.items()
            if not str(label).startswith(_INSTANCE)
        }
        return
    items: Any = element.items()  # of text; the stubs of lxml say that it may be bytes
    for label, value in items:
        known = kind.attributes.get(label)
        if known is None:
            if not label.startswith(_INSTANCE):
                node.attributes[label[label.rfind("}") + 1 :]] = collapsed(value)
                found.append(node.fault("cp_attribute_unknown", label[label.rfind("}") + 1 :]))
            continue
        value = value if known.keeps_spaces else collapsed(value)
        node.attributes[label] = value
        wrong = known.check(value)
        if wrong is not None:
            found.append(node.fault(wrong[0], label, hint=wrong[1]))
    if not kind.required <= node.attributes.keys():
        found.extend(
            node.fault("cp_attribute_missing", each)
            for each in kind.attributes
            if each in kind.required and each not in node.attributes
        )


def _children(node: Node, kind: Kind, found: list[Found]) -> None:
    counts = dict.fromkeys(kind.children, 0)
    reached = 0
    for child in node.children:
        place = kind.children.get(child.name) if child.namespace == node.namespace else None
        if place is None:
            if not kind.open:
                found.append(child.fault("cp_element_unknown"))
            continue
        position, _, most = place
        counts[child.name] += 1
        if most is not None and counts[child.name] == most + 1:
            found.append(child.fault("cp_element_repeated", hint=f"≤{most}"))
        if position < reached:
            found.append(child.fault("cp_element_order"))
        reached = max(reached, position)
    for label, (_, least, _) in kind.children.items():
        if counts[label] < least:
            missing = Node(label, node.namespace, node.path, node.line)
            missing.parent = node
            found.append(missing.fault("cp_element_missing", hint=f"≥{least}" if least > 1 else ""))
