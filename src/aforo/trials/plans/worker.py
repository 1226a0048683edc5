"""`python -m aforo.trials.plans.worker FOLDER`: the process that runs one plan.

It works at a lower priority, tells how many replications are made in a file, and ends when whoever started it is gone,
which it sees by its standard input.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import msgspec

from aforo.domain.text import Text
from aforo.ports.directory import Directory
from aforo.ports.reading import PortError
from aforo.trials.plans.outcome import PlanOutcome, outcome_of
from aforo.trials.plans.plan import PROGRESS, RESULT, WHY, Plan, documents_of, put, read
from aforo.twin.border import counted
from aforo.twin.replication import replications
from aforo.twin.results import result_of
from aforo.twin.scenario import ScenarioError, parse

#: How much lower the priority is: whoever decides on live trucks goes first.
LOWER = 15


def lowered(by: int = LOWER) -> None:
    """Take a lower priority, where the system has such."""
    if hasattr(os, "nice"):
        os.nice(by)


def ends_with_its_parent() -> None:
    """End this process when its standard input ends."""

    def watch() -> None:
        while os.read(0, 4096):
            pass
        os._exit(3)

    threading.Thread(target=watch, daemon=True).start()


def run(plan: Plan, folder: Path) -> PlanOutcome:
    """The outcome of a plan; the number of replications made is in its folder. Raises ScenarioError, PortError."""
    border = counted(Directory.of(documents_of(folder).values()))
    one, other = (parse(each.encode(), border.ports) for each in (plan.first, plan.second))
    pairs = []
    for _, pair in replications([one, other], border, range(one.replications), 1):
        pairs.append((pair[0], pair[1]))
        put(folder / PROGRESS, str(len(pairs)).encode())
    return outcome_of(result_of(one, other, pairs, border))


def main(folder: Path) -> int:
    """Run the plan of a folder; 0 where there is a result, 1 where there is a reason why not."""
    lowered()
    ends_with_its_parent()
    plan = read(folder)
    if plan is None:
        return 2
    try:
        made = run(plan, folder)
    except (ScenarioError, PortError) as wrong:
        put(folder / WHY, msgspec.json.encode(wrong.text))
        return 1
    except (ValueError, ArithmeticError, MemoryError) as wrong:
        told = f"{type(wrong).__name__}: {wrong}"
        put(folder / WHY, msgspec.json.encode(Text(told, told)))
        return 1
    put(folder / RESULT, msgspec.json.encode(made))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
