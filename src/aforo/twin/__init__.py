"""The twin: ports as networks of finite queues, and the live policy tried on them before it meets a truck.

A `network.Network` and the columns of its `trucks.Trucks` go into the compiled kernel (`kernel.run`) together with a
policy and its price tables; columns come back. The same network runs one event at a time, with decisions from outside
(`stepping`). Every chance is a counter-based draw (`draws`), so two scenarios meet the same trucks by construction.

A question is a `scenario`: `applied` makes of it and of the documents of ports bridges that are ready (`of_port`,
`rosters`, `rebuilt`, `traffic`), `levels` and `books` set the policies, `replication` runs them, `comparison` pairs
them and `results` says what came out, which `page` and `plots` show. Where trucks go that a bridge turns away is
`diversion`, fitted by `diversion_fit` on `shocks`.

This room computes: it neither reads nor writes, and what it is told of a port comes as a value. All that it makes is
synthetic, and says so.
"""
