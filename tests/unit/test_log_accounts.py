"""Accounts, sessions and passwords in a key store: what holds of them whatever asks."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from aforo.log import passwords
from aforo.log.accounts import Accounts, NameTakenError
from aforo.log.attempts import Attempt, Attempts
from aforo.log.keys import KeyStore
from aforo.log.passkeys import MOST, Passkey, Passkeys, PasskeyTakenError
from aforo.log.sessions import IDLE, LONGEST, Sessions
from aforo.log.sessions import MOST as MOST_SESSIONS
from aforo.log.tokens import Tokens

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.fixture
def accounts(keys_place: str) -> Iterator[Accounts]:
    KeyStore(keys_place).close()
    with closing(Accounts(keys_place)) as made:
        yield made


def test_a_password_is_compared_as_it_is_meant() -> None:
    kept = passwords.hashed("contraseña de señas")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$"), "OWASP's least"
    assert passwords.matches("contrasen\u0303a de sen\u0303as", kept), "one keyboard composes, another does not"
    assert not passwords.matches("contraseña de senas", kept)
    assert not passwords.matches("anything", None)
    assert not passwords.matches("anything", "no hash")
    assert kept != passwords.hashed("contraseña de señas"), "each has a salt"
    assert not passwords.outdated(kept)
    assert passwords.outdated(kept.replace("t=2", "t=1"))


@pytest.mark.parametrize(
    "poor", ["", "short", "a" * 40, "abababababababab", "ana.ruiz.2026!", "ANA RUIZ, officer", "x" * 201]
)
def test_a_poor_password_is_told(poor: str) -> None:
    assert passwords.is_poor(poor, "ana.ruiz", "Ana Ruiz")
    assert not passwords.is_poor("twelve pallets of tiles", "ana.ruiz", "Ana Ruiz")


def test_names_that_are_compared_as_one_are_one(accounts: Accounts) -> None:
    made = accounts.add(" Ana ", "Ana Ruiz", "officer", ("2304",), "es", AT, password="x")
    assert accounts.by_login("ANA") == made
    assert (made.ports, made.carriers, made.has_password, made.subject) == (("2304",), (), True, None)
    for login, name in (("ana", "Other"), ("ＡＮＡ", "Other"), ("other", "ana-ruiz"), ("other", "A N A RUIZ")):
        with pytest.raises(NameTakenError):
            accounts.add(login, name, "officer", (), "en", AT)
    assert accounts.by_login("other") is None
    assert accounts.password_of(made.id) == "x"


OF_BEFORE = """
CREATE TABLE account (
    id TEXT PRIMARY KEY, login TEXT NOT NULL UNIQUE, name TEXT NOT NULL, identity TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL, codes TEXT NOT NULL, language TEXT NOT NULL, password TEXT, subject TEXT UNIQUE,
    created_at TEXT NOT NULL, disabled_at TEXT
) WITHOUT ROWID;
INSERT INTO account
VALUES ('a1', 'ana', 'Ana', 'ANA', 'officer', '[]', 'es', 'x', NULL, '2026-03-02T08:00:00+00:00', NULL);
"""


@pytest.mark.parametrize("opens", [Accounts, Sessions])
def test_a_key_store_of_before_asks_nobody_to_change_a_password(
    opens: type[Accounts | Sessions], tmp_path: Path
) -> None:
    KeyStore(tmp_path / "keys.sqlite").close()
    with closing(sqlite3.connect(tmp_path / "keys.sqlite")) as db:
        db.executescript(OF_BEFORE)
    for _ in range(2):
        opens(tmp_path / "keys.sqlite").close()
    with closing(Accounts(tmp_path / "keys.sqlite")) as accounts:
        ana = accounts.by_login("ana")
        assert ana is not None
        assert (ana.name, ana.has_password, ana.first_password) == ("Ana", True, False)
        accounts.keep_password(ana.id, "y", first=True)
        assert accounts.by_login("ana") != ana
        accounts.keep_password(ana.id, "z")
        assert [each.first_password for each in accounts.all()] == [True], "made anew for its form alone"
        made = accounts.add("eva", "Eva", "officer", (), "en", AT, password="x", first=True)
        assert made.first_password
    with closing(Sessions(tmp_path / "keys.sqlite")) as sessions:
        text = sessions.begin(ana.id, AT)
        assert sessions.find_all([text])[text].account.first_password


def test_a_subject_belongs_to_one_issuer(accounts: Accounts) -> None:
    made = accounts.add("a", "A", "officer", (), "en", AT, subject=("https://one", "7"))
    accounts.add("b", "B", "officer", (), "en", AT, subject=("https://two", "7"))
    assert accounts.by_subject("https://one", "7") == made
    assert accounts.by_subject("https://three", "7") is None
    with pytest.raises(NameTakenError):
        accounts.add("c", "C", "officer", (), "en", AT, subject=("https://one", "7"))


def test_a_session_holds_as_long_as_it_is_used_and_no_longer_than_a_shift(accounts: Accounts, keys_place: str) -> None:
    own = accounts.add("a", "A", "officer", (), "en", AT)
    with closing(Sessions(keys_place)) as sessions:
        text = sessions.begin(own.id, AT)
        assert sessions.find_all([text, "made up"]).keys() == {text}

        def holds(at: datetime) -> bool:
            return sessions.find_all([text])[text].holds(at)

        assert [holds(AT + each) for each in (timedelta(0), IDLE - timedelta(seconds=1), IDLE)] == [True, True, False]
        sessions.use(sessions.find_all([text])[text].id, AT + timedelta(minutes=20))
        sessions.use(sessions.find_all([text])[text].id, AT + timedelta(minutes=10))
        assert holds(AT + timedelta(minutes=49)), "an earlier use that is written later takes nothing away"
        sessions.use(sessions.find_all([text])[text].id, AT + LONGEST)
        assert not holds(AT + LONGEST)
        other = sessions.begin(own.id, AT)
        accounts.disable(own.id, AT)
        assert not sessions.find_all([other])[other].holds(AT)
        accounts.enable(own.id)
        assert sessions.end_all(own.id, AT, but=sessions.find_all([other])[other].id) == 1
        assert sessions.find_all([other])[other].holds(AT)
        assert sessions.end(sessions.find_all([other])[other].id, AT)
        assert sessions.open(AT) == []


def test_sessions_of_one_account_are_bounded_and_old_ones_forgotten(accounts: Accounts, keys_place: str) -> None:
    own = accounts.add("a", "A", "officer", (), "en", AT)
    with closing(Sessions(keys_place)) as sessions:
        texts = [sessions.begin(own.id, AT + timedelta(seconds=number)) for number in range(MOST_SESSIONS + 3)]
        assert sessions.find_all(texts).keys() == set(texts[3:])
        later = sessions.begin(own.id, AT + 3 * LONGEST)
        assert sessions.find_all([*texts, later]).keys() == {later}


def test_a_passkey_has_one_owner_and_an_account_has_few(keys_place: str) -> None:
    with closing(Passkeys(keys_place)) as passkeys:

        def made(credential: bytes, account: str = "one") -> Passkey:
            return Passkey(credential, account, "aforo.example", "key", b"public", 0, AT)

        passkeys.add(made(b"0"))
        with pytest.raises(PasskeyTakenError):
            passkeys.add(made(b"0", "other"))
        for number in range(1, MOST):
            passkeys.add(made(str(number).encode()))
        with pytest.raises(PasskeyTakenError):
            passkeys.add(made(b"more"))
        assert not passkeys.remove("other", b"0")
        assert passkeys.remove("one", b"0")
        assert len(passkeys.of("one")) == MOST - 1


def test_what_administrators_did_is_listed_the_newest_first(accounts: Accounts) -> None:
    for number in range(3):
        accounts.take_note("eva", "disabled", f"account {number}", AT)
    assert [each.about for each in accounts.administered(2)] == ["account 2", "account 1"]


def test_a_token_opens_until_it_is_revoked_or_taken_over_by_another(keys_place: str) -> None:
    KeyStore(keys_place).close()
    with closing(Tokens(keys_place)) as tokens:
        text, made = tokens.issue("Luz", "officer", ("2304",), AT, AT + timedelta(hours=1), by="a1")
        assert tokens.find(text) == made
        assert tokens.good_of(AT) == {"a1": 1}
        (handed,) = tokens.handed("2304", AT)
        assert handed.digest == hashlib.sha256(text.encode()).hexdigest()
        tokens.take([msgspec.structs.replace(handed, id="other")])
        assert [each.id for each in tokens.all()] == ["other"], "one text is one token"
        assert tokens.revoke("other", AT)
        assert tokens.good(AT) == frozenset()
        _, own = tokens.issue("Eva", "supervisor", (), AT, AT + timedelta(hours=1), by="a2")
        assert tokens.revoke_of("a2", AT) == [own.id]


def test_attempts_are_kept_in_place_of_those_before_and_forgotten_in_time(keys_place: str) -> None:
    KeyStore(keys_place).close()
    with closing(Attempts(keys_place)) as attempts:
        attempts.keep([Attempt("a", 1, False, 1.0), Attempt("b", 0, True, 1.5)], failed_since=0.0, known_since=0.0)
        attempts.keep([Attempt("a", 2, False, 2.5)], failed_since=0.0, known_since=0.0)
        assert attempts.all() == [Attempt("b", 0, True, 1.5), Attempt("a", 2, False, 2.5)]
        attempts.keep([], failed_since=3.0, known_since=1.0)
        assert attempts.all() == [Attempt("b", 0, True, 1.5)]
