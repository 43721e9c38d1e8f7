r"""Where the final answer stands in a reply. Every answer scorer asks `find` (or `places`), none has its own rule.

The places, the most explicit first. A scorer takes the first one that holds something of its kind (a number, an
option, ...), so `Final answer: see the table` does not end the search:

1. boxed       the last `\boxed{...}` with counted braces; `also` holds the boxes before it on its line.
   labelled    what a line announces (`**Final answer:** X`, `### Final Answer` with the section below it, `A: X` and
               `#### X` as the last line, `<answer>X</answer>`, `"answer": X` in JSON), or a sentence
               (`The answer is X`, `I stay with my answer: X`). A label with nothing after it points to the block below.
2. last        the last line where it holds a few words and no sentence; no entry of a list or table, no line of code.
   first       without any of these, the first line where it is one formula, number or letter, if nothing below it
               concludes.
   Of these the last one goes first that announces a few words, labelled lines and boxes before sentences and the last
   line; then the others, final and corrected ones before the rest.
3. marked      the one line that begins with a tick or a pointing hand (none where several lines do).
4. concluded   the last sentence of the last block that concludes: therefore, thus, hence, so, in short, I stay with,
               we get, ...; from that word on.
5. closing     the last block (paragraph, list, table, display, code), goodbyes and questions at the end left out.
6. concluded   as 4, in the two blocks before; with the block below where the sentence ends with a colon.
7. whole       the whole reply.

`backward` gives the sentences from the end instead of 3 to 7, for scorers that can tell which sentence holds a result.

A reply that answers and then goes on with a question of its own (`Question: ...`, `Human: ...`, `<|im_end|>`) ends
there; a heading above the question (`**Solution**`) is no answer. One that ends with a label and nothing behind it
(`Answer:`) has no answer but an explicit one.

Not covered: languages other than English (but labels such as `Antwort:`, `【答案】`), labels in the middle of a line
other than the phrases above, an answer taken back in words other than english.TAKES_BACK (`84. No, wait: 79`). Text
after the first 200,000 characters is not read.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice, pairwise

from evalkit.reading import asides, english
from evalkit.reading.blocks import below, is_bare, last_words, line_end, parts_of, says, trimmed
from evalkit.reading.endings import breaks_off
from evalkit.reading.labels import EXPLAINS, LABELS, MARK, How, boxed, first_line, labelled, last_line, taken_back
from evalkit.reading.patterns import later
from evalkit.reading.plain import CAP, line_starts


@dataclass(frozen=True, slots=True)
class Answer:
    """`text` is `reply[start:end]`, decoration included; `how` is the rule that found it."""

    text: str
    start: int
    end: int
    how: How
    also: tuple[tuple[int, int], ...] = ()
    """Insides of the boxes that stand before this one on its line, joined by `and`, a comma, ..."""

    @property
    def explicit(self) -> bool:
        """The reply itself says that this is its answer."""
        return self.how in ("boxed", "labelled", "last", "first")


def find(reply: str, holds: Callable[[Answer], bool] = lambda _: True) -> Answer | None:
    """The most explicit place of `reply` for which `holds` is true (by default: that is not blank); None without one.

    `holds` is asked for a bounded number of places, so a reader that takes linear time keeps the whole search linear.
    """
    return next((place for place in places(reply) if holds(place)), None)


def places(reply: str, *, announced: bool = False) -> Iterator[Answer]:
    """All places of the table above that `reply` has, the most explicit first. None of them is blank.

    announced: those alone before the first that is neither explicit nor marked.
    """
    text = reply[: answered(reply)]
    seen: set[tuple[int, int]] = set()
    # One by one, and whether the reply breaks off too: most are read before the first of them.
    most = 1 if announced else None  # what is marked
    found = (place for whole in (text,) if not breaks_off(whole) for place in islice(_implicit(whole), most))
    implicit = ((how, span, ()) for how, span in found)
    explicit = _explicit(text)
    # Behind what is not announced: the last such place is the whole of any reply that does not break off.
    last = not explicit and (not announced or breaks_off(text))
    first = ((how, span, ()) for how, span in (_first(text) if last else ()))
    for how, span, also in chain(explicit, implicit, first):
        if span is None or not says(text, *span):
            continue
        start, end = trimmed(text, *span)
        if how == "whole" or (start, end) not in seen:
            seen.add((start, end))
            yield Answer(text[start:end], start, end, how, also)


def backward(reply: str, *, questions: bool = False) -> Iterator[Answer]:
    """The sentences of the reply from its end, at most `BACKWARD` of them; goodbyes are left out, and questions, unless
    the answer itself may be one."""
    text = reply[: answered(reply)]
    if breaks_off(text):
        return
    given = seen = 0
    code = [match.span(1) for match in _CODE.finditer(text)] if "```" in text else []
    in_code = [at for low, high in code for at in line_starts(text, low, high)]
    for block_start, block_end in reversed(parts_of(text)):
        wrapped = _is_wrapped(text[block_start:block_end])
        ends = set() if wrapped else {m.end() for m in _NEW_LINE.finditer(text, block_start, block_end)}
        ends.update(in_code[bisect_right(in_code, block_start) : bisect_right(in_code, block_end)])
        lines = [block_start, *sorted(ends), block_end]
        # One by one: most replies are read before the first of them, and to cut all takes longer than to read the last.
        from_end = reversed([*pairwise(lines)])
        cuts = ((low + a, low + b) for low, high in from_end for a, b in reversed(english.sentences(text[low:high])))
        for low, high in cuts:
            start, end = trimmed(text, low, high)
            asks = text[start:end].rstrip("*_ ").endswith("?") and not questions
            if not says(text, start, end) or asks:
                continue
            if not given and start > block_start and asides.is_goodbye(text[start:end]):
                continue
            if any(first <= start < last and says(text, end, last) for first, last in code):
                continue  # of a program only its last line may be what it gives
            yield Answer(text[start:end], start, end, "concluded" if _CONCLUDES.search(text, start, end) else "closing")
            given += 1
            seen += end - start
            if given == BACKWARD or seen > BACKWARD_CHARACTERS:
                return


def _is_wrapped(block: str) -> bool:
    """Whether a paragraph is set in lines of one width that end anywhere in a sentence."""
    lines = [line.rstrip() for line in block.split("\n")]
    full = all(WRAPPED[0] <= len(line) <= WRAPPED[1] for line in lines[:-1])
    return (
        len(lines) > 2
        and full
        and sum(not line.endswith((".", "!", "?", ":", ";")) for line in lines[:-1]) * 3 > len(lines)
    )


WRAPPED = 45, 110
"""Characters of a line of wrapped text."""
_CODE = later(
    r"(?ms)^[ \t>]{0,8}```[ \t]{0,3}(?!text|plain|markdown|md\b|latex|tex\b|math|output)[A-Za-z][^\n]{0,40}\n"
    r"(.{1,8000}?)^[ \t>]{0,8}```"
)
"""A fence that names a language for programs."""
_NEW_LINE = later(r"\n(?![ \t]{0,8}[a-z])")
"""A line end, unless the next line goes on in lower case."""
BACKWARD, BACKWARD_CHARACTERS = 60, 12_000
_Found = tuple[How, tuple[int, int] | None, tuple[tuple[int, int], ...]]


def _first(text: str) -> Iterator[tuple[How, tuple[int, int] | None]]:
    """The first line, where nothing behind it concludes. A number only where nothing breaks off either: what would have
    come may have been another; a letter where the reply goes on to speak of no other."""
    first = first_line(text)
    if not first or _CONCLUDES.search(text, first[1]):
        return
    letter = _FIRST_LETTER.match(text, *first)
    if not letter and not breaks_off(text) and not _comes_to_another(text, *first):
        yield "first", first
    if letter and not _names_another(text, first[1], letter[1]):
        yield "first", first


def _comes_to_another(text: str, start: int, end: int) -> bool:
    """Whether a number of a first line is followed by another one that something is said to make."""
    return any(m[1] not in text[start:end] for m in islice(_MAKES.finditer(text, end), 20))


_MAKES = later(r"\b(?:(?:that|which|this) (?:makes|gives)|altogether|in total)\W{1,3}(\d(?:[\d.,]*\d)?)", re.IGNORECASE)
_FIRST_LETTER = later(r"\W*(?:(?:[Oo]ption|[Cc]hoice|[Aa]nswer) )?\(?([A-Z])(?!\w)")
_OTHERS = later(r"(?<![\w.$\\])[A-HJ-Z](?![\w'’])(?!\s(?!is\b|fits\b)[a-z])")
_MAY_CHOOSE = later(
    r"\b(?:answers?|choose|choice|pick|select|think|guess|believe|correct|right|best|true|must be|it is|it['’]s|go with"
    r"|but|however|actually|wait|hmm|yet|sorry|in fact|misread)\b|\bno[.,]|\b[A-Z] is the\b|\A\W*[A-Z]\W*\Z|[?✅✔☑👉]",
    re.IGNORECASE,
)


def _names_another(text: str, at: int, letter: str) -> bool:
    """Whether what stands below a letter may choose another one: it names one alone on a line, or in a sentence with a
    word of choosing. What only describes the others (`Iron (A) is grey`) does not."""
    if set(_OTHERS.findall(text[at:])) <= {letter}:
        return False
    if breaks_off(text):
        return True
    entry = r"^[ \t>*_-]{0,8}\(?[A-Z][).:]" if re.search(r"\w{2}", text[:at]) else r"^[ \t]*\(?[A-Z][).]?[ \t]*$"
    begins = re.search(entry, text[at:], re.MULTILINE)
    if begins and begins.group().strip(" \t>*_-(")[0] < letter:
        begins = None  # the others in their order: no list that the letter belongs to
    named = ((text[at + low : at + high]) for low, high in english.sentences(text[at:]))
    return begins is not None or any(
        _MAY_CHOOSE.search(said) and not set(_OTHERS.findall(said)) <= {letter} for said in islice(named, 60)
    )


@lru_cache(maxsize=2)
def _explicit(text: str) -> tuple[_Found, ...]:
    """Boxes, labels and the last line: bare ones first (a line or box before a sentence), of equal ones the last."""
    box, also = boxed(text)
    if box and taken_back(text, box[0], box[1] + 1):
        box = None
    ranked: list[tuple[tuple[int, int], _Found]] = []
    late = False
    ends = len(text.rstrip())
    for how, span, final, sentence in labelled(text):
        if span[1] >= ends and _goes_on(text, span[0], ends):
            continue
        if box and span[0] <= box[0] and box[1] <= span[1]:
            continue  # the label announces the box itself
        bare = is_bare(text[slice(*span)], 3 if sentence else 5)
        rank = (3 if not sentence else 2) if bare else 1 if final else 0
        late = late or bool(box and final and rank and span[0] >= box[1])
        ranked.append(((rank, span[0]), (how, span, ())))
    if box:  # a sentence that goes on (`The answer is the same in every unit.`) yields to it, a final one does not
        ranked.append(((1 if late else 3, -1 if late else box[0]), ("boxed", box, also)))
    last = last_line(text)
    if (
        last
        and not _goes_on(text, last[0], ends)
        and not any(span and span[0] <= last[0] and last[1] <= span[1] for _, (_, span, _) in ranked)
    ):
        ranked.append(((2, last[0]), ("last", last, ())))
    ranked.sort(key=lambda item: item[0], reverse=True)
    return tuple(place for _, place in ranked[:LABELS])


def _goes_on(text: str, start: int, end: int) -> bool:
    """`The answer is 79 or`, where the reply breaks off."""
    return _OR.search(text, max(start, end - 3), end) is not None


_OR = later(r"\b(?:or|and)\Z", re.IGNORECASE)
_ASKS = later(
    r"^[ \t>]{0,4}[#*_]{0,5}[ \t]?(?:(?:new |next )?(?:question|problem|exercise|example|q|human|user|instruction)"
    r"[ \t]?\d{0,3}[*_]{0,3}[ \t]?[:.)](?!\w)|(?:question|problem|exercise)[ \t]\d{1,3}[*_]{0,3}[ \t]{0,3}$"
    r"|\[(?:question|problem|user|human)\])",
    re.IGNORECASE | re.MULTILINE,
)
_STOPS_BEGIN = ("<|", "<e", "<s", "<｜", "[I", "[/")
_STOPS = later(
    r"<\|(?:im_end|im_start|endoftext|eot_id|eom_id|end|end_of_text|start_header_id|user|assistant|system|eos"
    r"|return|pad"
    r"|end_of_turn|start_of_turn|endofprompt|begin_of_text)\|>|<\|(?:im_end|im_start|endoftext|eot_id)\Z"
    r"|<eoa>|<(?:end|start)_of_turn>|\[/?INST\]|<｜end▁of▁sentence｜>"
)


@lru_cache(maxsize=2)
def answered(reply: str) -> int:
    """Where the reply ends and, having answered, it goes on with a question of its own; else its length, capped."""
    text = reply[:CAP]
    for match in _STOPS.finditer(text) if any(begun in text for begun in _STOPS_BEGIN) else ():
        if says(text, 0, match.start()):
            text = text[: match.start()]
            break
    asked = (begun for at in line_starts(text) if (begun := _ASKS.match(text, at)))
    for match in islice(asked, 50):
        before = text[: match.start()]
        if _ASKS.sub("", before).strip() and _answers(before):
            return len(asides.without_confidence(before))
    return len(asides.without_confidence(text))


_NUMBERED = later(r"[ \t]*#{1,6}[ \t]+[A-Za-z]+[ \t]+\d{1,3}[ \t:.]*")
"""`# Answer 3`, a heading."""
HEADINGS = 3
"""Headings one below the other above a question that are looked through."""


def _answers(before: str) -> bool:
    """Whether something before a question answers. A heading (`**Solution**`, `Step by step`) only looks like a bare
    last line, and the question below it is the one that was asked, written down."""
    for _ in range(HEADINGS):
        start, end = last_words(before)
        if not (english.HEADS_WORK.fullmatch(before, start, end) or _NUMBERED.fullmatch(before, start, end)):
            break
        before = before[:start]
    return bool(_explicit(before) or _CONCLUDES.search(before) or "=" in before)


def _implicit(text: str) -> Iterator[tuple[How, tuple[int, int] | None]]:
    """One by one: most replies are read before the last of them."""
    parts = parts_of(text)
    yield "marked", _marked(text, parts)
    if parts and EXPLAINS.match(text, parts[-1][0]):
        yield "concluded", _concluded(text, parts[-3:-1], parts)  # what is explained stands above
    yield "concluded", _concluded(text, parts[-1:], parts)
    yield "closing", parts[-1] if parts else None
    yield "concluded", _concluded(text, parts[-3:-1], parts)
    yield "whole", (0, len(text))


_MATH = later(
    r"\$\$(?:[^$]){1,2000}?\$\$|(?<![\\$])\$(?![\s\d,.]*\s)[^$\n]{1,400}?(?<!\s)\$(?!\d)|\\\(.{1,400}?\\\)"
    r"|\\\[.{1,2000}?\\\]",
    re.DOTALL,
)
NONE, REFUSED = "none", "refused"


def without_value(place: Answer, text: str) -> str | None:
    """What a place says that gives no value: `NONE` (`undefined`, or a few labelled words like `cannot be determined`),
    `REFUSED` (a sentence that it cannot be told), or None. text: the place's, as plain text."""
    unable = english.UNABLE.search(text)
    if unable and not _WHAT_IS.search(text, 0, unable.start()):
        return NONE if place.explicit and is_bare(place.text, 6) else REFUSED
    return NONE if english.NO_ANSWER.search(text) else None


