"""Which of the options that a stretch of a reply names it chooses: those that it begins with, those that are ticked or
in bold, else those that it names and does not deny.

Not covered: exclusion (`all but C`), ranges (`A to D`), ranked choices, statements that say yes or no without the word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from evalkit.reading import answers, english, options
from evalkit.reading.mentions import Mentions
from evalkit.reading.options import Mention, View
from evalkit.reading.ticks import MAY_JUDGE, said_behind, said_in_line

SHORT = 100
"""Characters of a last block or conclusion that is read like an explicit answer."""
_AGAIN = re.compile(rf"[.!?…]{english.TAKES_BACK.pattern}\Z", re.IGNORECASE)
_AMONG = re.compile(r"\W*(?:among|amongst|out of|of|between|from)\b", re.IGNORECASE)
_SAYS_OF = re.compile(
    r"[)\]*_\"'\s]{0,4}\b(?:is|are|was|were|has|have|does|do)\b(?! (?:the |thus |therefore )*(?:right|correct"
    r"|true|best|answer))"
)
_SETS_APART = re.compile(
    r"\b(?:because|since|as|while|whereas|unlike|so|hence|thus|therefore|that|which|who|than|but)\b", re.IGNORECASE
)
_BECAUSE = re.compile(r"\b(?:because|since|as|for)\b", re.IGNORECASE)
_CALLED_WRONG = re.compile(
    r"[)\]*_\"'\s]{0,4}(?:(?:is|are|was|can be|must be)\s)?(?:\w+ly\s)?(?:wrong|incorrect|false|(?:ruled )?out"
    r"|eliminated"
    r"|excluded|not (?:right|correct|true|the answer))\b",
    re.IGNORECASE,
)
"""`A is wrong`; what `A does not rust` says may be what is asked for."""
_DEFINES = re.compile(r"\s(?:is|be|denotes|represents|stands for)\s(?:the|an?)\b", re.IGNORECASE)
_OF_OPTIONS = re.compile(
    r"\b(?:options?|answers?|choices?|choose|pick|select|correct|right|best|only)\b|^\W*\w{1,2}\W*\Z", re.IGNORECASE
)
_AFFIRMS = re.compile(
    r"[)\]*_\s]{0,4}\b(?:is|are|must be|has to be|would be|seems to be)\s(?:\w+ly |the |thus |therefore )*"
    r"(?:right|correct|true|best|answer)\b"
    r"|[)\]*_\s]{0,4}\b(?:is|seems|looks|appears) (?:the )?(?:more|most) (?:likely|probable|plausible|fitting)\b"
    r"|[)\]*_\s]{0,4},? it (?:is|must be|has to be)(?=[\s.!*]*\Z)",
    re.IGNORECASE,
)
_ALL = re.compile(
    r"\W*(?:all (?:of (?:them|these)|(?:of )?the above|(?:the )?options|of the options)|every option)\W*", re.IGNORECASE
)
_FROM = re.compile(r"\bfrom (?:option |choice |answer )?[\"'(*]{0,3}\Z", re.IGNORECASE)
_TO, _ARROW = (
    re.compile(r"[\"')*]{0,3} to (?:option |choice |answer )?[\"'(*]{0,3}", re.I),
    re.compile(r"\W{0,3}(?:→|⇒|->|=>)\W{0,3}"),
)
_CORRECTED = re.compile(
    r"[)\]*_\"'\s]{0,4}(?:[.,;:!?)]|\Z|(?:is|must be)\s(?:the|right|correct|it)\b|(?:because|since|as)\b)",
    re.IGNORECASE,
)
"""What stands behind an option that takes another's place: not `A (rather B is grey)`, `Yes, actually no number`."""
_ASIDE = re.compile(r"[\s.,;:*]{0,3}\([^()]{0,40}\Z")
_SPEAKS = re.compile(r"[^()]{0,80}?[^\W\d_]{2}[^()]{0,200}\)")
_CONTRASTS = re.compile(r"\b(?:but|however|yet|although|though|whereas|while)\b", re.IGNORECASE)
_ENTRY_BEFORE = re.compile(r"[ (*\[-]*(?:(?:option|choice|answer) [ (*\[]*)?", re.IGNORECASE)
_ENTRY_BEHIND = re.compile(r"\.[*_]{0,2}[ \t]{1,3}\S")
_SUPPOSED = re.compile(r"\W*(?:suppos|assum|imagin)\w+\b|\W*(?:what )?if\b", re.IGNORECASE)
_ONLY = re.compile(
    r"\s*(?=.*(?:only|alone|statement|\())(?:only )?(?:statement )?\(?([ivxIVX]{1,5}|\d{1,2})\)?(?: only| alone)?[\s.]*"
)
"""The text of an option about one of several statements (`(ii) only`), which `(ii)` alone means as well."""
_I_CHOOSE = re.compile(
    r"\b(?:i(?:['’](?:ll|d|m)|\s(?:will|would|am|do|have to|must|still))?\s(?:\w+ly\s)?"
    r"(?:go(?:ing)? with|pick|choose|(?P<weak>say|answer|take)|select|settle (?:on|for)|stick with|vote for"
    r"|lean(?:ing)? towards?|opt for)"
    r"|final (?:answer|decision|choice)\b[^\w]{0,3}(?:is)?|my (?:answer|choice|pick|guess) (?:is|would be))"
    r"\s(?:option |choice |answer |with )?[(*\"'\[]{0,3}\Z|选择?[\s(*]{0,3}\Z",
    re.IGNORECASE,
)
"""What stands right before the option that the writer chooses."""
_IT_IS = re.compile(
    r"(?:\A\W*|[,;] |\b(?:believe|think|guess|so|then|thus|hence|therefore) )(?:it|this|that)(?:['’]s|\s(?:is|must be"
    r"|has to be))\s(?:\w+ly )?"
    r"(?:option |the )?[(*\"'\[]{0,3}\Z",
    re.IGNORECASE,
)
_SUPPOSES = re.compile(r"\b(?:if|when|at first|first|initially)[ ,]{1,2}(?:i|we)\b[^,;]{0,40}\Z", re.IGNORECASE)
_IF = re.compile(r"\A\W*(?:if|when|unless)\b|[,;] if\b", re.IGNORECASE)
"""`If it is magnetic, it is iron` says what would be."""
_ONLY_IT = re.compile(r"(?<!not )\bonly\s(?:option |choice |answer )?[(*\"'\[]{0,3}\Z", re.IGNORECASE)
_CLAUSE_ENDS = re.compile(r"[)\]*_\"']{0,3}(?:[,;.!]|\s*\Z|\s(?:because|since|as)\b)", re.IGNORECASE)
LONGEST_LINE = 1000
"""Characters of a line that may hold a tick."""


