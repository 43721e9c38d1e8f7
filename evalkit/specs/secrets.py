"""Secrets never stand in an experiment: an experiment is stored in the run file, and run files are shared.

A secret is told by the name under which it stands, or by its look. Not covered: a secret under an innocent name that
looks like an ordinary word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from evalkit.types import ModelSpec

VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NAME = re.compile(
    r"(?:^|[_-])(?:(?:api|access|secret|private|subscription|auth)[_-]?key|authorization|bearer|secret|passw(?:or)?d"
    r"|cookie|credentials?|(?:access|auth|api|hf|refresh|session|bearer)[_-]?token)$|^(?:key|token|auth|apikey)$",
    re.IGNORECASE,
)
"""`max_tokens`, `prompt_cache_key`, `stop_token_ids` are none."""
_LOOK = re.compile(r"(?:Bearer\s+\S+|(?:sk|hf|gsk|xai|AIza|ghp|github_pat)[-_]?[A-Za-z0-9_-]{20,})")
MOST_DEEP = 40


def faults(model: ModelSpec) -> Iterator[str]:
    """What of a model's spec is or may be a secret, as `key: what to do`; the value itself is not repeated."""
    name = model.api_key_env
    if name and not VARIABLE.fullmatch(name):
        yield (
            "api_key_env: must be the NAME of an environment variable that holds the key, such as OPENAI_API_KEY "
            "(letters, digits and _; what was found is not shown, it may be a key)"
        )
    for path in _secret_paths(model.parameters):
        yield (
            f"parameters.{path}: is or looks like a secret, and parameters are stored in the run file; put it into an "
            "environment variable and name that in api_key_env"
        )


def _secret_paths(table: Mapping[str, Any], at: str = "", deep: int = 0) -> Iterator[str]:
    for key, value in table.items() if deep < MOST_DEEP else ():
        if _is_secret(key, value):
            yield f"{at}{key}"
            continue
        for inner in _tables(value):
            yield from _secret_paths(inner, f"{at}{key}.", deep + 1)


def _is_secret(key: str, value: Any) -> bool:
    texts = value if isinstance(value, list) else [value]
    if isinstance(value, Mapping) and "type" in value:
        return False  # a schema's field of that name
    return bool(_NAME.search(key)) or any(isinstance(text, str) and _LOOK.fullmatch(text) for text in texts)


def _tables(value: Any) -> Iterator[Mapping[str, Any]]:
    """A table, or the tables of a list (of lists)."""
    if isinstance(value, Mapping):
        yield value
    for item in value if isinstance(value, list) else ():
        yield from _tables(item)


def without(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters without those that are or look like secrets."""

    def kept(value: Any) -> Any:
        if isinstance(value, list):
            return [kept(item) for item in value]
        if isinstance(value, Mapping):
            return {key: kept(inner) for key, inner in value.items() if not _is_secret(key, inner)}
        return value

    return dict(kept(parameters))


SHORTEST = 8
"""What is shorter stands in ordinary words too, and is no key."""


def in_parameters(parameters: Mapping[str, Any], *, inside: bool = False) -> Iterator[str]:
    """The texts that `without` leaves out. inside: all of it is left out."""
    for key, value in parameters.items():
        secret = inside or _is_secret(key, value)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, Mapping):
                yield from in_parameters(item, inside=secret)
            elif secret and isinstance(item, str):
                yield from (part for part in (item, item.rpartition(" ")[2]) if len(part) >= SHORTEST)


def in_url(url: str | None) -> Iterator[str]:
    """User, password and values behind the address: what `bare` leaves out."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return
    for text in (*parts.netloc.rpartition("@")[0].split(":", 1), parts.fragment, parts.query):
        yield from (found for part in (text, *text.split("&")) if len(found := part.rpartition("=")[2]) >= SHORTEST)


def bare(url: str | None) -> str | None:
    """An address without user, password, query and fragment; None for what is no address."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    except ValueError:
        return None
