r"""Sequences of tokens in a reply (`<sos> I see a dog`), however they are written down.

From the strongest kind to the weakest:

4  a code fence, a code span or several with only separators between, a list or a table column or row with one token
   each, everything inside a box
3  a bold, bracketed or quoted stretch
2  a chain of tokens with commas or arrows between
1  what follows the first colon of a sentence or of a line that begins with a label, or else the last `is` or `are`, or
   else all of it: the first sentence of an explicit answer, otherwise any sentence

Separators are commas, semicolons, arrows, bars, blanks, quotes, brackets. What only says which token comes next is left
out: list numbers, `Step 2:`, `w_2 =`, `x^{(2)}:`, `inputs = [`, `second:`, `(w_2)` behind a token. `&lt;sos&gt;`,
`\<sos\>`, `\langle sos \rangle`, `\texttt{<sos>}`, `\verb|<sos>|`, `<SOS>` and `[SOS]` are `<sos>`; so are `[sos]` and
a bare `sos` where the vocabulary has `<sos>` and no token `sos`.

Not covered: sequences spread over sentences (`first <sos>, then, after that, I`), tokens with blanks inside
except between bars.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from evalkit.reading import answers
from evalkit.reading.english import NEGATIVES, RESETS, sentences
from evalkit.reading.plain import ENUMERATOR, plain
from evalkit.reading.tokens import CONTAINER, NAMED, SPECIAL, Vocabulary

MOST_CELLS = 200
"""Columns of a table that are read; a wider one is no answer."""
_SEPARATOR = (
    r"(?:[\s,;|*_$]|→|⇒|➜|➔|➡|->|=>|\\(?:long)?rightarrow|\\to(?![a-z])"
    r"|\\[,; ]|\\q?quad|\b(?:and|then|finally|next|followed by|lastly)\b){0,10}"
)
_CODE = re.compile(r"`[^`\n]{1,400}`(?:" + _SEPARATOR + r"`[^`\n]{1,400}`)*")
_FENCE = re.compile(r"(?ms)^[ \t>]{0,8}```[^\n]{0,40}\n(.{1,4000}?)^[ \t>]{0,8}```")
_QUOTED = re.compile(r"[\"“„]([^\"“”\n]{3,400})[\"”“]|\[([^\[\]\n]{3,400})\]|\\text\{([^{}\n]{3,400})\}")
_ARROW = r"(?:,|;|\||→|⇒|➜|➔|➡|->|=>)"
_ATOM = rf"[\"'(\[{{]{{0,2}}(?:{SPECIAL}|-?\w[\w'’-]{{0,40}}(?:\.\d{{1,9}}|/\d{{1,9}}(?![\w/]))?)[\"')\]}}]{{0,2}}"
_CHAIN = re.compile(
    rf"{_ATOM}(?:(?:\s{{0,40}}{_ARROW}){{1,4}}\s{{0,40}}{_ATOM})+(?:\s(?P<last>and)\s{_ATOM}(?=[.;!?\s]*(?:\n"
    rf"|\Z)|[.;]\s))?"
)
_ITEM = re.compile(
    r"(?m)^[ \t>]{0,12}(?:(?:[-*+•]|\(?\d{1,3}(?:[.)]|[ \t]?[-–—:]))[ \t]{1,4}"
    r"|(?=(?:[Ss]tep|[Ii]nput|[Pp]osition|t ?=) ?\d))(\S[^\n]*)$"
)
_BARRED = re.compile(r"(?m)^[ \t>]{0,12}(?P<entries>(?![ \t|])[^|\n]{1,400}(?: \| (?!\|)[^|\n]{1,400}){2,40})$")
_IS = re.compile(r"\b(?:is|are)\s")
_ENDS = RESETS | {"which", "where", "while", "not", "with", "in", "rather", "instead"}
_HEADED = re.compile(r"(?m)^[ \t>]{0,12}(?:[-*+•][ \t])?[A-Za-z][\w' ()-]{0,40}:(?=[ \t]*\S)")
"""A line that begins with a label of its own: `Inputs: ...`."""
_NEXT = re.compile(r"\s[(—–:]|:\s|\s-\s|\s?(?:→|=(?!=))\s?")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Tokens at `reply[start:end]`, and what stands before them: the line and the line above, or the column head."""

    rank: int
    tokens: tuple[str, ...]
    start: int
    end: int
    context: str
    denied: bool = False


