"""What is known of a comparison beside its two readings: problems one by one, labels, order, wordings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Effect:
    """What one problem says by itself: p of a permutation inside it, adjusted over problems (Benjamini, Hochberg)."""

    problem: str
    difference: float
    p: float | None = None
    p_adjusted: float | None = None

    @property
    def reacts(self) -> bool:
        return self.p_adjusted is not None and self.p_adjusted < 0.05


@dataclass(frozen=True)
class Spread:
    """How the effect varies over problems."""

    sd: float | None = None
    """Standard deviation over problems of the true effect, by moments; None where no problem has two pairs."""
    low: float | None = None
    """The difference over problems like these without one problem (cluster): the least, and the largest (`high`)."""
    high: float | None = None
    without_low: str = ""
    """Without which problem, or the cluster of which, it is the least."""
    without_high: str = ""
    problems: tuple[Effect, ...] = ()
    tested: int = 0
    """Problems with samples enough to be tested alone."""
    method: str = "permutation within the problem, Benjamini-Hochberg over problems; sd by moments"


@dataclass(frozen=True)
class Calibrated:
    """The difference with both arms' means corrected by human labels. None where `note` says why it cannot be told."""

    labels_arm: int
    labels_baseline: int
    weight_arm: float | None = None
    """How much the scorer is trusted in this arm, 0 to 1."""
    weight_baseline: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    error: float | None = None
    df: int | None = None
    note: str = ""
    method: str = "PPI++ in each arm, problems as clusters, limits joined"


@dataclass(frozen=True)
class Ordinal:
    """A comparison by order alone: P(arm higher) - P(baseline higher); the interval is for problems like these."""

    difference: float
    low: float | None
    high: float | None
    p_these: float | None
    p_like: float | None
    error: float | None
    df: float | None
    method: str = "mid-ranks within problem and model; permutation, and paired over problems; not adjusted"
    odds: float | None = None
    """Of a higher level, arm against baseline, by a proportional-odds model with errors clustered by problem; None
    where `odds_note` says why."""
    odds_low: float | None = None
    odds_high: float | None = None
    odds_p: float | None = None
    odds_note: str = ""


@dataclass(frozen=True)
class Worded:
    """How a difference varies between the wordings of one text. Figures are None where `note` says why."""

    text: str
    """`ban`, `hints.method`, ...; `wording`: of a template's own."""
    wordings: int
    """How many; of a problem's own the most that one has."""
    crossed: bool
    """Whether all problems share them; else each problem has its own."""
    effects: tuple[float, ...] = ()
    """The difference with each wording, where all problems share them."""
    replies: tuple[int, ...] = ()
    """Pairs of each wording."""
    sd: float | None = None
    """Standard deviation between wordings of the true effect, and its 95 % interval."""
    sd_low: float | None = None
    sd_high: float | None = None
    p: float | None = None
    """Of no spread at all."""
    low: float | None = None
    """95 % interval of the difference over problems and wordings like these, where all problems share them."""
    high: float | None = None
    p_over: float | None = None
    """Of no difference over problems and wordings like these."""
    error: float | None = None
    """Standard error of the difference over problems and wordings, and the degrees of freedom of `low` and `high`."""
    df: float | None = None
    df_spread: tuple[float, float] | None = None
    """Degrees of freedom of the F test of no spread."""
    rests_on: int | None = None
    """The wording (from 1) that carries the difference, where one does."""
    said: str = ""
    """How that one begins."""
    note: str = ""
    method: str = "least squares, stratum + wording; sd by moments; over wordings: Clark's min F'"
