"""What every figure means, and how sure it is: pure functions on columns, shared by backtest, twin and scoreboard.

Start with `selection` (precision, recall, severity-weighted and scheme recall, each with the maximum that the rate
allows; `figures` where the truth is known, `sampled_figures` where only examinations speak), then `calibration`,
`groups` (who is examined without cause) and `ranking` (scores compared). `waits` are those of trucks. `intervals` holds
the intervals of them all, with their sources. `control` plans the random control sample, says what it can and cannot
carry, and makes its own estimate of the violation rate. `economics` is what minutes are worth, as others published it.

Nothing here reads or writes; a figure that the data cannot support is refused in words, in English and Spanish.
"""
