"""Where the rules of the edge decide, by simulation: parts of the tables that `stats_coverage` prints.

    python -m tests.benchmarks.stats_edges [repetitions]

A tenth of the repetitions for the tables of whole comparisons.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np
import pandas as pd

from evalkit.comparing.comparison import Comparison, Design, Verdict
from evalkit.comparing.contrasts import adjusted, compare
from evalkit.comparing.estimates import estimates
from evalkit.comparing.frame import COLUMNS
from evalkit.comparing.pilot import assumed
from evalkit.stats.groups import Floats
from evalkit.stats.paired import paired_difference
from tests.benchmarks.stats_effects import pairs

ALIKE = ((0.02, 0.98), (0.1, 0.9), (0.5, 0.98), (0.98, 0.98), (0.02, 0.02), (0.005, 0.005))
"""Rates of the baseline and the arm at which all units often differ by the same amount."""
ALIKE_DESIGNS = ((4, 1), (12, 1), (12, 3), (12, 5), (100, 1), (1000, 1))


def alike(rates: tuple[float, float], design: tuple[int, int], reps: int, seed: int) -> tuple[float, float, float]:
    """Per cent of the runs that give an interval, whose interval covers the truth (of these), and that find p < .05."""
    rng = np.random.default_rng(seed)
    problems, samples = design
    label = np.repeat(np.arange(problems), samples)
    given = covered = found = 0
    for _ in range(reps):
        baseline, arm = ((rng.random(len(label)) < r).astype(float) for r in rates)
        result = paired_difference(arm, baseline, label, span=(0.0, 1.0))
        if result.low is not None and result.high is not None and result.p is not None:
            given += 1
            covered += result.low <= rates[1] - rates[0] <= result.high
            found += result.p < 0.05
    return 100 * given / reps, 100 * covered / max(given, 1), 100 * found / reps


def alike_rows(reps: int, seed: int) -> Iterator[str]:
    """One Markdown row a cell."""
    for i, rates in enumerate(ALIKE):
        for j, design in enumerate(ALIKE_DESIGNS):
            given, covered, found = alike(rates, design, reps, seed + 100 * i + j)
            cells = f"| {rates[0]:g} | {rates[1]:g} | {design[0]} | {design[1]} | {given:.1f} | {covered:.1f}"
            yield f"{cells} | {found:.1f} |"


def table(arms: dict[str, Floats], metric: str = "text.correct") -> pd.DataFrame:
    """arm -> values, shape (problems, samples), NaN = not judged; no two conversations share a word."""
    rows = [
        (f"p{i:03d}", arm, "m", k, 1, metric, v, "cut off" if v != v else "", (n, i, k), n, (n, i, k), False)
        for n, (arm, values) in enumerate(arms.items())
        for i, column in enumerate(values.tolist())
        for k, v in enumerate(column)
    ]
    scores = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"value": "float64"})
    return scores.assign(**{c: pd.factorize(scores[c])[0] for c in ("opening", "text")})


def refusal(rate: float, design: tuple[int, int], reps: int, seed: int) -> tuple[float, float, float]:
    """An arm without any effect that refuses what it would get wrong: per cent of the runs that call it better (or
    worse) unhedged, that do so with the hedge, and that say that the arms differ in how often a reply was judged."""
    rng = np.random.default_rng(seed)
    plain_told = hedged = differs = 0
    for _ in range(reps):
        base, arm = (rng.random((2, *design)) < rate).astype(float)
        scores = table({"plain": base, "hint": np.where(arm == 0, np.nan, arm)})
        (c,) = compare(scores, Design([("hint", "plain")]))
        told = [r for r in (c.these, c.like) if r.verdict.is_difference]
        plain_told += any(not r.hedged for r in told)
        hedged += bool(told) and all(r.hedged for r in told)
        differs += c.p_unjudged is not None and c.p_unjudged < 0.05
    return 100 * plain_told / reps, 100 * hedged / reps, 100 * differs / reps


def equivalent(arms: int, design: tuple[int, int], delta: float, reps: int, seed: int) -> tuple[float, float, float]:
    """Arms whose true differences are just delta: per cent of the tables that hold a false "no difference larger than
    delta" for these problems, and for problems like these; and of tables of arms without an effect that hold a true
    one."""
    rng = np.random.default_rng(seed)
    wrong = np.zeros(3)
    for effect, at in ((delta, (0, 1)), (0.0, (2, 2))):
        for _ in range(reps):
            values = {"plain": (rng.random(design) < 0.4).astype(float)}
            values |= {f"a{k}": (rng.random(design) < 0.4 + effect).astype(float) for k in range(arms)}
            # The pairs as they are: the table of scores that `compare` makes them of would take most of the time.
            family = [Comparison("text.correct", "m", arm, "plain") for arm in values if arm != "plain"]
            found = adjusted([estimates(c, pairs(values[c.arm], values["plain"], 0), delta, 0) for c in family])
            none = [Verdict.NO_DIFFERENCE in {r.verdict for r in rs} for rs in
                    ([c.these for c in found], [c.like for c in found])]  # fmt: skip
            wrong[at[0]] += none[0] if effect else 0
            wrong[at[1]] += none[1]
    shares = (100 * wrong / reps).tolist()
    return shares[0], shares[1], shares[2]


PROMISES = [
    (p, n, b, a, 0.1)
    for p, n in ((4, 3), (4, 10), (6, 1), (6, 5), (8, 2), (12, 1), (12, 3), (20, 2), (30, 1), (30, 5), (60, 2), (100, 1))
    for b, a in ((0.1, 0.9 if p < 12 else 0.5), (0.5, 0.9 if p < 12 else 0.75))
] + [
    (8, 10, 0.2, 0.6, 0.3), (12, 5, 0.5, 0.8, 0.3), (20, 3, 0.5, 0.8, 0.3), (30, 2, 0.1, 0.25, 0.25),
    (50, 2, 0.8, 0.9, 0.2), (100, 3, 0.28, 0.39, 0.33),
]  # fmt: skip
"""(problems, samples, rate of the baseline, of the arm, sd of the effects): designs of 4 to 100 problems. In the last
ones effects differ so much that rates have no room for it on both sides."""


def promise(case: tuple[int, int, float, float, float], reps: int, seed: int) -> tuple[float, float]:
    """Per cent of power that `plan` promises, and that `paired_difference` has where rates are beta distributed."""
    problems, samples, baseline, arm, spread = case
    promised = assumed(baseline, arm, spread).power(arm - baseline, problems, samples)
    rng = np.random.default_rng(seed)
    label, found = np.repeat(np.arange(problems), samples), 0
    size = arm * (1 - arm) / spread**2 - 1
    for _ in range(reps):
        rates = rng.beta(arm * size, (1 - arm) * size, problems)[label]
        p = paired_difference(rng.random(len(label)) < rates, rng.random(len(label)) < baseline, label).p
        found += p is not None and p < 0.05
    return 100 * promised, 100 * found / reps


def report(reps: int, seed: int) -> Iterator[str]:
    """All tables of this file as Markdown."""
    yield "\n#### Cells in which units differ alike\n\n| baseline | arm | problems | samples | given | coverage | p < .05 |"
    yield "|---|---|---|---|---|---|---|"
    yield from alike_rows(reps, seed)
    yield "\n#### An arm that refuses what it would get wrong (no effect)\n"
    yield "| rate | problems | samples | told unhedged | told hedged | losses differ |\n|---|---|---|---|---|---|"
    for rate, design in ((0.5, (30, 5)), (0.5, (12, 3)), (0.8, (30, 5)), (0.9, (30, 5))):
        a, b, c = refusal(rate, design, reps // 10, seed)
        yield f"| {rate:g} | {design[0]} | {design[1]} | {a:.1f} | {b:.1f} | {c:.1f} |"
    yield "\n#### No difference larger than delta: 6 arms, all at the margin\n"
    yield "| problems | samples | delta | false, these | false, like these | true, no effect |\n|---|---|---|---|---|---|"
    for design, delta in (((12, 5), 0.2), ((30, 3), 0.2), ((30, 10), 0.1), ((100, 1), 0.2)):
        a, b, c = equivalent(6, design, delta, reps // 10, seed)
        yield f"| {design[0]} | {design[1]} | {delta:g} | {a:.1f} | {b:.1f} | {c:.1f} |"
    yield "\n#### What plan promises\n"
    yield "| problems | samples | rates | sd of effects | promised | found | differ by |\n|---|---|---|---|---|---|---|"
    for i, case in enumerate(PROMISES):
        promised, found = promise(case, reps, seed + i)
        cells = f"| {case[0]} | {case[1]} | {case[2]:g}, {case[3]:g} | {case[4]:g}"
        yield f"{cells} | {promised:.1f} | {found:.1f} | {promised - found:+.1f} |"


if __name__ == "__main__":
    for line in report(int(sys.argv[1]) if len(sys.argv) > 1 else 600, 1):
        print(line, flush=True)
