r"""Values by cases: `\begin{cases} a & i = k \\ b & \text{otherwise} \end{cases}`, and the indicators `1(i = k)`, `1_{z > 0}`.

A condition is `Call("when", (side, Sym(relation), side, ...))`; without parts it is always true.
Not covered: conditions in words, memberships, conditions joined by "and".
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from evalkit.derivation.grammar.nodes import Call, Node, Num, Sym, Unreadable
from evalkit.derivation.grammar.stream import Grammar, nesting, split
from evalkit.derivation.grammar.tokens import OPEN, Token

ORDER = frozenset({"<", ">", "leq", "geq"})
_ENTRYWISE = frozenset({"odot", "circ", "circledast", "*"})
_RELATIONS = {"=", "neq", "<", ">", "leq", "geq"}
_REST = ("otherwise", "else", "sonst", "elsewhere")
_INTRODUCE = frozenset({"if", "when", "for", "where", "wenn"})


def cases(p: Grammar, inner: list[Token]) -> Node:
    """The rows of a value by cases."""
    parts: list[Node] = []
    for row in split(inner, {"\\\\"}):
        if not any(t.kind not in ("sp", "qd") for t in row):
            continue
        value, condition = cut(row)
        parts += [p.sub_parse(value), when(p, condition)]
    if not parts:
        raise Unreadable("cases without a value")
    return Call("cases", tuple(parts))


def cut(row: list[Token]) -> tuple[list[Token], list[Token]]:
    """Value and condition of a row: at `&`, at the word before the condition, or at a comma."""
    cells = split(row, {"&"})
    if len(cells) == 2:
        return trimmed(cells[0]), cells[1]
    at = next((i for i, t in enumerate(row) if t.kind in ("text", "word") and introduces(t)), None)
    if len(cells) == 1 and at:
        return trimmed(row[:at]), row[at:]
    pair = split(row, {","})
    if len(pair) == 2:
        return pair[0], pair[1]
    raise Unreadable("cases without a condition")


def trimmed(tokens: list[Token]) -> list[Token]:
    """Without commas and spaces at the end."""
    while tokens and (tokens[-1].kind in ("sp", "qd", "text") or tokens[-1].text in (",", ";")):
        tokens = tokens[:-1]
    return tokens


def introduces(token: Token) -> bool:
    word = token.text.strip(" ,.").lower()
    return word in _INTRODUCE or word.startswith(_REST)


def when(p: Grammar, tokens: Sequence[Token]) -> Node:
    """A condition."""
    if any(t.kind in ("text", "word") and t.text.strip(" ,.").lower().startswith(_REST) for t in tokens):
        return Call("when", ())
    kept = [t for t in tokens if not (t.kind == "text" and introduces(t)) and t.kind not in ("sp", "qd")]
    kept = trimmed([t for t in kept if not (t.kind == "word" and introduces(t))])
    while kept and kept[-1].text == ".":
        kept.pop()
    parts, signs = related(kept)
    if not signs:
        raise Unreadable("cases without a condition")
    out: list[Node] = [p.sub_parse(parts[0])]
    for sign, part in zip(signs, parts[1:], strict=True):
        out += [Sym(sign), p.sub_parse(part)]
    return Call("when", tuple(out))


def related(tokens: Sequence[Token]) -> tuple[list[list[Token]], list[str]]:
    """The sides of a chain of relations outside of brackets, and its signs; `==` is one sign."""
    parts: list[list[Token]] = [[]]
    signs: list[str] = []
    depth = 0
    for token in tokens:
        depth += nesting(token)
        if depth == 0 and token.kind in ("op", "cmd") and token.text in _RELATIONS:
            if signs and not parts[-1] and signs[-1] == token.text == "=":
                continue
            signs.append(token.text)
            parts.append([])
        else:
            parts[-1].append(token)
    return parts, signs


def indicator(p: Grammar) -> Node | None:
    r"""`(k = i)`, or below it `_{z > 0}`, behind a 1: the value that is 1 where the relation holds, else 0. None where no such thing
    comes next."""
    token = p.peek()
    if token is None or token.kind != "op" or token.text not in ("(", "[", "\\{", "{", "_"):
        return None
    mark = p.pos
    p.next()
    inner = unwrapped(p.argument()) if token.text == "_" else p.inside(OPEN[token.text])
    if not related(inner)[1]:
        p.pos = mark
        return None
    return one_where(p, inner)


def one_where(p: Grammar, tokens: Sequence[Token]) -> Node:
    return Call("cases", (Num(1), when(p, tokens), Num(0), Call("when", ())))


def condition(p: Grammar, tokens: list[Token]) -> Node | None:
    r"""`(z > 0)` as a factor of an entrywise product: 1 where it holds, else 0. None where the brackets hold anything else, or stand
    elsewhere, as a remark behind an equation does. They have been consumed."""
    signs = related(tokens)[1]
    before, after = p.tokens[: p.pos - len(tokens) - 2], p.peek()
    sign = next((t.text for t in reversed(before) if t.kind not in ("sp", "qd")), "")
    if not signs or not set(signs) <= ORDER or not {sign, after.text if after else ""} & _ENTRYWISE:
        return None
    return one_where(p, tokens)


def unwrapped(tokens: list[Token]) -> list[Token]:
    """Without brackets around all of it."""
    kept = [t for t in tokens if t.kind not in ("sp", "qd")]
    if len(kept) > 2 and OPEN.get(kept[0].text) == kept[-1].text:
        depths = list(accumulate(map(nesting, kept[:-1])))
        return kept[1:-1] if min(depths) > 0 else kept
    return kept
