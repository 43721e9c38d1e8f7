r"""Letters that nothing explains and that may depend on what an integral or a derivative is taken by: `\int u v\,dt = u v t`.

By the usual choice of letters the first of the alphabet, C, K and Greek ones are constants, and what has the number 0; the others vary
where they alone stand under the sign, and x and y vary with t, y with x. `\partial` and `\nabla` hold all other letters.
Not covered: what the words say of a letter.
"""

from __future__ import annotations

from collections.abc import Collection

from evalkit.derivation.following.reading import Read
from evalkit.derivation.grammar.nodes import Big, Grad, Node, Sym, walk
from evalkit.derivation.worlds.scope import names_in

CONSTANT = frozenset("abcdklmnCK")
MOVING = {"t": frozenset("xyzfg"), "x": frozenset("yuvfg")}
"""Letters that are functions of these where these stand beside them."""
CALLED = frozenset("fg")
HELD = frozenset({"partial", "nabla", "∂", "∇"})


def may_vary(read: Read, names: Collection[str]) -> bool:
    """Whether a letter of these may depend on the variable of an integral or of a total derivative."""
    tokens = (t.text for side in (read.statement.sides if read.statement else ()) for t in side)
    held = not HELD.isdisjoint(tokens)
    return any(varies(node, names, held=held) for side in read.sides for node in walk(side))


def varies(node: Node, names: Collection[str], *, held: bool) -> bool:
    match node:
        case Big("int", body, (variable,)):
            inside = set(names_in(body))
            return variable not in inside and any(is_variable(n) for n in inside & set(names))
        case Grad(f, Sym(variable)) if not held and variable:
            inside = set(names_in(f))
            if variable not in inside:
                return any(is_variable(n) for n in inside & set(names))
            moving = MOVING.get(variable, CALLED)
            return any(n in moving for n in (inside & set(names)) - {variable})
    return False


def is_variable(name: str) -> bool:
    """Whether the usual choice of letters does not make it a constant."""
    letter, _, below = name.partition("_")
    letter = letter.split("^")[0].split(" ")[-1]
    return not letter.startswith("\\") and letter[:1] not in CONSTANT and below != "0"
