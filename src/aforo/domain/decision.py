"""What the product says about a crossing: how it is to be examined, on what basis, and with what chance."""

from __future__ import annotations

from typing import Literal, get_args

Examination = Literal["release", "scan", "scan_then_decide", "joint", "secondary", "hold"]
Basis = Literal["mandatory", "random", "priced", "override"]
EXAMINATIONS: tuple[Examination, ...] = get_args(Examination)
#: Those that somebody can have carried out: a release and a hold examine nothing.
CARRIED_OUT: tuple[Examination, ...] = ("scan", "scan_then_decide", "joint", "secondary")
#: What the image of a scan showed.
ScanImage = Literal["clear", "alarm", "inconclusive"]
SCAN_IMAGES: tuple[ScanImage, ...] = get_args(ScanImage)
#: In the order of precedence.
BASES: tuple[Basis, ...] = get_args(Basis)

#: How much each option asks of a truck: of two orders the stricter holds; a change to a smaller number is a lowering.
STRICTNESS: dict[Examination, int] = {option: place for place, option in enumerate(EXAMINATIONS)}
