r"""What a short plain text gives in lines: matrices by rows, entries of a list, a line of nothing but a formula.

    [ 2  -1 ]          [[2, -1],        1. (0, 0)         x^3 - x + C
    [ -1  1 ]           [-1, 1]]        2. (2, 4)         where C is a constant

Not covered: rows without brackets or bars, entries with blanks in them, matrices beside each other.
"""

from __future__ import annotations

import re

_ENTRY = r"[-−–+]?[\w.\\/√^{}()*π]{1,24}"
_ROW = rf"{_ENTRY}(?:(?:\s?,\s?|[ \t]{{1,8}}){_ENTRY}){{0,7}}"
_CUT = rf"[ \t]{{0,8}}\[[ \t]{{0,4}}{_ROW}[ \t]{{0,4}}\][ \t]{{0,4}},?"
_NAME = r"(?P<name>[A-Za-z](?:⁻¹|\^\{?-1\}?|\w)?\s?=\s?)?"
_BRACKETED = re.compile(
    rf"\s*{_NAME}(?P<outer>\[)?\s?(?P<rows>{_CUT}(?:\s{{0,8}}{_CUT}){{1,7}})"
    r"\s?(?(outer)\]|)[\s.,]*"
)
_BARRED = re.compile(rf"\s*(?:[|│][ \t]{{0,4}}{_ROW}[ \t]{{0,4}}[|│][ \t]*(?:\n[ \t]*|\Z)){{2,8}}\s*")
_SEMICOLONS = re.compile(rf"\s*{_NAME}\[[ \t]{{0,4}}(?P<rows>{_ROW}(?:\s?;\s?{_ROW}){{1,7}})\s?\][\s.]*")
_INSIDE = re.compile(r"\[([^\[\]]*)\]")
_BETWEEN = re.compile(r"\s?,\s?|\s+")
_PARENTHESES = re.compile(
    rf"\s*(?:\([ \t]{{0,4}}{_ENTRY}(?:[ \t]{{1,8}}{_ENTRY}){{1,7}}[ \t]{{0,4}}\)[ \t]*(?:\n[ \t]*|\Z)){{2,8}}\s*"
)
_CALL = re.compile(r"\s*(?:(?:np|numpy|sp|sympy)\.)?(?:array|[Mm]atrix)\((\[.*\])\)\s*", re.DOTALL)
_PIECES = str.maketrans("⎡⎢⎣⎤⎥⎦⎛⎜⎝⎞⎟⎠", "[[[]]](((" + ")))")
"""Signs of which tall brackets are made."""
LONGEST = 800


def matrix(text: str) -> str | None:
    """LaTeX of a matrix that is typed by rows (at most one of commas and blanks between entries); else None."""
    if len(text) > LONGEST or "\\begin" in text:
        return None
    text = text.translate(_PIECES)
    if call := _CALL.fullmatch(text):
        text = call[1]
    for shape, row in ((_BRACKETED, _INSIDE), (_SEMICOLONS, None), (_BARRED, None), (_PARENTHESES, None)):
        found = shape.fullmatch(text)
        if found is None:
            continue
        if row is not None:
            rows = row.findall(found["rows"])
        else:
            rows = found["rows"].split(";") if shape is _SEMICOLONS else _of_lines(text)
        cells = [[cell for cell in _BETWEEN.split(line.strip()) if cell] for line in rows]
        if len({len(line) for line in cells}) != 1 or (len(cells[0]) == 1 and shape not in (_BRACKETED, _SEMICOLONS)):
            return None
        name = (found["name"] or "") if "name" in shape.groupindex else ""
        return name + r"\begin{pmatrix}" + r" \\ ".join(" & ".join(line) for line in cells) + r"\end{pmatrix}"
    return None


def _of_lines(text: str) -> list[str]:
    around = "|│" if text.strip()[:1] in "|│" else "()"
    return [line.strip(" \t").strip(around) for line in text.strip().splitlines()]


def is_row(line: str) -> bool:
    """Whether a line is nothing but one row in brackets: `[2, -1],`."""
    return len(line) <= LONGEST and re.fullmatch(rf"\s*\[?{_CUT}\s?\]?[\s.,]*", line) is not None


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
