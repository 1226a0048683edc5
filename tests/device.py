"""A device with a page of the console: what is waited for there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from playwright.sync_api import Page

Seen = TypeVar("Seen")


def until(page: Page, look: Callable[[], Seen | None], enough: Callable[[Seen], object] = bool) -> Seen:
    """What is seen once it is enough: where nothing else is said, once it is anything. The page goes on meanwhile."""
    for _ in range(300):
        if (seen := look()) is not None and enough(seen):
            return seen
        page.wait_for_timeout(50)
    raise AssertionError(seen)


def kept_here(page: Page) -> None:
    """Wait until the device has the files of the console, so that a page can be opened without a connection."""
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
