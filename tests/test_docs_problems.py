"""docs/problems.md: its examples pass `check`, and it names every key of a problem file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from evalkit import plugins
from evalkit.derivation.problem import spec
from evalkit.specs import parts, problems, skeletons, sources
from tests.arrange import inside
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "problems.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n# problems/(\S+)\.toml\n(.*?)```", PAGE, re.DOTALL)
TABLES: tuple[type[BaseModel], ...] = (
    problems.Problem, parts.Hint, parts.Staff, parts.Pushback, parts.Gold, parts.Foil, parts.Wordings, spec.SymbolSpec,
    spec.DecompositionSpec, spec.WorldSpec, spec.MilestoneSpec, spec.ApproachSpec,
)  # fmt: skip


def test_every_example_passes_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, here: None) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in EXAMPLES:
        path = tmp_path / "problems" / f"{name}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    done = inside("check")
    assert done.returncode == 0, done.stdout
    assert f"{len(EXAMPLES)} problems" in done.stdout
    assert {"number", "expression", "rubric", "approach"} <= set(re.findall(r"\[+score\.([a-z]+)", PAGE))


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.__name__)
def test_every_key_is_on_the_page(table: type[BaseModel]) -> None:
    missing = [key for key in table.model_fields if key != "id" and not re.search(rf"`[^`]*\b{key}\b[^`]*`", PAGE)]
    assert not missing


@pytest.mark.parametrize("name", plugins.known("scorers"))
def test_every_scorer_and_its_keys_are_on_the_page(name: str) -> None:
    own = plugins.load("scorers", name).Scorer.model_fields
    missing = [key for key in (name, *own) if key != "time_limit" and not re.search(rf"`[^`]*\b{key}\b[^`]*`", PAGE)]
    assert not missing


@pytest.mark.parametrize("kind", skeletons.KINDS)
def test_a_new_problem_says_what_is_to_be_filled_in(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert inside("new", "problem", "hw8/2a", "--kind", kind).returncode == 0
    done = inside("check", "hw8/2a")
    assert done.returncode == 2
    assert done.stdout.count("fault:") == 1, "the skeleton's own marks are the one thing that is said"
    assert "fill in <what it is about, in a few words>" in " ".join(done.stdout.split())


TAKEN = [
    ("latex", "\\documentclass{article}\n\\begin{document}\nFind $x$.\n\\begin{solution}\n$x = 1$\n\\end{solution}\n\\end{document}", ("Find $x$.", "$x = 1$")),
    ("markdown", "Find x.\n\n## Solution\n\nx = 1\n", ("Find x.", "x = 1")),
    ("bold", "Find x.\n\n**Solution.** x = 1\n", ("Find x.", "x = 1")),
    ("options-and-comments", "\\begin{problem}[5]\nFind $x$. % easy\n\\end{problem}\n\\begin{proof}[Proof of it]\n$x = 1$, 100\\% sure\n\\end{proof}", ("Find $x$.", "$x = 1$, 100\\% sure")),
    ("the-first-of-several", "## Problem 1\nFind x.\n\n**Solution:** 1\n\n## Problem 2\nFind y.\n\n**Solution:** 2\n", ("## Problem 1\nFind x.", "1")),
    ("environments", "\\begin{exercise}\na\n\\end{exercise}\n\\textbf{Solution:} 1\n\\begin{exercise}\nb\n\\end{exercise}", ("a", "1")),
    ("slanted", "Show it.\n\n*Proof.* Clear, 50% of it.", ("Show it.", "Clear, 50% of it.")),
    ("folded-away", "<details>\n<summary>Exercise 5</summary>\n\nShow it.\n\n_Proof._ Clear.\n</details>", ("Exercise 5\n\nShow it.", "Clear.")),
    ("bold-of-old", "Show it.\n\n{\\bf Answer.} Clear.", ("Show it.", "Clear.")),
    ("a-sentence-with-the-word", "Solution sets are affine. Prove it.", ("Solution sets are affine. Prove it.", "")),
    ("statement-alone", "Find the solution x of f.\n", ("Find the solution x of f.", "")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "found"), [t[1:] for t in TAKEN], ids=[t[0] for t in TAKEN])
def test_statement_and_solution_are_taken_over(text: str, found: tuple[str, str]) -> None:
    assert sources.taken(text) == found


NOTED = [
    ("one-with-a-solution", "Find x.\n\nSolution: x = 1\n", []),
    ("no-solution", "Find x.\n", ["no solution"]),
    ("two", "\\begin{problem}\na\n\\end{problem}\n\\begin{problem}\nb\n\\end{problem}\n", ["2 problems", "no solution"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), [n[1:] for n in NOTED], ids=[n[0] for n in NOTED])
def test_what_was_not_taken_over_is_said(text: str, said: list[str]) -> None:
    told = list(sources.notes(text))
    assert len(told) == len(said)
    assert all(part in line for part, line in zip(said, told, strict=True))