@dataclass(frozen=True)
class Chooser:
    """Reads choices among the options of a question."""

    mentions: Mentions
    many: bool = False
    """Several options may be right."""

    def explicit(self, view: View, place: answers.Answer) -> list[Mention]:
        if place.how != "last":
            return self.marked(view) or self.stated(view, boxed=place.how == "boxed")
        found = self.stated(view)
        covered = sum(m.end - m.start for m in found)
        alone = len(found) > 0 and self.mentions.filler.fullmatch(view.text, 0, found[0].start)
        rest = view.text[found[-1].end :] if found else ""
        return found if alone and (covered * 3 > len(rest) or not re.search(r"[^\W_]", rest)) else []

    def stated(self, view: View, *, boxed: bool = False) -> list[Mention]:
        """An explicit answer: what it begins with, else what it names."""
        if boxed:
            view = view.as_formula()
        mentions = self.mentions.find(view)
        alone = view.text.strip(" .()[]*\"'").lower()
        if not mentions and alone in [letter.lower() for letter in self.mentions.options]:
            option = next(o for o in self.mentions.options if o.lower() == alone)
            at = view.text.lower().index(option.lower())
            return [Mention(option, at, at + len(option), weak=False, letter=True)]
        only = [
            o for o, told in self.mentions.options.items() if (m := _ONLY.fullmatch(told)) and m[1].lower() == alone
        ]
        if not mentions and len(only) == 1 and (at := view.text.lower().find(alone)) >= 0:
            return [Mention(only[0], at, at + len(alone), weak=False, letter=False)]
        if not mentions and self.many and _ALL.fullmatch(view.text):
            low = len(view.text) - len(view.text.lstrip())
            return [Mention(o, low, len(view.text.rstrip()), weak=False, letter=True) for o in self.mentions.options]
        return self._chosen(view, mentions) if mentions else self._run_together(view)

    def _run_together(self, view: View) -> list[Mention]:
        """`AC`: letters of options in their order and nothing else."""
        text = view.text.strip(" .()*$")
        letters = [letter for letter in self.mentions.options if letter in text]
        if len(text) < 2 or text != "".join(letters):
            return []
        at = view.text.index(text)
        return [Mention(letter, at + i, at + i + 1, weak=False, letter=True) for i, letter in enumerate(letters)]

    def _chosen(self, view: View, mentions: Sequence[Mention]) -> list[Mention]:
        """Those that a stretch begins with, else all that it does not deny."""
        mentions = self._after_change(view, mentions)
        if mentions and not mentions[0].denied and self.mentions.filler.fullmatch(view.text, 0, mentions[0].start):
            return self._head(view, mentions)
        return [m for m in mentions if not m.denied]

    def _after_change(self, view: View, mentions: Sequence[Mention]) -> Sequence[Mention]:
        """Of `C → B`, `from C to B`, `C, I mean B` the second."""
        if self.many or len({m.option for m in mentions}) != 2 or len(mentions) != 2:
            return mentions
        first, second = mentions
        gap = view.text[first.end : max(first.end, second.start)]
        changed = _FROM.search(view.text, max(0, first.start - 24), first.start) and _TO.fullmatch(gap)
        corrects = english.CORRECTS.fullmatch(gap) and _CORRECTED.match(view.text, second.end)
        return [second] if changed or _ARROW.fullmatch(gap) or corrects else mentions

    def is_marked(self, view: View) -> bool:
        """Whether a sentence says which options are chosen: in bold, or as right."""
        return bool(self.emphasised(view) or self.affirmed(view, self.mentions.find(view)))

    def affirmed(self, view: View, mentions: Sequence[Mention]) -> list[Mention]:
        """Those that are said to be right (`A and B are right`), with what is joined with them."""
        found: list[Mention] = []
        group: list[Mention] = []
        for m in mentions:
            joined = group and self.mentions.filler.fullmatch(view.text, group[-1].end, max(m.start, group[-1].end))
            group = [*group, m] if joined else [m]
            if not m.denied and _AFFIRMS.match(view.text, m.end):
                found += [member for member in group if not member.denied]
        return found

    @staticmethod
    def _in_contrast(view: View, mentions: Sequence[Mention]) -> list[Mention]:
        """All options of `B is tempting, but C`: which of them is chosen only the words tell."""
        open_ones = [m for m in mentions if not m.denied]
        apart = len({m.option for m in open_ones}) > 1 and any(
            _CONTRASTS.search(view.text, first.end, max(first.end, second.start))
            for first, second in pairwise(open_ones)
        )
        return open_ones if apart else []

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
            if mention.denied or not self.mentions.filler.fullmatch(
                view.text, head[-1].end, max(mention.start, head[-1].end)
            ):
                break
            gap = view.text[head[-1].end : max(mention.start, head[-1].end)]
            if mention.option != head[0].option and _ASIDE.search(gap) and _SPEAKS.match(view.text, mention.end):
                break  # `B (C is a trap)`
            head.append(mention)
        return head

    def emphasised(self, view: View) -> list[Mention]:
        """Options in bold, unless all are (then bold is layout)."""
        mentions = [
            m for m in self.mentions.find(view) if not m.denied and answers.inside(view.bold, view.starts[m.start])
        ]
        return mentions if len({m.option for m in mentions}) < len(self.mentions.options) else []

    def marked(self, view: View) -> list[Mention]:
        """Options on lines with a tick, unless the line is crossed, too."""
        chosen: dict[str, Mention | None] = {}
        at = 0
        for line in view.text.splitlines(keepends=True):
            start, at = at, at + len(line)
            if len(line) > LONGEST_LINE or not MAY_JUDGE.search(line):
                continue
            mentions = self._mentions_in(view, start, at)
            each = self._each(view, mentions, at)
            if each:
                chosen |= each
                continue
            mentions = [m for m in mentions if m.start - start < 60]
            if not mentions or (len({m.option for m in mentions}) > 1 and not _heads(line, mentions[0].start - start)):
                continue
            head = self._head(view, mentions)
            if not self.mentions.filler.fullmatch(view.text, head[-1].end, at):
                head = [m for m in head if m.option == head[0].option]
            verdict = said_in_line(line, head[-1].end - start)
            if verdict is not None:
                chosen |= {m.option: m if verdict else None for m in head}
        ticked = [mention for mention in chosen.values() if mention]
        return ticked if len(ticked) < len(self.mentions.options) or self.many else []

    def _each(self, view: View, mentions: Sequence[Mention], end: int) -> dict[str, Mention | None]:
        """What a line with several options says of each: `A ✗ B ✓`, `A: no. B: yes.`, `A is false. B is true.`"""
        letters = [m for m in mentions if m.letter]
        if len({m.option for m in letters}) < 2:
            return {}
        said = [
            said_behind(view.text[m.end : stop])
            for m, stop in zip(letters, [*(m.start for m in letters[1:]), end], strict=True)
        ]
        again = any(_AGAIN.search(view.text, m.end, n.start) for m, n in pairwise(letters))
        if again or any(verdict is None or (verdict and m.denied) for m, verdict in zip(letters, said, strict=True)):
            return {}
        return {m.option: m if verdict else None for m, verdict in zip(letters, said, strict=True)}

    def _mentions_in(self, view: View, start: int, end: int) -> list[Mention]:
        return [m.moved(start) for m in self.mentions.find(view.part(start, end))]

    def sentence(self, view: View, place: answers.Answer, weak: bool) -> list[Mention]:
        """What a sentence chooses: options in bold, behind `so` or `therefore`, else named and not denied."""
        emphasised = self.emphasised(view)
        if emphasised:
            return emphasised
        start = 0
        mark = english.CONCLUDES.search(view.text) if place.how == "concluded" else None
        if mark and not options.INVERTED.match(view.text, mark.end()):
            start = mark.end()
        for part in dict.fromkeys((start, 0)):
            rest = view.behind(part)
            rest, part = self._behind_all(rest, part)
            short = len(rest.text) <= SHORT or place.how in ("concluded", "marked")
            mentions = [m for m in self.mentions.find(rest) if not self._is_symbol(rest, m)]
            mentions = self._denied_by_any_name(rest, mentions)
            committed = [m for m in mentions if options.is_committed(rest.text, m) or self._is_chosen(rest, m)]
            if len({m.option for m in committed}) == 1:
                return [m.moved(part) for m in self._head(rest, mentions[mentions.index(committed[-1]) :])]
            affirmed = self.affirmed(rest, mentions)
            if affirmed and not self.many:
                return [m.moved(part) for m in affirmed]
            found = (
                self._in_contrast(rest, mentions) or self._chosen(rest, mentions)
                if short
                else [m for m in mentions if not m.denied]
            )
            found = [m for m in found if not m.weak or (short and (weak or m.letter))]
            if found and place.how == "closing":
                found = self._side_by_side(rest, mentions) or found
            if found:
                return [m.moved(part) for m in found]
        return []

    def _behind_all(self, view: View, at: int) -> tuple[View, int]:
        """What stands behind the options among which one is: `Of A, B and C, B is red.`"""
        if not _AMONG.match(view.text):
            return view, at
        mentions = self.mentions.find(view)
        first = [
            m for m, n in pairwise(mentions) if re.fullmatch(r"[)*_\"'\s]{0,4},\s.{0,12}", view.text[m.end : n.start])
        ]
        before = {m.option for m in mentions if first and m.end <= first[-1].end}
        cut = first[-1].end if len(before) > 1 and any(m.start > first[-1].end for m in mentions) else 0
        return (view.behind(cut), at + cut) if cut else (view, at)

    @staticmethod
    def _side_by_side(view: View, mentions: Sequence[Mention]) -> list[Mention]:
        """All options of a sentence that says something of one and then of others: `Iron is grey, zinc is white.`"""
        open_ones = [m for m in mentions if not m.denied]
        told = [m for m in open_ones if _SAYS_OF.match(view.text, m.end)]
        later = [m for m in told[1:] if told[0].option != m.option]
        joined = (
            later
            and not re.match(r"\W{0,4}(?:is|are) the\b", view.text[told[0].end :])
            and not _SETS_APART.search(view.text, told[0].end, later[0].start)
        )
        return open_ones if joined else []

    @staticmethod
    def _is_chosen(view: View, mention: Mention) -> bool:
        """`I'm torn between A and B, but I'll go with B`, `Since A is grey, it is B.`"""
        before = view.text[max(0, mention.start - 60) : mention.start]
        ends = _CLAUSE_ENDS.match(view.text, mention.end)
        chooses = None if _SUPPOSES.search(before) else _I_CHOOSE.search(before)
        said = chooses if chooses and (ends or not chooses["weak"]) else None
        said = said or (ends and not _IF.search(view.text, 0, mention.start) and _IT_IS.search(before)) or None
        said = said or (_ONLY_IT.search(before) and _SAYS_OF.match(view.text, mention.end))
        return not mention.denied and said is not None

    @staticmethod
    def _denied_by_any_name(view: View, mentions: Sequence[Mention]) -> list[Mention]:
        """`A is wrong because iron is grey` rules out A, iron: what is denied first is so behind `because`."""
        first: dict[str, Mention] = {}
        for m in mentions:
            first.setdefault(m.option, m)
        return [
            replace(m, denied=True)
            if first[m.option].denied
            and _CALLED_WRONG.match(view.text, first[m.option].end)
            and _BECAUSE.search(view.text, first[m.option].end, max(m.start, first[m.option].end))
            else m
            for m in mentions
        ]

    def chosen(self, view: View) -> list[Mention]:
        """Options of which a sentence says outright that they are the ones."""
        mentions = self.mentions.find(view)
        found = [m for m in mentions if options.is_committed(view.text, m) or self._is_chosen(view, m)]
        return found or self.affirmed(view, mentions)

    def nothing_else(self, view: View, found: Sequence[Mention]) -> bool:
        """Whether a sentence holds options and what joins them, and no other word: `A and B.`"""
        ends = [0, *(m.end for m in found)], [*(m.start for m in found), len(view.text)]
        return all(
            self.mentions.filler.fullmatch(view.text, low, max(low, high)) for low, high in zip(*ends, strict=True)
        )

    def names_answer(self, view: View, mention: Mention) -> bool:
        """Whether a sentence says of an answer or option that it is one: `the best choice would be (C) bed`."""
        told = _OF_OPTIONS.search(view.text, 0, mention.start) and not _SUPPOSED.match(view.text)
        return bool(told) and options.is_committed(view.text, mention)

    def heads(self, view: View) -> bool:
        """Whether a sentence begins with the letter of an option and its text: `B — Lyon is large.`"""
        found = self.mentions.find(view)
        if len(found) < 2:
            return False
        letter, text = found[:2]
        one = letter.letter and not text.letter and letter.option == text.option
        between = view.text[letter.end : text.start]
        return (
            one
            and not re.search(r"\w", view.text[: letter.start])
            and re.fullmatch(r"[\s*_.:—–-]+", between) is not None
        )

    def listed(self, views: Sequence[View]) -> list[int]:
        """Where the entries of a list of options begin: sentences that begin each with the letter of another one
        (`A) ... B) ...`) and are not denied. One that does not go on in their order (`A` below A to D) is no entry."""
        heads: list[tuple[int, str]] = []
        for view in sorted(views, key=lambda view: view.starts[0] if len(view.starts) else 0):
            first = next((m for m in self.mentions.find(view)), None)
            if (
                first
                and first.letter
                and (not first.weak or _ENTRY_BEHIND.match(view.text, first.end))
                and not first.denied
                and _ENTRY_BEFORE.fullmatch(view.text, 0, first.start)
            ):
                heads.append((view.starts[0], first.option))
        order = list(self.mentions.options)
        runs: list[list[tuple[int, str]]] = []
        for head in heads:
            follows = runs and order.index(runs[-1][-1][1]) < order.index(head[1])
            runs = [*runs[:-1], [*runs[-1], head]] if follows else [*runs, [head]]
        lists = [run for run in runs if len(run) > 1] or ([heads] if len({option for _, option in heads}) > 1 else [])
        return [at for run in lists for at, _ in run]


def _heads(line: str, at: int) -> bool:
    """Nothing but marks and list signs stands before `at`."""
    return not re.search(r"[^\W\d_]", line[:at])
