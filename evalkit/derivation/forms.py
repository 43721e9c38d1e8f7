r"""The special forms of the grammar: brackets and blocks, bars, fractions and derivatives, sums, named functions."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.derivation.lexer import _ACCENT_SAME, ACCENTS, GREEK, Token
from evalkit.derivation.nodes import Big, Bin, Block, Call, Diff, Dots, Grad, Node, Num, Sub, Sym, Un, Unreadable
from evalkit.derivation.stream import OPEN, Grammar, nesting, plain, split

_MATRIX_ENVS = {"bmatrix", "pmatrix", "matrix", "smallmatrix", "Bmatrix", "array", "vmatrix", "Vmatrix"}
_NORMS = {"": "norm", "F": "norm_F", "Fro": "norm_F", "fro": "norm_F", "2": "norm_2", "1": "norm_1", "*": "norm_nuc",
          "\\infty": "norm_inf", "infty": "norm_inf", "op": "norm_2", "nuc": "norm_nuc", "frob": "norm_F", "Frob": "norm_F"}  # fmt: skip
_WIDE = {"tr", "det", "rank", "vec"}
_REFUSED = {"argmax": "arg max", "argmin": "arg min", "lim": "a limit", "inf": "an infimum", "sup": "a supremum", "span": "a span",
            "ker": "a null space", "dim": "a dimension", "Var": "a variance", "Cov": "a covariance", "mean": "a mean", "eig": "eigenvalues in words", "Re": "a real part"}  # fmt: skip


def atom(p: Grammar) -> Node:
    """One atom, without postfixes."""
    token = p.next()
    match token.kind:
        case "num":
            return Num(float(token.text))
        case "id" | "word":
            return name(p, token)
        case "fn":
            return function(p, token.text)
        case "env":
            return matrix(p, token)
        case "op":
            return bracket(p, token)
        case "cmd":
            return command(p, token)
    raise Unreadable(f"{token.text.strip()!r} is not understood here")


def name(p: Grammar, token: Token) -> Node:
    if token.text == "d" and (slash := by_slash(p, "d")) is not None:
        return slash
    if (
        token.text == "d"
        and starts_operand(p)
        and (p.names.role("d") is None or (p.names.role("d") == "size" and moves(p)))
    ):
        return derivative_by_slash(p, "d")
    if token.text == "\\delta" and p.names.role("\\delta") is None:
        following = p.peek()
        if following is not None and following.text == "{":  # \delta\mathcal{L}
            following = p.peek(1)
        if following is not None and following.kind == "id" and following.text.isupper():
            return Diff(p.operand())
    if token.text == "\\mathbb E":
        raise Unreadable("an expectation")
    return Sym(token.text)


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


def bracket(p: Grammar, token: Token) -> Node:
    if token.text in ("|", "|<"):
        return bars(p, token.text)
    if token.text not in OPEN:
        raise Unreadable(f"{token.text!r} is not understood here")
    if token.text == "{" and p.at("}"):
        p.next()
        return Num(0) if not p.starts_atom() else atom_after_empty(p)
    inner = p.inside(OPEN[token.text])
    if token.text == "[":
        return square(p, inner)
    if token.text in ("(", "\\{") and len(split(inner, {",", ";"})) > 1:
        parts = split(inner, {";"})
        if token.text == "(" and len(parts) > 1:
            return Block(tuple((p.sub_parse(part),) for part in parts))
        cells = split(inner, {","})
        if token.text == "(" and len(cells) > 1 and p.turned():  # (1, 2, 3)^T
            return Block((tuple(p.sub_parse(cell) for cell in cells),))
        raise Unreadable("a tuple or a set")
    return p.sub_parse(inner)


def atom_after_empty(p: Grammar) -> Node:
    """`{}` in front of a script stands for nothing."""
    p.enter()
    node = atom(p)
    p.depth -= 1
    return node


def square(p: Grammar, inner: list[Token]) -> Node:
    """`[...]`: a block matrix where something separates columns or rows, else a grouping."""
    rows = [r for r in split(inner, {";", "\\\\"}) if r]
    cells = [cut_row(p, row, len(rows) > 1) for row in rows]
    if len(cells) == 1 and len(cells[0]) == 1:
        return p.sub_parse(inner)
    return block(p, cells)


def cut_row(p: Grammar, row: list[Token], many: bool) -> list[list[Token]]:
    for marks in ({"&"}, {","}, {"|"}):
        parts = split(row, marks)
        if len(parts) > 1:
            parts = [part for part in parts if any(t.kind not in ("sp", "qd") for t in part)]
            if marks != {"|"} or any(is_unit(part) for part in parts):
                return parts
    parts = [part for part in split(row, {"\\ ", "\\;", "\\:", "\\quad", "\\qquad", "\\enspace", "\\,"}) if part]
    real = [t for t in row if t.kind in ("sp", "qd")]
    if len(parts) > 1 and real:
        short = all(len(part) <= 4 for part in parts)
        thin = all(t.text == "\\," for t in real)
        if any(is_unit(part) for part in parts) or (short and not thin and not any(has_sum(part) for part in parts)):
            return parts
    return [row]


def is_unit(tokens: Sequence[Token]) -> bool:
    """0, 1 or I, possibly with a size."""
    texts = [t.text for t in tokens if t.kind not in ("sp", "qd") and t.text not in ("{", "}", "bold", "-")]
    return bool(texts) and texts[0] in ("0", "I") and (len(texts) == 1 or texts[1] == "_")


def has_sum(tokens: Sequence[Token]) -> bool:
    return any(t.text in ("+", "-", "=", "(", ")") and t.kind == "op" for t in tokens)


def block(p: Grammar, cells: list[list[list[Token]]]) -> Node:
    rows = tuple(tuple(p.sub_parse(cell) for cell in row) for row in cells)
    if not rows or any(len(r) != len(rows[0]) for r in rows):
        raise Unreadable("a block matrix with rows of different length")
    if any(isinstance(n, Dots) for row in rows for n in row):
        if len(rows) == 1:
            return Call("hcat", rows[0])
        if len(rows[0]) == 1:
            return Call("vcat", tuple(row[0] for row in rows))
        raise Unreadable("a matrix with dots")
    return Block(rows)


def matrix(p: Grammar, token: Token) -> Node:
    env = token.text.partition(":")[2]
    if not token.text.startswith("begin:") or env not in _MATRIX_ENVS:
        raise Unreadable(f"\\{token.text.replace(':', '{')}}}")
    if env == "array" and p.at("{"):
        p.argument()
    start, depth = p.pos, 1
    while p.pos < len(p.tokens):
        here = p.tokens[p.pos]
        p.pos += 1
        if here.kind == "env":
            depth += 1 if here.text.startswith("begin") else -1
            if depth == 0:
                break
    else:
        raise Unreadable(f"\\end{{{env}}} is missing")
    inner = list(p.tokens[start : p.pos - 1])
    if env in ("vmatrix", "Vmatrix"):
        raise Unreadable("a determinant written out")
    rows = [split(row, {"&"}) for row in split(inner, {"\\\\"}) if any(t.kind not in ("sp", "qd") for t in row)]
    if len(rows) == 1 and len(rows[0]) == 1:
        rows = [cut_row(p, rows[0][0], False)]
    return block(p, rows)


def bars(p: Grammar, bar: str) -> Node:
    kind = bar.rstrip("<>")
    p.bars.append("‖" if p.tokens[p.pos - 1].kind == "cmd" else kind)
    double = p.tokens[p.pos - 1].kind == "cmd"
    mark = len(p.bars)
    p.bars[-1] = kind
    node = p.expression()
    token = p.peek()
    if token is None or token.text.rstrip("<>") != kind or len(p.bars) != mark:
        raise Unreadable("a bar is not closed")
    p.next()
    p.bars.pop()
    if not double:
        return Call("abs", (node,))
    label = ""
    if p.at("_"):
        p.next()
        label = plain(p.argument())
    if label not in _NORMS:
        raise Unreadable(f"the norm {label!r}")
    return Call(_NORMS[label], (node,))


def command(p: Grammar, token: Token) -> Node:
    text = token.text
    if text in ACCENTS:
        inner = p.sub_parse(p.argument())
        accent = _ACCENT_SAME.get(text, text)
        if accent == "vec" and isinstance(inner, Sym | Sub):
            return inner
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
        case "sqrt":
            return root(p)
        case "nabla":
            return nabla(p)
        case "partial" | "d":
            return by_slash(p, text) or derivative_by_slash(p, text)
        case "sum" | "prod" | "int":
            return big(p, text)
        case "bold":
            inner = p.sub_parse(p.argument())
            return Sym("\\mathbf 1") if isinstance(inner, Num) and inner.value == 1 else inner
        case "mathbb":
            letter = plain(p.argument())
            if letter == "1":
                return Sym("\\mathbf 1")
            if letter == "I":
                return Sym("I")
            raise Unreadable("an expectation" if letter == "E" else f"\\mathbb{{{letter}}}")
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


def derivative_by_slash(p: Grammar, mark: str) -> Node:
    """`∂f/∂x` in one line; else the differential `dx`."""
    f = p.operand()
    texts = [t.text for t in p.tokens[p.pos : p.pos + 2]]
    if texts == ["/", mark]:
        p.pos += 2
        return Grad(f, p.operand())
    return Diff(f)


def inner_product(p: Grammar) -> Node:
    start, depth = p.pos, 1
    while p.pos < len(p.tokens):
        text = p.tokens[p.pos].text
        p.pos += 1
        depth += 1 if text == "langle" else -1 if text == "rangle" else 0
        if depth == 0:
            break
    else:
        raise Unreadable("\\rangle is missing")
    parts = split(list(p.tokens[start : p.pos - 1]), {","})
    if len(parts) != 2:
        raise Unreadable("an inner product has two parts")
    if p.at("_"):
        p.next()
        p.argument()
    return Call("inner", (p.sub_parse(parts[0]), p.sub_parse(parts[1])))


def root(p: Grammar) -> Node:
    degree: Node = Num(2)
    if p.at("["):
        p.next()
        degree = p.sub_parse(p.inside("]"))
    token = p.peek()
    inner = p.factor() if token is not None and token.text in ("(", "|") else p.sub_parse(p.argument())
    return Bin("^", inner, Bin("/", Num(1), degree))


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


def function(p: Grammar, fn: str) -> Node:
    """A named function: powers may stand between name and argument; without parentheses it takes what follows."""
    if fn in _REFUSED:
        raise Unreadable(_REFUSED[fn])
    if fn in ("max", "min") and not p.at("_", "(", "[", "\\{", "{"):
        raise Unreadable("an infimum" if fn == "min" else "a supremum")
    if fn in ("max", "min") and p.at("_"):
        p.next()
        index, start, stop, strict = limits(p, p.argument(), [])
        return Big(fn, p.term(), index, start, stop, strict)
    power: Node | None = None
    while p.at("^", "_"):
        if p.next().text == "_":
            if fn not in ("tr", "softmax"):
                raise Unreadable(f"{fn} with a subscript")
            p.argument()
        else:
            power = p.sub_parse(p.argument())
    node: Node = Call(fn, function_arguments(p, fn))
    if fn == "transpose":
        node = Un("T", node.args[0]) if isinstance(node, Call) else node
    elif fn == "inv" and isinstance(node, Call):
        node = Bin("^", node.args[0], Num(-1))
    return Bin("^", node, power) if power else node


def function_arguments(p: Grammar, fn: str) -> tuple[Node, ...]:
    token = p.peek()
    if token is None:
        raise Unreadable(f"{fn} without argument")
    if token.kind == "op" and token.text in ("(", "[", "\\{", "{"):
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
            if token is None or token.kind != "id":
                break
            node = Bin("*", node, p.factor())
    elif isinstance(node, Sym | Sub):
        token = p.peek()
        if fn in ("log", "exp", "sin", "cos", "tan") and token is not None and token.kind == "id":
            raise Unreadable(f"how much belongs to {fn}")
    return (node,)


__all__ = ["GREEK", "atom"]
