"""Patterns that are compiled when they are first used: each of them can be, and none is asked for by identity."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

import evalkit
from evalkit.reading.patterns import Later, later

PACKAGE = Path(evalkit.__file__).parent
USERS = sorted(p for p in PACKAGE.rglob("*.py") if "= later(" in p.read_text(encoding="utf-8"))


def test_it_is_compiled_at_first_use_and_found_from_then_on() -> None:
    words = later(r"\w+", re.ASCII)
    assert "search" not in vars(words)
    assert [m[0] for m in words.finditer("a bé")] == ["a", "b"]
    assert words.sub("x", "a b") == "x x"
    assert words.match("ab cd", 3) is not None
    assert vars(words)["sub"] == words.sub


def test_a_fault_shows_at_first_use() -> None:
    wrong = later("(")
    with pytest.raises(re.error):
        wrong.search("a")


@pytest.mark.parametrize("path", USERS, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_each_compiles_and_none_is_compared(path: Path) -> None:
    module = importlib.import_module(".".join(("evalkit", *path.relative_to(PACKAGE).with_suffix("").parts)))
    made = {name: value for name, value in vars(module).items() if isinstance(value, Later)}
    assert made
    for name, pattern in made.items():
        assert isinstance(pattern.pattern, str), name
    compared = {
        side.id
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Compare)
        for side in (node.left, *node.comparators)
        if isinstance(side, ast.Name)
    }
    assert not compared & set(made)  # `match.re is PATTERN` is never so
