r"""Characters of plain text -> tokens: `x₁²`, `½`, `∇`, `→`, `+ ... +`, Greek and mathematical alphabets, letters with a mark.

Not covered: words and commands, which lexer.py reads.
"""

from __future__ import annotations

import unicodedata

from evalkit.derivation.grammar.alphabet import ALPHABETS, CHARS, MARKS, SUB, SUP
from evalkit.derivation.grammar.tokens import Token, Tokens
from evalkit.reading.patterns import later

_SHAFTS = {
    "=>": "Rightarrow",
    "==>": "Rightarrow",
    "<=>": "Leftrightarrow",
    "<==>": "Leftrightarrow",
    "->": "to",
    "-->": "to",
}
"""Arrows of plain text."""
_ARROWS = sorted(_SHAFTS, key=len, reverse=True)
DOTTED = frozenset({"+", "-", ",", "*", "cdot", "times", "<", ">", "leq", "geq", "&", "\\\\"})
"""Signs before dots that stand for members of a list, a chain or a matrix."""
_DOTS_END = later(r"\s*(?:[-+,*<>&)\]≤≥]|\\(?:\\|\}|(?:cdot|times|[lg]eq?|end|right)(?![A-Za-z]))|\Z)")


class Characters(Tokens):
    """Reads one character, and those that go with it, at a place of `text[start:end]`."""

    def __init__(self, text: str, start: int, end: int) -> None:
        super().__init__(text, end)
        self.at = start
        self.unseen: set[int] = set()
        """Places of braces that close what only marks a result."""

    def character(self, char: str, start: int) -> None:
        if start in self.unseen:
            self.glued = False
        elif char in SUB:
            self.scripts(start, SUB, "_")
        elif char in SUP:
            self.scripts(start, SUP, "^")
        elif char in CHARS:
            kind, text = CHARS[char]
            if kind == "ws":
                self.glued = False
            elif kind == "half":
                for piece in ("(", *text, ")"):
                    self.put("num" if piece.isdecimal() else "op", piece, start, self.at)
            else:
                self.put(kind, text, start, self.at)
        elif char in MARKS:
            if self.out and self.out[-1].kind == "id":
                self.accent(MARKS[char], self.out.pop())
        elif char == "." and self.are_dots(start):
            self.at = start + 3
            self.put("cmd", "dots", start, self.at)
        elif char == "." and self.goes_on(start):
            self.at = start + 3
            self.glued = False
        elif char == "@":
            self.put("cmd", "cdot", start, self.at)  # the matrix product of programs
        elif char.isascii():
            shaft = self.arrow(start) if char in "=<-" else None
            if shaft is not None:
                self.at = start + len(shaft)
                self.put("cmd", _SHAFTS[shaft], start, self.at)
            else:
                self.put("op", char, start, self.at)
        else:
            self.exotic(char, start)

    def are_dots(self, start: int) -> bool:
        """`+ ... +`: three full stops between two signs or at an end. Behind figures they say that these go on."""
        before = self.out[-1] if self.out else None
        if not self.text.startswith("...", start, self.end) or before is None or before.text not in DOTTED:
            return False
        return _DOTS_END.match(self.text, start + 3, self.end) is not None

    def goes_on(self, start: int) -> bool:
        """`1.7320508... - 1`: three full stops right behind a decimal say that its figures go on."""
        before = self.out[-1] if self.out else None
        decimal = before is not None and before.kind == "num" and before.end == start and "." in before.text
        return decimal and self.text.startswith("...", start, self.end) and not self.text.startswith("....", start)

    def arrow(self, start: int) -> str | None:
        return next((a for a in _ARROWS if self.text.startswith(a, start, self.end)), None)

    def stands_apart(self, start: int) -> bool:
        """Whether a letter is none of a word."""
        beside = self.text[max(0, start - 1) : start] + self.text[start + 1 : min(self.end, start + 2)]
        return not any(c.isalpha() for c in beside)

    def accent(self, mark: str, letter: Token) -> None:
        for kind, text in (("cmd", mark), ("op", "{"), ("id", letter.text), ("op", "}")):
            self.put(kind, text, letter.start, self.at)

    def exotic(self, char: str, start: int) -> None:
        """Greek letters, letters with a mark and mathematical alphabets; anything else ends our understanding."""
        bare = unicodedata.normalize("NFD", char)
        if len(bare) == 2 and bare[0].isascii() and bare[1] in MARKS and self.stands_apart(start):
            self.accent(MARKS[bare[1]], Token("id", bare[0], start, self.at))
            return
        plain = unicodedata.normalize("NFKC", char)
        name = unicodedata.name(plain[:1], "")
        style = unicodedata.name(char, "")
        if "CIRCLED" in style and char.isnumeric():  # the number of a step or of an equation, no factor
            self.glued = False
            return
        if style.startswith("MATHEMATICAL"):
            self.lettering.upcoming = next((font for word, font in ALPHABETS.items() if word in style), None)
        if plain.isascii() and plain.isalnum():
            self.put("id" if plain.isalpha() else "num", plain, start, self.at)
        elif plain in ("∇", "∂"):
            self.put("cmd", "nabla" if plain == "∇" else "partial", start, self.at)
        elif name.startswith("GREEK") and "LETTER" in name:
            word = name.split()[-1].lower() if "SYMBOL" not in name else name.split()[1].lower()
            word = {"lamda": "lambda"}.get(word, word)
            self.put("id", "\\" + (word.capitalize() if "CAPITAL" in name else word), start, self.at)
        elif unicodedata.category(char) in ("Cf", "So", "Zs", "Mn", "Sk"):
            self.glued = False
        else:
            self.put("bad", char, start, self.at)

    def scripts(self, start: int, table: dict[str, str], mark: str) -> None:
        """A run of unicode sub- or superscripts becomes `_{...}` or `^{...}`."""
        stop = start
        while stop < self.end and self.text[stop] in table:
            stop += 1
        run = "".join(table[c] for c in self.text[start:stop])
        self.at = stop
        if mark == "^" and run.endswith("T") and run not in ("T", "-T"):  # W⁻¹ᵀ  # noqa: SIM108
            pieces = [run[:-1], "T"]
        else:
            pieces = [run]
        for piece in pieces:
            self.put("op", mark, start, stop)
            self.put("op", "{", start, stop)
            for c in piece:
                kind = "num" if c.isdecimal() else "id" if c.isalpha() else "op"
                if mark == "^" and c == "T":
                    self.put("cmd", "top", start, stop)
                else:
                    self.put(kind, c, start, stop)
            self.put("op", "}", start, stop)
