"""Numbers of the forum's report: what is told in per cent, in whole numbers, in hours, with what words."""

from __future__ import annotations

import pytest

from aforo.cli.language import Sentences
from aforo.measures.estimates import Estimate
from aforo.scoreboard.forum_figures import cell, quantity


@pytest.mark.parametrize(
    ("estimate", "told"),
    [
        (Estimate("share", 0.9912, 0.985, 0.995), "99.1 % (98.5 to 99.5)"),
        (Estimate("scanner_least", 0.873), "87.3 %"),
        (Estimate("outages", 300.0), "300"),
        (Estimate("outage_p50", 6.0), "6.0"),
        (Estimate("ratio", 0.5124, 0.4, 0.65), "0.512 (0.4 to 0.65)"),
        (Estimate("incidents", 4.0, 1.09, 10.24), "4 (1.1 to 10.2)"),
        (Estimate("mean", 31.26, 30.0, 32.5), "31.3 (30.0 to 32.5)"),
        (Estimate("p95", None), "–"),
    ],
)
def test_a_number_is_told_in_what_it_is_of(estimate: Estimate, told: str) -> None:
    assert cell(estimate, Sentences("aforo.scoreboard", "en")) == told


def test_what_scanners_have_is_named_in_both_languages() -> None:
    assert quantity("outage_p95", Sentences("aforo.scoreboard", "en")) == "P95 of outages (h)"
    assert quantity("scanner_least", Sentences("aforo.scoreboard", "es")) == "escáner que menos funcionó"
