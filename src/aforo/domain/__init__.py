"""What things are: frozen types, codes and event types. No I/O beyond the packaged code lists; imports nothing of ours.

Start with `declaration` (what a filer says), `crossing` (the unit of decision), `assessment` and `decision` (what the
product says), `outcome` (what an examination found) and `event` (how all of it is recorded).
"""
