"""No rendering of an answer holds anything that only officers may see."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from aforo.answers import Reference, X12Reference, answer_in, of_selection, shipped
from aforo.answers.delivery import begin
from aforo.answers.mail import MailServer, compose
from aforo.answers.render import plain
from aforo.answers.webhook import payload
from aforo.domain.decision import BASES, EXAMINATIONS
from aforo.domain.text import Text
from aforo.domain.threat import THREATS
from aforo.flow.selection import EvidenceLine, Selection, ThreatLine

AT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
ENVELOPE = X12Reference("ZZ", "ABCD", "ZZ", "CUSTOMS", "1", "1", "0001", "309", "ABCD", "CUSTOMS")

#: Words that no status, ground or way needs; they begin every secret text below.
MARK = "QZSECRET"
marked = st.integers(0, 10**9).map(lambda number: f"{MARK}{number}")
#: Numbers with so many digits of their own that one in a rendering is no coincidence.
figures = st.integers(10**11, 10**12 - 1).map(lambda number: number / 10**12)
evidence = st.builds(EvidenceLine, source=marked, code=marked, log_odds=figures)
threats = st.fixed_dictionaries(
    {
        threat: st.builds(ThreatLine, probability=figures, base=figures, evidence=st.lists(evidence, max_size=3))
        for threat in THREATS
    }
)
selections = st.builds(
    Selection,
    declaration_id=st.just("D-1"),
    crossing_id=st.just("T-1"),
    probability=figures,
    threats=threats,
    examination=st.sampled_from(EXAMINATIONS),
    basis=st.sampled_from([None, *BASES]),
    control=st.booleans(),
    control_propensity=figures,
    propensity=figures,
    value=figures,
    price=figures,
    reasons=st.builds(Text, en=marked, es=marked),
    public_reason=st.builds(Text, en=marked, es=marked),
    decision=marked,
)


def renderings(selection: Selection, country: str) -> list[str]:
    """Every form in which the answer to a selection can leave the house."""
    reference = Reference.to(["D-1"], crossing="T-1", x12=ENVELOPE)
    answer = of_selection(selection, reference, AT, shipped(country), place="World Trade")
    bodies = [
        answer_in("x12", answer, control=1),
        answer_in("declarations", answer, control=1),
        answer_in("declarations", answer, control=1, prefer="page"),
    ]
    delivery = begin(answer.id, "carrier", AT)
    mail = compose(answer, delivery, "traffic@carrier.example", MailServer("localhost", 25, "a@b.example", "none"))
    parts = [part.get_content() for part in mail.walk() if not part.is_multipart()]
    heads = [*mail.values(), delivery.id, payload(answer).decode()]
    return [*(each.body.decode() for each in bodies), plain.render(answer), *parts, *map(str, heads)]


@settings(max_examples=50)
@given(selections, st.sampled_from(["US", "MX"]))
def test_nothing_of_an_officers_class_is_in_any_rendering(selection: Selection, country: str) -> None:
    numbers = {selection.probability, selection.control_propensity, selection.propensity, selection.value}
    numbers |= {selection.price} | {each.probability for each in selection.threats.values()}
    for text in renderings(selection, country):
        assert MARK not in text
        for number in numbers:
            assert f"{number:.6f}"[1:] not in text
        lowered = text.lower()
        assert not [
            word
            for word in ("score", "log-odds", "truck-minutes", "lottery", "muestra", "life-safety")
            if word in lowered
        ]


@settings(max_examples=50)
@given(selections, selections)
def test_two_selections_that_order_something_are_answered_alike(one: Selection, other: Selection) -> None:
    if "release" in (one.examination, other.examination):
        assert (renderings(one, "US") == renderings(other, "US")) == (one.examination == other.examination)
    else:
        assert renderings(one, "US") == renderings(other, "US")
