"""A mistake at the booth is marked once it was said why: no touch by chance marks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import pytest
from conftest import TABLET
from dock_scene import words
from ordered import sent
from playwright.sync_api import expect

if TYPE_CHECKING:
    from conftest import Consoles
    from listening import Listening

Axe = Callable[..., list[str]]


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_mistake_is_marked_with_its_reason_and_not_by_one_touch(
    consoles: Consoles, axe: Axe, served: Listening, lang: Literal["en", "es"]
) -> None:
    own, say = f"mistake-{lang}", words(lang, "booth")
    sent(served, own)
    page = consoles.open("/booth/world-trade", "officer", lang, viewport=TABLET)
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=own))
    opener = row.get_by_role("button", name=say["mistake_of"].format(truck=own))
    dialog = page.get_by_role("dialog")
    opener.click()
    expect(dialog).to_contain_text(say["mistake_about"])
    assert axe(page, within="dialog[open]") == []
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    acts = served.as_("officer").get("/v1/bridges/world-trade/booth").json()["acts"]
    assert not next(each for each in acts if each["crossing_id"] == own)["mistaken"]
    opener.click()
    dialog.get_by_role("button", name=say["mistake_did_not_come"]).click()
    expect(row).to_contain_text(say["marked_as"].format(why=say["mistake_did_not_come"]))
    acts = served.as_("officer").get("/v1/bridges/world-trade/booth").json()["acts"]
    assert next(each for each in acts if each["crossing_id"] == own)["mistaken"] == "did_not_come"
