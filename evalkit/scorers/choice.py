"""Which options a reply chooses, by letter or by text, against the staff's.

Where the choice is read, first match wins:

1. an explicit final answer (reading.answers): the options that it begins with (`B`, `(A), (E)`, `A and C`, `MSELoss`,
   `C (2 layers)`, `AC`), or else those that it names and does not deny; a number by its value (reading.worth: `0.5` for
   `1/2`). One that says that there is none (`none of these`), or a number that no option has, is a wrong answer,
   unless an option is named in an explicit place behind it.
2. ticked and crossed lines, table rows and boxes: `- [x] B`, `✅ **C) 2**`, `| B) MSELoss | yes |`
3. sentences from the end (the marked line first): options in bold, behind `so` or `therefore`, else named and neither
   denied nor ruled out (`not A`, `neither A nor B`, `A and D are out`, `we eliminate C`); one in brackets behind `is`
   before all others. First those that are named beyond doubt, then bare numbers and number words, since `one` and `2`
   stand everywhere, and what a conclusion or an only sentence says by its value.

A letter alone (`B`) counts only in an explicit answer, a short sentence, a conclusion or in bold. What names an option
stands in reading.mentions, which of those named is chosen in reading.chosen.

None: several options in a sentence where one is asked for, `A or B`, a list of all of them without a choice, a letter
followed by the text of another option (`B) 2` where B is 1), an option that is left when the others are ruled out.
Nothing looks at what is right before the choice is read. Several options in an explicit answer, or with nothing beside
them (`A and B.`), where one is asked for are wrong.

Not covered: exclusion (`all but C`), ranges (`A to D`), ranked choices, statements that say yes or no without the word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar

from pydantic import ConfigDict, Field, model_validator

from evalkit import types
from evalkit.reading import answers, blocks, containers, english, options, worth
from evalkit.reading.chosen import Chooser
from evalkit.reading.mentions import Mentions
from evalkit.reading.options import Mention, View
from evalkit.reading.plain import ENUMERATOR, SAYS, plain

_KIND = r"(?:option|choice|answer|alternative)"
_THEM = rf"(?:them|(?:the|these|those)(?: (?:above|given|listed|available|{_KIND}s?)){{1,3}}|these|those)"
_FITS = r"(?: (?:is|are|fits?|match(?:es)?|works?|appl(?:y|ies)|holds?)(?: (?:correct|right|true|valid))?)?"
_NONE_OF_THEM = re.compile(
    rf"\b(?:none of {_THEM}|no {_KIND} (?:is|fits|matches|works|applies))\b(?! but\b| except\b| others?\b)",
    re.IGNORECASE,
)
_NONE_OF_SOME = re.compile(r"\bnone of (?:the|these|those)\b(?! others?\b)", re.IGNORECASE)
_BARE_NONE = re.compile(
    rf"(?:(?:it|this|that) (?:is|must be) )?(?:none(?: of {_THEM})?|no {_KIND}(?= \w)){_FITS}\W*",
    re.IGNORECASE,
)
"""`None of these is right.` and no word more: `none of the others hosts it` speaks of one that does."""
_NONE_OPTION = re.compile(rf"\W*none of (?:{_THEM}|the others?(?: {_KIND}s?)?){_FITS}\W*", re.IGNORECASE)


_MIGHT = re.compile(
    r"\b(?:if|unless|although|though)\b.{0,200}\b(?:might|may|could)\b(?! be the answer)", re.IGNORECASE
)
"""`If rust counts, A might be argued for`: what may be said besides."""
_LETTER = re.compile(r"\W*(?:(?:option|choice|answer)\s)?\(?([A-Z])\W*")
_LAST_LETTER = re.compile(r"\b(?:is|be|choose|pick|option|answer):?\s\(?([A-Z])\W*\Z")
_ALL_OF_THEM = re.compile(
    r"\W*(?:all(?: of)?(?: the)? (?:them|these|above|options|statements|answers|two|three|four|five)"
    r"|all options)(?: (?:is|are) (?:true|correct|right))?\W*",
    re.IGNORECASE,
)


class Accepted(types.Spec):
    """A choice that is right as well; tables show its note."""

    correct: list[str] = Field(min_length=1)
    note: str = Field(min_length=1)


class Scorer(types.Scorer):
    """One or several of the given options."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, ignored_types=(cached_property,))
    version = 13
    metrics = {"correct": types.answer_metric("1 = exactly the right options are chosen")}
    marks = {"answer": types.ANSWER}
    isolated: ClassVar[bool] = False

    options: dict[str, str] = Field(min_length=2, description="letter = text")
    correct: list[str] = Field(min_length=1)
    many: bool = False
    accept: list[Accepted] = Field(default_factory=list)
    aliases: dict[str, list[str]] = Field(default_factory=dict, description="other names of an option")
    beside: list[str] = Field(
        default_factory=list, description="words that may stand around a choice, such as the name of a library"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Scorer:
        named = {*self.correct, *self.aliases, *(letter for a in self.accept for letter in a.correct)}
        if named - self.options.keys():
            raise ValueError(f"no such option: {', '.join(sorted(named - self.options.keys()))}")
        bad = [letter for letter in self.options if not re.fullmatch(r"[A-Za-z]|\d{1,2}", letter)]
        if bad:
            raise ValueError(f"an option is one letter or a number, not {bad[0]!r}")
        texts = [" ".join(text.split()) for text in self.options.values()]
        if twice := next((text for text in texts if text and texts.count(text) > 1), None):
            raise ValueError(f"two options have the same text: {twice!r}")
        if not self.many and any(len(c) > 1 for c in (self.correct, *(a.correct for a in self.accept))):
            raise ValueError("several correct options need `many = true`")
        return self

    def answer_form(self) -> str:
        letters = ", ".join(self.options)
        return f"the letters of all right options ({letters})" if self.many else f"the letter of one option ({letters})"

    def score(self, conversation: types.Conversation) -> list[types.Score]:
        return [containers.agreed(conversation, self._score)]

    def _score(self, conversation: types.Conversation) -> types.Score:
        """Nothing before `_judge` looks at what is right: whether a reply can be judged must not depend on it."""
        reply = conversation.text[: answers.answered(conversation.text)]
        whole = View(plain(reply), answers.formulas(reply), answers.bold(reply), options.symbols(reply, self.options))
        ticked = self._chooser.marked(whole)
        none: answers.Answer | None = None
        for place in answers.places(reply):
            if not place.explicit or (place.how == "last" and ticked) or (none and place.start < none.end):
                continue
            start = place.also[0][0] if place.also else self._start(reply, place)
            view = replace(whole, plain=plain(reply, start, place.end))
            if place.how == "last" and self._lists(reply, place.start):
                continue
            if self._says_both(view):
                return types.Score("correct", None, "says yes and no")
            if self._is_at_odds(view):
                return types.Score(
                    "correct", None, f"the letter of one option, the text of another: {place.text[:100]}"
                )
            found = self._chooser.explicit(view, place)
            if found:
                return self._judge(view, found, place.how)
            if none or self._chooser.mentions.find(view):
                continue
            if self._names_another(view):
                none = place
                continue
            by_value = self._by_value(view, place, explicit=True)
            if by_value and not by_value.details["chosen"] and place.how == "last" and "=" in view.text:
                continue  # an equation of the working that no option has
            if by_value and not by_value.details["chosen"]:
                none = place  # `= \boxed{45}. The answer is: (E).` goes on to an option
                continue
            if by_value:
                return by_value
            said = answers.without_value(place, view.text)
            if said == answers.REFUSED:
                return types.Score("correct", None, f"says that it cannot tell: {place.text[:100]}")
            if said and self._none_option and self._is_bare_none(view):
                found = [Mention(self._none_option, 0, len(view.text), weak=False, letter=False)]
                return self._judge(view, found, place.how)
            if said and self._none_option and not english.UNABLE.search(view.text):
                return types.Score("correct", None, f"may mean {self._none_option}: {place.text[:100]}")
            if said:
                return self._none(place)
        if none:
            return self._none(none)
        if ticked:
            return self._judge(whole, ticked, "ticked")
        return self._from_the_end(reply, whole)

    def _start(self, reply: str, place: answers.Answer) -> int:
        """Of a last line with its letter: `B: yes` says B, too."""
        line = reply.rfind("\n", 0, place.start) + 1
        letter = self._entry.match(reply, line, place.start) if place.how == "last" else None
        return line if letter else place.start

    def _is_at_odds(self, view: View) -> bool:
        """Whether a place is the letter of an option and right behind it the text of another one, and nothing else."""
        letter = self._entry.match(view.text)
        if letter is None:
            return False
        rest = view.behind(letter.end())
        told = [m for m in self._chooser.mentions.find(rest) if not m.letter]
        return (
            len({m.option for m in told}) == 1
            and told[0].option.lower() != letter[1].lower()
            and not SAYS.search(rest.text, 0, told[0].start)
            and not SAYS.search(rest.text, told[-1].end)
        )

    def _lists(self, reply: str, at: int) -> bool:
        """Whether a line at `at` that begins with a letter goes on a list of options: `A) ...` above `B) ...`."""
        last = self._entry.match(reply, at)
        above = self._entry.match(reply[:at].rstrip().rpartition("\n")[2])
        if last is None or above is None:
            return False
        order = [letter.lower() for letter in self.options]
        return order.index(above[1].lower()) < order.index(last[1].lower())

    @cached_property
    def _entry(self) -> re.Pattern[str]:
        return re.compile(rf"[\s>*_(\[-]*({'|'.join(self.options)})[*_]*[).:\]]", re.IGNORECASE)

    @cached_property
    def _weighed(self) -> re.Pattern[str]:
        """`"A": 0.1, "B": 0.7`"""
        return re.compile(
            rf"(?<!\w)[\"']?({'|'.join(self.options)})[\"')]?\s?[:=]\s?(?:0?\.\d+|[01]\.0|\d{{1,3}}\s?%)(?!\w)"
        )

    def _weighs(self, view: View) -> bool:
        """Whether a sentence gives several options a number each, and names none besides (`..., so B`)."""
        weights = list(self._weighed.finditer(view.text))
        named = (m for m in self._chooser.mentions.find(view) if m.letter)
        return len({m[1] for m in weights}) > 1 and all(
            any(w.start() <= m.start < w.end() for w in weights) for m in named
        )

    def _says_both(self, view: View) -> bool:
        """`Yes and no`, where that is no option itself."""
        both = english.SAYS_BOTH.fullmatch(view.text) is not None
        return both and not any(english.SAYS_BOTH.fullmatch(told) for told in self.options.values())

    @cached_property
    def _chooser(self) -> Chooser:
        return Chooser(Mentions(self.options, self.aliases, self.beside), self.many)

    @cached_property
    def _none_option(self) -> str | None:
        """The option that says that none of the others is right."""
        return next((letter for letter, said in self.options.items() if _NONE_OPTION.fullmatch(said)), None)

    def _is_bare_none(self, view: View) -> bool:
        """Whether a stretch says that no option is right, and nothing else."""
        text = view.text.strip()
        lead = self._chooser.mentions.filler.match(text)
        return _BARE_NONE.fullmatch(text, lead.end() if lead else 0) is not None

    @cached_property
    def _worths(self) -> worth.Options:
        return worth.Options(self.options)

    def _by_value(self, view: View, place: answers.Answer, *, explicit: bool) -> types.Score | None:
        """A number that names an option by its value, or that no option has; None where it says nothing."""
        found = self._worths.read(view.text, explicit=explicit)
        if found is None:
            return None
        if found.option is None:
            return self._none(place)
        return self._judge(view, [Mention(found.option, found.start, found.end, weak=False, letter=False)], place.how)

    def _names_another(self, view: View) -> bool:
        """A letter alone that no option has: `E` of A to D."""
        alone = _LETTER.fullmatch(view.text)
        return alone is not None and all(map(str.isalpha, self.options)) and alone[1] not in self.options

    def _none(self, place: answers.Answer) -> types.Score:
        said = place.text[:100]
        span = types.Span(place.start, place.end, "answer", "none")
        return types.Score("correct", 0.0, f"chose none: {said}", (span,), {"chosen": [], "how": place.how}, said)

    def _from_the_end(self, reply: str, whole: View) -> types.Score:
        """Sentence by sentence from the end: first those that name an option beyond doubt, then any."""
        marked = [place for place in answers.places(reply) if place.how == "marked"]
        asking = any(text.rstrip().endswith("?") for text in self.options.values())
        back = list(answers.backward(reply, questions=asking))
        sentences = [(place, replace(whole, plain=plain(reply, place.start, place.end))) for place in [*marked, *back]]
        only = len(sentences) == 1
        last = next((view for place, view in sentences if place.how != "marked"), None)
        if last and english.UNABLE.search(last.text) and not self._chooser.mentions.find(last):
            return types.Score("correct", None, f"says that it cannot tell: {last.text[:100]}")
        later = False  # whether a sentence below names an option
        if last and self._says_both(last):
            return types.Score("correct", None, "says yes and no")
        if last and self._weighs(last):
            return types.Score("correct", None, "weighs several options")
        said = [item for item in sentences if not _MIGHT.search(item[1].text)]
        if any(place.how != "closing" or self._chooser.chosen(view) for place, view in said):
            sentences = said
        for place, view in sentences:
            if self._none_option and not later and self._is_bare_none(view):
                option = Mention(self._none_option, 0, len(view.text), weak=False, letter=False)
                return self._judge(view, [option], place.how)
            names = any(not m.denied for m in self._chooser.mentions.find(view))
            none = _NONE_OF_THEM.search(view.text) and not english.SUGGESTS.search(view.text)
            if none and not self._none_option and not names:
                return self._none(place)
            later |= names
        if self.many and (block := self._last_block(reply, whole)):
            return block
        listed = self._chooser.listed([view for _, view in sentences])
        for weak in (False, True):
            for place, view in sentences:
                found = self._chooser.sentence(view, place, weak)
                if not found and weak and (only or place.how == "concluded") and not self._chooser.mentions.find(view):
                    by_value = self._by_value(view, place, explicit=False)
                    if by_value:
                        return by_value
                if not found:
                    continue
                several = len({m.option for m in found}) > 1 and not self.many
                marks = place.how == "marked" or self._chooser.is_marked(view)
                concluding = place.how == "concluded" or marks
                unmarked = several and not marks and not self._chooser.nothing_else(view, found)
                named = {m.option for m in found}
                if unmarked and (outright := self._said_before(sentences, view, named)):
                    return self._judge(*outright, place.how)
                if unmarked or (listed and not concluding and not self._behind_list(reply, listed, place, view, found)):
                    spans = tuple(types.Span(*view.span(m.start, m.end), "answer", m.option) for m in found)
                    return types.Score("correct", None, "several options named, none marked as chosen", spans)
                return self._judge(view, found, place.how)
        for place, view in sentences:
            ends = _LAST_LETTER.search(view.text) if only or place.how == "concluded" else None
            if ends and all(map(str.isalpha, self.options)) and ends[1] not in self.options:
                return self._none(place)
            if _NONE_OF_SOME.search(view.text) and not self._none_option and not english.SUGGESTS.search(view.text):
                return self._none(place)  # `None of the cities is`, and no option is named anywhere
        return types.Score("correct", None, "no answer found")

    def _said_before(
        self, sentences: Sequence[tuple[answers.Answer, View]], last: View, named: set[str]
    ) -> tuple[View, list[Mention]] | None:
        """The option that a sentence above says outright to be the one, where all of several named below are others:
        `It is copper.` above `Iron and tin are grey.`"""
        at = next(i for i, (_, view) in enumerate(sentences) if view is last)
        for _, view in sentences[at + 1 :]:
            chosen = self._chooser.chosen(view)
            if chosen:
                return None if named & {m.option for m in chosen} else (view, chosen)
        return None

    def _behind_list(
        self, reply: str, listed: Sequence[int], place: answers.Answer, view: View, found: Sequence[Mention]
    ) -> bool:
        """Whether a stretch in a block below that of a list of options gives one of them: a letter alone, a whole
        sentence with nothing else, one that begins with its letter and its text or says that it is the answer, or one
        in a block that begins with its letter, as an entry does. What else a sentence says of an option
        (`Some say B.`) only its words tell."""
        if len({m.option for m in found}) > 1 or not (english.is_closed(place.text) or blocks.is_bare(place.text, 1)):
            return False
        parts = blocks.parts_of(reply)
        own = next((part for part in parts if part[0] <= place.start < part[1]), None)
        if own is None or any(own[0] <= at for at in listed):
            return False
        begins = self._entry.match(reply, own[0])
        if begins and begins[1].lower() == found[0].option.lower():
            return True
        alone = blocks.is_bare(place.text, 1) or self._chooser.nothing_else(view, found)
        named = alone or self._chooser.heads(view) or self._chooser.names_answer(view, found[0])
        return named and any(m.letter for m in found)

    def _last_block(self, reply: str, whole: View) -> types.Score | None:
        """A list of options and nothing else (`- B`, `- C`), or `all of them`."""
        for place in answers.places(reply):
            if place.how not in ("last", "closing"):
                continue
            view = replace(
                whole, plain=plain(ENUMERATOR.sub(lambda m: " " * len(m.group()), reply), place.start, place.end)
            )
            found = self._chooser.mentions.find(view)
            if _ALL_OF_THEM.fullmatch(view.text):
                found = [Mention(option, 0, len(view.text), weak=False, letter=False) for option in self.options]
            named = [m for m in found if not m.denied]
            only = len({m.option for m in named}) > 1 and self._chooser.nothing_else(view, named)
            return self._judge(view, named, place.how) if only or _ALL_OF_THEM.fullmatch(view.text) else None
        return None

    @property
    def _references(self) -> list[tuple[str, list[str]]]:
        return [("staff", self.correct), *((a.note, a.correct) for a in self.accept)]

    def _judge(self, view: View, found: Sequence[Mention], how: str) -> types.Score:
        chosen = sorted({m.option for m in found}, key=list(self.options).index)
        spans = tuple(types.Span(*view.span(m.start, m.end), "answer", m.option) for m in found)
        details: dict[str, Any] = {"chosen": chosen, "how": how}
        for first, second in pairwise(found):
            apart = view.text[first.end : second.start].strip(" ).:*`")
            if first.letter and not second.letter and not apart and first.option != second.option:
                return types.Score("correct", None, "the letter and the text of the option disagree", spans, details)
        if not self.many and len(chosen) == len(self.options) > 2 and how in ("last", "closing", "concluded"):
            return types.Score("correct", None, "all options named, none chosen", spans, details)
        if options.undecided(view.text, found):
            return types.Score("correct", None, f"not committed: {' or '.join(chosen)}", spans, details)
        name = next((name for name, correct in self._references if set(correct) == set(chosen)), None)
        reason = f"chose {', '.join(chosen)}" + (f" (accepted: {name})" if name not in (None, "staff") else "")
        value = 0.0 if name is None else 1.0
        return types.Score("correct", value, reason, spans, details, name or ", ".join(chosen))
