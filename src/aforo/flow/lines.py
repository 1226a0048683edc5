"""The lines of a selection, made in columns: a line for each declaration, repeating its crossing's decision.

The text of a line is put together column by column, since a corridor has more lines than Python has time for; what was
examined, and so is explained term by term, is put in its place row by row. `selection.Selection` reads a line back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

import msgspec
import numpy as np
import polars as pl

from aforo.answers import Grounds, public_reason, shipped
from aforo.domain.decision import Basis, Examination
from aforo.domain.text import Text, catalogue
from aforo.domain.threat import THREATS
from aforo.domain.units import MICRO, PPB, Int64Array, any_of_ppb, probability_ppb
from aforo.flow.evidence import Term
from aforo.flow.json_columns import column_of, json_text, number
from aforo.flow.judge import Judged
from aforo.flow.priced import Choice
from aforo.flow.priced_reason import distinct_minutes, priced_reason
from aforo.risk.evidence import SOURCES
from aforo.risk.naming import named
from aforo.routing.rate import NANOMINUTES

_CATALOGUE = catalogue("aforo.flow")
#: Decimals of truck-minutes in the common sentence of a release.
_DECIMALS = 1
#: From this probability on an officer is told why a crossing is released all the same.
_LIKELY = 0.5
#: Sources that are one term each where the evidence is not shown part by part, as they are then named.
_SUMS = {"model": ("model", "score"), "tells": ("tell", "sum"), "rules": ("rule", "sum"), "stated": ("stated", "sum")}


@dataclass(frozen=True)
class Outcomes:
    """What is said of m crossings, in columns; `row` is the judged row that speaks for each, −1 where nothing stands.

    `terms` and `why` are the evidence and the sentences of crossings whose evidence is told term by term, `mandatory`
    the grounds of those that must be examined, by crossing; `cancelled` are those of which nothing stands; `rules` and
    `public` are the sentences that rules have for officers and for filers, by code; `law` is the document of legal
    grounds; `kept` are those whose examination was ordered before and is stricter than what would have been chosen now;
    `choices` are those that were made by the price of a bridge's minutes.
    """

    crossing: Sequence[str]
    row: Int64Array
    examination: Sequence[Examination]
    basis: Sequence[Basis | None]
    lot: Int64Array
    control_ppb: Int64Array
    propensity: Int64Array
    value: Int64Array
    price: Int64Array
    mandatory: Mapping[int, tuple[str, ...]]
    decision: Sequence[str]
    terms: Mapping[int, list[Term]]
    why: Mapping[int, Text]
    cancelled: frozenset[int]
    rules: Mapping[str, Text] = field(default_factory=dict)
    public: Mapping[str, Text] = field(default_factory=dict)
    law: Grounds = field(default_factory=lambda: shipped("US"))
    kept: frozenset[int] = frozenset()
    choices: Mapping[int, Choice] = field(default_factory=dict)


def publicly(
    examination: Examination, cancelled: bool, mandatory: Iterable[str], stated: Mapping[str, Text], law: Grounds
) -> Text:
    """What the filer is told once it may be: a status and its legal grounds, the same whether chance or value chose,
    with what the authors of mandatory rules state for filers."""
    if cancelled or examination == "release":
        return public_reason("cancelled" if cancelled else "released", law)
    return public_reason("to_be_examined", law, [stated[rule] for rule in mandatory if rule in stated])


def reason(
    examination: Examination,
    basis: Basis | Literal["kept"] | None,
    value: int,
    price: int,
    control_ppb: int,
    mandatory: Sequence[str],
    why: Text | None,
    rules: Mapping[str, Text],
) -> Text:
    """What an officer reads first: what was decided, on which basis, at which price, and the strongest evidence."""
    option, sentence = _CATALOGUE.template(f"option_{examination}"), _CATALOGUE.template(basis or "released")
    grounds = [_CATALOGUE.say("people") if each == "people" else _ground(each, rules.get(each)) for each in mandatory]
    minutes = distinct_minutes(value, price)
    numbers = {"value": minutes[0], "price": minutes[1], "chance": f"{100 * control_ppb / PPB:.2f}"}
    en = sentence.en.format(option=option.en, grounds="; ".join(ground.en for ground in grounds), **numbers)
    es = sentence.es.format(option=option.es, grounds="; ".join(ground.es for ground in grounds), **numbers)
    said = joined(Text(en, es), _CATALOGUE.say("rate_used_up")) if basis is None else Text(en, es)
    return joined(said, why)


def joined(text: Text, why: Text | None) -> Text:
    """A sentence, and why."""
    return Text(f"{text.en} {why.en}", f"{text.es} {why.es}") if why else text


def _ground(rule: str, sentence: Text | None) -> Text:
    """A rule as a ground, with what it says to officers; or a fact (`source/code`), by its name."""
    if "/" in rule and "@" not in rule:
        return named(*rule.split("/", 1))
    called = _CATALOGUE.say("rule", rule=rule)
    if sentence is None:
        return called
    return Text(f"{called.en}: {sentence.en.removesuffix('.')}", f"{called.es}: {sentence.es.removesuffix('.')}")


def selection_lines(
    declaration_ids: Sequence[str], crossing: Int64Array, outcomes: Outcomes, judged: Judged, period: str | None = None
) -> list[str]:
    """One JSON text for each declaration; `crossing` int64[lines] is the place of its crossing in `outcomes`."""
    tails = _tails(outcomes, judged, period)
    ids = column_of(pl.DataFrame({"id": pl.Series(declaration_ids, dtype=pl.String)}), json_text("id")).to_list()
    return [f'{{"declaration_id":{own},{tails[place]}' for own, place in zip(ids, crossing.tolist(), strict=True)]


def _tails(outcomes: Outcomes, judged: Judged, period: str | None) -> list[str]:
    """All of a line behind its declaration's identifier, by crossing."""
    base = judged.assessment.base
    nobody = outcomes.row < 0
    row = np.where(nobody, 0, outcomes.row)
    threat_ppb, evidence = judged.threat_ppb, judged.assessment.evidence
    if not len(threat_ppb):  # every crossing was cancelled: only what is believed of any truck is left to say
        threat_ppb, evidence = (
            np.zeros((1, len(THREATS)), np.int64),
            np.zeros((1, len(SOURCES), len(THREATS)), np.int64),
        )
    threat_ppb, evidence = threat_ppb[row], evidence[row]
    threat_ppb[nobody], evidence[nobody] = probability_ppb(base), 0
    columns: dict[str, pl.Series] = {
        "crossing": pl.Series(outcomes.crossing, dtype=pl.String),
        "probability": pl.Series(any_of_ppb(threat_ppb) / PPB),
        "control": pl.Series(outcomes.lot < outcomes.control_ppb),
        "control_propensity": pl.Series(outcomes.control_ppb / PPB),
        "propensity": pl.Series(outcomes.propensity / PPB),
        "value": pl.Series(outcomes.value / NANOMINUTES),
        "price": pl.Series(outcomes.price / NANOMINUTES),
        "examination": pl.Series(outcomes.examination, dtype=pl.String),
        "basis": pl.Series([basis or "" for basis in outcomes.basis], dtype=pl.String),
        "decision": pl.Series(outcomes.decision, dtype=pl.String),
    }
    shown = _shown(outcomes)
    for k in range(len(THREATS)):
        columns[f"p{k}"] = pl.Series(threat_ppb[:, k] / PPB)
        columns[f"shown{k}"] = pl.Series(shown[k], dtype=pl.String)
        for s in range(len(SOURCES)):
            columns[f"e{k}_{s}"] = pl.Series(evidence[:, s, k] / MICRO)
    told = outcomes.cancelled | outcomes.why.keys() | outcomes.choices.keys()
    contested = _contested(columns["value"], columns["price"], columns["probability"])
    special = [place for place, basis in enumerate(outcomes.basis) if basis is not None or place in told]
    special += [place for place in contested if outcomes.basis[place] is None and place not in told]
    columns |= _sentences(outcomes, special)
    frame = pl.DataFrame(columns)
    threats = [part for k, threat in enumerate(THREATS) for part in _threat(k, threat, int(base[k]))]
    parts = [
        '"crossing_id":', json_text("crossing"),
        ',"probability":', number("probability"),
        ',"threats":{', *threats,
        '},"examination":"', pl.col("examination"),
        '","basis":', pl.when(pl.col("basis") == "").then(pl.lit("null")).otherwise(pl.format('"{}"', "basis")),
        ',"control":', number("control"),
        ',"control_propensity":', number("control_propensity"),
        ',"propensity":', number("propensity"),
        ',"value":', number("value"),
        ',"price":', number("price"),
        ',"reasons":{"en":', *_released("en"),
        ',"es":', *_released("es"),
        '},"public_reason":', pl.col("public"),
        ',"decision":', json_text("decision"),
        "}" if period is None else f',"period":{msgspec.json.encode(period).decode()}}}',
    ]  # fmt: skip
    line = pl.concat_str([pl.lit(part) if isinstance(part, str) else part for part in parts])
    return column_of(frame, line).to_list()


