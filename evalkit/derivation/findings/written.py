"""Equations compared as they are written, piece by piece: for general rules, whose letters mean nothing of the problem's.

Not covered: the same rule with its factors in another order, or with a product where a letter stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from evalkit.derivation.grammar.pretty import pretty
from evalkit.derivation.problem.entries import one_equation
from evalkit.derivation.worlds.scope import Scope

_TOKEN = re.compile(r"[^\W_ᵀ⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]\w*?(?=[ᵀ⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]|\W|$)|\S")


def sides(equation: str) -> tuple[str, str]:
    """Both sides of an equation in LaTeX, as relations are printed. Raises Unreadable, ValueError."""
    left, right = one_equation(equation, Scope({}))
    return pretty(left), pretty(right)


def pieces(side: str) -> list[str]:
    """The pieces of a side as it is printed; identity matrices of any size are alike."""
    return [re.sub(r"^I_\w+$", "I", token) for token in _TOKEN.findall(side.replace("ᵀ", " ᵀ "))]


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
