"""The application: the routes of every noun, behind one guard, with one form of error."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from importlib import metadata

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme
from litestar.types import Guard

from aforo.api import (
    accounts,
    alerts,
    audit,
    backups,
    boards,
    booths,
    bridges,
    challenges,
    console,
    coverage,
    crossings,
    custody,
    custody_readings,
    decisions,
    devices,
    docks,
    edges,
    entities,
    events,
    feed,
    filings,
    fleet,
    fleet_documents,
    forum,
    handovers,
    health,
    incidents,
    lists,
    live,
    log_tiles,
    municipality,
    oidc,
    outcomes,
    passkeys,
    plans,
    policies,
    readings,
    response_documents,
    road_contents,
    road_responses,
    roads,
    rules,
    scenarios,
    scoreboard,
    seal_packs,
    second_signing,
    sessions,
    subscriptions,
    tokens,
    tried,
    trip_causes,
    trip_proofs,
    trip_tracks,
    trips,
    what_if,
)
from aforo.api.access import ACTION, PUBLIC, open_description, permitting
from aforo.api.front import Front
from aforo.api.headers import secured
from aforo.api.hearing import Hub, Limits
from aforo.api.instants import with_valid_instants
from aforo.api.live_hub import LiveHub
from aforo.api.live_thread import LiveThreads
from aforo.api.people import COOKIE
from aforo.api.problems import HANDLERS
from aforo.api.workstation_watch import WorkstationWatch
from aforo.log.store import Log

#: The largest body that is read, in bytes: several thousand declarations.
MOST_BYTES = 4 * 1024 * 1024


#: The nouns whose routes need the front alone.
NOUNS = (
    filings,
    tried,
    crossings,
    decisions,
    outcomes,
    entities,
    lists,
    rules,
    challenges,
    alerts,
    edges,
    handovers,
    subscriptions,
    audit,
    log_tiles,
    bridges,
    booths,
    docks,
    readings,
    fleet,
    fleet_documents,
    boards,
    incidents,
    devices,
    trips,
    trip_causes,
    trip_proofs,
    trip_tracks,
    custody,
    custody_readings,
    road_contents,
    roads,
    road_responses,
    response_documents,
    seal_packs,
    scoreboard,
    coverage,
    feed,
    municipality,
    forum,
    health,
    policies,
    scenarios,
    plans,
    what_if,
    sessions,
    second_signing,
    passkeys,
    oidc,
    accounts,
    tokens,
    backups,
)


def application(
    front: Front, guards: Sequence[Guard] = (), limits: Limits | None = None, more: Sequence[HTTPRouteHandler] = ()
) -> Litestar:
    """The ASGI application. The desk of `front` must be open for as long as it serves. `guards` come after its own;
    `limits` are those of live streams; `more` are routes that this server has beside those of every node."""

    def log() -> Log | None:
        node = front.desk.node
        return None if node is None else node.log

    hub = Hub(log, limits)
    live_hub = LiveHub(limits)
    live_threads = LiveThreads(live_hub, lambda: front.desk.node, front.clock)
    workstations = WorkstationWatch(front.desk, front.posts)

    async def connect() -> None:
        front.connect()
        hub.start()
        live_threads.start()
        workstations.__enter__()

    async def leave() -> None:
        hub.close()
        live_threads.close()
        await asyncio.to_thread(workstations.__exit__, None, None, None)

    described = OpenAPIConfig(
        title="Aforo",
        version=metadata.version("aforo"),
        description="Durable, assessed decisions on what is declared at a border, for filers and officers.",
        license=License("Apache-2.0", identifier="Apache-2.0"),
        path="/openapi.json",
        render_plugins=[JsonRenderPlugin(path="/")],
        components=Components(
            security_schemes={
                "token": SecurityScheme(type="http", scheme="bearer"),
                "session": SecurityScheme(type="apiKey", security_scheme_in="cookie", name=COOKIE),
            }
        ),
    )
    handlers = [
        *(handler for noun in NOUNS for handler in noun.routes(front)),
        *events.routes(front, hub),
        *live.routes(front, live_hub),
        *console.routes(),
        *more,
    ]
    for each in handlers:
        by_anyone = permitting("anyone", each.opt.get(ACTION, ""), True) is not None
        each.security = [] if each.opt.get(PUBLIC) or by_anyone else [{"token": []}, {"session": []}]
    app = Litestar(
        handlers,
        middleware=[front.access.guarded, with_valid_instants],
        guards=guards,
        exception_handlers=dict(HANDLERS),
        before_send=[secured(front.people is not None and front.people.proxied)],
        openapi_config=described,
        on_startup=[connect],
        on_shutdown=[leave],
        request_max_body_size=MOST_BYTES,
        logging_config=None,
        debug=False,
    )
    open_description(app)
    return app
