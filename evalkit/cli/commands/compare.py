"""What `compare` does: the comparison of run files, printed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from evalkit.asking import probe
from evalkit.cli.console import err, out, safe
from evalkit.comparing.demands import Demand, broken
from evalkit.comparing.results import Results, Selection, results, versions
from evalkit.comparing.steering import Steering, steering
from evalkit.runfile import runs
from evalkit.showing import tables
from evalkit.showing.tables.steering import steering_tables


def compare(paths: Sequence[Path], choice: Selection, layout: tables.Format, demands: Sequence[Demand] = ()) -> int:
    """Print the comparison of one or several run files; returns 1 where a demand is broken."""
    with runs.opened(paths, allow_mismatch=choice.allow_mismatch) as store:
        found, foot = results(store, choice), [*probe.lines(store), versions(store)]
        moved = steering(store, found.arms)
    failures = broken(demands, found.comparisons)
    _print(found, moved, choice, layout, foot)
    for failure in failures:
        err.print(Text(safe(f"fails: {failure}")))
    return 1 if failures else 0


def _print(found: Results, moved: Steering, choice: Selection, layout: tables.Format, foot: Sequence[str]) -> None:
    given = [tables.answered_table(found.answers)] if found.answers else []
    if not choice.metrics:
        given = [*steering_tables(moved), *given]
    if layout != "terminal":
        for piece in tables.write([*found.comparisons, *found.changes], layout, extra=given):
            out.file.write(safe(piece))
        return
    if found.described and found.described.title:
        out.print(Text(found.described.title, style="bold"))
    if found.described and found.described.note:
        out.print(Text(found.described.note))
    for table in (*tables.comparison_tables([*found.comparisons, *found.changes]), *given):
        out.print(tables.terminal(table))
    out.print(Text(tables.footer([*found.comparisons, *found.changes]), style="dim"))
    for line in foot:
        out.print(Text(safe(line), style="dim"))
