"""What is found in a case: each fact with when, how it is graded, and what it rests on."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from aforo.custody.case import NEVER
from aforo.domain.reading import Grade

#: The states of a seal, in their order of precedence: the first that holds is the seal's. Outside of a sealing it is
#: unsealed; a breach outweighs doubt about the record, and that what the record would say.
State = Literal["unsealed", "broken", "suspect", "open", "silent", "intact"]
STATES: tuple[State, ...] = get_args(State)

#: What a fact says. Of a breach: `opened` outside of where it may be, `tampered`, `removed`, `swapped` (a gate read
#: another seal). Of doubt: `cloned` (two blocks of one place in a device's chain), `forked` (a block that does not
#: follow the one before it), `rolled_back` (an earlier start speaks of later times), `conflicting` (two unsigned
#: readings of one instant and index), `clock_ahead`, `clock_back`, `teleported`. Of an opening where it may be:
#: `opened_at_place`. Of silence: `silent`, `jammed`, and `missing` (a block that the next one names never came). That
#: makes no state: `late` (what was missing for a while came after all), `dead_zone` (nobody is heard there), `seen`
#: (the seal's own number was read on it), `jam_alarm` (the device said itself that it was jammed).
FactCode = Literal[
    "opened",
    "tampered",
    "removed",
    "swapped",
    "cloned",
    "forked",
    "rolled_back",
    "conflicting",
    "clock_ahead",
    "clock_back",
    "teleported",
    "opened_at_place",
    "silent",
    "jammed",
    "missing",
    "late",
    "dead_zone",
    "seen",
    "jam_alarm",
]
FACT_CODES: tuple[FactCode, ...] = get_args(FactCode)
#: What each fact makes of the seal.
STATE_OF: dict[FactCode, State] = {
    "opened": "broken",
    "tampered": "broken",
    "removed": "broken",
    "swapped": "broken",
    "cloned": "suspect",
    "forked": "suspect",
    "rolled_back": "suspect",
    "conflicting": "suspect",
    "clock_ahead": "suspect",
    "clock_back": "suspect",
    "teleported": "suspect",
    "opened_at_place": "open",
    "silent": "silent",
    "jammed": "silent",
    "missing": "silent",
}
#: What is to be told of a seal beside the facts that make its states, and those of what is missing.
NOTED: tuple[FactCode, ...] = ("seen", "jam_alarm")
#: How a silence stands: it goes on; what was missing came late; it was heard again and what is missing never came.
Gap = Literal["open", "late_filled", "permanent"]


class Fact(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One thing found of a device. Instants are microseconds since 1970 UTC.

    It holds from `since` until before `until` (NEVER: as long as the seal stands). What it tells of happened after
    `earliest` and at `latest` at the latest. `rests_on` are the hashes (hex) of the blocks that show it, of the weakest
    `grade`; none where it is that nothing came. `place` names where: a place of the trip where it was opened at one,
    and where its number was read as its reader calls it.
    """

    since: int
    code: FactCode
    device: str
    earliest: int
    latest: int
    until: int = NEVER
    grade: Grade = "unsigned"
    rests_on: tuple[str, ...] = ()
    place: str = ""
    gap: Gap | None = None

    @property
    def in_time(self) -> tuple[object, ...]:
        """What facts are put in order by: time first, and then all else that they say."""
        gap = "" if self.gap is None else self.gap
        return (self.since, self.code, self.device, self.earliest, self.latest, self.until, self.grade,
                self.rests_on, self.place, gap)  # fmt: skip
