"""What Python hands over, looked at before it is used: a wrong kind of value is told in a sentence, not by a traceback.

A parameter means the same wherever it is called so, which makes one table enough. Not covered: whether a file or a name
exists; who uses the value says that. A call with too few or unknown arguments stays Python's own TypeError.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from numbers import Integral, Real
from typing import Any

from evalkit.errors import SpecError

Kind = tuple[Callable[[Any], bool], str]


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _path(value: Any) -> bool:
    return isinstance(value, str | os.PathLike) and str(value) != "" and "\0" not in str(value)


def _texts(value: Any) -> bool:
    listed = isinstance(value, Collection) and not isinstance(value, str | bytes | Mapping)
    return listed and getattr(value, "ndim", 1) == 1 and all(map(_text, value))


def _number(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, Real) and math.isfinite(value)


def _whole(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, Integral) and int(value) >= 0


def _pair(value: Any) -> bool:
    return _texts(value) and len(value) == 2 and not isinstance(value, Set)  # which comes first matters


def _rates(value: Any) -> bool:
    listed = isinstance(value, Collection) and not isinstance(value, str | bytes | Mapping | Set)
    return listed and len(value) == 3 and all(map(_number, value))


def _turn(value: Any) -> bool:
    return _text(value) or (_whole(value) and value != 0)


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _table(value: Any) -> bool:
    return isinstance(value, Mapping)


A_TEXT: Kind = (_text, "a text")
A_NAME: Kind = (lambda x: _text(x) and bool(x.strip()), "a name")
A_PATH: Kind = (_path, "a path, as text or as a Path")
A_FLAG: Kind = (_flag, "True or False")
A_NUMBER: Kind = (_number, "a number")
A_COUNT: Kind = (_whole, "a whole number from 0")
A_SHARE: Kind = (lambda x: _number(x) and 0 <= x <= 1, "a number from 0 to 1")
A_READING: Kind = (lambda x: _path(x) or _table(x), "what `reading()` returned, or a file of it")
A_REPLY: Kind = (
    lambda x: isinstance(x, tuple) and len(x) == 2 and all(map(_whole, x)),
    "the `place` of a reply that the queue gave",
)
METRICS: Kind = (_texts, "a list of metrics, such as ['approach.level']")
NAMES: Kind = (_texts, "a list of names, such as ['plain', 'hint_after']")
A_PLACE: Kind = (lambda x: _whole(x) and x > 0, "a whole number from 1")
A_TURN: Kind = (_turn, "scored, first, last, all or a number from 1")
DELTAS: Kind = (
    lambda x: _table(x) and all(_text(k) and _number(v) and v > 0 for k, v in x.items()),
    "a table of metrics and differences above 0, such as {'approach.level': 0.2}",
)
_NAMED = ("arm", "baseline", "metric", "model", "name", "split", "what", "layout", "by", "kind", "identifier", "shard")
_PATHS = ("target", "into", "folder", "figures", "problems", "problem_folder", "prompt_folder", "code_folder")
_FLAGS = (
    "allow_mismatch", "exploratory", "force", "replace", "retry", "answer_line", "unsure", "everyone", "everything",
)  # fmt: skip
KINDS: dict[str, Kind] = {
    "text": A_TEXT,
    **dict.fromkeys(_NAMED, A_NAME),
    **dict.fromkeys(_PATHS, A_PATH),
    **dict.fromkeys(_FLAGS, A_FLAG),
    **dict.fromkeys(("sample", "limit", "seed"), A_COUNT),
    **dict.fromkeys(("place", "after"), A_REPLY),
    "labeller": A_TEXT,
    "said": (_table, "a table of the names of questions and values, such as {'number.correct': 1}"),
    "double": A_SHARE,
    "port": (lambda x: _whole(x) and x < 65536, "a whole number from 0 (any free port) to 65535"),
    "effect": A_NUMBER,
    "delta": A_NUMBER,
    "metrics": METRICS,
    "arms": NAMES,
    "names": NAMES,
    "turn": A_TURN,
    "contrast": (_pair, "an arm and what it is compared with, such as ('repeat_hint', 'plain')"),
    "rates": (_rates, "three numbers, such as (0.3, 0.5, 0.1)"),
    "patterns": (lambda x: _text(x) or _texts(x), "a pattern of problem ids, such as 'set/*', or a list of them"),
    "experiment": (lambda x: _path(x) or hasattr(x, "models") or _table(x), "a file, a table with the same keys"),
    "problem": (lambda x: _text(x) or hasattr(x, "statement"), "the id of a problem, such as 'set/name'"),
    "template": (lambda x: _text(x) or hasattr(x, "sources"), "the name of a template, such as 'plain'"),
    "processes": (
        lambda x: A_PLACE[0](x) or (_text(x) and x.startswith("ray:")),
        "a whole number from 1, or a Ray cluster: 'ray:auto', 'ray:HOST:PORT'",
    ),
    "columns": (lambda x: _table(x) and all(map(_text, (*x, *x.values()))), "a table of texts, field: column"),
    "scorers": (
        lambda x: isinstance(x, Sequence | Mapping | Set) and not isinstance(x, str | bytes),
        "a list of names, classes or objects, such as ['number']",
    ),
    "project": (lambda x: hasattr(x, "problem_folder"), "an evalkit.Project"),
    "how": (lambda x: hasattr(x, "probe"), "an evalkit.Manner"),
    "world": (lambda x: _path(x) or _table(x), "a TOML file or a table such as {'symbols': {'A': 'n x n'}}"),
    "reading": (_table, "a table, as `reading()` of a stored reply gives it"),
    "run": (lambda x: _path(x) or hasattr(x, "opened"), "a run file, or what load_run returned"),
    "pilot_run": (lambda x: _path(x) or hasattr(x, "opened"), "a run file, or what load_run returned"),
    "source": (
        lambda x: _path(x) or (isinstance(x, Iterable) and not isinstance(x, str | bytes | Mapping)),
        "a file, or rows such as those of frame.to_dict('records')",
    ),
}
"""Name of a parameter -> what it must be."""


def check(kinds: Mapping[str, Kind] = KINDS, /, **values: object) -> None:
    """Raises SpecError for the first value that is of another kind; None is left out, as not given."""
    for name, value in values.items():
        if value is None or name not in kinds:
            continue
        fits, words = kinds[name]
        if not fits(value):
            raise SpecError(f"{name}={_shown(value)}: expected is {words}")


def needed(kinds: Mapping[str, Kind] = KINDS, /, **values: object) -> None:
    """As `check`, of what must be given."""
    for name, value in values.items():
        if value is None:
            raise SpecError(f"{name}=None: expected is {kinds[name][1] if name in kinds else 'a value'}")
    check(kinds, **values)


def _shown(value: object) -> str:
    said = repr(value)
    return said if len(said) <= 60 else f"{said[:57]}..."
