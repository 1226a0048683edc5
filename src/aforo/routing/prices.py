"""Price tables as artefacts: what they are solved from, the document that is kept by its content, and books of them.

A document holds the tables of one resource of one bridge and day class for every number of units that may be up: they
are solved together, since a unit that is down comes back. Values are kept in 1024ths of a truck-minute, as differences
along the work, so the document is plain JSON and reads back to the bit. What is in force stays in use until its
successor is solved (`flow.solving`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Annotated, Final, Literal

import msgspec
import numpy as np

from aforo.domain.units import Float64Array, Int64Array
from aforo.routing.book import NO_BOOK, ResourceTables, book_of
from aforo.routing.choice import CLASSES, LEVELS, QUARTERS, RESOURCES, WORKS
from aforo.routing.table import KNOTS, SERVICES, Demand, Resource, best_of_day, cell_of, forecast_of, solve

FORMAT: Final = "aforo.prices/1"
#: Days that differ in arrivals and rosters; each is the nearest to those beside it.
DAY_CLASSES: Final = ("weekday", "saturday", "sunday", "holiday")
#: The unit of what is kept: truck-minutes are divided by this.
PARTS: Final = 1024
#: No document is larger; one of eight units has 4 MB.
LARGEST: Final = 64_000_000

DayClass = Literal["weekday", "saturday", "sunday", "holiday"]
Step = Annotated[int, msgspec.Meta(ge=-(10**15), le=10**15)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Inputs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that a document is solved from. The same inputs give the same document; its key is (bridge, day class,
    resource), with the units up as its first axis. Rates a minute, minutes and truck-minutes."""

    bridge: Name
    day_class: DayClass
    resource: Name
    units: Annotated[int, msgspec.Meta(ge=1, le=64)]
    manned: tuple[float, ...]
    mean: float
    residual: float
    repair: float
    failure: float
    wrap_minutes: float
    list_minutes: float
    arrivals: tuple[float, ...]
    services: tuple[float, ...]
    shares: tuple[float, ...]
    knots: tuple[float, ...]
    tails: tuple[tuple[float, ...], ...]
    densities: tuple[float, ...]

    def digest(self) -> str:
        """SHA-256 of the inputs, by which a document is known to be stale."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()


class Prices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A solved document. `steps`: V in 1024ths, the first of each row and then the differences along the work."""

    format: str
    inputs: Inputs
    cell: float
    steps: list[Step]

    def tables(self) -> ResourceTables:
        rows = np.array(self.steps, dtype=np.int64).reshape(-1, WORKS)
        shape = (self.inputs.units + 1, LEVELS, QUARTERS, WORKS)
        values = np.cumsum(rows, axis=1).reshape(shape) / PARTS
        manned = np.array(self.inputs.manned)
        return ResourceTables(values, self.cell, self.inputs.mean, self.inputs.residual, manned)

    def forecast(self) -> Float64Array:
        return forecast_of(_demand(self.inputs), self.inputs.list_minutes)


