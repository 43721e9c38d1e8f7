"""Rank correlations between metrics, as a table."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.comparing.correlations import Together
from evalkit.showing.tables.form import Table
from evalkit.showing.tables.numbers import rate

ABOUT = (
    "Spearman's rank correlation over the replies that were judged on both metrics (n), all arms together; and inside "
    "a problem, model and arm, in as many of them as both metrics vary in. Replies of one problem are alike, so no "
    "interval is given."
)


def correlation_tables(found: Sequence[Together]) -> list[Table]:
    """One table of those that some reply was judged on both of; empty where there are none."""
    met = [t for t in found if t.found.replies]
    apart = len(found) - len(met)
    about = f"{ABOUT} Left out: pairs of metrics that no reply has both of ({apart})." if apart else ABOUT
    rows = tuple(
        (
            t.one, t.other, str(t.found.replies), rate(t.found.over_replies), rate(t.found.inside),
            str(t.found.strata),
        )
        for t in met
    )  # fmt: skip
    columns = ("metric", "and", "n", "over replies", "inside problems", "in")
    return [Table("Which metrics go together", columns, rows, about, frozenset({2, 3, 4, 5}))] if rows else []
