"""Quick questions about one bridge: what stands there, and how waits and examinations change with another plan.

They are asked of a process of lower priority that is started with the first question and kept, so that the next one
finds the compiled twin and the base's replications at hand: `python -m aforo.trials.plans.quick`, one line of JSON in
and one out for each question.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from datetime import date
from functools import lru_cache
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from aforo.domain.text import Text, catalogue
from aforo.ports import shipped as ships
from aforo.ports.directory import Directory
from aforo.ports.document import PortDocument
from aforo.trials.plans.outcome import PlanOutcome, outcome_of
from aforo.trials.plans.plan import PlanError
from aforo.trials.plans.worker import lowered
from aforo.twin.border import counted
from aforo.twin.changes import Demanded, Planned
from aforo.twin.replication import Replication, policies_of, replicated
from aforo.twin.results import result_of
from aforo.twin.scenario import PolicyName, Scenario, ScenarioError, Title, called, check
from aforo.twin.traffic import Profile

#: Replications of a quick question: so many that the intervals are to be seen, and few enough to be quick.
REPLICATIONS: Final = 10
#: A Monday to Sunday of which the counts ship: the busiest month of 2024.
FIRST: Final = date(2024, 10, 7)
#: How much lower the priority is than that of live decisions: less than that of plans, since somebody waits.
LOWER: Final = 5
#: Seconds for an answer, and questions that may wait for one.
PATIENCE_S, MOST_WAITING = 60.0, 6


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked: at `bridge` (`port/bridge`, by code or name) as it is by the `document` of its port (TOML), over
    `days` days, with `traffic` times the trucks that were counted, in both worlds; `plan` is what stands there in the
    second. `profiles` are what trucks and examinations are like in the first and in the second, where they differ."""

    bridge: Annotated[str, Meta(min_length=1, max_length=120)]
    document: str
    plan: Planned = Planned()
    traffic: Annotated[float, Meta(ge=0.1, le=3.0)] = 1.0
    days: Annotated[int, Meta(ge=1, le=7)] = 7
    first: date = FIRST
    replications: Annotated[int, Meta(ge=2, le=40)] = REPLICATIONS
    policy: PolicyName = "clearance"
    profiles: tuple[Profile, Profile] | None = None


class Answer(msgspec.Struct, frozen=True):
    """What came out (null: nothing), and how many seconds it took; or why nothing did."""

    result: msgspec.Raw
    seconds: float
    why: Text | None = None
    code: str = ""


def port_of(bridge: str, ports: Directory) -> PortDocument:
    """The port of a bridge (`port/bridge`). Raises ScenarioError for what is not one bridge of these ports."""
    found = called(bridge, ports)
    if len(found) != 1:
        raise ScenarioError("scenario_bridge", name=bridge, known=", ".join(own.id for _, own in found))
    return found[0][0]


def scenario_of(question: Question, ports: Directory) -> tuple[Scenario, Scenario]:
    """The two scenarios of a question at its port. Raises ScenarioError."""
    before = () if question.traffic == 1.0 else (Demanded(factor=question.traffic, foreseen=True),)
    one, other = question.profiles or (Profile(), Profile())
    title = catalogue("aforo.trials").say("plan_quick_title", bridge=question.bridge)
    scenario = Scenario(
        "plan", Title(title.en, title.es), (question.bridge,), question.first, question.days,
        replications=question.replications, policy=question.policy, traffic=other, before=before,
        change=() if question.plan == Planned() else (question.plan,),
    )  # fmt: skip
    check(scenario, ports)
    return msgspec.structs.replace(scenario, traffic=one, change=()), scenario


def asked(question: Question) -> PlanOutcome:
    """The outcome of a question. Raises ScenarioError."""
    document = question.document.encode()
    border = counted(Directory.of([document]))
    first, second = scenario_of(question, border.ports)
    ours, theirs = (_replications(msgspec.json.encode(each), document) for each in (first, second))
    return outcome_of(result_of(first, second, list(zip(ours, theirs, strict=True)), border))


@lru_cache(maxsize=16)
def _replications(scenario: bytes, document: bytes) -> tuple[Replication, ...]:
    """The replications of one world at the port of a document; the base of the question before is at hand for the
    next."""
    own = msgspec.json.decode(scenario, type=Scenario)
    border = counted(Directory.of([document]))
    policies = policies_of(own, border)
    return tuple(replicated(own, border, number, policies) for number in range(own.replications))


def answered(line: bytes) -> bytes:
    """The line that answers a line."""
    began = time.perf_counter()
    try:
        result = msgspec.Raw(msgspec.json.encode(asked(msgspec.json.decode(line, type=Question))))
        answer = Answer(result, round(time.perf_counter() - began, 3))
    except ScenarioError as wrong:
        answer = Answer(msgspec.Raw(b"null"), round(time.perf_counter() - began, 3), wrong.text, wrong.code)
    return msgspec.json.encode(answer)


class Quick:
    """Asks the process; one question at a time, the rest wait in line. It is started again where it has ended."""

    def __init__(self, patience: float = PATIENCE_S) -> None:
        self._patience = patience
        self._turn = threading.Lock()
        self._waiting = 0
        self._count = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, question: Question) -> Answer:
        """The answer to a question. Raises PlanError where too many wait, or none comes in time."""
        with self._count:
            if self._waiting >= MOST_WAITING:
                raise PlanError("plan_quick_full")
            self._waiting += 1
        try:
            with self._turn:
                return self._ask(question)
        finally:
            with self._count:
                self._waiting -= 1

    def begin(self) -> None:
        """Have the process made ready, where there is none: who opens the planner may ask soon."""
        if self._turn.acquire(blocking=False):
            try:
                self._running()
            finally:
                self._turn.release()

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def _ask(self, question: Question) -> Answer:
        process = self._running()
        late = threading.Timer(self._patience, process.kill)
        late.start()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(msgspec.json.encode(question) + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except OSError:
            line = b""
        finally:
            late.cancel()
        if not line:
            self.close()
            raise PlanError("plan_quick_late")
        return msgspec.json.decode(line, type=Answer)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = self._started()
        return self._process

    @staticmethod
    def _started() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "aforo.trials.plans.quick"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=os.environ | {"OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"},
        )  # fmt: skip


def main() -> None:
    """Answer lines until there are none; before the first, what is compiled is loaded."""
    lowered(LOWER)
    asked(Question("2406/columbus", ships.documents()["2406"].decode(), Planned(scanners=2), days=1, replications=2))
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(answered(line) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
