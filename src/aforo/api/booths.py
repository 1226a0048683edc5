"""Booths of the node: one instruction for the truck that stands there, and the list for when a booth is cut off."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, HeaderParameter
from msgspec import Meta

from aforo.api.access import ACTION
from aforo.api.body import body_of, takes
from aforo.api.booth_examples import BOOTH_LIST, DONE_AT_BOOTH, INSTRUCTION, STANDS
from aforo.api.bridges import bridge_called
from aforo.api.faults import WHOLE
from aforo.api.front import Front
from aforo.api.names import name_of, named
from aforo.api.problems import ProblemError
from aforo.api.responses import answers_of, json_answer
from aforo.domain.booth import MistakeReason
from aforo.domain.checked import Instant
from aforo.domain.decision import Examination
from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.flow.booth import BoothAct, NotAmongError, ToldOffline, instruct, mistaken
from aforo.flow.booth_list import BoothList
from aforo.flow.booth_said import Instruction, instruction_of
from aforo.flow.edge_expected import Expecting
from aforo.flow.edge_said import Named
from aforo.flow.node import Node
from aforo.flow.override import NoDecisionError
from aforo.flow.receiving import KeyReusedError
from aforo.log.tokens import Token

#: The node's own time, for the clock of a device that keeps acting while it is cut off.
AT_HEADER = "Aforo-At"
_LONGEST_KEY = 200
_Value = Annotated[str, Meta(min_length=1, max_length=200)]
KeyHeader = Annotated[
    str | None, HeaderParameter(name="Idempotency-Key", description="Your own name for this act: it is recorded once.")
]


class AtBoothNow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A truck at the booth of a bridge: what is typed or read of it, or the crossing that was picked of several.

    Where the booth was cut off and told the driver what its list said: `told`, `at` and `list_at`, all three.
    """

    bridge: _Value
    trip: _Value | None = None
    plate: _Value | None = None
    tag: _Value | None = None
    crossing_id: _Value | None = None
    told: Examination | None = None
    at: Instant | None = None
    list_at: Instant | None = None


