"""The model of value: fitted on and scored for a million customers who live as it says."""

from __future__ import annotations

import time

from bench.figures import Figures

CUSTOMERS, BAR = 1_000_000, 60


def measure(figures: Figures, scale: float) -> None:
    import numpy as np

    from anello.intelligence.numerics import bgnbd, clv, gamma_gamma, rfm

    customers = int(CUSTOMERS * scale)
    g = np.random.default_rng(3)
    observed = np.round(g.uniform(7, 3 * 365, customers)) / 7
    buys = g.poisson(g.gamma(0.8, 1 / 8, customers) * observed)
    x = np.minimum(g.geometric(np.clip(g.beta(0.8, 2.5, customers), 1e-9, 1)), buys).astype(float)
    # The last of x purchases, in the order of as many random moments.
    last = observed * np.where(
        x == buys,
        g.random(customers) ** (1 / np.maximum(buys, 1)),
        g.beta(np.maximum(x, 1), np.maximum(buys - x + 1, 1)),
    )
    tx = np.where(x > 0, np.clip(np.round(last * 7), 1, observed * 7) / 7, 0.0)
    spent = g.gamma(6 * np.maximum(x, 1)) / np.maximum(x, 1) * 15 / g.gamma(4, size=customers)
    known = clv.Customers(x, tx, observed, x, np.where(x > 0, spent, 0.0))
    started = time.monotonic()
    buying = bgnbd.fit(bgnbd.histories(known.x, known.tx, known.T))
    spending = gamma_gamma.fit(known.paid, known.mean)
    fitted = time.monotonic()
    clv.worth(buying, spending, known, horizon=52, discount=float(np.log1p(0.1)) / 52)
    rfm.scores(known.T - known.tx, known.x, known.x * known.mean)
    figures.most(f"value: fit {customers:,} customers", fitted - started, BAR, "s")
    figures.most(f"value: fit and score {customers:,} customers", time.monotonic() - started, BAR, "s")
