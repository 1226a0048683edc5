"""Pages of cases in a browser: a crossing and why, parties, lists, challenges, the handover."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from case_pages import opened
from cases import STORY, morning
from dock_scene import words
from journeys import truck
from playwright.sync_api import Route, expect

from aforo.domain.event import Decided, PersonRead
from aforo.domain.handover import HandoverSigned
from aforo.flow.decision_explained import explain

if TYPE_CHECKING:
    from conftest import Consoles
    from journeys import Learnt
    from listening import Listening


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """A node on which a morning has happened."""
    with morning(learnt, tmp_path_factory.mktemp("cases")) as made:
        yield made


def test_the_crossing_says_what_to_do_and_the_waterfall_what_was_decided(consoles: Consoles) -> None:
    page = opened(consoles, "crossing")
    standing = page.get_by_label("How it stands")
    expect(standing.locator("strong")).to_have_text("Hold")
    expect(standing).to_contain_text("World Trade Bridge · 2304")
    expect(standing).to_contain_text("An examination found something: two officers release it.")
    node = consoles.served.desk.node
    assert node is not None
    decisions = [each.event for each in node.log.stream(f"crossing/{STORY}") if each.event.type == "crossing.decided"]
    told = explain(decisions[-1].event_id, node)
    assert told is not None
    contraband = next(each for each in told.waterfalls[0].threats if each.threat == "contraband")
    page.get_by_text("Every term as a table").click()
    table = page.get_by_role("table", name=re.compile("Evidence for contraband"))
    rows = table.locator("tbody tr")
    assert rows.count() == len(contraband.terms) + 2
    total = sum(float(text.replace("−", "-")) for text in rows.locator("td:nth-child(2)").all_inner_texts()[:-1])
    assert abs(total - contraband.sum / 1e6) < 0.005 * rows.count()
    expect(rows.last).to_contain_text(f"{contraband.sum / 1e6:.2f}".replace("-", "−"))
    # The picture of the same: a base, at most ten terms, a sum.
    picture = page.get_by_role("img", name=re.compile("Evidence for contraband"))
    assert picture.locator("path").count() == min(len(contraband.terms), 10)
    # Another threat, by the arrow key.
    page.get_by_role("tab", name=re.compile("contraband")).focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("img", name=re.compile("Evidence for people"))).to_be_visible()
    options = page.get_by_role("table", name="What was weighed, in truck-minutes")
    expect(options.locator("tr[aria-selected=true]")).to_contain_text("decided")


def test_a_sentence_in_a_tag_stays_within_its_panel_on_an_upright_tablet(consoles: Consoles) -> None:
    """That an examination left something to do: what the node answers of one is put in this crossing's place."""
    page = consoles.open("/account", "officer", "es", viewport={"width": 768, "height": 1024})

    def told(route: Route) -> None:
        answer = route.fetch()
        case = answer.json()
        case["standing"] |= {"left_to_do": True}
        route.fulfill(response=answer, body=json.dumps(case))

    page.route(f"**/v1/crossings/{STORY}/timeline", told)
    page.goto(f"{consoles.served.address}/console/crossing/{STORY}")
    tag = page.locator(".standing .tag").filter(has_text=words("es", "crossing")["left_yes"])
    expect(tag).to_be_visible()
    right = "(each) => each.getBoundingClientRect().right"
    assert tag.evaluate(right) <= page.locator(".standing").evaluate(right)
    # Short ones in tables do not break.
    short = page.locator("table .tag").first
    assert short.evaluate("(each) => getComputedStyle(each).whiteSpace") == "nowrap"


def test_orders_are_given_and_taken_back_on_the_page(consoles: Consoles) -> None:
    decided = consoles.served.log.read(types=[Decided.TYPE])
    released = next(each for each in decided if each.event.data["examination"] == "release")
    own = released.event.stream.removeprefix("crossing/")
    page = consoles.open(f"/crossing/{own}", "officer")
    orders = page.get_by_role("group", name="What may be ordered")
    standing = page.get_by_label("How it stands")
    was = standing.locator("strong").inner_text()
    orders.get_by_role("button", name="Raise to Secondary").click()
    expect(standing.locator("strong")).to_have_text("Secondary")
    expect(standing).to_contain_text("Ordered by officer at the console")
    orders.get_by_role("button", name="Accept").click()
    expect(standing).to_contain_text("Accepted by officer at the console")
    # What one said last is taken back first.
    orders.get_by_role("button", name="Take my acceptance back").click()
    expect(standing).not_to_contain_text("Accepted by")
    expect(standing.locator("strong")).to_have_text("Secondary")
    orders.get_by_role("button", name="Take the order back").click()
    expect(standing.locator("strong")).to_have_text(was)
    auditor = consoles.open(f"/crossing/{own}", "auditor")
    expect(auditor.get_by_label("How it stands")).to_be_visible()
    assert auditor.get_by_role("group", name="What may be ordered").count() == 0


