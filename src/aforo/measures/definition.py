"""The measure document: what a published figure is of, how it is computed, and which standard it follows.

A document is TOML, has a version, and is known by the hash of its bytes. It says in the vocabulary of `tallies.MARKS`
which crossings are counted, so that what an old document asks for is computed from what is kept, as a new one's is:
nothing in the code belongs to one version. A document that asks for what this version of the product cannot compute is
refused, with the reason.
"""

from __future__ import annotations

import hashlib
import tomllib
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from aforo.domain.text import Text, catalogue
from aforo.measures.tallies import MARKS

#: What a figure is: a share of crossings; the same from the random control sample, by its strata; waits of trucks found
#: again at two gates; a number of incidents.
Kind = Literal["share", "control_share", "times", "incidents"]
#: In which form the public is shown it: by bridge and week, for the whole border by quarter, or not.
Public = Literal["bridge_week", "border_quarter", "none"]
#: How its interval is made; each is described in `measures.intervals` or `measures.waits`.
Way = Literal["clopper_pearson", "stratified", "order_statistics", "garwood"]
#: Between which gates a time runs; or from an alert on the road until somebody owns the response to it, reached
#: somebody, stands at the truck.
Span = Literal["wait", "crossing", "response_own", "response_contact", "response_scene"]

Name = Annotated[str, Meta(pattern=r"^[a-z]+(?:-[a-z]+)*$(?!\n)", max_length=60)]
Mark = Annotated[str, Meta(max_length=40)]

#: The way of making intervals that goes with each kind.
WAYS: dict[Kind, Way] = {
    "share": "clopper_pearson",
    "control_share": "stratified",
    "times": "order_statistics",
    "incidents": "garwood",
}


class DefinitionError(ValueError):
    """A measure document cannot be used; `text` says why, in both languages."""

    def __init__(self, code: str, **fields: object) -> None:
        self.text = catalogue("aforo.measures").say(code, **fields)
        super().__init__(self.text.en)
        self.code = code


class Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One version of a measure. `hash` is that of the document, which says everything else.

    `numerator` and `denominator` are marks that a crossing must all have; one with any mark of `left_out` is in
    neither. `between` is which time is measured, `events` the types of events that it is computed from. The texts that
    end in `_said` say the same for people.
    """

    id: Name
    version: Annotated[int, Meta(ge=1)]
    kind: Kind
    unit: Literal["share", "minutes", "incidents"]
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
    between: Span | None = None
    hash: str = ""


def parse(document: bytes) -> Definition:
    """The definition in a document. Raises DefinitionError."""
    try:
        told = tomllib.loads(document.decode("utf-8"))
        read = msgspec.convert(told | {"hash": hashlib.sha256(document).hexdigest()}, Definition)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise DefinitionError("measure.form", why=error) from error
    unknown = next((m for m in (*read.numerator, *read.denominator, *read.left_out) if m not in MARKS), None)
    if unknown is not None:
        raise DefinitionError("measure.mark", measure=read.id, mark=unknown, known=", ".join(MARKS))
    if read.interval != WAYS[read.kind]:
        raise DefinitionError("measure.interval", measure=read.id, interval=read.interval, right=WAYS[read.kind])
    if (read.kind == "times") != (read.between is not None):
        raise DefinitionError("measure.between", measure=read.id)
    return read


class Definitions:
    """Measures by identifier and version; the newest version is the one in use."""

    def __init__(self, documents: tuple[bytes, ...]) -> None:
        """Raises DefinitionError, also where two documents are of one version of one measure."""
        self.documents: dict[str, bytes] = {}
        self._of: dict[str, dict[int, Definition]] = {}
        for document in documents:
            read = parse(document)
            versions = self._of.setdefault(read.id, {})
            if read.version in versions:
                raise DefinitionError("measure.twice", measure=read.id, version=read.version)
            versions[read.version] = read
            self.documents[read.hash] = document

    def all(self) -> list[Definition]:
        """Every version of every measure, the newest of each first."""
        return [each for own in self._of.values() for _, each in sorted(own.items(), reverse=True)]

    def in_use(self) -> list[Definition]:
        """The newest version of each measure."""
        return [versions[max(versions)] for versions in self._of.values()]

    def find(self, measure: str, version: int | None = None) -> Definition:
        """A measure in one of its versions, the newest unless it is named. Raises DefinitionError."""
        versions = self._of.get(measure)
        if versions is None:
            raise DefinitionError("measure.unknown", measure=measure, known=", ".join(self._of))
        found = versions.get(max(versions) if version is None else version)
        if found is None:
            raise DefinitionError("measure.version", measure=measure, version=version, last=max(versions))
        return found
