r"""Text -> tokens, each with its place in the whole reply. LaTeX and unicode mathematics give the same tokens.

Spacing, `\left`, `\displaystyle` and the like vanish here; a letter in a font keeps it (`\mathbf x`), and spelling.py says
which spellings are one name. One pass, one regex, no nested quantifiers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from evalkit.derivation.grammar import lettering, macros, numerals
from evalkit.derivation.grammar.alphabet import (
    CLOSING,
    CMD_SAME,
    DROPPED_WITH_GROUP,
    FONTS,
    FUNCTIONS,
    GREEK,
    GROUPED_TEXT,
    IGNORED,
    OPENING,
    PROSE,
    SIZES,
    SPACES,
    SWITCHES,
    is_wide,
)
from evalkit.derivation.grammar.characters import Characters
from evalkit.derivation.grammar.lettering import CAPITALS, DIGIT, ONE_LETTER, SET
from evalkit.derivation.grammar.nodes import Unreadable
from evalkit.derivation.grammar.spelling import powers_last
from evalkit.derivation.grammar.tokens import Token as Token
from evalkit.derivation.grammar.transforms import with_transforms
from evalkit.reading.patterns import later

MAX_CHARS = 8000
MAX_DIGITS = 40
WORD = 4
"""Letters in a row that can be a word."""


_LEX = later(
    rf"(?P<ws>[ \t\r\n~]+)|{numerals.NUMBER}|(?P<cmd>\\(?:[A-Za-z]+\*?|.|\n))|(?P<word>[A-Za-z]+)|(?P<cm>%[^\n]*)|(?P<any>.)",
    re.DOTALL,
)
PROBABILITY = ("Pr", "Prob")
BELOW = ("hat", "bar", "tilde")
"""Words that stand below a letter where plain text means a mark on it: `y_hat`."""
_ARGUMENT = later(r"[ \t~]*(?:\\(?:left|bigl?|Bigl?|big|Big)\s*)?([(\[A-Za-z\\|\d])")
_UPRIGHT_T = re.compile(r"\s*(?:T(?![A-Za-z])|\{\s*T\s*\})")
_PRIMES, _PRIMES_IN = re.compile(r""), re.compile(r"(?:\s*\\prime)*\s*\}")
_REPEATED = later(r"(\.\d{0,12})?\s*\\(?:overline|bar)\s*\{(\d{1,12})\}")
"""What stands behind the whole part of `0.1\\overline{3}`."""
_LENGTH = later(r"\s*\{?\s*-?(?:\d+(?:\.\d*)?|\.\d+)\s*(?:em|ex|mu|pt|cm|mm|in)\s*\}?")
"""What `\\kern` is followed by; `\\kern{4em}`, which TeX does not know, is written, too."""
_SINGLE = later(r"\s*(?:\d+|[A-Za-z])")
_GROUP = later(r"\s*\{([^{}]{0,200})\}")
_LEFT_OPEN = later(r"\s{0,9}\{([^{}\\=]{1,20})\Z")
"""A group that the end of the mathematics closes."""


class Lexer(Characters):
    """Reads `text[start:end]`. `letters`: multi-letter names that count as one symbol in plain text."""

    def __init__(self, text: str, start: int, end: int, letters: frozenset[str] = frozenset()) -> None:
        if end - start > MAX_CHARS:
            raise Unreadable(f"longer than {MAX_CHARS} characters")
        super().__init__(text, start, end)
        self.letters = letters
        self.calls: Mapping[int, tuple[str, int]] = {}
        """What the macros of the reply stand for, and where each call ends, by its place."""

    def run(self) -> list[Token]:
        while self.at < self.end:
            found = _LEX.match(self.text, self.at, self.end)
            if found is None:  # cannot happen: the last branch takes any character
                break
            start, self.at = self.at, found.end()
            piece = found.group()
            match found.lastgroup:
                case "ws":
                    self.glued = False
                case "cm":
                    self.comment(start)
                case "grouped" | "scientific" | "comma" | "plain" as form:
                    self.number(form, piece, start)
                case "cmd":
                    self.command(piece[1:], start)
                case "word":
                    self.word(piece, start)
                case _:
                    self.character(piece, start)
        return powers_last(self.out)

    def number(self, form: str, piece: str, start: int) -> None:
        if len(piece) > MAX_DIGITS:
            raise Unreadable("a number of too many digits")
        repeated = _REPEATED.match(self.text, self.at, self.end) if form == "plain" else None
        if repeated is not None and ("." in piece) != (repeated[1] is not None):
            digits = piece + (repeated[1] or "")
            places = len(digits.partition(".")[2])
            self.at = repeated.end()
            tail = int(repeated[2]) / (10 ** len(repeated[2]) - 1) / 10**places
            self.put("num", repr(float(digits.rstrip(".") or 0) + tail), start, self.at)
            return
        inside = self.depth > 0 and not self.in_fraction()
        inside = inside and not (form == "comma" and numerals.is_operand(self.text, start, self.at))
        value = numerals.value(form, piece, inside)
        if value is not None:
            self.put("num", value, start, self.at)
        elif form == "comma" and (
            self.depth > 0 or self.text[self.at : self.at + 1] == "," or self.in_angles()
        ):  # a list: its first member
            first = piece[: piece.index(",")]
            self.at = start + len(first)
            self.put("num", first, start, self.at)
        else:
            self.put("doubt", piece, start, self.at)

    def comment(self, start: int) -> None:
        """`%` to the end of the line is a remark, but for `50%`."""
        self.glued = False
        if start and self.text[start - 1].isdecimal():
            self.at = start + 1
            self.put("op", "%", start, self.at)

    def word(self, piece: str, start: int) -> None:
        """Letters stand for themselves, except known function names and names that were declared as words."""
        if piece in self.letters:
            self.put("id", piece, start, self.at)
            return
        if piece[:1] == "d" and piece[1:] in self.letters:  # dRSS
            self.put("id", "d", start, start + 1)
            self.put("id", piece[1:], start + 1, self.at)
            return
        if piece in BELOW and self.is_below(start):
            self.out.pop()
            self.accent(piece, self.out.pop())
            return
        if piece in PROBABILITY and self.text[self.at : self.at + 1] in ("(", "["):
            self.put("id", "P", start, self.at)
            return
        if len(piece) > 1 and piece in FUNCTIONS and (len(piece) > 2 or self.takes_argument(piece)):
            self.put("fn", FUNCTIONS[piece], start, self.at)
            return
        if len(piece) >= WORD and (
            piece[1:].islower() and (piece[0].isupper() or self.text[self.at : self.at + 1] in ("(", "_"))
        ):
            self.put("word", piece, start, self.at)  # `Variance`, `corr(X, Y)`, `phase_2`: no product
            return
        for offset, letter in enumerate(piece):
            self.put("id", letter, start + offset, start + offset + 1)

    def is_below(self, start: int) -> bool:
        """Whether a word stands right below one letter, without braces."""
        letter, sign = self.out[-2:] if len(self.out) > 1 else (None, None)
        return (
            letter is not None and sign is not None and letter.kind == "id" and sign.text == "_" and sign.end == start
        )

    def takes_argument(self, piece: str) -> bool:
        """Whether two letters that could be a product (`tr`, `rk`) name a function: what follows tells."""
        following = _ARGUMENT.match(self.text, self.at, self.end)
        if following is None:
            return False
        return piece in ("ln", "Tr") or following.group(1) in "([" or (piece == "tr" and following.group(1).isupper())

    def group(self) -> str | None:
        """The plain text of the brace group that comes next, consumed; None where there is none."""
        found = _GROUP.match(self.text, self.at, self.end) or _LEFT_OPEN.match(self.text, self.at, self.end)
        if found is None:
            return None
        self.at = found.end()
        return found.group(1)

    def command(self, name: str, start: int) -> None:
        if name in ("\\", "\n", "newline"):  # a backslash at the end of a line is what Markdown leaves of two
            self.put("nl", "\\\\", start, self.at)
            found = re.compile(r"\s*\[[-\d.]{1,8}\s*(?:pt|em|ex|cm|mm)\]").match(self.text, self.at, self.end)
            self.at = found.end() if found else self.at
            self.glued = False
        elif name in SPACES:
            kind = SPACES[name] if name != "hspace" else "qd" if is_wide(self.group() or "") else ""
            if kind:
                self.put(kind, "\\" + name, start, self.at)
                self.glued = False
        elif name in DROPPED_WITH_GROUP:
            self.group()
        elif name in ("kern", "mkern", "hskip", "mskip"):
            found = _LENGTH.match(self.text, self.at, self.end)
            self.at = found.end() if found else self.at
        elif name == "pmod":  # the modulus is read from the text
            found = _GROUP.match(self.text, self.at, self.end) or _SINGLE.match(self.text, self.at, self.end)
            self.at = found.end() if found else self.at
        elif name in ("begin", "end"):
            self.put("env", f"{name}:{(self.group() or '').strip().rstrip('*')}", start, self.at)
        elif name in GROUPED_TEXT:
            self.prose(name, start)
        elif name == "Pr":
            self.put("id", "P", start, self.at)
        elif name == "mathop":
            self.operator(start)
        elif name == "prime":
            self.primes(start)
        elif name in SIZES:
            self.side = "<" if name in OPENING else ">" if name in CLOSING else self.side
        elif CMD_SAME.get(name, name) in GREEK:
            self.put("id", "\\" + CMD_SAME.get(name, name), start, self.at)
        elif name in IGNORED:
            pass
        elif name in FONTS and (name != "vec" or ONE_LETTER.match(self.text, self.at, self.end)):
            self.font(name, start)
        elif name in FUNCTIONS and name not in ("vec", "sqrt"):
            self.put("fn", FUNCTIONS[name], start, self.at)
        elif name in ("{", "}", "_", "&", "%", "$"):
            if name in "{}":
                self.put("op", "\\" + name, start, self.at)
            elif name == "%" or (name == "_" and not self.in_label()):
                self.put("op", name, start, self.at)
        else:
            name = CMD_SAME.get(name, name)
            if name == "Tr":
                self.put("fn", "tr", start, self.at)
            elif name in ("mathbbR", "mathbbE"):
                self.put("id", "\\mathbb " + name[-1], start, self.at)
            elif name == "vert":
                self.put("op", "|", start, self.at)
            elif name in ("lfloor", "rfloor", "lceil", "rceil"):
                self.put("op", "\\" + name, start, self.at)
            elif name in ("<", ">", "*", "[", "]"):
                self.put("op", name, start, self.at)
            elif not self.expanded(start):
                self.put("cmd", name, start, self.at)

    def expanded(self, start: int) -> bool:
        """Puts what a macro of the reply stands for; False where none is called here."""
        written, end = self.calls.get(start, ("", self.end + 1))
        if end > self.end:
            return False
        self.at = end
        for token in Lexer(written, 0, len(written), self.letters).run():
            self.put(token.kind, token.text, start, self.at)
        return True

    def primes(self, start: int) -> None:
        r"""`y^{\\prime\\prime}`, `y^\\prime`: what plain text writes as y''."""
        braced = [t.text for t in self.out[-2:]] == ["^", "{"]
        found = (_PRIMES_IN if braced else _PRIMES).match(self.text, self.at, self.end)
        if found is None or not (braced or [t.text for t in self.out[-1:]] == ["^"]):
            if self.out and (self.out[-1].kind in ("id", "word") or self.out[-1].text in ("'", "}")):  # f\prime(x)
                self.put("op", "'", start, self.at)
            else:
                self.put("cmd", "prime", start, self.at)
            return
        if braced:
            self.depth = max(0, self.depth - 1)
            self.lettering.end()
        del self.out[-2 if braced else -1 :]
        self.at = found.end()
        for _ in range(1 + found.group().count("prime")):
            self.put("op", "'", start, self.at)

    def font(self, name: str, start: int) -> None:
        """A command that sets what follows in a font: the rest of the group, a group, or one letter."""
        font = FONTS[name]
        raised = "".join(t.text for t in self.out[-2:]).endswith(("^", "^{"))
        if raised and font == "mathsf" and (turned := _UPRIGHT_T.match(self.text, self.at, self.end)):  # A^{\mathsf{T}}
            self.at = turned.end()
            self.put("cmd", "top", start, self.at)
            return
        marked = lettering.marked(self.text, self.at, self.end) if font == "mathbf" and name != "vec" else None
        if marked is not None:  # \mathbf{x = 3}: bold print that marks a result
            self.at = marked[0]
            self.unseen.add(marked[1])
        elif name in SWITCHES:
            self.lettering.begin(font)
        elif font == "mathbf" and DIGIT.match(self.text, self.at, self.end):
            self.put("cmd", "bold", start, self.at)
        elif name == "mathbb" and SET.match(self.text, self.at, self.end):
            self.put("cmd", "mathbb", start, self.at)
        elif word := CAPITALS.match(self.text, self.at, self.end):  # \mathbf{WH}^T: the exponent is that of H alone
            self.at = word.end()
            self.lettering.begin(font, inside=True)
            for place in range(word.start(1), word.end(1)):
                self.put("id", self.text[place], place, place + 1)
            self.lettering.end()
        else:
            self.lettering.upcoming = font

    def prose(self, name: str, start: int) -> None:
        """`\\text{...}` and friends: a function, an upright letter, a word name, or prose."""
        content = self.group()
        if content is None:
            return
        word = content.strip().rstrip("*")
        if word in FUNCTIONS:
            self.put("fn", FUNCTIONS[word], start, self.at)
        elif word == "of" and self.out and self.out[-1].text == "%":
            self.put("cmd", "times", start, self.at)
        elif word == "of":  # `\frac12 \text{ of } 80`: what stands behind it is not all
            self.put("word", word, start, self.at)
        elif word == "mod" and not (name == "operatorname" and self.text[self.at : self.at + 2].lstrip()[:1] == "("):
            self.put("cmd", "bmod", start, self.at)
        elif word in PROBABILITY and word not in self.letters:
            self.put("id", "P", start, self.at)
        elif name != "text" and word == "d":
            self.put("cmd", "d", start, self.at)
        elif name == "mathrm" and len(word) == 2 and word[0] == "d" and word not in self.letters:  # \mathrm{dx}
            self.put("cmd", "d", start, self.at)
            self.put("id", word[1], start, self.at)
        elif word in ("T", "top"):
            self.put("cmd", "top", start, self.at)
        elif word.lower() in PROSE:
            self.put("text", word, start, self.at)
        elif len(word) == 1 and word.isalnum():
            self.put("id" if word.isalpha() else "num", word, start, self.at)
        elif word.replace("-", "").isalnum() and (name in ("mathrm", "operatorname") or word in self.letters or len(word) <= 5
                                                  or (self.out and self.out[-1].text in ("_", "{", "sim"))):  # fmt: skip
            self.put("word", word, start, self.at)
        else:
            self.put("text", content, start, self.at)

    def operator(self, start: int) -> None:
        r"""`\\mathop{\\nabla}`, `\\mathop{argmax}`: what stands in the group, without it."""
        found = _GROUP.match(self.text, self.at, self.end)
        if found is None:
            return
        if found.group(1).strip().isalpha():
            self.prose("operatorname", start)
            return
        self.at = found.end()
        inner = Lexer(self.text, found.start(1), found.end(1), self.letters).run()
        self.out += [inner[0]._replace(start=start), *inner[1:]] if inner else []


def tokenize(text: str, start: int, end: int, letters: frozenset[str] = frozenset()) -> list[Token]:
    """The tokens of `text[start:end]`. Raises Unreadable over a cap."""
    lexer = Lexer(text, start, end, letters)
    lexer.calls = calls(text)
    return with_transforms(lexer.run())


@lru_cache(maxsize=4)
def calls(text: str) -> Mapping[int, tuple[str, int]]:
    """The calls of the macros of a reply whose names mean nothing else."""
    own = {name: macro for name, macro in macros.of(text).items() if is_unknown(name)}
    return macros.Calls(own).look(text) if own else {}


def is_unknown(name: str) -> bool:
    return [(t.kind, t.text) for t in Lexer(f"\\{name}", 0, len(name) + 1).run()] == [("cmd", name)]
