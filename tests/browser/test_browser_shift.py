"""One whole shift at a bridge, by the keyboard alone, in each language, on a server that is killed in the middle of it.

An officer signs in, looks at the queue, accepts, raises, lowers with a second officer; lets trucks come to the booth,
ten minutes of it without a connection; examines one in a dock, ten minutes of it without a connection too, and seizes;
the server is killed and started again while the dock goes on; what was found is learnt; the shift is handed over. At
the end the log has each of these once, and verifies.
"""

from __future__ import annotations

import re
import signal
import time
import tomllib
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from journeys import Post, file, payloads, truck_now
from listening import PASSWORD
from playwright.sync_api import Browser, Locator, Page, expect
from programs import program

from aforo.api.people import People
from aforo.bootstrap import open_node
from aforo.domain.decision import Examination
from aforo.domain.event import Examined
from aforo.domain.role import Role
from aforo.flow.override import override
from aforo.log.keys import KeyStore
from aforo.log.opened import open_log
from aforo.log.passwords import hashed
from aforo.log.store import Log
from aforo.settings import Settings

if TYPE_CHECKING:
    from journeys import Learnt

MESSAGES = Path(__file__).resolve().parents[2] / "web" / "messages"
#: Trucks of the shift: of which nothing is ordered, and which are ordered to the dock beforehand.
FREE, ORDERED = ("SH-RAISED", "SH-CUT"), ("SH-LOWERED", "SH-SEIZED")
PATIENCE_MS = 20_000
#: The name of what has the focus.
FOCUSED = (
    "(() => { const at = document.activeElement; return (at?.getAttribute('aria-label') ?? at?.textContent ?? '')"
    ".replace(/\\s+/g, ' ').trim(); })()"
)


#: One word for one and another for more: `{count:truck|trucks}`.
_COUNTED = re.compile(r"\{(\w+):([^|}]*)\|([^}]*)\}")


class Words:
    """The sentences of the console in one language, so that the test reads the screen as its user does."""

    def __init__(self, lang: str) -> None:
        self._tables = {
            path.name.split(".")[0]: tomllib.loads(path.read_text(encoding="utf-8"))
            for path in MESSAGES.glob(f"*.{lang}.toml")
        }

    def __call__(self, page: str, key: str, **fields: object) -> str:
        text = _COUNTED.sub(lambda part: part[2] if fields[part[1]] == 1 else part[3], self._tables[page][key])
        return text.format(**fields)


@pytest.fixture
def served(learnt: Learnt, tmp_path: Path) -> Any:
    post = Post(learnt, tmp_path / "post")
    with program("http_served").Served(post.folder, post.model, post.store) as made:
        with open_log(Settings(f"sqlite:///{made.store}", f"sqlite:///{made.keys}")) as log:
            node = open_node(log, made.model, 0.05)
            for own in (*FREE, *ORDERED):
                (line,) = file(node, truck_now(own, importer_id="IM-SHIFT"))
                wanted: Examination = "secondary" if own in ORDERED else "release"
                if line.examination != wanted:
                    override(log, own, wanted, "Ana", "For the test.", "Eva")
        with People(f"sqlite:///{made.keys}") as people:
            signing: tuple[tuple[str, str, Role], ...] = (("luz", "Luz", "officer"), ("bea", "Bea", "supervisor"))
            for login, name, role in signing:
                kept = hashed(PASSWORD)
                people.accounts.add(login, name, role, (), "en", datetime.now(UTC), password=kept)
        made.start()
        yield made


def events(served: Any, stream: str) -> list[Any]:
    with closing(KeyStore(served.keys)) as keys, Log.open_to_read(f"sqlite:///{served.store}", keys) as log:
        return log.stream(stream)


def recorded(page: Page, served: Any, crossing: str, kind: str) -> None:
    """Wait until the log has an event of this type of a crossing."""
    end = time.monotonic() + 60
    while not any(each.event.type == kind for each in events(served, f"crossing/{crossing}")):
        assert time.monotonic() < end, (crossing, kind)
        page.wait_for_timeout(200)


def tab_to(page: Page, name: str, most: int = 150) -> None:
    """Go by the Tab key to what has this name."""
    for _ in range(most):
        if str(page.evaluate(FOCUSED)).startswith(name):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not reached by Tab")


