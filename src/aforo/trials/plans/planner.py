"""The planner: plans in a folder, run one after another beside whatever else the server does.

What somebody asks for is written first and remembered then: where it cannot be written, nothing is changed, and they
are told. What happens by itself, such as that a process ended, is remembered whether it could be written or not.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Final, Self

import msgspec

from aforo.domain.text import Text, catalogue
from aforo.domain.toml import written as toml
from aforo.ports.directory import Directory
from aforo.trials.plans.plan import (
    PLAN,
    PROGRESS,
    RESULT,
    WHY,
    Plan,
    PlanError,
    State,
    checked,
    documents_of,
    documents_written,
    inputs_of,
    read,
    written,
)
from aforo.trials.plans.quick import Quick
from aforo.twin.scenario import Scenario, plain

logger = logging.getLogger("aforo.plans")

#: Plans that run at once, that wait, that are there at all; and those of one person that wait.
AT_ONCE, MOST_WAITING, MOST_PLANS, MOST_OF_ONE = 1, 20, 200, 5
#: Seconds between two looks at the processes.
LOOK_EVERY_S: Final = 0.2
#: What runs the plan of the folder that is named after it: this interpreter and a module of ours.
WORKER: Final = (sys.executable, "-m", "aforo.trials.plans.worker")
#: Threads that a process of a plan may use in libraries of its own: one, since it is to take one processor.
_ALONE: Final = {"OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1", "NUMBA_NUM_THREADS": "1"}


class Planner:
    """Plans of one server. A context manager: inside, what waits is run; on leaving, what runs is stopped, and told as
    interrupted the next time."""

    def __init__(
        self,
        folder: Path,
        *,
        at_once: int = AT_ONCE,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        worker: Sequence[str] = WORKER,
    ) -> None:
        """`worker` is the command that runs the plan of a folder, which is named after it."""
        self._folder = folder
        self._worker = worker
        self._at_once = at_once
        self._now = now
        self._plans: dict[str, Plan] = {}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="planner", daemon=True)
        self.quick = Quick()

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        for own in sorted(self._folder.iterdir()):
            plan = read(own)
            if plan is None or plan.plan != own.name:
                continue
            self._plans[plan.plan] = plan
            if plan.state == "running":
                self._note(self._over(plan, "interrupted"))
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._stop.set()
        self._thread.join()
        for process in self._running.values():
            _end(process)
        self.quick.close()

    def all(self) -> list[Plan]:
        """Every plan, the one asked for last first."""
        with self._lock:
            return sorted(map(self._now_of, self._plans.values()), key=lambda plan: plan.asked_at, reverse=True)

    def find(self, name: str) -> Plan:
        """A plan by its name. Raises PlanError."""
        with self._lock:
            found = self._plans.get(name)
            if found is None:
                raise PlanError("plan_unknown")
            return self._now_of(found)

    def result(self, name: str) -> bytes | None:
        """What came out of a plan, as JSON; None where nothing has yet. Raises PlanError."""
        plan = self.find(name)
        if plan.state != "done":
            return None
        return (self._folder / plan.plan / RESULT).read_bytes()

    def ask(self, first: Scenario, second: Scenario, ports: Directory, by: str, note: str = "") -> Plan:
        """Have two scenarios compared at these ports, whose documents are kept with the plan. Raises PlanError,
        ScenarioError."""
        size = checked(first, second, ports)
        needed = {**first.documents(ports).documents, **second.documents(ports).documents}
        with self._lock:
            self._may_wait(by)
            leaves = self._leaves()
            documents = toml(plain(first)), toml(plain(second))
            title = Text(second.title.en, second.title.es)
            plan = Plan(
                secrets.token_hex(8), title, by, self._now(), "waiting", *documents, inputs_of(*documents, needed),
                size, metadata.version("aforo"), note=note,
            )  # fmt: skip
            own = self._folder / plan.plan
            try:
                with _writing():
                    own.mkdir()
                    documents_written(needed, own)
                self._keep(plan)
            except PlanError:
                shutil.rmtree(own, ignore_errors=True)
                raise
            if leaves is not None:
                try:
                    self.drop(leaves)
                except PlanError as failure:  # the new plan stands; the old one leaves with the next
                    logger.error("plan %s could not be removed: %s", leaves, failure)
            return plan

    def again(self, name: str, by: str) -> Plan:
        """Have a plan that ended without a result run again, with the port documents that it was made with. Raises
        PlanError."""
        with self._lock:
            plan = self.find(name)
            if not plan.ended or plan.state == "done":
                raise PlanError("plan_not_ended")
            self._may_wait(by)
            with _writing():
                inputs = inputs_of(plan.first, plan.second, documents_of(self._folder / name))
            plan = msgspec.structs.replace(
                plan, by=by, state="waiting", done=0, started_at=None, ended_at=None, why=None,
                code=metadata.version("aforo"), inputs=inputs,
            )  # fmt: skip
            self._keep(plan)
            return plan

    def cancel(self, name: str) -> Plan:
        """Stop a plan, or take it out of the queue; one that has ended stays as it is. Raises PlanError."""
        with self._lock:
            plan = self.find(name)
            if plan.ended:
                return plan
            plan = self._over(plan, "cancelled")
            self._keep(plan)
            process = self._running.pop(name, None)
            if process is not None:
                _end(process)
            return plan

    def keep(self, name: str, kept: bool, note: str | None = None) -> Plan:
        """Keep a plan, so that it is not dropped to make room, or no longer; with a note. Raises PlanError."""
        with self._lock:
            plan = self.find(name)
            plan = msgspec.structs.replace(plan, kept=kept, note=plan.note if note is None else note)
            self._keep(plan)
            return plan

    def drop(self, name: str) -> None:
        """Forget a plan that has ended. Raises PlanError."""
        with self._lock:
            plan = self.find(name)
            if not plan.ended:
                raise PlanError("plan_not_ended")
            with _writing():
                (self._folder / plan.plan / PLAN).unlink(missing_ok=True)
            del self._plans[name]
            shutil.rmtree(self._folder / plan.plan, ignore_errors=True)

    # The thread

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            try:
                self._look()
            except OSError as failure:
                logger.error("plans could not be looked at: %s", type(failure).__name__)

    def _look(self) -> None:
        with self._lock:
            for name, process in list(self._running.items()):
                code = process.poll()
                if code is not None:
                    del self._running[name]
                    _end(process)
                    self._ended(self._now_of(self._plans[name]), code)
            waiting = [each for each in self._plans.values() if each.state == "waiting"]
            waiting.sort(key=lambda plan: plan.asked_at)
            for plan in waiting[: max(0, self._at_once - len(self._running))]:
                self._start(plan)

    def _start(self, plan: Plan) -> None:
        own = self._folder / plan.plan
        try:
            with _writing():
                for file in (PROGRESS, WHY):  # of a run before
                    (own / file).unlink(missing_ok=True)
            self._keep(msgspec.structs.replace(plan, state="running", started_at=self._now(), done=0))
            with _writing():
                self._running[plan.plan] = subprocess.Popen(  # noqa: S603 - a command of our own, and no shell
                    [*self._worker, str(own)], env=os.environ | _ALONE,
                    stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )  # fmt: skip
        except PlanError as wrong:
            self._note(msgspec.structs.replace(self._over(plan, "failed"), why=wrong.text))

    def _ended(self, plan: Plan, code: int) -> None:
        folder = self._folder / plan.plan
        if code == 0 and (folder / RESULT).exists():
            self._note(msgspec.structs.replace(self._over(plan, "done"), done=plan.of))
            return
        try:
            why = msgspec.json.decode((folder / WHY).read_bytes(), type=Text)
        except (OSError, msgspec.MsgspecError):
            why = catalogue("aforo.trials").say("plan_stopped", status=code)
        self._note(msgspec.structs.replace(self._over(plan, "failed"), why=why))

    def _over(self, plan: Plan, state: State) -> Plan:
        return msgspec.structs.replace(plan, state=state, ended_at=self._now())

    def _keep(self, plan: Plan) -> None:
        """Write a plan, then remember it. Raises PlanError where it cannot be written: then it is as it was."""
        with _writing():
            written(plan, self._folder / plan.plan)
        self._plans[plan.plan] = plan

    def _note(self, plan: Plan) -> None:
        """Remember what happened to a plan, and write it where that can be done."""
        self._plans[plan.plan] = plan
        with suppress(PlanError):  # it is logged
            self._keep(plan)

    def _now_of(self, plan: Plan) -> Plan:
        """A plan with the replications that its process has made so far."""
        if plan.state != "running":
            return plan
        try:
            return msgspec.structs.replace(plan, done=int((self._folder / plan.plan / PROGRESS).read_text()))
        except (OSError, ValueError):
            return plan

    def _may_wait(self, by: str) -> None:
        """Raises PlanError where too many plans wait, or too many of this person's."""
        waiting = [each for each in self._plans.values() if each.state == "waiting"]
        if len(waiting) >= MOST_WAITING or sum(each.by == by for each in waiting) >= MOST_OF_ONE:
            raise PlanError("plan_queue_full")

    def _leaves(self) -> str | None:
        """The plan that is dropped to make room, where there are too many: the oldest that ended and is not kept.
        Raises PlanError where there is none."""
        if len(self._plans) < MOST_PLANS:
            return None
        over = [each for each in self._plans.values() if each.ended and not each.kept]
        if not over:
            raise PlanError("plan_too_many", most=MOST_PLANS)
        return min(over, key=lambda plan: plan.asked_at).plan


@contextmanager
def _writing() -> Iterator[None]:
    """Raises PlanError where the machine fails at something in the folder."""
    try:
        yield
    except OSError as failure:
        logger.error("the folder of plans: %s", failure)
        raise PlanError("plan_not_kept") from failure


def _end(process: subprocess.Popen[bytes]) -> None:
    """Stop a process, and wait until it is gone."""
    if process.stdin is not None:
        process.stdin.close()
    if process.poll() is None:
        process.kill()
    process.wait()
