"""The strongest evidence of a row in words, for the officer's reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aforo.domain.text import Text, catalogue
from aforo.domain.units import MICRO
from aforo.flow.evidence import Term
from aforo.risk.naming import named

#: How many terms an officer is told in the reason; all of them stand in the evidence.
STRONGEST = 3


def why(terms: Sequence[Term], rules: Mapping[str, Text], contradictions: Sequence[Text] = ()) -> Text:
    """The terms that raise the risk most, over all threats, named and signed; `rules` is what rules say to officers.

    What contradicts what follows, whatever it weighs.
    """
    strongest = _strongest(terms, rules)
    if not contradictions:
        return strongest
    told = catalogue("aforo.flow").template("why_contradictions")
    return Text(
        f"{strongest.en} {told.en.format(said='; '.join(each.en for each in contradictions))}",
        f"{strongest.es} {told.es.format(said='; '.join(each.es for each in contradictions))}",
    )


def _strongest(terms: Sequence[Term], rules: Mapping[str, Text]) -> Text:
    most: dict[tuple[str, str], int] = {}
    for source, code, _, micro in terms:
        if code != "other":
            most[source, code] = max(most.get((source, code), micro), micro)
    raising = sorted((pair for pair in most.items() if pair[1] > 0), key=lambda pair: -pair[1])[:STRONGEST]
    if not raising:
        return catalogue("aforo.flow").say("why_none")
    said = [(_name(source, code, rules), f"{micro / MICRO:+.2f}") for (source, code), micro in raising]
    sentence = catalogue("aforo.flow").template("why")
    return Text(
        sentence.en.format(terms="; ".join(f"{text.en} {amount}" for text, amount in said)),
        sentence.es.format(terms="; ".join(f"{text.es} {amount}" for text, amount in said)),
    )


def _name(source: str, code: str, rules: Mapping[str, Text]) -> Text:
    """What a term is called; a rule by its code and its own sentence."""
    name = named(source, code)
    said = rules.get(code) if source == "rule" else None
    if said is None:
        return name
    return Text(f"{name.en} ({said.en.removesuffix('.')})", f"{name.es} ({said.es.removesuffix('.')})")
