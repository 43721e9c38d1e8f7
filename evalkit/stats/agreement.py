"""How far a judge agrees with people. Rates corrected by human labels: see `corrected`."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evalkit.stats.groups import Floats, finite
from evalkit.stats.rates import quantile, wilson


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two raters on the same items. `kappa`, `low` or `high` are None where `reason` says why."""

    n: int
    categories: tuple[float, ...]
    confusion: tuple[tuple[int, ...], ...]
    """Rows: first rater (human), columns: second (judge), in the order of `categories`."""
    raw: float
    raw_low: float
    raw_high: float
    """Wilson's interval of the raw agreement."""
    prevalence: tuple[tuple[float, ...], tuple[float, ...]]
    """Share of each category by the first and by the second rater."""
    kappa: float | None
    low: float | None
    high: float | None
    reason: str | None


def agreement(human: ArrayLike, judge: ArrayLike, *, confidence: float = 0.95) -> Agreement:
    """Raw agreement, prevalence, confusion and Cohen's kappa of two raters' categories.

    human, judge: category codes, shape (items,). Kappa's interval is kappa +- z times the large-sample error of Fleiss,
    Cohen and Everitt (Psychological Bulletin 72, 1969, 323-327), cut at -1 and 1. Items are taken as independent; many
    samples of one problem are not. Cannot tell: one category only (kappa undefined), or no spread (no interval).
    Raises ValueError for unequal lengths, no items or NaN.
    """
    h, j = finite(human, "human"), finite(judge, "judge")
    if len(h) != len(j) or not len(h):
        raise ValueError(f"expected two ratings of each item, found {len(h)} and {len(j)}")
    categories, inverse = np.unique(np.concatenate([h, j]), return_inverse=True)
    k, n = len(categories), len(h)
    table = np.bincount(inverse[:n] * k + inverse[n:], minlength=k * k).reshape(k, k)
    share = table / n
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    seen, chance = float(np.trace(share)), float(rows @ columns)
    raw = wilson(int(np.trace(table)), n, confidence=confidence)
    kappa, low, high, reason = None, None, None, None
    if chance >= 1:
        reason = "both raters gave one and the same category throughout: kappa is undefined"
    else:
        kappa = (seen - chance) / (1 - chance)
        half = quantile(confidence) * _kappa_error(share, n)
        if half <= 1e-9:
            reason = "no spread: the large-sample error of kappa is 0"
        else:
            low, high = max(kappa - half, -1.0), min(kappa + half, 1.0)
    return Agreement(
        n=n,
        categories=tuple(categories.tolist()),
        confusion=tuple(tuple(row) for row in table.tolist()),
        raw=raw.rate,
        raw_low=raw.low,
        raw_high=raw.high,
        prevalence=(tuple(rows.tolist()), tuple(columns.tolist())),
        kappa=kappa,
        low=low,
        high=high,
        reason=reason,
    )


def _kappa_error(share: Floats, n: int) -> float:
    """Large-sample standard error of kappa; share: joint shares of both raters' categories, shape (k, k)."""
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    seen, chance = float(np.trace(share)), float(rows @ columns)
    weight = columns[:, None] + rows[None, :]
    diagonal = float((np.diag(share) * (1 - chance - np.diag(weight) * (1 - seen)) ** 2).sum())
    off = share * weight**2
    variance = diagonal + (1 - seen) ** 2 * float(off.sum() - np.trace(off))
    less = (seen * chance - 2 * chance + seen) ** 2
    left = variance - less
    return math.sqrt(left / n) / (1 - chance) ** 2 if left > 1e-12 * less else 0.0  # what rounding leaves is no spread
