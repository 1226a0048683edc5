"""A claim under contracts of the fleet, as the CSV that is sent to a supplier."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from decimal import Decimal

from aforo.domain.spreadsheet import cell
from aforo.fleet.report import ContractFound


def claim(contracts: Sequence[ContractFound]) -> str:
    """The credits that are owed as CSV, one line each; caps are lines with a negative amount."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ("contract", "version", "document", "supplier", "month", "scanner_id", "reason", "clause", "promised",
         "reached", "reported", "amount", "currency", "events")
    )  # fmt: skip
    for own in contracts:
        for line in own.lines:
            reached = None if line.reached is None else round(line.reached, 6)
            writer.writerow(
                (
                    cell(own.id), own.version, own.document, cell(own.supplier), line.month, cell(line.scanner),
                    line.reason, cell(line.clause), cell(line.promised), cell(reached), int(line.reported),
                    f"{Decimal(line.cents) / 100:.2f}", own.currency, " ".join(map(str, line.events)),
                )
            )  # fmt: skip
    return text.getvalue()
