"""Pictures of what a test sees, for who wants to look at them: kept where the environment's AFORO_PICTURES names a
folder for them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


def picture(seen: Page | Locator, name: str) -> None:
    """Keep what a part of a page looks like, or a page in its window."""
    if folder := os.environ.get("AFORO_PICTURES"):
        seen.screenshot(path=str(Path(folder) / f"{name}.png"))


def whole_picture(page: Page, name: str) -> None:
    """Keep what a whole page looks like, with what lies beyond its window."""
    if folder := os.environ.get("AFORO_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
