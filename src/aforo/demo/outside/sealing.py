"""Trucks under seal, told to the node as carriers, seals, gateways and officers tell it.

A carrier announces a trip and seals it; its seal reports until an officer takes it off, at the dock or as the truck
leaves the port; the number on it is read at the booth. Where it left, the trip is discharged. What happens on the way
was drawn beforehand (`journeys`, `seal_parts`), so that all of it is the same again after a restart: a block that was
handed in before is the same block, and what is done about a trip is done where it was not.
"""

from __future__ import annotations

import base64
import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final
from urllib.parse import quote

import msgspec

from aforo.demo.clients import Clients
from aforo.demo.outside import journeys, seal_forms
from aforo.demo.outside.journeys import MINUTE, Journey
from aforo.demo.outside.saying import Passage, written
from aforo.demo.outside.seal_forms import GATEWAY, Chain
from aforo.demo.outside.seal_parts import PROMISE, TOLERANCE_S, Part, parts_of
from aforo.demo.outside.seal_saying import SealSaying
from aforo.demo.outside.timetable import Due, Timetable
from aforo.demo.outside.wire import RefusedError, Wire
from aforo.domain.reading import PER_DEGREE

#: A trip is to be discharged so long after its truck comes to the bridge; one that is forgotten so soon, and it is so
#: long after the truck left.
_IN_TIME, _SOON, _FORGOTTEN = 6 * 60 * MINUTE, 20 * MINUTE, 180 * MINUTE
#: What was true of a truck is kept for so long after it came to the bridge: by then its responses are over.
_KEPT = 24 * 60 * MINUTE
_SUPPLIER: Final = "Candados SYN"
_AUTHORITY: Final = "SYN customs"
#: How far from the middle of a place one is in it, in metres.
_YARD_M, _CUSTOMS_M = 1_000, 1_500
#: Blocks of one request.
_AT_ONCE = 500
#: What is refused where it was said before a restart already.
_SAID_BEFORE: Final = frozenset({"trip_not_sealed", "trip_over"})


class Going(msgspec.Struct):
    """A journey that is under way. `device` is its seal, empty before it is sealed, and `chain` where that one's chain
    stood then. What was heard until `sent` is handed in, `over` where that was all. `off` is when the seal was taken
    off, `left` when the truck left the port; 0 before."""

    journey: Journey
    device: str = ""
    chain: Chain = msgspec.field(default_factory=Chain)
    sent: int = 0
    off: int = 0
    left: int = 0
    over: bool = False


class SealsStanding(msgspec.Struct):
    """How the seals of the world stand: journeys under way by their crossings, the chains of all devices, and since
    when those are free that are on no truck. `over` are journeys by their trips that were discharged within a day."""

    going: dict[str, Going] = {}
    over: dict[str, Journey] = {}
    chains: dict[str, Chain] = {}
    free: dict[str, int] = {}


