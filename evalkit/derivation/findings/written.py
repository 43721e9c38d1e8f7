"""Equations compared as they are written, piece by piece: for general rules, whose letters mean nothing of the problem's.

Not covered: the same rule with its factors in another order, or with a product where a letter stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import islice

from evalkit.derivation.grammar.nodes import Unreadable
from evalkit.derivation.grammar.pretty import pretty
from evalkit.derivation.problem.entries import one_equation
from evalkit.derivation.worlds.scope import Scope

_TOKEN = re.compile(r"[^\W_ᵀ⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]\w*?(?=[ᵀ⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]|\W|$)|\S")


@lru_cache(maxsize=256)
def sides(equation: str) -> tuple[str, str]:
    """Both sides of an equation in LaTeX, as relations are printed. Raises Unreadable, ValueError."""
    left, right = one_equation(equation, Scope({}))
    return pretty(left), pretty(right)


_BRACE = re.compile(r"\\(?:under|over)brace\s*(?=\{)")
MOST_BRACES, LONGEST = 200, 400


def braced(text: str) -> Iterator[tuple[str, str, int, int]]:
    r"""What braces say: of `\underbrace{U^\top U}_{I}` the two sides `U^\top U` and `I` as they are printed, and the
    place. Labels that are words, or no formula, are left out."""
    for start in islice(_BRACE.finditer(text), MOST_BRACES):
        inside = _group(text, start.end())
        label = re.compile(r"\s*[_^]\s*(?=\{)").match(text, inside[1]) if inside else None
        said = _group(text, label.end()) if label else None
        if inside is None or said is None:
            continue
        with suppress(Unreadable, ValueError, RecursionError):
            left, right = sides(f"{text[slice(*inside)][1:-1]} = {text[slice(*said)][1:-1].lstrip(' =')}")
            yield left, right, start.start(), said[1]


def _group(text: str, start: int) -> tuple[int, int] | None:
    """The braces that begin here, with what they enclose."""
    depth = 0
    for at in range(start, min(len(text), start + LONGEST)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return start, at + 1
    return None


_SIZED = re.compile(r"^I_\w+$")


@lru_cache(maxsize=1024)
def pieces(side: str) -> tuple[str, ...]:
    """The pieces of a side as it is printed; identity matrices of any size are alike. Every item of a list asks again."""
    return tuple(_SIZED.sub("I", token) for token in _TOKEN.findall(side.replace("ᵀ", " ᵀ ")))


@lru_cache(maxsize=256)
def ways(equation: str) -> tuple[tuple[str, ...], ...]:
    """An equation in LaTeX in pieces, either way round. Raises as `sides` does."""
    left, right = map(pieces, sides(equation))
    return (*left, "=", *right), (*right, "=", *left)


def alike(pattern: Sequence[str], written: Sequence[str], letters: Sequence[str]) -> bool:
    """Whether two relations are alike, piece by piece, when each letter is called what the other calls it."""
    called: dict[str, str] = {}
    if len(pattern) != len(written):
        return False
    for wanted, have in zip(pattern, written, strict=True):
        letter = next((x for x in letters if wanted in (x, f"d{x}")), None)
        if letter is None or not (have[:1].isalpha() or have == "d"):
            if wanted != have:
                return False
            continue
        if wanted != letter:
            if not have.startswith("d"):
                return False
            have = have[1:]
        if called.setdefault(letter, have) != have:
            return False
    return True
