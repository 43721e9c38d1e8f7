"""A model judge: blind, asked through the run file like any model, never taken for a rule, and deaf to the reply."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit import plugins
from evalkit.cli import app
from evalkit.runfile.store import Store
from tests.arrange import inside
from tests.judged import DECIDED, EXPERIMENT, PARAPHRASE, PROBLEM, Marker, asked_with, pupil, values


@pytest.fixture
def parity(project: Path) -> Path:
    (project / "problems" / "set" / "parity.toml").write_text(PROBLEM, encoding="utf-8")
    return project


def test_a_run_asks_the_judge_once(parity: Path, made: None) -> None:
    marker = Marker()
    done = asked_with(PARAPHRASE, marker)
    assert done.done == 2
    assert done.asked == 2 + len(marker.seen)
    assert len(marker.seen) == 4, "both arms gave the same reply: one request for each kind"
    found = values()
    assert found["text.correct"] == 1.0
    assert found["judge.right"] == 1.0
    assert found["judge.level"] == 3.0
    assert found["judge.sound"] == 0.0
    assert found["rubric.judged"] == 0.0
    assert evalkit.run(EXPERIMENT, "x.sqlite").asked == 0
    assert len(marker.seen) == 4


def test_what_the_rules_decide_is_not_asked(parity: Path, made: None) -> None:
    marker = Marker(right=False)
    text = PROBLEM.partition("[score.judge]")[0]
    (parity / "problems" / "set" / "parity.toml").write_text(text, encoding="utf-8")
    asked_with(DECIDED, marker)
    assert not marker.seen
    assert values() == {"text.correct": 1.0}
    asked_with(PARAPHRASE, marker, models=[{"id": "pupil:other"}])
    assert len(marker.seen) == 1


def test_without_a_judge_nothing_is_guessed(parity: Path, made: None) -> None:
    evalkit.provider("pupil")(pupil(PARAPHRASE))
    plain = {name: value for name, value in EXPERIMENT.items() if name != "judge"}
    with pytest.warns(UserWarning, match="has no .judge."):
        evalkit.run(plain, "x.sqlite")
    assert set(values().values()) == {None}
    scores = evalkit.load_run("x.sqlite").scores(metrics=["judge.right"])
    assert set(scores["reason"]) == {"the judge was not asked"}
    with pytest.raises(evalkit.SpecError, match="names no judge"):
        evalkit.ask_judge("x.sqlite")
    marker = Marker()
    asked_with(PARAPHRASE, marker)
    assert values()["judge.right"] == 1.0, "what was scored as None before is judged again"


def test_what_is_missing_is_asked_later(parity: Path, made: None) -> None:
    def down(request: evalkit.Request) -> str:
        raise evalkit.ProviderError("it is asleep", "data")

    evalkit.provider("pupil")(pupil(PARAPHRASE))
    evalkit.provider("marker")(down)
    done = evalkit.run(EXPERIMENT, "x.sqlite")
    assert done.failed == 0, "the trials are fine"
    assert "judge y: 8 requests failed: it is asleep" in done.notes
    assert values()["judge.right"] is None
    marker = Marker()
    evalkit.provider("marker")(marker)
    evalkit.ask_judge("x.sqlite")
    assert values()["judge.right"] == 1.0
    evalkit.ask_judge("x.sqlite")
    assert len(marker.seen) == 4, "nothing is asked twice"


def test_the_table_replays_without_the_judge(parity: Path, made: None) -> None:
    marker = Marker()
    asked_with(PARAPHRASE, marker, judge={"id": "marker:y", "votes": 3})
    before = evalkit.load_run("x.sqlite").compare().write("json")
    plugins._made.clear()
    (parity / "prompts" / "judge").mkdir()
    (parity / "prompts" / "judge" / "answer.j2").write_text("changed since", encoding="utf-8")
    with Store(Path("x.sqlite"), write=True) as store:
        store._put(("DELETE FROM scores", ())).result()
    evalkit.score("x.sqlite")
    assert evalkit.load_run("x.sqlite").compare().write("json") == before


def test_more_votes_are_asked_for_and_settle(parity: Path, made: None) -> None:
    marker = Marker()
    asked_with(PARAPHRASE, marker)
    asked_with(PARAPHRASE, marker, judge={"id": "marker:y", "votes": 3})
    assert len(marker.seen) == 12
    with Store(Path("x.sqlite")) as store:
        found = {s.score.metric: s.score for s in store.scores() if s.scorer == "judge"}
    assert found["right"].details == {"by": "judge", "votes": [1.0, 1.0, 1.0]}
    assert [s.note for s in found["sound"].spans] == [""]


def test_what_cannot_be_read_is_none(parity: Path, made: None) -> None:
    evalkit.provider("pupil")(pupil(PARAPHRASE))
    evalkit.provider("marker")(lambda request: "Full marks!")
    evalkit.run(EXPERIMENT, "x.sqlite")
    assert set(values().values()) == {None}
    assert "not the JSON" in evalkit.load_run("x.sqlite").scores(metrics=["judge.right"])["reason"].iloc[0]


def test_the_budget_holds_for_the_judge_too(parity: Path, made: None) -> None:
    marker = Marker()
    done = asked_with(PARAPHRASE, marker, budget={"max_requests": 4})
    assert len(marker.seen) == 2
    assert done.stopped is not None
    assert "4 requests" in done.stopped


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"judge": {"id": "pupil:x", "name": "j"}}, "judges its own replies"),
        ({"problems": ["set/half"]}, "no problem asks one"),
        ({"judge": None}, "the experiment has no .judge.: replies that the rules cannot tell stay unjudged"),
    ],
    ids=str,
)
def test_doubts_about_the_judge(parity: Path, made: None, more: dict[str, Any], says: str) -> None:
    with pytest.warns(UserWarning, match=says):
        asked_with('{"right": true}', Marker(), **more)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"id": "marker:y", "votes": 0}, "judge.votes"),
        ({"id": "nobody:y"}, "judge.id: unknown provider 'nobody'"),
        ({"id": "pupil:x", "name": "x"}, "two models are called 'x'"),
        ({"id": "marker:y", "parameters": {"api_key": "sk-abcdefghijklmnopqrstuvwx"}}, "judge.parameters"),
    ],
    ids=str,
)
def test_a_bad_judge_is_refused(parity: Path, made: None, table: dict[str, Any], says: str) -> None:
    with pytest.raises(evalkit.SpecError, match=re.escape(says)):
        asked_with(PARAPHRASE, Marker(), judge=table)
    assert not Path("x.sqlite").exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{% call user() %}{{ replied }}{% endcall %}", "replied does not exist"),
        ("{% call user() %}{{ reply }", "judge/answer.j2, line 1"),
        ("{{ reply }}", "text outside a turn"),
        ("{% call user() %}a{% endcall %}{% call user() %}b{% endcall %}", "one user turn"),
    ],
    ids=str,
)
def test_a_bad_judge_prompt_is_refused_before_anything_is_sent(parity: Path, made: None, text: str, says: str) -> None:
    (parity / "prompts" / "judge").mkdir()
    (parity / "prompts" / "judge" / "answer.j2").write_text(text, encoding="utf-8")
    with pytest.raises(evalkit.SpecError, match=re.escape(says)):
        asked_with(PARAPHRASE, Marker())


@pytest.mark.parametrize("reply", ["**Final answer:** divisible by two", "**Answer:** 2k", "Divisible by two"])
def test_a_short_answer_that_is_not_listed_is_put_to_the_judge(reply: str, parity: Path, made: None) -> None:
    asked_with(reply, Marker())
    assert values()["text.correct"] == 1.0


def test_right_answers_of_a_judge_are_counted(parity: Path, made: None) -> None:
    asked_with(PARAPHRASE, Marker())
    told = evalkit.load_run("x.sqlite").compare(metrics=["judge.right"]).markdown()
    assert re.search(r"\| plain \| 1\.00 \| +1 \| +0 \|", re.sub(r" +", " ", told)), told


def test_a_budget_that_left_the_judge_unasked_is_told(parity: Path, made: None) -> None:
    asked_with(PARAPHRASE, Marker(), budget={"max_requests": 4})
    with pytest.warns(UserWarning, match="was not asked everything.*4 requests"):
        evalkit.ask_judge("x.sqlite")


def test_a_person_is_asked_what_the_problem_asks_a_judge(parity: Path, made: None) -> None:
    asked_with(PARAPHRASE, Marker())
    item = evalkit.load_run("x.sqlite").label_queue().next("ada")
    assert item is not None
    asked = {question.metric: question for question in item.questions}
    assert {"judge.level", "judge.right", "judge.sound", "rubric.judged", "text.correct"} <= set(asked)
    assert [value for _, value, _ in asked["rubric.judged"].choices] == [0.0, 0.5, 1.0, None]
    assert "Is it polite?" in asked["rubric.judged"].about
    assert not any("model judge" in question.about for question in asked.values())


def test_a_person_is_not_asked_what_the_problem_asks_nobody(parity: Path, made: None) -> None:
    file = parity / "problems" / "set" / "parity.toml"
    text = file.read_text(encoding="utf-8").replace('["level", "right", "sound"]', '["right"]')
    file.write_text(text, encoding="utf-8")
    asked_with(PARAPHRASE, Marker())
    item = evalkit.load_run("x.sqlite").label_queue().next("ada")
    assert item is not None
    assert {q.metric for q in item.questions if q.metric.startswith("judge.")} == {"judge.right"}


def test_tables_say_how_much_a_judge_said(parity: Path, made: None) -> None:
    asked_with(PARAPHRASE, Marker())
    found = evalkit.load_run("x.sqlite").compare()
    assert any("text.correct: plain 1 of 1, step_by_step 1 of 1" in line for line in found.lines())
    row = next(row for row in found.rows if row.metric == "text.correct")
    assert "uncalibrated" in {caveat.value for caveat in row.caveats} or any("calibrat" in str(c) for c in row.caveats)


def test_a_strangers_prompt_cannot_take_for_ever(parity: Path, made: None) -> None:
    asked_with(PARAPHRASE, Marker())
    slow = (
        "{% call user() %}{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}{% endcall %}"
    )
    with Store(Path("x.sqlite"), write=True) as store:
        store.keep_spec("judge", "answer", slow).result()
    with pytest.raises(evalkit.SpecError, match="answer"):
        evalkit.score("x.sqlite")


def test_exported_judgements_are_replayed_to_the_same_tables(parity: Path, made: None) -> None:
    def paraphrase(request: evalkit.Request) -> str:
        return f"{PARAPHRASE} {len(request.messages[-1].content)}"

    evalkit.provider("pupil")(paraphrase)
    evalkit.provider("marker")(Marker())
    evalkit.run({**EXPERIMENT, "judge": {"id": "marker:y", "name": "marker", "votes": 3}}, "x.sqlite")
    tables = inside("compare", "x.sqlite", "--all").stdout
    count = evalkit.load_run("x.sqlite").export("said.jsonl", "judgements")
    assert count == 2 * 4 * 3, "arms, kinds of prompt, votes"

    def gone(request: evalkit.Request) -> str:
        raise AssertionError("nobody is asked")

    evalkit.provider("marker")(gone)
    evalkit.load_run("x.sqlite").export("chats.jsonl")
    again = {**EXPERIMENT, "models": [{"id": "replay:chats.jsonl", "name": "x"}]}
    evalkit.run({**again, "judge": {"id": "replay:said.jsonl", "name": "marker", "votes": 3}}, "y.sqlite")
    assert "Values that a model judge said (marker" in " ".join(tables.split())
    assert inside("compare", "y.sqlite", "--all").stdout == tables
    told = inside("export", "x.sqlite", "--what", "judgements", "-o", "again.jsonl")
    assert told.returncode == 0, told.stderr
    assert Path("again.jsonl").read_bytes() == Path("said.jsonl").read_bytes()


def test_a_dry_run_names_the_judge(parity: Path, made: None) -> None:
    Path("x.toml").write_text(
        'problems = ["set/parity"]\ntemplates = ["plain"]\n[[models]]\nid = "pupil:x"\n[judge]\nid = "pupil:x"\nname = "j"\nvotes = 3\n',
        encoding="utf-8",
    )
    evalkit.provider("pupil")(pupil(PARAPHRASE))
    told = inside("run", "x.toml", "--dry-run")
    assert told.returncode == 0, told.stderr
    assert "judges its own replies" in told.stderr
    assert "at most 12 for each reply" in told.stderr


def test_the_command_asks_before_a_key_leaves(parity: Path, made: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run file names the host; it may be a stranger's."""
    monkeypatch.setenv("FAR_KEY", "secret")
    marker = Marker()
    asked_with(PARAPHRASE, marker)
    with Store(Path("x.sqlite"), write=True) as store:
        noted = json.loads(store.meta("judge") or "")
        noted["spec"] |= {"id": "openai:y", "base_url": "https://far.example/v1", "api_key_env": "FAR_KEY"}
        store.set_meta("judge", json.dumps(noted))
    with pytest.raises(evalkit.SpecError, match=r"far\.example"):
        evalkit.ask_judge("x.sqlite")
    with pytest.raises(evalkit.SpecError, match=r"--trust-host far\.example"):
        app(["score", "x.sqlite", "--judge"], standalone_mode=False)
