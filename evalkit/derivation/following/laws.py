r"""`X \sim \text{Poisson}(\lambda)`: the mean, the variance and the probabilities that a named distribution gives a letter.

A name with two conventions gives what both agree in: `\text{Exp}(\lambda)` has the rate lambda, but `\text{Exp}(2)` may have
the mean 2. Not covered: distributions of columns, under conditions, and those that are named in words alone.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.lexer import tokenize
from evalkit.derivation.grammar.nodes import Big, Bin, Call, Node, Num, Sub, Sym, substitute_index
from evalkit.derivation.grammar.parser import parse
from evalkit.derivation.grammar.stream import NoNames
from evalkit.derivation.verdicts.verdict import Verdict
from evalkit.derivation.worlds.scope import family_key


class Kind(NamedTuple):
    """A kind of distribution: its parameters, and what they make; of each value k, or up to a value."""

    parameters: tuple[str, ...]
    mean: str
    variance: str
    at: str = ""
    up_to: str = ""
    density: str = ""


class Law(NamedTuple):
    """The distribution of one letter."""

    kind: str
    arguments: tuple[Node, ...]


KINDS = {
    "binomial": Kind(("n", "p"), "n p", "n p (1 - p)", r"\binom{n}{k} p^k (1 - p)^{n - k}"),
    "poisson": Kind(("m",), "m", "m", r"\frac{m^k e^{-m}}{k!}"),
    "bernoulli": Kind(("p",), "p", "p (1 - p)"),
    "normal": Kind(("m", "v"), "m", "v", "", r"\frac{k - m}{\sqrt{v}}", r"\frac{e^{-(k - m)^2/(2 v)}}{\sqrt{2 \pi v}}"),
    "uniform": Kind(
        ("a", "b"), r"\frac{a + b}{2}", r"\frac{(b - a)^2}{12}", "", r"\frac{k - a}{b - a}", r"\frac{1}{b - a}"
    ),
    "rate": Kind(("r",), r"\frac{1}{r}", r"\frac{1}{r^2}", "", "1 - e^{-r k}", "r e^{-r k}"),
    "beta": Kind(("a", "b"), r"\frac{a}{a + b}", r"\frac{a b}{(a + b)^2 (a + b + 1)}"),
    "geometric": Kind(("p",), "", r"\frac{1 - p}{p^2}"),
    "gamma": Kind(("a", "r"), r"\frac{a}{r}", r"\frac{a}{r^2}"),
    "scaled gamma": Kind(("a", "s"), "a s", "a s^2"),
}
NAMES = {
    "binomial": ("bin", "binom", "binomial", "b"),
    "poisson": ("poisson", "poi", "pois", "po"),
    "bernoulli": ("bernoulli", "bern", "ber"),
    "normal": ("n", "normal"),
    "uniform": ("u", "unif", "uniform"),
    "rate": ("exp", "expo", "exponential"),
    "beta": ("beta",),
    "geometric": ("geom", "geo", "geometric"),
    "gamma": ("gamma", "\\gamma", "ga"),
}
KIND_OF = {name: kind for kind, names in NAMES.items() for name in names}
RATES, SCALES = ("\\lambda", "\\beta", "\\mu", "b"), ("\\theta", "s")
"""Letters of a rate and of its inverse."""
BETWEEN = re.compile(r"([^<>=|]+?)(<|leq)(\\?[A-Za-z]\w*)(<|leq)([^<>=|]+)")
VALUE = re.compile(r"(\\?[A-Za-z]\w*)(=|leq|geq|<|>)(\d+(?:\.\d+)?|\\?[a-z]+)(?:\+(\\?[a-z]+))?")
MAX_TERMS = 40


def law_of_letter(reading: Reading, read: Read) -> Read | None:
    """Says what distribution a letter has."""
    left, right = read.left, read.right
    if read.op != "sim" or not isinstance(left, Sym | Sub) or not left.name:
        return None
    law = law_named(right)
    names = [left.name]
    if isinstance(left, Sub) and left.index is not None and len(left.index) == 1 and isinstance(left.index[0], Sym):
        names.append(family_key(left.name))  # of any member
    for name in names:
        reading.laws.pop(name, None)
        if law is not None:
            reading.laws[name] = law
    return read.decided(Verdict.SKIPPED, "the distribution of a letter") if law is not None else None


def law_named(node: Node | None) -> Law | None:
    r"""`\text{Bin}(n, p)`; None where the name may mean two things."""
    if not isinstance(node, Call):
        return None
    kind = KIND_OF.get(node.name.removeprefix("\\mathcal ").lower())
    if kind is None or len(node.args) != len(KINDS[kind].parameters):
        return None
    last = node.args[-1]
    letter = last.name if isinstance(last, Sym | Sub) else ""
    if kind in ("rate", "gamma"):
        rate = letter.startswith(RATES if kind == "gamma" else RATES[:1])
        if not rate and not (kind == "gamma" and letter.startswith(SCALES)):
            return None
        kind = kind if rate else "scaled gamma"
    if node.name == "B" and letter != "p" and not (isinstance(last, Num) and 0 < last.value < 1):
        return None  # a Beta distribution
    return Law(kind, node.args)


def law_for(reading: Reading, name: str) -> Law | None:
    """The distribution of a letter: its own, that of its family, or that of the letter without an index."""
    base = name.partition("_")[0]
    return next((Law(*law) for n in (name, family_key(name), base) if (law := reading.laws.get(n)) is not None), None)


def mean_of(law: Law) -> Node | None:
    return formula(law, KINDS[law.kind].mean)


def variance_of(law: Law) -> Node | None:
    return formula(law, KINDS[law.kind].variance)


def density_of(law: Law, at: Node) -> Node | None:
    """The density at a place."""
    found = formula(law, KINDS[law.kind].density)
    return None if found is None else substitute_index(found, "k", at)


def formula(law: Law, text: str) -> Node | None:
    """A formula with the arguments of a distribution for its parameters."""
    if not text:
        return None
    out = parsed(text)
    for name in KINDS[law.kind].parameters:
        out = substitute_index(out, name, Sym(f"@{name}"))
    for name, value in zip(KINDS[law.kind].parameters, law.arguments, strict=True):
        out = substitute_index(out, f"@{name}", value)
    return out


@lru_cache(maxsize=64)
def parsed(text: str) -> Node:
    return parse(tokenize(text, 0, len(text), frozenset()), NoNames())


def probability(reading: Reading, said: str) -> Node | None:
    """The probability of `X=2`, `X>t`, `1<X<2` or the like by the distribution of X; None where that is not known."""
    if (both := BETWEEN.fullmatch(said)) is not None:
        law = law_for(reading, both[3])
        if law is None or not KINDS[law.kind].up_to:
            return None
        ends = [probability(reading, f"{both[3]}leq{end}") for end in (both[1], both[5])]
        return Bin("-", ends[1], ends[0]) if ends[0] is not None and ends[1] is not None else None
    found = VALUE.fullmatch(said)
    law = law_for(reading, found[1]) if found is not None else None
    if found is None or law is None:
        return None
    sign, value = found[2], found[3]
    at: Node = Num(float(value)) if value[0].isdigit() else Sym(value)
    at = Bin("+", at, Sym(found[4])) if found[4] else at
    kind = KINDS[law.kind]
    if kind.up_to:
        below = formula(law, kind.up_to)
        assert below is not None  # noqa: S101 - it has a text
        below = substitute_index(below, "k", at)
        below = Call("\\Phi", (below,)) if law.kind == "normal" else below
        return {"<": below, "leq": below, ">": Bin("-", Num(1), below), "geq": Bin("-", Num(1), below)}.get(sign)
    one = formula(law, kind.at)
    if one is None:
        return None
    if sign == "=":
        return substitute_index(one, "k", at)
    last = at if sign in ("leq", ">") else Bin("-", at, Num(1))
    low = Big("sum", substitute_index(one, "k", Sym("@k")), ("@k",), Num(0), last)
    return low if sign in ("leq", "<") else Bin("-", Num(1), low)
