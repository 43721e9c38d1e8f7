r"""Notations in which brackets or an index are left out: `\|A\|` of a matrix, `\ln \frac12 \exp(-x)`, `b/2a`.

Without them the norm is the one of Frobenius, the logarithm ends before the next function, and `b/2a` is (b/2)a. What is false so
and holds otherwise is in dispute; true is what holds by the logarithm of the whole product, which alone can be meant, and
what holds by the spectral norm where nothing that is true was true by the other one.
Not covered: several ways in one relation; norms that a problem defines; `1 + x/2` for `(1 + x)/2`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.ways import Way, each, nodes_of, source
from evalkit.derivation.grammar.nodes import Bin, Call, Node, Sym, walk
from evalkit.derivation.grammar.stream import MATRIX
from evalkit.derivation.verdicts.verdict import TRUE
from evalkit.derivation.worlds.scope import Defined, Scope

FRACTION = re.compile(r"\\[dt]?frac|\\over\b|\\(?:cdot|times|div|ast|star)\b|[*×·⋅]")
"""Signs that tell what belongs to what."""
LOGARITHM = re.compile(r"\\(?:ln|log)(?![A-Za-z])(?P<bracket>\s*(?:\\left\s*)?\()?")
MARK = re.compile(r"\\exp(?![A-Za-z])|\\cdot|\\times|e\^|[(){}\[\]]")


def spectral_norm(reading: Reading, read: Read) -> Iterator[Way]:
    r"""`\|A\| = \sigma_1(A)`: a norm without an index, which may be the spectral one."""
    if not has_norm_of_matrix(reading, read):
        return
    scope = reading.setting.scope
    given = [e.body for e in scope.entries.values() if isinstance(e, Defined)]
    told = any(is_norm_of_matrix(scope, n) for body in given for n in walk(body))
    shown = any(
        r.judgement.verdict in TRUE and r.left is not None and r.right is not None and has_norm_of_matrix(reading, r)
        and reading.judge.equation(*each(r, spectral)).verdict not in TRUE
        for r in reading.relations
    )  # fmt: skip
    if not told and not shown:
        yield each(read, spectral), True, "by the spectral norm"


def spectral(node: Node) -> Node:
    return Call("norm_2", node.args) if isinstance(node, Call) and is_norm(node) else node


def is_norm(node: Node) -> bool:
    return isinstance(node, Call) and node.name == "norm" and len(node.args) == 1


def has_norm_of_matrix(reading: Reading, read: Read) -> bool:
    """Whether there is a norm without an index of what is no column."""
    return any(is_norm_of_matrix(reading.judge.scope, n) for n in nodes_of(read))


def is_norm_of_matrix(scope: Scope, node: Node) -> bool:
    return isinstance(node, Call) and is_norm(node) and scope.shape(node.args[0]) == MATRIX


def logarithm_of_product(reading: Reading, read: Read) -> Iterator[Way]:
    r"""`\ln \frac{1}{2} \exp(-x)`: of the product, as nobody multiplies a logarithm by an exponential."""
    if goes_on_to_exponential(source(reading, read)):
        yield each(read, of_product), True, "where the logarithm is of the whole product"


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
            if depth < 0 or mark[0] in (r"\cdot", r"\times"):
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
    texts = reading.document.text[read.start : read.left_end], reading.document.text[read.left_end : read.end]
    loose = ["/" in text and not FRACTION.search(text) for text in texts]
    both = each(read, over_product)
    for first, second in ((True, True), (True, False), (False, True)):
        sides = both[0] if first and loose[0] else read.sides[0], both[1] if second and loose[1] else read.sides[1]
        yield sides, False, "a slash may stand over the whole product behind it"


def over_product(node: Node) -> Node:
    """`a/b c d` -> `a/(b c d)`."""
    match node:
        case Bin("*", Bin("/", above, below), factor):
            return Bin("/", above, Bin("*", below, factor))
    return node
