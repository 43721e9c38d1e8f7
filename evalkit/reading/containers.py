r"""A reply inside of something that holds it: a JSON object, a call of a tool, a YAML block, markup.

`opened` takes the wrapping off and keeps every character where it was, so places in the opened text are places in the
reply. Strings are unescaped (`\\n`, `\\\\frac`), quotes, brackets and tags become blanks or line ends.

Of an object's members one is the answer: the last one whose key ends with a word for an answer (`"My Answer"`,
`"final_result"`), else by the object's shape the only short one beside long ones (`"Work": "...", "y": "3x - 4"`).
Members that speak of the reply or name something (`"confidence": 0.9`, `"unit": "km"`) are no answer. Without one the
long members are paragraphs, each below its key. What the long members say stays apart as `beside`, for a scorer that
has to see whether the two agree (`agreed`).

Read are an object or a block of YAML that nothing but a fence, a closing tag or a goodbye follows, a last line
`Action: Finish[84]`, elements (`<value>84</value>`) and line breaks of HTML, `> [!NOTE]`.

Not covered: objects that break off, strings with quotes that are not escaped, arrays of objects as an answer, several
objects (the last one is read), elements with the names of inline HTML or of special tokens.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

from evalkit import types
from evalkit.reading import asides, english, markup
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
    for held in (_object(text), _yaml(text)):
        if held is not None:
            return held
    return Opened(markup.without(text))


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


# ---------------------------------------------------------------- objects

_OPENS = re.compile(r"\{\s{0,40}[\"'][^\"'\n]{1,80}[\"']\s{0,4}:")
_BEHIND = re.compile(r"(?:[\s`;~]|</?[\w|]{1,30}>)*")
_FENCED = re.compile(r"(?:```|~~~)[ \t]*[\w-]{0,20}[ \t]*\n?\s*\Z|(?:<\|?[\w ]{1,30}\|?>\s*)+\Z")


def _object(text: str) -> Opened | None:
    starts = [match.start() for match in _OPENS.finditer(text)] if ":" in text and "}" in text else []
    end = 0
    last: tuple[int, int, list[Member]] | None = None
    tries = 0
    for start in starts:
        if start < end or tries == TRIES:
            continue
        try:
            members, stop = Reader(text, start).read()
        except BrokenError:
            tries += 1
            continue
        last, end = (start, stop, members), stop
    if last is None or not last[2]:
        return None
    behind = text[_BEHIND.match(text, last[1]).end() :]  # type: ignore[union-attr]
    if behind.strip() and not asides.is_goodbye(behind):
        return None
    return _rendered(text, last[0], last[1], last[2], unescape=True)


# ---------------------------------------------------------------- YAML

_YAML = re.compile(r"(?ms)^[ \t]{0,4}(?:```|~~~)(?:ya?ml|toml)[ \t]*\n(?P<inside>.{1,20000}?)^[ \t]{0,4}(?:```|~~~)")
_ENTRY = re.compile(r"(?m)^(?P<key>[^\W\d][\w -]{0,40}?)[ ]?[:=][ \t]*(?P<value>[^\n]*(?:\n(?:[ \t]+|-[ ])[^\n]*)*)")


def _yaml(text: str) -> Opened | None:
    if "```" not in text and "~~~" not in text:
        return None
    blocks = list(islice(_YAML.finditer(text), 20))
    if not blocks or SAYS.search(text, blocks[-1].end()):
        return None
    start, end = blocks[-1].span("inside")
    members = []
    for entry in islice(_ENTRY.finditer(text, start, end), 60):
        low, high = entry.span("value")
        inner = text[low:high]
        cut = re.match(r"[|>][+-]?[ \t]*\n", inner)
        low += cut.end() if cut else 0
        quoted = high - low > 2 and text[low] in "\"'" and text[high - 1] == text[low]
        leaf = (low + 1, high - 1) if quoted else (low, high)
        members.append(Member(entry.span("key"), (low, high), (leaf,) if leaf[1] > leaf[0] else ()))
    return _rendered(text, blocks[-1].start(), blocks[-1].end(), members, unescape=False) if members else None


# ---------------------------------------------------------------- which member, and how it is written

_ANSWERS = re.compile(
    r"(?:\A|[\W_]|(?<=[a-z]))(?:answers?|results?|choice|solutions?|Answers?|Results?|Choice|Solutions?|option)\Z"
    r"|\A(?:ANSWER|RESULT|FINAL_ANSWER|ans|final)\Z|\A(?:final|correct|selected|chosen)[_ ]?(?:answer|value)",
    re.IGNORECASE,
)
_SPEAKS_OF = re.compile(
    r"(?:\A|[\W_])(?:confidence|certainty|score|rating|difficulty|level|units?|topic|subject|category|language|time"
    r"|id|status|type|name|title|question|problem|model|version|correct|verified|final)\Z",
    re.IGNORECASE,
)
"""What a member that is no answer says of the reply, or names."""


def _rendered(text: str, start: int, end: int, members: Sequence[Member], *, unescape: bool) -> Opened | None:
    members = _arguments(text, members)
    told = [m for m in members if any(SAYS.search(text, *leaf) for leaf in m.leaves)]
    slot = next((m for m in reversed(told) if _ANSWERS.search(text[slice(*m.key)].strip())), None)
    told = [m for m in told if m is slot or not _SPEAKS_OF.search(text[slice(*m.key)].strip())]
    short = [m for m in told if _is_short(text, m)]
    long = [m for m in told if m not in short]
    if slot is None and len(short) == 1 and long:
        slot = short[0]
    if (slot is None and short) or not told or (slot is not None and slot.objects):
        return None  # several short ones: which of them answers cannot be told
    fence = _FENCED.search(text, max(0, start - 80), start)
    opens = fence.start() if fence else start
    behind = _BEHIND.match(text, end)
    stop = behind.end() if behind else end

    def written(chosen: Sequence[Member], *, keys: bool, before: str) -> str:
        canvas = list(before + " " * (stop - opens))
        for member in chosen:
            _write(canvas, text, member, named=keys, unescape=unescape)
        last = max(leaf[1] for member in chosen for leaf in member.leaves)
        for at in range(max(last, stop - 2), stop):
            canvas[at] = "\n"
        return "".join(canvas) + (text[stop:] if before.strip() or not keys else " " * (len(text) - stop))

    prose = [m for m in long if m is not slot]
    if slot is None:
        return Opened(written(prose, keys=len(prose) > 1, before=text[:opens]))
    whole = written([slot], keys=False, before=text[:opens])
    if not _is_short(text, slot):
        return Opened(whole)
    first = max(slot.value[0] - 9, opens)
    room = slot.leaves[0][0] - first
    if room >= 9 and not whole[first : slot.leaves[0][0]].strip():
        whole = whole[:first] + "\n" + markup.label(room - 1) + whole[slot.leaves[0][0] :]
    return Opened(whole, written(prose, keys=len(prose) > 1, before=" " * opens) if prose else "")


def _arguments(text: str, members: Sequence[Member]) -> Sequence[Member]:
    """Of a call, or of an object that only holds another one, the members of that."""
    for _ in range(DEPTH):
        inner = [m for m in members if m.nested]
        others = [m for m in members if not m.nested]
        answers = any(_ANSWERS.search(text[slice(*m.key)].strip()) for m in others)
        if len(inner) != 1 or answers or not all(_is_short(text, m) for m in others):
            break
        if _ANSWERS.search(text[slice(*inner[0].key)].strip()) and not any(
            _ANSWERS.search(text[slice(*m.key)].strip()) for m in inner[0].nested
        ):
            break  # `"answer": {"value": 84, "unit": "km"}`
        members = inner[0].nested
    return members


def _is_short(text: str, member: Member) -> bool:
    if member.objects:
        return False
    told = [text[slice(*leaf)] for leaf in member.leaves]
    return len(told) <= 60 and all(is_bare(said, SHORT) and len(english.sentences(said)) < 2 for said in told)


def _write(canvas: list[str], text: str, member: Member, *, named: bool, unescape: bool) -> None:
    """A member's key and strings onto blanks, from a line of its own on."""
    start = member.key[0] - 1 if named else member.value[0] - 1
    if start >= 0:
        canvas[start] = "\n"
    if start > 0 and canvas[start - 1] == " ":
        canvas[start - 1] = "\n"
    if named:
        low, high = member.key
        canvas[low:high] = text[low:high]
        canvas[high] = ":"
    several = len(member.leaves) > 1 and not _is_short(text, member)
    keyed = [m for m in member.nested if m.leaves]
    named_values = len(keyed) > 1 and not (len(keyed) == 2 and re.match(r"\s*-?\d", text[keyed[0].leaves[0][0] :][:20]))
    for inner in keyed if named_values else ():
        low, high = inner.key
        canvas[low:high] = text[low:high]
        canvas[high] = "="
    for index, (low, high) in enumerate(member.leaves):
        told = text[low:high]
        canvas[low:high] = _unescaped(told) if unescape and "\\" in told else told
        if several and low > 0:
            canvas[low - 1] = "\n"
        elif index + 1 < len(member.leaves) and (named_values or not member.nested):
            canvas[high] = ","


_ESCAPE = re.compile(
    r"(?P<run>(?:\\\\)+)"
    r"|(?P<command>\\(?=(?:frac|forall|times|text|theta|tan|tau|to|neq?|nabla|nu|not|right|rho|rangle|beta|begin|bar"
    r"|binom|boxed|bm|big)(?![a-z])|(?:math|text|left|right|d?frac|begin|sqrt)))"
    r"|\\(?P<sign>[nrtbf\"'/])|\\u(?P<code>[0-9a-fA-F]{4})"
)
_SIGNS = {"n": " \n", "r": "  ", "t": "  ", "b": "  ", "f": "  "}


def _unescaped(told: str) -> str:
    """As long as it was. A command of LaTeX that nobody escaped (`\\frac`) stays one."""

    def sign(match: re.Match[str]) -> str:
        if match["run"]:
            half = len(match["run"]) // 2
            return " " * half + "\\" * half
        if match["command"]:
            return match[0]
        if match["code"]:
            char = chr(int(match["code"], 16))
            return (char if char.isprintable() else " ") + "     "
        return _SIGNS.get(match["sign"], " " + match["sign"])

    return _ESCAPE.sub(sign, told)
