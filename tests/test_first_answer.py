"""The answer in words, plain means, and tables on narrow terminals."""

from __future__ import annotations

import io
from dataclasses import replace

import pandas as pd
import pytest
from rich.console import Console

from evalkit.comparing.comparison import Comparison, Reading, Verdict
from evalkit.comparing.means import Mean, asked_about, plain_means
from evalkit.showing.answer import answer
from evalkit.showing.tables import Table, comparison_tables, terminal
from evalkit.showing.tables.means import means_table
from evalkit.specs.experiment import Experiment
from evalkit.types import Trial

HERE = Reading(2.11, 1.25, 2.98, 0.01, 0.023, Verdict.BETTER)
UNSURE = Reading(0.0, -1.2, 1.2, 1.0, 1.0)
BASE = Comparison(
    "approach.level", "m", "repeat_hint", "plain", 3, 3, 9, mean_arm=2.11, mean_baseline=0.0, these=HERE,
    like=Reading(2.08, note="only 2 clusters"),
)  # fmt: skip
RIGHT = replace(BASE, metric="number.correct")
MEAN = Mean("approach.level", "m", "plain", 3, 9, 9, 0.0)
LOST = replace(MEAN, judged=0, mean=None, reasons={"cut off": 9})
SHORT = Experiment.model_validate(
    {"problems": ["*"], "templates": ["plain"], "models": [{"id": "openai:m", "parameters": {"max_tokens": 200}}]}
)

SAID: list[tuple[str, list[Comparison], list[Mean], list[str]]] = [
    (
        "better-here",
        [BASE],
        [MEAN],
        [
            (
                "repeat_hint: more of the staff's approach than plain, on these problems: +2.11 on a scale from 0 to 3. On "
                "others like these: cannot tell (only 2 clusters)."
            )
        ],
    ),
    (
        "arms-of-one-verdict-share-a-sentence",
        [replace(BASE, arm="a", these=UNSURE), BASE, replace(BASE, arm="b", these=UNSURE)],
        [MEAN],
        [
            (
                "repeat_hint: more of the staff's approach than plain, on these problems: +2.11 on a scale from 0 to 3. On "
                "others like these: cannot tell (only 2 clusters)."
            ),
            "a and b: cannot tell from plain (0.00 and 0.00).",
        ],
    ),
    (
        "cannot-tell-and-why",
        [replace(BASE, these=replace(UNSURE, note="too few samples"))],
        [MEAN],
        ["repeat_hint: cannot tell from plain (0.00; too few samples)."],
    ),
    (
        "why-of-some-arms",
        [
            replace(BASE, these=UNSURE),
            replace(BASE, arm="b", these=replace(UNSURE, note="too few samples: the smallest p value is 0.1")),
        ],
        [MEAN],
        ["repeat_hint and b: cannot tell from plain (0.00 and 0.00; b: too few samples)."],
    ),
    (
        "the-same-of-two-metrics-once",
        [
            replace(RIGHT, metric=m, these=Reading(), like=Reading(), note="no pair could be judged")
            for m in ("choice.correct", "number.correct")
        ],
        [MEAN],
        ["choice.correct and number.correct: repeat_hint: cannot tell, no pair could be judged."],
    ),
    (
        "another-metric-in-its-own-words",
        [replace(BASE, metric="equations.false", like=HERE)],
        [replace(MEAN, metric="equations.false")],
        [
            (
                "repeat_hint: better than plain on “false relations, each counted once”, on these problems and on others "
                "like these: +2.11."
            )
        ],
    ),
    (
        "both-readings",
        [replace(RIGHT, these=replace(HERE, difference=0.5), like=replace(HERE, difference=0.5))],
        [replace(MEAN, metric="number.correct", right=0)],
        ["repeat_hint: more right answers than plain, on these problems and on others like these: +0.50 of 1."],
    ),
    (
        "nothing-judged-says-why-and-no-verdict",
        [BASE],
        [LOST],
        [
            (
                "9 of 9 replies could not be judged: 9 cut off at max_tokens = 200. Raise max_tokens, in a new "
                "run file: `evalkit run ... --max-tokens N --run NEW.sqlite`."
            )
        ],
    ),
    (
        "one-arm-alone",
        [],
        [replace(MEAN, metric="number.correct", right=4, judged=6, reasons={"refused": 3})],
        [
            "plain, m: 4 of 6 judged answers are right.",
            "Nothing is compared: ask a second template too, and each arm is set against it.",
            "3 of 9 replies could not be judged: 3 refused. `evalkit show --run RUN` lists them.",
        ],
    ),
]


@pytest.mark.parametrize(("rows", "means", "said"), [s[1:] for s in SAID], ids=[s[0] for s in SAID])
def test_the_answer_in_words(rows: list[Comparison], means: list[Mean], said: list[str]) -> None:
    assert answer(rows, means, SHORT) == said


