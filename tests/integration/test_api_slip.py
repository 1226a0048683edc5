"""Whom the driver's slip says to ask: what the port document has, and nothing that nobody published."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from journeys import Post, truck
from listening import listening
from priced import LAREDO, put_in_force

from aforo.api.access import Rate
from aforo.api.repricing import Repricing
from aforo.flow import documents

if TYPE_CHECKING:
    from journeys import Learnt

#: A desk and a number that are nobody's, of the whole port.
CONTACT = b"""
[contact]
desk = { name = "Window 3", source = "test" }
telephone = { number = "+1 956 555 0100", source = "test" }

[sources]
test = "Made up for a test"
"""


@contextmanager
def slip_at(learnt: Learnt, folder: Path, document: bytes) -> Iterator[dict[str, Any]]:
    post = Post(learnt, folder)
    with post.log() as log:
        put_in_force(log, port=document)
    with listening(post, rate=Rate(1e6, 1e6)) as served:
        officer = served.as_("officer")
        assert officer.post("/v1/filings", json=truck("asks")).status_code == 200
        answer = officer.get("/v1/crossings/asks/slip")
        assert answer.status_code == 200, answer.text
        yield answer.json()


def test_the_desk_and_the_number_of_the_port_document_are_on_the_slip(learnt: Learnt, tmp_path: Path) -> None:
    with slip_at(learnt, tmp_path, LAREDO.replace(b"\n[sources]\n", CONTACT, 1)) as slip:
        assert slip["telephone"] == "+1 956 555 0100"
        assert slip["ask"]["en"] == "Ask at Window 3 and show this sheet: World Trade Bridge, Laredo."
        assert slip["ask"]["es"] == "Pregunte en Window 3 y muestre esta hoja: World Trade Bridge, Laredo."


def test_a_booth_that_has_its_list_gets_it_anew_when_another_is_to_be_asked(learnt: Learnt, tmp_path: Path) -> None:
    post = Post(learnt, tmp_path)
    with post.log() as log:
        put_in_force(log)
    with listening(post, rate=Rate(1e6, 1e6)) as served:
        officer, url = served.as_("officer"), "/v1/bridges/world-trade/booth-list"
        first = officer.get(url)
        assert first.json()["slip"]["telephone"] is None
        headers = {"If-None-Match": first.headers["ETag"]}
        assert officer.get(url, headers=headers).status_code == 304
        document = LAREDO.replace(b"\n[sources]\n", CONTACT, 1)
        renewing = Repricing(served.desk, served.log)
        documents.put(served.log, "port", "2304", document, "test", "tester")
        renewing.look()
        again = officer.get(url, headers=headers)
        assert again.status_code == 200
        assert again.json()["slip"]["telephone"] == "+1 956 555 0100"


def test_where_the_document_has_none_the_officer_is_asked_and_no_number_is_shown(
    learnt: Learnt, tmp_path: Path
) -> None:
    with slip_at(learnt, tmp_path, LAREDO) as slip:
        assert slip["telephone"] is None
        assert slip["ask"]["en"] == "Ask the officer there and show this sheet: World Trade Bridge, Laredo."
