"""Trips under seal in a browser: a breach that an officer sees and answers, what was known earlier, a carrier's own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cases import STORY, morning
from conftest import DESKTOP
from dock_scene import words
from playwright.sync_api import Page, ViewportSize, expect
from under_seal import BREACH, SOUND, breached, sound

from aforo.domain.role import Role
from aforo.domain.trip import Discharged, SealRead

if TYPE_CHECKING:
    from conftest import Consoles
    from journeys import Learnt
    from listening import Listening

Axe = Callable[..., list[str]]
UPRIGHT: ViewportSize = {"width": 768, "height": 1024}
#: Another trip that was broken, which ends in its test.
ENDED = "MTY-LRD-0044"
THEIRS = "REY-MCA-0001"
#: What lies beyond the right edge of the page, or of the panel that it is in; a map cuts off what reaches beyond it.
BEYOND = """() => [...document.querySelectorAll('#page *')]
  .filter((each) => each.checkVisibility() && !each.closest('.unseen'))
  .filter((each) => !each.matches('.custody-map > :is(circle, path)'))
  .map((each) => [each, each.closest('.inside-flush, .trip-scrolls') ?? document.documentElement])
  .filter(([each, box]) => each.getBoundingClientRect().right > box.getBoundingClientRect().right + 1)
  .map(([each]) => `${each.tagName} ${each.textContent.slice(0, 60)}`)"""


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """A morning of cases, with trips of two carriers, one of which is for the crossing of the morning's case."""
    with morning(learnt, tmp_path_factory.mktemp("trips")) as made:
        breached(made, crossing=STORY)
        breached(made, ENDED)
        sound(made)
        sound(made, THEIRS, "CA-2", regime="in_bond")
        read = {"seal_id": f"mx {SOUND[-4:]}", "where": "World Trade, primary"}
        assert made.as_("officer").post(f"/v1/trips/{SOUND}/seal-read", json=read).status_code == 200
        yield made


@pytest.fixture(scope="module")
def since(served: Listening) -> datetime:
    """When the trip that was broken was sealed."""
    return datetime.fromisoformat(served.as_("officer").get(f"/v1/trips/{BREACH}").json()["seals"][0]["since"])


def opened(consoles: Consoles, trip: str, lang: str = "en", viewport: ViewportSize = DESKTOP) -> Page:
    page = consoles.open(f"/trips/{trip}", "officer", lang, viewport=viewport)
    expect(page.locator(".trip-stands")).to_be_visible()
    return page


@pytest.mark.parametrize(("lang", "size"), [("en", DESKTOP), ("es", UPRIGHT)], ids=["en-desk", "es-upright"])
def test_a_breach_is_seen_with_its_interval_its_grade_and_its_hashes(
    consoles: Consoles, served: Listening, axe: Axe, lang: str, size: ViewportSize
) -> None:
    said = words(lang, "custody") | words(lang, "trip")
    page = opened(consoles, BREACH, lang, size)
    stands = page.get_by_role("region", name=said["verdict"])
    expect(stands).to_contain_text(said["state_broken"])
    expect(stands).to_contain_text(said["grade_device"])
    expect(stands).to_contain_text("(2 min)")
    verdict = served.as_("officer").get(f"/v1/trips/{BREACH}/custody").json()
    (fact,) = verdict["facts"]
    facts = page.locator(".trip-facts")
    expect(facts).to_contain_text(said["fact_opened"])
    for each in fact["rests_on"]:
        expect(facts).to_contain_text(each)
    # The band and its twin say the same: open in the yard, silent, then broken.
    expect(page.get_by_role("img", name=re.compile(re.escape(said["state_broken"])))).to_be_visible()
    page.locator(".trip-band summary").press("Enter")
    table = page.get_by_role("table", name=said["table_caption"])
    states = table.locator("tbody .tag").all_inner_texts()
    assert states == [said[f"state_{each}"] for each in ("intact", "open", "intact", "silent", "intact", "broken")]
    assert len(verdict["spans"]) == len(states)
    assert axe(page) == []
    assert page.evaluate(BEYOND) == []


