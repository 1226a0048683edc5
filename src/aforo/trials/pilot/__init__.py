"""A pilot: the product in shadow beside today's selection, from nightly extracts, and one report of both.

`extracts` and `today` read what the administration has, `nights` puts it in order, `shadow` decides night by night with
what was known that morning, `figures` compares, and `page` tells it. Nothing here writes beside what it reads.
"""