class Seals:
    """See the module. `state` is how it stands."""

    def __init__(
        self, wire: Wire, clients: Clients, timetable: Timetable, seed: int, state: SealsStanding, since: int,
        tell: Callable[[str], None],
    ) -> None:  # fmt: skip
        """`since` is the instant, microseconds since 1970, up to which all was handed in; `tell` is told of what the
        node refused and should not have, the first of each kind."""
        self.state = state
        self._wire, self._clients, self._timetable, self._seed = wire, clients, timetable, seed
        self._since, self._tell = since, tell
        #: Until when what is to be told may be known already; it is looked up.
        self._again = 0
        self._token_of = {code: each.token for each in clients.senders for code in each.carriers}
        self._coming: list[tuple[int, str, Journey]] = []
        self._parts: dict[str, list[Part]] = {}
        self._saying: dict[str, SealSaying] = {}
        self.refused: Counter[str] = Counter()

    def begin(self, now: int) -> None:
        """The node's clock stands at an instant: what happened until then may have been told."""
        self._again = now

    def expect(self, dues: Iterable[Due]) -> None:
        """Trucks that are to come: those under seal are announced when it is time."""
        for due in dues:
            if not journeys.may_be_sealed(due):
                continue
            journey = journeys.journey_of(due, self._timetable.declaration(due), self._seed)
            if journey is not None and journey.announced > self._since:
                self.come(journey)

    def come(self, journey: Journey) -> None:
        """A truck under seal is to come."""
        heapq.heappush(self._coming, (journey.announced, journey.crossing, journey))

    def step(self, to: int, passages: Sequence[Passage]) -> None:
        """Tell what happened until an instant, up to which the node's clock has been moved. Raises NoAnswerError."""
        while self._coming and self._coming[0][0] <= to:
            journey = heapq.heappop(self._coming)[2]
            self._announce(journey)
            self.state.going[journey.crossing] = Going(journey)
        for passage in passages:
            under_seal = self.state.going.get(passage.crossing)
            if under_seal is not None and under_seal.device:
                self._seen(under_seal, passage)
        self._report(to)
        # Last, and in the order of time: which seal is free for a truck does not depend on how long a step is.
        sealed = [each for each in self.state.going.values() if not each.device and each.journey.begins <= to]
        for going in sorted(sealed, key=lambda each: (each.journey.begins, each.journey.crossing)):
            self._seal(going)
        for crossing, going in list(self.state.going.items()):
            if going.left and going.left + (_FORGOTTEN if going.journey.mishap == "forgotten" else 0) <= to:
                self._act(going.journey, "discharge", {"where": "World Trade", "at": written(to)})
                del self.state.going[crossing]
                self.state.over[going.journey.trip] = going.journey
                self._parts.pop(crossing, None)
                self._saying.pop(crossing, None)
        for trip in [trip for trip, each in self.state.over.items() if each.arrives + _KEPT <= to]:
            del self.state.over[trip]
        self._since = to

    def planted(self, trip: str) -> Journey | None:
        """The journey of a trip that is under way, or was over within a day; None of any other."""
        going = self.state.going.get(trip.removesuffix(journeys.TRIP))
        return self.state.over.get(trip) if going is None else going.journey

    # What is done about a trip

    def _announce(self, journey: Journey) -> None:
        """By its carrier, with the places where it may be opened."""
        if journey.announced <= self._again and self._known(journey):
            return
        deadline = journey.arrives + (_SOON if journey.mishap == "forgotten" else _IN_TIME)
        road = journeys.road()
        places = [
            _place("SYN consignor", *_begins_at(self._parts_of(journey)), _YARD_M),
            _place("World Trade", *road.at(road.length), _CUSTOMS_M),
        ]
        body = {
            "regime": "export", "carrier": journey.carrier, "deadline": written(deadline),
            "crossing": journey.crossing, "corridor": road.corridor.id, "places": places,
        }  # fmt: skip
        self._put(f"/v1/trips/{quote(journey.trip)}", self._token_of[journey.carrier], body)

    def _seal(self, going: Going) -> None:
        """By its carrier, with a seal of its own that is on no other truck."""
        journey = going.journey
        kind = f"SYN-{journey.grade[0].upper()}-{journey.carrier}-"
        free = [
            each for each, since in self.state.free.items() if each.startswith(kind) and since <= journey.begins
        ]  # fmt: skip
        name = min(free, default=f"{kind}{sum(each.startswith(kind) for each in self.state.chains) + 1}")
        if free:
            del self.state.free[name]
        else:
            self.state.chains[name] = Chain()
            self._register(name, journey)
        before = self.state.chains[name]
        going.device, going.chain = name, Chain(before.boot + 1, before.previous)
        known = self._known(journey) if journey.begins <= self._again else None
        if not known or all(each["device"] != name for each in known["seals"]):
            said = {
                "device": name,
                "seal_id": journey.seal_id,
                "at": written(journey.begins),
                "where": "Consignor (SYNTHETIC)",
            }
            self._post(f"/v1/trips/{quote(journey.trip)}/seal", self._token_of[journey.carrier], said)

    def _register(self, name: str, journey: Journey) -> None:
        body = {
            "kind": "seal", "supplier": _SUPPLIER, "promise_s": PROMISE * 120, "tolerance_s": TOLERANCE_S,
            "seal_class": "H", "carrier": journey.carrier,
            "key": seal_forms.public_of(name, self._seed) if journey.grade == "device" else "",
        }  # fmt: skip
        self._enter(name, body, journey.begins)
        if journey.grade == "gateway" and GATEWAY not in self.state.chains:
            self.state.chains[GATEWAY] = Chain()
            own = {"kind": "gateway", "carrier": "", "key": seal_forms.public_of(GATEWAY, self._seed)}
            self._enter(GATEWAY, {**body, **own, "seal_class": None}, journey.begins)

    def _enter(self, name: str, body: dict[str, Any], at: int) -> None:
        """Into the registry, where it is not there yet."""
        path, token = f"/v1/devices/{quote(name)}", self._clients.registry
        if at > self._again or not self._found(path, token):
            self._put(path, token, body)

    def _seen(self, going: Going, passage: Passage) -> None:
        journey = going.journey
        if passage.what == "booth":
            number = f"{journey.seal_id}9" if journey.mishap == "swapped" else journey.seal_id
            said = {"seal_id": number, "at": written(passage.at), "where": "World Trade, primary"}
            self._act(journey, "seal-read", said)
            return
        if not going.off:
            going.off = passage.at
            where = "World Trade, dock" if passage.what == "dock" else "World Trade, exit"
            said = {"device": going.device, "authority": _AUTHORITY, "at": written(passage.at), "where": where}
            self._act(journey, "unseal", said)
        if passage.what == "left":
            going.left = passage.at

    def _act(self, journey: Journey, what: str, said: dict[str, Any]) -> None:
        officer = self._clients.officers[journeys.BRIDGE]
        self._post(f"/v1/trips/{quote(journey.trip)}/{what}", officer, said, _SAID_BEFORE)

    # What seals say

    def _report(self, to: int) -> None:
        """Hand in what was heard until an instant: all signed blocks, and all lines."""
        signed: list[bytes] = []
        said: list[str] = []
        for going in self.state.going.values():
            if going.device and not going.over:
                saying = self._saying_of(going)
                for number in saying.rest(going.sent, going.off) if going.off else saying.heard(going.sent, to):
                    signed += saying.signed(number)
                    said += saying.lines(number)
                going.sent = to
                if going.off:
                    self._take_back(going, saying)
        token = self._clients.devices
        for first in range(0, len(signed), _AT_ONCE):
            body = {"blocks": [base64.b64encode(each).decode() for each in signed[first : first + _AT_ONCE]]}
            self._post("/v1/custody/blocks", token, body)
        if said:
            self._tell_node("/v1/custody/readings/seal_text", token, "\r\n".join(said).encode(), "text/plain")

    def _take_back(self, going: Going, saying: SealSaying) -> None:
        """A seal that was taken off is free again, but one that somebody has copied."""
        going.over = True
        if (last := saying.last(going.off)) is not None:
            self.state.chains[going.device] = Chain(going.chain.boot, last)
        if going.journey.mishap != "cloned":
            self.state.free[going.device] = going.off

    def _parts_of(self, journey: Journey) -> list[Part]:
        if journey.crossing not in self._parts:
            self._parts[journey.crossing] = parts_of(journey, journeys.road())
        return self._parts[journey.crossing]

    def _saying_of(self, going: Going) -> SealSaying:
        name = going.journey.crossing
        if name not in self._saying:
            parts = self._parts_of(going.journey)
            self._saying[name] = SealSaying(going.journey, parts, going.device, going.chain, self._seed)
        return self._saying[name]

    # The wire

    def _known(self, journey: Journey) -> Any:
        """What the node knows of a trip; None where it knows nothing."""
        return self._found(f"/v1/trips/{quote(journey.trip)}", self._token_of[journey.carrier])

    def _found(self, path: str, token: str) -> Any:
        """What stands at a path; None where nothing does."""
        try:
            return self._wire.get(path, token)
        except RefusedError:
            return None

    def _put(self, path: str, token: str, said: dict[str, Any]) -> None:
        self._tell_node(path, token, msgspec.json.encode(said), method="PUT")

    def _post(self, path: str, token: str, said: dict[str, Any], expected: frozenset[str] = frozenset()) -> None:
        self._tell_node(path, token, msgspec.json.encode(said), expected=expected)

    def _tell_node(
        self, path: str, token: str, body: bytes, media_type: str = "application/json", *, method: str = "POST",
        expected: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        """Tell the node something; what it refuses for what is not `expected` is told of."""
        try:
            said = self._wire.send(method, path, token, body, media_type)
        except RefusedError as refused:
            if not refused.codes or not refused.codes <= expected:
                self._refuse(" ".join(sorted(refused.codes)), str(refused))
            return
        for problem in said.get("problems", ()):
            self._refuse(str(problem["code"]), f"{method} {path}: {msgspec.json.encode(problem).decode()}")

    def _refuse(self, code: str, why: str) -> None:
        self.refused[code] += 1
        if self.refused[code] == 1:
            self._tell(why)


def _begins_at(parts: Sequence[Part]) -> tuple[int, int]:
    """Latitude and longitude (1e-7 degree) of the first fix of a journey; the road's beginning where it has none."""
    for part in parts:
        for row in part.readings[part.readings["fix"]]:
            return int(row["latitude"]), int(row["longitude"])
    return journeys.road().at(0.0)


def _place(name: str, latitude: int, longitude: int, radius_m: int) -> dict[str, Any]:
    return {
        "name": name, "latitude": latitude / PER_DEGREE, "longitude": longitude / PER_DEGREE, "radius_m": radius_m,
        "use": "open",
    }  # fmt: skip
