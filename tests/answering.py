"""The answer to a declaration table, for tests of what is made of one."""

from __future__ import annotations

from datetime import datetime

from aforo.answers import Answer, Grounds, Reference, Standing, of_message, public_reason
from aforo.intake.together import opened_table, read_together


def answered(reference: Reference, text: str, at: datetime, law: Grounds) -> Answer:
    """What the sender of a table is told, when all of its good rows are taken."""
    read = read_together([opened_table(text.encode(), at)])
    rows = read.table.select("declaration_id", "crossing_id", "action").rows()
    filings = [Standing(own, crossing or own, "accepted", public_reason("accepted", law)) for own, crossing, _ in rows]
    return of_message(reference, read.told[0], filings, {action for _, _, action in rows}, at, law)
