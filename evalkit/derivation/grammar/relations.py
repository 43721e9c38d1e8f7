r"""Tokens of one stretch of mathematics -> statements: chains `A = B \le C`, split at rows (layout.py), commas, arrows and words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evalkit.derivation.grammar.alphabet import PROSE
from evalkit.derivation.grammar.braces import ungrouped
from evalkit.derivation.grammar.columns import MARK
from evalkit.derivation.grammar.layout import cases_of_arrays, fractions, is_open, rows, unwrapped
from evalkit.derivation.grammar.macros import matrices
from evalkit.derivation.grammar.signs import EQUAL as EQUAL
from evalkit.derivation.grammar.signs import MEANS, SEPARATORS
from evalkit.derivation.grammar.signs import ORDER as ORDER
from evalkit.derivation.grammar.signs import OTHER as OTHER
from evalkit.derivation.grammar.stream import NESTING, angled, nesting
from evalkit.derivation.grammar.tokens import Token

_UNIT = re.compile(r"[\s~]*([A-Za-zµμΩ]{1,4})(?:[\s~]*[/·* ][\s~]*\(?[A-Za-zµμΩ]{1,4}\^?[-\d²³]{0,2}\)?){1,3}[\s~]*")
BLANK, TIMES = frozenset({"sp", "qd"}), frozenset({"cdot", "times", "*", "/", "div"})


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
    for row in rows(unwrapped(ungrouped(fractions(matrices(angled(cases_of_arrays(tokens))))))):
        out.extend(row_statements(row))
    return out


def row_statements(row: Sequence[Token]) -> Iterator[Statement]:
    """The statements of one row."""
    waiting: list[tuple[Token, ...]] = []
    words, joined = "", ""
    for piece, mark in counted(list(pieces(row))):
        if mark is not None:
            if mark.kind == "text":
                words = mark.text
            elif mark.text in SEPARATORS:
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
            or (token.kind == "cmd" and token.text in SEPARATORS)
        )
        if is_mark:
            if is_unit(row, at):
                piece.append(token)
                continue
            if (token.kind == "qd" and dangling(piece)) or is_damaged_space(row, at):
                continue
            open_end = token.kind in ("text", "qd") or token.text == ","
            if open_end and token.text != MARK and piece and goes_on(row, at):
                continue
            yield piece, mark
            piece, mark = [], token
        else:
            piece.append(token)
    yield piece, mark


def is_unit(row: Sequence[Token], at: int) -> bool:
    r"""`5\,\text{mg/kg}\cdot`: words behind a number that can be units, with which a calculation goes on."""
    if row[at].kind != "text" or not (found := _UNIT.fullmatch(row[at].text)) or found[1].lower() in PROSE:
        return False
    before = next((t for t in reversed(row[:at]) if t.kind not in BLANK), None)
    behind = next((t.text for t in row[at + 1 :] if t.kind not in BLANK), "")
    goes_on = behind in TIMES or (behind in ("+", "-") and "/" in row[at].text)
    return goes_on and before is not None and (before.kind == "num" or before.text in ("}", ")"))


def is_damaged_space(row: Sequence[Token], at: int) -> bool:
    r"""`= \frac12,w^\top w`: Markdown took the backslash of `\,`. A comma right between a fraction and a letter, after which no
    relation comes."""
    if row[at].text != "," or at + 1 >= len(row) or row[at + 1].start > row[at].end:
        return False
    if row[at + 1].kind != "id" and row[at + 1].text != "bold":
        return False
    if not ends_fraction(row, at):
        return False
    rest = []
    for token in row[at + 1 :]:
        if token.kind in ("text", "qd", "nl") or token.text in (",", ";"):
            break
        rest.append(token)
    return all(relation(token, "") is None for token in rest)


def ends_fraction(row: Sequence[Token], at: int) -> bool:
    """Whether a fraction ends right before a place: `\\frac12`, `\\frac{a}{b}`."""
    for _ in range(2):
        depth = 0
        while at and (depth or row[at - 1].text == "}"):
            at -= 1
            depth += {"}": 1, "{": -1}.get(row[at].text, 0)
            if not depth:
                break
        else:
            at -= 1 if at and row[at - 1].kind == "num" else 0
    return at > 0 and row[at - 1].text == "frac"


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
