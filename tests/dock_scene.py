"""Trucks at a dock, what is recorded of them, and the sentences of its page: for tests of the dock in a browser."""

from __future__ import annotations

import io
import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from journeys import truck
from PIL import Image

if TYPE_CHECKING:
    from listening import Listening
    from playwright.sync_api import Page

MESSAGES = Path(__file__).resolve().parents[1] / "web" / "messages"


def sent(served: Listening, own: str, order: str = "secondary") -> None:
    """A truck that an officer sends to the dock, and that stood at the booth."""
    assert served.carrier().post("/v1/filings", content=json.dumps(truck(own))).status_code == 200
    second = {"Second-Authorization": f"Bearer {served.token('supervisor', 'Second')}"}
    said = {"examination": order, "reason": "The seal differs."}
    made = served.as_("officer").post(f"/v1/crossings/{own}/override", json=said, headers=second)
    assert made.status_code == 200 or "override_changes_nothing" in made.text, made.text
    assert served.as_("officer").post("/v1/booth", json={"bridge": "wtb", "trip": own}).status_code == 200


def photo() -> dict[str, Any]:
    kept, tags = io.BytesIO(), Image.Exif()
    tags[0x010F] = "a telephone"
    Image.new("RGB", (320, 240), (60, 90, 160)).save(kept, "JPEG", exif=tags)
    return {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": kept.getvalue()}


def words(lang: str, page: str = "dock") -> dict[str, str]:
    """The sentences of the dock, or of another page or part, in one language."""
    found: dict[str, str] = tomllib.loads((MESSAGES / f"{page}.{lang}.toml").read_text(encoding="utf-8"))
    return found


def records(served: Listening, own: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = served.as_("officer").get(f"/v1/crossings/{own}/examination").json()["examinations"]
    return found


def taken_back(page: Page, lang: str = "en", why: str = "") -> None:
    """Answer the question whether an entry is withdrawn, with its usual reason or another one."""
    dialog = page.get_by_role("dialog")
    if why:
        dialog.get_by_label(words(lang, "cases")["reason"], exact=True).fill(why)
    dialog.get_by_role("button", name=words(lang)["withdraw_now"]).click()
    dialog.wait_for(state="detached")


def closed(page: Page, served: Listening, own: str) -> dict[str, Any]:
    """The record of a crossing once it is closed."""
    for _ in range(150):
        made = records(served, own)
        if made and made[0]["outcome"]:
            return made[0]
        page.wait_for_timeout(100)
    raise AssertionError(records(served, own))
