"""A document of claims with one claim in it, and few counts to hold it against."""

from __future__ import annotations

from datetime import date

import polars as pl

from aforo.intake import bts
from aforo.scoreboard.claim_tables import Tables
from aforo.scoreboard.claim_verdicts import Verdict, judge
from aforo.scoreboard.claims_reading import parse

HEAD = """
id = "some"
version = 1
name = { en = "Some", es = "Algunas" }
[sources.paper]
title = "A paper"
[ports.laredo]
name = { en = "Laredo", es = "Laredo" }
codes = ["2304"]
[ports.both]
name = { en = "both", es = "ambos" }
codes = ["2303", "2304"]
[ports.el-paso]
name = { en = "El Paso", es = "El Paso" }
codes = ["2402"]
[ports.el-paso-all]
name = { en = "El Paso", es = "El Paso" }
codes = ["2401", "2402"]
[facts.down]
said = { en = "down", es = "parados" }
unit = "scanners"
source = "paper"
value = "166"
[facts.all]
said = { en = "all", es = "todos" }
unit = "scanners"
source = "paper"
value = "361"
[facts.unknown]
said = { en = "those nobody counted", es = "los que nadie contó" }
unit = "scanners"
source = "paper"
[[claim]]
id = "one"
name = { en = "One", es = "Uno" }
said = { en = "One is said.", es = "Se dice uno." }
source = "paper"
"""


def document(figure: str, formula: str, more: str = "") -> bytes:
    return f"{HEAD}published = {{ {figure} }}\nformula = {{ {formula} }}\n{more}\n".encode()


def crossings(ports: str, period: str, measure: str = "trucks") -> str:
    return f'{{ from = "crossings", ports = "{ports}", period = "{period}", measure = "{measure}" }}'


TRUCKS = f'kind = "sum", of = {crossings("laredo", "2024-01/2024-02")}'
COUNTS = [
    ("2304", date(2024, 1, 1), "trucks", 300), ("2304", date(2024, 2, 1), "trucks", 330),
    ("2303", date(2024, 1, 1), "trucks", 100),
    ("2402", date(2020, 2, 1), "trucks", 900), ("2402", date(2020, 3, 1), "trucks", 200),
    ("2401", date(2020, 3, 1), "trucks", 700),
]  # fmt: skip
TABLES = Tables(pl.DataFrame(COUNTS, schema=bts.SCHEMA, orient="row").sort("port", "month"))


def verdict(figure: str, formula: str, more: str = "", tables: Tables = TABLES) -> Verdict:
    claims = parse(document(figure, formula, more))
    return judge(claims.claims[0], claims, tables)
