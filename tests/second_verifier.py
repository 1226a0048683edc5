"""The second verifier of custody bundles, which is no part of the package, as a module."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from types import ModuleType

PROGRAM = Path(__file__).resolve().parents[1] / "scripts" / "verify_bundle.py"


@cache
def second() -> ModuleType:
    """`scripts/verify_bundle.py`."""
    spec = importlib.util.spec_from_file_location("verify_bundle", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
