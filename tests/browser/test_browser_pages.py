"""Every page of the console's own table, in both languages, light and dark, on a desktop and a tablet, with something
to show: no violation of WCAG 2.2 AA, nothing wider than the screen, and every sentence in the language of its reader.

A page that is added to the table without an example here fails.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from conftest import DESKTOP, TABLET, Consoles
from furnished import Furnished, furnished
from opening import DIALOG, OPENINGS, Openings
from page_table import pages
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from aforo.domain.role import Role

if TYPE_CHECKING:
    from journeys import Learnt
    from listening import Listening

Axe = Callable[..., list[str]]
MESSAGES = Path(__file__).resolve().parents[2] / "web" / "messages"


FIGURES = "?measure=examination-rate&first=2024-03-25&last=2024-03-31"
#: A simulation takes as long as the machine lets it.
LONG_MS = 300_000
#: What a node that is no demonstration answers to who asks for its people, as the way into one does.
NO_DEMONSTRATION = "/v1/demo/people"


class Example(NamedTuple):
    """Who looks at a page and what is there: `values` fill in its path from what the node was furnished with, `head`
    is its heading by a key of its catalogue (or as it is, where the language does not change it), `ready` what is
    there once its data has come."""

    role: Role | None
    head: str
    ready: str
    values: Mapping[str, str] = MappingProxyType({})
    query: str = ""


#: By the path in the table. What is not in the table, but is shown all the same, follows.
EXAMPLES = {
    "/": Example("officer", "border.title", "tbody tr"),
    "/port/:bridge": Example("officer", "World Trade Bridge", "tr[data-crossing]", {"bridge": "world-trade"}),
    "/bridges/:page": Example("officer", "choose.title", ".button[data-size=touch]", {"page": "booth"}),
    "/booth/:bridge": Example("officer", "booth.title", ".reach", {"bridge": "world-trade"}),
    "/dock/:bridge": Example("officer", "dock.title", "main .panel", {"bridge": "world-trade"}),
    "/slip/:crossing": Example("officer", "slip.title", "article", {"crossing": "SLIP-1"}),
    "/alerts": Example("officer", "alerts.title", "main .panel", {}),
    "/crossing/:id": Example("officer", "cases.crossing", ".timeline li", {"id": "crossing"}),
    "/entities": Example("officer", "entities.title", "main form"),
    "/entities/:handle": Example("officer", "entity.title", "main table tbody tr", {"handle": "handle"}),
    "/lists": Example("officer", "lists.title", "main table tbody tr"),
    "/challenges": Example("officer", "challenges.title", "main .panel"),
    "/trips": Example("officer", "trips.title", "main table tbody tr .tag"),
    "/responses": Example("officer", "responses.title", "main table tbody tr .tag"),
    "/responses/:response": Example("officer", "response.page_title", ".trip-band", {"response": "response"}),
    "/trips/:trip": Example("officer", "trip.page_title", ".trip-band", {"trip": "trip"}),
    "/devices": Example("supervisor", "devices.title", "main table tbody tr"),
    "/devices/:device": Example("supervisor", "devices.page_title", "main dl", {"device": "device"}),
    "/regimes": Example("officer", "regimes.title", "main table tbody tr"),
    "/roads": Example("officer", "roads.title", "main .custody-map"),
    "/handover/:bridge": Example("officer", "handover.title", ".sheet", {"bridge": "world-trade"}),
    "/handover/port/:port": Example("officer", "handover.title", ".sheet", {"port": "2304"}),
    "/rules": Example("supervisor", "rules.title", "table tbody tr"),
    "/rules/:rule": Example("supervisor", "fresh-importer-electronics", "table tbody tr", {"rule": "rule"}),
    "/policy": Example("supervisor", "policy.title", "#figures"),
    "/planner": Example("analyst", "planner.title", "table tbody tr"),
    "/planner/port/:bridge": Example("analyst", "planner.port_plan", "table.outcome", {"bridge": "columbus"}),
    "/incidents": Example("officer", "incidents.title", "tbody tr"),
    "/scoreboard": Example(None, "scoreboard.title", "tbody tr"),
    "/scoreboard/official": Example("officer", "official.title", "tbody tr", query=FIGURES),
    "/measures": Example(None, "measures.title", "main h2"),
    "/fleet": Example("supervisor", "fleet.title", "main [role=tabpanel] table"),
    "/fleet/:scanner": Example("supervisor", "fleet.page_title", ".fleet-life svg", {"scanner": "scanner"}),
    "/municipality": Example("analyst", "municipality.title", "main select"),
    "/coverage": Example("officer", "coverage.title", "tbody tr"),
    "/enter": Example(None, "enter.page_title", "main .notice"),
    "/enter/:login": Example(None, "enter.page_title", "main .notice", {"login": "supervisor"}),
    "/sign-in": Example(None, "sign-in.page_title", "form input"),
    "/account": Example("supervisor", "account.page_title", "main code"),
    "/carrier": Example("carrier", "carrier.page_title", "tbody tr"),
    "/carrier/filing/:id": Example("carrier", "DOCK-1", "main section", {"id": "DOCK-1"}),
    "/administration": Example("administrator", "administration.page_title", "tbody tr"),
    "/design": Example("officer", "design.page_title", ".chart canvas"),
    "/planner/plans/:plan": Example("analyst", "One more booth|Una caseta más", "table.outcome", {"plan": "plan"}),
}
OTHERS = {
    "/administration (barred)": Example("officer", "shell.barred", "main .notice"),
    "/account (not signed in)": Example(None, "shell.barred", "main .notice"),
    "/no/such/page": Example("officer", "shell.not_there", "main a"),
}
NAMES = {each.path: each.name for each in pages()}


def spoken(lang: str) -> dict[str, str]:
    """Every sentence of the console's catalogues in a language, by `catalogue.key`."""
    found = {}
    for path in sorted(MESSAGES.glob(f"*.{lang}.toml")):
        for key, text in tomllib.loads(path.read_text(encoding="utf-8")).items():
            found[f"{path.name.removesuffix(f'.{lang}.toml')}.{key}"] = text
    return found


