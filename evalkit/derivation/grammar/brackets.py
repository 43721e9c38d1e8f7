"""Forms between delimiters: groups, blocks, matrices, bars, inner products."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.derivation.grammar.cases import cases, condition
from evalkit.derivation.grammar.nodes import ZEROS, Bin, Block, Call, Dots, Node, Num, Sub, Sym, Unreadable
from evalkit.derivation.grammar.stream import Grammar, plain, split
from evalkit.derivation.grammar.tokens import OPEN, Token

_MATRIX_ENVS = {"bmatrix", "pmatrix", "matrix", "smallmatrix", "Bmatrix", "array", "vmatrix", "Vmatrix"}
_NORMS = {"": "norm", "F": "norm_F", "Fro": "norm_F", "fro": "norm_F", "2": "norm_2", "1": "norm_1", "*": "norm_nuc",
          "\\infty": "norm_inf", "infty": "norm_inf", "op": "norm_2", "nuc": "norm_nuc", "frob": "norm_F", "Frob": "norm_F"}  # fmt: skip

LONGEST_CELL = 7
"""Tokens of a cell that nothing but a space parts from the next."""
WIDE_SPACES = {"\\ ", "\\;", "\\:", "\\quad", "\\qquad", "\\enspace"}
_ROUNDED = {"\\lfloor": "floor", "\\lceil": "ceil"}


def bracket(p: Grammar, token: Token) -> Node:
    if token.text in ("|", "|<"):
        return bars(p, token.text)
    if token.text not in OPEN:
        raise Unreadable(f"{token.text!r} is not understood here")
    inner = p.inside(OPEN[token.text])
    if token.text in _ROUNDED:
        return Call(_ROUNDED[token.text], (p.sub_parse(inner),))
    if token.text in ("[", "(") and (found := condition(p, inner)) is not None:
        return found
    if token.text == "[":
        return square(p, inner)
    if token.text in ("(", "\\{") and len(split(inner, {",", ";"})) > 1:
        parts = split(inner, {";"})
        if token.text == "(" and len(parts) > 1:
            return Block(tuple((p.sub_parse(part),) for part in parts))
        cells = split(inner, {","})
        if token.text == "(" and len(cells) > 1 and p.turned():  # (1, 2, 3)^T
            return Block((tuple(p.sub_parse(cell) for cell in cells),))
        if token.text == "(" and len(cells) > 1:
            values = tuple(p.sub_parse(cell) for cell in cells)
            if not any(isinstance(value, Dots) for value in values):
                return Call("tuple", values)
        raise Unreadable("a tuple or a set")
    if token.text == "(" and (spaced := spaced_cells(inner)) is not None:
        return block(p, [spaced])
    return p.sub_parse(inner)


def spaced_cells(inner: list[Token]) -> list[list[Token]] | None:
    """The cells of `(U_k \\; U_\\perp)`, a letter with one subscript and a space before the same letter with another, and of
    `(I_k \\; 0)`."""
    parts = [part for part in split(inner, WIDE_SPACES) if any(t.kind not in ("sp", "qd") for t in part)]
    texts = [[t.text for t in part if t.kind not in ("sp", "qd")] for part in parts]
    if len(parts) != 2 or any(has_sum(part) for part in parts) or max(map(len, texts)) > LONGEST_CELL:
        return None
    labelled = all(len(text) > 2 and text[1] == "_" for text in texts)
    alike = labelled and texts[0][0] == texts[1][0] and texts[0] != texts[1]
    return parts if alike or (["0"] in texts and all(map(is_unit, parts))) else None


def square(p: Grammar, inner: list[Token]) -> Node:
    """`[...]`: a block matrix where something separates columns or rows, else a grouping."""
    rows = [r for r in split(inner, {";", "\\\\"}) if r]
    if (listed := list_of_rows(rows)) is not None:
        return block(p, listed)
    cells = [cut_row(p, row, len(rows) > 1) for row in rows]
    if len(cells) == 1 and len(cells[0]) == 1:
        return p.sub_parse(inner)
    return block(p, cells)


def list_of_rows(rows: Sequence[list[Token]]) -> list[list[list[Token]]] | None:
    """The cells of `[[1, 2], [3, 4]]`, a matrix as programs write it; None where it is none."""
    inside = (
        [[t for t in part if t.kind not in ("sp", "qd")] for part in split(rows[0], {","})] if len(rows) == 1 else []
    )
    if len(inside) < 2 or not all(map(is_bracketed, inside)):
        return None
    cells = [split(part[1:-1], {","}) for part in inside]
    return cells if len({len(row) for row in cells}) == 1 else None


def is_bracketed(tokens: Sequence[Token]) -> bool:
    """Whether one pair of square brackets holds all of it."""
    depth = 0
    for at, token in enumerate(tokens):
        depth += (token.kind == "op" and token.text == "[") - (token.kind == "op" and token.text == "]")
        if depth == 0:
            return 0 < at == len(tokens) - 1
    return False


def cut_row(p: Grammar, row: list[Token], many: bool) -> list[list[Token]]:
    for marks in ({"&"}, {","}, {"|"}):
        parts = split(row, marks)
        if len(parts) > 1:
            parts = [part for part in parts if any(t.kind not in ("sp", "qd") for t in part)]
            if marks != {"|"} or any(is_unit(part) for part in parts):
                return parts
    parts = [part for part in split(row, WIDE_SPACES | {"\\,"}) if part]
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
    if len(rows) == 1:
        rows = (runs(rows[0]),)
    elif all(len(row) == 1 for row in rows):
        rows = tuple((cell,) for cell in runs(tuple(row[0] for row in rows)))
    if not rows or any(len(r) != len(rows[0]) for r in rows):
        raise Unreadable("a block matrix with rows of different length")
    if any(isinstance(n, Dots) for row in rows for n in row):
        if len(rows) == 1:
            return Call("hcat", rows[0])
        if len(rows[0]) == 1:
            return Call("vcat", tuple(row[0] for row in rows))
        raise Unreadable("a matrix with dots")
    return Block(rows)


def runs(cells: tuple[Node, ...]) -> tuple[Node, ...]:
    """`1, 0, ..., 0` as 1 and zeros of open number."""
    out = list(cells)
    at = 1
    while at < len(out) - 1:
        if isinstance(out[at], Dots) and out[at - 1] == out[at + 1] == Num(0):
            del out[at : at + 2]
            while at < len(out) and out[at] == Num(0):
                del out[at]
            while at > 1 and out[at - 2] == Num(0):
                del out[at - 2]
                at -= 1
            out[at - 1] = ZEROS
        at += 1
    return tuple(out)


def matrix(p: Grammar, token: Token) -> Node:
    env = token.text.partition(":")[2]
    if not token.text.startswith("begin:") or env not in _MATRIX_ENVS | {"cases"}:
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
    if env == "cases":
        return cases(p, inner)
    if env == "Vmatrix":
        raise Unreadable("a matrix between double bars")
    rows = [split(row, {"&"}) for row in split(inner, {"\\\\"}) if any(t.kind not in ("sp", "qd") for t in row)]
    if len(rows) == 1 and len(rows[0]) == 1:
        rows = [cut_row(p, rows[0][0], False)]
    whole = block(p, rows)
    return whole if env != "vmatrix" else of_unit_vectors(whole) or Call("det", (whole,))


def bars(p: Grammar, bar: str) -> Node:
    """`|x|`, `\\|x\\|_2`, and `||x||_F` of four plain bars."""
    kind, double = bar.rstrip("<>"), p.tokens[p.pos - 1].kind == "cmd"
    p.bars.append(kind)
    start, depth = p.pos, len(p.bars)
    node = p.expression()
    token = p.peek()
    if token is None or token.text.rstrip("<>") != kind or len(p.bars) != depth:
        raise Unreadable("a bar is not closed")
    doubled = all(p.tokens[at].text.rstrip("<>") == kind for at in (start, p.pos - 1))
    p.next()
    p.bars.pop()
    if doubled and isinstance(node, Call) and node.name in ("abs", "norm"):  # bars around bars: the norm that they are
        return norm(p, node.args[0])
    return norm(p, node) if double or names_norm(p) else Call("abs", (node,))


def names_norm(p: Grammar) -> bool:
    """`|A|_F` of single bars."""
    if not p.at("_"):
        return False
    label = p.inner(p.tokens[p.pos + 1 :]).argument()
    return plain(label) in ("F", "Fro", "2", "\\infty", "infty")


def norm(p: Grammar, node: Node) -> Node:
    """The norm that the scripts after the bars name."""
    label, power = "", None
    mark = p.pos
    if p.at("^"):  # `\\|A\\|^2_F`
        p.next()
        power = p.argument()
        if not p.at("_"):
            p.pos, power = mark, None
    if p.at("_"):
        p.next()
        label = plain(p.argument())
    if label not in _NORMS:
        raise Unreadable(f"the norm {label!r}")
    found = Call(_NORMS[label], (node,))
    return Bin("^", found, p.sub_parse(power)) if power is not None else found


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
    if len(parts) == 1 and any(t.kind not in ("sp", "qd") for t in parts[0]):
        return Call("E", (p.sub_parse(parts[0]),))  # a mean, as physics writes it
    if len(parts) > 2:  # a vector, as calculus writes it
        return Call("tuple", tuple(p.sub_parse(part) for part in parts))
    if len(parts) != 2:
        raise Unreadable("an inner product has two parts")
    if p.at("_"):
        p.next()
        p.argument()
    return Call("inner", (p.sub_parse(parts[0]), p.sub_parse(parts[1])))


UNITS = (
    {"i", "\\hat i", "\\hat \\imath", "e_1", "\\hat x", "e_x"},
    {"j", "\\hat j", "\\hat \\jmath", "e_2", "\\hat y", "e_y"},
    {"k", "\\hat k", "e_3", "\\hat z", "e_z"},
)
"""Names of the unit vectors along the axes."""


def of_unit_vectors(node: Node) -> Node | None:
    r"""`\begin{vmatrix} i & j & k \\ 1 & 2 & 3 \\ 4 & 5 & 6 \end{vmatrix}`: the cross product of the rows below; else None."""
    if not isinstance(node, Block) or [len(row) for row in node.rows] != [3, 3, 3]:
        return None
    first, second, third = node.rows
    if not all(isinstance(n, Sym | Sub) and n.name in names for n, names in zip(first, UNITS, strict=True)):
        return None
    return Bin("cross", Call("tuple", second), Call("tuple", third))
