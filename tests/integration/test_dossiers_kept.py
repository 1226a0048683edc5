"""The dossiers are kept up beside the desk, saved, and found again by the next server."""

from __future__ import annotations

import time

from journeys import Post, truck
from listening import listening

from aforo.api import dossiers_kept
from aforo.api.dossiers_kept import DossiersKept
from aforo.bootstrap import save_state
from aforo.flow.dossiers import Dossiers
from aforo.log.projections import Follower


def crossings(dossiers: Dossiers) -> set[str]:
    return set(dossiers.crossings)


def test_they_are_kept_up_and_saved(post: Post) -> None:
    name = f"{Dossiers.name}/{Dossiers.version}"
    with listening(post) as made, DossiersKept(made.desk, every=0.02) as kept:
        assert made.as_("officer").post("/v1/filings", json=truck("K-1")).status_code == 200
        node = made.desk.node
        assert node is not None
        until = time.monotonic() + 10
        while (kept_up := node.dossiers._made) is None or "K-1" not in kept_up.crossings:
            assert time.monotonic() < until
            time.sleep(0.02)
        assert "K-1" in node.dossiers.ask(crossings)
        assert made.log.projections.load(name) is None
        kept._looks = dossiers_kept.LOOKS_A_SAVING - 1
        while made.log.projections.load(name) is None and time.monotonic() < until:
            time.sleep(0.02)
        assert made.log.projections.load(name) is not None
    with post.node() as again:
        found = Dossiers()
        Follower(again.log, found)
        assert "K-1" in found.crossings  # as it was saved, before anything is read again
        assert again.dossiers.ask(crossings) == {"K-1"}
        save_state(again)
