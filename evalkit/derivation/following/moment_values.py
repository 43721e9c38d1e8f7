r"""Moments by their values: `E[X] = 3` and `Var(X) = 4` make `E[X^2] = 13` true, and `Var(\bar X) = \sigma^2/n`.

Random letters are drawn with the means, variances and covariances that the text gave them; `\mu` and `\sigma^2`, `\mu_X` and
`\sigma_{XY}` are those of the letter in the relation, unless the text says otherwise. A sum over the members of a sample is
tried for two sizes. What holds so is true; it is false only where the values are given, no premise helps, and one edit of a
sign or a number makes it true.
Not covered: higher moments that are given, columns, conditional moments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import NamedTuple

from evalkit.derivation.following import tables
from evalkit.derivation.following.laws import law_for, mean_of, variance_of
from evalkit.derivation.following.moment_trees import without
from evalkit.derivation.following.reading import Reading
from evalkit.derivation.grammar.nodes import (
    Big,
    Bin,
    Call,
    Node,
    Num,
    Sub,
    Sym,
    base_name,
    children,
    rebuilt,
    substitute_index,
    walk,
)
from evalkit.derivation.grammar.pretty import pretty, pretty_name
from evalkit.derivation.verdicts.inequalities import gap_at
from evalkit.derivation.verdicts.other_signs import OF_SIGNS
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Judgement
from evalkit.derivation.worlds.entries import Defined, Dimension, Drawn, Entry, Index, Known, Moments
from evalkit.derivation.worlds.moments import HOW, NAMES
from evalkit.derivation.worlds.scope import BUILT_IN, unbound_names
from evalkit.derivation.worlds.world import GENERIC

MAX_LETTERS, MAX_APART = 4, 3
DEEP, BACK = 3, 40
"""How many names are looked up one behind the other, and how many relations back."""
SPELLED = {"mean": "E({})", "second": "E({}²)", "variance": "Var({})"}
MEANS, WIDE, NEAR, DRAWS = (-1.0, 0.0, 1.0, 2.0), (0.1, 10.0), (0.0, 0.98, -0.98), 3
"""Means of a letter; how large one of the standard deviations is beside 1; correlations of two letters (0: as they are
drawn); how many letters are drawn of each kind."""
CLOSE = 1e-9
FITTED = frozenset({"random", "fitted"})
SIZES = (2, 3)
"""How many members a sample has."""
MEAN_OF, SPREAD_OF = "\\mu", "\\sigma"


class Premise(NamedTuple):
    """What words say of random letters: they are independent; those of one family have one mean and variance."""

    independent: bool
    alike: bool = False


@dataclass(frozen=True)
class Given:
    """What is known of random letters."""

    known: tuple[Known, ...]
    said: bool
    """The text gave all of it: no letter is read by convention, or as another of the same kind."""


def judged_by_values(reading: Reading, sides: tuple[Node, Node], premise: Premise) -> tuple[Judgement, Given] | None:
    """The verdict where the letters have the moments that are known of them, and what these are; None where nothing is known
    of them, or it cannot be told."""
    if any(isinstance(n, Call) and n.name in OF_SIGNS for side in sides for n in walk(side)):
        return None
    opened = explained(reading, sides[0], 0), explained(reading, sides[1], 0)
    found: Judgement | None = None
    given = Given((), said=True)
    for left, right in samples(opened):
        letters = sorted(random_letters(reading, left, right) - constants_of(reading, sides, opened))
        if not 1 <= len(letters) <= MAX_LETTERS:
            return None
        given = known_of(reading, (left, right), letters)
        if premise.alike and (left, right) != opened:
            given = replace(given, known=(*given.known, *of_one_kind(given, letters)))
        if not given.known and (left, right) == opened:
            return None
        found = judged(reading, (left, right), Moments(tuple(letters), premise.independent, False, given.known), given)
        if found.verdict not in TRUE:
            break
    return (found, given) if found is not None else None


def always_apart(reading: Reading, sides: tuple[Node, Node], random: Sequence[str], *, independent: bool) -> bool:
    """Whether one side is larger than the other whatever means, variances and covariances the letters have, as in
    `E[X^2] = E[X]^2`: it fails for everything that is random at all. `E[(X - c)^2] = Var(X)` may hold of some mean."""
    if not 1 <= len(random) <= MAX_APART:
        return False
    signs: set[bool] = set()
    for wide, near, turn in product(WIDE, NEAR if len(random) > 1 else NEAR[:1], range(len(random))):
        sizes = [Bin("*", Num(wide if i == turn else 1.0), Sym(f"@spread {n}")) for i, n in enumerate(random)]
        known = [Known("variance", (n,), Bin("^", s, Num(2))) for n, s in zip(random, sizes, strict=True)]
        if near and not independent and len(random) == 2:
            known.append(Known("covariance", (random[0], random[1]), Bin("*", Num(near), Bin("*", *sizes))))
        rows = [
            gaps(reading, sides, random, [*known, *means(random, turn, mean)], independent=independent)
            for mean in MEANS
        ]
        for row in zip(*rows, strict=True):
            if not (found := never_zero([g for g in row if g is not None])):
                return False
            signs.add(found > 0)
        if len(signs) != 1:
            return False
    return True


def holds_of_one_mean(reading: Reading, sides: tuple[Node, Node], random: Sequence[str]) -> bool:
    """Whether the sides differ by the square of a mean less something: `E[(X - p)^2] = Var(X)`, where p may be the mean."""
    for turn in range(len(random) if len(random) <= MAX_APART else 0):
        rows = [gaps(reading, sides, random, means(random, turn, mean), independent=False) for mean in MEANS]
        for below, zero, above, _ in zip(*rows, strict=True):
            if below is None or zero is None or above is None:
                break
            square, slope = (above + below) / 2 - zero, (above - below) / 2
            size = max(map(abs, (below, zero, above)))
            if abs(square) < 1e-6 * size or abs(slope**2 - 4 * square * zero) > 1e-6 * size**2:
                break
        else:
            return True
    return False


def means(random: Sequence[str], turn: int, mean: float) -> list[Known]:
    """The means of all letters, with a number for that of one."""
    return [Known("mean", (n,), Num(mean) if i == turn else Sym(f"@mean {n}")) for i, n in enumerate(random)]


def gaps(
    reading: Reading, sides: tuple[Node, Node], random: Sequence[str], known: Sequence[Known], *, independent: bool
) -> list[float | None]:
    """By how much the sides differ in several worlds where letters have these moments."""
    positive, free = (Drawn((), frozenset(kinds), None, "reply") for kinds in (("positive",), ()))
    entries: dict[str, Entry] = {HOW: Moments(tuple(random), independent, False, tuple(known))}
    entries |= dict.fromkeys(unbound_names(reading.judge.scope, *sides), free)
    entries |= dict.fromkeys((f"@{kind} {n}" for kind in ("mean", "spread") for n in random), positive)
    entries |= {n: Drawn((), FITTED, None, "reply") for n in random}
    with reading.judge.trying(entries):
        first = reading.judge.envs(GENERIC)[0]
        envs = [first, *(reading.judge.spare(first, number) for number in range(1, DRAWS))]
        return [gap_at(env, sides[0], ">", sides[1], {}) for env in envs]


def never_zero(found: Sequence[float]) -> float:
    """A value of the square function that has these values at MEANS, where it has no root; 0 where it has one, or is none."""
    if len(found) < len(MEANS):
        return 0.0
    below, zero, above, far = found
    square, slope = (above + below) / 2 - zero, (above - below) / 2
    size = max(map(abs, found))
    if abs(4 * square + 2 * slope + zero - far) > 1e-6 * size:
        return 0.0
    roots = slope**2 - 4 * square * zero
    return zero if roots < -1e-9 * size**2 or (max(abs(square), abs(slope)) < 1e-9 * size) else 0.0


def judged(reading: Reading, sides: tuple[Node, Node], how: Moments, given: Given) -> Judgement:
    scope = reading.judge.scope
    unknown = unbound_names(scope, *sides, *(k.value for k in given.known))
    entries: dict[str, Entry] = {HOW: how}
    entries |= {n: Drawn((), frozenset({"positive"}), None, "reply") for n in unknown if n not in how.letters}
    entries |= {n: Drawn((), FITTED, None, "reply") for n in how.letters}
    with reading.judge.trying(entries):
        return reading.judge.equation(*sides)


def random_letters(reading: Reading, *sides: Node) -> set[str]:
    """The letters that stand in moments alone, and are no constants by declaration or by habit."""
    inside = {n for side in sides for m in walk(side) if is_moment(m) for a in children(m) for n in standing(a)}
    outside = {n for side in sides for n in standing(without(side))}
    entries = reading.judge.scope.entries
    return {
        n for n in inside - outside - reading.constants
        if not n.startswith((MEAN_OF, SPREAD_OF)) and n not in BUILT_IN
        and not isinstance(entries.get(n), Defined | Dimension | Index)
        and not (isinstance(e := entries.get(n), Drawn) and e.shape)
    }  # fmt: skip


def constants_of(reading: Reading, sides: Sequence[Node], opened: Sequence[Node]) -> set[str]:
    """What the problem declares of the letters that only the meaning of a name brings into moments: `Y = aX + b`."""
    written = {n for side in sides for n in standing(side)}
    found = {n for side in opened for n in standing(side)} - written
    entries = reading.judge.scope.entries
    declared = {n for n in found if isinstance(e := entries.get(n), Drawn) and e.source == "problem"}
    return {n for n in declared if law_for(reading, n) is None}


def standing(node: Node) -> set[str]:
    """The names in an expression; the index of a name is none of them."""
    if isinstance(node, Sym) or (isinstance(node, Sub) and node.name):
        return {node.name}
    return set().union(*map(standing, children(node)))


def is_moment(node: Node) -> bool:
    return isinstance(node, Call) and node.name in NAMES


def explained(reading: Reading, node: Node, depth: int) -> Node:
    r"""The tree with what the text said of them for names in moments: `\bar X = \frac1n \sum_i X_i`, `Y = 3X - 4`."""
    if is_moment(node) and isinstance(node, Call):
        return Call(node.name, tuple(meant(reading, a, depth) for a in node.args))
    parts = children(node)
    return rebuilt(node, [explained(reading, part, depth) for part in parts]) if parts else node


def meant(reading: Reading, node: Node, depth: int) -> Node:
    """An expression in a moment with what the text said of its names."""
    if isinstance(node, Sym | Sub) and depth < DEEP:
        entry = value_of(reading.judge.scope.find(node.name))
        if isinstance(entry, Defined) and not entry.params and entry.index is None and standing(entry.body):
            return meant(reading, entry.body, depth + 1)
        said = (
            r.sides
            for r in reversed(reading.relations[-BACK:])
            if r.op == "=" and r.left is not None and r.right is not None
        )
        body = next((b for a, b in said if a == node and standing(b)), None) if entry is None else None
        if body is None and entry is None and re.fullmatch(r"\\bar [A-Z]", node.name):  # the mean of a sample
            member = Sub(Sym(node.name[-1]), f"{node.name[-1]}_i", (Sym("i"),))
            return Bin("/", Big("sum", member, ("i",), Num(1), Sym("n")), Sym("n"))
        if body is not None and not any(map(is_moment, walk(body))) and node.name not in standing(body):
            return meant(reading, body, depth + 1)
        return node
    if isinstance(node, Sub) and node.name:
        return node
    parts = children(node)
    return rebuilt(node, [meant(reading, part, depth) for part in parts]) if parts else node


def known_of(reading: Reading, sides: tuple[Node, Node], letters: Sequence[str]) -> Given:
    """The moments of these letters that the text gave, or that its letters are by convention."""
    here = {n for side in sides for n in standing(side)}
    alone = len({n.partition("_")[0] for n in letters}) == 1
    found = [one for name in letters for one in of_letter(reading, here, name, alone=alone)]
    found += [one for pair in combinations(letters, 2) for one in of_pair(reading, here, pair)]
    return Given(tuple(k for k, _ in found), all(said for _, said in found))


def of_one_kind(given: Given, letters: Sequence[str]) -> Iterator[Known]:
    """One mean and one variance for all members of a family of which none is known."""
    told = {(k.kind, n) for k in given.known for n in k.letters}
    families = {n.partition("_")[0] for n in letters if "_" in n}
    for name in letters:
        family = name.partition("_")[0]
        if family not in families:
            continue
        if ("mean", name) not in told:
            yield Known("mean", (name,), Sym(f"@mean {family}"))
        if not told & {("variance", name), ("second", name)}:
            yield Known("variance", (name,), Bin("^", Sym(f"@spread {family}"), Num(2)))


def of_letter(reading: Reading, here: set[str], name: str, *, alone: bool) -> list[tuple[Known, bool]]:
    """The mean and the variance of a letter, and whether the text gave them to it."""
    base, _, index = name.partition("_")
    alike = list(dict.fromkeys((name, base, f"{base}_i", f"{base}_1")))
    found = {}
    law = law_for(reading, name)
    lawful = {} if law is None else {"mean": mean_of(law), "variance": variance_of(law)}
    for kind, spelled in SPELLED.items():
        if (value := lawful.get(kind)) is not None:
            found[kind] = Known(kind, (name,), value), False
            continue
        wanted = [spelled.format(pretty_name(n)) for n in alike]
        told = next(((w, v) for w in wanted if (v := given_value(reading, w)) is not None), None)
        if told is not None:
            value = told[1]
            if index.isdecimal() and told[0] == spelled.format(pretty_name(f"{base}_i")):
                value = substitute_index(value, "i", Num(int(index)))  # what was said of any member
            found[kind] = Known(kind, (name,), value), told[0] == wanted[0]
        elif kind != "second" and not name.startswith("\\"):  # \\hat X: an estimate, with a mean of its own
            letter = MEAN_OF if kind == "mean" else SPREAD_OF
            usual = [f"{letter}_{base}", *([f"{letter}_{index}"] if index else []), *([letter] if alone else [])]
            by = next((u for u in usual if u in here or (u != letter and reading.judge.scope.find(u))), None)
            if by is not None:
                found[kind] = Known(kind, (name,), Sym(by) if kind == "mean" else Bin("^", Sym(by), Num(2))), False
    if lawful.get("variance") is not None:
        found.pop("second", None)
    if len(found) < 2:
        more = {k: (Known(k, (name,), v), False) for k, v in table(reading, name).items()}
        found |= {k: v for k, v in more.items() if k not in found}
    if "second" in found and "variance" in found:
        del found["variance" if found["second"][1] > found["variance"][1] else "second"]
    return list(found.values())


def table(reading: Reading, name: str) -> dict[str, Node]:
    """The mean and the variance by the probabilities of all values that the text gave."""
    found = {values[name]: p for values, p in tables.of_values(reading, (name,))}
    if len(found) < 2 or abs(sum(found.values()) - 1) > CLOSE:
        return {}
    mean = sum(v * p for v, p in found.items())
    return {"mean": Num(mean), "variance": Num(sum((v - mean) ** 2 * p for v, p in found.items()))}


def of_pair(reading: Reading, here: set[str], pair: tuple[str, str]) -> list[tuple[Known, bool]]:
    """The covariance of two letters, or the mean of their product."""
    both = [(pretty_name(a), pretty_name(b)) for a, b in (pair, pair[::-1])]
    for kind, spelled in (("covariance", "Cov({}, {})"), ("product", "E({} {})")):
        values = (given_value(reading, spelled.format(*names)) for names in both)
        if (value := next((v for v in values if v is not None), None)) is not None:
            return [(Known(kind, pair, value), True)]
    both_values = list(tables.of_values(reading, pair))
    if len(both_values) > 1 and abs(sum(p for _, p in both_values) - 1) < CLOSE:
        total = sum(values[pair[0]] * values[pair[1]] * p for values, p in both_values)
        return [(Known("product", pair, Num(total)), False)]
    usual = [f"{SPREAD_OF}_{a}{b}" for a, b in (pair, pair[::-1])]
    by = next((u for u in usual if u in here or reading.judge.scope.find(u)), None)
    return [(Known("covariance", pair, Sym(by)), False)] if by is not None else []


def given_value(reading: Reading, name: str) -> Node | None:
    """The value that the text gave a moment: where its last chain ends, or what was said of it."""
    for read in reversed(reading.relations[-BACK:]):
        if read.left is None or read.right is None or read.op != "=" or not is_moment(read.left):
            continue
        if pretty(read.left) == name and read.judgement.verdict not in FALSE:
            ends = [r.right for r in reading.relations if r.chain == read.chain and r.right is not None and r.op == "="]
            plain = [end for end in ends if not any(is_moment(n) for n in walk(end))]
            if plain:
                return plain[-1]
    return Sym(name) if isinstance(value_of(reading.judge.scope.find(name)), Defined) else None


def value_of(found: tuple[str, Entry] | None) -> Entry | None:
    return None if found is None else found[1]


def samples(sides: tuple[Node, Node]) -> Iterator[tuple[Node, Node]]:
    """The relation with the members of a sample written out, for two sizes; as it is where it has no sum over one."""
    sums = [n for side in sides for n in walk(side) if isinstance(n, Big) and is_sum(n)]
    ends = {n.high.name for n in sums if isinstance(n.high, Sym)}
    if len(ends) > 1:
        return
    if not sums:
        yield sides
        return
    for size in SIZES:
        yield written_out(sides[0], size, next(iter(ends), "n")), written_out(sides[1], size, next(iter(ends), "n"))


def is_sum(node: Node) -> bool:
    """Whether it is a sum over members with an index, from the first on."""
    if not isinstance(node, Big) or node.kind != "sum" or len(node.index) != 1 or node.strict:
        return False
    return node.low in (None, Num(1)) and (node.high is None or isinstance(node.high, Sym))


def written_out(node: Node, size: int, end: str) -> Node:
    """The tree with this number for the end of sums, and their terms one by one."""
    if node == Sym(end):
        return Num(size)
    if isinstance(node, Big) and is_sum(node):
        body = written_out(node.body, size, end)  # the sums inside may run over the same letter
        terms = [named(substitute_index(body, node.index[0], Num(i))) for i in range(1, size + 1)]
        total = terms[0]
        for term in terms[1:]:
            total = Bin("+", total, term)
        return total
    if isinstance(node, Sub):
        return node
    parts = children(node)
    return rebuilt(node, [written_out(part, size, end) for part in parts]) if parts else node


def named(node: Node) -> Node:
    """The tree with names for members whose index is a number now."""
    if isinstance(node, Sub):
        if node.name or node.index is None or not all(isinstance(i, Num) for i in node.index):
            return node
        index = "".join(str(int(i.value)) for i in node.index if isinstance(i, Num))
        return Sub(node.base, f"{base_name(node)}_{index}", node.index)
    parts = children(node)
    return rebuilt(node, [named(part) for part in parts]) if parts else node
