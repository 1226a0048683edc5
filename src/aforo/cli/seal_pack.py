"""`aforo seal pack`: seal log, inspections and tracking log of a period, as an audit of a trusted trader wants them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from aforo.answers.seal_pack_csv import as_csv
from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import Keys, Store, log_to_read
from aforo.cli.port_live import instant_of
from aforo.flow.seal_pack import MOST_DAYS, MOST_POSITIONS, MOST_TRIPS, PackTooLargeError, pack_of

#: The period where none is named.
_USUAL = timedelta(days=31)


def pack(
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write: NAME.pdf or NAME.csv.")],
    carrier: Annotated[str, typer.Option(help="The carrier whose trips; all of them without it.")] = "",
    since: Annotated[
        str, typer.Option(help="Trips that were sealed from then on (ISO 8601 with an offset); by default 31 days.")
    ] = "",
    until: Annotated[str, typer.Option(help="… and before then; by default now.")] = "",
    store: Store = None,
    keys: Keys = None,
    lang: LanguageOption = "",
) -> None:
    """Write the seal log, the inspections and the tracking log of a carrier and a period, as PDF or CSV."""
    say = Sentences("aforo.cli", lang)
    language = lang or terminal.language()
    form = out.suffix.lower()
    if form not in (".pdf", ".csv"):
        terminal.fail(say("pack_form"), where=escape(str(out)), to_do="pack.pdf, pack.csv")
    with log_to_read(store, keys) as log:
        end = instant_of(until, say) if until else log.clock()
        begin = instant_of(since, say) if since else end - _USUAL
        if begin >= end:
            terminal.fail(Sentences("aforo.flow", lang)("pack_backwards"), where="--since")
        try:
            found = pack_of(log, (carrier,) if carrier else None, begin, end, shown=carrier)
        except PackTooLargeError:
            told = say("pack_too_large", trips=MOST_TRIPS, days=MOST_DAYS, positions=f"{MOST_POSITIONS:,}")
            terminal.fail(told, where="--since", to_do=say("pack_too_large_do"))
    if form == ".csv":
        data = as_csv(found, language)
    else:
        # Its library reads fonts and pictures: only who wants paper waits for it.
        from aforo.answers.seal_pack_pdf import as_pdf

        data = as_pdf(found, language)
    try:
        out.write_bytes(data)
    except OSError as error:
        told = escape(say("file_unusable", why=error.strerror or error))
        terminal.fail(told, where=escape(str(out)), to_do=say("bundle_file_to_do"))
    terminal.paragraph(say("pack_written", file=out, trips=f"{len(found.trips):,}"))
