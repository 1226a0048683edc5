"""The benchmark of attacks on a record, a few of each kind: all are caught and proven, and else it would say so."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from programs import program


@pytest.mark.parametrize("kind", ["forks", "store", "clones"])
def test_all_that_is_done_to_a_record_is_caught_and_proven(tmp_path: Path, kind: str) -> None:
    rows = program("log_attacks").attacked(tmp_path, 2, 1, (kind,))
    assert [row.kind for row in rows if not row.good] == []
    assert all(row.injected == 2 for row in rows if not row.honest)


def test_a_hand_that_changes_nothing_is_not_called_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    attacks, judging = program("log_attacks"), program("log_judge")
    monkeypatch.setitem(attacks.HANDS, "nothing", lambda db, draw: None)
    for name in ("judge", "intact"):
        (tmp_path / name).mkdir()
    row = attacks.Row("deletion, nothing", attacks.COPY)
    with judging.Judge(tmp_path / "judge") as judge:
        attacks.changed(row, [attacks.Intact.made(tmp_path / "intact", 8)], tmp_path, judge, Random(1), 2)
    assert (row.injected, row.caught, row.proven, row.good) == (2, 0, 0, False)
