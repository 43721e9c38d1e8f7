r"""Notations that are read by their writing alone: `]0, 1[`, `1010_2`, `2\hat{i} - \hat{j}`.

Not covered: numerals to a base with a point, vectors in other directions than i, j, k and x, y, z.
"""

from __future__ import annotations

import re

from evalkit.reading.maths.latex import CLOSERS, OPENERS, Tokens, bare, closing, split
from evalkit.reading.maths.names import FinalError
from evalkit.reading.maths.nodes import Based, Brackets, Matrix, Node, Scalar, Scaled

SETS = frozenset({"\\cup", "\\cap", "\\setminus"})
SEPARATORS = frozenset({",", ";", '"and', '"or'})


def inward(found: Tokens) -> Tokens:
    """`]0, 1[` as `(0, 1)`."""
    if "]" not in found and "[" not in found:
        return found
    turned: Tokens = []
    depth = 0
    for at, token in enumerate(found):
        if token == "]" and depth == 0:
            token = "("
        elif token == "[" and depth and (at + 1 == len(found) or found[at + 1] in SETS | SEPARATORS):
            token = ")"
        depth += (token in OPENERS) - (token in CLOSERS)
        turned.append(token)
    return turned


_BASES = {
    '"two': "2",
    '"three': "3",
    '"four': "4",
    '"five': "5",
    '"six': "6",
    '"seven': "7",
    '"eight': "8",
    '"nine': "9",
}
_BASES |= {'"ten': "10", '"twelve': "12", '"sixteen': "16"}


def based(found: Tokens) -> Node | None:
    """`1010_2`, `(1A)_{16}`, `345_{\\text{base }6}`, `0x2F`."""
    if found[:2] == ["0", "x"] and re.fullmatch("[0-9A-Fa-f]+", "".join(found[2:])):
        return Based("".join(found[2:]).upper().lstrip("0") or "0", 16)
    at = found.index("_") if "_" in found else -1
    digits = found[:at]
    if digits[:1] == ["("] and digits[-1:] == [")"]:
        digits = digits[1:-1]
    text, base = "".join(digits).lstrip('"'), "".join(t for t in bare(found[at + 1 :]) if t != '"base')
    base = _BASES.get('"' + base.lstrip('"'), base)
    if base.isdecimal() and int(base[:4]) > 10 and text.islower() and all(c in "0123456789abcdef" for c in text):
        text = text.upper()
    if at < 0 or not text or not text[0].isalnum() or not base.isdecimal() or not 2 <= int(base[:4]) <= 36:
        return None
    if not all("0" <= char <= "9" or "A" <= char <= "Z" for char in text) or not any(char.isdecimal() for char in text):
        return None
    if any(int(char, 36) >= int(base) for char in text):
        raise FinalError(f"{text} is no numeral to base {base}")
    return Based(text.lstrip("0") or "0", int(base))


_DIRECTIONS = ("ijk", "xyz")
_MARKS = frozenset({"\\hat", "\\vec", "\\mathbf", "\\boldsymbol", "\\bm", "\\widehat", "\\overrightarrow"})


def diagonal(found: Tokens) -> Node | None:
    """`\\operatorname{diag}(1, 2)`."""
    if found[:1] != ['"diag'] or found[1:2] not in (["("], ["{"], ["["]) or closing(found, 1) != len(found) - 1:
        return None
    parts = split(found[2:-1], frozenset({","}))[0]
    if not all(parts) or len(parts) > MOST_ROWS:
        return None
    entries = [Scalar(tuple(bare(part))) for part in parts]
    zero = Scalar(("0",))
    return Matrix(tuple(tuple(own if i == j else zero for j in range(len(entries))) for i, own in enumerate(entries)))


MOST_ROWS = 12


def directions(found: Tokens) -> Node | None:
    """`2\\hat{i} - \\mathbf{j}`: a vector by its unit vectors."""
    if not _MARKS & set(found):
        return None
    ahead = found[:1] if found[:1] in (["-"], ["+"]) else []
    if found[len(ahead) : len(ahead) + 1] == ["\\frac"]:
        return _over(ahead, found[len(ahead) + 1 :])
    parts, signs = split(found, frozenset("+-"))
    if parts[0]:
        signs = ["+", *signs]
    else:
        parts = parts[1:]
    given: dict[str, tuple[str, ...]] = {}
    for sign, part in zip(signs, parts, strict=True):
        at = next((i for i, token in enumerate(part) if token in _MARKS), len(part))
        marked = [token for token in part[at:] if token not in _MARKS | {"{", "}"}]
        if len(marked) != 1 or marked[0] in given:
            return None
        factor = part[: at - 1] if part[at - 1 : at] in (["\\cdot"], ["*"]) else part[:at]
        given[marked[0]] = (sign, "(", *(factor or ["1"]), ")")
    names = next((names for names in _DIRECTIONS if given.keys() <= set(names)), "")
    if len(given) < 2 or not names:
        return None
    shown = names if names[2] in given else names[:2]
    return Brackets(r"\langle", r"\rangle", tuple(Scalar(given.get(name, ("0",))) for name in shown))


def _over(sign: Tokens, found: Tokens) -> Node | None:
    """`{2\\hat i - \\hat j}{3}`: a vector over a number."""
    end = closing(found, 0)
    if found[:1] != ["{"] or end < 0 or closing(found, end + 1) != len(found) - 1:
        return None
    core, under = directions(bare(found[: end + 1])), found[end + 1 :]
    return Scaled(Scalar((*sign, "\\frac", "{", "1", "}", *under)), core) if isinstance(core, Brackets) else None
