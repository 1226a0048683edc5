"""Which trucks come when: the twin's arrivals at each bridge, day by day, each with a crossing of the synthetic world.

How many come, in which hour and lane class, and how long each will take at every place is drawn as in the twin: from
the port document's shape and the published counts of the month (of 2024, in later years too), with the twin's profile.
Who it is, what it carries and what it hides is the next crossing of the world's traders at that place. The same seed
and bridge have the same trucks, whatever other bridges are shown.

The world has fewer crossings a week than the border: a tractor or a driver that would come again within hours is
another one of the same fleet, with a letter behind its name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from aforo.demo.outside import forms, writing
from aforo.demo.outside.breaking import chance
from aforo.demo.outside.forms import Form
from aforo.demo.outside.places import Shown
from aforo.demo.outside.traders import Traders
from aforo.demo.outside.writing import Paper
from aforo.domain.bridge import LaneClass
from aforo.domain.clock import microseconds
from aforo.domain.threat import Threat
from aforo.twin import volumes
from aforo.twin.network import LANES, MINUTE, NEVER, SERVICES
from aforo.twin.of_port import hourly_demand, modelled
from aforo.twin.traffic import trucks_of

#: Who files in good time does so up to this much before the least lead time (assumed).
_EARLY = 20 * MINUTE
#: Who files late does so this long before the truck comes (assumed).
_LATE = 6 * MINUTE
#: Shares of those whose filing is amended before they come, of those whose is cancelled, and of those that filed and do
#: not come without a word; and how far mass or value are amended (all assumed).
AMENDED, CANCELLED, STAYING_AWAY = 0.05, 0.01, 0.01
_FURTHEST = 0.25
#: What becomes of a truck that filed.
Fate = Literal["comes", "amends", "cancels", "stays_away"]
#: A tractor, or a driver, is not back within this time.
_BACK = 8 * 60 * MINUTE
#: A day is drawn this long before it begins: nobody files earlier.
_AHEAD = 4 * 60 * MINUTE


class Due(msgspec.Struct):
    """One truck. Instants are microseconds since 1970, `takes` what it will need at each place, by its name, in
    microseconds. `row` is its crossing among the future of the traders; `number` its number at its bridge. What is
    amended or cancelled is so when it `changes`."""

    crossing: str
    bridge: str
    number: int
    lane: LaneClass
    plate: str
    driver: str
    row: int
    filed: int
    arrives: int
    takes: dict[str, int]
    threat: Threat | None = None
    severity: float = 0.0
    scheme: str | None = None
    fate: Fate = "comes"
    changes: int = 0

    @property
    def declaration(self) -> str:
        """The name of its declaration."""
        return f"{self.crossing}-D"


class _OfBridge:
    """The days of one bridge, in their order."""

    def __init__(self, shown: Shown, traders: Traders, seed: int, first: date) -> None:
        self._shown, self._traders, self._seed, self._first = shown, traders, seed, first
        self._zone = ZoneInfo(shown.port.zone)
        self._passed = 0
        self._taken = dict.fromkeys(("fast", "standard", "empty"), 0)
        self._used: dict[str, list[int]] = {}

    @property
    def begins(self) -> int:
        """When the next day begins."""
        return self._midnight(self._first + timedelta(days=self._passed))

    def _midnight(self, day: date) -> int:
        return microseconds(datetime(day.year, day.month, day.day, tzinfo=self._zone).astimezone(UTC))

    def next_day(self) -> list[Due]:
        """The trucks of the next day, in the order of arrival."""
        day = self._first + timedelta(days=self._passed)
        midnight, number = self._midnight(day), self._passed
        self._passed += 1
        shown = self._shown
        counts = {(day.year, month): count for (_, month), count in volumes.shipped()[shown.port.code].items()}
        hourly = hourly_demand(shown.port, shown.bridge, day, 1, counts)
        if not hourly.sum() > 0.0:
            return []
        seed = self._seed * 100_000 + number
        trucks = trucks_of(modelled(shown.port, shown.bridge, day, hourly, seed).demand, seed)
        early = np.random.default_rng([seed, shown.number]).integers(0, _EARLY, len(trucks.arrives))
        filed = np.where(trucks.listed == NEVER, trucks.arrives - _LATE, trucks.filed - early)
        takes = trucks.service.tolist()
        made = []
        for i, (come, file, code) in enumerate(
            zip(trucks.arrives.tolist(), filed.tolist(), trucks.lane.tolist(), strict=True)
        ):
            lane: LaneClass = LANES[code]
            row = self._next_row("standard" if lane == "hazmat" else lane)
            crossing = self._traders.rows[row]
            hidden = self._traders.hidden.get(row)
            at = midnight + come
            behind = "" if self._at_home(crossing) else f"-{shown.number}"
            carrier, own = str(crossing["carrier_id"]), number * 100_000 + i
            form = forms.form_of(carrier)
            name = f"SYN{shown.number}-{number:03d}-{i:05d}"
            fate = self._fate(name, form, crossing)
            made.append(
                Due(
                    forms.crossing_of(form, carrier, name, shown.number * 100_000_000 + own),
                    shown.bridge.id,
                    own,
                    lane,
                    forms.plate_of(form, self._another(f"{crossing['tractor_id']}{behind}", at)),
                    forms.driver_of(form, self._another(f"{crossing['driver_id']}{behind}", at)),
                    row,
                    midnight + file,
                    at,
                    dict(zip(SERVICES, takes[i], strict=True)),
                    hidden.threat if hidden else None,
                    hidden.severity if hidden else 0.0,
                    hidden.scheme if hidden else None,
                    fate,
                    midnight + file + round((0.1 + 0.8 * chance(name, "changes")) * (come - file)),
                )
            )
        return made

    def _fate(self, name: str, form: Form, crossing: Mapping[str, object]) -> Fate:
        """What becomes of a truck. A Carta Porte is cancelled with the tax office, which tells nobody here; and of an
        empty truck there is nothing to amend."""
        drawn = chance(self._seed, name, "fate")
        if drawn < CANCELLED:
            return "stays_away" if form == "carta_porte" else "cancels"
        if drawn < CANCELLED + STAYING_AWAY:
            return "stays_away"
        return "amends" if drawn < CANCELLED + STAYING_AWAY + AMENDED and forms.is_laden(crossing) else "comes"

    def _next_row(self, lane: str) -> int:
        """The next crossing of the lane at this place; after the last one they begin again."""
        queue = self._traders.queues[self._shown.place, lane]
        # Bridges that share a queue begin at places of their own in it.
        begins = 0 if self._at_home(self._traders.rows[queue[0]]) else self._shown.number * 7_919
        row = queue[(begins + self._taken[lane]) % len(queue)]
        self._taken[lane] += 1
        return row

    def _at_home(self, crossing: Mapping[str, object]) -> bool:
        """Whether a crossing of the world is one of this very bridge; another bridge's has other tractors here."""
        named = self._shown.port.bridge(str(crossing["bridge"]))
        return crossing["port"] == self._shown.port.code and named is not None and named.id == self._shown.bridge.id

    def _another(self, name: str, at: int) -> str:
        """Its name, or that of the first of the same fleet that can be back."""
        uses = self._used.setdefault(name, [])
        number = next((each for each, before in enumerate(uses) if at - before >= _BACK), len(uses))
        uses[number : number + 1] = [at]
        return f"{name}{_letter(number)}"


