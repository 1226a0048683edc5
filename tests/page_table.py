"""The console's own table of pages, as the tests read it from its source."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

SOURCE = Path(__file__).resolve().parents[1] / "web" / "src" / "app" / "pages.ts"


class Entry(NamedTuple):
    """A page: its path below /console, its name, and the action that it needs; `anyone` where it needs none."""

    path: str
    name: str
    action: str


def pages() -> list[Entry]:
    """Every page of the table, in its order."""
    text = SOURCE.read_text(encoding="utf-8")
    made = []
    for line in text[text.index("export const PAGES") :].splitlines():
        if (path := re.search(r"path: '([^']*)'", line)) is not None:
            name, action = re.search(r"name: '([\w-]+)'", line), re.search(r"action: (?:'(\w+)'|null)", line)
            assert name is not None, line
            assert action is not None, line
            made.append(Entry(path[1], name[1], action[1] or "anyone"))
    assert made
    return made
