"""The scoreboard: measures kept live from the log, what staff see of them, and what is published.

Start with `documents/` (what each figure means; read by `measures.definition`), then `state`, the room's projection of
the log: crossings counted by their `marks`, times of trucks between gates (`times`) by local day, incidents
(`incidents`), and what was published. `official` makes the figures that staff see from it, `public` those of a week or
a quarter that anyone may: what a smuggler could learn from is not among them (docs/adr/0018).

What others publish is held against the tables it rests on: `claims` is the form of `claim_documents/` (read by
`claims_reading`), `claim_tables` the sums, `claim_verdicts` what follows, `claim_figures` how exact a figure is.
"""
