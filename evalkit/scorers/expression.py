r"""A short mathematical answer against the staff's: value, equation, inequality, solutions, set, tuple, matrix.

What is the same in another notation is the same (evalkit/reading/maths/sameness.py has the table): `x = 2 or x = -3`
and `\{2, -3\}`, `0 \le x` and `[0, \infty)`, `p = 1, q = 4` and `(1, 4)`, `6 : 8` and `3 : 4`. Scalars are compared at
sample points with relative accuracy (so 2^{-99} is not 2^{-98}); decimals agree to `tolerance`. `35\%` is answered by
`35` and by `0.35`, `30^\circ` by `30`. `\log` without a base is what the two answers write elsewhere (`\ln`,
`\log_{10}`); where they do not say and it matters, the verdict is None unless `log_base` says it.

A unit behind the value is left out if the statement names it, or names no unit at all; a time of another unit is
converted (units.py). An answer of words alone (`\text{even}`) is compared as words (words.py). Where our own
reader cannot read or compare the two, math-verify is asked (second.py); it never overrules a verdict. A constant of
integration (`+ C`) is left out if an antiderivative is asked for and the staff's has none.

Words beside a formula may change it (`x squared`, `all real numbers except 2`: reading/maths/worded.py).

Refused with value None and a reason, because a verdict would be a guess: transposes, norms, gradients, traces and
products of capital letters (set `commuting` if they are scalars), words beside a formula, units that the problem does
not ask for, bare letters in a list (use `choice`), letters that the staff's answer lacks, two answers of different
kinds (a value for an equation, a set for a pair), and text that is too long, too deep or has huge numbers. A staff
answer that would be refused is an error when the file is loaded; one that does not match itself, or matches a listed
wrong one, is an error of `evalkit check` and when scoring begins (`faults`).

Several formulas in the answer: those joined by commas, `and` or `or` are one answer; else the first (explicit place)
or the last one that is more than a name or a condition (`for $x > 0$`). Where the reply has more relations than the
staff's answer (`f = \ldots = x^2`), the last side counts if the one before it is a name or equal to it; else it is an
equation, which is no value (None).

Not covered: equality that holds only for integers or under conditions, matrices in symbols (see the derivation
scorers), functions in pieces that are cut in other places, limits, solutions in separate sentences.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from evalkit import types
from evalkit.reading import answers, blocks, containers, english, stated
from evalkit.reading.maths import formulas, nodes, solutions, units, worded, words
from evalkit.reading.maths.latex import tokens
from evalkit.reading.maths.names import MATRICES, FinalError, OtherKindError, Unreadable, matrices
from evalkit.reading.maths.spelling import is_typed
from evalkit.reading.plain import CAP, plain

MAX_LENGTH, MAX_DEPTH, MAX_DIGITS = 400, 12, 30
_WORD = re.compile(r"(?<![A-Za-z\\])[A-Za-z]{3,}")
_FONT = re.compile(
    r"\\(?:text|mathrm|operatorname\*?|textrm|mbox|begin|end|color|textcolor)\s*\{[^{}]*\}"
    r"|\\(?:angle|triangle)\s*[A-Z]{3}(?![A-Za-z])|\\[A-Za-z]+|_\{[^{}]*\}|\bper cent\b"
)
_INTEGRAL = re.compile(r"\b(?:integra(?:l|ls|te)|anti-?derivatives?|primitives?)\b|\\int(?![A-Za-z_])|∫", re.IGNORECASE)
_CONSTANT = re.compile(r"\s*\+\s*([CcKk])\s*[.\s]*\Z")
_GROUPED = re.compile(r"\s*-?\d{1,3}(?:,\d{3})+(?:\.\d+)?\s*")
_LETTER_LIST = re.compile(r"\(?(?:\\?\{)?\s*[A-Z](?:\s*,\s*[A-Z])+\s*(?:\\?\})?\)?")


_DATE = re.compile(r"[12]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")


def _refusal(latex: str, commuting: bool = False, *, unread: bool = True) -> str | None:
    """Why no verdict on this LaTeX can be trusted, or None. Takes linear time and computes nothing.

    unread: what our own reader cannot read is a reason, too.
    """
    if len(latex) > MAX_LENGTH:
        return f"longer than {MAX_LENGTH} characters"
    if _depth(latex) > MAX_DEPTH or latex.count("^") > 20:
        return "nested too deeply"
    if re.search(rf"\d{{{MAX_DIGITS + 1}}}", latex) or re.search(r"\^\s*\{?\s*\(?-?\d{5}", latex):
        return "a number is too large"
    if re.search(r"\^\s*\{[^{}]*\^\s*\{?[^{}]*\^|!\s*!|[3-9]\d{3}\s*!|\d{5,}\s*!", latex):
        return "a tower of powers or factorials"
    if _DATE.fullmatch(latex.strip(" $")):
        return "a date; use the scorer `text`"
    said = [word for word in _WORD.findall(_FONT.sub(" ", latex)) if not is_typed(word)]
    if said:
        return f"holds words or a unit: {said[0]!r}"
    if _LETTER_LIST.fullmatch(latex.strip()):
        return "a list of letters; use the scorer `choice`"
    try:
        scalars = list(nodes.scalars(solutions.read(tokens(latex))))
    except Unreadable as error:
        return str(error) if unread or isinstance(error, FinalError) else None
    word = next((t[1:] for scalar in scalars for t in scalar if t.startswith('"') and t != '"degrees'), None)
    if word is not None:
        return f"holds words or a unit: {word!r}"
    try:
        return MATRICES if any(matrices(scalar, commuting=commuting) for scalar in scalars) else None
    except Unreadable as error:  # an index that breaks off, say
        return str(error) if unread else None


def _value(latex: str) -> str | None:
    """What stands behind the last `=` outside all brackets; None without one."""
    depth, at = 0, -1
    for index, char in enumerate(latex):
        depth += (char in "{([") - (char in "})]")
        at = index if char == "=" and depth == 0 and latex[index - 1 : index] not in ("\\", "<", ">", "!") else at
    return latex[at + 1 :].strip() or None if at > 0 else None


def _depth(latex: str) -> int:
    depth = deepest = 0
    for char in latex:
        depth += (char in "{([") - (char in "})]")
        deepest = max(deepest, depth)
    return deepest


@dataclass(frozen=True, slots=True)
class _Beside:
    """What counts beside the two formulas."""

    statement: str = ""
    digits: int = 4
    """With which a decimal may stand for a number that none is equal to; one less where the reply says `about`."""


def _no_value(place: answers.Answer) -> formulas.Formula | str | None:
    """An explicit answer without a formula (`undefined`) as words, the reason where it refuses, None else."""
    if not place.explicit:
        return None
    text = plain(place.text).text
    said = answers.without_value(place, text)
    if said == answers.REFUSED:
        return f"says that it cannot tell: {place.text[:100]}"
    if said is None or not blocks.is_bare(place.text, words.MOST):
        return None
    return formulas.Formula(rf"\text{{{words.plain(text)}}}", ((place.start, place.end),))


def _cut_off(reply: str, place: answers.Answer, found: formulas.Formula) -> bool:
    """Whether a formula of the running text is followed by a line that breaks off in words."""
    last = reply[found.spans[-1][1] : answers.answered(reply)].rstrip().rpartition("\n")
    return not place.explicit and bool(last[1]) and len(last[2].split()) > 3 and last[2][-1].isalpha()


def _denied(reply: str, place: answers.Answer, found: formulas.Formula) -> bool:
    """`The answer is not $x$`; a box is the writer's own."""
    first = found.spans[0][0]
    return place.how != "boxed" and stated.is_denied(reply[max(0, first - 40) : first])


