"""`aforo rules` on a real log: drafts, shadow, approval by a second person, roll-back, and the impact of a draft."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from journeys import Post
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.domain.declaration import ENTITY_KINDS
from aforo.intake import declarations
from aforo.log.keys import KeyStore
from aforo.log.store import Log
from aforo.risk import artefacts
from aforo.risk.features import FEATURES
from aforo.risk.learning import fit
from aforo.risk.memory import Memory, Outcomes
from aforo.risk.rules.recorded import RecordedRules
from aforo.routing import policy as policies

WHY = ("--reason", "It stops too many.")
DRAFT = """
id = "heavy-and-cheap"
version = "1"
condition = "gross_mass_kg > 5000 and value_usd < 2000"
author = "Ana"
source = "assumed"
reason = {en = "Heavy and cheap.", es = "Pesado y barato."}
public_reason = {en = "The value has to be documented.", es = "Hay que documentar el valor."}
[[band]]
from = 0.0
misdeclaration = 3.0
"""


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    path = tmp_path / "draft.toml"
    path.write_text(DRAFT)
    return path


@pytest.fixture
def at(tmp_path: Path) -> list[str]:
    return ["--store", str(tmp_path / "log.sqlite"), "--keys", str(tmp_path / "keys.sqlite")]


@pytest.fixture(autouse=True)
def no_other_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no store is named, there is none."""
    monkeypatch.setenv("AFORO_STORE", str(tmp_path / "absent.sqlite"))


def run(*arguments: str) -> tuple[int, str]:
    made = CliRunner().invoke(complete_app(), ["rules", *arguments], env={"LANG": "C", "LC_ALL": "C"})
    return made.exit_code, made.output


def stages(at: list[str]) -> dict[str, str]:
    code, text = run("list", "--json", *at)
    assert code == 0
    return {f"{each['rule']['id']}@{each['rule']['version']}": each["stage"] for each in json.loads(text)}


def test_listing_makes_no_store(at: list[str]) -> None:
    assert stages(at)["empty-but-heavy@1"] == "active"
    assert not Path(at[1]).exists()


def test_a_rule_is_added_shadowed_approved_and_rolled_back(draft: Path, at: list[str]) -> None:
    assert run("add", str(draft), "--by", "Ana", *at)[0] == 0
    assert "already" in run("add", str(draft), "--by", "Ana", *at)[1]
    assert stages(at)["heavy-and-cheap@1"] == "draft"
    assert run("promote", "heavy-and-cheap", "--to", "active", "--by", "Berta", *at)[0] == 2
    code, text = run("promote", "heavy-and-cheap", "--to", "shadow", "--by", "Ana", *at)
    assert code == 2
    assert "cannot approve" in text
    assert run("promote", "heavy-and-cheap", "--to", "shadow", "--by", "Berta", *at)[0] == 0
    code, text = run("promote", "heavy-and-cheap@1", "--to", "active", "--by", "Berta", "--lang", "es", *at)
    assert (code, "activa" in text) == (0, True)
    assert stages(at)["heavy-and-cheap@1"] == "active"
    assert run("rollback", "heavy-and-cheap", "--by", "Ana", "--reason", " ", *at)[0] == 2
    assert run("rollback", "heavy-and-cheap", "--by", "Ana", *WHY, *at)[0] == 0
    assert run("rollback", "empty-but-heavy", "--by", "Ana", *WHY, *at)[0] == 0
    assert stages(at)["heavy-and-cheap@1"] == stages(at)["empty-but-heavy@1"] == "rolled_back"


def test_what_is_in_force_follows_the_log(draft: Path, at: list[str]) -> None:
    run("add", str(draft), "--by", "Ana", *at)
    run("promote", "heavy-and-cheap", "--to", "shadow", "--by", "Berta", *at)
    run("rollback", "night-filing-empty", "--by", "Ana", *WHY, *at)
    with Log.open(f"sqlite:///{at[1]}", KeyStore(at[3])) as log:
        rules = RecordedRules(log).in_force()
        stream = [stored.event.version for stored in log.stream("rule/heavy-and-cheap")]
    assert [rule.code for rule in rules.shadow] == ["heavy-and-cheap@1"]
    assert "night-filing-empty" not in {rule.id for rule in rules.active}
    assert len(rules.active) == 4
    assert stream == [1, 2]


