"""A municipality over HTTP and at the terminal: its own town, and nothing that tells where to cross."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from boards import a_log, truck
from journeys import Post
from listening import Listening, listening
from town_scene import CAME, SERVED, TOWN, a_town
from typer.testing import CliRunner

from aforo.api.access import Rate, actions, permitted, permitting
from aforo.cli import complete_app
from aforo.flow.live_bridges import LiveBridges
from aforo.flow.scoreboard import Board
from aforo.flow.town import METRES_A_TRUCK, Town, town
from aforo.flow.wait_outlooks import LaneForecast, WaitForecast, WaitTold
from aforo.ports.shipped import directory
from aforo.scoreboard.places import number_of

if TYPE_CHECKING:
    from journeys import Learnt

#: In winter, when Laredo's day begins at six in UTC.
NOW = datetime(2024, 1, 18, 19, 2, 30, tzinfo=UTC)
#: Words of what a bridge examines and with what: none of them belongs on the page of a town.
TELLING = ("scan", "dock", "booth", "staff", "portal", "examin", "resource", "crossing_time", "hit", "find")
RETIRED = "No measure of the wait to primary is in use, by decision of the forum: so no truck-hours are told."


@pytest.fixture(scope="module")
def waited() -> dict[str, list[float]]:
    return {}


@pytest.fixture(scope="module")
def served(
    learnt: Learnt, tmp_path_factory: pytest.TempPathFactory, waited: dict[str, list[float]]
) -> Iterator[Listening]:
    post = Post(learnt, tmp_path_factory.mktemp("town"))
    post.clock.now = NOW
    with listening(post, rate=Rate(1e6, 1e6)) as made:
        said, own = a_town(NOW)
        waited |= own
        said.put(made.log)
        yield made


def good(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_town_sees_its_street_its_hours_and_what_they_cost(served: Listening, waited: dict[str, list[float]]) -> None:
    client = served.as_("municipality", "Laredo", TOWN)
    told = good(client.get("/v1/municipality", params={"days": 4}))
    assert told["now"] == "2024-01-18T19:00:00Z"  # the whole five minutes
    trade, colombia = told["bridges"]
    assert (trade["bridge"], colombia["bridge"]) == TOWN
    assert trade["missing"]["en"].startswith("No queue is known")
    assert trade["now"]["trucks"] is None  # missing is not zero
    queue, room = colombia["now"]["trucks"], colombia["room"]
    assert abs(queue - (CAME - SERVED)) <= 8
    assert colombia["assumed"]
    assert colombia["now"]["beyond"] == queue - room > 0
    low, high = colombia["now"]["metres"]
    assert low == pytest.approx((queue - room) * METRES_A_TRUCK[0], abs=5)
    assert high == pytest.approx((queue - room) * METRES_A_TRUCK[1], abs=5)
    hours = [each["trucks"] for each in colombia["day"]]
    assert len(hours) == 24
    assert hours[-1] > hours[-2] > hours[-3]
    day = next(each for each in told["days"] if each["day"] == "2024-01-16")
    own = day["bridges"][0]
    truth = sum(waited["2024-01-16"]) / 60.0
    assert own["hours"]["low"] < truth < own["hours"]["high"]
    assert own["measured"] > 190
    assert day["hours"]["value"] == pytest.approx(sum(each["hours"]["value"] for each in day["bridges"]))
    assert day["measured"] == 2
    pairs = [(each["day"], own["bridge"]) for each in told["days"] for own in each["bridges"] if own["hours"]]
    assert told["known"] == {
        "days": len({day for day, _ in pairs}), "of_days": 4, "bridges": 2, "of_bridges": 2,
        "bridge_days": len(pairs), "of_bridge_days": 8,
    }  # fmt: skip
    assert 0 < len(pairs) < 8
    assert not day["provisional"]
    assert told["days"][0]["provisional"]
    assert 0 < told["cost"]["low"] < told["cost"]["high"]
    assert told["work"]["share"] is None
    assert 0 < told["work"]["jobs_low"] < told["work"]["jobs_high"]
    assert told["work"]["minutes"] == 10
    assert any("nothing of it is this town" in each["en"] for each in told["said"])


def test_work_is_apportioned_only_where_that_is_asked_for_and_said(served: Listening) -> None:
    client = served.as_("municipality", "Laredo", TOWN)
    whole, part = (
        good(client.get("/v1/municipality", params={"apportion": each}))["work"] for each in ("false", "true")
    )
    assert part["share"] == pytest.approx(0.397, abs=0.01)
    assert part["jobs_low"] == pytest.approx(part["share"] * whole["jobs_low"])
    assert len(part["caveats"]) == len(whole["caveats"]) + 1
    told = good(client.get("/v1/municipality", params={"apportion": "true"}))
    assert any("nobody published it so" in each["en"] for each in told["said"])


def test_closures_are_ranges_and_simulated(served: Listening) -> None:
    told = good(served.as_("municipality", "Laredo", TOWN).get("/v1/municipality/closures"))
    assert told["simulated"] is True
    trade = told["closes"][0]
    assert trade["to"][0]["bridge"] == "colombia"
    for each in (*trade["to"], *told["comes"]):
        assert each["trucks"]["low"] < each["trucks"]["value"] < each["trucks"]["high"]
        assert each["trucks"]["value"] % 10 == 0
    assert trade["to"][-1]["bridge"] is None  # those that cross nowhere
    assert "camino-real" in {each["bridge"] for each in told["comes"]}
    assert not {each["bridge"] for each in told["comes"]} & set(TOWN)
    for each, word in zip(told["said"], ("SIMUL", "nearest places within 203 minutes", "room"), strict=True):
        assert word in each["en"]


def test_a_town_is_told_of_no_bridge_but_its_own_and_of_nothing_that_tells_where_to_cross(served: Listening) -> None:
    client = served.as_("municipality", "Colombia", ("Colombia Solidarity Bridge",))  # by name
    told = good(client.get("/v1/municipality"))
    assert [each["bridge"] for each in told["bridges"]] == ["colombia"]
    for path in ("/v1/municipality", "/v1/municipality/closures"):
        for other in ("world-trade", "pharr", "nowhere"):
            answer = client.get(path, params={"bridge": ["colombia", other]})
            assert (answer.status_code, answer.json()["type"]) == (403, "urn:aforo:problem:forbidden"), other
    names: set[str] = set()

    def keys(node: Any) -> None:
        if isinstance(node, dict):
            names.update(node)
            for each in node.values():
                keys(each)
        elif isinstance(node, list):
            for each in node:
                keys(each)

    keys(told)
    keys(good(client.get("/v1/municipality/closures")))
    assert not [name for name in names for word in TELLING if word in name]


def test_a_municipality_may_do_what_anyone_may_and_see_its_town_and_nothing_else(served: Listening) -> None:
    assert set(permitted("municipality")) == set(permitted("anyone")) | {"read_municipality", "keep_own_account"}
    assert permitting("municipality", "read_municipality", False) is None
    assert {each for each in ("officer", "carrier", "device", "port", "administrator", "anyone")
            if permitting(each, "read_municipality", True)} == set()  # fmt: skip
    assert "read_municipality" in actions()
    nobody = served.as_("municipality", "nobody's", ("no bridge at all",))
    assert nobody.get("/v1/municipality").status_code == 422
    assert served.as_("analyst").get("/v1/municipality").status_code == 422
    assert good(served.as_("analyst").get("/v1/municipality", params={"bridge": "pharr"}))["days"]
    assert good(served.as_("municipality", "Laredo", TOWN).get("/v1/feed"))["bridges"]


def test_an_account_of_a_municipality_needs_bridges_and_only_it_has_them(served: Listening) -> None:
    root = served.signed_in("administrator", "root")
    wanted = {"login": "laredo", "name": "City of Laredo", "role": "municipality", "codes": list(TOWN)}
    assert root.post("/v1/accounts", json=wanted | {"codes": []}).json()["type"] == "urn:aforo:problem:account_codes"
    made = good(root.post("/v1/accounts", json=wanted))
    assert made["codes"] == list(TOWN)
    assert good(root.post("/v1/tokens", json={"name": "Laredo's screen", "role": "municipality", "codes": ["pharr"]}))
    answer = root.post("/v1/tokens", json={"name": "Laredo's screen", "role": "municipality"})
    assert answer.json()["type"] == "urn:aforo:problem:token_codes"


def test_the_hours_to_come_are_trucks_at_the_pace_of_the_day_and_to_tens(tmp_path: Path) -> None:
    said, _ = a_town(NOW, days=1)
    at = NOW + timedelta(minutes=30)
    waits = [WaitTold(at, 91.0, 60.0, 120.0), WaitTold(at + timedelta(minutes=30), None, None, None)]
    told = WaitForecast("colombia", NOW, 0.0, 6, 30, 0.9, [LaneForecast("all", waits)])
    with a_log(tmp_path, NOW) as (log, _):
        said.put(log)
        board = Board(log)
        live = LiveBridges(log, board.directory)
        made = town(board, live, TOWN, lambda name: told if name == "colombia" else None, NOW, "synthetic", 1)
    trade, colombia = made.bridges
    assert trade.coming == ()
    queue, minutes = colombia.now.trucks, colombia.minutes
    assert queue is not None
    assert minutes is not None
    first, closed = colombia.coming
    assert all((each or 0) % 10 == 0 for each in (first.trucks, first.trucks_low, first.trucks_high))
    hour = NOW.replace(minute=0, second=0, microsecond=0)
    states = [live.state("colombia", hour - timedelta(hours=back)) for back in range(24)]
    paces = [each.waits.queue / each.waits.now.minutes.value for each in states if each.waits.queue and each.waits.now]
    assert len(paces) > 2
    # As fast as in the hours of the day together, and not as in the last one.
    assert first.trucks is not None
    assert min(paces) * 91.0 - 5 <= first.trucks <= max(*paces, queue / minutes) * 91.0 + 5
    assert abs(first.trucks - queue * 91.0 / minutes) > 10
    assert (first.trucks_low or 0) < (first.trucks or 0) < (first.trucks_high or 0)
    assert closed.trucks is None  # nobody who joins then is served: no number of trucks is told


def test_hours_hang_on_no_measure_but_the_wait(tmp_path: Path) -> None:
    said, _ = a_town(NOW)
    for number in range(40):  # more than are found again
        truck(said, f"more-{number}", NOW - timedelta(days=2, minutes=number), "colombia", scan=True, targeted=True)
    with a_log(tmp_path, NOW) as (log, _):
        said.put(log)
        board = Board(log)
        live = LiveBridges(log, board.directory)

        def made() -> Town:
            return town(board, live, TOWN, lambda _: None, NOW, "live", 4)

        first = made()
        assert first.hours is not None
        examined = board.measures.documents[board.measures.find("examination-rate").hash]
        other = examined.replace(b"version = 1", b"version = 2").replace(
            b'denominator = ["arrived"]', b'denominator = ["arrived"]\nleft_out = ["drawn", "targeted"]'
        )
        board.forum.bring(other, "Ana", reason="Of those that nobody chose.")
        board.forum.decide("examination-rate@2", "adopted", "Luis", reason="Agreed.")
        assert made() == first
        board.forum.decide("examination-rate@2", "retired", "Luis", reason="Tried.")
        assert made() == first
        board.forum.decide("wait-to-primary@3", "retired", "Luis", reason="Tried.")
        without = made()
    assert (without.hours, without.cost, without.known.bridge_days) == (None, None, 0)
    days = [each for day in without.days for each in day.bridges]
    assert {each.hours for each in days} == {None}
    assert {each.missing.en for each in days if each.missing is not None} == {RETIRED}
    assert [each.trucks for each in days] == [
        board.heard(bridge, [number_of(day.day)])[0] or None for day in without.days for bridge in TOWN
    ]
    assert max(each.trucks or 0 for each in days) >= 50
    assert (without.bridges, without.work) == (first.bridges, first.work)  # the rest of the page stands


def test_a_retired_wait_leaves_the_page_and_the_terminal_with_the_reason(learnt: Learnt, tmp_path: Path) -> None:
    post = Post(learnt, tmp_path / "retired")
    post.clock.now = NOW
    with listening(post, rate=Rate(1e6, 1e6)) as made:
        said, _ = a_town(NOW)
        said.put(made.log)
        forum = Board(made.log).forum
        forum.decide("wait-to-primary@3", "retired", "Luis", reason="Tried.")
        told = good(made.as_("municipality", "Laredo", TOWN).get("/v1/municipality", params={"days": 3}))
    assert told["hours"] is None
    assert {own["missing"]["en"] for day in told["days"] for own in day["bridges"]} == {RETIRED}
    assert all(own["missing"]["es"] for day in told["days"] for own in day["bridges"])
    now = datetime.now(UTC).replace(microsecond=0)
    said, _ = a_town(now, days=2)
    with a_log(tmp_path / "log", now) as (log, _):
        said.put(log)
        Board(log).forum.decide("wait-to-primary@3", "retired", "Luis", reason="Tried.")
    folder = tmp_path / "log"
    where = ["--store", f"sqlite:///{folder / 'log.sqlite'}", "--keys", f"sqlite:///{folder / 'keys.sqlite'}"]
    for language, words in (("en", "by decision of the forum"), ("es", "por decisión del foro")):
        shown = CliRunner().invoke(
            complete_app(), ["measure", "town", *TOWN, "--days", "2", "--lang", language, *where],
            env={"COLUMNS": "400"},
        )  # fmt: skip
        assert shown.exit_code == 0, shown.output
        assert shown.stdout.count(words) == len(TOWN)


def test_the_town_at_the_terminal(tmp_path: Path) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    said, _ = a_town(now, days=2)
    with a_log(tmp_path, now) as (log, _):
        said.put(log)
    where = ["--store", f"sqlite:///{tmp_path / 'log.sqlite'}", "--keys", f"sqlite:///{tmp_path / 'keys.sqlite'}"]
    run = CliRunner()
    told = run.invoke(complete_app(), ["measure", "town", *TOWN, "--json", *where])
    assert told.exit_code == 0, told.output
    made = json.loads(told.stdout)
    assert {each["bridge"] for each in made["town"]["bridges"]} == set(TOWN)
    assert made["closures"]["simulated"]
    shown = run.invoke(complete_app(), ["measure", "town", "Colombia", "--apportion", "--lang", "es", *where])
    assert shown.exit_code == 0, shown.output
    for words in ("PRORRATEADO", "SIMULADO", "horas de camión", "supuesto"):
        assert words in shown.stdout
    assert run.invoke(complete_app(), ["measure", "town", "nowhere", *where]).exit_code == 2
    added = run.invoke(
        complete_app(), ["accounts", "add", "laredo", "--role", "municipality", "--bridge", "colombia", *where],
        input="a lorry that carries tiles\n",
    )  # fmt: skip
    assert added.exit_code == 0, added.output
    for wrong in (["--role", "municipality"], ["--role", "officer", "--bridge", "colombia"]):
        told = run.invoke(
            complete_app(), ["accounts", "add", "x", *wrong, *where], input="a lorry that carries tiles\n"
        )
        assert told.exit_code == 2
    assert directory().bridge_called("colombia") is not None
    assert now - timedelta(minutes=10) < datetime.fromisoformat(made["town"]["now"]) <= now + timedelta(minutes=10)