def sequences(reply: str, place: answers.Answer, words: Vocabulary, least: int = 1) -> Iterator[Stretch]:
    """All stretches of tokens in one place of an unescaped reply. Sentences of fewer than `least` tokens are left out:
    of a reply of thousands of them most would be read for nothing."""
    text, offset = reply[place.start : place.end], place.start

    def stretch(rank: int, start: int, end: int) -> Stretch:
        tokens = words.read(words.unlabelled(plain(reply, start, end).text))
        return Stretch(rank, tokens, start, end, _before(reply, start))

    fences = [match.span(1) for match in _FENCE.finditer(text)]
    for low, high in fences:
        yield from _fence(reply, offset + low, offset + high, words)
    yield from _tables(text, offset, words)
    yield from _barred(reply, place, words)
    yield from _lists(reply, place, words)
    for match in _CODE.finditer(text):
        if not answers.inside(fences, match.start()):
            start, end = offset + match.start(), offset + match.end()
            spans = (plain(code).text for code in re.findall(r"`([^`\n]*)`", match.group()))
            read = tuple(t for code in spans for t in words.read(words.unlabelled(code)))
            yield Stretch(4, read, start, end, _before(reply, start))
    if place.how == "boxed":
        yield stretch(4, place.start, place.end)
    for low, high in answers.bold(text):
        yield stretch(3, offset + low, offset + high)
    for match in _QUOTED.finditer(text):
        yield stretch(3, offset + match.start(), offset + match.end())
    yield from _running(reply, place, words, least)


def _running(reply: str, place: answers.Answer, words: Vocabulary, least: int) -> Iterator[Stretch]:
    """Chains, and what a sentence or a line says behind its colon or its verb."""
    view = plain(reply, place.start, place.end)
    text = words.unlabelled(view.text)
    for match in _CHAIN.finditer(text):
        start, end = view.span(*match.span())
        chain = match.group()
        if match["last"] and "and" not in words.known:
            at = match.start("last") - match.start()
            chain = f"{chain[:at]},{chain[at + 3 :]}"
        tokens, _ = _until_end(chain, words)
        yield Stretch(2, tokens, start, end, _before(reply, start))
    for low, high in _statements(text)[: 1 if place.explicit and not _HEADED.search(text) else None]:
        colon, verbs = text.find(":", low, high), list(_IS.finditer(text, low, high))
        at = colon + 1 if colon >= 0 else verbs[-1].end() if verbs else low
        if text[at:high].strip():
            said = _AND.sub(",  ", text[at:high]) if words.numbers else text[at:high]
            tokens, denied = _until_end(said, words)
            if len(tokens) >= least:
                start, end = view.span(at, high)
                yield Stretch(1, tokens, start, end, _before(reply, start) + text[low:at], denied)


def _statements(text: str) -> list[tuple[int, int]]:
    """Sentences, cut before each line that begins with a label of its own."""
    heads = iter([match.start() for match in _HEADED.finditer(text)])
    head, found = next(heads, len(text)), []
    for low, high in sentences(text):
        while head < high:
            if text[low:head].strip():
                found.append((low, head))
            low, head = max(low, head), next(heads, len(text))
        found.append((low, high))
    return found


_AND = re.compile(r"(?<= )and(?= )")
_WORD = re.compile(r"[\w<>⟨⟩'’]+")


def _until_end(text: str, words: Vocabulary) -> tuple[tuple[str, ...], bool]:
    """The tokens before the first word that ends a sequence in prose, or behind it where nothing stands before
    (`not <sos> I saw but <sos> I see`); and whether that word denies them."""
    ends = _ENDS - words.known
    at, denied, begun = 0, False, False
    for match in _WORD.finditer(text):
        word = match.group().casefold()
        if word not in ends or match.group() in words.known:
            begun = True
        elif begun and not denied:
            return words.read(text[at : match.start()]), False
        else:
            at, denied, begun = match.end(), word in NEGATIVES, False
    return words.read(text[at:]), denied


_LETTER = re.compile(r"[^\W\d_]")
"""A letter, or a sign like ² that is none: looking at signs one by one takes ten times as long."""


def _before(reply: str, start: int) -> str:
    """The rest of the line before `start`, or the last line that is not blank above it."""
    line = reply.rfind("\n", max(0, start - 400), start)
    here = reply[line + 1 : start] if line >= 0 else reply[max(0, start - 400) : start]
    if any(match.group().isalpha() for match in _LETTER.finditer(here)):
        return here
    above = reply[max(0, start - 800) : max(line, 0)].rstrip()
    return above[above.rfind("\n") + 1 :]


def _fence(reply: str, start: int, end: int, words: Vocabulary) -> Iterator[Stretch]:
    """All of a fence; or each line that begins with a label of its own and has two tokens or more."""
    lines = [match.span() for match in re.finditer(r"[^\n]+", reply[start:end])]
    read: list[tuple[int, int, tuple[str, ...]]] = []
    whole: list[str] = []
    for low, high in lines:
        code = re.sub(r"(?:^|\s)(?:#|//)\s.*", "", reply[start + low : start + high])
        headed = _HEADED.match(code)
        text = words.unlabelled(plain(code).text)
        tokens = words.read(text[headed.end() :] if headed and words.unlabelled(code) == code else text)
        whole += tokens
        if len(tokens) > 1 and (headed or CONTAINER.match(code)):
            read.append((start + low, start + high, tokens))
    if len(read) > 1:
        for low, high, tokens in read:
            yield Stretch(4, tokens, low, high, reply[low:high])
    else:
        yield Stretch(4, read[0][2] if read else tuple(whole), start, end, _before(reply, start))


