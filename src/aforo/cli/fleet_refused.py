"""`aforo fleet refused|settle`: rows of scanner logs that a store refused, and the word of a person that they are dealt
with."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.fleet_bounds_shown import rows_by_kind
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, log_to_read, made_log
from aforo.domain.scanner import ScannerRowsRefused
from aforo.flow.scanner_reports import refusals_in, settled
from aforo.flow.telemetry import record
from aforo.settings import officer

#: Characters of a reason.
_LONGEST = 500


def refused_command(store: Store = None, keys: Keys = None, as_json: AsJson = False, lang: LanguageOption = "") -> None:
    """Rows of scanner logs that the store refused and nobody settled: while there are any, reports of the fleet say
    which bounds their figures are."""
    say = Sentences("aforo.cli", lang)
    with log_to_read(store, keys) as log:
        found = [
            (each.event.recorded_at, each.event.actor, payload.rows)
            for each in refusals_in(log)
            if isinstance(payload := each.payload, ScannerRowsRefused)
        ]
    if as_json:
        terminal.emit([{"at": at, "by": by, "rows": rows} for at, by, rows in found])
    elif not found:
        terminal.out.print(say("fleet_refused_none"), markup=False)
    else:
        table = terminal.listing(say, "fleet_refused", "at", "by", "rows", "kinds", "causes", right=("rows", "causes"))
        for at, by, rows in found:
            kinds = escape(rows_by_kind(rows, say))
            table.add_row(f"{at:%Y-%m-%d %H:%M}Z", escape(by), f"{rows.rows:,}", kinds, f"{rows.causes:,}")
        terminal.show(table)


def settle_command(
    reason: Annotated[str, typer.Option(help="What became of the rows, such as: mended and loaded again.")],
    by: Annotated[str, typer.Option("--by", help="Who attests it (default: the user of this machine).")] = "",
    store: Store = None,
    keys: Keys = None,
    lang: LanguageOption = "",
) -> None:
    """Attest that the rows refused so far are in the record by now, or tell of nothing that counts; recorded with the
    reason."""
    say = Sentences("aforo.cli", lang)
    if not reason.strip() or len(reason) > _LONGEST:
        terminal.fail(say("fleet_settle_reason", most=_LONGEST), where="--reason")
    with made_log(store, keys) as log:
        count = sum(1 for _ in refusals_in(log))
        if count:
            record([settled(reason.strip(), log)], log, actor=by or officer(), origin=log.marks)
    terminal.out.print(say("fleet_settled", count=f"{count:,}"), markup=False)
