r"""How each spelling is read: commands, fonts, accents, functions, characters, words (tests/cases/details/spellings.txt).

A line each: its tokens, and the statements that are found in it with the trees of their sides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from evalkit.derivation.grammar.lexer import tokenize
from evalkit.derivation.grammar.nodes import Unreadable
from evalkit.derivation.grammar.parser import parse
from evalkit.derivation.grammar.pretty import pretty
from evalkit.derivation.grammar.relations import statements
from evalkit.derivation.grammar.stream import NoNames
from evalkit.derivation.grammar.tokens import Token
from tests.derivation_help import CASES


def told(folder: Path) -> Iterator[str]:
    del folder
    for line in (CASES.parent / "details" / "spellings.txt").read_text(encoding="utf-8").splitlines():
        tokens = tokenize(line, 0, len(line))
        said = [
            f"{' '.join(s.ops) or '-'} {'; '.join(map(_tree, s.sides))} {s.words!r}{s.joined}"
            for s in statements(tokens)
        ]
        yield f"{line} | {' '.join(f'{t.kind}:{t.text}' for t in tokens)} | {' | '.join(said)}"


def _tree(side: Sequence[Token]) -> str:
    try:
        return pretty(parse(side, NoNames()))
    except Unreadable as why:
        return f"unread: {why}"
