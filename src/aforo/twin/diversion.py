"""Where trucks go when a bridge loses capacity: a logit over alternatives, with one that crosses nothing.

Of the trucks that a bridge turns away, alternative k takes

    p_k = e^{u_k} / (1 + Σ e^{u_j}),   u_k = a + s·ln(lanes_k) − b·(added hours_k) + l·ln(1 + days/7) + shock

and 1/(1 + Σ e^{u_j}) is lost or deferred: monthly counts cannot tell these two apart. *Added hours* are those of the
road to the alternative and of its wait over the wait at home; *days* is the age of the shock, since carriers learn,
brokers file anew and the other bridge lengthens its hours. `shock` is what one shock has that the others had not,
normal with deviation `between`: without it the interval would say that all shocks are alike.

The five parameters were fitted by `diversion_fit` to the months of `shocks.toml`, each alternative's gain against the
loss that it came from. What ships (`FITTED`) leaves out El Paso in 2023, on which it is tested. All are posterior means
with the posterior's covariance; the priors stand in `diversion_fit`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

Float64Array = npt.NDArray[np.float64]

#: The parameters in the order of every vector; `log_between` is the logarithm of the deviation between shocks.
PARAMETERS: Final = ("constant", "lanes", "hour", "learning", "log_between")
#: The days after which carriers have learnt half an order of magnitude's worth: the scale of the logarithm.
_WEEK: Final = 7.0


class Alternative(msgspec.Struct, frozen=True):
    """Another bridge: its name, its lanes for trucks, and the minutes that going there adds, road and wait together."""

    name: str
    lanes: int
    added_minutes: float


class Fit(msgspec.Struct, frozen=True):
    """Parameters with their uncertainty: means and covariance, by `PARAMETERS`, and what they were fitted on."""

    means: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    shocks: tuple[str, ...]

    def draws(self, number: int, seed: int) -> Float64Array:
        """Parameters drawn from their uncertainty, `(number, 5)`; the same seed gives the same draws."""
        generator = np.random.Generator(np.random.PCG64(seed))
        return generator.multivariate_normal(self.means, np.array(self.covariance), size=number, method="cholesky")


def utilities(parameters: Float64Array, alternatives: Sequence[Alternative], days: float) -> Float64Array:
    """The utilities `(draws, alternatives)` of parameters `(draws, 5)`, without what the shock itself has."""
    lanes = np.log([float(each.lanes) for each in alternatives])
    hours = np.array([each.added_minutes for each in alternatives]) / 60.0
    learnt = float(np.log1p(days / _WEEK))
    constant, by_lane, by_hour, learning = (parameters[:, at, None] for at in range(4))
    result: Float64Array = constant + by_lane * lanes - by_hour * hours + learning * learnt
    return result


def shares(utility: Float64Array) -> Float64Array:
    """The shares that each alternative takes, over the last axis; what is missing to 1 crosses nowhere else."""
    raised = np.exp(np.minimum(utility, 50.0))
    result: Float64Array = raised / (1.0 + raised.sum(axis=-1, keepdims=True))
    return result


def drawn_shares(
    fit: Fit, alternatives: Sequence[Alternative], days: Sequence[float], number: int, seed: int
) -> Float64Array:
    """Shares in a shock that nobody has seen yet, `(number, len(days), alternatives)`: parameters and shock are drawn.

    Days of one draw are of one shock, so they share what it has of its own.
    """
    parameters = fit.draws(number, seed)
    generator = np.random.Generator(np.random.PCG64((seed, 1)))
    own = np.exp(parameters[:, 4]) * generator.standard_normal(number)
    return np.stack([shares(utilities(parameters, alternatives, day) + own[:, None]) for day in days], axis=1)


#: Fitted on eight shocks of 2019 to 2024 and not on El Paso in 2023 (`benchmarks/twin_el_paso.py` fits it anew).
FITTED: Final = Fit(
    means=(-0.642, 1.129, 0.810, 0.062, -0.328),
    covariance=(
        (0.5012, 0.0148, 0.0737, -0.1719, -0.0011),
        (0.0148, 0.0155, 0.0104, -0.0010, 0.0059),
        (0.0737, 0.0104, 0.0632, -0.0022, -0.0171),
        (-0.1719, -0.0010, -0.0022, 0.1398, 0.0017),
        (-0.0011, 0.0059, -0.0171, 0.0017, 0.1720),
    ),
    shocks=(
        "officers_2019_el_paso",
        "officers_2019_pharr",
        "inspections_2022_el_paso",
        "inspections_2022_pharr",
        "inspections_2022_colombia",
        "bridge_of_the_americas_2023",
        "eagle_pass_2023",
        "el_paso_2024",
    ),
)
