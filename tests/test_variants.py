"""Variants: how numbers are declared, written into texts, drawn, asked, kept, judged and compared."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from evalkit.asking import runner
from evalkit.asking.progress import Progress
from evalkit.asking.stopping import Stop
from evalkit.comparing.contrasts import compare
from evalkit.comparing.frame import frame
from evalkit.errors import SpecError
from evalkit.interface.chats import preview
from evalkit.interface.project import Project
from evalkit.runfile.store import Store
from evalkit.runfile.transcripts import parse_line, to_json
from evalkit.specs import problems
from evalkit.specs.plan import Plan
from evalkit.types import Reply, Transcript, Trial, Turn
from tests import arrange
from tests.arrange import inside
from tests.server import ModelServer
from tests.test_comparison_chats import DESIGN

FILE = r"""
title = "A determinant"
statement = 'Let $A = \begin{pmatrix} <<a>> & <<n>> \\ <<n>> & <<b>> \end{pmatrix}$. What is $\det A$? Say exactly: Final answer: <<det>>'
[variants]
values = { a = [2, 3], b = [-1, 4], n = { from = 1, to = 3 } }
where = ["a b != 4"]
derive = { det = "a b - n^2", plus = "a b + n^2", half = "det/2", third = "det/3" }
[[hints]]
level = "method"
text = "Compute <<a>> times <<b>>."
[staff]
solution = "<<det>>"
[score.number]
value = "<<det>>"
[[gold]]
name = "right"
reply = "**Final answer:** <<det>>"
[[foils]]
name = "plus"
misses = ["number.correct"]
reply = "**Final answer:** <<plus>>"
"""


def loaded(text: str = FILE) -> problems.Problem:
    return problems.parse(text, "p/det", "det.toml")


def test_the_variants_of_a_file() -> None:
    problem = loaded()
    assert len(problem.variant_values) == 12
    assert problem.values == {"a": 2, "b": -1, "n": 1}
    last = problem.variant({"a": 3, "b": 4, "n": 3})
    assert r"3 & 3 \\ 3 & 4" in last.statement
    assert last.scorers["number"].model_dump()["value"] == 3.0
    assert last.scorer_version("number") != problem.scorer_version("number")
    assert last.variant(problem.values).statement == problem.statement


@pytest.mark.parametrize(
    ("mark", "written"),
    [
        ("<<n>>", "3"), ("<< n >>", "3"), ("<<+n>>", "+ 3"), ("<<m>>", "-2"), ("x^<<n>>", "x^3"), ("x^<<m>>", "x^{-2}"), ("a_<<x>>", "a_{0.5}"), ("x^{<<m>>}", "x^{-2}"),
        ("x <<+m>> y", "x - 2 y"), ("<<x>>", "0.5"),
        ("<<r>>", "5/3"), ("<<r:2>>", "1.67"), ("<<+r:1>>", "+ 1.7"), ("<<s>>", "1.41421356237"), ("<<s:3>>", "1.414"),
        ("<<A>>", "Q"), ("a << b", "a << b"), (r"{{n}} {% n %} \frac{{1}}{2}", r"{{n}} {% n %} \frac{{1}}{2}"),
        ("<<big>>", "1000000"), ("<<q>>", "0.25"),
    ],
    ids=lambda value: str(value),
)  # fmt: skip
def test_how_a_mark_is_written(mark: str, written: str) -> None:
    head = f"title = 'T'\nstatement = '''<<n>> <<A>>\n{mark}'''\n[staff]\nsolution = 's'\n"
    values = "values = { n = [3, 4], m = [-2], x = [0.5], A = ['Q'] }\n"
    derive = 'derive = { r = "(n + 2)/3", s = "sqrt(2)", big = "10^6", q = "x^2" }\n'
    problem = loaded(f"{head}[variants]\n{values}{derive}")
    assert problem.statement.splitlines()[1] == written


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("<<a>> &", "<<aa>> &", "<<aa>>: nothing of that name is drawn; did you mean 'a'?"),
        ("<<a>> &", "<<2*a>> &", "a mark holds a name; compute under [variants] derive"),
        ("a = [2, 3]", "a = []", "values.a"),
        ("a = [2, 3]", "a = [2, 2]", "stands there twice"),
        ("a = [2, 3]", 'a = [2, "x"]', "mixed"),
        ("a = [2, 3]", "a = [true]", "a number up to"),
        ("a = [2, 3]", "a = [2, 1e99]", "a number up to"),
        ("a = [2, 3]", "a = [nan]", "a number up to"),
        ("a = [2, 3]", "a = 2", "list"),
        ("a = [2, 3]", '"a b" = [2, 3]', "is no name"),
        ("a = [2, 3]", "det = [2, 3]", "under values and under derive"),
        ("a = [2, 3]", "gcd = [2, 3]", "name of a function"),
        ("from = 1, to = 3", "from = 3, to = 1", "a range goes up"),
        ("from = 1, to = 3", "from = 1, to = 3, by = 2", "unknown key 'by'"),
        ("from = 1, to = 3", "from = 1, to = 1000", "at most 200"),
        ("from = 1, to = 3", "from = 1, to = 6000", "at most 10000"),
        ("from = 1, to = 3", "from = 1, to = 9000000000", "more than"),
        ('"a b != 4"', '"a b = 7"', "no combination fulfils"),
        ('"a b != 4"', '"a b"', "variants.where[1]: a condition compares"),
        ('"a b != 4"', '"z > 1"', "unknown name 'z'"),
        ('"a b - n^2"', '"a b - z"', "variants.derive.det: unknown name 'z'"),
        ('"a b - n^2"', '"half + 1"', "unknown name 'half'"),
        ('"a b - n^2"', '"a/(n - 1)"', "a = 2, b = -1, n = 1: derive.det: a division by 0"),
        ("a = [2, 3]", "z = [1, 2], a = [2, 3]", "ask the same: every drawn value must show in the statement"),
        ("derive = {", "drive = {", "unknown key 'drive'"),
        ('solution = "<<det>>"', 'solution = "<<det>>"\nexpect = { "number.right" = "<<a>>" }', "unknown metric"),
    ],
    ids=lambda value: str(value)[:34],
)  # fmt: skip
def test_a_faulty_declaration_is_one_clear_error(old: str, new: str, told: str) -> None:
    assert old in FILE
    with pytest.raises(SpecError) as caught:
        loaded(FILE.replace(old, new))
    assert told in str(caught.value)
    assert "det.toml" in str(caught.value)


def test_a_file_without_variants_is_left_as_it_is() -> None:
    problem = loaded("title = 'T'\nstatement = 'Is <<a>> a mark? $a << b >> c$'\n[staff]\nsolution = 's'\n")
    assert problem.statement == "Is <<a>> a mark? $a << b >> c$"
    assert problem.variant_values == ()
    assert problem.drawn_for(1, 0) == {}


def test_samples_go_through_all_variants_before_one_comes_again() -> None:
    problem = loaded()
    drawn = [json.dumps(problem.drawn_for(5, sample)) for sample in range(36)]
    assert Counter(drawn).most_common()[0][1] == Counter(drawn).most_common()[-1][1] == 3
    assert drawn != [json.dumps(problem.drawn_for(6, sample)) for sample in range(36)]
    assert drawn == [json.dumps(loaded().drawn_for(5, sample)) for sample in range(36)]


@pytest.mark.parametrize("drawn", [True, False], ids=["drawn", "plain"])
@pytest.mark.parametrize(("line", "group"), [('cluster = "q"', "q"), ('cluster = ""', "p/det"), ("", "p/det")])
def test_the_cluster_of_a_stored_problem_is_that_of_the_whole_problem(drawn: bool, line: str, group: str) -> None:
    text = FILE if drawn else 'title = "A"\nstatement = "B"\n[variants]\n[staff]\nsolution = "1"\n'
    text = text.replace("[variants]", f"{line}\n[variants]" if drawn else line, 1)
    assert problems.stored_group(text, "p/det") == problems.stored(text, "p/det").group == group


def test_the_parts_of_a_question_share_their_numbers() -> None:
    def cluster(name: str, identifier: str) -> problems.Problem:
        return problems.parse(FILE.replace("[variants]", f'cluster = "{name}"\n[variants]', 1), identifier, "x.toml")

    one, two, other = cluster("q", "p/a"), cluster("q", "p/b"), cluster("z", "p/c")
    assert [one.drawn_for(1, s) for s in range(12)] == [two.drawn_for(1, s) for s in range(12)]
    assert [one.drawn_for(1, s) for s in range(12)] != [other.drawn_for(1, s) for s in range(12)]


def folder(target: Path, **files: str) -> Path:
    (target / "problems" / "p").mkdir(parents=True)
    for name, text in files.items():
        (target / "problems" / "p" / f"{name}.toml").write_text(text, encoding="utf-8")
    return target


def planned(target: Path, **more: Any) -> Plan:
    return arrange.plan(target, arrange.experiment("http://127.0.0.1:9/v1", **more))


def test_arms_and_models_share_the_variant_of_a_sample(tmp_path: Path) -> None:
    folder(tmp_path, det=FILE, q="title = 'T'\nstatement = 'Q'\n[staff]\nsolution = 's'\n")
    models = [{"id": f"openai:{name}", "base_url": "http://127.0.0.1:9/v1"} for name in ("m", "k")]
    plan = planned(tmp_path, templates=["plain", "hint_first"], samples=4, models=models, seed=3)
    drawn: dict[tuple[str, int], set[str]] = {}
    for job in (j for m in plan.experiment.models for block in plan.blocks(m) for j in block):
        drawn.setdefault((job.trial.problem, job.trial.sample), set()).add(json.dumps(job.variant))
        assert bool(job.variant) == (job.trial.problem == "p/det")
        if job.variant:
            assert f"& {job.variant['b']} " in job.script.variables["statement"]
    assert all(len(found) == 1 for found in drawn.values())
    assert len({v for (p, _), found in drawn.items() for v in found if p == "p/det"}) == 4
    alone = planned(tmp_path, problems=["p/det"], templates=["plain"], samples=2, seed=3)
    (model,) = alone.experiment.models
    for block in alone.blocks(model):  # what else is run does not matter
        assert {json.dumps(job.variant) for job in block} == drawn["p/det", block[0].trial.sample]


def test_an_earlier_question_is_asked_as_its_own_trials_ask_it(tmp_path: Path) -> None:
    folder(tmp_path, a=FILE, b=FILE.replace("What is", "For the second part, what is"))
    plan = planned(tmp_path, templates=["plain", "in_one_chat"], samples=3, seed=2)
    (model,) = plan.experiment.models
    asked = {(j.trial.problem, j.trial.template, j.trial.sample): j for block in plan.blocks(model) for j in block}
    for sample in range(3):
        (before,) = asked["p/b", "in_one_chat", sample].script.variables["earlier"]
        assert before["statement"] == asked["p/a", "plain", sample].script.variables["statement"]
    assert len({j.fingerprint for j in asked.values()}) == len(asked)


def test_greedy_samples_of_other_variants_are_no_copies(tmp_path: Path) -> None:
    folder(tmp_path, det=FILE)
    assert [planned(tmp_path, problems=["p/det"], samples=n).repeats for n in (1, 12, 13)] == [1, 1, 2]


async def run(target: Path, server: ModelServer | None = None, **more: Any) -> None:
    async with server or ModelServer() as serving:
        plan = arrange.plan(target, arrange.experiment(serving.url, **more))
        with Store(target / "run.sqlite", write=True) as store:
            await runner.run(plan, store, progress=Progress(probe=False), stop=Stop())


async def test_from_the_run_to_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked, kept, judged by the variant's own answer, exported and imported, compared, shown."""
    monkeypatch.chdir(folder(tmp_path, det=FILE))
    await run(tmp_path, templates=["plain", "hint_first"], samples=8)
    assert inside("score", "run.sqlite").returncode == 0
    with Store(tmp_path / "run.sqlite") as store:
        stored = list(store.transcripts())
        values = [s.score.value for s in store.scores() if s.scorer == "number"]
        scores = frame(store)
    assert values == [1.0] * 16
    assert len({json.dumps(s.transcript.variant) for s in stored}) == 8
    back = [parse_line(json.dumps(to_json(s.transcript)), "here") for s in stored]
    assert [b.variant for b in back] == [s.transcript.variant for s in stored]
    assert (scores["variant"] >= 0).all()
    told = inside("compare", "run.sqlite").stdout
    assert "Variants were drawn from the seed: p/det 8 of 12" in " ".join(told.split())
    one = inside("show", "p/det", "--run", "run.sqlite", "--prompt", "plain", "--sample", "2").stdout
    assert "a = " in one.splitlines()[0]
    assert inside("report", "run.sqlite", "-o", "page.html").returncode == 0
    assert "sample 2 · a = " in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert inside("export", "run.sqlite", "-o", "out.jsonl").returncode == 0
    assert '"variant": {"a": ' in (tmp_path / "out.jsonl").read_text(encoding="utf-8")
    assert inside("import", "out.jsonl", "--run", "again.sqlite").returncode == 0
    with Store(tmp_path / "again.sqlite") as store:
        assert store.variants() == {s.transcript.trial: s.transcript.variant for s in stored}


