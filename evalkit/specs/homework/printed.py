"""A PDF as pieces: its lines, read as plain text. Formulas come without their layout, which is listed."""

from __future__ import annotations

import re
from pathlib import Path

from evalkit.specs import pdf
from evalkit.specs.homework import lines
from evalkit.specs.homework.heads import Piece
from evalkit.specs.homework.solved import Homework

_FOOTER = re.compile(r"\s*(?:page\s*)?\d{1,3}(?:\s*(?:of|/)\s*\d{1,3})?\s*", re.IGNORECASE)


def read(path: Path, homework: Homework) -> list[Piece]:
    """The pieces of a file. Raises SpecError where it cannot be read, or pypdf is not there."""
    pages = pdf.text_of(pdf.read_bytes(path), str(path))
    homework.doubts.append(
        "formulas of a PDF come without their layout (a fraction as two numbers, exponents on the line): compare each "
        "statement and solution with the page"
    )
    found: list[Piece] = []
    for page in pages:
        rows = page.splitlines()
        while rows and (not rows[-1].strip() or _FOOTER.fullmatch(rows[-1])):
            rows.pop()
        for row in rows:
            found += lines.line(row + "\n", tex=False)
    return found
