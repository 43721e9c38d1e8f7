r"""Which formulas of a place are the answer: `$x=2$ and $x=5$` are one, `$k^2-k$, where $k$ is ...` is the first.

Not covered: solutions that stand in separate sentences or lines, formulas in the words of a table's head.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from evalkit.reading.answers import Answer
from evalkit.reading.labels import BOX
from evalkit.reading.maths import nodes, solutions
from evalkit.reading.maths.latex import tokens
from evalkit.reading.maths.names import Unreadable, called, name
from evalkit.reading.maths.running import MATHS, RESULT, Span, bare, is_denied, stands_out
from evalkit.reading.plain import SAYS


@dataclass(frozen=True, slots=True)
class Formula:
    """LaTeX, and where it stands in the reply (several stretches where an answer is given in several formulas)."""

    latex: str
    spans: tuple[Span, ...]


_NAME_BEFORE = re.compile(r"(?<![A-Za-z\\])[A-Za-z](?:_\{?\w\}?)?\s*=\s*$")
_CONDITION_BEFORE = re.compile(
    r"\b(?:for|when|whenever|if|where|with|since|as|because|given|let|using|assuming|provided(?: that)?|of|in terms of)"
    r"(?: (?:all|any|every|each|the|some|both|a|an|that))?(?: [a-z]{3,12})?\s*$",
    re.IGNORECASE,
)
_ASSIGNED_WORD = re.compile(r"^\s*([A-Z]?[a-z]{2,}(?: [a-z]{2,}){0,3})\s*=")


def choose(reply: str, place: Answer, wanted: Sequence[str]) -> Formula | None:
    """The answer's formula, None where the place has none. wanted: the staff's tokens."""
    if place.how == "boxed":
        several = _count(wanted)
        boxes = _boxes(reply, place)
        if several > len(boxes):
            boxes = _in_displays(reply, place) or boxes
        return _written(reply, boxes) if len(boxes) == several > 1 else _joined(reply, boxes, last=True)
    several = _count(wanted)
    found = _stretches(place, several if several > 1 else _coordinates(wanted))
    if not found:
        return None
    kept = [span for span in found if not _aside(reply, place, span, wanted)]
    kept = kept or (bare(place) if all(_named(reply, span) for span in found) else []) or found
    if (
        len(kept) == max(several, _coordinates(wanted)) > 1
        and _alike(reply, kept)
        and all(_listed(reply, a, b) for a, b in pairwise(kept))
    ):
        return _written(reply, kept)
    return _joined(reply, kept, last=not place.explicit or _arrives(reply, place, kept))


_NEXT_ENTRY = re.compile(r"[\s$.,;)\]\\*]*\n[\s>]*(?:[-*+•]|\d[.)])?[\s$(\[\\*]*")


_NAME_IS = re.compile(r"[\s$\\(\[]*[^\W\d]\w{0,9}(?:_?\{\w{1,9}\})?\s*(?:\([^()=+*/^-]{0,20}\)\s*)?=(?!.*=)")


def _alike(reply: str, found: Sequence[Span]) -> bool:
    """Whether all formulas of a list give the value of a name, or none is an equation: not one and what solves it."""
    texts = [reply[slice(*span)] for span in found]
    return not any("=" in text for text in texts) or all(_NAME_IS.match(text) for text in texts)


def _listed(reply: str, one: Span, two: Span) -> bool:
    """Whether two formulas stand one below the other as entries of a list, or lines."""
    return _NEXT_ENTRY.fullmatch(reply, one[1], two[0]) is not None


def _arrives(reply: str, place: Answer, found: Sequence[Span]) -> bool:
    """Whether an explicit answer is a sentence that speaks of other formulas before it gives its own (`the distance
    between $P$ and $Q$ is $5$`)."""
    first, last = found[0], found[-1]
    begins = not SAYS.search(reply, place.start, first[0])
    before = _opened(reply[max(place.start, last[0] - 40) : last[0]]).rstrip("$(\\[ ")
    return (
        not begins
        and RESULT.search(before) is not None
        and not RESULT.search(reply[max(place.start, first[0] - 40) : first[0]].rstrip("$(\\[ "))
    )


def stated(text: str) -> str:
    """The staff's answer in a text with several formulas: all of them but conditions and what explains a letter."""
    place = Answer(text, 0, len(text), "labelled")
    found = [match.span(match.lastindex or 0) for match in MATHS.finditer(text)]
    if len(found) < 2:
        return text.strip().strip("$").strip()
    kept = [span for span in found if not _aside(text, place, span, ())] or found
    return r" \text{ and } ".join(text[slice(*span)].strip() for span in kept)


