r"""Notations in which brackets or an index are left out: `\|A\|` of a matrix, `\ln \frac12 \exp(-x)`, `b/2a`.

Without them the norm is the one of Frobenius, the logarithm ends before the next function, and `b/2a` is (b/2)a. What is false so
and holds otherwise is in dispute; true is what holds by the spectral norm where the text names it.
Not covered: several ways in one relation; norms that a problem defines; `1 + x/2` for `(1 + x)/2`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.ways import Way, each, nodes_of, source
from evalkit.derivation.grammar.nodes import Bin, Call, Node, Num, Sub, Sym
from evalkit.derivation.grammar.stream import MATRIX
from evalkit.derivation.worlds.scope import Scope

FRACTION = re.compile(r"\\[dt]?frac|\\over\b|\\(?:cdot|times|div|ast|star)\b|[*×·⋅]")
"""Signs that tell what belongs to what."""
LOGARITHM = re.compile(r"\\(?:ln|log)(?![A-Za-z])(?P<bracket>\s*(?:\\(?:left|[bB]igg?l?)\s*)?(?:[({\[|]|\\[{|]))?")
MARK = re.compile(r"\\exp(?![A-Za-z])|\\(?:cdot|times|ast)|\*|e\^|[(){}\[\]]")
SIGNS = frozenset({r"\cdot", r"\times", r"\ast", "*"})
SPECTRAL = re.compile(r"\b(?:spectral|operator|induced)\b[^.\n]{0,12}\bnorm", re.I)
NORMS = (
    ("norm_2", "the spectral norm"),
    ("norm_1", "the largest sum of a column"),
    ("norm_inf", "the largest sum of a row"),
    ("norm_nuc", "the nuclear norm"),
)
"""What a norm without an index may be, beside Frobenius'."""
FROBENIUS = re.compile(r"\bfrobenius\b", re.I)
ALL_OF_IT = re.compile(r"\((?:[^()]|\([^()]*\))*\)\s*/\s*\d+\s*[A-Za-z](?:_\w|_\{\w+\})?\s*\)")
"""`((a - c)/2b)`: a bracket over a number and a letter, and nothing else in the brackets around."""
GLUED = re.compile(r"/\d{1,9}[A-Za-z](?![A-Za-z])")
"""A slash before a number and a letter side by side: `(100x/3k)`."""
MAX_SIDE, MAX_SLASHES = 1000, 20
BRACKETED = re.compile(r"\s*[\w\\(\[]")


def spectral_norm(reading: Reading, read: Read) -> Iterator[Way]:
    r"""`\|A\| = \sigma_1(A)`: a norm without an index, which may be the spectral one, or another."""
    text = reading.document.text
    if FROBENIUS.search(text) or not any(is_norm_of_matrix(reading.judge.scope, n) for n in nodes_of(read)):
        return
    for name, said in NORMS:
        told = name == "norm_2" and bool(SPECTRAL.search(text))
        yield each(read, partial(named, name)), told, f"by {said}"


def named(name: str, node: Node) -> Node:
    return Call(name, node.args) if isinstance(node, Call) and is_norm(node) else node


def is_norm(node: Node) -> bool:
    return isinstance(node, Call) and node.name == "norm" and len(node.args) == 1


def is_norm_of_matrix(scope: Scope, node: Node) -> bool:
    return isinstance(node, Call) and is_norm(node) and scope.shape(node.args[0]) == MATRIX


def logarithm_of_product(reading: Reading, read: Read) -> Iterator[Way]:
    r"""`\ln \frac{1}{2} \exp(-x)`: a logarithm of the product, perhaps."""
    if goes_on_to_exponential(source(reading, read)):
        yield each(read, of_product), False, "the logarithm may be of the whole product"


def goes_on_to_exponential(text: str) -> bool:
    """Whether no logarithm of a text is in brackets or has its argument in some, as far as the next exponential."""
    for found in LOGARITHM.finditer(text):
        if found["bracket"]:
            return False
        depth = 0
        for mark in MARK.finditer(text, found.end()):
            if mark[0] in (r"\exp", "e^") and depth == 0:
                break
            depth += (mark[0] in "({[") - (mark[0] in ")}]")
            if depth < 0 or mark[0] in SIGNS:
                return False
    return True


def of_product(node: Node) -> Node:
    match node:
        case Bin("*", Call("log", (inner,)), Call("exp") | Bin("^", Sym("e"), _) as factor):
            return Call("log", (Bin("*", inner, factor),))
    return node


def slash_before_product(reading: Reading, read: Read) -> Iterator[Way]:
    """`b/2a`: over the whole product, in all sides or in one of them."""
    if read.statement is None:
        return
    texts = written_before(reading, read), reading.document.text[read.left_end : read.end]
    loose = [
        "/" in text and (not FRACTION.search(text) or ALL_OF_IT.search(text) is not None) and not is_closed_off(text)
        for text in texts
    ]
    if any(GLUED.search(text) for text in texts):
        yield each(read, over_glued), False, "a slash may stand over the number and the letter behind it"
    both = each(read, over_product)
    for first, second in ((True, True), (True, False), (False, True)):
        sides = both[0] if first and loose[0] else read.sides[0], both[1] if second and loose[1] else read.sides[1]
        yield sides, False, "a slash may stand over the whole product behind it"


def written_before(reading: Reading, read: Read) -> str:
    """The left side as it is written; that of a line which goes on stands in the relation before."""
    if read.start < read.left_end:
        return reading.document.text[read.start : read.left_end]
    before = next((r for r in reversed(reading.relations) if r.right == read.left and r.right_start < read.start), None)
    return reading.document.text[before.right_start : before.end] if before is not None else ""


def is_closed_off(text: str) -> bool:
    """`(b/2)a`: a bracket ends what a slash stands in, and a factor follows."""
    for start in [i for i, sign in enumerate(text[:MAX_SIDE]) if sign == "/"][:MAX_SLASHES]:
        depth = 0
        for at in range(start + 1, min(len(text), start + MAX_SIDE)):
            depth += (text[at] in "([{") - (text[at] in ")]}")
            if depth < 0:
                if BRACKETED.match(text, at + 1):
                    return True
                break
    return False


def over_glued(node: Node) -> Node:
    """`100x/3 k` -> `100x/(3k)`."""
    match node:
        case Bin("*", Bin("/", above, Num() as below), Sym() | Sub() as letter):
            return Bin("/", above, Bin("*", below, letter))
    return node


def over_product(node: Node) -> Node:
    """`a/b c d` -> `a/(b c d)`."""
    match node:
        case Bin("*", Bin("/", above, below), factor):
            return Bin("/", above, Bin("*", below, factor))
    return node
