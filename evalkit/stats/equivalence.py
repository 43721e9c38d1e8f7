"""Is a difference over problems like these too small to matter?"""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import stdtr

from evalkit.stats.paired import PairedDifference


@dataclass(frozen=True, slots=True)
class Equivalence:
    """Two one-sided tests."""

    delta: float
    p: float
    """The larger of the two one-sided p values."""
    low: float
    high: float
    """90 % interval: inside (-delta, delta) exactly where p < .05."""


def equivalence(found: PairedDifference, delta: float) -> Equivalence | None:
    """Is the mean difference over problems like these smaller than `delta` in size? None where nothing can be told.

    Schuirmann's two one-sided tests (Journal of Pharmacokinetics and Biopharmaceutics 15, 1987, 657-680) with the
    statistic and degrees of freedom of `paired_difference`. A p value that is not small is not "different". Raises
    ValueError unless delta > 0, in units of the metric; it must be chosen before looking.
    """
    if delta <= 0:
        raise ValueError(f"expected delta > 0, found {delta}")
    evidence = found.evidence
    if evidence is None:
        return None
    sides = (-evidence.statistic(-delta), evidence.statistic(delta))
    return Equivalence(delta, max(float(stdtr(evidence.df, x)) for x in sides), *evidence.interval(0.90))