def test_many_sentences_are_cut_to_six() -> None:
    rows = [replace(BASE, metric="words.count", arm=f"a{i}", note=f"reason {i}") for i in range(9)]
    found = answer(rows, [MEAN], None)
    assert len(found) == 6
    assert found[-1] == "4 more sentences stand in the tables."


ASKED: list[tuple[str, str, list[Mean], list[str]]] = [
    ("declared", "words.count", [MEAN, replace(MEAN, metric="words.count")], ["words.count"]),
    ("declared-but-absent", "words.count", [MEAN], ["approach.level"]),
    ("approach-first", "", [replace(MEAN, metric="number.correct"), MEAN], ["approach.level"]),
    ("answers", "", [replace(MEAN, metric=m) for m in ("choice.correct", "number.correct", "words.count")], ["choice.correct", "number.correct"]),
    ("unjudged-last", "", [LOST, replace(MEAN, metric="number.correct")], ["number.correct"]),
    ("nothing-judged", "", [LOST], ["approach.level"]),
    ("nothing", "", [], []),
]  # fmt: skip


@pytest.mark.parametrize(("declared", "means", "wanted"), [a[1:] for a in ASKED], ids=[a[0] for a in ASKED])
def test_which_metric_is_asked_about(declared: str, means: list[Mean], wanted: list[str]) -> None:
    assert asked_about(declared, means) == wanted


def test_means_weigh_problems_alike_and_count_what_is_lost() -> None:
    rows = [("a", 1.0, ""), ("a", 1.0, ""), ("a", 1.0, ""), ("b", 0.0, ""), ("b", float("nan"), "cut off")]
    scores = pd.DataFrame(
        [(p, "plain", "m", i, 1, "number.correct", v, why, i, i, i, True) for i, (p, v, why) in enumerate(rows)],
        columns=["problem", "template", "model", "sample", "turn", "metric", "value", "reason", "opening", "prompts", "text", "long"],
    )  # fmt: skip
    (found,) = plain_means(scores, [Trial("b", "plain", "m", 9)], ["plain"])
    assert (found.mean, found.right, found.judged, found.replies, found.unjudged) == (0.5, 3, 4, 6, 2)
    assert dict(found.reasons) == {"cut off": 1, "failed": 1}
    assert means_table([found]).rows == (("plain", "0.50", "3", "1", "2", "6", "2"),)


ARMS = ("plain_with_a_long_name", "request_approach", "summarise_after")


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_no_arm_and_no_verdict_is_lost(width: int) -> None:
    rows = [replace(BASE, arm=arm, dropped={"cut off": 3}) for arm in ARMS]
    (table,) = comparison_tables(rows)
    console = Console(width=width, file=io.StringIO())
    console.print(terminal(table))
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    lines = shown.splitlines()
    assert "…" not in shown
    assert all(len(line) <= width for line in lines)
    for arm in ARMS:
        first = next(line for line in lines if arm in line)
        assert "better" in first, "the verdict stands beside the arm"
        assert ("+2.11 [+1.25, +2.98]" in first) is (width >= 80)
    assert all(column in shown for column in table.columns)
    assert "(continued)" not in shown
    assert ("dropped 3" in shown) is (width < 140), "what has no room beside the verdict stands below its row"


def test_in_brief_what_has_no_room_is_named_and_the_note_is_short() -> None:
    (table,) = comparison_tables([replace(BASE, arm=arm, dropped={"cut off": 3}) for arm in ARMS])
    console = Console(width=80, file=io.StringIO())
    console.print(terminal(table, brief=True))
    assert isinstance(console.file, io.StringIO)
    shown = " ".join(console.file.getvalue().split())
    assert "dropped 3" not in shown
    assert "In a wider window, or by `compare`: like these, mean, baseline, pairs, dropped, up/down." in shown
    assert "Problems like these, cannot tell" in table.note
    assert "Problems like these, cannot tell" not in shown


TALL = Table(
    "t", ("metric", "model", "arm", "difference", "verdict"),
    (("approach.rival_level", "a model of some name", "ban_approach vs plain", "+0.11 [−0.22, +0.33]", "cannot tell"),),
    "", frozenset({3}), ((4,), (3,)),
)  # fmt: skip


@pytest.mark.parametrize("width", [60, 80])
def test_three_names_of_a_row_leave_room_for_its_verdict(width: int) -> None:
    console = Console(width=width, file=io.StringIO())
    console.print(terminal(TALL))
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert all(len(line) <= width for line in lines)
    words = console.file.getvalue().split()
    assert {"vs", "plain", "+0.11", "[−0.22,", "+0.33]", "tell"} <= {*words}
