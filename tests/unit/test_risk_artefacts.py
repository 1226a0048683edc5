"""The model folder: text and arrays, the same bytes every time, refused when damaged, without personal data."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from aforo.domain.declaration import ENTITY_KINDS
from aforo.domain.table import DECLARATION_SCHEMA, LABEL_SCHEMA
from aforo.domain.threat import THREATS
from aforo.risk import artefacts
from aforo.risk.artefacts import DamagedArtefactError
from aforo.risk.assess import assess
from aforo.risk.columns import crossing_keys
from aforo.risk.combiner import CombinerSettings, fit_combiner
from aforo.risk.evidence import WEIGHED
from aforo.risk.features import ENTITIES, FEATURES, INDEX
from aforo.risk.history import Lesson, learn_history, outcomes_of
from aforo.risk.memory import Outcomes
from aforo.risk.naming import named


def history(rows: int = 400) -> tuple[pl.DataFrame, dict[str, np.ndarray]]:
    """A made-up history with identifiers that must not be found in the folder."""
    rng = np.random.default_rng(1)
    columns: dict[str, object] = {
        "record": np.arange(1, rows + 1),
        "declaration_id": [f"DECLARATION{i}" for i in range(rows)],
        "filed_at": rng.permutation(rows) * 3_600_000_000 + 1_704_067_200_000_000,
        "filed_offset_minutes": np.full(rows, -360),
        "port": rng.choice(["2304", "2402"], rows),
        "hs6": rng.choice(["870829", "070200"], rows),
        "origin": rng.choice(["MX", "CN"], rows),
        "gross_mass_kg": rng.lognormal(8, 1, rows),
        "value_usd": rng.lognormal(10, 1, rows),
        **{f"{kind}_id": [f"PERSON{kind}{i}" for i in rng.integers(0, 30, rows)] for kind in ENTITIES},
    }
    table = pl.DataFrame(
        [
            pl.Series(name, columns[name]).cast(kind, strict=False)
            if name in columns
            else pl.Series(name, [None] * rows, dtype=kind)
            for name, kind in DECLARATION_SCHEMA.items()
        ]
    )

    def hashed(value: str | None) -> int:
        return 0 if value is None else int.from_bytes(hashlib.blake2b(value.encode(), digest_size=8).digest(), "little")

    identities = {
        kind: np.array([hashed(value) for value in table[f"{kind}_id"].to_list()], np.uint64) for kind in ENTITY_KINDS
    }
    return table, identities


def lesson(rows: slice | np.ndarray = slice(None)) -> Lesson:
    table, identities = history()
    found = np.random.default_rng(2).random(table.height) < 0.15
    order = np.arange(table.height)[rows]
    picked = {kind: column[order] for kind, column in identities.items()}
    return learn_history(table[order], picked, Outcomes.of(found[order]))


@pytest.fixture(scope="module")
def learnt() -> Lesson:
    return lesson()


def test_a_folder_is_read_back_whole(learnt: Lesson, tmp_path: Path) -> None:
    manifest = artefacts.save(tmp_path / "model", learnt.artefacts, learnt.memory)
    folder = artefacts.load(tmp_path / "model")
    assert folder.artefacts.hash == learnt.artefacts.hash == manifest.artefacts
    assert folder.memory().dump() == learnt.memory.dump()
    assert folder.manifest.training.rows == 400
    assert tuple(folder.manifest.training.features) == FEATURES
    made, again = (assess(learnt.features, each) for each in (learnt.artefacts, folder.artefacts))
    assert (made.log_odds == again.log_odds).all()
    assert made.exploration.tobytes() == again.exploration.tobytes()


def test_the_same_history_in_another_order_gives_the_same_bytes(learnt: Lesson, tmp_path: Path) -> None:
    shuffled = lesson(np.random.default_rng(3).permutation(400))
    for name, each in (("one", learnt), ("two", shuffled)):
        artefacts.save(tmp_path / name, each.artefacts, each.memory)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == ["combiner.json", "manifest.json", "memory.npz", "model.json"]
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


@pytest.mark.parametrize("file", ["model.json", "combiner.json", "memory.npz", "manifest.json"])
def test_a_damaged_or_missing_file_is_named(learnt: Lesson, tmp_path: Path, file: str) -> None:
    artefacts.save(tmp_path, learnt.artefacts, learnt.memory)
    whole = (tmp_path / file).read_bytes()
    middle = len(whole) // 2
    (tmp_path / file).write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    with pytest.raises(DamagedArtefactError, match=file):
        artefacts.load(tmp_path)
    (tmp_path / file).unlink()
    with pytest.raises(DamagedArtefactError, match=file):
        artefacts.load(tmp_path)


def test_the_folder_holds_no_identifier(learnt: Lesson, tmp_path: Path) -> None:
    artefacts.save(tmp_path, learnt.artefacts, learnt.memory)
    for path in tmp_path.iterdir():
        content = path.read_bytes()
        assert b"PERSON" not in content
        assert b"DECLARATION" not in content


def test_features_of_a_history_do_not_know_its_own_outcomes() -> None:
    table, identities = history()
    found, other = np.zeros(400), np.zeros(400)
    other[-1] = 1.0
    last = int(np.argmax(table["filed_at"].cast(pl.Int64).to_numpy()))
    other[:] = 0.0
    other[last] = 1.0
    one, two = (learn_history(table, identities, Outcomes.of(each)) for each in (found, other))
    assert one.features.tobytes() == two.features.tobytes()


def test_labels_of_a_history_are_what_was_examined() -> None:
    labels = pl.DataFrame(
        {
            "examined": [True, False, None, None],
            "propensity": [0.1, None, None, None],
            "outcome": [True, True, False, None],
            "threat": ["people", None, None, None],
            "severity": [None, None, None, None],
            "override": [True, None, False, None],
        },
        schema=LABEL_SCHEMA,
    )
    outcomes = outcomes_of(labels)
    assert outcomes.violation.tolist() == [1, -1, 0, -1]
    assert outcomes.propensity.tolist() == [0.1, 1.0, 1.0, 1.0]
    assert outcomes.threat.tolist() == [1, 3, 3, 3]
    assert outcomes.by_override.tolist() == [True, False, False, False]


def test_outcomes_of_a_crossing_come_back_together_after_its_last_declaration() -> None:
    table, identities = history(3)
    day = 86_400_000_000
    filed = pl.Series("filed_at", [0, day, 2 * day]).cast(pl.Datetime("us", "UTC"))
    table = table.with_columns(filed, pl.lit("I").alias("importer_id"))
    identities["importer"][:] = 5
    crossing = crossing_keys(["X", "X", "Y"])
    apart = learn_history(table, identities, Outcomes.of(np.ones(3)))
    together = learn_history(table, identities, Outcomes.of(np.ones(3)), crossing=crossing)
    shift = INDEX["importer.shift"]
    assert apart.features[1, shift] > 0.0
    assert together.features[1, shift] == 0.0
    assert together.features[2, shift] > 0.0
    assert together.memory.findings == 2


def test_what_an_officer_chose_has_no_part_in_the_base_rate() -> None:
    # A tenth is found of what was examined for certain; then officers' tips, all right, of trucks that were let go.
    found, tips = np.arange(600) % 10 == 0, np.ones(30, np.bool_)
    raw, chance = np.zeros((630, len(WEIGHED), len(THREATS)), np.int64), np.repeat([1.0, 0.005], [600, 30])
    hits, chosen, ones = np.append(found, tips), np.append(found & False, tips), np.ones(630)

    def base(rows: int, by_override: np.ndarray) -> list[int]:
        columns = (raw, hits, np.zeros(630, np.int64), chance, ones, ones, by_override, ones)
        return fit_combiner(*(column[:rows] for column in columns), CombinerSettings()).base

    assert base(630, chosen) == base(600, chosen)
    assert base(630, ~chosen & chosen)[0] > base(600, chosen)[0]


def test_every_feature_has_words_in_both_languages() -> None:
    for feature in FEATURES:
        text = named("model", feature)
        assert text.en != feature, feature
        assert text.es != feature, feature
