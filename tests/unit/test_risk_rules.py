"""Rules: what a document may say, which rows it fires on, what it adds, and that a broken one stops nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import numpy as np
import polars as pl
import pytest

from aforo.domain.declaration import PERSONAL_FIELDS
from aforo.domain.table import DECLARATION_SCHEMA
from aforo.domain.text import catalogue
from aforo.domain.threat import THREATS
from aforo.domain.units import PPB
from aforo.risk.rules import FIELDS, Band, Reasons, RuleDocument, RuleError, RuleSet, default_rules, parse
from aforo.risk.rules.condition import compile_condition

INSTANT = datetime(2026, 3, 1, tzinfo=UTC)
REASON = Reasons("An officer's reason.", "Un motivo para el oficial.")
PUBLIC = Reasons("Documents have to be verified.", "Hay que verificar los documentos.")


def rule(condition: str, **changes: Any) -> RuleDocument:
    plain = RuleDocument(
        id="a-rule",
        version="1",
        condition=condition,
        reason=REASON,
        public_reason=PUBLIC,
        author="Ana",
        source="assumed",
        band=(Band(0.0, 0.1, contraband=1.0, theft=-0.5), Band(0.1, contraband=0.25)),
    )
    return msgspec.structs.replace(plain, **changes)


def table(**columns: list[Any]) -> pl.DataFrame:
    rows = max((len(values) for values in columns.values()), default=1)
    given = {
        "filed_at": [datetime(2026, 3, 1, 5, 30, tzinfo=UTC)] * rows,
        "filed_offset_minutes": [-360] * rows,
        **columns,
    }
    return pl.DataFrame(
        {name: pl.Series(name, given.get(name, [None] * rows), dtype=kind) for name, kind in DECLARATION_SCHEMA.items()}
    )


def fires(condition: str, **columns: list[Any]) -> list[int]:
    frame = table(**columns)
    made = RuleSet.compile([rule(condition)]).evaluate(frame, np.zeros(frame.height, dtype=np.int64), INSTANT)
    assert made.failures == ()
    return sorted(set(made.hits.row.tolist()))


def code_of(condition: str) -> str:
    with pytest.raises(RuleError) as refused:
        compile_condition(condition)
    assert refused.value.text.en != refused.value.text.es
    return refused.value.code


@pytest.mark.parametrize("field", sorted(PERSONAL_FIELDS))
def test_a_condition_cannot_name_a_personal_field(field: str) -> None:
    assert code_of(f"{field} == 'X'") == "condition_personal"
    assert field not in FIELDS


@pytest.mark.parametrize(
    "field", ["description", "extra", "declaration_id", "crossing_id", "record", "outcome", "threat"]
)
def test_a_condition_cannot_name_what_is_no_fact_of_the_truck(field: str) -> None:
    assert code_of(f"{field} == 'X'") == "condition_unknown_name"


@pytest.mark.parametrize(
    "hostile",
    [
        "map([1..1000000], #) == []",
        "all([1, 2], # > 0) and gross_mass_kg > 1",
        "x = 1; gross_mass_kg > x",
        "rand(10) > 3",
        "d() > 3",
        "$root.driver_id == 'x'",
        "gross_mass_kg ^ 99999 > 1",
        "gross_mass_kg > 1 ? true : false",
        "matches(seal_id, '(a+)+$')",
        "`${driver_id}` == 'x'",
        "{a: driver_id}.a == 'x'",
        "gross_mass_kg > 1e300",
        "seal_id == 'a\\\\'",
        "gross_mass_kg > 99999999999999999999",
        "gross_mass_kg [",
        "gross_mass_kg >",
        "(((gross_mass_kg > 1)",
        "",
        "   ",
        "1 == 1",
        "gross_mass_kg",
        "gross_mass_kg > 'a'",
        "hs6 > 5",
        "(" * 17 + "gross_mass_kg > 1" + ")" * 17,
        "gross_mass_kg > 1 and " * 60 + "gross_mass_kg > 1",
        "gross_mass_kg > 1" + " " * 1000 + "and value_usd > 1",
        "seal_id == '" + "x" * 101 + "'",
        "seal_id == 'unfinished",
        "len == 3",
        "startsWith == 3",
        "sum(gross_mass_kg) > 3",
        "gross_mass_kg.x > 3",
        "not gross_mass_kg > 3",
    ],
)
def test_what_could_hang_cheat_or_make_no_sense_is_refused(hostile: str) -> None:
    code_of(hostile)


def test_the_refusal_of_a_personal_field_says_so_in_both_languages() -> None:
    with pytest.raises(RuleError) as refused:
        compile_condition("driver_id == 'X'")
    assert "personal" in refused.value.text.en
    assert "dato personal" in refused.value.text.es


def test_a_rule_fires_where_its_condition_holds() -> None:
    assert fires("gross_mass_kg > 25000", gross_mass_kg=[25_000.0, 25_001.0, None]) == [1]
    assert fires("hs6 == '870829' or startsWith(hs6, '22')", hs6=["870829", "220300", "0702", None]) == [0, 1]
    assert fires("origin in ['CN', 'HK'] and value_usd < 5", origin=["CN", "HK", "MX"], value_usd=[1.0, 9.0, 1.0]) == [
        0
    ]
    assert fires("not declared_empty and packages > 3", declared_empty=[False, True], packages=[4.0, 4.0]) == [0]
    assert fires("value_usd / gross_mass_kg < 0.5", value_usd=[1.0, 9.0], gross_mass_kg=[10.0, 10.0]) == [0]


def test_an_absent_field_does_not_fire_unless_its_absence_is_asked_for() -> None:
    assert fires("lane != 'fast' and value_usd > 1", lane=[None, "standard"], value_usd=[2.0, 2.0]) == [1]
    assert fires("seal_id == null", seal_id=[None, "S"]) == [0]
    assert fires("null != seal_id", seal_id=[None, "S"]) == [1]
    assert fires("(value_usd ?? 0) < 1", value_usd=[None, 0.5, 2.0]) == [0, 1]
    assert fires("value_usd == null or value_usd > 3", value_usd=[None, 1.0, 4.0]) == [0, 2]


def test_the_hour_is_the_ports_however_the_offset_is_spelled() -> None:
    spelled = {"port": ["2304", "2304", "2503"], "filed_offset_minutes": [-360, 0, 0]}
    assert fires("filed_hour == 23 and filed_weekday == 6", **spelled) == [0, 1]
    assert fires("filed_hour == 21", **spelled) == [2]


def test_the_hour_is_the_filers_own_where_the_zone_of_the_port_is_not_known() -> None:
    assert fires("filed_hour == 23 and filed_weekday == 6") == [0]
    assert fires("filed_hour == 5") == []


def test_a_day_alone_is_no_night() -> None:
    """A pedimento has a date and no time, which is recorded as the midnight of its filer's clock."""
    midnight, later = datetime(2026, 3, 1, 6, tzinfo=UTC), datetime(2026, 3, 1, 6, 0, 1, tzinfo=UTC)
    filed: dict[str, list[Any]] = {
        "filed_at": [midnight, later, midnight],
        "filed_offset_minutes": [-360, -360, 0],
        "port": ["2304"] * 3,
    }
    assert fires("filed_hour == 0", **filed) == [0, 1, 2]
    assert fires("filed_day_alone", **filed) == [0]
    rules = RuleSet.default()
    empties = table(**filed, declared_empty=[True] * 3, lane=["standard"] * 3)
    hits = rules.evaluate(empties, np.zeros(3, dtype=np.int64), INSTANT).hits
    night = [rule.id for rule in rules.rules].index("night-filing-empty")
    assert set(hits.row[hits.rule == night].tolist()) == {1, 2}


