"""Which metrics go together: rank correlations over the judged replies of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from evalkit.stats.correlation import Correlation

MOST = 8
"""Metrics that are put beside each other."""


@dataclass(frozen=True)
class Together:
    """Two metrics."""

    one: str
    other: str
    found: Correlation


def correlations(scores: pd.DataFrame, metrics: Sequence[str]) -> list[Together]:
    """Every two of these metrics, over the replies that were judged on both.

    scores: of one turn, as `frame` gives them.
    """
    import numpy as np
    import pandas as pd

    from evalkit.stats.correlation import spearman

    keys = ["problem", "template", "model", "sample"]
    chosen = [m for m in dict.fromkeys(metrics) if (scores["metric"] == m).any()][:MOST]
    columns = {
        m: scores[scores["metric"] == m].astype(dict.fromkeys(keys[:3], "str")).set_index(keys)["value"] for m in chosen
    }
    found = []
    for one, other in combinations(chosen, 2):
        both = pd.concat([columns[one], columns[other]], axis=1, keys=["x", "y"]).dropna()
        stratum = pd.factorize(pd.MultiIndex.from_frame(both.index.to_frame()[keys[:3]]))[0].astype(np.int64)
        x, y = (both[name].to_numpy(dtype=float) for name in ("x", "y"))
        found.append(Together(one, other, spearman(x, y, stratum)))
    return found
