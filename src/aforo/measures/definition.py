"""The measure document: what a published figure is of, how it is computed, and which standard it follows.

A document is TOML, has a version, and is known by the hash of its bytes. It says in the vocabulary of `tallies.MARKS`
which crossings are counted, so that what an old document asks for is computed from what is kept, as a new one's is:
nothing in the code belongs to one version. A document that asks for what this version of the product cannot compute is
refused, with the reason.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from aforo.domain.event import PAYLOADS
from aforo.domain.form import fault_of, not_toml, placed
from aforo.domain.text import Text, catalogue
from aforo.measures.tallies import MARKS, TRIP_MARKS

#: What a figure is: a share of crossings or trips; the same from the random control sample, by its strata; one share
#: over another; times of trucks; a number of incidents; of scanners the share of agreed time that they were up, the
#: operator's hours over the hours that they were up, scans over the trucks that passed; trucks that readers could read.
Kind = Literal[
    "share", "control_share", "ratio", "times", "incidents", "availability", "utilisation", "scans", "readable"
]
#: In which form the public is shown it: by bridge and week, for the whole border by quarter, or not.
Public = Literal["bridge_week", "border_quarter", "none"]
#: How its interval is made; each is described in `measures.intervals`, `measures.ratio_intervals`, `measures.waits`,
#: `measures.crossing_times` or `measures.buffers`.
Way = Literal[
    "clopper_pearson", "stratified", "order_statistics", "interpolated", "skewed", "garwood", "koopman", "outages",
    "by_day",
]  # fmt: skip
#: Of what a share is.
Of = Literal["crossing", "trip"]
#: Between which gates a time runs; or from an alert on the road until somebody owns the response to it, reached
#: somebody, stands at the truck; or from the arrival at primary until the release, until an examination began, and from
#: there to its end.
Span = Literal[
    "wait", "crossing", "response_own", "response_contact", "response_scene", "release", "to_examination",
    "in_examination",
]  # fmt: skip

Unit = Literal["share", "minutes", "incidents", "ratio"]

Name = Annotated[str, Meta(pattern=r"^[a-z]+(?:-[a-z]+)*$(?!\n)", max_length=60)]
Mark = Annotated[str, Meta(max_length=40)]

#: The ways of making intervals that go with each kind.
WAYS: dict[Kind, tuple[Way, ...]] = {
    "share": ("clopper_pearson",),
    "control_share": ("stratified",),
    "ratio": ("koopman",),
    "times": ("order_statistics", "interpolated", "skewed"),
    "incidents": ("garwood",),
    "availability": ("outages",),
    "utilisation": ("by_day",),
    "scans": ("clopper_pearson",),
    "readable": ("clopper_pearson",),
}
#: The unit of each kind.
UNITS: dict[Kind, Unit] = {
    "ratio": "ratio", "times": "minutes", "incidents": "incidents", "share": "share", "control_share": "share",
    "availability": "share", "utilisation": "share", "scans": "share", "readable": "share",
}  # fmt: skip
#: What the public may be shown, and nothing else: by bridge what is seen from the road, for the whole border that which
#: was tried (docs/adr/0018): these times, and rates of what was examined, scanned and found. Of the crossings of such a
#: rate the marks above and below the line, and of those in neither, are among these.
_BY_BRIDGE: frozenset[Span | Kind] = frozenset({"wait", "incidents"})
_TIMES_OF_BORDER: frozenset[Span] = frozenset(
    {"wait", "crossing", "response_own", "response_contact", "response_scene"}
)
_RATES_OF_BORDER: frozenset[Kind] = frozenset({"share", "control_share"})
_ABOVE = frozenset({"examined", "scanned", "found"})
_BELOW = frozenset({"arrived", "examined", "scanned", "resolved", "targeted"})
_IN_NEITHER = frozenset({"drawn", "targeted", "by_order"})
#: The kinds that are figures of scanners, and the versions of the definition of an interruption that they may name.
OF_SCANNERS: tuple[Kind, ...] = ("availability", "utilisation", "scans")
INTERRUPTION_RULES = (1, 2)
#: Types of events that are named beside one that is not known.
_NEAREST = 3
#: Bytes of a document at most.
MOST_BYTES = 100_000


class DefinitionError(ValueError):
    """A measure document cannot be used; `text` says why, in both languages."""

    def __init__(self, code: str, **fields: object) -> None:
        self.text = catalogue("aforo.measures").say(code, **fields)
        super().__init__(self.text.en)
        self.code = code


class Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One version of a measure. `hash` is that of the document, which says everything else.

    `numerator` and `denominator` are marks that a crossing (a trip, where it is `of` trips) must all have; one with any
    mark of `left_out` is in neither. Of a ratio the share of crossings in a programme of `programmes` stands over that
    of all others. `conveyances` are the classes of scans of which the trucks that passed are all there are. `between`
    is which time is measured, `accepted` the share above which readings are accepted, `events` the types of events that
    it is computed from; `interruption_rule` is the version of the definition by which outages of scanners are
    counted, None for the first. The texts that end in `_said` say the same for people.
    """

    id: Name
    version: Annotated[int, Meta(ge=1)]
    kind: Kind
    unit: Unit
    interval: Way
    public: Public
    events: Annotated[tuple[str, ...], Meta(min_length=1)]
    name: Text
    definition: Text
    numerator_said: Text
    denominator_said: Text
    exclusions_said: Text
    standard: Text
    numerator: tuple[Mark, ...] = ()
    denominator: tuple[Mark, ...] = ()
    left_out: tuple[Mark, ...] = ()
    of: Of = "crossing"
    programmes: Annotated[tuple[Mark, ...], Meta(max_length=20)] = ()
    conveyances: Annotated[tuple[Mark, ...], Meta(max_length=20)] = ()
    accepted: Annotated[float, Meta(ge=0.0, le=1.0)] | None = None
    between: Span | None = None
    interruption_rule: int | None = None
    hash: str = ""


