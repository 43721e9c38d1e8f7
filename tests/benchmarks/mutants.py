"""`python -m tests.benchmarks.mutants --count 150 --seed 1 [--only evalkit/stats/]`: which faults would no test notice?

Samples single-point mutants of evalkit's own source, in five strata alike, and runs the test files nearest to each
(`nearest.py`), in a copy of the tree: a comparison swapped, a condition negated, a constant changed, a returned value
replaced, a statement dropped. What survives is printed with its line before and after, then a table. What was decided of
survivors before stands in `mutants.jsonl`, where `--write` adds what became of each. `--only` is a prefix of `file:line`,
for example `evalkit/stats/`, or `evalkit/stats/rates.py:40` for every mutant of the lines 40, 400, ...

Not covered: docstrings, messages, decorators, type annotations, f-strings; mutants that behave as before (a survivor is
to be read, not counted as a hole); faults of more than one point; what only tests farther away would notice.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence, Set
from contextlib import suppress
from dataclasses import asdict, astuple, dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import pytest

from tests.benchmarks.mutating import STRATA, Mutant, sample
from tests.benchmarks.nearest import rows_of

ROOT = Path(__file__).parents[2]
COPIED = ("evalkit", "tests", "problems", "prompts", "runs", "docs", "README.md", "CONTRIBUTING.md", "Makefile", "pyproject.toml")  # fmt: skip
LIMIT = 120
"""Seconds for one test, by the clock; on a busy machine more, or tests are stopped that would have passed."""
ROW = 5
"""How many such limits the tests of one row have together."""
HUNG = -1
CONFTEST = "while loading conftest"
"""In pytest's words where a file fails that it loads before any test, which it calls a wrong use of itself."""
ENOUGH = 20.0
"""Seconds of processor after which a mutant is not tried by the row of its package, too."""
FATES = ("killed", "hung", "survived")
FAILED = re.compile(r"^(?:FAILED|ERROR) (tests/[\w/.]+(?:::\w+)*(?:\[.*\](?= - |$))?)", re.MULTILINE)
LOADED = (
    "hypothesis", "numpy", "scipy.stats", "scipy.special", "pandas", "pydantic", "typer", "rich.table", "aiohttp", "jinja2",
    "orjson", "pebble", "tenacity", "aiolimiter", "filelock", "markdown_it", "rapidfuzz", "tabulate", "tomli_w", "math_verify",
    "latex2mathml.converter", "statsmodels.api", "matplotlib",
)  # fmt: skip
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
PYTEST = (
    "-q", "-rfE", "--tb=no", "-p", "no:cacheprovider", "--hypothesis-seed=0", "--disable-plugin-autoload",
    "-p", "pytest_asyncio.plugin", "-p", "pytest_timeout", "-p", "_hypothesis_pytestplugin",
)  # fmt: skip
TABLE = Path(__file__).with_suffix(".jsonl")


@dataclass(frozen=True)
class Outcome:
    """`fate`: killed by a test, hung (not done in time, which may be the machine's doing) or survived."""

    fate: str
    tried: int
    by: str
    seconds: float


@dataclass(frozen=True)
class Row:
    """A mutant in the table. `felt`: whether a user would notice it, and `why`; both are a reader's, who looks at what survived."""

    stratum: str
    place: str
    before: str
    after: str
    fate: str
    files: int
    by: str
    seconds: float
    felt: bool | None = None
    why: str = ""


def fate_of(status: int, said: str) -> str:
    """What pytest's exit status says of a mutant, with its output. Raises RuntimeError where it says nothing of one: it
    was asked for what is not there."""
    if status == HUNG:
        return "hung"
    if status in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):  # no test is left that could tell
        return "survived"
    if status == pytest.ExitCode.USAGE_ERROR and CONFTEST not in said:
        raise RuntimeError(f"pytest could not be asked: {said[-300:]}")
    return "killed"


def sound(arguments: Sequence[str], unsound: Set[str]) -> list[str]:
    """What pytest is given, without what can tell nothing; empty where no test is left: without any it would run all."""
    left = [name for name in arguments if name not in unsound]  # a whole file
    if all(name.startswith("-") for name in left):
        return []
    return [*left, *(f"--deselect={name}" for name in sorted(unsound))]


