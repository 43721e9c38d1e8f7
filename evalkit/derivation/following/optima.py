r"""What an optimum makes zero without the words saying so: "the loss is least; its gradient is `2(w - a)`. Hence `w = a`".

A derivative that stands before a conclusion in one paragraph with an optimum is zero there. Not covered: derivatives in
another paragraph, optima under constraints (their conditions are written out).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from evalkit.derivation.following.reading import NEAR, Read, Reading
from evalkit.derivation.following.standing import is_concluded
from evalkit.derivation.grammar.nodes import Num, is_derivative, is_zero
from evalkit.derivation.verdicts.verdict import FALSE, Judgement, Verdict

OPTIMUM = re.compile(
    r"\b(?:minimi[sz]\w*|maximi[sz]\w*|minim(?:um|a)|maxim(?:um|a)|optim\w+|stationar\w+|extrem\w+)\b", re.I
)
DERIVATIVE = re.compile(
    r"\b(?:gradient|derivative|slope|score)\b[^.;:$]*(?:\b(?:is|are|equals?|becomes?|reads?)\b|:)?\s*\$*\s*$", re.I
)
"""What leads to an expression and calls it a derivative."""
LIKE = Judgement(Verdict.ASSUMPTION, reason="zero at an optimum", rule="step")


def zero_there(reading: Reading, at: int, read: Read) -> list[Read]:
    """The conditions that an optimum puts on the letters of a conclusion; empty where the text speaks of none."""
    if not is_concluded(read) or any(map(is_zero, read.sides)):
        return []
    text, ends = reading.document.text, reading.outline.block_end
    found = [*named(reading, text, read), *written(reading.relations[:at], read)]
    near = [r for r in found if r.end <= read.start < ends(r.start)]
    return [r for r in near if OPTIMUM.search(text, text.rfind("\n\n", 0, r.start) + 1, read.start)]


def named(reading: Reading, text: str, read: Read) -> list[Read]:
    """Expressions that the words before them call a derivative."""
    return [
        replace(read, start=start, end=end, left=node, right=Num(0.0), judgement=LIKE)
        for start, end, node in reading.mentions
        if DERIVATIVE.search(text, max(0, start - NEAR), start)
    ]


def written(before: Sequence[Read], read: Read) -> list[Read]:
    """The last sides of chains that begin with a derivative: `dL/dw = 2(w - a)`."""
    out: dict[int, Read] = {}
    for r in before:
        begun = out.get(r.chain)
        starts = begun is not None or (r.left is not None and is_derivative(r.left))
        if starts and r.chain != read.chain and r.right is not None and r.judgement.verdict not in FALSE:
            out[r.chain] = replace(r, left=r.right, right=Num(0.0), judgement=LIKE)
    return [r for r in out.values() if r.left is not None and not is_zero(r.left)]
