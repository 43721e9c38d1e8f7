"""What `compare` does: the comparison of run files, printed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from evalkit.cli.console import err, out, safe, warn
from evalkit.errors import counted, typed
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
            named = " ".join(map(typed, paths))
            _say_more((f"evalkit compare {named} --all", counted(found.shown.left, "more table")), _report_of(paths[0]))
    for failure in failures:
        err.print(Text(safe(f"fails: {failure}")))
    return 1 if failures else 0


def compare_so_far(
    paths: Sequence[Path], choice: Selection, layout: tables.Format, demands: Sequence[Demand] = ()
) -> int:
    """As `compare`, of runs that are going on: copies of their files are scored first, on the primary outcome alone."""
    with scored_so_far(paths, choice, warn) as (copies, chosen):
        return compare(copies, chosen, layout, demands)


def end_of_run(path: Path) -> None:
    """With what a run ends: the answer in words, plain means and planned differences, and where the rest is."""
    found = comparisons([path], Selection())
    _say(found)
    for table in found.tables()[: found.shown.first]:
        out.print(tables.terminal(table, brief=True))
    if reading := tables.footer(found.shown.comparisons, brief=True):
        out.print(Text(reading, style="dim"))
    for line in found.doubts:
        out.print(Text(safe(line)))
    out.print()
    rest = found.tables()[found.shown.first :]
    more = [(f"evalkit compare {typed(path)}", _titles(rest))] if rest else []
    more += (
        [(f"evalkit compare {typed(path)} --all", counted(found.shown.left, "more table"))] if found.shown.left else []
    )
    _say_more(*more, _report_of(path))


def _report_of(path: Path) -> tuple[str, str]:
    return f"evalkit report {typed(path)}", "conversations, evidence and figures, in a browser"


def _titles(rest: Sequence[tables.Table]) -> str:
    """`5 more tables: against the first turn, which problems react, ...`: of each title what tells it apart."""
    titles = [t.title.split(" · ") for t in rest]
    # A table of one metric is called by it, and then by what its rows are set against.
    names = [parts[-1] if "." in parts[0] else parts[0] for parts in titles]
    lower = dict.fromkeys(f"{name[:1].lower()}{name[1:]}" for name in names)
    return f"{counted(len(rest), 'more table')}: {', '.join(lower)}"


def _say_more(*more: tuple[str, str]) -> None:
    """Commands, and what each shows: beside it, or below it where there is no room."""
    widest = max(len(command) for command, _ in more)
    if widest + 40 > out.width:
        for command, shows in more:
            out.print(Text(command), soft_wrap=True)
            out.print(Padding(Text(shows, style="dim"), (0, 0, 0, 4)))
        return
    grid = Grid.grid(padding=(0, 3))
    for command, shows in more:
        grid.add_row(Text(command), Text(shows, style="dim"))
    out.print(grid)


def _print(found: Comparisons, layout: tables.Format) -> None:
    if layout != "terminal":
        out.file.write(safe(found.write(layout)))
        return
    _say(found)
    for table in found.tables():
        out.print(tables.terminal(table))
    if reading := tables.footer(found.shown.comparisons, exploratory=found.found.exploratory):
        out.print(Text(reading, style="dim"))
    for line in found.foot:
        out.print(Text(safe(line), style="dim"))


def _say(found: Comparisons) -> None:
    """Title, note, and the answer in words."""
    described = found.found.described
    if described and described.title:
        out.print(Text(described.title, style="bold"))
    if described and described.note:
        out.print(Text(described.note))
    out.print()
    for sentence in found.shown.words:
        out.print(Padding(Text(sentence), (0, 0, 0, 2), expand=False))
    out.print()
