"""Figures beside their bars: `python -m bench [PART …]`, all parts unless some are named.

SCALE multiplies the sizes, the bars stay what they are. BENCH_HOME is where data is made and kept for the next run
(`var/bench`); every part can be measured alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from bench import crm, decisions, identity, reports, segments, studio, value, warehouse
from bench.figures import Figures

PARTS: dict[str, Callable[[Figures, float], None]] = {
    "crm": crm.measure,
    "decisions": decisions.measure,
    "value": value.measure,
    "segments": segments.measure,
    "identity": identity.measure,
    "reports": reports.measure,
    "warehouse": warehouse.measure,
    "studio": studio.measure,
}


def main(wanted: list[str]) -> int:
    unknown = [name for name in wanted if name not in PARTS]
    if unknown:
        raise SystemExit(f"no part {', '.join(unknown)}; there are: {', '.join(PARTS)}")
    figures = Figures()
    for name in wanted or PARTS:
        print(f"\n{name}; machine load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
        PARTS[name](figures, float(os.environ.get("SCALE", "1")))
    return figures.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
