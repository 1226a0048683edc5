"""Trying out: what would become of a message if it were filed, and messages to begin with. Nothing of it is filed."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler

from aforo.api.access import ACTION
from aforo.api.desk import DeskClosedError
from aforo.api.examples import SAMPLES, TRIED
from aforo.api.filings import AnyMessage, filer_of, message_of
from aforo.api.front import Front
from aforo.api.problems import ProblemError
from aforo.api.responses import answers_of, json_answer
from aforo.api.trying import Trials, TrialsBusyError
from aforo.flow.receiving import UnknownFormatError
from aforo.flow.tried import TrialTooLargeError, Tried, tried
from aforo.intake.samples import Sample, samples
from aforo.log.tokens import Token

_UNKEPT = {"Cache-Control": "no-store"}
#: Seconds after which who found no room is to ask again: a trial takes less.
_AGAIN_S = 2


class Samples(msgspec.Struct, frozen=True):
    """Made-up messages to begin with."""

    samples: list[Sample]


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""
    trials = Trials()

    @post(
        "/v1/tried",
        status_code=200,
        opt={ACTION: "try_filing"},
        operation_id="try_filing",
        operation_class=AnyMessage,
        summary="What would become of a message: read and checked as when it is filed, and not filed",
        responses=answers_of("try_filing", Tried, TRIED),
    )
    async def try_filing(request: Request[Any, Token, Any]) -> Response[bytes]:
        data, filer = await message_of(request), filer_of(request.auth)
        node = front.desk.node
        if node is None:
            raise DeskClosedError(5)
        try:
            made = await trials.run(filer.key, lambda: tried(data, filer, node))
        except UnknownFormatError:
            raise ProblemError("format_unknown", 415) from None
        except TrialTooLargeError:
            raise ProblemError("trial_too_large", 413) from None
        except TrialsBusyError:
            raise ProblemError("trial_busy", 429, retry_after=_AGAIN_S) from None
        return json_answer(made, headers=_UNKEPT)

    @get(
        "/v1/tried/samples",
        opt={ACTION: "try_filing"},
        operation_id="list_samples",
        summary="Made-up messages to begin with, in the formats of carriers' systems, by your own code",
        responses=answers_of("list_samples", Samples, SAMPLES),
    )
    async def list_samples(request: Request[Any, Token, Any]) -> Response[bytes]:
        carriers = list(request.auth.carriers)
        made = await front.read(lambda node: Samples(samples(carriers, node.clock())))
        return json_answer(made, headers=_UNKEPT)

    return [try_filing, list_samples]
