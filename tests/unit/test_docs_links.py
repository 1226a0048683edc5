"""Every relative link of the documents in the repository leads to a file that a clone has, and to a heading in it."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import docs_reference  # noqa: E402

LINK = re.compile(r"\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def tracked(*patterns: str) -> list[str]:
    """The paths that git has, or would add: what a clone holds."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", *patterns]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


FILES = set(tracked())
PAGES = sorted(page for page in FILES if page.endswith(".md"))


@cache
def anchors(page: str) -> set[str]:
    """The anchors that a page's headings have, as the site and forges make them."""
    text = re.sub(r"^```.*?^```", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    found: set[str] = set()
    for heading in re.findall(r"^#+ (.+?)\s*$", text, re.MULTILINE):
        plain = re.sub(r"[^\w\s-]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)).strip().lower()
        found |= {re.sub(r"\s", "-", plain), re.sub(r"[-\s]+", "-", plain)}
    return found


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    text = CODE.sub("", (ROOT / page).read_text(encoding="utf-8"))
    missing = []
    for link in LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = page if not path else str((ROOT / page).parent.joinpath(path).resolve().relative_to(ROOT))
        folder = any(file.startswith(f"{target}/") for file in FILES)
        if (target not in FILES and not folder) or (
            anchor and target.endswith(".md") and anchor not in anchors(target)
        ):
            missing.append(link)
    assert not missing, f"{page} links to what a clone does not have"


def test_pages_are_found() -> None:
    assert {"README.md", "docs/guide/running.md", "docs/reference/rules.md"} <= set(PAGES)


@pytest.mark.parametrize("name", docs_reference.COMMITTED)
def test_a_committed_page_is_that_of_the_code(name: str) -> None:
    written = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert written == docs_reference.PAGES[name]().rstrip() + "\n", "run `python3 scripts/docs_reference.py`"
