"""A store on either database, for the tests that must hold on both; and a border post with a model, for the journey."""

from __future__ import annotations

from pathlib import Path

import pytest
from journeys import Learnt, Post, learn


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a store that does not exist yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'log.sqlite'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Learnt:
    """A model learnt from a small world, once a session."""
    return learn(tmp_path_factory.mktemp("learnt"))


@pytest.fixture
def post(learnt: Learnt, tmp_path: Path) -> Post:
    """A border post with an empty log."""
    return Post(learnt, tmp_path / "post")
