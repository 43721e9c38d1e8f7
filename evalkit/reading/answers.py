r"""Where the final answer stands in a reply. Every answer scorer asks `find` (or `places`), none has its own rule.

The places, the most explicit first. A scorer takes the first one that holds something of its kind (a number, an
option, ...), so `Final answer: see the table` does not end the search:

1. boxed       the last `\boxed{...}` with counted braces; `also` holds the boxes before it on its line.
   labelled    what a line announces (`**Final answer:** X`, `### Final Answer` with the section below it, `A: X` and
               `#### X` as the last line, `<answer>X</answer>`, `"answer": X` in JSON), or a sentence
               (`The answer is X`, `I stay with my answer: X`). A label with nothing after it points to the block below.
2. last        the last line where it holds a few words and no sentence; no entry of a list or table, no line of code.
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
there.

Not covered: languages other than English, labels in the middle of a line other than the phrases above, an answer
taken back in words (`no, wait`) without a new label. Text after the first 200,000 characters is not read.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice, pairwise
from typing import Literal

from evalkit.reading import english
from evalkit.reading.plain import CAP

How = Literal["boxed", "labelled", "last", "marked", "concluded", "closing", "whole"]
SECTION = 3000
"""Characters of a section under a heading such as `### Final Answer` that are read."""


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
        return self.how in ("boxed", "labelled", "last")


def find(reply: str, holds: Callable[[Answer], bool] = lambda _: True) -> Answer | None:
    """The most explicit place of `reply` for which `holds` is true (by default: that is not blank); None without one.

    `holds` is asked for a bounded number of places, so a reader that takes linear time keeps the whole search linear.
    """
    return next((place for place in places(reply) if holds(place)), None)


def places(reply: str) -> Iterator[Answer]:
    """All places of the table above that `reply` has, the most explicit first. None of them is blank."""
    text = reply[: answered(reply)]
    seen: set[tuple[int, int]] = set()
    for how, span, also in chain(_explicit(text), ((how, span, ()) for how, span in _implicit(text))):
        if span is None or not _says(text, *span):
            continue
        start, end = _trimmed(text, *span)
        if how == "whole" or (start, end) not in seen:
            seen.add((start, end))
            yield Answer(text[start:end], start, end, how, also)


def backward(reply: str, *, questions: bool = False) -> Iterator[Answer]:
    """The sentences of the reply from its end, at most `BACKWARD` of them; goodbyes are left out, and questions, unless
    the answer itself may be one."""
    text = reply[: answered(reply)]
    given = seen = 0
    for block_start, block_end in reversed(_parts(text)):
        lines = [block_start, *(m.end() for m in _NEW_LINE.finditer(text, block_start, block_end)), block_end]
        cuts = [(low + a, low + b) for low, high in pairwise(lines) for a, b in english.sentences(text[low:high])]
        for low, high in reversed(cuts):
            start, end = _trimmed(text, low, high)
            asks = text[start:end].rstrip("*_ ").endswith("?") and not questions
            if not _says(text, start, end) or asks:
                continue
            yield Answer(text[start:end], start, end, "concluded" if _CONCLUDES.search(text, start, end) else "closing")
            given += 1
            seen += end - start
            if given == BACKWARD or seen > BACKWARD_CHARACTERS:
                return


_NEW_LINE = re.compile(r"\n(?![ \t]{0,8}[a-z])")
"""A line end, unless the next line goes on in lower case."""
BACKWARD, BACKWARD_CHARACTERS = 60, 12_000
LABELS = 8
"""Labels and boxes of a reply that are tried, the best ones."""
_Found = tuple[How, tuple[int, int] | None, tuple[tuple[int, int], ...]]


def _explicit(text: str) -> list[_Found]:
    """Boxes, labels and the last line: bare ones first (a line or box before a sentence), of equal ones the last."""
    box, also = _boxed(text)
    ranked: list[tuple[tuple[int, int], _Found]] = []
    late = False
    for how, span, final, sentence in _labels(text):
        if box and span[0] <= box[0] and box[1] <= span[1]:
            continue  # the label announces the box itself
        bare = is_bare(text[slice(*span)], 3 if sentence else 5)
        rank = (3 if not sentence else 2) if bare else 1 if final else 0
        late = late or bool(box and final and rank and span[0] >= box[1])
        ranked.append(((rank, span[0]), (how, span, ())))
    if box:  # a sentence that goes on (`The answer is the same in every unit.`) yields to it, a final one does not
        ranked.append(((1 if late else 3, -1 if late else box[0]), ("boxed", box, also)))
    last = _last_line(text)
    if last and not any(span and span[0] <= last[0] and last[1] <= span[1] for _, (_, span, _) in ranked):
        ranked.append(((2, last[0]), ("last", last, ())))
    ranked.sort(key=lambda item: item[0], reverse=True)
    return [place for _, place in ranked[:LABELS]]


_FORMULA = re.compile(r"\$[^$\n]{1,100}\$|\\\([^\n]{1,100}?\\\)|`[^`\n]{1,100}`")
_WORDS = re.compile(r"[^\s|]*[^\W_][^\s|]*")


def is_bare(stretch: str, most: int) -> bool:
    """Whether a stretch holds at most so many words (a formula counts as one) and stands on one line."""
    stretch = stretch.strip()
    return len(stretch) <= 160 and "\n" not in stretch and len(_WORDS.findall(_FORMULA.sub("F", stretch))) <= most


_ASKS = re.compile(
    r"^[ \t>]{0,4}[#*_]{0,5}[ \t]?(?:(?:new |next )?(?:question|problem|exercise|example|q|human|user|instruction)"
    r"[ \t]?\d{0,3}[*_]{0,3}[ \t]?[:.)]|(?:question|problem|exercise)[ \t]\d{1,3}[*_]{0,3}[ \t]{0,3}$)",
    re.IGNORECASE | re.MULTILINE,
)
_STOPS = re.compile(
    r"<\|(?:im_end|im_start|endoftext|eot_id|eom_id|end|end_of_text|start_header_id|user|assistant|system|eos|return|pad"
    r"|end_of_turn|start_of_turn|endofprompt|begin_of_text)\|>|<\|(?:im_end|im_start|endoftext|eot_id)\Z"
    r"|<(?:end|start)_of_turn>|\[/?INST\]|<｜end▁of▁sentence｜>"
)


def answered(reply: str) -> int:
    """Where the reply ends and, having answered, it goes on with a question of its own; else its length, capped."""
    text = reply[:CAP]
    for match in _STOPS.finditer(text):
        if _says(text, 0, match.start()):
            text = text[: match.start()]
            break
    for match in islice(_ASKS.finditer(text), 50):
        before = text[: match.start()]
        own = re.sub(_ASKS, "", before).strip()
        if own and (_explicit(before) or _CONCLUDES.search(before) or "=" in before):
            return match.start()
    return len(text)


def _parts(text: str) -> list[tuple[int, int]]:
    """Blocks without goodbyes at the end."""
    parts = blocks(text)
    while len(parts) > 1 and _GOODBYE.fullmatch(text[slice(*parts[-1])].strip()[:400]):
        parts.pop()
    return parts


def _implicit(text: str) -> Iterator[tuple[How, tuple[int, int] | None]]:
    """One by one: most replies are read before the last of them."""
    parts = _parts(text)
    yield "marked", _marked(text, parts)
    yield "concluded", _concluded(text, parts[-1:], parts)
    yield "closing", parts[-1] if parts else None
    yield "concluded", _concluded(text, parts[-3:-1], parts)
    yield "whole", (0, len(text))


_SPEAKS = re.compile(r"[^\W_]|<")


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    inner = text[start:end]
    return start + len(inner) - len(inner.lstrip()), end - len(inner) + len(inner.rstrip())


def _says(text: str, start: int, end: int) -> bool:
    return _SPEAKS.search(text, start, end) is not None


_MATH = re.compile(
    r"\$\$(?:[^$]){1,2000}?\$\$|(?<![\\$])\$(?![\s\d,.]*\s)[^$\n]{1,400}?(?<!\s)\$(?!\d)|\\\(.{1,400}?\\\)|\\\[.{1,2000}?\\\]",
    re.DOTALL,
)


NONE, REFUSED = "none", "refused"


def without_value(place: Answer, text: str) -> str | None:
    """What a place says that gives no value: `NONE` (`undefined`, or a few labelled words like `cannot be determined`),
    `REFUSED` (a sentence that it cannot be told), or None. text: the place's, as plain text."""
    if english.UNABLE.search(text):
        return NONE if place.explicit and is_bare(place.text, 6) else REFUSED
    return NONE if english.NO_ANSWER.search(text) else None