SAID = {lang: spoken(lang) for lang in ("en", "es")}
KEYS = {key.partition(".")[2] for key in SAID["en"]}
#: Texts on a page that are of the other language than its own, or no sentence at all: a key, a field that nobody
#: filled in, a value that was not there. What is marked as in another language is, and what is code is no sentence.
STRANGE = """({others, keys}) => {
  const wrong = new Set(others), named = new Set(keys), found = [];
  const here = document.documentElement.lang;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const within = node.parentElement;
    if (!within || within.closest('script, style, code, pre, textarea')) continue;
    if (within.closest('[lang]').lang !== here) continue;
    const text = node.textContent.trim();
    const words = text.match(/[a-z]+(_[a-z0-9]+)+/g) ?? [];
    if (wrong.has(text) || words.some((each) => named.has(each))
        || /\\{\\w+\\}|undefined|\\bNaN\\b|\\[object/.test(text)) found.push(text);
  }
  return found;
}"""

#: What reaches beyond the right edge of a page that is wider than the screen, once curves are drawn anew in its width.
WIDER = """async () => {
  for (let frames = 0; frames < 3; frames += 1) await new Promise(requestAnimationFrame);
  if (document.documentElement.scrollWidth <= innerWidth) return [];
  return [...document.querySelectorAll('body *')]
    .filter((each) => each.getBoundingClientRect().right > innerWidth)
    .map((each) => `${each.tagName} ${each.className} ${each.getBoundingClientRect().right}`);
}"""


