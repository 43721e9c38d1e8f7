r"""How a text spells its names. Which spellings of a letter are one name: `\mathbf x` and `x` are, unless the text writes both.

The lexer keeps every font: the token of `\mathbf x` is `\mathbf x`. A text that writes a letter in one way only means
one thing by it, and then the plain letter is its name, whichever way the problem writes it. Where both ways occur, for
the bare letter or for the letter with a subscript, each spelling is a name of its own. The entries `x_i` beside a
`\mathbf x` are no second spelling.

Not covered: two spellings of one thing in one text (they stay apart, so that nothing is judged of the undeclared one).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from evalkit.derivation.grammar.alphabet import ACCENTS, SAME
from evalkit.derivation.grammar.tokens import Token

Key = tuple[str, str]
"""Accent and letter."""
_VARIANTS = {f"\\{name}": f"\\{plain}" for name, plain in SAME.items()}
_ODD = {"\\mathcal", "\\mathbb", "\\mathfrak", "\\mathsf", "\\mathtt"}
TURNED = "\\turned"
"""Among the written names, where a sign that is no letter transposes."""
_KEPT = frozenset("de")
"""Upright they are constants and signs; bold and undeclared they are names."""


def letter_and_font(text: str) -> tuple[str, str]:
    r"""`\mathbf x` -> x, \mathbf; `\varphi` is \phi in a font of its own."""
    font, blank, letter = text.rpartition(" ")
    if blank and font.startswith("\\math") and text not in ("\\mathbb R", "\\mathbb E"):
        return _VARIANTS.get(letter, letter), font
    return (_VARIANTS[text], text) if text in _VARIANTS else (text, "")


@dataclass(frozen=True)
class Fonts:
    """The spellings of one text, and those that are names of their own."""

    used: Mapping[Key, frozenset[str]] = field(default_factory=dict)
    apart: frozenset[Key] = frozenset()
    plain: Mapping[Key, str] = field(default_factory=dict)
    """The font whose name is the plain letter, where that is not the plain font: the problem's, where it has one only."""

    odd: frozenset[str] = frozenset()
    """Names that the problem declares and that the text writes as sets and operators are written: perhaps another thing."""

    def name(self, key: Key, text: str) -> str:
        """The name of a letter that is written like this."""
        letter, font = letter_and_font(text)
        if key in self.apart and font != self.plain.get(key, ""):
            return text if font else f"\\mathnormal {letter}"
        return letter

    def settled(self, tokens: Sequence[Token]) -> list[Token]:
        """The tokens with the names that their spellings stand for."""
        out = list(tokens)
        for at, token in enumerate(tokens):
            if token.kind == "id":
                if not self.apart and " " not in token.text and token.text not in _VARIANTS:
                    continue  # what nearly all are: plain letters that are written in one way
                name = self.name((accent(tokens, at), letter_and_font(token.text)[0]), token.text)
                if name != token.text:
                    out[at] = token._replace(text=name)
        return out


def spellings(texts: Iterable[Sequence[Token]], declared: Fonts | None = None) -> Fonts:
    """The spellings of a text, given as stretches of tokens. declared: those of the problem that the text is about."""
    bare: dict[Key, set[str]] = {}
    scripted: dict[tuple[Key, int], set[str]] = {}
    for tokens in texts:
        for at in standing(tokens):
            if tokens[at].kind == "id":
                letter, font = letter_and_font(tokens[at].text)
                key = accent(tokens, at), letter
                places = subscripts(tokens, at)
                kept = scripted.setdefault((key, places), set()) if places else bare.setdefault(key, set())
                kept.add(font)
    found = [*bare.items(), *((key, fonts) for (key, _), fonts in scripted.items())]
    used = {key: frozenset(font for k, fonts in found if k == key for font in fonts) for key in dict(found)}
    apart = {key for key, fonts in found if len(fonts) > 1}
    known = declared if declared is not None else Fonts()
    apart = {key for key in apart if key != ("", "I") or key in known.used} | known.apart
    apart |= {key for key in used if key[1] in _KEPT and "" not in known.used.get(key, ())}
    plain = {key: known.plain.get(key, "") if key in known.apart else min(fonts) for key, fonts in known.used.items()}
    odd = {key[1] for key, fonts in bare.items() if fonts <= _ODD and key in known.used and not fonts & known.used[key]}
    return Fonts(used, frozenset(apart), plain, frozenset(odd))


def standing(tokens: Sequence[Token]) -> Iterator[int]:
    """The places that are no script and no denominator of a derivative: indices and labels are no letters of the text, and
    what is differentiated by is often written in another font."""
    depth = 0
    for at, token in enumerate(tokens):
        before = tokens[at - 1].text if at else ""
        if depth:
            depth += {"{": 1, "}": -1}.get(token.text, 0)
        elif token.text == "{" and before in ("_", "^"):
            depth = 1
        elif before not in ("_", "^", "partial"):
            yield at


