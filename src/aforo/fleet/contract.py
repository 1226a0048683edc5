"""The contract document: what a supplier promised of scanners, and what is owed where it is not kept.

A document is TOML, has a version and is known by the hash of its bytes; every term names the clause of the contract
that it stands in. The reference (`docs/reference/contracts.md`) says how a contract on paper is carried over.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from aforo.domain.codes import zones
from aforo.domain.figure import not_plain
from aforo.domain.form import fault_of, not_toml, placed
from aforo.domain.scanner import Cause
from aforo.domain.text import Text, catalogue
from aforo.fleet.interruption_rule import interruption_rules
from aforo.fleet.service_hours import Window, wrong_windows

MOST_BYTES: Final = 1_000_000
Clause = Annotated[str, Meta(min_length=1, max_length=60, description="where the contract says so")]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Hours = Annotated[float, Meta(gt=0.0, le=100_000.0)]
#: A word for how far a site is from who repairs, such as `metropolitan` or `remote`; the contract's own.
Remoteness = Annotated[str, Meta(min_length=1, max_length=60)]
#: What time a term counts: every hour, or hours of agreed service alone.
Counted = Literal["clock", "service"]
#: A version of the definition of an interruption.
RuleVersion = Annotated[int, Meta(ge=1)]


class ContractError(ValueError):
    """A document of contracts or targets is not valid; `text` names the place and what to do, in both languages."""

    def __init__(self, code: str, **fields: object) -> None:
        self.text: Text = catalogue("aforo.fleet").say(code, **fields)
        self.code = code
        super().__init__(self.text.en)


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the document."""


class ServiceHours(Part, frozen=True, kw_only=True):
    """When scanners are to work, by the local clock of their site; around the clock without windows. `closed` are
    local days without service."""

    clause: Clause = ""
    windows: tuple[Window, ...] = ()
    closed: tuple[date, ...] = ()


class SiteHours(Part, frozen=True, kw_only=True):
    """The service hours of a site; what is None is as the contract has it, and what is empty is not so."""

    clause: Clause | None = None
    windows: tuple[Window, ...] | None = None
    closed: tuple[date, ...] | None = None


class Site(Part, frozen=True, kw_only=True):
    """A port where scanners of the contract stand, as the scanner log names it."""

    port: Name
    remoteness: Remoteness | None = None
    zone: str | None = None
    service: SiteHours | None = None


class Exclusion(Part, frozen=True, kw_only=True):
    """Downtime that the supplier does not answer for: of interruptions wholly `planned`, or of those with one of
    `causes`, by the first that was given; at most `cap_hours` of agreed service a scanner and month, without limit
    where there is no cap.

    Where several exclusions fit, the first of the document is taken and what is beyond its cap counts as downtime.
    """

    clause: Clause
    planned: bool = False
    causes: tuple[Cause, ...] = ()
    cap_hours: Annotated[float, Meta(ge=0.0, le=744.0)] | None = None


class Band(Part, frozen=True, kw_only=True):
    """Where availability of a month is under `below`, `credit` of the month's fee is owed; of several bands that hold
    the one with the lowest `below` does."""

    clause: Clause
    below: Share
    credit: Share


class Availability(Part, frozen=True, kw_only=True):
    """Availability by scanner and month: agreed service time less downtime that counts, over agreed service time.

    `excluded_from` says what excluded downtime is taken from: from `downtime` alone, so that the scanner counts as
    available; or from `both`, downtime and agreed service time, as though it had not been agreed.
    """

    clause: Clause
    minimum: Share
    excluded_from: Literal["downtime", "both"] = "downtime"
    bands: tuple[Band, ...] = msgspec.field(default=(), name="band")


class Term(Part, frozen=True, kw_only=True):
    """How soon, at sites of a remoteness; for every other site where it names none."""

    hours: Hours
    remoteness: Remoteness | None = None


class Promptness(Part, frozen=True, kw_only=True):
    """A promise to come, or to have repaired, within so many hours of an interruption's start, with what is owed for a
    failure where it was late: `credit` of the month's fee, and `credit_per_hour` for each whole hour beyond, `cap` of
    the fee in all for one failure.

    It is owed for failures whose cause, the first that was given, is none of `except_causes`.
    """

    clause: Clause
    counted: Counted = "clock"
    terms: Annotated[tuple[Term, ...], Meta(min_length=1)] = msgspec.field(name="term")
    credit: Share = 0.0
    credit_per_hour: Share = 0.0
    cap: Share = 1.0
    except_causes: tuple[Cause, ...] = ()

    def hours(self, remoteness: str | None) -> float | None:
        """The hours at a site, None where the document promises none there."""
        named = next((term.hours for term in self.terms if term.remoteness == remoteness), None)
        return named if named is not None else next((t.hours for t in self.terms if t.remoteness is None), None)


class Cap(Part, frozen=True, kw_only=True):
    """The most that is owed for a month: `share` of that month's fee, of one scanner or of the whole contract."""

    clause: Clause
    share: Share
    of: Literal["scanner", "contract"] = "scanner"


class Fee(Part, frozen=True, kw_only=True):
    """What is paid for one scanner and month, in units of the contract's currency with two decimals.

    A scanner that was under contract for a part of a month costs that `share` of it, by its agreed service time, or the
    `whole`.
    """

    clause: Clause = ""
    monthly: Annotated[float, Meta(ge=0.0, le=1e9)]
    part_month: Literal["share", "whole"] = "share"

    @property
    def cents(self) -> int:
        return round(self.monthly * 100)


