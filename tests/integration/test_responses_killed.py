"""Watches over responses that are killed without warning, two side by side, while people are reported, on either
database: every alert has its response, none has two, and what is late is said once and went up once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from aforo.domain.alert import AlertEscalated, AlertRaised
from aforo.domain.response import ResponseLate, ResponseStarted
from aforo.domain.trip import TripOpened
from aforo.flow import response_acts, trip_acts
from aforo.flow.alert_watch import Watch
from aforo.flow.custody import Custody
from aforo.flow.response_documents import put_plan
from aforo.flow.response_watch import Responding
from aforo.log.keys import KeyStore
from aforo.log.store import Log

TRIPS, KILLS = 12, 3
#: By this plan contact is late after a minute.
_ANSWER = """contact = { minutes = 1, source = "assumed" }
scene = { minutes = 600, source = "assumed" }
[[KIND.step]]
code = "only"
source = "assumed"
say = { en = "Call.", es = "Llame." }
"""
PLAN = "\n".join(
    ['name = "own"', 'version = "1"', *(f"[{kind}]\n{_ANSWER.replace('KIND', kind)}" for kind in ("theft", "people"))]
).encode()
#: A watch that looks as often as it can, and keeps where it is every other time; its clock is so many minutes ahead.
PROGRAM = """
import sys
from datetime import UTC, datetime, timedelta
from aforo.flow.alert_watch import Watch
from aforo.flow.custody import Custody
from aforo.flow.response_watch import Responding
from aforo.log.keys import KeyStore
from aforo.log.store import ConcurrencyError, Log
ahead = lambda: datetime.now(UTC) + timedelta(minutes=int(sys.argv[3]))
with Log.open(sys.argv[1], KeyStore(sys.argv[2]), synchronous="OFF", clock=ahead) as log:
    watch, responding, looks = Watch(log), Responding(Custody(log)), 0
    print("ready", flush=True)
    while True:
        try:
            watch.look()
            responding.look()
        except ConcurrencyError:
            continue
        looks += 1
        if looks % 2:
            responding.save()
"""


@pytest.fixture
def log(store_url: str, tmp_path: Path) -> Iterator[Log]:
    with closing(KeyStore(tmp_path / "keys.sqlite")) as keys, Log.open(store_url, keys, synchronous="OFF") as opened:
        yield opened


def test_killed_watches_lose_no_response_and_double_none(log: Log, store_url: str, tmp_path: Path) -> None:
    put_plan(log, PLAN, "tester")
    custody, draw = Custody(log), Random(7)
    for n in range(TRIPS):
        said = TripOpened("export", "ABCD", log.clock() + timedelta(hours=5))
        trip_acts.open_(custody, f"T{n}", said, actor="tester", origin="live")
    command = [sys.executable, "-c", PROGRAM, store_url, str(tmp_path / "keys.sqlite")]

    def begin(ahead: int) -> subprocess.Popen[str]:
        watch = subprocess.Popen([*command, str(ahead)], stdout=subprocess.PIPE, text=True)
        assert watch.stdout is not None
        assert watch.stdout.readline() == "ready\n"
        return watch

    for phase in (0, 10):  # what is late is so ten minutes later
        other = begin(phase)
        try:
            for kill in range(KILLS):
                with begin(phase) as watch:
                    for n in range(kill * TRIPS // KILLS, (kill + 1) * TRIPS // KILLS) if phase == 0 else ():
                        response_acts.signs(log, f"T{n}", ("call",), "", actor="tester", origin="live")
                    time.sleep(draw.random() * 0.5)
                    os.kill(watch.pid, signal.SIGKILL)
        finally:
            other.kill()
            other.wait()
        at = log.clock() + timedelta(minutes=phase)
        log.clock = lambda at=at: at
        for _ in range(2):
            Watch(log).look()
            Responding(Custody(log)).look()
    raised = {each.event.event_id for each in log.read(types=(AlertRaised.TYPE,))}
    started = Counter(each.payload.alert for each in log.read(types=(ResponseStarted.TYPE,)))
    assert len(raised) == TRIPS
    assert started == Counter(raised)
    late = Counter((each.event.stream, each.payload.stage) for each in log.read(types=(ResponseLate.TYPE,)))
    assert late == Counter({(f"response/{each}", stage): 1 for each in raised for stage in ("own", "contact")})
    ups = Counter(
        each.event.stream for each in log.read(types=(AlertEscalated.TYPE,)) if each.event.causation_id is not None
    )
    assert max(ups.values(), default=0) <= 1, "what is late sends its alert up once"
