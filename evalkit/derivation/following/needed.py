r"""Doubts by a need: `we need this $= 3m$, so $3m^2 - 2m = 3m$`. What is needed or wanted is an equation to be solved.

The object of the verb is a formula with `=`: at once, behind `that`, `this` or the like, or behind `to be`, `to equal`.
What a word of concluding leads to in the same sentence, of the same letters, may be that equation in another form.
Every public function that takes grounds and a relation is a doubt (doubts.py). Not covered: what is needed as a fact
(`we need the identity`, `we need to show`), what was needed before, and needs in another sentence.
"""

from __future__ import annotations

import re

from evalkit.derivation.following.grounds import Grounds
from evalkit.derivation.following.reading import Read
from evalkit.derivation.following.sentence import sentence_start
from evalkit.derivation.grammar.nodes import is_derivative
from evalkit.derivation.text import prose
from evalkit.derivation.text.document import MathSpan
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.scope import letter_of
from evalkit.reading import english

NEED = re.compile(r"(?<!\bto )\b(?:needs?|wants?)\b", re.I)
RELATIVE = re.compile(
    r"\b(?:what|as|than|all|everything|thing|which)(?:\s+(?:is|we|you|I|one|it|also|only|just|still|now))*\s*$", re.I
)
"""`what we need`, `as we want` ask for nothing: something is said of what was needed before."""
OBJECT = re.compile(
    r"(?:[\s,:(]|\b(?:that|this|it|these|those|them|both|each|also|only|just|exactly|now|then|have)\b)*"
    r"(?:[^.,;:()=]{0,60}\bto (?:be|equal|have|satisf\w+)\b)?[\s:]*(?:\$+|\\[(\[])?\s*",
    re.I,
)
"""What stands between the verb and its formula: a pronoun, or what is to be something."""
A_FACT = re.compile(
    r"\b(?:because|since|but|recall\w*|known?|not(?:e|ing|ice)|us(?:e|ing)|by|where|while|although|whereas|remember\w*"
    r"|identity|formula|rule)\b",
    re.I,
)
"""What stands behind these words is no other form of what is needed."""
JOINED = re.compile(r"(?:[\s,;¤]|\b(?:and|that|also)\b)*", re.I)
"""What stands between things that are needed together."""
EQUALS = re.compile(r"(?<![<>!:\\])=(?!>)")


def needed(grounds: Grounds, read: Read) -> str:
    """Is what its sentence says to be needed or wanted: an equation that is to be solved."""
    span = formula_needed(grounds, read) if asks(grounds, read) else None
    if span is None or (span.end <= read.start and not JOINED.fullmatch(between(grounds, span, read))):
        return ""
    links = [r for r in grounds.relations if r.chain == read.chain]
    computes = any(is_derivative(side) for side in read.sides) or (len(links) > 1 and grounds.slip_of_rewriting(read))
    return "" if computes else "an equation that is said to be needed"


def from_what_is_needed(grounds: Grounds, read: Read) -> str:
    """Is led to in the sentence of what is needed, with a letter of that: it may be the same in another form."""
    span = formula_needed(grounds, read) if asks(grounds, read) else None
    if span is None or span.end > read.start:
        return ""
    words, formula = between(grounds, span, read), text_of(grounds, span)
    if not prose.CONCLUDE.search(f"¤{words}") or A_FACT.search(words):
        return ""
    mine = {letter_of(name) for side in read.sides for name in grounds.free(read, side)}
    shared = any(re.search(rf"(?<![a-zA-Z\\]){re.escape(letter)}(?![a-zA-Z])", formula) for letter in mine)
    if not shared or any(is_derivative(side) for side in read.sides) or grounds.slip_of_rewriting(read):
        return ""
    return "may be what is needed in another form"


def asks(grounds: Grounds, read: Read) -> bool:
    """Whether it fails, and has a free letter for which it could be solved."""
    return read.judgement.verdict is Verdict.FAILS and any(grounds.free(read, side) for side in read.sides)


def formula_needed(grounds: Grounds, read: Read) -> MathSpan | None:
    """The formula with an equation that is the object of the last need in a sentence, as far as a relation."""
    document = grounds.reading.document
    begins = sentence_start(grounds, read)
    for verb in reversed(list(NEED.finditer(document.text, begins, read.start))):
        span = next((s for s in document.spans if s.start >= verb.end() and s.start <= read.start), None)
        if span is None or not EQUALS.search(text_of(grounds, span)):
            continue
        if not OBJECT.fullmatch(document.text, verb.end(), span.start):
            continue
        if span.end <= read.start and is_true(grounds, span):
            continue  # a fact, and nothing to be solved
        if not RELATIVE.search(document.text, begins, verb.start()) and not english.denied(document.text, *verb.span()):
            return span
    return None


def is_true(grounds: Grounds, span: MathSpan) -> bool:
    """Whether something is said in a formula, and all of it is true."""
    found = [r for r in grounds.relations if span.start <= r.start < span.end]
    return bool(found) and all(r.judgement.verdict in TRUE for r in found)


def between(grounds: Grounds, span: MathSpan, read: Read) -> str:
    """The words from a formula to the one of a relation; what both are, where they are one."""
    document = grounds.reading.document
    mine = document.spans[document.span_at(read.start)] if document.span_at(read.start) >= 0 else span
    return document.masked(span.outer_end, mine.outer_start)


def text_of(grounds: Grounds, span: MathSpan) -> str:
    return grounds.reading.document.text[span.start : span.end]
