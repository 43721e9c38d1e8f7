r"""A reply inside of something that holds it: a JSON object, a call of a tool, markup.

`opened` takes the wrapping off and keeps every character where it was, so places in the opened text are places in the
reply. Strings are unescaped (`\\n`, `\\\\frac`), quotes and brackets become blanks or line ends.

An object is opened only by a key that is a name of the answer and nothing else (`"My Answer"`, `"final_result"`; not
`"common_wrong_answer"`, `"number_of_answers"`), and only where nothing but a fence, a closing tag or a goodbye follows
it and the prose in front of it gives no answer of its own. What its long members say stays apart as `beside`, for a
scorer that has to see whether the two agree (`agreed`).

Not covered, and read as it stands: objects without such a key or with two that differ, an answer of several named
values, objects that break off, strings with quotes that are not escaped, several objects (the last one is read), YAML.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from evalkit import types
from evalkit.reading import answers, asides, english, markup
from evalkit.reading.blocks import is_bare
from evalkit.reading.members import DEPTH, BrokenError, Member, Reader
from evalkit.reading.plain import CAP, SAYS

TRIES = 6
"""Braces that are tried as the beginning of an object."""
SHORT = 8
"""Words of a member that is short."""


@dataclass(frozen=True, slots=True)
class Opened:
    """text: as long as the reply; beside: likewise, only the long members beside the answer, "" without any."""

    text: str
    beside: str = ""


@lru_cache(maxsize=4)
def opened(reply: str) -> Opened:
    """The reply without what holds it; itself where nothing does."""
    text = reply[:CAP] if len(reply) > CAP else reply
    return _object(text) or Opened(markup.without(text))


def agreed(conversation: types.Conversation, judge: Callable[[types.Conversation], types.Score]) -> types.Score:
    """What `judge` says of a reply without what holds it; None where an object's answer and its explanation come to
    different verdicts.

    The explanation counts where it concludes, or comes to the staff's answer and the answer's place does not.
    """
    held = opened(conversation.text)
    found = judge(_saying(conversation, held.text))
    if not held.beside or found.value is None:
        return found
    other = judge(_saying(conversation, held.beside))
    if other.value is None or other.value == found.value or not (other.value == 1 or _concludes(held.beside)):
        return found
    return replace(found, value=None, reason=f"the answer and its explanation differ: {found.reason} / {other.reason}")


def _saying(conversation: types.Conversation, text: str) -> types.Conversation:
    return (
        conversation if text is conversation.text else replace(conversation, replies=(*conversation.replies[:-1], text))
    )


def _concludes(text: str) -> bool:
    cuts = english.sentences(text[-2000:].rstrip())
    return bool(cuts) and english.CONCLUDES.search(text[-2000:], cuts[-1][0]) is not None


# ---------------------------------------------------------------- which object, and which member

_OPENS = re.compile(r"\{\s{0,40}[\"'][^\"'\n]{1,80}[\"']\s{0,4}:")
_BEHIND = re.compile(r"(?:[\s`;~]|</?[\w|]{1,30}>)*")
_FENCED = re.compile(r"(?:```|~~~)[ \t]*[\w-]{0,20}[ \t]*\n?\s*\Z|(?:<\|?[\w ]{1,30}\|?>\s*)+\Z")
_OF_ANSWER = re.compile(
    r"(?:(?:the|my|your)[\s_-]*)?(?:(?:(?:final|correct|chosen|selected)[\s_-]*)?(?:answers?|choice|option)"
    r"|(?:final[\s_-]*)?(?:results?|solution)|final)",
    re.IGNORECASE,
)
_OF_CALL = re.compile(r"(?:tool|function|action|call)?[\s_-]*(?:name|type|id|tool|function|action)", re.IGNORECASE)
_FLAG = re.compile(r"\s*(?:true|false)\s*", re.IGNORECASE)


def _object(text: str) -> Opened | None:
    starts = [match.start() for match in _OPENS.finditer(text)] if ":" in text and "}" in text else []
    end = tries = 0
    last: tuple[int, list[Member]] | None = None
    for start in starts:
        if start < end or tries == TRIES:
            continue
        try:
            members, end = Reader(text, start).read()
        except BrokenError:
            tries += 1
            continue
        last = start, members
    if last is None:
        return None
    start, members = last
    behind = _BEHIND.match(text, end)
    stop = behind.end() if behind else end
    if text[stop:].strip() and not asides.is_goodbye(text[stop:]):
        return None
    told = _held(text, members)
    slot = _slot(text, told)
    fence = _FENCED.search(text, max(0, start - 80), start)
    opens = fence.start() if fence else start
    if slot is None or _answers(text[:opens]):
        return None
    return _rendered(text, (opens, stop), slot, [m for m in told if m is not slot and not _is_short(text, m)])


def _answers(prose: str) -> bool:
    """Whether what stands in front of an object gives an answer itself."""
    first = next(answers.places(prose), None) if SAYS.search(prose) else None
    return first is not None and (first.explicit or first.how == "marked")


def _key(text: str, member: Member) -> str:
    return text[slice(*member.key)].strip()


def _is_key(text: str, member: Member) -> bool:
    return _OF_ANSWER.fullmatch(_key(text, member)) is not None


def _held(text: str, members: Sequence[Member]) -> list[Member]:
    """The members that say something; of a call, or of an object that only holds another one, those of that."""
    for _ in range(DEPTH):
        inner = [m for m in members if m.nested]
        others = [m for m in members if not m.nested]
        if len(inner) != 1 or _is_key(text, inner[0]) or not all(_OF_CALL.fullmatch(_key(text, m)) for m in others):
            break
        members = inner[0].nested
    return [m for m in members if any(SAYS.search(text, *leaf) for leaf in m.leaves)]


def _slot(text: str, told: Sequence[Member]) -> Member | None:
    """The one member that is the answer by its key."""
    slots = [m for m in told if _is_key(text, m)]
    said = {" ".join(text[slice(*leaf)] for leaf in m.leaves) for m in slots}
    if len(said) != 1 or slots[-1].objects:
        return None
    slot = slots[-1]
    if _key(text, slot).lower().endswith("final") and _FLAG.fullmatch(text, *slot.value):
        return None  # says that it is the last one
    named = [_key(text, m).lower() for m in slot.nested]
    return slot if len(named) < 2 or named == ["value", "unit"] else None


def _is_short(text: str, member: Member) -> bool:
    if member.objects:
        return False
    told = [text[slice(*leaf)] for leaf in member.leaves]
    return len(told) <= 60 and all(is_bare(said, SHORT) and len(english.sentences(said)) < 2 for said in told)


# ---------------------------------------------------------------- how it is written


def _rendered(text: str, place: tuple[int, int], slot: Member, long: Sequence[Member]) -> Opened:
    """place: of the object with its fence. A short answer stands behind a label, where its key is."""
    opens, stop = place
    whole = text[:opens] + _written(text, place, [slot]) + text[stop:]
    if not _is_short(text, slot):
        return Opened(whole)
    first, begins = max(slot.value[0] - 9, opens), slot.leaves[0][0]
    if begins - first >= 9 and not whole[first:begins].strip():
        whole = whole[:first] + "\n" + markup.label(begins - first - 1) + whole[begins:]
    beside = " " * opens + _written(text, place, long) + " " * (len(text) - stop) if long else ""
    return Opened(whole, beside)


def _written(text: str, place: tuple[int, int], chosen: Sequence[Member]) -> str:
    """An object's place with nothing but what some members say, several of them below their keys."""
    opens, stop = place
    canvas = list(" " * stop)
    for member in chosen:
        _write(canvas, text, member, named=len(chosen) > 1)
    last = max(leaf[1] for member in chosen for leaf in member.leaves)
    for at in range(max(last, stop - 2), stop):
        canvas[at] = "\n"
    return "".join(canvas[opens:])


