r"""A short formula as a list of tokens: what only sets it apart or colours it is gone, numerals are whole.

A token is a string: a numeral (`12`, `0.5`), a letter, a sign, a command (`\frac`), a matrix' ends (`\begin{matrix}`,
`\end{matrix}`), its row end (`\\`), or words, which begin with a quotation mark (`"or`, `"km`). Spaces, fonts, sizes
and delimiters' `\left`, `\right` leave no token, so that two typesettings of one formula are one list.

Numerals: digits grouped by three with `,`, `{,}`, `\,`, `\!`, `~` are one; `0{,}5` and `0,5` have a decimal comma;
`1.5e3` is 1.5 times 10^3. A bare `1,234` is a numeral outside brackets and a list inside them.

Not covered: macros that the reply defines, colours with arguments, tables other than matrices, languages but English.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from evalkit.reading.maths.spelling import (
    ALIASES,
    BOLD,
    BOUNDED,
    CALLED,
    CHARACTERS,
    COMPARED,
    EQUAL_WORDS,
    FONTS,
    FUNCTIONS,
    IGNORED,
    JOINS,
    SAME,
    SPACED,
    UNICODE,
    UNMARKED,
    UNSPACED,
    plainly,
    unglued,
)  # fmt: skip
from evalkit.reading.patterns import later

Tokens = list[str]

_EMPTY = later(r"(?:there (?:is|are) )?no (?:real )?(?:solutions?|roots?)|empty set|the empty set|none", re.IGNORECASE)
_ALL = later(r"all real(?: number)?s?(?: numbers)?|the reals|every real number|all reals", re.IGNORECASE)
_TOKEN = later(
    r"\\(?P<end>begin|end)\s*\{(?P<name>[A-Za-z]+)\*?\}(?:\s*\{[clr|@{}\s]*\})?"
    r"|\\(?P<command>[A-Za-z]+)\*?|\\\\(?:\s*\[[^\]\n]{0,12}\])?|\\.|(?P<numeral>\d+(?:\.\d+)?|\.\d+)|(?P<char>\S)",
    re.DOTALL,
)
_THIN = r"(?:\{,\}|\\[,!;: ]|~|\{\\,\}|,\s*\\!|\{\}|\\thinspace| (?=\d{3}(?!\d)))\s*"
_GROUPED = later(rf"(?<![\d.])\d{{1,3}}(?:{_THIN}\d{{3}})+(?!\d)")
_DECIMAL_COMMA = later(r"(?<![\d.,])(\d+)\{,\}(\d+)(?!\d)")
_POWER_OF_TEN = later(r"(?<![\w.}])(\d+(?:\.\d+)?)[eE]([+-]?\d{1,3})(?![\d.])")
_COMMAS = later(r"(?<![\d.,])(\d{1,3}(?:,\d{3})+|0,\d+)(?![\d,])")
_TEXT = later(r"(\\(?:text[a-z]*|math[a-z]*|operatorname\*?|mbox|begin|end)\s*\{[^{}]*\})")
_SCRIPT = later(r"[\u3005-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_SCRIPT_JOINS = later(rf"(?<!{_SCRIPT.pattern})(?:{'|'.join(UNSPACED)})(?!{_SCRIPT.pattern})")
_WORD = later(
    rf"{_TEXT.pattern}|(?<![A-Za-z\\])"
    r"(or|and|to|union|intersect(?:ion)?|percent(?:age)?|per cent|pct|(?:abs|cbrt|root)(?=\()|"
    + "|".join(UNMARKED)
    + rf"|(?<=\s)(?:{'|'.join(SPACED)})(?=\s)|{'|'.join(UNSPACED)})(?![A-Za-z]|(?<=[А-я])[А-я])"
)
_UNION = later(r"(?<=[\])}])\s?U\s?(?=[(\[{]|\\\{)")
"""Typed between two sets."""
_CHOSEN_FROM = later(r"(?<![A-Za-z\\_^{.])C\s?\(\s?(\d{1,4}|[a-z])\s?,\s?(\d{1,4}|[a-z])\s?\)")
"""`C(n, 2)`."""
_COLOUR = later(r"\\(?:text)?color\s{0,2}(?:\[[^\]\n]{0,20}\])?\s{0,2}\{[A-Za-z0-9!,. ]{1,40}\}")
_LANDAU = later(r"\\math(?:cal|scr)\s{0,2}(?:\{\s?O\s?\}|O)(?=\s{0,2}(?:\\left)?\s{0,2}\()")
_SYSTEM = later(
    r"\\left\s?\\\{\s{0,3}\\begin\{(?:array|aligned|matrix|gathered)\}(?:\{[lcr@{}|. ]{1,20}\})?"
    r"(?=[^&]{1,400}\\right\s?\.)"
)
_SYSTEM_END = later(r"\\end\{(?:array|aligned|matrix|gathered)\}\s{0,3}\\right\s?\.")
"""A brace before several lines without columns."""
_PHASOR = later(r"(?<=[\d})])\s{0,2}\\angle(?=\s{0,2}\{?\s?[-+]?\s?(?:\d|\\frac|\\pi))")
"""`2 \\angle 60^\\circ`: an angle behind a number is that of a complex number."""
_CHOSEN = later(
    r"(?:\{\})?[_^]\{?(\d{1,4}|[a-z])\}?\s?(?:\\(?:mathrm|text|mathbf)\s?\{C\}|C)\s?_\{?(\d{1,4}|[a-z])\}?(?![\w^{])"
)
"""`{}_{10}C_3`."""
_MIXED = later(r"(?<![\d./^_{])(\d{1,6}) (\d{1,4})/(\d{1,4})(?![\d/])")


def tokens(latex: str) -> Tokens:
    """The tokens of a formula. Never raises; takes linear time."""
    text = plainly(latex.replace("\\$", " ").replace("$", " "))
    text = _RAISED.sub(_exponent, text)
    text = "".join(UNICODE.get(char, char) for char in text)
    text = _numbered(text)
    for written, command in COMPARED:
        text = text.replace(written, command)
    text = _UNION.sub(r"\\cup ", text.replace("{:}", ":"))
    text = _CHOSEN.sub(r"\\binom{\1}{\2}", text)
    text = _CHOSEN_FROM.sub(r"\\binom{\1}{\2}", text)
    if "\\\\begin" in text:
        text = text.replace("\\\\", "\\")  # escaped once too often, as in JSON: row ends too
    elif "\\begin" not in text:
        text = re.sub(r"\\\\(?=[A-Za-z])", r"\\", text)  # escaped once too often, as in JSON
    text = re.sub(r"(?<!\\)%", r"\\%", text)
    text = _PHASOR.sub(r"\\cis ", text)
    text = _COLOUR.sub("", text)
    text = _LANDAU.sub("O", text)
    if _SYSTEM.search(text):
        text = _SYSTEM_END.sub(r"\\end{cases}", _SYSTEM.sub(r"\\begin{cases}", text))
    text = _GROUPED.sub(lambda m: re.sub(r"\D", "", m[0]), text)
    text = _DECIMAL_COMMA.sub(r"\1.\2", text)
    text = _POWER_OF_TEN.sub(lambda m: rf"{m[1]}\cdot 10^{{{m[2].lstrip('+')}}}", text)
    text = _MIXED.sub(r"\1\\frac{\2}{\3}", text)
    text = _bare_commas(unglued(text))
    text = _WORD.sub(_marked, _joined(text) if _SCRIPT.search(text) else text)
    return _vectors(_quotients(_trimmed(_read(text))))


_INFINITY = {"infinity": "infty", "inf": "infty"}


def _joined(text: str) -> str:
    """Conjunctions without blanks, where nothing else of their script is in the formula: `x=1或x=2`."""
    bare = _SCRIPT_JOINS.sub("", _TEXT.sub("", text))
    if _SCRIPT.search(bare):
        return text
    return "".join(
        piece if at % 2 else _SCRIPT_JOINS.sub(r"\\text{ \g<0> }", piece) for at, piece in enumerate(_TEXT.split(text))
    )


def _marked(match: re.Match[str]) -> str:
    """Connectives as text, typed function names as commands; what stands in a command's braces stays."""
    if match[1]:
        return match[1]
    word = match[2]
    if word in UNMARKED or word in CALLED:
        return rf"\{_INFINITY.get(word, word)} "
    return rf"\text{{{word}}}" if word in UNSPACED else rf"\text{{ {word} }}"


