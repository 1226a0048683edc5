"""The net value of a design: what the truck-hours that it saves in a year are worth, less what it costs more a year."""

from __future__ import annotations

import msgspec

from aforo.measures.economics import Range, worth_of
from aforo.measures.intervals import Interval


class NetValue(msgspec.Struct, frozen=True):
    """US$ a year from `low` to `high`: the ends of the value of truck-hours less the limits of the cost."""

    low: float
    high: float


def net_value(value: Range | None, cost: Interval) -> NetValue | None:
    """The net value of truck-hours worth `value` at a `cost` more a year; None where they are worth nothing certain."""
    return None if value is None else NetValue(value.low - cost.high, value.high - cost.low)


def is_net_loss(saved: Interval, cost: Interval) -> bool:
    """Whether the truck-hours that a design takes a year are worth more than it saves in cost, by every estimate.

    `saved` may be an upper bound: trucks that never come through take at least the hours that are counted.
    """
    net = net_value(worth_of(saved), cost)
    return net is not None and net.high < 0.0
