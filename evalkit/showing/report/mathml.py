r"""LaTeX of a reply as MathML that a browser may show: converted by latex2mathml, then rebuilt from allowed parts only.

The converter's own text output is not used: it unescapes markup (`\text{<script>}`) and passes `\href` and `\style` on.
Its element tree is walked instead; elements and attributes that are not listed here are left out, text is escaped.
What cannot be converted is shown as escaped source. Not covered: macros that the reply defines itself.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from xml.etree.ElementTree import Element

MAX_SOURCE = 4000
"""Longer formulas are shown as source."""

_TAGS = frozenset({
    "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msub", "msup", "msubsup", "munder",
    "mover", "munderover", "mtable", "mtr", "mtd", "mstyle", "mpadded", "mphantom", "menclose", "mprescripts",
    "mmultiscripts", "merror",
})  # fmt: skip
_ATTRIBUTES = frozenset({
    "display", "displaystyle", "scriptlevel", "stretchy", "fence", "separator", "form", "accent", "accentunder",
    "largeop", "movablelimits", "symmetric", "mathvariant", "linethickness", "lspace", "rspace", "width", "height",
    "depth", "voffset", "minsize", "maxsize", "notation", "columnalign", "rowspan", "columnspan",
})  # fmt: skip
_VALUE = re.compile(r"[\w.%+\- ]{0,40}")
_ALIGNED = re.compile(r"\\(begin|end)\{(?:aligned|alignedat|alignat\*?|eqnarray\*?|flalign\*?)\}(?:\[[tbc]\])?")
_CENTRED = re.compile(r"\\(begin|end)\{(?:gathered|gather\*?|multline\*?)\}")
_OUTER = re.compile(r"\\(?:begin|end)\{(?:equation|displaymath|math)\*?\}|\\(?:label|nonumber|notag)\b(?:\{[^{}]*\})?")


@lru_cache(maxsize=4_000)  # prompts come again in each sample; a formula of 100 signs takes 5 kB, so not more
def mathml(source: str, display: bool = False, rows: tuple[tuple[int, str], ...] = ()) -> str:
    """`<math>` markup of a formula without its delimiters, or its escaped source in `<code>`.

    rows: (row of the outermost aligned table from 0, class) for rows that carry evidence.
    """
    tree = _tree(source)
    shown = html.escape(visible(source.strip()))
    if tree is None:
        return f'<code class="tex" title="shown as source: it could not be typeset">{shown}</code>'
    marked = _marked_rows(tree, dict(rows))
    inner = "".join(_written(child, marked) for child in tree)
    kind = ' display="block"' if display else ""
    return f'<math{kind} title="{shown}">{inner}</math>'


def visible(text: str) -> str:
    """Characters that turn or hide other text (bidirectional controls, zero width, other controls) by their number."""
    return _CONTROL.sub(lambda m: f"[U+{ord(m[0]):04X}]", text)


_CONTROL = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x08\x0b-\x1f\x7f-\x9f]")


def _tree(source: str) -> Element | None:
    from latex2mathml.converter import convert_to_element

    if len(source) > MAX_SOURCE:
        return None
    text = _OUTER.sub("", source)
    text = _ALIGNED.sub(r"\\\1{align*}", text)
    text = _CENTRED.sub(lambda m: r"\begin{array}{c}" if m[1] == "begin" else r"\end{array}", text)
    try:
        found = convert_to_element(text)
        deep = _depth(found)
    except (Exception, RecursionError):  # its errors have no common base; whatever it trips over is shown as source
        return None
    return found if deep <= 100 else None


def _depth(tree: Element) -> int:
    level, deep = [tree], 0
    while level:
        level, deep = [child for element in level for child in element], deep + 1
    return deep


def _marked_rows(tree: Element, rows: dict[int, str]) -> dict[int, str]:
    """id of the `mtr` elements of the outermost table -> class."""
    table = next(tree.iter("mtable"), None) if rows else None
    listed = () if table is None else table  # an element has no truth of its own from Python 3.12 on
    return {id(row): rows[i] for i, row in enumerate(listed) if i in rows}


def _written(element: Element, marked: dict[int, str]) -> str:
    return "".join(_pieces(element, marked))


def _pieces(element: Element, marked: dict[int, str]) -> Iterator[str]:
    inner = html.escape(visible(html.unescape(element.text or "")))
    known = element.tag in _TAGS
    if known:
        yield f"<{element.tag}{_attributes(element, marked)}>"
    yield inner
    for child in element:
        yield from _pieces(child, marked)
    if known:
        yield f"</{element.tag}>"


def _attributes(element: Element, marked: dict[int, str]) -> str:
    kept = [f' {k}="{v}"' for k, v in element.attrib.items() if k in _ATTRIBUTES and _VALUE.fullmatch(v)]
    if id(element) in marked:
        kept.append(f' class="{html.escape(marked[id(element)])}"')
    return "".join(kept)


def row_of(source: str, start: int, end: int) -> Collection[int]:
    r"""Rows of the outermost aligned table that the stretch `source[start:end]` touches; empty where there is none.

    Rows end at `\\` outside braces and inner environments.
    """
    opened = _ALIGNED.search(source) or re.search(r"\\begin\{(?:align\*?|split)\}", source)
    if opened is None:
        return ()
    row, depth, rows = 0, 0, set[int]()
    for token in re.finditer(r"\\begin\{|\\end\{|\\\\|\\.|[{}]", source[opened.end() :]):
        at = opened.end() + token.start()
        if token[0] == "\\\\" and depth == 0:
            if at > start:
                rows.add(row)
            if at >= end:
                return rows
            row += 1
        elif token[0] in ("\\begin{", "{"):
            depth += 1 + (token[0] == "\\begin{")
        elif token[0] in ("\\end{", "}"):
            depth -= 1
            if depth < 0:
                break
    rows.add(row)
    return rows