def _bare_commas(text: str) -> str:
    """`1,234` outside brackets is a numeral, and so is `0,5`."""
    depth, at, pieces = 0, 0, []
    for match in _COMMAS.finditer(text):
        before = text[at : match.start()]
        depth += sum(before.count(c) for c in "([{") - sum(before.count(c) for c in ")]}")
        numeral = match[0].replace(",", "." if match[0].startswith("0,") else "") if depth == 0 else match[0]
        pieces += [before, numeral]
        at = match.end()
    return "".join((*pieces, text[at:]))


def _read(text: str) -> Tokens:
    found: Tokens = []
    at = 0
    while match := _TOKEN.search(text, at):
        at = match.end()
        if match["end"]:
            found.append(f"\\{match['end']}{{{'matrix' if match['name'] in BOUNDED else match['name']}}}")
        elif match["command"]:
            at = _command(text, match["command"], at, found)
        elif match["numeral"] or match["char"]:
            if match[0] != "~":
                found.append("0" + match[0] if match["numeral"] and match[0][0] == "." else match[0])
        elif match[0].startswith("\\\\"):
            found.append("\\\\")
        elif match[0] == r"\|":
            found.append(r"\Vert")
        elif match[0] in (r"\{", r"\}", r"\%"):
            found.append(match[0])  # what is left are spaces: `\,`, `\;`, `\ `, ...
    return found


