r"""What English words decide: where a sentence ends, what denies, what concludes, what only announces. One rule each,
with its examples where it stands.

words         words of plain text, folded (case, contractions, -ise/-ize)
sentences     where a sentence, a statement or a clause ends
denials       what is denied, left out, supposed or set aside
conclusions   what concludes, sums up, takes back, announces, compares, is no answer
calculations  words that belong to a calculation in plain text, and words that never do

Not covered: other languages, irony, questions.
"""

from evalkit.reading.english.calculations import GO_ON, LINKS, NO_UNIT
from evalkit.reading.english.conclusions import (
    ANNOUNCES,
    COMPARES,
    CONCLUDES,
    CORRECTS,
    EACH,
    HEADS_WORK,
    NO_ANSWER,
    REST,
    SAYS_BOTH,
    SUGGESTS,
    SUMS_UP,
    SUPPOSES,
    TAKES_BACK,
    TOTALS,
    UNABLE,
)  # fmt: skip
from evalkit.reading.english.denials import (
    CALLED_FALSE,
    CALLS_THAT_WRONG,
    CALLS_WRONG,
    CONNECTIVES,
    DENIES_BEHIND,
    INSTEAD,
    NEGATIVES,
    RESETS,
    WINDOW,
    denied,
    denied_before,
    denied_behind,
    left_out,
    set_aside,
    supposed,
)  # fmt: skip
from evalkit.reading.english.sentences import (
    CLAUSE_END,
    ITEM,
    PARAGRAPH,
    SENTENCE_END,
    STATEMENT_END,
    is_closed,
    sentence_at,
    sentences,
)  # fmt: skip
from evalkit.reading.english.words import NUMBERS, Word, any_of, occurrences, words

__all__ = [
    "ANNOUNCES",
    "CALLED_FALSE",
    "CALLS_THAT_WRONG",
    "CALLS_WRONG",
    "CLAUSE_END",
    "COMPARES",
    "CONCLUDES",
    "CONNECTIVES",
    "CORRECTS",
    "DENIES_BEHIND",
    "EACH",
    "GO_ON",
    "HEADS_WORK",
    "INSTEAD",
    "ITEM",
    "LINKS",
    "NEGATIVES",
    "NO_ANSWER",
    "NO_UNIT",
    "NUMBERS",
    "PARAGRAPH",
    "RESETS",
    "REST",
    "SAYS_BOTH",
    "SENTENCE_END",
    "STATEMENT_END",
    "SUGGESTS",
    "SUMS_UP",
    "SUPPOSES",
    "TAKES_BACK",
    "TOTALS",
    "UNABLE",
    "WINDOW",
    "Word",
    "any_of",
    "denied",
    "denied_before",
    "denied_behind",
    "is_closed",
    "left_out",
    "occurrences",
    "sentence_at",
    "sentences",
    "set_aside",
    "supposed",
    "words",
]
