"""Backups over HTTP: those that lie in the server's folder, and one made now, while the record is in use."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler

from aforo.api.access import ACTION
from aforo.api.backup_making import Backups, BackupUnderWayError, Making, ShownBackups
from aforo.api.front import Front
from aforo.api.problems import ProblemError
from aforo.api.responses import answers_of, json_answer
from aforo.api.sessions import people_of
from aforo.log.tokens import Token

_NO_STORE = {"Cache-Control": "no-store"}


_MAKING: dict[str, Any] = {
    "state": "running",
    "by": "root",
    "began_at": "2026-03-02T13:15:00Z",
    "ended_at": None,
    "file": "aforo-20260302T131500Z.sqlite",
    "events": 15_000,
    "of": 48_120,
}
_SHOWN: dict[str, Any] = {
    "folder": True,
    "backups": [{"file": "aforo-20260301T030000Z.sqlite", "bytes": 73_400_320, "made_at": "2026-03-01T03:00:41Z"}],
    "making": _MAKING,
}


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @get(
        "/v1/backups",
        opt={ACTION: "read_backups"},
        operation_id="list_backups",
        summary="The backups in the server's folder, and how far the one is that is being made",
        responses=answers_of("list_backups", ShownBackups, _SHOWN),
    )
    async def list_backups(request: Request[Any, Token, Any]) -> Response[bytes]:
        backups = _backups(front)
        return json_answer(await asyncio.to_thread(backups.shown), headers=_NO_STORE)

    @post(
        "/v1/backups",
        status_code=200,
        opt={ACTION: "make_backup"},
        operation_id="make_backup",
        summary="Make a backup of the record now, in the background; the keys are backed up apart, at the machine",
        responses=answers_of("make_backup", Making, _MAKING),
    )
    async def make_backup(request: Request[Any, Token, Any]) -> Response[bytes]:
        backups, people, by = _backups(front), people_of(front), request.auth.name
        events = await front.read(lambda node: node.log.position())
        try:
            begun = backups.begin(by, events)
        except BackupUnderWayError:
            raise ProblemError("backup_under_way", 422) from None
        except LookupError:
            raise ProblemError("backup_no_folder", 422) from None
        await asyncio.to_thread(people.accounts.take_note, by, "backup_made", begun.file, people.clock())
        return json_answer(begun, headers=_NO_STORE)

    return [list_backups, make_backup]


def _backups(front: Front) -> Backups:
    if front.backups is None:
        raise ProblemError("not_found", 404)
    return front.backups
