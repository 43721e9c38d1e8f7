r"""Which cell of a table's row answers: by the head above it and by what its row is called.

A last row answers where it is the only one with a number, where its first cell speaks of a total or a result
(`| **Total** | 7 | 84 |`), as a row above does, too, where the first column's head speaks of steps
(`| Step | Value |`), or where the question asks for what its first cell alone names (`How many books`, `f(6)`); of a
table of things beside each other (`| red | 36 |`) no row does. The cell is the one whose head the question names, if
one alone does, else the last that is headed as a result, or the only one that holds a number and is headed as no
share, note or check.

Not covered: tables in HTML or LaTeX, heads in other languages.
"""

from __future__ import annotations

import re
from itertools import pairwise

_TOTALS = re.compile(
    r"\W*(?:(?:grand |sub-?|overall |final )*totals?|sum|in total|altogether|overall|all|(?:final )?(?:answer"
    r"|result|value|amount)|remaining|gesamt|summe|合计|总计|总共|итого)\b"
    r"|\W*(?:all|combined|balance|net|left|difference|average|mean|profit)\W*\Z",
    re.IGNORECASE,
)
_STEPS = re.compile(r"\b(?:steps?|calculations?|computations?|operations?|workings?|equations?)\b", re.IGNORECASE)
_RESULTS = re.compile(r"\b(?:totals?|sum|results?|values?|amounts?|answers?|outputs?|costs?)\b", re.IGNORECASE)
_BESIDE = re.compile(
    r"%|\b(?:share|percent\w*|notes?|comments?|checks?|remarks?|reason|explanation|source)\b", re.IGNORECASE
)
_RULE = re.compile(r"[\s|:+]*-[\s|:+-]*")
MOST = 60
"""Rows above the last that are looked at."""


def is_row(text: str, start: int, end: int) -> bool:
    """Whether a line that begins with a bar is a row of a table: `|A| = 7` is none."""
    above = _rows_above(text, start)
    return text[start:end].rstrip().endswith("|") or any(_RULE.fullmatch(text, *row) for row in above[:2])


def answer_cell(text: str, start: int, end: int, asked: str) -> tuple[int, int] | None:
    """The stretch of the cell that answers in the row `text[start:end]`; None where the row is no answer.

    asked: the question.
    """
    row = _cells(text, start, end)
    above = _rows_above(text, start)
    head = above[0] if len(above) > 1 and _RULE.fullmatch(text, *above[1]) else None
    heads = [text[low:high] for low, high in _cells(text, *head)] if head else []
    rows = [span for span in above[2 if head else 0 :] if re.search(r"\d", text[slice(*span)])]
    called = _is_total(text, row[0]) if row else False
    steps = bool(heads) and _STEPS.search(heads[0]) is not None
    firsts = [cells[0] for span in rows if (cells := _cells(text, *span))]
    keyed = bool(row) and _asks_for_row(asked, text[slice(*row[0])])
    keyed = keyed and not any(_asks_for_row(asked, text[slice(*first)]) for first in firsts)
    goes_on = text[end + 1 : end + 12].lstrip(" \t>").startswith("|")
    if not row or (not called and (goes_on or (rows and not steps and not keyed))):
        return None
    with_number = [i for i, (low, high) in enumerate(row) if re.search(r"\d", text[low:high])]
    if len(with_number) > 1 and (steps or keyed) and 0 in with_number and not _is_total(text, row[0]):
        with_number = with_number[1:]  # `| 3 | 7 · 12 | 84 |`: the number of the step
    told = [i for i in with_number if i >= len(heads) or not _BESIDE.search(heads[i])] or with_number
    for asks in (_asks_for, _names):
        named = [i for i in told if i < len(heads) and asks(asked, heads[i])]
        if len(named) == 1:
            return row[named[0]]
        if named:
            break
    results = [i for i in told if i < len(heads) and _RESULTS.search(heads[i])]
    if len(told) > 1 and heads and not results and not steps:
        return None
    return row[(results or told)[-1]] if told else None


def _is_total(text: str, cell: tuple[int, int]) -> bool:
    return _TOTALS.match(text[slice(*cell)]) is not None


def _asks_for(asked: str, head: str) -> bool:
    """Whether a question asks for what a column holds: `How many pens` for `Pens`."""
    words = [re.escape(word.removesuffix("s")) for word in re.findall(r"[a-z]{3,}", head.lower())]
    return bool(words) and re.search(rf"\bhow (?:many|much)\W+(?:\w+\W+){{0,2}}{words[-1]}", asked.lower()) is not None


def _names(asked: str, head: str) -> bool:
    """Whether a question names a column (`in May`), other than by a word for any result."""
    words = re.findall(r"[a-z]{3,}", _RESULTS.sub(" ", head).lower())
    return bool(words) and re.search(rf"\b{re.escape(words[-1].removesuffix('s'))}", asked[-2000:].lower()) is not None


def _asks_for_row(asked: str, cell: str) -> bool:
    """Whether a question asks for what the first cell names: `How many books` for `Books`, `f(6)` for `6`."""
    number = re.fullmatch(r"[\s*_$]*(\d{1,9})[\s*_$]*", cell)
    if number:
        return re.search(rf"\(\s?{number[1]}\s?\)|=\s?{number[1]}\b", asked[-2000:]) is not None
    return len(re.findall(r"\bhow (?:many|much)\b", asked.lower())) == 1 and _asks_for(asked[-2000:], cell)


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
