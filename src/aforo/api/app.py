"""The application: the routes of every noun, behind one guard, with one form of error."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata

from litestar import Litestar
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme
from litestar.types import Guard

from aforo.api import (
    alerts,
    audit,
    bridges,
    challenges,
    crossings,
    decisions,
    edges,
    entities,
    events,
    filings,
    health,
    lists,
    outcomes,
    readings,
    rules,
    subscriptions,
)
from aforo.api.access import PUBLIC, open_description
from aforo.api.front import Front
from aforo.api.hearing import Hub, Limits
from aforo.api.problems import HANDLERS
from aforo.log.store import Log

#: The largest body that is read, in bytes: several thousand declarations.
MOST_BYTES = 4 * 1024 * 1024


#: The nouns whose routes need the front alone.
NOUNS = (
    filings,
    crossings,
    decisions,
    outcomes,
    entities,
    lists,
    rules,
    challenges,
    alerts,
    edges,
    subscriptions,
    audit,
    bridges,
    readings,
    health,
)


def application(front: Front, guards: Sequence[Guard] = (), limits: Limits | None = None) -> Litestar:
    """The ASGI application. The desk of `front` must be open for as long as it serves. `guards` come after its own;
    `limits` are those of live streams."""

    def log() -> Log | None:
        node = front.desk.node
        return None if node is None else node.log

    hub = Hub(log, limits)

    async def connect() -> None:
        front.connect()
        hub.start()

    async def leave() -> None:
        hub.close()

    described = OpenAPIConfig(
        title="Aforo",
        version=metadata.version("aforo"),
        description="Durable, assessed decisions on what is declared at a border, for filers and officers.",
        license=License("Apache-2.0", identifier="Apache-2.0"),
        path="/",
        render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        components=Components(security_schemes={"token": SecurityScheme(type="http", scheme="bearer")}),
    )
    handlers = [*(handler for noun in NOUNS for handler in noun.routes(front)), *events.routes(front, hub)]
    for each in handlers:
        each.security = [] if each.opt.get(PUBLIC) else [{"token": []}]
    app = Litestar(
        handlers,
        middleware=[front.access.guarded],
        guards=guards,
        exception_handlers=dict(HANDLERS),
        openapi_config=described,
        on_startup=[connect],
        on_shutdown=[leave],
        request_max_body_size=MOST_BYTES,
        logging_config=None,
        debug=False,
    )
    open_description(app)
    return app
