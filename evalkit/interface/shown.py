"""How results look in a notebook and as text: every one is a few tables with lines above and below."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

from markupsafe import escape

from evalkit.errors import SpecError
from evalkit.interface.wording import python_names
from evalkit.runfile import outputs
from evalkit.runfile.rows import csv_text
from evalkit.showing.safe import safe
from evalkit.showing.tables.folding import terminal
from evalkit.showing.tables.form import Table, latex, markdown
from evalkit.specs.toml import suggestion

AnyPath = str | Path
LAYOUTS = ("markdown", "latex", "csv", "json")
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

    @python_names
    def write(
        self, layout: Literal["markdown", "latex", "csv", "json"], target: AnyPath | None = None, force: bool = False
    ) -> str:
        """The tables as text; `target`: also into a file. Comparisons: as `evalkit compare --format` prints them.

        csv and json have the figures unrounded, of results that have any. force: replace a file that is there. Raises
        SpecError for another layout, and for a file that exists already or whose folder does not, StoreError where it
        cannot be written.
        """
        if not isinstance(layout, str) or layout not in LAYOUTS:
            raise SpecError(f"layout {layout!r}{suggestion(str(layout), LAYOUTS)}")
        text = self._written(layout)
        if target is not None:
            _keep(Path(target), text, force)
        return text

    def _written(self, layout: str) -> str:
        if layout in ("markdown", "latex"):
            render = latex if layout == "latex" else markdown
            return "".join(f"{render(table)}\n" for table in self.tables())
        figures: Any = getattr(self, "frame" if layout == "csv" else "data", None)
        if figures is None:
            raise SpecError(f"layout {layout!r}: {type(self).__name__} has no figures; known: markdown, latex")
        return csv_text(figures().to_dict("records")) if layout == "csv" else json.dumps(figures(), indent=2) + "\n"

    def __str__(self) -> str:
        return text_of(self.tables(), self.lines())

    def _repr_html_(self) -> str:
        below = "".join(f"<p style='color:#888'>{escape(safe(line))}</p>" for line in self.lines())
        return "".join(map(html, self.tables())) + below

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """IPython in a terminal."""
        printer.text("..." if cycle else str(self))


def _keep(target: Path, text: str, force: bool) -> None:
    if not target.parent.is_dir():
        raise SpecError(f"{target}: there is no folder {target.parent}")
    outputs.check(target, lambda head: False, force=force)
    with outputs.written(target) as part:
        part.write_text(text, encoding="utf-8")


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
