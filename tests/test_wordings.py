"""Several wordings of a text: how they are written, drawn, stored, exported."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment

from evalkit.asking.conversation import drive
from evalkit.errors import SpecError
from evalkit.runfile.store import Store
from evalkit.runfile.transcripts import parse_line, to_json
from evalkit.specs import problems
from evalkit.specs.experiment import Experiment
from evalkit.specs.library import Library as Problems
from evalkit.specs.plan import Job, Plan, resolve
from evalkit.specs.templates import Library
from evalkit.specs.wordings import drawn, names_in
from evalkit.types import Reply, Request, Transcript, Trial, Turn
from tests.arrange import ROOT

HEAD = 'title = "T"\nstatement = "Find {i}."\n'
TAIL = '[staff]\nsolution = "{i}"\n[score.number]\nvalue = {i}\n'
BAN = '[ban]\nwordings = ["Ban one.", "Ban two.", "Ban three."]\n'
HINTS = '[[hints]]\nlevel = "method"\nwordings = ["Hint one.", "Hint two."]\n'


def project(folder: Path, count: int, more: str = BAN + HINTS) -> None:
    (folder / "problems" / "p").mkdir(parents=True)
    for i in range(1, count + 1):
        (folder / "problems" / "p" / f"{i:02d}.toml").write_text((HEAD + more + TAIL).format(i=i), encoding="utf-8")
    prompts = folder / "prompts"
    prompts.mkdir()
    for name in ("plain", "ban_approach", "ban_and_hint", "hint_after", "step_by_step"):
        (prompts / f"{name}.j2").write_text((ROOT / "prompts" / f"{name}.j2").read_text(), encoding="utf-8")
    (prompts / "gently.j2").write_text(
        '{% extends "plain.j2" %}\n{% set wordings = ["Be slow.", "Take your time.", "Do not hurry."] %}\n'
        "{% block after %}\n\n{{ wording }}\n{% endblock %}\n",
        encoding="utf-8",
    )
    (prompts / "gently_twice.j2").write_text(
        '{% extends "gently.j2" %}\n{% block followup %}\n{% call user() %}\nOnce more.\n{% endcall %}\n{% endblock %}\n',
        encoding="utf-8",
    )


def planned(folder: Path, *templates: str, samples: int = 1, **more: Any) -> Plan:
    fields: dict[str, Any] = {
        "problems": ["p/*"],
        "templates": ["plain", *templates],
        "samples": samples,
        "models": [{"id": "openai:m"}],
    }
    described = Experiment.model_validate(fields | more)
    return resolve(described, Problems(folder / "problems"), Library(folder / "prompts"))


def jobs(plan: Plan) -> list[Job]:
    return [job for model in plan.experiment.models for block in plan.blocks(model) for job in block]


async def asked(job: Job) -> Transcript:
    async def answer(request: Request) -> Reply:
        return Reply(f"to {request.key}")

    return await drive(job, answer)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
@pytest.mark.parametrize("samples", [1, 2, 4, 10])
def test_draws_are_balanced_over_samples_and_over_problems(count: int, samples: int) -> None:
    square = [[drawn(7, "ban", count, place, sample) for sample in range(samples)] for place in range(11)]
    for line in [*square, *zip(*square, strict=True)]:
        times = Counter(line)
        assert max(times.values()) - min(times[w] for w in range(count)) <= (1 if len(line) == samples else 2)
    assert drawn(7, "ban", count, 3, 2) == square[3][2] if samples > 2 else True


def test_draws_differ_by_seed_and_by_text() -> None:
    def row(seed: int, what: str) -> list[int]:
        return [drawn(seed, what, 5, place, 0) for place in range(20)]

    assert row(1, "ban") != row(2, "ban")
    assert row(1, "ban") != row(1, "request")


def test_arms_of_a_block_share_what_both_say(tmp_path: Path) -> None:
    project(tmp_path, 6)
    plan = planned(tmp_path, "ban_approach", "ban_and_hint", "hint_after", "gently", "gently_twice", samples=6)
    by_arm: dict[str, dict[Trial, dict[str, int]]] = {}
    for job in jobs(plan):
        key = Trial(job.trial.problem, "", job.trial.model, job.trial.sample)
        by_arm.setdefault(job.trial.template, {})[key] = dict(job.wordings)
    assert not any(by_arm["plain"].values())
    assert {k: v["ban"] for k, v in by_arm["ban_approach"].items()} == {
        k: v["ban"] for k, v in by_arm["ban_and_hint"].items()
    }
    assert by_arm["gently"] == by_arm["gently_twice"], "arms built on one list of wordings share their first answer"
    assert {*by_arm["hint_after"][Trial("p/01", "", "m", 0)]} == {"hints.method"}
    for arm, name, several in (("ban_approach", "ban", 3), ("hint_after", "hints.method", 2), ("gently", "wording", 3)):
        assert {*Counter(v[name] for v in by_arm[arm].values()).values()} == {36 // several}, arm


def test_more_samples_and_problems_at_the_end_leave_the_requests_as_they_were(tmp_path: Path) -> None:
    project(tmp_path, 6)
    some = {j.trial: j.fingerprint for j in jobs(planned(tmp_path, "gently", "ban_approach", samples=2))}
    (tmp_path / "problems" / "p" / "07.toml").write_text((HEAD + BAN + HINTS + TAIL).format(i=7), encoding="utf-8")
    more = {j.trial: j.fingerprint for j in jobs(planned(tmp_path, "gently", "ban_approach", samples=3))}
    assert some.items() <= more.items()
    other = {j.trial: j.fingerprint for j in jobs(planned(tmp_path, "gently", "ban_approach", samples=2, seed=1))}
    assert some != other


async def test_what_was_drawn_is_sent_and_stored_and_exported(tmp_path: Path) -> None:
    project(tmp_path, 2)
    told = {"ban": ["Ban one.", "Ban two.", "Ban three."]}
    with Store(tmp_path / "r.sqlite", write=True) as store:
        for job in jobs(planned(tmp_path, "ban_approach", samples=2)):
            transcript = await asked(job)
            store.keep_transcript(transcript, fingerprint=job.fingerprint).result()
        kept = {s.transcript.trial: s.transcript for s in store.transcripts()}
        assert store.wordings() == {t: x.wordings for t, x in kept.items() if t.template == "ban_approach"}
        for trial, transcript in kept.items():
            for name, at in transcript.wordings.items():
                assert told[name][at] in transcript.turns[0].content
            assert bool(transcript.wordings) is (trial.template == "ban_approach")
            assert parse_line(json.dumps(to_json(transcript)), "line 1") == transcript
        forgotten = Trial("p/01", "ban_approach", "m", 0)
        store.keep_transcript(Transcript(forgotten, (Turn("user", "x"), Turn("assistant", "y")))).result()
        assert forgotten not in store.wordings()


def test_the_experiment_may_give_a_templates_wordings(tmp_path: Path) -> None:
    project(tmp_path, 2)
    given = {"gently": ["One step.", "Another step."]}
    said = {
        j.script.variables["wording"]
        for j in jobs(planned(tmp_path, "gently", samples=2, wordings=given))
        if j.wordings
    }
    assert said == {*given["gently"]}


WRONG = [
    ("one-wording", '[ban]\nwordings = ["Only one."]\n', "ban.wordings"),
    ("twice-the-same", '[ban]\nwordings = ["Same.", "Same."]\n', "wording 2 is the same"),
    ("no-text", '[ban]\nwordings = ["", "Two."]\n', "the text is empty"),
    ("neither", '[[hints]]\nlevel = "method"\n', "either `text` or `wordings`"),
    ("both", '[[hints]]\nlevel = "method"\ntext = "A."\nwordings = ["A.", "B."]\n', "either `text` or `wordings`"),
    ("a-typo", '[ban]\nwording = ["A.", "B."]\n', "wordings"),
    ("a-list", 'ban = ["A.", "B."]\n', "ban: "),
]


@pytest.mark.parametrize(("more", "told"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_a_fault_of_wordings_names_its_place(more: str, told: str) -> None:
    with pytest.raises(SpecError) as caught:
        problems.parse((HEAD + more + TAIL).format(i=1), "p/a", "a.toml")
    assert told in str(caught.value)
    assert "<" not in str(caught.value)


FAULTS = [
    ("template-without", {"templates": ["plain", "bare"]}, "uses `wording` and has no wordings"),
    ("not-used", {"templates": ["plain", "ban_approach"], "wordings": {"ban_approach": ["A", "B"]}}, "does not use"),
    ("not-in-the-experiment", {"templates": ["plain"], "wordings": {"gently": ["A", "B"]}}, "none of the templates"),
    ("no-list", {"templates": ["plain", "odd"]}, "must be a list of 2 to"),
]


@pytest.mark.parametrize(("fields", "told"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
def test_faults_of_templates(fields: dict[str, Any], told: str, tmp_path: Path) -> None:
    project(tmp_path, 1)
    body = "{% call user() %}{{ statement }} {{ wording }}{% endcall %}"
    (tmp_path / "prompts" / "bare.j2").write_text(body)
    (tmp_path / "prompts" / "odd.j2").write_text("{% set wordings = [1, 2] %}" + body)
    with pytest.raises((SpecError, ValueError), match=told):
        planned(tmp_path, **fields)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{{ ban }}", {"ban", "ban.*"}),
        ("{{ hints.method }} {{ hints.method }}", {"hints", "hints.method"}),
        ("{{ hints['method'] }}", {"hints", "hints.method"}),
        ("{{ hints[level] }}", {"hints", "hints.*", "level", "level.*"}),
        ("{% for one in hints %}{{ one }}{% endfor %}", {"hints", "hints.*"}),
        ("{% for name in ['a'] %}{{ hints[name] }}{% endfor %}", {"hints", "hints.*"}),
        ("{{ hints.method }} {{ hints | length }}", {"hints", "hints.method", "hints.*"}),
        ("{% set own = 'x' %}{{ own }} {{ hints[0] }}", {"hints", "hints.0"}),
    ],
)
def test_what_a_template_names(text: str, names: set[str]) -> None:
    assert set(names_in(Environment().parse(text))) == names  # noqa: S701
