"""Coverage and false positives of evalkit.stats by simulation: prints the Markdown tables of docs/statistics.md.

    python -m tests.benchmarks.stats_coverage [--reps 4000] [--seed 1]

A cell is a population of problems, an effect, a number of problems and of samples. The same cells, with fewer
repetitions, are a part of the test suite.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Literal

import numpy as np
from scipy.special import bdtr, gammaln, stdtrit, xlogy

from evalkit.stats.groups import Floats
from evalkit.stats.paired import paired_difference
from evalkit.stats.permutation import within_problem_permutation
from evalkit.stats.rates import tango_interval
from evalkit.stats.sequential import e_value
from evalkit.stats.within import FEW_COUNTED, within_problem_interval
from tests.benchmarks import stats_effects
from tests.benchmarks.stats_edges import report

PROBLEMS = (4, 8, 12, 30, 100)
SAMPLES = (1, 2, 5, 20)
Base = Literal["middle", "low", "extreme", "floor"]
BASES: tuple[Base, ...] = ("middle", "low", "extreme")
Spread = Literal["same", "differs", "rare"]
SPREADS: tuple[Spread, ...] = ("same", "differs")
Reading = Literal["like", "these"]
READINGS: tuple[tuple[Reading, float], ...] = (("like", 1.0), ("these", 0.5))
"""And the share of the repetitions that each gets."""


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


@cache
def _rarest(population: Population) -> float:
    """Expected share of an arm's samples with the rarer of two values, in the arm where that is least; 1 for levels."""
    if population.scale == "levels":
        return 1.0
    shares = [float(x.mean()) for x in population.rates(np.random.default_rng(0), 200_000)]
    return min(min(x, 1 - x) for x in shares)


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


def all_populations(reading: Reading, spread: Spread) -> list[Population]:
    """Those of one kind of spread; for these problems also with a shared first answer."""
    cells = populations(spread)
    if reading == "like":
        return cells
    return cells + [Population(x.base, x.effect, spread, x.scale, shared=True) for x in cells if x.base != "extreme"]


def populations(spread: Spread) -> list[Population]:
    """The populations that the tool claims to support, for one kind of spread ("rare" is not among them)."""
    found = [Population(base, effect, spread) for base in BASES for effect in (0.0, 0.2)]
    found += [Population("floor", effect, spread) for effect in (0.1, 0.3)]
    return found + [Population("middle", effect, spread, "levels") for effect in (0.0, 0.2)]


def rows(reading: Reading, spread: Spread, reps: int, seed: int) -> Iterator[str]:
    """One Markdown row for each number of problems and samples: the worst cell of all populations, and the mean."""
    cells = all_populations(reading, spread)
    run = like if reading == "like" else these
    for problems, samples in product(PROBLEMS, SAMPLES if reading == "like" else (1, 5, 20)):
        done = [settled(run, x, (problems, samples), reps, seed + 1000 * i + problems) for i, x in enumerate(cells)]
        shown = [c for c in done if c.reported >= 0.5]
        cover = [c.coverage for c in shown] or [float("nan")]
        wrong = [c.false_positives for c in shown if c.false_positives is not None] or [float("nan")]
        where = str(min(shown, key=lambda c: c.coverage).population) if shown else "-"
        figures = (min(cover), float(np.mean(cover)), max(cover), float(np.mean(wrong)), max(wrong))
        least, mean, most, false, falsest = (f"{100 * x:.1f}" for x in figures)
        given = min(c.reported for c in done)
        design = f"| {problems} | {samples} | {spread} | {given:.2f}"
        yield f"{design} | {least} ({where}) | {mean} | {most} | {false} | {falsest} |"


