"""Diversion between bridges: days that are comparable, what was to be expected, shares and their fit."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from aforo.ports import calendar
from aforo.twin import diversion, diversion_fit, expected_counts, shocks, working_days
from aforo.twin.diversion import FITTED, Alternative
from aforo.twin.diversion_fit import Seen


def test_days_of_holy_week_and_weekends_are_worth_less() -> None:
    assert calendar.easter(2022) == date(2022, 4, 17)
    assert calendar.easter(2024) == date(2024, 3, 31)
    assert working_days.kind(date(2022, 4, 15)) == working_days.KINDS.index("holy_thursday_friday")
    assert working_days.kind(date(2022, 4, 13)) == working_days.KINDS.index("holy_week")
    assert working_days.kind(date(2023, 11, 23)) == working_days.KINDS.index("holiday")
    assert working_days.worth(date(2023, 11, 21)) == 1.0
    first, last = working_days.bounds((2024, 2))
    assert (first, last) == (date(2024, 2, 1), date(2024, 2, 29))
    assert working_days.of_month((2024, 2)) == pytest.approx(working_days.working_days(first, last))
    assert working_days.working_days(last, first) == 0.0


def test_the_worth_of_days_is_found_again_in_counts_made_from_it() -> None:
    truth = (0.5, 0.2, 0.3, 0.8, 0.6)
    totals = {
        (year, month): round(20_000 * 1.03 ** (year - 2005) * working_days.of_month((year, month), truth))
        for year in range(2005, 2019)
        for month in range(1, 13)
    }
    found, errors, left = working_days.fit(totals)
    assert np.abs(np.array(found) - truth).max() < 0.1
    assert left < 0.01
    assert all(error > 0 for error in errors)
    with pytest.raises(ValueError, match="too few"):
        working_days.fit(dict(list(totals.items())[:40]))


def test_what_was_to_be_expected_is_last_year_with_growth_and_weekdays() -> None:
    growth = 1.05
    series = {
        (year, month): round(1000 * growth ** (year - 2015) * working_days.of_month((year, month)))
        for year in range(2015, 2019)
        for month in range(1, 13)
    }
    series[2018, 4] = 5000
    should = expected_counts.expected(series, (2018, 4), {(2018, 4)})
    assert should is not None
    assert should.trucks == pytest.approx(1000 * growth**3 * working_days.of_month((2018, 4)), rel=0.001)
    opened = {(2018, month): 100 for month in range(1, 7)}
    without_last_year = expected_counts.expected(opened, (2018, 7), ())
    assert without_last_year is not None
    assert without_last_year.trucks == pytest.approx(100, rel=0.15)
    assert expected_counts.expected({}, (2018, 7), ()) is None


def test_shares_fall_with_minutes_and_leave_some_who_cross_nowhere() -> None:
    both = [Alternative("near", 3, 20.0), Alternative("far", 3, 120.0)]
    drawn = diversion.drawn_shares(FITTED, both, [10.0], 4000, 1)
    assert drawn.shape == (4000, 1, 2)
    near, far = np.quantile(drawn[:, 0], (0.025, 0.5, 0.975), axis=0).T
    assert (near > far).all()
    assert near[0] < near[1] < near[2]
    assert (drawn.sum(axis=2) < 1.0).all()
    assert np.array_equal(drawn, diversion.drawn_shares(FITTED, both, [10.0], 4000, 1))


def test_what_ships_was_not_fitted_on_the_shock_it_is_tested_on() -> None:
    known = shocks.known()
    assert "el_paso_2023" in {shock.name for shock in known.shock}
    assert "el_paso_2023" not in FITTED.shocks
    assert set(FITTED.shocks) < {shock.name for shock in known.shock}


def test_a_fit_finds_the_shares_that_made_the_gains() -> None:
    options = (Alternative("near", 2, 20.0), Alternative("far", 10, 120.0))
    truth = np.array([[-0.5, 1.0, 1.0, 0.0, -3.0]])
    share = diversion.shares(diversion.utilities(truth, options, 10))[0]
    months = [
        Seen(f"shock {at}", (2022, 4), 10.0, 10_000, 100, options, tuple(10_000 * share), (100.0, 100.0))
        for at in range(6)
    ]
    found = diversion_fit.fit(months, steps=3000)
    told = diversion.shares(diversion.utilities(np.array([found.means]), options, 10))[0]
    assert told == pytest.approx(share, abs=0.08)
    with pytest.raises(ValueError, match="too few"):
        diversion_fit.fit(months[:3])


def test_el_paso_in_2023_by_the_public_counts(shared_data: object) -> None:
    rows = pl.read_csv(f"{shared_data}/crossings/bts_us_mexico_trucks.csv").filter(pl.col("Measure") == "Trucks")
    counts: dict[str, dict[tuple[int, int], int]] = {}
    for name, month, trucks in rows.select("Port Name", "Month", "Value").iter_rows():
        counts.setdefault(name, {})[int(month[:4]), int(month[5:])] = trucks
    known = shocks.known()
    shock = known.named("el_paso_2023")
    september, october = diversion_fit.seen(shock, known, counts)
    # Corrected for weekdays and growth; year on year the gains are 25 and 50 per cent of the gross loss.
    assert september.gains[0] / september.loss == pytest.approx(0.28, abs=0.02)
    assert october.gains[0] / october.loss == pytest.approx(0.50, abs=0.02)
    drawn = diversion.drawn_shares(
        FITTED, diversion_fit.alternatives_of(shock, known), [september.days, october.days], 4000, 1
    )
    low, high = np.quantile(drawn[:, :, 0], (0.025, 0.975), axis=0)
    assert low[0] < 0.25 < high[0]
    assert low[1] < 0.50 < high[1]
