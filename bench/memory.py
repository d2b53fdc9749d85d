"""Memory of what has just worked under load: web and job worker, shared pages counted once.

A load of the warehouse is a process of its own, with bounded memory, that comes and goes: it is told apart.
"""

from __future__ import annotations

from bench.figures import Figures
from bench.server import Installation

BAR = 600


def measure(anello: Installation, figures: Figures) -> None:
    total = 0.0
    for process in anello.processes():
        command = " ".join(process.cmdline())
        size = process.memory_full_info().pss / 1e6
        print(f"{size:,.0f} MB  {command[-60:]}")
        if "process web" in command or "process worker" in command:
            total += size
    figures.most("memory of web and worker (PSS)", total, BAR, "MB")
