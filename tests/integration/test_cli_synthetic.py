"""What is recorded of a synthetic log is synthetic, whichever command of custody and alerts records it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer
from at_custody import key_of
from journeys import Post
from nacl.signing import SigningKey
from test_cli_rules import DRAFT
from typer.testing import CliRunner

from aforo.answers import response
from aforo.bootstrap import open_node
from aforo.cli import complete_app, seal_listen
from aforo.custody import contacts, response_plan
from aforo.domain.device import DeviceRegistered
from aforo.domain.trip import TripOpened
from aforo.flow import device_acts, trip_acts
from aforo.flow.blocks_read import Reader
from aforo.flow.custody import Custody
from aforo.log.keys import KeyStore
from aforo.log.opened import open_log
from aforo.log.put_aside import PutAside
from aforo.log.store import Log

if TYPE_CHECKING:
    from journeys import Learnt

GROUPS = ("seal", "bundle", "alerts")
NOW = datetime.now(UTC)
TOMORROW = (NOW + timedelta(days=1)).isoformat()
LONG_AGO = NOW - timedelta(days=6 * 366)


class Sandbox:
    """A log whose first event is synthetic, and the commands on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store, self.keys = f"sqlite:///{folder / 'log.sqlite'}", folder / "keys.sqlite"
        self.now = LONG_AGO
        with closing(KeyStore(self.keys)) as keys, Log.open(self.store, keys, clock=lambda: self.now) as log:
            custody = Custody(log)
            device_acts.register(
                custody, "seal-0", DeviceRegistered("seal", "Norte", 600, 60), actor="world", origin="synthetic"
            )
            said = TripOpened("export", "A", LONG_AGO + timedelta(days=1))
            trip_acts.open_(custody, "trip-0", said, actor="world", origin="synthetic")

    def run(self, line: str, *more: str) -> str:
        where = ["--store", self.store, "--keys", str(self.keys)]
        done = CliRunner().invoke(complete_app(), [*line.split(), *more, *where])
        assert done.exit_code in (0, 1), (line, done.output)
        assert done.exception is None or isinstance(done.exception, SystemExit), (line, done.exception)
        return done.output

    def told(self, line: str, *more: str) -> str:
        """What a command says that is given no log."""
        done = CliRunner().invoke(complete_app(), [*line.split(), *more])
        assert done.exit_code == 0, (line, done.output)
        return done.output

    def origins(self) -> list[str]:
        with closing(KeyStore(self.keys)) as keys, Log.open(self.store, keys) as log:
            return [each.event.origin for each in log.read()]

    def file(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text, encoding="utf-8")
        return str(self.folder / name)


def on_logs(group: str) -> set[str]:
    """Every command of a group that is given a log, from the tree of commands."""

    def under(command: Any, name: str) -> Iterator[str]:
        if hasattr(command, "commands"):
            for own, each in command.commands.items():
                yield from under(each, f"{name} {own}")
        elif any(each.name == "store" for each in command.params):
            yield name

    return set(under(typer.main.get_command(complete_app()).commands[group], group))  # type: ignore[attr-defined]


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path)


#: Commands that look at a log, and record nothing.
LOOKS = {
    "seal devices", "seal trips", "seal verdict", "seal causes", "seal pack", "seal put-aside", "seal road list",
    "seal responses", "seal response", "alerts list", "alerts measures",
}  # fmt: skip


