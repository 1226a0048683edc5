"""A claim under contracts of the fleet, as the CSV that is sent to a supplier."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from aforo.domain.spreadsheet import cell
from aforo.fleet.report import ContractFound, LineInterruption, MonthOfScanner

_COLUMNS = (
    "contract", "version", "document", "supplier", "month", "scanner_id", "reason", "clause", "promised", "reached",
    "reported", "amount", "currency", "events", "agreed_hours", "down_hours", "excluded_hours", "fee", "partial",
    "interruptions", "interruption_rule", "rows_not_counted", "amount_bound",
)  # fmt: skip


def claim(contracts: Sequence[ContractFound]) -> str:
    """The credits that are owed as CSV, one line each, with the month and the interruptions that each follows from;
    caps are lines with a negative amount."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for own in contracts:
        months = _by_line(own.months)
        for line in own.lines:
            reached = None if line.reached is None else round(line.reached, 6)
            writer.writerow(
                (
                    cell(own.id), own.version, own.document, cell(own.supplier), line.month, cell(line.scanner),
                    line.reason, cell(line.clause), cell(line.promised), cell(reached), int(line.reported),
                    _money(line.cents), own.currency, " ".join(map(str, line.events)),
                    *_month(months.get((line.scanner, line.month), ())), ";".join(map(_told, line.interruptions)),
                    own.interruption_rule.version, own.rows_not_counted, own.owed_bound,
                )
            )  # fmt: skip
        if not own.lines and own.owed_bound != "exact":
            # That nothing is owed has to say that it may be more.
            said = {
                "contract": cell(own.id), "version": own.version, "document": own.document,
                "supplier": cell(own.supplier), "reason": "none", "amount": _money(0), "currency": own.currency,
                "interruption_rule": own.interruption_rule.version, "rows_not_counted": own.rows_not_counted,
                "amount_bound": own.owed_bound,
            }  # fmt: skip
            writer.writerow([said.get(column, "") for column in _COLUMNS])
    return text.getvalue()


def _by_line(months: Sequence[MonthOfScanner]) -> dict[tuple[str | None, str], list[MonthOfScanner]]:
    """The months that lines are of, by scanner and month: of the whole contract, whose scanner is None, all of them."""
    found: dict[tuple[str | None, str], list[MonthOfScanner]] = {}
    for each in months:
        for scanner in (each.scanner, None):
            found.setdefault((scanner, each.month), []).append(each)
    return found


def _month(months: Sequence[MonthOfScanner]) -> tuple[float | str, ...]:
    """Agreed, down and excluded hours, the fee, and whether the period cuts the month; nothing of a month that has
    neither agreed service nor a fee."""
    if not months:
        return ("",) * 5
    hours = (
        sum(each.agreed for each in months),
        sum(each.down for each in months),
        sum(sum(each.excluded.values(), 0.0) for each in months),
    )
    fee = _money(sum(each.fee_cents for each in months))
    return (*(round(each, 6) for each in hours), fee, int(any(each.partial for each in months)))


def _told(interruption: LineInterruption) -> str:
    """Start, end and cause; no end where it lasts."""
    end = "" if interruption.end is None else _written(interruption.end)
    return f"{_written(interruption.start)}/{end}/{interruption.cause or 'unexplained'}"


def _written(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _money(cents: int) -> str:
    return f"{Decimal(cents) / 100:.2f}"
