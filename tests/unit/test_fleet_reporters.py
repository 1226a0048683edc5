"""Logs that several people keep in their own words: every figure is that of a second calculator, to the minute and the
cent. `benchmarks/fleet_reporters.py` has many more of them."""

from __future__ import annotations

import pytest
from programs import program

reporters = program("fleet_reporters")


@pytest.mark.parametrize("seed", range(9_000, 9_010))
def test_interruptions_hours_causes_availability_and_credits_are_exact(seed: int) -> None:
    log = reporters.Log(seed)
    true = reporters.of_log(log)
    assert reporters.differences(reporters.found_in(log, 2), true) == []
    assert true.owed
    assert true.by_cause["unexplained"] > 0


def test_the_first_version_of_the_rule_has_other_hours() -> None:
    log = reporters.Log(9_000)
    assert "hours" in reporters.differences(reporters.found_in(log, 1), reporters.of_log(log))