def test_every_command_that_records_marks_it_as_the_log_is(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that is new is given a line here, or is among those that only look."""
    done: set[str] = set()

    def records(name: str, *arguments: str) -> None:
        before = len(sandbox.origins())
        told = sandbox.run(name, *arguments)
        after = sandbox.origins()
        assert len(after) > before, (name, told)
        assert set(after[before:]) == {"synthetic"}, name
        done.add(name)

    def alerts(of: str) -> list[str]:
        trucks = json.loads(sandbox.run("alerts list --json"))["trucks"]
        return [each["alert_id"] for truck in trucks for each in truck["alerts"] if each["kind"] == of]

    records("seal register", "seal-1", "--supplier", "Norte", "--promise", "600")
    records("seal register", "seal-9", "--supplier", "Norte", "--promise", "600")
    records("seal rotate", "seal-9", key_of(SigningKey(bytes(32))), "--why", "It signs now.")
    records("seal retire", "seal-9", "--why", "It was lost.")
    for trip in ("trip-1", "trip-2", "trip-3"):
        records("seal open", trip, "--regime", "export", "--carrier", "A", "--deadline", TOMORROW)
    records("seal bind", "trip-1", "seal-1", "MX 1")
    at = datetime.now(UTC)
    line = f"##S,eSeal,seal-1,A,1.0,Normal,0,{at:%Y-%m-%d},{at:%H:%M:%S},120,A,25.700000N 100.300000W,40,0,Close,0,"
    records("seal load", sandbox.file("sent.txt", f"{line}0:0:0:0,3.9,-71,E##\n"), "--form", "seal_text")
    records("seal read", "trip-1", "MX 1")
    records("seal inspect", "trip-1", "--kind", "vvtt")
    records("seal road put", sandbox.file("road.toml", sandbox.told("seal road example")))
    records("seal road rollback", "corridor", "monterrey-laredo")
    records("seal response-plan", sandbox.file("plan.toml", response_plan.shipped().decode()))
    records("seal contacts", sandbox.file("contacts.toml", contacts.shipped().decode()))
    records("alerts rules", sandbox.file("times.toml", response.shipped().decode()))
    for trip in ("trip-1", "trip-2", "trip-3"):
        records("seal people", trip, "--sign", "call")
    records("seal theft", "trip-1", "--told-by", "driver", "--where", "km 80", "--words", "They left the road.")
    records("alerts tick")
    one, two, three = alerts("people_signs")
    records("alerts snooze", *alerts("trip_overdue"), "--minutes", "5", "--reason", "Another is first.")
    records("alerts acknowledge", one)
    sandbox.run("tokens issue luz --role officer")
    records("alerts assign", two, "--to", "luz")
    records("alerts escalate", two, "--reason", "Nobody here.")
    records("alerts close", three, "--reason", "It was a mistake.", "--as", "mistaken")
    found = json.loads(sandbox.run("seal responses --json"))["responses"]
    records("seal respond", found[0]["response"], "--own")
    records("seal end-response", found[0]["response"], "nobody")
    records("seal take-off", "trip-1", "seal-1", "--authority", "CBP")
    records("seal discharge", "trip-1", "--where", "customs")
    records("bundle state", "trip-1")
    # Its own statement, and who was given it.
    records("bundle make", "trip-1", "-o", str(sandbox.folder / "trip.bundle"))
    records("seal retention", "--erase", "--ground", "Five years are over.")
    listening: list[str] = []

    def recorder(custody: Custody, *, actor: str, origin: str, reader: Reader, aside: PutAside) -> None:
        listening.extend((custody.log.marks, origin))
        raise typer.Exit

    monkeypatch.setattr(seal_listen, "Recorder", recorder)
    sandbox.run("seal listen", "--tcp", "127.0.0.1:0")
    assert set(listening) == {"synthetic"}
    done.add("seal listen")
    assert {each for group in GROUPS for each in on_logs(group)} == done | LOOKS


def test_a_node_of_a_sandboxs_log_records_what_is_synthetic(learnt: Learnt, tmp_path: Path) -> None:
    """As `aforo serve`, `watch` and `screen` open it."""
    post = Post(learnt, tmp_path)
    with post.log() as log:
        said = DeviceRegistered("seal", "Norte", 600, 60)
        device_acts.register(Custody(log), "seal-0", said, actor="world", origin="synthetic")
    with open_log(post.settings) as log:
        node = open_node(log, post.model, 0.05)
        assert node.origin == "synthetic"
        events = log.read()
    assert len(events) > 5
    assert {each.event.origin for each in events} == {"synthetic"}


def test_a_rule_of_a_sandboxs_log_is_synthetic(sandbox: Sandbox) -> None:
    before = len(sandbox.origins())
    sandbox.run("rules add", sandbox.file("rule.toml", DRAFT), "--by", "Ana")
    assert set(sandbox.origins()[before:]) == {"synthetic"}


def test_a_log_that_is_real_stays_so(tmp_path: Path) -> None:
    where = ["--store", str(tmp_path / "log.sqlite"), "--keys", str(tmp_path / "keys.sqlite")]
    for supplier in ("Norte", "Sur"):
        command = ["seal", "register", "seal-1", "--supplier", supplier, "--promise", "600"]
        assert CliRunner().invoke(complete_app(), [*command, *where]).exit_code == 0
    with closing(KeyStore(tmp_path / "keys.sqlite")) as keys, Log.open(f"sqlite:///{where[1]}", keys) as log:
        assert {each.event.origin for each in log.read()} == {"live"}
