"""Predicted service time: it finds what is there, says how well, shrinks what is rare, and reads back what it wrote."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest

from aforo.routing import service_time as st


def history(n: int, *, seed: int = 1, noise: float = 0.3) -> st.Examined:
    rng = np.random.default_rng(seed)
    goods = rng.choice(["07", "84", "87", ""], n, p=[0.4, 0.3, 0.29, 0.01])
    trailer = rng.choice(["dry", "reefer", "flat"], n)
    packages = rng.integers(1, 500, n).astype(float)
    packages[::17] = math.nan
    effect = np.select([goods == "07", goods == "84"], [-0.5, 0.5], 0.0) + np.where(trailer == "flat", 0.4, 0.0)
    minutes = 4.0 * np.exp(effect + 0.1 * np.log1p(np.nan_to_num(packages, nan=100.0)) + rng.normal(0.0, noise, n))
    return st.Examined(goods.tolist(), trailer.tolist(), ["LEP"] * n, ["2304"] * n, packages, minutes)


def test_it_finds_the_effects_and_says_how_much_it_explains() -> None:
    rows = history(4000)
    learnt = st.learn(rows, "synthetic")
    assert learnt.effects["goods"]["84"] - learnt.effects["goods"]["07"] == pytest.approx(1.0, abs=0.06)
    assert learnt.packages_slope == pytest.approx(0.1, abs=0.02)
    assert learnt.r_squared_low < learnt.r_squared < learnt.r_squared_high
    assert 0.6 < learnt.r_squared < 0.9
    assert st.predict(learnt, rows).sum() == pytest.approx(rows.minutes.sum(), rel=1e-5)
    assert st.learn(history(4000, noise=3.0), "synthetic").r_squared < 0.3


def test_few_examinations_say_little() -> None:
    rows = history(400, noise=1.0)
    rare = st.Examined(
        [*rows.goods, "93", "93"], [*rows.trailer, "dry", "dry"], [*rows.scanner, "LEP", "LEP"],
        [*rows.port, "2304", "2304"], np.append(rows.packages, [10.0, 10.0]), np.append(rows.minutes, [200.0, 200.0]),
    )  # fmt: skip
    learnt = st.learn(rare, "synthetic")
    alone = math.log(200.0 / learnt.base)
    assert 0.0 < learnt.effects["goods"]["93"] < 0.8 * alone


def test_what_is_unknown_gets_the_base_and_nothing_gets_an_absurd_time() -> None:
    learnt = st.learn(history(1000), "synthetic")
    nothing = learnt.minutes(goods="", trailer="", scanner="", port="", packages=math.nan)
    assert nothing == pytest.approx(learnt.base * learnt.scale)
    assert learnt.minutes(goods="99", trailer="x", scanner="y", port="z", packages=math.inf) < 5.1 * nothing


def test_what_is_left_of_a_service() -> None:
    rng = np.random.default_rng(3)
    flat = st.curve_of(rng.exponential(1.0, 400_000))
    assert all(abs(left - 1.0) < 0.12 for left in flat)
    certain = st.curve_of(np.ones(100))
    assert certain[:9] == pytest.approx([1.0 - step / st.CURVE_PARTS for step in range(8)] + [0.125])
    assert min(certain) > 0.0


def test_too_few_or_absurd_durations_are_not_learnt_from() -> None:
    rows = history(60)
    bad = rows.minutes.copy()
    bad[:20] = [math.nan, -1.0, 0.0, math.inf] * 5
    with pytest.raises(ValueError, match="40 examinations"):
        st.learn(st.Examined(rows.goods, rows.trailer, rows.scanner, rows.port, rows.packages, bad), "synthetic")


def test_a_document_is_plain_and_reads_back() -> None:
    learnt = st.learn(history(500), "synthetic")
    assert st.written(learnt) == st.written(st.learn(history(500), "synthetic"))
    assert st.read(st.written(learnt)) == learnt
    assert st.read(st.written(st.assumed(8.0))).minutes(goods="", trailer="", scanner="", port="", packages=1.0) == 8.0
    broken = msgspec.structs.replace(learnt, base=-1.0)
    with pytest.raises(ValueError, match="not above zero"):
        st.read(st.written(broken))
    with pytest.raises(msgspec.ValidationError):
        st.read(b'{"format": "aforo.service_time/1"}')
