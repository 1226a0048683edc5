"""What a state of custody is called: the same on the terminal, in the console, in a bundle and in a seal pack."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import get_args

import pytest

from aforo.custody.cause import CAUSE_KINDS
from aforo.custody.fact import STATES, Gap
from aforo.domain.reading import GRADES
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


@pytest.mark.parametrize(
    ("terminal", "console"),
    [(f"seal_gap_{each}", f"gap_{each}") for each in get_args(Gap)]
    + [(f"seal_known_{each}", f"grade_{each}") for each in GRADES],
)
def test_how_a_silence_stands_and_how_it_is_known_is_said_alike_on_the_terminal(terminal: str, console: str) -> None:
    said = catalogue("aforo.cli").say(terminal)
    for language, own in (("en", said.en), ("es", said.es)):
        assert tomllib.loads((_CONSOLE / f"custody.{language}.toml").read_text(encoding="utf-8"))[console] == own


def test_every_cause_has_its_words_and_a_silence_beside_others_its_own() -> None:
    say = catalogue("aforo.custody").say
    told = [say(f"cause_{kind}") for kind in (*CAUSE_KINDS, "silent_alone")]
    assert len({each.en for each in told}) == len({each.es for each in told}) == len(CAUSE_KINDS) + 1


def test_no_evidence_is_said_to_be_of_a_watched_fence() -> None:
    """It is told of the trip alone."""
    said = catalogue("aforo.risk").say("custody_fenced")
    assert ("watched" in said.en, "vigilada" in said.es) == (False, False)
