"""The seeded world: the same bytes from a seed, exact prevalence, valid columns, schemes and honest look-alikes."""

from __future__ import annotations

import io
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from aforo.domain.declaration import LANES, TRADE_PROGRAMMES
from aforo.domain.table import DECLARATION_SCHEMA, LABEL_SCHEMA
from aforo.domain.threat import THREATS
from aforo.trials import world, world_schemes
from aforo.trials.world_places import GOODS, ORIGINS, PLACES


def bytes_of(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_csv(buffer)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def made() -> world.World:
    return world.generate(7, 40, 1000, 0.03)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    first, again, other = (world.generate(seed, 6, 300, 0.05) for seed in (3, 3, 4))
    assert bytes_of(first.history) == bytes_of(again.history)
    assert bytes_of(first.truth) == bytes_of(again.truth)
    assert bytes_of(first.history) != bytes_of(other.history)


@pytest.mark.parametrize(
    ("weeks", "rows", "prevalence"),
    [(1, 2000, 0.0005), (20, 100, 0.2), (104, 50, 0.025), (12, 2000, 0.2), (13, 400, 0.0025)],
)
def test_rows_and_prevalence_are_exact_at_every_size(weeks: int, rows: int, prevalence: float) -> None:
    made = world.generate(1, weeks, rows, prevalence)
    assert made.history.height == weeks * rows
    assert made.history["outcome"].sum() == round(prevalence * weeks * rows)
    per_week = made.history.group_by(pl.col("filed_at").str.slice(0, 10).str.to_date().dt.truncate("1w")).len()
    assert per_week["len"].to_list() == [rows] * weeks


def test_columns_are_those_of_the_declaration_table_with_valid_codes(made: world.World) -> None:
    history = made.history
    assert set(history.columns) <= set(DECLARATION_SCHEMA) | set(LABEL_SCHEMA)
    assert history["declaration_id"].is_unique().all()
    assert set(history["port"]) == {place.port for place in PLACES}
    assert set(history["hs6"].drop_nulls()) <= {good.hs6 for good in GOODS}
    assert set(history["origin"].drop_nulls()) <= {origin for origin, _ in ORIGINS}
    assert set(history["trade_programme"]) <= set(TRADE_PROGRAMMES)
    assert set(history["lane"]) == set(LANES)
    assert set(history["threat"].drop_nulls()) == set(THREATS)
    found = history["outcome"] == 1
    assert (history["threat"].is_not_null() == found).all()
    assert (history["severity"].is_not_null() == found).all()
    empty = history.filter(pl.col("declared_empty"))
    assert empty["importer_id"].null_count() == empty.height
    loaded = history.filter(~pl.col("declared_empty"))
    assert loaded.select((pl.col("value_usd") > 0).all() & (pl.col("gross_mass_kg") > 0).all()).item()


def test_everything_says_that_it_is_synthetic(made: world.World) -> None:
    for column in made.history.columns:
        if column.endswith("_id"):
            assert made.history[column].drop_nulls().str.starts_with("SYN").all(), column


def test_times_carry_the_offset_of_the_port(made: world.World) -> None:
    zones = {place.port: ZoneInfo(place.zone) for place in PLACES}
    for port, filed_at in made.history.select("port", "filed_at").sample(500, seed=0).iter_rows():
        moment = datetime.fromisoformat(filed_at)
        assert moment.utcoffset() == moment.astimezone(zones[port]).utcoffset()


def test_every_scheme_is_there_and_starts_and_stops(made: world.World) -> None:
    rows = made.history.join(made.truth, on="declaration_id").with_columns(
        pl.col("filed_at").str.slice(0, 10).str.to_date().alias("day")
    )
    schemes = rows.filter(pl.col("scheme").is_not_null() & (pl.col("outcome") == 1))
    assert set(schemes["scheme"]) == {kind.name for kind in world_schemes.KINDS}
    assert schemes.height == round(world.SCHEME_SHARE * rows["outcome"].sum())
    whole = rows["day"].max() - rows["day"].min()
    spans = schemes.group_by("scheme", "episode").agg((pl.col("day").max() - pl.col("day").min()).alias("span"))
    assert spans["span"].max() < whole
    threats = schemes.group_by("scheme").agg(pl.col("threat").unique())
    expected = {kind.name: [kind.threat] for kind in world_schemes.KINDS}
    assert dict(threats.iter_rows()) == expected


def test_look_alikes_are_honest_and_as_many_as_the_schemes(made: world.World) -> None:
    rows = made.history.join(made.truth, on="declaration_id")
    alike = rows.filter(pl.col("lookalike").is_not_null())
    assert set(alike["lookalike"]) == {kind.name for kind in world_schemes.KINDS}
    assert alike["outcome"].sum() == 0
    assert alike["scheme"].is_null().all()
    assert alike.height == rows.filter(pl.col("scheme").is_not_null()).height


def test_look_alikes_show_the_tell_tale(made: world.World) -> None:
    """At night, so does the honest carrier; the honest double of a seal's number is there as well."""
    rows = made.history.join(made.truth, on="declaration_id").with_columns(
        pl.col("filed_at").str.slice(11, 2).cast(pl.Int32).is_between(5, 21).not_().alias("night")
    )
    usual = rows.filter(pl.col("scheme").is_null() & pl.col("lookalike").is_null())["night"].mean()
    for column in ("scheme", "lookalike"):
        nightly = rows.filter(pl.col(column) == "night_carrier")["night"].mean()
        assert nightly > 3 * usual, column


def test_actors_are_born_and_die(made: world.World) -> None:
    half = made.history.with_row_index().with_columns((pl.col("index") < made.history.height // 2).alias("early"))
    for column in ("importer_id", "driver_id", "tractor_id"):
        early, late = (set(half.filter(pl.col("early") == e)[column].drop_nulls()) for e in (True, False))
        assert early - late, column
        assert late - early, column


def test_wrong_sizes_are_refused() -> None:
    for wrong in ((0, 2000, 0.02), (4, 10, 0.02), (4, 2000, 0.0), (4, 2000, 0.5)):
        with pytest.raises(ValueError, match=r"world|prevalence"):
            world.generate(1, *wrong)
