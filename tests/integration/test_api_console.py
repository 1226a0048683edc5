"""The console's files as they are served: public, under a strict policy, compressed beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from journeys import Post
from listening import Listening, listening

from aforo.api import console
from aforo.console import files
from aforo.console.files import Built

if TYPE_CHECKING:
    from journeys import Learnt

PAGE = Built(b"<!doctype html><p>page", "text/html", False, '"page"', {"gzip": b"zipped", "br": b"broken up"})
SCRIPT = Built(b"let a = 1", "text/javascript", True, '"script"')


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served"))) as made:
        yield made


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> dict[str, Built]:
    found = {"index.html": PAGE, "assets/app-0a1b2c3d.js": SCRIPT}
    monkeypatch.setattr(console, "built", lambda: found)
    return found


@pytest.mark.parametrize("path", ["/console", "/console/", "/console/port/World%20Trade", "/console/%2e%2e/pyproject"])
def test_every_address_of_a_page_begins_with_the_one_page(
    served: Listening, built: dict[str, Built], path: str
) -> None:
    answer = served.nobody.get(path, headers={"Accept-Encoding": "identity"})
    assert (answer.status_code, answer.content) == (200, PAGE.body)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


def test_no_address_of_the_start_but_leads_to_the_console(served: Listening) -> None:
    answer = served.nobody.get("/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (302, "/console")


def test_a_file_named_by_its_content_may_be_kept_for_ever(served: Listening, built: dict[str, Built]) -> None:
    answer = served.nobody.get("/console/assets/app-0a1b2c3d.js")
    assert answer.text == "let a = 1"
    assert "immutable" in answer.headers["cache-control"]
    assert served.nobody.get("/console/assets/app-ffffffff.js").status_code == 404


def test_the_best_form_that_a_browser_takes_is_sent_as_it_was_built(served: Listening, built: dict[str, Built]) -> None:
    for accepted, coding, body in (
        ("gzip, br", "br", b"broken up"),
        ("gzip", "gzip", b"zipped"),
        ("br;q=0", None, PAGE.body),
    ):
        with served.nobody.stream("GET", "/console", headers={"Accept-Encoding": accepted}) as answer:
            assert answer.headers.get("content-encoding") == coding
            assert b"".join(answer.iter_raw()) == body
            assert answer.headers["vary"] == "Accept-Encoding"


def test_what_a_browser_has_is_not_sent_again(served: Listening, built: dict[str, Built]) -> None:
    answer = served.nobody.get("/console", headers={"If-None-Match": PAGE.etag})
    assert (answer.status_code, answer.content) == (304, b"")


def test_a_console_that_was_not_built_says_so(served: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "built", dict)
    answer = served.nobody.get("/console")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:aforo:problem:console_not_built")


def test_what_was_built_is_found_with_its_forms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "assets" / "assets").mkdir(parents=True)
    for name in ("index.html", "assets/a-0a1b2c3d.js", "assets/a-0a1b2c3d.js.br", "assets/a-0a1b2c3d.js.gz"):
        (tmp_path / "assets" / name).write_bytes(name.encode())
    monkeypatch.setattr(files.resources, "files", lambda package: tmp_path)
    found = files.built.__wrapped__()
    assert sorted(found) == ["assets/a-0a1b2c3d.js", "index.html"]
    script = found["assets/a-0a1b2c3d.js"]
    assert (script.lasting, sorted(script.forms), found["index.html"].lasting) == (True, ["br", "gzip"], False)
