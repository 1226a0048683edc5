"""What is left of a service that has begun.

A service that has lasted as long as was predicted is not over: what could not be predicted of it is still to come. Of
lognormal times (coefficient of variation .5, half of their variance predicted) .31 of the prediction is left on average
when it is reached, .28 after a quarter more, .26 to .28 from then on (computed; E[S − e | S > e]).
"""

from __future__ import annotations

from typing import Final

#: The tenths of a prediction that are left at least of a service that is not over.
LEAST_TENTHS: Final = 3


def left_of(predicted: float, elapsed: float) -> float:
    """What is expected to be left of a service of `predicted` minutes that has lasted `elapsed` minutes."""
    return max(predicted - elapsed, predicted * LEAST_TENTHS / 10.0)