def _command(text: str, name: str, at: int, found: Tokens) -> int:
    """Reads a command whose name ends at `at`; where reading goes on."""
    glued = re.match(r"q?quad(?=[A-Za-z])", name)
    if glued:
        return at - len(name) + glued.end()  # `\\quadx`
    if name in IGNORED:
        return at + 1 if name in ("left", "right") and text[at : at + 1] == "." else at
    if name in FONTS:
        group = re.compile(r"\s*(?:\{([^{}]*)\}|([A-Za-z]))").match(text, at)
        if group is None:
            return at  # a font for more than words: its braces stay as a group
        words = _words(group[1] if group[1] is not None else group[2])
        after_number = bool(found) and (found[-1][0].isdecimal() or found[-1] in (")", "}"))
        unit = after_number and len(words) == 1 and words[0].isalpha() and words[0] not in CHARACTERS
        unit = unit and not (words == ["d"] and "\\int" in found) and text[group.end() : group.end() + 1] != "_"
        found += ['"' + words[0]] if unit else words
        return group.end()
    if name in BOLD and (group := _BRACED.match(text, at)) and not _LETTER.search(_PLAIN.sub("", group[0])):
        return at  # a bold number is a number; a bold letter is a vector
    same = SAME.get(name, name)
    found.append(same if not same.isalpha() or same in CHARACTERS else "\\" + same)
    return at


_SUPERSCRIPTS = dict(
    zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", "0123456789+-=()abcdefghijklmnoprstuvwxyz", strict=True)
)
_RAISED = later(f"[{''.join(_SUPERSCRIPTS)}]+")


def _exponent(match: re.Match[str]) -> str:
    """`³ᵗ` as `^{3t}`."""
    return f"^{{{''.join(_SUPERSCRIPTS[char] for char in match[0])}}}"


_PLAIN_INDEX = later(r"(?<![A-Za-z\\^_{])(?<!frac )(?<!frac)([A-Za-z])([0-9])(?![0-9.,/!^])")


def _numbered(text: str) -> str:
    """`C1 + C2 x` as `C_1 + C_2 x`: a letter that two different figures follow is a family; one that one follows may be
    a product or a power."""
    found: dict[str, set[str]] = {}
    for match in _PLAIN_INDEX.finditer(text):
        found.setdefault(match[1], set()).add(match[2])
    families = {letter for letter, figures in found.items() if len(figures) > 1}
    return _PLAIN_INDEX.sub(lambda m: f"{m[1]}_{m[2]}" if m[1] in families else m[0], text) if families else text


_BRACED = later(r"\s*\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}")
_PLAIN = later(r"\\(?:[dt]?frac|sqrt|cdot|times|pi|pm|left|right|infty|circ)(?![A-Za-z])")
_LETTER = later(r"[A-Za-z]")