def test_numbers_that_no_decimal_holds_count_as_absent() -> None:
    odd = [float("nan"), float("inf"), 1e300, -1e29, 3.0]
    assert fires("gross_mass_kg > 1", gross_mass_kg=odd) == [4]
    assert fires("gross_mass_kg == null", gross_mass_kg=odd) == [0, 1, 2, 3]


def test_log_odds_go_by_the_band_of_the_score_before_the_rule() -> None:
    score = np.array([0, PPB // 10 - 1, PPB // 10, PPB], dtype=np.int64)
    made = RuleSet.compile([rule("gross_mass_kg > 1")]).evaluate(table(gross_mass_kg=[2.0] * 4), score, INSTANT)
    assert made.log_odds()[:, THREATS.index("contraband")].tolist() == [1_000_000, 1_000_000, 250_000, 250_000]
    assert made.log_odds()[:, THREATS.index("theft")].tolist() == [-500_000, -500_000, 0, 0]
    assert made.fired == {"a-rule@1": 4}
    assert (made.hits.micro != 0).all()


def test_rules_add_up_and_shadow_rules_add_nothing() -> None:
    active = [rule("gross_mass_kg > 1"), rule("value_usd > 1", id="b")]
    frame, score = table(gross_mass_kg=[2.0, 2.0], value_usd=[2.0, 0.0]), np.zeros(2, dtype=np.int64)
    alone = RuleSet.compile(active).evaluate(frame, score, INSTANT)
    assert alone.log_odds()[:, 0].tolist() == [2_000_000, 1_000_000]
    shadowed = RuleSet.compile(active[:1], shadow=active[1:]).evaluate(frame, score, INSTANT)
    assert shadowed.log_odds()[:, 0].tolist() == [1_000_000, 1_000_000]
    assert set(shadowed.shadow.row.tolist()) == {0}
    assert shadowed.fired == alone.fired
    holding = [rule("value_usd > 1", mandatory=True, examination="secondary", band=())]
    assert RuleSet.compile((), shadow=holding).evaluate(frame, score, INSTANT).mandatory.tolist() == []


def test_a_mandatory_rule_makes_an_examination_mandatory_and_adds_nothing() -> None:
    made = RuleSet.compile(
        [rule("value_usd > 1", mandatory=True, examination="secondary", band=()), rule("gross_mass_kg > 9", id="z")]
    ).evaluate(table(value_usd=[2.0, 0.0, 5.0], gross_mass_kg=[1.0] * 3), np.zeros(3, dtype=np.int64), INSTANT)
    assert made.mandatory.tolist() == [0, 2]
    assert made.mandatory_rule.tolist() == [0, 0]
    assert made.mandatory_rows().tolist() == [True, False, True]
    assert not made.log_odds().any()


def test_a_rule_speaks_only_while_it_is_valid() -> None:
    timed = rule("gross_mass_kg > 1", valid_from=date(2026, 3, 1), valid_until=date(2026, 3, 2))
    frame, score = table(gross_mass_kg=[2.0]), np.zeros(1, dtype=np.int64)

    def speaks(at: datetime) -> bool:
        return bool(RuleSet.compile([timed]).evaluate(frame, score, at).log_odds().any())

    assert not speaks(datetime(2026, 2, 28, 23, 59, tzinfo=UTC))
    assert speaks(datetime(2026, 3, 1, tzinfo=UTC))
    assert not speaks(datetime(2026, 3, 2, tzinfo=UTC))


def test_a_failing_rule_is_isolated_and_reported() -> None:
    broken = rule("value_usd / packages > 2", id="broken")
    frame = table(value_usd=[9.0, 9.0, 9.0], packages=[1.0, 0.0, 3.0], gross_mass_kg=[2.0] * 3)
    made = RuleSet.compile([broken, rule("gross_mass_kg > 1", id="sound")]).evaluate(
        frame, np.zeros(3, dtype=np.int64), INSTANT
    )
    (failure,) = made.failures
    assert (failure.rule, failure.rows.tolist()) == ("broken@1", [1])
    assert failure.why.en != failure.why.es
    assert made.fired == {"broken@1": 2, "sound@1": 3}
    assert made.log_odds()[:, 0].tolist() == [2_000_000, 1_000_000, 2_000_000]


@pytest.mark.parametrize("condition", ["value_usd / packages > 2", "lane == 'fast' or declared_empty ?? 3"])
def test_a_rows_answer_is_the_same_alone_and_behind_many_that_fail(condition: str) -> None:
    compiled = RuleSet.compile([rule(condition)])
    broken = 250
    frame = table(
        value_usd=[9.0] * (broken + 1), packages=[0.0] * broken + [1.0], lane=["standard"] * broken + ["fast"]
    )

    def answer(rows: pl.DataFrame) -> tuple[list[int], list[int], list[int]]:
        made = compiled.evaluate(rows, np.zeros(rows.height, dtype=np.int64), INSTANT)
        failed = [row for failure in made.failures for row in failure.rows.tolist()]
        return made.hits.row.tolist(), made.hits.micro.tolist(), failed

    together = answer(frame)
    alone = answer(frame[-1:])
    assert [micro for row, micro in zip(*together[:2], strict=True) if row == broken] == alone[1]
    assert (broken in together[2]) == (0 in alone[2])
    assert set(range(broken)) <= set(together[2])


def test_an_answer_that_is_neither_yes_nor_no_is_a_failure() -> None:
    frame = table(lane=["fast", "standard"], declared_empty=[None, True])
    made = RuleSet.compile([rule("lane == 'fast' and declared_empty ?? false")]).evaluate(
        frame, np.zeros(2, dtype=np.int64), INSTANT
    )
    assert made.hits.row.tolist() == []
    frame = table(lane=["fast", "standard"], declared_empty=[None, None])
    made = RuleSet.compile([rule("lane == 'fast' or declared_empty ?? 3")]).evaluate(
        frame, np.zeros(2, dtype=np.int64), INSTANT
    )
    (failure,) = made.failures
    assert failure.rows.tolist() == [1]
    assert "answered 3.0" in failure.why.en
    assert "respondió 3.0" in failure.why.es


def test_an_empty_table_and_an_empty_set_are_fine() -> None:
    nothing = table(gross_mass_kg=[]).clear()
    assert RuleSet.default().evaluate(nothing, np.zeros(0, dtype=np.int64), INSTANT).rows == 0
    assert RuleSet.compile([]).evaluate(table(lane=["fast"]), np.zeros(1, dtype=np.int64), INSTANT).fired == {}


def test_the_set_is_named_by_its_content_and_comes_back() -> None:
    one, two = rule("gross_mass_kg > 1"), rule("value_usd > 1", id="b")
    made = RuleSet.compile([one, two])
    assert made.hash == RuleSet.compile([two, one]).hash
    assert made.hash != RuleSet.compile([one], shadow=[two]).hash
    again = RuleSet.load(made.document)
    assert again.hash == made.hash
    assert again.rules == made.rules
    with pytest.raises(RuleError):
        RuleSet.load(b"{}")


def test_two_active_versions_of_one_rule_are_refused() -> None:
    with pytest.raises(RuleError, match="at once"):
        RuleSet.compile([rule("value_usd > 1"), rule("value_usd > 1", version="2")])
    RuleSet.compile([rule("value_usd > 1")], shadow=[rule("value_usd > 1", version="2")])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"band": ()}, "bands_missing"),
        ({"band": (Band(0.1),)}, "bands_gap"),
        ({"band": (Band(0.0, 0.5),)}, "bands_gap"),
        ({"band": (Band(0.0, 0.5), Band(0.6))}, "bands_gap"),
        ({"band": (Band(0.0, 0.5), Band(0.4))}, "bands_gap"),
        ({"band": (Band(0.0, 0.0), Band(0.0))}, "bands_gap"),
        ({"examination": "scan"}, "bands_missing"),
        ({"mandatory": True}, "mandatory_form"),
        ({"mandatory": True, "band": ()}, "mandatory_form"),
        ({"mandatory": True, "band": (), "examination": "release"}, "mandatory_form"),
        ({"approver": "ANA"}, "approver_is_author"),
        ({"valid_from": date(2026, 1, 2), "valid_until": date(2026, 1, 2)}, "validity_empty"),
        ({"public_reason": Reasons("A rule fired.", "Bien.")}, "public_reason_betrays"),
        ({"public_reason": Reasons("Fine.", "Su puntuación es alta.")}, "public_reason_betrays"),
        ({"public_reason": Reasons("Fine.", "Según el modelo.")}, "public_reason_betrays"),
        ({"public_reason": Reasons("See a-rule.", "Bien.")}, "public_reason_betrays"),
    ],
)
def test_a_document_that_may_not_be_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(RuleError) as refused:
        RuleSet.compile([rule("value_usd > 1", **changes)])
    assert refused.value.code == code


