"""What every line of a selection says: evidence that adds up, a basis, chances, reasons of two classes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
import numpy as np
import polars as pl
import pytest
from journeys import RATE, Learnt, Post, answered, decisions, file, table_of, truck

from aforo.domain.decision import Basis
from aforo.domain.event import Assessed, Decided
from aforo.domain.threat import THREATS
from aforo.domain.units import MICRO, PPB, any_of_ppb, probability_ppb
from aforo.flow.journey import Screened, screen
from aforo.flow.node import Node
from aforo.flow.selection import Selection
from aforo.log.store import Log
from aforo.risk.naming import named
from aforo.risk.rules import parse
from aforo.risk.rules.recorded import RecordedRules
from aforo.risk.tells import TELLS
from aforo.routing import policy as policies
from aforo.routing.rate import NANOMINUTES

BANDED = """
id = "brackets"
version = "1"
condition = "hs6 == '870829'"
author = "Ana"
source = "assumed"
reason = {en = "Brackets are watched.", es = "Se vigilan los soportes."}
public_reason = {en = "The goods have to be verified.", es = "Hay que verificar la mercancía."}
[[band]]
from = 0.0
to = 0.2
contraband = 0.7
misdeclaration = -0.3
[[band]]
from = 0.2
contraband = 0.2
"""
MANDATORY = """
id = "watched-seal"
version = "2"
condition = "seal_id == 'WATCHED'"
author = "Ana"
source = "assumed"
mandatory = true
examination = "joint"
reason = {en = "The seal is on the list.", es = "El candado está en la lista."}
public_reason = {en = "The seal has to be verified.", es = "Hay que verificar el candado."}
"""


def put_in_force(log: Log, *documents: str) -> None:
    """Add rules and activate them."""
    recorded = RecordedRules(log)
    for text in documents:
        (rule,) = parse(text.encode())
        recorded.add(rule, "Ana")
        recorded.promote(rule.id, rule.version, "shadow", "Bea")
        recorded.promote(rule.id, rule.version, "active", "Bea")


@pytest.fixture
def ruled(post: Post) -> Iterator[Node]:
    """A node with a rule that adds evidence and one that makes an examination mandatory."""
    with post.log() as log:
        put_in_force(log, BANDED, MANDATORY)
    with post.node() as node:
        yield node


def screened_lines(node: Node, frame: pl.DataFrame) -> tuple[Screened, list[Selection]]:
    table = table_of(frame)
    screened = screen(table, node, "declarations")
    from aforo.flow.told import lines_of

    return screened, [msgspec.json.decode(line, type=Selection) for line in lines_of(screened, table, node)]


def micro(log_odds: float) -> int:
    """The integer that a line's number stands for; the line must say that integer and nothing between two."""
    assert round(log_odds * MICRO) / MICRO == log_odds
    return round(log_odds * MICRO)


def test_evidence_adds_up_to_the_integer_released_and_examined(ruled: Node, learnt: Learnt) -> None:
    frame = pl.concat(
        [learnt.future, pl.DataFrame([truck("M1", seal_id="WATCHED"), truck("E1", declared_empty=1, lane="standard",
         gross_mass_kg=30_000.0)])],
        how="diagonal_relaxed",
    )  # fmt: skip
    screened, lines = screened_lines(ruled, frame)
    assert {line.basis for line in lines} >= {None, "random", "priced", "mandatory"}
    place = {name: c for c, name in enumerate(screened.batch.names)}
    base = screened.judged.assessment.base
    sources: set[str] = set()
    for line in lines:
        row = int(screened.decisions.speaker[place[line.crossing_id]])
        log_odds = screened.judged.assessment.log_odds[row]
        for k, threat in enumerate(THREATS):
            said = line.threats[threat]
            assert micro(said.base) == base[k]
            assert micro(said.base) + sum(micro(each.log_odds) for each in said.evidence) == log_odds[k]
            assert round(said.probability * PPB) == probability_ppb(log_odds[k : k + 1])[0]
            sources |= {each.source for each in said.evidence}
        whole = any_of_ppb(probability_ppb(log_odds[None, :]))[0]
        assert round(line.probability * PPB) == whole
    assert sources == {"model", "tell", "memory", "rule", "contradiction"}
    fired = [line for line in lines if any(e.code == "brackets@1" for e in line.threats["contraband"].evidence)]
    assert fired


