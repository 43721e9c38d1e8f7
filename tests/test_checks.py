"""`check`: what it remarks on beside faults, and how it counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evalkit.errors import SpecError
from evalkit.judging import checks
from evalkit.judging.checks import Findings, check
from evalkit.judging.workers import TimedOut, Value
from evalkit.specs.library import Library as Problems
from evalkit.specs.problems import Problem, parse
from evalkit.specs.templates import Library as Prompts
from tests.arrange import ROOT

HEAD = 'title = "T"\nstatement = "One half of 2?"\n[staff]\nsolution = "1"\n'
SCORED = "[score.number]\nvalue = 1\n"
GOLD = '[[gold]]\nreply = "**Final answer:** 1"\n'
FOIL = '[[foils]]\nreply = "**Final answer:** 2"\nmisses = ["number.correct"]\n'
FILES = {
    "scored": HEAD + SCORED,
    "foil_alone": HEAD + SCORED + FOIL,
    "gold": HEAD + SCORED + GOLD,
    "both": HEAD + SCORED + GOLD + FOIL,
    "not_scored": HEAD,
    "wrong_gold": HEAD + SCORED + GOLD.replace("** 1", "** 2"),
    "right_foil": HEAD + SCORED + GOLD + FOIL.replace("** 2", "** 1"),
    "foil_unjudged": HEAD + SCORED + GOLD + FOIL.replace("** 2", "** many"),
}
MATHS = (
    'title = "T"\nstatement = "Commute?"\n[staff]\n'
    'solution = "Clearly $AB = BA$, and $A + B = B + A$."\n%s[symbols]\nA = "m x m"\nB = "m x m"\n[score.equations]\n'
    '[[gold]]\nreply = "$A + B = B + A$."\n'
)
FILES |= {
    "wrong_staff": MATHS % "",
    "staff_excused": MATHS % 'expect = { "equations.share_true" = 0.5, "equations.false" = 1 }\n',
    "staff_excused_wrongly": MATHS % 'expect = { "equations.share_true" = 0.5, "equations.false" = 0 }\n',
}
NO_GOLD = "no [[gold]] reply shows that its scorers can give full marks"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    """All files at once: one worker process."""
    folder = tmp_path_factory.mktemp("problems")
    (folder / "set").mkdir()
    for name, text in FILES.items():
        (folder / "set" / f"{name}.toml").write_text(text, encoding="utf-8")
    return check(Problems(folder), Prompts(ROOT / "prompts"))


def test_every_problem_is_told_as_it_comes(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    for name in ("scored", "wrong_gold", "broken"):
        text = FILES.get(name, "title = 3")
        (tmp_path / "set" / f"{name}.toml").write_text(text, encoding="utf-8")
    told: list[str] = []
    done = check(Problems(tmp_path), Prompts(ROOT / "prompts"), progress=told.append)
    assert told == ["set/scored", "set/wrong_gold"]
    assert done.problems == 2


def test_a_problem_whose_scorers_no_gold_shows_is_remarked_on(found: Findings) -> None:
    assert [r for r in found.remarks if NO_GOLD in r] == [f"set/foil_alone: {NO_GOLD}", f"set/scored: {NO_GOLD}"]


def test_everything_is_counted(found: Findings) -> None:
    assert (found.problems, found.templates, found.replies) == (11, 20, 12)


FAULTS = [
    ("wrong_gold", "gold 'gold': number.correct is 0 "),
    ("right_foil", "foil 'foil': number.correct is 1 "),
    ("foil_unjudged", "foil 'foil': number.correct could not be judged"),
    ("staff_excused_wrongly", "[staff] solution: equations.false is 1 (1 of 2 checkable relations hold; "),
]


@pytest.mark.parametrize(("name", "told"), FAULTS, ids=[f[0] for f in FAULTS])
def test_a_reply_with_the_wrong_marks_is_a_fault(found: Findings, name: str, told: str) -> None:
    (fault,) = [fault for fault in found.faults if f"/{name}.toml: " in fault]
    assert told in fault


def test_a_staff_solution_without_its_marks_is_a_fault_that_says_what_to_do(found: Findings) -> None:
    faults = [fault for fault in found.faults if "/wrong_staff.toml: [staff] solution: " in fault]
    assert [fault.split("solution: ")[1].split(" (")[0] for fault in faults] == [
        "equations.share_true is 0.5",
        "equations.false is 1",
    ]
    assert faults[1].endswith(
        "; the staff's own solution must get 0: mend the solution or what the file declares, or state the exception: "
        'expect = { "equations.false" = 1 } under [staff]'
    )


def test_nothing_else_is_a_fault(found: Findings) -> None:
    assert len(found.faults) == len(FAULTS) + 2


def test_an_exception_for_no_metric_of_the_problem_is_refused(tmp_path: Path) -> None:
    text = MATHS % 'expect = { "equations.fals" = 1 }\n'
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "one.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SpecError, match=r"one.toml: staff: unknown metric 'equations.fals'"):
        Problems(tmp_path).load("set/one")


def test_an_empty_folder_is_remarked_on(tmp_path: Path) -> None:
    none = check(Problems(tmp_path), Prompts(ROOT / "prompts"))
    assert (none.problems, none.faults, none.remarks) == (0, [], [f"{tmp_path}: no problem files"])


def test_a_reply_that_takes_too_long_is_a_fault_and_the_next_one_is_looked_at(tmp_path: Path) -> None:
    class Slow:
        def map(self, _: object, tasks: list[Any], limit: float) -> list[tuple[Any, Any]]:
            first, *others = tasks
            return [(first, TimedOut(limit)), *((task, Value(checks._judge(task))) for task in others)]

    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "one.toml").write_text(HEAD + SCORED + GOLD + FOIL.replace("** 2", "** 1"), encoding="utf-8")
    pool: Any = Slow()
    slow, wrong = checks._replies(Problems(tmp_path).load("set/one"), pool, Findings())
    assert slow.startswith("gold 'gold': could not be judged: ")
    assert wrong.startswith("foil 'foil': number.correct is 1")


def test_the_mathematics_of_a_reply_is_analysed_once_for_all_scorers(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    own = Problem.analyse

    def counted(self: Problem, reply: str, *more: Any) -> Any:
        seen.append(reply)
        return own(self, reply, *more)

    monkeypatch.setattr(Problem, "analyse", counted)
    problem = parse(MATHS % "" + "[score.leaps]\n[score.novelty]\n", "set/maths", "maths")
    marks = checks._judge((problem, problem.gold[0]))
    assert seen == ["$A + B = B + A$."]
    assert {name.partition(".")[0] for name in marks} == {"equations", "leaps", "novelty"}
