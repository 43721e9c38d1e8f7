r"""Markup around an answer as lines: paragraphs and line ends of HTML, callouts, the last action of an agent.

`without` keeps every character where it was.

Not covered: all other elements, and those within a sentence, which are read where they stand.
"""

from __future__ import annotations

import re


def without(text: str) -> str:
    """A text of the same length without its markup."""
    if ">" in text and any(tag in text for tag in _BEGUN):
        text = _LINE.sub(_line, text)
    if "[!" in text and _CALLOUT.search(text):
        text = _QUOTED.sub(_blanks, _CALLOUT.sub(_blanks, text))
    call = _CALL.search(text, max(0, len(text) - 400)) if text.rstrip().endswith("]") else None
    if call:
        inside = call.start("inside"), call.end("inside")
        text = text[: call.start()] + label(inside[0] - call.start()) + call["inside"] + " " + text[inside[1] + 1 :]
    return text


def label(room: int) -> str:
    """A label for what follows, as long as that; blanks where there is no room."""
    return "Answer:".ljust(room) if room >= 8 else " " * room


_CALL = re.compile(
    r"(?m)^[ \t>*]{0,8}Action(?: \d{1,2})?:[ ]?(?:Finish|Answer|Submit)\[(?P<inside>[^\[\]\n]{1,300})\](?=\s*\Z)",
    re.IGNORECASE,
)
_CALLOUT = re.compile(r"(?m)^[ \t]*>[ \t]*\[![A-Za-z]{3,20}\]")
_QUOTED = re.compile(r"(?m)^[ \t]{0,4}>")
_BEGUN = ("<b", "<B", "<p", "<P", "</p", "</P")
"""With these every tag of a line begins; `<<4*4=16>>` is none."""
_LINE = re.compile(
    r"(?P<br>(?:(?<=[.!?:;>*\n])|(?<=[.!?:;] ))<br[ ]?/?>|<br[ ]?/?>(?=[ \t]*\n))"
    r"|(?:\A|(?<=[>\n]))<p(?:[ ][^<>\n]{0,200})?>|</p>(?=\s{0,9}(?:<|\Z|(?<=\n)))",
    re.IGNORECASE,
)
"""Tags where a line or a sentence ends or begins; elsewhere they are what is spoken of (`The tag is <br>.`)."""


def _line(tag: re.Match[str]) -> str:
    room = len(tag.group())
    if tag["br"]:
        return " " * (room - 1) + ("\n" if tag.string[tag.end() : tag.end() + 1] != "\n" else " ")
    return "\n" + " " * (room - 2) + "\n"


def _blanks(match: re.Match[str]) -> str:
    return " " * len(match.group())
