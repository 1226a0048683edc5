"""The application of a witness: `POST /add-checkpoint` (C2SP tlog-witness), and nothing else."""

from __future__ import annotations

import asyncio
import logging
from base64 import b64encode
from typing import Any

from litestar import Litestar, Request, Response, post

from aforo.api.problems import HANDLERS
from aforo.log.witness import COSIGNED_HEADER, MOST_BYTES, SIZE_TYPE, RefusedError
from aforo.log.witness_state import Witness

logger = logging.getLogger("aforo.witness")


def witness_application(witness: Witness) -> Litestar:
    """The ASGI application of a witness. Who asks needs no token: a checkpoint is taken for its log's signature."""

    @post("/add-checkpoint", status_code=200)
    async def add_checkpoint(request: Request[Any, Any, Any]) -> Response[str]:
        body = await request.body()
        try:
            line = await asyncio.to_thread(witness.add, body)
        except RefusedError as refused:
            if refused.evidence is not None:
                logger.error("a log signed two checkpoints that contradict each other: %s", refused)
            elif refused.suspicion is not None:
                logger.warning("no proof joins a checkpoint that a log signed to what was cosigned: %s", refused)
            headers = {}
            if refused.cosigned is not None:
                headers[COSIGNED_HEADER] = b64encode(refused.cosigned.encode()).decode()
            if refused.size is not None:
                # As a header, since a text's media type is given a charset, and clients compare it whole.
                headers["Content-Type"] = SIZE_TYPE
                return Response(f"{refused.size}\n", status_code=refused.status, headers=headers)
            return Response(f"{refused}\n", status_code=refused.status, headers=headers, media_type="text/plain")
        return Response(line, media_type="text/plain")

    return Litestar(
        [add_checkpoint],
        exception_handlers=dict(HANDLERS),
        openapi_config=None,
        request_max_body_size=MOST_BYTES,
        logging_config=None,
        debug=False,
    )
