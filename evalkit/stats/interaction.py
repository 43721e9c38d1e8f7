"""Does one treatment work differently in the presence of another?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from evalkit.stats.groups import Labels, finite
from evalkit.stats.paired import PairedDifference, paired_difference


def interaction(
    plain: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    both: ArrayLike,
    problem: Labels,
    *,
    cluster: Labels | None = None,
) -> PairedDifference:
    """Interaction of a 2 x 2 design over problems like these: both - first - second + plain.

    Four arms (say plain, hint, ban, ban with hint), values of the same problem and sample in the same place, shape
    (samples,). The result is `paired_difference` by the t method of the effect of `first` with `second` (`mean_arm`)
    and without it (`mean_baseline`); gains are problems where `second` makes that effect larger. 95 % interval.
    Reasons and errors as there.
    """
    cells = [finite(x, name) for x, name in ((plain, "plain"), (first, "first"), (second, "second"), (both, "both"))]
    if len({len(x) for x in cells}) > 1:
        raise ValueError(f"the four arms differ in length: {[len(x) for x in cells]}")
    base, one, two, joint = cells
    return paired_difference(np.subtract(joint, two), np.subtract(one, base), problem, cluster=cluster, method="t")
