r"""`650\,\text{nm} = 6.5\times10^{-7}\,\text{m}`, `0.8\,\text{A}\times10\,\Omega = 8\,\text{V}`: calculations in numbers with units.

Units are those of the SI with their prefixes, and a few others. A side becomes a number of basic units; that both sides are of one kind is
seen by taking basic units of other sizes. What fails with units that have several meanings, or in slanted letters, is not false.
Not covered: letters for quantities, degrees, money (text/arithmetic.py), units that count (`5 apples`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from evalkit.derivation.following.reading import Reading
from evalkit.derivation.grammar.lexer import Token
from evalkit.derivation.grammar.nodes import Node, Unreadable
from evalkit.derivation.worlds.values import Trouble, array

Dimensions = tuple[int, int, int, int, int, int]
"""Exponents of metre, kilogram, second, ampere, kelvin, mole."""
_ONE: Dimensions = (0, 0, 0, 0, 0, 0)
_SI: dict[str, tuple[float, Dimensions]] = {
    "m": (1, (1, 0, 0, 0, 0, 0)), "g": (0.001, (0, 1, 0, 0, 0, 0)), "s": (1, (0, 0, 1, 0, 0, 0)), "A": (1, (0, 0, 0, 1, 0, 0)),
    "K": (1, (0, 0, 0, 0, 1, 0)), "mol": (1, (0, 0, 0, 0, 0, 1)), "Hz": (1, (0, 0, -1, 0, 0, 0)), "N": (1, (1, 1, -2, 0, 0, 0)),
    "J": (1, (2, 1, -2, 0, 0, 0)), "W": (1, (2, 1, -3, 0, 0, 0)), "Pa": (1, (-1, 1, -2, 0, 0, 0)), "V": (1, (2, 1, -3, -1, 0, 0)),
    "C": (1, (0, 0, 1, 1, 0, 0)), "F": (1, (-2, -1, 4, 2, 0, 0)), "Ω": (1, (2, 1, -3, -2, 0, 0)), "H": (1, (2, 1, -2, -2, 0, 0)),
    "T": (1, (0, 1, -2, -1, 0, 0)), "Wb": (1, (2, 1, -2, -1, 0, 0)), "L": (0.001, (3, 0, 0, 0, 0, 0)), "S": (1, (-2, -1, 3, 2, 0, 0)),
    "Wh": (3600, (2, 1, -2, 0, 0, 0)), "Ah": (3600, (0, 0, 1, 1, 0, 0)),
}  # fmt: skip
_OTHERS: dict[str, tuple[float, Dimensions]] = {
    "rad": (1, _ONE), "min": (60, _SI["s"][1]), "h": (3600, _SI["s"][1]), "hr": (3600, _SI["s"][1]), "l": _SI["L"],
    "ohm": _SI["Ω"], "ohms": _SI["Ω"], "VA": _SI["W"],
}  # fmt: skip
"""Those without prefixes."""
_WORDS = {"meter": "m", "metre": "m", "second": "s", "sec": "s", "hour": "h", "minute": "min", "gram": "g", "liter": "L", "litre": "L",
          "volt": "V", "amp": "A", "ampere": "A", "joule": "J", "watt": "W", "newton": "N", "kilogram": "kg", "kilometer": "km",
          "centimeter": "cm", "hertz": "Hz", "pascal": "Pa", "farad": "F"}  # fmt: skip
_PREFIXES = {"k": 3, "M": 6, "G": 9, "c": -2, "d": -1, "m": -3, "µ": -6, "μ": -6, "n": -9, "p": -12, "f": -15}
_SIZES = (math.sqrt(2.3), math.e, math.sqrt(3), math.pi / 2, math.sqrt(7), math.log(5))
"""Other sizes of the basic units, none of them a product of powers of the others: quotients of sides keep their value where both are
of one kind, and nowhere else."""
SAME = 1e-9
ROUNDED = 0.06
"""By what part a number with a power of ten, which may be rounded to two figures, differs from what it stands for."""
_UPRIGHT = re.compile(r"\\(?:text|textrm|mathrm|operatorname|mbox|textsf|textbf|rm)\s*\{")
_FACTOR = re.compile(r"([A-Za-zΩµμ]+)(?:\^?\{?(-?\d)\}?|([²³]))?")
_BLANK = frozenset({"sp", "qd"})
_SUMS, _DIVIDED = frozenset("+-"), frozenset({"/", "div"})
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_FREE = frozenset({"id", "word", "text", "env", "bad", "doubt"})
MAX_TOKENS, MAX_UNITS = 120, 20


@dataclass(frozen=True)
class Unit:
    """How many basic units it is, and which; sure: it has one meaning, and is written upright."""

    factor: float
    kind: Dimensions
    sure: bool = True


def quantities(
    reading: Reading, sides: tuple[Sequence[Token], Sequence[Token]]
) -> tuple[tuple[Node, Node], bool] | None:
    """Both sides as numbers of basic units, and whether they surely mean these; None where they are no such calculation, or of
    different kinds."""
    left, right = (marked(reading, side) for side in sides)
    if left is None or right is None:
        return None
    units = [u for side in (left, right) for u in side if isinstance(u, Unit)]
    on_both = all(any(isinstance(u, Unit) for u in side) for side in (left, right))
    if not on_both or len(units) > MAX_UNITS or not any(u.sure for u in units):
        return None  # of slanted letters alone, `28A + 49` is a sum of numbers
    try:
        plain = [number_of(reading, side, None) for side in (left, right)]
        turned = [number_of(reading, side, _SIZES) for side in (left, right)]
        scale = last_factor(right)
        one, other = as_tokens(left, None), as_tokens(right, None)
        if scale is not None:
            one = [mark("("), *one, mark(")"), *by_factor(1 / scale)]
            other = [t for t in right if isinstance(t, Token)]
        nodes = reading.parse(tuple(one)), reading.parse(tuple(other))
    except (Unreadable, Trouble, ArithmeticError, ValueError):
        return None
    if 0 in (*plain, *turned) or abs(turned[0] / plain[0] / (turned[1] / plain[1]) - 1) > SAME:
        return None
    rounded = "^" in map(text_of, right) and abs(plain[0] / plain[1] - 1) < ROUNDED
    return nodes, all(u.sure for u in units) and not rounded


def last_factor(side: Sequence[Token | Unit]) -> float | None:
    """The factor of the unit of a side that is one product of numbers and its unit: the other side is divided by it, as its figures
    tell."""
    *number, unit = side
    if not isinstance(unit, Unit) or any(isinstance(t, Unit) for t in number):
        return None
    texts = [text_of(t) for t in number]
    added = any(t in _SUMS and texts[i - 2 : i] != ["^", "{"] for i, t in enumerate(texts))
    return None if added or not _DIVIDED.isdisjoint(texts) else unit.factor


def number_of(reading: Reading, side: Sequence[Token | Unit], sizes: Sequence[float] | None) -> float:
    """The value of a side. Raises ValueError where it is no number."""
    env = reading.judge.general
    env.begin()
    value = array(env.value(reading.parse(tuple(as_tokens(side, sizes))), {}))
    if value.size != 1 or not math.isfinite(float(value.real.item())):
        raise ValueError
    return float(value.real.item())


def as_tokens(side: Sequence[Token | Unit], sizes: Sequence[float] | None) -> list[Token]:
    """A side with numbers for its units; a number right before one, or a power of it, is taken together with it. Raises ValueError
    where it is not clear what is divided."""
    out: list[Token] = []
    for at, part in enumerate(side):
        if isinstance(part, Token):
            out.append(part)
            continue
        size = math.prod(s**n for s, n in zip(sizes, part.kind, strict=True)) if sizes else 1.0
        factor = by_factor(part.factor * size)
        length = at - number_before(side, at)
        if is_divided(side, at - length, alone=length > 0):
            raise ValueError
        if length:
            out[-length:] = [mark("("), *out[-length:], *factor, mark(")")]
        else:
            out += factor
    return out


def number_before(side: Sequence[Token | Unit], end: int) -> int:
    """Where the number begins that ends at a place: `5`, `10^2`, `10^{-2}`; the place itself where something else ends there."""
    texts = [text_of(t) for t in side[:end]]
    at = end - 1
    if texts[at] == "}":
        at = max((i for i, t in enumerate(texts) if t == "{"), default=at)
    if texts[at - 1] == "^":
        at -= 2
    return at if at >= 0 and is_number(side[at]) else end


def is_divided(side: Sequence[Token | Unit], end: int, *, alone: bool) -> bool:
    """Whether something is divided in the product that ends at a place. alone: by what stands there, that is clear."""
    depth = 0
    for at in range(end - 1, -1, -1):
        text = text_of(side[at])
        depth += (text in _CLOSING) - (text in _OPENING)
        if depth < 0 or (depth == 0 and text in _SUMS):
            return False
        if depth == 0 and text in _DIVIDED and not (alone and at == end - 1):
            return True
    return False


def text_of(part: Token | Unit) -> str:
    return part.text if isinstance(part, Token) else ""


def is_number(part: Token | Unit) -> bool:
    return isinstance(part, Token) and part.kind == "num"


def by_factor(factor: float) -> list[Token]:
    """`* 1000`, `/ 1000`; nothing for 1."""
    if abs(factor - 1) < SAME:
        return []
    turned = 1 / factor
    whole = next(
        ((s, round(f)) for s, f in (("*", factor), ("/", turned)) if f > 1 and abs(f / round(f) - 1) < SAME), None
    )
    sign, text = (whole[0], str(whole[1])) if whole else ("*", repr(factor))
    return [mark(sign), Token("num", text, 0, 0)]


def mark(text: str) -> Token:
    return Token("op", text, 0, 0)


def marked(reading: Reading, tokens: Sequence[Token]) -> list[Token | Unit] | None:
    """The tokens with a unit for each run of what names one behind a number; None where other letters stand in it."""
    if len(tokens) > MAX_TOKENS:
        return None
    out: list[Token | Unit] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        behind = bool(out) and isinstance(out[-1], Token) and (out[-1].kind == "num" or out[-1].text in (")", "}"))
        run = unit_at(reading, tokens, at) if behind else None
        if run is not None:
            out.append(run[0])
            at = run[1]
            if at < len(tokens) and tokens[at].text in ("^", "_", "!"):
                return None
            continue
        if token.kind in _FREE:
            return None
        if token.kind not in _BLANK:
            out.append(token)
        at += 1
    return out if any(map(is_number, out)) else None


def unit_at(reading: Reading, tokens: Sequence[Token], at: int) -> tuple[Unit, int] | None:
    """The unit that begins at a place, and where it ends."""
    said, sure, end = "", True, at
    joined, apart = "", False
    while at < len(tokens):
        token = tokens[at]
        if token.kind in _BLANK:
            at, apart = at + 1, True
            continue
        if said and token.text == "^" and (power := exponent_at(tokens, at)) is not None:
            said, at = f"{said}^{power[0]}", power[1]
            end = at
            continue
        if said and (token.text in ("/", "cdot", "*")) and at + 1 < len(tokens):
            joined, at = ("/" if token.text == "/" else "·"), at + 1
            continue
        name = word_of(reading, token)
        if name is None or (joined == "·" and "/" in said):  # of `m/s·s`, what is divided is not clear
            break
        sure = sure and name[1]
        glue = (
            ""
            if said
            and said.split("·")[-1].split("/")[-1] in _PREFIXES
            and name[0] in ("Ω", *_SI)
            and not (joined or apart)
            else "·"
        )
        said = said + (joined or glue if said else "") + name[0]
        joined, apart, at = "", False, at + 1
        end = at
    found = unit_of(said) if said else None
    return (Unit(*found, sure), end) if found is not None else None


def word_of(reading: Reading, token: Token) -> tuple[str, bool] | None:
    """What a token names, and whether it is written upright."""
    if token.text in ("\\Omega", "\\mu"):
        return ("Ω" if token.text == "\\Omega" else "µ"), True
    if token.kind in ("text", "word"):
        said = token.text.replace("\\cdot", "·").replace("~", " ").strip(" .,")
        return (re.sub(r"\s+", "·", said), True) if said else None
    if token.kind != "id" or len(token.text) != 1:
        return None
    upright = bool(_UPRIGHT.match(reading.document.text, token.start))
    return token.text, upright


def exponent_at(tokens: Sequence[Token], at: int) -> tuple[int, int] | None:
    """The whole number behind a `^`, and where it ends."""
    texts = [t.text for t in tokens[at + 1 : at + 5]]
    for shape, place in ((["{", "-", "", "}"], 2), (["{", "", "}"], 1), (["-", ""], 1), ([""], 0)):
        here = texts[: len(shape)]
        if [t if i != place else "" for i, t in enumerate(here)] != shape or not here[place].isdecimal():
            continue
        if len(here[place]) == 1:
            return (-1 if "-" in shape else 1) * int(here[place]), at + 1 + len(shape)
    return None


def unit_of(said: str) -> tuple[float, Dimensions] | None:
    """`kg·m/s^2` -> its factor and its kind. All behind a slash divides."""
    factor, kind = 1.0, list(_ONE)
    for place, part in enumerate(said.split("/")):
        for name in part.split("·"):
            found = _FACTOR.fullmatch(name)
            unit = simple(found[1]) if found is not None else None
            if found is None or unit is None:
                return None
            power = int(found[2] or {"²": 2, "³": 3}.get(found[3] or "", 1)) * (-1 if place else 1)
            factor *= unit[0] ** power
            kind = [k + power * n for k, n in zip(kind, unit[1], strict=True)]
    return factor, (kind[0], kind[1], kind[2], kind[3], kind[4], kind[5])


def simple(name: str) -> tuple[float, Dimensions] | None:
    """A unit of one name, with its prefix."""
    name = _WORDS.get(name.lower().removesuffix("s") if len(name) > 3 else name, name)
    if name in _OTHERS or name in _SI:
        return _OTHERS.get(name) or _SI[name]
    if name[:1] in _PREFIXES and name[1:] in _SI:
        factor, kind = _SI[name[1:]]
        return factor * 10.0 ** _PREFIXES[name[0]], kind
    return None