def test_a_document_reads_from_toml_and_from_json() -> None:
    toml = b"""
    id = "heavy"
    version = "2"
    condition = "gross_mass_kg > 25000"
    author = "Ana"
    source = "assumed"
    valid_from = 2026-01-01
    reason = {en = "Heavy.", es = "Pesado."}
    public_reason = {en = "Weight check.", es = "Control de peso."}
    [[band]]
    from = 0.0
    to = 0.1
    contraband = 0.5
    [[band]]
    from = 0.1
    """
    (made,) = parse(toml)
    assert made.valid_from == date(2026, 1, 1)
    assert parse(made.document()) == (made,)
    assert made.contributions().tolist() == [[500_000, 0, 0, 0], [0, 0, 0, 0]]
    for wrong in (b"id = 3", b"{", b"\xff", b'{"id": "x"}', toml + b"surprise = 1", toml.replace(b"0.5", b"9.5")):
        with pytest.raises(RuleError) as refused:
            parse(wrong)
        assert refused.value.code == "document_not_valid"


def test_the_rules_that_ship_are_sound_and_say_that_their_figures_are_assumed() -> None:
    rules = default_rules()
    assert len(rules) == 5
    assert all(each.source.startswith("assumed") for each in rules)
    frame = table(
        declared_empty=[True, False, False, False, True],
        gross_mass_kg=[26_000.0, 500.0, 900.0, 900.0, 15_000.0],
        value_usd=[0.0, 0.0, 100.0, 50_000.0, 0.0],
        duty_rate=[0.0, 0.0, 0.3, 0.0, 0.0],
        lane=["empty", "standard", "standard", "fast", "standard"],
        seal_id=["S", "S", "S", None, "S"],
    )
    made = RuleSet.default().evaluate(frame, np.zeros(5, dtype=np.int64), INSTANT)
    assert made.failures == ()
    assert all(count == 1 for count in made.fired.values())
    assert (np.abs(made.log_odds()) <= 1_000_000).all()


def test_the_sentences_are_complete_in_both_languages() -> None:
    sentences = catalogue("aforo.risk.rules")
    for code in sentences.codes:
        both = sentences.template(code)
        fields = [{part.split("}")[0] for part in text.split("{")[1:]} for text in (both.en, both.es)]
        assert fields[0] == fields[1], code
