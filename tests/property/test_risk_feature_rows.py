"""Feature rows come back from the log to the bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from aforo.risk import feature_rows

matrices = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=20),
    elements=st.floats(width=32),
)


@given(matrices)
def test_rounded_rows_come_back_to_the_bit(drawn: np.ndarray) -> None:
    features = feature_rows.rounded(drawn)
    packed = feature_rows.pack(features)
    text = feature_rows.to_text(packed)
    assert feature_rows.from_text(text, features.shape[1]).tobytes() == features.tobytes()
    for row, own in enumerate(packed):
        alone = feature_rows.from_text(feature_rows.to_text([own]), features.shape[1])
        assert alone.tobytes() == features[row].tobytes()


@given(matrices)
def test_rounding_again_changes_nothing_and_stays_close(drawn: np.ndarray) -> None:
    features = feature_rows.rounded(drawn)
    assert feature_rows.rounded(features).tobytes() == features.tobytes()
    assert np.isfinite(features[~np.isnan(features)]).all()
    ordinary = np.abs(drawn) < 60_000
    assert np.allclose(features[ordinary], drawn[ordinary], rtol=2**-11, atol=2**-24)


def test_truncated_bytes_are_refused() -> None:
    packed = feature_rows.pack(feature_rows.rounded(np.ones((1, 9), np.float32)))[0]
    with pytest.raises(ValueError, match="buffer"):
        feature_rows.unpack(packed[:-1], 9)