def parse(document: bytes) -> Definition:
    """The definition in a document. Raises DefinitionError, also for what must not be public and says that it is, and
    for types of events that no log has."""
    read = _read(document)
    if (unknown := next((each for each in read.events if each not in PAYLOADS), None)) is not None:
        near = ", ".join(get_close_matches(unknown, PAYLOADS, n=_NEAREST, cutoff=0.0))
        raise DefinitionError("measure.event", measure=read.id, event=unknown[:100], near=near)
    if not _may_be_public(read):
        raise DefinitionError("measure.public", measure=read.id, public=read.public)
    return read


def kept(document: bytes) -> Definition:
    """The definition in a document that was accepted once, by this product or one before it. What must not be public is
    not, whatever it says. Raises DefinitionError."""
    read = _read(document)
    return read if _may_be_public(read) else msgspec.structs.replace(read, public="none")


def _read(document: bytes) -> Definition:
    try:
        if len(document) > MOST_BYTES:
            raise DefinitionError("measure.long", most=f"{MOST_BYTES:,}")
        told = tomllib.loads(document.decode("utf-8")) | {"hash": hashlib.sha256(document).hexdigest()}
        read = msgspec.convert(told, Definition)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise DefinitionError("measure.form", why=not_toml(error)) from error
    except msgspec.ValidationError as error:
        raise DefinitionError("measure.form", why=placed(*fault_of(error, Definition, told))) from error
    known = TRIP_MARKS if read.of == "trip" else MARKS
    unknown = next((m for m in (*read.numerator, *read.denominator, *read.left_out) if m not in known), None)
    if unknown is not None:
        raise DefinitionError("measure.mark", measure=read.id, mark=unknown, known=", ".join(known))
    if read.interval not in WAYS[read.kind]:
        ways = ", ".join(WAYS[read.kind])
        raise DefinitionError("measure.interval", measure=read.id, interval=read.interval, right=ways)
    if (read.kind == "times") != (read.between is not None):
        raise DefinitionError("measure.between", measure=read.id)
    if read.interruption_rule not in (None, *INTERRUPTION_RULES):
        rules = ", ".join(map(str, INTERRUPTION_RULES))
        raise DefinitionError("measure.rule", measure=read.id, version=read.interruption_rule, known=rules)
    _together(read)
    return read