def settled(
    run: Callable[..., Cell], population: Population, size: tuple[int, int], reps: int, seed: int, most: float = 1.0
) -> Cell:
    """One cell; where it looks doubtful, again with other numbers and ten times as many: the least of 300 cells of 95 %
    coverage would lie at 93.5 by chance alone."""
    cell = run(population, *size, reps, seed)
    doubtful = not 0.942 <= cell.coverage <= most or (cell.false_positives or 0.0) > 0.055
    return run(population, *size, 10 * reps, seed + 500_000) if doubtful and cell.reported else cell


def upper_bound(reading: Reading, reps: int, seed: int) -> Iterator[str]:
    """From 12 problems and 5 samples on: the largest coverage of the cells whose arms both expect at least FEW_COUNTED
    samples of either value, and of the others. A cell above 96.5 is measured again, as in `settled`."""
    run = like if reading == "like" else these
    for spread, problems, samples in product(SPREADS, (12, 30, 100), (5, 20)):
        most: list[list[tuple[float, str]]] = [[], []]
        for i, population in enumerate(all_populations(reading, spread)):
            cell = settled(run, population, (problems, samples), reps, seed + 1000 * i + problems, most=0.965)
            few = _rarest(population) * problems * samples < FEW_COUNTED
            most[few].append((cell.coverage, str(population)))
        shown = [f"{100 * max(x)[0]:.1f} ({max(x)[1]})" if x else "-" for x in most]
        yield f"| {reading} | {problems} | {samples} | {spread} | {shown[0]} | {shown[1]} |"


def unsupported(reps: int, seed: int) -> Iterator[str]:
    """Effects that a few problems show and show strongly: what the tool cannot know."""
    for base, problems in product(BASES, PROBLEMS):
        cells = [like(Population(base, 0.1, "rare"), problems, n, reps, seed) for n in SAMPLES]
        yield f"| {base} | {problems} | " + " | ".join(f"{100 * c.coverage:.1f}" for c in cells) + " |"


def clustered(reps: int, seed: int) -> tuple[float, float]:
    """False positives (per cent) of 8 contexts with 1 to 4 problems that react alike: told of them, and not told."""
    rng = np.random.default_rng(seed)
    cluster_of = np.repeat(np.arange(8), [1, 1, 2, 2, 3, 3, 4, 4])
    problem = np.repeat(np.arange(20), 5)
    wrong = np.zeros(2)
    for _ in range(reps):
        a = np.clip(0.5 + 0.25 * rng.standard_normal(8), 0, 1)[cluster_of]
        arm, baseline = Population("middle", 0.0, "same").scores(rng, a, np.full(20, 0.5), 5)
        for i, cluster in enumerate((cluster_of[problem], None)):
            p = paired_difference(arm, baseline, problem, cluster=cluster).p
            wrong[i] += p is not None and p < 0.05
    told, not_told = (100 * wrong / reps).tolist()
    return told, not_told


def enumerated(problems: int) -> tuple[float, float, float, float]:
    """One 0/1 sample a problem, exactly: least coverage and most false positives, of the score and the t interval.

    Over all true shares of gains and losses on a grid of 1/40 in which at least 5 % of the runs give a t interval. Runs
    in which all problems move alike count as covered by both: the tool gives no interval there.
    """
    n = problems
    gains, losses = np.array([(g, k) for g in range(n + 1) for k in range(n + 1 - g)]).T
    ways = gammaln(n + 1) - gammaln(gains + 1) - gammaln(losses + 1) - gammaln(n - gains - losses + 1)
    critical = float(stdtrit(n - 1, 0.975))
    score = np.array([tango_interval(g, k, n, critical=critical) for g, k in zip(gains, losses, strict=True)]).T
    mean = (gains - losses) / n
    error = np.sqrt(np.maximum((gains + losses) / n - mean**2, 0) / (n - 1))
    silent = error < 1e-9
    intervals = [score, np.array([mean - critical * error, mean + critical * error])]
    cover: list[list[float]] = [[], []]
    false: list[list[float]] = [[], []]
    for up, down in product(range(41), range(41)):
        if down > up or up + down > 40:
            continue
        shares = np.array([up, down, 40 - up - down]) / 40
        chance = np.exp(
            ways + xlogy(gains, shares[0]) + xlogy(losses, shares[1]) + xlogy(n - gains - losses, shares[2])
        )
        if chance[~silent].sum() < 0.05:
            continue
        for i, (low, high) in enumerate(intervals):
            truth = shares[0] - shares[1]
            share = float(chance[silent | ((low <= truth + 1e-9) & (truth <= high + 1e-9))].sum())
            cover[i].append(share)
            false[i].append(1 - share if up == down else 0.0)
    least, most = [100 * min(x) for x in cover], [100 * max(x) for x in false]
    return least[0], most[0], least[1], most[1]


