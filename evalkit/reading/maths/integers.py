r"""Values for every integer: `\frac\pi4 + k\pi, k \in \mathbb Z`, `\{2k : k \in \mathbb Z\}`, several of them together.

Two are the same where they give the same numbers, whatever the letter, its shift and its sign (`-\frac{3\pi}4 + n\pi`),
and however they are cut (`\frac\pi4 + 2k\pi` and `\frac{5\pi}4 + 2k\pi` together). Compared are the values of small
integers on one side with those of more on the other.

Not covered: natural numbers, several integers in one value, values with other letters: nothing is said of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy  # type: ignore[import-untyped]

from evalkit.reading.maths import algebra, sampled
from evalkit.reading.maths.names import Unreadable, name
from evalkit.reading.maths.nodes import Braces, Builder, Named, Node, Relation, Scalar, Several
from evalkit.reading.maths.scalars import Way

FEW, MANY, MOST = 5, 60, 6
"""Integers of which each value must be met, among which it is looked for, and values that are listed at most."""


def same(gold: Node, pred: Node) -> bool | None:
    """Whether both give the same numbers; None where this is not what they are, or where it cannot be computed."""
    letters = _said(gold) | _said(pred)
    try:
        ours, theirs = _values(gold, letters), _values(pred, letters)
    except Unreadable:
        return None
    if not letters or not ours or not theirs or not all(any(v.free_symbols for v in side) for side in (ours, theirs)):
        return None
    few, many = [_numbers(side, FEW) for side in (ours, theirs)], [_numbers(side, MANY) for side in (ours, theirs)]
    if any(numbers is None for numbers in (*few, *many)):
        return None
    return _within(few[0] or [], many[1] or []) and _within(few[1] or [], many[0] or [])


def _said(node: Node) -> set[str]:
    """The letters of which an answer says that they are any integer."""
    match node:
        case Relation(("\\in",), (Scalar(tokens), Named("Z"))):
            letter = name(tokens)
            return {letter} if letter else set()
        case Builder(_, condition):
            return _said(condition)
        case Several(items) | Braces(items):
            return set().union(*map(_said, items)) if items else set()
        case _:
            return set()


def _values(node: Node, letters: set[str]) -> list[Any]:
    """The values that an answer lists, as expressions in one integer each. Raises Unreadable."""
    match node:
        case Relation(("\\in",), (Scalar(), Named("Z"))):
            return []
        case Relation(("=",), (Scalar(tokens), right)) if name(tokens):
            return _values(right, letters)
        case Relation(("\\in",), (Scalar(tokens), Builder() as right)) if name(tokens):
            return _values(right, letters)
        case Builder(element, condition) if _said(condition):
            return _values(element, letters)
        case Several(items) | Braces(items):
            found = [value for item in items for value in _values(item, letters)]
            if len(found) > MOST:
                raise Unreadable("too many values")
            return found
        case Scalar(tokens):
            value = algebra.expression(tokens, Way())
            # Who says it of his own letter only leaves it to the reader that the other's is one, too.
            if len(value.free_symbols) > 1 or not {str(s) for s in value.free_symbols} <= letters | {"k", "n", "m"}:
                raise Unreadable("other letters")
            return [value]
        case _:
            raise Unreadable("no value")


def _numbers(values: Sequence[Any], most: int) -> list[float] | None:
    """The values for the integers up to `most`; None where one has none."""
    found = []
    for value in values:
        letter = next(iter(value.free_symbols), None)
        numbers = [sampled.number(value, {})] if letter is None else _run(value, letter, most)
        if any(number is None for number in numbers):
            return None
        found += [number for number in numbers if number is not None]
    return found


def _run(value: Any, letter: Any, most: int) -> list[float | None]:
    """The values for the integers from `-most` to `most`, of steady ones by their step."""
    step = sympy.diff(value, letter)
    first, gap = sampled.number(value, {letter: 0}), None if step.free_symbols else sampled.number(step, {})
    if first is not None and gap is not None:
        return [first + k * gap for k in range(-most, most + 1)]
    return [sampled.number(value, {letter: k}) for k in range(-most, most + 1)]


def _within(few: Sequence[float], many: Sequence[float]) -> bool:
    return all(any(abs(one - two) <= 1e-9 * max(1.0, abs(one)) for two in many) for one in few)
