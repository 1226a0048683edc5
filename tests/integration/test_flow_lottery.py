"""The lottery: who is drawn, by what, committed to before and opened afterwards."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import msgspec
import pytest
from journeys import Learnt, Post, decisions, file, truck
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.domain.event import Decided, LotteryCommitted, Passed, new_event
from aforo.exams.outcomes import Report
from aforo.flow import lots
from aforo.flow.projection import NodeState
from aforo.flow.reports import report
from aforo.log.ids import event_id
from aforo.log.store import Log
from aforo.risk import lottery

DAY = date(2024, 3, 20)


def passed(declaration: str) -> Report:
    return Report(1, declaration, None, False, None, None, None, None)


def last(log: Log) -> Decided:
    return decisions(log)[-1]


def test_a_second_passage_draws_another_lot_and_filing_anew_does_not(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a", tractor_id="T"), truck("b", tractor_id="T", amends="a", action="cancel"))
        file(node, truck("c", tractor_id="T"))
        before = {each.lot for each in decisions(node.log)}
        assert len(before) == 1
        assert report([passed("c")], node).passages == 1
        assert report([passed("c")], node).repeated == 1
        file(node, truck("d", tractor_id="T"))
        assert last(node.log).passages == 1
        second = last(node.log).lot
        file(node, truck("e", tractor_id="T", amends="d", action="replace"))
        assert last(node.log).lot == second
    assert second not in before
    # The same after the node was opened again, from its saved state and from the log alone.
    with post.node() as node:
        file(node, truck("f", tractor_id="T"))
        assert (last(node.log).passages, last(node.log).lot) == (1, second)
        (name,) = [node_state(node.log)]
        node.log.projections.drop(name)
    with post.node() as node:
        file(node, truck("g", tractor_id="T"))
        assert (last(node.log).passages, last(node.log).lot) == (1, second)


def node_state(log: Log) -> str:
    """The name of the saved state of the only artefact set."""
    (artefacts,) = {each.artefacts for each in decisions(log)}
    return f"node/{artefacts}/{NodeState.version}"


def test_passages_stay_counted_when_another_model_comes_into_force(post: Post, learnt: Learnt) -> None:
    with post.node() as node:
        file(node, truck("a", tractor_id="T"))
        report([passed("a")], node)
    post.model = other_model(learnt, post)
    with post.node() as node:
        file(node, truck("b", tractor_id="T"))
        assert last(node.log).passages == 1


def other_model(learnt: Learnt, post: Post) -> object:
    """Another model folder: the same trees, and a memory that has seen one filing more."""
    import polars as pl
    from journeys import table_of

    from aforo.flow.filing import identities_of
    from aforo.risk import artefacts

    folder = artefacts.load(learnt.folder)
    memory = folder.memory()
    with post.node() as node:
        table = table_of(pl.DataFrame([truck("seen")]))
        memory.features(table, identities_of(table, node))
    place = post.folder / "other-model"
    artefacts.save(place, folder.artefacts, memory)
    (place / "briefing.json").write_bytes((learnt.folder / "briefing.json").read_bytes())
    return place


def test_what_a_lot_follows_from(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a", tractor_id="T"), truck("b", tractor_id="T", importer_id="ELSE", value_usd=1.0))
        file(node, truck("c", tractor_id="T", port="2305", bridge="Pharr"))
        file(node, truck("d", tractor_id="T", filed_at="2024-03-21T08:00:00-06:00"))
        file(node, truck("e", tractor_id="U"))
        # 23:30 with 60 minutes' notice arrives on the next day; on the port's own clock, whatever offset is written.
        file(node, truck("f", tractor_id="T", filed_at="2024-03-20T23:30:00-06:00"))
        file(node, truck("g", tractor_id="T", filed_at="2024-03-21T05:30:00Z"))
        file(node, truck("h", tractor_id="T", filed_at="2024-03-21T04:20:00Z", lane="fast"))
        made = decisions(node.log)
    lot = [each.lot for each in made]
    assert lot[0] == lot[1]
    assert len({lot[0], lot[2], lot[3], lot[4]}) == 4
    assert [each.day for each in made] == [
        "2024-03-20", "2024-03-20", "2024-03-20", "2024-03-21", "2024-03-20", "2024-03-21", "2024-03-21", "2024-03-20",
    ]  # fmt: skip
    assert lot[5] == lot[6] == lot[3]


SPELLINGS: list[dict[str, str | None]] = [
    *({"bridge": bridge} for bridge in ("world trade", "World  Trade", "Ｗorld Trade", "Bridge of nowhere", None)),
    *({"tractor_id": plate} for plate in ("ab123c", "AB-123-C", "a.b 1-23c", "ＡＢ１２３Ｃ", "AB\u2011123\u200bC")),
    *({"port": port} for port in (" 2304", "２３０４")),
]


def test_no_spelling_draws_another_lot_or_forgets_a_passage(post: Post) -> None:
    named = {"tractor_id": "AB123C", "bridge": "World Trade"}
    with post.node() as node:
        for round_ in ("first", "second"):
            file(node, truck(round_, **named))
            lot, passages = last(node.log).lot, last(node.log).passages
            assert passages == (round_ == "second")
            file(node, [truck(f"{round_}-{i}", **named | spelling) for i, spelling in enumerate(SPELLINGS)])
            for spelling, made in zip(SPELLINGS, decisions(node.log)[-len(SPELLINGS) :], strict=True):
                assert (made.lot, made.passages) == (lot, passages), spelling
            report([passed("first")], node)
        assert len({each.lot for each in decisions(node.log)}) == 2
        # Whatever is no code of a port is one place.
        for i, port in enumerate((None, "Laredo", "02304")):
            file(node, truck(f"p{i}", **named, port=port))
        assert len({each.lot for each in decisions(node.log)[-3:]}) == 1


def test_without_a_tractor_the_root_declaration_is_drawn(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a", tractor_id=None), truck("b", tractor_id=None))
        file(node, truck("c", tractor_id=None, amends="a", action="replace"))
        one, other, amended = decisions(node.log)
    assert one.lot != other.lot
    assert amended.lot == one.lot


def test_the_commitment_is_in_the_log_before_the_first_decision_of_its_day(post: Post, learnt: Learnt) -> None:
    with post.node() as node:
        file(node, learnt.future[:100], learnt.future[100:])
        committed: dict[str, str] = {}
        used = set()
        for stored in node.log.read():
            payload = stored.payload
            if isinstance(payload, LotteryCommitted):
                assert payload.day.isoformat() not in committed
                committed[payload.day.isoformat()] = payload.commitment
            elif isinstance(payload, Decided):
                assert payload.day in committed
                used.add(payload.day)
        assert len(used) > 5
        master = node.keys.secret("lottery")
    for day, commitment in committed.items():
        assert lottery.commitment(lottery.day_key(master, date.fromisoformat(day))) == commitment


def test_a_published_key_draws_the_same_lots_from_the_log_alone(post: Post) -> None:
    with post.node() as node:
        file(node, [truck(f"a{i}", tractor_id=None if i % 7 == 0 else f"T{i % 20}") for i in range(60)])
        file(node, truck("am", amends="a3", action="replace"))
        report([passed("a1")], node)
        file(node, truck("second", tractor_id="T1"))
        with pytest.raises(lots.DayNotOverError):
            lots.reveal(node.log, date(2024, 3, 21), "tester")
        with pytest.raises(lots.NotRevealedError):
            lots.check(node.log, DAY)
    post.clock.now = datetime(2024, 3, 21, 12, tzinfo=UTC)
    with post.log() as log:
        assert lots.reveal(log, date(2024, 3, 21), "tester") == [DAY]
        assert lots.reveal(log, date(2024, 3, 21), "tester") == []
        checked = lots.check(log, DAY)
    assert checked.good
    assert checked.decisions == 61
    assert checked.chosen == sum(each.control for each in made_on(post, DAY) if not each.again)
    assert checked.expected == pytest.approx(61 * 0.01, rel=0.5)


def made_on(post: Post, day: date) -> list[Decided]:
    with post.log() as log:
        return [each for each in decisions(log) if each.day == day.isoformat()]


def test_the_day_is_over_only_when_it_is_over_everywhere() -> None:
    assert lots.first_open_day(datetime(2024, 3, 21, 11, 59, tzinfo=UTC)) == date(2024, 3, 20)
    assert lots.first_open_day(datetime(2024, 3, 21, 12, tzinfo=UTC)) == date(2024, 3, 21)


def test_a_lot_that_was_not_drawn_with_the_key_is_found(post: Post) -> None:
    """A node that decides against its own lottery is told on by the published key."""
    with post.node() as node:
        file(node, truck("a"), truck("b"))
        honest = decisions(node.log)[0]
        at = node.clock()
        forged = msgspec.structs.replace(honest, lot=0 if honest.lot else 1, control=True, again=True)
        version = node.log.versions(["crossing/a"])["crossing/a"]
        node.log.append(
            [
                new_event(
                    event_id(at), forged, "crossing/a", version + 1, occurred_at=at, recorded_at=at, actor="insider"
                )
            ]
        )
    post.clock.move(days=3)
    with post.log() as log:
        lots.reveal(log, date(2024, 3, 21), "tester")
        checked = lots.check(log, DAY)
    assert not checked.good
    assert [crossing for _, crossing in checked.wrong] == ["a"]


def run(*arguments: str) -> tuple[int, str]:
    made = CliRunner().invoke(complete_app(), list(arguments), env={"LANG": "C", "LC_ALL": "C"})
    return made.exit_code, made.output


def test_the_command_publishes_and_checks(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a"), truck("b"), truck("c", filed_at="2024-03-19T08:00:00-06:00"))
    at = ["--store", post.store]
    code, text = run("lottery", "verify", "2024-03-20", *at)
    assert code == 2
    assert "not published" in text
    code, text = run("lottery", "reveal", "--before", "2098-01-01", *at, "--lang", "es")
    assert code == 2
    assert "Dé " in text
    code, text = run("lottery", "reveal", "--before", "2024-03-20", "--json", *at)
    assert (code, json.loads(text)) == (0, {"revealed": ["2024-03-19"]})
    code, text = run("lottery", "reveal", "--before", "2024-03-21", *at)
    assert code == 0
    assert "2024-03-20" in text
    code, text = run("lottery", "verify", "2024-03-20", *at)
    assert code == 0
    assert "2 crossings have a lot, " in text
    assert "(0.02 expected)" in text
    assert "tienen número de sorteo" in run("lottery", "verify", "2024-03-20", *at, "--lang", "es")[1]
    code, text = run("lottery", "verify", "2024-03-20", "--json", *at)
    assert code == 0
    assert json.loads(text)["decisions"] == 2
    code, text = run("lottery", "verify", "yesterday", *at)
    assert code == 2


def test_passages_are_of_tractor_port_and_day(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a", tractor_id="T"))
        report([passed("a")], node)
        (event,) = node.log.read(types=[Passed.TYPE])
        payload = event.payload
        assert isinstance(payload, Passed)
        assert (payload.bridge, payload.day) == ("2304", "2024-03-20")
        file(node, truck("b", tractor_id="T", port="2305"), truck("c", tractor_id="U"))
        file(node, truck("d", tractor_id="T", filed_at="2024-03-21T08:00:00-06:00"))
        file(node, truck("e", tractor_id="t", bridge="Colombia"))
        assert [each.passages for each in decisions(node.log)] == [0, 0, 0, 0, 1]


def test_a_filing_dated_back_to_a_published_day_draws_with_the_key_of_today(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a", tractor_id="T"))
        assert last(node.log).day == DAY.isoformat()
    post.clock.now = datetime(2024, 3, 22, 12, tzinfo=UTC)
    with post.log() as log:
        lots.reveal(log, date(2024, 3, 21), "tester")
    with post.node() as node:
        file(node, truck("b", tractor_id="U"))
        assert last(node.log).day == "2024-03-22"
        file(node, truck("a2", tractor_id="T", amends="a", action="replace"))
        assert last(node.log).day == DAY.isoformat()  # a lot that was drawn stays