def formulas(reply: str) -> list[tuple[int, int]]:
    """Stretches of the reply in mathematics delimiters, in order, with the delimiters."""
    return [match.span() for match in _MATH.finditer(reply[:CAP])]


_BOLD = re.compile(r"\*\*(?=[^\s*])([^\n]{1,400}?)(?<=\S)\*\*|\\(?:textbf|mathbf)\s{0,2}\{([^{}\n]{1,400})\}")


def bold(reply: str) -> list[tuple[int, int]]:
    """Stretches of the reply between `**` or in `\\textbf{}`, in order, without the marks."""
    return [match.span(1) if match[1] is not None else match.span(2) for match in _BOLD.finditer(reply[:CAP])]


def inside(spans: Sequence[tuple[int, int]], at: int) -> bool:
    """Whether `at` lies in one of the stretches, which are in order and do not overlap."""
    index = bisect_right(spans, (at, CAP)) - 1
    return index >= 0 and spans[index][0] <= at < spans[index][1]


# ---------------------------------------------------------------- boxes

_BOX = re.compile(r"\\(?:boxed|fbox)\s{0,3}\{")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)


_JOINS = re.compile(
    r"[\s$,;.&]{0,12}(?:\\(?:quad|text\{ ?(?:and|or) ?\})|and|or|\\[,;()]|[\s$,;&.]){0,12}", re.IGNORECASE
)


