"""The policy document: what governance sets, versioned, each figure marked with its source or `assumed`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Annotated, Any

import msgspec
import numpy as np

from aforo.domain.decision import EXAMINATIONS, Examination
from aforo.domain.form import fault_of, not_toml, placed
from aforo.domain.stated import CLAIMED, CUSTODY
from aforo.domain.text import Text, catalogue
from aforo.domain.threat import THREATS
from aforo.domain.units import MICRO, PPB, Int64Array
from aforo.routing.running import Running, running_at

Positive = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


class PolicyError(ValueError):
    """The policy document is not valid; `text` says where and what to do, in both languages."""

    def __init__(self, code: str, **fields: object) -> None:
        self.text: Text = catalogue("aforo.routing").say(code, **fields)
        self.code = code
        super().__init__(self.text.en)


class Minutes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    minutes: Positive
    source: str


class Probability(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    probability: Share
    source: str


class Option(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    option: Examination
    source: str


class Factor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    factor: Annotated[float, msgspec.Meta(gt=0.0, le=2.0)]
    source: str


class ShareFigure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    share: Share
    source: str


class Harm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    contraband: Minutes
    people: Minutes
    theft: Minutes
    misdeclaration: Minutes


class People(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    hold_from: Probability


class ExaminationOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    chosen: Option
    people: Option


class Control(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    floor_share: ShareFigure


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    step: ShareFigure


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    choice: bool
    source: str


class Answers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What filers are told. A document without a word on it tells nobody of a selection before the truck arrives."""

    tell_before_arrival: Choice = Choice(False, "assumed")


class Lead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    standard: Minutes
    fast: Minutes


class Detection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The chance that an examination finds a threat which is there."""

    contraband: Probability
    people: Probability
    theft: Probability
    misdeclaration: Probability


class Scan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The point on the ROC at which images alarm: how often that of a truck with nothing in it does, and that of one
    with each threat. A document without `alarms` takes an alarm for a find: what a scan by itself finds."""

    false_alarm: Probability = Probability(0.05, "assumed")
    alarms: Detection | None = None


LogOdds = Annotated[float, msgspec.Meta(ge=-6.0, le=6.0)]


