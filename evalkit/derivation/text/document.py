r"""A reply in Markdown -> stretches of mathematics, each with its place, and the prose between them.

Delimiters: `$`, `$$`, `\( \)`, `\[ \]`, `` $`x`$ ``, LaTeX environments, code fences and inline code that hold mathematics. Lines of
unicode or plain mathematics without delimiters are found by `bare_lines`. Everything is one pass over the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from evalkit.derivation.text.arithmetic import calculations
from evalkit.derivation.text.bare import BARE, COLUMNS, bare_lines, has_commands, is_joined
from evalkit.derivation.text.chains import going_on
from evalkit.derivation.text.code import apart_from, holds, is_argument, is_program, programs
from evalkit.derivation.text.decimals import with_points

MAX_REPLY = 200_000
MAX_SPAN, MAX_CODE = 20_000, 400
"""Characters within which mathematics, and mathematics in backticks, must end: else an opener is only a character."""
_OPENERS = re.compile(
    r"(?P<fence>^[ \t>]{0,8}(?:```|~~~)[^\n]*$)|(?P<code>`+)|(?P<escaped>\\[\\$`])|(?P<dd>\$\$)|(?P<bracket>\\\[)|(?P<paren>\\\()"
    r"|(?P<env>\\begin\{(?:equation|align|aligned|gather|gathered|multline|eqnarray|alignat|split|displaymath|math|flalign)\*?\})"
    r"|(?P<dollar>\$)",
    re.MULTILINE,
)
_HEADING = re.compile(
    r"^[ \t]{0,3}(?:#{1,6}[ \t]+[^\n]+|\*\*[^*\n]{1,120}\*\*[ \t]*:?[ \t]*$|(?:\*\*(?=Case\b))?(?:Case|Part|Approach|Method|Route)\b[^\n]*)",
    re.MULTILINE,
)
_NEW_SCOPE = re.compile(
    r"\b(?:case|part|approach|method|alternative|route|option|scenario|variant|question|exercise|attempt)\b|^\W*\(?[a-h]\)",
    re.IGNORECASE,
)
_LABEL = re.compile(r"[ \t]*(?:#{1,6}[ \t]|\*\*.*\*\*:?[ \t]*$|.*[:：]\**[ \t]*$)")
_BESIDE_LABELS = re.compile(r"[ \t]*(?:[-*+][ \t]|\d+[.)][ \t]|\W*$)")
"""Items, formulas and empty lines: a label stands above all of them."""
_PLAIN = ("", "text", "txt", "plaintext", "plain", "markdown", "md")
_CODE_MATH = (*_PLAIN, "math", "latex", "tex", "katex", "asciimath")
_BACKTICKS = re.compile(r"\$`(?=\S)([^`$\n]{1,400})(?<=\S)`\$")
"""Formulas as GitHub writes them."""
_TWICE = re.compile(r"\$([ \t]*\\\[[^$]{1,2000}?\\\][ \t]*)\$")
"""A display between dollars: the brackets delimit it."""
_QUOTED = re.compile(
    r'^([ \t]*(?:[-*][ \t]+)?(?:explanation|solution|rationale|reasoning|proof):[ \t]+)"([^"\n]+)"(?=[ \t]*$)',
    re.MULTILINE | re.IGNORECASE,
)
"""`explanation: "t + t = 2t"`: the value of a key, and no quotation. Values of other keys may be wrong options."""
_MONEY = re.compile(r"\$(?=\d)")
_STEP = re.compile(r"(?:^|\s)\w{1,3}\)[ \t]+\Z")
ENDING = 60
"""How many characters at the end of mathematics may hold its full stop."""
_CLOSED = re.compile(
    r"(?<!\.)\.(?:[\s}]|\\(?:tag|label|end)\*?\{[^{}]*\}|\\(?:square|qed|qquad|quad|[,;!])(?![A-Za-z]))*\Z"
)
"""A full stop, and what may stand behind it."""
_GOES_ON = re.compile(r"[ \t.,;]{0,8}\n[ \t>]{0,8}`[ \t]{0,8}=(?![=>])")
"""The next line is a formula in backticks that begins with its sign."""
MOST_PLAIN = 200
"""Relations that are read of each kind of calculation in plain text."""
_PROSE = re.compile(r"(?<![\\A-Za-z{_^])[A-Za-z]{3,}(?![A-Za-z}(])")


@dataclass(frozen=True, slots=True)
class MathSpan:
    """`text[start:end]` is mathematics (without its delimiters). `outer_*`: with delimiters. bare: found without delimiters."""

    start: int
    end: int
    outer_start: int
    outer_end: int
    display: bool
    bare: bool = False
    written: str = ""
    """What stands there as a formula, place for place, where a text writes it in another way."""
    plain: bool = False
    """A calculation in plain text, which may mean something else: what fails there is disputed, and it gives nothing a meaning."""
    formulas: tuple[tuple[int, int], ...] = ()
    """The parts of it that are formulas as they stand."""
    letters: str = ""
    """Letters that are units or a sign there, if they have no meaning."""
    named: bool = False
    """It stands behind a name that the line before has, too."""


@dataclass(frozen=True)
class Document:
    """One reply. `text` has quotation marks of block quotes blanked out; every place is one of the original reply."""

    text: str
    spans: tuple[MathSpan, ...]
    breaks: tuple[int, ...] = ()
    """Where a new part, case or method begins."""
    starts: tuple[int, ...] = field(default=())

    def before(self, span: MathSpan, limit: int = 160) -> str:
        """The prose of the same paragraph before a span; mathematics in it shows as `¤`."""
        low = max(0, span.outer_start - limit)
        cut = self.text.rfind("\n\n", low, max(low, span.outer_start - 2))
        low = max(low, cut) if cut >= 0 else low
        return self.masked(low, span.outer_start)

    def after(self, span: MathSpan, limit: int = 120) -> str:
        """The prose after a span, up to the end of its paragraph."""
        high = min(len(self.text), span.outer_end + limit)
        cut = self.text.find("\n\n", span.outer_end, high)
        return self.masked(span.outer_end, cut if cut >= 0 else high)

    def masked(self, low: int, high: int) -> str:
        """Prose with every span replaced by `¤`; a full stop at its end stays, since the sentence ends there."""
        out: list[str] = []
        at = low
        first = max(0, bisect_right(self.starts, low) - 1)
        for place in range(first, bisect_left(self.starts, high, first)):  # a slice would copy all that follows
            span = self.spans[place]
            if span.outer_end <= at or span.bare:
                continue
            out.append(self.text[at : max(at, span.outer_start)])
            out.append("¤." if _CLOSED.search(self.text, max(span.start, span.end - ENDING), span.end) else "¤")
            at = span.outer_end
        out.append(self.text[at:high] if at < high else "")
        return "".join(out)

    def in_label(self, at: int) -> bool:
        """Whether a place lies in a heading or in bold print that begins its line: a label claims nothing."""
        begun = self.text[self.text.rfind("\n", 0, at) + 1 : at].lstrip()
        return begun.startswith("#") or (begun.startswith("**") and begun.count("**") == 1)

    def label(self, at: int, limit: int = 600) -> str:
        """The heading, bold line or lead-in with a colon under whose list, or directly under which, a place lies."""
        lines = self.masked(max(0, at - limit), at).split("\n")[:-1]
        for line in reversed(lines):
            if _BESIDE_LABELS.match(line):
                continue
            return line.strip() if _LABEL.match(line) else ""
        return ""

    def span_at(self, place: int) -> int:
        """The number of the stretch in which a place lies; -1 outside of all."""
        for number in range(bisect_right(self.starts, place) - 1, -1, -1)[:3]:
            if self.spans[number].start <= place < self.spans[number].end:
                return number
        return -1

    def in_plain_text(self, low: int, high: int, *, goes_on: bool = False) -> bool:
        """Whether a relation is read in a calculation of plain text. goes_on: its left side is that of the stretch before."""
        number = self.span_at(low)
        if number < 0:
            return False
        span = self.spans[number]
        if goes_on and any(s.plain for s in self.chain(number)):
            return True
        if not span.plain:
            return False
        same = not span.written or span.written[low - span.start : high - span.start] == self.text[low:high]
        return not (same and any(a <= low and high <= b for a, b in span.formulas))

    def chain(self, number: int) -> Iterator[MathSpan]:
        """A stretch and those that it may go on with, back to one that does not begin with `=` itself."""
        for place in range(number, max(-1, number - MOST_PLAIN), -1):
            span = self.spans[place]
            yield span
            if place < number and self.text[span.start : span.end].lstrip()[:1] != "=":
                return

    def section(self, at: int) -> int:
        """Number of the part in which a place lies."""
        return bisect_right(self.breaks, at)


def read(text: str) -> Document:
    """Find the mathematics of a reply. Text beyond MAX_REPLY characters is not read."""
    text = (
        text[:MAX_REPLY].replace("\\\r\n", "\\\n ").replace("\r\n", " \n").replace("\r", "\n")
    )  # places stay as they are
    text = with_points(text)
    flat = re.sub(r"^[ \t]{0,3}>+[ ]?", lambda m: " " * len(m.group()), text, flags=re.MULTILINE)
    flat = _QUOTED.sub(r"\1 \2 ", flat)
    flat = _TWICE.sub(r" \1 ", _BACKTICKS.sub(r" $\1$ ", flat))
    code: list[tuple[int, int]] = []
    computed = list(capped(calculated(flat)))
    without = without_money(flat, computed)
    spans = list(delimited(without, code))
    found = programs(text)
    spans = [s for s in spans if not holds(found, (s.outer_start, s.outer_end))]
    code += apart_from(found, [(s.outer_start, s.outer_end) for s in spans])
    if without != flat:
        before = {(s.start, s.end) for s in delimited(flat)}
        spans = [s if (s.start, s.end) in before else replace(s, plain=True) for s in spans]
    taken = [*((s.outer_start, s.outer_end) for s in spans), *code]
    bare = [MathSpan(low, high, low, high, False, bare=True) for low, high in bare_lines(without, taken)]
    bare = [replace(s, plain=is_newly_read(flat, without, s)) for s in [*bare, *(s for s in spans if s.bare)]]
    plain = sorted([*(s for s in bare if not s.plain), *capped(s for s in bare if s.plain)], key=lambda s: s.start)
    spans = [s for s in spans if not s.bare]
    taken = [*((s.outer_start, s.outer_end) for s in spans), *code]
    spans = sorted([*spans, *beside(computed, taken, plain, flat)], key=lambda s: s.start)
    more = going_on(flat, sorted([*((s.outer_start, s.outer_end) for s in spans), *code]))
    spans += capped((MathSpan(a, b, a, b, False, True, plain=True, named=again) for a, b, again in more), each=2)
    spans.sort(key=lambda s: s.start)
    breaks = [m.start() for m in _HEADING.finditer(flat) if _NEW_SCOPE.search(m.group())]
    return Document(flat, tuple(spans), tuple(breaks), tuple(s.outer_start for s in spans))


def calculated(text: str) -> Iterator[MathSpan]:
    """Calculations in numbers in all lines, whatever stands around them."""
    at = 0
    for line in text.splitlines(keepends=True):
        for c in calculations(line):
            low, high = at + c.start, at + c.end
            yield MathSpan(low, high, low, high, False, True, c.written, True, letters=c.letters)
        at += len(line)


def capped(spans: Iterable[MathSpan], each: int = 1) -> Iterator[MathSpan]:
    """The first ones, with MOST_PLAIN relations in all. each: for how many a span counts at least."""
    left = MOST_PLAIN
    for span in spans:
        left -= max(each, len(BARE.findall(span.written)))
        if left < 0:
            return
        yield span


def is_newly_read(text: str, without: str, span: MathSpan) -> bool:
    """Whether a stretch has LaTeX commands without delimiters, escaped stars, the number of a step before it, or a price."""
    inside = text[span.start : span.end]
    before = text[max(0, span.start - 8) : span.start]
    return bool(has_commands(inside) or _STEP.search(before)) or inside != without[span.start : span.end]


def without_money(text: str, computed: Iterable[MathSpan]) -> str:
    """The text without the dollars that are no delimiters: two of them in one calculation, each before a number."""
    out: list[str] = []
    at = 0
    for span in computed:
        inside = text[span.start : span.end]
        if len(_MONEY.findall(inside)) > 1:
            out += [text[at : span.start], _MONEY.sub(" ", inside)]
            at = span.end
    return "".join([*out, text[at:]])


def beside(
    computed: Sequence[MathSpan], taken: Sequence[tuple[int, int]], bare: Sequence[MathSpan], text: str
) -> Iterator[MathSpan]:
    """The stretches of plain text and the calculations; where these meet, both in one, as far as the calculation is more."""
    blocked = sorted(taken)
    firsts = [b[0] for b in blocked]
    left = list(reversed(bare))
    for span in computed:
        near = bisect_right(firsts, span.start) - 1
        if any(a < span.end and b > span.start for a, b in blocked[max(0, near) : near + 2]):
            continue
        while left and left[-1].end <= span.start:
            yield left.pop()
        joint = span
        while left and left[-1].start < joint.end:
            joint = united(left.pop(), joint, text)
        left.append(joint)  # the next calculation may be a part of the same stretch
    yield from reversed(left)


def united(other: MathSpan, span: MathSpan, text: str) -> MathSpan:
    """A stretch of plain text with the calculation in it. Letters that may be units are letters where others stand beside them."""
    low, high = min(other.start, span.start), max(other.end, span.end)
    kept = other.formulas if other.plain else ((other.start, other.end),)
    if (low, high) == (other.start, other.end) and not other.plain:
        here = slice(span.start - low, span.end - low)
        if is_but_letters(text[low:high][here], span):
            return other
    before, after = other.written or text[other.start : other.end], span.written
    behind = max(0, high - span.end)
    written = before[: max(0, span.start - low)] + after + before[len(before) - behind :][:behind]
    return MathSpan(low, high, low, high, False, True, written, True, kept, other.letters + span.letters)


def is_but_letters(inside: str, span: MathSpan) -> bool:
    """Whether a calculation is a formula as it stands, perhaps with letters that might be units."""
    return all(a == b or (b == " " and a in span.letters) for a, b in zip(inside, span.written, strict=True))


def delimited(text: str, code: list[tuple[int, int]] | None = None) -> Iterator[MathSpan]:
    """The mathematics between delimiters. code: gets the places of fences that hold programs."""
    at = 0
    ends: dict[str, int] = {}

    def end(close: str, start: int) -> int:
        """The place of a closer, found once for all openers before it; -1 where it is too far away."""
        if close not in ends or 0 <= ends[close] < start:
            ends[close] = text.find(close, start)
        return ends[close] if ends[close] <= start + MAX_SPAN else -1

    while True:
        found = _OPENERS.search(text, at)
        if found is None:
            return
        kind, start, inner = found.lastgroup, found.start(), found.end()
        at = inner
        match kind:
            case "fence":
                close = re.compile(r"^[ \t>]{0,8}(?:```|~~~)[ \t]*$", re.MULTILINE).search(text, inner)
                stop = close.start() if close else len(text)
                language = found.group().strip(" \t>`~").lower()
                if language in _CODE_MATH and not (
                    language in _PLAIN and is_program(text[inner : min(stop, inner + MAX_SPAN)])
                ):
                    yield from fenced(text, start, (inner, stop), language)
                elif code is not None:
                    code.append((start, close.end() if close else len(text)))
                at = close.end() if close else len(text)
            case "code":
                stop = text.find(found.group(), inner, inner + MAX_CODE + len(found.group()))
                if 0 <= stop < inner + MAX_CODE and "\n" not in text[inner:stop]:
                    at = stop + len(found.group())
                    piece = text[inner:stop]
                    if piece[:1] == "$" and piece[-1:] == "$" and len(piece) > 2:
                        yield MathSpan(inner + 1, stop - 1, start, at, False)
                    elif len(found.group()) == 2 and "''" in piece:  # two quotations, ``a'' and ``b''
                        at = inner
                    elif len(found.group()) > 1 or is_argument(piece) or is_program(piece):
                        if code is not None:
                            code.append((start, at))
                    elif BARE.search(piece) or (_GOES_ON.match(text, at) and is_joined(piece)):
                        yield MathSpan(inner, stop, start, at, False, bare=True)
            case "dd" | "bracket" | "paren":
                close = {"dd": "$$", "bracket": "\\]", "paren": "\\)"}[kind]  # type: ignore[assignment]
                stop = end(close, inner)  # type: ignore[arg-type]
                if stop < 0 or ("\n\n\n" if kind != "paren" else "\n\n") in text[inner:stop]:
                    continue
                at = stop + 2
                yield MathSpan(inner, stop, start, at, kind != "paren")
            case "env":
                name = found.group()[7:-1]
                stop = end(f"\\end{{{name}}}", inner)
                if stop >= 0:
                    at = stop + len(name) + 6
                    yield MathSpan(start, at, start, at, True)
            case "dollar":
                stop = closing_dollar(text, inner)  # type: ignore[assignment]
                if stop is not None:
                    at = stop + 1
                    yield MathSpan(inner, stop, start, at, False)


def closing_dollar(text: str, start: int) -> int | None:
    """The `$` that ends inline mathematics: on the same paragraph, not after a space, not before a digit. `$ x = 1 $` with blanks at
    both ends, on one line and without prose, is mathematics, too."""
    if start >= len(text) or text[start].isspace():
        return blank_dollar(text, start)
    limit = text.find("\n\n", start, start + MAX_SPAN)
    limit = min(len(text), start + MAX_SPAN) if limit < 0 else limit
    at = start
    while True:
        at = text.find("$", at, limit)
        if at < 0 or at - start > 2000:
            return None
        if text[at - 1] == "\\":
            at += 1
            continue
        if text[at - 1].isspace() and text[start:at].count(" ") > 6 and is_prose(text[start:at]):
            return None
        if text[at + 1 : at + 2].isdecimal() and re.fullmatch(r"[\d.,]+[^=]*", text[start:at]):
            return None
        return at


def blank_dollar(text: str, start: int) -> int | None:
    """The `$` that ends what begins with a blank."""
    stop = text.find("$", start, start + MAX_CODE)
    inside = text[start:stop] if stop >= 0 else ""
    if "\n" in inside or not inside[-1:].isspace() or not inside.strip() or text[stop + 1 : stop + 2].isdecimal():
        return None
    return None if is_prose(inside) else stop


def is_prose(inside: str) -> bool:
    """Whether two words stand there that are no commands and in no group: it lies between two prices."""
    return len(_PROSE.findall(inside)) > 1


_BEFORE_A_LINE = re.compile(r"[ \t]*(?:[A-Z][a-z]+|[a-z]{3,})(?:[ ,'-]+[A-Za-z]+){0,7}:[ \t]+")
"""Words before the mathematics of a line: `From the first row: x = 2y`."""


def fenced(text: str, outer: int, inside: tuple[int, int], language: str) -> Iterator[MathSpan]:
    """A code fence: its own delimiters if it has any, else LaTeX as a whole, else line by line."""
    low, high = inside
    piece = text[low:high]
    if "$" in piece or "\\[" in piece or "\\(" in piece:
        for span in delimited(piece):
            yield MathSpan(
                span.start + low, span.end + low, span.outer_start + low, span.outer_end + low, span.display, span.bare
            )
    elif language in ("math", "latex", "tex", "katex") or "\\begin{" in piece or "\\\\" in piece:
        yield MathSpan(low, high, outer, high, True)
    else:
        at = low
        for line in piece.splitlines(keepends=True):
            for part in re.split(f"({COLUMNS.pattern})", line):
                if BARE.search(part):
                    label = _BEFORE_A_LINE.match(part)
                    begin = at + (label.end() if label is not None else 0)
                    end = at + len(part.rstrip("\n"))
                    yield MathSpan(begin, end, begin, end, True, bare=True)
                at += len(part)
