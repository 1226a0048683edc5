"""The benchmark programs as modules, for the tests that hold what they show."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


def program(name: str) -> Any:
    """A program of `benchmarks/`; those import each other by their bare names, in processes of their own too."""
    if str(BENCHMARKS) not in sys.path:
        sys.path.append(str(BENCHMARKS))
    return importlib.import_module(name)
