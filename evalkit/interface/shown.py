"""How results look in a notebook and as text: every one is a few tables with lines above and below."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import escape

from evalkit.showing.safe import safe
from evalkit.showing.tables.folding import terminal
from evalkit.showing.tables.form import Table, markdown

WIDTH = 160
"""Characters of a line of text."""
_STYLE = "text-align:{};padding:0.1em 0.7em;white-space:{};border:0;border-bottom:1px solid #8884"


class Shown:
    """Base of the results: `str(x)` is text, a notebook shows HTML. All text of others is escaped."""

    def tables(self) -> Sequence[Table]:
        """What is shown, in order."""
        raise NotImplementedError

    def lines(self) -> Sequence[str]:
        """What stands below the tables."""
        return ()

    def markdown(self) -> str:
        """As Markdown, for an issue or a README."""
        below = "\n".join(self.lines())
        return "\n".join(markdown(table) for table in self.tables()) + (f"\n{below}\n" if below else "")

    def __str__(self) -> str:
        return text_of(self.tables(), self.lines())

    def _repr_html_(self) -> str:
        below = "".join(f"<p style='color:#888'>{escape(safe(line))}</p>" for line in self.lines())
        return "".join(map(html, self.tables())) + below

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """IPython in a terminal."""
        printer.text("..." if cycle else str(self))


def text_of(tables: Iterable[Table], lines: Iterable[str] = (), width: int = WIDTH) -> str:
    """Plain text without colours."""
    from rich.console import Console
    from rich.text import Text

    file = io.StringIO()
    console = Console(file=file, width=width, color_system=None, highlight=False, markup=False, emoji=False)
    for table in tables:
        console.print(terminal(table))
    for line in lines:
        console.print(Text(line))
    return safe("\n".join(line.rstrip() for line in file.getvalue().splitlines()))


def html(table: Table) -> str:
    """A table for a notebook, without style sheet or script."""

    def cell(tag: str, i: int, value: str) -> str:
        side, wrap = ("right", "nowrap") if i in table.numeric else ("left", "normal")
        return f'<{tag} style="{_STYLE.format(side, wrap)}">{escape(safe(value))}</{tag}>'

    head = "".join(cell("th", i, name) for i, name in enumerate(table.columns))
    body = "".join(f"<tr>{''.join(cell('td', i, c) for i, c in enumerate(row))}</tr>" for row in table.rows)
    note = f"<p><small>{escape(safe(table.note))}</small></p>" if table.note else ""
    return (
        f"<table><caption><b>{escape(safe(table.title))}</b></caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>{note}"
    )
