r"""Forms of derivatives and differentials: fractions, one line `df/dx`, nabla, `d` alone. `\partial \sigma^2` is one symbol."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from itertools import accumulate, pairwise

from evalkit.derivation.grammar.alphabet import ACCENTS
from evalkit.derivation.grammar.nodes import Bin, Diff, Grad, Node, Num, Sub, Sym, Un, Unreadable
from evalkit.derivation.grammar.stream import Grammar, nesting, split
from evalkit.derivation.grammar.tokens import Token

LONGEST_NAME = 10
"""Tokens of a name and the sign of its transpose."""
LOSS = "loss"
BEHIND = frozenset({")", "]", "}", "+", "-", ",", "odot", "cdot", "times", "circ"})
"""The name of what is derived where nothing is named; what may stand behind a derivative of it."""


def by_slash(p: Grammar, mark: str) -> Node | None:
    """`d/dx f`, the mark `d` being consumed; None where no such derivative stands here."""
    texts = [t.text for t in p.tokens[p.pos : p.pos + 2]]
    if texts != ["/", mark] or p.names.role("d") not in (None, "size"):
        return None
    p.pos += 2
    token, behind = p.peek(), p.peek(1)
    bracket = token is not None and token.kind == "id" and behind is not None and behind.text == "("
    by = Sym(p.next().text) if bracket else denominator(p)  # `d/dx(x^3)`: no value of x
    return by_power(p.term(), by)


def second_by_slash(p: Grammar, mark: str) -> Node | None:
    """`∂²f/∂x²`, `∂²log f/∂x²` or `∂²f/∂x∂y` in one line, the first mark being consumed; None where none stands here."""
    start, shown = p.pos, [t.text for t in p.tokens[p.pos : p.pos + 4] if t.text not in ("{", "}")]
    if shown[:2] != ["^", "2"] or p.names.role("d") not in (None, "size"):
        return None
    p.next()
    p.argument()
    with suppress(Unreadable):
        f = p.operand()
        if [t.text for t in p.tokens[p.pos : p.pos + 2]] == ["/", mark]:
            p.pos += 2
            first = p.operand()
            power = [t.text for t in p.tokens[p.pos : p.pos + 4] if t.text not in ("{", "}")][:2]
            if power == ["^", "2"]:
                p.next()
                p.argument()
                return Grad(f, first, 2)
            if power[:1] == [mark]:
                p.next()
                return Grad(Grad(f, p.operand()), first)
    p.pos = start
    return None


def denominator(p: Grammar) -> Node:
    r"""`x` or `\sigma^2` after `d`."""
    by = p.operand()
    if p.at("^"):
        p.next()
        by = Bin("^", by, p.sub_parse(p.argument()))
    return by


def is_differential(side: Sequence[Token]) -> bool:
    """Whether a side is `dJ` or `dZ_1` and nothing else."""
    texts = [t.text for t in side]
    alone = len(side) == 2 or (texts[2:3] == ["_"] and (len(side) == 4 or (texts[3::2] == ["{", "}"])))
    return alone and texts[0] == "d" and side[1].kind == "id" and side[1].glued


def is_size(p: Grammar, token: Token) -> bool:
    return p.names.role(token.text) == "size"


def moves(p: Grammar) -> bool:
    """Whether `d` is a differential although it is also a size: at the start of a term, before a matrix, a trace or a
    determinant (`d\\Sigma`, `d\\log\\det\\Sigma`, `d(A^{-1})`, `d\\bar Y`), or right before a matrix and apart from the one before (`X dW`)."""
    before = p.tokens[p.pos - 2] if p.pos > 1 else None
    turned = p.pos > 2 and p.tokens[p.pos - 3].text == "^" and before is not None and before.text in ("T", "top")
    token = p.peek()
    if token is not None and token.kind == "id" and token.glued and p.names.moves() and not is_size(p, token):
        return True  # a whole side of some relation is a differential
    ahead = p.tokens[p.pos + 1 : p.pos + 4]
    if (
        token is not None
        and token.glued
        and [t.text for t in ahead[:2]] == ["/", "d"]
        and all(t.kind == "id" and t.glued for t in ahead[2:])
    ):
        return token.kind == "id" and len(ahead) > 2  # dp/ds
    if before is not None and before.kind in ("num", "id", "word") and before.text != "" and not turned:
        return is_apart(p, before, token)
    if token is not None and token.kind == "cmd" and token.text in ACCENTS:
        letter = next((t for t in p.tokens[p.pos + 1 : p.pos + 3] if t.text != "{"), None)
        return letter is not None and letter.kind == "id" and letter.text.isupper()
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
    large = token.text.lstrip("\\")[:1].isupper() and token.text != "I"
    return token.kind == "id" and (large or beside_others(p))


def is_apart(p: Grammar, before: Token, token: Token | None) -> bool:
    """Whether a blank stands before `d` and none behind it, between two capitals of which the first is no size: `X dW`."""
    if token is None or not token.glued or p.tokens[p.pos - 1].glued:
        return False
    if before.kind != "id" or token.kind != "id" or "I" in (before.text, token.text):
        return False
    matrices = before.text.isupper() and token.text.isupper() and p.names.role(before.text) != "size"
    return matrices or beside_others(p)


def beside_others(p: Grammar) -> bool:
    """Whether a differential of a matrix stands in the same side: then `db` is one, too."""
    for at, (mark, token) in enumerate(pairwise(p.tokens)):
        if at != p.pos - 1 and mark.text == "d" and token.glued and token.text.isupper() and token.text != "I":
            return True
    return False


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
    f = with_power(p, p.operand(), mark)
    texts = [t.text for t in p.tokens[p.pos : p.pos + 2]]
    if texts == ["/", mark]:
        p.pos += 2
        return by_power(f, denominator(p))
    return Diff(f)


def with_power(p: Grammar, f: Node, mark: str) -> Node:
    """`A^{-1}` of `dA^{-1}`, and `x^2` of `dx^2/dt`; of `dx^2` the square may be that of dx, and of `ds^2/dt^2` too."""
    start = p.pos
    if not p.accept("^"):
        return f
    power = p.argument()
    texts = [t.text for t in p.tokens[p.pos : p.pos + 4]]
    if [t.text for t in power] == ["-", "1"] or (texts[:2] == ["/", mark] and texts[3:] != ["^"]):
        return Bin("^", f, p.sub_parse(power))
    p.pos = start
    return f


def is_mark(p: Grammar, tokens: Sequence[Token], mark: str | None = None) -> str | None:
    """`d` or `partial` where the tokens begin with a differential mark (and with the same one as before)."""
    if not tokens:
        return None
    first = tokens[0]
    found = "partial" if (first.kind, first.text) == ("cmd", "partial") else None
    if any(t.text == "_" for t in tokens[1:2]) and first.text == "d":
        return None  # d_a is a name
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
    while [t.text for t in (*bottom[:1], *bottom[-1:])] == ["{", "}"] and is_one_group(bottom):
        bottom = bottom[1:-1]  # the braces of {{\partial w}} are not seen
    if [(t.kind, t.text) for t in top] == [("cmd", "partial")] and bottom and bottom[0].kind == "id":
        bottom = [top[0], *bottom]  # a mark that is left out below: \frac{\partial}{x}
    mark = is_mark(p, bottom)
    if mark and is_mark(p, top, mark) and len(bottom) > 1:
        return derivative(p, top, bottom)
    if mark and len(bottom) > 1 and top and top[0].text == "-" and is_mark(p, top[1:], mark):
        return Un("-", derivative(p, top[1:], bottom))
    if not top or not bottom:
        raise Unreadable("an empty fraction")
    return Bin("/", p.sub_parse(top), p.sub_parse(bottom))


def is_one_group(tokens: list[Token]) -> bool:
    """Whether the first brace closes with the last token."""
    depths = list(accumulate(nesting(t) for t in tokens))
    return all(depth > 0 for depth in depths[:-1])


def derivative(p: Grammar, top: list[Token], bottom: list[Token]) -> Node:
    """`\\frac{\\partial^2 f}{\\partial x^2}`, `\\frac{d}{dx} f`, `\\frac{\\partial f}{\\partial x \\partial y}`."""
    order, rest = 1, top[1:]
    if rest and rest[0].text == "^":
        inner = p.inner(rest[1:])
        power = inner.sub_parse(inner.argument())
        order, rest = int(min(power.value, 9)) if isinstance(power, Num) else 9, list(inner.tokens[inner.pos :])
    marks = {bottom[0].text}
    parts = [part for part in (split(bottom, marks) if bottom[0].kind == "cmd" else [bottom[1:]]) if part]
    powers = [trailing_power(part) for part in parts]
    counted = sum(power for _, power in powers) == order  # `\partial x^2` under `\partial^2`: twice by x
    if not parts or order > 2 or not (counted or len(parts) == order):
        raise Unreadable("a derivative of this order")
    f = p.sub_parse(rest) if rest else reached(p)
    if counted:
        return by_each(f, [p.sub_parse(part) for part, _ in powers], order)
    for part in reversed(parts):  # `\partial \sigma^2`: by the symbol \sigma^2
        f = by_power(f, p.sub_parse(part))
    return f


def by_each(f: Node, by: list[Node], order: int) -> Node:
    r"""By one symbol, or by two in turn; `\partial x \partial x^\top`: the matrix with a row for each entry of the first."""
    match by:
        case [Un("T", _)]:
            raise Unreadable("a derivative by a transpose")
        case [Bin("^", _, _) as one] if order == 2:
            return by_power(by_power(f, one), one)
        case [one]:
            return by_power(f, one) if order == 1 else Grad(f, one, order)
        case [first, Un("T", second)]:
            return Grad(f, first, 2) if first == second else Grad(Grad(f, first), second)
    return Grad(Grad(f, by[1]), by[0])


def trailing_power(part: list[Token]) -> tuple[list[Token], int]:
    r"""What is differentiated by, and how often: `x^2` is x, twice."""
    if len(part) > 2 and part[-1].kind == "num" and part[-2].text == "^":
        tail, digits = 2, part[-1].text
    elif len(part) > 4 and part[-4].text == "^" and part[-1].text == "}" and part[-2].kind == "num":
        tail, digits = 4, part[-2].text
    else:
        return part, 1
    return part[:-tail], int(digits) if digits.isdecimal() else 9


def by_power(f: Node, by: Node) -> Node:
    """df/d(x^p) = (df/dx) / (p x^(p-1)), where `by` is such a power of a name; else the plain derivative."""
    match by:
        case Bin("^", Sym() | Sub() as base, Num(power)) if power > 1:
            below = base if power == 2 else Bin("^", base, Num(power - 1))
            return Bin("/", Grad(f, base), Bin("*", Num(power), below))
    return Grad(f, by)


def reached(p: Grammar) -> Node:
    """What `d/dx` acts on: all that is multiplied after it, up to a place `|_{x=0}` at which the derivative is taken."""
    start, depth, bars = p.pos, 0, 0
    for at in range(start, len(p.tokens)):
        depth += nesting(p.tokens[at])
        following = p.tokens[at + 1].text if at + 1 < len(p.tokens) else ""
        bars += depth == 0 and p.tokens[at].text in ("|", "|<", "|>")
        if depth == 0 and at > start and p.tokens[at].text in ("|", "|>") and following == "_" and bars % 2:
            inner = p.inner(p.tokens[start:at])
            node = inner.term()
            p.pos = start + inner.pos
            return node
    return p.factor() if is_all_in_brackets(p) else p.term()


def is_all_in_brackets(p: Grammar) -> bool:
    r"""Whether the brackets that come next hold all that is derived: `\frac{d}{dx}[x] \sin x`, `\frac{d}{dx}(x) \cdot \sin x`, and not
    `\frac{d}{dx}(x)(x + 1)`. With a comma between they are a row."""
    texts = [t.text for t in p.tokens[p.pos :] if t.kind not in ("sp", "qd")]
    if texts[:1] not in (["["], ["("]):
        return False
    depths = list(accumulate((t in ("[", "(")) - (t in ("]", ")")) for t in texts))
    end = next((i for i, depth in enumerate(depths) if depth == 0), len(texts))
    if texts[0] == "[":
        return not any(t in (",", ";") and depth == 1 for t, depth in zip(texts[:end], depths, strict=False))
    return bool(set(texts[end + 1 : end + 2]) & {"cdot", "times", "*"})


def by_subscript(p: Grammar) -> bool:
    r"""Whether what follows `\partial` says by what: `\partial_x f`, `\partial^2_x f`; and not `\partial^2 f/\partial x^2`."""
    if not p.at("^"):
        return p.at("_")
    start = p.pos
    p.next()
    p.argument()
    found = p.at("_")
    p.pos = start
    return found


def nabla(p: Grammar, *, powers: bool = False) -> Node:
    """powers: what it acts on may be a power, `\\partial_t e^{-kt}`."""
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
    if by is not None and order == 1 and stands_alone(p):
        return Grad(Sym(LOSS), by)
    if by is None and (call := called_in_brackets(p)) is not None:
        return Grad(call, Sym(""), order)
    of = p.factor() if powers else p.term() if begins_a_form(p) or begins_with_turned(p, by) else p.operand()
    if order == 1 and isinstance(by, Bin):
        return by_power(of, by)
    return Grad(of, by or Sym(""), order)


def stands_alone(p: Grammar) -> bool:
    r"""`\nabla_W = ...`, `\nabla_y \odot g`: nothing is derived there but the loss, which everybody knows."""
    token = p.peek()
    return token is None or token.text in BEHIND


def called_in_brackets(p: Grammar) -> Node | None:
    r"""`\nabla (f)(T)`: the function stands in brackets, and its argument in the next ones."""
    ahead = [t for t in p.tokens[p.pos : p.pos + LONGEST_NAME] if t.kind not in ("sp", "qd")]
    if [t.text for t in ahead[:1] + ahead[2:4]] != ["(", ")", "("] or ahead[1].kind != "id":
        return None
    if p.names.role(ahead[1].text) not in ("function", "definition"):
        return None
    opening, name, closing, _ = (p.next() for _ in range(4))
    return p.sub_parse([name, opening, *p.inside(")"), closing])


def begins_with_turned(p: Grammar, by: Node | None) -> bool:
    r"""`\nabla_w w^\top A w`, `\nabla_w b^\top w`, `\nabla_w u^\top u`: a transposed letter, which is what is differentiated by, has
    a value that does not move with it, or stands behind itself again. Of `\nabla_w f^\top d` the gradient is turned."""
    tokens = [t for t in p.tokens[p.pos : p.pos + LONGEST_NAME] if t.kind not in ("sp", "qd")]
    texts = [t.text for t in tokens]
    end = 1
    if texts[1:2] == ["_"]:
        end = texts.index("}") + 1 if texts[2:3] == ["{"] and "}" in texts else 3
    turned = [text for text in texts[end : end + 3] if text != "{"][:2]
    if by is None or not tokens or tokens[0].kind != "id" or turned not in (["^", "T"], ["^", "top"]):
        return False
    node = p.sub_parse(tokens[:end])
    letter, behind = ([text for text in part if text not in "{}"] for part in (texts[:end], texts[end:]))
    squared = behind[2 : 2 + len(letter)] == letter
    return isinstance(node, Sym | Sub) and (node == by or squared or p.names.role(node.name) == "value")


def begins_a_form(p: Grammar) -> bool:
    r"""`\nabla_x (x - a)^\top K(x - a)`: a bracket with a power, that holds more than one name. The power is the form's."""
    texts = [t.text for t in p.tokens[p.pos :] if t.kind not in ("sp", "qd")]
    if texts[:1] not in (["("], ["["]):
        return False
    depths = list(accumulate((t in "([") - (t in ")]") for t in texts))
    end = next((i for i, depth in enumerate(depths) if depth == 0), len(texts))
    return texts[end + 1 : end + 2] == ["^"] and bool({"+", "-"} & set(texts[1:end]))
