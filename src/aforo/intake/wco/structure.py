"""Which elements a message of the WCO Data Model has: read from outlines that lie beside this module.

A line of an outline is an element: its name, how often it stands (`1`, `0-1`, `0-n`), and its type where it has a value
and no elements (`value.read`). What is indented below it is within it, in this order. The outlines are facts from the
schemas that they name; `scripts/wco_structures.py` writes them anew.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources

from aforo.intake.wco import value as values
from aforo.intake.wco.value import Value

#: The namespaces whose structures are known, and in which of another their dates stand.
DECLARATION = "urn:wco:datamodel:WCO:DEC-DMS:2"
RESPONSE = "urn:wco:datamodel:WCO:RES-DMS:2"
METADATA = "urn:wco:datamodel:WCO:DocumentMetaData-DMS:2"
INVENTORY = "http://gov.uk/customs/inventoryLinking/v1"
DATES = {
    DECLARATION: "urn:wco:datamodel:WCO:Declaration_DS:DMS:2",
    RESPONSE: "urn:wco:datamodel:WCO:Response_DS:DMS:2",
}


@dataclass(eq=False, slots=True)
class Node:
    """An element: how often it stands, its value's type or its elements, by tag, with their place in the order."""

    name: str
    least: int
    most: int
    value: Value | None = None
    children: dict[str, tuple[int, Node]] = field(default_factory=dict)
    #: Elements of one name at two places of the order: the second begins where the first has had its number.
    later: dict[str, tuple[int, Node]] = field(default_factory=dict)
    required: list[tuple[int, Node]] = field(default_factory=list)
    #: What nearly all right values match (see `value.sight`).
    sight: re.Pattern[str] | None = field(init=False)

    def __post_init__(self) -> None:
        self.sight = None if self.value is None else values.sight(self.value)

    def add(self, tag: str, child: Node) -> None:
        """Put an element behind the others."""
        order = len(self.children) + len(self.later)
        (self.later if tag in self.children else self.children)[tag] = (order, child)
        if child.least:
            self.required.append((order, child))


@lru_cache(maxsize=32)
def structure(outline: str, root: str, namespace: str) -> Node | None:
    """The structure of an outline's message `root`, its elements in `namespace` (one that is known, or none)."""
    text = (resources.files("aforo.intake.wco") / "structures" / f"{outline}.txt").read_text(encoding="utf-8")
    stack: list[Node] = []
    found: Node | None = None
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        depth = (len(line) - len(line.lstrip(" "))) // 2
        name, often, *words = line.split()
        del stack[depth:]
        if depth == 0 and name != root:
            stack = []
            continue
        if depth and not stack:
            continue
        node = _node(name, often, words, namespace)
        if stack:
            stack[-1].add(_tag(name, _home(words, namespace)), node)
        else:
            found = node
        stack.append(node)
    return found


def _node(name: str, often: str, words: list[str], namespace: str) -> Node:
    least, _, most = often.partition("-")
    limit = sys.maxsize if most == "n" else int(most or least)
    if words == ["declaration"]:
        whole = structure("declaration", "Declaration", _home(words, namespace))
        assert whole is not None, "the outline of declarations has a declaration"
        return Node(name, int(least), limit, None, whole.children, whole.later, whole.required)
    if words and words[0] == "date":
        node = Node(name, int(least), limit)
        node.add(
            _tag("DateTimeString", DATES.get(namespace, namespace)), Node("DateTimeString", 1, 1, Value("date", 35))
        )
        return node
    return Node(name, int(least), limit, values.read(words) if words else None)


def _home(words: list[str], namespace: str) -> str:
    """The namespace of an element: a declaration within an answer is in that of declarations."""
    return DECLARATION if words == ["declaration"] and namespace else namespace


def _tag(name: str, namespace: str) -> str:
    return f"{{{namespace}}}{name}" if namespace else name
