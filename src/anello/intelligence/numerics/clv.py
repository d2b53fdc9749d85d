"""What a customer will still be worth: purchases × amounts, discounted, with an interval of what may come.

Expected value: ∫₀ᴴ e^(−δt) dE[Y(t)] × E[Z] × margin share, with E[Y] of the BG/NBD and E[Z] of the gamma-gamma model
(Fader, Hardie & Lee 2005, RFM and CLV: Using Iso-Value Curves, Journal of Marketing Research 42(4) 415–430).
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from anello.intelligence.numerics.arrays import Floats
from anello.intelligence.numerics.bgnbd import BGNBD
from anello.intelligence.numerics.gamma_gamma import GammaGamma

LEVEL = 0.8
DRAWS = 99
"""Futures drawn per customer: of 99, the 10th and the 90th bound a new one with probability 0.8, exactly."""
CHUNK = 20_000


@dataclass(frozen=True)
class Customers:
    """Histories one by one: `x`, `tx`, `T` as in `bgnbd`; `mean` is the mean amount of `paid` purchases."""

    x: Floats
    tx: Floats
    T: Floats
    paid: Floats
    mean: Floats

    def __len__(self) -> int:
        return len(self.x)

    def part(self, chosen: slice) -> Customers:
        return Customers(*(getattr(self, f.name)[chosen] for f in fields(self)))


@dataclass(frozen=True)
class Worth:
    """Of each customer, over the horizon; `value` and its interval are None without a model of amounts."""

    alive: Floats
    purchases: Floats
    amount: Floats | None
    value: Floats | None
    low: Floats | None
    high: Floats | None


def worth(
    buying: BGNBD,
    spending: GammaGamma | None,
    known: Customers,
    *,
    horizon: float,
    discount: float,
    share: float = 1.0,
    seed: int = 1,
) -> Worth:
    """Expected purchases and value of each customer over `horizon`, with an interval that holds with LEVEL.

    `horizon` in the unit of the fit; `discount` continuous, per unit of time; `share` of an amount that is value
    (margin). The interval is one of prediction: it holds what this customer will in fact spend (discounted) and so
    covers how uncertain the parameters are, whether the customer is still active, how often and how much they buy. It
    does not cover a world that changes. Counts are whole, so that it holds rather more often than LEVEL where most
    will buy nothing.
    """
    alive = buying.alive(known.x, known.tx, known.T)
    purchases, discounted = (alive * one for one in _purchases(buying, known, horizon, discount))
    if spending is None:
        return Worth(alive, purchases, None, None, None, None)
    amount = spending.expected(known.paid, known.mean)
    timing = np.divide(discounted, purchases, out=np.ones(len(known)), where=purchases > 0)
    low, high = _interval(buying, spending, known, horizon, seed)
    factor = timing * share
    return Worth(alive, purchases, amount, discounted * amount * share, low * factor, high * factor)


def _purchases(buying: BGNBD, known: Customers, horizon: float, discount: float) -> tuple[Floats, Floats]:
    """Expected purchases of an active customer over the horizon, plain and discounted.

    By parts, ∫ e^(−δt) dE(t) = e^(−δH) E(H) + δ ∫ e^(−δt) E(t) dt: E is smooth, four nodes are enough.
    """
    pairs, which = np.unique(known.x + 1j * known.T, return_inverse=True)
    x, T = pairs.real, pairs.imag
    whole = buying.expected_alive(horizon, x, T)
    nodes, weights = np.polynomial.legendre.leggauss(4)
    times = (nodes + 1) * horizon / 2
    inner = sum(
        weight * horizon / 2 * np.exp(-discount * time) * buying.expected_alive(time, x, T)
        for time, weight in zip(times.tolist(), weights.tolist(), strict=True)
    )
    discounted = np.exp(-discount * horizon) * whole + discount * inner
    return whole[which], discounted[which]


def _interval(
    buying: BGNBD, spending: GammaGamma, known: Customers, horizon: float, seed: int
) -> tuple[Floats, Floats]:
    """Quantiles of what each customer may spend (undiscounted), by drawing DRAWS futures of each."""
    first, *seeds = np.random.SeedSequence(seed).spawn(1 + -(-len(known) // CHUNK))
    generator = np.random.default_rng(first)
    worlds = list(zip(buying.drawn(generator, DRAWS), spending.drawn(generator, DRAWS), strict=True))
    below = round((1 - LEVEL) / 2 * (DRAWS + 1)) - 1
    places = (below, DRAWS - 1 - below)

    def bounds(at: int) -> Floats:
        part = known.part(slice(at * CHUNK, (at + 1) * CHUNK))
        futures = np.zeros((DRAWS, len(part)), dtype=np.float32)
        generator = np.random.default_rng(seeds[at])
        for future, (buys, spends) in zip(futures, worlds, strict=True):
            _draw(future, generator, buys, spends, part, horizon)
        return np.partition(futures, places, axis=0)[list(places)].astype(np.float64)

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        found = list(pool.map(bounds, range(len(seeds))))
    low, high = np.concatenate(found, axis=1) if found else np.empty((2, 0))
    return low, high


def _draw(
    future: NDArray[np.float32],
    generator: np.random.Generator,
    buys: BGNBD,
    spends: GammaGamma,
    known: Customers,
    horizon: float,
) -> None:
    """Fill in one possible future: who is active, buys N times unless gone after K, and pays so much."""
    active = np.flatnonzero(generator.random(len(known)) < buys.alive(known.x, known.tx, known.T))
    x = known.x[active]
    rate = generator.standard_gamma(buys.r + x) / (buys.alpha + known.T[active])
    leaving = np.clip(generator.beta(buys.a, buys.b + x), 1e-12, 1.0)
    count = np.minimum(generator.poisson(rate * horizon), generator.geometric(leaving))
    buyers = np.flatnonzero(count)
    who, count = active[buyers], count[buyers]
    paid = known.paid[who]
    scale = (spends.gamma + paid * known.mean[who]) / generator.standard_gamma(spends.p * paid + spends.q)
    future[who] = generator.standard_gamma(spends.p * count) * scale
