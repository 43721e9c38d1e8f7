"""All places where a stretch of a reply names an option of a multiple-choice question, and which of them it denies.

A letter counts as `B)`, `(B)`, `[B]`, `option B`, `B:`, or alone; never the article `A`, a symbol (reading.options) or
the label of `A: No` where A is yes. An option's text counts after folding (evalkit.reading.plain) with the signs that
it has (`-1` is not `1`), also written as one word (`BatchNorm`) or as several (`MSE loss`), by an alias of the problem
file, by an acronym or a CamelCase name that only this option has (`SGD` for `SGD optimizer`), and, for a small number,
by its word (`two`). What it means for the choice is said in reading.chosen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import islice

from evalkit.reading import english, options
from evalkit.reading.english import Word
from evalkit.reading.options import Mention, Name, View
from evalkit.reading.plain import ENUMERATOR, phrase, plain

MOST = 1000
"""Letters of options in one sentence or place; where a model repeats itself so often, it has answered nothing there."""
_HUMPS = re.compile(r"[A-Z]+(?![a-z])\d*|[A-Z][a-z]+\d*")
_BETWEEN = (
    rf"[\s\"'*:,;&+/|()\[\]{{}}.、✅✔☑✓→👉-]|{options.ANDS}|{options.ORS}"
    r"|\b(?:both|options?|choices?|answers?|letters?|items?|the|only|still"
    rf"|just|is|are|indeed|clearly|definitely|namely|again|class|in)\b|{english.any_of(english.CONNECTIVES)}"
)
_QUALIFIED = re.compile(r"(?<!\w)(?:[a-z_]\w{0,19}\.){1,4}\Z")
"""`nn.` before `MSELoss`: a part of the name, no other word."""
_CALLED = re.compile(r"(?<![A-Za-z])[A-Za-z]\(\Z")
"""`P(B)`: an argument."""
_NEGATIVE = re.compile(r"\b(?:minus|negative) \Z", re.IGNORECASE)
LONGEST_LIST = 500
"""Characters of a formula that may be a list of letters."""
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
_ARTICLE = re.compile(
    rf"\s+(?!(?:is|are|only|because|since|as|needed|fits|alone|was|remains|holds|it is|the|an?|my|our"
    r"|seems|looks|appears|(?:can|could|must|should|would|will|may|might) (?:be|not|also|only)"
    r"|[a-z]+(?<![isu])s(?= (?:not|no|the|an?|this|these|its|their|our|all|both|every|each)\b|\W*\Z)"
    rf")\b|{options.ANDS}|{options.ORS})"
    r"[a-z0-9`$]"
)
"""`A` is no article before a form of a verb: of `be`, behind a modal, or with its `s` before what begins an object
(`A hosts the`, but `A works of art`, `A matches box`)."""


@dataclass(frozen=True, eq=False)
class Mentions:
    """The options of a question, and how they are named."""

    options: Mapping[str, str]
    """Letter = text."""
    aliases: Mapping[str, Sequence[str]] = field(default_factory=dict)
    beside: Sequence[str] = ()
    """Words that may stand around a choice."""

    @cached_property
    def filler(self) -> re.Pattern[str]:
        """What may stand before a choice and between two; possessive, since words of a file may overlap with ours."""
        beside = f"|{english.any_of(self.beside)}" if self.beside else ""
        return re.compile(rf"(?i)(?:{_BETWEEN}{beside})*+")

    def find(self, view: View) -> list[Mention]:
        """All mentions in order, overlapping ones resolved for the longer."""
        return list(_found(self, view))

    def search(self, view: View) -> list[Mention]:
        """What `find` gives, looked for anew."""
        text = view.text
        letters = list(islice(self._letters.finditer(text), MOST + 1))
        if len(letters) > MOST:
            return []
        found = english.words(text)
        hidden = {match.end() - 1 for match in ENUMERATOR.finditer(text)}
        mentions: list[Mention] = []
        for start, end, option, weak in self._texts(text, found, hidden):
            qualified = _QUALIFIED.search(text, max(0, start - 90), start)
            mentions.append(Mention(option, qualified.start() if qualified else start, end, weak, letter=False))
        covered = {at for m in mentions if m.end - m.start > 2 for at in range(m.start, m.end)}
        for match in letters:
            kind = str(match.lastgroup)
            start, end = match.span(kind)
            if kind == "bare" and match[kind] in "AI" and _ARTICLE.match(text, end):
                continue
            if (
                start in covered
                or self._in_formula(view, match, kind)
                or _CALLED.search(text, max(0, start - 3), start)
            ):
                continue
            if kind == "bare" and (match[kind].isdecimal() or options.names_a_symbol(text, start)):
                continue
            option = next(letter for letter in self.options if letter.lower() == match[kind].lower())
            mentions.append(Mention(option, start, end, weak=kind == "bare", letter=True))
        mentions.sort(key=lambda m: (m.start, -m.end))
        if len(mentions) > 1 and _labels(text, *mentions[:2]):
            mentions = mentions[1:]
        return self._denials(text, found, mentions)

    @cached_property
    def _names(self) -> list[Name]:
        """All names of options, the longest first. A name of two options is none, nor is the letter of another one."""
        named: dict[tuple[tuple[str, ...], str], list[Name]] = {}
        letters = {letter.lower() for letter in self.options}

        def add(words: tuple[str, ...], option: str, weak: bool, exact: str = "") -> None:
            clash = len(words) == 1 and words[0] in letters - {option.lower()} and not words[0].isdecimal()
            if words and not clash and option not in [n.option for n in named.setdefault((words, exact), [])]:
                named[words, exact].append(Name(words, option, weak, exact))

        for option, ordinal in zip(self.options, _ORDINALS, strict=False):
            for noun in ("option", "choice", "answer", "alternative", "statement"):
                add((ordinal, noun), option, False)
        for option, text in self.options.items():
            folded = phrase(text)
            exact = options.squashed(plain(text).text) if options.SYMBOLS.search(plain(text).text) else ""
            add(folded, option, len(folded) == 1 and len(folded[0]) <= 2, exact)
            if exact and phrase(exact) != folded:  # `(0,1]` for `(0, 1]`
                add(phrase(exact), option, False, exact)
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
            elif exact[:1] in ("-", "–") and exact[1:].isdecimal() and int(exact[1:]) < len(english.NUMBERS):
                for sign in ("minus", "negative"):
                    add((sign, english.NUMBERS[int(exact[1:])]), option, False)
                    add((sign, exact[1:]), option, False)
            for alias in self.aliases.get(option, ()):
                add(phrase(alias), option, False)
        return sorted((n[0] for n in named.values() if len(n) == 1), key=lambda name: -len(name.words))

    @cached_property
    def _letters(self) -> re.Pattern[str]:
        letters = "|".join(re.escape(letter) for letter in self.options)
        either = "|".join(re.escape(c) for letter in self.options for c in dict.fromkeys((letter, letter.lower())))
        lower = "|".join(re.escape(letter.lower()) for letter in self.options)
        return re.compile(
            rf"(?<!{options.IN_WORD}|['’])(?:\((?P<round>{either})\)|\[(?P<square>{letters})\]|(?P<paren>{either})\)"
            rf"|(?i:options?|choices?|answers?"
            rf"|alternatives?)[\s_]{{1,3}}\(?(?P<named>{letters})(?!{options.IN_WORD}|['’-])"
            rf"|(?i:options?|choices?|alternatives?|conclusions?|statements?)[\s_]{{1,3}}(?P<lower>{lower})"
            r"(?=[).,;:]|\s(?:is|are|and|or|can|must|holds?|follows?)\b|\s*\Z)"
            rf"|[\"'](?P<quoted>{either})[.)]?(?=[\"'])"
            rf"|(?P<colon>{letters})(?=:\s)|(?P<bare>{letters})(?!{options.IN_WORD}|['’^]|-\w))"
        )

    @cached_property
    def _letter_list(self) -> re.Pattern[str]:
        """A formula that holds letters of options and nothing else."""
        letters = "|".join(re.escape(letter) for letter in self.options)
        return re.compile(
            rf"(?:[\s,;:.&(){{}}\[\]'\"|/$*]|\b(?:and|or|option|options|answer|choice)\b|(?<!\w)(?:{letters})(?!\w))*+"
        )

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
        return high - low > LONGEST_LIST or self._letter_list.fullmatch(view.text, low, high) is None

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
                if name.weak and _NEGATIVE.search(text, max(0, start - 9), start):
                    continue
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
            joined = i > 0 and (
                options.between(text, mentions, i - 1) is not None or options.likewise(text, mention.start)
            )
            goes_on = joined and denied[-1]
            no = options.said_no(text, mention.end)
            own = i + 1 < len(mentions) and no is not None and mentions[i + 1].start <= no < mentions[i + 1].end
            out = options.ruled_out_behind(text, mention.end) or (no is not None and mention.letter and not own)
            behind_it.append(english.denied_behind(text, found, behind) or out)
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


@lru_cache(maxsize=32)
def _found(mentions: Mentions, view: View) -> tuple[Mention, ...]:
    """A place is asked for its mentions from several sides."""
    return tuple(mentions.search(view))


def _labels(text: str, first: Mention, second: Mention) -> bool:
    """`A: No` where A is yes: the letter stands for `Answer`."""
    return (
        first.letter
        and second.option != first.option
        and re.fullmatch(r"[\s*_]*A", text[: first.end]) is not None
        and re.fullmatch(r"[*_]*:[\s*_\"'(]*", text[first.end : second.start]) is not None
    )
