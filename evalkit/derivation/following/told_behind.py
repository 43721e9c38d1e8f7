r"""What a letter is, told right behind a relation: `\frac{L - \mu}{L + \mu} = \frac{\kappa - 1}{\kappa + 1}, \quad \kappa = \frac L\mu`.

Not covered: letters that are told in another sentence, values in numbers, and what is concluded from the relation.
"""

from __future__ import annotations

import re
from dataclasses import replace

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.relations import EQUAL
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict
from evalkit.derivation.worlds.scope import Defined, names_in

BETWEEN = re.compile(
    r"[\s\\,;$&{}()\[\]]*(?:q?quad\b|(?:text|mathrm|mbox)\b|where\b|with\b|for\b|and\b|[\s\\,;$&{}()\[\]])*"
)
"""What stands between a relation and what a letter in it is: no word and no arrow that concludes."""
TOLD = frozenset({Verdict.DEFINITION, Verdict.ASSUMPTION})
OPEN = frozenset({"open_condition", "in_its_sentence", "unclaimed", "evaluated"})


def accept_what_is_told_behind(reading: Reading) -> None:
    """Call true what holds by what the same sentence says of one of its letters right behind it."""
    for at, read in enumerate(reading.relations[:-1]):
        found = read.judgement
        if read.op not in EQUAL or read.left is None or read.right is None or read.negated or found.rule not in OPEN:
            continue
        if found.verdict in (Verdict.DISPUTED, Verdict.UNBOUND) and is_told(reading, read, reading.relations[at + 1]):
            judged = Judgement(
                Verdict.HOLDS, "assumptions", "by what is said of a letter right behind it", rule="told_behind"
            )
            reading.relations[at] = replace(read, judgement=judged)


def is_told(reading: Reading, read: Read, behind: Read) -> bool:
    """Whether a relation holds with the meaning that the one behind it gives a letter in it."""
    if behind.judgement.verdict not in TOLD or behind.left is None or behind.right is None:
        return False
    name = shapes.plain_name(behind.sides[0])
    if name is None or all(name not in names_in(side) for side in read.sides) or scopes.is_constant(behind.sides[1]):
        return False
    if BETWEEN.fullmatch(reading.document.text, read.end, behind.start) is None:
        return False
    judge = reading.judge_of(read)
    with judge.trying({name: Defined(behind.sides[1], (), None, "reply")}):
        return judge.equation(*read.sides).verdict in TRUE
