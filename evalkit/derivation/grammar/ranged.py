"""Forms over an index: sums, products, extremes, integrals."""

from __future__ import annotations

import itertools
from typing import NamedTuple

from evalkit.derivation.grammar.derivatives import is_mark
from evalkit.derivation.grammar.nodes import Big, Bin, Call, Node, Num, Sub, Sym, Un, Unreadable, walk
from evalkit.derivation.grammar.over_entries import over_entries
from evalkit.derivation.grammar.stream import Grammar, plain, split
from evalkit.derivation.grammar.tokens import OPEN, Token

MAX_INDICES = 3
MAX_QUOTIENTS = 12
"""How many quotients of one integral may hold its `dx`."""
REAL_LINE = frozenset({"mathbbR", "\\mathbb R"})
INFINITY = Num(float("inf"))


class Range(NamedTuple):
    """What an index runs over."""

    names: tuple[str, ...]
    low: Node | None = None
    high: Node | None = None
    strict: bool = False
    """`low` is exclusive."""
    without: tuple[Node, ...] = ()
    """Values that are left out."""


A_LIMIT = "a limit"


def big(p: Grammar, kind: str) -> Node:
    low: list[Token] = []
    high: list[Token] = []
    while p.at("_", "^"):
        below = p.next().text == "_"
        ends = p.inside(")") if p.accept("(") else p.argument()  # ∑_(i=1)^n of plain text
        low, high = (ends, high) if below else (low, ends)
    if kind == "int":
        return integral_from(p, low, high)
    low = [t for t in low if t.kind not in ("sp", "qd")]
    if not low:
        return over_its_letter(p, kind, high)
    ordered = in_order(p, low) if not high else None
    over = ordered or limits(p, low, high)
    body = summand(p)
    if ordered is not None:  # \sum_{1 \le i < j \le n}
        second = Sym(ordered.names[1])
        top: Node = Bin("-", second, Num(1)) if ordered.strict else second
        return Big(
            kind, Big(kind, body, ordered.names[:1], ordered.low, top), ordered.names[1:], ordered.low, ordered.high
        )
    if over.without and kind != "sum":
        raise Unreadable("a product that leaves out a factor")
    for other in over.without:
        body = Bin("*", Call("differ", (Sym(over.names[0]), other)), body)
    return Big(kind, body, over.names, over.low, over.high, over.strict)


def limit(p: Grammar) -> Node:
    r"""`\lim_{x \to 0^+} f(x)`: of the next term, and of the terms behind it as far as the letter stands in them."""
    if not p.at("_"):
        raise Unreadable(A_LIMIT)
    p.next()
    below = [t for t in p.argument() if t.kind not in ("sp", "qd")]
    at = next((i for i, t in enumerate(below) if t.text in ("to", "rightarrow", "longrightarrow")), 0)
    if at != 1 or below[0].kind != "id" or len(below) < 3:
        raise Unreadable(A_LIMIT)
    place, side = below[2:], 0.0
    marks = [t.text for t in place if t.text not in ("{", "}")]
    if marks[-2:-1] == ["^"] and marks[-1] in "+-":
        side = 1.0 if marks[-1] == "+" else -1.0
        place = place[: next(i for i, t in enumerate(place) if t.text == "^")]
    name = below[0].text
    body = summand(p)
    while p.at("+", "-") and any(t.text == name for t in p.tokens[p.pos :]):
        sign = p.next().text
        body = Bin(sign, body, p.term())
    return Call("lim", (body, Sym(name), p.sub_parse(place), Num(side)))


def summand(p: Grammar) -> Node:
    r"""The term after the sign of a sum; `\sum_i -a_i` begins with a sign of its own."""
    negative = False
    while p.at("+", "-"):
        negative ^= p.next().text == "-"
    body = p.term()
    return Un("-", body) if negative else body


def over_its_letter(p: Grammar, kind: str, high: list[Token]) -> Node:
    r"""`\sum x_i`: over the only letter that stands in a subscript and means nothing else."""
    stop = p.sub_parse(high) if high else None
    body = summand(p)
    nodes = tuple(walk(body))
    letters = {
        i.name
        for n in nodes
        if isinstance(n, Sub) and p.names.role(n.name) is None
        for i in n.index or ()
        if isinstance(i, Sym)
    }
    letters -= {i for n in nodes if isinstance(n, Big) for i in n.index}
    free = [name for name in letters if name.islower() and p.names.role(name) is None]
    if not free and kind == "sum" and stop is None and (entries := over_entries(p, body)) is not None:
        return entries
    if len(free) != 1:
        raise Unreadable("a sum without index")
    return Big(kind, body, (free[0],), None, stop)


def limits(p: Grammar, low: list[Token], high: list[Token]) -> Range:
    r"""`i=1`, `i`, `i,j`, `i,j=1`, `i>k`, `i \le k`, `1 \le i \le k`, and any of these with `j \ne i`."""
    parts = split(low, {","})
    kept = [part for part in parts if not any(t.text == "neq" for t in part)]
    pairs = [split(part, {"neq"}) for part in parts if part not in kept]
    if any(len(pair) != 2 for pair in pairs):
        raise Unreadable("the range of a sum")
    if pairs and not kept:
        kept = [pairs[0][0]]
    over = bounds(p, kept, p.sub_parse(high) if high else None)
    if any((plain(letter),) != over.names for letter, _ in pairs):
        raise Unreadable("the range of a sum")
    return over._replace(without=tuple(p.sub_parse(other) for _, other in pairs))


