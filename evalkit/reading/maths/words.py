r"""Answers that are words and nothing else: `\text{even}`, `\text{Evelyn}`.

Not covered: synonyms, articles, whole sentences (use the scorer `text`).
"""

from __future__ import annotations

import re

from evalkit.reading.maths.latex import tokens

MOST = 6
"""Words of a place that can be nothing but the answer."""


def only(latex: str) -> str | None:
    """The words of a formula that is text alone, None for one that says anything else."""
    found = tokens(latex)
    return plain(found[0][1:]) if len(found) == 1 and found[0].startswith('"') else None


def plain(text: str) -> str:
    """Lower-case words without commands and marks."""
    text = re.sub(r"\\(?:text[a-z]*|math[a-z]*|mbox|hbox|boxed|fbox|operatorname)(?![A-Za-z])", " ", text[:2000])
    return " ".join(re.findall(r"[^\W_]+(?:['’][^\W_]+)?", re.sub(r"\\[A-Za-z]+|\\.", " ", text).casefold()))


def same(wanted: str, found: str) -> bool | None:
    """Whether the words are the same; two single ones that begin alike, and several, may say the same nevertheless."""
    if wanted == found:
        return True
    single = " " not in wanted and " " not in found
    return False if single and not (wanted.startswith(found) or found.startswith(wanted)) else None
