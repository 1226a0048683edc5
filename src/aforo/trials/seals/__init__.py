"""Synthetic trucks under seal on a corridor, in which seals behave like real ones: nothing here is real.

`gaps` is how long real devices are silent between two reports, as figures that were fitted; `ways` is how a truck goes
along a road; `readings` is what its seal reads on the way, and what of it is heard where. `asked` is which alerts that
raises.
"""
