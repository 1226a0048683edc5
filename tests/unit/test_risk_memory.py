"""The memory reads only the past, one row at a time or many, and can be put down and taken up again."""

from __future__ import annotations

import hashlib
import io

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from aforo.domain.declaration import ENTITY_KINDS
from aforo.domain.table import DECLARATION_SCHEMA
from aforo.risk.features import FEATURES, INDEX
from aforo.risk.memory import Memory, MemorySettings, Outcomes

Identities = dict[str, npt.NDArray[np.uint64]]


def filings(seed: int, rows: int) -> tuple[pl.DataFrame, Identities]:
    """Made-up filings in order of time, with absent fields here and there."""
    rng = np.random.default_rng(seed)
    absent = rng.random(rows) < 0.1
    columns: dict[str, object] = {
        "record": np.arange(1, rows + 1),
        "declaration_id": [f"D{i}" for i in range(rows)],
        "filed_at": np.sort(rng.integers(0, 60 * 86_400, rows)) * 1_000_000 + 1_704_067_200_000_000,
        "filed_offset_minutes": np.full(rows, -360),
        "port": rng.choice(["2304", "2305"], rows),
        "bridge": rng.choice(["World Trade", "Colombia"], rows),
        "hs6": [
            None if a else h for a, h in zip(absent, rng.choice(["870829", "070200", "854430"], rows), strict=True)
        ],
        "origin": rng.choice(["MX", "CN"], rows),
        "departure": np.full(rows, "MX"),
        "gross_mass_kg": rng.lognormal(8, 1, rows),
        "value_usd": rng.lognormal(10, 1, rows),
        "duty_rate": rng.choice([0.0, 0.05], rows),
        "packages": rng.integers(0, 100, rows),
        "declared_empty": absent,
        "trade_programme": rng.choice(["none", "ctpat2"], rows),
        "lane": rng.choice(["standard", "fast"], rows),
        "seal_id": [f"UL{n:05d}" for n in rng.integers(0, 400, rows)],
    }
    table = pl.DataFrame(
        [
            pl.Series(name, columns[name]).cast(kind, strict=False)
            if name in columns
            else pl.Series(name, [None] * rows, dtype=kind)
            for name, kind in DECLARATION_SCHEMA.items()
        ]
    )
    spread = np.uint64(0x9E3779B97F4A7C15)
    sizes = dict(zip(ENTITY_KINDS, (40, 40, 8, 15, 30, 30, 400), strict=True))
    identities = {kind: rng.integers(0, sizes[kind], rows).astype(np.uint64) * spread for kind in ENTITY_KINDS}
    return table, identities


def part(identities: Identities, rows: slice) -> Identities:
    return {kind: values[rows] for kind, values in identities.items()}


def taught(seed: int = 1, rows: int = 600) -> Memory:
    """A memory that has seen filings and findings."""
    memory = Memory()
    table, identities = filings(seed, rows)
    memory.features(table, identities)
    memory.learn(table, identities, Outcomes.of(np.random.default_rng(seed).random(rows) < 0.2))
    return memory


@pytest.mark.parametrize("size", [1, 7, 64])
def test_features_do_not_depend_on_the_size_of_the_batch(size: int) -> None:
    whole, pieces = taught(), taught()
    table, identities = filings(2, 150)
    at_once = whole.features(table, identities)
    in_pieces = np.vstack(
        [
            pieces.features(table[start : start + size], part(identities, slice(start, start + size)))
            for start in range(0, 150, size)
        ]
    )
    assert at_once.tobytes() == in_pieces.tobytes()
    assert whole.dump() == pieces.dump()


def test_tables_that_grow_change_nothing() -> None:
    # More keys than the first capacity holds, in one batch and in many.
    table, identities = filings(3, 3_000)
    one, many = Memory(), Memory()
    at_once = one.features(table, identities)
    in_pieces = np.vstack(
        [many.features(table[s : s + 500], part(identities, slice(s, s + 500))) for s in range(0, 3_000, 500)]
    )
    assert at_once.tobytes() == in_pieces.tobytes()


