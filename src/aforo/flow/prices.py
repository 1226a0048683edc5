"""Price tables in force: which tables a bridge has for which days, and the policy that reads them.

Tables (`routing.prices`) and the policy of a bridge are content-addressed artefacts, one a bridge, day class and
resource, and one a bridge. The index of all is one more; the artefact set names its hash. What decides is a *book*: the
tables of a bridge and day, bound into one array, with the policy and its parameters.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Annotated

import msgspec
import numpy as np

from aforo.domain.units import Float64Array
from aforo.ports.calendar import kind_of
from aforo.routing.choice import CLASSES, PARAMETERS, POLICIES, QUARTER_MINUTES, RESOURCES, TABLES, TOPS
from aforo.routing.lateness import Believed
from aforo.routing.parameters import parameters
from aforo.routing.prices import DayClass, bound, nearest_day
from aforo.routing.prices import read as read_tables
from aforo.routing.running import PolicyName
from aforo.routing.service_time import ServiceTime
from aforo.routing.service_time import read as read_times
from aforo.routing.trips import MOST, MOST_ALIKE

#: How many digits of a hash a decision names: enough to tell the books of a border apart.
NAMED_DIGITS = 16
#: Books that are held in memory; a bridge uses one a day.
_HELD = 64
_HOUR = 60.0
#: In the order of `ports.calendar.kind_of`.
_CLASS_OF_KIND: tuple[DayClass, ...] = ("weekday", "saturday", "sunday", "holiday")
#: In the place of a resource: the policy of the bridge.
POLICY = "policy"
#: Likewise: whose filings are put on the list of the bridge.
FILERS = "filers"
#: In the place of a day class: how long examinations take.
SERVICE = "service"

Number = Annotated[float, msgspec.Meta(ge=0.0, le=1e12)]


class BookError(ValueError):
    """A price table, or the policy of a bridge, is damaged, or of another version of the product."""


class BridgePolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which policy of the family a bridge runs, and its parameters, as `routing.parameters` lays them out.

    What is learnt of filings, absent until something is: `late` by class of value the share of the work that comes
    which the list does not see in time (`routing.lateness`), `alike` by what ties trips (`trips.TIES`) and by the count
    of those that look alike, less one, what the worth of an examination is multiplied by.
    """

    bridge: str
    policy: PolicyName
    params: Annotated[tuple[Number, ...], msgspec.Meta(min_length=PARAMETERS, max_length=PARAMETERS)]
    late: tuple[Annotated[float, msgspec.Meta(ge=0.0, le=1.0)], ...] = ()
    alike: tuple[tuple[Annotated[float, msgspec.Meta(ge=1.0, le=MOST)], ...], ...] = ()

    def document(self) -> bytes:
        """The stored form."""
        return msgspec.json.encode(self)


def parse_policy(body: bytes) -> BridgePolicy:
    """The policy of a stored document. Raises BookError."""
    try:
        policy = msgspec.json.decode(body, type=BridgePolicy)
    except msgspec.MsgspecError as wrong:
        raise BookError(f"not the policy of a bridge: {wrong}") from wrong
    if len(policy.late) not in (0, CLASSES) or any(len(each) != MOST_ALIKE for each in policy.alike):
        raise BookError("not the policy of a bridge: its classes, or counts of trips, are of another version")
    return policy