def accent(tokens: Sequence[Token], at: int) -> str:
    before = at - 1
    while before >= 0 and tokens[before].text == "{":
        before -= 1
    return (
        tokens[before].text if before >= 0 and tokens[before].kind == "cmd" and tokens[before].text in ACCENTS else ""
    )


def subscripts(tokens: Sequence[Token], at: int) -> int:
    r"""The number of letters and numbers in the subscript of a letter: the `x_{ni}` are the entries of the `\\mathbf x_n`."""
    after = at + 1
    while after < len(tokens) and tokens[after].text == "}":
        after += 1
    if after >= len(tokens) or tokens[after].text != "_":
        return 0
    inner, _ = script(tokens, after + 1)
    return max(1, sum(text not in (",", "{", "}", "(", ")", "+", "-") for text in inner))


def written(tokens: Sequence[Token]) -> Iterator[str]:
    r"""The names that a stretch of mathematics writes, each with its subscript and its marks (`W_1`, `W_1^*`, `A'`, `P^-_k`,
    `\theta^1`); and `\top` where it writes a transpose sign, TURNED where that is no letter, `E[` where an expectation or a variance, `g(x)` where a
    letter has one in brackets."""
    for at, token in enumerate(tokens):
        if token.text in ("top", "intercal") and token.kind == "cmd":
            yield from ("\\top", TURNED)
        elif (
            token.text == "T"
            and at
            and tokens[at - 1].text in ("^", "{")
            and "^" in (tokens[at - 1].text, tokens[at - 2].text)
        ):
            yield "\\top"
        elif token.text in ("Var", "Cov", "\\mathbb E") or (token.text == "E" and next_text(tokens, at) == "["):
            yield "E["
        elif token.kind in ("id", "word"):
            yield full_name(tokens, at)
            if is_called(tokens, at):
                yield "".join(t.text for t in tokens[at : at + 4])


def is_called(tokens: Sequence[Token], at: int) -> bool:
    """`g(x)`: whether a letter stands there with another one in brackets right behind it."""
    signs = [t.text if t.kind == "op" else t.kind for t in tokens[at : at + 4]]
    return signs == ["id", "(", "id", ")"] and tokens[at + 1].glued


def powers_last(tokens: list[Token]) -> list[Token]:
    """`x_i^2` for `x^2_i`, of a letter: which of an index and a power is written first says nothing."""
    for at in range(1, len(tokens) - 3):
        if (tokens[at].kind, tokens[at].text) == ("op", "^") and is_letter(tokens, at - 1):
            power, low = script(tokens, at + 1)
            if low + 1 >= len(tokens) or tokens[low].text != "_" or not "".join(power).isdecimal():
                continue
            index, end = script(tokens, low + 1)
            if "{" not in index and end <= len(tokens):
                turned = zip([*tokens[low:end], *tokens[at:low]], tokens[at:end], strict=True)
                tokens[at:end] = [token._replace(start=place.start, end=place.end) for token, place in turned]
    return tokens


def is_letter(tokens: Sequence[Token], at: int) -> bool:
    r"""Whether a letter ends there, perhaps in the braces of its accent: `\hat{x}`."""
    if tokens[at].text == "}" and at > 2 and tokens[at - 2].text == "{":
        return tokens[at - 1].kind == "id" and tokens[at - 3].text in ACCENTS
    return tokens[at].kind == "id"


def next_text(tokens: Sequence[Token], at: int) -> str:
    return tokens[at + 1].text if at + 1 < len(tokens) else ""


def full_name(tokens: Sequence[Token], at: int) -> str:
    """The name that begins at a place."""
    name, low, label = tokens[at].text, "", ""
    place = at + 1
    for _ in range(2):
        mark = tokens[place].text if place < len(tokens) and tokens[place].kind == "op" else ""
        if mark == "'":
            return f"{name}{label}{low}'"
        if mark not in ("_", "^"):
            break
        inner, place = script(tokens, place + 1)
        if mark == "_":
            low = "_" + "".join(inner)
        elif len(inner) == 1 and inner[0] in ("*", "-", "+", "1", "\\prime"):
            label = "^" + inner[0]
    return name + label + low


def script(tokens: Sequence[Token], at: int) -> tuple[list[str], int]:
    """The texts of the script that begins at a place, and the place behind it."""
    if at < len(tokens) and tokens[at].text == "{":
        stop = at + 1
        while stop < len(tokens) and tokens[stop].text != "}":
            stop += 1
        return [t.text for t in tokens[at + 1 : stop] if t.kind not in ("sp", "qd")], stop + 1
    return [t.text for t in tokens[at : at + 1]], at + 1
