"""The application of an edge: a few of its node's routes, behind the same guard and with the same form of error."""

from __future__ import annotations

from importlib import metadata

from litestar import Litestar
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from aforo.api import edge_booth
from aforo.api.access import open_description
from aforo.api.edge_booth import EdgeFront
from aforo.api.instants import with_valid_instants
from aforo.api.problems import HANDLERS

#: The largest body that is read, in bytes.
MOST_BYTES = 1024 * 1024


def edge_application(front: EdgeFront) -> Litestar:
    """The ASGI application of an edge."""
    app = Litestar(
        list(edge_booth.routes(front)),
        middleware=[front.access.guarded, with_valid_instants],
        exception_handlers=dict(HANDLERS),
        openapi_config=OpenAPIConfig(
            title="Aforo, at a port",
            version=metadata.version("aforo"),
            path="/",
            render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        ),
        request_max_body_size=MOST_BYTES,
        logging_config=None,
        debug=False,
    )
    open_description(app)
    return app
