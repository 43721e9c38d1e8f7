"""What `compare` does: the comparison of run files, printed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.padding import Padding
from rich.text import Text

from evalkit.cli.console import err, out, safe, warn
from evalkit.interface.comparing import Comparisons, Demand, Selection, comparisons, scored_so_far
from evalkit.showing import tables


def compare(
    paths: Sequence[Path],
    choice: Selection,
    layout: tables.Format,
    demands: Sequence[Demand] = (),
    *,
    only_methods: bool = False,
) -> int:
    """Print the comparison of one or several run files, or only how it was made; returns 1 where a demand is broken.

    The answer in words and the tables of the primary outcome; `choice.secondary`: the tables of all metrics.
    """
    found = comparisons(paths, choice)
    failures = found.failures(*demands)
    if only_methods:
        out.print(Text(safe(found.methods())))
    else:
        _print(found, layout)
        if layout == "terminal" and found.shown.left:
            left, named = found.shown.left, " ".join(map(str, paths))
            more = f"{left} more table{'s' if left > 1 else ''}: evalkit compare {named} --all"
            out.print(Text(safe(f"{more}    conversations and figures: evalkit report {paths[0]}")), soft_wrap=True)
    for failure in failures:
        err.print(Text(safe(f"fails: {failure}")))
    return 1 if failures else 0


def compare_so_far(
    paths: Sequence[Path], choice: Selection, layout: tables.Format, demands: Sequence[Demand] = ()
) -> int:
    """As `compare`, of runs that are going on: copies of their files are scored first, on the primary outcome alone."""
    with scored_so_far(paths, choice, warn) as (copies, chosen):
        return compare(copies, chosen, layout, demands)


def _print(found: Comparisons, layout: tables.Format) -> None:
    if layout != "terminal":
        out.file.write(safe(found.write(layout)))
        return
    described = found.found.described
    if described and described.title:
        out.print(Text(described.title, style="bold"))
    if described and described.note:
        out.print(Text(described.note))
    out.print()
    for sentence in found.shown.words:
        out.print(Padding(Text(sentence), (0, 0, 0, 2)))
    out.print()
    for table in found.tables():
        out.print(tables.terminal(table))
    if reading := tables.footer(found.shown.comparisons, exploratory=found.found.exploratory):
        out.print(Text(reading, style="dim"))
    for line in found.foot:
        out.print(Text(safe(line), style="dim"))