async def test_a_memorised_answer_is_right_in_one_variant_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder(tmp_path, det=FILE))
    await run(tmp_path, ModelServer(answer=lambda _: "**Final answer:** -3"), templates=["plain"], samples=12)
    inside("score", "run.sqlite")
    with Store(tmp_path / "run.sqlite") as store:
        found = [s.score.value for s in store.scores() if s.scorer == "number"]
    assert found.count(1.0) == 1
    assert len(found) == 12


async def test_a_mended_formula_judges_again_and_asks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder(tmp_path, det=FILE.replace('value = "<<det>>"', 'value = "<<wrong>>"').replace(
        "derive = {", 'derive = { wrong = "a b + n^2",')))  # fmt: skip
    await run(tmp_path, templates=["plain"], samples=4)
    inside("score", "run.sqlite")
    path = tmp_path / "problems" / "p" / "det.toml"
    path.write_text(path.read_text().replace("a b + n^2", "a b - n^2", 1), encoding="utf-8")
    assert "asks something else" not in inside("score", "run.sqlite").stderr
    with Store(tmp_path / "run.sqlite") as store:
        assert [s.score.value for s in store.scores() if s.scorer == "number"] == [1.0] * 4
    path.write_text(path.read_text().replace("What is", "Say what is", 1), encoding="utf-8")
    assert "asks something else" in inside("score", "run.sqlite").stderr


