r"""`\nabla_w w^\top A w = 2Aw` for symmetric A: the property of a matrix on which the words right behind a relation make it rest.

Not covered: properties of products, of sums and of several letters at once.
"""

from __future__ import annotations

import re

from evalkit.derivation.following.beside import sentence_of
from evalkit.derivation.following.reading import FAR, Read, Reading

UNDER = r"(?i:for|when|if|where|as|since|because|with|provided)\b"
KINDS_SAID = {
    "symmetric": "symmetric",
    "diagonal": "diagonal",
    "orthogonal": "orthogonal",
    "positive definite": "pd",
    "invertible": "invertible",
}
OF_A_KIND = rf"\b(?<!non-)(?<!not )((?i:{'|'.join(KINDS_SAID)}))\b"
"""Words that say under which property of a matrix a relation holds."""


def said_behind(reading: Reading, read: Read, name: str) -> frozenset[str]:
    """Properties of a square matrix on which the words right behind make the relation rest: `for symmetric $A$`, `as $A$ is
    symmetric`."""
    text = reading.document.text
    behind = text[read.end : sentence_of(text, read.start, read.end)[1]][:FAR]
    letter = rf"\$?{re.escape(name)}(?![\w^])\$?"
    found = re.match(
        rf"\$*[\s,(]*{UNDER}[^.;:=$]{{0,20}}?(?:{OF_A_KIND}(?: matri\w+)? {letter}|{letter} is {OF_A_KIND})",
        behind,
    )
    return frozenset(KINDS_SAID[word.lower()] for word in found.groups() if word) if found else frozenset()
