"""Is `f(x)` a call or a product? By what is declared of f, and else by what stands in the brackets."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from evalkit.derivation.grammar.layers import layer_of
from evalkit.derivation.grammar.nodes import Bin, Call, Grad, Node, Num, Sub, Sym, Unreadable, walk
from evalkit.derivation.grammar.stream import COLUMN, MATRIX, ROW, SCALAR, Grammar, nesting, plain
from evalkit.derivation.grammar.tokens import OPEN, Token

_EVENT = {"=", "<", ">", "leq", "geq", "neq", "cap", "cup", "in"}
"""Signs in the description of an event."""
BARS = ("|", "|<", "|>", "mid")
OPEN_EVENT = ("(", "[")
PLACE = "\\place"
"""The letter by which a function without one is derived."""
FUNCTIONS = frozenset({"f", "g", "h", "\\sigma", "\\phi", "\\varphi", "\\psi", "\\rho"})
"""What functions are called, where nothing else tells that a name is one."""
MANY = 2
"""Letters of a product."""
_FEW = 6
"""Tokens between the brackets of `L(W_1)` where L is a notation."""


class Inside(NamedTuple):
    """What stands between brackets."""

    tokens: Sequence[Token]
    comma: bool
    simple: bool
    """No sign and no relation."""
    names: bool
    """Names side by side are no product."""


def is_call(p: Grammar, node: Sym | Sub, token: Token) -> bool:
    """Whether the bracket `token`, which comes next, holds arguments of `node`."""
    role = p.names.role(node.name)
    if is_entry_of_call(p, node, token):
        return True
    if role is None and isinstance(node, Sub) and isinstance(node.base, Sym) and p.names.role(node.base.name):
        listed = p.names.role(f"{node.base.name}_") == "notation"  # p_i(z) of a p_i that z defines
        role = None if listed else "value"  # U_k(...): a part of something known is no function
    if role is None and is_factor(p, node):
        return False
    if role == "function" or (role is None and (node.name == "\\Gamma" or p.names.is_called(node.name))):
        return True
    if node.name == "\\Phi" and role is None and token.glued and not any(t.kind == "id" for t in inside(p).tokens):
        return True  # of a number: the distribution function of the normal distribution
    layer = layer_of(node.name) if role is None and "^" in node.name else None
    if (
        role in ("value", "size")
        or node.name in ("e", "\\mathbf 1")
        or (layer is not None and layer.base not in FUNCTIONS)
    ):
        return False  # \delta^{[2]}(a^{[1]})^\top
    if role == "definition" and token.glued:
        return True
    inner = inside(p)
    if role in (None, "notation") and holds_itself(node.name, inner.tokens):
        return False
    if role == "notation" and p.names.shape(node) == MATRIX and sum(t.kind == "id" for t in inner.tokens) > 1:
        return inner.comma  # `A(B^\top B)^{-1}`
    if not token.glued and role != "definition":  # f (x): nobody puts brackets around one letter to multiply
        alone = len(inner.tokens) == 1 and inner.tokens[0].kind == "id"
        return role is None and isinstance(node, Sym) and len(node.name) == 1 and alone
    if node.name == "I" and role is None:  # I(n) = \int_0^1 x^n dx; an identity has no number in brackets behind it
        return len(inner.tokens) == 1 and inner.tokens[0].kind in ("id", "num")
    if node.name == "\\pi" and role is None:  # a density or a policy; `\pi(R^2 - r^2)` is a product
        return all(t.kind == "id" or t.text in ",{}()|_" for t in inner.tokens)
    if role == "notation":
        return inner.comma or (inner.simple and inner.names and len(inner.tokens) < _FEW)
    return inner.comma or inner.simple


def is_factor(p: Grammar, node: Sym | Sub) -> bool:
    r"""Whether a member of a family of columns or numbers stands before a product of columns: `u_i(u_i^\top X)`, `\sigma_i(u_j^\top u_i)v_i^\top`.
    It does not before a name alone or a matrix, of which it may be a value: `\lambda_i(A)`."""
    if not isinstance(node, Sub) or not isinstance(node.base, Sym) or p.names.role(f"{node.base.name}_") != "value":
        return False
    shape, inner = p.names.shape(node), inside(p)
    if inner.comma or sum(t.kind == "id" for t in inner.tokens) < MANY:
        return False
    try:
        of = p.names.shape(p.sub_parse(list(inner.tokens)))
    except Unreadable:
        return False
    return (shape == COLUMN and of in (ROW, SCALAR)) or (shape == SCALAR and of in (SCALAR, ROW, COLUMN))


def holds_itself(name: str, tokens: Sequence[Token]) -> bool:
    """Whether a letter stands in the bracket behind it, and not as a function: `P(100 - P)` is a product."""
    pairs = itertools.pairwise([*(t.text for t in tokens), ""])
    return any(text == name and behind not in OPEN_EVENT for text, behind in pairs)


def always_called(sides: Sequence[Sequence[Token]]) -> frozenset[str]:
    """The names of functions that never stand without a bracket or a prime right behind them, and that one place shows to be
    no factors: a prime, a single name between the brackets, or a side that is their value and nothing else."""
    bare, shown = set(), {name for side in sides if (name := whole_call(side)) is not None}
    for side in sides:
        for at, token in enumerate(side):
            if token.text not in FUNCTIONS:
                continue
            behind = [t.text for t in side[at + 1 : at + 4]]
            if behind[:1] == ["'"] or (behind[:1] == ["("] and behind[2:] == [")"] and side[at + 2].kind == "id"):
                shown.add(token.text)
            elif behind[:1] != ["("] or not side[at + 1].glued:
                bare.add(token.text)
    return frozenset(shown - bare)


def whole_call(side: Sequence[Token]) -> str | None:
    """The name of the function of which a side is one value and nothing else."""
    if len(side) < 4 or side[0].text not in FUNCTIONS or side[1].text != "(" or not side[1].glued:
        return None
    depth = 0
    for at, token in enumerate(side[1:], 1):
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0:
            return side[0].text if at == len(side) - 1 else None
    return None


def is_name(side: Sequence[Token]) -> bool:
    """Whether a side is one name, with or without scripts or an accent."""
    rest = [t for t in side if t.kind not in ("sp", "qd", "cmd") and t.text not in "{}"]
    return bool(rest) and rest[0].kind == "id" and (len(rest) == 1 or rest[1].text in ("_", "^"))


def is_entry_of_call(p: Grammar, node: Node, token: Token) -> bool:
    """`s_i(z)` of a function s, or of a column s that depends on z: an entry of s(z)."""
    if not isinstance(node, Sub) or not isinstance(node.base, Sym) or node.index is None or p.names.role(node.name):
        return False
    role = p.names.role(node.base.name)
    if not token.glued or p.names.role(f"{node.base.name}_") is not None:
        return False
    if role == "notation":
        inner = inside(p)
        return p.names.shape(node.base) == COLUMN and len(inner.tokens) == 1 and inner.tokens[0].kind == "id"
    return role in ("function", "definition")


def inside(p: Grammar) -> Inside:
    """What stands in the brackets that come next, up to the closing one or the end."""
    depth, comma, simple, names, at = 0, False, True, True, p.pos
    while at < len(p.tokens):
        here = p.tokens[at]
        if here.kind == "op" and here.text in OPEN:
            depth += 1
        elif here.kind == "op" and here.text in OPEN.values():
            depth -= 1
            if depth == 0:
                break
        elif depth == 1 and here.text == ",":
            comma, names = True, names and at > p.pos + 1
        elif here.text in ("+", "-", "=") and at > p.pos + 1:
            simple = False
        elif (
            depth == 1
            and here.kind == "id"
            and (p.tokens[at - 1].kind in ("id", "num") or p.tokens[at - 1].text == "}")
        ):
            names = False
        at += 1
    return Inside(p.tokens[p.pos + 1 : at], comma, simple, names)


def is_numbered(p: Grammar, node: Sym, number: Token) -> bool:
    """`h1`: a letter and a digit right behind it are one name; a product is written `1h`, and `X1_N` is X times ones."""
    before = p.tokens[p.pos - 1]
    if [t.text for t in p.tokens[p.pos : p.pos + 2]] == ["1", "_"]:
        return False
    single = len(node.name) == 1 and node.name not in "eid"
    index = [t.text for t in p.tokens[p.pos : p.pos + 3] if t is not number][:2]
    if number.text == "1" and len(index) == 2 and index[0] == "_" and p.names.role(index[1]) == "size":
        return False  # `X1_N`: times a column of ones
    return single and before.kind == "id" and before.end == number.start and number.text.isdecimal()


def power_of_call(p: Grammar, node: Node, exponent: Sequence[Token]) -> Node | None:
    """`f^2(x)` of a function, or of a letter that the text writes as one, `f(x)`: the square of its value. The brackets are consumed."""
    token = p.peek()
    if token is None or token.text != "(" or not token.glued:
        return None
    if is_made_of_functions(p, node):
        raise Unreadable("a power of functions")
    if not isinstance(node, Sym) or node.name == "e":
        return None
    role, written = p.names.role(node.name), node.name + "".join(t.text for t in p.tokens[p.pos : p.pos + 3])
    known = role in ("function", "definition") or (role is None and p.names.writes(written))
    if not known or [t.text for t in exponent] != ["2"]:
        return None
    power = p.sub_parse(exponent)
    p.next()
    return Bin("^", Call(node.name, p.arguments(p.inside(")"))), power)


def of_functions(p: Grammar, node: Node) -> bool:
    r"""Whether brackets around functions alone, `(f + g)`, `(f \circ g)`, come right before their argument: a function."""
    token, behind = p.peek(), p.peek(1)
    primed = token is not None and token.text == "'" and behind is not None and behind.text in ("'", "(")
    if token is None or not token.glued or not (primed or token.text == "(") or p.behind() != ")":
        return False
    opens = next((i for i in range(p.pos - 1, -1, -1) if p.tokens[i].text == "("), 0)
    if any(t.text == "odot" for t in p.tokens[opens : p.pos]):
        return False  # entry by entry
    return is_made_of_functions(p, node)


def is_made_of_functions(p: Grammar, node: Node) -> bool:
    names = [n for n in walk(node) if isinstance(n, Sym)]
    rest = all(isinstance(n, Sym | Num) or (isinstance(n, Bin) and n.op in "+-*/.*") for n in walk(node))
    return rest and len(names) > 1 and all(p.names.role(n.name) in ("function", "definition") for n in names)


def applied(p: Grammar, node: Node) -> Node:
    """`(f + g)(x)`, `(fg)'(x)`. The primes and the argument are consumed."""
    order = 0
    while p.accept("'"):
        order += 1
    p.next()
    at = p.sub_parse(p.inside(")"))
    if order > 2:
        raise Unreadable("a derivative of this order")
    if not order:
        return value_of(node, at)
    by = at if isinstance(at, Sym) else Sym(PLACE)
    slope = Grad(value_of(node, by), by, order)
    return slope if isinstance(at, Sym) else Call("at", (slope, by, at))


def value_of(node: Node, at: Node) -> Node:
    r"""The value of such a function. `f \circ g` is f of g."""
    match node:
        case Sym(name):
            return Call(name, (at,))
        case Bin(".*", left, right):
            return value_of(left, value_of(right, at))
        case Bin(op, left, right):
            return Bin(op, value_of(left, at), value_of(right, at))
    return node


def event(p: Grammar, node: Node) -> Node | None:
    """`P(Y = 2)`, `p(x | t)`, `KL(p || q)`: a number with a name of its own; of a declared function the bar is a comma. The brackets
    are consumed. None where no such thing comes next."""
    token = p.peek()
    if token is None or token.text not in OPEN_EVENT or not token.glued or not is_label(node):
        return None
    assert isinstance(node, Sym | Sub)  # noqa: S101 - is_label
    inner = [t for t in inside(p).tokens if t.text not in ("{", "}") and t.kind not in ("sp", "qd")]
    if holds_itself(node.name, inner):
        return None
    depths = [0, *accumulate(nesting(t) for t in inner)]
    top = ["|" if t.text in BARS else t.text for t, depth in zip(inner, depths, strict=False) if depth == 0]
    double = [i for i, pair in enumerate(itertools.pairwise(top)) if pair == ("|", "|")]  # KL(p || q)
    bars = top.count("|") - len(double)
    norms = any(t.kind == "cmd" and t.text == "|" for t, depth in zip(inner, depths, strict=False) if depth == 0)
    plain_p = node.name == "P" and p.names.role("P") is None
    if (
        token.text == "["
        and not (double or norms or plain_p)
        and not (len(node.name) > 1 and bars == 1 and isinstance(node, Sub))
    ):
        return None
    if bars != 1 and not ("=" in top or (node.name == "P" and (any(t in _EVENT for t in top) or is_event(inner)))):
        return None
    role = p.names.role(node.name)
    if role in ("function", "definition") and bars == 1 and isinstance(node, Sym):
        p.next()
        tokens = p.inside(OPEN[token.text])
        if double:
            tokens.remove(next(t for t in tokens if t.text in BARS))
        return Call(node.name, p.arguments([comma(t) for t in tokens]))
    if role is not None and not (
        node.name == "P" and (any(t in _EVENT for t in top) or any(t.kind == "text" for t in inner))
    ):
        return None
    p.next()
    return Sym(f"{node.name}({described(p.inside(OPEN[token.text]))})")


def is_label(node: Node) -> bool:
    """A letter, or one with a label that is no index: the D of `D_{KL}(p || q)`."""
    if isinstance(node, Sub) and node.name:
        return all(isinstance(n, Sym) and n.name.isupper() for n in node.index or ())
    return isinstance(node, Sym)


def described(tokens: Sequence[Token]) -> str:
    """The name of an event, with the words that describe it."""
    said = "".join("|" if t.text in BARS else t.text.strip() if t.kind == "text" else plain([t]) for t in tokens)
    return said.replace("||", "|")


def names_event(name: str) -> bool:
    """Whether a name is that of an event: `P(A)`, and not `W^(1)`."""
    head, bracket, _ = name.partition("(")
    return bool(bracket) and not head.endswith("^") and name.endswith(")")


def is_event(tokens: Sequence[Token]) -> bool:
    """One capital, perhaps with an accent or a mark: `P(A)`; `P(x)` and `P(n)` are values of a function. Or words."""
    if any(t.kind in ("text", "word") for t in tokens):
        return True
    if [t.text for t in tokens] in (["+"], ["-"]):  # the outcome of a test
        return True
    letters = [t.text for t in tokens if t.kind == "id"]
    return len(letters) >= 1 and letters[0].isupper() and all(not t.islower() or t == "c" for t in letters[1:])


def comma(token: Token) -> Token:
    return token._replace(kind="op", text=",") if token.text in BARS else token