def _stretches(place: Answer, several: int = 1) -> list[Span]:
    """What stands between dollar signs or the like; without any the whole place, if it can be a formula."""
    spans = [match.span(match.lastindex or 0) for match in MATHS.finditer(place.text)]
    found = [(place.start + low, place.start + high) for low, high in spans]
    found = [span for span in found if not is_denied(place, span)]
    return found or [span for span in bare(place, several) if place.explicit or stands_out(place, span)]


def _named(reply: str, span: Span) -> bool:
    found = tokens(reply[slice(*span)][:400])
    return called(found) or _points(found)


def _points(found: Sequence[str]) -> bool:
    """`ABCD` names a figure."""
    return len(found) > 1 and all(len(t) == 1 and t.isupper() for t in found if t not in ("\\triangle", "\\angle"))


def _aside(reply: str, place: Answer, span: Span, wanted: Sequence[str]) -> bool:
    """Whether a formula only names or restricts what the answer speaks of."""
    found = tokens(reply[slice(*span)][:400])
    if (called(found) or _points(found)) and not (called(wanted) or _points(wanted)):
        return True
    if _CONDITION_BEFORE.search(reply[max(place.start, span[0] - 40) : span[0]].rstrip("$(\\[ ")):
        return True
    marks = {"<", ">", "\\le", "\\ge", "\\ne", "\\in"}
    return bool(marks & set(found)) and not marks & set(wanted) and not _is_set(wanted)


def _is_set(wanted: Sequence[str]) -> bool:
    try:
        node = solutions.read(wanted)
    except Unreadable:
        return False
    return isinstance(node, (nodes.Brackets, nodes.Braces, nodes.Named, nodes.Joined, nodes.Several))


def _count(wanted: Sequence[str]) -> int:
    """How many values the staff's answer lists."""
    try:
        node = solutions.read(wanted)
    except Unreadable:
        return 1
    return len(node.items) if isinstance(node, (nodes.Braces, nodes.Several)) else 1


def _coordinates(wanted: Sequence[str]) -> int:
    """How many coordinates the staff's point has, `(x, y) = (1, 2)` or `x = 1, y = 2`; 1 without one."""
    try:
        node = solutions.read(wanted)
    except Unreadable:
        return 1
    last = node.sides[-1] if isinstance(node, nodes.Relation) else node
    return len(last.items) if isinstance(last, nodes.Brackets) and (last.open, last.close) == ("(", ")") else 1


def _boxes(reply: str, place: Answer) -> list[Span]:
    """The boxes of the place's line, in order."""
    start = reply.rfind("\n", 0, place.start) + 1
    end = reply.find("\n", place.end)
    inside = [span for span in _all_boxes(reply, start, len(reply) if end < 0 else end) if span[0] <= place.end]
    return inside or [(place.start, place.end)]


_CONJUNCTION = re.compile(
    r"[\s$.,;&\\\[\]()]*(?:(?:\\text\s?\{\s?)?(?:and|or|[^\W\d_a-zA-Z][^\s\\{}]{0,20})\s?\}?[\s$.,;&\\\[\]()]*)?"
)
"""What stands between two displays that are one answer: `\\] or \\[`, in another script any one word."""
ABOVE = 1000
"""Characters above a box in which those before it are looked for."""


def _in_displays(reply: str, place: Answer) -> list[Span]:
    """The boxes of several displays between which nothing but a conjunction stands, in order."""
    found = _all_boxes(reply, max(0, place.start - ABOVE), place.end + 1)
    run = found[-1:]
    for span in reversed(found[:-1]):
        between = _opened(reply[span[1] + 1 : run[0][0]])
        if not _CONJUNCTION.fullmatch(between):
            break
        run.insert(0, span)
    return run if len(run) > 1 else []


def _all_boxes(reply: str, start: int, end: int) -> list[Span]:
    found: list[Span] = []
    for match in BOX.finditer(reply, start, end):
        close = _closing(reply, match.end())
        if close is not None and (not found or match.start() >= found[-1][1]):
            found.append((match.end(), close))
    return found


def _closing(text: str, at: int) -> int | None:
    depth = 1
    for match in re.compile(r"\\.|[{}]", re.DOTALL).finditer(text, at, at + 4000):
        depth += (match[0] == "{") - (match[0] == "}")
        if depth == 0:
            return match.start()
    return None


