"""The sequential loop of the memory: for each row, its features from what came before, then the row is remembered.

One row after the other, with scalar arithmetic only, so that a row's features do not depend on the size of the batch it
came in. The meaning of every feature, and what counts once, is in `features`; this module is its computation.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from aforo.risk import layout as lay
from aforo.risk.arithmetic import decay, key_of, shift_of
from aforo.risk.counting import count_goods, count_party, count_seal, count_series, is_counted, is_last, moments
from aforo.risk.hashtable import MAX_LOAD, Float64Array, Int64Array, UInt64Array, find_or_insert, mix
from aforo.risk.jit import kernel


@kernel
def _elsewhere(s: Float64Array, bridge: float, t: float) -> float:
    """How soon after it was at another bridge a party is here: 1 at once, 0.5 after an hour; 0 if it was not."""
    if s[lay.COUNT] == 0.0 or s[lay.LAST_BRIDGE] == bridge or s[lay.LAST_BRIDGE] == 0.0 or bridge == 0.0:
        return 0.0
    return float(1.0 / (1.0 + 24.0 * max(t - s[lay.LAST], 0.0)))


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
        if parts[i, lay.PART_HS6] != np.uint64(0):
            key = mix(parts[i, lay.PART_HS6] ^ mix(parts[i, lay.PART_ORIGIN] ^ mix(parts[i, lay.PART_DEPARTURE])))
            for j in range(bits.shape[1]):
                key = mix(key ^ bits[i, j])
            keys[i] = key | np.uint64(1)
    return keys


@kernel
def observe(
    start: int,
    filings: int,
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
    """Write the features of the rows from `start` on and remember the rows; `filings` came before the first of them.

    Returns the number of rows done: fewer than there are when a table must grow first.
    """
    rows = numbers.shape[0]
    row = np.empty(lay.FEATURE_COUNT)
    e_at = np.empty(lay.ENTITY_COUNT, np.int64)
    p_at = np.empty(lay.PAIR_COUNT, np.int64)
    g_at = np.empty(lay.GOODS_COUNT, np.int64)
    e_counts = np.empty(lay.ENTITY_COUNT, np.bool_)
    p_counts = np.empty(lay.PAIR_COUNT, np.bool_)
    g_counts = np.empty(lay.GOODS_COUNT, np.bool_)
    p_count = np.empty(lay.PAIR_COUNT)
    g_without = np.empty(lay.GOODS_COUNT, np.bool_)
    before = np.empty(lay.ENTITY_WIDTH)
    quantity = np.empty(lay.QUANTITY_COUNT)
    shifts = np.empty(lay.ENTITY_COUNT)
    weight = settings[lay.PRIOR_WEIGHT]
    for i in range(start, rows):
        if (
            e_used[0] + lay.ENTITY_COUNT > MAX_LOAD * len(e_keys)
            or p_used[0] + lay.PAIR_COUNT > MAX_LOAD * len(p_keys)
            or g_used[0] + lay.GOODS_COUNT > MAX_LOAD * len(g_keys)
            or s_used[0] + 2 > MAX_LOAD * len(s_keys)
        ):
            return i
        here = parts[i]
        t = numbers[i, lay.N_DAYS]
        hour = numbers[i, lay.N_HOUR]
        bridge = float(here[lay.PART_BRIDGE] >> np.uint64(12))  # in 52 bits, which a double holds exactly
        tractor = float(here[lay.PART_TRACTOR] >> np.uint64(12))
        crossing = float(here[lay.PART_CROSSING] >> np.uint64(12))
        amends = numbers[i, lay.N_AMENDS] > 0.0
        row[:] = np.nan
        # The rate of all that was examined lately is the prior of every posterior.
        fade = decay(t - overall[0], settings[lay.HALF_HITS])
        rate = (overall[1] * fade + 20.0 * settings[lay.PRIOR_RATE]) / (overall[2] * fade + 20.0)
        rate = min(max(rate, 1e-5), 0.5)

        # The crossing was seen before, if one of those whom the row names counted it last.
        seen = False
        for k in range(lay.ENTITY_COUNT):
            key = key_of(here, k, -1, -1, 1 + k)
            e_at[k] = -1 if key == np.uint64(0) else find_or_insert(e_keys, e_used, key)
            if e_at[k] >= 0:
                seen = seen or is_last(e_state[e_at[k], lay.CROSSING], crossing)
        seal_at = np.int64(-1)
        key = key_of(here, lay.PART_SEAL, -1, -1, 300)
        if key != np.uint64(0):
            seal_at = find_or_insert(s_keys, s_used, key)
            seen = seen or is_last(s_state[seal_at, lay.S_CROSSING], crossing)

        # Parties.
        best = 0.0
        shift_sum = 0.0
        fresh = 0.0
        angle = hour * (2.0 * math.pi / 24.0)
        for threat in range(4):
            row[lay.THREATS_AT + threat] = 0.0
        for k in range(lay.ENTITY_COUNT):
            shifts[k] = 0.0
            if e_at[k] < 0:
                continue
            s = e_state[e_at[k]]
            last = is_last(s[lay.CROSSING], crossing)
            again = k <= lay.CARRIER and (amends or (k == lay.CARRIER and seen))
            e_counts[k] = is_counted(last, k >= lay.CARRIER, again, s[lay.COUNT] > 0.0)
            if last and not e_counts[k]:
                before[:] = s
                for j in range(len(lay.CHANGED)):
                    before[lay.CHANGED[j]] = s[lay.BEFORE + j]
                s = before
            o = k * lay.ENTITY_BLOCK
            row[o + lay.O_COUNT] = math.log(1.0 + s[lay.COUNT])
            if s[lay.COUNT] > 0.0:
                since = max(t - s[lay.LAST], 0.0)
                row[o + lay.O_AGE] = math.log(1.0 + max(t - s[lay.FIRST], 0.0))
                fast = s[lay.RATE_FAST] * decay(since, settings[lay.HALF_RATE_FAST]) / settings[lay.HALF_RATE_FAST]
                slow = s[lay.RATE_SLOW] * decay(since, settings[lay.HALF_RATE_SLOW]) / settings[lay.HALF_RATE_SLOW]
                row[o + lay.O_BURST] = math.log((fast + 0.05) / (slow + 0.05))
                length = math.sqrt(s[lay.HOUR_COS] * s[lay.HOUR_COS] + s[lay.HOUR_SIN] * s[lay.HOUR_SIN])
                if s[lay.COUNT] >= 5.0 and length > 1e-9:
                    # Circular deviation over the circular spread (Mardia and Jupp, Directional Statistics, 2000).
                    cosine = (s[lay.HOUR_COS] * math.cos(angle) + s[lay.HOUR_SIN] * math.sin(angle)) / length
                    away = math.acos(min(max(cosine, -1.0), 1.0))
                    spread = math.sqrt(max(-2.0 * math.log(min(length, 0.9999)), 0.0))
                    row[o + lay.O_HOUR] = away / (spread + 0.25)
            else:
                fresh += 1.0
            fade = decay(t - s[lay.LABELLED], settings[lay.HALF_HITS])
            shift = shift_of(s[lay.HITS] * fade, s[lay.EXAMS] * fade, weight, rate)
            row[o + lay.O_SHIFT] = shift
            quick = decay(t - s[lay.LABELLED], settings[lay.HALF_HITS_FAST])
            row[o + lay.O_SHIFT_FAST] = shift_of(s[lay.HITS_FAST] * quick, s[lay.EXAMS_FAST] * quick, weight, rate)
            row[o + lay.O_EXAMINED] = math.log(1.0 + s[lay.EXAMS] * fade)
            if s[lay.LAST_HIT] > 0.0:
                row[o + lay.O_SINCE_HIT] = math.log(1.0 + max(t - s[lay.LAST_HIT], 0.0))
            glow = s[lay.GLOW] * decay(t - s[lay.GLOW_AT], settings[lay.HALF_GLOW])
            row[o + lay.O_GLOW] = glow
            shifts[k] = shift
            shift_sum += shift
            best = max(best, shift, glow)
            for threat in range(4):
                own = shift_of(s[lay.THREAT_HITS + threat] * fade, s[lay.EXAMS] * fade, weight, 0.25 * rate)
                row[lay.THREATS_AT + threat] += own
            if k == lay.DRIVER:
                row[lay.F_DRIVER_ELSEWHERE] = _elsewhere(s, bridge, t)
            elif k == lay.TRACTOR:
                row[lay.F_TRACTOR_ELSEWHERE] = _elsewhere(s, bridge, t)
                # A one-day half-life counts the crossings of the last day or so.
                row[lay.F_TRACTOR_SAME_DAY] = s[lay.RATE_FAST] * decay(t - s[lay.LAST], 1.0)

        # Combinations.
        for k in range(lay.PAIR_COUNT):
            key = key_of(here, lay.PAIR_PARTS[k, 0], lay.PAIR_PARTS[k, 1], lay.PAIR_PARTS[k, 2], 100 + k)
            if key == np.uint64(0):
                p_at[k] = -1
                continue
            at = find_or_insert(p_keys, p_used, key)
            p_at[k] = at
            s = p_state[at]
            again = amends or (seen and lay.OF_TRUCK[k])
            p_counts[k] = is_counted(False, False, again, s[lay.P_COUNT] > 0.0)
            p_count[k] = s[lay.P_COUNT] if p_counts[k] or not seen else s[lay.P_COUNT] - 1.0
            if k < lay.COUNTED:
                row[lay.PAIRS_AT + k] = math.log(1.0 + p_count[k])
            row[lay.SHIFTS_AT + k] = 0.0
            if s[lay.P_EXAMS] > 0.0:
                fade = decay(t - s[lay.P_LABELLED], settings[lay.HALF_HITS])
                row[lay.SHIFTS_AT + k] = shift_of(s[lay.P_HITS] * fade, s[lay.P_EXAMS] * fade, weight, rate)
            if k < lay.FIRST_TIME_PAIRS and p_count[k] == 0.0:
                fresh += 1.0

        # Goods.
        value, mass = numbers[i, lay.N_VALUE], numbers[i, lay.N_MASS]
        packages, duty_rate = numbers[i, lay.N_PACKAGES], numbers[i, lay.N_DUTY_RATE]
        quantity[0] = _log_or_nan(value / mass) if mass > 0.0 else np.nan
        quantity[1] = _log_or_nan(mass / packages) if packages > 0.0 else np.nan
        quantity[2] = _log_or_nan(mass)
        quantity[3] = _log_or_nan(value)
        quantity[4] = duty_rate
        for k in range(lay.GOODS_COUNT):
            key = key_of(here, lay.GOODS_PARTS[k, 0], lay.GOODS_PARTS[k, 1], lay.GOODS_PARTS[k, 2], 200 + k)
            g_at[k] = -1 if key == np.uint64(0) else find_or_insert(g_keys, g_used, key)
            if g_at[k] >= 0:
                s = g_state[g_at[k]]
                last = is_last(s[lay.G_CROSSING], crossing)
                g_counts[k] = not amends or is_counted(last, False, amends, s[: lay.G_CROSSING : 3].sum() > 0.0)
                g_without[k] = last and not g_counts[k]
        for k in range(lay.DEVIATION_COUNT):
            group = lay.DEVIATION_GROUP[k]
            at = g_at[group]
            q = lay.DEVIATION_QUANTITY[k]
            if at >= 0:
                n, mean, squares = moments(g_state[at], q, g_without[group], settings[lay.GOODS_MEMORY])
                if n >= 3.0:
                    # Two filings' worth of a wide prior keeps small groups from shouting.
                    prior = 0.0025 if q == 4 else 0.25
                    spread = math.sqrt((squares + 2.0 * prior) / (n + 1.0))
                    row[lay.DEVIATIONS_AT + k] = (quantity[q] - mean) / (spread * math.sqrt(1.0 + 1.0 / n))
        for q in range(2):
            for g in range(4):  # hs6 × origin, hs6, hs4, hs2
                if g_at[g] < 0:
                    continue
                n, mean, squares = moments(g_state[g_at[g]], q, g_without[g], settings[lay.GOODS_MEMORY])
                if n >= 8.0:
                    spread = math.sqrt((squares + 0.5) / (n + 1.0))
                    row[lay.F_UNIT_PRICE_BACKED_OFF + q] = (quantity[q] - mean) / (spread * math.sqrt(1.0 + 1.0 / n))
                    break

        # The filing.
        row[lay.F_FILING_VALUE] = quantity[3]
        row[lay.F_FILING_MASS] = quantity[2]
        row[lay.F_FILING_UNIT_PRICE] = quantity[0]
        row[lay.F_FILING_MASS_PER_PACKAGE] = quantity[1]
        row[lay.F_FILING_PACKAGES] = math.log(1.0 + packages) if packages >= 0.0 else np.nan
        row[lay.F_FILING_DUTY_RATE] = duty_rate
        row[lay.F_FILING_DUTY] = math.log(1.0 + value * duty_rate) if value * duty_rate >= 0.0 else np.nan
        row[lay.F_FILING_HOUR] = hour
        row[lay.F_FILING_WEEKDAY] = numbers[i, lay.N_WEEKDAY]
        row[lay.F_FILING_CHAPTER] = numbers[i, lay.N_CHAPTER]
        row[lay.F_FILING_HEADING] = numbers[i, lay.N_HEADING]
        row[lay.F_FILING_SUBHEADING] = numbers[i, lay.N_SUBHEADING]
        row[lay.F_FILING_ORIGIN] = numbers[i, lay.N_ORIGIN]
        row[lay.F_FILING_DEPARTURE] = numbers[i, lay.N_DEPARTURE]
        row[lay.F_FILING_DISTRICT] = numbers[i, lay.N_DISTRICT]
        row[lay.F_FILING_PORT] = numbers[i, lay.N_PORT]
        row[lay.F_FILING_LANE] = numbers[i, lay.N_LANE]
        row[lay.F_FILING_PROGRAMME] = numbers[i, lay.N_PROGRAMME]
        row[lay.F_FILING_DECLARED_EMPTY] = numbers[i, lay.N_EMPTY]
        if here[lay.PART_ORIGIN] != np.uint64(0) and here[lay.PART_DEPARTURE] != np.uint64(0):
            row[lay.F_FILING_ORIGIN_IS_DEPARTURE] = 1.0 if here[lay.PART_ORIGIN] == here[lay.PART_DEPARTURE] else 0.0
        row[lay.F_FILING_ROUND_VALUE] = _zeros(value)
        row[lay.F_FILING_ROUND_MASS] = _zeros(mass)
        if p_at[lay.PAIR_HS6] >= 0 and p_at[lay.PAIR_HS6_ORIGIN] >= 0:
            row[lay.F_ORIGIN_SHARE] = math.log((p_count[lay.PAIR_HS6_ORIGIN] + 0.5) / (p_count[lay.PAIR_HS6] + 1.0))

        # The seal.
        series_at = np.int64(-1)
        seal_counts, series_counts = False, False
        row[lay.F_SEAL_ABSENT] = 1.0 if seal_at < 0 else 0.0
        if seal_at >= 0:
            s = s_state[seal_at]
            seal_counts = not is_last(s[lay.S_CROSSING], crossing)
            count = s[lay.S_COUNT] if seal_counts else s[lay.S_COUNT] - 1.0
            row[lay.F_SEAL_REUSE] = math.log(1.0 + count)
            if count > 0.0:
                since = s[lay.S_LAST] if seal_counts else s[lay.S_LAST_BEFORE]
                on = s[lay.S_TRACTOR] if seal_counts else s[lay.S_TRACTOR_BEFORE]
                row[lay.F_SEAL_SINCE] = math.log(1.0 + max(t - since, 0.0))
                if tractor != 0.0 and on != 0.0:
                    row[lay.F_SEAL_MOVED] = 1.0 if tractor != on else 0.0
            key = key_of(here, lay.PART_CARRIER, lay.PART_SERIES, -1, 301)
            if key != np.uint64(0):
                series_at = find_or_insert(s_keys, s_used, key)
                s = s_state[series_at]
                last = is_last(s[lay.S_CROSSING], crossing)
                series_counts = is_counted(last, True, amends or seen, s[lay.S_COUNT] > 0.0)
                count, number, usual = s[lay.S_COUNT], s[lay.S_NUMBER], s[lay.S_STEP]
                if last:
                    count, number, usual = count - 1.0, s[lay.S_NUMBER_BEFORE], s[lay.S_STEP_BEFORE]
                row[lay.F_SEAL_NEW_SERIES] = 1.0 if count == 0.0 else 0.0
                if count > 0.0 and not np.isnan(numbers[i, lay.N_SEAL_NUMBER]):
                    step = abs(numbers[i, lay.N_SEAL_NUMBER] - number)
                    usual = math.exp(usual) if count > 1.0 else 1.0
                    row[lay.F_SEAL_GAP] = math.log((step + 1.0) / (usual + 1.0))
                fade = decay(t - s[lay.S_LABELLED], settings[lay.HALF_HITS])
                row[lay.F_SEAL_SHIFT] = shift_of(s[lay.S_HITS] * fade, s[lay.S_EXAMS] * fade, weight, rate)
        row[lay.F_LINKS_BEST] = best
        row[lay.F_LINKS_NEW_PARTIES] = fresh
        row[lay.F_ALL_SHIFT_SUM] = shift_sum
        if p_at[lay.PAIR_CONTENT] >= 0:
            s = p_state[p_at[lay.PAIR_CONTENT]]
            row[lay.F_CONTENT_EXAMINED] = math.log(
                1.0 + s[lay.P_EXAMS] * decay(t - s[lay.P_LABELLED], settings[lay.HALF_HITS])
            )
        for k in range(lay.FEATURE_COUNT):
            out[i, k] = row[k]

        # Remember the row: parties, with the glow of those beside them.
        for k in range(lay.ENTITY_COUNT):
            at = e_at[k]
            if at < 0:
                continue
            s = e_state[at]
            if e_counts[k]:
                count_party(s, t, hour, bridge, crossing, settings)
            # Glow comes from the other parties of the row, halved; brokers and carriers are hubs and pass none on.
            own = s[lay.GLOW] * decay(t - s[lay.GLOW_AT], settings[lay.HALF_GLOW])
            for other in range(lay.ENTITY_COUNT):
                if other in (k, lay.BROKER, lay.CARRIER) or e_at[other] < 0:
                    continue
                their = row[other * lay.ENTITY_BLOCK + lay.O_GLOW]
                own = max(own, 0.5 * max(shifts[other], their))
                if k != lay.BROKER and k != lay.CARRIER:
                    _remember_beside(ring, at, e_keys[e_at[other]])
            s[lay.GLOW] = own
            s[lay.GLOW_AT] = max(t, s[lay.GLOW_AT])
        stamp = float(filings + i)
        for k in range(lay.PAIR_COUNT):
            if p_at[k] >= 0:
                p_state[p_at[k], lay.P_STAMP] = stamp
                if p_counts[k]:
                    p_state[p_at[k], lay.P_COUNT] += 1.0
        for k in range(lay.GOODS_COUNT):
            if g_at[k] >= 0 and g_counts[k]:
                count_goods(g_state[g_at[k]], quantity, crossing, settings[lay.GOODS_MEMORY])
        if seal_at >= 0:
            s_state[seal_at, lay.S_STAMP] = stamp
            count_seal(s_state[seal_at], seal_counts, t, tractor, crossing)
        if series_at >= 0:
            s_state[series_at, lay.S_STAMP] = stamp
            if series_counts:
                count_series(s_state[series_at], numbers[i, lay.N_SEAL_NUMBER], crossing)
    return int(rows)


@kernel
def _remember_beside(ring: UInt64Array, at: int, key: np.uint64) -> None:
    """Put `key` first among those seen beside; the one that was not seen longest falls out."""
    last = lay.RING - 1
    for j in range(lay.RING):
        if ring[at, j] == key:
            last = j
            break
    for j in range(last, 0, -1):
        ring[at, j] = ring[at, j - 1]
    ring[at, 0] = key