class StatedWeight(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a fact adds to the log-odds of each threat, and the examination that it orders, if it orders one."""

    source: str
    contraband: LogOdds = 0.0
    people: LogOdds = 0.0
    theft: LogOdds = 0.0
    misdeclaration: LogOdds = 0.0
    examination: Examination | None = None


class Tolerance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By which share of the greater one two accounts of a shipment may differ; documents from before say nothing."""

    mass: ShareFigure = ShareFigure(0.05, "assumed")
    packages: ShareFigure = ShareFigure(0.0, "assumed")
    value: ShareFigure = ShareFigure(0.1, "assumed")

    def of(self, what: str) -> float:
        figure: ShareFigure = getattr(self, what)
        return figure.share


class Joining(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How near in time of filing two crossings of one tractor must be: at two ports to contradict each other, at one
    port to be taken for one truck. Documents from before say nothing.
    """

    at_once: Minutes = Minutes(120, "assumed")
    same_truck: Minutes = Minutes(240, "assumed")


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One policy document. Harm is in truck-minutes for each threat; a programme's factor multiplies the value.

    `stated` has the weights of facts, by their source and code; what it does not name weighs nothing, but what is only
    claimed of custody (`broken_claimed`): that weighs as what is proven, as when documents had one weight for both.
    """

    name: str
    version: str
    harm: Harm
    people: People
    examination: ExaminationOptions
    programme: dict[str, Factor]
    control: Control
    price: Price
    lead: Lead
    answers: Answers = Answers()
    stated: dict[str, dict[str, StatedWeight]] = {}
    tolerance: Tolerance = Tolerance()
    joining: Joining = Joining()
    detection: dict[Examination, Detection] = {}
    scan: Scan = Scan()
    routing: dict[str, Running] = {}

    def running(self, port: str) -> Running:
        """Which routing policy a port runs, and with what; documents from before say nothing, and run what ships."""
        return running_at(self.routing, port)

    def detection_micro(self) -> Int64Array:
        """int64[options, K] in millionths, in the orders of EXAMINATIONS and THREATS. An examination that the document
        does not name finds all that is there; a release finds nothing, and a hold is not weighed."""
        chances = np.full((len(EXAMINATIONS), len(THREATS)), MICRO, dtype=np.int64)
        chances[[EXAMINATIONS.index("release"), EXAMINATIONS.index("hold")]] = 0
        for option, found in self.detection.items():
            own = [round(getattr(found, threat).probability * MICRO) for threat in THREATS]
            chances[EXAMINATIONS.index(option)] = own
        return chances

    def alarms_micro(self) -> Int64Array:
        """int64[K] in millionths: the chance that the image of a truck with each threat alarms."""
        if self.scan.alarms is None:
            own: Int64Array = self.detection_micro()[EXAMINATIONS.index("scan")]
            return own
        return np.array([round(getattr(self.scan.alarms, threat).probability * MICRO) for threat in THREATS])

    def harm_minutes(self) -> Int64Array:
        """int64[K], truck-minutes, in the order of THREATS."""
        return np.array([getattr(self.harm, threat).minutes for threat in THREATS], dtype=np.int64)

    def programme_micro(self, programme: str | None) -> int:
        """The factor of a trade programme in millionths; an unknown programme earns none."""
        factor = self.programme.get(programme or "none") or self.programme["none"]
        return round(factor.factor * MICRO)

    def stated_micro(self) -> dict[tuple[str, str], tuple[int, ...]]:
        """What facts add, by source and code: micro-log-odds in the order of THREATS."""
        return {
            fact: tuple(round(getattr(weight, threat) * MICRO) for threat in THREATS)
            for fact, weight in self._stated_weights().items()
        }

    def stated_orders(self) -> dict[tuple[str, str], Examination]:
        """The examinations that facts order, by source and code; most order none."""
        return {
            fact: weight.examination
            for fact, weight in self._stated_weights().items()
            if weight.examination is not None
        }

    def _stated_weights(self) -> dict[tuple[str, str], StatedWeight]:
        """The weights of facts, by source and code, with those of claims that the document has no weight for."""
        named = {(source, code): weight for source, codes in self.stated.items() for code, weight in codes.items()}
        claims = {
            (CUSTODY, code + CLAIMED): weight
            for code, weight in self.stated.get(CUSTODY, {}).items()
            if not code.endswith(CLAIMED)
        }
        return named | {fact: weight for fact, weight in claims.items() if fact not in named}

    def people_hold_ppb(self) -> int:
        return round(self.people.hold_from.probability * PPB)


def parse(document: bytes) -> Policy:
    """The policy of a TOML document. Raises PolicyError that names the field."""
    try:
        table = tomllib.loads(document.decode("utf-8"))
        policy = msgspec.convert(table, Policy)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyError("policy_not_valid", why=not_toml(error)) from error
    except msgspec.ValidationError as error:
        raise PolicyError("policy_not_valid", why=placed(*fault_of(error, Policy, table))) from error
    if not {"release", "hold"}.isdisjoint(policy.detection):
        raise PolicyError("policy_finds_nothing")
    if "none" not in policy.programme:
        raise PolicyError("policy_programme")
    weights = policy.stated_micro()
    for (source, code), own in weights.items():
        if source == CUSTODY and min(own) < 0:  # what a seal says never lowers what is feared of a load
            raise PolicyError("policy_custody_lowers", fact=code)
        if source == CUSTODY and code.endswith(CLAIMED):
            proven = weights.get((source, code.removesuffix(CLAIMED)), (0,) * len(own))
            if any(claim > proof for claim, proof in zip(own, proven, strict=True)):
                raise PolicyError("policy_claim_outweighs", fact=code)
    for source, code in policy.stated_orders():
        if not any(weights[source, code]):  # what adds nothing is not recorded, so a replay would not know of it
            raise PolicyError("policy_adds_nothing", source=source, fact=code)
    return policy


@cache
def default_document() -> bytes:
    """The policy document that ships with the product."""
    return (resources.files("aforo.routing") / "policy.toml").read_bytes()


def figures(policy: Policy) -> list[tuple[str, Any, str]]:
    """Every figure of the document as (path, value, source), for the reference and for audits."""
    rows: list[tuple[str, Any, str]] = []

    def walk(path: str, node: Any) -> None:
        if isinstance(node, dict) and "source" in node:
            values = {key: value for key, value in node.items() if key != "source" and value is not None}
            for key, value in values.items():
                rows.append((path if len(values) == 1 else f"{path}.{key}", value, node["source"]))
        elif isinstance(node, dict):
            for key, child in node.items():
                walk(f"{path}.{key}" if path else key, child)

    walk("", msgspec.to_builtins(policy))
    return rows
