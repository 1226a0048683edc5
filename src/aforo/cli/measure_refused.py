"""`aforo measure refused|settle`: rows of input that figures of a log lack, and the attestation that closes them."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, log_to_read, made_log
from aforo.domain.clock import instant
from aforo.flow import scanner_reports
from aforo.flow.input_refusals import is_of_fleet, open_refusals, settled
from aforo.flow.telemetry import record
from aforo.scoreboard.input_refusals import OpenRefusal
from aforo.settings import officer

#: Characters of a reason.
_LONGEST = 500


def refused_command(store: Store = None, keys: Keys = None, lang: LanguageOption = "", as_json: AsJson = False) -> None:
    """List rows of input that were refused and that nobody settled: figures of their days say that they lack them.

    Exit 1 while there are any.
    """
    say = Sentences("aforo.cli", lang)
    with log_to_read(store, keys) as log:
        found = open_refusals(log)
    if as_json:
        terminal.emit([_told(each) for each in found])
    elif not found:
        terminal.out.print(say("measure_refused_none"), markup=False)
    else:
        columns = ("id", "at", "by", "kind", "source", "rows", "days", "reasons")
        table = terminal.listing(say, "measure_refused", *columns, right=("rows",))
        for each in found:
            table.add_row(
                escape(each.refusal),
                f"{instant(each.at):%Y-%m-%d %H:%M}Z",
                escape(each.by),
                say(f"measure_refused_{each.kind}"),
                escape(each.source),
                _rows(each),
                f"{each.first or '…'} – {each.last or '…'}",
                escape(", ".join(f"{code} {count:,}" for code, count in each.reasons.items())),
            )
        terminal.show(table)
    if found:
        raise typer.Exit(terminal.FOUND)


def settle_command(
    refusals: Annotated[
        list[str], typer.Argument(metavar="refusal", help="Refusals, as `aforo measure refused` lists.")
    ],
    reason: Annotated[str, typer.Option(help="What became of the rows, such as: corrected and loaded again.")],
    by: Annotated[str, typer.Option("--by", help="Who attests it (default: the user of this machine).")] = "",
    store: Store = None,
    keys: Keys = None,
    lang: LanguageOption = "",
) -> None:
    """Attest that refused rows are in the record by now, or are not owed; recorded with the reason."""
    say = Sentences("aforo.cli", lang)
    if not reason.strip() or len(reason) > _LONGEST:
        terminal.fail(say("fleet_settle_reason", most=_LONGEST), where="--reason")
    with made_log(store, keys) as log:
        known = {each.refusal: each for each in open_refusals(log)}
        if unknown := [each for each in refusals if each not in known]:
            terminal.fail(
                escape(say("measure_settle_unknown", id=unknown[0])), to_do=say("measure_settle_unknown_to_do")
            )
        chosen = [known[each] for each in dict.fromkeys(refusals)]
        statements = [
            scanner_reports.settled(reason.strip(), log)
            if is_of_fleet(each)
            else settled(each.refusal, reason.strip(), log)
            for each in chosen
        ]
        record(statements, log, actor=by or officer(), origin=log.marks)
    terminal.out.print(say("fleet_settled", count=f"{len(chosen):,}"), markup=False)


def _rows(refusal: OpenRefusal) -> str:
    if not refusal.rows:
        return "?"
    return f"{'≥ ' if refusal.at_least else ''}{refusal.rows:,}"


def _told(refusal: OpenRefusal) -> dict[str, object]:
    return {
        "refusal": refusal.refusal, "kind": refusal.kind, "source": refusal.source, "rows": refusal.rows,
        "at_least": refusal.at_least, "reasons": refusal.reasons, "at": instant(refusal.at), "by": refusal.by,
        "first": refusal.first, "last": refusal.last, "bridges": refusal.bridges, "words": refusal.words,
    }  # fmt: skip
