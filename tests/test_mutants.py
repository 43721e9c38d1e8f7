"""The sampling of mutants: its table of tests names every test file, and a mutant is what it says it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.mutants import STRATA, TESTS, mutants_of

HERE = Path(__file__).parent


def test_every_test_file_belongs_to_a_stratum() -> None:
    assert set(TESTS) == set(STRATA)
    found = {glob: set(HERE.glob(f"{glob}.py")) for globs in TESTS.values() for glob in globs}
    assert not [glob for glob, files in found.items() if not files], "names no file"
    assert set(HERE.rglob("test_*.py")) - {Path(__file__)} == set().union(*found.values())


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
