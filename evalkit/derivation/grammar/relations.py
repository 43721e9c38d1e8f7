r"""Tokens of one stretch of mathematics -> statements: chains `A = B \le C`, split at rows, commas, arrows and words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evalkit.derivation.grammar.braces import matching, ungrouped
from evalkit.derivation.grammar.lexer import Token
from evalkit.derivation.grammar.stream import NESTING, nesting

EQUAL = {"=", ":=", "=:", "equiv"}
MEANS = "means"
"""`\\equiv` between statements."""
ORDER = {"<", ">", "leq", "geq"}
OTHER = {MEANS, "approx", "neq", "propto", "to", "in", "sim", "succeq", "succ", "preceq", "prec", "ll", "gg", "subset", "perp", "notin", "cong",
         "mapsto", "subseteq", "gtrsim", "lesssim", "asymp", "uparrow", "downarrow", "nearrow"}  # fmt: skip
_MATRIX = {"bmatrix", "pmatrix", "matrix", "smallmatrix", "Bmatrix", "array", "vmatrix", "Vmatrix", "cases"}
_BIG = ("int", "sum", "prod")
_SYSTEM = ("cases", "array")
_SEPARATORS = {
    "Rightarrow",
    "Leftrightarrow",
    "wedge",
    "forall",
    "exists",
    "mid",
    "Leftarrow",
    "vee",
    "rightarrow",
    "leftarrow",
}

MARK = "&"
"""The text of a blank that stands for a mark of alignment."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A chain: `len(ops) + 1` sides. No ops: an expression that is only mentioned. `before`: bare items of a list before it."""

    sides: tuple[tuple[Token, ...], ...]
    ops: tuple[str, ...]
    before: tuple[tuple[Token, ...], ...] = ()
    words: str = ""
    """Prose inside the mathematics that stands before the statement."""
    joined: str = ""
    """`Rightarrow` or the like where an arrow leads here."""

    @property
    def start(self) -> int:
        return min(t.start for side in self.sides for t in side)

    @property
    def end(self) -> int:
        return max(t.end for side in self.sides for t in side)


def statements(tokens: Sequence[Token]) -> list[Statement]:
    """Every statement of a stretch of mathematics, in order."""
    out: list[Statement] = []
    for row in rows(unwrapped(ungrouped(fractions(tokens)))):
        out.extend(row_statements(row))
    return out


def fractions(tokens: Sequence[Token]) -> Sequence[Token]:
    r"""`{a \over b}` as `\frac{a}{b}`, and `{\int}_0^1` as `\int_0^1`."""
    if not any(t.kind == "cmd" and t.text in ("over", *_BIG) for t in tokens):
        return tokens
    out: list[Token] = []
    opened: list[int] = []
    for token in tokens:
        if token.kind == "op" and token.text == "{":
            opened.append(len(out))
        elif (token.kind, token.text) == ("op", "}") and opened and opened.pop() == len(out) - 2 and is_big(out[-1]):
            del out[-2]
            continue
        if token.kind == "cmd" and token.text == "over" and opened:
            first = out[opened[-1]]
            out.insert(opened[-1], Token("cmd", "frac", first.start, first.start, first.glued))
            opened[-1] += 1
            out += [Token("op", "}", token.start, token.start, True), Token("op", "{", token.end, token.end, True)]
        else:
            out.append(token)
    return out


def is_big(token: Token) -> bool:
    return token.kind == "cmd" and token.text in _BIG


