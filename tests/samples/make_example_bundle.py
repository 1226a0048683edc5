"""Makes the custody bundle that ships as an example, and the keys that it is verified with: a SYNTHETIC trip under two
seals, one that signs and one that does not, with a silence and an opening on the road.

    PYTHONPATH=tests:src python -m samples.make_example_bundle src/aforo/custody/documents

Keys and identifiers are drawn anew each time: the guide names those of the file that is committed.
"""

from __future__ import annotations

import json
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from at_custody import key_of
from nacl.signing import SigningKey
from sealed import CUSTOMS, YARD, drive, in_blocks, opened

from aforo.domain.device import DeviceRegistered
from aforo.domain.reading import Readings
from aforo.domain.trip import Sealed, TripOpened
from aforo.flow import device_acts, trip_acts
from aforo.flow.custody import Custody
from aforo.flow.custody_bundle import bundle_of, state_custody
from aforo.flow.custody_watch import CustodyWatch
from aforo.flow.seal_blocks import of_portions, of_signed
from aforo.flow.telemetry import record
from aforo.intake import seal_text
from aforo.intake.seal_block import FIRST, encode
from aforo.log import cosignatures
from aforo.log.cosignature import WitnessSigner
from aforo.log.keys import KeyStore
from aforo.log.proof import last_checkpoint
from aforo.log.sequencer import sequence
from aforo.log.store import Log

TRIP, SIGNS, PLAIN = "EXAMPLE-1", "seal-7", "seal-8"
BEGUN = datetime(2026, 3, 2, 6, tzinfo=UTC)
ACT: dict[str, Any] = {"actor": "example", "origin": "synthetic"}


def driven() -> Readings:
    """A reading each two minutes for an hour, none from minute 20 to 38, the door open from minute 48 to 50."""
    return opened(drive(31), 24, 26)[[*range(10), *range(20, 31)]]


def lines() -> bytes:
    """What the seal without a key sent: a reading each five minutes, closed."""
    made = []
    for index in range(13):
        at = BEGUN + timedelta(minutes=5 * index)
        made.append(
            f"##S,eSeal,{PLAIN},31,3.2.1,Normal,{index},{at:%Y-%m-%d},{at:%H:%M:%S},300,A,"
            f"{25.7 + index / 19:.6f}N {100.3 - index / 47:.6f}W,20,75,Close,0,0:0:0:0,3.9,-71,E##"
        )
    return "\n".join(made).encode()


def made(folder: Path) -> tuple[bytes, dict[str, str]]:
    """The bundle, and the keys of its log and witness as text."""
    key, witness = SigningKey.generate(), WitnessSigner("witness.example", bytes(SigningKey.generate()))
    now = [BEGUN - timedelta(minutes=5)]
    with (
        closing(KeyStore(folder / "keys")) as keys,
        Log.open(f"sqlite:///{folder / 'log.sqlite'}", keys, clock=lambda: now[0]) as log,
    ):
        log.marks = "synthetic"
        custody = Custody(log)
        signs = DeviceRegistered("seal", "Candados del Norte", 600, 60, key_of(key), "H", "ABCD")
        device_acts.register(custody, SIGNS, signs, **ACT)
        device_acts.register(custody, PLAIN, DeviceRegistered("seal", "Otro", 600, 60, "", "H", "ABCD"), **ACT)
        opening = TripOpened("export", "ABCD", BEGUN + timedelta(days=1), places=(YARD, CUSTOMS))
        trip_acts.open_(custody, TRIP, opening, **ACT)
        now[0] = BEGUN
        for device, number in ((SIGNS, "MX 0007"), (PLAIN, "MX 0008")):
            trip_acts.seal(custody, TRIP, Sealed(device, number), **ACT)
        previous = FIRST
        for number, (block, own) in enumerate(in_blocks(driven())):
            raw = encode(SIGNS, SIGNS, 1, number, previous, own, lambda said: key.sign(said).signature)
            previous = sha256(raw).digest()
            now[0] = datetime.fromtimestamp(block.arrived / 1e6, UTC)
            taken = of_signed([raw], custody, lambda device: True)
            assert not taken.problems
            record(taken.said, log, actor="example")
            CustodyWatch(log).look()
        now[0] = BEGUN + timedelta(minutes=62)
        record(of_portions(seal_text.read(lines()).portions, custody, lambda device: True).said, log, actor="example")
        CustodyWatch(log).look()
        now[0] = BEGUN + timedelta(minutes=65)
        state_custody(custody, TRIP, origin="synthetic")
        sequence(log)
        newest = last_checkpoint(log.database)
        assert newest is not None
        text = newest.note.partition("\n\n")[0] + "\n"
        cosigned = witness.line(text, int(now[0].timestamp()) + 5)
        cosignatures.keep(log.database, newest.size, {witness.public.text: cosigned})
        data = bundle_of(log, TRIP, [witness.public])
        return data, {"log_key": keys.signing.first(log.origin).text, "witness_key": witness.public.text}


def main(target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        data, keys = made(Path(folder))
    (target / "example.bundle").write_bytes(data)
    said = "".join(f"{name} = {json.dumps(value)}\n" for name, value in keys.items())
    head = "# The keys of example.bundle, a SYNTHETIC trip (tests/samples/make_example_bundle.py).\n"
    (target / "example-keys.toml").write_text(head + said, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
