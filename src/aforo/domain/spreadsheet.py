"""Cells of tables that people open in a spreadsheet: no text becomes a formula there.

Spreadsheets run what begins with =, +, -, @, a tab or a return, so that such a text stands behind an apostrophe; so
does it within a text, behind what another country's spreadsheet may take for the end of a cell.
"""

from __future__ import annotations

import re

#: What begins a formula, at the beginning of a text or behind what may be read as the end of a cell.
_FORMULA = re.compile(r"(^|[;|\t\r\n])([ ]*)(?=[=+\-@\t\r\n])")


def cell(value: str | float | int | None) -> str | float | int:
    """A value as it may stand in a table: numbers as they are, nothing as an empty text."""
    if isinstance(value, str):
        return _FORMULA.sub(r"\1\2'", value)
    return "" if value is None else value
