"""How a crossing is to be examined: the policy document, and the pure decision on numbers.

`policy` holds what governance sets (harm, floors, factors of trusted-trader tiers), each figure with its source.
`rate` holds an examination rate by a price that adapts over the decisions made so far. `decide` joins risk, lot and
price into a basis and a propensity. Nothing here does I/O, and a decision uses only + − × ÷ and comparison on integers,
so a logged decision is decided again to the bit.
"""
