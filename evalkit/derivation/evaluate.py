"""The value of an expression in one world.

An `Env` is a scope in a world: names are looked up, drawn or computed when they are first asked for. `local` holds what
is bound for the moment: indices, function arguments, and the perturbed symbols of a derivative.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from evalkit.derivation import calculus, draw, series
from evalkit.derivation.draw import Array, generator
from evalkit.derivation.functions import (
    UNARY,
    binomial,
    diagonal,
    factorial,
    inverse,
    matrix_power,
    pseudo_inverse,
    scalar_power,
)
from evalkit.derivation.nodes import Big, Bin, Block, Call, Diff, Dots, Grad, Node, Num, Sub, Sym, Un
from evalkit.derivation.pretty import pretty
from evalkit.derivation.scope import (
    Defined,
    Dimension,
    Drawn,
    Entry,
    Factor,
    Family,
    Index,
    Scope,
    bound_in,
    family_key,
    names_in,
)
from evalkit.derivation.values import (
    ZERO,
    Eye,
    IllTyped,
    Unbound,
    Undefined,
    Unsupported,
    Value,
    Zero,
    add,
    array,
    block,
    is_scalar,
    largest,
    multiply,
    negate,
    number,
    transpose,
)

MAX_STEPS = 10_000
MAX_REPLY_STEPS = 60_000
MAX_NEST = 24
KEPT_SIDES = 16
Local = Mapping[str, Value]


@dataclass(frozen=True)
class World:
    """Sizes and a seed: together with a scope they fix every value. `deficient`: data matrices lack full rank."""

    label: str
    sizes: Mapping[str, int]
    seed: int
    deficient: bool = False
    drawn: dict[Any, Array] = field(default_factory=dict, compare=False, repr=False)
    spent: list[int] = field(default_factory=lambda: [0], compare=False, repr=False)
    """Evaluation steps so far, over all expressions of a reply."""


class Env:
    """mode: `plain`; `semi`: decompositions and gradients are independent of all else; `free`: the problem's notations too.

    moved: the symbols that `d` moves, or None for all that are no data.
    """

    def __init__(self, scope: Scope, world: World, mode: str = "plain", moved: frozenset[str] | None = None) -> None:
        self.scope, self.world, self.mode, self.moved = scope, world, mode, moved
        self.cache: dict[str, Value] = {}
        self.factors: dict[tuple[Node, str], tuple[Array, ...]] = {}
        self.closures: dict[str, frozenset[str]] = {}
        self.known: set[str] = set()
        """Every name in a closure."""
        self.resolved: dict[str, tuple[str, Entry] | None] = {}
        self.scales: dict[str, float] = {}
        self.sides: dict[int, tuple[Node, Value, float, bool]] = {}
        self.scale = 0.0
        """Largest intermediate value since it was last set to 0: the measure for rounding errors."""
        self.loose = False
        self.steps = 0
        self.nest = 0
        self.spread = 0
        """Above 0 inside an entrywise product."""

    def begin(self) -> None:
        """Before one expression: its own counters start anew. Raises Unsupported where the reply has used up its share."""
        self.world.spent[0] += self.steps
        self.scale, self.steps, self.loose = 0.0, 0, False
        if self.world.spent[0] > MAX_REPLY_STEPS:
            raise Unsupported("the reply takes too much work")

    def updated(self, scope: Scope, changed: frozenset[str]) -> Env:
        """The environment in a scope where some names changed; values that do not depend on these are kept."""
        if not changed & self.known:  # new names: nothing that was computed can depend on them
            self.scope = scope
            for name in changed:
                self.resolved.pop(name, None)
            return self
        new = Env(scope, self.world, self.mode, self.moved)
        if any(name.endswith("_") for name in changed):  # families are found through their members
            return new
        kept = {n for n in self.closures if not self.closures[n] & changed}
        new.closures = {n: self.closures[n] for n in kept}
        new.known = set(self.known)
        new.cache = {n: v for n, v in self.cache.items() if n in kept or not self.closure(n) & changed}
        new.scales = {n: self.scales[n] for n in new.cache}
        new.factors = {k: v for k, v in self.factors.items() if not self.depends(k[0]) & changed}
        recent = list(self.sides.items())[-KEPT_SIDES:]
        new.sides = {k: v for k, v in recent if not self.depends(v[0]) & changed}
        return new

    # ------------------------------------------------------------ names
    def closure(self, name: str) -> frozenset[str]:
        """Every name on which a name depends, itself included."""
        if name not in self.closures:
            seen: set[str] = set()
            todo = [name]
            while todo:
                top = todo.pop()
                if top in seen:
                    continue
                seen.add(top)
                found = self.scope.find(top)
                if found is None:
                    continue
                seen.add(found[0])
                entry = found[1]
                if isinstance(entry, Defined):
                    inner = {*entry.params, *bound_in(entry.body)}
                    todo.extend(n for n in names_in(entry.body) if n not in inner or self.scope.find(n))
                elif isinstance(entry, Factor | Family):
                    todo.extend(names_in(entry.of))
            self.closures[name] = frozenset(seen)
            self.known |= seen
        return self.closures[name]

    def depends(self, node: Node) -> frozenset[str]:
        """Every name on which an expression depends."""
        return frozenset().union(*(self.closure(n) for n in names_in(node)))

    def lookup(self, name: str, local: Local) -> Value | None:
        """The value of a whole name, or None where it has no meaning of its own."""
        if name in local:
            return local[name]
        if name not in self.resolved:
            self.resolved[name] = self.scope.find(name)
            self.known.add(name)
        found = self.resolved[name]
        if found is None:
            return None
        name, entry = found
        if name in local:
            return local[name]
        if isinstance(entry, Index | Family) or (isinstance(entry, Defined) and entry.index):
            return None
        if local:
            inner = {k: v for k, v in local.items() if k in self.closure(name)}
            if inner:
                return self.entry_value(name, entry, inner)
        if name not in self.cache:
            self.cache[name] = self.entry_value(name, entry, {})
            self.scales[name] = largest(self.cache[name])
        self.scale = max(self.scale, self.scales[name])
        return self.cache[name]

    def side(self, node: Node, local: Local) -> Value:
        """The value of a side of a relation, kept because chains and milestones ask for it again."""
        if local:
            return self.value(node, local)
        kept = self.sides.get(id(node))
        if kept is None:
            before, self.scale = self.scale, 0.0
            value = self.value(node, local)
            kept = self.sides[id(node)] = (node, value, self.scale, self.loose)
            self.scale = before
        self.scale = max(self.scale, kept[2])
        self.loose = self.loose or kept[3]
        return kept[1]

    def entry_value(self, name: str, entry: object, local: Local) -> Value:
        match entry:
            case Dimension():
                return number(float(self.world.sizes[name]))
            case Drawn():
                return self.drawn(name, entry)
            case Defined():
                if entry.opaque and self.mode == "free" and not local:
                    known = self.guarded(entry.body, {})
                    return (
                        draw.opaque(f"{self.world.seed}{name}", known.shape) if isinstance(known, np.ndarray) else known
                    )
                return self.guarded(entry.body, local)
            case Factor():
                if local:
                    raise Unsupported("a derivative through a decomposition")
                return self.factor_value(name, entry)
        raise Unbound(name)

    def guarded(self, node: Node, local: Local) -> Value:
        """Evaluate a definition; a definition that leads back to itself ends here."""
        self.nest += 1
        try:
            if self.nest > MAX_NEST:
                raise Undefined("a circular definition")
            return self.value(node, local)
        finally:
            self.nest -= 1

    def drawn(self, name: str, entry: Drawn) -> Array:
        key = (name, entry)
        if key not in self.world.drawn:
            rng = generator(self.world.seed, self.world.label, name)
            if entry.subset:
                count, of = (self.integer(n, {}) for n in entry.subset)
                if not 0 < count <= of <= draw.MAX_SIDE:
                    raise Undefined("a subset of this size")
                self.world.drawn[key] = np.sort(rng.permutation(of)[:count] + 1)[:, None].astype(float)
            else:
                shape = [self.integer(n, {}) for n in entry.shape] + [1, 1]
                rows, columns = shape[0], shape[1]
                if not 0 < rows <= draw.MAX_SIDE or not 0 < columns <= draw.MAX_SIDE:
                    raise Undefined("a matrix of this size")
                lacking = self.world.deficient and "data" in entry.kinds and min(rows, columns) > 3
                try:
                    self.world.drawn[key] = draw.draw(
                        rng, (rows, columns), entry.kinds, min(rows, columns) - 1 if lacking else None
                    )
                except ValueError as error:
                    raise IllTyped(f"{name}: {error}") from None
        return self.world.drawn[key]

    def factor_value(self, name: str, entry: Factor) -> Value:
        """U, S or V of a singular value decomposition; vectors or values of an eigendecomposition."""
        parts = self.decompose(entry)
        out = parts[entry.part]
        if entry.shape is not None:
            rows, columns = (self.integer(n, {}) for n in entry.shape)
            if rows > out.shape[0] or columns > out.shape[1] or (entry.part != 1 and rows != out.shape[0]):
                raise Undefined(f"{name} of this shape")
            out = out[:rows, :columns]
        if self.mode == "plain":
            return out
        return self.opaque_factor(entry, out)

    def opaque_factor(self, entry: Factor, real: Array) -> Array:
        """Independent of the matrix, yet the same for every name of this factor, thin or full."""
        shape = real.shape
        kind = "svd" if "svd" in entry.kind else entry.kind
        kinds = frozenset({"diagonal"} if entry.part == 1 else set())
        most = max(*shape, *self.world.sizes.values())
        whole = draw.opaque(f"{self.world.seed}{kind}{entry.part}{pretty(self.resolve(entry.of))}", (most, most), kinds)
        out = np.asarray(whole[: shape[0], : shape[1]])
        return out * (real != 0) if entry.part == 1 else out

    def resolve(self, node: Node) -> Node:
        """A name without its aliases."""
        found = self.scope.find(node.name) if isinstance(node, Sym | Sub) and node.name else None
        return Sym(found[0]) if found is not None else node

    def decompose(self, entry: Factor) -> tuple[Array, ...]:
        key = (entry.of, entry.kind if entry.shape is None else "full svd" if "svd" in entry.kind else "eigen")
        if key not in self.factors:
            a = array(self.guarded(entry.of, {}), "a decomposition")
            if np.iscomplexobj(a) or a.ndim != 2:
                raise Unsupported("a derivative through a decomposition")
            if key[1] == "eigen":
                if a.shape[0] != a.shape[1] or not np.allclose(a, a.T, atol=1e-9 * (1 + np.abs(a).max())):
                    raise Undefined("eigenvectors of a matrix that is not symmetric")
                values, vectors = np.linalg.eigh(a)
                self.factors[key] = (vectors[:, ::-1], np.diag(values[::-1]))
            else:
                full = key[1] == "full svd"
                left, values, right = np.linalg.svd(a, full_matrices=full)
                count = len(values)
                if full:
                    middle = np.zeros(a.shape)
                    np.fill_diagonal(middle, np.where(np.arange(len(values)) < count, values, 0.0))
                    self.factors[key] = (left, middle, right.T)
                else:
                    self.factors[key] = (left[:, :count], np.diag(values[:count]), right[:count].T)
        return self.factors[key]

    def integer(self, node: Node, local: Local) -> int:
        value = array(self.value(node, local), "a size")
        if (
            value.size != 1
            or np.iscomplexobj(value)
            or not math.isfinite(value.item())
            or abs(value.item() - round(value.item())) > 1e-9
        ):
            raise Unsupported("an index that is no whole number")
        return round(value.item())  # type: ignore[no-any-return]

    # ------------------------------------------------------------ expressions
    def value(self, node: Node, local: Local) -> Value:
        """Raises IllTyped, Undefined, Unsupported or Unbound. The commonest nodes come first: this is the inner loop."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise Unsupported("too much work")
        if isinstance(node, Bin):
            return self.binary(node.op, node.left, node.right, local)
        if isinstance(node, Sub):
            return self.subscripted(node, local)
        if isinstance(node, Sym):
            return self.symbol(node.name, local)
        if isinstance(node, Un):
            return self.unary(node.op, self.value(node.x, local))
        if isinstance(node, Num):
            return ZERO if node.value == 0 else number(node.value)
        if isinstance(node, Call):
            return self.call(node.name, node.args, local)
        if isinstance(node, Grad):
            return calculus.gradient(self, node, local)
        if isinstance(node, Diff):
            return calculus.differential(self, node.x, local)
        if isinstance(node, Big):
            return series.big(self, node, local)
        if isinstance(node, Block):
            return block(tuple(tuple(self.value(n, local) for n in row) for row in node.rows))
        raise Unsupported("dots")

    def symbol(self, name: str, local: Local) -> Value:
        value = self.lookup(name, local)
        if value is not None:
            return value
        if name == "I":
            return Eye(number(1.0))
        entries = self.scope.find(name + "_")
        if entries is not None and isinstance(entries[1], Defined) and entries[1].index:
            return series.stacked(self, entries[0], entries[1], local)
        if name == "\\pi":
            return number(math.pi)
        if name == "e":
            return number(math.e)
        raise Unbound(name)

    def unary(self, op: str, x: Value) -> Value:
        match op:
            case "-":
                return negate(x)
            case "T":
                return transpose(x)
            case "pinv":
                return x if isinstance(x, Eye) else pseudo_inverse(array(x, "a pseudo-inverse"))
            case "!":
                return factorial(array(x, "a factorial"))
        raise Unsupported(op)

    def binary(self, op: str, left: Node, right: Node, local: Local) -> Value:
        if op == "+" and isinstance(left, Bin) and left.op == "+" and isinstance(left.right, Dots):
            return series.dotted_sum(self, left.left, right, local)
        if op == ".*":
            self.spread += 1
        try:
            a = self.value(left, local)
            if op == "^":
                return self.power(left, a, right, local)
            b = self.value(right, local)
        finally:
            if op == ".*":
                self.spread -= 1
        match op:
            case "+" | "-":
                if (
                    self.spread
                    and isinstance(a, np.ndarray)
                    and isinstance(b, np.ndarray)
                    and is_scalar(a) != is_scalar(b)
                ):
                    return np.asarray(a - b if op == "-" else a + b)  # 1 - h in an entrywise product: 1 in every entry
                out = add(a, negate(b) if op == "-" else b)
                self.scale = max(self.scale, largest(a), largest(b))
                return out
            case "*":
                return multiply(a, b)
            case "/":
                return self.quotient(a, b)
            case ".*":
                x, y = array(a, "an entrywise product"), array(b, "an entrywise product")
                if x.shape[-2:] != y.shape[-2:] and not is_scalar(x) and not is_scalar(y):
                    raise IllTyped("entrywise product of different shapes")
                return np.asarray(x * y)
            case ".^":
                return scalar_power(array(a, "a power"), array(b, "a power"))
            case "kron":
                x, y = array(a, "a Kronecker product"), array(b, "a Kronecker product")
                if x.ndim + y.ndim > 4 or x.size * y.size > 20_000:
                    raise Unsupported("a derivative through a Kronecker product")
                return np.kron(x, y)
        raise Unsupported(op)

    def quotient(self, a: Value, b: Value) -> Value:
        if isinstance(b, Zero):
            raise Undefined("a division by zero")
        below = array(b, "a division by")
        if not is_scalar(below):
            raise IllTyped("a division by a matrix")
        if (np.abs(below) < 1e-12).any():
            raise Undefined("a division by zero")
        return multiply(a, np.asarray(1.0 / below))

    def power(self, base: Node, a: Value, exponent: Node, local: Local) -> Value:
        b = array(self.value(exponent, local), "a power")
        if not is_scalar(b):
            if base == Sym("e") and self.scope.find("e") is None:
                return UNARY["exp"](b)
            raise IllTyped("a power that is a matrix")
        if isinstance(a, Eye):
            return Eye(scalar_power(a.coefficient, b))
        x = array(a, "a power")
        if is_scalar(x):
            out = scalar_power(x, b)
        elif np.iscomplexobj(b) or b.size != 1:
            raise Unsupported("a derivative by an exponent")
        elif 1 in x.shape[-2:] and isinstance(base, Sym | Sub):
            raise IllTyped("a power of a vector")
        else:
            out = matrix_power(x, float(b.item()))
        return out

    # ------------------------------------------------------------ subscripts
    def subscripted(self, node: Sub, local: Local) -> Value:
        if node.name:
            value = self.lookup(node.name, local)
            if value is not None:
                return value
        if node.index is None:
            raise Unbound(node.name)
        base = node.base
        if node.name and isinstance(base, Sym):
            value = self.special_base(base.name, node.index, local)
            if value is not None:
                return value
        elif isinstance(base, Num) and base.value == 0:
            return np.zeros(self.size_pair(node.index, local))
        try:
            whole = array(self.value(base, local), "an entry")
        except Unbound:
            raise Unbound(node.name) from None
        return series.entry(self, node, whole, local)

    def size_pair(self, index: tuple[Node, ...], local: Local) -> tuple[int, int]:
        sizes = [self.integer(n, local) for n in index]
        if len(sizes) == 1:
            sizes.append(1)
        if not all(0 <= s <= draw.MAX_SIDE for s in sizes):
            raise Undefined("a matrix of this size")
        return sizes[0], sizes[1]

    def special_base(self, base: str, index: tuple[Node, ...], local: Local) -> Value | None:
        """Families `x_i`, identities `I_k`, ones `1_n`."""
        found = self.scope.find(base + "_")
        if found is not None:
            return series.family_member(self, found[0], found[1], index, local)
        if base == "I" and self.scope.find("I") is None:
            return np.eye(self.size_pair(index[:1], local)[0])
        if base == "\\delta" and len(index) == 2:
            return number(1.0) if self.integer(index[0], local) == self.integer(index[1], local) else ZERO
        if base == "\\mathbf 1":
            return np.ones(self.size_pair(index, local))
        return None

    # ------------------------------------------------------------ calls
    def call(self, name: str, args: tuple[Node, ...], local: Local) -> Value:
        if name in ("\\sigma_", "\\lambda_", "s_") and len(args) == 2:
            return self.spectrum(name, args, local)
        found = self.scope.find(name.rstrip("'"))
        if name == "between":
            return self.between(args, local)
        if name == "at" and isinstance(args[1], Sym | Sub):
            return self.value(args[0], {**local, args[1].name: array(self.value(args[2], local), "a place")})
        if found is not None:
            return self.defined_call(name, found[0], found[1], args, local)
        if name == "diag" and (len(args) > 1 or series.loose_index(self, args[0], local)):
            return diagonal(series.listed(self, args, local))
        if name in ("hcat", "vcat"):
            return series.joined(self, name, args, local)
        values = [self.value(a, local) for a in args]
        if name == "tr" and isinstance(values[0], Zero):
            return ZERO
        if name == "inner" and len(values) == 2:
            a, b = array(values[0], "an inner product"), array(values[1], "an inner product")
            if a.shape[-2:] != b.shape[-2:]:
                raise IllTyped("an inner product of different shapes")
            return np.asarray((a * b).sum(axis=(-2, -1), keepdims=True))
        if name == "binom" and len(values) == 2:
            return binomial(array(values[0]), array(values[1]))
        if name in ("max", "min") and len(values) > 1:
            stack = np.concatenate(np.broadcast_arrays(*(array(v, name) for v in values)), axis=-2)
            return UNARY[name](stack)
        if name in UNARY and len(values) == 1:
            return UNARY[name](array(values[0], name))
        raise Unbound(name)

    def between(self, args: tuple[Node, ...], local: Local) -> Value:
        """`[F(x)]_a^b`: F(b) - F(a) in the one variable that has no other meaning."""
        free = [
            n
            for n in names_in(args[0])
            if n not in local and self.scope.find(n) is None and n not in ("e", "\\pi", "I") and n[-1:] != "_"
        ]
        if len(free) != 1:
            raise Unsupported("the variable between two limits")
        low, high = (self.value(args[0], {**local, free[0]: array(self.value(n, local))}) for n in args[1:])
        return add(high, negate(low))

    def spectrum(self, name: str, args: tuple[Node, ...], local: Local) -> Value:
        """`\\sigma_i(A)`, `\\lambda_i(A)`: counted from the largest."""
        a = array(self.value(args[1], local), "a spectrum")
        if np.iscomplexobj(a) or a.ndim != 2:
            raise Unsupported("a derivative through a spectrum")
        kind = "eigen" if name == "\\lambda_" else "thin svd"
        if kind == "eigen" and (a.shape[0] != a.shape[1] or not np.allclose(a, a.T)):
            raise Unsupported("eigenvalues of a matrix that is not symmetric")
        values = np.linalg.eigvalsh(a)[::-1] if kind == "eigen" else np.linalg.svd(a, compute_uv=False)
        at = self.integer(args[0], local)
        if not 1 <= at <= len(values):
            raise Undefined("a singular value out of range")
        if self.mode != "plain":
            return draw.opaque(f"{name}{at}{float(np.abs(a).sum()):.6e}", (1, 1), frozenset({"positive"}))
        return number(float(values[at - 1]))

    def defined_call(self, name: str, key: str, entry: object, args: tuple[Node, ...], local: Local) -> Value:
        if not isinstance(entry, Defined) or entry.index:
            raise Unbound(f"{name}()")
        if name.endswith("''"):
            return calculus.second_derivative(self, name, entry, args, local)
        if name.endswith("'"):
            if len(entry.params) != 1:
                raise Unsupported("a prime on several arguments")
            return calculus.gradient(self, Grad(Call(key, args or (Sym(entry.params[0]),)), Sym("")), local)
        if (
            not entry.params
        ):  # L(W_1, W_2) where L was defined without arguments: the names only recall on what it depends
            if all(isinstance(a, Sym | Sub) and a.name in self.closure(key) for a in args):
                return self.recalled(key, args, local)
            if len(args) == 1:  # E(X) after all is a product
                return multiply(self.symbol(key, local), self.value(args[0], local))
            raise Unsupported(f"{name} with other arguments")
        if len(args) != len(entry.params):
            if len(args) < len(entry.params) and all(
                isinstance(a, Sym | Sub) and a.name in self.closure(key) for a in args
            ):
                return self.symbol(key, local)
            raise Unsupported(f"{name} with {len(args)} arguments")
        inner = {p: self.value(a, local) for p, a in zip(entry.params, args, strict=True)}
        if all(
            isinstance(a, Sym | Sub) and a.name == p for p, a in zip(entry.params, args, strict=True)
        ) and self.scope.find(args[0].name):  # type: ignore[union-attr]
            return self.symbol(key, local)
        rest = {k: v for k, v in local.items() if k not in inner and k in self.closure(key)}
        only = next(iter(inner.values()))
        if (
            len(inner) == 1
            and isinstance(only, np.ndarray)
            and not is_scalar(only)
            and self.scope.find(entry.params[0]) is None
        ):
            return self.entrywise(entry, only, rest)
        return self.guarded(entry.body, {**rest, **inner})

    def recalled(self, key: str, args: tuple[Node, ...], local: Local) -> Value:
        """A scalar named with the symbols on which it depends; a matrix in front of one symbol is a product."""
        value = self.symbol(key, local)
        if len(args) == 1 and isinstance(value, np.ndarray) and not is_scalar(value):
            other = self.value(args[0], local)
            if isinstance(other, np.ndarray) and not is_scalar(other):
                return multiply(value, other)
        return value

    def entrywise(self, entry: Defined, x: Array, rest: Local) -> Value:
        """A function of a scalar, applied to every entry of a matrix; a function of a vector takes it whole."""
        try:
            whole = self.guarded(entry.body, {**rest, entry.params[0]: x})
            if not isinstance(whole, np.ndarray) or whole.shape[-2:] != x.shape[-2:] or x.shape[-1] == 1:
                return whole
        except IllTyped:
            pass
        if rest:
            raise Unsupported("a derivative through an entrywise function")
        flat = x.reshape(*x.shape[:-2], -1, 1, 1)
        out = array(self.guarded(entry.body, {entry.params[0]: flat}))
        return np.broadcast_to(out, flat.shape).reshape(x.shape)


__all__ = ["Env", "World", "family_key", "inverse"]