def test_the_log_keeps_the_evidence_of_the_examined_and_it_adds_up(ruled: Node, learnt: Learnt) -> None:
    file(ruled, learnt.future, truck("M1", seal_id="WATCHED"))
    base = np.array(ruled.force.risk.combiner.base)
    examined = 0
    events = ruled.log.read(types=[Assessed.TYPE, Decided.TYPE])
    for assessed, decided in zip(events[::2], events[1::2], strict=True):
        risk, decision = assessed.payload, decided.payload
        assert isinstance(risk, Assessed)
        assert isinstance(decision, Decided)
        explained = decision.basis is not None or bool(decision.contradictions)
        assert (risk.evidence is not None) == explained
        if risk.evidence is not None:
            examined += 1
            total = base.copy()
            for _, _, threat, value in risk.evidence:
                total[threat] += value
            assert tuple(total.tolist()) == risk.log_odds
    assert examined > 5


def test_basis_control_and_propensity_are_what_they_are_said_to_be(ruled: Node, learnt: Learnt) -> None:
    watched = pl.DataFrame([truck(f"M{i}", seal_id="WATCHED", tractor_id=f"T{i}") for i in range(250)])
    lines = file(ruled, learnt.future, watched)
    of_basis: dict[Basis | None, list[Selection]] = {}
    for line in lines:
        of_basis.setdefault(line.basis, []).append(line)
        drawn = line.control
        assert 0.0 < line.control_propensity <= 1.0
        if line.basis == "mandatory":
            assert line.propensity == 1.0
        elif drawn:
            assert line.basis == "random"
            assert line.propensity == (1.0 if line.value > line.price else line.control_propensity)
        elif line.basis == "priced":
            assert line.value > line.price
            assert line.propensity == 1.0
        else:
            assert line.basis is None
            assert line.examination == "release"
            assert line.value <= line.price
            assert line.propensity == line.control_propensity
    # The lottery is drawn for mandatory ones too.
    assert any(line.control for line in of_basis["mandatory"])
    assert any(not line.control for line in of_basis["mandatory"])
    for decision in decisions(ruled.log):
        assert decision.control == (decision.lot < decision.control_propensity)


def test_a_mandatory_rule_orders_its_examination(ruled: Node) -> None:
    (line,) = file(ruled, truck("M1", seal_id="WATCHED"))
    assert (line.basis, line.examination, line.propensity) == ("mandatory", "joint", 1.0)
    assert "watched-seal@2: The seal is on the list)" in line.reasons.en
    assert "El candado está en la lista" in line.reasons.es
    assert "list" not in line.public_reason.en
    (decision,) = decisions(ruled.log)
    assert decision.mandatory == ("watched-seal@2",)


def test_people_above_the_threshold_are_a_hold_at_once(post: Post) -> None:
    document = policies.default_document().replace(b"probability = 0.5", b"probability = 0.001")
    with post.log() as log:
        put_in_force(log, MANDATORY)
    with post.node(policy=document) as node:
        first, both = file(node, [truck("P1"), truck("P2", seal_id="WATCHED")])
    assert (first.basis, first.examination, first.propensity) == ("mandatory", "hold", 1.0)
    # Of two orders the stricter holds.
    assert (both.basis, both.examination) == ("mandatory", "hold")
    assert "life-safety" in first.reasons.en


def test_of_a_policys_people_option_and_a_rules_order_the_stricter_holds(post: Post) -> None:
    document = policies.default_document().replace(b"probability = 0.5", b"probability = 0.001")
    document = document.replace(b'people = { option = "hold"', b'people = { option = "scan"')
    with post.log() as log:
        put_in_force(log, MANDATORY)
    with post.node(policy=document) as node:
        first, both = file(node, [truck("P1"), truck("P2", seal_id="WATCHED")])
    assert first.examination == "scan"
    assert both.examination == "joint"


BETRAYING = re.compile(r"score|rule|model|probab|random|lottery|sample|price|priced|mandator|basis|risk|log-odds|"
                       r"puntaje|regla|modelo|azar|sorteo|muestra|precio|obligatori|riesgo", re.IGNORECASE)  # fmt: skip


