"""The page of the docks in a browser: its sentences, an examination there, and what the server has recorded of it."""

from __future__ import annotations

import io
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from device import until
from PIL import Image
from playwright.sync_api import expect

if TYPE_CHECKING:
    from conftest import Consoles
    from listening import Listening
    from playwright.sync_api import FilePayload, Page

MESSAGES = Path(__file__).resolve().parents[1] / "web" / "messages"


def photo() -> FilePayload:
    """A photo as a telephone takes it, with what that says of itself."""
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


def record(served: Listening, own: str) -> dict[str, Any] | None:
    """The first record of a crossing, where there is one."""
    return next(iter(records(served, own)), None)


def taken_back(page: Page, lang: str = "en", why: str = "") -> None:
    """Answer the question whether an entry is withdrawn, with its usual reason or another one."""
    dialog = page.get_by_role("dialog")
    if why:
        dialog.get_by_label(words(lang, "cases")["reason"], exact=True).fill(why)
    dialog.get_by_role("button", name=words(lang)["withdraw_now"]).click()
    dialog.wait_for(state="detached")


def closed(page: Page, served: Listening, own: str) -> dict[str, Any]:
    """The record of a crossing once it is closed."""
    return until(page, lambda: records(served, own), lambda made: made and made[0]["outcome"])[0]


def at_dock(consoles: Consoles, own: str, *, clock: bool = False) -> Page:
    """The page of the docks, of an officer in a browser of their own, once a truck may begin there; with a clock that
    the test moves."""
    page = consoles.context("officer").new_page()
    if clock:
        page.clock.install()
    page.goto(f"{consoles.served.address}/console/dock/world-trade")
    expect(page.get_by_role("button", name=f"Begin with {own}", exact=True)).to_be_visible(timeout=15_000)
    return page


def begin(page: Page, own: str) -> None:
    """Begin the examination of a truck, at the docks in English."""
    page.get_by_role("button", name=f"Begin with {own}", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Begin").click()
    expect(page.locator("h1")).to_contain_text(own, timeout=15_000)


def finish(page: Page, outcome: str) -> None:
    """Close the record with an outcome, in English."""
    page.get_by_role("button", name=outcome).click()
    page.get_by_role("button", name="Finish", exact=True).click()
    page.get_by_role("button", name="Finish the examination").click()
