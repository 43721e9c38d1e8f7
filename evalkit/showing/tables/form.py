"""A table of text cells, and how it is written: Markdown, LaTeX (booktabs). On a terminal: see folding."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """A titled table of text cells. `numeric` columns are set flush right."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    numeric: frozenset[int] = frozenset()
    folds: tuple[tuple[int, ...], ...] = ()
    """Columns that may stand below a row, in groups that stay together, the most important first: see folding. The
    columns in no group say what a row is about."""
    brief: str | None = None
    """The note where little room is; None: the note itself."""


def markdown(table: Table) -> str:
    """A pipe table that pastes into an issue or a README."""
    from tabulate import tabulate

    rows = [[_inert(cell) for cell in row] for row in table.rows]
    align = ["right" if i in table.numeric else "left" for i in range(len(table.columns))]
    body = tabulate(
        rows,
        headers=[_inert(c) for c in table.columns],
        tablefmt="pipe",
        colalign=align if rows else None,
        disable_numparse=True,
    )
    return f"**{_inert(table.title)}**\n\n{body}\n" + (f"\n{_inert(table.note)}\n" if table.note else "")


def _inert(cell: str) -> str:
    """Text that Markdown shows as it stands."""
    return "".join(_MARKDOWN.get(c, c) for c in cell)


_MARKDOWN = {"<": "&lt;", "&": "&amp;", "\n": " ", "\r": " "} | {c: f"\\{c}" for c in "\\|*_`[]"}


def latex(table: Table) -> str:
    r"""A booktabs table that pastes into a paper; needs `\usepackage{booktabs,graphicx}`. Cells are escaped.

    A table wider than the text is made smaller, never larger.
    """
    align = "".join("r" if i in table.numeric else "l" for i in range(len(table.columns)))
    lines = [" & ".join(map(_tex, row)) + r" \\" for row in (table.columns, *table.rows)]
    body = "\n".join([r"\toprule", lines[0], r"\midrule", *lines[1:], r"\bottomrule"])
    box = "\\par\\smallskip\n\\begin{minipage}{\\linewidth}\\footnotesize"
    note = f"\n{box} {_tex(table.note)}\\end{{minipage}}" if table.note else ""
    return (
        f"\\begin{{table}}\n\\centering\n\\caption{{{_tex(table.title)}}}\n"
        "\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%\n"
        f"\\begin{{tabular}}{{@{{}}{align}@{{}}}}\n{body}\n\\end{{tabular}}}}{note}\n\\end{{table}}\n"
    )


_TEX = {
    "\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "–": "--", "−": "$-$",
    "·": r"$\cdot$", "→": r"$\to$", "<": "$<$", ">": "$>$", "|": r"\textbar{}", "\n": " ", "\t": " ",
    "≤": r"$\le$", "≥": r"$\ge$", "×": r"$\times$", "[": "{[}", "]": "{]}", '"': "''", "…": r"\dots{}",
} | {c: f"\\{c}" for c in "&%$#_{}"}  # fmt: skip


def _tex(text: str) -> str:
    """Text as LaTeX source. A `[` after a line break would be read as an option, hence the braces around it."""
    escaped = "".join(_TEX.get(c, c) for c in text)
    return re.sub("\N{FIGURE SPACE}+", lambda m: rf"\phantom{{{'0' * len(m[0])}}}", escaped)
