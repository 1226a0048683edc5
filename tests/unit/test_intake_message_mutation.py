"""Damaged messages of every format: nothing raises, hangs or is lost without a word, and a neighbour comes through."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import programs
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SHORT_MUTATIONS, LONG_MUTATIONS = 60, 10_000


def program() -> Any:
    return programs.program("message_mutation")


CASES = [pytest.param(each, id=each.name) for each in program().samples(REPOSITORY.parent / "shared" / "data")]
OWN = [case for case in CASES if "/real/" not in str(case.id)]


def hold(sample: Any, mutations: int, seed: int) -> None:
    tally = program().try_sample(sample, mutations, seed)
    assert tally.mutants == mutations
    assert (tally.crashes, tally.hangs, tally.silent, tally.lost) == ([], [], [], 0), tally.bad[:1]


def test_every_format_that_has_several_messages_in_a_file_is_tried_behind_a_neighbour() -> None:
    assert {str(case.id).split("/")[0] for case in OWN if "behind" in str(case.id)} == {
        "x12",
        "borderconnect",
        "declarations_json",
    }


@pytest.mark.parametrize("sample", OWN)
def test_damage(sample: Any) -> None:
    hold(sample, SHORT_MUTATIONS, 11)


def test_a_line_that_is_no_text_leaves_the_lines_beside_it() -> None:
    line = b'{"declaration_id": "D-%d", "filed_at": "2026-03-02T07:15:00-06:00", "bridge": "Col%sn"}'
    data = b"\n".join([line % (1, "ó".encode()), line % (2, b"\xf3"), line % (3, b"o")])
    (batch,) = program().read(data)
    assert batch.table["declaration_id"].to_list() == ["D-1", "D-3"]
    assert [(each.record, each.problems[0].code) for each in batch.refused] == [(2, "encoding_unreadable")]
    assert "\ufffd" in batch.refused[0].raw or "?" in batch.refused[0].raw


@pytest.mark.long
@pytest.mark.parametrize("sample", CASES)
def test_damage_ten_thousand_times(sample: Any) -> None:
    hold(sample, LONG_MUTATIONS, 12)
