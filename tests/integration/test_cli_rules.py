"""`aforo rules` on a real log: drafts, shadow, approval by a second person, roll-back, and the impact of a draft."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
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
    assert run("rollback", "heavy-and-cheap", "--by", "Ana", *at)[0] == 0
    assert run("rollback", "empty-but-heavy", "--by", "Ana", *at)[0] == 0
    assert stages(at)["heavy-and-cheap@1"] == stages(at)["empty-but-heavy@1"] == "rolled_back"


def test_what_is_in_force_follows_the_log(draft: Path, at: list[str]) -> None:
    run("add", str(draft), "--by", "Ana", *at)
    run("promote", "heavy-and-cheap", "--to", "shadow", "--by", "Berta", *at)
    run("rollback", "night-filing-empty", "--by", "Ana", *at)
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
    assert "same 20 examinations it would have added 19 selections and removed 19" in text
    assert "may have learnt from this history" in text
    assert run("impact", str(draft), str(history[0]), "-m", str(tmp_path / "absent"))[0] == 2
