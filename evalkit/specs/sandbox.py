"""The language of prompt templates, bounded: a template of a stranger reads no other file and ends soon.

Jinja's sandbox keeps attributes and mutation away; this one also bounds work. Every value that a template computes is
metered where it arises, loops and calls are counted, and what makes much out of little (`'a' * 10**9`, `join`,
`replace`) is measured before it is done. What is left of Jinja's filters and of the methods of text are those whose
result is about as long as what they are given and the same each time: no `random`, no `lipsum`, no `center`.
Not covered: the time of a single operation on the longest text that is allowed, at most some tenths of a second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.loaders import split_template_path
from jinja2.runtime import Context, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

MAX_CHARACTERS = 4_000_000
"""Of a text that a template makes, and of a conversation."""
MAX_SOURCE = 1_000_000
"""Bytes of a template file."""
MAX_WORK = 50_000_000
"""Characters that one conversation may touch, and so hold in memory; a step counts as STEP of them."""
STEP = 500
ENTRY = 10
"""What an entry of a list counts as."""
MAX_COUNT = 100_000
"""Of whatever a template counts with: entries, a width, a number of slices, the bits of a whole number."""
MAX_HELD = 4 * MAX_CHARACTERS
"""Characters of all texts in a list, those of its lists included: a list of lists of ... is long when it is printed."""
MAX_TAKEN_APART = 500_000
"""Characters of a text of which each character or word becomes a text of its own: that takes 80 bytes for each."""
FILTERS = frozenset((
    "abs", "capitalize", "count", "d", "default", "dictsort", "first", "float", "groupby", "indent",
    "int", "items", "join", "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr",
    "replace", "reverse", "round", "safe", "select", "selectattr", "slice", "sort", "string", "sum", "title",
    "tojson", "trim", "truncate", "unique", "upper", "wordcount",
))  # fmt: skip
METHODS = frozenset((
    "capitalize", "casefold", "count", "endswith", "find", "get", "index", "isalnum", "isalpha", "isdecimal",
    "isdigit", "islower", "isspace", "istitle", "isupper", "items", "join", "keys", "lower", "lstrip",
    "partition", "removeprefix", "removesuffix", "replace", "rfind", "rindex", "rpartition", "rsplit", "rstrip",
    "split", "splitlines", "startswith", "strip", "swapcase", "title", "upper", "values",
))  # fmt: skip
METERED, LOOPED = "metered value", "counted loop"  # no template can name a filter with a space
WRAPPED = (
    nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Call, nodes.Filter, nodes.Concat, nodes.BinExpr,
    nodes.List, nodes.Tuple, nodes.Dict,
)  # fmt: skip
STORES = (nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Tuple)
"""What may stand where something is assigned to."""


class _Meter:
    """How much work a conversation has done."""

    def __init__(self) -> None:
        self.work = 0

    def charge(self, characters: int = 0) -> None:
        self.work += STEP + characters
        if self.work > MAX_WORK:
            raise SecurityError("it works too long: does a loop or a macro end?")


_running: ContextVar[_Meter | None] = ContextVar("running", default=None)


def pieces(template: jinja2.Template, context: Mapping[str, Any]) -> Iterator[str]:
    """The rendered template, piece by piece, with one meter for all of them."""
    meter = _Meter()
    rendered = template.generate(context)
    while True:
        with _metered(meter):
            piece = next(rendered, None)
        if piece is None:
            return
        yield piece


@contextmanager
def _metered(meter: _Meter) -> Iterator[None]:
    token = _running.set(meter)
    try:
        yield
    finally:
        _running.reset(token)


def _charge(characters: int = 0) -> None:
    meter = _running.get()
    if meter is not None:
        meter.charge(characters)


@jinja2.pass_context
def _value(_: Context, value: Any) -> Any:
    """What a template computed: counted, and refused where it is too large. A stream is counted as it flows."""
    if isinstance(value, Undefined):
        return value
    if isinstance(value, int) and value.bit_length() > MAX_COUNT:
        raise SecurityError("a number is too large")
    if isinstance(value, list | tuple | dict):
        _charge(ENTRY * _entries(value))
        return value
    if isinstance(value, Sized):
        size = len(value)
        if size > MAX_CHARACTERS:
            raise SecurityError(f"a text or list is longer than {MAX_CHARACTERS}")
        _charge(size)
        return value
    _charge()
    return _counted(value) if isinstance(value, Iterator) else value


def _entries(container: object) -> int:
    """How many there are in a container and in those within it, one that stands there twice counted twice."""
    count, held, left = 0, 0, [container]
    while left:
        found = left.pop()
        if isinstance(found, str):
            held += len(found)
        elif isinstance(found, list | tuple | dict):
            count += len(found)
            if count > MAX_COUNT:
                raise SecurityError(f"a list is longer than {MAX_COUNT}, with the lists in it")
            left.extend(found)
            if isinstance(found, dict):
                left.extend(found.values())
    if held > MAX_HELD:
        raise SecurityError(f"the texts of a list are longer than {MAX_HELD}")
    return count


@jinja2.pass_context
def _loop(_: Context, values: Any) -> Any:
    return values if isinstance(values, Undefined) else _counted(values)


def _counted(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        _charge(len(value) if isinstance(value, str) else 0)
        yield value


def _printed(value: Any) -> Any:
    """What is written into a prompt. Functions and objects have addresses in their text, another one in each run."""
    if isinstance(value, str | int | float | list | tuple | dict | Undefined | None):
        return value
    raise SecurityError(f"{type(value).__name__} is no text")


def _small(*numbers: object) -> None:
    for number in numbers:
        if isinstance(number, int | float) and abs(number) > MAX_COUNT:
            raise SecurityError(f"a number above {MAX_COUNT} to count with")


def _long(size: int) -> None:
    if size > MAX_CHARACTERS:
        raise SecurityError(f"a text or list would be longer than {MAX_CHARACTERS}")


def _taken_apart(value: object, *_: object, **__: object) -> Any:
    if isinstance(value, str) and len(value) > MAX_TAKEN_APART:
        raise SecurityError(f"a text longer than {MAX_TAKEN_APART} to be taken apart")
    return value


def _added(value: Any, attribute: object = None, start: object = 0) -> Any:
    """Numbers only: lists are copied at each addition."""
    if not isinstance(start, int | float):
        raise SecurityError("`sum` adds numbers")
    return value


def _joined(values: Iterable[Any], separator: object = "") -> list[Any]:
    """The values to be joined, once it is known that the result is not too long."""
    total, gap, kept = 0, len(str(separator)), []
    for value in _counted(values):
        total += len(str(value)) + gap
        _long(total)
        kept.append(value)
    return kept


def _grown(text: object, old: object, new: object) -> None:
    hits = len(str(text)) + 1 if old == "" else str(text).count(str(old))
    _long(len(str(text)) + hits * len(str(new)))


class _Loader(jinja2.BaseLoader):
    """Files of the folders, the first that has one, and not what a link in a folder leads to."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = [(folder, jinja2.FileSystemLoader(folder, encoding="utf-8-sig")) for folder in folders]

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        for folder, loader in self.folders:
            path = folder.joinpath(*split_template_path(template))
            if not path.exists():
                continue
            if not path.resolve().is_relative_to(folder.resolve()) or path.suffix != ".j2" or not path.is_file():
                raise OSError(
                    "only .j2 files inside the folder of templates are read, and no links that lead out of it"
                )
            if path.stat().st_size > MAX_SOURCE:
                raise OSError(f"larger than {MAX_SOURCE} bytes")
            text, name, current = loader.get_source(environment, template)
            return text, str(name), current
        raise jinja2.TemplateNotFound(template)