@dataclass(frozen=True)
class Book:
    """What decides at a bridge on a day. `name` is a digest of all that it is of, `rules` of the policy alone."""

    name: str
    rules: str
    policy: int
    params: Sequence[float]
    numbers: Sequence[float]
    #: Trucks a minute that are forecast, by quarter hour of the local day; empty without tables.
    arrivals: Sequence[float] = ()
    #: By what ties trips and the count of those that look alike, less one: what their worth is multiplied by.
    alike: Sequence[Sequence[float]] = ()

    def raised(self, counts: Sequence[int]) -> float:
        """What the worth of a truck's examinations is multiplied by, of which so many trips look alike by each tie."""
        return max((own[count - 1] for own, count in zip(self.alike, counts, strict=False)), default=1.0)

    def expected(self, minute: float) -> float:
        """The trucks that were forecast for the hour before a minute of the local day, as far as it is of that day; NaN
        where there is no forecast."""
        if not self.arrivals:
            return float("nan")
        since = max(0.0, minute - _HOUR)
        parts = (
            rate * max(0.0, min(minute, (place + 1) * QUARTER_MINUTES) - max(since, place * QUARTER_MINUTES))
            for place, rate in enumerate(self.arrivals)
        )
        return sum(parts) * (_HOUR / (minute - since) if minute > since else 0.0)

    @property
    def tables(self) -> bool:
        """Whether it has price tables; a rule needs none."""
        return len(self.numbers) > TABLES

    @property
    def tops(self) -> tuple[int, ...]:
        """By resource, how many units its tables reach to; 0 where it has none."""
        return tuple(map(int, self.numbers[TOPS : TOPS + len(RESOURCES)])) if self.tables else (0,) * len(RESOURCES)


def book_of(policy: BridgePolicy, numbers: Float64Array, name: str, arrivals: Sequence[float] = ()) -> Book:
    """A book from its parts; `numbers` is what `routing.book` binds, empty without tables."""
    # Read one by one, an array of Python's is faster than one of numpy's, and takes a quarter of a list's room.
    flat = array("d")
    flat.frombytes(numbers.astype("float64").tobytes())
    rules = hashlib.sha256(msgspec.json.encode((policy.policy, policy.params))).hexdigest()
    place = POLICIES.index(policy.policy)
    return Book(name, rules[:NAMED_DIGITS], place, list(policy.params), flat, arrivals, policy.alike)