@pytest.mark.parametrize(
    ("variant", "told"),
    [({}, "not recorded"), ({"a": 7, "b": 4, "n": 1}, "has no variant a = 7")],
    ids=["none said", "another file's"],
)
def test_a_chat_of_no_known_variant_is_not_judged(tmp_path: Path, variant: dict[str, int], told: str) -> None:
    folder(tmp_path, det=FILE)
    said = (Turn("user", "?"), Turn("assistant", "Final answer: 3", Reply("Final answer: 3")))
    with Store(tmp_path / "run.sqlite", write=True) as store:
        for sample, drawn in enumerate((variant, {"a": 3, "b": 4, "n": 3})):
            store.keep_transcript(Transcript(Trial("p/det", "plain", "m", sample), said, variant=drawn)).result()
    inside("score", str(tmp_path / "run.sqlite"), "--problems", str(tmp_path / "problems"))
    with Store(tmp_path / "run.sqlite") as store:
        first, second = (s.score for s in store.scores() if s.scorer == "number")
    assert first.value is None
    assert told in first.reason
    assert second.value == 1.0


def test_replies_to_other_numbers_are_not_paired(tmp_path: Path) -> None:
    folder(tmp_path, det=FILE)
    with Store(tmp_path / "run.sqlite", write=True) as store:
        for sample in range(6):
            for arm in ("plain", "hint"):
                drawn = {"a": 3, "b": 4, "n": 3} if arm == "plain" or sample > 1 else {"a": 2, "b": 4, "n": 3}
                text = f"{arm} {sample} **Final answer:** {3 + sample % 2}"
                said = (Turn("user", f"{arm} {drawn}"), Turn("assistant", text, Reply(text)))
                store.keep_transcript(Transcript(Trial("p/det", arm, "m", sample), said, variant=drawn)).result()
    inside("score", str(tmp_path / "run.sqlite"), "--problems", str(tmp_path / "problems"))
    with Store(tmp_path / "run.sqlite") as store:
        (found,) = [c for c in compare(frame(store), DESIGN) if c.metric == "number.correct"]
    assert found.alone == {"hint": 2, "plain": 2}