def _together(read: Definition) -> None:
    """Refuse what does not go together. Raises DefinitionError."""
    if read.unit != UNITS[read.kind]:
        raise DefinitionError("measure.unit", measure=read.id, unit=read.unit, right=UNITS[read.kind])
    for name, given, kind in (
        ("programmes", read.programmes, "ratio"),
        ("conveyances", read.conveyances, "scans"),
        ("accepted", read.accepted is not None, "readable"),
        ("of", read.of == "trip", "share"),
    ):
        if (given and read.kind != kind) or (name not in ("of", "accepted") and read.kind == kind and not given):
            raise DefinitionError("measure.belongs", measure=read.id, name=name, kind=kind)
    if read.interruption_rule is not None and read.kind not in OF_SCANNERS:
        of = ", ".join(OF_SCANNERS)
        raise DefinitionError("measure.belongs", measure=read.id, name="interruption_rule", kind=of)


def _may_be_public(read: Definition) -> bool:
    """Whether a measure may be shown in the form that its document says."""
    if read.public == "none":
        return True
    if read.public == "bridge_week":
        return bool({read.between, read.kind} & _BY_BRIDGE)
    if read.kind == "times":
        return read.between in _TIMES_OF_BORDER
    return (
        read.kind in _RATES_OF_BORDER
        and read.of == "crossing"
        and _ABOVE.issuperset(read.numerator)
        and _BELOW.issuperset(read.denominator)
        and _IN_NEITHER.issuperset(read.left_out)
    )


class Definitions:
    """Measures by identifier and version. The version in use is the newest, unless `used` says otherwise: by measure
    the hash of the document in force, None where the measure is retired."""

    def __init__(self, documents: tuple[bytes, ...], used: Mapping[str, str | None] = MappingProxyType({})) -> None:
        """Raises DefinitionError, also where two documents are of one version of one measure."""
        self.documents: dict[str, bytes] = {}
        self._of: dict[str, dict[int, Definition]] = {}
        for document in documents:
            read = kept(document)
            versions = self._of.setdefault(read.id, {})
            if read.version in versions:
                raise DefinitionError("measure.twice", measure=read.id, version=read.version)
            versions[read.version] = read
            self.documents[read.hash] = document
        self._used = used

    def using(self, used: Mapping[str, str | None]) -> Definitions:
        """The same documents, of which others are in force."""
        made = Definitions(())
        made.documents, made._of, made._used = self.documents, self._of, used
        return made

    def all(self) -> list[Definition]:
        """Every version of every measure, the newest of each first."""
        return [each for own in self._of.values() for _, each in sorted(own.items(), reverse=True)]

    def in_use(self) -> list[Definition]:
        """The version of each measure that is in use; none of a measure that is retired."""
        found = (self._in_use(measure) for measure in self._of)
        return [each for each in found if each is not None]

    def find(self, measure: str, version: int | None = None) -> Definition:
        """A measure in one of its versions, the one in use unless it is named. Raises DefinitionError."""
        versions = self._of.get(measure)
        if versions is None:
            raise DefinitionError("measure.unknown", measure=measure, known=", ".join(self._of))
        if version is None:
            used = self._in_use(measure)
            if used is None:
                raise DefinitionError("measure.not_in_use", measure=measure, last=max(versions))
            return used
        found = versions.get(version)
        if found is None:
            raise DefinitionError("measure.version", measure=measure, version=version, last=max(versions))
        return found

    def _in_use(self, measure: str) -> Definition | None:
        versions = self._of[measure]
        if measure not in self._used:
            return versions[max(versions)]
        return next((each for each in versions.values() if each.hash == self._used[measure]), None)
