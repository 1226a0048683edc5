"""What a history tells the selection before the first truck: traffic by stratum, and where a rate would have cut.

Kept as `briefing.json` beside the model: the control plan and the first price are made from it, for any rate.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from aforo.domain.units import PPB, Int64Array, any_of_ppb, probability_ppb
from aforo.measures.control import ControlPlan, PlanParameters, Stratum, make_plan, strata_of
from aforo.risk.artefacts import RiskArtefacts
from aforo.risk.assess import Assessment, assess
from aforo.routing.policy import Policy
from aforo.routing.rate import RatePrice, rate_price, start_price

FILE = "briefing.json"
_QUANTILES = 1_000
_DAYS_A_YEAR = 365.25


class Briefing(msgspec.Struct, frozen=True):
    """`strata`: crossings a year by port, lane and programme. `interest`: quantiles, evenly spaced from 0 to 1, of the
    probability of any threat with what exploring is worth, in ppb, under the model that this lies beside."""

    strata: tuple[Stratum, ...] = ()
    interest: tuple[int, ...] = ()

    def plan(self, rate: float, policy: Policy) -> ControlPlan:
        """The control plan of a rate."""
        parameters = PlanParameters(rate, policy.control.floor_share.share)
        if not self.strata:
            return ControlPlan(parameters, (), (), round(PPB * parameters.even_chance))
        return make_plan(self.strata, parameters)

    def price(self, rate: float, policy: Policy) -> RatePrice:
        """The price that a rate starts from: the lottery takes its share first."""
        harm = int(policy.harm_minutes().max())
        by_value = rate * (1.0 - policy.control.floor_share.share)
        return rate_price(start_price([each * harm for each in self.interest], by_value), rate, policy.price.step.share)


def brief(strata: Sequence[Stratum], assessment: Assessment) -> Briefing:
    """The briefing of a history: its strata, and an assessment of (a sample of) its filings by the model."""
    interest: Int64Array = any_of_ppb(probability_ppb(assessment.log_odds))
    interest = interest + np.rint(assessment.exploration * PPB).astype(np.int64)
    places = np.round(np.linspace(0, max(len(interest) - 1, 0), _QUANTILES + 1)).astype(np.int64)
    quantiles = np.sort(interest)[places] if len(interest) else np.zeros(0, np.int64)
    return Briefing(tuple(strata), tuple(quantiles.tolist()))


def strata_of_history(table: pl.DataFrame) -> tuple[Stratum, ...]:
    """The traffic of a history by stratum, a crossing once. Of `table` the port, lane, programme, time of filing and
    identifiers are read."""
    once = table.select(
        "port", "lane", "trade_programme", crossing=pl.coalesce("crossing_id", "amends", "declaration_id")
    ).unique("crossing", keep="first", maintain_order=True)
    filed = table["filed_at"].cast(pl.Int64).to_numpy()
    years = max(float(filed.max() - filed.min()) / 86_400e6, 1.0) / _DAYS_A_YEAR
    return tuple(strata_of(once["port"], once["lane"], once["trade_programme"], years))


def brief_history(strata: Sequence[Stratum], features: npt.NDArray[np.float32], risk: RiskArtefacts) -> Briefing:
    """The briefing of a learnt history: its strata, and what the model says of the features of its latest rows."""
    return brief(strata, assess(features, risk))


def parse(document: bytes) -> Briefing:
    """Raises msgspec.DecodeError, msgspec.ValidationError."""
    return msgspec.json.decode(document, type=Briefing)
