"""How figures are written for people: short, and never so short that they say something else."""

from __future__ import annotations

from decimal import Decimal


def without_noise(number: float) -> float:
    """A number without what the arithmetic of doubles adds behind its twelfth digit."""
    return float(f"{number:.12g}")


def percent(share: float) -> str:
    """A share in per cent, without the sign: three significant digits, more where these make nearly all into all."""
    whole = 100.0 * share
    told = f"{whole:.3g}"
    for digits in range(4, 18):
        if share >= 1.0 or float(told) < 100.0:
            break
        told = f"{whole:.{digits}g}"
    return format(Decimal(told), "f")


def expected(count: float) -> str:
    """A number that is expected: two decimals below 10, one below 100, none above; what is not nothing is never 0."""
    if count == 0.0:
        return "0"
    if count < 0.01:
        return "< 0.01"
    return f"{count:.2f}" if count < 10.0 else f"{count:,.1f}" if count < 100.0 else f"{count:,.0f}"
