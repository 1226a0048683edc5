"""Risk: how likely each threat is at a crossing, as a sum of evidence that a person can read.

A filing becomes a row of features (`features` names them) in the `memory`, which remembers every party, pair and kind
of goods by keyed hash and reads only what came before. `assess` turns features into log-odds for each threat: a base,
and evidence by source (`evidence`) that adds up to it exactly, in integers. The model (`trees`, trained by `model`) is
one of the sources; the `combiner` weighs them so that what overlaps is not counted twice. `exploration` says what a
look is worth for what it would teach. `learning` makes the artefacts from examined rows, `artefacts` keeps them in a
folder. `reasons` and `attribution` put an assessment into words. `rules` are documents of governance, `lottery` draws
the control sample.

The loops are compiled (`jit`, `observing`, `learning_loop`, `hashtable`); all of it computes on columns, and one row is
a batch of one.
"""
