"""Shared by the tests of evalkit.derivation: settings and tables under tests/cases/derivation."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from evalkit.derivation import Analysis, DerivationSpec, Setting, analyse, compile_setting

CASES = Path(__file__).parent / "cases" / "derivation"
LETTERS = {
    "identity": "i", "algebra-only": "a", "holds": "h", "definition": "d", "assumption": "s", "fails": "f",
    "ill-typed": "t", "vacuous": "v", "unbound": "u", "unparsed": "p", "skipped": "k",
    "premise-unstated": "n", "disputed": "q",
}  # fmt: skip

GRADIENTS = r"$\nabla_{W_2} L = -2(X-W_2W_1X)(W_1X)^\top$ and $\nabla_{W_1} L = -2W_2^\top(X-W_2W_1X)X^\top$. "
CONDITIONS = r"So $(I-W_2W_1)CW_1^\top = 0$ and $W_2^\top(I-W_2W_1)C = 0$. "
PROJECTOR = r"Then $(I - U_kU_k^\top)CU_k = 0$."
SUM = {
    "symbols": {"A": "m x m", "B": "m x m", "w": "m"},
    "definitions": ["f(w) = w^\\top AA^\\top w", "g(w) = w^\\top BB^\\top w"],
}
GRADIENT = {n: f"\\nabla_w {n} = 2{m}{m}^\\top w" for n, m in (("f", "A"), ("g", "B"))}


def table(name: str) -> dict[str, Any]:
    with (CASES / name).open("rb") as file:
        return tomllib.load(file)


def setting_of(spec: Mapping[str, object]) -> Setting:
    """The world of a problem that is written in the test."""
    return compile_setting(DerivationSpec.model_validate(spec))


@lru_cache
def setting(name: str = "lae") -> Setting:
    return setting_of(table(f"{name}.toml"))


def verdicts(found: Analysis) -> str:
    """One letter for each relation, in the order of the text."""
    return "".join(LETTERS[r.verdict] for r in found.relations)


def judged(text: str, name: str = "lae") -> str:
    return verdicts(analyse(text, setting(name)))


def penalised(**more: object) -> Setting:
    """Two factors of a projection: whatever decodes best, and the one of these that a vanishing penalty picks. A, D, H are
    the singular vectors and values of the encoder."""
    best = {"symbols": {"B": "k x k, invertible"}, "set": ["W_2 = U_kB", "W_1 = B^{-1}U_k^\\top"]}
    limit = {"symbols": {"Q": "k x k, orthogonal"}, "set": ["W_2 = U_kQ", "W_1 = Q^\\top U_k^\\top"]}
    spec = {
        "dimensions": ["k < m", "k < n"],
        "symbols": {"X": "m x n, data", "W_1": "k x m", "W_2": "m x k"},
        "decompositions": [
            {"of": "X", "names": ["U", "\\Sigma", "V"], "values": "s_i"},
            {"of": "W_1", "names": ["A", "D", "H"]},
        ],
        "worlds": [
            best | {"name": "best", "premise": "the reconstruction is optimal"},
            limit | {"name": "limit", "premise": "lambda tends to 0"},
        ],
    }
    return setting_of(spec | more)
