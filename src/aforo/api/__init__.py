"""HTTP: durable, assessed decisions for those who file, and what officers see and order.

`desk` is the one place where filings meet the node: a bounded queue and one thread. `app` puts the routes together, one
module a noun (`filings`, `crossings`, `outcomes`, `overrides`, `health`); `access` says who may do what, by policies
that are data (`policies.cedar`); `problems` are the errors (RFC 9457), `server` the process that listens.
"""
