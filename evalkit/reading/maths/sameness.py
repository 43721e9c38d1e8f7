r"""Whether two short answers say the same, whatever their notation. Loads sympy; see algebra.py for hostile input.

    staff               also
    x = 5               5
    \{2, -3\}           x = 2 or x = -3; x_1 = 2, x_2 = -3; -3, 2
    3 \pm \sqrt 2       3 + \sqrt 2, 3 - \sqrt 2
    (p, q) = (1, 4)     p = 1, q = 4; (1, 4)
    0 \le x < 4         [0, 4); x \in [0, 4); 4 > x \ge 0
    3 : 4               6 : 8; \frac34
    x^2                 f(x) = x^2

Order counts in tuples, intervals and matrices, not in sets and lists. `4:30` is a time where it can be one: it has no
multiples. `1010_2` is itself only. What cannot be compared raises Unreadable (UnsureError is one): never "different".

Not covered: products of more than three matrices, bases other than of whole numerals, sets of integers but by name
or by a letter that is said to be any integer (integers.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from evalkit.reading.maths import algebra, equations, integers, kinds, nodes, regions, scalars, solutions
from evalkit.reading.maths.algebra import Settings
from evalkit.reading.maths.cases import (
    Case,
    cases,
    functions,
    in_order,
    matched,
    other_name,
    plain_list,
    quiet,
    with_the_same_integer,
    without_conditions,
    without_domain,
)
from evalkit.reading.maths.latex import tokens
from evalkit.reading.maths.names import FinalError, OtherKindError, UnsureError, called, name, quantity
from evalkit.reading.maths.nodes import KINDS, Braces, Brackets, Matrix, Named, Node, Pieces, Relation, Scalar, Several


def same(wanted: str, found: str, settings: Settings, *, literal: bool = True) -> bool:
    """Whether two pieces of LaTeX say the same. Raises Unreadable where that cannot be told.

    literal: the same tokens are the same answer, even if nothing else about them could be read.
    """
    gold, pred = tokens(wanted), tokens(found)
    if literal and gold == pred:
        return True
    gold, pred = _decimal_comma(wanted, gold, pred), _decimal_comma(found, pred, gold)
    pred = with_the_same_integer(gold, pred)
    wanted_node, found_node = solutions.read(gold), solutions.read(pred)
    for_integers = integers.same(wanted_node, found_node)
    return _same(wanted_node, found_node, settings) if for_integers is None else for_integers


_COMMA = re.compile(r"\s*-?\d+,\d+\s*")


def _decimal_comma(latex: str, own: list[str], other: list[str]) -> list[str]:
    """`1,22` is a number where the other side is one, a list where that is a list."""
    number = len([t for t in other if t[0].isdecimal()]) == 1 and all(t[0].isdecimal() or t in "+-" for t in other)
    pair = len([t for t in other if t[0].isdecimal()]) == 2 and "," in other
    if _COMMA.fullmatch(latex) and (number or pair):
        return tokens(latex.replace(",", "." if number else ", "))
    return own


def _same(gold: Node, pred: Node, settings: Settings) -> bool:
    gold, pred = _exact(without_conditions(gold)), without_conditions(pred)
    gold, pred = without_domain(gold, pred), without_domain(pred, gold)
    if isinstance(gold, Matrix) and len(gold.rows[0]) == 1:
        pred = in_order(pred, len(gold.rows))
    if regions.is_region(gold) or regions.is_region(pred):
        return _same_region(gold, pred, settings)
    if _is_equation(gold) and _is_equation(pred):
        return _same_relation(gold, pred, settings)
    for brackets, several in ((gold, pred), (pred, gold)):
        system = functions(several) if isinstance(brackets, Brackets) else None
        if system and isinstance(brackets, Brackets) and len(brackets.items) == len(system):
            return _same_tuple(system, brackets, settings, staff_is_system=several is gold)
    if isinstance(gold, Brackets) and plain_list(pred):
        pred = Brackets(gold.open, gold.close, pred.items)  # `2, 3` for the pair (2, 3)
    elif isinstance(pred, Brackets) and plain_list(gold):
        pred = Several(pred.items, "list")
    for braces, other in ((gold, pred), (pred, gold)):
        if isinstance(braces, Braces) and isinstance(other, Brackets):
            if matched(cases(gold), cases(pred), lambda g, p: _same_case(g, p, settings), False):
                return True
            if _same(Several(braces.items, "list"), Several(other.items, "list"), settings):
                raise FinalError("a set beside a tuple of the same values")
            return False
    wanted, given = cases(gold), cases(pred)
    if plain_list(pred) and len(wanted) == 1 and len(wanted[0]) == len(pred.items):
        given = [((None, Brackets("(", ")", pred.items)),)]  # `1, 4` for `x = 1, y = 4`
    if len(wanted) == 1 == len(given):
        return _same_case(wanted[0], given[0], settings)
    return matched(wanted, given, lambda g, p: _same_case(g, p, settings), plain_list(gold) and plain_list(pred))


def _is_equation(node: Node) -> bool:
    return isinstance(node, Relation) and "=" in node.marks and all(isinstance(side, Scalar) for side in node.sides)


def _exact(node: Node) -> Node:
    """The staff's `\\frac{1}{3} \\approx 0.33` is the exact value."""
    if isinstance(node, Relation) and node.marks == ("\\approx",) and not called(node.texts[0]):
        return node.sides[0]
    return node


