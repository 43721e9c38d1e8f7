r"""Words of plain text that name what LaTeX has a command for: `lambda`, `dbeta`, `sum_{i=1}^n`, `y_hat`, `W_new`.

In LaTeX letters side by side are a product; nobody who writes a formula in plain text means `l * a * m * b * d * a`.
Not covered: `xi`, which is as often `x_i`; names of programs (`learning_rate`); a word that is no Greek letter above a subscript.
"""

from __future__ import annotations

from evalkit.derivation.grammar.alphabet import LETTERS
from evalkit.derivation.grammar.lexer import BELOW, Lexer, Token
from evalkit.derivation.grammar.transforms import with_transforms
from evalkit.reading.patterns import later

SIGNS = {"sum": "sum", "prod": "prod", "partial": "partial", "nabla": "nabla", "grad": "nabla"}
INDICES = frozenset("ijklmnpqrst")
LABEL = 3
"""Letters in a row below that are a word, unless all of them are indices."""
_SCRIPT, _OPERAND = later(r"_"), later(r"_|[ \t]+[A-Za-z(^]")


class PlainLexer(Lexer):
    """Reads `text[start:end]` of plain text."""

    def word(self, piece: str, start: int) -> None:
        if piece in self.letters:
            super().word(piece, start)
        elif piece in LETTERS:
            self.put("id", "\\" + piece, start, self.at)
        elif piece[:1] == "d" and piece[1:] in LETTERS and len(piece) > LABEL:  # dbeta
            self.put("id", "d", start, start + 1)
            self.put("id", "\\" + piece[1:], start + 1, self.at)
        elif piece in SIGNS and (_SCRIPT if piece in ("sum", "prod") else _OPERAND).match(self.text, self.at, self.end):
            self.put("cmd", SIGNS[piece], start, self.at)
        elif piece in BELOW or not self.label(piece, start):
            super().word(piece, start)

    def label(self, piece: str, start: int) -> bool:
        """Puts a word that stands right below a letter, `W_new`; False where it is none."""
        if not self.is_below(start) or len(piece) < LABEL or INDICES.issuperset(piece):
            return False
        self.put("word", piece, start, self.at)
        return True


def tokenize_plain(text: str, start: int, end: int, letters: frozenset[str] = frozenset()) -> list[Token]:
    """The tokens of `text[start:end]`, which is plain text. Raises Unreadable over a cap."""
    return with_transforms(PlainLexer(text, start, end, letters).run())
