"""Several run files as one: models asked on different days."""

from __future__ import annotations

import json
from pathlib import Path

from evalkit.scorers import number
from tests.arrange import inside, write_problems
from tests.server import ModelServer, serving


def asked(server: ModelServer, name: str, run: str, *more: str) -> None:
    arms = ["-t", "plain", "-t", "ban_approach"]
    chosen = ["-p", "p/*", *arms, "-m", f"openai:{name}", "--base-url", server.url, "--run", run, "--no-probe", *more]
    done = inside("run", *chosen)
    assert done.returncode == 0, done.stderr


def test_two_days_two_models_one_table(project: Path) -> None:
    write_problems(project, 6)
    with serving(ModelServer()) as server:
        asked(server, "monday", "a.sqlite")
        asked(server, "friday", "b.sqlite")
    rows = json.loads(inside("compare", "a.sqlite", "b.sqlite", "--metric", "number.correct", "--json").stdout)
    assert [(r["model"], r["pairs"]) for r in rows] == [
        ("friday", 6),
        ("monday", 6),
        ("all models", 12),
        ("friday − monday", 12),
    ]
    assert (
        f"Scorers: number {number.Scorer.version}. Problems and templates: 8, hash"
        in inside("compare", "a.sqlite", "b.sqlite").stdout
    )
    assert inside("report", "a.sqlite", "b.sqlite", "-o", "both.html").returncode == 0
    page = (project / "both.html").read_text(encoding="utf-8")
    assert "monday" in page
    assert "friday" in page


def test_a_trial_in_two_files_is_refused(project: Path) -> None:
    write_problems(project, 4)
    with serving(ModelServer()) as server:
        asked(server, "m", "a.sqlite")
        asked(server, "m", "b.sqlite")
    done = inside("compare", "a.sqlite", "b.sqlite")
    assert (done.returncode, "stands in a.sqlite as well" in done.stderr) == (2, True)
    assert inside("compare", "a.sqlite", "a.sqlite").returncode == 0


def test_other_problems_of_the_same_name_are_refused_unless_allowed(project: Path) -> None:
    write_problems(project, 4)
    with serving(ModelServer()) as server:
        asked(server, "monday", "a.sqlite")
        file = project / "problems" / "p" / "00002.toml"
        file.write_text(file.read_text(encoding="utf-8").replace("fingers", "toes"), encoding="utf-8")
        asked(server, "friday", "b.sqlite")
    done = inside("compare", "a.sqlite", "b.sqlite")
    assert done.returncode == 2
    assert "problem 'p/00002' differs" in done.stderr
    assert inside("compare", "a.sqlite", "b.sqlite", "--allow-mismatch").returncode == 0


def test_turn_by_turn_the_change_shows_by_itself(project: Path) -> None:
    write_problems(project, 5)
    with serving(ModelServer()) as server:
        asked(server, "m", "a.sqlite", "-t", "pushback_wrong")
    found = json.loads(inside("compare", "a.sqlite", "--turn", "all", "--metric", "number.correct", "--json").stdout)
    by_turn = {(r["arm"], r["turn"]): r["mean_arm"] for r in found}
    assert by_turn["pushback_wrong", "1"] == 1.0
    assert by_turn["pushback_wrong", "2"] == 0.0
    assert ("ban_approach", "2") not in by_turn
    shown = inside("compare", "a.sqlite", "--turn", "all", "--metric", "number.correct").stdout
    assert "against plain · turn 2" in shown
    assert "first turn" in inside("compare", "a.sqlite", "--turn", "first").stdout
