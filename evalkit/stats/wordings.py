"""Does an effect hang on one phrasing? The spread of an effect between several wordings of one text."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtri, fdtrc, fdtri, stdtr, stdtrit

from evalkit.stats.groups import Floats, Ints, codes, group_means

CARRIED = 0.5
"""A difference rests on one wording where it falls below this share of itself without that one."""


@dataclass(frozen=True, slots=True)
class Between:
    """The spread of the true effect between wordings. Figures are None where `reason` says why."""

    wordings: int
    effects: tuple[float, ...]
    """The difference with each wording, in their order; empty where each problem has wordings of its own."""
    sd: float | None = None
    low: float | None = None
    high: float | None = None
    """95 % interval of the sd."""
    p: float | None = None
    """Of no spread at all: F test."""
    df: tuple[float, float] | None = None
    reason: str | None = None


def between_wordings(difference: Floats, stratum: Ints, wording: Ints, *, most: float | None = None) -> Between:
    """Wordings that all problems share. All arrays of shape (pairs,); stratum: problem and model; wording: from 0.

    The mean differences of the cells (stratum x wording) are fitted by least squares as stratum + wording; what is
    left, the interaction, is the error, so strata are a random factor (two-way analysis of variance without
    replication; Searle, Casella and McCulloch, Variance Components, 1992, chapter 4). Where no stratum has two
    wordings, strata are part of the error. sd by moments: the variance of the fitted wordings less that of their
    errors, at least 0; its interval by the chi-square distribution of that variance, the errors' taken as known (as the
    Q profile of Viechtbauer, Statistics in Medicine 26, 2007, 37-52), and at most `most`.
    """
    cell, count = codes(stratum * (int(wording.max()) + 1) + wording)
    y = group_means(difference, cell, count)
    first = np.unique(cell, return_index=True)[1]
    block, blocks = codes(stratum[first])
    label, wordings = codes(wording[first])
    if wordings < 2:
        return Between(wordings, (float(difference.mean()),), reason="one wording only")
    contrasts = np.vstack([np.eye(wordings - 1), -np.ones(wordings - 1)])
    fit = _fitted(y, contrasts[label], block, blocks)
    if fit is None:
        fit = _fitted(y, contrasts[label], np.zeros(count, np.int64), 1)
    if fit is None:
        effects = tuple(group_means(y, label, wordings).tolist())
        return Between(wordings, effects, reason="too few replies a wording")
    beta, unscaled, residual, df, level = fit
    moved = contrasts @ beta
    effects = tuple((level + moved).tolist())
    tolerance = 1e-12 * max(1.0, float(np.abs(y).max()) ** 2)
    if residual <= tolerance:
        return Between(
            wordings, effects, 0.0 if np.ptp(moved) ** 2 <= tolerance else None, reason="no noise to compare with"
        )
    k = wordings - 1
    seen = float(moved @ moved) / k
    noise = residual * float(np.trace(contrasts @ unscaled @ contrasts.T)) / k
    f = float(beta @ np.linalg.solve(unscaled, beta)) / k / residual
    low, high = (_sd(k * seen / float(chdtri(k, tail)) - noise, most) for tail in (0.025, 0.975))
    return Between(wordings, effects, _sd(seen - noise, most), low, high, float(fdtrc(k, df, f)), (k, df))


def _fitted(y: Floats, x: Floats, block: Ints, blocks: int) -> tuple[Floats, Floats, float, float, float] | None:
    """Least squares of y on x inside blocks: coefficients, their unscaled covariance, the error's variance, its degrees
    of freedom, and the mean of the blocks. None where they do not tell the coefficients apart, with an error."""
    size = np.bincount(block, minlength=blocks)

    def means(values: Floats) -> Floats:
        return np.asarray(np.bincount(block, weights=values, minlength=blocks) / size)

    inner = np.column_stack([column - means(column)[block] for column in x.T])
    df = len(y) - blocks - x.shape[1]
    square = inner.T @ inner
    if df < 1 or np.linalg.matrix_rank(square) < x.shape[1]:
        return None
    unscaled = np.linalg.inv(square)
    beta = unscaled @ inner.T @ y
    rest = y - x @ beta
    level = means(rest)
    error = rest - level[block]
    return beta, unscaled, float(error @ error) / df, float(df), float(level.mean())


def _sd(variance: float, most: float | None) -> float:
    found = math.sqrt(max(variance, 0.0))
    return found if most is None else min(found, most)


def within_problems(difference: Floats, stratum: Ints, wording: Ints, *, most: float | None = None) -> Between:
    """Wordings of each problem's own. Arguments as in `between_wordings`.

    One-way random effects inside strata (Searle, Casella and McCulloch, 1992, chapter 3): the mean square between the
    wordings of a stratum against that inside a wording. The interval is that of the ratio of the two variances by the F
    distribution, times the one inside; exact for normal scores in equal numbers but for that factor.
    """
    cell, count = codes(stratum * (int(wording.max()) + 1) + wording)
    block, blocks = codes(stratum)
    size, whole = np.bincount(cell, minlength=count), np.bincount(block, minlength=blocks)
    first = np.unique(cell, return_index=True)[1]
    mine = block[first]
    most_wordings = int(np.bincount(mine, minlength=blocks).max())
    df = (float(count - blocks), float(len(difference) - count))
    if min(df) < 1:
        return Between(most_wordings, (), reason="too few replies a wording")
    of_cell = group_means(difference, cell, count)
    of_block = group_means(difference, block, blocks)
    between = float((size * (of_cell - of_block[mine]) ** 2).sum()) / df[0]
    inside = float(((difference - of_cell[cell]) ** 2).sum()) / df[1]
    if inside <= 1e-12 * max(1.0, float(np.abs(difference).max()) ** 2):
        return Between(most_wordings, (), 0.0 if between <= inside else None, reason="no noise to compare with")
    typical = (len(difference) - float((size**2 / whole[mine]).sum())) / df[0]
    f = between / inside
    low, high = (_sd((f / float(fdtri(*df, q)) - 1) / typical * inside, most) for q in (0.975, 0.025))
    return Between(most_wordings, (), _sd((between - inside) / typical, most), low, high, float(fdtrc(*df, f)), df)


def over_wordings(
    difference: float, error: float, df: float, effects: tuple[float, ...]
) -> tuple[float, float, float, float, float]:
    """(lower, upper 95 % limit, p, standard error, degrees of freedom): would the difference hold on other problems
    *and* in other wordings?

    Clark's min F' (Journal of Verbal Learning and Verbal Behavior 12, 1973, 335-359): the variance over problems and
    that over wordings are added, with Satterthwaite's degrees of freedom; too wide rather than too short, since both
    hold the noise of sampling. effects: of each wording, two or more.
    """
    over = float(np.var(effects, ddof=1)) / len(effects)
    total = error**2 + over
    if total <= 0:
        return difference, difference, 0.0 if difference else 1.0, 0.0, df
    joint = total**2 / (error**4 / df + over**2 / (len(effects) - 1))
    half = float(stdtrit(joint, 0.975)) * math.sqrt(total)
    p = float(2 * stdtr(joint, -abs(difference) / math.sqrt(total)))
    return difference - half, difference + half, p, math.sqrt(total), joint


def carrying(effects: tuple[float, ...]) -> int | None:
    """The wording (from 0) without which the mean of the effects falls below half of itself, or turns; None: no such.

    Of several the one that does so most.
    """
    values = np.asarray(effects)
    whole = float(values.mean())
    if len(values) < 2 or whole == 0:
        return None
    rest = (values.sum() - values) / (len(values) - 1) / whole
    at = int(rest.argmin())
    return at if rest[at] < CARRIED else None
