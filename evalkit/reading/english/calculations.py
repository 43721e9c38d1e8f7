"""Words beside a calculation in plain text: which go on with it, which never belong to it."""

from __future__ import annotations

GO_ON = frozenset((
    "times", "plus", "minus", "over", "divided", "multiplied", "of", "squared", "cubed", "mod", "modulo",
    "percent", "choose", "factorial", "hundred", "thousand", "million", "billion", "trillion", "dozen", "per",
))  # fmt: skip
"""Words that go on with a formula: a side is cut in two beside them."""
LINKS = frozenset((
    "is", "are", "so", "then", "thus", "hence", "that", "have", "has", "get", "gets", "gives", "since",
    "because", "and", "where", "equals", "therefore", "also", "but", "or", "as", "which", "when", "while", "if",
    "with", "by", "for", "yields", "we", "in", "the",
))  # fmt: skip
"""Words that no formula takes in."""
NO_UNIT = GO_ON | LINKS | {"to", "x", "at", "from", "on", "was", "were", "not"}
"""With words that go on with a sentence."""
