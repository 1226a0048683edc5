"""What a port runs, by the policy document: defaults that are safe, targets with duals, sources for each figure."""

from __future__ import annotations

import msgspec
import pytest

from aforo.routing import choice as c
from aforo.routing.parameters import parameters
from aforo.routing.policy import PolicyError, default_document, figures, parse
from aforo.routing.running import Running


def with_routing(text: str) -> bytes:
    return default_document().split(b"[routing.default]")[0] + text.encode()


def test_a_document_from_before_is_read_and_runs_what_ships() -> None:
    policy = parse(with_routing(""))
    assert policy.running("2304") == Running()
    assert (policy.running("2304").numbers() == Running().numbers()).all()


def test_the_shipped_document_says_what_the_product_runs() -> None:
    shipped = parse(default_document()).running("2304")
    assert msgspec.structs.replace(shipped, rule={}) == Running()
    rows = [row for row in figures(parse(default_document())) if row[0].startswith("routing.default")]
    assert len(rows) >= 13
    assert shipped.repair == pytest.approx(1.0 / 180.0)
    assert all(source for _, _, source in rows)


def test_a_port_runs_its_own_policy() -> None:
    policy = parse(
        with_routing(
            '[routing."2301"]\npolicy = { policy = "clearance", source = "tuned on its days" }\n'
            '[routing."2301".rule]\nscanner = { base = 2.0, slope = 0.5, source = "tuned on its days" }\n'
        )
    )
    own = policy.running("2301")
    assert own.policy.policy == "clearance"
    numbers = own.numbers()
    assert numbers[c.BASE + c.SCANNER] == 2.0
    assert numbers[c.SLOPE + c.SCANNER] == 0.5
    assert policy.running("2304").policy.policy == "priced"


def test_targets_become_duals_and_duals_prices() -> None:
    running = parse(
        with_routing(
            '[routing.default.wait_ceiling]\nscanner = { minutes = 30.0, source = "assumed", step = 0.5 }\n'
            '[routing.default.least_rate]\nscanner = { share = 0.4, source = "assumed", step = 2.0 }\n'
        )
    ).running("2304")
    duals = running.targets()
    assert (running.numbers(duals) == running.numbers()).all()
    duals = {key: dual.after(60.0 if key[0] == "wait" else 0.2) for key, dual in duals.items()}
    numbers = running.numbers(duals)
    assert numbers[c.SURCHARGE + c.SCANNER] == pytest.approx(0.5)
    assert numbers[c.CREDIT + c.SCANNER] == pytest.approx(1.0)


@pytest.mark.parametrize(
    "text",
    [
        '[routing.default]\npolicy = { policy = "guess", source = "x" }\n',
        '[routing.default]\nrate = { share = 1.5, source = "x" }\n',
        "[routing.default]\nrate = { share = 0.5 }\n",
        "[routing.default]\nlist_horizon = { minutes = 0.0, source = 'x' }\n",
        "[routing.default.rule]\nscanner = { base = -1.0, slope = 0.0, source = 'x' }\n",
        "[routing.default.rule]\nferry = { base = 1.0, slope = 0.0, source = 'x' }\n",
    ],
)
def test_what_cannot_be_run_is_refused(text: str) -> None:
    with pytest.raises(PolicyError):
        parse(with_routing(text))


def test_numbers_that_nobody_set_examine_nobody_for_nothing() -> None:
    """The priced policy without tables runs the clearance rule: with no numbers of its own it must not let all in."""
    numbers = parameters()
    assert numbers[c.PER_MINUTE] == 1.0
    assert (numbers[c.BASE : c.BASE + 6] >= 1.0).all()
    assert (numbers[c.SLOPE : c.SLOPE + 6] > 0.0).all()
    with pytest.raises(ValueError, match="none of"):
        parameters(base={"ferry": 1.0})
    with pytest.raises(ValueError, match="finite"):
        parameters(rate=float("nan"))
