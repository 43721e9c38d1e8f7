"""Coverage and false positives of evalkit.stats by simulation: prints the Markdown tables of docs/statistics.md.

    python -m tests.benchmarks.stats_coverage [--reps 4000] [--seed 1]

A cell is a population of problems, an effect, a number of problems and of samples. The same cells, with fewer
repetitions, are a part of the test suite.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Literal

import numpy as np

from evalkit.stats.groups import Floats
from evalkit.stats.paired import paired_difference
from evalkit.stats.permutation import within_problem_permutation
from evalkit.stats.sequential import e_value
from evalkit.stats.within import within_problem_interval

PROBLEMS = (4, 8, 12, 30, 100)
SAMPLES = (1, 2, 5, 20)
Base = Literal["middle", "low", "extreme", "floor"]
BASES: tuple[Base, ...] = ("middle", "low", "extreme")
Spread = Literal["same", "differs", "rare"]


@dataclass(frozen=True)
class Population:
    """How likely success is, by problem. base: the baseline's rates; effect: mean added; spread: how it varies."""

    base: Base
    effect: float
    spread: Spread
    scale: Literal["0/1", "levels"] = "0/1"
    """levels: use levels 0 to 3, the number of three such successes."""
    shared: bool = False
    """The arms share a first answer: half of all samples take the same luck in both arms."""

    def rates(self, rng: np.random.Generator, problems: int) -> tuple[Floats, Floats]:
        """True rates (arm, baseline), each of shape (problems,), in a new draw of problems."""
        shape = {"middle": (2.0, 2.0), "low": (0.5, 4.5), "extreme": (0.3, 0.3)}
        b = np.zeros(problems) if self.base == "floor" else rng.beta(*shape[self.base], problems)
        if self.spread == "rare":
            a = np.where(rng.random(problems) < self.effect, 0.9 + 0.1 * b, b)
        else:
            a = b + self.effect + (0.25 * rng.standard_normal(problems) if self.spread == "differs" else 0.0)
        a = np.clip(a, 0, 1)
        if self.effect == 0:  # swapped at random, so that the mean effect is 0 whatever was cut off
            swap = rng.random(problems) < 0.5
            a, b = np.where(swap, b, a), np.where(swap, a, b)
        return a, b

    def scores(self, rng: np.random.Generator, a: Floats, b: Floats, samples: int) -> tuple[Floats, Floats]:
        """One draw of samples: (arm, baseline), each of shape (problems * samples,)."""
        size = (len(a), samples, 3 if self.scale == "levels" else 1)
        mine, theirs = rng.random(size), rng.random(size)
        if self.shared:
            mine = np.where(rng.random(size[:2])[..., None] < 0.5, theirs, mine)
        arm = (mine < a[:, None, None]).sum(axis=2)
        return arm.ravel().astype(float), (theirs < b[:, None, None]).sum(axis=2).ravel().astype(float)

    def __str__(self) -> str:
        return f"{self.base} {self.effect:g} {self.scale}{' shared' if self.shared else ''}"

    @property
    def unit(self) -> float:
        return 3.0 if self.scale == "levels" else 1.0


@dataclass(frozen=True)
class Cell:
    """What became of one cell. Shares of the runs in which the tool gave an interval (a p value)."""

    population: Population
    problems: int
    samples: int
    reported: float
    coverage: float
    false_positives: float | None
    """None where there is an effect."""


@cache
def _mean_effect(population: Population) -> float:
    a, b = population.rates(np.random.default_rng(0), 2_000_000)
    return population.unit * float((a - b).mean()) if population.effect else 0.0


def like(population: Population, problems: int, samples: int, reps: int, seed: int) -> Cell:
    """Problems like these: every repetition draws new problems; the truth is the population's mean effect."""
    rng = np.random.default_rng(seed)
    truth = _mean_effect(population)
    label = np.repeat(np.arange(problems), samples)
    given = covered = significant = 0
    for _ in range(reps):
        result = paired_difference(*population.scores(rng, *population.rates(rng, problems), samples), label)
        if result.low is None or result.high is None or result.p is None:
            continue
        given += 1
        covered += result.low <= truth <= result.high
        significant += result.p < 0.05
    wrong = None if population.effect else significant / max(given, 1)
    return Cell(population, problems, samples, given / reps, covered / max(given, 1), wrong)


def these(population: Population, problems: int, samples: int, reps: int, seed: int) -> Cell:
    """These problems: the truth is the mean effect on the problems that were drawn."""
    rng = np.random.default_rng(seed)
    label = np.repeat(np.arange(problems), samples)
    given = covered = tested = significant = 0
    for i in range(reps):
        a, b = population.rates(rng, problems)
        if not population.effect:  # every second problem is the one before with its arms swapped: a mean of exactly 0
            a[1::2], b[1::2] = b[: problems - 1 : 2], a[: problems - 1 : 2]
        arm, baseline = population.scores(rng, a, b, samples)
        interval = within_problem_interval(arm, baseline, label, paired=population.shared)
        if interval.low is not None and interval.high is not None:
            given += 1
            covered += interval.low <= population.unit * float((a - b).mean()) <= interval.high
        if not population.effect and i < reps // 8:  # the permutation test is slower
            p = within_problem_permutation(arm, baseline, label, paired=population.shared, seed=i, draws=1000).p
            tested += p is not None
            significant += p is not None and p < 0.05
    wrong = None if population.effect else significant / max(tested, 1)
    return Cell(population, problems, samples, given / reps, covered / max(given, 1), wrong)


