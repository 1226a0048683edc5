"""Every page of the console's own table by every role, and by who has not signed in: default deny.

A page that has no line in `permitted.toml` fails here: nobody has said who may see it. Who may not see a page is told
so, and the page asks the server for nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from journeys import Post
from listening import Listening, listening
from page_table import pages
from playwright.sync_api import expect

from aforo.api.access import Rate
from aforo.domain.role import Asking
from aforo.log.accounts import PERSONS

if TYPE_CHECKING:
    from conftest import Consoles
    from journeys import Learnt

TESTS = Path(__file__).resolve().parents[1]
TABLE = tomllib.loads((TESTS / "permitted.toml").read_text(encoding="utf-8"))
PAGES: dict[str, str] = TABLE["pages"]
BARRED = "This page is not open to you"
#: What every page asks, whoever opens it: who asks. What is heard live is asked by who is signed in, of what may be.
ANYBODYS = ("/v1/session", "/v1/live")
#: Goes to a page as a link does, without loading the console anew, and tells what its head says: as soon as it says
#: that the page is not open where that is expected, else a moment later.
GO = """async ([path, barred, expected]) => {
  history.pushState(null, '', '/console' + path);
  dispatchEvent(new PopStateEvent('popstate'));
  const head = () => document.querySelector('#page h1')?.textContent ?? '';
  for (let tries = 0; tries < (expected ? 300 : 8); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    if (expected && head() === barred) break;
  }
  return head();
}"""


def found() -> dict[str, str]:
    """The action of every page of the console's table, by the page's path."""
    return {each.path: each.action for each in pages()}


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6)) as made:
        yield made


def may(role: Asking, action: str) -> bool:
    return action == "anyone" or not {role, f"{role} own"}.isdisjoint(TABLE["actions"][action])


def test_every_page_has_a_line_and_every_line_a_page() -> None:
    lacking = [f'"{path}" = "{action}"' for path, action in found().items() if path not in PAGES]
    assert not lacking, "add to tests/permitted.toml, once it is what is wanted:\n" + "\n".join(lacking)
    assert found() == PAGES
    assert set(PAGES.values()) <= {*TABLE["actions"], "anyone"}


@pytest.mark.parametrize("role", [*PERSONS, "anyone"])
def test_every_page_by_every_role(consoles: Consoles, role: Asking) -> None:
    context = consoles.context(
        None if role == "anyone" else role,
        carriers=("CA-1",) if role == "carrier" else (),
    )
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(consoles.served.address)))
    page.goto(f"{consoles.served.address}/console/design")
    expect(page.locator("h1")).to_be_visible()
    # The start leads to the first page that one may see. Those that are not open come first, from a page that asks for
    # nothing: so no other page's request is taken for theirs.
    ordered = sorted((each for each in PAGES.items() if each[0] != "/"), key=lambda each: may(role, each[1]))
    asked.clear()
    for path, action in ordered:
        open_ = may(role, action)
        head = page.evaluate(GO, [re.sub(r":\w+", "none", path), BARRED, not open_])
        assert (head == BARRED) is not open_, (role, path, head)
        if not open_:
            data = [each for each in asked if each.startswith("/v1/") and not each.startswith(ANYBODYS)]
            assert data == [], (role, path)


@pytest.mark.parametrize(
    ("role", "title"),
    [("carrier", "My company"), ("officer", None), ("administrator", "Administration"), ("anyone", None)],
)
def test_the_start_is_a_page_that_one_may_see(consoles: Consoles, role: Asking, title: str | None) -> None:
    carriers = ("CA-1",) if role == "carrier" else ()
    page = consoles.open("/", None if role == "anyone" else role, carriers=carriers)
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("h1")).not_to_have_text(BARRED)
    if title is not None:
        expect(page.locator("h1")).to_have_text(title)
