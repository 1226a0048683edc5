"""Custody under seal: what is proven, what is only claimed and what is missing, at every instant.

Read `case` first: all that a verdict on one trip rests on. `spans` makes of it the states of a seal over time, and
`verdict` the one at an instant, as known by another: pure functions of the set of readings, so that the order in which
they came changes nothing. What speaks for itself is found in modules of its own: `chain` (blocks that contradict each
other), `clocks`, `openings`, `silence`, `movement`.

Where a truck may go is data (`corridor`, `fences`; `limits` says from when on that matters). `causes` finds what is
cause to act on one trip, `convoy` on several that go together; `coverage` what all devices say of a road; `groups`
makes of causes what people are asked about. docs/reference/roads.md has the documents and the rules.

docs/reference/custody-verdict.md says the rules of states in prose, exactly enough for a second program to come to the
same ones (docs/adr/0022).
"""
