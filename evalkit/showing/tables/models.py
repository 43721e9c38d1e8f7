"""Who is more steerable: the effect of each arm in one model against that in the others, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from evalkit.comparing.comparison import Comparison
from evalkit.showing.tables.form import Table
from evalkit.showing.tables.numbers import aligned, fixed, p_value, parts, precision
from evalkit.showing.tables.wording import verdict_words

ABOUT = (
    "The effect of the arm in one model minus its effect in the other (of more than two models: minus the mean in the "
    "others), on the problems that all of them have. These problems: the models' own intervals joined; like "
    "these: paired over problems (clusters). p: adjusted over the rows of the table (Holm)."
)

_FOLDS = ((8,), (4, 5), (6, 7), (3,), (2,))
"""The verdict and what it rests on first."""


def model_tables(found: Sequence[Comparison]) -> list[Table]:
    """One table a metric, one row for each contrast and model."""
    tables = []
    columns = ("arm", "models", "problems", "effects", "these problems", "p", "like these", "p", "verdict")
    for metric, part in groupby(found, key=lambda c: c.metric):
        rows = list(part)
        digits = precision(rows)
        these, like = (aligned([parts(getattr(c, name), digits) for c in rows]) for name in ("these", "like"))
        cells = tuple(
            (
                f"{c.arm} vs {c.baseline}", c.model, str(c.problems),
                f"{fixed(c.mean_arm, digits)}, {fixed(c.mean_baseline, digits)}",
                here, p_value(c.these.p_adjusted), there, p_value(c.like.p_adjusted), verdict_words(c),
            )
            for c, here, there in zip(rows, these, like, strict=True)
        )  # fmt: skip
        why = sorted({c.like.note for c in rows} - {""})
        note = " ".join([ABOUT, *(f"Problems like these, cannot tell: {reason}." for reason in why)])
        tables.append(
            Table(f"Which model reacts more · {metric}", columns, cells, note, frozenset(range(2, 8)), _FOLDS)
        )
    return tables
