"""What the clients have to say is handed in: in the order in which it has to be, at once where that is no matter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar
from urllib.parse import quote

import msgspec

from aforo.demo.clients import Clients, Sender
from aforo.demo.outside import writing
from aforo.demo.outside.forms import Form, form_of
from aforo.demo.outside.saying import Finding, Saying, Stated
from aforo.demo.outside.timetable import Due, Timetable
from aforo.demo.outside.wire import RefusedError, Wire, lines
from aforo.demo.outside.writing import Paper, Written
from aforo.demo.people import SECOND
from aforo.domain.alert import FOUND
from aforo.domain.decision import Examination

T = TypeVar("T")
#: Requests at once; and rows of one request: declarations, readings, reports.
AT_ONCE, MOST_FILED, MOST_READ, MOST_REPORTED = 4, 400, 10_000, 400
_NDJSON = "application/x-ndjson"
#: What officers give as their reason, and carriers as theirs. Officers' is recorded in clear and may name nobody: some
#: forms name drivers, and all synthetic ones are called SYN.
RELEASED: Final = "The examination is over, and the truck is released to its carrier"
_CONTESTED = "SYN: the goods were as declared; we ask that the record of this examination be looked at again"
#: What a release is refused for where officers at the console were faster, or it was said before a restart; and a
#: challenge, where its carrier has as many that wait for an answer as it may.
_FREED_BEFORE: Final = frozenset({"override_changes_nothing", "override_examined"})
_MAY_WAIT: Final = frozenset({"challenge_many_open"})
_CLOSED_BEFORE: Final = frozenset({"alert_closed_already"})
#: What the node answers of a truck: its crossing, and what is to be done with it.
Answered = Callable[[str, Examination], None]


class Handing:
    """The hands of all clients. A context manager."""

    def __init__(
        self, wire: Wire, clients: Clients, timetable: Timetable, tell: Callable[[str], None] = lambda why: None
    ) -> None:
        """`tell` is told of what the node refused and should not have, the first of each kind."""
        self._tell = tell
        self._wire, self._clients, self._timetable = wire, clients, timetable
        self._sender_of = {code: each for each in clients.senders for code in each.carriers}
        self._pool = ThreadPoolExecutor(AT_ONCE, "hands")
        #: What the node refused, by its code, and how often: none of it should be.
        self.refused: Counter[str] = Counter()

    def __enter__(self) -> Handing:
        return self

    def __exit__(self, *raised: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def file(self, dues: Sequence[Due], *, changed: bool = False) -> None:
        """File for trucks, or (`changed`) what amends or cancels that; each sender by itself, in the forms of its
        carriers. Raises NoAnswerError, RefusedError."""
        grouped: dict[tuple[str, str], tuple[Sender, Form, list[Paper]]] = {}
        for due in dues:
            carrier = self._timetable.carrier(due)
            sender, form = self._sender_of[carrier], form_of(carrier)
            # A manifest's envelope names one carrier.
            key = sender.name, carrier if form == "x12" else form
            grouped.setdefault(key, (sender, form, []))[2].append(self._timetable.paper(due, changed=changed))
        parts = [(sender, form, part) for sender, form, all_ in grouped.values() for part in _parts(all_, MOST_FILED)]
        self._all(lambda each: self._file(each[0], writing.message(each[1], each[2])), parts)
        # A pedimento comes to a trip that names it.
        beside = [(sender, own) for sender, _, part in parts if (own := _beside(part))] if not changed else []
        self._all(lambda each: self._file(each[0], writing.pedimentos(each[1])), beside)

    def _file(self, sender: Sender, message: Written) -> None:
        said = self._wire.post("/v1/filings", sender.token, message.body, message.media_type)
        for each in said if isinstance(said, list) else [said]:
            if each.get("status") == "refused":
                self._refused("filing", f"POST /v1/filings: {each.get('reference')}")

    def hand_in(self, said: Saying, answered: Answered) -> None:
        """Hand in all but filings, those first. Raises NoAnswerError, RefusedError."""
        own = self._clients
        for part in _parts(said.scanners, MOST_READ):
            self._rows("/v1/scanners/reports", own.devices, part)
        self._in_order(said.stated)
        if said.filings:
            self.file(said.filings)
        for part in _parts(said.reads, MOST_READ):
            self._rows("/v1/readings", own.devices, part)
        self._in_order(said.work)
        by_bridge: dict[str, list[Finding]] = {}
        for each in said.findings:
            by_bridge.setdefault(each.bridge, []).append(each)
        self._all(lambda each: self._report(*each), list(by_bridge.items()))
        # Who comes to a booth has been at the portal before, and goes nowhere from there before it is answered.
        self._all(lambda each: answered(each[1], self.arrive(*each)), said.arrivals)
        asking = [(each.bridge, each.crossing) for each in said.findings if each.asks]
        self._all(lambda each: answered(each[1], self.arrive(*each)), asking)
        for part in _parts(said.passed, MOST_REPORTED):
            self._rows("/v1/outcomes", own.system, part)
        for bridge, crossing in said.freed:
            officer, body = own.officers[bridge], {"examination": "release", "reason": RELEASED}
            path = f"/v1/crossings/{quote(crossing)}/override"
            self.unless(_FREED_BEFORE, path, officer, body, second=self._second(officer, crossing, "release"))
            self._see_to_found(crossing, officer)
        for due in said.contested:
            sender = self._sender_of[self._timetable.carrier(due)]
            body = {"which": due.crossing, "statement": _CONTESTED}
            self.unless(_MAY_WAIT, "/v1/challenges", sender.token, body)

    def _second(self, officer: str, crossing: str, examination: Examination) -> str:
        """The signature of the second officer for an order of the first, by that one's account: an access token is no
        second person on a node with accounts. Raises NoAnswerError, RefusedError."""
        body = {
            "name": SECOND, "password": self._clients.password, "crossing_id": crossing, "examination": examination,
        }  # fmt: skip
        return str(self._wire.post("/v1/seconds", officer, msgspec.json.encode(body))["token"])

    def _rows(self, path: str, token: str, rows: list[dict[str, Any]]) -> None:
        """Hand in rows, of which some may be refused while the others are taken."""
        for problem in self._wire.post(path, token, lines(rows), _NDJSON)["problems"]:
            self._refused(str(problem["code"]), f"POST {path}: {msgspec.json.encode(problem).decode()}")

    def unless(
        self, expected: frozenset[str], path: str, token: str, body: Mapping[str, Any], *, second: str = ""
    ) -> Any:
        """Tell something that may be refused for what is `expected`; any other refusal is one to be told of. What the
        node answered, None where it refused. Raises NoAnswerError."""
        try:
            return self._wire.post(path, token, msgspec.json.encode(body), second=second)
        except RefusedError as refused:
            if not refused.codes or not refused.codes <= expected:
                self._refused(" ".join(sorted(refused.codes)), str(refused))
            return None

    def _refused(self, code: str, why: str) -> None:
        self.refused[code] += 1
        if self.refused[code] == 1:
            self._tell(why)

    def _see_to_found(self, crossing: str, officer: str) -> None:
        """Close the alerts of what was found in a truck, once it is secured; those that somebody at the console has
        taken are theirs to close."""
        told: Mapping[str, Any] = self._wire.get(f"/v1/alerts?crossing={quote(crossing, safe='')}", officer)
        for alert in (each for truck in told["trucks"] for each in truck["alerts"]):
            if alert["kind"] in FOUND and alert["owner"] is None:
                body = {"reason": RELEASED, "ending": "handled"}
                self.unless(_CLOSED_BEFORE, f"/v1/alerts/{quote(alert['alert_id'])}/close", officer, body)

    def arrive(self, bridge: str, crossing: str) -> Examination:
        """Say that a truck stands at the booth, again where that is known; what the node orders."""
        path = f"/v1/crossings/{quote(crossing)}/arrival?bridge={quote(bridge)}"
        said: Mapping[str, Any] = self._wire.post(path, self._clients.officers[bridge], b"")
        instruction: Examination = msgspec.convert(said["instruction"], Examination)
        return instruction

    def history(self, bridge: str, crossing: str) -> list[str]:
        """The types of what was recorded of a truck, as an officer at its bridge sees them."""
        said = self._wire.get(f"/v1/crossings/{quote(crossing)}", self._clients.officers[bridge])
        return [str(each["type"]) for each in said["history"]]

    def _report(self, bridge: str, findings: Sequence[Finding]) -> None:
        for part in _parts([each.row for each in findings], MOST_REPORTED):
            self._rows("/v1/outcomes", self._clients.officers[bridge], part)

    def _in_order(self, said: Sequence[Stated]) -> None:
        """Statements of each bridge in their order."""
        by_bridge: dict[str, list[Stated]] = {}
        for each in said:
            by_bridge.setdefault(each.bridge, []).append(each)

        def state(own: Sequence[Stated]) -> None:
            for bridge, what, body in own:
                self._wire.post(f"/v1/bridges/{quote(bridge)}/{what}", self._clients.devices, msgspec.json.encode(body))

        self._all(state, list(by_bridge.values()))

    def _all(self, do: Callable[[T], None], each: Sequence[T]) -> None:
        if len(each) == 1:
            do(each[0])
            return
        for _ in self._pool.map(do, each):
            pass


def _beside(papers: Sequence[Paper]) -> list[Paper]:
    """Those of which a pedimento is filed too."""
    return [each for each in papers if "shipment_id" in each.columns]


def _parts(rows: Sequence[T], most: int) -> Iterable[list[T]]:
    return (list(rows[first : first + most]) for first in range(0, len(rows), most))
