"""The append-only, verifiable record: what cannot be rebuilt from here does not exist.

Read `store` first: `Log.open`, `append`, `find`, `stream`, `read`, `position`. An event is stored once as the JSON of
its envelope and hashed as stored; it is acknowledged when it is durable, and its receipt (`receipt`) is the node's
signed promise. Within a second `sequencer` gives it its dense place in a Merkle tree (`merkle`, RFC 6962) and signs a
checkpoint (`checkpoint`, `note`: C2SP formats), under keys that can be rotated (`signing`, `rotation`). `verify` finds
any event that was changed, removed, reordered or inserted since. `tiles` and `tile_store` prove any event at any size;
`witness` is what another party runs, `cosignature` what it gives, and `contradiction` what convicts a log or may.

Personal data is not here in clear: it is sealed under a key of that person, and the keys lie in a store apart (`keys`).
Beside the record, in the same database, are content-addressed documents (`artefacts`) and saved states that were made
from the record (`projections`). The tables are in `schema`, their history in `migrations`; what SQLite and PostgreSQL
do differently is said in `database`, and done in `sqlite` and `postgres`. `backup` copies all of it and brings it back.
"""
