"""Memory of what has just worked under load: web and job worker, shared pages counted once."""

from __future__ import annotations

from bench.figures import Figures
from bench.server import Installation

BAR = 600


def measure(anello: Installation, figures: Figures) -> None:
    total = 0.0
    for process in anello.processes():
        command = " ".join(process.cmdline())
        if "process consumers" in command:
            continue
        total += process.memory_full_info().pss / 1e6
    figures.most("memory of web and worker (PSS)", total, BAR, "MB")
