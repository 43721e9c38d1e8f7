"""What the replies that could not be judged may hide: how often each arm lost some, bounds, and the worst case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING

from evalkit.comparing import estimates
from evalkit.comparing.comparison import PAIRED, Caveat, Comparison, Reading, Verdict
from evalkit.comparing.pairing import Matched, pairs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Ends = tuple[float, float]


def told(c: Comparison, found: Matched, seed: int) -> Comparison:
    """The comparison with the share of unjudged replies in both arms and its test, the bounds, and `p_worst`."""
    import numpy as np

    from evalkit.stats.paired import mean_difference

    def difference(ends: Ends) -> float | None:
        x, _ = pairs(found, found.relation, ends)
        return None if x is None else mean_difference(x.arm, x.baseline, x.problem, cluster=x.cluster)

    def again(ends: Ends, delta: float | None) -> Comparison | None:
        x, _ = pairs(found, found.relation, ends)
        return None if x is None else estimates.estimates(_bare(c), x, delta, 0)

    sides = (found.arm, found.baseline, found.alone_arm, found.alone_baseline)
    values = np.concatenate([side.value for side in sides])
    return bounded(_rates(c, found, seed), seen(values), difference, again)


def seen(values: NDArray[np.float64]) -> Ends | None:
    """The least and the largest of the values that are known; the others are NaN."""
    import numpy as np

    known = values[~np.isnan(values)]
    return (float(known.min()), float(known.max())) if len(known) else None


def bounded(
    c: Comparison,
    values: Ends | None,
    difference: Callable[[Ends], float | None],
    again: Callable[[Ends, float | None], Comparison | None],
) -> Comparison:
    """With the bounds and `p_worst`. values: the range seen. difference, again: the difference, and the comparison, had
    what the arm lost the first value and what the baseline lost the second."""
    ends = estimates.range_of(c)
    declared = ends if all(map(isfinite, ends)) else None
    known = {each: (difference(each), difference(each[::-1])) for each in (declared, values) if each is not None}
    if declared is not None:
        c = replace(c, worst=known[declared][0], best=known[declared][1])
    if values is None:
        return c
    c = replace(c, worst_seen=known[values][0], best_seen=known[values][1])
    # A count is declared below 10,000 and never near it: there the worst case is the worst one seen.
    span = estimates.span_of(c)
    return _worst_case(c, again, span if span is not None else values)


def _rates(c: Comparison, found: Matched, seed: int) -> Comparison:
    """How often each arm was not judged, and whether the arms differ in that (within problems, as "these problems")."""
    from evalkit.stats.permutation import within_problem_permutation

    if not len(found.arm):
        return c
    lost = [(~side.judged).astype(float) for side in (found.arm, found.baseline)]
    paired = found.relation in PAIRED
    test = within_problem_permutation(lost[0], lost[1], found.arm.stratum, paired=paired, seed=seed)
    return replace(c, unjudged_arm=float(lost[0].mean()), unjudged_baseline=float(lost[1].mean()), p_unjudged=test.p)


def _worst_case(c: Comparison, refilled: Callable[[Ends, float | None], Comparison | None], ends: Ends) -> Comparison:
    """p of both readings had the unjudged gone against what was told: a difference, or none larger than delta."""
    known: dict[Ends, Comparison | None] = {}

    def there(name: str, filled_with: Ends, delta: float | None) -> Reading | None:
        if filled_with not in known:
            known[filled_with] = refilled(filled_with, delta)
        again = known[filled_with]
        return None if again is None else getattr(again, name)

    for name in ("these", "like"):
        reading: Reading = getattr(c, name)
        if reading.verdict.is_difference and reading.difference is not None:
            worst = there(name, ends if reading.difference > 0 else ends[::-1], reading.delta)
            same = worst is not None and worst.difference is not None and worst.difference * reading.difference > 0
            p = worst.p if same and worst is not None and worst.p is not None else 1.0
            c = replace(c, **{name: replace(reading, p_worst=p)})  # type: ignore[arg-type]
        elif reading.p_equivalent is not None and reading.p_equivalent < 0.05:
            both = [there(name, each, reading.delta) for each in (ends, ends[::-1])]
            p = max(1.0 if r is None or r.p_equivalent is None else r.p_equivalent for r in both)
            c = replace(c, **{name: replace(reading, p_equivalent_worst=p)})  # type: ignore[arg-type]
    return c


def _bare(c: Comparison) -> Comparison:
    return Comparison(c.metric, c.model, c.arm, c.baseline, kind=c.kind)


def hedged(c: Comparison) -> Comparison:
    """With a caveat where a verdict would not stand had the unjudged gone against it."""
    changed = {}
    for name in ("these", "like"):
        reading: Reading = getattr(c, name)
        p, adjusted, worst = reading.p, reading.p_adjusted, reading.p_worst
        if reading.verdict is Verdict.NO_DIFFERENCE:
            p, adjusted, worst = reading.p_equivalent, reading.p_equivalent_adjusted, reading.p_equivalent_worst
        elif not reading.verdict.is_difference:
            continue
        if worst is None:
            continue
        # Adjusted as much as the p that was seen.
        factor = adjusted / p if p and adjusted else 1.0
        if factor * worst >= 0.05:
            changed[name] = replace(reading, hedged=True)
    if not changed:
        return c
    return replace(c, caveats=(*c.caveats, Caveat.UNJUDGED), **changed)  # type: ignore[arg-type]