def _joined(reply: str, found: Sequence[Span], *, last: bool) -> Formula:
    """The first or last run of formulas between which nothing but commas and conjunctions stand."""
    runs = list(_runs(reply, found))
    return _written(reply, runs[-1 if last else 0])


def _written(reply: str, run: Sequence[Span]) -> Formula:
    """Several formulas as one, with the conjunctions and names that stand between them."""
    if len(run) == 1:
        return Formula(_worded(_as_set(reply[slice(*run[0])].strip())), (run[0],))
    pieces = []
    for i, (low, high) in enumerate(run):
        word = "or" if i and '"or' in _between(reply, run[i - 1], (low, high)) else "and"
        before = _NAME_BEFORE.search(_opened(reply[max(0, low - 40) : low]))
        pieces += [rf" \text{{ {word} }} "] if i else []
        pieces += [before[0] if before else "", reply[low:high].strip().rstrip(".,;")]
    return Formula("".join(pieces), tuple(run))


def _runs(reply: str, found: Sequence[Span]) -> Iterator[list[Span]]:
    run: list[Span] = []
    for span in found:
        if run and not (_linked(_between(reply, run[-1], span)) or _in_parallel(reply, run[-1], span)):
            yield run
            run = []
        run.append(span)
    yield run


def _between(reply: str, one: Span, two: Span) -> list[str]:
    """The tokens between two formulas."""
    return tokens("(" + _opened(reply[one[1] : two[0]][:160]) + ")")[1:-1]


def _opened(text: str) -> str:
    """Without the box that begins at its end."""
    return re.sub(r"\\(?:boxed|fbox)\s*\{$", "", text)


def _linked(between: Sequence[str]) -> bool:
    """Whether nothing but commas, a conjunction and perhaps the name of what follows stand there."""
    rest = [token for token in between if token not in ("}", ",", ";", ".", '"and', '"or', "$")]
    return not rest or (rest[-1] == "=" and name(rest[:-1]) is not None)


_CALLED = re.compile(r"(?:\A|[\s,;*.)])(?:[^\W\d_]\S{0,20}[ ]){0,2}[^\W\d_][^\s:]{0,20}\**[ ]?:[\s$(\[\\*]*\Z")


def _in_parallel(reply: str, one: Span, two: Span) -> bool:
    """Whether two formulas are each given behind a name and a colon: `centre: $(2, 1)$, radius: $3$`."""
    named = _CALLED.search(reply, max(0, one[0] - 60), one[0])
    between = reply[one[1] : two[0]][:80]
    return bool(named and re.match(r"[\s$\\)\].]*[,;\n]", between) and _CALLED.search(between))


_TYPED_SET = re.compile(r"(?:\A|(?<=[=∈:]\s)|(?<=[=∈:]))\{([^{}\\]{1,200})\}")


def _as_set(text: str) -> str:
    """`x ∈ {2, 3}` in plain typing: braces around values."""
    return text if "\\" in text else _TYPED_SET.sub(r"\\{\1\\}", text)


_DEGREES = re.compile(r"(?<=[\d}])\s*degrees?\s*$")
_HEADED = re.compile(r"^\\text\s?\{\s*(?:the |final )*answer(?: is)?\s*:?\s*\}", re.IGNORECASE)
_BOLD = re.compile(r"^\\(?:mathbf|boldsymbol|bm)\s?\{((?:[^{}]|\{[^{}]*\}){2,})\}$")
"""`\\mathbf{2x + 1}`: set in bold, no matrix."""
_ADDED = re.compile(r"(?<=\S)\s*\\(?:text|textrm|mbox|mathrm)\s*\{\s*(?:with|where|for|when|if|since|because|as)\b")
"""What a formula goes on with after the answer: a condition, a remark."""


def _worded(latex: str) -> str:
    """`Area = 5`: words before an equals sign are a name, as `\\text{Area} = 5` is; a remark behind it is left out."""
    added = _ADDED.search(latex)
    if added and latex.count(r"\begin", 0, added.start()) == latex.count(r"\end", 0, added.start()):
        latex = latex[: added.start()].rstrip(" ,;")  # in an environment it belongs to a piece
    latex = _BOLD.sub(r"\1", _HEADED.sub("", _DEGREES.sub(r"^\\circ", latex)).strip())
    return _ASSIGNED_WORD.sub(lambda m: rf"\text{{{m[1]}}} =", latex, count=1)
