"""Each real message of `../shared/data/manifests` has its verdict, with place and reason."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from aforo.intake.verdict import check

MANIFESTS = Path(__file__).resolve().parents[3] / "shared" / "data" / "manifests"
ABSENT = "the real messages are absent: no folder ../shared/data beside the repository"


class Expected(NamedTuple):
    """The verdict on a file: its format, records, and the code and place of its refusal where it has one."""

    path: str
    verdict: str
    form: str | None
    records: int
    code: str = ""
    place: str = ""


#: Files of the WCO Data Model with more than one record, or a refusal; all others are one record, accepted.
WCO = {
    "TT_Add_Item_Scenario_v1__Step1_Declaration.xml": ("accepted", 2, "", ""),
    "TT_EX022a__TT_EX022a_Declaration1_(Step1).xml": ("refused", 0, "xml_comment", "line 52"),
}
CASES = [
    *(
        Expected(f"wco/{path.name}", verdict, "wco", records, code, place)
        for path in sorted((MANIFESTS / "wco").glob("*.xml"))
        for verdict, records, code, place in [WCO.get(path.name, ("accepted", 1, "", ""))]
    ),
    # A dictionary of the fields of the pedimento is no message.
    Expected("pedimento/anexo22/16_partidas.json", "refused", None, 0, "format_unknown", "file"),
]


@pytest.mark.skipif(not MANIFESTS.is_dir(), reason=ABSENT)
@pytest.mark.parametrize("expected", CASES, ids=lambda expected: expected.path)
def test_the_verdict_on_a_real_message(expected: Expected) -> None:
    verdict, _ = check(MANIFESTS / expected.path)
    assert (verdict.verdict, verdict.format, verdict.records) == expected[1:4]
    refusals = [problem for problem in verdict.problems if problem.gravity == "refusal"]
    assert [(problem.code, problem.place) for problem in refusals] == (
        [(expected.code, expected.place)] if expected.code else []
    )
    assert all(problem.reason.es != problem.reason.en for problem in verdict.problems)
