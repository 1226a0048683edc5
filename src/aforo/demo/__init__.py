"""The product shown on a synthetic border: one generated day of crossings, screened, examined, recorded and checked.

Read in this order: `scene` draws the history and the day from the seeded world; `school` learns from the history as
`aforo learn` does; `day` plays the clients (filers, and ports that report) against a node, on a clock that only goes
forward; `account` looks at what the log then holds: the selection (`trucks`), one truck's whole story (`story`), the
day's measures (`figures`) and what verification and replay say (`checks`). `show` and its neighbours draw the account
on a terminal; `aforo demo --json` gives the same account to machines.

Nothing here is real, and everything that is shown says so.
"""