# ---------------------------------------------------------------- regions


def _same_region(gold: Node, pred: Node, settings: Settings) -> bool:
    try:
        return _compared_regions(gold, pred, settings)
    except UnsureError:
        if regions.separated(gold, pred):
            return False
        raise


def _compared_regions(gold: Node, pred: Node, settings: Settings) -> bool:
    if isinstance(gold, Named) and isinstance(pred, Named):
        return gold.name == pred.name
    gold, pred = _set_of(gold), _set_of(pred)
    for one, other in ((gold, pred), (pred, gold)):
        if isinstance(one, Scalar) and regions.is_region(other) and scalars.letters(one.tokens):
            raise OtherKindError(KINDS)
    if isinstance(gold, Relation) and isinstance(pred, Relation) and _many_letters(gold) and _many_letters(pred):
        return regions.multivariate(gold, pred, settings)
    lists = [node.items for node in (gold, pred) if isinstance(node, Several) and node.how == "list"]
    if len(lists) == 2 and any(len(regions.unknowns(node)) > 1 for node in (gold, pred)):
        links = [[link for item in items for link in _links(item)] for items in lists]
        if not matched(links[0], links[1], lambda g, p: _same(g, p, settings), False):
            raise UnsureError("several unknowns")
        return True
    return regions.same(gold, pred, settings)


def _links(node: Node) -> list[Node]:
    """`a < b < c` as `a < b` and `b < c`."""
    if not isinstance(node, Relation):
        return [node]
    pairs = range(len(node.marks))
    return [Relation((node.marks[i],), node.sides[i : i + 2], node.texts[i : i + 2]) for i in pairs]


def _set_of(node: Node) -> Node:
    """`S = (0, 4)` and `S = \\{x : ...\\}` name the set."""
    if isinstance(node, Relation) and node.marks == ("=",) and called(node.texts[0]):
        return node.sides[1]
    return node


def _many_letters(node: Relation) -> bool:
    return len(regions.letters(node)) > 1 and not nodes.variables(node)


# ---------------------------------------------------------------- one case


def _same_case(gold: Case, pred: Case, settings: Settings) -> bool:
    if len(gold) == 1 == len(pred):
        same_value = _same_value(gold[0][1], pred[0][1], settings)
        if same_value and other_name(gold[0][0], pred[0][0]):
            raise FinalError("it gives the value to another letter")
        return same_value
    if len(gold) > 1 and len(pred) > 1:
        wanted, given = dict(gold), dict(pred)
        if wanted.keys() != given.keys():
            pairs = zip(wanted.values(), given.values(), strict=False)
            if len(wanted) == len(given) and all(_same_value(g, p, settings) for g, p in pairs):
                raise FinalError("it gives values to other letters")
            return False
        return all(_same_value(value, given[text], settings) for text, value in wanted.items())
    system, other = (gold, pred[0][1]) if len(gold) > 1 else (pred, gold[0][1])
    if not isinstance(other, Brackets) or len(other.items) != len(system):
        return False
    return _same_tuple(system, other, settings, staff_is_system=len(gold) > 1)


