"""Forms of derivatives and differentials: fractions, one line `df/dx`, nabla, `d` alone."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.derivation.grammar.alphabet import ACCENTS
from evalkit.derivation.grammar.lexer import Token
from evalkit.derivation.grammar.nodes import Bin, Diff, Grad, Node, Num, Sym, Un, Unreadable
from evalkit.derivation.grammar.stream import Grammar, nesting, split


def by_slash(p: Grammar, mark: str) -> Node | None:
    """`d/dx f`, the mark `d` being consumed; None where no such derivative stands here."""
    texts = [t.text for t in p.tokens[p.pos : p.pos + 2]]
    if texts != ["/", mark] or p.names.role("d") not in (None, "size"):
        return None
    p.pos += 2
    by = p.operand()
    return Grad(p.term(), by)


def moves(p: Grammar) -> bool:
    """Whether `d` is a differential although it is also a size: at the start of a term, before a matrix, a trace or a
    determinant (`d\\Sigma`, `d\\log\\det\\Sigma`, `d(A^{-1})`)."""
    before = p.tokens[p.pos - 2] if p.pos > 1 else None
    if before is not None and before.kind in ("num", "id", "word") and before.text != "":
        return False
    token = p.peek()
    if token is None or (not token.glued and token.kind == "id"):
        return False
    if token.kind == "fn":
        following = p.peek(1)
        return token.text in ("tr", "det") or (
            token.text == "log" and following is not None and following.text == "det"
        )
    if token.kind == "op":
        close = [t.text for t in p.tokens[p.pos :]]
        inside = close[: close.index(")")] if ")" in close else close
        return any(t.lstrip("\\")[:1].isupper() and t != "I" for t in inside)
    return token.kind == "id" and token.text.lstrip("\\")[:1].isupper() and token.text != "I"


def starts_operand(p: Grammar) -> bool:
    token = p.peek()
    if token is None:
        return False
    if token.kind in ("id", "fn"):
        return True
    if token.kind == "op":
        return (token.text in ("(", "[") and token.glued) or token.text in ("{", "|<")
    return token.kind == "cmd" and (token.text in ACCENTS or token.text in ("|", "|<"))


def derivative_by_slash(p: Grammar, mark: str) -> Node:
    """`∂f/∂x` in one line; else the differential `dx`."""
    f = p.operand()
    texts = [t.text for t in p.tokens[p.pos : p.pos + 2]]
    if texts == ["/", mark]:
        p.pos += 2
        return Grad(f, p.operand())
    return Diff(f)


def is_mark(p: Grammar, tokens: Sequence[Token], mark: str | None = None) -> str | None:
    """`d` or `partial` where the tokens begin with a differential mark (and with the same one as before)."""
    if not tokens:
        return None
    first = tokens[0]
    found = "partial" if (first.kind, first.text) == ("cmd", "partial") else None
    if (first.kind, first.text) == ("cmd", "d") or (
        (first.kind, first.text) == ("id", "d")
        and (p.names.role("d") is None or (p.names.role("d") == "size" and all(t.kind == "id" for t in tokens[1:2])))
    ):
        found = "d"
    return found if mark in (None, found) else None


def fraction(p: Grammar) -> Node:
    top, bottom = p.argument(), p.argument()
    top = [t for t in top if t.kind not in ("sp", "qd")]
    bottom = [t for t in bottom if t.kind not in ("sp", "qd")]
    mark = is_mark(p, bottom)
    if mark and is_mark(p, top, mark) and len(bottom) > 1:
        return derivative(p, top, bottom)
    if not top or not bottom:
        raise Unreadable("an empty fraction")
    return Bin("/", p.sub_parse(top), p.sub_parse(bottom))


def derivative(p: Grammar, top: list[Token], bottom: list[Token]) -> Node:
    """`\\frac{\\partial^2 f}{\\partial x^2}`, `\\frac{d}{dx} f`, `\\frac{\\partial f}{\\partial x \\partial y}`."""
    order, rest = 1, top[1:]
    if rest and rest[0].text == "^":
        inner = p.inner(rest[1:])
        power = inner.sub_parse(inner.argument())
        order, rest = int(power.value) if isinstance(power, Num) else 9, list(inner.tokens[inner.pos :])
    by: list[Node] = []
    marks = {bottom[0].text}
    for part in split(bottom, marks) if bottom[0].kind == "cmd" else [bottom[1:]]:
        if not part:
            continue
        if part[-1].kind == "num" and len(part) > 2 and part[-2].text == "^":
            part = part[:-2]
        elif len(part) > 4 and part[-4].text == "^" and part[-1].text == "}" and part[-2].kind == "num":
            part = part[:-4]
        by.append(p.sub_parse(part))
    if not by or order > 2 or order != max(len(by), order):
        raise Unreadable("a derivative of this order")
    f = p.sub_parse(rest) if rest else reached(p)
    if any(isinstance(b, Un) for b in by):
        raise Unreadable("a derivative by a transpose")
    if len(by) == 2:
        return Grad(Grad(f, by[1]), by[0])
    return Grad(f, by[0], order)


def reached(p: Grammar) -> Node:
    """What `d/dx` acts on: all that is multiplied after it, up to a place `|_{x=0}` at which the derivative is taken."""
    start, depth = p.pos, 0
    for at in range(start, len(p.tokens)):
        depth += nesting(p.tokens[at])
        following = p.tokens[at + 1].text if at + 1 < len(p.tokens) else ""
        if depth == 0 and at > start and p.tokens[at].text in ("|", "|>") and following == "_":
            inner = p.inner(p.tokens[start:at])
            node = inner.term()
            p.pos = start + inner.pos
            return node
    return p.term()


def nabla(p: Grammar) -> Node:
    order = 1
    by: Node | None = None
    while p.at("_", "^"):
        if p.next().text == "_":
            tokens = p.argument()
            by = p.sub_parse(tokens) if "," not in [t.text for t in tokens] else None
            if by is None:
                raise Unreadable("a gradient by several symbols")
        else:
            power = p.sub_parse(p.argument())
            if not isinstance(power, Num) or power.value != 2:
                raise Unreadable("a power of nabla")
            order = 2
    return Grad(p.operand(), by or Sym(""), order)
