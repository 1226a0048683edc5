"""`aforo replay --all`: how far it is, for who waits for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from journeys import Learnt, Post
from typer.testing import CliRunner

from aforo.cli import complete_app, terminal


def run(*arguments: str) -> int:
    return CliRunner().invoke(complete_app(), list(arguments), env={"LANG": "C", "LC_ALL": "C"}).exit_code


def test_a_replay_of_all_shows_how_far_it_is(
    post: Post, learnt: Learnt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = tmp_path / "day.csv"
    learnt.future.head(40).write_csv(day)
    store = ("--store", post.store)
    assert run("screen", str(day), "-m", str(post.model), *store, "--rate", "0.1", "-o", str(tmp_path / "out")) == 0
    done: dict[int | None, int] = {}

    @contextmanager
    def progress(label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        yield lambda count=1: done.update({total: done.get(total, 0) + count})

    monkeypatch.setattr(terminal, "progress", progress)
    assert run("replay", "--all", *store) == 0
    [(total, reached)] = done.items()
    assert total is not None
    assert 40 < reached <= total
