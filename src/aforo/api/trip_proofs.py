"""What a verdict on a trip rests on, and the custody bundle that anybody verifies offline."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter

from aforo.api.access import ACTION
from aforo.api.custody_examples import BUNDLE, STATED, TRIP_PROOF
from aforo.api.devices import custody_done, own_carriers
from aforo.api.front import Front
from aforo.api.names import named
from aforo.api.problems import ProblemError
from aforo.api.responses import answers_of, json_answer, problems
from aforo.domain.clock import instant
from aforo.domain.trip import CustodyStated
from aforo.flow.custody import Custody, UnknownTripError
from aforo.flow.custody_asked import refuse_others, refuse_unstated
from aforo.flow.custody_bundle import NotStatedError, TooLargeError, bundle_of, statement_of
from aforo.flow.custody_given import record_given
from aforo.flow.custody_proof import ProofShown, StatementShown, proof_of
from aforo.flow.custody_shown import is_own
from aforo.flow.node import Node
from aforo.flow.other_loads import Others, nobodys
from aforo.log.contention import retried
from aforo.log.tokens import Token

#: Leaves of a bundle that is made for who asks over HTTP; of more it is made at the node (`aforo bundle make`).
MOST_LEAVES = 10_000
#: A type of its own: of JSON a sandbox changes each answer, and a bundle with a byte more is none.
_BUNDLE = "application/vnd.aforo.custody-bundle+json"


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @get(
        "/v1/trips/{trip_id:str}/proof",
        opt={ACTION: "read_custody"},
        operation_id="read_trip_proof",
        summary="What a trip's verdict rests on: its blocks with their leaves, what was stated, and who cosigned it",
        responses=answers_of("read_trip_proof", ProofShown, TRIP_PROOF),
    )
    async def read_trip_proof(request: Request[Any, Token, Any], trip_id: FromPath[str]) -> Response[bytes]:
        own, name = own_carriers(request.auth), named(trip_id)

        def look(node: Node) -> ProofShown:
            refuse_others(node.custody, name, own)
            keys = node.keys.signing.verifiers(node.log.origin)
            return proof_of(node.custody, name, front.witnesses, keys, _others(node.custody, own))

        answer = await custody_done(front.read(look))
        return json_answer(answer)

    @post(
        "/v1/trips/{trip_id:str}/statement",
        status_code=200,
        opt={ACTION: "state_custody"},
        operation_id="state_trip",
        summary="Have the node state a trip's custody by all that has come; what was stated a moment ago stands",
        responses=answers_of("state_trip", StatementShown, STATED),
    )
    async def state_trip(request: Request[Any, Token, Any], trip_id: FromPath[str]) -> Response[bytes]:
        own, name = own_carriers(request.auth), named(trip_id)

        def state(node: Node) -> StatementShown:
            refuse_unstated(node.custody, name, own)
            stated = retried(lambda: statement_of(node.custody, name, origin=node.origin))
            said = stated.payload
            assert isinstance(said, CustodyStated)
            return StatementShown(stated.event.event_id, None, instant(said.known_by), False)

        return json_answer(await custody_done(front.read(state)))

    @get(
        "/v1/trips/{trip_id:str}/bundle",
        opt={ACTION: "read_custody"},
        operation_id="read_trip_bundle",
        summary="The custody bundle of what was stated of a trip, under a checkpoint that a witness cosigned",
        responses={
            200: ResponseSpec(
                dict[str, msgspec.Raw], description="The file (docs/reference/custody-verdict.md).",
                media_type=_BUNDLE, generate_examples=False, examples=[BUNDLE],
            ),
            **problems(),
        },
    )  # fmt: skip
    async def read_trip_bundle(
        request: Request[Any, Token, Any],
        trip_id: FromPath[str],
        statement: Annotated[
            str | None, QueryParameter(max_length=100, description="Of this statement (its event); else of the last.")
        ] = None,
        uncosigned: Annotated[
            bool, QueryParameter(description="Under the newest checkpoint, also where no witness cosigned it.")
        ] = False,
    ) -> Response[bytes]:
        own, name = own_carriers(request.auth), named(trip_id)

        def make(node: Node) -> bytes:
            refuse_unstated(node.custody, name, own)
            witnesses = () if uncosigned else front.witnesses
            others = _others(node.custody, own)
            return bundle_of(node.log, name, witnesses, statement=statement, others=others, most=MOST_LEAVES)

        def give(node: Node) -> bytes:
            data, by = make(node), request.auth
            actor = by.name if own is None else by.id
            record_given(node.log, name, data, actor=actor, token=by.id, origin=node.origin)
            return data

        try:
            data = await front.read(give)
        except NotStatedError:
            raise ProblemError("not_stated", 404, retry_after=2) from None
        except TooLargeError:
            raise ProblemError("bundle_too_large", 413) from None
        except UnknownTripError:
            raise ProblemError("not_found", 404) from None
        # A name may hold what no file's may.
        file = "".join(each if (each.isascii() and each.isalnum()) or each in "-_" else "_" for each in name)
        headers = {"Content-Disposition": f'attachment; filename="{file}.bundle"', "Cache-Control": "no-store"}
        return Response(data, media_type=_BUNDLE, headers=headers)

    return [read_trip_proof, state_trip, read_trip_bundle]


def _others(custody: Custody, own: Collection[str] | None) -> Others:
    """Which trips are others' than who asks."""
    if own is None:
        return nobodys

    def others(trip: str) -> bool:
        try:
            return not is_own(custody.trip(trip).opened.carrier, own)
        except UnknownTripError:
            return True

    return others
