"""Doubts about how a relation that fails is written: what else may its letters, brackets and indices mean?

Every function is a rule of doubts.py: it answers with the reason why the relation may not say what was read, or with "".
Not covered: names of several letters before a bracket.
"""

from __future__ import annotations

import re
from itertools import islice

from evalkit.derivation.following import shapes
from evalkit.derivation.following.entrywise import is_column, shape
from evalkit.derivation.following.grounds import CONDITIONAL, Grounds
from evalkit.derivation.following.reading import Read, stands_alone
from evalkit.derivation.following.to_be_solved import is_link
from evalkit.derivation.grammar.nodes import (
    Big,
    Bin,
    Block,
    Call,
    Diff,
    Dots,
    Grad,
    Node,
    Num,
    Sub,
    Sym,
    Un,
    base_name,
    children,
    is_zero,
    rebuilt,
    walk,
)
from evalkit.derivation.grammar.relations import ORDER
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.indices import loose_indices
from evalkit.derivation.worlds.scope import Defined, Drawn, Family, family_key

ONES = "\\mathbf 1"
SUPPOSED = frozenset({"property_of_its_own", "own_transpose"})
"""Rules that find a property which a reply supposes of a letter."""

NO_PROPERTY = frozenset({"data", "invertible", "fixed"})
"""Kinds of a matrix that leave open whether it is symmetric, orthogonal or the like."""
TWICE = 2
"""How often a matrix must stand in a relation: once, a transpose may be missing."""
BESIDE = 80
"""How many characters may stand between two formulas in neighbouring cells of a row."""
UNBRACED = re.compile(r"(?<![A-Za-z])([A-Za-z])_([i-n])([i-n])(?![A-Za-z])")
MAX_UNBRACED = 10
FAR = 1000
"""How many characters away a letter stands that tells what one with an index is."""


def another_cell(grounds: Grounds, read: Read) -> str:
    """Stands beside a bound in another cell of its row, `x < 0 & f(x) = a`: perhaps only where that holds."""
    text = grounds.reading.document.text
    for other in grounds.relations:
        if other.op in ORDER:
            between = text[other.end : read.start] if other.end <= read.start else text[read.end : other.start]
            if len(between) <= BESIDE and between.count("&") == 1 and "\\\\" not in between:
                return "stands beside a bound in another cell"
    return ""


def member_or_entry(grounds: Grounds, read: Read) -> str:
    """Has an entry `x_i` of x, where `x_1` is one of several."""
    scope = grounds.judge(read).scope
    for n in (n for side in read.sides for n in walk(side)):
        if not isinstance(n, Sub) or not n.name or n.index is None or scope.find(n.name):
            continue
        base = base_name(n)
        if scope.find(base) is None or scope.find(family_key(n.name)) is not None:
            continue
        if any(name.startswith(f"{base}_") and name[len(base) + 1 :].isdecimal() for name in scope.entries):
            return f"{n.name}: an entry of {base}, or one of the same kind as {base}_1"
    return ""


def moves_alone(grounds: Grounds, read: Read) -> str:
    """Sets the differential of a name equal to what does not move, `dW = gx^T + W`: perhaps it calls a gradient so."""
    for a, b in (read.sides, read.sides[::-1]):
        if (
            isinstance(a, Diff)
            and shapes.plain_name(a.x)
            and not is_zero(b)
            and not any(isinstance(n, Diff | Grad) for n in walk(b))
        ):
            return "a differential of what does not move: perhaps a gradient"
    return ""


def entry_of_own_column(grounds: Grounds, read: Read) -> str:
    """Has one of several, `v_1`, and near by the letter alone, which is no name of the problem: perhaps an entry of that column."""
    given = grounds.reading.setting.scope
    members = (n for side in read.sides for n in walk(side) if isinstance(n, Sub) and n.index is not None)
    for n in members:
        base, key = base_name(n), family_key(n.name or "")
        counted = all(isinstance(i, Num) for i in n.index or ())
        found = given.find(key) if counted and base and key and given.find(base) is None else None
        if found is None or not isinstance(found[1], Family) or found[1].kind == "diagonal":
            continue
        near = (r for r in grounds.readable if r is not read and abs(r.start - read.start) <= FAR)
        if any(stands_alone(base, side) for r in near for side in r.sides):
            return f"{n.name}: perhaps an entry of {base}"
    return ""


def listing(grounds: Grounds, read: Read) -> str:
    """Writes down the entries or columns of something: how many there are, and in which direction, may be an example's."""
    for a, b in (read.sides, read.sides[::-1]):
        name = shapes.plain_name(a)
        cells = [cell for row in b.rows for cell in row] if isinstance(b, Block) else []
        if name and cells and all(isinstance(cell, Sub) and base_name(cell) == name for cell in cells):
            return f"the entries of {name} in an order of its own"
        if name and read.judgement.verdict is Verdict.ILL_TYPED and isinstance(b, Call) and b.name in ("hcat", "vcat"):
            members = [c.x if isinstance(c, Un) else c for c in b.args if not isinstance(c, Dots)]
            bases = {base_name(m) if isinstance(m, Sub) else "" for m in members}
            if len(bases) == 1 and "" not in bases:
                return f"the columns of {name} side by side, or one below the other"
    return ""


