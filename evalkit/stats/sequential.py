"""Looking at a running comparison without spoiling it."""

from __future__ import annotations

import math

from scipy.special import betaln


def e_value(gains: int, losses: int) -> float:
    """Evidence that gains and losses are not equally likely; valid whenever one chooses to look.

    e = 2^(g+l) B(g + 1/2, l + 1/2) / B(1/2, 1/2): the likelihood ratio of a gain share with Jeffreys' prior against 1/2
    (Ramdas et al., Statistical Science 38, 2023, 576-601). Stopping at the first e >= 20 raises a false alarm in at
    most 1 / 20 of all runs without an effect (Ville's inequality), however often one looks.

    Valid for these problems, or with one pair per problem. Not covered: problems like these with several samples a
    problem, where the pairs of one problem go the same way together; false alarms then exceed 5 %. After an early stop,
    intervals and p values made for a fixed number of samples no longer hold as they stand.
    Returns infinity beyond the range of floats. Raises ValueError for negative counts.
    """
    if min(gains, losses) < 0:
        raise ValueError(f"expected counts, found {gains} and {losses}")
    log_e = (gains + losses) * math.log(2) + float(betaln(gains + 0.5, losses + 0.5)) - math.log(math.pi)
    return math.exp(log_e) if log_e < 700 else math.inf
