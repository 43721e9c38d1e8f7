"""The nouns of a comparison: what is compared, what is known of it, what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from evalkit.comparing.beside import Calibrated, Ordinal, Spread, Worded
from evalkit.stats.groups import Labels, Sides
from evalkit.types import Trial

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from evalkit.stats.power import VarianceSplit


Contrast = tuple[str, str]
"""(arm, what it is compared with)."""


ALL_MODELS = "all models"


Relation = Literal["same", "shared", "alike", "apart"]
"""What two arms have in common. `same`: all that was said, by both sides; `shared`: the first answer and all before it;
`alike`: what the records show as said to the model, though the first answers differ; else `apart`."""
PAIRED: tuple[Relation, ...] = ("same", "shared")
"""Relations in which both arms hold one and the same first answer, so that their luck is not independent."""


Kind = Literal["contrast", "interaction", "arm x model", "change", "trend"]
"""`interaction`: of a 2 x 2 design; `arm x model`: the effect in one model against that in another; `change`: the
change since the first turn against that of the placebo; `trend`: the slope over the turns against none."""


class Verdict(StrEnum):
    """What one reading says of a difference. Its text is what tables print; see showing/tables/wording.py."""

    BETTER = "better"
    WORSE = "worse"
    HIGHER = "higher"
    """Higher and lower: of a metric that has no good side."""
    LOWER = "lower"
    CANNOT_TELL = "cannot tell"
    NO_DIFFERENCE = "no difference larger than"
    """Than `Reading.delta`, which the experiment declared."""
    IDENTICAL = "identical prompts"
    """Both arms sent the same and got the same, so nothing was tested."""

    @property
    def is_difference(self) -> bool:
        """A difference that can be told from chance, in whichever direction."""
        return self in (Verdict.BETTER, Verdict.WORSE, Verdict.HIGHER, Verdict.LOWER)


class Caveat(StrEnum):
    """What a reader must know before believing the verdicts and intervals of a comparison."""

    UNJUDGED = "unjudged"
    """A verdict would not stand if the replies that could not be judged had gone against it."""
    STOPPED_EARLY = "stopped early"
    """The run ended at a look: intervals and p values for a fixed number of samples do not hold as they stand."""
    SAME_PROMPTS = "same prompts"
    """The records show no difference in what was sent (a setting, a tool or a hidden prompt may differ)."""
    SPARSE = "sparse"
    """The effect rests on few problems: intervals for other problems may be much too short."""
    UNCALIBRATED = "uncalibrated"
    """A model judged this metric, and no human labels say how far it is right in each arm."""
    FEW_COUNTED = "few counted"
    """Of 0/1 scores, one arm has fewer than ten of one kind: intervals tend to be too wide there."""


@dataclass(frozen=True)
class Reading:
    """The answer to one of the two questions. `low`, `high`, `p` are None where `note` says why it cannot tell."""

    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    p_adjusted: float | None = None
    """Over the contrasts of the same metric and model (Holm; Benjamini-Hochberg where exploratory)."""
    verdict: Verdict = Verdict.CANNOT_TELL
    note: str = ""
    delta: float | None = None
    """The difference that counts as none, where one was declared."""
    low90: float | None = None
    high90: float | None = None
    """90 % interval, where delta was declared: inside (-delta, delta) exactly where `p_equivalent` is below .05."""
    p_equivalent: float | None = None
    """Of the two one-sided tests against delta."""
    p_equivalent_adjusted: float | None = None
    """Over the contrasts of the same metric and model, as `p_adjusted`."""
    p_worst: float | None = None
    """Where some replies could not be judged: p if all of them had gone against the difference seen."""
    p_equivalent_worst: float | None = None
    """Where some replies could not be judged: the larger p against delta, had all of them gone either way."""
    hedged: bool = False
    """The verdict would not stand then."""
    confidence: float = 0.95
    """Of `low` and `high`; above .95 where the intervals of a table hold all at once."""
    method: str = ""
    """How the interval was made: score, t, or between problems."""
    test: str = ""
    """How p was: exact, monte carlo, large sample (of the permutations); t, score."""
    error: float | None = None
    """Standard error of the difference, and the degrees of freedom of the interval."""
    df: float | None = None


@dataclass(frozen=True)
class Comparison:
    """One arm against another on one metric and model. Means are over the pairs used, problems weighted alike.

    An interaction of a 2 x 2 design is one as well: `arm` is the effect of the first treatment where the second is
    given, `baseline` its effect where it is not, and the means are these effects. So is a row of `arm x model`: `model`
    names both sides, and the means are the arm's effects in them.
    """

    metric: str
    model: str
    arm: str
    baseline: str
    problems: int = 0
    clusters: int = 0
    pairs: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    """Pairs that could not be used, by reason."""
    alone: dict[str, int] = field(default_factory=dict)
    """Judged replies without a partner, by arm."""
    copies: int = 0
    """Replies that repeat another of the same arm and problem word for word, and were left out."""
    in_chats: int = 0
    """Problems that were asked one after the other in one chat: of each sample such a chat counts once."""
    samples_arm: int = 0
    samples_baseline: int = 0
    """Replies that were compared; as many as `pairs` unless the arms have unequal numbers."""
    unjudged_arm: float | None = None
    unjudged_baseline: float | None = None
    """Share of the replies that could not be judged, where there are such; `p_unjudged`: of their difference."""
    p_unjudged: float | None = None
    mean_arm: float | None = None
    mean_baseline: float | None = None
    gains: int = 0
    """Problems whose mean went up; `pair_gains` counts pairs."""
    losses: int = 0
    pair_gains: int = 0
    pair_losses: int = 0
    these: Reading = Reading()
    """These problems: would it repeat on them?"""
    like: Reading = Reading()
    """Problems like these: would it hold on others?"""
    detectable: float | None = None
    """Smallest true difference that a comparison of this size finds with 80 % power (problems like these)."""
    needed_problems: int | None = None
    """Problems, with today's samples of each, that would find a difference as large as the one seen with 80 % power."""
    needed_samples: int | None = None
    """Samples of each of today's problems that would; None where more samples alone never do."""
    worst: float | None = None
    """The difference if every unjudged reply had the worst value for the arm in the declared range, and the best."""
    best: float | None = None
    worst_seen: float | None = None
    """The same in the range of the values that were seen."""
    best_seen: float | None = None
    rests_on: int | None = None
    """Problems that make three quarters of the squared differences, where they are a fifth of all or fewer."""
    spread: Spread | None = None
    """Of the metrics of the first screen, or those that were asked for."""
    ordinal: Ordinal | None = None
    """Of use levels: whether the verdict hangs on equal steps between them."""
    corrected: Calibrated | None = None
    """Where human labels exist for the metric."""
    wordings: tuple[Worded, ...] = ()
    """For every text of the arms that was asked in several wordings."""
    seed: int = 0
    """Of the permutations."""
    note: str = ""
    turn: str = "scored"
    """The assistant turn that stands for a trial; `scored` is the template's own, else the last."""
    kind: Kind = "contrast"
    outcome: Literal["", "primary", "secondary"] = ""
    """Where the experiment declares a primary metric: whether this is it."""
    caveats: tuple[Caveat, ...] = ()