def _boxed(text: str) -> tuple[tuple[int, int] | None, tuple[tuple[int, int], ...]]:
    """Inside of the last complete outermost box, and those before it on its line that it is joined with."""
    opening = {match.end() - 1: match.start() for match in _BOX.finditer(text)}
    opened: list[int] = []
    boxes: list[tuple[int, int]] = []  # in the order of their ends, so what encloses comes after what it encloses
    for brace in _BRACE.finditer(text) if opening else ():
        at = brace.start()
        if text[at] == "{":
            opened.append(at)
        elif text[at] == "}" and opened:
            start = opened.pop()
            if start in opening:
                boxes.append((start + 1, at))
    boxes = [box for box in boxes if _says(text, *box)]
    if not boxes:
        return None, ()
    last = boxes.pop()
    also: list[tuple[int, int]] = []
    start = opening[last[0] - 1]
    for previous in reversed(boxes):
        if previous[1] > start:
            continue  # inside the one we have
        between = text[previous[1] + 1 : start]
        if len(between) > 40 or "\n" in between or not _JOINS.fullmatch(between):
            break
        also.append(previous)
        start = opening[previous[0] - 1]
    return last, tuple(reversed(also))


# ---------------------------------------------------------------- labels

_LEAD = r"^[ \t>]{0,12}(?:[-*+•][ \t]{1,4}|\d{1,3}[.)][ \t]{1,4})?(?:[^\w\s*#`$\\|\[(<\"'-]{1,4}[ \t]{0,2})?"
_FINAL = r"final|corrected|revised|updated|definitive|correct and final"
_LABEL = re.compile(
    _LEAD + r"(?P<heading>\#{1,6}[ \t]{1,3})?[^\w\s`$\\|\[(<\"'-]{0,6}[ \t]{0,2}"
    rf"(?:(?:so|{english.any_of(english.CONNECTIVES)}),? |here is )?(?:the |my |our )?"
    rf"(?P<final>(?:{_FINAL})[ ])?(?:short |overall )?(?P<noun>answers?|results?|selection|choice|conclusion)"
    r"(?:[ ]\([^)\n]{0,40}\))?[ \t]{0,2}"
    r"(?P<tail>[*_]{0,3}[ \t]?(?::|：|→|⇒|=>|=|—|–|-(?=[ ]))[ \t]?[*_]{0,3}|[*_]{0,3}[ \t]{0,4}$)",
    re.IGNORECASE | re.MULTILINE,
)
_PHRASE = re.compile(
    rf"\b(?:(?:the|my|our)[ ](?:(?P<final>{_FINAL})[ ])?(?:correct |right |best )?"
    r"(?:answers?|options?|choices?|solution)"
    r"(?:[ ](?:to|for)[ ][^.:?!\n]{1,60}?)?[ ](?:is|are|remains?|stays?|would be|must be|should be)"
    r"|(?:the|my|our)[ ](?:answer|result|choice)[ ](?:does not change|doesn't change|is confirmed|stands)"
    r"[^\w\n]{0,4}?(?=[:.])"
    r"|(?:stay with|keep|stand by|stick to|stick with)[ ](?:my|the)[ ](?:first |original )?answer(?=[:.])"
    r"|(?<=[.!?)\]}$][ ])(?:\*\*)?final answer(?=:))"
    r"(?P<tail>[ ]?:?)",
    re.IGNORECASE,
)


