"""The four threats a crossing is assessed for, always in this order."""

from __future__ import annotations

from typing import Literal, get_args

Threat = Literal["contraband", "people", "theft", "misdeclaration"]
THREATS: tuple[Threat, ...] = get_args(Threat)