def unwrapped(tokens: Sequence[Token]) -> list[Token]:
    """Without boxes, alignment marks and environments of layout; `\\overset{a}{=}` becomes `=`."""
    out: list[Token] = []
    ends: list[bool] = []  # for each open brace: drop its closing one
    depth = open_system = 0  # of matrix environments; of systems of equations
    at = 0
    while at < len(tokens):
        token = tokens[at]
        at += 1
        if token.kind == "env":
            kind, _, name = token.text.partition(":")
            if depth == 0 and name in _SYSTEM and kind == "begin" and is_system(out, tokens, at):
                while out and out[-1].text in ("\\{", "{"):
                    if out.pop().text == "{" and ends:
                        ends[-1] = True
                out.append(Token("nl", "\\\\", token.start, token.end))
                at = matching(tokens, at) + 1 if name == "array" and tokens[at].text == "{" else at
                open_system += 1
            elif depth == 0 and open_system and name in _SYSTEM and kind == "end":
                open_system -= 1
                out.append(Token("nl", "\\\\", token.start, token.end))
            elif name in _MATRIX:
                depth += 1 if kind == "begin" else -1
                out.append(token)
            elif (
                kind == "begin"
                and name in ("alignedat", "alignat", "array")
                and at < len(tokens)
                and tokens[at].text == "{"
            ):
                at = matching(tokens, at) + 1
            elif name not in ("aligned", "split", "gathered", "alignedat"):
                out.append(Token("nl", "\\\\", token.start, token.end))
        elif token.kind == "op" and token.text == "&" and depth == 0:
            out.append(Token("sp", MARK, token.start, token.end))
        elif token.kind == "cmd" and token.text == "boxed" and at < len(tokens) and tokens[at].text == "{":
            ends.append(True)
            at += 1
        elif (
            token.kind == "cmd"
            and token.text in ("overset", "underset")
            and at < len(tokens)
            and tokens[at].text == "{"
        ):
            at = matching(tokens, at) + 1
            if at < len(tokens) and tokens[at].text == "{":
                ends.append(True)
                at += 1
        elif token.kind == "op" and token.text == "{":
            ends.append(begins(out) and has_relation(tokens, at))  # {x = 3}: braces around all of it
            if not ends[-1]:
                out.append(token)
        elif token.kind == "op" and token.text == "}":
            if not (ends.pop() if ends else False):
                out.append(token)
        else:
            out.append(token)
    return out


def begins(out: Sequence[Token]) -> bool:
    """Whether a statement begins here."""
    last = next((t for t in reversed(out) if t.kind not in ("sp", "qd")), None)
    return last is None or last.kind in ("nl", "text") or (last.kind == "cmd" and last.text in _SEPARATORS)


def is_system(out: Sequence[Token], tokens: Sequence[Token], at: int) -> bool:
    r"""Whether `\begin{cases}` or an array, which has just begun, holds the equations of a system: it has no left side of its own."""
    braces = len(out)
    while braces and out[braces - 1].text in ("\\{", "{") and out[braces - 1].kind == "op":
        braces -= 1
    return begins(out[:braces]) and has_relation(tokens, at)


def has_relation(tokens: Sequence[Token], at: int) -> bool:
    """Whether an equals sign or the like stands before the end of the group that begins at `at`, and in no group inside."""
    depth = 0
    for token in tokens[at:]:
        depth += nesting(token) if token.kind in NESTING else 0
        if depth < 0:
            return False
        if depth == 0 and token.kind in ("op", "cmd") and (token.text in EQUAL | ORDER or token.text == "approx"):
            return True
    return False


