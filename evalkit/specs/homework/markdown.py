"""A Markdown file as pieces, those of Quarto, MyST and notebooks included.

Solutions: headings and bold beginnings (heads.py), `<details><summary>Solution</summary>`, fenced divisions
(`::: {.solution}`, three backticks with `{solution}`), quotations that begin with `Solution`. Options: `- [x] text`.

Not covered: headings that are underlined, definition lists, HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from evalkit.specs.homework import lines
from evalkit.specs.homework.heads import Piece, mark
from evalkit.specs.homework.hidden import MATHS, Hidden, without_signs
from evalkit.specs.homework.solved import Homework
from evalkit.specs.toml import read_text

_FRONT = re.compile(r"\A---[ \t]*\n(.{0,20000}?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_TITLE = re.compile(r"^title:[ \t]*[\"']?(.*?)[\"']?[ \t]*$", re.MULTILINE)
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*(?:\{[^{}]*\})?[ \t]*$")
_DIVISION = re.compile(r"[ \t]*(:{3,}|`{3,}|~{3,})[ \t]*(.*?)[ \t]*$")
_SOLVES = re.compile(r"\{?\s*\.?(?:solution|answer|sol|proof)\b", re.IGNORECASE)
_ASKS = re.compile(r"\{?\s*\.?(?:exercise|problem|question)\b", re.IGNORECASE)
_SUMMARY = re.compile(
    r"<summary>(?:\s|<[^<>]{0,20}>|\*)*(?:show |click[^<]{0,20})?(?:the )?(?:solution|answer)", re.IGNORECASE
)
_BOX = re.compile(r"[ \t]*[-*+][ \t]+\[([ xX])\][ \t]+(.*)")
_ENTRY = re.compile(r" {0,3}(\d{1,3})[.)][ \t]+(?=\S)")


def read(path: Path, homework: Homework) -> list[Piece]:
    """The pieces of a file. Raises SpecError where it cannot be read."""
    return pieces_of(read_text(path), homework)


def pieces_of(text: str, homework: Homework) -> list[Piece]:
    """The pieces of a Markdown text."""
    text = without_signs(text).replace("\r\n", "\n")
    if front := _FRONT.match(text):
        named = _TITLE.search(front[1])
        homework.title = named[1] if named else homework.title
        text = text[front.end() :]
    hidden = Hidden()
    text = hidden.put(_uncommented(text), MATHS)
    return [replace(p, text=hidden.show(p.text), title=hidden.show(p.title)) for p in _Reader(homework).pieces(text)]


def _uncommented(text: str) -> str:
    parts, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start)) >= 0:
        parts.append(text[at:start])
        at = end + 3
    return "".join([*parts, text[at:]])


class _Reader:
    """Walks through the lines."""

    def __init__(self, homework: Homework) -> None:
        self.homework = homework
        self.fence = ""
        """What closes the code that is open."""
        self.divisions: list[tuple[str, bool]] = []
        """Of every division that is open: its sign, and whether it is a solution."""
        self.details: list[bool] = []
        self.quoted = False
        """In a quotation that is a solution."""
        self.entries = 0
        """Entries of the list that is open; 0: none is."""

    def pieces(self, text: str) -> Iterator[Piece]:
        blank = True
        for raw in text.splitlines(keepends=True):
            yield from self._line(raw, blank)
            blank = not raw.strip()
        if self.entries:
            yield Piece("endlist")
        if self.quoted:
            yield Piece("end")

    def _line(self, raw: str, blank: bool) -> Iterator[Piece]:
        said = raw.rstrip("\n")
        if self.fence:
            closes = said.strip() and set(said.strip()) == {self.fence[0]} and len(said.strip()) >= len(self.fence)
            self.fence = "" if closes else self.fence
            yield Piece("text", raw)
            return
        if self.quoted and said.strip() and not said.startswith(">"):
            self.quoted = False
            yield Piece("end")
        division = _DIVISION.match(said)
        if division:
            yield from self._division(raw, division[1], division[2])
        elif found := _HEADING.match(said):
            yield from self._unlisted()
            yield from self._heading(raw, found[1], found[2])
        elif "<details" in said or "</details>" in said or "<summary" in said:
            yield from self._folded(raw)
        elif said.startswith(">"):
            yield from self._quotation(raw, said[1:].lstrip())
        elif found := _BOX.match(said):
            yield Piece("choice", raw, title=found[2].strip(), correct=found[1] != " ")
        else:
            yield from self._plain(raw, blank)

    def _plain(self, raw: str, blank: bool) -> Iterator[Piece]:
        entry = _ENTRY.match(raw)
        if entry and (entry[1] in ("1", str(self.entries + 1)) and (self.entries or entry[1] == "1")):
            if not self.entries:
                yield Piece("list", sure=False)
            self.entries += 1
            yield Piece("item", entry[0], str(self.entries))
            yield from lines.line(raw[entry.end() :], tex=False)
            return
        found = list(lines.line(raw, tex=False))
        marked = found[0].kind in ("question", "solution") or (found[0].kind == "part" and found[0].label == "a")
        if (
            self.entries
            and blank
            and raw.strip()
            and not raw.startswith((" ", "\t"))
            and (marked or found[0].kind == "text")
        ):
            yield from self._unlisted()
        if found[0].kind == "question" and not blank and not raw.lstrip().startswith("*"):
            found = [Piece("text", raw)]  # `see` / `Problem 3.`: a line that happens to be broken there
        yield from found

    def _unlisted(self) -> Iterator[Piece]:
        if self.entries:
            self.entries = 0
            yield Piece("endlist")

    def _heading(self, raw: str, level: str, said: str) -> Iterator[Piece]:
        piece = lines.heading(raw, said.strip("*_ "))
        if level == "#" and (piece.kind == "heading" or (piece.kind == "solution" and piece.title)):
            self.homework.title = self.homework.title or said  # `# Solutions: Vector calculus` names the file
            return
        yield piece

    def _division(self, raw: str, sign: str, said: str) -> Iterator[Piece]:
        if (
            not said
            and self.divisions
            and sign[0] == self.divisions[-1][0][0]
            and len(sign) >= len(self.divisions[-1][0])
        ):
            yield Piece("end") if self.divisions.pop()[1] else Piece("text", "\n")
        elif (
            said
            and (sign[0] == ":" or said.startswith("{"))
            and (_SOLVES.match(said) or _ASKS.match(said) or sign[0] == ":")
        ):
            solves = bool(_SOLVES.match(said))
            self.divisions.append((sign, solves))
            if solves:
                yield Piece("solution", "", closed=True)
            elif _ASKS.match(said):
                yield Piece("question", "")
        elif sign[0] != ":":
            self.fence = sign
            yield Piece("text", raw)

    def _folded(self, raw: str) -> Iterator[Piece]:
        """`<details>`: a solution where its summary says so."""
        if "<details" in raw:
            self.details.append(False)
        if _SUMMARY.search(raw) and self.details and not self.details[-1]:
            self.details[-1] = True
            yield Piece("solution", "", closed=True)
        if "</details>" in raw:
            if self.details and self.details.pop():
                yield Piece("end")
            return
        if not self.details or not self.details[-1]:
            yield Piece("text", re.sub(r"</?(?:details|summary)[^<>]*>", "", raw))

    def _quotation(self, raw: str, said: str) -> Iterator[Piece]:
        if self.quoted:
            yield Piece("text", said + "\n")
            return
        bold = re.match(r"(?:\*\*|__|\*|_)?(.{1,60}?)(?:\*\*|__|\*|_|$)", said)
        found = mark(bold[1], strong=True) if bold else None
        if found is not None and found[0].kind == "solution" and bold is not None:
            self.quoted = True
            yield replace(found[0], closed=True)
            yield Piece("text", said[bold.end() :].lstrip(" :.") + "\n")
        else:
            yield Piece("text", raw)