_SUPPOSED = re.compile(r"\b(?:that|if|whether|when|suppose|assume|assuming)[ ](?:[a-z]+[ ])?\Z", re.IGNORECASE)
"""`We are given that the answer is 15` announces nothing."""
_TAGGED = re.compile(r"<(?:final_?)?answer>(?=\s{0,200}[^\s<])", re.IGNORECASE)
_UNTAGGED = re.compile(r"</(?:final_?)?answer>", re.IGNORECASE)
_KEYED = re.compile(
    r"""["'](?:final[_ ]?)?(?:answer|result|choice|solution)["']\s{0,3}:\s{0,3}(?P<inside>"(?:[^"\\\n]"
    r"|\\.){1,1000}"|[^,}\n"]{1,200})""",
    re.IGNORECASE,
)


def _labels(text: str) -> list[tuple[How, tuple[int, int], bool, bool]]:
    """(how, what is announced, by a label that says final or corrected, in a sentence) of the last labels of a text."""
    matches = [m for m in _LABEL.finditer(text) if _is_label(m)] + list(_PHRASE.finditer(text))
    parts = blocks(text) if matches else []
    found: list[tuple[How, tuple[int, int], bool, bool]] = []
    # Of very many the last are tried, and the last final ones.
    matches.sort(key=lambda match: match.start())
    final = [match for match in matches if match["final"]]
    for match in dict.fromkeys(final[-LABELS:] + matches[-LABELS:]):
        span = _announced(text, match, parts)
        if span and _says(text, *span):
            says_final = bool(match["final"]) or match.group().lower().startswith(("final", "**final"))
            found.append(("labelled", span, says_final, match.re is _PHRASE))
    for tag in list(_TAGGED.finditer(text))[-1:]:
        closing = _UNTAGGED.search(text, tag.end(), tag.end() + SECTION)
        found.append(
            ("labelled", (tag.end(), closing.start() if closing else min(len(text), tag.end() + SECTION)), True, False)
        )
    found += [("labelled", key.span("inside"), True, False) for key in list(_KEYED.finditer(text))[-1:]]
    short = _SHORT_LABEL.fullmatch(text, *_line(text))
    if short and _says(text, *short.span("inside")) and is_bare(short["inside"], 6):
        found.append(("labelled", short.span("inside"), True, False))
    return found


