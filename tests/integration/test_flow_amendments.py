"""One decision and one lot a crossing, whatever is amended, cancelled, filed anew, added, repeated or contradicted."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from journeys import Post, answered, decisions, file, table_of, truck

from aforo.domain.event import Decided, Filed, Quarantined
from aforo.flow.earlier import standing
from aforo.flow.journey import screen
from aforo.flow.names import stream_of
from aforo.flow.node import Node
from aforo.flow.quarantine import contradictions, quarantine
from aforo.flow.replay import decisions_of, replay


def amendment(own: str, of: str, **fields: Any) -> dict[str, Any]:
    return truck(own, tractor_id=f"TR-{of}", driver_id=f"DR-{of}", amends=of, action="replace", **fields)


def cancellation(own: str, of: str) -> dict[str, Any]:
    return truck(own, tractor_id=f"TR-{of}", driver_id=f"DR-{of}", amends=of, action="cancel")


def of_crossing(node: Node, crossing: str) -> list[Decided]:
    return [p for stored in node.log.stream(stream_of(crossing)) if isinstance(p := stored.payload, Decided)]


def assert_replays(node: Node) -> None:
    made = [each for group in decisions_of(node.log) for each in replay(group, node.log, node.force.code)]
    assert made
    assert [each.differences for each in made if each.differences] == []


def test_all_declarations_of_a_crossing_repeat_one_decision(post: Post) -> None:
    with post.node() as node:
        lines = file(
            node,
            [
                truck("a", crossing_id="X"),
                truck("other"),
                truck("b", crossing_id="X", value_usd=1.0),
                truck("c", crossing_id="X", declared_empty=1),
            ],
        )
        assert len(decisions(node.log)) == 2
        assert_replays(node)
    own = [msgspec.structs.replace(line, declaration_id="") for line in lines if line.crossing_id == "X"]
    assert len(own) == 3
    assert own[0] == own[1] == own[2]
    (other,) = (line for line in lines if line.crossing_id == "other")
    assert other.decision != own[0].decision


def test_the_riskiest_declaration_speaks_for_the_crossing(post: Post) -> None:
    with post.node() as node:
        fields = [{"value_usd": 90_000.0}, {"declared_empty": 1, "lane": "standard", "gross_mass_kg": 30_000.0}, {}]
        alone = [file(node, truck(f"s{i}", **each))[0].probability for i, each in enumerate(fields)]
        together = file(node, [truck(f"t{i}", crossing_id="T", **each) for i, each in enumerate(fields)])
    assert max(alone) == alone[1]
    assert together[0].probability > alone[2]
    assert any(e.code.startswith("empty-but-heavy") for e in together[0].threats["contraband"].evidence) or any(
        e.source == "rule" for e in together[0].threats["contraband"].evidence
    )


def test_an_amendment_keeps_the_lot_and_does_not_move_the_price(post: Post) -> None:
    with post.node() as node:
        (first,) = file(node, truck("a"))
        price = node.price
        (second,) = file(node, amendment("b", "a", value_usd=10.0))
        assert node.price == price
        was, now = of_crossing(node, "a")
        assert_replays(node)
    assert second.crossing_id == first.crossing_id == "a"
    assert (was.lot, was.control_propensity, was.day, was.stratum) == (
        now.lot, now.control_propensity, now.day, now.stratum,
    )  # fmt: skip
    assert (was.again, now.again) == (False, True)
    assert was.features != now.features


def test_an_amendment_that_changes_nothing_leaves_the_probability(post: Post) -> None:
    with post.node() as node:
        (first,) = file(node, truck("a"))
        amended = file(node, amendment("b", "a", seal_id="ULa"), amendment("c", "b", seal_id="ULa"))
        assert_replays(node)
    assert [line.probability for line in amended] == [first.probability] * 2


def test_declarations_under_one_seal_are_no_use_of_it_again(post: Post) -> None:
    own = [{"importer_id": f"IM-{i}", "exporter_id": f"EX-{i}"} for i in range(3)]
    with post.node() as node:
        (alone,) = file(node, truck("x", crossing_id="X", tractor_id="T", driver_id="D", seal_id="S7", **own[0]))
        for i in (1, 2):
            (line,) = file(node, truck(f"x{i}", crossing_id="X", tractor_id="T", driver_id="D", seal_id="S7", **own[i]))
        assert_replays(node)
    assert line.probability == alone.probability


@pytest.mark.parametrize("moved", ["tractor", "bridge", "day", "lane"])
def test_no_amendment_draws_a_new_lot(post: Post, moved: str) -> None:
    changed: dict[str, Any] = {
        "tractor": {"tractor_id": "ANOTHER"},
        "bridge": {"bridge": "Colombia"},
        "day": {"filed_at": "2024-03-22T08:00:00-06:00"},
        "lane": {"lane": "fast", "trade_programme": "ctpat3"},
    }[moved]
    with post.node() as node:
        file(node, truck("a"), amendment("b", "a") | changed, amendment("c", "b") | changed)
        made = of_crossing(node, "a")
    assert len(made) == 3
    assert {(each.lot, each.control_propensity, each.day, each.passages) for each in made} == {
        (made[0].lot, made[0].control_propensity, made[0].day, made[0].passages)
    }


def test_cancelled_and_filed_anew_the_lot_is_the_same(post: Post) -> None:
    with post.node() as node:
        (first,) = file(node, truck("a", tractor_id="T"))
        (gone,) = file(node, truck("b", tractor_id="T", amends="a", action="cancel"))
        (anew,) = file(node, truck("c", tractor_id="T"))
        assert_replays(node)
        lots = [each.lot for each in decisions(node.log)]
    assert len(set(lots)) == 1
    assert gone.examination == "release"
    assert gone.basis is None
    assert "ancel" in gone.public_reason.en
    assert anew.crossing_id == "c"
    assert (anew.control, anew.control_propensity) == (first.control, first.control_propensity)


def test_a_crossing_cancelled_before_it_was_decided_does_not_move_the_price(post: Post) -> None:
    with post.node() as node:
        file(node, truck("z"))
        price = node.price
        lines = file(node, [truck("a"), cancellation("b", "a")])
        assert node.price == price
        assert_replays(node)
    assert {line.examination for line in lines} == {"release"}


def test_a_declaration_added_later_is_judged_with_the_others(post: Post) -> None:
    with post.node() as node:
        (alone,) = file(node, truck("a", crossing_id="X"))
        (added,) = file(node, truck("b", crossing_id="X", declared_empty=1, lane="standard", gross_mass_kg=40_000.0))
        first, second = of_crossing(node, "X")
        assert_replays(node)
    assert added.probability > alone.probability
    assert second.again
    assert second.lot == first.lot
    assert added.decision != alone.decision


def test_an_amendment_of_what_nobody_knows_is_a_crossing_that_the_original_joins(post: Post) -> None:
    """The amendment may arrive first: what it replaces is replaced when it comes."""
    with post.node() as node:
        (late,) = file(node, amendment("b", "a"))
        assert late.crossing_id == "a"
        (original,) = file(node, truck("a"))
        first, second = of_crossing(node, "a")
        assert_replays(node)
    assert original.crossing_id == "a"
    assert second.again
    assert first.lot == second.lot
    assert original.probability == late.probability


def test_a_declaration_named_like_a_crossing_joins_it(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a", crossing_id="b"))
        (line,) = file(node, truck("b"))
        assert len(of_crossing(node, "b")) == 2
        assert_replays(node)
    assert line.crossing_id == "b"


def test_a_circle_over_two_days_does_not_make_a_crossing_disappear(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a", crossing_id="X", amends="b", action="replace"))
        post.clock.move(days=1)
        (line,) = file(node, truck("b", crossing_id="X", amends="a", action="replace"))
        assert_replays(node)
    assert "ancel" not in line.public_reason.en
    assert line.value > 0


def test_amended_across_files_and_days(post: Post) -> None:
    with post.node() as node:
        file(node, [truck("a"), truck("x")])
    post.clock.move(days=2)
    with post.node() as node:
        (second,) = file(node, amendment("b", "a"))
    post.clock.move(days=2)
    with post.node() as node:
        (third,) = file(node, amendment("c", "b", value_usd=3.0))
        (fourth,) = file(node, cancellation("d", "c"))
        made = of_crossing(node, "a")
        assert_replays(node)
    assert {line.crossing_id for line in (second, third, fourth)} == {"a"}
    assert len({each.lot for each in made}) == 1
    assert len(made) == 4
    assert fourth.examination == "release"


def test_filed_twice_nothing_new_is_recorded_and_the_line_is_the_same(post: Post) -> None:
    batch = table_of(
        pl.DataFrame([truck("a"), truck("b", crossing_id="X"), truck("c", crossing_id="X"), truck("d", seal_id=None)])
    )
    with post.node() as node:
        lines = answered(node, batch)
        before = node.log.position(), node.memory.dump(), node.price
        assert sorted(answered(node, batch)) == sorted(lines)
        assert (node.log.position(), node.memory.dump(), node.price) == before
    post.clock.move(days=30)
    with post.node() as node:
        position = node.log.position()
        assert sorted(answered(node, batch[2:])) == sorted(lines[2:])
        assert node.log.position() == position


def test_repeated_after_an_amendment_the_line_is_of_the_last_decision(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a"))
        (amended,) = file(node, amendment("b", "a", value_usd=10.0))
        (repeated,) = file(node, truck("a"))
    assert msgspec.structs.replace(repeated, declaration_id="b") == amended


def test_a_contradiction_is_kept_in_quarantine_and_the_others_go_on(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a"))
        table = table_of(pl.DataFrame([truck("n1"), truck("a", value_usd=7.0), truck("n2"), truck("n3")]))
        screened = screen(table, node, "declarations")
        assert screened.filings.contradicted == [1]
        refused = contradictions(table, screened.filings.contradicted)
        assert quarantine(refused, node, "declarations") == 1
        assert quarantine(refused, node, "declarations") == 0
        assert screened.batch.names == ["n1", "n2", "n3"]
        (kept,) = (s.payload for s in node.log.read(types=[Quarantined.TYPE]))
        assert isinstance(kept, Quarantined)
        assert [problem.code for problem in kept.problems] == ["filed_before_otherwise"]
        filed = [s.payload for s in node.log.stream("crossing/a") if isinstance(s.payload, Filed)]
        assert len(filed) == 1
        persons = [int(person, 16) for person in kept.persons]
        raw = node.keys.open(persons, kept.sealed)
        assert raw is not None
        assert msgspec.json.decode(raw)["value_usd"] == 7.0


def test_crossings_interleaved_over_batches(post: Post) -> None:
    """Declarations of two crossings come in turns, batch by batch; each addition decides its crossing again."""
    with post.node() as node:
        for i in range(4):
            file(node, [truck(f"x{i}", crossing_id="X"), truck(f"y{i}", crossing_id="Y")])
        for name in "XY":
            made = of_crossing(node, name)
            assert [each.again for each in made] == [False, True, True, True]
            assert len({each.lot for each in made}) == 1
            versions = [s.event.version for s in node.log.stream(f"crossing/{name}")]
            assert versions == list(range(1, len(versions) + 1))
        assert_replays(node)


filings = st.lists(
    st.tuples(st.integers(0, 5), st.one_of(st.none(), st.integers(0, 5)), st.sampled_from(["replace", "cancel"])),
    min_size=1,
    max_size=6,
    unique_by=lambda each: each[0],
).map(
    lambda drawn: [
        (f"d{own}", None if old in (None, own) else f"d{old}", None if old in (None, own) else action)
        for own, old, action in drawn
    ]
)


@given(filings)
@settings(max_examples=300)
def test_only_a_cancellation_empties_a_crossing(drawn: list[tuple[str, str | None, str | None]]) -> None:
    stands = standing(drawn)
    assert stands == sorted(set(stands))
    assert all(drawn[place][2] != "cancel" for place in stands)
    if not any(action == "cancel" for _, _, action in drawn):
        assert stands
    by_id = {own: place for place, (own, _, _) in enumerate(drawn)}
    for place, (_, old, _) in enumerate(drawn):
        # What was filed before and is amended now stands no more.
        if old in by_id and by_id[old] < place:
            assert by_id[old] not in stands


@given(filings)
@settings(max_examples=300)
def test_what_is_gone_never_stands_again(drawn: list[tuple[str, str | None, str | None]]) -> None:
    before: set[int] = set()
    for count in range(1, len(drawn) + 1):
        stands = set(standing(drawn[:count]))
        assert stands <= before | {count - 1}
        before = stands


journeys = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 7), st.sampled_from(["file", "replace", "cancel"])),
    min_size=1,
    max_size=10,
)


@given(journeys)
@settings(max_examples=6)
def test_whatever_is_filed_one_lot_a_crossing_and_it_replays(
    learnt: Any, tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[int, int, str]]
) -> None:
    post = Post(learnt, tmp_path_factory.mktemp("drawn"))
    with post.node() as node:
        for number, (crossing, old, action) in enumerate(drawn):
            own = truck(f"d{number}", crossing_id=f"X{crossing}")
            if action != "file" and old != number:
                own |= {"amends": f"d{old}", "action": action}
            file(node, own)
        lots: dict[str, set[int]] = {}
        for stored in node.log.read(types=[Decided.TYPE]):
            decided = stored.payload
            assert isinstance(decided, Decided)
            lots.setdefault(stored.event.stream, set()).add(decided.lot)
        assert all(len(own) == 1 for own in lots.values())
        assert_replays(node)
        assert sum(1 for _ in itertools.chain(node.log.read(types=[Filed.TYPE]))) == len(drawn)