def in_order(p: Grammar, low: list[Token]) -> Range | None:
    r"""`1 \le i < j \le n`, `1 \le i \le j \le n`: two indices, of which the second is no smaller."""
    signs = [t.text for t in low if t.text in ("<", "leq")]
    sides = split(low, {"<", "leq"})
    if len(signs) != 3 or (signs[0], signs[2]) != ("leq", "leq") or not (is_index(sides[1]) and is_index(sides[2])):
        return None
    names = (index_name(sides[1]), index_name(sides[2]))
    return Range(names, p.sub_parse(sides[0]), p.sub_parse(sides[3]), signs[1] == "<")


def bounds(p: Grammar, parts: list[list[Token]], top: Node | None) -> Range:
    """The range that one or two letters have by `i=1` and the like."""
    *others, last = parts
    names = [index_name(part) for part in others]
    sides = split(last, {"=", ">", "<", "leq", "geq"})
    signs = [t.text for t in last if t.text in ("=", ">", "<", "leq", "geq")]
    if not signs:
        letters = [last] if is_index(last) else [[t] for t in last]  # `ij`
        names += [index_name(part) for part in letters]
        if len(names) > MAX_INDICES:
            raise Unreadable("the range of a sum")
        return Range(tuple(names), None, top)
    if signs == ["leq", "leq"] and not names:
        return Range((index_name(sides[1]),), p.sub_parse(sides[0]), p.sub_parse(sides[2]))
    if len(sides) != 2 or len(names) > 1 or (names and signs != ["="]):
        raise Unreadable("the range of a sum")
    index, bound = (*names, index_name(sides[0])), p.sub_parse(sides[1])
    match signs[0]:
        case "=" | "geq":
            if len(index) == 2 and bound != Num(1):
                raise Unreadable("the range of a sum")
            return Range(index, bound if len(index) == 1 else None, top)
        case ">":
            return Range(index, bound, top, True)
        case "leq":
            return Range(index, Num(1), bound)
    return Range(index, Num(1), Bin("-", bound, Num(1)))


def is_index(part: list[Token]) -> bool:
    """`i`, `k'`."""
    return [t.kind for t in part[:1]] == ["id"] and all(t.text == "'" for t in part[1:])


def index_name(part: list[Token]) -> str:
    if not is_index(part):
        raise Unreadable("the range of a sum")
    return plain(part)


def over_differential(p: Grammar, tokens: list[Token], at: int) -> tuple[list[Token], str, int] | None:
    r"""`\int \frac{dx}{x}`, the fraction being at this place: what is integrated, by what, and where it ends."""
    inner = p.inner(tokens[at + 1 :])
    try:
        top, bottom = inner.argument(), inner.braced()
    except Unreadable:
        return None
    top = [t for t in top if t.kind not in ("sp", "qd")]
    if len(top) < 2 or top[-1].kind != "id" or is_mark(p, top[-2:-1]) != "d" or is_mark(p, top) == "partial":
        return None
    if is_mark(p, bottom[1:]) is not None:
        return None  # \frac{du}{dx} is a derivative
    behind = tokens[at + 1 + inner.pos :]
    if any(is_mark(p, [d]) == "d" and x.kind == "id" for d, x in itertools.pairwise(behind)):
        return None  # with a dx of its own
    one = Token("num", "1", top[-2].start, top[-2].end)
    start, stop = (Token("op", mark, one.start, one.end) for mark in "{}")
    body = [*tokens[: at + 1], start, *(top[:-2] or [one]), stop, *bottom]
    return body, top[-1].text, at + 1 + inner.pos


def integral_from(p: Grammar, low: list[Token], high: list[Token]) -> Node:
    r"""`\int_{x=0}^1 ... dx`: the letter below is that of the integral."""
    below = [t for t in low if t.kind not in ("sp", "qd")]
    if len(below) < 3 or below[0].kind != "id" or below[1].text != "=":
        return integral(p, low, high)
    found = integral(p, below[2:], high)
    if not isinstance(found, Big) or found.index != (below[0].text,):
        raise Unreadable("the range of an integral")
    return found


def integral(p: Grammar, low: list[Token], high: list[Token]) -> Node:
    """An integral over one real variable, with both ends or none; the body ends with `dx`, in which integrals inside end with theirs first."""
    if not high and plain(low) in REAL_LINE:
        ends: tuple[Node | None, Node | None] = Un("-", INFINITY), INFINITY
    elif not low and not high:
        ends = None, None
    elif not low or not high:
        raise Unreadable("an indefinite integral")
    else:
        ends = p.sub_parse(low), p.sub_parse(high)
    rest = list(p.tokens[p.pos :])
    depth = inner_ones = quotients = 0
    for at, token in enumerate(rest):
        depth += 1 if token.kind == "op" and token.text in OPEN else 0
        depth -= 1 if token.kind == "op" and token.text in OPEN.values() else 0
        if depth == 0 and (token.kind, token.text) == ("cmd", "int"):
            inner_ones += 1
        quotient = depth == 0 and not inner_ones and token.text == "frac" and quotients < MAX_QUOTIENTS
        quotients += quotient
        if quotient and (found := over_differential(p, rest, at)):
            body, name, end = found
            p.pos += end
            return Big("int", p.sub_parse(body), (name,), *ends)
        if depth == 0 and is_mark(p, [token]) == "d" and at + 1 < len(rest) and rest[at + 1].kind == "id":
            if inner_ones:
                inner_ones -= 1
                continue
            body = rest[:at]
            p.pos += at + 2
            inner = p.sub_parse(body) if any(t.kind not in ("sp", "qd") for t in body) else Num(1)
            return Big("int", inner, (rest[at + 1].text,), *ends)
    raise Unreadable("an integral without dx")