def _words(inside: str) -> Tokens:
    words = " ".join(inside.replace("~", " ").split()).strip(" .")
    if words in JOINS and (len(words) > 1 or inside != words):
        return [JOINS[words]]
    if words in ("&", r"\&"):
        return ['"and']
    if not re.search(r"[A-Za-z]{2}", words):
        return _read(inside)  # letters, numerals and signs in roman type
    if words in ALIASES:
        return ["\\" + SAME[words]]
    if words in FUNCTIONS or words.lower() in ("tr", "rank", "diag"):
        return ["\\" + words.lower()] if words in FUNCTIONS else ['"' + words]
    if _EMPTY.fullmatch(words):
        return [r"\emptyset"]
    if _ALL.fullmatch(words):
        return [r"\mathbb", "{", "R", "}"]
    lowered = words.lower().strip(", ;")
    return [EQUAL_WORDS.get(lowered, '"' + words)]


def _trimmed(found: Tokens) -> Tokens:
    while found and found[-1] in (".", ",", ";", "\\\\", '"and', '"or'):
        found.pop()
    while found and found[0] in (r"\implies", ",", ";"):
        found.pop(0)
    return found


def _quotients(found: Tokens) -> Tokens:
    """`{a \\over b}` as `\\frac{a}{b}`."""
    while "\\over" in found:
        at = found.index("\\over")
        opens = [i for i in range(at) if found[i] == "{" and closing(found, i) > at]
        start = opens[-1] if opens else -1
        end = closing(found, start) if opens else len(found)
        over, under = found[start + 1 : at], found[at + 1 : end]
        found = [*found[: max(start, 0)], "\\frac", "{", *over, "}", "{", *under, "}", *found[end + 1 :]]
    return found


_BOLD = frozenset("\\" + name for name in BOLD)


def _vectors(found: Tokens) -> Tokens:
    """`2\\mathbf{a} - \\mathbf{b}` as `2\\vec a - \\vec b`: a sum in which no two vectors are multiplied, perhaps in
    brackets behind a factor."""
    if not _BOLD & set(found) or any((len(t) == 1 and t.isupper()) or t in _OF_VECTORS for t in found):
        return found
    summed = found
    if "(" in found:
        low = found.index("(")
        high = closing(found, low)
        summed = found[low + 1 : high]
        if high < 0 or "(" in summed or (_BOLD | {"\\vec"}) & {*found[:low], *found[high:]}:
            return found
    vectors = 0
    for part in split(summed, frozenset("+-=,"))[0]:
        marks = [i for i, token in enumerate(part) if token in _BOLD or token == "\\vec"]
        letters = [
            bare(part[i + 1 : closing(part, i + 1) + 1] if part[i + 1 : i + 2] == ["{"] else part[i + 1 : i + 2])
            for i in marks
        ]
        vectors += len(marks)
        if len(marks) > 1 or any(
            len(letter) != 1 or not letter[0].islower() or len(letter[0]) > 1 for letter in letters
        ):
            return found
    return ["\\vec" if token in _BOLD else token for token in found] if vectors > 1 else found


_OF_VECTORS = frozenset({"^", "'", "|", r"\Vert", "\\nabla", "\\partial", "\\cdot", "\\times", "\\sum", "["})
OPENERS = {"(": ")", "[": "]", "{": "}", r"\{": r"\}", r"\langle": r"\rangle", r"\begin{matrix}": r"\end{matrix}"}
OPENERS |= {r"\lfloor": r"\rfloor", r"\lceil": r"\rceil", r"\begin{cases}": r"\end{cases}"}
CLOSERS = frozenset(OPENERS.values())


def split(found: Sequence[str], marks: frozenset[str]) -> tuple[list[Tokens], Tokens]:
    """The stretches between `marks` outside all brackets, and the marks themselves."""
    parts: list[Tokens] = [[]]
    seen: Tokens = []
    depth = 0
    for token in found:
        depth += (token in OPENERS) - (token in CLOSERS)
        if depth == 0 and token in marks:
            seen.append(token)
            parts.append([])
        else:
            parts[-1].append(token)
    return parts, seen


def closing(found: Sequence[str], at: int) -> int:
    """Where the bracket that opens at `at` closes, whatever its kind (`[0, 1)`); -1 where it does not."""
    depth = 0
    for index in range(at, len(found)):
        depth += (found[index] in OPENERS) - (found[index] in CLOSERS)
        if depth == 0:
            return index
    return -1


def bare(found: Sequence[str]) -> Tokens:
    """Without braces that hold all of it."""
    inner = list(found)
    while len(inner) > 1 and inner[0] == "{" and closing(inner, 0) == len(inner) - 1:
        inner = inner[1:-1]
    return inner
