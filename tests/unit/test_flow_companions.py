"""Who came with whom: of many companions those are kept that came most often."""

from __future__ import annotations

from aforo.flow.companions import MOST_COMPANIONS, Companions


def test_a_frequent_companion_is_not_crowded_out_by_those_who_come_once() -> None:
    known, carrier, broker = Companions(), (0, 1), (1, 7)
    for crossing in range(12):
        drivers = [(2, 1_000 * crossing + n) for n in range(MOST_COMPANIONS // 2)]
        known.came(f"C-{crossing}", [], [carrier, *drivers], crossing)
        if crossing % 3 == 0:  # twice as many others come in between as there is room for
            known.came(f"C-{crossing}", [], [carrier, broker], crossing)
            known.came(f"D-{crossing}", [], [carrier, broker], crossing)
    together = known.parties[carrier].companions
    assert together[broker].count == 8
    assert len(together) <= MOST_COMPANIONS
    assert (2, 11_000 + MOST_COMPANIONS // 2 - 1) in together  # who came last is there too
