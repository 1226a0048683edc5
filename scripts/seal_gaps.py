"""Print the figures of `aforo.trials.seals.gaps` from the export that they were fitted to.

python scripts/seal_gaps.py custody/gps/liverpool_bus_route14.csv
"""

from __future__ import annotations

import sys
from pathlib import Path

from aforo.trials.seals.gaps import of_export, quantiles


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    gaps = of_export(Path(sys.argv[1]))
    print(f"{len(gaps):,} gaps, over their median:")
    print(", ".join(f"{each:g}" for each in quantiles(gaps)))


if __name__ == "__main__":
    main()
