"""`evalkit plan`: how many problems and samples would show an effect, and what they would cost.

From a pilot run (the variance of its paired differences, split in problems and samples) or from assumed rates of a 0/1
metric. Detectable is the smallest true difference that the paired t test on problem means finds with 80 % power
(problems like these); below four problems nothing is said. Not covered: clusters of problems (count clusters instead),
and several arms at once, which Holm's correction makes a little harder than this table says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from evalkit.errors import SpecError
from evalkit.stats.power import (
    VarianceSplit,
    binary_split,
    minimum_detectable_effect,
    needed_problems,
    needed_samples,
    variance_split,
)

PROBLEMS = (4, 6, 8, 12, 20, 30, 50, 100)
SAMPLES = (1, 2, 3, 5, 10)


@dataclass(frozen=True)
class Design:
    """So many problems and samples of two arms, the smallest difference that they show, and what they cost."""

    problems: int
    samples: int
    detectable: float | None
    requests: int
    cost: float


@dataclass(frozen=True)
class Advice:
    """The table and, for the wanted effect, what would be needed. None: out of reach."""

    split: VarianceSplit
    designs: tuple[Design, ...]
    effect: float | None
    problems_needed: int | None = None
    samples_needed: int | None = None
    words: str = ""


def pilot_split(scores: pd.DataFrame, metric: str, contrast: tuple[str, str]) -> tuple[VarianceSplit, int, int]:
    """(variance split, problems, samples a problem) of a pilot's pairs. scores: as `comparison.frame` gives them.

    Raises SpecError where the pilot cannot tell: fewer than two problems, or no problem with two pairs.
    """
    part = scores[scores["metric"] == metric]
    arm, base = (part[part["template"] == name].set_index(["problem", "model", "sample"])["value"] for name in contrast)
    pairs = pd.concat([arm, base], axis=1, keys=["arm", "base"], join="inner").dropna()
    problems = [str(p) for p in pairs.index.get_level_values("problem")]
    split = variance_split(pairs["arm"].to_numpy(), pairs["base"].to_numpy(), problems) if len(pairs) else None
    if split is None:
        raise SpecError(
            f"the pilot has {len(pairs)} judged pairs of {contrast[0]} and {contrast[1]} for {metric}: at least two "
            "problems, one of them with two samples, are needed; or assume --rates BASELINE ARM"
        )
    count = len(set(problems))
    return split, count, max(1, round(len(pairs) / count))


def assumed_split(baseline: float, arm: float, between: float) -> VarianceSplit:
    """The split of a 0/1 metric with these rates. between: standard deviation over problems of the true effect."""
    try:
        return binary_split(baseline, arm - baseline, between)
    except ValueError as error:
        raise SpecError(f"--rates {baseline:g} {arm:g}, --between {between:g}: {error}") from None


def advise(
    split: VarianceSplit, have: tuple[int, int], effect: float | None, price: tuple[float, float] = (2.0, 0.0)
) -> Advice:
    """The table of designs and advice. have: problems and samples of today. price: requests and money of one pair."""
    problems = sorted({*PROBLEMS, have[0]})
    samples = sorted({*SAMPLES, have[1]})
    designs = tuple(
        Design(p, n, minimum_detectable_effect(split, p, n), round(p * n * price[0]), p * n * price[1])
        for p in problems
        for n in samples
    )
    if effect is None or effect == 0:
        return Advice(split, designs, None)
    more_problems = needed_problems(split, effect, have[1])
    more_samples = needed_samples(split, effect, have[0])
    return Advice(
        split, designs, effect, more_problems, more_samples, _words(effect, have, more_problems, more_samples)
    )


def _words(effect: float, have: tuple[int, int], problems: int | None, samples: int | None) -> str:
    by_problems = f"{problems} problems with {have[1]} samples each" if problems else "no number of problems in reach"
    by_samples = f"{samples} samples of the {have[0]} problems" if samples else "more samples alone never"
    if problems and samples:
        cheaper = "add problems" if problems * have[1] <= samples * have[0] else "add samples"
        return f"To see a difference of {effect:+g}: {by_problems}, or {by_samples}; it is cheaper to {cheaper}."
    if problems:
        return f"To see a difference of {effect:+g}: {by_problems}; {by_samples} show it, so add problems."
    return f"A difference of {effect:+g} is out of reach."


def rows(advice: Advice) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Columns and cells of the table: one row for each number of problems, one column for each number of samples."""
    samples = sorted({d.samples for d in advice.designs})
    cells = []
    for problems in sorted({d.problems for d in advice.designs}):
        line = {d.samples: d for d in advice.designs if d.problems == problems}
        cells.append((str(problems), *(_cell(line[n]) for n in samples)))
    return ("problems", *(f"{n} sample{'s' if n > 1 else ''}" for n in samples)), tuple(cells)


def _cell(d: Design) -> str:
    shown = "cannot tell" if d.detectable is None else f"{d.detectable:.2f}"
    return f"{shown} ({d.requests:,})" + (f" {d.cost:.3g}" if d.cost else "")


def as_data(advice: Advice) -> dict[str, object]:
    """Plain data for --json."""
    fields: Sequence[str] = ("effect", "problems_needed", "samples_needed", "words")
    return {
        "between": advice.split.between,
        "within": advice.split.within,
        **{name: getattr(advice, name) for name in fields},
        "designs": [{n: getattr(d, n) for n in d.__dataclass_fields__} for d in advice.designs],
    }
