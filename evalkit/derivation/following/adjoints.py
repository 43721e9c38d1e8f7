r"""`\bar A = \bar Y B^\top`, `G_A = G_Y B^\top`: names that say by what they are the gradient of an unknown loss.

A text shows what it calls gradients where it writes `\bar Y = \partial L/\partial Y`, or where a differential is an inner product with
one, `dL = \operatorname{Tr}(\bar Y^\top dY)`: from there on (and before) what stands behind the same mark or letter is that by which the loss is derived.
A letter that says nothing, the M of `dL = \operatorname{Tr}(M^\top dX)`, is given its meaning by such an inner product.
Not covered: names that the text or the problem explains in another way; gradients of a loss that is known; layouts in rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from evalkit.derivation.following.gradients import pairs_of
from evalkit.derivation.following.gradients_meant import as_gradients
from evalkit.derivation.following.reading import Read, Reading
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
    Unreadable,
    children,
    rebuilt,
    walk,
)
from evalkit.derivation.grammar.relations import Statement
from evalkit.derivation.grammar.stream import SCALAR
from evalkit.derivation.worlds.entries import PLACE
from evalkit.derivation.worlds.scope import Defined, Dimension, Drawn, Entry, Scope

DERIVED = re.compile(r"\\partial|\\nabla|[∂∇]|\bd ?\\?[a-zA-Z]")
"""What stands in every text with derivatives or differentials."""
HELD = re.compile(
    r"\b(?:fix(?:ed|ing)?|held|holding|constants?|treat\w*|var(?:y|ies|ied|ying)|konstant\w*|feste[mnrs]?|festgehalten)\b|固定|常[数量]",
    re.I,
)
"""Words for letters that do not move."""
COMPARED = re.compile(
    r"\b(?:compar\w+|read(?:ing)? off|match\w*|form|recall|definition|vergl\w+)\b|对比|比较|对照|定义", re.I
)
"""Words before what a differential is compared with, `dL = \\operatorname{Tr}((\\partial L/\\partial A)^\\top dA)`."""
LOSSES = frozenset({"L", "J", "C", "E", "\\ell", "\\mathcal L"})
"""What a number is called that is any function of a column or matrix, `L = f(S)`."""
BY = r"(?:w\.?\s?r\.?\s?t\.?|respect to|nach|对|关于)\s*\$?(?:\\[a-z]+\s*\{{?)?{}\}}?\$?(?!\w|\s*(?:and|or|und|和|,))"
"""Words for the one letter by which is derived."""
BESIDE, BEHIND, REACH = 60, 90, 400
"""Characters before and behind a relation in which these and those may stand."""
NEAR = 12
"""Relations before it that may have taken a differential in the same letters."""


def suppose_adjoints(reading: Reading, parsed: Sequence[list[Statement] | Unreadable]) -> None:
    """Find out by which marks a text calls the gradients of a loss."""
    if not DERIVED.search(reading.document.text):
        return
    found: dict[str, set[str]] = {}
    letters: dict[str, set[Grad]] = {}
    for pair in pairs_of(reading, parsed):
        for one, other in (pair, pair[::-1]):
            loss, name, by = shown(one, other)
            if loss and name.name.endswith(by.name) and len(name.name) > len(by.name):
                found.setdefault(name.name[: -len(by.name)], set()).add(loss)
            elif loss and isinstance(name, Sym) and one is pair[0] and not isinstance(one, Diff):
                letters.setdefault(name.name, set()).add(Grad(Sym(loss), by))
    reading.adjoints = {mark: losses.pop() for mark, losses in found.items() if is_mark(mark) and len(losses) == 1}
    reading.told_gradients = {name: of.pop() for name, of in letters.items() if len(of) == 1}


def is_mark(text: str) -> bool:
    r"""`\bar `, or a letter with an index: `G_`, `\delta_`."""
    return text in ("\\bar ", "\\overline ", "\\tilde ", "\\hat ") or text.endswith("_")


NOTHING = "", Sym(""), Sym("")


def shown(one: Node | None, other: Node | None) -> tuple[str, Sym | Sub, Sym | Sub]:
    """The loss, the name of its gradient and by what it is, where an equation of these sides shows it."""
    match one, other:
        case Sym() | Sub(), Grad(Sym(loss), Sym() | Sub() as by, 1) if by.name:
            return loss, one, by
        case Diff(Sym(loss)), _ if (found := inner_product(other)) is not None:
            name, by = found
            if isinstance(name, Sym | Sub):
                return loss, name, by
    return NOTHING


def inner_product(node: Node | None) -> tuple[Node, Sym | Sub] | None:
    r"""The G and Y of `\operatorname{Tr}(G^\top dY)`, `\langle G, dY\rangle`, `g^\top dy` and `\sum_{ij} G_{ij} dY_{ij}`."""
    match node:
        case Call("tr", (inside,)):
            return inner_product(inside)
        case Call("inner", (g, Diff(Sym() | Sub() as y))) | Call("inner", (Diff(Sym() | Sub() as y), g)):
            return g, y
        case Bin("*", Un("T", g), Diff(Sym() | Sub() as y)):
            return g, y
        case Big("sum", Bin("*", Sub(Sym() | Sub() as g, _, at), Diff(Sub(Sym() | Sub() as y, _, same)))) if (
            at and at == same
        ):
            return g, y
    return None


def gradients_meant(reading: Reading, read: Read, sides: Sequence[Node], before: Sequence[Read]) -> dict[str, Entry]:
    """The names in these sides that a mark explains, or an inner product in a differential before, as gradients."""
    scope, out = reading.judge.scope, dict[str, Entry]()
    for name in (n for side in sides for n in names(side)):
        found = by_its_mark(reading.adjoints, scope, name)
        if found is None and isinstance(name, Sym):
            found = told_anywhere(reading, scope, name)
        if found is not None:
            out[name.name] = Defined(found, (), None, "reply")
    for r in (*before, read):
        loss, name, by = shown(r.left, r.right) if isinstance(r.left, Diff) and not r.negated else NOTHING
        if loss and scope.resolve(name.name) is None and is_unknown_number(scope, loss) and has_entries(scope, by):
            out.setdefault(name.name, Defined(Grad(Sym(loss), by), (), None, "reply"))
    return out


def names(node: Node) -> Iterator[Sym | Sub]:
    """The names in it, and those of which an entry stands there."""
    for n in walk(node):
        if isinstance(n, Sym | Sub):
            yield n
            if isinstance(n, Sub) and isinstance(n.base, Sym | Sub):
                yield n.base


def by_its_mark(adjoints: Mapping[str, str], scope: Scope, name: Node) -> Grad | None:
    """The gradient that a name is by its mark; None where it has another meaning, or none."""
    if not isinstance(name, Sym | Sub) or scope.resolve(name.name) is not None:
        return None
    for mark, loss in adjoints.items():
        by = Sym(name.name[len(mark) :])
        if name.name.startswith(mark) and has_entries(scope, by) and is_unknown_number(scope, loss):
            return Grad(Sym(loss), by)
    return None


def told_anywhere(reading: Reading, scope: Scope, name: Sym) -> Grad | None:
    r"""The gradient that the text says a letter is before or behind, `g x^\top, where g = \partial L/\partial h`."""
    found = reading.told_gradients.get(name.name)
    if found is None or scope.resolve(name.name) is not None or not isinstance(found.f, Sym):
        return None
    by = found.by if isinstance(found.by, Sym | Sub) else Sym("")
    return found if has_entries(scope, by) and is_unknown_number(scope, found.f.name) else None


def has_entries(scope: Scope, by: Sym | Sub) -> bool:
    """Whether a name has a meaning by which can be derived."""
    found = scope.resolve(by.name) if by.name else None
    return found is not None and not isinstance(found[1], Dimension)


def is_unknown_number(scope: Scope, name: str) -> bool:
    """Whether nothing is known of a name but that it is a number, or any function of what it depends on."""
    found = scope.resolve(name) if name else None
    if found is None:
        return bool(name)
    entry = found[1]
    if isinstance(entry, Drawn):
        return scope.shape(Sym(name)) == SCALAR and not entry.kinds & {"data", "fixed", "size", "index"}
    body = entry.body if isinstance(entry, Defined) and not entry.params and entry.index is None else None
    of_names = isinstance(body, Call) and all(isinstance(arg, Sym | Sub) for arg in body.args)
    return isinstance(body, Call) and of_names and name in LOSSES and is_any_function(scope, body.name)


def is_any_function(scope: Scope, name: str) -> bool:
    """Whether a letter is a function of which nothing is known."""
    found = scope.find(name)
    drawn = found is not None and isinstance(found[1], Defined) and found[1].params == PLACE
    return len(name) == 1 and (found is None or drawn)


def shown_by_itself(read: Read) -> tuple[str, Sym | Sub | None]:
    r"""The loss and what moves in `dL = \operatorname{Tr}((\partial L/\partial A)^\top dA)`, which says nothing but what a gradient is."""
    match read.left, inner_product(read.right):
        case Diff(Sym(loss)), (Grad(Sym(same), Sym() | Sub() as a, 1), by) if loss == same and a == by:
            return loss, by
    return "", None


def moves_alone(reading: Reading, read: Read, ends: Sequence[str], moved: frozenset[str]) -> bool:
    """Whether the text says that only these letters move: in words, or by a differential of a last name in them alone."""
    text = reading.document.text
    _, by = shown_by_itself(read)
    if (
        by is not None
        and frozenset({by.name}) == moved
        and COMPARED.search(text, max(read.start - BESIDE, 0), read.start)
    ):
        return True
    start = max(text.rfind("\n#", 0, read.start), read.start - REACH, 0)
    if len(moved) == 1 and re.search(BY.format(re.escape(next(iter(moved)))), text[start : read.start], re.I):
        return True
    behind = re.match(r"[^.\n。]*", text[read.end : read.end + BEHIND])
    if HELD.search(text, start, read.start) or (behind and HELD.search(behind[0])):
        return True
    taken = (r for r in reading.relations[-NEAR:] if isinstance(r.left, Diff) and r.right is not None)
    return any(
        isinstance(r.left, Diff)
        and isinstance(r.left.x, Sym | Sub)
        and r.left.x.name in ends
        and moving(r.right) == moved
        for r in taken
    )


def moving(node: Node | None) -> frozenset[str]:
    """The names of which there is a differential."""
    found = (n.x for n in walk(node) if isinstance(n, Diff)) if node is not None else ()
    return frozenset(x.name for x in found if isinstance(x, Sym | Sub))


def is_given_by_differential(reading: Reading, read: Read, known: Mapping[str, Entry]) -> bool:
    r"""Whether a differential gives a letter its meaning that says nothing itself, the M of `dL = \operatorname{Tr}(M^\top dX)`."""
    scope = reading.judge.scope
    loss, name, by = shown(read.left, read.right) if isinstance(read.left, Diff) and not read.negated else NOTHING
    if not loss or name.name in known or scope.resolve(name.name) is not None:
        return False
    marked = by_its_mark(reading.adjoints, scope, name) is not None
    return not marked and is_unknown_number(scope, loss) and has_entries(scope, by)


def losses_of_nabla(before: Sequence[Read]) -> frozenset[str]:
    r"""The losses L of which the text said `dL = \operatorname{Tr}((\nabla S)^\top dS)`."""
    found = set()
    for read in before:
        match read.left, inner_product(read.right):
            case Diff(Sym(loss)), (Grad(Sym() | Sub() as a, Sym("")), by) if a == by:
                found.add(loss)
    return frozenset(found)


def with_d_for_gradients(sides: Sequence[Node], loss: str) -> list[Node]:
    r"""`G_Y B^\top = dY\, B^\top`: a d before a name stands for a gradient where nothing moves on the other side, which has gradients."""
    moving = [any(isinstance(n, Diff) for n in walk(side)) for side in sides]
    still = next((side for side, moves in zip(sides, moving, strict=True) if not moves), None)
    if sum(moving) != 1 or still is None or all(isinstance(n, Num) for n in walk(still)):
        return list(sides)
    if any(isinstance(side, Diff) and side.x == Sym(loss) for side in sides):
        return list(sides)
    return [as_gradients(side, loss) for side in sides]


def of_their_entries(reading: Reading, node: Node) -> Node:
    r"""The tree with the i-th entry of `g_p` for `g_{p,i}`."""
    if isinstance(node, Sub) and node.index is not None and len(node.index) > 1 and isinstance(node.base, Sym):
        first = node.index[0]
        whole = Sub(node.base, f"{node.base.name}_{first.name}", (first,)) if isinstance(first, Sym) else node
        if by_its_mark(reading.adjoints, reading.judge.scope, whole) is not None:
            return Sub(whole, "", node.index[1:])
    parts = children(node)
    return (
        rebuilt(node, [of_their_entries(reading, part) for part in parts])
        if parts and not isinstance(node, Sub)
        else node
    )


def times_brackets(reading: Reading, node: Node, given: Mapping[str, Entry]) -> Node:
    r"""The tree with a product for `G(XB)^\top`, where G is a gradient and no function."""
    match node:
        case Un("T", Call(name, (inside,))) if is_gradient_name(reading, name, given):
            return Bin("*", Sym(name), Un("T", times_brackets(reading, inside, given)))
        case Call(name, (inside,)) if is_gradient_name(reading, name, given):
            return Bin("*", Sym(name), times_brackets(reading, inside, given))
    parts = children(node)
    return rebuilt(node, [times_brackets(reading, part, given) for part in parts]) if parts else node


def is_gradient_name(reading: Reading, name: str, given: Mapping[str, Entry]) -> bool:
    scope = reading.judge.scope
    told = (
        name in given or name in reading.told_gradients or by_its_mark(reading.adjoints, scope, Sym(name)) is not None
    )
    return told and scope.find(name) is None