def press(page: Page, name: str) -> None:
    tab_to(page, name)
    page.keyboard.press("Enter")


def focus(page: Page, field: Locator) -> None:
    """Go by the Tab key to a field."""
    for _ in range(150):
        if field.evaluate("(each) => each === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("the field is not reached by Tab")


def fill(page: Page, field: Locator, text: str) -> None:
    """Go by the Tab key to a field, and type into it."""
    focus(page, field)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(text)


def choose(page: Page, own: str) -> None:
    """Go to a truck of the queue by the arrow keys."""
    page.locator(f'tr[data-crossing="{own}"]').wait_for()
    page.get_by_role("searchbox").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Home")
    for _ in range(20):
        if page.evaluate("document.activeElement?.dataset?.crossing") == own:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{own} is not reached")


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_whole_shift_by_the_keyboard_alone_on_a_server_that_is_killed(
    browser: Browser, served: Any, lang: str
) -> None:
    say = Words(lang)
    address = f"http://127.0.0.1:{served.port}"
    context = browser.new_context(
        viewport={"width": 1366, "height": 768}, locale={"en": "en-US", "es": "es-MX"}[lang], reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE_MS)
    kept = f"localStorage.getItem('aforo-language') ?? localStorage.setItem('aforo-language', '{lang}')"
    context.add_init_script(f"if (location.protocol.startsWith('http')) {{ {kept} }}")
    page = context.new_page()
    page.clock.install()
    try:
        _sign_in(page, address, say)
        _decide(page, address, say)
        _booth(page, address, say, served)
        _dock(page, address, say, served)
        _learn(page, address, say, served)
        _hand_over(page, address, say, served)
    finally:
        context.close()
    served.stop(signal.SIGTERM)
    assert served.verifies()


def _sign_in(page: Page, address: str, say: Words) -> None:
    page.goto(f"{address}/console/sign-in?then=%2Fport%2Fworld-trade")
    fill(page, page.get_by_label(say("sign-in", "name"), exact=True), "luz")
    fill(page, page.get_by_label(say("sign-in", "password"), exact=True), PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator('tr[data-crossing="SH-SEIZED"]')).to_be_visible()


def _decide(page: Page, address: str, say: Words) -> None:
    """Assess and override: accept, raise in one step, lower with a second officer and a reason."""
    choose(page, "SH-SEIZED")
    page.keyboard.press("a")
    expect(page.get_by_text(say("port", "did_accept", truck="SH-SEIZED")).first).to_be_visible()
    choose(page, "SH-RAISED")
    page.keyboard.press("r")
    expect(page.locator('tr[data-crossing="SH-RAISED"] .tag').first).to_have_text(say("port", "exam_secondary"))
    choose(page, "SH-LOWERED")
    page.keyboard.press("l")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    fill(page, dialog.get_by_label(say("cases", "reason")), "Papers in order.")
    fill(page, dialog.get_by_label(say("second", "name")), "bea")
    fill(page, dialog.get_by_label(say("second", "password")), PASSWORD)
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)


def _booth(page: Page, address: str, say: Words, served: Any) -> None:
    """Trucks arrive; the connection is lost for ten minutes in between, and what was told then is handed in."""
    page.goto(f"{address}/console/booth/world-trade")
    expect(page.locator(".reach")).to_contain_text("4")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    words = page.locator(".instruction .word")
    for own, order in (("SH-SEIZED", "secondary"), ("SH-RAISED", "secondary")):
        page.keyboard.type(f"TR-{own}")
        page.keyboard.press("Enter")
        expect(words.first).to_have_text(say("booth", f"order_{order}"))
        expect(page.locator(".instruction .of-it")).to_contain_text(own)
        page.keyboard.press("Escape")
    page.context.set_offline(True)
    page.clock.fast_forward("05:00")
    page.keyboard.type("tr sh cut")
    page.keyboard.press("Enter")
    expect(words.first).to_have_text(say("booth", "order_release"))
    page.clock.fast_forward("05:00")
    page.context.set_offline(False)
    page.clock.fast_forward("00:30")
    recorded(page, served, "SH-CUT", "crossing.arrived")


