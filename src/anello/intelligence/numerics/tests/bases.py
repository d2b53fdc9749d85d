"""Customer bases with a known truth, and CDNOW."""

from __future__ import annotations

import csv
import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from anello.intelligence.numerics.bgnbd import BGNBD
from anello.intelligence.numerics.clv import Customers
from anello.intelligence.numerics.gamma_gamma import GammaGamma

HERE = Path(__file__).parent
CDNOW = HERE.parents[5] / "shared" / "data" / "cdnow_sample.txt"


@dataclass
class Base:
    """Histories until the end of the calibration, and what the same customers did in the `ahead` after it."""

    known: Customers
    purchases: np.ndarray
    spend: np.ndarray
    ahead: float


def simulated(buying: BGNBD, spending: GammaGamma, customers: int, seed: int, ahead: float = 39.0) -> Base:
    """Customers who live as the models say, observed for 26 to 39 weeks, told purchase by purchase."""
    g = np.random.default_rng(seed)
    observed = g.uniform(26, 39, customers)
    rate = g.gamma(buying.r, 1 / buying.alpha, customers)
    leaving = g.beta(buying.a, buying.b, customers)
    nu = g.gamma(spending.q, 1 / spending.gamma, customers)
    x, tx, total, later, spend = (np.zeros(customers) for _ in range(5))
    for i in range(customers):
        now = 0.0
        while True:
            now += g.exponential(1 / rate[i])
            if now > observed[i] + ahead:
                break
            amount = g.gamma(spending.p, 1 / nu[i])
            if now <= observed[i]:
                x[i], tx[i], total[i] = x[i] + 1, now, total[i] + amount
            else:
                later[i], spend[i] = later[i] + 1, spend[i] + amount
            if g.random() < leaving[i]:
                break
    mean = np.divide(total, x, out=np.zeros(customers), where=x > 0)
    return Base(Customers(x, tx, observed, x, mean), later, spend, ahead)


def cdnow_histories() -> tuple[np.ndarray, ...]:
    """x, tx, T in weeks of the 2,357 customers of the sample until 1997-09-30."""
    with (HERE / "cdnow_histories.csv").open() as file:
        rows = [[int(value) for value in row.values()] for row in csv.DictReader(file)]
    x, last, days = (np.repeat([row[i] for row in rows], [row[3] for row in rows]) for i in range(3))
    return x, last / 7, days / 7


def cdnow_amounts() -> tuple[np.ndarray, np.ndarray]:
    """Repeat purchases and their mean amount of the 946 customers of the sample who bought again."""
    table = np.loadtxt(HERE / "cdnow_amounts.csv", delimiter=",", skiprows=1)
    return table[:, 0], table[:, 1]


def cdnow() -> Base:
    """The sample with its holdout to 1998-06-30, from the file beside the project."""
    end = dt.date(1997, 9, 30)
    bought: dict[str, dict[dt.date, float]] = defaultdict(lambda: defaultdict(float))
    for line in CDNOW.read_text().splitlines():
        _master, customer, day, _discs, dollars = line.split()
        bought[customer][dt.datetime.strptime(day, "%Y%m%d").replace(tzinfo=dt.UTC).date()] += float(dollars)
    rows = []
    for days in bought.values():
        before = sorted(day for day in days if day <= end)
        repeats = [days[day] for day in before[1:]]
        after = [amount for day, amount in days.items() if day > end]
        rows.append(
            (
                len(repeats),
                (before[-1] - before[0]).days / 7,
                (end - before[0]).days / 7,
                np.mean(repeats) if repeats else 0.0,
                len(after),
                sum(after),
            )
        )
    x, tx, observed, mean, later, spend = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    return Base(Customers(x, tx, observed, x, mean), later, spend, 39.0)