def sequential(reps: int, seed: int) -> Iterator[tuple[str, float, float]]:
    """False alarms (per cent) when one looks after every pair: of the e-value, and of an exact sign test."""
    rng = np.random.default_rng(seed)
    length, spread = 200, 0.25
    alarm = np.array(
        [[e_value(g, n - g) >= 20 if g <= n else False for g in range(length + 1)] for n in range(length + 1)]
    )
    seen = np.arange(1, length + 1)
    for name, samples in (("one pair a problem", 1), ("10 pairs a problem, effects differ", 10)):
        shift = np.repeat(spread * rng.standard_normal((reps, length // samples)), samples, axis=1)
        gains = np.cumsum(rng.random((reps, length)) < np.clip(0.5 + shift, 0, 1), axis=1)
        exact = 2 * bdtr(np.minimum(gains, seen - gains).astype(float), seen, 0.5) < 0.05
        yield name, 100 * float(alarm[seen, gains].any(axis=1).mean()), 100 * float(exact.any(axis=1).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reps", type=int, default=2500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=("like", "these", "bound", "rest"), help="one part of the tables")
    args = parser.parse_args()
    head = "| problems | samples | effects | given | coverage: least (where) | mean | most | false: mean | most |"
    for reading, share in READINGS:
        if args.only not in (None, reading):
            continue
        print(f"\n### Problems {'like these' if reading == 'like' else '(these)'}\n\n{head}\n|" + "---|" * 9)
        for spread in SPREADS:
            for row in rows(reading, spread, int(args.reps * share), args.seed):
                print(row, flush=True)
    if args.only in (None, "bound"):
        print("\n### The upper bound\n")
        print(f"| reading | problems | samples | effects | most, {FEW_COUNTED} or more | most, fewer |\n|" + "---|" * 6)
        for reading, share in READINGS:
            for row in upper_bound(reading, int(args.reps * share), args.seed):
                print(row, flush=True)
    if args.only not in (None, "rest"):
        return
    print("\n### Effects on a few problems only (not supported)\n")
    print("| baseline | problems | 1 sample | 2 samples | 5 samples | 20 samples |\n|" + "---|" * 6)
    for row in unsupported(args.reps, args.seed):
        print(row, flush=True)
    print("\n### One 0/1 sample a problem, by enumeration\n")
    print("| problems | score: coverage, least | false positives, most | t: coverage, least | false positives, most |")
    print("|" + "---|" * 5)
    for problems in (4, 5, 6, 7, 8, 10, 12, 20, 30, 100):
        print(f"| {problems} | " + " | ".join(f"{x:.1f}" for x in enumerated(problems)) + " |", flush=True)
    told, not_told = clustered(args.reps, args.seed)
    print(f"\n### Problems that share a context\n\nFalse positives: {told:.1f} with clusters, {not_told:.1f} without.")
    print("\n### Looking after every pair\n\n| design | e-value >= 20 | exact test, p < .05 |\n|---|---|---|")
    for name, e, exact in sequential(args.reps, args.seed):
        print(f"| {name} | {e:.1f} | {exact:.1f} |")

    for line in (*report(args.reps, args.seed), *stats_effects.report(args.reps // 10, args.seed)):
        print(line)


if __name__ == "__main__":
    main()