# ---------------------------------------------------------------- lists and tables


def _lists(reply: str, place: answers.Answer, words: Vocabulary) -> Iterator[Stretch]:
    """Lists with one token in each item; a remark in brackets or behind a code span is left out."""
    text = reply[place.start : place.end]
    run: list[tuple[int, int, str]] = []
    last = -1
    for match in _ITEM.finditer(text):
        gap = text[last : match.start()] if last >= 0 else ""
        if run and gap.strip():
            yield from _as_stretch(reply, run, words)
            run = []
        last = match.end()
        run.append((place.start + match.start(1), place.start + match.end(1), match[1]))
    yield from _as_stretch(reply, run, words)


def _as_stretch(reply: str, run: list[tuple[int, int, str]], words: Vocabulary) -> Iterator[Stretch]:
    if len(run) < 2:
        return
    halves = [_halves(source, words) for _, _, source in run]
    same = len({left for left, _ in halves}) == 1  # `- Input: <sos>`, `- Input: I`: the token stands behind the word
    items = [right if same or len(left) != 1 else left for left, right in halves]
    if all(len(tokens) == 1 for tokens in items):
        start, end = run[0][0], run[-1][1]
        joined = tuple(token for tokens in items for token in tokens)
        head = ENUMERATOR.sub("", reply[max(0, start - 12) : start])
        context = _before(reply, start - len(head)) if head.strip() else _before(reply, start)
        yield Stretch(4, joined, start, end, context)


def _halves(source: str, words: Vocabulary) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The tokens of an item before its first colon, dash or bracket, and those behind it up to the next."""
    text = words.unlabelled(plain(source[:400]).text).strip(" ,*")
    code = re.search(r"`([^`\n]{1,60})`", source[:400])
    parts = [words.read(part) for part in _NEXT.split(text, maxsplit=2)]
    if code and len(parts[0]) != 1:
        return (), words.read(plain(code[1]).text)
    if code and re.match(r"\**`", source):
        return words.read(plain(code[1]).text), ()
    return parts[0], parts[1] if len(parts) > 1 else ()


def _tables(text: str, offset: int, words: Vocabulary) -> Iterator[Stretch]:
    rows: list[tuple[int, int, list[str]]] = []
    at = offset
    for line in [*text.splitlines(keepends=True), "\n"]:
        stripped = line.strip()
        if stripped.startswith("|") and len(stripped) > 2:
            cells = [plain(cell).text.strip() for cell in re.split(r"(?<!\\)\|", stripped.strip("|"))[: MOST_CELLS + 1]]
            rows.append((at, at + len(line), cells))
        elif rows:
            yield from _table(rows, words)
            rows = []
        at += len(line)


def _barred(reply: str, place: answers.Answer, words: Vocabulary) -> Iterator[Stretch]:
    """Lines whose entries, of any length, stand between bars: `she wakes up | she gets dressed | she leaves`."""
    for match in _BARRED.finditer(reply, place.start, place.end):
        entries = [words.read(plain(entry).text) for entry in match["entries"].split(" | ")]
        if all(entries):
            start, end = match.span("entries")
            yield Stretch(4, tuple(t for entry in entries for t in entry), start, end, _before(reply, start))


def _table(rows: list[tuple[int, int, list[str]]], words: Vocabulary) -> Iterator[Stretch]:
    """Columns (without their head) and rows that hold one token in each cell. The first column is a label, unless it is
    the only one or the head is made of labels alone (`w_1 | w_2 | ...`)."""
    start, end = rows[0][0], rows[-1][1]
    body = [row for row in rows[1:] if not all(re.fullmatch(r":?-{1,}:?", cell) for cell in row[2] if cell)]
    width = max((len(cells) for *_, cells in body), default=0)
    if width > MOST_CELLS or not body:
        return
    read = [[words.read(words.unlabelled(cell)) for cell in cells] for *_, cells in body]
    head = rows[0][2]
    for column in range(min(1, width - 1), width):
        cells = [row[column] if column < len(row) else () for row in read]
        if len(cells) > 1 and all(len(tokens) == 1 for tokens in cells):
            joined = tuple(t for tokens in cells for t in tokens)
            yield Stretch(4, joined, start, end, head[column] if column < len(head) else "")
    labels = all(re.fullmatch(rf"{NAMED}|\d{{1,3}}", cell) for cell in head)
    for (low, high, source), tokens in zip(body, read, strict=True):
        kept = tokens if labels else tokens[1:]
        if len(kept) > (1 if labels else 2) and all(len(t) == 1 for t in kept):
            yield Stretch(4, tuple(t for group in kept for t in group), low, high, "" if labels else source[0])
