"""Every event names the credential that caused it: of a batch each filer's own, of a request its token or account."""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from journeys import Post, truck
from listening import listening
from test_flow_encoded import encoded_again
from typer.testing import CliRunner

from aforo.api.access import Rate
from aforo.api.filings import filer_of
from aforo.cli import complete_app
from aforo.domain.credential import current_credential, use_credential
from aforo.domain.event import Decided, Filed, Overridden, Quarantined, Received
from aforo.domain.table import FEW
from aforo.flow.correspondence import answer
from aforo.flow.filer import Filer
from aforo.flow.node import Node
from aforo.flow.receiving import Message, receive
from aforo.intake.together import Letter
from aforo.log.store import Log
from aforo.log.stored import StoredEvent, encode

if TYPE_CHECKING:
    from journeys import Learnt


def lines(*trucks: dict[str, Any]) -> bytes:
    return "".join(f"{json.dumps(each)}\n" for each in trucks).encode()


def file_together(node: Node, *sent: tuple[Filer, bytes]) -> None:
    messages = [Message(data, filer, key=f"{place}") for place, (filer, data) in enumerate(sent)]
    letters = receive(messages, node)
    assert all(isinstance(letter, Letter) for letter in letters), letters
    answer([each for each in letters if isinstance(each, Letter)], [filer for filer, _ in sent], node)


def named(log: Log, prefix: str) -> Counter[str | None]:
    return Counter(each.event.credential for each in log.read() if each.event.stream.startswith(prefix))


@pytest.mark.parametrize("count", [2, FEW + 5])
def test_each_event_of_a_batch_names_the_credential_of_its_own_filer(post: Post, count: int) -> None:
    senders = [Filer(f"sender {letter}", None, f"token-{letter}") for letter in "abc"] + [Filer("folder")]
    with post.node() as node:
        sent = []
        for filer in senders:
            own = [truck(f"{filer.name} {i}", crossing_id=f"{filer.credential}/{i}") for i in range(count)]
            refused = {**truck(f"{filer.name} refused"), "packages": "many"}
            people = truck(f"{filer.name} held", crossing_id=f"{filer.credential}/held", packages=0.0)
            sent.append((filer, lines(*own, refused, people)))
        file_together(node, *sent)
        events = node.log.read()
    for filer in senders:
        own = [each for each in events if each.event.stream.startswith(f"crossing/{filer.credential}/")]
        assert len(own) == 3 * (count + 1)
        assert {each.event.credential for each in own} == {filer.credential}
    kept = Counter(each.event.credential for each in events if each.event.type == Quarantined.TYPE)
    assert kept == Counter(filer.credential for filer in senders)
    came = Counter(each.event.credential for each in events if each.event.type == Received.TYPE)
    assert came == Counter(filer.credential for filer in senders)
    # What the node does by itself on the way has no credential.
    assert {each.event.credential for each in events if each.event.stream.startswith("artefact/")} == {None}
    assert all(each.body == bytes_again(each) for each in events)


def bytes_again(stored: StoredEvent) -> bytes:
    return encoded_again(stored) if isinstance(stored.payload, Filed) else encode(stored.event)


def test_two_tokens_of_one_carrier_in_one_crossing_are_told_apart(post: Post) -> None:
    with post.node() as node:
        carriers = frozenset({"CA-1"})
        first, second = (Filer("CA-1", carriers, each) for each in ("token-1", "token-2"))
        file_together(
            node,
            (first, lines(truck("one", crossing_id="trip", carrier_id="CA-1"))),
            (second, lines(truck("two", crossing_id="trip", carrier_id="CA-1"))),
        )
        filed = [each for each in node.log.stream("crossing/trip") if isinstance(each.payload, Filed)]
        decided = [each for each in node.log.stream("crossing/trip") if isinstance(each.payload, Decided)]
    assert [each.event.credential for each in filed] == ["token-1", "token-2"]
    assert [each.event.credential for each in decided] == ["token-2"]


def test_a_batch_of_one_sender_names_it_in_columns_too(post: Post) -> None:
    with post.node() as node:
        file_together(node, (Filer("sender", None, "token-x"), lines(*(truck(f"T{i}") for i in range(FEW + 1)))))
        assert named(node.log, "crossing/") == Counter({"token-x": 3 * (FEW + 1)})
        assert all(each.body == bytes_again(each) for each in node.log.read())
        assert current_credential() is None


def test_requests_are_named_by_token_or_account_and_nothing_leaks_into_the_next(learnt: Learnt, post: Post) -> None:
    with listening(Post(learnt, post.folder / "asked"), rate=Rate(1e6, 1e6)) as made:
        carrier, officer = made.carrier(), made.as_("officer", "officer by token")
        session = made.signed_in("officer", "officer in a session")
        for name in ("T1", "T2", "T3"):
            assert carrier.post("/v1/filings", content=lines(truck(name, carrier_id="CA-1"))).status_code == 200
        for client, name in ((officer, "T1"), (session, "T2")):
            said = client.post(
                f"/v1/crossings/{name}/override", json={"examination": "hold", "reason": "a smell of fuel"}
            )
            assert said.status_code == 200, said.text
        made.nobody.get("/healthz")
        tokens = {each.name: each for each in made.tokens.all()}
        account = made.account("officer", "officer in a session")
        orders = {
            each.event.stream: each.event.credential for each in made.log.read() if each.event.type == Overridden.TYPE
        }
        assert orders == {
            "crossing/T1": tokens["officer by token"].id,
            "crossing/T2": f"account:{account.id}",
        }
        filed = [each for each in made.log.read() if each.event.type == Filed.TYPE]
        assert {each.event.credential for each in filed} == {tokens["carrier CA-1"].id}
        assert filer_of(tokens["carrier CA-1"]).credential == tokens["carrier CA-1"].id


def test_a_command_is_named_by_the_user_of_the_machine(post: Post) -> None:
    with post.node() as node:
        file_together(node, (Filer("sender"), lines(truck("T1"))))
    where = ["--store", post.settings.store, "--keys", post.settings.keys]
    said = CliRunner().invoke(complete_app(), ["override", "T1", "--to", "hold", "--reason", "a smell of fuel", *where])
    assert said.exit_code == 0, said.output
    with post.log() as log:
        last = log.stream("crossing/T1")[-1].event
        assert last.credential == f"command:{os.getuid()}"
    assert current_credential() is None


def test_a_credential_in_use_ends_with_its_block() -> None:
    with use_credential("token-1"):
        with use_credential(None):
            assert current_credential() is None
        assert current_credential() == "token-1"
    assert current_credential() is None
