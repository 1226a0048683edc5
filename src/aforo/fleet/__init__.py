"""Scanners: which is in service, which is up, since when and for what cause, from what was reported of them.

`interruptions` reads the reports of one scanner: its time in service, where it stands, and its interruptions, reports
that overlap being one. `standing` says how it is at an instant. `state` is the projection of the log that keeps the
reports of all.
"""
