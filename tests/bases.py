"""Bases of simulations for tests of what comes after their check."""

from __future__ import annotations

from aforo.twin.base_check import BaseCheck

#: A base that was checked, as far as valuing truck-hours goes.
CHECKED = BaseCheck(True, None, 100, 0.95, 0.96, {})