def _same_tuple(system: Case, other: Brackets, settings: Settings, *, staff_is_system: bool) -> bool:
    """`x = 1, y = 4` and `(1, 4)`: in the order given, or of the letters."""

    def agree(values: Sequence[Node]) -> bool:
        pairs = zip(values, other.items, strict=True)
        return all(_same_value(*((a, b) if staff_is_system else (b, a)), settings) for a, b in pairs)

    by_letter = [value for _, value in sorted(system, key=lambda pair: str(pair[0]))]
    given = [value for _, value in system]
    if agree(given if staff_is_system else by_letter):
        return True
    if agree(by_letter if staff_is_system else given):
        raise FinalError("the order of the letters is not given")
    return False


# ---------------------------------------------------------------- one value


def _same_pieces(gold: Pieces, pred: Pieces, settings: Settings) -> bool:
    """Piece by piece, in any order. Where they are cut in other places nothing is known."""
    left = list(pred.items)
    alike = True
    for value, condition in gold.items:
        at = next((i for i, (_, other) in enumerate(left) if _same_condition(condition, other, settings)), None)
        if at is None:
            raise UnsureError("pieces with other conditions")
        alike = _same(value, left.pop(at)[0], settings) and alike
    if left:
        raise UnsureError("pieces with other conditions")
    return alike


def _same_condition(gold: Node | None, pred: Node | None, settings: Settings) -> bool:
    if gold is None or pred is None:
        return gold is pred
    return _same(gold, pred, settings)


def _same_value(gold: Node, pred: Node, settings: Settings) -> bool:
    if isinstance(gold, Relation) or isinstance(pred, Relation):
        return _same_relation(gold, pred, settings)
    if isinstance(gold, Pieces) or isinstance(pred, Pieces):
        if not (isinstance(gold, Pieces) and isinstance(pred, Pieces)):
            raise UnsureError("a function in pieces")
        return _same_pieces(gold, pred, settings)
    if isinstance(gold, Scalar) and isinstance(pred, Scalar):
        return algebra.same_scalar(gold.tokens, pred.tokens, settings)
    if isinstance(gold, (Braces, Several)) or isinstance(pred, (Braces, Several)):
        return _same(gold, pred, settings) if not (_single(gold) and _single(pred)) else False
    return kinds.same(gold, pred, lambda g, p: _same_value(g, p, settings))


def _single(node: Node) -> bool:
    return not isinstance(node, (Braces, Several))


def _same_relation(gold: Node, pred: Node, settings: Settings) -> bool:
    """An equation with a name on the left is its right side; others are compared as equations."""
    pred = _same_argument(gold, pred)
    if isinstance(gold, Relation) and isinstance(pred, Relation):
        given = _exact_then_rounded(pred)
        return any(_same_equations(gold, one, settings) for one in (given if _has_decimals(gold) else given[:1]))
    if isinstance(gold, Relation):
        value = _value(gold)
        if value is None:
            return _completes(gold, pred, settings)
        return _same(value, pred, settings)
    value = _value(pred)
    if value is not None:
        return _same(gold, value, settings)
    if isinstance(pred, Relation) and set(pred.marks) <= {"=", "\\approx", "\\equiv"}:
        return _last_side(gold, pred, settings)
    raise OtherKindError(KINDS)


def _completes(gold: Relation, pred: Node, settings: Settings) -> bool:
    """Whether a value solves the staff's equation for the letter that it lacks (`2x + 1` for `y - 3 = 2(x - 1)`)."""
    if gold.marks == ("=",) and isinstance(pred, Scalar) and all(isinstance(side, Scalar) for side in gold.sides):
        missing = (scalars.letters(gold.texts[0]) | scalars.letters(gold.texts[1])) - scalars.letters(pred.tokens)
        head = tuple(missing)
        if len(head) == 1 and len(head[0]) == 1:
            return equations.same_equation((gold.texts[0], gold.texts[1]), (head, pred.tokens), settings)
    raise OtherKindError("a value where an equation is asked for")


def _same_equations(gold: Relation, pred: Relation, settings: Settings) -> bool:
    heads = gold.texts[0], pred.texts[0]
    single = len(gold.marks) == 1 == len(pred.marks)
    alike = single and sorted(heads[0]) == sorted(heads[1]) and quantity(heads[0])
    if alike or (single and called(heads[0]) and called(heads[1])):
        if quiet(lambda g, p: _same(g, p, settings), gold.sides[1], pred.sides[1]):
            if other_name(name(heads[0]), name(heads[1])):
                raise FinalError("it gives the value to another letter")
            return True
        if heads[0] == heads[1]:
            return _same(gold.sides[1], pred.sides[1], settings)
        if alike:
            return False
    if set(gold.marks) | set(pred.marks) == {"="} and all(isinstance(s, Scalar) for s in (*gold.sides, *pred.sides)):
        return equations.same_equation((gold.texts[0], gold.texts[-1]), (pred.texts[0], pred.texts[-1]), settings)
    raise UnsureError(KINDS)


