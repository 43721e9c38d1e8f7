r"""Notations with two readings: what is false in the one and holds in the other is in dispute, unless the text tells which is meant.

`\log 100 = 2` of base 10 or 2; `\frac{df}{dx}(1)` the derivative at 1; `[1, 2]^T [3, 4]` of columns; `f^2(x)` twice f; `\langle 1, 2 \rangle`
a column; `\sin^{-1}x` one over it; `a = b \bmod n` a congruence; `3 \cdot 5 \cdots 13` with a rule of its own. True are only `(x^2)' = 2x` where
nothing can be transposed, and `\sum_{i<j}` over both where nothing else has the j.
Not covered: two of these in one relation.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from evalkit.derivation.following.beside import sentence_of
from evalkit.derivation.following.other_digits import bases_in_brackets, of_base_two, of_the_clock
from evalkit.derivation.following.other_indices import index_above, members_from_zero
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.small_signs import degrees_of_heat, item_or_minus, of_a_power, value_by_its_letter
from evalkit.derivation.following.unbracketed import logarithm_of_product, slash_before_product, spectral_norm
from evalkit.derivation.following.ways import Way, each, is_number, nodes_of, source
from evalkit.derivation.following.whole_parts import fractional_parts, integer_parts
from evalkit.derivation.grammar import forms
from evalkit.derivation.grammar.nodes import (
    Big,
    Bin,
    Block,
    Call,
    Dots,
    Grad,
    Node,
    Num,
    Sub,
    Sym,
    Un,
    children,
    walk,
)
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Verdict
from evalkit.derivation.worlds.scope import Defined, Drawn, names_in

MAX_LETTERS = 3
MAX_TRIED = 30
"""How many relations of one reply are tried."""
BASES = (10.0, 2.0)
LARGE = 10**6
SHOWN = 3
"""Members that show what the others of a product with dots are."""
_LEFT = r"\s*(?:\\(?:left|big\w?|Big\w?)\s*)?\("
TWICE = re.compile(r"\^\{?2\}?" + _LEFT)
OFTEN = re.compile(r"([A-Za-z])\^\{?(?:[3-9]|[1-9]\d+)\}?" + _LEFT)
FACTOR = re.compile(r"\(\s*([A-Za-z])\s*[-+]\s*([A-Za-z])\s*\)" + _LEFT + r"(?!\s*[A-Za-z]\s*\))")
AT = re.compile(r"\\[dt]?frac\s*\{[^{}]*\}\s*\{[^{}]*\}" + _LEFT)
RECIPROCAL = re.compile(r"(?:\\|\b)(?:sin|cos|tan)h?\s*\^\s*\{?\s*-\s*1")
NATURAL = re.compile(
    r"\bnatural|\bnats?\b|\\log\s*[({]?\s*e\b|\be\s*\^\s*\{?[^}$]{0,20}log|"
    r"\\exp\b|\\int\b|\\[dt]?frac\s*\{\s*(?:d|\\partial|\\mathrm)\b|\\infty"
)
"""Where a logarithm is natural: Euler's number, integrals, derivatives and series tell so."""
WITHOUT_BASE = re.compile(r"log(?![A-Za-z])(?!\}?\s*_)")
TRANSPOSED = re.compile(r"\\top\b|\^\s*\{?\s*(?:T|\\intercal|\\mathsf|\\mathrm)\b|transpos|matri|vector|\\begin", re.I)
ROWS = re.compile(r"\b(?:rows?|outer)\b", re.I)
FIXED = re.compile(r"\b(?:fix|fixed|each|every|given|any)\b", re.I)
CONSTANTS = frozenset({"e", "\\pi", "I"})
INVERSES = {inverse: name for name, inverse in forms.INVERSES.items()}


def other_reading(reading: Reading, read: Read) -> Read | None:
    """Holds in the other reading of a notation that has two, or may be meant in one that says too little."""
    if read.left is None or read.right is None or reading.read_anew >= MAX_TRIED:
        return None
    false = read.judgement.verdict in FALSE
    for found in WAYS:
        for sides, surely, why in found(reading, read):
            if sides == read.sides or not (surely or false):
                continue
            reading.read_anew += 1
            judgement = reading.judge.equation(*sides)
            if judgement.verdict not in TRUE:
                continue
            if surely:
                return replace(read, left=sides[0], right=sides[1], judgement=replace(judgement, reason=why))
            return read.decided(Verdict.DISPUTED, why)
    why = guessed(reading, read) if false else ""
    return read.decided(Verdict.DISPUTED, why) if why else None


