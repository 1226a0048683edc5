"""The index of carriers' own filings: the same after a restart, made anew, and bounded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from journeys import Post, truck
from listening import listening

from aforo.api.access import Rate
from aforo.domain.event import Filed, Quarantined
from aforo.flow import own_filings
from aforo.flow.own_filings import FilingPlaces
from aforo.log.projections import Follower

if TYPE_CHECKING:
    from journeys import Learnt


def test_the_index_is_the_same_saved_made_anew_and_bounded(
    learnt: Learnt, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = Post(learnt, tmp_path_factory.mktemp("served"))
    with listening(post, rate=Rate(1e6, 1e6)) as made:
        for number in range(6):
            body = [truck(f"A-{number}", carrier_id="CA-1"), truck(f"B-{number}", carrier_id="CA-2")]
            assert made.as_("officer").post("/v1/filings", content=json.dumps(body)).status_code == 200
        first = made.carrier("CA-1").get("/v1/filings").json()["filings"]
        assert [each["declaration_id"] for each in first] == [f"A-{number}" for number in reversed(range(6))]
    with listening(post, rate=Rate(1e6, 1e6)) as made:
        assert made.carrier("CA-1").get("/v1/filings").json()["filings"] == first, "after a restart"
        saved = made.log.projections.load("own-filings/2")
        assert saved is not None
        anew = FilingPlaces()
        follower = Follower(made.log, anew)
        anew.of = {}
        follower._cursor = 0
        follower.look()
        again = FilingPlaces()
        again.load(anew.dump())
        assert again.of == anew.of
        assert sorted(len(each) for each in again.of.values()) == [6, 6]
        for own in again.of.values():
            for place in own:
                (stored,) = made.log.read(place - 1, limit=1)
                assert isinstance(stored.payload, Filed | Quarantined)
        monkeypatch.setattr(own_filings, "MOST", 2)
        few = FilingPlaces()
        few.apply(made.log.read(0, types=few.types))
        assert all(len(each) <= 4 for each in few.of.values())
        assert b"A-1" not in few.dump()
