r"""What a reply defines for itself: `\def\half#1{{#1\over 2}}`, `\newcommand{\xx}{\mathbf{x}}`, and plain TeX's `\pmatrix{1 & 2 \cr 3 & 4}`.

A macro counts in all of the reply, for names that mean nothing else here, up to a size of all that the reply's calls stand for: behind that the text is read
as it stands. Not covered: delimited arguments (`\def\f(#1){...}`), those with a default, macros that are defined twice with another body, and the places
of what stands in an argument: all of a call has one place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from evalkit.derivation.grammar.braces import matching
from evalkit.derivation.grammar.tokens import Token
from evalkit.reading.patterns import later

MAX_MACROS, MAX_BODY, MAX_ARGUMENT = 60, 300, 600
MAX_CALLS, MAX_EXPANDED = 400, 4000
"""Calls of a reply, those inside calls too, and the characters that all of them stand for."""
MAX_DEPTH = 4
NEAR = 30
"""Characters before a name in which its definition begins."""
_DEFINED = later(
    r"\\def\s*\\(?P<plain>[A-Za-z]+)(?P<given>(?:#\d)*)\s*\{"
    r"|\\(?:re|provide)?newcommand\*?\s*(?:\{\s*\\(?P<braced>[A-Za-z]+)\s*\}|\\(?P<bare>[A-Za-z]+))(?:\[(?P<count>\d)\])?\s*\{"
    r"|\\DeclareMathOperator\*?\s*\{\s*\\(?P<operator>[A-Za-z]+)\s*\}\s*\{"
)
_BEFORE = later(r"(?:\\def|\\(?:re|provide)?newcommand\*?|\\DeclareMathOperator\*?)\s*\{?\s*\Z")
_AT_END = later(r"\\[A-Za-z]+\Z")
_BLANKS = later(r"\s*")
_PARAMETER = later(r"#(\d)")
_BRACES = later(r"\\.|[{}]", re.DOTALL)
_COMMAND = later(r"\\[A-Za-z]+|\\.|\S", re.DOTALL)
_MATRICES = frozenset({"matrix", "pmatrix", "bmatrix", "vmatrix"})


class Macro(NamedTuple):
    """A body with `#1`, `#2` for its arguments."""

    arguments: int
    body: str


class Calls:
    """The calls of a reply, from its beginning: what each stands for and where it ends, by the place of its backslash."""

    def __init__(self, known: Mapping[str, Macro]) -> None:
        self.known = known
        self.name = re.compile(rf"\\({'|'.join(sorted(known))})(?![A-Za-z])")
        self.calls, self.room = MAX_CALLS, MAX_EXPANDED
        self.found: dict[int, tuple[str, int]] = {}

    def look(self, text: str) -> Mapping[int, tuple[str, int]]:
        at = 0
        while (found := self.name.search(text, at)) is not None:
            at = found.end()
            if (head := _BEFORE.search(text, max(0, found.start() - NEAR), found.start())) is not None:
                body = _DEFINED.match(text, head.start())
                at = (body and closing(text, body.end(), MAX_BODY)) or at
                continue
            whole = self.whole(found, text, 0)
            if self.calls < 0 or self.room < 0:
                break
            if whole is not None:
                self.found[found.start()] = whole
                at = whole[1]
        return self.found

    def whole(self, found: re.Match[str], text: str, depth: int) -> tuple[str, int] | None:
        """What one call stands for, with the calls inside it, and where it ends; None where it is none, or over a cap."""
        self.calls -= 1
        given = call(self.known[found[1]], text, found.end(), len(text)) if self.calls >= 0 else None
        if given is None:
            return None
        self.room -= len(given[0])
        out: list[str] = []
        at = 0
        while self.room >= 0 and depth < MAX_DEPTH and (inner := self.name.search(given[0], at)) is not None:
            out.append(given[0][at : inner.start()])
            part = self.whole(inner, given[0], depth + 1)
            out.append(apart(part[0]) if part else inner.group())
            at = part[1] if part else inner.end()
        return "".join((*out, given[0][at:])), given[1]


@lru_cache(maxsize=4)
def of(text: str) -> Mapping[str, Macro]:
    """The macros of a reply, by name."""
    if "\\def" not in text and "newcommand" not in text and "\\DeclareMathOperator" not in text:
        return {}
    found: dict[str, Macro] = {}
    twice: set[str] = set()
    for at in islice(_DEFINED.finditer(text), 4 * MAX_MACROS):
        name = at["plain"] or at["braced"] or at["bare"] or at["operator"]
        end = closing(text, at.end(), MAX_BODY)
        if end is None or len(found) >= MAX_MACROS:
            continue
        body = text[at.end() : end]
        count = len(at["given"] or "") // 2 + int(at["count"] or 0)
        macro = Macro(count, rf"\operatorname{{{body}}}" if at["operator"] else body)
        if found.setdefault(name, macro) != macro:
            twice.add(name)
    return {name: macro for name, macro in found.items() if name not in twice}


def apart(written: str) -> str:
    """A command at the end goes no further with the letters behind it."""
    return written + " " if _AT_END.search(written[-40:]) else written


def closing(text: str, start: int, most: int) -> int | None:
    """The place of the brace that ends a group which begins before `start`."""
    depth = 1
    for found in _BRACES.finditer(text, start, start + most):
        depth += {"{": 1, "}": -1}.get(found.group(), 0)
        if depth == 0:
            return found.start()
    return None


def call(macro: Macro, text: str, at: int, end: int) -> tuple[str, int] | None:
    """What a call stands for whose arguments begin at `at`, and where they end; None where they are missing."""
    given: list[str] = []
    for _ in range(macro.arguments):
        blanks = _BLANKS.match(text, at, end)
        at = blanks.end() if blanks else at
        if text[at : at + 1] == "{":
            stop = closing(text, at + 1, MAX_ARGUMENT)
            if stop is None or stop >= end:
                return None
            given.append(text[at + 1 : stop])
            at = stop + 1
        else:
            found = _COMMAND.match(text, at, end)
            if found is None or found.group() in "}$":
                return None
            given.append(found.group())
            at = found.end()
    return _PARAMETER.sub(lambda m: apart(given[int(m[1]) - 1]) if 0 < int(m[1]) <= len(given) else "", macro.body), at


def matrices(tokens: Sequence[Token]) -> Sequence[Token]:
    r"""`\pmatrix{a & b \cr c & d}` as the environment of that name."""
    if not any(t.kind == "cmd" and t.text in _MATRICES for t in tokens):
        return tokens
    out: list[Token] = []
    ends: dict[int, str] = {}
    opened = False
    for at, token in enumerate(tokens):
        if opened:
            opened = False
            continue
        if token.kind == "cmd" and token.text in _MATRICES and at + 1 < len(tokens) and tokens[at + 1].text == "{":
            close = matching(tokens, at + 1)
            if close < len(tokens):
                ends[close] = token.text
                opened = True
                out.append(Token("env", f"begin:{token.text}", token.start, token.end, token.glued))
                continue
        if at in ends:
            out.append(Token("env", f"end:{ends[at]}", token.start, token.end))
        elif token.kind == "cmd" and token.text == "cr":
            out.append(Token("nl", "\\\\", token.start, token.end))
        else:
            out.append(token)
    return out
