r"""Markup around an answer as lines: elements, line ends of HTML, callouts, the last action of an agent.

`without` keeps every character where it was.

Not covered: elements with the names of inline HTML or of special tokens, attributes that say something.
"""

from __future__ import annotations

import re
from itertools import islice


def without(text: str) -> str:
    """A text of the same length without its markup."""
    if "<" in text and ">" in text:
        text = _without_elements(text)
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
    r"(?m)^[ \t>*]{0,8}Action(?: \d{1,2})?:[ ]?[A-Za-z]\w{2,20}\[(?P<inside>[^\[\]\n]{1,300})\](?=\s*\Z)"
)
_CALLOUT = re.compile(r"(?m)^[ \t]*>[ \t]*\[![A-Za-z]{3,20}\]")
_QUOTED = re.compile(r"(?m)^[ \t]{0,4}>")
_ELEMENT = re.compile(r"<(?P<slash>/?)(?P<name>[A-Za-z][\w-]{0,30})(?:[ ][^<>\n]{0,200})?[ ]?(?P<void>/?)>")
_OF_LINES = """
br p div li ul ol dl dt dd hr h1 h2 h3 h4 h5 h6 section article main body html
"""
_BREAKS = frozenset(_OF_LINES.split())
_BOLD = ("b", "strong")
_KEPT = re.compile(
    r"(?:[biuqsa]|em|strong|su[bp]|code|span|mark|small|font|del|ins|kbd|details|summary|t[rdh]|table|thead|tbody|math|m\w"
    r"|(?:final_?)?(?:answer|ans|choice|result|solution|output|response)|final|think\w*|.{1,3})",
    re.IGNORECASE,
)
"""Elements that stand within a line, and those that are read where they stand."""
ELEMENTS = 2000


def _without_elements(text: str) -> str:
    tags = list(islice(_ELEMENT.finditer(text), ELEMENTS))
    opens = {tag["name"] for tag in tags if not tag["slash"]}
    paired = opens & {tag["name"] for tag in tags if tag["slash"]}
    pieces: list[str] = []
    at = 0
    for tag in tags:
        name = tag["name"].lower()
        if name in _BOLD and tag["name"] in paired:
            pieces += [text[at : tag.start()], _starred(tag, at == tag.start() and bool(pieces))]
            at = tag.end()
        if name not in _BREAKS and (tag["name"] not in paired or _KEPT.fullmatch(name)):
            continue
        pieces += [text[at : tag.start()], _in_place_of(tag, name)]
        at = tag.end()
    return "".join(pieces) + text[at:]


def _starred(tag: re.Match[str], begins: bool) -> str:
    """begins: right behind another element; then the line begins with the stars, not with blanks."""
    room = len(tag.group())
    return "**".ljust(room) if tag["slash"] else "**".rjust(room, "\n" if begins else " ")


def _in_place_of(tag: re.Match[str], name: str) -> str:
    room = len(tag.group())
    if name == "li":
        return "\n" + "- ".rjust(room - 1) if not tag["slash"] else " " * room
    if name == "br":
        return " " * (room - 1) + ("\n" if tag.string[tag.end() : tag.end() + 1] != "\n" else " ")
    return "\n" + " " * (room - 2) + "\n"


def _blanks(match: re.Match[str]) -> str:
    return " " * len(match.group())
