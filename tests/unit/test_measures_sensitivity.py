"""Sobol indices: against what is known by formula, against SciPy, how often their intervals hold it, and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from aforo.measures.sensitivity import FEWEST, sobol_indices


def ishigami(x: np.ndarray) -> np.ndarray:
    """Ishigami and Homma, 1990: a = 7, b = .1; `x` float64[3, n] in [−π, π]."""
    value: np.ndarray = np.sin(x[0]) + 7.0 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])
    return value


#: By the formulas for a = 7, b = .1.
FIRST, TOTAL = (0.3139, 0.4424, 0.0), (0.5576, 0.4424, 0.2437)


def sets(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    both = np.pi * (2.0 * stats.qmc.Sobol(6, rng=np.random.default_rng(seed)).random(rows) - 1.0)
    a, b = both[:, :3].T, both[:, 3:].T
    mixed = [ishigami(np.where(np.arange(3)[:, None] == factor, b, a)) for factor in range(3)]
    return ishigami(a), ishigami(b), np.stack(mixed)


def test_they_come_to_what_the_formulas_say() -> None:
    found = sobol_indices(*sets(4096, 1))
    assert found is not None
    for index, first, total in zip(found, FIRST, TOTAL, strict=True):
        assert index.first.value == pytest.approx(first, abs=0.02)
        assert index.total.value == pytest.approx(total, abs=0.02)
        assert index.first.low <= index.first.value <= index.first.high
        assert index.total.width < 0.1


def test_they_are_those_of_another_program() -> None:
    a, b, mixed = sets(256, 3)
    theirs = stats.sobol_indices(
        func={"f_A": a[None], "f_B": b[None], "f_AB": mixed[:, None]}, n=256, method="saltelli_2010"
    )
    found = sobol_indices(a, b, mixed)
    assert found is not None
    # SciPy takes the variance of both sets as well; it centres all by their common mean.
    np.testing.assert_allclose([index.total.value for index in found], theirs.total_order.ravel(), rtol=1e-6)
    np.testing.assert_allclose([index.first.value for index in found], theirs.first_order.ravel(), atol=1e-6)


def test_their_intervals_hold_what_is_true() -> None:
    held = asked = 0
    for seed in range(40):
        found = sobol_indices(*sets(128, 100 + seed))
        assert found is not None
        for index, first, total in zip(found, FIRST, TOTAL, strict=True):
            held += (index.first.low <= first <= index.first.high) + (index.total.low <= total <= index.total.high)
            asked += 2
    assert held / asked >= 0.93


def test_the_same_figures_have_the_same_intervals() -> None:
    assert sobol_indices(*sets(64, 2)) == sobol_indices(*sets(64, 2))


def test_what_does_not_vary_has_none_and_what_is_missing_is_refused() -> None:
    a, b, mixed = sets(16, 1)
    assert sobol_indices(np.full(16, 0.1), np.full(16, 0.1), np.full((3, 16), 0.1)) is None
    assert sobol_indices(np.zeros(16), np.zeros(16), np.zeros((3, 16))) is None
    for wrong in (np.nan, np.inf):
        with pytest.raises(ValueError, match="missing"):
            sobol_indices(np.where(np.arange(16) == 3, wrong, a), b, mixed)
    with pytest.raises(ValueError, match="rows"):
        sobol_indices(a[: FEWEST - 1], b[: FEWEST - 1], mixed[:, : FEWEST - 1])
