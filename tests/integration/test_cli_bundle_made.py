"""`aforo bundle state` and `make` on a real log: what is recorded of them, by whom, and as what."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from acting import Act
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.domain.device import DeviceRegistered
from aforo.domain.event import Origin
from aforo.domain.trip import BundleGiven, CustodyStated, Sealed, TripOpened
from aforo.flow import device_acts, trip_acts
from aforo.flow.custody import Custody
from aforo.flow.custody_given import GIVEN
from aforo.log.keys import KeyStore
from aforo.log.store import Log
from aforo.log.stored import StoredEvent
from aforo.settings import officer


class Place:
    """A log with one sealed trip, and the command line beside it."""

    def __init__(self, folder: Path, origin: Origin) -> None:
        self.url, self.keys = f"sqlite:///{folder / 'log.sqlite'}", folder / "keys.sqlite"
        with closing(KeyStore(self.keys)) as keys, Log.open(self.url, keys) as log:
            custody, act = Custody(log), Act(actor="tester", origin=origin)
            device_acts.register(custody, "seal-1", DeviceRegistered("seal", "Norte", 600, 60), **act)
            opening = TripOpened("export", "ABCD", log.clock() + timedelta(days=1))
            trip_acts.open_(custody, "T-1", opening, **act)
            trip_acts.seal(custody, "T-1", Sealed("seal-1", "MX 1"), **act)

    def run(self, *arguments: object) -> str:
        where = ("--store", self.url, "--keys", str(self.keys))
        done = CliRunner().invoke(complete_app(), ["bundle", *map(str, arguments), *where])
        assert done.exit_code == 0, done.output
        return done.output

    def read(self, stream: str) -> list[StoredEvent]:
        with closing(KeyStore(self.keys)) as keys, Log.open(self.url, keys) as log:
            return log.stream(stream)


@pytest.mark.parametrize("origin", ["live", "synthetic"])
def test_a_bundle_is_stated_and_given_as_the_log_that_it_is_of(tmp_path: Path, origin: Origin) -> None:
    """In a sandbox both were recorded as live."""
    place, file = Place(tmp_path, origin), tmp_path / "trip.bundle"
    told: Any = json.loads(place.run("state", "T-1", "--json"))
    assert [each[:2] for each in told["spans"]] == [["seal-1", "intact"]]
    place.run("make", "T-1", "-o", file)
    stated = [each.event for each in place.read("trip/T-1") if isinstance(each.payload, CustodyStated)]
    assert [each.origin for each in stated] == [origin, origin]
    assert stated[0].event_id == told["event"]
    (given,) = place.read(GIVEN + "T-1")
    assert isinstance(given.payload, BundleGiven)
    assert given.payload == BundleGiven("T-1", sha256(file.read_bytes()).hexdigest()), "the file, and by no token"
    assert (given.event.actor, given.event.origin) == (officer(), origin)


def test_who_makes_a_bundle_again_soon_is_recorded_once(tmp_path: Path) -> None:
    place = Place(tmp_path, "live")
    for name in ("one", "other"):
        place.run("make", "T-1", "-o", tmp_path / name)
    assert len(place.read(GIVEN + "T-1")) == 1
