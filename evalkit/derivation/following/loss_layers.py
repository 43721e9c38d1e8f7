r"""The names of the gradients of an unknown loss, in a network of layers: `\delta^{l+1}` after `\delta^l = \partial C/\partial z^l`,
and `dW` of a text that calls gradients so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evalkit.derivation.following.gradients import marks, without_d
from evalkit.derivation.following.loss_names import BACK, signals
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.derivatives import LOSS as UNNAMED
from evalkit.derivation.grammar.layers import Layer, layer_of, relabelled
from evalkit.derivation.grammar.nodes import Grad, Node, Sub, Sym, base_name, children, rebuilt, walk
from evalkit.derivation.worlds.scope import Defined, Entry, Scope, names_in


def whole_of_layer(node: Sub | Sym) -> str:
    r"""The name; of an entry of what has a layer, `w^l_{jk}`, that of the whole."""
    return base_name(node) if isinstance(node, Sub) and layer_of(base_name(node)) is not None else node.name


def is_signal_of_layer(reading: Reading, node: Node) -> bool:
    r"""Whether it is `\delta^L`, where the text has said what `\delta^l` is."""
    if not isinstance(node, Sym | Sub) or layer_of(whole_of_layer(node)) is None:
        return False
    return whole_of_layer(node) in in_other_layers(signals(reading.relations[-BACK:], reading.judge.scope), [node])


def in_other_layers(given: Mapping[str, Entry], sides: Sequence[Node]) -> dict[str, Entry]:
    r"""What `\delta^l = \partial C/\partial z^l` says of the `\delta^{l+1}` that stand in these sides, and what it says itself."""
    out = dict(given)
    for layer in (one for side in sides for n in names_in(side) if (one := layer_of(n)) is not None):
        for name, entry in given.items():
            known, body = layer_of(name.rstrip("_")), entry.body if isinstance(entry, Defined) else None
            alike = known is not None and known.letter and (known.base, known.mark) == (layer.base, layer.mark)
            if known is not None and alike and known.number == 0 and known.at != layer.at and isinstance(body, Grad):
                other = Grad(body.f, relabelled(whole_of(body.by), known.letter, layer))
                out.setdefault(layer.name, Defined(other, (), None, "reply"))
    return out


def layers_in(read: Read) -> list[Layer]:
    """The layers of a relation that are written with a letter."""
    found = (layer_of(n) for side in read.sides for n in names_in(side))
    return [layer for layer in found if layer is not None and layer.letter and layer.number == 0]


def in_layer(node: Node, scope: Scope, layers: Sequence[Layer]) -> Node:
    r"""The tree with `\nabla_{a^L} C` for `\nabla_a C`, where the relation speaks of one layer and the letter alone means nothing."""
    if isinstance(node, Grad) and isinstance(node.by, Sym) and node.by.name and scope.resolve(node.by.name) is None:
        for layer in layers if len({one.at for one in layers}) == 1 else ():
            name = layer._replace(base=node.by.name).name
            if scope.resolve(name) is not None:
                return Grad(node.f, Sym(name))
    parts = children(node)
    return rebuilt(node, [in_layer(part, scope, layers) for part in parts]) if parts else node


def whole_of(by: Node) -> Node:
    r"""`z^l` of its entry `z^l_j`."""
    return by.base if isinstance(by, Sub) and by.index is not None and layer_of(base_name(by)) is not None else by


def named_gradients(
    before: Sequence[Read], sides: Sequence[Node], scope: Scope, given: Mapping[str, Entry] | None = None
) -> dict[str, Entry]:
    """The d-names that stand in these sides and that nothing else explains, as gradients of the one loss that the text derives, or of
    which a given name is the gradient."""
    if not marks(scope):
        return {}
    told = [s for r in before if r.left is not None and r.right is not None for s in r.sides]
    told += [e.body for e in (given or {}).values() if isinstance(e, Defined)]
    losses = {n.f.name for s in (*sides, *told) for n in walk(s) if isinstance(n, Grad) and isinstance(n.f, Sym)}
    unknown = {n for n in losses if scope.resolve(n) is None} or {UNNAMED}
    names = [n for side in sides for n in walk(side) if isinstance(n, Sym | Sub) and scope.resolve(n.name) is None]
    by = {n.name: of for n in names if (of := without_d(n, scope)) is not None}
    if len(unknown) != 1:
        return {}
    (loss,) = unknown
    return {n: Defined(Grad(Sym(loss), of), (), None, "reply") for n, of in by.items()}
