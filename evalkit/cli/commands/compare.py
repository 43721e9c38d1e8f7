"""What `compare` does: the comparison of run files, printed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.padding import Padding
from rich.text import Text

from evalkit.asking import probe
from evalkit.cli.console import err, out, safe
from evalkit.comparing.demands import Demand, broken
from evalkit.comparing.results import Results, Selection, results, versions
from evalkit.comparing.steering import steering
from evalkit.runfile import runs
from evalkit.showing import outcome, tables


def compare(
    paths: Sequence[Path],
    choice: Selection,
    layout: tables.Format,
    demands: Sequence[Demand] = (),
    *,
    everything: bool = False,
) -> int:
    """Print the comparison of one or several run files; returns 1 where a demand is broken.

    The answer in words and the tables of the primary outcome; everything: the tables of all metrics.
    """
    with runs.opened(paths, allow_mismatch=choice.allow_mismatch) as store:
        found, foot = results(store, choice), [*probe.lines(store), versions(store)]
        moved = steering(store, found.arms)
        means = outcome.means_of(store, found, choice.metrics)
    failures = broken(demands, found.comparisons)
    shown = outcome.outcome(found, moved, means, narrowed=bool(choice.metrics), everything=everything)
    _print(found, shown, layout, foot)
    if layout == "terminal" and shown.left:
        more = (
            f"{shown.left} more table{'s' if shown.left > 1 else ''}: evalkit compare {' '.join(map(str, paths))} --all"
        )
        out.print(Text(safe(f"{more}    conversations and figures: evalkit report {paths[0]}")), soft_wrap=True)
    for failure in failures:
        err.print(Text(safe(f"fails: {failure}")))
    return 1 if failures else 0


def _print(found: Results, shown: outcome.Outcome, layout: tables.Format, foot: Sequence[str]) -> None:
    if layout in ("json", "csv"):
        out.file.writelines(safe(piece) for piece in tables.write([*found.comparisons, *found.changes], layout))
        return
    if layout != "terminal":
        out.file.writelines(safe(piece) for piece in tables.write([], layout, extra=shown.tables))
        return
    if found.described and found.described.title:
        out.print(Text(found.described.title, style="bold"))
    if found.described and found.described.note:
        out.print(Text(found.described.note))
    out.print()
    for sentence in shown.words:
        out.print(Padding(Text(sentence), (0, 0, 0, 2)))
    out.print()
    for table in shown.tables:
        out.print(tables.terminal(table))
    out.print(Text(tables.footer(shown.comparisons), style="dim"))
    for line in foot:
        out.print(Text(safe(line), style="dim"))
