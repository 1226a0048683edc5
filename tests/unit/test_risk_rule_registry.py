"""The stages of rules, and who may take them from one to the next."""

from __future__ import annotations

import msgspec
import pytest

from aforo.domain.event import ArtefactPromoted, Payload, Stage
from aforo.risk.rules import Band, Reasons, Registry, RuleDocument, RuleError

RULE = RuleDocument(
    id="heavy",
    version="1",
    condition="gross_mass_kg > 25000",
    reason=Reasons("Heavy.", "Pesado."),
    public_reason=Reasons("Weight check.", "Control de peso."),
    author="Ana",
    source="assumed",
    band=(Band(0.0, contraband=0.5),),
)
SECOND = msgspec.structs.replace(RULE, version="2", condition="gross_mass_kg > 30000")


def after(*steps: tuple[RuleDocument, Stage, str]) -> tuple[Registry, list[Payload]]:
    registry, events = Registry(), []
    for document in dict.fromkeys(step[0] for step in steps) or [RULE]:
        event = registry.register(document)
        assert event is not None
        registry.apply(event)
        events.append(event)
    for document, stage, approver in steps:
        promoted = registry.promote(document, stage, approver, "It is wrong." if stage == "rolled_back" else "")
        registry.apply(promoted)
        events.append(promoted)
    return registry, events


def test_a_rule_goes_from_draft_over_shadow_to_active_and_is_rolled_back() -> None:
    registry, _ = after()
    assert registry.find("heavy").stage == "draft"
    registry, _ = after((RULE, "shadow", "Berta"))
    assert [v.version for v in registry.shadow()] == ["1"]
    assert registry.active() == []
    registry, _ = after((RULE, "shadow", "Berta"), (RULE, "active", "Berta"))
    assert [v.version for v in registry.active()] == ["1"]
    assert registry.shadow() == []
    registry, _ = after((RULE, "shadow", "Berta"), (RULE, "active", "Berta"), (RULE, "rolled_back", "Ana"))
    assert registry.active() == []
    assert registry.find("heavy").stage == "rolled_back"


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        ([], "active"),
        ([], "rolled_back"),
        (["shadow"], "shadow"),
        (["shadow", "active"], "shadow"),
        (["shadow", "active", "rolled_back"], "active"),
    ],
)
def test_no_step_is_left_out(steps: list[Stage], wanted: Stage) -> None:
    registry, _ = after(*[(RULE, step, "Berta") for step in steps])
    with pytest.raises(RuleError) as refused:
        registry.promote(RULE, wanted, "Berta")
    assert refused.value.code in ("step_not_allowed", "rule_unknown")


@pytest.mark.parametrize("person", ["Ana", "ana", " ANA ", ""])
def test_an_author_does_not_approve(person: str) -> None:
    registry, _ = after()
    with pytest.raises(RuleError):
        registry.promote(RULE, "shadow", person)


def test_a_named_approver_is_the_only_one() -> None:
    named = msgspec.structs.replace(RULE, approver="Carla")
    registry = Registry()
    event = registry.register(named)
    assert event is not None
    registry.apply(event)
    with pytest.raises(RuleError, match="names Carla"):
        registry.promote(named, "shadow", "Berta")
    registry.promote(named, "shadow", "carla")


def test_a_new_version_replaces_the_old_one_and_its_roll_back_restores_it() -> None:
    steps = [
        (RULE, "shadow", "Berta"),
        (RULE, "active", "Berta"),
        (SECOND, "shadow", "Berta"),
        (SECOND, "active", "Berta"),
    ]
    registry, _ = after(*steps)
    assert [v.version for v in registry.active()] == ["2"]
    assert registry.stage_of(registry.find("heavy", "1")) == "superseded"
    registry, _ = after(*steps, (SECOND, "rolled_back", "Ana"))
    assert [v.version for v in registry.active()] == ["1"]
    assert registry.stage_of(registry.find("heavy", "1")) == "active"


def test_a_version_keeps_its_text() -> None:
    registry, _ = after()
    assert registry.register(RULE) is None
    with pytest.raises(RuleError, match="new version"):
        registry.register(msgspec.structs.replace(RULE, condition="gross_mass_kg > 1"))
    with pytest.raises(RuleError, match="another text"):
        registry.promote(msgspec.structs.replace(RULE, condition="gross_mass_kg > 1"), "shadow", "Berta")
    with pytest.raises(RuleError, match="not registered"):
        registry.find("other")


def test_the_registry_is_what_the_events_say() -> None:
    _, events = after((RULE, "shadow", "Berta"), (RULE, "active", "Berta"), (SECOND, "shadow", "Carla"))
    again = Registry.of(events)
    assert [v.version for v in again.active()] == ["1"]
    assert [v.version for v in again.shadow()] == ["2"]
    stray = ArtefactPromoted(kind="rule", name="heavy", hash="0", stage="active", approver="x")
    other = ArtefactPromoted(kind="model", name="heavy", hash=RULE.hash(), stage="active", approver="x")
    assert Registry.of([*events, stray, other]).active() == again.active()
