"""A truck with people that two officers released has left, in the life-safety place too, as soon as they did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest
from dock_scene import words
from ordered import sent
from playwright.sync_api import expect

from aforo.flow.alert_watch import Watch

if TYPE_CHECKING:
    from conftest import Consoles
    from listening import Listening

FIND = {"act": "find", "finding": "f", "part": "load", "threat": "people", "what": "Two people", "severity": 10}
CLOSE = {"act": "close", "outcome": "violation", "threat": "people", "severity": 10, "seen": 90}


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_truck_with_people_that_officers_released_is_told_to_have_left(
    consoles: Consoles, served: Listening, lang: Literal["en", "es"]
) -> None:
    own, port, cases = f"freed-{lang}", words(lang, "port"), words(lang, "cases")
    sent(served, own)
    begin = {"act": "begin", "examination": "secondary", "bridge": "wtb", "dock": "3"}
    for said in (begin, FIND, CLOSE):
        made = served.as_("officer").post(f"/v1/crossings/{own}/examinations/e", json=said)
        assert made.status_code == 200, made.text
    Watch(served.log).look()
    page = consoles.open("/port/world-trade", "officer", lang)
    found = page.locator("#port-holds [data-alert]").filter(has_text=own)
    expect(found).to_contain_text(port["found_held"])
    second = served.second(served.as_("officer"), own, "Eva", examination="release")
    release = {"examination": "release", "reason": "All are cared for."}
    answer = served.as_("officer").post(f"/v1/crossings/{own}/override", json=release, headers=second)
    assert answer.status_code == 200, answer.text
    expect(found).to_contain_text(cases["left_released"])
    expect(found).to_contain_text(cases["left_dock"].format(dock="3"))
    for wrong in (port["found_held"], port["found_nowhere"], {"en": "Keep the truck", "es": "No deje ir"}[lang]):
        expect(found).not_to_contain_text(wrong)
