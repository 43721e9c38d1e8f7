"""The lines of a text as pieces: what begins in bold or with a sign may be a mark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from evalkit.specs.homework.heads import Piece, mark, pointed, titled

_SIZES = re.compile(
    r"\\(?:tiny|small|normalsize|large|Large|LARGE|huge|Huge|bfseries|bf|itshape|it|em|sc|scshape)\b\s*"
)
_TEX = re.compile(
    r"(?:\\(?:noindent|medskip|smallskip|bigskip|par|quad|indent)\b\s*|\\(?:vspace|hspace)\*?\{[^{}]{0,40}\}\s*)*"
    r"(?:\\(?:textbf|underline|emph|textit|textsc|textsf)\s*\{(?P<a>[^{}]{1,160}(?:\{[^{}]{0,80}\}[^{}]{0,80})?)\}"
    r"|\{\s*(?P<b>\\(?:bf|bfseries|em|it|itshape|sc|large|Large|underline)\b[^{}]{1,160})\})"
)
_MARKDOWN = re.compile(r"(?:\*\*|__)(?P<a>[^*\n]{1,160}?)(?:\*\*|__)|(?P<q>[*_])(?P<b>[^*_\n]{1,80}?)(?P=q)(?![*_\w])")


def heading(raw: str, said: str) -> Piece:
    """A heading as a mark, or as a heading that marks nothing."""
    said = _SIZES.sub("", said).strip()
    found = mark(said, strong=True)
    if found is None:
        title, points = titled(said)
        return Piece("heading", raw, title=title, points=points)
    piece, rest = found
    title, points = titled(rest)
    return replace(piece, text=raw, title=title, points=piece.points if piece.points is not None else points)


def line(raw: str, tex: bool) -> Iterator[Piece]:
    """The pieces of one line: one mark, or two (`3. (a)`), and its text. `raw` ends with the line's end."""
    body = raw.lstrip()
    lead = (_TEX if tex else _MARKDOWN).match(body)
    if lead:
        inside = _SIZES.sub("", lead["a"] or lead["b"]).strip()
        found = mark(inside, strong=True)
        if found is not None:
            yield from _led(raw, body[lead.end() :], *found)
            return
    found = mark(body.rstrip("\n"), strong=False)
    if found is None:
        yield Piece("text", raw)
        return
    piece, rest = found
    rest += "\n" if raw.endswith("\n") else ""
    yield replace(piece, text=raw[: len(raw) - len(rest)])
    again = mark(rest.rstrip("\n"), strong=False) if piece.kind == "question" else None
    if again is not None and again[0].kind == "part":
        yield from line(rest, tex)
    elif rest:
        yield Piece("text", rest)


def _led(raw: str, behind: str, piece: Piece, rest: str) -> Iterator[Piece]:
    """A mark in bold, with what stands behind it in bold and behind that."""
    behind = behind.lstrip(" \t:.") if not rest else behind
    given, further = pointed(behind) if not rest else (None, behind)  # `**(a)** [5 pts] Find ...`
    if given is not None:
        piece, behind = replace(piece, points=given), further
    if piece.kind == "question" and not (piece.bare and len(rest.split()) > FEW):
        title, points = titled(rest)
        more = re.match(r"\s*[(\[][^()\[\]\n]{0,40}[)\]]", behind)
        if piece.points is None and points is None and more and (given := titled(more[0])[1]) is not None:
            points, behind = given, behind[more.end() :]
        piece = replace(piece, title=title, points=piece.points if piece.points is not None else points)
        rest = ""
    text = f"{rest} {behind}" if rest else behind.lstrip(" ")
    yield replace(piece, text=raw[: len(raw) - len(behind)])
    if text.strip():
        yield from (line(text, tex=False) if piece.kind == "question" and not rest else [Piece("text", text)])


FEW = 10
"""Words of a title; a bold number with more words behind it in bold is a statement."""