_WHAT_IS = later(r"\b(?:that|which|who)\s(?:is|are|was|were)\s\Z", re.IGNORECASE)
"""`a state that is not determined until then` says nothing of the writer."""


def formulas(reply: str) -> list[tuple[int, int]]:
    """Stretches of the reply in mathematics delimiters, in order, with the delimiters."""
    return [match.span() for match in _MATH.finditer(reply[:CAP])]


_BOLD = later(r"\*\*(?=[^\s*])([^\n]{1,400}?)(?<=\S)\*\*|\\(?:textbf|mathbf)\s{0,2}\{([^{}\n]{1,400})\}")


def bold(reply: str) -> list[tuple[int, int]]:
    """Stretches of the reply between `**` or in `\\textbf{}`, in order, without the marks."""
    return [match.span(1) if match[1] is not None else match.span(2) for match in _BOLD.finditer(reply[:CAP])]


def inside(spans: Sequence[tuple[int, int]], at: int) -> bool:
    """Whether `at` lies in one of the stretches, which are in order and do not overlap."""
    index = bisect_right(spans, (at, CAP)) - 1
    return index >= 0 and spans[index][0] <= at < spans[index][1]


_CONCLUDES = later(
    # where any of them can begin is asked first: most characters begin no word
    r"(?:\b(?=[a-z])|(?=[し従ゆよ因所따그]))"
    rf"(?:{english.CONCLUDES.pattern}|{english.SUMS_UP.pattern}"
    rf"|\bi (?:(?:{english.any_of(english.CONNECTIVES)}|still|also) )?"
    r"(?:stay|remain|keep|confirm|conclude|choose|pick|stand)\b"
    rf"|\bwe (?:{english.any_of(english.CONNECTIVES)} )?(?:get|obtain|conclude|find|keep)\b)",
    re.IGNORECASE,
)


_DISPLAYED = later(r"^[ \t>]*(?:\\\[|\$\$)", re.MULTILINE)


def _marked(text: str, parts: list[tuple[int, int]]) -> tuple[int, int] | None:
    marks = list(MARK.finditer(text))
    if len(marks) != 1:
        return None
    at = marks[0].end()
    return below(text, at, line_end(text, at), parts)


def _concluded(text: str, among: list[tuple[int, int]], parts: list[tuple[int, int]]) -> tuple[int, int] | None:
    for start, end in reversed(among):
        stretches = [(start + a, start + b) for a, b in english.sentences(text[start:end])]
        for low, high in reversed(stretches):
            match = _CONCLUDES.search(text, low, high)
            if match and not text[low:high].rstrip().endswith("?"):
                # What is displayed below a conclusion goes on with it.
                return below(text, match.end(), end if _DISPLAYED.search(text, high, end) else high, parts)
    return None
