"""Do these run files belong to one experiment? Asked before files are merged, so that no table mixes two of them.

Compared are the experiment, the texts of problems, sets, templates and judge's prompts, and what each model's label
stands for. What may differ between machines is left out: addresses, names of keys, limits, prices, the budget.
Not covered: conversations that were imported; of them only the texts of their problems are compared.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evalkit.errors import SpecError, typed
from evalkit.runfile import batched, schema
from evalkit.runfile.opening import reading
from evalkit.runfile.store import Store

ELSEWHERE = ("base_url", "base_urls", "api_key_env", "limits", "prices", "address", "budget")
"""Keys of an experiment or model that may be another one on another machine."""
TEXTS = {
    "problem:": "problem", "template:": "template", "set:": "set",
    "judge:": "prompt of the judge", "reader:": "prompt of the reader",
}  # fmt: skip
SETTINGS = ("experiment", "judge", "reader")
MOST = 20
LONG = 80


def refuse_others(stores: Sequence[Store]) -> None:
    """Raises SpecError naming file, key and what was found where one of the files is of another kind than the first."""
    faults = [
        f"{store.path}: has format {store.format}, and {schema.FORMAT} is needed; bring it up to date: "
        f"evalkit score {typed(store.path)}"
        for store in stores
        if store.format != schema.FORMAT
    ]
    faults += [
        f"{store.path}: {len(under_way)} batches are under way; collect them first: evalkit run ... --batch"
        for store in stores
        if (under_way := store.metas(batched.PREFIX))
    ]
    faults += [] if faults else list(_differences(stores))
    if faults:
        more = [f"... and {len(faults) - MOST} more"] if len(faults) > MOST else []
        raise SpecError(*faults[:MOST], *more)


def _differences(stores: Sequence[Store]) -> Iterator[str]:
    seen: dict[str, tuple[Store, Any]] = {}
    for store in stores:
        for key, value in store.metas(""):
            said = _said(store, key, value)
            if said is None:
                continue
            first, before = seen.setdefault(key, (store, said))
            for name, old, new in _apart(before, said, _named(key)):
                yield f"{store.path}: {name} is {_short(new)}, where {first.path} has {_short(old)}"


def _named(key: str) -> str:
    kind = next((kind for kind in TEXTS if key.startswith(kind)), None)
    return f"{TEXTS[kind]} {key.removeprefix(kind)!r}" if kind else key


def _said(store: Store, key: str, value: str) -> Any:
    """What a note must agree in between files; None for notes that may differ."""
    if key.startswith(tuple(TEXTS)):
        return value[:12]
    if key in SETTINGS or key.startswith("model:"):
        with reading(store.path, "meta", key):
            return _bare(json.loads(value))
    return None


def _bare(data: Any, depth: int = 0) -> Any:
    """Without what may differ, and models by their names."""
    if depth > 20:
        raise ValueError("nested too deeply")
    if isinstance(data, list) and data and all(isinstance(x, dict) and "id" in x for x in data):
        return {str(x.get("name") or x["id"]): _bare(x, depth + 1) for x in data}
    if isinstance(data, dict):
        return {key: _bare(value, depth + 1) for key, value in data.items() if key not in ELSEWHERE}
    return data


def _apart(old: Any, new: Any, name: str) -> Iterator[tuple[str, Any, Any]]:
    """(key, old, new) of what differs, as deep as both are tables."""
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        if old != new:
            yield name, old, new
        return
    for key in sorted({*old, *new}):
        yield from _apart(old.get(key), new.get(key), f"{name}.{key}")


def _short(value: Any) -> str:
    said = "not given" if value is None else json.dumps(value)
    return said if len(said) <= LONG else f"{said[: LONG - 3]}..."
