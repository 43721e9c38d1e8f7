r"""What a block arrives at behind the sentence that concludes: `so the slope is $5$. The line is $y = 5x - 13$.`

A later sentence of the same block answers in place of the concluding one where it ends with a formula and speaks of
what the question asks for: a word before its formula is one of the question's. `The perimeter is $14$` behind an area
that is asked for does not.

Not covered: other blocks; a question that names both.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from evalkit.reading import answers
from evalkit.reading.maths import formulas
from evalkit.reading.plain import SAYS

SENTENCES = 20
_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{4,}")
_OF_ALL = """
what which find that this with from have given does will give then thus hence therefore
"""
_ALL = frozenset(_OF_ALL.split())


def later(
    reply: str, place: answers.Answer, wanted: Sequence[str], statement: str
) -> tuple[answers.Answer, formulas.Formula] | None:
    """The last such sentence behind a concluding one, with its formula. wanted: the staff's tokens."""
    if place.how != "concluded":
        return None
    asked = {word.lower() for word in _WORD.findall(statement[-20_000:])} - _ALL
    for sentence in islice(answers.backward(reply), SENTENCES):
        if sentence.start < place.end:
            break
        if "\n\n" in reply[place.end : sentence.start]:
            continue
        told = replace(sentence, how="closing")
        found = formulas.choose(reply, told, wanted)
        if found is None or SAYS.search(reply, found.spans[-1][1], sentence.end):
            continue
        before = reply[sentence.start : found.spans[0][0]]
        if {word.lower() for word in _WORD.findall(before)} & asked:
            return told, found
    return None
