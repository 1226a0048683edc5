"""Administration of people: who may sign in, as what, what administrators did, and which role may do what."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from aforo.api.access import ACTION, actions, permitting
from aforo.api.body import body_of, takes
from aforo.api.front import Front
from aforo.api.people import People
from aforo.api.problems import ProblemError
from aforo.api.responses import answers_of, json_answer
from aforo.api.sessions import people_of
from aforo.domain.credential_event import AccountAct
from aforo.domain.role import ROLES, Asking, Role
from aforo.flow.credential_record import record_account_added, record_account_changed, record_token_revoked
from aforo.flow.node import Node
from aforo.log.accounts import NAMED, Account, Administered, Language, NameReservedError, NameTakenError
from aforo.log.name_holders import NameHeldError
from aforo.log.tokens import STAFF, Token

_NO_STORE = {"Cache-Control": "no-store"}
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
Person = Literal["officer", "supervisor", "analyst", "carrier", "auditor", "administrator", "municipality"]
Done = Literal["disable", "enable", "password", "end-sessions"]


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person who is to sign in: by `login`, shown and recorded as `name`. `codes` are ports of staff, the codes
    that a carrier files under, or the bridges of a town."""

    login: Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"\S")]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"\S")]
    role: Person
    codes: Annotated[tuple[Code, ...], msgspec.Meta(max_length=100)] = ()
    language: Language = "en"


class ShownAccount(msgspec.Struct, frozen=True):
    """An account as administrators see it; `sessions` are open now, `tokens` are good ones that it issued for itself,
    `vouched` says that a provider vouches for it."""

    id: str
    login: str
    name: str
    role: Role
    codes: tuple[str, ...]
    language: Language
    vouched: bool
    passkeys: int
    sessions: int
    tokens: int
    created_at: datetime
    disabled_at: datetime | None
    #: A new password, shown this once.
    password: str | None = None


class ShownAccounts(msgspec.Struct, frozen=True):
    """Every account, by the name to sign in by."""

    accounts: list[ShownAccount]


class ShownActs(msgspec.Struct, frozen=True):
    """What administrators did, the newest first."""

    acts: list[Administered]


class PermittedAction(msgspec.Struct, frozen=True):
    """An action, on which records, and the policy that permits it."""

    action: str
    on: Literal["own", "any"]
    policy: str


class ShownRole(msgspec.Struct, frozen=True):
    """A role and the actions that the policies permit it."""

    role: Asking
    actions: list[PermittedAction]


class ShownRoles(msgspec.Struct, frozen=True):
    """Every role, and who has not signed in; and all actions that there are."""

    roles: list[ShownRole]
    actions: tuple[str, ...]


_WANTED = {"login": "ana.ruiz", "name": "Ana Ruiz", "role": "officer", "codes": ["2304"], "language": "es"}
_SHOWN: dict[str, Any] = {
    "id": "5b1c0d9e8f7a6b5c",
    "login": "ana.ruiz",
    "name": "Ana Ruiz",
    "role": "officer",
    "codes": ["2304"],
    "language": "es",
    "vouched": False,
    "passkeys": 1,
    "sessions": 1,
    "tokens": 0,
    "created_at": "2026-03-01T09:00:00Z",
    "disabled_at": None,
    "password": None,
}
_ACTS = {"acts": [{"at": "2026-03-01T09:00:00Z", "by": "root", "act": "account_added", "about": "5b1c0d9e8f7a6b5c"}]}
_ROLES = {
    "roles": [{"role": "carrier", "actions": [{"action": "file", "on": "own", "policy": "carriers-file-their-own"}]}],
    "actions": ["file"],
}


