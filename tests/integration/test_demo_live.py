"""The live demonstration as it is started: trucks come, are decided on, examined and learnt from; it stops in good
order, and goes on where it was, killed or not."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from demonstrated import Running, running

from aforo.demo import clients
from aforo.demo.outside import kept, traders
from aforo.domain.event import Arrived, Decided, Examined, Filed, Passed
from aforo.domain.role import ROLES
from aforo.log.keys import KeyStore
from aforo.log.store import Log
from aforo.log.stored import StoredEvent
from aforo.log.tokens import Tokens

#: Two small bridges, one of which has joint docks: an hour of them is some hundred trucks.
BRIDGES = ("santa-teresa", "mariposa")


def recorded(folder: Path) -> list[StoredEvent]:
    keys = KeyStore(folder / "log-keys.sqlite")
    found: list[StoredEvent] = []
    with closing(keys), closing(Log.open_to_read(f"sqlite:///{folder / 'log.sqlite'}", keys)) as log:
        while page := log.read(found[-1].position if found else 0, limit=5_000):
            found += page
    return found


def of(events: list[StoredEvent], *types: type) -> Counter[str]:
    """How often each crossing has an event of these types."""
    return Counter(each.event.stream for each in events if isinstance(each.payload, types))


def ended(stands: dict[str, Any]) -> int:
    return sum(stands["world"]["ended"].values())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("live") / "demo"


def test_a_border_works_is_taken_over_by_hand_and_stops_in_good_order(folder: Path) -> None:
    bridges = [part for each in BRIDGES for part in ("--bridge", each)]
    with running(folder, *bridges, "--speed", "600", "--seed", "3") as demo:
        answer = demo.http.get("/v1/demo/clock")
        assert answer.headers["aforo-origin"] == "synthetic"
        first = answer.json()
        assert first["synthetic"] is True
        assert demo.http.get("/v1/session").json()["demo_clock"] is True, "by which pages know that there is one"
        assert set(first["automatic"]) == set(BRIDGES)

        # Trucks file, come, are examined by hand, and something is found: all by what the node answered.
        def examined(stands: dict[str, Any]) -> bool:
            ways = stands["world"]["ended"]
            return bool(
                ways.get("released", 0) > 20 and ways.get("scanned") and ways.get("examined", ways.get("found"))
            )

        busy = demo.until(examined)
        assert busy["attained"] <= 600.0
        assert busy["world"]["filed"] >= busy["world"]["inside"] + ended(busy)

        # Paused, it stands still; slower, it goes no faster than it was asked to.
        demo.set(paused=True)
        still = demo.until(lambda stands: stands["now"] == demo.clock()["now"])
        time.sleep(0.6)
        assert demo.clock()["now"] == still["now"]
        before, since = demo.set(speed=10, paused=False), time.monotonic()
        time.sleep(2.0)
        after, passed = demo.clock(), time.monotonic() - since
        went = (datetime.fromisoformat(after["now"]) - datetime.fromisoformat(before["now"])).total_seconds()
        assert 0.0 < went <= 10.0 * (passed + 1.0)
        assert 0.0 < after["attained"] <= 10.0

        # A person takes the booths of one bridge over, and a truck there moves when that person says so.
        demo.set(speed=60, automatic={"mariposa": False})

        def asking() -> dict[str, str]:
            world = kept.load(folder, 3)
            return {} if world is None else world.yards["mariposa"].asks

        demo.until(lambda stands: "booth" in asking().values())
        crossing = next(name for name, place in asking().items() if place == "booth")
        assert "crossing.arrived" not in history(demo, crossing)
        demo.http.post(f"/v1/crossings/{crossing}/arrival?bridge=mariposa").raise_for_status()
        demo.until(lambda stands: crossing not in asking())
        demo.set(automatic={"mariposa": True}, speed=600)
        demo.until(lambda stands: not asking())

        demo.process.send_signal(signal.SIGTERM)
        assert demo.process.wait(30.0) == 0
        last = ended(demo_state(folder))
    assert any("Stopped" in line for line in demo.said), demo.said
    events = recorded(folder)
    assert {each.event.origin for each in events} == {"synthetic"}
    filed, passed_on, decided = of(events, Filed), of(events, Passed), of(events, Decided)
    assert_nothing_is_taken_twice(events)
    # Carriers file in forms of their own, and what some filed is changed.
    said = [each.payload for each in events if isinstance(each.payload, Filed)]
    assert {each.source for each in said} == {"declarations_json", "declarations", "x12", "carta_porte", "pedimento"}
    assert {each.declaration.get("action") for each in said} == {None, "replace", "cancel"}
    assert set(passed_on.values()) == {1}
    assert set(passed_on) <= set(of(events, Arrived)) <= set(filed) == set(decided)
    assert len(passed_on) >= last  # who was scanned and waits for a dock has passed, and has not ended
    assert all(name.startswith(("crossing/SYN", "crossing/CCC")) for name in filed)
    outcomes = [each.payload.outcome for each in events if isinstance(each.payload, Examined)]
    assert any(outcome.violation is False for outcome in outcomes)
    types = {each.event.type for each in events}
    assert {"device.gate_reads", "port.lanes", "port.staffed", "scanner.reported", "scanner.scanned"} <= types
    assert {"port.examination_queued", "port.examination_started", "port.examination_ended"} <= types
    recorded_at = [each.event.recorded_at for each in events]
    assert recorded_at == sorted(recorded_at)


def assert_nothing_is_taken_twice(events: list[StoredEvent]) -> None:
    """Of a crossing there is what its carrier filed, what changed that, and the pedimento: each declaration once."""
    named = Counter(each.payload.declaration["declaration_id"] for each in events if isinstance(each.payload, Filed))
    assert set(named.values()) == {1}
    assert max(of(events, Filed).values()) <= 3


def history(demo: Running, crossing: str) -> list[str]:
    shown = demo.http.get(f"/v1/crossings/{crossing}").raise_for_status().json()
    return [each["type"] for each in shown["history"]]


def demo_state(folder: Path) -> dict[str, Any]:
    """What the world kept of itself when it stopped."""
    world = kept.load(folder, 3)
    assert world is not None
    ways: Counter[str] = Counter()
    for yard in world.yards.values():
        ways.update(yard.ended)
    return {"world": {"ended": dict(ways)}}


def test_it_goes_on_where_it_was_even_if_it_was_killed(folder: Path) -> None:
    bridges = [part for each in BRIDGES for part in ("--bridge", each)]
    before = demo_state(folder)
    ends = recorded(folder)[-1].event.recorded_at
    with running(folder, *bridges, "--speed", "600") as demo:
        # By the processor, since a machine that tests has more to do: some three seconds, of the five that it may take.
        assert demo.processor is None or demo.processor < 8.0
        stands = demo.until(lambda stands: ended(stands) > ended(before) + 20)
        assert datetime.fromisoformat(stands["now"]) > ends
        world = demo.world()
        acknowledged = len(recorded(folder))
        demo.set(automatic={"mariposa": False})
        demo.process.kill()
        demo.process.wait()
        for _ in range(100):
            if not Path(f"/proc/{world}").exists() or "Z" in Path(f"/proc/{world}/stat").read_text().split()[2]:
                break
            time.sleep(0.1)
        else:
            pytest.fail("the world outlives the node")
    assert len(recorded(folder)) >= acknowledged
    with running(folder, *bridges, "--speed", "600") as demo:
        # Who sat at a booth still does.
        assert demo.clock()["automatic"] == {"santa-teresa": True, "mariposa": False}
        demo.set(automatic={"mariposa": True})
        went_on = demo.until(lambda stands: ended(stands) > ended(before) + 60)
        assert datetime.fromisoformat(went_on["now"]) > datetime.fromisoformat(stands["now"]) - timedelta(minutes=5)
        demo.process.send_signal(signal.SIGINT)
        assert demo.process.wait(30.0) == 0
    events = recorded(folder)
    assert_nothing_is_taken_twice(events)
    for types in (Passed, Arrived):
        assert set(of(events, types).values()) == {1}, types
    assert {each.event.origin for each in events} == {"synthetic"}


def test_who_may_touch_the_clock(folder: Path) -> None:
    with closing(Tokens(folder / "log-keys.sqlite")) as tokens:
        now = datetime.now(UTC)
        codes: dict[str, tuple[str, ...]] = {"carrier": ("SYNCA000001",), "device": BRIDGES, "port": ("2604",)}
        texts = {
            role: tokens.issue(f"SYN {role}", role, codes.get(role, ()), now, now + timedelta(hours=1))[0]
            for role in ROLES
        }
    may = {
        "read": {"officer", "supervisor", "analyst", "administrator", "auditor", "carrier"},
        "set": {"officer", "supervisor", "analyst", "administrator"},
        "move": {"device"},
    }
    # A bridge that was not shown before is one more.
    with running(folder, "--bridge", "santa-teresa", "--bridge", "colombia") as demo:
        for role, text in texts.items():
            headers = {"Authorization": f"Bearer {text}"}
            asked = {
                "read": demo.http.get("/v1/demo/clock", headers=headers),
                "set": demo.http.post("/v1/demo/clock", headers=headers, json={"speed": 2}),
                "move": demo.http.post("/v1/demo/clock/ticks", headers=headers, json={}),
            }
            for what, answer in asked.items():
                assert (answer.status_code == 200) == (role in may[what]), (role, what, answer.text)
                assert answer.status_code in (200, 403)
        for wrong, status in (
            ({"speed": 0.5}, 400), ({"speed": 601}, 400), ({"jump_minutes": 0}, 400), ({"jump_minutes": 1441}, 400),
            ({"automatic": {"nowhere": True}}, 404), ({"speed": "fast"}, 400), ({"other": 1}, 400),
        ):  # fmt: skip
            assert demo.http.post("/v1/demo/clock", json=wrong).status_code == status, wrong
        jumped = demo.set(jump_minutes=10)
        assert datetime.fromisoformat(jumped["hurries_to"]) > datetime.fromisoformat(jumped["now"])
        filed = jumped["world"]["filed"]
        demo.until(lambda stands: stands["hurries_to"] is None and stands["world"]["filed"] > filed + 50)
        # A jump tells how far it has come, and one that takes too long is given up: time goes on from there.
        away = demo.set(jump_minutes=1440, speed=1)
        assert away["hurries_from"] == away["now"]
        demo.until(lambda stands: stands["now"] > away["now"])
        stopped = demo.set(stop_jump=True)
        assert (stopped["hurries_from"], stopped["hurries_to"], stopped["paused"]) == (None, None, False)
        went_on = demo.until(lambda stands: stands["now"] > stopped["now"])
        assert went_on["now"] < away["hurries_to"]
        assert not any("stopped" in line for line in demo.said), demo.said


def test_nobody_beyond_this_machine_is_told_who_one_may_be(folder: Path) -> None:
    with running(folder, "--bridge", "santa-teresa") as demo:
        told = demo.http.get("/v1/demo/people")
        assert told.json()["password"] == demo.told["password"]
        assert "0.0.0.0" not in "".join(demo.said)
        for name in ("aforo.example", "aforo.example:8480", "192.0.2.7", "localhost.example", ""):
            answer = demo.http.get("/v1/demo/people", headers={"Host": name})
            assert answer.status_code == 404 or (name == "" and answer.status_code == 400), (name, answer.text)
            assert demo.told["password"] not in answer.text
    with running(folder, "--bridge", "santa-teresa", "--host", "0.0.0.0") as demo:
        assert "WARNING: 0.0.0.0 may be reached from other machines" in " ".join("".join(demo.said).split())
        here = httpx.URL(demo.told["address"]).copy_with(host="127.0.0.1")
        answer = httpx.get(here.join("/v1/demo/people"), trust_env=False)
        assert answer.status_code == 404, answer.text
        assert demo.told["password"] not in answer.text


def test_wrong_use_is_told(folder: Path, tmp_path: Path) -> None:
    def told(*arguments: str) -> str:
        command = [sys.executable, "-m", "aforo", "demo", "--no-browser", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 2, done.stderr
        return done.stderr

    assert "nowhere" in told("--bridge", "nowhere", "--folder", str(tmp_path / "new"))
    (tmp_path / "mine").write_text("mine")
    assert "something else than a demo" in told("--folder", str(tmp_path), "--new")
    assert (tmp_path / "mine").read_text() == "mine"
    assert "the world of seed 3" in told("--folder", str(folder), "--seed", "4")


def test_the_clients_of_the_world_are_kept_with_the_folder(folder: Path) -> None:
    own = clients.kept(folder)
    assert own is not None
    assert {code for each in own.senders for code in each.carriers} == set(traders.draw(3).carriers)
