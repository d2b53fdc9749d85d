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

    def least(self, name: str, value: float, bar: float, unit: str) -> None:
        """A figure that must reach its bar."""
        self._note(name, value, bar, unit, value >= bar, "≥")

    def most(self, name: str, value: float, bar: float, unit: str) -> None:
        """A figure that must not pass its bar."""
        self._note(name, value, bar, unit, value <= bar, "≤")

    def _note(self, name: str, value: float, bar: float, unit: str, good: bool, sign: str) -> None:
        self.passed += good
        self.failed += not good
        load = os.getloadavg()[0]
        mark = "pass" if good else "FAIL"
        ratio = value / bar
        print(
            f"{mark}  {name:<44} {value:>10,.1f} {unit:<9} bar {sign} {bar:,.0f}  ratio {ratio:.2f}  load {load:.1f}",
            flush=True,
        )

    def close(self) -> int:
        print(f"\n{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of the values do not pass (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered) - 1, round(share * len(ordered)) - 1))]
