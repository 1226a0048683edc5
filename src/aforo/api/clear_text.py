"""Free text that is recorded in clear for ever: a body whose text names a person of a filing is refused."""

from __future__ import annotations

import msgspec

from aforo.api.front import Front
from aforo.api.problems import ProblemError
from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.flow.node import Node
from aforo.flow.person_named import names_filed_person
from aforo.log.tokens import Token

#: The fields of bodies that hold free text and stand in the log as they were written.
CLEAR_FIELDS = ("note", "reason", "why", "where", "words", "source", "side", "handed_to")


async def refuse_named_persons(front: Front, said: msgspec.Struct, by: Token) -> None:
    """Raise ProblemError where a free text of a body names a person (see `names_filed_person`)."""
    texts = {name: str(text) for name in CLEAR_FIELDS if (text := getattr(said, name, None))}
    if not texts:
        return

    def named_in(node: Node) -> list[str]:
        own = by.role == "carrier"
        carriers = node.keys.identity_hashes("carrier", list(by.carriers)).tolist() if own else None
        return [name for name, text in texts.items() if names_filed_person(text, node, carriers)]

    named = await front.read(named_in)
    if named:
        reason = catalogue("aforo.api").template("names_person")
        problems = [Problem(0, name, "names_person", reason) for name in named]
        raise ProblemError("text_names_person", 422, problems=problems)
