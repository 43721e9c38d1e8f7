"""A check of use levels that takes them as an order and not as numbers: does the verdict hang on equal steps?

Every reply gets its mid-rank within its problem and model, over both arms, divided so that the difference of the arms'
means is P(arm higher) - P(baseline higher), with ties counting for neither (Cliff's delta, problem by problem). The
same tests then follow: permutation within problems (van Elteren's rank test with equal weights), and the paired
difference over problems or clusters. Beside them stands a proportional-odds model of the replies, where the extra
`ordinal` is installed. Not covered: metrics of two values, of which it says what the difference says.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from evalkit.comparing.beside import Ordinal
from evalkit.comparing.comparison import Comparison, Design, Pairs
from evalkit.comparing.pairing import Rows, matched, pairs
from evalkit.stats.groups import Labels, Sides

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from evalkit.stats.odds import Odds


def ordinal(arm: Rows, baseline: Rows, design: Design) -> Ordinal | None:
    """None where the two arms take two values or fewer, or nothing could be compared."""
    import numpy as np

    from evalkit.stats.paired import paired_difference
    from evalkit.stats.permutation import within_problem_permutation

    met = matched(arm, baseline)
    compared, _ = pairs(met, met.relation)
    if compared is None or len(np.union1d(compared.arm, compared.baseline)) < 3:
        return None
    stratum = compared.stratum
    sides = stratum if isinstance(stratum, Sides) else Sides(stratum, stratum)
    a, b = superiority(compared.arm, compared.baseline, np.asarray(sides.arm), np.asarray(sides.baseline))
    swaps = compared.paired
    these = within_problem_permutation(a, b, stratum, paired=swaps, seed=design.seed)
    like = paired_difference(a, b, compared.problem, cluster=compared.cluster, span=(-1.0, 1.0))
    error = like.evidence.error if like.evidence else None
    df = float(like.evidence.df) if like.evidence else None
    found = Ordinal(like.difference, like.low, like.high, these.p, like.p, error, df)
    odds = _odds(compared)
    return replace(
        found, odds=odds.ratio, odds_low=odds.low, odds_high=odds.high, odds_p=odds.p, odds_note=odds.reason or ""
    )


def _odds(compared: Pairs) -> Odds:
    """The proportional-odds model of the same replies."""
    import numpy as np

    from evalkit.stats.odds import proportional_odds

    def both(labels: Labels | Sides) -> NDArray[np.int64]:
        sides = labels if isinstance(labels, Sides) else Sides(labels, labels)
        return np.concatenate([np.asarray(sides.arm, dtype=np.int64), np.asarray(sides.baseline, dtype=np.int64)])

    level = np.concatenate([compared.arm, compared.baseline])
    arm = np.repeat([1, 0], [len(compared.arm), len(compared.baseline)])
    unit = both(compared.problem if compared.cluster is None else compared.cluster)
    return proportional_odds(level, arm, both(compared.model), unit)


def superiority(
    arm: NDArray[np.float64], baseline: NDArray[np.float64], of_arm: NDArray[np.int64], of_baseline: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scores whose mean difference in a stratum is P(arm higher) - P(baseline higher) there.

    of_arm, of_baseline: the stratum of each value.
    """
    import numpy as np

    values, strata = np.concatenate([arm, baseline]), np.concatenate([of_arm, of_baseline])
    ranks = np.empty(len(values))
    order = np.lexsort((values, strata))
    v, s = values[order], strata[order]
    new = np.ones(len(v), dtype=np.bool_)
    new[1:] = (v[1:] != v[:-1]) | (s[1:] != s[:-1])
    start = np.flatnonzero(new)
    size = np.diff(np.append(start, len(v)))
    ranks[order] = np.repeat(start + (size - 1) / 2, size)
    _, code, count = np.unique(strata, return_inverse=True, return_counts=True)
    ranks -= (np.bincount(code, weights=ranks) / count)[code]
    ranks *= (2 / count)[code]
    return ranks[: len(arm)], ranks[len(arm) :]


def told(c: Comparison) -> bool:
    """Whether the order alone says what the numbers say: the same side, and significant where they are (unadjusted)."""
    o = c.ordinal
    if o is None:
        return True
    for p, reading in ((o.p_these, c.these), (o.p_like, c.like)):
        if reading.p is not None and reading.p < 0.05 and (p is None or p >= 0.05):
            return False
    return True
