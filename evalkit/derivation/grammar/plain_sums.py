r"""`Σᵢ xᵢ`, `Σ(yᵢ - ŷᵢ)²`: the capital sigma of plain text is the sign of a sum where nothing in the text makes a matrix of it.

It is one where each has an index or what has one behind it, and none a power, a relation or an end of a bracket.
Not covered: a text that has both, and a product `Π`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from evalkit.derivation.grammar.tokens import Token

SIGN = "Σ"
_INDEX = r"(?:[ᵢⱼₖₙₜ]|_\s?\{?\s?[a-z](?:[\s=,})]|\\in|$|(?=\W)))"
_SUMS = re.compile(rf"{SIGN}\s?(?={_INDEX}|[^\s=,;.)\]⁻⁰-⁹^ᵀ_'][^=\n]{{0,40}}?{_INDEX})")


def are_sums(text: str) -> bool:
    """Whether every capital sigma of a text is the sign of a sum."""
    return SIGN in text and "\\Sigma" not in text and len(_SUMS.findall(text)) == text.count(SIGN)


def with_sums(tokens: Sequence[Token], text: str) -> list[Token]:
    """The tokens with signs of sums for what stands as a sigma in the text."""
    return [
        t._replace(kind="cmd", text="sum") if t.text == "\\Sigma" and text[t.start : t.start + 1] == SIGN else t
        for t in tokens
    ]
