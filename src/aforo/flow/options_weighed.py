"""Why this examination and not another: every option of a decision by price, with what it prevents and what it costs.

Each is weighed anew by itself, from the numbers that the decision recorded and by the function that chose, so that what
is told of an option is what the choice saw of it.
"""

from __future__ import annotations

import msgspec

from aforo.domain.decision import EXAMINATIONS, Examination
from aforo.domain.event import Decided
from aforo.domain.text import Text, catalogue
from aforo.flow.priced import MOST_NANOMINUTES, again, draw_of
from aforo.flow.prices import Prices
from aforo.routing.rate import NANOMINUTES

_CATALOGUE = catalogue("aforo.flow")
#: A hold is nothing that a price chooses: it is for lives, or ordered.
_BY_PRICE: tuple[Examination, ...] = tuple(each for each in EXAMINATIONS if each != "hold")


class WeighedOption(msgspec.Struct, frozen=True):
    """One option: `prevented` and `price` in truck-minutes, null where it could not be had or nobody says; `gain` is
    what is left of the first after the second. `chosen` is what the price chose, `ordered` what was decided: another
    where the law, the lot or an earlier order decides before the price."""

    option: Examination
    name: Text
    prevented: float | None
    price: float | None
    gain: float | None
    chosen: bool
    ordered: bool
    why: Text


def weighed_options(crossing: str, decided: Decided, prices: Prices | None) -> list[WeighedOption]:
    """The options of a decision, in the order of their strictness; none where no price of a bridge was asked, or its
    book is not in the artefact set."""
    routed, stage = decided.routing, decided.stage or "filed"
    if routed is None or prices is None or (book := prices.named(routed.book)) is None:
        return []
    draw = draw_of(decided.lot)

    def weigh(allowed: int) -> tuple[Examination, float, float | None]:
        numbers = msgspec.structs.replace(routed, allowed=allowed)
        made = again(crossing, stage, decided.bridge, numbers, draw, book, b"")
        had = made.option != "hold" and made.price < MOST_NANOMINUTES
        return made.option, made.value / NANOMINUTES, made.price / NANOMINUTES if had else None

    chosen, _, _ = weigh(routed.allowed)
    told = []
    for place, option in enumerate(_BY_PRICE):
        if not routed.allowed & (1 << place):
            told.append(_told(option, decided, chosen, None, None, "nowhere"))
        elif option == "release":
            told.append(_told(option, decided, chosen, 0.0, 0.0, "released"))
        else:
            _, prevented, price = weigh(1 << place)
            known = None if routed.prevented[place] is None else prevented
            told.append(_told(option, decided, chosen, known, price, ""))
    return told


def _told(
    option: Examination, decided: Decided, chosen: Examination, prevented: float | None, price: float | None, code: str
) -> WeighedOption:
    gain = None if prevented is None or price is None else prevented - price
    if not code:
        code = "unavailable" if price is None else "unknown" if gain is None else "less" if gain > 0 else "dearer"
    if option == chosen:
        code = "chosen" if option != "release" else "nothing_worth"
    elif option == "release" and code == "released":
        code = "worth_more"
    if option == decided.examination and option != chosen:
        code = f"by_{decided.basis or 'order'}" if not decided.kept else "by_order"
    why = _CATALOGUE.say(f"weighed_{code}", chosen=_CATALOGUE.template(f"option_{chosen}"))
    name = _CATALOGUE.template(f"option_{option}")
    return WeighedOption(option, name, prevented, price, gain, option == chosen, option == decided.examination, why)
