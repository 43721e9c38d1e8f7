r"""An ordered sequence of tokens (`<sos> I see a dog`) against the staff's.

Sequences are read from the place where the final answer stands (reading.answers), the first place that holds any;
reading.sequences says what counts as one, from kind 4 (code, lists, tables, boxes) down to kind 1 (prose). The whole
sequence must agree, no more and no fewer tokens. The kinds 2 and 1 begin with the first special token (`<sos>`) if the
reference begins with one. A stretch counts only if it has two tokens (or as many as the reference) and shares one with
the reference, half of them for the kinds 3 to 1: prose in bold is no answer.

Of several sequences of the strongest kind those are set aside that the reply denies (`not X but Y`, `rather than X`),
those that it only supposes (`in training it would be X`), those that are not near a cue (`cues = ["input"]`), and those
that begin or end unlike the reference (`they sell <eos>` beside `<sos> they sell`): each only where others are left,
except denials, and none by being right. If some of the rest are right and some are not, the value is None.

Not covered: a contrast that only its words tell (`in training X, in evaluation Y`) without cues.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from evalkit import types
from evalkit.reading import answers, containers, english
from evalkit.reading.english import words
from evalkit.reading.plain import CAP, phrase, plain
from evalkit.reading.sequences import Stretch, sequences
from evalkit.reading.tokens import Vocabulary, unescaped

_MOST = 200
"""Stretches of one place that are judged."""
_LONGEST = 20_000
"""Characters at the end of a place that are read."""


def _speaks(tokens: list[str]) -> list[str]:
    if not tokens or any(not token.strip() for token in tokens):
        raise ValueError("a sequence needs at least one token, none of them blank")
    return tokens


Tokens = Annotated[list[str], AfterValidator(_speaks)]


class Accepted(types.Spec):
    """A sequence that is right as well; tables show its note."""

    tokens: Tokens
    note: str = Field(min_length=1)


class Scorer(types.Scorer):
    """Ordered tokens."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, ignored_types=(cached_property,))
    version = 10
    metrics = {"correct": types.answer_metric("1 = the sequence is right, in order and complete")}
    marks = {"answer": types.ANSWER}
    isolated: ClassVar[bool] = False

    tokens: Tokens
    accept: list[Accepted] = Field(default_factory=list)
    cues: list[str] = Field(default_factory=list, description="words near the wanted sequence, if there are several")
    ignore_case: bool = Field(False, description="special tokens such as <sos> never depend on case")

    @model_validator(mode="after")
    def _can_be_read(self) -> Scorer:
        if not all(tokens for _, tokens in self._references):
            raise ValueError("none of the tokens could be found in a reply: use letters, digits or single signs")
        return self

    def answer_form(self) -> str:
        return "the whole list in order, its entries separated by blanks, in backticks"

    def score(self, conversation: types.Conversation) -> list[types.Score]:
        return [containers.agreed(conversation, self._score)]

    def _score(self, conversation: types.Conversation) -> types.Score:
        reply = unescaped(conversation.text[:CAP], self._vocabulary.specials)
        aside: types.Score | None = None
        for place in map(_end_of, answers.places(conversation.text)):
            found = self._candidates(reply, place)
            if found and not place.explicit and all(self._is_other(s) for s in found):
                aside = aside or self._judge(found, place)
            elif found:
                return self._judge(found, place)
        return aside or types.Score("correct", None, "no answer found")

    def _fits(self, stretch: Stretch) -> bool:
        """Whether it has special tokens at the beginning and at the end where a reference has them."""
        return _shape(stretch.tokens) in {_shape(tokens) for _, tokens in self._references}

    def _is_other(self, stretch: Stretch) -> bool:
        """Whether it is a sequence that stands beside the one asked for: `Targets: they sell <eos>`."""
        begins, ends = _shape(stretch.tokens)
        unlike = all(_shape(tokens) == (not begins, not ends) for _, tokens in self._references)
        return not self._fits(stretch) and (unlike or stretch.context.rstrip(" \t*_").endswith(":"))

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        return Vocabulary.of([token for tokens in (self.tokens, *(a.tokens for a in self.accept)) for token in tokens],
                             self.ignore_case)  # fmt: skip

    @cached_property
    def _references(self) -> list[tuple[str, tuple[str, ...]]]:
        named = [("staff", self.tokens), *((a.note, a.tokens) for a in self.accept)]
        return [(name, self._vocabulary.read(" ".join(tokens))) for name, tokens in named]

    def _candidates(self, reply: str, place: answers.Answer) -> list[Stretch]:
        """The sequences of the strongest kind in one place that it does not set aside."""
        wanted = [Counter(tokens) for _, tokens in self._references]
        least, usual = min(2, min(w.total() for w in wanted)), len(self.tokens)
        whole = len(reply.strip()) if not reply.rstrip().endswith((".", "!", "?")) else CAP

        def plausible(stretch: Stretch) -> bool:
            if len(stretch.tokens) < least:
                return False
            if self._vocabulary.numbers and stretch.rank == 1 and _ENDS.fullmatch(reply, stretch.end):
                return True  # whatever the numbers are that the last sentence says
            shared = max((Counter(stretch.tokens) & w).total() / w.total() for w in wanted)
            if stretch.end - stretch.start >= 0.9 * whole:  # a reply that is one sequence and nothing else
                return shared > 0
            if stretch.rank == 1 and not place.explicit and abs(len(stretch.tokens) - usual) > 2:
                return False
            return shared > 0 if stretch.rank == 4 else shared >= 0.5

        found = [s if s.rank > 2 else self._begun(s) for s in sequences(reply, place, self._vocabulary, least)]
        found = [s for s in found if plausible(s)]
        best = max((s.rank for s in found), default=0)
        found = [s for s in found if s.rank == best]
        found = [s for s in found[:_MOST] if not (s.denied or _denied(reply, s))]
        if len({s.tokens for s in found}) < 2:
            return found
        cues = [phrase(cue) for cue in self.cues]
        found = _preferred(found, lambda s: any(_mentions(s.context, cue) for cue in cues))
        found = _preferred(found, lambda s: not _supposed(reply, s))
        return _preferred(found, self._fits)

    def _begun(self, stretch: Stretch) -> Stretch:
        """A stretch of prose from the special token on that begins a reference."""
        start = next((i for i, token in enumerate(stretch.tokens) if token in self._firsts), 0)
        return replace(stretch, tokens=stretch.tokens[start:]) if start else stretch

    @cached_property
    def _firsts(self) -> set[str]:
        return {tokens[0] for _, tokens in self._references if tokens[0].startswith("<")}

    def _judge(self, found: list[Stretch], place: answers.Answer) -> types.Score:
        spans = tuple(types.Span(s.start, s.end, "answer") for s in found[:20])
        shown = list(dict.fromkeys(" ".join(s.tokens)[:200] for s in (*found[:19], found[-1])))
        details: dict[str, Any] = {"found": shown, "how": place.how}
        if len({s.tokens for s in found}) > 1:
            return types.Score("correct", None, f"several sequences: {' / '.join(shown)}"[:300], spans, details)
        name = next((name for name, tokens in self._references if tokens == found[0].tokens), None)
        reason = shown[-1] if name in (None, "staff") else f"{shown[-1]} (accepted: {name})"
        return types.Score("correct", float(name is not None), reason[:300], spans, details, name or shown[-1])