def _write(canvas: list[str], text: str, member: Member, *, named: bool) -> None:
    """A member's key and strings onto blanks, from a line of its own on."""
    start = member.key[0] - 1 if named else member.value[0] - 1
    canvas[start] = "\n"
    if start > 0 and canvas[start - 1] == " ":
        canvas[start - 1] = "\n"
    if named:
        low, high = member.key
        canvas[low:high] = text[low:high]
        canvas[high] = ":"
    several = len(member.leaves) > 1 and not _is_short(text, member)
    for index, (low, high) in enumerate(member.leaves):
        told = text[low:high]
        canvas[low:high] = _unescaped(told) if "\\" in told else told
        if several:
            canvas[low - 1] = "\n"
        elif index + 1 < len(member.leaves) and not member.nested:
            canvas[high] = ","


_ESCAPE = re.compile(r"(?P<run>(?:\\\\)+)|\\(?P<sign>[nrtbf\"'/])|\\u(?P<code>[0-9a-fA-F]{4})")
_ESCAPED_TEXT = re.compile(
    r"(?P<run>(?!))|\\(?P<sign>n(?!(?:eq?|u|abla|ot|otin)(?![a-z]))|[\"'/])|\\u(?P<code>[0-9a-fA-F]{4})"
)
"""Where no backslash is doubled, which a command of LaTeX (`\\tau`) would have to be: only what none of them is."""
_DOLLAR = re.compile(r"(\$|\\[()\[\]])")
_SIGNS = {"n": " \n", "r": "  ", "t": "  ", "b": "  ", "f": "  "}


def _unescaped(told: str) -> str:
    """As long as it was. Formulas that nobody escaped (`$\\tau$` without a doubled backslash anywhere) stay."""
    if "\\\\" in told:
        return _ESCAPE.sub(_sign, told)
    pieces = _DOLLAR.split(told)  # text, dollar, formula, dollar, text, ...
    return "".join(piece if at % 4 else _ESCAPED_TEXT.sub(_sign, piece) for at, piece in enumerate(pieces))


def _sign(match: re.Match[str]) -> str:
    if match["run"]:
        half = len(match["run"]) // 2
        return " " * half + "\\" * half
    if match["code"]:
        char = chr(int(match["code"], 16))
        return (char if char.isprintable() else " ") + "     "
    return _SIGNS.get(match["sign"], " " + match["sign"])
