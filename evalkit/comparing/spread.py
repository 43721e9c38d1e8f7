"""How the effect of a contrast varies over problems: which react, and whether all hangs on one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evalkit.comparing.beside import Effect, Spread
from evalkit.comparing.comparison import Pairs
from evalkit.stats.groups import Sides

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def spread(pairs: Pairs, names: Sequence[str], seed: int) -> Spread:
    """names: of the problems, by number. Several models: a problem's difference is the mean of its models'."""
    import numpy as np

    from evalkit.stats import heterogeneity

    effects = heterogeneity.problem_effects(
        pairs.arm, pairs.baseline, pairs.problem, pairs.stratum, paired=pairs.paired, seed=seed
    )
    split = pairs.split
    label = np.array([e.label for e in effects], dtype=np.int64)
    difference = np.array([e.difference for e in effects])
    left = heterogeneity.leave_one_out(difference, _units(pairs, label), label)
    found = Spread(
        sd=None if split is None else split.between**0.5,
        problems=tuple(Effect(names[e.label], e.difference, e.p, e.p_adjusted) for e in effects),
        tested=sum(e.p is not None for e in effects),
    )
    if left is None:
        return found
    ends = {"without_low": names[left.without_low], "without_high": names[left.without_high]}
    return Spread(found.sd, left.low, left.high, problems=found.problems, tested=found.tested, **ends)


def _units(pairs: Pairs, label: NDArray[np.int64]) -> NDArray[np.int64]:
    """The cluster of each problem, or the problem itself."""
    import numpy as np

    if pairs.cluster is None:
        return label
    problem, cluster = (
        np.asarray(x.arm if isinstance(x, Sides) else x, dtype=np.int64) for x in (pairs.problem, pairs.cluster)
    )
    known, first = np.unique(problem, return_index=True)
    return cluster[first][np.searchsorted(known, label)]
