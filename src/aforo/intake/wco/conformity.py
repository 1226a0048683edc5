"""A message against its structure: every fault with line and path, and every value by its path."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from aforo.domain.codes import countries
from aforo.domain.problem import Gravity
from aforo.intake.message import Fault
from aforo.intake.wco import value as values
from aforo.intake.wco.structure import Node
from aforo.intake.wco.value import Value
from aforo.intake.xml import SPACE, Element, attributes, line, local

#: Faults told of one message; who has so many has the first ones to mend.
MOST_FAULTS = 100
INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
#: Attributes of XML Schema itself that mean nothing for the content.
_HINTS = frozenset({INSTANCE + "schemaLocation", INSTANCE + "noNamespaceSchemaLocation"})
_NIL = INSTANCE + "nil"


#: Codes that ISO 3166 leaves to users, which customs have meanings for (XI, XK, QP …), and the European Union's.
USER_COUNTRIES = re.compile("Q[M-Z]|X[A-Z]|EU")


def is_country(path: str) -> bool:
    """Whether the element at a path holds the code of a country."""
    name = path.rpartition("/")[2].partition("[")[0]
    return name.endswith(("CountryCode", "NationalityCode")) or path.endswith(("Country/ID", "Destination/ID"))


@dataclass
class Part:
    """The values of a message, or of one of its goods items, by path from its outermost element; `where` is the
    element that each was read from. Repeated elements are numbered from the second: `Packaging[2]/TypeCode`; an
    attribute stands behind its element: `GrossMassMeasure@unitCode`."""

    element: Element
    path: str
    values: dict[str, str] = field(default_factory=dict)
    where: dict[str, Element] = field(default_factory=dict)
    #: How often a path was met that has no number of its own.
    met: dict[str, int] = field(default_factory=dict)

    def place(self, path: str) -> str:
        """Line and path of a value, or of the part itself where there is no such value."""
        element = self.where.get(path)
        if element is None:
            return f"line {line(self.element)}, {self.path}"
        return f"line {line(element)}, {self.path}/{path}"

    def each(self, path: str) -> list[str]:
        """The paths of the repetitions of an element that has values: `Packaging`, `Packaging[2]`."""
        alone, numbered = path + "/", path + "["
        found = [key for key in self.values if key.startswith((alone, numbered))]
        return list(dict.fromkeys(path + key[len(path) :].partition("/")[0] for key in found))


@dataclass
class Reading:
    """What a message holds: its own values, those of each goods item, and its faults."""

    head: Part
    items: list[Part] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read(element: Element, node: Node, path: str, *, apart: str = "", gravity: Gravity = "refusal") -> Reading:
    """A message's values and faults. `apart` is the path of elements that are parts of their own; `gravity` that of
    the faults: a version whose structure is not known is read with warnings."""
    reader = _Reader(apart, gravity, Reading(Part(element, path)))
    reader.element(element, node, "", reader.reading.head)
    return reader.reading


@dataclass
class _Reader:
    apart: str
    gravity: Gravity
    reading: Reading

    def element(self, element: Element, node: Node, path: str, part: Part) -> None:
        """Check an element and what is within it."""
        value = node.value
        if element.keys() and self._attributes(element, node, value, path, part):
            return
        if value is not None:
            self._value(element, node, value, path, part)
            return
        if element.text and element.text.strip(SPACE):
            self._fault("wco_text_here", element, node.name, path, part)
            self._keep(part, f"{path}/text" if path else "text", element.text, element)
        children, order = node.children, -1
        counts: dict[int, int] = {}
        names: dict[str, int] = {}
        for child in element:
            tag = child.tag
            entry = children.get(tag)
            if entry is None:
                self._unknown(child, node, path, part)
                continue
            place, known = entry
            count = counts.get(place, 0)
            if count >= known.most and tag in node.later:
                place, known = node.later[tag]
                count = counts.get(place, 0)
            counts[place] = count + 1
            number = names[known.name] = names.get(known.name, 0) + 1
            below = f"{path}/{known.name}" if path else known.name
            if number > 1:
                below = f"{below}[{number}]"
            if place < order:
                self._fault("wco_order", child, known.name, below, part)
            if count >= known.most:
                # What is too many is not read: it would be nobody's value.
                self._fault("wco_repeated", child, known.name, below, part)
                continue
            order = max(order, place)
            if child.tail and child.tail.strip(SPACE):
                self._fault("wco_text_here", child, node.name, path, part)
                self._keep(part, f"{below}/text", child.tail, child)
            if known.sight is not None:
                text = child.text
                if text and known.sight.fullmatch(text) and not len(child) and not child.keys():
                    self._country(text, child, known, below, part)
                    part.values[below] = text
                    part.where[below] = child
                else:
                    self.element(child, known, below, part)
            elif self.apart and part is self.reading.head and below.partition("[")[0] == self.apart:
                item = Part(child, f"{part.path}/{below}")
                self.reading.items.append(item)
                self.element(child, known, "", item)
            else:
                self.element(child, known, below, part)
        for place, known in node.required:
            if not counts.get(place):
                self._fault("wco_missing", element, known.name, path, part)

    def _unknown(self, child: Element, node: Node, path: str, part: Part) -> None:
        name = local(child)
        below = f"{path}/{name}" if path else name
        known = any(each.name == name for _, each in node.children.values())
        self._fault("wco_namespace" if known else "wco_unknown", child, name, below, part)
        for each in child.iter():
            self._keep(part, f"{below}/{local(each)}" if each is not child else below, each.text or "", each)
            for key, text in attributes(each):
                self._keep(part, f"{below}@{key.rpartition('}')[2]}", text, each)

    def _value(self, element: Element, node: Node, value: Value, path: str, part: Part) -> None:
        if len(element):
            self._fault("wco_elements_here", element, node.name, path, part)
            for each in element.iter():
                self._keep(part, f"{path}/{local(each)}", each.text or "", each)
            return
        if value.kind == "date" and element.get("formatCode") is None:
            self._fault("wco_attribute_missing", element, f"{node.name}@formatCode", path, part)
        text = values.text_of(value, element.text or "")
        if code := values.wrong(value, text):
            named = code in ("wco_too_long", "wco_length", "wco_digits")
            self._fault(code, element, f"{node.name} ({value.format})" if named else node.name, path, part)
        if text:
            self._country(text, element, node, path, part)
            part.values[path] = text
            part.where[path] = element

    def _country(self, text: str, element: Element, node: Node, path: str, part: Part) -> None:
        if len(text) == 2 and is_country(path) and text not in countries() and USER_COUNTRIES.fullmatch(text) is None:
            self._fault("wco_country", element, node.name, path, part, "warning")

    def _attributes(self, element: Element, node: Node, value: Value | None, path: str, part: Part) -> bool:
        """Check an element's attributes; True where it is void, and says so."""
        allowed = values.ATTRIBUTES.get(value.kind, frozenset()) if value is not None else frozenset()
        void = False
        for name, text in attributes(element):
            if name in _HINTS:
                continue
            if name == _NIL and value is not None and value.nil and text.strip() in ("true", "1"):
                void = True
                continue
            short = name.rpartition("}")[2]
            if name not in allowed:
                self._fault("wco_attribute_unknown", element, f"{node.name}@{short}", path, part)
            elif values.wrong_attribute(name, text):
                self._fault("wco_attribute", element, f"{node.name}@{short}", path, part)
            self._keep(part, f"{path}@{short}", text, element)
        return void

    def _keep(self, part: Part, path: str, text: str, element: Element) -> None:
        text = text.strip()
        if not text:
            return
        number = part.met[path] = part.met.get(path, 0) + 1
        unique = path if number == 1 else f"{path}[{number}]"
        part.values[unique] = text
        part.where[unique] = element

    def _fault(
        self, code: str, element: Element, name: str, path: str, part: Part, gravity: Gravity | None = None
    ) -> None:
        if len(self.reading.faults) < MOST_FAULTS:
            where = f"{part.path}/{path}" if path else part.path
            self.reading.faults.append(Fault(code, f"line {line(element)}, {where}", gravity or self.gravity, name))
