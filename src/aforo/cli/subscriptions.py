"""`aforo subscriptions`: who has answers sent, and ending what should not be sent any more."""

from __future__ import annotations

from typing import Annotated

import typer

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, opened_log
from aforo.flow.subscriptions import Subscription, all_standing, place_of, unsubscribe
from aforo.log.keys import KeyStore
from aforo.log.sequencer import sequence
from aforo.settings import officer


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    group = typer.Typer(no_args_is_help=True, help="Subscriptions to answers, which carriers make: list, end.")
    group.command("list")(listed)
    group.command("end")(end)
    app.add_typer(group, name="subscriptions")


def listed(store: Store = None, keys: Keys = None, as_json: AsJson = False, lang: LanguageOption = "") -> None:
    """List the subscriptions that stand, with the hosts that they go to."""
    say = Sentences("aforo.cli", lang)
    with opened_log(store, keys) as log:
        rows = [_row(each, log.keys) for each in all_standing(log)]
    if as_json:
        terminal.emit(rows)
        return
    table = terminal.listing(say, "subscriptions", "id", "way", "to", "state")
    for row in rows:
        state = say("subscriptions_open") if row["confirmed"] else say("subscriptions_unconfirmed")
        table.add_row(str(row["id"]), str(row["way"]), str(row["to"]), state)
    terminal.show(table)


def end(
    subscription: Annotated[
        str, typer.Argument(metavar="id", help="The identifier that `aforo subscriptions list` shows.")
    ],
    store: Store = None,
    keys: Keys = None,
    lang: LanguageOption = "",
) -> None:
    """End a subscription: nothing more is sent. A server that is running knows within a second."""
    say = Sentences("aforo.cli", lang)
    with opened_log(store, keys) as log:
        found = [each for each in all_standing(log) if each.id == subscription]
        if not found:
            terminal.fail(say("subscriptions_unknown"), to_do=say("subscriptions_unknown_to_do"), code=terminal.FOUND)
        unsubscribe(subscription, found[0].carriers, log, officer(), "operator")
        sequence(log)
    terminal.out.print(say("subscriptions_ended", id=subscription), markup=False)


def _row(subscription: Subscription, keys: KeyStore) -> dict[str, str | bool]:
    address = subscription.address(keys)
    to = place_of(address.to) if address else ""
    return {"id": subscription.id, "way": subscription.way, "to": to, "confirmed": subscription.is_open}
