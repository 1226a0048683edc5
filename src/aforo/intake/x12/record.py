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

    def again(self, place: str, raw: str) -> Record:
        """Another record of the same set, with the columns that this one has so far."""
        other = Record(place, raw, self._set_place)
        other.said.fields.update(self.said.fields)
        other.said.places.update(self.said.places)
        other._used |= self._used
        return other

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
            for position, value in enumerate(parts):
                if value and position and (number, position) not in used:
                    key = f"{label}-{position:02d}"
                    # The same path can come from another part of the set.
                    extra[f"{key}@{number}" if key in extra else key] = value.strip()
            if node.under:
                self.keep(node.under, label + "/")
