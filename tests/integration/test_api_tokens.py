"""Tokens: which open nothing, that none is kept as it is written, and the second officer's, which a lowering needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from journeys import Post, truck
from listening import Listening, listening

from aforo.api.access import Rate
from aforo.log.key_tables import file_of

if TYPE_CHECKING:
    from journeys import Learnt


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6)) as made:
        assert made.carrier().post("/v1/filings", content=json.dumps(truck("MINE"))).status_code == 200
        yield made


def test_tokens_that_are_unknown_expired_or_revoked_open_nothing(
    served: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    expired, _ = served.tokens.issue("x", "officer", (), now - timedelta(days=2), now - timedelta(days=1))
    text, token = served.tokens.issue("y", "officer", (), now, now + timedelta(days=1))

    def status(bearer: str) -> int:
        return served.nobody.get("/v1/filings/MINE", headers={"Authorization": bearer}).status_code

    assert [status(each) for each in ("", "Bearer", "Basic abc", "Bearer aforo_no", f"Bearer {expired}")] == [401] * 5
    assert status(f"Bearer {text}") == 200
    assert served.tokens.revoke(token.id, now)

    monkeypatch.setattr("aforo.api.bearers.BELIEVED_S", 0.0)  # as if it were asked after that time
    assert status(f"Bearer {text}") == 401


def test_the_text_of_a_token_is_kept_nowhere(served: Listening, tmp_path: object) -> None:
    text = served.token("officer", "kept")
    path = file_of(served.log.keys.place)
    for file in path.parent.rglob("*"):
        assert not file.is_file() or text.encode() not in file.read_bytes(), file.name


def test_lowering_needs_the_token_of_a_second_officer(served: Listening) -> None:
    served.carrier().post("/v1/filings", content=json.dumps(truck("LOW")))
    first, url = served.as_("officer"), "/v1/crossings/LOW/override"

    def order(to: str, **headers: str) -> httpx.Response:
        return first.post(url, json={"examination": to, "reason": "Seen again."}, headers=headers)

    assert order("hold").status_code == 200
    refused = order("scan")
    (problem,) = refused.json()["problems"]
    assert (refused.status_code, problem["code"]) == (422, "override_needs_second")
    assert all("Second-Authorization: Bearer" in each for each in problem["reason"].values())
    own = {"Second-Authorization": first.headers["Authorization"]}
    analyst = {"Second-Authorization": served.as_("analyst").headers["Authorization"]}
    second = {"Second-Authorization": served.as_("supervisor").headers["Authorization"]}
    assert [order("scan", **each).status_code for each in (own, analyst)] == [403, 403]
    done = order("scan", **second)
    assert (done.status_code, done.json()["was"], done.json()["now"]) == (200, "hold", "scan")
    bad = first.post(url, json={"examination": "magic", "reason": "r"})
    (problem,) = bad.json()["problems"]
    assert (bad.status_code, bad.json()["type"], problem["place"]) == (
        400,
        "urn:aforo:problem:order_bad",
        "examination",
    )
    assert ("magic" in bad.text, "`hold`, `joint`, `release`" in problem["reason"]["es"]) == (False, True)
    assert first.post("/v1/crossings/NONE/override", json={"examination": "scan", "reason": "x"}).status_code == 404