def populations(spread: Spread) -> list[Population]:
    """The populations that the tool claims to support, for one kind of spread ("rare" is not among them)."""
    found = [Population(base, effect, spread) for base in BASES for effect in (0.0, 0.2)]
    found += [Population("floor", effect, spread) for effect in (0.1, 0.3)]
    return found + [Population("middle", effect, spread, "levels") for effect in (0.0, 0.2)]


def rows(reading: Literal["like", "these"], spread: Spread, reps: int, seed: int) -> Iterator[str]:
    """One Markdown row for each number of problems and samples: the worst cell of all populations, and the mean."""
    cells = populations(spread)
    if reading == "these":
        shared = [Population(x.base, x.effect, spread, x.scale, shared=True) for x in cells if x.base != "extreme"]
        cells = cells + shared
    run = like if reading == "like" else these
    for problems, samples in product(PROBLEMS, SAMPLES if reading == "like" else (1, 5, 20)):
        done = [run(x, problems, samples, reps, seed + 1000 * i + problems) for i, x in enumerate(cells)]
        shown = [c for c in done if c.reported >= 0.5]
        cover = [c.coverage for c in shown] or [float("nan")]
        wrong = [c.false_positives for c in shown if c.false_positives is not None] or [float("nan")]
        where = str(min(shown, key=lambda c: c.coverage).population) if shown else "-"
        figures = (min(cover), float(np.mean(cover)), max(cover), float(np.mean(wrong)), max(wrong))
        least, mean, most, false, falsest = (f"{100 * x:.1f}" for x in figures)
        given = min(c.reported for c in done)
        design = f"| {problems} | {samples} | {spread} | {given:.2f}"
        yield f"{design} | {least} ({where}) | {mean} | {most} | {false} | {falsest} |"


def unsupported(reps: int, seed: int) -> Iterator[str]:
    """Effects that a few problems show and show strongly: what the tool cannot know."""
    for base, problems in product(BASES, PROBLEMS):
        cells = [like(Population(base, 0.1, "rare"), problems, n, reps, seed) for n in SAMPLES]
        yield f"| {base} | {problems} | " + " | ".join(f"{100 * c.coverage:.1f}" for c in cells) + " |"


def sequential(reps: int, seed: int) -> Iterator[str]:
    """False alarms of the e-value when one looks after every pair, against an exact test looked at as often."""
    from scipy.stats import binomtest

    rng = np.random.default_rng(seed)
    length = 200
    known = {
        (g, g + k): binomtest(g, g + k).pvalue < 0.05 for g in range(length + 1) for k in range(length + 1 - g) if g + k
    }
    for name, effect_sd, samples in (
        ("one pair a problem", 0.25, 1),
        ("10 samples a problem, effects differ", 0.25, 10),
    ):
        alarms = peeks = 0
        for _ in range(reps):
            shift = np.repeat(effect_sd * rng.standard_normal(length // samples + 1), samples)[:length]
            gain = np.cumsum(rng.random(length) < np.clip(0.5 + shift, 0, 1))
            counts = [(int(g), n + 1) for n, g in enumerate(gain)]
            alarms += any(e_value(g, n - g) >= 20 for g, n in counts)
            peeks += any(known[c] for c in counts)
        yield f"| {name} | {100 * alarms / reps:.1f} | {100 * peeks / reps:.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reps", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=("like", "these", "rest"), help="one part of the tables")
    args = parser.parse_args()
    head = "| problems | samples | effects | given | coverage: least (where) | mean | most | false: mean | most |"
    for reading, share in (("like", 1.0), ("these", 0.5)):
        if args.only not in (None, reading):
            continue
        print(f"\n### Problems {'like these' if reading == 'like' else '(these)'}\n\n{head}\n|" + "---|" * 9)
        for spread in ("same", "differs"):
            for row in rows(reading, spread, int(args.reps * share), args.seed):  # type: ignore[arg-type]
                print(row, flush=True)
    if args.only not in (None, "rest"):
        return
    print("\n### Effects on a few problems only (not supported)\n")
    print("| baseline | problems | 1 sample | 2 samples | 5 samples | 20 samples |\n|" + "---|" * 6)
    for row in unsupported(args.reps, args.seed):
        print(row, flush=True)
    print("\n### Looking after every pair\n\n| design | e-value >= 20 | exact test, p < .05 |\n|---|---|---|")
    for row in sequential(args.reps, args.seed):
        print(row, flush=True)


if __name__ == "__main__":
    main()
