"""Running a backtest to its end: the selections file, saving as it goes, going on after a stop."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from aforo.routing.policy import Policy
from aforo.trials import checkpoint
from aforo.trials.backtest import Backtest, Setting
from aforo.trials.history import History, HistoryError, Period
from aforo.trials.learner import Learner, Product
from aforo.trials.peers import Exploit, ImporterRule, Peer

PERIOD_DAYS: dict[Period, float] = {"day": 1.0, "week": 7.0, "month": 365.25 / 12}

#: Everything that a backtest can try, by name.
LEARNERS: dict[str, Callable[[Policy, int], Learner]] = {
    "aforo": lambda policy, seed: Product(policy),
    "random": lambda policy, seed: Peer(seed),
    "importer-rule": lambda policy, seed: ImporterRule(seed),
    "exploit-loo": lambda policy, seed: Exploit(seed),
    "exploit-past-only": lambda policy, seed: Exploit(seed, name="exploit-past-only", past_only=True),
    "random-90/10": lambda policy, seed: Exploit(seed, name="random-90/10", draws=True),
}


def replay(
    history: History,
    learner: Learner,
    setting: Setting,
    period: Period,
    *,
    selections: Path | None = None,
    resume: Path | None = None,
    every: int = 8,
    advance: Callable[[int], None] = lambda periods: None,
) -> Backtest:
    """Replay the whole history. `advance` is told how many periods more are done.

    With `resume`, the state is saved in that folder after every `every` periods and at the end, and a run that stopped
    goes on from there. Raises HistoryError where the folder or the selections file are of another run, and OSError.
    """
    run = Backtest(history, learner, setting, PERIOD_DAYS[period])
    written = checkpoint.restore(resume, run) if resume is not None else 0
    with ExitStack() as stack:
        stream = stack.enter_context(_opened(selections, written, run.done)) if selections is not None else None
        advance(run.done)
        while run.done < len(history.periods):
            run.step(None if stream is None else lambda lines: _write(stream, lines))
            advance(1)
            if resume is not None and (run.done % every == 0 or run.done == len(history.periods)):
                checkpoint.save(resume, run, _settled(stream))
    return run


def _opened(path: Path, written: int, done: int) -> BinaryIO:
    """The selections file, cut to what the saved state had written."""
    if done == 0:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("wb")
    if written == 0 or not path.exists() or path.stat().st_size < written:
        raise HistoryError("backtest_selections_short", path=path)
    stream = path.open("r+b")
    stream.truncate(written)
    stream.seek(written)
    return stream


def _write(stream: BinaryIO, lines: Sequence[str]) -> None:
    stream.write(("\n".join(lines) + "\n").encode() if lines else b"")


def _settled(stream: BinaryIO | None) -> int:
    """The length of the file, once all of it is durable."""
    if stream is None:
        return 0
    stream.flush()
    os.fsync(stream.fileno())
    return stream.tell()
