"""Mathematics without delimiters: stretches of unicode or plain equations in a line of prose, and where they end.

Not covered: equations with a name in words on a side (`Perimeter = 9 * 2`), and what a word between two signs stands for.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from evalkit.reading.maths.names import LETTERS

BARE = re.compile(r"[=≈≤≥∈≔⇒]")
"""A sign of relation."""
_ANY_WORDS = re.compile(r"[A-Za-z]{2,}(?![A-Za-z]*[₀-₉ᵀᵢⱼₖₙ⁻⁰¹²³(_^])")
_WORDS = re.compile(rf"(?<![\\A-Za-z]){_ANY_WORDS.pattern}")
_ALLOWED = frozenset((
    "Tr", "tr", "trace", "diag", "rank", "det", "log", "ln", "exp", "vec", "max", "min", "softmax", "sigmoid", "tanh", "sin",
    "cos", "sqrt", "tan", "cot", "sinh", "cosh", "arctan", "arcsin", "arccos", "gcd", "lcm", "erf",
))  # fmt: skip
"""Words of formulas, beside short ones with a capital (`dW`, `XX`)."""
_SHORT_WORDS = frozenset(
    [
        "Let",
        "For",
        "The",
        "And",
        "Set",
        "Put",
        "Now",
        "So",
        "As",
        "If",
        "It",
        "We",
        "In",
        "By",
        "On",
        "Or",
        "At",
        "To",
        "Is",
        "An",
        "Of",
        "No",
    ]
)
_MATHY = re.compile(r"[₀-₉ᵀ‖Σ∇∂√∫σλᵢⱼₖₙ²⁻¹⊤∑⌊⌈·α-ωΑ-Ω^_]|\b[A-Z]\b")
_COMMAND = re.compile(r"\\[A-Za-z]{2,}")
_TWO_LETTERS = frozenset((
    "am", "an", "as", "at", "be", "by", "do", "go", "he", "if", "in", "is", "it", "me", "my", "no", "of", "oh", "ok", "on", "or", "ox",
    "so", "to", "up", "us", "we", "vs", "ie", "eg", "et", "al", "cf", "id", "pi", "mu", "nu", "xi", "mm", "cm", "km", "nm", "kg", "mg",
    "ml", "ms", "ns", "hz", "kb", "mb", "gb", "tb", "eq", "pp", "th", "st", "nd", "rd", "de", "la", "le", "un", "en", "aa",
))  # fmt: skip
"""Words, units and names of two small letters; others are products."""
_ARITHMETIC = frozenset((
    "times", "plus", "minus", "over", "divided", "multiplied", "of", "squared", "cubed", "mod", "modulo", "percent", "choose",
    "factorial", "hundred", "thousand", "million", "billion", "trillion", "dozen", "to", "per",
))  # fmt: skip
"""Words that go on with a formula: what stands beside them is a part of one."""
GREEK = frozenset(name[1:] for name in LETTERS) - {"xi", "Xi", "ell", "hbar"} | {"pi"}
"""Words that nobody means as a product, nor as words."""
_BELOW = re.compile(rf"(?<![\w\\.])(?:[A-Za-z]|{'|'.join(sorted(GREEK))})_\Z")
"""Before a word that stands below one letter: `y_hat`."""
_MARKS = frozenset({"hat", "bar", "tilde"})
_FUNCTION = re.compile(r"[ \t]*[A-Za-z]\([A-Za-z]\)[ \t]*=")
"""`the slope of f(t) = ...`: a function is no part of which something is taken."""
_PLAIN = re.compile(
    r"[ \t]*[-−=(\w.|](?:[\w\u0302-\u0305\u0307 \t+\-−*/×÷·^().,%=≈≤≥|!′'°]|\\\*|(?<= )[<>](?= [\d−-]))*"
)
"""Letters one by one, numbers and signs."""
_OPENS, LONGEST = re.compile(r"(?:^|[.!?:]\s+)[A-Z][a-z]+$"), 40
"""One word that begins a sentence, behind which a comma may stand."""
_LIST = re.compile(r"[A-Za-z](?:_?\w)?[ ]?=[ ]?\[[-−\d\s.,;\[\]]+\]")
"""A letter that is a column or matrix of numbers: `y = [1; 2]`."""
_RELATION = re.compile(r"[=≈≤≥]")
_JOINED = re.compile(r"[\w)'][ \t]*(?:\\\*|[+\-−*/×÷·^])[ \t]*[\w(−-]")


def is_plain(piece: str, *, begins: bool) -> bool:
    """Whether it reads as a plain equation, `3x + 2 = 11`: with a letter or a number beside every sign of relation, and no sign of
    an operation at its ends, where the cut would have gone through it. begins: the line begins with it, perhaps with its sign."""
    sides = _RELATION.split(piece.rstrip(" \t\n.,;:)"))
    ends = piece.strip(" \t\n.,;:")
    return (
        _PLAIN.fullmatch(piece.strip()) is not None
        and len(sides) > 1
        and (begins or bool(sides[0].strip()))
        and all(any(c.isalnum() for c in side) for side in sides[1 if not sides[0].strip() else 0 :])
        and ends[-1:] not in "+-−*/×÷·^("
        and not ends.startswith("- ")
    )


def is_expression(piece: str) -> bool:
    """Whether a sign of an operation or two joins operands there, and neither a word nor a sign of relation stands among them."""
    body = piece.strip().rstrip(".,;")
    return (
        BARE.search(body) is None
        and _PLAIN.fullmatch(body) is not None
        and _JOINED.search(body) is not None
        and body[-1:] not in "+-−*/×÷·^("
        and all(is_of_formulas(found.group()) for found in _WORDS.finditer(body))
    )


def is_joined(piece: str) -> bool:
    """Whether it may be a side of an equation: something is joined in it, and no word of prose stands there."""
    joined = _JOINED.search(piece) is not None or _COMMAND.search(piece) is not None or ")(" in piece
    return joined and all(is_of_formulas(found.group()) for found in _WORDS.finditer(piece))


def has_commands(piece: str) -> bool:
    """Whether it is mathematics only by its LaTeX commands or stars, or a command stands where a word would end a formula."""
    if _MATHY.search(piece) is None:
        return _COMMAND.search(piece) is not None or "\\*" in piece
    words = (found for found in _ANY_WORDS.finditer(piece) if piece[found.start() - 1 : found.start()] == "\\")
    return not all(is_of_formulas(found.group()) for found in words)


def is_of_formulas(word: str) -> bool:
    """Whether a word is a function, a short name with a capital or a product of two letters."""
    if word in _ALLOWED or (len(word) <= 3 and any(c.isupper() for c in word) and word not in _SHORT_WORDS):
        return True
    return len(word) == 2 and word.islower() and word not in _TWO_LETTERS


def behind_comma(line: str, at: int, piece: str) -> str:
    """The piece without the comma behind the one word before it in its sentence: `First, 2 * 3 = 6`. No question is asked."""
    opens = _OPENS.search(line, max(0, at - LONGEST), at) if piece.startswith(", ") else None
    whole = all(BARE.search(part) for part in piece[2:].split(","))  # `So, t = 0, s = 1`
    return piece[2:] if opens is not None and whole and line[at + len(piece) :][:1] != "?" else piece


_NUMBER_OF_A_STEP = re.compile(r"[ \t]*\(?\w{1,3}\)[ \t]+")


def behind_number(piece: str) -> str:
    """The piece without the number of a step, `4) `, at its beginning."""
    found = _NUMBER_OF_A_STEP.match(piece)
    return piece[found.end() :] if found is not None and piece.count("(") < piece.count(")") else piece


_IN_NAME = re.compile(r"(?:[0-9_]\w*)?(?:\.[A-Za-z_]\w*)*(?:\[[^\]\s=]{0,20}\])?")
_BEGUN = re.compile(r"\\?[A-Za-z_]\w*\Z", re.ASCII)
_SIGN = r"[<>:!]?[=≈≤≥∈≔⇒]+"
_SIDE = re.compile(rf"[ \t]*(?:{_SIGN}|[-+−*/×÷·^<>(][^=≈≤≥∈≔⇒]*(?:{_SIGN}|$))")
_LAST_SIDE = re.compile(rf"{_SIGN}(?:[^=≈≤≥∈≔⇒]*[-+−*/×÷·^(])?[ \t]*$")
LONGEST_NAME = 60


def identifier(line: str, start: int, end: int) -> tuple[int, int]:
    """The whole name of which a word is a part: `alpha1`, `phase_2`, `b_mean`, `self.x`; not `10kg`."""
    begun = _BEGUN.search(line, max(0, start - LONGEST_NAME), start)
    found = _IN_NAME.match(line, end)
    return begun.start() if begun is not None else start, found.end() if found is not None else end


def is_letter(line: str, start: int, end: int) -> bool:
    """Whether a word is a Greek letter, or a mark below a letter, `y_hat`, and no part of a longer name."""
    word = line[start:end]
    if word in _MARKS:
        return _BELOW.search(line, max(0, start - LONGEST), start) is not None
    return word in GREEK and identifier(line, start, end) == (start, end)


def behind_side(piece: str) -> str:
    """What follows the side that a name in the words before begins: `alpha1 + 1 = 3 + 4 = 7`."""
    found = _SIDE.match(piece)
    return piece[found.end() :] if found is not None else piece


def before_side(piece: str) -> str:
    """What stands before the side that a name behind it ends: `3 + 4 = 7 = 2 * n_samples`."""
    found = _LAST_SIDE.search(piece)
    return piece[: found.start()] if found is not None else piece


def bare_lines(text: str, places: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Stretches of unicode or plain mathematics around an `=`, cut at words and sentence marks. places: what is taken."""
    taken = sorted(places)
    firsts = [t[0] for t in taken]
    at = 0
    for line in text.splitlines(keepends=True):
        start, at = at, at + len(line)
        if not BARE.search(line) or len(line) > 600 or line.lstrip().startswith(("|--", "```", "~~~")):
            continue
        near = bisect_right(firsts, start) - 1
        blocked = [t for t in taken[max(0, near) :] if t[0] < at and t[1] > start] if taken else []
        if near >= 0 and taken[near][1] >= at - 1 and taken[near][0] <= start:
            continue
        for low, high in stretches(line, [(max(0, a - start), min(len(line), b - start)) for a, b in blocked]):
            yield start + low, start + high