class _Wrapper(NodeTransformer):
    """Puts the meter around every expression; what is called or assigned to stays as it is."""

    def generic_visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> Any:
        called = node.node if isinstance(node, nodes.Call) else None
        super().generic_visit(node, *args, **kwargs)
        match node:
            case nodes.Call():
                if isinstance(called, nodes.Getattr):
                    called.node = self._around(called.node)
                if isinstance(called, nodes.Name | nodes.Getattr):
                    node.node = called
            case nodes.For():
                node.iter = nodes.Filter(node.iter, LOOPED, [], [], None, None, lineno=node.lineno)
            case nodes.CallBlock():
                wrapped: Any = node.call
                node.call = wrapped.node  # `{% call user() %}`: a call with a body, not a value
        return self._around(node)

    def _around(self, node: nodes.Node) -> Any:
        stores = isinstance(node, STORES) and node.ctx != "load"
        if (
            stores
            or not isinstance(node, WRAPPED)
            or (isinstance(node, nodes.Filter) and node.name in (METERED, LOOPED))
        ):
            return node
        if isinstance(node, nodes.Filter) and node.node is None:  # a filter block: its body is metered
            return node
        return nodes.Filter(node, METERED, [], [], None, None, lineno=node.lineno)


def bare(node: nodes.Node) -> nodes.Node:
    """What the author wrote, without the meter around it."""
    return bare(node.node) if isinstance(node, nodes.Filter) and node.name == METERED and node.node else node


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja with a meter, for the templates of one or several folders."""

    intercepted_binops = frozenset(("*", "**", "%"))

    def __init__(self, folders: Sequence[Path], undefined: type[Undefined]) -> None:
        super().__init__(
            loader=_Loader(folders),
            undefined=undefined,
            finalize=_printed,
            autoescape=False,  # a prompt is no HTML: the text must reach the model unchanged
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self.globals = {name: self.globals[name] for name in ("range", "cycler", "joiner", "namespace")}
        plain = {name: self.filters[name] for name in FILTERS}
        self.filters = {
            **plain,
            **{name: _checked(name, plain[name]) for name in CHECKS},
            METERED: _value,
            LOOPED: _loop,
        }

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree: nodes.Template = _Wrapper().visit(super()._parse(source, name, filename))
        return tree

    def get_template(self, *args: Any, **kwargs: Any) -> jinja2.Template:
        """An include is a step too: files that each include the next one twice are a doubling without a loop."""
        _charge()
        return super().get_template(*args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        _charge()
        if operator == "*":
            for text, times in ((left, right), (right, left)):
                if isinstance(text, Sized) and isinstance(times, int):
                    _long(len(text) * max(times, 0))
        if operator == "**" and isinstance(left, int) and isinstance(right, int):
            _small(right, left.bit_length() * max(right, 0))
        if operator == "%" and isinstance(left, str):
            raise SecurityError("`%` on a text: write the text with {{ ... }} and `~`")
        return super().call_binop(context, operator, left, right)

    def call(self, context: Context, called: Any, /, *args: Any, **kwargs: Any) -> Any:
        _charge()
        owner, name = getattr(called, "__self__", None), getattr(called, "__name__", "")
        if isinstance(owner, str | list | dict | tuple | bytes) or name in ("format", "format_map"):
            if name not in METHODS:
                raise SecurityError(f"the method {name!r} is not available in templates")
            if name == "join" and args:
                args = (_joined(args[0], owner), *args[1:])
            if name == "replace" and len(args) > 1:
                _grown(owner, *args[:2])
            if name in ("split", "rsplit", "splitlines"):
                _taken_apart(owner)
        return super().call(context, called, *args, **kwargs)


def _checked(name: str, plain: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that is measured before it works; like Jinja's, it may want the environment first."""
    wants = getattr(plain, "jinja_pass_arg", None)

    def filtered(*args: Any, **kwargs: Any) -> Any:
        first, given = (args[:1], list(args[1:])) if wants is not None else ((), list(args))
        given[0] = CHECKS[name](*given, **kwargs)
        return plain(*first, *given, **kwargs)

    if wants is not None:
        filtered.jinja_pass_arg = wants  # type: ignore[attr-defined]
    return filtered


def _check_join(value: Iterable[Any], d: object = "", attribute: object = None) -> Iterable[Any]:
    return _joined(value, d) if attribute is None else value


def _check_replace(value: object, old: object, new: object, count: object = None) -> object:
    _grown(value, old, new)
    return value


def _check_counts(value: object, *counts: object, **named: object) -> object:
    _small(*counts, *named.values())
    return value


def _check_indent(value: object, width: object = 4, *more: object, **named: object) -> object:
    size = width if isinstance(width, int) else len(str(width))
    _long(len(str(value)) + (str(value).count("\n") + 1) * size)
    return value


CHECKS: dict[str, Callable[..., Any]] = {
    "join": _check_join, "replace": _check_replace, "slice": _check_counts,
    "round": _check_counts, "truncate": _check_counts, "tojson": _check_counts, "indent": _check_indent,
    "sum": _added,
    **dict.fromkeys(("groupby", "list", "max", "min", "sort", "title", "unique", "wordcount"), _taken_apart),
}  # fmt: skip
