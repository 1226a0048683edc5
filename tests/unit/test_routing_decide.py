"""The decision: precedence of the bases, propensities, the price that holds a rate, the choice of a backtest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aforo.domain.units import MICRO, PPB
from aforo.routing import decide as d
from aforo.routing.policy import PolicyError, default_document, figures, parse
from aforo.routing.rate import LEAST_PRICE, next_price, rate_price, start_price, times_ppb


@pytest.mark.parametrize(
    ("mandatory", "lot", "value", "expected"),
    [
        (True, 0, 0, (d.MANDATORY, PPB)),
        (True, PPB - 1, 10, (d.MANDATORY, PPB)),
        (False, 4, 0, (d.RANDOM, 5)),
        (False, 4, 101, (d.RANDOM, PPB)),
        (False, 5, 101, (d.PRICED, PPB)),
        (False, 5, 100, (d.RELEASED, 5)),
    ],
)
def test_precedence_and_propensity(mandatory: bool, lot: int, value: int, expected: tuple[int, int]) -> None:
    assert d.decide_one(mandatory, lot, 5, value, 100) == expected
    assert d.decide_one.py_func(mandatory, lot, 5, value, 100) == expected


@given(st.integers(0, 10**18), st.integers(0, 2 * PPB))
def test_times_ppb_is_exact(amount: int, factor: int) -> None:
    assert times_ppb.py_func(amount, factor) == amount * factor // PPB
    assert times_ppb(amount, factor) == amount * factor // PPB


@given(st.integers(LEAST_PRICE, 10**16), st.booleans(), st.floats(0, 1), st.floats(0, 0.1))
def test_the_jitted_price_is_the_plain_one(price: int, examined: bool, rate: float, step: float) -> None:
    before = rate_price(price, rate, step)
    moves = (price, examined, before.rise, before.fall)
    assert next_price(*moves) == next_price.py_func(*moves)


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.27])
@pytest.mark.parametrize("drift", [1.0, 30.0])
def test_the_rate_is_held_under_drift(rate: float, drift: float) -> None:
    """Values that grow thirty-fold midway: the rate is held to the bound that the price's own movement gives."""
    rng = np.random.default_rng(5)
    n = 40_000
    value = (rng.lognormal(0, 1.5, n) * 1e9 * np.where(np.arange(n) < n // 2, 1.0, drift)).astype(np.int64)
    lot = rng.integers(0, PPB, n)
    control = np.full(n, round(rate * 0.1 * PPB))
    before = rate_price(10**9, rate, 0.02)
    decisions = d.decide(np.zeros(n, dtype=np.bool_), lot, control, value, before)
    examined = decisions.basis != d.RELEASED
    bound = abs(np.log(decisions.after.price / before.price)) / 0.02 + 10
    assert abs(examined.sum() - rate * n) < bound
    assert examined[-n // 4 :].mean() == pytest.approx(rate, rel=0.1)


def test_a_file_and_single_messages_are_decided_alike() -> None:
    rng = np.random.default_rng(7)
    n = 300
    value, lot = rng.integers(0, 10**12, n), rng.integers(0, PPB, n)
    mandatory, control = rng.random(n) < 0.02, np.full(n, PPB // 100)
    start = rate_price(5 * 10**11, 0.05, 0.02)
    whole = d.decide(mandatory, lot, control, value, start)
    price = start
    for i in range(n):
        one = d.decide(mandatory[i : i + 1], lot[i : i + 1], control[i : i + 1], value[i : i + 1], price)
        assert (one.basis[0], one.price[0], one.propensity[0]) == (
            whole.basis[i], whole.price[i], whole.propensity[i],
        )  # fmt: skip
        price = one.after
    assert price == whole.after


def test_a_backtest_takes_the_best_of_the_period() -> None:
    value = np.array([5, 9, 1, 7, 9, 3])
    mandatory = np.array([False, False, True, False, False, False])
    lot = np.array([PPB, PPB, PPB, PPB, PPB, 0])
    choice = d.best_of(value, mandatory, lot, np.full(6, 10), 4)
    assert [d.BASIS_OF_CODE[b] for b in choice.basis] == [None, "priced", "mandatory", None, "priced", "random"]
    assert choice.price[0] == 7
    assert list(choice.propensity) == [10, PPB, PPB, 10, PPB, 10]


def test_a_backtest_never_takes_more_than_the_count_beyond_lottery_and_mandatory() -> None:
    choice = d.best_of(np.arange(5), np.ones(5, dtype=np.bool_), np.full(5, PPB), np.full(5, 10), 2)
    assert (choice.basis == d.MANDATORY).all()


def test_value_is_probability_times_harm_times_programme() -> None:
    threat = np.array([[100_000_000, 0, 0, 200_000_000]])
    value = d.value_of(threat, np.array([600, 600, 600, 60]), np.array([MICRO // 2]))
    assert value[0] == (100_000_000 * 600 + 200_000_000 * 60) // 2


def test_the_start_price_is_the_quantile_that_the_rate_cuts() -> None:
    quantiles = [i * 10**9 for i in range(101)]
    assert start_price(quantiles, 0.05) == 95 * 10**9
    assert start_price([], 0.05) > 0


def test_every_figure_of_the_default_policy_names_its_source() -> None:
    policy = parse(default_document())
    rows = figures(policy)
    assert len(rows) >= 15
    assert all(source.strip() for _, _, source in rows)
    assert policy.programme_micro("ctpat3") == MICRO // 2
    assert policy.programme_micro("no such programme") == MICRO
    assert policy.programme_micro(None) == MICRO
    assert min(policy.programme_micro(p) for p in policy.programme) > 0


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("minutes = 600", "minutes = -1", "harm"),
        ('source = "assumed"', "", "source"),
        ("factor = 0.5", "factor = 0.0", "programme"),
        ("[harm]", "[harm", "TOML"),
        ("none = {", "nobody = {", "none"),
    ],
)
def test_a_bad_policy_is_refused_with_its_place(old: str, new: str, named: str) -> None:
    with pytest.raises(PolicyError) as raised:
        parse(default_document().decode().replace(old, new, 1).encode())
    assert named in str(raised.value) or "Expected" in str(raised.value) or "line" in str(raised.value)


OLD = b"\n".join(line for line in default_document().splitlines() if b"_claimed = " not in line)


def test_a_policy_that_knows_no_claims_weighs_them_as_what_is_proven() -> None:
    """As it did before: governance sets what a claim weighs, and no upgrade does."""
    weights = parse(OLD).stated_micro()
    proven = {code for source, code in weights if source == "custody" and not code.endswith("_claimed")}
    assert proven == {"broken", "suspect", "silent", "jammed", "astray", "fenced", "stopped", "split"}
    assert all(weights["custody", f"{code}_claimed"] == weights["custody", code] for code in proven)
    assert ("list", "possible_claimed") not in weights, "other sources make no claims"
    assert figures(parse(OLD)) == [row for row in figures(parse(default_document())) if "_claimed" not in row[0]]


def test_a_claim_orders_what_is_ordered_unless_the_policy_weighs_it_apart() -> None:
    ordering = b'broken = { theft = 1.5, examination = "secondary", source = "assumed" }\n'
    document = OLD.split(b"[stated.custody]")[0] + b"[stated.custody]\n" + ordering
    assert parse(document).stated_orders() == {
        ("custody", "broken"): "secondary", ("custody", "broken_claimed"): "secondary",
    }  # fmt: skip
    apart = parse(document + b'broken_claimed = { theft = 0.7, source = "assumed" }\n')
    assert apart.stated_orders() == {("custody", "broken"): "secondary"}
    # One that weighs nothing states nothing.
    nothing = parse(document + b'broken_claimed = { source = "assumed" }\n')
    assert not any(nothing.stated_micro()["custody", "broken_claimed"])


@pytest.mark.parametrize("fact", ["broken_claimed", "unheard_claimed"])
def test_a_policy_by_which_a_claim_outweighs_its_proof_is_refused(fact: str) -> None:
    document = OLD + f'\n{fact} = {{ people = 1.1, source = "assumed" }}\n'.encode()
    with pytest.raises(PolicyError, match=fact):
        parse(document)