def test_a_dumped_memory_goes_on_as_if_it_had_not_been_put_down() -> None:
    memory = taught()
    dumped = memory.dump()
    again = Memory.load(dumped)
    assert again.dump() == dumped
    table, identities = filings(4, 100)
    assert memory.features(table, identities).tobytes() == again.features(table, identities).tobytes()
    outcomes = Outcomes.of(np.arange(100) % 3 == 0)
    memory.learn(table, identities, outcomes)
    again.learn(table, identities, outcomes)
    assert memory.dump() == again.dump()


def seals(identities: Identities, first: int) -> Identities:
    """The same parties, each row under a seal that no other has: the number `first` and those after it."""
    numbers = np.arange(first, first + len(identities["seal"]), dtype=np.uint64) + np.uint64(1 << 20)
    return identities | {"seal": numbers * np.uint64(0x9E3779B97F4A7C15)}


@pytest.mark.parametrize("size", [1, 7, 64, 1_000])
def test_what_is_forgotten_depends_on_the_number_of_filings_alone(size: int) -> None:
    settings = MemorySettings(rare_memory=160)
    table, identities = filings(5, 700)
    whole, pieces = Memory(settings), Memory(settings)
    at_once = whole.features(table, identities)
    told = []
    for start in range(0, 700, size):
        told.append(pieces.features(table[start : start + size], part(identities, slice(start, start + size))))
        pieces = Memory.load(pieces.dump())
    np.testing.assert_array_equal(at_once, np.vstack(told))
    assert whole.dump() == pieces.dump()
    unbounded = Memory()
    assert (unbounded.features(table, identities)[:160] == at_once[:160])[~np.isnan(at_once[:160])].all()
    assert len(unbounded.dump()) > len(whole.dump())


def test_seals_and_loads_that_never_come_again_take_no_more_room_after_a_while() -> None:
    memory, sizes = Memory(MemorySettings(rare_memory=1_600)), []
    for batch in range(12):
        table, identities = filings(batch, 1_000)
        memory.features(table, seals(identities, 1_000 * batch))
        sizes.append(len(memory.dump()))
    assert sizes[1] > 1.25 * sizes[0]
    # All that is left to grow are combinations of the parties, which were not all met at once.
    assert sizes[11] < 1.35 * sizes[5]
    kept = Memory()
    for batch in range(12):
        table, identities = filings(batch, 1_000)
        kept.features(table, seals(identities, 1_000 * batch))
    assert len(kept.dump()) > 3 * sizes[11]


def test_a_seal_that_comes_again_in_time_is_a_seal_used_again_and_an_examined_load_is_never_forgotten() -> None:
    memory = Memory(MemorySettings(rare_memory=320))
    first, identities = filings(1, 1)
    memory.features(first, seals(identities, 9))
    memory.learn(first, seals(identities, 9), Outcomes.of([1]))
    filler, parties = filings(2, 300)
    memory.features(filler, seals(parties, 1_000))
    soon = Memory.load(memory.dump()).features(first, seals(identities, 9))
    filler, parties = filings(3, 300)
    memory.features(filler, seals(parties, 2_000))
    late = memory.features(first, seals(identities, 9))
    assert soon[0, INDEX["seal.reuse"]] == pytest.approx(np.log(2.0), rel=1e-3)
    assert late[0, INDEX["seal.reuse"]] == 0.0
    assert late[0, INDEX["content.examined"]] > 0.5


def test_a_memory_of_the_format_before_is_read_and_forgets_nothing_at_once() -> None:
    memory = Memory()
    table, identities = filings(1, 300)
    memory.features(table, identities)
    with np.load(io.BytesIO(memory.dump())) as archive:
        arrays = {name: archive[name] for name in archive.files}
    arrays["format"] = np.array([2], np.int64)
    arrays["settings"] = np.frombuffer(b'{"rare_memory":320}', np.uint8)
    arrays["pairs_state"] = arrays["pairs_state"][:, :4]
    arrays["seals_state"] = arrays["seals_state"][:, :11]
    old = io.BytesIO()
    np.savez(old, allow_pickle=False, **arrays)
    read = Memory.load(old.getvalue())
    more, others = filings(2, 300)
    np.testing.assert_array_equal(read.features(more, others), memory.features(more, others))


