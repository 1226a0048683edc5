"""What a state of custody is called: the same on the terminal, in the console, in a bundle and in a seal pack."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from aforo.custody.fact import STATES
from aforo.domain.text import catalogue

_CONSOLE = Path(__file__).parents[2] / "web" / "messages"
#: States of which one place has more room than another, and says more.
_LONGER = {"open", "unsealed"}


@pytest.mark.parametrize("state", [each for each in STATES if each not in _LONGER])
def test_a_state_has_one_name_in_each_language(state: str) -> None:
    terminal = catalogue("aforo.cli").say(f"seal_state_{state}")
    record = catalogue("aforo.custody").say(f"state_{state}")
    assert (terminal.en, terminal.es) == (record.en, record.es)
    for language, said in (("en", record.en), ("es", record.es)):
        console = tomllib.loads((_CONSOLE / f"custody.{language}.toml").read_text(encoding="utf-8"))
        assert console[f"state_{state}"] == said
