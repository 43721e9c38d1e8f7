r"""An ordered sequence of tokens (`<sos> I see a dog`) against the staff's.

Sequences are read from the place where the final answer stands (reading.answers), the first place that holds any:

4  a code fence, a code span or several with only separators between, a list or a table column or row with one token
   each, everything inside a box
3  a bold, bracketed or quoted stretch
2  a chain of tokens with commas or arrows between
1  what follows the first colon of a sentence, or else the last `is` or `are`, or else all of it: the first sentence of
   an explicit answer, otherwise any sentence about as long as the sequence

The kinds 2 and 1 end before `because`, `since`, `which`, ..., and begin with the first special token (`<sos>`) if the
reference begins with one.

Separators are commas, semicolons, arrows, bars, blanks, quotes, brackets; `&lt;sos&gt;`, `\langle sos \rangle`,
`\texttt{<sos>}`, `<SOS>` and `[SOS]` are `<sos>`. List numbers, `Step 2:` and full stops are left out. The whole
sequence must agree, no more and no fewer tokens. Of several sequences of the strongest kind, those near a cue count
(`cues = ["input"]`), else all: if some are right and some are not, the value is None.

A stretch counts as a sequence only if it has two tokens (or as many as the reference) and shares one with the
reference, half of them for the kinds 3 to 1: prose in bold is no answer.

Not covered: sequences spread over sentences (`first <sos>, then, after that, I`), tokens with blanks inside.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from evalkit import types
from evalkit.reading import answers
from evalkit.reading.english import RESETS, sentences, words
from evalkit.reading.plain import ENUMERATOR, phrase, plain

_TOKEN = re.compile(
    r"[<⟨]\s{0,2}\|?\s{0,2}(/?\w{1,30})\s{0,2}\|?\s{0,2}[>⟩]|\[([A-Z]{2,8})\](?!\()|\w+(?:['’.-]\w+)*|[^\w\s]"
)
_SEPARATOR = (
    r"(?:[\s,;|*_$]|→|⇒|➜|➔|➡|->|=>|\\(?:long)?rightarrow|\\to(?![a-z])"
    r"|\\[,; ]|\\q?quad|\b(?:and|then|finally|next|followed by|lastly)\b){0,10}"
)
_CODE = re.compile(r"`[^`\n]{1,400}`(?:" + _SEPARATOR + r"`[^`\n]{1,400}`)*")
_FENCE = re.compile(r"(?ms)^[ \t>]{0,8}```[^\n]{0,40}\n(.{1,4000}?)^[ \t>]{0,8}```")
_QUOTED = re.compile(r"[\"“„]([^\"“”\n]{3,400})[\"”“]|\[([^\[\]\n]{3,400})\]|\\text\{([^{}\n]{3,400})\}")
_ARROW = r"(?:,|;|→|⇒|➜|➔|➡|->|=>)"
_ATOM = r"[\"'(\[{]{0,2}(?:[<⟨]\s{0,2}\|?\s{0,2}/?\w{1,30}\s{0,2}\|?\s{0,2}[>⟩]|\w[\w'’-]{0,40})[\"')\]}]{0,2}"
_CHAIN = re.compile(rf"{_ATOM}(?:\s{{0,3}}{_ARROW}\s{{0,3}}(?:(?:and|then|finally)\s)?{_ATOM})+")
_ITEM = re.compile(
    r"(?m)^[ \t>]{0,12}(?:(?:[-*+•]|\(?\d{1,3}[.)])[ \t]{1,4}|(?=(?:[Ss]tep|[Ii]nput|[Pp]osition|t ?=) ?\d))(\S[^\n]*)$"
)
_IS = re.compile(r"\b(?:is|are)\s")
_ENDS = RESETS | {"which", "where", "while", "not", "with", "in"}
_STEP = re.compile(r"(?i)^(?:(?:time )?(?:step|input|position|token|t ?=)\s?\d{0,3}\s?\)?(?::|=|→|—|–|-)\s?)")


def _tokens(text: str, keep: frozenset[str] = frozenset()) -> list[str]:
    """Tokens of plain text; punctuation only where it is in `keep`."""
    found = []
    for match in _TOKEN.finditer(text):
        special = match[1] or match[2]
        token = f"<{special.casefold()}>" if special else match.group()
        if token in keep or not re.fullmatch(r"[^\w<]|\W", token):
            found.append(token)
    return found


def _speaks(tokens: list[str]) -> list[str]:
    if not tokens or any(not token.strip() for token in tokens):
        raise ValueError("a sequence needs at least one token, none of them blank")
    return tokens


Tokens = Annotated[list[str], AfterValidator(_speaks)]


class Accepted(types.Spec):
    """A sequence that is right as well; tables show its note."""

    tokens: Tokens
    note: str = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class _Candidate:
    rank: int
    tokens: tuple[str, ...]
    start: int
    end: int
    context: str
    """What stands before it: its line and the line above, or its column head."""


class Scorer(types.Scorer):
    """Ordered tokens."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, ignored_types=(cached_property,))
    version = 2
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

    def score(self, conversation: types.Conversation) -> list[types.Score]:
        reply = conversation.text
        for place in answers.places(reply):
            found = self._candidates(reply, place)
            if found:
                return [self._judge(found, place)]
        return [types.Score("correct", None, "no answer found")]

    def _fold(self, tokens: list[str]) -> tuple[str, ...]:
        return tuple(token.casefold() for token in tokens) if self.ignore_case else tuple(tokens)

    def _read(self, text: str) -> tuple[str, ...]:
        return self._fold(_tokens(text, self._signs))

    @cached_property
    def _signs(self) -> frozenset[str]:
        return frozenset(t for t in self.tokens if not any(c.isalnum() for c in t))

    @cached_property
    def _references(self) -> list[tuple[str, tuple[str, ...]]]:
        named = [("staff", self.tokens), *((a.note, a.tokens) for a in self.accept)]
        return [(name, self._read(" ".join(tokens))) for name, tokens in named]

    def _candidates(self, reply: str, place: answers.Answer) -> list[_Candidate]:
        """The sequences of the strongest kind in one place."""
        wanted = [Counter(tokens) for _, tokens in self._references]
        least, usual = min(2, min(w.total() for w in wanted)), len(self.tokens)

        def plausible(candidate: _Candidate) -> bool:
            if len(candidate.tokens) < least:
                return False
            shared = max((Counter(candidate.tokens) & w).total() / w.total() for w in wanted)
            if candidate.rank == 1 and not place.explicit and abs(len(candidate.tokens) - usual) > 2:
                return False
            return shared > 0 if candidate.rank == 4 else shared >= 0.5

        found = [c if c.rank > 2 else self._trimmed(c) for c in _sequences(reply, place, self._read)]
        found = [c for c in found if plausible(c)]
        best = max((c.rank for c in found), default=0)
        found = [c for c in found if c.rank == best]
        cues = [phrase(cue) for cue in self.cues]
        near = [c for c in found if any(_mentions(c.context, cue) for cue in cues)]
        return near or found

    def _trimmed(self, candidate: _Candidate) -> _Candidate:
        """A stretch of prose without what does not belong to the sequence."""
        ends, specials = self._limits
        tokens = candidate.tokens
        end = next((i for i, t in enumerate(tokens) if t in ends), len(tokens))
        start = next((i for i, t in enumerate(tokens[:end]) if t in specials), 0)
        return candidate if end - start == len(tokens) else replace(candidate, tokens=tokens[start:end])

    @cached_property
    def _limits(self) -> tuple[frozenset[str], frozenset[str]]:
        """Words that end a sequence in prose, special tokens that begin one."""
        known = {token for _, tokens in self._references for token in tokens}
        return _ENDS - known, frozenset(tokens[0] for _, tokens in self._references if tokens[0].startswith("<"))

    def _judge(self, found: list[_Candidate], place: answers.Answer) -> types.Score:
        names = [next((name for name, tokens in self._references if tokens == c.tokens), None) for c in found]
        spans = tuple(types.Span(c.start, c.end, "answer") for c in found[:20])
        shown = [" ".join(c.tokens)[:200] for c in (*found[:19], found[-1])]
        details: dict[str, Any] = {"found": list(dict.fromkeys(shown)), "how": place.how}
        if None in names and any(names):
            return types.Score(
                "correct", None, f"several sequences: {' / '.join(dict.fromkeys(shown))}"[:300], spans, details
            )
        value = 0.0 if names[-1] is None else 1.0
        reason = shown[-1] if names[-1] in (None, "staff") else f"{shown[-1]} (accepted: {names[-1]})"
        return types.Score("correct", value, reason[:300], spans, details, names[-1] or shown[-1])


