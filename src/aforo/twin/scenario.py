"""A scenario: which ports, which days, which policy, and what is changed. TOML, checked; what is wrong is said."""

from __future__ import annotations

import tomllib
from datetime import date, datetime, timedelta
from importlib import resources
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from aforo.domain.figure import not_finite
from aforo.domain.form import Path, fault_at, fault_of, not_toml, value_at
from aforo.domain.text import Text, catalogue
from aforo.ports.directory import Directory
from aforo.ports.document import Bridge, PortDocument
from aforo.twin.changes import AnyChange, Lost, TurnedAway
from aforo.twin.policy import WAIT_CEILING
from aforo.twin.traffic import Profile, TrafficError

#: A document is a few kilobytes.
MOST_BYTES: Final = 200_000
#: More is a sweep over many files.
MOST_DAYS: Final = 400
MOST_CHANGES: Final = 200
#: Faults that are told of one document.
MOST_FAULTS: Final = 20

#: Fields that are written whatever they say.
_ALWAYS: Final = frozenset({"name", "title", "ports", "first", "days", "seed", "replications", "policy"})

_NOTHING: Final[tuple[object, ...]] = (None, [], (), {})

PolicyName = Literal["none", "random", "threshold", "queue_aware", "clearance", "lane_criteria", "priced", "capacity"]


#: Minutes at the scanner up to which the capacity policy fills it.
WaitCeiling = Annotated[float, Meta(gt=0.0, le=1440.0)]


class ScenarioError(ValueError):
    """The scenario cannot be run; `text` says where and what to do, in both languages."""

    def __init__(self, code: str, **fields: object) -> None:
        self.text: Text = catalogue("aforo.twin").say(code, **fields)
        self.code = code
        self._fields = fields
        #: Where it is wrong; empty for the whole.
        self.place = str(fields.get("place") or "")
        super().__init__(self.text.en)

    def __reduce__(self) -> tuple[object, ...]:
        """What a worker raises comes over whole."""
        return _raised, (self.code, self._fields)


def _raised(code: str, fields: dict[str, object]) -> ScenarioError:
    return ScenarioError(code, **fields)


