"""Indices that nothing binds, and the values they can take."""

from __future__ import annotations

from evalkit.derivation.grammar.nodes import Call, Node, Sub, Sym, has_index, is_spectrum, walk
from evalkit.derivation.worlds import subscripts
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.scope import Defined, Family, Index, subscripts_in
from evalkit.derivation.worlds.values import Local, Unbound, Unsupported, array


def loose_indices(env: Env, node: Node, local: Local) -> list[str]:
    """Index names of subscripts that nothing binds, in the order of their first use."""
    out: list[str] = []
    if not has_index(node):  # what most are, and the edits of one relation are asked one by one
        return out
    for whole, letter in subscripts_in(node):
        if letter not in out and is_loose(env, letter, local) and not (whole and env.scope.resolve(whole)):
            out.append(letter)
    return out


def is_loose(env: Env, name: str, local: Local) -> bool:
    if name in local or (not name[:1].islower() and name[:1] != "\\") or (len(name) > 1 and name.isalpha()):
        return False  # a word is a label: y_perp is no entry of y
    found = env.scope.find(name)
    return found is None or isinstance(found[1], Index)


def loose_index(env: Env, node: Node, local: Local) -> bool:
    return bool(loose_indices(env, node, local))


def index_range(env: Env, node: Node, name: str, local: Local) -> tuple[int, int]:
    """First and last value that an index can take in every subscript where it stands."""
    last: int | None = None
    for n in walk(node):
        if is_spectrum(n) and n.args[0] == Sym(name):
            length = members(env, n, local)
            last = length if last is None else min(last, length)
        if not isinstance(n, Sub) or n.index is None or n.base == Sym("\\delta"):
            continue
        for position, i in enumerate(n.index):
            if i == Sym(name):
                length = axis_length(env, n, position, local)
                last = length if last is None else min(last, length) if length else last
    if not last:
        beside = compared_with(node, name)
        if beside is not None:
            return index_range(env, node, beside, local)
        raise Unsupported(f"the range of {name}")
    return 1, last


def compared_with(node: Node, name: str) -> str | None:
    r"""The index with which one is compared that stands in Kronecker's delta alone: j, of the i in `x_j + \\delta_{ij}`."""
    pairs = [n.index for n in walk(node) if isinstance(n, Sub) and n.base == Sym("\\delta") and n.index is not None]
    beside = {i.name for pair in pairs if Sym(name) in pair for i in pair if isinstance(i, Sym) and i.name != name}
    known = {
        i.name
        for n in walk(node)
        if isinstance(n, Sub) and n.base != Sym("\\delta")
        for i in n.index or ()
        if isinstance(i, Sym)
    }
    return min(beside & known, default=None)


def members(env: Env, node: Call, local: Local) -> int:
    """How many values `\\sigma_i(A)` has, or `p_i(z)` of a family that is defined by z."""
    found = env.scope.find(node.name)
    if found is not None and isinstance(found[1], Defined) and found[1].index:
        return index_range(env, found[1].body, found[1].index, {})[1]
    return int(min(array(env.value(node.args[1], local), "a spectrum").shape[-2:]))


def axis_length(env: Env, node: Sub, position: int, local: Local) -> int:
    base = node.base.name if isinstance(node.base, Sym | Sub) else ""
    found = (env.scope.family(base) or env.scope.family(base.partition("_")[0])) if base else None
    if found is not None:
        entry_ = found[1]
        if isinstance(entry_, Family):
            whole = array(env.value(entry_.of, {}), "a family")
            if position == 1:
                return whole.shape[-2] if entry_.kind == "columns" else whole.shape[-1]  # type: ignore[no-any-return]
            return subscripts.family_length(whole, entry_.kind)
        if isinstance(entry_, Defined) and entry_.index:
            letter = entry_.second if position == 1 and entry_.second else entry_.index
            return index_range(env, entry_.body, letter, {})[1]
    if len(env.depends(node.base)) == 0 and base:
        raise Unbound(node.name)
    try:
        whole = array(env.value(node.base, local), "an entry")
    except Unbound:
        raise Unbound(node.name or base) from None
    return whole.shape[-2] if position == 0 else whole.shape[-1]  # type: ignore[no-any-return]
