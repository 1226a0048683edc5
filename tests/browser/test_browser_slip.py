"""The slip of a booth that does not reach its node: from its list, marked so, with a code that it draws itself."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, cast

import pytest
import segno.encoder
from booth_scene import at_booth
from device import kept_here
from journeys import Post
from listening import Listening, listening
from ordered import ordered
from playwright.sync_api import BrowserContext, Page, Request, expect
from priced import LAREDO, put_in_force

from aforo.answers.qr import QUIET
from aforo.api.access import Rate

if TYPE_CHECKING:
    from conftest import Consoles
    from journeys import Learnt

Axe = Callable[[Page], list[str]]
#: A number that is nobody's: 555-0100 to 555-0199 are kept for fiction.
CONTACT = b"""
[contact.telephone]
number = "+1 956 555 0100"
source = "test"

[sources]
test = "Made up for a test"
"""


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """A node whose port document has a number for drivers."""
    post = Post(learnt, tmp_path_factory.mktemp("slips"))
    with post.log() as log:
        put_in_force(log, port=LAREDO.replace(b"\n[sources]\n", CONTACT, 1))
    with listening(post, rate=Rate(1e6, 1e6)) as made:
        yield made


def printing(consoles: Consoles, lang: str = "en") -> tuple[BrowserContext, Page]:
    """A booth that has its list and its files, and that prints nothing on the tester's printer."""
    counted = "window.print = () => { window.printed = (window.printed ?? 0) + 1; }"
    page = at_booth(consoles, lang=lang, script=counted)
    kept_here(page)
    return page.context, page


def printed(page: Page, typed: str, lang: str = "en") -> None:
    """Ask about a truck, and print its slip."""
    before = page.evaluate("window.printed ?? 0")
    page.keyboard.type(typed)
    page.keyboard.press("Enter")
    expect(page.locator(".instruction .of-it")).to_contain_text(typed, timeout=5_000)
    page.get_by_role("button", name={"en": "Print the slip", "es": "Imprimir la hoja"}[lang]).click()
    page.wait_for_function("before => window.printed === before + 1", arg=before)


def as_drawn(rows: list[list[int]]) -> str:
    """A code's dark squares, as the product's sheets draw them."""
    found = []
    for y, row in enumerate(rows):
        text = "".join(str(each) for each in row)
        for run in re.finditer("1+", text):
            length = run.end() - run.start()
            found.append(f"M{run.start() + QUIET} {y + QUIET}h{length}v1h-{length}z")
    return "".join(found)


