r"""Which stretches of a reply are quotations, and of what.

Forms. *marks*: in quotation marks of any kind (`"..."`, `“...”`, `„...“`, `«...»`, `「...」`, `'...'`, LaTeX's
``...''), also when bold or in a block quote; the outermost pair counts, also around several paragraphs. *block*: a paragraph or list item of a
Markdown block quote. *bold*: text in bold, italics or code (Markdown, HTML, LaTeX). *verse*: each of two
or more lines below a line that ends with a colon. *colon*: the sentence after `the passage says:` with no marks at all.
The last three are weak: they count only when they share five words in a row
with a source, or four or more words stand there as they are, since most bold text is emphasis and most sentences after a colon are paraphrase.

Scare quotes and terms. One word is never a quotation; two or three are only directly behind a verb of speech (`says
"341 seconds"`); four or more are (parts of a compound such as `batch-norm` are one). Words in quotation marks or a
block quote that stand nowhere in the source count as *absent* only if the reply attributes them to it (`cue`), and as
altered only if it does, if they share five words in a row with it, or six and seven tenths of all in order with one
place of it; otherwise they are the reply's own words. A callout (`> **Note:** ...`, `> **Final answer:** ...`) is no
quotation unless it shares such a run.

What is quoted. Words that stand faithfully in the passage are a quotation of the passage; else, if they stand
faithfully in the question, of the question. Otherwise the nearest cue decides: what is said to be the question's or the
student's words (`you wrote`), and what the passage is denied to say (`nowhere says`), is not held against the passage.

Not covered: quotations in fenced code, attribution by a heading further up, languages other than English (for cues).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from evalkit.reading import english
from evalkit.reading.plain import Plain, plain
from evalkit.reading.quotations.marks import emphasised, latex_marks, marks

Form = Literal["marks", "block", "bold", "verse", "colon"]
Cue = Literal["passage", "question", "other", "denied", "own", None]


@dataclass(frozen=True, slots=True)
class Quotation:
    """`reply.text[start:end]` is what is quoted, in plain text; `before`, `after`: rest of the sentence around it."""

    start: int
    end: int
    form: Form
    cue: Cue
    before: tuple[int, int]
    after: tuple[int, int]
    spoken: bool
    """A verb of speech stands directly before it."""


def find(reply: str, text: Plain | None = None) -> Iterator[Quotation]:
    """Candidates of two words or more in the order of the reply; `text` is `plain(reply)` where the caller has it."""
    text = text or plain(reply)
    around = _Surroundings(text.text)
    for start, end, form in _spans(reply, text):
        if len(text.text[start:end].split(maxsplit=1)) > 1:
            yield around.quotation(start, end, form)


def _spans(reply: str, text: Plain) -> list[tuple[int, int, Form]]:
    """Stretches that do not overlap, in order; where two forms claim the same text, the first of these forms has it."""
    blocks = sorted(_blocks(reply, text))
    marked = sorted([*marks(reply, text), *latex_marks(reply, text)])
    held = [0] * len(blocks)  # characters of a block quote that stand in quotation marks
    for low, high in marked:
        at = bisect_right(blocks, (low, len(text.text))) - 1
        if at >= 0 and high <= blocks[at][1]:
            held[at] += high - low
    whole = [block for block, size in zip(blocks, held, strict=True) if 2 * size < block[1] - block[0]]
    forms: list[tuple[Form, list[tuple[int, int]]]] = [
        ("block", whole),
        ("marks", marked),
        ("bold", sorted(emphasised(reply, text))),
        ("verse", list(_verse(text.text))),
        ("colon", sorted(_after_colon(text.text))),
    ]
    taken: list[tuple[int, int, Form]] = []
    for form, spans in forms:
        free: list[tuple[int, int, Form]] = []
        for low, high in spans:
            at = bisect_left(taken, (low,))
            clear = (at == 0 or taken[at - 1][1] <= low) and (at == len(taken) or taken[at][0] >= high)
            if clear and (not free or free[-1][1] <= low):
                free.append((low, high, form))
        taken = sorted(taken + free)
    return taken


# ---------------------------------------------------------------- other forms

_QUOTED_LINE = re.compile(r"(?m)^[ \t]{0,12}(?:[-*+][ \t]{1,3}|\d{1,3}[.)][ \t]{1,3})?(?:>[ \t]?){1,9}(?P<said>[^\n]*)")
_ITEM = re.compile(r"(?:[-*+•][ \t]+|\d{1,3}[.)][ \t]+)")
_LABEL = re.compile(r"[^\n:]{1,60}:[ \t]*(?=\S)")
_BOLD_LABEL = re.compile(r"(?P<label>[^\n:.]{1,60}[:.])[ \t]+(?=\S)")
_SOURCE_TAIL = re.compile(
    r"[ \t]*(?:[-–—][ \t]*[^\n]{0,60}|\((?:from )?(?:the )?(?:\w{1,12} )?(?:paragraph|para\.|line|section|passage|text|§|¶)[^()\n]{0,40}\)"
    r"|\((?:(?:my|our) )?(?:emphasis|italics|bold)(?: added| mine| ours)?\))[ \t]*$",
    re.IGNORECASE,
)


def _blocks(reply: str, view: Plain) -> Iterator[tuple[int, int]]:
    """Paragraphs and items of block quotes, without a leading label and a trailing source."""
    for low, high in _quoted_lines(view.text):
        bold = _BOLD_LABEL.match(view.text, low, high)
        if (
            bold
            and reply.endswith("**", 0, view.starts[low])
            and reply.startswith("**", view.ends[bold.end("label") - 1])
        ):
            low = bold.end()  # `**Problem.** Let ...`
        yield low, high


def _quoted_lines(text: str) -> Iterator[tuple[int, int]]:
    open_: tuple[int, int] | None = None
    for match in _QUOTED_LINE.finditer(text):
        low, high = match.span("said")
        item = _ITEM.match(text, low, high)
        joins = open_ and match.start() == open_[1] + 1 and not item
        if open_ and not (joins and match["said"].strip()):
            yield from _unlabelled(text, *open_)
            open_ = None
        if match["said"].strip():
            tail = _SOURCE_TAIL.match(text, low, high) if open_ and match["said"].lstrip()[0] in "-–—" else None
            if tail:
                yield from _unlabelled(text, *open_)  # type: ignore[misc]
                open_ = None
                continue
            open_ = (open_[0], high) if open_ else (item.end() if item else low, high)
    if open_:
        yield from _unlabelled(text, *open_)


def _unlabelled(text: str, low: int, high: int) -> Iterator[tuple[int, int]]:
    label = _LABEL.match(text, low, high)
    if label and (_PLACE.search(label.group()) or _CALLOUT.match(label.group())):
        low = label.end()
    tail = _SOURCE_TAIL.search(text, max(low, high - 80), high)
    if tail and tail.group().lstrip()[0] == "(":
        high = tail.start()
    if text[low:high].strip():
        yield low, high


_STANZA = re.compile(r"(?m)^[^\n]*:[ \t]*\n(?:[ \t]*\n)?(?P<lines>(?:[ \t]*[^\W_][^\n|=]{8,100}(?:\n|\Z)){2,60})")


def _verse(text: str) -> Iterator[tuple[int, int]]:
    for match in _STANZA.finditer(text):
        at = match.start("lines")
        for line in match["lines"].splitlines(keepends=True):
            if not _ITEM.match(line.lstrip()):
                yield at + len(line) - len(line.lstrip()), at + len(line.rstrip())
            at += len(line)


_INTRODUCED = re.compile(
    r"\b(?:passage|text|paragraph|article|authors?|blog|post|source|excerpt)\b[^.:;!?\n\"]{0,80}:[ \t]*(?=[^\s\"'])",
    re.IGNORECASE,
)


def _after_colon(text: str) -> Iterator[tuple[int, int]]:
    reached = 0
    for match in _INTRODUCED.finditer(text):
        if match.end() < reached:
            continue
        line = text.find("\n", match.end())
        ends = english.sentences(text[match.end() : min(len(text) if line < 0 else line, match.end() + 600)])
        if ends:
            reached = match.end() + ends[0][1]
            yield match.end(), reached


# ---------------------------------------------------------------- cues

_PLACE = re.compile(r"\b(?:passage|text|paragraphs?|para\.|article|authors?|blog|post|excerpt|source)\b|[§¶]", re.I)
_CALLOUT = re.compile(
    r"[^\w\n]{0,6}(?:final |short |in |key |quick )?(?:answer|note|tip|hint|remark|important|summary|conclusion|short|result"
    r"|take-?away|warning|caution|insight|question|claim|reminder)\b",
    re.IGNORECASE,
)
_DENIES = rf"(?:{english.any_of(english.NEGATIVES)}|n't\b)"
_CUE = re.compile(
    rf"(?P<denied>{_DENIES}"
    r"""(?:[^\w\n"]{1,3}\w{1,20}){0,2}?[^\w\n"]{1,3}
        (?:say|state|claim|contain|mention|report|read|write|call|stat|writ)(?:s|ing|es|ed)?(?=(?:\W{1,3}(?:that|anywhere))?\W{0,4}$)
        |\bno\W{1,3}(?:sentence|statement|mention|line|phrase|word|place|passage|paragraph)s?\b(?=(?:\W{1,3}\w{1,20}){0,4}\W{0,4}$))
    | (?P<other>\byou(?:r|rs)?\b(?:\W{1,3}\w{1,15}){0,2}?\W{1,3}(?:said|say|wrote|write|mention(?:ed)?|ask(?:ed)?
        |claim(?:ed)?|suggest(?:ed|ion)?|answer|question|words|objection|message|hint|statement|idea|reading|comment
        |mean|meant)\b
        |\bI\W{1,3}(?:\w{1,15}\W{1,3})?(?:said|wrote|claimed|answered|stated|gave)\b
        |\bif\W{1,3}(?:\w{1,15}\W{1,3}){1,3}(?:said|says|stated|states|read|reads|wrote)\b
        |\b(?:would|should|could|might)\W{1,3}(?:have\W{1,3})?(?:say|said|state|stated|write|written|read)\b
        |\b(?:earlier|previously)\W{1,3}I\W{1,3}(?:quoted|cited|read)\b
        |\bmy\W{1,3}(?:first|earlier|previous|original|last)\b
        |\bstudents?\W{1,3}(?:\w{1,15}\W{1,3})?(?:says?|said|wrote|writes?|asks?|asked|claims?)\b)
    | (?P<own>\b(?:"""
    rf"{english.any_of(english.INSTEAD)}"
    r"""|like|such\ as|as\ if|e\.g\.|for\ example|so-called|titled|entitled|called|calls?
        |named|renamed?|motto|slogan|principle|rule|idea)(?=[^\w\n]{0,4}$))
    | (?P<question>\b(?:question|prompt|task|exercise|assignment|statement|asks?|asked
        |problem\W{1,3}(?:says|states|reads|statement))\b)
    | (?P<passage>\b(?:passage|text|paragraphs?|article|authors?|blog|post|excerpt|source|section|(?<!\bone\ )(?<!\btwo\ )(?<!\ba\ )sentences?|lines?
        |(?<!\bother\ )(?<!\bown\ )(?<!\bmy\ )words
        |quot(?:es?|ed|ing|ations?)|says|said|states|stated|reads?|writes|wrote|written|according)\b|[§¶])
    """,
    re.IGNORECASE | re.VERBOSE,
)
_SPEECH = re.compile(
    r"\b(?:say|said|says|state|states|stated|read|reads|write|writes|wrote|quote|quotes|quoting|gives?|reports?|mentions?)"
    r"(?: that)?[ ,:]{0,3}$",
    re.IGNORECASE,
)


class _Surroundings:
    """Sentences and lead-in lines around a stretch of plain text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._sentences = english.sentences(text)

    def quotation(self, start: int, end: int, form: Form) -> Quotation:
        before, after = (self._lead_in(start, True), (end, end)) if form == "block" else self._sentence(start, end)
        ahead = self._text[max(before[0], before[1] - 200) : before[1]].rstrip(" \t\n\"'`*_“‘„«")
        cue = _last_cue(ahead) or _first_cue(self._text[after[0] : min(after[1], after[0] + 120)])
        if cue is None and form == "marks":
            low, high = self._lead_in(start, False)
            lead_in = self._text[low:high].rstrip()
            cue = _last_cue(lead_in[-200:] if lead_in.endswith(":") else self._table_head(start))
        if form == "block" and self._is_callout(start):
            cue = "own"
        return Quotation(start, end, form, cue, before, after, bool(_SPEECH.search(ahead)))

    def _is_callout(self, start: int) -> bool:
        line = self._text.rfind("\n", 0, start) + 1
        label = self._text[line:start].lstrip(" \t>")
        return bool(_CALLOUT.match(label) or _CALLOUT.match(self._text, start))

    def _table_head(self, start: int) -> str:
        """What stands above `start` in the first row of its table, if that is among the 20 rows before it."""
        head, line = "", self._text.rfind("\n", 0, start)
        for _ in range(20):
            previous = self._text.rfind("\n", 0, max(line, 0))
            row = self._text[previous + 1 : max(line, 0)].strip()
            if not row.startswith("|"):
                break
            head, line = row[:1000], previous
        else:
            return ""
        column = self._text[self._text.rfind("\n", 0, start) + 1 : start].count("|")
        cells = head.split("|")
        return cells[column][-200:] if column < len(cells) else ""

    def _sentence(self, start: int, end: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """The rest of the sentence before and after a stretch that may hold several sentences itself."""
        first = max(0, bisect_right(self._sentences, (start, len(self._text))) - 1)
        last = max(0, bisect_right(self._sentences, (max(end - 1, start), len(self._text))) - 1)
        if not self._sentences:
            return (start, start), (end, end)
        low = min(self._sentences[first][0], start)
        return (low, start), (end, max(end, self._sentences[last][1]))

    def _lead_in(self, start: int, items: bool) -> tuple[int, int]:
        """The nearest line above the one of `start` that is neither blank nor a block quote nor, if not `items`, an item
        of a list."""
        line = self._text.rfind("\n", 0, start)
        for _ in range(20):
            if line <= 0:
                break
            previous = self._text.rfind("\n", 0, line)
            content = self._text[previous + 1 : line].strip()
            if content and content[0] != ">" and (items or not _ITEM.match(content)):
                return max(previous + 1, line - 600), line
            line = previous
        return start, start


def _last_cue(text: str) -> Cue:
    cue: Cue = None
    for match in _CUE.finditer(text):
        cue = match.lastgroup  # type: ignore[assignment]
        if cue == "denied":
            break
    return cue


def _first_cue(text: str) -> Cue:
    """A cue behind the quotation: only the source counts (`"...", says the passage`)."""
    match = _CUE.search(text)
    return "passage" if match and match.lastgroup == "passage" else None