_SHORT_LABEL = re.compile(
    r"[\s>*_-]{0,8}(?:#{2,6}[ \t]{0,3}(?![ \t])|[*_]{0,3}(?:a|ans|answer|output|final|therefore"
    r"|total)[*_]{0,3}[ \t]?[:=.→]"
    r"[ \t*_]{0,4})(?P<inside>[^\n]{1,160})",
    re.IGNORECASE,
)
_ANY_LABEL = re.compile(r"[\s>*_#`-]{0,8}[^\W\d_][^\n:=<>{}|$\\]{0,40}?[*_]{0,3}[ \t]?[:=→][*_]{0,3}[ \t]{1,3}(?=\S)")
_ENDS_SENTENCE = re.compile(r"[.!?][\s*_\"')$]*\Z")


def _line(text: str) -> tuple[int, int]:
    """The last line that says something, closing fences, brackets and goodbyes left out."""
    parts = _parts(text)
    end = parts[-1][1] if parts else 0
    while end > 0:
        start = text.rfind("\n", 0, end) + 1
        if _says(text, start, end) or start == 0:
            return start, end
        end = start - 1
    return 0, 0


def _last_line(text: str) -> tuple[int, int] | None:
    start, end = _line(text)
    block = next((text[low:high] for low, high in reversed(_parts(text)) if low <= start), "")
    several = "\n" in block.strip("`\n ")
    if several and (_ITEM.match(text, start, end) or "```" in block or text[start:end].lstrip().startswith("|")):
        return None  # one entry of a list, a row of a table, a line of code: the whole is the answer
    if _MARK.match(text, start, end):
        return None
    above = text[:start].rstrip().rpartition("\n")[2]
    if _ANY_LABEL.match(above) and _ANY_LABEL.match(text, start, end):
        return None  # one of several named things
    label = _ANY_LABEL.match(text, start, end)
    if label:
        start = label.end()
    inside = text[start:end].strip(" \t*_`$")
    # `B.` and `$18.` are answers, `Good.` is a sentence
    alone = not _ENDS_SENTENCE.search(text[start:end]) or re.fullmatch(r"\W*(?:\w{1,2}|\S*\d\S*)\W*", inside)
    return (start, end) if alone and _says(text, start, end) and is_bare(text[start:end], 5) else None


def _is_label(match: re.Match[str]) -> bool:
    """A bare word on a line of its own announces nothing, bold or as a heading it does."""
    tail, heading = match["tail"].strip(" *_\t"), match["heading"]
    if match["noun"].lower() in ("conclusion", "results"):
        return bool(tail or heading)
    return bool(tail or heading) or any(mark in match.group() for mark in "*_")


def _announced(text: str, match: re.Match[str], parts: list[tuple[int, int]]) -> tuple[int, int] | None:
    at = match.end()
    if match.re is _LABEL:
        end = _line_end(text, at)
        return _section(text, end) if match["heading"] and not _says(text, at, end) else _below(text, at, end, parts)
    if text[at : at + 1] == ".":  # `I keep my answer. Baseline: 341 s.`
        return _below(text, at + 1, _line_end(text, at), parts)
    if _SUPPOSED.search(text, max(0, match.start() - 40), match.start()):
        return None
    end = _sentence_end(text, at)
    asks = text[at:end].rstrip().endswith("?") and ":" not in match["tail"]
    return None if asks else _below(text, at, end, parts)


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _sentence_end(text: str, at: int) -> int:
    """End of the sentence that `at` stands in, at the latest the end of its paragraph."""
    stop = text.find("\n\n", at, at + SECTION)
    stretch = text[at : at + SECTION if stop < 0 else stop]
    ends = english.sentences(stretch)
    return at + (ends[0][1] if ends else len(stretch))


def _below(text: str, at: int, end: int, parts: list[tuple[int, int]]) -> tuple[int, int]:
    """`text[at:end]`, what stands after a label; where that is nothing, or ends with a colon, what follows it too: the
    rest of the block, or else the next block."""
    ends_open = text[at:end].rstrip(" \t*_").endswith((":", "："))
    if _says(text, at, end) and not ends_open:
        return at, end
    index = max(bisect_right(parts, (end - 1, len(text))) - 1, 0)
    for start, stop in parts[index : index + 2]:
        if stop > end and _says(text, max(start, end), stop):
            return (at if ends_open else max(start, end)), stop
    return at, end


