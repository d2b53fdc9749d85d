"""Arrays of floating-point numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)