class Title(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a scenario is called, in both languages."""

    en: Annotated[str, Meta(min_length=1, max_length=200)]
    es: Annotated[str, Meta(min_length=1, max_length=200)]


class Counted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A month's count of trucks at a port: what the run is fed with, or, as `observed`, what it is held against."""

    port: str
    month: Annotated[str, Meta(pattern=r"^[0-9]{4}-(?:0[1-9]|1[0-2])$")]
    trucks: Annotated[int, Meta(ge=0, le=10_000_000)]

    def key(self) -> tuple[int, int]:
        """Year and month."""
        return int(self.month[:4]), int(self.month[5:])


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One scenario. `before` is done to the base as well, `change` to the scenario alone.

    `ports` are names or codes of ports, `port/bridge` for one bridge, or `all`. Counts of trucks come from `count`,
    else from the file that is given, else from those of 2024 that ship. `sources` says where figures come from, in both
    languages or in words that are the same in both.
    """

    name: Annotated[str, Meta(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=60)]
    title: Title
    ports: Annotated[tuple[str, ...], Meta(min_length=1, max_length=100)]
    first: date
    days: Annotated[int, Meta(ge=1, le=MOST_DAYS)] = 7
    seed: Annotated[int, Meta(ge=0, le=2**31)] = 1
    replications: Annotated[int, Meta(ge=2, le=10_000)] = 10
    policy: PolicyName = "clearance"
    wait_ceiling: WaitCeiling = WAIT_CEILING
    traffic: Profile = Profile()
    before: Annotated[tuple[AnyChange, ...], Meta(max_length=MOST_CHANGES)] = ()
    change: Annotated[tuple[AnyChange, ...], Meta(max_length=MOST_CHANGES)] = ()
    count: tuple[Counted, ...] = ()
    observed: tuple[Counted, ...] = ()
    sources: tuple[str | Title, ...] = ()

    def base(self) -> Scenario:
        """The scenario without its changes."""
        return msgspec.structs.replace(self, change=())

    def bridges(self, ports: Directory) -> tuple[tuple[PortDocument, Bridge], ...]:
        """The bridges of these ports that it simulates, each once. ScenarioError for a name that none of them has."""
        found: dict[tuple[str, str], tuple[PortDocument, Bridge]] = {}
        for name in self.ports:
            for port, bridge in called(name, ports):
                found[port.code, bridge.id] = (port, bridge)
        return tuple(found.values())

    def documents(self, ports: Directory) -> Directory:
        """Of these documents those that it needs: of what it simulates, and of what it counts. ScenarioError for a name
        that none of them has."""
        counted = (each.port for each in (*self.count, *self.observed))
        return ports.only({port.code for name in (*self.ports, *counted) for port, _ in called(name, ports)})

    def minute(self, instant: datetime) -> float:
        """Minutes from the scenario's first midnight; negative before it."""
        return (instant - datetime.combine(self.first, datetime.min.time())) / timedelta(minutes=1)


def called(name: str, ports: Directory) -> list[tuple[PortDocument, Bridge]]:
    """The bridges of a port by name or code, of `port/bridge` the one, of `all` every one. ScenarioError for none."""
    if name == "all":
        return [(port, bridge) for port in ports.ports for bridge in port.bridges]
    port_name, _, bridge_name = name.partition("/")
    port = ports.port_called(port_name)
    if port is None:
        raise ScenarioError("scenario_port", name=name, known=", ".join(each.name for each in ports.ports))
    if not bridge_name:
        return [(port, bridge) for bridge in port.bridges]
    bridge = port.bridge(bridge_name)
    if bridge is None:
        raise ScenarioError("scenario_bridge", name=name, known=", ".join(each.id for each in port.bridges))
    return [(port, bridge)]


def parse(document: bytes, ports: Directory) -> Scenario:
    """The scenario of a TOML document, at these ports. ScenarioError names the place and says what to do."""
    if len(document) > MOST_BYTES:
        raise ScenarioError("scenario_too_large", bytes=MOST_BYTES)
    try:
        table = tomllib.loads(document.decode("utf-8"))
        infinite = not_finite(table)  # a key with dots nests deeper than lists that a parser takes
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise ScenarioError("scenario_not_toml", why=not_toml(wrong)) from wrong
    if infinite is not None:
        raise ScenarioError("scenario_not_finite", place=infinite)
    try:
        scenario = msgspec.convert(table, Scenario)
    except msgspec.ValidationError as wrong:
        place, why = fault_of(wrong, Scenario, table)
        raise ScenarioError("scenario_not_valid" if place else "scenario_not_whole", place=place, why=why) from wrong
    check(scenario, ports)
    return scenario


def faults(document: bytes, ports: Directory) -> list[ScenarioError]:
    """All that is wrong with the form of a document, each at its place; what only then can be judged comes alone."""
    found: list[ScenarioError] = []
    try:
        parse(document, ports)
    except ScenarioError as wrong:
        found.append(wrong)
        if wrong.code != "scenario_not_valid" or not wrong.place:
            return found
    if not found:
        return []
    table, out_of = tomllib.loads(document.decode("utf-8")), set[Path]()
    while len(found) < MOST_FAULTS:
        try:
            msgspec.convert(table, Scenario)
        except msgspec.ValidationError as wrong:
            place, why = fault_of(wrong, Scenario, table)
            _, out, what = fault_at(wrong, Scenario, table)
            # What is missing only because it was taken out is no fault of the document: its change goes too.
            told = ScenarioError("scenario_not_valid" if place else "scenario_not_whole", place=place, why=why)
            if what not in out_of and all((each.place, each.text) != (told.place, told.text) for each in found):
                found.append(told)
            holder = value_at(out[:-1], table) if out else None
            if isinstance(holder, dict) and what not in out_of and out[-1] in holder:
                del holder[str(out[-1])]
                out_of.add(what)
            elif isinstance(holder, list) and isinstance(out[-1], int) and what[:1] in (("before",), ("change",)):
                holder[out[-1]] = {"kind": "availability", "share": 1.0}
            else:
                return found
        else:
            return found
    return found


def check(scenario: Scenario, ports: Directory) -> None:
    """ScenarioError for what is well formed and does not fit together, or not these ports."""
    try:
        scenario.traffic.checked()
    except TrafficError as wrong:
        raise ScenarioError("scenario_not_valid", place="traffic", why=wrong.text) from wrong
    held = {(port.code, bridge.id) for port, bridge in scenario.bridges(ports)}
    for number, change in enumerate((*scenario.before, *scenario.change)):
        place = f"change[{number}]"
        for name in change.at:
            if not {(port.code, bridge.id) for port, bridge in called(name, ports)} & held:
                raise ScenarioError("scenario_elsewhere", place=place, name=name)
        since, until = getattr(change, "since", None), getattr(change, "until", None)
        for instant in (since, until):
            if instant is not None and instant.tzinfo is not None:
                raise ScenarioError("scenario_zone", place=place)
        if since is not None and until is not None and not since < until:
            raise ScenarioError("scenario_backwards", place=place)
        if isinstance(change, TurnedAway):
            for name in change.alternatives:
                if not {(port.code, bridge.id) for port, bridge in called(name, ports)} <= held:
                    raise ScenarioError("scenario_elsewhere", place=place, name=name)
            low, high = change.low, change.high
            if (low is None) != (high is None) or (low is not None and not low <= change.share <= (high or 0.0)):
                raise ScenarioError("scenario_limits", place=place)
        if isinstance(change, Lost) and not change.at and len(held) > 1 and change.share == 1.0:
            raise ScenarioError("scenario_all_lost", place=place)
    for counted in (*scenario.count, *scenario.observed):
        called(counted.port, ports)


def plain(scenario: Scenario) -> dict[str, Any]:
    """A scenario as plain values, in the order of its fields, without what says no more than the default does."""
    usual = Scenario(scenario.name, scenario.title, scenario.ports, scenario.first)
    kinds = (date, datetime)
    told = msgspec.to_builtins(scenario, builtin_types=kinds)
    same = msgspec.to_builtins(usual, builtin_types=kinds)
    made = {name: value for name, value in told.items() if name in _ALWAYS or value != same[name]}
    if "traffic" in made:
        made["traffic"] = {key: value for key, value in told["traffic"].items() if value != same["traffic"][key]}
    for name in ("before", "change"):
        if name in made:
            made[name] = [{key: value for key, value in each.items() if value not in _NOTHING} for each in made[name]]
    return made


def ready() -> dict[str, bytes]:
    """The scenarios that ship with the product, by name."""
    folder = resources.files("aforo.twin") / "scenarios"
    found = {
        each.name.removesuffix(".toml"): each.read_bytes() for each in folder.iterdir() if each.name.endswith(".toml")
    }
    return dict(sorted(found.items()))


#: What the diversion of every scenario was fitted on; named in the results.
