"""How often the test of `paired_difference` finds an effect: drawn, not derived, since small cells are no normal ones.

A metric of two values (0 and 1) in two arms. Every problem has rates of its own; a draw is a whole comparison, and the
decision is that of paired.py, written for many draws at once (a test holds the two against each other). Not covered:
clusters, and unjudged replies.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from evalkit.stats.groups import MIN_UNITS, Floats
from evalkit.stats.paired import FEW_PAIRS, MIN_MOVED
from evalkit.stats.power import VarianceSplit

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Population:
    """Problems to draw from, for a 0/1 metric."""

    baseline: float
    """Mean rate of the baseline."""
    levels: float = 0.0
    """Standard deviation of the baseline's rate over problems and models (a beta distribution)."""
    between: float = 0.0
    """Standard deviation over problems of the true effect: as much of it as rates between 0 and 1 leave room for."""
    shared: float = 0.0
    """Share of the pairs whose arms have the same luck: arms that share the first answer."""
    models: int = 1
    """Models whose differences are averaged in every problem; samples are counted for each."""

    def split(self, effect: float) -> VarianceSplit:
        """The variances that this population gives, of a problem's difference over all its models."""
        b, a = self.baseline, min(max(self.baseline + effect, 0.0), 1.0)
        both = (1 - self.shared) * (a * b + self.levels**2) + self.shared * min(a, b)
        within = max(a + b - 2 * both - effect**2 - self.between**2, 0.0)
        return VarianceSplit(self.between**2, within / self.models)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Counts of pairs by outcome (arm, baseline), each of shape (draws, problems); `pairs` in every problem."""

    gains: Floats
    losses: Floats
    both: Floats
    pairs: int


def drawn(
    population: Population, effect: float, shape: tuple[int, int], samples: int, rng: np.random.Generator
) -> Drawn:
    """shape: (draws, problems)."""
    p = population
    b = _levels(p, (*shape, p.models), rng)
    a = _moved(b, effect, p.between, rng.random((*shape, 1)))
    both = (1 - p.shared) * a * b + p.shared * np.minimum(a, b)
    gain, loss = np.maximum(a - both, 0.0), np.maximum(b - both, 0.0)
    gains = rng.binomial(samples, np.minimum(gain, 1.0))
    losses = rng.binomial(samples - gains, _share(loss, 1 - gain))
    twice = rng.binomial(samples - gains - losses, _share(both, 1 - gain - loss))
    up, down, same = (x.sum(axis=2).astype(np.float64) for x in (gains, losses, twice))
    return Drawn(up, down, same, samples * p.models)


def _moved(b: Floats, effect: float, spread: float, luck: Floats) -> Floats:
    """Rates of the arm whose mean lies `effect` above that of `b`, with this standard deviation of the effects.

    A problem goes up or down by `spread`; where its rate has no room for that on one side, less far there, further on
    the other and less often, with the same mean and spread. Rates cut off at 0 and 1 instead would have another mean
    effect than the one that is planned for. luck: uniform, one a problem.
    """
    a = _lifted(b, effect)
    rest = max(spread**2 - float((a - b).var()), 0.0) ** 0.5
    if rest == 0.0:
        return a
    room, near = np.maximum(a, 1 - a), np.minimum(np.minimum(a, 1 - a), rest)
    far = np.minimum(rest**2 / np.maximum(near, 1e-12), room)
    high = a < 0.5  # the nearer end lies below
    up, down = np.where(high, far, near), np.where(high, near, far)
    rises = luck * (up + down) < down
    return np.asarray(np.clip(np.where(rises, a + up, a - down), 0.0, 1.0))


def _lifted(b: Floats, effect: float) -> Floats:
    """`b` plus a constant, within 0 and 1, so that the mean moves by `effect` (or as far as it can)."""
    wanted = min(max(float(b.mean()) + effect, 0.0), 1.0)
    low, high = (0.0, 1.0) if effect > 0 else (-1.0, 0.0)
    a = np.clip(b + effect, 0.0, 1.0)
    for _ in range(30 if abs(float(a.mean()) - wanted) > 1e-9 else 0):
        middle = (low + high) / 2
        a = np.clip(b + middle, 0.0, 1.0)
        low, high = (low, middle) if float(a.mean()) > wanted else (middle, high)
    return np.asarray(a)


def _share(part: Floats, whole: Floats) -> Floats:
    return np.clip(np.divide(part, whole, out=np.zeros_like(part), where=whole > 1e-12), 0.0, 1.0)


def _levels(p: Population, shape: tuple[int, int, int], rng: np.random.Generator) -> Floats:
    most = p.baseline * (1 - p.baseline)
    variance = min(p.levels**2, 0.95 * most)
    if variance <= 1e-9:
        return np.full(shape, p.baseline)
    size = most / variance - 1
    return np.asarray(rng.beta(p.baseline * size, (1 - p.baseline) * size, shape))


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What `paired.Evidence` holds, for many comparisons at once."""

    mean: Floats
    error: Floats
    up: Floats
    down: Floats
    pairs: Floats
    score: Bools
    df: int

    def statistic(self, difference: float) -> Floats:
        """Tango's statistic where the score method decides, else Student's."""
        n, up, down = self.pairs, self.up * self.pairs, self.down * self.pairs
        half = (up + down - (2 * n - up + down) * difference) / (4 * n)
        share = half + np.sqrt(np.maximum(half**2 + down * difference * (1 - difference) / (2 * n), 0.0))
        variance = np.maximum(n * (2 * share + difference * (1 - difference)), 0.0)
        above = up - down - n * difference
        none = variance <= 1e-14 * n
        score = np.where(none, np.where(np.abs(above) <= 1e-9 * n, 0.0, np.copysign(np.inf, above)), 0.0)
        score = np.where(none, score, above / np.sqrt(np.where(none, 1.0, variance)))
        t = (self.mean - difference) / np.where(self.score, 1.0, self.error)
        return np.where(self.score, score, t)


