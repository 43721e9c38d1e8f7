"""Is something said or denied? A simple rule about the words around it, on purpose without grammar.

*Denied before*: one of the four words before it, in the same clause, is `not`, `no`, `never`, `neither`, `nor`,
`cannot`, `without`, `hardly`, `unlike`, `except`, `wrong`, `false`, ... or ends `rather than`, `instead of`; or one of
the eight before it begins `not true`, `not correct`, `not right`, `not mean`, `wrong that`, `false that`. A clause
ends at , ; : . ! ? brackets, dashes, line ends, and at `but`, `yet`, `whereas`, `because`, `since`. `not only`, `not
just`, `no doubt` and `no question` deny nothing.

*Denied behind*: what follows at once is `is / are / was / would be / does / do` and then, within two words, `not`,
`never`, `wrong`, `false`, `incorrect`, `untrue`, `irrelevant`, `unnecessary`, `no` (`B is not needed`).

Not covered: irony, questions, conditionals (`if the output were longer`), denials from further away.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from evalkit.reading.plain import Word

WINDOW, FAR = 4, 8
_FALSE = frozenset(("wrong", "false", "incorrect", "untrue"))
_DENIES = _FALSE | frozenset(
    ("not", "no", "never", "neither", "nor", "cannot", "without", "hardly", "unlike", "except", "excluding", "myth")
)
_DENIES_ALL = frozenset((("not", "true"), ("not", "correct"), ("not", "right"), ("not", "mean")))
_INSTEAD = frozenset((("rather", "than"), ("instead", "of")))
_HARMLESS = frozenset((("not", "only"), ("not", "just"), ("not", "merely"), ("no", "doubt"), ("no", "question")))
_RESETS = frozenset(("but", "yet", "whereas", "because", "since", "hence", "so", "therefore"))
_VERBS = frozenset(("is", "are", "was", "were", "be", "does", "do", "did", "would", "seems", "has", "can"))
_DENIES_BEHIND = _FALSE | frozenset(("not", "never", "no", "irrelevant", "unnecessary", "out", "cannot"))
_BREAK = re.compile(r"[,;:.!?()\n\[\]—–|]")


def denied_before(text: str, words: Sequence[Word], index: int) -> bool:
    """Whether `words[index]` (words of the plain text `text`) is denied by what stands before it."""
    after = ""
    for i in range(index - 1, max(index - 1 - FAR, -1), -1):
        word = words[i]
        if _BREAK.search(text, word.end, words[i + 1].start) or word.text in _RESETS:
            return False
        pair = (word.text, after)
        if pair in _DENIES_ALL or (word.text in _FALSE and after == "that"):
            return True
        if index - i <= WINDOW and (pair in _INSTEAD or (word.text in _DENIES and pair not in _HARMLESS)):
            return True
        after = word.text
    return False


def denied_behind(text: str, words: Sequence[Word], index: int) -> bool:
    """Whether what ends before `words[index]` is denied by what follows."""
    following = words[index : index + 3]
    if not following or following[0].text not in _VERBS:
        return False
    if index and _BREAK.search(text, words[index - 1].end, following[0].start):
        return False
    for previous, word in pairwise(following):
        if _BREAK.search(text, previous.end, word.start):
            return False
        if word.text in _DENIES_BEHIND:
            return True
    return False
