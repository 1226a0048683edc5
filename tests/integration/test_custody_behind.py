"""What a seal says of its next loads is no part of what the load before rests on, unless it is about that."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
from loads_scene import Loads

from aforo.custody.states import facts_of
from aforo.domain.device import BlockReceived
from aforo.domain.trip import CustodyStated
from aforo.flow import custody_heard
from aforo.flow.custody_bundle import bundle_of, statement_of
from aforo.flow.custody_verdict import case_from
from aforo.log.sequencer import sequence


class Reused(Loads):
    """Loads of which some blocks of the first never came."""

    def __init__(self, folder: Path, lost: frozenset[int] = frozenset()) -> None:
        self.lost = lost
        super().__init__(folder)

    def take(self, blocks: list[bytes]) -> None:
        gone = [self.chain[number] for number in self.lost]
        super().take([each for each in blocks if each not in gone])

    def comes_late(self, number: int) -> None:
        self.lost -= {number}
        self.take([self.chain[number]])

    def rests_on(self) -> list[int]:
        """The versions of the seal's blocks that the last statement of the first load names."""
        said = self.log.stream("trip/T1", types=(CustodyStated.TYPE,))[-1].payload
        assert isinstance(said, CustodyStated)
        (extent,) = [each for each in said.extents if each.stream == "device/seal-1" and each.last > 2]
        blocks = self.log.stream("device/seal-1", types=(BlockReceived.TYPE,))
        return [each.event.version for each in blocks if extent.first <= each.event.version <= extent.last]

    def facts(self) -> set[tuple[str, int, int]]:
        case = case_from(self.custody, "T1", 2**60)
        return {(each.code, each.since, each.latest) for each in facts_of(case, case.sealings[0], 2**60)}


def test_a_load_rests_on_nothing_that_its_seal_says_of_the_next(tmp_path: Path) -> None:
    made = Reused(tmp_path)
    made.goes_on(120, 900)
    told = made.proven(made.bundle("T1"))
    assert [each.state for each in told.spans] == ["intact", "silent"], (
        "it was taken off twelve minutes after it was heard"
    )
    assert len(made.rests_on()) == len(made.chain)
    # Of a seal in use for years a bundle of the first load has no more leaves than it had.
    assert bundle_of(made.log, "T1", most=30)
    made.log.close()


def test_what_is_stated_of_a_load_that_is_over_is_stated_once(tmp_path: Path) -> None:
    made = Reused(tmp_path, frozenset({7}))
    made.goes_on(120, 200)
    first = statement_of(made.custody, "T1")
    made.now += timedelta(days=30)
    made.take(made.blocks(made.drive(300)))
    assert statement_of(made.custody, "T1").event.event_id == first.event.event_id
    made.comes_late(7)
    assert statement_of(made.custody, "T1").event.event_id != first.event.event_id
    # Of a load that goes on what was true a while ago is stated anew.
    second = statement_of(made.custody, "T2")
    made.now += timedelta(hours=1)
    assert statement_of(made.custody, "T2").event.event_id != second.event.event_id
    made.log.close()


def test_what_came_late_or_never_of_a_load_is_of_it(tmp_path: Path) -> None:
    made = Reused(tmp_path, frozenset({9}))
    made.goes_on(120, 200)
    missing = made.proven(made.bundle("T1"))
    assert "missing" in {fact.code for span in missing.spans for fact in span.facts}
    assert len(made.rests_on()) == 10, "the block that names the one that never came"
    made.comes_late(9)
    sequence(made.log)
    assert [each.state for each in made.proven(made.bundle("T1")).spans] == ["intact", "silent"]
    assert len(made.rests_on()) == 9 + 8 + 1
    made.log.close()


def test_a_clock_that_falls_back_to_1970_on_a_later_load_accuses_none_before(tmp_path: Path) -> None:
    made = Reused(tmp_path)
    made.goes_on(120, 140)
    reset = made.drive(150)
    reset["at"][0] = 0
    made.later(159)
    made.take(made.blocks(reset))
    made.goes_on(160, 200)
    assert made.verdict("T1").state == "unsealed"
    assert {code for code, _, _ in made.facts()} == {"silent"}
    made.log.close()


@pytest.mark.parametrize("seed", range(40))
def test_what_is_left_out_changes_no_fact(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever came of two loads, in whatever order and by whom: the first is told as by all of it."""
    rng = Random(seed)
    made = Reused(tmp_path, frozenset(rng.sample(range(10), rng.randrange(4))))
    at = 120
    for _ in range(rng.randrange(2, 9)):
        what = rng.random()
        if what < 0.5:
            made.goes_on(at, at + 10)
            at += 10
        elif what < 0.7 and made.lost:
            made.comes_late(rng.choice(sorted(made.lost)))
        else:
            made.later(at)
            previous = sha256(rng.choice(made.chain)).digest()
            minutes = rng.choice([rng.randrange(0, 100), rng.randrange(120, 140)])
            made.take([made.stolen(rng.randrange(16), minutes, previous, boot=rng.choice([1, 1, 2]))])
    told = made.facts()
    monkeypatch.setattr(
        custody_heard, "last_told", lambda log, sealed, *_: log.versions(["device/seal-1"])["device/seal-1"]
    )
    assert told == made.facts()
    made.log.close()
