"""The features of a declaration: what each number means, which evidence it belongs to, and how it may act.

A features row is all that risk is computed from. It is made before the examination, from the filing and from what the
memory held at that moment, and it is logged with the decision, so that an assessment can be repeated to the bit. NaN
means that the filing does not say, or that there is nothing to compare with.

The unit is the crossing. What a crossing has in common (carrier, driver, tractor, seal) is counted once, however many
declarations it has; importers, exporters, brokers and goods are counted once a declaration, and an amendment is no new
declaration. A row that is not counted again sees what came before its crossing, so that filing again what was filed
changes nothing.

The names are `<subject>.<what>`. A *shift* is the log-odds by which a Beta posterior differs from its prior, both with
recency decay: `logit((hits + a·p) / (examined + a)) − logit(p)`, p being the rate of all that was examined lately.
"""

from __future__ import annotations

from aforo.domain.declaration import ENTITY_KINDS
from aforo.domain.threat import THREATS

#: The kinds that are remembered as parties; a seal is followed apart.
ENTITIES: tuple[str, ...] = ENTITY_KINDS[:6]

#: What is remembered of a party, in this order.
ENTITY_FEATURES: tuple[str, ...] = (
    "count",  # log(1 + times counted before: crossings of a carrier, driver or tractor, declarations of others)
    "age",  # log(1 + days since the first filing)
    "burst",  # log of the rate of the last days over that of the last months
    "shift",  # posterior over months
    "shift_fast",  # posterior over weeks
    "examined",  # log(1 + examinations, decayed)
    "since_hit",  # log(1 + days since the last finding); NaN if none
    "glow",  # the highest shift among those it was seen with, halved with each step away
    "hour",  # distance of the local hour from its usual one, in units of its spread
)

#: The parts of a key, in this order in the kernels.
PARTS: tuple[str, ...] = (
    *ENTITY_KINDS,
    "hs6",
    "hs4",
    "hs2",
    "origin",
    "departure",
    "port",
    "bridge",
    "hour",
    "daypart",
    "weekday",
    "lane",
    "programme",
    "seal_series",
    "content",  # the same goods, way, duty, mass and value to the last digit: a load filed again
    "crossing",  # the truck's passage that the declaration belongs to
)

#: Combinations with an identity whose filings and findings are remembered: count (the first time is 0) and shift.
COUNTED: dict[str, tuple[str, ...]] = {
    "importer_broker": ("importer", "broker"),
    "importer_exporter": ("importer", "exporter"),
    "importer_origin": ("importer", "origin"),
    "importer_hs4": ("importer", "hs4"),
    "importer_carrier": ("importer", "carrier"),
    "importer_bridge": ("importer", "bridge"),
    "exporter_hs4": ("exporter", "hs4"),
    "exporter_carrier": ("exporter", "carrier"),
    "carrier_driver": ("carrier", "driver"),
    "carrier_tractor": ("carrier", "tractor"),
    "carrier_bridge": ("carrier", "bridge"),
    "driver_tractor": ("driver", "tractor"),
    "broker_hs4": ("broker", "hs4"),
    "content": ("content",),
}

#: Combinations of which the shift alone is a feature.
SHIFTED: dict[str, tuple[str, ...]] = {
    "exporter_origin": ("exporter", "origin"),
    "broker_origin": ("broker", "origin"),
    "carrier_daypart": ("carrier", "daypart"),
    "broker_daypart": ("broker", "daypart"),
    "port_daypart": ("port", "daypart"),
    "hs4_origin": ("hs4", "origin"),
    "hs6_origin": ("hs6", "origin"),
    "hs2_daypart": ("hs2", "daypart"),
    "origin_departure": ("origin", "departure"),
    "port_hs2": ("port", "hs2"),
    "lane_programme": ("lane", "programme"),
    "hs6": ("hs6",),
    "hs2": ("hs2",),
    "origin": ("origin",),
    "port": ("port",),
    "hour": ("hour",),
}
PAIRS: dict[str, tuple[str, ...]] = COUNTED | SHIFTED

#: Groups of goods whose running location and scale are kept.
GOODS: dict[str, tuple[str, ...]] = {
    "hs6_origin": ("hs6", "origin"),
    "hs6": ("hs6",),
    "hs4": ("hs4",),
    "hs2": ("hs2",),
    "importer_hs6": ("importer", "hs6"),
    "exporter_hs6": ("exporter", "hs6"),
    "importer": ("importer",),
}

