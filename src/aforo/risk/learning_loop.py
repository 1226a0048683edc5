"""The sequential loop by which the memory takes in what examinations found."""

from __future__ import annotations

import numpy as np

from aforo.risk import layout as lay
from aforo.risk.arithmetic import decay, key_of, shift_of
from aforo.risk.hashtable import MAX_LOAD, Float64Array, Int64Array, UInt64Array, find, find_or_insert
from aforo.risk.jit import kernel


@kernel
def learn(
    start: int,
    filings: int,
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
    """Take in the findings of examined rows, after so many filings. Returns the number of rows done, as `observe`."""
    for i in range(start, numbers.shape[0]):
        if (
            e_used[0] + lay.ENTITY_COUNT > MAX_LOAD * len(e_keys)
            or p_used[0] + lay.PAIR_COUNT > MAX_LOAD * len(p_keys)
            or s_used[0] + 2 > MAX_LOAD * len(s_keys)
        ):
            return i
        here = parts[i]
        t = numbers[i, lay.N_DAYS]
        hit, w = hits[i] * weights[i], weights[i]
        _add(overall, 0, t, hit, w, settings[lay.HALF_HITS])
        fade = decay(0.0, 1.0)
        rate = (overall[1] + 20.0 * settings[lay.PRIOR_RATE]) / (overall[2] + 20.0)
        rate = min(max(rate, 1e-5), 0.5)
        for k in range(lay.ENTITY_COUNT):
            key = key_of(here, k, -1, -1, 1 + k)
            if key == np.uint64(0):
                continue
            at = find_or_insert(e_keys, e_used, key)
            s = e_state[at]
            late = max(s[lay.LABELLED] - t, 0.0)
            fade = decay(t - s[lay.LABELLED], settings[lay.HALF_HITS])
            back = decay(late, settings[lay.HALF_HITS])
            for threat in range(4):
                s[lay.THREAT_HITS + threat] *= fade
            if hit > 0.0:
                s[lay.THREAT_HITS + threats[i]] += hit * back
            quick = decay(t - s[lay.LABELLED], settings[lay.HALF_HITS_FAST])
            back = decay(late, settings[lay.HALF_HITS_FAST])
            s[lay.HITS_FAST] = s[lay.HITS_FAST] * quick + hit * back
            s[lay.EXAMS_FAST] = s[lay.EXAMS_FAST] * quick + w * back
            _add(s, lay.LABELLED, t, hit, w, settings[lay.HALF_HITS])
            if hit > 0.0:
                s[lay.LAST_HIT] = max(s[lay.LAST_HIT], t)
                if k in (lay.BROKER, lay.CARRIER):
                    continue
                # A finding shines on those that were seen beside this party lately.
                shine = 0.5 * shift_of(s[lay.HITS], s[lay.EXAMS], settings[lay.PRIOR_WEIGHT], rate)
                for j in range(lay.RING):
                    if ring[at, j] == np.uint64(0):
                        break
                    other = find(e_keys, ring[at, j])
                    if other >= 0:
                        _shine(e_state[other], lay.GLOW, lay.GLOW_AT, shine, t, settings[lay.HALF_GLOW])
                        # An amendment of their last crossing sees it too.
                        _shine(e_state[other], lay.GLOW_BEFORE, lay.GLOW_AT_BEFORE, shine, t, settings[lay.HALF_GLOW])
        again = 1.0
        key = key_of(here, lay.PART_CONTENT, -1, -1, 100 + lay.PAIR_CONTENT)
        if key != np.uint64(0):
            s = p_state[find_or_insert(p_keys, p_used, key)]
            again = 1.0 / (1.0 + s[lay.P_EXAMS] * decay(t - s[lay.P_LABELLED], settings[lay.HALF_HITS]))
        for k in range(lay.PAIR_COUNT):
            key = key_of(here, lay.PAIR_PARTS[k, 0], lay.PAIR_PARTS[k, 1], lay.PAIR_PARTS[k, 2], 100 + k)
            if key != np.uint64(0):
                new = again if lay.OF_GOODS[k] else 1.0
                at = find_or_insert(p_keys, p_used, key)
                p_state[at, lay.P_STAMP] = float(filings)
                _add(p_state[at], lay.P_LABELLED, t, hit * new, w * new, settings[lay.HALF_HITS])
        key = key_of(here, lay.PART_CARRIER, lay.PART_SERIES, -1, 301)
        if key != np.uint64(0):
            at = find_or_insert(s_keys, s_used, key)
            s_state[at, lay.S_STAMP] = float(filings)
            _add(s_state[at], lay.S_LABELLED, t, hit, w, settings[lay.HALF_HITS])
    return int(numbers.shape[0])


@kernel
def _shine(state: Float64Array, glow: int, glow_at: int, shine: float, t: float, half_life: float) -> None:
    """Raise a glow, faded to the time `t`, to `shine` if it is less."""
    state[glow] = max(state[glow] * decay(t - state[glow_at], half_life), shine)
    state[glow_at] = max(t, state[glow_at])


@kernel
def _add(state: Float64Array, at: int, t: float, hit: float, weight: float, half_life: float) -> None:
    """Add a finding of time `t` to (time, hits, examined) at `at`, each faded to the later of both times."""
    fade = decay(t - state[at], half_life)
    back = decay(state[at] - t, half_life)
    state[at + 1] = state[at + 1] * fade + hit * back
    state[at + 2] = state[at + 2] * fade + weight * back
    state[at] = max(t, state[at])
