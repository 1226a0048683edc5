"""Saving a pilot after each night, so that the next night, or a run that stopped, goes on from there.

The folder holds one state, replaced as a whole, and which nights it is of: the extracts, the outcomes that came and
what today's selection examined. Where any of it is another now, the state is of no use and all nights are decided anew,
so that the report follows from the files alone, whether run night by night or at once.

Where it began cold its identities are hashed under a key that anybody can make: the folder is its owner's alone, as
confidential as the extracts.
"""

from __future__ import annotations

import hashlib
import os
from importlib import metadata
from pathlib import Path

import msgspec
import numpy as np

from aforo.trials.history import HistoryError
from aforo.trials.pilot.shadow import Shadow

FORMAT = 1
_STATE = "pilot.npz"


def fingerprint(shadow: Shadow, nights: int) -> str:
    """What has to be the same for the first `nights` nights to have been decided as they would be now."""
    setting = shadow.setting
    described = {
        "format": FORMAT,
        "code": metadata.version("aforo"),
        "rules": shadow.rules.hash,
        "rate": shadow.rate,
        "policy": msgspec.to_builtins(setting.policy),
        "seed": setting.seed,
        "model": shadow.model.manifest.files if shadow.model else None,
        "nights": shadow.ledger.until(nights - 1),
    }
    return hashlib.sha256(msgspec.json.encode(described, order="sorted")).hexdigest()


def save(folder: Path, shadow: Shadow) -> None:
    """Replace the state in `folder`. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    fresh = folder / f"{_STATE}.part"
    with fresh.open("wb") as stream:
        np.savez(
            stream,
            allow_pickle=False,
            done=np.array([shadow.done], np.int64),
            run=np.frombuffer(fingerprint(shadow, shadow.done).encode(), np.uint8),
            shadow=np.frombuffer(shadow.dump(), np.uint8),
        )
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(fresh, folder / _STATE)


def restore(folder: Path, shadow: Shadow) -> bool:
    """Put `shadow` where it was saved, if what was saved still holds; whether it did, or there was nothing.

    Raises HistoryError where the state is damaged.
    """
    path = folder / _STATE
    if not path.exists():
        return True
    try:
        with np.load(path, allow_pickle=False) as archive:
            done = int(archive["done"][0])
            run, dumped = archive["run"].tobytes().decode(errors="replace"), archive["shadow"].tobytes()
        if not 0 < done <= len(shadow.ledger.history.periods) or run != fingerprint(shadow, done):
            return False
        shadow.restore(dumped)
    except (OSError, ValueError, EOFError, KeyError) as error:
        raise HistoryError("work_damaged", work=folder) from error
    return True
