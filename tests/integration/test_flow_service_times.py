"""How long examinations take is learnt from the record, and trucks are weighed by what is predicted for them."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from journeys import NOW, Post, decisions, file, truck
from priced import WORLD_TRADE, book, different, put_in_force, stand

from aforo.domain.bridge import ExaminationEnded, ExaminationQueued, ExaminationStarted
from aforo.exams.outcomes import Report
from aforo.flow.at_booth import arrive
from aforo.flow.reports import report
from aforo.flow.service_times import learn_anew, timed
from aforo.flow.telemetry import Statement, record
from aforo.log.store import Log

FAST, SLOW = "070200", "940360"


def examined(log: Log, crossing: str, minutes: float, place: int) -> None:
    """An examination at a scanner of World Trade, begun and ended."""
    stream, begun = f"port/{WORLD_TRADE}", NOW + timedelta(minutes=30 * place)
    record(
        [
            Statement(ExaminationStarted(crossing, "scanner"), stream, begun, f"began:{crossing}"),
            Statement(
                ExaminationEnded(crossing, "scanner"), stream, begun + timedelta(minutes=minutes), f"end:{crossing}"
            ),
        ],
        log,
        actor="scanner",
    )


def test_what_took_long_is_expected_to_take_long(post: Post) -> None:
    with post.log() as log:
        put_in_force(log, book(steep=0.05))
    rng = np.random.default_rng(5)
    with post.node() as node:
        file(node, [truck(f"s{n}", hs6=SLOW if n % 2 else FAST) for n in range(120)])
        for n in range(120):
            examined(node.log, f"s{n}", (16.0 if n % 2 else 4.0) * rng.lognormal(0.0, 0.2), n)
        history = timed(node.log, WORLD_TRADE)["scanner"]
        assert len(history.minutes) == 120
        assert set(history.goods) == {"07", "94"}
        learnt = learn_anew(node.log, WORLD_TRADE, "tester")
        assert learnt["scanner"].r_squared > 0.5
        before = node.log.position()
        learn_anew(node.log, WORLD_TRADE, "tester")
        assert node.log.position() == before
    with post.node() as node:
        stand(node)
        file(node, truck("quick", hs6=FAST), truck("slow", hs6=SLOW))
        quick, slow = (each.routing for each in decisions(node.log)[-2:])
        assert quick is not None
        assert slow is not None
        assert quick.minutes[0] == pytest.approx(4.0, rel=0.3)
        assert slow.minutes[0] == pytest.approx(16.0, rel=0.3)
        # What is sent to a scanner joins its live queue with the time that is predicted for it.
        arrive("slow", node, "booth", WORLD_TRADE)
        queued = [each.payload for each in node.log.read(types=[ExaminationQueued.TYPE])]
        assert all(isinstance(each, ExaminationQueued) and each.predicted_ms for each in queued)
        assert different(node.log) == []


def test_an_outcome_ends_an_examination_too_and_few_teach_nothing(post: Post) -> None:
    with post.log() as log:
        put_in_force(log)
    with post.node() as node:
        stand(node)
        file(node, truck("a"), truck("b"))
        for own in ("a", "b", "nobody"):
            begun = Statement(ExaminationStarted(own, "dock"), f"port/{WORLD_TRADE}", NOW, f"began:{own}")
            record([begun], node.log, actor="dock")
        report([Report(1, "a", None, True, False, None, None, NOW + timedelta(minutes=3))], node)
        found = timed(node.log, WORLD_TRADE)
        assert found["dock"].minutes.tolist() == [3.0]
        assert timed(node.log, "colombia") == {}
        assert learn_anew(node.log, WORLD_TRADE, "tester") == {}
