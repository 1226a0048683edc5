"""Contracts that would be read otherwise than they are meant are refused; long targets are read at once."""

from __future__ import annotations

import time

import numpy as np
import pytest
from fleet_said import of_said

from aforo.fleet.contract import ContractError, parse
from aforo.fleet.interruptions import Said
from aforo.fleet.ledger import ledger
from aforo.fleet.places import places
from aforo.fleet.target import parse as targets_of
from aforo.fleet.utilisation import Scans, rates

CONTRACT = b"""id = "C-1"
version = 1
supplier = "Example Imaging"
currency = "USD"
zone = "UTC"
from = 2020-01-01
[fee]
monthly = 1000.01
[repair]
clause = "5"
[[repair.term]]
hours = 24
"""


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"1000.01", b"1000.015", "contract_cents"),
        (b"[fee]", b"scanners = []\n[fee]", "contract_scanners_none"),
        (b"hours = 24", b"hours = 24\n[[repair.term]]\nhours = 48", "contract_terms_twice"),
    ],
)
def test_what_would_be_read_otherwise_than_it_is_meant_is_refused(old: bytes, new: bytes, code: str) -> None:
    parse(CONTRACT)
    with pytest.raises(ContractError) as raised:
        parse(CONTRACT.replace(old, new, 1))
    assert raised.value.code == code


@pytest.mark.parametrize("fee", [b"0.1", b"0.29", b"1234567.89", b"999999999.99"])
def test_two_decimals_are_cents_whatever_a_float_makes_of_them(fee: bytes) -> None:
    assert parse(CONTRACT.replace(b"1000.01", fee)).fee.cents == round(float(fee) * 100)


def test_long_targets_take_no_longer_than_their_length() -> None:
    months = [f"{2000 + number // 12}-{number % 12 + 1:02d}" for number in range(240)]
    rows = (
        f'[[scan_rate.eligible]]\nport = "P{port}"\nmonth = "{month}"\nconveyance = "truck"\ncount = 1\n'
        for port in range(45)
        for month in months
    )
    targets = targets_of(("version = 1\n" + "".join(rows)).encode())
    record = of_said({"S-1": [Said("commissioned", 0, port="P1")]})
    end = 1_577_836_800_000_000  # 2020
    none = np.empty(0, dtype=np.int64)
    began = time.process_time()
    found = rates(ledger(record, end), places(record), Scans((), none, none, none, none), targets, 0, end)
    assert time.process_time() - began < 2.0
    assert len(found) == 2 * len(targets.scan_rate.eligible)
