"""What is bought by the same customers: items beside items.

Lift of a pair is P(both) / (P(one) · P(other)) (Brin, Motwani, Ullman & Tsur 1997, SIGMOD). Recommendations add up the
similarities (cosine of the columns) to what a customer has (Sarwar et al. 2001, Item-Based Collaborative Filtering,
WWW). Hit rate: Deshpande & Karypis (2004), Item-Based Top-N Recommendation Algorithms, ACM TOIS 22(1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anello.intelligence.numerics.arrays import Floats

Ints = NDArray[np.intp]
SUPPORT = 5
"""Fewer customers with both items say nothing of the pair."""
CHUNK = 20_000


def incidence(customers: ArrayLike, items: ArrayLike, shape: tuple[int, int]) -> Any:
    """Who has what: a sparse matrix of 0 and 1 from pairs of positions; a pair counts once."""
    from scipy.sparse import csr_array

    rows, columns = np.asarray(customers, dtype=np.intp), np.asarray(items, dtype=np.intp)
    made = csr_array((np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=shape)
    made.sum_duplicates()
    made.data[:] = 1
    return made


@dataclass(frozen=True)
class ItemItem:
    """Sparse item × item: `together` customers with both, `lift`, and `similarity` (0 … 1)."""

    together: Any
    lift: Any
    similarity: Any
    popularity: Floats
    """Customers who have each item."""


def item_item(bought: Any, support: int = SUPPORT) -> ItemItem:
    """Pairs that at least `support` customers have."""
    together = (bought.T @ bought).tocoo()
    popularity = np.asarray(bought.sum(axis=0), dtype=np.float64).ravel()
    kept = (together.row != together.col) & (together.data >= support)
    row, column, count = together.row[kept], together.col[kept], together.data[kept].astype(np.float64)
    from scipy.sparse import csr_array

    def matrix(values: Any) -> Any:
        return csr_array((values, (row, column)), shape=together.shape)

    lift = count * bought.shape[0] / (popularity[row] * popularity[column])
    similarity = count / np.sqrt(popularity[row] * popularity[column])
    return ItemItem(matrix(count), matrix(lift), matrix(similarity), popularity)


@dataclass(frozen=True)
class Recommended:
    """Per customer the best items first; −1 where there is no further one. `because` is the owned item that says most
    for it."""

    items: Ints
    scores: Floats
    because: Ints


def recommend(bought: Any, model: ItemItem, most: int) -> Recommended:
    """The items each customer lacks that fit what they have."""
    count, width = bought.shape[0], min(most, bought.shape[1])
    items = np.full((count, most), -1, dtype=np.intp)
    scores = np.zeros((count, most))
    because = np.full((count, most), -1, dtype=np.intp)
    dense = model.similarity.toarray() if model.similarity.shape[0] <= 4096 else None
    for start in range(0, count, CHUNK):
        owned = bought[start : start + CHUNK]
        found = (owned @ model.similarity).tocsr()
        found = found - found.multiply(owned)
        found.eliminate_zeros()
        found.sort_indices()
        for row, (first, last) in enumerate(zip(found.indptr[:-1], found.indptr[1:], strict=True)):
            if first == last:
                continue
            which, value = found.indices[first:last], found.data[first:last]
            # By score; equal ones by position, so that the same data say the same.
            best = np.lexsort((which, -value))[:width]
            at = start + row
            items[at, : len(best)], scores[at, : len(best)] = which[best], value[best]
            have = owned.indices[owned.indptr[row] : owned.indptr[row + 1]]
            chosen = which[best]
            similar = dense[np.ix_(have, chosen)] if dense is not None else model.similarity[have][:, chosen].toarray()
            because[at, : len(best)] = have[similar.argmax(axis=0)]
    return Recommended(items, scores, because)


def popular(bought: Any, popularity: Floats, most: int) -> Ints:
    """The baseline: what most people have, of what this customer lacks."""
    order = np.argsort(-popularity, kind="stable")
    order = order[popularity[order] > 0]
    made = np.full((bought.shape[0], most), -1, dtype=np.intp)
    for row in range(bought.shape[0]):
        have = bought.indices[bought.indptr[row] : bought.indptr[row + 1]]
        left = order[: most + len(have)]
        left = left[~np.isin(left, have)][:most]
        made[row, : len(left)] = left
    return made


def hits(recommended: Ints, before: Any, after: Any) -> NDArray[np.bool_]:
    """Of each customer who afterwards bought something new to them: whether one of the recommended was among it."""
    new = (after - after.multiply(before)).tocsr()
    new.eliminate_zeros()
    rows = np.flatnonzero(np.diff(new.indptr))
    found = np.zeros(len(rows), dtype=bool)
    for place, row in enumerate(rows.tolist()):
        found[place] = np.isin(recommended[row], new.indices[new.indptr[row] : new.indptr[row + 1]]).any()
    return found
