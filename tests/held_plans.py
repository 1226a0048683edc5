"""Plans that a test holds back, or runs without the lower priority that lets whoever decides on trucks go first."""

from __future__ import annotations

import sys
from pathlib import Path

#: Seconds that a test waits for a plan: the first one of a machine compiles the twin, and others may be at work there.
PATIENCE_S = 300
SMALL = """
name = "one-more-booth"
title = { en = "One more booth at Columbus", es = "Una caseta más en Columbus" }
ports = ["Columbus"]
first = 2024-10-07
days = 1
replications = 3
change = [{ kind = "booths_added", number = 1 }]
"""
#: The product's own worker, at the priority of the test.
_PROMPT = """
import sys
from pathlib import Path
from aforo.trials.plans import worker

worker.lowered = lambda: None
sys.exit(worker.main(Path(sys.argv[-1])))
"""
#: The same, once there is a file that the test makes.
_HELD = f"""
import sys, time
from pathlib import Path
from aforo.trials.plans import worker

worker.ends_with_its_parent()
while not Path(sys.argv[1]).exists():
    time.sleep(0.02)
{_PROMPT}"""
PROMPT = (sys.executable, "-c", _PROMPT)


def held(gate: Path) -> tuple[str, ...]:
    """A worker whose plans run for as long as there is no such file, and then to their end."""
    return (sys.executable, "-c", _HELD, str(gate))
