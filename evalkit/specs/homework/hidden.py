"""Formulas and code of a text as single signs, so that nothing in them is taken for a mark. One pass, linear time."""

from __future__ import annotations

import re
from collections.abc import Iterator

_RESERVED = re.compile("[\ue000-\ue00b]")
_SIGN = re.compile("\ue000([\ue001-\ue00a]+)\ue00b")
_PARAGRAPH = re.compile(r"\n[ \t]*\n")
MATHS = re.compile(
    r"(?P<esc>\\[\\$])|(?P<open>\$\$?|\\\[|\\\()|\\begin\{(?P<env>(?:equation|align|gather|multline|eqnarray|displaymath|math"
    r"|alignat|flalign|array|tabular|tabularx|algorithmic)\*?)\}"
)
CODE = re.compile(
    r"(?P<esc>\\\\)|\\begin\{(?P<env>verbatim\*?|Verbatim|lstlisting|minted|comment|tikzpicture|filecontents\*?)\}"
    r"|\\verb\*?(?P<open>[^A-Za-z\s*])"
)
_CLOSES = {"\\[": "\\]", "\\(": "\\)"}


def without_signs(text: str) -> str:
    """A text without the signs that stand for what is hidden."""
    return _RESERVED.sub("", text)


class Hidden:
    """What was hidden, and the way back."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def put(self, text: str, what: re.Pattern[str]) -> str:
        """The text with a sign for each formula (MATHS) or piece of code (CODE)."""
        parts, at = [], 0
        for start, end, env in _spans(text, what):
            self.texts.append("" if env == "comment" else text[start:end])
            digits = "".join(chr(0xE001 + int(digit)) for digit in str(len(self.texts) - 1))
            parts += [text[at:start], f"\ue000{digits}\ue00b"]
            at = end
        return "".join([*parts, text[at:]])

    def show(self, text: str) -> str:
        """The text with everything back."""
        for _ in range(3):  # code in a formula was hidden before the formula
            text = _SIGN.sub(lambda m: self.texts[int("".join(str(ord(c) - 0xE001) for c in m[1]))], text)
        return text


def _spans(text: str, what: re.Pattern[str]) -> Iterator[tuple[int, int, str]]:
    missing: set[str] = set()  # closers that do not occur any more: looking for them again would take quadratic time
    at = 0
    while (found := what.search(text, at)) is not None:
        at = found.end()
        if found["esc"]:
            continue
        env = found["env"] or ""
        closer = f"\\end{{{env}}}" if env else _CLOSES.get(found["open"], found["open"])
        end = -1 if closer in missing else _closing(text, closer, at)
        if end < 0:
            missing.add(closer)
        elif closer == "$" and _PARAGRAPH.search(text, at, end):
            continue  # a dollar of money: no formula goes over a paragraph
        else:
            at = end
            yield found.start(), end, env


def _closing(text: str, closer: str, at: int) -> int:
    end = text.find(closer, at)
    while closer == "$" and end > 0 and text[end - 1] == "\\":
        end = text.find(closer, end + 1)
    return end + len(closer) if end >= 0 else -1
