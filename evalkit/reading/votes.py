"""What a model judge says, read strictly: one JSON object of the form that its kind of prompt asks for.

    answer     {"right": true}            is the answer right?
    rubric     {"met": [true, false]}     which points does the reply meet, in the order shown?
    approach   {"levels": [3, 0]}         at which use level is each approach, in the order shown?
    sound      {"first_wrong": null}      the first wrong step, word for word, or null
    reading    {"reading": {...}}         a reader's: what letters and relations mean (proposed.py), never what is right

Each may carry a `reason` before or after. All else (a second object, another key, prose around it, a list of another
length, 1 for true) is unreadable: a vote that says nothing, never a 0. A fence of code around the object is taken off.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from evalkit.reading.proposed import SCHEMA, is_proposal
from evalkit.types import Score, Vote

READING = "reading"
"""The kind of prompt that a reader is asked with; all others are a judge's."""
LONGEST, LONGEST_READING = 20_000, 100_000
"""Characters of a judge's and a reader's reply that are read."""
SHOWN = 300
"""Characters of its reason that are kept."""
_FENCE = re.compile(r"\A```(?:json)?\s*\n(.*)\n\s*```\Z", re.DOTALL)
_BOOL: dict[str, Any] = {"type": "boolean"}
_LEVEL: dict[str, Any] = {"type": "integer", "minimum": 0, "maximum": 3}


def _is_level(value: object) -> bool:
    return type(value) is int and 0 <= value <= 3


def _is_bool(value: object) -> bool:
    return type(value) is bool


def _is_quote(value: object) -> bool:
    return value is None or (isinstance(value, str) and 0 < len(value.strip()) <= LONGEST)


KEYS: Mapping[str, tuple[str, bool, Callable[[object], bool], Mapping[str, Any]]] = {
    "answer": ("right", False, _is_bool, _BOOL),
    "rubric": ("met", True, _is_bool, _BOOL),
    "approach": ("levels", True, _is_level, _LEVEL),
    "sound": ("first_wrong", False, _is_quote, {"type": ["string", "null"]}),
    READING: (READING, False, is_proposal, SCHEMA),
}
"""kind -> (key, whether its value is a list with an entry for each option, what an entry must be, its JSON schema)."""


def schema(kind: str) -> dict[str, Any]:
    """The JSON schema of a vote, as structured output takes it."""
    key, listed, _, entry = KEYS[kind]
    value = {"type": "array", "items": entry} if listed else entry
    properties = {"reason": {"type": "string"}, key: value}
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


def read(kind: str, text: str, options: Sequence[str] = ()) -> Vote:
    """One vote. options: their names in the order shown; a list becomes a table by name."""
    key, listed, fits, _ = KEYS[kind]
    text = text[: (LONGEST_READING if kind == READING else LONGEST) + 1].strip()
    fenced = _FENCE.match(text)
    try:
        said = json.loads(fenced[1] if fenced else text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return Vote(None, "the judge's reply is not the JSON that was asked for")
    if not isinstance(said, dict) or key not in said or not said.keys() <= {key, "reason"}:
        return Vote(None, f"the judge's reply has other keys than {key!r} and 'reason'")
    found, reason = said[key], said.get("reason", "")
    if listed and (not isinstance(found, list) or len(found) != len(options)):
        return Vote(None, f"the judge's {key!r} has not one entry for each of the {len(options)} shown")
    if not all(fits(entry) for entry in (found if listed else [found])) or not isinstance(reason, str):
        return Vote(None, f"the judge's {key!r} holds what was not asked for")
    return Vote({key: dict(zip(options, found, strict=True)) if listed else found}, " ".join(reason.split())[:SHOWN])


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a key occurs twice")
    return dict(pairs)


def settled(
    votes: Sequence[Vote], value_of: Callable[[Mapping[str, Any]], float | None]
) -> tuple[float | None, str, dict[str, Any]]:
    """(value, reason, details) of several votes: their median, None where fewer than half of them are equal to it or
    where half of them cannot be read. The votes themselves are in the details."""
    if not votes:
        return None, "the judge was not asked", {}
    values = [value_of(v.found) if v.found is not None else None for v in votes]
    told = [value for value in values if value is not None]
    details: dict[str, Any] = {"by": "judge", "votes": values}
    if 2 * len(told) <= len(votes):
        why = next(v.reason for v, value in zip(votes, values, strict=True) if value is None)
        return None, why or "the judge says nothing of this", details
    ordered = sorted(told)
    low, high = ordered[(len(told) - 1) // 2], ordered[len(told) // 2]  # the middle, of an even number both
    if low != high or 2 * told.count(low) < len(told):
        return None, f"the judge's votes are split: {', '.join(f'{v:g}' for v in told)}", details
    why = next((v.reason for v, value in zip(votes, values, strict=True) if value == low and v.reason), "")
    spread = f" ({sum(v == low for v in told)} of {len(votes)} votes)" if len(votes) > 1 else ""
    return low, f"the judge{spread}" + (f": {why}" if why else ""), details


def in_place_of(score: Score, votes: Sequence[Vote], value_of: Callable[[Mapping[str, Any]], float | None]) -> Score:
    """A score of None by the rules, filled by the votes where there are any; `details` says that a judge said it."""
    if not votes:
        return score
    value, reason, details = settled(votes, value_of)
    return replace(score, value=value, reason=f"{score.reason}; {reason}", details={**score.details, **details})