def _mentions(context: str, cue: tuple[str, ...]) -> bool:
    """A cue counts in the plural, too (`inputs`)."""
    found = [word.text for word in words(context)]
    size = len(cue)
    return any(tuple(found[i : i + size]) in (cue, (*cue[:-1], cue[-1] + "s")) for i in range(len(found) - size + 1))


# ---------------------------------------------------------------- reading

_Read = Callable[[str], tuple[str, ...]]


def _sequences(reply: str, place: answers.Answer, read: _Read) -> Iterator[_Candidate]:
    def candidate(rank: int, start: int, end: int) -> _Candidate:
        tokens = read(plain(reply, start, end).text)
        return _Candidate(rank, tokens, start, end, _before(reply, start))

    text, offset = place.text, place.start
    fences = [match.span(1) for match in _FENCE.finditer(text)]
    for low, high in fences:
        yield candidate(4, offset + low, offset + high)
    yield from _tables(reply, place, read)
    yield from _lists(reply, place, read)
    for match in _CODE.finditer(text):
        if not answers.inside(fences, match.start()):
            start, end = offset + match.start(), offset + match.end()
            spans = (plain(code).text for code in re.findall(r"`([^`\n]*)`", match.group()))
            yield _Candidate(4, tuple(t for code in spans for t in read(code)), start, end, _before(reply, start))
    if place.how == "boxed":
        yield candidate(4, place.start, place.end)
    for low, high in answers.bold(text):
        yield candidate(3, offset + low, offset + high)
    for match in _QUOTED.finditer(text):
        yield candidate(3, offset + match.start(), offset + match.end())
    view = plain(reply, place.start, place.end)
    for match in _CHAIN.finditer(view.text):
        start, end = view.span(*match.span())
        yield _Candidate(2, read(match.group()), start, end, _before(reply, start))
    for low, high in sentences(view.text)[: 1 if place.explicit else None]:
        colon, verbs = view.text.find(":", low, high), list(_IS.finditer(view.text, low, high))
        at = colon + 1 if colon >= 0 else verbs[-1].end() if verbs else low
        if view.text[at:high].strip():
            start, end = view.span(at, high)
            yield _Candidate(1, read(view.text[at:high]), start, end, _before(reply, start))


