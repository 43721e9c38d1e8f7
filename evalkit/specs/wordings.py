"""Wordings as a random factor: which of several phrasings a sample gets, drawn from the seed.

A problem's `ban`, `request`, `wrong_hint`, `pushback` and hints may have several wordings, and so may a template
(`{% set wordings = [...] %}`, used as `{{ wording }}`, or `[wordings]` in the experiment). The draw depends on the
seed, on what is drawn, on the problem's place in the experiment and on the sample; not on the arm and not on the model.
So arms that share a first turn share its wording, and models are asked the same. Each sample spreads the wordings
evenly over the problems and each problem spreads them evenly over its samples (rows and columns of a Latin square), as
far as the numbers allow. A problem added at the end, and further samples, leave the draws of the others as they were.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any

from jinja2 import meta, nodes

from evalkit.errors import SpecError
from evalkit.types import digest

MOST, LONGEST = 100, 10_000


def drawn(seed: int, what: object, count: int, place: int, sample: int) -> int:
    """Which of `count` wordings, from 0. what: of which text; place: of the problem, from 0."""
    square = digest([seed, what, count, place // count])
    order = list(range(count))
    random.Random(square).shuffle(order)  # noqa: S311 - nothing secret
    return order[(place + sample) % count]


def drawn_for(seed: int, texts: Mapping[str, tuple[str, ...]], place: int, sample: int) -> dict[str, int]:
    """The draw for every text that has several wordings. A template's own are told apart by what they say, so that
    arms built on the same list draw alike."""
    found = {}
    for name, several in texts.items():
        what: Any = list(several) if name == TEMPLATE else name
        found[name] = drawn(seed, what, len(several), place, sample)
    return found


TEMPLATE = "wording"
"""The name under which a template's own wordings are drawn."""


def named_by(
    uses: frozenset[str], texts: Mapping[str, tuple[str, ...]], hint: str | None
) -> dict[str, tuple[str, ...]]:
    """Of these texts, those that a template uses. hint: the level for which the variable `hint` stands."""
    found = {}
    for name, several in texts.items():
        table, _, entry = name.partition(".")
        wholly = entry and f"{table}.*" in uses
        if name in uses or wholly or (table == "hints" and "hint" in uses and entry == hint):
            found[name] = several
    return found


def names_in(tree: nodes.Template) -> Iterator[str]:
    """The variables that a template names: `ban`, `hints.method`; `hints.*` where the table is taken as a whole."""
    free = meta.find_undeclared_variables(tree)
    attributes = [n for n in tree.find_all(nodes.Getattr) if isinstance(n.node, nodes.Name)]
    entries = [n for n in tree.find_all(nodes.Getitem) if isinstance(n.node, nodes.Name)]
    for name in free:
        yield name
        read = [n.attr for n in attributes if isinstance(n.node, nodes.Name) and n.node.name == name]
        read += [
            str(n.arg.value) if isinstance(n.arg, nodes.Const) else "*"
            for n in entries
            if isinstance(n.node, nodes.Name) and n.node.name == name
        ]
        yield from (f"{name}.{entry}" for entry in read)
        if sum(n.name == name for n in tree.find_all(nodes.Name)) > len(read):
            yield f"{name}.*"


def checked(given: Any, origin: str) -> tuple[str, ...]:
    """A template's own wordings. Raises SpecError for what is no list of different texts."""
    if given is None:
        return ()
    texts = [text.strip("\n") for text in given] if isinstance(given, list) and all(map(_is_text, given)) else []
    if not 2 <= len(texts) <= MOST or len({*texts}) < len(texts):
        raise SpecError(f"{origin}: `wordings` must be a list of 2 to {MOST} different texts")
    return tuple(texts)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value.strip()) > 0 and len(value) <= LONGEST