def test_what_others_do_is_on_the_page_at_once(consoles: Consoles) -> None:
    page = consoles.open("/crossing/OTHER-1", "officer")
    expect(page.locator("header.top")).to_contain_text("Live")
    expect(page.get_by_label("How it stands").locator("strong")).to_have_text("Secondary")
    luz = consoles.served.as_("officer", "Luz Rivera")
    said = {"examination": "hold", "reason": "Two manifests for one trailer."}
    assert luz.post("/v1/crossings/OTHER-1/override", json=said).status_code == 200
    expect(page.get_by_label("How it stands").locator("strong")).to_have_text("Hold")
    expect(page.locator(".timeline")).to_contain_text("“Two manifests for one trailer.”")


def test_of_a_truck_that_was_seen_to_nothing_more_is_asked_and_a_look_is_no_event_of_it(consoles: Consoles) -> None:
    luz = consoles.served.as_("officer", "Luz Rivera")
    assert luz.post("/v1/filings", json=truck("SEEN-TO")).status_code == 200
    said = {"examination": "secondary", "reason": "The seal differs."}
    made = luz.post("/v1/crossings/SEEN-TO/override", json=said)
    assert made.status_code == 200 or "override_changes_nothing" in made.text, made.text
    page = consoles.open("/crossing/SEEN-TO", "officer")
    standing, orders = page.get_by_label("How it stands"), page.get_by_role("group", name="What may be ordered")
    expect(standing.locator("strong")).to_have_text("Secondary")
    expect(orders.get_by_role("button", name="Raise to Hold")).to_be_visible()
    clear = {"crossing_id": "SEEN-TO", "examined": 1, "outcome": 0, "carried_out": "secondary"}
    assert luz.post("/v1/outcomes", json=clear).status_code == 200
    page.reload()
    expect(standing.locator("strong")).to_have_text("Nothing more")
    expect(standing).to_contain_text("What was ordered: Secondary")
    expect(standing).to_contain_text("Examination reported")
    expect(standing).not_to_contain_text("Opened the crossing")
    expect(orders.get_by_role("button", name=re.compile("Raise|Lower"))).to_have_count(0)


def test_a_decision_is_made_again_with_one_click(consoles: Consoles) -> None:
    page = opened(consoles, "crossing")
    decisions = page.get_by_role("table", name=re.compile("Every decision"))
    assert decisions.locator("tbody tr").count() == 2
    decisions.get_by_role("button", name="Make it again").first.click()
    expect(decisions.get_by_role("status").first).to_contain_text("the same to the bit")
    decisions.get_by_role("button", name="Show why").last.click()
    expect(page.get_by_role("button", name="Back to the decision that stands")).to_be_visible()


def test_no_column_of_the_decisions_is_cut_where_figures_are_long(consoles: Consoles) -> None:
    page = opened(consoles, "crossing", "es", viewport={"width": 1366, "height": 768})
    table = page.get_by_role("table", name=re.compile("Cada decisión|Todas las decisiones|decision"))
    cut = table.evaluate(
        """table => {
             for (const each of table.querySelectorAll('td.number')) each.textContent = '12,345.6 / 12,345.6';
             const said = 'muestra al azar · después de una inspección';
             for (const each of table.querySelectorAll('td:nth-child(2) .small')) each.textContent = said;
             return table.getBoundingClientRect().right - table.closest('.panel').getBoundingClientRect().right;
           }"""
    )
    assert cut <= 1


def test_the_timeline_tells_what_came_late_and_who_has_seen_it(consoles: Consoles) -> None:
    page = opened(consoles, "crossing")
    timeline = page.locator(".timeline")
    expect(timeline.locator("li", has_text="Examination reported")).to_contain_text("came 25 min late")
    expect(timeline.locator("li[data-kind=read]")).to_contain_text("wtb-1")
    page.get_by_role("button", name="Orders").click()
    assert timeline.locator("> li").count() == 1
    expect(timeline).to_contain_text("“The seal differs.”")
    seen = page.get_by_role("table", name="Who opened it")
    expect(seen).to_contain_text("Luz Rivera")
    expect(seen).to_contain_text("Driver's name")
    expect(seen.get_by_role("row").filter(has_text="at the console").first).to_contain_text("opened it")


