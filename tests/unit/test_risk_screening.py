"""List screening: names are alike as Spanish and other customs have it, and every hit says why."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aforo.domain.event import PAYLOADS
from aforo.domain.screening import ScreeningHit
from aforo.domain.watchlist import Entry, ListedIdentifier, ListedName, PartyKind, Watchlist
from aforo.risk.screening import HIT, Dispositions, Hit, Party, Screener
from aforo.risk.screening.dispositions import ReasonMissingError, asked, confirmed, dismissed, stream_of
from aforo.risk.screening.likeness import ALIKE, likeness
from aforo.risk.screening.spelling import name_of, plain, sound_of

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def alike(one: str, other: str, *, person: bool) -> int:
    return likeness(name_of(one, person=person), name_of(other, person=person), person=person).score


def entry(number: str, kind: PartyKind, *names: str, **more: Any) -> Entry:
    listed = tuple(ListedName(name, "primary" if at == 0 else "strong") for at, name in enumerate(names))
    return Entry("ofac", number, kind, listed, **more)


def listed(*entries: Entry) -> Watchlist:
    return Watchlist("ofac", entries, NOW, "0" * 64)


LADISLAO = entry(
    "1",
    "person",
    "QUINTANAR OSORNO, Ladislao",
    born=("1957-07-02",),
    identifiers=(ListedIdentifier("R.F.C.", "QUOL570702AB1"),),
)
FIRM = entry("2", "firm", "COMERCIALIZADORA VALLE GRIS, S.A. DE C.V.", "VALLEGRIS EXPORTA")
WEAK = Entry("ofac", "3", "person", (ListedName("Tarvo Elmerin"), ListedName("The Heron", "weak")))
SCREENER = Screener([listed(LADISLAO, FIRM, WEAK)])


def hits(name: str, kind: PartyKind = "person", **more: Any) -> tuple[Hit, ...]:
    return SCREENER.screen([Party(name, kind, **more)])[0]


@pytest.mark.parametrize(
    ("text", "read"),
    [("Peña Núñez", "pena nunez"), ("ＡＢＣ", "abc"), ("Тарво", "tarvo"), ("Ołówek Ðorð", "olowek dord")],
)
def test_every_script_is_read_in_plain_letters(text: str, read: str) -> None:
    assert plain(text) == read


@pytest.mark.parametrize(("one", "other"), [("baldez", "valdes"), ("hurtado", "urtado"), ("zeballos", "ceballos")])
def test_what_sounds_the_same_is_one_sound(one: str, other: str) -> None:
    assert sound_of(one) == sound_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ladislao Quintanar Osorno", "QUINTANAR OSORNO, Ladislao"),  # surnames first, as lists write them
        ("Quintanar Osorno Ladislao", "QUINTANAR OSORNO, Ladislao"),  # surnames first, without the comma
        ("Ladislao Osorno Quintanar", "QUINTANAR OSORNO, Ladislao"),  # the surnames exchanged
        ("Ladislao Quintanar", "QUINTANAR OSORNO, Ladislao"),  # one surname missing
        ("Ladislao de la Quintanar y Osorno", "QUINTANAR OSORNO, Ladislao"),  # particles
        ("José Ladislao Quintanar Osorno", "QUINTANAR OSORNO, Ladislao"),  # a compound given name
        ("Ladizlao Quintánar Osorno", "QUINTANAR OSORNO, Ladislao"),  # spelling by sound
        ("Ma. Gpe. Quintanar Osorno", "María Guadalupe Quintanar Osorno"),  # abbreviations
        ("L. Quintanar Osorno", "QUINTANAR OSORNO, Ladislao"),  # an initial
        ("Ing. Ladislao Quintanar Osorno", "QUINTANAR OSORNO, Ladislao"),  # a title
        ("LadislaoQuintanar Osorno", "QUINTANAR OSORNO, Ladislao"),  # no space
    ],
)
def test_persons_of_spanish_names_are_found(one: str, other: str) -> None:
    assert alike(one, other, person=True) >= HIT


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ladislao Quintanar Osorno", "Ladislao Quintana Ortega"),
        ("Juan Hernández", "Juan Fernández"),  # two names that many bear are no misspelling of each other
        ("Osorno", "QUINTANAR OSORNO, Ladislao"),
        ("Ladislao Montiel Osorno", "QUINTANAR OSORNO, Ladislao"),
    ],
)
def test_other_persons_are_not(one: str, other: str) -> None:
    assert alike(one, other, person=True) < HIT


@pytest.mark.parametrize(
    "spelled",
    [
        "Comercializadora Valle Gris SA de CV",
        "COMERCIALIZADORA VALLE GRIS, S. A. DE C. V.",
        "Comercializadora Valle Gris, S.A. DE C.V",
        "Comercializadora Valle Gris, Sociedad Anónima de Capital Variable",
        "Comercializadora Valle Gris, S. de R.L. de C.V.",
        "Comercializadora Valle Gris S.A.P.I. de C.V.",
        "Comercializadora Valle Gris, LLC",
        "COMERCIALIZADORA VALLEGRIS",
    ],
)
def test_firms_are_found_whatever_their_form(spelled: str) -> None:
    assert [hit.entry.entry_id for hit in hits(spelled, "firm")] == ["2"]
    assert [hit.entry.entry_id for hit in hits(spelled, "unknown")] == ["2"]


@pytest.mark.parametrize(
    "other", ["Comercializadora Valle Verde SA de CV", "Comercializadora SA de CV", "Gris SA de CV", "SA de CV"]
)
def test_firms_that_share_common_words_are_not(other: str) -> None:
    assert hits(other, "firm") == ()


def test_a_score_is_its_parts_and_every_part_is_said() -> None:
    (hit,) = hits("Ladislao Quintánarr Osorno Vega")
    assert hit.score == ALIKE + sum(part.share for part in hit.parts)
    assert {part.code for part in hit.parts} == {"spelling", "added"}
    assert all(isinstance(part.share, int) and part.share <= 0 for part in hit.parts)
    assert "quintanarr" in hit.reason.en
    assert "se añade «vega»" in hit.reason.es
    assert hit.listed == ListedName("QUINTANAR OSORNO, Ladislao")
    assert hit.entry_digest == LADISLAO.digest()


def test_a_birth_that_contradicts_costs() -> None:
    assert hits("Ladislao Quintanar Osorno", born="1957-07-02")[0].score == ALIKE
    assert hits("Ladislao Quintanar Osorno", born="1957")[0].score == ALIKE
    (near,) = hits("Ladislao Quintanar Osorno", born="1958-07-02")
    assert [part.code for part in near.parts] == ["birth_near"]
    assert hits("Ladislao Quintanar Osorno", born="1980") == ()


def test_an_identifier_is_a_hit_by_itself() -> None:
    (hit,) = hits("Somebody Else", identifiers=("quol-570702-ab1",))
    assert (hit.identifier, hit.entry.entry_id) == (True, "1")


def test_a_weak_alias_counts_less() -> None:
    (hit,) = hits("The Heron")
    assert [part.code for part in hit.parts] == ["weak_alias"]
    assert hits("The Herons") == ()


@pytest.mark.parametrize("nothing", ["", " ", "---", "S.A. de C.V.", "\0", "de la", "1", "x" * 5000, "a " * 5000])
def test_names_of_nothing_find_nobody(nothing: str) -> None:
    assert hits(nothing, "unknown") == ()


def test_the_first_pass_loses_nothing_that_scores(shared_data: Path) -> None:
    """On the published pairs: whoever the score would find among all names, the index finds."""
    with (shared_data / "screening" / "name_pairs.csv").open(encoding="utf-8") as stream:
        pairs = [row for row in csv.DictReader(stream) if row["schema"] == "Person"]
    entries = [entry(str(at), "person", pair["name2"]) for at, pair in enumerate(pairs) if pair["name2"].strip()]
    screener = Screener([listed(*entries)])
    lost = 0
    found = 0
    for pair in pairs[::3]:
        name = name_of(pair["name1"], person=True)
        scored = {
            e.entry_id
            for e in entries
            if likeness(name, name_of(e.names[0].text, person=True), person=True).score >= HIT
        }
        got = {hit.entry.entry_id for hit in screener.screen([Party(pair["name1"], "person")])[0]}
        found += len(scored)
        lost += len(scored - got)
        assert got <= scored
    assert lost <= found / 50


def test_labelled_pairs_are_told_apart(shared_data: Path) -> None:
    with (shared_data / "screening" / "name_pairs.csv").open(encoding="utf-8") as stream:
        pairs = list(csv.DictReader(stream))
    right = wrong = 0
    for pair in pairs:
        said = alike(pair["name1"], pair["name2"], person=pair["schema"] == "Person") >= HIT
        meant = pair["is_match"] == "true"
        right += 2 * (said and meant)
        wrong += said != meant
    assert right / (right + wrong) >= 0.85, "F1"


def test_the_events_are_known_to_the_log() -> None:
    assert {"screening.listed", "screening.hit", "screening.confirmed", "screening.dismissed"} <= PAYLOADS.keys()


def test_a_dismissal_is_remembered_until_the_entry_changes() -> None:
    party = "1234567890"
    watchlist = listed(LADISLAO)
    (hit,) = hits("Ladislao Quintanar Osorno")
    nothing = Dispositions()
    assert nothing.standing(party, hit) == "new"
    assert nothing.to_ask(party, [hit]) == (hit,)
    event = asked(party, hit, watchlist, "X-1")
    opened = nothing.after([event])
    assert (opened.standing(party, hit), opened.to_ask(party, [hit])) == ("open", ())
    assert nothing.standing(party, hit) == "new", "a projection is a value"
    closed = opened.after([dismissed(event, "another day of birth")])
    assert closed.standing(party, hit) == "dismissed"
    assert closed.after([event]).standing(party, hit) == "dismissed", "asking again opens nothing"
    assert closed.standing("99", hit) == "new", "another party"
    changed = entry("1", "person", "QUINTANAR OSORNO, Ladislao", "QUINTANAR, Lalo")
    (again,) = Screener([listed(changed)]).screen([Party("Ladislao Quintanar Osorno", "person")])[0]
    assert closed.standing(party, again) == "changed"
    assert closed.to_ask(party, [again]) == (again,)
    reopened = closed.after([asked(party, again, listed(changed))])
    assert reopened.standing(party, again) == "open"
    assert (
        reopened.after([confirmed(asked(party, again, listed(changed)), "same RFC")]).standing(party, again)
        == "confirmed"
    )


def test_what_is_recorded_of_a_hit_has_no_word_of_the_party() -> None:
    (hit,) = hits("Ladislao Quintanarx Osorno")
    event = asked("77", hit, listed(LADISLAO))
    assert isinstance(event, ScreeningHit)
    assert "quintanarx" not in repr(event).lower()
    assert ALIKE + sum(share for _, share in event.parts) == event.score
    assert stream_of("77") == "screening/77"


@pytest.mark.parametrize("reason", ["", "  "])
def test_who_answers_says_why(reason: str) -> None:
    event = asked("77", hits("Ladislao Quintanar Osorno")[0], listed(LADISLAO))
    with pytest.raises(ReasonMissingError):
        dismissed(event, reason)
    with pytest.raises(ReasonMissingError):
        confirmed(event, reason)
