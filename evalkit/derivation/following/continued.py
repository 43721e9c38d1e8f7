r"""A display that begins with `=` goes on with the display before it: "We expand $$(a - b)^2$$ and get $$= a^2 - 2ab + b^2$$".

Where an equation of its own stands between ("with $$I + AB = C$$ this is $$= D$$") nothing tells which is meant, and the
display is left as it is, unless nothing stands between these two. So does a line that begins with `$= ...$`, or with `= ...`
in plain text, where the mathematics before it ends its line. Not covered: other mathematics within a line, and other relations than an equation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from evalkit.derivation.grammar.lexer import Token
from evalkit.derivation.grammar.nodes import Unreadable
from evalkit.derivation.grammar.relations import EQUAL, ORDER, Statement
from evalkit.derivation.text.document import Document, MathSpan

MAX_GAP = 600
"""How many characters of prose may stand between the two displays."""
LINES = 120
_LINES = re.compile(r"[ \t.,;:]*\n(?:[^\n=]*\n)*[ \t]*")
"""What stands between mathematics that ends its line and mathematics that begins one."""
_COMMA = re.compile(r"[ \t]*,[ \t]*")
_BLANK = re.compile(r"[ \t.,;:]{0,20}\n\s{0,60}")
_ONLY_BLANK = re.compile(r"[\s.,;:>]{0,60}")
"""Between two displays of which the other goes on with the one."""
_BEGINS = re.compile(
    r"(?:[\s&~]|\{\}|\\(?:[,;:!> ]|(?:q?quad|(?:display|text)style|hfill)(?![A-Za-z])|h?phantom\{[^{}]{0,80}\}|begin\{(?:aligned|align\*?|split)\}))*"
    r"=(?![>=])"
)
"""A `=` behind spaces and commands that set it in its place: `\\quad = x`, `\\phantom{f} = x`."""
_ITEM = re.compile(r"\s*(?:\*\*|#{1,6} |\(?(?:\d{1,2}|[a-z])[.)]\s)")
"""The beginning of a line that begins something: bold, a heading, `2.`, `(b)`."""
GOES_ON = "="
"""`Statement.joined` of a statement that goes on with another one."""
Found = list[Statement] | Unreadable


def with_displays_before(document: Document, spans: Sequence[MathSpan], found: Sequence[Found]) -> list[Found]:
    """The statements of every span; those that begin with `=` have the last side of the display before on their left."""
    out: list[Found] = []
    last: tuple[MathSpan, Sequence[Token]] | None = None
    running = aside = False  # the display before goes on with another; it does not, and one before it did
    for number, (span, statements) in enumerate(zip(spans, found, strict=True)):
        if not span.display or span.bare:
            at = sign(document.text, span)
            if (
                at is not None
                and number
                and follows(document.text, spans[number - 1], span)
                and not ends_a_list(document.text, spans[:number], out)
            ):
                statements = joined(
                    at, statements, last_side(out[-1], alone=spans[number - 1].plain or spans[number - 1].bare)
                )
            out.append(statements)
            continue
        near = last is not None and document.section(last[0].start) == document.section(span.start)
        near = near and last is not None and span.outer_start - last[0].outer_end <= MAX_GAP
        at = sign(document.text, span)
        asked = asked_before(document.text, spans[number - 1], out[-1], span) if number else ()
        if at is None:
            aside = near and running
        elif asked:
            statements = joined(at, statements, asked)
        elif (
            last is not None
            and near
            and (not aside or _ONLY_BLANK.fullmatch(document.text, last[0].outer_end, span.outer_start))
        ):
            statements = joined(at, statements, last[1])
        out.append(statements)
        running = at is not None
        aside = aside and not running
        side = last_side(statements)
        last = (span, side) if side else None
    return out


def asked_before(text: str, before: MathSpan, found: Found, span: MathSpan) -> Sequence[Token]:
    """An expression that ends the line right before the display, where that begins an item: `**Example 2:** Find $e^2$`."""
    if before.display or _ONLY_BLANK.fullmatch(text, before.outer_end, span.outer_start) is None:
        return ()
    line = text[text.rfind("\n", 0, before.outer_start) + 1 : before.outer_start]
    alone = not isinstance(found, Unreadable) and len(found) == 1 and not found[0].ops
    return last_side(found) if alone and _ITEM.match(line) else ()


def follows(text: str, before: MathSpan, span: MathSpan) -> bool:
    """Whether a line begins with the one, and one ended with the other; at most a few words of their own lines stand between."""
    between = text[before.outer_end : span.outer_start]
    if span.named:  # behind a name in words that the line before has, too
        between = between[: between.rfind("\n") + 1]
    if span.bare and before.bare:
        return _BLANK.fullmatch(between) is not None
    return len(between) <= LINES and _LINES.fullmatch(between) is not None


def ends_a_list(text: str, before: Sequence[MathSpan], found: Sequence[Found]) -> bool:
    """Whether the last mathematics is of several equations, `x = 2, y = 3`: the next line need not go on with the last."""
    sizes = [0 if isinstance(f, Unreadable) else sum(bool(s.ops) for s in f) for f in found[-2:]]
    if sizes[-1] != 1 or len(before) < 2:
        return sizes[-1] > 1
    return sizes[0] > 0 and _COMMA.fullmatch(text, before[-2].outer_end, before[-1].outer_start) is not None


def sign(text: str, span: MathSpan) -> int | None:
    """The place of the `=` with which a span begins, behind what sets it only in its place."""
    found = _BEGINS.match(text, span.start, span.end)
    return found.end() - 1 if found is not None else None


def joined(at: int, found: Found, left: Sequence[Token]) -> Found:
    """The statements with `left` before the first, at the place of the sign."""
    if isinstance(found, Unreadable) or not found:
        return found
    first = found[0]
    if first.before or at > first.start or not left:
        return found
    moved = tuple(token._replace(start=at, end=at) for token in left)
    ops = ("=", *first.ops)
    return [Statement((moved, *first.sides), ops, (), first.words, GOES_ON), *found[1:]]


def last_side(found: Found, *, alone: bool = True) -> Sequence[Token]:
    """What the next display may go on with: the last side of the last chain, or an expression that stands alone."""
    if (
        isinstance(found, Unreadable)
        or not found
        or not set(found[-1].ops) <= EQUAL | ORDER
        or not (alone or found[-1].ops)
    ):
        return ()
    return found[-1].sides[-1]