class _Unread(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A solved document whose tables were not read."""

    format: str
    inputs: Inputs
    cell: float
    steps: msgspec.Raw


def inputs_of(
    bridge: str,
    day_class: DayClass,
    resource: str,
    demand: Demand,
    place: Resource,
    *,
    wrap_minutes: float = 0.0,
    list_minutes: float = 60.0,
) -> Inputs:
    """Inputs from values. Raises ValueError on an unknown resource and on numbers that cannot be."""
    if resource not in RESOURCES:
        raise ValueError(f"{resource!r} is no priced resource; they are {', '.join(RESOURCES)}")
    numbers = [place.mean, place.residual, place.repair, place.failure, wrap_minutes, list_minutes]
    if not (np.isfinite(numbers).all() and min(numbers) >= 0.0 and np.isfinite(place.manned).all()):
        raise ValueError(f"{bridge}, {resource}: means, rates and rosters are finite and not negative")
    return Inputs(
        bridge, day_class, resource, place.units, _tuple(place.manned), place.mean, place.residual, place.repair,
        place.failure, wrap_minutes, list_minutes, _tuple(demand.arrivals), _tuple(demand.services),
        _tuple(demand.shares), _tuple(demand.knots), tuple(_tuple(row) for row in demand.tails),
        _tuple(demand.densities),
    )  # fmt: skip


def solved(inputs: Inputs) -> Prices:
    """Solve the tables of one resource; about 5 ms for each number of units that may be up."""
    cell, parts = _parts(inputs)
    steps = np.diff(parts.reshape(-1, WORKS), axis=1, prepend=0)
    return Prices(FORMAT, inputs, cell, steps.ravel().tolist())


def tables_of(inputs: Inputs) -> ResourceTables:
    """The tables of `solved`, to the bit, without the document."""
    cell, parts = _parts(inputs)
    return ResourceTables(parts / PARTS, cell, inputs.mean, inputs.residual, np.array(inputs.manned))


def price_of_units(inputs: Inputs, standing: Float64Array, out: Float64Array) -> float:
    """What it costs, in truck-minutes, that units of a resource are out of service on a day, known ahead: what could be
    prevented with all of them, less what can be without, each the best by the programme of the tables.

    `standing` and `out`, float64[96]: units that stand in each quarter hour whoever is on duty, and those of them that
    are out; where staff is short a unit that is out may cost nothing. The day begins with nobody there, and the day
    after has all units.
    """
    manned = np.array(inputs.manned)
    demand, cell = _demand(inputs), cell_of(inputs.units, inputs.mean)

    def best(now: Float64Array) -> float:
        place = Resource(now, inputs.units, inputs.mean, inputs.residual, inputs.repair, inputs.failure, manned)
        return best_of_day(demand, place, cell)

    return max(best(manned) - best(np.minimum(manned, np.maximum(standing - out, 0.0))), 0.0)


def _parts(inputs: Inputs) -> tuple[float, Int64Array]:
    """The width of a fine cell, and the solved values in 1024ths: int64[units + 1, LEVELS, QUARTERS, WORKS]."""
    place = Resource(np.array(inputs.manned), inputs.units, inputs.mean, inputs.residual, inputs.repair, inputs.failure)
    cell = cell_of(inputs.units, inputs.mean)
    values = solve(_demand(inputs), place, cell, wrap_minutes=inputs.wrap_minutes)
    return cell, np.rint(values * PARTS).astype(np.int64)


def written(prices: Prices) -> bytes:
    """The document as it is kept, by content."""
    return msgspec.json.encode(prices)


def read(document: bytes) -> Prices:
    """The document again. Raises msgspec.ValidationError or ValueError with what is wrong with it."""
    _check_size(document)
    prices = msgspec.json.decode(document, type=Prices)
    _check(prices, len(prices.steps))
    return prices


def inputs_in(document: bytes) -> Inputs:
    """The inputs that a document was solved from; its tables, which take long to read, are only counted. Raises as
    `read`."""
    _check_size(document)
    unread = msgspec.json.decode(document, type=_Unread)
    _check(unread, bytes(unread.steps).count(b",") + 1)
    return unread.inputs


def solved_from(document: bytes) -> str:
    """The digest of the inputs that a document was solved from. Raises as `read`."""
    return inputs_in(document).digest()


def _check_size(document: bytes) -> None:
    if len(document) > LARGEST:
        raise ValueError(f"a document of prices has at most {LARGEST:,} bytes; this one has {len(document):,}")


def _check(prices: Prices | _Unread, steps: int) -> None:
    inputs = prices.inputs
    if prices.format != FORMAT:
        raise ValueError(f"it is no {FORMAT} document but {prices.format[:40]!r}")
    if steps != (inputs.units + 1) * LEVELS * QUARTERS * WORKS or len(inputs.densities) != CLASSES:
        raise ValueError("its tables are not of the size of this version; solve them again")
    quarters = (inputs.manned, inputs.arrivals)
    classes = (inputs.services, inputs.shares, inputs.tails)
    rows = (inputs.knots, *inputs.tails)
    if (
        any(len(each) != QUARTERS - 1 for each in quarters)
        or any(len(each) != SERVICES for each in classes)
        or any(len(each) != KNOTS for each in rows)
    ):
        raise ValueError("its inputs are not of the size of this version; solve them again")
    if inputs.resource not in RESOURCES or not (prices.cell > 0.0 and inputs.mean > 0.0 and inputs.residual > 0.0):
        raise ValueError("its resource is unknown, or a cell, mean or residual is not above zero")


def nearest_day(wanted: DayClass, at_hand: Collection[DayClass]) -> DayClass | None:
    """Of the classes of day that have tables the one wanted, else the nearest; None where none has."""
    at = DAY_CLASSES.index(wanted)
    place = {each: DAY_CLASSES.index(each) for each in at_hand}
    return min(place, key=lambda each: (abs(place[each] - at), place[each]), default=None)


def bound(documents: Collection[Prices], late: Float64Array | None = None) -> Float64Array:
    """One book of the documents of a bridge's resources on one class of day; an empty one of none. The list's forecast
    is that of the first place where trucks are scanned; `late` float64[CLASSES]: the share of arriving work that is
    not on the list (`lateness`)."""
    if not documents:
        return NO_BOOK
    ordered = sorted(documents, key=lambda document: RESOURCES.index(document.inputs.resource))
    forecast = ordered[0].forecast()
    unseen = forecast * (np.zeros(CLASSES) if late is None else late)[None, :]
    return book_of({document.inputs.resource: document.tables() for document in ordered}, forecast, unseen)


def _demand(inputs: Inputs) -> Demand:
    return Demand(
        np.array(inputs.arrivals), np.array(inputs.services), np.array(inputs.shares), np.array(inputs.knots),
        np.array(inputs.tails), np.array(inputs.densities),
    )  # fmt: skip


def _tuple(numbers: Float64Array) -> tuple[float, ...]:
    return tuple(float(x) for x in numbers)
