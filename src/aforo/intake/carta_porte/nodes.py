"""A document's elements as the checks and the rows see them: names without prefixes, values collapsed, and places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from aforo.domain.problem import Gravity
from aforo.intake.message import Fault


@dataclass(slots=True, eq=False)
class Node:
    """An element. `path` is from the root of its schema, with a number where it is one of several.

    `attributes` are collapsed where their type says so; `text` is what stands in the element itself.
    """

    name: str
    namespace: str
    path: str
    line: int
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)
    text: str = ""
    parent: Node | None = None

    def get(self, name: str) -> str:
        """An attribute's value, empty where it is absent."""
        return self.attributes.get(name, "")

    def all(self, name: str) -> list[Node]:
        """The children of a name."""
        return [each for each in self.children if each.name == name]

    def first(self, name: str) -> Node | None:
        """The first child of a name."""
        return next((each for each in self.children if each.name == name), None)

    def walk(self) -> Iterator[Node]:
        """The element and all within it, in the order of the document."""
        left = [self]
        while left:
            node = left.pop()
            yield node
            left.extend(reversed(node.children))

    def at(self, attribute: str = "") -> str:
        """The place of the element, or of its attribute."""
        return f"line {self.line}, {self.path}{f'/@{attribute}' if attribute else ''}"

    def fault(self, code: str, attribute: str = "", gravity: Gravity = "refusal", hint: str = "") -> Found:
        """A fault of the element or its attribute; `hint` is what is allowed, where that fits beside the name."""
        name = attribute or self.name
        return Found(self, Fault(code, self.at(attribute), gravity, f"{name} [{hint}]" if hint else name))


@dataclass(frozen=True, slots=True)
class Found:
    """A fault and the element that it is of."""

    node: Node
    fault: Fault
