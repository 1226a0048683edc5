"""What the pages of the console open: dialogs, forms and parts that are shut when a page comes; for the tests of all.

A step is a selector of what is pressed, in which `{catalogue.key}` stands for a sentence in the language of the reader.
"""

from __future__ import annotations

from typing import NamedTuple

from aforo.domain.role import Role

DIALOG = "dialog[open]"


class Opening(NamedTuple):
    """What is opened: `steps` one after the other, the last by the keyboard; `within` is what is there then."""

    steps: tuple[str, ...]
    within: str = DIALOG


class Openings(NamedTuple):
    """A page of the table, and what is opened on it in this order: what is no dialog stays open for the next. The page
    is that of its example, but for the query, and who looks at it, where they are given."""

    path: str
    each: tuple[Opening, ...]
    query: str = ""
    role: Role | None = None


def _button(name: str, at: int = 0) -> str:
    return f'main button:has-text("{{{name}}}") >> nth={at}'


def _tab(name: str) -> str:
    return f'[role=tab]:has-text("{{{name}}}")'


OPENINGS = (
    Openings(
        "/port/:bridge",
        (
            Opening((_button("port.keys"),)),
            Opening((_button("port.capacity"),)),
            Opening(('tr[data-crossing="DOCK-1"]', _button("port.lower"))),
        ),
    ),
    Openings("/dock/:bridge", (Opening(('button[aria-label$="SLIP-1"]',)),)),
    Openings(
        "/dock/:bridge",
        (
            Opening((".photos button >> nth=0",), ".photos img"),
            Opening((_button("dock.seize"),)),
            Opening((_button("dock.outcome_violation"), _button("dock.finish"))),
            Opening((_button("dock.outcome_inconclusive"), _button("dock.finish"))),
        ),
        query="?crossing=DOCK-1&record=open",
    ),
    Openings(
        "/alerts",
        tuple(
            Opening((f'.alert button:not([aria-disabled]):has-text("{{alerts.act_{act}}}") >> nth=0',))
            for act in ("assign", "snooze", "escalate", "close")
        ),
    ),
    Openings(
        "/responses/:response", tuple(Opening((_button(f"response.{act}"),)) for act in ("give", "at_truck", "end"))
    ),
    Openings(
        "/crossing/:id",
        (
            Opening((_button("crossing.lower"),)),
            Opening((".timeline summary >> nth=0",), ".timeline details[open]"),
            Opening((_button("crossing.replay_now"),), "main .panel [role=status]"),
            Opening((_button("crossing.show_persons"),), "main"),
        ),
    ),
    Openings("/entities/:handle", (Opening((_button("entity.show_name"),), "main"),)),
    Openings("/lists", (Opening((_button("lists.confirm"),)), Opening((_button("lists.dismiss"),)))),
    Openings(
        "/challenges",
        tuple(Opening((_button(f"challenges.{act}"),)) for act in ("read", "uphold", "dismiss")),
    ),
    Openings("/trips", (Opening((_button("trips.announce"),)),)),
    Openings(
        "/trips/:trip",
        (
            *(Opening((_button(f"trip.act_{act}"),)) for act in ("seal", "read", "unseal", "discharge")),
            Opening((_button("trip.people"),)),
            Opening((".trip-band summary",), ".trip-band details[open]"),
        ),
    ),
    Openings("/devices", (Opening((_button("devices.register"),)),)),
    Openings("/devices/:device", (Opening((_button("devices.rotate"),)), Opening((_button("devices.retire"),)))),
    Openings("/handover/:bridge", (Opening((_button("handover.sign"),)),)),
    Openings("/rules", (Opening((_button("rules.propose"),), "main form"),)),
    Openings(
        "/rules/:rule",
        (
            Opening((_button("governed.to_active"),)),
            Opening((_button("governed.to_rolled_back"),)),
            Opening((_button("rules.next"),), "main form"),
        ),
    ),
    Openings(
        "/policy",
        (
            Opening((_button("governed.to_shadow"),)),
            Opening(("main details summary >> nth=0",), "main details[open]"),
            Opening((_button("policy.draft"),), "main form"),
            Opening((_tab("policy.draft_document"),), "main form"),
        ),
        query="?version=default@6",
    ),
    Openings(
        "/incidents",
        (
            Opening((_button("incidents.report"),)),
            Opening(('tbody button:text-is("{incidents.close}") >> nth=0',)),
            Opening(('tbody button:text-is("{incidents.correct}") >> nth=0',)),
        ),
    ),
    Openings(
        "/scoreboard/official",
        (
            Opening(("main tbody button[aria-expanded] >> nth=0",), "main"),
            Opening(("main details summary >> nth=0",), "main details[open]"),
        ),
    ),
    Openings(
        "/planner",
        (Opening(("tbody button >> nth=0",), "main form"), Opening((_tab("planner.edit_document"),), "main form")),
    ),
    Openings("/planner/plans/:plan", (Opening(("main details summary >> nth=0",), "main details[open]"),)),
    Openings(
        "/carrier",
        (
            Opening(("main details summary >> nth=0",), "main details[open]"),
            Opening((_tab("carrier.challenges"),), "main form"),
            Opening((_tab("carrier.sandbox"),), "main form"),
            Opening((_tab("carrier.tokens"), _button("tokens.issue"))),
        ),
    ),
    Openings(
        "/administration",
        (
            Opening((_button("administration.add"),)),
            *(
                Opening((f'.acts button:not([aria-disabled]):text-is("{{administration.{act}}}") >> nth=0',))
                for act in ("disable", "password", "end")
            ),
            Opening((_tab("administration.roles"),), "main"),
            Opening((_tab("administration.lists"),), "main"),
            Opening((_tab("administration.backups"),), "main"),
            Opening((_tab("administration.node"),), "main"),
            Opening((_tab("administration.tokens"), _button("tokens.issue"))),
            Opening((_button("tokens.revoke"),)),
        ),
    ),
)
