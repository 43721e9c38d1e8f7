r"""The structure of a short answer: values, equations, inequalities, intervals, sets, matrices, several solutions.

Read from tokens (see latex.py) by brackets, relations and separators; what stands between them stays a Scalar, which
scalars.py reads. Nothing is computed here, and sympy is not loaded.

    x = 2 or x = -3     Several((Relation(x = 2), Relation(x = -3)), "or")
    3 \pm \sqrt 2       Several((Scalar(3 + \sqrt 2), Scalar(3 - \sqrt 2)), "or")
    [0, 1) \cup \{5\}   Joined("\cup", (Brackets("[", ")", ...), Braces(...)))
    0 < x \le 4         Relation(("<", "\le"), (0, x, 4))

Not covered: functions in pieces without `&`, sets given by several conditions on several letters, block matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Literal

from evalkit.reading.maths.latex import Tokens, bare, closing, split
from evalkit.reading.maths.names import APPLIED, UNREAD, FinalError, Stream, Unreadable
from evalkit.reading.maths.nodes import (
    ORDERS,
    Braces,
    Brackets,
    Builder,
    Joined,
    Matrix,
    Named,
    Node,
    Pieces,
    Ratio,
    Relation,
    Residue,
    Scalar,
    Scaled,
    Several,
    entries,
    plain,
    transposed,
)  # fmt: skip
from evalkit.reading.maths.spelling import CALLED, FUNCTIONS
from evalkit.reading.maths.written import SEPARATORS, SETS, based, diagonal, directions, inward

_RELATIONS = ORDERS | {"=", "\\ne", "\\in", "\\notin", "\\approx", "\\equiv"}


def read(found: Sequence[str]) -> Node:
    """The structure of a formula. Raises Unreadable."""
    conclusion = split(inward(bare(found)), frozenset({"\\implies"}))[0][-1]
    if not conclusion:
        raise Unreadable("it is empty")
    if "\\dots" in conclusion:
        raise FinalError("dots stand for what is not written")
    if conclusion[0] == "\\begin{cases}" and closing(conclusion, 0) == len(conclusion) - 1:
        return _system(conclusion[1:-1])
    return _list(
        conclusion,
        frozenset({'"or', ";"}),
        "or" if '"or' in conclusion else "list",
        lambda part: _list(part, frozenset({",", '"and'}), "list", _clause),
    )


def _list(found: Tokens, marks: frozenset[str], how: Literal["or", "list"], inner: Callable[[Tokens], Node]) -> Node:
    parts = [part for part in split(found, marks)[0] if part]
    nodes = [inner(part) for part in parts]
    if not nodes:
        raise Unreadable("it is empty")
    return nodes[0] if len(nodes) == 1 else Several(tuple(nodes), how)


def _system(inside: Tokens) -> Node:
    rows = [row for row in split(inside, frozenset({"\\\\"}))[0] if row]
    if any("&" in row for row in rows):
        return Pieces(tuple(map(_piece, rows)))
    return Several(tuple(_clause(row) for row in rows), "list")


def _piece(row: Tokens) -> tuple[Node, Node | None]:
    """`x & \\text{if } x \\ge 0`: a value and its condition."""
    parts = split(row, frozenset("&"))[0]
    if len(parts) != 2 or not all(parts):
        raise Unreadable("a function in pieces")
    value, condition = parts
    while value and value[-1] in (",", ";"):
        value = value[:-1]
    while condition and condition[0].lower() in _IF:
        condition = condition[1:]
    while condition and condition[-1] in (",", ";", "."):
        condition = condition[:-1]
    if not value or not condition:
        raise Unreadable("a function in pieces")
    return _relation(value), None if condition[0].lower() in _ELSE else read(condition)


_IF = frozenset({",", '"if', '"for', '"when', '"where'})
_ELSE = frozenset({'"otherwise', '"else', '"elsewhere'})


def _clause(found: Tokens) -> Node:
    """One relation, set or value; two where `\\pm` stands in it."""
    signs = [token for token in found if token in ("\\pm", "\\mp")]
    if not signs:
        return _relation(found)
    if len(signs) > 3:
        raise FinalError("too many signs")
    if "\\mp" in signs:  # upper signs together, lower signs together
        upper, lower = {"\\pm": "+", "\\mp": "-"}, {"\\pm": "-", "\\mp": "+"}
        return Several(tuple(_relation([chosen.get(t, t) for t in found]) for chosen in (upper, lower)), "or")
    choices = []
    for chosen in product("+-", repeat=len(signs)):
        left = iter(chosen)
        choices.append(_relation([next(left) if t == "\\pm" else t for t in found]))
    return Several(tuple(choices), "list" if {"\\ne", "\\notin"} & set(found) else "or")


def _relation(found: Tokens) -> Node:
    found = _mapped(_colon_equals(bare(found)))
    if "\\mod" in found:
        return _residue(found)
    sides, marks = split(found, frozenset(_RELATIONS))
    if not marks:
        return _side(found)
    if sides and not sides[0] and len(sides) > 2 and marks[0] == "=":
        sides, marks = sides[1:], marks[1:]  # "= 3 = x" goes on from the line before
    if not sides[0] and marks in (["="], ["\\approx"]):
        return _side(sides[1])
    if any(not side for side in sides):
        raise Unreadable(UNREAD)
    return Relation(tuple(marks), tuple(_side(side) for side in sides), tuple(tuple(bare(side)) for side in sides))


def _residue(found: Tokens) -> Node:
    """`x \\equiv 3 \\pmod 7`, `3 (\\text{mod } 7)`: a name and what is left of it."""
    at = found.index("\\mod")
    modulus = bare(found[at + 1 :])
    if at and found[at - 1] == "(" and modulus[-1:] == [")"]:
        at, modulus = at - 1, modulus[:-1]
    sides, _ = split(found[:at], frozenset({"\\equiv", "="}))
    if not all(sides) or len(sides) > 2 or not modulus or "\\mod" in modulus:
        raise Unreadable(UNREAD)
    value = Residue(Scalar(tuple(sides[-1])), Scalar(tuple(modulus)))
    if len(sides) == 1:
        return value
    return Relation(("=",), (_side(sides[0]), value), (tuple(sides[0]), tuple(found[len(sides[0]) + 1 :])))


def _mapped(found: Tokens) -> Tokens:
    """`f : x \\mapsto 2x` as `f(x) = 2x`, `x \\mapsto 2x` as `2x`."""
    if "\\mapsto" not in found:
        return found
    before, behind = split(found, frozenset({"\\mapsto"}))[0][:2]
    head, marks = split(before, frozenset({":"}))
    return [*head[0], "(", *head[1], ")", "=", *behind] if marks == [":"] and len(head) == 2 else behind


def _colon_equals(found: Tokens) -> Tokens:
    return [t for i, t in enumerate(found) if not (t == ":" and found[i + 1 : i + 2] == ["="])]


# ---------------------------------------------------------------- one side


def _side(found: Tokens) -> Node:
    found = bare(found)
    parts, marks = split(found, SETS)
    if not marks and found[:1] == ["\\mathbb"]:  # `\\mathbb{R} - \\{1\\}`
        parts, marks = split(found, frozenset("-"))
        marks = ["\\setminus"] * len(marks) if all(part[:1] == [r"\{"] for part in parts[1:]) else []
    if marks:
        return Joined(tuple(marks), tuple(_side(part) for part in parts))
    if found[:1] == ["\\begin{cases}"] and "&" in found and closing(found, 0) == len(found) - 1:
        return _system(found[1:-1])
    for reading in (_named, based, _ratio, _bracketed, diagonal, directions, _total, _product, _scaled):
        node = reading(found)
        if node is not None:
            return node
    return Scalar(tuple(found))


def _named(found: Tokens) -> Node | None:
    if found == ["\\emptyset"] or found == [r"\{", r"\}"]:
        return Named("empty")
    if found[:1] != ["\\mathbb"]:
        return None
    stream = Stream(found[1:])
    letter = "".join(stream.argument())
    sign = ""
    while stream.next() in ("^", "_"):
        stream.take()
        sign += "".join(stream.argument())
    plain = {"": "", "+": "+", "-": "-", ">0": "+", "<0": "-", "\\ge0": "0+", "+0": "0+", "*": "*"}
    return Named(letter + plain[sign]) if not stream.rest and sign in plain and letter in tuple("RZNQC") else None


def _ratio(found: Tokens) -> Node | None:
    parts, marks = split(found, frozenset({":"}))
    return Ratio(tuple(Scalar(tuple(bare(part))) for part in parts)) if marks and all(parts) else None


def _bracketed(found: Tokens) -> Node | None:
    if not found or closing(found, 0) != len(found) - 1:
        return None
    inside = found[1:-1]
    if found[0] == "\\begin{matrix}":
        rows = [split(row, frozenset({"&"}))[0] for row in split(inside, frozenset({"\\\\"}))[0] if row]
        width = {len(row) for row in rows}
        if len(width) != 1:
            raise Unreadable("a matrix with rows of different lengths")
        return Matrix(tuple(tuple(_side(entry) for entry in row) for row in rows))
    if found[0] == r"\{":
        return _braces(inside)
    parts, marks = split(inside, frozenset({",", ";"}))
    if found[0] in ("(", "[", "{") and not marks:
        node = _side(inside)  # brackets around a matrix or set
        return None if isinstance(node, Scalar) else node
    if found[0] not in ("(", "[", r"\langle") or not marks:
        return None
    if any(not part for part in parts):
        raise Unreadable(UNREAD)
    return Brackets(found[0], found[-1], tuple(_relation(part) for part in parts))


def _braces(inside: Tokens) -> Node:
    element, marks = split(inside, frozenset({"|", ":"}))
    if marks and element[0] and any(_RELATIONS & set(part) for part in element[1:]):  # `|` may stand in it again
        at = len(element[0])
        return Builder(_relation(inside[:at]), read(inside[at + 1 :]))
    items = [part for part in split(inside, SEPARATORS)[0] if part]
    nodes = [_clause(part) for part in items]
    return Braces(tuple(n for node in nodes for n in (node.items if isinstance(node, Several) else (node,))))


def _scaled(found: Tokens) -> Node | None:
    """A factor before a matrix or tuple, and a transposition or divisor behind it."""
    starts = [i for i, t in enumerate(found) if t in ("\\begin{matrix}", "(", r"\langle", "[")]
    for at in starts:
        end = closing(found, at)
        core = _bracketed(found[at : end + 1]) if end > at else None
        if not isinstance(core, (Matrix, Brackets)):
            continue
        before, after = found[:at], found[end + 1 :]
        if isinstance(core, Brackets) and _is_capital(before) and not after and _numeric(core):
            return core if before != ["C"] else None  # a point by its name; `C(10, 3)` is a binomial
        if before and (before[-1] in APPLIED or before[-1][1:] in FUNCTIONS | CALLED):
            continue
        if after[:1] == ["^"] and "".join(bare(after[1:])) == "T":
            core, after = transposed(core), []
        if after[:1] == ["/"] and len(after) > 1:
            before, after = [*before, "\\cdot", "\\frac", "{", "1", "}", "{", *after[1:], "}"], []
            before = before[1:] if before[0] == "\\cdot" else before
        while before and before[-1] in ("\\cdot", "\\times", "*"):
            before = before[:-1]
        if after or "\\begin{matrix}" in before:
            raise Unreadable("several matrices in one formula")
        factor = ["-", "1"] if before == ["-"] else before
        return Scaled(Scalar(tuple(factor)), core) if factor else core
    return None


def _is_capital(found: Tokens) -> bool:
    return len(found) == 1 and len(found[0]) == 1 and found[0].isupper()


def _numeric(node: Brackets) -> bool:
    items = [item.tokens for item in node.items if isinstance(item, Scalar)]
    return len(items) == len(node.items) and not any(t.isalpha() for tokens in items for t in tokens)


def _total(found: Tokens) -> Node | None:
    """A sum of matrices."""
    if "\\begin{matrix}" not in found:
        return None
    parts, marks = split(found, frozenset("+-"))
    if not parts[0]:
        parts, marks = [["-", *parts[1]], *parts[2:]], marks[1:]
    terms = [_scaled(part) or _bracketed(part) for part in parts] if marks and all(parts) else []
    matrices = [entries(term) if isinstance(term, (Matrix, Scaled)) else None for term in terms]
    rows = [m.rows for m in matrices if isinstance(m, Matrix)]
    if not terms or len(rows) < len(terms) or len({(len(r), len(r[0])) for r in rows}) > 1:
        return None
    signs = ["+", *marks]

    def total(i: int, j: int) -> Scalar:
        pieces = [(sign, "(", *plain(row[i][j]).tokens, ")") for sign, row in zip(signs, rows, strict=True)]
        return Scalar(tuple(token for piece in pieces for token in piece))

    return Matrix(tuple(tuple(total(i, j) for j in range(len(rows[0][0]))) for i in range(len(rows[0]))))


def _product(found: Tokens) -> Node | None:
    """Two or three matrices side by side, numbers before and between them."""
    if not 2 <= found.count("\\begin{matrix}") <= 3:
        return None
    factors: list[Matrix] = []
    before: Tokens = []
    at = 0
    while at < len(found):
        end = closing(found, at) if found[at] in ("\\begin{matrix}", "(") else -1
        core = _bracketed(found[at : end + 1]) if end > at else None
        if isinstance(core, Matrix):
            factors.append(core)
            at = end + 1
            continue
        if found[at] in ("+", "/", "^", "_", "\\frac", ",") or (found[at] == "-" and at):
            return None
        before += [found[at]] if found[at] not in ("\\cdot", "\\times", "*") else []
        at += 1
    if len(factors) < 2:
        return None
    whole = factors[0]
    for other in factors[1:]:
        whole = _times(whole, other)
    factor = ["-", "1"] if before == ["-"] else before
    return Scaled(Scalar(tuple(factor)), whole) if factor else whole


def _times(one: Matrix, two: Matrix) -> Matrix:
    if len(one.rows[0]) != len(two.rows):
        raise Unreadable("matrices whose sizes do not fit")

    def entry(i: int, j: int) -> Scalar:
        pairs = [(one.rows[i][k], two.rows[k][j]) for k in range(len(two.rows))]
        pieces = [("+", "(", *plain(a).tokens, ")", "(", *plain(b).tokens, ")") for a, b in pairs]
        return Scalar(tuple(token for piece in pieces for token in piece)[1:])

    return Matrix(tuple(tuple(entry(i, j) for j in range(len(two.rows[0]))) for i in range(len(one.rows))))
