"""The report: the HTML file, and figures as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evalkit.asking import probe
from evalkit.comparing.contrasts import headline_metrics
from evalkit.comparing.correlations import correlations
from evalkit.comparing.results import Results, Selection, results, versions
from evalkit.comparing.served import differing
from evalkit.comparing.steering import steering
from evalkit.comparing.variants import drawn_lines
from evalkit.judging import asked
from evalkit.runfile import outputs, runs
from evalkit.runfile.runs import Runs
from evalkit.showing.methods import methods

if TYPE_CHECKING:
    from evalkit.showing.report import Content

ANSWER_LINE_ON = "Every user turn ended with a sentence that asks for a line `Final answer: ...` (answer_line = true)."


@dataclass(frozen=True)
class Written:
    """The file, its size in bytes, and the figures that were written as files."""

    target: Path
    size: int
    figures: tuple[Path, ...] = ()


def write_report(
    paths: Sequence[Path],
    target: Path | None,
    baseline: str | None,
    pictures: Path | None = None,
    *,
    force: bool = False,
) -> Written:
    """Write the HTML report, and every figure as files into the folder `pictures`."""
    from evalkit.showing import figures
    from evalkit.showing.report import is_report, render

    target = target or paths[0].with_suffix(".html")
    outputs.check(target, is_report, force=force)
    with runs.opened(paths) as store:
        content, found = content_of(store, baseline)
        size = render(store.stores, content, target, force=force)
    if pictures is None:
        return Written(target, size)
    assert found.scores is not None  # noqa: S101 - `results` refuses a run without scores
    charts = figures.charts(found.comparisons, found.scores.frame, content.steering, content.arms)
    return Written(target, size, tuple(figures.write(list(charts), pictures, force=force)))


def content_of(store: Runs, baseline: str | None) -> tuple[Content, Results]:
    """What the report tells of runs above the conversations. Raises SpecError where nothing is scored."""
    from evalkit.showing import figures, outcome
    from evalkit.showing.report import Content
    from evalkit.showing.tables.correlations import correlation_tables
    from evalkit.showing.tables.means import means_table

    found = results(store, Selection(baseline=baseline))
    described = found.described
    bases = {c.baseline for c in found.comparisons if c.kind == "contrast"}
    present = sorted({t.template for t in store.outlines()}, key=lambda arm: (arm not in bases, arm))
    arms = described.template_names if described else present
    moved = steering(store, arms)
    assert found.scores is not None  # noqa: S101 - `results` refuses a run without scores
    scores = found.scores.frame
    first = [found.primary, *headline_metrics([c.metric for c in found.comparisons])]
    means = outcome.means_of(store, found, None)
    told = outcome.outcome(found, moved, means, narrowed=False, everything=False)
    drawn = figures.charts([c for c in found.comparisons if c.metric in first], scores, moved, arms)
    title, note = (described.title, described.note) if described else ("", "")
    if described and described.answer_line:
        note = f"{note} {ANSWER_LINE_ON}".strip()
    note = " ".join([note, *differing(store)]).strip()
    content = Content(
        title,
        note,
        arms,
        found.comparisons,
        found.answers,
        moved,
        sorted(drawn, key=lambda chart: chart.metric not in told.primary or not chart.name.startswith("forest")),
        [*probe.lines(store), *drawn_lines(store), *asked.lines(store)],
        found.changes,
        found.models,
        found.ladders,
        methods(found, [*probe.lines(store), *drawn_lines(store), *asked.lines(store), versions(store)]),
        sentences=told.words,
        means=means_table(means),
        together=correlation_tables(correlations(scores, first)),
        judged=any(c.pairs for c in found.comparisons),
    )
    return content, found
