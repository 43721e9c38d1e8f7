"""Doubts by a function that was tried and given up: `Let's try f(x) = x/2. ... But this isn't optimal. ... We need f(0) = 1/4`.

Of an unknown function of the problem a candidate is a supposition. What fails by it alone is open once its paragraph is over
and words have spoken against it. Every public function that takes grounds and a relation is a doubt (doubts.py).
Not covered: candidates for numbers and matrices; what is given up without a word, or within one paragraph.
"""

from __future__ import annotations

import re

from evalkit.derivation.following.conditions import QUESTION
from evalkit.derivation.following.grounds import Grounds
from evalkit.derivation.following.reading import Read
from evalkit.derivation.following.sentence import said_before
from evalkit.derivation.worlds.entries import PLACE
from evalkit.derivation.worlds.scope import Defined

GUESSES = re.compile(
    r"\b(?:try|tries|trying|test|testing|guess\w*|conjectur\w*|suppose|assume|perhaps|maybe|could|might|candidate|suspect\w*"
    r"|attempt\w*)\b",
    re.I,
)
"""What leads to a candidate, and to no definition."""
SPEAKS_AGAINST = re.compile(
    r"n['’]t\b|\b(?:not|no|wrong|fail(?:s|ed)?|cannot|incorrect|contradict\w*|impossible|instead|wait)\b", re.I
)


def of_a_trial(grounds: Grounds, read: Read) -> str:
    """Has an unknown function of the problem that the reply only tried before, and has given up since."""
    reading = grounds.reading
    for name in sorted(grounds.names(read)):
        problem = reading.setting.scope.entries.get(name)
        given = [r for r in grounds.readable if name in r.introduces and r.end <= read.start]
        if not given or not isinstance(problem, Defined) or problem.params != PLACE:
            continue
        over = reading.outline.block_end(given[-1].end) <= read.start
        if (
            over
            and is_tried(grounds, given[-1])
            and SPEAKS_AGAINST.search(reading.document.text, given[-1].end, read.start)
        ):
            return f"{name}: a trial that may have been given up"
    return ""


def is_tried(grounds: Grounds, read: Read) -> bool:
    """Whether words of trying lead to it, or it ends a question."""
    end = read.statement.end if read.statement is not None else read.end
    return bool(GUESSES.search(said_before(grounds, read)) or QUESTION.match(grounds.reading.document.text, end))
