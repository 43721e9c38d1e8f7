"""Which options a reply chooses, by letter or by text, against the staff's.

Where the choice is read, first match wins:

1. an explicit final answer (reading.answers): the options that it begins with (`B`, `(A), (E)`, `A and C`, `MSELoss`,
   `C (2 layers)`), or else those that it names and does not deny
2. ticked and crossed lines, table rows and boxes: `- [x] B`, `✅ **C) 2**`, `| B) MSELoss | yes |`
3. the marked line, the concluding sentence, the last block (read like 1 if they are short), the whole reply: options
   in bold, or else those named and not denied (evalkit.reading.english: `not A`, `neither A nor B`, `C is not needed`)

A letter counts as `B)`, `(B)`, `[B]`, `option B`, `B:`; alone (`B`) only in an explicit answer, a short one or in bold,
never the article `A`. An option's text counts after folding (evalkit.reading.plain), also written as one word
(`BatchNorm`) or as several (`MSE loss`), by an alias of the problem file, by an acronym or a CamelCase name that only
this option has (`SGD` for `SGD optimizer`), and, for a small number, by its word (`two`). One-word options of one or
two characters and number words count only in the first two places, in short ones, in bold and in concluding sentences,
since `one` and `2` stand everywhere.

In the last block and the whole reply being named is weak evidence: if the two disagree about right or wrong, or if
right options stand among others that are neither denied nor chosen, the value is None. A letter followed by the text
of another option (`B) 2` where B is 1) is None, too. Several options where one is asked for are wrong.

Not covered: exclusion (`all but C`, `none of the above` unless it is an option), ranges (`A to D`), ranked choices.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar

from pydantic import ConfigDict, Field, model_validator

from evalkit import types
from evalkit.reading import answers, english
from evalkit.reading.english import Word
from evalkit.reading.plain import ENUMERATOR, Plain, phrase, plain

SHORT = 100
"""Characters of a last block or conclusion that is read like an explicit answer."""
_HUMPS = re.compile(r"[A-Z]+(?![a-z])\d*|[A-Z][a-z]+\d*")
_YES = re.compile(r"[✅✔☑✓🗸🟢]|\[[xX✓✔]\]")
_NO = re.compile(r"[❌✗✘☐✖🚫⛔🔴]|\[[ \u00a0]?\]")
_SAYS = re.compile(
    rf"(?i)(?P<no>{english.any_of(english.DENIES_BEHIND)})|(?P<yes>yes|correct|needed|required|true|right|chosen)\b"
)
_BETWEEN = (
    r"[\s\"'*:,;&+/|()\[\]{}.✅✔☑✓→👉-]|\b(?:and|or|both|options?|choices?|answers?|letters?|items?|the|only|still"
    rf"|just|is|are|indeed|clearly|definitely|namely|again|class|in)\b|{english.any_of(english.CONNECTIVES)}"
)
_QUALIFIED = re.compile(r"(?<!\w)(?:[a-z_]\w{0,19}\.){1,4}\Z")
"""`nn.` before `MSELoss`: a part of the name, no other word."""
_ARTICLE = re.compile(r"\s+(?!(?:is|are|and|or|only|because|since|as|needed|fits|alone|was|remains|holds)\b)[a-z0-9`$]")


class Accepted(types.Spec):
    """A choice that is right as well; tables show its note."""

    correct: list[str] = Field(min_length=1)
    note: str = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class _Mention:
    option: str
    start: int
    end: int
    weak: bool
    """A bare letter, a digit or a number word: means the option only where options are expected."""
    letter: bool
    denied: bool = False


class Scorer(types.Scorer):
    """One or several of the given options."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, ignored_types=(cached_property,))
    version = 2
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

    def score(self, conversation: types.Conversation) -> list[types.Score]:
        reply = conversation.text
        places = list(answers.places(reply))
        for place in places:
            if place.explicit:
                view = plain(reply, place.start, place.end)
                found = self._marked(view) or self._stated(view)
                if found:
                    return [self._judge(view, found, place.how)]
        whole = plain(reply)
        found = self._marked(whole)
        if found:
            return [self._judge(whole, found, "ticked")]
        return [self._weak(reply, places)]

    def _weak(self, reply: str, places: Sequence[answers.Answer]) -> types.Score:
        """Named in what is not marked as the answer."""
        bold = answers.bold(reply)
        closing: types.Score | None = None
        for place in places:
            if place.explicit:
                continue
            view = plain(reply, place.start, place.end)
            emphasised = self._emphasised(view, bold)
            short = place.how != "whole" and len(view.text) <= SHORT
            found = emphasised or (self._stated(view) if short else self._named(view, place.how))
            if not found:
                continue
            score = self._judge(view, found, place.how)
            if place.how in ("marked", "concluded") or (emphasised and place.how == "closing"):
                return score
            chosen = {m.option for m in found}
            if score.value == 0 and any(set(correct) < chosen for _, correct in self._references):
                score = types.Score("correct", None, "several options named, none marked as chosen", score.spans)
            if closing is None and place.how != "whole":
                closing = score
            elif closing is None or closing.value == score.value:
                return closing or score
            else:
                return types.Score("correct", None, "several options named, none marked as chosen", closing.spans)
        return closing or types.Score("correct", None, "no answer found")

    @property
    def _references(self) -> list[tuple[str, list[str]]]:
        return [("staff", self.correct), *((a.note, a.correct) for a in self.accept)]

    def _judge(self, view: Plain, found: Sequence[_Mention], how: str) -> types.Score:
        chosen = sorted({m.option for m in found}, key=list(self.options).index)
        spans = tuple(types.Span(*view.span(m.start, m.end), "answer", m.option) for m in found)
        details: dict[str, Any] = {"chosen": chosen, "how": how}
        for first, second in pairwise(found):
            apart = view.text[first.end : second.start].strip(" ).:*`")
            if first.letter and not second.letter and not apart and first.option != second.option:
                return types.Score("correct", None, "the letter and the text of the option disagree", spans, details)
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
    def _names(self) -> list[tuple[tuple[str, ...], str, bool]]:
        """(folded words, option, weak), the longest first."""
        named: dict[tuple[str, ...], list[tuple[str, bool]]] = {}

        def add(name: tuple[str, ...], option: str, weak: bool) -> None:
            if name and option not in [o for o, _ in named.setdefault(name, [])]:
                named[name].append((option, weak))

        for option, text in self.options.items():
            folded = phrase(text)
            add(folded, option, len(folded) == 1 and len(folded[0]) <= 2)
            if len(folded) > 1:
                add(("".join(folded),), option, False)
                add(("_".join(folded),), option, False)
                for word in text.split():
                    if re.fullmatch(r"[A-Z][A-Z0-9]+|[A-Z][a-z0-9]+(?:[A-Z][A-Za-z0-9]*)+", word):
                        add(phrase(word), option, False)
            elif text.isalnum() and len(_HUMPS.findall(text)) > 1:
                add(phrase(" ".join(_HUMPS.findall(text))), option, False)
            elif folded and folded[0].isdigit() and int(folded[0]) < len(english.NUMBERS):
                add((english.NUMBERS[int(folded[0])],), option, True)
            for alias in self.aliases.get(option, ()):
                add(phrase(alias), option, False)
        single = [(name, owners[0][0], owners[0][1]) for name, owners in named.items() if len(owners) == 1]
        return sorted(single, key=lambda item: -len(item[0]))

    @cached_property
    def _letters(self) -> re.Pattern[str]:
        letters = "|".join(re.escape(letter) for letter in self.options)
        either = "|".join(re.escape(c) for letter in self.options for c in dict.fromkeys((letter, letter.lower())))
        return re.compile(
            rf"(?<![\w'’])(?:\((?P<round>{either})\)|\[(?P<square>{letters})\]|(?P<paren>{either})\)"
            rf"|(?i:options?|choices?|answers?|alternatives?)\s{{1,3}}\(?(?P<named>{letters})(?![\w'’-])"
            rf"|(?P<colon>{letters})(?=:\s)|(?P<bare>{letters})(?![\w'’^]|-\w))"
        )

    def _mentions(self, view: Plain) -> list[_Mention]:
        """All mentions in order, overlapping ones resolved for the longer."""
        text = view.text
        found = english.words(text)
        hidden = {match.end() - 1 for match in ENUMERATOR.finditer(text)}
        taken: set[int] = set()
        mentions: list[_Mention] = []
        for start, end, option, weak in self._texts(found, taken, hidden):
            qualified = _QUALIFIED.search(text, max(0, start - 90), start)
            mentions.append(_Mention(option, qualified.start() if qualified else start, end, weak, letter=False))
        covered = {at for m in mentions if m.end - m.start > 2 for at in range(m.start, m.end)}
        for match in self._letters.finditer(text):
            kind = str(match.lastgroup)
            start, end = match.span(kind)
            if kind == "bare" and match[kind] in "AI" and _ARTICLE.match(text, end):
                continue
            if start in covered:
                continue
            if kind == "bare" and match[kind].isdigit():
                continue
            option = next(letter for letter in self.options if letter.lower() == match[kind].lower())
            mentions.append(_Mention(option, start, end, weak=kind == "bare", letter=True))
        mentions.sort(key=lambda m: (m.start, -m.end))
        return self._denials(text, found, mentions)

    def _texts(self, found: list[Word], taken: set[int], hidden: set[int]) -> Iterator[tuple[int, int, str, bool]]:
        by_first: dict[str, list[tuple[tuple[str, ...], str, bool]]] = {}
        for entry in self._names:
            by_first.setdefault(entry[0][0], []).append(entry)
        for index, word in enumerate(found):
            if index in taken or word.end in hidden:
                continue
            for name, option, weak in by_first.get(word.text, ()):
                if tuple(w.text for w in found[index : index + len(name)]) == name:
                    taken.update(range(index, index + len(name)))
                    yield word.start, found[index + len(name) - 1].end, option, weak
                    break

    def _denials(self, text: str, found: list[Word], mentions: list[_Mention]) -> list[_Mention]:
        """Marks what is denied; a denial goes on along `A, B or C`."""
        result: list[_Mention] = []
        index = 0
        for mention in mentions:
            while index < len(found) and found[index].end <= mention.start:
                index += 1
            behind = index
            while behind < len(found) and found[behind].start < mention.end:
                behind += 1
            denied = english.denied_before(text, found, index) or english.denied_behind(text, found, behind)
            if not denied and result and result[-1].denied:
                between = text[result[-1].end : mention.start]
                denied = len(between) < 12 and re.fullmatch(r"[\s,;)(*`/]*(?:or|nor|and)?[\s(*`]*", between) is not None
            result.append(_Mention(mention.option, mention.start, mention.end, mention.weak, mention.letter, denied))
        return result

    def _stated(self, view: Plain) -> list[_Mention]:
        """An explicit answer: what it begins with, else what it names."""
        mentions = self._mentions(view)
        if not mentions and view.text.strip(" .()*").lower() in [letter.lower() for letter in self.options]:
            option = next(o for o in self.options if o.lower() == view.text.strip(" .()*").lower())
            at = view.text.lower().index(option.lower())
            return [_Mention(option, at, at + len(option), weak=False, letter=True)]
        if mentions and not mentions[0].denied and self._filler.fullmatch(view.text, 0, mentions[0].start):
            return self._head(view, mentions)
        return [m for m in mentions if not m.denied]

    def _head(self, view: Plain, mentions: Sequence[_Mention]) -> list[_Mention]:
        """The first mention and those that follow with nothing but separators between."""
        head = [mentions[0]]
        for mention in mentions[1:]:
            if mention.denied or not self._filler.fullmatch(view.text, head[-1].end, max(mention.start, head[-1].end)):
                break
            head.append(mention)
        return head

    def _emphasised(self, view: Plain, bold: Sequence[tuple[int, int]]) -> list[_Mention]:
        """Options in bold, unless all are (then bold is layout)."""
        mentions = [
            m for m in self._mentions(view)
            if not m.denied and answers.inside(bold, view.starts[m.start])
        ]  # fmt: skip
        return mentions if len({m.option for m in mentions}) < len(self.options) else []

    def _named(self, view: Plain, how: answers.How) -> list[_Mention]:
        concluding = how in ("marked", "concluded")
        return [m for m in self._mentions(view) if not m.denied and (not m.weak or (concluding and not m.letter))]

    def _marked(self, view: Plain) -> list[_Mention]:
        """Options on lines with a tick, unless the line is crossed, too."""
        chosen: dict[str, _Mention | None] = {}
        at = 0
        for line in view.text.splitlines(keepends=True):
            start, at = at, at + len(line)
            if not (_YES.search(line) or _NO.search(line) or "|" in line or re.search(r"[—–:-]\s*\W{0,3}\w", line)):
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

    def _mentions_in(self, view: Plain, start: int, end: int) -> list[_Mention]:
        part = Plain(view.text[start:end], view.starts[start:end], view.ends[start:end])
        return [_Mention(m.option, m.start + start, m.end + start, m.weak, m.letter) for m in self._mentions(part)]


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