def test_the_custody_of_an_earlier_instant_and_by_what_was_known_then(
    consoles: Consoles, served: Listening, since: datetime
) -> None:
    page = opened(consoles, BREACH)
    stands = page.get_by_role("region", name="The verdict")

    def show(about: datetime | None, by: datetime | None) -> None:
        for label, at in (("Asked about", about), ("As known by", by)):
            page.get_by_label(label).fill("" if at is None else f"{at:%Y-%m-%dT%H:%M}")
        page.get_by_role("button", name="Show", exact=True).press("Enter")

    before = since + timedelta(minutes=80)
    show(before, None)
    expect(stands).to_contain_text("intact")
    expect(page.locator(".trip-shown")).to_contain_text(
        f"Shown: custody at {before:%b} {before.day}, {before:%Y, %H:%M} UTC, by what"
    )
    show(since + timedelta(minutes=55), None)
    expect(stands).to_contain_text("silent")
    expect(stands).to_contain_text("proven: signed by the device")
    # The address names the instants: whoever is sent it sees the same.
    expect(page).to_have_url(re.compile(r"\?at=\d{4}-"))
    page.reload()
    expect(stands).to_contain_text("silent")
    show(None, since - timedelta(hours=1))
    expect(page.get_by_text("At that instant this trip was not on record here")).to_be_visible()
    page.get_by_role("button", name="Back to now").click()
    expect(stands).to_contain_text("broken")
    expect(page.locator(".trip-shown")).to_contain_text("Shown: custody now")


def test_a_number_is_read_the_seal_taken_off_and_the_trip_discharged_by_the_keyboard(
    consoles: Consoles, served: Listening, axe: Axe
) -> None:
    page = opened(consoles, ENDED)
    page.get_by_role("button", name="Read the number").press("Enter")
    dialog = page.get_by_role("dialog", name="Read the number")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("This is needed.")).to_be_visible()
    page.keyboard.type("MX 9998")
    page.keyboard.press("Enter")
    # It cannot be taken back: whoever mistyped it has a second look.
    expect(dialog.get_by_role("alert")).to_contain_text("No seal of this trip bears MX 9998.")
    assert axe(page) == []
    page.keyboard.press("Backspace")
    page.keyboard.type("9")
    expect(dialog.get_by_role("alert")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("No seal of this trip bears MX 9999.")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Recorded as read on the seal: MX 9999.")).to_be_visible()
    expect(page.locator(".trip-facts")).to_contain_text("Swapped: another number was read on it")
    expect(page.locator(".trip-facts")).to_contain_text("recorded by who read the number")
    (read,) = [each.payload for each in served.log.stream(f"trip/{ENDED}", types=(SealRead.TYPE,))]
    assert isinstance(read, SealRead)
    assert read.seal_id == "MX 9999"
    page.get_by_role("button", name="Take a seal off").press("Enter")
    page.get_by_label("Whose act it is").fill("CBP")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="The verdict")).to_contain_text("not sealed")
    expect(page.get_by_role("region", name="The verdict")).to_contain_text("Before, at worst: broken")
    facts = page.get_by_role("region", name="Facts behind what its seals were")
    expect(facts).to_contain_text("Opened where it may not be")
    expect(page.get_by_role("button", name="Read the number")).to_have_attribute("aria-disabled", "true")
    page.get_by_role("button", name="Discharge").press("Enter")
    page.get_by_role("dialog").get_by_label("Where").fill("World Trade, customs")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Recorded: discharged at World Trade, customs.")).to_be_visible()
    expect(page.get_by_role("button", name="Discharge")).to_have_count(0)
    assert [each.payload for each in served.log.stream(f"trip/{ENDED}", types=(Discharged.TYPE,))] == [
        Discharged("World Trade, customs")
    ]
    assert axe(page) == []


def test_the_band_of_a_trip_that_is_over_ends_at_its_discharge(consoles: Consoles, served: Listening) -> None:
    trip = "MTY-LRD-0046"
    since = breached(served, trip)
    at = since + timedelta(minutes=110)
    body = {"where": "World Trade, customs", "at": at.isoformat()}
    assert served.as_("officer").post(f"/v1/trips/{trip}/discharge", json=body).status_code == 200
    page = opened(consoles, trip)
    ends = f"{at:%b} {at.day}, {at:%Y, %H:%M} UTC"
    expect(page.get_by_role("img", name=re.compile(f"States of .* to {re.escape(ends)};"))).to_be_visible()
    legend = page.locator(".trip-legend")
    expect(legend).to_contain_text(f"discharged, {ends}")
    expect(legend).not_to_contain_text("asked about")
    # What is asked of an instant before that is marked on it as ever.
    page.goto(f"{page.url}?at={(since + timedelta(minutes=50)).isoformat().replace('+', '%2B')}")
    expect(legend).to_contain_text("asked about")
    expect(legend).to_contain_text(f"discharged, {ends}")


