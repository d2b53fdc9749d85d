"""Recency, frequency and value in five classes each (Hughes 1994, Strategic Database Marketing)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anello.intelligence.numerics.arrays import floats

CLASSES = 5


def quintiles(values: ArrayLike, *, least_is_best: bool = False) -> NDArray[np.int8]:
    """1 (worst) … 5 (best) for each value. Equal values get one class, that of their middle rank, so that classes
    differ in size where many are equal; the order of the customers says nothing."""
    values = floats(values)
    if not len(values):
        return np.empty(0, dtype=np.int8)
    if not np.isfinite(values).all():
        raise ValueError("quintiles need finite values")
    different, which, count = np.unique(-values if least_is_best else values, return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - count / 2
    classes = np.minimum((middle * CLASSES / len(values)).astype(np.int8) + 1, CLASSES)
    assert len(different) == len(classes)
    return classes[which].astype(np.int8)


def scores(recency: ArrayLike, frequency: ArrayLike, value: ArrayLike) -> list[str]:
    """ "543": recency 5 (bought lately), frequency 4, value 3. `recency` counts the time since the last purchase."""
    columns = (quintiles(recency, least_is_best=True), quintiles(frequency), quintiles(value))
    return [f"{r}{f}{v}" for r, f, v in zip(*(column.tolist() for column in columns), strict=True)]