def _contested(value: pl.Series, price: pl.Series, probability: pl.Series) -> list[int]:
    """The places of crossings whose release needs more than its two numbers: they look the same as the common sentence
    writes them, or a violation is more likely than not."""
    same = (value.round(_DECIMALS) == price.round(_DECIMALS)) & (value != price)
    found: list[int] = (same | (probability >= _LIKELY)).arg_true().to_list()
    return found


def _sentences(outcomes: Outcomes, special: Sequence[int]) -> dict[str, pl.Series]:
    """The reasons that are not the common one of a release, and everyone's public reason, as JSON texts."""
    en: list[str | None] = [None] * len(outcomes.crossing)
    es: list[str | None] = [None] * len(outcomes.crossing)
    released = msgspec.json.encode(public_reason("released", outcomes.law)).decode()
    public = [released] * len(outcomes.crossing)
    value, price, chance = outcomes.value.tolist(), outcomes.price.tolist(), outcomes.control_ppb.tolist()
    for place in special:
        cancelled, examination = place in outcomes.cancelled, outcomes.examination[place]
        if cancelled:
            text = _CATALOGUE.say("cancelled")
        else:
            basis = "kept" if place in outcomes.kept else outcomes.basis[place]
            choice, own_why = outcomes.choices.get(place), outcomes.why.get(place)
            if choice is not None and basis in (None, "priced", "kept"):
                text = joined(priced_reason(choice, examination, basis), own_why)
            else:
                text = reason(
                    examination, basis, value[place], price[place], chance[place],
                    outcomes.mandatory.get(place, ()), own_why, outcomes.rules,
                )  # fmt: skip
        en[place], es[place] = (msgspec.json.encode(sentence).decode() for sentence in (text.en, text.es))
        told = publicly(examination, cancelled, outcomes.mandatory.get(place, ()), outcomes.public, outcomes.law)
        public[place] = msgspec.json.encode(told).decode()
    return {
        "reason_en": pl.Series(en, dtype=pl.String),
        "reason_es": pl.Series(es, dtype=pl.String),
        "public": pl.Series(public, dtype=pl.String),
    }


