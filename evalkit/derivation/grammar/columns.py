r"""Columns of a display (`a &= b & c &= d`: two statements), and conditions that end its rows (`f &= a, \quad x \ge 0`).

Not covered: products that reach over a mark (`x = 2a & b = ...` is two statements), rows that go on in each column.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from evalkit.derivation.grammar.signs import EQUAL, ORDER, OTHER
from evalkit.derivation.grammar.stream import NESTING, nesting
from evalkit.derivation.grammar.tokens import OPEN, Token

MARK = "&"
"""The text of a blank that stands for a mark of alignment, and of one that separates columns."""
_RELATIONS = EQUAL | ORDER | OTHER
_SIGNS = _RELATIONS | {"+", "-", "cdot", "times", "pm", "mp", "/", "*"}
_BETWEEN = frozenset({"and", "or", "so", "hence", "thus", "then", "therefore", "und", "also"})
"""Words behind which the next statement goes on by itself."""


def columns(tokens: Sequence[Token]) -> list[Token]:
    """With a wide space for every mark between two statements, and without the numbers that end rows, `& (1)`."""
    if not any(is_mark(t) for t in tokens):
        return list(tokens)
    out: list[Token] = []
    related = above = begun = False
    depth = at = 0
    while at < len(tokens):
        token = tokens[at]
        at += 1
        depth = max(0, depth + (nesting(token) if token.kind in NESTING else 0))
        if token.kind == "nl" and depth == 0:
            related, above, begun = False, related, False
        elif is_mark(token) and depth == 0 and related and not is_joined(out, tokens, at):
            cell = rest_of(tokens, at)
            if is_number_of_row(cell):
                at += len(cell)
                continue
            if has_relation(cell):
                token, related = Token("qd", MARK, token.start, token.end), False
        elif not is_blank(token) and depth == 0:
            related = related or is_relation(token) or (not begun and above and is_sign(token))
            begun = True
        out.append(token)
    return out


def is_mark(token: Token) -> bool:
    return token.kind == "sp" and token.text == MARK


def is_blank(token: Token) -> bool:
    return token.kind in ("sp", "qd")


def is_relation(token: Token) -> bool:
    return token.kind in ("op", "cmd") and token.text in _RELATIONS


def is_sign(token: Token) -> bool:
    return token.kind in ("op", "cmd") and token.text in _SIGNS


def is_joined(out: Sequence[Token], tokens: Sequence[Token], at: int) -> bool:
    """Whether a sign stands beside a mark, which then aligns; a relation behind two marks begins another column."""
    before = next((t for t in reversed(out) if not is_blank(t)), None)
    place = next((i for i in range(at, min(at + 6, len(tokens))) if not is_blank(tokens[i])), len(tokens) - 1)
    behind = tokens[place]
    if is_relation(behind) and any(map(is_mark, tokens[at:place])):
        return False
    empty = before is not None and before.text == "}" and len(out) > 1 and out[-2].text == "{"
    opened = before is not None and before.text in OPEN
    return empty or opened or any(t is not None and (is_sign(t) or t.kind == "nl") for t in (before, behind))


def rest_of(tokens: Sequence[Token], at: int) -> Sequence[Token]:
    """What follows up to the end of the row."""
    depth = 0
    for place in range(at, len(tokens)):
        depth += nesting(tokens[place]) if tokens[place].kind in NESTING else 0
        if depth < 0 or (depth == 0 and tokens[place].kind == "nl"):
            return tokens[at:place]
    return tokens[at:]


def is_number_of_row(cell: Sequence[Token]) -> bool:
    texts = [t for t in cell if not is_blank(t)]
    return [t.text for t in (*texts[:1], *texts[2:])] == ["(", ")"] and texts[1].kind in ("num", "id")


def has_relation(tokens: Iterable[Token]) -> bool:
    """Whether an equals sign or the like stands there outside of brackets."""
    depth = 0
    for token in tokens:
        depth += nesting(token) if token.kind in NESTING else 0
        if depth <= 0 and is_relation(token):
            return True
    return False


def conditioned(row: Sequence[Token]) -> int:
    r"""Where the condition begins that ends a row: `f = a, \quad x \ge 0`, `f = a \text{ where } x = y`; its length without one."""
    depth, related, end = 0, False, len(row)
    for at, token in enumerate(row):
        depth += nesting(token) if token.kind in NESTING else 0
        if depth > 0:
            continue
        if (
            is_relation(token)
            and end < len(row)
            and not all(t.kind in ("sp", "qd", "text") or t.text == "," for t in row[end:at])
        ):
            words = {t.text.strip(" ,.").lower() for t in row[end:at] if t.kind == "text"}
            claims = words & _BETWEEN or (not words and token.text in EQUAL)
            return len(row) if claims else end
        if is_relation(token):
            related, end = True, len(row)
        elif related and end == len(row) and token.kind in ("text", "qd"):
            end = at
    return len(row)
