"""A table on a narrow terminal: what does not fit beside the arm and the verdict goes into a second table below.

Nothing is left out and no figure is broken; texts wrap at words. Not covered: a terminal that is narrower than the name
of an arm and one column beside it, where Rich breaks words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from evalkit.comparing.comparison import Verdict
from evalkit.showing.tables.form import Table

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
    from rich.table import Table as RichTable

NARROW = 16
"""So narrow a column of text may become before columns are folded."""
NAME = 40
"""The name of an arm wraps only beyond this."""


def terminal(table: Table) -> RenderableType:
    """For Rich; colours only where the terminal has them, folded where it is narrow."""
    return _Fitted(table)


class _Fitted:
    """A table as Rich draws it, in as many parts as the width needs."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text

        parts = self._parts(console, options)
        for i, columns in enumerate(parts):
            # Not as Rich's own title, which wraps at the width of the table.
            yield Text(f"{self.table.title}{' (continued)' if i else ''}", style="italic")
            yield _drawn(self.table, columns)
        if self.table.note:
            yield Text(self.table.note, style="dim")
            yield Text("")

    def _parts(self, console: Console, options: ConsoleOptions) -> list[list[int]]:
        """Column numbers of every part. The first holds the most important columns."""
        table = self.table
        every = list(range(len(table.columns)))
        if _fits(table, every, console, options):
            return [every]
        keys = list(range(_keys(table)))
        said = {i for i in every if any(row[i] for row in table.rows)}
        groups = [g for g in table.folds or tuple((i,) for i in every if i not in keys) if said & {*g}]
        parts, part = [], list(keys)
        for group in groups:
            if len(part) > len(keys) and not _fits(table, sorted([*part, *group]), console, options):
                parts.append(sorted(part))
                part = list(keys)
            part += group
        return [*parts, sorted(part)]


def _keys(table: Table) -> int:
    """Columns that say what a row is about: the first, and text columns after it, as long as others remain."""
    if table.folds:
        return 1
    leading = next((i for i in range(len(table.columns)) if i in table.numeric), 1)
    return max(1, min(leading, 3))


def _fits(table: Table, columns: Sequence[int], console: Console, options: ConsoleOptions) -> bool:
    from rich.measure import Measurement

    # Measured without the window's own width, which would cut the answer off at it.
    wide = options.update(max_width=100_000)
    return Measurement.get(console, wide, _drawn(table, columns)).minimum <= options.max_width


def _drawn(table: Table, columns: Sequence[int]) -> RichTable:
    from rich import box
    from rich.cells import cell_len
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(box=box.SIMPLE_HEAD, pad_edge=False)
    for i in columns:
        figures = i in table.numeric
        natural = max(cell_len(text) for text in (table.columns[i], *(row[i] for row in table.rows)))
        # Rich would break a figure such as an interval at its spaces, so its column is never narrower than it.
        least = natural if figures else min(natural, NAME if i == 0 else NARROW)
        justify: Literal["left", "right"] = "right" if figures else "left"
        drawn.add_column(table.columns[i], justify=justify, no_wrap=figures, min_width=least)
    colours: dict[str, str] = {Verdict.BETTER: "green", Verdict.WORSE: "red", Verdict.CANNOT_TELL: "dim"}
    for row in table.rows:
        drawn.add_row(*(Text(row[i], style=colours.get(row[i], "")) for i in columns))
    return drawn
