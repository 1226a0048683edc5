"""From the declaration table to the columns that the memory's loops read: keys of what a row names, and its numbers."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from aforo.domain.codes import port_zone, port_zones
from aforo.domain.declaration import ENTITY_KINDS, LANES, TRADE_PROGRAMMES
from aforo.domain.table import FEW
from aforo.domain.zone import offsets_us
from aforo.risk import layout, observing
from aforo.risk.features import PARTS
from aforo.risk.hashtable import Float64Array, UInt64Array

_US_A_DAY = 86_400_000_000
#: Codes kept in the cache of hashes before it is emptied; the world has fewer, a hostile file may have more.
_CODES_CACHED = 1 << 18


class _Codes(dict[str | None, int]):
    """Codes to 64-bit hashes: the first eight bytes of BLAKE2b, the same on every machine; 0 for an absent code."""

    def __missing__(self, code: str | None) -> int:
        if len(self) > _CODES_CACHED:
            self.clear()
        value = 0
        if code is not None and code != "":
            value = int.from_bytes(hashlib.blake2b(code.encode(), digest_size=8).digest(), "little") | 1
        self[code] = value
        return value


_codes = _Codes()


def code_hashes(codes: pl.Series | Sequence[str | None]) -> UInt64Array:
    """The hashes of a column of public codes (HS, countries, ports)."""
    listed = codes.to_list() if isinstance(codes, pl.Series) else codes
    return np.fromiter(map(_codes.__getitem__, listed), np.uint64, len(codes))


def _codes_of(table: pl.DataFrame) -> dict[str, pl.Series | Sequence[str | None]]:
    """The public codes that rows name, by their names in PARTS."""
    same = {name: table[name] for name in ("hs6", "origin", "departure", "port", "bridge", "lane")}
    same["programme"] = table["trade_programme"]
    if table.height <= FEW:
        goods, seals = table["hs6"].to_list(), table["seal_id"].to_list()
        return {
            **same,
            "hs4": [code and code[:4] for code in goods],
            "hs2": [code and code[:2] for code in goods],
            "seal_series": [seal and _DIGITS_AT_END.sub("#", seal) for seal in seals],
        }
    made = table.select(
        pl.col("hs6").str.slice(0, 4).alias("hs4"),
        pl.col("hs6").str.slice(0, 2).alias("hs2"),
        pl.col("seal_id").str.replace(r"\d+$", "#").alias("seal_series"),
    )
    return {**same, **made.to_dict()}


def crossing_keys(crossings: Sequence[str]) -> UInt64Array:
    """A key for each row's crossing, by the name under which the crossing is recorded. Never 0."""
    keys = (int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little") | 1 for name in crossings)
    return np.fromiter(keys, np.uint64, len(crossings))


def key_columns(
    table: pl.DataFrame,
    identities: Mapping[str, npt.NDArray[np.uint64]],
    local: npt.NDArray[np.int64],
    crossing: UInt64Array | None = None,
) -> UInt64Array:
    """What each row names, uint64[n, len(PARTS)] in the order of PARTS; 0 where it is absent.

    `identities` has one array per kind of ENTITY_KINDS, `local` is that of `local_times` and `crossing` that of
    `crossing_keys`; without it every row is a crossing of its own. Raises KeyError if a kind is missing, ValueError if
    an array is not as long as the table.
    """
    rows = table.height
    parts = np.zeros((rows, len(PARTS)), np.uint64)
    for k, kind in enumerate(ENTITY_KINDS):
        if len(identities[kind]) != rows:
            raise ValueError(f"identities of {kind}: {len(identities[kind])} for {rows} rows")
        parts[:, k] = identities[kind]
    if crossing is not None:
        if len(crossing) != rows:
            raise ValueError(f"crossings: {len(crossing)} for {rows} rows")
        parts[:, PARTS.index("crossing")] = crossing
    hour = local // 3_600_000_000 % 24
    for name, column in _codes_of(table).items():
        parts[:, PARTS.index(name)] = code_hashes(column)
    for name, number in {"hour": hour, "daypart": hour // 3, "weekday": _weekday(local)}.items():
        parts[:, PARTS.index(name)] = number + 1
    amounts = np.column_stack([_numbers_of(table[name]) for name in ("value_usd", "gross_mass_kg", "duty_rate")])
    parts[:, PARTS.index("content")] = observing.content_keys(parts, np.ascontiguousarray(amounts).view(np.uint64))
    return parts


def number_columns(table: pl.DataFrame, local: npt.NDArray[np.int64]) -> Float64Array:
    """The numbers of each row, float64[n, NUMBERS]; NaN where the filing does not say. `local`: see `local_times`."""
    numbers = np.full((table.height, layout.NUMBERS), np.nan)
    numbers[:, layout.N_DAYS] = days(table)
    numbers[:, layout.N_HOUR] = local % _US_A_DAY / 3_600_000_000
    numbers[:, layout.N_WEEKDAY] = _weekday(local)
    for at, column in ((layout.N_VALUE, "value_usd"), (layout.N_MASS, "gross_mass_kg"), (layout.N_PACKAGES, "packages"),
                       (layout.N_DUTY_RATE, "duty_rate"), (layout.N_EMPTY, "declared_empty")):  # fmt: skip
        numbers[:, at] = _numbers_of(table[column])
    amends = table["amends"]
    numbers[:, layout.N_AMENDS] = 0.0 if amends.null_count() == len(amends) else amends.is_not_null().to_numpy()
    for at, read in _numbers_read(table).items():
        numbers[:, at] = read
    numbers[:, layout.N_LANE] = _ordinals(table["lane"], LANES)
    numbers[:, layout.N_PROGRAMME] = _ordinals(table["trade_programme"], TRADE_PROGRAMMES)
    numbers[:, layout.N_ORIGIN] = _letters(table["origin"])
    numbers[:, layout.N_DEPARTURE] = _letters(table["departure"])
    numbers[:, layout.N_DISTRICT] = numbers[:, layout.N_PORT] // 100.0
    numbers[:, layout.N_PORT] %= 100.0
    return numbers


def _numbers_of(column: pl.Series) -> Float64Array:
    """A column as numbers, NaN where it has none."""
    return column.cast(pl.Float64, strict=False).to_numpy()


def _numbers_read(table: pl.DataFrame) -> dict[int, Float64Array]:
    """The numbers that stand in codes and seals, by their places; NaN where there is none."""
    if table.height <= FEW:
        goods, ports = table["hs6"].to_list(), table["port"].to_list()
        read = {
            layout.N_CHAPTER: [_texts[code and code[:2]] for code in goods],
            layout.N_HEADING: [_texts[code and code[2:4]] for code in goods],
            layout.N_SUBHEADING: [_texts[code and code[4:6]] for code in goods],
            layout.N_PORT: [_texts[port] for port in ports],
            layout.N_SEAL_NUMBER: [_seal_number(seal) for seal in table["seal_id"].to_list()],
        }
        return {at: np.array(column, np.float64) for at, column in read.items()}
    said = {
        layout.N_CHAPTER: pl.col("hs6").str.slice(0, 2),
        layout.N_HEADING: pl.col("hs6").str.slice(2, 2),
        layout.N_SUBHEADING: pl.col("hs6").str.slice(4, 2),
        layout.N_PORT: pl.col("port"),
        layout.N_SEAL_NUMBER: pl.col("seal_id").str.extract(r"(\d{1,15})$"),
    }
    texts = table.select(text.cast(pl.Float64, strict=False).alias(str(at)) for at, text in said.items())
    return {at: texts[str(at)].to_numpy() for at in said}


class _Texts(dict[str | None, float]):
    """What short texts say as numbers, as columns read them; NaN where they say none."""

    def __missing__(self, text: str | None) -> float:
        if len(self) > _CODES_CACHED:
            self.clear()
        number = None if text is None else pl.Series([text]).cast(pl.Float64, strict=False).item()
        self[text] = math.nan if number is None else number
        return self[text]


_texts = _Texts()
_DIGITS_AT_END = re.compile(r"\d+\Z")
_SEAL_NUMBER = re.compile(r"\d{1,15}\Z")


def _seal_number(seal: str | None) -> float:
    found = _SEAL_NUMBER.search(seal) if seal else None
    return float(found[0]) if found and found[0].isascii() else math.nan


def days(table: pl.DataFrame) -> Float64Array:
    """The time of filing in days since 1970, UTC."""
    return table["filed_at"].cast(pl.Int64).to_numpy() / _US_A_DAY


class _Zones(dict[str | None, int]):
    """A port's zone by its place in `_ZONES`; 0 where it is not known."""

    def __missing__(self, port: str | None) -> int:
        if len(self) > _CODES_CACHED:
            self.clear()
        zone = port_zone(port)
        self[port] = _ZONES.index(zone) if zone else 0
        return self[port]


_ZONES = ("", *sorted(set(port_zones().values())))
_zones = _Zones()


def local_times(table: pl.DataFrame) -> npt.NDArray[np.int64]:
    """The time of filing by the clock of the row's port, in microseconds since 1970 by that clock; where the port's
    zone is not known, by the clock of the offset that the filer wrote (UTC where none was written)."""
    filed, ports = table["filed_at"], table["port"].to_list()
    written = np.array([minutes or 0 for minutes in table["filed_offset_minutes"].to_list()], dtype=np.int64)
    since = filed.cast(pl.Int64)
    local: npt.NDArray[np.int64] = since.to_numpy() + written * 60_000_000
    if len(ports) <= FEW:
        return _few_local_times(since.to_list(), ports, local)
    zone_of = np.fromiter(map(_zones.__getitem__, ports), np.int8, len(ports))
    for zone in np.flatnonzero(np.bincount(zone_of, minlength=1)[1:]) + 1:
        rows = np.flatnonzero(zone_of == zone)
        there = filed.gather(rows).dt.convert_time_zone(_ZONES[zone]).dt.replace_time_zone(None)
        local[rows] = there.to_physical().to_numpy()
    return local


def _few_local_times(filed: list[int], ports: list[str | None], local: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    by_zone: dict[int, list[int]] = {}
    for row, port in enumerate(ports):
        by_zone.setdefault(_zones[port], []).append(row)
    for zone, rows in by_zone.items():
        if zone:
            there = [filed[row] for row in rows]
            local[rows] = np.add(there, offsets_us(_ZONES[zone], there))
    return local


def _weekday(local: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return (local // _US_A_DAY + 3) % 7  # 1 January 1970 was a Thursday


class _Letters(dict[str | None, float]):
    """Two-letter codes as a number in the order of the alphabet; NaN for any other."""

    def __missing__(self, code: str | None) -> float:
        if code is None or len(code) != 2 or not code.isascii() or not code.isalpha():
            return math.nan
        value = float((ord(code[0]) - 65) * 26 + ord(code[1]) - 65)
        self[code] = value
        return value


_letter_codes = _Letters()


def _letters(column: pl.Series) -> Float64Array:
    return np.fromiter(map(_letter_codes.__getitem__, column.to_list()), np.float64, len(column))


def _ordinals(column: pl.Series, order: tuple[str, ...]) -> Float64Array:
    positions: dict[str | None, float] = {name: float(i) for i, name in enumerate(order)}
    return np.fromiter((positions.get(value, np.nan) for value in column.to_list()), np.float64, len(column))
