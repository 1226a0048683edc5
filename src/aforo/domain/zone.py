"""How far the clocks of a zone are ahead of UTC, for few instants: looked up, since asking columns for one costs more.

Clocks are changed at whole quarters of an hour of UTC, so what holds at an instant holds for its quarter. The offsets
are those of the columns' own tables, so that few instants and many are read alike.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

_QUARTER_US = 900_000_000
#: Quarters kept before all are forgotten: a node asks for those around its own clock, a hostile filing for any.
_KEPT = 1 << 16

_known: dict[tuple[str, int], int] = {}


def offsets_us(zone: str, instants_us: Sequence[int]) -> list[int]:
    """What is to be added to instants (microseconds since 1970, UTC) to have the local clock of an IANA zone."""
    quarters = [at // _QUARTER_US for at in instants_us]
    fresh = sorted({quarter for quarter in quarters if (zone, quarter) not in _known})
    if fresh:
        if len(_known) + len(fresh) > _KEPT:
            _known.clear()
            fresh = sorted(set(quarters))
        at = pl.Series([quarter * _QUARTER_US for quarter in fresh], dtype=pl.Int64).cast(pl.Datetime("us", "UTC"))
        local = at.dt.convert_time_zone(zone).dt.replace_time_zone(None)
        shifts = (local.to_physical() - at.to_physical()).to_list()
        _known.update({(zone, quarter): shift for quarter, shift in zip(fresh, shifts, strict=True)})
    return [_known[zone, quarter] for quarter in quarters]
