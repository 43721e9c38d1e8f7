"""`X = U \\Sigma V^T`: of which matrix, with which names, thin or full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.reading import FAR, Read, Reading
from evalkit.derivation.following.standing import standing
from evalkit.derivation.grammar.nodes import Bin, Node, Num, Sub, Sym, Un, Unreadable, base_name
from evalkit.derivation.text import prose
from evalkit.derivation.text.roles import Role
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict
from evalkit.derivation.worlds.factors import factor_value
from evalkit.derivation.worlds.scope import Dimension, Drawn, Entry, Factor, Family, family_key, names_in
from evalkit.derivation.worlds.values import Trouble, array
from evalkit.derivation.worlds.world import GENERIC


def decomposition(reading: Reading, read: Read) -> Read | None:
    """Decomposes a matrix: `X = U \\Sigma V^T`."""
    left, right = read.sides
    scope = reading.judge.scope
    found = shapes.product_of_three(right, scope)
    if found is None or isinstance(left, Num) or any(shapes.has_name(left, n) for n in found[0]):
        return None
    names, families = found
    first = right.left.left  # type: ignore[union-attr]
    if isinstance(first, Sub) and scope.find(names[0]) is None and reading.evaluates(first):
        return None  # `U_k D U_k^T` with a block of a factor that is known
    eigen = names[0] == names[2]
    near = f"{read.words} {reading.clause} {reading.after[:FAR]}"
    unknown = [n for n in dict.fromkeys(names) if scope.find(n) is None or is_reply_drawn(scope.find(n))]
    parts = [scope.find(n) for n in names]
    factors = [p[1] for p in parts if p is not None and isinstance(p[1], Factor)]
    spoken = bool((prose.EIGEN if eigen else prose.SVD).search(near))
    kind = (
        "eigen" if eigen else "full svd" if prose.FULL.search(near) else "thin svd" if prose.THIN.search(near) else ""
    )
    changed = bool(kind) and len(factors) == 3 and not eigen and factors[0].kind != kind
    if factors and len(factors) == 3 and not changed and reading.judge.equation(left, right).verdict in TRUE:
        reading.introduced.update(names)
        reading.introduced.update(
            n for n, e in scope.entries.items() if isinstance(e, Family) and set(names_in(e.of)) & set(names)
        )
        return replace(
            read,
            judgement=reading.judge.equation(left, right),
            decomposes=left,
            kind="eigen" if eigen else "svd",
            introduces=frozenset(names),
        )
    if not reading.evaluates(left) or not (
        (spoken and (unknown or factors))
        or (factors and scopes.given_inside(reading, left))
        or (len(unknown) == len(set(names)) and (spoken or eigen))
    ):
        return None
    if not unknown and not changed and not is_bound_anew(reading, left, right, factors):
        return None  # a claim about factors that are known
    if len(unknown) < len(set(names)) and not all(
        isinstance(p[1], Factor) for p in parts if p is not None and p[0] not in unknown
    ):
        return None
    own = all(f.source == "reply" for f in factors) or scopes.given_inside(reading, left)
    if factors and not unknown and not changed and not own and standing(reading, read) is Role.CLAIMED:
        return None  # of known factors only, and claimed: the worlds judge it with the meaning that these have
    for way in (kind,) if kind else ("thin svd", "full svd"):
        entries = shapes.decomposition(left, names, way, scope) | families
        entries |= small_letters(reading, names)
        reading.judge.define(entries)
        judgement = reading.judge.equation(left, right)
        if judgement.verdict is not Verdict.ILL_TYPED:
            break
    if judgement.verdict not in TRUE:
        return replace(read, judgement=judgement)
    return replace(read, judgement=Judgement(Verdict.DEFINITION, reason="decomposition"), introduces=frozenset(entries),
                   decomposes=left, kind="eigen" if eigen else "svd")  # fmt: skip


def small_letters(reading: Reading, names: Sequence[str]) -> dict[str, Entry]:
    """`q_i` are the columns of Q and `\\lambda_i` the diagonal of \\Lambda, where nothing else is known of these letters."""
    out: dict[str, Entry] = {}
    for at, name in enumerate(names):
        plain = name.removeprefix("\\")
        key = family_key(name.lower())
        letter = len(plain) == 1 or (plain is not name and plain.isalpha())
        used = reading.judge.scope.find(key) or reading.judge.scope.find(key[:-1])
        if letter and name != name.lower() and (used is None or isinstance(used[1], Dimension)):
            out.setdefault(key, Family("diagonal" if at == 1 else "columns", Sym(name), "reply"))
    return out


def is_bound_anew(reading: Reading, left: Node, right: Node, factors: Sequence[Factor]) -> bool:
    """Whether known factors are now those of another matrix: they have no shape for it, are the reply's own, or the matrix
    is that of an example, which they do not know."""
    if all(f.of == left for f in factors):
        return False
    if reading.judge.equation(left, right).verdict is Verdict.ILL_TYPED:
        return True
    if factors and all(f.source == "reply" for f in factors):
        return True
    return scopes.given_inside(reading, left) and not any(scopes.given_inside(reading, f.of) for f in factors)


def make_full_where_said(reading: Reading, sides: Sequence[Node | Unreadable]) -> None:
    """`V^T V = I_n` with n columns: the reply means the full decomposition, where the problem has the thin one."""
    scope = reading.judge.scope
    units = [s for s in sides if isinstance(s, Sub) and base_name(s) == "I" and s.index]
    for side in sides if units else ():
        if not (isinstance(side, Bin) and side.op == "*"):
            continue
        for a, b in ((side.left, side.right), (side.right, side.left)):
            name = shapes.plain_name(b) if isinstance(a, Un) and a.op == "T" and a.x == b else None
            found = scope.find(name) if name else None
            if found is None or not isinstance(found[1], Factor) or found[1].kind != "thin svd":
                continue
            if units[0].index:
                make_full(reading, found[1], units[0].index[0])


def make_full(reading: Reading, entry: Factor, dimension: Node) -> bool:
    """All factors of this decomposition become those of the full one where the stated dimension is that of these."""
    env = reading.judge.envs(GENERIC)[-1]
    if entry.kind != "thin svd":
        return False
    try:
        rows, columns = array(env.value(entry.of, {})).shape
        size = env.integer(dimension, {})
        thin = array(factor_value(env, "", replace(entry, shape=None))).shape[1]
    except Trouble:
        return False
    if size != (rows if entry.part == 0 else columns) or size == thin:
        return False
    entries = {
        name: replace(e, kind="full svd", shape=None, source="reply")
        for name, e in reading.judge.scope.entries.items()
        if isinstance(e, Factor) and e.of == entry.of and e.kind == "thin svd"
    }
    reading.judge.define(entries)
    return True


def is_reply_drawn(found: tuple[str, Entry] | None) -> bool:
    return found is not None and isinstance(found[1], Drawn) and found[1].source == "reply"
