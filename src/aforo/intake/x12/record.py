"""A record of the declaration table being filled from segments: columns first, all else that was read into `extra`."""

from __future__ import annotations

from collections.abc import Iterable

from aforo.intake.message import Said
from aforo.intake.x12.grammar import Node
from aforo.intake.x12.tokens import Segment


class Record:
    """Fills one `Said`. An element that stands in a column as it came is not repeated in `extra`."""

    def __init__(self, place: str, raw: str, set_place: str) -> None:
        self.said = Said(place, raw)
        self._set_place = set_place
        self._used: set[tuple[int, int]] = set()

    def put(self, column: str, value: str, segment: Segment, position: int) -> None:
        """Fill a column with what was made of an element, unless something fills it already."""
        if value and column not in self.said.fields:
            place = f"{self._set_place}, segment {segment.number} {segment.name}{position:02d}"
            self.said.put(column, value, place)

    def take(self, column: str, segment: Segment, position: int) -> None:
        """Fill a column with an element as it is, unless something fills it already."""
        value = segment.get(position)
        if value and column not in self.said.fields:
            self.put(column, value, segment, position)
            self._used.add((segment.number, position))

    def keep(self, nodes: Iterable[Node], path: str = "") -> None:
        """Put what was read and stands in no column into `extra`, under segment and position: `M10-07`, `N1.2/N3-01`.

        Segments of one name under the same parent are numbered from the second on.
        """
        extra, used = self.said.extra, self._used
        times: dict[str, int] = {}
        for node in nodes:
            number, parts = node.segment
            name = parts[0]
            count = times[name] = times.get(name, 0) + 1
            label = f"{path}{name}.{count}" if count > 1 else path + name
            for position in range(1, len(parts)):
                value = parts[position].strip()
                if value and (number, position) not in used:
                    key = f"{label}-{position:02d}"
                    if key in extra:
                        # The same path from another part of the set.
                        key = f"{label}-{position:02d}@{number}"
                    extra[key] = value
            if node.under:
                self.keep(node.under, label + "/")
