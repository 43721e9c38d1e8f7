r"""One token, and the tokens put so far: what they tell of the place where the next one stands.

In which group, subscript or exponent it is; a bar behind `\left` opens, and one behind `\right` closes; a letter keeps the
font that is in force.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from evalkit.derivation.grammar.lettering import Lettering
from evalkit.derivation.grammar.nodes import Unreadable

MAX_TOKENS = 2000
LABEL = 40
"""Letters that a label in a subscript may have."""
OPEN = {"(": ")", "[": "]", "{": "}", "\\{": "\\}", "\\lfloor": "\\rfloor", "\\lceil": "\\rceil"}
_GROUPING = frozenset({"frac", "dfrac", "tfrac", "cfrac", "sqrt"})


class Token(NamedTuple):
    """kind: num, id (one symbol), word (upright letters), fn, cmd, op, env, text (prose), sp, qd (spaces), nl, doubt (a number
    that could mean two things), bad. `text` is canonical; start and end are places in the reply."""

    kind: str
    text: str
    start: int
    end: int
    glued: bool = False
    """True where no white space stands before it."""


_SIDES = re.compile(r"\\(left|right)(?![A-Za-z])")
_LIMITS_BAR = re.compile(r"\s*(\||\\r?vert(?![A-Za-z]))\s*_")
MAX_INSIDE = 600
"""Characters between `\\left.` and its bar."""


class Tokens:
    """Of `text` up to `end`, in their order. Raises Unreadable over a cap."""

    def __init__(self, text: str, end: int) -> None:
        self.text, self.end = text, end
        self.out: list[Token] = []
        self.glued = False
        self.side = ""
        self.depth = 0
        """Of open brackets and braces."""
        self.ends: set[int] = set()
        r"""Places of the bars that end what a `\\left.` opens."""
        self.lettering = Lettering()

    def in_angles(self) -> bool:
        r"""After a `\langle` that nothing has closed."""
        last = next((t.text for t in reversed(self.out[-LABEL:]) if t.text in ("langle", "rangle")), "")
        return last == "langle"

    def in_subscript(self) -> bool:
        last = [t.text for t in self.out[-2:]]
        return last[-1] in ("_", "^") or (last[-1] == "{" and last[0] in ("_", "^"))

    def in_exponent(self) -> bool:
        """Right after `^` or `^{`, where T in any font is a sign."""
        last = [t.text for t in self.out[-2:]]
        return last[-1:] == ["^"] or last == ["^", "{"]

    def in_label(self) -> bool:
        r"""Whether letters of a subscript in braces stand before: the sign of `I_{robot\\_assembly}` is one of its label."""
        for at in range(len(self.out) - 1, max(0, len(self.out) - LABEL) - 1, -1):
            token = self.out[at]
            if token.kind != "id":
                return token.text == "{" and at > 0 and self.out[at - 1].text == "_"
        return False

    def in_fraction(self) -> bool:
        r"""Whether the innermost open group is that of a fraction or a root, where commas separate nothing."""
        depth = 0
        for at in range(len(self.out) - 1, max(-1, len(self.out) - LABEL), -1):
            text = self.out[at].text if self.out[at].kind == "op" else ""
            depth += (text in OPEN.values()) - (text in OPEN)
            if depth < 0:
                before = self.out[at - 1].text if at else ""
                return text == "{" and (before in _GROUPING or (before == "}" and self.is_below(at - 1)))
        return False

    def is_below(self, at: int) -> bool:
        """Whether the group that ends at a token is the numerator of a fraction."""
        depth = 0
        for place in range(at, max(-1, at - LABEL), -1):
            depth += (self.out[place].text == "}") - (self.out[place].text == "{")
            if depth == 0:
                return place > 0 and self.out[place - 1].text in _GROUPING - {"sqrt"}
        return False

    def put(self, kind: str, text: str, start: int, end: int) -> None:
        """Add one token; `\\left` before a bar makes it an opening bar."""
        if self.side and (kind, text) in (("op", "|"), ("cmd", "|"), ("cmd", "vert")):
            text += self.side
        if self.side and (kind, text) == ("op", "."):
            bar = closing_bar(self.text, end, self.end) if self.side == "<" else None
            self.side = ""
            if bar is not None:
                self.ends.add(bar)
                self.put("op", "(", end, end)
            return
        self.side = ""
        if kind == "op" and text == "vert":
            text = "|"
        if start in self.ends:
            self.ends.discard(start)
            self.put("op", ")", start, start)
        if text in ("perp", "bot") and self.out and self.in_subscript():  # U_\\perp is a name
            kind, text = "id", "perp"
        text = self.lettered(kind, text)
        self.out.append(Token(kind, text, start, end, self.glued))
        self.glued = True
        if kind == "op":
            self.depth = max(0, self.depth + (text in OPEN) - (text in OPEN.values()))
        if len(self.out) > MAX_TOKENS:
            raise Unreadable(f"more than {MAX_TOKENS} tokens")

    def lettered(self, kind: str, text: str) -> str:
        """The letter in the font that is in force here. A T in an exponent is a sign in every font."""
        font = self.lettering.font_of(text if kind == "op" else "")
        letter = kind == "id" and text != "perp" and " " not in text and not (text in "TH" and self.in_exponent())
        return f"\\{font} {text}" if font and letter else text


def closing_bar(text: str, start: int, end: int) -> int | None:
    r"""The place of the bar of `\\left. F \\right|_a^b`, where the text inside goes up to `start`."""
    depth = 1
    for found in _SIDES.finditer(text, start, min(end, start + MAX_INSIDE)):
        depth += 1 if found[1] == "left" else -1
        if depth == 0:
            bar = _LIMITS_BAR.match(text, found.end(), end)
            return bar.start(1) if bar is not None else None
    return None
