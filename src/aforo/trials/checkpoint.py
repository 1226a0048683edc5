"""Saving a backtest between two periods, so that it can go on after a stop as if it had not stopped.

The folder holds one state, replaced as a whole: which run it is of, the periods done, what was decided, what the
learner has learnt, and how long the selections file was. What was written after that is cut off on resuming, so a
resumed run leaves the same bytes as one that never stopped.

Its identities are hashed under a key that anybody can make, so whoever has the folder can tell whether an identifier
was in the history: it is its owner's alone, as confidential as the history.
"""

from __future__ import annotations

import hashlib
import os
from importlib import metadata
from pathlib import Path

import msgspec
import numpy as np

from aforo.trials.backtest import Backtest
from aforo.trials.history import HistoryError

FORMAT = 2
_STATE = "backtest.npz"


def fingerprint(run: Backtest) -> str:
    """What has to be the same for a run to go on: history, learner, rate, feedback, policy, rules, seed, code."""
    setting = run.setting
    described = {
        "format": FORMAT,
        "code": metadata.version("aforo"),
        "history": run.history.digest,
        "periods": run.history.periods,
        "learner": run.learner.name,
        "rules": run.learner.rules.hash,
        "rate": setting.rate,
        "feedback": setting.feedback,
        "policy": msgspec.to_builtins(setting.policy),
        "seed": setting.seed,
    }
    return hashlib.sha256(msgspec.json.encode(described, order="sorted")).hexdigest()


def save(folder: Path, run: Backtest, written: int) -> None:
    """Replace the state in `folder`; `written` is the length of the selections file, which must be durable already."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    fresh = folder / f"{_STATE}.part"
    with fresh.open("wb") as stream:
        np.savez(
            stream,
            allow_pickle=False,
            run=np.frombuffer(fingerprint(run).encode(), np.uint8),
            done=np.array([run.done, written], np.int64),
            learner=np.frombuffer(run.learner.dump(), np.uint8),
            **{f"decided_{name}": column for name, column in run.decided.columns().items()},
        )
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(fresh, folder / _STATE)


def restore(folder: Path, run: Backtest) -> int:
    """Put `run` where it was saved, and say how long the selections file was; 0 where nothing was saved.

    Raises HistoryError where the folder holds another run or is damaged.
    """
    path = folder / _STATE
    if not path.exists():
        return 0
    try:
        with np.load(path, allow_pickle=False) as archive:
            state = {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError) as error:
        raise HistoryError("backtest_state_damaged", folder=folder) from error
    if state["run"].tobytes().decode(errors="replace") != fingerprint(run):
        raise HistoryError("backtest_other_run", folder=folder)
    run.learner.restore(state["learner"].tobytes())
    for name, column in run.decided.columns().items():
        column[...] = state[f"decided_{name}"]
    run.done, written = (int(number) for number in state["done"])
    return written