class Contract(Part, frozen=True, kw_only=True):
    """A contract in one version. It covers `scanners` where it names them, else those whose reports give its `id`, each
    from the report on that gives it first until one gives another.

    It runs from the local day `from` until before the local day `until`. `interruption_rule` is the version of the
    definition by which its outages are counted; None for that of the targets. `hash` is that of the document.
    """

    id: Name
    version: Annotated[int, Meta(ge=1)]
    supplier: Name
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$(?!\n)")]
    zone: str
    since: date = msgspec.field(name="from")
    until: date | None = None
    scanners: tuple[Name, ...] = ()
    interruption_rule: RuleVersion | None = None
    service: ServiceHours = ServiceHours()
    sites: tuple[Site, ...] = msgspec.field(default=(), name="site")
    fee: Fee
    availability: Availability | None = None
    exclusions: tuple[Exclusion, ...] = msgspec.field(default=(), name="exclusion")
    response: Promptness | None = None
    repair: Promptness | None = None
    caps: tuple[Cap, ...] = msgspec.field(default=(), name="cap")
    hash: str = ""

    def site(self, port: str | None) -> Site:
        """What is agreed of a port; a site without any particulars where nothing is."""
        wanted = (port or "").strip().casefold()
        found = next((each for each in self.sites if each.port.strip().casefold() == wanted), None)
        return found if found is not None else Site(port=port or "?")

    def service_at(self, site: Site) -> ServiceHours:
        """The service hours of a site, the contract's where the site says nothing else."""
        own = {} if site.service is None else msgspec.structs.asdict(site.service)
        return msgspec.structs.replace(self.service, **{name: said for name, said in own.items() if said is not None})


def parse(document: bytes) -> Contract:
    """The contract in a document. Raises ContractError."""
    contract: Contract = load(document, Contract)
    check_rule(contract.interruption_rule)
    for wrong in _wrong(contract):
        raise wrong
    return contract


def load(document: bytes, kind: type[Any]) -> Any:
    """A document in its form, with its hash. Raises ContractError where it is too large, no TOML, or of another."""
    if len(document) > MOST_BYTES:
        raise ContractError("contract_too_large" if kind is Contract else "targets_too_large", bytes=MOST_BYTES)
    try:
        table = tomllib.loads(document.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, ValueError) as wrong:
        raise ContractError("contract_not_toml", why=not_toml(wrong)) from None
    if (place := not_plain(table)) is not None:
        raise ContractError("contract_not_plain", place=place[:200])
    if "hash" in table:
        raise ContractError("contract_not_valid", why=catalogue("aforo.fleet").say("hash_written"))
    if kind is Contract and table.get("scanners") == []:
        raise ContractError("contract_scanners_none")
    table |= {"hash": hash_of(document)}
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as wrong:
        raise ContractError("contract_not_valid", why=placed(*fault_of(wrong, kind, table))) from None


def check_rule(version: int | None) -> None:
    """Raises ContractError for a version of the definition of an interruption that the product does not know."""
    known = interruption_rules()
    if version is not None and version not in known:
        raise ContractError("rule_unknown", version=version, known=", ".join(map(str, known)))


def hash_of(document: bytes) -> str:
    """What a document is known by: SHA-256 of its bytes, in hexadecimal."""
    return hashlib.sha256(document).hexdigest()


def _wrong(contract: Contract) -> Iterator[ContractError]:
    """What is wrong with a contract that has the form of one."""
    if contract.until is not None and contract.until <= contract.since:
        yield ContractError("contract_backwards")
    for place, zone in (("zone", contract.zone), *((f"site[{each.port}].zone", each.zone) for each in contract.sites)):
        if zone is not None and zone not in zones():
            yield ContractError("contract_zone", place=place, zone=zone)
    if (port := _twice([each.port.strip().casefold() for each in contract.sites])) is not None:
        yield ContractError("contract_twice", place="site", what=port)
    if (scanner := _twice(contract.scanners)) is not None:
        yield ContractError("contract_twice", place="scanners", what=scanner)
    sites = {f"site[{each.port}].service": each.service for each in contract.sites}
    own = {place: service.windows or () for place, service in sites.items() if service is not None}
    for place, windows in ({"service": contract.service.windows} | own).items():
        if (code := wrong_windows(windows)) is not None:
            yield ContractError(code, place=f"{place}.windows")
    for number, exclusion in enumerate(contract.exclusions):
        if exclusion.planned == bool(exclusion.causes):
            yield ContractError("contract_exclusion", place=f"exclusion[{number}]")
    bands = contract.availability.bands if contract.availability is not None else ()
    if (below := _twice([str(each.below) for each in bands])) is not None:
        yield ContractError("contract_twice", place="availability.band", what=below)
    ladder = sorted(bands, key=lambda each: each.below)
    if any(low.credit < high.credit for low, high in pairwise(ladder)):
        yield ContractError("contract_bands", place="availability.band")
    # A float of two decimals is a whole number of cents but for what a float cannot hold.
    if abs(contract.fee.monthly * 100 - contract.fee.cents) > 1e-4:
        yield ContractError("contract_cents", fee=contract.fee.monthly)
    known = {each.remoteness for each in contract.sites} | {None}
    for name, promise in (("response", contract.response), ("repair", contract.repair)):
        terms = promise.terms if promise is not None else ()
        if (what := _twice([each.remoteness or "–" for each in terms])) is not None:
            yield ContractError("contract_terms_twice", place=f"{name}.term", what=what)
        for number, term in enumerate(terms):
            if term.remoteness not in known:
                yield ContractError("contract_remoteness", place=f"{name}.term[{number}]", what=term.remoteness)


def _twice(values: Sequence[str]) -> str | None:
    """The first value that is there a second time."""
    seen: set[str] = set()
    for each in values:
        if each in seen:
            return each
        seen.add(each)
    return None
