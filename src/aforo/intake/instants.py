"""Reading instants in columns: ISO 8601 with an offset, or a local time and the zone that makes an instant of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

import polars as pl

from aforo.domain.clock import EARLIEST, LATEST
from aforo.domain.codes import port_zones
from aforo.intake.mapping import DIRECTIVE, EXCEL, OFFSET_DIRECTIVES, ColumnRule, has_clock, with_offset

#: ISO 8601, calendar dates only, to the nanosecond at most; the offset may be missing. ASCII digits.
ISO = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?\s?(?:[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?)?$"
)
FULL = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[+-][0-9]{2}:[0-9]{2}$"
OFFSET = r"([Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)$"
OFFSET_IN_TEXT = r"(?:[Zz]|[+-][0-9]{2}(?:[\s:]*[0-9]{2})?)"
#: Offsets in use run from −12:00 to +14:00.
FURTHEST_OFFSET_MINUTES = 14 * 60
#: The years that any input may name.
EARLIEST_YEAR, LATEST_YEAR = EARLIEST.year, LATEST.year - 1
#: Day 0 of the serial numbers of spreadsheets, as they count from March 1900 on: before, they have a day that was not.
EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - local by intent
#: A serial number: days, and the time of day as their fraction. Five digits reach from 1927 to 2173.
EXCEL_SERIAL = re.compile(r"[0-9]{5}(?:[.,][0-9]{1,15})?")
_DAY_S = 86_400


def read(text: pl.Series, port: pl.Series, rule: ColumnRule, zone: str) -> pl.DataFrame:
    """The instants of a column of text (null where absent).

    Columns: `at` in UTC, null where unreadable, `offset` in minutes, and what is to be said of a row: `bad`,
    `out_of_range`, `day_only`, `zone_assumed` (as UTC), `offset_assumed` (as the port's time), `skipped`.

    Without an offset the zone is the rule's, else `zone` (the mapping's), else that of the row's port, else UTC,
    which is marked as assumed. A local time that clocks skip in spring is read an hour later, one that they repeat in
    autumn the first time.
    """
    frame = pl.DataFrame({"text": text, "port": port})
    frame = _first_of(frame, rule.formats) if rule.formats else _iso(frame)
    fixed = rule.zone or zone
    frame = frame.with_columns(
        at=(pl.col("local") - pl.duration(minutes=pl.col("offset"))).dt.replace_time_zone("UTC"),
        zone=pl.lit(None, pl.String),
        skipped=pl.lit(False),
    )
    lacking = pl.col("local").is_not_null() & pl.col("offset").is_null()
    if frame.select(lacking.any()).item():
        zones = pl.lit(fixed) if fixed else pl.col("port").replace_strict(port_zones(), default="UTC")
        frame = _placed(frame.with_columns(zone=pl.when(lacking).then(zones)))
    year = pl.col("at").dt.year()
    out_of_range = ~year.is_between(EARLIEST_YEAR, LATEST_YEAR) | (pl.col("offset").abs() > FURTHEST_OFFSET_MINUTES)
    return frame.select(
        "at",
        "offset",
        bad=pl.col("text").is_not_null() & pl.col("at").is_null(),
        out_of_range=out_of_range.fill_null(False),
        day_only="day_only",
        zone_assumed=(pl.col("zone") == "UTC").fill_null(False) & pl.lit(not fixed),
        offset_assumed=(pl.col("zone") != "UTC").fill_null(False)
        & ~pl.col("day_only")
        & ~pl.col("skipped")
        & pl.lit(not fixed),
        skipped="skipped",
    )


def zone_of(offset: int) -> timezone:
    """The fixed zone of an offset in minutes."""
    return timezone(timedelta(minutes=offset))


def fits(text: pl.Series, form: str) -> pl.Series:
    """Which of some texts are instants, or days, of this format."""
    return _custom(pl.DataFrame({"text": text}), form)["local"].is_not_null()


def _iso(frame: pl.DataFrame) -> pl.DataFrame:
    """Adds `local` (naive), `offset` (minutes, null where not given) and `day_only`."""
    text = pl.col("text")
    if frame.select(text.str.contains(FULL).all()).item():
        # The form that nearly every file has throughout; the general one costs four times as much.
        return frame.with_columns(
            local=text.str.head(19).str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us", strict=False),
            offset=_minutes(text.str.tail(6)),
            day_only=pl.lit(False),
        )
    valid = pl.when(text.str.contains(ISO)).then(text)
    frame = frame.with_columns(iso=valid, tail=valid.str.slice(10).str.extract(OFFSET, 1))
    tail = pl.col("tail")
    body = pl.col("iso").str.head(pl.col("iso").str.len_bytes() - tail.str.len_bytes().fill_null(0))
    frame = frame.with_columns(body=body.str.strip_chars_end()).with_columns(length=pl.col("body").str.len_bytes())
    clock = (
        pl.when(pl.col("length") == 10)
        .then(pl.lit("00:00:00"))
        .when(pl.col("length") == 16)
        .then(pl.col("body").str.slice(11) + ":00")
        .otherwise(pl.col("body").str.slice(11))
    )
    moment = pl.concat_str(pl.col("body").str.head(10), pl.lit("T"), clock)
    return frame.with_columns(
        local=moment.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False),
        offset=_minutes(tail),
        day_only=(pl.col("length") == 10).fill_null(False),
    )


def _minutes(offset: pl.Expr) -> pl.Expr:
    """The minutes of offsets like Z, +05, +0530 or -05:30; beyond any in use where an hour would have 60."""
    hours = offset.str.slice(1, 2).cast(pl.Int16, strict=False)
    minutes = pl.when(offset.str.len_bytes() > 3).then(offset.str.tail(2).cast(pl.Int16, strict=False)).otherwise(0)
    size = pl.when(minutes < 60).then(hours * 60 + minutes).otherwise(2 * FURTHEST_OFFSET_MINUTES)
    east = pl.when(offset.str.starts_with("-")).then(-size).otherwise(size).cast(pl.Int16)
    return pl.when(offset.is_in(["Z", "z"])).then(pl.lit(0, pl.Int16)).otherwise(east)


def _first_of(frame: pl.DataFrame, formats: Sequence[str]) -> pl.DataFrame:
    """As `_iso`, each value by the first of several formats that reads it."""
    read = _custom(frame, formats[0])
    for form in formats[1:]:
        if not read["local"].null_count():
            break
        other = _custom(frame, form).select(pl.col("local", "offset").name.prefix("other "))
        unread = pl.col("local").is_null()
        read = read.hstack(other).with_columns(
            local=pl.coalesce("local", "other local"),
            offset=pl.when(unread).then("other offset").otherwise("offset"),
        )
        read = read.drop("other local", "other offset")
    return read


def _serial(frame: pl.DataFrame) -> pl.DataFrame:
    """As `_iso`, for serial numbers of spreadsheets, to the second."""
    number = pl.when(pl.col("text").str.contains(f"^{EXCEL_SERIAL.pattern}$")).then(
        pl.col("text").str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    )
    seconds = pl.duration(seconds=(number * _DAY_S).round().cast(pl.Int64))
    local = pl.lit(EXCEL_EPOCH, pl.Datetime("us")) + seconds.cast(pl.Duration("us"))
    return frame.with_columns(local=local, offset=pl.lit(None, pl.Int16), day_only=pl.lit(False))


def _custom(frame: pl.DataFrame, form: str) -> pl.DataFrame:
    """As `_iso`, for a strptime pattern, or `excel`."""
    if form == EXCEL:
        return _serial(frame)
    if with_offset(form):
        # The parser gives the instant in UTC and forgets the offset: it is taken from its place in the text.
        at = pl.col("text").str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False)
        offset = _minutes(pl.col("text").str.extract(_place_of_offset(form), 1))
        return frame.with_columns(
            local=at.dt.replace_time_zone(None) + pl.duration(minutes=offset),
            offset=offset,
            day_only=pl.lit(False),
        )
    if has_clock(form):
        local = pl.col("text").str.to_datetime(form, time_unit="us", strict=False)
    else:
        local = pl.col("text").str.to_date(form, strict=False).cast(pl.Datetime("us"))
    # That the file gives days only is the mapping's business: it says so once, in a note.
    return frame.with_columns(local=local, offset=pl.lit(None, pl.Int16), day_only=pl.lit(False))


def _place_of_offset(form: str) -> str:
    """An expression whose first group is the offset in a text of this pattern, as long as all around it fits."""
    parts, end, group = [], 0, False
    for directive in DIRECTIVE.finditer(form):
        parts.append(_literal(form[end : directive.start()]))
        end = directive.end()
        if directive[0] not in OFFSET_DIRECTIVES:
            parts.append("%" if directive[0] == "%%" else ".+?")
        else:
            parts.append(OFFSET_IN_TEXT if group else f"({OFFSET_IN_TEXT})")
            group = True
    return "^" + "".join(parts) + _literal(form[end:]) + "$"


def _literal(text: str) -> str:
    """An expression for what a pattern has between its directives; space stands for any, or none, as in parsing."""
    return "".join(r"\s*" if character.isspace() else pl.escape_regex(character) for character in text)


def _placed(frame: pl.DataFrame) -> pl.DataFrame:
    """Completes `at` and `offset` where there is a `zone`, and marks local times that do not exist as `skipped`."""
    for zone in frame["zone"].drop_nulls().unique().to_list():
        local, here = pl.col("local"), pl.col("zone") == zone
        in_zone = local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
        frame = frame.with_columns(utc=pl.when(here).then(in_zone.dt.convert_time_zone("UTC")))
        if frame.select((here & pl.col("utc").is_null()).any()).item():
            hour = pl.duration(hours=1)
            later = (local + hour).dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
            skipped = here & pl.col("utc").is_null()
            frame = frame.with_columns(
                local=pl.when(skipped).then(local + hour).otherwise(local),
                utc=pl.when(skipped).then(later.dt.convert_time_zone("UTC")).otherwise(pl.col("utc")),
                skipped=skipped | pl.col("skipped"),
            )
        shift = (local - pl.col("utc").dt.replace_time_zone(None)).dt.total_minutes().cast(pl.Int16)
        frame = frame.with_columns(
            at=pl.when(here).then(pl.col("utc")).otherwise(pl.col("at")),
            offset=pl.when(here).then(shift).otherwise(pl.col("offset")),
        )
    return frame
