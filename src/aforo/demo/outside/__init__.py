"""The outside world of the live demonstration, played by clients: everything here speaks to the node over HTTP alone.

Read in this order: `traders` draws who trades, what they carry and what they hide; `timetable` puts that on the twin's
arrivals at the bridges of the port documents; `yard` is one bridge as trucks go through it, `roster` and `breaking` say
what is manned and what is up there, `seeing` what examinations see, and `voice` what is said of that; `saying` gathers
what is to be handed in, `handing` hands it in over a `wire`, `hearing` hears what the node orders meanwhile; `playing`
moves all of it along with the node's clock, and `kept` keeps how it stands. `journeys` says which trucks go under seal
and what happens to them, `seal_parts` what their seals read and when that is heard, `seal_forms` and `seal_saying` in
which form, and `sealing` tells it.
`process` is its process: no part of the node runs there.

Nothing here is real. What comes of a truck is decided by the node; what is found in it was drawn before.
"""