def test_the_list_says_how_each_trip_stands_and_which_are_overdue(
    consoles: Consoles, served: Listening, axe: Axe
) -> None:
    page = consoles.open("/", "officer")
    page.get_by_role("navigation").get_by_role("link", name="Trips under seal").click()
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=BREACH))
    expect(row).to_contain_text("broken")
    expect(row).to_contain_text("proven: signed by the device")
    expect(row.get_by_role("link", name=STORY)).to_be_visible()
    expect(page.get_by_role("row").filter(has_text=SOUND)).to_contain_text("intact")
    # Where each was last says who vouches for it.
    page.get_by_text("As a table", exact=True).click()
    placed = page.get_by_role("table", name="Last known places, the gravest first").get_by_role("row")
    expect(placed.filter(has_text=BREACH)).to_contain_text("proven: signed by the device")
    assert axe(page) == []
    page.get_by_label("Overdue alone").check()
    expect(page.get_by_text("No trip is overdue.")).to_be_visible()
    page.get_by_label("Open a trip by its name").fill("nothing")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No trip of this name is on record for you.")).to_be_visible()


def test_a_carrier_sees_its_own_alone_announces_and_seals(consoles: Consoles, served: Listening, axe: Axe) -> None:
    page = consoles.open("/trips", "carrier", carriers=("CA-2",))
    expect(page.get_by_role("link", name=THEIRS)).to_be_visible()
    expect(page.get_by_role("link", name=BREACH)).to_have_count(0)
    page.get_by_role("button", name="Announce a trip").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Carrier")).to_have_value("CA-2")
    # One that there is stays what it is.
    dialog.get_by_label("Trip", exact=True).fill(THEIRS)
    ends = served.log.clock() + timedelta(hours=5)
    dialog.get_by_label("To be discharged by").fill(f"{ends:%Y-%m-%dT%H:%M}")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("There is a trip of this name already.")).to_be_visible()
    dialog.get_by_label("Trip", exact=True).fill("REY-MCA-0002")
    dialog.get_by_label("Places").fill("a yard in Reynosa")
    dialog.get_by_role("button", name="Announce it").click()
    expect(dialog.get_by_text("This line tells of no place: a yard in Reynosa")).to_be_visible()
    dialog.get_by_label("Places").fill("Yard, 26.05, -98.3, 800, open")
    dialog.get_by_label("Carta Porte").fill("CCC-7")
    assert axe(page, within="dialog[open]") == []
    dialog.get_by_role("button", name="Announce it").click()
    expect(page.locator("h1")).to_have_text("Trip REY-MCA-0002")
    expect(page.get_by_role("row").filter(has_text="Yard")).to_contain_text("stop and open the seal")
    expect(page.locator("main")).to_contain_text("anybody of the carrier may seal it")
    expect(page.get_by_role("button", name="Discharge")).to_have_count(0)
    # Its seal is on another trip still.
    page.get_by_role("button", name="Put a seal on").click()
    page.get_by_label("Device").fill(f"{THEIRS}-seal")
    page.get_by_label("Number on the seal").fill("MX 7")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("seals another trip")
    page.keyboard.press("Escape")
    device = {"kind": "seal", "supplier": "Norte", "promise_s": 600, "tolerance_s": 60, "carrier": "CA-2"}
    assert served.as_("supervisor").put("/v1/devices/free-seal", json=device).status_code == 200
    page.get_by_role("button", name="Put a seal on").click()
    page.get_by_label("Device").fill("free-seal")
    page.get_by_label("Number on the seal").fill("MX 8")
    page.keyboard.press("Enter")
    bound = page.get_by_role("row").filter(has_text="MX 8")
    expect(bound).to_contain_text("for crossing not named, Carta Porte CCC-7")
    assert axe(page) == []
    # Of another's nothing is told, not even that there is one.
    page.goto(f"{served.address}/console/trips/{BREACH}")
    expect(page.get_by_text("No trip of this name is on record for you.")).to_be_visible()


def test_the_page_of_its_crossing_tells_the_custody_in_a_line(consoles: Consoles) -> None:
    said = words("es", "custody") | words("es", "crossing")
    page = consoles.open(f"/crossing/{STORY}", "officer", "es")
    panel = page.get_by_role("region", name=said["custody"])
    expect(panel).to_contain_text(said["state_broken"])
    expect(panel).to_contain_text(said["grade_device"])
    panel.get_by_role("link", name=re.compile(BREACH)).click()
    expect(page.locator("h1")).to_contain_text(BREACH)


