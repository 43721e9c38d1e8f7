"""Shared by the tests of evalkit.derivation: settings and tables under tests/cases/derivation."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from evalkit.derivation import Analysis, DerivationSpec, Setting, analyse, compile_setting

CASES = Path(__file__).parent / "cases" / "derivation"
LETTERS = {
    "identity": "i", "algebra-only": "a", "holds": "h", "definition": "d", "assumption": "s", "fails": "f",
    "ill-typed": "t", "vacuous": "v", "unbound": "u", "unparsed": "p", "skipped": "k",
    "premise-unstated": "n",
}  # fmt: skip


def table(name: str) -> dict[str, Any]:
    with (CASES / name).open("rb") as file:
        return tomllib.load(file)


@lru_cache
def setting(name: str = "lae") -> Setting:
    return compile_setting(DerivationSpec.model_validate(table(f"{name}.toml")))


def verdicts(found: Analysis) -> str:
    """One letter for each relation, in the order of the text."""
    return "".join(LETTERS[r.verdict] for r in found.relations)


def judged(text: str, name: str = "lae") -> str:
    return verdicts(analyse(text, setting(name)))
