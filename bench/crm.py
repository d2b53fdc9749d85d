"""The CRM on one load set, through HTTP, on a running Anello: screens, API, memory, import."""

from __future__ import annotations

from bench import api, imports, memory, screens
from bench.figures import Figures
from bench.server import PEOPLE, Installation

ROWS = 100_000


def measure(figures: Figures, scale: float) -> None:
    with Installation(people=int(PEOPLE * scale)) as anello:
        screens.measure(anello, figures)
        screens.weigh(anello, figures)
        api.measure(anello, figures)
        memory.measure(anello, figures)
        imports.measure(anello, figures, rows=int(ROWS * scale))
