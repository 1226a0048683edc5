"""Examinations: what came of a decision.

`outcomes` reads what ports report back: passages, examinations and what they found. `override` is an officer's choice
against the product: raising takes one person, lowering takes two, and the label that follows is marked. `challenge` is
a party's word against a decision or a record.
"""