def test_the_timeline_has_words_and_no_identifiers(consoles: Consoles) -> None:
    luz = consoles.served.as_("officer", "Luz Rivera")
    assert luz.post("/v1/filings", json=truck("WORDS-1")).status_code == 200
    begin = {"act": "begin", "examination": "secondary", "bridge": "world-trade", "dock": "3"}
    for act in (begin, {"act": "check", "item": "closed_again", "result": "clear", "seen": 1}):
        made = luz.post("/v1/crossings/WORDS-1/examinations/w", json=act)
        assert made.status_code == 200, made.text
    work = {"crossing_id": "WORDS-1", "resource": "scanner", "step": "started", "unit": "world-trade-secondary-8"}
    assert luz.post("/v1/bridges/world-trade/work", json=work).status_code == 200
    page = consoles.open("/crossing/WORDS-1", "officer", "es")
    timeline = page.locator(".timeline")
    expect(timeline).to_contain_text("cerrado de nuevo con candado nuevo: sin novedad")
    expect(timeline).to_contain_text("WORDS-1, forma: una declaración en JSON")
    expect(timeline).to_contain_text("escáner de revisión secundaria 8 · World Trade Bridge")
    for word in ("closed_again", "declarations_json", "world-trade-"):
        expect(timeline).not_to_contain_text(word)
    handover = opened(consoles, "handover", "es")
    expect(handover.locator("main")).to_contain_text("WORDS-1 escáner de revisión secundaria 8")


def test_persons_are_shown_on_demand_and_that_is_in_the_list_at_once(consoles: Consoles) -> None:
    page = opened(consoles, "crossing")
    main = page.locator("main")
    expect(main).not_to_contain_text("D-31")
    page.get_by_role("button", name="Show persons").click()
    expect(main).to_contain_text("D-31")
    seen = page.get_by_role("table", name="Who opened it")
    expect(seen).to_contain_text("officer at the console")
    analyst = opened(consoles, "crossing", role="analyst")
    assert analyst.get_by_role("button", name="Show persons").count() == 0
    assert analyst.get_by_text("Who takes part").count() == 0


def test_an_auditor_proves_an_event_in_the_browser(consoles: Consoles) -> None:
    page = opened(consoles, "crossing", role="auditor")
    line = page.locator(".timeline li", has_text="Examination reported")
    line.locator("summary").click()
    line.get_by_role("button", name="Prove it").click()
    expect(line.get_by_role("status")).to_contain_text("leads to the root of aforo/")


def test_a_party_is_looked_up_and_no_address_names_it(consoles: Consoles) -> None:
    page = opened(consoles, "entities")
    page.get_by_label("Kind").select_option("driver")
    page.get_by_label("Identifier").fill("d 31")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Driver ")
    assert "31" not in page.url.rpartition("/")[2][:4]
    assert "D-31" not in page.url
    read = [each.payload for each in consoles.served.log.read(types=[PersonRead.TYPE]) if "console" in each.event.actor]
    assert any(isinstance(each, PersonRead) and each.person for each in read)
    page.goto(f"{consoles.served.address}/console/entities")
    page.get_by_label("Identifier").fill("NOBODY-AT-ALL")
    page.get_by_role("button", name="Look up").click()
    expect(page.get_by_role("status").filter(has_text="Nobody is known")).to_be_visible()


def test_the_page_of_a_party_shows_memory_links_and_history(consoles: Consoles) -> None:
    page = opened(consoles, "entity")
    expect(page.get_by_role("table", name=re.compile("The posterior of each threat"))).to_contain_text("contraband")
    assert page.get_by_role("img", name=re.compile("% to .*%")).count() == 4
    links = page.get_by_role("table", name=re.compile("Parties that came with it"))
    expect(links.locator("tr", has_text="new")).to_contain_text("broker")
    expect(page.get_by_role("img", name=re.compile("of which 1 is new"))).to_be_visible()
    history = page.get_by_role("table", name=re.compile("The last 7 of 7 crossings"))
    expect(history.locator("tbody tr").first).to_contain_text("found: contraband")
    # A place has the name that people use, not that of its document.
    expect(history.locator("tbody tr").first).to_contain_text("World Trade Bridge · 2304")
    expect(page.locator("main")).not_to_contain_text("D-31")
    page.get_by_role("button", name="Show its name").click()
    expect(page.locator("main")).to_contain_text("D-31")
    links.get_by_role("link").first.click()
    expect(page.locator("h1")).to_contain_text("Carrier ")


def test_a_hit_is_answered_with_a_reason_that_names_nobody(consoles: Consoles) -> None:
    page = opened(consoles, "lists")
    page.get_by_role("button", name="Show the name").click()
    expect(page.get_by_text("Ladislao Quintánar")).to_be_visible()
    page.get_by_role("button", name="It is another").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("Ladislao Quintánar was born in 1990.")
    dialog.get_by_role("button", name="It is another").click()
    expect(dialog.get_by_role("alert")).to_contain_text("it names a person")
    dialog.get_by_label("Reason").fill("Born in 1990; the entry in 1957.")
    dialog.get_by_role("button", name="It is another").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("No hit waits for an answer.")).to_be_visible()
    page.get_by_label("Answered ones too").check()
    expect(page.get_by_text("Born in 1990; the entry in 1957.")).to_be_visible()


