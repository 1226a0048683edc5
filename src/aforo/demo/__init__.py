"""The product shown on a synthetic border: live (`aforo demo`), and as one day told on a terminal (`aforo tour`).

The live demonstration: `outside` is the world, played by clients over HTTP in a process of its own (`player` starts
it); `folder` is where everything of it is kept, `staging` what stands in its log before anything happens, `clients` and
`people` who speaks to the node and who signs in at its console, `clock` the node's time, which the world moves.

The day: `scene` draws the history and the day from the seeded world; `school` learns from the history as
`aforo learn` does; `day` plays the clients (filers, and ports that report) against a node, on a clock that only goes
forward; `account` looks at what the log then holds: the selection (`trucks`), one truck's whole story (`story`), the
day's measures (`figures`) and what verification and replay say (`checks`). `show` and its neighbours draw the account
on a terminal; `aforo tour --json` gives the same account to machines. `sandbox` is neither: a node for carriers'
engineers.

Nothing here is real, and everything that is shown says so.
"""
