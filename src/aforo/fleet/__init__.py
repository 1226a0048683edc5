"""Scanners: which is in service, which is up, since when and for what cause, and what is owed where it is not.

`interruptions` reads the reports of one scanner: its time in service, where it stands, and its interruptions, reports
that overlap being one. `standing` says how it is at an instant. `state` is the projection of the log that keeps the
reports of all.

A history of years is read in columns: `record` has the reports of a fleet, `ledger` their interruptions, `places` where
scanners were (on `spans`). Of these come `outages` (by scanner, by cause), `groups` (by port and kind), `pipeline`
(from purchase to service), `utilisation` (with scan rates, beside a `target`), and, for a `contract`, `availability` on
its `service_hours` and the `credits` that are owed. `report` has all of them of one period, `life` all of one scanner,
`classes` tells readers, plate cameras and weighbridges from scanners; `history` is the projection of the log that a
node computes all this from. `work_orders` is the way to a maintenance system. `recurring` has failures that come back,
`spares` what is kept against those by parts. What is planned is a document of `maintenance`; `due` says for whom and
when it may be done, `slots` which times are taken.
"""
