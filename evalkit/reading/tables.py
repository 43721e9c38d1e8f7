r"""Which cell of a table's row answers: by the head above it and by what its row is called.

A last row answers where it is the only one with a number, where its first cell speaks of a total or a result
(`| **Total** | 7 | 84 |`), as a row above does, too, or where the table's head speaks of steps or results
(`| Step | Value |`); of a table of things beside each other (`| red | 36 |`) no row does. The cell is the one whose
head the question names, if one alone does, else the last that holds a number and is headed as no share, note or check.

Not covered: tables in HTML or LaTeX, heads in other languages.
"""

from __future__ import annotations

import re
from itertools import pairwise

_TOTALS = re.compile(
    r"\W*(?:(?:grand |sub-?|overall |final )*totals?|sum|in total|altogether|overall|all|(?:final )?(?:answer"
    r"|result|value|amount)"
    r"|combined|balance|net|remaining|left|difference|average|mean|profit|gesamt|summe|合计|总计|总共|итого)\b",
    re.IGNORECASE,
)
_STEPS = re.compile(
    r"\b(?:steps?|calculations?|computations?|operations?|results?|values?|workings?|formulas?|equations?"
    r"|expressions?)\b",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    r"%|\b(?:share|percent\w*|notes?|comments?|checks?|remarks?|reason|explanation|source)\b", re.IGNORECASE
)
_RULE = re.compile(r"[\s|:+]*-[\s|:+-]*")
MOST = 60
"""Rows above the last that are looked at."""


def answer_cell(text: str, start: int, end: int, asked: str) -> tuple[int, int] | None:
    """The stretch of the cell that answers in the row `text[start:end]`; None where the row is no answer.

    asked: the question.
    """
    row = _cells(text, start, end)
    above = _rows_above(text, start)
    head = above[0] if len(above) > 1 and _RULE.fullmatch(text, *above[1]) else None
    heads = [text[low:high] for low, high in _cells(text, *head)] if head else []
    rows = [span for span in above[2 if head else 0 :] if re.search(r"\d", text[slice(*span)])]
    called = _TOTALS.match(text, *row[0]) if row else None
    steps = any(_STEPS.search(cell) for cell in heads)
    goes_on = text[end + 1 : end + 12].lstrip(" \t>").startswith("|")
    if not row or (not called and (goes_on or (rows and not steps))):
        return None
    with_number = [i for i, (low, high) in enumerate(row) if re.search(r"\d", text[low:high])]
    if len(with_number) > 1 and (called or steps) and 0 in with_number and not _TOTALS.match(text, *row[0]):
        with_number = with_number[1:]  # `| 3 | 7 · 12 | 84 |`: the number of the step
    named = [i for i in with_number if i < len(heads) and _asks_for(asked, heads[i])]
    if len(named) == 1:
        return row[named[0]]
    told = [i for i in with_number if i >= len(heads) or not _BESIDE.search(heads[i])] or with_number
    return row[told[-1]] if told else None


def _asks_for(asked: str, head: str) -> bool:
    """Whether a question asks for what a column holds: `How many pens` for `Pens`."""
    words = [re.escape(word.removesuffix("s")) for word in re.findall(r"[a-z]{3,}", head.lower())]
    return bool(words) and re.search(rf"\bhow (?:many|much)\W+(?:\w+\W+){{0,2}}{words[-1]}", asked.lower()) is not None


def _cells(text: str, start: int, end: int) -> list[tuple[int, int]]:
    bars = [m.start() for m in re.compile(r"(?<!\\)\|").finditer(text, start, end)]
    edges = [*bars, end] if bars and text[start : bars[0]].strip() == "" else [start - 1, *bars, end]
    cells = [(low + 1, high) for low, high in pairwise(edges)]
    return cells[:-1] if cells and not text[slice(*cells[-1])].strip() else cells


def _rows_above(text: str, start: int) -> list[tuple[int, int]]:
    """The lines of the table above a row, from its first one on."""
    rows: list[tuple[int, int]] = []
    at = start
    while at > 0 and len(rows) < MOST:
        low = text.rfind("\n", 0, at - 1) + 1
        if not text[low : at - 1].lstrip(" \t>").startswith("|"):
            break
        rows.append((low, at - 1))
        at = low
    return rows[::-1]
