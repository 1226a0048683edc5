"""`aforo seal read`: the number that somebody read on a seal is recorded."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from aforo.bootstrap import officer
from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import Keys, Store
from aforo.cli.node import made_log
from aforo.cli.port_live import instant_of
from aforo.domain.trip import SealRead
from aforo.flow import trip_acts
from aforo.flow.custody import Custody, CustodyRefusedError, UnknownTripError


def read(
    trip: Annotated[str, typer.Argument(help="The trip's identifier.")],
    seal_id: Annotated[str, typer.Argument(help="The number on the seal's body.")],
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
    with made_log(store, keys) as log:
        said = SealRead(seal_id, trip_acts.person_of(log, person), where)
        try:
            trip_acts.read(Custody(log), trip, said, when, actor=officer(by or None), origin=log.marks)
        except CustodyRefusedError as refused:
            terminal.fail(Sentences("aforo.flow", lang)(refused.code), where=refused.place)
        except UnknownTripError as error:
            terminal.fail(say("seal_no_trip", trip=escape(str(error))), to_do=say("seal_no_trip_to_do"))
    terminal.out.print(say("seal_read", trip=trip, seal_id=seal_id), markup=False)
