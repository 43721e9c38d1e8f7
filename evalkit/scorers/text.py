"""Does the reply make one of several statements, given as phrases?

A phrase matches where its words follow each other, after decoration, case, punctuation, contractions (`can't` =
`cannot`) and -ise/-ize are evened out; `...` in a phrase allows any words between, within one sentence. Whole words
only: `up to t` does not match `up to ten`.

A match is discounted where it is denied (evalkit.reading.negation: `it is not true that ...`, `... is wrong`). A
phrase that carries its own negation (`cannot be longer`) is unaffected by it. What counts: any match of `any_of` gives
1, else one of an accepted alternative, which tables show by its note; a match of `none_of` gives 0. A reply that makes
none of the statements is 0 with `otherwise = "wrong"`. With `"unjudged"`, for tasks or turns where a reply may be
silent (a summary of the steps), it is None, unless `where = "final"` and the reply announces its answer (boxed or
labelled): then it is 0.

`where = "final"` reads the final answer only (evalkit.answers), `"anywhere"` the whole reply.

Not covered: paraphrases that no phrase lists (the reply is then 0, so write phrases widely and check them with golds),
statements spread over two sentences, statements that the reply reports and rejects later on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from evalkit import answers, types
from evalkit.reading.negation import denied_before, denied_behind
from evalkit.reading.plain import Plain, Word, phrase, plain, sentences, words

_Parts = tuple[tuple[str, ...], ...]


def _parts(statement: str) -> _Parts:
    return tuple(p for p in (phrase(piece) for piece in statement.replace("…", "...").split("...")) if p)


def _readable(statement: str) -> str:
    if not _parts(statement):
        raise ValueError(f"the phrase {statement!r} has no words")
    return statement


Phrase = Annotated[str, AfterValidator(_readable)]


class Accepted(types.Spec):
    """Statements that are right as well; tables show the note."""

    any_of: list[Phrase] = Field(min_length=1)
    note: str = Field(min_length=1)


class Scorer(types.Scorer):
    """One of several statements."""

    metrics = {"correct": types.Metric("1 = the reply makes one of the statements")}
    isolated: ClassVar[bool] = False

    any_of: list[Phrase] = Field(min_length=1)
    none_of: list[Phrase] = Field(default_factory=list)
    accept: list[Accepted] = Field(default_factory=list)
    where: Literal["final", "anywhere"] = "final"
    otherwise: Literal["wrong", "unjudged"] = Field("wrong", description="what a reply gets that makes no statement")

    def score(self, conversation: types.Conversation) -> list[types.Score]:
        reply = conversation.text
        place = answers.find(reply)
        if place is None:
            return [types.Score("correct", None, "no answer found")]
        start, end = (place.start, place.end) if self.where == "final" else (0, len(reply))
        text = _Text(plain(reply, start, end))
        groups = [("staff", self.any_of), *((a.note, a.any_of) for a in self.accept)]
        denied: list[types.Span] = []
        silent = self.otherwise == "unjudged" and not (self.where == "final" and place.explicit)
        value: float | None = None if silent else 0.0
        reason, given = "none of the statements is made", None
        spans: tuple[types.Span, ...] = ()
        for name, statements in groups:
            match = next((m for s in statements for m in text.find(s, denied)), None)
            if match:
                value, given, spans = 1.0, name, (match,)
                reason = f"says: {match.note}" + ("" if name == "staff" else f" (accepted: {name})")
                break
        barred = next((m for s in self.none_of for m in text.find(s, [])), None)
        if barred:
            value, given, spans = 0.0, None, (*spans, types.Span(barred.start, barred.end, "barred", barred.note))
            reason = f"says what it must not: {barred.note}"
        elif value != 1 and denied:
            value, reason, spans = 0.0, f"mentioned but denied: {denied[0].note}", (denied[0],)
        details = {"given": given, "how": place.how if self.where == "final" else "anywhere"}
        return [types.Score("correct", value, reason, spans, details)]


@dataclass(frozen=True, slots=True)
class _Sentence:
    words: list[Word]
    folded: str
    """` w1 w2 w3 `: searched with the speed of `str.find`."""


class _Text:
    """A stretch of a reply, cut into sentences of folded words."""

    def __init__(self, view: Plain) -> None:
        self.view = view
        self.sentences = []
        for start, end in sentences(view.text):
            found = words(view.text, start, end)
            self.sentences.append(_Sentence(found, " " + " ".join(w.text for w in found) + " "))

    def find(self, statement: str, denied: list[types.Span]) -> Iterator[types.Span]:
        """Places where the statement is made; where it is denied, they are added to `denied`."""
        parts = _parts(statement)
        for sentence in self.sentences:
            for first, last in _matches(sentence.folded, parts):
                start, end = self.view.span(sentence.words[first].start, sentence.words[last].end)
                span = types.Span(start, end, "statement", statement)
                if denied_before(self.view.text, sentence.words, first) or denied_behind(
                    self.view.text, sentence.words, last + 1
                ):
                    denied.append(span)
                else:
                    yield span


def _matches(folded: str, parts: _Parts) -> Iterator[tuple[int, int]]:
    """(first word, last word) of every place where the parts follow each other; linear in the sentence."""
    needles = [" " + " ".join(part) + " " for part in parts]
    ends = [0] * len(parts)  # where the search for each part goes on: never back
    start = folded.find(needles[0])
    while start >= 0:
        at = start + len(needles[0]) - 1
        for index in range(1, len(needles)):
            ends[index] = folded.find(needles[index], max(at, ends[index]))
            if ends[index] < 0:
                return
            at = ends[index] + len(needles[index]) - 1
        yield _word_at(folded, start), _word_at(folded, at) - 1
        start = folded.find(needles[0], start + 1)


def _word_at(folded: str, position: int) -> int:
    """Number of the word behind the blank at `position`."""
    return folded.count(" ", 0, position)
