"""The provider of OpenID Connect that `aforo serve` is told of, as options or in the environment."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.markup import escape

from aforo.api.people import People
from aforo.api.provider import Granted, ProviderMissingError, ProviderSettings
from aforo.cli import terminal
from aforo.cli.language import Sentences
from aforo.log.accounts import NAMED, PERSONS

#: The variable that has the client's secret: it stands in no list of processes.
SECRET = "AFORO_OIDC_SECRET"  # noqa: S105 (a name)

Issuer = Annotated[
    str | None,
    typer.Option(
        "--oidc-issuer", metavar="url", envvar="AFORO_OIDC_ISSUER",
        help=f"People may sign in by this OpenID Connect provider (needs the extra oidc; the secret in {SECRET}).",
    ),
]  # fmt: skip
Client = Annotated[
    str, typer.Option("--oidc-client", envvar="AFORO_OIDC_CLIENT", help="The client that the provider knows it as.")
]
Claim = Annotated[
    str, typer.Option("--oidc-claim", envvar="AFORO_OIDC_CLAIM", help="The claim that says what somebody acts as.")
]
Grants = Annotated[
    list[str] | None,
    typer.Option(
        "--oidc-grant", metavar="value=role[:codes]", envvar="AFORO_OIDC_GRANTS",
        help="Whose claim has this value acts as the role, at these ports or for these carriers; repeat it. Whom none"
        " fits has no way in.",
    ),
]  # fmt: skip


def provider_of(
    issuer: str | None, client: str, claim: str, grants: Sequence[str], say: Sentences
) -> ProviderSettings | None:
    """The provider that options name; None where they name none."""
    if issuer is None:
        return None
    secret = os.environ.get(SECRET, "")
    if not client or not secret:
        terminal.fail(say("oidc_client"), to_do=say("oidc_client_to_do", variable=SECRET))
    return ProviderSettings(issuer, client, secret, claim, tuple(_granted(each, say) for each in grants))


def people_of(keys: str, proxied: bool, provider: ProviderSettings | None, say: Sentences) -> People:
    """The people of a key store, who may sign in by a provider where one is named."""
    try:
        return People(keys, proxied=proxied, provider=provider)
    except ProviderMissingError:
        terminal.fail(say("extra_missing", extra="oidc"), to_do=say("extra_missing_to_do", extra="oidc"))
    except ValueError:
        terminal.fail(say("oidc_issuer"), to_do=say("oidc_issuer_to_do"))


def _granted(option: str, say: Sentences) -> Granted:
    value, _, granted = option.rpartition("=")
    role, _, listed = granted.partition(":")
    codes = tuple(code.strip() for code in listed.split(",") if code.strip())
    if not value or role not in PERSONS or (role in NAMED and not codes):
        terminal.fail(say("oidc_grant"), where=escape(option), to_do=say("oidc_grant_to_do"))
    return Granted(value, role, codes)
