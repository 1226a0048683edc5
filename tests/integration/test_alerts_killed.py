"""A watch over alerts that is killed without warning, again and again, while the log is written to, on either database:
every cause has its alert, and none has two."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from aforo.domain.event import Payload, new_event
from aforo.domain.screening import ScreeningDismissed, ScreeningHit
from aforo.flow.alert_watch import Watch
from aforo.flow.alerts import Alerts
from aforo.log.ids import event_id
from aforo.log.keys import KeyStore
from aforo.log.store import Log

PARTIES = 60
KILLS = 6
#: A watch that looks as often as it can, and keeps where it is every other time.
PROGRAM = """
import sys
from aforo.flow.alert_watch import Watch
from aforo.log.keys import KeyStore
from aforo.log.store import ConcurrencyError, Log
with Log.open(sys.argv[1], KeyStore(sys.argv[2]), synchronous="OFF") as log:
    watch, looks = Watch(log), 0
    print("ready", flush=True)
    while True:
        try:
            watch.look()
        except ConcurrencyError:
            continue
        looks += 1
        if looks % 2:
            watch.save()
"""


@pytest.fixture
def log(store_url: str, tmp_path: Path) -> Iterator[Log]:
    with closing(KeyStore(tmp_path / "keys.sqlite")) as keys, Log.open(store_url, keys, synchronous="OFF") as opened:
        yield opened


def said(log: Log, payload: Payload, stream: str, version: int) -> None:
    at = log.clock()
    log.append([new_event(event_id(at), payload, stream, version, occurred_at=at, recorded_at=at, actor="tester")])


def hit(party: str, entry: int) -> ScreeningHit:
    return ScreeningHit(party, "ofac", str(entry), "0" * 32, 0, 950_000, (), "1" * 64)


def test_no_alert_is_lost_or_doubled(log: Log, store_url: str, tmp_path: Path) -> None:
    random = Random(7)

    def watch() -> subprocess.Popen[str]:
        started = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, store_url, str(tmp_path / "keys.sqlite")],
            stdout=subprocess.PIPE, text=True, env=os.environ,
        )  # fmt: skip
        assert started.stdout is not None
        assert started.stdout.readline() == "ready\n"
        return started

    running = watch()
    try:
        for n in range(PARTIES):
            party = f"{n:016x}"
            said(log, hit(party, 1), f"screening/{party}", 1)
            said(log, hit(party, 2), f"screening/{party}", 2)
            if n % 3 == 0:
                for entry in (1, 2):
                    dismissed = ScreeningDismissed(party, "ofac", str(entry), "0" * 32, "Another.")
                    said(log, dismissed, f"screening/{party}", 2 + entry)
            if n % (PARTIES // KILLS) == PARTIES // KILLS - 1:
                time.sleep(random.random() * 0.05)
                running.send_signal(signal.SIGKILL)
                running.wait()
                running = watch()
            time.sleep(random.random() * 0.005)
    finally:
        running.kill()
        running.wait()
    last = Watch(log)
    last.look()
    alerts = Alerts(log).all()
    causes = [(alert.subject, each.about) for alert in alerts for each in alert.causes]
    assert len(causes) == len(set(causes)) == 2 * PARTIES
    left = {alert.subject for alert in alerts if alert.closed_at is None}
    assert left == {f"screening/{n:016x}" for n in range(PARTIES) if n % 3}
    assert sum(alert.closed_at is None for alert in alerts) == len(left)
