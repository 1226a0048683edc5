"""The sequential loops of the memory: for each row, its features from what came before, then the row is remembered.

One row after the other, with scalar arithmetic only, so that a row's features do not depend on the size of the batch it
came in. The meaning of every feature is in `features`; this module is its computation.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from aforo.risk import features as f
from aforo.risk.hashtable import MAX_LOAD, Float64Array, Int64Array, UInt64Array, find, find_or_insert, mix
from aforo.risk.jit import kernel

# --- Layout of a row of state -------------------------------------------------------------------------------------

# A party.
FIRST, LAST, COUNT, RATE_FAST, RATE_SLOW = 0, 1, 2, 3, 4
LABELLED, HITS, EXAMS, HITS_FAST, EXAMS_FAST, LAST_HIT = 5, 6, 7, 8, 9, 10
GLOW, GLOW_AT = 11, 12
THREAT_HITS = 13  # four
HOUR_COS, HOUR_SIN = 17, 18
LAST_BRIDGE = 19
ENTITY_WIDTH = 20

# A combination of parts.
P_COUNT, P_LABELLED, P_HITS, P_EXAMS = 0, 1, 2, 3
PAIR_WIDTH = 4

# A group of goods: the number of filings, then n, mean, M2 of each quantity.
GOODS_WIDTH = 3 * len(f.QUANTITIES)

# A seal, and a carrier's series of seals.
S_COUNT, S_LAST, S_TRACTOR, S_NUMBER, S_STEP, S_LABELLED, S_HITS, S_EXAMS = 0, 1, 2, 3, 4, 5, 6, 7
SEAL_WIDTH = 8

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
PART_DEPARTURE = f.PARTS.index("departure")
PART_CONTENT = f.PARTS.index("content")
PAIR_CONTENT = list(f.PAIRS).index("content")
#: Combinations without an identity: a load filed again teaches them little that is new.
OF_GOODS = np.array([not set(names) & {*f.ENTITIES, "content"} for names in f.PAIRS.values()])
PAIR_HS6, PAIR_HS6_ORIGIN = list(f.PAIRS).index("hs6"), list(f.PAIRS).index("hs6_origin")

# Columns of numbers that a row brings.
N_DAYS, N_HOUR, N_WEEKDAY, N_VALUE, N_MASS, N_PACKAGES, N_DUTY_RATE = 0, 1, 2, 3, 4, 5, 6
N_EMPTY, N_LANE, N_PROGRAMME, N_CHAPTER, N_HEADING, N_SUBHEADING = 7, 8, 9, 10, 11, 12
N_ORIGIN, N_DEPARTURE, N_DISTRICT, N_PORT, N_SEAL_NUMBER = 13, 14, 15, 16, 17
NUMBERS = 18

# Positions of settings.
HALF_RATE_FAST, HALF_RATE_SLOW, HALF_HITS, HALF_HITS_FAST, HALF_GLOW, PRIOR_WEIGHT, PRIOR_RATE, GOODS_MEMORY = range(8)

_LN2 = math.log(2.0)


@kernel
def key_of(parts: UInt64Array, a: int, b: int, c: int, salt: int) -> np.uint64:
    """The key of a combination, 0 if a part is missing. Never 0 otherwise."""
    if parts[a] == np.uint64(0) or (b >= 0 and parts[b] == np.uint64(0)) or (c >= 0 and parts[c] == np.uint64(0)):
        return np.uint64(0)
    key = mix(parts[a] + np.uint64(salt) * np.uint64(0x9E3779B97F4A7C15))
    if b >= 0:
        key = mix(key ^ parts[b])
    if c >= 0:
        key = mix(key ^ parts[c])
    return key | np.uint64(1)


@kernel
def _decay(elapsed: float, half_life: float) -> float:
    return math.exp(-_LN2 * max(elapsed, 0.0) / half_life)


@kernel
def _shift(hits: float, exams: float, weight: float, rate: float) -> float:
    """Log-odds of the posterior mean less those of the prior mean; 0 where nothing was examined."""
    if exams == 0.0:
        return 0.0
    p = (hits + weight * rate) / (exams + weight)
    return math.log(p * (1.0 - rate) / ((1.0 - p) * rate))


@kernel
def _elsewhere(at: int, e_state: Float64Array, bridge: float, t: float) -> float:
    """How soon after it was at another bridge a party is here: 1 at once, 0.5 after an hour; 0 if it was not."""
    if at < 0:
        return np.nan
    s = e_state[at]
    if s[COUNT] == 0.0 or s[LAST_BRIDGE] == bridge or s[LAST_BRIDGE] == 0.0 or bridge == 0.0:
        return 0.0
    return float(1.0 / (1.0 + 24.0 * max(t - s[LAST], 0.0)))


@kernel
def _zeros(amount: float) -> float:
    """Trailing zeros of the amount rounded to a whole number; NaN if it is missing or below one."""
    if not amount >= 1.0 or amount > 1e15:
        return np.nan
    whole = np.int64(math.floor(amount + 0.5))
    count = 0
    while whole % 10 == 0 and whole > 0:
        whole = whole // 10
        count += 1
    return float(count)


@kernel
def _log_or_nan(x: float) -> float:
    return math.log(x) if x > 0.0 else np.nan


@kernel
def content_keys(parts: UInt64Array, bits: UInt64Array) -> UInt64Array:
    """A key for the goods, their way, and the bits of their numbers [n, 3]; 0 where the goods are not named."""
    keys = np.zeros(parts.shape[0], np.uint64)
    for i in range(parts.shape[0]):
        if parts[i, PART_HS6] != np.uint64(0):
            key = mix(parts[i, PART_HS6] ^ mix(parts[i, PART_ORIGIN] ^ mix(parts[i, PART_DEPARTURE])))
            for j in range(bits.shape[1]):
                key = mix(key ^ bits[i, j])
            keys[i] = key | np.uint64(1)
    return keys


@kernel
def observe(
    start: int,
    parts: UInt64Array,
    numbers: Float64Array,
    settings: Float64Array,
    overall: Float64Array,
    e_keys: UInt64Array,
    e_state: Float64Array,
    e_used: Int64Array,
    ring: UInt64Array,
    p_keys: UInt64Array,
    p_state: Float64Array,
    p_used: Int64Array,
    g_keys: UInt64Array,
    g_state: Float64Array,
    g_used: Int64Array,
    s_keys: UInt64Array,
    s_state: Float64Array,
    s_used: Int64Array,
    out: npt.NDArray[np.float32],
) -> int:
    """Write the features of the rows from `start` on and remember the rows.

    Returns the number of rows done: fewer than there are when a table must grow first.
    """
    rows = numbers.shape[0]
    row = np.empty(FEATURE_COUNT)
    e_at = np.empty(ENTITY_COUNT, np.int64)
    p_at = np.empty(PAIR_COUNT, np.int64)
    g_at = np.empty(GOODS_COUNT, np.int64)
    quantity = np.empty(QUANTITY_COUNT)
    shifts = np.empty(ENTITY_COUNT)
    weight = settings[PRIOR_WEIGHT]
    for i in range(start, rows):
        if (
            e_used[0] + ENTITY_COUNT > MAX_LOAD * len(e_keys)
            or p_used[0] + PAIR_COUNT > MAX_LOAD * len(p_keys)
            or g_used[0] + GOODS_COUNT > MAX_LOAD * len(g_keys)
            or s_used[0] + 2 > MAX_LOAD * len(s_keys)
        ):
            return i
        here = parts[i]
        t = numbers[i, N_DAYS]
        hour = numbers[i, N_HOUR]
        bridge = float(here[PART_BRIDGE] >> np.uint64(12))  # in 52 bits, which a double holds exactly
        row[:] = np.nan
        # The rate of all that was examined lately is the prior of every posterior.
        fade = _decay(t - overall[0], settings[HALF_HITS])
        rate = (overall[1] * fade + 20.0 * settings[PRIOR_RATE]) / (overall[2] * fade + 20.0)
        rate = min(max(rate, 1e-5), 0.5)

        # Parties.
        best = 0.0
        shift_sum = 0.0
        fresh = 0.0
        angle = hour * (2.0 * math.pi / 24.0)
        for threat in range(4):
            row[THREATS_AT + threat] = 0.0
        for k in range(ENTITY_COUNT):
            key = key_of(here, k, -1, -1, 1 + k)
            shifts[k] = 0.0
            if key == np.uint64(0):
                e_at[k] = -1
                continue
            at = find_or_insert(e_keys, e_used, key)
            e_at[k] = at
            s = e_state[at]
            o = k * ENTITY_BLOCK
            row[o + O_COUNT] = math.log(1.0 + s[COUNT])
            if s[COUNT] > 0.0:
                since = max(t - s[LAST], 0.0)
                row[o + O_AGE] = math.log(1.0 + max(t - s[FIRST], 0.0))
                fast = s[RATE_FAST] * _decay(since, settings[HALF_RATE_FAST]) / settings[HALF_RATE_FAST]
                slow = s[RATE_SLOW] * _decay(since, settings[HALF_RATE_SLOW]) / settings[HALF_RATE_SLOW]
                row[o + O_BURST] = math.log((fast + 0.05) / (slow + 0.05))
                length = math.sqrt(s[HOUR_COS] * s[HOUR_COS] + s[HOUR_SIN] * s[HOUR_SIN])
                if s[COUNT] >= 5.0 and length > 1e-9:
                    # Circular deviation over the circular spread (Mardia and Jupp, Directional Statistics, 2000).
                    cosine = (s[HOUR_COS] * math.cos(angle) + s[HOUR_SIN] * math.sin(angle)) / length
                    away = math.acos(min(max(cosine, -1.0), 1.0))
                    spread = math.sqrt(max(-2.0 * math.log(min(length, 0.9999)), 0.0))
                    row[o + O_HOUR] = away / (spread + 0.25)
            else:
                fresh += 1.0
            fade = _decay(t - s[LABELLED], settings[HALF_HITS])
            shift = _shift(s[HITS] * fade, s[EXAMS] * fade, weight, rate)
            row[o + O_SHIFT] = shift
            quick = _decay(t - s[LABELLED], settings[HALF_HITS_FAST])
            row[o + O_SHIFT_FAST] = _shift(s[HITS_FAST] * quick, s[EXAMS_FAST] * quick, weight, rate)
            row[o + O_EXAMINED] = math.log(1.0 + s[EXAMS] * fade)
            if s[LAST_HIT] > 0.0:
                row[o + O_SINCE_HIT] = math.log(1.0 + max(t - s[LAST_HIT], 0.0))
            glow = s[GLOW] * _decay(t - s[GLOW_AT], settings[HALF_GLOW])
            row[o + O_GLOW] = glow
            shifts[k] = shift
            shift_sum += shift
            best = max(best, shift, glow)
            for threat in range(4):
                own = _shift(s[THREAT_HITS + threat] * fade, s[EXAMS] * fade, weight, 0.25 * rate)
                row[THREATS_AT + threat] += own

        # Combinations.
        for k in range(PAIR_COUNT):
            key = key_of(here, PAIR_PARTS[k, 0], PAIR_PARTS[k, 1], PAIR_PARTS[k, 2], 100 + k)
            if key == np.uint64(0):
                p_at[k] = -1
                continue
            at = find_or_insert(p_keys, p_used, key)
            p_at[k] = at
            s = p_state[at]
            if k < COUNTED:
                row[PAIRS_AT + k] = math.log(1.0 + s[P_COUNT])
            row[SHIFTS_AT + k] = 0.0
            if s[P_EXAMS] > 0.0:
                fade = _decay(t - s[P_LABELLED], settings[HALF_HITS])
                row[SHIFTS_AT + k] = _shift(s[P_HITS] * fade, s[P_EXAMS] * fade, weight, rate)
            if k < FIRST_TIME_PAIRS and s[P_COUNT] == 0.0:
                fresh += 1.0

        # Goods.
        value, mass = numbers[i, N_VALUE], numbers[i, N_MASS]
        packages, duty_rate = numbers[i, N_PACKAGES], numbers[i, N_DUTY_RATE]
        quantity[0] = _log_or_nan(value / mass) if mass > 0.0 else np.nan
        quantity[1] = _log_or_nan(mass / packages) if packages > 0.0 else np.nan
        quantity[2] = _log_or_nan(mass)
        quantity[3] = _log_or_nan(value)
        quantity[4] = duty_rate
        for k in range(GOODS_COUNT):
            key = key_of(here, GOODS_PARTS[k, 0], GOODS_PARTS[k, 1], GOODS_PARTS[k, 2], 200 + k)
            g_at[k] = -1 if key == np.uint64(0) else find_or_insert(g_keys, g_used, key)
        for k in range(DEVIATION_COUNT):
            at = g_at[DEVIATION_GROUP[k]]
            q = DEVIATION_QUANTITY[k]
            if at >= 0 and g_state[at, 3 * q] >= 3.0:
                n = g_state[at, 3 * q]
                # Two filings' worth of a wide prior keeps small groups from shouting.
                prior = 0.0025 if q == 4 else 0.25
                spread = math.sqrt((g_state[at, 3 * q + 2] + 2.0 * prior) / (n + 1.0))
                row[DEVIATIONS_AT + k] = (quantity[q] - g_state[at, 3 * q + 1]) / (spread * math.sqrt(1.0 + 1.0 / n))
        for q in range(2):
            for g in range(4):  # hs6 × origin, hs6, hs4, hs2
                at = g_at[g]
                if at >= 0 and g_state[at, 3 * q] >= 8.0:
                    n = g_state[at, 3 * q]
                    spread = math.sqrt((g_state[at, 3 * q + 2] + 0.5) / (n + 1.0))
                    row[F_UNIT_PRICE_BACKED_OFF + q] = (quantity[q] - g_state[at, 3 * q + 1]) / (
                        spread * math.sqrt(1.0 + 1.0 / n)
                    )
                    break

        # The filing.
        row[F_FILING_VALUE] = quantity[3]
        row[F_FILING_MASS] = quantity[2]
        row[F_FILING_UNIT_PRICE] = quantity[0]
        row[F_FILING_MASS_PER_PACKAGE] = quantity[1]
        row[F_FILING_PACKAGES] = math.log(1.0 + packages) if packages >= 0.0 else np.nan
        row[F_FILING_DUTY_RATE] = duty_rate
        row[F_FILING_DUTY] = math.log(1.0 + value * duty_rate) if value * duty_rate >= 0.0 else np.nan
        row[F_FILING_HOUR] = hour
        row[F_FILING_WEEKDAY] = numbers[i, N_WEEKDAY]
        row[F_FILING_CHAPTER] = numbers[i, N_CHAPTER]
        row[F_FILING_HEADING] = numbers[i, N_HEADING]
        row[F_FILING_SUBHEADING] = numbers[i, N_SUBHEADING]
        row[F_FILING_ORIGIN] = numbers[i, N_ORIGIN]
        row[F_FILING_DEPARTURE] = numbers[i, N_DEPARTURE]
        row[F_FILING_DISTRICT] = numbers[i, N_DISTRICT]
        row[F_FILING_PORT] = numbers[i, N_PORT]
        row[F_FILING_LANE] = numbers[i, N_LANE]
        row[F_FILING_PROGRAMME] = numbers[i, N_PROGRAMME]
        row[F_FILING_DECLARED_EMPTY] = numbers[i, N_EMPTY]
        if here[PART_ORIGIN] != np.uint64(0) and here[PART_DEPARTURE] != np.uint64(0):
            row[F_FILING_ORIGIN_IS_DEPARTURE] = 1.0 if here[PART_ORIGIN] == here[PART_DEPARTURE] else 0.0
        row[F_FILING_ROUND_VALUE] = _zeros(value)
        row[F_FILING_ROUND_MASS] = _zeros(mass)
        if p_at[PAIR_HS6] >= 0 and p_at[PAIR_HS6_ORIGIN] >= 0:
            of_origin = p_state[p_at[PAIR_HS6_ORIGIN], P_COUNT]
            row[F_ORIGIN_SHARE] = math.log((of_origin + 0.5) / (p_state[p_at[PAIR_HS6], P_COUNT] + 1.0))

        # The seal.
        seal_at = np.int64(-1)
        series_at = np.int64(-1)
        key = key_of(here, PART_SEAL, -1, -1, 300)
        row[F_SEAL_ABSENT] = 1.0 if key == np.uint64(0) else 0.0
        if key != np.uint64(0):
            seal_at = find_or_insert(s_keys, s_used, key)
            s = s_state[seal_at]
            row[F_SEAL_REUSE] = math.log(1.0 + s[S_COUNT])
            if s[S_COUNT] > 0.0:
                row[F_SEAL_SINCE] = math.log(1.0 + max(t - s[S_LAST], 0.0))
                tractor = float(here[PART_TRACTOR] >> np.uint64(12))
                row[F_SEAL_MOVED] = 1.0 if tractor != s[S_TRACTOR] else 0.0
            key = key_of(here, PART_CARRIER, PART_SERIES, -1, 301)
            if key != np.uint64(0):
                series_at = find_or_insert(s_keys, s_used, key)
                s = s_state[series_at]
                row[F_SEAL_NEW_SERIES] = 1.0 if s[S_COUNT] == 0.0 else 0.0
                if s[S_COUNT] > 0.0 and not np.isnan(numbers[i, N_SEAL_NUMBER]):
                    step = abs(numbers[i, N_SEAL_NUMBER] - s[S_NUMBER])
                    usual = math.exp(s[S_STEP]) if s[S_COUNT] > 1.0 else 1.0
                    row[F_SEAL_GAP] = math.log((step + 1.0) / (usual + 1.0))
                fade = _decay(t - s[S_LABELLED], settings[HALF_HITS])
                row[F_SEAL_SHIFT] = _shift(s[S_HITS] * fade, s[S_EXAMS] * fade, weight, rate)
        row[F_DRIVER_ELSEWHERE] = _elsewhere(e_at[DRIVER], e_state, bridge, t)
        row[F_TRACTOR_ELSEWHERE] = _elsewhere(e_at[TRACTOR], e_state, bridge, t)
        at = e_at[TRACTOR]
        if at >= 0:
            # A one-day half-life counts the filings of the last day or so.
            row[F_TRACTOR_SAME_DAY] = e_state[at, RATE_FAST] * _decay(t - e_state[at, LAST], 1.0)
        row[F_LINKS_BEST] = best
        row[F_LINKS_NEW_PARTIES] = fresh
        row[F_ALL_SHIFT_SUM] = shift_sum
        if p_at[PAIR_CONTENT] >= 0:
            s = p_state[p_at[PAIR_CONTENT]]
            row[F_CONTENT_EXAMINED] = math.log(1.0 + s[P_EXAMS] * _decay(t - s[P_LABELLED], settings[HALF_HITS]))
        for k in range(FEATURE_COUNT):
            out[i, k] = row[k]

        # Remember the row: parties, with the glow of those beside them.
        for k in range(ENTITY_COUNT):
            at = e_at[k]
            if at < 0:
                continue
            s = e_state[at]
            if s[COUNT] == 0.0:
                s[FIRST] = t
                s[LAST] = t
            elapsed = t - s[LAST]
            s[RATE_FAST] = s[RATE_FAST] * _decay(elapsed, settings[HALF_RATE_FAST]) + 1.0
            s[RATE_SLOW] = s[RATE_SLOW] * _decay(elapsed, settings[HALF_RATE_SLOW]) + 1.0
            s[LAST] = max(t, s[LAST])
            s[LAST_BRIDGE] = bridge
            s[COUNT] += 1.0
            if not np.isnan(hour):
                share = max(1.0 / s[COUNT], 0.05)
                s[HOUR_COS] += share * (math.cos(angle) - s[HOUR_COS])
                s[HOUR_SIN] += share * (math.sin(angle) - s[HOUR_SIN])
            # Glow comes from the other parties of the row, halved; brokers and carriers are hubs and pass none on.
            own = s[GLOW] * _decay(t - s[GLOW_AT], settings[HALF_GLOW])
            for other in range(ENTITY_COUNT):
                if other in (k, BROKER, CARRIER) or e_at[other] < 0:
                    continue
                their = row[other * ENTITY_BLOCK + O_GLOW]
                own = max(own, 0.5 * max(shifts[other], their))
                if k != BROKER and k != CARRIER:
                    _remember_beside(ring, at, e_keys[e_at[other]])
            s[GLOW] = own
            s[GLOW_AT] = max(t, s[GLOW_AT])
        for k in range(PAIR_COUNT):
            if p_at[k] >= 0:
                p_state[p_at[k], P_COUNT] += 1.0
        for k in range(GOODS_COUNT):
            if g_at[k] >= 0:
                s = g_state[g_at[k]]
                for q in range(QUANTITY_COUNT):
                    x = quantity[q]
                    if not np.isnan(x):
                        # Welford's update; past GOODS_MEMORY filings the oldest fade.
                        n = s[3 * q] + 1.0
                        delta = x - s[3 * q + 1]
                        s[3 * q + 1] += delta / n
                        s[3 * q + 2] += delta * (x - s[3 * q + 1])
                        if n > settings[GOODS_MEMORY]:
                            s[3 * q + 2] *= settings[GOODS_MEMORY] / n
                            n = settings[GOODS_MEMORY]
                        s[3 * q] = n
        if seal_at >= 0:
            s = s_state[seal_at]
            s[S_COUNT] += 1.0
            s[S_LAST] = t
            s[S_TRACTOR] = float(here[PART_TRACTOR] >> np.uint64(12))
        if series_at >= 0:
            s = s_state[series_at]
            number = numbers[i, N_SEAL_NUMBER]
            if not np.isnan(number):
                if s[S_COUNT] > 0.0:
                    step = math.log(1.0 + abs(number - s[S_NUMBER]))
                    s[S_STEP] += (step - s[S_STEP]) * max(1.0 / s[S_COUNT], 0.05)
                s[S_NUMBER] = number
            s[S_COUNT] += 1.0
    return int(rows)


@kernel
def _remember_beside(ring: UInt64Array, at: int, key: np.uint64) -> None:
    """Put `key` first among those seen beside; the one that was not seen longest falls out."""
    last = RING - 1
    for j in range(RING):
        if ring[at, j] == key:
            last = j
            break
    for j in range(last, 0, -1):
        ring[at, j] = ring[at, j - 1]
    ring[at, 0] = key


@kernel
def learn(
    start: int,
    parts: UInt64Array,
    numbers: Float64Array,
    hits: Float64Array,
    weights: Float64Array,
    threats: Int64Array,
    settings: Float64Array,
    overall: Float64Array,
    e_keys: UInt64Array,
    e_state: Float64Array,
    e_used: Int64Array,
    ring: UInt64Array,
    p_keys: UInt64Array,
    p_state: Float64Array,
    p_used: Int64Array,
    s_keys: UInt64Array,
    s_state: Float64Array,
    s_used: Int64Array,
) -> int:
    """Take in the findings of examined rows. Returns the number of rows done, as `observe` does."""
    for i in range(start, numbers.shape[0]):
        if (
            e_used[0] + ENTITY_COUNT > MAX_LOAD * len(e_keys)
            or p_used[0] + PAIR_COUNT > MAX_LOAD * len(p_keys)
            or s_used[0] + 2 > MAX_LOAD * len(s_keys)
        ):
            return i
        here = parts[i]
        t = numbers[i, N_DAYS]
        hit, w = hits[i] * weights[i], weights[i]
        _add(overall, 0, t, hit, w, settings[HALF_HITS])
        fade = _decay(0.0, 1.0)
        rate = (overall[1] + 20.0 * settings[PRIOR_RATE]) / (overall[2] + 20.0)
        rate = min(max(rate, 1e-5), 0.5)
        for k in range(ENTITY_COUNT):
            key = key_of(here, k, -1, -1, 1 + k)
            if key == np.uint64(0):
                continue
            at = find_or_insert(e_keys, e_used, key)
            s = e_state[at]
            late = max(s[LABELLED] - t, 0.0)
            fade = _decay(t - s[LABELLED], settings[HALF_HITS])
            back = _decay(late, settings[HALF_HITS])
            for threat in range(4):
                s[THREAT_HITS + threat] *= fade
            if hit > 0.0:
                s[THREAT_HITS + threats[i]] += hit * back
            quick = _decay(t - s[LABELLED], settings[HALF_HITS_FAST])
            back = _decay(late, settings[HALF_HITS_FAST])
            s[HITS_FAST] = s[HITS_FAST] * quick + hit * back
            s[EXAMS_FAST] = s[EXAMS_FAST] * quick + w * back
            _add(s, LABELLED, t, hit, w, settings[HALF_HITS])
            if hit > 0.0:
                s[LAST_HIT] = max(s[LAST_HIT], t)
                if k in (BROKER, CARRIER):
                    continue
                # A finding shines on those that were seen beside this party lately.
                shine = 0.5 * _shift(s[HITS], s[EXAMS], settings[PRIOR_WEIGHT], rate)
                for j in range(RING):
                    if ring[at, j] == np.uint64(0):
                        break
                    other = find(e_keys, ring[at, j])
                    if other >= 0:
                        o = e_state[other]
                        glow = o[GLOW] * _decay(t - o[GLOW_AT], settings[HALF_GLOW])
                        o[GLOW] = max(glow, shine)
                        o[GLOW_AT] = max(t, o[GLOW_AT])
        again = 1.0
        key = key_of(here, PART_CONTENT, -1, -1, 100 + PAIR_CONTENT)
        if key != np.uint64(0):
            s = p_state[find_or_insert(p_keys, p_used, key)]
            again = 1.0 / (1.0 + s[P_EXAMS] * _decay(t - s[P_LABELLED], settings[HALF_HITS]))
        for k in range(PAIR_COUNT):
            key = key_of(here, PAIR_PARTS[k, 0], PAIR_PARTS[k, 1], PAIR_PARTS[k, 2], 100 + k)
            if key != np.uint64(0):
                new = again if OF_GOODS[k] else 1.0
                at = find_or_insert(p_keys, p_used, key)
                _add(p_state[at], P_LABELLED, t, hit * new, w * new, settings[HALF_HITS])
        key = key_of(here, PART_CARRIER, PART_SERIES, -1, 301)
        if key != np.uint64(0):
            _add(s_state[find_or_insert(s_keys, s_used, key)], S_LABELLED, t, hit, w, settings[HALF_HITS])
    return int(numbers.shape[0])


@kernel
def _add(state: Float64Array, at: int, t: float, hit: float, weight: float, half_life: float) -> None:
    """Add a finding of time `t` to (time, hits, examined) at `at`, each faded to the later of both times."""
    fade = _decay(t - state[at], half_life)
    back = _decay(state[at] - t, half_life)
    state[at + 1] = state[at + 1] * fade + hit * back
    state[at + 2] = state[at + 2] * fade + weight * back
    state[at] = max(t, state[at])
