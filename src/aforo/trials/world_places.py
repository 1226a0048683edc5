"""Where the synthetic world is, and what it carries: ports, goods and origins, as tables.

Port codes are Schedule D, goods are HS6 (edition 2022), origins ISO 3166. Weights of ports follow the order of the
northbound truck counts of 2024 (US Bureau of Transportation Statistics) roughly; unit prices, masses per package
and duty rates are invented, in the order of magnitude of the goods, and stand for nothing that was observed.
"""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A bridge of a port of entry: Schedule D code, name of the bridge, IANA zone, share of traffic."""

    port: str
    bridge: str
    zone: str
    weight: float


class Good(NamedTuple):
    """One HS6 line: price in US$/kg, mass of a package in kg, packages on a truck, duty as a fraction."""

    hs6: str
    description: str
    usd_per_kg: float
    kg_per_package: float
    packages: float
    duty_rate: float


PLACES: tuple[Place, ...] = (
    Place("2304", "World Trade", "America/Chicago", 0.34),
    Place("2304", "Colombia", "America/Chicago", 0.08),
    Place("2506", "Otay Mesa", "America/Los_Angeles", 0.15),
    Place("2401", "Ysleta", "America/Denver", 0.10),
    Place("2305", "Pharr", "America/Chicago", 0.10),
    Place("2604", "Mariposa", "America/Phoenix", 0.06),
    Place("2507", "Calexico East", "America/Los_Angeles", 0.06),
    Place("2303", "Camino Real", "America/Chicago", 0.04),
    Place("2301", "Veterans", "America/Chicago", 0.04),
    Place("2408", "Santa Teresa", "America/Denver", 0.03),
)

GOODS: tuple[Good, ...] = (
    Good("070200", "tomatoes, fresh", 1.3, 11.0, 1800, 0.028),
    Good("070960", "peppers, fresh", 1.6, 11.0, 1700, 0.028),
    Good("080440", "avocados", 2.6, 11.3, 1700, 0.033),
    Good("081010", "strawberries, fresh", 2.9, 4.0, 3800, 0.011),
    Good("070700", "cucumbers, fresh", 0.9, 18.0, 1000, 0.042),
    Good("220300", "beer", 1.1, 9.0, 2100, 0.0),
    Good("170199", "sugar, refined", 0.8, 25.0, 800, 0.035),
    Good("190531", "sweet biscuits", 2.4, 6.0, 2200, 0.0),
    Good("200899", "fruit, prepared", 2.0, 14.0, 1300, 0.06),
    Good("210690", "food preparations", 4.2, 12.0, 1300, 0.064),
    Good("330499", "beauty preparations", 14.0, 5.0, 1300, 0.0),
    Good("392690", "articles of plastics", 6.0, 8.0, 1200, 0.053),
    Good("392330", "plastic bottles", 3.1, 6.0, 1100, 0.03),
    Good("401110", "tyres, motor cars", 5.2, 10.0, 1100, 0.04),
    Good("401693", "gaskets of rubber", 11.0, 7.0, 1100, 0.025),
    Good("441231", "plywood, tropical", 1.5, 40.0, 450, 0.08),
    Good("481910", "cartons of corrugated paper", 1.7, 15.0, 900, 0.0),
    Good("610910", "T-shirts of cotton", 13.0, 9.0, 1200, 0.165),
    Good("611020", "pullovers of cotton", 16.0, 9.0, 1000, 0.165),
    Good("620342", "trousers of cotton, men's", 15.0, 11.0, 1000, 0.166),
    Good("620462", "trousers of cotton, women's", 17.0, 10.0, 1000, 0.166),
    Good("640399", "footwear, leather uppers", 22.0, 8.0, 900, 0.085),
    Good("690721", "ceramic tiles", 0.7, 28.0, 750, 0.085),
    Good("700719", "safety glass, tempered", 2.4, 60.0, 250, 0.055),
    Good("720839", "hot-rolled steel, coils", 0.9, 5000.0, 4, 0.0),
    Good("730890", "structures of iron or steel", 2.6, 300.0, 60, 0.0),
    Good("731815", "screws and bolts", 4.1, 22.0, 850, 0.062),
    Good("760429", "aluminium profiles", 4.8, 180.0, 90, 0.05),
    Good("761699", "articles of aluminium", 7.5, 14.0, 900, 0.025),
    Good("830120", "locks for motor vehicles", 12.0, 9.0, 1000, 0.057),
    Good("840734", "engines, over 1000 cc", 11.0, 160.0, 90, 0.025),
    Good("840991", "parts of engines", 13.0, 16.0, 800, 0.025),
    Good("841510", "air conditioners, split", 8.5, 38.0, 320, 0.022),
    Good("841821", "refrigerators", 5.1, 62.0, 120, 0.0),
    Good("847130", "portable computers", 160.0, 3.2, 1800, 0.0),
    Good("850440", "static converters", 26.0, 6.0, 1400, 0.015),
    Good("852872", "television sets", 21.0, 14.0, 700, 0.039),
    Good("853710", "control panels", 32.0, 18.0, 500, 0.027),
    Good("854430", "wiring sets for vehicles", 24.0, 9.0, 1100, 0.05),
    Good("854449", "electric conductors", 12.0, 30.0, 500, 0.035),
    Good("870829", "parts of bodies", 9.0, 13.0, 900, 0.025),
    Good("870899", "parts of vehicles", 10.0, 15.0, 850, 0.025),
    Good("871690", "parts of trailers", 4.6, 45.0, 300, 0.031),
    Good("901890", "instruments for medicine", 90.0, 5.0, 1300, 0.0),
    Good("901839", "catheters and needles", 70.0, 4.0, 1500, 0.0),
    Good("940171", "seats, upholstered", 6.5, 24.0, 350, 0.0),
    Good("940360", "furniture of wood", 3.9, 32.0, 320, 0.0),
    Good("950300", "toys", 9.0, 7.0, 1100, 0.0),
)

#: Origins of goods, first the usual one, with their shares among importers.
ORIGINS: tuple[tuple[str, float], ...] = (
    ("MX", 0.72),
    ("CN", 0.09),
    ("US", 0.05),
    ("KR", 0.03),
    ("JP", 0.02),
    ("DE", 0.02),
    ("VN", 0.02),
    ("TW", 0.015),
    ("GT", 0.015),
    ("BR", 0.01),
    ("TH", 0.005),
    ("ES", 0.005),
)

#: Chapters whose duty the tariff shock raises, from the origins it names.
SHOCK_CHAPTERS: frozenset[str] = frozenset({"72", "73", "76", "85", "87"})
SHOCK_ORIGINS: frozenset[str] = frozenset({"CN", "KR", "VN", "TW", "TH", "BR"})
SHOCK_DUTY = 0.25
