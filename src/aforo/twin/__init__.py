"""The twin: ports as networks of finite queues, and the live policy tried on them before it meets a truck.

A `network.Network` and the columns of its `trucks.Trucks` go into the compiled kernel (`kernel.run`) together with a
policy and its price tables; columns come back. The same network runs one event at a time, with decisions from outside
(`stepping`). Every chance is a counter-based draw (`draws`), so two scenarios meet the same trucks by construction.

A question is a `scenario`: `applied` makes of it and of the documents of ports bridges that are ready (`of_port`,
`rosters`, `rebuilt`, `traffic`), `levels` and `books` set the policies, `replication` runs them, `comparison` pairs
them and `results` says what came out, which `page` and `plots` show. `unit_loss` has a bridge
with units and without. Where trucks go that a bridge turns away is `diversion`, fitted by `diversion_fit` on `shocks`.

Where scanners go, against smugglers who choose the bridge, is a `placement`: `placing` says what scanners are worth and
what they make trucks wait at the bridges of `placing_sites`, `placing_programs` solves the `placing_game`,
`placing_rivals` are other ways, `placing_draws` say how sure all are. `placing_figures` is the document that it rests
on; `placing_told`, `placing_plot` and `placing_page` show it.

This room computes: it neither reads nor writes, and what it is told of a port comes as a value. All that it makes is
synthetic, and says so.
"""