def test_a_version_cannot_be_registered_with_another_text(draft: Path, at: list[str]) -> None:
    run("add", str(draft), "--by", "Ana", *at)
    draft.write_text(DRAFT.replace("5000", "6000"))
    code, text = run("add", str(draft), "--by", "Ana", *at)
    assert code == 2
    assert "new version" in text


def test_check_says_what_is_wrong(draft: Path) -> None:
    assert run("check", str(draft))[0] == 0
    draft.write_text(DRAFT.replace("value_usd < 2000", "driver_id == 'X'"))
    code, text = run("check", str(draft))
    assert code == 1
    assert "personal" in text
    assert run("check", str(draft.with_name("absent.toml")))[0] == 2


@pytest.fixture
def history(tmp_path: Path) -> tuple[Path, Path]:
    """400 declarations, and a selection of them with flat scores but for forty."""
    random = np.random.default_rng(4)
    columns = "declaration_id,filed_at,port,gross_mass_kg,value_usd,origin,trade_programme,examined,outcome"
    lines, selected = [columns], []
    for number in range(400):
        cheap = number % 20 == 0
        at = datetime(2026, 1, 1 + number // 20, 14, number % 20, tzinfo=UTC).isoformat()
        outcome = int(random.random() < (0.5 if cheap else 0.02))
        lines.append(f"D{number},{at},2304,{9000 if cheap else 900},{1000 if cheap else 90000},MX,none,1,{outcome}")
        probability = 0.2 if number % 10 == 5 else 0.01
        threats = {"misdeclaration": {"probability": probability, "base": -4.6, "evidence": []}}
        selected.append(json.dumps({"declaration_id": f"D{number}", "threats": threats, "basis": None}))
    path, selection = tmp_path / "history.csv", tmp_path / "selection.ndjson"
    path.write_text("\n".join(lines) + "\n")
    selection.write_text("\n".join(selected) + "\n")
    return path, selection


def test_the_impact_of_a_draft_on_history(draft: Path, history: tuple[Path, Path]) -> None:
    path, selection = history
    code, text = run("impact", str(draft), str(path), "--selections", str(selection), "--rate", "0.1", "--json")
    assert code == 0, text
    made = json.loads(text)
    assert (made["crossings"], made["fired"], made["examined"]) == (400, 20, 40)
    assert made["added"] == made["removed"] == 0
    code, text = run("impact", str(draft), str(path), "--selections", str(selection), "--rate", "0.15", "--json")
    made = json.loads(text)
    assert made["added"] == made["removed"] == 18  # two of the twenty stood among the equal ones that were examined
    assert made["gained_finds"] > made["lost_finds"]
    assert made["fired_precision"]["value"] > 0.2


def test_the_impact_without_scores_says_only_where_it_fires(draft: Path, history: tuple[Path, Path]) -> None:
    code, text = run("impact", str(draft), str(history[0]))
    assert code == 0
    assert "fired on 20 of 400" in text
    assert "Without scores" in text


def test_the_impact_refuses_a_selection_of_another_history(draft: Path, history: tuple[Path, Path]) -> None:
    path, selection = history
    selection.write_text("\n".join(selection.read_text().splitlines()[:10]) + "\n")
    code, text = run("impact", str(draft), str(path), "--selections", str(selection))
    assert (code, "390 of 400" in text) == (2, True)
    selection.write_text("not a line\n")
    assert run("impact", str(draft), str(path), "--selections", str(selection))[0] == 2


def test_the_impact_with_the_scores_of_a_model(draft: Path, history: tuple[Path, Path], tmp_path: Path) -> None:
    keys = tmp_path / "keys.sqlite"
    (batch,) = declarations.read(history[0])
    key_store = KeyStore(keys)
    identities = {kind: key_store.identity_hashes(kind, batch.table[f"{kind}_id"].to_list()) for kind in ENTITY_KINDS}
    key_store.close()
    memory = Memory()
    memory.features(batch.table, identities)
    model = tmp_path / "model"
    nothing = np.zeros((0, len(FEATURES)), dtype=np.float32)
    artefacts.save(model, fit(nothing, Outcomes.of([]), np.zeros(0)), memory)
    code, text = run("impact", str(draft), str(history[0]), "-m", str(model), "--keys", str(keys), "--rate", "0.05")
    assert code == 0, text
    assert "fired on 20 of 400" in text
    assert "same 20 examinations it would have added 20 selections and removed 20" in text
    assert "may have learnt from this history" in text
    assert run("impact", str(draft), str(history[0]), "-m", str(tmp_path / "absent"))[0] == 2


def written(tmp_path: Path, rows: list[dict[str, Any]], probability: float = 0.01) -> tuple[Path, Path]:
    """A history of light and dear goods unless a row says otherwise, and a selection of it with flat scores."""
    plain = {
        "filed_at": "2026-01-01T14:00:00+00:00", "port": "2304", "gross_mass_kg": 900.0, "value_usd": 90_000.0,
        "packages": 9.0, "origin": "MX", "seal_id": "S", "amends": None, "action": None,
        "examined": None, "propensity": None, "outcome": None,
    }  # fmt: skip
    made = [{"declaration_id": f"D{number}"} | plain | row for number, row in enumerate(rows)]
    path, selection = tmp_path / "history.csv", tmp_path / "selection.ndjson"
    pl.DataFrame(made, infer_schema_length=None).write_csv(path)
    threats = {"misdeclaration": {"probability": probability, "base": -4.6, "evidence": []}}
    lines = [json.dumps({"declaration_id": row["declaration_id"], "threats": threats}) for row in made]
    selection.write_text("\n".join(lines) + "\n")
    return path, selection


FIRES = {"gross_mass_kg": 9_000.0, "value_usd": 1_000.0}


def impact_of(draft: Path, *arguments: str | Path) -> dict[str, Any]:
    code, text = run("impact", str(draft), *map(str, arguments), "--json")
    assert code == 0, text
    made: dict[str, Any] = json.loads(text)
    return made


def test_what_was_not_examined_is_unknown_and_what_was_weighs_by_its_chance(draft: Path, tmp_path: Path) -> None:
    unseen = [FIRES | {"examined": 0, "outcome": 0}] * 95
    chosen = [FIRES | {"examined": 1, "outcome": int(i < 3)} for i in range(5)]
    made = impact_of(draft, written(tmp_path, unseen + chosen)[0])
    assert made["base_rate"]["value"] == made["fired_precision"]["value"] == 0.6
    drawn = [FIRES | {"examined": 1, "outcome": 0, "propensity": 0.05}]
    made = impact_of(draft, written(tmp_path, unseen + chosen + drawn)[0])
    assert made["base_rate"]["value"] == pytest.approx(3 / 25)


def test_only_what_stands_counts(draft: Path, tmp_path: Path) -> None:
    rows = [
        {"declaration_id": "a", **FIRES, "examined": 1, "outcome": 1},
        {"declaration_id": "a2", "amends": "a", "action": "replace"},
        {"declaration_id": "b", **FIRES, "examined": 1, "outcome": 1},
        {"declaration_id": "b2", **FIRES, "amends": "b", "action": "cancel"},
        {"declaration_id": "c"},
        {"declaration_id": "c2", **FIRES, "amends": "c", "action": "replace", "examined": 1, "outcome": 0},
        *[{"declaration_id": f"d{i}"} for i in range(8)],
    ]
    path, selection = written(tmp_path, rows)
    made = impact_of(draft, path, "--selections", selection, "--rate", "0.1")
    assert (made["crossings"], made["fired"], made["added"]) == (10, 1, 1)
    # The find is the crossing's, whichever declaration bears it; that of the cancelled one is nobody's.
    assert made["base_rate"]["value"] == 0.5


WATCHED = """
id = "watched-seal"
version = "1"
condition = "seal_id == 'WATCHED'"
author = "Ana"
source = "assumed"
mandatory = true
examination = "joint"
reason = {en = "The seal is on the list.", es = "El candado está en la lista."}
public_reason = {en = "The seal has to be verified.", es = "Hay que verificar el candado."}
"""


def test_a_draft_is_compared_with_what_is_in_force(draft: Path, tmp_path: Path, at: list[str]) -> None:
    """What is mandatory anyway leaves no room for the draft, and another version of it is replaced."""
    path, selection = written(tmp_path, [FIRES] * 2 + [{"seal_id": "WATCHED"}] * 2 + [{}] * 16)
    given = (path, "--selections", selection, "--rate", "0.1")
    made = impact_of(draft, *given)
    assert (made["added"], made["removed"]) == (0, 0)  # of equal values the first are examined anyway
    rows = [{}] * 4 + [FIRES] * 2 + [{"seal_id": "WATCHED"}] * 2 + [{}] * 12
    path, selection = written(tmp_path, rows)
    made = impact_of(draft, *given)
    assert (made["added"], made["removed"]) == (2, 2)
    assert "that ship with the product" in made["words"][-1]["en"]
    for name, text in (("watched", WATCHED), ("before", DRAFT)):
        file = tmp_path / f"{name}.toml"
        file.write_text(text)
        run("add", str(file), "--by", "Ana", *at)
    for step in ("shadow", "active"):
        run("promote", "watched-seal", "--to", step, "--by", "Berta", *at)
    made = impact_of(draft, *given, *at)
    assert (made["added"], made["removed"]) == (0, 0)
    assert at[1] in made["words"][-1]["en"]
    run("rollback", "watched-seal", "--by", "Berta", *WHY, *at)
    for step in ("shadow", "active"):
        run("promote", "heavy-and-cheap", "--to", step, "--by", "Berta", *at)
    made = impact_of(draft, *given, *at)
    assert (made["fired"], made["added"], made["removed"]) == (2, 0, 0)
    draft.write_text(DRAFT.replace('version = "1"', 'version = "2"').replace("= 3.0", "= -3.0"))
    made = impact_of(draft, *given, *at)
    assert (made["rule"], made["added"], made["removed"]) == ("heavy-and-cheap@2", 2, 2)


def test_a_draft_that_fails_on_history_says_so(draft: Path, tmp_path: Path) -> None:
    draft.write_text(DRAFT.replace("value_usd < 2000", "value_usd / packages < 100"))
    path, _ = written(tmp_path, [FIRES | {"packages": 0.0}] * 3 + [FIRES | {"packages": 50.0}, {}])
    made = impact_of(draft, path)
    assert (made["fired"], made["failed"]) == (1, 3)
    code, text = run("impact", str(draft), str(path))
    assert (code, "failed on 3 of the 5 crossings" in text) == (0, True)


def test_the_policy_in_force_is_the_logs(draft: Path, post: Post, tmp_path: Path) -> None:
    """A policy that holds every truck for lives leaves nothing for a draft to change."""
    rows = [{}] * 4 + [FIRES] * 2 + [{}] * 14
    path, selection = written(tmp_path, rows)
    threats = {"people": {"probability": 0.2, "base": -1.4, "evidence": []}, "misdeclaration": {
        "probability": 0.01, "base": -4.6, "evidence": []}}  # fmt: skip
    lines = [json.dumps({"declaration_id": f"D{i}", "threats": threats}) for i in range(len(rows))]
    selection.write_text("\n".join(lines) + "\n")
    given = (path, "--selections", selection, "--rate", "0.1", "--store", post.store)
    with post.node():
        pass
    held_from = policies.parse(policies.default_document()).people.hold_from.probability
    assert held_from > 0.2
    assert impact_of(draft, *given)["added"] == 2
    document = policies.default_document().replace(f"probability = {held_from}".encode(), b"probability = 0.1")
    with post.node(policy=document):
        pass
    assert impact_of(draft, *given)["added"] == 0


def test_a_history_of_which_nothing_stands_is_told_as_empty(draft: Path, tmp_path: Path) -> None:
    path, selection = written(tmp_path, [FIRES, FIRES | {"amends": "D0", "action": "cancel"}])
    made = impact_of(draft, path, "--selections", selection)
    assert (made["crossings"], made["fired"], made["base_rate"]["value"]) == (0, 0, None)
