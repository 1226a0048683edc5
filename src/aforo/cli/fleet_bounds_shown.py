"""How commands of the fleet say in which direction figures may be off while rows of a log are not counted."""

from __future__ import annotations

from aforo.cli import terminal
from aforo.cli.language import Sentences
from aforo.domain.scanner import RowsNotCounted
from aforo.fleet.bounds import Bound, Bounds
from aforo.fleet.report import ContractFound

_SIGNS: dict[Bound, str] = {"exact": "", "lower": "≥ ", "upper": "≤ ", "either": "± "}


def show_bounds(found: Bounds, say: Sentences) -> None:
    """How hours down and availability may be off while rows are not counted; nothing where all are."""
    if found.rows.rows:
        told = say(
            "fleet_bounds",
            count=f"{found.rows.rows:,}",
            parts=rows_by_kind(found.rows, say),
            downtime=say(f"fleet_bound_{found.downtime}"),
            availability=say(f"fleet_bound_{found.availability}"),
        )
        terminal.paragraph(told, style="bold")


def show_bounds_of_scans(found: Bounds, say: Sentences) -> None:
    """How scans, scan rates and utilisation may be off while rows are not counted."""
    if found.scans != "exact" or found.utilisation != "exact":
        told = say(
            "fleet_bounds_scans",
            count=f"{found.rows.rows:,}",
            scans=say(f"fleet_bound_{found.scans}"),
            utilisation=say(f"fleet_bound_{found.utilisation}"),
        )
        terminal.paragraph(told, style="bold")


def show_bounds_of_contract(found: ContractFound, causes: int, say: Sentences) -> None:
    """How availability and credits under a contract may be off while rows, or causes of reports, are not counted."""
    if found.availability_bound != "exact" or found.owed_bound != "exact":
        told = say(
            "fleet_bounds_contract",
            count=f"{found.rows_not_counted:,}",
            causes=f"{causes:,}",
            availability=say(f"fleet_bound_{found.availability_bound}"),
            owed=say(f"fleet_bound_{found.owed_bound}"),
        )
        terminal.paragraph(told, style="bold")


def bounded(figure: str, bound: Bound) -> str:
    """A figure with the sign of the bound that it is."""
    return _SIGNS[bound] + figure


def rows_by_kind(rows: RowsNotCounted, say: Sentences) -> str:
    """How many rows are not counted of each kind, in words."""
    kinds = ("begins", "ends", "service", "steps", "responded", "scans", "unknown")
    counts = {kind: getattr(rows, kind) for kind in kinds}
    return "; ".join(f"{say(f'fleet_lost_{kind}')}: {count:,}" for kind, count in counts.items() if count)