def _section(text: str, at: int) -> tuple[int, int]:
    """From `at` to the next heading or rule."""
    following = re.compile(r"(?m)^(?:\#{1,6}[ \t]|[-*_]{3,}[ \t]*$)").search(text, at)
    return at, min(following.start() if following else len(text), at + SECTION)


# ---------------------------------------------------------------- statements

_FENCE = re.compile(r"^[ \t>]{0,8}(```|~~~)")
_ITEM = re.compile(r"[ \t>]{0,12}(?:[-*+•]|\(?\d{1,3}[.)])[ \t]|[ \t]{2,}\S")
_GOODBYE = re.compile(
    r"[^\w]{0,6}(?:let me know|feel free|would you like|do you want|shall i|if you(?:'d)? (?:like|want|have|need)|"
    r"i hope|hope th|thanks?\b|thank you|good luck|happy to|please let|any (?:other |further )?questions"
    r"|does (?:that|this) make)[^\n]{0,300}[.!?]?[^\w]{0,6}|[-*_\s]{1,20}",
    re.IGNORECASE,
)
_MARK = re.compile(r"(?m)^[ \t>]{0,12}(?:[-*+•][ \t]{1,4})?\*{0,2}(?:✅|✔️?|☑️?|👉|➡️?|🎯|📌)[ \t]{0,3}(?=\S)")
_CONCLUDES = re.compile(
    rf"{english.CONCLUDES.pattern}|{english.SUMS_UP.pattern}"
    rf"|\bi (?:(?:{english.any_of(english.CONNECTIVES)}|still|also) )?"
    r"(?:stay|remain|keep|confirm|conclude|choose|pick|stand)\b"
    rf"|\bwe (?:{english.any_of(english.CONNECTIVES)} )?(?:get|obtain|conclude|find|keep)\b",
    re.IGNORECASE,
)


def blocks(text: str) -> list[tuple[int, int]]:
    """Paragraphs, whole lists, tables, displays and code fences as (start, end), in order."""
    return list(_blocks(text))


@lru_cache(maxsize=8)
def _blocks(text: str) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    start, at, inside = -1, 0, ""
    gap = False
    for line in text.splitlines(keepends=True):
        fence, stripped = _FENCE.match(line), line.strip()
        blank = not stripped and not inside
        if not blank:
            joins = gap and found and _ITEM.match(line) and _ITEM.match(text, found[-1][0])
            if start < 0:
                start = found.pop()[0] if joins else at
            end = at + len(line.rstrip("\r\n"))
            if fence:
                inside = "" if inside == fence[1] else inside or fence[1]
            elif stripped in (r"\[", "$$") and not inside:
                inside = r"\]" if stripped == r"\[" else "$$"
            elif inside and stripped.endswith(inside):
                inside = ""
            last_end = end
        if blank and start >= 0:
            found.append((start, last_end))
            start = -1
        gap = blank or (gap and start < 0)
        at += len(line)
    if start >= 0:
        found.append((start, last_end))
    return tuple(found)


def _marked(text: str, parts: list[tuple[int, int]]) -> tuple[int, int] | None:
    marks = list(_MARK.finditer(text))
    if len(marks) != 1:
        return None
    at = marks[0].end()
    return _below(text, at, _line_end(text, at), parts)


def _concluded(text: str, among: list[tuple[int, int]], parts: list[tuple[int, int]]) -> tuple[int, int] | None:
    for start, end in reversed(among):
        stretches = [(start + a, start + b) for a, b in english.sentences(text[start:end])]
        for low, high in reversed(stretches):
            match = _CONCLUDES.search(text, low, high)
            if match and not text[low:high].rstrip().endswith("?"):
                return _below(text, match.end(), high, parts)
    return None
