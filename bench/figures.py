"""Figures beside their bars."""

from __future__ import annotations

import os
from dataclasses import dataclass, field


@dataclass
class Figures:
    """Collects figures, prints each as it comes."""

    passed: int = 0
    failed: int = 0
    names: list[str] = field(default_factory=list)

    def least(self, name: str, value: float, bar: float, unit: str, *, cpu: float | None = None) -> None:
        """A figure that must reach its bar. `cpu`: how much of processors' time it took, in the same unit."""
        self._note(name, value, bar, unit, cpu, value >= bar, "≥")

    def most(self, name: str, value: float, bar: float, unit: str, *, cpu: float | None = None) -> None:
        """A figure that must not pass its bar."""
        self._note(name, value, bar, unit, cpu, value <= bar, "≤")

    def _note(self, name: str, value: float, bar: float, unit: str, cpu: float | None, good: bool, sign: str) -> None:
        self.passed += good
        self.failed += not good
        worked = "" if cpu is None else f"  cpu {cpu:,.1f} {unit}"
        print(
            f"{'pass' if good else 'FAIL'}  {name:<44} {value:>10,.1f} {unit:<9} bar {sign} {bar:,.0f}  "
            f"ratio {value / bar:.2f}{worked}  load {os.getloadavg()[0]:.1f}",
            flush=True,
        )

    def close(self) -> int:
        print(f"\n{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of the values do not pass (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered) - 1, round(share * len(ordered)) - 1))]
