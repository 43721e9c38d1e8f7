"""Quotations in replies: found (finding.py), placed in the text that they are from (placing.py), and judged here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from evalkit.reading.plain import Plain
from evalkit.reading.quotations.finding import Cue, Form, Quotation, find
from evalkit.reading.quotations.folding import Token, tokens
from evalkit.reading.quotations.placing import FAITHFUL, RUN, Change, Level, Placement, Source, place, source

__all__ = [
    "FAITHFUL", "MOST", "RUN", "Change", "Cue", "Form", "Level", "Placement", "Quotation", "Reading", "Source", "find",
    "place", "read", "source",
]  # fmt: skip

MOST = 200
"""Quotations of one reply that are judged."""
_NOWHERE = Placement("absent", similarity=0.0)
TERM = 4
"""Fewer words are a term, unless a verb of speech stands directly before them."""
LIKE, LIKE_WORDS = 0.7, 6
"""Share and number of words in order with one place of the passage that tell a misquotation from a chance likeness."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One quotation, what it is of, and how faithful it is to that.

    of: `passage`; `question` (placed in the question); `other`: somebody else's words, words that the passage is denied
    to say, or the reply's own (placed in the passage, but not held against it).
    """

    quotation: Quotation
    of: Literal["passage", "question", "other"]
    placement: Placement


def read(text: Plain, reply: str, passage: str | None, question: str = "") -> Sequence[Reading]:
    """The quotations of a reply, terms left out. `text` is `plain(reply)`. At most `MOST` are judged, and looked for
    among the first `5 * MOST` candidates."""
    passages = source(passage) if passage else None
    questions = source(question) if question else None
    found: list[Reading] = []
    for quotation in islice(find(reply, text), 5 * MOST):
        if len(found) == MOST:
            break
        size = sum(any(map(str.isalnum, word)) for word in text.text[quotation.start : quotation.end].split())
        if size >= TERM or (size > 1 and quotation.spoken):
            reading = _read(text.text, quotation, passages, questions)
            if reading:
                found.append(reading)
    return found


def _stands_there(placement: Placement, found: Sequence[Token]) -> bool:
    """As it stands, or with a marked gap where there are enough words that this is no chance."""
    enough = sum(token.is_word for token in found) >= LIKE_WORDS
    return placement.level == "verbatim" or (placement.faithful and enough)


def _read(text: str, quotation: Quotation, passages: Source | None, questions: Source | None) -> Reading | None:
    found = tokens(text, quotation.start, quotation.end)
    in_passage_run, in_question_run = (s is not None and s.shares_run(found) for s in (passages, questions))
    strong = quotation.form in ("marks", "block") or in_passage_run or in_question_run
    if not strong and quotation.form == "colon":
        return None
    in_passage, in_question = (s.place(text, found) if s else _NOWHERE for s in (passages, questions))
    if not strong and not (_stands_there(in_passage, found) or _stands_there(in_question, found)):
        return None
    if in_passage.faithful:
        return Reading(quotation, "passage", in_passage)
    if in_question.faithful or quotation.cue == "question":
        return Reading(quotation, "question", in_question)
    own = passages is None or quotation.cue in ("denied", "other")
    shared = in_passage.similarity * sum(token.is_word for token in found)
    if not own and not in_passage_run and not (in_passage.similarity >= LIKE and shared >= LIKE_WORDS):
        own = quotation.cue != "passage"
    return Reading(quotation, "other" if own else "passage", in_passage)
