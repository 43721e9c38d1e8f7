"""Each filter and each method that templates have gives what Jinja's own gives, measured or not; and no other is there."""

from __future__ import annotations

from pathlib import Path

import jinja2
import pytest

from evalkit.errors import SpecError
from tests.test_sandbox import VALUES, rendered, user

ROWS = "[{'n': 2, 'w': 'b'}, {'n': 1, 'w': 'a'}, {'n': 2, 'w': 'c'}]"
FILTERS = {
    "abs": "-3 | abs", "capitalize": "'aB c' | capitalize", "count": "'abc' | count", "d": "{}.missing | d('x')", "default": "{}.missing | default('x')",
    "dictsort": "{'b': 1, 'a': 2} | dictsort", "first": "'abc' | first", "float": "'2.5' | float + 1", "groupby": f"{ROWS} | groupby('n') | map('first') | list",
    "indent": "'a\\nb' | indent(2, true)", "int": "'7' | int + 1", "items": "{'a': 1} | items | list", "join": "['a', 'b'] | join('-')",
    "last": "'abc' | last", "length": "[1, 2] | length", "list": "'abc' | list", "lower": "'ABc' | lower", "map": "['a', 'b'] | map('upper') | list",
    "max": "[1, 3, 2] | max", "min": "[3, 1, 2] | min", "reject": "[1, 2, 3] | reject('odd') | list", "rejectattr": f"{ROWS} | rejectattr('n', 'eq', 1) | list",
    "replace": "'aXbX' | replace('X', '-')", "reverse": "'abc' | reverse", "round": "2.567 | round(1)", "safe": "'<b>' | safe",
    "select": "[1, 2, 3] | select('odd') | list", "selectattr": f"{ROWS} | selectattr('n', 'eq', 2) | list", "slice": "[1, 2, 3, 4, 5] | slice(2) | list",
    "sort": "['b', 'C', 'a'] | sort", "string": "12 | string + 'x'", "sum": "[1, 2, 3] | sum", "title": "'one two' | title", "tojson": "{'a': [1, 'é']} | tojson",
    "trim": "'  a ' | trim", "truncate": "'one two three' | truncate(9)", "unique": "['a', 'b', 'A'] | unique | list", "upper": "'aB' | upper",
    "wordcount": "'one two three' | wordcount",
}  # fmt: skip
MORE = (
    "['a', 'b'] | join", f"{ROWS} | join(', ', attribute='w')", "'aXbXc' | replace('X', '-', 1)", "[3, 1, 2] | sort(reverse=true)", f"{ROWS} | sort(attribute='w')",
    f"{ROWS} | sum('n')", f"{ROWS} | map(attribute='w') | list", "2.5 | round", "2.567 | round(2, 'floor')", "[1, 2, 3] | slice(2, 0) | list",
    "'one two three' | truncate(5, true)", "'one two three' | truncate(5, true, '..')", "'a\\n\\nb' | indent", "'a\\nb' | indent('> ', true)", "'' | default('x', true)",
    "{'b': 1, 'a': 2} | dictsort(by='value')", "{'b': 1, 'a': 2} | dictsort(reverse=true)", f"{ROWS} | max(attribute='n')", "{'a': 1} | tojson(indent=1)", "'7.9' | int", "'x' | int(3)", "'x' | float(1.5)",
)  # fmt: skip
METHODS = {
    "capitalize": "'aB'.capitalize()", "casefold": "'Aß'.casefold()", "count": "'abab'.count('a')", "endswith": "'ab'.endswith('b')", "find": "'abc'.find('c')",
    "get": "{'a': 1}.get('a')", "index": "'abc'.index('b')", "isalnum": "'a1'.isalnum()", "isalpha": "'a1'.isalpha()", "isdecimal": "'12'.isdecimal()",
    "isdigit": "'1a'.isdigit()", "islower": "'a'.islower()", "isspace": "' '.isspace()", "istitle": "'Ab'.istitle()", "isupper": "'A'.isupper()",
    "items": "{'a': 1}.items() | list", "join": "'-'.join(['a', 'b'])", "keys": "{'a': 1}.keys() | list", "lower": "'AB'.lower()", "lstrip": "' a '.lstrip()",
    "partition": "'a-b-c'.partition('-')", "removeprefix": "'abc'.removeprefix('a')", "removesuffix": "'abc'.removesuffix('c')", "replace": "'aXb'.replace('X', '-')",
    "rfind": "'abab'.rfind('a')", "rindex": "'abab'.rindex('b')", "rpartition": "'a-b-c'.rpartition('-')", "rsplit": "'a-b-c'.rsplit('-', 1)", "rstrip": "' a '.rstrip()",
    "split": "'a-b'.split('-')", "splitlines": "'a\\nb'.splitlines()", "startswith": "'ab'.startswith('b')", "strip": "' a '.strip()", "swapcase": "'aB'.swapcase()",
    "title": "'one two'.title()", "upper": "'ab'.upper()", "values": "{'a': 1}.values() | list",
}  # fmt: skip
OTHERS = (
    "range(3) | list", "range(1, 9, 3) | list", "cycler('a', 'b').next()", "namespace(x=3).x", "{}.missing is defined", "2 is odd",
    "'a' in 'abc'", "[1, 2, 3][1:]", "(1, 2)[0]", "'a' ~ 1 ~ 'b'", "not 1", "1 if 2 > 1 else 3", "7 // 2", "7 % 4", "2 ** 5", "-7", "'ab' * 2",
)  # fmt: skip


JINJA = jinja2.Environment(autoescape=False)  # noqa: S701 - a prompt is no HTML


@pytest.mark.parametrize("text", [*FILTERS.values(), *MORE, *METHODS.values(), *OTHERS])
def test_it_is_what_jinja_gives(tmp_path: Path, text: str) -> None:
    theirs = JINJA.from_string(f"{{{{ {text} }}}}").render(VALUES)
    assert rendered(tmp_path, user(f"{{{{ {text} }}}}")) == theirs


@pytest.mark.parametrize("name", sorted({*JINJA.filters} - {*FILTERS}))
def test_other_filters_are_not_there(tmp_path: Path, name: str) -> None:
    with pytest.raises(SpecError, match=name):
        rendered(tmp_path, user(f"{{{{ 'abc' | {name} }}}}"))


@pytest.mark.parametrize("name", sorted({n for n in {*dir(str), *dir(dict), *dir(list)} if n[0] != "_"} - {*METHODS}))
def test_other_methods_are_not_there(tmp_path: Path, name: str) -> None:
    owner = "'abc'" if hasattr(str, name) else "{'a': 1}" if hasattr(dict, name) else "[1]"
    with pytest.raises(SpecError):
        rendered(tmp_path, user(f"{{{{ {owner}.{name}() }}}}"))


@pytest.mark.parametrize("name", ["dict", "lipsum", "open", "self.__class__"])
def test_other_names_are_not_there(tmp_path: Path, name: str) -> None:
    with pytest.raises(SpecError):
        rendered(tmp_path, user(f"{{{{ {name}() }}}}"))
