"""Does a difference rest on few problems?"""

from __future__ import annotations

import numpy as np
from scipy.special import fdtrc

from evalkit.stats.groups import Floats, Ints, Sampled, group_means

CONCENTRATED, CLUMP = 0.75, 5
"""An effect rests on few problems where this share of the squared differences is made by one in so many."""
DIFFERS = 0.05
"""Effects must differ between problems more than chance lets them, at this level."""


def rests_on(moved: Floats, scores: Sampled, tolerance: float, *, independent: bool) -> int | None:
    """The fewest problems that make three quarters of the sum of the squared differences, or None.

    None where these are more than a fifth of the problems (effects of normal size spread wider), and where chance alone
    makes them so few. Of 0/1 scores with one sample a problem most differences are 0 whatever the effect; a score
    interval allows for that (`independent`: it takes the problems as so many pairs), so nothing rests on the few that
    moved. With several samples the effect must differ between problems more than the noise inside them explains: F, the
    variance of the differences between problems over that expected from the samples inside (Box and Andersen, Journal
    of the Royal Statistical Society B 17, 1955, 1-34, for scores that are not normal), p < .05. Where one sample of
    many values gives no noise inside to compare with, the count stands by itself.

    moved: difference of each problem, shape (problems,).
    """
    squares = np.sort(np.where(np.abs(moved) > tolerance, moved, 0.0) ** 2)[::-1]
    if not len(squares) or squares[0] == 0:
        return None
    fewest = int(np.searchsorted(np.cumsum(squares), CONCENTRATED * squares.sum() * (1 - 1e-12))) + 1
    if CLUMP * fewest > len(squares):
        return None
    p = differing(moved, scores)
    if p is None:
        return None if independent else fewest
    return fewest if p < DIFFERS else None


def differing(moved: Floats, scores: Sampled) -> float | None:
    """p of the F test that the true effect is the same in all problems; None where no problem has two samples."""
    sides = [(scores.a, scores.code_a, scores.sizes[0]), (scores.b, scores.code_b, scores.sizes[1])]
    if scores.paired:
        sides = [(scores.a - scores.b, scores.code_a, scores.sizes[0])]
    noise, freedom = 0.0, 0
    for values, code, size in sides:
        inside = int((size - 1).sum())
        if not inside:
            return None
        noise += _inside(values, code, size) / inside * float((1 / size).mean())
        freedom += inside
    between = float(moved.var(ddof=1)) if len(moved) > 1 else 0.0
    if noise <= 0:
        return 0.0 if between > 0 else 1.0
    return float(fdtrc(len(moved) - 1, freedom, between / noise))


def _inside(values: Floats, code: Ints, size: Ints) -> float:
    """Sum of the squared deviations from the means of the problems, of which `size` says how many values each has."""
    return float(((values - group_means(values, code, len(size), size)[code]) ** 2).sum())
