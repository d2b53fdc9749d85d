"""The maximum of a likelihood in log-parameters, and how sure it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from anello.intelligence.numerics import CannotFit
from anello.intelligence.numerics.arrays import Floats, floats

Objective = Callable[[Floats], tuple[float, Floats]]
"""Log-parameters → mean negative log-likelihood and its gradient."""

REACH = 9.0
"""Log-parameters are sought within ±REACH (e⁹ ≈ 8,100); a maximum on that edge is none."""

VAGUE = 2.0
"""Standard error of a log-parameter beyond which it may as well be seven times as large or as small."""


def maximise(objective: Objective, starts: Sequence[Sequence[float]], rough: Objective | None = None) -> Floats:
    """The best log-parameters from several starts (natural parameters); `rough`, a cheaper likelihood of a sample,
    chooses among the starts. CannotFit `not_unique` if no start converges."""
    from scipy.optimize import minimize
    from threadpoolctl import threadpool_limits

    bounds = [(-REACH, REACH)] * len(starts[0])

    def descend(function: Objective, start: Floats) -> tuple[float, Floats] | None:
        found = minimize(
            function, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 500, "ftol": 1e-13}
        )
        return (float(found.fun), found.x) if np.isfinite(found.fun) else None

    # Scalar products of some 100,000 numbers: threads of BLAS wait for each other longer than they work.
    with threadpool_limits(1, user_api="blas"):
        ends = [end for start in starts if (end := descend(rough or objective, np.log(np.asarray(start)))) is not None]
        best = min(ends, key=lambda end: end[0], default=None)
        if best is not None and rough is not None:
            best = descend(objective, best[1])
    if best is None:
        raise CannotFit("not_unique")
    return best[1]


def covariance(objective: Objective, at: Floats, weight: float) -> Floats:
    """Covariance of the log-parameters: inverse of the observed information, by central differences of the gradient.

    `weight` is the number of customers behind the mean. CannotFit `not_unique` where the likelihood has no top.
    """
    size, step = len(at), 1e-4
    hessian = np.empty((size, size))
    for i in range(size):
        shift = np.zeros(size)
        shift[i] = step
        hessian[i] = (objective(at + shift)[1] - objective(at - shift)[1]) / (2 * step)
    information = weight * (hessian + hessian.T) / 2
    values = np.linalg.eigvalsh(information)
    if values[0] <= 0 or values[-1] / values[0] > 1e10:
        raise CannotFit("not_unique")
    found = floats(np.linalg.inv(information))
    if np.sqrt(np.diag(found)).max() > VAGUE:
        raise CannotFit("not_unique")
    return found
