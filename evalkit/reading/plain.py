r"""Replies as plain text: Markdown and LaTeX decoration removed, with the way back to the reply's own positions.

`plain` is not a LaTeX reader: it unwraps what surrounds an answer (`\text{341 s}`, `**B**`, `$12{,}345$`,
`&lt;sos&gt;`), leaves unknown commands as they are, and forgets the structure of formulas (`x^{ab}` becomes `x^ab`).
Struck-out text (`~~B~~`) is dropped. All patterns are linear in the length of the text, capped at `CAP` characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from evalkit.reading.english import words
from evalkit.reading.patterns import later

CAP = 200_000
"""Characters of a reply that are read; what comes later is ignored."""


@dataclass(frozen=True, slots=True)
class Plain:
    """Plain text and, for each of its characters, where it came from."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original that `text[start:end]` came from; empty stretches are not allowed."""
        return self.starts[start], self.ends[end - 1]


_SYMBOLS = {
    "times": "×", "cdot": "·", "approx": "≈", "simeq": "≈", "sim": "~", "to": "→", "rightarrow": "→",
    "longrightarrow": "→", "Rightarrow": "⇒", "implies": "⇒", "mapsto": "→", "langle": "⟨", "rangle": "⟩",
    "lt": "<", "gt": ">", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠", "dots": "...",
    "ldots": "...", "cdots": "...", "checkmark": "✓", "quad": " ", "qquad": " ", "degree": "°", "circ": "°",
    "pi": "π", "div": "÷", "pounds": "£", "euro": "€", "therefore": "∴", "pm": "±",
    "textless": "<", "textgreater": ">", "lvert": "|", "rvert": "|", "vert": "|", "mid": "|",
    "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉",
}  # fmt: skip
_TOKEN = later(
    r"""
    (?![A-Za-km-oqrt-z0-9])  # how none of them begins, and how all do: most places end here
    (?=[~<\\{}*$^,&_`]|[^\x20-\x7e\n\t]|[ ]?(?:pi|\*\*)|sqrt|log)
    (?:
      (?P<struck>~~[^~\n]{1,300}~~)
    | (?P<noted><<[-\d.,+*/=()%\s]{3,80}>>)
    | (?P<frac>\\[dt]?frac[ ]{0,2}(?:\{[ ]{0,2}(?P<top>-?\d[\d.,]{0,30})[ ]{0,2}\}[ ]{0,2}
              \{[ ]{0,2}(?P<low>\d[\d.,]{0,30})[ ]{0,2}\}|(?P<t1>\d)(?P<l1>\d)))
    | (?P<ratio>\\[dtc]?frac(?=[ ]{0,2}\{))
    | (?P<root>\\sqrt(?![A-Za-z])(?:\[\d{1,2}\])?(?:[ ]{1,2}(?=[\d.]))?|(?<![A-Za-z\\])sqrt(?=\(|[ ]?\d))
    | (?P<binom>\\[dt]?binom[ ]{0,2}\{[ ]{0,2}(?P<n>\d{1,4})[ ]{0,2}\}[ ]{0,2}\{[ ]{0,2}(?P<k>\d{1,4})[ ]{0,2}\})
    | (?P<choose>\{[ ]{0,2}(?P<of>\d{1,4})[ ]{0,2}\\choose[ ]{0,2}(?P<some>\d{1,4})[ ]{0,2}\})
    | (?P<repeats>(?<=[\d.])\\(?:overline|bar|dot)[ ]{0,2}(?:\{(?P<cycle>\d{1,9})\}|(?P<digit>\d)))
    | (?P<pi>(?<=[\d*)])[ ]?pi(?![A-Za-z])|(?<![A-Za-z\\])pi(?=[ ]?[/*^]))
    | (?P<power>(?<=[\d)])[ ]?\*\*[ ]?(?=-?\d|\()(?![\d.,]{1,20}\*\*))
    | (?P<abroad>(?:(?<=\bUS)|(?<=\b[ACRS])|(?<=\b(?:NZ|HK|CA|AU)))\\?\$(?=[ ]?\d))
    | (?P<log>(?:\\|(?<![A-Za-z\\]))log(?:_\{(?:\d{1,3}|e)\}|_[\de]|[₀-₉]{1,3}))
    | (?P<degree>\^[ ]{0,2}(?:\{[ ]{0,2}\\circ[ ]{0,2}\}|\\circ(?![A-Za-z])))
    | (?P<raised>\^[ ]{0,2}\{(?!-?[A-Za-z0-9]{1,20}\}|(?:\\prime[ ]{0,2}){1,4}\}|\([^(){}]{1,20}\)\}))
    | (?P<wrap>\\(?:text(?:bf|it|tt|rm|sf|sc|normal)?|math(?:rm|bf|sf|tt|it|bb|cal)|operatorname\*?|mbox|hbox|boxed
              |bf|it|rm|tt|sf|sc|fbox|emph|underline|bm|boldsymbol|displaystyle|textstyle)(?![A-Za-z]))
    | (?P<env>\\(?:begin|end)[ ]{0,2}\{[A-Za-z]{1,20}\*?\}(?:\{[lcr|]{1,20}\})?)
    | (?P<color>\\(?:text)?color[ ]{0,2}\{[A-Za-z!0-9]{1,20}\})
    | (?P<size>\\(?:left|right|[bB]igg?[lrm]?)(?![A-Za-z])\.?)
    | (?P<comma>\{,\}|,\\![ ]{0,2}(?=\d{3}))
    | (?P<thin>\\[,;:>])
    | (?P<none>\\!|\\\(|\\\)|\$\$?)
    | (?P<gap>\\\[|\\\]|\\\\|\\[ \n]|(?<!~)~(?!~)|<br[ ]?/?>)
    | (?P<said></?q>)
    | (?P<tag></?(?:b|i|em|strong|sub|sup|u|code|p|span|mark)>)
    | (?P<escaped>\\[%_\#&${}<>*`~|\-.!])
    | \\(?P<symbol>[A-Za-z]{1,20})
    | (?P<entity>&(?:[A-Za-z]{2,8}|\#\d{1,6}|\#x[0-9A-Fa-f]{1,5});)
    | (?P<blank>_{3,})
    | (?P<brace>[{}])
    | (?P<stars>\*{2,3}|`{1,3})
    | (?P<star>(?<![\s\d])\*(?!\w)|(?<!\w)\*(?![\s\d])|(?<=\d)\*(?=[\s.,;:!?)]|$))
    | (?P<under>(?<!\w)_{1,2}(?=[A-Za-z"]|[-+]?\d[\d.,]{0,20}_)|(?<=[\w.!?"])_{1,2}(?!\w))
    | (?P<other>[^\x20-\x7e\n\t]|[\r\x00-\x08])
    )
    """,
    re.VERBOSE,
)
_DECORATES = later(r"[~<\\*^_$&{}`]|[^\x20-\x7e\n\t]|sqrt|(?<![A-Za-z])pi(?![A-Za-z])")
"""Every token holds one of these; a stretch without any, as most last lines are, is plain as it stands."""
_ALIKE = str.maketrans("“”„‟«»「」『』‘’‚‛′−‐‑⁄：；，", '""""""""""' + "'''''" + "---" + "/:;,")
_RAISED = {**dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True)), "⁻": "-", "⁺": "+"}
JOINS_MIXED = "\u2064"
"""Invisible plus: stands between the whole number and the fraction of `2\\frac12` and `2½`, never in other places."""
REPEATS = "\u2063"
"""Invisible separator: stands before the digits of `0.1\\overline6` that repeat."""
_ROOTS = {"∛": "√[3]", "∜": "√[4]"}
_KEPT_SPACES = "\u2009\u202f\u00a0"


