"""The unit of the memory is the crossing: its declarations and their amendments count once for what they share."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from aforo.domain.declaration import ENTITY_KINDS
from aforo.domain.table import DECLARATION_SCHEMA
from aforo.domain.threat import THREATS
from aforo.risk.columns import crossing_keys
from aforo.risk.features import INDEX
from aforo.risk.memory import Memory, Outcomes
from aforo.trials import world

#: Of the features of the small world below, made when a declaration was the memory's unit: where every declaration is a
#: crossing of its own, nothing may differ.
WORLD = "e853cdfd2b4c1a2febdff1b8570d2c788f57d993b2dbc3ef6d763f73718cbe16"
Identities = dict[str, npt.NDArray[np.uint64]]
#: What is the same in each of these filings but where a test says otherwise.
USUAL = {
    "port": "2304", "bridge": "World Trade", "hs6": "870829", "origin": "MX", "departure": "MX",
    "gross_mass_kg": 12_000.0, "value_usd": 50_000.0, "duty_rate": 0.025, "packages": 20.0, "lane": "standard",
    "seal_id": "UL100", "carrier_id": "C", "driver_id": "D", "tractor_id": "T", "importer_id": "I", "exporter_id": "E",
    "broker_id": "B",
}  # fmt: skip
MADE = (("importer", "I"), ("exporter", "E"), ("broker", "B"), ("carrier", "C"), ("driver", "D"), ("tractor", "T"))


def hashed(values: list[str | None]) -> npt.NDArray[np.uint64]:
    digests = (b"" if v is None else hashlib.blake2b(v.encode(), digest_size=8).digest() for v in values)
    return np.array([int.from_bytes(digest, "little") for digest in digests], np.uint64)


def identities_of(table: pl.DataFrame) -> Identities:
    return {kind: hashed(table[f"{kind}_id"].to_list()) for kind in ENTITY_KINDS}


def table_of(*rows: dict[str, Any]) -> pl.DataFrame:
    """Filings a minute apart from noon (UTC) on."""
    filled = [
        {"declaration_id": f"d{i}", "filed_at": 1_710_936_000_000_000 + 60_000_000 * i, "filed_offset_minutes": -300}
        | USUAL
        | row
        for i, row in enumerate(rows)
    ]
    return pl.DataFrame(
        [
            pl.Series(name, [row.get(name) for row in filled]).cast(kind, strict=False)
            for name, kind in DECLARATION_SCHEMA.items()
        ]
    )


def file(memory: Memory, crossings: str, *rows: dict[str, Any]) -> npt.NDArray[np.float32]:
    """File rows in one batch; each letter of `crossings` is the crossing of a row."""
    table = table_of(*rows)
    return memory.features(table, identities_of(table), crossing_keys(list(crossings)))


def known(memory: Memory) -> Memory:
    """A memory with some traffic: the same parties on other crossings, and others."""
    rng = np.random.default_rng(0)
    for k in range(12):
        own = {"seal_id": f"UL{k}", "filed_at": 1_710_000_000_000_000 + 3_600_000_000 * k}
        own |= {"value_usd": float(rng.integers(20_000, 90_000)), "tractor_id": f"T{k % 3}", "driver_id": f"D{k % 4}"}
        file(memory, chr(97 + k), own)
    return memory


def of(row: npt.NDArray[np.float32], *names: str) -> list[float]:
    return [float(row[INDEX[name]]) for name in names]


@pytest.mark.parametrize("named", [False, True])
def test_where_every_declaration_is_a_crossing_of_its_own_nothing_differs(named: bool) -> None:
    history = world.generate(5, 8, 120, prevalence=0.12).history
    filed = pl.col("filed_at").str.to_datetime(time_unit="us", time_zone="UTC")
    offset = pl.col("filed_at").str.slice(-6, 3).cast(pl.Int16) * 60
    given = history.with_columns(filed_offset_minutes=offset, filed_at=filed)
    table = pl.DataFrame(
        [
            given[name].cast(kind) if name in given.columns else pl.Series(name, [None] * given.height, dtype=kind)
            for name, kind in DECLARATION_SCHEMA.items()
        ]
    )
    threat = history["threat"].replace_strict({name: i for i, name in enumerate(THREATS)}, default=0)
    outcomes = Outcomes.of(history["outcome"].to_numpy(), threat.cast(pl.Int64).to_numpy())
    identities, crossing = identities_of(table), crossing_keys(table["crossing_id"].to_list())
    memory, digest = Memory(), hashlib.sha256()
    for start in range(0, table.height, 120):
        rows = slice(start, start + 120)
        own = {kind: column[rows] for kind, column in identities.items()}
        key = (crossing[rows],) if named else ()
        digest.update(memory.features(table[rows], own, *key).astype("<f4").tobytes())
        memory.learn(table[rows], own, outcomes.at(rows), *key)
    assert digest.hexdigest() == WORLD


def test_declarations_of_a_crossing_are_one_use_of_its_seal_and_its_truck() -> None:
    memory = known(Memory())
    parties = [{"importer_id": f"I{i}", "exporter_id": f"E{i}", "value_usd": 9e3 + i} for i in range(3)]
    rows = file(memory, "XXX", *parties)
    shared = [
        f"{kind}.{what}" for kind in ("carrier", "driver", "tractor") for what in ("count", "age", "burst", "hour")
    ]
    shared += ["seal.reuse", "seal.since", "seal.gap", "seal.new_series", "tractor.same_day", "tractor.elsewhere"]
    shared += ["carrier_driver.count", "carrier_tractor.count", "driver_tractor.count", "carrier_bridge.count"]
    for row in rows[1:]:
        # A minute later, an age is a minute more.
        assert np.allclose(of(row, *shared), of(rows[0], *shared), atol=1e-2, equal_nan=True)
    # Their own parties are new each, and what the row after them sees is one crossing more.
    assert [of(row, "importer.count", "exporter.count") for row in rows] == [[0.0, 0.0]] * 3
    (after,) = file(memory, "Y", {"tractor_id": "T", "seal_id": "UL100"})
    assert of(after, "tractor.count", "seal.reuse") == pytest.approx([np.log(2.0)] * 2, abs=1e-3)


def test_also_over_batches_with_other_crossings_of_the_carrier_in_between() -> None:
    memory = Memory()
    (first,) = file(memory, "X", {})
    file(memory, "Y", {"seal_id": "UL200", "driver_id": "D2", "tractor_id": "T2"})
    file(memory, "X", {"importer_id": "I2"})
    (third,) = file(memory, "X", {"importer_id": "I3"})
    assert of(third, "seal.reuse", "tractor.count", "driver.count") == of(
        first, "seal.reuse", "tractor.count", "driver.count"
    )
    assert of(third, "carrier.count", "importer.count") == pytest.approx([np.log(3.0), 0.0], abs=1e-3)
    # A declaration that is new is one more of its importer's.
    (fourth,) = file(memory, "X", {"importer_id": "I3", "value_usd": 7.0})
    assert of(fourth, "importer.count") == pytest.approx([np.log(2.0)], abs=1e-3)


@pytest.mark.parametrize("batches", [1, 2])
def test_an_amendment_that_changes_nothing_changes_nothing(batches: int) -> None:
    memory = known(Memory())
    at = {"filed_at": 1_710_940_000_000_000, "importer_id": "NEW", "value_usd": 5e6, "seal_id": "UL300"}
    again = at | {"amends": "d0", "action": "replace"}
    # Findings shine on those that were seen beside the one they were made at.
    table = table_of({"importer_id": "I"})
    memory.learn(table, identities_of(table), Outcomes.of(np.ones(1)), crossing_keys(["f"]))
    if batches == 1:
        rows = file(memory, "XXX", at, again, again)
    else:
        rows = np.vstack([file(memory, "X", row) for row in (at, again, again)])
    for row in rows[1:]:
        assert np.array_equal(row, rows[0], equal_nan=True)
    (next_one,) = file(memory, "Y", at | {"seal_id": "UL301"})
    assert of(next_one, "importer.count", "content.count") == pytest.approx([np.log(2.0)] * 2, abs=1e-3)


def test_what_others_do_in_between_an_amendment_sees_and_counts_for_nobody_again() -> None:
    memory = known(Memory())
    file(memory, "X", {"seal_id": "UL300"})
    file(memory, "Y", {"seal_id": "UL301", "tractor_id": "T2", "driver_id": "D2"})
    counts = [f"{kind}.count" for kind in ("importer", "exporter", "broker", "carrier", "importer_hs4", "content")]
    (one,), (two,) = (file(memory, "X", {"seal_id": "UL300", "amends": "d0", "action": "replace"}) for _ in range(2))
    assert of(one, *counts) == of(two, *counts)
    assert of(one, "seal.reuse", "tractor.count") == of(two, "seal.reuse", "tractor.count") == [0.0, 0.0]


def test_what_an_amendment_names_for_the_first_time_is_remembered() -> None:
    memory = Memory()
    file(memory, "X", {"seal_id": None, "importer_id": "I"})
    file(memory, "X", {"seal_id": "UL7", "importer_id": "J", "amends": "d0", "action": "replace"})
    (other,) = file(memory, "Y", {"seal_id": "UL7", "importer_id": "J"})
    assert of(other, "seal.reuse", "importer.count") == pytest.approx([np.log(2.0)] * 2, abs=1e-3)


@pytest.mark.parametrize("size", [1, 3, 17])
def test_crossings_count_alike_whatever_the_batches(size: int) -> None:
    rng = np.random.default_rng(4)
    rows: list[dict[str, Any]] = [
        {name: f"{rng.integers(0, 6)}" for name in ("carrier_id", "driver_id", "tractor_id", "importer_id", "seal_id")}
        | ({"amends": "d0", "action": "replace"} if rng.random() < 0.3 else {})
        for _ in range(80)
    ]
    table, crossing = table_of(*rows), crossing_keys([f"{c}" for c in rng.integers(0, 12, 80)])
    identities = identities_of(table)
    whole, pieces = Memory(), Memory()
    at_once = whole.features(table, identities, crossing)
    made = []
    for start in range(0, 80, size):
        own = slice(start, start + size)
        made.append(pieces.features(table[own], {kind: c[own] for kind, c in identities.items()}, crossing[own]))
    assert at_once.tobytes() == np.vstack(made).tobytes()
    assert whole.dump() == pieces.dump() == Memory.load(whole.dump()).dump()


def test_a_finding_at_a_crossing_counts_once() -> None:
    one, five = Memory(), Memory()
    rows = [{"importer_id": f"I{i}"} for i in range(5)]
    for memory, own in ((one, rows[:1]), (five, rows)):
        table, crossing = table_of(*own), crossing_keys(["X"] * len(own))
        memory.features(table, identities_of(table), crossing)
        memory.learn(table, identities_of(table), Outcomes.of(np.ones(len(own))), crossing)
    assert (one.findings, five.findings) == (1, 1)
    # A truck that nothing else is known of.
    probe = {"importer_id": "Z", "exporter_id": "Z", "broker_id": "Z", "seal_id": "Z1"}
    seen = [file(memory, "Y", probe)[0] for memory in (one, five)]
    for name in ("tractor.shift", "driver.shift", "carrier.shift", "carrier.examined", "seal.shift"):
        assert of(seen[1], name) == pytest.approx(of(seen[0], name), abs=2e-3), name
    shared, alone = (file(memory, "Q", {"importer_id": "I0"})[0] for memory in (five, one))
    assert 0.0 < of(shared, "importer.shift")[0] < of(alone, "importer.shift")[0]


def test_a_seal_says_nothing_of_a_tractor_that_is_not_named() -> None:
    memory = Memory()
    file(memory, "A", {})
    (unnamed,) = file(memory, "B", {"tractor_id": None})
    assert np.isnan(of(unnamed, "seal.moved")).all()
    (same,), (other,) = file(memory, "C", {}), file(memory, "D", {"tractor_id": "T2"})
    assert of(same, "seal.moved") + of(other, "seal.moved") == [0.0, 1.0]


@pytest.mark.parametrize(("port", "hours"), [("2304", [2.5, 2.5]), ("9999", [2.5, 8.5]), (None, [2.5, 8.5])])
def test_the_hour_is_the_ports_where_its_zone_is_known(port: str | None, hours: list[float]) -> None:
    # 20 January 2024, 08:30 UTC, is 02:30 in Laredo.
    at = 1_705_739_400_000_000
    rows = [{"filed_at": at, "filed_offset_minutes": offset, "port": port} for offset in (-360, 0)]
    assert [of(row, "filing.hour")[0] for row in file(Memory(), "AB", *rows)] == hours


def test_a_memory_of_the_first_format_goes_on() -> None:
    memory = known(Memory())
    with np.load(io.BytesIO(memory.dump())) as archive:
        arrays = {name: archive[name] for name in archive.files}
    arrays["format"][0] = 1
    for name, width in (("entities", 20), ("pairs", 4), ("goods", 15), ("seals", 8)):
        arrays[f"{name}_state"] = arrays[f"{name}_state"][:, :width]
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    old = Memory.load(buffer.getvalue())
    rows = [{}, {"seal_id": "UL9"}]
    assert file(old, "XY", *rows).tobytes() == file(memory, "XY", *rows).tobytes()
