"""Carta Porte 2.0, 3.0 and 3.1 within a CFDI: `form` reads it; see there.

`schema` holds the facts of SAT's schemas and checks a document against them (`facets` its values, `nodes` what it
becomes), `xsd` uses SAT's own where they are at hand, `invoice`, `route`, `goods` and `transport` are the rules of
SAT's matrix of errors over a `trip`, and `rows` makes records of it.
"""

from __future__ import annotations

from aforo.intake.carta_porte.form import NAME, NAMES, parse, recognises

__all__ = ["NAME", "NAMES", "parse", "recognises"]
