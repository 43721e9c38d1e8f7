r"""A reply as blocks (paragraphs, whole lists, tables, displays, code fences) and the stretches that a label points to.

Not covered: nested lists as several blocks, goodbyes that are not listed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache

from evalkit.reading import asides, english
from evalkit.reading.patterns import later

SECTION = 3000
"""Characters of a section under a heading such as `### Final Answer` that are read."""
FORMULA = later(r"\$[^$\n]{1,100}\$|\\\([^\n]{1,100}?\\\)|`[^`\n]{1,100}`")
_WORDS = later(r"[^\s|]*[^\W_][^\s|]*")


def is_bare(stretch: str, most: int) -> bool:
    """Whether a stretch holds at most so many words (a formula counts as one) and stands on one line."""
    stretch = stretch.strip()
    return len(stretch) <= 160 and "\n" not in stretch and len(_WORDS.findall(FORMULA.sub("F", stretch))) <= most


_SPEAKS = later(r"[^\W_]|<")


def says(text: str, start: int, end: int) -> bool:
    return _SPEAKS.search(text, start, end) is not None


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    inner = text[start:end]
    return start + len(inner) - len(inner.lstrip()), end - len(inner) + len(inner.rstrip())


_FENCE = later(r"^[ \t>]{0,8}(```|~~~)")
ITEM = later(r"[ \t>]{0,12}(?:[-*+•]|\(?\d{1,3}(?:[.)]|[ ][-–—](?![^\n]*=)|:))[ \t]|[ \t]{2,}\S")


def blocks(text: str) -> list[tuple[int, int]]:
    """Paragraphs, whole lists, tables, displays and code fences as (start, end), in order."""
    return list(_blocks(text))


@lru_cache(maxsize=8)
def _blocks(text: str) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    start, at, inside = -1, 0, ""
    gap = False
    fenced = "```" in text or "~~~" in text
    for line in text.splitlines(keepends=True):
        fence, stripped = _FENCE.match(line) if fenced else None, line.strip()
        blank = not stripped and not inside
        if not blank:
            joins = gap and found and ITEM.match(line) and ITEM.match(text, found[-1][0])
            if start < 0:
                start = found.pop()[0] if joins else at
            end = at + len(line.rstrip("\r\n"))
            if fence:
                inside = "" if inside == fence[1] else inside or fence[1]
            elif stripped in (r"\[", "$$") and not inside:
                inside = r"\]" if stripped == r"\[" else "$$"
            elif inside and stripped.endswith(inside):
                inside = ""
            last_end = end
        if blank and start >= 0:
            found.append((start, last_end))
            start = -1
        gap = blank or (gap and start < 0)
        at += len(line)
    if start >= 0:
        found.append((start, last_end))
    return tuple(found)


def parts_of(text: str) -> list[tuple[int, int]]:
    """Blocks without those at the end that only go along with an answer (reading.asides)."""
    return list(_parts(text))


@lru_cache(maxsize=8)
def _parts(text: str) -> tuple[tuple[int, int], ...]:
    parts = blocks(text)
    while len(parts) > 1 and asides.goes_along(text[slice(*parts[-1])], text[slice(*parts[-2])][-1000:]):
        parts.pop()
    return tuple(parts)


@lru_cache(maxsize=8)
def last_words(text: str) -> tuple[int, int]:
    """The last line that says something, closing fences, brackets and goodbyes left out."""
    parts = parts_of(text)
    end = parts[-1][1] if parts else 0
    while end > 0:
        start = text.rfind("\n", 0, end) + 1
        if start == 0 or (says(text, start, end) and not _CLOSING_TAG.fullmatch(text, start, end)):
            return start, end
        end = start - 1
    return 0, 0


_TITLE = later(r"\W*(?:\d{1,2}[.):]\s+\D*[^\W\d_]{2}|[^\W\d_]{2,}(?:\s[^\W\d_]+)*\s*(?=[^\s:=→])\W*\d)")
_TELLS = later(r"[=:→]|\b(?:is|are|equals)\b")


def is_title(line: str) -> bool:
    """`#### Step 3`, `### 2. Divide`: words and a number that only counts what is headed, and nothing that says that it
    is one (`Total: 79`, `The sum is 79`)."""
    title = _TITLE.match(line)
    return title is not None and not _TELLS.search(title.group().partition(".")[0])


_CLOSING_TAG = later(r"\s*</[a-z_]{4,20}>\s*", re.IGNORECASE)


def line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def sentence_end(text: str, at: int) -> int:
    """End of the sentence that `at` stands in, at the latest the end of its paragraph."""
    stop = text.find("\n\n", at, at + SECTION)
    stop = min(at + SECTION, len(text)) if stop < 0 else stop
    # In place, not in a slice: ` 12. It` within a line is no item of a list.
    ends = (match.end() for match in english.SENTENCE_END.finditer(text, at, stop))
    return next((end for end in ends if text[at:end].strip()), stop)


def below(text: str, at: int, end: int, parts: list[tuple[int, int]]) -> tuple[int, int]:
    """`text[at:end]`, what stands after a label; where that is nothing, or ends with a colon, what follows it too: the
    rest of the block, or else the next block."""
    ends_open = text[at:end].rstrip(" \t*_").endswith((":", "："))
    if says(text, at, end) and not ends_open:
        return at, end
    index = max(bisect_right(parts, (end - 1, len(text))) - 1, 0)
    for start, stop in parts[index : index + 2]:
        if stop > end and says(text, max(start, end), stop):
            after = next((part for part in parts[index:] if part[0] >= stop), None)
            opens = text[max(start, end) : stop].rstrip(" \t*_\n").endswith((":", "："))
            if after and opens and not ITEM.match(text, *after):  # a list only spells out what the sentence says
                return after  # `Answer:`, a sentence that ends with a colon, and then what it announces
            return (at if ends_open else max(start, end)), stop
    return at, end


def section(text: str, at: int) -> tuple[int, int]:
    """From `at` to the next heading or rule."""
    following = re.compile(r"(?m)^(?:\#{1,6}[ \t]|[-*_]{3,}[ \t]*$)").search(text, at)
    return at, min(following.start() if following else len(text), at + SECTION)