def test_check_judges_every_variant_and_says_with_which_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, here: None
) -> None:
    monkeypatch.chdir(folder(tmp_path, det=FILE))
    found = inside("check", "p/*")
    assert found.returncode == 0
    assert "24 golds and foils: no faults" in found.stdout
    path = tmp_path / "problems" / "p" / "det.toml"
    path.write_text(FILE.replace('value = "<<det>>"', "value = -3"), encoding="utf-8")
    told = " ".join(inside("check", "p/*").stdout.split())
    assert "gold 'right'" in told
    assert "(with a = 2, b = -1, n = 2" in told


MATHEMATICS = r"""
title = "A quadratic form"
statement = 'Let $f(x) = \frac{<<c>>}{2} x^\top A x - b^\top x$ with $A \in \mathbb{R}^{<<n>> \times <<n>>}$ symmetric. Find its gradient.'
definitions = ['f(x) = \frac{<<c>>}{2} x^\top A x - b^\top x']
[variants]
values = { n = [2, 3], c = [3, 5] }
[staff]
solution = '$\nabla_x f = <<c>> A x - b$'
[symbols]
A = "<<n>> x <<n>>, symmetric, data"
b = "<<n>>, data"
x = "<<n>>"
[[milestones]]
id = "gradient"
equation = '\nabla_x f = <<c>> A x - b'
[score.equations]
[score.milestones]
"""


def test_declared_worlds_have_the_sizes_and_numbers_of_the_variant() -> None:
    problem = loaded(MATHEMATICS)
    for values in problem.variant_values:
        one = problem.variant(values)
        assert one.mathematics_faults() == []
        right, wrong = (one.analyse(rf"$$\nabla_x f = {c} A x - b$$") for c in (values["c"], 7))
        assert len(right.milestones) == 1
        assert len(wrong.milestones) == 0
    told = loaded(MATHEMATICS.replace("equation = '\\nabla_x f = <<c>>", "equation = '\\nabla_x f = 3"))
    assert told.mathematics_faults() == []
    assert told.variant({"n": 2, "c": 5}).mathematics_faults() != []


def test_a_preview_names_its_variant(tmp_path: Path) -> None:
    folder(tmp_path, det=FILE)
    found = preview("p/det", "plain", project=Project(tmp_path / "problems", arrange.ROOT / "prompts"))
    assert "variant 1 of 12 (a = 2, b = -1, n = 1); a run draws one for each sample" in str(found)
