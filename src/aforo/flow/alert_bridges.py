"""At which bridge the truck is that an alert is about, and about how many trucks of a bridge alerts ask for somebody.

The page of the border, the handover and the list of alerts all tell this one count, so that nobody has to find out why
two of them differ: trucks, each once, with an alert that nobody has in hand and nobody put off, or that is overdue.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

import msgspec

from aforo.answers.alert import Alert, Phase, phase
from aforo.domain.event import Filed
from aforo.flow.alerts import Alerts
from aforo.flow.alerts_shown import group_of
from aforo.flow.crossing_events import followed
from aforo.flow.dossiers import DossiersOf
from aforo.flow.edge_enrolled import enrolled
from aforo.flow.live_bridges import Live
from aforo.flow.names import stream_of
from aforo.log.store import Log

#: The phases in which an alert asks for somebody.
ASKING: frozenset[Phase] = frozenset({"waiting", "overdue"})
#: Subjects beside the dossiers whose port and bridge are remembered, so that their streams are not read each second.
MOST_KNOWN = 20_000


class BridgeAsking(msgspec.Struct, frozen=True):
    """About how many trucks of a bridge alerts ask for somebody."""

    bridge: str
    trucks: int


class AlertBridges:
    """See the module. May be asked from several threads."""

    def __init__(self, log: Log, live: Live, dossiers: DossiersOf) -> None:
        self.alerts = Alerts(log)
        self._log, self._live, self._dossiers = log, live, dossiers
        self._beside: dict[str, tuple[str, str]] = {}
        self._last: dict[str, set[str]] | None = None

    def of(self, alerts: Collection[Alert]) -> Callable[[Alert], str]:
        """The bridge of each of some alerts: where its truck stood last, else as it was filed; of one that names none
        of its port's, the first of these; empty where not even the port is known, or it is about no truck."""
        crossings = {alert.crossing for alert in alerts if alert.crossing is not None}
        named = self.of_crossings(crossings)

        def at(alert: Alert) -> str:
            if alert.crossing is not None:
                return named[alert.crossing]
            room, _, visit = alert.subject.partition("/")
            return self._at_edge(visit.rpartition("/")[0]) if room == "edge-visit" else ""

        return at

    def of_crossings(self, crossings: Collection[str]) -> dict[str, str]:
        """The bridge of each of some crossings, as `of` has it."""
        if not crossings:
            return {}
        known = self._dossiers.ask(
            lambda dossiers: {
                name: (each.port, each.bridge)
                for name in crossings
                if (each := dossiers.crossings.get(name)) is not None
            }
        )
        live = self._live()
        return {name: live.meant(*(known.get(name) or self._filed(name))) for name in crossings}

    def asking(self, now: datetime) -> dict[str, set[str]]:
        """The trucks of each bridge about which alerts ask for somebody, by what names them in a list of alerts."""
        alerts = [alert for alert in self.alerts.open() if phase(alert, now) in ASKING]
        bridge_of, found = self.of(alerts), dict[str, set[str]]()
        for alert in alerts:
            if bridge := bridge_of(alert):
                found.setdefault(bridge, set()).add(group_of(alert))
        return found

    def asking_soon(self, now: datetime) -> dict[str, set[str]] | None:
        """The same for who may not wait, as it was last where another thread is at the dossiers; None before."""
        if not self._dossiers.busy:
            self._last = self.asking(now)
        return self._last

    def trucks_asking(self, bridges: Iterable[str], now: datetime) -> int:
        """How many trucks these are at some bridges, each counted once."""
        asking = self.asking(now)
        return len(set[str]().union(*(asking.get(bridge, ()) for bridge in bridges)))

    def _filed(self, crossing: str) -> tuple[str, str]:
        """Port and bridge by a crossing's own stream, where the dossiers do not follow it any more."""

        def read() -> tuple[str, str]:
            fields: dict[str, str] = {}
            for stored in followed(self._log.stream(stream_of(crossing)), self._log):
                if isinstance(payload := stored.payload, Filed):
                    fields = payload.declaration
            return fields.get("port") or "", fields.get("bridge") or ""

        return self._remembered(stream_of(crossing), read)

    def _at_edge(self, origin: str) -> str:
        """The bridge of a port that was cut off, and tells of a truck of which no filing is known."""

        def read() -> tuple[str, str]:
            edge = enrolled(self._log, origin)
            return ("", "") if edge is None else (edge.port, edge.bridge)

        return self._live().meant(*self._remembered(f"edge/{origin}", read))

    def _remembered(self, subject: str, read: Callable[[], tuple[str, str]]) -> tuple[str, str]:
        found = self._beside.get(subject)
        if found is None:
            if len(self._beside) >= MOST_KNOWN:
                self._beside.clear()
            found = self._beside[subject] = read()
        return found