def _has_decimals(gold: Node) -> bool:
    return any("." in token for found in nodes.scalars(gold) for token in found)


def _exact_then_rounded(pred: Relation) -> list[Relation]:
    """`x = \\frac{22}{7} \\approx 3.14` says x = 22/7, and roughly x = 3.14."""
    if "\\approx" not in pred.marks:
        return [pred]
    at = pred.marks.index("\\approx") or 1
    exact = Relation(("=",) * at, pred.sides[: at + 1], pred.texts[: at + 1])
    return [
        exact,
        *(
            Relation(("=",), (pred.sides[0], pred.sides[i]), (pred.texts[0], pred.texts[i]))
            for i in range(at + 1, len(pred.sides))
        ),
    ]


def _value(node: Node) -> Node | None:
    """What an equation gives a name to; the node itself where it is none; None where nothing is named."""
    if not isinstance(node, Relation):
        return node
    if set(node.marks) <= {"=", "\\in", "\\approx", "\\equiv"} and len(node.marks) == 1 and quantity(node.texts[0]):
        # `AX - XB = 0` is an equation to be solved, not the value 0 of something.
        return node.sides[1] if called(node.texts[0]) or node.texts[1] != ("0",) else None
    if node.marks == ("=",) and called(node.texts[1]):
        return node.sides[0]
    return None


def _same_argument(gold: Node, pred: Node) -> Node:
    """`f(u) = u^2` for `f(t) = t^2`: what a function's argument is called does not matter."""
    if not (isinstance(gold, Relation) and isinstance(pred, Relation)):
        return pred
    heads = [node.texts[0][-3:] for node in (gold, pred)]
    if any(head[0] != "(" or head[2] != ")" or name(head[1:2]) is None for head in heads if len(head) == 3):
        return pred
    if any(len(head) < 3 for head in heads) or heads[0] == heads[1] or heads[0][1] in pred.texts[-1]:
        return pred
    new = {heads[1][1]: heads[0][1]}
    return _reread(pred, new)


def _reread(pred: Relation, new: dict[str, str]) -> Node:
    found: list[str] = []
    for mark, text in zip(("", *pred.marks), pred.texts, strict=True):
        found += [*([mark] if mark else []), *(new.get(t, t) for t in text)]
    return solutions.read(found)


_OPAQUE = frozenset(
    {"\\int", "\\lim", "\\det", "\\sum", "\\prod", "\\max", "\\min", "|", "\\Vert", "\\mathbb", "\\mathrm"}
)


def _last_side(gold: Node, pred: Relation, settings: Settings) -> bool:
    """`f = x \\cdot x = x^2 \\approx 2.25`: the last exact side, if what stands before it is a name or equal to it."""
    exact = pred.marks.index("\\approx") if "\\approx" in pred.marks else len(pred.marks)
    last = pred.sides[exact]
    if exact == 0 and called(pred.texts[0]):
        last, exact = pred.sides[1], 1
    if exact > 0 and not _names(pred, exact - 1) and not _same(last, pred.sides[exact - 1], settings):
        if any(quiet(lambda g, p: _same(g, p, settings), gold, side) for side in (last, pred.sides[exact - 1])):
            raise FinalError("an equation where a value is asked for")
        return False
    if _same(gold, last, settings):
        return True
    # `\\frac{22}{7} \\approx 3.1416` is no \\pi
    rounded = pred.sides[exact + 1 :] if _has_decimals(gold) else ()
    return any(_same(gold, side, settings) for side in rounded)


def _names(pred: Relation, at: int) -> bool:
    """Whether a side says what is computed and not how: a name, or a quantity of several letters."""
    side = pred.texts[at]
    if called(side) or _OPAQUE & set(side):
        return True
    letters = {t for t in side if len(t) == 1 and t.isalpha() and t != "e"}
    return len(letters) > 1 and pred.texts[at + 1] != ("0",) and at == 0