def rows(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Rows at `\\\\`; a row that begins with a relation or a sign, or follows an open one, continues the row before, unless it
    has a left side of its own."""
    current: list[Token] = []
    depth = 0
    pending = False
    for at, token in enumerate(tokens):
        if token.kind == "sp" and token.text == MARK:
            continue
        if token.kind in NESTING:
            depth = max(0, depth + nesting(token))
        if token.kind == "nl" and depth <= 0:
            pending = True
            continue
        if pending and token.kind not in ("sp", "qd", "text"):
            pending = False
            if current and current[-1].kind == "text":
                current.append(Token("qd", "", current[-1].end, current[-1].end))
            goes = (continues(token) and not has_left_side(tokens, at)) or (current and is_open(current))
            if not goes:
                if current:
                    yield current
                current = []
        current.append(token)
    if current:
        yield current


def has_left_side(tokens: Sequence[Token], at: int) -> bool:
    """`-4 &= 3a - 2b`: whether the row that begins there with a sign has a relation at its first mark, and more than it
    before."""
    if tokens[at].text not in ("+", "-") or (at and tokens[at - 1].text == MARK):
        return False
    mark = next((i for i, t in enumerate(tokens[at:], at) if t.kind == "nl" or t.text == MARK), None)
    if mark is None or tokens[mark].text != MARK:
        return False
    beside = [t for t in (*tokens[at + 1 : mark][-1:], *tokens[mark + 1 : mark + 2]) if t.kind in ("op", "cmd")]
    inside = [t for t in tokens[at + 1 : mark] if t.kind not in ("sp", "qd")]
    return bool(inside) and any(t.text in EQUAL | ORDER for t in beside)


def continues(token: Token) -> bool:
    return token.text in EQUAL | ORDER | {"approx", "+", "-", "coloneq", "neq", "cdot", "times"} and token.kind in (
        "op",
        "cmd",
    )


def is_open(row: Sequence[Token]) -> bool:
    last = next((t for t in reversed(row) if t.kind not in ("sp", "qd")), None)
    return last is not None and last.kind in ("op", "cmd") and last.text in ("=", "+", "-", "cdot", "times")


def row_statements(row: Sequence[Token]) -> Iterator[Statement]:
    """The statements of one row."""
    waiting: list[tuple[Token, ...]] = []
    words, joined = "", ""
    for piece, mark in counted(list(pieces(row))):
        if mark is not None:
            if mark.kind == "text":
                words = mark.text
            elif mark.text in _SEPARATORS:
                joined = mark.text
            if mark.text != ",":
                waiting = []
        if not piece:
            continue
        chain = cut_chain(piece)
        if chain is None:
            continue
        sides, ops = chain
        if not ops:
            waiting.append(sides[0])
            yield Statement(sides, ops, (), words)
            continue
        yield Statement(sides, ops, tuple(waiting), words, joined)
        waiting, words, joined = [], "", ""


def pieces(row: Sequence[Token]) -> Iterator[tuple[list[Token], Token | None]]:
    """Split outside of brackets at commas, semicolons, wide spaces, arrows and words; each piece with the mark before it.

    A comma or a remark at the end of a line does not split where the next line goes on with `=`."""
    piece: list[Token] = []
    mark: Token | None = None
    depth = 0
    for at, token in enumerate(row):
        if token.kind in NESTING:
            depth = max(0, depth + nesting(token))
        is_mark = depth == 0 and (
            token.kind in ("text", "qd", "nl")
            or (token.kind == "op" and token.text in (",", ";"))
            or (token.kind == "cmd" and token.text in _SEPARATORS)
        )
        if is_mark:
            if (token.kind == "qd" and dangling(piece)) or is_damaged_space(row, at):
                continue
            if (token.kind in ("text", "qd") or token.text == ",") and piece and goes_on(row, at):
                continue
            yield piece, mark
            piece, mark = [], token
        else:
            piece.append(token)
    yield piece, mark


def is_damaged_space(row: Sequence[Token], at: int) -> bool:
    r"""`= \frac12,w^\top w`: Markdown took the backslash of `\,`. A comma right between a fraction of numbers and a letter,
    after which no relation comes."""
    if row[at].text != "," or at + 1 >= len(row) or row[at + 1].start > row[at].end:
        return False
    if row[at + 1].kind != "id" and row[at + 1].text != "bold":
        return False
    numbers = at
    while numbers and (row[numbers - 1].kind == "num" or row[numbers - 1].text in ("{", "}")):
        numbers -= 1
    if numbers == at or not numbers or row[numbers - 1].text != "frac":
        return False
    rest = []
    for token in row[at + 1 :]:
        if token.kind in ("text", "qd", "nl") or token.text in (",", ";"):
            break
        rest.append(token)
    return all(relation(token, "") is None for token in rest)


def counted(found: list[tuple[list[Token], Token | None]]) -> Iterator[tuple[list[Token], Token | None]]:
    r"""`i = 1, 2, \dots, n` as `i = 1, \dots, n`; `k = 1, 2, 3` as one piece, which gives k no value."""
    at = 0
    while at < len(found):
        piece, mark = found[at]
        at += 1
        texts = [t.text for t in piece if t.kind not in ("sp", "qd")]
        stop = at
        if len(texts) == 3 and texts[1] == "=" and is_number(piece[-1:]):
            while stop < len(found) and is_number(found[stop][0]) and is_comma(found[stop][1]):
                stop += 1
        dotted = stop < len(found) and any(t.text == "dots" for t in found[stop][0])
        if stop > at and not dotted:
            for more, comma in found[at:stop]:
                piece = [*piece, *([comma] if comma is not None else []), *more]
        yield piece, mark
        at = stop


def is_comma(mark: Token | None) -> bool:
    return mark is not None and mark.text == ","


def goes_on(row: Sequence[Token], at: int) -> bool:
    """Whether an equals sign is the next thing after commas, spaces and remarks. Words right before the sign are a side."""
    remark = ""
    for token in row[at:]:
        if token.kind == "text":
            remark = "" if token.text.strip().startswith("(") else token.text
        elif token.kind == "qd":
            remark = ""
        elif token.kind != "sp" and token.text != ",":
            return token.kind == "op" and token.text == "=" and not remark
    return False


def dangling(piece: Sequence[Token]) -> bool:
    """A wide space right after a relation or sign separates nothing."""
    return not piece or is_open(piece)


def cut_chain(piece: Sequence[Token]) -> tuple[tuple[tuple[Token, ...], ...], tuple[str, ...]] | None:
    """Sides and relations of one piece."""
    sides: list[list[Token]] = [[]]
    ops: list[str] = []
    depth = 0
    tokens = trimmed(piece)
    skip = False
    for at, token in enumerate(tokens):
        if skip:
            skip = False
            continue
        if token.kind in NESTING:
            depth = max(0, depth + nesting(token))
        following = tokens[at + 1].text if at + 1 < len(tokens) else ""
        op = relation(token, following) if depth == 0 and token.kind in ("op", "cmd") else None
        if op is None:
            sides[-1].append(token)
            continue
        skip = token.kind == "op" and (op in (":=", "=:", "==") or (token.text in "<>" and following == "="))
        op = "=" if op == "==" else op
        if ops and not sides[-1]:
            ops[-1] = op
        else:
            ops.append(op)
            sides.append([])
    if set(ops) & ORDER:  # `g(z) > 0 \equiv z is above`: it joins statements and equates nothing
        ops = [MEANS if op == "equiv" else op for op in ops]
    ops = [MEANS if op == "equiv" and is_number(sides[i]) else op for i, op in enumerate(ops)]
    kept = [tuple(trimmed(s)) for s in sides]
    if len(kept) > 1 and not kept[-1]:
        kept.pop()
        ops.pop()
    if not kept or not any(kept) or (not kept[0] and len(kept) == 1):
        return None
    if not kept[0]:
        kept, ops = kept[1:], ops[1:]
    if any(not s for s in kept):
        return None
    return tuple(kept), tuple(ops)


def is_number(tokens: Sequence[Token]) -> bool:
    return [t.kind for t in tokens if t.kind not in ("sp", "qd")] == ["num"]


def relation(token: Token, following: str) -> str | None:
    if token.kind == "op":
        if token.text == ":" and following == "=":
            return ":="
        if token.text == "=":
            return "=:" if following == ":" else "==" if following == "=" else "="
        if token.text in "<>" and token.text:
            return ("leq" if token.text == "<" else "geq") if following == "=" else token.text
        return None
    if token.kind == "cmd":
        if token.text == "coloneq":
            return ":="
        if token.text in EQUAL | ORDER | OTHER:
            return token.text
    return None


def trimmed(tokens: Sequence[Token]) -> list[Token]:
    """Without spaces, bullets, dots and question marks at the ends."""
    out = list(tokens)
    while out and (
        out[-1].kind in ("sp", "qd", "text")
        or (out[-1].kind == "op" and out[-1].text in (".", ",", ";", "?", ":", "&"))
    ):
        out.pop()
    start = 0
    while start < len(out) and (
        out[start].kind in ("sp", "qd", "text")
        or (out[start].kind == "op" and out[start].text in (".", ":", "&"))
        or (out[start].kind == "cmd" and out[start].text == "cdot")  # the bullet of a list
    ):
        start += 1
    return out[start:]
