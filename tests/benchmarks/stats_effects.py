"""Differences of effects, by simulation: one model against another, and a hint's change against the placebo's.

    python -m tests.benchmarks.stats_effects [repetitions]

Part of what `stats_coverage` prints. The pairs are drawn as they are, without the table of scores that `compare` makes
them of: that would take most of the time, and tests hold it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np

from evalkit.comparing.comparison import Comparison, Pairs, Relation
from evalkit.comparing.estimates import estimates
from evalkit.comparing.models import Effect, row
from evalkit.stats.groups import Floats

DESIGNS = ((4, 5), (8, 3), (12, 1), (12, 5), (30, 1), (30, 5), (100, 1))
EFFECTS = ((0.5, 0.0), (0.5, 0.3), (0.1, 0.3), (0.1, 0.0))
"""(rate of the baseline, mean effect of the arm in both models)."""
HEAD = "| rate | effect | sd of effects | problems | samples | given | these: coverage | p < .05 | like: coverage | p < .05 |"
METRIC = "text.correct"


def pairs(arm: Floats, baseline: Floats, model: int, relation: Relation = "apart") -> Pairs:
    """Values of shape (problems, samples) as `compare` pairs them; no two conversations share a word."""
    problem = np.repeat(np.arange(len(arm)), arm.shape[1])
    return Pairs(arm.ravel(), baseline.ravel(), problem, np.full(len(problem), model), None, relation)


class Tally:
    """How often an interval was given, covered the truth, and left out 0, in per cent."""

    def __init__(self) -> None:
        self.given = self.covered = self.found = 0

    def add(self, reading: object, truth: float) -> None:
        low, high, p = (getattr(reading, name) for name in ("low", "high", "p"))
        if low is not None:
            self.given += 1
            self.covered += low - 1e-12 <= truth <= high + 1e-12
            self.found += p < 0.05

    def cells(self) -> str:
        n = max(self.given, 1)
        return f"{100 * self.covered / n:.1f} | {100 * self.found / n:.1f}"


def interaction(rate: float, effect: float, spread: float, design: tuple[int, int], rng: np.random.Generator) -> tuple[
    Comparison, float
]:  # fmt: skip
    """Two models in which the effect of an arm is alike on average; and what it is on these problems."""
    effects, truth = [], 0.0
    for model, sign in enumerate((1, -1)):
        base = np.clip(rate + 0.15 * rng.standard_normal(design[0]), 0.02, 0.98)
        # Cut off on both sides alike, so that the mean effect is the same in both models.
        arm = np.clip(base + effect + spread * rng.standard_normal(design[0]), 0.0, 1.0)
        truth += sign * float((arm - base).mean())
        plain, hint = ((rng.random(design) < rates[:, None]).astype(float) for rates in (base, arm))
        problems = np.arange(design[0])
        moved = (hint - plain).mean(axis=1)
        effects.append(Effect("ab"[model], pairs(hint, plain, model), problems, problems, moved))
    return row(METRIC, ("hint", "plain"), effects[0], effects[1:], 0), truth


def interactions(reps: int, seed: int) -> Iterator[str]:
    """One Markdown row a cell; p < .05 is false for problems like these, and for these where effects have no spread."""
    for rate, effect in EFFECTS:
        for spread in (0.0, 0.2):
            for design in DESIGNS:
                rng = np.random.default_rng((seed, int(100 * rate), int(100 * effect), int(100 * spread), *design))
                these, like = Tally(), Tally()
                for _ in range(reps):
                    found, truth = interaction(rate, effect, spread, design, rng)
                    these.add(found.these, truth)
                    like.add(found.like, 0.0)
                start = f"| {rate:g} | {effect:g} | {spread:g} | {design[0]} | {design[1]}"
                yield f"{start} | {100 * like.given / reps:.0f} | {these.cells()} | {like.cells()} |"


def change(effect: float, shared: bool, design: tuple[int, int], rng: np.random.Generator) -> Comparison:
    """Two arms whose replies turn right as often as each other after a first turn; shared: with one first answer."""
    first = {arm: (rng.random(design) < 0.4).astype(float) for arm in ("placebo", "hint")}
    if shared:
        first["hint"] = first["placebo"]
    up = np.clip(effect + 0.15 * rng.standard_normal((2, design[0], 1)), 0.0, 1.0)
    later = {arm: np.maximum(first[arm], rng.random(design) < up[i]) for i, arm in enumerate(first)}
    moved = {arm: later[arm] - first[arm] for arm in first}
    relation: Relation = "shared" if shared else "apart"
    return estimates(
        Comparison(METRIC, "m", "hint", "placebo", kind="change"),
        pairs(moved["hint"], moved["placebo"], 0, relation),
        None,
        0,
    )


def placebo_adjusted(reps: int, seed: int) -> Iterator[str]:
    """One Markdown row a cell; no difference on average, so coverage is that of 0."""
    for effect in (0.1, 0.4):
        for shared in (False, True):
            for design in DESIGNS:
                rng = np.random.default_rng((seed, int(100 * effect), int(shared), *design))
                like = Tally()
                for _ in range(reps):
                    like.add(change(effect, shared, design, rng).like, 0.0)
                start = f"| {effect:g} | {'yes' if shared else 'no'} | {design[0]} | {design[1]}"
                yield f"{start} | {100 * like.given / reps:.0f} | {like.cells()} |"


def report(reps: int, seed: int) -> Iterator[str]:
    """All tables of this file as Markdown."""
    yield f"\n#### One model against another: no difference of the effects\n\n{HEAD}\n|" + "---|" * 10
    yield from interactions(reps, seed)
    yield "\n#### A hint's change less the placebo's: no difference\n"
    yield "| turned right | one first answer | problems | samples | given | coverage | p < .05 |\n" + "|---" * 7 + "|"
    yield from placebo_adjusted(reps, seed)


if __name__ == "__main__":
    for line in report(int(sys.argv[1]) if len(sys.argv) > 1 else 300, 1):
        print(line, flush=True)
