"""A record of the declaration table being filled from segments: columns first, all else that was read into `extra`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from aforo.intake.message import Said
from aforo.intake.x12.grammar import Node
from aforo.intake.x12.tokens import Segment


@lru_cache(maxsize=4_096)
def _keys(label: str, count: int) -> list[str]:
    """What `extra` calls the parts of a segment of `count` parts: its elements, and the identifier before them, which
    is not kept, by no name."""
    return ["", *(f"{label}-{position:02d}" for position in range(1, count))]


class Record:
    """Fills one `Said`. An element that stands in a column as it came is not repeated in `extra`."""

    def __init__(self, place: str, raw: str, set_place: str) -> None:
        self.said = Said(place, raw)
        self._set_place = set_place
        #: By a segment's number, the positions that stand in a column as they came.
        self._used: dict[int, tuple[int, ...]] = {}

    def again(self, place: str, raw: str) -> Record:
        """Another record of the same set, with the columns that this one has so far."""
        other = Record(place, raw, self._set_place)
        other.said.fields.update(self.said.fields)
        other.said.places.update(self.said.places)
        other.said.undated = self.said.undated
        other._used.update(self._used)
        return other

    def put(self, column: str, value: str, segment: Segment, position: int) -> None:
        """Fill a column with what was made of an element, unless something fills it already."""
        if value and column not in self.said.fields:
            number, parts = segment
            self.said.fields[column] = value
            self.said.places[column] = f"{self._set_place}, segment {number} {parts[0]}{position:02d}"

    def take(self, column: str, segment: Segment, position: int) -> None:
        """Fill a column with an element as it is, unless something fills it already."""
        value = segment.get(position)
        if value and column not in self.said.fields:
            self.put(column, value, segment, position)
            self._used[segment.number] = (*self._used.get(segment.number, ()), position)

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
            in_columns = used.get(number)
            for position, (key, value) in enumerate(zip(_keys(label, len(parts)), parts, strict=True)):
                if value and position and (in_columns is None or position not in in_columns):
                    # The same path can come from another part of the set.
                    extra[f"{key}@{number}" if key in extra else key] = value.strip()
            if node.under:
                self.keep(node.under, label + "/")
