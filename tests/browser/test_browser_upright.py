"""A tablet that is held upright: no column of the handover is beyond the edge of its part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest
from dock_scene import words
from ordered import sent
from playwright.sync_api import ViewportSize, expect

from aforo.flow.alert_watch import Watch

if TYPE_CHECKING:
    from conftest import Consoles
    from listening import Listening

UPRIGHT: ViewportSize = {"width": 768, "height": 1024}
#: What lies beyond the right edge of the part that it is in.
BEYOND = """() => [...document.querySelectorAll('.sheet .part *')]
  .filter((each) => each.checkVisibility() && !each.closest('.unseen'))
  .filter((each) => each.getBoundingClientRect().right > each.closest('.part').getBoundingClientRect().right + 1)
  .map((each) => `${each.tagName} ${each.textContent.slice(0, 60)}`)"""


@pytest.mark.parametrize("lang", ["en", "es"])
def test_when_an_alert_is_due_and_whose_it_is_can_be_read_on_an_upright_tablet(
    consoles: Consoles, served: Listening, lang: Literal["en", "es"]
) -> None:
    own = f"MXCA-DEMO-0000001234-{lang}"
    sent(served, own)
    acts = (
        {"act": "begin", "examination": "secondary", "bridge": "wtb", "dock": "3"},
        {"act": "find", "finding": "f", "part": "load", "threat": "contraband", "what": "Packages", "severity": 7},
    )
    for said in acts:
        made = served.as_("officer").post(f"/v1/crossings/{own}/examinations/e", json=said)
        assert made.status_code == 200, made.text
    Watch(served.log).look()
    page = consoles.open("/handover/world-trade", "supervisor", lang, viewport=UPRIGHT)
    expect(page.locator(".sheet")).to_contain_text(own)
    expect(page.locator(".sheet").get_by_role("columnheader", name=words(lang, "handover")["due_head"])).to_be_visible()
    assert page.evaluate(BEYOND) == []
