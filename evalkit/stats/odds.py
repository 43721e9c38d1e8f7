"""Proportional odds: ordered levels compared without taking their steps as equal.

The one place that needs statsmodels (the extra `ordinal`); it is imported where it is used.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from evalkit.stats.groups import MIN_UNITS, Floats, Ints

MISSING = "needs the extra: pip install 'evalkit-tutor[ordinal]'"
MOST_LEVELS = 10
"""With more the scores are no levels: each would be a threshold of its own, and the fit takes minutes."""
LARGEST = 12.0
"""Of a logarithm of odds: beyond it the levels of the arms hardly overlap and the fit runs away."""


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

    level, arm (1, and 0 for the baseline), model, unit (problem or cluster): shape (replies,). statsmodels'
    OrderedModel by maximum likelihood; errors clustered by unit (sandwich with the usual small-sample factors), the t
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
    try:
        from statsmodels.miscmodels.ordinal_model import OrderedModel
    except ImportError:
        return Odds(reason=MISSING)
    names = np.unique(model)[1:]
    terms = np.column_stack([arm.astype(float), *((model == name).astype(float) for name in names)])
    _, code = np.unique(level, return_inverse=True)
    kinds = {"cov_type": "cluster", "cov_kwds": {"groups": np.unique(unit, return_inverse=True)[1]}}
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a fit that did not converge, a Hessian without inverse
        try:
            ordered = OrderedModel(code, terms, distr="logit")
            near = ordered.fit(method="bfgs", disp=False, maxiter=500)
            fit = ordered.fit(method="newton", start_params=near.params, disp=False, maxiter=100, **kinds)
        except (Warning, ValueError, ArithmeticError, np.linalg.LinAlgError) as fault:
            return Odds(reason=f"the model could not be fitted: {str(fault).splitlines()[0][:80]}")
    log, error = float(fit.params[0]), float(fit.bse[0])
    if not (abs(log) < LARGEST and 0 < error < LARGEST):
        return Odds(reason="the levels of the arms hardly overlap")
    half = float(stdtrit(units - 1, 0.975)) * error
    p = float(2 * stdtr(units - 1, -abs(log) / error))
    return Odds(math.exp(log), math.exp(log - half), math.exp(log + half), p, error, units - 1)
