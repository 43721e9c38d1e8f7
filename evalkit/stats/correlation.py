"""How two metrics go together, over replies and inside problems."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from evalkit.stats.groups import Floats, Ints, codes, group_means

LEAST = 5
"""Replies below which nothing is said."""


@dataclass(frozen=True, slots=True)
class Correlation:
    """Spearman's rank correlation. None where one of the metrics does not vary, or there are too few replies."""

    replies: int
    over_replies: float | None
    inside: float | None
    """Inside strata: what goes together when the problem stays the same."""
    strata: int
    """Those in which both metrics vary."""


def spearman(x: Floats, y: Floats, stratum: Ints) -> Correlation:
    """x, y, stratum (problem, model and arm): shape (replies,).

    Inside: mid-ranks within each stratum, less their mean, divided by the stratum's size; then Pearson's correlation
    of all of them (a partial rank correlation given the stratum: Quade, Sociological Methods and Research 2, 1974).
    Not covered: intervals. Replies of one problem are no independent draws, so none is given.
    """
    if len(x) < LEAST:
        return Correlation(len(x), None, None, 0)
    code, count = codes(stratum)
    moved = [np.zeros(len(x)), np.zeros(len(x))]
    varies = np.ones(count, dtype=np.bool_)
    order = np.argsort(code, kind="stable")
    ends = np.cumsum(np.bincount(code, minlength=count))
    for values, ranks in zip((x, y), moved, strict=True):
        for g, rows in enumerate(np.split(order, ends[:-1])):
            ranks[rows] = rankdata(values[rows]) / len(rows)
            varies[g] &= bool(np.ptp(values[rows]) > 0)
        ranks -= group_means(ranks, code, count)[code]
    inside = varies[code]
    within = _pearson(moved[0][inside], moved[1][inside]) if inside.sum() >= LEAST else None
    return Correlation(len(x), _pearson(rankdata(x), rankdata(y)), within, int(varies.sum()))


def _pearson(x: Floats, y: Floats) -> float | None:
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    a, b = x - x.mean(), y - y.mean()
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))