@lru_cache(maxsize=4096)
def _character(char: str) -> str:
    """What stands for one character that is not printable ASCII."""
    if char in _KEPT_SPACES:
        return char  # they group digits, which an ordinary space does not
    if char in _ROOTS:
        return _ROOTS[char]
    folded = char.translate(_ALIKE)
    if folded != char:
        return folded
    if unicodedata.category(char) in ("Cc", "Cf", "Mn", "Cs", "Co"):
        return ""
    return unicodedata.normalize("NFKC", char).translate(_ALIKE)


def _replacement(match: re.Match[str], raised: bool) -> str | None:
    """What a token becomes; None = as it stands."""
    kind, text = match.lastgroup, match.group()
    if kind == "other":
        if text in _RAISED:
            return _RAISED[text] if raised else "^" + _RAISED[text]
        lowered = "₀" <= text <= "₉" and match.string[match.start() - 1 : match.start()].isdecimal()
        return "_" * lowered + _character(text)  # a numeral with its base: `101₂`
    if kind in ("top", "low", "t1", "l1", "frac"):
        return f"{match['top'] or match['t1']}/{match['low'] or match['l1']}"
    if kind == "root":
        return "√" + text.partition("sqrt")[2].rstrip()
    if kind == "binom":
        return f"C({match['n']},{match['k']})"
    if kind in ("of", "some", "choose"):
        return f"C({match['of']},{match['some']})"
    if kind in ("cycle", "digit", "repeats"):
        return REPEATS + (match["cycle"] or match["digit"])
    if kind == "log":  # the base must not run into what stands behind it: `\\log_28`
        name, base = text[: text.index("log") + 3], re.sub(r"[_{}]", "", text.partition("log")[2])
        return f"{name}_{unicodedata.normalize('NFKC', base)} "
    if kind == "symbol":
        return _SYMBOLS.get(match["symbol"])
    if kind == "entity":
        import html  # here and not above: two thousand names for the few replies that hold one

        return html.unescape(text)
    if kind == "escaped":
        return text[1]
    return {
        "thin": "\u2009",
        "noted": " ",
        "ratio": "",
        "pi": "π",
        "degree": "°",
        "power": "^",
        "abroad": " ",
        "raised": "^(",
        "gap": " ",
        "env": " ",
        "struck": " ",
        "blank": " ",
        "comma": ",",
        "said": '"',
    }.get(str(kind), "")


