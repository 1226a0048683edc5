"""A document of fences on and about the corridor that ships: of both forms and both uses, on its map and beyond it."""

from __future__ import annotations

from typing import Final

#: A circle and a ring on the corridor's map; a ring about all of that map, and a circle whose middle lies east of it;
#: and one that lies nowhere near.
FENCES: Final = """id = "yards"
version = "3"
[[fence]]
id = "scrapyard"
name = "Scrapyard"
use = "forbidden"
source = "police"
circle = { lat = 26.4, lon = -100.3, metres = 9000 }
[[fence]]
id = "crossroads"
name = "Crossroads"
use = "watched"
source = "assumed"
ring = [[26.85, -99.9], [26.95, -99.9], [26.95, -99.6], [26.85, -99.6]]
[[fence]]
id = "north-east"
name = "The north-east"
use = "watched"
source = "assumed"
ring = [[24.5, -102.3], [28.8, -102.3], [28.8, -97.7], [24.5, -97.7]]
[[fence]]
id = "coast"
name = "The coast"
use = "watched"
source = "assumed"
circle = { lat = 26.6, lon = -97.4, metres = 95000 }
[[fence]]
id = "elsewhere"
name = "Elsewhere"
use = "watched"
source = "assumed"
circle = { lat = 19.4, lon = -99.1, metres = 20000 }
[sources]
police = "A list of the state's police"
"""
