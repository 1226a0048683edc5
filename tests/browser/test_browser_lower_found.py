"""A truck in which something was found is only ever released: the console offers nothing in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest
from dock_scene import words
from ordered import sent
from playwright.sync_api import expect

if TYPE_CHECKING:
    from conftest import Consoles
    from listening import Listening


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_truck_in_which_something_was_found_is_lowered_to_a_release_alone(
    consoles: Consoles, served: Listening, lang: Literal["en", "es"]
) -> None:
    own, port, asks = f"found-{lang}", words(lang, "port"), words(lang, "port_dialogs")
    sent(served, own)
    found = {"crossing_id": own, "outcome": 1, "threat": "contraband", "severity": 5, "carried_out": "secondary"}
    assert served.as_("officer").post("/v1/outcomes", json=found).status_code == 200
    page = consoles.open(f"/crossing/{own}", "officer", lang)
    page.get_by_role("button", name=words(lang, "crossing")["lower"], exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(asks["lower_found"])).to_be_visible()
    expect(dialog.get_by_label(asks["lower_to"]).locator("option")).to_have_text([port["exam_release"]])
