r"""A first look at a reply without any declaration: what its letters can be, from the way they are written and used.

Capitals are matrices; small letters are columns where the text turns them (`x^\top`), takes their norm, writes them bold
or puts them behind a matrix, else numbers. Rows and columns are equal where a relation demands it, found by unification.
What the reply declares itself (`A \in \mathbb{R}^{m \times n}`) stands, and what it defines it defines.

Not covered: properties (symmetric, invertible), functions that are not defined, expectations; two meanings of a letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from evalkit.derivation.following.fitting import ENTRYWISE, ONE, Lengths
from evalkit.derivation.following.imaginary import UNITS
from evalkit.derivation.following.laws import law_named
from evalkit.derivation.following.loss_names import outside_derivatives
from evalkit.derivation.following.shapes import declared_set, plain_name
from evalkit.derivation.following.tokens import capitals
from evalkit.derivation.grammar.lexer import Token, tokenize
from evalkit.derivation.grammar.nodes import Big, Bin, Call, Diff, Grad, Node, Sub, Sym, Un, Unreadable, base_name, walk
from evalkit.derivation.grammar.parser import parse
from evalkit.derivation.grammar.relations import EQUAL, Statement, statements
from evalkit.derivation.grammar.spelling import spellings
from evalkit.derivation.grammar.stream import NoNames
from evalkit.derivation.grammar.words import tokenize_plain
from evalkit.derivation.problem.compiler import compile_setting
from evalkit.derivation.problem.setting import Setting
from evalkit.derivation.problem.spec import DerivationSpec
from evalkit.derivation.text.document import Document, read
from evalkit.derivation.worlds.moments import NAMES
from evalkit.derivation.worlds.scope import BUILT_IN
from evalkit.errors import SpecError

MAX_NAMES, MAX_SIZES = 20, 6
SIZES = "mnpqrsduvw"
"""Letters for sizes, those that the text does not write first."""
MAX_ROUNDS = 8
"""Columns that make others columns, one after the other."""
CONSTANTS = BUILT_IN - {"\\delta"}
_BOLD = re.compile(r"\\(?:mathbf|bm|boldsymbol|vec)\s*\{?\s*([a-z])\b")


def first_look(text: str) -> Setting:
    """A setting with the letters of a reply, their shapes inferred; one without letters where none can be."""
    told = list(statements_of(text))
    equations = [pair for statement in told for pair in pairs(statement)]
    used, made = names_of(equations)
    points = {point for t in told if not t.ops and (point := point_of(t))}
    used = [n for n in used if (n not in UNITS or is_side(n, equations)) and n not in points]
    shapes = inferred(text, [*used, *made], equations, dict(s for t in told for s in written_shapes(t)))
    random = random_numbers(equations) - shapes_told(told)
    lawful = {name.partition("_")[0] for t in told for name in with_laws(t)}
    random |= {name for name in used if name.partition("_")[0] in lawful and name not in shapes_told(told)}
    symbols = {name: shapes.get(name, "scalar") for name in used if name not in random}
    symbols |= dict.fromkeys((n for n in used if n in ends_of(equations)), "scalar, integer, positive")
    for given in (symbols, {}):
        try:
            return compile_setting(DerivationSpec.model_validate({"symbols": given}))
        except (SpecError, ValueError):
            continue
    raise SpecError("nothing can be read of this text")


def point_of(statement: Statement) -> str:
    """The capital of `A(1, 0, 2)`, a point with its coordinates; else nothing."""
    with suppress(Unreadable, RecursionError):
        node = parse(statement.sides[0], NoNames())
        if isinstance(node, Call) and len(node.args) > 1 and len(node.name) == 1 and node.name.isupper():
            return node.name
    return ""


def is_side(name: str, equations: Sequence[Node]) -> bool:
    """Whether a letter is said to be something, without itself: an i that is not may be the imaginary unit, and stays open."""
    both = [pair for e in equations if isinstance(e, Bin) for pair in ((e.left, e.right), (e.right, e.left))]
    return any(names(side, name) and not any(names(n, name) for n in walk(other)) for side, other in both)


def inferred(
    text: str, names: Sequence[str], equations: Sequence[Node], written: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """The shapes of all matrices and columns, as a problem declares them. written: those that the text declares, in its letters."""
    bold = set(_BOLD.findall(text))
    listed = {n for n, sizes in written.items() if len(sizes) == 1}
    columns = [n for n in names if is_small(n) and (n in bold or n in listed or acts_as_column(n, equations))]
    columns = with_partners(columns, [n for n in names if is_small(n)], equations)
    numbers = [n for n in names if is_small(n) and n not in columns]
    lengths = Lengths([*(n for n in names if not is_small(n)), *columns], [*numbers, "e", "\\pi"])
    for name in columns:
        lengths.merge(lengths.shapes[name][1], ONE)
    for equation in equations:
        lengths.fit(equation)
    own: dict[str, int] = {}
    for name in lengths.shapes.keys() & written.keys():
        for length, letter in zip(lengths.shapes[name], written[name], strict=False):
            lengths.merge(length, own.setdefault(letter, length))
    shapes = dict(zip(lengths.shapes, lengths.merged(), strict=True))
    of_text = {lengths.first(length): letter for letter, length in own.items()}
    sizes = sorted({n for shape in shapes.values() for n in shape} - {ONE} - of_text.keys())
    letters = [c for c in SIZES if c not in names and c not in own] or list(SIZES)
    named = {n: letters[min(i, len(letters) - 1, MAX_SIZES - 1)] for i, n in enumerate(sizes)} | of_text | {ONE: "1"}
    return {name: f"{named[a]} x {named[b]}" for name, (a, b) in shapes.items() if (a, b) != (ONE, ONE)}


def statements_of(text: str) -> Iterator[Statement]:
    """Every statement of a text, as far as it can be read without a declaration."""
    document = read(text)
    found = tokens_in(document, frozenset())
    if words := capitals(found):
        found = tokens_in(document, words)
    fonts = spellings(found)
    for tokens in found:
        yield from statements(fonts.settled(tokens))


def tokens_in(document: Document, words: frozenset[str]) -> list[list[Token]]:
    """Those of every stretch of mathematics that can be read, but for numbers alone."""
    found = []
    for span in document.spans:
        if not span.plain:
            with suppress(Unreadable):
                plain = span.bare and "\\" not in document.text[span.start : span.end]
                found.append((tokenize_plain if plain else tokenize)(document.text, span.start, span.end, words))
    return found


def written_shapes(statement: Statement) -> Iterator[tuple[str, tuple[str, ...]]]:
    r"""`A, B \in \mathbb{R}^{m \times n}`, `x \in \mathbb{R}^d`: the names, and their rows and columns where these are letters of one
    sign; of a column the rows."""
    if "in" not in statement.ops[:1]:
        return
    with suppress(Unreadable, RecursionError):
        found = declared_set(statement.sides[1], NoNames())
        sizes = [size.name for size in found.shape if isinstance(size, Sym)] if found is not None else []
        for side in (*statement.before, statement.sides[0]):
            name = plain_name(parse(side, NoNames()))
            if name is not None and len(sizes) in (1, 2) and all(len(size) == 1 for size in sizes):
                yield name, tuple(sizes)


def pairs(statement: Statement) -> Iterator[Node]:
    sides: list[Node | None] = []
    for tokens in statement.sides:
        try:
            sides.append(parse(tokens, NoNames()))
        except (Unreadable, RecursionError):
            sides.append(None)
    for left, op, right in zip(sides, statement.ops, sides[1:], strict=False):
        if left is not None and right is not None and op in EQUAL:
            yield Bin("=", left, right)


def names_of(equations: Sequence[Node]) -> tuple[list[str], list[str]]:
    """Names that the text uses before it defines them, and those that it defines.

    Indices, functions and what is only ever derived (a loss, of which nothing is known) are left out.
    """
    made: dict[str, None] = {}
    used: dict[str, None] = {}
    bare = {n.name for equation in equations for n in outside_derivatives(equation) if isinstance(n, Sym | Sub)}
    called = {n.name for equation in equations for n in walk(equation) if isinstance(n, Call)}
    for equation in equations:
        parts = list(walk(equation))
        indices = {
            m.name for n in parts if isinstance(n, Sub) for i in n.index or () for m in walk(i) if isinstance(m, Sym)
        }
        indices |= {i for n in parts if isinstance(n, Big) for i in n.index}
        other = indices | CONSTANTS | called
        other |= {base_name(n) for n in parts if isinstance(n, Sub) and n.name}
        left = equation.left if isinstance(equation, Bin) else equation
        right = equation.right if isinstance(equation, Bin) else equation
        head = left.name if isinstance(left, Sym | Sub) else ""
        for node in walk(right if head and head not in used else equation):
            name = node.name if isinstance(node, Sym | Sub) else ""
            if name and name in bare and name not in other and name not in made:
                used.setdefault(name)
        if head and head not in used:
            made.setdefault(head)
    return list(used)[:MAX_NAMES], list(made)[:MAX_NAMES]


def ends_of(equations: Sequence[Node]) -> set[str]:
    """Letters that stand for the first and last value of an index: whole numbers."""
    bigs = [n for equation in equations for n in walk(equation) if isinstance(n, Big) and n.kind != "int"]
    return {m.name for n in bigs for end in (n.low, n.high) if end is not None for m in walk(end) if isinstance(m, Sym)}


def shapes_told(told: Sequence[Statement]) -> set[str]:
    """The names of which the text says that they are columns or matrices."""
    return {name for statement in told for name, _ in written_shapes(statement)}


def with_laws(statement: Statement) -> Iterator[str]:
    r"""`X \sim N(0, 1)`: the names that have a distribution of a number."""
    if "sim" not in statement.ops[:1]:
        return
    with suppress(Unreadable, RecursionError):
        if law_named(parse(statement.sides[1], NoNames())) is not None:
            name = plain_name(parse(statement.sides[0], NoNames()))
            if name is not None:
                yield name


def random_numbers(equations: Sequence[Node]) -> set[str]:
    """Letters that stand in expectations, variances or covariances and are never turned: random, and no matrices."""
    nodes = [n for equation in equations for n in walk(equation)]
    moments = [m for n in nodes if isinstance(n, Call) and n.name in NAMES for m in walk(n)]
    turned = [m for n in nodes if (isinstance(n, Un) and n.op == "T") or is_of_matrices(n) for m in walk(n)]
    found, other = ({n.name for n in some if isinstance(n, Sym | Sub)} for some in (moments, turned))
    return found - other


def is_of_matrices(node: Node) -> bool:
    return isinstance(node, Call) and (node.name.startswith("norm") or node.name in ("tr", "det", "diag"))


def is_small(name: str) -> bool:
    letter = name.partition("_")[0].rpartition(" ")[2]
    return (letter.startswith("\\") and letter[1:2].islower()) or letter[:1].islower()


def acts_as_column(name: str, equations: Sequence[Node]) -> bool:
    """Whether a small letter is used as a column somewhere."""
    for equation in equations:
        for n in walk(equation):
            if isinstance(n, Un) and n.op == "T" and names(n.x, name):
                return True
            if isinstance(n, Call) and n.name.startswith("norm") and any(names(a, name) for a in n.args):
                return True
            if (
                isinstance(n, Bin)
                and n.op == "*"
                and names(n.right, name)
                and (ends_in_matrix(n.left) or is_row(n.left))
            ):
                return not name.startswith("\\")
    return False


def with_partners(columns: list[str], small: Sequence[str], equations: Sequence[Node]) -> list[str]:
    """The columns, and the small letters that are added to one or equal to one: the b of `Wx + b`, the a of `a = \\tanh(z)`."""
    pairs = [
        (one, other)
        for equation in equations
        for n in walk(equation)
        if isinstance(n, Bin) and n.op in ("+", "-", "=")
        for one, other in ((n.left, inside(n.right)), (n.right, inside(n.left)))
    ]
    for _ in range(MAX_ROUNDS):
        known = frozenset(columns)
        new = {other.name for one, other in pairs if isinstance(other, Sym | Sub) and is_column(one, known)}
        added = [n for n in small if n in new and n not in known]
        if not added:
            break
        columns = [*columns, *added]
    return columns


def inside(node: Node) -> Node:
    """What a function is applied to, entry by entry."""
    return node.args[0] if isinstance(node, Call) and node.name in ENTRYWISE and len(node.args) == 1 else node


def is_column(node: Node, columns: frozenset[str]) -> bool:
    """Whether it is one of these columns, a matrix times one, a sum with one, or a function of its entries."""
    node = inside(node)
    if isinstance(node, Bin) and node.op == "*":
        return ends_in_matrix(node.left) and is_column(node.right, columns)
    if isinstance(node, Bin) and node.op in ("+", "-"):
        return is_column(node.left, columns) or is_column(node.right, columns)
    return isinstance(node, Sym | Sub) and node.name in columns


def names(node: Node, name: str) -> bool:
    return isinstance(node, Sym | Sub) and node.name == name


def is_row(node: Node) -> bool:
    r"""`w^\top`."""
    return isinstance(node, Un) and node.op == "T" and isinstance(node.x, Sym | Sub) and is_small(node.x.name)


def ends_in_matrix(node: Node) -> bool:
    """`A`, `XX^T`, `2A`: what stands right before is a matrix by its letter."""
    while isinstance(node, Bin) and node.op == "*":
        node = node.right
    if isinstance(node, Un):
        node = node.x
    return (
        isinstance(node, Sym | Sub)
        and bool(node.name)
        and not is_small(node.name)
        and not isinstance(node, Grad | Diff)
    )