def number_at_a_matrix(grounds: Grounds, read: Read) -> str:
    """Has a function of a number at a matrix, `p(A)`: perhaps the polynomial, with I for its 1, or entry by entry."""
    if read.judgement.verdict is not Verdict.ILL_TYPED:
        return ""
    env = grounds.judge(read).general
    for n in (n for side in read.sides for n in walk(side) if isinstance(n, Call)):
        found = env.scope.find(n.name)
        params = found[1].params if found is not None and isinstance(found[1], Defined) else ()
        for param, argument in zip(params, n.args, strict=False):
            entry, size = env.scope.entries.get(param), shape(env, argument, [])
            if isinstance(entry, Drawn) and entry.shape == () and size is not None and size != (1, 1):
                return f"{n.name}: a function of a number, at a matrix"
    return ""


def turned_data(grounds: Grounds, read: Read) -> str:
    """Has no shape, and is true with a matrix that is given turned wherever it stands: what are its rows may be columns there."""
    if read.judgement.verdict is not Verdict.ILL_TYPED:
        return ""
    judge = grounds.judge(read)
    for name in sorted(grounds.names(read) & grounds.data(read)):
        places = sum(isinstance(n, Sym) and n.name == name for side in read.sides for n in walk(side))
        if places >= TWICE and judge.computed(*(turned(side, name) for side in read.sides)).verdict in TRUE:
            return f"{name}: perhaps with its rows as columns"
    return ""


def turned(node: Node, name: str) -> Node:
    """The tree with a name transposed wherever it stands."""
    if isinstance(node, Sym) and node.name == name:
        return Un("T", node)
    return rebuilt(node, [turned(n, name) for n in children(node)])


def property_of_its_own(grounds: Grounds, read: Read) -> str:
    """Says of a free letter alone that it has a property: `A^T = A`, `M^T M = I`."""
    for a, b in (read.sides, read.sides[::-1]):
        if isinstance(a, Un) and a.op == "T" and a.x == b and grounds.is_free(read, b):
            return f"a property of {shapes.plain_name(b)}, which may be supposed"
        if not is_link(read) and (name := whose_property(grounds, read, a, b)):
            return f"a property of {name}, which may be supposed"
    return ""


def whose_property(grounds: Grounds, read: Read, product: Node, other: Node) -> str:
    """The free matrix of which alone a product, a power or a transpose is said to be I, 0 or the matrix itself."""
    bare = other.x if isinstance(other, Un) and other.op == "-" else other
    plain = shapes.plain_name(bare)
    parts = [n for n in walk(product) if isinstance(n, Sym | Sub | Call | Grad | Big | Diff)]
    if not parts or any(n != parts[0] for n in parts) or not isinstance(product, Bin | Un):
        return ""
    made = [n for n in walk(product) if isinstance(n, Bin)]
    if len(parts) == 1 and not any(n.op in ("T", "^") for n in walk(product) if isinstance(n, Bin | Un)):
        return ""  # `A = 3A`
    turned_over = any(isinstance(n.right, Un) or n.right == Num(-1.0) for n in made if n.op == "^")
    if any(n.op not in "*^" for n in made) or (plain == shapes.plain_name(parts[0]) and turned_over):
        return ""  # no property is said of a sum, or as `A^{-T} A = A`
    entry = grounds.judge(read).scope.entries.get(name := shapes.plain_name(parts[0]) or "")
    if not isinstance(entry, Drawn) or len(entry.shape) != len(("rows", "columns")) or set(entry.kinds) - NO_PROPERTY:
        return ""
    return name if is_zero(bare) or plain == name or (plain or "").partition("_")[0] == "I" else ""


def on_a_property(grounds: Grounds, read: Read) -> str:
    """Stands in the part of a property that may be supposed of one of its letters."""
    names, outline = grounds.names(read), grounds.reading.outline
    for other in grounds.reading.relations:  # as they are now: the one before may have been doubted
        if other.judgement.rule not in SUPPOSED or other.end > read.start or not grounds.names(other) & names:
            continue
        end = outline.block_end if CONDITIONAL.search(other.words) else outline.part_end
        if end(other.start) >= read.end:
            return "what is supposed of one of its letters is not obeyed by the worlds"
    return ""


def own_shape(grounds: Grounds, read: Read) -> str:
    """Has no shape as the reply declared one of its letters, which the problem declares otherwise."""
    if read.judgement.verdict is not Verdict.ILL_TYPED:
        return ""
    judge, given = grounds.judge(read), grounds.reading.setting.scope.entries
    for name in sorted(grounds.names(read)):
        own, problem = judge.own.get(name), given.get(name)
        if isinstance(own, Drawn) and isinstance(problem, Drawn) and own.shape != problem.shape:
            return f"{name}: the reply and the problem declare it with different shapes"
    return ""


