"""Writes the samples of the declaration table: invented traders, a fixed seed, the same bytes each time.

python tests/samples/make_intake_samples.py
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

FOLDER = Path(__file__).resolve().parent / "intake" / "declarations"
COLUMNS = (
    *("declaration_id", "filed_at", "port", "bridge", "crossing_id", "carrier_id", "driver_id", "tractor_id"),
    *("importer_id", "exporter_id", "broker_id", "hs6", "description", "origin", "departure", "gross_mass_kg"),
    *("value_usd", "duty_rate", "packages", "declared_empty", "trade_programme", "lane", "seal_id"),
    *("importer_name", "exporter_name", "carrier_name", "driver_name", "amends", "action"),
    *("examined", "propensity", "outcome", "threat", "severity"),
)
FILED = COLUMNS[: COLUMNS.index("examined")]
GOODS = {
    "870829": "Body parts, stampings",
    "854430": "Wiring sets for vehicles",
    "940190": "Parts of seats",
    "070200": "Tomates, frescos",
    "081090": 'Fruit, "other", fresh',
    "852872": 'Televisions 55"',
    "901890": "Medical instruments; sterile",
    "392690": "Artículos de plástico\nvarios, según lista",
    "481910": "Cartons | corrugated",
    "220300": "Cerveza de malta",
}
PLACES = {"2304": ("World Trade", -6), "2305": ("Pharr", -6), "2401": ("Ysleta", -7), "2506": ("Otay Mesa", -8)}
DRIVERS = ("María Hernández", "José Núñez", "Ana López", "Luis O'Brien", "Peña, Jorge", "Sofía Güemes")


def declarations(count: int, seed: int) -> Iterator[dict[str, str]]:
    draw = random.Random(seed)
    moment = datetime(2026, 1, 5, 6)
    for number in range(count):
        moment += timedelta(seconds=draw.randint(5, 240))
        port = draw.choice(list(PLACES))
        bridge, hours = PLACES[port]
        carrier, driver, importer = draw.randint(1, 12), draw.randint(1, 60), draw.randint(1, 40)
        row = dict.fromkeys(COLUMNS, "") | {
            "declaration_id": f"D{seed:02d}-{number:06d}",
            "filed_at": f"{moment.isoformat()}{hours:+03d}:00",
            "port": port,
            "bridge": bridge,
            "crossing_id": f"X{seed:02d}-{number // 2:06d}",
            "carrier_id": f"C{carrier:03d}",
            "driver_id": f"DRV{driver:04d}",
            "tractor_id": f"TX-{driver:03d}-{carrier:02d}",
            "departure": "MX",
            "gross_mass_kg": f"{draw.uniform(7_000, 36_000):.1f}",
            "trade_programme": draw.choice(("none", "none", "ctpat1", "ctpat2", "ctpat3", "oea")),
            "carrier_name": f"Transportes {carrier}",
            "driver_name": DRIVERS[driver % len(DRIVERS)],
            "examined": "0",
            "propensity": "0.1",
            "lane": "empty",
            "declared_empty": "1",
        }
        if draw.random() > 0.15:
            goods = draw.choice(list(GOODS))
            row |= {
                "importer_id": f"I{importer:04d}",
                "exporter_id": f"E{importer % 30:04d}",
                "broker_id": f"B{importer % 9:03d}",
                "hs6": goods,
                "description": GOODS[goods],
                "origin": draw.choice(("MX", "MX", "MX", "US", "CN")),
                "value_usd": f"{draw.lognormvariate(10, 1):.2f}",
                "duty_rate": draw.choice(("0", "0.025", "0.034", "0.1")),
                "packages": str(draw.randint(1, 900)),
                "lane": draw.choice(("standard", "fast")),
                "declared_empty": "0",
                "seal_id": f"S{draw.randrange(10**8):08d}",
                "importer_name": f"Importadora {importer} S.A. de C.V.",
                "exporter_name": f"Exportadora Ñandú {importer % 30}, S. de R.L.",
            }
        if draw.random() < 0.2:
            guilty = draw.random() < 0.2
            row |= {"examined": "1", "outcome": str(int(guilty))}
            row |= {"threat": "contraband", "severity": "2.5"} if guilty else {}
        yield row


def amendments() -> Iterator[dict[str, str]]:
    """Replacements, a chain of them, and cancellations; an amendment of something filed long before."""
    rows = list(declarations(20, seed=3))
    for row in rows:
        yield row
    for number, (target, action) in enumerate(
        ((0, "replace"), (1, "cancel"), (2, "replace"), (22, "replace"), (23, "cancel"), (-1, "replace"))
    ):
        amended = f"D03-{target:06d}" if target >= 0 else "D01-000007"
        row = dict(rows[number]) | {
            "declaration_id": f"D03-{20 + number:06d}",
            "amends": amended,
            "action": action,
            "gross_mass_kg": "9000.5",
        }
        if action == "cancel":
            row |= dict.fromkeys(("importer_id", "exporter_id", "broker_id", "hs6", "description"), "")
        yield row


def korean(count: int) -> str:
    """The Korean header with invented values."""
    draw = random.Random(11)
    names = (
        "Declaration ID,Date,Office ID,Process Type,Import Type,Import Use,Payment Type,Mode of Transport,Declarant ID,"
        "Importer ID,Seller ID,Courier ID,HS6 Code,Country of Departure,Country of Origin,Tax Rate,Tax Type,"
        "Country of Origin Indicator,Net Mass,Item Price,Fraud,Critical Fraud"
    )
    lines = [names]
    for number in range(count):
        fraud = int(draw.random() < 0.2)
        fields = (
            10_000_000 + number,
            f"2020-0{draw.randint(1, 9)}-1{draw.randint(0, 9)}",
            draw.choice((15, 20, 40, 130)),
            *("B", 11, 21, draw.choice((11, 43)), 10),
            f"ZQ{draw.randint(1, 40):03d}",
            f"IM{draw.randint(1, 90):03d}",
            draw.choice(("", "SE001", "SE002")),
            draw.choice(("", "", "CR01")),
            draw.choice((870829, 71080, 392690)),
            draw.choice(("CN", "JP", "ZZ")),
            "CN",
            draw.choice((0.0, 6.5, 8.0, 7.2)),
            *("A", "G"),
            f"{draw.uniform(1, 9_000):.1f}",
            f"{draw.uniform(0, 90_000):.2f}",
            fraud,
            fraud * draw.choice((1, 1, 2)),
        )
        lines.append(",".join(map(str, fields)))
    return "\n".join(lines) + "\n"


def text(rows: list[dict[str, str]], columns: list[str], separator: str = ",", line_break: str = "\n") -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, delimiter=separator, lineterminator=line_break, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    draw = random.Random(5)
    rows = [row | {"Turno": draw.choice(("día", "noche")), "Báscula": ""} for row in declarations(200, seed=1)]
    every = [*COLUMNS, "Turno", "Báscula"]
    (FOLDER / "every_column.csv").write_bytes(text(rows, every).encode())
    few = list(FILED)
    short = [row | {"description": row["description"].replace("\n", " ")} for row in declarations(40, seed=2)]
    (FOLDER / "semicolon_windows1252.csv").write_bytes(text(short, few, ";", "\r\n").encode("cp1252"))
    (FOLDER / "tab_utf16.txt").write_bytes(text(short, few, "\t", "\r\n").encode("utf-16"))
    (FOLDER / "pipe_mark.csv").write_bytes(b"\xef\xbb\xbf" + text(short, few, "|", "\r").encode())
    (FOLDER / "amendments.csv").write_bytes(text(list(amendments()), list(FILED)).encode())
    (FOLDER / "korean_header.csv").write_text(korean(60), encoding="utf-8")
    (FOLDER / "least.csv").write_bytes(text(short, ["declaration_id", "filed_at"]).encode())
    typed = pl.DataFrame(rows, schema=dict.fromkeys(every, pl.String)).with_columns(pl.all().replace("", None))
    typed = typed.with_columns(
        pl.col("gross_mass_kg", "value_usd", "duty_rate", "propensity", "severity").cast(pl.Float64),
        pl.col("packages", "hs6", "examined", "outcome").cast(pl.Int32),
        (pl.col("declared_empty") == "1").alias("declared_empty"),
        pl.col("filed_at").str.to_datetime("%Y-%m-%dT%H:%M:%S%:z", time_unit="ms"),
    )
    typed.write_parquet(FOLDER / "every_column.parquet", row_group_size=64)


if __name__ == "__main__":
    main()
