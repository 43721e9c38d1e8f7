"""The sampling of mutants: every test file has a place in its rows, and a mutant is what it says it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.mutants import FATES, HUNG, fate_of, read_table, sound
from tests.benchmarks.mutating import STRATA, mutants_of
from tests.benchmarks.nearest import ASIDE, NEAREST, rows_of

HERE = Path(__file__).parent


def test_every_test_file_is_near_to_something_or_stands_aside() -> None:
    named = {name for row in NEAREST.values() for name in row.split()}
    assert not named & set(ASIDE)
    found = {p.relative_to(HERE).with_suffix("").as_posix() for p in HERE.rglob("test_*.py")}
    assert {n if "/" in n else f"test_{n}" for n in named | set(ASIDE)} == found


def test_every_row_is_the_row_of_a_file() -> None:
    sources = [p.relative_to(HERE.parent / "evalkit").as_posix() for p in (HERE.parent / "evalkit").rglob("*.py")]
    assert not [prefix for prefix in NEAREST if not any(name.startswith(prefix) for name in sources)]
    assert not [name for name in sources if not rows_of(name)[0]]


def test_what_was_decided_of_a_survivor_is_said_with_its_reason() -> None:
    rows = read_table().values()
    assert {row.stratum for row in rows} <= set(STRATA)
    assert all(row.fate in FATES and (row.felt is None) == (not row.why) for row in rows)
    assert not [row.place for row in rows if row.fate != "killed" and row.felt is None]


@pytest.mark.parametrize(
    ("source", "mutated"),
    [
        pytest.param("a < b", ["(a <= b)"], id="comparison"),
        pytest.param("if a:\n    b", ["if (not (a)):\n    b"], id="condition"),
        pytest.param("a = 1", ["a = 2"], id="number"),
        pytest.param("a = 'key'", ["a = 'key_'"], id="key"),
        pytest.param("a = 'A message.'", [], id="message"),
        pytest.param("a and b", ["((a) or (b))"], id="and"),
        pytest.param("'''Documentation, 1.'''", [], id="documentation"),
        pytest.param("é = 'ü'; f(1)", ["é = 'ü'; pass", "é = 'ü'; f(2)"], id="places are bytes"),
        pytest.param("def f(a: int = 3) -> int:\n    return a", ["(a: int = 4)", "    return None"], id="function"),
    ],
)  # fmt: skip
def test_a_mutant_differs_at_its_place_only(source: str, mutated: list[str]) -> None:
    found = [m.of(source.encode()).decode() for m in mutants_of("evalkit/x.py", source.encode())]
    assert len(found) == len(mutated)
    assert all(end in text for end, text in zip(sorted(mutated), sorted(found), strict=True))


@pytest.mark.parametrize(
    ("status", "said", "fate"),
    [
        (0, "3 passed", "survived"),
        (1, "FAILED tests/test_x.py::test_y", "killed"),
        (2, "ERROR tests/test_x.py", "killed"),
        (4, "ImportError while loading conftest '/tree/tests/conftest.py'.", "killed"),
        (5, "no tests ran", "survived"),
        (HUNG, "", "hung"),
    ],
    ids=["passed", "failed", "not loaded", "conftest not loaded", "nothing collected", "hung"],
)
def test_what_an_exit_status_says_of_a_mutant(status: int, said: str, fate: str) -> None:
    assert fate_of(status, said) == fate


def test_a_file_that_is_not_there_says_nothing_of_a_mutant() -> None:
    with pytest.raises(RuntimeError, match="not found"):
        fate_of(4, "ERROR: file or directory not found: tests/test_gone.py")


@pytest.mark.parametrize(
    ("arguments", "unsound", "asked"),
    [
        (["-x", "tests/a.py", "tests/b.py"], set(), ["-x", "tests/a.py", "tests/b.py"]),
        (["-x", "tests/a.py", "tests/b.py"], {"tests/a.py"}, ["-x", "tests/b.py", "--deselect=tests/a.py"]),
        (["-x", "tests/a.py"], {"tests/a.py::t"}, ["-x", "tests/a.py", "--deselect=tests/a.py::t"]),
        (["-x", "tests/a.py"], {"tests/a.py"}, []),
        (["-x"], set(), []),
    ],
    ids=["all", "a file less", "a test less", "none left", "none named"],
)
def test_without_a_test_nothing_is_run(arguments: list[str], unsound: set[str], asked: list[str]) -> None:
    assert sound(arguments, unsound) == asked
