"""A reply as HTML: Markdown typeset, mathematics as MathML, evidence marked. Nothing of the reply reaches the page raw.

Places in a reply are kept through the Markdown step by single characters of the private planes 15 and 16, one for each
formula and for each border of a mark; such characters of the reply itself are replaced first. Raw HTML, links and
images are off: they show as the text that they are. Formulas are found where the derivation checker finds them.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt

from evalkit.derivation.text.document import MathSpan, read
from evalkit.showing.report.mathml import mathml, row_of, visible

MAX_TEXT = 100_000
"""Longer texts are shown up to here, and say so."""
MAX_MARKDOWN = 30_000
"""Longer texts are shown with their formulas and marks, but without headings, lists and tables."""
MAX_MARKS = 2000
MAX_DEEP = 25
"""Lists in lists, quotations in quotations; deeper ones are shown as plain text."""

_FORMULA, _BORDER = 0xF0000, 0x100000
_PRIVATE = re.compile("[\U000f0000-\U0010ffff]")
_PIECES = re.compile("<[^>]*>|[\U000f0000-\U0010ffff]|[^<\U000f0000-\U0010ffff]+")
_STYLE = re.compile(r'style="text-align:(left|right|center)"')  # of table cells; the page allows no style attributes
_BLOCK_MARK = re.compile(r"[ \t]*(?:(?:[-*+>|]|#{1,6}|\d{1,9}[.)])[ \t]+|\|)*")
_DELIMITERS = "*_~`"


@dataclass(frozen=True, slots=True)
class Mark:
    """Evidence on `text[start:end]`: a CSS class and what it says."""

    start: int
    end: int
    css: str
    note: str


def markup(text: str, marks: Sequence[Mark] = ()) -> str:
    """HTML of one message. Every piece of text is escaped; the only tags are those of Markdown, `mark` and MathML."""
    shown = _PRIVATE.sub("\ufffd", text[:MAX_TEXT])
    usable = [m for m in marks if 0 <= m.start < m.end <= len(shown)][:MAX_MARKS]
    formulas = _outermost([s for s in read(shown).spans if not s.bare])
    inside, outside = _shared_out(usable, formulas)
    coded, borders = _coded(shown, formulas, outside)
    typeset = [_formula(shown, f, inside.get(i, ())) for i, f in enumerate(formulas)]
    plain = len(coded) > MAX_MARKDOWN or _deep(coded)
    page = f'<p class="plain">{html.escape(coded)}</p>' if plain else _markdown().render(coded)
    cut = f'<p class="cut">… {len(text) - MAX_TEXT} more characters are not shown</p>' if len(text) > MAX_TEXT else ""
    return _decoded(page, typeset, borders) + cut


def _deep(text: str) -> bool:
    """Whether lists and quotations are nested so deep that Markdown would leave out what stands in them."""
    for line in text.splitlines():
        led = _BLOCK_MARK.match(line)
        signs = led[0] if led else ""
        if len(re.findall(r"[-*+>]|[0-9][.)]", signs)) + (len(line) - len(line.lstrip())) // 2 > MAX_DEEP:
            return True
    return False


@cache
def _markdown() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": 2 * MAX_DEEP + 10})
    return parser.enable(["table", "strikethrough"]).disable(
        ["link", "image", "autolink", "html_inline", "html_block", "reference", "code", "lheading"]
    )


def _outermost(spans: Sequence[MathSpan]) -> list[MathSpan]:
    """Spans in order, without overlaps."""
    kept: list[MathSpan] = []
    for span in sorted(spans, key=lambda s: s.outer_start)[:60_000]:
        if not kept or span.outer_start >= kept[-1].outer_end:
            kept.append(span)
    return kept


def _shared_out(marks: Sequence[Mark], formulas: Sequence[MathSpan]) -> tuple[dict[int, list[Mark]], list[Mark]]:
    """Marks by formula, and what of the marks lies in prose."""
    starts = [f.outer_start for f in formulas]
    inside: dict[int, list[Mark]] = defaultdict(list)
    outside: list[Mark] = []
    for mark in marks:
        at = mark.start
        i = max(0, bisect_right(starts, mark.start) - 1)
        while i < len(formulas) and formulas[i].outer_start < mark.end:
            if formulas[i].outer_end > mark.start:
                inside[i].append(mark)
                if formulas[i].outer_start > at:
                    outside.append(Mark(at, formulas[i].outer_start, mark.css, mark.note))
                at = formulas[i].outer_end
            i += 1
        if at < mark.end:
            outside.append(Mark(at, mark.end, mark.css, mark.note))
    return inside, outside


def _formula(text: str, span: MathSpan, marks: Sequence[Mark]) -> str:
    """One typeset formula; marks that lie in rows of an aligned table mark these rows, others the whole."""
    source = text[span.start : span.end]
    whole: set[str] = set()
    rows: dict[int, set[str]] = defaultdict(set)
    for mark in marks:
        touched = row_of(source, mark.start - span.start, mark.end - span.start)
        for row in touched:
            rows[row].add(mark.css)
        whole |= set() if touched else {mark.css}
    in_rows = tuple((row, " ".join(sorted(css))) for row, css in sorted(rows.items()))
    shown = mathml(source, span.display, in_rows)
    shown = f'<span class="dm">{shown}</span>' if span.display else shown
    notes = "; ".join(dict.fromkeys(m.note for m in marks if m.note))
    if not marks:
        return shown
    title = f' title="{html.escape(visible(notes))}"' if notes else ""
    return f'<span class="mk {" ".join(sorted(whole))}"{title}>{shown}</span>'


def _coded(text: str, formulas: Sequence[MathSpan], marks: Sequence[Mark]) -> tuple[str, list[tuple[Mark, bool]]]:
    """The text with a character for each formula and each border; borders as (mark, whether it opens)."""
    borders: list[tuple[Mark, bool]] = []
    inserts: dict[int, str] = defaultdict(str)
    for mark in marks:
        low, high = _trimmed(text, mark.start, mark.end)
        if low < high:
            for at, opens in ((low, True), (high, False)):
                inserts[at] += chr(_BORDER + len(borders))
                borders.append((mark, opens))
    cuts = {f.outer_start: (i, f.outer_end) for i, f in enumerate(formulas)}
    out: list[str] = []
    at = 0
    for place in sorted({*inserts, *cuts, len(text)}):
        out.append(text[at:place])
        at = max(at, place)
        out.append(inserts.get(place, ""))
        if place in cuts:
            number, at = cuts[place]
            out.append(chr(_FORMULA + number))
    return "".join(out), borders


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Borders moved off the marks of Markdown, so that they do not change what those mean."""
    line = text.rfind("\n", 0, start) + 1
    block = _BLOCK_MARK.match(text, line)
    start = max(start, min(block.end(), end)) if block else start
    while start < end and (text[start] in _DELIMITERS or text[start].isspace()):
        start += 1
    while start < end and (text[end - 1] in _DELIMITERS or text[end - 1].isspace()):
        end -= 1
    return start, end


def _decoded(page: str, formulas: Sequence[str], borders: Sequence[tuple[Mark, bool]]) -> str:
    """Formulas in place of their characters; every run of text inside marks in a `mark` element of its own."""
    out: list[str] = []
    active: dict[int, Mark] = {}
    for piece in _PIECES.findall(page):
        code = ord(piece[0])
        if code >= _BORDER:
            mark, opens = borders[code - _BORDER]
            if opens:
                active[id(mark)] = mark
            else:
                active.pop(id(mark), None)
        elif code >= _FORMULA:
            out.append(formulas[code - _FORMULA])
        elif piece[0] == "<" or not active or not piece.strip():
            out.append(_STYLE.sub(r'class="\1"', piece) if piece[0] == "<" else visible(piece))
        else:
            out.append(_marked(piece, active))
    return "".join(out)


def _marked(piece: str, active: Mapping[int, Mark]) -> str:
    css = " ".join(sorted({m.css for m in active.values()}))
    notes = "; ".join(dict.fromkeys(m.note for m in active.values() if m.note))
    title = f' title="{html.escape(visible(notes))}"' if notes else ""
    return f'<mark class="{css}"{title}>{visible(piece)}</mark>'
