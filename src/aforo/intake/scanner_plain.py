"""The rows of a scanner log that are written plainly, nearly all of any file, understood in columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from aforo.domain.scanner import CAUSES, SCANNER_EVENTS
from aforo.intake import scanner_log
from aforo.intake.scanner_chunks import COLUMNS
from aforo.intake.scanner_terms import NO_CAUSE, ScannerTally, ScannerTerms

#: The code of what a row does not say.
ABSENT: Final = -1
#: Instants as nearly every system writes them; others are read one by one.
_PLAIN_INSTANT = r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|[+-][0-9]{2}:[0-9]{2})$"
#: Local times as nearly every system writes them, in need of a zone.
_PLAIN_LOCAL = r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?$"
_TIMES: Final = ("at", "reported_at")
#: Minutes with four decimals are whole milliseconds.
_PLAIN_MINUTES = r"^[0-9]{1,3}(?:\.[0-9]{1,4})?$"


def causes_of(column: pl.Series, terms: ScannerTerms) -> dict[str, int]:
    """The codes of the texts of causes; ABSENT of those that mean none, and of those whose meaning nobody knows."""
    codes: dict[str, int] = {}
    for text in column.drop_nulls().unique(maintain_order=True):
        cause = None if text.lower() in NO_CAUSE else terms.cause(text)
        codes[text] = ABSENT if cause is None else CAUSES.index(cause)
    return codes


def count_lacks(
    frame: pl.DataFrame, made: pl.DataFrame, causes: Mapping[str, int], terms: ScannerTerms, tally: ScannerTally
) -> None:
    """Tally the causes of plain reports whose meaning nobody knows, and the times of plain rows that were read in the
    zone of a port."""
    lacking = [text for text, code in causes.items() if code == ABSENT and text.lower() not in NO_CAUSE]
    if lacking:
        told = frame["cause"].filter(made["plain"] & ~made["scan"])
        for text, count in told.filter(told.is_in(lacking)).value_counts().iter_rows():
            tally.lacks_cause(text, count)
    if terms.zone is None:
        tally.zones.update(made["zone"].filter(made["plain"]).drop_nulls().to_list())


def plain_rows(frame: pl.DataFrame, latest: int, terms: ScannerTerms, causes: Mapping[str, int]) -> pl.DataFrame:
    """What plainly written rows say, and which rows are (`plain`); `scan` says which of them are scans, `zone` in which
    zone a time without an offset was read."""
    long = {"note", "cause"}
    short = pl.all_horizontal(
        (pl.col(name).str.len_chars() <= scanner_log.LONGEST).fill_null(True) for name in COLUMNS if name not in long
    )
    noted = pl.all_horizontal(
        (pl.col(name).str.len_chars() <= scanner_log.LONGEST_NOTE).fill_null(True) for name in sorted(long)
    )
    # What separates fields in old files is space to one reader and none to another.
    clean = ~pl.any_horizontal(pl.col(name).str.contains(r"\p{Cc}").fill_null(False) for name in COLUMNS)
    frame = _local_times(frame, terms)
    at, reported = (pl.coalesce(_instant(name), f"{name}_local") for name in _TIMES)
    event = _code("event", SCANNER_EVENTS)
    cause = pl.col("cause").replace_strict(list(causes), list(causes.values()), default=None, return_dtype=pl.Int8)
    told = frame.with_columns(
        at_us=at,
        reported_us=reported,
        event_code=event,
        cause_code=cause,
        scan=pl.col("event").is_null() & pl.col("conveyance").is_not_null(),
        minutes=pl.when(pl.col("operator_minutes").str.contains(_PLAIN_MINUTES)).then(
            pl.col("operator_minutes").cast(pl.Float64, strict=False)
        ),
    )
    dated = pl.col("at_us").is_not_null() & (pl.col("at_us") <= latest)
    told_then = pl.col("reported_at").is_null() | (
        pl.col("reported_us").is_not_null() & (pl.col("reported_us") <= latest)
    )
    placed = (pl.col("event") != "moved") | pl.col("port").is_not_null()
    as_report = (
        pl.col("event_code").is_not_null()
        & placed
        & (pl.col("planned").is_null() | pl.col("planned").is_in(["0", "1"]))
    )
    as_scan = pl.col("conveyance").str.contains(r"^[a-z _/-]+[0-9]{0,2}$") & (
        pl.col("operator_minutes").is_null()
        | (pl.col("minutes").is_not_null() & (pl.col("minutes") <= scanner_log.MOST_OPERATOR_MINUTES))
    )
    plain = (
        short
        & noted
        & clean
        & pl.col("scanner_id").is_not_null()
        & dated
        & told_then
        & pl.when(pl.col("scan")).then(as_scan).otherwise(as_report)
    )
    return told.select(
        at=pl.col("at_us"),
        reported_at=pl.col("reported_us"),
        event=pl.col("event_code").cast(pl.Int8),
        cause=pl.col("cause_code").cast(pl.Int8),
        planned=pl.col("planned").cast(pl.Int8, strict=False),
        operator=(pl.col("minutes") * 60_000).round().cast(pl.Int64),
        scan=pl.col("scan"),
        plain=plain.fill_null(False),
        zone=pl.when(pl.col("at_local").is_not_null()).then(pl.col("zone")),
    )


def _local_times(frame: pl.DataFrame, terms: ScannerTerms) -> pl.DataFrame:
    """The frame with the microseconds since 1970 of times without an offset (`at_local`, `reported_at_local`), and the
    `zone` of each row; null where there is no such time, or no zone, or where clocks skip it."""
    written = frame.select(pl.any_horizontal(pl.col(name).str.contains(_PLAIN_LOCAL).any() for name in _TIMES)).item()
    if not written:
        nothing = {f"{name}_local": pl.lit(None, pl.Int64) for name in _TIMES}
        return frame.with_columns(zone=pl.lit(None, pl.String), **nothing)
    pairs = frame.select("scanner_id", "port").unique()
    known = [terms.zone_of(scanner or "", place) for scanner, place in pairs.iter_rows()]
    zones = pairs.with_columns(zone=pl.Series(known, dtype=pl.String))
    frame = frame.join(zones, on=["scanner_id", "port"], how="left", nulls_equal=True, maintain_order="left")
    for name in _TIMES:
        text = pl.when(pl.col(name).str.contains(_PLAIN_LOCAL)).then(pl.col(name).str.replace(" ", "T"))
        # Minutes alone are written as whole ones.
        whole = pl.when(text.str.len_bytes() == len("2024-01-10T06:00")).then(text + ":00").otherwise(text)
        local = whole.str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us", strict=False)
        instant = pl.lit(None, pl.Int64)
        for zone in zones["zone"].drop_nulls().unique().to_list():
            there = local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").dt.timestamp("us")
            instant = pl.when(pl.col("zone") == zone).then(there).otherwise(instant)
        frame = frame.with_columns(instant.alias(f"{name}_local"))
    return frame


def _instant(name: str) -> pl.Expr:
    """Microseconds since 1970 of an instant that is written plainly; null of any other text."""
    plain = pl.when(pl.col(name).str.contains(_PLAIN_INSTANT)).then(pl.col(name))
    zoned = plain.str.replace("Z$", "+00:00")
    local = zoned.str.head(19).str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us", strict=False)
    hours = zoned.str.slice(20, 2).cast(pl.Int64, strict=False)
    minutes = zoned.str.slice(23, 2).cast(pl.Int64, strict=False)
    offset = pl.when((hours < 24) & (minutes < 60)).then(hours * 60 + minutes)
    east = pl.when(zoned.str.slice(19, 1) == "-").then(-offset).otherwise(offset)
    return local.dt.timestamp("us") - east * 60_000_000


def _code(name: str, known: Sequence[str]) -> pl.Expr:
    """The place of a word among those that are known; null of any other."""
    return pl.col(name).replace_strict(list(known), list(range(len(known))), default=None, return_dtype=pl.Int8)
