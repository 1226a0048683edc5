"""The form of claims, how exact a published figure is meant to be, and what follows from data: nothing of one claim."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from fractions import Fraction

import polars as pl
import pytest
from claims_scene import COUNTS, TABLES, TRUCKS, crossings, document, verdict
from hypothesis import given
from hypothesis import strategies as st

from aforo.cli.language import Sentences
from aforo.intake import bts
from aforo.scoreboard.claim_figures import agrees, exact, places_shown, said_as_published, written
from aforo.scoreboard.claim_tables import Tables
from aforo.scoreboard.claim_verdicts import judge
from aforo.scoreboard.claims import Claims, Published, months_of
from aforo.scoreboard.claims_reading import MOST_BYTES, ClaimsError, parse
from aforo.scoreboard.claims_told import verdict_said

# The form.


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('figure = "630"', 'figure = "1,630"', "claims.figure"),
        ('figure = "630"', 'figure = "rising"', "claims.figure"),
        ('unit = "trucks"', 'unit = "trucks", step = "0"', "claims.step"),
        ('unit = "trucks"', 'unit = "trucks", step = "0.00"', "claims.step"),
        ('figure = "630"', "figure = 630", "claims.form"),
        ('unit = "trucks"', 'unit = "furlongs"', "claims.form"),
        ('unit = "trucks"', 'unit = "dollars"', "claims.unit"),
        ('unit = "trucks"', 'unit = "percent"', "claims.unit"),
        ('kind = "sum"', 'kind = "guess"', "claims.form"),
        ('from = "crossings"', 'from = "hearsay"', "claims.form"),
        ('ports = "laredo", period', 'ports = "nowhere", period', "claims.unknown"),
        ('source = "paper"\npub', 'source = "nobody"\npub', "claims.unknown"),
        ('source = "paper"\nvalue = "361"', 'source = "nobody"\nvalue = "361"', "claims.unknown"),
        ("2024-01/2024-02", "2024-13", "claims.period"),
        ("2024-01/2024-02", "2024-02/2024-01", "claims.period"),
        ("2024-01/2024-02", "1024", "claims.period"),
        ("2024-01/2024-02", "last year", "claims.form"),
        ("version = 1", "version = 0", "claims.form"),
        ("version = 1", "version = 1\ncolour = 3", "claims.form"),
        ('codes = ["2304"]', 'codes = ["LRD"]', "claims.form"),
        ("id = ", "id == ", "claims.form"),
        ("One is said.", "One \\u001b[2Jis said.", "claims.unprintable"),
    ],
)
def test_a_document_that_is_wrong_is_refused_in_words(old: str, new: str, code: str) -> None:
    whole = document('figure = "630", unit = "trucks"', TRUCKS).decode()
    assert parse(whole.encode()).hash
    assert old in whole
    with pytest.raises(ClaimsError) as refused:
        parse(whole.replace(old, new, 1).encode())
    assert refused.value.code == code
    assert refused.value.text.en != refused.value.text.es


def test_two_claims_of_one_name_and_what_no_table_tells_apart_are_refused() -> None:
    whole = document('figure = "630", unit = "trucks"', TRUCKS)
    with pytest.raises(ClaimsError, match="two claims are called one"):
        parse(whole + whole[whole.index(b"[[claim]]") :])
    both = '{ from = "transborder", ports = "laredo", states = ["TX"], commodities = ["84"], period = "2024" }'
    with pytest.raises(ClaimsError, match="no table of TransBorder"):
        parse(document('figure = "1", unit = "dollars"', f'kind = "sum", of = {both}'))
    mixed = f'kind = "change", before = {crossings("laredo", "2024")}, after = {{ from = "facts", fact = "all" }}'
    with pytest.raises(ClaimsError, match="mixes scanners, trucks"):
        parse(document('figure = "1", unit = "percent"', mixed))
    with pytest.raises(ClaimsError, match="kB"):
        parse(b"#" * (MOST_BYTES + 1))


@given(st.binary(max_size=400), st.integers(0, 2000))
def test_no_bytes_make_a_document_raise_anything_else(noise: bytes, at: int) -> None:
    whole = document('figure = "630", unit = "trucks"', TRUCKS)
    for data in (noise, whole[:at] + noise + whole[at:], b"a = " + b"[" * 5000):
        with suppress(ClaimsError):
            assert isinstance(parse(data), Claims)


def test_periods() -> None:
    assert months_of("2024")[::11] == (date(2024, 1, 1), date(2024, 12, 1))
    assert months_of("FY2024")[::11] == (date(2023, 10, 1), date(2024, 9, 1))
    assert months_of("2024-05") == (date(2024, 5, 1),)
    assert months_of("2023-12/2024-02") == (date(2023, 12, 1), date(2024, 1, 1), date(2024, 2, 1))


# How exact a figure is.


@pytest.mark.parametrize(
    ("figure", "step", "value", "right"),
    [
        ("62.6", None, "62.55", True), ("62.6", None, "62.649", True), ("62.6", None, "62.66", False),
        ("3358578", None, "3358578", True), ("3358578", None, "3358579", False),
        ("14700", "100", "14650", True), ("14700", "100", "14751", False), ("14700", None, "14690", False),
        ("-15.1", None, "-15.08", True), ("-15.1", None, "15.1", False),
    ],
)  # fmt: skip
def test_the_digits_are_the_tolerance(figure: str, step: str | None, value: str, right: bool) -> None:
    assert agrees(Fraction(value), Published(figure=figure, unit="percent", step=step)) == right


@given(st.decimals(-(10**9), 10**9, places=2), st.integers(0, 2))
def test_what_is_rounded_is_reproduced_and_a_whole_step_off_is_not(value: object, places: int) -> None:
    own = Fraction(str(value))
    figure = written(own, places).replace(",", "").replace("−", "-")
    published = Published(figure=figure, unit="percent")
    assert agrees(own, published)
    assert not agrees(own + Fraction(11, 10 * 10**places), published)
    assert exact(own) == exact(Fraction(exact(own)))


def test_limits_are_strict() -> None:
    over, under = (Published(figure="60", unit="percent", bound=bound) for bound in ("over", "under"))
    assert [agrees(Fraction(own), over) for own in (59, 60, 61)] == [False, False, True]
    assert [agrees(Fraction(own), under) for own in (59, 60, 61)] == [True, False, False]


@pytest.mark.parametrize(
    ("value", "published", "told"),
    [
        (Fraction(3358578), Published(figure="3358578", unit="trucks"), "3,358,578"),
        (Fraction("7.617207"), Published(figure="7.6", unit="trucks", scale="million"), "7.62"),
        (Fraction("56.4104"), Published(figure="56.3", unit="percent"), "56.41"),
        (Fraction("56.3512"), Published(figure="56.3", unit="percent"), "56.35"),
        (Fraction("62.6"), Published(figure="62.6", unit="percent"), "62.6"),
        (Fraction("-15.052"), Published(figure="-15.1", unit="percent"), "−15.05"),
    ],
)
def test_a_computed_figure_has_the_digits_that_it_takes(value: Fraction, published: Published, told: str) -> None:
    assert written(value, places_shown(value, published)) == told


def test_figures_are_written_in_both_languages() -> None:
    told = said_as_published(Published(figure="7.6", unit="trucks", scale="million"))
    assert (told.en, told.es) == ("7.6 million trucks", "7.6 millones de camiones")
    told = said_as_published(Published(figure="0.08", unit="percent", bound="under"))
    assert (told.en, told.es) == ("less than 0.08 %", "menos de 0.08 %")


# What follows from the data.


def test_a_sum_is_reproduced_or_differs_by_so_much() -> None:
    good = verdict('figure = "630", unit = "trucks"', TRUCKS)
    assert (good.verdict, good.computed, good.by, good.why) == ("reproduced", "630", None, ())
    bad = verdict('figure = "600", unit = "trucks"', TRUCKS)
    assert (bad.verdict, bad.by, bad.by_percent) == ("differs_by", "30", "+5")
    assert bad.by_said is not None
    assert bad.by_said.en == "+30 trucks"
    thousands = verdict('figure = "0.6", unit = "trucks", scale = "thousand"', TRUCKS)
    assert (thousands.verdict, thousands.computed) == ("reproduced", "0.63")


def test_missing_is_never_zero() -> None:
    lacking = verdict('figure = "430", unit = "trucks"', f'kind = "sum", of = {crossings("both", "2024-01/2024-02")}')
    assert (lacking.verdict, lacking.computed, lacking.by) == ("not_in_the_data", None, None)
    assert [each.en for each in lacking.lacking] == ["Eagle Pass, TX (2303): no count of 2024-02"]
    later = verdict('figure = "1", unit = "trucks"', f'kind = "sum", of = {crossings("laredo", "2024-01/2024-04")}')
    assert [each.en for each in later.lacking] == ["counts of trucks: not loaded: 2024-03–2024-04"]
    none = verdict('figure = "1", unit = "containers"', f'kind = "sum", of = {crossings("laredo", "2024-01", "empty")}')
    assert none.verdict == "not_in_the_data"


def test_a_code_that_counted_two_ports_has_no_count_of_one() -> None:
    alone = verdict('figure = "900", unit = "trucks"', f'kind = "sum", of = {crossings("el-paso", "2020-02")}')
    assert alone.verdict == "not_in_the_data"
    assert "was counted together with Ysleta" in alone.lacking[0].en
    for period in ("2020-02", "2020-03"):
        both = verdict('figure = "900", unit = "trucks"', f'kind = "sum", of = {crossings("el-paso-all", period)}')
        assert both.verdict == "reproduced"


def test_shares_changes_ratios_differences_and_trends() -> None:
    january, february = crossings("laredo", "2024-01"), crossings("laredo", "2024-02")
    change = verdict('figure = "10", unit = "percent"', f'kind = "change", before = {january}, after = {february}')
    share = verdict(
        'figure = "75", unit = "percent"', f'kind = "share", part = {january}, whole = {crossings("both", "2024-01")}'
    )
    ratio = verdict('figure = "1.1", unit = "times"', f'kind = "ratio", part = {february}, whole = {january}')
    less = verdict(
        'figure = "30", unit = "trucks"',
        f'kind = "sum", of = {{ from = "difference", before = {january}, after = {february} }}',
    )
    assert {each.verdict for each in (change, share, ratio, less)} == {"reproduced"}
    rising = verdict('figure = "rising", unit = "direction"', f'kind = "trend", of = [{january}, {february}]')
    assert (rising.verdict, rising.computed) == ("reproduced", "rising")
    falling = verdict('figure = "falling", unit = "direction"', f'kind = "trend", of = [{january}, {february}]')
    assert (falling.verdict, falling.computed, falling.by) == ("differs_by", "rising", None)
    assert falling.computed_said is not None
    assert falling.computed_said.en == "rising: 300 → 330"
    flat = verdict('figure = "rising", unit = "direction"', f'kind = "trend", of = [{january}, {january}]')
    assert (flat.verdict, flat.computed) == ("differs_by", "neither")


def test_nothing_is_divided_by_nothing() -> None:
    none = TABLES.crossings
    assert none is not None
    zero = Tables(none.with_columns(count=pl.lit(0, pl.Int64)))
    january, february = crossings("laredo", "2024-01"), crossings("laredo", "2024-02")
    change = verdict(
        'figure = "10", unit = "percent"', f'kind = "change", before = {january}, after = {february}', tables=zero
    )
    assert change.verdict == "not_in_the_data"


CUT = """
[[claim.cut]]
said = {{ en = "another way", es = "otra manera" }}
other = "{other}"
formula.kind = "share"
formula.part = {{ from = "facts", fact = "down" }}
formula.whole = {{ from = "facts", fact = "{whole}" }}
"""
UNKNOWN = 'kind = "share", part = { from = "facts", fact = "down" }, whole = { from = "facts", fact = "unknown" }'


@pytest.mark.parametrize(
    ("figure", "other", "whole", "found", "differs_in"),
    [
        ("46", "base", "all", "differs_by", "base"),
        ("46", "place", "all", "differs_by", "place"),
        ("46", "period", "all", "not_in_the_data", None),
        ("47", "base", "all", "not_in_the_data", None),
        ("46", "base", "unknown", "not_in_the_data", None),
    ],
)
def test_a_figure_of_another_base_differs_in_it(
    figure: str, other: str, whole: str, found: str, differs_in: str | None
) -> None:
    own = verdict(f'figure = "{figure}", unit = "percent"', UNKNOWN, CUT.format(other=other, whole=whole))
    assert (own.verdict, own.differs_in, own.computed) == (found, differs_in, None)
    assert own.lacking[0].es == "ninguna fuente lo da: los que nadie contó"
    assert any("another way" in each.en for each in own.why)


def test_a_cut_that_gives_the_figure_is_named_where_the_claim_differs() -> None:
    alone = f'kind = "sum", of = {crossings("laredo", "2024-01")}'
    cut = f"""[[claim.cut]]
    said = {{ en = "with Eagle Pass", es = "con Eagle Pass" }}
    other = "place"
    formula = {{ kind = "sum", of = {crossings("both", "2024-01")} }}"""
    own = verdict('figure = "400", unit = "trucks"', alone, cut)
    assert (own.verdict, own.by, own.differs_in) == ("differs_by", "-100", "place")
    assert [each.en for each in own.why] == ["with Eagle Pass: 400 trucks, as published"]
    right = verdict('figure = "300", unit = "trucks"', alone, cut)
    assert (right.verdict, right.differs_in, [each.en for each in right.why]) == (
        "reproduced", None, ["with Eagle Pass: 400 trucks"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("bound", "told"),
    [
        ("over", {"en": "differs: not more than 630 trucks", "es": "difiere: no es más de 630 camiones"}),
        ("under", {"en": "differs: not less than 630 trucks", "es": "difiere: no es menos de 630 camiones"}),
    ],
)
def test_the_very_figure_of_a_limit_is_not_beyond_it(bound: str, told: dict[str, str]) -> None:
    own = verdict(f'figure = "630", unit = "trucks", bound = "{bound}"', TRUCKS)
    assert (own.verdict, own.by, own.by_said) == ("differs_by", "0", None)
    for language, said in told.items():
        words = Sentences("aforo.cli", language)
        assert verdict_said(own, words, words.of) == said
    more = verdict(f'figure = "{600 if bound == "under" else 660}", unit = "trucks", bound = "{bound}"', TRUCKS)
    english = Sentences("aforo.cli", "en")
    assert verdict_said(more, english, english.of).startswith("differs by ")


#: That a verdict rests on no table, in Spanish.
STATED = "se calcula con cifras tal como se publicaron, y no con datos: ningún archivo que se dé lo cambia"


def test_a_claim_on_stated_figures_alone_says_that_no_input_changes_it() -> None:
    share = 'kind = "share", part = { from = "facts", fact = "down" }, whole = { from = "facts", fact = "all" }'
    own = verdict('figure = "46", unit = "percent"', share)
    assert (own.verdict, own.stated, [each.es for each in own.why]) == ("reproduced", True, [STATED])
    # A figure that is a cut's, of stated figures too, rests on no table either; one that a table may give does.
    based = verdict('figure = "46", unit = "percent"', UNKNOWN, CUT.format(other="base", whole="all"))
    assert (based.verdict, based.stated) == ("differs_by", True)
    table = (
        CUT.format(other="base", whole="all")
        + f"""
    [[claim.cut]]
    said = {{ en = "of trucks", es = "de camiones" }}
    other = "measure"
    formula.kind = "share"
    formula.part = {crossings("laredo", "2024-01")}
    formula.whole = {crossings("laredo", "2024-02")}
    """
    )
    assert not verdict('figure = "46", unit = "percent"', UNKNOWN, table).stated
    mixed = f'kind = "ratio", part = {crossings("laredo", "2024-01")}, whole = {{ from = "facts", fact = "all" }}'
    assert not verdict('figure = "0.83", unit = "times"', mixed).stated
    lacking = verdict('figure = "47", unit = "percent"', UNKNOWN)
    assert (lacking.verdict, lacking.stated) == ("not_in_the_data", False)


def test_slips_are_seen() -> None:
    frame = pl.DataFrame([("2304", date(2021, 1, 1), "trucks", 2568471)], schema=bts.SCHEMA, orient="row")
    own = verdict(
        'figure = "2586471", unit = "trucks"',
        f'kind = "sum", of = {crossings("laredo", "2021-01")}',
        tables=Tables(frame),
    )
    assert [each.en for each in own.why] == ["two digits are exchanged: 2,568,471"]
    share = 'kind = "share", part = { from = "facts", fact = "down" }, whole = { from = "facts", fact = "all" }'
    cut = verdict('figure = "45.9", unit = "percent"', share)
    assert (cut.verdict, [each.es for each in cut.why]) == (
        "differs_by", ["sus dígitos se cortaron, no se redondearon", STATED],
    )  # fmt: skip


def test_a_port_that_was_closed_is_not_missed_and_that_is_said() -> None:
    whole = document(
        'figure = "430", unit = "trucks"', f'kind = "sum", of = {crossings("both", "2024-01/2024-02")}'
    ).decode()
    closed = """closed = [
        { port = "2303", name = { en = "Eagle Pass", es = "Eagle Pass" }, period = "2024-02", source = "paper" },
    ]"""
    claims = parse(
        whole.replace('codes = ["2303", "2304"]', f'codes = ["2303", "2304"]\n{closed}').replace("430", "730").encode()
    )
    own = judge(claims.claims[0], claims, TABLES)
    assert own.verdict == "reproduced"
    assert [each.en for each in own.why] == ["Eagle Pass is taken as closed to trucks, 2024-02 (A paper)"]
    # A count that is there counts, whatever is said.
    counted = pl.DataFrame([*COUNTS, ("2303", date(2024, 2, 1), "trucks", 5)], schema=bts.SCHEMA, orient="row")
    again = judge(claims.claims[0], claims, Tables(counted.sort("port", "month")))
    assert (again.computed, again.why) == ("735", ())
