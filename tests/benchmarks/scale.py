"""One run file at size: what each command costs, and how its cost grows.

    python -m tests.benchmarks.scale [--trials 2000] [--shards 8] [--problems 2000] [--only ask,export] [--keep FOLDER]

A run of so many trials (100 problems, two arms, one reply of a line each) is asked of a server on the loopback with the
command itself, then resumed, scored, compared, exported in every format, reported, looked at, imported, and merged from
shards that were asked one by one. Every figure is of a process of its own, start-up included. A second block imports so
many problems from a file of JSON Lines. `--keep` leaves all files in a folder, and what is there already is not made
again, so that a single command can be measured anew with `--only`.

Not covered: long replies and scorers of derivations, whose time is that of the text (see `compare`, `report`, `view`).
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.arrange import ROOT
from tests.benchmarks.engine import processor_time, server
from tests.benchmarks.view import peak
from tests.benchmarks.whole import compiled, experiment
from tests.viewing import Client

ARMS = 2
EXPORTS = (
    ("transcripts", "jsonl"), ("transcripts", "csv"), ("transcripts", "parquet"), ("transcripts", "dataset"),
    ("transcripts", "hub"), ("replies", "jsonl"), ("scores", "jsonl"), ("scores", "hub"),
)  # fmt: skip
PAGES = ("run/x/", "run/x/chats", "run/x/chats?page={last}", "run/x/chats?text=eigenvalue", "run/x/label?who=a")
LOADED = """
import sys, datasets
datasets.disable_progress_bars()
print(len(datasets.load_dataset(sys.argv[1], cache_dir=sys.argv[2])["train"]))
"""


@dataclass(frozen=True)
class Bench:
    """Where the files are, and what is measured."""

    folder: Path
    trials: int
    shards: int
    problems: int
    only: frozenset[str]

    def wanted(self, what: str) -> bool:
        return not self.only or what in self.only

    def row(self, name: str, *command: str, made: Path | None = None) -> None:
        """Run a command of evalkit and print its line."""
        cpu, wall, most = measured([sys.executable, "-m", "evalkit", *command], self.folder)
        size = f"{_size(made) / 1e6:10.1f} MB" if made else ""
        print(f"{self.line(name, (cpu, wall, most))}{size}", flush=True)

    @staticmethod
    def line(name: str, found: tuple[float, float, float]) -> str:
        return f"  {name:34} {found[0]:8.2f} s CPU {found[1]:8.2f} s {found[2]:6.0f} MiB"


LEAN = """
import json, os, sys, time
start = time.perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, used = os.wait4(child, 0)
code = os.waitstatus_to_exitcode(status)
figures = used.ru_utime + used.ru_stime, time.perf_counter() - start, used.ru_maxrss / 1024, code
print("figures", json.dumps(figures), flush=True)
"""
"""A process counts the memory of the one that started it as its own peak: it is started by a small one."""


def measured(command: list[str], folder: Path) -> tuple[float, float, float]:
    """(CPU seconds, wall seconds, peak MiB) of a command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-S", "-c", LEAN, *command],
        cwd=folder, env=compiled(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    cpu, wall, most, code = json.loads(done.stdout.rpartition("figures ")[2])
    if code:
        raise SystemExit(done.stderr)
    return cpu, wall, most


def _size(path: Path) -> int:
    return sum(p.stat().st_size for p in path.rglob("*")) if path.is_dir() else path.stat().st_size


def ask(bench: Bench, url: str) -> None:
    if not (bench.folder / "runs").exists():
        experiment(bench.folder, url, bench.trials, 64, ARMS)
    described = bench.folder / "runs" / "x.toml"
    lines = described.read_text("utf-8").splitlines(keepends=True)  # the server of today has another port
    described.write_text("".join(f'base_url = "{url}"\n' if x.startswith("base_url") else x for x in lines), "utf-8")
    run = ["run", "runs/x.toml", "--prompts", str(ROOT / "prompts"), "--no-probe", "--no-score", "--json"]
    whole = bench.folder / "runs" / "x.sqlite"
    if not whole.exists():
        bench.row("ask", *run, made=whole)
    if bench.wanted("ask"):
        bench.row("ask again (all is there)", *run)
    if bench.wanted("merge"):
        for number in range(1, bench.shards + 1):
            if not (bench.folder / "runs" / f"x.shard-{number}-of-{bench.shards}.sqlite").exists():
                bench.row(f"ask shard {number}/{bench.shards}", *run, "--shard", f"{number}/{bench.shards}")


def score(bench: Bench) -> None:
    bench.row("score", "score", "runs/x.sqlite", made=bench.folder / "runs" / "x.sqlite")
    bench.row("score again (all is there)", "score", "runs/x.sqlite")


def compare(bench: Bench) -> None:
    bench.row("compare", "compare", "runs/x.sqlite")


def export(bench: Bench) -> None:
    for what, form in EXPORTS:
        target = bench.folder / f"{what}.{form}"
        command = ["export", "runs/x.sqlite", "--what", what, "--format", form, "-o", str(target)]
        bench.row(f"export {what} {form}", *command, made=target)
    loaded = measured([sys.executable, "-c", LOADED, "transcripts.hub", "cache"], bench.folder)
    print(bench.line("datasets.load_dataset of it", loaded), flush=True)


def report(bench: Bench) -> None:
    bench.row("report", "report", "runs/x.sqlite", "-o", "x.html", made=bench.folder / "x.html")


def import_(bench: Bench) -> None:
    source, into = bench.folder / "transcripts.jsonl", bench.folder / "imported.sqlite"
    if not source.exists():
        bench.row("export transcripts jsonl", "export", "runs/x.sqlite", "-o", str(source))
    into.unlink(missing_ok=True)
    bench.row("import", "import", str(source), "--run", str(into), made=into)
    into.unlink()
    if (bench.folder / "transcripts.hub").exists():
        bench.row("import of the data set", "import", "transcripts.hub", "--run", str(into), made=into)


def merge(bench: Bench) -> None:
    into = bench.folder / "merged.sqlite"
    into.unlink(missing_ok=True)
    parts = sorted(str(p) for p in (bench.folder / "runs").glob("x.shard-*.sqlite"))
    bench.row(f"merge of {len(parts)} shards", "merge", *parts, "-o", str(into), made=into)
    bench.row("merge again (all is there)", "merge", *parts, "-o", str(into))


@contextmanager
def viewed(folder: Path) -> Iterator[tuple[Client, int]]:
    command = [sys.executable, "-m", "evalkit", "view", str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout
        yield Client(process.stdout.readline().removeprefix("open ").strip()), process.pid
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def view(bench: Bench) -> None:
    last = bench.trials // ARMS // 10
    with viewed(bench.folder / "runs") as (client, number):
        for page in PAGES:
            start, before = time.perf_counter(), processor_time(number)
            answer = client.get(page.format(last=last))
            wall, cpu = time.perf_counter() - start, processor_time(number) - before
            print(
                bench.line(f"view /{page.format(last=last)} ({answer.status})", (cpu, wall, peak(number))), flush=True
            )


def problems(bench: Bench) -> None:
    folder = bench.folder / "many"
    folder.mkdir(exist_ok=True)
    source = folder / "rows.jsonl"
    with source.open("w", encoding="utf-8") as out:
        for i in range(bench.problems):
            row = {
                "question": f"What is {i} + {i}? " + "Show each step. " * 20,
                "answer": f"It is {2 * i}.",
                "n": 2 * i,
            }
            out.write(json.dumps(row) + "\n")
    columns = ("statement=question", "staff.solution=answer", "score.number.value=n")
    maps = [part for column in columns for part in ("--map", column)]
    (folder / "problems").mkdir(exist_ok=True)
    name = f"set{sum(1 for _ in (folder / 'problems').iterdir())}"
    command = ["import", str(source), "--as-problems", name, *maps, "--problems", str(folder / "problems")]
    bench.row(f"import of {bench.problems} problems", *command, made=source)
    asked = ["run", "-p", f"{name}/*", "-m", "openai:m", "--base-url", "http://127.0.0.1:9/v1", "--dry-run"]
    bench.row("run --dry-run of them", *asked, "--problems", str(folder / "problems"))


STEPS: tuple[tuple[str, Callable[[Bench], None]], ...] = (
    ("score", score), ("compare", compare), ("export", export), ("report", report), ("view", view),
    ("import", import_), ("merge", merge), ("problems", problems),
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--problems", type=int, default=2000)
    parser.add_argument("--only", default="", help=f"of ask, {', '.join(name for name, _ in STEPS)}")
    parser.add_argument("--keep", type=Path, help="leave the files here, and use those that are there")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = given.keep.resolve() if given.keep else Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        only = frozenset(given.only.split(",")) if given.only else frozenset[str]()
        bench = Bench(folder, given.trials, given.shards, given.problems, only)
        print(f"{bench.trials} trials, {bench.shards} shards", flush=True)
        with server(0.0) as url:
            ask(bench, url)
        for step, measured in STEPS:
            if bench.wanted(step):
                measured(bench)


if __name__ == "__main__":
    main()
