"""A window of the twin in a log: it verifies, states follow from it, and replay says that it is simulated."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from twin_bridge import bridge, demand, policy
from typer.testing import CliRunner, Result

from aforo.cli import complete_app
from aforo.domain.event import Decided, Examined
from aforo.flow.replay import decisions_of, simulated
from aforo.log.keys import KeyStore
from aforo.log.store import Log
from aforo.ports.state import BridgesState
from aforo.twin.export import events_of
from aforo.twin.network import HOUR
from aforo.twin.run import run
from aforo.twin.traffic import trucks_of

STARTED = datetime(2024, 3, 1, tzinfo=ZoneInfo("America/Chicago"))


def test_an_exported_window_is_a_log_like_any_other_but_for_replay(tmp_path: Path) -> None:
    trucks = trucks_of(demand(), 8)
    fates, _ = run(bridge(), trucks, policy(), seed=8, port=7)
    events = list(events_of(trucks, fates, STARTED, "world-trade", since=10 * HOUR, until=15 * HOUR))
    store, keys = f"sqlite:///{tmp_path / 'twin.sqlite'}", tmp_path / "keys.sqlite"
    with Log.open(store, KeyStore(keys)) as log:
        log.append(events)
        held = log.read(limit=len(events) + 1)
        assert [each.event.origin for each in held] == ["twin"] * len(events)
        decided = [each.payload for each in held if each.event.type == Decided.TYPE]
        assert len(decided) > 50
        examined = log.read(types=(Examined.TYPE,))
        assert len(examined) > 20
        state = BridgesState()
        state.apply([each for each in held if each.event.type in state.types])
        again = BridgesState()
        again.load(state.dump())
        assert again.dump() == state.dump()
        assert list(decisions_of(log)) == []
        assert simulated(log)

    def asked(*arguments: str) -> Result:
        return CliRunner().invoke(complete_app(), [*arguments, "--store", store, "--keys", str(keys), "--lang", "en"])

    verified = asked("log", "verify")
    assert verified.exit_code == 0, verified.output
    for what in ("--all", "world-trade-1"):
        told = asked("replay", what)
        assert told.exit_code == 2
        assert "simulated" in told.output
