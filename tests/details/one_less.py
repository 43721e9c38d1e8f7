"""A JSON value without one of its keys, for each of them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any


def one_less(whole: Any) -> Iterator[tuple[str, Any]]:
    """(the key's place, the value without it), the outer keys first."""
    for place in _places(whole):
        less = copy.deepcopy(whole)
        *above, key = place
        inside = less
        for step in above:
            inside = inside[step]
        del inside[key]
        yield ".".join(map(str, place)), less


def _places(table: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, value in table.items() if isinstance(table, dict) else enumerate(table) if isinstance(table, list) else ():
        if isinstance(table, dict):
            yield (*above, key)
        yield from _places(value, (*above, key))
