r"""Layers of a network above a letter, without brackets: `W^2 a^1 + b^2`, `z^l = W^l a^{l-1} + b^l`. They are labels and no powers.

A letter has layers where the text never writes it without a number or an `l` above it, and where the text shows that these are
no powers: two letters with a 1 above (nobody writes first powers), or one that stands alone on a side with its `l` and has
another letter with an `l` beside it, while some letter has an `l - 1` or `l + 1`.
Not covered: other letters than l, L and `\ell` without brackets; letters that the problem declares.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from evalkit.derivation.grammar.nodes import Node, Sub, Sym, children, rebuilt
from evalkit.derivation.grammar.spelling import Key, accent
from evalkit.derivation.grammar.tokens import Token

GENERIC = ("l", "L", "\\ell")
_LABEL = re.compile(r"(\d{1,3}|(?:l|L|\\ell)(?:[+-]\d)?)(T|top|)")
"""A layer, and the sign of a transpose behind it."""
_SHIFTED = re.compile(r"(?:l|L|\\ell)[+-]\d")
_NAME = re.compile(
    r"(?P<base>\\?[^_^\\]+)(?:\^(?P<open>[\[(]?)(?P<letter>[a-zL]|\\ell|)(?P<number>[+-]?\d{1,3}|)[\])]?|_(?P<below>\d{1,3}))"
)
MAX_BEFORE = 3
"""The farthest layer before the last one whose meaning follows."""
MAX_SHIFT = 20
"""The farthest layer whose meaning follows from that of any."""
CONSTANTS = frozenset({"e", "\\pi", "I", "i"})
"""What has powers whatever the text writes."""
FIRST = 2
"""So many letters with a 1 above show that numbers above letters are no powers."""


class Layer(NamedTuple):
    """A name with a layer: `a^{[l-1]}` is the base a with the letter l and the number -1; of `W^2` the letter is empty. mark:
    how it is written, `[`, `(`, nothing, or `_`."""

    base: str
    mark: str
    letter: str
    number: int

    @property
    def label(self) -> str:
        shift = f"{self.number:+d}" if self.number else ""
        return self.letter + shift if self.letter else str(self.number)

    @property
    def name(self) -> str:
        if self.mark == "_":
            return f"{self.base}_{self.label}"
        return f"{self.base}^{self.mark}{self.label}{ {'[': ']', '(': ')'}.get(self.mark, '') }"

    @property
    def at(self) -> tuple[str, int]:
        return self.letter, self.number


@lru_cache(maxsize=4096)
def layer_of(name: str) -> Layer | None:
    """The layer that a name has; `W^{(i)}` may be one, too."""
    found = _NAME.fullmatch(name)
    if found is None or not (found["letter"] or found["number"] or found["below"]):
        return None
    if not found["letter"] and (found["number"] or "0")[0] in "+-":
        return None
    mark = "_" if found["below"] else found["open"]
    if mark == "" and found["letter"] not in ("", *GENERIC):
        return None
    return Layer(found["base"], mark, found["letter"] or "", int(found["number"] or found["below"] or 0))


def spellings_of(name: str) -> list[str]:
    """The other ways to write a name with a layer: `W^[1]`, `W^(1)`, `W^1`, `W_1`; none of a name without one."""
    layer = layer_of(name)
    if layer is None:
        return []
    marks = ("[", "(", "", "_") if not layer.letter else ("[", "(", "")
    return [layer._replace(mark=mark).name for mark in marks if mark != layer.mark]


def general(name: str) -> Iterator[tuple[Layer, Layer]]:
    """Of the name of a layer the names of which it may be a case, each with what it is: `z^{l+1}`, `z^L` and `z^2` of `z^l`."""
    layer = layer_of(name)
    least = -MAX_BEFORE if layer is not None and layer.letter == "L" else 0
    if layer is None or layer.mark == "_" or layer.number < (least if layer.letter else 1) or layer.number > MAX_SHIFT:
        return
    for letter in ("l", "\\ell", "k", "i") if layer.mark else ("l", "\\ell"):
        if (letter, 0) != layer.at:
            yield layer._replace(letter=letter, number=0), layer


def relabelled(node: Node, letter: str, to: Layer) -> Node:
    """What stands there of another layer: all l are now this one, and all l - 1 the one before it."""
    if isinstance(node, Sym):
        layer = layer_of(node.name)
        if layer is None or layer.letter != letter:
            return node
        return Sym(layer._replace(letter=to.letter, number=to.number + layer.number).name)
    if isinstance(node, Sub):
        base = relabelled(node.base, letter, to)
        changed = base != node.base and isinstance(base, Sym) and isinstance(node.base, Sym)
        name = node.name.replace(node.base.name, base.name, 1) if changed else node.name  # type: ignore[union-attr]
        return Sub(base, name, node.index)
    return rebuilt(node, [relabelled(n, letter, to) for n in children(node)])


def scripts_of(tokens: Sequence[Token], at: int) -> tuple[tuple[int, int], str] | None:
    """Of the letter at a place: where its superscript stands (without braces) and its text; None without one."""
    place = at + 1
    if place < len(tokens) and tokens[place].text == "}" and accent(tokens, at):
        place += 1
    for _ in range(2):
        mark = tokens[place].text if place < len(tokens) and tokens[place].kind == "op" else ""
        if mark not in ("_", "^"):
            return None
        start = place + 1
        if start >= len(tokens):
            return None
        if tokens[start].text == "{":
            end = closing(tokens, start)
            inner, place = (start + 1, end), end + 1
        else:
            inner, place = (start, start + 1), start + 1
        if mark == "^":
            return inner, "".join(t.text for t in tokens[slice(*inner)] if t.kind not in ("sp", "qd"))
    return None


def closing(tokens: Sequence[Token], start: int) -> int:
    """The place of the brace that closes the one at a place, or the end."""
    depth = 0
    for at in range(start, len(tokens)):
        depth += (tokens[at].text == "{") - (tokens[at].text == "}")
        if depth == 0:
            return at
    return len(tokens)


def labels(tokens: Sequence[Token]) -> Iterator[tuple[Key, int, str]]:
    """Every letter with its place and what stands above it; the letters of scripts are none of them."""
    skipped = 0
    for at, token in enumerate(tokens):
        if at < skipped or token.kind != "id":
            if token.kind == "op" and token.text in ("_", "^") and at >= skipped:
                start = at + 1
                skipped = closing(tokens, start) if tokens[start : start + 1] and tokens[start].text == "{" else at + 2
            continue
        found = scripts_of(tokens, at)
        yield (accent(tokens, at), token.text), at, found[1] if found is not None else ""


def below_nabla(tokens: Sequence[Token]) -> Iterator[tuple[Key, int, str]]:
    r"""The same of what is derived by: `\nabla_{W^l}`."""
    for at, token in enumerate(tokens[:-2]):
        if token.text == "nabla" and tokens[at + 1].text == "_" and tokens[at + 2].text == "{":
            start = at + 3
            yield from (
                (key, start + place, label) for key, place, label in labels(tokens[start : closing(tokens, at + 2)])
            )


def layered(sides: Iterable[Sequence[Token]], known: Callable[[str], bool]) -> frozenset[Key]:
    """The letters whose numbers and `l` above them are layers. sides: those of all relations of the text; known: whether the
    problem gives a name a meaning."""
    above: dict[Key, set[str]] = {}
    alone: set[tuple[Key, str]] = set()
    for side in sides:
        found = [(key, label) for key, _, label in labels(side)]
        for key, label in found:
            above.setdefault(key, set()).add(label)
        if len(found) == 1 and len(side) <= 9 and not {t.text for t in side} & {"+", "-", "(", "partial", "frac"}:
            alone.add(found[0])
    kept = {
        key: {m[1] for label in found if (m := _LABEL.fullmatch(label))}
        for key, found in above.items()
        if key[1] not in CONSTANTS
        and not known(key[1])
        and not known(f"{key[1]}_")
        and all(_LABEL.fullmatch(label) or label[:1] in tuple("([") for label in found)
    }
    kept = {key: plain for key, plain in kept.items() if plain}
    first = [key for key, plain in kept.items() if "1" in plain]
    generic = {key for key, plain in kept.items() if plain & set(GENERIC)}
    shifted = any(_SHIFTED.fullmatch(label) for plain in kept.values() for label in plain)
    stands = any(key in kept and label in GENERIC for key, label in alone)
    if shifted and stands and len(generic) > 1:
        return frozenset(kept)
    numbers = {key: plain for key, plain in kept.items() if all(label.isdecimal() for label in plain)}
    told = {key for key, plain in numbers.items() if any(map(known, bracketed(key[1], plain)))}
    return frozenset(numbers if len(first) >= FIRST else told)


def bracketed(letter: str, labels: Iterable[str]) -> list[str]:
    """Names with these layers in brackets, which nobody takes for powers."""
    return [name for label in labels for name in (f"{letter}^[{label}]", f"{letter}^({label})")]


def with_layers(tokens: list[Token], letters: frozenset[Key]) -> list[Token]:
    """The tokens in which every layer above such a letter is one word, and no power."""
    out, done = [], 0
    for key, at, label in sorted([*labels(tokens), *below_nabla(tokens)], key=lambda one: one[1]) if letters else ():
        found = _LABEL.fullmatch(label)
        place = scripts_of(tokens, at)
        if key not in letters or found is None or place is None or place[0][0] < done:
            continue
        (start, end), _ = place
        turned = [t for t in tokens[start:end] if found[2] and t.text == found[2]][-1:]
        word = Token("word", found[1], tokens[start].start, tokens[end - 1].end, True)
        opened = tokens[start - 1].text == "{"
        script = [word, *turned] if opened else [word]
        out += [*tokens[done:start], *script]
        done = end
    return [*out, *tokens[done:]]