class OfBridge(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What one bridge has: the hash of its policy, by day class and resource those of its tables, by resource those of
    what was learnt of how long examinations take, and that of whose filings are put on its list."""

    policy: str = ""
    tables: dict[DayClass, dict[str, str]] = {}
    service: dict[str, str] = {}
    filers: str = ""


class Index(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What every bridge has, by its identifier."""

    bridges: dict[str, OfBridge] = {}

    def document(self) -> bytes:
        """The stored form."""
        return msgspec.json.encode(self, order="sorted")

    def put(self, name: str, hash_: str) -> None:
        """Take up a document that is in force under a name of `named`; any other name is of another version."""
        bridge, _, rest = name.partition("/")
        own = self.bridges.setdefault(bridge, OfBridge())
        day, _, resource = rest.partition("/")
        if rest == POLICY:
            own.policy = hash_
        elif rest == FILERS:
            own.filers = hash_
        elif day == SERVICE and resource in RESOURCES:
            own.service[resource] = hash_
        elif resource in RESOURCES and (known := day_class(day)) is not None:
            own.tables.setdefault(known, {})[resource] = hash_


def named(bridge: str, day: DayClass, resource: str) -> str:
    """The name under which tables are registered."""
    return f"{bridge}/{day}/{resource}"


def service_named(bridge: str, resource: str) -> str:
    """The name under which it is registered how long examinations at a resource take."""
    return f"{bridge}/{SERVICE}/{resource}"


def policy_named(bridge: str) -> str:
    """The name under which the policy of a bridge is registered."""
    return f"{bridge}/{POLICY}"


def filers_named(bridge: str) -> str:
    """The name under which it is registered whose filings are put on the list of a bridge."""
    return f"{bridge}/{FILERS}"


def parse_index(body: bytes) -> Index:
    """The index of a stored document. Raises msgspec.MsgspecError."""
    return msgspec.json.decode(body, type=Index)


def day_class(name: str) -> DayClass | None:
    """A day class by its name; None where there is none of it."""
    return next((each for each in _CLASS_OF_KIND if each == name), None)


def class_of_day(day: date) -> DayClass:
    """The day class of a local date."""
    return _CLASS_OF_KIND[kind_of(day)]


class Prices:
    """The books of an index, bound as they are needed. `get` reads an artefact by its hash."""

    def __init__(self, index: Index, get: Callable[[str], bytes]) -> None:
        self.index = index
        self._get = get
        self._bound = lru_cache(_HELD)(self._bind)
        self._served = lru_cache(_HELD)(self._serve)
        self._believed = lru_cache(_HELD)(self._believing)
        self._named = {
            _name(own, day): (bridge, day) for bridge, own in index.bridges.items() for day in (*own.tables, None)
        }

    def has(self, bridge: str) -> bool:
        """Whether the bridge has tables, or a policy of its own."""
        own = self.index.bridges.get(bridge)
        return own is not None and bool(own.tables or own.policy)

    def service(self, bridge: str) -> Mapping[str, ServiceTime]:
        """What was learnt of how long examinations take at a bridge, by resource. Raises BookError, and what reading an
        artefact raises."""
        return self._served(bridge)

    def _serve(self, bridge: str) -> Mapping[str, ServiceTime]:
        own = self.index.bridges.get(bridge)
        try:
            return {} if own is None else {each: read_times(self._get(hash_)) for each, hash_ in own.service.items()}
        except (ValueError, msgspec.MsgspecError) as wrong:
            raise BookError(f"{bridge}: {wrong}") from wrong

    def believes(self, bridge: str, filer: int) -> bool:
        """Whether filings of a filer (a keyed hash) are put on the list of a bridge. Raises as `service`."""
        own = self.index.bridges.get(bridge)
        if own is None or not own.filers:
            return True
        others, but = self._believed(own.filers)
        return others != (filer in but)

    def _believing(self, hash_: str) -> tuple[bool, frozenset[int]]:
        try:
            document = msgspec.json.decode(self._get(hash_), type=Believed)
        except msgspec.MsgspecError as wrong:
            raise BookError(f"not whose filings are believed: {wrong}") from wrong
        return document.others, frozenset(document.but)

    def of(self, bridge: str, day: date) -> tuple[Book, bool]:
        """The book of a bridge for a local day, else the one of the nearest day class; and whether it is of another.

        Raises KeyError where the bridge has nothing, BookError, and what reading an artefact raises.
        """
        tables, wanted = self.index.bridges[bridge].tables, class_of_day(day)
        if not tables:
            return self._bound(bridge, None), False
        nearest = nearest_day(wanted, tables)
        return self._bound(bridge, nearest), nearest != wanted

    def named(self, name: str) -> Book | None:
        """The book that a decision names; None where the index has no such book. Raises as `of`."""
        place = self._named.get(name)
        return None if place is None else self._bound(*place)

    def _bind(self, bridge: str, day: DayClass | None) -> Book:
        own = self.index.bridges[bridge]
        policy = parse_policy(self._get(own.policy)) if own.policy else neutral(bridge)
        try:
            hashes = own.tables.get(day, {}).values() if day is not None else ()
            tables = [read_tables(self._get(hash_)) for hash_ in hashes]
            numbers = bound(tables, np.array(policy.late) if policy.late else None)
        except (ValueError, msgspec.MsgspecError) as wrong:
            raise BookError(f"{bridge}: {wrong}") from wrong
        return book_of(policy, numbers, _name(own, day), tables[-1].inputs.arrivals if tables else ())


def neutral(bridge: str) -> BridgePolicy:
    """The policy of a bridge that has tables and nothing else: the prices, with neutral parameters."""
    return BridgePolicy(bridge, "priced", tuple(parameters().tolist()))


def _name(own: OfBridge, day: DayClass | None) -> str:
    """The digest of what a book is of."""
    of = sorted(own.tables.get(day, {}).items()) if day is not None else []
    what = (own.policy, of, own.filers) if own.filers else (own.policy, of)
    return hashlib.sha256(msgspec.json.encode(what)).hexdigest()[:NAMED_DIGITS]
