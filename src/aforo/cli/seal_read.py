"""`aforo seal read`: the number that somebody read on a seal is recorded."""

from __future__ import annotations

from typing import Annotated

import typer

from aforo.cli import terminal
from aforo.cli.custody_written import custody_written
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import Keys, Store
from aforo.cli.port_live import instant_of
from aforo.domain.trip import SealRead
from aforo.flow import trip_acts
from aforo.settings import officer


def read(
    trip: Annotated[str, typer.Argument(help="The trip's identifier.")],
    seal_id: Annotated[str, typer.Argument(metavar="number", help="The number on the seal's body.")],
    at: Annotated[str, typer.Option(help="When (ISO 8601 with an offset); by default now.")] = "",
    where: Annotated[str, typer.Option(help="The name of the place.")] = "",
    person: Annotated[str, typer.Option(help="Who read it; kept as a keyed hash alone.")] = "",
    by: Annotated[str, typer.Option(help="Who records it; by default this terminal's user.")] = "",
    store: Store = None,
    keys: Keys = None,
    lang: LanguageOption = "",
) -> None:
    """Record the number that was read on a seal; one that no seal of the trip bears is a swap."""
    say = Sentences("aforo.cli", lang)
    when = instant_of(at, say) if at else None
    with custody_written(store, keys) as custody:
        said = SealRead(seal_id, trip_acts.person_of(custody.log, person), where)
        trip_acts.read(custody, trip, said, when, actor=officer(by or None), origin=custody.log.marks)
    terminal.out.print(say("seal_read", trip=trip, seal_id=seal_id), markup=False)
