"""What a pilot run, or assumed rates, say of the differences to plan for; and how sure the pilot is of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit.comparing import pairing
from evalkit.comparing.chats import by_chat
from evalkit.comparing.comparison import Pairs
from evalkit.comparing.scores import Numbered, Scores
from evalkit.errors import SpecError
from evalkit.judging.metrics import metric_info
from evalkit.stats.groups import MIN_UNITS, Sides, placed, value_range
from evalkit.stats.heterogeneity import members
from evalkit.stats.paired import FEW_PAIRS, FEW_VALUES
from evalkit.stats.power import VarianceSplit, power_of, variance_split
from evalkit.stats.simulation import Drawn, Outcomes, Population, drawn, drawn_moves, finds, shows_none

if TYPE_CHECKING:
    import pandas as pd

DRAWS = 4000
"""Comparisons drawn for a power that is told; its standard error is then .8 points at most."""
QUICK = 1000
"""And for one step of a search."""
SIMULATED = 200
"""Problems up to which the test is simulated, with few samples; beyond (with more: beyond a quarter) the normal limit
is as good."""
RESAMPLES = 200
SEED = 1


@dataclass(frozen=True)
class Basis:
    """What a plan rests on. Differences are in units of the metric."""

    split: VarianceSplit
    population: Population | None = None
    """Of a 0/1 metric: simulated as it is."""
    scale: float | None = None
    """Range of a metric of a few values, and the mean size of a pair's difference as a share of it."""
    moved: float = 0.0
    most: float = float("inf")
    """The largest difference that there can be."""
    problems: int = 12
    samples: int = 3
    """Of the pilot, a model; else what a first look would take."""
    models: int = 1
    splits: tuple[VarianceSplit, ...] = ()
    """Those of resampled pilots."""
    piloted: bool = True
    """Problems and samples are those of a pilot, not only what a first look would take."""

    def power(self, effect: float, problems: int, samples: int, *, draws: int = DRAWS) -> float:
        """Probability that `compare` tells a true difference from chance (problems like these)."""
        if not self._simulated(problems, samples):
            return power_of(self._split(effect), effect, problems, samples)
        return float(finds(self._draws(effect, problems, samples, draws)).mean())

    def equivalent(self, delta: float, problems: int, samples: int, *, draws: int = DRAWS) -> float:
        """Probability that `compare` says "no difference larger than delta" where there is none at all."""
        if self._simulated(problems, samples):
            found = self._draws(0.0, problems, samples, draws)
            scale = self.scale or 1.0
            return float((shows_none(found, delta / scale) & ~finds(found)).mean())
        from scipy.stats import norm, t  # slow imports that few commands need

        error = self._split(0.0).error(problems, samples)
        if problems < MIN_UNITS or error == 0:
            return float(problems >= MIN_UNITS)
        return float(max(0.0, 2 * norm.cdf(delta / error - t.ppf(0.95, problems - 1)) - 1))

    def _simulated(self, problems: int, samples: int) -> bool:
        few = lumpy(samples, self.models)
        small = MIN_UNITS <= problems <= (SIMULATED if few else SIMULATED // 4)
        return small and (self.population is not None or (self.scale is not None and few))

    def _split(self, effect: float) -> VarianceSplit:
        return self.split if self.population is None else self.population.split(effect)

    def _draws(self, effect: float, problems: int, samples: int, draws: int) -> Drawn | Outcomes:
        rng = np.random.default_rng(SEED)  # the same for every design: a larger one is not worse by chance
        draws = draws if problems <= 12 else draws // 2
        if self.population is not None:
            return drawn(self.population, effect, (draws, problems), samples, rng)
        scale = self.scale or 1.0
        relative = VarianceSplit(self.split.between / scale**2, self.split.within / scale**2)
        return drawn_moves(relative, effect / scale, (problems, samples), self.moved, rng, draws)


def assumed(baseline: float, arm: float, between: float) -> Basis:
    """A 0/1 metric with these rates. between: standard deviation over problems of the true effect."""
    if not (0 <= baseline <= 1 and 0 <= arm <= 1 and between >= 0):
        raise SpecError(
            f"rates {baseline:g} and {arm:g}, {between:g} between problems: rates between 0 and 1 are expected, and "
            "a standard deviation of 0 or more"
        )
    population = Population(baseline, between=between)
    most = 1 - baseline if arm >= baseline else baseline
    return Basis(population.split(arm - baseline), population, most=most, piloted=False)


def of_pilot(scores: pd.DataFrame, metric: str, contrast: tuple[str, str]) -> Basis:
    """What the pilot's judged pairs say. scores: as `frame` gives them.

    Raises SpecError where the pilot cannot tell: fewer than two problems, or no problem with two pairs of a model.
    """
    pairs = _pairs(scores[scores["metric"] == metric], contrast)
    found = None if pairs is None else basis_of(pairs, metric)
    if pairs is None or found is None:
        many = 0 if pairs is None else len(pairs.arm)
        raise SpecError(
            f"the pilot has {many} judged pairs of {contrast[0]} and {contrast[1]} for {metric}: at least two "
            "problems, one of them with two samples, are needed; or assume --rates BASELINE ARM"
        )
    return replace(found, splits=_resampled(pairs))


def _pairs(part: pd.DataFrame, contrast: tuple[str, str]) -> Pairs | None:
    """What `compare` pairs.

    Copies count once, and so do the questions of one chat. Replies without a partner are left out.
    """
    each = np.arange(len(part))
    apart: dict[str, Any] = {
        "opening": each,
        "prompts": each,
        "text": each,
        "long": False,
        "chat": -1,
    }  # tables from elsewhere
    part = part.assign(**{name: value for name, value in apart.items() if name not in part})
    arms = next(iter(Numbered.of(Scores.of(part), {}).cells.values()), {})
    if not set(contrast) <= arms.keys():
        return None
    found, _ = by_chat(pairing.matched(arms[contrast[0]], arms[contrast[1]]))
    empty = np.zeros(0, np.int64)
    met = replace(found, alone_arm=found.alone_arm.take(empty), alone_baseline=found.alone_baseline.take(empty))
    kept, _ = pairing.pairs(met, found.relation)
    if kept is None:
        return None
    if isinstance(kept.problem, Sides) or isinstance(kept.model, Sides):  # copies in one arm alone
        a, b = (side.take(found.judged) for side in (found.arm, found.baseline))
        kept = Pairs(a.value, b.value, a.problem, a.model, None, found.relation)
    return kept


def design_of(pairs: Pairs) -> tuple[int, int, int]:
    """Problems, samples of each (a model), and models. pairs: not of `Sides`."""
    problems, models, strata = (len(placed(np.asarray(x))[0]) for x in (pairs.problem, pairs.model, pairs.stratum))
    return problems, max(1, round(len(pairs.arm) / strata)), models


def lumpy(samples: int, models: int) -> bool:
    """Whether a problem's mean takes few values, so that a t test is not what its formula says."""
    return samples * models < FEW_PAIRS


def basis_of(pairs: Pairs, metric: str) -> Basis | None:
    """What these pairs say, without any doubt. pairs: not of `Sides`."""
    a, b, split = pairs.arm, pairs.baseline, pairs.split
    if split is None:
        return None
    info = metric_info(metric)
    count, samples, models = design_of(pairs)
    binary = bool(np.isin(np.concatenate([a, b]), (0.0, 1.0)).all()) and (info.low, info.high) in _UNITS
    scale = None if binary else value_range(a, b, FEW_VALUES)
    return Basis(
        split,
        _population(pairs, split, models) if binary else None,
        scale,
        float(np.abs(a - b).mean()) / scale if scale else 0.0,
        info.high - info.low,
        count,
        samples,
        models,
    )


_UNITS = ((0.0, 1.0), (float("-inf"), float("inf")))
"""Declared ranges of a metric that may be 0/1: its own, or that of labels from elsewhere, which declare none."""


def _population(pairs: Pairs, split: VarianceSplit, models: int) -> Population:
    """The 0/1 metric that gives the pilot's rates and variances."""
    a, b, stratum = pairs.arm, pairs.baseline, np.asarray(pairs.stratum)
    _, code = placed(stratum)
    size = np.bincount(code)
    rates = np.bincount(code, weights=b) / size
    mean = float(rates.mean())
    noise = float((rates * (1 - rates) / np.maximum(size - 1, 1)).mean()) if len(size) > 1 else 0.0
    levels = max(float(rates.var(ddof=1)) - noise, 0.0) ** 0.5 if len(size) > 1 else 0.0
    luck = 0.0
    if pairs.paired:
        apart = variance_split(a, b, stratum)
        together = variance_split(a, b, stratum, paired=True)
        if apart and together and apart.within > 0:
            luck = min(max(1 - together.within / apart.within, 0.0), 1.0)
    return Population(mean, levels, split.between**0.5, luck, models)


def _resampled(pairs: Pairs) -> tuple[VarianceSplit, ...]:
    """Splits of pilots whose problems were drawn from this one's, with replacement."""
    rng = np.random.default_rng(SEED)
    a, b, model = pairs.arm, pairs.baseline, np.asarray(pairs.model)
    names, problem = placed(np.asarray(pairs.problem))
    rows = members(problem, len(names))
    found = []
    for _ in range(RESAMPLES):
        chosen = [rows[i] for i in rng.integers(0, len(rows), len(rows))]
        at = np.concatenate(chosen)
        label = np.repeat(np.arange(len(chosen)), [len(r) for r in chosen])
        split = variance_split(a[at], b[at], label, paired=pairs.paired, model=model[at])
        found += [split] if split is not None else []
    return tuple(found)