def _dock(page: Page, address: str, say: Words, served: Any) -> None:
    """Examine and seize: the connection is lost for ten minutes in between, and after that the server is killed; the
    record goes on at the device."""
    page.goto(f"{address}/console/dock/world-trade")
    press(page, say("dock", "begin_with", truck="SH-SEIZED"))
    expect(page.get_by_role("dialog")).to_be_visible()
    press(page, say("dock", "begin"))
    expect(page.locator("h1")).to_contain_text("SH-SEIZED")
    recorded(page, served, "SH-SEIZED", "examination.begun")
    # The log has it before the page hears so, and what is cut off before it hears goes on waiting.
    waits = page.get_by_text(say("dock", "record_waits", count=1))
    expect(waits).to_have_count(0)
    page.context.set_offline(True)
    page.clock.fast_forward("05:00")
    sleeper = f"{say('dock', 'part_sleeper')}, {say('dock', 'result_clear')}"
    tab_to(page, sleeper)
    page.keyboard.press("Space")
    expect(page.locator(".reach")).to_have_attribute("data-reached", "false")
    page.clock.fast_forward("05:00")
    expect(waits).to_be_visible()
    assert "examination.checked" not in [each.event.type for each in events(served, "crossing/SH-SEIZED")]
    page.context.set_offline(False)
    page.clock.fast_forward("00:30")
    recorded(page, served, "SH-SEIZED", "examination.checked")
    served.stop(signal.SIGKILL)
    wall = f"{say('dock', 'part_front_wall')}, {say('dock', 'result_finding')}"
    tab_to(page, wall)
    page.keyboard.press("Space")
    fill(page, page.get_by_label(say("dock", "what"), exact=True), "Packages behind the wall")
    press(page, say("dock", "add_finding"))
    expect(page.get_by_text("Packages behind the wall")).to_be_visible()
    press(page, say("dock", "seize_this", what="Packages behind the wall"))
    dialog = page.get_by_role("dialog")
    focus(page, dialog.get_by_label(say("dock", "seize_kind")))
    page.keyboard.press("ArrowDown")
    fill(page, dialog.get_by_label(say("dock", "seize_amount")), "12.5")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.locator(".seized")).to_contain_text(say("cases", "seized_drugs"))
    served.start()
    press(page, say("dock", "outcome_violation"))
    press(page, say("dock", "finish"))
    press(page, say("dock", "finish_now"))
    page.clock.fast_forward("01:00")
    recorded(page, served, "SH-SEIZED", "examination.closed")


def _learn(page: Page, address: str, say: Words, served: Any) -> None:
    """What was found is in the crossing's history, and in the memory of who imports."""
    examined = payloads(events(served, "crossing/SH-SEIZED"), Examined)
    assert [each.outcome.violation for each in examined] == [True]
    page.goto(f"{address}/console/crossing/SH-SEIZED")
    expect(page.locator("h1")).to_contain_text("SH-SEIZED")
    expect(page.locator(".examined")).to_contain_text("SH-SEIZED/S1")
    looked = page.evaluate("""() => fetch('/v1/crossings/SH-SEIZED/parties').then((answer) => answer.json())""")
    (importer,) = [each["handle"] for each in looked["parties"] if each["kind"] == "importer"]
    page.goto(f"{address}/console/entities/{importer}")
    expect(page.locator("h1")).to_be_visible()
    known = page.evaluate(f"() => fetch('/v1/entities/{importer}').then((answer) => answer.json())")
    assert any(each.get("found") and each["seized"] == 1 for each in known["crossings"]), known["crossings"][:2]


def _hand_over(page: Page, address: str, say: Words, served: Any) -> None:
    page.goto(f"{address}/console/handover/world-trade")
    expect(page.locator("main")).to_contain_text("SH-SEIZED/S1")
    press(page, say("handover", "sign"))
    dialog = page.get_by_role("dialog")
    fill(page, dialog.get_by_label(say("handover", "to"), exact=True), "bea")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    told = Counter(each.event.type for each in events(served, "crossing/SH-SEIZED"))
    once = ("crossing.arrived", "examination.begun", "examination.found", "examination.seized", "examination.closed")
    once += ("crossing.examined",)
    assert [told[each] for each in once] == [1] * len(once)
    # Clear behind the sleeper without the connection, and a finding without the server.
    assert told["examination.checked"] == 2
    lowered = [each.payload for each in events(served, "crossing/SH-LOWERED")][-1]
    assert lowered.seconded_by == "Bea"
