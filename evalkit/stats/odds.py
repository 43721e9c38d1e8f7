"""Proportional odds: ordered levels compared without taking their steps as equal."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit, stdtr, stdtrit

from evalkit.stats.groups import MIN_UNITS, Floats, Ints

MOST_LEVELS = 10
"""With more the scores are no levels: each would be a threshold of its own, and the fit takes minutes."""
LARGEST = 12.0
"""Of a logarithm of odds: beyond it the levels of the arms hardly overlap and the fit runs away."""
STEPS, CLOSE = 100, 1e-13
"""Of the fit, which ends where a step would raise the logarithm of the likelihood by no more."""


@dataclass(frozen=True, slots=True)
class Odds:
    """The odds of a higher level in the arm against those in the baseline. None where `reason` says why."""

    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    error: float | None = None
    """Standard error of the logarithm."""
    df: int | None = None
    reason: str | None = None


def proportional_odds(level: Floats, arm: Ints, model: Ints, unit: Ints) -> Odds:
    """Proportional-odds (cumulative logit) model of the level on the arm, models as further terms.

    level, arm (1, and 0 for the baseline), model, unit (problem or cluster): shape (replies,). By maximum
    likelihood; errors clustered by unit (sandwich with the usual small-sample factors), the t
    quantile with units - 1 degrees of freedom. The odds are those over the replies of all problems together (marginal):
    problems have no terms of their own, since so many would bias the odds. McCullagh, Journal of the Royal Statistical
    Society B 42, 1980, 109-142; Liang and Zeger, Biometrika 73, 1986, 13-22.

    Not covered: odds that differ by threshold (which is what proportional means), unequal weights of problems. With few
    units sandwich intervals are too short: this is a check beside the tests, not one of them.
    """
    units = len(np.unique(unit))
    if units < MIN_UNITS:
        return Odds(reason=f"fewer than {MIN_UNITS} units")
    if len(np.unique(level)) < 3:
        return Odds(reason="two levels only")
    if len(np.unique(level)) > MOST_LEVELS:
        return Odds(reason=f"more than {MOST_LEVELS} levels")
    if level[arm == 1].min() >= level[arm == 0].max() or level[arm == 0].min() >= level[arm == 1].max():
        return Odds(reason="the levels of the arms do not overlap")
    names = np.unique(model)[1:]
    terms = np.column_stack([arm.astype(float), *((model == name).astype(float) for name in names)])
    try:
        estimates, slopes, bend = _fitted(np.unique(level, return_inverse=True)[1], terms)
        bread = np.linalg.inv(bend)
    except (ArithmeticError, np.linalg.LinAlgError):
        return Odds(reason="the model could not be fitted")
    sums = np.zeros((units, len(estimates)))
    np.add.at(sums, np.unique(unit, return_inverse=True)[1], slopes)
    small = units / (units - 1) * (len(level) - 1) / (len(level) - len(estimates))
    log, error = float(estimates[0]), math.sqrt(small * float(np.square(sums @ bread[0]).sum()))
    if not (abs(log) < LARGEST and 0 < error < LARGEST):
        return Odds(reason="the levels of the arms hardly overlap")
    half = float(stdtrit(units - 1, 0.975)) * error
    p = float(2 * stdtr(units - 1, -abs(log) / error))
    return Odds(math.exp(log), math.exp(log - half), math.exp(log + half), p, error, units - 1)


def _fitted(code: Ints, terms: Floats) -> tuple[Floats, Floats, Floats]:
    """Maximum of the likelihood, by Newton's steps: the estimates (terms, then thresholds), what each reply adds to the
    slope of its logarithm there, shape (replies, estimates), and minus its second derivative. `code`: levels from 0 on.

    Raises ArithmeticError where there is none within `STEPS` steps, LinAlgError where terms cannot be told apart.
    """
    levels = int(code.max()) + 1
    threshold = np.eye(levels + 1)[:, 1:-1]  # the first and the last are at infinity, and no estimates
    ends = np.r_[-np.inf, np.zeros(levels - 1), np.inf]
    above, below = (np.column_stack([-terms, threshold[code + i]]) for i in (1, 0))

    def shares(at: Floats) -> tuple[Floats, Floats]:
        return expit(ends[code + 1] + above @ at), expit(ends[code] + below @ at)

    def likelihood(at: Floats) -> float:
        high, low = shares(at)
        return float(np.log(high - low).sum()) if (high > low).all() else -math.inf

    at = np.r_[np.zeros(terms.shape[1]), logit(np.cumsum(np.bincount(code))[:-1] / len(code))]
    for _ in range(STEPS):
        high, low = shares(at)
        up, down = high * (1 - high) / (high - low), low * (1 - low) / (high - low)
        slopes = up[:, None] * above - down[:, None] * below
        bend = slopes.T @ slopes - above.T * (up * (1 - 2 * high)) @ above + below.T * (down * (1 - 2 * low)) @ below
        step = np.linalg.solve(bend, slopes.sum(axis=0))
        if abs(step @ slopes.sum(axis=0)) < CLOSE:  # a threshold or a model may still be on its way to infinity
            return at, slopes, bend
        best = likelihood(at)
        while likelihood(at + step) < best - CLOSE:
            step /= 2
        at = at + step
    raise ArithmeticError
