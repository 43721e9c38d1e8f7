"""The table of plain means, which stands before any difference."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.comparing.means import Mean
from evalkit.judging.metrics import metric_info
from evalkit.showing.tables.form import Table
from evalkit.showing.tables.numbers import DASH, decimals, fixed, number

_ABOUT = "mean: of the judged replies, every problem counting the same; what could not be judged is in no mean."
_BRIEF = "mean: of the judged replies, every problem counting the same."


def means_table(means: Sequence[Mean]) -> Table:
    """One row for each metric, model and arm; a column that says the same in every row stands in the title."""
    metrics, models = (list(dict.fromkeys(getattr(m, name) for m in means)) for name in ("metric", "model"))
    answers = any(m.right is not None for m in means)
    columns = (
        *(("metric",) if len(metrics) > 1 else ()), *(("model",) if len(models) > 1 else ()), "arm", "mean",
        *(("right", "wrong") if answers else ()), "unjudged", "replies", "problems",
    )  # fmt: skip
    digits = {name: decimals(m.mean for m in means if m.metric == name) for name in metrics}

    def mean(m: Mean) -> str:
        many = digits[m.metric]
        return number(m.mean) if many is None else fixed(m.mean, many)

    rows = tuple(
        (
            *((m.metric,) if len(metrics) > 1 else ()), *((m.model,) if len(models) > 1 else ()), m.arm,
            mean(m), *(_right(m) if answers else ()), str(m.unjudged), str(m.replies), str(m.problems),
        )
        for m in means
    )  # fmt: skip
    first = columns.index("mean")
    title = " · ".join(["Plain means", *(metrics if len(metrics) == 1 else ()), *(models if len(models) == 1 else ())])
    about = f"{metric_info(metrics[0]).about}; " if len(metrics) == 1 else ""
    figures = frozenset(range(first, len(columns)))
    return Table(title, columns, rows, about + _ABOUT, figures, brief=_BRIEF)


def _right(m: Mean) -> tuple[str, str]:
    return (DASH, DASH) if m.right is None else (str(m.right), str(m.judged - m.right))
