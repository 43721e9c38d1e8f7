r"""What a short plain text gives in lines: matrices by rows, entries of a list, a line of nothing but a formula.

    [ 2  -1 ]          [[2, -1],        1. (0, 0)         x^3 - x + C
    [ -1  1 ]           [-1, 1]]        2. (2, 4)         where C is a constant

Not covered: rows without brackets or bars, entries with blanks in them, matrices beside each other.
"""

from __future__ import annotations

import re

_ENTRY = re.compile(r"[-−–+]?[\w.\\/√^{}()*π]{1,24}")
_NAME = re.compile(r"\s*[A-Za-z](?:⁻¹|\^\{?-1\}?|\w)?\s?=\s?")
_CALL = re.compile(r"\s*(?:(?:np|numpy|sp|sympy)\.)?(?:array|[Mm]atrix)\((\[.*\])\)\s*", re.DOTALL)
_PIECES = str.maketrans("⎡⎢⎣⎤⎥⎦⎛⎜⎝⎞⎟⎠", "[[[]]](((" + ")))")
"""Signs of which tall brackets are made."""
_INSIDE = re.compile(r"\[([^\[\]]*)\]")
_BETWEEN = re.compile(r",\s*|\s+")
LONGEST, MOST = 800, 8


def matrix(text: str) -> str | None:
    """LaTeX of a matrix that is typed by rows, perhaps behind a name; else None. Takes linear time."""
    if len(text) > LONGEST or "\\begin" in text:
        return None
    text = text.translate(_PIECES)
    if call := _CALL.fullmatch(text):
        text = call[1]
    name = _NAME.match(text)
    rows = _rows((text[name.end() :] if name else text).strip().rstrip("., "))
    cells = [_BETWEEN.split(row.replace(" ,", ",").strip()) for row in rows]
    if not 1 < len(cells) <= MOST or len({len(row) for row in cells}) != 1 or len(cells[0]) > MOST:
        return None
    if not all(_ENTRY.fullmatch(cell) for row in cells for cell in row):
        return None
    inside = r" \\ ".join(" & ".join(row) for row in cells)
    return (name[0] if name else "") + rf"\begin{{pmatrix}}{inside}\end{{pmatrix}}"


def _rows(body: str) -> list[str]:
    """What the rows hold: `[1 2]` below `[3 4]`, `[[1, 2], [3, 4]]`, `[1 2; 3 4]`, `(1 2)` or `| 1 2 |` by line."""
    if body[:1] == "[" and body[-1:] == "]":
        inner = body[1:-1].strip() if body.startswith("[[") and body.endswith("]]") else body
        rows = _INSIDE.findall(inner)
        if _INSIDE.sub("", inner).strip(", \n\t"):
            return []
        return rows[0].split(";") if len(rows) == 1 else rows
    ends = {"|": "|", "│": "│", "(": ")"}.get(body[:1], "")
    lines = [line.strip() for line in body.splitlines()]
    if not ends or not all(line[:1] == body[0] and line[-1:] == ends and len(line) > 2 for line in lines):
        return []
    inside = [line[1:-1] for line in lines]
    return [] if any(set(row) & set("|│(),") or " " not in row.strip() for row in inside) else inside


_ENTRY_LINE = re.compile(
    r"(?m)^[ \t>]*(?:[-*+•][ \t]+|\d[.)][ \t]+)\**(\((?:[^()\n]|\([^()\n]*\)){1,80}\))\**[ \t.,;]*(?:and)?[ \t]*$"
)


def entries(text: str) -> list[tuple[int, int]]:
    """The tuples of a list of nothing else, where at most what announces the list stands before it."""
    found = list(_ENTRY_LINE.finditer(text[:2000]))
    if len(found) < 2:
        return []
    above, rest = text[: found[0].start()].rstrip(), _ENTRY_LINE.sub("", text[found[0].start() : 2000])
    return [match.span(1) for match in found] if not rest.strip() and (not above or above.endswith(":")) else []
