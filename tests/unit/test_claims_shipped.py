"""The shipped claims: whole in both languages, judged by the data alone, and each verdict turns when its data do."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import msgspec
import polars as pl
import pytest
from claimed import aimed, computable, drawn, plains, without_month

from aforo.intake import bts, seizures, texas_bridges, transborder
from aforo.scoreboard.claim_figures import places_of
from aforo.scoreboard.claim_tables import Tables
from aforo.scoreboard.claim_verdicts import Verdict, judge
from aforo.scoreboard.claims import RISING, Claim, Stated, plain_of, terms_of
from aforo.scoreboard.shipped import claims

SHIPPED = claims()
BY_ID = {each.id: each for each in SHIPPED.claims}


@pytest.fixture(scope="module")
def synthetic() -> Tables:
    return drawn(SHIPPED)


@pytest.fixture(scope="module")
def real(shared_data: Path) -> Tables:
    counts = bts.read((shared_data / "crossings" / "bts_us_mexico_trucks.csv").read_bytes())
    bridges = texas_bridges.read((shared_data / "crossings" / "cbp_texas_bridges_to_2025-02.csv").read_bytes())
    freight = [transborder.read(each.read_bytes()) for each in sorted((shared_data / "transborder").glob("*.csv"))]
    seized = [seizures.read(each.read_bytes()) for each in sorted((shared_data / "seizures").glob("*.csv"))]
    assert all(each.problems == () for each in (*freight, *seized))
    return Tables(counts.frame, bridges.frame, transborder.together(freight).frame, seizures.together(seized).frame)


@pytest.fixture(scope="module")
def verdicts(real: Tables) -> dict[str, Verdict]:
    return {each.id: judge(each, SHIPPED, real) for each in SHIPPED.claims}


def test_every_claim_says_all_in_both_languages() -> None:
    told = [
        text for each in SHIPPED.claims for text in (each.name, each.said, each.note, *(cut.said for cut in each.cuts))
    ]
    for text in (each for each in told if each is not None):
        assert text.en
        assert text.es
    assert (
        len({each.name.en for each in SHIPPED.claims}) == len({each.name.es for each in SHIPPED.claims}) == len(BY_ID)
    )
    closed = {each.source for group in SHIPPED.ports.values() for each in group.closed}
    assert not [key for key in SHIPPED.sources if key not in _used("source") | closed]
    assert not [
        key for key in SHIPPED.facts if key not in {own.fact for own in plains(SHIPPED) if isinstance(own, Stated)}
    ]
    groups = {getattr(own, "ports", None) for own in plains(SHIPPED)}
    assert not [key for key in SHIPPED.ports if key not in groups]


def _used(field: str) -> set[str]:
    return {getattr(each, field) for each in (*SHIPPED.claims, *SHIPPED.facts.values())}


def target_of(claim: Claim, *, met: bool) -> Fraction:
    """A value at which a claim is reproduced, or is not."""
    published = claim.published
    if published.unit == "direction":
        return Fraction(1 if (published.figure == RISING) == met else -1)
    figure = Fraction(published.figure)
    if published.bound is not None:
        return figure * (Fraction(11, 10) if (published.bound == "over") == met else Fraction(9, 10))
    step = Fraction(published.step) if published.step else Fraction(1, 10 ** places_of(published.figure))
    return figure if met else figure + 3 * step


def turned(claim: Claim, tables: Tables) -> list[str]:
    """The verdicts of a claim on data that give its figure, that give another, and that lack a month of it."""
    met, missed = (aimed(claim, SHIPPED, tables, target_of(claim, met=met)) for met in (True, False))
    found = [judge(claim, *met).verdict, judge(claim, *missed).verdict]
    for term in (own for each in terms_of(claim.formula) for own in plain_of(each)):
        if isinstance(term, Stated):
            continue
        less, month = without_month(tables, term)
        verdict = judge(claim, SHIPPED, less)
        assert verdict.computed is None
        assert any(f"{month:%Y-%m}" in told.en and f"{month:%Y-%m}" in told.es for told in verdict.lacking), verdict
    return found


@pytest.mark.parametrize("claim", SHIPPED.claims, ids=lambda each: each.id)
def test_each_verdict_turns_when_drawn_data_do(claim: Claim, synthetic: Tables) -> None:
    if not computable(claim, SHIPPED, synthetic):
        # One is of a code that counted two ports, one of what no source gives.
        assert claim.id in ("el-paso-2020", "scanners-installed-down")
        return
    assert turned(claim, synthetic) == ["reproduced", "differs_by"]


@pytest.mark.parametrize("claim", SHIPPED.claims, ids=lambda each: each.id)
def test_each_verdict_that_the_real_data_give_turns_when_they_do(claim: Claim, real: Tables) -> None:
    assert real.freight is not None
    tables = replace(real, freight=real.freight.filter(pl.col("table") == "dot3"))
    if computable(claim, SHIPPED, tables):
        assert turned(claim, tables) == ["reproduced", "differs_by"]
    else:
        assert judge(claim, SHIPPED, tables).computed is None


def test_the_figure_of_another_base_is_so_only_while_that_base_gives_it(synthetic: Tables) -> None:
    claim = BY_ID["scanners-installed-down"]
    verdict = judge(claim, SHIPPED, synthetic)
    assert (verdict.verdict, verdict.differs_in, verdict.by) == ("differs_by", "base", None)
    down = msgspec.structs.replace(SHIPPED.facts["down"], value="100")
    other = msgspec.structs.replace(SHIPPED, facts=SHIPPED.facts | {"down": down})
    assert judge(claim, other, synthetic).verdict == "not_in_the_data"


def test_without_tables_all_that_rests_on_one_is_not_in_the_data() -> None:
    for claim in SHIPPED.claims:
        verdict = judge(claim, SHIPPED, Tables())
        stated = all(isinstance(own, Stated) for term in terms_of(claim.formula) for own in plain_of(term))
        assert stated or (verdict.verdict == "not_in_the_data" and "no table was given" in verdict.lacking[0].en)


def test_the_verdicts_on_the_real_data(verdicts: dict[str, Verdict]) -> None:
    for kind, expected in EXPECTED.items():
        assert [each for each, own in verdicts.items() if own.verdict == kind] == expected
    assert sum(own.verdict == "reproduced" for own in verdicts.values()) == 60


def test_those_that_rest_on_no_table_are_told_apart_and_no_data_change_them(
    verdicts: dict[str, Verdict], synthetic: Tables
) -> None:
    stated = {each: own.verdict for each, own in verdicts.items() if own.stated}
    assert stated == {
        "scanners-installed-down": "differs_by", "scanners-down": "reproduced", "scanners-installed": "reproduced",
        "scanner-hours": "reproduced",
    }  # fmt: skip
    for each in stated:
        for tables in (Tables(), synthetic):
            assert judge(BY_ID[each], SHIPPED, tables) == verdicts[each]
        assert any("no input changes it" in why.en and "no con datos" in why.es for why in verdicts[each].why)


def test_why_the_real_data_differ(verdicts: dict[str, Verdict]) -> None:
    five = [verdicts[each] for each in ("border-growth-2024", "laredo-share-of-border", "otay-share-of-border")]
    assert all(any("five busiest ports" in why.en and "as published" in why.en for why in each.why) for each in five)
    assert verdicts["laredo-2021"].why[0].en == "two digits are exchanged: 2,568,471"
    assert [round(float(cut.computed or 0)) for cut in verdicts["fentanyl-2024-11"].cuts] == [1338, 1065]
    assert verdicts["trucks-fy2023"].differs_in == "period"
    assert verdicts["laredo-2025-q1"].lacking[0].en == "counts of trucks: not loaded: 2025-03"
    assert verdicts["rising-seizures"].differs_in == "measure"


#: What the tables of November 2026 give.
EXPECTED: dict[str, list[str]] = {
    "differs_by": [
        "laredo-56-3-trucks", "border-growth-2024", "laredo-share-of-border", "otay-share-of-border", "mexico-2024-10",
        "laredo-2021", "laredo-2020-05-fewer", "laredo-2020-05", "laredo-2020-04", "laredo-2020-10",
        "laredo-2020-10-growth", "ysleta-2022-04", "fentanyl-2024-11", "rising-seizures", "fentanyl-2022-q4",
        "drugs-2022-12", "tucson-2022", "cocaine-2020-11", "drugs-2025-11", "fentanyl-2025-11", "drugs-2025-11-growth",
        "fentanyl-2020-11-growth", "fentanyl-2022-12-growth", "fentanyl-2022-q4-growth", "fentanyl-tonnes-2021",
        "fentanyl-tonnes-2024", "trucks-fy2023", "scanners-installed-down",
    ],
    "not_in_the_data": [
        "laredo-56-3", "laredo-2025-q1", "el-paso-2020", "texas-2025-03", "texas-2025-04", "ysleta-2025-11",
        "mexico-freight-2024", "mexico-truck-share-2024", "mexico-rail-share-2024", "laredo-region-freight-2024",
        "laredo-freight-2024", "laredo-all-trade-2024", "laredo-share-of-texas-land-2024", "laredo-to-el-paso",
        "laredo-to-detroit", "mexico-growth-2023-10",
    ],
}  # fmt: skip
