r"""Letters that nothing explains and that may depend on what an integral or a derivative is taken by: `\int u v\,dt = u v t`.

By the usual choice of letters the first of the alphabet, C, K and Greek ones are constants, and what has the number 0; the others vary
where they alone stand under the sign. One letter under a definite integral is a constant, and beside the variable of a derivative
all are, but for those that the text writes as functions somewhere: `y(x)`, `y'`, `dy`. `\partial` and `\nabla` hold all other letters.
Not covered: what the words say of a letter.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Big, Grad, Node, Sym, Un, walk
from evalkit.derivation.worlds.scope import names_in

CONSTANT = frozenset("abcdklmnCK")
HELD = frozenset({"partial", "nabla", "∂", "∇"})
MAX_TEXT = 100_000
"""Characters in which is looked for letters that are functions."""
_FUNCTION = re.compile(
    r"(?<![A-Za-z\\])([A-Za-z])(?:_\w)?(?:'|\^\{?\\prime|\s?\(\s?[a-z]\s?\))|"
    r"(?:(?<![A-Za-z\\])d|\\mathrm\s?\{d\}|\\d?dot)\s?\{?([A-Za-z])(?![A-Za-z])"
)


def may_vary(reading: Reading, read: Read, names: Collection[str]) -> bool:
    """Whether a letter of these may depend on the variable of an integral or of a total derivative."""
    tokens = (t.text for side in (read.statement.sides if read.statement else ()) for t in side)
    held = not HELD.isdisjoint(tokens)
    found = [n for side in read.sides for n in walk(side) if isinstance(n, Big | Grad)]
    if not found:
        return False
    functions = functions_in(reading.document.text[:MAX_TEXT])
    return any(varies(node, frozenset(names), functions, held=held) for node in found)


@lru_cache(maxsize=4)
def functions_in(text: str) -> frozenset[str]:
    """The letters that a text writes as functions or with a differential."""
    return frozenset(m[1] or m[2] for m in _FUNCTION.finditer(text))


def varies(node: Node, names: frozenset[str], functions: frozenset[str], *, held: bool) -> bool:
    match node:
        case Big("int", body, (variable,), low):
            inside = set(names_in(body))
            moving = {n for n in inside & names if is_variable(n)}
            column = any(isinstance(n, Un) and n.op == "T" for n in walk(body))
            constant = low is not None and len(moving) == 1 and not column and letter_of(*moving) not in functions
            return variable not in inside and bool(moving) and not constant
        case Grad(f, Sym(variable)) if not held and variable:
            inside = set(names_in(f))
            if variable not in inside:
                return any(is_variable(n) for n in inside & names)
            return any(letter_of(n) in functions for n in (inside & names) - {variable})
    return False


def letter_of(name: str) -> str:
    return name.split("_")[0].split("^")[0].split(" ")[-1]


def is_variable(name: str) -> bool:
    """Whether the usual choice of letters does not make it a constant."""
    letter, _, below = name.partition("_")
    letter = letter.split("^")[0].split(" ")[-1]
    return not letter.startswith("\\") and letter[:1] not in CONSTANT and below != "0"