def another_base(reading: Reading, read: Read) -> Iterator[Way]:
    r"""`\log 100 = 2`: a logarithm of base 10 or 2 of numbers, where nothing tells that it is natural."""
    letters = {name for side in read.sides for name in names_in(side)} - CONSTANTS - {"log"}
    if letters or not has_log(read.sides) or NATURAL.search(reading.document.text) or is_natural(reading, read):
        return
    for base in BASES:

        def change(node: Node, base: float = base) -> Node:
            return Bin("/", node, Call("log", (Num(base),))) if isinstance(node, Call) and node.name == "log" else node

        yield each(read, change), False, f"may have logarithms of base {base:g}"


def has_log(nodes: Iterable[Node]) -> bool:
    return any(isinstance(n, Call) and n.name == "log" for node in nodes for n in walk(node))


def is_natural(reading: Reading, read: Read) -> bool:
    r"""Whether the problem has logarithms, which are natural, or the reply has a true one: `\log 2 = 0.693`."""
    if has_log(e.body for e in reading.setting.scope.entries.values() if isinstance(e, Defined)):
        return True
    before = (
        r for r in reading.relations if r.judgement.verdict in TRUE and r.left is not None and r.right is not None
    )
    return any(
        has_log([r.sides[0]]) != has_log([r.sides[1]]) and WITHOUT_BASE.search(source(reading, r)) for r in before
    )


def primed_bracket(reading: Reading, read: Read) -> Iterator[Way]:
    r"""`(x^2)' = 2x`: the derivative by the only letter of the bracket, where nothing can be transposed."""
    brackets = brackets_with_primes(read)
    if not brackets:
        return
    drawn = (e for e in reading.setting.scope.entries.values() if isinstance(e, Drawn))
    surely = not any(e.shape for e in drawn) and not TRANSPOSED.search(reading.document.text)
    several = any(len(letters_in(node)) > 1 for node in brackets)
    for letter in sorted({name for node in brackets for name in letters_in(node)})[:MAX_LETTERS]:

        def change(node: Node, letter: str = letter) -> Node:
            return Grad(node.x, Sym(letter)) if isinstance(node, Un) and node in brackets else node

        yield each(read, change), surely and not several, "where a prime behind a bracket is a derivative"


def brackets_with_primes(read: Read) -> list[Node]:
    """What has a prime and is no name."""
    if not any(t.text == "'" for side in (read.statement.sides if read.statement else ()) for t in side):
        return []
    return [n for n in nodes_of(read) if isinstance(n, Un) and n.op == "T" and not isinstance(n.x, Sym | Sub)]


def letters_in(node: Node) -> set[str]:
    return {n.name for n in walk(node) if isinstance(n, Sym)} - CONSTANTS


def derivative_at(reading: Reading, read: Read) -> Iterator[Way]:
    r"""`\frac{df}{dx}(1)`: the derivative at 1, or once it."""

    def change(node: Node) -> Node:
        match node:
            case Bin("*", Grad(_, Sym(name), _) as slope, at) if name and is_number(at):
                return Call("at", (slope, Sym(name), at))
        return node

    if AT.search(source(reading, read)) and not any(isinstance(n, Big) for n in nodes_of(read)):
        yield each(read, change), False, "the derivative may be taken at a place"


def both_indices(reading: Reading, read: Read) -> Iterator[Way]:
    r"""`\sum_{i<j} x_i x_j`: over i and j, where nothing else has the j."""
    if FIXED.search(reading.document.text, *sentence_of(reading.document.text, read.start, read.end)):
        return
    partners = {p for side in read.sides for n in walk(side) for p in [partner(reading, n)] if p}
    for name in sorted(partners):
        if any(is_free(reading, side, name) for side in read.sides):
            continue

        def change(node: Node, name: str = name) -> Node:
            return Big("sum", node, (name,), None, None) if partner(reading, node) == name else node

        yield each(read, change), True, f"summed over {name} as well"


def partner(reading: Reading, node: Node) -> str:
    r"""The j of `\sum_{i<j}` and `\sum_{i>j}`, if it has no meaning of its own; or nothing."""
    if not isinstance(node, Big) or node.kind != "sum" or len(node.index) != 1:
        return ""
    match node:
        case Big(_, _, _, Num(1), Bin("-", Sym(name), Num(1)), False):
            pass
        case Big(_, _, _, Sym(name), None, True):
            pass
        case _:
            return ""
    return name if reading.is_index(Sym(name)) else ""


def is_free(reading: Reading, node: Node, name: str) -> bool:
    """Whether an index stands where no sum takes it, nor may."""
    if node == Sym(name):
        return True
    if isinstance(node, Big) and (name in node.index or partner(reading, node) == name):
        return False
    return any(is_free(reading, part, name) for part in children(node))


