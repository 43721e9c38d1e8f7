"""Where the rules of the edge decide, by simulation: parts of the tables that `stats_coverage` prints."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evalkit.stats.paired import paired_difference

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
