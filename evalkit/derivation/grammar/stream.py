"""Reading tokens: the part of the parser that knows delimiters and LaTeX arguments but no mathematics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from evalkit.derivation.grammar.alphabet import ACCENTS
from evalkit.derivation.grammar.nodes import Node, Unreadable
from evalkit.derivation.grammar.tokens import OPEN, Token

MAX_DEPTH = 60


SCALAR, COLUMN, ROW, MATRIX = "scalar", "column", "row", "matrix"


class Names(Protocol):
    """What the parser must know about names."""

    def role(self, name: str) -> str | None:
        """`function`, `definition` (with arguments), `notation` (a definition without arguments), `size`, `value`, or None
        for an unknown one."""

    def shape(self, node: Node) -> str | None:
        """SCALAR, COLUMN, ROW or MATRIX where the declarations tell at a glance, else None."""

    def writes(self, name: str) -> bool:
        """Whether the text writes this name, with these labels."""

    def stands_alone(self, name: str) -> bool:
        """Whether it is a side of some relation of the text by itself."""

    def moves(self) -> bool:
        """Whether a whole side of some relation of the text is a differential."""

    def is_called(self, name: str) -> bool:
        """Whether the text writes it as a function, and never in another way."""


class NoNames:
    """Nothing is declared."""

    def role(self, name: str) -> str | None:
        return None

    def shape(self, node: Node) -> str | None:
        return None

    def writes(self, name: str) -> bool:
        return False

    def stands_alone(self, name: str) -> bool:
        return False

    def moves(self) -> bool:
        return False

    def is_called(self, name: str) -> bool:
        return False


class Stream:
    """Tokens with a place `pos` that walks over them; `names` and `depth` are handed on to inner expressions."""

    def __init__(self, tokens: Sequence[Token], names: Names, depth: int = 0) -> None:
        self.tokens = tokens
        self.names = names
        self.pos = 0
        self.depth = depth
        self.bars: list[str] = []
        self.narrow = 0
        """Above 0 inside the argument of a function without parentheses."""

    # ------------------------------------------------------------ tokens
    def peek(self, ahead: int = 0) -> Token | None:
        """The next token that is no space."""
        at = self.pos
        if not ahead and at < len(self.tokens) and self.tokens[at].kind not in ("sp", "qd"):
            return self.tokens[at]
        while True:
            while at < len(self.tokens) and self.tokens[at].kind in ("sp", "qd"):
                at += 1
            if at >= len(self.tokens):
                return None
            if not ahead:
                return self.tokens[at]
            ahead -= 1
            at += 1

    def next(self) -> Token:
        if self.pos < len(self.tokens) and self.tokens[self.pos].kind not in ("sp", "qd"):
            self.pos += 1
            return self.tokens[self.pos - 1]
        while self.pos < len(self.tokens) and self.tokens[self.pos].kind in ("sp", "qd"):
            self.pos += 1
        if self.pos >= len(self.tokens):
            raise Unreadable("the expression ends too early")
        self.pos += 1
        return self.tokens[self.pos - 1]

    def at(self, *texts: str) -> bool:
        token = self.peek()
        return token is not None and token.kind in ("op", "cmd") and token.text in texts

    def behind(self) -> str:
        """The text of the last token that is no space."""
        at = self.pos - 1
        while at >= 0 and self.tokens[at].kind in ("sp", "qd"):
            at -= 1
        return self.tokens[at].text if at >= 0 else ""

    def turned(self) -> bool:
        """Whether a transpose sign comes next."""
        texts = [t.text for t in self.tokens[self.pos : self.pos + 3] if t.kind not in ("sp", "qd")]
        return texts[:1] == ["'"] or (texts[:1] == ["^"] and any(t in ("top", "T", "intercal") for t in texts[1:3]))

    def accept(self, *texts: str) -> bool:
        if self.at(*texts):
            self.next()
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.accept(text):
            token = self.peek()
            raise Unreadable(f"{text!r} is missing" + (f" before {token.text!r}" if token else ""))

    def enter(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unreadable(f"nested deeper than {MAX_DEPTH}")

    def inside(self, close: str) -> list[Token]:
        """The tokens up to the matching `close`; the opening delimiter was consumed."""
        start, depth = self.pos, 0
        while self.pos < len(self.tokens):
            token = self.tokens[self.pos]
            self.pos += 1
            if token.kind != "op":
                depth += 1 if token.kind == "env" and token.text.startswith("begin") else 0
                depth -= 1 if token.kind == "env" and token.text.startswith("end") else 0
            elif token.text in OPEN:
                depth += 1
            elif token.text in OPEN.values():
                if depth == 0:
                    if token.text != close:
                        raise Unreadable(f"{close!r} expected, found {token.text!r}")
                    return list(self.tokens[start : self.pos - 1])
                depth -= 1
        raise Unreadable(f"{close!r} is missing")

    def argument(self) -> list[Token]:
        """The tokens of one LaTeX argument: a brace group, or a single token (of a number: one digit)."""
        token = self.next()
        if token.kind == "op" and token.text == "{":
            return self.inside("}")
        if token.kind == "num" and not token.text.isdecimal():
            if token.text[0] != ".":
                raise Unreadable("a decimal number in a script without braces")
            return [token]
        if token.kind == "num" and len(token.text) > 1:
            self.pos -= 1
            rest = Token("num", token.text[1:], token.start + 1, token.end, True)
            self.tokens = [*self.tokens[: self.pos], rest, *self.tokens[self.pos + 1 :]]
            return [Token("num", token.text[0], token.start, token.start + 1)]
        if token.kind == "cmd" and token.text in ACCENTS | {"bold", "mathbb"}:
            return [token, *self.braced()]
        if token.kind == "cmd" and token.text == "frac":
            return [token, *self.braced(), *self.braced()]
        return [token]

    def braced(self) -> list[Token]:
        """One argument, with braces around it."""
        inner = self.argument()
        at = inner[0].start if inner else 0
        return [Token("op", "{", at, at), *inner, Token("op", "}", at, at)]


def plain(tokens: Sequence[Token]) -> str:
    """Canonical text of a label or subscript."""
    return "".join(t.text for t in tokens if t.text not in ("{", "}") and t.kind not in ("sp", "qd", "text"))


NESTING = frozenset({"op", "cmd", "env"})
"""Kinds of tokens that may open or close something."""
MAX_ANGLES, FAR_ANGLE = 50, 120
"""Signs that are looked at; tokens between two angles."""
ENDS = frozenset({"=", "+", ")", "]", "}", ",", ".", ";", "^", "&", "rangle", "leq", "geq", "neq", "approx"})
BESIDE = frozenset({"-", "|", "|>"})
BEFORE = frozenset({"=", "(", "[", "{", "+", "-", "&", "cdot", "times", "leq", "geq", "approx"})
STOPS = frozenset({"=", "<", "leq", "geq", "neq", ";"})
"""What may follow an inner product, and no sign of comparison; what may where it begins behind a sign; what may stand before
it; what it cannot hold."""


def nesting(token: Token) -> int:
    """+1 for what opens, -1 for what closes, 0 for all else."""
    if token.kind == "op":
        return 1 if token.text in OPEN else -1 if token.text in OPEN.values() else 0
    if token.kind == "cmd":
        return {"langle": 1, "rangle": -1}.get(token.text, 0)
    return (1 if token.text.startswith("begin") else -1) if token.kind == "env" else 0


def angled(tokens: Sequence[Token]) -> list[Token]:
    r"""`= -2<A, H>`: signs of comparison that hold two parts are angles, where nothing stands beside that could be compared."""
    out = list(tokens)
    for start in [i for i, t in enumerate(out) if (t.kind, t.text) == ("op", "<")][:MAX_ANGLES]:
        end = closing_angle(out, start)
        if end is not None:
            out[start] = out[start]._replace(kind="cmd", text="langle")
            out[end] = out[end]._replace(kind="cmd", text="rangle")
    return out


def closing_angle(tokens: Sequence[Token], start: int) -> int | None:
    """The `>` that ends what a `<` opens: one comma outside of brackets and no relation in between."""
    before = next((t for t in reversed(tokens[max(0, start - 3) : start]) if t.kind not in ("sp", "qd")), None)
    if (
        before is not None and before.text in ("|", "|<") and before.kind in ("op", "cmd")
    ):  # a bar that opens, as it begins
        start_of_bar = next(i for i in range(start - 1, -1, -1) if tokens[i] is before)
        before = next((t for t in reversed(tokens[:start_of_bar][-3:]) if t.kind not in ("sp", "qd")), None)
        if before is not None and before.kind not in ("op", "cmd", "nl", "text"):
            return None
    opens = before is None or before.kind in ("nl", "text") or before.text in BEFORE
    if not opens and before is not None and before.kind != "num":
        return None
    depth = commas = 0
    for at in range(start + 1, min(len(tokens), start + FAR_ANGLE)):
        token = tokens[at]
        depth += nesting(token)
        if depth < 0 or token.kind in ("nl", "qd") or (depth == 0 and token.text in STOPS):
            return None
        commas += depth == 0 and token.text == ","
        if depth == 0 and (token.kind, token.text) == ("op", ">"):
            behind = next((t for t in tokens[at + 1 : at + 4] if t.kind not in ("sp", "qd")), None)
            ends = behind is None or behind.kind in ("nl", "text") or behind.text in ENDS
            ends |= opens and behind is not None and behind.text in BESIDE
            return at if commas == 1 and at > start + 1 and ends else None
    return None


def split(tokens: Sequence[Token], marks: set[str]) -> list[list[Token]]:
    """Split at marks (`,`, `;`, ...) outside of any bracket."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        if (token.kind == "op" and token.text in OPEN) or (token.kind == "env" and token.text.startswith("begin")):
            depth += 1
        elif (token.kind == "op" and token.text in OPEN.values()) or token.kind == "env":
            depth -= 1
        if depth == 0 and token.text in marks and token.kind in ("op", "cmd", "nl", "sp", "qd"):
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


class Grammar(Stream):
    """What the special forms need of the parser; see parser.py for the methods."""

    def whole(self) -> Node:
        raise NotImplementedError

    def expression(self) -> Node:
        raise NotImplementedError

    def term(self) -> Node:
        raise NotImplementedError

    def factor(self) -> Node:
        raise NotImplementedError

    def operand(self) -> Node:
        raise NotImplementedError

    def starts_atom(self) -> bool:
        raise NotImplementedError

    def arguments(self, tokens: list[Token]) -> tuple[Node, ...]:
        raise NotImplementedError

    def inner(self, tokens: Sequence[Token]) -> Grammar:
        """A parser for other tokens, at our depth."""
        return type(self)(tokens, self.names, self.depth)

    def sub_parse(self, tokens: Sequence[Token]) -> Node:
        """Parse other tokens as a whole expression."""
        return self.inner(tokens).whole()
