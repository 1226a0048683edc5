"""The instants and the hashes that the samples of payloads say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

OCCURRED = datetime(2026, 1, 5, 8, 15, tzinfo=timezone(timedelta(hours=-6)))
RECORDED = datetime(2026, 1, 5, 14, 15, 0, 250_000, tzinfo=UTC)
HASHES = [format(n, "x") * 64 for n in range(16)]
