r"""`dZ_2 = A_2 - Y`, `dW_2 = \frac1m dZ_2 A_1^\top`: does a text call gradients of the cost by a d before the letter?

A differential is never equal to something in which nothing moves. So a text does where a `dZ` that is a side by itself is equal
to something of two letters or more without a differential and without the letter Z, and another d-name is a side by itself, too;
or where it is equal to a derivative by Z, or named beside one ("write $dZ$ for $\partial L/\partial Z$"), or where `dV = P^\top dO`
goes back from an O that depends on V.
Not covered: texts with integrals, and those that take the differential of what they derive.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

from evalkit.derivation.grammar.alphabet import ACCENTS
from evalkit.derivation.grammar.layers import labels
from evalkit.derivation.grammar.nodes import Diff, Node, Sub, Sym, Unreadable
from evalkit.derivation.grammar.stream import Grammar, Names
from evalkit.derivation.grammar.tokens import Token

GRADIENTS = "\\gradients"
"""Among the written names of a text that does so."""
BARS = "\\bars"
"""Among the written names of a text that calls them so by a bar, `\\bar h`."""
BARRED = re.compile(
    r"\\(?:bar|overline)\s*\{?\s*\\?\w+\}?[^.\n]{0,60}\b(?:gradient|derivative|sensitivit)|"
    r"\b(?:gradient|derivative)s?\b[^.\n]{0,60}\b(?:by|as|with|a)\b[^.\n]{0,20}(?:\\(?:bar|overline)\b|\bbar\b)"
)
"""Words that say so."""
Side = Sequence[Token]
Leads = Callable[[str, str], bool]
SMALL = 14
"""Tokens of a d-name with its scripts."""


def calls_gradients(
    chains: Sequence[Sequence[Side]], beside: Iterable[tuple[Side, Side]] = (), leads: Leads = lambda a, b: False
) -> bool:
    """Whether a text calls gradients so. chains: the sides of every statement; beside: what stands alone in one sentence; leads: whether
    a name depends on another one."""
    everything = [side for chain in chains for side in chain]
    if any(t.text == "int" and t.kind == "cmd" for side in everything for t in side):
        return False
    if any(is_taken_of_more(side) for side in everything):
        return False
    moved = {letter for side in everything for letter in moving(side)}
    if moved & {letter for side in everything for letter in derived(side)}:
        return False
    alone = {name for side in everything if (name := d_name(side)) is not None}
    pairs = [p for chain in chains for a, b in pairwise(chain) for p in ((a, b), (b, a))]
    named = (p for a, b in beside for p in ((a, b), (b, a)))
    strong = any(is_derivative_by(side, other) for side, other in (*pairs, *named))
    back = any(goes_back(side, other, leads) for side, other in pairs)
    either = [p for p in pairs if d_name(p[0]) is None or d_name(p[1]) is None]  # db = dz goes in both ways
    strong = strong or (back and not any(goes_back(side, other, lambda a, b: leads(b, a)) for side, other in either))
    weak = any(is_new(side, other) for side, other in pairs)
    return strong or (weak and len(alone) > 1)


def calls_by_bars(text: str, chains: Sequence[Sequence[Side]]) -> bool:
    """Whether a text calls gradients by a bar: in words, or with a `\\bar h` beside a derivative by h."""
    if BARRED.search(text):
        return True
    pairs = [p for chain in chains for a, b in pairwise(chain) for p in ((a, b), (b, a))]
    return any((name := bar_name(side)) is not None and derived_by(other) == name for side, other in pairs)


def bar_name(side: Side) -> str | None:
    """The name under the bar, with its scripts, where a side is nothing but such a name."""
    texts = [t.text for t in side if t.kind not in ("sp", "qd")]
    if texts[:1] != ["bar"] or not 2 <= len(texts) <= SMALL or len(list(labels(side))) != 1:
        return None
    return "".join(t for t in (texts[2:3] + texts[4:] if texts[1] == "{" and texts[3:4] == ["}"] else texts[1:]))


def d_name(side: Side) -> str | None:
    """The name behind the d, with its scripts, where a side is nothing but such a name."""
    texts = [t.text for t in side if t.kind not in ("sp", "qd")]
    if not 2 <= len(texts) <= SMALL or texts[0] != "d" or not (side[1].kind == "id" or side[1].text in ACCENTS):
        return None
    found = list(labels(side[1:]))
    others = {"+", "-", "=", "odot", "cdot", "times"} & {t.text for t in side if t.kind in ("op", "cmd")}
    inside = any(t.text in ("+", "-") for t in side)
    return "".join(texts[1:]) if len(found) == 1 and (not others or (inside and "^" in texts)) else None


def moving(side: Side) -> list[str]:
    """The letters right behind a d that stands before a name and in no fraction."""
    out = []
    for at, token in enumerate(side[:-1]):
        if (token.kind, token.text) != ("id", "d") or not side[at + 1].glued or side[at + 1].kind != "id":
            continue
        if not (at > 1 and side[at - 1].text == "{" and side[at - 2].text in ("frac", "}")):
            out.append(side[at + 1].text)
    return out


def is_taken_of_more(side: Side) -> bool:
    r"""Whether the differential of something larger stands there: `d(AB)`, `d\log f`."""
    return any(
        a.text == "d" and a.kind in ("id", "cmd") and b.glued and (b.text == "(" or b.kind == "fn")
        for a, b in pairwise(side)
    )


def derived(side: Side) -> list[str]:
    r"""The letters above of derivatives: the L of `\frac{\partial L}{\partial Z}`."""
    texts = [t.text for t in side]
    at = [i for i in range(len(texts) - 4) if texts[i] == "partial" and texts[i + 2 : i + 5] == ["}", "{", "partial"]]
    return [texts[i + 1] for i in at]


def is_derivative_by(side: Side, other: Side) -> bool:
    r"""`dZ_2` beside `\frac{\partial L}{\partial Z_2}` and nothing else."""
    name = d_name(side)
    return name is not None and derived_by(other) == name


def derived_by(side: Side) -> str | None:
    """By what a side derives that is nothing but a derivative."""
    texts = [t.text for t in side if t.kind not in ("sp", "qd")]
    if texts[:1] != ["frac"] or texts.count("partial") != 2:
        return None
    last = len(texts) - 1 - texts[::-1].index("partial")
    return "".join(texts[last + 1 : -1])


def goes_back(side: Side, other: Side, leads: Leads) -> bool:
    """A d-name beside a product in which nothing moves but what depends on it: no differential is so."""
    name, moved = d_name(side), list(moving_names(other))
    return name is not None and bool(moved) and all(leads(of, name.replace("{", "").replace("}", "")) for of in moved)


def moving_names(side: Side) -> Iterator[str]:
    """What stands behind a d, with an index of one sign."""
    for at, token in enumerate(side[:-1]):
        if (token.kind, token.text) != ("id", "d") or not side[at + 1].glued or side[at + 1].kind != "id":
            continue
        texts = [t.text for t in side[at + 1 : at + 6] if t.kind not in ("sp", "qd")]
        index = (
            texts[3:4]
            if texts[1:3] == ["_", "{"] and texts[4:5] == ["}"]
            else texts[2:3]
            if texts[1:2] == ["_"]
            else []
        )
        yield "_".join(texts[:1] + index)


def is_new(side: Side, other: Side) -> bool:
    """A d-name beside something of other letters, in which nothing moves."""
    name = d_name(side)
    letters = [key[1] for key, _, _ in labels(other)]
    own = next((t.text for t in side[1:] if t.kind == "id"), "")
    return name is not None and len(letters) > 1 and not moving(other) and own not in letters and "d" not in letters


def gradient_name(names: Names, node: Node) -> Node:
    """The name that `dZ_2` is, where it has a meaning of its own or the text calls gradients so; else the differential."""
    if not isinstance(node, Diff) or not isinstance(node.x, Sym | Sub) or not node.x.name:
        return node
    name = with_d(node.x)
    family = f"{name.name.partition('_')[0]}_"
    known = names.role(name.name) is not None or (isinstance(name, Sub) and names.role(family) is not None)
    return name if known or names.writes(GRADIENTS) else node


def begins_gradient(p: Grammar) -> bool:
    """Whether a d, which is a size, too, stands before a letter as part of the name of a gradient."""
    token, start = p.peek(), p.pos
    if token is None or not token.glued or token.kind != "id":
        return False
    try:
        return isinstance(gradient_name(p.names, Diff(p.operand())), Sym | Sub)
    except Unreadable:
        return False
    finally:
        p.pos = start


def with_d(node: Sym | Sub) -> Sym | Sub:
    """The name with a d before it."""
    if isinstance(node, Sym):
        return Sym(f"d{node.name}")
    return Sub(with_d(node.base) if isinstance(node.base, Sym | Sub) else node.base, f"d{node.name}", node.index)
