r"""Atoms of the grammar: numbers, names, commands, named functions; other forms are in brackets, derivatives and ranged."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from evalkit.derivation.grammar.alphabet import ACCENT_SAME, ACCENTS
from evalkit.derivation.grammar.brackets import bars, bracket, inner_product, matrix
from evalkit.derivation.grammar.calling import BARS, described, inside
from evalkit.derivation.grammar.cases import indicator
from evalkit.derivation.grammar.derivatives import (
    by_slash,
    by_subscript,
    derivative_by_slash,
    fraction,
    moves,
    nabla,
    second_by_slash,
    starts_operand,
)
from evalkit.derivation.grammar.gradients import begins_gradient, gradient_name
from evalkit.derivation.grammar.nodes import Big, Bin, Call, Diff, Dots, Node, Num, Sub, Sym, Un, Unreadable
from evalkit.derivation.grammar.ranged import big, limit, limits
from evalkit.derivation.grammar.stream import Grammar, nesting, plain
from evalkit.derivation.grammar.tokens import OPEN, Token
from evalkit.derivation.grammar.transforms import INVERSE, LAPLACE, Z, inverse

INVERSES = {"sin": "arcsin", "cos": "arccos", "tan": "arctan", "sinh": "arsinh", "cosh": "arcosh", "tanh": "artanh"}
r"""What `\sin^{-1}` is: never one over it."""
ENTRYWISE = {
    *INVERSES,
    *INVERSES.values(),
    "log",
    "exp",
    "sigmoid",
    "relu",
    "softplus",
    "erf",
    "cot",
    "sec",
    "csc",
    "coth",
}
"""Functions of a number, behind which primes can stand."""
SLOPES = 2
_WIDE = {"tr", "det", "rank", "vec"}
_REFUSED = {"argmax": "arg max", "argmin": "arg min", "inf": "an infimum", "sup": "a supremum", "span": "a span",
            "ker": "a null space", "dim": "a dimension", "mean": "a mean", "eig": "eigenvalues in words", "Re": "a real part"}  # fmt: skip

_TRIGONOMETRIC = ("sin", "cos", "tan", "sinh", "cosh")
_NARROW = ("log", "exp", *_TRIGONOMETRIC)
"""Functions without brackets of which several letters may be the argument."""
_NO_VALUE = (None, "function", "definition")
"""What a letter E is in `E[w^2]` where that is an expectation."""


def atom(p: Grammar) -> Node:
    """One atom, without postfixes."""
    token = p.next()
    match token.kind:
        case "num":
            return (indicator(p) if token.text == "1" else None) or Num(float(token.text))
        case "id" | "word":
            return name(p, token)
        case "fn":
            return function(p, token.text)
        case "env":
            return matrix(p, token)
        case "op":
            if (token.text in ("^", "_") or (token.text == "{" and p.at("}"))) and (found := chosen(p, token)):
                return found
            if token.text == "{" and p.at("}"):
                p.next()
                if p.at("^", "_"):  # `2{}^3`: the script of what stands before it, or of nothing
                    raise Unreadable("an empty group with a script")
                return Num(0) if not p.starts_atom() else atom_after_empty(p)
            if token.text == "{" and opened(p):
                return atom_after_empty(p)
            return bracket(p, token)
        case "cmd":
            return command(p, token)
    raise Unreadable(f"{token.text.strip()!r} is not understood here")


def chosen(p: Grammar, token: Token) -> Node | None:
    """`{}_nC_k`, `^{n}C_{k}`: a binomial. None, with nothing consumed, where it is none."""
    start = p.pos
    try:
        if token.text == "{":
            p.next()
            if not p.accept("_", "^"):
                raise Unreadable("no script")
        of = p.argument()
        if p.next().text != "C" or not p.accept("_", "^"):
            raise Unreadable("no binomial")
        return Call("binom", (p.sub_parse(of), p.sub_parse(p.argument())))
    except Unreadable:
        p.pos = start
        return None


def opened(p: Grammar) -> bool:
    """Take away braces around a sum, which nobody sees: `{a - b}c` is a - bc. The place is then that of the sum."""
    start = p.pos
    try:
        inner = p.inside("}")
    except Unreadable:
        p.pos = start
        return False
    terms = [i for i, t in enumerate(inner) if i and t.kind == "op" and t.text in "+-"]
    if not any(sum(map(nesting, inner[:i])) == 0 for i in terms):
        p.pos = start
        return False
    p.tokens = [*p.tokens[:start], *inner, *p.tokens[p.pos :]]
    p.pos = start
    return True


def atom_after_empty(p: Grammar) -> Node:
    """`{}` in front of a script stands for nothing."""
    p.enter()
    node = atom(p)
    p.depth -= 1
    return node


def name(p: Grammar, token: Token) -> Node:
    if token.text in (LAPLACE, Z):
        return transformed(p, token)
    if token.text == "d" and (slash := by_slash(p, "d") or second_by_slash(p, "d")) is not None:
        return slash
    if (
        token.text == "d"
        and starts_operand(p)
        and (p.names.role("d") is None or (p.names.role("d") == "size" and (moves(p) or begins_gradient(p))))
    ):
        return gradient_name(p.names, derivative_by_slash(p, "d"))
    unknown = p.names.role(token.text) is None and not p.names.stands_alone(token.text)
    if token.text == "\\delta" and unknown:
        following = p.peek()
        if following is not None and following.text == "{":  # \delta\mathcal{L}
            following = p.peek(1)
        if following is not None and following.kind == "id" and following.text.isupper():
            return Diff(p.operand())
    if token.text in ("\\Delta", "\\delta") and unknown:
        following = p.tokens[p.pos] if p.pos < len(p.tokens) else None
        if following is not None and following.kind == "id":  # \\Delta x: one name
            p.next()
            return Sym(f"{token.text} {following.text}")
    if token.text == "I" and p.at("(", "[", "\\{", "_") and (found := indicator(p)) is not None:
        return found
    if token.text == "\\mathbb E" or (token.text == "E" and is_mean(p)):
        return mean(p)
    if token.text == "\\mathbb V" and (p.at("[", "(")):
        return under_condition(p, "Var") or Call("Var", function_arguments(p, "Var"))
    return Sym(token.text)


def transformed(p: Grammar, token: Token) -> Node:
    """The transform of what stands in the brackets behind its letter, or what it is the transform of."""
    turned = inverse(p.tokens, p.pos)
    p.pos += turned
    if not p.at("\\{"):
        raise Unreadable("a transform of nothing")
    p.next()
    return Call(token.text + (INVERSE if turned else ""), (p.sub_parse(p.inside("\\}")),))


def is_mean(p: Grammar) -> bool:
    """`E[w^2]`; `E(w)` where the text writes such a one too."""
    role = p.names.role("E")
    if role is None and p.at("_"):  # E_p[x]
        behind = p.inner(p.tokens[p.pos + 1 :])
        return behind.peek() is not None and bool(behind.argument()) and behind.at("[")
    return (p.at("[") and role in _NO_VALUE) or (role is None and p.at("(") and p.names.writes("E["))


def mean(p: Grammar) -> Node:
    """What stands behind the E of an expectation. One under a condition or over a named density is a number with a name."""
    label: list[Token] = []
    if p.at("_"):
        p.next()
        label = [t for t in p.argument() if t.kind not in ("sp", "qd")]
    power: list[Token] = []
    if p.at("^") and not label:  # E^2[X]
        p.next()
        power = p.argument()
    token = p.peek()
    if token is not None and token.kind == "op" and token.text in ("[", "(", "\\{"):
        p.next()
        inner = p.inside(OPEN[token.text])
        if power:
            return Bin("^", Call("E", (p.sub_parse(inner),)), p.sub_parse(power))
        if conditions(inner) == 1:
            return Sym(f"E_{described(label)}({described(inner)})" if label else f"E({described(inner)})")
        return Call(f"E_{described(label)}" if label else "E", (p.sub_parse(inner),))
    if token is None or label:
        raise Unreadable("an expectation")
    return Call("E", (p.factor(),))


def conditions(tokens: Sequence[Token]) -> int:
    """How many bars stand in no further brackets: none in `E[E[X | Y]]`."""
    depth = list(accumulate((nesting(t) for t in tokens), initial=0))
    return sum(t.text in BARS and not d for t, d in zip(tokens, depth, strict=False))


def command(p: Grammar, token: Token) -> Node:
    text = token.text
    if text in ACCENTS:
        inner = p.sub_parse(p.argument())
        accent = ACCENT_SAME.get(text, text)
        if accent == "vec" and isinstance(inner, Num) and inner.value == 0:
            return inner
        if accent == "vec" and isinstance(inner, Sym | Sub):
            return inner
        if accent == "vec" and (ends := between_points(inner)):
            return Sym(f"\\vec{{{ends}}}")
        if isinstance(inner, Sym):
            return Sym(f"\\{accent} {inner.name}")
        if isinstance(inner, Sub) and inner.name:
            return Sub(Sym(f"\\{accent} {inner.base.name}") if isinstance(inner.base, Sym) else inner.base,
                       f"\\{accent} {inner.name}", inner.index)  # fmt: skip
        raise Unreadable(f"\\{text} over an expression")
    match text:
        case "|" | "|<":
            return bars(p, text)
        case "frac":
            return fraction(p)
        case "sqrt" | "surd":
            return root(p)
        case "nabla":
            return nabla(p)
        case "partial" if by_subscript(p):
            return nabla(p, powers=True)
        case "partial" | "d":
            return by_slash(p, text) or second_by_slash(p, text) or derivative_by_slash(p, text)
        case "sum" | "prod" | "int":
            return big(p, text)
        case "bold":
            inner = p.sub_parse(p.argument())
            if inner == Num(1) and (found := indicator(p)) is not None:
                return found
            return Sym("\\mathbf 1") if isinstance(inner, Num) and inner.value == 1 else inner
        case "mathbb":
            letter = plain(p.argument())
            if letter in ("1", "I") and (found := indicator(p)) is not None:
                return found
            if letter == "1":
                return Sym("\\mathbf 1")
            if letter == "I":
                return Sym("I")
            if letter == "E":
                return mean(p)
            if letter == "P" and p.at("(", "["):
                return Sym("P")
            raise Unreadable(f"\\mathbb{{{letter}}}")
        case "langle":
            return inner_product(p)
        case "underbrace" | "overbrace" | "cancel" | "boxed":
            inner = p.sub_parse(p.argument())
            if text.endswith("brace") and (p.at("_") or p.at("^")):
                p.next()
                p.argument()
            return inner
        case "norm" | "abs":
            return Call("norm" if text == "norm" else "abs", (p.sub_parse(p.argument()),))
        case "infty":
            return Num(float("inf"))
        case "dots":
            return Dots()
        case "binom":
            return Call("binom", (p.sub_parse(p.argument()), p.sub_parse(p.argument())))
    raise Unreadable(f"\\{text} is not known")


def between_points(node: Node) -> str:
    r"""The two capitals of `\vec{AB}`, an arrow from one point to another; else nothing."""
    match node:
        case Bin("*", Sym(a), Sym(b)) if len(a) == len(b) == 1 and (a + b).isupper():
            return a + b
    return ""


def root(p: Grammar) -> Node:
    degree: Node = Num(2)
    if p.at("["):
        p.next()
        degree = p.sub_parse(p.inside("]"))
    token, sign = p.peek(), p.tokens[p.pos - 1]
    # The sign takes all of a number. LaTeX sets `\sqrt 18` as one digit under the root; nobody means that.
    plain = sign.text == "surd" or (token is not None and len(token.text) > 1)
    if token is not None and (token.text in ("(", "|") or (plain and token.kind == "num")):
        return Bin("^", p.factor() if token.kind != "num" else p.sub_parse([p.next()]), Bin("/", Num(1), degree))
    return Bin("^", p.sub_parse(p.argument()), Bin("/", Num(1), degree))


def function(p: Grammar, fn: str) -> Node:
    """A named function: powers may stand between name and argument; without parentheses it takes what follows."""
    if fn == "lim":
        return limit(p)
    if fn in _REFUSED:
        raise Unreadable(_REFUSED[fn])
    if fn in ("max", "min") and not p.at("_", "(", "[", "\\{", "{"):
        raise Unreadable("an infimum" if fn == "min" else "a supremum")
    if fn in ("max", "min") and p.at("_"):
        p.next()
        over = limits(p, [t for t in p.argument() if t.kind not in ("sp", "qd")], [])
        if over.without:
            raise Unreadable("an extreme that leaves out a value")
        return Big(fn, p.term(), over.names, over.low, over.high, over.strict)
    if fn in ("Var", "Cov") and (named := under_condition(p, fn)) is not None:
        return named
    power: Node | None = None
    base: Node | None = None
    while p.at("^", "_"):
        if p.next().text == "_":
            if fn not in ("tr", "softmax", "log"):
                raise Unreadable(f"{fn} with a subscript")
            low = p.argument()
            base = p.sub_parse(low) if fn == "log" else None
        else:
            power = p.sub_parse(p.argument())
    base = base or base_written_beside(p, fn)
    if power in (Num(-1), Un("-", Num(1))) and fn in INVERSES:
        fn, power = INVERSES[fn], None
    if fn in ENTRYWISE and base is None and power is None:
        fn += primes(p)
    node: Node = Call(fn, function_arguments(p, fn))
    if base is not None:
        node = Bin("/", node, Call("log", (base,)))
    if fn == "transpose":
        node = Un("T", node.args[0]) if isinstance(node, Call) else node
    elif fn == "inv" and isinstance(node, Call):
        node = Bin("^", node.args[0], Num(-1))
    return Bin("^", node, power) if power else node


def primes(p: Grammar) -> str:
    r"""The primes right behind a known function: `\\tanh'(z)` is its slope. One that closes a name or an expression is none."""
    found = ""
    while p.at("'", "''"):
        found += p.next().text
    if len(found) > SLOPES:
        raise Unreadable("a derivative of this order")
    return found


def under_condition(p: Grammar, fn: str) -> Node | None:
    """`Cov[x, y | z]`: a number, or a matrix, with a name."""
    token = p.peek()
    if token is None or token.text not in ("(", "[") or conditions(inside(p).tokens) != 1:
        return None
    p.next()
    return Sym(f"{fn}({described(p.inside(OPEN[token.text]))})")


def base_written_beside(p: Grammar, fn: str) -> Node | None:
    """The base of `log2(x)`, `log10(x)`, as programs write it."""
    number, bracket = (*p.tokens[p.pos : p.pos + 2], None, None)[:2]
    if fn != "log" or number is None or bracket is None or number.text not in ("2", "10") or bracket.text != "(":
        return None
    if not (number.glued and bracket.glued):
        return None
    p.pos += 1
    return Num(float(number.text))


def ends_argument(p: Grammar) -> bool:
    r"""Whether a blank and `dx` come next: the end of an integral, or a differential."""
    here = [t for t in p.tokens[p.pos : p.pos + 4] if t.kind not in ("sp", "qd")]
    blank = p.tokens[p.pos].kind in ("sp", "qd") or not here[0].glued
    return blank and here[0].text == "d" and len(here) > 1 and here[1].kind == "id" and here[1].glued


def holds_name(p: Grammar) -> bool:
    r"""Whether braces around a name come next, which nobody sees: the second factor of `\log 2{\sigma_1}^2`."""
    first, second = p.peek(), p.peek(1)
    return first is not None and second is not None and (first.kind, first.text) == ("op", "{") and second.kind == "id"


def calls_in_braces(p: Grammar) -> bool:
    r"""Whether a name in braces comes next, and brackets or a subscript behind it: the L(x) of `\log \mathcal{L}(x)`, and L_1."""
    opened, name, closed, behind = (p.peek(i) for i in range(4))
    if opened is None or name is None or closed is None or behind is None:
        return False
    goes_on = (behind.text == "(" and behind.glued) or behind.text == "_"
    return (opened.text, closed.text) == ("{", "}") and name.kind == "id" and goes_on


def function_arguments(p: Grammar, fn: str) -> tuple[Node, ...]:
    token = p.peek()
    if token is None:
        raise Unreadable(f"{fn} without argument")
    if token.kind == "op" and token.text in ("(", "[", "\\{", "{") and not calls_in_braces(p):
        p.next()
        inner = p.inside(OPEN[token.text])
        return p.arguments(inner)
    if fn in _WIDE:
        p.narrow += 1
        wide = p.term()
        p.narrow -= 1
        return (wide,)
    node = p.factor()
    if isinstance(node, Num):
        while True:
            token = p.peek()
            if token is None or (token.kind != "id" and not holds_name(p)) or ends_argument(p):
                break
            node = Bin("*", node, p.factor())
    elif isinstance(node, Sym | Sub):
        token = p.peek()
        if fn in _NARROW and token is not None and token.kind == "id" and not ends_argument(p):
            if fn not in _TRIGONOMETRIC:
                raise Unreadable(f"how much belongs to {fn}")
            while (token := p.peek()) is not None and token.kind == "id" and not ends_argument(p):
                if not token.glued or not isinstance(node, Sym | Bin):  # "sin n x" could be (sin n) x
                    raise Unreadable(f"how much belongs to {fn}")
                node = Bin("*", node, p.factor())
    return (node,)