class Mistake(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why an act was a mistake."""

    reason: MistakeReason


class MistakeAnswer(msgspec.Struct, frozen=True):
    """Whether it was marked now, or had been before."""

    recorded: bool


class DoneAtBooth(msgspec.Struct, frozen=True):
    """One act: when the driver was told and when the node heard of it, by whom; `mistaken` says why it was one.
    `among` is false where what was typed does not mean the crossing that a booth told of while it was cut off, and
    `said_at` is what the clock of the booth said, where it is doubted. `key` is the booth's own name for the act (its
    Idempotency-Key), empty where it gave none: what was typed of a truck without a filing is kept there alone."""

    act: str
    at: datetime
    recorded_at: datetime
    actor: str
    instruction: Examination
    crossing_id: str | None
    late: bool
    would: Examination | None
    mistaken: str
    among: bool = True
    said_at: datetime | None = None
    key: str = ""


class ActsAnswer(msgspec.Struct, frozen=True):
    """The last acts at the booth of a bridge, the first told first."""

    bridge: str
    acts: list[DoneAtBooth]


def key_of(header: str | None) -> str:
    """The name of an act, empty where it has none. Raises ProblemError."""
    key = (header or "").strip()
    if len(key) > _LONGEST_KEY or (header is not None and not key):
        raise ProblemError("key_bad", 400)
    return key


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    def place(node: Node, called: str) -> tuple[str, Expecting]:
        """The bridge, and the trucks that its port expects. Raises ProblemError."""
        own = bridge_called(node, called)
        return own, front.posts.expecting(node, node.live().place(own)[0].code)

    @post(
        "/v1/booth",
        status_code=200,
        opt={ACTION: "report_arrival"},
        operation_id="instruct_at_booth",
        operation_class=takes(
            "`bridge`, and `trip`, `plate` or `tag`, or the `crossing_id` that was picked of several.", STANDS
        ),
        summary="A truck stands at a booth: which it is, its arrival, and one instruction; each act is recorded once",
        responses=answers_of("instruct_at_booth", Instruction, INSTRUCTION),
    )
    async def instruct_at_booth(
        request: Request[Any, Token, Any], idempotency_key: KeyHeader = None
    ) -> Response[bytes]:
        said, by, key = await body_of(request, AtBoothNow), request.auth.name, key_of(idempotency_key)
        typed = Named(said.trip, said.plate, said.tag)
        if not typed.values() and said.crossing_id is None:
            nothing = catalogue("aforo.api").say("booth_names_none")
            raise ProblemError("body_bad", 400, problems=[Problem(0, WHOLE, "booth_names_none", nothing)])
        for value in (said.trip, said.plate, said.tag, said.crossing_id):
            if value is not None and name_of(value) is None:
                raise ProblemError("body_bad", 400)
        offline = _offline(said)
        act = BoothAct(typed, said.crossing_id, key, offline)
        # What others filed meanwhile is taken in beside the desk, which filings wait for.
        own, expecting = await front.read(lambda node: place(node, said.bridge))
        await front.read(lambda node: expecting.under(()))
        try:
            done = await front.do(lambda node: instruct(act, own, place(node, own)[1], node, by))
        except NoDecisionError:
            raise ProblemError("not_found", 404) from None
        except NotAmongError:
            words = catalogue("aforo.api").say("booth_not_among")
            raise ProblemError(
                "not_found", 404, problems=[Problem(0, "crossing_id", "booth_not_among", words)]
            ) from None
        except KeyReusedError:
            raise ProblemError("key_reused", 422) from None
        return json_answer(await front.read(lambda node: instruction_of(done, own, node)))

    @post(
        "/v1/booth/{act:str}/mistaken",
        status_code=200,
        opt={ACTION: "report_arrival"},
        operation_id="mark_mistaken",
        operation_class=takes("`reason`: wrong_truck, typed_wrongly or did_not_come.", {"reason": "wrong_truck"}),
        summary="An act at a booth was a mistake: it stays in the record, marked",
        responses=answers_of("mark_mistaken", MistakeAnswer, {"recorded": True}),
    )
    async def mark_mistaken(request: Request[Any, Token, Any], act: FromPath[str]) -> Response[bytes]:
        said, by, own = await body_of(request, Mistake), request.auth.name, named(act)

        def run(node: Node) -> bool:
            stored = node.log.event(own)
            bridge = "" if stored is None else stored.event.stream.removeprefix("booth/")
            return mistaken(own, said.reason, bridge, node, by)

        try:
            return json_answer(MistakeAnswer(await front.do(run)))
        except LookupError:
            raise ProblemError("not_found", 404) from None

    @get(
        "/v1/bridges/{bridge:str}/booth",
        opt={ACTION: "report_arrival"},
        operation_id="list_booth_acts",
        summary="What the booth of a bridge did lately, those told while it was cut off by their true time",
        responses=answers_of("list_booth_acts", ActsAnswer, {"bridge": "world-trade", "acts": [DONE_AT_BOOTH]}),
    )
    async def list_booth_acts(bridge: FromPath[str]) -> Response[bytes]:
        def look(node: Node) -> ActsAnswer:
            own = bridge_called(node, bridge)
            acts = [
                DoneAtBooth(
                    each.act, each.at, each.recorded_at, each.actor, each.instruction, each.crossing, each.late,
                    each.would, each.mistaken, each.among, each.said_at, each.key,
                )
                for each in front.posts.books(node).acts(own)
            ]  # fmt: skip
            return ActsAnswer(own, acts)

        return json_answer(await front.read(look))

    @get(
        "/v1/bridges/{bridge:str}/booth-list",
        opt={ACTION: "report_arrival"},
        operation_id="read_booth_list",
        summary="What a booth keeps for when it is cut off; 304 for the ETag that is the same",
        responses=answers_of("read_booth_list", BoothList, BOOTH_LIST),
    )
    async def read_booth_list(request: Request[Any, Token, Any], bridge: FromPath[str]) -> Response[bytes]:
        session, known = request.auth.id, request.headers.get("if-none-match", "")

        def look(node: Node) -> tuple[str, str, BoothList | None]:
            own, expecting = place(node, bridge)
            tag = f'"{front.posts.lists.tag(session, own, expecting, node)}"'
            made = None if tag == known else front.posts.lists.list(session, own, expecting, node)
            return tag, node.clock().isoformat(), made

        tag, now, made = await front.read(look)
        headers = {"ETag": tag, AT_HEADER: now, "Cache-Control": "no-store"}
        if made is None:
            return Response(b"", status_code=304, headers=headers, media_type="application/json")
        return json_answer(made, headers)

    return [instruct_at_booth, mark_mistaken, list_booth_acts, read_booth_list]


def _offline(said: AtBoothNow) -> ToldOffline | None:
    """What was told while the booth was cut off. Raises ProblemError where only a part of it is said."""
    told, at, list_at = said.told, said.at, said.list_at
    if told is None and at is None and list_at is None:
        return None
    if told is None or at is None or list_at is None:
        words = catalogue("aforo.api").say("booth_told_part")
        raise ProblemError("body_bad", 400, problems=[Problem(0, WHOLE, "booth_told_part", words)])
    return ToldOffline(at, told, list_at)