@pytest.fixture(scope="module")
def house(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    with furnished(learnt, tmp_path_factory.mktemp("furnished")) as made:
        yield made


@pytest.fixture(scope="module")
def served(house: Furnished) -> Listening:
    return house.served


@pytest.fixture(scope="module")
def seats(browser: Browser, served: Listening) -> Iterator[dict[tuple[Role | None, str], tuple[Consoles, Page]]]:
    """One page for each role and language, in which the tests go from page to page, as people do."""
    made: dict[tuple[Role | None, str], tuple[Consoles, Page]] = {}
    yield made
    for consoles, _ in made.values():
        for context in consoles.contexts:
            context.close()


def _hear(consoles: Consoles, message: ConsoleMessage) -> None:
    if message.type == "error" and not message.location["url"].endswith(NO_DEMONSTRATION):
        consoles.said.append(message.text)


def seated(
    seats: dict[tuple[Role | None, str], tuple[Consoles, Page]],
    browser: Browser,
    served: Listening,
    role: Role | None,
    lang: str,
) -> tuple[Consoles, Page]:
    if (role, lang) not in seats:
        consoles = Consoles(browser, served)
        context: BrowserContext = consoles.context(role, lang, carriers=("CA-1",) if role == "carrier" else ())
        page = context.new_page()
        page.on("console", lambda each: _hear(consoles, each))
        seats[role, lang] = consoles, page
    return seats[role, lang]


def test_every_page_of_the_table_has_an_example_and_every_example_a_page() -> None:
    assert [each.path for each in pages() if each.path not in EXAMPLES] == []
    assert sorted(EXAMPLES) == sorted(NAMES)


def head_of(example: Example, lang: str) -> re.Pattern[str]:
    """What the heading must be: a sentence whose fields may be anything, or a name."""
    template = SAID[lang].get(example.head)
    if template is None:
        en, _, es = example.head.partition("|")
        return re.compile(re.escape((es or en) if lang == "es" else en))
    return re.compile("^" + re.sub(r"\\\{\w+\\\}", ".+", re.escape(template)) + "$")


def address_of(path: str, example: Example, names: dict[str, str]) -> str:
    filled = {key: names.get(value, value) for key, value in example.values.items()}
    return re.sub(r":(\w+)", lambda each: filled[each[1]], path.partition(" (")[0]) + example.query


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("path", [*EXAMPLES, *OTHERS])
def test_a_page(browser: Browser, house: Furnished, seats: dict[Any, Any], axe: Axe, path: str, lang: str) -> None:
    example = EXAMPLES.get(path) or OTHERS[path]
    consoles, page = seated(seats, browser, house.served, example.role, lang)
    consoles.said.clear()
    page.set_viewport_size(DESKTOP)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.goto(f"{house.served.address}/console{address_of(path, example, house.names)}")
    expect(page.locator(example.ready).first).to_be_visible(timeout=LONG_MS)
    expect(page.locator("h1")).to_have_text(head_of(example, lang))
    title = SAID[lang][f"shell.page_{NAMES[path.partition(' (')[0]]}"] + " · Aforo" if path in NAMES else None
    if title is not None:
        expect(page).to_have_title(title)
    assert page.evaluate("document.documentElement.lang") == lang
    others = [text for key, text in SAID["es" if lang == "en" else "en"].items() if SAID[lang][key] != text]
    own = set(SAID[lang].values())
    strange = {"others": [each for each in others if each not in own], "keys": [each for each in KEYS if "_" in each]}
    assert page.evaluate(STRANGE, strange) == []
    assert page.evaluate(WIDER) == []
    # What the checker looks at is the same in both languages, but for the room that words take: Spanish takes more.
    if lang == "en":
        assert axe(page) == []
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        assert axe(page, "color-contrast") == []
    page.set_viewport_size(TABLET)
    assert page.evaluate(WIDER) == []
    if lang == "es":
        assert axe(page, "target-size") == []
    assert consoles.said == []


def step(selector: str, lang: str) -> str:
    """The selector of a step, with the sentences that it names."""
    return re.sub(r"\{([\w-]+\.\w+)\}", lambda each: SAID[lang][each[1]], selector)


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("openings", OPENINGS, ids=lambda each: each.path + each.query)
def test_what_a_page_opens(
    browser: Browser, house: Furnished, seats: dict[Any, Any], axe: Axe, openings: Openings, lang: str
) -> None:
    example = EXAMPLES[openings.path]
    consoles, page = seated(seats, browser, house.served, openings.role or example.role, lang)
    consoles.said.clear()
    page.set_viewport_size(DESKTOP)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    asked = example._replace(query=openings.query or example.query)
    page.goto(f"{house.served.address}/console{address_of(openings.path, asked, house.names)}")
    found = []
    for opening in openings.each:
        for each in opening.steps[:-1]:
            page.locator(step(each, lang)).click()
        opener = page.locator(step(opening.steps[-1], lang))
        handle = opener.element_handle()
        opener.press("Enter")
        expect(page.locator(opening.within).first).to_be_visible()
        found += axe(page, within=opening.within)
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        found += axe(page, "color-contrast", within=opening.within)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        assert found == [], opening
        if opening.within != DIALOG:
            continue
        # Who opens it is in it, and comes back to where they were.
        assert page.evaluate("document.activeElement.closest('dialog[open]') !== null"), opening
        page.keyboard.press("Escape")
        expect(page.locator(DIALOG)).to_have_count(0)
        back = handle.evaluate("(opener) => opener === document.activeElement || document.activeElement.outerHTML")
        assert back is True, opening
    assert consoles.said == []


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize(("name", "path"), [("Booth", "booth"), ("Dock", "dock"), ("Handover", "handover")])
def test_who_chose_no_bridge_yet_is_asked_at_which(
    consoles: Consoles, axe: Axe, lang: str, name: str, path: str
) -> None:
    page = consoles.open("/alerts", "officer", lang)
    names = {"Booth": "Caseta", "Dock": "Andén", "Handover": "Entrega de turno"} if lang == "es" else {}
    page.get_by_role("navigation").get_by_role("link", name=names.get(name, name), exact=True).click()
    expect(page.locator("h1")).to_have_text({"en": "At which bridge?", "es": "¿En qué puente?"}[lang])
    assert axe(page) == []
    page.get_by_role("link", name="World Trade Bridge").click()
    expect(page).to_have_url(re.compile(f"/{path}/world-trade$"))
    expect(page.locator("h1")).to_contain_text("World Trade Bridge")
    expect(page.locator("h1")).not_to_contain_text("world-trade")


def test_what_a_device_kept_and_cannot_be_read_is_as_nothing_kept(consoles: Consoles) -> None:
    context = consoles.context("officer", "en")
    for key in ("aforo-bridges", "aforo-who"):
        context.add_init_script(f"if (location.protocol.startsWith('http')) localStorage.setItem('{key}', '{{')")
    page = context.new_page()
    page.goto(f"{consoles.served.address}/console/")
    expect(page.locator("h1")).to_have_text("The border now")
    assert consoles.said == []
