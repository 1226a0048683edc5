"""Whose a token is: who is known waits for nobody's look-up, and made-up texts cost one look together."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aforo.api.bearers import BELIEVED_S, Bearers
from aforo.log.tokens import Token, Tokens


class Slow(Tokens):
    """Tokens whose look-ups wait while `closed`; `looked` is what each was asked for."""

    def __init__(self, keys: Path) -> None:
        super().__init__(keys)
        self.open = threading.Event()
        self.open.set()
        self.looked: list[list[str]] = []

    def find_all(self, texts: Iterable[str]) -> dict[str, Token]:
        self.looked.append(list(texts))
        assert self.open.wait(10)
        return super().find_all(self.looked[-1])


@pytest.fixture
def tokens(tmp_path: Path) -> Iterator[Slow]:
    with closing(Slow(tmp_path / "keys.sqlite")) as made:
        yield made


def issue(tokens: Tokens, name: str = "Luz") -> str:
    now = datetime.now(UTC)
    return tokens.issue(name, "officer", (), now, now + timedelta(hours=1))[0]


def test_who_is_known_waits_for_no_look_up_of_others(tokens: Slow) -> None:
    text = issue(tokens)

    async def asked() -> None:
        bearers = Bearers(tokens)
        assert await bearers.find(text) is not None
        tokens.open.clear()
        made_up = [asyncio.create_task(bearers.find(f"aforo_{number}")) for number in range(1_000)]
        await asyncio.sleep(0)
        known = await asyncio.wait_for(bearers.find(text), 1)
        assert known is not None
        assert known.name == "Luz"
        assert not any(each.done() for each in made_up)
        tokens.open.set()
        assert set(await asyncio.gather(*made_up)) == {None}

    asyncio.run(asked())


def test_what_is_asked_for_while_one_looks_is_looked_up_together_and_each_text_once(tokens: Slow) -> None:
    async def asked() -> None:
        bearers = Bearers(tokens)
        tokens.open.clear()
        first = asyncio.create_task(bearers.find("first"))
        while not tokens.looked:
            await asyncio.sleep(0.001)
        others = [asyncio.create_task(bearers.find(f"aforo_{number % 10}")) for number in range(100)]
        await asyncio.sleep(0)
        others[0].cancel()
        tokens.open.set()
        await asyncio.gather(first, *others[1:])
        assert [sorted(each) for each in tokens.looked] == [["first"], [f"aforo_{number}" for number in range(10)]]

    asyncio.run(asked())


def test_a_token_works_as_soon_as_it_is_issued_and_made_up_texts_put_none_out(tokens: Slow) -> None:
    async def asked() -> None:
        bearers = Bearers(tokens, lambda: 0.0)
        text = issue(tokens)
        assert await bearers.find(text) is not None
        await asyncio.gather(*(bearers.find(f"aforo_{number}") for number in range(2_000)))
        before = len(tokens.looked)
        assert await bearers.find(text) is not None
        assert len(tokens.looked) == before
        assert await bearers.find(issue(tokens, "Eva")) is not None

    asyncio.run(asked())


def test_a_revocation_is_known_after_a_moment_and_a_store_that_fails_is_told_to_who_asked(tokens: Slow) -> None:
    async def asked() -> None:
        now = 0.0
        bearers = Bearers(tokens, lambda: now)
        text = issue(tokens)
        found = await bearers.find(text)
        assert found is not None
        tokens.revoke(found.id, datetime.now(UTC))
        now += BELIEVED_S
        again = await bearers.find(text)
        assert again is not None
        assert again.revoked_at is not None
        tokens.close()
        for _ in range(2):
            with pytest.raises(Exception, match="closed"):
                await bearers.find("aforo_x")

    asyncio.run(asked())
