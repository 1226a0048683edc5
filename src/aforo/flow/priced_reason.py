"""What an officer is told of a choice by price: what an examination prevents, and what its minutes cost the others."""

from __future__ import annotations

from typing import Literal

from aforo.domain.decision import Basis, Examination
from aforo.domain.text import Text, catalogue
from aforo.flow.priced import MOST_NANOMINUTES, Choice
from aforo.routing.rate import NANOMINUTES

_CATALOGUE = catalogue("aforo.flow")
#: Decimals of truck-minutes in a sentence, and how many there are at most: values are whole nanominutes.
_DECIMALS, _MOST_DECIMALS = 1, 9


def distinct_minutes(value: int, price: int) -> tuple[str, str]:
    """Two amounts of truck-nanominutes as truck-minutes, with as many decimals as it takes to tell them apart."""
    for decimals in range(_DECIMALS, _MOST_DECIMALS + 1):
        texts = f"{value / NANOMINUTES:.{decimals}f}", f"{price / NANOMINUTES:.{decimals}f}"
        if texts[0] != texts[1]:
            return texts
    return f"{value / NANOMINUTES:.{_DECIMALS}f}", f"{price / NANOMINUTES:.{_DECIMALS}f}"


def priced_reason(choice: Choice, examination: Examination, basis: Basis | Literal["kept"] | None) -> Text:
    """The sentence of a decision by price, with why its worth was raised, if it was, and with what was not as it should
    be when it was made. `basis` is `kept` where
    what was ordered before is stricter than the choice."""
    said = [_said(choice, examination, basis)]
    if choice.routed.raised > 1.0:
        count, factor = max(choice.routed.alike), f"{choice.routed.raised:.1f}"
        said.append(_CATALOGUE.say("bridge_alike", count=count, factor=factor))
    said += [_CATALOGUE.say(f"fallback_{each}") for each in choice.routed.fallback]
    return Text(" ".join(each.en for each in said), " ".join(each.es for each in said))


def _said(choice: Choice, examination: Examination, basis: Basis | Literal["kept"] | None) -> Text:
    weighed = choice.option if choice.examines else choice.nearest
    if choice.price >= MOST_NANOMINUTES or weighed is None:
        form = "bridge_nothing"
    elif basis == "kept":
        form = "bridge_kept"
    else:
        form = "bridge_chosen" if choice.examines else "bridge_released"
    option, sentence = _CATALOGUE.template(f"option_{examination}"), _CATALOGUE.template(form)
    one = _CATALOGUE.template(f"one_{weighed}") if weighed is not None else option
    value, price = distinct_minutes(choice.value, choice.price)
    return Text(
        sentence.en.format(option=option.en, one=one.en, value=value, price=price),
        sentence.es.format(option=option.es, one=one.es, value=value, price=price),
    )
