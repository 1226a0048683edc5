"""`aforo accounts`: who may sign in; a password that is no argument, and stands nowhere."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from aforo.api.provider import Granted, ProviderSettings
from aforo.cli import complete_app
from aforo.cli.language import Sentences
from aforo.cli.provider import people_of, provider_of
from aforo.log import passwords
from aforo.log.accounts import Accounts
from aforo.log.backup import back_up_keys, restore_keys
from aforo.log.keys import KeyStore
from aforo.log.passkeys import Passkey, Passkeys
from aforo.log.sessions import Sessions
from aforo.log.tokens import Tokens

if TYPE_CHECKING:
    from journeys import Post

PASSWORD = "tiles on a lorry, twelve pallets"


def key_of(account: str) -> Passkey:
    return Passkey(b"credential", account, "localhost", "Key at booth 3", b"key", 0, datetime.now(UTC))


def run(*arguments: str, typed: str = "") -> tuple[int, str, str]:
    clean = {"LANG": "C", "LC_ALL": "C", "COLUMNS": "200", "AFORO_KEYS": ""}
    made = CliRunner().invoke(complete_app(), list(arguments), env=clean, input=typed)
    assert made.exception is None or isinstance(made.exception, SystemExit), made.exception
    return made.exit_code, made.stdout, made.output


def test_a_person_is_added_listed_disabled_and_enabled(post: Post) -> None:
    store = ("--store", post.store)
    add = ("accounts", "add")
    added = run(*add, "ana", "--role", "supervisor", "--name", "Ana Ruiz", "--port", "2304", *store, typed=PASSWORD)
    assert added[:2] == (0, "ana may sign in, and acts as “Ana Ruiz”.\n")
    assert run(*add, "acme", "--role", "carrier", "--carrier", "ABCD", *store, typed=PASSWORD)[0] == 0
    for wrong in (
        ("x", "--role", "carrier"),
        ("x", "--role", "officer", "--carrier", "ABCD"),
        ("x", "--role", "analyst", "--port", "2304"),
        ("x", "--role", "device"),
        (" ", "--role", "officer"),
    ):
        assert run(*add, *wrong, *store, typed=PASSWORD)[0] == 2, wrong
    for taken in (("ANA", "--name", "Other"), ("other", "--name", "ana  RUIZ")):
        assert run(*add, *taken, "--role", "officer", *store, typed=PASSWORD)[0] == 1
    every = json.loads(run("accounts", "list", "--json", *store)[1])
    assert [(each["login"], each["role"], each["ports"], each["carriers"]) for each in every] == [
        ("acme", "carrier", [], ["ABCD"]),
        ("ana", "supervisor", ["2304"], []),
    ]
    with closing(Sessions(post.settings.keys)) as sessions:
        sessions.begin(every[1]["id"], datetime.now(UTC))
    assert "ana" in run("accounts", "sessions", *store)[1]
    assert run("accounts", "disable", "Ana", *store)[0] == 0
    assert json.loads(run("accounts", "sessions", "--json", *store)[1]) == []
    assert run("accounts", "disable", "ana", *store)[0] == 1
    assert "disabled" in run("accounts", "list", *store)[1]
    assert run("accounts", "enable", "ana", *store)[0] == 0
    assert run("accounts", "enable", "nobody", *store)[0] == 1
    assert "0" in run("accounts", "sessions", "--end", "ana", *store)[1]
    with closing(Accounts(post.settings.keys)) as accounts:
        done = [(each.by, each.act) for each in accounts.administered()]
    assert done[-1] == ("terminal", "account_added")
    assert ("terminal", "account_disabled") in done
    assert run("accounts", "list", "--store", str(Path(post.store) / "none"))[0] == 2


@pytest.mark.parametrize("poor", ["", "short", "ananananananana", "ana ruiz 2026 !"])
def test_a_poor_password_is_none(post: Post, poor: str) -> None:
    arguments = ("accounts", "add", "ana", "--name", "Ana Ruiz", "--role", "officer", "--store", post.store)
    assert run(*arguments, typed=poor)[0] == 2


def test_a_password_is_changed_and_stands_nowhere(post: Post) -> None:
    store = ("--store", post.store)
    run("accounts", "add", "luz", "--role", "officer", *store, typed=PASSWORD)
    assert run("accounts", "password", "luz", *store, typed="another one of some length")[0] == 0
    with closing(Accounts(post.settings.keys)) as accounts:
        found = accounts.by_login("LUZ")
        assert found is not None
        kept = accounts.password_of(found.id)
    assert passwords.matches("another one of some length", kept)
    assert not passwords.matches(PASSWORD, kept)
    assert kept is not None
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    for file in Path(post.settings.keys.removeprefix("sqlite:///")).parent.glob("*"):
        if file.is_file():
            assert PASSWORD.encode() not in file.read_bytes()
            assert b"another one of some length" not in file.read_bytes()


@pytest.mark.parametrize(
    "ended", [("disable", "luz"), ("password", "luz"), ("sessions", "--end", "luz")], ids=lambda each: each[0]
)
def test_what_is_ended_at_the_terminal_leaves_no_passkey(post: Post, ended: tuple[str, ...]) -> None:
    run("accounts", "add", "luz", "--role", "officer", "--store", post.store, typed=PASSWORD)
    with closing(Accounts(post.settings.keys)) as accounts, closing(Passkeys(post.settings.keys)) as passkeys:
        (luz,) = accounts.all()
        passkeys.add(key_of(luz.id))
        assert run("accounts", *ended, "--store", post.store, typed="another one of some length")[0] == 0
        assert passkeys.of(luz.id) == []


@pytest.mark.parametrize(
    "ended", [("disable", "acme"), ("password", "acme"), ("sessions", "--end", "acme")], ids=lambda each: each[0]
)
def test_whose_access_is_ended_at_the_terminal_leaves_no_token(post: Post, ended: tuple[str, ...]) -> None:
    store, at = ("--store", post.store), datetime.now(UTC)
    run("accounts", "add", "acme", "--role", "carrier", "--carrier", "ABCD", *store, typed=PASSWORD)
    with closing(Accounts(post.settings.keys)) as accounts, closing(Tokens(post.settings.keys)) as tokens:
        (acme,) = accounts.all()
        tokens.issue("dispatch", "carrier", ("ABCD",), at, at + timedelta(days=1), acme.id)
        assert run("accounts", *ended, *store, typed="another one of some length")[0] == 0
        assert tokens.good(at) == frozenset()


def test_whom_a_provider_vouches_for_is_given_no_password_at_the_terminal(post: Post) -> None:
    with closing(Accounts(post.settings.keys)) as accounts:
        made = accounts.add("eva", "Eva", "officer", (), "en", datetime.now(UTC), subject=("https://login", "1"))
        code, _, said = run("accounts", "password", "eva", "--store", post.store, typed=PASSWORD)
        assert code == 1
        assert "A provider vouches for this account" in said
        assert accounts.password_of(made.id) is None


def test_a_name_that_the_record_takes_for_another_is_given_to_nobody_at_the_terminal(post: Post) -> None:
    added = ("accounts", "add", "x", "--role", "officer", "--name", "carrier:0a/1b", "--store", post.store)
    assert run(*added, typed=PASSWORD)[0] == 2
    assert run("tokens", "issue", "Operator", "--role", "officer", "--store", post.store)[0] == 2


def test_a_key_store_that_was_brought_back_lets_nobody_in_until_somebody_says_so(post: Post, tmp_path: Path) -> None:
    store = ("--store", post.store)
    run("accounts", "add", "luz", "--role", "officer", *store, typed=PASSWORD)
    with closing(Accounts(post.settings.keys)) as accounts, closing(Sessions(post.settings.keys)) as sessions:
        (luz,) = accounts.all()
        text = sessions.begin(luz.id, datetime.now(UTC))
    with closing(Passkeys(post.settings.keys)) as passkeys:
        passkeys.add(key_of(luz.id))
    with closing(KeyStore(Path(post.settings.keys.removeprefix("sqlite:///")))) as keys:
        back_up_keys(keys, tmp_path / "copy")
    restore_keys(tmp_path / "copy", tmp_path / "brought-back")
    with closing(Accounts(tmp_path / "brought-back")) as accounts, closing(Sessions(tmp_path / "brought-back")) as back:
        (luz,) = accounts.all()
        assert luz.disabled_at is not None
        assert back.find_all([text]) == {}
    with closing(Passkeys(tmp_path / "brought-back")) as passkeys:
        assert passkeys.of(luz.id) == []


def serve(post: Post, *options: str, secret: str = "s") -> tuple[int, str]:
    """`aforo serve` with options that it refuses before it opens anything."""
    clean = {"LANG": "C", "LC_ALL": "C", "COLUMNS": "200", "AFORO_KEYS": "", "AFORO_OIDC_SECRET": secret}
    arguments = ["serve", "-m", str(post.model), "--store", post.store, "--port", "1", *options]
    made = CliRunner().invoke(complete_app(), arguments, env=clean)
    return made.exit_code, made.output


@pytest.mark.parametrize(
    ("options", "secret", "says"),
    [
        (["--oidc-issuer", "https://login.example"], "s", "needs the client"),
        (["--oidc-issuer", "https://login.example", "--oidc-client", "aforo"], "", "needs the client"),
        (["--oidc-grant", "targeting"], "s", "grants nothing"),
        (["--oidc-grant", "targeting=king"], "s", "grants nothing"),
        (["--oidc-grant", "targeting=device:world-trade"], "s", "grants nothing"),
        (["--oidc-grant", "hauliers=carrier"], "s", "grants nothing"),
    ],
    ids=str,
)
def test_a_provider_that_cannot_be_is_refused_in_words(post: Post, options: list[str], secret: str, says: str) -> None:
    if "--oidc-issuer" not in options:
        options = ["--oidc-issuer", "https://login.example", "--oidc-client", "aforo", *options]
    code, said = serve(post, *options, secret=secret)
    assert (code, says in said) == (2, True), said


def test_an_extra_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("aforo.api.provider.find_spec", lambda name: None)
    KeyStore(tmp_path / "keys.sqlite").close()
    say = Sentences("aforo.cli", "en")
    wanted = ProviderSettings("https://login.example", "aforo", "s")
    with pytest.raises(typer.Exit) as left:
        people_of(str(tmp_path / "keys.sqlite"), False, wanted, say)
    assert left.value.exit_code == 2
    monkeypatch.undo()
    with pytest.raises(typer.Exit):
        people_of(str(tmp_path / "keys.sqlite"), False, ProviderSettings("http://login.example", "a", "s"), say)


def test_a_grant_names_a_claim_a_role_and_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    say = Sentences("aforo.cli", "en")
    options = ["targeting=officer:2304,2305", "cn=a=b=supervisor", "hauliers=carrier:ABCD"]
    monkeypatch.setenv("AFORO_OIDC_SECRET", "s")
    made = provider_of("https://login.example", "aforo", "groups", options, say)
    assert made is not None
    assert made.grants == (
        Granted("targeting", "officer", ("2304", "2305")),
        Granted("cn=a=b", "supervisor"),
        Granted("hauliers", "carrier", ("ABCD",)),
    )
    assert provider_of(None, "", "groups", [], say) is None