def _released(language: str) -> list[pl.Expr]:
    """The reason in one language: the one written for the row, else the sentence of a release with its numbers."""
    template = getattr(_CATALOGUE.template("released"), language)
    before, _, rest = template.partition("{value}")
    between, _, after = rest.partition("{price}")
    sentence = pl.concat_str(
        [
            pl.lit(f'"{before}'),
            pl.col("value").round(_DECIMALS).cast(pl.String),
            pl.lit(between),
            pl.col("price").round(_DECIMALS).cast(pl.String),
            pl.lit(f'{after}"'),
        ]
    )
    return [pl.coalesce(pl.col(f"reason_{language}"), sentence)]


def _shown(outcomes: Outcomes) -> list[list[str | None]]:
    """By threat, the evidence of each crossing where it is shown term by term, as the inside of a JSON list."""
    shown: list[list[str | None]] = [[None] * len(outcomes.crossing) for _ in THREATS]
    for place, terms in outcomes.terms.items():
        texts: list[list[str]] = [[] for _ in THREATS]
        for source, code, k, micro in terms:
            texts[k].append(f'{{"source":"{source}","code":{_json_code(code)},"log_odds":{micro / MICRO!r}}}')
        for column, own in zip(shown, texts, strict=True):
            column[place] = ",".join(own)
    return shown


@lru_cache(maxsize=4096)
def _json_code(code: str) -> str:
    return msgspec.json.encode(code).decode()


def _threat(k: int, threat: str, base: int) -> list[str | pl.Expr]:
    terms = []
    for s, source in enumerate(SOURCES):
        group, code = _SUMS.get(source, ("memory", source))
        column = pl.col(f"e{k}_{s}")
        text = pl.concat_str(
            [pl.lit(f',{{"source":"{group}","code":"{code}","log_odds":'), column.cast(pl.String), pl.lit("}")]
        )
        terms.append(pl.when(column != 0).then(text))
    generic = pl.concat_str(terms, ignore_nulls=True).str.slice(1)
    return [
        f'{"," if k else ""}"{threat}":{{"probability":',
        number(f"p{k}"),
        f',"base":{base / MICRO!r},"evidence":[',
        pl.coalesce(pl.col(f"shown{k}"), generic),
        "]}",
    ]
