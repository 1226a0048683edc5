"""Where everything stands: the columns of a row of state, of features, of numbers and of settings, for the loops.

The names and meanings of features are in `features`; this module is their places. The loops are in `observing` (a row
is described, then remembered) and `learning_loop` (what an examination found is remembered).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from aforo.risk import features as f

# --- Layout of a row of state -------------------------------------------------------------------------------------

# A party.
FIRST, LAST, COUNT, RATE_FAST, RATE_SLOW = 0, 1, 2, 3, 4
LABELLED, HITS, EXAMS, HITS_FAST, EXAMS_FAST, LAST_HIT = 5, 6, 7, 8, 9, 10
GLOW, GLOW_AT = 11, 12
THREAT_HITS = 13  # four
HOUR_COS, HOUR_SIN = 17, 18
LAST_BRIDGE = 19
#: The crossing that was counted last, and what the record said before that crossing was counted (CHANGED, in order).
CROSSING, BEFORE = 20, 21
CHANGED = np.array([LAST, COUNT, RATE_FAST, RATE_SLOW, GLOW, GLOW_AT, HOUR_COS, HOUR_SIN, LAST_BRIDGE], np.int64)
GLOW_BEFORE, GLOW_AT_BEFORE = BEFORE + 4, BEFORE + 5
ENTITY_WIDTH = BEFORE + len(CHANGED)

# A combination of parts; its stamp is the number of the filing that named it last.
P_COUNT, P_LABELLED, P_HITS, P_EXAMS, P_STAMP = 0, 1, 2, 3, 4
PAIR_WIDTH = 5

# A group of goods: n, mean, M2 of each quantity, the crossing counted last, and its quantities.
G_CROSSING = 3 * len(f.QUANTITIES)
G_QUANTITY = G_CROSSING + 1
GOODS_WIDTH = G_QUANTITY + len(f.QUANTITIES)

# A seal, and a carrier's series of seals.
S_COUNT, S_LAST, S_TRACTOR, S_NUMBER, S_STEP, S_LABELLED, S_HITS, S_EXAMS = 0, 1, 2, 3, 4, 5, 6, 7
# The crossing counted last, and what stood before it: a seal's last time and tractor, a series' number and step.
S_CROSSING = 8
S_LAST_BEFORE, S_TRACTOR_BEFORE = 9, 10
S_NUMBER_BEFORE, S_STEP_BEFORE = 9, 10
S_STAMP = 11
SEAL_WIDTH = 12

#: Parties remembered as seen together with a party, the latest ones.
RING = 8

# --- Constants the loops read -------------------------------------------------------------------------------------

ENTITY_COUNT = len(f.ENTITIES)
ENTITY_BLOCK = len(f.ENTITY_FEATURES)
PAIR_COUNT = len(f.PAIRS)
COUNTED = len(f.COUNTED)
GOODS_COUNT = len(f.GOODS)
QUANTITY_COUNT = len(f.QUANTITIES)
DEVIATION_COUNT = len(f.DEVIATIONS)
FEATURE_COUNT = len(f.FEATURES)
PAIRS_AT = ENTITY_COUNT * ENTITY_BLOCK
SHIFTS_AT = PAIRS_AT + COUNTED
DEVIATIONS_AT = SHIFTS_AT + PAIR_COUNT
THREATS_AT = DEVIATIONS_AT + DEVIATION_COUNT + len(f.FILING_FEATURES)
FIRST_TIME_PAIRS = 6  # the importer's pairs lead the list


def _parts_of(groups: dict[str, tuple[str, ...]]) -> npt.NDArray[np.int64]:
    table = np.full((len(groups), 3), -1, np.int64)
    for i, names in enumerate(groups.values()):
        for j, name in enumerate(names):
            table[i, j] = f.PARTS.index(name)
    return table


# Where the features of the filing itself go.
F_UNIT_PRICE_BACKED_OFF = f.INDEX["unit_price.backed_off"]
F_MASS_PER_PACKAGE_BACKED_OFF = f.INDEX["mass_per_package.backed_off"]
F_FILING_VALUE = f.INDEX["filing.value"]
F_FILING_MASS = f.INDEX["filing.mass"]
F_FILING_UNIT_PRICE = f.INDEX["filing.unit_price"]
F_FILING_MASS_PER_PACKAGE = f.INDEX["filing.mass_per_package"]
F_FILING_PACKAGES = f.INDEX["filing.packages"]
F_FILING_DUTY_RATE = f.INDEX["filing.duty_rate"]
F_FILING_DUTY = f.INDEX["filing.duty"]
F_FILING_HOUR = f.INDEX["filing.hour"]
F_FILING_WEEKDAY = f.INDEX["filing.weekday"]
F_FILING_CHAPTER = f.INDEX["filing.chapter"]
F_FILING_HEADING = f.INDEX["filing.heading"]
F_FILING_SUBHEADING = f.INDEX["filing.subheading"]
F_FILING_ORIGIN = f.INDEX["filing.origin"]
F_FILING_DEPARTURE = f.INDEX["filing.departure"]
F_FILING_DISTRICT = f.INDEX["filing.district"]
F_FILING_PORT = f.INDEX["filing.port"]
F_FILING_LANE = f.INDEX["filing.lane"]
F_FILING_PROGRAMME = f.INDEX["filing.programme"]
F_FILING_DECLARED_EMPTY = f.INDEX["filing.declared_empty"]
F_FILING_ORIGIN_IS_DEPARTURE = f.INDEX["filing.origin_is_departure"]
F_FILING_ROUND_VALUE = f.INDEX["filing.round_value"]
F_FILING_ROUND_MASS = f.INDEX["filing.round_mass"]
F_ORIGIN_SHARE = f.INDEX["origin.share"]
F_SEAL_ABSENT = f.INDEX["seal.absent"]
F_SEAL_REUSE = f.INDEX["seal.reuse"]
F_SEAL_MOVED = f.INDEX["seal.moved"]
F_SEAL_SINCE = f.INDEX["seal.since"]
F_SEAL_GAP = f.INDEX["seal.gap"]
F_SEAL_NEW_SERIES = f.INDEX["seal.new_series"]
F_SEAL_SHIFT = f.INDEX["seal.shift"]
F_TRACTOR_SAME_DAY = f.INDEX["tractor.same_day"]
F_TRACTOR_ELSEWHERE = f.INDEX["tractor.elsewhere"]
F_DRIVER_ELSEWHERE = f.INDEX["driver.elsewhere"]
F_LINKS_BEST = f.INDEX["links.best"]
F_LINKS_NEW_PARTIES = f.INDEX["links.new_parties"]
F_ALL_SHIFT_SUM = f.INDEX["all.shift_sum"]
F_CONTENT_EXAMINED = f.INDEX["content.examined"]

# Where the features of a party go within its block.
O_COUNT = f.ENTITY_FEATURES.index("count")
O_AGE = f.ENTITY_FEATURES.index("age")
O_BURST = f.ENTITY_FEATURES.index("burst")
O_SHIFT = f.ENTITY_FEATURES.index("shift")
O_SHIFT_FAST = f.ENTITY_FEATURES.index("shift_fast")
O_EXAMINED = f.ENTITY_FEATURES.index("examined")
O_SINCE_HIT = f.ENTITY_FEATURES.index("since_hit")
O_GLOW = f.ENTITY_FEATURES.index("glow")
O_HOUR = f.ENTITY_FEATURES.index("hour")

PAIR_PARTS = _parts_of(f.PAIRS)
GOODS_PARTS = _parts_of(f.GOODS)
DEVIATION_GROUP = np.array([list(f.GOODS).index(group) for group, _ in f.DEVIATIONS], np.int64)
DEVIATION_QUANTITY = np.array([f.QUANTITIES.index(quantity) for _, quantity in f.DEVIATIONS], np.int64)

PART_SEAL, PART_CARRIER, PART_TRACTOR = f.PARTS.index("seal"), f.PARTS.index("carrier"), f.PARTS.index("tractor")
PART_SERIES, PART_HS6, PART_ORIGIN = f.PARTS.index("seal_series"), f.PARTS.index("hs6"), f.PARTS.index("origin")
PART_BRIDGE = f.PARTS.index("bridge")
BROKER, CARRIER, DRIVER, TRACTOR = (f.ENTITIES.index(kind) for kind in ("broker", "carrier", "driver", "tractor"))
_TRUCK = {"carrier", "driver", "tractor"}
PART_DEPARTURE = f.PARTS.index("departure")
PART_CONTENT, PART_CROSSING = f.PARTS.index("content"), f.PARTS.index("crossing")
PAIR_CONTENT = list(f.PAIRS).index("content")
#: Combinations without an identity: a load filed again teaches them little that is new.
OF_GOODS = np.array([not set(names) & {*f.ENTITIES, "content"} for names in f.PAIRS.values()])
#: Combinations of what a crossing has in common: counted once a crossing.
OF_TRUCK = np.array([bool(own := set(names) & {*f.ENTITIES}) and own <= _TRUCK for names in f.PAIRS.values()])
PAIR_HS6, PAIR_HS6_ORIGIN = list(f.PAIRS).index("hs6"), list(f.PAIRS).index("hs6_origin")

# Columns of numbers that a row brings.
N_DAYS, N_HOUR, N_WEEKDAY, N_VALUE, N_MASS, N_PACKAGES, N_DUTY_RATE = 0, 1, 2, 3, 4, 5, 6
N_EMPTY, N_LANE, N_PROGRAMME, N_CHAPTER, N_HEADING, N_SUBHEADING = 7, 8, 9, 10, 11, 12
N_ORIGIN, N_DEPARTURE, N_DISTRICT, N_PORT, N_SEAL_NUMBER, N_AMENDS = 13, 14, 15, 16, 17, 18
NUMBERS = 19

# Positions of settings.
HALF_RATE_FAST, HALF_RATE_SLOW, HALF_HITS, HALF_HITS_FAST, HALF_GLOW, PRIOR_WEIGHT, PRIOR_RATE, GOODS_MEMORY = range(8)
