r"""`Let $x_1, x_2$ be the roots of $x^2 - kx + 3 = 0$`: what that says of their sums and products.

The coefficients of the polynomial are sums of products of its roots, up to sign and the leading one: a condition on all of them.
Not covered: roots that only words count ("the two roots"), polynomials that are written in no equation with 0.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import reduce
from itertools import combinations

from evalkit.derivation.following.beside import sentence_of
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.unknowns import total
from evalkit.derivation.grammar.nodes import Bin, Block, Node, Num, Sym, Un, is_zero
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict
from evalkit.derivation.worlds.scope import names_in

ROOTS_OF = re.compile(r"\b(?:roots|zeros|zeroes|solutions) (?:of|to)(?: (?:the|its|this))?(?: \w+){0,3}\W*$", re.I)
ARE = re.compile(r"\b(?:are|be|denote|is|as|have|has|with)\b", re.I)
LISTED = re.compile(r"(?:\$|\\\()\s*((?:\\?[A-Za-z]+(?:_\{?\d\}?)?\s*,?\s*(?:\\[,; ]|\\quad)?\s*){2,4})(?:\$|\\\))")
NAME = re.compile(r"(\\?[A-Za-z]+)(?:_\{?(\d)\}?)?")
CLAUSE = 120
LIKE = Judgement(Verdict.ASSUMPTION, reason="of the roots", rule="step")


def of_the_roots(reading: Reading, read: Read) -> list[Read]:
    """The condition on letters that are called the roots of an equation; nothing where the words name none."""
    if read.left is None or read.right is None or read.op != "=" or not any(map(is_zero, read.sides)):
        return []
    text = reading.document.text
    begin = sentence_of(text, read.start, read.end)[0]
    before = text[max(begin, read.start - CLAUSE) : read.start]
    lead = ROOTS_OF.search(before)
    if lead is None or not ARE.search(before[: lead.start()]):
        return []
    names = listed(before[: lead.start()]) or listed_one_by_one(before[: lead.start()])
    body = read.sides[0] if is_zero(read.sides[1]) else read.sides[1]
    variables = [n for n in dict.fromkeys(names_in(body)) if degree(body, n) == len(names)]
    if not 2 <= len(names) <= 4 or len(variables) != 1 or set(names) & set(names_in(body)):
        return []
    found = polynomial(body, variables[0])
    leading = found[len(names)]
    left, right = [], []
    for count in range(1, len(names) + 1):
        factors: list[list[Node]] = [[Sym(n) for n in some] for some in combinations(names, count)]
        products = [reduce(times, some) for some in factors]
        left.append((times(leading, total([(1, p) for p in products])),))
        right.append((total([((-1) ** count, found.get(len(names) - count, Num(0.0)))]),))
    return [replace(read, left=Block(tuple(left)), right=Block(tuple(right)), judgement=LIKE)]


def without_older(reading: Reading, known: list[Read], read: Read) -> list[Read]:
    """The conditions without those on the roots of an equation, where another one in the same letter stands since."""
    if read.left is None or read.right is None or read.op != "=" or not any(map(is_zero, read.sides)):
        return known
    letters = names_of_equation(read)
    return [r for r in known if r.judgement != LIKE or not letters & letters_of_roots(reading, r, read)]


def letters_of_roots(reading: Reading, roots: Read, read: Read) -> set[str]:
    """The letters of the equation whose roots are spoken of; none where another equation says the same."""
    equation = next((r for r in reading.relations if (r.start, r.end) == (roots.start, roots.end)), read)
    if equation.sides == read.sides or read.judgement.verdict in TRUE:
        return set()
    return {n for n in names_of_equation(equation) if degree_in(equation, n) > 1}


def degree_in(read: Read, name: str) -> int:
    return max(degree(side, name) for side in read.sides)


def names_of_equation(read: Read) -> set[str]:
    return {n for side in read.sides for n in names_in(side)}


def listed(text: str) -> list[str]:
    """The names in the last stretch of mathematics that lists some: `$x_1, x_2$`."""
    found = LISTED.findall(text)
    return names_of(found[-1]) if found else []


def listed_one_by_one(text: str) -> list[str]:
    """`$\\alpha$ and $\\beta$`"""
    found = re.findall(r"(?:\$|\\\()\s*(\\?[A-Za-z]+(?:_\{?\d\}?)?)\s*(?:\$|\\\))", text)
    return [n for part in found for n in names_of(part)]


def names_of(text: str) -> list[str]:
    found = [m for m in NAME.finditer(text) if m[1] not in ("\\quad", "\\")]
    return [f"{m[1]}_{m[2]}" if m[2] else m[1] for m in found]


def degree(node: Node, name: str) -> int:
    """The degree of a polynomial in a letter; a large number of what is none."""
    none = 99
    if name not in names_in(node):
        return 0
    match node:
        case Sym():
            return 1
        case Bin("+" | "-", a, b):
            return max(degree(a, name), degree(b, name))
        case Bin("*", a, b):
            return degree(a, name) + degree(b, name)
        case Bin("^", a, Num(power)) if power == int(power) and 0 < power < none:
            return degree(a, name) * int(power)
        case Bin("/", a, b) if name not in names_in(b):
            return degree(a, name)
        case Un("-", a):
            return degree(a, name)
    return none


def polynomial(node: Node, name: str) -> dict[int, Node]:
    """The coefficients of a polynomial in a letter, by their powers."""
    if name not in names_in(node):
        return {0: node}
    match node:
        case Bin("+" | "-" as op, a, b):
            one, other = polynomial(a, name), polynomial(b, name)
            sign = 1 if op == "+" else -1
            parts = {n: [(s, p[n]) for s, p in ((1, one), (sign, other)) if n in p] for n in {*one, *other}}
            return {n: total(terms) for n, terms in parts.items()}
        case Bin("*", a, b):
            return multiplied(polynomial(a, name), polynomial(b, name))
        case Bin("^", a, Num(power)):
            return reduce(multiplied, [polynomial(a, name)] * int(power))
        case Bin("/", a, b):
            return {n: Bin("/", c, b) for n, c in polynomial(a, name).items()}
        case Un("-", a):
            return {n: Un("-", c) for n, c in polynomial(a, name).items()}
    return {1: Num(1.0)}


def multiplied(a: dict[int, Node], b: dict[int, Node]) -> dict[int, Node]:
    out: dict[int, list[tuple[int, Node]]] = {}
    for n, x in a.items():
        for m, y in b.items():
            out.setdefault(n + m, []).append((1, times(x, y)))
    return {n: total(terms) for n, terms in out.items()}


def times(a: Node, b: Node) -> Node:
    """A product, without factors 1."""
    return b if a == Num(1.0) else a if b == Num(1.0) else Bin("*", a, b)