def test_a_challenge_is_read_and_answered(consoles: Consoles) -> None:
    page = opened(consoles, "challenges")
    row = page.locator("tbody tr").first
    expect(row).to_contain_text("left")
    row.get_by_role("button", name="Read it").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("The trailer was empty when it left us.")
    with page.expect_download() as download:
        dialog.get_by_role("button", name="delivery-note.txt").click()
    assert download.value.path().read_bytes() == b"Delivered in full."
    page.keyboard.press("Escape")
    row.get_by_role("button", name="Dismiss").click()
    page.get_by_role("dialog").get_by_label("Reason").fill("The scan shows a load.")
    page.context.set_offline(True)
    page.get_by_role("dialog").get_by_role("button", name="Dismiss").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("The server was not reached")
    page.context.set_offline(False)
    page.get_by_role("dialog").get_by_role("button", name="Dismiss").click()
    expect(page.get_by_text("No challenge waits.")).to_be_visible()


def test_the_page_of_a_party_shows_a_crossing_that_files_while_it_is_open(consoles: Consoles) -> None:
    page = opened(consoles, "entity")
    expect(page.locator("main")).to_contain_text(STORY)
    filed = consoles.served.as_("officer").post("/v1/filings", json=truck("LIVE-1", driver_id="D-31"))
    assert filed.status_code == 200
    expect(page.locator("main")).to_contain_text("LIVE-1", timeout=15_000)


def test_a_shift_is_handed_over_and_what_was_shown_is_opened_again(consoles: Consoles) -> None:
    page = opened(consoles, "handover")
    sheet = page.locator(".sheet")
    expect(sheet).to_contain_text(STORY)
    expect(sheet).to_contain_text("LRD-9")
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(format="A4"))) == 1
    page.get_by_role("button", name="Hand over").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("To", exact=True).fill("Ana Gil")
    dialog.get_by_label("Remarks").fill("Watch D-31.")
    dialog.get_by_role("button", name="Hand over").click()
    expect(dialog.get_by_role("alert")).to_contain_text("name a person")
    dialog.get_by_label("Remarks").fill("LRD-9 is waited for at noon.")
    dialog.get_by_role("button", name="Hand over").click()
    expect(page.locator("main")).to_contain_text("officer at the console handed over to Ana Gil")
    (stored,) = consoles.served.log.stream("handover/world-trade")
    assert isinstance(stored.payload, HandoverSigned)
    expect(page.locator("main")).to_contain_text(stored.payload.shown)
    consoles.served.as_("officer", "Luz Rivera").post("/v1/filings", json=truck("AFTER"))
    later = consoles.open(f"/handover/world-trade?signed={stored.event.event_id}", "auditor")
    expect(later.locator(".sheet")).to_contain_text(STORY)
    expect(later.locator(".sheet")).not_to_contain_text("AFTER")
    assert later.get_by_role("button", name="Hand over").count() == 0


def test_a_port_is_handed_over_whole_and_since_when_one_asks(consoles: Consoles) -> None:
    page = opened(consoles, "handover")
    page.get_by_role("link", name="The whole port").click()
    expect(page.locator("h1")).to_have_text("Handover: Laredo")
    expect(page.locator(".sheet")).to_contain_text("Colombia")
    page.get_by_label("Since", exact=True).select_option("24")
    expect(page.locator("h1 + p")).to_contain_text(re.compile(r"Apr 4, 2024, 08:18 UTC−[56]"))


def test_who_may_not_sees_neither_page_nor_way_to_it(consoles: Consoles) -> None:
    page = consoles.open("/alerts", "analyst")
    expect(page.locator("h1")).to_have_text("This page is not open to you")
    for name in ("Alerts", "Lists", "Challenges", "Traders and entities", "Handover"):
        assert page.get_by_role("link", name=name).count() == 0


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("name", ["crossing", "entity", "lists", "alerts", "handover"])
def test_nothing_is_cut_off_at_the_edge_of_its_panel(consoles: Consoles, name: str, lang: str) -> None:
    page = opened(consoles, name, lang)
    beyond = page.evaluate(
        """() => [...document.querySelectorAll('.panel, .sheet')].flatMap(panel => {
             const edge = panel.getBoundingClientRect().right + 1;
             return [...panel.querySelectorAll('table, p, ul, svg')]
               .filter(each => !each.closest('.unseen') && each.getBoundingClientRect().right > edge)
               .map(each => each.outerHTML.slice(0, 80));
           })"""
    )
    assert beyond == []
