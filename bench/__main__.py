"""All benchmarks on one load set, through HTTP, on a running Anello: `python -m bench`.

SCALE multiplies the sizes of the load set and of the import; the bars stay what they are.
"""

from __future__ import annotations

import os
import sys

from bench import api, decisions, identity, imports, memory, screens, value, warehouse
from bench.figures import Figures
from bench.server import Installation


def main() -> int:
    scale = float(os.environ.get("SCALE", "1"))
    figures = Figures()
    value.measure(figures, customers=int(1_000_000 * scale))
    identity.measure(figures, people=int(100_000 * scale))
    with Installation(people=int(1_000_000 * scale)) as anello:
        print(f"Load set: {anello.people:,} people; machine load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
        screens.measure(anello, figures)
        screens.weigh(anello, figures)
        api.measure(anello, figures)
        memory.measure(anello, figures)
        decisions.measure(anello, figures)
        imports.measure(anello, figures, rows=int(100_000 * scale))
    warehouse.measure(figures, scale)
    return figures.close()


if __name__ == "__main__":
    sys.exit(main())
