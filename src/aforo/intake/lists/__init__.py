"""Lists of denied and sanctioned parties, as their owners publish them: one module a publisher.

`publishers` recognises files and makes a list of each publisher's (`ofac`, `bis`, `un`); `reading` is what they share:
decoding, limits, problems. `sources` knows the owners' addresses, `fetch` downloads from them, `copies` keeps dated
copies. Nothing that a file contains raises: what cannot be read is a problem with its place, and the rest goes on.
"""
