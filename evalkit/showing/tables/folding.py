"""A table on a narrow terminal: what does not fit beside the arm and the verdict stands below its row.

Nothing is left out (unless it is to be brief, and then it is said) and no figure is broken; texts wrap at words. Not
covered: a terminal that is narrower than the columns that name a row, where the ends of lines are lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Literal

from evalkit.comparing.comparison import Verdict
from evalkit.showing.tables.form import Table
from evalkit.showing.tables.numbers import DASH

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
    from rich.table import Table as RichTable
    from rich.text import Text

NARROW = 16
"""So narrow a column of text may become before columns are folded."""
NAME = 40
"""The name of an arm wraps only beyond this."""
_GAP, _INDENT, _EDGE = 3, 4, 1
_COLOURS: dict[str, str] = {Verdict.BETTER: "green", Verdict.WORSE: "red", Verdict.CANNOT_TELL: "dim"}


def terminal(table: Table, *, brief: bool = False) -> RenderableType:
    """For Rich; colours only where the terminal has them, folded where it is narrow.

    brief: the short note, and what does not fit is named and not shown.
    """
    return _Fitted(table, brief)


class _Fitted:
    """A table as Rich draws it, or folded by us."""

    def __init__(self, table: Table, brief: bool) -> None:
        self.table, self.brief = table, brief

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text

        table, note = self.table, self.table.note
        if self.brief and table.brief is not None:
            note = table.brief
        # Not as Rich's own title, which wraps at the width of the table.
        yield Text(table.title, style="italic")
        if _fits(table, console, options):
            yield _drawn(table)
        else:
            shown, below = _split(table, options.max_width - _EDGE)
            yield from _Folded(table, shown, [] if self.brief else below, console).lines()
            if self.brief and below:
                beside = {table.columns[i] for i in shown}
                names = [name for group in below for i in group if (name := table.columns[i]) not in beside]
                note = f"{note} In a wider window, or by `compare`: {', '.join(names)}.".strip()
        if note:
            yield Text(note, style="dim")
            yield Text("")


def _fits(table: Table, console: Console, options: ConsoleOptions) -> bool:
    from rich.measure import Measurement

    # Measured without the window's own width, which would cut the answer off at it.
    wide = options.update(max_width=100_000)
    return Measurement.get(console, wide, _drawn(table)).minimum <= options.max_width


def _drawn(table: Table) -> RichTable:
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(box=box.SIMPLE_HEAD, pad_edge=False)
    for i, name in enumerate(table.columns):
        figures = i in table.numeric
        # Rich would break a figure such as an interval at its spaces, so its column is never narrower than it.
        justify: Literal["left", "right"] = "right" if figures else "left"
        drawn.add_column(name, justify=justify, no_wrap=figures, min_width=_least(table, i))
    for row in table.rows:
        drawn.add_row(*(Text(cell, style=_COLOURS.get(cell, "")) for cell in row))
    return drawn


def _natural(table: Table, i: int) -> int:
    from rich.cells import cell_len

    return max(cell_len(text) for text in (table.columns[i], *(row[i] for row in table.rows)))


def _least(table: Table, i: int, name: int = NAME) -> int:
    natural = _natural(table, i)
    return natural if i in table.numeric else min(natural, name if i == 0 else min(name, NARROW))


Groups = list[tuple[int, ...]]


def _split(table: Table, width: int) -> tuple[dict[int, int], Groups]:
    """Columns that stand beside each other, with their widths, and groups of columns that go below the row.

    The keys of a row and its most important group always stand beside each other. The second group makes texts wrap to
    stand there too, others only take room that is left; where one does not fit, none that is less important does.
    """
    said = [i for i in range(len(table.columns)) if any(row[i] for row in table.rows)]
    groups = [tuple(i for i in group if i in said) for group in table.folds] or [
        (i,) for i in said if i >= _keys(table)
    ]
    groups = [group for group in groups if group]
    grouped = {i for group in groups for i in group}
    shown = [i for i in said if i not in grouped]
    below: Groups = []
    for n, group in enumerate(groups):
        # The most important group stands in the row also where it does not fit: a row without a verdict says nothing.
        together = [*shown, *group]
        room = (_least_together if n == 1 else _natural_together)(table, together) <= width
        if n == 0 or (room and not below):
            shown += group
        else:
            below.append(group)
    name = next((cap for cap in (NAME, NARROW, 12) if _least_together(table, shown, cap) <= width), 8)
    widths = {i: _least(table, i, name) for i in sorted(shown)}
    spare = width - sum(widths.values()) - _GAP * (len(widths) - 1)
    for i in widths:  # what is left goes to texts, those that say what a row is about first
        more = min(max(spare, 0), _natural(table, i) - widths[i])
        widths[i], spare = widths[i] + more, spare - more
    return widths, below


def _keys(table: Table) -> int:
    """Columns that say what a row is about: the first, and text columns after it, as long as others remain."""
    leading = next((i for i in range(len(table.columns)) if i in table.numeric), 1)
    return max(1, min(leading, 3))


def _least_together(table: Table, columns: Sequence[int], name: int = NAME) -> int:
    return sum(_least(table, i, name) for i in columns) + _GAP * (len(columns) - 1)


def _natural_together(table: Table, columns: Sequence[int]) -> int:
    return sum(_natural(table, i) for i in columns) + _GAP * (len(columns) - 1)


@dataclass(frozen=True)
class _Folded:
    """Head, rule, and every row with what goes below it."""

    table: Table
    widths: dict[int, int]
    below: Groups
    console: Console

    def lines(self) -> Iterator[Text]:
        from rich.text import Text

        table = self.table
        yield Text("")
        yield from self._row({i: (table.columns[i], "bold") for i in self.widths})
        yield Text(" " * _EDGE + "─" * (sum(self.widths.values()) + _GAP * (len(self.widths) - 1)), no_wrap=True)
        for row in table.rows:
            yield from self._row({i: (row[i], _COLOURS.get(row[i], "")) for i in self.widths})
            yield from self._details(row)
        yield Text("")

    def _row(self, cells: Mapping[int, tuple[str, str]]) -> Iterator[Text]:
        """Cells wrapped at words and set beside each other. cells: texts and styles by column."""
        from rich.text import Text

        wrapped = [self._wrapped(text, self.widths[i], style) for i, (text, style) in cells.items()]
        for parts in zip_longest(*wrapped):
            line = Text(" " * _EDGE, no_wrap=True)
            for n, (i, part) in enumerate(zip(cells, parts, strict=True)):
                cell = part or Text("")
                cell.align("right" if i in self.table.numeric else "left", self.widths[i])
                line.append(" " * _GAP if n else "").append_text(cell)
            line.rstrip()
            yield line

    def _details(self, row: Sequence[str]) -> Iterator[Text]:
        """`like these +2.08 [?], p .012 · mean 2.11, baseline 0.00`; a dash says nothing and is left out."""
        from rich.text import Text

        columns, width = self.table.columns, self.console.width - _INDENT
        lines: list[str] = []
        for group in self.below:
            said = [f"{columns[i]} {row[i].strip()}" for i in group if row[i].strip() not in ("", DASH)]
            part = ", ".join(said)
            if part and lines and len(lines[-1]) + len(part) + 3 <= width:
                lines[-1] += f" · {part}"
            elif part:
                lines.append(part)
        for line in lines:
            yield from (Text(f"{' ' * _INDENT}{t.plain}", style="dim") for t in self._wrapped(line, width))

    def _wrapped(self, text: str, width: int, style: str = "") -> list[Text]:
        from rich.text import Text

        return list(Text(text, style=style).wrap(self.console, max(width, 1))) or [Text("")]