def _is_asked(found: formulas.Formula, place: answers.Answer, statement: str) -> bool:
    """Whether a last sentence only repeats an equation of the question (`This is parallel to 5x - y = 7.`)."""
    latex, asked = (re.sub(r"\s", "", text) for text in (found.latex, statement[-20_000:]))
    return place.how == "closing" and "=" in latex and len(latex) > 4 and latex in asked


def _is_rounded(latex: str, reply: str) -> bool:
    """Whether the reply says of this decimal that it is one (`approximately 0.577`)."""
    if not re.fullmatch(r"-?\d*\.\d{1,12}", latex):
        return False
    says = r"(?:≈|\\approx|\b(?:approximately|about|roughly|rounded|around)\b)[^\d\n]{0,16}"
    return re.search(says + re.escape(latex), reply[:CAP]) is not None


class Known(types.Spec):
    """An answer that is right, or wrong, as well; tables show its note."""

    answer: str
    note: str = Field(min_length=1)


class Scorer(types.Scorer):
    """One expression."""

    version = 14
    metrics = {"correct": types.answer_metric("1 = the expression equals the staff's")}
    marks = {"answer": types.ANSWER}
    isolated: ClassVar[bool] = True
    imports: ClassVar[tuple[str, ...]] = ("evalkit.reading.maths.sameness", "evalkit.reading.maths.second")

    answer: str = Field(description="LaTeX; dollar signs only around several formulas in a text")
    accept: list[Known] = Field(default_factory=list)
    wrong: list[Known] = Field(default_factory=list, description="answers that must not match the staff's")
    commuting: bool = Field(False, description="capital letters are scalars")
    tolerance: float = Field(1e-6, ge=0, lt=1, description="relative, where a side has decimals")
    log_base: Literal["e"] | float | None = Field(
        None, description="of a \\log without a base: 'e' or a number; by default as the answers write it elsewhere"
    )

    @field_validator("answer")
    @classmethod
    def _bare(cls, value: str) -> str:
        return formulas.stated(value)

    @field_validator("log_base")
    @classmethod
    def _base(cls, value: Literal["e"] | float | None) -> Literal["e"] | float | None:
        if isinstance(value, float) and (value <= 0 or value == 1):
            raise ValueError("no base of a logarithm")
        return value

    @model_validator(mode="after")
    def _judgeable(self) -> Scorer:
        for latex in (self.answer, *(known.answer for known in (*self.accept, *self.wrong))):
            bare = units.split(latex.strip("$ "))[0]
            reason = None if words.only(latex) else _refusal(bare, self.commuting)
            if not bare or reason:
                raise ValueError(f"{latex!r} cannot be judged as an expression: {reason or 'it is empty'}")
        return self

    # ------------------------------------------------ the file's own answers

    def faults(self) -> Sequence[str]:
        """Staff answers that do not match themselves, wrong ones that match. Ask where it can be killed."""
        return list(self._faults())

    def _faults(self) -> Iterator[str]:
        right = [("answer", self.answer), *((f"accept {a.note!r}", a.answer) for a in self.accept)]
        for at, latex in right:
            verdict = self._same(latex, latex, _Beside(), literal=False)
            if verdict is not True:
                yield f"{at}: {latex!r} does not match itself: {verdict or 'it is not equal to itself'}"
        for known in self.wrong:
            for at, latex in right:
                verdict = self._same(latex, known.answer, _Beside(), literal=True)
                if verdict is True:
                    yield f"wrong {known.note!r}: {known.answer!r} is equal to {at}"
                elif verdict is not False:
                    yield f"wrong {known.note!r}: {known.answer!r} cannot be told from {at}: {verdict}"

    # ------------------------------------------------ a reply

    def answer_form(self) -> str:
        return "one formula in LaTeX"

    def score(self, conversation: types.Conversation) -> list[types.Score]:
        return [containers.agreed(conversation, self._score)]

    def _score(self, conversation: types.Conversation) -> types.Score:
        reply = conversation.text
        if words.only(self.answer):
            return self._score_words(reply)
        wanted = tokens(self.answer)
        for place in answers.places(reply):
            found = formulas.choose(reply, place, wanted) or worded.whole_line(place) or _no_value(place)
            if isinstance(found, str):
                return types.Score("correct", None, found)
            if found is None or _is_asked(found, place, conversation.question.statement):
                continue
            if isinstance(found := worded.amended(reply, place, found, self.answer), str):
                return types.Score("correct", None, found)
            if not _cut_off(reply, place, found) and not _denied(reply, place, found):
                return self._score_formula(found, place, conversation)
        return types.Score("correct", None, "no answer found")

    def _score_formula(
        self, found: formulas.Formula, place: answers.Answer, conversation: types.Conversation
    ) -> types.Score:
        spans = tuple(types.Span(low, high, "answer") for low, high in found.spans)
        digits = 3 if _is_rounded(found.latex, conversation.text) else 4
        statement = conversation.question.statement
        latex = self._without_constant(worded.without_reals(found.latex), statement)
        value, reason, given = self._verdict(latex, _Beside(statement, digits))
        if value == 0 and place.how != "boxed" and conversation.text[found.spans[-1][1] :][:1] == "!":
            as_factorial = self._verdict(f"({latex})!", _Beside(statement, digits))
            value, reason, given = as_factorial if as_factorial[0] == 1 else (value, reason, given)
        shown = found.latex if len(found.latex) <= 80 else found.latex[:77] + "..."
        details = {"found": found.latex[:MAX_LENGTH], "how": place.how}
        given = given or (None if value is None else shown)
        return types.Score("correct", value, reason or shown, spans, details, given)

    def _without_constant(self, latex: str, statement: str) -> str:
        """The answer without a constant of integration that the staff's lacks, where an antiderivative is asked for."""
        constant = _CONSTANT.search(latex)
        if constant is None or not _INTEGRAL.search(statement[-CAP:]) or _CONSTANT.search(self.answer):
            return latex
        letters = re.sub(r"\\[A-Za-z]+", "", self.answer)
        return latex if constant[1] in letters else latex[: constant.start()]

    def _score_words(self, reply: str) -> types.Score:
        """For a staff answer of words: the place must hold hardly more than they do."""
        place = answers.find(reply, lambda place: 0 < len(words.plain(place.text).split()) <= words.MOST)
        if place is None:
            return types.Score("correct", None, "no answer found")
        value, reason, given = self._verdict(rf"\text{{{words.plain(place.text)}}}", _Beside())
        spans = (types.Span(place.start, place.end, "answer"),)
        return types.Score("correct", value, reason or place.text, spans, {"how": place.how}, given or place.text)

    def _verdict(self, latex: str, beside: _Beside) -> tuple[float | None, str, str | None]:
        """(value, reason, name of the reference that it equals)."""
        refusal = None if words.only(latex) else _refusal(units.split(latex)[0], self.commuting, unread=False)
        value = _value(latex) if refusal == MATRICES and "=" not in self.answer else None
        if value not in (None, "0"):  # what it is the value of may be anything; `AX - XB = 0` is an equation
            return self._verdict(value or "", beside)
        if refusal:
            return None, f"not judged: {refusal}", None
        right = [("staff", self.answer), *((a.note, a.answer) for a in self.accept)]
        unsure = ""
        for name, answer in right:
            verdict = self._same(answer, latex, beside, literal=True)
            if verdict is True:
                return 1.0, "" if name == "staff" else f"accepted: {name}", name
            unsure = verdict or unsure
        for known in self.wrong:
            if self._same(known.answer, latex, beside, literal=True) is True:
                return 0.0, f"known to be wrong: {known.note}", known.note
        return (None, f"not judged: {unsure}", None) if unsure else (0.0, f"not equal to {self.answer}", None)

    def _same(self, wanted: str, found: str, beside: _Beside, *, literal: bool) -> bool | str:
        """Whether the two say the same, or why that cannot be told."""
        said, given = words.only(wanted), words.only(found)
        if said and given:
            verdict = words.same(said, given)
            return "other words, which may say the same" if verdict is None else verdict
        if said or given:
            return self._same_as_words(said or given or "", found if said else wanted, beside)
        wanted, unit = units.split(wanted.strip("$ "))
        found, other = units.split(found)
        if {"rad", "radian"} & {unit, other} and "circ" in wanted + found:
            return "degrees beside radians"
        if not other and (unit or not re.search(r"[A-Za-z]", wanted)):
            found, other = units.behind_a_number(found)
        if unit in ("am", "pm") or other in ("am", "pm"):
            (wanted, unit), (found, other) = units.half_of_the_day(wanted, unit), units.half_of_the_day(found, other)
        if {unit, other} == {"am", "pm"}:
            return False
        factor = units.factor(unit, other, beside.statement)
        if factor is None:
            alike = self._same_formula(wanted, found, beside, literal=literal)
            other_value = unit and alike is False and not (units.known(unit) and units.known(other))
            return False if other_value else f"the unit {other!r} is not the one that is asked for"
        if factor != 1:
            if _GROUPED.fullmatch(found):
                found = found.replace(",", "")  # in brackets `12,000` would be a pair
            found = rf"({found}) \cdot \frac{{{factor.numerator}}}{{{factor.denominator}}}"
        return self._same_formula(wanted, found, beside, literal=literal)

    def _same_as_words(self, said: str, formula: str, beside: _Beside) -> bool | str:
        """Words against a formula: another kind of answer, but for numbers in words."""
        numeral = words.numeral(said)
        if numeral:
            return self._same_formula(formula, numeral, beside, literal=True)
        if english.NO_ANSWER.search(said) and re.search(r"\d", formula):
            return False  # `no such sphere exists` for a value
        return "words that may say the same" if words.may_be_formula(said) else False

    def _same_formula(self, wanted: str, found: str, beside: _Beside, *, literal: bool) -> bool | str:
        from evalkit.reading.maths import algebra, sameness, second

        base = math.e if self.log_base == "e" else self.log_base
        settings = algebra.Settings(self.tolerance, self.commuting, base, beside.digits)
        try:
            return sameness.same(wanted, found, settings, literal=literal)
        except FinalError as error:
            return str(error)
        except OtherKindError:
            return second.opinion(wanted, found, settings) is True
        except Unreadable as error:
            verdict = second.opinion(wanted, found, settings)
            return str(error) if verdict is None else verdict
