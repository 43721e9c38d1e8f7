"""Letters that nothing explains: what they can only mean, so that the relation can be judged all the same."""

from __future__ import annotations

from dataclasses import replace

from evalkit.derivation.following.complement import MARK, complements
from evalkit.derivation.following.reading import Reading
from evalkit.derivation.following.spoken import is_small_letter
from evalkit.derivation.grammar.nodes import Big, Bin, Grad, Node, Num, Sym, walk
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Judgement, Verdict
from evalkit.derivation.worlds.scope import Defined, Drawn, names_in, unbound_names


def variables(reading: Reading, left: Node, right: Node) -> bool:
    """Take unknown letters that are arguments of functions, variables of integration or ends of sums for plain scalars.
    True where every unknown name is one of these."""
    scope = reading.judge.scope
    bodies = [e.body for e in scope.entries.values() if isinstance(e, Defined)]
    known = {p for e in scope.entries.values() if isinstance(e, Defined) for p in e.params}
    bigs = [n for body in [*bodies, left, right] for n in walk(body) if isinstance(n, Big)]
    known |= {i for n in bigs if n.kind == "int" for i in n.index}
    known |= {n.by.name for side in (left, right) for n in walk(side) if isinstance(n, Grad) and isinstance(n.by, Sym)}
    whole = {
        m.name for n in bigs for end in (n.low, n.high) if end is not None for m in walk(end) if isinstance(m, Sym)
    }
    names = unbound_names(reading.judge.scope, left, right)
    if not names or not all(is_small_letter(n) and n in known | whole for n in names):
        return False
    reading.judge.define(
        {n: Drawn((), frozenset({"positive", "integer"} if n in whole else {"positive"}), None, "reply") for n in names}
    )
    return True


def general_identity(reading: Reading, left: Node, right: Node) -> Judgement | None:
    """`Tr(AB) = Tr(BA)` in letters that mean nothing yet: true for square matrices, or not judged."""
    names = unbound_names(reading.judge.scope, left, right)
    if not 1 <= len(names) <= 4 or not all(len(n) == 1 and n.isupper() for n in names):
        return None
    size = Num(4)
    both = Bin("+", left, right)
    names = tuple(dict.fromkeys([*names, *(n for n in names_in(both) if len(n) == 1 and n.isupper() and n != "I")]))
    with reading.judge.trying({n: Drawn((size, size), frozenset(), None, "reply") for n in names}):
        judgement = reading.judge.equation(left, right)
    if judgement.verdict in (Verdict.ALGEBRA, Verdict.IDENTITY):
        return replace(judgement, verdict=Verdict.ALGEBRA, reason=f"for square {', '.join(names)}")
    return None


def with_complements(reading: Reading, left: Node, right: Node, judgement: Judgement) -> Judgement:
    r"""`U_\perp` means the rest of the full decomposition; of the thin one where only that makes the relation true."""
    if MARK not in (words := f"{judgement.reason} {names_in(Bin('=', left, right))}") or "_" not in words:
        return judgement
    said = [n for r in reversed(reading.relations) for n in (r.left, r.right) if n is not None]
    if judgement.verdict is Verdict.UNBOUND:
        new = complements(reading.judge.scope, (left, right), said, thin=False)
        if not new:
            return judgement
        reading.judge.define(new)
        judgement = reading.judge.equation(left, right)
    if judgement.verdict not in FALSE:
        return judgement
    full = [n for n in reading.judge.own if MARK in n]
    with reading.judge.trying({}, without=full):
        new = complements(reading.judge.scope, (left, right), said, thin=True)
        reading.judge.define(new)
        other = reading.judge.equation(left, right)
    if other.verdict not in TRUE:
        return judgement
    reading.judge.undefine(full)
    reading.judge.define(new)
    return other