_ENDS = re.compile(r"[\s.!*)\]$`]*")


def _end_of(place: answers.Answer) -> answers.Answer:
    start = max(place.start, place.end - _LONGEST)
    return replace(place, start=start, text=place.text[start - place.start :])


def _preferred(found: list[Stretch], holds: Callable[[Stretch], bool]) -> list[Stretch]:
    return [s for s in found if holds(s)] or found


def _shape(tokens: tuple[str, ...]) -> tuple[bool, bool]:
    """Whether special tokens stand at the beginning and at the end."""
    return tokens[0].startswith("<"), tokens[-1].startswith("<")


def _denied(reply: str, stretch: Stretch) -> bool:
    """Whether the reply says that it is not this one."""
    before = plain(reply, max(0, stretch.start - 200), stretch.start).text
    after = plain(reply, stretch.end, min(len(reply), stretch.end + 60)).text
    return english.denied(f"{before}x{after}", len(before), len(before) + 1)


_OTHERS = re.compile(rf"{english.SUPPOSES.pattern}|\byour?\b", re.IGNORECASE)
_CLAUSE = re.compile(rf"{english.CLAUSE_END.pattern}|{english.any_of(english.RESETS)}", re.MULTILINE)


def _supposed(reply: str, stretch: Stretch) -> bool:
    """Whether the clause so far speaks of what would or could be, or of what the student said."""
    before = plain(reply, max(0, stretch.start - 300), stretch.start).text
    clause = max((match.end() for match in _CLAUSE.finditer(before)), default=0)
    return bool(_OTHERS.search(before, clause))


def _mentions(context: str, cue: tuple[str, ...]) -> bool:
    """A cue counts in the plural, too (`inputs`)."""
    found = [word.text for word in words(context)]
    size = len(cue)
    return any(tuple(found[i : i + size]) in (cue, (*cue[:-1], cue[-1] + "s")) for i in range(len(found) - size + 1))
