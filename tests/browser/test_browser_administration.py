"""Administration and a carrier's own page in a browser, and that who may not see a page gets no byte of its data."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from dock_scene import words
from journeys import Post, truck
from listed import lists
from listening import Listening, listening
from playwright.sync_api import Page, Route, expect

from aforo.api.access import Rate, permitting
from aforo.domain.event import Filed, Quarantined
from aforo.domain.role import Role
from aforo.log.accounts import PERSONS

if TYPE_CHECKING:
    from conftest import Consoles
    from journeys import Learnt

Axe = Callable[[Page], list[str]]
#: What answers data; who asks, and what that role may do, is none.
DATA = re.compile(r"/v1/(?!session|live)")
#: Pages, the action of each, and what it asks the server for.
PAGES = {
    "/account": ("keep_own_account", {"/v1/session/passkeys"}),
    "/administration": ("read_accounts", {"/v1/accounts", "/v1/accounts/acts"}),
    "/carrier": ("list_filings", {"/v1/filings"}),
    "/carrier/filing/F-1": ("list_filings", {"/v1/filings/F-1"}),
}


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    post, folder = Post(learnt, tmp_path_factory.mktemp("served")), tmp_path_factory.mktemp("folder")
    with listening(post, rate=Rate(1e6, 1e6), folder=Path(folder), lists=lists()) as made:
        for number in range(25):
            body = json.dumps(truck(f"F-{number}", carrier_id="CA-1"))
            assert made.carrier("CA-1").post("/v1/filings", content=body).status_code == 200
        bad = json.dumps(truck("BAD", carrier_id="CA-1", hs6="87.08"))
        assert made.carrier("CA-1").post("/v1/filings", content=bad).status_code == 422
        made.carrier("CA-2").post("/v1/filings", content=json.dumps(truck("ANOTHERS", carrier_id="CA-2")))
        yield made


@pytest.mark.parametrize("lang", ["en", "es"])
def test_administration_has_no_violation_in_any_part(consoles: Consoles, axe: Axe, lang: str) -> None:
    page = consoles.open("/administration", "administrator", lang)
    title = {"en": "Administration", "es": "Administración"}[lang]
    expect(page.locator("h1")).to_have_text(title)
    tabs = page.get_by_role("tab")
    assert tabs.count() == 6
    for at in range(6):
        tabs.nth(at).click()
        expect(page.locator("[role=tabpanel]").locator("tbody tr, .facts, .empty").first).to_be_visible()
        assert axe(page) == [], tabs.nth(at).inner_text()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), tabs.nth(at).inner_text()
        assert "undefined" not in page.locator("main").inner_text()


def test_a_person_is_added_by_keyboard_and_shut_out(consoles: Consoles, served: Listening, axe: Axe) -> None:
    page = consoles.open("/administration", "administrator")
    page.get_by_role("button", name="Add a person").press("Enter")
    dialog = page.get_by_role("dialog", name="Add a person")
    dialog.get_by_label("Signs in as").fill("new.officer")
    dialog.get_by_label("Acts as").fill("New Officer")
    dialog.get_by_label("Ports, carriers or bridges").fill("2304")
    assert axe(page) == []
    page.keyboard.press("Enter")
    password = page.locator("code.secret").inner_text()
    assert len(password) == 20
    made = served.people.accounts.by_login("new.officer")
    assert made is not None
    assert (made.name, made.ports, made.language) == ("New Officer", ("2304",), "es")
    page.get_by_role("button", name="Shut out: new.officer").click()
    page.get_by_role("dialog").get_by_role("button", name="Shut out").click()
    expect(page.get_by_role("row", name="new.officer").first).to_contain_text("disabled")
    expect(page.get_by_role("cell", name="account shut out")).to_be_visible()
    own = page.get_by_role("button", name="Shut out: administrator at the console")
    expect(own).to_have_attribute("aria-disabled", "true")


def test_a_token_is_issued_shown_once_and_revoked(consoles: Consoles, served: Listening) -> None:
    page = consoles.open("/carrier", "carrier", carriers=("CA-1",))
    page.get_by_role("tab", name="Tokens").click()
    page.get_by_role("button", name="Issue a token").first.click()
    page.get_by_role("dialog").get_by_label("Whose, or what for").fill("dispatch")
    page.keyboard.press("Enter")
    text = page.locator("code.secret").inner_text()
    found = served.tokens.find(text)
    assert found is not None
    assert (found.name, found.role, found.carriers) == ("dispatch", "carrier", ("CA-1",))
    page.get_by_role("button", name="I have it").click()
    assert text not in page.content()
    page.get_by_role("button", name="Revoke: dispatch").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("row", name="dispatch")).to_contain_text("revoked")


def test_a_backup_is_made_and_listed(consoles: Consoles) -> None:
    page = consoles.open("/administration", "administrator")
    page.get_by_role("tab", name="Backups").click()
    page.get_by_role("button", name="Make a backup now").click()
    expect(page.get_by_role("status").filter(has_text="events copied")).to_contain_text("made")
    expect(page.get_by_role("rowheader", name="aforo-")).to_be_visible()


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_carriers_page_has_no_violation_in_any_part(consoles: Consoles, axe: Axe, lang: str) -> None:
    page = consoles.open("/carrier", "carrier", lang, carriers=("CA-1",))
    expect(page.locator("h1")).to_have_text({"en": "My company", "es": "Mi empresa"}[lang])
    tabs = page.get_by_role("tab")
    assert tabs.count() == 5
    for at in range(5):
        tabs.nth(at).click()
        expect(page.locator("[role=tabpanel]").locator("tbody tr, pre, .empty, .custody-pack").first).to_be_visible()
        assert axe(page) == [], tabs.nth(at).inner_text()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), tabs.nth(at).inner_text()
    tabs.nth(0).click()
    page.get_by_role("link", name="F-24").click()
    expect(page.locator("h1")).to_have_text("F-24")
    expect(page.locator("main section")).to_have_count(4)
    assert axe(page) == []


def test_a_carrier_sees_its_filings_their_answers_and_nothing_of_risk_or_others(
    consoles: Consoles, served: Listening
) -> None:
    said: list[str] = []
    page = consoles.open("/carrier", "carrier", carriers=("CA-1",))
    page.on(
        "response",
        lambda answer: said.append(answer.text()) if "/v1/" in answer.url and "/v1/session" not in answer.url else None,
    )
    expect(page.locator("tbody tr")).to_have_count(20)
    page.get_by_role("button", name="Earlier ones").click()
    expect(page.locator("tbody tr")).to_have_count(26)
    # Where it is for is said by name; the code beside it is for the engineer.
    place = "World Trade Bridge, Laredo, TX (2304)"
    expect(page.get_by_role("row", name="F-3 ")).to_contain_text(place)
    page.get_by_text("A record that was refused").click()
    expect(page.locator(".refused")).to_contain_text("six digits")
    page.get_by_role("link", name="F-3", exact=True).click()
    expect(page.get_by_role("heading", name="Legal grounds")).to_be_visible()
    expect(page.locator("main")).to_contain_text(place)
    page.get_by_role("link", name="Contest it").click()
    expect(page.get_by_label("Which declaration or crossing")).to_have_value("F-3")
    page.get_by_label("What is wrong with it").fill("It was empty.")
    page.get_by_role("button", name="File the challenge").click()
    expect(page.get_by_role("row", name="F-3")).to_contain_text("waits for an answer")
    page.get_by_label("Which declaration or crossing").fill("ANOTHERS")
    page.get_by_label("What is wrong with it").fill("Not mine.")
    page.get_by_role("button", name="File the challenge").click()
    expect(page.get_by_role("alert")).to_be_visible()
    whole = "\n".join(said)
    assert "F-3" in whole
    for secret in ("probability", "log_odds", "propensity", "price", "score", "model", "ANOTHERS", "CA-2"):
        assert secret not in whole, secret


@pytest.mark.parametrize("role", [*PERSONS, None], ids=str)
def test_who_may_not_see_a_page_is_told_so_and_gets_no_byte_of_its_data(consoles: Consoles, role: Role | None) -> None:
    carriers = ("CA-1",) if role == "carrier" else ()
    context = consoles.context(role, carriers=carriers)
    page = context.new_page()
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url.removeprefix(consoles.served.address).partition("?")[0]))
    for path, (action, data) in PAGES.items():
        asked.clear()
        page.goto(f"{consoles.served.address}/console{path}")
        expect(page.locator("h1")).to_be_visible()
        allowed = permitting(role or "anyone", action, True) is not None
        barred = page.locator("h1").inner_text() == "This page is not open to you"
        assert barred is not allowed, (role, path)
        if allowed:
            for _ in range(50):
                if not data <= asked:
                    page.wait_for_timeout(50)
            assert data <= asked, (role, path)
        else:
            assert not {each for each in asked if each.startswith("/v1/")} - {"/v1/session", "/v1/live"}, (role, path)
            for url in data:
                status = context.request.get(f"{consoles.served.address}{url}").status
                # Another route of the same data may be this role's own: it is asked for by another page.
                own = url.startswith("/v1/filings/") and permitting(role or "anyone", "read_filing", False) is not None
                assert status in ((200,) if own else (401, 403)), (role, url)


@pytest.mark.parametrize(("lang", "wrong", "right"), [("en", "refused", "accepted"), ("es", "rechazada", "aceptada")])
def test_a_carrier_tries_messages_out_by_the_keyboard_and_nothing_is_filed(
    consoles: Consoles, served: Listening, axe: Axe, lang: str, wrong: str, right: str
) -> None:
    before = served.log.read(types=[Filed.TYPE, Quarantined.TYPE])
    page = consoles.open("/carrier", "carrier", lang, carriers=("CA-1", "SYCN"))
    page.get_by_role("tab").last.press("Enter")
    form = page.locator("form").filter(has=page.locator("textarea"))
    form.locator("button[type=submit]").press("Enter")
    expect(form.get_by_role("alert")).to_be_visible()
    form.locator("select").select_option("mistaken")
    form.get_by_role("button").first.press("Enter")
    expect(form.locator("textarea")).to_have_value(re.compile(r"^ISA\*"))
    form.locator("button[type=submit]").press("Enter")
    told = page.locator("[role=region][tabindex='-1']")
    expect(told).to_be_focused()
    expect(told.locator(".tag").first).to_have_text(wrong)
    expect(told.get_by_role("cell", name="segment 15 SE01")).to_be_visible()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    own = json.dumps(truck("TRIED", carrier_id="CA-1")).encode()
    form.locator("input[type=file]").set_input_files({"name": "own.json", "mimeType": "text/plain", "buffer": own})
    form.locator("button[type=submit]").press("Enter")
    expect(told.locator(".tag").first).to_have_text(right)
    expect(told.locator("dd", has_text="TRIED").first).to_be_visible()
    form.locator("textarea").fill("Good morning")
    form.locator("button[type=submit]").press("Enter")
    expect(form.get_by_role("alert")).to_be_visible()
    expect(told).to_have_count(0)
    assert served.log.read(types=[Filed.TYPE, Quarantined.TYPE]) == before


@pytest.mark.parametrize("lang", ["en", "es"])
def test_witnesses_and_a_contradiction_are_shown(consoles: Consoles, axe: Axe, lang: str) -> None:
    """This node has none: what one with witnesses answers is put in its answer's place."""
    page = consoles.open("/sign-in", "administrator", lang)

    def told(route: Route) -> None:
        answer = route.fetch()
        standing = answer.json()
        standing["checks"]["witnesses"] = False
        standing["witnesses"] = [
            {"witness": "near.example", "at": "2026-03-02T08:00:00Z", "age_s": 180.0, "behind": 0, "problem": ""},
            {"witness": "far.example", "at": None, "age_s": None, "behind": 9, "problem": "TimeoutError"},
        ]
        route.fulfill(response=answer, body=json.dumps(standing))

    page.route("**/v1/node", told)
    page.goto(f"{consoles.served.address}/console/administration")
    said = words(lang, "administration")
    page.get_by_role("tab", name=said["node"], exact=True).click()
    panel = page.get_by_role("region", name=said["witnesses"])
    expect(panel).to_contain_text(said["witness_age"].replace("{age}", "3 min"))
    expect(panel).to_contain_text(said["witness_never"])
    expect(panel).to_contain_text("TimeoutError")
    expect(page.get_by_text(said["witness_contradicts"])).to_be_visible()
    expect(page.get_by_text(said["check_witnesses"])).to_be_visible()
    assert axe(page) == []