def _amended(columns: Mapping[str, Any], crossing: str) -> dict[str, Any]:
    """What an amendment says anew: another seal, or another mass or value."""
    drawn, far = chance(crossing, "amends"), 1.0 + _FURTHEST * (2.0 * chance(crossing, "how far") - 1.0)
    if drawn < 0.25:
        return {"seal_id": f"{columns.get('seal_id') or 'SYN'}A"}
    column = "value_usd" if drawn < 0.5 else "gross_mass_kg"
    return {column: round(float(columns[column]) * far, 2)} if columns.get(column) is not None else {}


def _letter(number: int) -> str:
    return "" if not number else chr(ord("A") + number - 1) if number <= 26 else f"Z{number}"


class Timetable:
    """The trucks of all bridges that are shown."""

    def __init__(self, shown: list[Shown], traders: Traders, seed: int, first: date) -> None:
        """`first` is the first day that is drawn."""
        self._traders = traders
        self._bridges = [_OfBridge(each, traders, seed, first) for each in shown]
        self._names = {each.bridge.id: (each.port.code, each.bridge.name) for each in shown}
        self._zones = {each.bridge.id: ZoneInfo(each.port.zone) for each in shown}

    def until(self, instant: int) -> Iterator[Due]:
        """The trucks of the days that begin soon after an instant, microseconds since 1970, and were not drawn yet."""
        for bridge in self._bridges:
            while bridge.begins <= instant + _AHEAD:
                yield from bridge.next_day()

    def declaration(self, due: Due) -> dict[str, Any]:
        """What is filed of a truck."""
        port, bridge = self._names[due.bridge]
        own = {name: value for name, value in self._traders.rows[due.row].items() if value is not None}
        filed = datetime.fromtimestamp(due.filed / 1e6, UTC).isoformat(timespec="seconds")
        own |= {
            "declaration_id": due.declaration, "crossing_id": due.crossing, "filed_at": filed, "port": port,
            "bridge": bridge, "tractor_id": due.plate, "driver_id": due.driver,
            "lane": "standard" if due.lane == "hazmat" else due.lane,
        }  # fmt: skip
        section = writing.section_of(port)
        if forms.form_of(self.carrier(due)) == "pedimento" and forms.is_laden(own) and section:
            own["shipment_id"] = forms.pedimento_of(due.crossing, section)
        return own

    def paper(self, due: Due, *, changed: bool = False) -> Paper:
        """What is filed of a truck; `changed` for what amends or cancels that."""
        columns = self.declaration(due)
        if changed:
            at = datetime.fromtimestamp(due.changes / 1e6, UTC).isoformat(timespec="seconds")
            columns |= {
                "declaration_id": f"{due.declaration}~1", "amends": due.declaration, "filed_at": at,
                "action": "replace" if due.fate == "amends" else "cancel",
            }  # fmt: skip
            if due.fate == "amends":
                columns |= _amended(columns, due.crossing)
        return Paper(columns, self._zones[due.bridge])

    def carrier(self, due: Due) -> str:
        """The code of the carrier that files for a truck."""
        return str(self._traders.rows[due.row]["carrier_id"])