def codes_of(text: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The codes that the standard has for a text, one of each mask."""

    def padded(buff: Any, version: int, length: int) -> None:
        buff.extend([0] * (-length % 8))  # segno fills up a byte that is full by another one

    monkeypatch.setattr(segno.encoder, "write_padding_bits", padded)
    made = [segno.make(text, error="q", mode="byte", micro=False, boost_error=False, mask=mask) for mask in range(8)]
    return [as_drawn([list(row) for row in cast(Any, each.matrix)]) for each in made]


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_booth_that_is_cut_off_prints_the_slip_from_its_list(
    consoles: Consoles, axe: Axe, served: Listening, lang: str
) -> None:
    own = f"cut-off-{lang}"
    ordered(served, own, "secondary")
    context, page = printing(consoles, lang)
    context.set_offline(True)
    page.reload()  # even where it was opened without a connection
    expect(page.locator(".reach")).to_contain_text({"en": "List of", "es": "Lista de"}[lang], timeout=15_000)
    printed(page, f"TR-{own}", lang)
    page.emulate_media(media="print")
    sheet = page.get_by_role("article")
    expect(sheet).to_contain_text(own)
    expect(sheet).to_contain_text("World Trade Bridge · Laredo")
    expect(sheet).to_contain_text("Al andén: revisión secundaria")
    expect(sheet).to_contain_text("To the dock: secondary inspection")
    expect(sheet).to_contain_text("Expected wait there: not known")
    # Why, with the legal ground, as the node's own slip tells it.
    expect(sheet).to_contain_text("Legal ground")
    expect(sheet).to_contain_text("Fundamento:")
    expect(sheet).to_contain_text("Telephone: +1 956 555 0100")
    expect(sheet).to_contain_text("Teléfono: +1 956 555 0100")
    for words in ("Printed without a connection, by the list of", "Impreso sin conexión, según la lista de"):
        expect(sheet).to_contain_text(re.compile(rf"{words} \d{{4}}-\d\d-\d\d \d\d:\d\d \(UTC−5\)"))
    made_at = served.as_("officer").get("/v1/bridges/world-trade/booth-list").json()["made_at"]
    assert made_at.startswith("2024-03-20T12:")
    expect(sheet.locator(".slip-apart").first).to_contain_text("2024-03-20 07:")
    told = sheet.inner_text().lower()
    assert not any(word in told for word in ("score", "rule", "price", "seal differs"))
    assert axe(page) == []
    for document in (page.pdf(prefer_css_page_size=True), page.pdf(format="A4")):
        assert len(re.findall(rb"/Type\s*/Page\b", document)) == 1


def test_the_code_that_the_booth_draws_is_the_standards_for_short_names_and_long(
    consoles: Consoles, served: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["Q1", *(f"Q{length}-" + "X7" * (length // 2) for length in (30, 60, 92, 120, 160, 190))]
    for own in names:
        ordered(served, own, "scan")
    context, page = printing(consoles)
    context.set_offline(True)
    for own in names:
        printed(page, own)
        code = page.locator(".slip-code")
        expect(code).to_have_attribute("aria-label", f"QR: aforo:crossing:{own}")
        drawn = code.locator("path").get_attribute("d")
        assert drawn in codes_of(f"aforo:crossing:{own}", monkeypatch), own


def test_a_slip_of_what_the_node_told_is_printed_when_the_connection_is_lost_after(
    consoles: Consoles, served: Listening
) -> None:
    ordered(served, "told-before", "joint")
    context, page = printing(consoles)
    printed(page, "TR-told-before")
    expect(page.locator(".slip")).not_to_contain_text("without a connection")  # the node's own
    context.set_offline(True)
    printed(page, "TR-told-before")
    expect(page.locator(".slip")).to_contain_text("Printed without a connection")
    page.keyboard.press("Escape")
    context.set_offline(False)
    expect(page.locator(".reach")).to_contain_text("Connected", timeout=20_000)
    printed(page, "TR-told-before")
    expect(page.locator(".slip")).not_to_contain_text("without a connection")


def test_a_release_of_long_ago_is_not_printed_without_the_node(consoles: Consoles, served: Listening) -> None:
    ordered(served, "let-go", "release")
    context = consoles.context("officer")
    page = context.new_page()
    page.clock.install()
    page.add_init_script("window.print = () => { window.printed = (window.printed ?? 0) + 1; }")
    page.goto(f"{served.address}/console/booth/world-trade")
    expect(page.locator(".reach")).to_contain_text("List of")
    context.set_offline(True)
    page.keyboard.type("TR-let-go")
    page.keyboard.press("Enter")
    expect(page.locator(".instruction .word").first).to_have_text("Go on")
    for _ in range(13):  # somebody is there all the while, so that nothing covers the screen
        page.clock.fast_forward("10:00")
        page.keyboard.press("Shift")
    page.get_by_role("button", name="Print the slip").click()
    expect(page.get_by_text("no list that a slip can be printed from")).to_be_visible()
    assert page.evaluate("window.printed ?? 0") == 0


def test_the_paper_says_what_the_list_orders_since_where_that_is_stricter(
    consoles: Consoles, served: Listening
) -> None:
    ordered(served, "let-on", "release")
    context, page = printing(consoles)
    context.set_offline(True)
    page.keyboard.type("TR-let-on")
    page.keyboard.press("Enter")
    expect(page.locator(".instruction .word").first).to_have_text("Go on")
    context.set_offline(False)
    expect(page.locator(".reach")).to_contain_text("Connected", timeout=20_000)
    # A list that was asked for before the order was given does not have it.
    given = threading.Event()
    asked: list[Request] = []

    def note(request: Request) -> None:
        if given.is_set() and "booth-list" in request.url:
            asked.append(request)

    page.wait_for_timeout(500)  # what the return of the connection asks for is asked for
    page.on("request", note)
    with page.expect_response(lambda answer: answer.request in asked and answer.status == 200, timeout=60_000):
        said = {"examination": "hold", "reason": "A call came in."}
        assert served.as_("officer").post("/v1/crossings/let-on/override", json=said).status_code == 200
        given.set()
    page.wait_for_timeout(500)  # it is kept
    context.set_offline(True)
    page.get_by_role("button", name="Print the slip").click()
    page.wait_for_function("window.printed === 1")
    page.emulate_media(media="print")
    expect(page.get_by_role("article")).to_contain_text("Printed without a connection, by the list of")
    expect(page.get_by_role("article")).not_to_contain_text("Go on")
