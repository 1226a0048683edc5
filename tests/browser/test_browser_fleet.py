"""The fleet in a browser: scanners and devices beside them, the pipeline, what is owed, utilisation, a life."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import at_fleet
import pytest
from conftest import DESKTOP
from dock_scene import words
from journeys import Post
from listening import Listening, listening
from pictured import whole_picture
from playwright.sync_api import ViewportSize, expect
from test_browser_trips import BEYOND, UPRIGHT

from aforo.api.access import Rate
from aforo.domain.role import Role
from aforo.flow.fleet_documents import put_contract, put_targets

if TYPE_CHECKING:
    from conftest import Consoles
    from journeys import Learnt

Axe = Callable[..., list[str]]
#: Words of a drawing that lie over each other.
CLASHING = """(drawing) => {
  const said = [...drawing.querySelectorAll('text')].map((each) => [each.textContent, each.getBoundingClientRect()]);
  return said.flatMap(([text, a], at) => said.slice(at + 1).filter(([, b]) =>
    a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
    .map(([other]) => `${text} / ${other}`));
}"""


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """A node with a small fleet, a contract in two versions, and targets."""
    with listening(Post(learnt, tmp_path_factory.mktemp("fleet")), rate=Rate(1e6, 1e6)) as made:
        at_fleet.furnish(made)
        yield made


@pytest.mark.parametrize(
    ("lang", "size", "dark"), [("en", DESKTOP, False), ("es", UPRIGHT, True)], ids=["en-desk", "es-upright-dark"]
)
def test_every_view_tells_what_there_is_and_is_gone_through_by_the_keyboard(
    consoles: Consoles, axe: Axe, lang: str, size: ViewportSize, dark: bool
) -> None:
    said = words(lang, "fleet")
    page = consoles.open("/fleet", "officer", lang, viewport=size, dark=dark)
    panel = page.get_by_role("tabpanel")
    each = page.get_by_role("region", name=said["each_device"])
    row = each.get_by_role("row").filter(has_text="S-1")
    expect(row).to_contain_text(said["status_up"])
    expect(row).to_contain_text("72.0 h")
    expect(each.get_by_role("row").filter(has_text="P-1")).to_have_count(0)
    expect(panel).to_contain_text("America/Chicago")
    assert axe(page) == []
    assert page.evaluate(BEYOND) == []
    page.get_by_role("tab", name=said["view_fleet"]).focus()
    for key, text in (
        ("pipeline", "land lease"),
        ("contracts", "SYNTHETIC Imaging"),
        ("use", said["under_target"]),
    ):
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("tab", name=said[f"view_{key}"])).to_be_focused()
        expect(panel).to_contain_text(text)
        whole_picture(page, f"fleet-{key}-{lang}")
        assert axe(page) == [], key
        assert page.evaluate(BEYOND) == [], key


def test_cameras_are_told_apart_and_their_hours_are_in_no_figure_of_scanners(consoles: Consoles) -> None:
    page = consoles.open("/fleet", "analyst")
    each = page.get_by_role("region", name="Each of them")
    expect(each.get_by_role("row").filter(has_text="S-1")).to_be_visible()
    page.get_by_label("Devices", exact=True).select_option("camera")
    row = each.get_by_role("row").filter(has_text="P-1")
    expect(row).to_contain_text("plate camera")
    expect(row).to_contain_text("5.0 h")
    expect(each.get_by_role("row").filter(has_text="S-1")).to_have_count(0)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_life_of_a_scanner_is_drawn_and_says_what_was_made_of_each_report(
    consoles: Consoles, axe: Axe, lang: str
) -> None:
    said = words(lang, "fleet")
    page = consoles.open("/fleet", "supervisor", lang)
    page.get_by_role("link", name="S-1", exact=True).click()
    expect(page.locator("h1")).to_have_text(said["page_title"].format(scanner="S-1"))
    drawn = page.locator(".fleet-life svg[role='img']")
    expect(drawn).to_be_visible()
    assert drawn.evaluate(CLASHING) == []
    happened = page.get_by_role("region", name=said["happened"])
    for effect in ("begins", "joins", "overruled", "ends", "nothing"):
        expect(happened).to_contain_text(said[f"effect_{effect}"])
    expect(happened.get_by_text(said["late"], exact=True)).to_have_count(1)
    one = page.get_by_role("region", name=said["interruptions"], exact=True)
    expect(one).to_contain_text("port, supplier")
    expect(one).to_contain_text("72.0 h")
    expect(page.get_by_role("region", name=said["owed_title"])).to_contain_text("4.2")
    assert axe(page) == []
    assert page.evaluate(BEYOND) == []


@pytest.mark.parametrize(("lang", "size"), [("en", DESKTOP), ("es", UPRIGHT)], ids=["en-desk", "es-upright"])
def test_cut_months_silence_and_remarks_are_told(
    consoles: Consoles, axe: Axe, served: Listening, lang: str, size: ViewportSize
) -> None:
    said = words(lang, "fleet")
    page = consoles.open("/fleet", "officer", lang, viewport=size)
    row = page.get_by_role("region", name=said["each_device"]).get_by_role("row").filter(has_text="S-1")
    expect(row).to_contain_text(said["of_these_silent"].format(hours="30.0 h"))
    expect(page.get_by_role("tabpanel")).to_contain_text(said["silent"].format(hours="30.0 h"))
    other = at_fleet.contract().replace('"C-1"', '"C-2"').replace("[fee]", 'scanners = ["S-1", "S-9"]\n[fee]')
    put_contract(served.log, other.encode(), "tester")
    page = consoles.open("/fleet?view=contracts", "officer", lang, viewport=size)
    panel = page.get_by_role("tabpanel")
    expect(panel).to_contain_text(said["remark_scanner"].format(document="C-2", count=1, words="S-9"))
    expect(panel).to_contain_text(said["remark_billed_twice"].format(document="C-1, C-2", count=1, words="S-1"))
    own = page.get_by_role("region", name=said["contract_title"].format(contract="C-1", version=2))
    expect(own).to_contain_text(said["cut_months"].format(count=1))
    expect(own).to_contain_text(said["cut_months_unjudged"])
    own.get_by_text(said["months"], exact=True).click()
    now = own.get_by_role("row").filter(has_text=f"{served.log.clock():%Y-%m}").filter(has_text=said["cut"])
    expect(now).to_contain_text(said["no_band"])
    whole_picture(page, f"fleet-cut-months-{lang}")
    assert axe(page) == []
    assert page.evaluate(BEYOND) == []
    served.as_("supervisor").post("/v1/fleet/documents/contract/C-2/rollback")


def test_a_month_that_is_not_over_has_no_scan_rate_and_is_under_no_target(
    consoles: Consoles, served: Listening
) -> None:
    month = f"{served.log.clock():%Y-%m}"
    aims = at_fleet.TARGETS.format(version=3) + (
        '[[scan_rate.target]]\nshare = 0.27\nsource = "assumed"\n[[scan_rate.eligible]]\n'
        f'port = "world-trade"\nmonth = "{month}"\nconveyance = "truck"\ncount = 1000\n'
    )
    put_targets(served.log, aims.encode(), "tester")
    page = consoles.open("/fleet?view=use", "officer")
    row = page.get_by_role("region", name="Scan rate of world-trade").get_by_role("row").filter(has_text=month)
    expect(row).to_contain_text("cut by the period")
    expect(row).to_contain_text("1,000")
    expect(row).not_to_contain_text("under target")
    served.as_("supervisor").post("/v1/fleet/documents/targets/targets/rollback")


def test_a_claim_is_saved_and_another_version_is_reckoned_with(consoles: Consoles) -> None:
    page = consoles.open("/fleet?view=contracts", "supervisor")
    contract = page.get_by_role("region", name="C-1, version 2")
    with page.expect_download() as saved:
        contract.get_by_role("link", name="Claim (CSV)").click()
    text = saved.value.path().read_text(encoding="utf-8")
    assert text.startswith("contract,version,document,supplier")
    assert ",4.2," in text
    page.get_by_role("button", name="Reckon with it: C-1, Version 1").click()
    expect(page.get_by_role("region", name="C-1, version 1")).to_contain_text("not in force")
    page.get_by_role("button", name="As it is in force").click()
    expect(contract).to_contain_text("from 2020-01-01")


def test_a_period_is_chosen_and_one_that_is_none_is_told(consoles: Consoles, served: Listening) -> None:
    quiet = (served.log.clock() - timedelta(days=2)).date().isoformat()
    page = consoles.open(f"/fleet?first={quiet}&last={quiet}", "officer")
    expect(page.get_by_role("tabpanel")).to_contain_text("No outage in the period")
    page = consoles.open("/fleet?first=2024-02-02&last=2024-02-01", "officer")
    expect(page.locator("main .notice")).to_contain_text("A period has its first day no later than its last")
    page.get_by_role("button", name="Show the last year").click()
    expect(page.get_by_role("link", name="S-1", exact=True)).to_be_visible()


def test_of_a_scanner_that_nobody_knows_that_is_said(consoles: Consoles) -> None:
    page = consoles.open("/fleet/S-77", "officer")
    expect(page.locator("main")).to_contain_text("Nothing was ever reported of S-77.")


@pytest.mark.parametrize(("role", "puts"), [("supervisor", True), ("auditor", False), ("analyst", False)])
def test_each_role_sees_what_the_server_lets_it(consoles: Consoles, role: Role, puts: bool) -> None:
    page = consoles.open("/fleet?view=contracts", role)
    expect(page.get_by_role("navigation").get_by_role("link", name="Fleet", exact=True)).to_have_count(1)
    expect(page.get_by_text("You may put another document in force")).to_have_count(int(puts))


@pytest.mark.parametrize("role", ["carrier", "administrator"])
def test_who_may_not_see_it_has_no_entry_to_it(consoles: Consoles, role: Role) -> None:
    page = consoles.open("/account", role, carriers=("CA-1",) if role == "carrier" else ())
    expect(page.locator("h1")).to_be_visible()
    expect(page.get_by_role("navigation").get_by_role("link", name="Fleet", exact=True)).to_have_count(0)