@dataclass(frozen=True)
class Pairs:
    """The judged pairs of one contrast, one entry per pair. problem, model, cluster: numbers; all shapes (pairs,).

    Where the arms have unequal numbers of replies nothing is paired, and the labels are those of both `Sides`.
    """

    arm: NDArray[np.float64]
    baseline: NDArray[np.float64]
    problem: NDArray[np.int64] | Sides
    model: NDArray[np.int64] | Sides
    cluster: NDArray[np.int64] | Sides | None
    """None where every problem is its own cluster."""
    relation: Relation = "apart"

    @property
    def paired(self) -> bool:
        """Both arms hold one and the same first answer, so that their luck is not independent."""
        return self.relation in PAIRED

    @cached_property
    def stratum(self) -> NDArray[np.int64] | Sides:
        """A label for each problem of each model."""
        p, m = self.problem, self.model
        if isinstance(p, Sides) and isinstance(m, Sides):
            return Sides(_stratum(p.arm, m.arm), _stratum(p.baseline, m.baseline))
        return _stratum(p, m)

    @cached_property
    def split(self) -> VarianceSplit | None:
        """Where the variance of the difference comes from: what several figures of one contrast rest on."""
        from evalkit.stats.power import variance_split

        return variance_split(self.arm, self.baseline, self.problem, paired=self.paired, model=self.model)


MOST_MODELS = 1_000_000


def _stratum(problem: Labels | Sides, model: Labels | Sides) -> NDArray[np.int64]:
    import numpy as np

    return np.asarray(problem, dtype=np.int64) * MOST_MODELS + np.asarray(model, dtype=np.int64)


Square = tuple[str, str, str, str]
"""The arms of a 2 x 2 design: (neither, first, second, both)."""


@dataclass(frozen=True)
class Answered:
    """How often a reference (the staff's, an accepted alternative) or another answer was given in one arm."""

    problem: str
    template: str
    model: str
    metric: str
    given: str
    count: int


@dataclass(frozen=True)
class Design:
    """What a comparison must know beside the scores.

    contrasts, interactions: the family of the multiplicity correction. clusters: problem -> cluster. failed: trials
    without any answer, which count as unjudged. delta: metric -> the difference that would still count as none.
    """

    contrasts: Sequence[Contrast]
    interactions: Sequence[Square] = ()
    clusters: Mapping[str, str] = field(default_factory=dict)
    failed: Sequence[Trial] = ()
    delta: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    exploratory: bool = False
    primary: str = ""
    """The metric that the experiment asks about, where it says so."""
    simultaneous: bool = False
    """Intervals that hold all at once, over the rows of a table (Bonferroni)."""
    confidence: float = 0.95
    kind: Kind = "contrast"
    """What the values of the contrasts are: scores, or changes of scores (`change`)."""

    def confidence_among(self, rows: int) -> float:
        """Of each interval of a table of so many rows: where they are to hold all at once, together 95 %."""
        return 1 - 0.05 / max(rows, 1) if self.simultaneous else self.confidence
