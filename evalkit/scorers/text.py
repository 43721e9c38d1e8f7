"""Does the reply make one of several statements, given as phrases?

Phrases are those of evalkit.reading.phrases: whole words that follow each other, `...` for a gap within one sentence;
what the reply denies (`it is not true that ...`) it does not state. Any match of `any_of` gives 1, else one of an
accepted alternative, which tables show by its note; a match of `none_of` gives 0, whatever else is said, unless the
reply only supposes it or says that it decides nothing. Also 0 is a reply that denies a statement and makes none.

A reply that makes none of the statements may say the same in words that no list holds, so a reader has to decide: None.
Only an answer that is as short as the listed ones (`Answer: even` for `odd`) leaves nothing to a reader: with `where =
"final"` an explicit answer of at most as many words as the longest listed statement, and one more, is 0. So None falls
on what is not listed, which is mostly wrong: the share of right ones among the judged is no share of all, and needs a
judge or labels beside it: with `judge = true` the judge of the experiment is asked of these, and of no others.
A short answer with the numbers of a listed one is that one abbreviated (`46D` for `46 days`), or None.
`otherwise = "wrong"` says that the list is complete: then all of these are 0.

`where = "final"` reads the final answer only (evalkit.reading.answers), `"anywhere"` the whole reply.

Not covered: paraphrases that no phrase lists, statements spread over two sentences, statements that the reply reports
and rejects later on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from evalkit import types
from evalkit.reading import answers, blocks, compounds, containers, english, verdicts, votes, wordings
from evalkit.reading.english import sentences, words
from evalkit.reading.phrases import Phrase, Statements
from evalkit.reading.plain import plain


class Accepted(types.Spec):
    """Statements that are right as well; tables show the note."""

    any_of: list[Phrase] = Field(min_length=1)
    note: str = Field(min_length=1)


class Scorer(types.Scorer):
    """One of several statements."""

    version = 11
    metrics = {
        "correct": replace(
            types.answer_metric("1 = the reply makes one of the statements"), listed={"barred": types.Listed()}
        )
    }
    marks = {"statement": types.ANSWER, "barred": types.BARRED}
    isolated: ClassVar[bool] = False
    said_by: ClassVar[dict[str, str]] = {"correct": "answer"}

    any_of: list[Phrase] = Field(min_length=1)
    none_of: list[Phrase] = Field(default_factory=list)
    accept: list[Accepted] = Field(default_factory=list)
    where: Literal["final", "anywhere"] = "final"
    otherwise: Literal["wrong", "unjudged"] = Field(
        "unjudged", description="what a reply gets that makes no statement; `wrong`: the list is complete"
    )
    judge: bool = Field(False, description="ask the judge of the experiment where no statement is found")

    @model_validator(mode="after")
    def _consistent(self) -> Scorer:
        if both := {s.strip().casefold() for s in self.any_of} & {s.strip().casefold() for s in self.none_of}:
            raise ValueError(f"{min(both)!r} stands in any_of and in none_of: no reply could be right by it")
        return self

    def questions(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        return {"answer": ()} if self.judge else {}

    def score(self, conversation: types.Conversation) -> list[types.Score]:
        found = (
            containers.agreed(conversation, self._by_phrases)
            if self.where == "final"
            else self._by_phrases(conversation)
        )
        if found.value is None and self.judge:
            found = votes.in_place_of(found, conversation.votes("answer"), lambda told: float(told["right"]))
        return [found]

    def _by_phrases(self, conversation: types.Conversation) -> types.Score:
        reply, statement = self._without_initials(conversation.text), conversation.question.statement
        place = answers.find(reply)
        if place is None:
            return types.Score("correct", None, "no answer found")
        start, end = (place.start, place.end) if self.where == "final" else (0, len(reply))
        letter = self.where == "final" and place.explicit and self._is_of_an_option(place)
        if letter:
            start, end = _sentence_before(reply, place)
        said = self._verdict(reply, start, end) if self.where == "final" else None
        if said is not None:
            return said
        opposed = self._opposed(reply, start, end) if self.where == "final" else ""
        text = Statements(plain(reply, start, end))
        groups = [("staff", self.any_of), *((a.note, a.any_of) for a in self.accept)]
        denied: list[types.Span] = []
        # With a judge at hand a short answer that is not listed may still be another wording of one that is.
        closed = self.otherwise == "wrong" or (
            self.where == "final" and not self.judge and not letter and self._is_short(reply, place)
        )
        form = compounds.form_of_date(reply[start:end])
        listed = {compounds.form_of_date(s) for s in self._listed()} - {None} if form else set()
        closed = closed and not (listed and form not in listed)  # a date written otherwise may be the same
        value: float | None = 0.0 if closed else None
        reason, given = "none of the statements is made" + ("" if closed else "; needs a judge or a person"), None
        spans: tuple[types.Span, ...] = ()
        for name, statements in groups:
            wanted = [self._without_initials(s) for s in statements if s.strip() != opposed.lower()]
            match = _first(reply, text, wanted, denied, verdict=self._is_of_verdicts())
            if match:
                value, given, spans = 1.0, name, (match,)
                reason = f"says: {match.note}" + ("" if name == "staff" else f" (accepted: {name})")
                break
        if closed and value == 0 and self.otherwise != "wrong":
            told = [
                (name, wordings.as_numbers(place.text, listed)) for name, statements in groups for listed in statements
            ]
            short = next((name for name, same in told if same), None)
            if short is not None:
                value, given, spans = 1.0, short, (types.Span(place.start, place.end, "statement", place.text[:100]),)
                reason = f"says, abbreviated: {place.text[:100]}" + (
                    "" if short == "staff" else f" (accepted: {short})"
                )
            elif any(same is None for _, same in told):
                value, reason = None, "the numbers of a statement in other words; needs a judge or a person"
            elif not opposed and not denied and wordings.may_be_same(place.text, self._listed()):
                value, reason = None, "words of a statement in another order or number; needs a judge or a person"
        barred = _first(reply, text, self.none_of, [], aside=True)
        if barred:
            value, given, spans = 0.0, None, (*spans, types.Span(barred.start, barred.end, "barred", barred.note))
            reason = f"says what it must not: {barred.note}"
        elif value is None and (called := self._called(reply)) is not None:
            value, reason, spans = called
            given = "staff" if value else None
        elif value is None and not self.judge and (other := self._another(place, opposed, statement)):
            value, reason = 0.0, f"answers otherwise: {other[:100]}"
        elif value is None and not denied and self.where == "final" and (begins := self._opening(reply)):
            value = float(begins[1].casefold() in map(str.casefold, self.any_of))
            given, spans = "staff" if value else None, (types.Span(*begins.span(1), "statement", begins[1]),)
            reason = f"begins with: {begins[1]}"
        elif value != 1 and denied:
            value, reason, spans = 0.0, f"mentioned but denied: {denied[0].note}", (denied[0],)
        details = {"how": place.how if self.where == "final" else "anywhere"}
        return types.Score("correct", value, reason, spans, details, given)

    def _called(self, reply: str) -> tuple[float, str, tuple[types.Span, ...]] | None:
        """What the reply says of the statement that it was asked to judge, where only true or false are listed."""
        listed = {phrase.casefold().strip() for phrase in self._listed()}
        said = verdicts.of_statement(reply) if self.where == "final" and listed <= {"true", "false"} else None
        if said is None:
            return None
        word = str(said[0])
        value = float(word.casefold() in {phrase.casefold().strip() for phrase in self.any_of})
        return value, f"says that it is {word.lower()}", (types.Span(*said[1], "statement", word),)

    def _another(self, place: answers.Answer, opposed: str, statement: str) -> str:
        """What an answer gives that is not listed: it begins with the other verdict (`yes, 16 is one` for `no`), or its
        last sentence announces one word where words are listed (`The letters are: abd.`); else empty."""
        if opposed:
            return f"the opposite of {opposed}"
        listed = {phrase.casefold().strip() for phrase in self._listed()}
        begins, ends = _VERDICT.match(place.text), _ANNOUNCED.search(place.text)
        if begins and listed <= set(_OPPOSITE):
            return begins[1] if begins[1].casefold() not in listed and _OPPOSITE[begins[1].casefold()] in listed else ""
        named = _NAMED_AT_END.search(place.text)
        names = all(_NAME.fullmatch(phrase.strip()) for phrase in self._listed())
        if named and names and _is_another_name(place.text, named, self._listed(), statement[-20_000:]):
            return named[1]
        words_listed = not any(" " in phrase or phrase in _OPPOSITE for phrase in listed)
        return ends[1] if ends and words_listed else ""

    def _verdict(self, reply: str, start: int, end: int) -> types.Score | None:
        """What an answer says that begins with a verdict and goes on with the other one, where one of the two is listed
        and nothing else: the second if it takes the place of the first, else the first; `yes and no` is none."""
        listed = {phrase.casefold().strip() for phrase in self._listed()}
        said = [m for m in (_BEGINS_VERDICT.match(reply, start, end),) if m]
        said = said or list(islice(_SAYS_VERDICT.finditer(reply, start, end), 20))
        if not said or not listed <= {said[0][1].casefold(), _OPPOSITE[said[0][1].casefold()]}:
            return None
        begins = _BEGINS_VERDICT.match(reply, start, end)
        if begins is None:
            return self._said_to_be(said, reply, end)
        opposite = re.compile(rf"\b{_OPPOSITE[begins[1].casefold()]}\b", re.IGNORECASE)
        others = list(islice(opposite.finditer(reply, begins.end(), end), 3))
        if not others:
            return None
        if english.SAYS_BOTH.fullmatch(reply, begins.start(), end):
            return types.Score("correct", None, "says both; needs a judge or a person")
        changed = next((m for m in others if english.CORRECTS.fullmatch(reply, begins.end(), m.start())), None)
        if changed and not _ENDS_CLAUSE.match(reply, changed.end()):
            changed = None  # `Yes, actually no number divides it`
        if changed is None and not re.match(r"\W*[,.;:!—–]", reply[begins.end() : end]):
            return None
        span = changed.span() if changed else begins.span(1)
        word = reply[slice(*span)]
        value = float(word.casefold() in map(str.casefold, self.any_of))
        spans = (types.Span(*span, "statement", word),)
        return types.Score("correct", value, f"says: {word}", spans, {"how": "final"}, "staff" if value else None)

    def _said_to_be(self, said: Sequence[re.Match[str]], reply: str, end: int) -> types.Score | None:
        """What `is true` says where the other verdict stands behind it as well (`It is false, since true ones hold for
        all n`); None for the rules of phrases."""
        told = {match[1].casefold() for match in said}
        other = re.compile(rf"\b{_OPPOSITE[said[0][1].casefold()]}\b", re.IGNORECASE).search(reply, said[0].end(), end)
        if other is None or english.denied(reply, *said[0].span(1)):
            return None
        if len(told) > 1 or _ENDS_CLAUSE.match(reply, other.end()):
            return types.Score("correct", None, "says both; needs a judge or a person")
        value = float(said[0][1].casefold() in map(str.casefold, self.any_of))
        spans = (types.Span(*said[0].span(1), "statement", said[0][1]),)
        return types.Score("correct", value, f"says: {said[0][1]}", spans, {"how": "final"}, "staff" if value else None)

    def _opposed(self, reply: str, start: int, end: int) -> str:
        """A word in place of which its negative is said (`invalid` for `valid`), where all that is listed are words."""
        text = plain(reply, start, end).text
        listed = [phrase.strip() for phrase in self._listed()]
        if not all(phrase.isalpha() and len(phrase) > 3 for phrase in listed):
            return ""
        if any(_NO_NEGATIVES.fullmatch(phrase) for phrase in listed):
            return ""
        said = re.compile(rf"\b(?:{'|'.join(listed)})\b", re.IGNORECASE).finditer(text)
        if any(
            not english.denied(text, *match.span())
            and not _SEEMS.search(text, max(0, match.start() - 30), match.start())
            for match in islice(said, 20)
        ):
            return ""  # said as it is listed: its negative is what it is compared with
        predicate = r"(?:\A\W*|\b(?:is|are|was|were|be|seems?|thus|therefore|hence)\s)(?:\w+ly\s)?"
        negative = rf"{predicate}((?:in|un|im|ir|il|non-?)({'|'.join(listed)}))\b"
        for match in islice(re.compile(negative, re.IGNORECASE).finditer(text), 20):
            if not english.denied(text, *match.span(1)) and match[1].casefold() not in map(str.casefold, listed):
                return match[2]
        return ""

    def _opening(self, reply: str) -> re.Match[str] | None:
        """The verdict that a reply begins with, where one is listed and no later sentence begins with another."""
        begins = _VERDICT.match(reply)
        listed = {phrase.casefold().strip() for phrase in self._listed()}
        if begins is None or not listed <= {begins[1].casefold(), _OPPOSITE[begins[1].casefold()]}:
            return None
        later = (_VERDICT.match(reply, low) for low, _ in sentences(reply)[1:])
        return None if any(again and again[1].casefold() != begins[1].casefold() for again in later) else begins

    def _is_of_verdicts(self) -> bool:
        return all(phrase.casefold().strip() in _OPPOSITE for phrase in self._listed())

    def _without_initials(self, text: str) -> str:
        """`John F. Kennedy` without its full stop, which ends no sentence, where a listed name has such a letter; every
        character stays where it is."""
        named = any(_INITIAL.search(phrase) for phrase in self._listed())
        return _INITIAL.sub(r"\1 ", text) if named else text

    def _listed(self) -> list[str]:
        return [*self.any_of, *self.none_of, *(statement for other in self.accept for statement in other.any_of)]

    def _is_of_an_option(self, place: answers.Answer) -> bool:
        """Whether a letter is given where none is listed: what it stands for is not known here."""
        listed = self._listed()
        return _LETTER.fullmatch(place.text) is not None and all(len(phrase.strip()) > 1 for phrase in listed)

    def _is_short(self, reply: str, place: answers.Answer) -> bool:
        """Whether an answer has no more words than the listed ones, so that it is no paraphrase."""
        listed = self._listed()
        if set(map(str.casefold, listed)) <= set(_OPPOSITE) and not _OPPOSITE.keys() & {
            w.text for w in words(place.text)
        }:
            return False  # `composite` where yes or no is listed may be either
        # `Yes.` and `3 h 20 min.` are sentences, and all that is said.
        whole = place.text == reply.strip() and (blocks.is_bare(place.text, 2) or place.text[:1].isdecimal())
        return (place.explicit or whole) and blocks.is_bare(place.text, 1 + max(len(words(text)) for text in listed))


_VERDICT = re.compile(r"\W*(yes|no|true|false)(?=[*_\"')]{0,4}(?:[,.;:!—–]|\s[—–-]\s))", re.IGNORECASE)
_BEGINS_VERDICT = re.compile(r"\W*(yes|no|true|false)\b", re.IGNORECASE)
_SAYS_VERDICT = re.compile(r"\b(?:is|are|was|be)\s(?:\w+ly\s)?\W{0,3}(yes|no|true|false)\b", re.IGNORECASE)
_ANNOUNCED = re.compile(r"\b(?:is|are):[\s*\"']{1,4}([\w-]+)[*\"']{0,3}[.!]?\s*\Z")
_NAME = re.compile(r"[A-Z][\w'’.-]+(?: [A-Z][\w'’.-]+){0,3}")
_NAMED_AT_END = re.compile(
    r"\b(?:is|are|was|were)[\s:]{1,2}[*_\"'“]{0,3}([A-Z][\w'’-]+(?: [A-Z][\w'’-]+){0,3})[*_\"'”]{0,3}[.!]?[*_\s]*\Z"
)
"""A name at the end of the last sentence (`The city is Oslo.`), where names are listed: another one if the
question has it, too, or if what stands before repeats the question."""


def _is_another_name(text: str, named: re.Match[str], listed: Sequence[str], statement: str) -> bool:
    """Whether a name is another one than those listed; a short answer with one that the question does not have may give
    the same by another name (`The city is Bombay`), as may one that begins alike (`Moskva`)."""
    parts = {word for phrase in listed for word in _words_of(phrase)}
    if any(word in parts or any(word[:3] == part[:3] for part in parts) for word in _words_of(named[1])):
        return False
    said = {word for word in _words_of(text[: named.start()]) if len(word) > 2}
    repeats = len(said & set(_words_of(statement)) - {"the", "was", "are", "were"}) > 2
    return repeats or re.search(rf"\b{re.escape(named[1])}\b", statement) is not None


def _words_of(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.casefold())


_OPPOSITE = wordings.VERDICTS
_ENDS_CLAUSE = re.compile(r"[*_\"'”)\s]{0,4}(?:[.,;:!—–]|\Z)|\s(?:it is|because|since|as)\b", re.IGNORECASE)
"""What stands behind a verdict that is no adjective (`true statements`, `no number`)."""
_SEEMS = re.compile(r"\b(?:looks?|seems?|appears?|sounds?)\s(?:to be\s)?(?:\w+ly\s)?\Z", re.IGNORECASE)
_NO_NEGATIVES = re.compile(
    r"form|come|side|port|press|habit|put|deed|part|pose|vent|tend|quest|firm|age|plant|pair|prove|pulse|lace|verse"
    r"|cite|stead|sect|still|spire|voice",
    re.IGNORECASE,
)
"""Words to which `in-` or `im-` adds no `not` (`import`, `inside`)."""
_LETTER = re.compile(r"[\s(*]*[A-Z][\s).*]*")
_INITIAL = re.compile(r"(?<![A-Za-z])([A-Z])\.(?=\s?[A-Z])")


def _sentence_before(reply: str, place: answers.Answer) -> tuple[int, int]:
    """The sentence before the one in which an answer stands, nothing where there is none."""
    begins = max((low for low, high in sentences(reply) if low <= place.start), default=0)
    low, high = next(((a, b) for a, b in reversed(sentences(reply[:begins]))), (begins, begins))
    return low, high


_THAN = re.compile(
    r"\b(?<!other )(?:than|either)\s+\W{0,3}\Z"
    r"|\b(?<!rather )(?<!other )than\s(?:(?!so\b|but\b|is\b|was\b|it\b|all\b|any\b)[\w'’-]+[ \n]{1,3}){1,8}\W{0,3}\Z",
    re.IGNORECASE,
)
_THAN_APPOSED = re.compile(
    r"\b(?<!rather )(?<!other )than\s(?:[\w'’-]+[ \n]{1,3}){0,7}[\w'’-]+,\s\W{0,3}\Z", re.IGNORECASE
)
"""What something else is compared with is not said (`-2 is greater than x`), nor is one of two (`either E or R`), nor
another name for it, where a comma or the end stands behind (`than its neighbour, Bergen`)."""


_CONDITION = re.compile(r"(?:\A|[.!?\n]\s*|[*_]\s*)(?:if|suppose|assume|assuming)\b[^.!?\n,]*\Z", re.IGNORECASE)


def _is_compared(reply: str, start: int, end: int) -> bool:
    low = max(0, start - 90)
    apposed = re.compile(r"[\s*_\"')]{0,4}(?:[,.;:!]|\Z)").match(reply, end)
    return bool(_THAN.search(reply, low, start) or (apposed and _THAN_APPOSED.search(reply, low, start)))


def _first(
    reply: str,
    text: Statements,
    statements: Sequence[str],
    denied: list[types.Span],
    *,
    aside: bool = False,
    verdict: bool = False,
) -> types.Span | None:
    """The first place where one of the statements is made; places where one is denied are added to `denied`. `aside`:
    what is only supposed, or said to decide nothing, is not made; `verdict`: nor is one in a condition that begins its
    sentence (`If the claim is true, ...`)."""
    for made in (made for statement in statements for made in text.find(statement)):
        span = types.Span(made.start, made.end, "statement", made.phrase)
        if (aside and made.aside) or _is_compared(reply, made.start, made.end):
            continue
        if verdict and made.aside and _CONDITION.search(reply, max(0, made.start - 90), made.start):
            continue
        if not made.denied:
            return span
        denied.append(span)
    return None
