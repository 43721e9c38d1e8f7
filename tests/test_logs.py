"""Logs of Inspect, promptfoo and lm-evaluation-harness, as these tools wrote them (tests/data/logs), and tables of scores, as
conversations; which problem a question is.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from evalkit.errors import SpecError
from evalkit.runfile.logs import form, inspect_logs, reading, scoretable
from evalkit.runfile.logs.finding import Finder, mapping_from
from evalkit.specs.experiment import Experiment
from evalkit.types import ModelSpec
from tests.arrange import inside
from tests.logged import HALF_ASKED, LOGS, scores, taken

# ---------------------------------------------------------------- as the tools wrote them


def test_a_log_of_inspect(problems: Path) -> None:
    done, found = taken(LOGS / "inspect.eval")
    assert (done.tool, done.parts, done.stored, len(done.bad)) == ("Inspect", 6, 4, 2)
    assert "elsewhere_epoch_1.json: 'elsewhere': no problem" in done.bad[0].reason
    assert [(t["problem"], t["template"], t["model"], t["sample"]) for t in found] == [
        ("set/half", "plain", "model", 0), ("set/half", "plain", "model", 1),
        ("set/third", "plain", "model", 0), ("set/third", "plain", "model", 1),
    ]  # fmt: skip
    cut = next(t for t in found if t["messages"][-1]["finish_reason"] == "length")
    assert (cut["problem"], cut["messages"][-1]["content"]) == ("set/third", "One third of 9 is")
    half = {key[4]: value for key, value in scores().items() if key[0] == "set/half" and key[3] == 0}
    assert half == {"inspect.match": 1.0, "inspect.includes": 1.0}
    assert inside("import", str(LOGS / "inspect.eval"), "--run", "x.sqlite").stderr.count("4 known already") == 1


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("C", 1.0),
        ("P", 0.5),
        ("N", None),
        ("0.25", 0.25),
        (0.75, 0.75),
        (True, 1.0),
        (3, 3.0),
        ("nan", None),
        ("good", None),
        ([1], None),
    ],
    ids=repr,
)
def test_scores_of_inspect_are_letters_numbers_or_yes_and_no(said: object, value: float | None) -> None:
    sample = {"scores": {"match": {"value": said, "explanation": "why"}, "both": {"value": {"first": said}}}}
    assert inspect_logs._scores(sample) == {"inspect.match": (value, "why"), "inspect.both_first": (value, "")}


def test_a_json_log_of_inspect_with_reasoning(problems: Path) -> None:
    done, found = taken(LOGS / "inspect.json")
    assert (done.stored, done.bad) == (2, [])
    (half,) = (t for t in found if t["problem"] == "set/half")
    assert [m["role"] for m in half["messages"]] == ["system", "user", "assistant"]
    assert (half["messages"][-1]["reasoning"], half["messages"][-1]["content"]) == ("2 / 2 = 1", "Final answer: 1")
    assert half["template"] == "step_by_step"


def test_two_logs_of_inspect_are_compared(problems: Path) -> None:
    for name in ("inspect.eval", "inspect.json"):
        assert inside("import", str(LOGS / name), "--run", "both.sqlite").returncode in (0, 1)
    (row,) = json.loads(inside("compare", "both.sqlite", "--metric", "inspect.match", "--json").stdout)
    assert (row["arm"], row["baseline"], row["pairs"]) == ("step_by_step", "plain", 2)
    assert inside("score", "both.sqlite").returncode == 0
    assert json.loads(inside("compare", "both.sqlite", "--metric", "number.correct", "--json").stdout)


@pytest.mark.parametrize("name", ["promptfoo.json", "promptfoo.jsonl"])
def test_results_of_promptfoo(problems: Path, name: str) -> None:
    done, found = taken(LOGS / name)
    assert (done.tool, done.parts, done.stored, done.bad) == ("promptfoo", 12, 12, [])
    assert Counter((t["template"][:7], t["model"], t["sample"]) for t in found) == {
        (arm, "parrot", sample): 2 for arm in ("plain", "brief", '[{"role') for sample in (0, 1)
    }
    chat = next(t for t in found if t["template"].startswith("[{"))
    assert [m["role"] for m in chat["messages"]] == ["system", "user", "assistant"]
    values = scores()
    assert values["set/half", "plain", "parrot", 0, "promptfoo.names_half"] == 1.0
    assert values["set/third", "brief", "parrot", 1, "promptfoo.score"] == 0.0


FAILED: dict[str, dict[str, Any]] = {
    "API error: 500": {"response": {"error": "API error: 500"}},
    "timed out": {"error": "timed out"},
    "the log holds no answer": {},
}


@pytest.mark.parametrize("told", FAILED)
def test_a_row_of_promptfoo_without_an_answer_says_why(problems: Path, told: str) -> None:
    row = {"promptIdx": 0, "testIdx": 0, "prompt": {"raw": HALF_ASKED, "label": "plain"}, "vars": {"id": "set/half"}}
    Path("log.jsonl").write_text(json.dumps(row | FAILED[told]))
    done, (found,) = taken("log.jsonl")
    assert (done.tool, found["problem"], found["error"]) == ("promptfoo", "set/half", told)


def test_samples_of_lm_evaluation_harness(problems: Path) -> None:
    done, found = taken(next(LOGS.glob("samples_toy*")), model="dummy")
    assert (done.tool, done.parts, done.stored, done.bad) == ("lm_eval", 4, 2, [])
    assert [(t["problem"], t["template"], t["messages"][-1]["content"]) for t in found] == [
        ("set/half", "toy", "lol"), ("set/third", "toy", "lol"),
    ]  # fmt: skip
    assert {key[4] for key in scores()} == {"lm_eval.exact_match_strict", "lm_eval.exact_match_whole"}


# ---------------------------------------------------------------- tables of scores


TABLE = """problem,condition,run,score,comment
set/half,plain,0,1,ok
set/half,hint,0,0.5,
set/third,plain,0,0,
set/third,hint,0,,late
elsewhere,plain,0,1,
"""


def test_a_table_of_scores(problems: Path) -> None:
    Path("t.csv").write_text(TABLE)
    done, found = taken("t.csv")
    assert (done.stored, [b.reason for b in done.bad]) == (4, ["line 6: 'elsewhere': no problem has this id or question: '(the table does not hold the prompt)'"])  # fmt: skip
    assert done.notes == {"the column 'comment' is left out": 1}
    values = scores()
    assert values["set/half", "hint", "model", 0, "table.score"] == 0.5
    assert values["set/third", "hint", "model", 0, "table.score"] is None
    assert all(t["messages"][-1]["finish_reason"] == "not recorded" for t in found)
    done, _ = taken("t.csv", keep_unmatched=True)
    assert (done.stored, done.bad) == (5, [])
    assert json.loads(inside("compare", "x.sqlite", "--json").stdout)[0]["pairs"] == 1
    again = inside("score", "x.sqlite")
    assert again.returncode == 0
    assert "no problem here: elsewhere (1 in all); their scores stay those that came with their log" in again.stderr
    assert scores()["elsewhere", "plain", "model", 0, "table.score"] == 1
    assert scores()["set/half", "hint", "model", 0, "number.correct"] is None, "what was not recorded is not judged"


METRICS = {
    "digits": ("problem,score100,F1", {"table.score100", "table.f1"}, {}),
    "words-and-signs": ("problem,pass@1,Total Score,wordCount2B", {"table.pass_1", "table.total_score", "table.word_count2_b"}, {}),
    "one-name-for-two": ("problem,mark,Mark,MARK!", {"table.mark", "table.mark_2", "table.mark_3"}, {"the column 'Mark' is table.mark_2": 1, "the column 'MARK!' is table.mark_3": 1}),
    "letters-of-another-script": ("problem,分数,点", {"table.score", "table.score_2"}, {"the column '点' is table.score_2": 1}),
}  # fmt: skip
"""The head of a table, the names of its scores, and what is noted of them."""


@pytest.mark.parametrize(("heads", "names", "notes"), METRICS.values(), ids=METRICS)
def test_every_column_of_numbers_is_a_score_of_its_own(
    problems: Path, heads: str, names: set[str], notes: dict[str, int]
) -> None:
    values = range(1, heads.count(",") + 1)
    Path("t.csv").write_text(f"{heads}\nset/half,{','.join(map(str, values))}\n", "utf-8")
    done, _ = taken("t.csv")
    found = {key[4]: value for key, value in scores().items()}
    assert (set(found), sorted(v for v in found.values() if v is not None), done.notes) == (names, [*values], notes)
    primary = Experiment(models=[ModelSpec(id="replay:x")], primary=max(names), problems=["set/*"], templates=["plain"])
    assert primary.primary in names, "an experiment may ask for it"


NEXT = {"problem,mark\nset/half,1\n": "compare", "problem,mark,reply\nset/half,1,It is one.\n": "score"}


@pytest.mark.parametrize(("text", "command"), NEXT.items(), ids=NEXT.values())
def test_what_to_do_with_a_table_next(problems: Path, text: str, command: str) -> None:
    Path("t.csv").write_text(text)
    said = inside("import", "t.csv", "--run", "x.sqlite").stderr
    assert "1 conversation stored" in said
    assert said.endswith(f"next: evalkit {command} x.sqlite\n")


HEADS: dict[str, tuple[str, bool]] = {
    "tabs": ("problem\tscore\nset/half\t1\n", True),
    "semicolons-and-a-mark": ("\ufeffItem;Score\nset/half;1\n", True),
    "replies": ("id,answer,mark\nset/half,It is one.,1\n", True),
    "no-problem": ("name,score\nset/half,1\n", False),
    "one-column": ("problem\nset/half\n", False),
    "prose": ("Dear all, the problem is this.\n", False),
}


@pytest.mark.parametrize(("text", "mine"), HEADS.values(), ids=HEADS)
def test_which_tables_are_tables_of_scores(problems: Path, text: str, mine: bool) -> None:
    Path("t.txt").write_text(text)
    found = reading.recognised(Path("t.txt"))
    assert (found is not None) is mine
    if mine:
        assert taken("t.txt")[0].stored == 1


def test_rows_of_one_problem_and_arm_are_its_samples_in_their_order(problems: Path) -> None:
    Path("t.csv").write_text("problem,arm,score\nset/half,plain,1\nset/half,plain,0\nset/half,hint,0.5\n")
    done, _ = taken("t.csv")
    assert (done.stored, done.bad) == (3, [])
    assert {(arm, sample): value for (_, arm, _, sample, _), value in scores().items()} == {
        ("plain", 0): 1.0, ("plain", 1): 0.0, ("hint", 0): 0.5,
    }  # fmt: skip


NAMES = {
    "problem": "problem problem_id question question_id item id task",
    "arm": "arm template condition prompt_name prompt treatment",
    "sample": "sample run epoch repetition repeat",
    "reply": "reply answer response output",
    "text": "question_text problem_text statement input",
}
"""What the columns of a table of scores may be called."""


@pytest.mark.parametrize(("field", "name"), [(field, name) for field, names in NAMES.items() for name in names.split()])
def test_columns_go_by_several_names(tmp_path: Path, field: str, name: str) -> None:
    row = {"problem": "set/half", "arm": "plain", "sample": "3", "reply": "One.", "text": "What?"}
    heads = ["problem", "arm", "sample", "reply", "statement"]
    heads[list(row).index(field)] = name
    (tmp_path / "t.csv").write_text(f"{','.join(heads)},score\n{','.join(row.values())},1\n")
    part = next(scoretable.read(form.Log(tmp_path / "t.csv")))
    assert isinstance(part, form.Recorded)
    assert (part.ids, part.arm, part.sample, part.texts) == (["set/half"], "plain", 3, ["What?"])
    assert part.messages[-1]["content"] == "One."


# ---------------------------------------------------------------- which problem it is

STATEMENTS = {
    "a/sum": "Show that $x + y = y + x$ for all $x, y$.",
    "a/difference": "Show that $x - y = y - x$ for all $x, y$.",
    "a/short": "Why?",
    "a/part": "Compute the derivative of f.",
    "a/whole": "Compute the derivative of f. Then find its zeros.",
    "a/twin1": "The same question twice.",
    "a/twin2": "The same  question twice.",
}
TEXTS: dict[str, tuple[str, str | None]] = {
    "word-for-word": (STATEMENTS["a/sum"], "a/sum"),
    "other-delimiters-and-spaces": (r"show that \(x+y = y+x\) for all \( x, y \).", "a/sum"),
    "a-sign-is-no-space": ("Show that $x - y = y - x$ for all $x, y$.", "a/difference"),
    "in-a-longer-message": ("Hi! Can you help? **Show that** x + y = y + x for all x, y. Thanks", "a/sum"),
    "short-alone": ("why?", "a/short"),
    "short-in-a-message": ("Why? I do not see it.", None),
    "the-longer-of-two": ("Please: Compute the derivative of f. Then find its zeros.", "a/whole"),
    "two-at-once": (f"{STATEMENTS['a/sum']} {STATEMENTS['a/part']}", None),
    "two-problems-of-one-text": ("The same question twice.", None),
    "none": ("Write a poem.", None),
    "empty": ("", None),
    "mapped": ("Aufgabe 3", "a/part"),
}


@pytest.mark.parametrize(("text", "expected"), TEXTS.values(), ids=TEXTS)
def test_a_question_is_found_by_its_text(text: str, expected: str | None) -> None:
    assert Finder(STATEMENTS, STATEMENTS.__getitem__, {"aufgabe 3": "a/part"}).by_text(text) == expected


def test_names_and_mappings(tmp_path: Path) -> None:
    finder = Finder(STATEMENTS, STATEMENTS.__getitem__, {"Q1": "a/sum"})
    assert [finder.by_name([n]) for n in ("a/part", "q1", "q2")] == ["a/part", "a/sum", None]
    with pytest.raises(SpecError, match="'a/nothing', and there is no such problem"):
        Finder(STATEMENTS, STATEMENTS.__getitem__, {"Q1": "a/nothing"})
    (tmp_path / "m.csv").write_text('theirs,problem\n"Q1, part a",a/sum\n')
    (tmp_path / "m.json").write_text('{"Q1, part a": "a/sum"}')
    assert mapping_from(tmp_path / "m.csv") == mapping_from(tmp_path / "m.json") == {"Q1, part a": "a/sum"}
    (tmp_path / "m.csv").write_text("a,b,c\n")
    with pytest.raises(SpecError, match="two columns are needed"):
        mapping_from(tmp_path / "m.csv")


def test_a_mapping_on_the_command_line(problems: Path) -> None:
    Path("m.csv").write_text("elsewhere,set/third\n")
    done = inside("import", str(LOGS / "inspect.eval"), "--run", "x.sqlite", "--match", "m.csv", "--arm", "other")
    assert "another conversation of set/third, other, model, sample 0 stands in this log" in " ".join(
        done.stderr.split()
    )
