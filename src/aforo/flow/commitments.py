"""Commitments to the lottery: to the key of a day, before a lot of it is drawn and before the key is handed out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from aforo.domain.credential import use_credential
from aforo.domain.event import LotteryCommitted
from aforo.flow.node import Node
from aforo.flow.recording import EventMaker
from aforo.risk import lottery


def commit_to(days: Iterable[date], node: Node, at: datetime) -> None:
    """Record commitments to the keys of those of these days that have none; durable when this returns. Raises
    ConcurrencyError."""
    new = sorted(set(days) - node.committed_days)
    if not new:
        return
    make = EventMaker(node, len(new), at)
    master = node.keys.secret("lottery")
    for day in new:
        committed = LotteryCommitted(day, lottery.commitment(lottery.day_key(master, day)))
        with use_credential(None):  # the node's own doing, whoever comes first on that day
            make.add(committed, f"artefact/lottery/{day}", 1, key=f"lottery:{day}")
    node.log.append(make.events)
    node.committed_days.update(new)