def test_the_public_reason_says_nothing_of_why(ruled: Node, learnt: Learnt) -> None:
    lines = file(ruled, learnt.future, [truck(f"M{i}", seal_id="WATCHED") for i in range(3)])
    told = {}
    for line in lines:
        kind = (line.examination == "release", line.basis == "mandatory")
        told.setdefault(kind, set()).add((line.public_reason.en, line.public_reason.es))
        for sentence in (line.public_reason.en, line.public_reason.es):
            assert not BETRAYING.search(sentence)
            for cited in ("19 CFR 162.6", "19 USC 1461", "19 USC 1499(a)"):
                sentence = sentence.replace(cited, "")
            assert not re.search(r"\d", sentence)
    # The same whether chance or value chose, and for all that are released; what a rule orders adds its own ground.
    assert {len(sentences) for sentences in told.values()} == {1}
    ((ordered, _),) = told[False, True]
    ((plain, _),) = told[False, False]
    assert ordered == f"{plain} The seal has to be verified."
    assert {line.basis for line in lines} >= {"random", "priced", "mandatory"}


def test_what_is_examined_names_its_signs_and_its_rules_in_words(ruled: Node, learnt: Learnt) -> None:
    lines = [line for line in file(ruled, learnt.future) if line.basis == "priced"]
    signs = {term.code for line in lines for threat in line.threats.values() for term in threat.evidence
             if term.source == "tell"}  # fmt: skip
    assert len(signs - {"other"}) > 5
    assert "sum" not in signs
    (ordered,) = file(ruled, [truck("M9", seal_id="WATCHED")])
    assert "The seal is on the list" in ordered.reasons.en
    assert "El candado está en la lista" in ordered.reasons.es


@pytest.mark.parametrize("code", [*TELLS, "other", "sum"])
def test_every_sign_has_a_name_in_both_languages(code: str) -> None:
    name = named("tell", code)
    assert code not in (name.en, name.es)
    assert name.en != name.es


def test_the_trusted_traders_factor_lowers_value_never_the_lottery(post: Post) -> None:
    with post.node() as node:
        plain, trusted = file(node, truck("A", tractor_id="T9"), truck("B", tractor_id="T9", trade_programme="ctpat3"))
    made = decisions_of(post)
    assert made[0].lot == made[1].lot
    assert trusted.control_propensity > 0
    assert trusted.value > 0
    # Two filings differ in more than their programme: the factor is seen against each one's own risk.
    for line, factor in ((plain, 1.0), (trusted, 0.5)):
        worth = sum(line.threats[threat].probability for threat in THREATS) * 600
        assert line.value >= factor * worth - 1e-6
        assert line.value < factor * (worth + 600)
    document = policies.default_document()
    with pytest.raises(policies.PolicyError):
        policies.parse(document.replace(b"ctpat3 = { factor = 0.5", b"ctpat3 = { factor = 0.0"))


def decisions_of(post: Post) -> list[Decided]:
    with post.log() as log:
        return decisions(log)


def test_the_floats_of_a_line_are_the_integers_of_the_log(post: Post, learnt: Learnt) -> None:
    with post.node() as node:
        lines = {line.crossing_id: line for line in file(node, learnt.future)}
        for stored in node.log.read(types=[Decided.TYPE]):
            decided = stored.payload
            assert isinstance(decided, Decided)
            line = lines[stored.event.stream.removeprefix("crossing/")]
            assert line.decision == stored.event.event_id
            assert round(line.value * NANOMINUTES) == decided.value
            assert round(line.price * NANOMINUTES) == decided.price
            assert round(line.propensity * PPB) == decided.propensity
            assert round(line.control_propensity * PPB) == decided.control_propensity
            assert (line.control, line.basis, line.examination) == (
                decided.control, decided.basis, decided.examination,
            )  # fmt: skip


def test_every_declaration_has_a_line_with_the_members_of_the_format(post: Post, learnt: Learnt) -> None:
    with post.node() as node:
        lines = answered(node, table_of(learnt.future))
    assert len(lines) == learnt.future.height
    for line in lines:
        assert set(msgspec.json.decode(line)) == {
            "declaration_id", "crossing_id", "probability", "threats", "examination", "basis", "control",
            "control_propensity", "propensity", "value", "price", "reasons", "public_reason", "decision",
        }  # fmt: skip


def test_the_rate_is_held_over_the_crossings(post: Post, learnt: Learnt) -> None:
    with post.node() as node:
        lines = file(node, learnt.future)
    examined = sum(line.basis is not None for line in lines)
    assert abs(examined - RATE * len(lines)) <= 0.05 * len(lines)
