"""What goes out: every filing gets an answer, in its sender's format, with its legal ground, never a score or a rule.

`answer` makes answers out of what intake found (`of_message`) and of what a selection says in public (`of_selection`);
`grounds` is the document of legal grounds of a country; `render` writes an answer as JSON, as a page, text or X12.
`webhook` and `mail` carry answers out, `delivery` is how often they try (`reach` is where they may connect).

The seam, for whoever calls the room:

- `received(...)` at once where a filing waits; `of_message(reference, told, filings, actions, at, law)` when it was
  read; `of_filing(...)` of one of its declarations; `of_selection(selection, reference, at, law, place=…)` when it was
  decided; `held(...)` when an officer keeps it. Of a selection the room reads the declaration and the examination.
- When to tell of a selection is the caller's: before the truck stands at the booth it tells a smuggler to turn
  around, so CBP's 350 is set off by the arrival. Until then the answer is that of intake.
- A reference names the declarations of the one filer who is answered, never all of a crossing.
- `answer_in(format, answer, control=…)` gives the bytes for the way in that the filing took; the caller counts
  control numbers for each partner, and stores deliveries: the room keeps no state.
"""

from aforo.answers.answer import (
    Answer,
    Direction,
    Mend,
    Reference,
    Standing,
    held,
    of_filing,
    of_message,
    of_selection,
    public_reason,
    received,
)
from aforo.answers.grounds import Ground, Grounds, GroundsError, shipped
from aforo.answers.render import Rendered, answer_in
from aforo.domain.envelope import X12Reference

__all__ = [
    "Answer",
    "Direction",
    "Ground",
    "Grounds",
    "GroundsError",
    "Mend",
    "Reference",
    "Rendered",
    "Standing",
    "X12Reference",
    "answer_in",
    "held",
    "of_filing",
    "of_message",
    "of_selection",
    "public_reason",
    "received",
    "shipped",
]
