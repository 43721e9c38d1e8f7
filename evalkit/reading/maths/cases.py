r"""The cases of an answer: `x = 2 or x = -3` has two, `x = 1, y = 4` is one in which two letters have values.

A list of equations for different letters is one case; for one letter, or for `x_1, x_2`, its parts are cases. What is
said of integers (`k \in \mathbb Z`) is no case. Pure structure, nothing is computed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeGuard, TypeVar

from evalkit.reading.maths.names import FinalError, OtherKindError, Unreadable, name
from evalkit.reading.maths.nodes import ORDERS, Braces, Brackets, Named, Node, Relation, Scalar, Several, scalars

T = TypeVar("T")
Case = tuple[tuple[str | None, Node], ...]
"""What holds together, each with its name: `x = 1, y = 2` is one case, `x = 1 or x = 2` are two."""


def cases(node: Node) -> list[Case]:
    """The alternatives of an answer."""
    match node:
        case Several(items, "or"):
            found = [case for item in items for case in cases(item)]
            return _named_alike(found)
        case Several(items):
            found = [case for item in items for case in cases(item)]
            names = [case[0][0] for case in found]
            letters = {text.partition("_")[0] for text in names if text}
            if None not in names and len(letters) == len(names) > 1 and all(len(case) == 1 for case in found):
                return [tuple(case[0] for case in found)]
            return _named_alike(found)
        case Braces(items):
            return [case for item in items for case in cases(item)]
        case Relation(marks, sides, texts) if set(marks) <= {"=", "\\in"} and len(marks) == 1:
            return _assigned(sides, texts)
        case _:
            return [((None, node),)]


def functions(node: Node) -> Case | None:
    """`x(t) = 2t, y(t) = t^2` as one case of x and y; None where it is no list of functions of one argument."""
    items = node.items if isinstance(node, Several) else ()
    named = [
        (name(item.texts[0][:-3]), item.texts[0][-3:], item.sides[1])
        for item in items
        if isinstance(item, Relation) and item.marks == ("=",) and len(item.texts[0]) > 3
    ]
    told = tuple((text, value) for text, head, value in named if text and (head[0], head[2]) == ("(", ")"))
    if len(told) < len(items) or len(told) < 2 or len({text for text, _ in told}) < len(told):
        return None
    return told if len({head for _, head, _ in named}) == 1 else None


def _assigned(sides: Sequence[Node], texts: Sequence[tuple[str, ...]]) -> list[Case]:
    left, right = sides
    if isinstance(left, Brackets):
        names = [name(item.tokens) if isinstance(item, Scalar) else None for item in left.items]
        given = cases(right) if isinstance(right, (Braces, Several)) else [((None, right),)]
        values = [case[0][1] for case in given]
        if all(names) and all(isinstance(v, Brackets) and len(v.items) == len(names) for v in values):
            return [tuple(zip(names, v.items, strict=True)) for v in values if isinstance(v, Brackets)]
    text = name(texts[0])
    if text and isinstance(right, Braces):
        return [((text, item),) for item in right.items]
    if text:
        return [((text, right),)]
    return [((None, Relation(("=",), tuple(sides), tuple(texts))),)]


def _named_alike(found: list[Case]) -> list[Case]:
    """`x = 2, -3`: the name goes on."""
    first = found[0][0][0] if found and len(found[0]) == 1 else None
    return [((first, case[0][1]),) if len(case) == 1 and case[0][0] is None else case for case in found]


def without_conditions(node: Node) -> Node:
    """`k \\in \\mathbb Z` beside a value only says what k is."""
    if not isinstance(node, Several):
        return node
    kept = tuple(item for item in node.items if not _is_condition(item))
    return kept[0] if len(kept) == 1 else Several(kept, node.how) if kept else node


def without_domain(node: Node, other: Node) -> Node:
    """`x^2, x \\ge 0` says for which x; where the other answer says nothing of the kind it is left out."""
    if not isinstance(node, Several) or any(_restricts(item) for item in getattr(other, "items", (other,))):
        return node
    kept = [item for item in node.items if not _restricts(item)]
    letters = (
        {token for found in scalars(Several(tuple(kept), node.how)) for token in found} if len(kept) == 1 else set()
    )
    about = {side.tokens[0] for item in node.items if _restricts(item) for side in item.sides if _is_letter(side)}  # type: ignore[union-attr]
    return kept[0] if letters and about and about <= letters else node


def _restricts(node: Node) -> bool:
    return isinstance(node, Relation) and bool(set(node.marks) & (ORDERS | {"\\ne"}))


def _is_letter(node: Node) -> bool:
    return isinstance(node, Scalar) and name(node.tokens) is not None


def in_order(node: Node, size: int) -> Node:
    """`x_1 = 1, x_2 = 2` as a tuple, where that is asked for."""
    if not isinstance(node, Several) or len(node.items) != size or size < 2:
        return node
    relations = [item for item in node.items if isinstance(item, Relation) and item.marks == ("=",)]
    names = [name(item.texts[0]) or "" for item in relations]
    if [text.partition("_")[2] for text in names] != [str(i + 1) for i in range(size)]:
        return node
    return Brackets("(", ")", tuple(item.sides[1] for item in relations))


def _is_condition(node: Node) -> bool:
    integers = (Named("Z"), Named("N"), Named("Z+"))
    return isinstance(node, Relation) and node.marks == ("\\in",) and node.sides[1] in integers


def plain_list(node: Node) -> TypeGuard[Several]:
    """`2, 3`: values without names. One that is listed twice may count twice (eigenvalues)."""
    return isinstance(node, Several) and node.how == "list" and all(isinstance(item, Scalar) for item in node.items)


def other_name(gold: str | None, pred: str | None) -> bool:
    """Whether two letters are different unknowns; an index may be left out, and an accent."""
    if gold is None or pred is None or gold == pred:
        return False
    if " " in gold and " " in pred:
        return True
    letters = tuple(_letter(text.partition("_")[0]) for text in (gold, pred))
    return letters[0] != letters[1] or ("_" in gold and "_" in pred)


def _letter(text: str) -> str:
    return text.rpartition(" ")[2]


def matched(wanted: Sequence[T], given: Sequence[T], alike: Callable[[T, T], bool], multiple: bool) -> bool:
    """Whether each of one side has its own partner on the other. Raises Unreadable where doubt decides; what is of
    another kind is no partner.

    multiple: what is listed more often on one side is neither the same nor different.
    """
    doubt: Unreadable | None = None
    left = list(given)
    for one in wanted:
        for i, two in enumerate(left):
            try:
                if alike(one, two):
                    del left[i]
                    break
            except OtherKindError:
                continue
            except Unreadable as error:
                doubt = error
        else:
            if any(quiet(alike, one, two) for two in given):
                if multiple:
                    raise FinalError("a value is listed more often on one side")
                continue
            if doubt:
                raise doubt
            return False
    extra = [two for two in left if not any(quiet(alike, one, two) for one in wanted)]
    if doubt and extra:
        raise doubt
    if left and not extra and multiple:
        raise FinalError("a value is listed more often on one side")
    return not extra


def quiet(alike: Callable[[T, T], bool], one: T, two: T) -> bool:
    """Whether they are alike beyond doubt."""
    try:
        return alike(one, two)
    except Unreadable:
        return False


# ---------------------------------------------------------------- letters for integers


def with_the_same_integer(gold: list[str], pred: list[str]) -> list[str]:
    """`2\\pi n` for `2\\pi k` where one of the two answers says that its letter is any integer."""
    said = _integers(gold), _integers(pred)
    if len(said[0]) > 1 or len(said[1]) > 1 or not (said[0] or said[1]):
        return pred
    wanted, given = (own or _letters(found) for own, found in zip(said, (gold, pred), strict=True))
    if len(wanted) != 1 or len(given) != 1 or wanted == given or wanted <= _letters(pred) | said[1]:
        return pred
    new = {given.pop(): wanted.pop()}
    return [new.get(token, token) for token in pred]


def _integers(found: list[str]) -> set[str]:
    """The letters before `\\in \\mathbb Z`."""
    places = [i for i, token in enumerate(found) if token == "\\in" and found[i + 1 : i + 2] == ["\\mathbb"] and i]
    return {found[i - 1] for i in places if found[i + 2 : i + 4] in (["{", "Z"], ["{", "N"], ["Z"], ["N"])}


def _letters(found: list[str]) -> set[str]:
    """Bare letters of a formula, those of names before `=` and of conditions left out."""
    kept = [t for i, t in enumerate(found) if found[i + 1 : i + 2] not in (["="], ["_"], ["\\in"])]
    return {t for t in kept if len(t) == 1 and t.isalpha() and t not in "eiZNR"}
