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

A letter counts as `B)`, `(B)`, `[B]`, `option B`, `B:`; alone (`B`) only in an explicit answer, a short sentence, a
conclusion or in bold, never the article `A`, a symbol (reading.options) or the label of `A: No` where A is yes. An
option's text counts after folding (evalkit.reading.plain) with the signs that it has (`-1` is not `1`), also written as
one word (`BatchNorm`) or as several (`MSE loss`), by an alias of the problem file, by an acronym or a CamelCase name
that only this option has (`SGD` for `SGD optimizer`), and, for a small number, by its word (`two`).

None: several options in a sentence where one is asked for, `A or B`, a list of all of them without a choice, a letter
followed by the text of another option (`B) 2` where B is 1), an option that is left when the others are ruled out.
Nothing looks at what is right before the choice is read. Several options in an explicit answer, or with nothing beside
them (`A and B.`), where one is asked for are wrong.

Not covered: exclusion (`all but C`), ranges (`A to D`), ranked choices, statements that say yes or no without the word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar

from pydantic import ConfigDict, Field, model_validator

from evalkit import types
from evalkit.reading import answers, english, options, worth
from evalkit.reading.english import Word
from evalkit.reading.options import Mention, Name, View
from evalkit.reading.plain import ENUMERATOR, phrase, plain

SHORT = 100
"""Characters of a last block or conclusion that is read like an explicit answer."""
_HUMPS = re.compile(r"[A-Z]+(?![a-z])\d*|[A-Z][a-z]+\d*")
_YES = re.compile(r"[✅✔☑✓🗸🟢]|\[[xX✓✔]\]")
_NO = re.compile(r"[❌✗✘☐✖🚫⛔🔴]|\[[ \u00a0]?\]")
_SAYS = re.compile(
    rf"(?i)(?P<no>{english.any_of(english.DENIES_BEHIND)})|(?P<yes>yes|correct|needed|required|true|right|chosen)\b"
)
_BETWEEN = (
    rf"[\s\"'*:,;&+/|()\[\]{{}}.、✅✔☑✓→👉-]|{options.ANDS}|{options.ORS}"
    r"|\b(?:both|options?|choices?|answers?|letters?|items?|the|only|still"
    rf"|just|is|are|indeed|clearly|definitely|namely|again|class|in)\b|{english.any_of(english.CONNECTIVES)}"
)
_QUALIFIED = re.compile(r"(?<!\w)(?:[a-z_]\w{0,19}\.){1,4}\Z")
"""`nn.` before `MSELoss`: a part of the name, no other word."""
_ARTICLE = re.compile(
    rf"\s+(?!(?:is|are|only|because|since|as|needed|fits|alone|was|remains|holds)\b|{options.ANDS}|{options.ORS})"
    r"[a-z0-9`$]"
)


_NONE_OF_THEM = re.compile(
    r"\b(?:none of (?:the |these |those |them\b)(?:(?:given |listed |above |other )?(?:options?|choices?"
    r"|answers?|alternatives?)?)"
    r"|no (?:option|choice|alternative|answer) (?:is|fits|matches|works|applies))\b(?! but\b| except\b| other)",
    re.IGNORECASE,
)
_DEFINES = re.compile(r"\s(?:is|be|denotes|represents|stands for)\s(?:the|an?)\b", re.IGNORECASE)
_OF_OPTIONS = re.compile(
    r"\b(?:options?|answers?|choices?|choose|pick|select|correct|right|best|only)\b|^\W*\w{1,2}\W*\Z", re.IGNORECASE
)
LONGEST_LINE = 1000
"""Characters of a line that may hold a tick."""


class Accepted(types.Spec):
    """A choice that is right as well; tables show its note."""

    correct: list[str] = Field(min_length=1)
    note: str = Field(min_length=1)


