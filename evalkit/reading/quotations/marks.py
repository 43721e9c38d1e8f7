"""Stretches of a reply between quotation marks, and those in italics, bold or code.

Every function reads a reply once and yields the insides as (start, end) of its plain text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from evalkit.reading import english
from evalkit.reading.plain import CAP, Plain

# ---------------------------------------------------------------- quotation marks

_MARK = re.compile(r"''(?!')|[\"'‹›❝❞〝〞]")
_MATE = {
    '"': '"', "'": "'", "“": "”“", "„": "“”", "«": "»", "»": "«", "‹": "›", "›": "‹", "‘": "’", "‚": "‘’", "‟": "”",
    "”": "”", "「": "」", "『": "』", "❝": "❞", "〝": "〞",
}  # fmt: skip
_CURLY = frozenset("“”„‟«»‘’‚′「」『』‹›❝❞〝〞")
_OPENS, _CLOSES = frozenset("„「『❝〝"), frozenset("」』❞〞")
_EITHER = frozenset("«»‹›”“")
"""Marks that open in one language and close in another."""
_LATEX = re.compile(r"``(?=[^\s`])([^`]{1,2000}?)(?:''|\")")
_LONGEST = 5000
"""Characters between two quotation marks."""
_REACH = 6
"""Paragraphs in one pair of marks."""


def marks(reply: str, text: Plain) -> Iterator[tuple[int, int]]:
    """Insides of outermost pairs of quotation marks within one paragraph, or around several."""
    waiting: list[tuple[str, int, int]] = []  # marks that no paragraph so far closes: kind, place, number of paragraph
    for number, (low, high) in enumerate(_paragraphs(text.text)):
        pairs, opened, closed = _pairs(reply, text, low, high)
        yield from _outermost(pairs)
        waiting = [w for w in waiting if number - w[2] < _REACH]
        first = next(((kind, at) for kind, at in closed if any(kind in _MATE[w[0]] for w in waiting)), None)
        if first:
            start = next(w[1] for w in waiting if first[0] in _MATE[w[0]])
            if first[1] <= start + _LONGEST:
                yield start, first[1]
            waiting = []
        waiting += [(kind, at, number) for kind, at in opened[:1] if kind not in "'‘‚" and not waiting]


def _pairs(
    reply: str, text: Plain, low: int, high: int
) -> tuple[list[tuple[int, int]], list[tuple[str, int]], list[tuple[str, int]]]:
    """Pairs of marks in a paragraph, marks that stay open and marks that close nothing."""
    opened: list[tuple[str, int]] = []
    pairs: list[tuple[int, int]] = []
    closed: list[tuple[str, int]] = []
    for match in _MARK.finditer(text.text, low, high):
        char = reply[text.starts[match.start()]]
        before = text.text[match.start() - 1] if match.start() > low else " "
        after = text.text[match.end()] if match.end() < high else " "
        kind = char if char in _CURLY else match.group().replace("''", '"')
        mate = next((i for i in range(len(opened) - 1, -1, -1) if kind in _MATE.get(opened[i][0], "")), None)
        closes = kind in _CLOSES or (kind in _EITHER and mate is not None and not before.isspace())
        closes = closes or (not before.isspace() and not (after.isalnum() and kind in "'’\""))
        opens = kind in _OPENS or (not after.isspace() and not before.isalnum() and kind in _MATE)
        opens = opens or (kind == "«" and mate is None and before.isspace())
        if mate is not None and (closes or kind in "»”") and not (opens and kind in "\"'" and before in "([{"):
            start = opened[mate][1]
            del opened[mate:]
            if start < match.start() <= start + _LONGEST:
                inside = text.text[start : match.start()]
                blank = len(inside) - len(inside.lstrip())  # `« as in French »`
                pairs.append((start + blank, start + max(blank, len(inside.rstrip()))))
        elif opens and len(opened) < 10:
            opened.append((kind, match.end()))
        elif closes and match.start() > low:
            closed.append((kind, match.start()))
    return pairs, opened, closed


def latex_marks(reply: str, text: Plain) -> Iterator[tuple[int, int]]:
    """``...'' as LaTeX has it; the opening mark is decoration in plain text."""
    for match in _LATEX.finditer(reply):
        if "\n\n" not in match.group():
            yield _in_plain(text, *match.span(1))


def _in_plain(text: Plain, low: int, high: int) -> tuple[int, int]:
    return bisect_left(text.starts, low), bisect_left(text.starts, high)


def _outermost(pairs: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    reached = -1
    for low, high in sorted(pairs, key=lambda pair: (pair[0], -pair[1])):
        if low >= reached:
            yield low, high
            reached = high


_BLOCK_END = re.compile(rf"{english.PARAGRAPH.pattern}|{english.ITEM.pattern}")


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    for match in _BLOCK_END.finditer(text):
        yield at, match.start()
        at = match.end()
    yield at, len(text)


# ---------------------------------------------------------------- emphasis

_RUN = re.compile(r"\n[ \t>]*\n|(?<![\\^_*])(?:\*{1,3}|_{1,3})(?![*_{\\])")
_TAG = re.compile(
    r"<(?P<close>/?)(?P<tag>em|i|b|strong|u|mark|cite|code|blockquote)(?:\s[^<>\n]{0,80})?>"
    r"|\\(?P<env>begin|end)\{(?P<name>quote|quotation|displayquote)\}",
    re.IGNORECASE,
)
_WRAPPED = re.compile(r"\\(?:text(?:it|bf|sl|sf|tt)|emph|enquote\*?|underline|textquote|blockquote)\s?(?=\{)")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_CODE = re.compile(r"(?<!`)(`{1,2})(?![`\s])(?P<code>[^`\n]{15,2000})\1(?!`)")
_SHORTEST = 15
"""Characters of an emphasised quotation."""


def emphasised(reply: str, text: Plain) -> Iterator[tuple[int, int]]:
    """Insides of outermost stretches in italics, bold or code."""
    end = min(len(reply), CAP)
    found = [*_flanked(reply, end), *_tagged(reply, end), *_wrapped(reply, end)]
    found += [match.span("code") for match in _CODE.finditer(reply, 0, end)]
    for low, high in _outermost([(a, b) for a, b in found if _SHORTEST <= b - a <= _LONGEST]):
        start, stop = _in_plain(text, low, high)
        inside = text.text[start:stop]
        blank = len(inside) - len(inside.lstrip())
        if inside.strip():
            yield start + blank, start + len(inside.rstrip())


def _flanked(reply: str, end: int) -> Iterator[tuple[int, int]]:
    """Between Markdown's stars or underscores, within one paragraph."""
    opened: list[tuple[str, int]] = []
    for match in _RUN.finditer(reply, 0, end):
        run = match.group()
        if run[0] == "\n":
            opened = []
            continue
        before = reply[match.start() - 1 : match.start()] or " "
        after = reply[match.end() : match.end() + 1] or " "
        if (before.isalnum() and after.isalnum()) or (run[0] == "_" and before in ")|}]\\" and after.isalnum()):
            continue  # `2*x`, `x_1`, `|x|_2`
        mate = next((i for i in range(len(opened) - 1, -1, -1) if opened[i][0] == run), None)
        if mate is not None and not before.isspace() and not (after.isalnum() and run[0] == "_"):
            yield opened[mate][1], match.start()
            del opened[mate:]
        elif not after.isspace() and not before.isalnum() and len(opened) < 10:
            opened.append((run, match.end()))


def _tagged(reply: str, end: int) -> Iterator[tuple[int, int]]:
    opened: list[tuple[str, int]] = []
    for match in _TAG.finditer(reply, 0, end):
        name = (match["tag"] or match["name"]).lower()
        closes = bool(match["close"]) or match["env"] == "end"
        mate = next((i for i in range(len(opened) - 1, -1, -1) if opened[i][0] == name), None) if closes else None
        if mate is not None:
            yield opened[mate][1], match.start()
            del opened[mate:]
        elif not closes and len(opened) < 10:
            opened.append((name, match.end()))


def _wrapped(reply: str, end: int) -> Iterator[tuple[int, int]]:
    """Arguments of LaTeX commands, with counted braces."""
    starts = {match.end() for match in _WRAPPED.finditer(reply, 0, end)}
    opened: list[int] = []
    for match in _BRACE.finditer(reply, 0, end) if starts else ():
        if match.group() == "{":
            opened.append(match.start())
        elif match.group() == "}" and opened:
            start = opened.pop()
            if start in starts:
                yield start + 1, match.start()
