r"""`\delta^{(2)}`, `\delta_2` in backpropagation: the derivative of the loss by what goes into a layer, `z^{(2)}`, where nobody says so.

What is true with this meaning is true; nothing is false by it, and a delta that the text explains means what it says.
Not covered: other letters for the error or for what goes into a layer, several losses, a layer `l` of any number.
"""

from __future__ import annotations

from dataclasses import replace

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Bin, Grad, Node, Sub, Sym, walk
from evalkit.derivation.grammar.stream import SCALAR
from evalkit.derivation.verdicts.verdict import TRUE
from evalkit.derivation.worlds.scope import Defined, Entry, unbound_names

ERROR, INPUTS = "\\delta", ("z", "Z")
MAX_TRIED = 20
"""Relations of one reply that are tried."""


def error_of_layer(reading: Reading, read: Read) -> Read | None:
    """Holds where an unexplained delta is the derivative of the loss by the input of its layer."""
    scope = reading.judge.scope
    unknown = unbound_names(scope, *read.sides)
    if (
        not unknown
        or reading.layered >= MAX_TRIED
        or not all(n.startswith((f"{ERROR}^(", f"{ERROR}_")) for n in unknown)
    ):
        return None
    wholes = {whole_of(n) for n in walk(Bin("=", *read.sides)) if isinstance(n, Sym | Sub) and n.name in unknown}
    entries: dict[str, Entry] = {}
    for name in wholes:
        label = name.removeprefix(ERROR)
        layer = next((f"{letter}{label}" for letter in INPUTS if scope.find(f"{letter}{label}")), None)
        loss = loss_of(reading, layer) if layer is not None and label else None
        if layer is None or loss is None:
            return None
        entries[name] = Defined(Grad(loss, Sym(layer)), (), None, "reply")
    reading.layered += 1
    with reading.judge.trying(entries):
        judgement = reading.judge.equation(*read.sides)
    if judgement.verdict not in TRUE:
        return None
    reason = "with the derivative of the loss by the input of a layer for " + ", ".join(sorted(wholes))
    return replace(read, judgement=replace(judgement, reason=reason))


def whole_of(node: Sym | Sub) -> str:
    """`\\delta^(2)` of its entry `\\delta^(2)_j`."""
    return (
        node.base.name if isinstance(node, Sub) and isinstance(node.base, Sym) and "^(" in node.base.name else node.name
    )


def loss_of(reading: Reading, layer: str) -> Node | None:
    """The only number of the problem that is defined by the input of a layer."""
    env, given = reading.judge.general, reading.setting.scope.entries
    numbers = [
        n
        for n, e in given.items()
        if isinstance(e, Defined) and not e.params and not e.index and layer in env.closure(n) and n != layer
    ]
    losses = [n for n in numbers if reading.judge.scope.shape(Sym(n)) == SCALAR]
    return Sym(losses[0]) if len(losses) == 1 else None
