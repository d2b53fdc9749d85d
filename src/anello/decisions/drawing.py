"""The ring as a drawing: four arcs that follow each other clockwise, each filled as far as its figure says."""

from __future__ import annotations

import math
from dataclasses import dataclass

SIZE = 368
CENTRE = SIZE / 2
RADIUS = 156
GAP = 15
"""Degrees between two arcs; the arrowhead of the one before stands there."""
ORDER = ("data", "decisions", "activities", "outcome")
START = {"data": -90, "decisions": 0, "activities": 90, "outcome": 180}
"""Where each quarter begins, in degrees clockwise from three o'clock."""


@dataclass(frozen=True)
class Arc:
    """Paths of one arc: the whole of it, the part that is filled, the arrowhead at its end, where its mark stands."""

    name: str
    track: str
    filled: str
    arrow: str
    x: float
    y: float


def arc(name: str, share: float) -> Arc:
    """One quarter of the ring; `share` (0 to 1) of it is filled, from its beginning on."""
    first, last = START[name] + GAP / 2, START[name] + 90 - GAP / 2
    share = min(1.0, max(0.0, share))
    middle = _point(START[name] + 45, RADIUS)
    return Arc(
        name,
        _path(first, last),
        _path(first, first + (last - first) * share) if share > 0.005 else "",
        _arrow(START[name] + 90),
        *middle,
    )


def _point(degrees: float, radius: float) -> tuple[float, float]:
    angle = math.radians(degrees)
    return round(CENTRE + radius * math.cos(angle), 2), round(CENTRE + radius * math.sin(angle), 2)


def _path(first: float, last: float) -> str:
    (x1, y1), (x2, y2) = _point(first, RADIUS), _point(last, RADIUS)
    return f"M{x1} {y1}A{RADIUS} {RADIUS} 0 0 1 {x2} {y2}"


def _arrow(degrees: float) -> str:
    """A small chevron in the gap, pointing the way the ring turns."""
    (x1, y1), (x2, y2) = _point(degrees - 1.6, RADIUS - 7), _point(degrees - 1.6, RADIUS + 7)
    x, y = _point(degrees + 1.6, RADIUS)
    return f"M{x1} {y1}L{x} {y}L{x2} {y2}"


@dataclass(frozen=True)
class Gauge:
    """An interval on a line, with the place of zero: numbers from 0 to 100 along its width."""

    zero: float
    low: float
    value: float
    high: float

    @property
    def width(self) -> float:
        return round(self.high - self.low, 2)


def gauge(low: float, value: float, high: float) -> Gauge:
    """The interval and zero on a scale of their own."""
    return on_scale(low, value, high, low, high)


def on_scale(low: float, value: float, high: float, first: float, last: float) -> Gauge:
    """The interval and zero on a scale that holds `first` to `last` and zero, with some room at the ends."""
    first, last = min(first, 0.0), max(last, 0.0)
    room = (last - first) * 0.12 or 1.0
    span = last - first + 2 * room

    def place(number: float) -> float:
        return round(100 * (number - first + room) / span, 2)

    return Gauge(place(0.0), place(low), place(value), place(high))