def routes(front: Front) -> list[HTTPRouteHandler]:
    """The routes of this noun."""

    @get(
        "/v1/accounts",
        opt={ACTION: "read_accounts"},
        operation_id="list_accounts",
        summary="Who may sign in, and who might once",
        responses=answers_of("list_accounts", ShownAccounts, {"accounts": [_SHOWN]}),
    )
    async def list_accounts(request: Request[Any, Token, Any]) -> Response[bytes]:
        people = people_of(front)

        def every() -> list[ShownAccount]:
            held = _held(front, people)
            return [_shown(each, people, held) for each in people.accounts.all()]

        return json_answer(ShownAccounts(await asyncio.to_thread(every)), headers=_NO_STORE)

    @post(
        "/v1/accounts",
        status_code=200,
        opt={ACTION: "change_accounts"},
        operation_id="add_account",
        operation_class=takes("`login`, `name`, `role`, `codes` and `language`.", _WANTED),
        summary="Let a person sign in: the first password is shown this once, and changed before anything else",
        responses=answers_of("add_account", ShownAccount, {**_SHOWN, "password": "tR4x…"}),
    )
    async def add_account(request: Request[Any, Token, Any]) -> Response[bytes]:
        people, said = people_of(front), await body_of(request, Wanted)
        codes = tuple(dict.fromkeys(code.strip() for code in said.codes if code.strip()))
        if (said.role in NAMED and not codes) or (codes and said.role not in (*NAMED, *STAFF)):
            raise ProblemError("account_codes", 422)
        password = _made_up()
        kept = await people.hashing.hashed(password)

        by = request.auth.name

        def add() -> Account:
            at = people.clock()
            made = people.accounts.add(
                said.login, said.name, said.role, codes, said.language, at, password=kept, first=True
            )
            people.accounts.take_note(by, "account_added", made.id, at)
            return made

        try:
            made = await asyncio.to_thread(add)
        except NameTakenError:
            raise ProblemError("account_taken", 422) from None
        except NameReservedError:
            raise ProblemError("name_reserved", 422) from None
        except NameHeldError:
            raise ProblemError("account_name_held", 422) from None
        try:
            await front.do(lambda node: record_account_added(node.log, made, by))
        except BaseException:  # nobody is given a power that the log does not name
            await asyncio.to_thread(people.accounts.disable, made.id, people.clock())
            raise
        shown = await asyncio.to_thread(lambda: _shown(made, people, _held(front, people), password))
        return json_answer(shown, headers=_NO_STORE)

    @post(
        "/v1/accounts/{account:str}/{done:str}",
        status_code=200,
        opt={ACTION: "change_accounts"},
        operation_id="change_account",
        summary="`disable` or `enable` an account, give it a new `password` (shown this once), or `end-sessions`; "
        "all but `enable` end its sessions, remove its passkeys and revoke the tokens that it issued for itself",
        responses=answers_of("change_account", ShownAccount, _SHOWN),
    )
    async def change_account(
        request: Request[Any, Token, Any], account: FromPath[str], done: FromPath[str]
    ) -> Response[bytes]:
        people, by = people_of(front), request.auth
        found = await asyncio.to_thread(people.accounts.by_id, account)
        if found is None or done not in _ACT:
            raise ProblemError("not_found", 404)
        if done in ("disable", "password") and found.name == by.name:
            raise ProblemError("account_own", 422)  # who shuts himself out may be the last who could let anybody in
        if done == "password" and found.subject is not None:
            raise ProblemError("account_vouched", 422)  # it would be a way in that the provider knows nothing of
        password, revoked = None, list[str]()
        if done == "enable":
            await asyncio.to_thread(people.accounts.enable, found.id)
            people.look_anew()
        else:
            if done == "password":
                password = _made_up()
                await people.change_password(found, password, first=True)
            elif done == "disable":
                await asyncio.to_thread(people.accounts.disable, found.id, people.clock())
            await people.expel(found.id)
            revoked = await asyncio.to_thread(front.access.revoke_of, found.id)
            front.access.look_anew()

        def shown() -> ShownAccount:
            people.accounts.take_note(by.name, _ACT[done], found.id, people.clock())
            for token in revoked:
                people.accounts.take_note(by.name, "token_revoked", token, people.clock())
            return _shown(people.accounts.by_id(found.id) or found, people, _held(front, people), password)

        changed = await asyncio.to_thread(shown)
        lost = [each for each in await asyncio.to_thread(front.access.issued) if each.id in revoked]

        def record(node: Node) -> None:
            record_account_changed(node.log, found, _RECORDED[done], by.name)
            for token in lost:
                record_token_revoked(node.log, token, by.name)

        try:
            await front.do(record)
        except BaseException:  # nobody is given a power that the log does not name
            if done in ("enable", "password"):
                await asyncio.to_thread(people.accounts.disable, found.id, people.clock())
                people.look_anew()
            raise
        return json_answer(changed, headers=_NO_STORE)

    @get(
        "/v1/accounts/acts",
        opt={ACTION: "read_accounts"},
        operation_id="list_acts",
        summary="What administrators did to accounts, tokens and backups, the newest first",
        responses=answers_of("list_acts", ShownActs, _ACTS),
    )
    async def list_acts(
        request: Request[Any, Token, Any],
        most: Annotated[int, QueryParameter(ge=1, le=1_000, description="How many.")] = 100,
    ) -> Response[bytes]:
        people = people_of(front)
        return json_answer(ShownActs(await asyncio.to_thread(people.accounts.administered, most)), headers=_NO_STORE)

    @get(
        "/v1/roles",
        opt={ACTION: "read_accounts"},
        operation_id="list_roles",
        summary="Which role may do what, as the policies that are in force decide it",
        responses=answers_of("list_roles", ShownRoles, _ROLES),
    )
    async def list_roles(request: Request[Any, Token, Any]) -> Response[bytes]:
        everyone: tuple[Asking, ...] = (*ROLES, "anyone")
        return json_answer(ShownRoles([ShownRole(each, _permitted(each)) for each in everyone], actions()))

    return [list_accounts, add_account, list_acts, change_account, list_roles]


#: What is noted of what was done.
_ACT = {
    "disable": "account_disabled",
    "enable": "account_enabled",
    "password": "password_set",
    "end-sessions": "sessions_ended",
}
#: What is recorded of it in the log.
_RECORDED: dict[str, AccountAct] = {
    "disable": "disabled",
    "enable": "enabled",
    "password": "password_set",
    "end-sessions": "sessions_ended",
}


def _made_up() -> str:
    """A password to begin with, of 120 random bits."""
    return secrets.token_urlsafe(15)


@dataclass(frozen=True)
class _Held:
    """What accounts have that lets somebody in now, by the account: open sessions, and good tokens of their own."""

    sessions: Counter[str]
    tokens: Counter[str]


def _held(front: Front, people: People) -> _Held:
    sessions = Counter(each.account.id for each in people.sessions.open(people.clock()))
    return _Held(sessions, front.access.good_of())


def _shown(account: Account, people: People, held: _Held, password: str | None = None) -> ShownAccount:
    return ShownAccount(
        account.id, account.login, account.name, account.role, account.carriers or account.ports, account.language,
        account.subject is not None, len(people.passkeys.of(account.id)), held.sessions[account.id],
        held.tokens[account.id], account.created_at, account.disabled_at, password,
    )  # fmt: skip


def _permitted(role: Asking) -> list[PermittedAction]:
    found = []
    for action in actions():
        wide, own = permitting(role, action, False), permitting(role, action, True)
        if wide is not None:
            found.append(PermittedAction(action, "any", wide))
        elif own is not None:
            found.append(PermittedAction(action, "own", own))
    return found