def columns_for_rows(reading: Reading, read: Read) -> Iterator[Way]:
    """`[1, 2]^T [3, 4]`: a list in brackets is a column, where one is turned."""
    turned = any(isinstance(n, Un) and n.op == "T" and isinstance(n.x, Block) for n in nodes_of(read))
    none = not any(isinstance(n, Un) and n.op == "T" for n in nodes_of(read))
    beside = read.judgement.verdict is Verdict.ILL_TYPED and none
    if not turned and not beside:
        return

    def change(node: Node) -> Node:
        if isinstance(node, Block) and len(node.rows) == 1 and len(node.rows[0]) > 1:
            return Block(tuple((cell,) for cell in node.rows[0]))
        return node

    if "&" not in source(reading, read) and not ROWS.search(reading.document.text):
        yield each(read, change), beside, "lists in brackets may be columns"


def twice(reading: Reading, read: Read) -> Iterator[Way]:
    """`f^2(x)`: f of f(x)."""

    def change(node: Node) -> Node:
        match node:
            case Bin("^", Call(name, (_,)) as inner, Num(2)) if reading.judge.scope.find(name) is not None:
                return Call(name, (inner,))
        return node

    if TWICE.search(source(reading, read)) and not any(isinstance(n, Big | Grad) for n in nodes_of(read)):
        yield each(read, change), False, "the function may be applied twice"


def angles(reading: Reading, read: Read) -> Iterator[Way]:
    r"""`\langle 1, 2 \rangle`: the column of two numbers, or their product."""
    inner = [n for n in nodes_of(read) if isinstance(n, Call) and n.name == "inner"]

    def change(node: Node) -> Node:
        return Call("tuple", node.args) if isinstance(node, Call) and node.name == "inner" else node

    if inner and all(is_number(a) for n in inner for a in n.args):
        yield each(read, change), False, "angles may hold the entries of a column"


def one_over_it(reading: Reading, read: Read) -> Iterator[Way]:
    r"""`\sin^{-1}x`: one over the sine."""

    def change(node: Node) -> Node:
        known = isinstance(node, Call) and node.name in INVERSES
        return Bin("/", Num(1), Call(INVERSES[node.name], node.args)) if known and isinstance(node, Call) else node

    if RECIPROCAL.search(source(reading, read)):
        yield each(read, change), False, "a power of -1 behind a function may be one over it"


def congruent_numbers(reading: Reading, read: Read) -> Iterator[Way]:
    r"""`256 = 45 \bmod 211`: a comparison of remainders."""
    left, right = read.sides
    if isinstance(right, Bin) and right.op == "mod" and is_number(left):
        yield (Bin("mod", left, right.right), right), False, "may compare remainders"


def guessed(reading: Reading, read: Read) -> str:
    """Why something else may be meant than what was guessed of dots or angles."""
    for node in nodes_of(read):
        match node:
            case Bin(op, Bin(_, first, Dots()), _) if not is_told(reading, members(first, op), node):
                return "the dots may stand for something else"
        if isinstance(node, Call) and node.name == "tuple" and r"\langle" in source(reading, read):
            return "angles may be a cycle or what something is made of"
    often = OFTEN.search(source(reading, read))
    function = reading.judge.scope.find(often[1]) if often else None
    if function is not None and isinstance(function[1], Defined) and function[1].params:
        return "the function may be applied so often"
    factor = FACTOR.search(source(reading, read))
    functions = [reading.judge.scope.find(name) for name in factor.groups()] if factor else []
    made = all(f is not None and isinstance(f[1], Defined) and f[1].params for f in functions)
    return "the brackets may be a factor" if functions and made else ""


def members(node: Node, op: str) -> list[Node]:
    out: list[Node] = []
    while isinstance(node, Bin) and node.op == op:
        out.insert(0, node.right)
        node = node.left
    return [node, *out]


def is_told(reading: Reading, shown: Sequence[Node], node: Bin) -> bool:
    """Whether what is written tells what the dots are: of a product consecutive numbers, of a sum not the odd primes."""
    if node.op == "+":
        return not all(isinstance(n, Num) and is_odd_prime(n.value) for n in (*shown, node.right))
    steps = (Num(1), Un("-", Num(1)))
    far = Bin("-", shown[1], shown[0]) if len(shown) >= SHOWN else Num(0)
    return any(reading.judge.equation(far, step).verdict in TRUE for step in steps)


def is_odd_prime(number: float) -> bool:
    whole = int(number) if 2 < number < LARGE else 0
    return whole == number and all(whole % d for d in range(2, math.isqrt(whole) + 1))


WAYS: tuple[Callable[[Reading, Read], Iterator[Way]], ...] = (
    another_base,
    primed_bracket,
    derivative_at,
    both_indices,
    columns_for_rows,
    twice,
    angles,
    one_over_it,
    congruent_numbers,
    spectral_norm,
    logarithm_of_product,
    slash_before_product,
    integer_parts,
    fractional_parts,
    members_from_zero,
    index_above,
    item_or_minus,
    degrees_of_heat,
    value_by_its_letter,
    of_a_power,
    bases_in_brackets,
    of_base_two,
    of_the_clock,
)
