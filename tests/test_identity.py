"""What identifies a request: not its address. Moved servers, two servers of one model, other settings, old run files."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from evalkit.asking.identity import misspelt
from evalkit.asking.progress import Progress
from evalkit.asking.runner import run
from evalkit.asking.stopping import Stop
from evalkit.errors import SpecError
from evalkit.interface.forecasting import of_plan
from evalkit.runfile.schema import FORMAT
from evalkit.runfile.store import Store
from evalkit.types import ModelSpec
from tests.arrange import ASKING, ROOT, experiment, inside, plan, write_problems
from tests.server import Body, ModelServer, answer, serving

OLD = Path(__file__).parent / "data" / "run_format_1.sql"
"""Two problems and two arms, asked at one port and then again at another: the address was part of the key then."""
OLD_MODEL = {"parameters": {"seed": 1, "max_tokens": 50}}


async def ask(folder: Path, url: str, **more: Any) -> tuple[Progress, list[str]]:
    told: list[str] = []
    progress = Progress(tell=told.append)
    with Store(folder / "run.sqlite", write=True) as store:
        await run(plan(folder, experiment(url, **more)), store, progress=progress, stop=Stop())
    return progress, told


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (lambda url: url.replace("127.0.0.1", "localhost"), 0),
        (lambda url: f"{url}/", 0),
        (lambda url: "http://127.0.0.1:9/v1", 0),
        (lambda url: "http://10.0.0.9/v1", 1),
        (lambda url: "https://models.example/v1", 1),
    ],
    ids=["localhost", "slash", "port", "host in the network", "host elsewhere"],
)
async def test_an_address_that_changed_asks_nothing_again(tmp_path: Path, changed: Any, told: int) -> None:
    write_problems(tmp_path, 3)
    async with ModelServer() as server:
        await ask(tmp_path, server.url)
        progress, lines = await ask(tmp_path, changed(server.url))
        assert (progress.kept, progress.asked, progress.done) == (6, 0, 6)
        assert server.stats["requests"] == 6
    assert len(lines) == told
    assert all("6 replies of this run file came from localhost and are used again" in line for line in lines)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ({"temperature": 1}, {"temperature": 1.0}),
        ({"temperature": 0.0, "top_p": 1.0}, {"top_p": 1, "temperature": 0}),
        ({"extra_body": {"penalty": 2}}, {"extra_body": {"penalty": 2.0}}),
    ],
    ids=["whole", "order", "nested"],
)
async def test_a_number_written_otherwise_asks_nothing_again(tmp_path: Path, before: Any, now: Any) -> None:
    write_problems(tmp_path, 3)
    async with ModelServer() as server:
        await ask(tmp_path, server.url, model={"parameters": {"seed": 1, **before}})
        described = experiment(server.url, model={"parameters": {"seed": 1, **now}})
        assert of_plan(plan(tmp_path, described), tmp_path / "run.sqlite").models["m"].found.requests == 0
        for _ in range(2):
            progress, _ = await ask(tmp_path, server.url, model={"parameters": {"seed": 1, **now}})
            assert (progress.kept, progress.asked, progress.done) == (6, 0, 6)
        assert server.stats["requests"] == 6


async def test_a_name_keeps_two_servers_of_one_model_apart(tmp_path: Path) -> None:
    write_problems(tmp_path, 3)
    async with ModelServer() as one, ModelServer(answer=lambda _: "another") as two:
        models = [
            {"id": "openai:m", "base_url": s.url, "name": n, "parameters": {"seed": 1}}
            for n, s in (("one", one), ("two", two))
        ]
        progress, _ = await ask(tmp_path, "", models=models)
        assert (one.stats["requests"], two.stats["requests"], progress.asked) == (6, 6, 12)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ({"parameters": {"seed": 2}}, "seed = 2 (was 1)"),
        ({"parameters": {"seed": 1, "temperature": 0.5}}, "temperature = 0.5 (was not set)"),
        ({"parameters": {}}, "seed = not set (was 1)"),
        ({"id": "openai:n", "name": "m"}, "openai:n (was openai:m)"),
    ],
    ids=["changed", "added", "removed", "another model"],
)
async def test_other_settings_under_the_same_name_are_refused(
    tmp_path: Path, model: dict[str, Any], words: str
) -> None:
    write_problems(tmp_path, 2)
    async with ModelServer() as server:
        await ask(tmp_path, server.url)
        with pytest.raises(SpecError) as caught:
            await ask(tmp_path, server.url, model=model)
        assert words in str(caught.value)
        assert "another `name`" in str(caught.value)
        assert server.stats["requests"] == 4
        progress, _ = await ask(tmp_path, server.url, model={**model, "name": "other"})
        assert progress.asked == 4


async def test_settings_may_change_until_something_is_answered(tmp_path: Path) -> None:
    write_problems(tmp_path, 1)
    async with ModelServer(faults=["400"] * 2) as server:
        await ask(tmp_path, server.url, model={"parameters": {"seed": 1, "top_p": 7}})
        progress, _ = await ask(tmp_path, server.url)
        assert progress.asked == 2


# ---------------------------------------------------------------- older run files


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "run.sqlite"
    db = sqlite3.connect(path)
    db.executescript(OLD.read_text(encoding="utf-8"))
    db.close()
    write_problems(tmp_path, 2)
    return path


def test_both_replies_of_two_addresses_stay_under_two_names(old: Path) -> None:
    with Store(old, write=True) as store:
        found = {(r["name"], r["messages"][0][1]): reply.text for r, reply in store.replies()}
        assert len(list(store.transcripts())) == 4
        assert len(list(store.scores())) == 4
    assert len(found) == 8
    assert {name for name, _ in found} == {"m", "m@127.0.0.1:37053"}
    assert all(("the other machine" in text) == (name == "m") for (name, _), text in found.items())


def test_a_migrated_file_is_one_of_today(old: Path, tmp_path: Path) -> None:
    Store(old, write=True).close()
    Store(tmp_path / "new.sqlite", write=True).close()

    def shape(path: Path) -> tuple[Any, ...]:
        db = sqlite3.connect(path)
        tables = sorted(
            " ".join(sql.split()) for (sql,) in db.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
        )
        version = db.execute("PRAGMA user_version").fetchone()[0]
        db.close()
        return version, tables

    assert shape(old) == shape(tmp_path / "new.sqlite")
    assert shape(old)[0] == FORMAT


def test_reading_an_older_file_does_not_change_it(old: Path) -> None:
    before = old.read_bytes()
    with Store(old) as store:
        assert len(list(store.replies())) == 8
        assert store.answered("m") == 4
    assert old.read_bytes() == before


async def test_a_run_goes_on_in_an_older_file_and_pays_nothing_twice(old: Path, tmp_path: Path) -> None:
    async with ModelServer() as server:
        progress, told = await ask(tmp_path, server.url, model=OLD_MODEL)
        assert (progress.done, progress.asked, server.stats["requests"], told) == (4, 0, 0, [])
        progress, _ = await ask(tmp_path, server.url, model=OLD_MODEL, samples=2)
        assert progress.asked == 4
    with Store(old) as store:
        assert len(list(store.scores())) == 4, "the same text keeps its scores"


@pytest.mark.parametrize(
    "command", [("compare",), ("report", "-o", "r.html"), ("export", "-o", "e.jsonl"), ("score",)], ids=lambda c: c[0]
)
def test_every_command_reads_an_older_file(
    old: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(old.parent)
    done = inside(command[0], str(old), *command[1:])
    assert done.returncode == 0, done.stderr


def test_the_dry_run_counts_what_an_older_file_holds(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(old.parent)
    sets = ["--set", "seed=1", "--set", "max_tokens=50", "--prompts", str(ROOT / "prompts")]
    done = inside("run", "-p", "p/*", "-t", "plain", "-m", "openai:m", "--run", str(old), *sets, "--dry-run", "--json")
    assert '"requests": 0' in done.stdout


def test_the_command_takes_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_problems(tmp_path, 1)

    def other(body: Body) -> str:
        return f"{answer(body)} from the other"

    arguments = [*ASKING, "--run", "r.sqlite"]
    with serving(ModelServer()) as one, serving(ModelServer(answer=other)) as two:
        assert inside(*arguments, "--base-url", one.url).returncode == 0
        refused = inside(*arguments, "--base-url", two.url, "--set", "seed=3")
        assert refused.returncode == 2
        assert "--name" in refused.stderr
        assert inside(*arguments, "--base-url", two.url, "--set", "seed=3", "--name", "other").returncode == 0
    with Store(tmp_path / "r.sqlite") as store:
        assert {s.transcript.trial.model for s in store.transcripts()} == {"m", "other"}


@pytest.mark.parametrize(
    ("name", "meant"),
    [("temprature", "temperature"), ("max_token", "max_tokens"), ("maxtokens", "max_tokens"), ("stops", "stop")]
    + [(name, None) for name in ("temperature", "min_tokens", "top_k", "thinking", "truncation", "n_probs", "enable_thinking")],
)  # fmt: skip
def test_a_parameter_that_is_hardly_a_usual_one_is_told(name: str, meant: str | None) -> None:
    told = misspelt(ModelSpec(id="openai:m", parameters={name: 1}))
    assert (told is None) == (meant is None), told
    assert meant is None or f"is {meant} meant?" in str(told)