REMARK = re.compile(r"\s\((?=[a-z]{3,}\s)[^()=≈]{0,80}\)(?=\s*(?:[.,;:*]|$))")
"""Words in brackets behind an equation: `w = 1.5, b = 2 (from the last step)`."""
COLUMNS = re.compile(r"(?<=[^\s=≈+\-−*/·×^(,])[ ]{3,}(?=[^\s=≈≤≥<>+\-−*/·×^),|][^=≈]{0,40}[=≈])")
"""Between the equations of a line that some blanks keep apart."""


def stretches(line: str, blocked: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Pieces of a line between words, blocked stretches and cell bars that hold an `=` and look like mathematics."""
    cuts: list[tuple[int, int]] = list(blocked)
    starts, ends = set(), set()  # of names
    for found in _WORDS.finditer(line):
        word = found.group()
        if is_of_formulas(word) or is_letter(line, *found.span()):
            continue
        if re.fullmatch(r"d[a-z]", word) and "∫" in line[: found.start()]:
            continue
        if re.fullmatch(r"d[a-z]", word) and "/" in line[max(0, found.start() - 1) : found.end() + 1]:  # df/dx
            continue
        cuts.append(name := identifier(line, *found.span()))
        if name != found.span():
            starts.add(name[0])
            ends.add(name[1])
    cuts += [
        m.span()
        for m in re.finditer(
            r"^\s*(?:[-*+]|\d+[.)]|\((?:[a-z]|[ivx]+|\d+)\)|[a-z]\))\s+|\*\*|(?<=\s)\|(?=\s)|:\s|\.\s|;\s(?![^\[\]=]*\])|(?<=\]\s)\((?:[A-Za-z]\s?=\s?\d{1,2}(?:,\s?)?)+\)|[✓✔✅➡→—]|,\s(?=[a-z]{2,})|(?<=[A-Za-z]{2})\s(?:[aA]\s(?=[A-Za-z]{2})|a\s(?=\d))",
            line,
        )
    ]
    cuts += [m.span() for pattern in (COLUMNS, REMARK) for m in pattern.finditer(line)]
    cuts.sort()
    low = 0
    before = ""
    for a, b in [*cuts, (len(line), len(line))]:
        piece = line[low:a] if a > low else ""
        low += len(piece) - len(behind_side(piece) if low in ends else behind_number(piece))
        piece = line[low:a] if a > low else ""
        piece = before_side(piece) if a in starts else piece
        beside = {before.lower(), line[a:b].strip().lower()}
        named = before.lower() == "of" and _FUNCTION.match(piece)
        before = line[a:b].strip() if b > low else before
        if beside & _ARITHMETIC and not named:
            low = max(low, b)
            continue
        if (
            piece
            and BARE.search(piece)
            and (
                _MATHY.search(piece)
                or _COMMAND.search(piece)
                or _LIST.fullmatch(piece.strip(" \t\n*:,.;"))
                or is_plain(behind_comma(line, low, piece), begins=low == 0)
            )
        ):
            lead = len(piece) - len(piece.lstrip(" \t*:,.;"))
            tail = len(piece.rstrip(" \t\n*:,.;("))
            if tail > lead:
                yield low + lead, low + tail
        low = max(low, b)
