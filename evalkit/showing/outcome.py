"""What is shown first of a run: the answer in words, plain means, and the tables of the primary outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from evalkit.comparing.comparison import Comparison
from evalkit.comparing.means import Mean, asked_about, plain_means
from evalkit.comparing.results import Results
from evalkit.comparing.steering import Steering
from evalkit.judging.metrics import metric_info
from evalkit.runfile.runs import Runs
from evalkit.showing import tables
from evalkit.showing.answer import answer
from evalkit.showing.tables.means import means_table
from evalkit.showing.tables.outcomes import outcome_tables
from evalkit.showing.tables.steering import steering_tables
from evalkit.showing.tables.wordings import wording_tables


@dataclass(frozen=True)
class Outcome:
    """words: sentences; tables: in their order; comparisons: those of the tables; left: tables that are not shown.

    first: so many of the tables are plain means and planned differences, with which a run ends.
    """

    words: list[str]
    tables: list[tables.Table]
    comparisons: list[Comparison]
    left: int
    primary: Sequence[str] = ()
    first: int = 1


def means_of(store: Runs, found: Results, metrics: Sequence[str] | None) -> list[Mean]:
    """Plain means of all arms shown; metrics: only these."""
    assert found.scores is not None  # noqa: S101 - `results` refuses a run without scores
    bases = {c.baseline for c in found.comparisons if c.kind == "contrast"}
    arms = list(found.arms) if found.described else sorted(found.arms, key=lambda arm: arm not in bases)
    means = plain_means(found.scores, store.trials().failed, arms)
    return [m for m in means if not metrics or m.metric in metrics]


def outcome(found: Results, moved: Steering, means: Sequence[Mean], *, narrowed: bool, everything: bool) -> Outcome:
    """narrowed: metrics were asked for, so these are what is asked about, and steering is left out."""
    declared = getattr(found.described, "primary", None) or ""
    primary = sorted({m.metric for m in means}) if narrowed else asked_about(declared, means)
    rows = [*found.comparisons, *found.changes]
    shown = rows if everything or narrowed else [c for c in rows if c.metric in primary]
    planned = [c for c in found.comparisons if c.metric in primary]
    differences = tables.comparison_tables(planned)
    told = [m for m in means if everything or m.metric in primary]
    words = answer(planned, [m for m in means if m.metric in primary], found.described)
    whole = outcome_tables(found, moved, secondary=True, narrowed=narrowed)
    if not any(m.judged for m in means):  # differences of nothing would only hide the reason, which the words give
        return Outcome(words, [means_table(told)], [], 0 if everything else len(whole), primary)
    if everything or narrowed:
        return Outcome(words, [means_table(told), *whole], shown, 0, primary)
    kept = (
        outcome_tables(found, moved, secondary=False, narrowed=False)
        if found.primary
        else _kept(found, moved, shown, primary)
    )
    left, first = max(len(whole) - len(kept), 0), 1 + len(differences)
    return Outcome(words, [means_table(told), *kept], shown, left, primary, first)


def _kept(found: Results, moved: Steering, shown: Sequence[Comparison], primary: Sequence[str]) -> list[tables.Table]:
    """The tables of what is asked about where no experiment says it."""
    roles = {metric_info(m).role for m in primary}
    steered = roles & {"use level", "violation"}
    # Rates and indices are about the approach, flips about answers.
    mine = moved if steered and "answer" in roles else replace(moved, flips=()) if steered else None
    mine = replace(moved, rates=(), indices=()) if mine is None and "answer" in roles else mine
    kept = [*tables.comparison_tables(shown), *wording_tables(shown)]
    kept += tables.model_tables([c for c in found.models if c.metric in primary])
    return [*kept, *(steering_tables(mine) if mine else [])]
