"""The handover on paper, in a browser: one page of A4 or Letter, however full the shift was."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from cases import STORY, morning
from playwright.sync_api import Page, Route, expect

from aforo.api.road_response_examples import RESPONSE
from aforo.flow.handover import LONGEST_REMARKS, MOST_ALERTS, MOST_CHALLENGES, MOST_INCIDENTS, MOST_RESPONSES
from aforo.flow.shift_trucks import MOST_LISTED

if TYPE_CHECKING:
    from conftest import Consoles
    from journeys import Learnt
    from listening import Listening

PAPERS = ("A4", "Letter")
MORE = {"en": re.compile(r"and ([\d,]+) more, on the screen"), "es": re.compile(r"y ([\d,]+) más, en la pantalla")}
WORDS = "A seal that differs from the manifest, a driver who was asked twice, and a trailer that smells of paint. "


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """A node on which a morning has happened."""
    with morning(learnt, tmp_path_factory.mktemp("handover")) as made:
        yield made


def full(told: dict[str, Any]) -> dict[str, Any]:
    """A page with as many rows in every list as the server gives at most, each with the longest words."""
    trucks, name = told["trucks"], told["place"]
    why, at = {"en": WORDS * 9, "es": WORDS * 9}, told["at"]
    own = [f"ABCD-TRIP-2026-{n:06}" for n in range(MOST_LISTED)]
    of = [{"crossing_id": each, "bridge": name} for each in own]
    lists: dict[str, list[dict[str, Any]]] = {
        "held": [trucks["held"][0] | each | {"held_for": "ordered", "why": why} for each in of],
        "ordered": [
            each
            | {"examination": "joint", "basis": "override", "since": at, "by": "Luz Rivera de la Garza", "here": True}
            | {"reason": WORDS * 9, "ground": None}
            for each in of
        ],
        "working": [
            each | {"resource": "dock", "unit": f"dock {n}", "since": at, "predicted_minutes": 45.0}
            for n, each in enumerate(of)
        ],
        "found": [trucks["found"][0] | each for each in of],
        "seized": [
            each
            | {"at": at, "seizure": f"{each['crossing_id']}/S1", "kind": "drugs", "threat": "contraband"}
            | {"what": WORDS * 4, "amount": 12.5, "unit": "kg", "authority": "US", "case": "C-1", "by": "Ana Gil"}
            for each in of
        ],
    }
    (alert, *_), (scanner, *_) = told["alerts"], told["scanners_down"]
    challenge = {
        "challenge": "", "crossing_id": STORY, "decision": None, "outcome": None, "party": "importer", "state": "open",
        "opened_at": at, "due": at, "by": "", "resolution": None, "reason": None,
    }  # fmt: skip
    incident = {
        "incident_id": "", "kind": "blockade", "place": name, "place_name": told["name"], "severity": 5,
        "started_at": at, "ended_at": None, "source": "CBP", "note": WORDS * 9, "state": "open",
    }  # fmt: skip
    # It went up meanwhile: whom it is asked of then has the longest name.
    asked = {"role": "supervisor", "level": 1, "owner": None, "phase": "overdue"}
    response = RESPONSE["row"] | {"owner": None, "next_stage": "contact", "next_due": at}
    return told | {
        "responses": [response | {"response": f"{n}", "trip": f"{own[0]}-{n}"} for n in range(MOST_RESPONSES)],
        "responses_open": 80,
        "trucks": trucks | lists | {f"{each}_count": 4 * MOST_LISTED for each in lists},
        "unusual": [{"bridge": name, "kind": "wait_above", "says": why, "since": at}] * 20,
        "alerts": [alert | {"alert_id": f"{n}", "what": why} | asked for n in range(MOST_ALERTS)],
        "alerts_open": 1_234,
        "scanners_down": [scanner | {"scanner_id": f"LRD-{n}"} for n in range(40)],
        "challenges": [challenge | {"challenge": f"{n}"} for n in range(MOST_CHALLENGES)],
        "challenges_due": 60,
        "incidents": [incident | {"incident_id": f"{n}"} for n in range(MOST_INCIDENTS)],
        "incidents_count": 70,
        "bridges": [told["bridges"][0] | {"bridge": name if n == 0 else f"bridge-{n}"} for n in range(6)],
    }


def pages_of(page: Page, paper: str) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(format=paper)))


def filled(route: Route) -> None:
    answer = route.fetch()
    said = answer.json()
    route.fulfill(response=answer, body=json.dumps(said | {"handover": full(said["handover"])}))


def rows_and_more(page: Page, lang: str) -> tuple[dict[str, int], int]:
    """How many rows each part on paper has, and how many more there are by its words, both by heading."""
    told: list[list[Any]] = page.locator(".paper").evaluate(
        """paper => [...paper.querySelectorAll('.notice:has(ul), .part')].map(part => [
             part.querySelector('h2').textContent, part.querySelectorAll('li, tbody tr, .bridge').length,
             part.querySelector('.more')?.textContent ?? ''])"""
    )
    more = 0
    for _, _, text in told:
        if text:
            said = MORE[lang].search(text)
            assert said is not None, text
            more += int(said[1].replace(",", ""))
    return {title: rows for title, rows, _ in told}, more


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_very_full_shift_prints_on_one_page_and_says_what_is_left_out(consoles: Consoles, lang: str) -> None:
    page = consoles.context("officer", lang).new_page()
    page.route(re.compile(r"/v1/bridges/world-trade/handover(\?|$)"), filled)
    page.goto(f"{consoles.served.address}/console/handover/world-trade")
    expect(page.locator(".sheet")).to_contain_text("LRD-39")  # on the screen they are all
    expect(page.locator(".paper .more").first).to_have_count(1)
    for paper in PAPERS:
        assert pages_of(page, paper) == 1
    rows, more = rows_and_more(page, lang)
    assert len(rows) == 11 + 1  # the lists, and the bridges
    assert all(rows.values()), rows
    every = 5 * 4 * MOST_LISTED + 20 + 1_234 + 40 + 60 + 70 + 6 + 80
    assert sum(rows.values()) + more == every
    page.emulate_media(media="print")
    room = page.locator(".paper").bounding_box()
    assert room is not None
    assert room["height"] > 0.85 * 250 / 25.4 * 96  # no more is left out than must be
    beyond = page.locator(".paper").evaluate(
        """paper => { const edge = paper.getBoundingClientRect().right + 1;
             return [...paper.querySelectorAll('*')].filter(each => each.getBoundingClientRect().right > edge)
               .map(each => each.outerHTML.slice(0, 80)); }"""
    )
    assert beyond == []
    link = page.locator(".paper .more a").first
    assert (link.get_attribute("href") or "").endswith("/console/handover/world-trade")
    expect(page.locator(".paper")).to_contain_text("/console/handover/world-trade")


@pytest.mark.parametrize("lang", ["en", "es"])
def test_so_does_the_page_that_was_signed_with_the_longest_remarks(consoles: Consoles, lang: str) -> None:
    page = consoles.context("officer", lang).new_page()
    signed = {
        "handover_id": "h-1", "place": "world-trade", "since": "2024-04-04T00:00:00Z",
        "shown_at": "2024-04-04T00:00:00Z", "signed_at": "2024-04-04T00:00:00Z", "by": "Luz Rivera", "to": "Ana Gil",
        "remarks": (WORDS * 40)[:LONGEST_REMARKS], "digest": "5f" * 32,
    }  # fmt: skip
    told = consoles.served.as_("officer").get("/v1/bridges/world-trade/handover").json()["handover"]
    answer = json.dumps({"signed": signed, "handover": full(told)})
    page.route("**/v1/handovers/h-1", lambda route: route.fulfill(body=answer, content_type="application/json"))
    page.goto(f"{consoles.served.address}/console/handover/world-trade?signed=h-1")
    expect(page.locator(".sheet")).to_contain_text("LRD-39")
    for paper in PAPERS:
        assert pages_of(page, paper) == 1
    rows, _ = rows_and_more(page, lang)
    assert min(list(rows.values())[1:3]) > 0, rows  # the responses on the road, the trucks held
    assert sum(map(bool, rows.values())) >= 9, rows
    link = page.locator(".paper .more a").first
    assert (link.get_attribute("href") or "").endswith("/console/handover/world-trade?signed=h-1")


def test_of_a_quiet_shift_nothing_is_left_out_on_paper(consoles: Consoles) -> None:
    page = consoles.open("/handover/world-trade", "officer")
    expect(page.locator(".sheet")).to_contain_text(STORY)
    page.emulate_media(media="print")
    expect(page.locator(".sheet")).to_be_hidden()
    expect(page.locator(".paper")).to_contain_text(STORY)
    expect(page.locator(".paper")).to_contain_text("LRD-9")
    assert page.locator(".paper .more").count() == 0
    for paper in PAPERS:
        assert pages_of(page, paper) == 1


def test_an_alert_on_a_trip_under_seal_names_the_trip(consoles: Consoles) -> None:
    """Of a truck on the road no crossing is known: who takes the shift over is to know which it is."""

    def on_trips(route: Route) -> None:
        answer = route.fetch()
        said = answer.json()
        alert = said["handover"]["alerts"][0]
        own: dict[str, Any] = {"crossing_id": None, "trips": None}
        said["handover"]["alerts"] = [
            alert | own | {"subject": "trip/MTY-71"},
            alert | own | {"subject": "road/monterrey-laredo", "alert_id": "a-2"},
        ]
        route.fulfill(response=answer, body=json.dumps(said))

    page = consoles.context("officer").new_page()
    page.route(re.compile(r"/v1/bridges/world-trade/handover(\?|$)"), on_trips)
    page.goto(f"{consoles.served.address}/console/handover/world-trade")
    row = page.locator(".sheet").get_by_role("row").filter(has_text="MTY-71")
    expect(row).to_contain_text("Trip MTY-71")
    expect(page.locator(".sheet")).to_contain_text("Road monterrey-laredo")
    expect(row.get_by_role("link", name="MTY-71")).to_have_attribute("href", "/console/trips/MTY-71")
