"""List screening: whom a party resembles on the lists of denied and sanctioned parties, and what persons said of it.

`spelling` reads a name as words, by Spanish and other customs (`words.toml`). `likeness` says how alike two names are,
as parts that add up. `index` finds, out of all listed names, those that could be alike enough; `screener` puts the two
together and makes hits, each with its entry, its parts and its reason. `dispositions` follows what was confirmed and
dismissed. All of it are pure functions on values; the lists come in through `intake.lists`.
"""

from aforo.risk.screening.dispositions import Dispositions
from aforo.risk.screening.screener import HIT, Hit, Party, Screener

__all__ = ["HIT", "Dispositions", "Hit", "Party", "Screener"]