def _evidence(d: Drawn) -> Outcomes:
    problems, n = d.gains.shape[1], d.pairs
    moved = d.gains - d.losses
    mean = moved.mean(axis=1) / n
    error = moved.std(axis=1, ddof=min(1, problems - 1)) / n / math.sqrt(problems)
    totals = [(x + d.both).sum(axis=1) for x in (d.gains, d.losses)]
    constant = np.logical_or.reduce([(t == 0) | (t == problems * n) for t in totals])
    lumpy = constant | (n < FEW_PAIRS)
    alike = np.ptp(moved, axis=1) == 0
    coarse = alike | (~lumpy & ((moved != 0).sum(axis=1) < MIN_MOVED))
    up, down = (
        np.where(coarse, np.maximum(x, 0).mean(axis=1), y.mean(axis=1)) / n
        for x, y in ((moved, d.gains), (-moved, d.losses))
    )
    seen = (up + down - (up - down) ** 2) / np.where(alike, 1.0, error) ** 2
    pairs = np.where(coarse, problems, np.maximum(problems, seen))
    return Outcomes(mean, error, up, down, pairs, lumpy | coarse, problems - 1)


def drawn_moves(
    split: VarianceSplit, effect: float, design: tuple[int, int], moved: float, rng: np.random.Generator, draws: int
) -> Outcomes:
    """Comparisons of a metric of a few values, in units of its range, by the score method.

    The problems' differences are taken as normal; moved: mean size of a pair's difference. design: (problems, samples).
    """
    problems, samples = design
    error = math.sqrt(split.between + split.within / samples)
    d = effect + error * rng.standard_normal((draws, problems))
    mean = d.mean(axis=1)
    most = np.minimum(np.maximum(moved, np.abs(mean)), 1.0)
    mean = np.clip(mean, -1.0, 1.0)
    up, down = (most + mean) / 2, (most - mean) / 2
    sd = np.maximum(d.std(axis=1, ddof=1) / math.sqrt(problems), 1e-9)
    pairs = np.maximum(problems, (most - mean**2) / sd**2)
    return Outcomes(mean, sd, up, down, pairs, np.ones(draws, dtype=np.bool_), problems - 1)


def finds(d: Drawn | Outcomes, alpha: float = 0.05) -> Bools:
    """Whether `paired_difference` has p < alpha, shape (draws,). Never below 4 problems."""
    e = _evidence(d) if isinstance(d, Drawn) else d
    if e.df < MIN_UNITS - 1:
        return np.zeros(len(e.mean), dtype=np.bool_)
    return np.asarray(np.abs(e.statistic(0.0)) > float(stdtrit(e.df, 1 - alpha / 2)))


def shows_none(d: Drawn | Outcomes, delta: float, alpha: float = 0.05) -> Bools:
    """Whether `equivalence` has p < alpha for this delta, shape (draws,). Never below 4 problems."""
    e = _evidence(d) if isinstance(d, Drawn) else d
    if e.df < MIN_UNITS - 1:
        return np.zeros(len(e.mean), dtype=np.bool_)
    critical = float(stdtrit(e.df, 1 - alpha))
    margin = min(delta, 1.0)
    return np.asarray((e.statistic(-margin) > critical) & (e.statistic(margin) < -critical))