class Fork:
    """The tests, run in forks of this process, which has loaded the libraries once and nothing of evalkit."""

    def __init__(self, tree: Path, limit: int) -> None:
        self.tree = tree
        self.limit = limit
        self.told = tree / "told.txt"
        self.unsound: set[str] = set()  # tests that fail without a mutant can tell nothing of one
        self.sound: set[str] = set()
        for name in LOADED:
            import_module(name)

    def outcome(self, mutant: Mutant) -> Outcome:
        """What the tests of the nearest rows say, in order; the first that fails decides."""
        file, tried, seconds = self.tree / mutant.path, 0, 0.0
        source, times = file.read_bytes(), file.stat()
        for row in rows_of(mutant.path.removeprefix("evalkit/")):
            if seconds > ENOUGH:
                break
            while True:
                file.write_bytes(mutant.of(source))
                status, spent = self._run(["-x", *row])
                file.write_bytes(source)
                os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))  # the byte code of the source holds again
                seconds += spent
                said = self.told.read_text(encoding="utf-8", errors="replace")
                failed, fate = FAILED.findall(said), fate_of(status, said)
                if fate == "survived" or self._is_sound(failed):
                    break
            tried += len(row)
            if fate != "survived":
                return Outcome(fate, tried, failed[0] if failed else "what was loaded first", round(seconds, 1))
        return Outcome("survived", tried, "", round(seconds, 1))

    def _is_sound(self, failed: list[str]) -> bool:
        """Whether the test that failed passes without a mutant; where not, it is left out from now on."""
        if not failed or failed[0] in self.sound:
            return True
        whole = "::" not in failed[0]  # a file that cannot be loaded
        status, _ = self._run(["--collect-only", failed[0]] if whole else [failed[0]])
        (self.unsound if status else self.sound).add(failed[0])
        if status:
            print(f"left out, fails without a mutant: {failed[0]}", flush=True)
        return not status

    def _run(self, arguments: list[str]) -> tuple[int, float]:
        """The exit status of pytest (`HUNG`: it was not done in time) and the seconds of processor that it took."""
        asked = sound(arguments, self.unsound)
        if not asked:
            self.told.write_text("", encoding="utf-8")
            return int(pytest.ExitCode.NO_TESTS_COLLECTED), 0.0
        child = os.fork()
        if not child:
            self._be_pytest(asked)
        end = time.monotonic() + ROW * self.limit
        try:
            while time.monotonic() < end:
                done, status, used = os.wait4(child, os.WNOHANG)
                if done:
                    return os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime
                time.sleep(0.05)
            return HUNG, ROW * self.limit
        finally:
            with suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)  # the tests' own processes too
            with suppress(ChildProcessError):
                os.waitpid(child, 0)

    def _be_pytest(self, arguments: list[str]) -> NoReturn:
        """In the fork: the tree in place of everything that was loaded from here, then pytest."""
        status = 70
        try:
            os.setsid()
            output = os.open(self.told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(output, 1)
            os.dup2(output, 2)
            os.chdir(self.tree)
            os.environ["PYTHONPATH"] = str(self.tree)
            sys.dont_write_bytecode = True
            os.environ["PYTHONDONTWRITEBYTECODE"] = "mutant"  # its byte code must not outlive it (conftest.py)
            sys.path[:] = [str(self.tree), *(p for p in sys.path if p not in ("", str(ROOT)))]
            for name in [n for n in sys.modules if n.partition(".")[0] in ("tests", "evalkit")]:
                del sys.modules[name]
            status = int(pytest.main([*PYTEST, f"--timeout={self.limit}", *arguments]))
            sys.stdout.flush()
        finally:
            os._exit(status)


def try_all(fork: Fork, mutants: Iterable[Mutant], write: bool) -> list[Row]:
    """What became of each; those that no test noticed are printed as they are found, with what was decided of them."""
    known = read_table()
    rows: list[Row] = []
    for mutant in mutants:
        before, after = mutant.shown((fork.tree / mutant.path).read_bytes())
        outcome = fork.outcome(mutant)
        decided = known.get((mutant.path, before, after))
        row = Row(mutant.stratum, mutant.place, before, after, *astuple(outcome))
        if decided and outcome.fate != "killed":
            row = replace(row, felt=decided.felt, why=decided.why)
        rows.append(row)
        known[mutant.path, before, after] = row
        if write:
            TABLE.write_text("".join(f"{json.dumps(asdict(r), ensure_ascii=False)}\n" for r in known.values()), "utf-8")
        if row.fate != "killed":
            print(
                f"{row.place} {row.fate} ({row.seconds} s): {row.why or 'to be read'}\n  - {before}\n  + {after}",
                flush=True,
            )
    return rows


def read_table() -> dict[tuple[str, str, str], Row]:
    rows = (
        [Row(**json.loads(line)) for line in TABLE.read_text(encoding="utf-8").splitlines()] if TABLE.exists() else []
    )
    return {(row.place.partition(":")[0], row.before, row.after): row for row in rows}


def main() -> None:
    parser = argparse.ArgumentParser(description="single-point mutants that no test notices")
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", metavar="PREFIX", help="for example evalkit/stats/")
    parser.add_argument("--limit", type=int, default=LIMIT, metavar="SECONDS", help="for one test, by the clock")
    parser.add_argument("--write", action="store_true", help=f"write what became of each to {TABLE.name}")
    options = parser.parse_args()
    if not ENVIRONMENT.items() <= os.environ.items():
        os.execve(  # noqa: S606 - this program again
            sys.executable,
            [sys.executable, "-m", "tests.benchmarks.mutants", *sys.argv[1:]],
            {**os.environ, **ENVIRONMENT},
        )
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder).resolve()
        for name in COPIED:
            if (ROOT / name).is_dir():
                ignored = shutil.ignore_patterns("__pycache__", "*.sqlite*", "teaching-model")
                shutil.copytree(ROOT / name, tree / name, ignore=ignored)
            else:
                shutil.copy2(ROOT / name, tree / name)
        compileall.compile_dir(tree / "evalkit", quiet=1)
        drawn = sample(tree, options.count, options.seed, options.only)
        rows = try_all(Fork(tree, options.limit), drawn, options.write)
    print("", f"| stratum | {' | '.join(FATES)} | of these felt | not read yet |", "|---|" + "---|" * 5, sep="\n")
    for stratum in STRATA:
        own = [row for row in rows if row.stratum == stratum]
        left = [row for row in own if row.fate != "killed"]
        figures = [sum(row.fate == fate for row in own) for fate in FATES]
        figures += [sum(row.felt is True for row in left), sum(row.felt is None for row in left)]
        print(f"| {stratum} | {' | '.join(map(str, figures))} |")
    print(f"\n{sum(row.seconds for row in rows) / 60:.1f} minutes of processor, seed {options.seed}")


if __name__ == "__main__":
    main()
