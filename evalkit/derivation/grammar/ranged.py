"""Forms over an index: sums, products, extremes, integrals."""

from __future__ import annotations

from evalkit.derivation.grammar.derivatives import is_mark
from evalkit.derivation.grammar.lexer import Token
from evalkit.derivation.grammar.nodes import Big, Bin, Node, Num, Unreadable
from evalkit.derivation.grammar.stream import OPEN, Grammar, plain, split


def big(p: Grammar, kind: str) -> Node:
    low: list[Token] = []
    high: list[Token] = []
    while p.at("_", "^"):
        if p.next().text == "_":
            low = p.argument()
        else:
            high = p.argument()
    if kind == "int":
        return integral(p, low, high)
    index, start, stop, strict = limits(p, low, high)
    return Big(kind, p.term(), index, start, stop, strict)


def limits(p: Grammar, low: list[Token], high: list[Token]) -> tuple[tuple[str, ...], Node | None, Node | None, bool]:
    """`i=1`, `i`, `i,j`, `i>k`, `i \\le k`, `1 \\le i \\le k` -> index names, start, stop, start is exclusive."""
    low = [t for t in low if t.kind not in ("sp", "qd")]
    top = p.sub_parse(high) if high else None
    if not low:
        raise Unreadable("a sum without index")
    parts = split(low, {"=", ">", "<", "leq", "geq"})
    signs = [t.text for t in low if t.text in ("=", ">", "<", "leq", "geq")]
    if len(parts) == 1:
        names = (
            [plain(q) for q in split(low, {","})]
            if len(low) > 1 and any(t.text == "," for t in low)
            else [plain([t]) for t in low]
        )
        if len(names) > 2 or any(t.kind not in ("id", "op") for t in low):
            raise Unreadable("the range of a sum")
        return tuple(names), None, top, False
    if len(parts) == 3 and signs == ["leq", "leq"]:
        return (plain(parts[1]),), p.sub_parse(parts[0]), p.sub_parse(parts[2]), False
    if len(parts) != 2 or len(parts[0]) != 1 or parts[0][0].kind != "id":
        raise Unreadable("the range of a sum")
    index, bound = (plain(parts[0]),), p.sub_parse(parts[1])
    match signs[0]:
        case "=":
            return index, bound, top, False
        case ">":
            return index, bound, top, True
        case "geq":
            return index, bound, top, False
        case "leq":
            return index, Num(1), bound, False
    return index, Num(1), Bin("-", bound, Num(1)), False


def integral(p: Grammar, low: list[Token], high: list[Token]) -> Node:
    """A definite integral over one real variable; the body ends with `dx`."""
    if not low or not high:
        raise Unreadable("an indefinite integral")
    rest = list(p.tokens[p.pos :])
    depth = 0
    for at, token in enumerate(rest):
        depth += 1 if token.kind == "op" and token.text in OPEN else 0
        depth -= 1 if token.kind == "op" and token.text in OPEN.values() else 0
        if depth == 0 and is_mark(p, [token]) == "d" and at + 1 < len(rest) and rest[at + 1].kind == "id":
            body = rest[:at]
            p.pos += at + 2
            inner = p.sub_parse(body) if any(t.kind not in ("sp", "qd") for t in body) else Num(1)
            return Big("int", inner, (rest[at + 1].text,), p.sub_parse(low), p.sub_parse(high))
    raise Unreadable("an integral without dx")
