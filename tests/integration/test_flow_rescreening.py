"""When lists change, the parties of expected trucks are compared with what is new, and nothing is asked twice."""

from __future__ import annotations

from typing import Any

import pytest
from journeys import Post, decisions, file, truck
from listed import FIRM, LADISLAO, NAMED, lists
from listening import listening

from aforo.api import rescreening as module
from aforo.api.rescreening import Rescreening
from aforo.domain.screening import ScreeningHit, ScreeningListed
from aforo.exams.outcomes import Report
from aforo.flow.alert_watch import Watch
from aforo.flow.at_booth import arrive
from aforo.flow.hits import answer_hit, hit_with_name, hits
from aforo.flow.reports import report
from aforo.flow.rescreening import Rescreened, rescreen
from aforo.log.store import ConcurrencyError, Log

BEFORE, AFTER = lists(FIRM), lists(FIRM, LADISLAO, digest="1" * 64)
HE = {"driver_id": "DR-L", "driver_name": NAMED}


def asked(log: Log) -> list[tuple[str | None, str, str]]:
    return [
        (hit.crossing, hit.declaration, hit.column)
        for stored in log.read(types=[ScreeningHit.TYPE])
        if isinstance(hit := stored.payload, ScreeningHit)
    ]


def test_who_is_listed_after_the_filing_is_asked_about_while_the_truck_is_expected(post: Post) -> None:
    with post.node(lists=BEFORE) as node:
        file(node, *(truck(own, **HE | {"driver_id": f"DR-{own}"}) for own in ("GONE", "HERE", "NOT")))
        file(node, truck("NOT~1", amends="NOT", action="cancel", **HE))
        report([Report(1, "GONE", None, False, None, None, None, None)], node)
        arrive("HERE", node, "booth")
        file(node, truck("NAMELESS", driver_id=None, driver_name=NAMED), truck("OTHER", driver_name="Ana Torres"))
        file(node, truck("A1", **HE), truck("A2", amends="A1", action="replace", **HE))
        file(node, [truck("B", **HE)])
        names, before = list(node.trucks.trucks), len(decisions(node.log))
        assert asked(node.log) == []
        assert rescreen(names, node).asked == 0

    with post.node(lists=AFTER) as node:
        told = rescreen(names, node)
        # Once for the party, though two trucks name him; a name that nothing identifies cannot be opened.
        assert asked(node.log) == [("A1", "A2", "driver_name")]
        assert told == Rescreened(crossings=4, names=3, closed=1, asked=1)
        assert rescreen(names, node).asked == 0
        assert [type(each.payload) for each in node.log.stream("artefact/list/ofac")] == [ScreeningListed] * 2
        # The decision stands; the hit is somebody's to look at, with its name.
        assert len(decisions(node.log)) == before
        (shown,) = hits(node.asking, node.lists())
        assert hit_with_name(node.log, shown.hit, None, "Luz", "token").name == NAMED
        assert Watch(node.log).look().raised > 0
        answer_hit(node.log, shown.hit, "dismissed", "Luz", "Another.")
        assert rescreen(names, node).asked == 0
        assert rescreen(["never filed"], node) == Rescreened()


def test_a_server_screens_again_in_batches_when_the_lists_change_and_only_then(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 2)
    used = [BEFORE]

    def opened(node: Any) -> None:
        node.lists = lambda: used[0]

    with listening(post, opened=opened) as made:
        for n in range(5):
            made.as_("officer").post("/v1/filings", json=truck(f"T{n}", **HE | {"driver_id": f"DR-{n}"}))
        again = Rescreening(made.desk, made.log, lambda: used[0])
        assert again.look() is not None
        assert again.look() is None
        used[0] = AFTER
        # Others may be faster: what is left is asked at the next look, and nothing twice.
        real, failed = module.rescreen, list[int]()

        def fails(names: Any, node: Any) -> Any:
            if "T2" in names and len(failed) < 10:
                failed.append(1)
                raise ConcurrencyError("screening/x", 1, "taken")
            return real(names, node)

        monkeypatch.setattr(module, "rescreen", fails)
        for _ in range(2):
            with pytest.raises(ConcurrencyError):
                again.look()
        assert len(asked(made.log)) == 2
        told = again.look()
        assert told is not None
        assert (told.crossings, told.asked) == (5, 3)
        assert again.look() is None
        # Neither does a server that starts again compare what has been compared.
        assert Rescreening(made.desk, made.log, lambda: used[0]).look() is None
    assert sorted(each for each, *_ in asked_of(post)) == [f"T{n}" for n in range(5)]


def asked_of(post: Post) -> list[tuple[str | None, str, str]]:
    with post.log() as log:
        return asked(log)


def test_the_thread_looks_by_itself_until_the_block_ends(post: Post) -> None:
    with listening(post, lists=AFTER) as made:
        with Rescreening(made.desk, made.log, lambda: AFTER, every=0.01) as again:
            while again._done is None or not again._done:
                again.stop.wait(0.01)
        assert not again._thread.is_alive()
