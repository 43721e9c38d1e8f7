"""The worlds of docs/worlds: each is compiled, its milestones are proved, and its reply is judged as the docs say."""

from __future__ import annotations

import tomllib

import pytest

from evalkit.derivation import analyse, prove_milestones
from evalkit.specs import problems
from tests.arrange import ROOT
from tests.derivation_help import setting_of, verdicts

WORLDS = ROOT / "docs" / "worlds"
EXPECTED = {
    "rows": ("iitat", []),
    "ones": ("iiiaiit", []),
    "optimum": ("hhh", ["normal_equations"]),
    "time": ("iiiiii", []),
    "kkt": ("ihhhh", ["stationarity", "feasibility"]),
    "numbers": ("iaiiaaf", ["determinant", "probability"]),
    "induction": ("isaaaa", []),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_world_of_the_docs(name: str) -> None:
    setting = setting_of(tomllib.loads((WORLDS / f"{name}.toml").read_text("utf-8")))
    assert [p.reason for p in prove_milestones(setting) if not p.holds] == []
    found = analyse((WORLDS / f"{name}.md").read_text("utf-8"), setting)
    assert (verdicts(found), [m.id for m in found.milestones]) == EXPECTED[name]


def test_every_world_is_in_the_docs_and_in_this_table() -> None:
    page = (ROOT / "docs" / "derivations.md").read_text("utf-8")
    assert {p.stem for p in WORLDS.iterdir()} == EXPECTED.keys()
    assert [name for name in EXPECTED if f"worlds/{name}.toml" not in page] == []


def test_a_problem_in_numbers_alone_needs_no_symbols() -> None:
    declared = (WORLDS / "numbers.toml").read_text("utf-8")
    text = 'title = "T"\nstatement = "S"\n' + declared.replace(
        "[[milestones]]", '[staff]\nsolution = "5"\n[[milestones]]', 1
    )
    problem = problems.parse(text + "\n[score.milestones]\n", "set/one", "one.toml")
    assert [m.id for m in problem.analyse(r"So $\det M = 5$.").milestones] == ["determinant"]
