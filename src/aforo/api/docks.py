"""Docks: who waits for one, the record of an examination act by act, its photos, and the driver's order on paper."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from aforo.api.access import ACTION
from aforo.api.body import JsonBody, body_of, bytes_of, takes
from aforo.api.body_limits import GRACE
from aforo.api.booths import KeyHeader, key_of
from aforo.api.bridges import bridge_called
from aforo.api.dock_examples import ACTED, BEGIN, CHECKLIST, DOCKS, RECORD, SLIP
from aforo.api.front import Front
from aforo.api.names import named
from aforo.api.openings import crossing_opened
from aforo.api.orders import SecondHeader, second_officer, signature
from aforo.api.problems import ProblemError, existing
from aforo.api.responses import answers_of, json_answer
from aforo.api.seconds import Signed
from aforo.domain.checked import Instant
from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.exams.dock_record import records
from aforo.exams.photo import PhotoRefusedError, cleaned
from aforo.flow.crossing_events import events_of
from aforo.flow.dock import Acted, DockRefusedError, Where, act
from aforo.flow.dock_acts import Begin, Close, DockAct, Withdraw
from aforo.flow.dock_photo import Taking, TooManyPhotosError, keep_photo, photo_of, record_look
from aforo.flow.docks_shown import Docks, ShownChecklist, ShownRecord, docks_of, shown_checklist, shown_record
from aforo.flow.node import Node
from aforo.flow.order import order_of
from aforo.flow.override import NoDecisionError
from aforo.flow.receiving import KeyReusedError
from aforo.flow.slip import Language, Slip, slip_of
from aforo.log.tokens import Token

#: Seconds for a photo, which comes over whatever line there is in the yard, before a body's least rate is asked of it.
PHOTO_GRACE_S = 60.0


class ActAnswer(msgspec.Struct, frozen=True):
    """What came of an act: its event, whether it was known before, the record as it is now, who else wrote in it since
    what its writer had seen, what the report of the outcome warns of, and of a photo whether something was taken off
    it."""

    event_id: str
    again: bool
    record: ShownRecord
    others: list[str] = []
    warnings: list[str] = []
    stripped: bool = False


class ExaminationsAnswer(msgspec.Struct, frozen=True):
    """The examinations of a crossing, the first begun first."""

    crossing_id: str
    examinations: list[ShownRecord]


class _Picture(JsonBody):
    TOLD = "The bytes of a JPEG or PNG picture, 2 MB at most."


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @get(
        "/v1/bridges/{bridge:str}/docks",
        opt={ACTION: "report_outcome"},
        operation_id="read_docks",
        summary="The docks of a bridge: who waits for one, the records that are open, and what to look at",
        responses=answers_of("read_docks", Docks, DOCKS),
    )
    async def read_docks(bridge: FromPath[str]) -> Response[bytes]:
        def look(node: Node) -> Docks:
            own = bridge_called(node, bridge)
            expecting = front.posts.expecting(node, node.live().place(own)[0].code)
            return docks_of(own, expecting, front.posts.books(node), node)

        return json_answer(await front.read(look))

    @get(
        "/v1/dock-checklist",
        opt={ACTION: "read_crossing"},
        operation_id="read_checklist",
        summary="What to look at in a truck, by examination and threat, each item with its source",
        responses=answers_of("read_checklist", ShownChecklist, CHECKLIST),
    )
    async def read_checklist() -> Response[bytes]:
        return json_answer(shown_checklist())

    @get(
        "/v1/crossings/{crossing_id:str}/examination",
        opt={ACTION: "read_crossing"},
        operation_id="read_examinations",
        summary="The records of a crossing's examinations, photos by their hashes; who opens them is recorded",
        responses=answers_of(
            "read_examinations", ExaminationsAnswer, {"crossing_id": "ABCD-TRIP-0071", "examinations": [RECORD]}
        ),
    )
    async def read_examinations(request: Request[Any, Token, Any], crossing_id: FromPath[str]) -> Response[bytes]:
        name = named(crossing_id)
        await crossing_opened(front, request.auth, name)

        def look(node: Node) -> ExaminationsAnswer | None:
            events = events_of(name, node.log)
            if order_of(events)[0] is None:
                return None
            own = events[-1].event.stream.removeprefix("crossing/")
            return ExaminationsAnswer(own, [shown_record(each, own, events) for each in records(events).values()])

        return json_answer(existing(await front.read(look)))

    @post(
        "/v1/crossings/{crossing_id:str}/examinations/{name:str}",
        status_code=200,
        opt={ACTION: "report_outcome"},
        operation_id="act_at_dock",
        operation_class=takes(
            "`act` (begin, check, find, seize, seal, withdraw or close) with its fields; `at` is when, `seen` the "
            "version of the record that its writer had seen. A `close` that sets a finding aside needs `reason`, and a "
            "second officer's token; so does a `withdraw` of a finding or a seizure once the record is closed.",
            BEGIN,
        ),
        summary="One act on the record of an examination, whose name its writer chooses; recorded once",
        responses=answers_of("act_at_dock", ActAnswer, ACTED),
    )
    async def act_at_dock(
        request: Request[Any, Token, Any],
        crossing_id: FromPath[str],
        name: FromPath[str],
        idempotency_key: KeyHeader = None,
        second: SecondHeader = None,
    ) -> Response[bytes]:
        said: DockAct = await body_of(request, DockAct)  # type: ignore[arg-type]  # a union is a type to msgspec
        by, key = request.auth.name, key_of(idempotency_key)
        where = Where(named(crossing_id), named(name))
        own = said
        if isinstance(said, Begin):
            called = said.bridge
            bridge = await front.read(lambda node: bridge_called(node, called))
            own = msgspec.structs.replace(said, bridge=bridge)
        seconded = None
        if isinstance(said, Close):
            signed = Signed(where.crossing, record=where.name, outcome=said.outcome)
            seconded = await second_officer(second, request.auth, front.access, signed)
        elif isinstance(said, Withdraw):
            signed = Signed(where.crossing, record=where.name, entry=said.entry)
            seconded = await second_officer(second, request.auth, front.access, signed)
        return json_answer(await done(lambda node: act(where, own, key, node, by, *signature(seconded))))

    @post(
        "/v1/crossings/{crossing_id:str}/examinations/{name:str}/photos",
        status_code=200,
        opt={ACTION: "report_outcome", GRACE: PHOTO_GRACE_S},
        operation_id="add_photo",
        operation_class=_Picture,
        summary="A photo for the record of an examination: metadata is taken off, and it is kept under seal",
        responses=answers_of("add_photo", ActAnswer, ACTED),
    )
    async def add_photo(
        request: Request[Any, Token, Any],
        crossing_id: FromPath[str],
        name: FromPath[str],
        at: Annotated[str, QueryParameter(description="When it was taken, ISO 8601 with its offset.")] = "",
        finding: Annotated[str, QueryParameter(description="The finding that it shows.", max_length=64)] = "",
        idempotency_key: KeyHeader = None,
    ) -> Response[bytes]:
        by, key = request.auth.name, key_of(idempotency_key)
        where = Where(named(crossing_id), named(name))
        taken = _instant(at)
        try:
            data = await bytes_of(request)
            photo = await front.read_body(len(data), lambda _: cleaned(data))
        except PhotoRefusedError as error:
            raise refused(error.code) from None
        answer = await done(lambda node: keep_photo(where, photo, Taking(taken, finding), key, node, by))
        return json_answer(msgspec.structs.replace(answer, stripped=photo.stripped))

    @get(
        "/v1/crossings/{crossing_id:str}/photos/{photo:str}",
        opt={ACTION: "read_persons"},
        operation_id="read_photo",
        summary="A photo of a crossing's examination; who looks at it is recorded",
        responses=answers_of("read_photo", dict, {}),
    )
    async def read_photo(
        request: Request[Any, Token, Any], crossing_id: FromPath[str], photo: FromPath[str]
    ) -> Response[bytes]:
        token, name, hash_ = request.auth, named(crossing_id), named(photo)
        found = existing(await front.read(lambda node: photo_of(name, hash_, node)))
        await front.do(lambda node: record_look(name, token.name, token.id, node))
        media, body = found
        headers = {
            "Cache-Control": "no-store",
            "Content-Disposition": "inline",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }
        return Response(body, media_type=media, headers=headers)

    @get(
        "/v1/crossings/{crossing_id:str}/slip",
        opt={ACTION: "report_arrival"},
        operation_id="read_slip",
        summary="The driver's order for paper, in both languages: where to go, the expected wait, whom to ask",
        responses=answers_of("read_slip", Slip, SLIP),
    )
    async def read_slip(
        request: Request[Any, Token, Any],
        crossing_id: FromPath[str],
        lang: Annotated[Language, QueryParameter(description="The language that stands first.")] = "es",
    ) -> Response[bytes]:
        name = named(crossing_id)
        made = existing(await front.read(lambda node: slip_of(name, lang, node)))
        await crossing_opened(front, request.auth, made.crossing_id)  # it may be asked for by a declaration's name
        return json_answer(made)

    async def done(run: Any) -> ActAnswer:
        """What came of an act. Raises ProblemError."""
        try:
            acted: Acted = await front.do(run)
        except NoDecisionError:
            raise ProblemError("not_found", 404) from None
        except DockRefusedError as error:
            raise refused(error.code) from None
        except TooManyPhotosError:
            raise refused("photos_many") from None
        except KeyReusedError:
            raise ProblemError("key_reused", 422) from None

        def look(node: Node) -> ActAnswer:
            crossing = _crossing_of(acted, node)
            events = node.log.stream(f"crossing/{crossing}")
            shown = shown_record(acted.record, crossing, events)
            return ActAnswer(acted.event_id, acted.known, shown, list(acted.others), list(acted.warnings))

        return await front.read(look)

    return [
        read_docks, read_checklist, read_examinations, act_at_dock, add_photo, read_photo, read_slip,
    ]  # fmt: skip


def refused(code: str) -> ProblemError:
    """Why an act at a dock is not recorded."""
    reason = catalogue("aforo.exams").template(f"dock_{code}")
    return ProblemError("dock_refused", 422, problems=[Problem(0, "request", code, reason)])


def _crossing_of(acted: Acted, node: Node) -> str:
    stored = node.log.event(acted.event_id)
    assert stored is not None, "it was recorded a moment ago"
    return stored.event.stream.removeprefix("crossing/")


def _instant(at: str) -> Any:
    """An instant of a query. Raises ProblemError."""
    if not at:
        return None
    try:
        return msgspec.convert(at, Instant)
    except msgspec.ValidationError:
        raise ProblemError("bad_request", 400) from None
