r"""What letters are taken for that nothing explains, each by its place in a relation: a number, a column, a matrix, the members
of a list, a function.

Not covered: sizes that differ; functions of several arguments, but for their values.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from evalkit.derivation.following.reading import Read
from evalkit.derivation.grammar.calling import names_event
from evalkit.derivation.grammar.nodes import (
    Big,
    Bin,
    Call,
    Diff,
    Grad,
    Node,
    Num,
    Sub,
    Sym,
    Un,
    children,
    rebuilt,
    walk,
)
from evalkit.derivation.grammar.stream import COLUMN, MATRIX
from evalkit.derivation.verdicts.verdict import Judgement, Verdict
from evalkit.derivation.worlds.functions import UNARY
from evalkit.derivation.worlds.scope import Defined, Drawn, Entry, Family, Scope, family_key

SIZE, MEMBERS = Num(4), Num(12)
OF_SQUARES = frozenset({"symmetric", "diagonal", "orthogonal", "pd", "psd", "invertible"})
"""What words may say of a square matrix."""
_OF_COLUMNS = frozenset({"norm", "norm_2", "norm_F", "norm_1", "inner", "diag"})
OPERATIONS = frozenset(
    {
        *UNARY,
        "at",
        "between",
        "lim",
        "differ",
        "hcat",
        "vcat",
        "inner",
        "binom",
        "gcd",
        "lcm",
        "E",
        "Var",
        "Cov",
        "cases",
        "when",
    }
)
OF_A_LETTER = re.compile(r"(?:[A-Za-z]|\\(?!whole)[A-Za-z]+)(?:[_^][^']*)?")
"""Names of functions that a text may have: no others are looked up by their names."""
PRIVATE = "@free"
"""Behind a name: what it is made of, which no text can write."""


@dataclass(frozen=True)
class Places:
    """Where the unknown letters of a relation stand."""

    running: frozenset[str]
    """Whole names of members whose index a sum runs over."""
    whole: frozenset[str]
    """Ends of sums, and powers of matrices."""
    columns: frozenset[str]
    called: frozenset[str]


@dataclass(frozen=True)
class Freed:
    """A relation that was judged for values of letters that nothing explains."""

    shown: Read
    read: Read
    """With members of one index for those of several."""
    judgement: Judgement
    """True of all values, or that it fails."""
    letters: frozenset[str]
    entries: dict[str, Entry]
    """What the letters were."""
    places: Places
    size: Node | None
    """Of columns and matrices; None where capitals are numbers."""
    as_matrices: Verdict | None
    """What was said with matrices for these."""


def places(scope: Scope, both: Node, names: Sequence[str]) -> Places:
    """Where the unknown letters stand."""
    nodes = list(walk(both))
    running = {
        m.name
        for n in nodes
        if isinstance(n, Big)
        for m in walk(n.body)
        if isinstance(m, Sub) and m.name in names and any(Sym(i) in (m.index or ()) for i in n.index)
    }
    lists = {family_key(name) for name in running}
    running |= {n for n in names if "_" in n and family_key(n) in lists}  # the a_j beside a sum over a_l
    ends = [e for n in nodes if isinstance(n, Big) and n.kind != "int" for e in (n.low, n.high) if e is not None]
    ends += [n.right for n in nodes if isinstance(n, Bin) and n.op == "^" and scope.shape(n.left) == MATRIX]
    whole = {m.name for e in ends for m in walk(e) if isinstance(m, Sym) and m.name in names}
    columns = {
        m.name
        for n in nodes
        for part in column_places(n)
        for m in walk(part)
        if isinstance(m, Sym | Sub) and m.name in names and is_small(m.name)
    }
    columns |= {n for n in names if scope.is_bold(n) and is_small(n)}
    called = {n.name.rstrip("'") for n in nodes if isinstance(n, Call) and len(n.args) <= 1}
    unknown = {n for n in called if n not in OPERATIONS and scope.find(n) is None and not n.endswith("_")}
    return Places(frozenset(running), frozenset(whole), frozenset(columns), frozenset(unknown))


def with_values(scope: Scope, node: Node, values: dict[Node, Node]) -> Node:
    """The tree with a letter for every value of an unknown function of a column or several arguments; none where it
    is derived by something. values: the letters for those that were met."""
    if isinstance(node, Grad | Diff):
        return node
    if isinstance(node, Call) and node.args and OF_A_LETTER.fullmatch(node.name) and node.name not in OPERATIONS:
        shaped = any(scope.shape(arg) == COLUMN for arg in node.args)
        if (shaped or len(node.args) > 1) and scope.find(node.name) is None and not node.name.endswith("_"):
            return values.setdefault(node, Sym(f"f{PRIVATE}{len(values)}"))
    parts = children(node)
    return (
        rebuilt(node, [with_values(scope, part, values) for part in parts])
        if parts and not isinstance(node, Sub)
        else node
    )


def column_places(node: Node) -> tuple[Node, ...]:
    """The parts of a node that are columns by what is done to them."""
    match node:
        case Un("T", x):
            return (x,)
        case Call(name, args) if name in _OF_COLUMNS and (name != "diag" or len(args) == 1):
            return args
        case Bin(".*" | "kron", a, b):
            return tuple(n for n in (a, b) if isinstance(n, Sym | Sub))
    return ()


def is_small(name: str) -> bool:
    """A small letter, whatever stands on and beside it, or the name of an event."""
    if names_event(name):
        return True
    letter = name.split("_")[0].split("^")[0].split(" ")[-1].lstrip("\\")
    return letter[:1].islower()


def tries(names: Sequence[str], found: Places, sizes: Sequence[Node], *, numbers: bool) -> list[Node | None]:
    """Sizes of columns and matrices; numbers: and None, for capitals that are numbers, where nothing else has a shape."""
    capitals = [n for n in names if not is_small(n) and n not in found.running | found.whole]
    shaped = bool(capitals or found.columns)
    return [*(sizes if shaped else sizes[:1]), *([None] if capitals and numbers else [])]


def entry(name: str, found: Places, size: Node | None, kinds: frozenset[str]) -> dict[str, Entry]:
    """What one letter may be. size: of columns and of matrices; None where capitals are numbers."""
    if name in found.whole:
        return {name: Drawn((), frozenset({"positive", "integer"}), None, "reply")}
    length = size if size is not None else SIZE
    if name in found.running:
        key = family_key(name)
        vectors = name in found.columns
        of = Drawn((length, MEMBERS) if vectors else (MEMBERS,), kinds - OF_SQUARES, None, "reply")
        return {
            f"{key}{PRIVATE}": of,
            key: Family("columns" if vectors else "entries", Sym(f"{key}{PRIVATE}"), "reply"),
        }
    if name in found.columns:
        return {name: Drawn((length,), kinds - OF_SQUARES, None, "reply")}
    if size is not None and not is_small(name):
        return {name: Drawn((size, size), kinds & OF_SQUARES or frozenset({"invertible"}), None, "reply")}
    return {name: Drawn((), kinds - OF_SQUARES, None, "reply")}


def in_binomials(both: Node, names: Sequence[str], found: Places) -> dict[str, Entry]:
    r"""The letters of `\binom{n}{k}`, so that k stands between 1 and n and no binomial of their neighbours vanishes."""
    pairs = [n.args for n in walk(both) if isinstance(n, Call) and n.name == "binom" and len(n.args) == 2]
    free = [n for n in names if n not in found.whole | found.running | found.columns]
    below = {b.name: a for a, b in reversed(pairs) if isinstance(b, Sym) and b.name in free and b not in walk(a)}
    above = {n.name for a, _ in pairs for n in walk(a) if isinstance(n, Sym) and n.name in free} - below.keys()
    out: dict[str, Entry] = {}
    for name in sorted(above | below.keys()):
        drawn = Sym(f"{name}{PRIVATE}")
        out[drawn.name] = Drawn((), frozenset({"positive"}), None, "reply")
        share = Bin("/", drawn, Bin("+", Num(1), drawn))
        within = Bin("+", Num(1), Bin("*", Bin("-", below[name], Num(1)), share)) if name in below else None
        out[name] = Defined(within or Bin("+", Num(3), drawn), (), None, "reply")
    return out
