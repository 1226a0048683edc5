"""The whole demonstration as one value: a synthetic day is drawn, learnt for, lived through, and looked at."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec

from aforo.bootstrap import open_node, save_state
from aforo.demo import checks, day, scene, school
from aforo.demo.checks import Replays, Tampering, Verified
from aforo.demo.clock import ForwardClock
from aforo.demo.figures import DayFigures, measure
from aforo.demo.scene import Scale
from aforo.demo.story import Story, hero, tell
from aforo.demo.trucks import Truck, most_telling, trucks
from aforo.domain.text import Text, catalogue
from aforo.log.opened import open_log
from aforo.settings import Settings, as_url

#: Who acts in the log of a demonstration.
ACTOR = "demo"

#: Begins a stage of known length (None: unknown), named by a code of the catalogue; gives what is told of progress.
Stage = Callable[[str, int | None], AbstractContextManager[Callable[[int], None]]]


class History(msgspec.Struct, frozen=True):
    """What was learnt from, from the first to the last local day: crossings, those of them examined (at random, with
    the chance `examined_share`), and the violations found. `model` is the hash of the model document."""

    first: date
    last: date
    crossings: int
    examined: int
    violations: int
    examined_share: float
    model: str


class Account(msgspec.Struct, frozen=True):
    """Everything there is to see of one synthetic day. `telling` names the trucks of the selection worth a sentence.

    `seconds` by stage; `kept` is the folder that was kept, None for a temporary one.
    """

    synthetic: bool
    notice: Text
    seed: int
    rate: float
    day: date
    history: History
    selection: tuple[Truck, ...]
    telling: tuple[str, ...]
    released: int
    ports: int
    story: Story
    figures: DayFigures
    replays: Replays
    log: Verified
    tampering: Tampering
    seconds: dict[str, float]
    kept: str | None


def give(folder: Path, seed: int, rate: float, scale: Scale, stage: Stage, *, kept: bool = False) -> Account:
    """Play the demonstration in an empty folder and account for it. Raises ValueError for sizes the world refuses."""
    seconds: dict[str, float] = {}

    @contextmanager
    def timed(code: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        began = time.perf_counter()
        with stage(code, total) as advance:
            yield advance
        seconds[code] = round(time.perf_counter() - began, 2)

    where = Settings(as_url(str(folder / "log.sqlite")), as_url(str(folder / "log-keys.sqlite")))
    model = folder / "model"
    with timed("stage_scene"):
        drawn = scene.draw(folder, seed, scale)
    with timed("stage_learn", drawn.crossings) as advance:
        school.seed_secrets(where, seed)
        training = school.learn(drawn.history, model, where, advance)
    table, _ = scene.read(drawn.filings)
    clock = ForwardClock(_eve(table["filed_at"][0]))
    with open_log(where, clock) as log:
        with timed("stage_day", table.height) as advance:
            node = open_node(log, model, rate, origin="synthetic", actor=ACTOR)
            played = day.play(table, drawn.truth, node, clock, advance)
            save_state(node)
        with timed("stage_story"):
            found = {own: finding.violation for own, finding in drawn.truth.items()}
            story = tell(hero(played.answers, found), node, model)
            figures = measure(table, played.answers, drawn.truth, node, rate)
        with timed("stage_replay"):
            replays = checks.replay_all(node)
        decided = log.event(story.decision)
        assert decided is not None
    with timed("stage_verify"):
        report = checks.verified(where)
        tampering = checks.tamper(where, story.decision, decided.body, folder)
    selection = trucks(table, played.answers, drawn.truth)
    return Account(
        synthetic=True,
        notice=catalogue("aforo.demo").say("notice"),
        seed=seed,
        rate=rate,
        day=drawn.day,
        history=History(
            drawn.first_day,
            drawn.day - timedelta(days=1),
            drawn.crossings,
            drawn.examined,
            training.violations,
            scale.examined_share,
            node.force.set.model,
        ),
        selection=tuple(selection),
        telling=tuple(most_telling(selection)),
        released=len(played.answers) - len(selection),
        ports=table["port"].n_unique(),
        story=story,
        figures=figures,
        replays=replays,
        log=report,
        tampering=tampering,
        seconds=seconds,
        kept=str(folder) if kept else None,
    )


def _eve(first: datetime) -> datetime:
    """The instant at which the node opens: the hour before the first filing."""
    return first.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