def ones_in_rows(grounds: Grounds, read: Read) -> str:
    """Writes all ones as a row on both sides: `p 1^T = 1^T`; nobody has said in which direction they stand."""
    if read.judgement.verdict is not Verdict.ILL_TYPED:
        return ""
    if not all(Sym(ONES) in walk(side) for side in read.sides):
        return ""
    sides = [columns_of_ones(side) for side in read.sides]
    if any(side == before for side, before in zip(sides, read.sides, strict=True)):
        return ""
    judge = grounds.judge(read)
    if judge.computed(*sides).verdict is Verdict.ILL_TYPED:
        return ""
    return "the ones may stand in a column"


def columns_of_ones(node: Node) -> Node:
    """The tree with every row of ones as a column."""
    if isinstance(node, Un) and node.op == "T" and node.x == Sym(ONES):
        return node.x
    return node if isinstance(node, Sub) else rebuilt(node, [columns_of_ones(n) for n in children(node)])


def index_left_out(grounds: Grounds, read: Read) -> str:
    """Is true with an index that it leaves out: `x` for the `x_k` beside it."""
    judge = grounds.judge(read)
    found = (
        n
        for side in read.sides
        for n in walk(side)
        if isinstance(n, Sub) and n.index and n.name not in judge.scope.entries
    )
    members = [
        n
        for n in dict.fromkeys(found)
        if all(isinstance(i, Sym) and not judge.scope.role(i.name) for i in n.index or ())
    ]
    for member in members:
        left, right = (with_member(side, Sym(base_name(member)), member) for side in read.sides)
        if (left, right) != read.sides and judge.computed(left, right).verdict in TRUE:
            return f"true with {member.name} in place of {base_name(member)}"
    return ""


def with_member(node: Node, whole: Sym, member: Sub) -> Node:
    """The tree with a member in place of every whole that stands alone."""
    if node == whole:
        return member
    if isinstance(node, Sub):
        return node
    return rebuilt(node, [with_member(n, whole, member) for n in children(node)])


def dot_without_sign(grounds: Grounds, read: Read) -> str:
    """Has two columns of one size side by side, and is true with the first transposed: their dot product."""
    if read.judgement.verdict is not Verdict.ILL_TYPED:
        return ""
    env = grounds.judge(read).general
    loose = loose_indices(env, Bin("=", *read.sides), {})
    products = (n for side in read.sides for n in walk(side) if isinstance(n, Bin) and n.op == "*")
    if not any(is_column(size := shape(env, n.left, loose)) and size == shape(env, n.right, loose) for n in products):
        return ""
    return "two columns side by side: perhaps their dot product" if grounds.slip(read) == "transpose" else ""


def may_be_a_function(grounds: Grounds, read: Read) -> str:
    """Has a letter before another one in brackets: the value of a function, or a product."""
    scope = grounds.judge(read).scope
    for side in read.statement.sides if read.statement is not None else ():
        for i, (name, opened, inside, closed) in enumerate(zip(side, side[1:], side[2:], side[3:], strict=False)):
            if i and side[i - 1].text in ("_", "^", "{"):
                continue  # a subscript
            letters = all(t.kind == "id" and t.text.strip("\\").isalpha() for t in (name, inside))
            if not letters or (opened.text, closed.text) != ("(", ")") or not read.start <= name.start < read.end:
                continue
            if scope.role(name.text) not in ("function", "definition"):
                return f"{name.text}({inside.text}): a product, or the value of a function"
    return ""


def segment(grounds: Grounds, read: Read) -> str:
    """Has two capitals side by side, one of them unknown, where nothing is a matrix: the product, or a segment of a figure."""
    scope = grounds.judge(read).scope
    if read.judgement.rule == "moments" or any(
        isinstance(e, Drawn) and len(e.shape) > 1 for e in scope.entries.values()
    ):
        return ""
    for side in read.statement.sides if read.statement is not None else ():
        for before, one, other in zip((None, *side), side, side[1:], strict=False):
            if before is not None and before.text in ("^", "_"):
                continue  # the T of `A^TA`
            pair = one.text + other.text
            glued = (one.kind, other.kind) == ("id", "id") and one.end == other.start
            capitals = glued and len(pair) == 2 and pair.isalpha() and pair.isupper()
            if capitals and read.start <= one.start < read.end and any(n not in scope.entries for n in pair):
                return f"{pair}: a product, or the segment from {one.text} to {other.text}"
    return ""


def second_index(grounds: Grounds, read: Read) -> str:
    """Has two indices without braces, `W_ij`, where the text has `W_i` as well: perhaps that times j."""
    text = grounds.reading.document.text
    for name, one, two in islice(UNBRACED.findall(text, read.start, read.end), MAX_UNBRACED):
        if re.search(rf"(?<![A-Za-z]){name}_(?:{one}(?![A-Za-z])|\{{{one}\}})", text):
            return f"{name}_{one}{two}: an entry, or {name}_{one} times {two}"
    return ""


def summed_silently(grounds: Grounds, read: Read) -> str:
    """Has free indices in a reply that sums over every index that stands twice, without a sign."""
    if not any(grounds.loose(read, side) for side in read.sides) or not grounds.sums_silently:
        return ""
    return "an index that stands twice may be summed over"
