"""What the replies that could not be judged may hide: how often each arm lost some, bounds, and the worst case."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING

from evalkit.comparing import estimates
from evalkit.comparing.comparison import PAIRED, Caveat, Comparison, Reading
from evalkit.comparing.pairing import Matched, pairs

if TYPE_CHECKING:
    pass

Ends = tuple[float, float]


def told(c: Comparison, found: Matched, seed: int) -> Comparison:
    """The comparison with the share of unjudged replies in both arms and its test, the bounds, and `p_worst`."""
    ends = estimates.range_of(c)
    declared = ends if all(map(isfinite, ends)) else None
    seen = _seen(found)
    c = _rates(c, found, seed)
    known = {ends: _bounds(found, ends) for ends in (declared, seen) if ends is not None}
    if declared is not None:
        c = replace(c, worst=known[declared][0], best=known[declared][1])
    if seen is None:
        return c
    c = replace(c, worst_seen=known[seen][0], best_seen=known[seen][1])
    # A count is declared below 10,000 and never near it: there the worst case is the worst one seen.
    span = estimates.span_of(c)
    return _worst_case(c, found, span if span is not None else seen)


def _seen(found: Matched) -> Ends | None:
    import numpy as np

    sides = (found.arm, found.baseline, found.alone_arm, found.alone_baseline)
    known = np.concatenate([side.value[side.judged] for side in sides])
    return (float(known.min()), float(known.max())) if len(known) else None


def _rates(c: Comparison, found: Matched, seed: int) -> Comparison:
    """How often each arm was not judged, and whether the arms differ in that (within problems, as "these problems")."""
    from evalkit.stats.permutation import within_problem_permutation

    if not len(found.arm):
        return c
    lost = [(~side.judged).astype(float) for side in (found.arm, found.baseline)]
    paired = found.relation in PAIRED
    test = within_problem_permutation(lost[0], lost[1], found.arm.stratum, paired=paired, seed=seed)
    return replace(c, unjudged_arm=float(lost[0].mean()), unjudged_baseline=float(lost[1].mean()), p_unjudged=test.p)


def _bounds(found: Matched, ends: Ends) -> tuple[float | None, float | None]:
    """The difference over problems (clusters) if what the arm lost had the first value and what the baseline lost the
    second; and the other way round."""
    from evalkit.stats.paired import mean_difference

    filled = [pairs(found, found.relation, each)[0] for each in (ends, ends[::-1])]
    worst, best = (
        None if x is None else mean_difference(x.arm, x.baseline, x.problem, cluster=x.cluster) for x in filled
    )
    return worst, best


def _worst_case(c: Comparison, found: Matched, ends: Ends) -> Comparison:
    """p of both readings where a difference was told, had the unjudged gone against it."""
    for name in ("these", "like"):
        reading: Reading = getattr(c, name)
        if not reading.verdict.is_difference or reading.difference is None:
            continue
        against = ends if reading.difference > 0 else ends[::-1]
        filled, _ = pairs(found, found.relation, against)
        again = None if filled is None else estimates.estimates(_bare(c), filled, None, 0)
        there: Reading | None = getattr(again, name) if again is not None else None
        p = 1.0
        if there is not None and there.p is not None and there.difference is not None:
            p = there.p if there.difference * reading.difference > 0 else 1.0
        c = replace(c, **{name: replace(reading, p_worst=p)})  # type: ignore[arg-type]
    return c


def _bare(c: Comparison) -> Comparison:
    return Comparison(c.metric, c.model, c.arm, c.baseline, kind=c.kind)


def hedged(c: Comparison) -> Comparison:
    """With a caveat where a difference would not be told from chance had the unjudged gone against it."""
    changed = {}
    for name in ("these", "like"):
        reading: Reading = getattr(c, name)
        if not reading.verdict.is_difference or reading.p_worst is None:
            continue
        # Adjusted as much as the p that was seen.
        factor = reading.p_adjusted / reading.p if reading.p and reading.p_adjusted else 1.0
        if factor * reading.p_worst >= 0.05:
            changed[name] = replace(reading, hedged=True)
    if not changed:
        return c
    return replace(c, caveats=(*c.caveats, Caveat.UNJUDGED), **changed)  # type: ignore[arg-type]
