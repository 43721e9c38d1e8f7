r"""What a reply says about its own symbols: `B \in \mathbb{R}^{k \times k}`, `W = U\Sigma V^\top`, shapes of unknown factors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from evalkit.derivation.grammar.lexer import Token
from evalkit.derivation.grammar.nodes import Big, Bin, Call, Dots, Node, Num, Sub, Sym, Un, Unreadable, walk
from evalkit.derivation.grammar.parser import Parser, parse
from evalkit.derivation.grammar.stream import Names, split
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.factors import kind_of
from evalkit.derivation.worlds.scope import Drawn, Entry, Factor, Family, Index, Scope, family_key
from evalkit.derivation.worlds.values import Trouble

UNIT_SPACE = re.compile(
    r"(?:mathbb\s*\{?\s*R\s*\}?|ℝ)\s*\^\s*\{?\s*([a-zA-Z])\b|e_\{?([a-zA-Z])\}?\s*\$?(?:\\\\\))?\s*(?:be|are|denote)"
)
_LETTERS = {
    "R": frozenset[str](),
    "S": frozenset({"symmetric"}),
    "N": frozenset({"integer"}),
    "Z": frozenset({"integer"}),
    "O": frozenset({"orthogonal"}),
}
_TIMES = re.compile(r"\$?\\?\(?\s*([a-zA-Z])\s*(?:\\times|×|\\!\\times|x)\s*([a-zA-Z])\b")


def declared_set(tokens: Sequence[Token], names: Names) -> Drawn | None:
    r"""`\mathbb{R}^{m \times k}`, `\mathbb R`, `\mathbb{R}_{>0}`, `O(k)`, `S^n_{++}` -> what is drawn; None for other sets."""
    rest = [t for t in tokens if t.kind not in ("sp", "qd")]
    if rest and rest[0].text == "\\mathbb R" and rest[0].kind == "id":
        letter, rest = "R", rest[1:]
    elif len(rest) > 1 and rest[0].kind == "cmd" and rest[0].text == "mathbb":
        inner = Parser(rest[1:], names)
        letter = "".join(t.text for t in inner.argument())
        rest = list(inner.tokens[inner.pos :])
    elif rest and rest[0].kind == "id" and rest[0].text in ("R", "O", "S"):
        letter, rest = rest[0].text, rest[1:]
    else:
        return None
    if letter not in _LETTERS:
        return None
    kinds = _LETTERS[letter]
    shape: tuple[Node, ...] = ()
    reader = Parser(rest, names)
    try:
        while reader.pos < len(reader.tokens):
            token = reader.next()
            if token.text == "^":
                shape = size_of(reader.argument(), names)
            elif token.text == "_":
                sign = "".join(t.text for t in reader.argument())
                kinds |= {"pd"} if letter == "S" else {"positive"}
                if sign not in (">0", "+", "++", "geq0", ">"):
                    return None
            elif token.text == "(" and letter == "O":
                shape = (parse(reader.inside(")"), names),)
                shape = shape * 2
            else:
                return None
    except Unreadable:
        return None
    if letter == "S" and len(shape) == 1:
        shape = shape * 2
    return Drawn(shape, kinds, None, "reply")


def size_of(tokens: Sequence[Token], names: Names) -> tuple[Node, ...]:
    texts = [t.text for t in tokens if t.kind not in ("sp", "qd")]
    if len(texts) == 3 and texts[1] == "x":  # R^{k x k}
        tokens = [t for t in tokens if t.kind not in ("sp", "qd")]
        return (parse(tokens[:1], names), parse(tokens[2:], names))
    parts = split(list(tokens), {"times"})
    if len(parts) == 1 and sum(t.text == "+" for t in tokens) == 1 and len(tokens) == 1:
        return ()
    return tuple(parse(part, names) for part in parts)


def plain_name(node: Node) -> str | None:
    """The canonical name where a node is nothing but a name."""
    return node.name if isinstance(node, Sym | Sub) and node.name else None


def family_of(node: Node, scope: Scope) -> str | None:
    """`p_` where a node is a family member with an index that nothing binds."""
    if isinstance(node, Sub) and node.name and node.index and len(node.index) == 1 and isinstance(node.index[0], Sym):
        index = scope.find(node.index[0].name)
        if (
            (index is None or isinstance(index[1], Index))
            and node.index[0].name.islower()
            and not scope.find(node.name)
        ):
            return family_key(node.name)
    return None


def product_of_three(node: Node, scope: Scope) -> tuple[tuple[str, str, str], dict[str, Entry]] | None:
    """`P D Q^\\top` with plain names -> their names; also `P D P^{-1}`, and `P diag(a_1, ..., a_k) Q^\\top`, whose middle gets
    a name of its own: the second result says what `a_i` is then."""
    if not (isinstance(node, Bin) and node.op == "*" and isinstance(node.left, Bin) and node.left.op == "*"):
        return None
    last = node.right
    if isinstance(last, Un) and last.op in ("T", "'"):
        last = last.x
    elif isinstance(last, Bin) and last.op == "^" and last.right in (Num(-1), Un("-", Num(1.0))):
        last = last.left
    else:
        return None
    first, middle, third = plain_name(node.left.left), plain_name(node.left.right), plain_name(last)
    families: dict[str, Entry] = {}
    for key in value_family("", node.left.right):
        known = scope.find(key)
        of = known[1].of if known is not None and isinstance(known[1], Family) else None
        middle = of.name if isinstance(of, Sym) else f"\\diag@{key}"
        families = {} if of is not None else {key: Family("diagonal", Sym(middle), "reply")}
    return ((first, middle, third), families) if first and middle and third else None


def decomposition(of: Node, names: tuple[str, str, str], kind: str, scope: Scope) -> dict[str, Entry]:
    """The entries of `of = P D Q^\\top`, with the shapes that the reply gave before."""
    out: dict[str, Entry] = {}
    parts = [(names[0], 0), (names[1], 1)] + ([(names[2], 2)] if kind != "eigen" else [])
    for name, part in parts:
        known = scope.find(name)
        shape = (
            known[1].shape
            if known is not None
            and isinstance(known[1], Drawn)
            and known[1].source == "reply"
            and len(known[1].shape) == 2
            else None
        )
        entry = Factor(of, kind, part, shape, "reply")
        out[name] = replace(entry, turned=signs_of(entry, scope))
    return out


def signs_of(entry: Factor, scope: Scope) -> frozenset[int]:
    """The columns that the reply has turned under another name of this factor, thin or full."""
    others = (e for e in scope.entries.values() if isinstance(e, Factor) and e.turned and e.part == entry.part)
    return next((e.turned for e in others if (e.of, kind_of(e)) == (entry.of, kind_of(entry))), frozenset())


def value_family(middle: str, node: Node) -> dict[str, Entry]:
    """`\\Sigma_1 = diag(s_1, ..., s_k)` names the diagonal: `s_` -> its family."""
    if not isinstance(node, Call) or node.name != "diag":
        return {}
    first = node.args[0]
    if (
        isinstance(first, Sub)
        and first.name
        and ((len(node.args) > 1 and any(isinstance(a, Dots) for a in node.args)) or len(node.args) == 1)
    ):
        return {family_key(first.name): Family("diagonal", Sym(middle), "reply")}
    return {}


def infer(
    env: Env, unknown: Sequence[str], left: Node, right: Node, extend: dict[str, Entry]
) -> dict[str, Entry] | None:
    """Shapes for unknown names in an assumption `left = right`, such that both sides fit. Capitals are matrices.

    Returns None where none or several fit equally well. Square shapes and known dimensions come first.
    """
    if any(running(name, left, right) for name in unknown):
        return None
    dims = list(env.world.sizes)
    options: list[list[tuple[str, ...]]] = []
    for name in unknown:
        letter = name.lstrip("\\").split("_")[0].split(" ")[-1]
        matrix = letter[:1].isupper()
        options.append([(d, d) for d in dims] + [(a, b) for a in dims for b in dims if a != b] if matrix else [()])  # type: ignore[arg-type]
    if not options or len(options) > 2:
        return None
    for choice in product(*options):
        entries: dict[str, Entry] = dict(extend)
        for name, shape in zip(unknown, choice, strict=True):
            given = extend.get(name)
            kinds = given.kinds if isinstance(given, Drawn) else frozenset[str]()
            if name in extend and isinstance(given, Drawn) and given.shape:
                continue
            entries[name] = Drawn(tuple(Sym(d) for d in shape), kinds, None, "reply")
        trial = env.anew(env.scope.extended(entries))
        try:
            with np.errstate(all="ignore"):
                a, b = trial.value(left, {}), trial.value(right, {})
        except (Trouble, ValueError, ArithmeticError):
            continue
        if isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.shape == b.shape:
            return {n: entries[n] for n in unknown}
    return None


def running(name: str, *nodes: Node) -> bool:
    """Whether a name is a member `x_i` whose index a sum runs over: many values, and no letter for one."""
    bigs = [n for node in nodes for n in walk(node) if isinstance(n, Big)]
    members = [(b, m) for b in bigs for m in walk(b.body) if isinstance(m, Sub) and m.name == name]
    return any(Sym(i) in (m.index or ()) for b, m in members for i in b.index)


def spoken_shape(text: str, scope: Scope) -> tuple[Node, ...] | None:
    """`k \\times k` in the words near a name, where both letters are known sizes."""
    found = _TIMES.search(text)
    if found is None or scope.find(found[1]) is None or scope.find(found[2]) is None:
        return None
    return (Sym(found[1]), Sym(found[2]))


def has_name(node: Node, name: str) -> bool:
    return any(isinstance(n, Sym | Sub) and n.name == name for n in walk(node))
