"""Which problems react: the spread of an effect over problems, as a table and in words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from evalkit.comparing.beside import Effect, Spread
from evalkit.comparing.comparison import Comparison
from evalkit.errors import listed
from evalkit.showing.tables.form import Table
from evalkit.showing.tables.numbers import DASH, number, signed

NAMED = 6
"""So many problems are named."""
ABOUT = (
    "sd: standard deviation over problems of the true effect, without the noise of sampling (0.00: mere noise). "
    "Leaving one out: the least and the largest mean difference without one problem (cluster). Problems that react: a "
    "permutation inside the problem, p < .05 after Benjamini and Hochberg over the problems."
)


def spread_tables(found: Sequence[Comparison]) -> list[Table]:
    """One table for each metric and model, one row a contrast with two problems or more."""
    tables = []
    columns = ("arm", "problems", "difference", "sd over problems", "leaving one out", "problems that react")
    told = [c for c in found if c.spread is not None and c.problems > 1]
    for (metric, model), part in groupby(told, key=lambda c: (c.metric, c.model)):
        rows = [(c, c.spread) for c in part if c.spread is not None]
        cells = tuple(
            (
                f"{c.arm} vs {c.baseline}", str(c.problems), signed(c.like.difference), number(s.sd),
                DASH if s.low is None else f"{signed(s.low)} to {signed(s.high)}", reacting(s),
            )
            for c, s in rows
        )  # fmt: skip
        words = [w for c, s in rows if (w := hanging(c, s))]
        title = f"Which problems react · {metric} · {model}"
        tables.append(Table(title, columns, cells, " ".join([*words, ABOUT]), _NUMERIC, _FOLDS))
    return tables


_NUMERIC = frozenset(range(1, 5))
_FOLDS = ((2,), (3,), (4,), (1,), (5,))


def reacting(s: Spread) -> str:
    """`up: a +2.00, b +1.50; down: c −1.00`, the strongest first; or why none is named."""
    shown = [e for e in s.problems if e.reacts or not s.tested]
    up = _named([e for e in shown if e.difference > 0])
    down = _named([e for e in shown if e.difference < 0])
    parts = [f"up: {up}"] if up else []
    parts += [f"down: {down}"] if down else []
    if not parts:
        return f"none of {s.tested} by itself" if s.tested else "too few samples to tell one by one"
    return ("" if s.tested else "untested, too few samples: ") + "; ".join(parts)


def _named(effects: Sequence[Effect]) -> str:
    strongest = sorted(effects, key=lambda e: (-abs(e.difference), e.problem))
    return listed([f"{e.problem} {signed(e.difference)}" for e in strongest], NAMED)


def both_ways(c: Comparison) -> str:
    """A sentence where problems react in both directions, each told from chance: a mean hides that."""
    reacting = [e for e in c.spread.problems if e.reacts] if c.spread is not None else []
    up, down = (sum(sign * e.difference > 0 for e in reacting) for sign in (1, -1))
    if not up or not down:
        return ""
    first = f"{up} problem{'s go' if up > 1 else ' goes'} up"
    return f"{c.arm} against {c.baseline}: {first} and {down} down, each told from chance by itself: a mean hides that."


def hanging(c: Comparison, s: Spread) -> str:
    """A sentence where one problem decides the sign of a difference that was told."""
    if s.low is None or s.high is None or c.like.difference is None or not c.like.verdict.is_difference:
        return ""
    if s.low * s.high > 0:
        return ""
    without = s.without_low if c.like.difference > 0 else s.without_high
    return (
        f"Mind that {c.arm} against {c.baseline} hangs on one problem: without {without} the difference would vanish."
    )