_LETTER_ALONE = later(r"[ ]{0,2}\{[A-Za-z]\}(?![A-Za-z0-9^])")
"""The argument of `\\sqrt{n}`: `√n` needs no brackets."""


def _brace(brace: str, closings: list[str], due: tuple[str, int], at: int) -> tuple[str, tuple[str, int]]:
    """What a brace becomes: a bracket where it holds the argument of a fraction or root, else nothing; and the argument
    that is due behind it."""
    if brace == "{":
        closings.append(due[0] if due[1] >= 0 else "")
        return ("(" if closings[-1] else ""), ("", -1)
    closing = closings.pop() if closings else ""
    return closing, ((")", at) if closing == ")/" else ("", -1))


def _beside(source: str, fraction: str, low: int, high: int, before: str) -> str:
    """A fraction among digits: `2\\frac12` is a mixed number, `\\frac12\\frac13` and `\\frac12 3` are products."""
    if before[-1:].isdecimal():
        fraction = ("·" if "/" in before else JOINS_MIXED) + fraction
    return fraction + "·" if source[low] == "\\" and source[high : high + 1].isdecimal() else fraction


def plain(source: str, start: int = 0, end: int | None = None) -> Plain:
    """`source[start:end]` without decoration; positions in the result refer to the whole of `source`."""
    stop = min(len(source) if end is None else end, start + CAP)
    if not _DECORATES.search(source, start, stop):
        return Plain(source[start:stop], range(start, stop), range(start + 1, stop + 1))
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []

    def emit(text: str, low: int, high: int) -> None:
        pieces.append(text)
        starts.extend([low] * len(text))
        ends.extend([high] * len(text))

    def copy(low: int, high: int) -> None:
        pieces.append(source[low:high])
        starts.extend(range(low, high))
        ends.extend(range(low + 1, high + 1))

    at, raised_until = start, -1
    closings: list[str] = []  # what each open brace becomes at its end
    due: tuple[str, int] = ("", -1)  # the closing of a brace that opens an argument, and where it must open
    for match in _TOKEN.finditer(source, start, stop):
        low, high = match.span()
        kind = match.lastgroup
        if at < low:
            copy(at, low)
        new = _replacement(match, raised_until == low)
        if kind == "other" and match.group() in _RAISED:
            raised_until = high
        if kind in ("frac", "other") and new and "/" in new[1:]:
            new = _beside(source, new, low, high, pieces[-1] if pieces else "")
        if kind == "ratio" or (kind == "root" and not _LETTER_ALONE.match(source, high, stop)):
            due = (")/" if kind == "ratio" else ")", high)
        elif kind == "raised":
            closings.append(")")
        elif kind == "brace":
            new, due = _brace(match.group(), closings, due if not source[due[1] : low].strip(" ") else ("", -1), high)
        if new is None:
            copy(low, high)
        else:
            emit(new, low, high)
        at = high
    copy(at, stop)
    return Plain("".join(pieces), starts, ends)


# ---------------------------------------------------------------- lines and words

ENUMERATOR = later(r"(?m)^[ \t>]{0,12}(?:[-*+•][ \t]{1,4})?\(?\d{1,3}[.)](?=[ \t])")
"""`1. ` or `2) ` at the start of a line: not a number of the text."""


def places(text: str, words: str) -> Iterator[int]:
    """Where words stand, those that do not overlap."""
    at = text.find(words)
    while at >= 0:
        yield at
        at = text.find(words, at + len(words))


def line_starts(text: str, low: int = 0, high: int | None = None) -> Iterator[int]:
    """Where the lines of a stretch begin. To look for what begins a line at every character takes several times as
    long."""
    yield low
    while (at := text.find("\n", low, high)) >= 0:
        low = at + 1
        yield low


_STRETCH = later(r"[^\s|]+")
SAYS = later(r"[^\W_]")
"""A letter or a digit: what is left says something."""


def count_words(text: str) -> int:
    """Stretches between white space (and table bars) that hold a letter or a digit; linear."""
    return sum(1 for stretch in _STRETCH.findall(text) if SAYS.search(stretch))


def phrase(text: str) -> tuple[str, ...]:
    """The folded words of a phrase that a problem file gives, decoration removed as in a reply."""
    return tuple(word.text for word in words(plain(text).text))
