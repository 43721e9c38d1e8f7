r"""What a text leaves out instead of giving it: `anything but 5`, `all real numbers except 2`, `x \ne 3`.

`nothing but 5` and `none other than 5` give it. What is only counted (`all but 5 of them were sold`) is not left out: a
value is where nothing is said behind it.
"""

from __future__ import annotations

import re

from evalkit.reading.patterns import later

_ALL = r"(?:any(?:thing|one)?|every(?:thing|one)?|all|each)"
_EXCEPT = (
    r"(?:but|except(?:ing)?(?:\s+(?:for|when|where|at))?|excluding|besides|other\s+than|apart\s+from|aside\s+from"
    r"|save(?:\s+for)?)"
)
_LEAVES_OUT = later(
    rf"(?:\A|[=:.,(∈]|\b(?:is|are|be|equals?|takes?|means?|for|on|in))\s*(?P<all>{_ALL}(?:\s+[\w\\]+){{0,4}}?)\s+{_EXCEPT}"
    r"(?:\s+(?:the|value|values|number|numbers|point|points|of)\b){0,3}\s*(?:[A-Za-z]\s*(?:=|≠|\\neq?\b)\s*)?[$£€(\\{]*\s*\Z",
    re.IGNORECASE,
)
_REALS = re.compile(r"\b(?:reals?|numbers?|values?)\b|mathbb|(?<![A-Za-z])[a-z](?![A-Za-z])", re.IGNORECASE)
_MARKUP = re.compile(r"\\(?:text[a-z]{0,2}|mathrm|mbox)\s?\{|[${}*_]|\\[,;! ]|\\quad")
REACH = 90
"""Characters before a value that are looked at."""


def leaves_out(before: str) -> bool:
    """Whether what stands before a value says that it is left out."""
    return _found(before) is not None


def of_numbers(before: str) -> bool:
    """Whether it is left out of all numbers, or of the values of a letter."""
    found = _found(before)
    return found is not None and _REALS.search(found["all"]) is not None


def _found(before: str) -> re.Match[str] | None:
    return _LEAVES_OUT.search(_MARKUP.sub(" ", before[-REACH:]))
