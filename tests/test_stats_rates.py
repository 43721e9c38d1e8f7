"""rates.py and adjust.py, against scipy, statsmodels, published figures and definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import binomtest, false_discovery_control
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from evalkit.stats.adjust import benjamini_hochberg, holm
from evalkit.stats.rates import quantile, tango_interval, tango_statistic, wilson


@pytest.mark.parametrize(("k", "n"), [(0, 1), (0, 12), (1, 12), (6, 12), (12, 12), (333, 1000)])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_wilson_is_scipys(k: int, n: int, confidence: float) -> None:
    expected = binomtest(k, n).proportion_ci(confidence, method="wilson")
    found = wilson(k, n, confidence=confidence)
    assert (found.rate, found.low, found.high) == pytest.approx((k / n, expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize(("k", "n"), [(0, 0), (3, 2), (-1, 4)])
def test_wilson_refuses(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="0 <= successes <= n"):
        wilson(k, n)


def score_by_definition(gains: int, losses: int, n: int, difference: float) -> float:
    """Score statistic with the losses' share found by maximising the likelihood numerically."""

    def cost(share: float) -> float:
        shares = np.array([share + difference, share, 1 - 2 * share - difference])
        counts = np.array([gains, losses, n - gains - losses])
        return -float((counts[counts > 0] * np.log(np.maximum(shares[counts > 0], 1e-300))).sum())

    low, high = max(0.0, -difference), (1 - difference) / 2
    share = float(minimize_scalar(cost, bounds=(low, high), method="bounded", options={"xatol": 1e-12}).x)
    return float((gains - losses - n * difference) / np.sqrt(n * (2 * share + difference - difference**2)))


@pytest.mark.parametrize(("gains", "losses", "n"), [(12, 2, 50), (1, 0, 44), (9, 3, 12), (0, 0, 20), (5, 5, 30)])
@pytest.mark.parametrize("difference", [-0.3, -0.05, 0.02, 0.4])
def test_tango_by_definition(gains: int, losses: int, n: int, difference: float) -> None:
    expected = score_by_definition(gains, losses, n, difference)
    assert tango_statistic(gains, losses, n, difference) == pytest.approx(expected, abs=1e-4)


def test_tango_at_zero_is_mcnemar() -> None:
    table = [[20, 12], [2, 16]]
    expected = mcnemar(table, exact=False, correction=False).statistic
    assert tango_statistic(12, 2, 50, 0.0) ** 2 == pytest.approx(expected)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 60))
def test_tango_limits_solve_the_equation_and_mirror(gains: int, losses: int, ties: int) -> None:
    n = gains + losses + ties + 1
    low, high = tango_interval(gains, losses, n)
    assert low <= (gains - losses) / n <= high
    for limit, sign in ((low, 1), (high, -1)):
        if abs(limit) < 1 - 1e-9:
            assert tango_statistic(gains, losses, n, limit) == pytest.approx(sign * quantile(0.95), abs=1e-5)
    assert tango_interval(losses, gains, n) == pytest.approx((-high, -low), abs=1e-9)


def test_impossible_counts() -> None:
    with pytest.raises(ValueError, match="gains \\+ losses <= n"):
        tango_interval(3, 2, 4)
    with pytest.raises(ValueError, match="confidence"):
        quantile(1.0)


P_VALUES = st.lists(st.floats(0, 1), max_size=12)


@settings(max_examples=30, deadline=None)
@given(P_VALUES)
def test_adjusted_p_values_are_the_libraries(p: list[float]) -> None:
    if not p:
        assert holm(p).shape == benjamini_hochberg(p).shape == (0,)
        return
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])
    assert benjamini_hochberg(p) == pytest.approx(false_discovery_control(p))
    assert (holm(p) >= benjamini_hochberg(p) - 1e-12).all()


def test_p_values_outside_0_1() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm([0.2, 1.2])