@pytest.mark.parametrize("damage", [b"", b"PK not an archive", taught(rows=20).dump()[:200]])
def test_what_is_not_a_memory_is_refused(damage: bytes) -> None:
    with pytest.raises(ValueError, match="not a memory"):
        Memory.load(damage)


def test_a_row_knows_nothing_of_what_comes_after_it() -> None:
    table, identities = filings(5, 200)
    alone = Memory().features(table[:100], part(identities, slice(0, 100)))
    followed = Memory().features(table, identities)[:100]
    assert alone.tobytes() == followed.tobytes()


def test_an_outcome_changes_features_only_after_it_is_learnt() -> None:
    table, identities = filings(6, 200)
    first, second = slice(0, 100), slice(100, 200)
    with_hits, without = Memory(), Memory()
    before = [m.features(table[first], part(identities, first)) for m in (with_hits, without)]
    assert before[0].tobytes() == before[1].tobytes()
    with_hits.learn(table[first], part(identities, first), Outcomes.of(np.ones(100)))
    without.learn(table[first], part(identities, first), Outcomes.of(np.zeros(100)))
    after = [m.features(table[second], part(identities, second)) for m in (with_hits, without)]
    shift = INDEX["importer.shift"]
    assert np.nanmean(after[0][:, shift]) > np.nanmean(after[1][:, shift])


def test_an_examination_without_result_teaches_nothing() -> None:
    memory, untouched = taught(), taught()
    table, identities = filings(7, 50)
    memory.learn(table, identities, Outcomes.of(np.full(50, -1)))
    assert memory.dump() == untouched.dump()


def test_an_override_teaches_less() -> None:
    table, identities = filings(8, 50)
    plain, overridden = Memory(), Memory()
    plain.learn(table, identities, Outcomes.of(np.ones(50)))
    overridden.learn(table, identities, Outcomes.of(np.ones(50), by_override=np.ones(50)))
    shifts = [m.features(table, identities)[:, INDEX["importer.shift"]] for m in (plain, overridden)]
    assert np.nanmean(shifts[0]) > np.nanmean(shifts[1]) > 0


def test_the_order_of_outcomes_within_a_time_does_not_matter_much() -> None:
    # Findings that come late are faded to the same moment, in whatever order they come.
    table, identities = filings(9, 60)
    forward, backward = Memory(), Memory()
    hits = np.arange(60) % 2 == 0
    for i in range(60):
        forward.learn(table[i : i + 1], part(identities, slice(i, i + 1)), Outcomes.of(hits[i : i + 1]))
    for i in reversed(range(60)):
        backward.learn(table[i : i + 1], part(identities, slice(i, i + 1)), Outcomes.of(hits[i : i + 1]))
    later, theirs = filings(10, 40)
    shift = [i for name, i in INDEX.items() if name.endswith(".shift")]
    ahead = forward.features(later, theirs)[:, shift]
    behind = backward.features(later, theirs)[:, shift]
    np.testing.assert_allclose(ahead, behind, rtol=1e-5, atol=1e-6)


def test_an_absent_party_has_no_features_and_the_names_are_as_many_as_the_columns() -> None:
    table, identities = filings(11, 20)
    identities["importer"][:] = 0
    features = Memory().features(table, identities)
    assert features.shape == (20, len(FEATURES))
    assert np.isnan(features[:, INDEX["importer.shift"]]).all()
    assert not np.isnan(features[:, INDEX["filing.value"]]).any()


def test_identities_must_be_as_many_as_rows() -> None:
    table, identities = filings(12, 20)
    identities["driver"] = identities["driver"][:5]
    with pytest.raises(ValueError, match="driver"):
        Memory().features(table, identities)


def test_codes_hash_alike_on_every_machine() -> None:
    from aforo.risk.columns import code_hashes

    expected = int.from_bytes(hashlib.blake2b(b"870829", digest_size=8).digest(), "little") | 1
    assert code_hashes(pl.Series(["870829", None, ""])).tolist() == [expected, 0, 0]