def test_a_device_is_registered_gets_another_key_and_is_retired(
    consoles: Consoles, served: Listening, axe: Axe
) -> None:
    page = consoles.open("/devices", "supervisor", viewport=UPRIGHT)
    expect(page.get_by_role("row").filter(has_text=f"{SOUND}-seal")).to_contain_text(SOUND)
    assert page.evaluate(BEYOND) == []
    assert axe(page) == []
    page.get_by_role("button", name="Register a device").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Device").fill("seal-new")
    dialog.get_by_label("Supplier").fill("Candados del Norte")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Device seal-new")
    expect(page.locator("main")).to_contain_text("no: what it reports is a claim")
    page.get_by_role("button", name="Change its key").click()
    page.get_by_label("New public key").fill("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Give the old key's signature, or say why")).to_be_visible()
    page.get_by_label("Why you vouch for it").fill("Its supplier handed it over.")
    page.get_by_role("dialog").get_by_role("button", name="Change the key").click()
    expect(page.locator("main")).to_contain_text("yes; it has had 1 key")
    page.get_by_role("button", name="Take it out of service").click()
    page.get_by_label("Why").fill("Worn.")
    page.get_by_role("dialog").get_by_role("button", name="Take it out of service").click()
    expect(page.get_by_text("Recorded: it is out of service.")).to_be_visible()
    assert served.as_("officer").get("/v1/devices/seal-new").json()["retired"] is True
    # One that seals a trip stays.
    page.goto(f"{served.address}/console/devices/{SOUND}-seal")
    retire = page.get_by_role("button", name="Take it out of service")
    expect(retire).to_have_attribute("aria-disabled", "true")


def test_who_reads_alone_is_offered_nothing_to_do(consoles: Consoles, served: Listening) -> None:
    page = consoles.open(f"/trips/{BREACH}", "auditor")
    expect(page.locator(".trip-stands")).to_be_visible()
    for name in ("Put a seal on", "Record an inspection", "Read the number", "Take a seal off", "Discharge"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize(("role", "path"), [("officer", "/trips"), ("carrier", "/carrier")])
def test_the_pack_for_an_audit_is_saved_on_paper_and_as_a_table(
    consoles: Consoles, since: datetime, axe: Axe, tmp_path: Path, role: Role, path: str, lang: str
) -> None:
    said = words(lang, "custody") | words(lang, "carrier")
    page = consoles.open(path, role, lang, carriers=("CA-1",) if role == "carrier" else ())
    if role == "carrier":
        page.get_by_role("tab", name=said["seals"]).click()
    panel = page.get_by_role("region", name=said["pack"])
    day = f"{since:%Y-%m-%d}"
    panel.get_by_label(said["pack_first"]).fill(day)
    panel.get_by_label(said["pack_last"]).fill(day)
    for name, begins in (("pack_pdf", b"%PDF-"), ("pack_csv", b"\xef\xbb\xbfrecord,")):
        with page.expect_download() as saved:
            panel.get_by_role("button", name=said[name]).press("Enter")
        file = tmp_path / saved.value.suggested_filename
        saved.value.save_as(file)
        assert file.name.startswith(f"aforo-seal-pack-{day}.")
        assert file.read_bytes().startswith(begins)
        if name == "pack_csv":
            assert (THEIRS in file.read_text(encoding="utf-8-sig")) == (role == "officer")
    panel.get_by_label(said["pack_last"]).fill("2020-01-01")
    expect(panel).to_contain_text(said["pack_days_wrong"])
    assert axe(page) == []
    assert page.evaluate(BEYOND) == []


def test_the_days_of_a_pack_are_those_of_the_nodes_clock(consoles: Consoles) -> None:
    context = consoles.context("officer")
    context.route(
        "**/v1/trips?*limit=1",
        lambda route: route.fulfill(json={"synthetic": True, "now": "2024-02-14T16:00:00Z", "total": 0, "trips": []}),
    )
    page = context.new_page()
    page.goto(f"{consoles.served.address}/console/trips")
    panel = page.get_by_role("region", name="Seal log for an audit")
    expect(panel.get_by_label("Last day")).to_have_value("2024-02-14")
    expect(panel.get_by_label("First day")).to_have_value("2024-01-14")


def test_a_number_that_a_gate_read_is_noted_beside_the_verdict(consoles: Consoles, axe: Axe) -> None:
    page = opened(consoles, SOUND)
    noted = page.get_by_role("region", name="Noted beside it")
    expect(noted).to_contain_text("Its number was read on it")
    expect(noted).to_contain_text("World Trade, primary")
    expect(noted).to_contain_text("claimed: nobody signed it")
    # All that its seal said came at once, two hours after it was put on.
    expect(noted).to_contain_text("What was missing for a while came after all")
    expect(noted).to_contain_text("proven: signed by the device · what was missing came later")
    assert axe(page) == []
