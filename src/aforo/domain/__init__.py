"""What things are: frozen types, codes and event types. No I/O beyond the packaged code lists; imports nothing of ours.

Start with `declaration` (what a filer says), `crossing` (the unit of decision), `decision` (what the product says),
`outcome` (what an examination found) and `event` (how all of it is recorded). `checked` holds values to what their
annotations promise, `codes` has the lists and the forms of standard codes.
"""