class Scorer(types.Scorer):
    """One or several of the given options."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, ignored_types=(cached_property,))
    version = 5
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
        if not self.many and any(len(c) > 1 for c in (self.correct, *(a.correct for a in self.accept))):
            raise ValueError("several correct options need `many = true`")
        return self

    def answer_form(self) -> str:
        letters = ", ".join(self.options)
        return f"the letters of all right options ({letters})" if self.many else f"the letter of one option ({letters})"

    def score(self, conversation: types.Conversation) -> list[types.Score]:
        """Nothing before `_judge` looks at what is right: whether a reply can be judged must not depend on it."""
        reply = conversation.text[: answers.answered(conversation.text)]
        whole = View(plain(reply), answers.formulas(reply), answers.bold(reply), options.symbols(reply, self.options))
        ticked = self._marked(whole)
        none: answers.Answer | None = None
        for place in answers.places(reply):
            if not place.explicit or (place.how == "last" and ticked) or (none and place.start < none.end):
                continue
            start = place.also[0][0] if place.also else self._start(reply, place)
            view = replace(whole, plain=plain(reply, start, place.end))
            if place.how == "last" and self._lists(reply, place.start):
                continue
            found = self._explicit(view, place)
            if found:
                return [self._judge(view, found, place.how)]
            if none or self._mentions(view):
                continue
            by_value = self._by_value(view, place, explicit=True)
            if by_value and not by_value.details["chosen"]:
                none = place  # `= \boxed{45}. The answer is: (E).` goes on to an option
                continue
            if by_value:
                return [by_value]
            said = answers.without_value(place, view.text)
            if said == answers.REFUSED:
                return [types.Score("correct", None, f"says that it cannot tell: {place.text[:100]}")]
            if said:
                return [self._none(place)]
        if none:
            return [self._none(none)]
        if ticked:
            return [self._judge(whole, ticked, "ticked")]
        return [self._from_the_end(reply, whole)]

    def _explicit(self, view: View, place: answers.Answer) -> list[Mention]:
        if place.how != "last":
            return self._marked(view) or self._stated(view, boxed=place.how == "boxed")
        found = self._stated(view)
        covered = sum(m.end - m.start for m in found)
        alone = len(found) > 0 and self._filler.fullmatch(view.text, 0, found[0].start)
        rest = view.text[found[-1].end :] if found else ""
        return found if alone and (covered * 3 > len(rest) or not re.search(r"[^\W_]", rest)) else []

    def _start(self, reply: str, place: answers.Answer) -> int:
        """Of a last line with its letter: `B: yes` says B, too."""
        line = reply.rfind("\n", 0, place.start) + 1
        letter = self._entry.match(reply, line, place.start) if place.how == "last" else None
        return line if letter else place.start

    def _lists(self, reply: str, at: int) -> bool:
        """Whether a line at `at` that begins with a letter goes on a list of options: `A) ...` above `B) ...`."""
        last = self._entry.match(reply, at)
        above = self._entry.match(reply[:at].rstrip().rpartition("\n")[2])
        return last is not None and above is not None and last[1].lower() != above[1].lower()

    @cached_property
    def _entry(self) -> re.Pattern[str]:
        return re.compile(rf"[\s>*_(\[-]*({'|'.join(self.options)})[*_]*[).:\]]", re.IGNORECASE)

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
        for place, view in sentences:
            if _NONE_OF_THEM.search(view.text) and not english.SUGGESTS.search(view.text):
                return self._none(place)
        listed = self._listed([view for _, view in sentences])
        for weak in (False, True):
            for place, view in sentences:
                found = self._sentence(view, place, weak)
                if not found and weak and (only or place.how == "concluded") and not self._mentions(view):
                    by_value = self._by_value(view, place, explicit=False)
                    if by_value:
                        return by_value
                if not found:
                    continue
                several = len({m.option for m in found}) > 1 and not self.many
                marks = place.how == "marked" or self._emphasised(view)
                concluding = place.how == "concluded" or marks
                unmarked = several and not marks and not self._nothing_else(view, found)
                if unmarked or (len(listed) > 1 and not concluding):
                    spans = tuple(types.Span(*view.span(m.start, m.end), "answer", m.option) for m in found)
                    return types.Score("correct", None, "several options named, none marked as chosen", spans)
                return self._judge(view, found, place.how)
        return types.Score("correct", None, "no answer found")

    def _sentence(self, view: View, place: answers.Answer, weak: bool) -> list[Mention]:
        """What a sentence chooses: options in bold, behind `so` or `therefore`, else named and not denied."""
        emphasised = self._emphasised(view)
        if emphasised:
            return emphasised
        start = 0
        if place.how == "concluded" and (mark := english.CONCLUDES.search(view.text)):
            start = mark.end()
        for part in dict.fromkeys((start, 0)):
            rest = view.behind(part)
            short = len(rest.text) <= SHORT or place.how in ("concluded", "marked")
            mentions = [m for m in self._mentions(rest) if not self._is_symbol(rest, m)]
            committed = [m for m in mentions if options.is_committed(rest.text, m)]
            if len({m.option for m in committed}) == 1:
                return [m.moved(part) for m in self._head(rest, mentions[mentions.index(committed[-1]) :])]
            found = self._chosen(rest, mentions) if short else [m for m in mentions if not m.denied]
            found = [m for m in found if not m.weak or (short and (weak or m.letter))]
            if found:
                return [m.moved(part) for m in found]
        return []

    def _nothing_else(self, view: View, found: Sequence[Mention]) -> bool:
        """Whether a sentence holds options and what joins them, and no other word: `A and B.`"""
        ends = [0, *(m.end for m in found)], [*(m.start for m in found), len(view.text)]
        return all(self._filler.fullmatch(view.text, low, max(low, high)) for low, high in zip(*ends, strict=True))

    def _listed(self, views: Sequence[View]) -> set[str]:
        """Options that begin a sentence each with their letter (`A) ... B) ...`) and are not denied: a list of them."""
        heads: set[str] = set()
        for view in views:
            first = next((m for m in self._mentions(view)), None)
            if (
                first
                and first.letter
                and not first.weak
                and not first.denied
                and not view.text[: first.start].strip(" (*[-")
            ):
                heads.add(first.option)
        return heads

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

    # ------------------------------------------------------------ reading

    @cached_property
    def _filler(self) -> re.Pattern[str]:
        """What may stand before a choice and between two; possessive, since words of a file may overlap with ours."""
        beside = f"|{english.any_of(self.beside)}" if self.beside else ""
        return re.compile(rf"(?i)(?:{_BETWEEN}{beside})*+")

    @cached_property
    def _names(self) -> list[Name]:
        """All names of options, the longest first. A name of two options is none, nor is the letter of another one."""
        named: dict[tuple[tuple[str, ...], str], list[Name]] = {}
        letters = {letter.lower() for letter in self.options}

        def add(words: tuple[str, ...], option: str, weak: bool, exact: str = "") -> None:
            clash = len(words) == 1 and words[0] in letters - {option.lower()} and not words[0].isdecimal()
            if words and not clash and option not in [n.option for n in named.setdefault((words, exact), [])]:
                named[words, exact].append(Name(words, option, weak, exact))

        for option, text in self.options.items():
            folded = phrase(text)
            exact = options.squashed(plain(text).text) if options.SYMBOLS.search(plain(text).text) else ""
            add(folded, option, len(folded) == 1 and len(folded[0]) <= 2, exact)
            if len(folded) > 1 and not exact:
                add(("".join(folded),), option, False)
                add(("_".join(folded),), option, False)
                for word in text.split():
                    if re.fullmatch(r"[A-Z][A-Z0-9]+|[A-Z][a-z0-9]+(?:[A-Z][A-Za-z0-9]*)+", word):
                        add(phrase(word), option, False)
            elif text.isalnum() and len(_HUMPS.findall(text)) > 1:
                add(phrase(" ".join(_HUMPS.findall(text))), option, False)
            elif folded and not exact and folded[0].isdecimal() and int(folded[0]) < len(english.NUMBERS):
                add((english.NUMBERS[int(folded[0])],), option, True)
            for alias in self.aliases.get(option, ()):
                add(phrase(alias), option, False)
        return sorted((n[0] for n in named.values() if len(n) == 1), key=lambda name: -len(name.words))

    @cached_property
    def _letters(self) -> re.Pattern[str]:
        letters = "|".join(re.escape(letter) for letter in self.options)
        either = "|".join(re.escape(c) for letter in self.options for c in dict.fromkeys((letter, letter.lower())))
        return re.compile(
            rf"(?<!{options.IN_WORD}|['’])(?:\((?P<round>{either})\)|\[(?P<square>{letters})\]|(?P<paren>{either})\)"
            rf"|(?i:options?|choices?|answers?|alternatives?)\s{{1,3}}\(?(?P<named>{letters})(?!{options.IN_WORD}|['’-])"
            rf"|(?P<colon>{letters})(?=:\s)|(?P<bare>{letters})(?!{options.IN_WORD}|['’^]|-\w))"
        )

    def _mentions(self, view: View) -> list[Mention]:
        """All mentions in order, overlapping ones resolved for the longer."""
        text = view.text
        found = english.words(text)
        hidden = {match.end() - 1 for match in ENUMERATOR.finditer(text)}
        mentions: list[Mention] = []
        for start, end, option, weak in self._texts(text, found, hidden):
            qualified = _QUALIFIED.search(text, max(0, start - 90), start)
            mentions.append(Mention(option, qualified.start() if qualified else start, end, weak, letter=False))
        covered = {at for m in mentions if m.end - m.start > 2 for at in range(m.start, m.end)}
        for match in self._letters.finditer(text):
            kind = str(match.lastgroup)
            start, end = match.span(kind)
            if kind == "bare" and match[kind] in "AI" and _ARTICLE.match(text, end):
                continue
            if start in covered or self._in_formula(view, match, kind):
                continue
            if kind == "bare" and (match[kind].isdecimal() or options.names_a_symbol(text, start)):
                continue
            option = next(letter for letter in self.options if letter.lower() == match[kind].lower())
            mentions.append(Mention(option, start, end, weak=kind == "bare", letter=True))
        mentions.sort(key=lambda m: (m.start, -m.end))
        if len(mentions) > 1 and _labels(text, *mentions[:2]):
            mentions = mentions[1:]
        return self._denials(text, found, mentions)

    def _in_formula(self, view: View, match: re.Match[str], kind: str) -> bool:
        """Whether a letter is a symbol: beside an operator, or in a formula with more than options in it."""
        start, end = match.span(kind)
        if kind in ("bare", "colon") and (
            options.OPERATOR.search(view.text, max(0, start - 24), start) or options.OPERAND.match(view.text, end)
        ):
            return True
        inside = view.formula(start)
        if inside is None:
            return False
        low, high = inside
        if kind in ("round", "square", "paren", "named") and not re.search(r"\w", view.text[low : match.start()]):
            return False
        return self._letter_list.fullmatch(view.text, low, high) is None

    @cached_property
    def _letter_list(self) -> re.Pattern[str]:
        """A formula that holds letters of options and nothing else."""
        letters = "|".join(re.escape(letter) for letter in self.options)
        return re.compile(
            rf"(?:[\s,;:.&(){{}}\[\]'\"|/$*]|\b(?:and|or|option|options|answer|choice)\b|(?<!\w)(?:{letters})(?!\w))*+"
        )

    def _texts(self, text: str, found: list[Word], hidden: set[int]) -> Iterator[tuple[int, int, str, bool]]:
        by_first: dict[str, list[Name]] = {}
        for name in self._names:
            by_first.setdefault(name.words[0], []).append(name)
        free = 0
        for index, word in enumerate(found):
            if index < free or word.end in hidden:
                continue
            for name in by_first.get(word.text, ()):
                last = index + len(name.words)
                if tuple(w.text for w in found[index:last]) != name.words:
                    continue
                start, end = word.start, found[last - 1].end
                if name.words[0][0].isdecimal() or name.exact:
                    start, end = options.with_signs(text, start, end, name.exact)
                    if start < 0:
                        continue
                free = last
                yield start, end, name.option, name.weak
                break

    def _denials(self, text: str, found: list[Word], mentions: list[Mention]) -> list[Mention]:
        """Marks what is denied or ruled out; a denial goes on along `A, B or C`, and back where it stands behind."""
        denied: list[bool] = []
        behind_it: list[bool] = []
        index = 0
        for i, mention in enumerate(mentions):
            while index < len(found) and found[index].end <= mention.start:
                index += 1
            behind = index
            while behind < len(found) and found[behind].start < mention.end:
                behind += 1
            before = english.denied_before(text, found, index) or options.ruled_out_before(text, found, index)
            goes_on = i > 0 and denied[-1] and options.between(text, mentions, i - 1) is not None
            behind_it.append(english.denied_behind(text, found, behind) or options.ruled_out_behind(text, mention.end))
            denied.append(before or goes_on or behind_it[-1])
        for i in range(len(mentions) - 1, -1, -1):
            first = i
            while (
                first > 0 and options.between(text, mentions, first - 1) is not None and i - first < len(self.options)
            ):
                first -= 1
            too = options.TOO.match(text, mentions[i].end) is not None and first > 0 and denied[first - 1]
            if too or (
                behind_it[i] and options.LIST_BEFORE.search(text, max(0, mentions[i].start - 8), mentions[i].start)
            ):
                denied[first : i + 1] = [True] * (i + 1 - first)
        return [replace(mention, denied=no) for mention, no in zip(mentions, denied, strict=True)]

    def _stated(self, view: View, *, boxed: bool = False) -> list[Mention]:
        """An explicit answer: what it begins with, else what it names."""
        if boxed:
            view = view.as_formula()
        mentions = self._mentions(view)
        if not mentions and view.text.strip(" .()*").lower() in [letter.lower() for letter in self.options]:
            option = next(o for o in self.options if o.lower() == view.text.strip(" .()*").lower())
            at = view.text.lower().index(option.lower())
            return [Mention(option, at, at + len(option), weak=False, letter=True)]
        return self._chosen(view, mentions) if mentions else self._run_together(view)

    def _run_together(self, view: View) -> list[Mention]:
        """`AC`: letters of options in their order and nothing else."""
        text = view.text.strip(" .()*$")
        letters = [letter for letter in self.options if letter in text]
        if len(text) < 2 or text != "".join(letters):
            return []
        at = view.text.index(text)
        return [Mention(letter, at + i, at + i + 1, weak=False, letter=True) for i, letter in enumerate(letters)]

    def _chosen(self, view: View, mentions: Sequence[Mention]) -> list[Mention]:
        """Those that a stretch begins with, else all that it does not deny."""
        if mentions and not mentions[0].denied and self._filler.fullmatch(view.text, 0, mentions[0].start):
            return self._head(view, mentions)
        return [m for m in mentions if not m.denied]

    @staticmethod
    def _is_symbol(view: View, mention: Mention) -> bool:
        """`$A$ is the amount` where the reply calculates with `A = P(1 + r)`, unless it speaks of options."""
        if not (mention.letter and mention.weak) or mention.option not in view.symbols:
            return False
        defined = view.formula(mention.start) is not None or _DEFINES.match(view.text, mention.end)
        return bool(defined) and not _OF_OPTIONS.search(view.text)

    def _head(self, view: View, mentions: Sequence[Mention]) -> list[Mention]:
        """The first mention and those that follow with nothing but separators between."""
        head = [mentions[0]]
        for mention in mentions[1:]:
            if mention.denied or not self._filler.fullmatch(view.text, head[-1].end, max(mention.start, head[-1].end)):
                break
            head.append(mention)
        return head

    def _emphasised(self, view: View) -> list[Mention]:
        """Options in bold, unless all are (then bold is layout)."""
        mentions = [m for m in self._mentions(view) if not m.denied and answers.inside(view.bold, view.starts[m.start])]
        return mentions if len({m.option for m in mentions}) < len(self.options) else []

    def _marked(self, view: View) -> list[Mention]:
        """Options on lines with a tick, unless the line is crossed, too."""
        chosen: dict[str, Mention | None] = {}
        at = 0
        for line in view.text.splitlines(keepends=True):
            start, at = at, at + len(line)
            if len(line) > LONGEST_LINE or not (
                _YES.search(line) or _NO.search(line) or "|" in line or re.search(r"[—–:-]\s*\W{0,3}\w", line)
            ):
                continue
            mentions = [m for m in self._mentions_in(view, start, at) if m.start - start < 60]
            if not mentions or (len({m.option for m in mentions}) > 1 and not _heads(line, mentions[0].start - start)):
                continue
            head = self._head(view, mentions)
            if not self._filler.fullmatch(view.text, head[-1].end, at):
                head = [m for m in head if m.option == head[0].option]
            verdict = _verdict(line, head[-1].end - start)
            if verdict is not None:
                chosen |= {m.option: m if verdict else None for m in head}
        ticked = [mention for mention in chosen.values() if mention]
        return ticked if len(ticked) < len(self.options) or self.many else []

    def _mentions_in(self, view: View, start: int, end: int) -> list[Mention]:
        return [m.moved(start) for m in self._mentions(view.part(start, end))]


def _labels(text: str, first: Mention, second: Mention) -> bool:
    """`A: No` where A is yes: the letter stands for `Answer`."""
    return (
        first.letter
        and second.option != first.option
        and re.fullmatch(r"[\s*_]*A", text[: first.end]) is not None
        and re.fullmatch(r"[*_]*:[\s*_\"'(]*", text[first.end : second.start]) is not None
    )


def _heads(line: str, at: int) -> bool:
    """Nothing but marks and list signs stands before `at`."""
    return not re.search(r"[^\W\d_]", line[:at])


def _verdict(line: str, behind: int) -> bool | None:
    """What a line says of its option: symbols first, then the last table cell or the words behind a dash or colon."""
    yes, no = bool(_YES.search(line)), bool(_NO.search(line))
    if yes or no:
        return yes if yes != no else None
    if line.lstrip().startswith("|"):
        cells = [_SAYS.match(cell.strip(" *`")) for cell in line[behind:].split("|")]
        said = [cell for cell in cells if cell]
        return bool(said[-1]["yes"]) if said else None
    words = re.match(r"[^\w—–:]{0,20}?[—–:-]\s*\W{0,3}", line[behind:])
    said_word = _SAYS.match(line, behind + words.end()) if words else None
    return bool(said_word["yes"]) if said_word else None
