"""A trip's way on its map, and its proof: gone through by the keyboard, saved, and checked in the browser itself."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import DESKTOP
from dock_scene import words
from journeys import Post
from listening import Listening, listening
from pictured import picture
from playwright.sync_api import Page, Route, ViewportSize, expect
from second_verifier import second
from under_seal import BREACH, SOUND, breached, planned, sound

from aforo.api.access import Rate
from aforo.log import cosignatures
from aforo.log.cosignature import WitnessSigner
from aforo.log.proof import last_checkpoint

if TYPE_CHECKING:
    from conftest import Consoles
    from journeys import Learnt

Axe = Callable[..., list[str]]
WITNESS = WitnessSigner("witness.example", b"w" * 32)
UPRIGHT: ViewportSize = {"width": 768, "height": 1024}
#: A browser that knows no Ed25519, as they were until 2025.
OLD = """() => { crypto.subtle.importKey = () => Promise.reject(new DOMException('', 'NotSupportedError')) }"""


@contextmanager
def cosigning(made: Listening) -> Iterator[None]:
    """A witness that cosigns each new checkpoint."""
    over = threading.Event()

    def work() -> None:
        size = 0
        while not over.wait(0.05):
            newest = last_checkpoint(made.log.database)
            if newest is not None and newest.size != size:
                size, text = newest.size, newest.note.partition("\n\n")[0] + "\n"
                seconds = int(made.log.clock().timestamp()) - 120
                cosignatures.keep(made.log.database, size, {WITNESS.public.text: WITNESS.line(text, seconds)})

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    post = Post(learnt, tmp_path_factory.mktemp("served"))
    with listening(post, rate=Rate(1e6, 1e6), witnesses=[WITNESS.public]) as made, cosigning(made):
        made.log.marks = "synthetic"
        breached(made, corridor=planned(made))
        sound(made)
        sound(made, "REY-1", "CA-2", regime="in_bond")
        yield made


def opened(consoles: Consoles, lang: str = "en", **said: Any) -> Page:
    page = consoles.open(f"/trips/{BREACH}", "officer", lang, **said)
    expect(page.locator(".custody-map")).to_be_visible()
    return page


def test_a_synthetic_server_that_is_no_demonstration_is_asked_for_no_clock(consoles: Consoles) -> None:
    """It was asked in vain every five seconds, by every page."""
    context, asked = consoles.context("officer"), list[str]()
    context.on("request", lambda each: asked.append(each.url))
    page = context.new_page()
    page.goto(f"{consoles.served.address}/console/trips/{BREACH}")
    expect(page.locator(".synthetic")).to_contain_text("SYNTHETIC")
    expect(page.locator(".custody-map")).to_be_visible()
    page.get_by_role("button", name=words("en", "proof")["check"]).click()
    expect(page.locator(".proof-checks li").first).to_be_visible(timeout=30_000)
    assert [each for each in asked if "/v1/demo/" in each] == []


def checks(page: Page, lang: str = "en") -> dict[str, str]:
    """What is said of each thing that was checked in the browser, by what it is."""
    page.get_by_role("button", name=words(lang, "proof")["check"]).click()
    items = page.locator(".proof-checks li")
    expect(items.first).to_be_visible(timeout=30_000)
    return {
        each.inner_text().partition("\n")[2].strip(): each.locator(".tag").inner_text()
        for each in items.all()
        if each.locator(".tag").count()
    }


@pytest.mark.parametrize(
    ("lang", "size", "dark"), [("en", DESKTOP, False), ("es", UPRIGHT, True)], ids=["en-light", "es-upright-dark"]
)
def test_the_way_is_gone_through_by_the_keyboard_together_with_the_band(
    consoles: Consoles, axe: Axe, lang: str, size: ViewportSize, dark: bool
) -> None:
    said = words(lang, "custody") | words(lang, "trip") | words(lang, "track")
    page = opened(consoles, lang, viewport=size, dark=dark)
    label = page.locator(".custody-map").get_attribute("aria-label")
    assert label is not None
    assert "50" in label
    slider = page.get_by_role("slider", name=said["step"])
    slider.press("Home")
    expect(page.locator(".track-step output")).to_contain_text("25.7000, -100.3000")
    expect(page.locator(".track-step output")).to_contain_text(said["state_intact"])
    expect(page.locator(".trip-legend")).to_contain_text(said["legend_stepped"])
    slider.press("End")
    expect(page.locator(".track-step output")).to_contain_text(said["state_broken"])
    assert slider.get_attribute("aria-valuetext") == page.locator(".track-step output").inner_text()
    # The same in words: five pieces, and the gap with its length.
    page.locator("summary", has_text=said["as_table"]).last.press("Enter")
    rows = page.get_by_role("table", name=said["table_caption"].split(" / ")[0]).last.locator("tbody tr")
    expect(rows).to_have_count(6)
    expect(rows.filter(has_text=said["gap"])).to_contain_text("22 min · 27 km")
    assert axe(page) == []
    assert consoles.said == []
    page.get_by_role("button", name=said["ask_about"]).click()
    expect(page).to_have_url(re.compile(r"\?at=\d{4}-"))


def test_a_bundle_is_saved_that_the_second_verifier_takes(
    consoles: Consoles, served: Listening, tmp_path: Path
) -> None:
    page = opened(consoles)
    with page.expect_download(timeout=30_000) as saving:
        page.get_by_role("button", name="Custody bundle").click()
    expect(page.get_by_text("Made: the file is being saved.")).to_be_visible()
    assert saving.value.suggested_filename == f"{BREACH}.bundle"
    saving.value.save_as(tmp_path / "saved")
    key = served.log.keys.signing.first(served.log.origin)
    found = second().verify((tmp_path / "saved").read_bytes(), key.text, WITNESS.public.text)
    assert found["spans"][-1]["state"] == "broken"


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_page_itself_checks_leaves_root_log_and_witness(consoles: Consoles, axe: Axe, lang: str) -> None:
    said = words(lang, "proof") | words(lang, "custody")
    page = opened(consoles, lang)
    panel = page.get_by_role("region", name=said["title"])
    expect(panel).to_contain_text(said["grade_device"])
    expect(panel).to_contain_text("2 min")
    found = checks(page, lang)
    if lang == "en":
        page.set_viewport_size({"width": 1366, "height": 1480})
        expect(page.get_by_text(re.compile("^SYNTHETIC")).first).to_be_visible()
        page.get_by_role("slider").press("End")
        expect(page.locator(".track-step output")).to_contain_text("broken")
        page.locator("h1").focus()
        picture(page, "trip")
    assert set(found.values()) == {said["holds"]}
    assert len(found) == 4
    assert any(each.startswith("witness.example") for each in found)
    panel.locator("summary", has_text=said["how"]).press("Enter")
    expect(panel).to_contain_text(f"--witness-key '{WITNESS.public.text}'")
    panel.locator("summary").first.press("Enter")
    expect(panel.locator("tbody tr")).to_have_count(10)
    assert axe(page) == []


def _edited(data: dict[str, Any]) -> None:
    """One character of an event is another."""
    leaf = data["leaves"][1]
    leaf["body"] = leaf["body"].replace("2", "3", 1)


def _dropped(data: dict[str, Any]) -> None:
    """A leaf that the statement names is left out."""
    stated = data["statement"]
    del data["leaves"][next(place for place, each in enumerate(data["leaves"]) if each["index"] != stated)]


def _signed_by_none(data: dict[str, Any]) -> None:
    """The checkpoint says another size: all signatures are of something else."""
    origin, size, rest = data["checkpoint"].split("\n", 2)
    data["checkpoint"] = f"{origin}\n{int(size) + 1}\n{rest}"


@pytest.mark.parametrize(
    ("forge", "wrong"),
    [(_edited, {"check_root"}), (_dropped, {"check_whole"}), (_signed_by_none, {"check_log", "check_witness"})],
    ids=["edited", "dropped", "other-checkpoint"],
)
def test_what_was_changed_on_the_way_does_not_hold(
    consoles: Consoles, forge: Callable[[dict[str, Any]], None], wrong: set[str]
) -> None:
    page = opened(consoles)

    def change(route: Route) -> None:
        answer = route.fetch()
        data = answer.json()
        if answer.ok:
            forge(data)
        route.fulfill(response=answer, body=json.dumps(data))

    page.route("**/bundle?*", change)
    said = words("en", "proof")
    begins = {name: said[name].partition("{")[0] for name in said if name.startswith("check_")}
    found = checks(page)
    failed = {
        name for name in begins for what, told in found.items() if told == "does not hold" and _is(name, what, begins)
    }
    assert wrong <= failed


def _is(name: str, what: str, begins: dict[str, str]) -> bool:
    if name == "check_witness":
        return what.startswith("witness.example")
    return begins[name] != "" and what.startswith(begins[name])


def test_a_browser_without_ed25519_says_what_it_cannot_check(consoles: Consoles) -> None:
    page = opened(consoles)
    page.evaluate(OLD)
    found = checks(page)
    assert sorted(found.values()) == ["cannot be checked here", "cannot be checked here", "holds", "holds"]


def test_a_carrier_proves_its_own(consoles: Consoles) -> None:
    page = consoles.open("/trips/REY-1", "carrier", carriers=("CA-2",))
    assert set(checks(page).values()) == {"holds"}


def test_trips_are_listed_by_state_and_stand_on_a_map(consoles: Consoles, axe: Axe) -> None:
    page = consoles.open("/trips", "officer")
    expect(page.get_by_role("link", name=SOUND).first).to_be_visible()
    page.get_by_label("Custody now").select_option("broken")
    expect(page).to_have_url(re.compile(r"\?state=broken$"))
    listed = page.get_by_role("region", name="Trips", exact=True)
    expect(listed.get_by_role("link", name=SOUND)).to_have_count(0)
    expect(listed.get_by_role("link", name=BREACH)).to_be_visible()
    expect(listed).to_contain_text("proven: signed by the device")
    page.reload()
    expect(listed.get_by_role("link", name=SOUND)).to_have_count(0)
    listed.get_by_label("Custody now").select_option("")
    listed.get_by_label("Carrier").fill("ca-2")
    page.keyboard.press("Enter")
    expect(listed.get_by_role("link", name="REY-1")).to_be_visible()
    expect(listed.get_by_role("link", name=BREACH)).to_have_count(0)
    now = page.get_by_role("region", name="Where they are now")
    expect(now.get_by_role("img").first).to_have_attribute("aria-label", re.compile("3 trips"))
    now.locator("summary").press("Enter")
    rows = now.locator("tbody tr")
    expect(rows.first).to_contain_text(BREACH)
    expect(rows).to_have_count(3)
    assert axe(page) == []
    assert consoles.said == []