#: Quantities whose logarithms are compared within a group of goods.
QUANTITIES: tuple[str, ...] = ("unit_price", "mass_per_package", "gross_mass_kg", "value_usd", "duty_rate")

#: (group, quantity) whose deviation is a feature.
DEVIATIONS: tuple[tuple[str, str], ...] = (
    ("hs6_origin", "unit_price"),
    ("hs6", "unit_price"),
    ("hs4", "unit_price"),
    ("hs2", "unit_price"),
    ("importer_hs6", "unit_price"),
    ("exporter_hs6", "unit_price"),
    ("hs6", "mass_per_package"),
    ("hs2", "mass_per_package"),
    ("importer_hs6", "mass_per_package"),
    ("hs6", "gross_mass_kg"),
    ("importer", "gross_mass_kg"),
    ("importer", "value_usd"),
    ("hs6", "duty_rate"),
    ("hs4", "duty_rate"),
    ("importer", "duty_rate"),
)

#: What the filing itself says and what is seen of its seal.
FILING_FEATURES: tuple[str, ...] = (
    "unit_price.backed_off",  # deviation from the narrowest group with enough filings
    "mass_per_package.backed_off",
    "filing.value",  # log US dollars
    "filing.mass",  # log kg
    "filing.unit_price",  # log US dollars a kg
    "filing.mass_per_package",
    "filing.packages",
    "filing.duty_rate",
    "filing.duty",  # log(1 + value × duty rate)
    "filing.hour",  # by the port's clock, with its fraction
    "filing.weekday",  # by the port's clock, Monday 0
    "filing.chapter",  # the first two digits of the HS code as a number: chapters that lie together are alike
    "filing.heading",  # the next two
    "filing.subheading",  # and the last two
    "filing.origin",  # the letters as a number, so that a tree can single a country out
    "filing.departure",
    "filing.district",  # the port's code without its last two digits
    "filing.port",  # the port's last two digits
    "filing.lane",  # standard 0, fast 1, empty 2
    "filing.programme",  # none 0, then CTPAT tiers 1 to 3, OEA 4
    "filing.declared_empty",
    "filing.origin_is_departure",
    "filing.round_value",  # trailing zeros of the value in dollars
    "filing.round_mass",  # trailing zeros of the mass in kg
    "origin.share",  # log share of this origin among the HS6's filings
    "seal.absent",
    "seal.reuse",  # log(1 + crossings under this seal before)
    "seal.moved",  # 1 if the seal was last seen on another tractor; NaN where either is not named
    "seal.since",  # log(1 + days since the seal was last seen)
    "seal.gap",  # log distance from the last number of the series, in units of its usual step
    "seal.new_series",  # 1 if the carrier never used the series before
    "seal.shift",  # posterior of the carrier's seals of that series
    "tractor.same_day",  # crossings of the tractor in the last 24 hours, decayed
    "tractor.elsewhere",  # 1 / (1 + hours since it was last seen), if that was at another bridge; else 0
    "driver.elsewhere",
    "links.best",  # the highest shift or glow over all parties
    "links.new_parties",  # number of parties and of importer pairs seen for the first time
    "all.shift_sum",  # sum of the parties' shifts
    "content.examined",  # log(1 + examinations of the very same load, decayed)
)

#: The pooled memory of findings of one threat over all parties of the crossing.
THREAT_FEATURES: tuple[str, ...] = tuple(f"history.{threat}" for threat in THREATS)

FEATURES: tuple[str, ...] = (
    *(f"{entity}.{what}" for entity in ENTITIES for what in ENTITY_FEATURES),
    *(f"{pair}.count" for pair in COUNTED),
    *(f"{pair}.shift" for pair in PAIRS),
    *(f"{quantity}.{group}" for group, quantity in DEVIATIONS),
    *FILING_FEATURES,
    *THREAT_FEATURES,
)
INDEX: dict[str, int] = {name: i for i, name in enumerate(FEATURES)}


def of_load(name: str) -> bool:
    """Whether a feature tells of the load, its way and its hour, and of no party."""
    subject = name.split(".")[0]
    return not set(subject.split("_")) & {*ENTITIES, "links", "all", "history"}


def is_posterior(name: str) -> bool:
    """Whether a feature is a memory of findings, which may only raise the risk as it grows."""
    return name.endswith((".shift", ".shift_fast", ".glow")) or name.startswith(("links.best", "all.", "history."))
