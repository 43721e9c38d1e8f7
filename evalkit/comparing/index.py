"""The steering index: which part of what the placebo leaves does an arm steer?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import sqrt

Pair = tuple[str, int]
"""Problem and sample: what two arms are paired by."""
USED = 3.0
CEILING = 0.9
"""Above this placebo rate a steering index says nothing: there is hardly anything left to steer."""


@dataclass(frozen=True)
class Index:
    """Steering index of an arm: (rate - placebo rate) / (1 - placebo rate) of staff use, on the same problems.

    1: it steers every trial that the placebo leaves; 0: no more than the placebo. None, with a note, where the placebo
    rate is above .9 or nothing could be judged. The 95 % interval `low`, `high` treats trials as independent and is for
    these problems: 1 - index is a ratio of two rates, whose limits are recovered from their Wilson limits (Donner and
    Zou 2012, Statistical Methods in Medical Research 21). `like_low`, `like_high` are for problems like these: the same
    ratio over means of problems, or of clusters, by Fieller's theorem.
    """

    model: str
    arm: str
    placebo: str
    rate: float | None
    placebo_rate: float | None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    note: str = ""
    like: float | None = None
    """The index with problems (clusters) weighted alike."""
    like_low: float | None = None
    like_high: float | None = None
    like_p: float | None = None
    """Two-sided, that the index is 0: paired t of both rates over problems (clusters)."""
    like_note: str = ""
    method: str = "MOVER of Wilson limits; problems like these: Fieller"
    error: float | None = None
    df: int | None = None
    problems: int = 0
    clusters: int = 0


def index_of(
    names: tuple[str, str, str],
    at_end: tuple[Mapping[Pair, float], Mapping[Pair, float]],
    clusters: Mapping[str, str],
) -> Index:
    """Both rates over the pairs that were judged in both arms. names: model, arm, placebo; at_end: use level in the
    judged turn, of the arm and of the placebo, where it could be judged; clusters: of each problem."""
    model, arm, placebo = names
    complete = {key: (level, at_end[1][key]) for key, level in at_end[0].items() if key in at_end[1]}
    if not complete:
        return Index(model, arm, placebo, None, None, note="no pair with the placebo")
    n = len(complete)
    used, used_placebo = (sum(pair[side] == USED for pair in complete.values()) for side in (0, 1))
    rate, placebo_rate = used / n, used_placebo / n
    if placebo_rate > CEILING:
        note = f"the placebo alone reaches {placebo_rate:.2f}: hardly anything is left to steer"
        return Index(model, arm, placebo, rate, placebo_rate, note=note)
    low, high = _ratio_limits(n - used, n - used_placebo, n)
    value = (rate - placebo_rate) / (1 - placebo_rate)
    found = Index(model, arm, placebo, rate, placebo_rate, value, None if high is None else 1 - high, 1 - low)
    return _like(found, complete, clusters)


def _like(found: Index, pairs: Mapping[Pair, tuple[float, float]], clusters: Mapping[str, str]) -> Index:
    """With the interval for problems like these. pairs: use levels of the arm and the placebo."""
    from evalkit.stats.ratio import ratio_of_means

    left: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for (problem, _), pair in pairs.items():
        left[problem].append((pair[0] != USED, pair[1] != USED))
    top, bottom = ([sum(row[i] for row in rows) / len(rows) for rows in left.values()] for i in (0, 1))
    units = [clusters.get(problem, problem) for problem in left]
    ratio = ratio_of_means(top, bottom, units)
    low = None if ratio.high is None else 1 - ratio.high
    high = None if ratio.low is None else 1 - ratio.low
    return replace(
        found, like=1 - ratio.value, like_low=low, like_high=high, like_p=ratio.p, like_note=ratio.reason or "",
        error=ratio.error, df=ratio.df, problems=len(left), clusters=len(set(units)),
    )  # fmt: skip


def _ratio_limits(first: int, second: int, n: int) -> tuple[float, float | None]:
    """95 % limits of the ratio first/n : second/n from the Wilson limits of both (MOVER); no upper one below 0."""
    from evalkit.stats.rates import wilson  # scipy comes with it

    one, two = wilson(first, n), wilson(second, n)
    product = one.rate * two.rate
    below = product**2 - one.low * two.high * (2 * one.rate - one.low) * (2 * two.rate - two.high)
    above = product**2 - one.high * two.low * (2 * one.rate - one.high) * (2 * two.rate - two.low)
    down, up = two.high * (2 * two.rate - two.high), two.low * (2 * two.rate - two.low)
    low = (product - sqrt(max(below, 0.0))) / down if down > 0 else 0.0
    return max(low, 0.0), (product + sqrt(max(above, 0.0))) / up if up > 0 else None