def _before(reply: str, start: int) -> str:
    """The rest of the line before `start`, or the last line that is not blank above it."""
    line = reply.rfind("\n", max(0, start - 400), start)
    here = reply[line + 1 : start] if line >= 0 else reply[max(0, start - 400) : start]
    if any(char.isalpha() for char in here):
        return here
    above = reply[max(0, start - 800) : max(line, 0)].rstrip()
    return above[above.rfind("\n") + 1 :]


def _lists(reply: str, place: answers.Answer, read: _Read) -> Iterator[_Candidate]:
    """Lists with one token in each item; a remark in brackets or behind a code span is left out."""
    run: list[tuple[int, int, tuple[str, ...]]] = []
    last = -1
    for match in _ITEM.finditer(place.text):
        gap = place.text[last : match.start()] if last >= 0 else ""
        if run and gap.strip():
            yield from _as_candidate(reply, run)
            run = []
        last = match.end()
        low, high = place.start + match.start(1), place.start + match.end(1)
        run.append((low, high, _item(plain(reply, low, high).text, match[1], read)))
    yield from _as_candidate(reply, run)


def _item(text: str, source: str, read: _Read) -> tuple[str, ...]:
    code = re.match(r"\**`([^`\n]{1,60})`", source)
    if code:
        return read(plain(code[1]).text)
    return read(re.split(r"\s[(—–:]|\s-\s", _STEP.sub("", text), maxsplit=1)[0])


def _as_candidate(reply: str, run: list[tuple[int, int, tuple[str, ...]]]) -> Iterator[_Candidate]:
    if len(run) > 1 and all(len(tokens) == 1 for _, _, tokens in run):
        start, end = run[0][0], run[-1][1]
        joined = tuple(token for _, _, tokens in run for token in tokens)
        head = ENUMERATOR.sub("", reply[max(0, start - 12) : start])
        context = _before(reply, start - len(head)) if head.strip() else _before(reply, start)
        yield _Candidate(4, joined, start, end, context)


def _tables(reply: str, place: answers.Answer, read: _Read) -> Iterator[_Candidate]:
    """Columns (without their head) and rows (without their first cell) that hold one token in each cell."""
    rows: list[tuple[int, int, list[str]]] = []
    at = place.start
    for line in [*place.text.splitlines(keepends=True), "\n"]:
        stripped = line.strip()
        if stripped.startswith("|") and len(stripped) > 2:
            cells = [plain(cell).text.strip() for cell in re.split(r"(?<!\\)\|", stripped.strip("|"))]
            rows.append((at, at + len(line), cells))
        elif rows:
            yield from _table(rows, read)
            rows = []
        at += len(line)


def _table(rows: list[tuple[int, int, list[str]]], read: _Read) -> Iterator[_Candidate]:
    start, end = rows[0][0], rows[-1][1]
    body = [row for row in rows[1:] if not all(re.fullmatch(r":?-{2,}:?", cell) for cell in row[2] if cell)]
    for column in range(1, max((len(cells) for *_, cells in body), default=0)):
        cells = [read(row[2][column]) if column < len(row[2]) else () for row in body]
        if len(cells) > 1 and all(len(tokens) == 1 for tokens in cells):
            head = rows[0][2][column] if column < len(rows[0][2]) else ""
            yield _Candidate(4, tuple(t for tokens in cells for t in tokens), start, end, head)
    for low, high, row in body:
        tokens = [read(cell) for cell in row[1:]]
        if len(tokens) > 2 and all(len(t) == 1 for t in tokens):
            yield _Candidate(4, tuple(t for group in tokens for t in group), low, high, row[0])
